"""`whereas verify`: a written proof, accepted or rejected step by step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from whereas.cli.app import Command
from whereas.cli.options import (
    COLOR,
    FACTS,
    NO_FACTS,
    NO_POLICY,
    OUTPUT,
    POLICY,
    format_option,
)
from whereas.cli.progress import progress
from whereas.cli.question import warn
from whereas.cli.terminal import counted, write
from whereas.diagnostics import IntegrityError, UsageError

if TYPE_CHECKING:
    from whereas.checker import Verdict


@click.command(
    "verify",
    cls=Command,
    short_help="Check a written proof, step by step.",
    epilog="A proof: whereas why B-001 --format json --output proof.json",
)
@click.argument("proof", type=click.Path(path_type=Path))
@POLICY
@FACTS
@format_option("text", "json")
@OUTPUT
@COLOR
def command(
    *,
    proof: Path,
    policy: Path | None,
    facts: Path | None,
    format_: str,
    output: Path | None,
) -> int:
    """Check each step of a proof by a reader of its own, without any engine.

    PROOF is what `whereas why CASE --format json` wrote, or the folder of `whereas
    decide --explain`. Policy and facts are those that it was made for. Exit code 6,
    if any step is rejected.
    """
    from whereas.checker import read_document, verify
    from whereas.facts import load_facts
    from whereas.policy import load_policy

    if policy is None:
        raise UsageError(NO_POLICY)
    if facts is None:
        raise UsageError(NO_FACTS)
    as_ = _json if format_ == "json" else _text
    if proof.is_dir():
        verdict, claim = _explanations(proof, policy, facts)
    else:
        document = read_document(proof)
        checked = load_policy(policy)
        base = load_facts(facts, checked)
        verdict = verify(document, checked, base)
        warn(base)
        claim = _claim(document)
    write([as_(verdict, claim)], output)
    return 0 if verdict.accepted else IntegrityError.exit_code


def _explanations(folder: Path, policy: Path, facts: Path) -> tuple[Verdict, str]:
    """Check every line of a folder; a place begins with the number of its line."""
    from whereas.checker import Checker, read_heading
    from whereas.facts import load_facts
    from whereas.policy import load_policy

    heading = read_heading(folder)
    checked = load_policy(policy)
    with progress("verifying") as tell:
        base = load_facts(facts, checked)
        verdict, lines = Checker(checked, base).verify_folder(folder, heading, tell)
    warn(base)
    return verdict, f"{lines:,} explanation{'' if lines == 1 else 's'}"


def _text(verdict: Verdict, claim: str) -> str:
    steps = counted(range(verdict.steps), "step")
    if verdict.accepted:
        return f"accepted: {steps}, {claim}\n"
    faults = counted(verdict.rejections, "fault")
    lines = [f"  {one.at}: {one.why}\n" for one in verdict.rejections]
    return "".join([f"rejected: {faults} in {steps}\n", *lines])


def _json(verdict: Verdict, claim: str) -> str:
    document = {
        "schema": "whereas.verdict/1",
        "accepted": verdict.accepted,
        "steps": verdict.steps,
        "claim": claim,
        "rejections": [{"at": one.at, "why": one.why} for one in verdict.rejections],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _claim(document: dict[str, Any]) -> str:
    """Say what was accepted: the outcome of the case, and for which setting."""
    from whereas.checker.document import escaped

    decision = document["decision"]
    if decision is not None:
        case = ", ".join(map(str, decision["case"].values()))
        words = f"{case} is {decision['outcome'] or 'undetermined'}"
    else:
        goal = document["goal"]
        given = ", ".join(str(one.get("value", "_")) for one in goal["values"])
        holds = "holds" if document["proof"] is not None else "does not hold"
        words = f"{goal['relation']}({given}) {holds}"
    setting = dict(document["parameters"])
    if document["today"] is not None:
        setting["today"] = document["today"]
    given = ", ".join(f"{name} = {value}" for name, value in setting.items())
    return escaped(words + (f" with {given}" if given else ""))
