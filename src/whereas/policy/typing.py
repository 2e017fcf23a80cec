"""Gives expressions their types, and finds where types do not fit.

A constant has no type of its own where something beside it has one: `3` beside a
`decimal(2)` is stored as 300. Nothing else converts.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Span
from whereas.language import syntax
from whereas.policy import core
from whereas.policy.scope import DAY, alike
from whereas.policy.spelling import did_you_mean, listed
from whereas.values import BOOLEAN, DATE, INTEGER, TEXT, Type, Value, written

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTHING = Type("none", optional=True)
# What a fault of an expression leaves behind: it fits everything, so that one root
# cause gives one error.
UNKNOWN = Type("unknown")


def natural(value: Value) -> Type:
    """Return the type of a value that nothing stands beside."""
    match value:
        case None:
            return NOTHING
        case bool():
            return BOOLEAN
        case int():
            return INTEGER
        case Decimal():
            exponent = value.as_tuple().exponent
            return Type("decimal", scale=max(0, -int(exponent)))
        case date():
            return DATE
        case str():
            return TEXT


def join(one: Type, other: Type) -> Type | None:
    """Return the type of a column that is fed from two; None where there is none."""
    if one.kind == "unknown":
        return other
    if other.kind == "unknown":
        return one
    optional = one.optional or other.optional
    if one.kind == "none":
        return replace(other, optional=True)
    if other.kind == "none":
        return replace(one, optional=True)
    if one.kind != other.kind or one.scale != other.scale:
        return None
    if one.members != other.members:
        return Type("text", optional=optional)
    return replace(one, optional=optional)


@dataclass(slots=True)
class Typer:
    """Types the expressions of one rule; `types` has its variables so far."""

    types: Mapping[str, Type]
    parameters: Mapping[str, core.Parameter]
    month_end: str | None
    errors: list[Diagnostic] = field(default_factory=list)

    def error(self, code: Code, message: str, at: Span, help_: str) -> None:
        """Note an error."""
        self.errors.append(Diagnostic(code, message, at, help_))

    def type_of(self, expression: syntax.Expression) -> Type:
        """Return an expression's type, noting what is wrong within it."""
        match expression:
            case syntax.Variable():
                return self.types.get(expression.name, UNKNOWN)
            case syntax.Constant():
                return natural(expression.value)
            case syntax.Parameter():
                if expression.name == DAY:
                    return DATE
                known = self.parameters.get(expression.name)
                return UNKNOWN if known is None else known.type
            case syntax.OwnId():
                return TEXT
            case syntax.Shift():
                return self._shift(expression)
            case syntax.Arithmetic():
                return self._arithmetic(expression)

    def _shift(self, shift: syntax.Shift) -> Type:
        left, amount = self.type_of(shift.left), self.type_of(shift.amount)
        if left.kind not in {"date", "unknown"}:
            self.error(
                Code.BAD_ARITHMETIC,
                f"{shift.unit} are added to {a_type(left)}, "
                "and only a date can be moved",
                shift.left.span,
                "use a date here",
            )
        elif amount.kind not in {"integer", "unknown"}:
            self.error(
                Code.BAD_ARITHMETIC,
                f"the number of {shift.unit} is {a_type(amount)}, "
                "and must be an integer",
                shift.amount.span,
                "use an integer here",
            )
        elif shift.unit == "months" and self.month_end is None:
            self.error(
                Code.NO_MONTH_END,
                "months are added, and the policy does not say where 31 January "
                "and a month lead",
                shift.span,
                'add `month_end = "last-day"` (or `"next-day"`) to `policy.toml`',
            )
        return DATE

    def _arithmetic(self, expression: syntax.Arithmetic) -> Type:
        left, right = self.type_of(expression.left), self.type_of(expression.right)
        if UNKNOWN in (left, right):
            return UNKNOWN
        if left.kind == right.kind == "date" and expression.op == "-":
            return INTEGER
        numeric = {"integer", "decimal"}
        if left.kind not in numeric or right.kind not in numeric:
            self._not_numbers(expression, left, right)
            return UNKNOWN
        if expression.op == "*":
            scale = left.scale + right.scale
            if left.kind == right.kind == "integer":
                return INTEGER
            return Type("decimal", scale=scale)
        if isinstance(expression.left, syntax.Constant):
            return self._fitted(expression.left, right, expression.right)
        if isinstance(expression.right, syntax.Constant):
            return self._fitted(expression.right, left, expression.left)
        if (left.kind, left.scale) != (right.kind, right.scale):
            self.error(
                Code.BAD_ARITHMETIC,
                f"`{expression.op}` has {a_type(left)} and {a_type(right)}, "
                "and neither is converted",
                expression.span,
                _scale_help(left, right),
            )
            return UNKNOWN
        return replace(left, optional=False)

    def _not_numbers(
        self, expression: syntax.Arithmetic, left: Type, right: Type
    ) -> None:
        """Report the side of a calculation that it cannot take."""
        kinds = {left.kind, right.kind}
        wrong, side = left, expression.left
        # A date is not the fault beside a text, but beside a number it is.
        beside = "integer" if "integer" in kinds else "decimal"
        if left.kind == beside or (left.kind == "date" and kinds == {"date", "text"}):
            wrong, side = right, expression.right
        if "date" not in kinds:
            help_ = "only numbers are added, subtracted and multiplied"
        elif wrong.kind == "date":
            help_ = "a date moves by `12 months` or `30 days`"
        else:
            help_ = "write a date on both sides, or move a date by `30 days`"
        self.error(
            Code.BAD_ARITHMETIC,
            f"{_quoted(side)} is {a_type(wrong)}, which `{expression.op}` cannot"
            " take here",
            expression.span,
            help_,
        )

    def _fitted(
        self, constant: syntax.Constant, beside: Type, other: syntax.Expression
    ) -> Type:
        fitted = self.fits(constant, beside, _quoted(other))
        return replace(beside, optional=False) if fitted else UNKNOWN

    def fits(self, constant: syntax.Constant, type_: Type, where: str) -> bool:
        """Whether a constant can stand where a type is wanted; if not, say why."""
        value, mine = constant.value, natural(constant.value)
        if type_.kind == "unknown":
            return True
        if mine.kind == "none":
            if not type_.optional:
                self.error(
                    Code.NEVER_NONE,
                    f"`none` stands here, and {where} is never `none`",
                    constant.span,
                    "mark the column with `?`, or drop the literal",
                )
                return False
            return True
        if mine.kind == "text" and type_.kind == "text":
            if type_.members and value not in type_.members:
                self.error(
                    Code.OUTSIDE_ENUMERATION,
                    f"`{written(value)}` is not one of {_members(type_)} of {where}",
                    constant.span,
                    did_you_mean(
                        str(value),
                        type_.members,
                        f"the values are {listed(type_.members)}",
                    ),
                )
                return False
            return True
        if type_.kind == "decimal" and mine.kind in {"integer", "decimal"}:
            if mine.scale > type_.scale:
                self.error(
                    Code.TOO_MANY_DECIMALS,
                    f"`{written(value)}` has {_decimals(mine.scale)}, "
                    f"and {where} has {_decimals(type_.scale)}",
                    constant.span,
                    f"write at most {_decimals(type_.scale)}",
                )
                return False
            return True
        if mine.kind != type_.kind:
            self.error(
                Code.TYPE_MISMATCH,
                f"`{written(value)}` is {a_type(mine)}, "
                f"and {where} is {a_type(replace(type_, optional=False))}",
                constant.span,
                _constant_help(value, type_),
            )
            return False
        return True

    def comparison(self, literal: syntax.Comparison) -> None:
        """Note what is wrong with the types of a comparison."""
        left, right = self.type_of(literal.left), self.type_of(literal.right)
        ordered = literal.op not in {"=", "!="}
        if UNKNOWN in (left, right):
            return
        for side, type_ in ((literal.left, left), (literal.right, right)):
            if ordered and not type_.ordered:
                self.error(
                    Code.NOT_ORDERED,
                    f"`{literal.op}` compares {a_type(type_)}, which has no order",
                    side.span,
                    "compare with `=` or `!=`",
                )
                return
        if isinstance(literal.right, syntax.Constant) and not (
            isinstance(literal.left, syntax.Constant) and right.kind != "none"
        ):
            self.fits(literal.right, left, _quoted(literal.left))
        elif isinstance(literal.left, syntax.Constant):
            self.fits(literal.left, right, _quoted(literal.right))
        elif not alike(left, right):
            self.error(
                Code.TYPE_MISMATCH,
                f"{_quoted(literal.left)} is {a_type(left)}, "
                f"and {_quoted(literal.right)} is {a_type(right)}",
                literal.span,
                _scale_help(left, right),
            )

    # --- into the core ------------------------------------------------------------

    def lowered(self, expression: syntax.Expression, wanted: Type) -> core.Expression:
        """Return an expression of the core; a constant is stored as `wanted`."""
        match expression:
            case syntax.Variable():
                return core.Variable(expression.name)
            case syntax.Parameter():
                known = self.parameters.get(expression.name)
                return known or core.Parameter(DAY, DATE)
            case syntax.Constant():
                return constant(expression.value, wanted)
            case syntax.OwnId():
                raise AssertionError(expression)
            case syntax.Shift():
                return core.Shift(
                    expression.op,
                    self.lowered(expression.left, DATE),
                    self.lowered(expression.amount, INTEGER),
                    expression.unit,
                )
            case syntax.Arithmetic():
                type_ = self.type_of(expression)
                left, right = self.operand_types(expression, type_)
                return core.Arithmetic(
                    expression.op,
                    self.lowered(expression.left, left),
                    self.lowered(expression.right, right),
                    type_,
                )

    def operand_types(
        self, expression: syntax.Arithmetic, type_: Type
    ) -> tuple[Type, Type]:
        """Return the types at which constants among the operands are stored."""
        left, right = self.type_of(expression.left), self.type_of(expression.right)
        if expression.op == "*" or left.kind == "date":
            return left, right
        return type_, type_


