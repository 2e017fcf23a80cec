"""Two models side by side, as people and programs read it."""

from __future__ import annotations

import json
import re
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from example import example

from whereas.engine import solve
from whereas.explain import decide
from whereas.explain.compare import WhatIf, compare
from whereas.facts import Addition, Correction, Entry, Withdrawal, changed
from whereas.policy.core import Setting
from whereas.render.side_by_side import TEMPLATES, diff_as, what_if_as
from whereas.render.side_document import diff_json, what_if_json
from whereas.render.width import width

if TYPE_CHECKING:
    from whereas.facts import Change

GOLDEN = Path(__file__).parent / "golden"
ENDINGS = {"text": "txt", "markdown": "md", "html": "html"}


@cache
def supposed(most: int = 1) -> WhatIf:
    """Return what follows from a few changes to the small example."""
    before = example()
    (filing, *_), (evidence, *_), (batch, *_) = (
        list(before.rows(name)) for name in ("filing", "evidence", "batch")
    )
    changes: list[Change] = [
        Correction("batch", batch, (*batch[:3], "pilot"), Entry("what.yaml", 1)),
        Correction(
            "filing", filing, (*filing[:2], date(2026, 3, 1)), Entry("what.yaml", 2)
        ),
        Withdrawal("evidence", evidence, Entry("what.yaml", 3)),
        Addition("evidence", ("G-9", *evidence[1:]), Entry("", 4)),
    ]
    facts = changed(before.facts, before.policy, changes)
    after = solve(before.policy, facts, before.setting)
    found = compare(decide(before), decide(after), most=most)
    return WhatIf("A few changes", tuple(changes), found)


def same(name: str, actual: str, accept: bool) -> None:
    expected = GOLDEN / name
    if accept:
        expected.write_text(actual, encoding="utf-8")
    assert actual == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("format_", TEMPLATES)
def test_a_what_if(format_: str, language: str, accept: bool) -> None:
    """What is supposed, what turns, what keeps its outcome, and a justification."""
    actual = what_if_as([supposed()], format_, language)
    same(f"what-if-{language}.{ENDINGS[format_]}", actual, accept)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_diff(language: str, accept: bool) -> None:
    """The same cases, with both justifications."""
    actual = diff_as(supposed().comparison, "text", language)
    same(f"diff-{language}.txt", actual, accept)


def test_several_what_ifs_are_one_page() -> None:
    """A meeting's file has several scenarios."""
    for format_ in TEMPLATES:
        page = what_if_as([supposed(0), supposed()], format_, "en")
        assert page.count("A few changes") >= 2


def numbers(text: str) -> list[str]:
    """Return the numbers of a text, those of dates among them."""
    months = "January February March April May June July August September October"
    for number, month in enumerate(f"{months} November December".split(), 1):
        text = re.sub(rf"(\d+) {month} (\d+)", rf"\2年{number}月\1日", text)
    return sorted(re.findall(r"\d+", text))


def test_numbers_and_dates_agree_between_the_languages() -> None:
    """The words differ, and what they speak of does not."""
    for most in (0, 100):
        english = what_if_as([supposed(most)], "text", "en", columns=10_000)
        chinese = what_if_as([supposed(most)], "text", "zh", columns=10_000)
        heads = [text.split("----")[0] for text in (english, chinese)]
        assert numbers(heads[0]) == numbers(heads[1])


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_text_keeps_to_its_width(language: str, columns: int) -> None:
    """No line is wider than the terminal, but for the rule above a justification."""
    for text in (
        what_if_as([supposed(100)], "text", language, columns=columns),
        diff_as(supposed(100).comparison, "text", language, columns=columns),
    ):
        lines = [line for line in text.splitlines() if not line.startswith("----")]
        assert max(map(width, lines)) <= columns


def test_the_page_stands_alone() -> None:
    """No script, nothing from elsewhere, and what facts say is escaped."""
    page = what_if_as([supposed(100)], "html", "en")
    assert "<script" not in page
    assert not re.findall(r"""(?:src|href)=["']?(?!#)""", page)
    assert page.count("<ul>") + page.count('<ul class="supposed">') == page.count(
        "</ul>"
    )
    assert page.count("<li") == page.count("</li>")


def schema(name: str) -> Any:
    """Return a published schema."""
    file = resources.files("whereas.schemas") / f"{name}-1.schema.json"
    found = json.loads(file.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(found)
    return found


def justifications(document: Any) -> list[Any]:
    """Return the whole objects that a document carries."""
    return [
        one
        for difference in document["differences"]
        for one in (difference["justifications"] or {}).values()
        if one is not None
    ]


def test_documents_fit_their_schemas() -> None:
    """And so do the justifications in them; a supposed fact has a step of its own."""
    what_if = json.loads(what_if_json([supposed(100)]))
    jsonschema.validate(what_if, schema("what-if"))
    (scenario,) = what_if["scenarios"]
    diff = json.loads(diff_json(supposed(100).comparison, ["zh"]))
    jsonschema.validate(diff, schema("diff"))
    for document in (scenario, diff):
        assert justifications(document)
        for one in justifications(document):
            jsonschema.validate(one, schema("justification"))
    assert [change["kind"] for change in scenario["changes"]] == [
        "change",
        "change",
        "remove",
        "add",
    ]
    assert set(scenario["changes"][0]["text"]) == {"en", "zh"}
    kinds = {
        fact["step"]["kind"]
        for one in justifications(scenario)
        for fact in one["steps"]
        if fact["step"]
    }
    assert "supposed" in kinds
    assert scenario["left_out"] == 0
    assert scenario["counts"]["cases"] == sum(
        move["count"] for move in scenario["moves"]
    )


def test_a_setting_that_differs_is_said() -> None:
    """Parameters and days stand above the cases."""
    before = example()
    day = Setting(before.setting.parameters, date(2026, 1, 31))
    after = solve(before.policy, changed(before.facts, before.policy, []), day)
    found = WhatIf(None, (), compare(decide(before), decide(after)))
    text = what_if_as([found], "text", "en")
    assert "today: 31 January 2026 in place of" in text
