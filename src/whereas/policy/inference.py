"""Infers the types of derived columns and of variables.

Relations are taken in the order of their dependence; only within a recursive
component is it repeated until nothing changes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Diagnostic
from whereas.language import syntax
from whereas.policy.null_safety import guarded
from whereas.policy.scope import Column, Scope, reference_of
from whereas.policy.typing import UNKNOWN, Typer, a_type, join, natural
from whereas.policy.walk import everywhere, names
from whereas.values import INTEGER, Type

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whereas.policy.binding import Binding
    from whereas.policy.resolve import Draft


def types_of(draft: Draft, binding: Binding, scope: Scope) -> dict[str, Type]:
    """Return the types of a rule's variables, as far as columns are known."""
    types: dict[str, Type] = {}
    for atom in positive_atoms(draft.body):
        for argument, column in zip(
            atom.arguments, scope.tables[atom.predicate].columns, strict=True
        ):
            if isinstance(argument.term, syntax.Variable):
                name = argument.term.name
                types[name] = _met(types.get(name), column.type or UNKNOWN)
    for atom in _negated(draft.body):
        for argument, column in zip(
            atom.arguments, scope.tables[atom.predicate].columns, strict=True
        ):
            if isinstance(argument.term, syntax.Variable):
                types.setdefault(argument.term.name, column.type or UNKNOWN)
    for name in guarded(draft.body):
        if name in types:
            types[name] = replace(types[name], optional=False)
    _bound_by_value(draft, binding, scope, types)
    return types


def _met(known: Type | None, other: Type) -> Type:
    """Return the type of a variable that stands in two columns: the narrower."""
    if known is None or known.kind == "unknown":
        return other
    if other.kind == "unknown":
        return known
    narrow = other if other.members and not known.members else known
    return replace(narrow, optional=known.optional and other.optional)


def _bound_by_value(
    draft: Draft, binding: Binding, scope: Scope, types: dict[str, Type]
) -> None:
    """Type the variables that `=` and aggregates bind, in whatever order it takes."""
    typer = Typer(types, scope.parameters, "last-day")
    waiting = [x for x in everywhere(draft.body) if id(x) in binding.targets]
    in_atoms = names(positive_atoms(draft.body))
    for _ in range(len(waiting) + 1):
        fed: dict[str, list[Type]] = {}
        for literal in waiting:
            name = binding.targets[id(literal)]
            given = _given(literal, name, typer)
            if given.kind != "unknown":
                fed.setdefault(name, []).append(given)
        before = dict(types)
        for name, found in fed.items():
            if name in in_atoms:
                continue
            known: Type | None = found[0]
            for one in found[1:]:
                known = None if known is None else _widened(known, one)
            # Where the branches differ, the second is found not to fit the first.
            types[name] = known or found[0]
        if types == before:
            return


def _widened(one: Type, other: Type) -> Type | None:
    """Join two types that alternatives give; constants fit decimals."""
    if {one.kind, other.kind} <= {"integer", "decimal"}:
        scale = max(one.scale, other.scale)
        kind = "decimal" if "decimal" in (one.kind, other.kind) else "integer"
        return Type(kind, scale=scale, optional=one.optional or other.optional)
    return join(one, other)


def _given(literal: syntax.Literal, name: str, typer: Typer) -> Type:
    match literal:
        case syntax.Comparison():
            own = literal.left
            mine = isinstance(own, syntax.Variable) and own.name == name
            return typer.type_of(literal.right if mine else literal.left)
        case syntax.Aggregate():
            if literal.function == "count":
                return INTEGER
            if literal.term is None:
                return UNKNOWN
            return replace(typer.type_of(literal.term), optional=False)
        case _:
            return UNKNOWN


def positive_atoms(body: Sequence[syntax.Literal]) -> Iterator[syntax.Atom]:
    """Yield the positive atoms of a body, those of nested bodies included."""
    return (one for one in everywhere(body) if isinstance(one, syntax.Atom))


def _negated(body: Sequence[syntax.Literal]) -> Iterator[syntax.Atom]:
    return (one.atom for one in everywhere(body) if isinstance(one, syntax.Not))


# --- columns ------------------------------------------------------------------------


