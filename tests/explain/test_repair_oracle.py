"""Repairs of random policies are those that clingo finds, and none is missing."""

from __future__ import annotations

import itertools

import pytest
from repair_oracle import VALUES, Change, correctable_world, lightest
from worlds import model

from whereas.explain import Explainer
from whereas.explain.goals import Bounds
from whereas.explain.repair import Proposal, Told, repair

# Only the lightest, all of them; a clock would make a test say now this, now that.
BOUNDS = Bounds(proposals=500, beyond=0, states=4_000, seconds=1_000)


def fits(told: Told, value: int) -> bool:
    if told.settled:
        return told.value == value
    return (
        (told.low is None or value >= told.low)
        and (told.high is None or value <= told.high)
        and (told.members is None or value in told.members)
        and value not in told.excluded
    )


def instance(proposal: Proposal, changes: frozenset[Change]) -> bool:
    """Whether a set of changes is one that a proposal tells."""
    if len(changes) != len(proposal.steps):
        return False
    for order in itertools.permutations(changes):
        for way in proposal.ways:
            if all(
                kind == step.action
                and name == step.relation
                and (step.before or ()) == before
                and (told is None or all(map(fits, told, after)))
                for (kind, name, before, after), step, told in zip(
                    order, proposal.steps, way.told, strict=True
                )
            ) and all(
                order[link.one[0]][3][link.one[1]]
                - order[link.other[0]][3][link.other[1]]
                <= link.most
                for link in way.links
            ):
                return True
    return False


@pytest.mark.parametrize("block", range(12))
def test_the_lightest_repairs_are_those_of_clingo(seed: int) -> None:
    made = correctable_world(seed)
    explainer = Explainer(model(made))
    compared = 0
    for case, _ in made.stated["case"]:
        found = repair(explainer, (case,), bounds=BOUNDS)
        if found.reached:
            continue
        expected = lightest(made, case)
        if expected is None:
            assert not found.proposals
            continue
        if found.stopped or found.left_out:
            # It says so; what it found is right all the same.
            assert all(p.weight >= expected[0] for p in found.proposals)
            continue
        weight, sets = expected
        assert {p.weight for p in found.proposals} == {weight}
        for changes in sets:
            assert any(instance(p, changes) for p in found.proposals), changes
        for proposal in found.proposals:
            for way in proposal.ways:
                values = [v for row in way.example if row for v in row]
                if not all(v in VALUES for v in values):
                    continue
                made_of = frozenset(
                    (s.action, s.relation, s.before or (), row or ())
                    for s, row in zip(proposal.steps, way.example, strict=True)
                )
                assert made_of in sets
        compared += 1
    assert compared >= 0
