"""The words of proposals: what helps, what each value has to be, what does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class RepairWords:
    """What is said about proposals in one language; named holes take values.

    Bounds come as (dates, other values).
    """

    reached: str
    one: str
    several: str
    nothing: str
    together: str
    nothing_declared: str
    considered: str
    in_the_way: str
    unsure: str
    weight: str
    both: str
    also: str
    new: str
    all_of_them: str
    # The first of several choices, and each other one.
    choices: tuple[str, str]
    example: str
    with_value: str
    withdraw: str
    add: str
    change: str
    exactly: tuple[str, str]
    low: tuple[str, str]
    high: tuple[str, str]
    between: tuple[str, str]
    excluded: str
    any: tuple[str, str]
    last_or: str
    or_else: str
    empty: str
    not_later: tuple[str, str]
    before: tuple[str, str]
    earlier_by: tuple[str, str]
    later_by: tuple[str, str]
    stopped: Mapping[str, str]
    left_out: str
    not_searched: Mapping[str, str]
    judged: str


ENGLISH = RepairWords(
    reached="it is {outcome} already: there is nothing to put right",
    one="one way would make it {outcome}",
    several="{count} ways would make it {outcome}, the easiest first; one is enough",
    nothing="nothing that can still be supplied or corrected makes it {outcome}",
    together="each of these alone could be put right, but not all of them together",
    nothing_declared="the policy does not say what can be supplied or corrected"
    " (`correctable`)",
    considered="What was looked at:",
    in_the_way="What stands in the way and cannot be changed:",
    unsure="no way was found to make it {outcome}, and not all were looked at",
    weight="(effort {weight})",
    both="both of these",
    also="all {count} of these",
    new="(new)",
    all_of_them="and so that they fit together",
    choices=("either {text}", "or {text}"),
    example="for example",
    with_value="{column} {value}",
    withdraw="withdraw from {relation}: {row}",
    add="add to {relation}: {row}",
    change="correct in {relation}: {row}",
    exactly=("on {value}", "{value}"),
    low=("on or after {low}", "at least {low}"),
    high=("on or before {high}", "at most {high}"),
    between=("between {low} and {high}", "from {low} to {high}"),
    excluded="other than {values}",
    any=("on any day", "any {column}"),
    last_or=" or ",
    or_else=", or ",
    empty="none stated",
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
    stopped={
        "states": "the search stopped after {states} steps: ways may be missing",
        "seconds": "the search stopped after {seconds} seconds: ways may be missing",
        "proposals": "only the first {proposals} are shown",
    },
    left_out="not searched: {reasons}",
    not_searched={},
    judged="tried on the facts, each with its example: the decision is {outcome} then",
)

CHINESE = RepairWords(
    reached="结论已是“{outcome}”，无须补正",
    one="以下办法可使结论变为“{outcome}”",
    several="以下{count}种办法均可使结论变为“{outcome}”，先易后难，任选其一",
    nothing="没有任何可以补充或更正的内容能使结论变为“{outcome}”",
    together="以下各项单独均可补正，但不能同时做到",
    nothing_declared="该政策未说明哪些内容可以补充或更正（`correctable`）",
    considered="审查所依据的事实：",
    in_the_way="以下障碍无法改变：",
    unsure="未找到使结论变为“{outcome}”的办法，但并未查遍所有办法",
    weight="（难度{weight}）",
    both="以下两项须同时做到",
    also="以下{count}项须同时做到",
    new="（新）",
    all_of_them="各项之间还须",
    choices=("选项{number}（{text}）", "选项{number}（{text}）"),
    example="例如",
    with_value="{column}（{value}）",
    withdraw="从{relation}中撤回：{row}",
    add="在{relation}中补充：{row}",
    change="在{relation}中更正：{row}",
    exactly=("{value}", "{value}"),
    low=("{low}或之后", "不小于{low}"),
    high=("{high}或之前", "不大于{high}"),
    between=("{low}至{high}之间", "{low}至{high}"),
    excluded="{values}除外",
    any=("任意日期", "任意{column}"),
    last_or="或",
    or_else="，或",
    empty="未载明",
    before=("{one}早于{other}", "{one}小于{other}"),
    not_later=("{one}不晚于{other}", "{one}不大于{other}"),
    earlier_by=("{one}比{other}至少早{count}天", "{one}比{other}至少小{count}"),
    later_by=("{one}比{other}最多晚{count}天", "{one}比{other}最多大{count}"),
    stopped={
        "states": "搜索在{states}步后停止，可能遗漏更难的办法",
        "seconds": "搜索在{seconds}秒后停止，可能有遗漏",
        "proposals": "仅列出前{proposals}种",
    },
    left_out="以下情形未搜索：{reasons}",
    not_searched={
        "counts over rows that are still open": "分组取值未定的计数或求和",
        "counts of more than 60 rows": "超过60行的计数或求和",
        "open values without an example": "未能举例的取值",
    },
    judged="每种办法均已按示例在事实上重新判定，结论为“{outcome}”",
)

_BUILT_IN = {"en": ENGLISH, "zh": CHINESE}


def repair_words(language: str) -> RepairWords:
    """Return the words of a language, or the English ones."""
    return _BUILT_IN.get(language.partition("-")[0], ENGLISH)
