"""Several fact bases decided as one: every relation gets one more column, its world.

A rule joins rows of one world only, so that the model of the whole is the model of
each world, side by side. What a policy costs beside the rows (reading it, compiling
it, a statement for each rule) is paid once for all worlds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from whereas.diagnostics import Invalid
from whereas.facts.base import FactBase, FactFile
from whereas.facts.database import Sqlite
from whereas.facts.memory import read_rows
from whereas.facts.row_loader import Symbols, create_key_indexes, create_tables
from whereas.policy.core import (
    Aggregate,
    Atom,
    Column,
    Either,
    Not,
    Relation,
    Variable,
)
from whereas.values import INTEGER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from whereas.diagnostics import Diagnostic
    from whereas.facts.database import Row
    from whereas.policy.core import Literal, Policy, Rule


@dataclass(frozen=True, slots=True, eq=False)
class Widened:
    """A policy over many worlds.

    `world` is the stated relation that has the number of each world; in every other
    relation the number is the last column.
    """

    policy: Policy
    world: str


def widened(policy: Policy) -> Widened:
    """Return a policy that decides many worlds at once.

    A case is then its key and the number of its world. Rules keep their places, and
    literals theirs in a body; the world of a rule without an atom of its own is one
    more atom at the end.
    """
    world = _unused("world", {*policy.relations, *_column_names(policy)})
    relations = {
        name: replace(
            relation,
            columns=(*relation.columns, Column(world, INTEGER)),
            key=(*relation.key, relation.arity) if relation.stated else (),
        )
        for name, relation in policy.relations.items()
    }
    relations[world] = Relation(world, (Column(world, INTEGER),), True, True, (0,))
    # A case's key column and the variable of an outcome's goal have the same name.
    of_case = Variable(world[:1].upper() + world[1:])
    rules = {rule.index: _rule(rule, world) for rule in policy.rules}
    return Widened(
        replace(
            policy,
            relations=relations,
            rules=tuple(rules.values()),
            components=tuple(
                replace(one, rules=tuple(rules[rule.index] for rule in one.rules))
                for one in policy.components
            ),
            outcomes=tuple(
                one if one.goal is None else replace(one, goal=_atom(one.goal, of_case))
                for one in policy.outcomes
            ),
        ),
        world,
    )


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


def _rule(rule: Rule, relation: str) -> Rule:
    world = Variable(_unused("World", set(rule.types)))
    body = _body(rule.body, world)
    if not any(isinstance(one, Atom) for one in body):
        body = (*body, Atom(relation, (world,)))
    return replace(
        rule,
        head=_atom(rule.head, world),
        body=body,
        types={**rule.types, world.name: INTEGER},
    )


def _atom(atom: Atom, world: Variable) -> Atom:
    return replace(atom, terms=(*atom.terms, world))


def _body(literals: Sequence[Literal], world: Variable) -> tuple[Literal, ...]:
    return tuple(_literal(one, world) for one in literals)


def _literal(literal: Literal, world: Variable) -> Literal:
    match literal:
        case Atom():
            return _atom(literal, world)
        case Not():
            return replace(literal, atom=_atom(literal.atom, world))
        case Either():
            branches = tuple(_body(branch, world) for branch in literal.branches)
            return replace(literal, branches=branches)
        case Aggregate():
            return replace(
                literal,
                body=_body(literal.body, world),
                group=(*literal.group, world.name),
            )
        case _:
            return literal
