"""A few questions about a large model into a small model that answers them: a slice.

Every row that the goals' rules reach by bound columns is copied into SQLite, in
memory: what is negated and what is counted included. Variables are followed as
sets of values, each by itself, so that a slice has more rows than needed and never
fewer. A relation that is reached unbound comes whole, or the limit stops it aloud.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from whereas.diagnostics import LimitExceeded
from whereas.explain.because import negated
from whereas.facts.database import Sqlite, columns, quoted
from whereas.policy.core import (
    Aggregate,
    Atom,
    Either,
    Literal,
    Not,
    Rule,
    Variable,
)
from whereas.values import NONE

if TYPE_CHECKING:
    from whereas.explain.explainer import Explainer

# More rows than any question about one case reaches, and few enough to hold.
ROWS = 500_000
# Values that are written into a statement; more of them are handed over.
INLINE = 500

Values = frozenset[int]
Row = tuple[int, ...]
Bound = Mapping[int, Values]
# A goal: a relation, and the stored value of each column (None: any).
Request = tuple[str, tuple[int | None, ...]]


class SliceTables(Sqlite):
    """Tables whose texts keep their numbers from elsewhere; new texts are negative."""

    def intern(self, text: str) -> int:
        """Return the number of a text; one that no row has gets a number below 0."""
        number = self._numbers.get(text)
        if number is None:
            number = -2 - len(self._numbers)
            self._numbers[text] = number
            self._texts[number] = text
            self.connection.execute("INSERT INTO symbol VALUES (?, ?)", (number, text))
        return number


def sliced(explainer: Explainer, goals: Sequence[Request]) -> Explainer:
    """Return an explainer of what some goals rest on, or fail by, in SQLite."""
    slicer = _Slicer(explainer)
    for relation, pattern in goals:
        bound = {
            position: frozenset([value])
            for position, value in enumerate(pattern)
            if value is not None
        }
        slicer.about(relation, bound)
        slicer.want(relation, bound)
    slicer.finish()
    near = slicer.explainer()
    near.whole = explainer.whole
    return near


class _Slicer:
    def __init__(self, source: Explainer) -> None:
        self.source = source
        self.policy = source.policy
        self.rows: dict[str, dict[Row, None]] = {
            name: {} for name in self.policy.relations
        }
        self.count = 0
        # The names of the cases that are asked about: few rows have one.
        self._cases: set[int] = set()
        self._fetched: dict[str, list[tuple[Bound, list[Row]]]] = {}
        self._found: dict[tuple[str, int], dict[int, list[Row]]] = {}
        self._seen: dict[tuple[str, int], set[int]] = {}
        self._asked: dict[tuple[str, tuple[int, ...]], list[Bound]] = {}
        self._waiting: list[tuple[str, Bound]] = []

    # --- what is reached ------------------------------------------------------------

    def about(self, relation: str, bound: Bound) -> None:
        """Note the name of a case, where a goal is about one."""
        if relation == self.policy.subject:
            for position in self.policy.relations[relation].key:
                self._cases |= bound.get(position, frozenset())

    def want(self, relation: str, bound: Bound) -> list[Row]:
        """Fetch the rows of a relation with some values, and note to look below."""
        rows = self.fetch(relation, bound)
        if self.policy.relations[relation].stated:
            return rows
        key = (relation, tuple(sorted(bound)))
        if len(bound) == 1 and all(bound.values()):
            # Deep recursion asks for one value after the other: look at new ones only.
            (position,) = bound
            seen = self._seen.setdefault((relation, position), set())
            fresh = bound[position] - seen
            if fresh:
                seen |= fresh
                self._waiting.append((relation, {position: fresh}))
            return rows
        asked = self._asked.setdefault(key, [])
        if not any(_covers(one, bound) for one in asked):
            asked.append(bound)
            self._waiting.append((relation, bound))
        return rows

    def finish(self) -> None:
        """Look below everything that was asked for."""
        while self._waiting:
            relation, bound = self._waiting.pop()
            for rule in self.policy.rules_of(relation):
                known = self._unified(rule, bound)
                if known is not None:
                    self._body(rule.body, known)
                    # What gives no id itself is told by what it negates.
                    for atom in negated(self.policy, rule):
                        self.want(atom.relation, self._bound(atom, known))

    def _unified(self, rule: Rule, bound: Bound) -> dict[str, Values] | None:
        known: dict[str, Values] = {}
        for position, term in enumerate(rule.head.terms):
            values = bound.get(position)
            if values is None:
                continue
            if isinstance(term, Variable):
                before = known.get(term.name)
                # Of a value that is open there is none: it agrees with any.
                known[term.name] = (
                    values & before if values and before else (before or values)
                )
                if before and values and not known[term.name]:
                    return None
            elif values and self.source.encoding.constant(term) not in values:
                return None
        return known

    def _body(self, body: Sequence[Literal], known: dict[str, Values]) -> None:
        """Fetch what a body looks at, from left to right, as an attempt does."""
        for literal in body:
            if isinstance(literal, Atom):
                self._atom(literal, known)
        for literal in body:
            match literal:
                case Not(atom):
                    if self.fetch(atom.relation, self._bound(atom, known)):
                        self.want(atom.relation, self._bound(atom, known))
                case Either(branches):
                    for branch in branches:
                        self._body(branch, dict(known))
                case Aggregate(body=inner, group=group):
                    self._body(inner, {n: v for n, v in known.items() if n in group})
                case _:
                    pass

    def _atom(self, atom: Atom, known: dict[str, Values]) -> None:
        rows = self.want(atom.relation, self._bound(atom, known))
        for position, term in enumerate(atom.terms):
            if isinstance(term, Variable) and term.name not in known:
                known[term.name] = frozenset(row[position] for row in rows)

    def _bound(self, atom: Atom, known: Mapping[str, Values]) -> Bound:
        bound: dict[int, Values] = {}
        for position, term in enumerate(atom.terms):
            if not isinstance(term, Variable):
                bound[position] = frozenset([self.source.encoding.constant(term)])
            elif term.name in known:
                bound[position] = known[term.name]
        return bound

    # --- rows -----------------------------------------------------------------------

    def fetch(self, relation: str, bound: Bound) -> list[Row]:
        """Fetch the rows of a relation that have one of the values in each column."""
        if any(not values for values in bound.values()):
            return []
        if len(bound) == 1:
            (position,) = bound
            found = self._found.setdefault((relation, position), {})
            missing = frozenset(v for v in bound[position] if v not in found)
            if missing:
                found.update((value, []) for value in missing)
                for row in self._query(relation, {position: missing}):
                    found[row[position]].append(row)
            return [row for value in sorted(bound[position]) for row in found[value]]
        alone = self._alone(relation, bound)
        if alone is not None:
            rows = self.fetch(relation, {alone: bound[alone]})
            return [row for row in rows if _matches(row, bound)]
        before = self._fetched.setdefault(relation, [])
        for one, rows in before:
            if _covers(one, bound):
                return [row for row in rows if _matches(row, bound)]
        rows = self._query(relation, bound)
        before.append((bound, rows))
        return rows

    def _alone(self, relation: str, bound: Bound) -> int | None:
        """Return a column that leaves few rows by itself, or whose rows are there.

        DuckDB reads the whole table for each look-up: one then serves for many.
        """
        table = self.policy.relations[relation]
        for position, values in bound.items():
            found = self._found.get((relation, position), {})
            key = table.stated and table.key == (position,)
            text = table.columns[position].type.kind == "text"
            if key or (text and values <= self._cases) or values <= found.keys():
                return position
        return None

    def _query(self, relation: str, bound: Bound) -> list[Row]:
        tests: list[str] = []
        handed: list[object] = []
        for position, values in sorted(bound.items()):
            if len(values) <= INLINE:
                listed = ", ".join(str(value) for value in sorted(values))
            else:
                handed.append(sorted(values))
                listed = f"SELECT unnest(?{len(handed)}::BIGINT[])"
            tests.append(f"a{position} IN ({listed})")
        where = f" WHERE {' AND '.join(tests)}" if tests else ""
        found = self.source.database.query(
            f"SELECT {', '.join(self._names(relation))} FROM {quoted(relation)}{where} "
            f"LIMIT {ROWS + 1}",
            handed,
        )
        have = self.rows[relation]
        self.count -= len(have)
        have.update(dict.fromkeys(found))
        self.count += len(have)
        if self.count > ROWS:
            raise LimitExceeded(
                f"the question reaches more than {ROWS:,} rows, "
                f"the last ones of `{relation}`"
            )
        return found

    def _names(self, relation: str) -> list[str]:
        table = self.policy.relations[relation]
        names = list(columns(table.arity))
        if table.stated:
            names.append("row")
        elif self.source.component(relation):
            names.append("round")
        return names

    # --- the slice --------------------------------------------------------------------

    def explainer(self) -> Explainer:
        """Return an explainer over what was fetched."""
        from whereas.explain.explainer import Explainer

        tables = SliceTables()
        tables.enter(self._texts())
        for relation, rows in self.rows.items():
            names = self._names(relation)
            described = ", ".join(f"{name} INTEGER NOT NULL" for name in names)
            tables.execute(f"CREATE TABLE {quoted(relation)} ({described})")
            tables.insert(relation, rows)
        model = self.source.model
        self._readings(tables)
        model = replace(model, facts=replace(model.facts, database=tables))
        return Explainer(model, self.source.rows, self.source)

    def _readings(self, tables: Sqlite) -> None:
        """Copy what other readings decide of the cases that were fetched."""
        rows = {row[-1] for row in self.rows.get(self.policy.subject or "", ())}
        listed = ", ".join(map(str, sorted(rows)))
        for reading in self.source.model.readings or ():
            tables.execute(
                f"CREATE TABLE {quoted(reading.table)} (row INTEGER, o INTEGER)"
            )
            found = self.source.database.query(
                f"SELECT row, o FROM {quoted(reading.table)} WHERE row IN ({listed})"
            )
            tables.insert(reading.table, found)

    def _texts(self) -> list[tuple[int, str]]:
        numbers: set[int] = set()
        for relation, rows in self.rows.items():
            places = [
                position
                for position, column in enumerate(
                    self.policy.relations[relation].columns
                )
                if column.type.kind == "text"
            ]
            for row in rows:
                numbers.update(row[position] for position in places)
        numbers.discard(NONE)
        numbers.update(self.source.encoding.learnt.values())
        # A constant of the policy that no row has is -1.
        return list(self.source.database.texts(numbers - {-1}).items())


def _covers(one: Bound, other: Bound) -> bool:
    """Return whether all rows that match `other` match `one`."""
    return all(
        position in other
        and other[position] <= values
        and bool(other[position]) == bool(values)
        for position, values in one.items()
    )


def _matches(row: Row, bound: Bound) -> bool:
    return all(row[position] in values for position, values in bound.items())
