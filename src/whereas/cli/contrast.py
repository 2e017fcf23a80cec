"""`whereas contrast`: why this case and not that one."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import click

from whereas.cli.app import Command
from whereas.cli.cases import case_of
from whereas.cli.options import (
    COLOR,
    LANG,
    MODEL,
    OUTCOME,
    OUTPUT,
    Question,
    format_option,
    question_options,
)
from whereas.cli.question import askable, asked, language_of, policy_of
from whereas.cli.terminal import coloured, painted, write
from whereas.diagnostics import UsageError

if TYPE_CHECKING:
    from pathlib import Path


@click.command(
    "contrast",
    cls=Command,
    short_help="Say where two cases part.",
    epilog="Cases whose keys have several columns: whereas contrast F-1,B-1 F-2,B-2",
)
@click.argument("first", metavar="CASE")
@click.argument("second", metavar="CASE")
@question_options
@MODEL
@OUTCOME
@format_option("text", "markdown", "html", "json")
@OUTPUT
@LANG
@COLOR
def command(
    *,
    first: str,
    second: str,
    question: Question,
    saved: Path | None,
    outcome: str | None,
    format_: str,
    output: Path | None,
    lang: str | None,
) -> int:
    """Say why one case was decided as it was, and not the other.

    Both are followed down the same rules to the first conditions that the one meets
    and the other does not; what they have in common is left out.
    """
    from whereas.explain.contrast import contrast
    from whereas.render.contrast import contrast_as, contrast_json

    policy = policy_of(question)
    language = language_of(policy, lang)
    if policy.subject is None:
        raise UsageError(f"the policy `{policy.id}` has no cases to contrast")
    askable(outcome, policy)
    model, explainer = asked(question, policy, saved)
    cases = [case_of(model, tuple(words.split(","))) for words in (first, second)]
    found = contrast(explainer, cases[0], cases[1], outcome=outcome)
    if format_ == "json":
        text = contrast_json(found, model, (lang,) if lang else ())
    else:
        columns = shutil.get_terminal_size((80, 24)).columns
        text = contrast_as(found, model, format_, language, columns=columns)
    colour = format_ == "text" and output is None and coloured(sys.stdout)
    write([painted(text, colour)], output)
    return 0
