"""What the engine promises besides the right rows: limits, refusals, agreement."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest
from tests.engine.build import SETTING, atom, facts, policy, rule, term
from tests.engine.test_solve import EDGES, PATH, compared, counted

from whereas.budget import Limits
from whereas.diagnostics import IntegrityError, Invalid, LimitExceeded, UsageError
from whereas.engine import certify, solve, undo
from whereas.engine.bodies import Compiler
from whereas.engine.semijoin import existential, islands
from whereas.engine.sql import heads_sql
from whereas.engine.sql_store import SqlStore
from whereas.facts.database import Duckdb, Sqlite
from whereas.policy.core import Arithmetic, Atom, Not, Policy, Shift
from whereas.values import DATE, INTEGER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whereas.engine.fixpoint import Watch

ENGINES = ("sqlite", "duckdb", "pydatalog")


def closure() -> Policy:
    return policy({"edge": 2}, PATH)


def counter() -> Policy:
    """Count upwards without end."""
    more = Arithmetic("+", term("X"), term(1), INTEGER)
    return policy(
        {"e": 1},
        [
            rule(atom("n", "X"), atom("e", "X")),
            rule(atom("n", "Y"), atom("n", "X"), compared("Y", "=", more, "Y")),
        ],
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_rounds(engine: str) -> None:
    """A row's round is the first in which earlier rounds give it."""
    made = closure()
    model = solve(
        made, facts(made, {"edge": [(1, 2), (2, 3), (3, 4)]}), SETTING, engine=engine
    )
    rows = model.database.query("SELECT a0, a1, round FROM path ORDER BY a0, a1")
    assert rows == [(1, 2, 1), (1, 3, 2), (1, 4, 3), (2, 3, 1), (2, 4, 2), (3, 4, 1)]


@pytest.mark.parametrize("engine", ENGINES)
def test_limit_of_rounds(engine: str) -> None:
    """What grows without bound stops, and says where it was growing."""
    made = counter()
    with pytest.raises(LimitExceeded) as caught:
        solve(
            made,
            facts(made, {"e": [(1,)]}),
            SETTING,
            engine=engine,
            limits=Limits(rounds=50),
        )
    assert str(caught.value) == (
        "stopped at the limit of 50 rounds: it was at `n`, growing by rule `n#1`, "
        "in round 50, after 50 derived rows"
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_limit_of_rows(engine: str) -> None:
    """The number of derived rows is limited."""
    made = counter()
    with pytest.raises(LimitExceeded, match="stopped at the limit of 20 derived rows"):
        solve(
            made,
            facts(made, {"e": [(1,)]}),
            SETTING,
            engine=engine,
            limits=Limits(rows=20),
        )


def product() -> Policy:
    columns = ["A", "B", "C", "D"]
    return policy(
        {"e": 1}, [rule(atom("r", *columns), *(atom("e", one) for one in columns))]
    )


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_time_acts_inside_a_statement(engine: str) -> None:
    """A single statement that takes too long is stopped."""
    made = product()
    with pytest.raises(LimitExceeded, match=r"1 seconds: it was at `r`, growing by"):
        solve(
            made,
            facts(made, {"e": [(n,) for n in range(250)]}),
            SETTING,
            engine=engine,
            limits=Limits(seconds=1),
        )


def test_time_that_is_over_before_a_statement_begins_stops_it() -> None:
    """An interrupt that comes too early is not the only one."""

    class Late(Duckdb):
        def query(
            self, sql: str, parameters: Sequence[object] = ()
        ) -> list[tuple[int, ...]]:
            if sql.startswith('INSERT INTO "r"'):
                time.sleep(0.3)
            return super().query(sql, parameters)

    made = product()
    with pytest.raises(LimitExceeded, match=r"1 seconds: it was at `r`"):
        solve(
            made,
            facts(made, {"e": [(n,) for n in range(250)]}, Late()),
            SETTING,
            engine="duckdb",
            limits=Limits(seconds=1),
        )


def test_rows_act_inside_a_statement() -> None:
    """A single statement that gives too many rows is stopped."""
    made = product()
    with pytest.raises(LimitExceeded, match="limit of 100,000 derived rows"):
        solve(
            made,
            facts(made, {"e": [(n,) for n in range(200)]}),
            SETTING,
            engine="sqlite",
            limits=Limits(rows=100_000),
        )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("least", "refused"), [(10**9, True), (10**9 - 1, False)])
