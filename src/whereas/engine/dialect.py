"""The few places where SQLite's and DuckDB's SQL differ: checked arithmetic, sums.

A calculation whose result cannot be stored gives NULL in both, as in
`whereas.engine.arithmetic`; no row with such a result passes a test. Whether one
was reached is asked separately (`whereas.engine.reach`), so that it does not
depend on the order in which a planner evaluates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from whereas.engine import arithmetic
from whereas.facts.database import Sqlite
from whereas.values import LARGEST

if TYPE_CHECKING:
    from whereas.facts.database import Database, Dialect

# In this form both read it as a 64-bit integer; the plain one overflows before the
# minus sign is applied.
NONE_SQL = "(-9223372036854775807 - 1)"

# What a sum beyond 18 digits gives: NULL is the sum of no rows.
TOO_LARGE = LARGEST + 1

_EPOCH = "DATE '0001-01-01'"


class _Total:
    """SQLite's `sum`, exact beyond 64 bits."""

    def __init__(self) -> None:
        self.total = 0

    def step(self, value: int | None) -> None:
        self.total += value or 0

    def finalize(self) -> int:
        bounded = arithmetic.bounded(self.total)
        return TOO_LARGE if bounded is None else bounded


def prepare(database: Database) -> None:
    """Give a database the functions that compiled rules call; may be done twice."""
    if not isinstance(database, Sqlite):
        return
    connection = database.connection
    for name, op in (("plus", "+"), ("minus", "-"), ("times", "*")):
        connection.create_function(
            f"whereas_{name}",
            2,
            lambda left, right, op=op: arithmetic.calculate(op, left, right),
            deterministic=True,
        )
    connection.create_function(
        "whereas_days", 2, arithmetic.shift_days, deterministic=True
    )
    for end in ("last-day", "next-day"):
        connection.create_function(
            f"whereas_months_{end.replace('-', '_')}",
            2,
            lambda day, n, end=end: arithmetic.shift_months(day, n, end),
            deterministic=True,
        )
    connection.create_aggregate("whereas_sum", 1, _Total)


def calculated(dialect: Dialect, op: str, left: str, right: str) -> str:
    """Return `left op right`, NULL where it has more than 18 digits."""
    match dialect:
        case "sqlite":
            name = {"+": "plus", "-": "minus", "*": "times"}[op]
            return f"whereas_{name}({left}, {right})"
        case "duckdb":
            # DECIMAL(18, 0) holds exactly the numbers that may be stored.
            return (
                f"TRY_CAST(({left})::HUGEINT {op} ({right})::HUGEINT"
                " AS DECIMAL(18, 0))::BIGINT"
            )
        case _:
            assert_never(dialect)


def shifted(
    dialect: Dialect, day: str, amount: str, unit: str, month_end: str | None
) -> str:
    """Return a date moved by days or months, NULL where it leaves the calendar."""
    if dialect == "sqlite":
        if unit == "days":
            return f"whereas_days({day}, {amount})"
        end = (month_end or "last-day").replace("-", "_")
        return f"whereas_months_{end}({day}, {amount})"
    if unit == "days":
        return _in_calendar(f"({day}) + {_clamped(amount, 4_000_000)}", amount)
    begin = f"({_EPOCH} + CAST(({day}) - 1 AS INTEGER))"
    months = f"to_months(CAST({_clamped(amount, 200_000)} AS INTEGER))"
    moved = f"CAST({begin} + {months} AS DATE)"
    number = f"({moved} - {_EPOCH} + 1)"
    if month_end == "next-day":
        number += f" + CAST(day({moved}) < day({begin}) AS BIGINT)"
    return _in_calendar(f"({number})", amount)


def only_filters(test: str) -> str:
    """Return a comparison of two tables' columns in a form that never makes a join.

    DuckDB takes `a.x <= b.y` for a way to join a and b, and so may join two tables
    that nothing else connects: seconds instead of a tenth of one.
    """
    return f"CASE WHEN {test} THEN 1 ELSE 0 END = 1"


def total(dialect: Dialect, expression: str) -> str:
    """Return the sum of a group, `TOO_LARGE` where it has more than 18 digits."""
    if dialect == "sqlite":
        return f"whereas_sum({expression})"
    exact = f"TRY_CAST(coalesce(sum({expression}), 0) AS DECIMAL(18, 0))::BIGINT"
    return f"coalesce({exact}, {TOO_LARGE})"


def _clamped(amount: str, most: int) -> str:
    return f"least(greatest(({amount}), {-most}), {most})"


def _in_calendar(number: str, amount: str) -> str:
    last = arithmetic.LAST_DAY
    # DuckDB's greatest and least skip NULL, so an amount without a value is asked for.
    return (
        f"CASE WHEN ({amount}) IS NOT NULL AND ({number}) BETWEEN 1 AND {last}"
        f" THEN ({number}) END"
    )
