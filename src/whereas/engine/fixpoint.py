"""The only loop: component by component, round by round, until a round adds nothing.

Round *n* of a component sees the rows of its earlier rounds and everything of the
components before it, in every engine, so that a row's rank is the same wherever it
was computed. A store knows how to take one step; when to stop is decided here.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from whereas.budget import check, current_limits, doing
from whereas.diagnostics import LimitExceeded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from whereas.budget import Limits
    from whereas.policy.core import Component, Rule


@dataclass(frozen=True, slots=True)
class Growth:
    """How many new rows a rule gave in a round."""

    rule: Rule
    rows: int


@dataclass(slots=True)
class Watch:
    """What an evaluation has derived so far, and where it is growing."""

    limits: Limits
    rows: int = 0
    component: Component | None = None
    round: int = 0
    rule: Rule | None = None

    @property
    def rows_left(self) -> int:
        """How many more rows may be derived."""
        return self.limits.rows - self.rows

    def count(self, growth: Iterable[Growth]) -> int:
        """Add what a round gave; stop if it was too much."""
        new = 0
        most = 0
        for one in growth:
            new += one.rows
            if one.rows > most:
                most, self.rule = one.rows, one.rule
        self.allow(new)
        self.rows += new
        check()
        return new

    def allow(self, more: int) -> None:
        """Stop if so many more rows are too many."""
        if self.rows + more > self.limits.rows:
            self.rows += more
            raise self.exceeded(f"{self.limits.rows:,} derived rows")

    def exceeded(self, limit: str) -> LimitExceeded:
        """Return the refusal, which says where it was growing."""
        return LimitExceeded(f"stopped at the limit of {limit}: {self.where()}")

    def where(self) -> str:
        """Return where it is growing, in words."""
        where = "nothing was derived yet"
        if self.component is not None:
            names = ", ".join(f"`{name}`" for name in self.component.relations)
            where = f"it was at {names}"
            if self.rule is not None:
                where += f", growing by rule `{self.rule.label}`"
            if self.component.recursive:
                where += f", in round {self.round:,}"
            where += f", after {self.rows:,} derived rows"
        return where


class Store(Protocol):
    """Relations that can grow: each engine has one."""

    name: str

    def begin(self, component: Component) -> None:
        """Make room for the relations of a component, all empty."""

    def advance(
        self, component: Component, number: int, watch: Watch
    ) -> Sequence[Growth]:
        """Add the heads that the rules give from rows of earlier rounds.

        Only rows that are not there yet are added, as rows of round `number`.
        """

    def finish(self, component: Component) -> None:
        """Prepare a complete component for being read by the later ones."""


def fixpoint(
    components: Iterable[Component],
    store: Store,
    progress: Callable[[str], None] | None = None,
) -> None:
    """Grow each component until a round adds nothing; each is taken when it is due."""
    watch = Watch(current_limits())
    with doing(watch.where):
        for component in components:
            watch.component, watch.round, watch.rule = component, 0, None
            if progress:
                progress(", ".join(component.relations))
            store.begin(component)
            for number in itertools.count(1):
                if number > watch.limits.rounds:
                    raise watch.exceeded(f"{watch.limits.rounds:,} rounds")
                watch.round = number
                new = watch.count(store.advance(component, number, watch))
                if not component.recursive or not new:
                    break
            store.finish(component)
