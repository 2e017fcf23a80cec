"""Other readings of the law, and what is not encoded, are said of each decision."""

from __future__ import annotations

import csv
import io
import json
import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from timelines import checked

from whereas import api
from whereas.explain import Explainer, decide, justify, open_saved, save, store
from whereas.facts.memory import copy, from_rows
from whereas.render.justification import justification_as
from whereas.render.table import csv_lines, table

RULES = """
input case(case: text, made: date, filed: date, kind: {"x", "y", "z"}) key case closed.
input listed(case: text references case, since: date) closed.
input part(part: text, of: text references case) closed.
parameter list_date: {"filing", "manufacture"} = "filing" unsettled
    @en("which day counts for the list").
parameter strict: boolean = false unsettled.
parameter margin: integer = 3 unsettled.
parameter settled: {"p", "q"} = "p".
unencoded "C-1" @en("the part that the source cuts off").
unencoded "C-2" @en("what the authority may decide").
unencoded "C-10" @en("the annex").
subject case.
outcome "good" if good(Case).
outcome "fair" if fair(Case).
outcome "bad" otherwise.
on_list(C) :- case(C, Made, Filed, _), listed(C, Since), $settled = "p",
    ( $list_date = "filing", Since <= Filed ; $list_date = "manufacture", Since <= Made ).
@id("L-1") @subject_to("C-1") by_list(C) :- on_list(C).
by_kind(C) :- case(C, kind: "x").
@subject_to("C-2", "C-10") by_kind(C) :- case(C, Made, Filed, "y"), Made < Filed + $margin days.
down(P, Q) :- part(P, Q).
@subject_to("C-2") down(P, R) :- down(P, Q), part(Q, R).
@id("G-1") good(C) :- by_list(C), by_kind(C).
@id("G-2") good(C) :- by_list(C), $strict = false, down(C, _).
@id("F-1") @subject_to("C-10") fair(C) :- by_kind(C).
@id("F-2") fair(C) :- down(_, C).
"""


def world(seed, home="sqlite"):
    """A dozen cases, undecided."""
    rng = random.Random(seed)
    names = [f"c{n}" for n in range(12)]

    def day():
        return date(2024, 1, 1) + timedelta(rng.randrange(20))

    rows = {
        "case": [(n, day(), day(), rng.choice("xyz")) for n in names],
        "listed": [(n, day()) for n in rng.sample(names, 8)],
        "part": sorted({(rng.choice(names), rng.choice(names)) for _ in range(6)}),
    }
    policy = checked(RULES)
    return policy, copy(from_rows(policy, rows), home, policy)


@pytest.mark.parametrize("home", ["sqlite", "duckdb"])
@pytest.mark.parametrize("seed", range(8))
def test_a_reading_is_what_setting_the_parameter_gives(seed, home):
    """Each other value by itself; a number, or what is settled, has none."""
    policy, facts = world(seed, home)
    found = list(api.decide(policy, facts))
    tried = {("list_date", "manufacture"), ("strict", "true")}
    for name, value in sorted(tried):
        other = api.decide(
            policy, copy(facts, home), parameters={name: value}, readings=False
        )
        assert other.model.readings is None
        for ours, theirs in zip(found, other, strict=True):
            said = [
                one.outcome
                for one in ours.readings
                if (one.parameter, str(one.value).lower()) == (name, value)
            ]
            same = ours.outcome == theirs.outcome
            assert said == ([] if same else [theirs.outcome])
    said = {
        (one.parameter, str(one.value).lower()) for d in found for one in d.readings
    }
    assert said <= tried
    plain = api.decide(policy, copy(facts, home), readings=False)
    assert [replace(one, readings=()) for one in found] == list(plain)


