"""Spans, error codes, and the way an error is shown: the room that knows no other.

A user's mistake is a value, never an exception raised half-way: a stage collects
`Diagnostic`s, and only when it is done does it raise one `Invalid` that carries
them all. The exceptions of the product form one small tree, and each knows its
exit code:

    WhereasError                70  (never raised itself)
    ├── UsageError               2  the words of a command line, a missing `--today`
    ├── Invalid                  3  policy or facts are wrong: carries diagnostics
    ├── NothingSelected          5  an unknown case
    ├── IntegrityError           6  engines differ, a certificate fails
    └── LimitExceeded            7  time, memory, rows or rounds ran out
"""

from __future__ import annotations

import bisect
import enum
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from whereas.codes import Code

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Severity(enum.StrEnum):
    """How much a diagnostic weighs: an error refuses, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Source:
    """A text that was read, and its name to show: a path as the user wrote it."""

    name: str
    text: str = field(repr=False)

    @cached_property
    def _line_starts(self) -> tuple[int, ...]:
        starts = [0]
        starts.extend(i + 1 for i, c in enumerate(self.text) if c == "\n")
        return tuple(starts)

    def position(self, offset: int) -> tuple[int, int]:
        """Return the line and the column of an offset, both counted from 1."""
        line = bisect.bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """Return the text of a line (counted from 1), without its line end."""
        start = self._line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : end if end >= 0 else None].rstrip("\r")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a source: offsets into its text, the end exclusive."""

    source: Source
    start: int
    end: int

    @property
    def line(self) -> int:
        """The line on which the stretch begins, counted from 1."""
        return self.source.position(self.start)[0]

    @property
    def column(self) -> int:
        """The column at which the stretch begins, counted from 1."""
        return self.source.position(self.start)[1]

    @property
    def text(self) -> str:
        """The words themselves."""
        return self.source.text[self.start : self.end]

    def to(self, other: Span) -> Span:
        """Return the stretch from the beginning of this one to the end of another."""
        return Span(self.source, self.start, other.end)

    def __str__(self) -> str:
        return f"{self.source.name}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Cell:
    """A place in a fact file: a row and a column, as a spreadsheet counts them.

    `row` is the number of the record, the header being row 1 (None: the whole
    file); `column` is the header's word (None: the whole row); `value` is what
    stood there; `sheet` is the sheet of a workbook.
    """

    file: str
    row: int | None = None
    column: str | None = None
    value: str | None = None
    sheet: str | None = None

    @property
    def table(self) -> str:
        """The file, and in a workbook the sheet."""
        return self.file if self.sheet is None else f"{self.file}, sheet {self.sheet}"

    def within(
        self, row: int | None, column: str | None = None, value: str | None = None
    ) -> Cell:
        """Return a place in the same file and sheet."""
        return Cell(self.file, row, column, value, self.sheet)

    def __str__(self) -> str:
        words = [self.table]
        if self.row is not None:
            words.append(f"row {self.row}")
        if self.column is not None:
            words.append(f"column {self.column}")
        return ", ".join(words)


Place = Span | Cell


@dataclass(frozen=True, slots=True)
class Label:
    """A second place that a message speaks of: "first declared here"."""

    place: Place
    message: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One message to a user: what is wrong, where, and the way out.

    The message is lower case, without a full stop, in one line; the user's own
    words stand in backticks. `help` says an action.
    """

    code: Code
    message: str
    at: Place | None
    help: str | None = None
    labels: tuple[Label, ...] = ()
    severity: Severity = Severity.ERROR

    @property
    def is_error(self) -> bool:
        """Whether it refuses the input."""
        return self.severity is Severity.ERROR

    @property
    def sort_key(self) -> tuple[object, ...]:
        """The stable order of messages: file, place, code, words."""
        match self.at:
            case Span(source, start, _):
                return (source.name, start, "", self.code.value, self.message)
            case Cell(row=row, column=column):
                table = self.at.table
                return (table, row or 0, column or "", self.code.value, self.message)
            case None:
                return ("", 0, "", self.code.value, self.message)


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the diagnostics sorted by place, each said once."""
    seen: dict[tuple[object, ...], Diagnostic] = {}
    for diagnostic in diagnostics:
        seen.setdefault(diagnostic.sort_key, diagnostic)
    return tuple(seen[key] for key in sorted(seen, key=str_key))


def str_key(key: tuple[object, ...]) -> tuple[object, ...]:
    """Make mixed sort keys comparable: the numbers stay numbers, the rest is text."""
    return tuple(part if isinstance(part, int) else str(part) for part in key)


class WhereasError(Exception):
    """The root of what whereas raises; the command line catches it and nothing else."""

    exit_code = 70


class UsageError(WhereasError):
    """The request itself cannot be understood or lacks something (`--today`)."""

    exit_code = 2


class Invalid(WhereasError):  # noqa: N818  # named for what happened
    """Policy or facts are wrong; carries every diagnostic, errors and warnings."""

    exit_code = 3

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = in_order(diagnostics)
        super().__init__(
            "; ".join(
                f"{d.code.value} {d.message}" + (f" ({d.at})" if d.at else "")
                for d in self.diagnostics
                if d.is_error
            )
        )


class NothingSelected(WhereasError):  # noqa: N818  # named for what happened
    """The question names a case that the facts do not have."""

    exit_code = 5


class IntegrityError(WhereasError):
    """Two engines differ, or a model is not closed and founded: trust nothing."""

    exit_code = 6


class LimitExceeded(WhereasError):  # noqa: N818  # named for what happened
    """Time, memory, rows or rounds ran out; the message says what was being done."""

    exit_code = 7
    code = Code.LIMIT_EXCEEDED
