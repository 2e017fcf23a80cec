"""Explain one model many times: compiled queries, row counts, indexes.

An `Explainer` is made once for a model (or for a slice of one) and asked many
times. It turns a rule into a query once, knows how many rows each relation has,
and sees to it that a point question finds an index.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from whereas.engine.bodies import Names
from whereas.engine.names import constants
from whereas.explain.bodies import (
    ROUND,
    Conjunction,
    Query,
    expanded,
    instances,
    numbered,
)
from whereas.explain.expressions import Encoding
from whereas.explain.proof import Fact
from whereas.explain.slice import Request, sliced
from whereas.facts.database import columns, quoted
from whereas.policy.core import (
    Aggregate,
    Atom,
    Component,
    Literal,
    Rule,
    Variable,
)
from whereas.values import NONE, Type, Value, decode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from whereas.engine.model import Model

# The first rows of an aggregate are shown; the others are counted.
ROWS_SHOWN = 20
# How many instances of a fact are shown where all proofs are asked for.
PROOFS_SHOWN = 20

Stored = tuple[int, ...]
# A body, by the ids of its literals.
Body = tuple[int, ...]


def _day(stored: int) -> Value:
    return None if stored == NONE else date.fromordinal(stored)


@dataclass(frozen=True, slots=True)
class RulePlan:
    """How a rule answers for a fact: the head's match, and the query of its body."""

    rule: Rule
    constants: tuple[tuple[int, int], ...]
    repeated: tuple[tuple[int, int], ...]
    bound: tuple[tuple[str, int], ...]
    recursive: bool
    component: frozenset[str]
    query: Query
    decoders: Mapping[str, Callable[[int], Value]]

    def matches(self, stored: Stored) -> bool:
        """Return whether the head can be the fact."""
        return all(stored[i] == value for i, value in self.constants) and all(
            stored[i] == stored[j] for i, j in self.repeated
        )


