"""The content of scenario files: facts supposed, and what must be decided over them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whereas.diagnostics import Span
    from whereas.policy.core import Policy, Setting
    from whereas.values import Value

# What `outcome:` says where no outcome of the policy is to hold.
UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class Given:
    """A stated row, with a value for each column, and where it was written."""

    values: tuple[Value, ...]
    span: Span = field(compare=False, repr=False)


# The rows of every relation that has any; a relation that is not there is empty.
Facts = dict[str, tuple[Given, ...]]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is to be decided for one case; what is None is not asked.

    `held`, `failed` and `because` are exact; the others are ids that must be among
    them. `because` are the ids that the outcome rests on first.
    """

    case: tuple[Value, ...]
    outcome: str | None
    held: tuple[str, ...] | None
    failed: tuple[str, ...] | None
    because: tuple[str, ...] | None
    held_includes: tuple[str, ...]
    failed_includes: tuple[str, ...]
    because_includes: tuple[str, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A row that is expected: a value for each column, or `AnyValue`."""

    values: tuple[Value | AnyValue, ...]


@dataclass(frozen=True, slots=True)
class AnyValue:
    """Stands in a pattern for a column that was left out."""


@dataclass(frozen=True, slots=True)
class ExpectedRows:
    """A relation's rows are to match these patterns: all of them, and nothing else."""

    relation: str
    patterns: tuple[Pattern, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One situation and what it must lead to."""

    name: str
    facts: Facts
    setting: Setting
    expectations: tuple[Expectation, ...]
    expected_rows: tuple[ExpectedRows, ...]
    span: Span = field(compare=False, repr=False)

    @property
    def file(self) -> str:
        """The file in which it stands, as it is shown."""
        return self.span.source.name


@dataclass(frozen=True, slots=True, eq=False)
class Suite:
    """All scenarios of a policy, in the order of their files."""

    policy: Policy
    folder: str
    scenarios: tuple[Scenario, ...]
