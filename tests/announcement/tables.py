"""Facts as plain rows of text, and how cells and day bounds are read."""

from __future__ import annotations

import calendar
import csv
from datetime import date
from pathlib import Path

Row = dict[str, str]
Facts = dict[str, list[Row]]

NOT_INPUTS = {"glossary"}


def read_folder(folder: Path) -> Facts:
    """Return the rows of every CSV file of a folder, by the name of the file."""
    facts = {}
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in NOT_INPUTS:
            with path.open(encoding="utf-8", newline="") as stream:
                facts[path.stem] = list(csv.DictReader(stream))
    return facts


def select(facts: Facts, table: str, **cells: str) -> list[Row]:
    """Return the rows of a table that have these cells."""
    return [
        row
        for row in facts.get(table, [])
        if all(row[column] == cell for column, cell in cells.items())
    ]


def only(facts: Facts, table: str, **cells: str) -> Row | None:
    """Return the row that has these cells, or None."""
    rows = select(facts, table, **cells)
    return rows[0] if rows else None


def day(cell: str) -> date | None:
    """Return the day that a cell names; an empty cell names none."""
    return date.fromisoformat(cell) if cell else None


def known(cell: str) -> date:
    """Return the day of a cell that is never empty."""
    return date.fromisoformat(cell)


def reached(cell: str, on: date) -> bool:
    """Whether a day is known and is not after another."""
    found = day(cell)
    return found is not None and found <= on


def ended(cell: str, on: date) -> bool:
    """Whether something that ends on the day of a cell is over on another day."""
    return reached(cell, on)


def lasts(cell: str, on: date) -> bool:
    """Whether the last valid day, if any is named, is not before another day."""
    last = day(cell)
    return last is None or last >= on


def dated(row: Row, column: str, on: date) -> bool:
    """Whether a document exists on a day; one whose date is not kept does."""
    return column not in row or reached(row[column], on)


def after_months(start: date, months: int) -> date:
    """Return the day some months later, or the last of that month if it is shorter."""
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last))


def looked_up(facts: Facts, subject: str, item: str, on: date, days: int) -> bool:
    """Whether something was looked up by a day, and not too long before it."""
    return any(
        0 <= (on - known(row["looked"])).days <= days
        for row in select(facts, "lookup", subject=subject, item=item)
    )
