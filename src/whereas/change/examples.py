"""Values for what a proposal leaves open: those that a reader would think of first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.change.constraints import Unknown
from whereas.values import NONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from whereas.change.constraints import Store
    from whereas.change.fact_reader import FactReader
    from whereas.change.terms import Changed, State


def example_of(facts: FactReader, state: State) -> Mapping[int, int] | None:
    """Return a value for each unknown of the changes; None if none was found."""
    store = state.store
    for change in state.changes:
        if change.after is None:
            continue
        for position, cell in enumerate(change.after):
            unknown = store.cell(cell)
            if not isinstance(unknown, Unknown):
                continue
            for value in _candidates(facts, store, change, position):
                following = store.equate(unknown, value)
                if following is not None and not _refused(
                    facts, following, state.changes, change
                ):
                    store = following
                    break
            else:
                return None
    cells = {number: store.cell(Unknown(number)) for number in range(store.made)}
    return {n: value for n, value in cells.items() if isinstance(value, int)}


def _refused(
    facts: FactReader, store: Store, changes: Sequence[Changed], change: Changed
) -> bool:
    """Whether a change changes nothing, or a row to add has the key of another."""
    assert change.after is not None  # noqa: S101
    if change.before is not None:
        return any(
            all(
                store.cell(change.after[move.position]) == change.before[move.position]
                for move in by.moves
            )
            for by in change.by
        )
    table = facts.policy.relations[change.relation]
    key = _key(store, change, table.key)
    if key is None:
        return False
    pattern: list[int | None] = [None] * table.arity
    for place, value in zip(table.key, key, strict=True):
        pattern[place] = value
    return bool(facts.rows(change.relation, tuple(pattern))) or any(
        _key(store, other, table.key) == key
        for other in changes
        if other is not change
        and other.relation == change.relation
        and other.before is None
    )


def _key(store: Store, change: Changed, key: Sequence[int]) -> tuple[int, ...] | None:
    """Return the key of a row to add; None: some of it is open."""
    cells = [store.cell(change.after[place]) for place in key if change.after]
    known = tuple(cell for cell in cells if isinstance(cell, int))
    return known if len(known) == len(cells) else None


def _candidates(
    facts: FactReader, store: Store, change: Changed, position: int
) -> Iterator[int]:
    """Yield values for a column, those that a reader would think of first."""
    assert change.after is not None  # noqa: S101
    domain = store.domain(change.after[position])
    table = facts.policy.relations[change.relation]
    type_ = table.columns[position].type
    if change.before is not None:
        yield change.before[position]
    if domain.none:
        yield NONE
    if domain.members is not None:
        known = [facts.intern(m) for m in type_.members]
        yield from (m for m in known if m in domain.members)
        yield from sorted(domain.members)
        return
    if type_.kind == "text":
        if table.key != (position,):
            cells = enumerate(map(store.cell, change.after))
            settled = {place: cell for place, cell in cells if isinstance(cell, int)}
            yield from facts.likely(change.relation, position, settled)
        for number in range(1, 100):
            yield facts.intern("new" if number == 1 else f"new-{number}")
        return
    open_ = facts.domain(change.relation, position)
    if domain.low is not None and domain.low != open_.low:
        yield from range(domain.low, domain.low + 50)
    if domain.high is not None and domain.high != open_.high:
        yield from range(domain.high, domain.high - 50, -1)
    yield from sorted(facts.some(change.relation, position), reverse=True)
    yield from range(730_000, 730_100)
    yield from range(100)
