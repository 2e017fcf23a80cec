"""Collects the declarations of a program in a `Scope`, and notes what is wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Label, Span
from whereas.language import syntax
from whereas.policy import core
from whereas.policy.labels import check_readings, check_words
from whereas.policy.scope import (
    BUILT_IN,
    DAY,
    Column,
    Scope,
    Table,
    alike,
    sections_of,
)
from whereas.policy.spelling import did_you_mean, listed
from whereas.values import Type

if TYPE_CHECKING:
    from whereas.policy.manifest import Manifest

# `symbol` is the table of texts; the others are words of the language.
_RESERVED = frozenset(
    {"symbol", "query", "not", "in", "true", "false", "none", "count", "sum"}
    | {"min", "max", "input", "relation", "type", "parameter", "subject", "outcome"}
    | {"show", "timeline", "unencoded", "question", "otherwise", "if"}
)
LARGEST_SCALE = 18


def scope_of(program: syntax.Program, manifest: Manifest) -> Scope:
    """Return what the names of a program mean, with the errors of declarations."""
    scope = Scope(manifest)
    statements = list(sections_of(program))
    for _, statement in statements:
        if isinstance(statement, syntax.TypeDeclaration):
            _declare_type(scope, statement)
    for section, statement in statements:
        _declare(scope, statement, section)
    for section, statement in statements:
        if isinstance(statement, syntax.Clause):
            _note_head(scope, statement.head, section)
    for table in scope.tables.values():
        _check_references(scope, table)
    for _, statement in statements:
        if isinstance(statement, syntax.InputDeclaration) and statement.covered_by:
            _declare_coverage(scope, statement, statement.covered_by)
    _refuse_cases(scope)
    inputs = [table for table in scope.tables.values() if table.stated]
    check_words(scope, "inputs", ((t.name, t.span, t.labels) for t in inputs))
    return scope


def _declare(scope: Scope, statement: syntax.Statement, section: core.Section) -> None:
    match statement:
        case syntax.InputDeclaration() | syntax.RelationDeclaration():
            _declare_table(scope, statement, section)
        case syntax.ParameterDeclaration():
            _declare_parameter(scope, statement)
        case syntax.UnencodedDeclaration():
            known = scope.unencoded.get(statement.id)
            if known is not None:
                _twice(scope, statement.id, statement.span, known[0].span)
            else:
                scope.unencoded[statement.id] = (statement, section)
        case syntax.QuestionDeclaration():
            asked = scope.questions.get(statement.id)
            if asked is not None:
                _twice(scope, statement.id, statement.span, asked[0].span)
            else:
                scope.questions[statement.id] = (statement, section)
        case _:
            pass


def _twice(scope: Scope, name: str, at: Span, first: Span) -> None:
    scope.error(
        Code.DECLARED_TWICE,
        f"`{name}` is declared twice",
        at,
        "drop one of the two, or give it another name",
        Label(first, "first declared here"),
    )


def _refuse_cases(scope: Scope) -> None:
    """Names that differ in case only are one table in SQL."""
    seen: dict[str, Table] = {}
    for table in scope.tables.values():
        other = seen.setdefault(table.name.lower(), table)
        if other is not table:
            scope.error(
                Code.RESERVED_NAME,
                f"`{table.name}` and `{other.name}` differ in capitals only",
                table.span,
                "give one of them another name",
                Label(other.span, "the other is here"),
            )


def _reserved(scope: Scope, name: str, at: Span) -> bool:
    if name in _RESERVED or name.lower().startswith("sqlite_"):
        scope.error(
            Code.RESERVED_NAME,
            f"`{name}` is a reserved word",
            at,
            "choose another name",
        )
        return True
    return False


def _declare_type(scope: Scope, statement: syntax.TypeDeclaration) -> None:
    if statement.name in BUILT_IN or statement.name == "decimal":
        scope.error(
            Code.RESERVED_NAME,
            f"`{statement.name}` is a type of the language",
            statement.span,
            "choose another name",
        )
        return
    if statement.name in scope.types:
        _twice(
            scope,
            statement.name,
            statement.span,
            scope.members[statement.name].span,
        )
        return
    _members_once(scope, [(m.value, m.span) for m in statement.members])
    check_words(
        scope, "words", ((m.value, m.span, m.labels) for m in statement.members)
    )
    members = tuple(dict.fromkeys(m.value for m in statement.members))
    scope.types[statement.name] = Type("text", members=members, name=statement.name)
    scope.members[statement.name] = statement


def _members_once(scope: Scope, members: list[tuple[str, Span]]) -> None:
    seen: dict[str, Span] = {}
    for value, span in members:
        if value in seen:
            scope.error(
                Code.MEMBER_TWICE,
                f'`"{value}"` stands twice in one enumeration',
                span,
                "drop one of the two",
                Label(seen[value], "first here"),
            )
        seen.setdefault(value, span)


def type_named(scope: Scope, written: syntax.TypeName) -> Type | None:
    """Return the type that a type's name means; None if it means nothing."""
    if written.name is None:
        wrong = [m for m in written.members if not isinstance(m.value, str)]
        if wrong:
            scope.error(
                Code.UNKNOWN_TYPE,
                "the members of an enumeration are texts",
                wrong[0].span,
                f'write `"{wrong[0].value}"`',
            )
            return None
        _members_once(scope, [(str(m.value), m.span) for m in written.members])
        members = tuple(dict.fromkeys(str(m.value) for m in written.members))
        return Type("text", members=members, optional=written.optional)
    if written.name == "decimal":
        scale = written.scale
        if scale is None or not 0 <= scale <= LARGEST_SCALE:
            scope.error(
                Code.UNKNOWN_TYPE,
                "`decimal` needs the number of its decimals, from 0 to 18",
                written.span,
                "write `decimal(2)`",
            )
            return None
        return Type("decimal", scale=scale, optional=written.optional)
    known = BUILT_IN.get(written.name) or scope.types.get(written.name)
    if known is None:
        names = [*BUILT_IN, "decimal", *scope.types]
        scope.error(
            Code.UNKNOWN_TYPE,
            f"unknown type `{written.name}`",
            written.span,
            did_you_mean(written.name, names, f"the types are {listed(names)}"),
        )
        return None
    return Type(known.kind, known.scale, known.members, written.optional, known.name)


