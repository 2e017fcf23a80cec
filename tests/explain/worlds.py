"""Small policies as core objects, and their models by naive evaluation.

The evaluator here is slow, obvious, and shares nothing with the product but the
types: it is the oracle for proofs and decisions.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from whereas.engine.model import Model
from whereas.explain.explainer import Explainer
from whereas.explain.proof import Fact
from whereas.facts.base import FactBase, FactFile
from whereas.facts.database import Duckdb, Sqlite, columns, quoted
from whereas.policy.core import (
    Aggregate,
    Arithmetic,
    Atom,
    Column,
    Comparison,
    Component,
    Constant,
    Either,
    Literal,
    Membership,
    Not,
    Outcome,
    Policy,
    Relation,
    Rule,
    Setting,
    Variable,
)
from whereas.values import BOOLEAN, DATE, INTEGER, TEXT, Type, Value, encode

Rows = Sequence[tuple[Any, ...]]


def term(word: Any) -> Any:
    """A word with a capital is a variable; a text constant begins with `'`."""
    if isinstance(word, Variable | Constant | Arithmetic):
        return word
    if isinstance(word, str) and word[:1].isupper():
        return Variable(word)
    if isinstance(word, str) and word.startswith("_"):
        return Variable(word)
    if isinstance(word, str):
        return Constant(word.removeprefix("'"), TEXT)
    if isinstance(word, bool):
        return Constant(word, BOOLEAN)
    return Constant(word, INTEGER)


def atom(relation: str, *terms: Any) -> Atom:
    return Atom(relation, tuple(term(t) for t in terms))


def no(relation: str, *terms: Any) -> Not:
    return Not(atom(relation, *terms))


def compare(left: Any, op: str, right: Any, binds: str | None = None) -> Comparison:
    return Comparison(op, term(left), term(right), binds)


def either(*branches: Sequence[Literal], binds: Sequence[str] = ()) -> Either:
    return Either(tuple(tuple(b) for b in branches), tuple(binds))


def aggregate(
    target: Any,
    function: str,
    over: Any,
    body: Sequence[Literal],
    group: Sequence[str] = (),
    binds: str | None = None,
) -> Aggregate:
    return Aggregate(
        term(target),
        function,
        None if over is None else term(over),
        tuple(body),
        tuple(group),
        INTEGER,
        binds,
    )


def rule(id_: str | None, head: Atom, *body: Literal) -> Rule:
    return Rule(0, id_, id_ or head.relation, head, tuple(body), {})


def names_of(literal: Any) -> list[str]:
    """Every variable in a literal."""
    if isinstance(literal, Variable):
        return [literal.name]
    if isinstance(literal, Atom):
        return [n for t in literal.terms for n in names_of(t)]
    if isinstance(literal, Not):
        return names_of(literal.atom)
    if isinstance(literal, Comparison | Arithmetic):
        return names_of(literal.left) + names_of(literal.right)
    if isinstance(literal, Membership):
        return names_of(literal.term)
    if isinstance(literal, Either):
        return [n for b in literal.branches for one in b for n in names_of(one)]
    if isinstance(literal, Aggregate):
        inner = [n for one in literal.body for n in names_of(one)]
        return names_of(literal.target) + names_of(literal.term) + inner
    return []


def relations_of(literal: Literal) -> list[str]:
    if isinstance(literal, Atom):
        return [literal.relation]
    if isinstance(literal, Not):
        return [literal.atom.relation]
    if isinstance(literal, Either):
        return [n for b in literal.branches for one in b for n in relations_of(one)]
    if isinstance(literal, Aggregate):
        return [n for one in literal.body for n in relations_of(one)]
    return []


def components(rules: Sequence[Rule]) -> tuple[Component, ...]:
    """Mutually recursive relations together, each after what it needs."""
    needs: dict[str, set[str]] = {r.head.relation: set() for r in rules}
    for r in rules:
        for one in r.body:
            needs[r.head.relation].update(n for n in relations_of(one) if n in needs)
    reach = {name: set(direct) for name, direct in needs.items()}
    for _ in needs:
        for name in needs:
            for other in tuple(reach[name]):
                reach[name] |= reach[other]
    done: list[frozenset[str]] = []
    waiting = list(needs)
    while waiting:
        for name in waiting:
            own = frozenset(
                [name, *(n for n in needs if n in reach[name] and name in reach[n])]
            )
            before = {n for group in done for n in group}
            if all(n in own or n in before for o in own for n in reach[o]):
                done.append(own)
                waiting = [n for n in waiting if n not in own]
                break
        else:
            raise AssertionError("not stratified")
    return tuple(
        Component(
            tuple(n for n in needs if n in own),
            tuple(r for r in rules if r.head.relation in own),
            any(n in reach[n] for n in own),
        )
        for own in done
    )


@dataclass
class World:
    """A policy, its stated rows, and its model: each row with its round."""

    policy: Policy
    stated: dict[str, list[tuple[Any, ...]]]
    rows: dict[str, dict[tuple[Any, ...], int]]

    def holds(self, fact: Fact) -> bool:
        return fact.values in self.rows[fact.relation]


def world(
    stated: Mapping[str, Rows],
    rules: Sequence[Rule],
    *,
    subject: str | None = None,
    outcomes: Sequence[Outcome] = (),
    arities: Mapping[str, int] | None = None,
    types: Mapping[str, Sequence[Type]] | None = None,
    show: Sequence[str] = (),
) -> World:
    """Make a policy and its model."""
    arities = arities or {}
    types = types or {}
    relations: dict[str, Relation] = {}

    def declare(name: str, arity: int, is_stated: bool) -> None:
        kinds = types.get(name, [INTEGER] * arity)
        relations[name] = Relation(
            name,
            tuple(Column(f"c{i}", kind) for i, kind in enumerate(kinds)),
            is_stated,
            True,
            tuple(range(arity))
            if is_stated and name != subject
            else (0,)
            if is_stated
            else (),
            closed=is_stated,
        )

    for name, rows in stated.items():
        declare(name, arities.get(name) or len(rows[0]), True)
    for r in rules:
        if r.head.relation not in relations:
            declare(r.head.relation, len(r.head.terms), False)
    numbered = []
    for index, r in enumerate(rules):
        known: dict[str, Type] = {}
        for one in [r.head, *r.body]:
            collect_types(one, relations, known)
        for name in [n for one in [r.head, *r.body] for n in names_of(one)]:
            known.setdefault(name, INTEGER)
        numbered.append(replace(r, index=index, types=known))
    policy = Policy(
        id="test",
        version="1",
        languages=("en",),
        title={},
        sources={},
        month_end=None,
        labels={},
        relations=relations,
        rules=tuple(numbered),
        components=components(numbered),
        parameters={},
        subject=subject,
        outcomes=tuple(outcomes),
        show=tuple(show),
        unencoded={},
        uses_today=False,
        sha256="",
        folder="",
    )
    made = World(policy, {n: list(rows) for n, rows in stated.items()}, {})
    evaluate(made)
    return made


def collect_types(
    literal: Any, relations: Mapping[str, Relation], known: dict[str, Type]
) -> None:
    if isinstance(literal, Not):
        collect_types(literal.atom, relations, known)
    elif isinstance(literal, Atom):
        for one, column in zip(
            literal.terms, relations[literal.relation].columns, strict=True
        ):
            if isinstance(one, Variable):
                known[one.name] = column.type
    elif isinstance(literal, Either):
        for branch in literal.branches:
            for one in branch:
                collect_types(one, relations, known)
    elif isinstance(literal, Aggregate):
        for one in literal.body:
            collect_types(one, relations, known)


# --- naive evaluation -----------------------------------------------------------------

Sub = dict[str, Value]


def value(expression: Any, sub: Mapping[str, Value]) -> Any:
    if isinstance(expression, Variable):
        return sub[expression.name]
    if isinstance(expression, Constant):
        return expression.value
    left, right = value(expression.left, sub), value(expression.right, sub)
    return {"+": left + right, "-": left - right, "*": left * right}[expression.op]


def compared(op: str, left: Any, right: Any) -> bool:
    if op == "=":
        return bool(left == right)
    if op == "!=":
        return bool(left != right)
    if left is None or right is None:
        return False
    return bool(
        {
            "<": left < right,
            "<=": left <= right,
            ">": left > right,
            ">=": left >= right,
        }[op]
    )


def matching(
    made: World, one: Atom, sub: Sub, before: Mapping[str, int]
) -> Iterator[Sub]:
    """Every way in which a row matches; `before` limits the rounds of relations."""
    for row, round_ in in_order(made, one.relation):
        if one.relation in before and round_ >= before[one.relation]:
            continue
        found = dict(sub)
        for t, v in zip(one.terms, row, strict=True):
            if isinstance(t, Constant):
                if t.value != v:
                    break
            elif t.name in found:
                if found[t.name] != v:
                    break
            else:
                found[t.name] = v
        else:
            yield found


def in_order(made: World, relation: str) -> list[tuple[tuple[Any, ...], int]]:
    if relation in made.stated:
        return [(row, 0) for row in made.stated[relation]]
    return sorted(
        made.rows.get(relation, {}).items(),
        key=lambda item: tuple((v is not None, 0 if v is None else v) for v in item[0]),
    )


def ready(literal: Literal, sub: Sub) -> bool:
    if isinstance(literal, Aggregate):
        return all(n in sub for n in literal.group)
    skip = literal.binds if isinstance(literal, Comparison) else None
    return all(n in sub for n in names_of(literal) if n != skip)


def solutions(
    made: World, body: Sequence[Literal], sub: Sub, before: Mapping[str, int]
) -> Iterator[Sub]:
    """Every substitution of a body; those of a filter's branches stay inside."""
    atoms = [one for one in body if isinstance(one, Atom)]
    binders = [
        one for one in body if not isinstance(one, Atom) and getattr(one, "binds", None)
    ]
    tests = [one for one in body if one not in atoms and one not in binders]

    def extend(waiting: list[Literal], sub: Sub) -> Iterator[Sub]:
        if not waiting:
            yield sub
            return
        literal, rest = waiting[0], waiting[1:]
        if isinstance(literal, Atom):
            for found in matching(made, literal, sub, before):
                yield from extend(rest, found)
        elif isinstance(literal, Either) and literal.binds:
            seen: list[tuple[Any, ...]] = []
            for branch in literal.branches:
                for found in solutions(made, branch, sub, before):
                    given = tuple(found[n] for n in literal.binds)
                    if given not in seen:
                        seen.append(given)
            for given in sorted(seen):
                yield from extend(
                    rest, {**sub, **dict(zip(literal.binds, given, strict=True))}
                )
        elif isinstance(literal, Comparison) and literal.binds:
            if not ready(literal, sub):
                yield from extend([*rest, literal], sub)
                return
            other = (
                literal.right
                if literal.left == Variable(literal.binds)
                else literal.left
            )
            yield from extend(rest, {**sub, literal.binds: value(other, sub)})
        elif isinstance(literal, Aggregate) and literal.binds:
            found = measure(made, literal, sub)
            if found is not None:
                yield from extend(rest, {**sub, literal.binds: found})
        elif test(made, literal, sub, before):
            yield from extend(rest, sub)

    yield from extend([*atoms, *binders, *tests], sub)


