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


LATER = "the policy counts documents and look-ups dated after the filing"
ABSENT = "the policy asks where nothing is on file; the source refuses"

EXPECTED = (
    row("later-release", LATER, "ANN-A3-4", NOTHING, MISSING),
    row("later-release-only", LATER, "ANN-A2-3", NOTHING),
    row("later-evidence", LATER, "ANN-2(3)", NOTHING, PERSON, MISSING),
    row("later-recall-look-up", LATER, "DAL-82", NOTHING, says="not looked up"),
    row("later-site-look-up", LATER, "DAL-99", NOTHING, says="not looked up"),
    row("later-list-look-up", LATER, "ANN-1(2)", NOTHING, BREACH),
    row(
        "later-disease-look-up",
        LATER,
        "ANN-1(3)",
        NOTHING,
        PERSON,
        BREACH,
        says="compared",
    ),
    row("later-import-look-up", LATER, "ANN-1(4)", NOTHING, BREACH),
    row("later-category-look-up", LATER, "ANN-1(6)", NOTHING, BREACH),
    row(
        "supplement-status",
        "the policy does not read the status of a supplement",
        "ANN-2(2)",
        NOTHING,
        MISSING,
        says="is not approved",
    ),
    row(
        "lot-release",
        "the policy goes by the column alone, asks where no certificate is on file, "
        "and accepts one that was not submitted",
        "DIM-17(9)",
        NOTHING,
        MISSING,
    ),
    row(
        "proof-of-any-country",
        "the policy takes proof of marketing from any country",
        "ANN-A2-1",
        NOTHING,
        says="no proof",
    ),
    row("later-valid-evidence", LATER, "ANN-A3-2", NOTHING, says="lapsed"),
    row(
        "lot-release-of-vaccine",
        "the policy goes by the column alone",
        "lot-release",
        NOTHING,
    ),
    row(
        "port-test-of-vaccine",
        "the policy goes by the column alone",
        "biologic-port-test",
        NOTHING,
    ),
    row(
        "lot-release-of-no-biologic",
        "the policy asks of a chemical drug whether its lots are released",
        "DIM-17(9)",
        MISSING,
        says="is for biologics",
    ),
    row(
        "shelf-life-not-known",
        "the policy asks for the shelf life where both limits of article 17(3) give the "
        "same answer",
        "DIM-17(3)",
        MISSING,
    ),
    row(
        "class-3.1",
        "the policy refuses biological class 3.1 without full data",
        "ANN-1(1)",
        BREACH,
        says="class 3.1",
    ),
    row(
        "referral-hides-missing",
        "the policy does not ask where a person has to judge another category",
        "ANN-1(1)",
        NOTHING,
        says="not known",
    ),
    row(
        "authorisation",
        "the policy asks where no authorisation is on file, and does not ask where a "
        "person has to judge another one",
        "ANN-2(1)",
        PERSON,
        MISSING,
        says="no overseas",
    ),
    row(
        "class-of-any-approval",
        "the policy takes the class from a supplement, on which the batch may not rely",
        "ANN-1(5)",
        NOTHING,
    ),
    row(
        "supplement-before-registration",
        "the policy leaves a supplement aside that was approved before the registration",
        "ANN-2(1)",
        NOTHING,
        says="not settled overseas",
    ),
    row(
        "registration-not-named",
        "the policy accepts a letter that names the last approval alone",
        "ANN-A3-1",
        NOTHING,
        says="is not named",
    ),
    row(
        "non-compliance",
        "the policy refers a statement of non-compliance",
        "DIM-17(14)",
        PERSON,
        says="may not deliver",
    ),
    row("permit", ABSENT, "DIM-17(1)", MISSING),
    row("licence", ABSENT, "DIM-17(5)", MISSING),
    row(
        "same-day",
        "the policy puts a batch made on the day of the approval out of scope",
        "ANN-1(before)",
        OUTSIDE,
        says="on the day",
    ),
    row(
        "no-category-ticked",
        "the policy accepts a letter that ticks no category",
        "ANN-A1",
        NOTHING,
        MISSING,
    ),
)


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
