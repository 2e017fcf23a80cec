"""Several fact bases decided as one: a relation gets one more column, its world.

A rule joins rows of one world only, so that the model of the whole is the model of
each world, side by side. What a policy costs beside the rows (reading it, compiling
it, a statement for each rule) is paid once for all worlds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar, assert_never

from whereas.diagnostics import Invalid
from whereas.engine.names import atoms_below, constants, literal_variables
from whereas.facts.base import FactBase, FactFile
from whereas.facts.database import Sqlite
from whereas.facts.memory import read_rows
from whereas.facts.row_loader import Symbols, create_key_indexes, create_tables
from whereas.policy.core import (
    Aggregate,
    Arithmetic,
    Atom,
    Column,
    Comparison,
    Either,
    Expression,
    Membership,
    Not,
    Parameter,
    Relation,
    Shift,
    Variable,
)
from whereas.values import DATE, INTEGER

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from whereas.diagnostics import Diagnostic
    from whereas.facts.database import Row
    from whereas.policy.core import Literal, Policy, Rule

_Part = TypeVar("_Part", bound=Expression)


@dataclass(frozen=True, slots=True, eq=False)
class Widened:
    """A policy over many worlds.

    `world` is the stated relation that has the number of each world, and its `$today`
    where that differs. In the relations `wide` the number is the last column; all
    worlds share the rows of the others.
    """

    policy: Policy
    world: str
    wide: frozenset[str]


def widened(
    policy: Policy, changing: Collection[str] | None = None, *, today: bool = False
) -> Widened:
    """Return a policy that decides many worlds at once.

    `changing` are the stated relations whose rows differ from world to world (None:
    all); with `today`, `$today` differs too. A case is its key and the number of its
    world. Rules keep their places, and literals theirs in a body; where a body has no
    row of a world, or asks for its day, the world is one more atom at its end.
    """
    world = _unused("world", {*policy.relations, *_column_names(policy)})
    wide = _wide(policy, changing, today=today)
    relations = {
        name: replace(
            relation,
            columns=(*relation.columns, Column(world, INTEGER)),
            key=(*relation.key, relation.arity) if relation.stated else (),
        )
        if name in wide
        else relation
        for name, relation in policy.relations.items()
    }
    own = (Column(world, INTEGER), *([Column(f"{world}_day", DATE)] if today else []))
    relations[world] = Relation(world, own, stated=True, declared=True, key=(0,))
    # A case's key column and the variable of an outcome's goal have the same name.
    of_case = Variable(world[:1].upper() + world[1:])
    rules = {
        rule.index: _Widening(rule, world, wide, today=today).rule()
        if rule.head.relation in wide
        else rule
        for rule in policy.rules
    }
    outcomes = tuple(
        one
        if one.goal is None or one.goal.relation not in wide
        else replace(one, goal=_atom(one.goal, of_case))
        for one in policy.outcomes
    )
    components = tuple(
        replace(one, rules=tuple(rules[rule.index] for rule in one.rules))
        for one in policy.components
    )
    over = replace(
        policy,
        relations=relations,
        rules=tuple(rules.values()),
        components=components,
        outcomes=outcomes,
    )
    return Widened(over, world, wide)


def _wide(
    policy: Policy, changing: Collection[str] | None, *, today: bool
) -> frozenset[str]:
    """Return the relations whose rows differ from world to world, or may."""
    if changing is None:
        return frozenset(policy.relations)
    goals = [one.goal.relation for one in policy.outcomes if one.goal is not None]
    wide = {*changing, *goals}
    if policy.subject is not None:
        wide.add(policy.subject)
    grown = True
    while grown:
        more = {
            rule.head.relation
            for rule in policy.rules
            if any(atom.relation in wide for atom in atoms_below(rule.body))
            or (today and any(_is_today(term) for term in constants(rule)))
        }
        grown = not more <= wide
        wide |= more
    return frozenset(wide)


def _is_today(term: object) -> bool:
    return isinstance(term, Parameter) and term.name == "today"


class _Widening:
    """One rule on its way into many worlds."""

    def __init__(
        self, rule: Rule, relation: str, wide: frozenset[str], *, today: bool
    ) -> None:
        self._rule = rule
        self._relation = relation
        self._wide = wide
        self._world = Variable(_unused("World", set(rule.types)))
        asks = today and any(_is_today(term) for term in constants(rule))
        self._today = Variable(_unused("Today", set(rule.types))) if asks else None

    def rule(self) -> Rule:
        """Return the rule, whose head and rows are of one world."""
        body = self._body(self._rule.body)
        types = {**self._rule.types, self._world.name: INTEGER}
        if self._today is not None:
            types[self._today.name] = DATE
            body = (*body, Atom(self._relation, (self._world, self._today)))
        elif not any(isinstance(o, Atom) and o.relation in self._wide for o in body):
            body = (*body, Atom(self._relation, (self._world,)))
        head = _atom(self._with_day(self._rule.head), self._world)
        return replace(self._rule, head=head, body=body, types=types)

    def _body(self, literals: Sequence[Literal]) -> tuple[Literal, ...]:
        return tuple(self._literal(one) for one in literals)

    def _literal(self, literal: Literal) -> Literal:
        match literal:
            case Atom():
                return self._read(literal)
            case Not():
                return replace(literal, atom=self._read(literal.atom))
            case Either():
                branches = tuple(self._body(branch) for branch in literal.branches)
                return replace(literal, branches=branches)
            case Aggregate():
                return self._aggregate(literal)
            case Comparison():
                left, right = self._day(literal.left), self._day(literal.right)
                return replace(literal, left=left, right=right)
            case Membership():
                return replace(literal, term=self._day(literal.term))
            case _:
                assert_never(literal)

    def _aggregate(self, literal: Aggregate) -> Aggregate:
        body = self._body(literal.body)
        used = {name for one in body for name in literal_variables(one)}
        term = None if literal.term is None else self._day(literal.term)
        own = (self._world, *([] if self._today is None else [self._today]))
        more = tuple(one.name for one in own if one.name in used or one == term)
        return replace(
            literal,
            target=self._day(literal.target),
            term=term,
            body=body,
            group=(*literal.group, *more),
        )

    def _read(self, atom: Atom) -> Atom:
        own = self._with_day(atom)
        return _atom(own, self._world) if atom.relation in self._wide else own

    def _with_day(self, atom: Atom) -> Atom:
        if self._today is None:
            return atom
        return replace(atom, terms=tuple(self._day(term) for term in atom.terms))

    def _day(self, part: _Part) -> _Part:
        """Return a term or a calculation with the variable in place of `$today`."""
        if self._today is None:
            return part
        match part:
            case Parameter() if _is_today(part):
                return self._today  # type: ignore[return-value]
            case Arithmetic(left=left, right=right):
                return replace(part, left=self._day(left), right=self._day(right))
            case Shift(left=left, amount=amount):
                return replace(part, left=self._day(left), amount=self._day(amount))
            case _:
                return part


def _atom(atom: Atom, world: Variable) -> Atom:
    return replace(atom, terms=(*atom.terms, world))


def facts_of_worlds(
    policy: Policy,
    over: Widened,
    worlds: Sequence[Mapping[str, Sequence[Sequence[object]]]],
) -> tuple[FactBase, Mapping[int, tuple[Diagnostic, ...]]]:
    """Return the facts of worlds 0, 1, …, and the faults of each that is wrong.

    `over` is the policy widened; the rows of a world are those of `facts.from_rows`.
    """
    stated = [one for one in over.policy.relations.values() if one.stated]
    database, symbols = Sqlite(), Symbols()
    create_tables(stated, database)
    database.execute("BEGIN")
    counts = dict.fromkeys((one.name for one in stated), 0)
    faults: dict[int, tuple[Diagnostic, ...]] = {}
    for number, rows in enumerate(worlds):
        try:
            read_rows(policy, rows, _World(database, number, counts), symbols)
        except Invalid as invalid:
            faults[number] = tuple(invalid.diagnostics)
    database.enter((number, text) for text, number in symbols.items())
    database.insert(over.world, [(n, n + 1) for n in range(len(worlds))])
    counts[over.world] = len(worlds)
    database.execute("COMMIT")
    create_key_indexes(stated, database)
    files = {
        name: FactFile(name, name, None, "", 0, 0, count)
        for name, count in counts.items()
    }
    return FactBase(path="", sha256="", files=files, database=database), faults


@dataclass(frozen=True, slots=True)
class _World:
    """The rows of one world, which go into the tables of all."""

    database: Sqlite
    number: int
    counts: dict[str, int]

    def insert(self, table: str, rows: Iterable[Row]) -> None:
        """Append rows of one world; each has its number in the whole."""
        start = self.counts[table]
        whole = [
            (*values, self.number, start + place)
            for place, (*values, _) in enumerate(rows, 1)
        ]
        self.counts[table] += len(whole)
        self.database.insert(table, whole)

    def enter(self, symbols: Iterable[tuple[int, str]]) -> None:
        """Leave the texts to the whole."""


def _column_names(policy: Policy) -> set[str]:
    return {
        column.name
        for relation in policy.relations.values()
        for column in relation.columns
        if column.name is not None
    }


def _unused(word: str, taken: set[str]) -> str:
    while word in taken:
        word += "_"
    return word
