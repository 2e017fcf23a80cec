"""`whereas explain-code`: the page of an error code, without a network."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING

import click

from whereas.cli.app import Command
from whereas.cli.options import format_option
from whereas.cli.packaged import pages_folder
from whereas.cli.terminal import write
from whereas.codes import Code
from whereas.diagnostics import NothingSelected

if TYPE_CHECKING:
    from pathlib import Path


@click.command(
    "explain-code",
    cls=Command,
    short_help="Say what an error code means, with examples.",
)
@click.argument("code", required=False)
@format_option("text", "json")
def command(*, code: str | None, format_: str) -> int:
    """Say what CODE means, with a bad and a good example; without CODE, list all."""
    folder = pages_folder()
    if code is None:
        titles = {known.value: _title(folder, known.value) for known in sorted(Code)}
        if format_ == "json":
            text = _json({"schema": "whereas.codes/1", "codes": titles})
        else:
            text = "".join(f"{known}  {title}\n" for known, title in titles.items())
        write([text], None)
        return 0
    wanted = code.strip("[]").upper()
    path = folder / f"{wanted}.md"
    if wanted not in {known.value for known in Code} or not path.is_file():
        raise NothingSelected(_unknown(code))
    page = path.read_text(encoding="utf-8")
    if format_ == "json":
        about = {"code": wanted, "title": _title(folder, wanted), "page": page}
        page = _json({"schema": "whereas.codes/1", **about})
    write([page], None)
    return 0


def _unknown(code: str) -> str:
    known = sorted(one.value for one in Code)
    # Whoever reads a code off a screen takes O for 0, and may forget the letter.
    word = code.strip("[]").upper()
    digits = word.lstrip("EWX").replace("O", "0")
    meant = [one for one in known if one[1:] == digits]
    if meant:
        return f"no code is called `{code}`; did you mean `{meant[0]}`?"
    near = difflib.get_close_matches(word, known, n=3, cutoff=0.7)
    if not near and digits.isdecimal() and len(digits) == 3:
        alike = [one for one in known if one[0] == word[0]] or known
        near = sorted(alike, key=lambda one: (abs(int(one[1:]) - int(digits)), one))[:3]
    if not near:
        return f"no code is called `{code}`; `whereas explain-code` lists them all"
    listed = ", ".join(f"`{one}`" for one in sorted(near))
    return f"no code is called `{code}`; the nearest are {listed}"


def _title(folder: Path, code: str) -> str:
    path = folder / f"{code}.md"
    if not path.is_file():
        return ""
    first = path.read_text(encoding="utf-8").split("\n", 1)[0]
    return first.removeprefix("#").strip().removeprefix(code).lstrip(" :")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
