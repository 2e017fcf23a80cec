"""What stands in a case's way and cannot be changed: a part of its blockage."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from whereas.explain.attempts import ATTEMPTS_SHOWN, blockage
from whereas.explain.decide import goal_of, near_cases, selected
from whereas.policy.core import Atom
from whereas.values import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from whereas.explain.explainer import Explainer
    from whereas.explain.proof import Blockage
    from whereas.policy.core import Literal, Outcome
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
    return None if near.holds(goal) else blockage(near, goal, limit=ATTEMPTS_SHOWN)


def obstacles(
    explainer: Explainer,
    case: tuple[Value, ...],
    wanted: Outcome,
    intern: Callable[[str], int],
    solvable: Callable[[Sequence[Literal], dict[str, int]], bool],
) -> Blockage | None:
    """Return the nearest attempt at a case's goal with what no change would mend.

    Conditions that some change alone would mend are taken out, unless all would be:
    then it is that they cannot be mended together, and all stay.
    """
    found = lacking(explainer, case, wanted)
    if found is None or not found.attempts:
        return found
    nearest, *others = found.attempts
    rule = nearest.rule
    # The rows that a condition speaks of may have to be supplied for it.
    stated = [
        one
        for one in rule.body
        if isinstance(one, Atom) and explainer.policy.relations[one.relation].stated
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
    return replace(found, attempts=(replace(nearest, conditions=kept), *others))
