"""The ids of what held and what failed, for one case.

`held` and `failed` speak of the *target*, the goal of the wanted outcome. Where it
holds, `held` has the ids of all supporting instances below it. Where it does not,
its nearest attempt counts: `failed` has, for each unmet derived atom, the ids of
all its rules (for an alternative: of the derived atoms of all its branches), and
for each other unmet literal the id of the target's rule; if that has none, then for
what should be absent the ids of the rules that give it; `held` has the ids of all
supporting instances below the literals that are met. A rule without an id is
transparent. Absences and aggregates are leaves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.explain.attempts import nearest, opening
from whereas.explain.bodies import ROUND
from whereas.explain.prove import Prover
from whereas.policy.core import Atom, Either, Literal, Not, Policy, Rule, Variable
from whereas.policy.order import clause_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from whereas.explain.explainer import Explainer
    from whereas.explain.proof import Fact, Pattern
    from whereas.values import Type

Stored = tuple[int, ...]


def rule_ids(policy: Policy, relation: str) -> frozenset[str]:
    """Return the ids of all rules of a relation, through those that have none."""
    ids: set[str] = set()
    waiting, seen = [relation], {relation}
    while waiting:
        for rule in policy.rules_of(waiting.pop()):
            if rule.id is not None:
                ids.add(rule.id)
                continue
            for name in derived_atoms(policy, rule.body):
                if name not in seen:
                    seen.add(name)
                    waiting.append(name)
    return frozenset(ids)


def relations_below(policy: Policy, target: str) -> set[str]:
    """Return the derived relations that positive atoms reach from one, itself too."""
    waiting, seen = [target], {target}
    while waiting:
        for rule in policy.rules_of(waiting.pop()):
            for name in derived_atoms(policy, rule.body):
                if name not in seen:
                    seen.add(name)
                    waiting.append(name)
    return seen


def denied(policy: Policy, target: str) -> set[str]:
    """Return the derived relations that the rules of a target without id negate."""
    return {
        literal.atom.relation
        for rule in policy.rules_of(target)
        if rule.id is None
        for literal in rule.body
        if isinstance(literal, Not)
        and not policy.relations[literal.atom.relation].stated
    }


def derived_atoms(policy: Policy, body: Sequence[Literal]) -> list[str]:
    """Return the derived relations of a body's positive atoms, branches included."""
    found: list[str] = []
    for literal in body:
        if isinstance(literal, Atom):
            if not policy.relations[literal.relation].stated:
                found.append(literal.relation)
        elif isinstance(literal, Either):
            for branch in literal.branches:
                found.extend(derived_atoms(policy, branch))
    return found


def failed_ids(policy: Policy, rule: Rule, literal: Literal) -> frozenset[str]:
    """Return the ids that fail with an unmet literal of the target's rule."""
    own = frozenset() if rule.id is None else frozenset([rule.id])
    match literal:
        case Atom(relation):
            if policy.relations[relation].stated:
                return own
            return rule_ids(policy, relation)
        case Either(branches):
            found: frozenset[str] = frozenset()
            for branch in branches:
                below = derived_atoms(policy, branch)
                if not below:
                    found |= own
                for relation in below:
                    found |= rule_ids(policy, relation)
            return found
        case Not(atom) if not own and not policy.relations[atom.relation].stated:
            return rule_ids(policy, atom.relation)
        case _:
            return own


def reasons(
    explainer: Explainer, target: Fact
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the ids that held and those that failed for a target, each in order."""
    stored = explainer.stored(target)
    if explainer.round(target.relation, stored) is not None:
        return in_order(ids_below(explainer, [(target.relation, stored)])), ()
    found = nearest(explainer, target.relation, target.values)
    if found is None:
        return (), ()
    rule, substitution, met = found
    failed: set[str] = set()
    facts: list[tuple[str, Stored]] = []
    for literal, holds in zip(rule.body, met, strict=True):
        if not holds:
            failed |= failed_ids(explainer.policy, rule, literal)
        elif isinstance(literal, Atom | Either):
            facts += facts_below(explainer, (literal,), rule.types, substitution)
    return in_order(ids_below(explainer, facts)), in_order(failed)


def unjudged(
    explainer: Explainer, target: Fact
) -> tuple[tuple[str, ...], tuple[tuple[str, Pattern], ...]]:
    """Return what of a target's `failed` was not judged, and the rows it wanted for.

    An id was not judged where its literal only lacks a value that another literal
    did not give. The rows are those of stated relations that are not on file.
    """
    found = nearest(explainer, target.relation, target.values)
    if found is None:
        return (), ()
    rule, substitution, met = found
    known = [term.name for term in rule.head.terms if isinstance(term, Variable)]
    lacking = opening(rule.body, substitution, met, known)
    unmet = [
        (literal, bool(values))
        for literal, holds, values in zip(rule.body, met, lacking, strict=True)
        if not holds
    ]
    lacks = [literal for literal, open_ in unmet if not open_]
    lacks = lacks or [literal for literal, _ in unmet]
    waiting = {
        name
        for literal, _ in unmet
        if literal not in lacks
        for name in failed_ids(explainer.policy, rule, literal)
    }
    judged = {name for one in lacks for name in failed_ids(explainer.policy, rule, one)}
    prover = Prover(explainer, open_=True)
    missing = tuple(
        (one.relation, prover.pattern(one, substitution))
        for one in lacks
        if isinstance(one, Atom) and explainer.policy.relations[one.relation].stated
    )
    return in_order(waiting - judged), missing


def in_order(ids: Iterable[str]) -> tuple[str, ...]:
    """Return ids in the order of the law."""
    return tuple(sorted(ids, key=clause_order))


def ids_below(explainer: Explainer, facts: Sequence[tuple[str, Stored]]) -> set[str]:
    """Return the ids of all supporting instances below some derived facts."""
    ids: set[str] = set()
    reach(explainer, facts, ids)
    return ids


def reach(
    explainer: Explainer,
    facts: Sequence[tuple[str, Stored]],
    ids: set[str] | None = None,
) -> list[tuple[str, Stored]]:
    """Return the derived facts below some others, these included; collect the ids."""
    ids = set() if ids is None else ids
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
            if rule.id is not None and rule.id not in ids:
                values = [substitution[name] for name in plan.query.given]
                if explainer.database.query(plan.query.sql, values):
                    ids.add(rule.id)
            below = facts_below(
                explainer, rule.body, rule.types, substitution, plan.component
            )
            for fact in below:
                if fact not in seen:
                    seen[fact] = None
                    waiting.append(fact)
    return list(seen)


def facts_below(
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
