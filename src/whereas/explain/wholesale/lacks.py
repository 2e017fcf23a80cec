"""Cases whose target does not hold into what their nearest attempts lack.

The same attempts that `attempts` writes, read as integers: no text is made, no proof
is asked for, and of what a condition lacks only the nearest rule is looked at. All
cases are asked together, a few statements for each rule.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from whereas.explain.decisions import case_columns, case_positions
from whereas.explain.wholesale.nearest import (
    asked_below,
    masks_of,
    nearest_rows,
    open_before,
    started,
)
from whereas.explain.wholesale.tables import Workshop
from whereas.facts.database import columns, quoted
from whereas.policy.core import Atom, Variable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from whereas.explain.decisions import Stored
    from whereas.explain.explainer import Explainer
    from whereas.policy.core import Literal, Rule

# A goal's attempts, and those at what it lacks.
LEVELS = 2

# What a missing row would have, as it is stored; None is any value.
Sought = tuple["int | None", ...]


@dataclass(slots=True)
class Tried:
    """A rule that was tried for many goals, and how a row of its table is read.

    `flags` are the places of the literals' flags, `variables` those of the values.
    `below` has for an unmet literal the nearest attempt at each goal that it asks.
    """

    rule: Rule
    flags: range
    variables: Mapping[str, int]
    constant: Callable[..., int]
    below: dict[int, Mapping[Sought, Attempt]] = field(default_factory=dict)
    waits: dict[int, int] = field(default_factory=dict)


class Attempt(NamedTuple):
    """The nearest attempt at one goal: the rule that was tried, and its row."""

    tried: Tried
    row: tuple[int | None, ...]

    def value(self, variable: str) -> int | None:
        """Return the stored value of a variable; None, if it has none."""
        place = self.tried.variables.get(variable)
        return None if place is None else self.row[place]

    def unmet(self) -> Iterator[tuple[int, Literal]]:
        """Yield the literals that are not met, with their numbers."""
        row = self.row
        for number, place in enumerate(self.tried.flags):
            if row[place]:
                yield number, self.tried.rule.body[number]

    def pattern(self, atom: Atom) -> Sought:
        """Return what an atom looks for."""
        return tuple(
            self.value(term.name)
            if isinstance(term, Variable)
            else self.tried.constant(term)
            for term in atom.terms
        )

    def below(self, number: int, pattern: Sought) -> Attempt | None:
        """Return the nearest attempt at what an unmet literal lacks, if there is one.

        There is none where the literal waits for a value that nothing gave.
        """
        waits = self.tried.waits.get(number)
        if waits is None or self.row[waits]:
            return None
        return self.tried.below[number].get(pattern)


def lacks(explainer: Explainer, cases: Mapping[int, Stored]) -> dict[int, Attempt]:
    """Return the nearest attempt of each case whose target does not hold.

    Cases are told by their numbers. Of attempts that are as near, the
    rule that comes first counts; a case that no rule can decide has no attempt.
    """
    shop = Workshop(explainer)
    try:
        goals = _goals(shop, cases)
        return _nearest(shop, explainer.policy.target.relation, goals, LEVELS)
    finally:
        shop.drop()


def _goals(shop: Workshop, cases: Mapping[int, Stored]) -> str:
    """Make the table of the targets that do not hold, each with its case's number."""
    table = shop.fresh()
    target, policy = shop.policy.target, shop.policy
    keys = [f"k{place}" for place in range(len(case_columns(policy)))]
    described = ", ".join(f"{name} BIGINT" for name in ["n", *keys])
    shop.database.execute(f"CREATE TEMP TABLE {table} ({described})")
    shop.database.insert(table[1:-1], [(n, *key) for n, key in cases.items()])
    values = [
        f"c.k{place}" if place is not None else str(shop.encoding.constant(term))  # type: ignore[arg-type]
        for term, place in zip(
            target.terms, case_positions(policy, target), strict=True
        )
    ]
    names = columns(len(values))
    same = " AND ".join(f"f.{n} = {v}" for n, v in zip(names, values, strict=True))
    chosen = ", ".join(f"{v} AS {n}" for n, v in zip(names, values, strict=True))
    return shop.table(
        f"SELECT c.n AS n, {chosen} FROM {table} AS c WHERE NOT EXISTS "
        f"(SELECT 1 FROM {quoted(target.relation)} AS f WHERE {same})"
    )


def _nearest(
    shop: Workshop, relation: str, goals: str, depth: int
) -> dict[int, Attempt]:
    """Return the nearest attempt at each goal of a table, by the goal's number."""
    found: dict[int, Attempt] = {}
    least: dict[int, int] = {}
    for mask in masks_of(shop, relation, goals):
        for rule in shop.policy.rules_of(relation):
            tried, rows = _tried(shop, rule, goals, mask, depth)
            for row in rows:
                number, lacking = row[0], row[1]
                if number not in least or lacking < least[number]:
                    least[number] = lacking
                    found[number] = Attempt(tried, row)
    return found


def _tried(
    shop: Workshop, rule: Rule, goals: str, mask: Sequence[bool], depth: int
) -> tuple[Tried, list[tuple[int, ...]]]:
    """Return a rule's nearest attempts at goals with known values in some places."""
    start, given, head = started(shop.encoding, rule, goals, mask)
    rows = nearest_rows(
        shop, rule.types, rule.body, start=start, given=given, used=head
    )
    flags = [f"p.u{number}" for number in range(len(rule.body))]
    chosen = ["p.n", " + ".join(flags) or "0", *flags]
    variables = {name: len(chosen) + place for place, name in enumerate(rows.variables)}
    chosen += [f"p.{column}" for column in rows.variables.values()]
    tried = Tried(rule, range(2, 2 + len(flags)), variables, shop.encoding.constant)
    for number, literal in enumerate(rule.body):
        if depth < 2 or not isinstance(literal, Atom):
            continue
        if shop.policy.relations[literal.relation].stated:
            continue
        waits = open_before(rows, rule.body, given, number)
        tried.waits[number] = len(chosen)
        chosen.append(f"CASE WHEN {waits} THEN 1 ELSE 0 END")
        where = f"p.u{number} = 1 AND NOT ({waits})"
        _, asked = asked_below(shop, rows, literal, where)
        nearest = _nearest(shop, literal.relation, asked, depth - 1)
        tried.below[number] = {
            tuple(values): nearest[goal]
            for goal, *values in shop.database.query(
                f"SELECT n, {', '.join(columns(len(literal.terms)))} FROM {asked}"
            )
            if goal in nearest
        }
    picked = f"SELECT {', '.join(chosen)} FROM {rows.source} AS p"
    return tried, shop.database.query(picked)
