"""The same stated facts in another home, with the same numbers for the same texts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from whereas.facts.database import Duckdb, Sqlite, columns, quoted

if TYPE_CHECKING:
    from whereas.facts.base import FactBase
    from whereas.facts.database import Database
    from whereas.policy.core import Policy


def copied(facts: FactBase, policy: Policy, dialect: str) -> FactBase:
    """Return the stated tables and the texts in a new database of a kind."""
    source = facts.database
    target: Database = Sqlite() if dialect == "sqlite" else Duckdb()
    for number, text in source.query("SELECT id, text FROM symbol ORDER BY id"):
        if target.intern(text) != number:
            raise AssertionError("texts are numbered from 0 without a gap")
    kind = "INTEGER" if dialect == "sqlite" else "BIGINT"
    for relation in policy.relations.values():
        if not relation.stated:
            continue
        names = (*columns(relation.arity), "row")
        parts = ", ".join(f"{name} {kind} NOT NULL" for name in names)
        target.execute(f"CREATE TABLE {quoted(relation.name)} ({parts})")
        rows = source.query(
            f"SELECT {', '.join(names)} FROM {quoted(relation.name)} ORDER BY row"
        )
        target.insert(relation.name, rows)
    return replace(facts, database=target)
