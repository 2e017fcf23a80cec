"""A literal into the words in which a justification shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
from whereas.values import written

if TYPE_CHECKING:
    from collections.abc import Iterable


def spelled(thing: Literal | Expression) -> str:
    """Return a literal or an expression in the policy language, columns by position."""
    match thing:
        case Variable(name):
            return "_" if thing.anonymous else name
        case Parameter(name):
            return f"${name}"
        case Atom(relation, terms):
            return f"{relation}({_listed(terms)})"
        case Not(atom):
            return f"not {spelled(atom)}"
        case Comparison(op, left, right) | Arithmetic(op, left, right):
            return f"{spelled(left)} {op} {spelled(right)}"
        case Shift(op, left, amount, unit):
            return f"{spelled(left)} {op} {spelled(amount)} {unit}"
        case Membership(term, members, negated):
            word = "not " if negated else ""
            return f"{word}{spelled(term)} in {{{_listed(members)}}}"
        case Either(branches):
            return f"( {' ; '.join(map(_listed, branches))} )"
        case Aggregate(target, function, term, body):
            over = f"{function} {spelled(term)}" if term is not None else function
            return f"{spelled(target)} = {over} {{ {_listed(body)} }}"
    return written(thing.value)


def _listed(things: Iterable[Literal | Expression]) -> str:
    return ", ".join(map(spelled, things))
