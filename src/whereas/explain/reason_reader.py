"""The graph of reasons into the values of `proof`: steps of proofs, and attempts.

A proof has one step for each fact, and there is no recursion over facts, so it may be
any number of levels deep. Attempts nest as deep as they are asked for; a goal whose
attempts were shown is not shown again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from whereas.explain.bodies import variables_of
from whereas.explain.expressions import type_of
from whereas.explain.graph import (
    Alternatives,
    Comparing,
    Counted,
    Excluded,
    Graph,
    Instances,
    LookedUp,
    Testing,
)
from whereas.explain.near import nearest_rows
from whereas.explain.proof import (
    ANY,
    Absent,
    Aggregated,
    Among,
    Attempt,
    Chosen,
    Compared,
    Condition,
    Cut,
    Derived,
    Fact,
    Holds,
    Missing,
    Moved,
    Pattern,
    Premise,
    Stated,
    Step,
    stated,
)
from whereas.policy.core import (
    Aggregate,
    Atom,
    Comparison,
    Either,
    Expression,
    Literal,
    Membership,
    Not,
    Shift,
    Variable,
)
from whereas.values import NONE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from whereas.explain.explainer import Explainer
    from whereas.explain.graph import Place, StatedRows
    from whereas.values import Type, Value

# Attempts in all, however deep the question goes and however many rows there are.
MOST = 2_000


def value_of(explainer: Explainer, stored: int | None, type_: Type) -> Value:
    """Return the value that a stored integer stands for.

    A test of the rule may exclude `none` from a type, and fail: NONE is no less
    none then.
    """
    if stored is None or stored == NONE:
        return None
    return explainer.decoder(type_)(stored)


def lacking_values(
    body: Sequence[Literal],
    has_value: Mapping[str, bool],
    met: Sequence[bool],
    given: Collection[str],
) -> list[tuple[str, ...]]:
    """Return, for each unmet literal of an attempt, the variables that it lacks.

    `given` are the variables that had their value, or none, before the attempt. A
    variable without a value was needed, except by the atom that would have given it.
    """
    opened = {name for name in given if not has_value.get(name, True)}
    lacking = []
    for literal, holds in zip(body, met, strict=True):
        without = dict.fromkeys(
            name
            for name in (() if holds else variables_of(literal))
            if not has_value.get(name, True)
        )
        match literal:
            case Atom():
                needed = tuple(name for name in without if name in opened)
                opened.update(without)
            case Comparison(binds=binds):
                needed = tuple(name for name in without if name != binds)
            case Aggregate(group=group):
                needed = tuple(name for name in without if name in group)
            case _:
                needed = tuple(without)
        lacking.append(needed)
    return lacking


class ReasonReader:
    """Reads a graph as values; collects the steps of the facts that were named."""

    def __init__(
        self,
        explainer: Explainer,
        graph: Graph,
        *,
        limit: int = 1,
        below: int = 1,
        near: bool = False,
    ) -> None:
        self.explainer = explainer
        self.policy = explainer.policy
        self.near = near
        self._limit = limit
        self._below = below
        self.steps: dict[Fact, Step] = {}
        self.others: dict[Fact, tuple[Derived, ...]] = {}
        self._nodes = graph.nodes
        self._supporting = graph.supporting()
        self._attempted = graph.attempted()
        self._levels = graph.levels
        self._rows: dict[int, tuple[StatedRows, int]] = {
            node: (rows, at)
            for rows in graph.stated
            for at, node in enumerate(rows.nodes)
        }
        self._facts: dict[int, Fact] = {}
        self._waiting: list[int] = []
        # Goals whose attempts were shown: they are not shown again.
        self._shown: set[tuple[str, tuple[int | None, ...]]] = set()
        self._made = 0

    # --- facts and their steps --------------------------------------------------------

    def rest_on(self, node: int) -> Fact:
        """Return the fact of a node, and see to its step."""
        fact = self._facts.get(node)
        if fact is not None:
            return fact
        if node in self._rows:
            stated_rows, at = self._rows[node]
            values = tuple([column[at] for column in stated_rows.columns])
            fact = self.explainer.fact(stated_rows.relation, values)
            step: Step = stated(
                self.explainer.model.facts, fact.relation, stated_rows.rows[at]
            )
        else:
            instances, row = self._supporting[node][0]
            fact = self._head(instances, row)
            # A place holder keeps the order of the steps.
            step = Stated("", 0)
            self._waiting.append(node)
        self._facts[node] = fact
        self.steps[fact] = step
        return fact

    def finish(self, *, others: bool = False) -> None:
        """Find the steps of all facts that were named, and of those below them."""
        while self._waiting:
            node = self._waiting.pop()
            fact = self._facts[node]
            first, *further = self._supporting[node]
            self.steps[fact] = self._derived(first)
            if others:
                self.others[fact] = tuple([self._derived(one) for one in further])

    def _head(self, instances: Instances, row: int) -> Fact:
        assert instances.rule is not None  # noqa: S101
        head = instances.rule.head
        stored = tuple(
            [
                instances.variables[term.name][row]
                if isinstance(term, Variable)
                else self.explainer.encoding.constant(term)
                for term in head.terms
            ]
        )
        return self.explainer.fact(head.relation, stored)  # type: ignore[arg-type]

    def _derived(self, place: Place) -> Derived:
        instances, row = place
        assert instances.rule is not None  # noqa: S101
        decoder = self.explainer.decoder
        values = {
            name: None
            if (stored := column[row]) is None
            else decoder(instances.types[name])(stored)
            for name, column in instances.variables.items()
        }
        premises = self._premises(instances, row)
        return Derived(instances.rule, values, premises, instances.totals[row])

    # --- premises -----------------------------------------------------------------

    def _value(self, stored: int | None, type_: Type) -> Value:
        return value_of(self.explainer, stored, type_)

    def _premises(self, instances: Instances, row: int) -> tuple[Premise, ...]:
        return tuple(
            [
                self._premise(instances, row, number)
                for number in range(len(instances.body))
            ]
        )

    def _premise(self, instances: Instances, row: int, number: int) -> Premise:
        """Return what a literal looked at, where it is met or was judged."""
        literal, types = instances.body[number], instances.types
        match literal, instances.premises[number]:
            case Atom(), LookedUp(nodes):
                node = nodes[row]
                assert node is not None  # noqa: S101  # the atom is met
                return Holds(self.rest_on(node))
            case Not(atom), Excluded(found):
                facts, counted = found.get(row, ((), 0))
                relation = atom.relation
                return Absent(
                    literal,
                    relation,
                    self._pattern(relation, self._goal(atom, instances, row)),
                    self.explainer.rows(relation),
                    self.explainer.file(relation),
                    tuple([self.rest_on(fact) for fact in facts]),
                    counted,
                )
            case Comparison(left=left, right=right), Comparing() as sides:
                return Compared(
                    literal,
                    self._value(sides.left[row], type_of(left, types)),
                    self._value(sides.right[row], type_of(right, types)),
                    self._moved(left, instances, row),
                    self._moved(right, instances, row),
                )
            case Membership(term), Testing(value):
                return Among(literal, self._value(value[row], type_of(term, types)))
            case Either(), Alternatives(taken, supports):
                branch, at = taken[row]
                return Chosen(literal, branch, self._premises(supports[branch], at))
            case Aggregate(), Counted(value, rows):
                shown, counted = rows.get(row, ((), 0))
                sought = None
                match literal.body:
                    case (Atom() as atom,) if not counted:
                        known = self._goal(atom, instances, row, literal.group)
                        sought = self._pattern(atom.relation, known)
                return Aggregated(
                    literal,
                    self._value(value[row], literal.type),
                    tuple(
                        [tuple([self.rest_on(one) for one in each]) for each in shown]
                    ),
                    counted,
                    sought,
                )
        raise AssertionError(literal)

    def _moved(
        self, expression: Expression, instances: Instances, row: int
    ) -> Moved | None:
        """Return from which date, and by how much, an expression moves it."""
        if not isinstance(expression, Shift):
            return None
        known = {name: column[row] for name, column in instances.variables.items()}
        encoding, types = self.explainer.encoding, instances.types
        base, amount = (
            self._value(encoding.value(one, known), type_of(one, types))
            for one in (expression.left, expression.amount)
        )
        return Moved(base, amount)

    def _goal(
        self,
        atom: Atom,
        instances: Instances,
        row: int,
        names: Collection[str] | None = None,
    ) -> tuple[int | None, ...]:
        """Return what an atom looks for, as stored values: None is any."""
        variables = instances.variables
        return tuple(
            [
                (
                    variables[term.name][row]
                    if term.name in variables and (names is None or term.name in names)
                    else None
                )
                if isinstance(term, Variable)
                else self.explainer.encoding.constant(term)
                for term in atom.terms
            ]
        )

    def _pattern(self, relation: str, goal: Sequence[int | None]) -> Pattern:
        columns = self.policy.relations[relation].columns
        return tuple(
            [
                ANY if stored is None else self._value(stored, column.type)
                for stored, column in zip(goal, columns, strict=True)
            ]
        )

    # --- attempts -----------------------------------------------------------------

    def attempts(
        self, relation: str, goal: tuple[int | None, ...], depth: int
    ) -> tuple[tuple[Attempt, ...], int]:
        """Return the nearest attempts at a goal, and how many there are in all."""
        self._shown.add((relation, goal))
        node = self._nodes.missing(relation)[goal]
        places = self._attempted.get(node, [])
        self._made += len(places)
        # The others are counted where several of each rule were asked for.
        first = len(self._shown) == 1
        tried = len(places)
        if (self._limit if first else self._below) > 1:
            totals = {id(instances): instances.totals[row] for instances, row in places}
            tried = sum(totals.values())
        pattern = self._pattern(relation, goal)
        return tuple(
            [self._attempt(instances, row, pattern, depth) for instances, row in places]
        ), tried

    def _attempt(
        self, instances: Instances, row: int, pattern: Pattern, depth: int
    ) -> Attempt:
        assert instances.rule is not None  # noqa: S101
        types = instances.types
        return Attempt(
            pattern,
            instances.rule,
            {
                name: self._value(column[row], types[name])
                for name, column in instances.variables.items()
                if column[row] is not None
            },
            self.conditions(instances, row, depth),
        )

    def conditions(
        self, instances: Instances, row: int, depth: int
    ) -> tuple[Condition, ...]:
        """Return the literals of an attempt, met and unmet."""
        unmet = instances.unmet[row]
        met = [not unmet >> number & 1 for number in range(len(instances.body))]
        has_value = {
            name: column[row] is not None
            for name, column in instances.variables.items()
        }
        lacking = lacking_values(instances.body, has_value, met, instances.given)
        return tuple(
            [
                Condition(literal, True, self._premise(instances, row, number))
                if met[number]
                else self._unmet(instances, row, number, lacking[number], depth)
                for number, literal in enumerate(instances.body)
            ]
        )

    def _unmet(
        self,
        instances: Instances,
        row: int,
        number: int,
        lacking: tuple[str, ...],
        depth: int,
    ) -> Condition:
        literal = instances.body[number]
        match literal:
            case Atom():
                missing = self._missing(literal, instances, row, lacking, depth)
                return Condition(literal, False, missing=missing, open=lacking)
            case Either():
                looked_at = instances.premises[number]
                assert isinstance(looked_at, Alternatives)  # noqa: S101
                branches = tuple(
                    [
                        self.conditions(attempts, where[row], depth)
                        for where, attempts in zip(
                            looked_at.tried, looked_at.attempts, strict=True
                        )
                    ]
                )
                return Condition(literal, False, branches=branches, open=lacking)
            case _:
                premise = None
                if not lacking:
                    premise = self._premise(instances, row, number)
                return Condition(literal, False, premise, open=lacking)

    def _missing(
        self,
        atom: Atom,
        instances: Instances,
        row: int,
        lacking: tuple[str, ...],
        depth: int,
    ) -> Missing:
        relation = atom.relation
        goal = self._goal(atom, instances, row)
        missing = Missing(
            relation,
            self._pattern(relation, goal),
            lacking,
            self.explainer.rows(relation),
            self.explainer.file(relation),
        )
        if lacking:
            return missing
        if self.policy.relations[relation].stated:
            known = {name: column[row] for name, column in instances.variables.items()}
            return self._nearly(missing, atom, goal, instances.body, known)
        if (relation, goal) in self._shown:
            return replace(missing, cut=Cut.SEEN)
        tried = self._nodes.missing(relation)[goal] in self._levels
        if depth <= 1 or self._made >= MOST or not tried:
            return replace(missing, cut=Cut.DEPTH)
        attempts, count = self.attempts(relation, goal, depth - 1)
        return replace(missing, attempts=attempts, tried=count)

    def unstated(self, relation: str, goal: tuple[int | None, ...]) -> Missing:
        """Return where a row was looked for that is not stated."""
        terms = tuple(Variable(f"_{i}") for i in range(1, len(goal) + 1))
        missing = Missing(
            relation,
            self._pattern(relation, goal),
            (),
            self.explainer.rows(relation),
            self.explainer.file(relation),
        )
        return self._nearly(missing, Atom(relation, terms), goal, (), {})

    def _nearly(
        self,
        missing: Missing,
        atom: Atom,
        goal: Sequence[int | None],
        body: Sequence[Literal],
        substitution: Mapping[str, int | None],
    ) -> Missing:
        """Add the rows that come nearest, of a stated relation, if they are wanted."""
        if not self.near or missing.file is None:
            return missing
        source = self.explainer.source
        near, nearly = nearest_rows(source, atom, goal, body, substitution)
        return replace(missing, near=near, nearly=nearly)