def _columns(
    scope: Scope, declared: tuple[syntax.ColumnDeclaration, ...]
) -> tuple[list[Column], bool]:
    columns: list[Column] = []
    seen: dict[str, Span] = {}
    broken = False
    for column in declared:
        type_ = None if column.type is None else type_named(scope, column.type)
        broken |= column.type is not None and type_ is None
        if column.name in seen:
            scope.error(
                Code.COLUMN_TWICE,
                f"column `{column.name}` is declared twice",
                column.span,
                "give one of the two another name",
                Label(seen[column.name], "first declared here"),
            )
            broken = True
        seen.setdefault(column.name, column.span)
        columns.append(
            Column(
                column.name,
                type_,
                None if column.loose else column.references,
                column.type is not None,
                column.labels,
                column.references if column.loose else None,
            )
        )
    return columns, broken


def _declare_table(
    scope: Scope,
    statement: syntax.InputDeclaration | syntax.RelationDeclaration,
    section: core.Section,
) -> None:
    known = scope.tables.get(statement.name)
    if known is not None:
        _twice(scope, statement.name, statement.name_span, known.span)
        return
    _reserved(scope, statement.name, statement.name_span)
    columns, broken = _columns(scope, statement.columns)
    table = Table(
        statement.name,
        columns,
        stated=isinstance(statement, syntax.InputDeclaration),
        declared=True,
        span=statement.name_span,
        annotations=statement.annotations,
        section=section,
        broken=broken,
    )
    scope.tables[statement.name] = table
    check_words(
        scope, "columns", ((c.name, c.span, c.labels) for c in statement.columns)
    )
    check_readings(scope, statement)
    if isinstance(statement, syntax.InputDeclaration):
        table.labels = statement.labels
        table.closed = statement.closed
        table.key = _key(scope, statement, table)
        if statement.contradictions is not None and not table.broken:
            _declare_contradictions(scope, table, *statement.contradictions)


def _key(
    scope: Scope, statement: syntax.InputDeclaration, table: Table
) -> tuple[int, ...]:
    key: list[int] = []
    for name in statement.key:
        position = table.position(name)
        if position is None:
            scope.error(
                Code.BAD_KEY,
                f"the key of `{table.name}` names `{name}`, which is no column of it",
                statement.span,
                did_you_mean(
                    name, table.names, f"its columns are {listed(table.names)}"
                ),
            )
            table.broken = True
            continue
        if position in key:
            scope.error(
                Code.BAD_KEY,
                f"the key of `{table.name}` names `{name}` twice",
                statement.span,
                "name each column once",
            )
            continue
        key.append(position)
        type_ = table.columns[position].type
        if type_ is not None and type_.optional:
            column = statement.columns[position]
            scope.error(
                Code.BAD_KEY,
                f"`{name}` is in the key of `{table.name}` and may be `none`",
                column.span,
                "drop the `?`, or take it out of the key",
            )
    return tuple(key) or tuple(range(len(table.columns)))


def _declare_parameter(scope: Scope, statement: syntax.ParameterDeclaration) -> None:
    if statement.name == DAY:
        scope.error(
            Code.RESERVED_NAME,
            "`today` is the day that is given with the question",
            statement.span,
            "choose another name",
        )
        return
    known = scope.defaults.get(statement.name)
    if known is not None:
        _twice(scope, statement.name, statement.span, known.span)
        return
    scope.defaults[statement.name] = statement
    type_ = type_named(scope, statement.type)
    if type_ is not None:
        scope.parameters[statement.name] = core.Parameter(statement.name, type_)


