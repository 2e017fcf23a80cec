"""The archive of a workbook, looked through before openpyxl unpacks any of it.

openpyxl trusts a workbook: it reads whole parts, and a whole row, into memory. So
every part is unpacked once here, a piece at a time, and what has no honest use is
refused: parts that say a wrong size, entities, and more XML than a sheet can hold.
"""

from __future__ import annotations

import re
import zipfile
from typing import IO, BinaryIO

from whereas.codes import Code
from whereas.facts.faults import CellError
from whereas.facts.limits import (
    ARCHIVE_BYTES,
    ARCHIVE_ENTRIES,
    ARCHIVE_RATIO,
    ROW_TAGS,
    WORKBOOK_TAGS,
)
from whereas.user_files import in_bytes

_CHUNK = 1 << 20
_DIRECTORY_ENTRY = b"PK\1\2"
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0"
_ROW_END = re.compile(rb"</(?:\w+:)?row\s*>|<(?:\w+:)?si[\s>/]")
_ENTITIES = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
# Markup that a chunk may end within is carried over to the next.
_OVERLAP = 64


def require_ordinary(file: BinaryIO) -> None:
    """Raise `CellError` for a workbook that is encrypted, or unpacks to too much."""
    data = file.read()
    if data.startswith(_COMPOUND_FILE):
        raise damaged("it is encrypted, or in the old XLS format")
    if data.count(_DIRECTORY_ENTRY) > ARCHIVE_ENTRIES:
        raise _unpacks(f"more than {ARCHIVE_ENTRIES:,} parts")
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
        unpacked = sum(part.file_size for part in parts)
        if unpacked > ARCHIVE_BYTES:
            raise _unpacks(f"more than {in_bytes(ARCHIVE_BYTES)}")
        if unpacked > _CHUNK * 10 and unpacked > len(data) * ARCHIVE_RATIO:
            raise _unpacks(f"more than {ARCHIVE_RATIO} times its size")
        tags = 0
        for part in parts:
            if part.flag_bits & 1:
                raise damaged("it is encrypted")
            with archive.open(part) as content:
                is_xml = part.filename.lower().endswith((".xml", ".rels"))
                tags += _tags(content, is_xml=is_xml)
            if tags > WORKBOOK_TAGS:
                raise _unpacks(f"more than {WORKBOOK_TAGS:,} XML tags")
    file.seek(0)


def damaged(why: str) -> CellError:
    """Return the error about a workbook that cannot be read."""
    return CellError(
        Code.MALFORMED_FILE,
        f"the workbook cannot be read: {why}",
        "save it again as XLSX, or save each sheet as CSV",
    )


def _unpacks(what: str) -> CellError:
    return CellError(
        Code.UNPACKS_TOO_MUCH,
        f"the workbook unpacks to {what}, the most that is read",
        "save each sheet as CSV, without the formats of empty cells",
    )


def _tags(content: IO[bytes], *, is_xml: bool) -> int:
    """Return how many tags a part has; none of its rows may have too many."""
    tags = in_row = 0
    kept = b""
    while piece := content.read(_CHUNK):
        # In UTF-16 too a tag is told by its letters.
        piece = piece.replace(b"\0", b"")
        if is_xml and _ENTITIES.search(kept + piece):
            raise damaged("its XML declares entities")
        tags += piece.count(b"<")
        ends = [match.start() for match in _ROW_END.finditer(piece)]
        if not ends:
            in_row += piece.count(b"<")
        else:
            starts = [0, *ends]
            for start, end in zip(starts, ends, strict=False):
                if in_row + end - start > ROW_TAGS:
                    in_row += piece.count(b"<", start, end)
                    if in_row > ROW_TAGS:
                        break
                in_row = 0
            else:
                in_row = piece.count(b"<", ends[-1])
        if in_row > ROW_TAGS:
            raise _unpacks(f"a row, or a part, of more than {ROW_TAGS:,} XML tags")
        kept = piece[-_OVERLAP:]
    return tags
