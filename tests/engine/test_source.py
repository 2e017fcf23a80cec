"""Random programs as policy text: parsed, checked and solved, they equal clingo."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.engine.build import SETTING
from tests.engine.oracle import clingo_model
from tests.engine.programs import program
from tests.engine.source import lay_down

from whereas.diagnostics import Invalid
from whereas.engine import solve
from whereas.facts import from_rows
from whereas.policy import load_policy

if TYPE_CHECKING:
    from pathlib import Path


def test_random_policies(tmp_path: Path) -> None:
    """What the checks accept has the model that clingo gives to the same program."""
    seen: Counter[str] = Counter()
    for seed in range(150):
        one = program(seed)
        if one.policy.relations and any(
            None in r for v in one.rows.values() for r in v
        ):
            continue
        try:
            made = load_policy(lay_down(one, tmp_path / str(seed)))
        except Invalid as error:
            seen.update(d.code.name for d in error.diagnostics if d.is_error)
            continue
        model = solve(
            made, from_rows(made, one.rows), SETTING, engine="sqlite,pydatalog"
        )
        for name, expected in clingo_model(one).items():
            assert set(model.rows(name)) == expected, (seed, name)
        seen["equal"] += 1
    assert seen["equal"] > 50, seen
