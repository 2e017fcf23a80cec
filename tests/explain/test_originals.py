"""A proof quotes the cells that stood in the file in other characters."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from whereas.checker import verify
from whereas.checker.document import faults, schema
from whereas.checker.fact_files import means
from whereas.engine import solve
from whereas.engine.model import Model
from whereas.explain import justify
from whereas.explain.store import open_saved, save
from whereas.facts import load_facts
from whereas.policy import load_policy
from whereas.policy.core import Column, Setting
from whereas.render.document import justification_json
from whereas.render.justification import justification_as
from whereas.values import TEXT, Type

MANIFEST = """\
[policy]
id = "lots"
version = "1"
languages = ["en", "zh"]
title = { en = "Lots", zh = "批次" }
"""
RULES = """\
# Lots

```datalog
type scale = {"pilot" @en("pilot scale") @zh("中试规模"), "full" @en("full scale") @zh("商业规模")}.
input lot @zh("批次") @en("lots") (
    lot: text @en("lot number") @zh("批号") @code,
    made: date @en("date of manufacture") @zh("生产日期"),
    scale: scale @en("scale") @zh("规模"))
    key lot
    @en("lot {lot} was made on {made} at {scale}") @zh("批次{lot}于{made}生产，规模为{scale}").
good(Lot) :- lot(Lot, made: Made, scale: "full"), Made >= 2029-01-01.
subject lot.
outcome "good" @en("good") @zh("合格") if good(Lot).
outcome "bad" @en("bad") @zh("不合格") otherwise.
```
"""
LOTS = "批号,生产日期,规模\nＡ-1,2029年4月24日,商业规模\nA-2,2029-04-25,full\n"


@pytest.fixture(params=["sqlite", "duckdb"])
def model(request: pytest.FixtureRequest, tmp_path: Path) -> Model:
    """A model of two lots, of which one is written as people write."""
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "policy.toml").write_text(MANIFEST, encoding="utf-8")
    (tmp_path / "policy" / "lots.md").write_text(RULES, encoding="utf-8")
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "批次.csv").write_text(LOTS, encoding="utf-8")
    policy = load_policy(tmp_path / "policy")
    facts = load_facts(tmp_path / "facts", policy, home=request.param)
    return solve(policy, facts, Setting({}, None), engine=request.param)


def text(model: Model, case: str, language: str) -> str:
    """Return the text of a case, its fact file by its name alone."""
    found = justify(model, (case,))
    said = justification_as(found, model, "text", language, columns=500)
    return said.replace(f"{model.facts.path}/", "")


def document(model: Model, case: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        justification_json(justify(model, (case,)), model)
    )
    return found


def test_what_reads_otherwise_is_quoted(model: Model) -> None:
    """In each language only what differs from what that language says."""
    assert (
        "批次.csv, row 2 (written there: lot number “Ａ-1”, "
        "date of manufacture “2029年4月24日”, scale “商业规模”)"
    ) in " ".join(text(model, "A-1", "en").split())
    assert "批次.csv，第2行（原文：批号“Ａ-1”）" in text(model, "A-1", "zh")
    assert "written there" not in text(model, "A-2", "en")


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_every_form_quotes_it(model: Model, form: str) -> None:
    """Markdown and HTML say what the text says."""
    assert "2029年4月24日" in justification_as(
        justify(model, ("A-1",)), model, form, "en"
    )


def test_json_has_the_cells_and_the_checker_reads_them(model: Model) -> None:
    """They are there only where they differ, fit the schema, and are held."""
    plain, otherwise = document(model, "A-2"), document(model, "A-1")
    assert "as_written" not in json.dumps(plain)
    step = next(s["step"] for s in otherwise["steps"] if s["step"]["kind"] == "stated")
    assert step["as_written"] == {
        "lot": "Ａ-1",
        "made": "2029年4月24日",
        "scale": "商业规模",
    }
    assert not list(faults(otherwise, schema(), schema(), ""))
    assert verify(otherwise, model.policy, model.facts).accepted
    step["as_written"]["made"] = "2029年4月25日"
    (rejection,) = verify(otherwise, model.policy, model.facts).rejections
    assert rejection.at.endswith("/step/as_written")
    del step["as_written"]
    assert verify(otherwise, model.policy, model.facts).accepted


def test_a_saved_model_keeps_them(model: Model, tmp_path: Path) -> None:
    """Later the same is quoted, by a model that was saved."""
    said = text(model, "A-1", "en")
    save(model, tmp_path / "a.model")
    again = open_saved(tmp_path / "a.model", model.policy)
    assert text(again, "A-1", "en") == said
    again.database.close()


@pytest.mark.parametrize(
    ("cell", "value", "words", "meant"),
    [
        ("２０２９年４月２４日", "2029-04-24", "date", True),
        ("2029.4.24", "2029-04-24", "date", True),
        ("2029.4.25", "2029-04-24", "date", False),
        ("24.4.2029", "2029-04-24", "date", False),
        (" 0５ ", 5, "integer", True),
        ("5,0", 5, "integer", False),
        ("Ｔrue", True, "boolean", True),
        ("false", True, "boolean", False),
        ("国药准字 Ｈ1", "国药准字H1", "text", True),
        ("国药准字H2", "国药准字H1", "text", False),
        ("\u3000", None, "date", True),
        ("0", None, "date", False),
    ],
)
def test_the_checker_reads_a_cell_by_itself(
    cell: str, value: Any, words: str, meant: bool
) -> None:
    """By another way than the reader of facts takes."""
    if words == "date" and value:
        value = date.fromisoformat(value)
    type_ = TEXT if words == "text" else Type(words)
    assert means(cell, value, Column("x", type_)) is meant
