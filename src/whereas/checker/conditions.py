"""The conditions of a rule, literal by literal: each is met or unmet as it is said.

A step of a proof is a rule all of whose conditions are met; an attempt at a goal that
does not hold has unmet ones. The values of variables follow from the goal, the facts
that are named and the literals that bind. A variable that none of these gives a value
is open, and a condition that needs it cannot be judged: it is unmet.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from whereas.checker.attempts import Attempt, attempts_at, goal_of, rules_for, taken
from whereas.checker.bodies import Names, Place, gives, names, ordered, text
from whereas.checker.claims import Fact
from whereas.checker.naive_model import NOTHING, NoValue
from whereas.policy.core import (
    Aggregate,
    Atom,
    Comparison,
    Either,
    Expression,
    Literal,
    Membership,
    Not,
    Rule,
    Shift,
    Variable,
)
from whereas.values import DATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from whereas.checker.attempts import Goal
    from whereas.checker.bodies import Body
    from whereas.checker.claims import Claims
    from whereas.checker.naive_model import NaiveModel, Substitution
    from whereas.policy.core import Relation
    from whereas.values import Type, Value

Said = dict[str, Any]

# A proof names so many rows of an aggregate or a negated atom; the others it counts.
ROWS_SHOWN = 20
# The part by which the premise of a literal is known; that of an atom is a number.
PART: Mapping[type, str] = {
    Not: "absent",
    Comparison: "compared",
    Membership: "among",
    Either: "branch",
    Aggregate: "value",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """What is known where a literal stands: types, values, and open variables."""

    types: Mapping[str, Type]
    values: Substitution
    open: Names = NOTHING


@dataclass(frozen=True, slots=True)
class Conditions:
    """Checks rules with their conditions; `fact` gives the fact of a number.

    `attempts` has the first attempt of each rule at each goal, as they are written.
    """

    claims: Claims
    model: NaiveModel
    fact: Callable[[str, int], Fact | None]
    attempts: dict[Goal, list[tuple[Rule, Attempt]]] = field(default_factory=dict)

    # --- rules ------------------------------------------------------------------------

    def step(self, at: str, said: Said, fact: Fact) -> None:
        """Check that a rule gives a fact, all its conditions being met."""
        goal = fact.relation, fact.row
        found = self._rule(f"{at}/rule", said["rule"], goal)
        if found is not None:
            rule, scope = found
            premises = _as_met(said["premises"])
            at, where = f"{at}/substitution", f"{at}/premises"
            attempt = self._body(where, rule.body, premises, scope, names(rule.head))
            if attempt is not None:
                self._values(at, said["substitution"], rule, attempt.values)

    def attempts_at(self, at: str, said: Sequence[Said], goal: Goal) -> None:
        """Check the attempts at a goal: of each rule that could give it, nearest first.

        Where none is written, nothing is claimed.
        """
        first: dict[str, tuple[Rule, Attempt]] = {}
        for place, one in enumerate(said):
            where = f"{at}/{place}"
            found = self._rule(f"{where}/rule", one["rule"], goal)
            if found is None:
                continue
            rule, scope = found
            outside, inner = names(rule.head), f"{where}/conditions"
            attempt = self._attempt(inner, rule.body, one["conditions"], scope, outside)
            if attempt is None:
                continue
            first.setdefault(rule.label, (rule, attempt))
            self.claims.equal(f"{where}/unmet", one["unmet"], len(attempt.unmet))
            at_values = f"{where}/substitution"
            self._values(at_values, one["substitution"], rule, attempt.values)
        for rule, best in attempts_at(self.model, goal) if said else ():
            if rule.label not in first:
                self.claims.reject(at, f"there is no attempt of `{rule.label}`")
            elif len(first[rule.label][1].unmet) > len(best.unmet):
                words = f"an attempt of `{rule.label}` comes nearer"
                self.claims.reject(at, words)
        counts = [one["unmet"] for one in said]
        if counts != sorted(counts):
            self.claims.reject(at, "the nearest attempt does not come first")
        self.attempts[goal] = [*first.values()]

    def _rule(self, at: str, label: str, goal: Goal) -> tuple[Rule, Scope] | None:
        for rule, start in rules_for(self.model, goal):
            if rule.label == label:
                return rule, Scope(rule.types, start.values)
        self.claims.reject(at, "the policy has no such rule for this")
        return None

    def _values(self, at: str, said: Said, rule: Rule, values: Substitution) -> None:
        """Check the values that are said of a rule's variables."""
        if said.keys() != values.keys():
            words = ", ".join(sorted(values)) or "none"
            self.claims.reject(at, f"the variables that have a value are: {words}")
        for name in sorted(said.keys() & values.keys()):
            type_ = rule.types[name]
            self.claims.same(f"{at}/{name}", said[name], type_, values[name])

    # --- bodies -----------------------------------------------------------------------

    def _attempt(
        self,
        at: str,
        body: Body,
        said: Sequence[Said],
        scope: Scope,
        outside: Names = NOTHING,
    ) -> Attempt | None:
        """Check a body as an attempt.

        In an attempt, an atom whose new variables nothing else uses gives no values.
        """
        attempt = self._body(at, body, said, scope, outside)
        if attempt is None:
            return None
        known = scope.open | {*scope.values}
        own = self.model.places(body, outside | known)
        used = known.union(*(gives(place.literal) for place in own))
        used = used.union(*(new for _, new in taken(own, known)))
        values = {name: v for name, v in attempt.values.items() if name in used}
        return replace(attempt, values=values)

    def _body(
        self,
        at: str,
        body: Body,
        said: Sequence[Said],
        scope: Scope,
        outside: Names = NOTHING,
    ) -> Attempt | None:
        """Check a body or a branch; `outside` are variables used outside it.

        Return the attempt that it is; None, if it does not have a condition for each
        literal.
        """
        if len(said) != len(body):
            self.claims.reject(at, f"there are {len(body)} conditions")
            return None
        values, open_ = scope.values, scope.open
        unmet, branches = dict[int, Names](), dict[int, list[Attempt]]()
        order = _order(self.model, body, scope, outside)
        for turn, place in enumerate(order):
            atom = isinstance(place.literal, Atom)
            # Alternatives can bind for one another: some values come later.
            later = NOTHING.union(*(gives(one.literal) for one in order[turn + 1 :]))
            needs = names(place.literal) & open_ if atom else place.needs
            missing = needs - values.keys() - later
            open_ = open_ | missing
            if isinstance(place.literal, Either):
                # A branch that does not need them may hold.
                missing = NOTHING
            where, one = f"{at}/{place.number}", said[place.number]
            here = Scope(scope.types, values, open_)
            if one["met"]:
                found = self._is_met(where, place, one, here, missing)
            else:
                found = None
                branches[place.number] = self._unmet(where, place, one, here, missing)
            if found is None:
                unmet[place.number] = missing
                open_ = open_ | place.shared - values.keys() - later
            else:
                values = found
        return Attempt(values, open_, unmet, branches)

    def _is_met(
        self, at: str, place: Place, said: Said, scope: Scope, missing: Names
    ) -> Substitution | None:
        """Return the values that a literal leaves which is met; None, if it is not."""
        if not self._has(at, said, "premise"):
            return None
        literal, premise, at = place.literal, said["premise"], f"{at}/premise"
        if missing:
            words = f"`{text(literal)}` needs a value of {', '.join(sorted(missing))}"
            self.claims.reject(at, words)
            return None
        if not self._fits(at, literal, premise):
            return None
        match literal:
            case Atom():
                fact = self.fact(f"{at}/fact", premise)
                found = None
                if fact is not None and fact.relation == literal.relation:
                    found = self.model.matched(literal, fact.row, scope.values)
                if fact is not None and found is None:
                    self.claims.reject(at, f"{fact} is not `{text(literal)}` here")
                return found
            case Either(branches, binds):
                number = premise["branch"]
                if not 0 <= number < len(branches):
                    self.claims.reject(f"{at}/branch", "there is no such branch")
                    return None
                inner, where = _as_met(premise["premises"]), f"{at}/premises"
                attempt = self._body(where, branches[number], inner, scope)
                if attempt is None or attempt.unmet:
                    return None
                own = {name: attempt.values[name] for name in binds}
                return {**scope.values, **own}
        found = self._solution(place, scope)
        self._told(at, literal, premise, replace(scope, values=found or scope.values))
        if found is None:
            self.claims.reject(at, f"`{text(literal)}` does not hold here")
        return found

    def _unmet(
        self, at: str, place: Place, said: Said, scope: Scope, missing: Names
    ) -> list[Attempt]:
        """Check what is there instead; return attempts at an alternative's branches."""
        literal = place.literal
        if isinstance(literal, Aggregate):
            missing &= frozenset(literal.group)
        if not missing and self._solution(place, scope) is not None:
            self.claims.reject(f"{at}/met", f"`{text(literal)}` holds here")
        match literal:
            case Atom():
                if self._has(at, said, "missing", missing):
                    at = f"{at}/missing"
                    self._pattern(f"{at}/pattern", literal, said["missing"], scope)
                    at, attempts = f"{at}/attempts", said.get("attempts", [])
                    if missing or literal.relation in self.model.stated:
                        self.claims.equal(at, attempts, [])
                    else:
                        goal = goal_of(self.model, literal, scope.values)
                        self.attempts_at(at, attempts, goal)
            case Either(branches):
                open_ = place.shared - scope.values.keys()
                if self._has(at, said, "branches", open_):
                    at, inner = f"{at}/branches", said["branches"]
                    inside = replace(scope, open=scope.open | open_)
                    if len(inner) != len(branches):
                        self.claims.reject(at, f"there are {len(branches)} branches")
                        return []
                    tried = [
                        self._attempt(f"{at}/{number}", branch, one, inside)
                        for number, (branch, one) in enumerate(
                            zip(branches, inner, strict=True)
                        )
                    ]
                    return [one for one in tried if one is not None]
            case _:
                part = "" if missing else "premise"
                if self._has(at, said, part, missing):
                    at = f"{at}/premise"
                    if self._fits(at, literal, said["premise"]):
                        self._told(at, literal, said["premise"], scope)
        return []

    def _solution(self, place: Place, scope: Scope) -> Substitution | None:
        return next(self.model.extensions(place, scope.values, scope.open), None)

    def _has(self, at: str, said: Said, part: str, open_: Iterable[str] = ()) -> bool:
        """Check that a condition has one part alone, and which variables are open."""
        self.claims.equal(f"{at}/open", sorted(said.get("open", [])), sorted(open_))
        for one in ("premise", "missing", "branches"):
            if (one in said) != (one == part):
                words = "this is lacking" if one == part else "this has no place here"
                self.claims.reject(f"{at}/{one}", words)
        return part in said

    def _fits(self, at: str, literal: Literal, premise: Any) -> bool:
        fits = isinstance(premise, int)
        if not isinstance(literal, Atom):
            fits = isinstance(premise, dict) and PART[type(literal)] in premise
        if not fits:
            self.claims.reject(at, f"this is no premise of `{text(literal)}`")
        return fits

    # --- what is told of a literal, whether it holds or not ---------------------------

    def _told(self, at: str, literal: Literal, said: Said, scope: Scope) -> None:
        """Check the values and the rows that are told."""
        values, same = scope.values, self.claims.same
        match literal:
            case Not(atom):
                self._pattern(f"{at}/pattern", atom, said["absent"], scope)
                known = self.model.known(atom, values)
                rows = self.model.matching(atom.relation, known)
                self._rows(
                    f"{at}/found",
                    [[number] for number in said.get("found", [])],
                    {(Fact(atom.relation, row),) for row in rows},
                )
                self.claims.equal(f"{at}/counted", said.get("counted", 0), len(rows))
            case Comparison(left=left, right=right):
                sides = (*said["compared"], None, None)
                for name, one, told in zip(
                    ("left", "right"), (left, right), sides, strict=False
                ):
                    value = self._value(one, values)
                    same(f"{at}/{name}", told, _type(one, scope), value)
            case Membership(term):
                value = self._value(term, values)
                same(f"{at}/value", said["among"], _type(term, scope), value)
            case Aggregate():
                rows_ = self.model.counted(literal, values)
                value = None
                with contextlib.suppress(NoValue):
                    value = self.model.aggregate(literal, rows_)
                same(f"{at}/value", said["value"], literal.type, value)
                self.claims.equal(f"{at}/counted", said["counted"], len(rows_))
                atoms = [one for one in literal.body if isinstance(one, Atom)]
                counted = {
                    tuple(Fact(a.relation, self.model.ground(a, row)) for a in atoms)
                    for row in rows_
                }
                self._rows(f"{at}/rows", said["rows"], counted)

    def _rows(
        self,
        at: str,
        said: Sequence[Sequence[int]],
        there: Iterable[tuple[Fact | None, ...]],
    ) -> None:
        """Check the rows that are named: as many as are shown, and none twice."""
        left = {*there}
        if len(said) != min(len(left), ROWS_SHOWN):
            self.claims.reject(at, f"there are {len(left)} rows")
        for place, numbers in enumerate(said):
            row = tuple(self.fact(f"{at}/{place}", number) for number in numbers)
            if None not in row and row not in left:
                words = "this row is none of them, or is named twice"
                self.claims.reject(f"{at}/{place}", words)
            left.discard(row)

    def _pattern(self, at: str, atom: Atom, said: Sequence[Any], scope: Scope) -> None:
        """Check what was looked for: a value in each column, or any."""
        _, expected = goal_of(self.model, atom, scope.values)
        relation = self.model.policy.relations[atom.relation]
        check_pattern(self.claims, at, said, relation, expected)

    def _value(self, expression: Expression, values: Substitution) -> Value:
        try:
            return self.model.value(expression, values)
        except NoValue:
            return None


