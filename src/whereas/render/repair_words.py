"""The words of proposals: what helps, what each value has to be, what does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class RepairWords:
    """What is said about proposals in one language; named holes take values.

    Bounds come as (dates, other values), and dates after a colon.
    """

    reached: str
    one: str
    several: str
    nothing: str
    nothing_declared: str
    considered: str
    fails_now: str
    others: str
    ways: tuple[str, str]
    # What the policy lets be done, where none of it helps; columns that may change.
    declared: str
    # The same, where the search ended before it had tried all of them.
    declared_partly: str
    moved: str
    # What stands in the way: for good, on the day on file, where nothing is declared.
    in_the_way: str
    on_file: str
    against: str
    unsure: str
    weight: str
    both: str
    also: str
    # A row that is new: where it is added, and where another change refers to it.
    new: str
    it: str
    # What has to be so, added to a sentence; and a value in place of another.
    aside: str
    instead: str
    # Before how open values hang together: dates, other values.
    all_of_them: tuple[str, str]
    # The first of several choices, and each other one.
    choices: tuple[str, str]
    example: str
    with_value: str
    withdraw: str
    # A row that cannot come to be any more: one that exists already helps.
    exists: str
    exists_any: str
    add: str
    change: str
    exactly: tuple[str, str]
    low: tuple[str, str, str]
    high: tuple[str, str, str]
    between: tuple[str, str, str]
    excluded: str
    any: tuple[str, str]
    last_or: str
    if_any: str
    empty: str
    not_later: tuple[str, str]
    before: tuple[str, str]
    earlier_by: tuple[str, str]
    later_by: tuple[str, str]
    # Two values that are equal, or not; and a distance that they must not have.
    same: str
    different: str
    not_apart_by: tuple[str, str]
    # A column of one of several changes that have one of its name.
    of_change: str
    stopped: Mapping[str, str]
    left_out: str
    not_searched: Mapping[str, str]
    # That proposals were tried: one, or each of several, with one outcome or others.
    judged: tuple[str, str, str]
    # From when: with a proposal, without one, and where the facts name no day.
    then: str
    gives: str
    later: str
    no_day: str
    day_on_file: str
    today: str
    # Days that hang together with others; why they begin, and end, where they do.
    fitting: str
    not_in_past: str
    not_before: str
    not_after: str
    follows: str
    not_past: str
    no_end: str
    no_end_fitting: str
    past: str
    since_today: str
    # What was not looked for; how to try a proposal.
    heavier: str
    try_it: str


ENGLISH = RepairWords(
    reached="it is {outcome} already: there is nothing to put right",
    one="one way was found to make it {outcome}",
    several="{count} ways were found to make it {outcome}; one of them is enough",
    nothing="nothing that can still be supplied or corrected makes it {outcome}",
    nothing_declared="the policy declares nothing that can be supplied or corrected"
    " (`correctable`), so no way is proposed",
    considered="What was looked at:",
    fails_now="What fails as the facts stand:",
    others="Other attempts, and what each lacks:",
    ways=("What would help:", "What would help, the easiest first:"),
    declared="All that this policy lets be supplied or corrected was tried, and none of"
    " it helps here: {names}. Nothing else was tried: the command `whereas what-if`"
    " does that",
    declared_partly="this policy lets be supplied or corrected: {names}. Nothing else"
    " is tried: the command `whereas what-if` does that",
    moved="{relation} ({columns})",
    in_the_way="What stands in the way, and cannot be supplied or corrected:",
    on_file="What stands in the way on the day on file:",
    against="What stands in the way:",
    unsure="no way was found to make it {outcome}, and not all were looked at",
    weight="(effort {weight})",
    both="both of these",
    also="all {count} of these",
    new="a new one",
    it="it",
    aside=", {text}",
    instead="{value}, not {before}",
    all_of_them=(
        "the days have to fit together",
        "the values have to fit together",
    ),
    choices=("either ({text})", "or ({text})"),
    example="for example",
    with_value="{column} {value}",
    withdraw="withdraw from {relation}: {row}",
    exists="if this exists already: {relation} ({row})",
    exists_any="if this exists already: {relation}",
    add="add to {relation}: {row}",
    change="correct in {relation}: {row}",
    exactly=("on {value}", "{value}"),
    low=("on or after {low}", "at least {low}", "{low} or later"),
    high=("on or before {high}", "at most {high}", "{high} or earlier"),
    between=(
        "between {low} and {high}",
        "from {low} to {high}",
        "between {low} and {high}",
    ),
    excluded="other than {values}",
    any=("on any day", "any {column}"),
    last_or=" or ",
    if_any="{text}, or not stated",
    empty="not stated",
    before=("{one} before {other}", "{one} less than {other}"),
    not_later=("{one} no later than {other}", "{one} no more than {other}"),
    earlier_by=(
        "{one} at least {count} days before {other}",
        "{one} at least {count} less than {other}",
    ),
    later_by=(
        "{one} at most {count} days after {other}",
        "{one} at most {count} more than {other}",
    ),
    same="{one} the same as {other}",
    different="{one} other than {other}",
    not_apart_by=(
        "{one} not exactly {count} days after {other}",
        "{one} not exactly {count} more than {other}",
    ),
    of_change="{column} of change {number}",
    stopped={
        "states": "the search stopped after {states} steps: ways may be missing",
        "proposals": "only the first {proposals} are shown",
    },
    left_out="not searched: {reasons}",
    not_searched={},
    judged=(
        "it was tried: with example values in the facts, the decision is {outcome}",
        "each was tried: with example values in the facts, the decision is {outcome}",
        "each was tried: with example values in the facts, the decision is the one that"
        " stands with it",
    ),
    then="then {outcome} {when}",
    gives="then {outcome}",
    later="as the facts stand, {outcome} {when}; on the day on file, nothing that can"
    " be supplied or corrected makes it {wanted}",
    no_day="then {outcome}; the facts name no day from which on",
    day_on_file="then {outcome} as soon as that is done: the {label} on file, {first},"
    " stands",
    today="then {outcome} today, {first}",
    fitting="{text}, so far as the days fit together",
    not_in_past="{text}, on no day that is past",
    not_before="not before {day}: {text}",
    not_after="not after {day}: {text}",
    follows="{fact}, and the new day has to be later",
    not_past="that is today, and what is still to be done cannot be done before",
    no_end="no last day: nothing on file ends it",
    no_end_fitting="no last day on file: what is supplied sets it",
    past="What is still to be done cannot be done on a day that is past; what exists"
    " already may bear one. No clock is read: with --today YYYY-MM-DD such days are"
    " left out.",
    since_today="today is taken to be {day}. What exists already may bear a day that is"
    " past; what is still to be done cannot",
    heavier="effort is the policy's measure of how hard a change is. Ways above {most}"
    " were not looked for; --beyond {more} looks on, up to {until}",
    try_it="To try one, with the same options: whereas repair {case} --format changes"
    " --output try.yaml, then whereas what-if try.yaml",
)

CHINESE = RepairWords(
    reached="结论已是“{outcome}”，无须补正",
    one="找到1种办法可使结论变为“{outcome}”",
    several="找到{count}种办法可使结论变为“{outcome}”，任选其一即可",
    nothing="没有任何可以补充或更正的内容能使结论变为“{outcome}”",
    nothing_declared="该政策未列明可以补充或更正的内容（`correctable`），故无从提出办法",
    considered="审查所依据的事实：",
    fails_now="按现有记录，不符合以下条件：",
    others="其他情形及其所缺：",
    ways=("补正办法：", "补正办法，先易后难："),
    declared="本政策允许补充或更正的内容均已查找，对本案均无帮助：{names}。其他变化未作查找，"
    "可用whereas what-if试算",
    declared_partly="本政策允许补充或更正的内容：{names}。其他变化不作查找，"
    "可用whereas what-if试算",
    moved="{relation}（{columns}）",
    in_the_way="以下障碍无法通过补充或更正消除：",
    on_file="按现有日期，障碍如下：",
    against="障碍如下：",
    unsure="未找到使结论变为“{outcome}”的办法，但并未查遍所有办法",
    weight="（难度{weight}）",
    both="以下两项须同时做到",
    also="以下{count}项须同时做到",
    new="一项新的",
    it="该项",
    aside="，{text}",
    instead="{value}（原为{before}）",
    all_of_them=("各日期之间还须", "各值之间还须"),
    choices=("选项{number}（{text}）", "选项{number}（{text}）"),
    example="例如",
    with_value="{column}（{value}）",
    withdraw="从{relation}中撤回：{row}",
    exists="如已有：{relation}（{row}）",
    exists_any="如已有：{relation}",
    add="在{relation}中补充：{row}",
    change="在{relation}中更正：{row}",
    exactly=("{value}", "{value}"),
    low=("{low}或之后", "不小于{low}", "{low}或之后"),
    high=("{high}或之前", "不大于{high}", "{high}或之前"),
    between=("{low}至{high}之间", "{low}至{high}", "{low}至{high}之间"),
    excluded="{values}除外",
    any=("任意日期", "任意{column}"),
    last_or="或",
    if_any="{text}，或未载明",
    empty="未载明",
    before=("{one}早于{other}", "{one}小于{other}"),
    not_later=("{one}不晚于{other}", "{one}不大于{other}"),
    earlier_by=("{one}比{other}至少早{count}天", "{one}比{other}至少小{count}"),
    later_by=("{one}比{other}最多晚{count}天", "{one}比{other}最多大{count}"),
    same="{one}与{other}相同",
    different="{one}与{other}不同",
    not_apart_by=(
        "{one}不得恰好比{other}晚{count}天",
        "{one}不得恰好比{other}大{count}",
    ),
    of_change="变更{number}的{column}",
    stopped={
        "states": "搜索在{states}步后停止，可能遗漏更难的办法",
        "proposals": "仅列出前{proposals}种",
    },
    left_out="以下情形未搜索：{reasons}",
    not_searched={
        "counts over rows that are still open": "分组取值未定的计数或求和",
        "counts of more than 60 rows": "超过60行的计数或求和",
        "open values without an example": "未能举例的取值",
    },
    judged=(
        "该办法已按示例取值在事实上重新判定，结论为“{outcome}”",
        "每种办法均已按示例取值在事实上重新判定，结论为“{outcome}”",
        "每种办法均已按示例取值在事实上重新判定，结论如各办法所列",
    ),
    then="补正后：{when}，结论为“{outcome}”",
    gives="补正后结论为“{outcome}”",
    later="按现有记录，{when}，结论即为“{outcome}”；在现有记录所载日期，"
    "没有任何可以补充或更正的内容能使结论如此",
    no_day="补正后结论为“{outcome}”；现有记录未载明自何日起",
    day_on_file="补正后结论即为“{outcome}”，现有记录所载{label}（{first}）不变",
    today="补正后：今天（{first}），结论为“{outcome}”",
    fitting="{text}（各日期之间须相符）",
    not_in_past="{text}（已过去的日期除外）",
    not_before="不早于{day}：{text}",
    not_after="不晚于{day}：{text}",
    follows="{fact}，新的日期须更晚",
    not_past="今天即该日，尚待办理的事项不能早于今天",
    no_end="没有截止日：现有记录中没有使其终止的内容",
    no_end_fitting="现有记录中没有截止日，以补交的内容为准",
    past="尚待办理的事项不能在已过去的日期办理；已有的文件可以载有过去的日期。不读取时钟：加"
    "--today YYYY-MM-DD则不列已过去的日期。",
    since_today="以{day}为今天。已有的文件可以载有过去的日期，尚待办理的事项则不能",
    heavier="难度是本政策对补正难易的评分。难度超过{most}的办法未作搜索；"
    "加--beyond {more}可搜索至{until}",
    try_it="试行办法（选项同前）：whereas repair {case} --format changes"
    " --output try.yaml，再运行whereas what-if try.yaml",
)

_BUILT_IN = {"en": ENGLISH, "zh": CHINESE}


def repair_words(language: str) -> RepairWords:
    """Return the words of a language, or the English ones."""
    return _BUILT_IN.get(language.partition("-")[0], ENGLISH)
