"""What a policy says over facts, by naive evaluation.

A stated relation is its rows. A derived one grows from nothing: its rules are applied
to all that is there until a round adds no row, after everything that they negate or
count is complete. Values are Python's own; nothing is compiled or shared with an
engine.
"""

from __future__ import annotations

import calendar
import itertools
import operator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, assert_never

from whereas.budget import check, current_limits
from whereas.checker.bodies import Body, Names, Place, names, ordered, places, relations
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

NOTHING: Names = frozenset()
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class NoValue(Exception):  # noqa: N818  # no error: what it stands in does not hold
    """A variable has no value, `none` is calculated with, or a result is too large."""


class NaiveModel:
    """The rows of every relation, and the substitutions under which a body holds."""

    def __init__(self, policy: Policy, facts: FactBase, setting: Setting) -> None:
        """Read the stated rows; nothing is derived yet."""
        self.policy = policy
        self.setting = setting
        # Rows that contradict one another, and the others, are in one file.
        self._together = {
            one.name: facts.files[one.name].rows
            for one in policy.relations.values()
            if one.contradictions is not None or one.contradicts is not None
        }
        self.stated = {
            one.name: dict(_stated(facts, one.name, [c.type for c in one.columns]))
            for one in policy.relations.values()
            if one.stated
        }
        self._derived: dict[str, dict[Row, int]] = {}
        self._indexes: dict[str, dict[tuple[int, ...], dict[Row, list[Row]]]] = {}
        # Bodies are those of the policy, which live as long, so that an id names one.
        self._places: dict[tuple[int, Names], list[Place]] = {}
        self._orders: dict[tuple[int, Names], list[Place]] = {}

    # --- rows -----------------------------------------------------------------------

    def looked_through(self, relation: str) -> int:
        """Return among how many rows a row of a relation is looked for."""
        together = self._together.get(relation)
        return len(self.rows(relation)) if together is None else together

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
                    below |= {r for one in component.rules for r in relations(one.body)}
            for component in self.policy.components:
                if below.intersection(component.relations).difference(self._derived):
                    self._complete(component)
        return self._derived[relation]

    def _complete(self, component: Component) -> None:
        """Apply a component's rules to all that is there, until nothing is new."""
        own = {name: self._derived.setdefault(name, {}) for name in component.relations}
        count, limits = 0, current_limits()
        for round_ in itertools.count(1):
            if round_ > limits.rounds:
                raise LimitExceeded(f"`{component.relations[0]}` needs more rounds")
            fresh: dict[tuple[str, Row], None] = {}
            for rule in component.rules:
                known = own[rule.head.relation]
                for found in self.solutions(rule.body, {}):
                    row = self.ground(rule.head, found)
                    if row not in known:
                        fresh[rule.head.relation, row] = None
                    if count + len(fresh) > limits.rows:
                        name = component.relations[0]
                        raise LimitExceeded(
                            f"`{name}` has more than {limits.rows} rows"
                        )
            if not fresh:
                return
            count += len(fresh)
            for name, row in fresh:
                own[name][row] = round_
                self._indexes.pop(name, None)

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

    # --- atoms ----------------------------------------------------------------------

    def ground(self, atom: Atom, found: Substitution) -> Row:
        """Return the row that an atom is, all its variables having values."""
        return tuple(self.value(term, found) for term in atom.terms)

    def known(self, atom: Atom, found: Substitution) -> dict[int, Value]:
        """Return the columns of an atom that have a value, and the value."""
        return {
            position: self.value(term, found)
            for position, term in enumerate(atom.terms)
            if not isinstance(term, Variable) or term.name in found
        }

    def matched(
        self, atom: Atom, row: Sequence[Any], found: Substitution
    ) -> Substitution | None:
        """Return the substitution under which an atom is a row; None: there is none.

        A value of the row that is `...` may be any.
        """
        result = dict(found)
        for term, value in zip(atom.terms, row, strict=True):
            if value is ...:
                continue
            if isinstance(term, Variable):
                if result.setdefault(term.name, value) != value:
                    return None
            elif self.value(term, found) != value:
                return None
        return result

    # --- bodies ---------------------------------------------------------------------

    def places(self, body: Body, outside: Names) -> list[Place]:
        """Return the literals of a body; `outside` are variables used outside it."""
        key = id(body), outside
        if key not in self._places:
            self._places[key] = places(body, outside)
        return self._places[key]

    def solutions(
        self, body: Body, given: Substitution, open_: Names = NOTHING
    ) -> Iterator[Substitution]:
        """Yield every substitution under which a whole body holds.

        `open_` are variables that have no value, and get none: a literal that
        mentions one does not hold.
        """
        if any(names(one) & open_ for one in body if not isinstance(one, Either)):
            return
        key = id(body), frozenset(given)
        if key not in self._orders:
            self._orders[key] = ordered(self.places(body, key[1]), key[1])
        order = self._orders[key]
        if not order:
            yield given
            return
        waiting = [self.extensions(order[0], given, open_)]
        while waiting:
            check()
            found = next(waiting[-1], None)
            if found is None:
                waiting.pop()
            elif len(waiting) == len(order):
                yield found
            else:
                waiting.append(self.extensions(order[len(waiting)], found, open_))

    def extensions(
        self, place: Place, given: Substitution, open_: Names = NOTHING
    ) -> Iterator[Substitution]:
        """Yield the extensions of a substitution under which a literal holds."""
        try:
            yield from self._extensions(place, given, open_)
        except NoValue:
            return

    def _extensions(  # noqa: PLR0912  # a case for each kind of literal
        self, place: Place, given: Substitution, open_: Names
    ) -> Iterator[Substitution]:
        literal: Literal = place.literal
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
                found = self._bound(literal, given)
                if self._compares(literal, found):
                    yield found
            case Membership(term, members, negated):
                value = self.value(term, given)
                if (value in [one.value for one in members]) != negated:
                    yield given
            case Either(branches):
                ways = {
                    tuple((n, found[n]) for n in sorted(place.shared & found.keys()))
                    for branch in branches
                    for found in self.solutions(branch, given, open_)
                }
                yield from ({**given, **dict(way)} for way in ways)
            case Aggregate(target, binds=name):
                value = self.aggregate(literal, self.counted(literal, given))
                if name is not None and name not in given:
                    yield {**given, name: value}
                elif self.value(target, given) == value:
                    yield given
            case _:
                assert_never(literal)

    def _bound(self, literal: Comparison, found: Substitution) -> Substitution:
        """Give the variable that a comparison binds its value; raises NoValue."""
        name = literal.binds
        if name is None or name in found:
            return found
        left = literal.left == Variable(name)
        return {
            **found,
            name: self.value(literal.right if left else literal.left, found),
        }

    def _compares(self, literal: Comparison, found: Substitution) -> bool:
        """Tell whether a comparison holds; `none` has no order."""
        left = self.value(literal.left, found)
        right = self.value(literal.right, found)
        if literal.op not in {"=", "!="} and (left is None or right is None):
            return False
        return COMPARISONS[literal.op](left, right)

    def counted(self, literal: Aggregate, found: Substitution) -> list[Substitution]:
        """Return the rows that an aggregate is over."""
        return list(self.solutions(literal.body, {n: found[n] for n in literal.group}))

    def aggregate(self, literal: Aggregate, rows: Sequence[Substitution]) -> Value:
        """Return an aggregate's value; raises NoValue for `min`, `max` of nothing."""
        if literal.term is None or literal.function == "count":
            return len(rows)
        # Each is a number or a day: check refuses others, and `none` among them.
        values: list[Any] = [self.value(literal.term, row) for row in rows]
        if literal.function == "sum":
            return bounded(sum(values), literal.type)
        if not values:
            raise NoValue
        return max(values) if literal.function == "max" else min(values)  # type: ignore[no-any-return]

    # --- expressions ----------------------------------------------------------------

    def value(self, expression: Expression, found: Substitution) -> Value:
        """Return an expression's value; raises NoValue."""
        match expression:
            case Variable(name):
                if name not in found:
                    raise NoValue
                return found[name]
            case Parameter():
                return self.setting.value(expression)
            case Arithmetic(op, left, right, type_):
                return _calculated(
                    op, self.value(left, found), self.value(right, found), type_
                )
            case Shift(op, left, amount, unit):
                day, by = self.value(left, found), self.value(amount, found)
                if not isinstance(day, date) or not isinstance(by, int):
                    raise NoValue
                by = by if op == "+" else -by
                if unit == "months":
                    return _months_later(day, by, self.policy.month_end)
                return _days_later(day, by)
            case constant:
                return constant.value


