"""Finds rules that can never fire: their bodies contradict themselves."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Label, Span
from whereas.language import syntax
from whereas.values import Value, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whereas.policy.resolve import Draft


def never_fires(draft: Draft) -> list[Diagnostic]:
    """Return an error for each contradiction that a rule cannot get around."""
    return list(_contradictions(draft.body, {}))


_Known = dict[str, tuple[frozenset[Value], Span]]


def _contradictions(
    body: Sequence[syntax.Literal], known: _Known
) -> Iterator[Diagnostic]:
    """Yield what contradicts itself in a conjunction; alternatives each by itself.

    `known` has the values that a variable or parameter can still have.
    """
    known = dict(known)
    for literal in body:
        match literal:
            case syntax.Comparison():
                yield from _comparison(literal, known)
            case syntax.Membership(negated=False):
                values = frozenset(_key(m.value) for m in literal.members)
                yield from _narrow(literal.term, values, literal.span, known)
            case _:
                pass
    for literal in body:
        if (isinstance(literal, syntax.Comparison) and literal.op == "!=") or (
            isinstance(literal, syntax.Membership) and literal.negated
        ):
            yield from _excluded(literal, known)
    for literal in body:
        if isinstance(literal, syntax.Either):
            for branch in literal.branches:
                yield from _contradictions(branch, known)


def _key(value: Value) -> Value:
    """Return a value such that equal numbers are equal and nothing else is."""
    if isinstance(value, bool):
        return written(value) + " "
    return Decimal(value) if isinstance(value, int) else value


def _name(term: syntax.Expression) -> str | None:
    match term:
        case syntax.Variable():
            return term.name
        case syntax.Parameter():
            return f"${term.name}"
        case _:
            return None


def _fault(message: str, at: Span, *labels: Label) -> Diagnostic:
    return Diagnostic(
        Code.NEVER_FIRES,
        f"the rule can never fire: {message}",
        at,
        "mend the condition, or drop the rule or the alternative",
        labels,
    )


def _comparison(literal: syntax.Comparison, known: _Known) -> Iterator[Diagnostic]:
    left, right, op = literal.left, literal.right, literal.op
    if isinstance(left, syntax.Constant) and isinstance(right, syntax.Constant):
        if not _holds(op, left.value, right.value):
            yield _fault(
                f"`{written(left.value)} {op} {written(right.value)}` does not hold",
                literal.span,
            )
        return
    name = _name(left)
    if name is not None and name == _name(right):
        if op in {"!=", "<", ">"}:
            yield _fault(f"`{name} {op} {name}` never holds", literal.span)
        return
    if op != "=":
        return
    for one, other in ((left, right), (right, left)):
        if isinstance(other, syntax.Constant):
            values = frozenset({_key(other.value)})
            yield from _narrow(one, values, literal.span, known)


def _narrow(
    term: syntax.Expression, values: frozenset[Value], span: Span, known: _Known
) -> Iterator[Diagnostic]:
    name = _name(term)
    if name is None:
        return
    before = known.get(name)
    if before is None:
        known[name] = (values, span)
        return
    both = before[0] & values
    if not both:
        yield _fault(
            f"`{name}` cannot be both", span, Label(before[1], "and this as well")
        )
    known[name] = (both or values, span)


def _excluded(
    literal: syntax.Comparison | syntax.Membership, known: _Known
) -> Iterator[Diagnostic]:
    """Yield a fault where all values that are left are ruled out."""
    pairs: list[tuple[syntax.Expression, frozenset[Value]]] = []
    if isinstance(literal, syntax.Membership):
        values = frozenset(_key(m.value) for m in literal.members)
        pairs.append((literal.term, values))
    else:
        for one, other in (
            (literal.left, literal.right),
            (literal.right, literal.left),
        ):
            if isinstance(other, syntax.Constant):
                pairs.append((one, frozenset({_key(other.value)})))
    for term, values in pairs:
        name = _name(term)
        left = known.get(name) if name is not None else None
        if left is not None and left[0] <= values:
            yield _fault(
                f"`{name}` cannot be both",
                literal.span,
                Label(left[1], "and this as well"),
            )


def _holds(op: str, left: Value, right: Value) -> bool:
    one, other = _key(left), _key(right)
    if op in {"=", "!="}:
        return (one == other) == (op == "=")
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        sign = one.compare(other)
    elif isinstance(one, date) and isinstance(other, date):
        sign = Decimal((one - other).days)
    else:
        return True
    return {"<": sign < 0, "<=": sign <= 0, ">": sign > 0, ">=": sign >= 0}[op]
