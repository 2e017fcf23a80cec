"""Expressions of a rule: as SQL over stored integers, and their value in Python.

Both read the same stored integers (`whereas.values`), so that a comparison that a
proof shows is the one that the tables decided. `none` never takes part in
arithmetic or in an order: where it turns up, the result is unknown (SQL's NULL,
Python's None).
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from whereas.engine.arithmetic import calculate, shift
from whereas.engine.bodies import Compiler
from whereas.engine.dialect import prepare
from whereas.policy.core import (
    Arithmetic,
    Comparison,
    Constant,
    Expression,
    Literal,
    Membership,
    Parameter,
    Shift,
    Term,
    Variable,
)
from whereas.values import DATE, NONE, Type, Value, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from whereas.facts.database import Database
    from whereas.policy.core import Policy, Setting

ORDERED: Mapping[str, Callable[[int, int], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Encoding:
    """The integers that a policy's constants and parameters have in one database."""

    def __init__(self, policy: Policy, setting: Setting, database: Database) -> None:
        """Prepare a database to calculate as the policy says."""
        self.month_end = policy.month_end
        self.compiler = Compiler(policy, database.dialect, self.constant)
        self.dialect = database.dialect
        self.setting = setting
        self._database = database
        # DuckDB's numbers of texts: -1 for one that no row has.
        self.learnt: dict[str, int] = {}
        prepare(database)

    def number(self, value: Value, type_: Type) -> int:
        """Return the integer of a value; a text that no row has is -1."""
        return encode(value, type_, self._text)

    def _text(self, text: str) -> int:
        if self.dialect == "sqlite":
            return self._database.intern(text)
        if text not in self.learnt:
            self.learn([text])
        return self.learnt[text]

    def learn(self, texts: Iterable[str]) -> None:
        """Look up the numbers of some texts at once: a large table has no index."""
        wanted = sorted({text for text in texts if text not in self.learnt})
        if self.dialect == "sqlite" or not wanted:
            return
        self.learnt.update(dict.fromkeys(wanted, -1))
        self.learnt.update(self._database.numbers(wanted))

    def meant(self, term: Constant | Parameter) -> Value:
        """Return the value of a constant or of a parameter."""
        return term.value if isinstance(term, Constant) else self.setting.value(term)

    def constant(self, term: Constant | Parameter) -> int:
        """Return the integer of a constant or of a parameter's value."""
        return self.number(self.meant(term), term.type)

    def sql(self, expression: Expression, variables: Mapping[str, str]) -> str:
        """Return an expression as SQL; `variables` gives the SQL of each variable."""
        return self.compiler.value(expression, variables)

    def test(
        self, literal: Comparison | Membership, variables: Mapping[str, str]
    ) -> str:
        """Return a comparison or a membership test as an SQL condition."""
        if isinstance(literal, Membership):
            members = ", ".join(str(self.constant(m)) for m in literal.members)
            word = "NOT IN" if literal.negated else "IN"
            return f"{self.sql(literal.term, variables)} {word} ({members})"
        left = self.sql(literal.left, variables)
        right = self.sql(literal.right, variables)
        op = "<>" if literal.op == "!=" else literal.op
        condition = f"{left} {op} {right}"
        if op in ORDERED:
            for side, text in ((literal.left, left), (literal.right, right)):
                if isinstance(side, Variable):
                    condition += f" AND {text} <> {NONE}"
        return condition

    def value(
        self, expression: Expression, substitution: Mapping[str, int | None]
    ) -> int | None:
        """Return the stored integer of an expression; None where it has no value."""
        match expression:
            case Variable(name):
                return substitution.get(name)
            case Constant() | Parameter():
                return self.constant(expression)
            case Arithmetic(op, left, right):
                return calculate(
                    op,
                    self.value(left, substitution),
                    self.value(right, substitution),
                )
            case Shift(op, left, amount, unit):
                return shift(
                    self.value(left, substitution),
                    op,
                    self.value(amount, substitution),
                    unit,
                    self.month_end,
                )

    def holds(
        self,
        literal: Comparison | Membership,
        substitution: Mapping[str, int | None],
    ) -> bool:
        """Return whether a comparison or a membership test holds."""
        if isinstance(literal, Membership):
            value = self.value(literal.term, substitution)
            if value is None:
                return False
            among = any(value == self.constant(m) for m in literal.members)
            return among != literal.negated
        left = self.value(literal.left, substitution)
        right = self.value(literal.right, substitution)
        if left is None or right is None:
            return False
        if literal.op == "=":
            return left == right
        if literal.op == "!=":
            return left != right
        return NONE not in (left, right) and ORDERED[literal.op](left, right)


def type_of(expression: Expression, types: Mapping[str, Type]) -> Type:
    """Return the type of an expression's value."""
    match expression:
        case Variable(name):
            return types[name]
        case Shift():
            return DATE
        case _:
            return expression.type


def term_variables(terms: tuple[Term | Expression, ...]) -> list[str]:
    """Return the names of the variables in some expressions, in their order."""
    found: list[str] = []
    for term in terms:
        match term:
            case Variable(name):
                found.append(name)
            case Arithmetic(_, left, right) | Shift(_, left, right):
                found.extend(term_variables((left, right)))
            case _:
                pass
    return found


def is_test(literal: Literal) -> bool:
    """Return whether a literal is decided by values alone."""
    return isinstance(literal, Comparison | Membership)
