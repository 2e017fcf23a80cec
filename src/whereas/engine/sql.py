"""Rules into the queries for their heads: what the engines run.

The heads of a conjunction are asked as rows without repetition; a literal of which
only the existence counts moves into a semi-join (`whereas.engine.semijoin`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.engine import semijoin
from whereas.engine.bodies import Body
from whereas.engine.names import (
    atoms_below,
    expression_variables,
    without_alternatives,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whereas.engine.bodies import Compiler, Rounds
    from whereas.policy.core import Atom, Either, Literal


@dataclass(frozen=True, slots=True)
class Heads:
    """A query for the heads of a conjunction; `unique`: it repeats no row by itself."""

    sql: str
    unique: bool


def heads_sql(
    compiler: Compiler,
    head: Atom,
    literals: Sequence[Literal],
    *,
    rounds: Rounds | None = None,
    extra: str = "",
) -> Heads:
    """Return the query that gives the heads of a conjunction.

    `literals` have no `Either` that binds. `rounds` holds, for the place of a
    literal, what its rows' round must be (`= 4`). `extra` is one more column.
    """
    needed = {name for term in head.terms for name in expression_variables(term)}
    body = Body(compiler)
    kept = add_semijoined(body, literals, needed, rounds)
    columns = ", ".join(
        f"{compiler.value(term, body.variables)} AS a{at}"
        for at, term in enumerate(head.terms)
    )
    unique = semijoin.is_unique(compiler.policy, kept, needed)
    distinct = "" if unique else "DISTINCT "
    return Heads(f"SELECT {distinct}{columns}{extra} {body.source()}", unique)


def add_semijoined(
    body: Body,
    literals: Sequence[Literal],
    needed: set[str],
    rounds: Rounds | None = None,
) -> list[Literal]:
    """Add a conjunction to a body; return the literals that are no semi-join in it.

    An atom becomes a semi-join where only its existence counts: none of its own
    variables is needed.
    """
    rounds = rounds or {}
    keyed = body.compiler.policy if body.compiler.dialect == "duckdb" else None
    away = semijoin.existential(literals, needed, set(rounds), keyed)
    left = [place for place in range(len(literals)) if place not in away]
    moved = {n: rounds[place] for n, place in enumerate(left) if place in rounds}
    kept = [literals[place] for place in left]
    body.add(kept, moved)
    for place in sorted(away):
        body.conditions.append(body.exists((literals[place],)))
    return kept


def conjunctions(
    body: tuple[Literal, ...], relations: Sequence[str] = ()
) -> Iterator[tuple[Literal, ...]]:
    """Yield a body without the alternatives that bind, or that use `relations`."""

    def expanded(either: Either) -> bool:
        return bool(either.binds) or any(
            atom.relation in relations for atom in atoms_below((either,))
        )

    yield from without_alternatives(body, expanded)
