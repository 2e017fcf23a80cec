"""Mutate each kind of file that a command reads, and run the command: a program.

    PYTHONPATH=tests python tests/hostile/fuzz_commands.py SEED COUNT

makes a small workspace, and COUNT times for each command changes one file of it a
little and runs the command in a fork. It prints a JSON list of what went wrong: an exit
code that is not documented, a run over its limit of time, or a file that was written.
`test_fuzz_commands` runs a few of them; by hand, run more, with another seed.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import whereas.api
import whereas.explain.store
import whereas.facts.workbook
import whereas.policy.load
import whereas.render
import whereas.render.diagnostics  # what a fork need not import
from cli.small_workspace import FILES
from hostile.test_fuzz_facts import bytes_changed
from whereas.cli.boundary import run

# The codes that `whereas --help` documents; 70 is for our own faults.
DOCUMENTED = {0, 1, 2, 3, 4, 5, 6, 7}
SECONDS = 5
# A command may hold its limit of time for a moment longer, on a busy machine.
GRACE = 20

SCENARIOS = """\
about: A small suite.
scenarios:
  - name: a good one
    add:
      maker: {maker: M-1, name: One}
      case: {case: C-1, maker: M-1, made: 2025-01-01, kind: good}
    expect: {outcome: "yes", held: [L-1]}
"""
CHANGES = """\
change:
  case: {case: C-2, kind: good}
"""
TEMPLATE = Path(whereas.render.__file__).with_name("templates") / "justification.txt"
GLOSSARY = "value,language,text\nOne,en,The First\n"

# The file that is changed, and the command that reads it.
COMMANDS = [
    ("policy/policy.toml", ["check"]),
    ("policy/rules.md", ["check"]),
    ("policy/rules.md", ["decide"]),
    ("policy/rules.md", ["doc", "--facts", "facts"]),
    ("policy/tests/a.yaml", ["test"]),
    ("policy/templates/justification.txt", ["why", "C-1"]),
    ("facts/case.csv", ["decide", "--format", "json"]),
    ("facts/case.csv", ["why", "C-1"]),
    ("facts/glossary.csv", ["why", "C-1"]),
    ("whereas.toml", ["decide"]),
    ("changes.yaml", ["what-if", "changes.yaml"]),
    ("proof.json", ["verify", "proof.json"]),
    ("sqlite.model", ["why", "C-1", "--model", "sqlite.model"]),
    ("duckdb.model", ["why", "C-1", "--model", "duckdb.model"]),
]
# Pieces of the languages that the files are written in.
PIECES = (
    b'"""', b"[[", b"]]", b"= ", b"{", b"}", b"- ", b": ", b"\n  ", b"&a ", b"*a", b"!!int ",
    b"'", b"\\u0000", b"\\U00110000", b"{{", b"}}", b"{%", b"%}", b"| batch(9)", b"range(9**9)",
    b":-", b"not ", b"none", b"count {", b"( ; )", b"@id(\"", b"9999-12-31", b"0000-00-00",
    b"99999999999999999999", b"1e999", b"nan", b"\xe2\x80\xae", b"null", b"true", b"-1", b"../",
    b"/dev/zero", b"\x00", b"[" * 3000, b"(" * 3000, b"- " * 500,
)  # fmt: skip


def workspace(folder: Path) -> None:
    """Write the small workspace, with a file of each kind."""
    for name, text in {
        **FILES,
        "policy/tests/a.yaml": SCENARIOS,
        "policy/templates/justification.txt": TEMPLATE.read_text(encoding="utf-8"),
        "facts/glossary.csv": GLOSSARY,
        "changes.yaml": CHANGES,
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for engine in ("sqlite", "duckdb"):
        words = ["decide", "--engine", engine, "--save", f"{engine}.model"]
        assert forked(folder, words) == 0, words
    words = ["why", "C-1", "--format", "json", "--output", "proof.json"]
    assert forked(folder, words) == 0, words


def forked(folder: Path, words: list[str]) -> int | None:
    """Run a command in a fork; return its exit code, or None if it did not end."""
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        out = os.open(os.devnull, os.O_WRONLY)
        os.dup2(out, 1)
        os.dup2(out, 2)
        os.environ["WHEREAS_MAX_SECONDS"] = str(SECONDS)
        os.environ["WHEREAS_MAX_MEMORY"] = "1GB"
        os._exit(run(words))
    until = time.monotonic() + SECONDS + GRACE
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def changed(data: bytes, chance: random.Random) -> bytes:
    """Change some bytes, or put in a piece of a language."""
    if chance.random() < 0.5:
        return bytes_changed(data, chance)
    made = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4))):
        at = chance.randrange(len(made) + 1)
        end = min(len(made), at + chance.choice((0, 0, 1, 3, 12)))
        made[at:end] = chance.choice(PIECES)
    return bytes(made)


def written(folder: Path) -> dict[str, tuple[int, int]]:
    """Return all files with size and time."""
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
    }


def faults(seed: str, count: int, folder: Path) -> Iterator[dict[str, object]]:
    """Yield what went wrong; the file of each is kept in `failed` beside the folder."""
    workspace(folder)
    for name, words in COMMANDS:
        # Otherwise each change would be refused for the same reason.
        if (code := forked(folder, words)) != 0:
            yield {"file": name, "words": words, "code": code, "unchanged": True}
    for number in range(count):
        for name, words in COMMANDS:
            path = folder / name
            good = path.read_bytes()
            chance = random.Random(f"{seed} {number} {name} {words}")
            path.write_bytes(changed(good, chance))
            before = written(folder)
            code = forked(folder, words)
            after = written(folder)
            if code not in DOCUMENTED or before != after:
                kept = folder.parent / "failed" / f"{seed}-{number}-{path.name}"
                kept.parent.mkdir(exist_ok=True)
                shutil.copy(path, kept)
                yield {
                    "file": name,
                    "words": words,
                    "code": code,
                    "written": sorted({*before.items()} ^ {*after.items()}),
                    "kept": str(kept),
                }
            path.write_bytes(good)


def main(seed: str, count: int) -> None:
    """Print the faults."""
    folder = Path(tempfile.mkdtemp()) / "workspace"
    folder.mkdir()
    print(json.dumps([*faults(seed, count, folder)], indent=1))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
