"""The first policy on the demonstration: both ways to decide agree."""

from __future__ import annotations

from pathlib import Path

import pytest
from worlds import all_cases

from whereas.engine import solve
from whereas.explain.bulk import decide_all, decide_some
from whereas.explain.decide import near_cases
from whereas.explain.explainer import Explainer
from whereas.explain.justify import justify
from whereas.facts import load_facts
from whereas.policy import load_policy
from whereas.policy.core import Setting

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", params=["sqlite", "duckdb"])
def explainer(request):
    policy = load_policy(ROOT / "policy" / "nmpa-summary")
    facts = load_facts(ROOT / "facts" / "demo", policy, home=request.param)
    found = Explainer(
        solve(policy, facts, Setting({}, None), engine=request.param, certify=False)
    )
    yield found
    found.database.close()


def test_the_demonstration_is_decided_alike_at_once_and_one_by_one(explainer):
    found = list(decide_all(explainer))
    assert {one.outcome for one in found} == {"importable", "not-importable"}
    cases = all_cases(explainer)
    assert found == list(decide_some(near_cases(explainer, cases), cases))


def test_the_reasons_are_the_codes_of_the_summary(explainer):
    codes = {
        f"S-{c}"
        for c in [
            "C1",
            "C2",
            "C3",
            "G1",
            "G2",
            "G3",
            "E1",
            "E2",
            "E3",
            "E4",
            "E5",
            "E6",
        ]
    }
    for one in decide_all(explainer):
        assert {*one.held, *one.failed} <= codes
        assert bool(one.failed) == (one.outcome == "not-importable")


def test_every_batch_is_justified(explainer):
    for one in list(decide_all(explainer))[:6]:
        found = justify(explainer, one.case)
        assert found.decision == one
        assert (found.proof is None) == (one.outcome == "not-importable")
        assert (found.blockage is None) == (one.outcome == "importable")


def test_a_refusal_names_every_fact_that_should_not_be_there(explainer):
    """B-042 lacks two documents: one alone would send its filer back twice."""
    blockage = justify(explainer, ("B-042",)).blockage
    (lacking,) = [one for one in blockage.attempts[0].conditions if not one.met]
    (inner,) = [one for one in lacking.missing.attempts[0].conditions if not one.met]
    assert [fact.values for fact in inner.premise.found] == [
        ("F-042-1", "GMP evidence"),
        ("F-042-1", "overseas marketing proof"),
    ]
    assert inner.premise.counted == 2
