"""Measure explanations: all cases at once, one by one, and beside xclingo.

    python -m benchmarks.explanations --batches 1000 --xclingo PYTHON

PYTHON is an interpreter with xclingo and DuckDB (`pip install xclingo duckdb`).
xclingo explains the importable batches only, whereas all; both must name the same
importable batches, or the run fails. Times are of explaining alone for whereas, of
grounding, solving and explaining for xclingo, which cannot tell them apart.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.generate import generate
from whereas import api
from whereas.explain import Explainer, justify

ROOT = Path(__file__).parent.parent
OUT = Path(__file__).parent / "out"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=1000)
    parser.add_argument("--engine", default="duckdb")
    parser.add_argument("--xclingo", metavar="PYTHON")
    arguments = parser.parse_args()
    folder = OUT / f"{arguments.batches}-1"
    generate(folder, arguments.batches, 1)
    policy = api.load_policy(ROOT / "policy" / "nmpa-summary")
    facts = api.load_facts(folder, policy, engine=arguments.engine)
    decisions = api.decide(policy, facts, engine=arguments.engine, certify=False)
    began, used = time.perf_counter(), time.process_time()
    lines = sum(1 for _ in api.explanations(decisions))
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    print(f"{lines} explanations at once: {wall:.2f} s, {cpu:.2f} s of processor,")
    print(f"  {lines / wall:.0f} a second")
    granted = [d.case for d in decisions if d.outcome == "importable"]
    explainer = Explainer(decisions.model)
    began = time.perf_counter()
    for case in granted[:100]:
        justify(explainer, case)
    one = (time.perf_counter() - began) / min(100, len(granted))
    print(f"one by one: {one * 1e3:.1f} ms each")
    if arguments.xclingo is None:
        return
    out = OUT / "xclingo.json"
    command = [arguments.xclingo, "-m", "benchmarks.by_xclingo", str(folder), str(out)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit("xclingo failed")
    if json.loads(out.read_text()) != sorted(case[0] for case in granted):
        sys.exit("xclingo explains other batches")
    seconds = float(done.stdout)
    print(
        f"xclingo, {len(granted)} of them: {seconds:.2f} s, {seconds / wall:.1f} times"
    )


if __name__ == "__main__":
    main()
