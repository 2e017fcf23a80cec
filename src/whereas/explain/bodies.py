"""A rule's body as SQL: one query that yields its instances in their stated order.

A *binding* alternative (one that gives variables their values) stands for an
unnamed relation: the query is the union over its branches. Any other alternative
is a condition. Of several instances the first is that whose rows come first:
stated rows by their place in the file, derived ones by their columns, texts in
code-point order.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.explain.expressions import Encoding, term_variables
from whereas.facts.database import quoted
from whereas.policy.core import (
    Aggregate,
    Atom,
    Comparison,
    Either,
    Literal,
    Membership,
    Not,
    Policy,
    Relation,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from whereas.values import Type

# The round of the head, where the rule's component is recursive.
ROUND = "<round>"


def expanded(
    body: Sequence[Literal], *, filters: bool
) -> Iterator[tuple[Literal, ...]]:
    """Yield the body once for each choice of branches of its binding alternatives.

    With `filters` the alternatives that only test are expanded too.
    """
    choices: list[list[tuple[Literal, ...]]] = []
    for literal in body:
        if isinstance(literal, Either) and (filters or literal.binds):
            choices.append(
                [
                    one
                    for branch in literal.branches
                    for one in expanded(branch, filters=filters)
                ]
            )
        else:
            choices.append([(literal,)])
    for chosen in itertools.product(*choices):
        yield tuple(one for literals in chosen for one in literals)


def variables_of(literal: Literal) -> list[str]:
    """Return the names of the variables that a literal mentions, in their order."""
    match literal:
        case Atom(terms=terms):
            return term_variables(terms)
        case Not(atom):
            return term_variables(atom.terms)
        case Comparison(_, left, right):
            return term_variables((left, right))
        case Membership(term):
            return term_variables((term,))
        case Either(branches):
            return [v for b in branches for one in b for v in variables_of(one)]
        case Aggregate(target, _, term, body):
            inner = [v for one in body for v in variables_of(one)]
            terms = (target,) if term is None else (target, term)
            return term_variables(terms) + inner


class Names:
    """Fresh aliases of one statement."""

    def __init__(self) -> None:
        """Start with no alias."""
        self._count = itertools.count(1)

    def fresh(self) -> str:
        """Return an alias that the statement does not have yet."""
        return f"t{next(self._count)}"


class Conjunction:
    """Tables, conditions and the expression of each variable: a body turned to SQL.

    `variables` are those that have a value from outside; `nullable` names those
    that may be SQL's NULL (open), whatever is said of them then does not hold.
    `component` are the relations of which only rows before `ROUND` count; `sources`
    names tables that stand for relations in positive atoms.
    """

    def __init__(
        self,
        encoding: Encoding,
        policy: Policy,
        names: Names,
        variables: Mapping[str, str],
        *,
        component: frozenset[str] = frozenset(),
        nullable: frozenset[str] = frozenset(),
        need: Callable[[str, list[int]], None] | None = None,
        sources: Mapping[str, str] | None = None,
    ) -> None:
        """Start with no table."""
        self.encoding = encoding
        self.policy = policy
        self.names = names
        self.variables = dict(variables)
        self.component = component
        self.nullable = nullable
        self.need = need
        self.sources = sources or {}
        self.tables: list[str] = []
        self.conditions: list[str] = []
        # Each positive atom, its alias, and the columns that it gave a value to.
        self.atoms: list[tuple[Atom, str, list[int]]] = []

    def inner(self, keep: Sequence[str] | None = None) -> Conjunction:
        """Return an empty conjunction within this one, which sees its variables."""
        seen = self.variables
        if keep is not None:
            seen = {n: v for n, v in seen.items() if n in keep or n == ROUND}
        return Conjunction(
            self.encoding,
            self.policy,
            self.names,
            seen,
            component=self.component,
            nullable=self.nullable,
            need=self.need,
            sources=self.sources,
        )

    def add(self, body: Sequence[Literal]) -> Conjunction:
        """Add a body without binding alternatives: atoms, then what they bind."""
        for literal in body:
            if isinstance(literal, Atom):
                self._atom(literal)
        waiting = [one for one in body if not isinstance(one, Atom)]
        # What is known already is tested and not given its value again.
        binders = [
            one
            for one in waiting
            if (name := binds(one)) and name not in self.variables
        ]
        tests = [one for one in waiting if one not in binders]
        while binders:
            ready = [one for one in binders if self._ready(one)]
            for literal in ready:
                self.bind(literal)
            if not ready:
                raise AssertionError("unbound")
            binders = [one for one in binders if one not in ready]
        self.conditions.extend(self.condition(literal) for literal in tests)
        return self

    def _ready(self, literal: Literal) -> bool:
        target = binds(literal)
        if isinstance(literal, Aggregate):
            return all(name in self.variables for name in literal.group)
        return all(
            name in self.variables for name in variables_of(literal) if name != target
        )

    def match(self, atom: Atom, alias: str, give: bool) -> list[str]:
        """Return the conditions under which a table's row matches an atom.

        With `give` an unknown variable gets its value from the row.
        """
        conditions: list[str] = []
        known: list[int] = []
        given: list[int] = []
        own: dict[str, str] = {}
        for position, term in enumerate(atom.terms):
            column = f"{alias}.a{position}"
            if isinstance(term, Variable):
                expression = self.variables.get(term.name) or own.get(term.name)
                if expression is None:
                    (self.variables if give else own)[term.name] = column
                    given.append(position)
                    continue
                conditions.append(f"{column} = {expression}")
            else:
                conditions.append(f"{column} = {self.encoding.constant(term)}")
            known.append(position)
        if self.need is not None and known:
            self.need(atom.relation, known)
        if atom.relation in self.component:
            conditions.append(f"{alias}.round < {self.variables[ROUND]}")
        if give:
            self.atoms.append((atom, alias, given))
        return conditions

    def _atom(self, atom: Atom) -> None:
        alias = self.names.fresh()
        self.conditions.extend(self.match(atom, alias, give=True))
        source = self.sources.get(atom.relation, atom.relation)
        self.tables.append(f"{quoted(source)} AS {alias}")

    def bind(self, literal: Literal) -> None:
        """Give a variable the value of a comparison or of an aggregate."""
        if isinstance(literal, Comparison):
            target = literal.binds
            assert target is not None  # noqa: S101
            other = literal.right if literal.left == Variable(target) else literal.left
            self.variables[target] = self.encoding.sql(other, self.variables)
        elif isinstance(literal, Aggregate):
            assert literal.binds is not None  # noqa: S101
            value = self.aggregate(literal)
            self.variables[literal.binds] = value
            if literal.function in {"min", "max"}:
                self.conditions.append(f"{value} IS NOT NULL")
        else:
            raise AssertionError(literal)

    def condition(self, literal: Literal) -> str:
        """Return a literal that binds nothing as an SQL condition."""
        match literal:
            case Comparison() | Membership():
                return f"({self.encoding.test(literal, self.variables)})"
            case Not(atom):
                return self._absent(atom)
            case Either(branches):
                return f"({' OR '.join(self.holding(b) for b in branches)})"
            case Aggregate(target):
                value = self.aggregate(literal)
                return f"({value} = {self.encoding.sql(target, self.variables)})"
            case Atom():
                return self.holding((literal,))

    def holding(self, branch: Sequence[Literal]) -> str:
        """Return a conjunction, whose own variables are existential, as a condition."""
        ways = []
        for conjunction in expanded(branch, filters=False):
            inner = self.inner().add(conjunction)
            if inner.tables:
                ways.append(f"EXISTS (SELECT 1 {inner.source()})")
            else:
                ways.append(" AND ".join(inner.conditions) or "1 = 1")
        return "(" + " OR ".join(f"({way})" for way in ways) + ")"

    def _absent(self, atom: Atom) -> str:
        alias = self.names.fresh()
        matching = self.match(atom, alias, give=False)
        where = f" WHERE {' AND '.join(matching)}" if matching else ""
        absent = f"NOT EXISTS (SELECT 1 FROM {quoted(atom.relation)} AS {alias}{where})"
        return " AND ".join([*self._open(term_variables(atom.terms)), absent])

    def _open(self, names: Sequence[str]) -> list[str]:
        """Return the conditions that the variables have a value, where in doubt."""
        return [
            f"{self.variables[name]} IS NOT NULL"
            for name in dict.fromkeys(names)
            if name in self.nullable and name in self.variables
        ]

    def aggregate(self, literal: Aggregate) -> str:
        """Return an aggregate as a scalar subquery."""
        inner = self.inner(literal.group).add(literal.body)
        if literal.function == "count":
            value = "count(*)"
        else:
            assert literal.term is not None  # noqa: S101
            term = self.encoding.sql(literal.term, inner.variables)
            value = f"{literal.function}({term})"
            if literal.function == "sum":
                value = f"coalesce({value}, 0)"
                if self.encoding.dialect == "duckdb":
                    value = f"CAST({value} AS BIGINT)"
        subquery = f"(SELECT {value} {inner.source()})"
        known = self._open(literal.group)
        if not known:
            return subquery
        return f"(CASE WHEN {' AND '.join(known)} THEN {subquery} END)"

    def source(self) -> str:
        """Return the FROM and WHERE clauses."""
        tables = f"FROM {', '.join(self.tables)}" if self.tables else ""
        where = f" WHERE {' AND '.join(self.conditions)}" if self.conditions else ""
        return tables + where


def binds(literal: Literal) -> str | None:
    """Return the variable that a comparison or an aggregate gives its value to."""
    if isinstance(literal, Comparison | Aggregate):
        return literal.binds
    return None


def order_of(column: str, type_: Type) -> str:
    """Return the expression by which a column is put in order."""
    if type_.kind == "text":
        return f"(SELECT text FROM symbol WHERE id = {column})"
    return column


def order_keys(
    atoms: Sequence[tuple[Atom, str, list[int]]], relations: Mapping[str, Relation]
) -> list[str]:
    """Return the order of a body's rows: by place in the file, or by their columns."""
    keys: list[str] = []
    for atom, alias, given in atoms:
        relation = relations[atom.relation]
        if relation.stated:
            if given:
                keys.append(f"{alias}.row")
            continue
        keys.extend(order_of(f"{alias}.a{i}", relation.columns[i].type) for i in given)
    return keys


