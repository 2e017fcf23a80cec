"""Measure explanations: all cases at once, one by one, the whole command, and xclingo.

    python -m benchmarks.explanations --batches 100000
    python -m benchmarks.explanations --batches 100000 --policy nmpa-2025-96
    python -m benchmarks.explanations --batches 1000 --xclingo PYTHON

PYTHON is an interpreter with xclingo and DuckDB (`pip install xclingo duckdb`).
xclingo explains the importable batches only, whereas all; both must name the same
importable batches, or the run fails. Times are of explaining alone for whereas, of
grounding, solving and explaining for xclingo, which cannot tell them apart. The whole
command is `whereas decide --explain all --out`, a process of its own.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from itertools import islice
from typing import TYPE_CHECKING

from benchmarks.__main__ import OUT, ROOT, SUITES, measure
from whereas import api
from whereas.explain import Explainer, justify

if TYPE_CHECKING:
    from pathlib import Path

# How many justifications are made one by one, to see what one takes.
SINGLE = 100


def explained(folder: Path, policy: Path, engine: str) -> None:
    """Explain all cases in this process, and some of them one by one."""
    checked = api.load_policy(policy)
    facts = api.load_facts(folder, checked, engine=engine)
    decisions = api.decide(checked, facts, engine=engine, certify=False, readings=False)
    began, used = time.perf_counter(), time.process_time()
    lines = characters = 0
    for line in api.explanations(decisions):
        lines += 1
        characters += len(line)
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    print(f"{lines} explanations at once, {characters / lines:.0f} characters each:")
    print(f"  {wall:.2f} s, {lines / wall:.0f} a second")
    print(f"  {cpu:.2f} s of processor, {lines / cpu:.0f} a second")
    explainer = Explainer(decisions.model)
    cases = [one.case for one in islice(decisions, SINGLE)]
    began = time.perf_counter()
    for case in cases:
        justify(explainer, case)
    one = (time.perf_counter() - began) / len(cases)
    print(f"one by one: {one * 1e3:.1f} ms each")


def command(folder: Path, policy: Path, engine: str) -> None:
    """Run the whole command, and say what it took."""
    out = OUT / "explained"
    shutil.rmtree(out, ignore_errors=True)
    seconds, cpu, kilobytes = measure(
        [
            *(sys.executable, "-m", "whereas", "decide", "--policy", str(policy)),
            *("--facts", str(folder), "--engine", engine, "--format", "json"),
            *("--output", str(OUT / "decisions.json"), "--no-readings"),
            *("--explain", "all", "--out", str(out)),
        ],
        # A case that no outcome fits is undetermined, which the command says so.
        accepted=(0, 4),
    )
    print(
        f"decide --explain all: {seconds:.2f} s, {cpu:.2f} s of processor, "
        f"{kilobytes / 1024:.0f} MB"
    )


def beside_xclingo(folder: Path, policy: Path, engine: str, python: str) -> None:
    """Explain by xclingo, and compare the importable batches."""
    checked = api.load_policy(policy)
    facts = api.load_facts(folder, checked, engine=engine)
    decisions = api.decide(checked, facts, engine=engine, certify=False)
    granted = sorted(str(d.case[0]) for d in decisions if d.outcome == "importable")
    out = OUT / "xclingo.json"
    began = time.perf_counter()
    for _ in api.explanations(decisions):
        pass
    wall = time.perf_counter() - began
    done = subprocess.run(
        [python, "-m", "benchmarks.by_xclingo", str(folder), str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit("xclingo failed")
    if json.loads(out.read_text()) != granted:
        sys.exit("xclingo explains other batches")
    seconds = float(done.stdout)
    print(
        f"xclingo, {len(granted)} of them: {seconds:.2f} s, {seconds / wall:.1f} times"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--policy", choices=sorted(SUITES), default="nmpa-summary")
    parser.add_argument("--batches", type=int, default=1000)
    parser.add_argument("--engine", default="duckdb")
    parser.add_argument("--xclingo", metavar="PYTHON")
    arguments = parser.parse_args()
    if arguments.xclingo and arguments.policy != "nmpa-summary":
        parser.error("xclingo knows the policy nmpa-summary only")
    folder = OUT / f"{arguments.policy}-{arguments.batches}-1"
    SUITES[arguments.policy].generate(folder, arguments.batches, 1)
    policy = ROOT / "policy" / arguments.policy
    explained(folder, policy, arguments.engine)
    command(folder, policy, arguments.engine)
    if arguments.xclingo is not None:
        beside_xclingo(folder, policy, arguments.engine, arguments.xclingo)


if __name__ == "__main__":
    main()
