"""`whereas why-not`: why a case, or any goal, is not so."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import click

from whereas.cli.app import Command
from whereas.cli.cases import case_of
from whereas.cli.goals import is_goal, pattern_of
from whereas.cli.options import (
    BRIEF,
    COLOR,
    DEEPEST,
    LANG,
    MODEL,
    OUTCOME,
    OUTPUT,
    Question,
    format_option,
    question_options,
)
from whereas.cli.question import askable, asked, brief_in, language_of, policy_of
from whereas.cli.settings import setting
from whereas.cli.terminal import coloured, painted, write
from whereas.diagnostics import UsageError

if TYPE_CHECKING:
    from pathlib import Path


@click.command(
    "why-not",
    cls=Command,
    short_help="Say why something is not so, the nearest miss first.",
    epilog="A case whose key has several columns: whereas why-not filing=F-1 batch=B-1",
)
@click.argument("goal", nargs=-1, required=True)
@question_options
@MODEL
@OUTCOME
@setting(
    "--depth",
    type=click.IntRange(1, DEEPEST),
    default=8,
    help="How many levels down a missing conclusion is followed (default: 8).",
)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Fold nothing: all attempts (100 of each rule at most; the rest counted).",
)
@BRIEF
@format_option("text", "markdown", "html", "json", "svg", "dot", "mermaid")
@OUTPUT
@LANG
@COLOR
def command(
    *,
    goal: tuple[str, ...],
    question: Question,
    saved: Path | None,
    outcome: str | None,
    depth: int,
    everything: bool,
    brief: bool,
    format_: str,
    output: Path | None,
    lang: str | None,
) -> int:
    """Say why a case does not have the wanted outcome, or why a goal does not hold.

    GOAL is the key of a case (B-001), or an atom, in which `_` stands for any value
    ('complete("F-001")', 'eligible("F-001", _)'). The nearest attempt comes first:
    what fails, by how much, and which rows on file come near.
    """
    from whereas.explain.whynot import why_not, why_not_case
    from whereas.render.whynot import why_not_as, why_not_json

    brief_in(format_, brief=brief)
    policy = policy_of(question)
    language = language_of(policy, lang)
    atom = is_goal(goal)
    if atom and outcome is not None:
        raise UsageError("--outcome is about a case, and an atom was asked for")
    if not atom and policy.subject is None:
        raise UsageError(f"the policy `{policy.id}` has no cases; ask for an atom")
    askable(outcome, policy)
    model, explainer = asked(question, policy, saved)
    if atom:
        relation, pattern = pattern_of(policy, goal[0])
        found = why_not(
            explainer, pattern, relation, depth=depth, everything=everything
        )
    else:
        found = why_not_case(
            explainer,
            case_of(model, goal),
            outcome=outcome,
            depth=depth,
            everything=everything,
        )
    if format_ == "json":
        text = why_not_json(found, model, (lang,) if lang else ())
    else:
        columns = shutil.get_terminal_size((80, 24)).columns
        text = why_not_as(
            found,
            model,
            format_,
            language,
            columns=columns,
            everything=everything,
            brief=brief,
        )
    colour = format_ == "text" and output is None and coloured(sys.stdout)
    write([painted(text, colour)], output)
    return 0
