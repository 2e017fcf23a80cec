"""Values, types, and how a value is stored: every stored value is one integer.

A database column never holds anything but a 64-bit integer, in SQLite, in DuckDB
and inside pyDatalog alike, so that the dialects hardly differ, equality means the
same everywhere, and nothing can be rounded, collated or merged (`True`, `1` and
`1.0`) behind our back:

    text, enumeration   the number of the text in the `symbol` table
    integer             itself
    decimal(s)          scaled by 10**s
    date                its day number (`date.toordinal`: 0001-01-01 is 1)
    boolean             0 or 1
    none                `NONE`, smaller than any number that may be stored

Numbers have at most 18 digits, so `NONE` collides with nothing.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# `None` is the language's constant `none`. A boolean is never an integer here.
Value = str | int | Decimal | date | bool | None

NONE = -(2**63)
LARGEST = 10**18 - 1


def why_no_day(year: int, month: int, day: int) -> str | None:
    """Return why the calendar has no such day, or None where it has it."""
    try:
        date(year, month, day)
    except ValueError:
        if year == 0:
            return "the years begin with 0001"
        if not 1 <= month <= 12:
            return f"a year has 12 months, and this is month {month}"
        days = calendar.monthrange(year, month)[1]
        return f"{calendar.month_name[month]} {year} has {days} days"
    return None


@dataclass(frozen=True, slots=True)
class Type:
    """A column's type. An enumeration is text with `members`; these make two equal.

    `kind` is text, integer, decimal, date or boolean; `scale` is the number of
    decimals. `optional` says that the column may hold `none`; it is no part of
    whether two types can be compared (`comparable`).
    """

    kind: str
    scale: int = 0
    members: tuple[str, ...] = ()
    optional: bool = False
    name: str | None = field(default=None, compare=False)

    def __str__(self) -> str:
        if self.members:
            base = self.name or "{" + ", ".join(f'"{m}"' for m in self.members) + "}"
        elif self.kind == "decimal":
            base = f"decimal({self.scale})"
        else:
            base = self.kind
        return base + ("?" if self.optional else "")

    @property
    def ordered(self) -> bool:
        """Whether `<` has a meaning: for numbers and dates only."""
        return self.kind in {"integer", "decimal", "date"}


TEXT = Type("text")
INTEGER = Type("integer")
DATE = Type("date")
BOOLEAN = Type("boolean")


def encode(value: Value, type_: Type, intern: Callable[[str], int]) -> int:
    """Return the integer that stands for a value of a type.

    `intern` gives the number of a text. The value must fit the type: whoever calls
    has checked it.
    """
    match value:
        case None:
            return NONE
        case bool():
            return int(value)
        case int():
            return value * int(10**type_.scale)
        case Decimal():
            return int(value.scaleb(type_.scale))
        case date():
            return value.toordinal()
        case str():
            return intern(value)


def decode(stored: int, type_: Type, text: Callable[[int], str]) -> Value:
    """Return the value that an integer stands for; `text` knows a number's text."""
    if stored == NONE:
        return None
    match type_.kind:
        case "text":
            return text(stored)
        case "integer":
            return stored
        case "decimal":
            return Decimal(stored).scaleb(-type_.scale)
        case "date":
            return date.fromordinal(stored)
        case "boolean":
            return bool(stored)
    raise AssertionError(type_.kind)


_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\t": r"\t"})


def written(value: Value) -> str:
    """Return a value as the policy language writes it."""
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case str():
            return '"' + value.translate(_ESCAPES) + '"'
        case date():
            return value.isoformat()
        case _:
            return str(value)
