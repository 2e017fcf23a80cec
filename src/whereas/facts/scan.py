"""One pass over a file's bytes: its hash, and what tells an ordinary text from a broken one."""

from __future__ import annotations

import codecs
import hashlib
from dataclasses import dataclass

from whereas.codes import Code
from whereas.diagnostics import Cell
from whereas.facts.faults import Faults
from whereas.facts.folder import Found, unreadable

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Scan:
    """What one pass over the bytes found."""

    sha256: str
    size: int


def scan(found: Found, faults: Faults, *, text: bool) -> Scan | None:
    """Read a file once; None if it cannot be read, or is no UTF-8 where it must be."""
    digest = hashlib.sha256()
    decode = codecs.getincrementaldecoder("utf-8")().decode
    size = 0
    try:
        with found.path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
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
    return Scan(digest.hexdigest(), size)


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
