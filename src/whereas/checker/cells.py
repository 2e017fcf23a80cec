"""Whether a cell of a file, as it stood there, can mean a value: read by the eye."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whereas.policy.core import Column
    from whereas.values import Value


def means(cell: str, value: Value, column: Column) -> bool:
    """Return whether a reader of the cell would say the value."""
    seen = _seen(cell)
    match value:
        case None:
            return not seen
        case bool():
            return seen == ("true" if value else "false")
        case date():
            numbers = re.findall("[0-9]+", seen)
            return len(numbers) == 3 and [*map(int, numbers)] == [
                value.year,
                value.month,
                value.day,
            ]
        case int() | Decimal():
            try:
                return Decimal(seen) == value
            except InvalidOperation:
                return False
        case str() if column.type.members:
            words = {_seen(w) for w, member in column.words.items() if member == value}
            return seen in words | {_seen(value)}
    return seen == _seen(value)


def _seen(text: str) -> str:
    """Return a text without blanks, widths and capitals."""
    kept = (c for c in text if unicodedata.category(c)[0] not in "CZ")
    return unicodedata.normalize("NFKC", "".join(kept)).casefold()
