"""Comparisons of values that may be unknown, as constraints of a store.

Both sides become sums of unknowns and a number. One unknown is bounded, the
difference of two is limited; whatever else a rule calculates with what is left
open is not searched, and said so (`NotSearchedError`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.change.constraints import Cell, Domain, Store, Unknown
from whereas.engine.arithmetic import LAST_DAY, calculate, compare, shift
from whereas.policy.core import Arithmetic, Constant, Parameter, Shift, Variable
from whereas.values import NONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from whereas.policy.core import Expression

NEGATED = {"=": "!=", "!=": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
TURNED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
ORDERED = {"<", "<=", ">", ">="}


class NotSearchedError(Exception):
    """A way that the search does not follow; the text says which."""


@dataclass(frozen=True, slots=True)
class Sum:
    """Unknowns with their factors, and a number."""

    factors: tuple[tuple[Unknown, int], ...]
    number: int

    def plus(self, other: Sum, sign: int) -> Sum:
        """Return the sum (or the difference) of two."""
        found = dict(self.factors)
        for unknown, factor in other.factors:
            found[unknown] = found.get(unknown, 0) + sign * factor
        kept = tuple(
            sorted(
                ((u, f) for u, f in found.items() if f), key=lambda one: one[0].number
            )
        )
        return Sum(kept, self.number + sign * other.number)


@dataclass(frozen=True, slots=True)
class ShiftedDay:
    """A day that is unknown, moved by months."""

    day: Unknown
    op: str
    months: int


@dataclass(frozen=True, slots=True)
class ExpressionReader:
    """How expressions are read: the cells of variables, constants, the month's end."""

    cell: Callable[[str], Cell]
    stored: Callable[[Constant | Parameter], int]
    month_end: str | None

    def value(self, expression: Expression) -> Sum | ShiftedDay | None:
        """Return what an expression is worth; None where it has no value."""
        match expression:
            case Variable(name):
                return summed(self.cell(name))
            case Constant() | Parameter():
                return summed(self.stored(expression))
            case Arithmetic(op, left, right):
                return self._calculated(op, self.value(left), self.value(right))
            case Shift(op, left, amount, unit):
                return self._shifted(op, self.value(left), self.value(amount), unit)

    def _calculated(
        self, op: str, left: Sum | ShiftedDay | None, right: Sum | ShiftedDay | None
    ) -> Sum | None:
        if left is None or right is None:
            return None
        if isinstance(left, ShiftedDay) or isinstance(right, ShiftedDay):
            raise NotSearchedError("calculations with months of an unknown day")
        if not left.factors and not right.factors:
            found = calculate(op, left.number, right.number)
            return None if found is None else Sum((), found)
        if NONE in (left.number, right.number):
            return None
        if op != "*":
            return left.plus(right, 1 if op == "+" else -1)
        if left.factors:
            left, right = right, left
        if left.factors:
            raise NotSearchedError("products of unknown values")
        by = left.number
        return Sum(
            tuple((u, f * by) for u, f in right.factors if by), right.number * by
        )

    def _shifted(
        self,
        op: str,
        day: Sum | ShiftedDay | None,
        by: Sum | ShiftedDay | None,
        unit: str,
    ) -> Sum | ShiftedDay | None:
        if day is None or by is None:
            return None
        if isinstance(day, ShiftedDay) or isinstance(by, ShiftedDay):
            raise NotSearchedError("calculations with months of an unknown day")
        if not day.factors and not by.factors:
            found = shift(day.number, op, by.number, unit, self.month_end)
            return None if found is None else Sum((), found)
        if NONE in (day.number, by.number):
            return None
        if unit == "days":
            return day.plus(by, 1 if op == "+" else -1)
        if by.factors or day.number or len(day.factors) > 1 or day.factors[0][1] != 1:
            raise NotSearchedError("calculations with months of an unknown day")
        return ShiftedDay(day.factors[0][0], op, by.number)


def summed(cell: Cell) -> Sum:
    """Return a cell as a sum of one."""
    return Sum((), cell) if isinstance(cell, int) else Sum(((cell, 1),), 0)


def holding(
    store: Store,
    op: str,
    left: Sum | ShiftedDay | None,
    right: Sum | ShiftedDay | None,
    month_end: str | None,
) -> Store | None:
    """Return the store in which a comparison holds; None: it cannot."""
    if left is None or right is None:
        return None
    plain = _plain(left, right)
    if plain is not None and op in {"=", "!="}:
        return (store.equate if op == "=" else store.part)(*plain)
    found = _valued(store, left, right)
    if found is None:
        return None
    if isinstance(left, ShiftedDay) or isinstance(right, ShiftedDay):
        return _months(found, op, left, right, month_end)
    total = left.plus(right, -1)
    return _total(found, op, total)


