"""Proposals in words: the same numbers and dates in each language, in each format."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from policy.helper import policy as written_policy
from whereas import api
from whereas.facts.memory import from_rows

ROOT = Path(__file__).parents[2]
MONTHS = [
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
]


@pytest.fixture(scope="module")
def refused() -> dict[str, api.Advice]:
    policy = api.load_policy(ROOT / "policy/nmpa-summary")
    decided = api.decide(policy, api.load_facts(ROOT / "facts/demo", policy))
    cases = [str(one.case[0]) for one in decided if one.outcome != "importable"]
    return {case: api.repair(decided.model, case) for case in cases}


def dates(text: str) -> list[date]:
    """The days that a text names, in order of the calendar."""
    text = re.sub(r"\s+", " ", text)
    english = re.findall(rf"(\d+) ({'|'.join(MONTHS)}) (\d{{4}})", text)
    chinese = re.findall(r"(\d{4})年 ?(\d+)月 ?(\d+)日", text)
    return sorted(
        [date(int(y), MONTHS.index(m) + 1, int(d)) for d, m, y in english]
        + [date(int(y), int(m), int(d)) for y, m, d in chinese]
    )


def codes(text: str) -> list[str]:
    return sorted(re.findall(r"\b[A-Z]+-[0-9A-Z]+(?:-[0-9]+)?\b", text, re.ASCII))


def test_the_languages_name_the_same_days_and_codes(refused) -> None:
    for case, advice in refused.items():
        english = advice.text("en", columns=10_000)
        chinese = advice.text("zh", columns=10_000)
        assert dates(english) == dates(chinese), case
        assert set(codes(english)) == set(codes(chinese)), case


def test_the_formats_say_the_same(refused) -> None:
    for advice in refused.values():
        for language in ("en", "zh"):
            text = advice.text(language, columns=10_000)
            markdown = advice.markdown(language)
            html = advice.html(language)
            assert dates(text) == dates(markdown) == dates(html)
            assert "http" not in html.replace("http-equiv", "")


def test_the_words_of_a_proposal(refused) -> None:
    assert refused["B-042"].text("en").split("\n\n")[:4] == [
        "✗ B-042: not importable",
        "2 ways would make it importable, the easiest first; one is enough.",
        "1  The filer files batch B-042 again (F-042-2), between 15 October 2025 and 29\n"
        "   February 2028.\n"
        "   (effort 1)",
        "2  The filer submits with filing F-042-1: overseas marketing proof and GMP\n"
        "   evidence.\n"
        "   (effort 2)",
    ]
    assert refused["B-040"].text("zh").split("\n\n")[2] == (
        "1  以下两项须同时做到： （难度6）\n"
        "   - 备案申请人于2025年12月10日或之后首次为批次B-040办理备案。\n"
        "   - 备案申请人就备案（新）补交申请函、境外上市证明文件、GMP证明文件和检验报告\n"
        "     书。"
    )


def test_what_cannot_be_changed_is_said(refused) -> None:
    assert refused["B-019"].text("en").split("\n\n")[1:3] == [
        "Nothing that can still be supplied or corrected makes it importable.",
        "What stands in the way and cannot be changed:\n"
        "  ✗ It was not made before a Chinese approval.\n"
        "    ✗ 11 December 2025 (made) is 1 day after 10 December 2025 (approved).",
    ]
    assert "以下障碍无法改变" in refused["B-041"].text("zh")


def test_the_changes_are_a_file_that_yaml_reads(refused) -> None:
    from whereas.render.repair_document import changes_yaml

    advice = refused["B-033"]
    found = yaml.safe_load(changes_yaml(advice.repairs, advice.model, "en"))
    assert [one["name"] for one in found["scenarios"]] == [1, 2]
    first, second = found["scenarios"]
    assert first["add"]["gmp_evidence"][0]["issued"] == date(2026, 2, 11)
    assert second["change"] == {
        "filing": [{"filing": "F-033", "filed": date(2026, 2, 12)}]
    }


def test_json_has_the_bounds_and_an_example(refused) -> None:
    from whereas.render.repair_document import repairs_json

    advice = refused["B-012"]
    found = json.loads(repairs_json(advice.repairs, advice.model))
    (way,) = found["proposals"][0]["ways"]
    assert way["values"][0]["country"] == {"not": ["US"], "or_none": False}
    assert way["values"][0]["approved"] == {"until": "2026-02-11", "or_none": False}
    assert way["example"][0]["approved"] == "2026-02-11"
    assert set(found["proposals"][0]["changes"][0]["text"]) == {"en", "zh"}


def test_a_policy_that_lets_nothing_be_corrected_says_so() -> None:
    policy = written_policy(
        """
        input goods(goods: text, n: integer) key goods.
        subject goods.
        outcome "free" if goods(Goods, N), N > 1.
        outcome "held" otherwise.
        """
    )
    decided = api.decide(policy, from_rows(policy, {"goods": [["g", 1]]}))
    text = api.repair(decided.model, "g").text("en")
    assert "The policy does not say what can be supplied or corrected" in text


def test_a_change_without_a_sentence_is_said_all_the_same() -> None:
    policy = written_policy(
        """
        input goods(goods: text, n: integer) key goods.
        input stop(goods: text) closed.
        subject goods.
        outcome "free" if goods(Goods, N), N > 5, not stop(Goods).
        outcome "held" otherwise.
        correctable change goods(n) weight 2.
        correctable withdraw stop.
        """
    )
    rows = {"goods": [["g", 1]], "stop": [["g"]]}
    decided = api.decide(policy, from_rows(policy, rows))
    text = api.repair(decided.model, "g").text("en")
    assert "Both of these: (effort 3)" in text
    assert "Correct in goods: goods g, n at least 6." in text
    assert "Withdraw from stop: goods g." in text
