"""Whether to colour, and how to write a result: to stdout, or whole into a file."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

import click

from whereas.output_files import replaced

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sized
    from pathlib import Path

    from whereas.diagnostics import Invalid


# Where a command's `--color` stands in click's context.
COLOUR_WISH = "whereas.color"


def coloured(stream: TextIO) -> bool:
    """Tell whether a stream gets colour: as wished, or (`auto`) if it can show it."""
    context = click.get_current_context(silent=True)
    wish = context.meta.get(COLOUR_WISH) if context else None
    if wish in {"always", "never"}:
        return bool(wish == "always")
    from whereas.render.diagnostics import uses_colour

    return uses_colour(stream)


def show(invalid: Invalid) -> int:
    """Show every diagnostic on stderr, and return the exit code."""
    from whereas.render.diagnostics import diagnostics_as

    text = diagnostics_as(invalid.diagnostics, colour=coloured(sys.stderr))
    click.echo(text, err=True, nl=False)
    for note in getattr(invalid, "__notes__", ()):
        say(f"  = help: {note}")
    return invalid.exit_code


def write(parts: Iterable[str], output: Path | None) -> None:
    """Write a result to stdout, or to a file that is there whole or not at all."""
    with result(output) as stream:
        stream.writelines(parts)


def write_file(path: Path, parts: Iterable[str], *, in_place: bool = False) -> None:
    """Write a file whole or not at all; `in_place`: it was read to be changed."""
    with (
        replaced(path, in_place=in_place) as part,
        part.open("x", encoding="utf-8", newline="\n") as stream,
    ):
        stream.writelines(parts)


@contextmanager
def result(output: Path | None) -> Iterator[TextIO]:
    """Open where a result goes: stdout, or a file that is there whole or not at all.

    The file is written beside its place and then moved there: a reader never sees
    half of it.
    """
    if output is None:
        yield sys.stdout
        return
    with (
        replaced(output) as part,
        part.open("x", encoding="utf-8", newline="\n") as stream,
    ):
        yield stream


def say(words: str) -> None:
    """Say a line on stderr, where it is in nobody's way."""
    click.echo(words, err=True)


_SIGNS = {"✓": "\x1b[32m", "✗": "\x1b[31m"}


def painted(text: str, colour: bool) -> str:
    """Colour the signs of a text; they say the same without."""
    if not colour:
        return text
    for sign, paint in _SIGNS.items():
        text = text.replace(f"{sign} ", f"{paint}{sign}\x1b[0m ")
    return text


def counted(things: Sized, word: str) -> str:
    """Return how many there are, in words: `1 file`, `2 files`."""
    return f"{len(things)} {word}{'' if len(things) == 1 else 's'}"
