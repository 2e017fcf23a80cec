"""Values as functions of a day that moves, and the days at which they compare anew.

A *form* is a stored integer (it stays as it is), a line `slope * day + offset`, or
a calculation over forms: a date moved by months, say, which grows with the day but
not evenly. Where two forms are compared, the truth turns on few days, and they are
found without trying each: a line is solved, what only grows is halved.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from whereas.engine.arithmetic import calculate, shift
from whereas.values import NONE

FIRST, LAST = 1, date.max.toordinal()


@dataclass(frozen=True, slots=True)
class Linear:
    """`slope * day + offset`; the slope is not 0."""

    slope: int
    offset: int


@dataclass(frozen=True, slots=True)
class Curve:
    """A calculation with the day in it: `left op right`, or a date moved by `unit`.

    `growth` says whether its value only grows with the day (1), only falls (-1),
    or neither (0).
    """

    op: str
    left: Form
    right: Form
    unit: str
    growth: int


@dataclass(frozen=True, slots=True)
class Varying:
    """A value that is not known before it is decided: a count, a sum.

    It stays the same as long as nothing beneath it turns. `moving` says that the
    day itself is part of it, so that it differs from one day to the next.
    """

    moving: bool = False


Form = int | Linear | Curve | Varying
DAY = Linear(1, 0)
COUNTED = Varying()


class UnsolvableError(Exception):
    """The days at which two forms compare anew cannot be found without trying."""


def moves(form: Form) -> bool:
    """Return whether a form's value changes with the day."""
    return isinstance(form, Linear | Curve) or (
        isinstance(form, Varying) and form.moving
    )


def growth(form: Form) -> int:
    """Return 1 for what only grows with the day, -1 for what falls, 0 for others."""
    match form:
        case Linear(slope, _):
            return 1 if slope > 0 else -1
        case Curve():
            return form.growth
    return 0


def combined(op: str, left: Form, right: Form) -> Form | None:
    """Return `left op right`; None, where it has no value on any day."""
    if isinstance(left, Varying) or isinstance(right, Varying):
        return Varying(moves(left) or moves(right))
    if NONE in (left, right):
        return None
    if isinstance(left, int) and isinstance(right, int):
        return calculate(op, left, right)
    line = _line(op, left, right)
    if line is not None:
        return line
    return Curve(op, left, right, "", _growth(op, left, right))


def _line(op: str, left: Form, right: Form) -> Form | None:
    """Return the result where it is a line, or the same on every day."""
    parts = [
        (0, one) if isinstance(one, int) else (one.slope, one.offset)
        for one in (left, right)
        if isinstance(one, int | Linear)
    ]
    if len(parts) < 2:
        return None
    (slope, offset), (other, more) = parts
    match op:
        case "+":
            slope, offset = slope + other, offset + more
        case "-":
            slope, offset = slope - other, offset - more
        case _ if slope and other:
            return None
        case _:
            slope, offset = slope * more + other * offset, offset * more
    return Linear(slope, offset) if slope else offset


def _growth(op: str, left: Form, right: Form) -> int:
    first, second = growth(left), growth(right)
    match op:
        case "+" if isinstance(left, int) or isinstance(right, int) or first == second:
            return first or second
        case "-" if isinstance(right, int):
            return first
        case "-" if isinstance(left, int) or first == -second:
            return -second
        case "*" if isinstance(right, int):
            return first if right > 0 else -first if right else 0
        case "*" if isinstance(left, int):
            return second if left > 0 else -second if left else 0
    return 0


def shifted(
    op: str, day: Form, amount: Form, unit: str, month_end: str | None
) -> Form | None:
    """Return a date moved by days or months; None, where it has no value."""
    if unit == "days" and not isinstance(day, Curve):
        return combined(op, day, amount)
    if isinstance(day, Varying) or isinstance(amount, Varying):
        return Varying(moves(day) or moves(amount))
    if NONE in (day, amount):
        return None
    if isinstance(day, int) and isinstance(amount, int):
        return shift(day, op, amount, unit, month_end)
    grows = growth(day) if isinstance(amount, int) else 0
    return Curve(op, day, amount, unit, grows)


def valued(form: Form, day: int, month_end: str | None) -> int | None:
    """Return the value of a form on a day; None beyond what can be stored."""
    match form:
        case int():
            return form
        case Linear(slope, offset):
            return slope * day + offset
        case Curve(op, left, right, unit):
            first = valued(left, day, month_end)
            second = valued(right, day, month_end)
            if unit:
                return shift(first, op, second, unit, month_end)
            return calculate(op, first, second)
        case Varying():
            raise UnsolvableError


def turns(left: Form, right: Form, month_end: str | None) -> set[int]:
    """Return the days at which some comparison of two forms, `=` or `<`, can turn.

    There may be days among them on which it does not turn. Raises
    `UnsolvableError` where only trying every day would tell.
    """
    if not (moves(left) or moves(right)) or NONE in (left, right):
        return set()
    apart = combined("-", left, right)
    if isinstance(apart, int) or apart is None:
        return set()
    grows = growth(apart)
    if not grows:
        raise UnsolvableError
    found = set()
    # Where the difference reaches 0, and where it leaves it.
    for level in (0, 1):
        bound = level if grows > 0 else 1 - level
        day = _first(apart, bound, grows, month_end)
        if day is not None:
            found.add(day)
    return found


def _first(form: Form, bound: int, grows: int, month_end: str | None) -> int | None:
    """Return the first day on which a form that only grows is `bound` or more.

    Of a form that only falls: on which it is below `bound`. None: there is no turn.
    """
    if isinstance(form, Linear):
        # slope * day + offset >= bound, or < bound where it falls.
        if form.slope > 0:
            day = -((form.offset - bound) // form.slope)
        else:
            day = (form.offset - bound) // -form.slope + 1
        return day if FIRST < day <= LAST else None
    low, high = FIRST, LAST
    while low < high:
        middle = (low + high) // 2
        value = valued(form, middle, month_end)
        if value is None:
            # Beyond the calendar, where no rule can be decided: look nearer.
            reached = middle > (FIRST + LAST) // 2
        else:
            reached = value >= bound if grows > 0 else value < bound
        if reached:
            high = middle
        else:
            low = middle + 1
    ends = (low - 1, low)
    known = all(valued(form, day, month_end) is not None for day in ends if day)
    return low if FIRST < low < LAST and known else None
