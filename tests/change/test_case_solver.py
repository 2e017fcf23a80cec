"""One case decided anew, from stated facts only, is decided as among all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from reasons_oracle import random_world
from worlds import atom, model, rule, world

from whereas import api
from whereas.change import demand as module
from whereas.change.case_solver import CaseSolver
from whereas.diagnostics import LimitExceeded, NothingSelected
from whereas.engine.incremental_solver import IncrementalSolver
from whereas.explain import decide
from whereas.policy.core import Not, Outcome, Setting

SETTING = Setting({}, None)


def stated_only(made, engine="sqlite"):
    """The world's facts, its derived tables taken away."""
    base = model(made, engine).facts
    for name, relation in made.policy.relations.items():
        if not relation.stated:
            base.database.execute(f'DROP TABLE "{name}"')
    return base


@pytest.mark.parametrize("seed", range(150))
def test_a_case_is_decided_as_among_all(seed):
    made = random_world(seed)
    asked = CaseSolver(made.policy, stated_only(made), SETTING)
    for one in decide(model(made)):
        found = asked.outcome(*one.case)
        assert found == (None if one.outcome == "undetermined" else one.outcome)


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_the_demonstration_is_decided_the_same(engine):
    policy = api.load_policy("policy/nmpa-summary")
    facts = api.load_facts("facts/demo", policy, engine=engine)
    today = date(2026, 2, 10)
    together = {one.case: one.outcome for one in api.decide(policy, facts, today=today)}
    asked = api.anew(policy, facts, today=today)
    assert {case: asked.outcome(*case) for case in together} == together
    with pytest.raises(NothingSelected, match='no batch "B-none" among the facts'):
        asked.outcome("B-none")


def chain():
    """A case is safe unless a path leads from it to the pit."""
    made = world(
        {
            "case": [(n, 0) for n in range(12)],
            "edge": [(1, 2), (2, 3), (3, 1), (3, 9), (5, 6), (6, 5), (7, 9)],
            "pit": [(9,)],
        },
        [
            rule("P1", atom("path", "X", "Y"), atom("edge", "X", "Y")),
            rule(
                "P2",
                atom("path", "X", "Y"),
                atom("path", "X", "Z"),
                atom("edge", "Z", "Y"),
            ),
            rule("L", atom("lost", "X"), atom("path", "X", "Y"), atom("pit", "Y")),
            rule(
                "S", atom("safe", "X"), atom("case", "X", "_"), Not(atom("lost", "X"))
            ),
        ],
        subject="case",
    )
    outcomes = (
        Outcome("safe", atom("safe", "C0"), wanted=True),
        Outcome("lost", None, wanted=False),
    )
    return replace(made, policy=replace(made.policy, outcomes=outcomes))


def test_recursion_below_an_absence_is_followed_to_its_end():
    made = chain()
    asked = CaseSolver(made.policy, stated_only(made), SETTING)
    safe = [n for n in range(12) if asked.outcome(n) == "safe"]
    assert safe == [0, 4, 5, 6, 8, 9, 10, 11]


def test_the_facts_are_read_as_they_are_now():
    made = chain()
    base = stated_only(made)
    asked = CaseSolver(made.policy, base, SETTING)
    assert asked.outcome(1) == "lost"
    base.database.execute("DELETE FROM edge WHERE a0 = 3 AND a1 = 9")
    assert asked.outcome(1) == "safe"
    base.database.insert("edge", [(2, 7, 20)])
    assert asked.outcome(1) == "lost"


def test_a_case_that_reaches_too_much_is_refused_aloud(monkeypatch):
    monkeypatch.setattr(module, "ROWS", 3)
    made = chain()
    asked = CaseSolver(made.policy, stated_only(made), SETTING)
    with pytest.raises(
        LimitExceeded, match="more than 3 rows, the last ones of `edge`"
    ):
        asked.outcome(1)


def test_again_follows_changed_rows():
    made = chain()
    base = stated_only(made)
    again = IncrementalSolver.of(made.policy, base, SETTING)
    assert (1, 9) in list(again.solve().rows("path"))
    base.database.execute("DELETE FROM edge WHERE a1 = 9")
    assert sorted(again.solve().rows("lost")) == []


def test_a_body_is_read_by_what_binds_it():
    """A stated relation that only a constant binds waits for what the case gives."""
    made = world(
        {
            "case": [(n, n + 1) for n in range(300)],
            "paper": [(n, 7) for n in range(301)],
        },
        [
            rule("M", atom("mine", "X", "P"), atom("case", "X", "P")),
            rule("G", atom("good", "X"), atom("paper", "P", 7), atom("mine", "X", "P")),
        ],
        subject="case",
    )
    outcomes = (
        Outcome("good", atom("good", "C0"), wanted=True),
        Outcome("bad", None, wanted=False),
    )
    made = replace(made, policy=replace(made.policy, outcomes=outcomes))
    asked = CaseSolver(made.policy, stated_only(made), SETTING)
    assert asked.outcome(5) == "good"
    assert [(name, row[:-1]) for name, row in asked.reached()] == [
        ("case", (5, 6)),
        ("paper", (6, 7)),
    ]
