"""Aggregates of a search for repairs: what is counted, and what would be counted.

A least or greatest value is one that some row has and that no row goes beyond. A
count or a sum is told row by row: each that counts now stays or goes, and then there
is another one or none. So both come down to what is proved and what is denied, and
changes of the rows below are searched like all others.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from whereas.change.constraints import Domain, Unknown
from whereas.change.current_truth import turns
from whereas.change.hypothetical_rows import Supply
from whereas.change.linear import NotSearchedError, Sum, holding, summed
from whereas.change.terms import (
    AlsoCounted,
    Deny,
    Equal,
    Item,
    Kept,
    NotEqual,
    Prove,
    Tally,
    bound,
    meaning,
    unbound,
)
from whereas.policy.core import Aggregate, Atom, Variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whereas.change.constraints import Cell
    from whereas.change.terms import Environment, State

# More rows than are told one by one.
COUNTED = 60


class Aggregated(Supply):
    """Follows aggregates: what they are of is proved and denied like all else."""

    def _aggregate(
        self,
        state: State,
        item: Item,
        literal: Aggregate,
        rest: tuple[Item, ...],
        bindings: Environment,
    ) -> Iterator[State]:
        """Yield the states in which an aggregate has its target's value."""
        state, target, bindings = self._target(state, item, literal, bindings)
        proved = Prove(rest, bindings)
        if literal.function in {"min", "max"}:
            beyond = self._some(state, item, literal, bindings, target, beyond=True)
            there = self._some(state, item, literal, bindings, target)
            denied = Deny(beyond.items, beyond.bindings)
            yield state.with_tasks(denied, proved, there)
        else:
            yield state.with_tasks(_tally(item, literal, bindings, target), proved)

    def _no_aggregate(
        self,
        state: State,
        item: Item,
        literal: Aggregate,
        rest: tuple[Item, ...],
        bindings: Environment,
    ) -> Iterator[State]:
        """Yield the states in which an aggregate and the rest do not both hold."""
        given = self._argument(item, literal.target, bindings)
        extreme = literal.function in {"min", "max"}
        if unbound(given):
            if extreme:
                none = self._some(state, item, literal, bindings, None)
                yield state.with_tasks(Deny(none.items, none.bindings))
            if rest:
                told = self._target(state, item, literal, bindings)
                denied = Deny(rest, told[2])
                for one in self._aggregate(told[0], item, literal, (), told[2]):
                    yield one.with_tasks(denied)
            return
        assert bound(given)  # noqa: S101
        if extreme:
            missing = self._some(state, item, literal, bindings, given)
            yield state.with_tasks(Deny(missing.items, missing.bindings))
            beyond = self._some(state, item, literal, bindings, given, beyond=True)
            yield state.with_tasks(beyond)
        else:
            cell, store = state.store.fresh(_values(literal))
            parted = store.part(cell, given)
            if parted is not None:
                tally = _tally(item, literal, bindings, cell)
                yield replace(state, store=parted).with_tasks(tally)
        if rest:
            yield state.with_tasks(Deny(rest, bindings))

    def _target(
        self, state: State, item: Item, literal: Aggregate, bindings: Environment
    ) -> tuple[State, Cell, Environment]:
        """Return the target's cell; one that has no value yet becomes an unknown."""
        given = self._argument(item, literal.target, bindings)
        if not unbound(given):
            assert bound(given)  # noqa: S101
            return state, given, bindings
        cell, store = state.store.fresh(_values(literal))
        return replace(state, store=store), cell, {**bindings, given: cell}

    # --- counts and sums ------------------------------------------------------------

    def _tallied(self, state: State, task: Tally) -> Iterator[State]:
        """Yield what follows from the next row that may be counted."""
        if task.left is None:
            yield from self._begun(state, task)
        elif self._enough(state, task):
            yield state
        elif task.left:
            row, *left = task.left
            rest = replace(task, left=tuple(left))
            there = self._row(task, row)
            # The last comes first: the task to count is taken when all is shown.
            stays = state.with_tasks(self._with_row(rest, row, counted=True), there)
            if self._possible(stays, rest):
                yield stays
            gone = Deny(there.items, there.bindings)
            yield state.with_tasks(self._with_row(rest, row, counted=False), gone)
        else:
            yield from self._closed(state, task)
            number, items, found = self._copied(task.item, task.literal, task.bindings)
            names = _names(task.literal)
            more = [Item(AlsoCounted(names, task), number)]
            more += [Item(NotEqual(names, row), number) for row in task.rows]
            if self._possible(state, task):
                yield state.with_tasks(Prove((*items, *more), found))

    def _begun(self, state: State, task: Tally) -> Iterator[State]:
        """Yield the state with the value as it is, or with the rows to be told."""
        literal = task.literal
        readings = self._rests_on(literal, True)
        if any(turns(c, reading) for c in state.changes for reading in readings):
            yield from self._listed(state, task)
            return
        value = self._value(state, task.item, literal, task.bindings)
        assert value is not None  # noqa: S101  # a count and a sum have one
        store = state.store.equate(task.target, value)
        if store is not None:
            kept = Kept(task, readings)
            yield replace(state, store=store, kept=(*state.kept, kept))
        # What is counted need not change, unless something else that is counted does.
        target = state.store.cell(task.target)
        if store is None or (isinstance(target, Unknown) and self._others(state, task)):
            parted = state.store.part(target, value)
            if parted is not None:
                yield from self._listed(replace(state, store=parted), task)

    def _others(self, state: State, task: Tally) -> bool:
        """Whether something else is counted, whose rows may have to change."""
        return any(isinstance(one, Tally) for one in state.tasks) or any(
            isinstance(kept.task, Tally) and kept.task is not task
            for kept in state.kept
        )

    def _listed(self, state: State, task: Tally) -> Iterator[State]:
        number, items, found = self._copied(task.item, task.literal, task.bindings)
        names = _names(task.literal)
        if self._open(state, Prove(items, found)):
            raise NotSearchedError("counts over rows that are still open")
        rows: dict[tuple[Cell, ...], None] = {}
        for ends in self._now(state, Prove(items, found), 20 * COUNTED):
            cells = (meaning((number, name), ends) for name in names)
            rows[tuple(cell for cell in cells if bound(cell))] = None
        if len(rows) > COUNTED:
            raise NotSearchedError(f"counts of more than {COUNTED} rows")
        yield state.with_tasks(replace(task, left=tuple(rows)))

    def _row(self, task: Tally, row: tuple[Cell, ...]) -> Prove:
        """Return the task that one row is there."""
        number, items, found = self._copied(task.item, task.literal, task.bindings)
        same = []
        for name, cell in zip(_names(task.literal), row, strict=True):
            key = meaning((number, name), found)
            if unbound(key):
                found[key] = cell
            else:
                assert bound(key)  # noqa: S101
                same.append(Item(Equal(key, cell), number))
        return Prove((*same, *items), found)

    def _with_row(self, task: Tally, row: tuple[Cell, ...], *, counted: bool) -> Tally:
        worth = task.worth
        if counted:
            worth = worth.plus(self._worth(task, row), 1)
        return replace(task, rows=(*task.rows, row), worth=worth)

    def _worth(self, task: Tally, row: tuple[Cell, ...]) -> Sum:
        term = task.literal.term
        if task.literal.function == "count" or term is None:
            return Sum((), 1)
        if isinstance(term, Variable) and term.name in _names(task.literal):
            return summed(row[_names(task.literal).index(term.name)])
        cell = self._argument(task.item, term, task.bindings)
        assert bound(cell)  # noqa: S101
        return summed(cell)

    def _closed(self, state: State, task: Tally) -> Iterator[State]:
        """Yield the state in which no more rows count than those that were told."""
        worth = _known(state, task.worth)
        store = holding(state.store, "=", summed(task.target), worth, None)
        if store is None:
            return
        number, items, found = self._copied(task.item, task.literal, task.bindings)
        names = _names(task.literal)
        apart = [Item(NotEqual(names, row), number) for row in task.rows]
        yield replace(state, store=store).with_tasks(Deny((*items, *apart), found))

    def _possible(self, state: State, task: Tally) -> bool:
        """Whether another row may count: a count only grows."""
        if task.literal.function != "count":
            return True
        target = state.store.cell(task.target)
        high = target if isinstance(target, int) else state.store.domain(target).high
        return high is None or task.worth.number < high

    def _enough(self, state: State, task: Tally) -> bool:
        """Whether a count is as high as it has to be, and may be any higher."""
        store, target = state.store, state.store.cell(task.target)
        if task.literal.function != "count" or isinstance(target, int):
            return False
        domain = store.domain(target)
        linked = {n for a, b, _ in store.differences for n in (a, b)}
        linked |= {n for pair in store.distinct for n in pair}
        cells = [store.cell(Unknown(number)) for number in linked]
        cells += [
            store.cell(cell) for change in state.changes for cell in change.after or ()
        ]
        cells += [
            store.cell(one.target)
            for one in (*state.tasks, *(kept.task for kept in state.kept))
            if isinstance(one, Tally)
        ]
        return (
            target not in cells
            and domain.high is None
            and domain.members is None
            and all(value < task.worth.number for value in domain.excluded)
            and (domain.low or 0) <= task.worth.number
        )

    def _more(
        self, state: State, item: Item, more: AlsoCounted, bindings: Environment
    ) -> State:
        """Return the state in which one more row is counted."""
        cells = [meaning((item.instance, name), bindings) for name in more.names]
        row = tuple(state.store.cell(cell) for cell in cells if bound(cell))
        return state.with_tasks(self._with_row(more.task, row, counted=True))


