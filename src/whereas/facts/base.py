"""The fact base: typed tables that remember file and row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from whereas.facts.glossary import Glossary
from whereas.facts.originals import Originals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from whereas.diagnostics import Diagnostic
    from whereas.facts.database import Database


@dataclass(frozen=True, slots=True)
class FactFile:
    """The file (and the sheet, in a workbook) that a relation was read from.

    `name` is the path to show: as the user wrote the folder, and the file in it.
    """

    relation: str
    name: str
    sheet: str | None
    sha256: str
    size: int
    modified_ns: int
    rows: int


@dataclass(frozen=True, slots=True)
class Supposed:
    """Where a row was stated that no fact file has: by a change (`facts.changes`).

    `file` and `item` are where the change stands, and what number it has there. One
    that stands in no file has a number alone, and one that is only proposed has
    neither. `corrects` is the row
    of the fact file that it corrects; None, where it adds one.
    """

    file: str | None
    item: int | None
    corrects: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class FactBase:
    """Every stated relation of a policy, as tables of a database, with its origin.

    `sha256` is over the sorted list of path (in the folder) and file hash, and over
    the changes that were made to the facts since they were read. `supposed` has
    the rows that come from such a change, by relation and the table's `row`;
    `originals` the cells that were read as something else than their own text.
    `glossary` is what texts are called by readers of a language.
    `warnings` tell what is suspect in the files, but no fault.
    """

    path: str
    sha256: str
    files: Mapping[str, FactFile]
    database: Database
    warnings: tuple[Diagnostic, ...] = ()
    supposed: Mapping[str, Mapping[int, Supposed]] = field(default_factory=dict)
    originals: Originals = field(default_factory=Originals)
    glossary: Glossary = field(default_factory=Glossary)

    @property
    def size(self) -> int:
        """The number of stated facts."""
        # Rows that contradict one another are rows of their input's file.
        rows = {(one.name, one.sheet): one.rows for one in self.files.values()}
        return sum(rows.values())
