"""Ways to put a case right into the days from which its wanted outcome holds then.

A way that moves the day itself (files again, say) holds from the first day that its
conditions leave open, and that day is decided. Any other holds on the day that is on
file. Apart from these stands another day alone, with the facts as they are.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from whereas.explain.constraints import Unknown
from whereas.explain.forms import FIRST, LAST
from whereas.explain.timeline import Line, World, belonging
from whereas.policy.core import Correctable, Move
from whereas.values import NONE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from whereas.engine.model import Model
    from whereas.explain.anew import Anew
    from whereas.explain.goals import Changed, State
    from whereas.explain.proposals import Solution
    from whereas.explain.reach import Row, Trial
    from whereas.policy.core import Policy
    from whereas.values import Value

# A set of facts in which another day is looked for, and on how many days at most.
FACTS = 50_000
TURNS = 400


@dataclass(frozen=True, slots=True)
class Days:
    """Days that follow one another; `first` None is from the beginning, `last` on.

    `stated`: it is the day on file, and others are not told.
    """

    first: date | None
    last: date | None = None
    stated: bool = False


@dataclass(frozen=True, slots=True)
class Since:
    """Asks from when a case has its wanted outcome, with some changes made.

    `key` is the case's as it is stored. `trial` makes a solution, with a value for
    each of its unknowns, a trial.
    """

    again: Anew
    case: tuple[Value, ...]
    key: Row
    trial: Callable[[State, Mapping[int, int]], Trial]

    def days(self, ways: Sequence[Solution]) -> Days | None:
        """Return from when the ways of a proposal help: the earliest of them.

        None: no day moves, or it is not known which one counts.
        """
        found = [one for way in ways if (one := self._of(*way)) is not None]
        if not found:
            return None
        return min(found, key=lambda one: one.first or date.min)

    def _of(self, state: State, example: Mapping[int, int]) -> Days | None:
        self._wanted(self.trial(state, example))
        rows = self._rows()
        moved = _days_moved(state.changes, rows)
        if not moved:
            return self._on_file(rows)
        cells = [state.store.cell(cell) for cell in moved]
        ends = [
            (cell, cell)
            if isinstance(cell, int)
            else (state.store.domain(cell).low, state.store.domain(cell).high)
            for cell in cells
        ]
        low = max((day for day, _ in ends if day is not None), default=FIRST)
        high = min((day for _, day in ends if day is not None), default=LAST)

        def holds(day: int) -> bool:
            unknown = {c.number: day for c in cells if isinstance(c, Unknown)}
            return self._wanted(self.trial(state, {**example, **unknown}))

        if low > FIRST and not holds(low):
            low = max(c if isinstance(c, int) else example[c.number] for c in cells)
        last = _date(high) if high < LAST and holds(high) else None
        return Days(_date(low), last)

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

    def _on_file(self, rows: Sequence[tuple[int, str, Row]]) -> Days | None:
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
        return Days(_date(days.pop()), stated=True) if len(days) == 1 else None

    def _wanted(self, trial: Trial) -> bool:
        found = self.again.outcome(*self.case, trial=trial)
        return found in self.again.policy.wanted


def _days_moved(
    changes: Sequence[Changed], rows: Sequence[tuple[int, str, Row]]
) -> list[int | Unknown]:
    """Return the days of the case's rows that some changes bring or move."""
    found = []
    for place, change in enumerate(changes):
        number = change.before[-1] if change.before else -place - 1
        for column, relation, row in rows:
            if (change.relation, number) != (relation, row[-1]) or not change.after:
                continue
            if change.before is None or change.before[column] != change.after[column]:
                found.append(change.after[column])
    return found


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


def later_days(model: Model, case: tuple[Value, ...]) -> Days | None:
    """Return the next later days with the wanted outcome, as the facts stand.

    None where there are none, where no day moves, or in a set of facts so large that
    it would take too long.
    """
    policy = model.policy
    if model.facts.size > FACTS:
        return None
    line = Line(model, case)
    own = line.stated()
    critical = line.critical()
    starts = sorted(day for day in critical.days if FIRST < day <= LAST)
    if not own or not critical.solved or len(starts) > TURNS:
        return None
    world = World(line)
    first: int | None = None
    for start in starts[bisect_right(starts, own[-1]) :]:
        if world.outcome(start) in policy.wanted:
            first = start if first is None else first
        elif first is not None:
            return Days(date.fromordinal(first), date.fromordinal(start - 1))
    return None if first is None else Days(date.fromordinal(first))
