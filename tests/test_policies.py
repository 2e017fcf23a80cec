"""Every policy is clean, and its scenarios are decided as they say.

Of the editions of the announcement more is asked: every batch has an outcome, and what
is cleared is exactly what is eligible, so that no reason is hidden by the order of the
outcomes.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from whereas.explain.decide import decide
from whereas.policy import load_policy
from whereas.scenarios import Results, load, run

POLICIES = Path(__file__).parent.parent / "policy"
DECIDING = sorted(
    folder.name for folder in POLICIES.iterdir() if (folder / "tests").is_dir()
)
EDITIONS = ("nmpa-2025-96",)
GOOD = {"eligible", "eligible-with-obligations"}


@cache
def results(name: str) -> Results:
    return run(load(load_policy(POLICIES / name)))


@pytest.mark.parametrize("name", DECIDING)
def test_a_policy_has_no_warnings(name: str) -> None:
    """A missing translation and a rule without citation included."""
    assert [str(w.message) for w in load_policy(POLICIES / name).warnings] == []


@pytest.mark.parametrize("name", DECIDING)
def test_its_scenarios_pass(name: str) -> None:
    assert [one.scenario.name for one in results(name).failed] == []


@pytest.mark.parametrize("name", EDITIONS)
def test_what_is_cleared_is_what_is_eligible(name: str) -> None:
    """No batch is undetermined, and none is cleared that something stands against."""
    for result in results(name).scenarios:
        cleared = {row[0] for row in result.model.rows("cleared")}
        for decision in decide(result.model):
            batch, outcome = decision.case[0], decision.outcome
            assert outcome is not None, (result.scenario.name, batch)
            assert (outcome in GOOD) == (batch in cleared), (
                result.scenario.name,
                batch,
                outcome,
            )
