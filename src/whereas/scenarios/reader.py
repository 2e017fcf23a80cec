"""Reads the nodes of a scenario file, and notes each that is not what it should be."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Invalid, Label, Source, Span
from whereas.facts.cells import Encoder
from whereas.facts.faults import CellError
from whereas.policy.core import Column
from whereas.policy.spelling import did_you_mean, listed
from whereas.scenarios.tree import Mapping, Node, Scalar, Sequence, read
from whereas.user_files import read_regular, reason
from whereas.values import DATE, decode

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from whereas.policy.core import Policy
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

    def wrong_value(self, what: str, node: Node, wrong: CellError) -> None:
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

    def tree(self, path: Path) -> Mapping | None:
        """Read a scenario file; None, if it is not one."""
        try:
            text = read_regular(path).decode("utf-8-sig")
        except Invalid as too_large:
            self.diagnostics.extend(too_large.diagnostics)
            return None
        except OSError as error:
            self.complain(
                Code.SCENARIO_SYNTAX,
                f"the file cannot be read: {reason(error)}",
                Span(Source(str(path), ""), 0, 0),
                "make it a readable file",
            )
            return None
        except UnicodeDecodeError as error:
            self.complain(
                Code.SCENARIO_SYNTAX,
                f"this is not UTF-8: byte {error.start + 1} is part of no character",
                Span(Source(str(path), ""), 0, 0),
                "save it as UTF-8",
            )
            return None
        try:
            root = read(Source(str(path), text))
        except Invalid as invalid:
            self.diagnostics.extend(invalid.diagnostics)
            return None
        if not isinstance(root, Mapping):
            self.misshapen(root, "a scenario file is a map", "begin with `scenarios:`")
            return None
        return root

    def parameters(self, policy: Policy, node: Node | None) -> dict[str, Value]:
        """Return the values that `set` gives to parameters."""
        found: dict[str, Value] = {}
        for key, value in self.pairs(node, "parameters"):
            definition = policy.parameters.get(key.text)
            if definition is None:
                self.complain(
                    Code.SCENARIO_UNKNOWN_NAME,
                    f"unknown parameter `{key.text}`",
                    key.span,
                    did_you_mean(
                        key.text,
                        policy.parameters,
                        "the day is set with `today:`"
                        if key.text == "today"
                        else "declare it with `parameter` first",
                    ),
                )
                continue
            try:
                found[key.text] = value_of(value, Column(key.text, definition.type))
            except CellError as wrong:
                self.wrong_value(f"parameter `{key.text}`", value, wrong)
        return found

    def day(self, node: Node | None) -> date | None:
        """Return the day that `today` gives, if it does."""
        if node is None:
            return None
        try:
            day = value_of(node, Column(None, DATE))
        except CellError as wrong:
            self.wrong_value("`today`", node, wrong)
            return None
        return day if isinstance(day, date) else None


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
    """Return the value of a scalar read as a cell of a column, or raise `CellError`."""
    if not isinstance(node, Scalar):
        raise CellError(
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
