"""Article 2(2): standard, site, process, insert and label are the approved ones."""

from __future__ import annotations

from announcement.findings import Finding, Open, Weight, unsettled
from announcement.reliance import (
    ALWAYS,
    COLUMNS,
    UNDATED,
    Case,
    carriers,
    granted,
    lawful,
)
from announcement.tables import dated, ended, select

# What refuses a label and an insert that are not the approved ones, besides 2(2).
PRINTED = {"label": "DIM-17(6)", "insert": "DIM-17(7)"}


def check_contents(case: Case) -> list[Finding]:
    """Article 2(2): site, process, insert and label, approved or filed as required."""
    found = []
    for aspect, column in COLUMNS.items():
        content = case.batch[column]
        if not content:
            if aspect in ALWAYS:
                found.append(
                    Finding(Weight.MISSING, "ANN-2(2)", f"the {aspect} is not known")
                )
            continue
        if lawful(case, aspect, content):
            continue
        if aspect == "packing-site" and lawful(case, "site", content):
            found.append(
                Finding(
                    Weight.BREACH,
                    "ANN-2(2)",
                    "packed at a site that is approved for manufacture only",
                    unsettled(
                        "packing-site",
                        "the sources do not say whether an approved manufacturing site "
                        "may pack",
                        Weight.NOTHING,
                        Weight.PERSON,
                    ),
                )
            )
            continue
        undated = any(
            row["status"] != "valid" and not row["status_date"]
            for row in carriers(case, aspect, content)
        )
        doubt = UNDATED if undated else no_content(case, aspect)
        if aspect in PRINTED:
            found.append(
                Finding(Weight.BREACH, PRINTED[aspect], f"another {aspect}", doubt)
            )
        found.append(
            Finding(
                Weight.BREACH,
                "ANN-2(2)",
                f"{aspect} {content} is not approved",
                doubt,
            )
        )
    return found


def no_content(case: Case, aspect: str) -> Open | None:
    """Return an open point if no approval on the day says anything of an aspect."""
    if any(
        select(
            case.facts,
            "approved_content",
            approval=approval["approval"],
            aspect=aspect,
        )
        for approval in case.approvals()
        if granted(approval, case.on)
    ):
        return None
    return unsettled(
        "no-content",
        "an empty file means not known (section 8): content of which no approval says "
        "anything is not approved, or is to be asked for",
        Weight.MISSING,
    )


def check_standard(case: Case) -> list[Finding]:
    """Article 2(2): the quality meets the approved registration standard."""
    approved = {
        row["content"]
        for approval in case.approvals()
        for row in select(
            case.facts,
            "approved_content",
            approval=approval["approval"],
            aspect="standard",
        )
        if not ended(row["until"], case.on) and lawful(case, "standard", row["content"])
    }
    conclusions = {
        row["conclusion"]
        for row in select(case.facts, "test_result", batch=case.id)
        if row["standard"] in approved and dated(row, "tested", case.on)
    }
    if "fails" in conclusions:
        return [
            Finding(Weight.BREACH, "ANN-2(2)", "fails the approved standard"),
        ]
    if "conforms" in conclusions:
        return []
    return [
        Finding(
            Weight.MISSING,
            "ANN-2(2)",
            "not shown to meet the approved standard",
            unsettled(
                "no-standard",
                "whether a product without an approved standard on file is refused or "
                "to be completed, the sources do not say",
                Weight.BREACH,
            )
            if not approved
            else None,
        )
    ]
