"""A cell's text into the integer that is stored, or into what is wrong with it.

`Encoder` is a dictionary that knows every text of a column that it has seen, so
that a value that comes again costs one lookup; a text that it does not know is
read by `normal.normalise_cell` first. `typed` brings the values of
formats that have types of their own (JSON, workbooks, Parquet) to the text that a
CSV file would hold, so that there is one meaning for all formats.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.facts.faults import CellError, listed, nearest, shown, unseen
from whereas.facts.normal import is_unclear, normalise_cell
from whereas.values import LARGEST, NONE, Type, why_no_day

if TYPE_CHECKING:
    from whereas.policy.core import Column

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_BOOLEANS = {"false": 0, "true": 1}

# A number with more digits than this is refused unread, so that `1e999999999`
# cannot fill the memory.
_MOST_DIGITS = 60


class Encoder(dict[str, int]):
    """The stored integers of a column's texts; one that does not fit is `CellError`.

    A text that stands for its value in other characters is noted in `otherwise`.
    """

    def __init__(
        self,
        column: Column,
        intern: Callable[[str], int],
        otherwise: set[str] | None = None,
    ) -> None:
        super().__init__()
        self._column = column
        self._otherwise = set() if otherwise is None else otherwise
        self._parse = _parser(column, intern)

    def __missing__(self, text: str) -> int:
        meant = normalise_cell(text, self._column)
        if meant:
            stored = self._parse(meant, text)
        elif self._column.type.optional:
            stored = NONE
        else:
            raise empty(self._column.type)
        if meant != text:
            self._otherwise.add(text)
        self[text] = stored
        return stored


def described(type_: Type) -> str:
    """Return what a column expects, in words."""
    match type_.kind:
        case "text" if type_.members:
            return f"one of {listed(type_.members)}"
        case "text":
            return "a text"
        case "integer":
            return "an integer of at most 18 digits"
        case "decimal":
            return f"a number with at most {type_.scale} decimals"
        case "date":
            return "a date (YYYY-MM-DD)"
        case _:
            return "`true` or `false`"


def empty(type_: Type) -> CellError:
    """Return the complaint about an empty cell of a column that needs a value."""
    return CellError(
        Code.EMPTY_CELL,
        f"the cell is empty, and {described(type_)} is expected",
        "fill it in, or declare the column optional with `?`",
    )


def wrong(text: str, type_: Type) -> CellError:
    """Return the ordinary complaint: this is not what the column expects."""
    if type_.kind == "date" and is_unclear(text):
        return CellError(
            Code.WRONG_TYPE,
            f"{shown(text)} does not say which number is the year, the month, the day",
            "write the year first, with four digits: YYYY-MM-DD",
        )
    return CellError(
        Code.WRONG_TYPE,
        f"{shown(text)} is not {described(type_)}",
        _WAYS_OUT[type_.kind],
    )


_WAYS_OUT = {
    "text": "write a text",
    "integer": "write digits only, with a `-` before them if it is negative",
    "decimal": "write digits with a point before the decimals, nothing else",
    "date": "write a day of the calendar as YYYY-MM-DD",
    "boolean": "write `true` or `false`",
}


# From the normalised text of a cell, and the cell as it stands, which messages show.
_Parse = Callable[[str, str], int]


def _parser(column: Column, intern: Callable[[str], int]) -> _Parse:
    type_ = column.type
    match type_.kind:
        case "text" if type_.members:
            return _member(column, intern)
        case "text":
            return lambda meant, _: intern(meant)
        case "integer":
            return lambda meant, text: _integer(meant, text, type_)
        case "decimal":
            return _decimal(type_)
        case "date":
            return lambda meant, text: _day(meant, text, type_)
        case _:
            return lambda meant, text: _boolean(meant, text, type_)


def _member(column: Column, intern: Callable[[str], int]) -> _Parse:
    type_ = column.type
    members = frozenset(type_.members)

    def parse(meant: str, text: str) -> int:
        if meant in members:
            return intern(meant)
        differs = unseen(text, type_.members)
        same = [m for m in type_.members if m.lower() == text.strip().lower()]
        near = same[0] if same else nearest(text, [*type_.members, *column.words])
        raise CellError(
            Code.NOT_A_MEMBER,
            f"{shown(text)} is not {described(type_)}"
            + (f": it has {differs}" if differs else ""),
            f"did you mean `{near}`?" if near else "write one of these words",
        )

    return parse


def _integer(meant: str, text: str, type_: Type) -> int:
    if not _INTEGER.fullmatch(meant):
        raise wrong(text, type_)
    return int(meant)


def _decimal(type_: Type) -> _Parse:
    places = rf"(?:\.([0-9]{{1,{type_.scale}}}))?" if type_.scale else "()"
    pattern = re.compile(rf"(-?[0-9]{{1,18}}){places}")

    def parse(meant: str, text: str) -> int:
        found = pattern.fullmatch(meant)
        if not found:
            raise wrong(text, type_)
        stored = int(found[1] + (found[2] or "").ljust(type_.scale, "0"))
        if abs(stored) > LARGEST:
            raise CellError(
                Code.WRONG_TYPE,
                f"{shown(text)} has more than 18 digits, "
                f"its {type_.scale} decimals counted",
                "write a smaller number, or declare fewer decimals",
            )
        return stored

    return parse


def _day(meant: str, text: str, type_: Type) -> int:
    found = _DATE.fullmatch(meant)
    if not found:
        raise wrong(text, type_)
    year, month, day = map(int, found.groups())
    why = why_no_day(year, month, day)
    if why is not None:
        raise CellError(
            Code.NO_SUCH_DAY,
            f"{shown(text)} is not a day of the calendar: {why}",
            _WAYS_OUT["date"],
        )
    return date(year, month, day).toordinal()


def _boolean(meant: str, text: str, type_: Type) -> int:
    try:
        return _BOOLEANS[meant]
    except KeyError:
        raise wrong(text, type_) from None


def typed(value: object, type_: Type) -> str:  # noqa: PLR0912  # a case for each kind
    """Return the text that a CSV file would hold for a value, or raise `CellError`.

    A text stands as it is. A boolean, a number or a date must be what the column
    holds: a number is not taken for a text, since `007` would come in as `7`.
    """
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            if type_.kind == "boolean":
                return "true" if value else "false"
        case int():
            if type_.kind in {"integer", "decimal"}:
                return str(value) if abs(value) <= LARGEST else str(Decimal(value))
        case float():
            if type_.kind in {"integer", "decimal"}:
                return typed(Decimal(repr(value)), type_)
        case Decimal():
            if type_.kind in {"integer", "decimal"}:
                return _plain(value, whole=type_.kind == "integer")
        case datetime():
            if type_.kind == "date":
                if value.time().isoformat() != "00:00:00" or value.tzinfo:
                    raise CellError(
                        Code.WRONG_TYPE,
                        f"{shown(value.isoformat(' '))} has a time, "
                        "and a date is expected",
                        "drop the time of day",
                    )
                return value.date().isoformat()
        case date():
            if type_.kind == "date":
                return value.isoformat()
    raise CellError(
        Code.WRONG_TYPE,
        f"{shown(plainly(value))} is {_kind(value)}, "
        f"and {described(type_)} is expected",
        "write it as a text, in quotation marks" if _scalar(value) else "write a value",
    )


def _plain(value: Decimal, *, whole: bool) -> str:
    if not value.is_finite() or abs(value.adjusted()) > _MOST_DIGITS:
        return str(value)
    if value == value.to_integral_value() and (
        whole or int(value.as_tuple().exponent) > 0
    ):
        return str(int(value))
    return format(value, "f")


def plainly(value: object) -> str:
    """Return a value of any format as words for a message."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Mapping():
            return "{…}"
        case list() | tuple():
            return "[…]"
        case _:
            return str(value)


def _kind(value: object) -> str:
    match value:
        case bool():
            return "a boolean"
        case int() | float() | Decimal():
            return "a number"
        case date():
            return "a date"
        case list() | tuple():
            return "a list"
        case Mapping():
            return "an object"
        case _:
            return "something else"


def _scalar(value: object) -> bool:
    return isinstance(value, bool | int | float | Decimal | date)
