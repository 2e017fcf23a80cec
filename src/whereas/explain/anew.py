"""One case decided anew, from stated facts only: as they are now, without a model.

The stated rows that the outcomes' rules reach for the case are copied beside a
policy that was compiled once, and solved there. As in a slice of a model
(`explain.slice`), variables are followed as sets of values, each by itself, so
that what is copied has more rows than needed and never fewer; a derived relation
has no rows here, and answers with the values that its rules can give.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from whereas.diagnostics import LimitExceeded, NothingSelected
from whereas.engine.again import Again
from whereas.engine.names import atoms_below
from whereas.explain.decisions import case_columns, case_positions
from whereas.explain.slice import ROWS
from whereas.facts.database import Sqlite, columns, quoted
from whereas.facts.rows import create_tables
from whereas.policy.core import Aggregate, Atom, Either, Not, Parameter, Variable
from whereas.values import encode, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from whereas.facts.base import FactBase
    from whereas.facts.database import Database
    from whereas.policy.core import (
        Component,
        Constant,
        Literal,
        Policy,
        Setting,
        Term,
    )
    from whereas.values import Value

Values = frozenset[int]
Row = tuple[int, ...]
# Values of columns, by their places; a column that is missing has any value.
Bound = dict[int, Values]
# A term of an atom: a variable's name, or the one value of a constant.
_Term = str | Values


class Texts(Protocol):
    """Who knows the numbers of texts; a new text gets one."""

    def intern(self, text: str) -> int:
        """Return the number of a text."""

    def text(self, number: int) -> str:
        """Return the text of a number."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Stored rows (with their number) to decide without, and others to decide with."""

    without: frozenset[tuple[str, Row]] = frozenset()
    beside: tuple[tuple[str, Row], ...] = ()

    def rows(
        self, relation: str, rows: list[Row], at: int, values: Iterable[int | None]
    ) -> list[Row]:
        """Return the rows of a trial with some values in a column (None: any)."""
        if self.without:
            rows = [row for row in rows if (relation, row) not in self.without]
        wanted = frozenset(values)
        more = (row for name, row in self.beside if name == relation)
        return [*rows, *(r for r in more if None in wanted or r[at] in wanted)]


class _Numbered(Sqlite):
    """Tables in memory whose texts are numbered elsewhere."""

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self.intern = texts.intern  # type: ignore[method-assign]
        self.text = texts.text  # type: ignore[method-assign]


class Beside(Sqlite):
    """Tables in memory whose texts are those of another database.

    A text that a portfolio in DuckDB does not have is not entered there: it may be
    open for reading only. It gets a number below 0, here.
    """

    def __init__(self, source: Database) -> None:
        super().__init__()
        self.source = source

    def intern(self, text: str) -> int:
        """Return the number of a text."""
        if self.source.dialect == "sqlite":
            return self.source.intern(text)
        number = self.numbers([text]).get(text)
        if number is None:
            number = self._numbers[text] = -2 - len(self._numbers)
            self._texts[number] = text
        return number

    def text(self, number: int) -> str:
        """Return the text of a number."""
        known = self._texts.get(number)
        return self.source.text(number) if known is None else known

    def numbers(self, texts: Iterable[str]) -> dict[str, int]:
        """Return the numbers of texts, of those that have one."""
        texts = list(texts)
        own = {text: self._numbers[text] for text in texts if text in self._numbers}
        return own | self.source.numbers([text for text in texts if text not in own])


