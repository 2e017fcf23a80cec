"""The literals of a rule's body: their variables, their order, their text."""

from __future__ import annotations

from dataclasses import dataclass
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
    from collections.abc import Collection, Iterable, Iterator, Sequence

Body = tuple[Literal, ...]
Names = frozenset[str]


def names(thing: Literal | Expression) -> Names:
    """Return the variables in a literal or an expression."""
    parts: Iterable[Literal | Expression]
    match thing:
        case Variable(name):
            return frozenset((name,))
        case Atom(terms=parts):
            pass
        case Not(atom):
            parts = atom.terms
        case Comparison(left=left, right=right) | Arithmetic(left=left, right=right):
            parts = (left, right)
        case Shift(left=left, amount=amount):
            parts = (left, amount)
        case Membership(term):
            parts = (term,)
        case Either(branches):
            parts = [literal for branch in branches for literal in branch]
        case Aggregate(target, term=term, body=body):
            parts = [target, *([] if term is None else [term]), *body]
        case _:
            parts = ()
    return names_in(parts)


def names_in(things: Iterable[Literal | Expression]) -> Names:
    """Return the variables in several literals or expressions."""
    return frozenset().union(*map(names, things))


def gives(literal: Literal) -> Names:
    """Return the variables that a literal other than an atom can give a value."""
    match literal:
        case Either(binds=binds):
            return frozenset(binds)
        case Comparison(binds=str(name)) | Aggregate(binds=str(name)):
            return frozenset((name,))
    return frozenset()


def relations(body: Iterable[Literal]) -> Iterator[str]:
    """Yield the relations that a body reads."""
    for literal in body:
        match literal:
            case Atom(relation) | Not(Atom(relation)):
                yield relation
            case Either(branches):
                for branch in branches:
                    yield from relations(branch)
            case Aggregate(body=inner):
                yield from relations(inner)


# --- the order in which a body is read ------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """A literal and its place in the body.

    `needs` are the variables that must have a value before the literal is read, and
    `shared` those that it has in common with the rest of the rule.
    """

    number: int
    literal: Literal
    needs: Names
    shared: Names


def places(body: Sequence[Literal], outside: Names) -> list[Place]:
    """Return the literals of a body; `outside` are variables used outside it."""
    found = []
    for number, literal in enumerate(body):
        rest = (other for place, other in enumerate(body) if place != number)
        shared = names(literal) & (names_in(rest) | outside) | gives(literal)
        found.append(Place(number, literal, _needs(literal, shared), shared))
    return found


def _needs(literal: Literal, shared: Names) -> Names:
    match literal:
        case Atom():
            return frozenset()
        case Not(atom):
            named = [t for t in atom.terms if isinstance(t, Variable)]
            return frozenset(one.name for one in named if not one.anonymous)
        case Either():
            return shared - gives(literal)
        case Aggregate(target, group=group):
            return names(target) - gives(literal) | frozenset(group)
    return names(literal) - gives(literal)


def ordered(pending: Collection[Place], given: Names) -> list[Place]:
    """Return literals in an order in which each finds the values that it needs.

    Tests come as early as possible, atoms with the most known columns first.
    """
    waiting = list(pending)
    order: list[Place] = []
    while waiting:
        # Alternatives can bind for one another; then one of them has to be the first.
        ready = [one for one in waiting if one.needs <= given] or [
            one for one in waiting if isinstance(one.literal, Either)
        ]
        chosen = min(ready or waiting, key=lambda one: _delay(one.literal, given))
        waiting.remove(chosen)
        order.append(chosen)
        atom = isinstance(chosen.literal, Atom)
        given |= names(chosen.literal) if atom else chosen.shared
    return order


def _delay(literal: Literal, given: Names) -> tuple[int, int]:
    match literal:
        case Comparison() | Membership() | Not():
            return 0, 0
        case Atom(terms=terms):
            unknown = [
                t for t in terms if isinstance(t, Variable) and t.name not in given
            ]
            return (2 if len(unknown) == len(terms) else 1), len(unknown) - len(terms)
    return 1, -len(names(literal) & given)


# --- text -----------------------------------------------------------------------------


def text(thing: Literal | Expression) -> str:
    """Return a literal or an expression in the policy language, columns by position."""
    match thing:
        case Variable(name):
            return "_" if thing.anonymous else name
        case Parameter(name):
            return f"${name}"
        case Atom(relation, terms):
            return f"{relation}({_listed(terms)})"
        case Not(atom):
            return f"not {text(atom)}"
        case Comparison(op, left, right) | Arithmetic(op, left, right):
            return f"{text(left)} {op} {text(right)}"
        case Shift(op, left, amount, unit):
            return f"{text(left)} {op} {text(amount)} {unit}"
        case Membership(term, members, negated):
            word = "not " if negated else ""
            return f"{word}{text(term)} in {{{_listed(members)}}}"
        case Either(branches):
            return f"( {' ; '.join(map(_listed, branches))} )"
        case Aggregate(target, function, term, body):
            over = f"{function} {text(term)}" if term is not None else function
            return f"{text(target)} = {over} {{ {_listed(body)} }}"
    return written(thing.value)


def _listed(things: Iterable[Literal | Expression]) -> str:
    return ", ".join(map(text, things))
