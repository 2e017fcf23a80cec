"""How large a calculation can become, by the least and greatest value of columns.

Two lookups for a column spare a second join of the whole body, where nothing can
leave what is storable.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from whereas.engine.arithmetic import LAST_DAY
from whereas.engine.dialect import NONE_SQL
from whereas.facts.database import quoted
from whereas.policy.core import (
    Aggregate,
    Arithmetic,
    Atom,
    Constant,
    Parameter,
    Shift,
    Variable,
)
from whereas.values import LARGEST, NONE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from whereas.facts.database import Database
    from whereas.policy.core import Expression, Literal

Interval = tuple[int, int]
_EMPTY: Interval = (1, 1)


@dataclass(slots=True)
class Bounds:
    """The intervals of complete relations' columns, looked up when first needed."""

    database: Database
    stored: Callable[[Constant | Parameter], int]
    _known: dict[tuple[str, int], Interval] = field(default_factory=dict)

    def storable(
        self,
        what: Arithmetic | Shift | Aggregate,
        joined: Sequence[Literal],
        growing: Sequence[str],
    ) -> bool:
        """Return whether a calculation surely can be stored; False is "perhaps not".

        `growing` are relations that are not complete yet.
        """
        if isinstance(what, Aggregate):
            return False
        variables = {
            term.name: (one.relation, at)
            for one in joined
            if isinstance(one, Atom) and one.relation not in growing
            for at, term in enumerate(one.terms)
            if isinstance(term, Variable)
        }
        return self._interval(what, variables) is not None

    def _interval(
        self, expression: Expression, variables: dict[str, tuple[str, int]]
    ) -> Interval | None:
        match expression:
            case Variable(name):
                place = variables.get(name)
                return None if place is None else self._column(*place)
            case Constant() | Parameter():
                value = self.stored(expression)
                return (value, value) if value != NONE else _EMPTY
            case Arithmetic(op, left, right):
                one = self._interval(left, variables)
                two = self._interval(right, variables)
                return _within(op, one, two, -LARGEST, LARGEST)
            case Shift(op, left, amount, unit):
                one = self._interval(left, variables)
                two = self._interval(amount, variables)
                if two is not None and unit == "months":
                    # A month has 31 days at most; the next day is one more.
                    two = (min(two[0] * 31, 0) - 1, max(two[1] * 31, 0) + 1)
                return _within(op, one, two, 1, LAST_DAY)

    def _column(self, relation: str, at: int) -> Interval:
        if (relation, at) not in self._known:
            value = f"nullif(a{at}, {NONE_SQL})"
            ((least, most),) = self.database.query(
                f"SELECT min({value}), max({value}) FROM {quoted(relation)}"
            )
            self._known[relation, at] = _EMPTY if least is None else (least, most)
        return self._known[relation, at]


def _within(
    op: str, one: Interval | None, two: Interval | None, least: int, most: int
) -> Interval | None:
    if one is None or two is None:
        return None
    match op:
        case "+":
            made = (one[0] + two[0], one[1] + two[1])
        case "-":
            made = (one[0] - two[1], one[1] - two[0])
        case _:
            corners = [a * b for a in one for b in two]
            made = (min(corners), max(corners))
    return made if least <= made[0] and made[1] <= most else None
