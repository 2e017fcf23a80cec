"""Checked policies and fact bases by hand: small programs for the engine's tests."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from whereas.engine.names import atoms_below
from whereas.facts.base import FactBase, FactFile
from whereas.facts.database import Duckdb, Sqlite, columns, quoted
from whereas.policy.core import (
    Aggregate,
    Atom,
    Column,
    Component,
    Constant,
    Either,
    Expression,
    Literal,
    Policy,
    Relation,
    Rule,
    Setting,
    Variable,
)
from whereas.values import BOOLEAN, DATE, INTEGER, TEXT, Type, Value, encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SETTING = Setting({}, None)


def term(value: object) -> Expression:
    """A capital begins a variable; what is an expression stays."""
    match value:
        case str() if value[:1].isupper() or value[:1] == "_":
            return Variable(value)
        case bool():
            return Constant(value, BOOLEAN)
        case int():
            return Constant(value, INTEGER)
        case Decimal():
            return Constant(value, Type("decimal", 2))
        case date():
            return Constant(value, DATE)
        case str():
            return Constant(value, TEXT)
        case None:
            return Constant(None, Type("integer", optional=True))
    return value  # type: ignore[return-value]


def atom(relation: str, *terms: object) -> Atom:
    return Atom(relation, tuple(term(one) for one in terms))  # type: ignore[misc]


def rule(head: Atom, *body: Literal) -> tuple[Atom, tuple[Literal, ...]]:
    return head, body


def policy(
    stated: Mapping[str, Sequence[Type] | int],
    rules: Iterable[tuple[Atom, tuple[Literal, ...]]],
    *,
    derived: Mapping[str, Sequence[Type]] | None = None,
    keys: Mapping[str, tuple[int, ...]] | None = None,
    month_end: str | None = None,
) -> Policy:
    """Make a policy; columns without types are integers."""
    relations: dict[str, Relation] = {}
    for name, types in stated.items():
        given = [INTEGER] * types if isinstance(types, int) else types
        made = tuple(Column(None, one) for one in given)
        key = (keys or {}).get(name, tuple(range(len(made))))
        relations[name] = Relation(name, made, stated=True, declared=True, key=key)
    numbered = []
    for number, (head, body) in enumerate(rules):
        numbered.append(
            Rule(number, None, f"{head.relation}#{number}", head, body, types={})
        )
        types = (derived or {}).get(head.relation) or [INTEGER] * len(head.terms)
        relations.setdefault(
            head.relation,
            Relation(
                head.relation,
                tuple(Column(None, one) for one in types),
                stated=False,
                declared=False,
            ),
        )
    return Policy(
        id="test",
        version="1",
        languages=("en",),
        title={},
        sources={},
        month_end=month_end,
        labels={},
        relations=relations,
        rules=tuple(numbered),
        components=components(numbered, relations),
        parameters={},
        subject=None,
        outcomes=(),
        show=(),
        unencoded={},
        uses_today=False,
        sha256="",
        folder="",
    )


def components(
    rules: Sequence[Rule], relations: Mapping[str, Relation]
) -> tuple[Component, ...]:
    """Find what depends on itself by reachability: the programs are small."""
    derived = [name for name, one in relations.items() if not one.stated]
    below = {name: {name} for name in derived}
    direct = {
        name: {
            one.relation
            for r in rules
            if r.head.relation == name
            for one in atoms_below(r.body)
            if not relations[one.relation].stated
        }
        for name in derived
    }
    for _ in derived:
        for name in derived:
            below[name] |= {far for near in direct[name] for far in below[near]}
    made: list[tuple[str, ...]] = []
    for name in derived:
        group = tuple(o for o in derived if o in below[name] and name in below[o])
        if group not in made:
            made.append(group)
    ordered: list[tuple[str, ...]] = []
    while made:
        for group in made:
            needs = {o for name in group for o in below[name]} - set(group)
            if all(any(o in done for done in ordered) for o in needs):
                ordered.append(group)
                made.remove(group)
                break
    return tuple(
        Component(
            group,
            tuple(r for r in rules if r.head.relation in group),
            any(direct[name] & set(group) for name in group),
        )
        for group in ordered
    )


def facts(
    made: Policy,
    rows: Mapping[str, Iterable[Sequence[Value]]],
    database: Sqlite | Duckdb | None = None,
) -> FactBase:
    """Fill a database with stated rows; their order is their place in the file."""
    database = database or Sqlite()
    files = {}
    for relation in made.relations.values():
        if not relation.stated:
            continue
        kind = "INTEGER" if database.dialect == "sqlite" else "BIGINT"
        parts = ", ".join(f"{c} {kind}" for c in (*columns(relation.arity), "row"))
        database.execute(f"CREATE TABLE {quoted(relation.name)} ({parts})")
        encoded = [
            (
                *(
                    encode(value, column.type, database.intern)
                    for value, column in zip(row, relation.columns, strict=True)
                ),
                number,
            )
            for number, row in enumerate(rows.get(relation.name, ()), 2)
        ]
        database.insert(relation.name, encoded)
        files[relation.name] = FactFile(
            relation.name, f"{relation.name}.csv", None, "", 0, 0, len(encoded)
        )
    return FactBase("facts", "", files, database)


__all__ = ["SETTING", "Aggregate", "Either", "atom", "facts", "policy", "rule", "term"]
