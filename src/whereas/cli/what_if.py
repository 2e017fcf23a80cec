"""`whereas what-if`: decide again with something otherwise, and compare."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
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
    OUTPUT,
    Day,
    Question,
    format_option,
    question_options,
)
from whereas.cli.progress import progress
from whereas.cli.question import (
    language_of,
    parameters_of,
    policy_of,
    solved,
)
from whereas.cli.terminal import coloured, painted, write
from whereas.diagnostics import UsageError

if TYPE_CHECKING:
    from whereas.api import WhatIfResult
    from whereas.change.compare import WhatIf
    from whereas.cli.cases import Case
    from whereas.engine.model import Model
    from whereas.explain import Decisions
    from whereas.policy.core import Policy
    from whereas.scenarios.what_if import Kind, Supposition

NEGATIVE = 1
_FLAGS: dict[Kind, str] = {"remove": "--remove", "change": "--change", "add": "--add"}


@click.command(
    "what-if",
    cls=Command,
    short_help="Suppose other facts, parameters or another day.",
    epilog="""\
A row is written as an atom of the rules, its columns by position or by name:

  whereas what-if --change 'request("R-1", made: 2026-03-01)'
  whereas what-if --remove 'letter(request: "R-1")' --today 2026-03-01
""",
)
@click.argument(
    "file", required=False, type=click.Path(path_type=Path), metavar="[FILE]"
)
@question_options
@click.option(
    "--add",
    multiple=True,
    metavar="ROW",
    help="Suppose a row more; what is left out is empty. May be repeated.",
)
@click.option(
    "--change",
    multiple=True,
    metavar="ROW",
    help="Suppose other values in the row with this key. May be repeated.",
)
@click.option(
    "--remove",
    multiple=True,
    metavar="ROW",
    help="Suppose that the rows with these values were not there. May be repeated.",
)
@click.option(
    "--scenario",
    "names",
    multiple=True,
    metavar="NAME",
    help="Only this scenario of the file; may be repeated.",
)
@CASES
@JUSTIFY
@FAIL_ON
@click.option(
    "--model",
    "saved",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Start from a model that `decide --save FILE` kept.",
)
@format_option("text", "markdown", "html", "json")
@OUTPUT
@LANG
@COLOR
def command(
    *,
    file: Path | None,
    question: Question,
    add: tuple[str, ...],
    change: tuple[str, ...],
    remove: tuple[str, ...],
    names: tuple[str, ...],
    cases: tuple[str, ...],
    justify: int,
    fail_on: tuple[str, ...],
    saved: Path | None,
    format_: str,
    output: Path | None,
    lang: str | None,
) -> int:
    """Show which decisions turn if something were otherwise, and why.

    FILE holds what is supposed, in one or several scenarios; --add, --change and
    --remove suppose rows, --set and --today (besides those of `whereas.toml`)
    parameters and the day. No file is touched.
    """
    policy = policy_of(question)
    language = language_of(policy, lang)
    known_outcomes(fail_on, (policy,))
    words: list[tuple[Kind, str]] = [
        *(("remove", each) for each in remove),
        *(("change", each) for each in change),
        *(("add", each) for each in add),
    ]
    base, own = _apart(question)
    scenarios = _scenarios(policy, file, names, words, own)
    decided = _decided(base, policy, saved)
    keys = [key_of(policy, tuple(each.split(","))) for each in cases]
    found = _found(scenarios, decided, question, keys, justify)
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
    newly = {name for one in found.found for name in one.comparison.newly}
    return NEGATIVE if newly & {*fail_on} else 0


def known_outcomes(names: tuple[str, ...], policies: tuple[Policy, ...]) -> None:
    """See to it that outcomes that are named are some policy's."""
    from whereas.policy.spelling import did_you_mean

    known = dict.fromkeys(o.name for policy in policies for o in policy.outcomes)
    for name in names:
        if name not in (*known, "undetermined"):
            way_out = did_you_mean(name, known, f"there are {', '.join(known)}")
            raise UsageError(f"no outcome is called `{name}`; {way_out}")


def _apart(question: Question) -> tuple[Question, Question]:
    """Return the question as it stands without the command line, and what it adds.

    A day that is given on the command line alone is the day of both sides.
    """
    context = click.get_current_context()
    base, own = question, replace(question, today=None, assignments=())
    if _given("today"):
        day = os.environ.get("WHEREAS_TODAY") or context.lookup_default("today")
        if day:
            base = replace(base, today=Day().convert(day, None, context))
            own = replace(own, today=question.today)
    if _given("assignments"):
        set_ = tuple(context.lookup_default("assignments") or ())
        base = replace(base, assignments=set_)
        own = replace(own, assignments=question.assignments)
    return base, own


def _given(name: str) -> bool:
    """Return whether an option was given on the command line itself."""
    source = click.get_current_context().get_parameter_source(name)
    return source is click.core.ParameterSource.COMMANDLINE


def _scenarios(
    policy: Policy,
    file: Path | None,
    names: tuple[str, ...],
    words: list[tuple[Kind, str]],
    own: Question,
) -> list[Supposition]:
    """Return what is supposed: by each scenario of the file, and by the words."""
    from whereas.policy.spelling import did_you_mean
    from whereas.scenarios.what_if import Supposition, load_suppositions, suppose

    drafts = suppose(policy, words, _FLAGS)
    also = Supposition(None, drafts, dict(parameters_of(own.assignments)), own.today)
    if file is None:
        if names:
            raise UsageError("--scenario names a scenario of a file; name the file too")
        if not (drafts or own.assignments or own.today):
            if _given("today"):
                raise UsageError(
                    "no day is known to compare --today with: name the day of now as"
                    " `today` in whereas.toml, or as WHEREAS_TODAY"
                )
            raise UsageError(
                "nothing is supposed: name a file, or give --add, --change, --remove,"
                " --set or --today"
            )
        return [also]
    found = load_suppositions(policy, file)
    known = [one.name or "" for one in found]
    for name in names:
        if name not in known:
            way_out = did_you_mean(name, known, f"it has {', '.join(known) or 'one'}")
            raise UsageError(f"`{file}` has no scenario `{name}`; {way_out}")
    return [one.also(also) for one in found if not names or one.name in names]


def _decided(question: Question, policy: Policy, saved: Path | None) -> Decisions:
    """Decide as things stand, or open a model that was kept."""
    from whereas.explain import decide, open_saved

    if policy.subject is None:
        raise UsageError(f"the policy `{policy.id}` has no cases")
    if saved is None:
        model: Model = solved(question, policy)
    else:
        folder = question.facts if _given("facts") else None
        model = open_saved(saved, policy, folder, certify=question.certify)
    with progress("writing down the reasons"):
        return decide(model)


def _found(
    scenarios: list[Supposition],
    decided: Decisions,
    question: Question,
    keys: list[Case],
    justify: int,
) -> WhatIfResult:
    from whereas.api import WhatIfResult, what_if
    from whereas.facts.drafts import completed

    model = decided.model
    changes = [completed(model.facts, model.policy, one.drafts) for one in scenarios]
    found: list[WhatIf] = []
    with progress("deciding again") as say:
        for one, some in zip(scenarios, changes, strict=True):
            found += what_if(
                decided,
                some,
                today=one.today,
                parameters=one.parameters,
                name=one.name,
                cases=keys,
                justify=justify,
                engine=question.engine,
                certify=question.certify,
                progress=say,
            ).found
    return WhatIfResult(tuple(found))
