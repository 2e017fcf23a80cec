"""Small programs with known models, in both homes of the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import pytest
from tests.engine.build import SETTING, atom, facts, policy, rule, term

from whereas.engine import solve
from whereas.facts.database import Duckdb, Sqlite
from whereas.policy.core import (
    Aggregate,
    Arithmetic,
    Comparison,
    Either,
    Literal,
    Membership,
    Not,
    Policy,
    Shift,
)
from whereas.values import DATE, INTEGER, TEXT, Type, Value

ENGINES = ("sqlite", "duckdb", "pydatalog")
Rows = Mapping[str, Iterable[Sequence[Value]]]
OPTIONAL = Type("integer", optional=True)


def model(made: Policy, rows: Rows, engine: str, relation: str) -> list[object]:
    home = Duckdb() if engine == "duckdb" else Sqlite()
    solved = solve(made, facts(made, rows, home), SETTING, engine=engine)
    return list(solved.rows(relation))


def compared(left: object, op: str, right: object, binds: str | None = None) -> Literal:
    return Comparison(op, term(left), term(right), binds)


def counted(
    function: str,
    target: object,
    of: object,
    body: Sequence[Literal],
    group: Sequence[str],
    binds: str | None = None,
) -> Literal:
    return Aggregate(
        term(target),  # type: ignore[arg-type]
        function,
        None if of is None else term(of),  # type: ignore[arg-type]
        tuple(body),
        tuple(group),
        INTEGER,
        binds,
    )


EDGES = {"edge": [(1, 2), (2, 3), (3, 1), (3, 4)]}
PATH = [
    rule(atom("path", "X", "Y"), atom("edge", "X", "Y")),
    rule(atom("path", "X", "Z"), atom("edge", "X", "Y"), atom("path", "Y", "Z")),
]
PAIRS = {"p": [(1, 10), (1, 20), (2, 5), (3, 0)], "q": [(1,), (2,), (3,), (4,)]}

Case = tuple[str, Callable[[], Policy], Rows, str, list[tuple[Value, ...]]]
CASES: list[Case] = [
    (
        "join",
        lambda: policy(
            {"p": 2, "q": 1},
            [rule(atom("r", "Y"), atom("q", "X"), atom("p", "X", "Y"))],
        ),
        {"p": [(1, 10), (2, 10), (3, 30)], "q": [(1,), (2,)]},
        "r",
        [(10,)],
    ),
    (
        "repeated variables and constants",
        lambda: policy(
            {"p": 2},
            [
                rule(atom("r", "X", "X"), atom("p", "X", "X")),
                rule(atom("r", 7, "Y"), atom("p", 1, "Y")),
            ],
        ),
        {"p": [(1, 1), (1, 2), (3, 3), (4, 3)]},
        "r",
        [(1, 1), (3, 3), (7, 1), (7, 2)],
    ),
    (
        "closure of a cycle",
        lambda: policy({"edge": 2}, PATH),
        EDGES,
        "path",
        [(x, y) for x in (1, 2, 3) for y in (1, 2, 3, 4)],
    ),
    (
        "negation of a closure, with any",
        lambda: policy(
            {"edge": 2},
            [
                *PATH,
                rule(
                    atom("stuck", "Y"),
                    atom("edge", "_1", "Y"),
                    Not(atom("path", "Y", "_2")),
                ),
            ],
        ),
        EDGES,
        "stuck",
        [(4,)],
    ),
    (
        "texts, memberships, none",
        lambda: policy(
            {"p": [TEXT, OPTIONAL]},
            [
                rule(
                    atom("r", "X"),
                    atom("p", "X", "Y"),
                    Membership(term("X"), (term("a'b"), term("é")), negated=False),  # type: ignore[arg-type]
                    Either(
                        (
                            (compared("Y", "=", None),),
                            (compared("Y", ">", 3),),
                        )
                    ),
                ),
            ],
            derived={"r": [TEXT]},
        ),
        {"p": [("a'b", None), ("é", 2), ("é", 4), ("c", 9)]},
        "r",
        [("a'b",), ("é",)],
    ),
    (
        "a generating alternative",
        lambda: policy(
            {"p": 2, "q": 1},
            [
                rule(
                    atom("r", "X", "Y"),
                    atom("q", "X"),
                    Either(
                        (
                            (atom("p", "X", "Y"),),
                            (compared("Y", "=", 99, "Y"), compared("X", ">", 3)),
                        ),
                        binds=("Y",),
                    ),
                )
            ],
        ),
        PAIRS,
        "r",
        [(1, 10), (1, 20), (2, 5), (3, 0), (4, 99)],
    ),
    (
        "a filter with atoms",
        lambda: policy(
            {"p": 2, "q": 1},
            [
                rule(
                    atom("r", "X"),
                    atom("q", "X"),
                    Either(
                        (
                            (atom("p", "X", "Z"), compared("Z", ">", 10)),
                            (Not(atom("p", "X", "_1")),),
                        )
                    ),
                )
            ],
        ),
        PAIRS,
        "r",
        [(1,), (4,)],
    ),
    (
        "count and sum of nothing are 0",
        lambda: policy(
            {"p": 2, "q": 1},
            [
                rule(
                    atom("r", "X", "N", "S"),
                    atom("q", "X"),
                    counted("count", "N", None, [atom("p", "X", "_1")], ["X"], "N"),
                    counted("sum", "S", "Y", [atom("p", "X", "Y")], ["X"], "S"),
                )
            ],
        ),
        PAIRS,
        "r",
        [(1, 2, 30), (2, 1, 5), (3, 1, 0), (4, 0, 0)],
    ),
    (
        "minimum of nothing does not hold",
        lambda: policy(
            {"p": 2, "q": 1},
            [
                rule(
                    atom("r", "X", "M"),
                    atom("q", "X"),
                    counted("min", "M", "Y", [atom("p", "X", "Y")], ["X"], "M"),
                )
            ],
        ),
        PAIRS,
        "r",
        [(1, 10), (2, 5), (3, 0)],
    ),
    (
        "a bound target tests",
        lambda: policy(
            {"p": 2, "q": 1},
            [
                rule(
                    atom("r", "X"),
                    atom("q", "X"),
                    counted("count", "X", None, [atom("p", "Z", "_1")], []),
                ),
                rule(
                    atom("r", "X"),
                    atom("q", "X"),
                    counted("max", 20, "Y", [atom("p", "X", "Y")], ["X"]),
                ),
            ],
        ),
        PAIRS,
        "r",
        [(1,), (4,)],
    ),
    (
        "a group that is only compared",
        lambda: policy(
            {"p": 2, "q": 1},
            [
                rule(
                    atom("r", "X", "N"),
                    atom("q", "X"),
                    counted(
                        "count",
                        "N",
                        None,
                        [atom("p", "Z", "_1"), compared("Z", "<", "X")],
                        ["X"],
                        "N",
                    ),
                )
            ],
        ),
        PAIRS,
        "r",
        [(1, 0), (2, 2), (3, 3), (4, 4)],
    ),
    (
        "arithmetic",
        lambda: policy(
            {"p": 2},
            [
                rule(
                    atom("r", "Z"),
                    atom("p", "X", "Y"),
                    compared("Y", "!=", None),
                    compared(
                        "Z",
                        "=",
                        Arithmetic(
                            "*",
                            Arithmetic("+", term("X"), term("Y"), INTEGER),
                            term(-2),
                            INTEGER,
                        ),
                        "Z",
                    ),
                )
            ],
        ),
        PAIRS,
        "r",
        [(-42,), (-22,), (-14,), (-6,)],
    ),
    (
        "decimals are exact",
        lambda: policy(
            {"p": [Type("decimal", 2)]},
            [
                rule(
                    atom("r", "X"), atom("p", "X"), compared("X", ">=", Decimal("0.30"))
                )
            ],
            derived={"r": [Type("decimal", 2)]},
        ),
        {"p": [(Decimal("0.3"),), (Decimal("0.29"),)]},
        "r",
        [(Decimal("0.30"),)],
    ),
    (
        "facts of the policy",
        lambda: policy({}, [rule(atom("r", 1)), rule(atom("r", 2))]),
        {},
        "r",
        [(1,), (2,)],
    ),
    (
        "two unconnected parts",
        lambda: policy(
            {"p": 2, "q": 1},
            [rule(atom("r", "X"), atom("q", "X"), atom("p", "_1", "_2"))],
        ),
        PAIRS,
        "r",
        [(1,), (2,), (3,), (4,)],
    ),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_case(case: Case, engine: str) -> None:
    """Every engine gives the known model."""
    _, made, rows, relation, expected = case
    assert model(made(), rows, engine, relation) == expected


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("month_end", "unit", "amount", "expected"),
    [
        ("last-day", "months", 1, date(2023, 2, 28)),
        ("next-day", "months", 1, date(2023, 3, 1)),
        ("last-day", "months", 13, date(2024, 2, 29)),
        ("next-day", "months", 13, date(2024, 3, 1)),
        ("last-day", "months", 2, date(2023, 3, 31)),
        ("next-day", "months", 12, date(2024, 1, 31)),
        ("next-day", "months", -2, date(2022, 12, 1)),
        ("last-day", "months", -23, date(2021, 2, 28)),
        ("next-day", "days", 30, date(2023, 3, 2)),
        ("next-day", "days", -31, date(2022, 12, 31)),
    ],
)
def test_shift(
    month_end: str, unit: str, amount: int, expected: date, engine: str
) -> None:
    """A date moves by days and months as the policy's month end says."""
    start = date(2023, 1, 31)
    moved = Shift("+" if amount > 0 else "-", term("D"), term(abs(amount)), unit)
    made = policy(
        {"p": [DATE]},
        [rule(atom("r", "E"), atom("p", "D"), compared("E", "=", moved, "E"))],
        derived={"r": [DATE]},
        month_end=month_end,
    )
    assert model(made, {"p": [(start,)]}, engine, "r") == [(expected,)]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("op", "unit", "expected"),
    [
        ("-", "days", date(2026, 2, 1)),
        ("+", "days", date(2026, 1, 30)),
        ("-", "months", date(2026, 2, 28)),
        ("+", "months", date(2025, 12, 31)),
    ],
)
def test_a_day_is_moved_by_a_negative_number(
    engine: str, op: str, unit: str, expected: date
) -> None:
    made = policy(
        {"p": [DATE]},
        [
            rule(
                atom("r", "E"),
                atom("p", "D"),
                compared("E", "=", Shift(op, term("D"), term(-1), unit), "E"),
            )
        ],
        derived={"r": [DATE]},
        month_end="last-day",
    )
    start = date(2026, 1, 31)
    assert model(made, {"p": [(start,)]}, engine, "r") == [(expected,)]
