"""What is known about values that a proposal leaves open: a store of constraints.

An `Unknown` stands for one stored integer (`whereas.values`). A `Store` holds for
each the values that it may still have, which unknowns are equal or different, and
by how much one must not exceed another (difference constraints; these are kept
consistent on the bounds, with a test for negative cycles after Bellman and Ford).
Stores are values: adding a constraint gives another store, or None where nothing
satisfies both.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from whereas.engine.arithmetic import LAST_DAY
from whereas.values import LARGEST, NONE

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from whereas.values import Type


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that is left open, known by its number."""

    number: int


Cell = int | Unknown


@dataclass(frozen=True, slots=True)
class Domain:
    """The values that an unknown may have, `none` apart.

    `members` None: any between the bounds (a text has none). `value` False: only
    `none` is left.
    """

    low: int | None = None
    high: int | None = None
    members: frozenset[int] | None = None
    excluded: frozenset[int] = frozenset()
    none: bool = False
    value: bool = True

    def has(self, value: int) -> bool:
        """Return whether a value is among them."""
        if value == NONE:
            return self.none
        return (
            self.value
            and (self.low is None or value >= self.low)
            and (self.high is None or value <= self.high)
            and (self.members is None or value in self.members)
            and value not in self.excluded
        )

    def tidy(self) -> Domain | None:
        """Return the same values told shortest; None if there are none."""
        one = self
        if self.value:
            if one.members is not None:
                kept = frozenset(m for m in one.members if one.has(m))
                one = replace(one, members=kept, excluded=frozenset(), value=bool(kept))
            low, high = one.low, one.high
            while low is not None and low in one.excluded:
                low += 1
            while high is not None and high in one.excluded:
                high -= 1
            if low is not None and high is not None and low > high:
                one = replace(one, value=False)
            excluded = frozenset(
                value
                for value in one.excluded
                if (low is None or value >= low) and (high is None or value <= high)
            )
            one = replace(one, low=low, high=high, excluded=excluded)
        return one if one.value or one.none else None

    @property
    def only(self) -> int | None:
        """The one value that is left, if it is one."""
        if not self.value:
            return NONE
        if self.none:
            return None
        if self.members is not None:
            return next(iter(self.members)) if len(self.members) == 1 else None
        return self.low if self.low is not None and self.low == self.high else None

    def meet(self, other: Domain) -> Domain | None:
        """Return the values of both."""
        lows = [d.low for d in (self, other) if d.low is not None]
        highs = [d.high for d in (self, other) if d.high is not None]
        members = self.members
        if other.members is not None:
            members = other.members if members is None else members & other.members
        return Domain(
            max(lows, default=None),
            min(highs, default=None),
            members,
            self.excluded | other.excluded,
            self.none and other.none,
            self.value and other.value,
        ).tidy()

    def without(self, other: Domain) -> tuple[Domain, ...]:
        """Return what is in this and not in the other, in parts."""
        parts: list[Domain | None] = []
        if self.none and not other.none:
            parts.append(replace(self, value=False))
        if self.value:
            alone = replace(self, none=False)
            if not other.value:
                return (*(p for p in parts if p is not None), alone)
            if other.low is not None:
                parts.append(alone.meet(Domain(high=other.low - 1)))
            if other.high is not None:
                parts.append(alone.meet(Domain(low=other.high + 1)))
            if other.members is not None:
                if alone.members is None:
                    fewer = replace(alone, excluded=alone.excluded | other.members)
                else:
                    fewer = replace(alone, members=alone.members - other.members)
                parts.append(fewer.tidy())
            held = frozenset(v for v in other.excluded if alone.has(v))
            if held:
                parts.append(replace(alone, members=held).tidy())
        return tuple(part for part in parts if part is not None)

    def join(self, other: Domain) -> Domain | None:
        """Return the values of either, if one domain can tell them exactly."""
        none = self.none or other.none
        if not self.value or not other.value:
            return replace(self if self.value else other, none=none)
        if (self.members is None) != (other.members is None):
            return None
        if self.members is not None and other.members is not None:
            return replace(self, members=self.members | other.members, none=none)
        if self.excluded != other.excluded:
            return None
        first, second = sorted(
            (self, other), key=lambda d: (d.low is not None, d.low or 0)
        )
        if (
            first.high is not None
            and second.low is not None
            and second.low > first.high + 1
        ):
            return None
        highs = [d.high for d in (self, other)]
        high = None if None in highs else max(h for h in highs if h is not None)
        return replace(first, high=high, none=none)


def domain_of(type_: Type, members: Iterable[int] = ()) -> Domain:
    """Return all values of a type; `members` are the stored ones of an enumeration."""
    match type_.kind:
        case "date":
            return Domain(1, LAST_DAY, none=type_.optional)
        case "boolean":
            return Domain(members=frozenset({0, 1}), none=type_.optional)
        case "text":
            found = frozenset(members) if type_.members else None
            return Domain(members=found, none=type_.optional)
    return Domain(-LARGEST, LARGEST, none=type_.optional)


