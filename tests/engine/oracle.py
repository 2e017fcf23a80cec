"""Every engine against clingo, on random programs.

    python -m tests.engine.oracle --count 5000 --seed 1

The translation to clingo's language starts from the program and shares nothing
with the engines.
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

import clingo
from tests.engine.build import SETTING, facts
from tests.engine.programs import Program, program

from whereas.budget import Limits
from whereas.diagnostics import IntegrityError
from whereas.engine import certify, solve
from whereas.facts.database import columns, quoted
from whereas.policy.core import (
    Aggregate,
    Arithmetic,
    Atom,
    Comparison,
    Constant,
    Either,
    Literal,
    Membership,
    Not,
    Rule,
    Variable,
)
from whereas.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whereas.engine.model import Model

Rows = dict[str, set[tuple[Value, ...]]]


def text(program_: Program) -> str:
    """Return a program as clingo reads it."""
    lines = []
    for name, rows in program_.rows.items():
        lines += [f"{name}({', '.join(map(value, row))})." for row in rows]
    for rule in program_.policy.rules:
        lines += translated(rule)
    return "\n".join(lines)


def value(one: Value) -> str:
    return "none" if one is None else str(one)


def expression(one: object) -> str:
    match one:
        case Variable(name):
            return f"U{name}" if name.startswith("_") else name
        case Constant(given):
            return value(given)
        case Arithmetic(op, left, right):
            return f"({expression(left)} {op} {expression(right)})"
    raise AssertionError(one)


def translated(rule: Rule) -> Iterator[str]:
    head = positive(rule.head)
    for body in branches(rule.body):
        parts = [part for literal in body for part in literal_text(literal)]
        yield f"{head} :- {', '.join(parts)}." if parts else f"{head}."


def branches(body: Sequence[Literal]) -> Iterator[tuple[Literal, ...]]:
    """Yield the body for each choice of alternatives."""
    ways = [
        [way for branch in one.branches for way in branches(branch)]
        if isinstance(one, Either)
        else [(one,)]
        for one in body
    ]
    for chosen in itertools.product(*ways):
        yield tuple(itertools.chain(*chosen))


def positive(one: Atom) -> str:
    return f"{one.relation}({', '.join(map(expression, one.terms))})"


def literal_text(literal: Literal) -> Iterator[str]:
    match literal:
        case Atom():
            yield positive(literal)
        case Not(inner):
            terms = [
                "_" if isinstance(t, Variable) and t.anonymous else expression(t)
                for t in inner.terms
            ]
            yield f"not {inner.relation}({', '.join(terms)})"
        case Comparison(op, left, right):
            yield f"{expression(left)} {op} {expression(right)}"
        case Membership(one, members, negated):
            values = [value(member.value) for member in members]
            if negated:
                yield from (f"{expression(one)} != {v}" for v in values)
            else:
                yield f"{expression(one)} = ({'; '.join(values)})"
        case Aggregate():
            yield from aggregate_text(literal)


def aggregate_text(literal: Aggregate) -> Iterator[str]:
    atoms = [one for one in literal.body if isinstance(one, Atom)]
    names = dict.fromkeys(
        expression(t)
        for one in atoms
        for t in one.terms
        if isinstance(t, Variable) and t.name not in literal.group
    )
    # Clingo counts a set: a row is told from another by all its variables.
    row = ", ".join([*([expression(literal.term)] if literal.term else ["0"]), *names])
    elements = []
    for body in branches(literal.body):
        parts = [part for one in body for part in literal_text(one)]
        elements.append(f"{row} : {', '.join(parts)}")
    target = expression(literal.target)
    yield f"{target} = #{literal.function} {{ {'; '.join(elements)} }}"
    if literal.function in {"min", "max"}:
        yield f"{target} != #{'sup' if literal.function == 'min' else 'inf'}"


def clingo_model(program_: Program) -> Rows:
    """Return the one model of a program, as clingo finds it."""
    control = clingo.Control(["--warn=none"], logger=lambda *_: None)
    control.add("base", [], text(program_))
    control.ground([("base", [])])
    found: Rows = {
        name: set() for name, one in program_.policy.relations.items() if not one.stated
    }

    def keep(model: clingo.Model) -> None:
        for symbol in model.symbols(atoms=True):
            if symbol.name in found:
                found[symbol.name].add(
                    tuple(
                        a.number if a.type == clingo.SymbolType.Number else None
                        for a in symbol.arguments
                    )
                )

    result = control.solve(on_model=keep)
    assert result.satisfiable
    return found


def flaw(program_: Program, engines: str) -> str | None:
    """Return what is wrong with the engines' model of a program, or None."""
    base = facts(program_.policy, program_.rows)
    try:
        model = solve(
            program_.policy,
            base,
            SETTING,
            engine=engines,
            certify=True,
            limits=Limits(seconds=20, rows=100_000, rounds=1000),
        )
    except IntegrityError as error:
        return str(error)
    for name, expected in clingo_model(program_).items():
        got = set(model.rows(name))
        if got != expected:
            return (
                f"{name}: missing {sorted(expected - got, key=repr)[:3]}, "
                f"too many {sorted(got - expected, key=repr)[:3]}"
            )
    return _certificate_flaw(model, random.Random(program_.seed))


