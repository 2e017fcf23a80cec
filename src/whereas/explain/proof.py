"""Proofs and attempts as flat values: what a justification is rendered from.

A proof has one step for each fact that the goal rests on, so that shared work
appears once and thousands of levels of recursion are no deeper than one. It knows
nothing of how the model was computed.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from whereas.facts.base import FactBase, Supposed
    from whereas.policy.core import (
        Aggregate,
        Comparison,
        Either,
        Literal,
        Membership,
        Not,
        Rule,
    )
    from whereas.values import Value


@dataclass(frozen=True, slots=True)
class Fact:
    """A ground atom, stated or derived."""

    relation: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Any_:  # noqa: N801  # `Any` is taken
    """Matches any value: in a pattern, the place of a variable without a value."""


ANY = Any_()
Pattern = tuple["Value | Any_", ...]


# --- premises: what a rule instance rests on, one for each literal of its body ------


@dataclass(frozen=True, slots=True)
class Holds:
    """A positive atom: the fact has its own step."""

    fact: Fact


@dataclass(frozen=True, slots=True)
class Absent:
    """A negated atom: no row of `relation` matches `pattern`.

    `rows` is how many rows were looked through; `file` the fact file of a stated
    relation. `found` are the facts that should not be there (only in an attempt,
    where the literal is unmet): the first of `counted`.
    """

    literal: Not
    relation: str
    pattern: Pattern
    rows: int
    file: str | None
    found: tuple[Fact, ...] = ()
    counted: int = 0


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a date that was moved comes from: the date, and by how much."""

    base: Value
    amount: Value


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison, with the values of both sides; and whence, if they were moved."""

    literal: Comparison
    left: Value
    right: Value
    left_moved: Moved | None = None
    right_moved: Moved | None = None


@dataclass(frozen=True, slots=True)
class Among:
    """A membership test, with the value that was looked for."""

    literal: Membership
    value: Value


@dataclass(frozen=True, slots=True)
class Chosen:
    """An alternative: the first branch that holds, and what it rests on."""

    literal: Either
    branch: int
    premises: tuple[Premise, ...]


@dataclass(frozen=True, slots=True)
class Aggregated:
    """An aggregate: its value, and the rows that it counted (the facts of each).

    `rows` are the first of `counted` (`ROWS_SHOWN` at most). Where there is none and
    the body is an atom alone, `sought` is what it looked for.
    """

    literal: Aggregate
    value: Value
    rows: tuple[tuple[Fact, ...], ...]
    counted: int
    sought: Pattern | None = None


Premise = Holds | Absent | Compared | Among | Chosen | Aggregated


# --- steps ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stated:
    """A fact read from a file: the file's name, the sheet, the row.

    `supposed` says that a change gave the fact in place of that row; where the change
    adds one, the row is 0. `originals` are the cells, by column, that stand there in
    other characters than the value's own.
    """

    file: str
    row: int
    sheet: str | None = None
    supposed: Supposed | None = None
    originals: tuple[tuple[int, str], ...] = ()


def stated(facts: FactBase, relation: str, row: int) -> Stated:
    """Return where a stated row stands: in its file, or in the change that gave it."""
    file = facts.files[relation]
    supposed = facts.supposed.get(relation, {}).get(row)
    if supposed is None:
        originals = tuple(sorted(facts.originals.of(relation, row).items()))
        return Stated(file.name, row, file.sheet, originals=originals)
    return Stated(file.name, supposed.corrects or 0, file.sheet, supposed)


@dataclass(frozen=True, slots=True)
class Derived:
    """A fact given by a rule: the instance, and its premises in the body's order.

    `instances` counts all supporting instances of the fact, this one included.
    """

    rule: Rule
    substitution: Mapping[str, Value]
    premises: tuple[Premise, ...]
    instances: int = 1


Step = Stated | Derived


@dataclass(frozen=True, slots=True)
class Proof:
    """One step for each fact that the goal rests on; the goal has one too."""

    goal: Fact
    steps: Mapping[Fact, Step]
    # Further supporting instances of a fact, where all proofs were asked for.
    others: Mapping[Fact, tuple[Derived, ...]] = field(default_factory=dict)
    # What the absences rest on, where that was asked for.
    absences: tuple[Blockage, ...] = ()


# --- attempts: why a goal does not hold ---------------------------------------------


@dataclass(frozen=True, slots=True)
class Near:
    """A row on file that comes near to one that is missing.

    `differs` are the columns, of those whose value was asked for, in which it has
    another.
    """

    fact: Fact
    stated: Stated
    differs: tuple[int, ...]


class Cut(enum.StrEnum):
    """Why the attempts at a missing fact are not told: where they end."""

    DEPTH = "depth"
    SEEN = "seen"


@dataclass(frozen=True, slots=True)
class Missing:
    """A positive atom that no row matches.

    `pattern` has the values that were known; a variable that needed a value and
    had none is in `open`. `rows` is how many rows the relation has, `file` its
    fact file. `attempts` are the nearest attempts at it in turn (derived relations
    with all their variables bound), nearest first, of `tried`; `cut` says why there
    are none, where there could be. `near` are the rows that come nearest (stated
    relations, where they were asked for), the first of `nearly`.
    """

    relation: str
    pattern: Pattern
    open: tuple[str, ...]
    rows: int
    file: str | None
    attempts: tuple[Attempt, ...] = ()
    tried: int = 0
    cut: Cut | None = None
    near: tuple[Near, ...] = ()
    nearly: int = 0


@dataclass(frozen=True, slots=True)
class Condition:
    """One literal of an attempt: met (with its premise) or not, and then why.

    Unmet: `premise` is what was found all the same (a failed comparison with both
    values, the fact that should be absent, an aggregate's value), `missing` says
    what a positive atom lacked, `branches` hold the conditions of an alternative's
    branches, and `open` the variables that never got a value.
    """

    literal: Literal
    met: bool
    premise: Premise | None = None
    missing: Missing | None = None
    branches: tuple[tuple[Condition, ...], ...] = ()
    open: tuple[str, ...] = ()


def roots(conditions: Sequence[Condition]) -> list[Condition]:
    """Return what is not met, without what only lacks a value that others lack."""
    unmet = [one for one in conditions if not one.met]
    return [one for one in unmet if not one.open] or unmet


@dataclass(frozen=True, slots=True)
class Attempt:
    """A rule tried on a goal that does not hold: its literals, met and unmet.

    `substitution` has the variables that got a value. `unmet` counts what failed:
    the nearest attempt has the fewest.
    """

    goal: Pattern
    rule: Rule
    substitution: Mapping[str, Value]
    conditions: tuple[Condition, ...]

    @property
    def unmet(self) -> int:
        """How many literals are not met."""
        return sum(not condition.met for condition in self.conditions)


@dataclass(frozen=True, slots=True)
class Blockage:
    """Why a goal does not hold: its attempts, nearest first, and proofs of what held.

    The attempts are the first of `tried`. `steps` prove every fact that a met
    premise of the attempts rests on. A goal that could only be stated has no
    attempts; `missing` says where it was looked for.
    """

    relation: str
    pattern: Pattern
    attempts: tuple[Attempt, ...]
    steps: Mapping[Fact, Step]
    tried: int = 0
    missing: Missing | None = None


# --- decisions ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Differing:
    """The outcome (None: undetermined) that another value of a parameter would give."""

    parameter: str
    value: Value
    outcome: str | None


class Because(NamedTuple):
    """An outcome that holds for a case, and the ids that it rests on first."""

    outcome: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of one case, and the ids of what held and what failed.

    `outcome` None is undetermined. `shown` are the rows of the relations that the
    policy shows with every decision.
    """

    case: tuple[Value, ...]
    outcome: str | None
    held: tuple[str, ...]
    failed: tuple[str, ...]
    # Clauses that are not encoded, and that a rule which supports the outcome names.
    subject_to: tuple[str, ...] = ()
    # Other readings of the law under which the case is decided otherwise.
    readings: tuple[Differing, ...] = ()
    # What an outcome that is not wanted rests on, and what else stands in the way.
    because: tuple[Because, ...] = ()
