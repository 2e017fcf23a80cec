"""Diagnostics into what a user or a tool reads: text, JSON, SARIF, annotations.

    error[E201]: unknown relation `aproved`
      ┌─ policy/nmpa-summary/20-safeguards.md:41:5
    41│     aproved(Product, on: Approved),
      │     ^^^^^^^ no rule or input defines it
      = help: did you mean `approved`?
      = page: explain-code E201

A label at the very place of its diagnostic is the word beside the caret. Nothing
heavy is imported: whoever mistypes a rule should not wait to be told.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, TextIO, assert_never

from whereas.diagnostics import Cell, Diagnostic, Label, Place, Severity, Span, in_order
from whereas.render.width import visible, width

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["FORMATS", "diagnostics_as", "uses_colour"]

FORMATS = ("text", "json", "sarif", "github")
SCHEMA = "whereas.diagnostics/1"

_TAB = "    "
_LONGEST = 100
_RED, _YELLOW, _BLUE, _BOLD, _PLAIN = (
    "\x1b[1;31m",
    "\x1b[1;33m",
    "\x1b[34m",
    "\x1b[1m",
    "\x1b[0m",
)


def diagnostics_as(
    diagnostics: Iterable[Diagnostic], format_: str = "text", *, colour: bool = False
) -> str:
    """Return diagnostics, in their stable order, in one of `FORMATS`.

    The text ends with a line that counts them; without any it is empty.
    """
    ordered = in_order(diagnostics)
    match format_:
        case "text":
            return _text(ordered, colour=colour)
        case "json":
            return _json(_document(ordered))
        case "sarif":
            return _json(_sarif(ordered))
        case "github":
            return "".join(_annotation(one) + "\n" for one in ordered)
    raise ValueError(format_)


def uses_colour(stream: TextIO, environment: Mapping[str, str] | None = None) -> bool:
    """Tell whether a stream takes colour: a terminal, and `NO_COLOR` is not set."""
    known = os.environ if environment is None else environment
    if known.get("NO_COLOR") or known.get("TERM") == "dumb":
        return False
    return stream.isatty()


def count_line(diagnostics: Sequence[Diagnostic]) -> str:
    """Return the last line: `2 errors, 1 warning`."""
    errors = sum(one.is_error for one in diagnostics)
    words = [
        f"{number} {word}{'' if number == 1 else 's'}"
        for number, word in ((errors, "error"), (len(diagnostics) - errors, "warning"))
        if number
    ]
    return ", ".join(words)


# --- text -------------------------------------------------------------------------


class _Pen:
    """Paints words, or leaves them as they are."""

    def __init__(self, *, colour: bool, severity: Severity) -> None:
        self.colour = colour
        self.strong = _RED if severity is Severity.ERROR else _YELLOW

    def __call__(self, style: str, text: str) -> str:
        return f"{style}{text}{_PLAIN}" if self.colour and text else text


def _text(diagnostics: Sequence[Diagnostic], *, colour: bool) -> str:
    if not diagnostics:
        return ""
    blocks = ["\n".join(_block(one, colour=colour)) for one in diagnostics]
    return "\n\n".join([*blocks, count_line(diagnostics)]) + "\n"


def _block(diagnostic: Diagnostic, *, colour: bool) -> list[str]:
    pen = _Pen(colour=colour, severity=diagnostic.severity)
    places = [diagnostic.at, *(label.place for label in diagnostic.labels)]
    gutter = max(
        (len(str(place.line)) for place in places if isinstance(place, Span)), default=2
    )
    gutter = max(2, gutter)
    head = f"{diagnostic.severity.value}[{diagnostic.code.value}]"
    lines = [f"{pen(pen.strong, head)}: {pen(_BOLD, visible(diagnostic.message))}"]
    if diagnostic.at is not None:
        lines += _place(diagnostic.at, diagnostic.labels, gutter, pen)
    indent = " " * gutter
    if diagnostic.help:
        lines.append(f"{indent}{pen(_BLUE, '=')} help: {visible(diagnostic.help)}")
    lines.append(f"{indent}{pen(_BLUE, '=')} page: explain-code {diagnostic.code}")
    return lines


def _place(at: Place, labels: Sequence[Label], gutter: int, pen: _Pen) -> list[str]:
    """Show the place, the word beside its caret, then the places that labels name."""
    beside = next((label.message for label in labels if label.place == at), "")
    lines = _shown(at, beside, "^", gutter, pen)
    for label in labels:
        if label.place != at:
            lines += _shown(label.place, label.message, "-", gutter, pen)
    return lines


def _shown(place: Place, message: str, mark: str, gutter: int, pen: _Pen) -> list[str]:
    indent = " " * gutter
    bar = pen(_BLUE, "│")
    style = pen.strong if mark == "^" else _BLUE
    lines = [f"{indent}{pen(_BLUE, '┌─')} {visible(str(place))}"]
    match place:
        case Span():
            before, marked, after = _line(place)
            number = pen(_BLUE, str(place.line).rjust(gutter))
            shift = width(before)
        case Cell():
            if not place.value:
                if message:
                    lines.append(f"{indent}{bar} {visible(message)}")
                return lines
            before, marked, after = "", _clipped(visible(place.value)), ""
            number, shift = indent, 0
            bar_line = f"{number}{bar} {marked}"
            caret = mark * max(1, width(marked))
            return [
                *lines,
                bar_line,
                f"{indent}{bar} {pen(style, _with(caret, message))}",
            ]
        case _:
            assert_never(place)
    caret = " " * shift
    underline = mark * max(1, width(marked))
    return [
        *lines,
        f"{number}{bar} {before}{marked}{after}".rstrip(),
        f"{indent}{bar} {caret}{pen(style, _with(underline, message))}",
    ]


def _with(underline: str, message: str) -> str:
    return f"{underline} {visible(message)}" if message else underline


def _line(span: Span) -> tuple[str, str, str]:
    """Cut the span's first line in three, made visible; a long one loses its ends."""
    line = span.source.line(span.line)
    start = span.column - 1
    end = min(len(line), max(start, start + span.end - span.start))
    before, marked, after = (
        visible(part.replace("\t", _TAB))
        for part in (line[:start], line[start:end], line[end:])
    )
    if width(before) + width(marked) + width(after) <= _LONGEST:
        return before, marked, after
    marked = _clipped(marked)
    room = _LONGEST - width(marked)
    if width(before) > room // 2:
        before = "…" + before[-(room // 3) :]
    return before, marked, _clipped(after, max(8, room - width(before)))


def _clipped(text: str, columns: int = _LONGEST) -> str:
    if width(text) <= columns:
        return text
    kept = text[:columns]
    while width(kept) >= columns:
        kept = kept[:-1]
    return kept + "…"


# --- for machines -----------------------------------------------------------------


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _end(span: Span) -> tuple[int, int]:
    return span.source.position(span.end)


def _where(place: Place | None) -> dict[str, Any] | None:
    match place:
        case None:
            return None
        case Span():
            end_line, end_column = _end(place)
            return {
                "file": place.source.name,
                "line": place.line,
                "column": place.column,
                "end_line": end_line,
                "end_column": end_column,
            }
        case Cell(file, row, column, value, sheet):
            words = {"file": file, "row": row, "column": column, "value": value}
            return words if sheet is None else {**words, "sheet": sheet}
    assert_never(place)


def _document(diagnostics: Sequence[Diagnostic]) -> dict[str, Any]:
    errors = sum(one.is_error for one in diagnostics)
    return {
        "schema": SCHEMA,
        "counts": {"errors": errors, "warnings": len(diagnostics) - errors},
        "diagnostics": [
            {
                "code": one.code.value,
                "severity": one.severity.value,
                "message": one.message,
                "help": one.help,
                "place": _where(one.at),
                "labels": [
                    {"place": _where(label.place), "message": label.message}
                    for label in one.labels
                ],
            }
            for one in diagnostics
        ],
    }


def _location(place: Place) -> dict[str, Any]:
    """Return a SARIF location; a cell has no line, so its row is a logical place."""
    from urllib.parse import quote

    match place:
        case Span(source, _, _):
            end_line, end_column = _end(place)
            region = {
                "startLine": place.line,
                "startColumn": place.column,
                "endLine": end_line,
                "endColumn": end_column,
            }
            return {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(source.name)},
                    "region": region,
                }
            }
        case Cell(file, row, _, _):
            location: dict[str, Any] = {
                "physicalLocation": {"artifactLocation": {"uri": quote(file)}}
            }
            if row is not None:
                location["logicalLocations"] = [
                    {"fullyQualifiedName": str(place), "kind": "row"}
                ]
            return location
    assert_never(place)


