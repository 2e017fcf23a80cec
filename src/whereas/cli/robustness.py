"""`whereas robustness`: how firmly a decision stands."""

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
    OUTPUT,
    Question,
    format_option,
    question_options,
)
from whereas.cli.question import asked, language_of, policy_of
from whereas.cli.terminal import coloured, painted, write
from whereas.diagnostics import UsageError

if TYPE_CHECKING:
    from pathlib import Path


@click.command(
    "robustness",
    cls=Command,
    short_help="Say which facts a decision cannot do without.",
    epilog="A case whose key has several columns: whereas robustness F-1,B-1",
)
@click.argument("case")
@question_options
@MODEL
@format_option("text", "markdown", "html", "json")
@OUTPUT
@LANG
@COLOR
def command(
    *,
    case: str,
    question: Question,
    saved: Path | None,
    format_: str,
    output: Path | None,
    lang: str | None,
) -> int:
    """Say how firmly the decision of a case stands.

    The case is decided again without each fact that it can reach, one at a time, and
    without two: the facts, and the pairs, without which the outcome is another, the
    conditions that rest on them alone, and in how many ways each can be shown.
    """
    from whereas.change.robustness import robustness
    from whereas.render.robust import robustness_as, robustness_json

    policy = policy_of(question)
    language = language_of(policy, lang)
    if policy.subject is None:
        raise UsageError(f"the policy `{policy.id}` has no cases to decide")
    model, explainer = asked(question, policy, saved)
    found = robustness(explainer, case_of(model, tuple(case.split(","))))
    if format_ == "json":
        text = robustness_json(found, model, (lang,) if lang else ())
    else:
        columns = shutil.get_terminal_size((80, 24)).columns
        text = robustness_as(found, model, format_, language, columns)
    colour = format_ == "text" and output is None and coloured(sys.stdout)
    write([painted(text, colour)], output)
    return 0
