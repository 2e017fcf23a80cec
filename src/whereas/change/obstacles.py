"""What stands in a case's way and cannot be changed: a part of its blockage."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from whereas.explain.decide import goal_of, near_cases, selected
from whereas.explain.proof import Absent
from whereas.explain.reason_values import ATTEMPTS_SHOWN, blockage
from whereas.policy.core import Atom
from whereas.values import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from whereas.explain.explainer import Explainer
    from whereas.explain.proof import Attempt, Blockage, Condition
    from whereas.policy.core import Literal, Outcome, Policy
    from whereas.values import Value


def lacking(
    explainer: Explainer, case: tuple[Value, ...], wanted: Outcome
) -> Blockage | None:
    """Return the nearest attempts at a case's goal; None, where the goal holds.

    The case has another outcome then, which comes before the wanted one.
    """
    assert wanted.goal is not None  # noqa: S101  # check refuses it
    near = near_cases(explainer, selected(explainer, [case]))
    goal = goal_of(near, wanted.goal, case)
    if near.holds(goal):
        return None
    found = blockage(near, goal, limit=ATTEMPTS_SHOWN)
    return replace(found, attempts=tuple(sorted(found.attempts, key=_lacks)))


def _lacks(attempt: Attempt) -> tuple[int, int]:
    """Order attempts by what they lack, and alike ones by what lies beneath it.

    Six categories, none of which holds, are more than one day that is too early.
    """
    unmet = [one for one in attempt.conditions if not one.met]
    return len(unmet), sum(map(_beneath, unmet))


def _beneath(condition: Condition) -> int:
    if condition.met:
        return 0
    if condition.branches:
        return sum(_beneath(one) for branch in condition.branches for one in branch)
    if isinstance(condition.premise, Absent):
        return max(1, condition.premise.counted)
    attempts = () if condition.missing is None else condition.missing.attempts
    return max(1, sum(_beneath(one) for each in attempts for one in each.conditions))


def obstacles(
    policy: Policy,
    lacks: Blockage,
    intern: Callable[[str], int],
    solvable: Callable[[Sequence[Literal], dict[str, int]], bool],
) -> Blockage:
    """Return what a case's goal lacks, the nearest attempt with what nothing mends.

    Conditions that some change alone would mend are taken out, unless all would be:
    then it is that they cannot be mended together, and all stay.
    """
    if not lacks.attempts:
        return lacks
    nearest, *others = lacks.attempts
    rule = nearest.rule
    # The rows that a condition speaks of may have to be supplied for it.
    stated = [
        literal
        for literal in rule.body
        if isinstance(literal, Atom) and policy.relations[literal.relation].stated
    ]
    values = {
        name: encode(value, rule.types[name], intern)
        for name, value in nearest.substitution.items()
        if name in rule.types
    }
    kept = tuple(
        one
        for one in nearest.conditions
        if one.met or not solvable([*stated, one.literal], values)
    )
    if all(one.met for one in kept):
        kept = nearest.conditions
    return replace(lacks, attempts=(replace(nearest, conditions=kept), *others))
