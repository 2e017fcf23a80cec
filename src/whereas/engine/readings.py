"""The same facts decided under another reading of the law.

A parameter that is `unsettled` stands for a reading that the law leaves open. Its
other values are tried one at a time, never together. Each derives again what reads
the parameter, and what reads a row that has changed for it. A table for each reading
keeps the cases whose outcome differs with it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from whereas.engine.bodies import encoder
from whereas.engine.model import Reading
from whereas.facts.database import quoted
from whereas.policy.core import Variable

if TYPE_CHECKING:
    from collections.abc import Callable

    from whereas.engine.incremental_solver import IncrementalSolver
    from whereas.facts.base import FactBase
    from whereas.facts.database import Database
    from whereas.policy.core import Atom, Policy, Setting
    from whereas.values import Value

# More stated facts than this are decided again only if asked to.
MANY = 1_000_000

# Up to so many stated facts a reading is solved incrementally: rows are compared in
# memory for that.
FEW = 50_000


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


def solve_with_readings(
    solver: IncrementalSolver, progress: Callable[[str], None] | None = None
) -> tuple[Reading, ...]:
    """Solve a model, and keep the cases that each other reading decides otherwise.

    The derived tables are those of the model in the end.
    """
    others = other_readings(solver.model.policy, solver.model.setting)
    if not others:
        solver.solve(progress)
        return ()
    setting, few = solver.model.setting, solver.model.facts.size <= FEW
    database = solver.model.database

    def solved(other: Setting) -> str:
        """Return the query of the outcomes under a setting, which is solved now."""
        if few:
            solver.solve_under(other, progress)
        else:
            solver.store.use(other)
            solver.solve(progress)
        return _outcomes(solver.model.policy, other, database)

    own = quoted("as read")
    database.execute(f"CREATE TEMP TABLE {own} AS {solved(setting)}")
    readings = []
    for number, (name, value) in enumerate(others, 1):
        other = replace(setting, parameters={**setting.parameters, name: value})
        table = f"reading {number}"
        database.execute(f"DROP TABLE IF EXISTS {quoted(table)}")
        database.execute(
            f"CREATE TABLE {quoted(table)} AS SELECT x.row, x.o FROM ({solved(other)}) "
            f"x JOIN {own} m ON m.row = x.row AND m.o <> x.o"
        )
        readings.append(Reading(name, value, table))
    solved(setting)
    database.execute(f"DROP TABLE {own}")
    return tuple(readings)


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
