"""Decisions: outcome, and the ids of what held and what failed."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from reasons_oracle import decide_slowly, random_world
from worlds import all_cases, atom, model, rule, world

from whereas.diagnostics import NothingSelected
from whereas.explain.bulk import decide_all, decide_some
from whereas.explain.decide import decide
from whereas.explain.decisions import Decisions
from whereas.explain.explainer import Explainer
from whereas.explain.proof import Decision
from whereas.policy.core import Outcome
from whereas.values import TEXT

SEEDS = range(150)


def as_decisions(found):
    return [Decision(*one) for one in found]


@pytest.mark.parametrize("seed", SEEDS)
def test_cases_by_themselves_and_all_at_once_equal_the_definition_read_slowly(seed):
    made = random_world(seed)
    slowly = as_decisions(decide_slowly(made))
    explainer = Explainer(model(made))
    assert list(decide_some(explainer, all_cases(explainer))) == slowly
    assert list(decide_all(explainer)) == slowly


@pytest.mark.parametrize("seed", range(40))
def test_duckdb_decides_alike(seed):
    made = random_world(seed)
    explainer = Explainer(model(made, "duckdb"))
    assert list(decide_all(explainer)) == as_decisions(decide_slowly(made))
    explainer.database.close()


def permits():
    """A permit needs a form and a fee; a fee by a friend counts through a friend."""
    return world(
        {
            "permit": [("b",), ('a"\\\n\x01é',), ("c",)],
            "form": [("b",), ("c",)],
            "fee": [("b",)],
        },
        [
            rule("OK", atom("ok", "P"), atom("has_form", "P"), atom("paid", "P")),
            rule("F", atom("has_form", "P"), atom("form", "P")),
            rule("M", atom("paid", "P"), atom("fee", "P")),
        ],
        subject="permit",
        outcomes=[
            Outcome("granted", atom("ok", "C0"), wanted=True),
            Outcome("refused", None, wanted=False),
        ],
        types=dict.fromkeys(
            ["permit", "form", "fee", "ok", "has_form", "paid"], (TEXT,)
        ),
    )


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_the_json_is_one_object_with_a_decision_on_each_line(engine):
    tables = model(permits(), engine)
    stream = io.StringIO()
    decide(tables).write_json(stream)
    found = json.loads(stream.getvalue())
    assert list(found) == [
        "schema",
        "policy",
        "facts",
        "today",
        "engines",
        "certified",
        "parameters",
        "counts",
        "decisions",
    ]
    assert found["counts"] == {"granted": 1, "refused": 2}
    assert found["decisions"] == [
        {
            "case": {"c0": "b"},
            "outcome": "granted",
            "held": ["F", "M", "OK"],
            "failed": [],
        },
        {
            "case": {"c0": 'a"\\\n\x01é'},
            "outcome": "refused",
            "held": [],
            "failed": ["F", "M"],
        },
        {"case": {"c0": "c"}, "outcome": "refused", "held": ["F"], "failed": ["M"]},
    ]
    assert len(stream.getvalue().splitlines()) == 5
    tables.database.close()


def test_both_homes_write_the_same_bytes():
    written = []
    for engine in ("sqlite", "duckdb"):
        tables = replace(model(permits(), engine), engines=("x",))
        stream = io.StringIO()
        decide(tables).write_json(stream)
        written.append(stream.getvalue())
        tables.database.close()
    assert written[0] == written[1]


def test_decisions_can_be_read_again_after_others_were_made():
    explainer = Explainer(model(permits()))
    first = decide(explainer)
    before = list(first)
    second = decide(explainer)
    assert list(second) == before
    assert list(first) == before
    assert len(first) == 3


def test_named_cases_come_in_the_order_of_the_facts():
    found = decide(model(permits()), [("c",), ("b",)])
    assert [one.case for one in found] == [("b",), ("c",)]


def test_an_unknown_case_selects_nothing():
    with pytest.raises(NothingSelected, match="z"):
        decide(model(permits()), [("z",)])


def test_no_cases_are_no_decisions():
    made = permits()
    made.rows["permit"] = {}
    found = decide(model(made))
    assert isinstance(found, Decisions)
    stream = io.StringIO()
    found.write_json(stream)
    assert json.loads(stream.getvalue())["decisions"] == []
    assert found.counts == {"granted": 0, "refused": 0}


def test_more_ids_than_a_word_has_bits():
    count = 150
    made = world(
        {"case": [(1,), (2,)], **{f"s{i}": [(1,)] for i in range(count)}},
        [
            rule("G", atom("g", "C"), *(atom(f"d{i}", "C") for i in range(20))),
            *(
                rule(f"I{i:03}", atom(f"d{i % 20}", "C"), atom(f"s{i}", "C"))
                for i in range(count)
            ),
        ],
        subject="case",
        outcomes=[Outcome("yes", atom("g", "C0"), wanted=True)],
    )
    explainer = Explainer(model(made))
    assert list(decide_all(explainer)) == as_decisions(decide_slowly(made))
