"""`whereas decide`: the table of decisions, and what other programs read of it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from whereas.cli.app import Command
from whereas.cli.explanations import explain, wanted
from whereas.cli.options import (
    COLOR,
    LANG,
    OUTPUT,
    RAW_CELLS,
    READINGS,
    Question,
    format_option,
    question_options,
)
from whereas.cli.progress import progress
from whereas.cli.question import decided, language_of, policy_of
from whereas.cli.settings import setting
from whereas.cli.terminal import coloured, painted, result, say
from whereas.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from whereas.explain import Decisions
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
@setting(
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
@click.option(
    "--explain",
    "wish",
    metavar="WHICH",
    help="Explain decisions into --out: all, refused, or those of an OUTCOME.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Where --explain writes: heading.json and explanations.jsonl, a line each.",
)
@click.option(
    "--group",
    is_flag=True,
    help="Group the cases that were decided for the same reason, the largest first.",
)
@READINGS
@format_option("text", "markdown", "html", "json", "jsonl", "csv")
@RAW_CELLS
@OUTPUT
@LANG
@COLOR
def command(
    *,
    question: Question,
    cases: tuple[str, ...],
    fail_on: tuple[str, ...],
    save: Path | None,
    wish: str | None,
    out: Path | None,
    group: bool,
    readings: bool | None,
    format_: str,
    raw_cells: bool,
    output: Path | None,
    lang: str | None,
) -> int:
    """Decide every case of the facts: its outcome, and why, in one line each."""
    policy = policy_of(question)
    language = language_of(policy, lang)
    _known(fail_on, policy)
    if (wish is None) != (out is None):
        raise UsageError("--explain and --out go together: what, and into which folder")
    if format_ in ({"jsonl"} if group else {"markdown", "html"}):
        word = "without" if group else "with"
        raise UsageError(f"--format {format_} goes {word} --group")
    chosen = wanted(wish, policy) if wish is not None else None
    found = decided(question, policy, cases, readings)
    if save is not None:
        from whereas.explain import save as keep

        with progress("saving the model"):
            keep(found.model, save)
    colour = output is None and coloured(sys.stdout)
    with result(output) as stream:
        if group:
            languages = (lang,) if lang else ()
            colour = colour and format_ == "text"
            stream.write(
                painted(
                    _grouped(found, format_, language, languages, raw=raw_cells),
                    colour,
                )
            )
        else:
            _write(found, stream, format_, language, colour, raw=raw_cells)
    if chosen is not None and out is not None:
        explain(found, chosen, out)
    _count_warnings(policy)
    outcomes = {name for name, number in found.counts.items() if number}
    if outcomes & {*fail_on}:
        return NEGATIVE
    return UNDETERMINED if "undetermined" in outcomes else 0


def _grouped(
    found: Decisions,
    format_: str,
    language: str,
    languages: Sequence[str],
    *,
    raw: bool,
) -> str:
    from whereas.explain import Explainer
    from whereas.explain.groups import groups
    from whereas.render.groups import groups_as, groups_csv, groups_json

    with progress("grouping"):
        made = groups(Explainer(found.model), found)
    match format_:
        case "json":
            return groups_json(made, found.model, languages)
        case "csv":
            return groups_csv(made, found.model, language, raw=raw)
    columns = shutil.get_terminal_size((80, 24)).columns
    return groups_as(made, found.model, format_, language, columns)


def _write(
    found: Decisions,
    stream: TextIO,
    format_: str,
    language: str,
    colour: bool,
    *,
    raw: bool,
) -> None:
    match format_:
        case "json":
            found.write_json(stream)
        case "jsonl":
            found.write_json_lines(stream)
        case "csv":
            from whereas.render import table

            stream.writelines(table.csv_lines(found, found.model.policy, raw=raw))
        case _:
            from whereas.explain import Explainer
            from whereas.explain.because_points import points
            from whereas.render import table

            # Only a screen has an edge: in a file or a pipe no reason is cut off.
            columns = None
            if stream.isatty() or "COLUMNS" in os.environ:
                columns = shutil.get_terminal_size((80, 24)).columns
            stream.write(
                table.table(
                    tuple(found),
                    found.model,
                    language,
                    columns=columns,
                    colour=colour,
                    points=points(Explainer(found.model), found),
                )
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
