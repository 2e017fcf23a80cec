"""Says what results exercise: rules that fired, conditions that mattered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.explain import Explainer
from whereas.facts.database import quoted
from whereas.scenarios.condition_coverage import Condition, conditions, matters

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    fired = dict.fromkeys(range(len(rules)), 0)
    known = [one for rule in rules for one in conditions(rule, policy)]
    idle = known
    for result in results.scenarios:
        explainer = Explainer(result.model)
        for place in _firing(explainer):
            fired[place] += 1
        idle = [one for one in idle if not matters(one, explainer)]
    total = len(results.scenarios)
    return Coverage(
        tuple(
            RuleCoverage(rule, fired[place], total - fired[place])
            for place, rule in enumerate(rules)
        ),
        len(known),
        tuple(idle),
    )


def exercised(results: Results) -> dict[str, tuple[str, ...]]:
    """Return the names of the scenarios in which each rule fires, by its label."""
    rules = results.suite.policy.rules
    found: dict[str, list[str]] = {rule.label: [] for rule in rules}
    for result in results.scenarios:
        for place in _firing(Explainer(result.model)):
            found[rules[place].label].append(result.scenario.name)
    return {label: tuple(names) for label, names in found.items()}


def _firing(explainer: Explainer) -> Iterator[int]:
    """Yield the places of the rules that have an instance which holds in a model."""
    policy, database = explainer.policy, explainer.database
    has_rows = {
        name: bool(database.query(f"SELECT 1 FROM {quoted(name)} LIMIT 1"))
        for name, relation in policy.relations.items()
        if not relation.stated
    }
    many = {name: len(policy.rules_of(name)) > 1 for name in has_rows if has_rows[name]}
    for place, rule in enumerate(policy.rules):
        name = rule.head.relation
        if has_rows[name] and (not many[name] or _fires(rule, explainer)):
            yield place


def _fires(rule: Rule, explainer: Explainer) -> bool:
    query = explainer.query(rule.body, rule.types, (), limit=1)
    return bool(explainer.database.query(query.sql))
