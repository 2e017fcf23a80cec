"""What the law leaves open is stated in the language, and refused like the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from policy.test_policy_folder import RULES, package
from whereas.diagnostics import Invalid
from whereas.policy import load_policy

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = """\
[policy]
id = "test"
languages = ["en", "zh"]

[source.LAW]
cite = "Law, {}"
"""


def refused(tmp_path: Path, statements: str) -> list[tuple[str, str]]:
    rules = f"{RULES}\n## Open\n\n```datalog\n{statements}\n```\n"
    with pytest.raises(Invalid) as caught:
        load_policy(package(tmp_path / "refused", MANIFEST, rules))
    return [(d.code.value, d.message) for d in caught.value.diagnostics]


def test_a_question_keeps_its_words_its_place_and_its_section(tmp_path: Path) -> None:
    rules = RULES + (
        "\n## Open\n\n```datalog\n"
        'question "Q-1" @cite("LAW", "3") @en("which day?") @zh("哪一天？").\n```\n'
    )
    policy = load_policy(package(tmp_path / "one", MANIFEST, rules))
    question = policy.questions["Q-1"]
    assert {k: v.text for k, v in question.texts.items()} == {
        "en": "which day?",
        "zh": "哪一天？",
    }
    assert [(one.source, one.place) for one in question.cites] == [("LAW", "3")]
    assert question.section is not None
    assert question.section.slug == "open"


def test_a_question_is_asked_once(tmp_path: Path) -> None:
    twice = 'question "Q" @en("a") @zh("b").\nquestion "Q" @en("a") @zh("b").'
    assert refused(tmp_path, twice) == [("E206", "`Q` is declared twice")]


def test_a_question_and_a_gap_cite_what_is_there(tmp_path: Path) -> None:
    unknown = (
        'question "Q" @cite("LAWS", "1") @en("a") @zh("b").\n'
        'unencoded "U" @cite("LAWS", "2") @en("a") @zh("b").'
    )
    assert refused(tmp_path, unknown) == [("E434", "unknown source `LAWS`")] * 2


def test_a_question_in_one_language_is_warned_of(tmp_path: Path) -> None:
    rules = f'{RULES}\n```datalog\nquestion "Q" @en("which day?").\n```\n'
    policy = load_policy(package(tmp_path / "one", MANIFEST, rules))
    assert any("`Q`" in one.message for one in policy.warnings)
