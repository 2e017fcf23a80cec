"""A page as all formats have it: entries whose sentences are finished, in groups.

A template only lays them out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whereas.explain.proof import Fact, Stated


@dataclass(frozen=True, slots=True)
class Detail:
    """How much a page writes.

    `folded`: conditions that cannot be judged before another one is met are only
    named. `levels`: how many levels of what holds are written (None: all). `brief`:
    the outcome and its root causes, on one screen.
    """

    folded: bool = True
    levels: int | None = None
    brief: bool = False

    def in_format(self, format_: str) -> Detail:
        """Return the detail for a format: a page that can fold has everything."""
        if format_ == "html" and not self.brief:
            return replace(self, folded=False)
        return self


FOLDED = Detail()


@dataclass(frozen=True, slots=True)
class Entry:
    """A statement with its sentences finished.

    `sentence` ends with the place where it is explained, if that is elsewhere;
    `statement` is without it. `indent` is where it begins in a terminal; `closes`
    counts levels that end here.
    """

    kind: str
    depth: int
    indent: int
    number: str
    anchor: str
    sign: str
    word: str
    sentence: str
    why: str
    origin: str
    ids: str
    identity: str
    basis: str
    notes: tuple[str, ...]
    opens: bool
    closes: int
    # The numbers of the statements and facts that it rests on, said elsewhere.
    refers: tuple[str, ...] = ()
    statement: str = ""
    # The rule that it comes from, or the fact that it says, with its row.
    label: str = ""
    fact: tuple[Fact, Stated] | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Entries under one title; `brief` ones are shown in a line each.

    A `folded` group opens on demand, where a page can do that.
    """

    key: str
    title: str
    entries: tuple[Entry, ...]
    lines: tuple[str, ...] = ()
    brief: bool = False
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A decision in a reader's words: all that a template is given.

    `note` says what the page leaves out; `brief` that it has the root causes alone.
    """

    language: str
    title: str
    heading: str
    case: str
    outcome: str
    sign: str
    word: str
    head: Entry
    groups: tuple[Group, ...]
    colophon: tuple[str, ...]
    note: str = ""
    brief: bool = False
