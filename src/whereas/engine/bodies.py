"""Rule bodies into SQL over tables of integers, for SQLite and DuckDB.

Nothing of a user's text enters a statement but integers and quoted identifiers:
constants are interned first. A body is compiled in two steps. First everything
that binds a variable (positive atoms, `=`, aggregates) makes the FROM clause and
gives each variable an SQL expression; then everything that tests (negation,
comparisons, memberships, alternatives) becomes a condition.

Engines compile whole bodies so; explainers ask about one case, with variables that
may have no value (`whereas.explain.bodies`).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.engine.dialect import (
    NONE_SQL,
    TOO_LARGE,
    calculated,
    only_filters,
    shifted,
    total,
)
from whereas.engine.join_order import PLANNED, in_join_order
from whereas.engine.names import (
    calculations,
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
from whereas.values import NONE, encode

if TYPE_CHECKING:
    from typing import Self

    from whereas.facts.database import Dialect

# The SQL of each variable.
Variables = Mapping[str, str]
# What the round of an atom's row must be (`= 4`), by the atom's place in its body.
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

    def value(self, expression: Expression, variables: Variables) -> str:
        """Return the SQL of a term or a calculation."""
        match expression:
            case Variable(name):
                return variables[name]
            case Constant() | Parameter():
                number = self.stored(expression)
                return NONE_SQL if number == NONE else str(number)
            case Arithmetic(op, left, right):
                return calculated(
                    self.dialect,
                    op,
                    self._operand(left, variables),
                    self._operand(right, variables),
                )
            case Shift(op, left, amount, unit):
                by = self._operand(amount, variables)
                return shifted(
                    self.dialect,
                    self._operand(left, variables),
                    by if op == "+" else f"(-({by}))",
                    unit,
                    self.policy.month_end,
                )

    def _operand(self, expression: Expression, variables: Variables) -> str:
        value = self.value(expression, variables)
        if isinstance(expression, Variable):
            # A row whose optional column is none is filtered by `X != none`, but
            # a planner may calculate before it filters.
            return f"nullif({value}, {NONE_SQL})"
        return value


class Names:
    """Fresh aliases of one statement."""

    def __init__(self) -> None:
        """Start with no alias."""
        self._count = itertools.count(1)

    def fresh(self) -> str:
        """Return an alias that the statement does not have yet."""
        return f"t{next(self._count)}"


class Body:
    """A body on its way to SQL: tables, conditions, and what each variable is.

    `variables` are those that have a value from outside. With `partial`, that a
    calculation has no value is no condition: it is asked which one has none.
    """

    def __init__(
        self,
        compiler: Compiler,
        names: Names | None = None,
        variables: Variables | None = None,
        *,
        partial: bool = False,
    ) -> None:
        """Start with no table."""
        self.compiler = compiler
        self.names = Names() if names is None else names
        self.variables = dict(variables or {})
        self.outside = frozenset(self.variables)
        self.partial = partial
        self.tables: list[str] = []
        # The positive atoms, each with its table.
        self.joined: list[tuple[Atom, str]] = []
        self.conditions: list[str] = []

    def inner(self, keep: Iterable[str] | None = None) -> Self:
        """Return an empty body within this one, which sees (some of) its variables."""
        return type(self)(self.compiler, self.names, self.seen(keep))

    def seen(self, keep: Iterable[str] | None) -> Variables:
        """Return the variables that a body within this one sees; None: all."""
        if keep is None:
            return self.variables
        return {name: self.variables[name] for name in keep if name in self.variables}

    # --- what binds ---------------------------------------------------------------

    def add(self, literals: Sequence[Literal], rounds: Rounds | None = None) -> Self:
        """Add a body without binding alternatives: what it binds, then its tests."""
        waiting: list[Literal] = []
        for place, literal in enumerate(literals):
            if isinstance(literal, Atom):
                self.take(literal, (rounds or {}).get(place))
            elif binds(literal) is not None:
                waiting.append(literal)
        while waiting:
            ready = [one for one in waiting if self._ready(one)]
            if not ready:
                raise AssertionError("a checked rule binds its variables")
            for literal in ready:
                waiting.remove(literal)
                self.bind(literal)
        for literal in literals:
            if binds(literal) is None and not isinstance(literal, Atom):
                self.conditions.append(self.condition(literal))
        return self

    def take(self, atom: Atom, round_: str | None = None) -> None:
        """Take a row that matches an atom; unknown variables get its values."""
        alias = self.names.fresh()
        table = f"{quoted(self.table(atom.relation))} AS {alias}"
        self.tables.append(table)
        self.joined.append((atom, table))
        self.conditions += self.match(atom, alias, give=True)
        if round_:
            self.conditions.append(f"{alias}.round {round_}")

    def table(self, relation: str) -> str:
        """Return the table to take a relation's rows from."""
        return relation

    def match(self, atom: Atom, alias: str, *, give: bool) -> list[str]:
        """Return the conditions under which a table's row matches an atom.

        With `give` an unknown variable gets its value from the row.
        """
        known = self.variables if give else dict(self.variables)
        conditions = []
        for position, term in enumerate(atom.terms):
            column = f"{alias}.a{position}"
            if isinstance(term, Variable) and term.name not in known:
                known[term.name] = column
            else:
                conditions.append(f"{column} = {self.compiler.value(term, known)}")
        return conditions

    def _ready(self, literal: Literal) -> bool:
        if isinstance(literal, Aggregate):
            needed = set(literal.group)
        else:
            needed = set(literal_variables(literal)) - {binds(literal)}
        return needed <= self.variables.keys()

    def bind(self, literal: Literal) -> None:
        """Give a variable the value of a comparison or of an aggregate.

        One that has a value already must be the same.
        """
        target = binds(literal)
        assert target is not None  # noqa: S101  # the caller's filter
        if isinstance(literal, Aggregate):
            value = self.aggregate(literal)
            doubtful = literal.term is not None
        else:
            assert isinstance(literal, Comparison)  # noqa: S101
            left, right = literal.left, literal.right
            other = right if left == Variable(target) else left
            value = self.compiler.value(other, self.variables)
            doubtful = next(calculations(literal), None) is not None
        if target not in self.variables:
            self.variables[target] = value
            if doubtful and not self.partial:
                self.conditions.append(f"{value} IS NOT NULL")
        elif not self.partial:
            self.conditions.append(f"{self.variables[target]} = {value}")

    # --- what tests ---------------------------------------------------------------

    def condition(self, literal: Literal) -> str:
        """Return a literal, whose variables are known, as a condition."""
        match literal:
            case Comparison() | Membership():
                return self.test(literal)
            case Not(atom):
                return self.absent(atom)
            case Atom():
                return self.exists((literal,))
            case Either(branches):
                return "(" + " OR ".join(self.holding(b) for b in branches) + ")"
            case Aggregate(target):
                value = self.compiler.value(target, self.variables)
                return f"({self.aggregate(literal)} = {value})"

    def test(self, literal: Comparison | Membership) -> str:
        """Return a comparison or a membership test as a condition."""
        value = self.compiler.value
        if isinstance(literal, Membership):
            among = ", ".join(value(member, {}) for member in literal.members)
            word = "NOT IN" if literal.negated else "IN"
            return f"{value(literal.term, self.variables)} {word} ({among})"
        sign = "<>" if literal.op == "!=" else literal.op
        left = value(literal.left, self.variables)
        test = f"{left} {sign} {value(literal.right, self.variables)}"
        names = [self.variables[one] for one in literal_variables(literal)]
        apart = len({name.partition(".")[0] for name in names}) > 1
        if literal.op != "=" and apart and self.compiler.dialect == "duckdb":
            return only_filters(test)
        return test

    def holding(self, branch: Sequence[Literal]) -> str:
        """Return a conjunction, whose own variables are existential, as a condition."""
        ways = []
        for literals in without_alternatives(tuple(branch), _gives):
            inner = self.inner().add(literals)
            if inner.tables:
                ways.append(f"EXISTS (SELECT 1 {inner.source()})")
            else:
                ways.append(" AND ".join(inner.conditions) or "1 = 1")
        return "(" + " OR ".join(f"({way})" for way in ways) + ")"

    def exists(self, literals: Sequence[Literal]) -> str:
        """Return the condition that a conjunction has a row."""
        return f"EXISTS (SELECT 1 {self.inner().add(literals).source()})"

    def absent(self, atom: Atom) -> str:
        """Return the condition that no row matches an atom."""
        return "NOT " + self.exists((atom,))

    # --- aggregates ---------------------------------------------------------------

    def aggregate(self, literal: Aggregate) -> str:
        """Return the value of an aggregate, joining it grouped where that is possible.

        Grouping needs its groups bound inside; one that is only compared with
        (`count { p(D), D < On }`) is computed for each row.
        """
        atoms = [one for one in literal.body if isinstance(one, Atom)]
        inside = {name for atom in atoms for name in literal_variables(atom)}
        of_sum = literal.function == "sum"
        if not set(literal.group) <= inside:
            own = self.inner(literal.group).add(literal.body)
            value = f"(SELECT {own.function(literal)} {own.source()})"
            # SQLite's own aggregates have no value where they saw no row.
            return f"nullif(coalesce({value}, 0), {TOO_LARGE})" if of_sum else value
        own = self.inner(()).add(literal.body)
        alias = self.names.fresh()
        groups = [own.variables[name] for name in literal.group]
        keys = [f"{group} AS g{n}" for n, group in enumerate(groups)]
        selected = ", ".join([*keys, f"{own.function(literal)} AS v"])
        by = f" GROUP BY {', '.join(groups)}" if groups else ""
        on = " AND ".join(
            f"{alias}.g{n} = {self.variables[name]}"
            for n, name in enumerate(literal.group)
        )
        self.tables.append(
            f"LEFT JOIN (SELECT {selected} {own.source()}{by}) {alias}"
            f" ON {on or '1 = 1'}"
        )
        if of_sum:
            return f"nullif(coalesce({alias}.v, 0), {TOO_LARGE})"
        return f"coalesce({alias}.v, 0)" if literal.term is None else f"{alias}.v"

    def function(self, literal: Aggregate) -> str:
        """Return what an aggregate selects from this, its body."""
        if literal.term is None:
            return "count(*)"
        term = self.compiler.value(literal.term, self.variables)
        if literal.function == "sum":
            return total(self.compiler.dialect, term)
        return f"{literal.function}({term})"

    # --- the clauses --------------------------------------------------------------

    def source(self) -> str:
        """Return the FROM and WHERE clauses."""
        tables, join = self.tables, "JOIN {} ON 1 = 1"
        if self.compiler.dialect == "sqlite" and len(self.joined) > PLANNED:
            bound = self.outside
            tables = in_join_order(self.joined, bound, self.compiler.policy.relations)
            # What is joined besides may rest on these.
            tables += [table for table in self.tables if table not in tables]
            join = "CROSS JOIN {}"
        clauses: list[str] = []
        for table in tables:
            joined = table.startswith("LEFT JOIN")
            if not clauses:
                # A left join needs something on its left.
                clauses.append(
                    f"FROM (SELECT 1) one {table}" if joined else f"FROM {table}"
                )
            else:
                clauses.append(table if joined else join.format(table))
        if self.conditions:
            clauses.append("WHERE " + " AND ".join(self.conditions))
        return " ".join(clauses)


def binds(literal: Literal) -> str | None:
    """Return the variable that a comparison or an aggregate gives its value to."""
    if isinstance(literal, Comparison | Aggregate):
        return literal.binds
    return None


def _gives(either: Either) -> bool:
    return bool(either.binds)
