"""The policy and the oracle agree over mutations of the portfolio.

A sample is compared here; all of them with `WHEREAS_ALL_MUTATIONS=1`, in about four minutes.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from pathlib import Path

import pytest

from announcement.comparison import GROUNDS, Compared, Cuts, compare
from announcement.departures import EXPECTED, allowing
from announcement.findings import Parameters, Weight
from announcement.tables import select
from whereas.policy import Policy

ALL = bool(os.environ.get("WHEREAS_ALL_MUTATIONS"))
SAMPLE = 1500
SEED = 96
SHOWN = 20


@pytest.fixture(scope="module")
def compared(
    announcement: Policy, portfolio: Cuts, tmp_path_factory: pytest.TempPathFactory
) -> list[Compared]:
    """Return every batch, and mutations of them, decided by policy and oracle."""
    mutations = portfolio.mutations(announcement)
    if not ALL:
        mutations = random.Random(SEED).sample(mutations, SAMPLE)
    cases = portfolio.unchanged() + [portfolio.mutated(one) for one in mutations]
    folder = tmp_path_factory.mktemp("mutations") / "facts"
    facts = portfolio.facts
    return list(compare(announcement, facts, cases, folder, Parameters()))


def unexplained(compared: list[Compared]) -> list[Compared]:
    """Return where neither an open point nor a departure explains a difference."""
    return [
        one
        for one in compared
        if one.outcome != one.verdict.outcome
        and allowing(one.verdict, EXPECTED).explained(one.outcome) is None
    ]


def message(one: Compared) -> str:
    """Return a difference in words: what was changed, and what both say of it."""
    found = [
        f"{finding.weight.name.lower()} {finding.article}: {finding.says}"
        for finding in one.verdict.findings
        if finding.weight > Weight.DUTY
    ]
    return (
        f"{one.case.change}\n  policy: {one.outcome}; oracle: {one.verdict.outcome}\n  "
        + "\n  ".join(found)
    )


def test_every_difference_is_explained(compared: list[Compared]) -> None:
    """Each is an open point of the sources, or stands in the table of departures."""
    found = unexplained(compared)
    shown = "\n".join(message(one) for one in found[:SHOWN])
    assert not found, f"{len(found)} of {len(compared)} differ:\n{shown}"


@pytest.mark.skipif(bool(EXPECTED), reason="departures change the reasons too")
def test_the_reasons_that_decide_are_the_same(compared: list[Compared]) -> None:
    """By their ids, and with the categories that hold; where no point is open."""
    found = []
    for one in compared:
        settled = all(finding.open is None for finding in one.verdict.findings)
        approved = "ANN-1(0)" not in one.verdict.articles(Weight.BREACH)
        if not settled or not approved or one.outcome == "out-of-scope":
            continue
        policy, oracle = one.decisive()
        if one.ids.get(GROUNDS, set()) != one.verdict.grounds or policy != oracle:
            found.append(
                f"{message(one)}\n  policy: {sorted(policy)}; oracle: {sorted(oracle)}"
            )
    assert not found, f"{len(found)} differ:\n" + "\n".join(found[:SHOWN])


@pytest.mark.skipif(not ALL, reason="a sample does not meet every departure")
def test_every_departure_explains_a_difference(compared: list[Compared]) -> None:
    """A row that explains nothing any more is deleted from the table."""
    needed: Counter[str] = Counter()
    for one in compared:
        if one.verdict.explained(one.outcome) is not None:
            continue
        met = [
            departure
            for departure in EXPECTED
            if any(departure.meets(finding) for finding in one.verdict.findings)
        ]
        for departure in met:
            others = tuple(other for other in met if other != departure)
            if allowing(one.verdict, others).explained(one.outcome) is None:
                needed[departure.name] += 1
    assert [one.name for one in EXPECTED if not needed[one.name]] == []


@pytest.mark.parametrize("change", ["absent", "later", "stale"])
def test_look_ups_of_lists(
    announcement: Policy, portfolio: Cuts, tmp_path: Path, change: str
) -> None:
    """They are shared by all batches, so that they change in a run of their own."""
    looked = {"absent": None, "later": "2026-02-11", "stale": "2025-11-11"}[change]
    lists = select(portfolio.facts, "lookup", subject="list")
    items = [] if looked is None else sorted({row["item"] for row in lists})
    changed = [{"subject": "list", "item": one, "looked": str(looked)} for one in items]
    facts = {**portfolio.facts, "lookup": changed}
    cases = portfolio.unchanged()
    compared = list(
        compare(announcement, facts, cases, tmp_path / "facts", Parameters())
    )
    assert [message(one) for one in unexplained(compared)] == []


def test_the_parameters_have_the_documented_defaults(announcement: Policy) -> None:
    """The policy decides under the parameters that the oracle takes."""
    policy = {one.name: one.default for one in announcement.parameters.values()}
    shared = {name: one for name, one in vars(Parameters()).items() if name in policy}
    assert {name: policy[name] for name in shared} == shared
