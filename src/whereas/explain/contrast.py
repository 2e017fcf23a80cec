"""Two cases into the first premises at which they part: why this one, and not that.

Both are walked down the policy's rules side by side, from the goal of one outcome:
a goal that holds by its first supporting instance, one that does not by its nearest
attempt at the same rule. Where one side meets a literal and the other does not, the
walk goes on below it, as long as the same rules carry it; the deepest literals that
it reaches are where the two part. What both meet, or both lack, is left out, but for
what should be absent and is not: there they part if other things are found. Where
both goals hold, they part where another rule, or another alternative, carries them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from whereas.explain.bodies import variables_of
from whereas.explain.decide import decide, goal_of, near_cases, selected
from whereas.explain.explainer import Explainer
from whereas.explain.expressions import is_test
from whereas.explain.proof import (
    Absent,
    Aggregated,
    Attempt,
    Chosen,
    Condition,
    Decision,
    Derived,
    Fact,
    Holds,
    Premise,
    Stated,
    Step,
    roots,
)
from whereas.explain.reason_values import blockage, prove
from whereas.explain.whynot import asked_outcome
from whereas.policy.core import Atom, Either, Literal, Not, Variable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from whereas.engine.model import Model
    from whereas.policy.core import Policy, Rule
    from whereas.values import Value

# How far down missing conclusions are followed.
DEPTH = 12


@dataclass(frozen=True, slots=True)
class Side:
    """One case where the two part: the rule's instance, and the literal's condition.

    `facts` are the stated rows that give the literal its values.
    """

    attempt: Attempt
    condition: Condition
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Parting:
    """A premise at which two cases part.

    `path` has the rules from the goal's own down to the literal's. With `ways` both
    sides meet it, by different rules or alternatives; with `others` neither does, since
    other things are found that should be absent.
    """

    path: tuple[Rule, ...]
    sides: tuple[Side, Side]
    ways: bool = False
    others: bool = False


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two cases side by side: decisions, goals, and where they part.

    `outcome` is the outcome that was asked about. `steps` prove every fact that is
    named, where it holds.
    """

    outcome: str
    decisions: tuple[Decision, Decision]
    goals: tuple[Fact, Fact]
    holds: tuple[bool, bool]
    partings: tuple[Parting, ...]
    steps: Mapping[Fact, Step]


def contrast(
    model: Model | Explainer,
    first: tuple[Value, ...],
    second: tuple[Value, ...],
    *,
    outcome: str | None = None,
) -> Contrast:
    """Return where two cases part, with respect to an outcome (the wanted one).

    Raises NothingSelected for an unknown case; the outcome must have a goal.
    """
    explainer = model if isinstance(model, Explainer) else Explainer(model)
    cases = [first, second]
    explainer = near_cases(explainer, selected(explainer, cases))
    name, goal = asked_outcome(explainer.policy, outcome)
    (one,), (other,) = (decide(explainer, [case]) for case in cases)
    goals = (goal_of(explainer, goal, first), goal_of(explainer, goal, second))
    steps: dict[Fact, Step] = {}
    views = [_views(explainer, fact, steps) for fact in goals]
    holds = (explainer.holds(goals[0]), explainer.holds(goals[1]))
    walk = _Walk(explainer.policy, steps)
    pair = _same_rule(views[0], views[1], holds)
    if pair is not None:
        walk.instances(*pair, ())
    return Contrast(name, (one, other), goals, holds, tuple(walk.found), steps)


def _views(
    explainer: Explainer, fact: Fact, steps: dict[Fact, Step]
) -> tuple[Attempt, ...]:
    """Return the instance that a goal rests on, or the nearest attempts at it."""
    if explainer.holds(fact):
        proof = prove(explainer, fact)
        steps.update(proof.steps)
        step = proof.steps[fact]
        return (_instance(fact, step),) if isinstance(step, Derived) else ()
    blocked = blockage(explainer, fact, depth=DEPTH, near=True)
    steps.update(blocked.steps)
    return blocked.attempts


