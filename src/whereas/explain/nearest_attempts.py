"""Goals that do not hold into tables of the nearest attempts: a table for each rule.

For all goals of a table together: `graph_builder` reads the tables as columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.explain.attempt_sql import Chain
from whereas.explain.batch_tables import Rows
from whereas.explain.bodies import variables_of
from whereas.facts.database import columns
from whereas.policy.core import Atom, Variable
from whereas.values import INTEGER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from whereas.explain.batch_tables import BatchTables
    from whereas.explain.expressions import Encoding
    from whereas.policy.core import Literal, Rule
    from whereas.values import Type


def masks_of(tables: BatchTables, relation: str, goals: str) -> list[tuple[bool, ...]]:
    """Return which values goals of a relation know, of each that occurs."""
    names = columns(tables.policy.relations[relation].arity)
    known = ", ".join(f"{name} IS NOT NULL" for name in names)
    return sorted(tables.database.query(f"SELECT DISTINCT {known} FROM {goals}"))


def started(
    encoding: Encoding, rule: Rule, goals: str, mask: Sequence[bool]
) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return what a rule's attempts at goals with known values in some places start at.

    That is a statement, the variables that it gives in order, and all of the head's.
    """
    given: dict[str, str] = {}
    tests: list[str] = []
    for place, (term, known) in enumerate(zip(rule.head.terms, mask, strict=True)):
        tests.append(f"g.a{place} IS {'NOT ' if known else ''}NULL")
        if not known:
            continue
        if not isinstance(term, Variable):
            tests.append(f"g.a{place} = {encoding.constant(term)}")
        elif term.name in given:
            tests.append(f"g.a{place} = {given[term.name]}")
        else:
            given[term.name] = f"g.a{place}"
    chosen = ["g.n AS n", *(f"{c} AS v{i}" for i, c in enumerate(given.values()))]
    start = f"SELECT {', '.join(chosen)} FROM {goals} AS g WHERE {' AND '.join(tests)}"
    head = tuple(t.name for t in rule.head.terms if isinstance(t, Variable))
    return start, tuple(given), head


def nearest_rows(
    tables: BatchTables,
    types: Mapping[str, Type],
    body: Sequence[Literal],
    *,
    start: str,
    given: Sequence[str],
    used: Sequence[str] = (),
    limit: int = 1,
) -> Rows:
    """Keep the nearest attempts at a body for each row of `start`.

    Whether literal number i is unmet is the column `u…`; a variable that has no
    value is NULL.
    """
    chain = Chain(
        tables.encoding,
        tables.policy,
        types,
        start=start,
        given=given,
        need=tables.explainer.need,
    )
    chain.add(body, used)
    flags = [f"u{number}" for number in range(len(body))]
    taken = {column for column, _ in chain.order}
    places = {
        number: f"o{number}" for number in range(len(body)) if f"o{number}" in taken
    }
    kept = ["n", *chain.columns.values(), *flags, *places.values()]
    source = tables.first(
        f"{chain.sql()} SELECT {', '.join(kept)}, {' + '.join(flags) or '0'} AS unmet "
        f"FROM {chain.last} AS p",
        kept,
        [("unmet", INTEGER), *chain.order],
        limit,
    )
    return Rows(source, dict(chain.columns), places, tuple(flags), counted=True)


def open_before(
    rows: Rows, body: Sequence[Literal], given: Sequence[str], number: int
) -> str:
    """Return the condition that a variable of an atom needed a value, and has none.

    It is open from the start, or since an earlier atom that would have given it.
    """
    tests = []
    for name in dict.fromkeys(variables_of(body[number])):
        if name not in rows.variables:
            continue
        null = f"p.{rows.variables[name]} IS NULL"
        if name in given:
            tests.append(null)
        tests += [
            f"{null} AND p.u{earlier} = 1"
            for earlier, one in enumerate(body[:number])
            if isinstance(one, Atom) and name in variables_of(one)
        ]
    return " OR ".join(f"({test})" for test in tests) or "1 = 0"


def lacked_goals(tables: BatchTables, rows: Rows, atom: Atom, where: str) -> str:
    """Return a table of the goals that an atom lacks, in rows that meet a condition.

    `n` is the number of the row; a value that no variable has is NULL.
    """
    terms = [
        (f"p.{rows.variables[term.name]}" if term.name in rows.variables else "NULL")
        if isinstance(term, Variable)
        else str(tables.encoding.constant(term))
        for term in atom.terms
    ]
    chosen = ", ".join(f"CAST({t} AS BIGINT) AS a{i}" for i, t in enumerate(terms))
    return tables.table(
        f"SELECT p.n AS n, {chosen} FROM {rows.source} AS p WHERE {where}"
    )
