"""The options that several commands share, each group into one value."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from whereas.cli.settings import Function, setting
from whereas.cli.terminal import COLOUR_WISH
from whereas.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)

NO_POLICY = (
    "no policy is named: give --policy FOLDER, or `policy = …` in whereas.toml"
    " (`whereas init` lays one down)"
)
NO_FACTS = (
    "no facts are named: give --facts FOLDER, or `facts = …` in whereas.toml"
    " (`whereas init --facts` lays empty files down)"
)


@dataclass(frozen=True, slots=True)
class Question:
    """What is decided, and how: folders, day, parameters, engine."""

    policy: Path | None
    facts: Path | None
    today: date | None
    assignments: tuple[str, ...]
    engine: str
    certify: bool | None

    @property
    def policy_folder(self) -> Path:
        """The policy's folder, or a usage error that says how to name it."""
        if self.policy is None:
            raise UsageError(NO_POLICY)
        return self.policy

    @property
    def facts_folder(self) -> Path:
        """The facts' folder, or a usage error that says how to name it."""
        if self.facts is None:
            raise UsageError(NO_FACTS)
        return self.facts


class Day(click.ParamType[date]):
    """A day, written `2026-02-10`."""

    name = "date"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """Return the day, or fail with the form that is wanted."""
        if isinstance(value, date):
            return value
        from whereas.values import why_no_day

        found = _DAY.fullmatch(value.strip())
        if found is None:
            self.fail(
                f"`{value}` is no day; write one as YYYY-MM-DD, such as 2026-02-10",
                param,
                ctx,
            )
        year, month, day = map(int, found.groups())
        why = why_no_day(year, month, day)
        if why is not None:
            self.fail(f"`{value}` is not a day of the calendar: {why}", param, ctx)
        return date(year, month, day)


def _remember(context: click.Context, _: click.Parameter, wish: str) -> None:
    """Keep the wish where `terminal.coloured` looks for it."""
    context.meta[COLOUR_WISH] = wish


POLICY = setting(
    "--policy",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="The policy: a folder of rule files.",
)
FACTS = setting(
    "--facts",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="The facts: a folder with a file for each relation.",
)
LANG = setting(
    "--lang",
    metavar="LANGUAGE",
    help="The language of the words (default: the policy's first).",
)
COLOR = setting(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    expose_value=False,
    callback=_remember,
    help="Colour; `auto` is on a terminal without NO_COLOR.",
)
OUTPUT = click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the result to a file, whole or not at all.",
)
RAW_CELLS = setting(
    "--raw-cells",
    is_flag=True,
    help="In CSV leave cells as they are, also those that a spreadsheet would run.",
)
MODEL = click.option(
    "--model",
    "saved",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Ask a model that `decide --save FILE` kept.",
)
OUTCOME = setting(
    "--outcome",
    metavar="OUTCOME",
    help="The outcome that is asked about (default: the wanted one).",
)
TODAY = setting(
    "--today",
    type=Day(),
    metavar="YYYY-MM-DD",
    help="The day that `$today` is; the clock is never read.",
)
SET = click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="NAME=VALUE",
    help="Give a parameter of the policy another value; may be repeated.",
)
ENGINE = setting(
    "--engine",
    default="auto",
    metavar="ENGINE",
    help="auto, sqlite, duckdb or pydatalog; several (sqlite,duckdb) are compared.",
)
CERTIFY = setting(
    "--certify/--no-certify",
    default=None,
    help="Check the model whole, or never (default: small ones are).",
)
# How many levels of reasons can be asked for.
DEEPEST = 20
BRIEF = setting(
    "--brief",
    is_flag=True,
    help="One screen: the outcome, its root causes, duties and open readings.",
)
READINGS = setting(
    "--readings/--no-readings",
    default=None,
    help="Try the other readings of unsettled parameters; unless facts are many.",
)
# Of commands that compare decisions.
CASES = click.option(
    "--case",
    "cases",
    multiple=True,
    metavar="KEY",
    help="Justify this case (its key, or column=value,… ); may be repeated.",
)
JUSTIFY = setting(
    "--justify",
    type=click.IntRange(min=0),
    default=5,
    metavar="NUMBER",
    help="Justify so many of the cases that differ (default: 5).",
)
FAIL_ON = setting(
    "--fail-on",
    multiple=True,
    metavar="OUTCOME",
    help="Exit with 1 if a case comes to have this outcome; may be repeated.",
)


def format_option(*formats: str) -> Callable[[Function], Function]:
    """Return the option `--format`, the first of the formats being the default."""
    return setting(
        "--format",
        "format_",
        type=click.Choice(formats),
        default=formats[0],
        help=f"How the result is written (default: {formats[0]}).",
    )


def question_options(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options of a `Question`, as its argument `question`."""
    return _gathering(function, (POLICY, FACTS, TODAY, SET, ENGINE, CERTIFY))


def setting_options(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command those options of a `Question` that name no folder."""
    return _gathering(function, (TODAY, SET, ENGINE, CERTIFY))


def _gathering(
    function: Callable[..., int], options: Sequence[Callable[..., Any]]
) -> Callable[..., int]:
    @functools.wraps(function)
    def gathered(**values: Any) -> int:
        names = Question.__dataclass_fields__
        question = Question(**{name: values.pop(name, None) for name in names})
        return function(question=question, **values)

    command: Callable[..., int] = gathered
    for option in reversed(options):
        command = option(command)
    return command
