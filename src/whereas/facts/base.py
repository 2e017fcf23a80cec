"""The fact base: typed tables that remember file and row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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


@dataclass(frozen=True, slots=True, eq=False)
class FactBase:
    """Every stated relation of a policy, as tables of a database, with its origin.

    `sha256` is over the sorted list of path (in the folder) and file hash.
    `warnings` tell what is suspect in the files, but no fault.
    """

    path: str
    sha256: str
    files: Mapping[str, FactFile]
    database: Database
    warnings: tuple[Diagnostic, ...] = ()

    @property
    def size(self) -> int:
        """The number of stated facts."""
        return sum(file.rows for file in self.files.values())
