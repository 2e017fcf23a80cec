"""Nothing that is better makes an outcome worse: of the policy and of the oracle."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from announcement.comparison import Case, Cuts, compare
from announcement.findings import Parameters
from announcement.improvements import IMPROVEMENTS, Improvement, is_worse
from whereas.policy import Policy

SAMPLE = 120
SEED = 2025


@pytest.fixture(scope="module")
def some(announcement: Policy, portfolio: Cuts) -> list[Case]:
    """Return every batch of the portfolio, and some that are changed."""
    mutations = random.Random(SEED).sample(portfolio.mutations(announcement), SAMPLE)
    return portfolio.unchanged() + [portfolio.mutated(one) for one in mutations]


def improved(policy: Policy, case: Case, improvement: Improvement) -> Case | None:
    """Return a batch with something better about it, or None where nothing is."""
    facts = improvement(policy, case.facts)
    if facts is None:
        return None
    return Case(case.number, facts, f"{case.change}; {improvement.__name__}")


def test_nothing_better_makes_it_worse(
    announcement: Policy, portfolio: Cuts, some: list[Case], tmp_path: Path
) -> None:
    """A later end, one more document, an earlier approval: see `improvements.py`."""
    cases = list(some)
    changed: list[tuple[int, int]] = []
    for improvement in IMPROVEMENTS:
        count = 0
        for index, case in enumerate(some):
            better = improved(announcement, case, improvement)
            if better is not None and better.facts is not case.facts:
                count += 1
                changed.append((index, len(cases)))
                cases.append(better)
        assert count, f"{improvement.__name__} changes no batch"
    decided = list(
        compare(announcement, portfolio.facts, cases, tmp_path / "facts", Parameters())
    )
    worse = []
    for before, after in changed:
        pairs = {
            "policy": (decided[before].outcome, decided[after].outcome),
            "oracle": (decided[before].verdict.outcome, decided[after].verdict.outcome),
        }
        worse += [
            f"{who}: {cases[after].change}: from {old} to {new}"
            for who, (old, new) in pairs.items()
            if is_worse(old, new)
        ]
    assert not worse, "\n".join(worse)
