"""`whereas repair`: the smallest changes to facts that would help a case."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from whereas.budget import current_limits
from whereas.cli.app import Command
from whereas.cli.cases import case_of
from whereas.cli.options import (
    COLOR,
    LANG,
    OUTPUT,
    Question,
    format_option,
    question_options,
)
from whereas.cli.question import asked, language_of, policy_of
from whereas.cli.terminal import coloured, painted, write
from whereas.diagnostics import UsageError

if TYPE_CHECKING:
    from whereas.change.repair import Repairs
    from whereas.engine.model import Model


@click.command(
    "repair",
    cls=Command,
    short_help="Say what could be supplied or corrected to get the wanted outcome.",
    epilog="To try a proposal: whereas repair CASE --format changes --output f.yaml,"
    " then whereas what-if f.yaml",
)
@click.argument("case", nargs=-1, required=True)
@question_options
@click.option(
    "--model",
    "saved",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Ask a model that `decide --save FILE` kept.",
)
@click.option(
    "--most",
    "proposals",
    type=click.IntRange(min=1),
    default=10,
    help="Show so many proposals at most (10).",
)
@click.option(
    "--beyond",
    type=click.IntRange(min=0),
    help="Show those too that weigh so much more than the lightest (one and half of"
    " it but 3 at most, if unsaid).",
)
@click.option(
    "--max-steps",
    "states",
    type=click.IntRange(min=1),
    default=20_000,
    help="Stop the search after so many steps (20000).",
)
@format_option("text", "markdown", "html", "json", "changes")
@OUTPUT
@LANG
@COLOR
def command(
    *,
    case: tuple[str, ...],
    question: Question,
    saved: Path | None,
    proposals: int,
    beyond: int | None,
    states: int,
    format_: str,
    output: Path | None,
    lang: str | None,
) -> int:
    """Propose the smallest sets of changes that give a case the wanted outcome.

    Only what the policy declares `correctable` is proposed, the lightest first. Each
    proposal was decided again and helps. `--format changes` writes them as a
    what-if file.
    """
    from whereas.change.repair import repair
    from whereas.change.terms import Bounds

    policy = policy_of(question)
    language = language_of(policy, lang)
    if policy.subject is None:
        raise UsageError(f"the policy `{policy.id}` has no cases")
    model, explainer = asked(question, policy, saved, dated=True)
    # What was found by then is still to be decided again and written.
    seconds = min(current_limits().seconds / 2, Bounds().seconds)
    bounds = Bounds(proposals, beyond, states, seconds)
    named = tuple(case_of(model, case))
    found = repair(explainer, named, bounds=bounds, today=question.today)
    text = _written(found, model, format_, language, (lang,) if lang else ())
    colour = format_ == "text" and output is None and coloured(sys.stdout)
    write([painted(text, colour)], output)
    return 0


def _written(
    found: Repairs,
    model: Model,
    format_: str,
    language: str,
    languages: tuple[str, ...],
) -> str:
    if format_ == "json":
        from whereas.render.repair_document import repairs_json

        return repairs_json(found, model, languages)
    if format_ == "changes":
        from whereas.render.repair_document import changes_yaml

        return changes_yaml(found, model, language)
    from whereas.render.repair import repairs_as

    columns = shutil.get_terminal_size((80, 24)).columns
    return repairs_as(found, model, format_, language, columns=columns)
