"""`whereas why`: the justification of a case, or of any fact."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from whereas.cli.app import Command
from whereas.cli.cases import case_of, is_goal
from whereas.cli.options import (
    COLOR,
    LANG,
    OUTPUT,
    Question,
    format_option,
    question_options,
)
from whereas.cli.question import language_of, policy_of, solved
from whereas.cli.terminal import coloured, painted, write
from whereas.diagnostics import UsageError

if TYPE_CHECKING:
    from whereas.engine.model import Model
    from whereas.explain import Justification

UNDETERMINED = 4


@click.command(
    "why",
    cls=Command,
    short_help="Justify one decision, or say what stands against it.",
    epilog="A case whose key has several columns: whereas why filing=F-1 batch=B-1",
)
@click.argument("goal", nargs=-1, required=True)
@question_options
@click.option(
    "--model",
    "saved",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Ask a model that `decide --save FILE` kept.",
)
@click.option(
    "--all",
    "all_proofs",
    is_flag=True,
    help="Show all proofs, not the first (20 of each fact at most; the rest counted).",
)
@format_option("text", "markdown", "html", "json")
@OUTPUT
@LANG
@COLOR
def command(
    goal: tuple[str, ...],
    question: Question,
    saved: Path | None,
    all_proofs: bool,
    format: str,
    output: Path | None,
    lang: str | None,
    color: str,
) -> int:
    """Say why a case was decided as it was.

    GOAL is the key of a case (B-001), or an atom ('complete("F-001")'). For a case
    that was refused, the conditions that hold and those that fail.
    """
    from whereas.explain import PROOFS_SHOWN, Explainer, justify

    policy = policy_of(question)
    language_of(policy, lang)
    model = solved(question, policy)
    explainer = Explainer(model)
    most = PROOFS_SHOWN if all_proofs else None
    if policy.subject is None:
        raise UsageError(f"the policy `{policy.id}` has no cases; ask for an atom")
    justification = justify(explainer, case_of(model, goal), all_proofs=most)
    text = _written(justification, model, format, lang)
    colour = format == "text" and output is None and coloured(sys.stdout, color)
    write([painted(text, colour)], output)
    return UNDETERMINED if justification.decision.outcome is None else 0


def _written(
    justification: Justification, model: Model, format_: str, lang: str | None
) -> str:
    language = language_of(model.policy, lang)
    if format_ == "json":
        from whereas.render.document import justification_json

        return justification_json(justification, model, (lang,) if lang else ())
    from whereas.render.justification import justification_as

    columns = shutil.get_terminal_size((80, 24)).columns
    return justification_as(justification, model, format_, language, columns=columns)
