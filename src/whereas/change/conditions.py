"""Comparisons and memberships of a search for repairs, as constraints.

An aggregate is taken as it is now; what changes do to it is `aggregated`'s.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from whereas.change.constraints import Cell, Domain, Store
from whereas.change.linear import ExpressionReader, NotSearchedError, failing, holding
from whereas.change.terms import (
    Environment,
    Equal,
    Item,
    Key,
    NotEqual,
    State,
    bound,
    meaning,
    unbound,
)
from whereas.policy.core import Aggregate, Comparison, Membership, Variable
from whereas.values import NONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whereas.change.fact_reader import FactReader
    from whereas.policy.core import Term


class Conditions:
    """Decides what is decided by values alone, as far as they are known."""

    def __init__(self, facts: FactReader) -> None:
        """Read values and constants of one model."""
        self.facts = facts
        self.policy = facts.policy
        # How many rules were tried: each gets variables of its own.
        self._instances = 0

    def _has(self, item: Item, name: str, bindings: Environment) -> bool:
        return not unbound(meaning((item.instance, name), bindings))

    def _argument(self, item: Item, term: Term, bindings: Environment) -> Cell | Key:
        if isinstance(term, Variable):
            return meaning((item.instance, term.name), bindings)
        return self.facts.stored(term)

    # --- tests ------------------------------------------------------------------------

    def _reader(
        self, state: State, item: Item, bindings: Environment
    ) -> ExpressionReader:
        def cell(name: str) -> Cell:
            found = meaning((item.instance, name), bindings)
            assert bound(found)  # noqa: S101  # `_chosen` takes what is ready
            return state.store.cell(found)

        return ExpressionReader(cell, self.facts.stored, self.policy.month_end)

    def _held(
        self, state: State, item: Item, bindings: Environment
    ) -> Iterator[tuple[State, Environment]]:
        """Yield the state in which a test holds, and what it binds."""
        store: Store | None
        match item.literal:
            case NotEqual(names, cells):
                for again in self._parted(state, item, names, cells, bindings):
                    yield again, bindings
                return
            case Equal(one, other):
                store = state.store.equate(one, other)
            case Membership() as literal:
                store = self._member(state.store, item, literal, bindings, among=True)
            case Comparison() as literal:
                store, bindings = self._compared(state, item, literal, bindings)
            case Aggregate() as literal:
                store, bindings = self._counted(state, item, literal, bindings)
            case _:
                raise AssertionError(item.literal)
        if store is not None:
            yield replace(state, store=store), bindings

    def _failed(
        self, state: State, item: Item, bindings: Environment
    ) -> Iterator[State]:
        """Yield the states in which a test does not hold."""
        store: Store | None = None
        match item.literal:
            case Equal(one, other):
                store = state.store.part(one, other)
            case Membership() as literal:
                store = self._member(state.store, item, literal, bindings, among=False)
            case Comparison(binds=binds) as literal:
                if binds is None or self._has(item, binds, bindings):
                    reader = self._reader(state, item, bindings)
                    sides = reader.value(literal.left), reader.value(literal.right)
                    month_end = self.policy.month_end
                    for each in failing(state.store, literal.op, *sides, month_end):
                        yield replace(state, store=each)
            case NotEqual(names, cells):
                store = state.store
                for name, cell in zip(names, cells, strict=True):
                    mine = self._cell(item, name, bindings)
                    store = store and store.equate(mine, cell)
            case _:
                raise AssertionError(item.literal)
        if store is not None:
            yield replace(state, store=store)

    def _cell(self, item: Item, name: str, bindings: Environment) -> Cell:
        found = meaning((item.instance, name), bindings)
        assert bound(found)  # noqa: S101  # `_chosen` takes what is ready
        return found

    def _parted(
        self,
        state: State,
        item: Item,
        names: Sequence[str],
        cells: Sequence[Cell],
        bindings: Environment,
    ) -> Iterator[State]:
        """Yield the states in which one of some variables differs, the first to."""
        store: Store | None = state.store
        for name, cell in zip(names, cells, strict=True):
            if store is None:
                return
            mine = self._cell(item, name, bindings)
            apart = store.part(mine, cell)
            if apart is not None:
                yield replace(state, store=apart)
            store = store.equate(mine, cell)

    def _compared(
        self, state: State, item: Item, literal: Comparison, bindings: Environment
    ) -> tuple[Store | None, Environment]:
        binds = literal.binds
        store = state.store
        if binds is not None and not self._has(item, binds, bindings):
            # The unbound side becomes an unknown, equal to the other.
            key = meaning((item.instance, binds), bindings)
            assert unbound(key)  # noqa: S101  # that is what `_has` asked
            cell, store = store.fresh(Domain())
            bindings = {**bindings, key: cell}
        reader = self._reader(replace(state, store=store), item, bindings)
        found = holding(
            store,
            literal.op,
            reader.value(literal.left),
            reader.value(literal.right),
            self.policy.month_end,
        )
        return found, bindings

    def _member(
        self,
        store: Store,
        item: Item,
        literal: Membership,
        bindings: Environment,
        *,
        among: bool,
    ) -> Store | None:
        cell = self._argument(item, literal.term, bindings)
        assert bound(cell)  # noqa: S101
        members = frozenset(self.facts.stored(one) for one in literal.members)
        kept = frozenset(m for m in members if m != NONE)
        if among != literal.negated:
            return store.narrow(
                cell,
                Domain(members=kept, none=NONE in members, value=bool(kept)),
            )
        domain = store.domain(cell)
        return store.narrow(
            cell,
            replace(
                domain,
                excluded=domain.excluded | kept,
                none=domain.none and NONE not in members,
            ),
        )

    def _counted(
        self, state: State, item: Item, literal: Aggregate, bindings: Environment
    ) -> tuple[Store | None, Environment]:
        """Return the store and the bindings with an aggregate's value as it is now."""
        value = self._value(state, item, literal, bindings)
        if value is None:
            return None, bindings
        target = self._argument(item, literal.target, bindings)
        if unbound(target):
            return state.store, {**bindings, target: value}
        assert bound(target)  # noqa: S101
        return state.store.equate(target, value), bindings

    def _value(
        self, state: State, item: Item, literal: Aggregate, bindings: Environment
    ) -> int | None:
        """Return what an aggregate is worth now; None where it has no value."""
        values: dict[str, int] = {}
        for name in literal.group:
            cell = self._argument(item, Variable(name), bindings)
            value = state.store.cell(cell) if bound(cell) else None
            if not isinstance(value, int):
                raise NotSearchedError("counts over rows that are still open")
            values[name] = value
        sql, names = self.facts.explainer.aggregate(literal, literal.group)
        found = self.facts.database.query(sql, [values[n] for n in names])
        return None if not found or found[0][0] is None else int(found[0][0])
