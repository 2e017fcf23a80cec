"""What a policy says over facts, by the slowest way that is plainly right.

A stated relation is its rows. A derived one grows from nothing: its rules are
applied to all that is there until a round adds no row, after everything that they
negate or count is complete; a row knows the round in which it came. Values are
Python's own; nothing here is compiled, cached across policies, or shared with an
engine.
"""

from __future__ import annotations

import calendar
import itertools
import operator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, assert_never

from whereas.checker.bodies import Plan, names, plan, reads, without_alternatives
from whereas.diagnostics import LimitExceeded
from whereas.facts.database import columns, quoted
from whereas.policy.core import (
    Aggregate,
    Arithmetic,
    Atom,
    Comparison,
    Either,
    Expression,
    Literal,
    Membership,
    Not,
    Parameter,
    Shift,
    Variable,
)
from whereas.values import LARGEST, Type, Value, decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from whereas.facts.base import FactBase
    from whereas.policy.core import Component, Policy, Setting

Row = tuple[Value, ...]
Substitution = dict[str, Value]

MOST_ROWS = 10_000_000
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class NoValue(Exception):  # noqa: N818  # no error of ours: what it stands in does not hold
    """`none` was calculated with, or a result left what can be stored."""


class World:
    """The rows of every relation, and what holds of them."""

    def __init__(self, policy: Policy, facts: FactBase, setting: Setting) -> None:
        """Read the stated rows; nothing is derived yet."""
        self.policy = policy
        self.setting = setting
        self.stated = {
            one.name: dict(_stated(facts, one.name, [c.type for c in one.columns]))
            for one in policy.relations.values()
            if one.stated
        }
        # Each row with the round of its component in which it came.
        self._derived: dict[str, dict[Row, int]] = {}
        self._indexes: dict[str, dict[tuple[int, ...], dict[Row, list[Row]]]] = {}
        # Bodies live as long as the policy, so that an id names one.
        self._plans: dict[tuple[int, frozenset[str]], Plan] = {}
        self._conjunctions: dict[int, list[tuple[Literal, ...]]] = {}

    # --- rows -----------------------------------------------------------------------

    def rows(self, relation: str) -> Mapping[Row, int]:
        """Return the rows of a relation; a derived one is completed first.

        A stated row has its place in the file, a derived one the round it came in.
        """
        if relation in self.stated:
            return self.stated[relation]
        if relation not in self._derived:
            below = {relation}
            for component in reversed(self.policy.components):
                if below & {*component.relations}:
                    below |= {*component.relations}
                    below |= {r for one in component.rules for r in reads(one.body)}
            for component in self.policy.components:
                if below.intersection(component.relations).difference(self._derived):
                    self._complete(component)
        return self._derived[relation]

    def together(self, relation: str) -> frozenset[str]:
        """Return the derived relations that grow together with one, itself too."""
        for component in self.policy.components:
            if relation in component.relations:
                return frozenset(component.relations)
        return frozenset()

    def _complete(self, component: Component) -> None:
        """Apply a component's rules to all that is there, until nothing is new."""
        own = {name: self._derived.setdefault(name, {}) for name in component.relations}
        for round_ in itertools.count(1):
            fresh = [
                (rule.head.relation, row)
                for rule in component.rules
                for row in {
                    self.ground(rule.head, found)[1]
                    for found in self.solutions(rule.body, {}, names(rule.head))
                }
                if row not in own[rule.head.relation]
            ]
            for name, row in fresh:
                own[name][row] = round_
                self._indexes.pop(name, None)
            if not fresh:
                return
            if sum(map(len, own.values())) > MOST_ROWS:
                raise LimitExceeded(
                    f"`{component.relations[0]}` grows beyond {MOST_ROWS} rows"
                )

    def matching(self, relation: str, known: Mapping[int, Value]) -> Sequence[Row]:
        """Return the rows that have the known values in their columns."""
        rows = self.rows(relation)
        positions = tuple(known)
        indexes = self._indexes.setdefault(relation, {})
        if positions not in indexes:
            index: dict[Row, list[Row]] = {}
            for row in rows:
                index.setdefault(tuple(row[i] for i in positions), []).append(row)
            indexes[positions] = index
        return indexes[positions].get(tuple(known.values()), ())

    # --- values and literals --------------------------------------------------------

    def value(self, expression: Expression, found: Substitution) -> Value:
        """Return an expression's value; raises NoValue."""
        match expression:
            case Variable(name):
                return found[name]
            case Parameter():
                return self.setting.value(expression)
            case Arithmetic(op, left, right, type_):
                return arithmetic(
                    op, self.value(left, found), self.value(right, found), type_
                )
            case Shift(op, left, amount, unit):
                day, by = self.value(left, found), self.value(amount, found)
                if not isinstance(day, date) or not isinstance(by, int):
                    raise NoValue
                by = by if op == "+" else -by
                if unit == "months":
                    return months_later(day, by, self.policy.month_end)
                return days_later(day, by)
            case constant:
                return constant.value

    def compares(self, literal: Comparison, found: Substitution) -> bool:
        """Tell whether a comparison holds; `none` has no order."""
        try:
            left = self.value(literal.left, found)
            right = self.value(literal.right, found)
        except NoValue:
            return False
        if literal.op not in {"=", "!="} and (left is None or right is None):
            return False
        return COMPARISONS[literal.op](left, right)

    def bound(self, literal: Comparison, found: Substitution) -> Substitution:
        """Give the variable that a comparison binds its value; raises NoValue."""
        name = literal.binds
        if name is None or name in found:
            return found
        left = literal.left == Variable(name)
        other = literal.right if left else literal.left
        return {**found, name: self.value(other, found)}

    def among(self, literal: Membership, found: Substitution) -> bool:
        """Tell whether a membership test holds."""
        value = self.value(literal.term, found)
        return (value in [m.value for m in literal.members]) != literal.negated

    def ground(self, atom: Atom, found: Substitution) -> tuple[str, Row]:
        """Return the fact that an atom is under a substitution."""
        return atom.relation, tuple(self.value(term, found) for term in atom.terms)

    def known(self, atom: Atom, found: Substitution) -> dict[int, Value]:
        """Return the columns of an atom that have a value, and the value."""
        return {
            position: self.value(term, found)
            for position, term in enumerate(atom.terms)
            if not isinstance(term, Variable) or term.name in found
        }

    def matched(self, atom: Atom, row: Row, found: Substitution) -> Substitution | None:
        """Return the substitution under which an atom is a row; None, if it is not."""
        result = dict(found)
        for term, value in zip(atom.terms, row, strict=True):
            if isinstance(term, Variable):
                if result.setdefault(term.name, value) != value:
                    return None
            elif self.value(term, found) != value:
                return None
        return result

    def counted(self, literal: Aggregate, found: Substitution) -> list[Substitution]:
        """Return the rows that an aggregate is over."""
        group = {name: found[name] for name in literal.group}
        return list(self.solutions(literal.body, group, frozenset(group)))

    def aggregate(self, literal: Aggregate, rows: Sequence[Substitution]) -> Value:
        """Return an aggregate's value; raises NoValue for `min`, `max` of nothing."""
        if literal.term is None:
            return len(rows)
        # Each is a number or a day: check refuses others, and `none` among them.
        values: list[Any] = [self.value(literal.term, row) for row in rows]
        if literal.function == "count":
            return len(rows)
        if literal.function == "sum":
            return bounded(sum(values), literal.type)
        if not values:
            raise NoValue
        return max(values) if literal.function == "max" else min(values)  # type: ignore[no-any-return]

    # --- bodies ---------------------------------------------------------------------

    def conjunctions(self, body: tuple[Literal, ...]) -> list[tuple[Literal, ...]]:
        """Return a body without alternatives, once for each choice of branches."""
        if id(body) not in self._conjunctions:
            self._conjunctions[id(body)] = list(without_alternatives(body))
        return self._conjunctions[id(body)]

    def solutions(
        self, body: tuple[Literal, ...], given: Substitution, outside: frozenset[str]
    ) -> Iterator[Substitution]:
        """Yield every substitution under which a whole body holds."""
        key = (id(body), frozenset(given))
        if key not in self._plans:
            self._plans[key] = plan(body, frozenset(given), outside)
        yield from self._from(self._plans[key], 0, given)

    def _from(
        self, order: Plan, start: int, given: Substitution
    ) -> Iterator[Substitution]:
        if start == len(order):
            yield given
            return
        _, literal, outside = order[start]
        for found in self.extensions(literal, given, outside):
            yield from self._from(order, start + 1, found)

    def extensions(  # noqa: PLR0912  # a case for each kind of literal
        self, literal: Literal, given: Substitution, outside: frozenset[str]
    ) -> Iterator[Substitution]:
        """Yield the extensions of a substitution under which a literal holds."""
        match literal:
            case Atom(relation):
                for row in self.matching(relation, self.known(literal, given)):
                    found = self.matched(literal, row, given)
                    if found is not None:
                        yield found
            case Not(atom):
                if not self.matching(atom.relation, self.known(atom, given)):
                    yield given
            case Comparison():
                try:
                    found = self.bound(literal, given)
                except NoValue:
                    return
                if self.compares(literal, found):
                    yield found
            case Membership():
                if self.among(literal, given):
                    yield given
            case Either(branches):
                seen = set()
                for branch in branches:
                    for found in self.solutions(branch, given, outside):
                        kept = {n: found[n] for n in sorted(outside & found.keys())}
                        if tuple(kept.items()) not in seen:
                            seen.add(tuple(kept.items()))
                            yield {**given, **kept}
            case Aggregate(target, binds=name):
                try:
                    value = self.aggregate(literal, self.counted(literal, given))
                except NoValue:
                    return
                if name is not None and name not in given:
                    yield {**given, name: value}
                elif self.value(target, given) == value:
                    yield given
            case _:
                assert_never(literal)


