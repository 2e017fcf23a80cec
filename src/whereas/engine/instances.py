"""The instances of a body over rows in memory: plain nested loops with hash indexes.

This reads the definition and nothing else: no SQL, no planner. The certificate
rests on it, and the pyDatalog store for what it tests on joined rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, assert_never

from whereas.budget import check
from whereas.engine.arithmetic import Number, bounded, compare, evaluate
from whereas.engine.names import literal_variables
from whereas.facts.database import Row
from whereas.policy.core import (
    Aggregate,
    Atom,
    Comparison,
    Constant,
    Either,
    Expression,
    Literal,
    Membership,
    Not,
    Parameter,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

Bindings = dict[str, Number]
_Index = dict[tuple[Number, ...], list[Row]]
# What is read of a conjunction at one place: substitutions into those that hold there.
_Step = Callable[[Iterable[Bindings]], Iterator[Bindings]]


@dataclass(frozen=True, slots=True)
class _Lookup:
    """How the rows of an atom are found where some of its variables are bound.

    `key` has the bound variable or the number of each place in `places`; `gives` has
    the place of each variable that a row binds. The places of each pair in `repeats`
    have the same variable, so that they must have the same value.
    """

    relation: str
    places: tuple[int, ...]
    key: tuple[str | int, ...]
    gives: tuple[tuple[str, int], ...]
    repeats: tuple[tuple[int, int], ...]


@dataclass(slots=True)
class Instances:
    """Rows of every relation, and the substitutions of bodies over them."""

    rows: Mapping[str, Collection[Row]]
    stored: Callable[[Constant | Parameter], int]
    month_end: str | None
    _indexes: dict[tuple[str, tuple[int, ...]], _Index] = field(default_factory=dict)
    _totals: dict[tuple[int, tuple[Number, ...]], Number] = field(default_factory=dict)
    # The steps of a conjunction, and the lookup of an atom, by what is bound. The
    # literals are kept, so that their ids stay theirs.
    _plans: dict[tuple[tuple[int, ...], frozenset[str]], tuple[_Step, ...]] = field(
        default_factory=dict
    )
    _lookups: dict[tuple[int, frozenset[str]], _Lookup] = field(default_factory=dict)
    _kept: dict[int, Literal] = field(default_factory=dict)

    def value(self, expression: Expression, bindings: Bindings) -> Number:
        """Return the value of a term or a calculation."""
        return evaluate(expression, bindings, self.stored, self.month_end)

    def reader(self, expression: Expression) -> Callable[[Bindings], Number]:
        """Return the function that gives an expression's value under bindings."""
        match expression:
            case Variable(name):
                return itemgetter(name)
            case Constant() | Parameter():
                value = self.stored(expression)
                return lambda _: value
            case _:
                return lambda bindings: self.value(expression, bindings)

    def of(
        self, literals: Sequence[Literal], bindings: Bindings | None = None
    ) -> Iterator[Bindings]:
        """Yield every substitution under which a conjunction holds.

        No alternative in it binds.
        """
        substitutions: Iterator[Bindings] = iter((bindings or {},))
        for step in self._plan(literals, frozenset(bindings or ())):
            substitutions = step(substitutions)
        return substitutions

    def _plan(
        self, literals: Sequence[Literal], bound: frozenset[str]
    ) -> tuple[_Step, ...]:
        """Return the steps of a conjunction, in the order in which they are taken.

        Each step takes a test whose variables are known, or else the atom of which
        most is known. So the order depends on which variables are bound, and on no
        value: it is made once.
        """
        key = (tuple(map(id, literals)), bound)
        plan = self._plans.get(key)
        if plan is None:
            self._kept.update((id(one), one) for one in literals)
            left, steps = list(literals), list[_Step]()
            known = set(bound)
            while left:
                literal = max(left, key=lambda one: _readiness(one, known))
                left.remove(literal)
                steps.append(self._step(literal, frozenset(known)))
                if isinstance(literal, Atom):
                    known.update(literal_variables(literal))
                elif isinstance(literal, Comparison | Aggregate) and literal.binds:
                    known.add(literal.binds)
            plan = self._plans[key] = tuple(steps)
        return plan

    def _step(self, literal: Literal, bound: frozenset[str]) -> _Step:
        """Return how a literal is read where some variables are bound."""
        if isinstance(literal, Atom):
            lookup = self._lookup(literal, bound)
            return lambda source: self._joined(lookup, source)
        if isinstance(literal, Not):
            absent = self._lookup(literal.atom, bound)
            return lambda source: (
                bindings for bindings in source if not self._found(absent, bindings)
            )
        name = getattr(literal, "binds", None)
        if isinstance(literal, Comparison | Aggregate) and name not in {None, *bound}:
            given = str(name)
            return lambda source: (
                {**bindings, given: value}
                for bindings in source
                if (value := self.bound_value(literal, bindings)) is not None
            )
        if isinstance(literal, Comparison):
            op, left, right = (
                literal.op,
                *map(self.reader, (literal.left, literal.right)),
            )
            return lambda source: (
                bindings
                for bindings in source
                if compare(op, left(bindings), right(bindings))
            )
        return lambda source: (
            bindings for bindings in source if self.holds(literal, bindings)
        )

    def _joined(
        self, lookup: _Lookup, source: Iterable[Bindings]
    ) -> Iterator[Bindings]:
        """Yield substitutions with what each matching row adds to them."""
        gives = lookup.gives
        for bindings in source:
            check()
            for row in self._found(lookup, bindings):
                joined = bindings.copy()
                for name, place in gives:
                    joined[name] = row[place]
                yield joined

    def bound_value(
        self, literal: Comparison | Aggregate, bindings: Bindings
    ) -> Number:
        """Return the value that a literal gives to the variable that it binds."""
        if isinstance(literal, Aggregate):
            return self.aggregated(literal, bindings)
        own = Variable(literal.binds or "")
        other = literal.right if literal.left == own else literal.left
        return self.value(other, bindings)

    def holds(self, literal: Literal, bindings: Bindings) -> bool:
        """Return whether a test holds."""
        match literal:
            case Atom():
                return bool(self._matches(literal, bindings))
            case Not(atom):
                return not self._matches(atom, bindings)
            case Comparison(op, left, right):
                return compare(
                    op, self.value(left, bindings), self.value(right, bindings)
                )
            case Membership(term, members, negated):
                value = self.value(term, bindings)
                found = any(value == self.stored(member) for member in members)
                return value is not None and found != negated
            case Either(branches):
                return any(any(True for _ in self.of(b, bindings)) for b in branches)
            case Aggregate(target):
                value = self.aggregated(literal, bindings)
                return compare("=", value, self.value(target, bindings))
            case _:
                assert_never(literal)

    def _matches(self, atom: Atom, bindings: Bindings) -> Sequence[Row]:
        """Return the rows that an atom matches."""
        return self._found(self._lookup(atom, frozenset(bindings)), bindings)

    def _found(self, lookup: _Lookup, bindings: Bindings) -> Sequence[Row]:
        index = self._indexes.get((lookup.relation, lookup.places))
        if index is None:
            index = self._index(lookup.relation, lookup.places)
        key = tuple(
            [bindings[one] if isinstance(one, str) else one for one in lookup.key]
        )
        rows = index.get(key, ())
        if not lookup.repeats:
            return rows
        return [
            row
            for row in rows
            if all(row[one] == row[other] for one, other in lookup.repeats)
        ]

    def _lookup(self, atom: Atom, bound: frozenset[str]) -> _Lookup:
        """Return how an atom's rows are found; it is made once."""
        lookup = self._lookups.get((id(atom), bound))
        if lookup is None:
            self._kept[id(atom)] = atom
            lookup = _lookup_of(atom, bound, self.stored)
            self._lookups[id(atom), bound] = lookup
        return lookup

    def _index(self, relation: str, places: tuple[int, ...]) -> _Index:
        index: _Index = {}
        for row in self.rows[relation]:
            index.setdefault(tuple([row[at] for at in places]), []).append(row)
        self._indexes[relation, places] = index
        return index

    def forget(self, relations: Collection[str]) -> None:
        """Drop what was remembered of relations whose rows have changed."""
        for key in [key for key in self._indexes if key[0] in relations]:
            del self._indexes[key]

    def aggregated(self, literal: Aggregate, bindings: Bindings) -> Number:
        """Return the value of an aggregate for the groups that are bound."""
        group = tuple(bindings[name] for name in literal.group)
        key = (id(literal), group)
        if key not in self._totals:
            outer = dict(zip(literal.group, group, strict=True))
            self._totals[key] = self._total(literal, outer)
        return self._totals[key]

    def _total(self, literal: Aggregate, outer: Bindings) -> Number:
        found = self.of(literal.body, outer)
        if literal.term is None:
            return sum(1 for _ in found)
        term = literal.term
        values = [v for one in found if (v := self.value(term, one)) is not None]
        match literal.function:
            case "sum":
                return bounded(sum(values))
            case "min":
                return min(values, default=None)
            case _:
                return max(values, default=None)


