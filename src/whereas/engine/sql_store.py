"""The tables of a database as a store: rows are derived where they lie.

One step is one statement for each conjunction of a rule (SQLite, and every
recursive round) or one for each relation (DuckDB). Time and rows are limited
inside a running statement too.
"""

from __future__ import annotations

import itertools
import sqlite3
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from whereas.budget import check, is_stopped
from whereas.engine.bodies import Compiler, encoder
from whereas.engine.bounds import Bounds
from whereas.engine.dialect import prepare
from whereas.engine.fixpoint import Growth, Watch
from whereas.engine.index import index_columns
from whereas.engine.names import constants
from whereas.engine.reach import refuse_unstorable, risks
from whereas.engine.sql import conjunctions, heads_sql
from whereas.facts.database import STEPS, columns, quoted
from whereas.policy.core import Atom, Component, Constant, Literal, Parameter, Rule

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from whereas.facts.database import Database
    from whereas.policy.core import Policy, Setting

# A statement of fewer steps of SQLite's machine is not suspected of too many rows.
_UNSUSPECTED = 2_000_000


class SqlStore:
    """The derived relations of a policy, as tables beside the stated ones."""

    def __init__(
        self,
        policy: Policy,
        setting: Setting,
        database: Database,
        only: Mapping[str, Mapping[int, Collection[int]]] | None = None,
    ) -> None:
        """Compile for a database, and index in SQLite what the rules look up.

        `only`: of a relation, the rows with one of some values in each of some columns.
        """
        self.name: str = database.dialect
        self.policy = policy
        self.database = database
        self.setting = setting
        self.compiler = Compiler.of(policy, setting, database.intern, database.dialect)
        self._only = only or {}
        # The parameters that the rules of each component read.
        self._parameters = {
            component.relations: {
                term
                for rule in component.rules
                for term in constants(rule)
                if isinstance(term, Parameter)
            }
            for component in policy.components
        }
        self._risky = {
            component.relations: [
                (rule, literals)
                for rule in component.rules
                for _, literals in rule.conjunctions()
                if risks(literals)
            ]
            for component in policy.components
        }
        self._bounds = Bounds(database, self.compiler.stored)
        # What this store made and compiled, for solving again.
        self._made: set[str] = set()
        self._compiled: dict[tuple[str, ...], list[tuple[Rule, str]]] = {}
        # The query of each conjunction of a component's rules.
        self._single: dict[tuple[tuple[str, ...], int, int], str] = {}
        prepare(database)
        if database.dialect == "sqlite":
            self._indexes = index_columns(policy)
            for relation in policy.relations.values():
                if relation.stated:
                    self._index(relation.name)

    def begin(self, component: Component) -> None:
        """Make the component's tables anew; those of this store are only emptied."""
        for name in component.relations:
            if name in self._made:
                self.database.execute(f"DELETE FROM {quoted(name)}")
            else:
                create_table(self.policy, component, name, self.database)
                self._made.add(name)

    def use(self, setting: Setting) -> tuple[Component, ...]:
        """Derive under another setting from now on; return the components it changes.

        Those are the components with a rule that reads a parameter of another value.
        """
        before, self.setting = self.setting, setting
        self.compiler = replace(
            self.compiler, stored=encoder(setting, self.database.intern)
        )
        changed = tuple(
            component
            for component in self.policy.components
            if any(
                before.value(parameter) != setting.value(parameter)
                for parameter in self._parameters[component.relations]
            )
        )
        stale = {component.relations for component in changed}
        for key in [key for key in self._single if key[0] in stale]:
            del self._single[key]
        for name in [key for key in self._compiled if key[:-1] in stale]:
            del self._compiled[name]
        return changed

    def forget(self) -> None:
        """Forget what was looked up in rows that have changed since."""
        self._bounds = Bounds(self.database, self.compiler.stored)

    def finish(self, component: Component) -> None:
        """Index what later components look up."""
        if self.name == "sqlite":
            for name in component.relations:
                self._index(name)
            self._indexes = {
                name: places
                for name, places in self._indexes.items()
                if name not in component.relations
            }

    def _index(self, name: str) -> None:
        for places in self._indexes.get(name, ()):
            title = f"{name}#{'_'.join(map(str, places))}"
            on = ", ".join(f"a{place}" for place in places)
            self.database.execute(
                f"CREATE INDEX IF NOT EXISTS {quoted(title)} ON {quoted(name)} ({on})"
            )

    def advance(
        self, component: Component, number: int, watch: Watch
    ) -> Sequence[Growth]:
        """Add the heads of every rule, by what was new in the last round."""
        growth = []
        self._refuse_unstorable(component, number)
        given = (number,) if component.recursive else ()
        for rule, query in self._queries(component, number):
            watch.rule = rule
            growth.append(Growth(rule, self._insert(rule.head, query, given, watch)))
        return growth

    def _queries(self, component: Component, number: int) -> Iterator[tuple[Rule, str]]:
        if component.recursive:
            key = (*component.relations, "first" if number == 1 else "later")
            if key not in self._compiled:
                self._compiled[key] = list(self._round(component, first=number == 1))
            yield from self._compiled[key]
        elif self.name == "sqlite":
            yield from self._each(component)
        else:
            for name in component.relations:
                rules = [one for one in component.rules if one.head.relation == name]
                if rules:
                    yield rules[0], self._union(rules)

    def _each(self, component: Component) -> Iterator[tuple[Rule, str]]:
        """Yield the queries that can give a row: no relation that they join is empty.

        They are compiled when they are needed first.
        """
        for place, rule in enumerate(component.rules):
            for number, literals in enumerate(conjunctions(rule.body)):
                if any(isinstance(o, Atom) and self._empty(o) for o in literals):
                    continue
                key = (component.relations, place, number)
                query = self._single.get(key)
                if query is None:
                    query = heads_sql(self.compiler, rule.head, literals).sql
                    # The primary key removes what is doubled.
                    query = query.replace("SELECT DISTINCT", "SELECT", 1)
                    query = self._wanted(rule.head.relation, query)
                    self._single[key] = query
                yield rule, query

    def _empty(self, atom: Atom) -> bool:
        table = quoted(atom.relation)
        return not self.database.query(f"SELECT 1 FROM {table} LIMIT 1")

    def _wanted(self, relation: str, query: str) -> str:
        """Return the query for those heads that are asked for."""
        tests = " AND ".join(
            f"a{place} IN ({', '.join(map(str, sorted(values)))})"
            for place, values in sorted(self._only.get(relation, {}).items())
        )
        return f"SELECT * FROM ({query}) WHERE {tests}" if tests else query

    def _refuse_unstorable(self, component: Component, number: int) -> None:
        growing = component.relations if component.recursive else ()
        for rule, literals in self._risky[component.relations]:
            own = any(
                isinstance(one, Atom) and one.relation in component.relations
                for one in literals
            )
            if own or number == 1:
                fresh = None if number == 1 else f"= {number - 1:d}"
                refuse_unstorable(
                    self.compiler, self._bounds, rule, literals, growing, fresh=fresh
                )

    # --- recursive ----------------------------------------------------------------

    def _round(
        self, component: Component, *, first: bool
    ) -> Iterator[tuple[Rule, str]]:
        """Yield the statements of the first round, or of any later one.

        Their parameter is the number of the round.
        """
        for rule in component.rules:
            for literals in conjunctions(rule.body, component.relations):
                own = [
                    place
                    for place, one in enumerate(literals)
                    if isinstance(one, Atom) and one.relation in component.relations
                ]
                if first != (not own):
                    continue
                for fresh in own or [-1]:
                    rounds = {place: _round_test(place, fresh) for place in own}
                    yield rule, self._recursive(rule, literals, rounds)

    def _recursive(
        self,
        rule: Rule,
        literals: Sequence[Literal],
        rounds: dict[int, str],
    ) -> str:
        query = heads_sql(self.compiler, rule.head, literals, rounds=rounds).sql
        names = columns(len(rule.head.terms))
        selected = ", ".join(f"h.{name}" for name in names)
        heads = f"SELECT {selected}, ?1 FROM ({query}) h"
        if self.name == "sqlite":
            # The primary key keeps the row that came in an earlier round.
            return heads
        same = " AND ".join(f"o.{name} = h.{name}" for name in names)
        table = quoted(rule.head.relation)
        return f"{heads} WHERE NOT EXISTS (SELECT 1 FROM {table} o WHERE {same})"

    # --- statements ---------------------------------------------------------------

    def _union(self, rules: Sequence[Rule]) -> str:
        heads = [
            (rule.head, heads_sql(self.compiler, rule.head, literals).sql)
            for rule in rules
            for literals in conjunctions(rule.body)
        ]
        apart = all(
            _disjoint(one, other)
            for (one, _), (other, _) in itertools.combinations(heads, 2)
        )
        word = " UNION ALL " if apart else " UNION "
        return word.join(f"({query})" for _, query in heads)

    def _insert(
        self, head: Atom, query: str, given: Sequence[int], watch: Watch
    ) -> int:
        table = quoted(head.relation)
        most = watch.rows_left + 1
        if self.name == "duckdb":
            sql = f"INSERT INTO {table} SELECT * FROM ({query}) LIMIT {most:d}"
            return int(self.database.query(sql, given)[0][0])
        connection: sqlite3.Connection = self.database.connection  # type: ignore[attr-defined]
        try:
            # A row takes some steps, so this many can not give too many rows.
            with _stepped(connection, max(most, _UNSUSPECTED)):
                sql = f"INSERT OR IGNORE INTO {table} {query}"
                return connection.execute(sql, given).rowcount
        except _TooManyStepsError:
            # Among so many different heads there is one too many that is new.
            known = self.database.query(f"SELECT count(*) FROM {table}")[0][0]
            sql = (
                f"INSERT OR IGNORE INTO {table} SELECT DISTINCT * FROM ({query})"
                f" LIMIT {most + known:d}"
            )
            with _stepped(connection, None):
                return connection.execute(sql, given).rowcount


