"""One pass over a file's bytes: its hash, and whether it is an ordinary text."""

from __future__ import annotations

import codecs
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Cell
from whereas.facts.folder import unreadable

if TYPE_CHECKING:
    from whereas.facts.faults import Faults
    from whereas.facts.found import Found

_CHUNK = 1 << 20
_TEXTS = frozenset({".csv", ".json", ".jsonl", ".ndjson", ".yaml", ".yml"})


@dataclass(frozen=True, slots=True)
class Scan:
    """What one pass over the bytes found; the counts only where they were asked for.

    `strict`: each quotation mark opens, closes or is doubled, as in RFC 4180.
    """

    sha256: str
    size: int
    lines: int = 0
    commas: int = 0
    quotes: int = 0
    returns: int = 0
    pairs: int = 0
    nul: bool = False
    strict: bool = True
    ended: bool = True

    def ordinary(self, rows: int, width: int, lines: int, commas: int) -> bool:
        """Whether so many rows, with so much inside their values, explain the bytes.

        If they do, then no line is blank, none has a cell too many, and no
        carriage return or quotation mark means anything unusual.
        """
        ends = self.lines - lines + (0 if self.ended else 1)
        return (
            not self.nul
            and self.strict
            # CRLF at every line end, or nowhere.
            and self.returns == self.pairs
            and self.returns in {0, self.lines}
            and ends == rows + 1
            and self.commas - commas == (rows + 1) * (width - 1)
        )


class _Counter:
    """Counts the bytes that give a CSV file its shape."""

    def __init__(self) -> None:
        self.lines = self.commas = self.quotes = self.returns = self.pairs = 0
        self.nul = False
        self.strict = True
        self.last = b""
        # Since the last quotation mark: the first and the last byte suffice.
        self._rest = b""
        self._inside = False
        self._first = True

    def add(self, chunk: bytes) -> None:
        self.lines += chunk.count(b"\n")
        self.commas += chunk.count(b",")
        self.nul = self.nul or b"\0" in chunk
        if b"\r" in chunk:
            self.returns += chunk.count(b"\r")
            self.pairs += chunk.count(b"\r\n")
        if self.last == b"\r" and chunk[:1] == b"\n":
            self.pairs += 1
        self.last = chunk[-1:]
        if b'"' in chunk:
            self._quotes(chunk)
        else:
            self._rest = _ends(self._rest + chunk[:1] + chunk[-1:])

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
        if self._first:
            self._first = False
            good = not part or part[-1:] in b",\n"
        else:
            good = not part or (part[:1] in b",\r\n" and part[-1:] in b",\n")
        self.strict = self.strict and good

    def finish(self) -> None:
        if self._inside or (self.quotes and self._rest[:1] not in b",\r\n"):
            self.strict = False


def _ends(part: bytes) -> bytes:
    return part if len(part) < 3 else part[:1] + part[-1:]


def scan(found: Found, faults: Faults, *, counts: bool = False) -> Scan | None:
    """Read a file once; None if it cannot be read, or is no UTF-8 where it must be.

    With `counts` the shape of a CSV file is counted, and its characters are left
    to whoever reads it.
    """
    digest = hashlib.sha256()
    decode = codecs.getincrementaldecoder("utf-8")().decode
    text = found.suffix in _TEXTS and not counts
    counter = _Counter()
    size = 0
    try:
        with found.path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                if counts:
                    counter.add(chunk)
                if text:
                    nul = chunk.find(b"\0")
                    if nul >= 0:
                        _nul(found, size + nul, faults)
                        return None
                    try:
                        decode(chunk)
                    except UnicodeDecodeError as error:
                        # Bytes kept from the last chunk stand before this one.
                        before = len(error.object) - len(chunk)
                        _not_utf8(found, size + error.start - before, faults)
                        return None
                size += len(chunk)
            if text:
                try:
                    decode(b"", True)
                except UnicodeDecodeError as error:
                    _not_utf8(found, size - len(error.object), faults)
                    return None
    except OSError as error:
        unreadable(error, Cell(found.name), faults)
        return None
    counter.finish()
    return Scan(
        sha256=digest.hexdigest(),
        size=size,
        lines=counter.lines,
        commas=counter.commas,
        quotes=counter.quotes,
        returns=counter.returns,
        pairs=counter.pairs,
        nul=counter.nul,
        strict=counter.strict,
        ended=counter.last == b"\n",
    )


def _nul(found: Found, offset: int, faults: Faults) -> None:
    faults.add(
        Code.NUL_BYTE,
        _place(found, offset),
        f"byte {offset + 1} of the file is NUL",
        "save the file again as UTF-8 text; a NUL often means UTF-16 or a cut-off copy",
    )


def _not_utf8(found: Found, offset: int, faults: Faults) -> None:
    with found.path.open("rb") as file:
        file.seek(offset)
        byte = file.read(1)
    faults.add(
        Code.NOT_UTF8,
        _place(found, offset),
        f"byte {offset + 1} of the file (0x{byte.hex()}) is not UTF-8",
        "save the file as UTF-8",
    )


def _place(found: Found, offset: int) -> Cell:
    """Return the place of a byte: its record in CSV, its line in JSON lines."""
    if found.suffix not in {".csv", ".jsonl", ".ndjson"}:
        return Cell(found.name)
    row, quotes = 1, 0
    left = offset
    with found.path.open("rb") as file:
        while left and (chunk := file.read(min(left, _CHUNK))):
            left -= len(chunk)
            if found.suffix != ".csv":
                row += chunk.count(b"\n")
                continue
            for part in chunk.split(b'"'):
                row += part.count(b"\n") if quotes % 2 == 0 else 0
                quotes += 1
            quotes -= 1
    return Cell(found.name, row)
