"""The model: every relation, stated and derived, as tables of one database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.facts.database import columns, quoted
from whereas.values import Value, decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whereas.facts.base import FactBase
    from whereas.facts.database import Database
    from whereas.policy.core import Policy, Setting


@dataclass(frozen=True, slots=True)
class Reading:
    """Another value of an unsettled parameter, and what it would change.

    `table` has the cases that are decided otherwise then: the `row` of the subject,
    and the number `o` of the outcome (-1: undetermined).
    """

    parameter: str
    value: Value
    table: str


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A policy decided over facts: the derived relations stand beside the stated ones.

    `engines` are those that computed it and agreed to the row; `certified` says
    that it was checked to be closed and founded. `readings` are the other readings
    of the law that were tried, one at a time (None: they were not). `kept`: it was
    read from a file, where anyone may have changed its rows.
    """

    policy: Policy
    facts: FactBase
    setting: Setting
    engines: tuple[str, ...]
    certified: bool
    readings: tuple[Reading, ...] | None = None
    kept: bool = False

    @property
    def database(self) -> Database:
        """Where the tables are."""
        return self.facts.database

    def rows(self, relation: str) -> Iterator[tuple[Value, ...]]:
        """Yield a relation's rows as values: stated ones by place, derived sorted."""
        table = self.policy.relations[relation]
        names = ", ".join(columns(table.arity))
        order = " ORDER BY row" if table.stated else ""
        text = self.database.text
        found = [
            tuple(
                decode(stored, column.type, text)
                for stored, column in zip(row, table.columns, strict=True)
            )
            for row in self.database.query(
                f"SELECT {names} FROM {quoted(relation)}{order}"
            )
        ]
        yield from found if table.stated else sorted(found, key=in_column_order)


def in_column_order(row: tuple[Value, ...]) -> tuple[tuple[bool, Value], ...]:
    """Sort key of a row of values: by its columns, `none` before everything."""
    return tuple(
        (value is not None, value if value is not None else 0) for value in row
    )
