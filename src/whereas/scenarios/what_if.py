"""Reads suppositions from a file or a few words: changes, parameters, another day.

A what-if file is written like a scenario file (`load`), without expectations: its
`remove`, `change` and `add` are made to the facts that are asked about. Words are
atoms of the policy language, with columns by position or by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Invalid, Label
from whereas.facts.changes import Entry
from whereas.facts.drafts import Draft
from whereas.policy.core import Atom, Constant, Variable
from whereas.policy.query import check_query
from whereas.scenarios.reader import Reader, items
from whereas.scenarios.rows import Rows
from whereas.scenarios.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from whereas.diagnostics import Span
    from whereas.policy.core import Literal as BodyLiteral
    from whereas.policy.core import Policy
    from whereas.scenarios.tree import Node
    from whereas.values import Value

Kind = Literal["add", "remove", "change"]

# In the order in which they are made.
_DELTAS: tuple[Kind, ...] = ("remove", "change", "add")
_KEYS = ("name", "about", "today", "set", *_DELTAS)
_FILE_KEYS = ("about", "today", "set", *_DELTAS, "scenarios")


@dataclass(frozen=True, slots=True)
class Supposition:
    """Facts, parameters and a day that are supposed to be otherwise.

    `parameters` are those that are set, and `today` is None where it stays.
    """

    name: str | None
    drafts: tuple[Draft, ...]
    parameters: dict[str, Value]
    today: date | None

    def also(self, other: Supposition) -> Supposition:
        """Return what both suppose; where they differ, the other has the last word."""
        return Supposition(
            other.name or self.name,
            (*self.drafts, *other.drafts),
            {**self.parameters, **other.parameters},
            other.today or self.today,
        )


def load_suppositions(policy: Policy, path: Path) -> tuple[Supposition, ...]:
    """Return what each scenario of a what-if file supposes, in their order.

    A file without `scenarios` is one itself. What the file says besides is supposed
    by each of them. Raises `Invalid` with every fault of the file.
    """
    reader = Reader()
    found = _Reading(policy, reader, path).file()
    if reader.diagnostics:
        raise Invalid(reader.diagnostics)
    return found


def suppose(
    policy: Policy, words: Sequence[tuple[Kind, str]], flags: dict[Kind, str]
) -> tuple[Draft, ...]:
    """Return the changes that atoms of the policy language mean.

    `flags` say what each kind of change is called, to name its place. A row to be
    added gives its columns' values; one to be removed or changed is named by some, `_`
    standing for any. Raises `Invalid` with every fault.
    """
    drafts: list[Draft] = []
    faults: list[Diagnostic] = []
    for kind, text in words:
        try:
            asked, goal = check_query(policy, text, flags[kind], partial=True)
        except Invalid as invalid:
            faults.extend(invalid.diagnostics)
            continue
        (rule,) = asked.rules_of(goal.relation)
        for literal in rule.body:
            fault = _fault(policy, literal)
            if isinstance(literal, Atom) and fault is None:
                some = {
                    place: term.value
                    for place, term in enumerate(literal.terms)
                    if isinstance(term, Constant)
                }
                entry = Entry("", len(drafts) + 1, literal.span)
                drafts.append(Draft(kind, literal.relation, some, entry))
            elif fault is not None:
                faults.append(fault)
    if faults:
        raise Invalid(faults)
    return tuple(drafts)


def _fault(policy: Policy, literal: BodyLiteral) -> Diagnostic | None:
    """Return why a literal is no row of a stated relation, if it is none."""
    if not isinstance(literal, Atom):
        return Diagnostic(
            Code.CHANGE_UNCLEAR,
            "a change is a row, and this is a condition",
            literal.span,
            "write an atom: `relation(value, column: value)`",
        )
    if not policy.relations[literal.relation].stated:
        return Diagnostic(
            Code.CHANGE_OF_UNKNOWN,
            f"`{literal.relation}` is derived by rules: its rows cannot be given",
            literal.span,
            "change the facts from which it follows",
        )
    for term in literal.terms:
        if isinstance(term, Constant) or (
            isinstance(term, Variable) and term.anonymous
        ):
            continue
        word = term.name if isinstance(term, Variable) else f"${term.name}"
        return Diagnostic(
            Code.CHANGE_UNCLEAR,
            f"`{word}` is no value",
            literal.span,
            "write a value, or `_` for any; a text stands in quotation marks",
        )
    return None


@dataclass(slots=True)
class _Reading:
    policy: Policy
    reader: Reader
    path: Path

    def file(self) -> tuple[Supposition, ...]:
        root = self.reader.tree(self.path)
        if root is None:
            return ()
        known = _FILE_KEYS if _has(root, "scenarios") else _KEYS
        entries = self.reader.entries(root, known)
        whole = self._supposition(entries)
        if "scenarios" not in entries:
            return (whole,)
        names: dict[str, Span] = {}
        found = []
        for node in items(entries["scenarios"]):
            one = self._scenario(node, names)
            if one is not None:
                found.append(whole.also(one))
        if not found and not self.reader.diagnostics:
            self.reader.misshapen(
                entries["scenarios"],
                "there is no scenario",
                "begin with `- name: what is supposed`, or leave `scenarios` out",
            )
        return tuple(found)

    def _scenario(self, node: Node, names: dict[str, Span]) -> Supposition | None:
        if not isinstance(node, Mapping):
            self.reader.misshapen(
                node, "a scenario is a map", "begin with `- name: what is supposed`"
            )
            return None
        one = self._supposition(self.reader.entries(node, _KEYS))
        if one.name is None:
            self.reader.misshapen(
                node, "a scenario needs a name", "add `name: what is supposed`"
            )
        elif one.name in names:
            self.reader.complain(
                Code.SCENARIO_EXPECTATION,
                f"two scenarios are called `{one.name}`",
                node.span,
                "say in the name what is different",
                Label(names[one.name], "the first one"),
            )
        else:
            names[one.name] = node.span
        return one

    def _supposition(self, entries: dict[str, Node]) -> Supposition:
        name = entries.get("name")
        return Supposition(
            name.text if isinstance(name, Scalar) and not name.is_none else None,
            tuple(self._drafts(entries)),
            self.reader.parameters(self.policy, entries.get("set")),
            self.reader.day(entries.get("today")),
        )

    def _drafts(self, entries: dict[str, Node]) -> Iterator[Draft]:
        rows = Rows(self.policy, self.reader)
        number = 0
        for kind in _DELTAS:
            if kind not in entries:
                continue
            for relation, item, some in rows.stated(entries[kind]):
                number += 1
                entry = Entry(str(self.path), number, item.span)
                yield Draft(kind, relation.name, some, entry)


def _has(root: Mapping, key: str) -> bool:
    return any(one.text == key for one, _ in root.entries)
