"""Runs the scenario files beside a policy: `whereas test`.

`load` reads the files, `run` decides and compares, `coverage` says which rules the
scenarios exercise.
"""

from __future__ import annotations

from whereas.scenarios.coverage import Coverage, RuleCoverage, coverage, exercised
from whereas.scenarios.load import load
from whereas.scenarios.run import (
    CaseResult,
    Difference,
    Results,
    ScenarioResult,
    run,
)
from whereas.scenarios.suite import Expectation, Scenario, Suite

__all__ = [
    "CaseResult",
    "Coverage",
    "Difference",
    "Expectation",
    "Results",
    "RuleCoverage",
    "Scenario",
    "ScenarioResult",
    "Suite",
    "coverage",
    "exercised",
    "load",
    "run",
]
