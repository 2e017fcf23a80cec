"""Random policies, and the reasons of a case by naive reading of the definition."""

from __future__ import annotations

import random
from typing import Any

from worlds import (
    World,
    aggregate,
    atom,
    compare,
    earlier,
    either,
    in_order,
    names_of,
    no,
    rule,
    solutions,
    supporting,
    test,
    unified,
    world,
)

from whereas.explain.proof import Fact
from whereas.policy.core import (
    Aggregate,
    Atom,
    Constant,
    Either,
    Literal,
    Not,
    Outcome,
    Rule,
    Variable,
)
from whereas.policy.order import clause_order

# --- the definition, read slowly ------------------------------------------------------


def ids_below(made: World, facts: set[Fact]) -> set[str]:
    ids: set[str] = set()
    waiting, seen = list(facts), set(facts)
    while waiting:
        fact = waiting.pop()
        for r, sub in supporting(made, fact):
            if r.id:
                ids.add(r.id)
            for one in facts_of(made, r.body, sub, earlier(made, fact)):
                if one not in seen:
                    seen.add(one)
                    waiting.append(one)
    return ids


def facts_of(made: World, body: Any, sub: Any, before: Any) -> set[Fact]:
    """The derived facts of an instance; of every branch that holds."""
    found: set[Fact] = set()
    for one in body:
        if isinstance(one, Atom) and one.relation not in made.stated:
            for whole in solutions(made, [one], sub, before):
                found.add(
                    Fact(one.relation, tuple(ground(t, whole) for t in one.terms))
                )
        elif isinstance(one, Either):
            for branch in one.branches:
                if any(n not in sub and n in one.binds for n in names_of(one)):
                    raise AssertionError
                if opens(branch, sub):
                    continue
                for whole in solutions(made, branch, dict(sub), before):
                    found |= facts_of(made, branch, whole, before)
    return found


def ground(t: Any, sub: Any) -> Any:
    return t.value if isinstance(t, Constant) else sub[t.name]


OPEN = object()


def opens(branch: Any, sub: Any) -> bool:
    return any(sub.get(n) is OPEN for one in branch for n in names_of(one))


def attempts(made: World, r: Rule, sub: dict[str, Any]) -> list[dict[str, Any]]:
    """Every choice of openers' rows, in order."""
    found = [dict(sub)]
    known = set(sub)
    for number, one in enumerate(r.body):
        if not isinstance(one, Atom):
            continue
        new = {n for n in names_of(one) if n not in known}
        others = {
            n for i, o in enumerate(r.body) if i != number for n in names_of(o)
        } | set(names_of(r.head))
        if not new & others:
            continue
        known |= new
        extended = []
        for choice in found:
            rows = (
                []
                if any(choice.get(n) is OPEN for n in names_of(one))
                else list(solutions(made, [one], choice, {}))
            )
            extended += rows or [{**choice, **dict.fromkeys(new, OPEN)}]
        found = extended
    return [whole for choice in found for whole in bound(made, r, choice)]