def _instance(fact: Fact, step: Derived) -> Attempt:
    """Return a supporting instance in the shape of an attempt that lacks nothing."""
    conditions = _met(step.rule.body, step.premises)
    return Attempt(fact.values, step.rule, step.substitution, conditions)


def _met(body: Sequence[Literal], premises: Sequence[Premise]) -> tuple[Condition, ...]:
    return tuple(
        Condition(literal, True, premise)
        for literal, premise in zip(body, premises, strict=True)
    )


def _same_rule(
    first: Sequence[Attempt], second: Sequence[Attempt], holds: tuple[bool, bool]
) -> tuple[Attempt, Attempt] | None:
    """Pair two sides by a rule: that of the side that holds, else the nearest one."""
    leading, following = (
        (first, second) if holds[0] or not holds[1] else (second, first)
    )
    for one in leading:
        for other in following:
            if one.rule == other.rule:
                return (one, other) if leading is first else (other, one)
    return None


@dataclass(slots=True)
class _Walk:
    """Goes down two instances side by side, and notes where they part."""

    policy: Policy
    steps: Mapping[Fact, Step]
    found: list[Parting] = field(default_factory=list)

    def instances(self, one: Attempt, other: Attempt, path: tuple[Rule, ...]) -> bool:
        """Compare two instances of one rule; return whether they part."""
        return self.literals(
            one, other, one.conditions, other.conditions, (*path, one.rule)
        )

    def literals(
        self,
        one: Attempt,
        other: Attempt,
        left: Sequence[Condition],
        right: Sequence[Condition],
        path: tuple[Rule, ...],
    ) -> bool:
        """Compare the literals of a body, or of a branch, one by one."""
        before = len(self.found)
        both_hold = all(c.met for c in (*left, *right))
        judged = roots(left), roots(right)
        for a, b in zip(left, right, strict=True):
            if a.met and b.met:
                if both_hold:
                    self.ways(one, other, a, b, path)
            elif (a.met or a in judged[0]) and (b.met or b in judged[1]):
                self.parted(one, other, a, b, path)
        return len(self.found) > before

    def parted(
        self,
        one: Attempt,
        other: Attempt,
        a: Condition,
        b: Condition,
        path: tuple[Rule, ...],
    ) -> None:
        """Go below a literal that not both sides meet, or note that they part here."""
        deeper = False
        literal = a.literal
        if isinstance(literal, Either):
            if not _only_tests(literal):
                deeper = self.branches(one, other, a, b, path)
        elif isinstance(literal, Atom):
            for x in self.below(a):
                for y in self.below(b):
                    if x.rule == y.rule and not deeper:
                        deeper = self.instances(x, y, path)
        if not deeper and a.met != b.met:
            self.note(one, other, a, b, path)
        elif not deeper and _found(one, a) != _found(other, b):
            self.note(one, other, a, b, path, others=True)

    def branches(
        self,
        one: Attempt,
        other: Attempt,
        a: Condition,
        b: Condition,
        path: tuple[Rule, ...],
    ) -> bool:
        """Compare the branch that one side took; all, where neither took one."""
        before = len(self.found)
        for number in range(len(b.branches or a.branches)):
            sides = [_branch(condition, number) for condition in (a, b)]
            if sides[0] is not None and sides[1] is not None:
                self.literals(one, other, sides[0], sides[1], path)
        return len(self.found) > before

    def ways(
        self,
        one: Attempt,
        other: Attempt,
        a: Condition,
        b: Condition,
        path: tuple[Rule, ...],
    ) -> None:
        """Compare how two sides meet a literal, where both goals hold."""
        if isinstance(a.premise, Chosen) and isinstance(b.premise, Chosen):
            if a.premise.branch != b.premise.branch:
                self.note(one, other, a, b, path, ways=True)
            else:
                branch = a.premise.literal.branches[a.premise.branch]
                left, right = _met(branch, a.premise.premises), b.premise.premises
                self.literals(one, other, left, _met(branch, right), path)
            return
        for x in self.below(a):
            for y in self.below(b):
                if x.rule == y.rule:
                    self.instances(x, y, path)
                else:
                    self.note(one, other, a, b, path, ways=True)

    def below(self, condition: Condition) -> Sequence[Attempt]:
        """Return the instances below a derived literal: its proof's, or attempts."""
        if condition.missing is not None:
            return condition.missing.attempts
        if isinstance(condition.premise, Holds):
            step = self.steps.get(condition.premise.fact)
            if isinstance(step, Derived):
                return (_instance(condition.premise.fact, step),)
        return ()

    def note(
        self,
        one: Attempt,
        other: Attempt,
        a: Condition,
        b: Condition,
        path: tuple[Rule, ...],
        *,
        ways: bool = False,
        others: bool = False,
    ) -> None:
        """Note that the sides part at a literal."""
        sides = (
            Side(one, a, self.rows(one, a)),
            Side(other, b, self.rows(other, b)),
        )
        self.found.append(Parting(path, sides, ways, others))

    def rows(self, attempt: Attempt, condition: Condition) -> tuple[Fact, ...]:
        """Return the stated rows that give a literal its values."""
        wanted = set(variables_of(condition.literal))
        rows: dict[Fact, None] = {}
        for one in attempt.conditions:
            if not isinstance(one.literal, Atom) or not isinstance(one.premise, Holds):
                continue
            if one is condition or wanted.intersection(variables_of(one.literal)):
                rows.update(dict.fromkeys(self.stated(one.premise.fact)))
        for premise in _premises(condition):
            if isinstance(premise, Holds):
                rows.update(dict.fromkeys(self.stated(premise.fact)))
        return tuple(rows)

    def stated(self, fact: Fact) -> list[Fact]:
        """Return a stated fact; of a helper without words, what it rests on."""
        found: list[Fact] = []
        waiting = [fact]
        while waiting:
            one = waiting.pop()
            step = self.steps.get(one)
            if isinstance(step, Stated):
                found.append(one)
            elif (
                isinstance(step, Derived)
                and step.rule.id is None
                and not self.policy.relations[one.relation].texts
            ):
                waiting += [
                    p.fact for p in reversed(step.premises) if isinstance(p, Holds)
                ]
        return found


