"""Comparisons into sentences: both values, what is true of them, and by how much.

A value is told apart by the name of its column. Names are written once, in the
first language of the policy; in another language a column's label stands for it,
and where there is none the values stand alone.
"""

from __future__ import annotations

import datetime
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
from whereas.values import DATE, TEXT, Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from whereas.policy.core import Column, Policy

_INVERSE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


@dataclass(frozen=True, slots=True, eq=False)
class Comparing(Voice):
    """Says how values compare."""

    def compared(self, compared: Compared, rule: Rule, *, met: bool = True) -> str:
        """Say how two values compare; where they fail, what is true instead."""
        literal = compared.literal
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
        if op == "!=" and left is not None and isinstance(compared.left, bool):
            return self.words.comparisons["="][1].format(
                left=left, right=self.value(compared.left, type_)
            )
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
        return pattern.format(
            left=self.value(compared.left, type_) + self._aside(left),
            right=self.value(compared.right, type_) + self._aside(right),
            by=by,
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
        members = self.words.comma.join(
            self.value(m.value, type_) for m in literal.members
        )
        inside = literal.negated != met
        if len(literal.members) == 1:
            one = Comparison("=", literal.term, literal.members[0])
            same = Compared(one, among.value, literal.members[0].value)
            return self.compared(same, rule, met=inside)
        name = self.named(literal.term, rule)
        said = self.value(among.value, type_)
        if inside and name is not None:
            others = [
                self.value(m.value, type_)
                for m in literal.members
                if m.value != among.value
            ]
            return self.words.among_others.format(
                name=name, value=said, others=listed(others, self.words)
            )
        if not inside and name is not None and among.value is None:
            return self.words.is_empty.format(name=name)
        if not inside and name is not None:
            return self.words.not_among_named.format(
                name=name, value=said, members=members
            )
        pattern = self.words.among if inside else self.words.not_among
        return pattern.format(value=said + self._aside(name), members=members)

    def _names(self, literal: Comparison, rule: Rule) -> tuple[str | None, str | None]:
        """Return what both sides are called; the variables, if their columns agree."""
        left, right = self.named(literal.left, rule), self.named(literal.right, rule)
        if left is None or left != right:
            return left, right
        return self._short(literal.left), self._short(literal.right)

    def named(self, expression: Expression, rule: Rule) -> str | None:
        """Return the label of the column that a variable comes from, or its name."""
        if isinstance(expression, Variable):
            column = _origin(expression, rule.body, self.policy)
            label = None if column is None else self.labelled(column)
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


def _origin(
    variable: Variable, body: Sequence[Literal], policy: Policy
) -> Column | None:
    """Return the first column with a name that gives a variable its value."""
    for literal in body:
        match literal:
            case Atom(relation, terms):
                for term, column in zip(
                    terms, policy.relations[relation].columns, strict=True
                ):
                    if term == variable and column.name is not None:
                        return column
            case Either(branches):
                for branch in branches:
                    if found := _origin(variable, branch, policy):
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
