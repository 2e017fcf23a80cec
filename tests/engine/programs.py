"""Random programs: safe, in strata, over a small domain where everything collides.

The same seed gives the same program. They have recursion (linear, double, mutual),
negation, comparisons, arithmetic, memberships, alternatives that filter and that
bind, aggregates with empty groups and bound targets, and, in some, `none`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.engine.build import atom, policy, term

from whereas.policy.core import (
    Aggregate,
    Arithmetic,
    Atom,
    Comparison,
    Constant,
    Either,
    Literal,
    Membership,
    Not,
    Policy,
)
from whereas.values import INTEGER, Type, Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OPTIONAL = Type("integer", optional=True)


@dataclass(frozen=True)
class Program:
    """A checked policy and the rows of its stated relations."""

    seed: int
    policy: Policy
    rows: Mapping[str, Sequence[tuple[Value, ...]]]


@dataclass
class Writer:
    """Writes one program."""

    random: random.Random
    none: bool
    domain: int
    stated: dict[str, int] = field(default_factory=dict)
    derived: dict[str, int] = field(default_factory=dict)
    fresh: int = 0

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def name(self, prefix: str) -> str:
        self.fresh += 1
        return f"{prefix}{self.fresh}"

    def constant(self) -> Constant:
        if self.none and self.chance(0.15):
            return Constant(None, OPTIONAL)
        return Constant(self.random.randrange(self.domain), INTEGER)

    def arity(self, relation: str) -> int:
        return {**self.stated, **self.derived}[relation]

    def atom(self, relation: str, variables: Sequence[str], any_: float = 0.15) -> Atom:
        terms: list[object] = []
        for _ in range(self.arity(relation)):
            if self.chance(any_):
                terms.append(self.name("_"))
            elif self.chance(0.06) or not variables:
                terms.append(self.constant())
            else:
                terms.append(self.random.choice(variables))
        return atom(relation, *terms)

    def guard(self, *names: object) -> list[Literal]:
        if not self.none:
            return []
        return [
            Comparison("!=", term(name), Constant(None, OPTIONAL))
            for name in dict.fromkeys(names)
            if isinstance(name, str)
        ]

    def compared(self, bound: Sequence[str]) -> list[Literal]:
        left = self.random.choice(bound)
        right: object = (
            self.random.choice(bound) if self.chance(0.5) else self.constant()
        )
        op = self.random.choice(["=", "!=", "<", "<=", ">", ">="])
        if op not in {"=", "!="} and isinstance(right, Constant):
            right = Constant(self.random.randrange(self.domain), INTEGER)
        made: Literal = Comparison(op, term(left), term(right))
        if op in {"=", "!="}:
            return [made]
        return [*self.guard(left, right), made]

    def member(self, bound: Sequence[str]) -> Literal:
        members = tuple(
            {one.value: one for one in (self.constant() for _ in range(2))}.values()
        )
        return Membership(
            term(self.random.choice(bound)),  # type: ignore[arg-type]
            members,
            self.chance(0.4),
        )

    def calculation(self, bound: Sequence[str]) -> tuple[list[Literal], Arithmetic]:
        left = self.random.choice(bound)
        right: object = (
            self.random.choice(bound)
            if self.chance(0.5)
            else Constant(self.random.randrange(3), INTEGER)
        )
        op = self.random.choice("+-*")
        return (
            self.guard(left, right),
            Arithmetic(op, term(left), term(right), INTEGER),
        )

    def test(self, bound: Sequence[str], below: Sequence[str]) -> list[Literal]:
        kind = self.random.randrange(5)
        if kind <= 1 and below:
            relation = self.random.choice(below)
            return [Not(self.atom(relation, bound, 0.35))]
        if kind == 2:
            return [self.member(bound)]
        if kind == 3 and self.chance(0.4):
            guard, one = self.calculation(bound)
            limit = Constant(self.random.randrange(self.domain), INTEGER)
            return [*guard, Comparison(self.random.choice(["<", "="]), one, limit)]
        return self.compared(bound)

    def filter(
        self, bound: Sequence[str], seen: Sequence[str], below: Sequence[str]
    ) -> Either:
        branches = []
        for _ in range(self.random.choice([2, 2, 3])):
            if self.chance(0.45) and seen:
                own = self.name("E")
                branch: list[Literal] = [
                    self.atom(self.random.choice(seen), [*bound, own])
                ]
                used = own in {getattr(t, "name", "") for t in branch[0].terms}  # type: ignore[union-attr]
                if used and self.chance(0.5):
                    branch += self.compared([own])
            else:
                branch = self.test(bound, below)
                if self.chance(0.3):
                    branch += self.test(bound, below)
            branches.append(tuple(branch))
        return Either(tuple(branches))

    def generator(self, bound: Sequence[str], seen: Sequence[str]) -> Either:
        new = self.name("G")
        branches: list[tuple[Literal, ...]] = []
        for _ in range(2):
            if self.chance(0.6) and seen:
                relation = self.random.choice(seen)
                one = self.atom(relation, bound)
                place = self.random.randrange(len(one.terms))
                terms = (*one.terms[:place], term(new), *one.terms[place + 1 :])
                branches.append((Atom(relation, terms),))  # type: ignore[arg-type]
            else:
                given: object = (
                    self.random.choice(bound)
                    if bound and self.chance(0.5)
                    else self.constant()
                )
                branches.append((Comparison("=", term(new), term(given), binds=new),))
        return Either(tuple(branches), binds=(new,))

    def aggregate(
        self, bound: Sequence[str], below: Sequence[str]
    ) -> tuple[Aggregate, str | None]:
        function = self.random.choice(["count", "count", "sum", "min", "max"])
        own = [self.name("I"), self.name("I")]
        groups = self.random.sample(list(bound), min(len(bound), 2))
        relations = [
            self.random.choice(below) for _ in range(self.random.choice([1, 1, 2]))
        ]
        body: list[Literal] = [self.atom(r, [*own, *groups], 0.2) for r in relations]
        inside = [
            t.name
            for one in body
            for t in one.terms  # type: ignore[union-attr]
            if hasattr(t, "name") and t.name in own
        ]
        if not inside and function != "count":
            first = body[0]
            assert isinstance(first, Atom)
            place = self.random.randrange(len(first.terms))
            body[0] = Atom(
                first.relation,
                (*first.terms[:place], term(own[0]), *first.terms[place + 1 :]),  # type: ignore[arg-type]
            )
            inside = [own[0]]
        if inside and self.chance(0.35):
            body += self.compared([*inside, *groups])
        if inside and self.chance(0.2):
            body += [Not(self.atom(self.random.choice(below), [*inside, *groups], 0.3))]
        if inside and self.chance(0.15):
            body.append(self.filter([*inside, *groups], below, below))
        of = None
        if function != "count":
            of = inside[0]
            body += self.guard(of)
        used = {name for one in body for name in _names(one)}
        group = tuple(name for name in groups if name in used)
        target: object
        binds = None
        if self.chance(0.65):
            target = binds = self.name("T")
        elif bound and self.chance(0.5):
            target = self.random.choice(bound)
        else:
            target = Constant(self.random.randrange(self.domain), INTEGER)
        return (
            Aggregate(
                term(target),  # type: ignore[arg-type]
                function,
                None if of is None else term(of),  # type: ignore[arg-type]
                tuple(body),
                group,
                INTEGER,
                binds,
            ),
            binds,
        )

    def rule(
        self, head: str, own: Sequence[str], below: Sequence[str], *, base: bool
    ) -> tuple[Atom, tuple[Literal, ...]]:
        """Write a rule; `base`: nothing of its own component stands in it."""
        seen = [*below, *([] if base else own)]
        pool = ["A", "B", "C", "D"][: self.random.choice([2, 3, 4])]
        body: list[Literal] = []
        if not base and self.chance(0.9):
            body.append(self.atom(self.random.choice(list(own)), pool))
        more = self.random.choice([1, 1, 2, 2, 3]) - len(body)
        body += [self.atom(self.random.choice(seen), pool) for _ in range(more)]
        bound = sorted(
            {
                t.name
                for one in body
                for t in one.terms  # type: ignore[union-attr]
                if hasattr(t, "name") and not t.name.startswith("_")
            }
        )
        if self.chance(0.2):
            made = self.generator(bound, seen)
            body.append(made)
            bound += made.binds
        if bound and self.chance(0.2):
            new = self.name("Z")
            guard, one = self.calculation(bound)
            limit = Constant(6, INTEGER)
            body += [*guard, Comparison("=", term(new), one, binds=new)]
            body += [Comparison("<", term(new), limit)]
            body += [Comparison(">", term(new), Constant(-6, INTEGER))]
            bound.append(new)
        if self.chance(0.2) and below:
            counted, new_name = self.aggregate(bound, below)
            body.append(counted)
            if new_name:
                bound.append(new_name)
        if bound:
            for _ in range(self.random.choice([0, 0, 0, 1])):
                body += self.test(bound, below)
            if self.chance(0.2):
                body.append(self.filter(bound, seen, below))
        self.random.shuffle(body)
        terms: list[object] = [
            self.constant()
            if not bound or self.chance(0.06)
            else self.random.choice(bound)
            for _ in range(self.derived[head])
        ]
        if any(isinstance(t, str) and t.startswith("T") for t in terms):
            # What is counted may grow with the domain: a head keeps it small.
            for name in {t for t in terms if isinstance(t, str) and t.startswith("T")}:
                body.append(Comparison("<", term(name), Constant(9, INTEGER)))
        return atom(head, *terms), tuple(body)


def _names(literal: Literal) -> set[str]:
    found: set[str] = set()
    stack: list[object] = [literal]
    while stack:
        match stack.pop():
            case Atom(terms=terms):
                stack += terms
            case Not(inner):
                stack.append(inner)
            case (
                Comparison(left=left, right=right) | Arithmetic(left=left, right=right)
            ):
                stack += [left, right]
            case Membership(one):
                stack.append(one)
            case Either(branches):
                stack += [one for branch in branches for one in branch]
            case Constant():
                pass
            case variable:
                found.add(variable.name)  # type: ignore[attr-defined]
    return found


def program(seed: int) -> Program:
    """Return the program of a seed."""
    chosen = random.Random(seed)
    writer = Writer(chosen, none=chosen.random() < 0.3, domain=chosen.choice([3, 4, 5]))
    for number in range(chosen.choice([1, 2, 3])):
        writer.stated[f"e{number}"] = chosen.choice([1, 2, 2, 3])
    rules: list[tuple[Atom, tuple[Literal, ...]]] = []
    below = list(writer.stated)
    for number in range(chosen.choice([2, 3, 4])):
        own = [f"d{number}_{n}" for n in range(chosen.choice([1, 1, 2]))]
        recursive = chosen.random() < 0.55
        for name in own:
            writer.derived[name] = chosen.choice([1, 2, 2, 3])
        for name in own:
            kinds = [True] * chosen.choice([1, 1, 2])
            kinds += [False] * chosen.choice([1, 2]) if recursive else []
            rules += [writer.rule(name, own, below, base=one) for one in kinds]
            if chosen.random() < 0.1:
                values = [writer.constant() for _ in range(writer.derived[name])]
                rules.append((atom(name, *values), ()))
        below += own
    kind = OPTIONAL if writer.none else INTEGER
    rows: dict[str, list[tuple[Value, ...]]] = {}
    for name, arity in writer.stated.items():
        found = {
            tuple(writer.constant().value for _ in range(arity))
            for _ in range(chosen.choice([0, 5, 8, 12, 16]))
        }
        rows[name] = sorted(found, key=repr)
    made = policy(
        {name: [kind] * arity for name, arity in writer.stated.items()},
        rules,
        derived={name: [kind] * arity for name, arity in writer.derived.items()},
    )
    return Program(seed, made, rows)
