"""Run the command line as a user does: words in, bytes and an exit code out."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Done:
    """What came out of a run."""

    code: int
    out: str
    err: str


def whereas(*words: str, cwd: Path, **environment: str) -> Done:
    """Run `whereas` in a process of its own, without this shell's WHEREAS_… ."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("WHEREAS_")}
    done = subprocess.run(
        [sys.executable, "-m", "whereas", *words],
        cwd=cwd,
        env={**kept, "COLUMNS": "80", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, with its bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
