"""The words in which two decided models are compared, in each language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class SideWords:
    """What stands above and beside the cases that differ; holes take values."""

    what_if: str
    diff: str
    as_it_is: str
    supposed: str
    before: str
    after: str
    # What is supposed.
    more_changes: str
    nothing_supposed: str
    add: str
    remove: str
    change: str
    was: str
    parameter: str
    today: str
    # The summary, for one and for more.
    none_turned: str
    turned: tuple[str, str]
    reasons: tuple[str, str]
    alike_by_others: tuple[str, str]
    proof: tuple[str, str]
    added: tuple[str, str]
    gone: tuple[str, str]
    alike: tuple[str, str]
    # Titles of sections: one outcome into another, and those without a turn.
    turn: str
    section_reasons: str
    section_others: str
    section_proof: str
    section_added: str
    section_gone: str
    section_same: str
    # What changed in the reasons of a case that keeps its outcome.
    shifts: Mapping[str, str]
    side: str
    more: str
    unproved: str
    left_out: tuple[str, str]
    justified: str


ENGLISH = SideWords(
    what_if="What if",
    diff="{before} against {after}",
    as_it_is="as it is",
    supposed="what if",
    before="before",
    after="after",
    more_changes="and {number} more changes, all of them with --format json",
    nothing_supposed="Nothing is supposed to be otherwise.",
    add="added: {fact}",
    remove="removed: {fact}",
    change="changed: {fact}",
    was="{column} was {value}",
    parameter="{name}: {after} in place of {before}",
    today="today: {after} in place of {before}",
    none_turned="none of {total} decisions turns",
    turned=("1 of {total} decisions turns", "{number} of {total} decisions turn"),
    reasons=(
        "1 keeps its outcome for other reasons",
        "{number} keep their outcome for other reasons",
    ),
    alike_by_others=(
        "1 comes out alike by other rules",
        "{number} come out alike by other rules",
    ),
    proof=("1 rests on other facts", "{number} rest on other facts"),
    added=("1 case is new", "{number} cases are new"),
    gone=("1 case is gone", "{number} cases are gone"),
    alike=("1 stays as it is", "{number} stay as they are"),
    turn="{before} → {after}: {number}",
    section_reasons="Other reasons, the same outcome: {number}",
    section_others="Alike by other rules: {number}",
    section_proof="Other facts, the same outcome and reasons: {number}",
    section_added="New cases: {number}",
    section_gone="Cases that are gone: {number}",
    section_same="As before: {number}",
    shifts={
        "held lost": "no longer holds {ids}",
        "held new": "now holds {ids}",
        "failed lost": "no longer fails {ids}",
        "failed new": "now fails {ids}",
    },
    side="{title}: {text}",
    more="and {number} more, all of them with --format json",
    unproved="outcome and reasons are compared for all cases; whether the {number} that"
    " are as before rest on other facts was not looked at, they are too many",
    left_out=(
        "1 that differs is not justified here: ask for it by --case,"
        " or for more by --justify",
        "{number} that differ are not justified here: ask for them by --case,"
        " or for more by --justify",
    ),
    justified="Justifications",
)

CHINESE = SideWords(
    what_if="假设",
    diff="{before}与{after}对比",
    as_it_is="现状",
    supposed="假设",
    before="之前",
    after="之后",
    more_changes="另有{number}项变更，用--format json可全部列出",
    nothing_supposed="未作任何假设。",
    add="增加：{fact}",
    remove="删除：{fact}",
    change="更改：{fact}",
    was="{column}原为{value}",
    parameter="{name}：由{before}改为{after}",
    today="当日：由{before}改为{after}",
    none_turned="{total}例的结论均未改变",
    turned=("{total}例中有1例结论改变", "{total}例中有{number}例结论改变"),
    reasons=("1例结论不变而理由不同", "{number}例结论不变而理由不同"),
    alike_by_others=("1例结论相当而规则不同", "{number}例结论相当而规则不同"),
    proof=(
        "1例结论和理由不变而所依据的事实不同",
        "{number}例结论和理由不变而所依据的事实不同",
    ),
    added=("新增1例", "新增{number}例"),
    gone=("减少1例", "减少{number}例"),
    alike=("1例不变", "{number}例不变"),
    turn="{before} → {after}：{number}例",
    section_reasons="结论不变，理由不同：{number}例",
    section_others="结论相当，规则不同：{number}例",
    section_proof="结论和理由不变，所依据的事实不同：{number}例",
    section_added="新增：{number}例",
    section_gone="减少：{number}例",
    section_same="不变：{number}例",
    shifts={
        "held lost": "不再符合{ids}",
        "held new": "新符合{ids}",
        "failed lost": "{ids}不再是不符合项",
        "failed new": "新不符合{ids}",
    },
    side="{title}：{text}",
    more="另有{number}例，用--format json可全部列出",
    unproved="已比较全部案例的结论和理由；其中不变的{number}例为数过多，"
    "未逐一比较其所依据的事实",
    left_out=(
        "另有1例不同，未在此说明理由：可用--case指定，或用--justify增加数量",
        "另有{number}例不同，未在此说明理由：可用--case指定，或用--justify增加数量",
    ),
    justified="理由",
)

_BUILT_IN = {"en": ENGLISH, "zh": CHINESE}


def side_words(language: str) -> SideWords:
    """Return the words of a language, or the English ones."""
    return _BUILT_IN.get(language.partition("-")[0], ENGLISH)
