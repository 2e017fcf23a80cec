"""Walks the syntax tree of a rule: its variables, its atoms, its literals."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import assert_never

from whereas.language import syntax

Scalar = syntax.Comparison | syntax.Membership


def operands(expression: syntax.Expression) -> Iterator[syntax.Term]:
    """Yield the terms of an expression, from left to right."""
    match expression:
        case syntax.Arithmetic():
            yield from operands(expression.left)
            yield from operands(expression.right)
        case syntax.Shift():
            yield from operands(expression.left)
            yield from operands(expression.amount)
        case _:
            yield expression


def terms(literal: syntax.Literal) -> Iterator[syntax.Term]:
    """Yield the terms of a literal, those of nested bodies too."""
    match literal:
        case syntax.Atom():
            for argument in literal.arguments:
                yield argument.term
        case syntax.Not():
            yield from terms(literal.atom)
        case syntax.Comparison():
            yield from operands(literal.left)
            yield from operands(literal.right)
        case syntax.Membership():
            yield literal.term
            yield from literal.members
        case syntax.Either():
            for inner in itertools.chain(*literal.branches):
                yield from terms(inner)
        case syntax.Aggregate():
            yield literal.target
            if literal.term is not None:
                yield literal.term
            for inner in literal.body:
                yield from terms(inner)
        case _:
            assert_never(literal)


def variables_in(found: Iterable[syntax.Term]) -> Iterator[syntax.Variable]:
    """Yield the variables among terms."""
    return (term for term in found if isinstance(term, syntax.Variable))


def variables(literal: syntax.Literal) -> Iterator[syntax.Variable]:
    """Yield each occurrence of a variable in a literal, nested bodies included."""
    return variables_in(terms(literal))


def names(body: Iterable[syntax.Literal]) -> set[str]:
    """Return the names of all variables of some literals."""
    return {variable.name for literal in body for variable in variables(literal)}


def everywhere(body: Iterable[syntax.Literal]) -> Iterator[syntax.Literal]:
    """Yield every literal of a body, those of nested bodies after their holder."""
    for literal in body:
        yield literal
        match literal:
            case syntax.Either():
                for branch in literal.branches:
                    yield from everywhere(branch)
            case syntax.Aggregate():
                yield from everywhere(literal.body)
            case _:
                pass


def all_terms(
    head: syntax.Atom, body: Iterable[syntax.Literal]
) -> Iterator[syntax.Term]:
    """Yield every term of a rule, the head's first."""
    yield from terms(head)
    for literal in body:
        yield from terms(literal)


Renaming = Callable[[syntax.Term], syntax.Term]


def with_terms(literal: syntax.Literal, change: Renaming) -> syntax.Literal:
    """Return a literal with each of its terms changed."""
    match literal:
        case syntax.Atom():
            return atom_with_terms(literal, change)
        case syntax.Not():
            return replace(literal, atom=atom_with_terms(literal.atom, change))
        case syntax.Comparison():
            return replace(
                literal,
                left=expression_with_terms(literal.left, change),
                right=expression_with_terms(literal.right, change),
            )
        case syntax.Membership():
            return replace(literal, term=change(literal.term))
        case syntax.Either():
            return replace(
                literal,
                branches=tuple(
                    tuple(with_terms(inner, change) for inner in branch)
                    for branch in literal.branches
                ),
            )
        case syntax.Aggregate():
            return replace(
                literal,
                target=change(literal.target),
                term=None if literal.term is None else change(literal.term),
                body=tuple(with_terms(inner, change) for inner in literal.body),
            )


def atom_with_terms(atom: syntax.Atom, change: Renaming) -> syntax.Atom:
    """Return an atom with each of its terms changed."""
    return replace(
        atom,
        arguments=tuple(replace(a, term=change(a.term)) for a in atom.arguments),
    )


def expression_with_terms(
    expression: syntax.Expression, change: Renaming
) -> syntax.Expression:
    """Return an expression with each of its terms changed."""
    match expression:
        case syntax.Arithmetic():
            return replace(
                expression,
                left=expression_with_terms(expression.left, change),
                right=expression_with_terms(expression.right, change),
            )
        case syntax.Shift():
            return replace(
                expression,
                left=expression_with_terms(expression.left, change),
                amount=expression_with_terms(expression.amount, change),
            )
        case _:
            return change(expression)
