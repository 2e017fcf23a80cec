"""A case decided on many days at once: each day is a world (`engine.worlds`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from whereas.change.case_solver import Beside, Numbered
from whereas.engine.incremental_solver import IncrementalSolver
from whereas.engine.worlds import Widened, widened
from whereas.explain.decide import decide
from whereas.explain.explainer import Explainer
from whereas.explain.reason_values import nearest_of, pattern_of
from whereas.explain.unjudged import Unjudged, waiting
from whereas.facts.row_loader import create_tables
from whereas.policy.core import Atom

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whereas.change.demand import Row
    from whereas.change.timeline import TimelineBuilder
    from whereas.explain.proof import Decision

# So many days are decided together: their rows are in memory at once.
TOGETHER = 500


@dataclass(frozen=True, slots=True)
class Judged:
    """The decision on a day, and the ids of its refusal that were not judged."""

    decision: Decision
    unjudged: Unjudged


def judged(line: TimelineBuilder, days: Sequence[int]) -> Iterator[Judged]:
    """Yield the decision of a timeline's case on each of some days."""
    policy = replace(line.policy, components=line.components)
    over = widened(policy, line.moving, today=line.today)
    for start in range(0, len(days), TOGETHER):
        yield from _DayWorlds(line, over, days[start : start + TOGETHER]).judged()


class _DayWorlds:
    """The rows that a case reaches, on some days, in tables of their own."""

    def __init__(self, line: TimelineBuilder, over: Widened, days: Sequence[int]):
        self._line = line
        self._over = over
        self._days = days
        model = line.model
        tables = Beside(model.database) if line.texts is None else Numbered(line.texts)
        relations = over.policy.relations.values()
        create_tables([one for one in relations if one.stated], tables)
        tables.execute("BEGIN")
        worlds = [
            (number, *([day] if line.today else []), number + 1)
            for number, day in enumerate(days)
        ]
        tables.insert(over.world, worlds)
        for name, rows in line.rows.items():
            wide = name in over.wide
            tables.insert(name, self._in_worlds(name) if wide else rows)
        solver = IncrementalSolver.of(
            over.policy,
            replace(model.facts, database=tables),
            model.setting,
            only=line.demanded,
        )
        self._explainer = Explainer(solver.solve())

    def _in_worlds(self, name: str) -> Iterator[Row]:
        """Yield a relation's rows on each day; each has a number of its own."""
        stride = 1 + max((row[-1] for row in self._line.rows[name]), default=0)
        for world, day in enumerate(self._days):
            for *values, number in self._line.rows_on(name, day):
                yield (*values, world, world * stride + number)

    def judged(self) -> Iterator[Judged]:
        """Yield the decision on each day."""
        decisions = {
            cast("int", one.case[-1]): replace(one, case=one.case[:-1])
            for one in decide(self._explainer)
            if one.case[:-1] == self._line.case
        }
        wanted = self._line.policy.wanted
        refused = [
            world for world, one in decisions.items() if one.outcome not in wanted
        ]
        unjudged = dict(zip(refused, self._unjudged(refused, decisions), strict=True))
        for world in range(len(self._days)):
            yield Judged(decisions[world], unjudged.get(world, Unjudged((), ())))

    def _unjudged(
        self, worlds: Sequence[int], decisions: dict[int, Decision]
    ) -> Iterator[Unjudged]:
        policy = self._line.policy
        target = policy.target.relation
        values = next(row for name, row in self._line.asked if name == target)
        goals = [(*values, world) for world in worlds]
        attempts = nearest_of(self._explainer, target, goals)
        for world, attempt in zip(worlds, attempts, strict=True):
            if attempt is None:
                yield Unjudged((), ())
                continue
            wide, values_of, met = attempt
            rule = policy.rules[wide.index]
            ids, lacking = waiting(
                policy,
                rule,
                values_of,
                met[: len(rule.body)],
                decisions[world].failed,
            )
            missing = []
            for place in lacking:
                atom = wide.body[place]
                assert isinstance(atom, Atom)  # noqa: S101  # `waiting` names atoms
                pattern = pattern_of(self._explainer, atom, values_of)
                # Without the number of the day.
                arity = policy.relations[atom.relation].arity
                missing.append((atom.relation, pattern[:arity]))
            yield Unjudged(ids, tuple(missing))
