"""What holds after some changes, whatever the values are that they leave open.

Of a change most conditions do not depend, even where they read its row: such a one
is kept as it is, in one look, instead of being searched way by way for each value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.change.constraints import Unknown
from whereas.change.current_truth import LOOKS
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
from whereas.change.unfolding import Rules
from whereas.diagnostics import LimitExceeded
from whereas.engine.names import literal_variables
from whereas.policy.core import Aggregate, Atom, Comparison, Either, Not

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whereas.change.constraints import Cell, Store
    from whereas.change.fact_reader import FactReader
    from whereas.change.terms import Deny, Environment, Item, Key, State
    from whereas.policy.core import Literal

# So often it is tried in vain to look at tasks that begin alike.
VAIN = 30


class Foreseen(Rules):
    """Looks at a task with the rows as they are after the changes."""

    def __init__(self, facts: FactReader) -> None:
        """Read rows and rules of one model."""
        super().__init__(facts)
        self._weights: dict[tuple[Literal, bool], int | None] = {}
        # How often it took too many looks to tell, for tasks that begin alike.
        self._vain: dict[tuple[int, int], int] = {}
        self._seen: dict[object, tuple[Store, bool | None]] = {}

    def _foreseen(self, state: State, task: Prove | Deny) -> bool | None:
        """Return whether a task is met, whatever the open values are.

        None: it is for some and not for others, or it takes too many looks to tell.
        """
        kind = (id(task.items[0].literal), len(task.items)) if task.items else (0, 0)
        if self._vain.get(kind, 0) >= VAIN:
            return None
        self._looks = LOOKS
        self._seen = {}
        try:
            found = self._holds(state, Prove(task.items, task.bindings))
        except (LimitExceeded, NotSearchedError):
            self._vain[kind] = self._vain.get(kind, 0) + 1
            return None
        return None if found is None else found == isinstance(task, Prove)

    def _holds(self, state: State, goal: Prove) -> bool | None:
        """Return whether a goal holds; None: for some of the open values only."""
        key = self._key(state, goal)
        if key in self._seen:
            return self._seen[key][1]
        found: bool | None = False
        for sure in self._ways(state, goal, sure=True):
            found = None
            if sure:
                found = True
                break
        if key is not None:
            # The store is kept with what was seen, so that its number stays its own.
            self._seen[key] = (state.store, found)
        return found

    def _key(self, state: State, goal: Prove) -> object:
        """Return what an atom's goal is known by; None: it is not remembered."""
        (item, *others) = goal.items
        if others or not isinstance(item.literal, Atom):
            return None
        cells = []
        for term in item.literal.terms:
            value = self._argument(item, term, goal.bindings)
            cells.append(state.store.cell(value) if bound(value) else None)
        return (id(state.store), item.literal.relation, tuple(cells), item.above)

    def _least(self, task: Prove | Deny) -> int | None:
        """Return the weight of the lightest change that could meet a task, if any."""
        there = isinstance(task, Prove)
        found = [
            self._least_of(item.literal, there=there)
            for item in task.items
            if not isinstance(item.literal, Equal | NotEqual | AlsoCounted)
        ]
        return min((weight for weight in found if weight is not None), default=None)

    def _least_of(self, literal: Literal, *, there: bool) -> int | None:
        key = (literal, there)
        if key not in self._weights:
            self._weights[key] = min(
                (
                    one.weight
                    for one in self.policy.correctable
                    if any(r.met(one) for r in self._rests_on(literal, there))
                ),
                default=None,
            )
        return self._weights[key]

    def _ways(self, state: State, task: Prove, *, sure: bool) -> Iterator[bool]:
        """Yield for each way in which a task could hold whether it surely does."""
        self._looks -= 1
        if self._looks < 0:
            raise NotSearchedError("rows that meet in too many ways")
        if not task.items:
            yield sure
            return
        item, rest = self._next(state, task)
        bindings = task.bindings
        match item.literal:
            case Atom():
                yield from self._atom_ways(state, item, rest, bindings, sure=sure)
            case Either(branches):
                for branch in branches:
                    items = tuple(item.of(one) for one in branch)
                    following = Prove((*items, *rest), bindings)
                    yield from self._ways(state, following, sure=sure)
            case Not(atom):
                inner = Prove((item.of(atom),), bindings)
                there = self._holds(state, inner)
                if there is not True:
                    following = Prove(rest, bindings)
                    certain = sure and there is False
                    yield from self._ways(state, following, sure=certain)
            case AlsoCounted():
                raise NotSearchedError("what is counted")
            case Aggregate() as literal if self._touched(state, literal):
                extreme = self._extreme(state, item, literal, bindings)
                if extreme is not None:
                    following = Prove(rest, bindings)
                    yield from self._ways(state, following, sure=sure and extreme)
            case _:
                settled = self._settled(state, item, bindings)
                for again, more in self._held(state, item, bindings):
                    certain = sure and (settled or again.store is state.store)
                    yield from self._ways(again, Prove(rest, more), sure=certain)

    def _atom_ways(
        self,
        state: State,
        item: Item,
        rest: tuple[Item, ...],
        bindings: Environment,
        *,
        sure: bool,
    ) -> Iterator[bool]:
        atom = item.literal
        assert isinstance(atom, Atom)  # noqa: S101
        arguments = [self._argument(item, t, bindings) for t in atom.terms]
        if not self._as_stored(state, atom):
            if rest and not any(unbound(argument) for argument in arguments):
                there = self._holds(state, Prove((item,), bindings))
                if there is not False:
                    following = Prove(rest, bindings)
                    certain = sure and there is True
                    yield from self._ways(state, following, sure=certain)
                return
            for body, more in self._unfolded(state, item, atom, bindings):
                following = Prove((*body, *rest), more)
                yield from self._ways(state, following, sure=sure)
            return
        for cells in self._cells(state, atom, arguments):
            for again, more in self._matched(state, arguments, cells, bindings):
                certain = sure and again.store is state.store
                yield from self._ways(again, Prove(rest, more), sure=certain)

    def _extreme(
        self, state: State, item: Item, literal: Aggregate, bindings: Environment
    ) -> bool | None:
        """Return whether a value surely is the least or greatest; None: it is not."""
        value = self._argument(item, literal.target, bindings)
        if literal.function not in {"min", "max"} or not bound(value):
            raise NotSearchedError("what is counted")
        there = self._some(state, item, literal, bindings, value)
        found = False
        certain = False
        for sure in self._ways(state, there, sure=True):
            found = True
            certain = certain or sure
        if not found:
            return None
        beyond = self._some(state, item, literal, bindings, value, beyond=True)
        for sure in self._ways(state, beyond, sure=True):
            if sure:
                return None
            certain = False
        return certain

    def _as_stored(self, state: State, atom: Atom) -> bool:
        """Whether the rows of an atom are those of its table, or of changes."""
        return self._read(atom.relation) or not self._touched(state, atom)

    def _cells(
        self, state: State, atom: Atom, arguments: Sequence[Cell | Key]
    ) -> Iterator[Sequence[Cell]]:
        """Yield the rows of an atom after the changes."""
        relation = atom.relation
        for row in self.facts.rows(relation, self._pattern(state, arguments)):
            if not state.gone(relation, row):
                yield row[: len(arguments)]
        for change in state.changes:
            if change.relation == relation and change.after is not None:
                yield change.after

    def _settled(self, state: State, item: Item, bindings: Environment) -> bool:
        """Whether a test has only values that are known; it may bind another."""
        if not isinstance(item.literal, Comparison | Aggregate):
            return False
        values = (
            meaning((item.instance, name), bindings)
            for name in literal_variables(item.literal)
            if name != item.literal.binds
        )
        return not any(
            bound(value) and isinstance(state.store.cell(value), Unknown)
            for value in values
        )
