"""A case, or any goal, into why it is not so: every rule, the nearest miss first.

For a case the goal is that of the wanted outcome, or of another outcome that is
named. A goal that holds is proved instead; and since outcomes come in an order, a
case whose goal holds may have been decided otherwise all the same: then the proof
of what came first says why not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.explain.bodies import order_of
from whereas.explain.decide import decide, goal_of, near_cases, selected
from whereas.explain.explainer import Explainer
from whereas.explain.proof import ANY, Blockage, Decision, Fact, Pattern, Proof
from whereas.explain.reason_values import (
    ATTEMPTS_SHOWN,
    DEPTH,
    blockage,
    prove,
    stored_pattern,
)
from whereas.facts.database import columns, quoted

if TYPE_CHECKING:
    from whereas.engine.model import Model
    from whereas.policy.core import Atom, Policy
    from whereas.values import Value

# With everything shown: attempts of one rule, at each level.
ATTEMPTS_MOST = 100


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why a goal does not hold; where it does, what it rests on.

    `decision` and `outcome` (the outcome that was asked about) are those of a case;
    `overruled` says that its goal holds, and another outcome came first.
    `blockage` is None where the goal holds. `proof` proves the goal then; or, of a
    case, the goal of the outcome that was decided (None: it has none of its own).
    """

    relation: str
    pattern: Pattern
    blockage: Blockage | None
    proof: Proof | None
    depth: int
    decision: Decision | None = None
    outcome: str | None = None
    overruled: bool = False

    @property
    def holds(self) -> bool:
        """Whether the goal holds."""
        return self.blockage is None


def why_not(
    model: Model | Explainer,
    goal: Fact | Pattern,
    relation: str = "",
    *,
    depth: int = DEPTH,
    everything: bool = False,
) -> WhyNot:
    """Return why a goal does not hold: a fact, or a pattern (with `ANY`).

    Attempts go down `depth` levels; with `everything` up to `ATTEMPTS_MOST` of each
    rule are there, else `ATTEMPTS_SHOWN`. Of a pattern that holds the first row is
    proved.
    """
    explainer = model if isinstance(model, Explainer) else Explainer(model)
    pattern: Pattern
    if isinstance(goal, Fact):
        relation, pattern = goal.relation, goal.values
    else:
        pattern = goal
    fact = _first(explainer, relation, pattern)
    if fact is not None:
        return WhyNot(relation, pattern, None, prove(explainer, fact), depth)
    blocked = _blocked(explainer, relation, pattern, depth, everything)
    return WhyNot(relation, pattern, blocked, None, depth)


def why_not_case(
    model: Model | Explainer,
    case: tuple[Value, ...],
    *,
    outcome: str | None = None,
    depth: int = DEPTH,
    everything: bool = False,
) -> WhyNot:
    """Return why a case does not have an outcome: the wanted one, if none is named.

    Raises NothingSelected for an unknown case; the outcome must have a goal.
    """
    explainer = model if isinstance(model, Explainer) else Explainer(model)
    policy = explainer.policy
    near = near_cases(explainer, selected(explainer, [case]))
    (decision,) = decide(near, [case])
    goals = {known.name: known.goal for known in policy.outcomes}
    asked_about = policy.wanted if outcome is None else {outcome}
    outcome, asked = asked_outcome(policy, outcome)
    target = goal_of(near, asked, case)
    decided = goals.get(decision.outcome or "")
    proof = None
    if decided is not None:
        proof = prove(near, goal_of(near, decided, case))
    blocked = None
    if not near.holds(target):
        values = target.values
        blocked = _blocked(near, target.relation, values, depth, everything)
    return WhyNot(
        target.relation,
        target.values,
        blocked,
        proof,
        depth,
        decision,
        outcome,
        blocked is None and decision.outcome not in asked_about,
    )


def asked_outcome(policy: Policy, outcome: str | None) -> tuple[str, Atom]:
    """Return the outcome that is asked about and its goal: the wanted one, if unsaid.

    Of several wanted outcomes it is the last: what the others share.
    """
    if outcome is None:
        goal = policy.target
        return [o.name for o in policy.outcomes if o.goal == goal][-1], goal
    named = next(o.goal for o in policy.outcomes if o.name == outcome)
    assert named is not None  # noqa: S101  # whoever asks has looked
    return outcome, named


def _blocked(
    explainer: Explainer,
    relation: str,
    pattern: Pattern,
    depth: int,
    everything: bool,
) -> Blockage:
    most = ATTEMPTS_MOST if everything else ATTEMPTS_SHOWN
    return blockage(
        explainer, pattern, relation, depth=depth, limit=most, below=most, near=True
    )


def _first(explainer: Explainer, relation: str, pattern: Pattern) -> Fact | None:
    """Return the first row that matches: by its place in the file, or its columns."""
    table = explainer.policy.relations[relation]
    stored = stored_pattern(explainer, relation, pattern)
    known = {i: value for i, value in enumerate(stored) if pattern[i] is not ANY}
    if known:
        explainer.need(relation, list(known))
    tests = " AND ".join(f"a{i} = {value}" for i, value in known.items())
    names = columns(table.arity)
    order = ["row"]
    if not table.stated:
        kinds = [column.type for column in table.columns]
        order = list(map(order_of, names, kinds))
    rows = explainer.database.query(
        f"SELECT {', '.join(names)} FROM {quoted(relation)}"
        f"{' WHERE ' + tests if tests else ''} ORDER BY {', '.join(order)} LIMIT 1"
    )
    return explainer.fact(relation, rows[0]) if rows else None
