"""A question answered from a slice is answered as from the whole."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from tests.engine.build import SETTING, atom, facts, policy, rule
from tests.engine.test_solve import PATH

from whereas.diagnostics import LimitExceeded
from whereas.engine import solve
from whereas.engine.again import Again
from whereas.engine.slice import slice_for
from whereas.explain import Explainer, justify
from whereas.facts import copy, load_facts
from whereas.policy import load_policy
from whereas.policy.core import Atom, Constant, Not, Policy, Setting, Variable

if TYPE_CHECKING:
    from whereas.engine.model import Model


def goals_of(model: Model, key: str) -> list[Atom]:
    """What a justification of a batch asks: outcomes, shown relations, the case."""
    made = model.policy
    assert made.subject is not None
    asked = [one.goal.relation for one in made.outcomes if one.goal]
    goals = []
    for name in (*asked, *made.show, made.subject):
        columns = made.relations[name].columns
        constant = Constant(key, columns[0].type)
        rest = (Variable(f"_{n}") for n in range(1, len(columns)))
        goals.append(Atom(name, (constant, *rest)))
    return goals


@pytest.mark.parametrize("home", ["sqlite", "duckdb"])
def test_justifications_are_equal(home: str) -> None:
    """Each batch of the demonstration is justified the same from its slice."""
    made = load_policy("policy/nmpa-summary")
    base = load_facts("facts/demo", made)
    setting = Setting({}, date(2026, 2, 10))
    model = solve(made, copy(base, home, made), setting, engine=home)  # type: ignore[arg-type]
    whole = Explainer(model)
    for (key, *_), _number in zip(model.rows("batch"), range(100), strict=False):
        assert isinstance(key, str)
        part = slice_for(model, goals_of(model, key))
        expected = justify(whole, (key,))
        assert repr(justify(Explainer(part.model, part.counts), (key,))) == repr(
            expected
        )
        again = Again.of(made, part.model.facts, setting).solve()
        assert repr(justify(Explainer(again, part.counts), (key,))) == repr(expected)


def closure() -> Policy:
    return policy(
        {"edge": 2},
        [
            *PATH,
            rule(atom("far", "X"), atom("edge", "X", "_1"), Not(atom("path", "X", 1))),
        ],
    )


def test_a_slice_leaves_out_what_is_not_reached() -> None:
    """Rows of another part of the graph stay behind; negated ones come along."""
    made = closure()
    edges = [(1, 2), (2, 1), (5, 6), (6, 7)]
    model = solve(made, facts(made, {"edge": edges}), SETTING, engine="sqlite")
    part = slice_for(model, [atom("far", 5)])
    assert list(part.model.rows("edge")) == [(5, 6), (6, 7)]
    assert list(part.model.rows("far")) == [(5,)]
    assert part.counts == {"edge": 4, "path": 7, "far": 2}
    assert [
        row
        for row in part.model.database.query("SELECT a0, a1, round FROM path")
        if row[0] == 5
    ] == []


def test_a_slice_has_a_limit() -> None:
    """A question that reaches too much is refused aloud."""
    made = closure()
    edges = [(n, n + 1) for n in range(40)]
    model = solve(made, facts(made, {"edge": edges}), SETTING, engine="sqlite")
    with pytest.raises(LimitExceeded, match="limit of 50 rows for one question"):
        slice_for(model, [atom("path", "X", "Y")], most=50)


def test_again_follows_changed_rows() -> None:
    """A compiled policy, solved anew after each change, sees the rows as they are."""
    made = closure()
    base = facts(made, {"edge": [(1, 2), (2, 3)]})
    again = Again.of(made, base, SETTING)
    assert list(again.solve().rows("path")) == [(1, 2), (1, 3), (2, 3)]
    base.database.execute("DELETE FROM edge WHERE a0 = 2")
    assert list(again.solve().rows("path")) == [(1, 2)]
    base.database.insert("edge", [(2, 1, 9)])
    assert list(again.solve().rows("path")) == [(1, 1), (1, 2), (2, 1), (2, 2)]