def test_number_too_large(engine: str, least: int, refused: bool) -> None:
    """A product beyond 18 digits is an error in every engine, even if unused."""
    square = Arithmetic("*", term("X"), term("X"), INTEGER)
    made = policy(
        {"e": 1},
        [
            rule(
                atom("r", "X"),
                atom("e", "X"),
                compared("X", "<", 5),
                compared(square, ">", 3),
            )
        ],
    )
    base = facts(made, {"e": [(2,), (least,)]})
    if not refused:
        assert list(solve(made, base, SETTING, engine=engine).rows("r")) == [(2,)]
        return
    with pytest.raises(Invalid) as caught:
        solve(made, base, SETTING, engine=engine)
    assert [d.code.value for d in caught.value.diagnostics] == ["E620"]
    assert "a number calculated in rule `r#0` has more than 18 digits" in str(
        caught.value
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_number_not_reached(engine: str) -> None:
    """What no joined row calculates is no error."""
    square = Arithmetic("*", term("X"), term("X"), INTEGER)
    made = policy(
        {"e": 1, "f": 1},
        [
            rule(
                atom("r", "X"), atom("e", "X"), atom("f", "X"), compared(square, ">", 3)
            )
        ],
    )
    base = facts(made, {"e": [(2,), (10**17,)], "f": [(2,)]})
    assert list(solve(made, base, SETTING, engine=engine).rows("r")) == [(2,)]


@pytest.mark.parametrize("engine", ENGINES)
def test_sum_too_large(engine: str) -> None:
    """A sum is exact beyond 64 bits, and an error beyond 18 digits."""
    total = counted("sum", "S", "X", [atom("e", "X")], [], "S")
    made = policy({"e": 1}, [rule(atom("r", "S"), total)])
    large = 10**18 - 1
    rows = [(large - n,) for n in range(12)]
    with pytest.raises(Invalid, match="E620"):
        solve(made, facts(made, {"e": rows}), SETTING, engine=engine)
    cancelled = [*rows, *((-n,) for (n,) in rows)]
    model = solve(made, facts(made, {"e": cancelled}), SETTING, engine=engine)
    assert list(model.rows("r")) == [(0,)]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("unit", "amount"), [("months", 12), ("days", 1), ("months", 10**17)]
)
def test_date_out_of_range(engine: str, unit: str, amount: int) -> None:
    """A date beyond the year 9999 is an error in every engine."""
    from datetime import date

    later = Shift("+", term("D"), term(amount), unit)
    made = policy(
        {"e": [DATE]},
        [rule(atom("r", "D"), atom("e", "D"), compared(later, ">", "D"))],
        derived={"r": [DATE]},
        month_end="last-day",
    )
    with pytest.raises(Invalid, match="E621"):
        solve(made, facts(made, {"e": [(date(9999, 12, 31),)]}), SETTING, engine=engine)


@pytest.mark.parametrize("home", [Sqlite, Duckdb])
@pytest.mark.parametrize(
    ("engine", "decided"),
    [
        ("auto", None),
        ("duckdb,sqlite", ("duckdb", "sqlite")),
        ("pydatalog", ("pydatalog",)),
        ("sqlite,pydatalog,duckdb", ("duckdb", "pydatalog", "sqlite")),
    ],
)
def test_engines(
    home: type[Sqlite | Duckdb], engine: str, decided: tuple[str, ...] | None
) -> None:
    """The model names the engines that decided; `auto` asks pyDatalog as well."""
    made = closure()
    database = home()
    model = solve(made, facts(made, EDGES, database), SETTING, engine=engine)
    assert model.engines == (decided or tuple(sorted({"pydatalog", database.dialect})))
    assert len(list(model.rows("path"))) == 12
    assert model.certified


def test_unknown_engine() -> None:
    """An engine that is not there is named, with those that are."""
    made = closure()
    with pytest.raises(UsageError, match="unknown engine `prolog`: choose auto"):
        solve(made, facts(made, EDGES), SETTING, engine="prolog")


def test_engines_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    """A difference fails loudly, with the first row and its rules."""
    made = closure()
    insert = SqlStore._insert

    def lossy(
        self: SqlStore, head: Atom, query: str, given: Sequence[int], watch: Watch
    ) -> int:
        some = f"SELECT * FROM ({query}) WHERE a0 <> 2"
        return insert(self, head, some, given, watch)

    monkeypatch.setattr(SqlStore, "_insert", lossy)
    with pytest.raises(IntegrityError) as caught:
        solve(made, facts(made, EDGES), SETTING, engine="sqlite,pydatalog")
    assert str(caught.value) == (
        "the engines differ: `path(1, 1)`, given by `path#0`, `path#1`, is not derived "
        "by sqlite and derived in round 3 by pydatalog"
    )


def test_certificate_names_the_flaw() -> None:
    """A model with a row too many or too few is refused, and the row is named."""
    made = closure()
    model = solve(made, facts(made, EDGES), SETTING, engine="sqlite")
    assert certify(model).rows == 12
    model.database.execute("INSERT INTO path VALUES (4, 4, 2)")
    with pytest.raises(
        IntegrityError, match=r"not founded: no instance .* `path\(4, 4\)`"
    ):
        certify(model)
    model.database.execute("DELETE FROM path WHERE a0 = 4")
    model.database.execute("UPDATE path SET round = 9 WHERE a0 = 1 AND a1 = 1")
    with pytest.raises(IntegrityError, match=r"`path\(1, 1\)` has round 9, but"):
        certify(model)
    model.database.execute("DELETE FROM path WHERE a0 = 1 AND a1 = 1")
    with pytest.raises(IntegrityError, match=r"not closed: .* `path\(1, 1\)`"):
        certify(model)


