"""The syntax tree: what an author wrote, statement by statement, with spans.

Nothing here is resolved: columns may be named, `_` is a variable called `_`,
alternatives and `@id` stand as written. `whereas.policy` turns it into rules.
Two trees are equal when they say the same thing: spans are never compared.
"""

# ruff: noqa: RUF009 (each call of `_span` makes a field of its own)

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from whereas.diagnostics import Source, Span
    from whereas.values import Value


def _span() -> Span:
    return field(compare=False, repr=False)  # type: ignore[no-any-return]


# --- terms and expressions --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Variable:
    """A placeholder; `_` is a fresh one wherever it stands."""

    name: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Constant:
    """A value as written: text, integer, decimal, date, boolean, or `none` (None)."""

    value: Value
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Parameter:
    """`$name`: a parameter of the policy, or `$today`."""

    name: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class OwnId:
    """`@id` as a term: the id of the rule in which it stands."""

    span: Span = _span()


Term = Variable | Constant | Parameter | OwnId


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`left op right` with op one of `+ - *`; two dates may be subtracted."""

    op: str
    left: Expression
    right: Expression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Shift:
    """`left op amount unit`: a date moved by days or months; op is `+` or `-`."""

    op: str
    left: Expression
    amount: Expression
    unit: str
    span: Span = _span()


Expression = Term | Arithmetic | Shift


# --- literals ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of an atom: by position (`column` is None) or by name."""

    column: str | None
    term: Term
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Atom:
    """A predicate applied to terms: positional arguments first, then named ones."""

    predicate: str
    arguments: tuple[Argument, ...]
    span: Span = _span()
    predicate_span: Span = _span()


