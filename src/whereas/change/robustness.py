"""A decision into how firmly it stands: which facts it cannot do without.

A fact is *necessary* if the case is decided otherwise without it. That is not read
off the proofs, in which a negation or a count would have to be followed: the case is
decided again without each stated row that its outcomes can reach, one at a time.
What no outcome reaches cannot change one. The row of the case itself is not taken
away: without it there is nothing to decide. Pairs of the facts that are not necessary
by themselves are tried too (`pairs`), up to a number, likeliest first.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from operator import itemgetter
from typing import TYPE_CHECKING

from whereas.change.case_solver import Beside, CaseSolver
from whereas.change.pairs import Touches, in_any_proof, proved
from whereas.diagnostics import LimitExceeded
from whereas.explain.decide import decide, goal_of, near_cases, selected
from whereas.explain.explainer import Explainer
from whereas.explain.proof import Chosen, Derived, Fact, Holds, Premise, Stated, stated
from whereas.explain.reason_values import prove

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from whereas.change.pairs import Stored
    from whereas.engine.model import Model
    from whereas.explain.proof import Decision
    from whereas.values import Value

# A stated relation, and a row of it with its number.
Row = tuple[str, tuple[int, ...]]
# So many stated rows are tried, at about a millisecond each.
MOST = 20_000
# And so many pairs of them.
PAIRS = 1_000
# Of so many rows at most it is looked at which of their pairs can matter at all.
FEW = 300


@dataclass(frozen=True, slots=True)
class Needed:
    """A stated fact, its place, and the outcome that the case has without it."""

    fact: Fact
    stated: Stated
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two stated facts, their places, and the outcome of the case without both."""

    facts: tuple[Fact, Fact]
    stated: tuple[Stated, Stated]
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Support:
    """A condition that the decision rests on, and the facts that it needs.

    `ways` counts the instances that support it. `needs` are the necessary facts
    without which it fails, save those that every condition needs; `pairs` those
    without both of which it fails, and not without either.
    """

    fact: Fact
    ways: int
    needs: tuple[Needed, ...]
    pairs: tuple[Pair, ...] = ()


@dataclass(frozen=True, slots=True)
class Robustness:
    """How firmly a decision stands.

    `ways` counts the instances that support the goal of the outcome (0: it has no
    goal). `tried` is how many facts were taken away, each by itself. `pairs` are
    those without which it would be decided otherwise, of `pairs_tried` of
    `pairs_in_all`: of all that can turn it.
    """

    decision: Decision
    ways: int
    tried: int
    needed: tuple[Needed, ...]
    supports: tuple[Support, ...]
    pairs: tuple[Pair, ...] = ()
    pairs_tried: int = 0
    pairs_in_all: int = 0

    @property
    def least(self) -> int | None:
        """How many facts less turn the decision: 1, 2, or None for more or unknown."""
        if self.needed:
            return 1
        return 2 if self.pairs else None


