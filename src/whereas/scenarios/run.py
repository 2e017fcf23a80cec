"""Decides each scenario of a `Suite` and compares it with what it expects.

Each scenario is a world of its own, with every relation that it does not give empty.
The scenarios that share a setting are decided together (`engine.worlds`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Cell, Diagnostic, Invalid, Label
from whereas.engine.worlds import widened
from whereas.scenarios.batch import decided, in_batches, model_of
from whereas.scenarios.suite import UNDETERMINED, AnyValue
from whereas.values import written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whereas.engine.model import Model
    from whereas.explain.proof import Decision
    from whereas.policy.core import Policy
    from whereas.scenarios.batch import Batch
    from whereas.scenarios.suite import (
        Expectation,
        ExpectedRows,
        Pattern,
        Scenario,
        Suite,
    )
    from whereas.values import Value


@dataclass(frozen=True, slots=True)
class Difference:
    """What was expected, and what came out instead.

    `what` is outcome, held, failed, because, one of the last three with `_includes`,
    or a relation; of those that include, `actual` is all ids and `expected` those
    that lack.
    """

    what: str
    expected: tuple[str, ...]
    actual: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What was decided for a case of which something was expected."""

    expectation: Expectation
    decision: Decision
    differences: tuple[Difference, ...]


@dataclass(frozen=True, eq=False)
class ScenarioResult:
    """A scenario with what was decided, and everything in which it differs."""

    policy: Policy
    scenario: Scenario
    cases: tuple[CaseResult, ...]
    rows: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        """Whether all came out as expected."""
        return not self.rows and not any(case.differences for case in self.cases)

    @cached_property
    def model(self) -> Model:
        """The model of the scenario alone, so that a decision can be explained."""
        return model_of(self.policy, self.scenario)


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """The results of all scenarios, in their order.

    `batches` are the models in which they were decided together.
    """

    suite: Suite
    scenarios: tuple[ScenarioResult, ...]
    batches: tuple[Batch, ...]

    @property
    def passed(self) -> tuple[ScenarioResult, ...]:
        """Those that came out as expected."""
        return tuple(result for result in self.scenarios if result.passed)

    @property
    def failed(self) -> tuple[ScenarioResult, ...]:
        """Those that did not."""
        return tuple(result for result in self.scenarios if not result.passed)


def run(suite: Suite, *, engine: str = "sqlite") -> Results:
    """Decide every scenario and compare.

    Raises `Invalid` where the facts of a scenario are wrong: a reference to a row
    that does not exist.
    """
    policy, scenarios = suite.policy, suite.scenarios
    over = widened(policy)
    gathered = in_batches(policy, over, scenarios)
    diagnostics = [
        _placed(fault, scenarios[place])
        for _, _, faults in gathered
        for place, found in faults.items()
        for fault in found
    ]
    if diagnostics:
        raise Invalid(diagnostics)
    batches = []
    results: dict[int, ScenarioResult] = {}
    for places, base, _ in gathered:
        batch = decided(policy, over, [scenarios[one] for one in places], base, engine)
        batches.append(batch)
        for world, place in enumerate(places):
            results[place] = _result(policy, scenarios[place], batch, world)
    in_order = tuple(results[place] for place in range(len(scenarios)))
    return Results(suite, in_order, tuple(batches))


def _placed(diagnostic: Diagnostic, scenario: Scenario) -> Diagnostic:
    """Return a complaint about a fact, at the line that gives the fact."""
    place = scenario.span
    match diagnostic.at:
        case Cell(file=file, row=int(row)):
            rows = scenario.facts.get(file, ())
            if 0 < row <= len(rows):
                place = rows[row - 1].span
    return Diagnostic(
        Code.SCENARIO_FACTS,
        diagnostic.message,
        place,
        "add the row, or correct the value",
        (Label(scenario.span, f"in the scenario `{scenario.name}`"),),
    )


def _result(
    policy: Policy, scenario: Scenario, batch: Batch, world: int
) -> ScenarioResult:
    cases = []
    for expectation in scenario.expectations:
        decision = batch.decision(world, expectation.case)
        differences = tuple(_differences(expectation, decision))
        cases.append(CaseResult(expectation, decision, differences))
    rows = tuple(
        difference
        for expected in scenario.expected_rows
        if (
            difference := _row_difference(
                expected, batch.rows(expected.relation, world)
            )
        )
    )
    return ScenarioResult(policy, scenario, tuple(cases), rows)


def _differences(expected: Expectation, actual: Decision) -> Iterator[Difference]:
    outcome = UNDETERMINED if actual.outcome is None else actual.outcome
    if expected.outcome not in (None, outcome):
        yield Difference("outcome", (str(expected.outcome),), (outcome,))
    because = _because(actual)
    for what, exact, ids in (
        ("held", expected.held, actual.held),
        ("failed", expected.failed, actual.failed),
        ("because", expected.because, because),
    ):
        if exact is not None and exact != ids:
            yield Difference(what, exact, ids)
    for what, some, ids in (
        ("held_includes", expected.held_includes, actual.held),
        ("failed_includes", expected.failed_includes, actual.failed),
        ("because_includes", expected.because_includes, because),
    ):
        lacking = tuple(one for one in some if one not in ids)
        if lacking:
            yield Difference(what, lacking, ids)


def _because(decision: Decision) -> tuple[str, ...]:
    """Return the ids that the outcome of a case rests on first."""
    own = (one.ids for one in decision.because if one.outcome == decision.outcome)
    return next(own, ())


def _row_difference(
    expected: ExpectedRows, rows: Sequence[tuple[Value, ...]]
) -> Difference | None:
    """Return how a relation's rows differ from what was expected, if they do."""
    lacking = [
        pattern
        for pattern in expected.patterns
        if not any(_matches(pattern, row) for row in rows)
    ]
    surplus = [
        row
        for row in rows
        if not any(_matches(pattern, row) for pattern in expected.patterns)
    ]
    if not lacking and not surplus:
        return None
    return Difference(
        expected.relation,
        tuple(_written(pattern.values) for pattern in expected.patterns),
        tuple(_written(row) for row in rows),
    )


def _matches(pattern: Pattern, row: tuple[Value, ...]) -> bool:
    return all(
        isinstance(wanted, AnyValue) or wanted == value
        for wanted, value in zip(pattern.values, row, strict=True)
    )


def _written(values: tuple[Value | AnyValue, ...]) -> str:
    words = ("_" if isinstance(v, AnyValue) else written(v) for v in values)
    return f"({', '.join(words)})"
