"""The Drug Import Measures and the laws that apply besides (article 2(0))."""

from __future__ import annotations

from datetime import date

from announcement.findings import Finding, Weight, unsettled
from announcement.reliance import Case
from announcement.tables import (
    after_months,
    dated,
    day,
    ended,
    known,
    lasts,
    looked_up,
    only,
    reached,
    select,
)

PAPERS = (
    "application-letter",
    "registration-certificate",
    "certificate-of-origin",
    "purchase-contract",
    "packing-list",
    "bill-of-lading",
    "invoice",
    "test-report",
    "insert-and-label",
)
ALWAYS_LOT_RELEASED = ("vaccine", "blood")
BIOLOGICS = ("biological", "vaccine", "blood", "cell-gene")
RESPONSIBLE_FROM = date(2025, 7, 1)


USCC = 18
HS_CODE = 10


def check_codes(case: Case) -> list[Finding]:
    """Section 5.3: the importer's code of 18 signs, and the code of the goods of 10."""
    given = {
        "the importer's code": (case.filing.get("importer_code"), USCC),
        "the code of the goods": (case.line.get("hs_code"), HS_CODE),
    }
    return [
        Finding(
            Weight.MISSING,
            "EF",
            f"{name} is not of {length} signs",
            unsettled(
                "filing-codes",
                "the codes are data of the electronic filing; whether a filing without "
                "them is incomplete, the sources do not say",
                Weight.NOTHING,
            ),
        )
        for name, (code, length) in given.items()
        if code is not None and len(code) != length
    ]


def check_papers(case: Case) -> list[Finding]:
    """DIM 13 and 17(1), Annex 3, check 0: the papers are complete."""
    rows = select(case.facts, "filing_paper", filing=case.filing["filing"])
    there = {row["paper"] for row in rows}
    found = []
    for paper in PAPERS:
        if paper in there:
            continue
        found.append(Finding(Weight.MISSING, "ANN-A3-0", f"no {paper}"))
        if paper == "registration-certificate":
            found.append(
                Finding(Weight.BREACH, "DIM-17(1)", "the certificate is not produced")
            )
    return found


def check_translations(case: Case) -> list[Finding]:
    """Annex 2, introduction: foreign text needs a Chinese translation."""
    rows = select(case.facts, "submission", filing=case.filing["filing"])
    return [
        Finding(Weight.MISSING, "ANN-A2-0", f"{row['document']} is not translated")
        for row in rows
        if row["chinese"] == "false"
    ]


def check_shelf_life(case: Case) -> list[Finding]:
    """DIM 17(3): twelve months left, or six of a shelf life under twelve."""
    expires = day(case.batch["expires"])
    if expires is None:
        return [Finding(Weight.MISSING, "DIM-17(3)", "the expiry date is not known")]
    long = expires >= after_months(case.on, case.parameters.min_months)
    short = expires >= after_months(case.on, case.parameters.short_min_months)
    total = case.product["shelf_life"]
    if not total:
        if long:
            return [
                Finding(Weight.NOTHING, "DIM-17(3)", "enough of any shelf life is left")
            ]
        if short:
            return [Finding(Weight.MISSING, "DIM-17(3)", "the shelf life is not known")]
        return [Finding(Weight.BREACH, "DIM-17(3)", "too little shelf life is left")]
    if short if int(total) < case.parameters.min_months else long:
        return []
    return [Finding(Weight.BREACH, "DIM-17(3)", "too little shelf life is left")]


def check_origin(case: Case) -> list[Finding]:
    """DIM 17(4): the certificate of origin names the place of the licence."""
    if not case.line["origin"]:
        return [Finding(Weight.MISSING, "DIM-17(4)", "the origin is not known")]
    if case.line["origin"] != case.site["country"]:
        return [Finding(Weight.BREACH, "DIM-17(4)", "another place of origin")]
    return []


def check_importer(case: Case) -> list[Finding]:
    """DIM 17(5): a distribution or manufacturing licence, and a business licence."""
    rows = select(case.facts, "licence", organization=case.filing["importer"])
    held = {
        row["kind"]
        for row in rows
        if dated(row, "valid_from", case.on) and lasts(row["valid_to"], case.on)
    }
    if "business" in held and held & {"distribution", "manufacturing"}:
        return []
    return [Finding(Weight.BREACH, "DIM-17(5)", "the importer lacks a licence")]


