"""`whereas doc`: the page of a policy, made from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from whereas.cli.app import Command
from whereas.cli.options import (
    LANG,
    NO_POLICY,
    OUTPUT,
    POLICY,
    SET,
    TODAY,
    format_option,
)
from whereas.cli.progress import progress
from whereas.cli.question import language_of, parameters_of
from whereas.cli.settings import default_folder
from whereas.cli.terminal import write
from whereas.diagnostics import UsageError
from whereas.output_files import filled

if TYPE_CHECKING:
    from datetime import date

    from whereas.api import Documentation
    from whereas.policy.core import Policy


@click.command("doc", cls=Command, short_help="Write the page of the policy.")
@POLICY
@click.option(
    "--facts",
    "facts_wanted",
    is_flag=False,
    flag_value="",
    metavar="[FOLDER]",
    help="Decide these facts too (those of the defaults, if no folder is named): "
    "each clause then says how many decisions rest on it.",
)
@TODAY
@SET
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Write every form into a folder: Markdown and HTML in each language, JSON.",
)
@format_option("markdown", "html", "json")
@OUTPUT
@LANG
def command(
    *,
    policy: Path | None,
    facts_wanted: str | None,
    today: date | None,
    assignments: tuple[str, ...],
    out: Path | None,
    format_: str,
    output: Path | None,
    lang: str | None,
) -> int:
    """Write the page of the policy: its text with the rules, in their words.

    With parameters, what is not encoded, open questions, what rests on what, and
    from each clause to its rules, scenarios and decisions, with the gaps. `json` has
    that last part, for programs.
    """
    from whereas.api import load_policy

    if policy is None:
        raise UsageError(NO_POLICY)
    if out is not None and output is not None:
        raise UsageError("--out and --output exclude each other: name one of them")
    checked = load_policy(policy)
    language = language_of(checked, lang)
    found = _documented(checked, facts_wanted, today, assignments)
    if out is not None:
        _write_all(found.files((lang,) if lang else ()), out)
        return 0
    match format_:
        case "json":
            text = found.json()
        case "html":
            text = found.html(language)
        case _:
            text = found.markdown(language)
    write([text], output)
    return 0


def _documented(
    policy: Policy,
    wanted: str | None,
    today: date | None,
    assignments: tuple[str, ...],
) -> Documentation:
    from whereas.api import doc, load_facts

    with progress("running scenarios") as say:
        facts = None
        if wanted is not None:
            folder = wanted or default_folder("facts")
            if not folder:
                raise UsageError("no facts are named: give --facts FOLDER")
            if policy.subject is None:
                raise UsageError(
                    f"the policy `{policy.id}` decides nothing: leave --facts out"
                )
            say("reading facts")
            facts = load_facts(folder, policy)
        return doc(
            policy, facts, today=today, parameters=dict(parameters_of(assignments))
        )


def _write_all(files: dict[str, str], folder: Path) -> None:
    """Write files into a folder: all or none."""
    with filled(folder) as part:
        for name, text in files.items():
            (part / name).write_text(text, encoding="utf-8", newline="\n")
    for name in files:
        click.echo(folder / name)
