"""The claims of a proof: JSON into values, and the list of what is rejected."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from whereas.checker.document import escaped
from whereas.values import LARGEST, Value, written

if TYPE_CHECKING:
    from whereas.checker.naive_model import Row
    from whereas.values import Type


@dataclass(frozen=True, slots=True)
class Fact:
    """A ground atom."""

    relation: str
    row: Row

    def __str__(self) -> str:
        return f"`{self.relation}({', '.join(map(written, self.row))})`"


@dataclass(frozen=True, slots=True)
class Rejection:
    """A claim that does not follow: where it stands (a JSON pointer), and why."""

    at: str
    why: str


class Claims:
    """Collects rejections; `at` is always a JSON pointer."""

    def __init__(self) -> None:
        """Begin with nothing rejected."""
        self.rejections: list[Rejection] = []

    def reject(self, at: str, why: str) -> None:
        """Note a claim that does not follow."""
        self.rejections.append(Rejection(escaped(at), escaped(why)))

    def equal(self, at: str, said: Any, expected: Any) -> None:
        """Reject a name, number or list that is not the expected one."""
        if said != expected:
            self.reject(at, f"{_json(said)} should be {_json(expected)}")

    def same(self, at: str, said: Any, type_: Type, expected: Value) -> None:
        """Reject a JSON value that is not the expected value."""
        if read(said, type_) != [expected]:
            self.reject(at, f"{_json(said)} should be {written(expected)}")

    def value(self, at: str, said: Any, type_: Type) -> list[Value]:
        """Return the one value that a JSON value is; none, where it is rejected."""
        found = read(said, type_)
        if not found:
            self.reject(at, f"{_json(said)} is no value of type {type_}")
        return found


def read(said: Any, type_: Type) -> list[Value]:
    """Return the one value that a JSON value is in a type, or none.

    A number has at most 18 digits, its decimals included, as everywhere.
    """
    match type_.kind, said:
        case _, None:
            return [None]
        case "text", str():
            return [said]
        case "boolean", bool():
            return [said]
        case "integer", int() if not isinstance(said, bool) and abs(said) <= LARGEST:
            return [said]
        case "decimal", str() if re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", said):
            scaled = Decimal(said).scaleb(type_.scale)
            if scaled == int(scaled) and abs(scaled) <= LARGEST:
                return [Decimal(said)]
        case "date", str() if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", said):
            try:
                return [date.fromisoformat(said)]
            except ValueError:
                pass
    return []


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
