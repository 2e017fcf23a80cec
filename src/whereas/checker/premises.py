"""The premises of one rule instance against the rule's body, literal by literal."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from whereas.checker.bodies import names, plan
from whereas.checker.spelled import spelled
from whereas.checker.world import NoValue, Substitution, World
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
    `file` the name that a stated relation's file has in the document. `open` are
    variables without a value, in an attempt: what mentions them does not hold.

    What begins with `said_` checks what is said of a literal, not that it holds.
    """

    claims: Claims
    world: World
    rule: Rule
    premise: Callable[[str, int], Fact | None]
    file: Callable[[str], str | None]
    open: frozenset[str] = frozenset()

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
        atoms = [place for place, one in enumerate(body) if isinstance(one, Atom)]
        for place in atoms:
            one = self.literal(f"{at}/{place}", body[place], said[place], found)
            if one is None:
                return None
            found = one
        for place, literal, _ in plan(body, frozenset(found), frozenset(found)):
            if place not in atoms:
                one = self.literal(f"{at}/{place}", literal, said[place], found)
                if one is None:
                    return None
                found = one
        return found

    def literal(  # noqa: PLR0912  # a case for each kind of literal
        self, at: str, literal: Literal, said: Mapping[str, Any], found: Substitution
    ) -> Substitution | None:
        """Check a literal; return the substitution that it leaves, None if it fails."""
        claims, world = self.claims, self.world
        if said["kind"] != KINDS[type(literal)]:
            claims.reject(at, f"this is no premise of `{spelled(literal)}`")
            return None
        if not isinstance(literal, Either) and names(literal) & self.open:
            return self._kept(at, literal, found, holds=False)
        match literal:
            case Atom():
                return self._holds(at, literal, said, found)
            case Not(atom):
                self.said_sought(at, atom, said, found)
                if "found" in said:
                    claims.reject(f"{at}/found", "what was found is not absent")
                if world.matching(atom.relation, world.known(atom, found)):
                    claims.reject(at, f"a row of `{atom.relation}` is there")
                    return None
                return found
            case Comparison():
                try:
                    found = world.bound(literal, found)
                except NoValue:
                    return self._kept(at, literal, found, holds=False)
                self.said_compared(at, literal, said, found)
                return self._kept(at, literal, found, world.compares(literal, found))
            case Membership():
                self.said_among(at, literal, said, found)
                return self._kept(at, literal, found, world.among(literal, found))
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
            case Aggregate(target, binds=name):
                value = self.said_counted(at, literal, said, found)
                if value is ...:
                    return self._kept(at, literal, found, holds=False)
                if name is not None and name not in found:
                    return {**found, name: value}
                holds = world.value(target, found) == value
                return self._kept(at, literal, found, holds)
        raise AssertionError(literal)

    def _holds(
        self, at: str, atom: Atom, said: Mapping[str, Any], found: Substitution
    ) -> Substitution | None:
        """Check that a fact is one that an atom matches."""
        fact = self.premise(f"{at}/fact", said["fact"])
        if fact is None:
            return None
        extended = None
        if fact.relation == atom.relation:
            extended = self.world.matched(atom, fact.row, found)
        if extended is None:
            self.claims.reject(at, f"{fact} is not `{spelled(atom)}` here")
        return extended

    def _kept(
        self, at: str, literal: Literal, found: Substitution, holds: bool
    ) -> Substitution | None:
        if not holds:
            self.claims.reject(at, f"`{spelled(literal)}` does not hold here")
        return found if holds else None

    # --- what is said of a literal ----------------------------------------------------

    def said_sought(
        self, at: str, atom: Atom, said: Mapping[str, Any], found: Substitution
    ) -> None:
        """Check what is said of a search: for what, in which file, among how many."""
        known = self.world.known(atom, found)
        claims, relation = self.claims, self.world.policy.relations[atom.relation]
        claims.equal(f"{at}/relation", said["relation"], relation.name)
        expected = [known.get(i, ...) for i in range(relation.arity)]
        check_pattern(claims, f"{at}/pattern", said["pattern"], relation, expected)
        claims.equal(f"{at}/rows", said["rows"], len(self.world.rows(relation.name)))
        claims.equal(f"{at}/file", said["file"], self.file(relation.name))

    def said_compared(
        self, at: str, literal: Comparison, said: Mapping[str, Any], found: Substitution
    ) -> None:
        """Calculate both sides anew; one without a value is null."""
        self.claims.equal(f"{at}/literal", said["literal"], spelled(literal))
        self.claims.equal(f"{at}/op", said["op"], literal.op)
        for side, one in (("left", literal.left), ("right", literal.right)):
            value = None
            if names(one) <= found.keys():
                with contextlib.suppress(NoValue):
                    value = self.world.value(one, found)
            self.claims.same(f"{at}/{side}", said[side], self._type(one), value)

    def said_among(
        self, at: str, literal: Membership, said: Mapping[str, Any], found: Substitution
    ) -> None:
        """Read the value that is looked for, and the members."""
        claims, members = self.claims, literal.members
        claims.equal(f"{at}/literal", said["literal"], spelled(literal))
        value = self.world.value(literal.term, found)
        claims.same(f"{at}/value", said["value"], self._type(literal.term), value)
        claims.equal(f"{at}/negated", said["negated"], literal.negated)
        if len(said["members"]) != len(members):
            claims.reject(f"{at}/members", "these are not all members")
        for place, (one, m) in enumerate(zip(said["members"], members, strict=False)):
            claims.same(f"{at}/members/{place}", one, m.type, m.value)

    def said_counted(
        self, at: str, literal: Aggregate, said: Mapping[str, Any], found: Substitution
    ) -> Any:
        """Count anew, each row that is named being one of them; `...` is no value."""
        claims, world = self.claims, self.world
        claims.equal(f"{at}/literal", said["literal"], spelled(literal))
        rows = world.counted(literal, found)
        try:
            value: Any = world.aggregate(literal, rows)
        except NoValue:
            value = ...
        shown = None if value is ... else value
        claims.same(f"{at}/value", said["value"], literal.type, shown)
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
        return value

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
