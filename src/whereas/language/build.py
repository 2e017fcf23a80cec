"""The parts of the syntax tree: one function for each alternative of the grammar.

`ACTIONS` is keyed by the names that `grammar.lark` gives its alternatives. A
function takes what the alternative's symbols became (a `Lexeme` for a terminal).
The tables are data, so the types are only known here: hence `Any`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Label, Span
from whereas.language.syntax import (
    Aggregate,
    Annotations,
    Argument,
    Arithmetic,
    Atom,
    Cite,
    Clause,
    ColumnDeclaration,
    Comparison,
    Constant,
    CorrectableDeclaration,
    CoverageDeclaration,
    Either,
    InputDeclaration,
    Labels,
    Member,
    Membership,
    Move,
    Not,
    OutcomeDeclaration,
    OwnId,
    Parameter,
    ParameterDeclaration,
    QuestionDeclaration,
    RelationDeclaration,
    Shift,
    ShowDeclaration,
    SubjectDeclaration,
    Text,
    TimelineDeclaration,
    TypeDeclaration,
    TypeName,
    UnencodedDeclaration,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from whereas.language.tokens import Lexeme


class RefusedError(Exception):
    """The statement cannot be built; carries the reason. Caught by `parse`."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        """Carry the reason."""
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


@dataclass(frozen=True, slots=True)
class Grouped:
    """An expression in brackets of its own: the brackets count for its place."""

    expression: Any
    span: Span


@dataclass(frozen=True, slots=True)
class Note:
    """An annotation on its way into `Annotations`: the field, the value, the place."""

    field: str
    value: Any
    span: Span


def _inner(expression: Any) -> Any:
    return expression.expression if isinstance(expression, Grouped) else expression


def _around(parts: list[Any]) -> Span:
    first: Span = parts[0].span
    last: Span = parts[-1].span
    return first.to(last)


# --- terms ------------------------------------------------------------------------


def _constant(parts: list[Any]) -> Constant:
    return Constant(parts[0].value, parts[0].span)


def _negative(parts: list[Any]) -> Constant:
    return Constant(-parts[1].value, _around(parts))


def _arithmetic(parts: list[Any]) -> Arithmetic:
    left, op, right = parts
    return Arithmetic(op.text, _inner(left), _inner(right), _around(parts))


def _shift(parts: list[Any]) -> Shift:
    left, op, amount, unit = parts
    word = unit.text if unit.text.endswith("s") else unit.text + "s"
    return Shift(op.text, _inner(left), _inner(amount), word, _around(parts))


# --- literals ---------------------------------------------------------------------


def _atom(parts: list[Any]) -> Atom:
    name, _, arguments, _ = parts
    named: Argument | None = None
    for argument in arguments:
        if argument.column is not None:
            named = argument
        elif named is not None:
            raise RefusedError(
                Diagnostic(
                    Code.POSITION_AFTER_NAME,
                    "a column by position stands after one by name",
                    argument.span,
                    "put the columns by position first, or name this one too",
                    (Label(named.span, "named here"),),
                )
            )
    return Atom(name.text, tuple(arguments), _around(parts), name.span)


def _comparison(parts: list[Any]) -> Comparison:
    left, op, right = parts
    return Comparison(op.text, _inner(left), _inner(right), _around(parts))


def _single(expression: Any, what: str) -> Any:
    if isinstance(expression, Grouped | Arithmetic | Shift):
        raise RefusedError(
            Diagnostic(
                Code.SYNTAX,
                f"{what} must be a variable or a constant, not a calculation",
                expression.span,
                "give the calculation a name first: `X = … ,`",
            )
        )
    return expression


def _aggregate(parts: list[Any]) -> Aggregate:
    target, _, (function, term, body, end) = parts
    return Aggregate(
        _single(target, f"what `{function.text}` is compared with"),
        function.text,
        term,
        tuple(body),
        target.span.to(end.span),
    )


def _membership(parts: list[Any]) -> Membership:
    left, _, members = parts
    term = _single(left, "what is looked for in a set")
    return Membership(term, members.members, negated=False, span=_around(parts))


def _non_membership(parts: list[Any]) -> Membership:
    _, left, _, members = parts
    term = _single(left, "what is looked for in a set")
    return Membership(term, members.members, negated=True, span=_around(parts))


def _either(parts: list[Any]) -> Either:
    branches = parts[1]
    if len(branches) == 1:
        raise RefusedError(
            Diagnostic(
                Code.ONE_ALTERNATIVE,
                "the brackets hold one alternative only",
                _around(parts),
                "drop the brackets, or add the other alternative after a `;`",
            )
        )
    return Either(tuple(tuple(branch) for branch in branches), _around(parts))


# --- annotations ------------------------------------------------------------------

# Those of which a statement has one at most.
_SINGLE = {
    "id": "@id",
    "valid_from": "@from",
    "valid_until": "@until",
    "unproven": "@unproven",
    "code": "@code",
    "prefixes": "@code",
    "end": "@end",
    "any_day": "@any_day",
}


def _annotations(notes: list[Note]) -> Annotations:
    found, places = _collected(notes, "one statement")
    if "id" in places:
        identity: Lexeme = found["id"]
        found["id"], found["id_span"] = identity.value, identity.span
    return Annotations(**found)


def _labels(notes: list[Note]) -> Labels:
    found, _ = _collected(notes, "one name")
    if "prefixes" in found:
        found["code"] = True
    return Labels(**found)


def _collected(notes: list[Note], where: str) -> tuple[dict[str, Any], dict[str, Span]]:
    """Return the value of each field, and where each annotation first stands."""
    found: dict[str, Any] = {}
    places: dict[str, Span] = {}
    for note in notes:
        key = note.field
        if key == "texts":
            key = f"@{note.value[0].language}"
        if (key in _SINGLE or key.startswith("@")) and key in places:
            name = _SINGLE.get(key, key)
            raise RefusedError(
                Diagnostic(
                    Code.ANNOTATION_TWICE,
                    f"`{name}` stands twice on {where}",
                    note.span,
                    "keep one of the two",
                    (Label(places[key], "first here"),),
                )
            )
        places.setdefault(key, note.span)
        if isinstance(note.value, tuple) and note.field not in _SINGLE:
            found[note.field] = found.get(note.field, ()) + note.value
        else:
            found[note.field] = note.value
    return found, places


def _text(parts: list[Any]) -> Note:
    language = parts[0].text[1:]
    negative = parts[6].value if len(parts) == 8 else None
    span = _around(parts)
    return Note("texts", (Text(language, parts[2].value, negative, span),), span)


def _negative_text(parts: list[Any]) -> Note:
    span = _around(parts)
    return Note("texts", (Text(parts[0].text[1:], "", parts[4].value, span),), span)


def _cite(parts: list[Any]) -> Note:
    span = _around(parts)
    return Note("cites", (Cite(parts[2].value, parts[4].value, span),), span)


def _strings(field: str) -> Callable[[list[Any]], Note]:
    def build(parts: list[Any]) -> Note:
        texts = tuple(Constant(each.value, each.span) for each in parts[2])
        return Note(field, texts, _around(parts))

    return build


def _argument_of(field: str) -> Callable[[list[Any]], Note]:
    return lambda parts: Note(field, parts[2], _around(parts))


def _day(parts: list[Any]) -> tuple[date, Variable | None]:
    variable = Variable(parts[2].text, parts[2].span) if len(parts) == 3 else None
    return (parts[0].value, variable)


# --- declarations -----------------------------------------------------------------


def _column(parts: list[Any]) -> ColumnDeclaration:
    *words, notes = parts
    type_ = words[2] if len(words) > 1 else None
    references = words[4].text if len(words) > 3 else None
    return ColumnDeclaration(
        words[0].text,
        type_,
        references,
        _around([*words, *notes]),
        _labels(notes),
        loose=len(words) > 5,
    )


def _optional(parts: list[Any]) -> TypeName:
    type_: TypeName = parts[0]
    return replace(type_, optional=True, span=_around(parts))


def _scaled(parts: list[Any]) -> TypeName:
    return TypeName(parts[0].text, parts[2].value, (), False, _around(parts))


def _set(parts: list[Any]) -> TypeName:
    return TypeName(None, None, tuple(parts[1]), False, _around(parts))


def _words(names: list[Lexeme]) -> tuple[str, ...]:
    return tuple(name.text for name in names)


def _input(parts: list[Any]) -> InputDeclaration:
    _, name, labels, _, columns, _, key, closure, notes, _ = parts
    for column in columns:
        if column.type is None:
            raise RefusedError(
                Diagnostic(
                    Code.COLUMN_TYPE_MISSING,
                    f"column `{column.name}` of an input has no type",
                    column.span,
                    f"write `{column.name}: text`, or another type",
                )
            )
    names, contradictions = key or ([], None)
    return InputDeclaration(
        name.text,
        tuple(columns),
        _words(names),
        closure is True,
        closure if isinstance(closure, CoverageDeclaration) else None,
        _annotations(notes),
        _around(parts),
        name.span,
        _labels(labels),
        contradictions,
    )


def _coverage(parts: list[Any]) -> CoverageDeclaration:
    return CoverageDeclaration(parts[2].text, _words(parts[4]), _around(parts))


def _relation(parts: list[Any]) -> RelationDeclaration:
    _, name, _, columns, _, notes, _ = parts
    return RelationDeclaration(
        name.text, tuple(columns), _annotations(notes), _around(parts), name.span
    )


def _parameter(parts: list[Any]) -> ParameterDeclaration:
    _, name, labels, _, type_, _, default, unsettled, notes, _ = parts
    return ParameterDeclaration(
        name.text,
        type_,
        default,
        unsettled is True,
        _annotations(notes),
        _around(parts),
        _labels(labels),
    )


def _outcome(parts: list[Any]) -> OutcomeDeclaration:
    body = tuple(parts[5]) if len(parts) == 7 else None
    return OutcomeDeclaration(
        parts[1].value,
        parts[2] is True,
        body,
        _annotations(parts[3]),
        _around(parts),
    )


def _show(parts: list[Any]) -> ShowDeclaration:
    names = tuple((name.text, name.span) for name in parts[1])
    return ShowDeclaration(names, _around(parts))


def _timeline(parts: list[Any]) -> TimelineDeclaration:
    _, relation, _, column, _, notes, _ = parts
    return TimelineDeclaration(
        relation.text,
        column.text,
        _annotations(notes),
        _around(parts),
        relation.span,
        column.span,
    )


def _correctable(parts: list[Any]) -> CorrectableDeclaration:
    """Build `correctable`: the words between the relation and the weight differ."""
    _, action, name, *middle, weight, notes, _ = parts
    moves: tuple[Move, ...] = ()
    unless: tuple[tuple[str, Span], ...] = ()
    if action.text == "add":
        *middle, others = middle
        unless = tuple((word.text, word.span) for word in others or ())
    if middle:
        moves = tuple(middle[1])
    return CorrectableDeclaration(
        action.text,
        name.text,
        moves,
        unless,
        weight,
        _annotations(notes),
        _around(parts),
        name.span,
    )


def _clause(parts: list[Any]) -> Clause:
    head: Atom = parts[1]
    body = tuple(parts[3]) if len(parts) == 5 else ()
    span = head.span.to(parts[-1].span)
    return Clause(head, body, _annotations(parts[0]), span)


def _append(parts: list[Any]) -> list[Any]:
    # A list under construction has one owner, so it grows in place.
    items: list[Any] = parts[0]
    items.append(parts[-1])
    return items


ACTIONS: Mapping[str, Callable[[list[Any]], Any]] = {
    "itself": lambda parts: parts[0],
    "nothing": lambda _: None,
    "flag": lambda _: True,
    "first": lambda parts: [parts[0]],
    "next": _append,
    "none_yet": lambda _: [],
    "one_more": _append,
    # statements
    "type_declaration": lambda parts: TypeDeclaration(
        parts[1].text, tuple(parts[4]), _around(parts)
    ),
    "input_declaration": _input,
    "relation_declaration": _relation,
    "parameter_declaration": _parameter,
    "subject_declaration": lambda parts: SubjectDeclaration(
        parts[1].text, _around(parts)
    ),
    "outcome_if": _outcome,
    "outcome_otherwise": _outcome,
    "show_declaration": _show,
    "timeline_declaration": _timeline,
    "unencoded_declaration": lambda parts: UnencodedDeclaration(
        parts[1].value, _annotations(parts[2]), _around(parts)
    ),
    "question_declaration": lambda parts: QuestionDeclaration(
        parts[1].value, _annotations(parts[2]), _around(parts)
    ),
    "correctable_addition": _correctable,
    "correctable_change": _correctable,
    "correctable_withdrawal": _correctable,
    "unless": lambda parts: parts[2],
    "move": lambda parts: Move(
        parts[0].text, parts[1].text if len(parts) == 2 else None, _around(parts)
    ),
    "weight": lambda parts: Constant(parts[1].value, parts[1].span),
    "fact": _clause,
    "rule": _clause,
    # declarations
    "member": lambda parts: Member(parts[0].value, _labels(parts[1]), parts[0].span),
    "untyped_column": _column,
    "column": _column,
    "reference_column": _column,
    "loose_reference_column": _column,
    "required_type": lambda parts: parts[0],
    "optional_type": _optional,
    "named_type": lambda parts: TypeName(parts[0].text, None, (), False, parts[0].span),
    "scaled_type": _scaled,
    "enumeration": lambda parts: parts[0],
    "key": lambda parts: (parts[1], None),
    "contradictory_key": lambda parts: (parts[1], (parts[4].text, parts[4].span)),
    "closed": lambda _: True,
    "covered": _coverage,
    # annotations
    "id": _argument_of("id"),
    "valid_from": _argument_of("valid_from"),
    "valid_until": _argument_of("valid_until"),
    "excepts": _strings("excepts"),
    "subject_to": _strings("subject_to"),
    "unproven": lambda parts: Note("unproven", True, parts[0].span),
    "aliases": _strings("aliases"),
    "code": lambda parts: Note("code", True, parts[0].span),
    "code_prefixes": _strings("prefixes"),
    "end": lambda parts: Note("end", True, parts[0].span),
    "any_day": lambda parts: Note("any_day", True, parts[0].span),
    "cite": _cite,
    "text": _text,
    "text_and_negative": _text,
    "negative_text": _negative_text,
    "day": _day,
    "day_of_variable": _day,
    # literals
    "negation": lambda parts: Not(parts[1], _around(parts)),
    "comparison": _comparison,
    "aggregate": _aggregate,
    "membership": _membership,
    "non_membership": _non_membership,
    "either": _either,
    "count": lambda parts: (parts[0], None, parts[2], parts[3]),
    "fold": lambda parts: (parts[0], parts[1], parts[3], parts[4]),
    "atom": _atom,
    "positional": lambda parts: Argument(None, parts[0], parts[0].span),
    "named": lambda parts: Argument(parts[0].text, parts[2], _around(parts)),
    # terms
    "arithmetic": _arithmetic,
    "shift": _shift,
    "grouped": lambda parts: Grouped(_inner(parts[1]), _around(parts)),
    "variable": lambda parts: Variable(parts[0].text, parts[0].span),
    "parameter": lambda parts: Parameter(parts[0].text[1:], parts[0].span),
    "own_id": lambda parts: OwnId(parts[0].span),
    "set": _set,
    "string": _constant,
    "integer": _constant,
    "decimal": _constant,
    "date": _constant,
    "true": lambda parts: Constant(True, parts[0].span),
    "false": lambda parts: Constant(False, parts[0].span),
    "none": lambda parts: Constant(None, parts[0].span),
    "negative_integer": _negative,
    "negative_decimal": _negative,
}