def _said(diagnostic: Diagnostic) -> str:
    """Return the message for a tool that shows no snippet: with row, value and help."""
    words = diagnostic.message
    if isinstance(diagnostic.at, Cell) and diagnostic.at.row is not None:
        words += f" ({diagnostic.at})"
    return f"{words}\nhelp: {diagnostic.help}" if diagnostic.help else words


def _sarif(diagnostics: Sequence[Diagnostic]) -> dict[str, Any]:
    codes = sorted({one.code for one in diagnostics})
    results = []
    for one in diagnostics:
        result: dict[str, Any] = {
            "ruleId": one.code.value,
            "ruleIndex": codes.index(one.code),
            "level": one.severity.value,
            "message": {"text": _said(one)},
        }
        if one.at is not None:
            result["locations"] = [_location(one.at)]
        related = [
            {**_location(label.place), "message": {"text": label.message}}
            for label in one.labels
            if label.place != one.at
        ]
        if related:
            result["relatedLocations"] = related
        results.append(result)
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "whereas",
                        "rules": [
                            {
                                "id": code.value,
                                "name": code.name.title().replace("_", ""),
                            }
                            for code in codes
                        ],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }


def _annotation(diagnostic: Diagnostic) -> str:
    """Return a workflow command of GitHub's, its own characters escaped."""
    properties = {"title": diagnostic.code.value}
    match diagnostic.at:
        case Span(source, _, _) as span:
            end_line, end_column = _end(span)
            properties |= {"file": source.name, "line": str(span.line)}
            properties |= {"col": str(span.column), "endLine": str(end_line)}
            # GitHub takes an end column only within one line.
            if end_line == span.line:
                properties["endColumn"] = str(end_column)
        case Cell(file, _, _, _):
            properties["file"] = file
        case None:
            pass
    said = ",".join(f"{key}={_property(text)}" for key, text in properties.items())
    return f"::{diagnostic.severity.value} {said}::{_data(_said(diagnostic))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