@dataclass(frozen=True, slots=True)
class Tie:
    """Two of some cells compare so: `one op other + by`, by their places.

    `op` is `=`, `!=` or `<=`.
    """

    op: str
    one: int
    other: int
    by: int = 0


@dataclass(frozen=True, slots=True)
class Store:
    """What is known about the unknowns. `made` counts them."""

    made: int = 0
    bound: Mapping[int, Cell] = field(default_factory=dict)
    domains: Mapping[int, Domain] = field(default_factory=dict)
    # (a, b, c): a - b <= c.
    differences: tuple[tuple[int, int, int], ...] = ()
    distinct: tuple[tuple[int, int], ...] = ()

    def fresh(self, domain: Domain) -> tuple[Unknown, Store]:
        """Return a new unknown."""
        number = self.made
        return Unknown(number), replace(
            self, made=number + 1, domains={**self.domains, number: domain}
        )

    def cell(self, cell: Cell) -> Cell:
        """Return the value of a cell, or the unknown that stands for it."""
        while isinstance(cell, Unknown):
            following = self.bound.get(cell.number)
            if following is None:
                return cell
            cell = following
        return cell

    def domain(self, cell: Cell) -> Domain:
        """Return the values that a cell may have."""
        cell = self.cell(cell)
        if isinstance(cell, Unknown):
            return self.domains[cell.number]
        if cell == NONE:
            return Domain(none=True, value=False)
        return Domain(members=frozenset({cell}))

    def equate(self, one: Cell, other: Cell) -> Store | None:
        """Let two cells be equal."""
        one, other = self.cell(one), self.cell(other)
        if one == other:
            return self
        if isinstance(one, int):
            one, other = other, one
        if isinstance(one, int):
            return None
        if isinstance(other, int):
            if not self.domains[one.number].has(other):
                return None
            found = replace(self, bound={**self.bound, one.number: other})
            return found._settled()
        met = self.domains[one.number].meet(self.domains[other.number])
        if met is None:
            return None
        found = replace(
            self,
            bound={**self.bound, one.number: other},
            domains={**self.domains, other.number: met},
        )
        return found._settled()

    def part(self, one: Cell, other: Cell) -> Store | None:
        """Let two cells be different."""
        one, other = self.cell(one), self.cell(other)
        if one == other:
            return None
        if isinstance(one, int) and isinstance(other, int):
            return self
        if isinstance(one, int):
            one, other = other, one
        if isinstance(other, int):
            assert isinstance(one, Unknown)  # noqa: S101
            domain = self.domains[one.number]
            if other == NONE:
                return self.narrow(one, replace(domain, none=False))
            if not domain.has(other):
                return self
            return self.narrow(one, replace(domain, excluded=domain.excluded | {other}))
        assert isinstance(one, Unknown)  # noqa: S101
        pair = (one.number, other.number)
        return replace(self, distinct=(*self.distinct, pair))._settled()

    def narrow(self, cell: Cell, domain: Domain) -> Store | None:
        """Let a cell have one of some values."""
        cell = self.cell(cell)
        if isinstance(cell, int):
            return self if domain.has(cell) else None
        met = self.domains[cell.number].meet(domain)
        if met is None:
            return None
        if met == self.domains[cell.number]:
            return self
        return replace(self, domains={**self.domains, cell.number: met})._settled()

    def known(self, cell: Cell) -> Store | None:
        """Let a cell have a value, and not `none`."""
        cell = self.cell(cell)
        if isinstance(cell, int):
            return None if cell == NONE else self
        return self.narrow(cell, replace(self.domains[cell.number], none=False))

    def within(self, one: Unknown, other: Unknown, most: int) -> Store | None:
        """Let one unknown exceed another by so much at most; neither is `none`."""
        found: Store | None = self
        for cell in (one, other):
            found = found and found.known(cell)
        if found is None:
            return None
        edge = (one.number, other.number, most)
        return replace(found, differences=(*found.differences, edge))._settled()

    def ties(self, cells: Sequence[Cell]) -> tuple[Tie, ...]:
        """Return how the unknowns among some cells compare.

        An unknown that is not among them is left out, and what follows from it for
        the others is kept.
        """
        places: dict[int, int] = {}
        found: dict[Tie, None] = {}
        for place, cell in enumerate(map(self.cell, cells)):
            if isinstance(cell, Unknown):
                first = places.setdefault(cell.number, place)
                if first != place:
                    found[Tie("=", first, place)] = None
        edges, offsets = self._shortest(places)
        for (one, other), most in edges.items():
            found[Tie("<=", places[one], places[other], most)] = None
        for a, b in self.distinct:
            ends = self.cell(Unknown(a)), self.cell(Unknown(b))
            if not (isinstance(ends[0], Unknown) and isinstance(ends[1], Unknown)):
                continue
            one, more = offsets.get(ends[0].number, (ends[0].number, 0))
            other, less = offsets.get(ends[1].number, (ends[1].number, 0))
            if one != other and one in places and other in places:
                found[Tie("!=", places[one], places[other], less - more)] = None
        return tuple(found)

    def _shortest(
        self, kept: Container[int]
    ) -> tuple[dict[tuple[int, int], int], dict[int, tuple[int, int]]]:
        """Return the differences of the unknowns that are kept, through all others.

        And for each other one that has a fixed distance to one that is kept, that one
        and the distance.
        """
        edges: dict[tuple[int, int], int] = {}

        def add(one: int, other: int, most: int) -> None:
            if one != other:
                edges[one, other] = min(most, edges.get((one, other), most))

        for a, b, most in self.differences:
            ends = self.cell(Unknown(a)), self.cell(Unknown(b))
            if isinstance(ends[0], Unknown) and isinstance(ends[1], Unknown):
                add(ends[0].number, ends[1].number, most)
        offsets: dict[int, tuple[int, int]] = {}
        inner = {number for edge in edges for number in edge if number not in kept}
        for hidden in sorted(inner):
            into = {one: by for (one, other), by in edges.items() if other == hidden}
            out = {other: by for (one, other), by in edges.items() if one == hidden}
            for one, by in into.items():
                for other, most in out.items():
                    add(one, other, by + most)
                if out.get(one) == -by:
                    offsets[hidden] = (one, -by)
            for edge in [edge for edge in edges if hidden in edge]:
                del edges[edge]
        # A hidden one may keep its distance to another that is hidden too.
        for hidden, kin in offsets.items():
            nearest, distance = kin
            while nearest in offsets:
                nearest, more = offsets[nearest]
                distance += more
            offsets[hidden] = (nearest, distance)
        return edges, offsets

    def _settled(self) -> Store | None:
        """Return the store with all that follows; None if it cannot be."""
        settling = _Settling(dict(self.bound), dict(self.domains))
        edges = [
            (settling.root(a), settling.root(b), c) for a, b, c in self.differences
        ]
        if _negative_cycle(edges):
            return None
        while True:
            before = settling.steps
            settling.bind()
            for a, b, most in self.differences:
                if not settling.limit(a, b, most):
                    return None
            for a, b in self.distinct:
                if not settling.tell_apart(a, b):
                    return None
            if settling.steps == before:
                return replace(self, bound=settling.bound, domains=settling.domains)


