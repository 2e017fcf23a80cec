"""The ids of rules that a decision names: what held, what failed, and why.

A rule *supports* a fact if it gives it: its body holds, and of what it rests on, the
facts of the same recursion came in an earlier round. A rule without an id says
nothing itself: in its place speak the rules of the derived relations that it names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.checker.bodies import names
from whereas.checker.claims import Fact
from whereas.checker.tries import attempts, unified
from whereas.policy.core import Atom, Either, Not
from whereas.policy.order import clause_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from whereas.checker.tries import Body
    from whereas.checker.world import Substitution, World
    from whereas.policy.core import Literal, Policy, Rule

Ids = frozenset[str]
NONE: Ids = frozenset()


def held_and_failed(world: World, target: Fact) -> tuple[list[str], list[str]]:
    """Return the ids of what held and of what failed, for the target of a case.

    Where it does not hold, its nearest attempt counts: below the literals that are met
    everything that supports them held; each that is not has the ids that it lacks.
    """
    if target.row in world.rows(target.relation):
        return in_order(_ids(supporting(world, [target]))), []
    tried = attempts(world, target.relation, target.row, 1)
    if not tried:
        return [], []
    rule, nearest = tried[0]
    below: list[Fact] = []
    failed = NONE
    for place, literal in enumerate(rule.body):
        if place in nearest.unmet:
            failed |= lacking(world.policy, rule, literal)
        else:
            below += _met(world, literal, nearest.valued, nearest.open)
    return in_order(_ids(supporting(world, below))), in_order(failed)


def first_ids(world: World, goal: Fact) -> list[str]:
    """Return the ids that a fact rests on first: the way down ends at a rule with one.

    A rule without an id that rests on nothing with one speaks through what it denies.
    """
    policy = world.policy
    found = NONE
    for rule in supporting(world, [goal], first=True).values():
        below = derived(policy, rule.body)
        if rule.id is not None:
            found |= own(rule)
        elif not any(given_ids(policy, name) for name in below):
            denied = _denied(policy, rule)
            found = found.union(*(given_ids(policy, name) for name in denied))
    return in_order(found)


def in_order(ids: Iterable[str]) -> list[str]:
    """Return ids in the order of the law."""
    return sorted(ids, key=clause_order)


def clauses(world: World, goal: Fact) -> list[str]:
    """Return the clauses that the rules which support a fact are subject to."""
    rules = supporting(world, [goal]).values()
    return in_order({clause for rule in rules for clause in rule.subject_to})


# --- what supports a fact -------------------------------------------------------------


def supporting(
    world: World, facts: Sequence[Fact], *, first: bool = False
) -> Mapping[str, Rule]:
    """Return the rules that support some facts, and those that these rest on in turn.

    With `first`, what a rule with an id rests on is not asked for.
    """
    found: dict[str, Rule] = {}
    waiting = [*facts]
    seen = {*facts}
    for fact in waiting:  # it grows while it is read
        for rule in world.policy.rules_of(fact.relation):
            for below in _supports(world, rule, fact):
                found[rule.label] = rule
                if first and rule.id is not None:
                    break
                waiting += [one for one in dict.fromkeys(below) if one not in seen]
                seen.update(below)
    return found


def _supports(world: World, rule: Rule, fact: Fact) -> Iterator[list[Fact]]:
    """Yield the derived facts that each supporting instance of a fact rests on."""
    given = unified(world, rule, fact.row)
    if given is None:
        return
    together = world.together(fact.relation)
    round_ = world.rows(fact.relation)[fact.row]
    for below in _instances(world, rule.body, given, NONE):
        if all(
            world.rows(one.relation)[one.row] < round_
            for one in below
            if one.relation in together
        ):
            yield below


def _instances(
    world: World, body: Body, found: Substitution, open_: frozenset[str]
) -> Iterator[list[Fact]]:
    """Yield the derived facts that a body rests on, whatever branches it takes."""
    for way in world.conjunctions(body):
        if any(names(literal) & open_ for literal in way):
            continue
        atoms = [one for one in way if isinstance(one, Atom)]
        asked = [one for one in atoms if one.relation not in world.stated]
        for one in world.solutions(way, found, frozenset()):
            yield [Fact(*world.ground(atom, one)) for atom in asked]


def _met(
    world: World, literal: Literal, found: Substitution, open_: frozenset[str]
) -> Iterator[Fact]:
    """Yield the derived facts that a literal which is met can rest on."""
    match literal:
        case Atom(relation) if relation not in world.stated:
            for row in world.matching(relation, world.known(literal, found)):
                if world.matched(literal, row, found) is not None:
                    yield Fact(relation, row)
        case Either(branches):
            for branch in branches:
                for below in _instances(world, branch, found, open_):
                    yield from below


# --- what a policy says of its ids ----------------------------------------------------


def own(rule: Rule) -> Ids:
    """Return the id of a rule, if it has one."""
    return NONE if rule.id is None else frozenset((rule.id,))


def given_ids(policy: Policy, relation: str) -> Ids:
    """Return the ids of a relation's rules, and of what those without one name."""
    found = NONE
    waiting = [relation]
    for name in waiting:  # it grows while it is read
        for rule in policy.rules_of(name):
            found |= own(rule)
            if rule.id is None:
                below = dict.fromkeys(derived(policy, rule.body))
                waiting += [one for one in below if one not in waiting]
    return found


def derived(policy: Policy, body: Sequence[Literal]) -> list[str]:
    """Return the derived relations of a body's atoms, those of its branches too."""
    found: list[str] = []
    for literal in body:
        match literal:
            case Atom(relation) if not policy.relations[relation].stated:
                found.append(relation)
            case Either(branches):
                found += [one for branch in branches for one in derived(policy, branch)]
    return found


def lacking(policy: Policy, rule: Rule, literal: Literal) -> Ids:
    """Return the ids that fail with a literal of the target's rule.

    Those of the derived relations that it names, or the rule's own; of an alternative,
    those of each branch. What should be absent has its ids only where the rule has
    none.
    """
    match literal:
        case Atom():
            bodies: Sequence[Body] = ((literal,),)
        case Either(branches):
            bodies = branches
        case Not(atom) if (
            rule.id is None and not policy.relations[atom.relation].stated
        ):
            return given_ids(policy, atom.relation)
        case _:
            return own(rule)
    found = NONE
    for body in bodies:
        below = derived(policy, body)
        found = found.union(*(given_ids(policy, name) for name in below))
        found |= NONE if below else own(rule)
    return found


def _denied(policy: Policy, rule: Rule) -> list[str]:
    """Return the derived relations that a rule's body negates."""
    return [
        one.atom.relation
        for one in rule.body
        if isinstance(one, Not) and not policy.relations[one.atom.relation].stated
    ]


def _ids(rules: Mapping[str, Rule]) -> Ids:
    return NONE.union(*(own(rule) for rule in rules.values()))