def _note_head(scope: Scope, head: syntax.Atom, section: core.Section) -> None:
    if head.predicate in scope.tables:
        return
    named = [a for a in head.arguments if a.column is not None]
    if _reserved(scope, head.predicate, head.predicate_span):
        scope.refused.add(head.predicate)
        return
    if named:
        scope.error(
            Code.UNNAMED_COLUMNS,
            f"`{head.predicate}` has no declaration, so its columns have no names",
            named[0].span,
            f"declare it: `relation {head.predicate}"
            f"({', '.join(a.column or '…' for a in head.arguments)}).`",
        )
        scope.refused.add(head.predicate)
        return
    scope.tables[head.predicate] = Table(
        head.predicate,
        [Column(None, None) for _ in head.arguments],
        stated=False,
        declared=False,
        span=head.predicate_span,
        section=section,
    )


def _declare_contradictions(scope: Scope, table: Table, name: str, at: Span) -> None:
    """Declare the relation of an input's rows that share a key and differ."""
    known = scope.tables.get(name)
    if known is not None:
        _twice(scope, name, at, known.span)
        return
    if len(table.key) == len(table.columns):
        scope.error(
            Code.BAD_KEY,
            f"the key of `{table.name}` is the whole row: no two rows of a key differ",
            at,
            "drop `contradictions`, or take a column out of the key",
        )
        return
    _reserved(scope, name, at)
    table.contradictions = name
    columns = tuple(range(len(table.columns)))
    scope.tables[name] = replace(
        table,
        name=name,
        columns=[replace(column) for column in table.columns],
        span=at,
        key=columns,
        closed=True,
        covered_by=None,
        # What is said where no row of the input is there is not said of these.
        annotations=replace(
            table.annotations,
            texts=tuple(
                replace(text, negative=None) for text in table.annotations.texts
            ),
        ),
        labels=syntax.Labels(),
        contradictions=None,
        contradicts=table.name,
    )


def _check_references(scope: Scope, table: Table) -> None:
    for column in table.columns:
        if column.references is not None:
            column.references = _checked(scope, table, column, column.references)
        elif column.names is not None:
            column.names = _checked(scope, table, column, column.names)


def _checked(scope: Scope, table: Table, column: Column, name: str) -> str | None:
    """Return the input that a column references, if it can; note why it cannot."""
    target = scope.tables.get(name)
    inputs = [t.name for t in scope.tables.values() if t.stated]
    if target is None or not target.stated:
        scope.error(
            Code.BAD_REFERENCE,
            f"column `{column.name}` of `{table.name}` references "
            f"`{name}`, which is no input",
            table.span,
            did_you_mean(name, inputs, "name an input that has a key"),
        )
        return None
    if target.broken:
        return None
    if len(target.key) != 1:
        scope.error(
            Code.BAD_REFERENCE,
            f"column `{column.name}` of `{table.name}` references "
            f"`{target.name}`, whose key has {len(target.key)} columns",
            table.span,
            "reference an input whose key is one column",
        )
        return None
    key_type = target.columns[target.key[0]].type
    mine = column.type
    if mine is not None and key_type is not None and not alike(mine, key_type):
        scope.error(
            Code.BAD_REFERENCE,
            f"column `{column.name}` of `{table.name}` is {mine}, "
            f"and the key of `{target.name}` is {key_type}",
            table.span,
            "give both the same type",
        )
    return name


def _declare_coverage(
    scope: Scope,
    statement: syntax.InputDeclaration,
    coverage: syntax.CoverageDeclaration,
) -> None:
    table = scope.tables[statement.name]
    target = scope.tables.get(coverage.predicate)
    if target is None:
        scope.error(
            Code.BAD_COVERAGE,
            f"`{table.name}` is covered by `{coverage.predicate}`, which is unknown",
            coverage.span,
            did_you_mean(coverage.predicate, scope.tables, "declare it with `input`"),
        )
        return
    positions = []
    for name in coverage.columns:
        position = table.position(name)
        if position is None:
            scope.error(
                Code.BAD_COVERAGE,
                f"`{name}` is no column of `{table.name}`",
                coverage.span,
                did_you_mean(
                    name, table.names, f"its columns are {listed(table.names)}"
                ),
            )
            return
        positions.append(position)
    if len(positions) != len(target.columns):
        scope.error(
            Code.BAD_COVERAGE,
            f"`{target.name}` has {len(target.columns)} columns, "
            f"and {len(positions)} stand here",
            coverage.span,
            f"name the columns of `{table.name}` that correspond to them",
        )
        return
    for position, column in zip(positions, target.columns, strict=True):
        mine = table.columns[position].type
        if (
            mine is not None
            and column.type is not None
            and not alike(mine, column.type)
        ):
            scope.error(
                Code.BAD_COVERAGE,
                f"column `{table.columns[position].name}` of `{table.name}` is {mine}, "
                f"and its counterpart in `{target.name}` is {column.type}",
                coverage.span,
                "give both the same type",
            )
            return
    table.covered_by = core.Coverage(target.name, tuple(positions))
