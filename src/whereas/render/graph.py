"""A graph of boxes and arrows, whatever it shows: what every picture is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """A box: `sign` and `title` stand first, then `text`, then `foot` in small.

    `kind` is conclusion, derived, fact, absence, check, input or outcome; `fails`
    marks what does not hold; `recursive` what rests on itself; `band` is the group
    of columns that it stands in, where the graph has bands.
    """

    key: str
    kind: str
    title: str
    text: str = ""
    foot: str = ""
    sign: str = ""
    fails: bool = False
    recursive: bool = False
    band: int | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow from what rests to what it rests on; `how` is said beside it.

    `kind` is plain, not, aggregate or recursive.
    """

    source: str
    target: str
    kind: str = "plain"
    how: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """Boxes and arrows under a title; `legend` says in words what kinds mean.

    A legend's entry is a kind of node or edge and its meaning; `bands` are the
    titles of groups of columns, from left to right.
    """

    language: str
    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    legend: tuple[tuple[str, str], ...] = ()
    bands: tuple[str, ...] = ()
