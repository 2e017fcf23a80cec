"""`whereas repair`: the smallest changes to facts that would help a case."""

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
    LANG,
    OUTPUT,
    Question,
    format_option,
    question_options,
)
from whereas.cli.question import asked, language_of, policy_of
from whereas.cli.settings import setting
from whereas.cli.terminal import coloured, painted, write
from whereas.diagnostics import UsageError

if TYPE_CHECKING:
    from whereas.change.repair import Repairs
    from whereas.engine.model import Model
    from whereas.policy.core import Policy


@click.command(
    "repair",
    cls=Command,
    short_help="Say what could be supplied or corrected to get the wanted outcome.",
    epilog="To try a proposal: whereas repair CASE --format changes --output f.yaml,"
    " then whereas what-if f.yaml",
)
@click.argument("case", nargs=-1)
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
    "every",
    is_flag=True,
    help="All cases that do not have a wanted outcome.",
)
@setting(
    "--most",
    "proposals",
    type=click.IntRange(min=1),
    default=10,
    help="Show so many proposals at most (default: 10).",
)
@setting(
    "--beyond",
    type=click.IntRange(min=0),
    help="Show those too that weigh so much more than the lightest (default: one"
    " and half of it, but 3 at most).",
)
@setting(
    "--max-steps",
    "states",
    type=click.IntRange(min=1),
    default=20_000,
    help="Stop the search after so many steps (default: 20000).",
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
    every: bool,
    proposals: int,
    beyond: int | None,
    states: int,
    format_: str,
    output: Path | None,
    lang: str | None,
) -> int:
    """Propose the smallest sets of changes that give cases the wanted outcome.

    CASE may be given several times; `--all` takes every case without a wanted outcome.
    Only what the policy declares `correctable` is proposed, the lightest first. Each
    proposal was decided again and helps. `--format changes` writes them as a
    what-if file.
    """
    from whereas.change.repair import repair_each
    from whereas.change.terms import Bounds

    policy = policy_of(question)
    language = language_of(policy, lang)
    if policy.subject is None:
        raise UsageError(f"the policy `{policy.id}` has no cases")
    if every == bool(case):
        raise UsageError("name one case or several, or else `--all`")
    keys = _keys(policy, case)
    if (every or len(keys) > 1) and format_ in {"html", "changes"}:
        raise UsageError(f"`--format {format_}` is for one case at a time")
    model, explainer = asked(question, policy, saved, dated=True)
    bounds = Bounds(proposals, beyond, states)
    named = None if every else [case_of(model, words) for words in keys]
    found = list(repair_each(explainer, named, bounds=bounds, today=question.today))
    languages = (lang,) if lang else ()
    if format_ == "json" and (every or len(found) > 1):
        documents = (
            _written(one, model, format_, language, languages) for one in found
        )
        text = f"[{','.join(documents)}]\n"
    else:
        text = "\n".join(
            _written(one, model, format_, language, languages, foot=one is found[-1])
            for one in found
        )
    colour = format_ == "text" and output is None and coloured(sys.stdout)
    write([painted(text, colour)], output)
    return 0


def _keys(policy: Policy, words: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return the words of each case: as many as the key has columns."""
    assert policy.subject is not None  # noqa: S101
    size = len(policy.relations[policy.subject].key)
    return [words[at : at + size] for at in range(0, len(words), size)]


def _written(
    found: Repairs,
    model: Model,
    format_: str,
    language: str,
    languages: tuple[str, ...],
    *,
    foot: bool = True,
) -> str:
    if format_ == "json":
        from whereas.render.repair_document import repairs_json

        return repairs_json(found, model, languages)
    if format_ == "changes":
        from whereas.render.repair_document import changes_yaml

        return changes_yaml(found, model, language)
    from whereas.render.repair import repairs_as

    columns = shutil.get_terminal_size((80, 24)).columns
    return repairs_as(found, model, format_, language, columns=columns, foot=foot)
