"""Kill a command at each of its file operations: a program, run by `test_writing`.

`kill_points.py SIGNAL POINTS WORD…` runs the command line WORD… in a fork for each
point, in a fresh copy of the working folder, and kills it at a file operation. It
prints a JSON list: for each point the exit code and the files that are there after it,
and after the same command has been run once more.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import whereas.api
import whereas.explain.store
import whereas.policy.load
import whereas.render.diagnostics  # noqa: F401  # what a fork need not import
from whereas.cli.boundary import run

EVENTS = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.chmod"}


def is_writing(event: str, arguments: tuple[object, ...]) -> bool:
    if event == "open":
        return bool(int(arguments[2]) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))  # type: ignore[call-overload]
    return event in EVENTS


def forked(folder: Path, words: list[str], point: int, number: int) -> int:
    """Run in a fork, killed at the file operation `point` (0: never)."""
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        out = os.open("/dev/null", os.O_WRONLY)
        os.dup2(out, 1)
        os.dup2(out, 2)
        count = 0

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal count
            if is_writing(event, arguments):
                count += 1
                if count == point:
                    os.kill(os.getpid(), number)

        sys.addaudithook(hook)
        code = run(words)
        if not point:
            (folder.parent / "count").write_text(str(count))
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): "folder"
        if path.is_dir()
        else hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
    }


def main(number: int, points: int, words: list[str]) -> None:
    home = Path(tempfile.mkdtemp())
    original = Path.cwd()
    shutil.copytree(original, home / "whole")
    code = forked(home / "whole", words, 0, number)
    whole = contents(home / "whole")
    count = int((home / "count").read_text())
    results = []
    for at in range(1, points + 1):
        point = 1 + (at - 1) * count // points
        shutil.copytree(original, home / "killed")
        killed = forked(home / "killed", words, point, number)
        after = contents(home / "killed")
        again = forked(home / "killed", words, 0, number)
        results.append(
            {
                "point": point,
                "code": killed,
                "after": after,
                "again": again,
                "finally": contents(home / "killed"),
            }
        )
        shutil.rmtree(home / "killed")
    shutil.rmtree(home)
    print(json.dumps({"code": code, "whole": whole, "killed": results}))


if __name__ == "__main__":
    main(getattr(signal, sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