def measure(made: World, literal: Aggregate, sub: Sub) -> Any:
    outer = {n: sub[n] for n in literal.group}
    rows = list(solutions(made, literal.body, outer, {}))
    if literal.function == "count":
        return len(rows)
    values = [value(literal.term, row) for row in rows]
    if literal.function == "sum":
        return sum(values)
    if not values:
        return None
    return min(values) if literal.function == "min" else max(values)


def test(made: World, literal: Literal, sub: Sub, before: Mapping[str, int]) -> bool:
    if isinstance(literal, Comparison):
        return compared(literal.op, value(literal.left, sub), value(literal.right, sub))
    if isinstance(literal, Membership):
        among = value(literal.term, sub) in [m.value for m in literal.members]
        return among != literal.negated
    if isinstance(literal, Not):
        return next(matching(made, literal.atom, sub, {}), None) is None
    if isinstance(literal, Aggregate):
        found = measure(made, literal, sub)
        return found is not None and found == value(literal.target, sub)
    if isinstance(literal, Atom):
        return next(matching(made, literal, sub, before), None) is not None
    return any(
        next(solutions(made, branch, sub, before), None) is not None
        for branch in literal.branches
    )


def evaluate(made: World) -> None:
    """Fill the model: each component's rounds, naively."""
    for name, rows in made.stated.items():
        made.rows[name] = dict.fromkeys(rows, 0)
    for component in made.policy.components:
        for name in component.relations:
            made.rows[name] = {}
        for round_ in itertools.count(1):
            fresh: list[tuple[str, tuple[Any, ...]]] = []
            for r in component.rules:
                for sub in solutions(made, r.body, {}, {}):
                    head = tuple(value(t, sub) for t in r.head.terms)
                    if head not in made.rows[r.head.relation]:
                        fresh.append((r.head.relation, head))
            for name, row in fresh:
                made.rows[name].setdefault(row, round_)
            if not fresh or not component.recursive:
                break


