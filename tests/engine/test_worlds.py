"""Many fact bases decided as one are decided as each is by itself."""

from __future__ import annotations

import random
from datetime import date
from typing import TYPE_CHECKING

import pytest
from random_ids import MANIFEST, random_policy, random_rows

from whereas import api
from whereas.engine import solve
from whereas.engine.worlds import facts_of_worlds, widened
from whereas.explain import decide
from whereas.facts.memory import copy, from_rows
from whereas.policy import load_policy
from whereas.policy.core import Setting

if TYPE_CHECKING:
    from pathlib import Path

    from whereas.policy.core import Policy

NOTHING = Setting({}, None)


def written(folder: Path, rules: str) -> Policy:
    """Return the policy that some rules make."""
    (folder / "policy.toml").write_text(MANIFEST)
    (folder / "rules.md").write_text(f"# Rules\n\n```datalog{rules}```\n")
    return load_policy(folder)


@pytest.mark.parametrize("seed", range(40))
def test_each_world_is_decided_as_it_is_alone(seed: int, tmp_path: Path) -> None:
    """Rows, outcomes and all ids are equal; some worlds have few rows, or none."""
    policy = random_policy(seed, tmp_path)
    rng = random.Random(seed)
    worlds = []
    for number in range(5):
        rows = random_rows(100 * seed + number)
        for name in ("a", "b", "c"):
            if rng.random() < 0.3:
                rows[name] = []
        worlds.append(rows)
    over = widened(policy)
    facts, faults = facts_of_worlds(policy, over, worlds)
    assert not faults
    home = "duckdb" if seed % 4 == 0 else "sqlite"
    whole = solve(over.policy, copy(facts, home, over.policy), NOTHING, engine=home)
    together = {one.case: one for one in decide(whole)}
    assert len(together) == sum(len(rows["cs"]) for rows in worlds)
    for number, rows in enumerate(worlds):
        alone = api.decide(policy, from_rows(policy, rows))
        for one in alone:
            other = together[(*one.case, number)]
            assert (other.outcome, other.held, other.failed, other.because) == (
                one.outcome,
                one.held,
                one.failed,
                one.because,
            )
        for name in policy.relations:
            mine = {row[:-1] for row in whole.rows(name) if row[-1] == number}
            assert mine == set(alone.model.rows(name))


def test_the_world_of_a_fact_of_the_policy(tmp_path: Path) -> None:
    """A fact of the policy holds in every world; a count is of one world."""
    policy = written(
        tmp_path,
        """
input cs(c: text) key c closed.
input p(c: text, x: text) closed.
subject cs.
outcome "two" wanted if two(C).
outcome "not" otherwise.
limit(2).
@id("R")
two(C) :- cs(C), N = count { p(C, _) }, limit(N), ( p(C, "a") ; limit(3) ).
""",
    )
    worlds = [
        {"cs": [("c",)], "p": [("c", "a"), ("c", "b")]},
        {"cs": [("c",)], "p": [("c", "a")]},
        {"cs": [("c",), ("d",)], "p": []},
    ]
    over = widened(policy)
    facts, _ = facts_of_worlds(policy, over, worlds)
    whole = solve(over.policy, facts, NOTHING, certify=True)
    assert [(one.case, one.outcome, one.failed) for one in decide(whole)] == [
        (("c", 0), "two", ()),
        (("c", 1), "not", ("R",)),
        (("c", 2), "not", ("R",)),
        (("d", 2), "not", ("R",)),
    ]
    assert list(whole.rows("limit")) == [(2, 0), (2, 1), (2, 2)]


def test_the_faults_of_each_world(tmp_path: Path) -> None:
    """A world that is wrong is named by its number, with its faults."""
    policy = written(
        tmp_path,
        """
input cs(c: text) key c closed.
input p(c: text references cs, day: date) closed.
subject cs.
outcome "yes" wanted if q(C).
outcome "no" otherwise.
q(C) :- cs(C), p(C, _).
""",
    )
    day = date(2024, 1, 1)
    worlds = [
        {"cs": [("c",)], "p": [("c", day)]},
        {"cs": [("d",)], "p": [("c", day)]},
    ]
    _, faults = facts_of_worlds(policy, widened(policy), worlds)
    assert list(faults) == [1]
    assert [one.code.value for one in faults[1]] == ["E519"]
