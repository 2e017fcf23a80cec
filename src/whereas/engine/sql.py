"""Rule bodies into SQL over tables of integers, for SQLite and DuckDB.

Nothing of a user's text enters a statement but integers and quoted identifiers:
constants are interned first. A body is compiled in two steps. First everything
that binds a variable (positive atoms, `=`, aggregates) makes the FROM clause and
the environment, which maps each variable to an SQL expression; then everything
that tests (negation, comparisons, memberships, alternatives) becomes a condition.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from whereas.engine import semijoin
from whereas.engine.dialect import (
    NONE_SQL,
    TOO_LARGE,
    calculated,
    only_filters,
    shifted,
    total,
)
from whereas.engine.names import (
    atoms_below,
    calculations,
    expression_variables,
    literal_variables,
    without_alternatives,
)
from whereas.facts.database import quoted
from whereas.policy.core import (
    Aggregate,
    Arithmetic,
    Atom,
    Comparison,
    Constant,
    Either,
    Expression,
    Literal,
    Membership,
    Not,
    Parameter,
    Policy,
    Setting,
    Shift,
    Variable,
)
from whereas.values import encode

if TYPE_CHECKING:
    from whereas.facts.database import Dialect

Environment = Mapping[str, str]
Rounds = Mapping[int, str]


def encoder(
    setting: Setting, intern: Callable[[str], int]
) -> Callable[[Constant | Parameter], int]:
    """Return the function that gives the stored integer of a constant or parameter."""

    def encoded(term: Constant | Parameter) -> int:
        if isinstance(term, Constant):
            return encode(term.value, term.type, intern)
        return encode(setting.value(term), term.type, intern)

    return encoded


@dataclass(frozen=True, slots=True)
class Compiler:
    """What stays the same while bodies of one policy are compiled."""

    policy: Policy
    dialect: Dialect
    stored: Callable[[Constant | Parameter], int]

    @staticmethod
    def of(
        policy: Policy,
        setting: Setting,
        intern: Callable[[str], int],
        dialect: Dialect,
    ) -> Compiler:
        """Return a compiler for a policy under a setting."""
        return Compiler(policy, dialect, encoder(setting, intern))

    def value(self, expression: Expression, env: Environment) -> str:
        """Return the SQL of a term or a calculation."""
        match expression:
            case Variable(name):
                return env[name]
            case Constant() | Parameter():
                number = self.stored(expression)
                return NONE_SQL if number == -(2**63) else str(number)
            case Arithmetic(op, left, right):
                return calculated(
                    self.dialect,
                    op,
                    self._operand(left, env),
                    self._operand(right, env),
                )
            case Shift(op, left, amount, unit):
                by = self._operand(amount, env)
                return shifted(
                    self.dialect,
                    self._operand(left, env),
                    by if op == "+" else f"(-{by})",
                    unit,
                    self.policy.month_end,
                )

    def _operand(self, expression: Expression, env: Environment) -> str:
        value = self.value(expression, env)
        if isinstance(expression, Variable):
            # A row whose optional column is none is filtered by `X != none`, but
            # a planner may calculate before it filters.
            return f"nullif({value}, {NONE_SQL})"
        return value


@dataclass(slots=True)
class Body:
    """A body on its way to SQL: tables, conditions, and what each variable is."""

    compiler: Compiler
    aliases: Iterator[int]
    env: dict[str, str]
    tables: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    # Whether a variable may stay without a value, to ask which one does.
    partial: bool = False
    # The alias of each positive atom, by its place among the literals.
    places: dict[int, str] = field(default_factory=dict)

    def inner(self) -> Body:
        """Return an empty body that sees this one's variables."""
        return Body(self.compiler, self.aliases, dict(self.env))

    # --- what binds ---------------------------------------------------------------

    def join(self, literals: Sequence[Literal], rounds: Rounds) -> None:
        """Add a conjunction: bind what it binds, then test what it tests."""
        waiting: list[Literal] = []
        for place, literal in enumerate(literals):
            if isinstance(literal, Atom):
                self._atom(literal, place, rounds.get(place))
            elif isinstance(literal, Comparison | Aggregate) and literal.binds:
                waiting.append(literal)
        while waiting:
            ready = [one for one in waiting if self._binder_is_ready(one)]
            if not ready:
                raise AssertionError("a checked rule binds its variables")
            for literal in ready:
                waiting.remove(literal)
                self._bind(literal)
        for literal in literals:
            if isinstance(literal, Comparison | Aggregate) and literal.binds:
                continue
            if not isinstance(literal, Atom):
                self.conditions.append(self.test(literal))

    def _atom(self, atom: Atom, place: int, round_test: str | None) -> None:
        alias = f"t{next(self.aliases)}"
        self.places[place] = alias
        self.tables.append(f"{quoted(atom.relation)} {alias}")
        self.conditions += self._matches(atom, alias, binding=True)
        if round_test:
            self.conditions.append(f"{alias}.round {round_test}")

    def _matches(self, atom: Atom, alias: str, *, binding: bool) -> Iterator[str]:
        for at, term in enumerate(atom.terms):
            column = f"{alias}.a{at}"
            if not isinstance(term, Variable) or term.name in self.env:
                yield f"{column} = {self.compiler.value(term, self.env)}"
            elif binding:
                self.env[term.name] = column

    def _binder_is_ready(self, literal: Literal) -> bool:
        if isinstance(literal, Aggregate):
            return set(literal.group) <= self.env.keys()
        assert isinstance(literal, Comparison)  # noqa: S101  # the caller's filter
        used = set(literal_variables(literal)) - {literal.binds}
        return used <= self.env.keys()

    def _bind(self, literal: Literal) -> None:
        if isinstance(literal, Aggregate):
            value = self.aggregate(literal)
        else:
            assert isinstance(literal, Comparison)  # noqa: S101
            sides = (literal.left, literal.right)
            bound = next(
                side
                for side in reversed(sides)
                if literal.binds not in set(expression_variables(side))
            )
            value = self.compiler.value(bound, self.env)
        name = literal.binds
        assert name is not None  # noqa: S101
        if name in self.env:
            if not self.partial:
                self.conditions.append(f"{self.env[name]} = {value}")
        else:
            self.env[name] = value
            if self.partial:
                return
            if isinstance(literal, Aggregate) or next(calculations(literal), None):
                self.conditions.append(f"{value} IS NOT NULL")

    # --- what tests ---------------------------------------------------------------

    def test(self, literal: Literal) -> str:
        """Return the condition that a literal is, all its variables being bound."""
        value = self.compiler.value
        match literal:
            case Comparison(op, left, right):
                sign = "<>" if op == "!=" else op
                test = f"{value(left, self.env)} {sign} {value(right, self.env)}"
                names = [self.env[one] for one in literal_variables(literal)]
                apart = len({name.partition(".")[0] for name in names}) > 1
                if op != "=" and apart and self.compiler.dialect == "duckdb":
                    return only_filters(test)
                return test
            case Membership(term, members, negated):
                among = ", ".join(value(member, {}) for member in members)
                word = "NOT IN" if negated else "IN"
                return f"{value(term, self.env)} {word} ({among})"
            case Not(atom):
                return "NOT " + self.exists((atom,))
            case Atom():
                return self.exists((literal,))
            case Either(branches):
                return "(" + " OR ".join(self.all_of(b) for b in branches) + ")"
            case Aggregate(target):
                return f"{self.aggregate(literal)} = {value(target, self.env)}"

    def all_of(self, literals: Sequence[Literal]) -> str:
        """Return the condition that a conjunction holds, whatever else it binds."""
        if any(isinstance(one, Atom) for one in literals):
            return self.exists(literals)
        inner = self.inner()
        inner.join(literals, {})
        if inner.tables:
            return f"EXISTS (SELECT 1{inner.clauses()})"
        return "(" + (" AND ".join(inner.conditions) or "1 = 1") + ")"

    def exists(self, literals: Sequence[Literal]) -> str:
        """Return the condition that some row of a conjunction is there."""
        inner = self.inner()
        inner.join(literals, {})
        return f"EXISTS (SELECT 1{inner.clauses()})"

    # --- aggregates ---------------------------------------------------------------

    def aggregate(self, literal: Aggregate) -> str:
        """Return the value of an aggregate, joining it grouped where that is possible.

        Grouping needs its groups bound inside; one that is only compared with
        (`count { p(D), D < On }`) is computed for each row.
        """
        own = self.inner()
        own.env = {}
        atoms = [one for one in literal.body if isinstance(one, Atom)]
        inside = {name for atom in atoms for name in literal_variables(atom)}
        of_sum = literal.function == "sum"
        if not set(literal.group) <= inside:
            own.env = {name: self.env[name] for name in literal.group}
            own.join(literal.body, {})
            value = f"(SELECT {_function(own, literal)}{own.clauses()})"
            # SQLite's own aggregates have no value where they saw no row.
            return f"nullif(coalesce({value}, 0), {TOO_LARGE})" if of_sum else value
        own.join(literal.body, {})
        alias = f"t{next(self.aliases)}"
        keys = [f"{own.env[name]} AS g{n}" for n, name in enumerate(literal.group)]
        grouped = "".join(f", {own.env[name]}" for name in literal.group)
        selected = ", ".join([*keys, f"{_function(own, literal)} AS v"])
        inner = f"(SELECT {selected}{own.clauses()}"
        inner += f" GROUP BY {grouped[2:]})" if grouped else ")"
        on = " AND ".join(
            f"{alias}.g{n} = {self.env[name]}" for n, name in enumerate(literal.group)
        )
        self.tables.append(f"LEFT JOIN {inner} {alias} ON {on or '1 = 1'}")
        if of_sum:
            return f"nullif(coalesce({alias}.v, 0), {TOO_LARGE})"
        return f"coalesce({alias}.v, 0)" if literal.term is None else f"{alias}.v"

    # --- the clauses --------------------------------------------------------------

    def clauses(self) -> str:
        """Return FROM and WHERE, with a space before."""
        text = ""
        for table in self.tables:
            if not text:
                # A left join needs something on its left.
                first = table.startswith("LEFT JOIN")
                text = " FROM (SELECT 1) one " + table if first else " FROM " + table
            elif table.startswith("LEFT JOIN"):
                text += " " + table
            else:
                text += f" JOIN {table} ON 1 = 1"
        if self.conditions:
            text += " WHERE " + " AND ".join(self.conditions)
        return text


