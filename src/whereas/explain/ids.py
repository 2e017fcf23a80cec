"""The ids of rules: their order, and which ones a policy can name for what.

Which ids held and failed for a case is computed in `lineage_bits` and `failed_ids`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.policy.core import Atom, Either, Literal, Not, Policy, Rule
from whereas.policy.order import clause_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


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


def named_rules(
    policy: Policy, rule: Rule, literals: Sequence[Literal]
) -> list[tuple[Rule, bool]]:
    """Return the rules whose ids can be named where literals of a rule are not met.

    With each is whether it then fails; if not, it gives what should be absent.
    """
    return _named(policy, rule, literals)[0]


def tried_relations(policy: Policy) -> frozenset[str]:
    """Return the relations whose rules can be tried where the target does not hold."""
    target = policy.target.relation
    reached = [_named(policy, rule, rule.body)[1] for rule in policy.rules_of(target)]
    tried = {name for some in reached for name, fails in some if fails}
    return frozenset({target, *tried})


def _named(
    policy: Policy, rule: Rule, literals: Sequence[Literal]
) -> tuple[list[tuple[Rule, bool]], set[tuple[str, bool]]]:
    found: dict[tuple[int, bool], Rule] = {}
    own = None if rule.id is None else rule
    seen: set[tuple[str, bool]] = set()
    waiting: list[tuple[Literal, bool]] = [(one, True) for one in literals]
    while waiting:
        literal, fails = waiting.pop()
        asked: tuple[str, bool] | None = None
        match literal:
            case Atom(relation) if not policy.relations[relation].stated:
                asked = (relation, fails)
            case Not(Atom(relation)) if not policy.relations[relation].stated:
                asked = (relation, not fails)
            case Either(branches):
                waiting += [(one, fails) for branch in branches for one in branch]
                continue
            case _:
                pass
        if fails and own is not None and (asked is None or not asked[1]):
            found[own.index, True] = own
        if asked is None or asked in seen:
            continue
        seen.add(asked)
        for one in policy.rules_of(asked[0]):
            if one.id is not None:
                found[one.index, asked[1]] = one
            else:
                waiting += [(each, asked[1]) for each in one.body]
    return [(one, fails) for (_, fails), one in found.items()], seen


def possible_ids(policy: Policy, rule: Rule, literal: Literal) -> frozenset[str]:
    """Return the ids that can be named where a literal of a rule is not met."""
    rules = named_rules(policy, rule, [literal])
    return frozenset([one.id for one, _ in rules if one.id is not None])


def in_order(ids: Iterable[str]) -> tuple[str, ...]:
    """Return ids in the order of the law."""
    return tuple(sorted(ids, key=clause_order))
