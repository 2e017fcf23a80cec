"""Article 2(3), Annex 2, item 2, and Annex 3, check 2: evidence of GMP."""

from __future__ import annotations

from announcement.findings import Finding, Open, Weight, unsettled
from announcement.overseas import allowed, authorizations, exempt
from announcement.reliance import Case, supplements
from announcement.tables import Row, day, known, reached, select


def issuers(case: Case) -> set[str]:
    """Return whose inspection counts: China, the maker's country, and the markets.

    A market is a country where the drug is allowed or applied for on the day.
    """
    markets = {
        row["country"]
        for row in authorizations(case)
        if allowed(case, row) == Weight.NOTHING
        or (row["status"] == "pending" and not _later(row["status_date"], case))
    }
    return markets | {"CN", case.site["country"]}


def _later(cell: str, case: Case) -> bool:
    """Whether a day is known and is after the day of filing."""
    return bool(cell) and not reached(cell, case.on)


def coming_markets(case: Case) -> set[str]:
    """Return where the drug was approved, or applied for, on a later or unknown day."""
    return {
        row["country"]
        for row in authorizations(case)
        if row["status"] in ("approved", "pending")
    } - issuers(case)


def former_markets(case: Case) -> set[str]:
    """Return countries where the drug is not allowed any more."""
    countries = {row["country"] for row in authorizations(case)}
    return countries - issuers(case) - coming_markets(case)


def covers(case: Case, evidence: Row) -> bool:
    """Annex 3, check 2: whether the evidence covers the date of manufacture."""
    start = day(evidence["inspection_start"])
    if case.made >= (start or known(evidence["issued"])):
        return True
    if evidence["kind"] != "inspection-notice":
        return False
    name = evidence["document"]
    inspected = select(case.facts, "inspected_batch", document=name)
    return bool(inspected) and (
        any(row["batch"] == case.number for row in inspected)
        or case.made > max(known(row["made"]) for row in inspected)
    )


def perhaps_covers(case: Case, evidence: Row) -> Open | None:
    """Return why evidence that does not cover the batch may be read to cover it."""
    name = evidence["document"]
    inspected = select(case.facts, "inspected_batch", document=name)
    days = [known(row["made"]) for row in inspected]
    if days and case.made >= min(days):
        return unsettled(
            "after-inspected",
            "`made after them` may mean after the first or the last of the inspected "
            "batches, and the sources name them for inspection notices only",
            Weight.NOTHING,
            Weight.MISSING,
            Weight.PERSON,
        )
    return None


def lapsed(case: Case, evidence: Row) -> bool:
    """Whether the validity of evidence had ended when the batch was made."""
    end = day(evidence["valid_to"])
    return end is not None and end < case.made


def exists(case: Case, evidence: Row) -> bool:
    """Whether evidence exists on the day of filing."""
    return known(evidence["issued"]) <= case.on


COMING = unsettled(
    "applied-for",
    "from which day the drug is applied for in a country, no source says",
    Weight.PERSON,
    Weight.MISSING,
    Weight.BREACH,
)


def gmp_exempt(case: Case) -> Finding | None:
    """Annex 2, item 2: exempt if the supplement itself asked for no such document."""
    if not exempt(case, "gmp-proof"):
        return None
    asked = {row["gmp_asked"] for row in supplements(case)}
    if asked == {"false"}:
        return Finding(Weight.NOTHING, "ANN-A2-2", "exempt")
    if "" in asked and "true" not in asked:
        return Finding(
            Weight.MISSING, "ANN-A2-2", "whether China asked for GMP is not known"
        )
    return None


def check_gmp(case: Case) -> list[Finding]:
    """Annex 3, check 2: evidence that covers the batch, and the latest one."""
    exemption = gmp_exempt(case)
    if exemption is not None:
        return [exemption]
    place = case.site["site"]
    existing = [
        row
        for row in select(case.facts, "gmp_evidence", site=place)
        if exists(case, row)
    ]
    accepted = [
        row for row in existing if row["issuer"] in issuers(case) | coming_markets(case)
    ]
    if not accepted:
        return [_no_evidence(case, existing)]
    covering = [row for row in accepted if covers(case, row)]
    if not covering:
        doubts = [perhaps_covers(case, row) for row in accepted]
        doubt = next((one for one in doubts if one is not None), None)
        return [
            Finding(Weight.BREACH, "ANN-A3-2", "no evidence covers the batch", doubt)
        ]
    current = [row for row in covering if not lapsed(case, row)]
    if not any(case.submitted(row["document"]) for row in current or covering):
        return [
            Finding(
                Weight.MISSING, "ANN-A2-2", "the covering evidence is not submitted"
            )
        ]
    found = []
    if not any(row["issuer"] in issuers(case) for row in current or covering):
        found.append(
            Finding(
                Weight.NOTHING,
                "ANN-2(3)",
                "inspected by a country where the drug is applied for at an unknown day",
                COMING,
            )
        )
    if not current:
        weight = {
            "refer": Weight.PERSON,
            "accept": Weight.NOTHING,
            "refuse": Weight.BREACH,
        }[case.parameters.lapsed_evidence]
        found.append(Finding(weight, "ANN-A3-2", "lapsed when the batch was made"))
    newest = max(known(row["issued"]) for row in accepted)
    if not any(
        case.submitted(row["document"])
        for row in accepted
        if known(row["issued"]) == newest
    ):
        found.append(
            Finding(Weight.MISSING, "ANN-A2-2", "the latest evidence is not submitted")
        )
    return found


def _no_evidence(case: Case, existing: list[Row]) -> Finding:
    """Return what follows when no evidence of a regulator that counts exists."""
    if any(row["issuer"] in former_markets(case) for row in existing):
        return Finding(
            Weight.BREACH,
            "ANN-2(3)",
            "inspected by a country where the drug is not allowed any more",
            unsettled(
                "former-market",
                "whether the market has to last until the filing, the cut sentence of "
                "article 2(3) does not show",
                Weight.NOTHING,
                Weight.PERSON,
                Weight.MISSING,
            ),
        )
    return Finding(
        Weight.BREACH,
        "ANN-2(3)",
        "no GMP evidence",
        unsettled(
            "no-evidence",
            "scenario 30 refuses until evidence is added; scenario 19 asks for a "
            "document that is not there",
            Weight.MISSING,
        ),
    )
