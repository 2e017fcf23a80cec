"""The shape of a CSV file: counts of the bytes that hold its cells apart.

The bulk loader lets DuckDB read a file and then asks whether so many rows and cells
explain every byte of it. If not, the row loader reads the file.
"""

from __future__ import annotations


class Shape:
    """Counts line ends, commas and quotation marks while a file is copied.

    `strict`: each quotation mark opens, closes or is doubled, as in RFC 4180.
    """

    def __init__(self) -> None:
        self.lines = self.commas = self.quotes = self.returns = self.pairs = 0
        self.nul = False
        self._strict = True
        self._last = b""
        # Since the last quotation mark: the first and the last byte suffice.
        self._rest = b""
        self._inside = False
        self._first = True

    def add(self, chunk: bytes) -> None:
        """Count the next bytes."""
        self.lines += chunk.count(b"\n")
        self.commas += chunk.count(b",")
        self.nul = self.nul or b"\0" in chunk
        if b"\r" in chunk:
            self.returns += chunk.count(b"\r")
            self.pairs += chunk.count(b"\r\n")
        if self._last == b"\r" and chunk[:1] == b"\n":
            self.pairs += 1
        self._last = chunk[-1:]
        if b'"' in chunk:
            self._quotes(chunk)
        else:
            self._rest = _ends(self._rest + chunk[:1] + chunk[-1:])

    @property
    def strict(self) -> bool:
        """Whether every quotation mark stands where it may, to the end of the file."""
        unfinished = self._inside or (
            self.quotes and self._rest[:1] not in {b"", b",", b"\r", b"\n"}
        )
        return self._strict and not unfinished

    def is_explained_by(self, rows: int, width: int, lines: int, commas: int) -> bool:
        """Whether so many rows, with so much inside their values, explain the bytes.

        If they do, then no line is blank, none has a cell too many, and no
        carriage return or quotation mark means anything unusual.
        """
        ends = self.lines - lines + (0 if self._last == b"\n" else 1)
        return (
            not self.nul
            and self.strict
            # CRLF at every line end, or nowhere.
            and self.returns == self.pairs
            and self.returns in {0, self.lines}
            and ends == rows + 1
            and self.commas - commas == (rows + 1) * (width - 1)
        )

    def _quotes(self, chunk: bytes) -> None:
        parts = (self._rest + chunk).split(b'"')
        self._rest = _ends(parts.pop())
        self.quotes += len(parts)
        for part in parts:
            if not self._inside:
                self._outside(part)
            self._inside = not self._inside

    def _outside(self, part: bytes) -> None:
        """Check what stands between two quoted stretches, or before the first."""
        good = not part or part[-1:] in b",\n"
        if not self._first:
            good = good and part[:1] in b",\r\n"
        self._first = False
        self._strict = self._strict and good


def _ends(part: bytes) -> bytes:
    return part if len(part) < 3 else part[:1] + part[-1:]