class Explainer:
    """Answers questions about one model; holds what was compiled and counted.

    `counts` tells the numbers of rows, where the tables are a slice of a larger
    model (a relation that a mapping lacks is counted here); `source` then explains
    that larger model.
    """

    def __init__(
        self,
        model: Model,
        counts: Mapping[str, int] | Callable[[str], int] | None = None,
        source: Explainer | None = None,
    ) -> None:
        """Prepare to answer about a model; nothing is compiled yet."""
        self.model = model
        self.source = source or self
        self.policy = model.policy
        self.database = model.database
        self.encoding = Encoding(model.policy, model.setting, model.database)
        if model.database.dialect == "duckdb":
            self.encoding.learn(
                value
                for rule in self.policy.rules
                for constant in constants(rule)
                if isinstance(value := self.encoding.meant(constant), str)
            )
        self._count = counts if callable(counts) else self._counted
        self._counts: dict[str, int] = {} if callable(counts) else dict(counts or {})
        self._component: dict[str, Component] = {
            relation: component
            for component in self.policy.components
            for relation in component.relations
        }
        # Who answers questions beyond the goals of a slice.
        self.whole = self
        # The slice that was asked for last, and its goals.
        self._near: tuple[frozenset[Request], Explainer] | None = None
        self._rules: dict[str, tuple[RulePlan, ...]] = {}
        self._queries: dict[tuple[Body, tuple[str, ...], int | None, bool], Query] = {}
        self._aggregates: dict[
            tuple[Body, tuple[str, ...]], tuple[str, tuple[str, ...]]
        ] = {}
        self._keep: dict[Body, Sequence[Literal]] = {}
        self._ways: dict[Body, tuple[tuple[Literal, ...], ...]] = {}
        self._rounds: dict[str, str] = {}
        self._rows: dict[str, str] = {}
        self._decoders: dict[str, tuple[Callable[[int], Value], ...]] = {}
        self._by_type: dict[Type, Callable[[int], Value]] = {}
        self._indexed: dict[str, set[int]] = {}

    def keep(self, body: Sequence[Literal]) -> Body:
        """Return the key of what is compiled for a body, and keep its literals alive.

        Bodies of the same literals have the same key.
        """
        key = tuple(map(id, body))
        if key not in self._keep:
            # Invariant: an id names a literal only as long as the literal is kept.
            self._keep[key] = body
        return key

    def near(self, goals: Sequence[Request]) -> Explainer:
        """Return who answers questions about a few goals: this one, or for a slice.

        SQLite finds a row at once; of a model in DuckDB the rows that the goals reach
        are copied into SQLite.
        """
        if self.database.dialect == "sqlite":
            return self
        wanted = frozenset(goals)
        if self._near is None or not wanted <= self._near[0]:
            self._near = (wanted, sliced(self, goals))
        return self._near[1]

    def request(self, fact: Fact) -> Request:
        """Return a fact as the goal of a slice."""
        return (fact.relation, self.stored(fact))

    # --- relations ----------------------------------------------------------------

    def rows(self, relation: str) -> int:
        """Return how many rows a relation has."""
        table = self.policy.relations[relation]
        if table.contradictions is not None or table.contradicts is not None:
            # Both are looked for among all rows of the file.
            return self.model.facts.files[relation].rows
        known = self._counts.get(relation)
        if known is None:
            known = self._counts[relation] = self._count(relation)
        return known

    def _counted(self, relation: str) -> int:
        return int(
            self.database.query(f"SELECT count(*) FROM {quoted(relation)}")[0][0]
        )

    def file(self, relation: str) -> str | None:
        """Return the file that a stated relation was read from."""
        file = self.model.facts.files.get(relation)
        return None if file is None else file.name

    def component(self, relation: str) -> frozenset[str]:
        """Return the relations of a recursive component (none, if it is not)."""
        component = self._component.get(relation)
        if component is None or not component.recursive:
            return frozenset()
        return frozenset(component.relations)

    # --- values -------------------------------------------------------------------

    def stored(self, fact: Fact) -> Stored:
        """Return the integers of a fact's values."""
        table = self.policy.relations[fact.relation]
        number = self.encoding.number
        return tuple(
            number(value, column.type)
            for value, column in zip(fact.values, table.columns, strict=True)
        )

    def fact(self, relation: str, stored: Stored) -> Fact:
        """Return the fact that a row stands for."""
        decoders = self._decoders.get(relation)
        if decoders is None:
            decoders = self._decoders[relation] = tuple(
                self.decoder(column.type)
                for column in self.policy.relations[relation].columns
            )
        return Fact(
            relation,
            tuple([decode(one) for decode, one in zip(decoders, stored, strict=True)]),
        )

    def decoder(self, type_: Type) -> Callable[[int], Value]:
        """Return the function from stored integers of a type to their values."""
        decoder = self._by_type.get(type_)
        if decoder is None:
            text = self.database.text
            decoder = self._by_type[type_] = lambda one: decode(one, type_, text)
            if type_.kind == "text" and not type_.optional:
                decoder = self._by_type[type_] = text
            elif type_.kind == "date":
                decoder = self._by_type[type_] = _day
        return decoder

    def ground(
        self, atom: Atom, substitution: Mapping[str, int | None]
    ) -> tuple[int | None, ...]:
        """Return an atom's values under a substitution; None where it has none."""
        return tuple(
            substitution.get(term.name)
            if isinstance(term, Variable)
            else self.encoding.constant(term)
            for term in atom.terms
        )

    # --- rows ---------------------------------------------------------------------

    def place(self, relation: str, stored: Stored) -> int | None:
        """Return the row of a stated fact (None: it is not stated)."""
        sql = self._rows.get(relation)
        if sql is None:
            self.need(relation, list(range(len(stored))))
            sql = self._rows[relation] = (
                f"SELECT row FROM {quoted(relation)} WHERE {self._equal(len(stored))}"
            )
        rows = self.database.query(sql, stored)
        return int(rows[0][0]) if rows else None

    def round(self, relation: str, stored: Stored) -> int | None:
        """Return the round of a derived fact (0 outside recursion; None: no fact)."""
        sql = self._rounds.get(relation)
        if sql is None:
            self.need(relation, list(range(len(stored))))
            column = "round" if self.component(relation) else "0"
            sql = self._rounds[relation] = (
                f"SELECT {column} FROM {quoted(relation)} "
                f"WHERE {self._equal(len(stored))}"
            )
        rows = self.database.query(sql, stored)
        return int(rows[0][0]) if rows else None

    def holds(self, fact: Fact) -> bool:
        """Return whether a fact is stated or derived."""
        find = self.place if self.policy.relations[fact.relation].stated else self.round
        return find(fact.relation, self.stored(fact)) is not None

    @staticmethod
    def _equal(arity: int) -> str:
        return " AND ".join(f"{c} = ?{i}" for i, c in enumerate(columns(arity), 1))

    def need(self, relation: str, positions: list[int]) -> None:
        """See to it that rows with given values in some columns are found at once."""
        if self.database.dialect != "sqlite":
            return
        if not self._indexed:
            self._indexed = self._indexes()
        leading = self._indexed.setdefault(relation, set())
        if leading.isdisjoint(positions):
            leading.add(positions[0])
            name = quoted(f"by_{positions[0]}_{relation}")
            self.database.execute(
                f"CREATE INDEX IF NOT EXISTS {name} ON {quoted(relation)} "
                f"({', '.join(f'a{i}' for i in positions)})"
            )

    def _indexes(self) -> dict[str, set[int]]:
        """Return the value columns that lead an index of each relation, in SQLite."""
        leading: dict[str, set[int]] = {name: set() for name in self.policy.relations}
        for name, column in self.database.query(
            "SELECT m.name, c.name FROM sqlite_master AS m "
            "JOIN pragma_index_list(m.name) AS i JOIN pragma_index_info(i.name) AS c "
            "WHERE m.type = 'table' AND c.seqno = 0"
        ):
            if name in leading and column and column[1:].isdigit():
                leading[name].add(int(column[1:]))
        return leading

    # --- rules --------------------------------------------------------------------

    def plans(self, relation: str) -> tuple[RulePlan, ...]:
        """Return the rules of a relation, compiled for a fact that is known."""
        plans = self._rules.get(relation)
        if plans is None:
            rules = self.policy.rules_of(relation)
            plans = self._rules[relation] = tuple(map(self._plan, rules))
        return plans

    def _plan(self, rule: Rule) -> RulePlan:
        constants: list[tuple[int, int]] = []
        repeated: list[tuple[int, int]] = []
        bound: dict[str, int] = {}
        for position, term in enumerate(rule.head.terms):
            if not isinstance(term, Variable):
                constants.append((position, self.encoding.constant(term)))
            elif term.name in bound:
                repeated.append((bound[term.name], position))
            else:
                bound[term.name] = position
        component = self.component(rule.head.relation)
        given = (*bound, ROUND) if component else tuple(bound)
        query = self.query(rule.body, rule.types, given, component)
        return RulePlan(
            rule,
            tuple(constants),
            tuple(repeated),
            tuple(bound.items()),
            bool(component),
            component,
            query,
            {name: self.decoder(type_) for name, type_ in rule.types.items()},
        )

    def query(
        self,
        body: Sequence[Literal],
        types: Mapping[str, Type],
        given: tuple[str, ...],
        component: frozenset[str] = frozenset(),
        *,
        limit: int | None = PROOFS_SHOWN + 1,
        nullable: bool = False,
    ) -> Query:
        """Return the query for a body's instances, compiled once."""
        key = (self.keep(body), given, limit, nullable)
        query = self._queries.get(key)
        if query is None:
            query = self._queries[key] = instances(
                self.encoding,
                self.policy,
                body,
                types,
                given,
                component=component,
                limit=limit,
                nullable=nullable,
                need=self.need,
            )
        return query

    def ways(self, body: tuple[Literal, ...]) -> tuple[tuple[Literal, ...], ...]:
        """Return a body without alternatives, once for each choice of branches."""
        key = self.keep(body)
        ways = self._ways.get(key)
        if ways is None:
            ways = self._ways[key] = tuple(expanded(body, filters=True))
        return ways

    def aggregate(
        self, literal: Aggregate, given: tuple[str, ...]
    ) -> tuple[str, tuple[str, ...]]:
        """Return the query for an aggregate's value, and its parameters."""
        key = (self.keep((literal,)), given)
        query = self._aggregates.get(key)
        if query is None:
            parameters = {name: f"?{i}" for i, name in enumerate(given, 1)}
            inner = Conjunction(
                self.encoding, self.policy, Names(), parameters, need=self.need
            )
            query = numbered(f"SELECT {inner.aggregate(literal)}", given)
            self._aggregates[key] = query
        return query
