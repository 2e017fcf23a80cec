"""Random programs: every engine equals clingo, to the row."""

from __future__ import annotations

import pytest
from tests.engine.oracle import flaw
from tests.engine.programs import program


@pytest.mark.parametrize("seed", range(120))
def test_all_engines(seed: int) -> None:
    """The three engines agree on rows and rounds, with clingo and the certificate."""
    assert flaw(program(seed), "sqlite,duckdb,pydatalog") is None


@pytest.mark.parametrize("first", range(10_000, 10_300, 20))
def test_two_engines(first: int) -> None:
    """SQLite and pyDatalog agree on rows and rounds with clingo, on more programs."""
    for seed in range(first, first + 20):
        assert flaw(program(seed), "sqlite,pydatalog") is None, seed
