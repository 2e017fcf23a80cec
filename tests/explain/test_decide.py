"""Decisions: outcome, and the ids of what held and what failed."""

from __future__ import annotations

import io
import json

import pytest
from reasons_oracle import decide_slowly, random_world
from worlds import model

from whereas.explain.decide import all_cases, decide, one_by_one
from whereas.explain.explainer import Explainer
from whereas.explain.proof import Decision

SEEDS = range(150)


def as_decisions(found):
    return [Decision(*one) for one in found]


@pytest.mark.parametrize("seed", SEEDS)
def test_cases_by_themselves_equal_the_definition_read_slowly(seed):
    made = random_world(seed)
    explainer = Explainer(model(made))
    found = one_by_one(explainer, all_cases(explainer))
    assert list(found) == as_decisions(decide_slowly(made))
