"""The demonstration, decided a second time by hand: plain Python over the files.

`by_hand` is the table of the policy's description written out once more, with no
line of our language, engines or explainer in it. It says the outcome of every batch,
and what fails in the nearest attempt of a refused one.
"""

from __future__ import annotations

import csv
import itertools
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from whereas.engine import solve
from whereas.explain.decide import decide
from whereas.facts import load_facts
from whereas.policy import load_policy
from whereas.policy.core import Setting

ROOT = Path(__file__).parent.parent
POLICY = ROOT / "policy" / "nmpa-summary"
DEMO = ROOT / "facts" / "demo"
GROUNDS = ("S-E1", "S-E2", "S-E3", "S-E4", "S-E5", "S-E6")
CODES = {"S-C1", "S-C2", "S-C3", "S-G1", "S-G2", "S-G3", *GROUNDS}
Row = dict[str, str]


def rows(relation: str) -> list[Row]:
    with (DEMO / f"{relation}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Demo:
    """The files as lists of rows; ISO dates compare as text, and empty means none."""

    def __init__(self) -> None:
        self.relation = {path.stem: rows(path.stem) for path in DEMO.glob("*.csv")}

    def where(self, relation: str, **columns: str) -> list[Row]:
        return [
            row
            for row in self.relation[relation]
            if all(row[name] == value for name, value in columns.items())
        ]


def in_force(row: Row, first: str, end: str, day: str) -> bool:
    """Begun by the day, and not ended on it."""
    return row[first] <= day and (row[end] == "" or row[end] > day)


def grounds(
    demo: Demo, batch: Row, filing: Row | None, approval: Row | None
) -> set[str]:
    product = batch["product"]
    found = set()
    (kind,) = {row["kind"] for row in demo.where("product", product=product)}
    if kind in {"original", "improved"}:
        found.add("S-E1")
    catalogue = {(r["list"], r["number"]) for r in demo.relation["rare_disease"]}
    for indication in demo.where("indication", product=product):
        for code in demo.where("disease_code", disease=indication["disease"]):
            if (code["list"], code["number"]) in catalogue:
                found.add("S-E3")
    if filing is not None:
        day = filing["filed"]
        entries = demo.where("national_list", product=product)
        if any(in_force(entry, "listed", "delisted", day) for entry in entries):
            found.add("S-E2")
        categories = demo.where("designated_category", product=product)
        if any(category["designated"] <= day for category in categories):
            found.add("S-E6")
    if approval is not None:
        licences = demo.where("temporary_import", product=product)
        if any(licence["granted"] < approval["approved"] for licence in licences):
            found.add("S-E4")
        if demo.where("expedited", number=approval["number"]):
            found.add("S-E5")
    return found


def failures(
    demo: Demo, batch: Row, filing: Row | None, approval: Row | None
) -> list[tuple[str, ...]]:
    """Return what fails for one filing and one approval, each with its codes."""
    failed: list[tuple[str, ...]] = []
    site = next(row for row in demo.where("site", site=batch["site"]))
    if batch["scale"] != "commercial":
        failed.append(("S-C1",))
    if filing is None or not any(
        in_force(row, "approved", "withdrawn", filing["filed"])
        for row in demo.where("overseas_approval", product=batch["product"])
    ):
        failed.append(("S-C2",))
    if approval is None or not batch["made"] < approval["approved"]:
        failed.append(("S-C3",))
    if filing is None or approval is None or approval["approved"] > filing["filed"]:
        failed.append(("S-G2",))
    if not grounds(demo, batch, filing, approval):
        failed.append(GROUNDS)
    if filing is None or not any(
        row["issued"] <= filing["filed"]
        and (row["expires"] == "" or row["expires"] >= filing["filed"])
        and (
            row["kind"] == "inspection-notification"
            or row["country"] == site["country"]
        )
        for row in demo.where("gmp_evidence", site=batch["site"])
    ):
        failed.append(("S-G1",))
    required = {row["document"] for row in demo.relation["required_document"]}
    if filing is None or required - {
        row["document"]
        for row in demo.where("filing_document", filing=filing["filing"])
    }:
        failed.append(("S-G3",))
    return failed


def by_hand(demo: Demo, batch: Row) -> tuple[str, set[str], set[str]]:
    """Return outcome, the grounds that decide, and what failed nearest."""
    filings = demo.where("filing", batch=batch["batch"]) or [None]
    approvals = demo.where("china_approval", product=batch["product"]) or [None]
    attempts = list(itertools.product(filings, approvals))
    tried = [failures(demo, batch, *attempt) for attempt in attempts]
    nearest = min(tried, key=len)  # the first of the nearest
    if nearest:
        return "not-importable", set(), {code for codes in nearest for code in codes}
    held = [
        grounds(demo, batch, *attempt)
        for attempt, failed in zip(attempts, tried, strict=True)
        if not failed
    ]
    return "importable", set().union(*held), set()


@pytest.fixture(scope="module")
def demo() -> Demo:
    return Demo()


def test_size_of_the_demonstration(demo: Demo) -> None:
    """About forty batches of a dozen products, most of them importable."""
    outcomes = Counter(by_hand(demo, batch)[0] for batch in demo.relation["batch"])
    assert outcomes == {"importable": 25, "not-importable": 18}


def test_every_code_passes_and_fails(demo: Demo) -> None:
    """Each criterion and safeguard decides some batch, and refuses some other alone."""
    held: set[str] = set()
    alone: defaultdict[frozenset[str], list[str]] = defaultdict(list)
    for batch in demo.relation["batch"]:
        _, found, failed = by_hand(demo, batch)
        if len(found) == 1:
            held |= found
        alone[frozenset(failed)].append(batch["batch"])
    assert held == set(GROUNDS)
    for code in sorted(CODES - set(GROUNDS)):
        assert alone[frozenset({code})], code
    assert alone[frozenset(GROUNDS)]
    assert any(1 < len(failed) < len(GROUNDS) for failed in alone)


def test_the_catalogue_is_whole(demo: Demo) -> None:
    """121 entries in the first list, 86 in the second, numbered without a gap."""
    numbers = [
        (int(r["list"]), int(r["number"])) for r in demo.relation["rare_disease"]
    ]
    assert numbers == [(1, n) for n in range(1, 122)] + [(2, n) for n in range(1, 87)]


@pytest.mark.parametrize("engine", ["sqlite", "duckdb", "pydatalog"])
def test_our_decisions_are_those_made_by_hand(demo: Demo, engine: str) -> None:
    """Every batch, outcome and reasons: what held, what failed, from each engine."""
    policy = load_policy(POLICY)
    model = solve(policy, load_facts(DEMO, policy), Setting({}, None), engine=engine)
    ours = {
        str(decision.case[0]): (
            decision.outcome,
            set(GROUNDS) & set(decision.held) if not decision.failed else set(),
            set(decision.failed),
        )
        for decision in decide(model)
    }
    hands = {row["batch"]: by_hand(demo, row) for row in demo.relation["batch"]}
    assert list(ours) == list(hands)
    assert ours == hands