def _stated(facts: FactBase, name: str, types: list[Type]) -> Iterator[tuple[Row, int]]:
    wanted = ", ".join((*columns(len(types)), "row"))
    text = facts.database.text
    for *stored, row in facts.database.query(f"SELECT {wanted} FROM {quoted(name)}"):
        yield tuple(decode(v, t, text) for v, t in zip(stored, types, strict=True)), row


# --- arithmetic -----------------------------------------------------------------------


def arithmetic(op: str, left: Any, right: Any, type_: Type) -> Value:
    """Return `left op right`: exact, or no value."""
    if left is None or right is None:
        raise NoValue
    if isinstance(left, date):
        return int((left - right).days)
    result = {"+": operator.add, "-": operator.sub, "*": operator.mul}[op](left, right)
    return bounded(result, type_)


def bounded(number: int | Decimal, type_: Type) -> Value:
    """Return a number of at most 18 digits, its decimals included."""
    if abs(number) * 10**type_.scale > LARGEST:
        raise NoValue
    return number


def days_later(day: date, days: int) -> date:
    """Return the day so many days later."""
    try:
        return day + timedelta(days)
    except OverflowError:
        raise NoValue from None


def months_later(day: date, months: int, month_end: str | None) -> date:
    """Return the day so many months later, where there is none: as the policy says."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        raise NoValue
    last = calendar.monthrange(year, month + 1)[1]
    if day.day <= last:
        return date(year, month + 1, day.day)
    return days_later(date(year, month + 1, last), int(month_end == "next-day"))
