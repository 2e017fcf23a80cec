"""`whereas test`: every scenario of the policy, expected against actual."""

from __future__ import annotations

import difflib
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from whereas.cli.app import Command
from whereas.cli.options import (
    COLOR,
    ENGINE,
    LANG,
    NO_POLICY,
    OUTPUT,
    POLICY,
    format_option,
)
from whereas.cli.progress import progress
from whereas.cli.question import language_of
from whereas.cli.settings import setting
from whereas.cli.terminal import coloured, painted, write
from whereas.diagnostics import NothingSelected, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whereas.scenarios import Coverage, Results, ScenarioResult, Suite
    from whereas.scenarios.run import CaseResult, Difference

NEGATIVE = 1
# Of a condition, as many characters as a line of a terminal takes.
WORDS = 72


@click.command("test", cls=Command, short_help="Run the policy's scenarios.")
@POLICY
@click.option(
    "--case",
    "names",
    multiple=True,
    metavar="WORDS",
    help="Only scenarios whose name or file has these words; may be repeated.",
)
@setting("--coverage", is_flag=True, help="Say which rules the scenarios use.")
@setting(
    "--fail-under",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Exit with 1 if scenarios use fewer of the rules than that.",
)
@ENGINE
@format_option("text", "json")
@OUTPUT
@LANG
@COLOR
def command(
    *,
    policy: Path | None,
    names: tuple[str, ...],
    coverage: bool,
    fail_under: float | None,
    engine: str,
    format_: str,
    output: Path | None,
    lang: str | None,
) -> int:
    """Run the scenarios in the policy's folder `tests`; exit with 1 if one differs.

    Where one differs, the justification of what was decided follows.
    """
    from whereas.policy import load_policy
    from whereas.scenarios import coverage as coverage_of
    from whereas.scenarios import load, run

    if policy is None:
        raise UsageError(NO_POLICY)
    checked = load_policy(policy)
    language = language_of(checked, lang)
    suite = _chosen(load(checked), names)
    if not suite.scenarios:
        raise NothingSelected(
            f"there are no scenarios in {suite.folder}: write one, such as "
            f"{suite.folder}/first.yaml (whereas explain-code E668 has an example)"
        )
    with progress("running scenarios"):
        results = run(suite, engine="sqlite" if engine == "auto" else engine)
        covered = coverage_of(results) if coverage or fail_under is not None else None
    if format_ == "json":
        text = _json(results, covered)
    else:
        text = "".join(_text(results, covered, language, coverage))
        text = painted(text, coloured(sys.stdout) and output is None)
    write([text], output)
    short = fail_under is not None and covered and covered.percent < fail_under
    return NEGATIVE if results.failed or short else 0


def _chosen(suite: Suite, names: tuple[str, ...]) -> Suite:
    if not names:
        return suite
    chosen = tuple(
        scenario
        for scenario in suite.scenarios
        if any(n in scenario.name or n in scenario.file for n in names)
    )
    if not chosen:
        raise NothingSelected(
            f"no scenario has the words `{', '.join(names)}`; {_nearest(suite, names)}"
        )
    return replace(suite, scenarios=chosen)


def _nearest(suite: Suite, names: Sequence[str]) -> str:
    """Return the words and names of scenarios that are most like what was given."""
    words = {
        word.strip(",.;:()").lower()
        for scenario in suite.scenarios
        for word in (*scenario.name.split(), Path(scenario.file).name)
    }
    near: list[str] = []
    for name in names:
        near += difflib.get_close_matches(name, [s.name for s in suite.scenarios], n=2)
        near += difflib.get_close_matches(name.lower(), sorted(words), n=2, cutoff=0.7)
    found = list(dict.fromkeys(near))
    if not found:
        return f"there are {len(suite.scenarios)} in {suite.folder}"
    listed = ", ".join(f"`{one}`" for one in found)
    return f"did you mean {listed}?" if len(found) == 1 else f"the nearest are {listed}"


def _text(
    results: Results, covered: Coverage | None, language: str, full: bool
) -> Iterator[str]:
    for result in results.failed:
        yield f"✗ {result.scenario.name}\n    {result.scenario.span}\n"
        for difference in result.rows:
            yield from _difference(difference, "")
        for case in result.cases:
            yield from _case(case, result, language)
        yield "\n"
    passed, failed = len(results.passed), len(results.failed)
    yield f"{passed} passed, {failed} failed\n"
    if covered is None:
        return
    number = len(covered.rules)
    used = number - len(covered.unexercised)
    yield f"{used} of {number} rules exercised ({covered.percent:.0f} %)\n"
    for rule in covered.unexercised:
        yield f"  no scenario uses {rule.label}  {rule.span}\n"
    if full:
        for rule in covered.never_failed:
            yield f"  no scenario sees {rule.label} fail  {rule.span}\n"
        mattered = covered.conditions - len(covered.idle)
        yield f"{mattered} of {covered.conditions} conditions decided a scenario"
        yield "; no scenario would miss:\n" if covered.idle else "\n"
        for one in covered.idle:
            yield f"  {one.rule.label}  {one.span}\n      {_shortened(one.words)}\n"


def _shortened(words: str) -> str:
    return words if len(words) <= WORDS else words[: WORDS - 1].rstrip() + "…"


def _case(case: CaseResult, result: ScenarioResult, language: str) -> Iterator[str]:
    if not case.differences:
        return
    from whereas.explain import justify
    from whereas.render.justification import justification_as

    name = " ".join(str(value) for value in case.decision.case)
    for difference in case.differences:
        yield from _difference(difference, f"{name}: ")
    justification = justify(result.model, case.decision.case)
    page = justification_as(justification, result.model, "text", language, columns=76)
    yield "\n" + "".join(
        f"    {line}\n" if line else "\n" for line in page.splitlines()
    )


def _difference(difference: Difference, case: str) -> Iterator[str]:
    yield f"    {case}{difference.what.replace('_', ' ')}\n"
    for word, values in (
        ("expected", difference.expected),
        ("actual", difference.actual),
    ):
        yield f"      {word:<9} {', '.join(values) or 'nothing'}\n"


def _json(results: Results, covered: Coverage | None) -> str:
    document: dict[str, object] = {
        "schema": "whereas.tests/1",
        "policy": {
            "id": results.suite.policy.id,
            "version": results.suite.policy.version,
            "sha256": results.suite.policy.sha256,
        },
        "counts": {"passed": len(results.passed), "failed": len(results.failed)},
        "scenarios": [_scenario(result) for result in results.scenarios],
    }
    if covered is not None:
        document["coverage"] = {
            "percent": round(covered.percent, 2),
            "rules": [
                {"rule": one.rule.label, "fired": one.fired, "failed": one.failed}
                for one in covered.rules
            ],
            "conditions": covered.conditions,
            "idle": [
                {
                    "rule": one.rule.label,
                    "condition": one.words,
                    "branch": one.branch is not None,
                    "file": one.span.source.name if one.span else None,
                    "line": one.span.line if one.span else None,
                }
                for one in covered.idle
            ],
        }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _scenario(result: ScenarioResult) -> dict[str, object]:
    span = result.scenario.span
    found = [
        *((None, difference) for difference in result.rows),
        *((case, d) for case in result.cases for d in case.differences),
    ]
    return {
        "name": result.scenario.name,
        "file": span.source.name,
        "line": span.line,
        "passed": result.passed,
        "differences": [
            {
                "case": [str(v) for v in case.decision.case] if case else None,
                "what": difference.what,
                "expected": list(difference.expected),
                "actual": list(difference.actual),
            }
            for case, difference in found
        ],
    }
