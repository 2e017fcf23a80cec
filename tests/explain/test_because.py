"""What an outcome rests on first, and the line that a meeting reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from reasons_oracle import random_world
from worlds import model

from whereas import api
from whereas.explain import Explainer, decide
from whereas.explain.because_points import points
from whereas.render.because import line
from whereas.render.speakers import speaker_of
from whereas.render.table import csv_lines, record

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("home", ["sqlite", "duckdb"])
@pytest.mark.parametrize("seed", range(40))
def test_the_points_of_a_case_have_the_ids_that_its_outcome_rests_on(seed, home):
    explainer = Explainer(model(random_world(seed), home))
    decisions = decide(explainer)
    found = points(explainer, decisions)
    for number, one in enumerate(decisions):
        said = {id_ for point in found.get(number, ()) for id_ in point.source.ids}
        assert said == {*(one.because[0].ids if one.because else ())}
    explainer.database.close()


@pytest.fixture(scope="module", params=["nmpa-2025-96", "us-plair"])
def decided(request):
    facts = {"nmpa-2025-96": "portfolio", "us-plair": "plair-demo"}[request.param]
    policy = api.load_policy(ROOT / "policy" / request.param)
    base = api.load_facts(ROOT / "facts" / facts, policy)
    return request.param, api.decide(policy, base)


def said(decisions, language="en"):
    tables = decisions.model
    found = points(Explainer(tables), decisions)
    speaker = speaker_of(tables, language)
    return {
        one.case[0]: line(one.because, found.get(number, ()), speaker)
        for number, one in enumerate(decisions)
    }


ENGLISH = {
    "B-001": None,
    "B-026": "ANN-0: the filing of 8 September 2024 is older than the announcement; "
    "besides: ANN-A3-2, ANN-1, ANN-A1, DAL-38, DAL-99",
    "B-038": "ANN-A3-0: manufacturer's test report is missing",
    "B-040": "DIM-4: it stands in no filing, so that there is no day to judge it on",
    "B-055": "DAL-83: a drug whose certificate was cancelled may not be imported; "
    "DIM-17(11): HJ20259022 was cancelled on 1 February 2026",
    "B-056": "DAL-82: recall R-9056 was opened on 26 January 2026, and was not closed "
    "by the day of filing",
    # Two sentences of one clause, and its id once.
    "B-048": "ANN-2(2): its insert, EU-PIL-7, is in no Chinese approval and in no "
    "filed change on the day of filing; its label, EU-LAB-7, is in no Chinese approval "
    "and in no filed change on the day of filing; besides: DIM-17(6), DIM-17(7)",
    # Through what a rule without an id negates.
    "R-04": "PL-2: it is not for the finished drug of an original application",
    "R-18": "PL-2: it is not for the finished drug of an original application; "
    "besides: PL-8, PL-5",
}
CHINESE = {
    "B-026": "；此外：ANN-A3-2、ANN-1、ANN-A1、DAL-38、DAL-99",
    "B-056": "DAL-82：召回R-9056于2026年1月26日启动，备案日尚未结束",
}


def test_a_refusal_is_told_by_the_reason_of_its_own_outcome(decided):
    policy, decisions = decided
    found = said(decisions)
    assert {case: found[case] for case in ENGLISH if case in found} == {
        case: text for case, text in ENGLISH.items() if case in found
    }
    if policy != "us-plair":
        chinese = said(decisions, "zh")
        for case, text in CHINESE.items():
            assert chinese[case].endswith(text)


def test_an_exemption_that_does_not_apply_is_no_reason(decided):
    """`failed` has it, for it could have met the condition; no reader looks for it."""
    _, decisions = decided
    for one in decisions:
        assert not any("exempt" in id_ for why in one.because for id_ in why.ids)


def test_the_reason_stands_in_json_and_csv(decided):
    policy, decisions = decided
    if policy == "us-plair":
        return
    (one,) = [found for found in decisions if found.case == ("B-041",)]
    assert record(one, decisions.model.policy)["because"] == [
        {"outcome": "ineligible", "ids": ["ANN-1(scale)"]},
        {"outcome": "needs-information", "ids": ["ANN-A2-1", "ANN-A2-2"]},
    ]
    head, row = [text.split(",") for text in csv_lines([one], decisions.model.policy)]
    assert row[head.index("because")] == "ANN-1(scale)"
    wanted = next(found for found in decisions if found.case == ("B-001",))
    assert "because" not in record(wanted, decisions.model.policy)
    assert json.dumps(record(wanted, decisions.model.policy))
