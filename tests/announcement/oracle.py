"""An independent reading of Announcement 2025 No. 96, in plain Python.

It is written from the regulation's text, not from the policy's rules, and it decides
a batch of a fact folder by reading its rows in loops. `test_oracle.py` compares it
with the policy over thousands of mutations of the portfolio.
"""

from __future__ import annotations

from announcement import (
    categories,
    consistency,
    importing,
    inspection,
    overseas,
    release,
    reliance,
)
from announcement.findings import Finding, Parameters, Verdict, Weight, unsettled
from announcement.reliance import Case
from announcement.tables import Facts, known, only

CHECKS = (
    reliance.check_scope,
    reliance.check_approval,
    categories.check_categories,
    categories.check_claims,
    overseas.check_marketing,
    overseas.check_changes,
    overseas.check_marketing_proof,
    consistency.check_contents,
    consistency.check_standard,
    inspection.check_gmp,
    release.check_release,
    release.check_letter,
    importing.check_codes,
    importing.check_papers,
    importing.check_translations,
    importing.check_shelf_life,
    importing.check_origin,
    importing.check_importer,
    importing.check_port,
    importing.check_lot_release,
    importing.check_permit,
    importing.check_recalls,
    importing.check_site_events,
    importing.check_port_findings,
    importing.check_responsible,
    importing.check_modality,
    importing.check_duties,
)


def decide(facts: Facts, number: str, parameters: Parameters) -> Verdict:
    """Decide a batch; every reason is listed, not only the first (section 8)."""
    case = find_case(facts, number, parameters)
    if case is None:
        return Verdict([not_filed()])
    verdict = Verdict()
    for check in CHECKS:
        verdict.findings += check(case)
    verdict.grounds = {
        ground.article
        for ground in categories.grounds(case)
        if ground.weight == Weight.NOTHING
    }
    return verdict


def find_case(facts: Facts, number: str, parameters: Parameters) -> Case | None:
    """Return a batch with its product, site and filing, or None without a filing."""
    batch = only(facts, "batch", batch=number)
    line = only(facts, "filing_line", batch=number)
    filing = line and only(facts, "filing", filing=line["filing"])
    if batch is None or line is None or filing is None:
        return None
    product = only(facts, "product", product=batch["product"])
    site = only(facts, "site", site=batch["site"])
    assert product is not None and site is not None, number
    return Case(
        facts,
        batch,
        product,
        site,
        filing,
        line,
        known(filing["filed"]),
        parameters,
    )


def not_filed() -> Finding:
    """Return what is found about a batch that stands in no filing (DIM 4)."""
    return Finding(
        Weight.MISSING,
        "DIM-4",
        "the batch stands in no filing",
        unsettled(
            "not-filed",
            "without a day of filing nothing is judged that depends on it",
            Weight.BREACH,
            Weight.OUTSIDE,
        ),
    )
