"""Repairs of random policies are those that clingo finds, and none is missing."""

from __future__ import annotations

import itertools

import pytest
from repair_oracle import VALUES, Change, correctable_world, lightest
from worlds import model

from whereas.explain import Explainer
from whereas.explain.goals import Bounds
from whereas.explain.proposals import Proposal, Told, Way
from whereas.explain.repair import Repairs, repair

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
def test_the_lightest_repairs_are_those_of_clingo(block: int) -> None:
    compared = 0
    for seed in range(10 * block, 10 * block + 10):
        made = correctable_world(seed)
        explainer = Explainer(model(made))
        for case, _ in made.stated["case"]:
            found = repair(explainer, (case,), bounds=BOUNDS)
            if not found.reached:
                compared += agrees(found, lightest(made, case))
    # Most cases can be helped by nothing; each block has some that can.
    assert compared


def agrees(found: Repairs, expected: tuple[int, set[frozenset[Change]]] | None) -> bool:
    """Whether there was something to compare: all lightest sets, and no other."""
    if expected is None:
        assert not found.proposals
        return False
    weight, sets = expected
    if found.stopped or found.left_out:
        # It says so; what it found is right all the same.
        assert all(proposal.weight >= weight for proposal in found.proposals)
        return False
    assert {proposal.weight for proposal in found.proposals} == {weight}
    for changes in sets:
        assert any(instance(p, changes) for p in found.proposals), changes
    for proposal in found.proposals:
        for way in proposal.ways:
            if all(v in VALUES for row in way.example if row for v in row):
                assert example(proposal, way) in sets
    return True


def example(proposal: Proposal, way: Way) -> frozenset[Change]:
    return frozenset(
        (step.action, step.relation, step.before or (), row or ())
        for step, row in zip(proposal.steps, way.example, strict=True)
    )
