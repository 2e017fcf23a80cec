"""The search for changes to facts that make a goal hold: abduction over the rules.

From the goal down: a goal is proved by each rule that could give it, a stated atom
by a row that is there (for nothing), by a row that is added or by one that is
changed (for the weight that the policy gives it). What a new value has to be is
kept as constraints. A negated atom is denied: each way in which it could hold must
fail, by a condition that fails, a row that is withdrawn or changed, or a fact that
an exception needs. Denials are kept, and looked at again for each new row. What the
rows meet as they are is not searched (`current_truth`) until a change could turn it: a
smallest set of changes has none for it before that. This is
abductive logic programming as in the IFF procedure (Fung and Kowalski, 1997) with
the constraints of ACLP (Kakas, Michael and Mourlas, 2000); partial solutions wait in
a queue, and the lightest goes on first (uniform-cost search, after Dijkstra), so
that solutions come in the order of their weights.
"""

from __future__ import annotations

import heapq
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from whereas import budget
from whereas.change.aggregated import Aggregated
from whereas.change.current_truth import names_in
from whereas.change.linear import NotSearchedError
from whereas.change.terms import (
    AlsoCounted,
    Block,
    Bounds,
    Deny,
    Environment,
    Equal,
    Item,
    Kept,
    Key,
    Prove,
    State,
    Tally,
    Task,
    bound,
    meaning,
    unbound,
)
from whereas.policy.core import (
    Aggregate,
    Atom,
    Either,
    Not,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from whereas.change.constraints import Store
    from whereas.change.fact_reader import FactReader


class Search(Aggregated):
    """One search: its queue, and why ways were not followed."""

    def __init__(
        self,
        facts: FactReader,
        subject: tuple[str, tuple[int, ...]],
        bounds: Bounds,
    ) -> None:
        """Prepare; `subject` is the case's own row by its key: it always stays."""
        super().__init__(facts, subject)
        self.bounds = bounds
        self.looked = 0
        # The most that a solution may weigh, once that is known.
        self.most: int | None = None
        # Whether ways that weigh more were not followed.
        self.heavier = False
        # Why the search ended early, and what it left out.
        self.stopped: str | None = None
        self.left_out: dict[str, None] = {}
        # Tasks that can be followed in several ways, with the values known by then;
        # both are kept, so that their numbers stay their own.
        self._forks: dict[tuple[int, int], tuple[Task, Store]] = {}

    def solutions(
        self,
        goal: Task,
        others: Sequence[Task],
        pruned: Callable[[State], bool] | None = None,
    ) -> Iterator[State]:
        """Yield the solutions, the lightest first.

        `pruned(state)`, if given, says that nothing new can come of a state.
        """
        queue: list[tuple[int, int, State]] = []
        number = 0
        heapq.heappush(queue, (0, 0, State((*others, goal))))
        while queue:
            floor, _, state = heapq.heappop(queue)
            if self.most is not None and floor > self.most:
                self.heavier = True
                return
            if self.looked >= self.bounds.states:
                self.stopped = "states"
                return
            budget.check()
            self.looked += 1
            if pruned is not None and state.changes and pruned(state):
                continue
            if not state.tasks:
                yield state
                continue
            try:
                found = list(self._followed(state))
            except NotSearchedError as reason:
                self.left_out.setdefault(str(reason))
                continue
            # The first of equals goes on first: rules and rows in their order.
            for following in reversed(found):
                number -= 1
                floor = max(following.floor, following.cost)
                heapq.heappush(queue, (floor, number, following))

    # --- one step -------------------------------------------------------------------

    def _followed(self, state: State) -> Iterator[State]:
        """Yield what follows from the most urgent task."""
        floor = state.floor
        begun = self._begun_with(state) if not state.changes else state
        while begun is not None and begun.tasks and begun.floor == floor:
            steps = self._step(*_taken(begun))
            found = list(islice(steps, 2))
            if len(found) != 1 or len(found[0].changes) > len(begun.changes):
                yield from found
                yield from steps
                return
            # There is no choice: on it goes.
            (begun,) = found
        if begun is not None:
            yield begun

    def _begun_with(self, state: State) -> State | None:
        """Return the state after all that can be followed in one way only.

        Nothing is changed in it, so that what nothing can meet is seen before all
        the ways in which the others could be met; None: there is such a task.
        """
        while True:
            for task in state.tasks:
                known = (id(task), id(state.store))
                if known in self._forks or isinstance(task, Tally):
                    continue
                rest = tuple(one for one in state.tasks if one is not task)
                try:
                    step = self._step(task, state.doing(rest))
                    found = list(islice(step, 2))
                except NotSearchedError:
                    found = [state, state]
                if not found:
                    return None
                if len(found) > 1 or found[0].changes:
                    self._forks[known] = (task, state.store)
                    continue
                (following,) = found
                if following.floor > state.floor:
                    return following
                state = following
                break
            else:
                return state

    def _step(self, task: Task, state: State) -> Iterator[State]:
        """Yield what follows from one task of a state, the others aside."""
        if isinstance(task, Block):
            yield from self._block(state, task)
        elif isinstance(task, Tally):
            yield from self._tallied(state, task)
        else:
            met = self._stands(state, task)
            if met is None and state.changes:
                met = self._foreseen(state, task)
            if met:
                kept = Kept(task, self._readings(task))
                yield replace(state, kept=(*state.kept, kept))
            else:
                yield from self._unmet(state, task, sure=met is not None)

    def _unmet(
        self, state: State, task: Prove | Deny, *, sure: bool
    ) -> Iterator[State]:
        """Yield what follows from a task; `sure`: only a change can meet it."""
        if sure:
            least = self._least(task)
            if least is None:
                return
            if state.cost + least > state.floor:
                # Its turn comes when nothing lighter is left.
                yield replace(state, floor=state.cost + least).with_tasks(task)
                return
        if isinstance(task, Prove):
            yield from self._prove(state, task)
        else:
            yield from self._deny(state, task)

    def _prove(self, state: State, task: Prove) -> Iterator[State]:
        if not task.items:
            yield state
            return
        parts = self._parts(task)
        if len(parts) > 1:
            yield state.with_tasks(*parts)
            return
        item, rest = self._next(state, task)
        bindings = task.bindings
        match item.literal:
            case Either(branches):
                for branch in branches:
                    items = tuple(item.of(one) for one in branch)
                    yield state.with_tasks(Prove((*items, *rest), bindings))
            case Not(atom):
                denied = Deny((item.of(atom),), bindings)
                yield state.with_tasks(denied, Prove(rest, bindings))
            case Atom() as atom if self._read(atom.relation):
                yield from self._stated(state, item, atom, rest, bindings)
            case Atom() as atom:
                for more, found in self._unfolded(state, item, atom, bindings):
                    yield state.with_tasks(Prove((*more, *rest), found))
            case Aggregate() as literal:
                yield from self._aggregate(state, item, literal, rest, bindings)
            case AlsoCounted() as literal:
                again = self._more(state, item, literal, bindings)
                yield again.with_tasks(Prove(rest, bindings))
            case _:
                for again, found in self._held(state, item, bindings):
                    yield again.with_tasks(Prove(rest, found))

    def _deny(self, state: State, task: Deny) -> Iterator[State]:
        if not task.items:
            return
        item, rest = self._next(state, task)
        bindings = task.bindings
        match item.literal:
            case Either(branches):
                denials = []
                for branch in branches:
                    items = tuple(item.of(one) for one in branch)
                    denials.append(Deny((*items, *rest), bindings))
                yield state.with_tasks(*denials)
            case Not(atom):
                yield state.with_tasks(Prove((item.of(atom),), bindings))
                yield state.with_tasks(Deny(rest, bindings))
            case Atom() as atom if self._read(atom.relation):
                yield self._watched(state, item, atom, Deny(rest, bindings))
            case Atom() as atom:
                unfolded = self._unfolded(state, item, atom, bindings)
                yield state.with_tasks(
                    *(Deny((*more, *rest), found) for more, found in unfolded)
                )
            case Aggregate() as literal:
                yield from self._no_aggregate(state, item, literal, rest, bindings)
            case _:
                yield from self._failed(state, item, bindings)
                for again, found in self._held(state, item, bindings):
                    yield again.with_tasks(Deny(rest, found))

    def _parts(self, task: Prove) -> list[Prove]:
        """Return a task's literals by the variables without a value that they share."""
        parts: list[tuple[set[Key], list[Item]]] = []
        for item in task.items:
            names = () if isinstance(item.literal, Equal) else names_in(item.literal)
            values = {meaning((item.instance, n), task.bindings) for n in names}
            shared: set[Key] = {value for value in values if unbound(value)}
            items = [item]
            apart = []
            for part in parts:
                if part[0].isdisjoint(shared):
                    apart.append(part)
                else:
                    shared |= part[0]
                    items = [*part[1], *items]
            parts = [*apart, (shared, items)]
        return [Prove(tuple(items), task.bindings) for _, items in parts]

    # --- rows -------------------------------------------------------------------------

    def _stated(
        self,
        state: State,
        item: Item,
        atom: Atom,
        rest: tuple[Item, ...],
        bindings: Environment,
    ) -> Iterator[State]:
        """Yield the state with each row that could match, there or supplied."""
        arguments = [self._argument(item, term, bindings) for term in atom.terms]
        relation = atom.relation
        read_by = {
            meaning((other.instance, name), bindings)
            for other in rest
            if not isinstance(other.literal, Equal)
            for name in names_in(other.literal)
        }
        # Where nobody reads what a row says besides, one row is as good as another.
        alike = all(
            isinstance(state.store.cell(a), int) if bound(a) else a not in read_by
            for a in arguments
        )
        movable = any(
            self.facts.allowed(action, relation) for action in ("change", "withdraw")
        )
        for row in self.facts.rows(relation, self._pattern(state, arguments)):
            if state.gone(relation, row):
                continue
            for again, found in self._matched(state, arguments, row[:-1], bindings):
                if movable:
                    used = again.used | {(relation, row[-1])}
                    again = replace(again, used=used)  # noqa: PLW2901
                yield again.with_tasks(Prove(rest, found))
                if alike and not movable:
                    return
        for change in state.changes:
            if change.relation == relation and change.after is not None:
                for again, found in self._matched(
                    state, arguments, change.after, bindings
                ):
                    yield again.with_tasks(Prove(rest, found))
        for again, cells in self._supplied(state, relation, arguments):
            for more, found in self._matched(again, arguments, cells, bindings):
                yield more.with_tasks(Prove(rest, found))


def _taken(state: State) -> tuple[Task, State]:
    """Return the task that is next, and the state without it."""
    place = max(range(len(state.tasks)), key=lambda i: (_urgency(state.tasks[i]), i))
    rest = (*state.tasks[:place], *state.tasks[place + 1 :])
    return state.tasks[place], state.doing(rest)


def _urgency(task: Task) -> int:
    """Prove first: it gives the values that denials need."""
    match task:
        case Prove():
            return 2
        case Block():
            return 1
        case Deny():
            return 0
        case Tally():
            # When all else is shown, what is counted is known.
            return -1
