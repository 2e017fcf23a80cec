"""Holds what each name of a policy means: types, relations, columns, parameters.

Every name that a rule may use is here: types, relations with their columns,
parameters. A derived relation without a declaration gets its columns, unnamed,
from its first head; the types of derived columns come later (`inference`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from whereas.diagnostics import Diagnostic, Label, Span
from whereas.language import syntax
from whereas.policy import core
from whereas.values import BOOLEAN, DATE, INTEGER, TEXT, Type

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from whereas.codes import Code
    from whereas.policy.manifest import Manifest

BUILT_IN = {"text": TEXT, "integer": INTEGER, "date": DATE, "boolean": BOOLEAN}
DAY = "today"


@dataclass(slots=True)
class Column:
    """A column as far as it is known: an undeclared type is found by inference."""

    name: str | None
    type: Type | None
    references: str | None = None
    fixed: bool = False
    labels: syntax.Labels = field(default_factory=syntax.Labels)
    # What a loose reference names: for texts alone.
    names: str | None = None


@dataclass(slots=True)
class Table:
    """A relation as declared, or as its first head shows it."""

    name: str
    columns: list[Column]
    stated: bool
    declared: bool
    span: Span
    key: tuple[int, ...] = ()
    closed: bool = False
    covered_by: core.Coverage | None = None
    # The relation of its rows that contradict one another; the input it belongs to.
    contradictions: str | None = None
    contradicts: str | None = None
    annotations: syntax.Annotations = field(default_factory=syntax.Annotations)
    section: core.Section | None = None
    labels: syntax.Labels = field(default_factory=syntax.Labels)
    # An error was reported in the declaration: what depends on it is not judged.
    broken: bool = False

    @property
    def names(self) -> list[str]:
        """The names of its columns, where they have names."""
        return [column.name for column in self.columns if column.name is not None]

    def position(self, name: str) -> int | None:
        """Return the position of a named column, or None."""
        names = [column.name for column in self.columns]
        return names.index(name) if name in names else None


@dataclass(slots=True)
class Scope:
    """The names of a policy, and what was wrong with their declarations."""

    manifest: Manifest
    types: dict[str, Type] = field(default_factory=dict)
    members: dict[str, syntax.TypeDeclaration] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    parameters: dict[str, core.Parameter] = field(default_factory=dict)
    defaults: dict[str, syntax.ParameterDeclaration] = field(default_factory=dict)
    unencoded: dict[str, tuple[syntax.UnencodedDeclaration, core.Section]] = field(
        default_factory=dict
    )
    questions: dict[str, tuple[syntax.QuestionDeclaration, core.Section]] = field(
        default_factory=dict
    )
    # Clauses of declared names that were refused; reading them is no second error.
    refused: set[str] = field(default_factory=set)
    errors: list[Diagnostic] = field(default_factory=list)

    def error(
        self, code: Code, message: str, at: Span, help_: str, *labels: Label
    ) -> None:
        """Note an error."""
        self.errors.append(Diagnostic(code, message, at, help_, labels))


def sections_of(
    program: syntax.Program,
) -> Iterator[tuple[core.Section, syntax.Statement]]:
    """Yield every statement with the section that it stands in, in order."""
    for document in program.documents:
        for section in document.sections:
            where = core.Section(
                document.source.name,
                section.slug,
                section.title,
                section.path,
                section.quotes,
            )
            for statement in section.statements:
                yield where, statement


def alike(one: Type, other: Type) -> bool:
    """Whether values of two types can be equal: same kind, enumerations that meet."""
    if one.kind != other.kind or one.scale != other.scale:
        return False
    if one.members and other.members:
        return bool(set(one.members) & set(other.members))
    return True


def row_of(tables: Mapping[str, Table], table: Table, position: int) -> str | None:
    """Return the relation whose row a text may read by a column."""
    return table.columns[position].names or reference_of(tables, table, position)


def reference_of(
    tables: Mapping[str, Table], table: Table, position: int
) -> str | None:
    """Return the relation whose rows a column names; a single key names its own.

    A key column that itself references another relation counts as that one.
    """
    column = table.columns[position]
    name = column.references
    if name is None:
        return table.name if table.stated and table.key == (position,) else None
    seen = {table.name}
    while name not in seen and name in tables:
        seen.add(name)
        target = tables[name]
        following = target.columns[target.key[0]].references if target.key else None
        if following is None:
            break
        name = following
    return name
