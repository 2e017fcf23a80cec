"""What other programs read, against the published schemas."""

import io
import json
from pathlib import Path

import jsonschema
import pytest
from example import example, justified

import whereas
from whereas.codes import Code
from whereas.diagnostics import Cell, Diagnostic, Label, Source, Span
from whereas.explain import Decisions, decide
from whereas.render.diagnostics import diagnostics_as
from whereas.render.document import justification_json
from whereas.render.table import csv_lines

SCHEMAS = Path(whereas.__file__).parent / "schemas"


def valid(text: str, name: str) -> dict:
    document = json.loads(text)
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(document)
    return document


@pytest.mark.parametrize("batch", ["B-1", "B-2", "B-3", "B-4", "B-5"])
def test_every_justification_fits_its_schema(batch: str):
    """Held or refused, with or without a filing."""
    document = valid(justification_json(justified(batch), example()), "justification-1")
    assert document["decision"]["case"] == {"batch": batch}
    assert (document["proof"] is None) == (batch != "B-1")


def test_a_proof_is_complete():
    """Each premise names a fact that has a step, down to file and row."""
    document = json.loads(justification_json(justified("B-1"), example()))
    facts = document["steps"]
    assert [fact["number"] for fact in facts] == list(range(len(facts)))
    reached = {document["proof"]}
    for fact in facts:
        step = fact["step"]
        assert step is not None
        if step["kind"] == "derived":
            assert step["rule"] in document["rules"]
            reached |= {p["fact"] for p in step["premises"] if p["kind"] == "holds"}
        else:
            assert step["file"].startswith("facts/")
            assert step["row"] >= 2
    tried = [one for absence in document["absences"] for one in absence["attempts"]]
    for premise in [one["premise"] for each in tried for one in each["conditions"]]:
        reached |= {premise["fact"]} if premise["kind"] == "holds" else set()
        reached |= {*premise.get("found", ())}
    assert reached == set(range(len(facts)))


def test_sentences_stand_in_every_language():
    """A program that shows a proof need not know the policy."""
    document = json.loads(justification_json(justified("B-1"), example()))
    goal = document["steps"][document["proof"]]
    assert goal["text"] == {"en": "batch B-1 may be imported", "zh": "批次B-1可以进口"}


def written(decisions: Decisions) -> str:
    stream = io.StringIO()
    decisions.write_json(stream)
    return stream.getvalue()


def test_decisions_fit_their_schema():
    """The document that `decide --format json` prints."""
    document = valid(written(decide(example())), "decisions-1")
    assert document["counts"] == {"importable": 1, "not-importable": 4}
    assert len(document["decisions"]) == 5


def test_no_case_at_all_is_a_document_too():
    """An empty subject file is zero decisions."""
    document = valid(written(decide(example(), [])), "decisions-1")
    assert document["decisions"] == []


def test_csv_has_a_line_for_each_case():
    """Ids are separated by blanks."""
    rows = "".join(csv_lines(decide(example()), example().policy)).splitlines()
    assert rows[0] == "batch,outcome,held,failed"
    assert rows[1] == "B-1,importable,S-C1 S-G1 S-G3,"
    assert rows[3].startswith("B-3,not-importable,S-C1,")


def test_diagnostics_fit_their_schema():
    """Spans, cells, labels, and no place at all."""
    span = Span(Source("p.md", "abc"), 0, 3)
    wrong = [
        Diagnostic(Code.TEMPLATE_FAILED, "a", span, labels=(Label(span, "here"),)),
        Diagnostic(Code.TEMPLATE_FAILED, "b", Cell("f.csv", None, None), help="mend"),
        Diagnostic(Code.TEMPLATE_FAILED, "c", None),
    ]
    document = valid(diagnostics_as(wrong, "json"), "diagnostics-1")
    assert document["counts"]["errors"] == 3
