"""Text into columns of a terminal: how wide it is, where it may be broken.

A Chinese character fills two columns and a combining mark none. `unicodedata`
knows both and costs nothing to import, unlike the tables of a larger library.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# What may not begin a line, and what may not end one.
_CLOSING = "，。；：、！？）》」』】〉”’,.;:!?)]}…"
_OPENING = "（《「『【〈“‘([{"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def width(text: str) -> int:
    """Return how many columns of a terminal a text fills."""
    if text.isascii():
        return len(text)
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in (
        "Mn",
        "Me",
        "Cf",
    ):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def visible(text: str) -> str:
    """Return a text that can do nothing to a terminal: controls become pictures.

    Facts and rules come from others; an escape sequence or a change of writing
    direction in them must not rewrite what the reader sees.
    """
    return _CONTROL.sub(_picture, text)


def _picture(match: re.Match[str]) -> str:
    number = ord(match.group())
    if number < 0x20:
        return chr(0x2400 + number)
    return "\u2421" if number == 0x7F else "\ufffd"


def padded(text: str, columns: int) -> str:
    """Return a text filled up with spaces to a number of columns."""
    return text + " " * max(0, columns - width(text))


def cut(text: str, columns: int) -> str:
    """Return a text of at most this many columns; an ellipsis says what was cut."""
    if width(text) <= columns:
        return text
    kept, used = [], 1
    for character in text:
        used += _width(character)
        if used > columns:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def wrapped(text: str, columns: int) -> list[str]:
    """Break a text into lines of at most this many columns.

    Lines break at spaces and between Chinese characters, never before a closing
    mark or after an opening one. A word longer than a line is broken hard.
    """
    lines: list[str] = []
    line, filled = "", 0
    for piece in _hard(_pieces(text), columns):
        size = width(piece.rstrip(" "))
        if line and filled + size > columns:
            lines.append(line.rstrip(" "))
            line, filled = "", 0
            piece = piece.lstrip(" ")  # noqa: PLW2901
        line += piece
        filled += width(piece)
    if line.rstrip(" ") or not lines:
        lines.append(line.rstrip(" "))
    return lines


def _pieces(text: str) -> Iterator[str]:
    """Yield the parts between which a line may be broken."""
    piece = ""
    for before, character in zip(" " + text, text, strict=False):
        if piece and _may_break(before, character):
            yield piece
            piece = ""
        piece += character
    if piece:
        yield piece


def _may_break(before: str, after: str) -> bool:
    if before == " ":
        return after != " "
    if after == " " or after in _CLOSING or before in _OPENING:
        return False
    return _width(before) == 2 or _width(after) == 2


def _hard(pieces: Iterator[str], columns: int) -> Iterator[str]:
    for piece in pieces:
        if width(piece.rstrip(" ")) <= columns:
            yield piece
            continue
        part = ""
        for character in piece:
            if part and width(part + character) > columns:
                yield part
                part = ""
            part += character
        yield part
