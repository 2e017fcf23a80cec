"""The instances of a body over rows in memory: plain nested loops with hash indexes.

This reads the definition and nothing else: no SQL, no planner. The certificate
rests on it, and the pyDatalog store for what it tests on joined rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
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
    Term,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

Bindings = dict[str, Number]
_Index = dict[tuple[Number, ...], list[Row]]


@dataclass(slots=True)
class Instances:
    """Rows of every relation, and the substitutions of bodies over them."""

    rows: Mapping[str, Collection[Row]]
    stored: Callable[[Constant | Parameter], int]
    month_end: str | None
    _indexes: dict[tuple[str, tuple[int, ...]], _Index] = field(default_factory=dict)
    _totals: dict[tuple[int, tuple[Number, ...]], Number] = field(default_factory=dict)
    # The order in which a conjunction is read, by its literals and what is bound.
    # The literals are kept, so that their ids stay theirs.
    _orders: dict[tuple[tuple[int, ...], frozenset[str]], tuple[Literal, ...]] = field(
        default_factory=dict
    )
    _kept: dict[int, Literal] = field(default_factory=dict)

    def value(self, expression: Expression, bindings: Bindings) -> Number:
        """Return the value of a term or a calculation."""
        return evaluate(expression, bindings, self.stored, self.month_end)

    def of(
        self, literals: Sequence[Literal], bindings: Bindings | None = None
    ) -> Iterator[Bindings]:
        """Yield every substitution under which a conjunction holds.

        No alternative in it binds.
        """
        bindings = {} if bindings is None else bindings
        yield from self._of(self._ordered(literals, bindings), 0, bindings)

    def _of(
        self, literals: Sequence[Literal], at: int, bindings: Bindings
    ) -> Iterator[Bindings]:
        """Yield the substitutions for the literals from a place on."""
        if at == len(literals):
            yield bindings
            return
        literal = literals[at]
        if isinstance(literal, Atom):
            check()
            for row in self.matches(literal, bindings):
                yield from self._of(literals, at + 1, extended(literal, row, bindings))
            return
        name = getattr(literal, "binds", None)
        if isinstance(literal, Comparison | Aggregate) and name not in {
            None,
            *bindings,
        }:
            value = self.bound_value(literal, bindings)
            if value is not None:
                yield from self._of(literals, at + 1, {**bindings, str(name): value})
        elif self.holds(literal, bindings):
            yield from self._of(literals, at + 1, bindings)

    def _ordered(
        self, literals: Sequence[Literal], bindings: Bindings
    ) -> tuple[Literal, ...]:
        """Return literals in the order in which they are read.

        Each step takes a test whose variables are known, or else the atom of which
        most is known. So the order depends on which variables are bound, and on no
        value: it is found once.
        """
        key = (tuple(map(id, literals)), frozenset(bindings))
        order = self._orders.get(key)
        if order is None:
            self._kept.update((id(one), one) for one in literals)
            left, found = list(literals), list[Literal]()
            bound = set(bindings)
            while left:
                literal = max(left, key=lambda one: _readiness(one, bound))
                left.remove(literal)
                found.append(literal)
                if isinstance(literal, Atom):
                    bound.update(literal_variables(literal))
                elif isinstance(literal, Comparison | Aggregate) and literal.binds:
                    bound.add(literal.binds)
            order = self._orders[key] = tuple(found)
        return order

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
                return any(True for _ in self.matches(literal, bindings))
            case Not(atom):
                return not any(True for _ in self.matches(atom, bindings))
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

    def matches(self, atom: Atom, bindings: Bindings) -> Sequence[Row]:
        """Return the rows that an atom matches."""
        places, key = [], []
        for at, term in enumerate(atom.terms):
            value = self._known(term, bindings)
            if value is not None:
                places.append(at)
                key.append(value)
        found = self._index(atom.relation, tuple(places)).get(tuple(key), ())
        return [row for row in found if _repeats_agree(atom, row)]

    def _known(self, term: Term, bindings: Bindings) -> Number:
        if isinstance(term, Variable):
            return bindings.get(term.name)
        return self.stored(term)

    def _index(self, relation: str, places: tuple[int, ...]) -> _Index:
        index = self._indexes.get((relation, places))
        if index is None:
            index = self._indexes[relation, places] = {}
            for row in self.rows[relation]:
                index.setdefault(tuple(row[at] for at in places), []).append(row)
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


def extended(atom: Atom, row: Row, bindings: Bindings) -> Bindings:
    """Return the bindings with those that a matching row gives."""
    own: Bindings = {
        term.name: value
        for term, value in zip(atom.terms, row, strict=True)
        if isinstance(term, Variable)
    }
    return {**bindings, **own}


def _repeats_agree(atom: Atom, row: Row) -> bool:
    seen: Bindings = {}
    return all(
        not isinstance(term, Variable) or seen.setdefault(term.name, value) == value
        for term, value in zip(atom.terms, row, strict=True)
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
