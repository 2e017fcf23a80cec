"""`whereas decide`: the table of decisions, and what other programs read of it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from whereas.cli.app import Command
from whereas.cli.options import (
    COLOR,
    LANG,
    OUTPUT,
    Question,
    format_option,
    question_options,
)
from whereas.cli.question import decided, language_of, policy_of
from whereas.cli.terminal import coloured, say, write
from whereas.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from whereas.api import Decisions
    from whereas.policy.core import Policy

UNDETERMINED = 4
NEGATIVE = 1


@click.command("decide", cls=Command, short_help="Say which case gets which outcome.")
@question_options
@click.option(
    "--case",
    "cases",
    multiple=True,
    metavar="KEY",
    help="Only this case (its key, or column=value,… ); may be repeated.",
)
@click.option(
    "--fail-on",
    multiple=True,
    metavar="OUTCOME",
    help="Exit with 1 if a case has this outcome (or `undetermined`); may be repeated.",
)
@click.option(
    "--save",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Keep the model, so that `why --model FILE` answers at once.",
)
@format_option("text", "json", "jsonl", "csv")
@OUTPUT
@LANG
@COLOR
def command(
    question: Question,
    cases: tuple[str, ...],
    fail_on: tuple[str, ...],
    save: Path | None,
    format: str,
    output: Path | None,
    lang: str | None,
    color: str,
) -> int:
    """Decide every case of the facts: its outcome, and why, in one line each."""
    policy = policy_of(question)
    language = language_of(policy, lang)
    _known(fail_on, policy)
    found = decided(question, policy)
    if cases:
        found = _only(found, cases)
    if save is not None:
        from whereas.cli.saved import save_model

        save_model(found.model, save)
    write(_written(found, format, language, color, output), output)
    _count_warnings(policy)
    outcomes = {one.outcome or "undetermined" for one in found.decisions}
    if outcomes & set(fail_on):
        return NEGATIVE
    return UNDETERMINED if "undetermined" in outcomes else 0


def _written(
    found: Decisions, format_: str, language: str, color: str, output: Path | None
) -> Iterable[str]:
    from whereas.render import table

    match format_:
        case "json":
            return [table.decisions_json(found.decisions, found.model)]
        case "jsonl":
            return table.json_lines(found.decisions, found.model.policy)
        case "csv":
            return table.csv_lines(found.decisions, found.model.policy)
    return [
        table.table(
            found.decisions,
            found.model,
            language,
            columns=shutil.get_terminal_size((80, 24)).columns,
            colour=color == "always" or (output is None and coloured(sys.stdout, color)),
        )
    ]


def _only(found: Decisions, cases: tuple[str, ...]) -> Decisions:
    from whereas.api import Decisions
    from whereas.cli.cases import case_of

    wanted = {case_of(found.model, tuple(words.split(","))) for words in cases}
    return Decisions(
        found.model, tuple(one for one in found.decisions if one.case in wanted)
    )


def _known(fail_on: tuple[str, ...], policy: Policy) -> None:
    from whereas.policy.spelling import did_you_mean

    known = [*(outcome.name for outcome in policy.outcomes), "undetermined"]
    for name in fail_on:
        if name not in known:
            way_out = did_you_mean(name, known, f"there are {', '.join(known)}")
            raise UsageError(f"the policy has no outcome `{name}`; {way_out}")


def _count_warnings(policy: Policy) -> None:
    number = len(policy.warnings)
    if number:
        words = "1 warning" if number == 1 else f"{number} warnings"
        say(f"{words} about the policy: whereas check shows all")
