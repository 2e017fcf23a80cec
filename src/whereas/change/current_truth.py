"""What holds as things are, so that a search for repairs need not look for it.

A condition that the rows meet as they are is kept, with what it rests on (`reach`);
it is looked at again only after a change that could turn it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from whereas.change.conditions import Conditions
from whereas.change.constraints import Unknown
from whereas.change.linear import NotSearchedError
from whereas.change.terms import (
    AlsoCounted,
    Equal,
    NotEqual,
    Prove,
    bound,
    meaning,
    unbound,
)
from whereas.diagnostics import LimitExceeded
from whereas.engine.names import literal_variables
from whereas.policy.core import (
    Aggregate,
    Atom,
    Comparison,
    Either,
    Membership,
    Not,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whereas.change.constraints import Cell, Store
    from whereas.change.dependency_polarity import Reading
    from whereas.change.fact_reader import FactReader
    from whereas.change.terms import (
        Changed,
        Deny,
        Environment,
        Item,
        Key,
        State,
        Tally,
    )
    from whereas.policy.core import Literal

# So many looks tell whether a task is met, or it is searched.
LOOKS = 150


class Standing(Conditions):
    """Asks the tables, derived ones among them, whether something holds."""

    def __init__(self, facts: FactReader) -> None:
        """Read rows and rules of one model."""
        super().__init__(facts)
        # How many rows may still be looked at for one task.
        self._looks = 0
        self._ties: dict[int, tuple[Literal, tuple[str, ...]]] = {}

    def _readings(self, task: Prove | Deny) -> frozenset[Reading]:
        """Return what could turn a task that is met."""
        there = isinstance(task, Prove)
        return frozenset().union(
            *(
                self._rests_on(item.literal, there)
                for item in task.items
                if not isinstance(item.literal, Equal | NotEqual | AlsoCounted)
            )
        )

    def _rests_on(self, literal: Literal, there: bool) -> frozenset[Reading]:
        return self.facts.footprint.of_literal(literal, there=there)

    def _turned(self, state: State, change: Changed) -> State:
        """Return the state with a change; what it could turn is to be looked at."""
        kept = []
        again: list[Prove | Deny | Tally] = []
        for one in state.kept:
            if any(turns(change, reading) for reading in one.readings):
                again.append(one.task)
            else:
                kept.append(one)
        return replace(
            state,
            changes=(*state.changes, change),
            cost=state.cost + sum(one.weight for one in change.by),
            kept=tuple(kept),
        ).with_tasks(*again)

    # --- as the rows are --------------------------------------------------------------

    def _stands(self, state: State, task: Prove | Deny) -> bool | None:
        """Return whether a task is met by the rows as they are.

        None: it is not known, since something that it reads was changed or is open.
        """
        readings = self._readings(task)
        if self._open(state, task) or any(
            turns(change, reading) for change in state.changes for reading in readings
        ):
            return None
        goal = Prove(task.items, task.bindings)
        try:
            holds = any(True for _ in self._now(state, goal, LOOKS))
        except (LimitExceeded, NotSearchedError):
            return None
        if holds == isinstance(task, Prove):
            return True
        touched = (
            self._touched(state, item.literal)
            for item in task.items
            if not isinstance(item.literal, Equal | NotEqual | AlsoCounted)
        )
        return None if any(touched) else False

    def _touched(self, state: State, literal: Literal) -> bool:
        """Whether the changes could turn a literal, either way."""
        return any(
            turns(change, reading)
            for there in (True, False)
            for reading in self._rests_on(literal, there)
            for change in state.changes
        )

    def _open(self, state: State, task: Prove | Deny) -> bool:
        """Whether some value of a task is still open."""
        for item in task.items:
            if isinstance(item.literal, AlsoCounted):
                # What comes of it is not a condition.
                return True
            if isinstance(item.literal, Equal):
                cells = [item.literal.one, item.literal.other]
            else:
                found = [
                    meaning((item.instance, name), task.bindings)
                    for name in names_in(item.literal)
                ]
                cells = [value for value in found if bound(value)]
            if isinstance(item.literal, NotEqual):
                cells += item.literal.cells
            if any(isinstance(state.store.cell(cell), Unknown) for cell in cells):
                return True
        return False

    def _now(self, state: State, task: Prove, looks: int) -> Iterator[Environment]:
        """Yield the bindings of each way in which a task holds by the rows as they are.

        Raises `NotSearchedError` where rows meet in too many ways to try.
        """
        self._looks = looks
        yield from self._ways_now(state, task)

    def _ways_now(self, state: State, task: Prove) -> Iterator[Environment]:
        self._looks -= 1
        if self._looks < 0:
            raise NotSearchedError("rows that meet in too many ways")
        if not task.items:
            yield task.bindings
            return
        item, rest = self._next(state, task, whole=True)
        bindings = task.bindings
        match item.literal:
            case Either(branches):
                for branch in branches:
                    items = tuple(item.of(one) for one in branch)
                    yield from self._ways_now(state, Prove((*items, *rest), bindings))
            case Not(atom):
                arguments = [self._argument(item, t, bindings) for t in atom.terms]
                rows = self.facts.rows(atom.relation, self._pattern(state, arguments))
                alike = (
                    self._matched(state, arguments, row[: len(arguments)], bindings)
                    for row in rows
                )
                if not any(True for ways in alike for _ in ways):
                    yield from self._ways_now(state, Prove(rest, bindings))
            case Atom() as atom:
                arguments = [self._argument(item, t, bindings) for t in atom.terms]
                pattern = self._pattern(state, arguments)
                for row in self.facts.rows(atom.relation, pattern):
                    for again, found in self._matched(
                        state, arguments, row[:-1], bindings
                    ):
                        yield from self._ways_now(again, Prove(rest, found))
            case _:
                for again, found in self._held(state, item, bindings):
                    yield from self._ways_now(again, Prove(rest, found))

    def _pattern(
        self, state: State, arguments: Sequence[Cell | Key]
    ) -> tuple[int | None, ...]:
        cells = [state.store.cell(a) if bound(a) else None for a in arguments]
        return tuple(c if isinstance(c, int) else None for c in cells)

    def _matched(
        self,
        state: State,
        arguments: Sequence[Cell | Key],
        cells: Sequence[Cell],
        bindings: Environment,
    ) -> Iterator[tuple[State, Environment]]:
        """Yield the state in which a row matches, if it can."""
        found = dict(bindings)
        store: Store | None = state.store
        for argument, cell in zip(arguments, cells, strict=True):
            value = meaning(argument, found) if unbound(argument) else argument
            if isinstance(value, tuple):
                found[value] = cell
            else:
                store = store and store.equate(value, cell)
        if store is state.store:
            yield state, found
        elif store is not None:
            yield replace(state, store=store), found

    def _next(
        self, state: State, task: Prove | Deny, *, whole: bool = False
    ) -> tuple[Item, tuple[Item, ...]]:
        """Return the literal to look at, and the others; `whole`: all rows are read."""
        place = self._chosen(state, task, whole=whole)
        return task.items[place], (*task.items[:place], *task.items[place + 1 :])

    def _read(self, relation: str) -> bool:
        """Whether rows are looked up: of stated relations, and of what never moves."""
        table = self.policy.relations[relation]
        return table.stated or relation not in self.facts.open

    # --- which literal is next --------------------------------------------------------

    def _chosen(self, state: State, task: Prove | Deny, *, whole: bool) -> int:
        """Return the literal to look at: tests first, then rows with known values."""
        least, chosen = 9, 0
        for place, item in enumerate(task.items):
            rank = self._rank(state, item, task.bindings, whole=whole)
            if rank < least:
                least, chosen = rank, place
            if rank == 0:
                break
        if least >= 9:
            raise NotSearchedError("conditions on values that nothing binds")
        return chosen

    def _rank(
        self, state: State, item: Item, bindings: Environment, *, whole: bool
    ) -> int:
        """Return when a literal is looked at, the lowest first; 9 is not yet."""
        match item.literal:
            case Atom() as atom:
                return self._atom_rank(state, item, atom, bindings, whole=whole)
            case Either() as literal:
                names = self._tied(literal)
                known = any(self._has(item, n, bindings) for n in names)
                return 4 if known or not names else 8
            case Not() as literal:
                values = [
                    meaning((item.instance, name), bindings)
                    for name in self._tied(literal)
                ]
                cells = [state.store.cell(value) for value in values if bound(value)]
                if len(cells) < len(values):
                    return 9
                # One look may settle it, before all that the others could be.
                return 4 if all(isinstance(cell, int) for cell in cells) else 6
            case Aggregate(target=target, group=group, binds=binds):
                needed = {*group}
                if isinstance(target, Variable):
                    needed.add(target.name)
                open_ = {n for n in needed if not self._has(item, n, bindings)}
                return 7 if open_ <= {binds} else 9
            case Comparison(binds=binds) as literal:
                for name in self._tied(literal):
                    if name != binds and not self._has(item, name, bindings):
                        return 9
                return 0
            case Membership() | NotEqual() | AlsoCounted() as literal:
                ready = all(self._has(item, n, bindings) for n in names_in(literal))
                return 0 if ready else 9
        return 0

    def _tied(self, literal: Literal) -> tuple[str, ...]:
        """Return the variables that tie a literal to its body; each is read once."""
        found = self._ties.get(id(literal))
        if found is None:
            names = tuple(dict.fromkeys(literal_variables(literal)))
            # The literal is kept, so that its number stays its own.
            found = self._ties[id(literal)] = (literal, names)
        return found[1]

    def _atom_rank(
        self,
        state: State,
        item: Item,
        atom: Atom,
        bindings: Environment,
        *,
        whole: bool,
    ) -> int:
        if not whole and not self._read(atom.relation):
            return 5
        pattern: list[int | None] = []
        for term in atom.terms:
            value = self._argument(item, term, bindings)
            cell = state.store.cell(value) if bound(value) else None
            if isinstance(cell, Unknown):
                return 3
            pattern.append(cell)
        known = sum(cell is not None for cell in pattern)
        if not known:
            return 8
        if known == len(pattern) or not self.policy.relations[atom.relation].stated:
            return 1
        return 2 if self.facts.few(atom.relation, tuple(pattern)) else 7


def turns(change: Changed, reading: Reading) -> bool:
    """Return whether a change could turn what a reading is for."""
    moved: frozenset[int] = frozenset()
    if change.before is not None and change.after is not None:
        moved = frozenset(m.position for one in change.by for m in one.moves)
    return reading.turned(
        change.relation,
        comes=change.before is None,
        goes=change.after is None,
        moved=moved,
    )


def names_in(literal: Literal | NotEqual | AlsoCounted) -> Iterator[str]:
    """Yield the variables of a literal that may have a value, inner ones too."""
    match literal:
        case NotEqual(names) | AlsoCounted(names):
            yield from names
        case Not(atom):
            yield from literal_variables(atom)
        case Either(branches):
            for branch in branches:
                for one in branch:
                    yield from names_in(one)
        case _:
            yield from literal_variables(literal)
