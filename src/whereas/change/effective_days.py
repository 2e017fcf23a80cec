"""Ways to put a case right into the days from which its wanted outcome holds then.

A way that moves the day itself (files again, say) holds from the first day that its
conditions leave open, and that day is decided. What begins such days, and what ends
them, is what a timeline of the case as it is then has on these days. Any other way
holds on the day that is on file. NotEqual from these stands another day alone, with the
facts as they are.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from whereas.change.constraints import Unknown
from whereas.change.day_functions import FIRST, LAST
from whereas.change.timeline import TimelineBuilder, World, belonging
from whereas.policy.core import Correctable, Move
from whereas.values import NONE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from whereas.change.case_solver import CaseSolver
    from whereas.change.change_causes import Event
    from whereas.change.critical_days import Critical
    from whereas.change.demand import Row, Trial
    from whereas.change.fact_reader import FactReader
    from whereas.change.proposals import Solution
    from whereas.change.terms import Changed, State
    from whereas.engine.model import Model
    from whereas.explain.explainer import Explainer
    from whereas.explain.proof import Fact
    from whereas.policy.core import Policy
    from whereas.values import Value

# A set of facts in which another day is looked for, and on how many days at most.
FACTS = 50_000
TURNS = 400


@dataclass(frozen=True, slots=True)
class EffectiveDays:
    """Days that follow one another; `first` None is from the beginning, `last` on.

    `endless` says that nothing ends them: without it `last` may not be known.
    `stated`: it is the day on file, and others are not told. `begin` is what turns on
    the first day, and `end` what turns after the last. `follows` is the row on file
    that the first day is the next after; `today` says that it is today.
    """

    first: date | None
    last: date | None = None
    stated: bool = False
    begin: tuple[Event, ...] = ()
    end: tuple[Event, ...] = ()
    follows: Fact | None = None
    today: bool = False
    endless: bool = False


@dataclass(frozen=True, slots=True)
class DaysFinder:
    """Asks from when a case has its wanted outcome, with some changes made.

    `key` is the case's as it is stored. `trial` makes a solution, with a value for
    each of its unknowns, a trial.
    """

    explainer: Explainer
    facts: FactReader
    again: CaseSolver
    case: tuple[Value, ...]
    key: Row
    trial: Callable[[State, Mapping[int, int]], Trial]

    def days(self, ways: Sequence[Solution]) -> EffectiveDays | None:
        """Return from when the ways of a proposal help: the earliest of them.

        None: no day moves, or it is not known which one counts.
        """
        found = [
            (days, trial)
            for way in ways
            for days, trial in [self._of(way)]
            if days is not None
        ]
        if not found:
            return None
        days, trial = min(found, key=lambda one: one[0].first or date.min)
        return days if days.stated else self._bounded(days, trial)

    def _of(self, way: Solution) -> tuple[EffectiveDays | None, Trial]:
        """Return the days of one way, and the changes of its first day."""
        state, example = way.state, way.example
        trial = self.trial(state, example)
        self._outcome(trial)
        rows = self._rows()
        moved = _days_moved(state.changes, rows)
        if not moved:
            return self._on_file(rows), trial
        cells = [state.store.cell(one.day) for one in moved]
        ends = [
            (cell, cell)
            if isinstance(cell, int)
            else (state.store.domain(cell).low, state.store.domain(cell).high)
            for cell in cells
        ]
        low = max((day for day, _ in ends if day is not None), default=FIRST)
        high = min((day for _, day in ends if day is not None), default=LAST)

        def on(day: int) -> Trial:
            unknown = {c.number: day for c in cells if isinstance(c, Unknown)}
            return self.trial(state, {**example, **unknown})

        if low > FIRST and self._outcome(on(low)) != way.outcome:
            low = max(c if isinstance(c, int) else example[c.number] for c in cells)
        bounded = high < LAST and self._outcome(on(high)) == way.outcome
        last = _date(high) if bounded else None
        before = next((one.before for one in moved if one.follows(low)), None)
        follows = None if before is None else self.explainer.fact(*before)
        endless = high >= LAST
        days = EffectiveDays(_date(low), last, follows=follows, endless=endless)
        return days, on(low)

    def _bounded(self, days: EffectiveDays, trial: Trial) -> EffectiveDays:
        """Return days with what begins and ends them, by a line of the case then."""
        moved = self.again.policy.moved
        only = moved[0].relation if len(moved) == 1 else None
        line = TimelineBuilder(self.explainer.model, self.case, only, trial, self.facts)
        begin, end = edges(line, days)
        if begin:
            return replace(days, begin=begin, end=end, follows=None)
        today = self.facts.today
        is_today = days.follows is None and today is not None and days.first == today
        return replace(days, end=end, today=is_today)

    def _rows(self) -> list[tuple[int, str, Row]]:
        """Return the rows of the case, as decided last, whose day moves."""
        policy = self.again.policy
        rows: dict[str, list[Row]] = {}
        for name, row in self.again.reached():
            rows.setdefault(name, []).append(row)
        return [
            (one.column, one.relation, row)
            for one in policy.moved
            for row in belonging(policy, one, rows, self.key)
            if row[one.column] != NONE
        ]

    def _on_file(self, rows: Sequence[tuple[int, str, Row]]) -> EffectiveDays | None:
        policy, today = self.again.policy, self.again.today
        days = {row[column] for column, _, row in rows}
        if len(days) > 1:
            # The day that counts is that of a row without which it does not help.
            days = {
                row[column]
                for column, name, row in rows
                if self.again.outcome_without((name, row)) not in policy.wanted
            }
        if not days and policy.uses_today and today is not None:
            days = {today.toordinal()}
        return EffectiveDays(_date(days.pop()), stated=True) if len(days) == 1 else None

    def _outcome(self, trial: Trial) -> str | None:
        return self.again.outcome(*self.case, trial=trial)


@dataclass(frozen=True, slots=True)
class _Moving:
    """A day that a change brings or moves; `before` is the row that had another."""

    day: int | Unknown
    column: int
    before: tuple[str, Row] | None

    def follows(self, day: int) -> bool:
        """Whether a day is the next after the one on file."""
        return self.before is not None and self.before[1][self.column] + 1 == day


def _days_moved(
    changes: Sequence[Changed], rows: Sequence[tuple[int, str, Row]]
) -> list[_Moving]:
    """Return the days of the case's rows that some changes bring or move."""
    found = []
    for place, change in enumerate(changes):
        before = change.before
        number = before[-1] if before else -place - 1
        for column, relation, row in rows:
            if (change.relation, number) != (relation, row[-1]) or not change.after:
                continue
            if before is None or before[column] != change.after[column]:
                had = None if before is None else (relation, before[:-1])
                found.append(_Moving(change.after[column], column, had))
    return found