def supporting(made: World, fact: Fact) -> list[tuple[Rule, Sub]]:
    """Every supporting instance of a fact, in order."""
    found = []
    for r in made.policy.rules_of(fact.relation):
        sub = unified(r.head, fact.values)
        if sub is None:
            continue
        found.extend(
            (r, one) for one in solutions(made, r.body, sub, earlier(made, fact))
        )
    return found


def earlier(made: World, fact: Fact) -> dict[str, int]:
    component = next(c for c in made.policy.components if fact.relation in c.relations)
    if not component.recursive:
        return {}
    return dict.fromkeys(component.relations, made.rows[fact.relation][fact.values])


def unified(head: Atom, values: Sequence[Any]) -> Sub | None:
    sub: Sub = {}
    for t, v in zip(head.terms, values, strict=True):
        if isinstance(t, Constant):
            if t.value != v:
                return None
        elif sub.setdefault(t.name, v) != v:
            return None
    return sub


# --- as tables ------------------------------------------------------------------------


def model(made: World, engine: str = "sqlite") -> Model:
    """Put a world into a database, as an engine would have done."""
    database = Sqlite() if engine == "sqlite" else Duckdb()
    recursive = {
        name for c in made.policy.components if c.recursive for name in c.relations
    }
    files = {}
    for name, relation in made.policy.relations.items():
        names = list(columns(relation.arity))
        extra = ["row"] if relation.stated else ["round"] if name in recursive else []
        described = ", ".join(f"{n} BIGINT" for n in names + extra)
        database.execute(f"CREATE TABLE {quoted(name)} ({described})")
        table = []
        for number, (row, round_) in enumerate(made.rows[name].items(), 2):
            stored = [
                encode(v, c.type, database.intern)
                for v, c in zip(row, relation.columns, strict=True)
            ]
            if relation.stated:
                stored.append(number)
            elif extra:
                stored.append(round_)
            table.append(tuple(stored))
        # Out of order on purpose: nothing may depend on how rows came in.
        database.insert(name, table[::-1])
        if relation.stated:
            files[name] = FactFile(
                name, f"facts/{name}.csv", None, "", 0, 0, len(table)
            )
    base = FactBase("facts", "", files, database)
    return Model(made.policy, base, Setting({}, None), (engine,), False)


__all__ = ["DATE"]


def all_cases(explainer: Explainer) -> list[Any]:
    """The stored key of every case, in the order of the facts."""
    subject = explainer.policy.subject
    assert subject is not None
    key = ", ".join(f"a{i}" for i in explainer.policy.relations[subject].key)
    return explainer.database.query(f"SELECT {key} FROM {quoted(subject)} ORDER BY row")
