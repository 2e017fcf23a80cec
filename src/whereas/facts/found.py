"""A fact file that was found, before it is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from whereas.diagnostics import Cell
from whereas.facts.limits import FILE_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from whereas.facts.shape import Shape
    from whereas.facts.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Found:
    """A fact file that was found: what it is for, where, and how large it is.

    `book` is the open workbook, which its sheets share, and so is `snapshot`.
    """

    relation: str
    path: Path
    name: str
    size: int
    snapshot: Snapshot = field(compare=False, repr=False)
    sheet: str | None = None
    book: Any = field(default=None, compare=False, repr=False)

    @property
    def suffix(self) -> str:
        """The suffix, which is the format."""
        return self.path.suffix

    @property
    def place(self) -> Cell:
        """The place of the whole file, or of the sheet."""
        return Cell(self.name, sheet=self.sheet)

    def take(self, shape: Shape | None = None) -> None:
        """Copy the file for reading, unless that is done; raises as `Snapshot.take`."""
        self.snapshot.take(FILE_BYTES[self.suffix], shape)
