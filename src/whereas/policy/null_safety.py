"""Finds where an empty cell (`none`) could decide without a word.

A variable from an optional column that is ordered, calculated with or joined needs
`X != none` in the same body, or what implies it (`X in {…}`, `X = 3`), or the
alternative `X = none` beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Diagnostic
from whereas.language import syntax
from whereas.policy.walk import operands, variables_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def _tests(
    body: Sequence[syntax.Literal], op: str
) -> Iterator[tuple[str, syntax.Constant]]:
    """Yield the variables that a conjunction compares with a constant, and which."""
    for literal in body:
        if isinstance(literal, syntax.Comparison) and literal.op == op:
            sides = (literal.left, literal.right)
            for one, other in (sides, sides[::-1]):
                if isinstance(one, syntax.Variable) and isinstance(
                    other, syntax.Constant
                ):
                    yield one.name, other


def guarded(body: Sequence[syntax.Literal]) -> frozenset[str]:
    """Return the variables of which a conjunction says that they are not `none`.

    `X != none` says so, and so do `X in {"a", "b"}` and `X = 3`; an alternative says
    what all its branches say.
    """
    said = {name for name, other in _tests(body, "!=") if other.value is None}
    said |= {name for name, other in _tests(body, "=") if other.value is not None}
    said |= {
        literal.term.name
        for literal in body
        if isinstance(literal, syntax.Membership)
        and isinstance(literal.term, syntax.Variable)
        and not literal.negated
    }
    for literal in body:
        if isinstance(literal, syntax.Either):
            said |= frozenset.intersection(*map(guarded, literal.branches))
    return frozenset(said)


def empty(body: Sequence[syntax.Literal]) -> frozenset[str]:
    """Return the variables of which a conjunction says `X = none`."""
    return frozenset(name for name, other in _tests(body, "=") if other.value is None)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a variable stands in an atom."""

    variable: syntax.Variable
    optional: bool
    safe: bool
    path: tuple[tuple[int, int], ...]


class _Search:
    def __init__(
        self, optional: frozenset[str], columns: Mapping[str, Sequence[bool]]
    ) -> None:
        self.optional = optional
        self.columns = columns
        self.faults: dict[str, Diagnostic] = {}
        self.places: dict[str, list[_Place]] = {}

    def report(self, variable: syntax.Variable, how: str) -> None:
        name = variable.name
        self.faults.setdefault(
            name,
            Diagnostic(
                Code.MAY_BE_NONE,
                f"`{name}` may be `none`, and it is {how}",
                variable.span,
                f"add `{name} != none`, or the alternative `{name} = none`",
            ),
        )

    def walk(
        self,
        body: Sequence[syntax.Literal],
        safe: frozenset[str],
        path: tuple[tuple[int, int], ...] = (),
    ) -> None:
        safe |= guarded(body)
        for literal in body:
            match literal:
                case syntax.Atom():
                    self.atom(literal, safe, path)
                case syntax.Not():
                    self.atom(literal.atom, safe, path)
                case syntax.Comparison():
                    self.comparison(literal, safe)
                case syntax.Either():
                    for number, branch in enumerate(literal.branches):
                        beside: frozenset[str] = frozenset()
                        for other in literal.branches:
                            if other is not branch:
                                beside |= empty(other)
                        self.walk(branch, safe | beside, (*path, (id(literal), number)))
                case syntax.Aggregate():
                    inner = safe | guarded(literal.body)
                    self.walk(literal.body, inner, path)
                    if literal.term is not None and literal.function != "count":
                        self.used(literal.term, inner, f"taken by `{literal.function}`")
                    self.used(literal.target, safe, "compared with an aggregate")
                case _:
                    pass

    def used(
        self, expression: syntax.Expression, safe: frozenset[str], how: str
    ) -> None:
        for variable in variables_in(operands(expression)):
            if variable.name in self.optional and variable.name not in safe:
                self.report(variable, how)

    def comparison(self, literal: syntax.Comparison, safe: frozenset[str]) -> None:
        for side in (literal.left, literal.right):
            if isinstance(side, syntax.Arithmetic | syntax.Shift):
                self.used(side, safe, "calculated with")
            elif literal.op not in {"=", "!="}:
                self.used(side, safe, f"compared with `{literal.op}`")

    def atom(
        self,
        atom: syntax.Atom,
        safe: frozenset[str],
        path: tuple[tuple[int, int], ...],
    ) -> None:
        columns = self.columns[atom.predicate]
        for argument, optional in zip(atom.arguments, columns, strict=True):
            variable = argument.term
            if not isinstance(variable, syntax.Variable):
                continue
            place = _Place(variable, optional, variable.name in safe, path)
            known = self.places.setdefault(variable.name, [])
            for other in known:
                joined = _together(place.path, other.path)
                unsafe = not place.safe and not other.safe
                if joined and unsafe and (place.optional or other.optional):
                    self.report(variable, "joined with another relation")
            known.append(place)


def _together(
    one: tuple[tuple[int, int], ...], other: tuple[tuple[int, int], ...]
) -> bool:
    """Whether two places can hold at once: not in two branches of one alternative."""
    branches = dict(one)
    return all(branches.get(either, number) == number for either, number in other)


def unguarded(
    body: Sequence[syntax.Literal],
    optional: frozenset[str],
    columns: Mapping[str, Sequence[bool]],
) -> list[Diagnostic]:
    """Return an error for each variable through which `none` could decide.

    `optional` are the rule's variables that may be `none`; `columns` says of each
    relation which of its columns may.
    """
    search = _Search(optional, columns)
    search.walk(body, frozenset())
    return list(search.faults.values())
