"""Solutions of a search into proposals: what each value has to be, and an example."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from whereas.change.constraints import Cell, Domain, Store, Unknown
from whereas.values import NONE, Value, decode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from whereas.change.fact_reader import FactReader, Row
    from whereas.change.terms import Changed, State
    from whereas.policy.core import Correctable

# Nobody means a bound that is so near to the end of the calendar.
FAR = 1000


@dataclass(frozen=True, slots=True)
class Solution:
    """What a search found, a value for each unknown, and the outcome with these."""

    state: State
    example: Mapping[int, int]
    outcome: str | None


@dataclass(frozen=True, slots=True)
class ValueRange:
    """What a value has to be: `value` if it is settled, else what it may be.

    Bounds and `members` are values; `excluded` are those that it must not be.
    `none` says that it may be empty, `empty` that it has to be.
    """

    settled: bool = False
    value: Value = None
    low: Value = None
    high: Value = None
    members: tuple[Value, ...] | None = None
    excluded: tuple[Value, ...] = ()
    none: bool = False

    @property
    def free(self) -> bool:
        """Whether any value will do."""
        return (
            not self.settled
            and self.low is None
            and self.high is None
            and self.members is None
            and not self.excluded
        )


@dataclass(frozen=True, slots=True)
class Link:
    """How two open values compare, each by its step and column: `one op other + by`.

    `op` is `=`, `!=` or `<=`.
    """

    op: str
    one: tuple[int, int]
    other: tuple[int, int]
    by: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One change: `before` is None for a row to add.

    `by` are the statements that allow it; `moved` the columns that it leaves open
    or changes. A row to withdraw has none. `fresh` is the key column of a row to add
    that was given a value of its own. A row to add `exists` already or cannot come to
    be: some day that it has to bear is past.
    """

    by: tuple[Correctable, ...]
    action: str
    relation: str
    before: tuple[Value, ...] | None
    moved: tuple[int, ...]
    fresh: int | None = None
    exists: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """One way to make a proposal's changes: what each value has to be, an example.

    `ranges` and `example` have a row for each step; None where it is withdrawn.
    """

    ranges: tuple[tuple[ValueRange, ...] | None, ...]
    links: tuple[Link, ...]
    example: tuple[tuple[Value, ...] | None, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A set of changes that gives a wanted outcome; any of its ways will do."""

    outcome: str | None
    weight: int
    steps: tuple[Step, ...]
    ways: tuple[Way, ...]


class ProposalBuilder:
    """Puts solutions together and gives them in the values of the facts."""

    def __init__(self, facts: FactReader, case: Row) -> None:
        """Read the numbers of values as a search did; `case` is the stored key."""
        self.facts = facts
        # Before that day nothing can still come to be.
        self.present = facts.present(case)
        self.policy = facts.policy

    def proposal(self, group: Sequence[Solution]) -> Proposal:
        """Put the solutions of a group into one proposal."""
        first = group[0].state
        order = sorted(range(len(first.changes)), key=lambda i: self._order(first, i))
        steps = tuple(self._step(first.changes[i]) for i in order)
        ways: list[_Way] = []
        for state, example in ((one.state, one.example) for one in group):
            changes = [state.changes[i] for i in order]
            way = _Way(
                [
                    None
                    if c.after is None
                    else [state.store.domain(v) for v in c.after]
                    for c in changes
                ],
                _links(state.store, changes),
                [
                    None
                    if c.after is None
                    else values_of(state.store, c.after, example)
                    for c in changes
                ],
            )
            ways.append(way)
        while _join(ways):
            pass
        steps = tuple(
            replace(
                step, exists=all(self._exists(step, way.domains[i]) for way in ways)
            )
            for i, step in enumerate(steps)
        )
        return Proposal(
            group[0].outcome,
            first.cost,
            steps,
            tuple(self._way(steps, way) for way in ways),
        )

    def _exists(self, step: Step, domains: Sequence[Domain] | None) -> bool:
        """Whether a row to add has to bear a day before the present."""
        if step.action != "add" or domains is None or self.present is None:
            return False
        columns = self.policy.relations[step.relation].columns
        return any(
            column.type.kind == "date" and _before(domain, self.present)
            for column, domain in zip(columns, domains, strict=True)
        )

    def _order(self, state: State, place: int) -> tuple[bool, int, int, int]:
        """Order changes as they are done: first what others may refer to."""
        change = state.changes[place]
        row = change.before[-1] if change.before else 0
        fresh = self._step(change).fresh is not None
        return (not fresh, self.policy.correctable.index(change.by[0]), row, place)

    def _step(self, change: Changed) -> Step:
        table = self.policy.relations[change.relation]
        action = "add" if change.before is None else "change"
        action = "withdraw" if change.after is None else action
        moved = (
            tuple(sorted({m.position for one in change.by for m in one.moves}))
            if action == "change"
            else ()
        )
        before = change.before and self._decoded(change.relation, change.before[:-1])
        fresh = None
        if change.before is None and change.after is not None and len(table.key) == 1:
            cell = change.after[table.key[0]]
            if isinstance(cell, int) and cell in self.facts.fresh:
                fresh = table.key[0]
        return Step(change.by, action, change.relation, before, moved, fresh)

    def _decoded(self, relation: str, row: Sequence[int]) -> tuple[Value, ...]:
        columns = self.policy.relations[relation].columns
        return tuple(
            decode(value, column.type, self.facts.text)
            for value, column in zip(row, columns, strict=True)
        )

    def _way(self, steps: Sequence[Step], way: _Way) -> Way:
        return Way(
            tuple(
                None
                if row is None
                else tuple(
                    self._told(step.relation, place, domain)
                    for place, domain in enumerate(row)
                )
                for step, row in zip(steps, way.domains, strict=True)
            ),
            way.links,
            tuple(
                None if row is None else self._decoded(step.relation, row)
                for step, row in zip(steps, way.example, strict=True)
            ),
        )

    def _told(self, relation: str, position: int, domain: Domain) -> ValueRange:
        type_ = self.policy.relations[relation].columns[position].type
        full = self.facts.domain(relation, position)

        def value(stored: int | None) -> Value:
            if stored is None:
                return None
            return decode(stored, type_, self.facts.text)

        only = domain.only
        if only is not None:
            return ValueRange(settled=True, value=value(only))
        members = None
        if domain.members is not None and domain.members != full.members:
            known = [self.facts.intern(m) for m in type_.members]
            kept = [m for m in known if m in domain.members]
            members = tuple(map(value, kept or sorted(domain.members)))
        return ValueRange(
            low=None if _nearly(domain.low, full.low) else value(domain.low),
            high=None if _nearly(domain.high, full.high) else value(domain.high),
            members=members,
            excluded=tuple(value(v) for v in sorted(domain.excluded)),
            none=domain.none,
        )


@dataclass(slots=True, eq=False)
class _Way:
    """A way while ways are put together: the domains of the values of each row."""

    domains: list[list[Domain] | None]
    links: tuple[Link, ...]
    example: list[Row | None]

    def joined(self, other: _Way) -> bool:
        """Take another way in, if both differ in one value that can be told as one."""
        found: tuple[list[Domain], int, Domain] | None = None
        for mine, theirs in zip(self.domains, other.domains, strict=True):
            if mine is None or theirs is None:
                continue
            for place, (one, two) in enumerate(zip(mine, theirs, strict=True)):
                if one == two:
                    continue
                both = one.join(two)
                if both is None or found is not None:
                    return False
                found = (mine, place, both)
        if found is None:
            return self.links == other.links
        row, place, both = found
        # A value that may be left out, or else has to keep a distance to another.
        step = next(i for i, one in enumerate(self.domains) if one is row)
        apart = set(self.links) ^ set(other.links)
        if any((step, place) not in (link.one, link.other) for link in apart):
            return False
        theirs = other.domains[step]
        assert theirs is not None  # noqa: S101
        for links, domain in ((self.links, row[place]), (other.links, theirs[place])):
            if domain.value and not apart <= set(links):
                return False
        self.links = tuple(dict.fromkeys((*self.links, *other.links)))
        row[place] = both
        # The nearest of two examples, if one is there in both.
        own, its = self.example[step], other.example[step]
        if own is not None and its is not None and NONE < its[place] < own[place]:
            self.example = other.example
        return True


def _join(ways: list[_Way]) -> bool:
    """Put two ways together that can be told as one; return whether there were two."""
    for place, one in enumerate(ways):
        for other in ways[place + 1 :]:
            if one.joined(other):
                ways.remove(other)
                return True
    return False


def _before(domain: Domain, day: int) -> bool:
    """Whether all days of a domain are before a day."""
    if domain.none:
        return False
    if domain.members is not None:
        return max(domain.members) < day
    return domain.high is not None and domain.high < day


def _nearly(bound: int | None, end: int | None) -> bool:
    """Whether a bound is the end of what can be stored, or follows from it.

    That a day has to be before another one keeps it from the last day there is.
    """
    return bound is None or (end is not None and abs(bound - end) < FAR)


def values_of(
    store: Store, cells: Sequence[Cell], example: Mapping[int, int]
) -> tuple[int, ...]:
    """Return the values of a row, the open ones by the example."""
    found = []
    for cell in cells:
        value = store.cell(cell)
        found.append(example[value.number] if isinstance(value, Unknown) else value)
    return tuple(found)


def _links(store: Store, changes: Sequence[Changed]) -> tuple[Link, ...]:
    """Return how the open values of changes compare."""
    places = [
        (step, column)
        for step, change in enumerate(changes)
        for column in range(len(change.after or ()))
    ]
    cells = [cell for change in changes for cell in change.after or ()]
    return tuple(
        Link(tie.op, places[tie.one], places[tie.other], tie.by)
        for tie in store.ties(cells)
    )
