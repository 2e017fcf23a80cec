"""Facts that a decision cannot do without together: pairs whose loss turns it.

A pair counts if the case is decided otherwise without both, and not without either:
a minimal cut of two. As for one fact, that is decided anew and not read off proofs.
One of the two must be *borne*: a fact of the outcome's proof, or one of a relation
whose loss could make something hold that now does not. For a withdrawal that leaves
all these as they are leaves the proof, and every absence that it rests on, as it is;
and no earlier outcome comes to hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.explain.prove import Prover
from whereas.policy.core import Aggregate, Atom, Either, Not

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whereas.explain.explainer import Explainer
    from whereas.explain.proof import Fact
    from whereas.policy.core import Literal, Policy

# What is asked of a derived relation: that a fact of it goes on to hold, by the proof
# that it has; that it does not come to hold; that nothing holds no more, by whatever
# it is now; that nothing changes at all.
_PROVED, _LACKING, _HOLDING, _SAME = "proved", "lacking", "holding", "same"


def borne(policy: Policy, outcome: str | None) -> frozenset[str]:
    """Return the relations any row of which could turn an outcome by its loss.

    Besides them only the stated facts of the outcome's proof can.
    """
    found: set[str] = set()
    waiting: list[tuple[str, str]] = []
    for one in policy.outcomes:
        if one.goal is None:
            break
        waiting.append(
            (one.goal.relation, _PROVED if one.name == outcome else _LACKING)
        )
        if one.name == outcome:
            break
    seen = set(waiting)
    while waiting:
        relation, asked = waiting.pop()
        if policy.relations[relation].stated:
            if asked in {_HOLDING, _SAME}:
                found.add(relation)
            continue
        for rule in policy.rules_of(relation):
            for below in _asked(rule.body, asked):
                if below not in seen:
                    seen.add(below)
                    waiting.append(below)
    return frozenset(found)


def _asked(body: Sequence[Literal], asked: str) -> Iterator[tuple[str, str]]:
    """Yield what is asked of the relations of a body, if that is asked of its head."""
    for literal in body:
        match literal:
            case Atom(relation):
                yield relation, asked
            case Not(atom):
                if asked == _SAME:
                    yield atom.relation, _SAME
                elif asked == _LACKING:
                    yield atom.relation, _HOLDING
                else:
                    yield atom.relation, _LACKING
            case Either(branches):
                for branch in branches:
                    yield from _asked(branch, asked)
            case Aggregate(body=inner):
                yield from _asked(inner, _SAME)
            case _:
                pass


def proved(explainer: Explainer, goal: Fact | None) -> frozenset[Fact]:
    """Return the stated facts of a goal's proof; none, without a goal."""
    if goal is None:
        return frozenset()
    prover = Prover(explainer)
    prover.add(goal)
    stated = explainer.policy.relations
    return frozenset([fact for fact in prover.steps if stated[fact.relation].stated])


def in_any_proof(explainer: Explainer, goal: Fact | None) -> frozenset[Fact]:
    """Return the stated facts in the positive part of every supporting instance."""
    if goal is None:
        return frozenset()
    found: set[Fact] = set()
    waiting = [(goal.relation, explainer.stored(goal))]
    seen = set(waiting)
    while waiting:
        relation, stored = waiting.pop()
        if explainer.policy.relations[relation].stated:
            found.add(explainer.fact(relation, stored))
            continue
        for one in _instances(explainer, relation, stored):
            if one not in seen:
                seen.add(one)
                waiting.append(one)
    return frozenset(found)


def _instances(
    explainer: Explainer, relation: str, stored: tuple[int, ...]
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the facts that the instances of a derived fact read."""
    for plan in explainer.plans(relation):
        if not plan.matches(stored) or plan.recursive:
            continue
        given: dict[str, int | None] = {name: stored[i] for name, i in plan.bound}
        for way in explainer.ways(plan.rule.body):
            atoms = [one for one in way if isinstance(one, Atom)]
            query = explainer.query(
                way, plan.rule.types, tuple(given), limit=None, nullable=True
            )
            values = [given[name] for name in query.given]
            for row in explainer.database.query(query.sql, values):
                whole = {**given, **dict(zip(query.names, row, strict=False))}
                for atom in atoms:
                    yield atom.relation, explainer.ground(atom, whole)  # type: ignore[misc]
