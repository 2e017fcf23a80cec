"""The few words that are the renderer's own, in each language: connectives, labels.

What a policy says is in its texts; this is what stands between them. A language
without a table of its own takes the English one, with dates as ISO writes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@dataclass(frozen=True, slots=True)
class Wording:
    """The renderer's words in one language; `{}` and named holes take values."""

    language: str
    date: Callable[[date], str]
    yes: str
    no: str
    # Between sentences, and within one.
    stop: str
    colon: str
    semicolon: str
    and_also: str
    comma: str
    last_comma: str
    gap: str
    opening: str
    closing: str
    capitals: bool
    # Comparisons: (dates, other values).
    comparisons: Mapping[str, tuple[str, str]]
    is_empty: str
    is_not_empty: str
    both: str
    alike_values: str
    among: str
    among_others: str
    # In place of a value something else was found; as a cell: after a colon.
    differs: str
    differs_as_cell: str
    not_among: str
    neither: str
    # A set with more members than are named.
    among_many: str
    not_among_many: str
    # The reading of a parameter.
    set_to: str
    not_set_to: str
    # By how much two values are apart: (dates, other values).
    apart: Mapping[str, tuple[str, str]]
    same_day: Mapping[str, str]
    days: str
    one_day: str
    months: str
    one_month: str
    # How a day came about.
    later: str
    earlier: str
    # Facts and absences.
    column_value: str
    empty: str
    holds_for: str
    nothing_stated: str
    nothing_derived: str
    nothing_at_all: str
    unknown: str
    nothing_derived_at_all: str
    any_value: str
    looked_through: str
    looked_in_one: str
    no_rows: str
    # Rows that come near to a missing one, and what is not followed.
    near: str
    near_left: str
    deeper: str
    asked: str
    nothing_on_file: str
    row: str
    cell: str
    as_written: str
    change: str
    supposed: str
    corrected: str
    proposed: str
    sheet: str
    # Aggregates, by function; dates apart. `wanted` where another number was.
    counted_none: str
    counted_one: str
    counted_many: str
    wanted: str
    aggregates: Mapping[str, str]
    of_rows: str
    rows_left_out: str
    # Marks in words, and the labels of a page.
    holds: str
    so: str
    fails: str
    undetermined: str
    needs: str
    not_judged: str
    why_not: str
    none_of: str
    # Above alternatives, none of which is met; and ids behind a sentence.
    none_of_these: str
    with_ids: str
    none_of_ids: str
    all_else: str
    # What fails for no other reasons than those that were said.
    as_above: str
    found: str
    conditions_failing: str
    unjudged: str
    # Conditions that take a row which another condition lacks.
    judged_later: str
    judged_later_one: str
    waiting: str
    conditions_holding: str
    also_tried: str
    other_attempts: str
    and_others: str
    shown: str
    considered: str
    checked: str
    given: str
    seen: str
    at_top: str
    part: str
    further: str
    further_instances: str
    another: str
    with_rows: str
    share: str
    more_attempts: str
    more_holding: str
    folded: str
    brief: str
    more_causes: str
    came_first: str
    parted: str
    parted_once: str
    not_parted: str
    one_and_same: str
    same_reasons: str
    same_reason: str
    other_ways: str
    other_things: str
    differ: str
    alike: str
    nothing_against: str
    fails_of: str
    decided_instead: str
    run: str
    why_in_one: str
    because_of: str
    and_more: str
    besides: str
    counted: str
    subject_to: str
    other_readings: str
    reasons: str
    fact: str
    section: str
    decided_by: str
    engines_agree: str
    engine: str
    certified: str
    contradicted: str
    not_certified: str
    policy: str
    facts: str
    parameters: str
    parameter_value: str
    today: str
    justification: str
    # The table.
    case: str
    outcome: str
    why: str
    cases: str
    one_case: str
    no_cases: str
    failing: str
    holding: str
    # For a line of a table, where there are many.
    holding_many: str
    holding_own: str
    holding_common: str


