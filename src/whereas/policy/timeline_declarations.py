"""Checks `timeline filing(filed).`: the date column that moves, and in which rows.

A timeline decides one case as though a day had been another. The statement names
the date column that is moved, and the rows that move are those of the case: whose
columns are called like the subject's key, or refer to the subject; or, where a row
has no such column, to which a row with such columns refers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Label, Span
from whereas.language import syntax
from whereas.policy import core
from whereas.policy.scope import Scope, Table, sections_of
from whereas.policy.spelling import did_you_mean, listed
from whereas.policy.texts import DAYS, sentences

if TYPE_CHECKING:
    from collections.abc import Iterator


def moved_days(
    program: syntax.Program, scope: Scope, subject: str | None
) -> tuple[core.MovedDay, ...]:
    """Return the columns that a timeline moves, noting what is malformed."""
    seen: dict[str, Span] = {}
    return tuple(_moved(program, scope, subject, seen))


def _moved(
    program: syntax.Program, scope: Scope, subject: str | None, seen: dict[str, Span]
) -> Iterator[core.MovedDay]:
    for _, statement in sections_of(program):
        if not isinstance(statement, syntax.TimelineDeclaration):
            continue
        name = statement.predicate
        _sentence(scope, statement)
        table = _input(scope, statement)
        if table is None or table.broken:
            continue
        if name in seen:
            scope.error(
                Code.DECLARED_TWICE,
                f"the timeline moves `{name}` twice",
                statement.span,
                "drop one of the two",
                Label(seen[name], "first said here"),
            )
            continue
        seen[name] = statement.span
        place = _date(scope, statement, table)
        case = _case(scope, statement, table, subject)
        if place is not None and case is not None:
            texts = sentences(statement.annotations.texts)
            yield core.MovedDay(name, place, case, texts)


def _input(scope: Scope, statement: syntax.TimelineDeclaration) -> Table | None:
    name = statement.predicate
    table = scope.tables.get(name)
    if table is not None and table.stated:
        return table
    scope.error(
        Code.BAD_TIMELINE,
        f"unknown relation `{name}`"
        if table is None
        else f"`{name}` is not an input, and only what is stated can be moved",
        statement.predicate_span,
        did_you_mean(
            name,
            [one.name for one in scope.tables.values() if one.stated],
            "name the input that has the day",
        ),
    )
    return None


def _date(
    scope: Scope, statement: syntax.TimelineDeclaration, table: Table
) -> int | None:
    dates = [
        str(column.name)
        for column in table.columns
        if column.type is not None and column.type.kind == "date"
    ]
    if statement.column in dates:
        return table.names.index(statement.column)
    known = statement.column in table.names
    scope.error(
        Code.BAD_TIMELINE,
        f"`{statement.column}` of `{table.name}` is not a date"
        if known
        else f"`{table.name}` has no column `{statement.column}`",
        statement.column_span,
        did_you_mean(
            statement.column,
            dates,
            f"its dates are {listed(dates)}" if dates else "it has no date",
        ),
    )
    return None


def _case(
    scope: Scope,
    statement: syntax.TimelineDeclaration,
    table: Table,
    subject: str | None,
) -> tuple[core.Belonging, ...] | None:
    """Return how a row belongs to a case: by itself, or by what refers to it."""
    if subject is None:
        # A library that others use; it is judged where something is decided.
        return None
    decided = scope.tables[subject]
    if decided.broken:
        return None
    own = _columns(decided, table)
    if own is not None:
        return (core.Belonging(table.name, own),)
    found = [
        core.Belonging(one.name, places, column)
        for one in scope.tables.values()
        if one.stated and not one.broken
        for column, each in enumerate(one.columns)
        if each.references == table.name
        if (places := _columns(decided, one)) is not None
    ]
    if found:
        return tuple(found)
    key = listed(str(decided.columns[place].name) for place in decided.key)
    scope.error(
        Code.BAD_TIMELINE,
        f"nothing says which {subject} a row of `{table.name}` belongs to",
        statement.predicate_span,
        f"name an input with a column {key}, or one to which such an input refers",
    )
    return None


def _columns(decided: Table, table: Table) -> tuple[int, ...] | None:
    """Return the columns of a relation that have the key of the case, if it has."""
    if table is decided:
        return decided.key
    found = []
    for key in decided.key:
        places = [
            place
            for place, column in enumerate(table.columns)
            if column.name == decided.columns[key].name
            or (len(decided.key) == 1 and column.references == decided.name)
        ]
        if not places:
            return None
        found.append(places[0])
    return tuple(found)


def _sentence(scope: Scope, statement: syntax.TimelineDeclaration) -> None:
    for text in statement.annotations.texts:
        if f"{{{DAYS}}}" not in text.text:
            scope.error(
                Code.BAD_TIMELINE,
                f"the text does not say `{{{DAYS}}}`",
                text.span,
                'write where the days stand: `@en("if filed {days}")`',
            )
