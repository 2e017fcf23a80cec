"""Measure questions about one case of many.

    python -m benchmarks.generate --batches 100000 --out benchmarks/out/100000
    python -m benchmarks.questions --facts benchmarks/out/100000
    python -m benchmarks.portfolio --batches 100000 --out benchmarks/out/p100000
    python -m benchmarks.questions --policy nmpa-2025-96 --facts benchmarks/out/p100000

By the summary: warm, through the Python API, in SQLite, medians over cases spread
evenly: a case decided anew from stated facts only (the outcomes must be those of all
decided together), and proofs from the model. By the announcement: whole processes
that ask a saved model in DuckDB, of some cases of each outcome.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from whereas import api
from whereas.explain import Explainer, Fact, Proof, justify, prove
from whereas.explain.proof import Holds

ROOT = Path(__file__).parent.parent
ANNOUNCEMENT = "nmpa-2025-96"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--policy", choices=["nmpa-summary", ANNOUNCEMENT], default="nmpa-summary"
    )
    parser.add_argument("--facts", type=Path, default=ROOT / "benchmarks/out/100000")
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--no-proof", action="store_true")
    parser.add_argument("--of-each", type=int, default=2)
    arguments = parser.parse_args()
    if arguments.policy == ANNOUNCEMENT:
        ask_announcement(arguments.facts, arguments.of_each)
        return
    policy = api.load_policy(ROOT / "policy" / "nmpa-summary")
    facts = api.load_facts(arguments.facts, policy, engine="sqlite")
    base = facts.database
    anew = api.anew(policy, facts)
    keys = [base.text(k) for (k,) in base.query("SELECT a0 FROM batch ORDER BY row")]
    chosen = keys[:: max(1, len(keys) // arguments.cases)]
    for key in chosen[:100]:
        anew.outcome(key)
    seconds, outcomes = [], {}
    for key in chosen:
        began = time.perf_counter()
        outcomes[key] = anew.outcome(key)
        seconds.append(time.perf_counter() - began)
    report("one case decided anew", seconds)
    if arguments.profile:
        profile = cProfile.Profile()
        profile.enable()
        for key in chosen:
            anew.outcome(key)
        profile.disable()
        pstats.Stats(profile).sort_stats("tottime").print_stats(22)
    if arguments.no_proof:
        return
    model = api.decide(policy, facts, engine="sqlite", certify=False).model
    importable = {key for (key,) in model.rows("importable")}
    for key, outcome in outcomes.items():
        assert (outcome == "importable") == (key in importable), key
    print(f"{len(chosen)} cases: the same outcomes as all decided together")
    explainer = Explainer(model)
    shown = [key for key in keys if key in importable][:2000]
    for all_proofs in (None, 20):
        seconds, sizes = [], []
        for key in shown:
            fact = Fact("importable", (key,))
            began = time.perf_counter()
            proof = prove(explainer, fact, all_proofs=all_proofs)
            seconds.append(time.perf_counter() - began)
            sizes.append(nodes(proof))
        most = " (all instances shown)" if all_proofs else ""
        report(f"one proof of {statistics.median(sizes):.0f} nodes{most}", seconds[20:])
        large = [s for s, size in zip(seconds, sizes, strict=True) if 45 <= size <= 55]
        if large:
            report(f"the {len(large)} proofs of 45 to 55 nodes{most}", large)
    seconds = []
    for key in shown[:500]:
        began = time.perf_counter()
        justify(explainer, (key,))
        seconds.append(time.perf_counter() - began)
    report("one justification, with what is shown besides", seconds[20:])


def ask_announcement(facts: Path, of_each: int) -> None:
    """Decide once, keep the model, and ask it about some cases of each outcome."""
    kept, out = facts.with_suffix(".model"), facts.with_suffix(".json")
    command = [sys.executable, "-m", "whereas"]
    policy = ["--policy", str(ROOT / "policy" / ANNOUNCEMENT)]
    subprocess.run(
        [
            *(*command, "decide", *policy, "--facts", str(facts)),
            *("--engine", "duckdb", "--no-readings", "--no-certify"),
            *("--format", "json", "--output", str(out), "--save", str(kept)),
        ],
        check=True,
    )
    cases: dict[str, list[str]] = {}
    for one in json.loads(out.read_text(encoding="utf-8"))["decisions"]:
        cases.setdefault(one["outcome"], []).append(one["case"]["batch"])
    other = cases["eligible"][0]
    for outcome, keys in sorted(cases.items()):
        for key in keys[:: -(-len(keys) // of_each)]:
            print(f"{key} ({outcome})", flush=True)
            questions = {
                "why": [key],
                "why-not": [key],
                "contrast": [key, other],
                "repair": [key],
                "timeline": [key],
                "robustness": [key],
                "what-if": ["--change", f'batch("{key}", scale: "pilot")'],
            }
            for name, words in questions.items():
                asked = [*command, name, *words, *policy, "--model", str(kept)]
                print(f"  {name:<11}{measured(asked)}", flush=True)


def measured(command: list[str]) -> str:
    """Run a process; return its seconds, of wall and of processor, as words."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(
        command,
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    said = f"  exit {done.returncode}: {done.stderr.strip()}" if done.returncode else ""
    return f"{seconds:7.2f} s, {cpu:6.2f} s of processor{said}"


def nodes(proof: Proof) -> int:
    """Count a proof's nodes: its steps, and the premises that are leaves of them."""
    return len(proof.steps) + sum(
        not isinstance(premise, Holds)
        for step in proof.steps.values()
        for premise in getattr(step, "premises", ())
    )


def report(name: str, seconds: list[float]) -> None:
    """Print the median, and the ninth decile."""
    ordered = sorted(seconds)
    print(
        f"{name}: median {statistics.median(ordered) * 1e3:.2f} ms, "
        f"90 % under {ordered[len(ordered) * 9 // 10] * 1e3:.2f} ms"
    )


if __name__ == "__main__":
    main()
