"""Findings of the oracle, and the outcome that they make.

A point that domain.md leaves open has the weight that the oracle takes for it, and
the other weights that a reader could give it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum


class Weight(IntEnum):
    """The effect of a finding on the outcome; the heaviest finding decides."""

    NOTHING = 0
    DUTY = 1
    PERSON = 2
    MISSING = 3
    BREACH = 4
    OUTSIDE = 5


OUTCOMES = {
    Weight.NOTHING: "eligible",
    Weight.DUTY: "eligible-with-obligations",
    Weight.PERSON: "refer",
    Weight.MISSING: "needs-information",
    Weight.BREACH: "ineligible",
    Weight.OUTSIDE: "out-of-scope",
}
WEIGHTS = {outcome: weight for weight, outcome in OUTCOMES.items()}


@dataclass(frozen=True)
class Open:
    """A point that the sources leave open, and the other weights it could have."""

    point: str
    reason: str
    others: frozenset[Weight]


def unsettled(point: str, reason: str, *others: Weight) -> Open:
    """Return an open point."""
    return Open(point, reason, frozenset(others))


@dataclass(frozen=True)
class Finding:
    """One thing that a check found, with the article that asks for it."""

    weight: Weight
    article: str
    says: str
    open: Open | None = None

    def weights(self) -> frozenset[Weight]:
        """Return every weight that the finding may have."""
        return frozenset({self.weight}) | (self.open.others if self.open else set())


@dataclass(frozen=True)
class Parameters:
    """The documented parameters of the policy, with their documented defaults."""

    same_day: str = "refer"
    validation_batches: str = "refer"
    list_reference_date: str = "filing"
    match_level: str = "form"
    class_31: str = "refer"
    lapsed_evidence: str = "refer"
    site_change: str = "refer"
    check_days: int = 90
    min_months: int = 12
    short_min_months: int = 6


@dataclass
class Verdict:
    """Everything that the oracle found about a batch."""

    findings: list[Finding] = field(default_factory=list)
    grounds: set[str] = field(default_factory=set)

    @property
    def outcome(self) -> str:
        """Return the outcome under the weights that the oracle takes."""
        return OUTCOMES[max((f.weight for f in self.findings), default=Weight.NOTHING)]

    def articles(self, weight: Weight) -> set[str]:
        """Return the articles of the findings of one weight."""
        return {f.article for f in self.findings if f.weight == weight}

    def explained(self, outcome: str) -> tuple[Open, ...] | None:
        """Return the open points that lead to another outcome, or None if none do."""
        meant = WEIGHTS[outcome]
        lightest = max((min(f.weights()) for f in self.findings), default=0)
        if lightest > meant:
            return None
        if lightest < meant and not any(meant in f.weights() for f in self.findings):
            return None
        return tuple(
            f.open
            for f in self.findings
            if f.open is not None
            and (f.weight > meant or (f.weight != meant and meant in f.open.others))
        )
