"""Cells of CSV that a spreadsheet opens: nothing in them is run, nothing is hidden."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, TextIO

from whereas.render.width import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

# A spreadsheet takes a cell that begins so for a formula.
_FORMULA = re.compile(r"[=+@\t\r]|-(?![0-9]+(\.[0-9]+)?\Z)")


class CsvWriter:
    """Writes rows of CSV; `raw` leaves every cell as it is."""

    def __init__(self, stream: TextIO, *, raw: bool = False) -> None:
        self._writer = csv.writer(stream, lineterminator="\n")
        self._raw = raw

    def writerow(self, cells: Iterable[object]) -> None:
        """Write a row."""
        words = map(str, cells)
        self._writer.writerow(words if self._raw else map(harmless, words))


def harmless(text: str) -> str:
    """Return a cell that no spreadsheet runs, with control characters made visible.

    An apostrophe before the cell says that it is a text.
    """
    return ("'" if _FORMULA.match(text) else "") + visible(text)
