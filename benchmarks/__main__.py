"""Measure whereas beside its peers: whole processes, in turn, as ratios.

    python -m benchmarks --batches 1000 100000 --runs 3
    python -m benchmarks --policy nmpa-2025-96 --batches 100000 --runs 3

For each size every program decides the same facts by the same policy. By the summary
all must give the same importable batches, and those that state reasons the same
reasons; by the announcement, each batch the same outcome; or the run fails. The
programs take turns (A B C, A B C, …); a figure is the median of the runs. `ratio` is
against the DuckDB program written by hand.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import generate, portfolio

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).parent.parent
OUT = Path(__file__).parent / "out"
PEER = "DuckDB by hand"
MEASURE = """
import os, subprocess, sys, time
began = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
seconds = time.perf_counter() - began
cpu = usage.ru_utime + usage.ru_stime
print(os.waitstatus_to_exitcode(status), seconds, cpu, usage.ru_maxrss)
"""


Answer = tuple[list[object], list[object] | None]


@dataclass
class Program:
    """A program to measure: its command, and the largest size that it is given."""

    name: str
    command: Callable[[Path, Path, Path], list[str]]
    largest: int
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    kilobytes: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Suite:
    """A policy that is measured: its facts, its programs, and what they must agree on.

    The answer of an output is what all must give, and what those must that give it.
    """

    generate: Callable[[Path, int, int], dict[str, int]]
    programs: Callable[[], list[Program]]
    answer: Callable[[Path], Answer]


def whereas(
    engine: str, *flags: str, policy: str = "nmpa-summary"
) -> Callable[[Path, Path, Path], list[str]]:
    """The command that decides with an engine and keeps the model."""

    def command(facts: Path, out: Path, scratch: Path) -> list[str]:
        return [
            *(sys.executable, "-m", "whereas", "decide"),
            *("--policy", str(ROOT / "policy" / policy)),
            *("--facts", str(facts), "--engine", engine),
            *("--format", "json", "--output", str(out), "--save", str(scratch)),
            *flags,
        ]

    return command


def peer(
    *words: str, database: bool = False
) -> Callable[[Path, Path, Path], list[str]]:
    """The command of a peer's module."""

    def command(facts: Path, out: Path, scratch: Path) -> list[str]:
        last = [str(scratch)] if database else []
        return [sys.executable, "-m", *words, str(facts), str(out), *last]

    return command


def of_the_announcement() -> list[Program]:
    """What is measured with the announcement's policy, the peer first."""
    policy = "nmpa-2025-96"
    return [
        Program(PEER, peer("benchmarks.portfolio_by_hand", database=True), 10**9),
        # The peer knows one reading; a small model is certified, if nothing is said.
        Program(
            "whereas, duckdb",
            whereas("duckdb", "--no-readings", "--no-certify", policy=policy),
            10**9,
        ),
        Program(
            "whereas, sqlite",
            whereas("sqlite", "--no-readings", "--no-certify", policy=policy),
            10_000,
        ),
    ]


def of_the_summary() -> list[Program]:
    """What is measured with the summary's policy, the peer first."""
    return [
        Program(PEER, peer("benchmarks.by_hand", "duckdb", database=True), 10**9),
        Program("whereas, duckdb", whereas("duckdb"), 10**9),
        Program(
            "SQLite by hand",
            peer("benchmarks.by_hand", "sqlite", database=True),
            100_000,
        ),
        Program("whereas, sqlite", whereas("sqlite"), 100_000),
        Program("clingo", peer("benchmarks.by_clingo"), 100_000),
        # A small model is certified as well, which no peer does: both ways are shown.
        Program("  uncertified, duckdb", whereas("duckdb", "--no-certify"), 1000),
        Program("  uncertified, sqlite", whereas("sqlite", "--no-certify"), 1000),
        Program("pyDatalog alone", peer("benchmarks.by_pydatalog"), 1000),
        Program("whereas, pydatalog", whereas("pydatalog"), 1000),
        Program("  uncertified, pydatalog", whereas("pydatalog", "--no-certify"), 1000),
    ]


