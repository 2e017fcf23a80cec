"""What a decision is said with: other readings of the law, and what is not encoded.

A decision is *subject to* a clause that the policy does not encode, if a rule that
names it (`@subject_to`) supports the goal of the outcome that was decided: any of its
proofs counts, as with the ids that held. What another reading changes was decided
beforehand, for all cases at once (`engine.readings`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.explain.bodies import ROUND
from whereas.explain.ids import in_order, reach, relations_below
from whereas.explain.proof import Differing
from whereas.facts.database import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whereas.explain.explainer import Explainer
    from whereas.explain.proof import Fact

Stored = tuple[int, ...]


def clauses_of(explainer: Explainer, goal: Fact) -> tuple[str, ...]:
    """Return the clauses that a goal which holds is subject to, in their order."""
    policy = explainer.policy
    below = relations_below(policy, goal.relation)
    if not any(rule.subject_to for name in below for rule in policy.rules_of(name)):
        return ()
    found: set[str] = set()
    for relation, stored in reach(explainer, [(goal.relation, explainer.stored(goal))]):
        for plan in explainer.plans(relation):
            if not plan.rule.subject_to or not plan.matches(stored):
                continue
            known: dict[str, int | None] = {n: stored[i] for n, i in plan.bound}
            if plan.recursive:
                known[ROUND] = explainer.round(relation, stored)
            values = [known[name] for name in plan.query.given]
            if explainer.database.query(plan.query.sql, values):
                found.update(plan.rule.subject_to)
    return in_order(found)


def differences(
    explainer: Explainer, cases: Sequence[Stored]
) -> dict[Stored, tuple[Differing, ...]]:
    """Return what other readings change, of some cases by their stored keys.

    The explainer must be the model's own: a slice does not have the readings.
    """
    found: dict[Stored, list[Differing]] = {}
    policy = explainer.policy
    subject = policy.relations[policy.subject or ""]
    test = " AND ".join(f"x.a{place} = ?" for place in subject.key)
    for reading in explainer.model.readings or ():
        for case in cases:
            rows = explainer.database.query(
                f"SELECT r.o FROM {quoted(reading.table)} AS r "
                f"JOIN {quoted(subject.name)} AS x ON x.row = r.row WHERE {test}",
                case,
            )
            for (number,) in rows:
                name = None if number < 0 else policy.outcomes[number].name
                found.setdefault(case, []).append(
                    Differing(reading.parameter, reading.value, name)
                )
    return {case: tuple(some) for case, some in found.items()}
