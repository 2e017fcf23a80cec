"""No change to a file makes a command fail otherwise than it documents, hang, or write."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from hostile import fuzz_commands

PROGRAM = Path(fuzz_commands.__file__)
# Of each command, so many runs; CI has time for a few.
RUNS = os.environ.get("WHEREAS_FUZZ", "8")
SEED = os.environ.get("WHEREAS_FUZZ_SEED", "1")


def test_mutated_files_of_every_kind(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, PROGRAM, SEED, RUNS],
        env={
            **os.environ,
            "PYTHONPATH": str(PROGRAM.parents[1]),
            "TMPDIR": str(tmp_path),
        },
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout) == []