def check_pattern(
    claims: Claims,
    at: str,
    said: Sequence[Any],
    relation: Relation,
    expected: Sequence[Any],
) -> None:
    """Check a pattern against the values that it should have; `...` is any."""
    if len(said) != relation.arity:
        claims.reject(at, f"`{relation.name}` has {relation.arity} columns")
        return
    for place, (one, value) in enumerate(zip(said, expected, strict=True)):
        if (value is ...) != isinstance(one, dict):
            claims.reject(f"{at}/{place}", "a value and `any` are not the same")
        elif value is not ...:
            type_ = relation.columns[place].type
            claims.same(f"{at}/{place}", one, type_, value)


def _order(model: NaiveModel, body: Body, scope: Scope, outside: Names) -> list[Place]:
    """Return a body's literals in the order in which their values follow."""
    own = model.places(body, outside | scope.open | {*scope.values})
    atoms = [place for place in own if isinstance(place.literal, Atom)]
    others = [place for place in own if not isinstance(place.literal, Atom)]
    given = scope.open.union(scope.values, *(names(one.literal) for one in atoms))
    return [*atoms, *ordered(others, given)]


def _as_met(premises: Sequence[Any]) -> list[Said]:
    """Return premises as conditions that are met."""
    return [{"met": True, "premise": one} for one in premises]


def _type(expression: Expression, scope: Scope) -> Type:
    match expression:
        case Variable(name):
            return scope.types[name]
        case Shift():
            return DATE
    return expression.type
