"""A reading that is derived incrementally equals a new solve."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from whereas.engine import solve
from whereas.engine.readings import other_readings
from whereas.explain import decide
from whereas.facts.load import load_facts
from whereas.facts.memory import copy
from whereas.policy import load_policy
from whereas.policy.core import Setting

ROOT = Path(__file__).parents[2]


def test_a_reading_is_as_a_solve_of_its_own() -> None:
    """All cases of the portfolio, under some other values of unsettled parameters."""
    policy = load_policy(ROOT / "policy" / "nmpa-2025-96")
    facts = load_facts(ROOT / "facts" / "portfolio", policy)
    values = {name: one.default for name, one in policy.parameters.items()}
    setting = Setting(values, None)
    model = solve(policy, facts, setting, certify=False, readings=True)
    decisions = list(decide(model))
    tried = {
        one.case: {(each.parameter, each.value): each.outcome for each in one.readings}
        for one in decisions
    }
    own = {one.case: one.outcome for one in decisions}
    different = 0
    for name, value in other_readings(policy, setting)[::4]:
        other = replace(setting, parameters={**values, name: value})
        alone = solve(policy, copy(facts, "sqlite", policy), other, certify=False)
        for one in decide(alone):
            said = tried[one.case].get((name, value), own[one.case])
            assert said == one.outcome, (one.case, name, value)
            different += one.outcome != own[one.case]
    assert different
    fresh = solve(policy, copy(facts, "sqlite", policy), setting)
    for name in policy.relations:
        assert list(fresh.rows(name)) == list(model.rows(name))
