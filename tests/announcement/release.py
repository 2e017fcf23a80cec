"""Article 2(4), Annex 1, item 7, Annex 2, item 3, Annex 3, checks 1, 3 and 4."""

from __future__ import annotations

from announcement.findings import Finding, Weight, unsettled
from announcement.reliance import Case, anchor, relied_on
from announcement.tables import Row, dated, known, only, reached, select


def submitted_releases(case: Case) -> list[Row]:
    """Return the release documents of the batch that were handed in."""
    return [
        row
        for row in select(case.facts, "release_doc", batch=case.id)
        if case.submitted(row["document"]) and reached(row["signed"], case.on)
    ]


def check_release(case: Case) -> list[Finding]:
    """Annex 3, check 4: a release document not earlier than the approval."""
    approved = anchor(case)
    if approved is None:
        return []
    rows = select(case.facts, "release_doc", batch=case.id)
    existing = [row for row in rows if reached(row["signed"], case.on)]
    after = [row for row in existing if known(row["signed"]) >= approved]
    if any(case.submitted(row["document"]) for row in after):
        return []
    if after:
        return [Finding(Weight.MISSING, "ANN-A2-3", "the release is not submitted")]
    if not existing:
        return [
            Finding(
                Weight.MISSING,
                "ANN-A2-3",
                "no release document",
                unsettled(
                    "no-release",
                    "without a release document the batch is neither shown to be "
                    "released after the approval nor to be released before it",
                    Weight.BREACH,
                ),
            )
        ]
    return [Finding(Weight.BREACH, "ANN-A3-4", f"not released since {approved}")]


def check_letter(case: Case) -> list[Finding]:
    """Annex 3, check 1: what the letter says is so."""
    letter = only(case.facts, "letter", batch=case.id)
    if letter is None:
        return [Finding(Weight.MISSING, "ANN-A1", "no letter")]
    found = []
    if letter["made"] != case.batch["made"]:
        found.append(Finding(Weight.MISSING, "ANN-A3-1", "another date of manufacture"))
    found += check_release_dates(case)
    signed = [row["signed"] for row in submitted_releases(case)]
    if signed and letter["released"] != max(signed):
        everything = select(case.facts, "release_doc", batch=case.id)
        found.append(
            Finding(
                Weight.MISSING,
                "ANN-A3-1",
                "another date of the last release document",
                unsettled(
                    "last-release",
                    "whether the last release document is that which was submitted or "
                    "that which exists, Annex 1, item 7 does not say",
                    Weight.NOTHING,
                )
                if letter["released"] == max(row["signed"] for row in everything)
                else None,
            )
        )
    return found + check_letter_approvals(case) + check_who_format(case)


def check_release_dates(case: Case) -> list[Finding]:
    """Annex 1, item 7: a document that is submitted is not dated after the filing."""
    later = [
        row
        for row in select(case.facts, "release_doc", batch=case.id)
        if case.submitted(row["document"]) and not reached(row["signed"], case.on)
    ]
    return [
        Finding(
            Weight.NOTHING,
            "ANN-A3-1",
            f"{row['document']} was submitted, and is dated after the filing",
            unsettled(
                "dated-after-filing",
                "a document that was submitted before its date does not count; whether "
                "it makes the letter wrong, no source says",
                Weight.MISSING,
            ),
        )
        for row in later
    ]


def bare(number: str) -> str:
    """Return an approval number without its prefix and spaces."""
    return number.replace(" ", "").removeprefix("国药准字")


def check_letter_approvals(case: Case) -> list[Finding]:
    """Annex 1, item 6: the approvals that the batch relies on, with their dates."""
    stated = {
        bare(row["approval"]): row["approved"]
        for row in select(case.facts, "letter_approval", batch=case.id)
    }
    granted = {bare(row["approval"]): row["approved"] for row in case.approvals()}
    found = [
        Finding(Weight.MISSING, "ANN-A3-1", f"{row['approval']} is not named")
        for row in relied_on(case)
        if bare(row["approval"]) not in stated
    ]
    for number, approved in stated.items():
        if granted.get(number) != approved:
            found.append(
                Finding(Weight.MISSING, "ANN-A3-1", f"{number} is not of that date")
            )
    return found


def check_who_format(case: Case) -> list[Finding]:
    """Annex 3, check 3: a document has the WHO statement if the letter claims it."""
    letter = only(case.facts, "letter", batch=case.id)
    if letter is None or letter["who_format"] != "true":
        return []
    product, place = case.product["product"], case.site["site"]
    documents = select(case.facts, "market_proof", product=product)
    documents += select(case.facts, "gmp_evidence", site=place)
    handed_in = [
        row
        for row in documents
        if case.submitted(row["document"]) and dated(row, "issued", case.on)
    ]
    if any(row["who_format"] == "true" for row in handed_in):
        return []
    return [
        Finding(
            Weight.MISSING,
            "ANN-A3-3",
            "no document has the statement of the WHO format",
            unsettled(
                "who-format",
                "whether a letter that claims the format wrongly is refused or "
                "corrected, the sources do not say",
                Weight.BREACH,
            ),
        )
    ]