@dataclass(frozen=True, slots=True)
class Query:
    """The instances of a body: what is asked, what comes back, and how many.

    `given` are the variables whose values are the parameters, `names` the
    variables of the first columns of a row; after them come the places of the
    stated atoms (`places`, by their number among the body's literals).
    """

    sql: str
    count: str
    given: tuple[str, ...]
    names: tuple[str, ...]
    places: tuple[int, ...]


def instances(
    encoding: Encoding,
    policy: Policy,
    body: Sequence[Literal],
    types: Mapping[str, Type],
    given: Sequence[str],
    *,
    component: frozenset[str] = frozenset(),
    limit: int | None,
    nullable: bool = False,
    need: Callable[[str, list[int]], None] | None = None,
) -> Query:
    """Compile a body into the query for its instances, `given` being known.

    With `nullable` a given variable may be open (NULL); what mentions it then does
    not hold.

    An instance is a substitution of the body's variables, those that an
    alternative keeps to itself aside.
    """
    binding = [one for one in body if isinstance(one, Either) and one.binds]
    top = [i for i, one in enumerate(body) if isinstance(one, Atom)]
    places = [i for i in top if policy.relations[_atom(body[i]).relation].stated]
    own: dict[str, None] = {}
    for literal in body:
        if isinstance(literal, Atom):
            own.update(dict.fromkeys(term_variables(literal.terms)))
        elif isinstance(literal, Either):
            own.update(dict.fromkeys(literal.binds))
        elif (name := binds(literal)) is not None:
            own[name] = None
    names = tuple(name for name in own if name not in given)
    parameters = {name: f"?{i}" for i, name in enumerate(given, 1)}
    statements: list[str] = []
    order: list[str] = []
    own_atoms = {id(body[i]) for i in top}
    for way in expanded(body, filters=False):
        # The body's own atoms come first: what they give orders the instances.
        conjunction = sorted(way, key=lambda one: id(one) not in own_atoms)
        query = Conjunction(
            encoding,
            policy,
            Names(),
            parameters,
            component=component,
            nullable=frozenset(given) if nullable else frozenset(),
            need=need,
        ).add(conjunction)
        atoms = [found for found in query.atoms if id(found[0]) in own_atoms]
        order = order_keys(atoms, policy.relations)
        order.extend(
            order_of(query.variables[name], types[name])
            for either in binding
            for name in either.binds
        )
        alias = {id(atom): a for atom, a, _ in atoms}
        chosen = [query.variables[name] for name in names]
        chosen += [f"{alias[id(body[i])]}.row" for i in places]
        if binding:
            chosen += order
        statements.append(f"SELECT {', '.join(chosen) or '1'} {query.source()}")
    union = " UNION ".join(statements)
    if binding:
        first = len(names) + len(places)
        order = [str(first + i) for i in range(1, len(order) + 1)]
    by = (
        f" ORDER BY {', '.join(f'{key} NULLS FIRST' for key in order)}" if order else ""
    )
    union, used = numbered(union, given)
    return Query(
        f"{union}{by}" + ("" if limit is None else f" LIMIT {limit}"),
        f"SELECT count(*) FROM ({union}) AS counted",
        used,
        names,
        tuple(places),
    )


def numbered(sql: str, given: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Number the parameters of a statement anew: those that it uses, and no others."""
    used: dict[int, int] = {}

    def again(match: re.Match[str]) -> str:
        return f"?{used.setdefault(int(match[1]), len(used) + 1)}"

    text = re.sub(r"\?(\d+)", again, sql)
    return text, tuple(given[old - 1] for old in used)


def _atom(literal: Literal) -> Atom:
    assert isinstance(literal, Atom)  # noqa: S101
    return literal
