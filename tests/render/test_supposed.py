"""A proof says which of its rows stand in no file, and which change gave them."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

from whereas.api import decide, load_facts, load_policy, why
from whereas.facts import Correction, Entry, changed
from whereas.render.document import justification_json

if TYPE_CHECKING:
    from whereas.engine.model import Model

ROOT = Path(__file__).parents[2]
CHANGES = (
    Correction(
        "filing",
        ("F-001", "B-001", date(2026, 2, 10)),
        ("F-001", "B-001", date(2026, 3, 1)),
        Entry("what-if.yaml", 2),
    ),
)


@cache
def model(home: str) -> Model:
    """Return the demonstration with a filing that came later, decided."""
    policy = load_policy(ROOT / "policy" / "nmpa-summary")
    facts = load_facts(ROOT / "facts" / "demo", policy, engine=home)
    return decide(policy, changed(facts, policy, CHANGES)).model


@pytest.mark.parametrize("home", ["sqlite", "duckdb"])
def test_a_proof_names_the_change(home: str) -> None:
    """In place of the row, and the row with it, if there was one."""
    reasons = why(model(home), "B-001")
    assert "what-if.yaml, change 2, in place of" in " ".join(reasons.text("en").split())
    assert "what-if.yaml，第2项变更" in "".join(reasons.text("zh").split())
    assert "was made on 1 March 2026" in reasons.text("en")


def test_a_step_of_the_document_is_supposed() -> None:
    """A reader of the JSON sees that no file states the fact."""
    text = justification_json(
        why(model("sqlite"), "B-001").justification, model("sqlite")
    )
    schema = resources.files("whereas.schemas") / "justification-1.schema.json"
    document = json.loads(text)
    jsonschema.validate(document, json.loads(schema.read_text("utf-8")))
    (step,) = [
        fact["step"]
        for fact in document["steps"]
        if fact["step"] and fact["step"]["kind"] == "supposed"
    ]
    assert step["file"] == "what-if.yaml"
    assert step["item"] == 2
    assert step["corrects"]["row"] == 2
    assert step["corrects"]["file"].endswith("filing.csv")
