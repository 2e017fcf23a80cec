"""Reads rows of inputs, and changes of them, from the nodes of a scenario file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Label
from whereas.facts.faults import CellError
from whereas.policy.spelling import did_you_mean, listed
from whereas.scenarios.reader import Reader, value_of
from whereas.scenarios.suite import AnyValue, ExpectedRows, Facts, Given, Pattern
from whereas.scenarios.tree import Mapping, Node, Scalar, Sequence
from whereas.values import Value

if TYPE_CHECKING:
    import collections.abc
    from collections.abc import Iterator

    from whereas.policy.core import Policy, Relation

# The values of some columns, by position.
Some = dict[int, Value]


@dataclass(frozen=True, slots=True)
class Rows:
    """Reads rows for one policy."""

    policy: Policy
    reader: Reader

    # --- the three deltas, in the order in which they are applied ---

    def removed(self, facts: Facts, node: Node) -> Facts:
        """Return the facts without the rows that are named: each must match one."""
        facts = dict(facts)
        for relation, item, some in self.stated(node):
            kept = tuple(r for r in _rows(facts, relation) if not _matches(r, some))
            if len(kept) == len(_rows(facts, relation)):
                self._nothing_matches(relation, item)
            facts[relation.name] = kept
        return facts

    def changed(self, facts: Facts, node: Node) -> Facts:
        """Return the facts with other values in the rows that are named by their key.

        A change that names no key column is meant for the only row.
        """
        facts = dict(facts)
        for relation, item, some in self.stated(node):
            named = {p: value for p, value in some.items() if p in relation.key}
            changes = {p: value for p, value in some.items() if p not in relation.key}
            rows = _rows(facts, relation)
            found = [i for i, row in enumerate(rows) if _matches(row, named)]
            if not changes:
                self.reader.complain(
                    Code.SCENARIO_DELTA,
                    f"this changes nothing: it names only key columns of "
                    f"`{relation.name}`",
                    item.span,
                    "a row's key cannot be changed: remove the row and add another",
                )
            elif not found:
                self._nothing_matches(relation, item)
            elif len(found) > 1:
                keys = listed(relation.columns[p].name or "" for p in relation.key)
                self.reader.complain(
                    Code.SCENARIO_DELTA,
                    f"{len(found)} rows of `{relation.name}` match",
                    item.span,
                    f"name the row by its key: {keys}",
                )
            else:
                old = rows[found[0]].values
                new = tuple(changes.get(i, value) for i, value in enumerate(old))
                facts[relation.name] = (
                    *rows[: found[0]],
                    Given(new, item.span),
                    *rows[found[0] + 1 :],
                )
        return facts

    def added(self, facts: Facts, node: Node) -> Facts:
        """Return the facts with more rows, each complete and with a key of its own."""
        facts = dict(facts)
        for relation, item, some in self.stated(node):
            lacking = [
                column.name or ""
                for i, column in enumerate(relation.columns)
                if i not in some and not column.type.optional
            ]
            if lacking:
                self.reader.complain(
                    Code.SCENARIO_VALUE,
                    f"this row of `{relation.name}` has no value for {listed(lacking)}",
                    item.span,
                    "give each column a value; only an optional one can be left out",
                )
                continue
            values = tuple(some.get(i) for i in range(relation.arity))
            # Where an input admits them, rows of one key may differ.
            own = range(relation.arity) if relation.contradictions else relation.key
            key = {p: values[p] for p in own}
            twin = next((r for r in _rows(facts, relation) if _matches(r, key)), None)
            if twin is not None:
                self.reader.complain(
                    Code.SCENARIO_DELTA,
                    f"`{relation.name}` already has a row with this key",
                    item.span,
                    "give it another key, or use `change` for the row that is there",
                    Label(twin.span, "it stands here"),
                )
                continue
            facts[relation.name] = (*_rows(facts, relation), Given(values, item.span))
        return facts

    # --- expected rows ---

    def expected(self, node: Node) -> Iterator[ExpectedRows]:
        """Yield the rows that relations, stated or derived, are to have."""
        for key, relation, items in self._relations(node, self.policy.relations):
            patterns = []
            for item in items:
                some = self._some(relation, item)
                if some is not None:
                    values = (some.get(i, AnyValue()) for i in range(relation.arity))
                    patterns.append(Pattern(tuple(values)))
            yield ExpectedRows(relation.name, tuple(patterns), key.span)

    # --- rows ---

    def stated(self, node: Node) -> Iterator[tuple[Relation, Node, Some]]:
        """Yield the rows of stated relations, each with the values that it names."""
        stated = {n: r for n, r in self.policy.relations.items() if r.stated}
        for _, relation, items in self._relations(node, stated):
            for item in items:
                some = self._some(relation, item)
                if some is not None:
                    yield relation, item, some

    def _relations(
        self, node: Node, known: collections.abc.Mapping[str, Relation]
    ) -> Iterator[tuple[Scalar, Relation, tuple[Node, ...]]]:
        if not isinstance(node, Mapping):
            self.reader.complain(
                Code.SCENARIO_SHAPE,
                "here relations are expected, each with its rows",
                node.span,
                "write `relation: [row, …]`",
            )
            return
        for key, value in node.entries:
            relation = known.get(key.text)
            if relation is None:
                derived = key.text in self.policy.relations
                self.reader.complain(
                    Code.SCENARIO_UNKNOWN_NAME,
                    f"`{key.text}` is derived by rules: its rows cannot be given"
                    if derived
                    else f"unknown relation `{key.text}`",
                    key.span,
                    "give the facts from which it follows"
                    if derived
                    else did_you_mean(key.text, known, "declare it as `input` first"),
                )
                continue
            items = value.items if isinstance(value, Sequence) else (value,)
            yield key, relation, items

    def _some(self, relation: Relation, item: Node) -> Some | None:
        """Return the values that a row gives, by position; None if it is wrong."""
        given: list[tuple[int, Node]] = []
        fine = True
        match item:
            case Mapping():
                names = {c.name: i for i, c in enumerate(relation.columns) if c.name}
                for key, value in item.entries:
                    position = names.get(key.text)
                    if position is None:
                        fine = False
                        self.reader.complain(
                            Code.SCENARIO_UNKNOWN_NAME,
                            f"`{relation.name}` has no column `{key.text}`",
                            key.span,
                            did_you_mean(
                                key.text, names, f"its columns are {listed(names)}"
                            )
                            if names
                            else "give its rows as lists: its columns have no names",
                        )
                    else:
                        given.append((position, value))
            case Sequence() if len(item.items) == relation.arity:
                given = list(enumerate(item.items))
            case Scalar() if relation.arity == 1:
                given = [(0, item)]
            case _:
                self.reader.complain(
                    Code.SCENARIO_SHAPE,
                    f"this is no row of `{relation.name}`, which has "
                    f"{relation.arity} columns",
                    item.span,
                    "write `{column: value, …}`, or a list with a value for each",
                )
                return None
        some: Some = {}
        for position, value in given:
            column = relation.columns[position]
            try:
                some[position] = value_of(value, column)
            except CellError as wrong:
                fine = False
                self.reader.complain(
                    Code.SCENARIO_VALUE,
                    f"column `{column.name or position + 1}` of `{relation.name}`: "
                    f"{wrong.message}",
                    value.span,
                    wrong.help,
                )
        return some if fine else None

    def _nothing_matches(self, relation: Relation, item: Node) -> None:
        self.reader.complain(
            Code.SCENARIO_DELTA,
            f"no row of `{relation.name}` matches",
            item.span,
            "name a row that the base has",
        )


def _rows(facts: Facts, relation: Relation) -> tuple[Given, ...]:
    return facts.get(relation.name, ())


def _matches(row: Given, some: Some) -> bool:
    return all(row.values[position] == value for position, value in some.items())
