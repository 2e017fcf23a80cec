"""A case that was refused into the smallest sets of changes that help.

The search (`search`) aims at the wanted outcome, with the outcomes that come
before it denied, and gives sets of changes by their weight. What a lighter proposal
covers already is taken out of a heavier one, so that no proposal has a change that
could be left out. Open values get an example, and each proposal is decided again
with it, from the stated facts (`case_solver`): one that does not give the wanted
outcome is a fault of the search and raised, never shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from whereas.change.case_solver import CaseSolver
from whereas.change.constraints import Unknown
from whereas.change.demand import Trial
from whereas.change.effective_days import (
    DaysFinder,
    EffectiveDays,
    fixed_days,
    later_days,
)
from whereas.change.examples import example_of
from whereas.change.fact_reader import FactReader
from whereas.change.obstacles import lacking, obstacles
from whereas.change.proposals import Proposal, ProposalBuilder, Solution, values_of
from whereas.change.search import Search
from whereas.change.subsumption import alike, covers, embeddings, remainder, size
from whereas.change.terms import Bounds, Deny, Item, Prove, State
from whereas.diagnostics import LimitExceeded
from whereas.explain.decide import decide, selected, stored_goal
from whereas.explain.explainer import Explainer
from whereas.policy.core import Atom, Variable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from whereas.change.constraints import Cell, Store
    from whereas.engine.model import Model
    from whereas.explain.proof import Blockage, Decision
    from whereas.policy.core import Literal, Outcome
    from whereas.values import Value


# How long only another day is searched, before it is tried on the days themselves.
DAYS_ONLY = 400


class RepairFaultError(AssertionError):
    """A proposal that was decided again and does not help: a fault of the search."""


@dataclass(frozen=True, slots=True)
class Repairs:
    """The proposals for a case, the lightest first.

    `wanted` is the outcome that was aimed at (of several, the last).

    `lacks` says what fails as the facts stand. `obstacles` say, where there is no
    proposal, what stands in the way and cannot be changed. `stopped` names the bound
    that ended the search early (None: all was looked at); `left_out` are kinds of
    ways that are not searched. `heavier`: those that weigh more than so much were
    not looked for, and there may be some.

    `days` say from when each proposal helps, as far as that is known. Where there is
    none, `later` are days on which the case, as it is, has a wanted outcome, which is
    `later_outcome`. Days before `today`, if it is known, are past.
    """

    decision: Decision
    wanted: Outcome
    reached: bool
    proposals: tuple[Proposal, ...]
    obstacles: Blockage | None = None
    stopped: str | None = None
    left_out: tuple[str, ...] = ()
    bounds: Bounds = field(default_factory=Bounds)
    lacks: Blockage | None = None
    heavier: int | None = None
    days: tuple[EffectiveDays | None, ...] = ()
    later: EffectiveDays | None = None
    later_outcome: str | None = None
    today: date | None = None


def repair(
    model: Model | Explainer,
    case: tuple[Value, ...],
    *,
    bounds: Bounds = Bounds(),  # noqa: B008  # a frozen value
    today: date | None = None,
) -> Repairs:
    """Return the smallest sets of changes that give a case the wanted outcome.

    What can only be done on a later day is not done before `today`, where the
    policy's rules do not read which day it is.

    Raises `NothingSelected` for an unknown case, and `LimitExceeded` where a
    relation is reached whole and is large.
    """
    return next(repair_each(model, [case], bounds=bounds, today=today))


def repair_each(
    model: Model | Explainer,
    cases: Sequence[tuple[Value, ...]] | None = None,
    *,
    bounds: Bounds = Bounds(),  # noqa: B008  # a frozen value
    today: date | None = None,
) -> Iterator[Repairs]:
    """Yield the repairs of some cases: the same as `repair` for each, but sooner.

    Without `cases`, of all that do not have a wanted outcome. The policy is compiled
    once, and what was read of the facts is kept from case to case.
    """
    explainer = model if isinstance(model, Explainer) else Explainer(model)
    policy = explainer.policy
    decisions = [
        one
        for one in decide(explainer, cases)
        if cases is not None or one.outcome not in policy.wanted
    ]
    wanted = [o for o in policy.outcomes if o.name in policy.wanted][-1]
    as_declared = _Setup(explainer, today)
    # Each day that moves may be one that the policy lets nobody correct.
    fixed = fixed_days(policy)
    moving = replace(policy, correctable=fixed)
    other_days = _Setup(
        Explainer(replace(explainer.model, policy=moving)) if fixed else explainer,
        today,
    )
    for decision in decisions:
        if decision.outcome in policy.wanted:
            yield Repairs(decision, wanted, True, (), bounds=bounds)
            continue
        found = _Repair(as_declared, decision.case, bounds).repairs(decision, wanted)
        if fixed and not found.proposals:
            later, outcome = _another_day(other_days, found, wanted)
            found = replace(found, later=later, later_outcome=outcome)
        yield found


def _another_day(
    setup: _Setup, found: Repairs, wanted: Outcome
) -> tuple[EffectiveDays | None, str | None]:
    """Return later days on which alone a case has a wanted outcome, and the outcome.

    The days are searched as though they could be corrected: that says soon, for most
    cases, that no day would do.
    """
    case = found.decision.case
    bounds = Bounds(proposals=1, states=DAYS_ONLY)
    moved = _Repair(setup, case, bounds)
    groups, search = moved.ways(wanted)
    if groups:
        return moved.days(groups[:1])[0], groups[0][0].outcome
    return later_days(setup.explainer.model, case) if search.stopped else (None, None)


class _Setup:
    """What the repairs of one model share: rows that were read, a compiled policy."""

    def __init__(self, explainer: Explainer, today: date | None) -> None:
        self.explainer = explainer
        self.today = today

    @cached_property
    def facts(self) -> FactReader:
        """The rows and values of the model."""
        return FactReader(self.explainer, self.today)

    @cached_property
    def solver(self) -> CaseSolver:
        """Decides a case from stated facts, as a solution changes them."""
        model = self.explainer.model
        return CaseSolver(model.policy, model.facts, model.setting, self.facts)


class _Repair:
    """One repair: the search, and what it found."""

    def __init__(self, setup: _Setup, case: tuple[Value, ...], bounds: Bounds) -> None:
        self.setup = setup
        self.explainer = setup.explainer
        self.policy = setup.explainer.policy
        self.case = case
        self.bounds = bounds
        self.facts = setup.facts
        (self.stored,) = selected(self.explainer, [case])
        self.solutions: list[State] = []

    def repairs(self, decision: Decision, wanted: Outcome) -> Repairs:
        """Return the proposals, the days from which each helps, and the failures."""
        groups, search = self.ways(wanted)
        groups = groups[: self.bounds.proposals]
        builder = ProposalBuilder(self.facts, self.stored)
        lacks = lacking(self.explainer, self.case, wanted)
        return Repairs(
            decision,
            wanted,
            False,
            tuple(builder.proposal(group) for group in groups),
            None if groups or search.stopped else self._obstacles(lacks),
            search.stopped,
            tuple(search.left_out),
            self.bounds,
            lacks,
            search.most if search.heavier else None,
            self.days(groups),
            today=self.facts.today,
        )

    def ways(self, wanted: Outcome) -> tuple[list[list[Solution]], Search]:
        """Return the solutions, each verified, and the search that gave them.

        Solutions of one group change the same in other ways; the lightest come first.
        """
        search = self._search(self.bounds)
        assert wanted.goal is not None  # noqa: S101  # check refuses it
        goal = self.goal(*stored_goal(self.explainer, wanted.goal, self.stored))
        denied = [
            Deny(found.items, found.bindings)
            for outcome in self.policy.outcomes[: self.policy.outcomes.index(wanted)]
            if outcome.goal is not None and outcome.name not in self.policy.wanted
            for found in [
                self.goal(*stored_goal(self.explainer, outcome.goal, self.stored))
            ]
        ]
        groups: list[list[Solution]] = []
        for solution in search.solutions(goal, denied, self._pruned):
            state = self._distinct(solution) if solution.changes else None
            for rest in () if state is None else self._beyond(state):
                example = example_of(self.facts, rest)
                if example is None:
                    search.left_out.setdefault("open values without an example")
                    continue
                outcome = self._outcome(rest, example)
                if outcome not in self.policy.wanted:
                    raise RepairFaultError(self._fault(rest, example))
                self.solutions.append(rest)
                search.most = self._most(self.solutions[0].cost)
                self._sort_in(groups, Solution(rest, example, outcome))
            if len(groups) > self.bounds.proposals:
                search.stopped = "proposals"
                break
        return groups, search

    def days(
        self, groups: Sequence[Sequence[Solution]]
    ) -> tuple[EffectiveDays | None, ...]:
        """Return from when each proposal helps."""
        if not (self.policy.moved or self.policy.uses_today):
            return (None,) * len(groups)
        if not groups:
            return ()
        since = DaysFinder(
            self.explainer,
            self.facts,
            self.setup.solver,
            self.case,
            self.stored,
            self._trial,
        )
        return tuple(since.days(group) for group in groups)

    def _most(self, lightest: int) -> int:
        beyond = self.bounds.beyond
        return lightest + (min(3, 1 + lightest // 2) if beyond is None else beyond)

    def _search(self, bounds: Bounds) -> Search:
        subject = self.policy.subject
        assert subject is not None  # noqa: S101
        return Search(self.facts, (subject, self.stored), bounds)

    def goal(self, relation: str, values: Sequence[int | None]) -> Prove:
        """Return the task to prove a relation with some values."""
        terms = tuple(
            Variable(f"{'_' if value is None else ''}{p}")
            for p, value in enumerate(values)
        )
        bindings = {
            (0, f"{p}"): value for p, value in enumerate(values) if value is not None
        }
        return Prove((Item(Atom(relation, terms)),), bindings)

    def _obstacles(self, lacks: Blockage | None) -> Blockage | None:
        if lacks is None:
            return None
        return obstacles(self.policy, lacks, self.facts.intern, self._solvable)

    def _solvable(self, literals: Sequence[Literal], values: Mapping[str, int]) -> bool:
        """Return whether some changes would make literals hold, or it is not known."""
        search = self._search(replace(self.bounds, states=2_000))
        bindings = {(0, name): value for name, value in values.items()}
        task = Prove(tuple(map(Item, literals)), bindings)
        try:
            found = next(search.solutions(task, (), self._clash), None)
        except LimitExceeded:
            return True
        return found is not None or search.stopped is not None

    # --- what is new in a solution ----------------------------------------------------

    def _pruned(self, state: State) -> bool:
        """Whether all that can come of a state is covered by what was found."""
        return self._clash(state) or not any(True for _ in self._beyond(state))

    def _clash(self, state: State) -> bool:
        """Whether an added row has the key of another, or is not to be added."""
        keys: set[tuple[str, tuple[int, ...], tuple[int, ...]]] = set()
        withdrawn = {(c.relation, c.before) for c in state.changes if c.after is None}
        for change in state.changes:
            if change.before is not None or change.after is None:
                continue
            table = self.policy.relations[change.relation]
            (by,) = change.by
            place = self.facts.own(change.relation)
            if place is not None:
                name = state.store.cell(change.after[place])
                if isinstance(name, int) and self._another(change.relation, name):
                    return True
            for places in {table.key, by.unless} - {()}:
                cells = [state.store.cell(change.after[p]) for p in places]
                known = tuple(c for c in cells if isinstance(c, int))
                if len(known) < len(places):
                    continue
                if (change.relation, places, known) in keys:
                    return True
                keys.add((change.relation, places, known))
                pattern: list[int | None] = [None] * table.arity
                for place, value in zip(places, known, strict=True):
                    pattern[place] = value
                rows = self.facts.rows(change.relation, tuple(pattern))
                if places == by.unless and rows:
                    return True
                if any((change.relation, row) not in withdrawn for row in rows):
                    return True
        return False

    def _another(self, relation: str, name: int) -> bool:
        """Whether a name is that of a thing on file, other than the case itself."""
        if name in self.stored:
            return False
        for other in self.policy.relations.values():
            place = self.facts.own(other.name)
            if place is None or other.name == relation:
                continue
            pattern = tuple(name if p == place else None for p in range(other.arity))
            if self.facts.rows(other.name, pattern):
                return True
        return False

    def _distinct(self, state: State) -> State | None:
        """Return a solution in which no change is idle, and no new key is there.

        Only where one open value decides it; the example avoids it in all other cases.
        """
        store: Store | None = state.store
        for one, other in self._unlike(state):
            if store is None:
                return None
            pairs = [
                (a, b)
                for a, b in zip(
                    map(store.cell, one), map(store.cell, other), strict=True
                )
                if a != b
            ]
            apart = any(isinstance(a, int) and isinstance(b, int) for a, b in pairs)
            if not pairs:
                return None
            if not apart and len(pairs) == 1:
                store = store.part(*pairs[0])
        return None if store is None else replace(state, store=store)

    def _unlike(self, state: State) -> Iterator[tuple[Sequence[Cell], Sequence[Cell]]]:
        """Yield cells that must differ: keys of new rows, values that change."""
        keys: list[tuple[str, list[Cell]]] = []
        for change in state.changes:
            if change.after is None:
                continue
            after = change.after
            if change.before is not None:
                for by in change.by:
                    places = [move.position for move in by.moves]
                    yield [after[p] for p in places], [change.before[p] for p in places]
                continue
            table = self.policy.relations[change.relation]
            key = [after[p] for p in table.key]
            for relation, other in keys:
                if relation == change.relation:
                    yield key, other
            keys.append((change.relation, key))
            cells = {p: state.store.cell(after[p]) for p in table.key}
            if sum(isinstance(cell, Unknown) for cell in cells.values()) != 1:
                continue
            if len(cells) > 1:
                pattern: list[int | None] = [None] * table.arity
                for p, cell in cells.items():
                    pattern[p] = cell if isinstance(cell, int) else None
                for row in self.facts.rows(change.relation, tuple(pattern)):
                    yield key, [row[p] for p in table.key]

    def _beyond(self, state: State) -> Iterator[State]:
        """Yield what a solution covers that those found before do not."""
        states = [state]
        fresh = self.facts.fresh
        for found in self.solutions:
            fewer = size(found.changes) < size(state.changes)
            for _, pairs in embeddings(found.changes, state.changes):
                if not fewer:
                    # Other ways to make the same changes are put together later.
                    if covers(found.store, state.store, pairs, fresh):
                        return
                    continue
                states = [
                    replace(one, store=store)
                    for one in states
                    for store in remainder(one.store, found.store, pairs, fresh)
                ]
        yield from states

    # --- verified ------------------------------------------------------------------

    def _outcome(self, state: State, example: Mapping[int, int]) -> str | None:
        """Return what the case has with a solution, decided from the stated facts."""
        trial = self._trial(state, example)
        return self.setup.solver.outcome(*self.case, trial=trial)

    @staticmethod
    def _trial(state: State, example: Mapping[int, int]) -> Trial:
        """Return a solution as rows to decide without and with."""
        return Trial(
            frozenset((c.relation, c.before) for c in state.changes if c.before),
            tuple(
                (
                    c.relation,
                    (
                        *values_of(state.store, c.after, example),
                        # A row of the files has a number from 1.
                        c.before[-1] if c.before else -place - 1,
                    ),
                )
                for place, c in enumerate(state.changes)
                if c.after is not None
            ),
        )

    # --- groups ---------------------------------------------------------------------

    def _sort_in(
        self,
        groups: list[list[Solution]],
        solution: Solution,
    ) -> None:
        """Put a solution beside those that change the same in other ways."""
        for group in groups:
            first, state = group[0], solution.state
            order = alike(self.policy, first.state, state)
            if order is not None and first.outcome == solution.outcome:
                changes = tuple(state.changes[i] for i in order)
                alike_ = replace(state, changes=changes)
                group.append(replace(solution, state=alike_))
                return
        groups.append([solution])

    def _fault(self, state: State, example: Mapping[int, int]) -> str:
        shown = [
            f"{c.relation} {c.before and c.before[:-1]} -> "
            f"{c.after and values_of(state.store, c.after, example)}"
            for c in state.changes
        ]
        return f"a proposal for {self.case} does not help: {'; '.join(shown)}"
