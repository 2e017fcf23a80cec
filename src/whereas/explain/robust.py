"""A decision into how firmly it stands: which facts it cannot do without.

A fact is *necessary* if the case is decided otherwise without it. That is not read
off the proofs, in which a negation or a count would have to be followed: the case is
decided again without each stated row that its outcomes can reach, one at a time.
What no outcome reaches cannot change one. The row of the case itself is not taken
away: without it there is nothing to decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.diagnostics import LimitExceeded
from whereas.explain.anew import Anew, Beside
from whereas.explain.decide import decide, goal_of, near_cases, selected
from whereas.explain.explainer import Explainer
from whereas.explain.proof import Chosen, Derived, Fact, Holds, Premise, Stated
from whereas.explain.prove import Prover

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whereas.engine.model import Model
    from whereas.explain.proof import Decision
    from whereas.values import Value

# So many stated rows are tried, at about a millisecond each.
MOST = 20_000


@dataclass(frozen=True, slots=True)
class Needed:
    """A stated fact, its place, and the outcome that the case has without it."""

    fact: Fact
    stated: Stated
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Support:
    """A condition that the decision rests on, and the facts that it needs.

    `ways` counts the instances that support it. `needs` are the necessary facts
    without which it fails, save those that every condition needs.
    """

    fact: Fact
    ways: int
    needs: tuple[Needed, ...]


@dataclass(frozen=True, slots=True)
class Robustness:
    """How firmly a decision stands.

    `ways` counts the instances that support the goal of the outcome (0: it has no
    goal). `tried` is how many facts were taken away, each by itself.
    """

    decision: Decision
    ways: int
    tried: int
    needed: tuple[Needed, ...]
    supports: tuple[Support, ...]


def robustness(model: Model | Explainer, case: tuple[Value, ...]) -> Robustness:
    """Return how firmly the decision of a case stands.

    Raises NothingSelected, if the case is unknown, and LimitExceeded, where it
    reaches more rows than can be tried.
    """
    whole = model if isinstance(model, Explainer) else Explainer(model)
    policy, database = whole.policy, whole.database
    near = near_cases(whole, selected(whole, [case]))
    (decision,) = decide(near, [case])
    texts = Beside(database) if database.dialect == "duckdb" else None
    anew = Anew(policy, whole.model.facts, whole.model.setting, texts)
    anew.outcome(*case)
    ways, conditions = _conditions(near, decision)
    stored = {fact: near.stored(fact) for fact, _ in conditions}
    rows = [one for one in anew.reached() if not _own(whole, one, case)]
    if len(rows) > MOST:
        raise LimitExceeded(f"the case reaches {len(rows):,} facts, too many to try")
    prover = Prover(whole)
    found: list[Needed] = []
    fails: dict[Fact, list[Needed]] = {fact: [] for fact, _ in conditions}
    for relation, row in sorted(rows, key=lambda one: (one[0], one[1][-1])):
        outcome = anew.outcome_without(relation, row)
        if outcome == decision.outcome:
            continue
        fact = whole.fact(relation, row[:-1])
        prover.add(fact)
        stated = prover.steps[fact]
        assert isinstance(stated, Stated)  # noqa: S101  # its relation is
        needed = Needed(fact, stated, outcome)
        found.append(needed)
        for condition, values in stored.items():
            if not anew.held(condition.relation, values):
                fails[condition].append(needed)
    common = {
        one.fact for one in found if all(one in needs for needs in fails.values())
    }
    supports = tuple(
        Support(fact, count, tuple(n for n in fails[fact] if n.fact not in common))
        for fact, count in conditions
    )
    return Robustness(decision, ways, len(rows), tuple(found), supports)


def _own(
    explainer: Explainer, row: tuple[str, tuple[int, ...]], case: tuple[Value, ...]
) -> bool:
    """Return whether a row is that of the case itself."""
    policy = explainer.policy
    relation, stored = row
    if relation != policy.subject:
        return False
    values = explainer.fact(relation, stored[:-1]).values
    return tuple(values[i] for i in policy.relations[relation].key) == case


def _conditions(
    explainer: Explainer, decision: Decision
) -> tuple[int, list[tuple[Fact, int]]]:
    """Return in how many ways the outcome's goal holds, and its derived premises."""
    goals = {one.name: one.goal for one in explainer.policy.outcomes}
    goal = goals.get(decision.outcome or "")
    if goal is None:
        return 0, []
    fact = goal_of(explainer, goal, decision.case)
    prover = Prover(explainer)
    prover.add(fact)
    step = prover.steps[fact]
    if not isinstance(step, Derived):
        return 1, []
    found: list[tuple[Fact, int]] = []
    for premise in dict.fromkeys(_held(step.premises)):
        below = prover.steps[premise]
        if isinstance(below, Derived):
            found.append((premise, below.instances))
    return step.instances, found


def _held(premises: Sequence[Premise]) -> Iterator[Fact]:
    for premise in premises:
        if isinstance(premise, Holds):
            yield premise.fact
        elif isinstance(premise, Chosen):
            yield from _held(premise.premises)
