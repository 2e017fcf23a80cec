"""Which variables and expressions a literal has: what every joiner asks first."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from whereas.policy.core import (
    Aggregate,
    Arithmetic,
    Atom,
    Comparison,
    Component,
    Constant,
    Either,
    Expression,
    Literal,
    Membership,
    Not,
    Parameter,
    Rule,
    Shift,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


def expression_variables(expression: Expression) -> Iterator[str]:
    """Yield the variables of a term or a calculation, as they stand."""
    match expression:
        case Variable(name):
            yield name
        case Arithmetic(_, left, right) | Shift(_, left, right):
            yield from expression_variables(left)
            yield from expression_variables(right)
        case _:
            pass


def literal_variables(literal: Literal) -> Iterator[str]:
    """Yield the variables that tie a literal to the rest of its body.

    Of a negated atom, its anonymous variables mean "any" and are no tie; of an
    aggregate, only target and groups reach outside.
    """
    match literal:
        case Atom():
            for term in literal.terms:
                yield from expression_variables(term)
        case Not(atom):
            for term in atom.terms:
                if isinstance(term, Variable) and not term.anonymous:
                    yield term.name
        case Comparison():
            yield from expression_variables(literal.left)
            yield from expression_variables(literal.right)
        case Membership():
            yield from expression_variables(literal.term)
        case Either():
            for branch in literal.branches:
                for inner in branch:
                    yield from literal_variables(inner)
        case Aggregate():
            yield from expression_variables(literal.target)
            yield from literal.group
        case _:
            assert_never(literal)


def calculations(literal: Literal) -> Iterator[Arithmetic | Shift]:
    """Yield the calculations of a literal's own comparison, outermost ones only."""
    if isinstance(literal, Comparison):
        for side in (literal.left, literal.right):
            if isinstance(side, Arithmetic | Shift):
                yield side


def atoms_below(literals: Iterable[Literal]) -> Iterator[Atom]:
    """Yield every atom of a body: positive, negated, in alternatives and aggregates."""
    for literal in literals:
        match literal:
            case Atom():
                yield literal
            case Not(atom):
                yield atom
            case Either(branches):
                for branch in branches:
                    yield from atoms_below(branch)
            case Aggregate():
                yield from atoms_below(literal.body)
            case Comparison() | Membership():
                pass
            case _:
                assert_never(literal)


def columns_read(component: Component) -> dict[str, tuple[int, ...]]:
    """Return what a component's rules read of others: relations, and their columns.

    Rows that differ in no such column give the same heads. What is counted is told
    apart by its other columns too.
    """
    found: dict[str, set[int]] = {}

    def read(literals: Iterable[Literal], *, counted: bool) -> None:
        for literal in literals:
            match literal:
                case Atom(relation, terms) | Not(Atom(relation, terms)):
                    found.setdefault(relation, set()).update(
                        place
                        for place, term in enumerate(terms)
                        if counted
                        or not (isinstance(term, Variable) and term.anonymous)
                    )
                case Either(branches):
                    for branch in branches:
                        read(branch, counted=counted)
                case Aggregate(body=body):
                    read(body, counted=True)
                case Comparison() | Membership():
                    pass
                case _:
                    assert_never(literal)

    for rule in component.rules:
        read(rule.body, counted=False)
    return {
        relation: tuple(sorted(places))
        for relation, places in found.items()
        if relation not in component.relations
    }


def without_alternatives(
    literals: tuple[Literal, ...], chosen: Callable[[Either], bool]
) -> Iterator[tuple[Literal, ...]]:
    """Yield the body once for each choice of branches of the `chosen` alternatives."""
    for at, literal in enumerate(literals):
        if isinstance(literal, Either) and chosen(literal):
            for branch in literal.branches:
                yield from without_alternatives(
                    (*literals[:at], *branch, *literals[at + 1 :]), chosen
                )
            return
    yield literals


def constants(rule: Rule) -> Iterator[Constant | Parameter]:
    """Yield every constant and parameter of a rule, as they stand."""
    yield from _constants_of(rule.head)
    for literal in rule.body:
        yield from _constants_of(literal)


def _constants_of(part: Literal | Expression) -> Iterator[Constant | Parameter]:
    if isinstance(part, Constant | Parameter):
        yield part
    for inner in _parts(part):
        yield from _constants_of(inner)


def _parts(part: Literal | Expression) -> tuple[Literal | Expression, ...]:
    match part:
        case Constant() | Parameter() | Variable():
            return ()
        case Arithmetic(_, left, right) | Shift(_, left, right):
            return (left, right)
        case Comparison(_, left, right):
            return (left, right)
        case Atom(_, terms):
            return terms
        case Not(atom):
            return (atom,)
        case Membership(term, members):
            return (term, *members)
        case Either(branches):
            return tuple(one for branch in branches for one in branch)
        case Aggregate(target, _, term, body):
            return (target, *(() if term is None else (term,)), *body)
        case _:
            assert_never(part)
