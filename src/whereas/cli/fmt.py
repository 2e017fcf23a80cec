"""`whereas fmt`: rule files in the one canonical layout."""

from __future__ import annotations

import difflib
from pathlib import Path

import click

from whereas.cli.app import Command
from whereas.cli.options import COLOR, NO_POLICY, POLICY
from whereas.cli.terminal import write, write_file
from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Invalid, Source, Span, UsageError
from whereas.user_files import read_regular, reason

NEGATIVE = 1


@click.command("fmt", cls=Command, short_help="Lay rule files out.")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@POLICY
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if one would.")
@click.option("--diff", is_flag=True, help="Change nothing; show what would change.")
@COLOR
def command(
    *, files: tuple[Path, ...], policy: Path | None, check: bool, diff: bool
) -> int:
    """Lay the `datalog` blocks of FILES out (of the policy, if none is named).

    Prose and comments stay as they are. A file with errors is left alone.
    """
    changed = []
    faults: list[Diagnostic] = []
    for path in _chosen(files, policy):
        try:
            before, after = _formatted(path)
        except Invalid as invalid:
            faults += invalid.diagnostics
            continue
        if after != before:
            changed.append((path, before, after))
    if faults:
        raise Invalid(faults)
    for path, before, after in changed:
        if diff:
            write(_diff(path, before, after), None)
            continue
        if not check:
            write_file(path, [after], in_place=True)
        write([f"{'would change' if check else 'changed'} {path}\n"], None)
    return NEGATIVE if changed and (check or diff) else 0


def _chosen(files: tuple[Path, ...], policy: Path | None) -> list[Path]:
    folders = files or ((policy,) if policy is not None else ())
    if not folders:
        raise UsageError(NO_POLICY)
    found: list[Path] = []
    for path in folders:
        if path.is_dir():
            found += sorted(path.glob("*.md"))
        elif path.exists():
            found.append(path)
        else:
            raise UsageError(f"there is no file or folder `{path}`")
    return found


def _formatted(path: Path) -> tuple[str, str]:
    from whereas.language.format import format_document

    try:
        text = read_regular(path).decode("utf-8")
    except OSError as error:
        raise UsageError(f"cannot read `{path}`: {reason(error)}") from None
    except UnicodeDecodeError:
        at = Span(Source(str(path), ""), 0, 0)
        message, way_out = "the file is not UTF-8", "save it as UTF-8"
        raise Invalid(
            [Diagnostic(Code.NOT_UTF8_POLICY, message, at, way_out)]
        ) from None
    return text, format_document(text, str(path))


def _diff(path: Path, before: str, after: str) -> list[str]:
    return list(
        difflib.unified_diff(
            before.splitlines(keepends=True),
            after.splitlines(keepends=True),
            str(path),
            str(path),
        )
    )
