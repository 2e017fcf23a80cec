"""A case into its justification: the decision, and the proof or the blockage of it.

The proof is that of the goal of the outcome that was decided. Where the wanted
outcome was not reached, the blockage of the target says why. Of the relations that
the policy shows with every decision (`show`), those rows belong to a case that
agree with it: a row's columns that are called like columns of the subject's key
have the case's values; or, where a shown relation has no such column, the row is
reached by the target's supporting instances or by its nearest attempt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.explain.bodies import ROUND
from whereas.explain.decide import decide, goal_of, near_cases, selected
from whereas.explain.decisions import case_columns
from whereas.explain.explainer import Explainer
from whereas.explain.ids import in_order
from whereas.explain.proof import Blockage, Decision, Derived, Fact, Proof, Step
from whereas.explain.reason_values import (
    ATTEMPTS_SHOWN,
    DEPTH,
    absences_of,
    blockage,
    nearest,
    prove,
)
from whereas.facts.database import columns, quoted
from whereas.policy.core import Atom, Either, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from whereas.engine.model import Model
    from whereas.values import Type, Value

Stored = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Justification:
    """A decision with its reasons.

    `proof` proves the goal of the decided outcome (None: it has no goal of its
    own, being `otherwise` or undetermined). `blockage` says why the target does
    not hold (None: it holds). `shown` are the proofs of the shown rows, and
    `subject_to` the clauses that are not encoded and that a rule used here names.
    """

    decision: Decision
    proof: Proof | None
    blockage: Blockage | None
    shown: tuple[Proof, ...]
    subject_to: tuple[str, ...]
    # Why what the steps negate does not hold.
    absences: tuple[Blockage, ...] = ()


def justify(
    model: Model | Explainer,
    case: tuple[Value, ...],
    *,
    depth: int = DEPTH,
    all_proofs: int | None = None,
) -> Justification:
    """Return the justification of a case; raises NothingSelected, if it is unknown."""
    explainer = model if isinstance(model, Explainer) else Explainer(model)
    policy = explainer.policy
    (stored,) = selected(explainer, [case])
    explainer = near_cases(explainer, [stored])
    (decision,) = decide(explainer, [case])
    goals = {o.name: o.goal for o in policy.outcomes}
    goal = goals.get(decision.outcome or "")
    target = goal_of(explainer, policy.target, case)
    proof = None
    if goal is not None:
        proof = prove(explainer, goal_of(explainer, goal, case), all_proofs=all_proofs)
    blocked = None
    if not explainer.holds(target):
        blocked = blockage(explainer, target, depth=depth, limit=ATTEMPTS_SHOWN)
    rows = tuple(prove(explainer, fact) for fact in shown(explainer, case))
    steps: list[Mapping[Fact, Step]] = [one.steps for one in rows]
    if proof is not None:
        steps.append(proof.steps)
    clauses = in_order({*decision.subject_to, *subject_to(steps)})
    if blocked is not None:
        steps.append(blocked.steps)
    absences = absences_of(explainer, steps)
    return Justification(decision, proof, blocked, rows, clauses, absences)


def subject_to(steps: Iterable[Mapping[Fact, Step]]) -> tuple[str, ...]:
    """Return the clauses that the rules of some steps are subject to, in order."""
    return in_order(
        {
            clause
            for some in steps
            for step in some.values()
            if isinstance(step, Derived)
            for clause in step.rule.subject_to
        }
    )


def shown(model: Model | Explainer, case: tuple[Value, ...]) -> tuple[Fact, ...]:
    """Return the rows of the shown relations that belong to a case, in their order."""
    explainer = model if isinstance(model, Explainer) else Explainer(model)
    policy = explainer.policy
    if not policy.show:
        return ()
    explainer = near_cases(explainer, selected(explainer, [case]))
    key = case_columns(policy)
    found: list[Fact] = []
    below: set[Fact] | None = None
    for name in policy.show:
        relation = policy.relations[name]
        names = [column.name for column in relation.columns]
        tests = [
            (names.index(column), explainer.encoding.number(value, type_))
            for (column, type_), value in zip(key, case, strict=True)
            if column in names
        ]
        if tests:
            explainer.need(name, [position for position, _ in tests])
            where = " AND ".join(f"a{p} = ?{i}" for i, (p, _) in enumerate(tests, 1))
            rows = explainer.database.query(
                f"SELECT {', '.join(columns(relation.arity))} FROM {quoted(name)} "
                f"WHERE {where}",
                [stored for _, stored in tests],
            )
            facts = {explainer.fact(name, row) for row in rows}
        else:
            below = _below(explainer, case) if below is None else below
            facts = {fact for fact in below if fact.relation == name}
        found.extend(sorted(facts, key=_order))
    return tuple(found)


def _order(fact: Fact) -> tuple[tuple[bool, Value], ...]:
    return tuple((v is not None, 0 if v is None else v) for v in fact.values)


def _below(explainer: Explainer, case: tuple[Value, ...]) -> set[Fact]:
    """Return the derived facts that the target rests on, or that its attempt met."""
    target = goal_of(explainer, explainer.policy.target, case)
    stored = explainer.stored(target)
    if explainer.holds(target):
        reached = dict.fromkeys(_reach(explainer, [(target.relation, stored)]))
    else:
        attempt = nearest(explainer, target.relation, target.values)
        if attempt is None:
            return set()
        rule, substitution, met = attempt
        facts = [
            fact
            for literal, holds in zip(rule.body, met, strict=True)
            if holds and isinstance(literal, Atom | Either)
            for fact in _facts_below(explainer, (literal,), rule.types, substitution)
        ]
        reached = dict.fromkeys(_reach(explainer, facts))
    return {explainer.fact(*one) for one in reached}


def _reach(
    explainer: Explainer, facts: Sequence[tuple[str, Stored]]
) -> list[tuple[str, Stored]]:
    """Return the derived facts below some others, these included."""
    waiting = list(dict.fromkeys(facts))
    seen = dict.fromkeys(waiting)
    while waiting:
        relation, stored = waiting.pop()
        for plan in explainer.plans(relation):
            if not plan.matches(stored):
                continue
            substitution: dict[str, int | None] = {n: stored[i] for n, i in plan.bound}
            if plan.recursive:
                substitution[ROUND] = explainer.round(relation, stored)
            rule = plan.rule
            below = _facts_below(
                explainer, rule.body, rule.types, substitution, plan.component
            )
            for fact in below:
                if fact not in seen:
                    seen[fact] = None
                    waiting.append(fact)
    return list(seen)


def _facts_below(
    explainer: Explainer,
    body: tuple[Literal, ...],
    types: Mapping[str, Type],
    substitution: Mapping[str, int | None],
    component: frozenset[str] = frozenset(),
) -> list[tuple[str, Stored]]:
    """Return the derived facts in all instances of a body, of all its branches."""
    found: dict[tuple[str, Stored], None] = {}
    given = tuple(substitution)
    for way in explainer.ways(body):
        atoms = [
            one
            for one in way
            if isinstance(one, Atom)
            and not explainer.policy.relations[one.relation].stated
        ]
        if not atoms:
            continue
        query = explainer.query(way, types, given, component, limit=None, nullable=True)
        values = [substitution[name] for name in query.given]
        for row in explainer.database.query(query.sql, values):
            one = dict(substitution)
            one.update(zip(query.names, row, strict=False))
            for atom in atoms:
                stored = explainer.ground(atom, one)
                found[atom.relation, stored] = None  # type: ignore[index]
    return list(found)