def failing(
    store: Store,
    op: str,
    left: Sum | ShiftedDay | None,
    right: Sum | ShiftedDay | None,
    month_end: str | None,
) -> Iterator[Store]:
    """Yield the stores in which a comparison does not hold."""
    if left is None or right is None:
        yield store
        return
    if _plain(left, right) is None or op in ORDERED:
        for unknown in _unknowns(left, right):
            domain = store.domain(unknown)
            if domain.none:
                none = store.equate(unknown, NONE)
                if none is not None:
                    yield none
    found = holding(store, NEGATED[op], left, right, month_end)
    if found is not None:
        yield found


def _plain(left: Sum | ShiftedDay, right: Sum | ShiftedDay) -> tuple[Cell, Cell] | None:
    """Return both sides as cells, if each is one."""
    cells: list[Cell] = []
    for side in (left, right):
        if isinstance(side, ShiftedDay):
            return None
        if not side.factors:
            cells.append(side.number)
        elif len(side.factors) == 1 and side.factors[0][1] == 1 and not side.number:
            cells.append(side.factors[0][0])
        else:
            return None
    return cells[0], cells[1]


def _unknowns(*sides: Sum | ShiftedDay) -> list[Unknown]:
    found: list[Unknown] = []
    for side in sides:
        found += (
            [side.day] if isinstance(side, ShiftedDay) else [u for u, _ in side.factors]
        )
    return found


def _valued(store: Store, *sides: Sum | ShiftedDay) -> Store | None:
    """Return the store in which nothing that is ordered or calculated is `none`."""
    found: Store | None = store
    for side in sides:
        if isinstance(side, Sum) and not side.factors and side.number == NONE:
            return None
        for unknown in _unknowns(side):
            found = found and found.known(unknown)
    return found


def _total(store: Store, op: str, total: Sum) -> Store | None:
    """Let a sum compare with nought."""
    factors = total.factors
    if not factors:
        return store if compare(op, total.number, 0) else None
    if len(factors) == 1:
        return _bounded(store, op, factors[0], total.number)
    if len(factors) == 2 and {f for _, f in factors} == {1, -1}:
        (one, factor), (other, _) = factors
        if factor == -1:
            one, other = other, one
        return _apart(store, op, one, other, -total.number)
    raise NotSearchedError("calculations with several unknown values")


def _bounded(
    store: Store, op: str, factor: tuple[Unknown, int], number: int
) -> Store | None:
    """Let `factor * unknown + number` compare with nought."""
    unknown, by = factor
    if by < 0:
        op, by, number = TURNED[op], -by, -number
    floor, exact = -number // by, number % by == 0
    match op:
        case "=":
            return store.equate(unknown, floor) if exact else None
        case "!=":
            return store.part(unknown, floor) if exact else store
        case "<=":
            return store.narrow(unknown, _values(high=floor))
        case "<":
            return store.narrow(unknown, _values(high=floor - exact))
        case ">=":
            return store.narrow(unknown, _values(low=floor + (not exact)))
        case _:
            return store.narrow(unknown, _values(low=floor + 1))


def _values(low: int | None = None, high: int | None = None) -> Domain:
    return Domain(low, high)


def _apart(
    store: Store, op: str, one: Unknown, other: Unknown, by: int
) -> Store | None:
    """Let `one - other` compare with a number."""
    match op:
        case "<=":
            return store.within(one, other, by)
        case "<":
            return store.within(one, other, by - 1)
        case ">=":
            return store.within(other, one, -by)
        case ">":
            return store.within(other, one, -by - 1)
        case "=":
            found = store.within(one, other, by)
            return found and found.within(other, one, -by)
    raise NotSearchedError("unknown values that are to differ by other than a number")


def _months(
    store: Store,
    op: str,
    left: Sum | ShiftedDay,
    right: Sum | ShiftedDay,
    month_end: str | None,
) -> Store | None:
    """Let a day moved by months compare with a day that is known."""
    if isinstance(right, ShiftedDay):
        left, right, op = right, left, TURNED[op]
    if isinstance(right, ShiftedDay) or right.factors:
        raise NotSearchedError("calculations with months of an unknown day")
    assert isinstance(left, ShiftedDay)  # noqa: S101
    moved, day = left, right.number

    def at(begin: int) -> int:
        found = shift(begin, moved.op, moved.months, "months", month_end)
        if found is None:
            months = moved.months if moved.op == "+" else -moved.months
            return 10**9 if months > 0 else -(10**9)
        return found

    # The move keeps the order of days, so each bound is one day: found by halving.
    def first(test: Callable[[int], bool]) -> int:
        low, high = 1, LAST_DAY + 1
        while low < high:
            middle = (low + high) // 2
            if test(at(middle)):
                high = middle
            else:
                low = middle + 1
        return low

    from_, beyond = first(lambda d: d >= day), first(lambda d: d > day)
    match op:
        case "<":
            return store.narrow(moved.day, _values(high=from_ - 1))
        case "<=":
            return store.narrow(moved.day, _values(high=beyond - 1))
        case ">":
            return store.narrow(moved.day, _values(low=beyond))
        case ">=":
            return store.narrow(moved.day, _values(low=from_))
        case "=":
            return store.narrow(moved.day, _values(low=from_, high=beyond - 1))
    raise NotSearchedError("calculations with months of an unknown day")
