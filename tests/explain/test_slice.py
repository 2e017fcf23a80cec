"""Explanations from a slice equal those from the whole model."""

from __future__ import annotations

import pytest
from reasons_oracle import random_world
from worlds import atom, model, rule, world

from whereas.diagnostics import LimitExceeded
from whereas.explain import slice as slices
from whereas.explain.decide import decide
from whereas.explain.explainer import Explainer
from whereas.explain.justify import justify
from whereas.explain.proof import Fact
from whereas.explain.reason_values import blockage, prove
from whereas.explain.slice import sliced


def whole_and_slice(explainer, fact):
    return explainer, sliced(explainer, [explainer.request(fact)])


@pytest.mark.parametrize("seed", range(40))
def test_a_slice_proves_and_blocks_as_the_whole_does(seed):
    made = random_world(seed)
    explainer = Explainer(model(made, "duckdb"))
    whole = Explainer(model(made))
    for name in ("goal", "q", "r"):
        rows = list(made.rows[name])[:3]
        for row in rows:
            fact = Fact(name, row)
            assert prove(explainer, fact, all_proofs=5) == prove(
                whole, fact, all_proofs=5
            )
    for row in made.stated["case"]:
        fact = Fact("goal", row[:1])
        if not made.holds(fact):
            assert blockage(explainer, fact) == blockage(whole, fact)
    explainer.database.close()


@pytest.mark.parametrize("seed", range(20))
def test_a_case_is_justified_alike_from_both_homes(seed):
    made = random_world(seed)
    explainer = Explainer(model(made, "duckdb"))
    whole = Explainer(model(made))
    for row in made.stated["case"]:
        case = row[:1]
        assert justify(explainer, case) == justify(whole, case)
        assert list(decide(explainer, [case])) == list(decide(whole, [case]))
    explainer.database.close()


def test_a_slice_holds_only_what_the_goal_reaches():
    made = world(
        {"a": [(i, i + 1) for i in range(500)], "b": [(i,) for i in range(500)]},
        [rule("R", atom("p", "X"), atom("a", "X", "Y"), atom("b", "Y"))],
    )
    explainer = Explainer(model(made, "duckdb"))
    small = sliced(explainer, [explainer.request(Fact("p", (7,)))])
    assert small.database.query("SELECT count(*) FROM a") == [(1,)]
    assert small.rows("a") == 500
    explainer.database.close()


def test_the_limit_stops_a_question_that_reaches_too_much(monkeypatch):
    made = world(
        {"a": [(i,) for i in range(50)], "b": [(1,)]},
        [rule("R", atom("p", "X"), atom("b", "X"), atom("a", "Y"))],
    )
    explainer = Explainer(model(made, "duckdb"))
    monkeypatch.setattr(slices, "ROWS", 20)
    with pytest.raises(LimitExceeded, match="`a`"):
        prove(explainer, Fact("p", (1,)))
    explainer.database.close()
