"""Says what results exercise: rules that fired, conditions that mattered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.scenarios.condition_coverage import Condition, conditions

if TYPE_CHECKING:
    from whereas.policy.core import Rule
    from whereas.scenarios.run import Results


@dataclass(frozen=True, slots=True)
class RuleCoverage:
    """In how many scenarios a rule has an instance that holds, and in how many none."""

    rule: Rule
    fired: int
    failed: int

    @property
    def exercised(self) -> bool:
        """Whether some scenario rests on it."""
        return self.fired > 0


@dataclass(frozen=True, slots=True)
class Coverage:
    """The coverage of each rule of a policy, in the policy's order.

    `conditions` are all that can fail, and `idle` those that mattered in no
    scenario: without them, all would decide as it does.
    """

    rules: tuple[RuleCoverage, ...]
    conditions: int
    idle: tuple[Condition, ...]

    @property
    def unexercised(self) -> tuple[Rule, ...]:
        """The rules that fire in no scenario."""
        return tuple(one.rule for one in self.rules if not one.exercised)

    @property
    def never_failed(self) -> tuple[Rule, ...]:
        """The rules with a body that hold in every scenario: no test sees them fail."""
        return tuple(one.rule for one in self.rules if one.rule.body and not one.failed)

    @property
    def percent(self) -> float:
        """The share of rules that fire in some scenario, of 100."""
        if not self.rules:
            return 100.0
        return 100.0 * sum(one.exercised for one in self.rules) / len(self.rules)


def coverage(results: Results) -> Coverage:
    """Return how the scenarios exercise the rules of their policy."""
    policy = results.suite.policy
    rules = policy.rules
    fired = {
        rule.index: sum(len(batch.firing(rule)) for batch in results.batches)
        for rule in rules
    }
    known = [one for rule in rules for one in conditions(rule, policy)]
    idle = [
        one for one in known if not any(batch.matters(one) for batch in results.batches)
    ]
    total = len(results.scenarios)
    return Coverage(
        tuple(
            RuleCoverage(rule, fired[rule.index], total - fired[rule.index])
            for rule in rules
        ),
        len(known),
        tuple(idle),
    )


def exercised(results: Results) -> dict[str, tuple[str, ...]]:
    """Return the names of the scenarios in which each rule fires, by its label."""
    names: dict[str, tuple[str, ...]] = {}
    for rule in results.suite.policy.rules:
        firing = {
            id(batch.scenarios[world])
            for batch in results.batches
            for world in batch.firing(rule)
        }
        names[rule.label] = tuple(
            result.scenario.name
            for result in results.scenarios
            if id(result.scenario) in firing
        )
    return names
