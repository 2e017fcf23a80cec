"""A fact file into its private copy; a text file must be UTF-8 without NUL."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Cell, Invalid
from whereas.facts.folder import unreadable
from whereas.facts.limits import LINE_BYTES
from whereas.user_files import in_bytes

if TYPE_CHECKING:
    from whereas.facts.faults import Faults
    from whereas.facts.found import Found

_TEXTS = frozenset({".csv", ".json", ".jsonl", ".ndjson", ".yaml", ".yml"})
_LINED = frozenset({".csv", ".jsonl", ".ndjson"})


def is_readable(found: Found, faults: Faults) -> bool:
    """Copy a file; return whether it can be read, and is text where it must be."""
    try:
        found.take()
    except OSError as error:
        unreadable(error, found.place, faults)
        return False
    except Invalid as invalid:
        for one in invalid.diagnostics:
            faults.add(one.code, found.place, one.message, one.help or "")
        return False
    return found.suffix not in _TEXTS or _is_text(found, faults)


def _is_text(found: Found, faults: Faults) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    lined = found.suffix in _LINED
    read = begun = 0
    try:
        for chunk in found.snapshot.chunks():
            nul = chunk.find(b"\0")
            if nul >= 0:
                _nul(found, read + nul, faults)
                return False
            read += len(chunk)
            decoder.decode(chunk)
            if lined:
                begun = _line_begun(begun, chunk)
                if begun > LINE_BYTES:
                    _long_line(found, read, faults)
                    return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        # The object ends where reading has come to; it begins with what was kept.
        _not_utf8(found, read - len(error.object) + error.start, faults)
        return False
    return True


def _line_begun(begun: int, chunk: bytes) -> int:
    """Return how many bytes of a line stand at the end of a chunk, or at its beginning.

    A line that lies within a chunk is never too long.
    """
    end = chunk.find(b"\n")
    if end < 0:
        return begun + len(chunk)
    if begun + end > LINE_BYTES:
        return begun + end
    return len(chunk) - chunk.rfind(b"\n") - 1


def _long_line(found: Found, offset: int, faults: Faults) -> None:
    faults.add(
        Code.CELL_TOO_LONG,
        _place(found, offset - 1),
        f"the line has more than {in_bytes(LINE_BYTES)}, the most that is read",
        "see whether line ends are missing, and shorten the cells",
    )


def _nul(found: Found, offset: int, faults: Faults) -> None:
    faults.add(
        Code.NUL_BYTE,
        _place(found, offset),
        f"byte {offset + 1} of the file is NUL",
        "save the file again as UTF-8 text; a NUL often means UTF-16 or a cut-off copy",
    )


def _not_utf8(found: Found, offset: int, faults: Faults) -> None:
    with found.snapshot.open() as file:
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
        return found.place
    row, quotes = 1, 0
    left = offset
    for chunk in found.snapshot.chunks():
        before = chunk[:left]
        left -= len(before)
        if found.suffix != ".csv":
            row += before.count(b"\n")
        else:
            for part in before.split(b'"'):
                row += part.count(b"\n") if quotes % 2 == 0 else 0
                quotes += 1
            quotes -= 1
        if not left:
            break
    return found.place.within(row)
