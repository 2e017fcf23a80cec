"""The folder that `decide --explain` writes: its heading, and a line for each case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whereas.checker.document import (
    PROOF_BYTES,
    open_lines,
    parsed,
    read_document,
    schema,
)
from whereas.diagnostics import Cell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADING, LINES = "heading.json", "explanations.jsonl"
HEADING_SCHEMA = "explanations-1.schema.json"
LINE_SCHEMA = "explanation-1.schema.json"
HELP = "write it anew with `whereas decide --explain all --out FOLDER`"


def read_heading(folder: Path) -> dict[str, Any]:
    """Return what a folder says of all its explanations; raises `Invalid`."""
    return read_document(folder / HEADING, HEADING_SCHEMA, HELP)


def read_lines(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the explanations of a folder; raises `Invalid`."""
    path, expected = folder / LINES, schema(LINE_SCHEMA)
    with open_lines(path, HELP) as stream:
        number = 0
        while line := stream.readline(PROOF_BYTES):
            number += 1
            yield parsed(line, expected, Cell(str(path), row=number), HELP)
