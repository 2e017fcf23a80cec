"""The ids of rules that a decision names, as docs/reference/json.md defines them.

A rule without an id is transparent: what it rests on, and what it lacks, counts in its
place. *held* are the ids of all rules in all proofs of the target or, where it does
not hold, of the conditions that its nearest attempt meets; *failed* is what that
attempt lacks. The ids that *support* a fact are the first ones on the way down its
proofs; *because* has those of an outcome.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.checker.attempts import Attempt, Goal, attempts_at, goal_of
from whereas.checker.bodies import Names, places
from whereas.checker.claims import Fact
from whereas.checker.naive_model import NOTHING
from whereas.policy.core import Atom, Either, Not
from whereas.policy.order import clause_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from whereas.checker.bodies import Body
    from whereas.checker.naive_model import NaiveModel, Substitution
    from whereas.policy.core import Literal, Rule

Ids = frozenset[str]
# A body, an attempt at it, and the id of the rule in whose place it stands.
Tried = tuple["Body", Attempt, Ids]


class Reasons:
    """Reads the ids from a model, and from the attempts that are written."""

    def __init__(
        self,
        model: NaiveModel,
        written: Mapping[Goal, Sequence[tuple[Rule, Attempt]]],
    ) -> None:
        """Attempts at other goals than those that are written are searched for."""
        self.model = model
        self.written = written
        self._components = {
            name: number
            for number, component in enumerate(model.policy.components)
            for name in component.relations
        }

    def held_and_failed(self, target: Fact) -> tuple[list[str], list[str]]:
        """Return the ids of what held and of what failed, for the target of a case."""
        if target.row in self.model.rows(target.relation):
            return in_order(self._ids_below([target])), []
        tried = self._attempts((target.relation, target.row))
        if not tried:
            return [], []
        rule, attempt = min(tried, key=lambda one: len(one[1].unmet))
        facts, failed = self._walk([(rule.body, attempt, _own(rule))])
        return in_order(self._ids_below(facts)), in_order(failed or _own(rule))

    def _attempts(self, goal: Goal) -> Sequence[tuple[Rule, Attempt]]:
        return self.written.get(goal) or attempts_at(self.model, goal)

    def _walk(self, waiting: list[Tried]) -> tuple[set[Fact], Ids]:
        """Return the facts that attempts rest on, and the ids of what they lack.

        The attempts at what is missing are followed through rules without an id.
        """
        below: set[Fact] = set()
        failed: Ids = NOTHING
        seen: set[Goal] = set()
        for body, attempt, above in waiting:  # it grows while it is read
            for number, literal in enumerate(body):
                if number not in attempt.unmet:
                    below |= self._facts_below(literal, attempt)
                    continue
                lacking = attempt.unmet[number]
                match literal:
                    case Atom():
                        goal = goal_of(self.model, literal, attempt.values, lacking)
                        tried = self._attempts(goal)
                        failed |= above if not tried else NOTHING
                        for rule, inner in tried if goal not in seen else ():
                            failed |= _own(rule)
                            if rule.id is None:
                                waiting.append((rule.body, inner, above))
                        seen.add(goal)
                    case Either(branches):
                        inner_ = attempt.branches.get(number, ())
                        pairs = zip(branches, inner_, strict=False)
                        waiting += [(branch, one, above) for branch, one in pairs]
                    case Not(atom) if not lacking:
                        failed |= self._ids_giving(atom, attempt.values) or above
                    case _:
                        failed |= above
        return below, failed

    # --- what supports a fact ---------------------------------------------------------

    def first_ids(self, goal: Fact) -> Ids:
        """Return the first ids on the way down the proofs of a fact.

        A rule without an id that rests on no relation whose rules have ids gives the
        ids that fail for what it negates.
        """
        closure = self._closure([goal], through=lambda rule: rule.id is None)
        ids: dict[Fact, Ids] = {}
        # What a fact rests on came before it.
        for fact in sorted(closure, key=self._age):
            ids[fact] = NOTHING
            for rule, values, below in closure[fact]:
                if rule.id is not None:
                    ids[fact] |= {rule.id}
                else:
                    ids[fact] |= NOTHING.union(*(ids[one] for one in below))
                    if not self._can_rest_on_ids(rule):
                        ids[fact] |= self._ids_negated(rule.body, values)
        return ids[goal]

    def _can_rest_on_ids(self, rule: Rule) -> bool:
        """Tell whether a rule rests on relations whose rules have ids."""
        waiting = [*_positive(rule.body)]
        for name in waiting:  # it grows while it is read
            for one in self.model.policy.rules_of(name):
                if one.id is not None:
                    return True
                waiting += [n for n in _positive(one.body) if n not in waiting]
        return False

    def clauses(self, goal: Fact) -> list[str]:
        """Return the clauses that the rules which support a fact are subject to."""
        rules = self._rules_below([goal])
        return in_order({clause for rule in rules for clause in rule.subject_to})

    def _ids_giving(self, atom: Atom, values: Substitution) -> Ids:
        """Return the first ids of the facts that a negated atom finds."""
        if atom.relation in self.model.stated:
            return NOTHING
        known = self.model.known(atom, values)
        rows = self.model.matching(atom.relation, known)
        facts = (Fact(atom.relation, row) for row in rows)
        return NOTHING.union(*(self.first_ids(fact) for fact in facts))

    def _ids_negated(self, body: Body, values: Substitution) -> Ids:
        """Return the ids that fail for the derived facts that a body negates."""
        found = NOTHING
        for literal in body:
            if isinstance(literal, Not) and self._is_derived(literal.atom):
                attempt = Attempt(values, unmet={0: NOTHING})
                found |= self._walk([((literal.atom,), attempt, NOTHING)])[1]
        return found

    def _is_derived(self, atom: Atom) -> bool:
        return atom.relation not in self.model.stated

    def _ids_below(self, facts: Iterable[Fact]) -> Ids:
        return frozenset(one.id for one in self._rules_below(facts) if one.id)

    def _rules_below(self, facts: Iterable[Fact]) -> list[Rule]:
        closure = self._closure(facts, through=lambda _: True)
        found = {rule.label: rule for ways in closure.values() for rule, *_ in ways}
        return [*found.values()]

    def _closure(
        self, facts: Iterable[Fact], through: Callable[[Rule], bool]
    ) -> dict[Fact, list[tuple[Rule, Substitution, set[Fact]]]]:
        """Return what supports some facts, and what they rest on in turn.

        What a rule rests on is followed where `through` says so.
        """
        waiting = [*facts]
        closure = {}
        for fact in waiting:  # it grows while it is read
            if fact not in closure:
                closure[fact] = [*self._supports(fact)]
                for rule, _, below in closure[fact]:
                    waiting += below if through(rule) else ()
        return closure

    def _supports(self, fact: Fact) -> Iterator[tuple[Rule, Substitution, set[Fact]]]:
        """Yield the rule instances that support a fact, and what each rests on."""
        for rule in self.model.policy.rules_of(fact.relation):
            given = self.model.matched(rule.head, fact.row, {})
            if given is not None:
                for values in self.model.solutions(rule.body, given):
                    below = self._rests_on(rule.body, values, NOTHING, before=fact)
                    if below is not None:
                        yield rule, values, below

    def _facts_below(self, literal: Literal, attempt: Attempt) -> set[Fact]:
        """Return the derived facts that a literal of an attempt rests on."""
        values, open_ = attempt.values, attempt.open
        (place,) = places((literal,), open_.union(values))
        ways = self.model.extensions(place, values, open_)
        found = (self._rests_on((literal,), way, open_, before=None) for way in ways)
        return set[Fact]().union(*(one for one in found if one is not None))

    def _rests_on(
        self, body: Body, values: Substitution, open_: Names, before: Fact | None
    ) -> set[Fact] | None:
        """Return the derived facts that a solution rests on, whatever branch it takes.

        None, if one of them did not come earlier than the fact `before`.
        """
        facts: set[Fact] = set()
        for literal in body:
            match literal:
                case Atom(relation) if relation not in self.model.stated:
                    fact = Fact(relation, self.model.ground(literal, values))
                    if before is not None and self._age(fact) >= self._age(before):
                        return None
                    facts.add(fact)
                case Either(branches):
                    ways = [
                        self._rests_on(branch, way, open_, before)
                        for branch in branches
                        for way in self.model.solutions(branch, values, open_)
                    ]
                    if not any(way is not None for way in ways):
                        return None
                    facts = facts.union(*(way for way in ways if way is not None))
        return facts

    def _age(self, fact: Fact) -> tuple[int, int]:
        """Return the component and the round in which a fact came."""
        age = self._components[fact.relation]
        return age, self.model.rows(fact.relation)[fact.row]


def _own(rule: Rule) -> Ids:
    return NOTHING if rule.id is None else frozenset((rule.id,))


def _positive(body: Body) -> Iterator[str]:
    """Yield the relations of a body's atoms, and of those in its branches."""
    for literal in body:
        match literal:
            case Atom(relation):
                yield relation
            case Either(branches):
                for branch in branches:
                    yield from _positive(branch)


def in_order(ids: Iterable[str]) -> list[str]:
    """Return ids in the order of the law."""
    return sorted(ids, key=clause_order)