class Anew:
    """A policy compiled over facts in SQLite, to decide one case after the other.

    Each decision reads the stated rows as they are by then. No certificate, one
    engine: `decide` is what vouches for all cases together.
    """

    def __init__(
        self,
        policy: Policy,
        facts: FactBase,
        setting: Setting,
        texts: Texts | None = None,
    ) -> None:
        """Compile; the facts' database gets the indexes that are looked up.

        With `texts`, which numbers them, facts stay in the home that they have.
        """
        if facts.database.dialect != "sqlite" and texts is None:
            from whereas.facts import copy

            facts = copy(facts, "sqlite", policy)
        self.policy = policy
        self._source = facts.database
        goals = [one.goal for one in policy.outcomes if one.goal is not None]
        components = reached_components(policy, goals)
        self._texts = texts or facts.database
        beside = Beside(facts.database) if texts is None else _Numbered(texts)
        create_tables([r for r in policy.relations.values() if r.stated], beside)
        self._again = Again.of(
            replace(policy, components=components),
            replace(facts, database=beside),
            setting,
        )
        self._beside = beside
        self._reach = Reach(policy, facts.database, self._again.store.compiler.stored)
        self._goals = {goal: case_positions(policy, goal) for goal in goals}
        self._filled: list[str] = []
        self._asked: dict[Atom, Row] = {}
        assert policy.subject is not None  # noqa: S101
        subject = policy.relations[policy.subject]
        test = " AND ".join(f"a{place} = ?" for place in subject.key)
        self._case = f"SELECT 1 FROM {quoted(subject.name)} WHERE {test}"
        self._types = [type_ for _, type_ in case_columns(policy)]
        # Changes are seen at once by this connection, the only one.
        beside.execute("BEGIN")

    def outcome(self, *case: Value, trial: Trial | None = None) -> str | None:
        """Return the outcome of the case with a key; None is undetermined.

        With a trial, as though the facts were changed so. Raises `NothingSelected`
        for a case that the facts do not have.
        """
        key = tuple(
            encode(value, type_, self._texts.intern)
            for value, type_ in zip(case, self._types, strict=True)
        )
        if not self._source.query(self._case, key):
            words = ", ".join(written(value) for value in case)
            raise NothingSelected(f"no {self.policy.subject} {words} among the facts")
        goals = {goal: self._goal(goal, key) for goal in self._goals}
        rows = self._reach.rows_for(
            [(goal.relation, values) for goal, values in goals.items()], trial
        )
        for name in self._filled:
            self._beside.execute(f"DELETE FROM {quoted(name)}")
        self._filled = [name for name, found in rows.items() if found]
        for name in self._filled:
            self._beside.insert(name, rows[name])
        self._asked = goals
        return self._decided()

    def _decided(self) -> str | None:
        self._again.solve()
        for one in self.policy.outcomes:
            goal = one.goal
            if goal is None or self._holds(goal.relation, self._asked[goal]):
                return one.name
        return None

    def outcome_without(self, relation: str, row: Row) -> str | None:
        """Return the outcome of the last case without one of the rows it reached."""
        test = " AND ".join(f"{name} = ?" for name in columns(len(row) - 1))
        table = quoted(relation)
        self._beside.execute(f"DELETE FROM {table} WHERE {test} AND row = ?", row)
        try:
            return self._decided()
        finally:
            self._beside.insert(relation, [row])

    def reached(self) -> list[tuple[str, Row]]:
        """Return the stated rows, with their number, that the last decision read."""
        return [
            (relation, row)
            for relation, rows in self._reach.rows.items()
            for row in rows
        ]

    def held(self, relation: str, values: Row) -> bool:
        """Return whether a derived row held by the last decision."""
        return self._holds(relation, values)

    def _goal(self, goal: Atom, key: Row) -> Row:
        stored = self._again.store.compiler.stored
        return tuple(
            key[place] if place is not None else stored(term)  # type: ignore[arg-type]
            for term, place in zip(goal.terms, self._goals[goal], strict=True)
        )

    def _holds(self, relation: str, values: Row) -> bool:
        test = " AND ".join(f"{name} = ?" for name in columns(len(values)))
        sql = f"SELECT 1 FROM {quoted(relation)} WHERE {test}"
        return bool(self._beside.query(sql, values))


def reached_components(policy: Policy, goals: Sequence[Atom]) -> tuple[Component, ...]:
    """Return the components that some goals rest on, in their order."""
    names = {goal.relation for goal in goals}
    found = []
    for component in reversed(policy.components):
        if names.isdisjoint(component.relations):
            continue
        found.append(component)
        for rule in component.rules:
            names.update(atom.relation for atom in atoms_below(rule.body))
    return tuple(reversed(found))


@dataclass(slots=True)
class _Demand:
    """What was asked of a derived relation, and the values that can answer.

    A column of `answers` that is None can have any value.
    """

    bound: dict[int, Values]
    answers: list[Values | None]


@dataclass(frozen=True, slots=True)
class _Step:
    """A literal, as it is followed: an atom, or parts of their own.

    `group` are the variables that the parts of an aggregate see.
    """

    relation: str = ""
    terms: tuple[_Term, ...] = ()
    stated: bool = False
    opens: bool = False
    parts: tuple[tuple[_Step, ...], ...] = ()
    group: frozenset[str] | None = None


