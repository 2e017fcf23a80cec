"""The scenarios of one setting, decided together: each is a world (`engine.worlds`)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, cast

from whereas.diagnostics import IntegrityError, Invalid, NothingSelected
from whereas.engine import solve
from whereas.engine.bodies import Compiler
from whereas.engine.sql import conjunctions, heads_sql
from whereas.engine.worlds import facts_of_worlds
from whereas.explain import Explainer
from whereas.explain.decide import decide
from whereas.facts import from_rows
from whereas.scenarios.condition_coverage import Condition, matters
from whereas.values import written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from whereas.diagnostics import Diagnostic
    from whereas.engine.model import Model
    from whereas.engine.worlds import Widened
    from whereas.explain.proof import Decision
    from whereas.facts.base import FactBase
    from whereas.policy.core import Policy, Rule
    from whereas.scenarios.suite import Scenario
    from whereas.values import Value

_Values = tuple["Value", ...]


def facts_of(policy: Policy, scenario: Scenario) -> dict[str, list[_Values]]:
    """Return the values of the rows that a scenario gives, by relation."""
    return {
        name: [row.values for row in rows]
        for name, rows in scenario.facts.items()
        if name in policy.relations
    }


def model_of(policy: Policy, scenario: Scenario, engine: str = "sqlite") -> Model:
    """Return the model of a scenario alone."""
    rows = facts_of(policy, scenario)
    base = from_rows(policy, rows, name=scenario.file)
    return solve(policy, base, scenario.setting, engine=engine)


@dataclass(frozen=True, eq=False)
class Batch:
    """Scenarios of one setting with the model of all; `world` is the place of one."""

    over: Widened
    scenarios: Sequence[Scenario]
    model: Model
    # The rows of each relation that was asked for, by world.
    _rows: dict[str, dict[int, list[_Values]]] = field(default_factory=dict)

    @cached_property
    def _explainer(self) -> Explainer:
        return Explainer(self.model)

    @cached_property
    def _compiler(self) -> Compiler:
        database = self.model.database
        return Compiler.of(
            self.model.policy, self.model.setting, database.intern, database.dialect
        )

    @cached_property
    def _decisions(self) -> Mapping[tuple[_Values, int], Decision]:
        """The decisions by case and world."""
        decisions = {}
        for decision in decide(self._explainer):
            *key, world = decision.case
            case = tuple(key)
            decisions[case, cast("int", world)] = replace(decision, case=case)
        return decisions

    def decision(self, world: int, case: _Values) -> Decision:
        """Return what was decided for a case in one world.

        Raises `NothingSelected` for a case that the scenario does not have.
        """
        decision = self._decisions.get((case, world))
        if decision is None:
            words = ", ".join(written(value) for value in case)
            subject = self.model.policy.subject
            raise NothingSelected(f"no {subject} {words} among the facts")
        return decision

    def rows(self, relation: str, world: int) -> Sequence[_Values]:
        """Return the rows of a relation in one world."""
        if relation not in self._rows:
            by_world = self._rows[relation] = {}
            for *values, number in self.model.rows(relation):
                by_world.setdefault(cast("int", number), []).append(tuple(values))
        return self._rows[relation].get(world, ())

    def firing(self, rule: Rule) -> frozenset[int]:
        """Return the worlds in which a rule has an instance that holds."""
        wide = self.model.policy.rules[rule.index]
        world = f"a{len(wide.head.terms) - 1}"
        return frozenset(
            number
            for literals in conjunctions(wide.body)
            for (number,) in self.model.database.query(
                f"SELECT DISTINCT {world} FROM "
                f"({heads_sql(self._compiler, wide.head, literals).sql})"
            )
        )

    def matters(self, condition: Condition) -> bool:
        """Return whether a condition of the policy mattered in some world."""
        wide = self.model.policy.rules[condition.rule.index]
        return matters(replace(condition, rule=wide), self._explainer)


def decided(
    policy: Policy,
    over: Widened,
    scenarios: Sequence[Scenario],
    base: FactBase,
    engine: str,
) -> Batch:
    """Decide the scenarios of one setting together; `base` has the facts of all.

    Where that fails they are decided one by one, so that the error is that of one.
    """
    try:
        setting = scenarios[0].setting
        model = solve(over.policy, base, setting, engine=engine, certify=True)
    except (Invalid, IntegrityError):
        for scenario in scenarios:
            model_of(policy, scenario, engine)
        raise
    return Batch(over, scenarios, model)


def in_batches(
    policy: Policy, over: Widened, scenarios: Sequence[Scenario]
) -> Sequence[tuple[list[int], FactBase, Mapping[int, Sequence[Diagnostic]]]]:
    """Return, for each setting, the places of its scenarios, their facts, and faults.

    The faults are those of the facts, by the place of the scenario.
    """
    by_setting: dict[str, list[int]] = {}
    for place, scenario in enumerate(scenarios):
        by_setting.setdefault(repr(scenario.setting), []).append(place)
    batches = []
    for places in by_setting.values():
        worlds = [facts_of(policy, scenarios[place]) for place in places]
        base, faults = facts_of_worlds(policy, over, worlds)
        of_place = {places[world]: found for world, found in faults.items()}
        batches.append((places, base, of_place))
    return batches
