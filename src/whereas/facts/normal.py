"""A cell as people write it into the text that a plain file would hold for its value.

Of dates, numbers, booleans and the words of enumerations, blanks at the ends and
full-width characters say nothing; a date may be written in any style that puts the
year first; a word may be a label or an alias. Of a code, no blank says anything, nor
does a prefix that is declared. A text that is not declared a code stays as it is:
nothing is guessed.

`normalise_cell` is the one place where this is decided. Both ways of reading
(`row_loader` and `bulk_loader`) ask it, and the bulk loader only where a cell does
not stand as it should already.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from whereas.policy.labels import BLANKS, folded, plain, without_blanks

if TYPE_CHECKING:
    from whereas.policy.core import Column

# Year first, then month and day: nobody writes the day in the middle.
_GAP = f"[{BLANKS}]*"
_DATE = re.compile(
    r"([0-9]{4})(?:([-./])([0-9]{1,2})\2([0-9]{1,2})"
    rf"|{_GAP}年{_GAP}([0-9]{{1,2}}){_GAP}月{_GAP}([0-9]{{1,2}}){_GAP}日)"
)
# A day, but not said which: the year does not come first, or has two digits.
_UNCLEAR = re.compile(r"[0-9]{1,4}([-./])[0-9]{1,2}\1[0-9]{1,4}")
# What is no part of a code: blanks, and full-width characters.
_UNPLAIN = f"[{BLANKS}\uff01-\uff5e]"


def unplain(column: Column) -> str:
    """Return the pattern of what is no part of a code, in a column of codes."""
    prefixes = "".join(f"|^{re.escape(prefix)}" for prefix in column.prefixes)
    return _UNPLAIN + prefixes


def is_read_otherwise(column: Column) -> bool:
    """Whether a column's cells may stand for something else than their own text."""
    return column.type.kind != "text" or bool(column.type.members) or column.code


def normalise_cell(text: str, column: Column) -> str:
    """Return the text that a plain file would hold for a cell.

    What cannot be read comes back as it is, or without the blanks around it.
    """
    type_ = column.type
    if type_.members:
        return _word(text, column)
    match type_.kind:
        case "text":
            return _code(text, column) if column.code else text
        case "date":
            # The plain case first, and cheaply: a large file has little else.
            if text[4:8:3] == "--" and len(text) == 10 and text.isascii():
                return text
            return _day(plain(text))
        case _:
            return text if text.isascii() and text.isalnum() else plain(text)


def _word(text: str, column: Column) -> str:
    members = column.type.members
    if text in members:
        return text
    short = plain(text)
    if not short or short in members:
        return short
    return column.words.get(folded(text), text)


def _code(text: str, column: Column) -> str:
    code = without_blanks(text)
    for prefix in column.prefixes:
        if code.startswith(prefix) and code != prefix:
            return code.removeprefix(prefix)
    return code


def _day(text: str) -> str:
    found = _DATE.fullmatch(text)
    if not found:
        return text
    year, _, *parts = found.groups()
    month, day = (part for part in parts if part is not None)
    return f"{year}-{month:0>2}-{day:0>2}"


def is_unclear(text: str) -> bool:
    """Whether a text says a day, in a style that does not say which."""
    return _UNCLEAR.fullmatch(plain(text)) is not None