def sold_before(case: Case) -> bool:
    """Whether the drug was sold in China by the day of filing."""
    rows = select(case.facts, "sold", product=case.product["product"])
    return any(reached(row["since"], case.on) for row in rows)


def lot_released(case: Case) -> bool | None:
    """Whether the product needs lot release; None: not known."""
    modality, cell = case.product["modality"], case.product["lot_release"]
    if modality in ALWAYS_LOT_RELEASED:
        return True
    if not cell:
        return None if modality in BIOLOGICS else False
    return cell == "true"


def check_port(case: Case) -> list[Finding]:
    """DIM 11 and 17(8): an approved port, open to article 10 goods where they are."""
    port = only(case.facts, "port", port=case.filing["port"])
    if port is None or ended(port["closed"], case.on):
        return [Finding(Weight.BREACH, "DIM-17(8)", "not an approved port")]
    if port["first_import"] == "true":
        return []
    if not sold_before(case) or lot_released(case):
        return [Finding(Weight.BREACH, "DIM-17(8)", "not open to goods to be tested")]
    return []


def check_lot_release(case: Case) -> list[Finding]:
    """DIM 13 and 17(9), Vaccine Law 26 to 29: the exporting country's lot release."""
    needed = lot_released(case)
    if needed is None:
        return [
            Finding(
                Weight.MISSING, "DIM-17(9)", "whether lots are released is not known"
            )
        ]
    if not needed:
        if case.product["lot_release"]:
            return []
        return [Finding(Weight.NOTHING, "DIM-17(9)", "lot release is for biologics")]
    accepted = {"released"}
    if case.product["modality"] == "vaccine":
        accepted.add("exempt")
    rows = [
        row
        for row in select(case.facts, "foreign_lot_release", batch=case.id)
        if dated(row, "issued", case.on)
    ]
    contradictory = (
        unsettled(
            "lot-release-of-no-biologic",
            "lot release is for biologics; the facts say it of another product",
            Weight.NOTHING,
            Weight.DUTY,
            Weight.MISSING,
        )
        if case.product["modality"] not in BIOLOGICS
        else None
    )
    if any(row["conclusion"] == "refused" for row in rows) or not any(
        row["conclusion"] in accepted for row in rows
    ):
        return [
            Finding(Weight.BREACH, "DIM-17(9)", "no valid lot release", contradictory)
        ]
    if not any(
        case.submitted(row["certificate"])
        for row in rows
        if row["conclusion"] in accepted
    ):
        return [
            Finding(
                Weight.MISSING,
                "DIM-17(9)",
                "the lot release is not submitted",
                unsettled(
                    "lot-release-not-submitted",
                    "article 17(9) refuses without the document; others that are on "
                    "file and not submitted are asked for (scenario 19)",
                    Weight.BREACH,
                ),
            )
        ]
    return []


def check_permit(case: Case) -> list[Finding]:
    """DIM 5, 17(1) and 17(2): the import permit of narcotics and psychotropics."""
    control = case.product["control"]
    if control == "ordinary":
        return []
    peptide = (
        unsettled(
            "peptide-permit",
            "only customs codes name a permit for anabolics and peptides; the Measures "
            "name narcotics and psychotropics",
            Weight.NOTHING,
            Weight.PERSON,
            Weight.MISSING,
        )
        if control == "anabolic-peptide"
        else None
    )
    kind = "trade-permit" if control == "anabolic-peptide" else "import-permit"
    rows = [
        row
        for row in select(case.facts, "permit", product=case.product["product"])
        if row.get("kind", kind) == kind and dated(row, "valid_from", case.on)
    ]
    if not rows:
        return [Finding(Weight.BREACH, "DIM-17(1)", "no permit", peptide)]
    if not any(lasts(row["valid_to"], case.on) for row in rows):
        return [Finding(Weight.BREACH, "DIM-17(2)", "the permit expired", peptide)]
    return []


