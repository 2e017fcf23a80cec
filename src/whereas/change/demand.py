"""Goals into the stated rows that they rest on, or fail by: without a model.

As in a slice of a model (`explain.slice`), variables are followed as sets of
values, each by itself, so that there are more rows than needed and never fewer; a
derived relation has no rows here, and answers with the values that its rules can
give. Atoms are read in the order in which they bring the fewest rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.diagnostics import LimitExceeded
from whereas.facts.database import columns, quoted
from whereas.policy.core import Aggregate, Atom, Either, Not, Parameter, Variable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from whereas.facts.database import Database
    from whereas.policy.core import Constant, Literal, Policy, Term

# More rows than one case reaches, and few enough to be decided again and again.
ROWS = 100_000
# So few rows of a stated relation are looked up before anything else is asked.
FEW = 50

# The day that moves, whichever it is: no stored number is as large.
MOVED = 2**62

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

    @property
    def relations(self) -> frozenset[str]:
        """The relations whose rows are otherwise."""
        return frozenset(name for name, _ in (*self.without, *self.beside))

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

    `group` are the variables that the parts of an aggregate see. `alone` is the column
    of an atom that has no others which anything reads: whether a row has its value is
    all that is asked.
    """

    relation: str = ""
    terms: tuple[_Term, ...] = ()
    stated: bool = False
    opens: bool = False
    alone: int | None = None
    parts: tuple[tuple[_Step, ...], ...] = ()
    group: frozenset[str] | None = None


