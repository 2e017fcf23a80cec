"""What is solved again after a change is what is solved from the start."""

from __future__ import annotations

import random

import pytest
from tests.engine.build import SETTING, facts
from tests.engine.programs import program

from whereas.engine.incremental_solver import IncrementalSolver
from whereas.facts.database import Sqlite, columns, quoted


def tables(policy, database):
    """The rows of every derived relation, their rounds included."""
    return {
        name: sorted(database.query(f"SELECT * FROM {quoted(name)}"))
        for name, relation in policy.relations.items()
        if not relation.stated
    }


@pytest.mark.parametrize("seed", range(120))
def test_only_what_reads_a_change_is_derived_again(seed):
    """On random programs: rows of one or two relations are taken away or put back."""
    made = program(seed)
    chance = random.Random(seed)
    base = facts(made.policy, made.rows, Sqlite())
    again = IncrementalSolver.of(made.policy, base, SETTING)
    again.solve_changed(())
    rows = {
        name: base.database.query(f"SELECT * FROM {quoted(name)}") for name in made.rows
    }
    stated = sorted(name for name in rows if rows[name])
    for _ in range(8 if stated else 0):
        touched = chance.sample(stated, min(len(stated), chance.randint(1, 2)))
        for name in touched:
            # A relation is a set: each row is there once, or not.
            row = chance.choice(rows[name])
            test = " AND ".join(f"{one} = ?" for one in (*columns(len(row) - 1), "row"))
            sql = f"FROM {quoted(name)} WHERE {test}"
            if base.database.query(f"SELECT 1 {sql}", row):
                base.database.execute(f"DELETE {sql}", row)
            else:
                base.database.insert(name, [row])
        again.solve_changed(touched)
        found = tables(made.policy, base.database)
        IncrementalSolver.of(made.policy, base, SETTING).solve()
        assert found == tables(made.policy, base.database)