def check_recalls(case: Case) -> list[Finding]:
    """DAL 82 and DIM 17(14): no recall of the batch is open."""
    rows = select(case.facts, "recall", batch=case.id)
    if any(
        reached(row["opened"], case.on) and not ended(row["closed"], case.on)
        for row in rows
    ):
        return [Finding(Weight.BREACH, "DAL-82", "a recall is open")]
    if not looked_up(
        case.facts, "recalls", case.id, case.on, case.parameters.check_days
    ):
        return [Finding(Weight.MISSING, "DAL-82", "recalls were not looked up")]
    return []


# A ban on imports, and a later statement of non-compliance (section 5.4).
EVENTS = {"import-suspension": "DAL-99", "non-compliance": "DIM-17(14)"}


def check_site_events(case: Case) -> list[Finding]:
    """DAL 99 and DIM 17(14): no suspension and no statement of non-compliance."""
    place = case.site["site"]
    found = [
        Finding(Weight.BREACH, EVENTS[row["kind"]], "the site may not deliver")
        for row in select(case.facts, "site_event", site=place)
        if reached(row["opened"], case.on) and not ended(row["closed"], case.on)
    ]
    if found:
        return found
    if not looked_up(case.facts, "site", place, case.on, case.parameters.check_days):
        return [Finding(Weight.MISSING, "DAL-99", "the site was not looked up")]
    return []


FINDINGS = {
    "forged": "DIM-17(10)",
    "sampling-refused": "DIM-17(12)",
    "test-failed": "DIM-17(13)",
    "harm": "DIM-17(14)",
}


def check_port_findings(case: Case) -> list[Finding]:
    """DIM 17(10), (12), (13) and (14): what the port found."""
    return [
        Finding(
            Weight.BREACH,
            FINDINGS[row["kind"]],
            row["kind"],
            None
            if reached(row["found"], case.on)
            else unsettled(
                "found-later",
                "sampling comes after the filing; whether its result counts for the "
                "day of filing, the sources do not say",
                Weight.NOTHING,
            ),
        )
        for row in select(case.facts, "port_finding", batch=case.id)
    ]


def check_responsible(case: Case) -> list[Finding]:
    """DAL 38 and the rules of 2025: one domestic responsible person for a product."""
    if case.on < RESPONSIBLE_FROM:
        return []
    rows = select(case.facts, "responsible_person", product=case.product["product"])
    current = {
        row["organization"]
        for row in rows
        if known(row["since"]) <= case.on and lasts(row["until"], case.on)
    }
    if current == {case.filing["responsible"]}:
        if not any(row["until"] == case.filing["filed"] for row in rows):
            return []
        return [
            Finding(
                Weight.NOTHING,
                "DAL-38",
                "until the day of filing",
                unsettled(
                    "until-day",
                    "whether `until` includes its day, no source says",
                    Weight.MISSING,
                    Weight.BREACH,
                ),
            )
        ]
    return [
        Finding(
            Weight.MISSING,
            "DAL-38",
            "not the one domestic responsible person of the product",
            unsettled(
                "responsible-person",
                "the rules ask for exactly one, and do not say what follows for a batch",
                Weight.BREACH,
            ),
        )
    ]


def check_modality(case: Case) -> list[Finding]:
    """Section 5.4: blood products, and cell and gene therapies, go to a person."""
    if case.product["modality"] in ("blood", "cell-gene"):
        return [Finding(Weight.PERSON, "EDGE-modality", case.product["modality"])]
    return []


def check_duties(case: Case) -> list[Finding]:
    """DIM 10, DAL 38, 66 and 68, and the lot release rules: what is left to do."""
    names = []
    found = []
    if not sold_before(case):
        names += ["port-test", "responsible-report"]
    elif select(case.facts, "sold", since=case.filing["filed"]):
        found.append(
            Finding(
                Weight.NOTHING,
                "DIM-10(2)",
                "sold since the day of filing",
                unsettled(
                    "sold-day",
                    "whether a drug sold since the day of filing is first sold then, no "
                    "source says",
                    Weight.DUTY,
                ),
            )
        )
    if lot_released(case):
        names += ["biologic-port-test", "lot-release"]
    if case.product["control"] != "ordinary":
        names.append("import-permit")
    duties = [
        Finding(Weight.DUTY, name, "to be done after the filing") for name in names
    ]
    return found + duties