def _function(body: Body, literal: Aggregate) -> str:
    if literal.term is None:
        return "count(*)"
    term = body.compiler.value(literal.term, body.env)
    if literal.function == "sum":
        return total(body.compiler.dialect, term)
    return f"{literal.function}({term})"


# --- heads: what the engines run --------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heads:
    """A query for the heads of a conjunction; `unique`: it repeats no row by itself."""

    sql: str
    unique: bool


def heads_sql(
    compiler: Compiler,
    head: Atom,
    literals: Sequence[Literal],
    *,
    rounds: Rounds | None = None,
    extra: str = "",
) -> Heads:
    """Return the query that gives the heads of a conjunction.

    `literals` have no `Either` that binds. `rounds` holds, for the place of a
    literal, what its rows' round must be (`= 4`). `extra` is one more column.
    """
    rounds = rounds or {}
    needed = {name for term in head.terms for name in expression_variables(term)}
    keyed = compiler.policy if compiler.dialect == "duckdb" else None
    away = semijoin.existential(literals, needed, set(rounds), keyed)
    left = [place for place in range(len(literals)) if place not in away]
    moved = {n: rounds[place] for n, place in enumerate(left) if place in rounds}
    kept = [literals[place] for place in left]
    body = Body(compiler, itertools.count(), {})
    body.join(kept, moved)
    for place in sorted(away):
        body.conditions.append(body.exists((literals[place],)))
    columns = ", ".join(
        f"{compiler.value(term, body.env)} AS a{at}"
        for at, term in enumerate(head.terms)
    )
    unique = semijoin.is_unique(compiler.policy, kept, needed)
    distinct = "" if unique else "DISTINCT "
    return Heads(f"SELECT {distinct}{columns}{extra}{body.clauses()}", unique)


def conjunctions(
    body: tuple[Literal, ...], relations: Sequence[str] = ()
) -> Iterator[tuple[Literal, ...]]:
    """Yield a body without the alternatives that bind, or that use `relations`."""

    def expanded(either: Either) -> bool:
        return bool(either.binds) or any(
            atom.relation in relations for atom in atoms_below((either,))
        )

    yield from without_alternatives(body, expanded)
