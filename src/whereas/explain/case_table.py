"""Cases as a temporary table, and the goals that outcomes have for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.explain.decisions import case_columns, case_positions
from whereas.facts.database import columns, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from whereas.explain.decisions import Stored
    from whereas.explain.graph_builder import GraphBuilder
    from whereas.policy.core import Atom


class CaseTable:
    """Cases with their numbers `n`, a column `o`, and their keys `k0`, `k1`, …."""

    def __init__(
        self, builder: GraphBuilder, cases: Iterable[tuple[int, int, Stored]]
    ) -> None:
        """Make the table: of each case its number, what `o` is, and the stored key."""
        self.builder = builder
        self.policy = builder.policy
        tables = builder.tables
        keys = [f"k{place}" for place in range(len(case_columns(self.policy)))]
        self.name = tables.fresh()
        described = ", ".join(f"{name} BIGINT" for name in ["n", "o", *keys])
        tables.database.execute(f"CREATE TEMP TABLE {self.name} ({described})")
        rows = [(number, other, *key) for number, other, key in cases]
        tables.database.insert(self.name[1:-1], rows)

    def goal(self, goal: Atom) -> list[str]:
        """Return a goal's values for a case `c`, as SQL."""
        return [
            f"c.k{place}"
            if place is not None
            else str(self.builder.tables.encoding.constant(term))  # type: ignore[arg-type]
            for term, place in zip(
                goal.terms, case_positions(self.policy, goal), strict=True
            )
        ]

    def missing_targets(self) -> dict[int, int]:
        """Ask for the attempts at the targets that do not hold; return their nodes."""
        tables, target = self.builder.tables, self.policy.target
        values = self.goal(target)
        names = columns(len(values))
        same = " AND ".join(f"f.{n} = {v}" for n, v in zip(names, values, strict=True))
        chosen = ", ".join(f"{v} AS {n}" for n, v in zip(names, values, strict=True))
        goals = tables.table(
            f"SELECT c.n AS n, {chosen} FROM {self.name} AS c WHERE NOT EXISTS "
            f"(SELECT 1 FROM {quoted(target.relation)} AS f WHERE {same})"
        )
        listed = ", ".join(names)
        self.builder.attempt(target.relation, f"SELECT {listed} FROM {goals}")
        missing = self.builder.graph.nodes.missing(target.relation)
        return {
            number: missing[tuple(values)]
            for number, *values in tables.database.query(
                f"SELECT n, {listed} FROM {goals}"
            )
        }
