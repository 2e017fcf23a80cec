"""The fact files: how a proof names them, and whether a cell can mean a value."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import PurePath
from typing import TYPE_CHECKING

from whereas.values import written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from whereas.checker.claims import Claims, Fact
    from whereas.facts.base import FactBase
    from whereas.policy.core import Column, Policy
    from whereas.values import Value


class FactFiles:
    """The files of a fact base, as a proof names them that was made elsewhere."""

    def __init__(self, policy: Policy, facts: FactBase, folder: str) -> None:
        """Name files as if they stood in the folder that the proof gives."""
        self.policy = policy
        self.facts = facts
        self.folder = PurePath(folder)

    def name(self, relation: str) -> tuple[str | None, str | None]:
        """Return the file and the sheet of a relation; of a derived one, no file."""
        file = self.facts.files.get(relation)
        if file is None:
            return None, None
        name = PurePath(file.name)
        if name.is_relative_to(self.facts.path):
            name = self.folder / name.relative_to(self.facts.path)
        return str(name), file.sheet

    def check_cells(
        self, claims: Claims, at: str, said: Mapping[str, str], fact: Fact, row: int
    ) -> None:
        """Check the cells that are quoted: they stand there, and mean the values."""
        columns = self.policy.relations[fact.relation].columns
        cells = self.facts.originals.of(fact.relation, row)
        there = {str(columns[place].name): cell for place, cell in cells.items()}
        claims.equal(at, said, there)
        for place, cell in cells.items():
            value = fact.row[place]
            if not means(cell, value, columns[place]):
                words = f"{cell!r} does not mean {written(value)}"
                claims.reject(f"{at}/{columns[place].name}", words)


def means(cell: str, value: Value, column: Column) -> bool:
    """Return whether a reader of the cell would say the value."""
    seen = _seen(cell)
    match value:
        case None:
            return not seen
        case bool():
            return seen == ("true" if value else "false")
        case date():
            numbers = re.findall("[0-9]+", seen)
            return len(numbers) == 3 and [*map(int, numbers)] == [
                value.year,
                value.month,
                value.day,
            ]
        case int() | Decimal():
            try:
                return Decimal(seen) == value
            except InvalidOperation:
                return False
        case str() if column.type.members:
            words = {_seen(w) for w, member in column.words.items() if member == value}
            return seen in words | {_seen(value)}
    return seen == _seen(value)


def _seen(text: str) -> str:
    """Return a text without blanks, widths and capitals."""
    kept = (c for c in text if unicodedata.category(c)[0] not in "CZ")
    return unicodedata.normalize("NFKC", "".join(kept)).casefold()
