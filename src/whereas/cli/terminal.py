"""Whether to colour, and how to write a result: to stdout, or whole into a file."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from whereas.diagnostics import Invalid, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sized


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
    return invalid.exit_code


def write(parts: Iterable[str], output: Path | None) -> None:
    """Write a result to stdout, or to a file that is there whole or not at all."""
    with result(output) as stream:
        stream.writelines(parts)


def write_file(path: Path, parts: Iterable[str]) -> None:
    """Write a file whole or not at all."""
    write(parts, path)


@contextmanager
def result(output: Path | None) -> Iterator[TextIO]:
    """Open where a result goes: stdout, or a file that is there whole or not at all.

    The file is written beside its place and then moved there: a reader never sees
    half of it.
    """
    if output is None:
        yield sys.stdout
        return
    import tempfile

    try:
        handle, name = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
    except OSError as error:
        raise UsageError(f"cannot write `{output}`: {reason(error)}") from None
    part = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            yield stream
        part.chmod(_mode(output))
        part.replace(output)
    except OSError as error:
        raise UsageError(f"cannot write `{output}`: {reason(error)}") from None
    finally:
        with suppress(OSError):
            part.unlink()


def reason(error: OSError) -> str:
    """Return what the system says, as a part of our sentence."""
    words = error.strerror or str(error)
    return words[:1].lower() + words[1:]


def _mode(path: Path) -> int:
    """Return the mode of the file that is replaced, or of any new one."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


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