@pytest.mark.parametrize("home", ["sqlite", "duckdb"])
@pytest.mark.parametrize("seed", range(8))
def test_one_case_says_what_all_together_say(seed, home):
    """Clauses and readings, set-at-a-time and one by one, and in a justification."""
    policy, facts = world(seed, home)
    decided = api.decide(policy, facts)
    explainer = Explainer(decided.model)
    for one in list(decided):
        (alone,) = decide(explainer, [one.case])
        assert alone == one
        justified = justify(explainer, one.case)
        assert justified.decision == one
        if justified.proof is not None:
            rules = [
                s.rule for s in justified.proof.steps.values() if hasattr(s, "rule")
            ]
            named = {clause for rule in rules for clause in rule.subject_to}
            assert named <= {*one.subject_to} == {*justified.subject_to}


def test_the_clauses_are_those_of_the_outcome_that_was_decided():
    """Not those of an outcome that would hold besides; in the order of the law."""
    seen = set()
    for seed in range(8):
        for one in api.decide(*world(seed)):
            seen.add((one.outcome, one.subject_to))
            if one.outcome == "bad":
                assert one.subject_to == ()
            if one.outcome == "good":
                assert "C-1" in one.subject_to
    assert ("fair", ("C-2", "C-10")) in seen
    assert ("fair", ("C-10",)) in seen or ("fair", ()) in seen


@pytest.mark.parametrize("home", ["sqlite", "duckdb"])
def test_a_kept_model_keeps_its_readings(tmp_path, home, monkeypatch):
    """The cases that differ are kept with it."""
    policy, facts = world(3, home)
    decided = api.decide(policy, facts)
    before = list(decided)
    assert any(one.readings for one in before)
    save(decided.model, tmp_path / "kept")
    (tmp_path / "facts").mkdir()
    model = decided.model
    # Facts in memory have no files that could have changed.
    monkeypatch.setattr(store, "_file_faults", lambda *_: [])
    monkeypatch.setattr(store, "_compare_facts", lambda *_: None)
    kept = open_saved(tmp_path / "kept", policy)
    assert kept.readings == model.readings
    assert list(decide(kept)) == before
    for one in before:
        assert justify(kept, one.case).decision == one


def test_every_output_says_it():
    """Table, CSV, JSON, JSON lines, and a justification in each form."""
    policy, facts = world(3)
    decided = api.decide(policy, facts)
    one = next(d for d in decided if d.readings and d.subject_to)
    (differing, *_) = one.readings
    said = f"would be {differing.outcome} if {differing.parameter} were"
    text = table(list(decided), decided.model, columns=None)
    assert said in text
    assert "each reading is tried by itself, never two together." in text
    assert "cases are subject to what the policy does not encode: C-1 (" in text
    assert "subject to C-1" in text
    rows = list(csv.DictReader(io.StringIO("".join(csv_lines(decided, policy)))))
    (row,) = (row for row in rows if row["case"] == one.case[0])
    assert row["subject_to"].split() == list(one.subject_to)
    assert row["readings"].startswith(f"{differing.parameter}=")
    stream = io.StringIO()
    decided.write_json(stream)
    document = json.loads(stream.getvalue())
    assert document["readings"] == [
        {"parameter": "list_date", "value": "manufacture"},
        {"parameter": "strict", "value": True},
    ]
    (found,) = (d for d in document["decisions"] if d["case"]["case"] == one.case[0])
    assert found["subject_to"] == list(one.subject_to)
    assert found["readings"][0]["outcome"] == differing.outcome
    for format_ in ("text", "markdown", "html"):
        page = justification_as(
            justify(decided.model, one.case), decided.model, format_
        )
        assert "Under another reading" in page
        assert "the part that the source cuts off" in page


def test_a_policy_without_open_readings_says_nothing():
    """No column, no line, and no more work."""
    policy = api.load_policy("policy/nmpa-summary")
    decided = api.decide(policy, api.load_facts("facts/demo", policy))
    assert decided.model.readings == ()
    header = next(iter(csv_lines(decided, policy)), "")
    assert "readings" not in header
    assert "reading" not in table(list(decided), decided.model)
