"""Arithmetic on stored integers: exact, bounded, and without a value where it ends.

Every function returns None where an operand is none (or has no value itself), or
the result leaves what can be stored: 18 digits, the years 1 to 9999. Whoever
calculates over joined rows turns a result without a value into E620 or E621.
"""

from __future__ import annotations

import calendar
from datetime import date
from typing import TYPE_CHECKING

from whereas.policy.core import (
    Arithmetic,
    Constant,
    Expression,
    Parameter,
    Shift,
    Variable,
)
from whereas.values import LARGEST, NONE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LAST_DAY = date.max.toordinal()

Number = int | None


def bounded(value: int) -> Number:
    """Return a number, or None if it has more than 18 digits."""
    return value if -LARGEST <= value <= LARGEST else None


def calculate(op: str, left: Number, right: Number) -> Number:
    """Return `left op right`."""
    if left is None or right is None or NONE in (left, right):
        return None
    match op:
        case "+":
            return bounded(left + right)
        case "-":
            return bounded(left - right)
        case _:
            return bounded(left * right)


def shift_days(day: Number, amount: Number) -> Number:
    """Return the day number `amount` days later."""
    moved = calculate("+", day, amount)
    return moved if moved is not None and 1 <= moved <= LAST_DAY else None


def shift_months(day: Number, amount: Number, month_end: str | None) -> Number:
    """Return the day number `amount` months later.

    Where the month has no such day: its last one (`last-day`), or the first of
    the next month (`next-day`).
    """
    if day is None or amount is None or NONE in (day, amount):
        return None
    begin = date.fromordinal(day)
    year, month = divmod(begin.year * 12 + begin.month - 1 + amount, 12)
    if not 1 <= year <= 9999:
        return None
    last = calendar.monthrange(year, month + 1)[1]
    moved = date(year, month + 1, min(begin.day, last)).toordinal()
    return shift_days(moved, int(begin.day > last and month_end == "next-day"))


def shift(
    day: Number, op: str, amount: Number, unit: str, month_end: str | None
) -> Number:
    """Return a date moved by days or months."""
    moved = amount if amount in (None, NONE) or op == "+" else -amount
    if unit == "months":
        return shift_months(day, moved, month_end)
    return shift_days(day, moved)


def evaluate(
    expression: Expression,
    bindings: Mapping[str, Number],
    constant: Callable[[Constant | Parameter], int],
    month_end: str | None,
) -> Number:
    """Return the value of a term or a calculation under a substitution."""
    match expression:
        case Variable(name):
            return bindings[name]
        case Constant() | Parameter():
            return constant(expression)
        case Arithmetic(op, left, right):
            return calculate(
                op,
                evaluate(left, bindings, constant, month_end),
                evaluate(right, bindings, constant, month_end),
            )
        case Shift(op, left, amount, unit):
            return shift(
                evaluate(left, bindings, constant, month_end),
                op,
                evaluate(amount, bindings, constant, month_end),
                unit,
                month_end,
            )


def compare(op: str, left: Number, right: Number) -> bool:
    """Return whether `left op right`; nothing holds of what has no value."""
    if left is None or right is None:
        return False
    match op:
        case "=":
            return left == right
        case "!=":
            return left != right
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case _:
            return left >= right
