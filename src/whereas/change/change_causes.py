"""A goal that holds on one day and not on the other into the premises that parted.

The proof of the day on which it holds is walked down beside an attempt at the same
rule on the other day, with the same values for all that the day does not change. A
premise that is met there and not here is what turned: a derived one is followed to
what it rests on, and so is a fact that should have been absent. The walk ends at
comparisons, at stated rows and at what was counted: these are the events.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from whereas.explain.bodies import variables_of
from whereas.explain.explainer import PROOFS_SHOWN
from whereas.explain.expressions import term_variables
from whereas.explain.proof import (
    ANY,
    Absent,
    Aggregated,
    Chosen,
    Condition,
    Derived,
    Fact,
    Holds,
    Pattern,
    Premise,
    Stated,
    Step,
)
from whereas.explain.reason_values import BodyAttempt, attempt_body, prove
from whereas.policy.core import (
    Aggregate,
    Atom,
    Comparison,
    Either,
    Membership,
    Not,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from whereas.change.critical_days import Critical
    from whereas.explain.explainer import Explainer
    from whereas.policy.core import Literal, Rule
    from whereas.values import Value

# How many facts are named that make one premise turn.
CAUSES = 5

Substitution = dict[str, "int | None"]


@dataclass(frozen=True, slots=True)
class DayModel:
    """A day, and who explains the case on it; `after` the turn or before it."""

    explainer: Explainer
    day: date
    after: bool


@dataclass(frozen=True, slots=True)
class Event:
    """A premise that turned: what it is a premise of, and the facts that it reads.

    `fact` is given by `rule` on one of the two days: after the turn, if `holds`, or
    before it. `pattern` is the fact as it would be on the other day; what else the day
    changes is left open. `premise`
    is the literal's as it is after the turn, `met` there or not. `causes` are stated
    facts with their places: what the premise reads, but for what moved.
    """

    rule: Rule
    fact: Fact
    pattern: Pattern
    substitution: Mapping[str, Value]
    holds: bool
    literal: Literal
    premise: Premise | None
    met: bool
    causes: tuple[tuple[Fact, Stated], ...]


def parted(
    holding: DayModel,
    lacking: DayModel,
    goal: Fact,
    critical: Critical,
    moved: Collection[str],
) -> tuple[Event, ...]:
    """Return what makes a goal hold on one day and not on the other.

    `critical` says what the day changes, `moved` which relations have moved rows.
    """
    walk = _Walk(critical, moved)
    walk.down(holding, lacking, goal)
    return tuple(walk.events)


@dataclass(frozen=True, slots=True)
class _Instance:
    """A rule's body, or a branch of it, on both days."""

    rule: Rule
    fact: Fact
    values: Mapping[str, Value]
    steps: Mapping[Fact, Step]
    holding: DayModel
    lacking: DayModel


@dataclass(frozen=True, slots=True)
class _Needed:
    """Where a derived fact is needed, and the other side lacks it."""

    by: _Instance
    literal: Literal
    premise: Premise


