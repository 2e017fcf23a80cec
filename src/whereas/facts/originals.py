"""Cells as they stood in the file, of those that were read as something else.

One entry for each such cell and none for all the others: in memory while facts are
loaded, in a table of its own in a saved model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.facts.database import quoted
from whereas.facts.normal import normalise_cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from whereas.facts.database import Database
    from whereas.policy.core import Relation

# In a saved model. No relation has a blank in its name.
TABLE = "as written"

# Relation, row, column (from 0), and the text of the cell.
Original = tuple[str, int, int, str]


class Originals:
    """The cells of fact files that say their value in other characters."""

    def __init__(self, database: Database | None = None, count: int = 0) -> None:
        """Begin with none, or with those that a saved model has."""
        self._database = database
        self._rows: dict[tuple[str, int], dict[int, str]] = {}
        self.count = count

    def add(self, relation: str, row: int, place: int, text: str) -> None:
        """Enter a cell."""
        self._rows.setdefault((relation, row), {})[place] = text
        self.count += 1

    def note(
        self, relation: Relation, row: int, order: Sequence[int], cells: Sequence[str]
    ) -> None:
        """Enter those cells of a row that stand for a value in other characters.

        `order` has the column of each cell.
        """
        for place, cell in zip(order, cells, strict=True):
            if normalise_cell(cell, relation.columns[place]) != cell:
                self.add(relation.name, row, place, cell)

    def of(self, relation: str, row: int) -> Mapping[int, str]:
        """Return the cells of a row that stood otherwise, by column."""
        if not self.count:
            return {}
        if self._database is None:
            return self._rows.get((relation, row), {})
        return dict(
            self._database.query(
                f"SELECT place, text FROM {quoted(TABLE)} "
                "WHERE relation = ? AND row = ? ORDER BY place",
                (relation, row),
            )
        )

    def __iter__(self) -> Iterator[Original]:
        """Yield those that lie in memory, which no table has yet."""
        for (relation, row), cells in self._rows.items():
            for place, text in cells.items():
                yield relation, row, place, text
