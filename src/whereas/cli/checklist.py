"""`whereas checklist`: a case before a reviewer, check by check of a section."""

from __future__ import annotations

import re
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
    MODEL,
    OUTPUT,
    Question,
    format_option,
    question_options,
)
from whereas.cli.question import asked, language_of, policy_of
from whereas.cli.settings import setting
from whereas.cli.terminal import coloured, painted, write
from whereas.diagnostics import UsageError
from whereas.output_files import filled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whereas.api import Checklist
    from whereas.engine.model import Model
    from whereas.policy.core import Policy
    from whereas.values import Value

ENDINGS = {"text": "txt", "markdown": "md", "html": "html", "json": "json"}


@click.command(
    "checklist", cls=Command, short_help="Lay a case before a reviewer, check by check."
)
@click.argument("case", nargs=-1)
@question_options
@MODEL
@setting(
    "--section",
    metavar="WORDS",
    help="The section whose checks are gone through: its heading, or the beginning.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Write a file for each case into a folder: for all cases, if none is named.",
)
@format_option("text", "markdown", "html", "json")
@OUTPUT
@LANG
@COLOR
def command(
    *,
    case: tuple[str, ...],
    question: Question,
    saved: Path | None,
    section: str | None,
    out: Path | None,
    format_: str,
    output: Path | None,
    lang: str | None,
) -> int:
    """Go through a section of the policy for CASE, in the order of its text.

    Each quotation of the regulation is a check; below it stands how the case meets it,
    with files and rows, and what is left to a person. The HTML prints on one page.
    """
    from whereas.api import checklist

    policy = policy_of(question)
    language = language_of(policy, lang)
    if policy.subject is None:
        raise UsageError(f"the policy `{policy.id}` has no cases")
    if not case and out is None:
        raise UsageError("name a case, or a folder for those of all: --out FOLDER")
    if out is not None and output is not None:
        raise UsageError("--out and --output exclude each other: name one of them")
    slug = _section(policy, section)
    model, _ = asked(question, policy, saved)
    columns = shutil.get_terminal_size((80, 24)).columns
    if out is None:
        found = checklist(model, case_of(model, case), slug)
        text = _written(found, format_, language, lang, columns)
        colour = format_ == "text" and output is None and coloured(sys.stdout)
        write([painted(text, colour)], output)
        return 0
    cases = [case_of(model, case)] if case else list(_cases(model, policy))
    names = [f"{_name(key)}.{ENDINGS[format_]}" for key in cases]
    with filled(out) as part:
        for key, name in zip(cases, names, strict=True):
            text = _written(checklist(model, key, slug), format_, language, lang, 80)
            (part / name).write_text(text, encoding="utf-8", newline="\n")
    for name in names:
        click.echo(out / name)
    return 0


def _written(
    found: Checklist, format_: str, language: str, lang: str | None, columns: int
) -> str:
    match format_:
        case "json":
            return found.json((lang,) if lang else ())
        case "html":
            return found.html(language)
        case "markdown":
            return found.markdown(language)
    return found.text(language, columns=columns)


def _section(policy: Policy, wish: str | None) -> str:
    """Return the section that is meant: by its name, or how that begins."""
    from whereas.explain.checklist import sections
    from whereas.language.markdown import slug_of
    from whereas.policy.spelling import did_you_mean

    known = sections(policy, policy.program)
    if wish is None:
        some = "".join(f"\n  {slug}" for slug in known)
        raise UsageError(
            f"name the section to go through, with --section; `{policy.id}` has:{some}"
        )
    slug = slug_of(wish)
    if slug in known:
        return slug
    begin = [one for one in known if one.startswith(slug)]
    if len(begin) == 1:
        return begin[0]
    if begin:
        some = ", ".join(f"`{one}`" for one in begin)
        raise UsageError(f"several sections begin with `{wish}`: {some}")
    way_out = did_you_mean(slug, known, "there are " + ", ".join(known))
    raise UsageError(f"the policy has no section `{wish}`; {way_out}")


def _cases(model: Model, policy: Policy) -> Iterator[tuple[Value, ...]]:
    key = policy.relations[policy.subject or ""].key
    for row in model.rows(policy.subject or ""):
        yield tuple(row[position] for position in key)


def _name(key: tuple[Value, ...]) -> str:
    """Return a case as the name of a file."""
    from whereas.values import written

    said = "-".join(one if isinstance(one, str) else written(one) for one in key)
    return re.sub(r"[^\w.-]+", "_", said).strip(".") or "_"