def constant(value: Value, wanted: Type) -> core.Constant:
    """Return a constant as it is stored where `wanted` is wanted."""
    if wanted.kind in {"none", "unknown"}:
        wanted = natural(value)
    if value is None:
        return core.Constant(None, replace(wanted, optional=True))
    if wanted.kind == "decimal":
        value = Decimal(value) if isinstance(value, int) else value
    return core.Constant(value, replace(wanted, optional=False))


def _members(type_: Type) -> str:
    return f"the values `{type_.name}`" if type_.name else "the values"


def _decimals(scale: int) -> str:
    return {0: "no decimals", 1: "1 decimal"}.get(scale, f"{scale} decimals")


def _quoted(expression: syntax.Expression) -> str:
    return f"`{expression.span.text}`"


def a_type(type_: Type) -> str:
    """Return a type as a message says it: `an integer`, `an enumeration`."""
    name = str(replace(type_, optional=False)) if type_.kind != "none" else "`none`"
    if type_.members:
        return f"`{name}`" if type_.name else "an enumeration"
    if name.startswith("`"):
        return name
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def _constant_help(value: Value, type_: Type) -> str:
    if type_.kind == "text":
        return f'write `"{value if not isinstance(value, bool) else written(value)}"`'
    if isinstance(value, str) and type_.kind in {"integer", "decimal", "date"}:
        return f"drop the quotation marks, if `{value}` is meant as {a_type(type_)}"
    if type_.kind == "boolean":
        return "write `true` or `false`"
    return f"write {a_type(replace(type_, optional=False))}"


def _scale_help(left: Type, right: Type) -> str:
    if left.kind == right.kind == "decimal":
        return "multiply the one with fewer decimals by a constant such as `1.00`"
    if left.members and right.members:
        return "the two have no value in common; compare what can be equal"
    return "compare values of one type"