def infer_columns(
    scope: Scope,
    components: Sequence[Sequence[str]],
    drafts: Sequence[tuple[Draft, Binding]],
) -> list[Diagnostic]:
    """Fill in the types and references of derived columns, component by component."""
    errors: list[Diagnostic] = []
    for component in components:
        rules = [one for one in drafts if one[0].head.predicate in component]
        if not rules:
            continue
        width = sum(len(scope.tables[name].columns) for name in component)
        for _ in range(2 * width + 2):
            found: list[Diagnostic] = []
            if not _pass(scope, rules, found):
                break
        errors += found
        for name in component:
            _infer_references(scope, name, rules)
    return errors


def _pass(
    scope: Scope, rules: Sequence[tuple[Draft, Binding]], errors: list[Diagnostic]
) -> bool:
    """Feed each column once from every rule; return whether anything changed."""
    before = {
        (draft.head.predicate, i): column.type
        for draft, _ in rules
        for i, column in enumerate(scope.tables[draft.head.predicate].columns)
    }
    by_value: list[tuple[Column, syntax.Constant]] = []
    for draft, binding in rules:
        types = types_of(draft, binding, scope)
        typer = Typer(types, scope.parameters, "last-day")
        table = scope.tables[draft.head.predicate]
        for number, (argument, column) in enumerate(
            zip(draft.head.arguments, table.columns, strict=True)
        ):
            if column.fixed:
                continue
            term = argument.term
            if isinstance(term, syntax.Constant):
                by_value.append((column, term))
                continue
            given = typer.type_of(term)
            known = column.type or UNKNOWN
            joined = join(known, given)
            if joined is None:
                named = f"`{column.name}`" if column.name else f"{number + 1}"
                errors.append(
                    Diagnostic(
                        Code.TYPE_MISMATCH,
                        f"column {named} of `{table.name}` is {a_type(known)} "
                        f"by another rule, and `{argument.term.span.text}` "
                        f"is {a_type(given)}",
                        argument.span,
                        "give the column one type in all rules",
                    )
                )
            elif joined.kind != "unknown":
                column.type = joined
    _feed_constants(by_value)
    return any(
        scope.tables[name].columns[i].type != type_
        for (name, i), type_ in before.items()
    )


def _feed_constants(by_value: Sequence[tuple[Column, syntax.Constant]]) -> None:
    """Let constants give a type where nothing else does, or widen one.

    What does not fit in the end is an error of `lower`, where the constant stands.
    """
    widest: dict[int, tuple[Column, Type]] = {}
    for column, constant in by_value:
        mine = natural(constant.value)
        known = column.type
        if mine.kind == "none" and known is not None:
            column.type = replace(known, optional=True)
        elif known is not None and known.kind not in {"unknown", "none"}:
            outside = known.members and constant.value not in known.members
            if mine.kind == "text" and outside:
                column.type = replace(known, members=(), name=None)
        else:
            before = widest.get(id(column), (column, known or UNKNOWN))[1]
            widest[id(column)] = (column, _widened(before, mine) or before)
    for column, type_ in widest.values():
        if type_.kind != "unknown":
            column.type = type_


def rows_in(draft: Draft, scope: Scope) -> dict[str, str]:
    """Return the relation whose row a text may read by a variable, where known."""
    found = references_in(draft, scope)
    for atom in positive_atoms(draft.body):
        table = scope.tables[atom.predicate]
        for column, argument in zip(table.columns, atom.arguments, strict=True):
            if isinstance(argument.term, syntax.Variable) and column.names is not None:
                found.setdefault(argument.term.name, column.names)
    return found


def references_in(draft: Draft, scope: Scope) -> dict[str, str]:
    """Return the relation that each variable's rows are named by, where known."""
    found: dict[str, str] = {}
    for atom in positive_atoms(draft.body):
        table = scope.tables[atom.predicate]
        for position, argument in enumerate(atom.arguments):
            if isinstance(argument.term, syntax.Variable):
                name = reference_of(scope.tables, table, position)
                if name is not None:
                    found.setdefault(argument.term.name, name)
    return found


def _infer_references(
    scope: Scope, name: str, rules: Sequence[tuple[Draft, Binding]]
) -> None:
    """A derived column references a relation where all of its rules say the same."""
    table = scope.tables[name]
    for position, column in enumerate(table.columns):
        if column.references is not None or table.stated:
            continue
        found: set[str | None] = set()
        for draft, _ in rules:
            if draft.head.predicate != name:
                continue
            term = draft.head.arguments[position].term
            if isinstance(term, syntax.Variable):
                found.add(references_in(draft, scope).get(term.name))
            else:
                found.add(None)
        if len(found) == 1:
            column.references = found.pop()
