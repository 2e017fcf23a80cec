"""Article 2(1) and Annex 2, item 1: allowed overseas, and the proof of it."""

from __future__ import annotations

from announcement.categories import innovative
from announcement.findings import Finding, Open, Weight, unsettled
from announcement.reliance import Case, supplements
from announcement.tables import Row, dated, day, only, reached, select

OF_A_CHANGE = {"change-approval", "public-change"}
# Changes for which Annex 2, item 1 gives no exemption.
NEVER_EXEMPT = {
    "holder",
    "holder-address",
    "manufacturer",
    "manufacturing-address",
    "strength",
}


def authorizations(case: Case) -> list[Row]:
    """Return the overseas authorisations of the product."""
    name = case.product["product"]
    return select(case.facts, "overseas_authorization", product=name)


def allowed(case: Case, row: Row) -> Weight:
    """Return how one authorisation stands on the day: NOTHING means allowed."""
    if row["status"] == "pending":
        return Weight.BREACH
    approved = day(row["approved"])
    if approved is not None and approved > case.on:
        return Weight.BREACH
    since = day(row["status_date"])
    if row["status"] == "approved" or (since is not None and since > case.on):
        return Weight.MISSING if approved is None else Weight.NOTHING
    # Scenario 20: ineligible, or referred if the reason is commercial.
    return {
        "commercial": Weight.PERSON,
        "regulatory": Weight.BREACH,
        "": Weight.MISSING,
    }[row["reason"]]


def check_marketing(case: Case) -> list[Finding]:
    """Article 2(1) and interpretation (a): already marketed overseas."""
    if innovative(case):
        return []
    rows = authorizations(case)
    states = [allowed(case, row) for row in rows]
    if Weight.NOTHING in states:
        return []
    if Weight.MISSING in states or innovative(case) is None:
        weight = Weight.MISSING
    elif Weight.PERSON in states:
        weight = Weight.PERSON
    else:
        weight = Weight.BREACH
    return [
        Finding(
            weight,
            "ANN-2(1)",
            "no overseas authorisation stands on the day of filing",
            _unsettled_withdrawal(case, rows),
        )
    ]


def _unsettled_withdrawal(case: Case, rows: list[Row]) -> Open | None:
    """Return the open point, unless all lost authorisations have one known reason."""
    lost = [row for row in rows if row["status"] in ("withdrawn", "suspended")]
    clear = all(row["status"] == "withdrawn" and row["status_date"] for row in lost)
    reasons = {row["reason"] for row in lost}
    if innovative(case) is not None and (
        not lost or (clear and len(reasons) == 1 and reasons != {""})
    ):
        return None
    return unsettled(
        "withdrawn",
        "whether a drug that was suspended or given up still counts as allowed overseas "
        "scenario 20 leaves to the reason, and whether that matters, to the class",
        Weight.PERSON,
        Weight.MISSING,
        Weight.BREACH,
    )


CHANGE_COUNTRY = unsettled(
    "change-country",
    "`the overseas regulator` that settles a change may be the one that allowed the "
    "drug, or any",
    Weight.PERSON,
    Weight.MISSING,
    Weight.BREACH,
)


def check_changes(case: Case) -> list[Finding]:
    """Article 2(1), second half: changes are approved or filed overseas."""
    if innovative(case) and not authorizations(case):
        return []
    found = []
    for row in supplements(case):
        settled = select(case.facts, "overseas_change", approval=row["approval"])
        done = [one for one in settled if reached(one["settled"], case.on)]
        if any(one["country"] in countries_of_marketing(case) for one in done):
            continue
        if done:
            found.append(
                Finding(
                    Weight.NOTHING,
                    "ANN-2(1)",
                    f"the change of {row['approval']} is settled where the drug is not "
                    "allowed",
                    CHANGE_COUNTRY,
                )
            )
            continue
        found.append(
            Finding(
                Weight.MISSING if not settled else Weight.BREACH,
                "ANN-2(1)",
                f"the change of {row['approval']} is not settled overseas",
                unsettled(
                    "change-overseas",
                    "the sources do not say whether a change that is pending overseas, "
                    "or of which nothing is on file, is refused or to be completed",
                    Weight.MISSING,
                    Weight.BREACH,
                ),
            )
        )
    return found


def exempt(case: Case, requirement: str) -> Row | None:
    """Return the exemption that is claimed with a written explanation."""
    row = only(case.facts, "exemption", batch=case.id, requirement=requirement)
    return row if row is not None and row["explanation"] else None


def countries_of_marketing(case: Case) -> set[str]:
    """Return where the drug is allowed on the day, or where a person has to judge."""
    states = {row["country"]: allowed(case, row) for row in authorizations(case)}
    standing = {name for name, state in states.items() if state == Weight.NOTHING}
    return standing or {
        name for name, state in states.items() if state == Weight.PERSON
    }


def check_marketing_proof(case: Case) -> list[Finding]:
    """Annex 2, item 1: a proof from a country where the drug is allowed, or exempt."""
    if innovative(case):
        return []
    if exempt(case, "marketing-proof"):
        changes = {row["change"] for row in supplements(case)}
        if changes and not changes & NEVER_EXEMPT and "" not in changes:
            if "site" not in changes:
                return []
            weight = {"refer": Weight.PERSON, "accept": Weight.NOTHING}.get(
                case.parameters.site_change, Weight.MISSING
            )
            return [
                Finding(weight, "ANN-A2-1", "exempt, if a change of site can be exempt")
            ]
    name = case.product["product"]
    places = countries_of_marketing(case)
    proofs = [
        row
        for row in select(case.facts, "market_proof", product=name)
        if case.submitted(row["document"]) and dated(row, "issued", case.on)
    ]
    found = []
    placed = [row for row in proofs if row["country"] in places]
    if not placed:
        found.append(
            Finding(Weight.MISSING, "ANN-A2-1", "no proof of marketing was submitted")
        )
    elif all(row["kind"] in OF_A_CHANGE for row in placed):
        found.append(
            Finding(
                Weight.NOTHING,
                "ANN-A2-1",
                "the only proof is of a change",
                unsettled(
                    "proof-of-change-alone",
                    "Annex 2 lists the approval of a change among proofs of marketing; "
                    "whether it is enough by itself, it does not say",
                    Weight.MISSING,
                ),
            )
        )
    covered = {row["covers"] for row in proofs if "covers" in row}
    found += [
        Finding(Weight.MISSING, "ANN-A2-1", f"no proof covers {row['approval']}")
        for row in supplements(case)
        if row["approval"] not in covered and proofs and "covers" in proofs[0]
    ]
    return found
