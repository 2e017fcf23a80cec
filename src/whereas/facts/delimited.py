"""CSV text into records: comma, RFC 4180 quotation marks, nothing else.

A record is a line, unless a quoted value holds line ends. The dialect is strict: a
quotation mark stands at the beginning and the end of a value, and doubled inside
it; a line ends with LF or CRLF. What a quoted value holds is left as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.facts.limits import CELL_CHARACTERS, LINE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIELD = re.compile(r'(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|(?:\r?\n)?\Z)')


class Malformed(Exception):  # noqa: N818  # caught by whoever knows the file
    """A record that is no CSV: its number, and what is wrong."""

    def __init__(
        self, row: int, message: str, help_: str, code: Code = Code.MALFORMED_FILE
    ) -> None:
        super().__init__(message)
        self.code = code
        self.row = row
        self.message = message
        self.help = help_


def records(lines: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with its number, the first being 1; a blank line has no cells.

    `lines` are split at LF and keep it. Raises `Malformed` at the first place
    from which the rest cannot be told apart any more.
    """
    for number, line in enumerate(lines, 1):
        if '"' in line:
            yield number, _quoted(number, line, lines)
        else:
            body = line
            if body.endswith("\n"):
                body = body[:-2] if body.endswith("\r\n") else body[:-1]
            if "\r" in body:
                raise _lone_return(number)
            cells = body.split(",") if body else []
            if len(body) > CELL_CHARACTERS:
                _require_short(number, cells)
            yield number, cells


def _quoted(number: int, line: str, lines: Iterator[str]) -> list[str]:
    if line.count('"') % 2:
        parts = [line]
        size = len(line)
        for more in lines:
            parts.append(more)
            size += len(more)
            if more.count('"') % 2:
                break
            if size > LINE_BYTES:
                raise _endless(number)
        line = "".join(parts)
    cells: list[str] = []
    at = 0
    while found := _FIELD.match(line, at):
        value, plain, end = found.groups()
        cells.append(plain if value is None else value.replace('""', '"'))
        at = found.end()
        if end != ",":
            if at > CELL_CHARACTERS:
                _require_short(number, cells)
            return cells
    raise _unquotable(number, line, at)


def _require_short(number: int, cells: list[str]) -> None:
    for cell in cells:
        if len(cell) > CELL_CHARACTERS:
            raise Malformed(number, *too_long(len(cell)), code=Code.CELL_TOO_LONG)


def too_long(length: int) -> tuple[str, str]:
    """Return what is wrong with a cell of so many characters, and the way out."""
    return (
        f"the cell has {length:,} characters; at most {CELL_CHARACTERS:,} are read",
        "shorten it, or keep the text in a file of its own and its name here",
    )


def _unquotable(number: int, line: str, at: int) -> Malformed:
    if line[at] == '"' and line.count('"') % 2:
        return Malformed(
            number,
            "a quotation mark opens here and is never closed",
            'close the value with `"`, or restore the end of the file',
        )
    if "\r" in re.split(r'[",]', line[at:], maxsplit=1)[0]:
        return _lone_return(number)
    return Malformed(
        number,
        "a quotation mark stands in the middle of a value",
        'put the whole value in `"…"` and double each `"` inside it',
    )


def _endless(number: int) -> Malformed:
    return Malformed(
        number,
        f"a quotation mark opens here and is not closed within {LINE_BYTES:,} "
        "characters",
        'close the value with `"`, or restore the end of the file',
    )


def _lone_return(number: int) -> Malformed:
    return Malformed(
        number,
        "a line ends with a carriage return alone",
        "save the file with ordinary line ends (LF or CRLF)",
    )
