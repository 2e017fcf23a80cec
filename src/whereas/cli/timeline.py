"""`whereas timeline`: from when to when each outcome of a case holds."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from whereas.cli.app import Command
from whereas.cli.cases import case_of
from whereas.cli.options import (
    COLOR,
    FACTS,
    LANG,
    OUTPUT,
    POLICY,
    SET,
    TODAY,
    Day,
    Question,
    format_option,
)
from whereas.cli.progress import progress
from whereas.cli.question import language_of, opened, parameters_of, policy_of, warn
from whereas.cli.terminal import coloured, painted, write
from whereas.diagnostics import UsageError

if TYPE_CHECKING:
    from datetime import date

    from whereas.engine.model import Model
    from whereas.policy.core import Policy


@click.command(
    "timeline",
    cls=Command,
    short_help="Say from when to when each outcome holds.",
    epilog="A case whose key has two columns: whereas timeline filing=F-1 batch=B-1",
)
@click.argument("case", nargs=-1, required=True)
@POLICY
@FACTS
@TODAY
@SET
@click.option(
    "--model",
    "saved",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Ask a model that `decide --save FILE` kept.",
)
@click.option(
    "--from",
    "first",
    type=Day(),
    metavar="YYYY-MM-DD",
    help="The first day to look at; without it there is none.",
)
@click.option(
    "--to",
    "last",
    type=Day(),
    metavar="YYYY-MM-DD",
    help="The last day to look at; without it there is none.",
)
@click.option(
    "--move",
    "only",
    metavar="WHAT",
    help="Move this alone: `today`, or an input that the policy names.",
)
@format_option("text", "markdown", "html", "json", "svg")
@OUTPUT
@LANG
@COLOR
def command(
    *,
    case: tuple[str, ...],
    policy: Path | None,
    facts: Path | None,
    today: date | None,
    assignments: tuple[str, ...],
    saved: Path | None,
    first: date | None,
    last: date | None,
    only: str | None,
    format_: str,
    output: Path | None,
    lang: str | None,
) -> int:
    """Say from which day to which each outcome of a case holds, and what turns it.

    What moves is the day that the policy names (`timeline filing(filed).`), as
    though it had been another, and `$today` where the policy uses it.
    """
    from whereas.change.timeline import timeline

    question = Question(policy, facts, today, assignments, "auto", None)
    loaded = policy_of(question)
    language = language_of(loaded, lang)
    if loaded.subject is None:
        raise UsageError(f"the policy `{loaded.id}` has no cases")
    if first is not None and last is not None and last < first:
        raise UsageError(f"--to {last} is before --from {first}")
    model = _stated(question, loaded) if saved is None else opened(saved, loaded)
    found = timeline(model, case_of(model, case), first=first, last=last, only=only)
    if format_ == "json":
        from whereas.render.timeline_json import timeline_json

        text = timeline_json(found, model, (lang,) if lang else ())
    else:
        from whereas.render.timeline import timeline_as

        columns = shutil.get_terminal_size((80, 24)).columns
        text = timeline_as(found, model, format_, language, columns=columns)
    colour = format_ == "text" and output is None and coloured(sys.stdout)
    write([painted(text, colour)], output)
    return 0


def _stated(question: Question, policy: Policy) -> Model:
    """Load the facts; nothing is decided but the case, later."""
    from whereas.api import load_facts, setting_of
    from whereas.engine.model import Model

    setting = setting_of(policy, question.today, parameters_of(question.assignments))
    with progress("reading facts"):
        facts = load_facts(question.facts_folder, policy)
    warn(facts)
    return Model(policy, facts, setting, (), certified=False)
