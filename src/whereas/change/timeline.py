"""A case and a day that moves into its timeline: which outcome holds when, and why.

What moves is `$today`, and the date columns that the policy names (`timeline
filing(filed).`), in the rows of the case, all together. The days at which a decision
can turn are computed (`change.critical_days`), and the case is decided once between two
of them. Where they cannot be computed, each day of a stretch is decided, and the
timeline says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from whereas.change.case_solver import Beside, Numbered, Texts, reached_components
from whereas.change.change_causes import DayModel, Event, parted
from whereas.change.critical_days import Critical, tracked
from whereas.change.day_functions import DAY, FIRST, LAST
from whereas.change.day_worlds import judged
from whereas.change.demand import Reach, Trial
from whereas.diagnostics import LimitExceeded, UsageError
from whereas.engine.bodies import encoder
from whereas.engine.incremental_solver import IncrementalSolver
from whereas.explain.decide import decide, goal_of, selected
from whereas.explain.decisions import case_positions
from whereas.explain.explainer import Explainer
from whereas.explain.ids import in_order, tried_relations
from whereas.explain.proof import stated as stated_at
from whereas.facts.database import Sqlite, columns, quoted
from whereas.facts.row_loader import create_tables
from whereas.values import NONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from whereas.change.day_functions import Form
    from whereas.change.demand import Row
    from whereas.engine.model import Model
    from whereas.explain.proof import Decision, Fact, Pattern, Stated
    from whereas.policy.core import Atom, MovedDay, Outcome, Policy, Setting
    from whereas.values import Value

# MoreX days than a person reads; and how many are decided one by one.
TURNS = 3_000
STEPPED = 3_700
# How far beyond the days on file each day is tried, where none could be computed.
MARGIN = 366


@dataclass(frozen=True, slots=True)
class MovingDay:
    """What moves: a stated row's day, or `$today` (`fact` is None); `day` is it now."""

    column: int
    day: date | None
    fact: Fact | None = None
    stated: Stated | None = None


