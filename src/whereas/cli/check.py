"""`whereas check`: everything that is wrong or suspect, and nothing decided."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from whereas.cli.app import Command
from whereas.cli.options import COLOR, NO_POLICY, OUTPUT, POLICY, format_option
from whereas.cli.progress import progress
from whereas.cli.settings import default_folder, setting
from whereas.cli.terminal import coloured, counted, say, write
from whereas.diagnostics import Diagnostic, Invalid, UsageError

if TYPE_CHECKING:
    from pathlib import Path


@click.command("check", cls=Command, short_help="Check the policy, or the facts.")
@POLICY
@click.option(
    "--facts",
    "facts_wanted",
    is_flag=False,
    flag_value="",
    metavar="[FOLDER]",
    help="Check the facts too: those of the defaults, or of this folder.",
)
@setting("--strict", is_flag=True, help="Exit with 1 if there are warnings.")
@format_option("text", "json", "sarif", "github")
@OUTPUT
@COLOR
def command(
    *,
    policy: Path | None,
    facts_wanted: str | None,
    strict: bool,
    format_: str,
    output: Path | None,
) -> int:
    """Check the policy: every error and every warning, each with its place.

    Where the result is text, diagnostics go to stderr; other formats are a result.
    """
    from whereas.policy import load_policy
    from whereas.render.diagnostics import diagnostics_as

    if policy is None:
        raise UsageError(NO_POLICY)
    found: tuple[Diagnostic, ...]
    words = ""
    try:
        checked = load_policy(policy)
        found = checked.warnings
        words = (
            f"{checked.id} {checked.version}: {counted(checked.rules, 'rule')},"
            f" {counted(checked.relations, 'relation')},"
            f" {counted(checked.outcomes, 'outcome')}\n"
        )
        if facts_wanted is not None:
            folder = facts_wanted or default_folder("facts")
            if not folder:
                raise UsageError("no facts are named: give --facts FOLDER")
            from whereas.facts import load_facts

            with progress("reading facts"):
                facts = load_facts(folder, checked)
            found = (*found, *facts.warnings)
            files = counted({(f.name, f.sheet) for f in facts.files.values()}, "file")
            words += f"{folder}: {counted(range(facts.size), 'fact')} in {files}\n"
    except Invalid as invalid:
        found = (*found, *invalid.diagnostics) if words else invalid.diagnostics
    errors = any(diagnostic.is_error for diagnostic in found)
    if format_ != "text":
        write([diagnostics_as(found, format_)], output)
    else:
        if found:
            shown = diagnostics_as(found, colour=coloured(sys.stderr))
            say(shown.removesuffix("\n"))
        if not errors:
            write([words], output)
    if errors:
        return Invalid.exit_code
    return 1 if strict and found else 0
