"""Which solution covers which: the same changes, with fewer, or with wider values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.change.linear import NEGATED, NotSearchedError, Sum, holding, summed
from whereas.values import NONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence, Set

    from whereas.change.constraints import Cell, Domain, Store, Tie
    from whereas.change.terms import Changed, State
    from whereas.policy.core import Policy

Pairs = list[tuple["Cell", "Cell"]]


def embeddings(
    few: Sequence[Changed], many: Sequence[Changed]
) -> Iterator[tuple[tuple[int, ...], Pairs]]:
    """Yield how each of a few changes can be found among many.

    Each time the places among the many, and the pairs of their values, but for the
    columns that only the others change.
    """
    if len(few) > len(many):
        return
    stack: list[tuple[tuple[int, ...], Pairs]] = [((), [])]
    while stack:
        places, pairs = stack.pop()
        if len(places) == len(few):
            yield places, pairs
            continue
        one = few[len(places)]
        for place in reversed(range(len(many))):
            other = many[place]
            if place not in places and _kin(one, other):
                besides = _moved(other) - _moved(one)
                both = zip(one.after or (), other.after or (), strict=True)
                more = [p for at, p in enumerate(both) if at not in besides]
                stack.append(((*places, place), pairs + more))


def size(changes: Sequence[Changed]) -> int:
    """Return of how many statements some changes make use."""
    return sum(len(one.by) for one in changes)


def _moved(change: Changed) -> set[int]:
    """Return the columns that a row on file is changed in."""
    if change.before is None or change.after is None:
        return set()
    return {move.position for one in change.by for move in one.moves}


def _kin(one: Changed, other: Changed) -> bool:
    return (
        one.relation == other.relation
        and one.before == other.before
        and (one.after is None) == (other.after is None)
        and set(one.by) <= set(other.by)
    )


def remainder(
    store: Store, covering: Store, pairs: Pairs, fresh: Set[int]
) -> Iterator[Store]:
    """Yield the parts of a store in which some value is beyond what another covers.

    `fresh` are the keys that new rows were given: which one a row has is all the same.
    """
    found: list[tuple[Cell, tuple[Domain, ...]]] = []
    others: dict[int, int] = {}
    for theirs, mine in pairs:
        one, other = covering.cell(theirs), store.cell(mine)
        if isinstance(one, int) and isinstance(other, int) and {one, other} <= fresh:
            others.setdefault(one, other)
            if others[one] == other:
                continue
        parts = _beyond(store, mine, covering, theirs)
        if parts is None:
            yield store
            return
        found.append((mine, parts))
    for mine, parts in found:
        for part in parts:
            narrowed = store.narrow(mine, part)
            if narrowed is not None:
                yield narrowed
    for tie in covering.ties([theirs for theirs, _ in pairs]):
        broken = _broken(store, tie, pairs[tie.one][1], pairs[tie.other][1])
        if broken is not None:
            yield broken


def _broken(store: Store, tie: Tie, one: Cell, other: Cell) -> Store | None:
    """Return the store in which two cells do not compare as others do, if it can be."""
    one, other = store.cell(one), store.cell(other)
    if NONE in (one, other):
        # Where they are ordered, it is the domain that excludes this.
        same = one == other
        return store if same == (tie.op == "!=") and tie.op != "<=" else None
    right = summed(other).plus(Sum((), tie.by), 1)
    try:
        return holding(store, NEGATED[tie.op], summed(one), right, None)
    except NotSearchedError:
        return store


def covers(covering: Store, store: Store, pairs: Pairs, fresh: Set[int]) -> bool:
    """Return whether one store has all the values that another has."""
    return not any(True for _ in remainder(store, covering, pairs, fresh))


def _beyond(
    store: Store, mine: Cell, covering: Store, theirs: Cell
) -> tuple[Domain, ...] | None:
    """Return the values that only one store has, in parts; None: they share none."""
    one, other = store.cell(mine), covering.cell(theirs)
    if isinstance(one, int) and isinstance(other, int):
        return () if one == other else None
    if isinstance(one, int):
        return () if covering.domain(other).has(one) else None
    here, there = store.domain(one), covering.domain(other)
    if here == there:
        return ()
    parts = here.without(there)
    return None if parts == (here,) else parts


def alike(policy: Policy, one: State, other: State) -> tuple[int, ...] | None:
    """Return in which order another solution makes the same changes, if it does.

    They may differ in what is chosen from a list or an order, in a text that names no
    row, and in what is left open; another document or another site is another change.
    """
    if len(one.changes) != len(other.changes):
        return None
    for places, _ in embeddings(one.changes, other.changes):
        if all(
            mine.by == other.changes[place].by
            and _same_values(policy, one, mine, other, other.changes[place])
            for mine, place in zip(one.changes, places, strict=True)
        ):
            return places
    return None


def _same_values(
    policy: Policy, one: State, mine: Changed, other: State, theirs: Changed
) -> bool:
    table = policy.relations[mine.relation]
    for position, (first, second) in enumerate(
        zip(mine.after or (), theirs.after or (), strict=True)
    ):
        a, b = one.store.cell(first), other.store.cell(second)
        column = table.columns[position]
        naming = position in table.key or column.owner is not None
        chosen = column.type.members or column.type.kind != "text" or not naming
        if isinstance(a, int) and isinstance(b, int) and a != b and not chosen:
            return False
    return True