def _lookup_of(
    atom: Atom, bound: frozenset[str], stored: Callable[[Constant | Parameter], int]
) -> _Lookup:
    places: list[int] = []
    key: list[str | int] = []
    gives: dict[str, int] = {}
    repeats: list[tuple[int, int]] = []
    for place, term in enumerate(atom.terms):
        if not isinstance(term, Variable):
            places.append(place)
            key.append(stored(term))
        elif term.name in bound:
            places.append(place)
            key.append(term.name)
        elif term.name in gives:
            repeats.append((gives[term.name], place))
        else:
            gives[term.name] = place
    return _Lookup(
        atom.relation, tuple(places), tuple(key), tuple(gives.items()), tuple(repeats)
    )


def _readiness(literal: Literal, bound: set[str]) -> int:
    """Return how soon a literal is read: the greater, the sooner."""
    names = set(literal_variables(literal))
    if isinstance(literal, Atom):
        known = sum(
            not isinstance(term, Variable) or term.name in bound
            for term in literal.terms
        )
        return 1000 + known
    unknown = names - bound
    if isinstance(literal, Comparison | Aggregate) and unknown == {literal.binds}:
        unknown = set()
    if not unknown:
        return 2000
    # An alternative may have variables of its own: tested last of all.
    return 1 if isinstance(literal, Either) else 0
