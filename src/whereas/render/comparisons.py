"""Comparisons into sentences: both values, what is true of them, and by how much.

A value is told apart by the name of its column. Names are written once, in the
first language of the policy; in another language a column's label stands for it,
and where there is none the values stand alone.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, assert_never

from whereas.explain.proof import Among, Compared
from whereas.policy.core import (
    Arithmetic,
    Atom,
    Comparison,
    Constant,
    Either,
    Expression,
    Literal,
    Parameter,
    Rule,
    Shift,
    Variable,
)
from whereas.render.voice import Voice
from whereas.render.wording import listed
from whereas.values import DATE, TEXT, Type, Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from whereas.explain.proof import Moved
    from whereas.policy.core import Policy

# So many members of a set are named; of more, their number is told.
MEMBERS_NAMED = 3

_INVERSE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


@dataclass(frozen=True, slots=True, eq=False)
class Comparing(Voice):
    """Says how values compare."""

    def compared(self, compared: Compared, rule: Rule, *, met: bool = True) -> str:
        """Say how two values compare; where they fail, what is true instead."""
        literal = compared.literal
        if isinstance(literal.left, Parameter) and literal.op in {"=", "!="}:
            return self._set(literal.left, compared, met=met)
        op = literal.op if met else _INVERSE[literal.op]
        type_ = _type(literal.left, rule.types) or _type(literal.right, rule.types)
        type_ = type_ or TEXT
        left, right = self._names(literal, rule)
        for side, name, value, other in (
            (literal.left, left, compared.left, literal.right),
            (literal.right, right, compared.right, literal.left),
        ):
            if isinstance(other, Constant) and other.value is None:
                if isinstance(value, bool) and name is not None and op == "!=":
                    return self.words.comparisons["="][1].format(
                        left=name, right=self.value(value, type_)
                    )
                given = None if value is None else self.value(value, type_)
                return self._emptiness(side, name, op) + self._aside(given)
        if op not in {"=", "!="} and None in (compared.left, compared.right):
            if compared.left is None:
                return self._emptiness(literal.left, left, "=")
            return self._emptiness(literal.right, right, "=")
        with_constant = isinstance(literal.left, Constant) or isinstance(
            literal.right, Constant
        )
        if (
            op in {"=", "!="}
            and left is right is None
            and (self.native or (with_constant and op == "="))
        ):
            # Two values that are not told apart say nothing of an equality.
            left, right = self._spelled(literal.left), self._spelled(literal.right)
        if op == "=" and left is right is None and compared.left == compared.right:
            said = self.value(compared.left, type_)
            return self.words.alike_values.format(value=said)
        if op == "!=" and left is not None and isinstance(literal.right, Constant):
            return self.differing(left, compared.left, [compared.right], type_)
        if op == "!=" and left is not None:
            return self.words.differs.format(
                name=left,
                found=self.value(compared.left, type_),
                wanted=self.value(compared.right, type_) + self._aside(right),
            )
        if op == "=" and (name := left or right) is not None:
            said = self.value(compared.left, type_)
            if left is not None and right is not None:
                return self.words.both.format(left=left, right=right, value=said)
            return self.words.comparisons["="][1].format(left=name, right=said)
        pattern, by = self._pattern(op, compared, type_, met=met)
        left = self._moved(literal.left, compared.left_moved) or left
        right = self._moved(literal.right, compared.right_moved) or right
        return pattern.format(
            left=self.value(compared.left, type_) + self._aside(left),
            right=self.value(compared.right, type_) + self._aside(right),
            by=by,
        )

    def repeats(self, test: Compared | Among, rule: Rule, said: str) -> bool:
        """Tell whether a sentence has each value of a test that holds.

        The reading of a parameter is never taken for said.
        """
        if isinstance(test, Among):
            return self._has(said, test.literal.term, test.value, rule)
        sides = (test.literal.left, test.left), (test.literal.right, test.right)
        return all(self._has(said, side, value, rule) for side, value in sides)

    def _has(self, said: str, side: Expression, value: Value, rule: Rule) -> bool:
        if value is None or isinstance(side, Parameter):
            return False
        text = self.value(value, _type(side, rule.types) or TEXT)
        # Not the 3 of 30, and no "no" within another word.
        return (
            re.search(rf"(?<![A-Za-z0-9]){re.escape(text)}(?![A-Za-z0-9])", said)
            is not None
        )

    def differing(
        self, name: str, found: Value, wanted: Sequence[Value], type_: Type
    ) -> str:
        """Say what a column holds in place of what was wanted.

        A date, a yes or an empty cell stands after a colon: what such columns are
        called (`valid to`) makes no sentence with "is".
        """
        words = self.words
        if isinstance(found, bool):
            return self._is(name, self.value(found, type_))
        bare = type_.kind in {"date", "boolean"} or None in (found, *wanted)
        said = [self.value(one, type_) for one in wanted]
        if len(said) == 1:
            pattern = words.differs_as_cell if bare else words.differs
            value = self.value(found, type_)
            return pattern.format(name=name, found=value, wanted=said[0])
        return self._none_of(self._is(name, self.value(found, type_)), said)

    def _is(self, name: str | None, value: str) -> str:
        if name is None:
            return value
        return self.words.comparisons["="][1].format(left=name, right=value)

    def _none_of(self, said: str, others: Sequence[str]) -> str:
        words = self.words
        if len(others) == 2:
            return words.neither.format(said=said, first=others[0], second=others[1])
        if len(others) > MEMBERS_NAMED:
            return words.not_among_many.format(said=said, number=len(others))
        return words.not_among.format(said=said, members=words.comma.join(others))

    def _set(self, parameter: Parameter, compared: Compared, *, met: bool) -> str:
        """Say which reading a parameter has, and which one was asked for."""
        name = self.setting_named(parameter.name)
        found = self.value(compared.left, parameter.type)
        if met == (compared.literal.op == "="):
            return self.words.set_to.format(name=name, value=found)
        wanted = self.value(compared.right, parameter.type)
        return self.words.not_set_to.format(name=name, value=found, wanted=wanted)

    def _moved(self, expression: Expression, moved: Moved | None) -> str | None:
        """Say how a day came about that stands in no file."""
        if moved is None or not isinstance(expression, Shift) or moved.base is None:
            return None
        words, number = self.words, moved.amount
        one, many = (
            (words.one_month, words.months.format(months=number))
            if expression.unit == "months"
            else (words.one_day, words.days.format(days=number))
        )
        pattern = words.later if expression.op == "+" else words.earlier
        return pattern.format(
            by=one if number == 1 else many, base=self.value(moved.base, DATE)
        )

    def _pattern(
        self, op: str, compared: Compared, type_: Type, *, met: bool
    ) -> tuple[str, str]:
        """Return how a comparison is said; where it fails, also by how much."""
        words, left, right = self.words, compared.left, compared.right
        dates = type_.kind == "date"
        pattern = words.comparisons[op][not dates]
        if met or op in {"=", "!="}:
            return pattern, ""
        if isinstance(left, datetime.date) and isinstance(right, datetime.date):
            days = (left - right).days
            if not days:
                return words.same_day.get(op, pattern), ""
            by = words.one_day if abs(days) == 1 else words.days.format(days=abs(days))
            return words.apart["<" if days < 0 else ">"][0], by
        if isinstance(left, int | Decimal) and isinstance(right, int | Decimal):
            number = Decimal(left) - Decimal(right)
            if number:
                order = "<" if number < 0 else ">"
                return words.apart[order][1], self.value(abs(number))
        return pattern, ""

    def among(self, among: Among, rule: Rule, *, met: bool = True) -> str:
        """Say whether a value is one of some members."""
        literal = among.literal
        type_ = _type(literal.term, rule.types) or TEXT
        words = self.words
        members = [self.value(m.value, type_) for m in literal.members]
        inside = literal.negated != met
        if len(literal.members) == 1:
            one = Comparison("=", literal.term, literal.members[0])
            same = Compared(one, among.value, literal.members[0].value)
            return self.compared(same, rule, met=inside)
        name = self.named(literal.term, rule)
        found = self.value(among.value, type_)
        said = self._is(name, found)
        if not inside and name is not None and among.value is None:
            return words.is_empty.format(name=name)
        if not inside:
            return self._none_of(said, members)
        if len(members) > MEMBERS_NAMED:
            return words.among_many.format(said=said, number=len(members))
        if name is None or not met:
            return words.among.format(said=said, members=words.comma.join(members))
        others = listed([one for one in members if one != found], words)
        return words.among_others.format(name=name, value=found, others=others)

    def _names(self, literal: Comparison, rule: Rule) -> tuple[str | None, str | None]:
        """Return what both sides are called; the variables, if their columns agree."""
        left, right = self.named(literal.left, rule), self.named(literal.right, rule)
        if left is None or left != right:
            return left, right
        return self._short(literal.left), self._short(literal.right)

    def named(self, expression: Expression, rule: Rule) -> str | None:
        """Return the label of the column that a variable comes from, or its name."""
        if isinstance(expression, Variable):
            language = self.words.language
            label = _label(expression, rule.body, self.policy, language, {rule.index})
            if label is not None:
                return label
        return self._short(expression)

    def _short(self, expression: Expression) -> str | None:
        """Return the name of a variable or parameter, if a reader understands it."""
        if isinstance(expression, Parameter) or self.native:
            return self._spelled(expression)
        return None

    def _spelled(self, expression: Expression) -> str | None:
        """Return the name of a variable or parameter, if it says something."""
        match expression:
            case Variable() if not expression.anonymous and len(expression.name) > 2:
                return self.name_of(expression.name)
            case Parameter(name):
                label = self.setting_named(name)
                return f"${name}" if label == name else label
        return None

    def _aside(self, said: str | None) -> str:
        return f"{self.words.opening}{said}{self.words.closing}" if said else ""

    def _emptiness(self, side: Expression, name: str | None, op: str) -> str:
        pattern = self.words.is_empty if op == "=" else self.words.is_not_empty
        if name is None:
            name = side.name if isinstance(side, Variable | Parameter) else "none"
            name = self.name_of(name) if len(name) > 2 else name
        return pattern.format(name=name)


def _label(
    variable: Variable,
    body: Sequence[Literal],
    policy: Policy,
    language: str,
    seen: set[int],
) -> str | None:
    """Return the label of the first column that gives a variable its value.

    The column of a derived relation has the label of the one that it was read from.
    """
    for literal in body:
        match literal:
            case Atom(name, terms):
                relation = policy.relations[name]
                for place, (term, column) in enumerate(
                    zip(terms, relation.columns, strict=True)
                ):
                    if term != variable:
                        continue
                    if language in column.labels:
                        return column.labels[language]
                    for rule in policy.rules_of(name):
                        head = rule.head.terms[place]
                        if rule.index in seen or not isinstance(head, Variable):
                            continue
                        seen = seen | {rule.index}
                        if found := _label(head, rule.body, policy, language, seen):
                            return found
            case Either(branches):
                for branch in branches:
                    if found := _label(variable, branch, policy, language, seen):
                        return found
            case _:
                pass
    return None


def _type(expression: Expression, types: Mapping[str, Type]) -> Type | None:
    """Return the type of an expression (None: the constant `none`)."""
    match expression:
        case Variable(name):
            return types.get(name)
        case Constant(value, type_):
            return None if value is None else type_
        case Parameter(_, type_):
            return type_
        case Arithmetic():
            return expression.type
        case Shift():
            return DATE
    assert_never(expression)
