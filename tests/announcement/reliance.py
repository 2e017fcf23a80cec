"""The approvals that a batch relies on, and the day that they are measured by.

Article 1, chapeau (获批: an approval document or a supplemental approval), and the
observation on Annex 3: a batch may need the later of several approvals.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from announcement.findings import Finding, Open, Parameters, Weight, unsettled
from announcement.tables import Facts, Row, day, ended, known, lasts, reached, select

APPROVALS = ("registration", "supplement")
# A batch without a packing site was packed where it was made.
ALWAYS = ("site", "process", "insert", "label")
# The columns of a batch that have to agree with approved content.
COLUMNS = {
    "site": "site",
    "packing-site": "packing_site",
    "process": "process",
    "insert": "insert",
    "label": "label",
}


@dataclass(frozen=True)
class Case:
    """A batch with its product, its filing and the day on which that is judged."""

    facts: Facts
    batch: Row
    product: Row
    site: Row
    filing: Row
    line: Row
    on: date
    parameters: Parameters

    @property
    def id(self) -> str:
        """Return the number of the batch."""
        return self.batch["batch"]

    @property
    def number(self) -> str:
        """Return the batch number on papers, where two sites use the same."""
        return self.batch.get("number") or self.id

    @property
    def made(self) -> date:
        """Return the date of manufacture."""
        return known(self.batch["made"])

    def approvals(self, *kinds: str) -> list[Row]:
        """Return the Chinese approvals of the product, of some kinds."""
        rows = select(self.facts, "cn_approval", product=self.product["product"])
        return [row for row in rows if not kinds or row["kind"] in kinds]

    def submitted(self, document: str) -> bool:
        """Whether a document was handed in with the filing."""
        name = self.filing["filing"]
        return bool(select(self.facts, "submission", filing=name, document=document))


def granted(approval: Row, on: date) -> bool:
    """Whether an approval had been given by a day."""
    return reached(approval["approved"], on)


def impaired(approval: Row, on: date) -> bool:
    """Whether an approval was suspended or cancelled on a day.

    A status without a date has held since the approval.
    """
    since = day(approval["status_date"])
    return approval["status"] != "valid" and (since is None or since <= on)


def standing(approval: Row, on: date) -> bool:
    """Whether an approval was given and is neither suspended nor cancelled."""
    return granted(approval, on) and not impaired(approval, on)


def carries(approval: Row, on: date) -> bool:
    """Whether an approval makes its content lawful on a day.

    The status of the registration is a refusal of its own (see `check_approval`).
    """
    if approval["kind"] == "registration":
        return granted(approval, on)
    return standing(approval, on)


def carriers(case: Case, aspect: str, content: str) -> list[Row]:
    """Return all approvals and filed changes that ever had some content."""
    return [
        approval
        for approval in case.approvals()
        if select(
            case.facts,
            "approved_content",
            approval=approval["approval"],
            aspect=aspect,
            content=content,
        )
    ]


def lawful(case: Case, aspect: str, content: str) -> list[Row]:
    """Return what makes some content lawful on the day of filing (article 2(2))."""
    return [
        approval
        for approval in carriers(case, aspect, content)
        if carries(approval, case.on)
        and any(
            not ended(row["until"], case.on)
            for row in select(
                case.facts,
                "approved_content",
                approval=approval["approval"],
                aspect=aspect,
                content=content,
            )
        )
    ]


def contents(case: Case) -> list[tuple[str, str]]:
    """Return the content of the batch that is known, each with its aspect.

    The standard is that which the batch was tested to and which is approved.
    """
    found = [
        (aspect, case.batch[column])
        for aspect, column in COLUMNS.items()
        if case.batch[column]
    ]
    tested = [
        row["standard"]
        for row in select(case.facts, "test_result", batch=case.id)
        if carriers(case, "standard", row["standard"])
    ]
    return found + [("standard", standard) for standard in tested]


def earliest(approvals: list[Row]) -> Row | None:
    """Return the approval that was given first; one that is pending comes last."""
    return min(
        approvals, key=lambda row: day(row["approved"]) or date.max, default=None
    )


def relied_on(case: Case) -> list[Row]:
    """Return the registration and the supplements that the batch relies on."""
    chosen = [earliest(case.approvals("registration"))]
    for aspect, content in contents(case):
        chosen.append(earliest(lawful(case, aspect, content)))
    found: list[Row] = []
    for approval in chosen:
        if (
            approval is not None
            and approval["kind"] in APPROVALS
            and granted(approval, case.on)
            and approval not in found
        ):
            found.append(approval)
    return found


def supplements(case: Case) -> list[Row]:
    """Return the supplements that the batch relies on."""
    return [row for row in relied_on(case) if row["kind"] == "supplement"]


def anchor(case: Case) -> date | None:
    """Return the day from which the batch is lawful: the latest approval relied on."""
    return max((known(row["approved"]) for row in relied_on(case)), default=None)


def boundary(case: Case) -> date:
    """Return the day before which a batch is made before approval.

    An approval that is pending, or was withdrawn again, still parts the batch from
    ordinary ones: a batch that relies on a pending supplement is ineligible, not out
    of scope (scenario 24).
    """
    days = [earliest(case.approvals("registration"))]
    for aspect, content in contents(case):
        days.append(
            earliest(lawful(case, aspect, content) or carriers(case, aspect, content))
        )
    return max(
        (
            day(row["approved"]) or date.max
            for row in days
            if row is not None and row["kind"] in APPROVALS
        ),
        default=date.max,
    )


PUBLISHED = date(2025, 9, 30)
MADE_LATER = unsettled(
    "made-after-filing",
    "no source says what a filing is for a batch not yet made",
    Weight.NOTHING,
    Weight.BREACH,
    Weight.OUTSIDE,
)


def check_scope(case: Case) -> list[Finding]:
    """Title and chapeau of article 1: commercial scale, made before approval."""
    found = []
    approved = boundary(case)
    if case.made > approved:
        found.append(
            Finding(
                Weight.OUTSIDE,
                "ANN-1(before)",
                f"made on {case.made}, after the approval of {approved}",
                _perhaps_before(case),
            )
        )
    elif case.made == approved:
        match case.parameters.same_day:
            case "ordinary":
                weight = Weight.OUTSIDE
            case "refer":
                weight = Weight.PERSON
            case _:
                weight = Weight.NOTHING
        found.append(
            Finding(weight, "ANN-1(before)", "made on the day of the approval")
        )
    if case.made > case.on:
        found.append(
            Finding(
                Weight.MISSING,
                "ANN-A3-1",
                "the batch was made after its filing",
                MADE_LATER,
            )
        )
    if case.on < PUBLISHED:
        found.append(
            Finding(
                Weight.OUTSIDE,
                "ANN-3",
                "filed before the announcement was published",
                unsettled(
                    "commencement",
                    "the day from which the announcement applies was not found",
                    Weight.NOTHING,
                ),
            )
        )
    return found + check_scale(case)


def _perhaps_before(case: Case) -> Open | None:
    """Return why a batch made after the approval may not be an ordinary one."""
    if case.made > case.on:
        return MADE_LATER
    approved = all(lawful(case, aspect, content) for aspect, content in contents(case))
    if approved and all(case.batch[COLUMNS[aspect]] for aspect in ALWAYS):
        return None
    return unsettled(
        "uncovered-after-approval",
        "a batch made after the approval whose content is not approved, or not known, "
        "is both after the approval (scenario 21) and not shown to be approved (2(2))",
        Weight.NOTHING,
    )


def check_scale(case: Case) -> list[Finding]:
    """Title of the announcement: batches of commercial scale."""
    match case.batch["scale"]:
        case "commercial":
            return []
        case "validation":
            weight = {
                "refer": Weight.PERSON,
                "accept": Weight.NOTHING,
                "refuse": Weight.BREACH,
            }[case.parameters.validation_batches]
            return [Finding(weight, "ANN-1(scale)", "a process validation batch")]
        case "unknown":
            return [Finding(Weight.MISSING, "ANN-1(scale)", "the scale is not known")]
        case scale:
            return [
                Finding(
                    Weight.BREACH,
                    "ANN-1(scale)",
                    f"made at {scale} scale",
                    unsettled(
                        "scale",
                        "section 5.4 has REFER/INELIGIBLE for clinical and pilot scale",
                        Weight.PERSON,
                    ),
                )
            ]


# What a cancelled or suspended registration runs against.
IMPAIRED = {"cancelled": ("DIM-17(11)", "DAL-83"), "suspended": ("DAL-99",)}
UNDATED = unsettled(
    "status-undated",
    "a status without a date may hold since the approval, or its day is to be asked",
    Weight.MISSING,
)


def registrations(case: Case) -> list[Row]:
    """Return the registrations given by the day: of the site, where there are several."""
    rows = case.approvals("registration")
    given = [row for row in rows if granted(row, case.on)]
    of_site = [
        row for row in carriers(case, "site", case.batch["site"]) if row in given
    ]
    return of_site or given


def check_approval(case: Case) -> list[Finding]:
    """Chapeau of article 1, DIM 17(2) and 17(11), DAL 83 and 99: the registration."""
    given = registrations(case)
    if not given:
        return [Finding(Weight.BREACH, "ANN-1(0)", "no approval on the day of filing")]
    found = []
    for row in given:
        if impaired(row, case.on):
            found += [
                Finding(
                    Weight.BREACH,
                    article,
                    f"the registration is {row['status']}",
                    None if row["status_date"] else UNDATED,
                )
                for article in IMPAIRED[row["status"]]
            ]
        if row["status"] != "cancelled" and not lasts(row["valid_to"], case.on):
            found.append(
                Finding(Weight.BREACH, "DIM-17(2)", "the registration expired")
            )
        if not row["valid_to"]:
            found.append(
                Finding(
                    Weight.MISSING,
                    "DIM-17(2)",
                    "the registration names no end",
                    unsettled(
                        "validity-not-stated",
                        "a certificate is valid for five years; whether one that names "
                        "no end may be judged by that, the sources do not say",
                        Weight.NOTHING,
                        Weight.BREACH,
                    ),
                )
            )
    return found