@dataclass(slots=True)
class _Walk:
    critical: Critical
    moved: Collection[str]
    events: list[Event] = field(default_factory=list)
    _seen: set[tuple[Fact, bool]] = field(default_factory=set)
    _said: set[object] = field(default_factory=set)
    # How often something was noted, were it said before or not.
    _noted: int = 0

    def down(self, holding: DayModel, lacking: DayModel, goal: Fact) -> None:
        """Follow a fact that holds on one side to what the other side lacks."""
        if not holding.explainer.holds(goal):
            return
        proof = prove(holding.explainer, goal, all_proofs=PROOFS_SHOWN)
        waiting: list[tuple[Fact, _Needed | None]] = [(goal, None)]
        while waiting:
            fact, needed = waiting.pop(0)
            if (fact, holding.after) in self._seen:
                continue
            self._seen.add((fact, holding.after))
            step = proof.steps[fact]
            if isinstance(step, Stated):
                continue
            before = self._noted, len(waiting)
            for one in (step, *proof.others.get(fact, ())):
                instance = _Instance(
                    one.rule, fact, one.substitution, proof.steps, holding, lacking
                )
                waiting += self._instance(instance, one)
            if needed is not None and before == (self._noted, len(waiting)):
                # Its own premises hold on both days, but with other values.
                self._note(needed.by, needed.literal, needed.premise, None, [])

    def _instance(
        self, one: _Instance, step: Derived
    ) -> list[tuple[Fact, _Needed | None]]:
        """Note what an instance lacks on the other side; return facts to follow."""
        rule = step.rule
        changing = self.critical.variables.get(rule.index, set())
        number = one.lacking.explainer.encoding.number
        start: Substitution = {}
        for name, value in step.substitution.items():
            if name not in rule.types:
                continue
            if name not in changing:
                start[name] = number(value, rule.types[name])
            elif value == one.holding.day and rule.types[name].kind == "date":
                # The day that moves itself: on the other side it is the other day.
                start[name] = number(one.lacking.day, rule.types[name])
        head = tuple(t.name for t in rule.head.terms if isinstance(t, Variable))
        return self._body(one, rule.body, step.premises, start, head)

    def _body(
        self,
        one: _Instance,
        body: tuple[Literal, ...],
        premises: Sequence[Premise],
        start: Substitution,
        used: tuple[str, ...],
    ) -> list[tuple[Fact, _Needed | None]]:
        types = one.rule.types
        there = attempt_body(one.lacking.explainer, body, types, start, used)
        unmet = [
            (condition, premise)
            for condition, premise in zip(there.conditions, premises, strict=True)
            if not condition.met
        ]
        roots = [
            (condition, premise)
            for condition, premise in unmet
            if isinstance(condition.literal, Atom | Either)
            or _known(condition.literal, there)
        ]
        follow: list[tuple[Fact, _Needed | None]] = []
        for condition, premise in roots or unmet:
            literal = condition.literal
            if isinstance(literal, Comparison | Membership):
                causes = self._causes(one, literal, zip(body, premises, strict=True))
                other = condition.premise if _known(literal, there) else None
                self._note(one, literal, premise, other, causes)
            else:
                follow += self._parted(one, condition, premise, there)
        return follow

    def _parted(
        self,
        one: _Instance,
        condition: Condition,
        premise: Premise,
        there: BodyAttempt,
    ) -> list[tuple[Fact, _Needed | None]]:
        """Note one literal that the other side lacks; return facts to follow."""
        literal, found = condition.literal, condition.premise
        match literal, premise:
            case Atom(), Holds(fact):
                step = one.steps[fact]
                if isinstance(step, Derived):
                    return [(fact, _Needed(one, literal, premise))]
                self._note(one, literal, premise, None, [(fact, step)])
            case Not(), Absent():
                facts = found.found if isinstance(found, Absent) else ()
                for fact in facts[:CAUSES]:
                    place = there.steps.get(fact)
                    if isinstance(place, Stated):
                        self._note(one, literal, premise, None, [(fact, place)])
                    else:
                        self._turned(one, literal, premise, fact)
            case Either(branches), Chosen(_, number, inner):
                branch = branches[number]
                start: Substitution = {
                    n: v
                    for n, v in there.values.items()
                    if v is not None and n not in literal.binds
                }
                return self._body(one, branch, inner, start, literal.binds)
            case Aggregate(), Aggregated():
                return self._counted(one, literal, premise, condition, there)
            case _:
                self._note(one, literal, premise, None, [])
        return []

    def _turned(
        self, one: _Instance, literal: Not, premise: Premise, fact: Fact
    ) -> None:
        """Follow a fact that should be absent, on the side on which it holds."""
        before = self._noted
        known = (fact, one.lacking.after) in self._seen
        self.down(one.lacking, one.holding, fact)
        if self._noted == before and not known:
            self._note(one, literal, premise, None, [])

    def _counted(
        self,
        one: _Instance,
        literal: Aggregate,
        premise: Aggregated,
        condition: Condition,
        there: BodyAttempt,
    ) -> list[tuple[Fact, _Needed | None]]:
        """Note what is counted otherwise on the other side, and by which rows."""
        other = condition.premise
        if not isinstance(other, Aggregated):
            # A variable of its group has no value on the other side.
            self._note(one, literal, premise, None, [])
            return []
        ours = {self._still(f): f for row in premise.rows for f in row}
        theirs = {self._still(f): f for row in other.rows for f in row}
        causes: list[tuple[Fact, Stated]] = []
        follow: list[tuple[Fact, _Needed | None]] = []
        for still, fact in ours.items():
            step = one.steps.get(fact)
            if still not in theirs and isinstance(step, Stated):
                causes.append((fact, step))
            elif still not in theirs and step is not None:
                follow.append((fact, None))
        for still, fact in theirs.items():
            if still in ours:
                continue
            step = there.steps.get(fact)
            if isinstance(step, Stated):
                causes.append((fact, step))
            elif step is not None:
                self.down(one.lacking, one.holding, fact)
        self._note(one, literal, premise, other, causes)
        return follow

    # --- what is noted --------------------------------------------------------------

    def _note(
        self,
        one: _Instance,
        literal: Literal,
        premise: Premise,
        other: Premise | None,
        causes: Sequence[tuple[Fact, Stated]],
    ) -> None:
        """Note an event once; `other` is the premise on the side that lacks it."""
        after = one.holding.after
        shown = premise if after else other
        told = tuple(causes)[:CAUSES]
        still = self._still(one.fact).values
        # What moves is the other day there; of what else changes, nothing is known.
        pattern = tuple(
            one.lacking.day if open_ is ANY and value == one.holding.day else open_
            for open_, value in zip(still, one.fact.values, strict=True)
        )
        # Two rows that are alike turn together, and are told once.
        key = (one.rule.index, repr(literal), told or still)
        self._noted += 1
        if key in self._said:
            return
        self._said.add(key)
        self.events.append(
            Event(
                one.rule,
                one.fact,
                pattern,
                one.values,
                after,
                literal,
                shown,
                after,
                told,
            )
        )

    def _still(self, fact: Fact) -> _Still:
        """Return a fact without the values that the day changes."""
        values = tuple(
            ANY if (fact.relation, place) in self.critical.changing else value
            for place, value in enumerate(fact.values)
        )
        return _Still(fact.relation, values)

    def _causes(
        self,
        one: _Instance,
        test: Literal,
        body: Iterable[tuple[Literal, Premise]],
    ) -> list[tuple[Fact, Stated]]:
        """Return the stated facts that gave a test's variables their values."""
        found: dict[Fact, Stated] = {}
        asked = list(dict.fromkeys(variables_of(test)))
        step = one.steps[one.fact]
        # A branch reads variables that the rule's own body binds.
        pairs = list(body)
        if isinstance(step, Derived):
            pairs += zip(step.rule.body, step.premises, strict=True)
        for name in asked:
            for literal, premise in pairs:
                if isinstance(literal, Comparison) and literal.binds == name:
                    more = term_variables((literal.left, literal.right))
                    asked += [n for n in more if n not in asked]
                elif name in variables_of(literal) and (
                    isinstance(literal, Atom)
                    or (isinstance(literal, Aggregate) and literal.binds == name)
                ):
                    found.update(self._below(one, premise, one.values.get(name)))
        return list(found.items())

    def _below(
        self, one: _Instance, premise: Premise, value: Value
    ) -> Iterator[tuple[Fact, Stated]]:
        """Yield the stated facts below a premise that have a value."""
        waiting = list(_facts_of(premise))
        seen = set(waiting)
        while waiting:
            fact = waiting.pop(0)
            step = one.steps.get(fact)
            if isinstance(step, Stated):
                if fact.relation not in self.moved and value in fact.values:
                    yield fact, step
            elif step is not None:
                below = [f for p in step.premises for f in _facts_of(p)]
                waiting += [f for f in below if f not in seen]
                seen.update(below)


def _known(literal: Literal, there: BodyAttempt) -> bool:
    """Return whether all variables of a literal have values in an attempt."""
    return all(there.values.get(name, 0) is not None for name in variables_of(literal))


@dataclass(frozen=True, slots=True)
class _Still:
    """A fact whose changing values are left open."""

    relation: str
    values: Pattern


def _facts_of(premise: Premise) -> Iterator[Fact]:
    match premise:
        case Holds(fact):
            yield fact
        case Chosen(_, _, premises):
            for inner in premises:
                yield from _facts_of(inner)
        case Aggregated(rows=rows):
            for row in rows:
                yield from row
        case _:
            pass
