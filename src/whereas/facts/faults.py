"""Faults of fact files, collected while reading; of a kind only so many are shown."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Cell, Diagnostic, Label

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# How many faults of one kind are shown for one file; the rest are counted.
SHOWN = 20

# After one of these a file's keys are not all known, so that nothing is said of
# references to it: one root cause, one error.
_STRUCTURAL = frozenset(
    {
        Code.MISSING_FILE,
        Code.TWO_FILES,
        Code.UNREADABLE_FILE,
        Code.NOT_UTF8,
        Code.NUL_BYTE,
        Code.MALFORMED_FILE,
        Code.NO_HEADER,
        Code.UNKNOWN_FACT_COLUMN,
        Code.MISSING_FACT_COLUMN,
        Code.DOUBLED_FACT_COLUMN,
        Code.BLANK_ROW,
        Code.FILE_TOO_LARGE,
        Code.TOO_MANY_COLUMNS,
        Code.TOO_MANY_ROWS,
        Code.UNPACKS_TOO_MUCH,
    }
)


class CellError(Exception):  # caught where the place is known
    """What is wrong with one cell: caught by the reader, which knows the place."""

    def __init__(self, code: Code, message: str, help_: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help_


class Faults:
    """The diagnostics of a load, in the making."""

    def __init__(self) -> None:
        self._shown: list[Diagnostic] = []
        self._counts: dict[tuple[str, Code], int] = {}
        self._unshown: dict[tuple[str, Code], Cell] = {}
        # Files whose keys are not all known.
        self.broken: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._counts)

    def full(self, code: Code, at: Cell) -> bool:
        """Count a fault; return whether enough of its kind are shown already."""
        kind = (at.table, code)
        count = self._counts.get(kind, 0) + 1
        self._counts[kind] = count
        if code in _STRUCTURAL:
            self.broken.add(at.table)
        if count > SHOWN:
            self._unshown.setdefault(kind, at.within(at.row))
            return True
        return False

    def add(
        self,
        code: Code,
        at: Cell,
        message: str,
        help_: str,
        labels: tuple[Label, ...] = (),
    ) -> None:
        """Enter one fault."""
        if not self.full(code, at):
            self._shown.append(Diagnostic(code, message, at, help_, labels))

    def diagnostics(self) -> list[Diagnostic]:
        """Return all that was found, and for each cut list how many more there are."""
        found = list(self._shown)
        for (table, code), at in self._unshown.items():
            more = self._counts[table, code] - SHOWN
            found.append(
                Diagnostic(
                    code,
                    f"and {more} more of these in `{table}`",
                    at,
                    "mend those above first; they may have one cause",
                )
            )
        return found


def shown(text: str) -> str:
    """Return a user's words in backticks, in one line and not too long."""
    words = text if len(text) <= 60 else text[:57] + "…"
    return "`" + "".join(c if c.isprintable() else repr(c)[1:-1] for c in words) + "`"


def unseen(text: str, words: Iterable[str]) -> str | None:
    """Return the difference to a word that is hard to see: blanks, capitals."""
    plain = text.strip()
    for word in words:
        if text == word or plain.lower() != word.lower():
            continue
        ends = [
            end
            for end, is_blank in (
                ("beginning", text != text.lstrip()),
                ("end", text != text.rstrip()),
            )
            if is_blank
        ]
        said = [f"a blank at the {' and the '.join(ends)}"] if ends else []
        said += ["other capitals"] if plain != word else []
        return " and ".join(said)
    return None


def nearest(word: str, words: Iterable[str]) -> str | None:
    """Return the word that was perhaps meant."""
    close = difflib.get_close_matches(word, list(words), n=1, cutoff=0.6)
    return close[0] if close else None


def listed(words: Sequence[str]) -> str:
    """Return words as a list in a sentence: "`a`, `b` or `c`"."""
    ticked = [shown(word) for word in words]
    if len(ticked) <= 1:
        return "".join(ticked)
    return ", ".join(ticked[:-1]) + " or " + ticked[-1]
