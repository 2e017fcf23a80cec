"""`whereas diff`: two policies, or two sets of facts, by what they decide."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from whereas.cli.app import Command
from whereas.cli.cases import key_of
from whereas.cli.options import (
    CASES,
    COLOR,
    FAIL_ON,
    JUSTIFY,
    LANG,
    NO_FACTS,
    NO_POLICY,
    OUTPUT,
    Question,
    format_option,
    setting_options,
)
from whereas.cli.progress import progress
from whereas.cli.question import language_of, parameters_of, warn
from whereas.cli.settings import default_folder, setting
from whereas.cli.terminal import coloured, painted, say, write
from whereas.cli.what_if import NEGATIVE, known_outcomes
from whereas.diagnostics import Invalid, UsageError

if TYPE_CHECKING:
    from whereas.explain import Decisions
    from whereas.policy.core import Policy


@click.command(
    "diff",
    cls=Command,
    short_help="Compare two policies, or two sets of facts, by their decisions.",
    epilog="""\
  whereas diff policy/old policy/new --facts facts/demo
  whereas diff policy/new                     (against that of whereas.toml)
  whereas diff --facts facts/may --facts facts/june
""",
)
@click.argument(
    "policies", nargs=-1, type=click.Path(path_type=Path), metavar="[POLICY] [POLICY]"
)
@click.option(
    "--facts",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="The facts of both sides; given twice, of each.",
)
@setting_options
@CASES
@JUSTIFY
@setting(
    "--wanted",
    multiple=True,
    metavar="OUTCOME",
    help="An outcome that counts as wanted, besides those that the policies mark.",
)
@FAIL_ON
@format_option("text", "markdown", "html", "json")
@OUTPUT
@LANG
@COLOR
def command(
    *,
    policies: tuple[Path, ...],
    folders: tuple[Path, ...],
    question: Question,
    cases: tuple[str, ...],
    justify: int,
    wanted: tuple[str, ...],
    fail_on: tuple[str, ...],
    format_: str,
    output: Path | None,
    lang: str | None,
) -> int:
    """Show the decisions that differ between two policies, and why on both sides.

    Or between two sets of facts under one policy. Outcomes that only one policy
    knows are compared by whether they are wanted. Each policy reads its own inputs
    from the facts, and passes over the other's.
    """
    from whereas.api import diff, load_policy

    sides = _sides(policies, folders)
    known: dict[Path, Policy] = {}
    for folder, _ in sides:
        if folder not in known:
            known[folder] = load_policy(folder)
    first, second = (known[folder] for folder, _ in sides)
    language = language_of(second, lang)
    if lang is not None:
        language_of(first, lang)
    known_outcomes((*fail_on, *wanted), (first, second))
    _known_parameters(question, first, second)
    try:
        before = _decided(question, first, sides[0][1], second)
        after = _decided(question, second, sides[1][1], first)
    except Invalid:
        if len({folder for _, folder in sides}) == 1 and first.id != second.id:
            say(
                f"both policies read {sides[0][1]}; where each has facts of its own,"
                " give --facts twice, in the order of the policies\n"
            )
        raise
    keys = [key_of(second, tuple(each.split(","))) for each in cases]
    found = diff(before, after, wanted=wanted, cases=keys, justify=justify)
    if format_ == "json":
        text = found.json((lang,) if lang else ())
    else:
        columns = shutil.get_terminal_size((80, 24)).columns
        text = {
            "text": lambda: found.text(language, columns=columns),
            "markdown": lambda: found.markdown(language),
            "html": lambda: found.html(language),
        }[format_]()
    colour = format_ == "text" and output is None and coloured(sys.stdout)
    write([painted(text, colour)], output)
    return NEGATIVE if found.comparison.newly & {*fail_on} else 0


def _sides(
    policies: tuple[Path, ...], folders: tuple[Path, ...]
) -> list[tuple[Path, Path]]:
    """Return policy and facts of both sides, from the words and the defaults."""
    if len(policies) > 2 or len(folders) > 2:
        raise UsageError("two policies, or two sets of facts, are compared at a time")
    if len(policies) < 2 and len(folders) < 2:
        said = default_folder("policy")
        if not policies:
            raise UsageError(
                "there is one side only: name two policies, or give --facts twice"
            )
        if said is None:
            raise UsageError(NO_POLICY)
        policies = (Path(said), *policies)
    elif not policies:
        said = default_folder("policy")
        if said is None:
            raise UsageError(NO_POLICY)
        policies = (Path(said),)
    if not folders:
        default = default_folder("facts")
        if default is None:
            raise UsageError(NO_FACTS)
        folders = (Path(default),)
    return [(policies[0], folders[0]), (policies[-1], folders[-1])]


def _known_parameters(question: Question, *policies: Policy) -> None:
    """See to it that a parameter that is set is at least one policy's."""
    from whereas.policy.spelling import did_you_mean, listed

    known = sorted({name for policy in policies for name in policy.parameters})
    for name in parameters_of(question.assignments):
        if name not in known:
            way = f"the parameters are {listed(known)}" if known else "there are none"
            raise UsageError(
                f"neither policy has a parameter `{name}`: "
                f"{did_you_mean(name, known, way)}"
            )


def _decided(
    question: Question, policy: Policy, folder: Path, other: Policy
) -> Decisions:
    """Decide one side; a parameter that only the other has is not set."""
    from whereas.api import decide, load_facts

    if policy.subject is None:
        raise UsageError(f"the policy `{policy.id}` has no cases to compare")
    chosen = {
        name: value
        for name, value in parameters_of(question.assignments).items()
        if name in policy.parameters
    }
    with progress("reading facts") as say:
        facts = load_facts(folder, policy, engine=question.engine, beside=other)
        say("deciding")
        found = decide(
            policy,
            facts,
            today=question.today,
            parameters=chosen,
            engine=question.engine,
            certify=question.certify,
            progress=say,
        )
    warn(facts)
    return found