def test_solving_twice_and_undo() -> None:
    """Derived tables are made anew, and can be taken away."""
    made = closure()
    base = facts(made, EDGES)
    first = list(solve(made, base, SETTING).rows("path"))
    assert list(solve(made, base, SETTING).rows("path")) == first
    undo(made, base.database)
    assert (
        base.database.query("SELECT name FROM sqlite_schema WHERE name = 'path'") == []
    )


def test_other_knowledge_of_pydatalog_is_left_alone() -> None:
    """Somebody else's pyDatalog facts are there afterwards, and not before our eyes."""
    from pyDatalog import Logic, pyEngine

    before = Logic()
    predicate = pyEngine.Pred("r0", 1)
    predicate.prearity = 1
    one = pyEngine.Literal(predicate, [pyEngine.Const(77)])
    pyEngine.assert_(pyEngine.Clause(one, []))
    made = closure()
    model = solve(made, facts(made, EDGES), SETTING, engine="pydatalog")
    assert (77,) not in set(model.rows("path"))
    assert Logic.tl.logic is before
    assert pyEngine.Literal(predicate, [pyEngine.Var("X")]).ask() == [(77,)]


def test_ten_thousand_rounds() -> None:
    """Recursion is a loop: thousands of rounds are no depth."""
    made = closure()
    base = facts(made, {"edge": [(n, n + 1) for n in range(3000)]})
    reach = policy(
        {"edge": 2},
        [
            rule(atom("reach", "Y"), atom("edge", 0, "Y")),
            rule(atom("reach", "Y"), atom("reach", "X"), atom("edge", "X", "Y")),
        ],
    )
    assert sys.getrecursionlimit() < 3000
    model = solve(reach, base, SETTING, engine="sqlite,pydatalog")
    last = model.database.query("SELECT max(round) FROM reach")
    assert last == [(3000,)]


@pytest.mark.parametrize("engine", ENGINES)
def test_too_large_after_many_rounds(engine: str) -> None:
    """A number that only a late round makes too large is an error all the same."""
    step = Arithmetic("*", term("N"), term(10), INTEGER)
    made = policy(
        {"e": 1},
        [
            rule(atom("n", "X"), atom("e", "X")),
            rule(atom("n", "M"), atom("n", "N"), compared("M", "=", step, "M")),
        ],
    )
    with pytest.raises(Invalid) as caught:
        solve(made, facts(made, {"e": [(7,), (0,)]}), SETTING, engine=engine)
    assert "has more than 18 digits" in str(caught.value)


def test_the_usual_limit_of_rounds() -> None:
    """What each round costs does not grow with the rounds before it."""
    made = counter()
    with pytest.raises(LimitExceeded, match="in round 100,000, after 100,000"):
        solve(made, facts(made, {"e": [(1,)]}), SETTING, engine="sqlite")


def compiler(made: Policy) -> Compiler:
    return Compiler.of(made, SETTING, Sqlite().intern, "sqlite")


def test_semijoin_keeps_the_join_connected() -> None:
    """An atom in the middle stays: without it the others would be multiplied."""
    body = [atom("a", "X", "Y"), atom("b", "Y", "Z"), atom("c", "Z")]
    assert existential(body, {"X", "Z"}, set()) == {2}
    apart = [atom("a", "X"), atom("b", "X", "Z"), atom("c", "Z")]
    assert 1 not in existential(apart, {"X", "Z"}, set())
    assert islands([{"X"}, {"Z"}]) == 2
    assert islands([{"X"}, {"X", "Z"}, {"Z"}]) == 1


def test_a_key_makes_distinct_needless() -> None:
    """Where the head determines every joined row, nothing is doubled."""
    made = policy(
        {"a": 2, "b": 2},
        [rule(atom("r", "X", "Z"), atom("a", "X", "Y"), atom("b", "Z", "Y"))],
        keys={"a": (0,), "b": (0,)},
    )
    one = made.rules[0]
    assert heads_sql(compiler(made), one.head, one.body).unique
    narrower = atom("r", "X")
    two = heads_sql(
        compiler(made), narrower, [atom("a", "X", "Y"), atom("b", "Z", "Y")]
    )
    assert two.unique
    assert "EXISTS" in two.sql


def test_nothing_of_a_text_enters_sql() -> None:
    """A constant text is a number in the statement."""
    made = policy(
        {"p": 1}, [rule(atom("r", "X"), atom("p", "X"), Not(atom("p", "evil'; --")))]
    )
    assert "evil" not in heads_sql(compiler(made), *_rule(made)).sql


def _rule(made: Policy) -> Iterator[object]:
    yield made.rules[0].head
    yield made.rules[0].body