@dataclass(frozen=True, slots=True)
class Phase:
    """Days with one decision; `first` None is from the beginning, `last` None on.

    `unjudged` are the ids of `decision.failed` that could not be judged on some of
    the days, and `missing` the rows that are not on file on any of them.
    """

    first: date | None
    last: date | None
    decision: Decision
    unjudged: tuple[str, ...] = ()
    missing: tuple[tuple[str, Pattern], ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """A day on which the outcome turns, and what turned it."""

    day: date
    before: str | None
    after: str | None
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Which outcome a case has on which day, as though the day had been another.

    `phases` follow one another without a gap, and neighbours differ in outcome or
    reasons. `first` and `last` bound what was looked at (None: no bound). `stepped`
    says that each of its days was decided. `texts` are the words of the policy for
    the day (`if filed {days}`), of the first thing that moves.
    """

    case: tuple[Value, ...]
    moved: tuple[MovingDay, ...]
    first: date | None
    last: date | None
    phases: tuple[Phase, ...]
    turns: tuple[Turn, ...]
    now: Decision
    stepped: bool

    @property
    def spans(self) -> tuple[Phase, ...]:
        """The phases, neighbours of one outcome together."""
        found: list[Phase] = []
        for one in self.phases:
            if found and found[-1].decision.outcome == one.decision.outcome:
                found[-1] = replace(found[-1], last=one.last)
            else:
                found.append(one)
        return tuple(found)

    def wanted(self, policy: Policy) -> tuple[Phase, ...]:
        """Return the stretches on which an outcome that is wanted holds.

        Neighbours are one stretch, whichever of several such outcomes they have.
        """
        found: list[Phase] = []
        for before, one in zip((None, *self.spans), self.spans, strict=False):
            if one.decision.outcome not in policy.wanted:
                continue
            if before is not None and before.decision.outcome in policy.wanted:
                found[-1] = replace(found[-1], last=one.last)
            else:
                found.append(one)
        return tuple(found)


def wanted_outcome(policy: Policy, timeline: Timeline | None = None) -> Outcome:
    """Return the outcome that is wanted: of several the last, what they share.

    Of those that hold on some day of a timeline, if there is just one, that one.
    """
    wanted = [o for o in policy.outcomes if o.name in policy.wanted]
    if timeline is not None:
        seen = {one.decision.outcome for one in timeline.phases}
        held = [one for one in wanted if one.name in seen]
        wanted = held if len(held) == 1 else wanted
    return wanted[-1]


def timeline(
    model: Model,
    case: tuple[Value, ...],
    *,
    first: date | None = None,
    last: date | None = None,
    only: str | None = None,
) -> Timeline:
    """Return the timeline of a case, by the stated facts and setting of a model.

    The model need not be solved. `only` names what alone is to move: `today`, or
    one of the relations that the policy names. Raises `NothingSelected` for an
    unknown case, `UsageError` where the policy has nothing that moves, and
    `LimitExceeded` where more days turn than can be told.
    """
    return TimelineBuilder(model, case, only).drawn(first, last)


class TimelineBuilder:
    """One case on one policy: what moves, what it reaches, and where it can turn."""

    def __init__(
        self,
        model: Model,
        case: tuple[Value, ...],
        only: str | None = None,
        trial: Trial | None = None,
        texts: Texts | None = None,
    ) -> None:
        """Find what the case reaches, as though its facts were changed by a trial.

        `texts` numbers the texts of a trial's rows.
        """
        self.model = model
        self.trial = trial
        self.texts = texts
        self.policy = policy = model.policy
        self.case = case
        self.today = policy.uses_today and only in {None, "today"}
        movers = [m for m in policy.moved if only in {None, m.relation}]
        if not (self.today or movers):
            raise _nothing_moves(policy, only)
        explainer = Explainer(model)
        (key,) = selected(explainer, [case])
        goals = [one.goal for one in policy.outcomes if one.goal is not None]
        self.components = reached_components(policy, goals)
        self.stored = encoder(model.setting, texts.intern if texts else _asking(model))
        self.asked = self._asked(goals, key)
        moving = self._moving(movers, key)
        reach = self._reached(moving)
        self.rows, self.demanded = reach.rows, reach.demanded()
        # What no rule reads does not move.
        self.moving = {
            name: (column, kept)
            for name, (column, rows) in moving.items()
            if (kept := tuple(r for r in rows if r in self.rows.get(name, ())))
        }
        self._movers = movers
        # The case itself is there, whether a rule reads it or not.
        assert policy.subject is not None  # noqa: S101
        places = policy.relations[policy.subject].key
        own = {
            row: None
            for row in self._with(policy.subject, places[0], (key[0],))
            if tuple(row[place] for place in places) == key
        }
        known = self.rows.get(policy.subject, {})
        self.rows = {**self.rows, policy.subject: {**known, **own}}

    # --- what moves, and what is reached --------------------------------------------

    def _asked(self, goals: Sequence[Atom], key: Row) -> list[tuple[str, Row]]:
        """Return the goals of the outcomes for the case, as stored values."""
        asked = []
        for goal in goals:
            places = case_positions(self.policy, goal)
            values = tuple(
                key[place] if place is not None else self.stored(term)  # type: ignore[arg-type]
                for term, place in zip(goal.terms, places, strict=True)
            )
            asked.append((goal.relation, values))
        return asked

    def _reached(self, moving: Mapping[str, tuple[int, tuple[Row, ...]]]) -> Reach:
        reach = Reach(
            self.policy,
            self.model.database,
            self.stored,
            moving,
            today=self.today,
            attempts=tried_relations(self.policy),
        )
        reach.rows_for(self.asked, self.trial)
        return reach

    def _moving(
        self, movers: Sequence[MovedDay], key: Row
    ) -> dict[str, tuple[int, tuple[Row, ...]]]:
        """Return the rows of the case that can move, by relation, with their column."""
        found = {}
        for one in movers:
            near: dict[str, list[Row]] = {}
            for way in one.case:
                own = self._with(way.relation, way.case[0], (key[0],))
                near.setdefault(way.relation, []).extend(own)
                if way.column is not None:
                    (place,) = self.policy.relations[one.relation].key
                    referred = dict.fromkeys(row[way.column] for row in own)
                    more = self._with(one.relation, place, tuple(referred))
                    near.setdefault(one.relation, []).extend(more)
            rows = belonging(self.policy, one, near, key)
            if rows:
                found[one.relation] = (one.column, rows)
        return found

    def _with(self, relation: str, at: int, values: tuple[int, ...]) -> list[Row]:
        """Return the stated rows of the trial with some values in a column."""
        if not values:
            return []
        names = ", ".join((*columns(self.policy.relations[relation].arity), "row"))
        rows = self.model.database.query(
            f"SELECT {names} FROM {quoted(relation)} "
            f"WHERE a{at} IN ({', '.join(map(str, values))}) ORDER BY row"
        )
        return (self.trial or Trial()).rows(relation, rows, at, values)

    def stated(self) -> list[int]:
        """Return the days that move, as they are, in their order."""
        days = {
            row[column] for column, rows in self.moving.values() for row in rows
        } - {NONE}
        if self.today:
            assert self.model.setting.today is not None  # noqa: S101  # check asks
            days.add(self.model.setting.today.toordinal())
        return sorted(days)

    def _said(self, movers: Sequence[MovedDay]) -> tuple[MovingDay, ...]:
        explainer = Explainer(self.model)
        found = [MovingDay(-1, self.model.setting.today)] if self.today else []
        for one in movers:
            for row in self.moving.get(one.relation, (0, ()))[1]:
                fact = explainer.fact(one.relation, row[:-1])
                day = fact.values[one.column]
                assert day is None or isinstance(day, date)  # noqa: S101
                stated = stated_at(self.model.facts, one.relation, row[-1])
                found.append(MovingDay(one.column, day, fact, stated))
        return tuple(found)

    # --- days -----------------------------------------------------------------------

    def drawn(self, first: date | None, last: date | None) -> Timeline:
        """Decide on each stretch of days, and say what turns between them."""
        self.moved = self._said(self._movers)
        low = FIRST if first is None else first.toordinal()
        high = LAST if last is None else last.toordinal()
        critical = self.critical(low, high)
        side = self._side()
        now = self._now(side)
        stepped = not critical.solved and bool(self.moved)
        if stepped:
            low, high = self._stretch(critical, first, last)
            days = list(range(low + 1, high + 1))
        else:
            days = sorted(day for day in critical.days if low < day <= high)
        if len(days) > (STEPPED if stepped else TURNS):
            raise LimitExceeded(
                f"the outcome can turn on {len(days):,} days; "
                "name a shorter stretch of them"
            )
        begin = None if not stepped and first is None else date.fromordinal(low)
        end = None if not stepped and last is None else date.fromordinal(high)
        phases = self._phases(low, days, begin, end)
        return Timeline(
            self.case,
            self.moved,
            begin,
            end,
            phases,
            self._turns(side, phases, critical),
            now,
            stepped,
        )

    def critical(self, low: int = FIRST, high: int = LAST) -> Critical:
        """Return the days on which the outcome can turn."""
        forms: dict[str, list[set[Form]]] = {}
        for name, rows in self.rows.items():
            table = self.policy.relations[name]
            column, moving = self.moving.get(name, (-1, ()))
            moved = {*moving}
            sets: list[set[Form]] = [set() for _ in table.columns]
            for row in rows:
                for place, one in enumerate(table.columns):
                    if place == column and row in moved:
                        sets[place].add(DAY)
                    elif tracked(one.type):
                        sets[place].add(row[place])
            forms[name] = sets
        return Critical(
            self.policy,
            self.components,
            self.stored,
            forms,
            today=self.today,
            within=(low, high),
        )

    def _stretch(
        self, critical: Critical, first: date | None, last: date | None
    ) -> tuple[int, int]:
        """Return the days that are tried one by one, where none is asked for."""
        days = [*critical.days]
        days += self.stated()
        if not days and (first is None or last is None):
            raise UsageError("say from which day to which the timeline goes")
        low = min(days) - MARGIN if first is None else first.toordinal()
        high = max(days) + MARGIN if last is None else last.toordinal()
        return max(low, FIRST), min(high, LAST)

    def _side(self) -> World:
        return World(self)

    def _now(self, side: World) -> Decision:
        return self._decision(side.as_stated())

    def _decision(self, explainer: Explainer) -> Decision:
        (decision,) = decide(explainer, [self.case])
        return decision

    def _phases(
        self,
        low: int,
        days: Sequence[int],
        begin: date | None,
        end: date | None,
    ) -> tuple[Phase, ...]:
        """Decide once in each stretch; neighbours that agree are one phase."""
        starts = [low, *days]
        # Where there is no beginning, the day before the first turn stands for it.
        tried = list(starts)
        if begin is None:
            tried[0] = max(starts[1] - 1, FIRST) if days else self._any_day()
        phases: list[Phase] = []
        for number, judged_ in enumerate(judged(self, tried)):
            decision, waiting = judged_.decision, judged_.unjudged
            first = begin if not number else date.fromordinal(starts[number])
            if phases and phases[-1].decision == decision:
                last = phases[-1]
                missing = [one for one in last.missing if one in waiting.missing]
                phases[-1] = replace(
                    last,
                    unjudged=in_order({*last.unjudged, *waiting.ids}),
                    missing=tuple(missing),
                )
                continue
            if phases:
                assert first is not None  # noqa: S101
                before = date.fromordinal(first.toordinal() - 1)
                phases[-1] = replace(phases[-1], last=before)
            phases.append(Phase(first, end, decision, waiting.ids, waiting.missing))
        return tuple(phases)

    def rows_on(self, name: str, day: int) -> Iterable[Row]:
        """Return the rows of a relation when the case is moved to a day."""
        if name not in self.moving:
            return self.rows[name]
        moving = {*self.moving[name][1]}
        still = [row for row in self.rows[name] if row not in moving]
        return [*still, *self.moved_on(name, day)]

    def moved_on(self, name: str, day: int) -> tuple[Row, ...]:
        """Return the rows of a relation that move, on a day."""
        column, rows = self.moving[name]
        kept: dict[Row, Row] = {}
        still = {row[:-1] for row in self.rows[name] if row not in {*rows}}
        for row in rows:
            moved = (*row[:column], day, *row[column + 1 : -1])
            # A set of rows has each once: two of them may have become one.
            if moved not in still:
                kept.setdefault(moved, (*moved, row[-1]))
        return tuple(kept.values())

    def _any_day(self) -> int:
        known = [one.day for one in self.moved if one.day is not None]
        return known[0].toordinal() if known else date(2000, 1, 1).toordinal()

    def _turns(
        self, side: World, phases: Sequence[Phase], critical: Critical
    ) -> tuple[Turn, ...]:
        found = []
        other: World | None = None
        for before, after in pairwise(phases):
            names = (before.decision.outcome, after.decision.outcome)
            if names[0] == names[1] or after.first is None:
                continue
            other = other or self._side()
            worlds = (side, other)
            events = self.events(worlds, after.first, names, critical)
            found.append(Turn(after.first, *names, events))
        return tuple(found)

    def events(
        self,
        worlds: tuple[World, World],
        day: date,
        names: tuple[str | None, str | None],
        critical: Critical,
    ) -> tuple[Event, ...]:
        """Return what turns on a day, with the outcomes of the day before and of it.

        `worlds` are two of this line, one for each of the days.
        """
        order = {one.name: place for place, one in enumerate(self.policy.outcomes)}
        eve = date.fromordinal(day.toordinal() - 1)
        sides = [
            DayModel(worlds[0].at(eve.toordinal()), eve, after=False),
            DayModel(worlds[1].at(day.toordinal()), day, after=True),
        ]
        # What turned is the goal of the outcome that comes first.
        ranks = [order.get(name or "", len(order)) for name in names]
        if ranks[1] < ranks[0]:
            sides.reverse()
        goal = self.policy.outcomes[min(ranks)].goal
        assert goal is not None  # noqa: S101
        fact = goal_of(sides[0].explainer, goal, self.case)
        return parted(sides[0], sides[1], fact, critical, {*self.moving})


def belonging(
    policy: Policy, one: MovedDay, rows: Mapping[str, Iterable[Row]], key: Row
) -> tuple[Row, ...]:
    """Return those rows of a moved day that belong to the case with a key."""
    found: dict[Row, None] = {}
    for way in one.case:
        own = [
            row
            for row in rows.get(way.relation, ())
            if tuple(row[place] for place in way.case) == key
        ]
        if way.column is not None:
            referred = {row[way.column] for row in own}
            (place,) = policy.relations[one.relation].key
            own = [r for r in rows.get(one.relation, ()) if r[place] in referred]
        found.update(dict.fromkeys(own))
    return tuple(sorted(found, key=lambda row: row[-1]))


class World:
    """The rows that a case reaches, in tables of their own, decided on any day."""

    def __init__(self, line: TimelineBuilder) -> None:
        model = line.model
        self._line = line
        self._policy = replace(line.policy, components=line.components)
        self._tables: Sqlite = (
            Beside(model.database) if line.texts is None else Numbered(line.texts)
        )
        create_tables(
            [r for r in line.policy.relations.values() if r.stated], self._tables
        )
        for name, rows in line.rows.items():
            self._tables.insert(name, rows)
        self._facts = replace(model.facts, database=self._tables)
        self._again: IncrementalSolver | None = None
        self._explainer: Explainer | None = None
        self._tables.execute("BEGIN")

    def as_stated(self) -> Explainer:
        """Return who explains the case as it is stated."""
        for name, (_, rows) in self._line.moving.items():
            self._replace(name, rows)
        return self._solved(self._line.model.setting)

    def at(self, day: int) -> Explainer:
        """Return who explains the case on another day, until the next is asked for."""
        return self._solved(self._moved(day))

    def outcome(self, day: int) -> str | None:
        """Return the outcome of the case on another day."""
        self._solve(self._moved(day))
        asked = iter(self._line.asked)
        for one in self._line.policy.outcomes:
            if one.goal is None:
                return one.name
            relation, values = next(asked)
            if self._tables.query(_asks(relation, values), values):
                return one.name
        return None

    def _moved(self, day: int) -> Setting:
        """Move the rows of the case to a day, and return the setting of that day."""
        for name in self._line.moving:
            self._replace(name, self._line.moved_on(name, day))
        setting = self._line.model.setting
        if self._line.today:
            setting = replace(setting, today=date.fromordinal(day))
        return setting

    def _replace(self, name: str, rows: Sequence[Row]) -> None:
        numbers = ", ".join(str(row[-1]) for row in self._line.moving[name][1])
        self._tables.execute(f"DELETE FROM {quoted(name)} WHERE row IN ({numbers})")
        self._tables.insert(name, rows)

    def _solve(self, setting: Setting) -> Model:
        # `$today` is compiled into the statements; all else may change beneath them.
        if self._again is None or self._again.model.setting != setting:
            self._again = IncrementalSolver.of(
                self._policy, self._facts, setting, only=self._line.demanded
            )
            self._explainer = None
        return self._again.solve_changed(self._line.moving)

    def _solved(self, setting: Setting) -> Explainer:
        model = self._solve(setting)
        if self._explainer is None:
            files = self._facts.files
            self._explainer = Explainer(
                model, lambda name: files[name].rows if name in files else 0
            )
        return self._explainer


def _asks(relation: str, values: Row) -> str:
    test = " AND ".join(f"{name} = ?" for name in columns(len(values)))
    return f"SELECT 1 FROM {quoted(relation)}" + (f" WHERE {test}" if test else "")


def _asking(model: Model) -> Callable[[str], int]:
    """Return what numbers texts without entering one into a model that was kept."""
    if model.database.dialect == "sqlite":
        return model.database.intern
    return lambda text: model.database.numbers([text]).get(text, -1)


def _nothing_moves(policy: Policy, only: str | None) -> UsageError:
    known = [*(["today"] if policy.uses_today else [])]
    known += [one.relation for one in policy.moved]
    if only is not None and known:
        return UsageError(
            f"`{only}` is nothing that the policy moves: it moves {', '.join(known)}"
        )
    return UsageError(
        f"the policy `{policy.id}` does not say which day moves, so its cases have "
        "no timeline\n"
        "  = help: its author says so by `timeline relation(column).`, or by a rule "
        "that uses `$today`"
    )
