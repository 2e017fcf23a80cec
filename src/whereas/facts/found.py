"""A fact file that was found, before it is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Found:
    """A fact file that was found: what it is for, where, and what it weighs.

    `book` is the open workbook, which its sheets share.
    """

    relation: str
    path: Path
    name: str
    size: int
    modified_ns: int
    sheet: str | None = None
    book: Any = field(default=None, compare=False, repr=False)

    @property
    def suffix(self) -> str:
        """The suffix, which is the format."""
        return self.path.suffix
