"""The budget of a block: what exceeds it stops, and says what was being done."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

import pytest

from whereas.budget import (
    LEAST_MEMORY,
    Limits,
    check,
    current,
    current_limits,
    doing,
    in_units,
    limited,
)
from whereas.diagnostics import LimitExceeded, UsageError
from whereas.facts.database import Database, Duckdb, Sqlite

ENDLESS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i % 1000 + 1 FROM n) "
    "SELECT count(*) FROM n"
)


@pytest.mark.parametrize("seconds", [math.nan, math.inf, -math.inf, 0.0, -1.0])
def test_a_number_that_is_no_limit_is_refused(seconds: float) -> None:
    with pytest.raises(UsageError, match="a number above 0"):
        Limits(seconds=seconds)


def test_other_limits_have_a_least_value() -> None:
    with pytest.raises(UsageError, match="rows"):
        Limits(rows=0)
    with pytest.raises(UsageError, match="rounds"):
        Limits(rounds=0)
    with pytest.raises(UsageError, match="128MB"):
        Limits(memory=LEAST_MEMORY - 1)


def test_a_loop_that_checks_stops_and_says_what_it_did() -> None:
    def loop() -> None:
        with limited(Limits(seconds=0.1)), doing("it was counting"):
            while True:
                check()

    with pytest.raises(LimitExceeded, match=r"limit of 0\.1 seconds: it was counting"):
        loop()


@pytest.mark.parametrize("home", [Sqlite, Duckdb])
def test_a_statement_is_interrupted(home: Callable[[], Database]) -> None:
    with limited(Limits(seconds=0.3)):
        database = home()
        with pytest.raises(LimitExceeded, match=r"limit of 0\.3 seconds"):
            database.query(ENDLESS)


@pytest.mark.parametrize("home", [Sqlite, Duckdb])
def test_what_stops_a_block_is_raised_when_the_statement_ends(
    home: Callable[[], Database],
) -> None:
    with limited() as budget:
        database = home()
        timer = threading.Timer(0.2, budget.stop, [KeyboardInterrupt()])
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            database.query(ENDLESS)
        # It is not lost where somebody caught it.
        with pytest.raises(KeyboardInterrupt):
            check()


def test_rows_that_do_not_fit_into_memory_are_a_limit() -> None:
    rows = "SELECT i, hash(i)::VARCHAR || repeat('x', 100) FROM range(10000000) t(i)"
    with (
        limited(Limits(memory=LEAST_MEMORY)),
        pytest.raises(LimitExceeded, match="128MB of memory"),
    ):
        Duckdb().execute(f"CREATE TABLE t AS {rows}")


def test_sqlite_holds_no_more_pages_than_fit() -> None:
    with limited(Limits(memory=LEAST_MEMORY)):
        database = Sqlite()
        database.execute("PRAGMA max_page_count = 100")
        database.execute("CREATE TABLE t (text)")
        with pytest.raises(LimitExceeded, match="of memory"):
            database.execute("INSERT INTO t VALUES (zeroblob(1000000))")


def test_the_narrower_limits_hold() -> None:
    with limited(Limits(seconds=50, memory=10**9)) as outer:
        with limited() as same:
            assert same is outer
        with limited(Limits(seconds=500, rows=7)) as inner:
            assert inner.until == outer.until
            assert inner.memory == 10**9
            assert current_limits().rows == 7
        assert current() is outer
    assert current() is None
    assert current_limits() == Limits()


def test_a_python_list_that_does_not_fit_is_a_limit() -> None:
    def grow() -> None:
        with limited(Limits(memory=LEAST_MEMORY)), doing("it was growing"):
            kept = []
            while True:
                kept.append(bytearray(10**6))
                check()

    with pytest.raises(LimitExceeded, match="128MB of memory: it was growing"):
        grow()


def test_an_amount_of_memory_is_written_as_the_option_takes_it() -> None:
    assert in_units(2 * 10**9) == "2GB"
    assert in_units(1_500_000_000) == "1500MB"
    assert in_units(1_500_000_001) == "1500MB"
