"""What an outcome rests on first: the ids of the rules that give it.

From the outcome's goal the way goes down through rules without an id, which say
nothing themselves, to the first that have one. Where such a rule rests on nothing
that has an id, it speaks through what it negates: `refused(X) :- case(X), not
complete(X).` has the ids of `complete`. Of several outcomes that hold, the first
decides; those after it are told besides, since they stand in the way too. A wanted
outcome needs none of this: what held says it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.explain.ids import derived_atoms, rule_ids
from whereas.explain.proof import Because
from whereas.policy.core import Atom, Not, Policy, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping


def ids_below_of(policy: Policy, rule: Rule) -> bool:
    """Return whether a derived fact that a rule rests on can have an id."""
    return any(rule_ids(policy, name) for name in derived_atoms(policy, rule.body))


def negated(policy: Policy, rule: Rule) -> tuple[Atom, ...]:
    """Return the derived atoms through whose absence a rule speaks."""
    if rule.id is not None:
        return ()
    if ids_below_of(policy, rule):
        return ()
    return tuple(
        [
            one.atom
            for one in rule.body
            if isinstance(one, Not) and not policy.relations[one.atom.relation].stated
        ]
    )


def relations_first(policy: Policy, target: str) -> set[str]:
    """Return the derived relations that a goal reaches through rules without an id."""
    waiting, seen = [target], {target}
    while waiting:
        for rule in policy.rules_of(waiting.pop()):
            if rule.id is not None:
                continue
            for name in derived_atoms(policy, rule.body):
                if name not in seen:
                    seen.add(name)
                    waiting.append(name)
    return seen


def spoken(policy: Policy) -> tuple[tuple[int, Atom], ...]:
    """Return the outcomes that say why, with their numbers: not wanted, with a goal."""
    return tuple(
        [
            (number, outcome.goal)
            for number, outcome in enumerate(policy.outcomes)
            if outcome.goal is not None and outcome.name not in policy.wanted
        ]
    )


def told(
    policy: Policy, outcome: str | None, ids: Mapping[str, tuple[str, ...]]
) -> tuple[Because, ...]:
    """Return why a case has its outcome, and what stands in the way besides.

    `ids` has the ids of each outcome that holds.
    """
    names = [policy.outcomes[number].name for number, _ in spoken(policy)]
    if outcome is None or outcome not in names:
        return ()
    after = names[names.index(outcome) + 1 :]
    besides = [Because(name, ids[name]) for name in after if ids.get(name)]
    return (Because(outcome, ids.get(outcome, ())), *besides)
