"""Checks the `correctable` statements: which changes of facts a repair may propose.

Each names an input, and what may be done: rows added, some columns of a row
changed, rows withdrawn. A repair proposes nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Label, Span
from whereas.language import syntax
from whereas.policy import core
from whereas.policy.scope import sections_of
from whereas.policy.spelling import did_you_mean, listed
from whereas.policy.texts import sentences

if TYPE_CHECKING:
    from whereas.policy.scope import Scope, Table


def correctables(scope: Scope, program: syntax.Program) -> tuple[core.Correctable, ...]:
    """Return what a program declares correctable, noting what is wrong with it."""
    found: list[core.Correctable] = []
    seen: dict[tuple[str, str, str], Span] = {}
    for section, statement in sections_of(program):
        if not isinstance(statement, syntax.CorrectableDeclaration):
            continue
        table = _table(scope, statement)
        if table is None or table.broken:
            continue
        _once(scope, statement, seen)
        moves = _moves(scope, statement, table)
        unless = [
            position
            for name, span in statement.unless
            if (position := _position(scope, table, name, span)) is not None
        ]
        found.append(
            core.Correctable(
                statement.action,
                table.name,
                tuple(moves),
                tuple(unless),
                _weight(scope, statement),
                sentences(statement.annotations.texts),
                section,
                statement.span,
            )
        )
    return tuple(found)


def _table(scope: Scope, statement: syntax.CorrectableDeclaration) -> Table | None:
    name = statement.predicate
    table = scope.tables.get(name)
    if table is not None and table.stated:
        return table
    inputs = [t.name for t in scope.tables.values() if t.stated]
    scope.error(
        Code.BAD_CORRECTABLE,
        f"unknown relation `{name}`"
        if table is None
        else f"`{name}` follows from rules, and nobody can supply it",
        statement.predicate_span,
        did_you_mean(name, inputs, f"name an input: {listed(inputs)}"),
    )
    return None


def _once(
    scope: Scope,
    statement: syntax.CorrectableDeclaration,
    seen: dict[tuple[str, str, str], Span],
) -> None:
    """One statement for each action on a relation, and for each column changed."""
    changed = statement.moves if statement.action == "change" else ()
    places = [(move.column, move.span) for move in changed]
    for column, span in places or [("", statement.predicate_span)]:
        key = (statement.action, statement.predicate, column)
        if key in seen:
            what = f"`{column}` of `{statement.predicate}`"
            scope.error(
                Code.CORRECTABLE_TWICE,
                f"that {what} may be changed is said twice"
                if column
                else f"`correctable {statement.action} {statement.predicate}` "
                "is said twice",
                span,
                "drop one of the two",
                Label(seen[key], "first here"),
            )
        seen.setdefault(key, span)


def _position(scope: Scope, table: Table, name: str, at: Span) -> int | None:
    position = table.position(name)
    if position is None:
        scope.error(
            Code.CORRECTABLE_COLUMN,
            f"`{table.name}` has no column `{name}`",
            at,
            did_you_mean(name, table.names, f"its columns are {listed(table.names)}"),
        )
    return position


def _moves(
    scope: Scope, statement: syntax.CorrectableDeclaration, table: Table
) -> list[core.Move]:
    found = []
    for move in statement.moves:
        position = _position(scope, table, move.column, move.span)
        if position is None:
            continue
        type_ = table.columns[position].type
        if statement.action == "add" and move.direction != "later":
            scope.error(
                Code.CORRECTABLE_COLUMN,
                f"`{move.column}` of a new row is not said to be later",
                move.span,
                f"write `{move.column} later`, or leave the column out",
            )
        elif position in table.key and statement.action == "change":
            scope.error(
                Code.CORRECTABLE_COLUMN,
                f"`{move.column}` is in the key of `{table.name}`: "
                "with another value it is another row",
                move.span,
                f"write `correctable withdraw {table.name}` and "
                f"`correctable add {table.name}`",
            )
        elif move.direction and (type_ is None or type_.kind != "date"):
            scope.error(
                Code.CORRECTABLE_COLUMN,
                f"`{move.column}` is {type_}, and only a date is {move.direction}",
                move.span,
                f"drop `{move.direction}`",
            )
        else:
            found.append(core.Move(position, move.direction))
    return found


def _weight(scope: Scope, statement: syntax.CorrectableDeclaration) -> int:
    if statement.weight is None:
        return 1
    weight = statement.weight.value
    assert isinstance(weight, int)  # noqa: S101  # the grammar has an integer here
    if weight < 1:
        scope.error(
            Code.CORRECTABLE_WEIGHT,
            "a change weighs 1 at least",
            statement.weight.span,
            "write `weight 1`, or leave the weight out",
        )
    return weight
