"""Changes that never make the outcome of a batch worse, and what is named as an exception.

No rule punishes a later end of validity, one more valid document, or an earlier
approval, but those that say so: an approval that is not after the date of manufacture
(title of the announcement), nor after the temporary import (article 1(4)), and a
second responsible person, newer look-ups, which show that something is not there,
and a second result of a test. These are left out here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from announcement.importing import PAPERS
from announcement.tables import Facts, Row, day, known
from whereas.policy import Policy

Improvement = Callable[[Policy, Facts], Facts | None]
FAR = "2099-12-31"
LATER = timedelta(366)
EARLIER = timedelta(60)


def _row(policy: Policy, table: str, cells: dict[str, str]) -> Row:
    """Return a row with the columns that the policy has."""
    names = [column.name or "" for column in policy.relations[table].columns]
    return {name: cells.get(name, "") for name in names}


def _added(policy: Policy, facts: Facts, table: str, **cells: str) -> Facts:
    """Return the facts with one more row, unless a row has its key."""
    relation = policy.relations[table]
    new = _row(policy, table, cells)
    names = [relation.columns[position].name or "" for position in relation.key]
    key = [new[name] for name in names]
    if any([row.get(name, "") for name in names] == key for row in facts[table]):
        return facts
    return {**facts, table: [*facts[table], new]}


def _document(
    policy: Policy, facts: Facts, table: str, document: str, **cells: str
) -> Facts | None:
    """Return the facts with one more document that is submitted, in Chinese."""
    if not facts["filing"]:
        return None
    (filing,) = facts["filing"]
    changed = _added(policy, facts, table, document=document, **cells)
    return _added(
        policy,
        changed,
        "submission",
        filing=filing["filing"],
        document=document,
        chinese="true",
    )


def _postponed(facts: Facts, table: str, column: str) -> Facts:
    """Return the facts with every date of a column a year later."""
    return {
        **facts,
        table: [
            {**row, column: (known(row[column]) + LATER).isoformat()}
            if row[column]
            else row
            for row in facts[table]
        ],
    }


def later_expiry(_policy: Policy, facts: Facts) -> Facts:
    """Return the batch with a later expiry date (DIM 17(3))."""
    return _postponed(facts, "batch", "expires")


def later_end_of_approvals(_policy: Policy, facts: Facts) -> Facts:
    """Return the batch with certificates that are valid longer (DIM 17(2))."""
    return _postponed(facts, "cn_approval", "valid_to")


def later_end_of_licences(_policy: Policy, facts: Facts) -> Facts:
    """Return the batch with licences of the importer valid longer (DIM 17(5))."""
    return _postponed(facts, "licence", "valid_to")


def later_end_of_permits(_policy: Policy, facts: Facts) -> Facts:
    """Return the batch with permits that are valid longer (DIM 17(2))."""
    return _postponed(facts, "permit", "valid_to")


def later_end_of_evidence(_policy: Policy, facts: Facts) -> Facts:
    """Return the batch with GMP evidence that is valid longer (Annex 3, check 2)."""
    return _postponed(facts, "gmp_evidence", "valid_to")


def one_more_release(policy: Policy, facts: Facts) -> Facts | None:
    """Return the batch with a release document of the day that the letter states."""
    if not facts["letter"]:
        return None
    (batch,), (letter,) = facts["batch"], facts["letter"]
    return _document(
        policy,
        facts,
        "release_doc",
        "MORE-REL",
        batch=batch["batch"],
        kind="release-certificate",
        signed=letter["released"],
    )


def one_more_evidence(policy: Policy, facts: Facts) -> Facts | None:
    """Return the batch with evidence of its own country that covers it."""
    if not facts["filing"]:
        return None
    (batch,), (site,), (filing,) = facts["batch"], facts["site"], facts["filing"]
    made = known(batch["made"])
    return _document(
        policy,
        facts,
        "gmp_evidence",
        "MORE-GMP",
        kind="gmp-certificate",
        issuer=site["country"],
        site=site["site"],
        inspection_start=(made - LATER).isoformat(),
        issued=min(made, known(filing["filed"])).isoformat(),
        valid_to=FAR,
    )


def one_more_proof(policy: Policy, facts: Facts) -> Facts | None:
    """Return the batch with a proof from a country where the drug is allowed."""
    (product,) = facts["product"]
    for row in facts["overseas_authorization"]:
        if row["status"] == "approved" and row["approved"]:
            return _document(
                policy,
                facts,
                "market_proof",
                "MORE-CPP",
                product=product["product"],
                country=row["country"],
                kind="cpp",
                who_format="true",
                issued=row["approved"],
            )
    return None


def one_more_country(policy: Policy, facts: Facts) -> Facts | None:
    """Return the batch of a drug that is allowed in one more country, with its proof.

    Without it the only proof may be from a country that allows the drug no more: that
    was for a person to judge, and is now to be replaced.
    """
    (product,) = facts["product"]
    changed = _added(
        policy,
        facts,
        "overseas_authorization",
        product=product["product"],
        country="NZ",
        status="approved",
        approved="2010-01-04",
    )
    return _document(
        policy,
        changed,
        "market_proof",
        "MORE-NZ",
        product=product["product"],
        country="NZ",
        kind="cpp",
        who_format="true",
        issued="2010-01-04",
    )


def one_more_licence(policy: Policy, facts: Facts) -> Facts | None:
    """Return the batch of an importer with one more licence."""
    if not facts["filing"]:
        return None
    (filing,) = facts["filing"]
    return _added(
        policy,
        facts,
        "licence",
        organization=filing["importer"],
        kind="manufacturing",
        valid_from="2010-01-04",
        valid_to=FAR,
    )


def one_more_permit(policy: Policy, facts: Facts) -> Facts:
    """Return the batch of a product with one more import permit."""
    (product,) = facts["product"]
    return _added(
        policy,
        facts,
        "permit",
        permit="MORE-PM",
        kind="import-permit",
        product=product["product"],
        valid_from="2010-01-04",
        valid_to=FAR,
    )


def one_more_list(policy: Policy, facts: Facts) -> Facts:
    """Return the batch of a product that is on one more list."""
    (product,) = facts["product"]
    changed = _added(
        policy,
        facts,
        "list_edition",
        list="shortage",
        edition="one more",
        effective="2010-01-04",
    )
    return _added(
        policy,
        changed,
        "list_entry",
        list="shortage",
        edition="one more",
        entry="1",
        substance=product["substance"],
        form=product["form"],
    )


def all_papers(policy: Policy, facts: Facts) -> Facts | None:
    """Return the batch with every paper of article 13."""
    if not facts["filing"]:
        return None
    (filing,) = facts["filing"]
    changed = facts
    for paper in PAPERS:
        changed = _added(
            policy, changed, "filing_paper", filing=filing["filing"], paper=paper
        )
    return changed


def no_recall(_policy: Policy, facts: Facts) -> Facts:
    """Return the batch without a recall, and its site without events."""
    return {**facts, "recall": [], "site_event": []}


def earlier_approval(_policy: Policy, facts: Facts) -> Facts | None:
    """Return the batch with a registration approved earlier, and a letter that says so.

    It stays after the manufacture and after every temporary import.
    """
    (batch,) = facts["batch"]
    before = [known(batch["made"])]
    before += [known(row["granted"]) for row in facts["temporary_import"]]
    before += [one for row in facts["pathway"] if (one := day(row["ended"]))]
    moved: dict[str, str] = {}
    for row in facts["cn_approval"]:
        old = day(row["approved"])
        if row["kind"] == "registration" and old is not None:
            new = max(old - EARLIER, max(before) + timedelta(1))
            if new < old:
                moved[row["approval"]] = new.isoformat()
    return _approved_on(facts, moved) if moved else None


def _approved_on(facts: Facts, days: dict[str, str]) -> Facts:
    """Return the facts with approvals of other days, also in the letter if right."""
    old = {row["approval"]: row["approved"] for row in facts["cn_approval"]}
    return {
        **facts,
        "cn_approval": [
            {**row, "approved": days.get(row["approval"], row["approved"])}
            for row in facts["cn_approval"]
        ],
        "letter_approval": [
            {**row, "approved": days[row["approval"]]}
            if row["approval"] in days and row["approved"] == old[row["approval"]]
            else row
            for row in facts["letter_approval"]
        ],
    }


IMPROVEMENTS: tuple[Improvement, ...] = (
    later_expiry,
    later_end_of_approvals,
    later_end_of_licences,
    later_end_of_permits,
    later_end_of_evidence,
    one_more_release,
    one_more_evidence,
    one_more_proof,
    one_more_country,
    one_more_licence,
    one_more_permit,
    one_more_list,
    all_papers,
    no_recall,
    earlier_approval,
)


def is_worse(before: str, after: str) -> bool:
    """Whether an outcome is worse than another; no other is better than out of scope."""
    order = (
        "eligible",
        "eligible-with-obligations",
        "refer",
        "needs-information",
        "ineligible",
    )
    if "out-of-scope" in (before, after):
        return before != after
    return order.index(after) > order.index(before)