def _english_date(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _chinese_date(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


ENGLISH = Wording(
    language="en",
    date=_english_date,
    yes="yes",
    no="no",
    stop=".",
    colon=": ",
    semicolon="; ",
    and_also=", and ",
    comma=", ",
    last_comma=" and ",
    gap=" ",
    opening=" (",
    closing=")",
    capitals=True,
    comparisons={
        "=": ("{left} is {right}", "{left} is {right}"),
        "!=": ("{left} is not {right}", "{left} is not {right}"),
        "<": ("{left} is before {right}", "{left} is less than {right}"),
        "<=": ("{left} is not after {right}", "{left} is at most {right}"),
        ">": ("{left} is after {right}", "{left} is more than {right}"),
        ">=": ("{left} is not before {right}", "{left} is at least {right}"),
    },
    is_empty="{name}: empty",
    is_not_empty="{name}: not empty",
    both="{left} and {right} are both {value}",
    alike_values="both are {value}",
    among="{said}, one of: {members}",
    among_others="{name} is {value} ({others} would do too)",
    differs="{name} is {found}, not {wanted}",
    differs_as_cell="{name}: {found}, not {wanted}",
    not_among="{said}, none of: {members}",
    neither="{said}, neither {first} nor {second}",
    among_many="{said}, one of the {number} that the rule names",
    not_among_many="{said}, none of the {number} that the rule names",
    set_to="{name}: read as “{value}”",
    not_set_to="{name}: read as “{value}”, not as “{wanted}”",
    apart={
        "<": ("{left} is {by} before {right}", "{left} is {by} less than {right}"),
        ">": ("{left} is {by} after {right}", "{left} is {by} more than {right}"),
    },
    same_day={
        ">=": "{left} is the same day as {right}, not before it",
        "<=": "{left} is the same day as {right}, not after it",
    },
    days="{days} days",
    one_day="1 day",
    months="{months} months",
    one_month="1 month",
    later="{by} after {base}",
    earlier="{by} before {base}",
    column_value="{column} {value}",
    empty="empty",
    holds_for="{relation} holds for {values}",
    nothing_stated="no {relation} is on file with {values}",
    nothing_derived="nothing is found for {values} (“{relation}”)",
    unknown="no {relation} {key} is on file",
    nothing_at_all="no {relation} is on file",
    nothing_derived_at_all="nothing is found (“{relation}”)",
    any_value="any {column}",
    near="on file, but {differs}: {fact}",
    near_left="… and {number} more that differ as little",
    deeper="not followed further",
    asked="that is what was asked",
    looked_through="Looked for among the {rows} rows of {file}",
    looked_in_one="Looked for in the one row of {file}",
    no_rows="{file} has no rows",
    nothing_on_file="nothing on file shows the contrary",
    row="{file}, row {row}",
    cell="{column} “{cell}”",
    as_written="{row} (written there: {cells})",
    change="{file}, change {item}",
    supposed="supposed change {item}",
    corrected="{change}, in place of {row}",
    proposed="as proposed",
    sheet="{file}, sheet {sheet}",
    counted_none="there is none",
    counted_one="there is one",
    counted_many="there are {value}",
    wanted="{said}, not {wanted}",
    aggregates={
        "sum": "the sum is {value}",
        "max": "the largest is {value}",
        "min": "the smallest is {value}",
        "max date": "the latest is {value}",
        "min date": "the earliest is {value}",
    },
    of_rows="{counted} rows",
    rows_left_out="and {number} more",
    holds="holds",
    so="so it is",
    fails="fails",
    undetermined="undetermined",
    needs="not judged, because no {names} is known",
    not_judged="not judged: see {number}",
    why_not="why not",
    none_of="none of these holds, and one would do",
    none_of_these="{text}: none of these holds, and one would do",
    with_ids="{text} ({ids})",
    none_of_ids="none of {ids} holds, and one would do",
    all_else="all else holds",
    as_above="{text}, for reasons given above",
    found="found",
    conditions_failing="What fails",
    unjudged="Not judged, as something is missing",
    judged_later="{number} further conditions cannot be judged before that",
    judged_later_one="1 further condition cannot be judged before that",
    waiting="What cannot be judged before that",
    conditions_holding="What holds",
    other_attempts="Other attempts",
    also_tried="Other attempts, less near",
    and_others="and {number} more",
    shown="Shown with the decision",
    considered="Looked at: what comes nearest",
    checked="compared",
    given="from",
    seen="see {number} above",
    at_top="this is what is decided",
    part="see part {number} below",
    further="it can be shown in {number} other ways",
    further_instances="it can be shown in 1 other way",
    another="another reason",
    with_rows="with {rows}: {reasons}",
    share="{title}: {number} of {total} conditions",
    more_holding="… and {number} more that hold, --all shows them",
    more_attempts="… and {number} more, --all shows them",
    folded="In brief: --all shows what each condition rests on.",
    brief="The root causes alone: without --brief, what each rests on.",
    more_causes="… and {number} more",
    nothing_against="it holds: nothing stands against it",
    fails_of="fails {number} of {total} conditions",
    parted="They part at {number} conditions",
    parted_once="They part at one condition",
    not_parted="No condition parts them: they meet and lack the same",
    one_and_same="This is one and the same case",
    same_reasons="Both are decided for the same reasons",
    same_reason="Both are decided for the same reasons: {reason}",
    other_ways="each in its own way",
    other_things="neither meets it, each for something else",
    differ="decided differently",
    alike="decided alike",
    came_first="{label} comes first, and it holds",
    decided_instead="Decided instead: {label}",
    run="{first} to {last}",
    why_in_one="{id}: {text}",
    because_of="because of {ids}",
    and_more="and {number} more",
    besides="besides: {ids}",
    counted="{number} {label}",
    subject_to="Subject to",
    other_readings="Under another reading",
    reasons="Reasons",
    fact="fact",
    section="section",
    decided_by="computed by {engines}",
    engines_agree="computed by {engines}, which agree",
    engine="engine",
    certified="checked whole",
    contradicted="another record contradicts this one: {fact}",
    not_certified="not checked",
    policy="Policy",
    facts="Facts",
    parameters="Parameters",
    parameter_value="{name} = {value}",
    today="Today",
    justification="Justification",
    case="case",
    outcome="outcome",
    why="why",
    cases="{number} cases",
    one_case="1 case",
    no_cases="no cases",
    failing="fails {ids}",
    holding="holds {ids}",
    holding_many="holds {number} conditions",
    holding_own="holds {ids}, besides the {number} conditions that all such cases meet",
    holding_common="holds the {number} conditions that all such cases meet, no others",
)

CHINESE = Wording(
    language="zh",
    date=_chinese_date,
    yes="是",
    no="否",
    stop="。",
    colon="：",
    semicolon="；",
    and_also="，且",
    comma="、",
    last_comma="和",
    gap="",
    opening="（",
    closing="）",
    capitals=False,
    comparisons={
        "=": ("{left}即{right}", "{left}为{right}"),
        "!=": ("{left}并非{right}", "{left}并非{right}"),
        "<": ("{left}早于{right}", "{left}小于{right}"),
        "<=": ("{left}不晚于{right}", "{left}不大于{right}"),
        ">": ("{left}晚于{right}", "{left}大于{right}"),
        ">=": ("{left}不早于{right}", "{left}不小于{right}"),
    },
    is_empty="{name}一栏为空",
    is_not_empty="{name}一栏不为空",
    both="{left}与{right}均为{value}",
    alike_values="两者均为{value}",
    among="{said}，属于{members}之一",
    among_others="{name}为{value}，{others}亦可",
    differs="{name}为{found}，并非{wanted}",
    differs_as_cell="{name}为{found}，并非{wanted}",
    not_among="{said}，不属于{members}",
    neither="{said}，既非{first}，也非{second}",
    among_many="{said}，属于规则所列{number}项之一",
    not_among_many="{said}，不属于规则所列{number}项",
    set_to="{name}取“{value}”",
    not_set_to="{name}取“{value}”，而非“{wanted}”",
    apart={
        "<": ("{left}比{right}早{by}", "{left}比{right}小{by}"),
        ">": ("{left}比{right}晚{by}", "{left}比{right}大{by}"),
    },
    same_day={
        ">=": "{left}与{right}为同一天，并非早于后者",
        "<=": "{left}与{right}为同一天，并非晚于后者",
    },
    days="{days}天",
    one_day="1天",
    months="{months}个月",
    one_month="1个月",
    later="{base}之后{by}",
    earlier="{base}之前{by}",
    column_value="{column}为{value}",
    empty="空",
    holds_for="{relation}成立：{values}",
    nothing_stated="没有{relation}的记录：{values}",
    nothing_derived="没有{relation}：{values}",
    unknown="{relation}中没有{key}",
    nothing_at_all="没有{relation}的记录",
    nothing_derived_at_all="没有{relation}",
    any_value="任何{column}",
    near="另有一条记录，但{differs}：{fact}",
    near_left="……另有{number}条记录，差异相当",
    deeper="未进一步追查",
    asked="即所问的问题本身",
    looked_through="已查{file}全部{rows}行，均无记录",
    looked_in_one="已查{file}仅有的一行，并非该记录",
    no_rows="{file}没有任何记录",
    nothing_on_file="档案中没有相反的记录",
    row="{file}，第{row}行",
    cell="{column}“{cell}”",
    as_written="{row}（原文：{cells}）",
    change="{file}，第{item}项变更",
    supposed="假设的第{item}项变更",
    corrected="{change}，取代{row}",
    proposed="拟作变更",
    sheet="{file}，工作表{sheet}",
    counted_none="没有可供比较的记录",
    counted_one="共1项",
    counted_many="共{value}项",
    wanted="{said}，而非{wanted}",
    aggregates={
        "sum": "合计为{value}",
        "max": "最大值为{value}",
        "min": "最小值为{value}",
        "max date": "最晚的日期为{value}",
        "min date": "最早的日期为{value}",
    },
    of_rows="共{counted}条记录",
    rows_left_out="另有{number}条记录",
    holds="符合",
    so="属实",
    fails="不符合",
    undetermined="无法确定",
    needs="无法判断：没有{names}",
    not_judged="无法判断：见{number}",
    why_not="原因",
    none_of="以下任一项成立即可，但均不成立",
    none_of_these="{text}：以下任一项成立即可，但均不成立",
    with_ids="{text}（{ids}）",
    none_of_ids="{ids}中任一项成立即可，但均不成立",
    all_else="其余均符合",
    as_above="{text}，理由同上",
    found="查得",
    conditions_failing="不符合的条件",
    unjudged="因所依据的内容缺失而未能判断",
    judged_later="在此之前，另有{number}项条件无法判断",
    judged_later_one="在此之前，另有1项条件无法判断",
    waiting="在此之前无法判断的条件",
    conditions_holding="符合的条件",
    other_attempts="其他情形",
    also_tried="其他较远的情形",
    and_others="另有{number}种",
    shown="随决定一并列出",
    considered="所查事实（最接近的情形）",
    checked="核对",
    given="依据",
    seen="见上文{number}",
    at_top="即上述结论",
    part="见下文第{number}部分",
    further="另有{number}种依据可得出同一结论",
    further_instances="另有1种依据可得出同一结论",
    another="另一理由",
    with_rows="{rows}：{reasons}",
    share="{title}：{total}项中有{number}项",
    more_holding="……另有{number}项符合，用--all显示",
    more_attempts="……另有{number}种，用--all显示",
    folded="以上从简：用--all显示各项条件的依据。",
    brief="仅列根本原因：不加--brief则显示各项依据。",
    more_causes="……另有{number}项",
    nothing_against="成立，没有与之相反的理由",
    fails_of="{total}项条件中有{number}项不符合",
    parted="两者的分歧有{number}处",
    parted_once="两者的分歧有一处",
    not_parted="两者没有分歧：所符合和所欠缺的条件相同",
    one_and_same="这是同一个案例",
    same_reasons="两者结论的理由相同",
    same_reason="两者结论的理由相同：{reason}",
    other_ways="各以不同方式成立",
    other_things="两者均不符合，但情形不同",
    differ="结论不同",
    alike="结论相同",
    came_first="{label}的条件在先，并已成立",
    decided_instead="实际判定：{label}",
    run="{first}至{last}",
    why_in_one="{id}：{text}",
    because_of="依据{ids}",
    and_more="另有{number}项",
    besides="此外：{ids}",
    counted="{label}{number}例",
    subject_to="须另行满足",
    other_readings="按另一种解读",
    reasons="理由",
    fact="事实",
    section="章节",
    decided_by="由{engines}计算",
    engines_agree="由{engines}分别计算，结果一致",
    engine="引擎",
    certified="已整体核验",
    contradicted="另有记录与此相互矛盾：{fact}",
    not_certified="未核验",
    policy="政策",
    facts="事实",
    parameters="参数",
    parameter_value="{name}为{value}",
    today="日期",
    justification="理由说明",
    case="案例",
    outcome="结论",
    why="理由",
    cases="共{number}例",
    one_case="共1例",
    no_cases="没有案例",
    failing="不符合{ids}",
    holding="符合{ids}",
    holding_many="符合{number}项条件",
    holding_own="符合{ids}，以及此类案例均符合的{number}项条件",
    holding_common="仅符合此类案例均符合的{number}项条件",
)

_BUILT_IN = {"en": ENGLISH, "zh": CHINESE}


def wording(language: str) -> Wording:
    """Return the words of a language, or the English ones with ISO dates."""
    known = _BUILT_IN.get(language) or _BUILT_IN.get(language.partition("-")[0])
    if known is not None:
        return known
    from dataclasses import replace

    return replace(ENGLISH, language=language, date=date.isoformat)


def listed(words: list[str], with_: Wording) -> str:
    """Return words as a list in a sentence: `a, b and c`; `a、b和c`."""
    if len(words) < 2:
        return "".join(words)
    return with_.comma.join(words[:-1]) + with_.last_comma + words[-1]