def _tally(
    item: Item, literal: Aggregate, bindings: Environment, target: Cell
) -> Tally:
    kept = {
        (item.instance, name): meaning((item.instance, name), bindings)
        for name in literal.group
    }
    if isinstance(literal.target, Variable):
        kept[item.instance, literal.target.name] = target
    return Tally(item.of(literal), literal, kept, target)


def _names(literal: Aggregate) -> tuple[str, ...]:
    """Return the variables that tell the rows of an aggregate's body apart."""
    terms = [t for one in literal.body if isinstance(one, Atom) for t in one.terms]
    if literal.term is not None and literal.function != "count":
        terms.append(literal.term)
    names = dict.fromkeys(term.name for term in terms if isinstance(term, Variable))
    return tuple(name for name in names if name not in literal.group)


def _values(literal: Aggregate) -> Domain:
    return Domain(low=0) if literal.function == "count" else Domain()


def _known(state: State, worth: Sum) -> Sum:
    """Return a sum with what is known of its unknowns by now."""
    found = Sum((), worth.number)
    for unknown, factor in worth.factors:
        cell = state.store.cell(unknown)
        if isinstance(cell, int):
            found = found.plus(Sum((), cell * factor), 1)
        else:
            found = found.plus(Sum(((cell, factor),), 0), 1)
    return found
