"""A batch cut out of a fact folder, and many such cuts laid side by side.

A cut has the rows that bear on one batch. Each copy gets keys of its own, so that
one run of the engine decides a thousand of them.
"""

from __future__ import annotations

from announcement.tables import Facts, Row, only, select

# Columns that hold a key. Values of enumerations, countries, classes, versions of a
# process or label, and categories of the announcement are no keys.
KEYS = {
    "approval",
    "batch",
    "certificate",
    "covers",
    "disease",
    "document",
    "edition",
    "event",
    "explanation",
    "filing",
    "importer",
    "licence",
    "organization",
    "packing_site",
    "permit",
    "port",
    "product",
    "recall",
    "responsible",
    "site",
    "standard",
    "substance",
}
OF_BATCH = (
    "batch",
    "filing_line",
    "letter",
    "letter_approval",
    "claim",
    "exemption",
    "test_result",
    "release_doc",
    "recall",
    "port_finding",
    "foreign_lot_release",
)
OF_FILING = ("filing", "filing_paper", "submission")
OF_PRODUCT = (
    "product",
    "cn_approval",
    "overseas_authorization",
    "market_proof",
    "responsible_person",
    "permit",
    "sold",
    "indication",
    "temporary_import",
    "designated_category",
)
OF_APPROVAL = ("approved_content", "pathway", "overseas_change")
OF_SITE = ("site", "gmp_evidence", "site_event")
# The numbers of the Rare Disease Catalogue are shifted by this much from copy to copy.
CATALOGUE = 1000


def cut(facts: Facts, number: str) -> Facts:
    """Return the rows that bear on one batch; look-ups of lists are left out."""
    batch = only(facts, "batch", batch=number)
    assert batch is not None, number
    found: Facts = {table: [] for table in facts}
    for table in OF_BATCH:
        found[table] = select(facts, table, batch=number)
    for table in OF_PRODUCT:
        found[table] = select(facts, table, product=batch["product"])
    for table in OF_SITE:
        found[table] = select(facts, table, site=batch["site"])
    for line in found["filing_line"]:
        for table in OF_FILING:
            found[table] += select(facts, table, filing=line["filing"])
    for approval in found["cn_approval"]:
        for table in OF_APPROVAL:
            found[table] += select(facts, table, approval=approval["approval"])
    for evidence in found["gmp_evidence"]:
        found["inspected_batch"] += select(
            facts, "inspected_batch", document=evidence["document"]
        )
    for filing in found["filing"]:
        found["port"] += select(facts, "port", port=filing["port"])
        found["licence"] += select(facts, "licence", organization=filing["importer"])
    _add_diseases(facts, found)
    _add_lists(facts, found)
    _add_lookups(facts, found, batch)
    return found


def _add_diseases(facts: Facts, found: Facts) -> None:
    """Add what the indications were compared with."""
    for indication in found["indication"]:
        found["disease_map"] += select(
            facts, "disease_map", disease=indication["disease"]
        )
    for mapping in found["disease_map"]:
        found["rare_disease"] += select(
            facts, "rare_disease", list=mapping["list"], number=mapping["number"]
        )


def _add_lists(facts: Facts, found: Facts) -> None:
    """Add the entries for the substance, and their editions."""
    (product,) = found["product"]
    entries = select(facts, "list_entry", substance=product["substance"])
    found["list_entry"] = entries
    found["list_edition"] = [
        edition
        for edition in facts["list_edition"]
        if any(
            entry["list"] == edition["list"] and entry["edition"] == edition["edition"]
            for entry in entries
        )
    ]


def _add_lookups(facts: Facts, found: Facts, batch: Row) -> None:
    """Add the look-ups of the batch, its product, its site and its diseases."""
    diseases = {row["disease"] for row in found["indication"]}
    items = {
        "indications": {batch["product"]},
        "temporary-import": {batch["product"]},
        "designated": {batch["product"]},
        "disease": diseases,
        "recalls": {batch["batch"]},
        "site": {batch["site"]},
    }
    found["lookup"] = [
        row
        for row in facts["lookup"]
        if row["item"] in items.get(row["subject"], set())
    ]


def renamed(table: str, row: Row, copy: int) -> Row:
    """Return a row with keys of its own copy."""
    new = dict(row)
    for column, cell in row.items():
        is_key = column in KEYS
        is_key |= (table, column) in (("lookup", "item"), ("batch", "number"))
        is_key |= (
            table == "approved_content"
            and column == "content"
            and row["aspect"] in ("site", "packing-site", "standard")
        )
        if is_key and cell:
            new[column] = f"{cell}~{copy}"
    if table in ("rare_disease", "disease_map"):
        new["number"] = str(int(row["number"]) + CATALOGUE * (copy + 1))
    return new


def side_by_side(facts: Facts, cuts: list[Facts]) -> Facts:
    """Return all cuts as one fact folder, with the look-ups of the lists."""
    together: Facts = {table: [] for table in facts}
    together["lookup"] = select(facts, "lookup", subject="list")
    for copy, one in enumerate(cuts):
        for table, rows in one.items():
            together[table] += [renamed(table, row, copy) for row in rows]
    return together