def _round_test(place: int, fresh: int) -> str:
    """Return which rounds an atom may take: each pair is joined in one round only."""
    if place == fresh:
        return "= ?1 - 1"
    return "< ?1 - 1" if place < fresh else "< ?1"


def _disjoint(one: Atom, other: Atom) -> bool:
    """Return whether two heads never give the same row: a constant differs."""
    return any(
        isinstance(left, Constant) and isinstance(right, Constant) and left != right
        for left, right in zip(one.terms, other.terms, strict=True)
    )


def create_table(
    policy: Policy, component: Component, name: str, database: Database
) -> None:
    """Create the table of a derived relation anew, empty."""
    names = columns(policy.relations[name].arity)
    sqlite = database.dialect == "sqlite"
    kind = "INTEGER" if sqlite else "BIGINT"
    parts = [f"{column} {kind} NOT NULL" for column in names]
    if component.recursive:
        parts.append(f"round {kind} NOT NULL")
    if sqlite:
        parts.append(f"PRIMARY KEY ({', '.join(names)})")
    tail = " WITHOUT ROWID" if sqlite else ""
    table = quoted(name)
    database.execute(f"DROP TABLE IF EXISTS {table}")
    database.execute(f"CREATE TABLE {table} ({', '.join(parts)}){tail}")
    if component.recursive and sqlite:
        index = quoted(f"{name}#round")
        database.execute(f"CREATE INDEX {index} ON {table} (round)")


class _TooManyStepsError(Exception):
    """A statement of SQLite runs so long that it may give too many rows."""


@contextmanager
def _stepped(connection: sqlite3.Connection, most: int | None) -> Iterator[None]:
    """Stop a statement of SQLite when the budget says so, or after so many steps."""
    calls = itertools.count(1)
    steps = 0

    def over() -> bool:
        nonlocal steps
        steps = next(calls) * STEPS
        return is_stopped() or (most is not None and steps > most)

    connection.set_progress_handler(over, STEPS)
    try:
        yield
    except sqlite3.OperationalError:
        check()
        if most is not None and steps > most:
            raise _TooManyStepsError from None
        raise
    finally:
        connection.set_progress_handler(is_stopped, STEPS)
