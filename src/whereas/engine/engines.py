"""Which engines decide, where the model lives, and whether they agree to the row."""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from whereas.budget import doing, limited
from whereas.diagnostics import IntegrityError, UsageError
from whereas.engine.bodies import encoder
from whereas.engine.certificate import ALWAYS
from whereas.engine.certificate import certify as certified
from whereas.engine.fixpoint import fixpoint
from whereas.engine.incremental_solver import IncrementalSolver
from whereas.engine.model import Model
from whereas.engine.names import constants
from whereas.engine.nesting import require_nested
from whereas.engine.ranked import Ranks, ranked, row_shown, size
from whereas.engine.readings import solve_with_readings
from whereas.engine.sql_store import SqlStore, create_table
from whereas.facts import copy
from whereas.facts.database import quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from whereas.budget import Limits
    from whereas.facts.base import FactBase
    from whereas.facts.database import Database, Dialect
    from whereas.policy.core import Policy, Setting

ENGINES = ("duckdb", "pydatalog", "sqlite")

# With engine "auto" pyDatalog decides as well while stated and derived rows together
# are no more than this: it takes a second for some thousands.
REVIEWED = 4_000


def solve(
    policy: Policy,
    facts: FactBase,
    setting: Setting,
    *,
    engine: str = "auto",
    limits: Limits | None = None,
    certify: bool | None = None,
    progress: Callable[[str], None] | None = None,
    readings: bool = False,
) -> Model:
    """Return the model of a policy over facts, under a setting.

    `engine` is "auto", or one or more of `ENGINES` with commas between: they must
    agree to the row and its round. "auto" is the home of the facts, and pyDatalog
    as well where the model is small. The derived tables are made anew beside the
    stated ones (in a copy, if an SQL engine was asked for that is not the facts'
    home): a model is good until the next `solve` over its fact base. `certify`
    True checks that the model is closed and founded, False does not, None does up
    to `certificate.ALWAYS` rows. With `readings` the cases are decided under each
    other value of an unsettled parameter too (`engine.readings`). `limits` None: those
    of the block that this runs in (`budget.limited`), or else the default ones.

    Raises `UsageError` for an unknown engine, `LimitExceeded`, `IntegrityError`
    where engines differ or the certificate fails, and `Invalid` (E620, E621) where
    a calculation leaves what can be stored.
    """
    engines = _asked(engine, facts.database.dialect)
    with limited(limits):
        # Every text of the policy has its number before a home is copied.
        stored = encoder(setting, facts.database.intern)
        for rule in policy.rules:
            for constant in constants(rule):
                stored(constant)
        by_sql = [name for name in engines if name != "pydatalog"]
        home = facts
        if by_sql and facts.database.dialect not in by_sql:
            home = copy(facts, _dialect(by_sql[0]), policy)
        tried = None
        solver = IncrementalSolver.of(policy, home, setting)
        if readings and policy.subject is not None:
            tried = solve_with_readings(solver, progress)
        elif by_sql:
            solver.solve(progress)
        found: dict[str, Ranks] = {}
        for name in by_sql:
            if name != home.database.dialect:
                base = copy(facts, _dialect(name), policy)
                store = SqlStore(policy, setting, base.database)
                fixpoint(policy.components, store, progress)
                found[name] = ranked(policy, base.database)
                base.database.close()
        small = engine == "auto" and size(policy, home.database) <= REVIEWED
        if small or "pydatalog" in engines:
            from whereas.engine.pydatalog import PydatalogStore

            review = PydatalogStore(policy, setting, home.database)
            fixpoint(policy.components, review, progress)
            found["pydatalog"] = review.rows
            if not by_sql:
                _write(policy, review.rows, home.database)
        decided = tuple(sorted({*by_sql, *found}))
        model = Model(policy, home, setting, decided, certified=False, readings=tried)
        for name, ranks in found.items():
            _compare(model, ranks, name)
        if certify is None:
            certify = size(policy, home.database) <= ALWAYS
        if certify:
            with doing("checking the model"):
                certified(model)
        require_nested(model)
        return replace(model, certified=certify)


def undo(policy: Policy, database: Database) -> None:
    """Remove the derived tables of a policy from a database."""
    for relation in policy.relations.values():
        if not relation.stated:
            database.execute(f"DROP TABLE IF EXISTS {quoted(relation.name)}")


def _asked(engine: str, home: str) -> tuple[str, ...]:
    if engine == "auto":
        return (home,)
    asked = tuple(dict.fromkeys(part.strip() for part in engine.split(",")))
    for name in asked:
        if name not in ENGINES:
            raise UsageError(
                f"unknown engine `{name}`: choose auto, or from {', '.join(ENGINES)}"
            )
    return asked


def _dialect(engine: str) -> Dialect:
    return "sqlite" if engine == "sqlite" else "duckdb"


def _write(policy: Policy, ranks: Ranks, database: Database) -> None:
    """Fill the derived tables with the rows of a store."""
    for component in policy.components:
        for name in component.relations:
            create_table(policy, component, name, database)
            rows = sorted(ranks[name].items())
            if component.recursive:
                database.insert(name, [(*row, number) for row, number in rows])
            else:
                database.insert(name, [row for row, _ in rows])


def _compare(model: Model, other: Ranks, engine: str) -> None:
    """Raise `IntegrityError` at the first row in which two engines differ."""
    policy = model.policy
    ours = ranked(policy, model.database)
    for component in policy.components:
        for name in component.relations:
            mine, theirs = ours[name], dict(other[name])
            if not component.recursive:
                theirs = dict.fromkeys(theirs, 0)
            if mine == theirs:
                continue
            pairs = zip_longest(sorted(mine.items()), sorted(theirs.items()))
            left, right = next(pair for pair in pairs if pair[0] != pair[1])
            first = min(one for one in (left, right) if one is not None)
            rules = ", ".join(f"`{rule.label}`" for rule in policy.rules_of(name))
            raise IntegrityError(
                f"the engines differ: `{row_shown(model, name, first[0])}`, given by "
                f"{rules}, is {_said(mine.get(first[0]))} by {model.database.dialect} "
                f"and {_said(theirs.get(first[0]))} by {engine}"
            )


def _said(number: int | None) -> str:
    if number is None:
        return "not derived"
    return f"derived in round {number}" if number else "derived"
