"""Where the policy departs from the oracle, for now, and why.

Each row names findings of the oracle, by article and words, and the weights that the
policy may give them instead. The full run fails for a row that explains nothing any
more: then it is deleted here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from announcement.findings import Finding, Open, Verdict, Weight

NOTHING, PERSON, MISSING, BREACH, OUTSIDE = (
    Weight.NOTHING,
    Weight.PERSON,
    Weight.MISSING,
    Weight.BREACH,
    Weight.OUTSIDE,
)


@dataclass(frozen=True)
class Departure:
    """Findings that the policy weighs in another way."""

    name: str
    reason: str
    article: str
    weights: frozenset[Weight]
    says: str = ""

    def meets(self, finding: Finding) -> bool:
        """Whether a finding is one of those that the row is about."""
        return finding.article == self.article and self.says in finding.says


def row(
    name: str, reason: str, article: str, *weights: Weight, says: str = ""
) -> Departure:
    """Return a departure."""
    return Departure(name, reason, article, frozenset(weights), says)


EXPECTED: tuple[Departure, ...] = ()


def allowing(verdict: Verdict, departures: tuple[Departure, ...]) -> Verdict:
    """Return a verdict whose findings may also have the weights of departures."""
    return Verdict([_widened(f, departures) for f in verdict.findings], verdict.grounds)


def _widened(finding: Finding, departures: tuple[Departure, ...]) -> Finding:
    """Return a finding with the weights that the departures give it too."""
    met = [one for one in departures if one.meets(finding)]
    if not met:
        return finding
    others = finding.open.others if finding.open else frozenset()
    return replace(
        finding,
        open=Open(
            met[0].name, met[0].reason, others.union(*(one.weights for one in met))
        ),
    )
