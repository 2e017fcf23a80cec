"""Every command has limits, which hold in each engine and each phase."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from run_cli import tree, whereas

from whereas.cli.app import COMMANDS, commands

# A rule that joins everything with everything: some hours in every engine.
RULES = """\
# Slow

```datalog
input p(c: integer) key c closed.
input day(c: integer references p, on: date) key c closed.
subject p.
timeline day(on).
outcome "ok" @en("ok") if goal(C).
outcome "no" @en("no") otherwise.
relation goal(c: integer) @en("goal {c}").
@id("G") @en("goal {C}")
goal(C) :- p(C), not late(C), not far(C).
relation late(c: integer) @en("{c} is late").
@id("L") @en("late {C}")
late(C) :- day(C, On), On > 2024-01-01.
relation far(c: integer) @en("{c} is far").
@id("F") @en("far {A}")
far(A) :- p(A), p(B), p(C), p(D), p(E), p(F), p(G), A + B + C + D + E + F + G = 0.
```
"""
MANIFEST = """\
[policy]
id = "slow"
version = "1"
languages = ["en"]
title = { en = "A slow policy" }
"""
SCENARIO = """\
base:
  p: [ROWS]
scenarios:
  - name: slow
    expect: { case: { c: 1 }, outcome: ok }
"""


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """A workspace whose policy takes hours to decide."""
    folder = tmp_path / "slow"
    rows = [str(number) for number in range(1, 101)]
    scenario = SCENARIO.replace("ROWS", ", ".join(f"{{ c: {row} }}" for row in rows))
    for name, text in {
        "policy/policy.toml": MANIFEST,
        "policy/rules.md": RULES,
        "policy/tests/slow.yaml": scenario,
        "facts/p.csv": "\n".join(["c", *rows, ""]),
        "facts/day.csv": "c,on\n1,2024-02-01\n",
        "whereas.toml": 'policy = "policy"\nfacts = "facts"\n',
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_the_limits(name: str) -> None:
    context = click.Context(commands)
    command = commands.get_command(context, name)
    assert command is not None
    options = {option for one in command.params for option in one.opts}
    assert {"--max-seconds", "--max-memory", "--max-rows", "--max-rounds"} <= options


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["--max-seconds", "nan"], "max-seconds"),
        (["--max-seconds", "inf"], "no limit"),
        (["--max-seconds", "1e400"], "no limit"),
        (["--max-seconds", "0"], "max-seconds"),
        (["--max-memory", "2"], "no size"),
        (["--max-memory", "1MB"], "below 128MB"),
        (["--max-memory", "nanGB"], "no size"),
        (["--max-rows", "0"], "max-rows"),
    ],
)
def test_what_is_no_limit_is_refused(small: Path, words: list[str], fault: str) -> None:
    done = whereas("decide", *words, cwd=small)
    assert done.code == 2
    assert fault in done.err


def test_limits_come_from_environment_and_settings(small: Path) -> None:
    assert whereas("decide", cwd=small, WHEREAS_MAX_SECONDS="nan").code == 2
    settings = small / "whereas.toml"
    settings.write_text(settings.read_text() + 'max-memory = "1 TB"\n')
    done = whereas("decide", cwd=small)
    assert (done.code, "no size" in done.err) == (3, True)
    assert "error[E682]: `max-memory` cannot be `1 TB`" in done.err
    settings.write_text(settings.read_text().replace("1 TB", "1 GB"))
    assert whereas("decide", cwd=small).code == 0


@pytest.mark.parametrize(
    "words",
    [
        ["decide", "--engine", "sqlite"],
        ["decide", "--engine", "duckdb"],
        ["decide", "--engine", "pydatalog"],
        ["decide", "--engine", "auto"],
        ["decide", "--engine", "sqlite,duckdb"],
        ["query", "far(A)"],
        ["why", "1"],
        ["why-not", "1"],
        ["contrast", "1", "2"],
        ["robustness", "1"],
        ["repair", "1"],
        ["timeline", "1"],
        ["what-if", "--remove", "p(1)"],
        ["diff", "policy", "policy"],
        ["checklist", "1", "--section", "slow"],
        ["test"],
        ["doc", "--facts"],
    ],
    ids=" ".join,
)
def test_a_command_that_takes_hours_stops_at_the_limit(
    slow: Path, words: list[str]
) -> None:
    before = tree(slow)
    done = whereas(*words, "--max-seconds", "1", cwd=slow)
    assert (done.code, done.out) == (7, ""), done.err
    assert "error[E630]: stopped at the limit of 1 seconds" in done.err
    assert tree(slow) == before


def test_verify_stops_at_the_limit(slow: Path) -> None:
    """The checker counts rows too: here those of a proof that counts everything."""
    rules = slow / "policy" / "rules.md"
    rules.write_text(
        RULES.replace("A + B + C + D + E + F + G = 0", "A = 0").replace(
            "not far(C)", "N = count { p(A), p(B), p(D), p(E) }, N > 0"
        )
    )
    proof = slow / "proof.json"
    proof.write_text("{}")
    few = slow / "few"
    few.mkdir()
    (few / "p.csv").write_text("c\n1\n2\n")
    (few / "day.csv").write_text("c,on\n")
    done = whereas(
        *("why", "1", "--facts", "few", "--format", "json", "--output", "proof.json"),
        cwd=slow,
    )
    assert done.code == 0, done.err
    done = whereas("verify", "proof.json", "--max-seconds", "1", cwd=slow)
    assert done.code in {6, 7}, done.err


@pytest.mark.parametrize("engine", ["sqlite", "duckdb", "pydatalog"])
def test_rows_are_limited_within_a_round(slow: Path, engine: str) -> None:
    rules = slow / "policy" / "rules.md"
    rules.write_text(
        RULES.replace("far(c: integer)", "far(c: integer, d: integer, e: integer)")
        .replace("far(A) :- ", "far(A, B, C) :- ")
        .replace("not far(C)", "not far(C, _, _)")
        .replace(", p(D), p(E), p(F), p(G), A + B + C + D + E + F + G = 0", "")
    )
    facts = slow / "facts" / "p.csv"
    facts.write_text("\n".join(facts.read_text().splitlines()[:21]) + "\n")
    words = ("decide", "--engine", engine, "--max-rows", "1000", "--max-seconds", "60")
    done = whereas(*words, cwd=slow)
    assert done.code == 7, done.err
    assert "1,000 derived rows: it was at `far`" in done.err


@pytest.mark.parametrize("engine", ["sqlite", "duckdb", "pydatalog"])
@pytest.mark.parametrize(("number", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_stops_a_command(
    slow: Path, engine: str, number: str, code: int
) -> None:
    before = tree(slow)
    words = ("decide", "--engine", engine, "--save", "m.model", "--output", "o.txt")
    # It says that it reads facts by reading them: then it is in the engine soon.
    process = subprocess.Popen(
        [sys.executable, "-c", STARTED, *words, "--max-seconds", "60"],
        cwd=slow,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"far\n"
    process.send_signal(getattr(signal, number))
    _, err = process.communicate(timeout=30)
    assert process.returncode == code, err
    assert b"internal" not in err
    assert b"Traceback" not in err
    assert tree(slow) == before


# The command line, with a word on stdout when the slow component begins.
# A shell that runs tests in the background has them ignore SIGINT.
STARTED = """
import signal
import sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from whereas.engine import fixpoint
begins = fixpoint.Watch.__setattr__
def noted(self, name, value):
    if name == "component" and value is not None and "far" in value.relations:
        print("far", flush=True)
    object.__setattr__(self, name, value)
fixpoint.Watch.__setattr__ = noted
from whereas.cli.boundary import run
sys.exit(run(sys.argv[1:]))
"""