@dataclass(slots=True)
class _Settling:
    """A store's bindings and domains while consequences are drawn, in place."""

    bound: dict[int, Cell]
    domains: dict[int, Domain]
    # How much was learnt: the work is done when nothing is.
    steps: int = 0

    def root(self, number: int) -> Cell:
        """Return the value of an unknown, or the unknown that stands for it."""
        cell: Cell = Unknown(number)
        while isinstance(cell, Unknown) and cell.number in self.bound:
            cell = self.bound[cell.number]
        return cell

    def bind(self) -> None:
        """Bind what has one value left."""
        for number in sorted(self.domains):
            only = None if number in self.bound else self.domains[number].only
            if only is not None:
                self.bound[number] = only
                self.steps += 1

    def limit(self, one: int, other: int, most: int) -> bool:
        """Let one exceed another by so much at most; False: it cannot."""
        left, right = self.root(one), self.root(other)
        if isinstance(left, int) and isinstance(right, int):
            return NONE not in (left, right) and left - right <= most
        high = right if isinstance(right, int) else self.domains[right.number].high
        low = left if isinstance(left, int) else self.domains[left.number].low
        if (
            isinstance(left, Unknown)
            and high is not None
            and not self._narrow(left, Domain(high=high + most))
        ):
            return False
        if isinstance(right, Unknown) and low is not None:
            return self._narrow(right, Domain(low=low - most))
        return True

    def tell_apart(self, one: int, other: int) -> bool:
        """Let two be different, as soon as one is known; False: they are equal."""
        left, right = self.root(one), self.root(other)
        if left == right:
            return False
        if isinstance(left, int):
            left, right = right, left
        if isinstance(left, int) or isinstance(right, Unknown):
            return True
        domain = self.domains[left.number]
        if not domain.has(right):
            return True
        if right == NONE:
            return self._narrow(left, replace(domain, none=False))
        excluded = domain.excluded | {right}
        return self._narrow(left, replace(domain, excluded=excluded))

    def _narrow(self, cell: Unknown, to: Domain) -> bool:
        before = self.domains[cell.number]
        after = before.meet(to)
        if after is None:
            return False
        if after != before:
            self.domains[cell.number] = after
            self.steps += 1
        return True


def _negative_cycle(edges: list[tuple[Cell, Cell, int]]) -> bool:
    """Return whether differences contradict one another, whatever the values."""
    nodes = {cell for edge in edges for cell in edge[:2]}
    reach: dict[Cell, int] = dict.fromkeys(nodes, 0)
    for _ in range(len(nodes)):
        calm = True
        for a, b, most in edges:
            if reach[b] + most < reach[a]:
                reach[a] = reach[b] + most
                calm = False
        if calm:
            return False
    return bool(edges)
