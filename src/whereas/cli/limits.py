"""The limits of a command: options that every command has, into one budget."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from whereas.budget import LEAST_MEMORY, MEMORY_SHARE, Limits, in_units, limited
from whereas.cli.settings import variable
from whereas.cli.signals import wake_main_thread

if TYPE_CHECKING:
    from collections.abc import Iterator

# Where the values of the options stand in click's context.
_VALUES = "whereas.limits"
_MEMORY = re.compile(r"([0-9]{1,9})\s*(MB|GB|MiB|GiB)", re.IGNORECASE | re.ASCII)
_UNITS = {"mb": 10**6, "gb": 10**9, "mib": 2**20, "gib": 2**30}


class Seconds(click.FloatRange):
    """A number of seconds above 0, and finite."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number; `nan` is in no range, and `inf` is no limit."""
        number = super().convert(value, param, ctx)
        if not number < float("inf"):
            self.fail(f"`{value}` is no limit; write a number of seconds", param, ctx)
        return float(number)


class Memory(click.ParamType[int]):
    """An amount of memory, written `2GB`."""

    name = "size"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Return the bytes, or fail with the form that is wanted."""
        if isinstance(value, int):
            return value
        match = _MEMORY.fullmatch(str(value).strip())
        if match is None:
            self.fail(f"`{value}` is no size; write one as 500MB or 2GB", param, ctx)
        size = int(match[1]) * _UNITS[match[2].lower()]
        if size < LEAST_MEMORY:
            self.fail(f"`{value}` is below {in_units(LEAST_MEMORY)}", param, ctx)
        return size


def _keep(context: click.Context, option: click.Parameter, value: object) -> None:
    if value is not None:
        name = str(option.name).removeprefix("max_")
        context.meta.setdefault(_VALUES, {})[name] = value


def limit_options() -> list[click.Option]:
    """Return new options for one command."""
    share = f"{MEMORY_SHARE * 100:.0f} % of the machine's"
    described = (
        ("seconds", Seconds(min=0, min_open=True), 600.0, "seconds (default: 600)"),
        ("memory", Memory(), None, f"memory, such as 2GB (default: {share})"),
        ("rows", click.IntRange(min=1), 10**8, "derived rows (default: 100000000)"),
        (
            "rounds",
            click.IntRange(min=1),
            100_000,
            "rounds of a recursion (default: 100000)",
        ),
    )
    return [
        click.Option(
            [f"--max-{name}"],
            type=type_,
            default=default,
            envvar=variable(f"--max-{name}"),
            expose_value=False,
            callback=_keep,
            help=f"Stop at so many {words}."
            if name != "memory"
            else f"Stop at so much {words}.",
        )
        for name, type_, default, words in described
    ]


@contextmanager
def within_limits(context: click.Context) -> Iterator[None]:
    """Hold a command to the limits that its options give."""
    with limited(Limits(**context.meta.get(_VALUES, {})), wake_main_thread):
        yield
