"""Article 1, items (1) to (6): the categories, any one of which is enough."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from announcement.findings import Finding, Open, Weight, unsettled
from announcement.reliance import Case, registrations, relied_on
from announcement.tables import Row, day, ended, known, looked_up, only, reached, select

INNOVATIVE = {"chem-1", "chem-2", "bio-1", "bio-2"}
LISTS = ("shortage", "key-monitoring", "encouraged-generics", "paediatric")
# Chapter 4 of the Drug Registration Measures.
ACCELERATED = {"breakthrough", "conditional", "priority", "special"}


@dataclass(frozen=True)
class Ground:
    """One category: NOTHING means that it holds, BREACH that it does not."""

    article: str
    weight: Weight
    says: str
    open: Open | None = None


def classes(case: Case) -> list[str]:
    """Return the registration classes under which the product was registered."""
    rows = registrations(case) or case.approvals("registration")
    return [row["class"] for row in rows]


def innovative(case: Case) -> bool | None:
    """Whether the drug is an innovative or improved new drug; None: not known."""
    found = classes(case)
    if any(name in INNOVATIVE for name in found):
        return True
    return None if "" in found or not found else False


def originator(case: Case) -> Ground:
    """Article 1(1), by the registration class (proposed mapping of section 3)."""
    article = "ANN-1(1)"
    found = classes(case)
    if any(name in INNOVATIVE or name == "chem-5.1" for name in found):
        return Ground(article, Weight.NOTHING, "innovative, improved or originator")
    if "bio-3.1" in found:
        if case.product["first_full_data"] == "true":
            return Ground(article, Weight.NOTHING, "first approved on full data")
        if case.parameters.class_31 == "originator":
            return Ground(article, Weight.NOTHING, "class 3.1 counts as originator")
        return Ground(
            article,
            Weight.PERSON,
            "class 3.1 and not shown to be first approved on full data",
            unsettled(
                "full-data-not-known",
                "an empty cell means not known: to be asked, or looked at by a person",
                Weight.MISSING,
            )
            if not case.product["first_full_data"]
            else None,
        )
    if "" in found or not found:
        return Ground(article, Weight.MISSING, "the registration class is not known")
    if "other" in found:
        return Ground(
            article,
            Weight.PERSON,
            "a class that the mapping does not have",
            unsettled(
                "other-class",
                "the mapping of section 3 has chemical and biological classes only",
                Weight.BREACH,
                Weight.MISSING,
            ),
        )
    return Ground(article, Weight.BREACH, "a generic or a biosimilar")


def matches(case: Case, entry: Row) -> bool | None:
    """Whether a list entry is for the product; None: its strength is not known."""
    product = case.product
    if entry["substance"] != product["substance"]:
        return False
    if case.parameters.match_level == "substance":
        return True
    if entry["form"] and entry["form"] != product["form"]:
        return False
    if case.parameters.match_level == "form" or not entry["strength"]:
        return True
    if not product["strength"]:
        return None
    return entry["strength"] == product["strength"]


def listed_on(case: Case, on: date) -> bool | None:
    """Whether one of the four lists had the drug on a day; None: not known."""
    found: list[bool | None] = []
    for edition in case.facts["list_edition"]:
        if edition["list"] not in LISTS or not reached(edition["effective"], on):
            continue
        if ended(edition["superseded"], on):
            continue
        found += [
            matches(case, entry)
            for entry in select(
                case.facts,
                "list_entry",
                list=edition["list"],
                edition=edition["edition"],
            )
        ]
    if True in found:
        return True
    return None if None in found else False


def listed(case: Case) -> Ground:
    """Article 1(2): listed on the day that the parameter chooses."""
    article = "ANN-1(2)"
    days = {"filing": case.on, "manufacture": case.made}
    chosen = case.parameters.list_reference_date
    found = listed_on(case, days.pop(chosen))
    if found:
        return Ground(article, Weight.NOTHING, "on a list")
    (other,) = days.values()
    alternative = (
        unsettled(
            "delisted",
            "the text does not say which day decides whether a drug is listed",
            Weight.PERSON,
        )
        if listed_on(case, other)
        else None
    )
    looked = all(
        looked_up(case.facts, "list", name, case.on, case.parameters.check_days)
        for name in LISTS
    )
    if found is None or not looked:
        return Ground(
            article, Weight.MISSING, "not shown to be on no list", alternative
        )
    return Ground(article, Weight.BREACH, "on no list", alternative)


def rare(case: Case) -> Ground:
    """Article 1(3): one indication in the Rare Disease Catalogue is enough."""
    article = "ANN-1(3)"
    facts, on, days = case.facts, case.on, case.parameters.check_days
    product = case.product["product"]
    doubtful = astray = False
    unknown = not looked_up(facts, "indications", product, on, days)
    for indication in select(facts, "indication", product=product):
        disease = indication["disease"]
        compared = select(facts, "disease_map", disease=disease)
        for mapping in compared:
            entry = only(
                facts, "rare_disease", list=mapping["list"], number=mapping["number"]
            )
            if entry is None:
                astray = True
                continue
            if mapping["mapping"] != "subtype" and mapping.get("reviewer", "nobody"):
                return Ground(article, Weight.NOTHING, f"{disease} is catalogued")
            doubtful = True
        if not compared and not looked_up(facts, "disease", disease, on, days):
            unknown = True
    if unknown:
        return Ground(article, Weight.MISSING, "the indications are not all compared")
    if doubtful:
        return Ground(article, Weight.PERSON, "a subtype, or compared by nobody")
    return Ground(
        article,
        Weight.BREACH,
        "no indication is catalogued",
        unsettled(
            "no-such-number",
            "a comparison with a number that the Catalogue does not have may be an "
            "error to be asked about",
            Weight.MISSING,
        )
        if astray
        else None,
    )


def temporarily_imported(case: Case) -> Ground:
    """Article 1(4): under the Work Plan of 2022, before the Chinese approval."""
    article = "ANN-1(4)"
    product = case.product["product"]
    approvals = [day(row["approved"]) for row in case.approvals("registration")]
    approved = min((one for one in approvals if one is not None), default=date.max)
    for row in select(case.facts, "temporary_import", product=product):
        if (
            row["basis"] == "work-plan-2022"
            and known(row["granted"]) < approved
            and known(row["granted"]) <= case.on
        ):
            return Ground(article, Weight.NOTHING, "imported under the Work Plan")
    if looked_up(
        case.facts, "temporary-import", product, case.on, case.parameters.check_days
    ):
        return Ground(article, Weight.BREACH, "no temporary import under the Work Plan")
    return Ground(article, Weight.MISSING, "temporary imports were not looked up")


def accelerated(case: Case) -> Ground:
    """Article 1(5): approved through a procedure in force at the approval."""
    article = "ANN-1(5)"
    special_channel = False
    for approval in relied_on(case):
        for row in select(case.facts, "pathway", approval=approval["approval"]):
            if ended(row["ended"], known(approval["approved"])):
                continue
            if row["pathway"] in ACCELERATED:
                return Ground(article, Weight.NOTHING, f"through {row['pathway']}")
            special_channel = True
    if special_channel:
        return Ground(article, Weight.PERSON, "the list of urgent overseas new drugs")
    return Ground(article, Weight.BREACH, "no accelerated procedure")


def specified(case: Case) -> Ground:
    """Article 1(6): other drugs that the NMPA specifies."""
    article = "ANN-1(6)"
    product = case.product["product"]
    for row in select(case.facts, "designated_category", product=product):
        if reached(row["since"], case.on):
            return Ground(article, Weight.NOTHING, "in a specified category")
    if looked_up(
        case.facts, "designated", product, case.on, case.parameters.check_days
    ):
        return Ground(article, Weight.BREACH, "in no specified category")
    return Ground(article, Weight.MISSING, "specified categories were not looked up")


CHECKS = (originator, listed, rare, temporarily_imported, accelerated, specified)


def grounds(case: Case) -> list[Ground]:
    """Return the six categories, each with how it stands."""
    return [check(case) for check in CHECKS]


def check_categories(case: Case) -> list[Finding]:
    """Article 1: any category is enough; else what is missing or in doubt counts."""
    found = grounds(case)
    if any(ground.weight == Weight.NOTHING for ground in found):
        return []
    findings = [
        Finding(ground.weight, ground.article, ground.says, ground.open)
        for ground in found
        if ground.weight in (Weight.MISSING, Weight.PERSON)
    ]
    if not findings:
        doubts = [ground.open for ground in found if ground.open is not None]
        return [
            Finding(Weight.BREACH, "ANN-1", "in no category", doubt)
            for doubt in doubts or [None]
        ]
    return findings


def check_claims(case: Case) -> list[Finding]:
    """Annex 1, item 8, and Annex 3, check 1: the ticks of the letter are true."""
    ticked = [row["clause"] for row in select(case.facts, "claim", batch=case.id)]
    if not ticked:
        return [Finding(Weight.MISSING, "ANN-A1", "the letter ticks no category")]
    state = {ground.article: ground for ground in grounds(case)}
    findings = []
    for clause in ticked:
        ground = state.get(clause)
        if ground is None or ground.weight == Weight.BREACH:
            findings.append(
                Finding(Weight.MISSING, "ANN-A1", f"{clause} is ticked and not met")
            )
        elif ground.weight != Weight.NOTHING:
            findings.append(
                Finding(
                    ground.weight,
                    "ANN-A1",
                    f"{clause} is ticked and in doubt",
                    unsettled(
                        "tick-in-doubt",
                        "whether a tick that is in doubt makes the letter wrong, when "
                        "another category holds, the sources do not say",
                        Weight.NOTHING,
                        Weight.PERSON,
                        Weight.MISSING,
                    ),
                )
            )
    return findings
