"""A model's rows in memory with their rounds, to compare and to certify."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from whereas.facts.database import Row, columns, quoted
from whereas.values import decode, written

if TYPE_CHECKING:
    from whereas.engine.model import Model
    from whereas.facts.database import Database
    from whereas.policy.core import Policy

# The rows of each relation with their round: 0 where the component has only one.
Ranks = Mapping[str, Mapping[Row, int]]


def recursive_relations(policy: Policy) -> frozenset[str]:
    """Return the relations that have a column `round`."""
    return frozenset(n for c in policy.components if c.recursive for n in c.relations)


def ranked(policy: Policy, database: Database) -> dict[str, dict[Row, int]]:
    """Return all rows of all relations with their rounds."""
    recursive = recursive_relations(policy)
    found = {}
    for relation in policy.relations.values():
        last = "round" if relation.name in recursive else "0"
        selected = ", ".join((*columns(relation.arity), last))
        rows = database.query(f"SELECT {selected} FROM {quoted(relation.name)}")
        found[relation.name] = {tuple(row[:-1]): int(row[-1]) for row in rows}
    return found


def size(policy: Policy, database: Database) -> int:
    """Return the number of rows, stated and derived, whose tables are there."""
    return sum(
        int(database.query(f"SELECT count(*) FROM {quoted(name)}")[0][0])
        for name in policy.relations
    )


def row_shown(model: Model, name: str, row: Row) -> str:
    """Return a row as the policy language writes the fact."""
    relation = model.policy.relations[name]
    values = (
        written(decode(stored, column.type, model.database.text))
        for stored, column in zip(row, relation.columns, strict=True)
    )
    return f"{name}({', '.join(values)})"
