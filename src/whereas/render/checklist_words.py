"""The words of a check list, in each language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class ChecklistWords:
    """Headings of the page, and how a check stands."""

    checklist: str
    verdicts: Mapping[str, str]
    regulation: str
    found: str
    reviewer: str
    for_a_person: str
    more: str
    name: str
    date: str
    signature: str
    note: str


ENGLISH = ChecklistWords(
    checklist="Check list",
    verdicts={
        "holds": "holds",
        "fails": "fails",
        "open": "not reached",
        "person": "for a person",
        "words": "",
    },
    regulation="the regulation's words",
    found="what was found",
    reviewer="reviewer",
    for_a_person="Not encoded: a person has to look at it.",
    more="and {number} more",
    name="Reviewed by",
    date="Date",
    signature="Signature",
    note="✓ holds · ✗ fails · – the decision does not reach it · ☐ not encoded",
)

CHINESE = ChecklistWords(
    checklist="查验清单",
    verdicts={
        "holds": "符合",
        "fails": "不符合",
        "open": "未涉及",
        "person": "须人工判断",
        "words": "",
    },
    regulation="法规要求",
    found="查得情况",
    reviewer="审核",
    for_a_person="未编入规则，须由人工判断。",
    more="另有{number}项",
    name="审核人",
    date="日期",
    signature="签字",
    note="✓ 符合 · ✗ 不符合 · – 判定未涉及 · ☐ 未编入规则",
)

_BUILT_IN = {"en": ENGLISH, "zh": CHINESE}


def checklist_words(language: str) -> ChecklistWords:
    """Return the words of a language, or the English ones."""
    return _BUILT_IN.get(language.partition("-")[0], ENGLISH)
