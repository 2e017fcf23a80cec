"""The attempts at a goal as SQL: a chain of steps, one for each literal of a body.

In a body, from left to right, a positive atom that binds a variable used elsewhere
is an *opener*: one of its rows is taken, and if it has none it is unmet and its
variables stay open (NULL). What an `=`, an aggregate or a binding alternative
gives a value to is given it next. Every other literal is a *condition*, unmet if
it does not hold or mentions an open variable.

Each step is a common table expression over the one before, called `p`. A variable
is a column `v…`, whether literal number n is unmet the column `u…`, and what the
attempt is put in order by the columns `o…`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.engine.bodies import Names, binds
from whereas.explain.bodies import (
    Conjunction,
    expanded,
    variables_of,
)
from whereas.explain.expressions import Encoding, term_variables
from whereas.facts.database import quoted
from whereas.policy.core import Aggregate, Atom, Either, Literal, Policy
from whereas.values import INTEGER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from whereas.explain.bodies import OrderKey
    from whereas.values import Type


class Chain:
    """The steps of one body; `given` are its known variables, columns of `start`."""

    def __init__(
        self,
        encoding: Encoding,
        policy: Policy,
        types: Mapping[str, Type],
        *,
        start: str,
        given: Sequence[str],
        need: Callable[[str, list[int]], None] | None = None,
    ) -> None:
        """Start with the step that gives the known variables."""
        self.encoding = encoding
        self.policy = policy
        self.types = types
        self.need = need
        self.names = Names()
        self.steps: list[str] = [start]
        self.columns: dict[str, str] = {n: f"v{i}" for i, n in enumerate(given)}
        # What attempts are put in order by.
        self.order: list[OrderKey] = []

    @property
    def last(self) -> str:
        """The name of the last step."""
        return f"s{len(self.steps) - 1}"

    def column(self, name: str) -> str:
        """Return a new column for a variable."""
        return self.columns.setdefault(name, f"v{len(self.columns)}")

    def conjunction(self) -> Conjunction:
        """Return an empty conjunction that sees the variables of the last step."""
        return Conjunction(
            self.encoding,
            self.policy,
            self.names,
            {name: f"p.{column}" for name, column in self.columns.items()},
            nullable=frozenset(self.columns),
            need=self.need,
        )

    def extend(self, added: Sequence[str], joined: str = "") -> None:
        """Add a step: some columns more, perhaps from tables joined to it."""
        columns = ", ".join(["p.*", *added])
        self.steps.append(f"SELECT {columns} FROM {self.last} AS p{joined}")

    def add(self, body: Sequence[Literal], used: Sequence[str] = ()) -> None:
        """Add a body; `used` are the variables that are used outside it."""
        openers = openers_of(body, self.columns, used)
        for number, literal in enumerate(body):
            if number in openers:
                assert isinstance(literal, Atom)  # noqa: S101
                self.take(number, literal)
        # What is known already is tested and not given its value again.
        binders = {
            number: literal
            for number, literal in enumerate(body)
            if not isinstance(literal, Atom)
            and any(name not in self.columns for name in given_by(literal))
        }
        conditions = [
            (number, literal)
            for number, literal in enumerate(body)
            if number not in openers and number not in binders
        ]
        while binders:
            ready = [n for n, one in binders.items() if self._ready(one)]
            for number in ready or list(binders)[:1]:
                self._bind(number, binders.pop(number))
        for number, literal in conditions:
            self.condition(number, literal)

    def _ready(self, literal: Literal) -> bool:
        if isinstance(literal, Aggregate):
            return all(name in self.columns for name in literal.group)
        if isinstance(literal, Either):
            inside = {
                name
                for branch in literal.branches
                for one in branch
                for name in given_by(one)
            }
            wanted = [n for n in variables_of(literal) if n not in inside]
        else:
            wanted = [n for n in variables_of(literal) if n != binds(literal)]
        return all(name in self.columns for name in wanted)

    def take(self, number: int, atom: Atom) -> None:
        """Take a row of an opener."""
        alias = self.names.fresh()
        conjunction = self.conjunction()
        matching = conjunction.match(atom, alias, give=True)
        relation = self.policy.relations[atom.relation]
        added = []
        for position in conjunction.atoms[-1][2]:
            name = term_variables(atom.terms[position : position + 1])[0]
            column = self.column(name)
            added.append(f"{alias}.a{position} AS {column}")
            if not relation.stated:
                self.order.append((column, relation.columns[position].type))
        if relation.stated:
            added.append(f"{alias}.row AS o{number}")
            self.order.append((f"o{number}", INTEGER))
        added.append(f"CASE WHEN {alias}.a0 IS NULL THEN 1 ELSE 0 END AS u{number}")
        self.opened(number, atom, alias, added)
        on = " AND ".join(matching) or "1 = 1"
        self.extend(
            added, f" LEFT JOIN {quoted(self.source(atom.relation))} AS {alias} ON {on}"
        )

    def source(self, relation: str) -> str:
        """Return the table to take a relation's rows from."""
        return relation

    def opened(self, number: int, atom: Atom, alias: str, added: list[str]) -> None:
        """Note that an opener's row was taken; for those who add columns."""

    def _bind(self, number: int, literal: Literal) -> None:
        """Give a variable its value: a comparison, an aggregate, an alternative."""
        if isinstance(literal, Either):
            self._alternatives(number, literal)
            return
        target = binds(literal)
        assert target is not None  # noqa: S101
        conjunction = self.conjunction()
        conjunction.bind(literal)
        value = conjunction.variables[target]
        column = self.column(target)
        unmet = f"CASE WHEN {value} IS NULL THEN 1 ELSE 0 END AS u{number}"
        self.extend([f"{value} AS {column}", unmet])

    def _alternatives(self, number: int, literal: Either) -> None:
        """Take each value that a branch gives; open, where none gives one."""
        selects = []
        names = [name for name in literal.binds if name not in self.columns]
        ways = [one for b in literal.branches for one in expanded(b, filters=False)]
        tests = []
        for way in ways:
            inner = self.conjunction().add(way)
            values = [f"{inner.variables[n]}" for n in names]
            tables = "".join(f", {table}" for table in inner.tables)
            where = [*inner.conditions, *(f"{v} IS NOT NULL" for v in values)]
            selects.append((values, tables, " AND ".join(where) or "1 = 1"))
            source = f" FROM {', '.join(inner.tables)}" if inner.tables else ""
            tests.append(f"EXISTS (SELECT 1{source} WHERE {' AND '.join(where)})")
        columns = [self.column(name) for name in names]
        self.order.extend(
            (column, self.types[name])
            for name, column in zip(names, columns, strict=True)
        )
        statements = []
        for values, tables, condition in selects:
            taken = [f"{v} AS {c}" for v, c in zip(values, columns, strict=True)]
            chosen = ", ".join(["p.*", *taken, f"0 AS u{number}"])
            statements.append(
                f"SELECT {chosen} FROM {self.last} AS p{tables} WHERE {condition}"
            )
        nothing = [f"NULL AS {c}" for c in columns]
        chosen = ", ".join(["p.*", *nothing, f"1 AS u{number}"])
        statements.append(
            f"SELECT {chosen} FROM {self.last} AS p WHERE NOT ({' OR '.join(tests)})"
        )
        self.steps.append(" UNION ".join(statements))

    def condition(self, number: int, literal: Literal) -> None:
        """Add whether a condition is unmet."""
        condition = self.conjunction().condition(literal)
        self.extend([f"CASE WHEN {condition} THEN 0 ELSE 1 END AS u{number}"])

    def sql(self) -> str:
        """Return the steps, ready for a SELECT from the last."""
        steps = (f"s{number} AS ({step})" for number, step in enumerate(self.steps))
        return "WITH " + ", ".join(steps)


def given_by(literal: Literal) -> list[str]:
    """Return the variables to which a literal can give a value."""
    if isinstance(literal, Atom):
        return term_variables(literal.terms)
    if isinstance(literal, Either):
        return list(literal.binds)
    name = binds(literal)
    return [] if name is None else [name]


def openers_of(
    body: Sequence[Literal], known: Mapping[str, str], used: Sequence[str]
) -> set[int]:
    """Return the numbers of the literals that are openers."""
    bound = set(known)
    found: set[int] = set()
    for number, literal in enumerate(body):
        if not isinstance(literal, Atom):
            continue
        new = [n for n in term_variables(literal.terms) if n not in bound]
        elsewhere = {
            name
            for other, one in enumerate(body)
            if other != number
            for name in variables_of(one)
        }
        if any(name in elsewhere or name in used for name in new):
            found.add(number)
            bound.update(new)
    return found