@dataclass(frozen=True, slots=True)
class Not:
    """`not atom`."""

    atom: Atom
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left op right` with op one of `= != < <= > >=`."""

    op: str
    left: Expression
    right: Expression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Membership:
    """`term in {…}`, or `not term in {…}`."""

    term: Term
    members: tuple[Constant, ...]
    negated: bool
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Either:
    """`( A ; B, C )`: alternatives, each a conjunction."""

    branches: tuple[tuple[Literal, ...], ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`target = function term { body }`; `count` has no term (None)."""

    target: Term
    function: str
    term: Term | None
    body: tuple[Literal, ...]
    span: Span = _span()


Literal = Atom | Not | Comparison | Membership | Either | Aggregate


# --- annotations ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """`@en("…", not: "…")`: a sentence in a language, and what is said if it fails.

    Of a relation, `@en(not: "…")` says the latter alone; its text is empty.
    """

    language: str
    text: str
    negative: str | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Cite:
    """`@cite("SUM", "eligibility 3")`: a source and the place in it."""

    source: str
    place: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Annotations:
    """All that stands before (a rule) or after (a declaration) with an `@`.

    `valid_from` and `valid_until` hold the day and the variable (or None: $today).
    """

    id: str | None = None
    id_span: Span | None = field(default=None, compare=False, repr=False)
    cites: tuple[Cite, ...] = ()
    texts: tuple[Text, ...] = ()
    valid_from: tuple[date, Variable | None] | None = None
    valid_until: tuple[date, Variable | None] | None = None
    excepts: tuple[Constant, ...] = ()
    subject_to: tuple[Constant, ...] = ()
    unproven: bool = False
    any_day: bool = False


# --- statements -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Labels:
    """`@en("date made") @alias("Mfg date") @code`, right after what they belong to.

    `texts` say what it is called in each language, `aliases` are further names that
    files may use; a column with `code` holds codes, which have no blanks, nor one of
    the `prefixes`. A date with `end` is the day on which the fact ends; with `any_day`
    it says nothing of when the fact is there; with neither, the fact is there from that
    day on.
    """

    texts: tuple[Text, ...] = ()
    aliases: tuple[Constant, ...] = ()
    code: bool = False
    prefixes: tuple[Constant, ...] = ()
    end: bool = False
    any_day: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an enumeration, with its labels."""

    value: str
    labels: Labels
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type as written: a word (`text`, `scale`), `decimal(2)`, or `{"a", "b"}`."""

    name: str | None
    scale: int | None
    members: tuple[Constant, ...]
    optional: bool
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ColumnDeclaration:
    """`name: type references relation`; in a `relation` the type may be left out.

    `loose` is `references relation?`: the row may be missing.
    """

    name: str
    type: TypeName | None
    references: str | None
    span: Span = _span()
    labels: Labels = Labels()
    loose: bool = False


@dataclass(frozen=True, slots=True)
class TypeDeclaration:
    """`type scale = {"pilot" @en("pilot scale"), …}.`."""

    name: str
    members: tuple[Member, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class InputDeclaration:
    """`input name labels (columns) key a, b closed | covered by atom.`.

    `contradictions` is the relation that has the rows of one key that differ
    (`key a, b contradictions in name`), and its place.
    """

    name: str
    columns: tuple[ColumnDeclaration, ...]
    key: tuple[str, ...]
    closed: bool
    covered_by: CoverageDeclaration | None
    annotations: Annotations
    span: Span = _span()
    name_span: Span = _span()
    labels: Labels = Labels()
    contradictions: tuple[str, Span] | None = None


@dataclass(frozen=True, slots=True)
class CoverageDeclaration:
    """`covered by recall_checked(batch)`: a relation, and our columns in its order."""

    predicate: str
    columns: tuple[str, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class RelationDeclaration:
    """`relation name(columns) @en(…).`: names (and types) for a derived relation."""

    name: str
    columns: tuple[ColumnDeclaration, ...]
    annotations: Annotations
    span: Span = _span()
    name_span: Span = _span()


@dataclass(frozen=True, slots=True)
class ParameterDeclaration:
    """`parameter name labels: type = default unsettled.`."""

    name: str
    type: TypeName
    default: Constant
    unsettled: bool
    annotations: Annotations
    span: Span = _span()
    labels: Labels = Labels()


@dataclass(frozen=True, slots=True)
class Clause:
    """A rule, or (with an empty body) a ground fact of the policy."""

    head: Atom
    body: tuple[Literal, ...]
    annotations: Annotations
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class SubjectDeclaration:
    """`subject batch.`."""

    predicate: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class OutcomeDeclaration:
    """`outcome "name" wanted @en(…) if body.`, or `otherwise` (body is None)."""

    name: str
    wanted: bool
    body: tuple[Literal, ...] | None
    annotations: Annotations
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ShowDeclaration:
    """`show a, b.`."""

    predicates: tuple[tuple[str, Span], ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class TimelineDeclaration:
    """`timeline filing(filed) @en(…).`: the date column that a timeline moves."""

    predicate: str
    column: str
    annotations: Annotations
    span: Span = _span()
    predicate_span: Span = _span()
    column_span: Span = _span()


@dataclass(frozen=True, slots=True)
class UnencodedDeclaration:
    """`unencoded "ANN-2(3)b" @en("…").`."""

    id: str
    annotations: Annotations
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class QuestionDeclaration:
    """`question "Q-1" @cite("SUM", "3") @en("which day counts?").`."""

    id: str
    annotations: Annotations
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Move:
    """A column that may be corrected: to any value, or `later` or `earlier` only."""

    column: str
    direction: str | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class CorrectableDeclaration:
    """`correctable add | change | withdraw relation … weight n @en("…").`.

    `moves` are the columns that a change may touch, or the days of a new row that
    can only be `later`; `unless` the columns whose values a new row must not share
    with a row on file.
    """

    action: str
    predicate: str
    moves: tuple[Move, ...]
    unless: tuple[tuple[str, Span], ...]
    weight: Constant | None
    annotations: Annotations
    span: Span = _span()
    predicate_span: Span = _span()


Statement = (
    TypeDeclaration
    | InputDeclaration
    | RelationDeclaration
    | ParameterDeclaration
    | Clause
    | SubjectDeclaration
    | OutcomeDeclaration
    | ShowDeclaration
    | TimelineDeclaration
    | UnencodedDeclaration
    | QuestionDeclaration
    | CorrectableDeclaration
)


# --- documents --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it: its slug, and the regulation's words quoted.

    `path` is the list of headings above and including this one.
    """

    slug: str
    title: str
    path: tuple[str, ...]
    quotes: tuple[str, ...]
    statements: tuple[Statement, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Document:
    """One Markdown file: its sections in order (the first may have no heading)."""

    source: Source = field(compare=False, repr=False)
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """The parsed files of a package, in the order of their names."""

    documents: tuple[Document, ...]
