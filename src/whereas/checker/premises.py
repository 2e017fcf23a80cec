"""The premises of one rule instance against the rule's body, literal by literal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from whereas.checker.spelled import spelled
from whereas.checker.world import NoValue, Substitution, World, plan
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

    from whereas.checker.claims import Claims, Fact
    from whereas.policy.core import Relation
    from whereas.values import Type

# A justification names so many rows of an aggregate; the others it only counts.
ROWS_SHOWN = 20

KINDS: Mapping[type, str] = {
    Atom: "holds",
    Not: "absent",
    Comparison: "compared",
    Membership: "among",
    Either: "chosen",
    Aggregate: "aggregated",
}


@dataclass(frozen=True, slots=True)
class Instance:
    """A rule whose premises are checked.

    `premise` gives the fact of a number that is rested on (None: rejected), and
    `file` the name that a stated relation's file has in the document.
    """

    claims: Claims
    world: World
    rule: Rule
    premise: Callable[[str, int], Fact | None]
    file: Callable[[str], str | None]

    def body(
        self,
        at: str,
        body: Sequence[Literal],
        said: Sequence[Mapping[str, Any]],
        found: Substitution,
    ) -> Substitution | None:
        """Check a body or a branch; return its substitution, None if it is rejected."""
        reject = self.claims.reject
        if [one["kind"] for one in said] != [KINDS[type(one)] for one in body]:
            reject(at, f"these are not the premises that `{self.rule.label}` asks for")
            return None
        for place, literal in enumerate(body):
            if isinstance(literal, Atom):
                fact = self.premise(f"{at}/{place}/fact", said[place]["fact"])
                if fact is None:
                    return None
                extended = None
                if fact.relation == literal.relation:
                    extended = self.world.matched(literal, fact.row, found)
                if extended is None:
                    reject(f"{at}/{place}", f"{fact} is not `{spelled(literal)}` here")
                    return None
                found = extended
        for place, literal, _ in plan(body, frozenset(found), frozenset(found)):
            if not isinstance(literal, Atom):
                one = self._literal(f"{at}/{place}", literal, said[place], found)
                if one is None:
                    return None
                found = one
        return found

    def _literal(
        self, at: str, literal: Literal, said: Mapping[str, Any], found: Substitution
    ) -> Substitution | None:
        """Check a literal; return the substitution that it leaves, None if it fails."""
        claims = self.claims
        if "literal" in said:
            claims.equal(f"{at}/literal", said["literal"], spelled(literal))
        match literal:
            case Not(atom):
                return self._absent(at, atom, said, found)
            case Comparison():
                return self._compared(at, literal, said, found)
            case Membership(term, members, negated):
                value = self.world.value(term, found)
                claims.same(f"{at}/value", said["value"], self._type(term), value)
                claims.equal(f"{at}/negated", said["negated"], negated)
                if len(said["members"]) != len(members):
                    claims.reject(f"{at}/members", "these are not all members")
                for place, (one, m) in enumerate(
                    zip(said["members"], members, strict=False)
                ):
                    claims.same(f"{at}/members/{place}", one, m.type, m.value)
                return self._kept(at, literal, found, self.world.among(literal, found))
            case Either(branches, binds):
                branch = said["branch"]
                if not 0 <= branch < len(branches):
                    claims.reject(f"{at}/branch", "there is no such branch")
                    return None
                inner = self.body(
                    f"{at}/premises", branches[branch], said["premises"], found
                )
                if inner is None:
                    return None
                return {**found, **{name: inner[name] for name in binds}}
            case Aggregate():
                return self._aggregated(at, literal, said, found)
        raise AssertionError(literal)

    def _kept(
        self, at: str, literal: Literal, found: Substitution, holds: bool
    ) -> Substitution | None:
        if not holds:
            self.claims.reject(at, f"`{spelled(literal)}` does not hold here")
        return found if holds else None

    def _absent(
        self, at: str, atom: Atom, said: Mapping[str, Any], found: Substitution
    ) -> Substitution | None:
        """Check that no row matches, and what is said of the search."""
        known = self.world.known(atom, found)
        claims, relation = self.claims, self.world.policy.relations[atom.relation]
        claims.equal(f"{at}/relation", said["relation"], relation.name)
        expected = [known.get(i, ...) for i in range(relation.arity)]
        check_pattern(claims, f"{at}/pattern", said["pattern"], relation, expected)
        claims.equal(f"{at}/rows", said["rows"], len(self.world.rows(relation.name)))
        claims.equal(f"{at}/file", said["file"], self.file(relation.name))
        if "found" in said:
            claims.reject(f"{at}/found", "what was found is not absent")
        if self.world.matching(relation.name, known):
            claims.reject(at, f"a row of `{relation.name}` is there")
            return None
        return found

    def _compared(
        self, at: str, literal: Comparison, said: Mapping[str, Any], found: Substitution
    ) -> Substitution | None:
        """Calculate both sides anew, and compare them."""
        sides = {"left": literal.left, "right": literal.right}
        try:
            found = self.world.bound(literal, found)
            values = {side: self.world.value(one, found) for side, one in sides.items()}
        except NoValue:
            return self._kept(at, literal, found, holds=False)
        self.claims.equal(f"{at}/op", said["op"], literal.op)
        for side, value in values.items():
            type_ = self._type(sides[side])
            self.claims.same(f"{at}/{side}", said[side], type_, value)
        return self._kept(at, literal, found, self.world.compares(literal, found))

    def _aggregated(
        self, at: str, literal: Aggregate, said: Mapping[str, Any], found: Substitution
    ) -> Substitution | None:
        """Count anew; each row that is named must be one of those counted."""
        claims, world = self.claims, self.world
        rows = world.counted(literal, found)
        try:
            value = world.aggregate(literal, rows)
        except NoValue:
            return self._kept(at, literal, found, holds=False)
        claims.same(f"{at}/value", said["value"], literal.type, value)
        claims.equal(f"{at}/counted", said["counted"], len(rows))
        if len(said["rows"]) != min(len(rows), ROWS_SHOWN):
            claims.reject(f"{at}/rows", f"{len(rows)} rows were counted")
        atoms = [one for one in literal.body if isinstance(one, Atom)]
        counted = {tuple(world.ground(one, row) for one in atoms) for row in rows}
        for place, numbers in enumerate(said["rows"]):
            facts = [
                self.premise(f"{at}/rows/{place}/{i}", n) for i, n in enumerate(numbers)
            ]
            row = tuple((one.relation, one.row) for one in facts if one)
            if row not in counted:
                claims.reject(f"{at}/rows/{place}", "this row was not counted")
            counted.discard(row)
        if literal.binds is not None and literal.binds not in found:
            return {**found, literal.binds: value}
        holds = world.value(literal.target, found) == value
        return self._kept(at, literal, found, holds)

    def _type(self, expression: Expression) -> Type:
        match expression:
            case Variable(name):
                return self.rule.types[name]
            case Shift():
                return DATE
        return expression.type


def check_pattern(
    claims: Claims,
    at: str,
    said: Sequence[Mapping[str, Any]],
    relation: Relation,
    expected: Iterable[Any],
) -> None:
    """Check a pattern against the values it should have; `...` stands for any."""
    values = tuple(expected)
    if len(said) != len(values):
        claims.reject(at, f"`{relation.name}` has {relation.arity} columns")
        return
    for place, (one, value) in enumerate(zip(said, values, strict=True)):
        if (value is ...) != ("any" in one):
            claims.reject(f"{at}/{place}", "a value and `any` are not the same")
        elif value is not ...:
            type_ = relation.columns[place].type
            claims.same(f"{at}/{place}/value", one["value"], type_, value)