def edges(
    line: TimelineBuilder, days: EffectiveDays
) -> tuple[tuple[Event, ...], tuple[Event, ...]]:
    """Return what turns on the first of some days, and after the last, as far as known.

    A bound that is not there has nothing, nor has one on which no outcome turns: the
    values that a way leaves open may not let it. What turns by such a value alone, in
    a row that the way brings, is no reason.
    """
    wanted = line.policy.wanted
    starts = [
        None if days.first is None else days.first.toordinal(),
        None if days.last is None else days.last.toordinal() + 1,
    ]
    found: list[tuple[Event, ...]] = []
    worlds: tuple[World, World] | None = None
    critical: Critical | None = None
    for begins, start in zip((True, False), starts, strict=True):
        events: tuple[Event, ...] = ()
        if start is not None:
            worlds = worlds or (World(line), World(line))
            critical = critical or line.critical()
            names = (worlds[0].outcome(start - 1), worlds[1].outcome(start))
            if [name in wanted for name in names] == [not begins, begins]:
                day = date.fromordinal(start)
                events = tuple(
                    one
                    for one in line.events(worlds, day, names, critical)
                    if all(stated.row > 0 for _, stated in one.causes)
                )
        found.append(events)
    return found[0], found[1]


def _date(day: int) -> date | None:
    return date.fromordinal(day) if FIRST < day < LAST else None


# --- another day alone ----------------------------------------------------------------


def fixed_days(policy: Policy) -> tuple[Correctable, ...]:
    """Return statements that let the days move which the policy lets nobody change."""
    allowed = {
        (one.relation, move.position)
        for one in policy.correctable
        if one.action == "change"
        for move in one.moves
    }
    return tuple(
        Correctable("change", one.relation, (Move(one.column, "later"),))
        for one in policy.moved
        if (one.relation, one.column) not in allowed
    )


def later_days(
    model: Model, case: tuple[Value, ...]
) -> tuple[EffectiveDays | None, str | None]:
    """Return the next later days with a wanted outcome, as the facts stand, and it.

    None where there are none, where no day moves, or in a set of facts so large that
    it would take too long.
    """
    policy = model.policy
    if model.facts.size > FACTS:
        return None, None
    line = TimelineBuilder(model, case)
    own = line.stated()
    critical = line.critical()
    starts = sorted(day for day in critical.days if FIRST < day <= LAST)
    if not own or not critical.solved or len(starts) > TURNS:
        return None, None
    world = World(line)
    first: int | None = None
    wanted: str | None = None
    for start in starts[bisect_right(starts, own[-1]) :]:
        outcome = world.outcome(start)
        if first is not None and outcome != wanted:
            return _with_edges(line, first, start - 1), wanted
        if first is None and outcome in policy.wanted:
            first, wanted = start, outcome
    return (None if first is None else _with_edges(line, first, None)), wanted


def _with_edges(line: TimelineBuilder, first: int, last: int | None) -> EffectiveDays:
    until = None if last is None else _date(last)
    days = EffectiveDays(date.fromordinal(first), until, endless=until is None)
    begin, end = edges(line, days)
    return replace(days, begin=begin, end=end)
