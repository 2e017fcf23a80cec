"""No change to a file makes a command fail otherwise than it documents, hang, or write."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hostile import fuzz_commands

PROGRAM = Path(fuzz_commands.__file__)
# Of each command, so many runs; CI has time for a few.
RUNS = os.environ.get("WHEREAS_FUZZ", "8")
SEED = os.environ.get("WHEREAS_FUZZ_SEED", "1")


@pytest.fixture(scope="module")
def program() -> list[str]:
    return [sys.executable, str(PROGRAM), SEED]


def ran(program: list[str], count: str) -> object:
    done = subprocess.run(
        [*program, count],
        env={**os.environ, "PYTHONPATH": str(PROGRAM.parents[1])},
        capture_output=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_mutated_files_of_every_kind(program: list[str]) -> None:
    assert ran(program, RUNS) == []
