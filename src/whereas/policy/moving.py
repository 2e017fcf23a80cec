"""What a timeline moves: `timeline filing(filed).` into the column and whose rows.

A timeline decides one case as though a day had been another. The statement names
the date column that is moved, and the rows that move are those of the case: whose
columns are called like the subject's key, or refer to the subject; or those to which a
row of the case refers (the filing in which a batch stands).
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
        through = _through(scope, table, subject)
        case = (
            table.key
            if through is not None
            else _case(scope, statement, table, subject)
        )
        if place is not None and case is not None:
            texts = sentences(statement.annotations.texts)
            yield core.MovedDay(name, place, tuple(case), texts, through)


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


def _through(scope: Scope, table: Table, subject: str | None) -> core.Through | None:
    """Return the input whose rows join this one's to cases, if its own columns do not.

    It refers to the subject and to this input; the first that does is taken.
    """
    if subject is None or table.name == subject or len(table.key) != 1:
        return None
    decided = scope.tables[subject]
    if decided.broken or len(decided.key) != 1:
        return None
    key = decided.columns[decided.key[0]].name
    if any(c.name == key or c.references == subject for c in table.columns):
        return None
    for other in scope.tables.values():
        refers = [column.references for column in other.columns]
        if other.stated and subject in refers and table.name in refers:
            places = refers.index(subject), refers.index(table.name)
            return core.Through(other.name, *places)
    return None


def _case(
    scope: Scope,
    statement: syntax.TimelineDeclaration,
    table: Table,
    subject: str | None,
) -> tuple[int, ...] | None:
    """Return the columns that have the key of the case."""
    if subject is None:
        # A library that others use; it is judged where something is decided.
        return None
    decided = scope.tables[subject]
    if decided.broken:
        return None
    if table is decided:
        return decided.key
    found = []
    for key in decided.key:
        name = decided.columns[key].name
        places = [
            place
            for place, column in enumerate(table.columns)
            if column.name == name
            or (len(decided.key) == 1 and column.references == subject)
        ]
        if not places:
            scope.error(
                Code.BAD_TIMELINE,
                f"no column of `{table.name}` says which {subject} a row belongs to",
                statement.predicate_span,
                f"name an input with a column `{name}`, one that "
                f"`references {subject}`, or one to which such an input refers",
            )
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
