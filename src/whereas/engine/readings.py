"""The same facts decided under another reading of the law: one solve for each.

A parameter that is `unsettled` stands for a reading that the law leaves open. Its
other values are tried one at a time, never together, and each is one more solve over
all cases. What is kept of it is a table: the cases whose outcome differs, with it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from whereas.engine.bodies import encoder
from whereas.engine.fixpoint import fixpoint
from whereas.engine.model import Reading
from whereas.engine.sql_store import SqlStore
from whereas.facts.database import quoted
from whereas.policy.core import Variable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from whereas.facts.base import FactBase
    from whereas.facts.database import Database
    from whereas.policy.core import Atom, Policy, Setting
    from whereas.values import Value

# More stated facts than this are decided again only if asked to.
MANY = 1_000_000


def tries_readings(facts: FactBase, wish: bool | None = None) -> bool:
    """Return whether other readings are tried: as wished, or unless facts are many."""
    return facts.size <= MANY if wish is None else wish


def other_readings(policy: Policy, setting: Setting) -> tuple[tuple[str, Value], ...]:
    """Return the other values of each unsettled parameter, in their order.

    Only a parameter with known values has others: an enumeration, or a boolean.
    """
    found: list[tuple[str, Value]] = []
    for name, definition in policy.parameters.items():
        if not definition.unsettled:
            continue
        values: tuple[Value, ...] = tuple(definition.type.members or ())
        if definition.type.kind == "boolean":
            values = (False, True)
        chosen = setting.parameters[name]
        found += [(name, value) for value in values if value != chosen]
    return tuple(found)


def decided_again(
    policy: Policy,
    setting: Setting,
    database: Database,
    progress: Callable[[str], None] | None = None,
) -> tuple[Reading, ...]:
    """Decide under each other reading; the outcomes of all cases are kept as tables.

    The derived tables are those of the last reading then: the model itself is to be
    solved after this.
    """
    found = []
    for number, (name, value) in enumerate(other_readings(policy, setting), 1):
        other = replace(setting, parameters={**setting.parameters, name: value})
        store = SqlStore(policy, other, database)
        fixpoint(policy.components, store, progress)
        table = f"reading {number}"
        database.execute(f"DROP TABLE IF EXISTS {quoted(table)}")
        database.execute(
            f"CREATE TABLE {quoted(table)} AS {_outcomes(policy, other, database)}"
        )
        found.append(Reading(name, value, table))
    return tuple(found)


def keep_differences(
    policy: Policy, setting: Setting, database: Database, readings: Sequence[Reading]
) -> None:
    """Drop the cases that each reading decides like the model, which is solved now."""
    if not readings:
        return
    database.execute(
        f"CREATE TEMP TABLE {quoted('as read')} AS "
        f"{_outcomes(policy, setting, database)}"
    )
    for one in readings:
        table = quoted(one.table)
        database.execute(
            f"DELETE FROM {table} WHERE EXISTS (SELECT 1 FROM {quoted('as read')} AS m "
            f"WHERE m.row = {table}.row AND m.o = {table}.o)"
        )
    database.execute(f"DROP TABLE {quoted('as read')}")


def _outcomes(policy: Policy, setting: Setting, database: Database) -> str:
    """Return the query of each case's `row` and the number `o` of its outcome."""
    assert policy.subject is not None  # noqa: S101
    subject = policy.relations[policy.subject]
    places = {(subject.columns[place].name or ""): place for place in subject.key}
    names = {name[:1].upper() + name[1:]: place for name, place in places.items()}
    stored = encoder(setting, database.intern)

    def holds(goal: Atom) -> str:
        tests = []
        for at, term in enumerate(goal.terms):
            if isinstance(term, Variable):
                tests.append(f"g.a{at} = x.a{names[term.name]}")
            else:
                tests.append(f"g.a{at} = {stored(term)}")
        where = " AND ".join(tests)
        return f"EXISTS (SELECT 1 FROM {quoted(goal.relation)} AS g WHERE {where})"

    whens = [
        f"WHEN {holds(one.goal)} THEN {number}"
        for number, one in enumerate(policy.outcomes)
        if one.goal is not None
    ]
    last = len(policy.outcomes) - 1
    rest = last if policy.outcomes[last].goal is None else -1
    chosen = f"CASE {' '.join(whens)} ELSE {rest} END" if whens else str(rest)
    return f"SELECT x.row AS row, {chosen} AS o FROM {quoted(subject.name)} AS x"