def bound(made: World, r: Rule, sub: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the variables of comparisons, aggregates and alternatives their values."""
    for one in r.body:
        names = getattr(one, "binds", None)
        if not names or isinstance(one, Atom):
            continue
        names = [names] if isinstance(names, str) else list(names)
        if all(n in sub for n in names):
            continue
        needs = [n for n in names_of(one) if n in sub and n not in names]
        if isinstance(one, Either):
            values = set()
            for branch in one.branches:
                if not opens(branch, sub):
                    for whole in solutions(made, branch, sub, {}):
                        values.add(tuple(whole[n] for n in names))
            choices = sorted(values) or [(OPEN,) * len(names)]
            return [
                whole
                for choice in choices
                for whole in bound(
                    made, r, {**sub, **dict(zip(names, choice, strict=True))}
                )
            ]
        if any(sub[n] is OPEN for n in needs):
            return bound(made, r, {**sub, names[0]: OPEN})
        whole = next(solutions(made, [one], sub, {}), None)
        return bound(
            made, r, {**sub, names[0]: OPEN if whole is None else whole[names[0]]}
        )
    return [sub]


def is_met(made: World, one: Literal, sub: dict[str, Any]) -> bool:
    if isinstance(one, Either):
        return any(
            not opens(branch, sub)
            and next(solutions(made, branch, sub, {}), None) is not None
            for branch in one.branches
        )
    if any(sub.get(n) is OPEN for n in names_of(one)):
        return False
    return test(made, one, sub, {})


def rule_ids(made: World, relation: str, seen: Any = ()) -> set[str]:
    if relation in seen:
        return set()
    ids: set[str] = set()
    for r in made.policy.rules_of(relation):
        if r.id:
            ids.add(r.id)
        else:
            for name in derived(made, r.body):
                ids |= rule_ids(made, name, (*seen, relation))
    return ids


def derived(made: World, body: Any) -> list[str]:
    found = []
    for one in body:
        if isinstance(one, Atom) and one.relation not in made.stated:
            found.append(one.relation)
        if isinstance(one, Either):
            for branch in one.branches:
                found += derived(made, branch)
    return found


ANY = object()


def pattern_of(one: Atom, sub: Any, gives: Any = ()) -> tuple[Any, ...]:
    """What an atom asks for: values, `ANY` of its own variables, `OPEN` of others."""
    return tuple(
        t.value
        if isinstance(t, Constant)
        else ANY
        if t.name in gives
        else sub.get(t.name, ANY)
        for t in one.terms
    )


def given_by(head: Atom, pattern: Any) -> Any:
    """The values that a pattern gives a head's variables; None, if it cannot be."""
    sub: dict[str, Any] = {}
    for t, v in zip(head.terms, pattern, strict=True):
        if v is OPEN or v is ANY:
            continue
        if isinstance(t, Constant):
            if t.value != v:
                return None
        elif sub.setdefault(t.name, v) != v:
            return None
    for t, v in zip(head.terms, pattern, strict=True):
        if v is OPEN and not isinstance(t, Constant):
            sub.setdefault(t.name, OPEN)
    return sub


def gives(r: Any, number: int, known: Any) -> set[str]:
    """The variables that an atom of a body is the first to give."""
    before = set(known)
    for one in r.body[:number]:
        if isinstance(one, Atom):
            before |= set(names_of(one))
    return {n for n in names_of(r.body[number]) if n not in before}


def nearest(made: World, r: Any, sub: Any) -> tuple[Any, list[bool]]:
    """The nearest attempt at a body: its values, and what is met."""
    found = []
    for whole in attempts(made, r, sub):
        met = [is_met(made, one, whole) for one in r.body]
        found.append((met.count(False), len(found), whole, met))
    _, _, whole, met = min(found, key=lambda one: one[:2])
    return whole, met


class Below:
    """The ids below an attempt at a goal that does not hold."""

    def __init__(self, made: World) -> None:
        self.made = made
        self.held: set[str] = set()
        self.failed: set[str] = set()
        self.asked: set[Any] = set()

    def attempt(
        self, r: Any, known: Any, whole: Any, met: Any, above: set[str]
    ) -> None:
        made = self.made
        for number, (one, holds) in enumerate(zip(r.body, met, strict=True)):
            if holds:
                self.held |= ids_below(made, facts_of(made, [one], whole, {}))
            elif isinstance(one, Atom) and one.relation not in made.stated:
                own = gives(r, number, known)
                self.goal(one.relation, pattern_of(one, whole, own), above)
            elif isinstance(one, Not) and one.atom.relation not in made.stated:
                ids: set[str] = set()
                if not any(whole.get(n) is OPEN for n in names_of(one)):
                    for sub in solutions(made, [one.atom], whole, {}):
                        row = tuple(ground(t, sub) for t in one.atom.terms)
                        ids |= support(made, Fact(one.atom.relation, row))
                self.failed |= ids or above
            elif isinstance(one, Either):
                free = {n for n in one.binds if whole[n] is OPEN}
                sub = {n: v for n, v in whole.items() if n not in free}
                sub = {n: v for n, v in sub.items() if n in names_of(one)}
                for branch in one.branches:
                    tried = Branch(branch)
                    self.attempt(tried, sub, *nearest(made, tried, sub), above)
            else:
                self.failed |= above

    def goal(self, relation: str, pattern: Any, above: set[str]) -> None:
        if (relation, pattern) in self.asked:
            return
        self.asked.add((relation, pattern))
        rules = self.made.policy.rules_of(relation)
        if all(given_by(r.head, pattern) is None for r in rules):
            self.failed |= above
        for r in rules:
            sub = given_by(r.head, pattern)
            if sub is None:
                continue
            if r.id:
                self.failed.add(r.id)
            else:
                self.attempt(r, sub, *nearest(self.made, r, sub), above)


class Branch:
    """A branch of an alternative, tried like a rule without a head."""

    def __init__(self, body: Any) -> None:
        self.body = body
        self.head = atom("none")


def support(made: World, fact: Fact) -> set[str]:
    """The ids that support a fact: the first on the way down."""
    ids: set[str] = set()
    waiting, seen = [fact], {fact}
    while waiting:
        fact = waiting.pop()
        for r, sub in supporting(made, fact):
            if r.id:
                ids.add(r.id)
                continue
            above = [rule_ids(made, name) for name in derived(made, r.body)]
            if not any(above):
                for one in r.body:
                    if isinstance(one, Not) and one.atom.relation not in made.stated:
                        below = Below(made)
                        below.goal(one.atom.relation, pattern_of(one.atom, sub), set())
                        ids |= below.failed
            for one in facts_of(made, r.body, sub, earlier(made, fact)) - seen:
                seen.add(one)
                waiting.append(one)
    return ids


def reasons(made: World, target: Fact) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if made.holds(target):
        return tuple(sorted(ids_below(made, {target}), key=clause_order)), ()
    best: Any = None
    for r in made.policy.rules_of(target.relation):
        sub = unified(r.head, target.values)
        if sub is None:
            continue
        whole, met = nearest(made, r, sub)
        if best is None or met.count(False) < best[0]:
            best = (met.count(False), r, sub, whole, met)
    if best is None:
        return (), ()
    _, r, sub, whole, met = best
    below = Below(made)
    own = {r.id} if r.id else set()
    below.attempt(r, sub, whole, met, own)
    below.failed = below.failed or own
    held = sorted(below.held, key=clause_order)
    return tuple(held), tuple(sorted(below.failed, key=clause_order))


def outcome(made: World, case: tuple[Any, ...]) -> str | None:
    for one in made.policy.outcomes:
        if one.goal is None:
            return one.name
        values = tuple(
            case[int(t.name[1:])] if isinstance(t, Variable) else t.value
            for t in one.goal.terms
        )
        if values in made.rows[one.goal.relation]:
            return one.name
    return None


def because(made: World, case: tuple[Any, ...]) -> tuple[tuple[str, Any], ...]:
    """Why a case has an outcome that is not wanted, and what holds after it."""
    decided = outcome(made, case)
    found: list[tuple[str, Any]] = []
    marked = [one for one in made.policy.outcomes if one.wanted]
    for one in made.policy.outcomes:
        if one.goal is None or one in (marked or made.policy.outcomes[:1]):
            if one.name == decided:
                return ()
            continue
        fact = goal_fact(one.goal, case)
        if not made.holds(fact):
            continue
        ids = tuple(sorted(support(made, fact), key=clause_order))
        if one.name == decided or (found and ids):
            found.append((one.name, ids))
        elif not found:
            return ()
    return tuple(found)


def goal_fact(goal: Atom, case: tuple[Any, ...]) -> Fact:
    return Fact(
        goal.relation,
        tuple(
            case[int(t.name[1:])] if isinstance(t, Variable) else t.value
            for t in goal.terms
        ),
    )


def decide_slowly(made: World) -> list[tuple[Any, ...]]:
    """Decide every case of a world: the fields of a decision."""
    found = []
    subject = made.policy.relations[made.policy.subject or ""]
    for row, _ in in_order(made, subject.name):
        case = tuple(row[i] for i in subject.key)
        target = goal_fact(made.policy.target, case)
        decided = outcome(made, case)
        held, failed = reasons(made, target)
        if decided in made.policy.wanted:
            failed = ()
        found.append((case, decided, held, failed, (), (), because(made, case)))
    return found


# --- random policies ------------------------------------------------------------------


def random_world(seed: int) -> World:
    """A small stratified policy with all kinds of literals, over a dense domain."""
    chance = random.Random(seed)
    domain = range(chance.choice([2, 3, 4]))
    stated = {
        name: sorted(
            {
                tuple(chance.choice(domain) for _ in range(arity))
                for _ in range(chance.randint(0, 6))
            },
            key=lambda _: chance.random(),
        )
        for name, arity in (("a", 1), ("b", 2), ("c", 2), ("d", 3))
    }
    stated["case"] = [
        (n, chance.choice(domain))
        for n in sorted(domain, key=lambda _: chance.random())
    ]
    arities = {"a": 1, "b": 2, "c": 2, "d": 3, "case": 2}
    derived_arities = {"p": 1, "q": 2, "r": 2, "s": 1, "t": 1, "goal": 1, "other": 1}
    order = list(derived_arities)
    rules: list[Rule] = []
    for level, name in enumerate(order):
        below = ["a", "b", "c", "d", "case", *order[:level]]
        known = {**arities, **derived_arities}
        for number in range(chance.choice([1, 1, 2, 3])):
            recursive = name in {"q", "r"} and number > 0 and chance.random() < 0.7
            rules.append(
                random_rule(chance, name, number, below, known, domain, recursive)
            )
    return world(
        stated,
        rules,
        subject="case",
        arities=arities,
        outcomes=[
            Outcome("one", atom("other", "C0"), wanted=False),
            *(
                [Outcome("half", atom("t", "C0"), wanted=False)]
                if chance.random() < 0.5
                else []
            ),
            Outcome("two", atom("goal", "C0"), wanted=True),
            *([Outcome("rest", None, wanted=False)] if chance.random() < 0.5 else []),
        ],
    )


def random_rule(
    chance: random.Random,
    name: str,
    number: int,
    below: list[str],
    known: dict[str, int],
    domain: range,
    recursive: bool,
) -> Rule:
    variables = ["X", "Y", "Z", "W"]

    def some(available: list[str]) -> Any:
        roll = chance.random()
        if roll < 0.12:
            return chance.choice(domain)
        if roll < 0.3:
            anonymous.append(f"_{len(anonymous) + 1}")
            return anonymous[-1]
        return chance.choice(available)

    anonymous: list[str] = []
    body: list[Literal] = []
    relations = [chance.choice(below) for _ in range(chance.choice([1, 2, 2, 3]))]
    if recursive:
        relations.insert(chance.randrange(len(relations) + 1), name)
    body.extend(
        atom(relation, *(some(variables) for _ in range(known[relation])))
        for relation in relations
    )
    taken = list(dict.fromkeys(v for b in body for v in names_of(b)))
    taken = [n for n in taken if not n.startswith("_")]
    if not taken:
        body.insert(0, atom("a", "X"))
        taken = ["X"]
    extra = chance.random()
    if extra < 0.2:
        body.append(
            compare(
                chance.choice(taken),
                chance.choice(["<", "!=", ">="]),
                chance.choice([*taken, 1]),
            )
        )
    elif extra < 0.4:
        relation = chance.choice(below)
        body.append(no(relation, *(some(taken) for _ in range(known[relation]))))
    elif extra < 0.6:
        first, second = chance.choice(below), chance.choice(below)
        body.append(
            either(
                [atom(first, *(some([*taken, "E1"]) for _ in range(known[first])))],
                [
                    atom(second, *(some([*taken, "E2"]) for _ in range(known[second]))),
                    compare(chance.choice(taken), "<=", chance.choice(taken)),
                ]
                if chance.random() < 0.7
                else [compare(chance.choice(taken), "=", 1)],
            )
        )
    elif extra < 0.7:
        group = chance.choice(taken)
        relation = chance.choice(below)
        inside = [some([group, "V"]) for _ in range(known[relation])]
        uses = any(isinstance(t, str) and t == group for t in inside)
        body.append(
            aggregate(
                chance.choice([1, "N"]),
                "count",
                None,
                [atom(relation, *inside)],
                [group] if uses else [],
            )
        )
        last = body[-1]
        assert isinstance(last, Aggregate)
        if last.target == Variable("N"):
            body[-1] = aggregate("N", "count", None, last.body, last.group, binds="N")
            body.append(compare("N", chance.choice(["<", ">"]), 1))
    elif extra < 0.8:
        which = chance.choice(below)
        body.append(
            either(
                [
                    atom(
                        which, *(["U"] + [some(taken) for _ in range(known[which] - 1)])
                    )
                ],
                [compare("U", "=", chance.choice([*taken, 1]), binds="U")],
                binds=["U"],
            )
        )
        body.append(
            compare("U", chance.choice(["<", ">=", "!="]), chance.choice(taken))
        )
    if chance.random() < 0.5:
        moved = body.pop(chance.randrange(len(body)))
        body.insert(chance.randrange(len(body) + 1), moved)
    head = atom(
        name,
        *(
            chance.choice([*taken, *taken, *taken, chance.choice(domain)])
            for _ in range(known[name])
        ),
    )
    id_ = (
        None if chance.random() < 0.3 else f"{name.upper()}{chance.choice([1, number])}"
    )
    return rule(id_, head, *body)