def robustness(
    model: Model | Explainer, case: tuple[Value, ...], *, most: int = PAIRS
) -> Robustness:
    """Return how firmly the decision of a case stands; `most` pairs are tried.

    Raises NothingSelected, if the case is unknown, and LimitExceeded, where it
    reaches more rows than can be tried.
    """
    whole = model if isinstance(model, Explainer) else Explainer(model)
    policy, database = whole.policy, whole.database
    near = near_cases(whole, selected(whole, [case]))
    (decision,) = decide(near, [case])
    texts = Beside(database) if database.dialect == "duckdb" else None
    anew = CaseSolver(policy, whole.model.facts, whole.model.setting, texts)
    anew.outcome(*case)
    ways, conditions = _conditions(near, decision)
    stored = {fact: near.stored(fact) for fact, _ in conditions}
    rows = [one for one in anew.reached() if not _own(whole, one, case)]
    if len(rows) > MOST:
        raise LimitExceeded(f"the case reaches {len(rows):,} facts, too many to try")
    found: list[Needed] = []
    others: list[Row] = []
    touches = Touches(anew.model) if len(rows) <= FEW else None
    touched: dict[Row, frozenset[Stored] | None] = {}
    alone: dict[Fact, set[Row]] = {fact: set() for fact, _ in conditions}
    fails: dict[Fact, list[Needed]] = {fact: [] for fact, _ in conditions}
    for relation, row in sorted(rows, key=lambda one: (one[0], one[1][-1])):
        outcome = anew.outcome_without((relation, row))
        if outcome == decision.outcome:
            others.append((relation, row))
            if touches is not None:
                touched[relation, row] = touches.without((relation, row[:-1]))
            for condition, values in stored.items():
                if not anew.held(condition.relation, values):
                    alone[condition].add((relation, row))
            continue
        fact = whole.fact(relation, row[:-1])
        needed = Needed(fact, _stated(whole, relation, row), outcome)
        found.append(needed)
        for condition, values in stored.items():
            if not anew.held(condition.relation, values):
                fails[condition].append(needed)
    common = {
        one.fact for one in found if all(one in needs for needs in fails.values())
    }
    facts = {one: whole.fact(one[0], one[1][:-1]) for one in others}
    pairs = _pairs(near, decision, facts, touched if touches is not None else None)
    total = len(pairs) if touches is not None else len(facts) * (len(facts) - 1) // 2
    together: list[Pair] = []
    broken: dict[Fact, list[Pair]] = {fact: [] for fact, _ in conditions}
    for one, other in pairs[:most]:
        outcome = anew.outcome_without(one, other)
        if outcome == decision.outcome:
            continue
        both = (facts[one], facts[other])
        places = (_stated(whole, *one), _stated(whole, *other))
        pair = Pair(both, places, outcome)
        together.append(pair)
        for condition, values in stored.items():
            either = alone[condition].isdisjoint((one, other))
            if either and not anew.held(condition.relation, values):
                broken[condition].append(pair)
    supports = tuple(
        Support(
            fact,
            count,
            tuple(n for n in fails[fact] if n.fact not in common),
            tuple(broken[fact]),
        )
        for fact, count in conditions
    )
    return Robustness(
        decision,
        ways,
        len(rows),
        tuple(found),
        supports,
        tuple(together),
        min(len(pairs), most),
        total,
    )


def _pairs(
    explainer: Explainer,
    decision: Decision,
    facts: Mapping[Row, Fact],
    touched: Mapping[Row, frozenset[Stored] | None] | None,
) -> list[tuple[Row, Row]]:
    """Return the pairs that could turn the decision, those of its proof first.

    Where that was not looked at, those of a fact of its proof with one of any proof.
    """
    goals = {one.name: one.goal for one in explainer.policy.outcomes}
    atom = goals.get(decision.outcome or "")
    goal = None if atom is None else goal_of(explainer, atom, decision.case)
    shown = proved(explainer, goal)
    if touched is None:
        every = in_any_proof(explainer, goal)
        some = [row for row, fact in facts.items() if fact in every or fact in shown]
        both = combinations(some, 2)
        return [pair for pair in both if any(facts[one] in shown for one in pair)]
    found: list[tuple[int, tuple[Row, Row]]] = []
    for one, other in combinations(facts, 2):
        mine, its = touched[one], touched[other]
        known = mine is not None and its is not None
        if known and mine.isdisjoint(its):  # type: ignore[union-attr,arg-type]
            continue
        outside = (facts[one] not in shown) + (facts[other] not in shown)
        found.append((outside + (0 if known else 3), (one, other)))
    # The sort keeps the order of the facts among equals.
    found.sort(key=itemgetter(0))
    return [pair for _, pair in found]


def _stated(explainer: Explainer, relation: str, row: tuple[int, ...]) -> Stated:
    """Return where a stored row, with its number, stands."""
    return stated(explainer.model.facts, relation, row[-1])


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
    steps = prove(explainer, fact).steps
    step = steps[fact]
    if not isinstance(step, Derived):
        return 1, []
    found: list[tuple[Fact, int]] = []
    for premise in dict.fromkeys(_held(step.premises)):
        below = steps[premise]
        if isinstance(below, Derived):
            found.append((premise, below.instances))
    return step.instances, found


def _held(premises: Sequence[Premise]) -> Iterator[Fact]:
    for premise in premises:
        if isinstance(premise, Holds):
            yield premise.fact
        elif isinstance(premise, Chosen):
            yield from _held(premise.premises)