class Reach:
    """The stated rows that goals reach; a rule's body is prepared once.

    `moving` are the rows whose day will be another, by relation, with its column:
    their day is `MOVED`, which may be any, and nothing is looked up by it. `today`
    says that `$today` is that day too. For the relations in `attempts` also what a
    goal that fails comes nearest to is there: the bodies of their rules are followed
    from left to right, as an attempt is, and on where an atom has no row. Of rows of
    which it is only asked whether one has a value, `enough` are reached (None: all).
    """

    def __init__(
        self,
        policy: Policy,
        source: Database,
        stored: Callable[[Constant | Parameter], int],
        moving: Mapping[str, tuple[int, Sequence[Row]]] | None = None,
        *,
        today: bool = False,
        attempts: frozenset[str] = frozenset(),
        enough: int | None = None,
        fixed: bool = False,
    ) -> None:
        """Prepare to read the stated tables of a database.

        `fixed`: they stay as they are, so that what was looked up once is known.
        """
        self.policy = policy
        self.source = source
        self.stored = stored
        # A row that moves, as it is stored and as it is seen here.
        self._moving: dict[str, dict[Row, Row]] = {}
        self._column: dict[str, int] = {}
        for name, (at, rows) in (moving or {}).items():
            self._column[name] = at
            self._moving[name] = {r: (*r[:at], MOVED, *r[at + 1 :]) for r in rows}
        self._today = today
        self._attempts = attempts
        self._enough = enough
        self._fixed = fixed
        # The rows of a relation, by a column's value (-1: any), as they are on file.
        self._found: dict[tuple[str, int], dict[int | None, list[Row]]] = {}
        self._rules: dict[str, list[tuple[tuple[_Term, ...], tuple[_Step, ...]]]] = {}
        self._lookups: dict[tuple[str, int], str] = {}
        self._shares: dict[tuple[str, int], float] = {}
        self._sizes: dict[str, int] = {}
        self._start(None)

    def _start(self, trial: Trial | None) -> None:
        """Forget what was reached for the last case: the facts may have changed."""
        self.trial = trial or Trial()
        self.rows: dict[str, dict[Row, None]] = {}
        self.count = 0
        if not self._fixed:
            self._found.clear()
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

    def demanded(self) -> dict[str, dict[int, Values]]:
        """Return which rows of derived relations the goals ask for, by their columns.

        A column is there if every question about the relation has values for it.
        """
        found: dict[str, dict[int, Values]] = {}
        for (relation, _), demand in self._demands.items():
            before = found.get(relation, demand.bound)
            found[relation] = {
                at: values | before[at]
                for at, values in demand.bound.items()
                if at in before
            }
        return {
            relation: {
                at: values
                for at, values in bound.items()
                if MOVED not in values and len(values) <= FEW
            }
            for relation, bound in found.items()
        }

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
                left = _common(
                    values, known.get(term, values) if isinstance(term, str) else term
                )
                if not left:
                    break
                if isinstance(term, str):
                    known[term] = left
            else:
                if self._follow(body, known, attempt=relation in self._attempts):
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

    def _follow(
        self, body: tuple[_Step, ...], known: dict[str, Values], *, attempt: bool
    ) -> bool:
        """Reach what a body reads; False: an atom has no row, and the rest is moot.

        In an attempt nothing is moot, and atoms are followed in their order.
        """
        waiting = [step for step in body if step.opens]
        while waiting:
            place = 0 if attempt else self._next(waiting, known)
            if not self._read(waiting.pop(place), known) and not attempt:
                return False
        for step in body:
            if step.parts:
                self._follow_parts(step, known, attempt=attempt)
            elif not step.opens:
                self._read(step, dict(known))
        return True

    def _next(self, waiting: Sequence[_Step], known: Mapping[str, Values]) -> int:
        """Return which of some atoms is to be read: what is bound to few rows first.

        What a constant alone binds comes after all that a variable does: a category
        that is asked for by name may have most of the rows.
        """
        best, least = 0, (2, math.inf)
        for place, step in enumerate(waiting):
            bound = self._bound(step, known)
            asked = {
                at: values
                for at, values in bound.items()
                if step.terms[at] in known and MOVED not in values
            }
            many, _ = self._many(step.relation, asked or bound)
            if asked and step.stated and many <= FEW:
                return place
            rank = (0 if asked else 1, many)
            if rank < least:
                best, least = place, rank
        return best

    def _read(self, step: _Step, known: dict[str, Values]) -> bool:
        """Reach an atom's rows, and give its variables values; False: it has none."""
        bound = self._bound(step, known)
        fresh = [
            (at, term)
            for at, term in enumerate(step.terms)
            if isinstance(term, str) and term not in known
        ]
        if not all(bound.values()):
            known.update((name, frozenset()) for _, name in fresh)
            return False
        if not step.stated:
            answers = self._answers(step.relation, bound)
            known.update(
                (name, values)
                for at, name in fresh
                if (values := answers[at]) is not None
            )
            return True
        rows = self._fetch(step.relation, bound, alone=step.alone in bound)
        for at, name in fresh:
            known[name] = frozenset([row[at] for row in rows])
        return bool(rows)

    def _bound(self, step: _Step, known: Mapping[str, Values]) -> Bound:
        """Return the values of an atom's columns, of those that have some."""
        bound: Bound = {}
        for at, term in enumerate(step.terms):
            values = known.get(term) if isinstance(term, str) else term
            if values is None:
                continue
            # On some day a row has that day; but the rows that move have it always.
            moving = step.alone == at == self._column.get(step.relation)
            if MOVED not in values or moving or not step.stated:
                bound[at] = values
        return bound

    def _follow_parts(
        self, step: _Step, known: dict[str, Values], *, attempt: bool
    ) -> None:
        """Reach what alternatives read, or an aggregate, which sees its group only."""
        if step.group is not None:
            known = {n: v for n, v in known.items() if n in step.group}
        for part in step.parts:
            self._follow(part, dict(known), attempt=attempt and step.group is None)

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

    def _steps(
        self, body: Sequence[Literal], *, counted: bool = False
    ) -> tuple[_Step, ...]:
        found = []
        for literal in body:
            match literal:
                case Atom():
                    found.append(self._atom(literal, opens=True, counted=counted))
                case Not(atom):
                    found.append(self._atom(atom, opens=False, counted=counted))
                case Either(branches):
                    parts = tuple(self._steps(b, counted=counted) for b in branches)
                    found.append(_Step(parts=parts))
                case Aggregate(body=inner, group=group):
                    parts = (self._steps(inner, counted=True),)
                    found.append(_Step(parts=parts, group=frozenset(group)))
                case _:
                    pass
        return tuple(found)

    def _atom(self, atom: Atom, *, opens: bool, counted: bool) -> _Step:
        stated = self.policy.relations[atom.relation].stated
        asked = [
            at
            for at, term in enumerate(atom.terms)
            if not (isinstance(term, Variable) and term.anonymous)
        ]
        alone = asked[0] if len(asked) == 1 and not counted else None
        return _Step(atom.relation, self._terms(atom), stated, opens, alone)

    def _terms(self, atom: Atom) -> tuple[_Term, ...]:
        return tuple(self._term(term) for term in atom.terms)

    def _term(self, term: Term) -> _Term:
        if isinstance(term, Variable):
            return term.name
        if self._today and isinstance(term, Parameter) and term.name == "today":
            return frozenset([MOVED])
        return frozenset([self.stored(term)])

    # --- rows -----------------------------------------------------------------------

    def _fetch(self, relation: str, bound: Bound, *, alone: bool = False) -> list[Row]:
        """Return the rows that have one of the values in each bound column.

        `alone`: of each value the first that are enough.
        """
        at = next(iter(bound), -1)
        if len(bound) > 1:
            _, at = self._many(relation, bound)
        found = self._found.get((relation, at))
        if found is None:
            found = self._found[relation, at] = {}
        wanted: Iterable[int | None] = bound[at] - {MOVED} if bound else (None,)
        if bound and self.source.dialect == "duckdb":
            self._together(relation, at, found, [v for v in wanted if v not in found])
        tried = relation in self.trial.relations
        rows: list[Row] = []
        for value in wanted:
            some = found.get(value)
            if some is None:
                given = () if value is None else (value,)
                some = self.source.query(self._lookup(relation, at), given)
                self._bounded(relation, len(some))
                found[value] = some
            if tried:
                some = self.trial.rows(relation, some, at, (value,))
            if alone and self._enough is not None and len(some) > self._enough:
                some = sorted(some, key=_number)[: self._enough]
            rows += some
        moving = self._moving.get(relation, {})
        if moving and at == self._column[relation]:
            # Their day is no longer the one that they are found by.
            rows = [*moving.values(), *(row for row in rows if row not in moving)]
        elif moving:
            rows = [moving.get(row, row) for row in rows]
        for other, values in bound.items():
            if other != at:
                some_day = values | {MOVED} if moving else values
                rows = [row for row in rows if row[other] in some_day]
        self._keep(relation, rows)
        return rows

    def _keep(self, relation: str, rows: Sequence[Row]) -> None:
        stored = {moved: row for row, moved in self._moving.get(relation, {}).items()}
        have = self.rows.setdefault(relation, {})
        self.count -= len(have)
        have.update((stored.get(row, row), None) for row in rows)
        self.count += len(have)
        self._bounded(relation, self.count)

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
        self._bounded(relation, len(rows))
        found.update((value, []) for value in missing)
        for row in rows:
            found[row[at]].append(row)

    def _bounded(self, relation: str, rows: int) -> None:
        if rows > ROWS:
            raise LimitExceeded(
                f"the case reaches more than {ROWS:,} rows, "
                f"the last ones of `{relation}`\n"
                f"  = help: a rule that looks `{relation}` up by a value of the case "
                "reaches fewer;\n"
                "    `whereas what-if` decides all cases together, without this bound"
            )

    def _lookup(self, relation: str, at: int) -> str:
        """Return the statement for rows by a column's value (-1: for all rows)."""
        sql = self._lookups.get((relation, at))
        if sql is None:
            names = ", ".join((*columns(self.policy.relations[relation].arity), "row"))
            sql = f"SELECT {names} FROM {quoted(relation)}"
            if at >= 0:
                if self.source.dialect == "sqlite":
                    title = quoted(f"{relation}#{at}")
                    self.source.execute(
                        f"CREATE INDEX IF NOT EXISTS {title} "
                        f"ON {quoted(relation)} (a{at})"
                    )
                sql += f" WHERE a{at} = ?"
            sql = self._lookups[relation, at] = f"{sql} LIMIT {ROWS + 1}"
        return sql

    def _many(self, relation: str, bound: Bound) -> tuple[float, int]:
        """Return about how many rows a look-up brings, by the column that tells most.

        The column is -1 where none is known, and then all rows come.
        """
        if not bound:
            return self._size(relation), -1
        return min((len(v) * self._share(relation, at), at) for at, v in bound.items())

    def _share(self, relation: str, at: int) -> float:
        """Return how many rows one value of a column brings, in the mean.

        Of a derived relation: of the rows that its rules find by the value.
        """
        found = self._shares.get((relation, at))
        if found is not None:
            return found
        table = self.policy.relations[relation]
        if table.stated:
            found = 1.0
            if table.key != (at,):
                # By the value of a row: frequent ones are asked for as often.
                counted = f"SELECT count(*) AS n FROM {quoted(relation)} GROUP BY a{at}"
                ((mean,),) = self.source.query(
                    f"SELECT 1.0 * sum(n * n) / sum(n) FROM ({counted}) AS x"
                )
                found = float(mean or 0)
        else:
            # A rule that asks the same of itself finds nothing by that.
            self._shares[relation, at] = math.inf
            found = max(
                (
                    self._found_by(head[at], body)
                    for head, body in self._prepared(relation)
                ),
                default=0.0,
            )
        self._shares[relation, at] = found
        return found

    def _found_by(self, term: _Term, body: tuple[_Step, ...]) -> float:
        """Return how many rows a body finds by a value of its head, in the mean."""
        return min(
            (
                self._share(step.relation, at)
                for step in body
                if step.opens
                for at, one in enumerate(step.terms)
                if isinstance(term, str) and one == term
            ),
            default=math.inf,
        )

    def _size(self, relation: str) -> float:
        if not self.policy.relations[relation].stated:
            return math.inf
        found = self._sizes.get(relation)
        if found is None:
            counted = f"SELECT count(*) FROM {quoted(relation)}"
            found = self._sizes[relation] = int(self.source.query(counted)[0][0])
        return found


def _common(some: Values, others: Values) -> Values:
    """Return the values that are in both; a day that moves can be any other."""
    found = some & others
    if MOVED in some:
        found |= others
    if MOVED in others:
        found |= some
    return found


def _number(row: Row) -> int:
    return row[-1]
