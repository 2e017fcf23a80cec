"""`whereas graph`: what rests on what in a policy, drawn or listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from whereas.cli.app import Command
from whereas.cli.options import LANG, NO_POLICY, OUTPUT, POLICY, format_option
from whereas.cli.question import language_of
from whereas.cli.terminal import write
from whereas.diagnostics import UsageError

if TYPE_CHECKING:
    from pathlib import Path


@click.command(
    "graph", cls=Command, short_help="Draw what rests on what in the policy."
)
@click.argument("relations", nargs=-1, metavar="[RELATION]...")
@POLICY
@format_option("text", "svg", "dot", "mermaid", "json")
@OUTPUT
@LANG
def command(
    *,
    relations: tuple[str, ...],
    policy: Path | None,
    format_: str,
    output: Path | None,
    lang: str | None,
) -> int:
    """Show the relations of the policy: what each rests on, stratum by stratum.

    With RELATION, only it and what it rests on. A stratum is complete before the
    next one negates or counts it; `not` marks what rests on an absence, ↻ what
    rests on itself. `svg` is drawn here; `dot` is for Graphviz, `mermaid` for
    Markdown pages.
    """
    from whereas.api import graph, load_policy

    if policy is None:
        raise UsageError(NO_POLICY)
    checked = load_policy(policy)
    language = language_of(checked, lang)
    write([graph(checked, format_, language, relations=relations)], output)
    return 0