def _stated(facts: FactBase, name: str, types: list[Type]) -> Iterator[tuple[Row, int]]:
    wanted = ", ".join((*columns(len(types)), "row"))
    text = facts.database.text
    for *stored, row in facts.database.query(f"SELECT {wanted} FROM {quoted(name)}"):
        yield tuple(decode(v, t, text) for v, t in zip(stored, types, strict=True)), row


def _calculated(op: str, left: Any, right: Any, type_: Type) -> Value:
    """Return `left op right`: exact, or no value."""
    if left is None or right is None:
        raise NoValue
    if isinstance(left, date):
        return int((left - right).days)
    result = {"+": operator.add, "-": operator.sub, "*": operator.mul}[op](left, right)
    return bounded(result, type_)


def bounded(number: int | Decimal, type_: Type) -> Value:
    """Return a number of at most 18 digits, its decimals included; raises NoValue."""
    if abs(number) * 10**type_.scale > LARGEST:
        raise NoValue
    return number


def _days_later(day: date, days: int) -> date:
    try:
        return day + timedelta(days)
    except OverflowError:
        raise NoValue from None


def _months_later(day: date, months: int, month_end: str | None) -> date:
    """Return the day so many months later; where there is none, as the policy says."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        raise NoValue
    last = calendar.monthrange(year, month + 1)[1]
    if day.day <= last:
        return date(year, month + 1, day.day)
    return _days_later(date(year, month + 1, last), int(month_end == "next-day"))
