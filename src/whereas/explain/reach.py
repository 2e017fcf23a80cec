"""Goals into the stated rows that they rest on, or fail by: without a model.

As in a slice of a model (`explain.slice`), variables are followed as sets of
values, each by itself, so that there are more rows than needed and never fewer; a
derived relation has no rows here, and answers with the values that its rules can
give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.diagnostics import LimitExceeded
from whereas.explain.slice import ROWS
from whereas.facts.database import columns, quoted
from whereas.policy.core import Aggregate, Atom, Either, Not, Parameter, Variable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from whereas.facts.database import Database
    from whereas.policy.core import Constant, Literal, Policy, Term

Values = frozenset[int]
Row = tuple[int, ...]
# Values of columns, by their places; a column that is missing has any value.
Bound = dict[int, Values]
# A term of an atom: a variable's name, or the one value of a constant.
_Term = str | Values


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
