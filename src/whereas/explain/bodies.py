"""A rule's body as SQL: one query that yields its instances in their stated order.

A *binding* alternative (one that gives variables their values) stands for an
unnamed relation: the query is the union over its branches. Any other alternative
is a condition. Of several instances the first is that whose rows come first:
stated rows by their place in the file, derived ones by their columns, texts in
code-point order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.engine.bodies import Body, Names, binds
from whereas.engine.names import without_alternatives
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
from whereas.values import INTEGER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from whereas.values import Type

# The round of the head, where the rule's component is recursive.
ROUND = "<round>"
# A column that rows are put in order by, and the type of its values.
OrderKey = tuple[str, "Type"]


def expanded(
    body: Sequence[Literal], *, filters: bool
) -> Iterator[tuple[Literal, ...]]:
    """Yield the body once for each choice of branches of its binding alternatives.

    With `filters` the alternatives that only test are expanded too.
    """
    return without_alternatives(tuple(body), lambda one: filters or bool(one.binds))


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


class Conjunction(Body):
    """A body as an explainer asks it: of one case, and of variables without a value.

    `nullable` names those that may be SQL's NULL (open); whatever is said of them
    then does not hold. `component` are the relations of which only rows before
    `ROUND` count; `sources` names tables that stand for relations in positive atoms.
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
        super().__init__(encoding.compiler, names, variables)
        self.encoding = encoding
        self.policy = policy
        self.component = component
        self.nullable = nullable
        self.need = need
        self.sources = sources or {}
        # Each positive atom, its alias, and the columns that it gave a value to.
        self.atoms: list[tuple[Atom, str, list[int]]] = []

    def inner(self, keep: Iterable[str] | None = None) -> Conjunction:
        """Return an empty conjunction within this one, which sees its variables."""
        return Conjunction(
            self.encoding,
            self.policy,
            self.names,
            self.seen(None if keep is None else [*keep, ROUND]),
            component=self.component,
            nullable=self.nullable,
            need=self.need,
            sources=self.sources,
        )

    def table(self, relation: str) -> str:
        """Return the table to take a relation's rows from."""
        return self.sources.get(relation, relation)

    def match(self, atom: Atom, alias: str, *, give: bool) -> list[str]:
        """Return the conditions under which a table's row matches an atom."""
        given = [
            position
            for position, term in enumerate(atom.terms)
            if isinstance(term, Variable)
            and term.name not in self.variables
            and term not in atom.terms[:position]
        ]
        known = [n for n in range(len(atom.terms)) if n not in given]
        if self.need is not None and known:
            self.need(atom.relation, known)
        if give:
            self.atoms.append((atom, alias, given))
        conditions = super().match(atom, alias, give=give)
        if atom.relation in self.component:
            conditions.append(f"{alias}.round < {self.variables[ROUND]}")
        return conditions

    def bind(self, literal: Literal) -> None:
        """Give a variable its value, where what the value rests on has one."""
        super().bind(literal)
        match literal:
            case Aggregate(group=group):
                self.conditions += self._open(group)
            case Comparison(_, left, right, given):
                names = term_variables((left, right))
                self.conditions += self._open([n for n in names if n != given])

    def test(self, literal: Comparison | Membership) -> str:
        """Return a comparison or a membership test as a condition."""
        return f"({self.encoding.test(literal, self.variables)})"

    def absent(self, atom: Atom) -> str:
        """Return the condition that no row matches an atom without open variables."""
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
        """Return an aggregate as a scalar subquery: there are few rows to ask for."""
        inner = self.inner(literal.group).add(literal.body)
        subquery = f"(SELECT {inner.function(literal)} {inner.source()})"
        if literal.function == "sum":
            # SQLite's own aggregates have no value where they saw no row.
            subquery = f"coalesce({subquery}, 0)"
        known = self._open(literal.group)
        if not known:
            return subquery
        return f"(CASE WHEN {' AND '.join(known)} THEN {subquery} END)"


def order_of(column: str, type_: Type) -> str:
    """Return the expression by which a column is put in order."""
    if type_.kind == "text":
        return f"(SELECT text FROM symbol WHERE id = {column})"
    return column


def order_keys(
    atoms: Sequence[tuple[Atom, str, list[int]]], relations: Mapping[str, Relation]
) -> list[OrderKey]:
    """Return the order of a body's rows: by place in the file, or by their columns."""
    keys: list[OrderKey] = []
    for atom, alias, given in atoms:
        relation = relations[atom.relation]
        if relation.stated:
            if given:
                keys.append((f"{alias}.row", INTEGER))
            continue
        keys.extend((f"{alias}.a{i}", relation.columns[i].type) for i in given)
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
        keys = order_keys(atoms, policy.relations)
        keys.extend(
            (query.variables[name], types[name])
            for either in binding
            for name in either.binds
        )
        order = [order_of(*key) for key in keys]
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
