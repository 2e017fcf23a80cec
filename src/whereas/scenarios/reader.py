"""Nodes of a scenario file into what they should be, or into complaints."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Label
from whereas.facts.cells import Encoder
from whereas.facts.faults import Wrong
from whereas.policy.spelling import did_you_mean, listed
from whereas.scenarios.tree import Mapping, Node, Scalar, Sequence
from whereas.values import decode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from whereas.diagnostics import Span
    from whereas.policy.core import Column
    from whereas.values import Value


@dataclass(slots=True)
class Reader:
    """Takes nodes for what they should be; a fault is noted, and reading goes on."""

    diagnostics: list[Diagnostic] = field(default_factory=list)

    def complain(
        self, code: Code, message: str, at: Span, help_: str, *labels: Label
    ) -> None:
        """Note a fault of the file."""
        self.diagnostics.append(Diagnostic(code, message, at, help_, labels))

    def misshapen(self, node: Node, message: str, help_: str) -> None:
        """Note that a list, a map or a word stands where something else should."""
        self.complain(Code.SCENARIO_SHAPE, message, node.span, help_)

    def wrong_value(self, what: str, node: Node, wrong: Wrong) -> None:
        """Note a value that does not fit its type."""
        self.complain(
            Code.SCENARIO_VALUE, f"{what}: {wrong.message}", node.span, wrong.help
        )

    def entries(self, node: Mapping, known: Iterable[str]) -> dict[str, Node]:
        """Return a map's entries; a key that means nothing here is a fault."""
        known = tuple(known)
        for key, _ in node.entries:
            if key.text not in known:
                self.complain(
                    Code.SCENARIO_UNKNOWN_KEY,
                    f"unknown key `{key.text}`",
                    key.span,
                    did_you_mean(
                        key.text, known, f"what can stand here: {listed(known)}"
                    ),
                )
        return {key.text: value for key, value in node.entries if key.text in known}

    def pairs(self, node: Node | None, what: str) -> tuple[tuple[Scalar, Node], ...]:
        """Return a map's entries, whatever their keys."""
        match node:
            case None:
                return ()
            case Mapping():
                return node.entries
            case _:
                self.misshapen(node, f"here {what} are expected", "write `name: value`")
                return ()


def items(node: Node | None) -> tuple[Node, ...]:
    """Return a list's items; one thing alone is a list of one, and nothing is none."""
    match node:
        case None:
            return ()
        case Sequence():
            return node.items
        case Scalar() if node.is_none:
            return ()
        case _:
            return (node,)


def value_of(node: Node, column: Column) -> Value:
    """Return the value of a scalar, read as a cell of a column; or raise `Wrong`."""
    if not isinstance(node, Scalar):
        raise Wrong(
            Code.SCENARIO_SHAPE,
            "a single value is expected here",
            "write one word, number or date",
        )
    texts: list[str] = []

    def intern(text: str) -> int:
        texts.append(text)
        return len(texts) - 1

    cell = "" if node.is_none else node.text
    return decode(Encoder(column, intern)[cell], column.type, texts.__getitem__)