def _certificate_flaw(model: Model, chosen: random.Random) -> str | None:
    """Add one row, then take one away: the certificate must refuse both."""
    database = model.database
    derived = [one for one in model.policy.relations.values() if not one.stated]
    relation = chosen.choice(derived)
    table = quoted(relation.name)
    rows = database.query(f"SELECT * FROM {table}")
    width = len(database.query(f"PRAGMA table_info({table})"))
    new = (*(chosen.randrange(3) for _ in range(relation.arity)), 1)[:width]
    if new[: relation.arity] not in {row[: relation.arity] for row in rows}:
        database.insert(relation.name, [new])
        if _accepted(model):
            return f"accepted with {relation.name}{new}"
        _delete(model, relation.name, new[: relation.arity])
    if rows:
        row = chosen.choice(rows)
        _delete(model, relation.name, row[: relation.arity])
        if _accepted(model):
            return f"accepted without {relation.name}{row}"
    return None


def _delete(model: Model, name: str, row: Sequence[int]) -> None:
    test = " AND ".join(f"{column} = ?" for column in columns(len(row)))
    model.database.execute(f"DELETE FROM {quoted(name)} WHERE {test}", row)


def _accepted(model: Model) -> bool:
    try:
        certify(model)
    except IntegrityError:
        return False
    return True


def features(program_: Program) -> Iterator[str]:
    """Yield what a program has, to show what was covered."""
    if any(c.recursive for c in program_.policy.components):
        yield "recursion"
    if any(len(c.relations) > 1 for c in program_.policy.components):
        yield "mutual recursion"
    literals = [one for rule in program_.policy.rules for one in rule.body]
    for kind in (Not, Aggregate, Either, Membership):
        if any(isinstance(one, kind) for one in literals):
            yield kind.__name__.lower()
    if any(isinstance(one, Comparison) and one.binds for one in literals):
        yield "arithmetic"
    if any(None in row for rows in program_.rows.values() for row in rows):
        yield "none"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engines", default="sqlite,duckdb,pydatalog")
    given = parser.parse_args()
    began, wrong, rows = time.monotonic(), 0, 0
    covered: Counter[str] = Counter()
    for seed in range(given.seed, given.seed + given.count):
        made = program(seed)
        covered.update(features(made))
        rows += sum(map(len, clingo_model(made).values()))
        found = flaw(made, given.engines)
        if found:
            wrong += 1
            print(f"seed {seed}: {found}")
    print(f"{given.count} programs, {rows} derived rows, {wrong} flaws")
    print(f"engines {given.engines}; {time.monotonic() - began:.0f} s")
    print(", ".join(f"{name} {count}" for name, count in sorted(covered.items())))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
