"""What bodies of rules name, what they need, and in which order they can be read."""

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
    Shift,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# A body's literals in an order in which each can be read: its place in the body,
# and the names that are used outside it.
Plan = list[tuple[int, Literal, frozenset[str]]]


def plan(
    body: Sequence[Literal], given: frozenset[str], outside: frozenset[str]
) -> Plan:
    """Order a body so that each literal finds what it needs: tests as early as can be.

    An atom needs nothing; the one with the most known columns comes first.
    """
    pending = list(range(len(body)))
    order: Plan = []
    while pending:
        others = {
            i: outside.union(*(names(body[j]) for j in range(len(body)) if j != i))
            for i in pending
        }
        ready = [i for i in pending if needs(body[i], others[i]) <= given]
        # Alternatives that bind for one another: their branches find the rest.
        ready = ready or [i for i in pending if isinstance(body[i], Either)]
        chosen = min(ready, key=lambda i: (*_eagerness(body[i], given), i))
        pending.remove(chosen)
        order.append((chosen, body[chosen], others[chosen]))
        given |= names(body[chosen]) & others[chosen]
        given |= names(body[chosen]) if isinstance(body[chosen], Atom) else set()
    return order


def _eagerness(literal: Literal, given: frozenset[str]) -> tuple[int, int]:
    match literal:
        case Comparison() | Membership() | Not():
            return 0, 0
        case Atom(terms=terms):
            unknown = [
                t for t in terms if isinstance(t, Variable) and t.name not in given
            ]
            return (2 if len(unknown) == len(terms) else 1), len(unknown) - len(terms)
    return 1, -len(names(literal) & given)


def needs(literal: Literal, others: frozenset[str]) -> frozenset[str]:
    """Return the variables that need a value before a literal can be read."""
    match literal:
        case Atom():
            return frozenset()
        case Not(atom):
            return frozenset(
                t.name
                for t in atom.terms
                if isinstance(t, Variable) and not t.anonymous
            )
        case Either(binds=binds):
            return (names(literal) & others).difference(binds)
        case Aggregate(target, group=group, binds=name):
            return frozenset(group) | names(target) - {name}
        case Comparison(binds=name):
            return names(literal) - {name}
    return names(literal)


def names(thing: Literal | Expression) -> frozenset[str]:
    """Return the variables in a literal or an expression."""
    parts: Sequence[Literal | Expression]
    match thing:
        case Variable(name):
            return frozenset((name,))
        case Atom(terms=parts):
            pass
        case Not(atom):
            parts = (atom,)
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
    return frozenset().union(*map(names, parts))


def reads(body: Sequence[Literal]) -> Iterator[str]:
    """Yield the relations that a body names."""
    for literal in body:
        match literal:
            case Atom(relation) | Not(Atom(relation)):
                yield relation
            case Either(branches):
                for branch in branches:
                    yield from reads(branch)
            case Aggregate(body=inner):
                yield from reads(inner)


def without_alternatives(body: tuple[Literal, ...]) -> Iterator[tuple[Literal, ...]]:
    """Yield a body once for each choice of branches of its alternatives."""
    for place, literal in enumerate(body):
        if isinstance(literal, Either):
            for branch in literal.branches:
                rest = (*body[:place], *branch, *body[place + 1 :])
                yield from without_alternatives(rest)
            return
    yield body
