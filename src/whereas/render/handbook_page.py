"""What the page of a policy is made of: all that its template is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whereas.render.graph import Graph
    from whereas.render.prose import Heading, Prose


@dataclass(frozen=True, slots=True)
class Link:
    """A word, and what it leads to on the page (None: nothing)."""

    text: str
    anchor: str | None = None


@dataclass(frozen=True, slots=True)
class Saying:
    """A sentence of the policy: in which language, of what, and its words."""

    language: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of a rule besides its words."""

    anchor: str
    label: str
    relation: str
    cites: tuple[str, ...]
    sayings: tuple[Saying, ...]
    rests_on: tuple[Link, ...]
    used_by: tuple[Link, ...]
    scenarios: tuple[str, ...] | None
    in_scenarios: str
    decisions: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A `datalog` block: its words, what it declares, and its rules."""

    text: str
    declares: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class File:
    """A file of the policy: its name to link to, and its pieces in their order."""

    anchor: str
    name: str
    pieces: tuple[Heading | Prose | Block, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of one of the page's lists: cells, and what the first one leads to."""

    cells: tuple[str, ...]
    anchor: str | None = None


@dataclass(frozen=True, slots=True)
class Handbook:
    """The page of a policy in one language: all that its template is given."""

    language: str
    title: str
    name: str
    sha256: str
    counts: tuple[str, ...]
    outcomes: tuple[Line, ...]
    undetermined: bool
    sources: tuple[Line, ...]
    files: tuple[File, ...]
    graph: Graph
    by_files: bool
    inputs: tuple[Line, ...]
    parameters: tuple[Line, ...]
    unencoded: tuple[Line, ...]
    questions: tuple[Line, ...]
    trace: tuple[Line, ...]
    gaps: tuple[Line, ...]
