"""Reads the `expect:` of a scenario: what is to be decided for each case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Label
from whereas.facts.faults import CellError
from whereas.policy.order import clause_order
from whereas.policy.spelling import did_you_mean, listed
from whereas.scenarios.reader import Reader, items, value_of
from whereas.scenarios.suite import UNDETERMINED, Expectation, Facts
from whereas.scenarios.tree import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from whereas.policy.core import Policy
    from whereas.values import Value

_EXACT = ("held", "failed", "because")
_INCLUDES = tuple(f"{what}_includes" for what in _EXACT)
_CLAIMS = ("outcome", *_EXACT, *_INCLUDES)


@dataclass(frozen=True, slots=True)
class Expectations:
    """Reads expectations for one policy."""

    policy: Policy
    reader: Reader

    def all(self, node: Node, facts: Facts) -> tuple[Expectation, ...]:
        """Return what is expected of each case over these facts, each case once."""
        found: dict[tuple[Value, ...], Expectation] = {}
        for item in items(node):
            expectation = self._expectation(item, facts)
            if expectation is None:
                continue
            first = found.setdefault(expectation.case, expectation)
            if first is not expectation:
                self.reader.complain(
                    Code.SCENARIO_EXPECTATION,
                    "this case stands here twice",
                    item.span,
                    "say everything that is expected of a case in one place",
                    Label(first.span, "expected here already"),
                )
        return tuple(found.values())

    def _expectation(self, item: Node, facts: Facts) -> Expectation | None:
        before = len(self.reader.diagnostics)
        entries = (
            {"outcome": item}
            if isinstance(item, Scalar)
            else self.reader.entries(item, ("case", *_CLAIMS))
            if isinstance(item, Mapping)
            else {}
        )
        if not any(key in entries for key in _CLAIMS):
            if len(self.reader.diagnostics) == before:
                self.reader.misshapen(
                    item, "this expects nothing of the case", "add `outcome: …`"
                )
            return None
        outcome = self._outcome(entries["outcome"]) if "outcome" in entries else None
        held, failed, because = (
            self._ids(entries[key]) if key in entries else None for key in _EXACT
        )
        more_held, more_failed, more_because = (
            self._some_ids(key, entries[key]) if key in entries else ()
            for key in _INCLUDES
        )
        case = self._case(entries.get("case"), item, facts)
        if case is None:
            return None
        return Expectation(
            case,
            outcome,
            held,
            failed,
            because,
            more_held,
            more_failed,
            more_because,
            item.span,
        )

    def _outcome(self, node: Node) -> str:
        names = [outcome.name for outcome in self.policy.outcomes]
        text = node.text if isinstance(node, Scalar) else node.span.text
        if text not in (*names, UNDETERMINED):
            self.reader.complain(
                Code.SCENARIO_EXPECTATION,
                f"unknown outcome `{text}`",
                node.span,
                did_you_mean(text, names, f"the policy has {listed(names)}"),
            )
        return text

    def _some_ids(self, key: str, node: Node) -> tuple[str, ...]:
        """Return ids that must be among others; none at all would always be."""
        found = self._ids(node)
        if not items(node):
            self.reader.complain(
                Code.SCENARIO_EXPECTATION,
                f"`{key}` names no id, so it holds of every decision",
                node.span,
                f"name an id; `{key.removesuffix('_includes')}: []` says that there "
                "is none",
            )
        return found

    def _ids(self, node: Node) -> tuple[str, ...]:
        known = {rule.id for rule in self.policy.rules if rule.id is not None}
        found = set()
        for item in items(node):
            text = item.text if isinstance(item, Scalar) else item.span.text
            if text in known:
                found.add(text)
            else:
                self.reader.complain(
                    Code.SCENARIO_EXPECTATION,
                    f"no rule has the id `{text}`",
                    item.span,
                    did_you_mean(text, known, "write an id that a rule carries"),
                )
        return tuple(sorted(found, key=clause_order))

    def _case(
        self, node: Node | None, item: Node, facts: Facts
    ) -> tuple[Value, ...] | None:
        """Return the key of the case that is meant: the only one, if none is named."""
        if self.policy.subject is None:
            self.reader.complain(
                Code.SCENARIO_EXPECTATION,
                "the policy decides nothing: it has no `subject`",
                item.span,
                "expect rows with `facts:` instead",
            )
            return None
        subject = self.policy.relations[self.policy.subject]
        # Rows that contradict one another are one case.
        rows = facts.get(subject.name, ())
        keys = list(
            dict.fromkeys(tuple(row.values[p] for p in subject.key) for row in rows)
        )
        if node is None:
            if len(keys) == 1:
                return keys[0]
            self.reader.complain(
                Code.SCENARIO_EXPECTATION,
                f"the scenario has {len(keys)} rows of `{subject.name}`, "
                "and this does not say which one is meant",
                item.span,
                "add `case:` with its key",
            )
            return None
        columns = [subject.columns[p] for p in subject.key]
        if isinstance(node, Mapping):
            by_name = self.reader.entries(node, [c.name or "" for c in columns])
            values = [by_name.get(c.name or "") for c in columns]
        else:
            values = list(node.items) if isinstance(node, Sequence) else [node]
        if len(values) != len(columns) or any(v is None for v in values):
            names = ", ".join(f"{c.name}: …" for c in columns)
            self.reader.misshapen(node, "this is no case", f"write `{{{names}}}`")
            return None
        try:
            case = tuple(
                value_of(v, c)
                for v, c in zip(values, columns, strict=True)
                if v is not None
            )
        except CellError as wrong:
            self.reader.wrong_value("the case", node, wrong)
            return None
        if case not in keys:
            self.reader.complain(
                Code.SCENARIO_EXPECTATION,
                f"the facts of the scenario have no `{subject.name}` of this key",
                node.span,
                "name a case that its facts have",
            )
            return None
        return case