def _found(attempt: Attempt, condition: Condition) -> object:
    """Return what is found and should be absent, but for what the case itself gives."""
    literal, premise = condition.literal, condition.premise
    if not isinstance(literal, Not) or not isinstance(premise, Absent):
        return None
    loose = [
        place
        for place, term in enumerate(literal.atom.terms)
        if isinstance(term, Variable) and term.name not in attempt.substitution
    ]
    values = {tuple([fact.values[place] for place in loose]) for fact in premise.found}
    # Those that are not listed are told by their number.
    return values, premise.counted if premise.counted > len(premise.found) else 0


def _premises(condition: Condition) -> Sequence[Premise]:
    """Return the facts that a condition itself shows: of an alternative, a count."""
    match condition.premise:
        case Chosen(_, _, premises):
            return premises
        case Aggregated(_, _, rows):
            return [Holds(fact) for row in rows for fact in row]
        case Absent(found=found):
            return [Holds(fact) for fact in found]
    return ()


def _branch(condition: Condition, number: int) -> Sequence[Condition] | None:
    """Return the conditions of a branch; None for a branch that was not taken."""
    if isinstance(condition.premise, Chosen):
        if condition.premise.branch != number:
            return None
        branch = condition.premise.literal.branches[number]
        return _met(branch, condition.premise.premises)
    return condition.branches[number]


def _only_tests(literal: Either) -> bool:
    return all(is_test(one) for branch in literal.branches for one in branch)
