"""The oracle decides the acceptance scenarios of the announcement as they say.

The plain case is an eliglustat capsule of an Irish site, made before the approval and
released after it. Each scenario changes some of its rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from announcement.findings import Parameters, Weight
from announcement.oracle import decide
from announcement.tables import Facts, Row

PLAIN: dict[str, list[Row]] = {
    "product": [
        {
            "product": "P",
            "substance": "eliglustat",
            "form": "capsule",
            "strength": "84mg",
            "modality": "chemical",
            "control": "ordinary",
            "lot_release": "false",
            "shelf_life": "36",
            "first_full_data": "true",
        }
    ],
    "site": [{"site": "S1", "country": "IE"}],
    "batch": [
        {
            "batch": "B",
            "product": "P",
            "site": "S1",
            "packing_site": "",
            "made": "2025-08-20",
            "expires": "2028-07-31",
            "scale": "commercial",
            "process": "PV-1",
            "insert": "I-1",
            "label": "L-1",
        }
    ],
    "cn_approval": [
        {
            "approval": "HJ20259001",
            "product": "P",
            "kind": "registration",
            "class": "chem-5.1",
            "approved": "2025-12-10",
            "valid_to": "2030-12-09",
            "status": "valid",
            "status_date": "",
            "change": "",
            "gmp_asked": "",
        }
    ],
    "approved_content": [
        {"approval": "HJ20259001", "aspect": aspect, "content": content, "until": ""}
        for aspect, content in (
            ("site", "S1"),
            ("process", "PV-1"),
            ("insert", "I-1"),
            ("label", "L-1"),
            ("standard", "JX1"),
        )
    ],
    "test_result": [{"batch": "B", "standard": "JX1", "conclusion": "conforms"}],
    "release_doc": [
        {"document": "COA", "batch": "B", "signed": "2025-08-30"},
        {"document": "QP", "batch": "B", "signed": "2025-12-18"},
    ],
    "pathway": [],
    "overseas_authorization": [
        {
            "product": "P",
            "country": "US",
            "status": "approved",
            "approved": "2014-08-19",
            "status_date": "",
            "reason": "",
        }
    ],
    "overseas_change": [],
    "market_proof": [
        {
            "document": "CPP",
            "product": "P",
            "country": "US",
            "kind": "cpp",
            "who_format": "true",
        }
    ],
    "gmp_evidence": [
        {
            "document": "GMP",
            "kind": "gmp-certificate",
            "issuer": "IE",
            "site": "S1",
            "inspection_start": "2024-11-04",
            "issued": "2025-01-15",
            "valid_to": "",
            "who_format": "",
        }
    ],
    "filing": [
        {
            "filing": "F",
            "filed": "2026-02-10",
            "port": "SHA",
            "importer": "Importer",
            "responsible": "Agent",
        }
    ],
    "filing_line": [{"batch": "B", "filing": "F", "origin": "IE"}],
    "filing_paper": [
        {"filing": "F", "paper": paper}
        for paper in (
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
    ],
    "submission": [
        {"filing": "F", "document": document, "chinese": "true"}
        for document in ("CPP", "GMP", "COA", "QP")
    ],
    "letter": [
        {
            "batch": "B",
            "made": "2025-08-20",
            "released": "2025-12-18",
            "who_format": "true",
        }
    ],
    "letter_approval": [
        {"batch": "B", "approval": "HJ20259001", "approved": "2025-12-10"}
    ],
    "claim": [{"batch": "B", "clause": "ANN-1(1)"}],
    "port": [{"port": "SHA", "first_import": "true", "closed": ""}],
    "licence": [
        {"organization": "Importer", "kind": kind, "valid_to": "2030-12-31"}
        for kind in ("distribution", "business")
    ],
    "responsible_person": [
        {"product": "P", "organization": "Agent", "since": "2025-07-01", "until": ""}
    ],
    "list_edition": [],
    "list_entry": [],
    "indication": [{"product": "P", "disease": "Gaucher disease"}],
    "disease_map": [
        {"disease": "Gaucher disease", "list": "1", "number": "31", "mapping": "exact"}
    ],
    "rare_disease": [{"list": "1", "number": "31"}, {"list": "1", "number": "27"}],
    "lookup": [
        {"subject": subject, "item": item, "looked": "2026-02-09"}
        for subject, item in (
            ("recalls", "B"),
            ("site", "S1"),
            ("indications", "P"),
            ("temporary-import", "P"),
            ("designated", "P"),
            ("disease", "hypertension"),
            ("list", "shortage"),
            ("list", "key-monitoring"),
            ("list", "encouraged-generics"),
            ("list", "paediatric"),
        )
    ],
}


DEFAULTS = Parameters()


@dataclass(frozen=True)
class Scenario:
    """Rows that are changed, rows that are there instead, and what follows."""

    name: str
    outcome: str
    article: str = ""
    change: dict[str, Row] | None = None
    instead: dict[str, list[Row]] | None = None
    parameters: Parameters = DEFAULTS

    def facts(self) -> Facts:
        """Return the plain case with the changes: to every row of a table."""
        facts = {table: [dict(row) for row in rows] for table, rows in PLAIN.items()}
        facts |= self.instead or {}
        for table, cells in (self.change or {}).items():
            facts[table] = [{**row, **cells} for row in facts[table]]
        return facts


def generic(name: str, outcome: str, article: str = "") -> Scenario:
    """Return scenario 2: a generic of a common disease, on no list."""
    return Scenario(
        name,
        outcome,
        article,
        change={"cn_approval": {"class": "chem-5.2"}, "claim": {"clause": "ANN-1(2)"}},
        instead={
            "indication": [{"product": "P", "disease": "hypertension"}],
            "disease_map": [],
        },
    )


def also(
    scenario: Scenario,
    change: dict[str, Row] | None = None,
    instead: dict[str, list[Row]] | None = None,
) -> Scenario:
    """Return a scenario that changes more."""
    return replace(
        scenario,
        change={**(scenario.change or {}), **(change or {})},
        instead={**(scenario.instead or {}), **(instead or {})},
    )


def listed(form: str, edition: Row, substance: str = "eliglustat") -> Scenario:
    """Return a generic that is on a list."""
    return also(
        generic(f"listed as {form}", "eligible-with-obligations"),
        instead={
            "list_edition": [{"list": "shortage", "edition": "A", **edition}],
            "list_entry": [
                {
                    "list": "shortage",
                    "edition": "A",
                    "substance": substance,
                    "form": form,
                    "strength": "",
                }
            ],
        },
    )


CURRENT = {"effective": "2020-01-01", "superseded": ""}
DELISTED = {"effective": "2020-01-01", "superseded": "2026-01-15"}
SECOND_SITE = [*PLAIN["site"], {"site": "S2", "country": "IE"}]
SUPPLEMENT = {
    **PLAIN["cn_approval"][0],
    "approval": "SUP",
    "kind": "supplement",
    "class": "",
    "approved": "2026-01-20",
    "valid_to": "",
    "change": "site",
    "gmp_asked": "true",
}
OF_SECOND_SITE: dict[str, list[Row]] = {
    "site": SECOND_SITE,
    "cn_approval": [*PLAIN["cn_approval"], SUPPLEMENT],
    "approved_content": [
        *PLAIN["approved_content"],
        {"approval": "SUP", "aspect": "site", "content": "S2", "until": ""},
    ],
    "overseas_change": [{"approval": "SUP", "country": "US", "settled": "2025-09-30"}],
    "gmp_evidence": [{**PLAIN["gmp_evidence"][0], "site": "S2"}],
    "lookup": [
        *PLAIN["lookup"],
        {"subject": "site", "item": "S2", "looked": "2026-02-09"},
    ],
    "letter_approval": [
        *PLAIN["letter_approval"],
        {"batch": "B", "approval": "SUP", "approved": "2026-01-20"},
    ],
}
MADE_BETWEEN: dict[str, Row] = {
    "batch": {"site": "S2", "made": "2025-12-22"},
    "letter": {"made": "2025-12-22", "released": "2026-01-25"},
    "release_doc": {"signed": "2026-01-25"},
}
PENDING = {**SUPPLEMENT, "approved": ""}


def imported(basis: str, outcome: str) -> Scenario:
    """Return a generic that was imported before its approval."""
    row = {"product": "P", "basis": basis, "granted": "2024-06-01"}
    return also(
        generic(f"imported: {basis}", outcome),
        {"claim": {"clause": "ANN-1(4)"}},
        {"temporary_import": [row]},
    )


def approved_through(pathway: str, outcome: str) -> Scenario:
    """Return a generic that went through a procedure."""
    row = {"approval": "HJ20259001", "pathway": pathway, "ended": ""}
    return also(
        generic(f"through {pathway}", outcome),
        {"claim": {"clause": "ANN-1(5)"}},
        {"pathway": [row]},
    )


def withdrawn(reason: str, outcome: str) -> Scenario:
    """Return a drug whose overseas authorisations are all withdrawn."""
    return Scenario(
        f"20 withdrawn, {reason}",
        outcome,
        "ANN-2(1)",
        {
            "overseas_authorization": {
                "status": "withdrawn",
                "status_date": "2026-01-12",
                "reason": reason,
            }
        },
    )


WITHOUT_PROOF = [row for row in PLAIN["submission"] if row["document"] != "CPP"]
SCENARIOS = (
    Scenario("1 the plain case", "eligible-with-obligations"),
    generic("2 a generic on no list", "ineligible", "ANN-1"),
    listed("capsule", CURRENT),
    replace(
        listed("capsule", DELISTED),
        name="4 delisted before the filing",
        outcome="ineligible",
        article="ANN-1",
    ),
    replace(
        listed("capsule", DELISTED),
        name="4 delisted, by the day of manufacture",
        parameters=Parameters(list_reference_date="manufacture"),
    ),
    replace(
        listed("oral solution", CURRENT),
        name="6 another form is listed",
        outcome="ineligible",
        article="ANN-1",
    ),
    replace(listed("capsule", CURRENT), name="7 the form is listed"),
    also(
        generic("9 one of two indications is rare", "eligible-with-obligations"),
        {"claim": {"clause": "ANN-1(3)"}},
        {
            "indication": [
                *PLAIN["indication"],
                {"product": "P", "disease": "hypertension"},
            ],
            "disease_map": PLAIN["disease_map"],
        },
    ),
    also(
        generic("11 an alias of a rare disease", "eligible-with-obligations"),
        {"claim": {"clause": "ANN-1(3)"}},
        {
            "indication": [{"product": "P", "disease": "法布里病"}],
            "disease_map": [
                {
                    "disease": "法布里病",
                    "list": "1",
                    "number": "27",
                    "mapping": "alias",
                }
            ],
        },
    ),
    imported("work-plan-2022", "eligible-with-obligations"),
    imported("lecheng", "ineligible"),
    approved_through("priority", "eligible-with-obligations"),
    approved_through("urgent-overseas-list", "refer"),
    Scenario(
        "18 innovative, marketed nowhere",
        "eligible-with-obligations",
        change={"cn_approval": {"class": "chem-1"}, "letter": {"who_format": "false"}},
        instead={"overseas_authorization": [], "submission": WITHOUT_PROOF},
    ),
    Scenario(
        "19 no proof is attached",
        "needs-information",
        "ANN-A2-1",
        {"letter": {"who_format": "false"}},
        {"submission": WITHOUT_PROOF},
    ),
    withdrawn("regulatory", "ineligible"),
    withdrawn("commercial", "refer"),
    Scenario(
        "21 made after the approval",
        "out-of-scope",
        "ANN-1(before)",
        {"batch": {"made": "2025-12-20"}, "letter": {"made": "2025-12-20"}},
    ),
    Scenario(
        "23 a second site, by a supplement",
        "eligible-with-obligations",
        change=MADE_BETWEEN,
        instead=OF_SECOND_SITE,
    ),
    Scenario(
        "24 the supplement is pending",
        "ineligible",
        "ANN-2(2)",
        MADE_BETWEEN,
        {**OF_SECOND_SITE, "cn_approval": [*PLAIN["cn_approval"], PENDING]},
    ),
    Scenario(
        "26 an older process", "ineligible", "ANN-2(2)", {"batch": {"process": "PV-0"}}
    ),
    Scenario(
        "28 a test is missing",
        "needs-information",
        "ANN-2(2)",
        {"test_result": {"conclusion": "incomplete"}},
    ),
    Scenario(
        "28 a test fails",
        "ineligible",
        "ANN-2(2)",
        {"test_result": {"conclusion": "fails"}},
    ),
    Scenario(
        "29 an overseas label, no Chinese insert",
        "ineligible",
        "DIM-17(7)",
        {"batch": {"insert": "EU-I", "label": "EU-L"}},
    ),
    Scenario(
        "30 inspected after the manufacture",
        "ineligible",
        "ANN-A3-2",
        {"gmp_evidence": {"inspection_start": "2025-09-15", "issued": "2025-11-03"}},
    ),
    Scenario(
        "31 inspected from the day of manufacture",
        "eligible-with-obligations",
        change={
            "gmp_evidence": {"inspection_start": "2025-08-20", "issued": "2025-11-03"}
        },
    ),
    Scenario(
        "35 the certificate had lapsed",
        "refer",
        "ANN-A3-2",
        {"gmp_evidence": {"valid_to": "2025-06-30"}},
    ),
    Scenario(
        "37 nine months, seven left",
        "eligible-with-obligations",
        change={
            "product": {"shelf_life": "9"},
            "batch": {"expires": "2026-09-10"},
        },
    ),
    Scenario(
        "37 nine months, five left",
        "ineligible",
        "DIM-17(3)",
        {"product": {"shelf_life": "9"}, "batch": {"expires": "2026-07-10"}},
    ),
    Scenario(
        "38 the registration is cancelled",
        "ineligible",
        "DIM-17(11)",
        {"cn_approval": {"status": "cancelled", "status_date": "2026-02-01"}},
    ),
    Scenario(
        "38 a recall is open",
        "ineligible",
        "DAL-82",
        instead={
            "recall": [
                {"recall": "R", "batch": "B", "opened": "2026-01-26", "closed": ""}
            ]
        },
    ),
    Scenario(
        "38 imports from the site are suspended",
        "ineligible",
        "DAL-99",
        instead={
            "site_event": [
                {
                    "site": "S1",
                    "kind": "import-suspension",
                    "opened": "2026-01-26",
                    "closed": "",
                }
            ]
        },
    ),
)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.name)
def test_a_scenario(scenario: Scenario) -> None:
    """The outcome is that of the list, for the reason that it names."""
    verdict = decide(scenario.facts(), "B", scenario.parameters)
    assert verdict.outcome == scenario.outcome, verdict.findings
    heaviest = max((one.weight for one in verdict.findings), default=Weight.NOTHING)
    if scenario.article:
        assert scenario.article in verdict.articles(heaviest)