class Reach:
    """The stated rows that goals reach; a rule's body is prepared once.

    `free` are columns that may come to have any value (a day that will be moved):
    nothing is looked up by them, and what they have now says nothing. `today` says
    that `$today` is such a value too. With `attempts` also what a goal that fails
    comes nearest to is there: a body is followed from left to right, as an attempt
    is, and goes on where an atom has no row.
    """

    def __init__(
        self,
        policy: Policy,
        source: Database,
        stored: Callable[[Constant | Parameter], int],
        free: frozenset[tuple[str, int]] = frozenset(),
        *,
        today: bool = False,
        attempts: bool = False,
    ) -> None:
        """Prepare to read the stated tables of a database."""
        self.policy = policy
        self.source = source
        self.stored = stored
        self._free = free
        self._today = today
        self._attempts = attempts
        self._rules: dict[str, list[tuple[tuple[_Term, ...], tuple[_Step, ...]]]] = {}
        self._lookups: dict[tuple[str, tuple[int, ...]], tuple[int, str]] = {}
        self._start(None)

    def _start(self, trial: Trial | None) -> None:
        """Forget what was reached for the last case: the facts may have changed."""
        self.trial = trial or Trial()
        self.rows: dict[str, dict[Row, None]] = {}
        self.count = 0
        self._found: dict[tuple[str, int], dict[int | None, list[Row]]] = {}
        self._demands: dict[tuple[str, tuple[int, ...]], _Demand] = {}

    def rows_for(
        self, goals: Sequence[tuple[str, Row]], trial: Trial | None = None
    ) -> Mapping[str, Mapping[Row, None]]:
        """Return the stated rows that some goals rest on, or fail by."""
        self._start(trial)
        while True:
            self._running: set[tuple[str, tuple[int, ...]]] = set()
            self._done: set[tuple[str, tuple[int, ...]]] = set()
            self._again = False
            self._grown = False
            for relation, values in goals:
                bound = {at: frozenset([value]) for at, value in enumerate(values)}
                if self.policy.relations[relation].stated:
                    self._fetch(relation, bound)
                else:
                    self._answers(relation, bound)
            # Only recursion asks for what is not answered yet.
            if not (self._again and self._grown):
                return self.rows

    # --- rules ----------------------------------------------------------------------

    def _answers(self, relation: str, bound: Bound) -> list[Values | None]:
        """Follow the rules of a derived relation for some values of its columns."""
        key = (relation, tuple(bound))
        demand = self._demands.get(key)
        if demand is None:
            arity = self.policy.relations[relation].arity
            demand = _Demand({}, [frozenset()] * arity)
            self._demands[key] = demand
        if demand.bound != bound:
            wider = {at: v | demand.bound.get(at, v) for at, v in bound.items()}
            if wider != demand.bound:
                demand.bound = wider
                self._done.discard(key)
                self._grown = True
        if key in self._running:
            self._again = True
            return demand.answers
        if key in self._done:
            return demand.answers
        self._running.add(key)
        for head, body in self._prepared(relation):
            known: dict[str, Values] = {}
            for at, values in demand.bound.items():
                term = head[at]
                left = values & (
                    known.get(term, values) if isinstance(term, str) else term
                )
                if not left:
                    break
                if isinstance(term, str):
                    known[term] = left
            else:
                if self._follow(body, known):
                    self._answer(demand, head, known)
        self._running.discard(key)
        self._done.add(key)
        return demand.answers

    def _answer(
        self, demand: _Demand, head: tuple[_Term, ...], known: Mapping[str, Values]
    ) -> None:
        for at, term in enumerate(head):
            before = demand.answers[at]
            if before is None:
                continue
            values = known.get(term) if isinstance(term, str) else term
            if values is None or not values <= before:
                demand.answers[at] = None if values is None else before | values
                self._grown = True

    def _follow(self, body: tuple[_Step, ...], known: dict[str, Values]) -> bool:
        """Reach what a body reads; False: an atom has no row, and the rest is moot."""
        for step in body:
            if step.parts:
                self._follow_parts(step, known)
                continue
            bound: Bound = {}
            fresh: list[tuple[int, str]] = []
            for at, term in enumerate(step.terms):
                if (step.relation, at) in self._free:
                    continue
                values = known.get(term) if isinstance(term, str) else term
                if values is not None:
                    bound[at] = values
                elif step.opens:
                    fresh.append((at, term))  # type: ignore[arg-type]
            if not step.stated:
                answers = self._answers(step.relation, bound)
                known.update(
                    (name, found)
                    for at, name in fresh
                    if (found := answers[at]) is not None
                )
                continue
            rows = self._fetch(step.relation, bound)
            if not rows and step.opens and not self._attempts:
                return False
            for at, name in fresh:
                known[name] = frozenset([row[at] for row in rows])
        return True

    def _follow_parts(self, step: _Step, known: dict[str, Values]) -> None:
        """Reach what alternatives read, or an aggregate, which sees its group only."""
        if step.group is not None:
            known = {n: v for n, v in known.items() if n in step.group}
        for part in step.parts:
            self._follow(part, dict(known))

    def _prepared(
        self, relation: str
    ) -> list[tuple[tuple[_Term, ...], tuple[_Step, ...]]]:
        found = self._rules.get(relation)
        if found is None:
            found = self._rules[relation] = [
                (self._terms(rule.head), self._steps(rule.body))
                for rule in self.policy.rules_of(relation)
            ]
        return found

    def _steps(self, body: Sequence[Literal]) -> tuple[_Step, ...]:
        atoms, others = [], []
        for literal in body:
            match literal:
                case Atom():
                    atoms.append(self._atom(literal, opens=True))
                case Not(atom):
                    others.append(self._atom(atom, opens=False))
                case Either(branches):
                    parts = tuple(self._steps(branch) for branch in branches)
                    others.append(_Step(parts=parts))
                case Aggregate(body=inner, group=group):
                    parts = (self._steps(inner),)
                    others.append(_Step(parts=parts, group=frozenset(group)))
                case _:
                    pass
        # Stated rows first: they say most about what the others are asked for.
        if not self._attempts:
            atoms.sort(key=lambda step: not step.stated)
        return (*atoms, *others)

    def _atom(self, atom: Atom, *, opens: bool) -> _Step:
        stated = self.policy.relations[atom.relation].stated
        return _Step(atom.relation, self._terms(atom), stated, opens)

    def _terms(self, atom: Atom) -> tuple[_Term, ...]:
        return tuple(self._term(term) for term in atom.terms)

    def _term(self, term: Term) -> _Term:
        if isinstance(term, Variable):
            return term.name
        if self._today and isinstance(term, Parameter) and term.name == "today":
            # No variable is called so, and none ever gets a value for it.
            return "$today"
        return frozenset([self.stored(term)])

    # --- rows -----------------------------------------------------------------------

    def _fetch(self, relation: str, bound: Bound) -> list[Row]:
        """Return the rows that have one of the values in each bound column."""
        at, sql = self._lookup(relation, tuple(bound))
        found = self._found.get((relation, at))
        if found is None:
            found = self._found[relation, at] = {}
        rows: list[Row] = []
        wanted = bound[at] if bound else (None,)
        if bound and self.source.dialect == "duckdb":
            self._together(relation, at, found, [v for v in wanted if v not in found])
        for value in wanted:
            some = found.get(value)
            if some is None:
                given = () if value is None else (value,)
                some = self.source.query(sql, given)
                some = found[value] = self.trial.rows(relation, some, at, (value,))
                self._keep(relation, some)
            rows += some
        for other, values in bound.items():
            if other != at:
                rows = [row for row in rows if row[other] in values]
        return rows

    def _together(
        self,
        relation: str,
        at: int,
        found: dict[int | None, list[Row]],
        missing: Sequence[int | None],
    ) -> None:
        """Look many values up at once, where a table has no index."""
        if not missing:
            return
        names = ", ".join((*columns(self.policy.relations[relation].arity), "row"))
        rows = self.source.query(
            f"SELECT {names} FROM {quoted(relation)} "
            f"WHERE a{at} IN (SELECT unnest(?::BIGINT[])) LIMIT {ROWS + 1}",
            (list(missing),),
        )
        rows = self.trial.rows(relation, rows, at, missing)
        self._keep(relation, rows)
        found.update((value, []) for value in missing)
        for row in rows:
            found[row[at]].append(row)

    def _keep(self, relation: str, rows: Sequence[Row]) -> None:
        have = self.rows.setdefault(relation, {})
        self.count -= len(have)
        have.update(dict.fromkeys(rows))
        self.count += len(have)
        if self.count > ROWS:
            raise LimitExceeded(
                f"the case reaches more than {ROWS:,} rows, "
                f"the last ones of `{relation}`"
            )

    def _lookup(self, relation: str, places: tuple[int, ...]) -> tuple[int, str]:
        """Return the column to look rows up by (-1: none is known), and how."""
        found = self._lookups.get((relation, places))
        if found is None:
            table = self.policy.relations[relation]
            names = ", ".join((*columns(table.arity), "row"))
            sql = f"SELECT {names} FROM {quoted(relation)}"
            at = -1
            if places:
                at = self._most_telling(relation, places)
                if self.source.dialect == "sqlite":
                    title = quoted(f"{relation}#{at}")
                    self.source.execute(
                        f"CREATE INDEX IF NOT EXISTS {title} "
                        f"ON {quoted(relation)} (a{at})"
                    )
                sql += f" WHERE a{at} = ?"
            sql += f" LIMIT {ROWS + 1}"
            found = self._lookups[relation, places] = (at, sql)
        return found

    def _most_telling(self, relation: str, places: Sequence[int]) -> int:
        """Return the column that is the key, or has the most different values."""
        if len(places) == 1:
            return places[0]
        key = self.policy.relations[relation].key
        for place in places:
            if key == (place,):
                return place
        counted = ", ".join(f"count(DISTINCT a{place})" for place in places)
        (found,) = self.source.query(f"SELECT {counted} FROM {quoted(relation)}")
        return max(zip(found, places, strict=True), key=lambda one: one[0])[1]
