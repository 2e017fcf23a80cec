"""The graph of reasons: goals, the rule instances that support them, and the attempts.

A *node* is a goal: a fact that holds, or a pattern that no fact matches. An *instance*
is one rule tried on a node. With no unmet literal it supports the node; with unmet
ones it is an attempt at it. What an instance looked at are nodes again: a proof, a
refusal and a list of what is lacking are readings of the same graph.

Instances of one body are kept together, column by column, so that one goal and a
hundred thousand are the same structure. Values are stored integers (`whereas.values`).
Columns of one `Instances` have the same length, and row i of each is instance i.

The builder is `graph_builder`. Readers are `reason_values` (one goal, as proof values),
`graph_json` (many cases, as lines of JSON) and `groups`.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whereas.policy.core import Literal, Rule
    from whereas.values import Type

Column = Sequence["int | None"]
# The values of a goal; None is any.
Values = tuple["int | None", ...]
# A node within its relation: the row in the file of a stated fact, the value of a
# derived fact with one column, else all values.
Key = int | tuple["int | None", ...]


class Nodes:
    """The nodes of a graph: each goal has one number."""

    def __init__(self) -> None:
        """Start with no node."""
        self._count = itertools.count()
        self._facts: dict[str, defaultdict[Key, int]] = {}
        self._missing: dict[str, defaultdict[Values, int]] = {}

    def facts(self, relation: str) -> defaultdict[Key, int]:
        """Return the numbers of a relation's facts; a new key gets the next number."""
        if relation not in self._facts:
            self._facts[relation] = defaultdict(self._count.__next__)
        return self._facts[relation]

    def missing(self, relation: str) -> defaultdict[Values, int]:
        """Return the numbers of patterns of a relation that no fact matches."""
        if relation not in self._missing:
            self._missing[relation] = defaultdict(self._count.__next__)
        return self._missing[relation]


def key_of(values: Sequence[int]) -> Key:
    """Return the key of a derived fact."""
    return values[0] if len(values) == 1 else tuple(values)


# --- what the literals of a body looked at --------------------------------------------


@dataclass(frozen=True, slots=True)
class LookedUp:
    """A positive atom: the node of each row, a fact or a goal that does not hold.

    None where the atom is unmet and nothing was tried for it: the relation is stated, a
    variable of the atom has no value, or the builder was not asked to go deeper.
    """

    nodes: Column


@dataclass(frozen=True, slots=True)
class Excluded:
    """A negated atom; for rows where it is unmet the facts that match it.

    `found` has the nodes of the first facts and how many there are in all.
    """

    found: Mapping[int, tuple[Sequence[int], int]]


@dataclass(frozen=True, slots=True)
class Comparing:
    """A comparison: the values of both sides."""

    left: Column
    right: Column


@dataclass(frozen=True, slots=True)
class Testing:
    """A membership test: the value that was looked for."""

    value: Column


@dataclass(frozen=True, slots=True)
class Alternatives:
    """An alternative: for each row where it is met the branch taken, else all attempts.

    `taken` has the number of the branch and the row of `supports[branch]`;
    `tried[branch]` maps a row that does not meet it to the row of `attempts[branch]`.
    """

    taken: Mapping[int, tuple[int, int]]
    supports: tuple[Instances, ...]
    tried: tuple[Mapping[int, int], ...]
    attempts: tuple[Instances, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """An aggregate: its value, the nodes of the first rows, and how many there are."""

    value: Column
    rows: Mapping[int, tuple[Sequence[Sequence[int]], int]]


Premises = LookedUp | Excluded | Comparing | Testing | Alternatives | Counted


@dataclass(frozen=True, slots=True)
class Instances:
    """Instances of one body: a rule tried on many nodes, or a branch of an alternative.

    `owners` are the nodes (of a branch: the rows of the body that it is part of).
    `given` are the variables that had their values, or none, before the body; of
    `variables` those have a column that the body mentions. Bit n of `unmet` says that
    literal n is not met, bit n of `open` that variable n (in the order of `variables`)
    has no value. `totals` says how many instances of the rule the owner has in all.
    """

    rule: Rule | None
    body: tuple[Literal, ...]
    types: Mapping[str, Type]
    given: tuple[str, ...]
    owners: Sequence[int]
    variables: Mapping[str, Column]
    unmet: Sequence[int]
    open: Sequence[int]
    totals: Sequence[int]
    premises: tuple[Premises, ...]

    def __len__(self) -> int:
        """Return how many instances there are."""
        return len(self.owners)


@dataclass(frozen=True, slots=True)
class StatedRows:
    """Stated facts of one relation: their nodes, rows in the file, and values."""

    relation: str
    nodes: Sequence[int]
    rows: Sequence[int]
    columns: Sequence[Sequence[int]]


# An instance: where it stands.
Place = tuple[Instances, int]


@dataclass(slots=True)
class Graph:
    """What was built for some goals: all supports below, attempts to a depth.

    `levels` has the goals that the rules were tried on: 1 for those that were asked
    for, one more for what an attempt at a goal lacks. A goal that is lacking again
    has its first level, and its attempts are there once. There are `depth` levels.
    """

    nodes: Nodes = field(default_factory=Nodes)
    supports: list[Instances] = field(default_factory=list)
    attempts: list[Instances] = field(default_factory=list)
    stated: list[StatedRows] = field(default_factory=list)
    levels: dict[int, int] = field(default_factory=dict)
    depth: int = 1

    def supporting(self) -> dict[int, list[Place]]:
        """Return the supporting instances of each derived node, the first one first."""
        return _by_owner(self.supports)

    def attempted(self) -> dict[int, list[Place]]:
        """Return the attempts at each node, the nearest first."""
        attempts = _by_owner(self.attempts)
        for places in attempts.values():
            # The sort keeps the order of the rules, and of their rows, among equals.
            places.sort(key=lambda place: place[0].unmet[place[1]].bit_count())
        return attempts


def _by_owner(parts: Sequence[Instances]) -> dict[int, list[Place]]:
    by_owner: dict[int, list[Place]] = defaultdict(list)
    for instances in parts:
        for row, owner in enumerate(instances.owners):
            by_owner[owner].append((instances, row))
    return dict(by_owner)
