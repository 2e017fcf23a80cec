"""Policies into what a condition rests on: the stated rows that could turn it.

Whether a condition holds can change only where a row comes, goes or moves that it
reads, and only in one direction: a row that comes turns what has to be absent, a row
that goes what has to be there, and one that moves both, by the columns that are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.policy.core import Aggregate, Atom, Either, Not, Variable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from whereas.policy.core import Correctable, Literal, Policy


@dataclass(frozen=True, slots=True)
class Reading:
    """Columns of a stated relation, of rows that have to be `there`, or must not."""

    relation: str
    there: bool
    columns: frozenset[int]

    def met(self, one: Correctable) -> bool:
        """Return whether a correction could bring about what is read."""
        if one.relation != self.relation:
            return False
        if one.action == "change":
            return any(move.position in self.columns for move in one.moves)
        return (one.action == "add") == self.there

    def turned(
        self, relation: str, *, comes: bool, goes: bool, moved: frozenset[int]
    ) -> bool:
        """Return whether a change to a relation's rows could turn what is read.

        A row that is changed neither comes nor goes; `moved` are its columns.
        """
        if relation != self.relation:
            return False
        if moved:
            return not moved.isdisjoint(self.columns)
        return goes if self.there else comes


# A relation, and whether its rows have to be there.
Node = tuple[str, bool]


class Footprint:
    """What relations of one policy rest on; each is looked up once."""

    def __init__(self, policy: Policy) -> None:
        """Take a policy; nothing is read yet."""
        self.policy = policy
        self._direct: dict[Node, tuple[frozenset[Reading], frozenset[Node]]] = {}
        self._whole: dict[Node, frozenset[Reading]] = {}
        # The literal is kept, so that its number stays its own.
        self._literals: dict[tuple[int, bool], tuple[Literal, frozenset[Reading]]] = {}

    def of(self, relation: str, *, there: bool) -> frozenset[Reading]:
        """Return what the rows of a derived relation rest on, through all rules."""
        found = self._whole.get((relation, there))
        if found is None:
            seen = {(relation, there)}
            open_ = [(relation, there)]
            readings: set[Reading] = set()
            while open_:
                read, nodes = self._rules(open_.pop())
                readings |= read
                open_ += sorted(nodes - seen)
                seen |= nodes
            found = self._whole[relation, there] = frozenset(readings)
        return found

    def of_literal(self, literal: Literal, *, there: bool) -> frozenset[Reading]:
        """Return what a literal rests on, to hold (`there`) or to fail."""
        key = (id(literal), there)
        known = self._literals.get(key)
        if known is None:
            found: set[Reading] = set()
            for atom, needed in signed([literal], there=there):
                if self.policy.relations[atom.relation].stated:
                    found.add(Reading(atom.relation, needed, named(atom)))
                else:
                    found |= self.of(atom.relation, there=needed)
            known = self._literals[key] = (literal, frozenset(found))
        return known[1]

    def turned(self, relation: str, one: Correctable) -> bool:
        """Return whether rows of a derived relation may differ after a correction."""
        return any(
            reading.met(one)
            for there in (True, False)
            for reading in self.of(relation, there=there)
        )

    def _rules(self, node: Node) -> tuple[frozenset[Reading], frozenset[Node]]:
        found = self._direct.get(node)
        if found is None:
            relation, there = node
            readings: set[Reading] = set()
            nodes: set[Node] = set()
            for rule in self.policy.rules_of(relation):
                for atom, needed in signed(rule.body, there=there):
                    if self.policy.relations[atom.relation].stated:
                        readings.add(Reading(atom.relation, needed, named(atom)))
                    else:
                        nodes.add((atom.relation, needed))
            found = self._direct[node] = (frozenset(readings), frozenset(nodes))
        return found


def signed(literals: Iterable[Literal], *, there: bool) -> Iterator[tuple[Atom, bool]]:
    """Yield the atoms of a body, and whether their rows have to be there for it.

    `there` is whether the body has to hold. Of an aggregate, both.
    """
    for literal in literals:
        match literal:
            case Atom():
                yield literal, there
            case Not(atom):
                yield atom, not there
            case Either(branches):
                for branch in branches:
                    yield from signed(branch, there=there)
            case Aggregate(body=body):
                yield from signed(body, there=True)
                yield from signed(body, there=False)
            case _:
                pass


def named(atom: Atom) -> frozenset[int]:
    """Return the columns of an atom that somebody names."""
    return frozenset(
        place
        for place, term in enumerate(atom.terms)
        if not (isinstance(term, Variable) and term.anonymous)
    )
