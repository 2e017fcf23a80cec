"""Two models side by side, as people and programs read it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from example import example

from whereas.change.compare import WhatIf, compare
from whereas.engine import solve
from whereas.explain import decide
from whereas.facts import Addition, Correction, Entry, Withdrawal, changed
from whereas.policy.core import Setting
from whereas.render.ids import runs
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


def test_many_changes_are_counted() -> None:
    """A terminal shows the first twenty, a document all of them."""
    one = supposed()
    many = WhatIf(None, one.changes * 8, one.comparison)
    assert "and 12 more changes" in what_if_as([many], "text", "en")
    assert "另有12项变更" in what_if_as([many], "text", "zh")
    (scenario,) = json.loads(what_if_json([many]))["scenarios"]
    assert len(scenario["changes"]) == 32


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


def test_a_policy_without_a_rule_in_common() -> None:
    """Only what fails is listed, and cases of one outcome on each side together."""
    before = example()
    rules = tuple(
        replace(rule, id=None if rule.id is None else f"N-{rule.id}")
        for rule in before.policy.rules
    )
    by_index = {rule.index: rule for rule in rules}
    policy = replace(
        before.policy,
        id="other",
        rules=rules,
        components=tuple(
            replace(one, rules=tuple(by_index[rule.index] for rule in one.rules))
            for one in before.policy.components
        ),
    )
    after = solve(policy, changed(before.facts, before.policy, []), before.setting)
    found = compare(decide(before), decide(after), most=0)
    text = diff_as(found, "text", "en")
    assert "example against other" in text
    assert "Alike by other rules: 5" in text
    assert "✓ B-1  example: importable\n       other: importable" in text
    assert "example: not importable; fails S-C1" in text
    assert "other: not importable; fails N-S-C1" in text


def test_ids_that_count_up_are_shortened() -> None:
    """In brackets too; what stands between breaks the run."""
    ids = ["A-1(1)", "A-1(2)", "A-1(3)", "A-1(x)", "A-1(4)", "S-1", "S-2", "S-3", "S-4"]
    assert runs(ids, "{first} to {last}") == [
        "A-1(1) to A-1(3)",
        "A-1(x)",
        "A-1(4)",
        "S-1 to S-4",
    ]


def test_a_setting_that_differs_is_said() -> None:
    """Parameters and days stand above the cases; a day that is not read does not."""
    base = example()
    models = [
        solve(
            base.policy,
            changed(base.facts, base.policy, []),
            Setting(base.setting.parameters, day),
        )
        for day in (date(2026, 1, 30), date(2026, 1, 31), None)
    ]
    before, after, never = map(decide, models)
    found = WhatIf(None, (), compare(before, after))
    text = what_if_as([found], "text", "en")
    assert "today: 31 January 2026 in place of 30 January 2026" in text
    nothing = what_if_as([WhatIf(None, (), compare(never, after))], "text", "en")
    assert "Nothing is supposed to be otherwise." in nothing