def measure(
    command: Sequence[str], accepted: Sequence[int] = (0,)
) -> tuple[float, float, int]:
    """Run a command; return wall and processor seconds, and most kilobytes held.

    It must end with an exit code that is accepted, or the run fails.
    """
    # A process starts with the memory mark of its parent: this one is large.
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    code, seconds, cpu, kilobytes = done.stdout.split()
    if int(code) not in accepted:
        sys.exit(f"exit {code}: {' '.join(command)}")
    return float(seconds), float(cpu), int(kilobytes)


def outcomes(path: Path) -> Answer:
    """Return each batch with its outcome."""
    found = json.loads(path.read_text(encoding="utf-8"))
    decisions = found if isinstance(found, list) else found["decisions"]
    return [(one["case"]["batch"], one["outcome"]) for one in decisions], None


def importable(path: Path) -> Answer:
    """Return the importable batches of an output, and the decisions if it has any."""
    found = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(found, list) and (not found or isinstance(found[0], str)):
        return sorted(found), None
    decisions = found if isinstance(found, list) else found["decisions"]
    chosen = [d["case"]["batch"] for d in decisions if d["outcome"] == "importable"]
    return sorted(chosen), decisions


SUITES = {
    "nmpa-summary": Suite(generate.generate, of_the_summary, importable),
    "nmpa-2025-96": Suite(portfolio.generate, of_the_announcement, outcomes),
}


def described(answer: Answer) -> str:
    """Say what was decided: how many are importable, or how many have each outcome."""
    if answer[1] is not None:
        return f"{len(answer[0])} importable"
    counted = Counter(one[1] for one in answer[0] if isinstance(one, tuple))
    return ", ".join(f"{number} {name}" for name, number in sorted(counted.items()))


def run(policy: str, batches: int, runs: int, seed: int) -> None:
    """Measure every program at one size and print the table."""
    suite = SUITES[policy]
    facts = OUT / f"{policy}-{batches}-{seed}"
    count = sum(suite.generate(facts, batches, seed).values())
    measured = [program for program in suite.programs() if batches <= program.largest]
    scratch, out = OUT / "scratch.model", OUT / "decisions.json"
    expected: Answer | None = None
    for _ in range(runs):
        for program in measured:
            scratch.unlink(missing_ok=True)
            seconds, cpu, kilobytes = measure(program.command(facts, out, scratch))
            program.seconds.append(seconds)
            program.cpu.append(cpu)
            program.kilobytes.append(kilobytes)
            found = suite.answer(out)
            expected = expected or found
            if found[0] != expected[0]:
                sys.exit(f"{program.name}: other decisions than {PEER}")
            if found[1] is not None and found[1] != expected[1]:
                sys.exit(f"{program.name}: other reasons than {PEER}")
    scratch.unlink(missing_ok=True)
    assert expected is not None
    print(
        f"\n{batches} batches, {count} facts, {runs} runs each, medians\n"
        f"{described(expected)}"
    )
    print(
        f"{'program':25}{'seconds':>9}{'ratio':>7}{'cpu s':>8}{'ratio':>7}"
        f"{'MB':>8}{'ratio':>7}"
    )
    base = measured[0]
    for program in measured:
        seconds = statistics.median(program.seconds)
        pairs = zip(program.seconds, base.seconds, strict=True)
        ratio = statistics.median(a / b for a, b in pairs)
        cpu = statistics.median(program.cpu)
        memory = statistics.median(program.kilobytes)
        print(
            f"{program.name:25}{seconds:9.2f}{ratio:7.2f}{cpu:8.2f}"
            f"{cpu / statistics.median(base.cpu):7.2f}{memory / 1024:8.0f}"
            f"{memory / statistics.median(base.kilobytes):7.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--policy", choices=sorted(SUITES), default="nmpa-summary")
    parser.add_argument("--batches", type=int, nargs="+", default=[1000, 100_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    for batches in arguments.batches:
        run(arguments.policy, batches, arguments.runs, arguments.seed)


if __name__ == "__main__":
    main()
