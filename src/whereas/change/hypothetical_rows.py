"""The rows that a search for repairs supposes: added, changed, withdrawn.

A new row has a key of its own, refers to rows that are there, and matches nothing
that was denied before it came.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

from whereas.change.constraints import Cell, Domain, Store
from whereas.change.hypothetical_truth import Foreseen
from whereas.change.terms import (
    Block,
    Changed,
    Deny,
    Equal,
    Item,
    Key,
    Prove,
    State,
    Task,
    Watch,
    meaning,
    unbound,
)
from whereas.policy.core import Atom, Variable
from whereas.values import NONE, TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from whereas.change.fact_reader import FactReader, Row
    from whereas.policy.core import Correctable


class Supply(Foreseen):
    """Supposes rows and blocks them; `subject` is the case's own row by its key."""

    def __init__(self, facts: FactReader, subject: tuple[str, tuple[int, ...]]) -> None:
        """The case's own row is never withdrawn."""
        super().__init__(facts)
        self.subject = subject
        self._day = facts.day_on_file(subject[1])

    def _supplied(
        self, state: State, relation: str, arguments: Sequence[Cell | Key]
    ) -> Iterator[tuple[State, tuple[Cell, ...]]]:
        """Yield the state with a row added, or changed, that could match."""
        table = self.policy.relations[relation]
        for one in self.facts.allowed("add", relation):
            store = state.store
            cells: list[Cell] = []
            for position, argument in enumerate(arguments):
                text = table.columns[position].type == TEXT
                if (
                    text
                    and table.key == (position,)
                    and unbound(argument)
                    and table.arity > 1
                ):
                    # A row that is added has a key of its own.
                    number = 1 + sum(c.before is None for c in state.changes)
                    cells.append(self.facts.new(relation, position, number))
                    continue
                domain = self.facts.domain(relation, position)
                if any(move.position == position for move in one.moves):
                    domain = self._later(domain)
                cell, store = store.fresh(domain)
                cells.append(cell)
            change = Changed((one,), relation, None, tuple(cells))
            yield self._with(replace(state, store=store), change), tuple(cells)
        statements = self.facts.allowed("change", relation)
        pattern = self._pattern(state, arguments)
        for count in range(1, len(statements) + 1):
            for by in combinations(statements, count):
                moves = {m.position: m for one in by for m in one.moves}
                fixed = tuple(
                    None if p in moves else value for p, value in enumerate(pattern)
                )
                for row in self.facts.rows(relation, fixed):
                    yield from self._moved(state, relation, row, by)

    def _later(self, domain: Domain) -> Domain:
        """Return the days later than the one on file: nothing is got in the past."""
        low = domain.low if self._day is None else self._day + 1
        return self._not_past(replace(domain, low=low))

    def _not_past(self, domain: Domain) -> Domain:
        """Return the days from today on, if it is known."""
        today = self.facts.today
        if today is None:
            return domain
        return replace(domain, low=max(domain.low or 0, today.toordinal()))

    def _moved(
        self, state: State, relation: str, row: Row, by: tuple[Correctable, ...]
    ) -> Iterator[tuple[State, tuple[Cell, ...]]]:
        """Yield the state with a row's columns open that some statements let move."""
        if (relation, row[-1]) in state.used or state.gone(relation, row):
            return
        store: Store = state.store
        cells: list[Cell] = list(row[:-1])
        for move in (m for one in by for m in one.moves):
            before = row[move.position]
            domain: Domain | None = self.facts.domain(relation, move.position)
            if move.direction and before != NONE and domain is not None:
                later = move.direction == "later"
                bound = Domain(low=before + 1) if later else Domain(high=before - 1)
                domain = domain.meet(bound)
                if domain is not None and later:
                    domain = self._not_past(domain)
            if domain is None:
                return
            cells[move.position], store = store.fresh(domain)
        change = Changed(by, relation, row, tuple(cells))
        yield self._with(replace(state, store=store), change), tuple(cells)

    def _with(self, state: State, change: Changed) -> State:
        """Return the state with a change: its weight, and what it must not break."""
        assert change.after is not None  # noqa: S101
        tasks: list[Task] = []
        table = self.policy.relations[change.relation]
        for position, column in enumerate(table.columns):
            if column.references is None:
                continue
            if change.before and change.before[position] == change.after[position]:
                continue
            target = self.policy.relations[column.references]
            tasks.append(
                self._atom_task(target.name, {target.key[0]: change.after[position]})
            )
        for watch in state.watches:
            if watch.relation == change.relation:
                tasks += self._blocks(state, watch, [(None, change.after)])
        return self._turned(state, change).with_tasks(*tasks)

    def _atom_task(self, relation: str, values: Mapping[int, Cell]) -> Prove:
        """Return the task that some row of a relation has some values."""
        self._instances += 1
        number = self._instances
        # Only a column with a value is read.
        terms = tuple(
            Variable(f"{'' if p in values else '_'}{p}")
            for p in range(self.policy.relations[relation].arity)
        )
        bindings: dict[Key, Cell | Key] = {
            (number, f"{p}"): cell for p, cell in values.items()
        }
        return Prove((Item(Atom(relation, terms), number),), bindings)

    # --- denials ----------------------------------------------------------------------

    def _watched(self, state: State, item: Item, atom: Atom, rest: Deny) -> State:
        """Return the state with an atom's rows blocked, those to come as well."""
        arguments = tuple(self._argument(item, t, rest.bindings) for t in atom.terms)
        watch = Watch(atom.relation, arguments, rest)
        rows: list[tuple[Row | None, Sequence[Cell]]] = [
            (row, row[:-1])
            for row in self.facts.rows(atom.relation, self._pattern(state, arguments))
            if not state.gone(atom.relation, row)
        ]
        rows += [
            (None, change.after)
            for change in state.changes
            if change.relation == atom.relation and change.after is not None
        ]
        blocks = self._blocks(state, watch, rows)
        if atom.relation in self.facts.open:
            state = replace(state, watches=(*state.watches, watch))
        return state.with_tasks(*blocks)

    def _blocks(
        self,
        state: State,
        watch: Watch,
        rows: Sequence[tuple[Row | None, Sequence[Cell]]],
    ) -> list[Task]:
        tasks: list[Task] = []
        for row, cells in rows:
            found = dict(watch.rest.bindings)
            same: list[Equal] = []
            for argument, cell in zip(watch.arguments, cells, strict=True):
                value = meaning(argument, found) if unbound(argument) else argument
                if isinstance(value, tuple):
                    found[value] = cell
                    continue
                one = state.store.cell(value)
                other = state.store.cell(cell)
                if one == other:
                    continue
                if state.store.equate(one, other) is None:
                    break
                same.append(Equal(one, other))
            else:
                rest = replace(watch.rest, bindings=found)
                tasks.append(Block(watch.relation, row, tuple(same), rest))
        return tasks

    def _block(self, state: State, task: Block) -> Iterator[State]:
        if task.row is not None and state.gone(task.relation, task.row):
            yield state
            return
        store: Store | None = state.store
        for same in task.same:
            apart = state.store.part(same.one, same.other)
            if apart is not None:
                yield replace(state, store=apart)
            store = store and store.equate(same.one, same.other)
        if store is None:
            return
        matched = replace(state, store=store)
        yield matched.with_tasks(task.rest)
        row = task.row
        if row is None or (task.relation, row[-1]) in state.used:
            return
        for one in self.facts.allowed("withdraw", task.relation):
            if not self._is_subject(task.relation, row):
                yield self._withdrawn(matched, task.relation, row, one)
        statements = self.facts.allowed("change", task.relation)
        for count in range(1, len(statements) + 1):
            for by in combinations(statements, count):
                for again, _ in self._moved(matched, task.relation, row, by):
                    yield again

    def _is_subject(self, relation: str, row: Row) -> bool:
        name, key = self.subject
        if relation != name:
            return False
        return tuple(row[p] for p in self.policy.relations[name].key) == key

    def _withdrawn(
        self, state: State, relation: str, row: Row, by: Correctable
    ) -> State:
        """Return the state without a row, which nothing may refer to any more."""
        table = self.policy.relations[relation]
        tasks: list[Task] = []
        for other in self.policy.relations.values():
            for position, column in enumerate(other.columns):
                if column.references == relation:
                    cell = row[table.key[0]]
                    found = self._atom_task(other.name, {position: cell})
                    tasks.append(Deny(found.items, found.bindings))
        change = Changed((by,), relation, row, None)
        return self._turned(state, change).with_tasks(*tasks)
