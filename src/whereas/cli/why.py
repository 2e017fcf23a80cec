"""`whereas why`: the justification of a case, or of any fact."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import click

from whereas.cli.app import Command
from whereas.cli.cases import case_of
from whereas.cli.goals import goal_of, is_goal
from whereas.cli.options import (
    BRIEF,
    COLOR,
    DEEPEST,
    LANG,
    MODEL,
    OUTPUT,
    READINGS,
    Question,
    format_option,
    question_options,
)
from whereas.cli.question import asked, brief_in, language_of, policy_of
from whereas.cli.settings import setting
from whereas.cli.terminal import coloured, painted, write
from whereas.diagnostics import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from whereas.engine.model import Model
    from whereas.explain import Blockage, Explainer, Fact, Justification, Proof
    from whereas.render.page import Detail

UNDETERMINED = 4


@click.command(
    "why",
    cls=Command,
    short_help="Justify one decision, or say what stands against it.",
    epilog="A case whose key has several columns: whereas why filing=F-1 batch=B-1",
)
@click.argument("goal", nargs=-1, required=True)
@question_options
@MODEL
@click.option(
    "--all",
    "all_proofs",
    is_flag=True,
    help="Fold nothing: all proofs (20 of each fact at most; the rest counted), and"
    " the conditions that cannot be judged before another one is met.",
)
@BRIEF
@setting(
    "--depth",
    type=click.IntRange(1, DEEPEST),
    help="How many levels of reasons are shown; in JSON, how many levels down a"
    " missing conclusion is followed (default: 8).",
)
@READINGS
@format_option("text", "markdown", "html", "json", "svg", "dot", "mermaid")
@OUTPUT
@LANG
@COLOR
def command(
    *,
    goal: tuple[str, ...],
    question: Question,
    saved: Path | None,
    all_proofs: bool,
    brief: bool,
    depth: int | None,
    readings: bool | None,
    format_: str,
    output: Path | None,
    lang: str | None,
) -> int:
    """Say why a case was decided as it was.

    GOAL is the key of a case (B-001), or an atom ('complete("F-001")'). For a case
    that was refused, the conditions that fail, root causes first, and those that hold.
    """
    from whereas.explain import DEPTH, PROOFS_SHOWN, justify
    from whereas.render.page import Detail

    brief_in(format_, brief=brief)
    policy = policy_of(question)
    language_of(policy, lang)
    model, explainer = asked(question, policy, saved, readings)
    most = PROOFS_SHOWN if all_proofs else None
    levels = depth or DEPTH
    if is_goal(goal):
        found: Justification | Proof | Blockage
        found = _explained(explainer, goal_of(policy, goal[0]), most, levels)
        code = 0
    elif policy.subject is None:
        raise UsageError(f"the policy `{policy.id}` has no cases; ask for an atom")
    else:
        found = justify(explainer, case_of(model, goal), all_proofs=most, depth=levels)
        code = 0 if found.decision.outcome is not None else UNDETERMINED
    detail = Detail(not all_proofs, depth, brief)
    text = _written(found, model, format_, lang, detail)
    colour = format_ == "text" and output is None and coloured(sys.stdout)
    write([painted(text, colour)], output)
    return code


def _explained(
    explainer: Explainer, goal: Fact, most: int | None, depth: int
) -> Proof | Blockage:
    from whereas.explain import blockage, prove

    if explainer.holds(goal):
        return prove(explainer, goal, all_proofs=most, absences=True)
    return blockage(explainer, goal, depth=depth)


def _written(
    found: Justification | Proof | Blockage,
    model: Model,
    format_: str,
    lang: str | None,
    detail: Detail,
) -> str:
    from whereas.explain import Justification
    from whereas.render import justification

    language = language_of(model.policy, lang)
    languages = (lang,) if lang else ()
    columns = shutil.get_terminal_size((80, 24)).columns
    if isinstance(found, Justification):
        if format_ == "json":
            from whereas.render import document

            return document.justification_json(found, model, languages)
        return justification.justification_as(
            found, model, format_, language, columns=columns, detail=detail
        )
    if format_ == "json":
        from whereas.render import document

        return document.explanation_json(found, model, languages)
    return justification.explanation_as(
        found, model, format_, language, columns=columns, detail=detail
    )
