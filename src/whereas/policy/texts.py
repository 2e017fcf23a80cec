"""Checks the texts of a policy and the holes in them: `{Product.name_zh}`, `{X|none}`.

`parse_text` is how everyone reads a text: the checks here, and who renders.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Span
from whereas.language import syntax
from whereas.policy import core
from whereas.policy.inference import rows_in
from whereas.policy.scope import DAY, Scope, row_of, sections_of
from whereas.policy.spelling import did_you_mean, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from whereas.policy.resolve import Draft

# The one hole in the text of a `timeline`.
DAYS = "days"
_BRACES = re.compile(r"\{\{|\}\}|[{}]")


@dataclass(frozen=True, slots=True)
class Hole:
    """`{name.column|fallback}`, or `{$name}` for a parameter.

    `fallback` is said where the value is `none`, or where any would do.
    """

    name: str
    column: str | None = None
    fallback: str | None = None
    parameter: bool = False


class MalformedTextError(ValueError):
    """A brace without its other, or a hole that is none; `offset` is where."""

    def __init__(self, message: str, offset: int, length: int = 1) -> None:
        """Note what is wrong, and where in the text."""
        super().__init__(message)
        self.offset = offset
        self.length = length


@functools.cache
def parse_text(text: str) -> tuple[str | Hole, ...]:
    """Return a text's words and holes in order; `{{` and `}}` are braces."""
    parts: list[str | Hole] = []
    for part, _ in _scan(text):
        if isinstance(part, str) and parts and isinstance(parts[-1], str):
            parts[-1] += part
        else:
            parts.append(part)
    return tuple(parts)


def _scan(text: str) -> Iterator[tuple[str | Hole, str]]:
    """Yield words and holes, each with the characters that it was read from."""
    at = 0
    for found in _BRACES.finditer(text):
        if found.start() < at:
            continue
        if found.start() > at:
            yield text[at : found.start()], text[at : found.start()]
        raw = found[0]
        at = found.end()
        if raw in {"{{", "}}"}:
            yield raw[0], raw
        elif raw == "}":
            raise MalformedTextError("`}` closes nothing", found.start())
        else:
            end = text.find("}", at)
            if end < 0:
                raise MalformedTextError("`{` is not closed", found.start())
            raw = text[found.start() : end + 1]
            yield _hole(raw, found.start()), raw
            at = end + 1
    if at < len(text):
        yield text[at:], text[at:]


def _hole(raw: str, at: int) -> Hole:
    name, bar, fallback = raw[1:-1].partition("|")
    name, dot, column = name.strip().partition(".")
    parameter = name.startswith("$")
    name = name.removeprefix("$")
    if not _is_name(name) or (dot and not _is_name(column)) or "{" in fallback:
        raise MalformedTextError(f"`{raw}` is not a hole", at, len(raw))
    return Hole(name, column if dot else None, fallback if bar else None, parameter)


def _is_name(word: str) -> bool:
    return word.isidentifier()


def sentences(texts: Iterable[syntax.Text]) -> Mapping[str, core.Sentence]:
    """Return the sentences of annotations, by language."""
    return {
        one.language: core.Sentence(one.text, one.negative)
        for one in texts
        if one.text or one.negative is None
    }


def negatives(texts: Iterable[syntax.Text]) -> Mapping[str, str]:
    """Return what annotations say of a failure, where they say nothing else."""
    return {
        one.language: one.negative
        for one in texts
        if one.negative is not None and not one.text
    }


@dataclass(frozen=True, slots=True)
class Names:
    """What the holes of a text may name, and the relation whose row each names."""

    kind: str
    known: Mapping[str, str | None]


def check_texts(
    scope: Scope,
    program: syntax.Program,
    drafts: Sequence[tuple[Draft, frozenset[str]]],
) -> list[Diagnostic]:
    """Return an error for each hole that names nothing, and each wrong language.

    Each draft comes with the variables that its body binds whichever alternative
    holds.
    """
    checker = _Checker(scope)
    rules = {id(draft.clause): (draft, bound) for draft, bound in drafts}
    for _, statement in sections_of(program):
        for labels in _labels(statement):
            checker.languages(labels.texts)
        match statement:
            case syntax.Clause():
                known = rules.get(id(statement))
                names = None
                if known is not None:
                    draft, bound = known
                    rows = rows_in(draft, scope)
                    names = Names("variable", {n: rows.get(n) for n in sorted(bound)})
                checker.texts(statement.annotations.texts, names)
            case syntax.InputDeclaration() | syntax.RelationDeclaration():
                checker.texts(
                    statement.annotations.texts, _columns(scope, statement.name)
                )
            case syntax.CorrectableDeclaration(predicate=name):
                is_known = name in scope.tables
                checker.texts(
                    statement.annotations.texts,
                    _columns(scope, name) if is_known else None,
                )
            case (
                syntax.OutcomeDeclaration()
                | syntax.ParameterDeclaration()
                | syntax.UnencodedDeclaration()
                | syntax.QuestionDeclaration()
            ):
                checker.texts(statement.annotations.texts, Names("name", {}))
            case syntax.TimelineDeclaration():
                checker.texts(statement.annotations.texts, Names("name", {DAYS: None}))
            case _:
                pass
    return checker.errors


def _labels(statement: syntax.Statement) -> Iterator[syntax.Labels]:
    """Yield what a statement calls things: its own name, columns, members."""
    match statement:
        case syntax.InputDeclaration() | syntax.RelationDeclaration():
            yield from (column.labels for column in statement.columns)
        case syntax.TypeDeclaration():
            yield from (member.labels for member in statement.members)
    if isinstance(statement, syntax.InputDeclaration | syntax.ParameterDeclaration):
        yield statement.labels


def _columns(scope: Scope, name: str) -> Names | None:
    table = scope.tables[name]
    if table.broken:
        return None
    return Names(
        "column",
        {
            column.name: row_of(scope.tables, table, i)
            for i, column in enumerate(table.columns)
            if column.name is not None
        },
    )


class _Checker:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.errors: list[Diagnostic] = []

    def error(self, code: Code, message: str, at: Span, help_: str) -> None:
        self.errors.append(Diagnostic(code, message, at, help_))

    def languages(self, texts: Sequence[syntax.Text]) -> None:
        spoken = self.scope.manifest.languages
        for text in texts:
            if text.language not in spoken:
                self.error(
                    Code.UNKNOWN_LANGUAGE,
                    f"`{text.language}` is not a language of this policy",
                    text.span,
                    did_you_mean(
                        text.language,
                        spoken,
                        "add it to `languages` in `policy.toml`, or drop the text",
                    ),
                )

    def texts(self, texts: Sequence[syntax.Text], names: Names | None) -> None:
        self.languages(texts)
        for text in texts:
            for words in (text.text, text.negative):
                if words is not None:
                    self.holes(words, text.span, names)

    def holes(self, words: str, span: Span, names: Names | None) -> None:
        try:
            parts = list(_scan(words))
        except MalformedTextError as error:
            self.error(
                Code.MALFORMED_HOLE,
                str(error),
                _within(span, words[error.offset : error.offset + error.length]),
                "write `{Name}`, `{Name.column}` or `{Name|if none}`; "
                "a brace itself is `{{` or `}}`",
            )
            return
        for part, raw in parts:
            if isinstance(part, Hole):
                self.hole(part, _within(span, raw), names)

    def hole(self, hole: Hole, at: Span, names: Names | None) -> None:
        if hole.parameter:
            known = [*self.scope.defaults, DAY]
            if hole.name not in known:
                self.error(
                    Code.UNKNOWN_HOLE,
                    f"`${hole.name}` names no parameter",
                    at,
                    did_you_mean(hole.name, known, "name a parameter of the policy"),
                )
            return
        if names is None:
            return
        if hole.name not in names.known:
            what = "rule" if names.kind == "variable" else "relation"
            way = (
                f"the {names.kind}s are {listed(names.known)}"
                if names.known
                else "only `{$parameter}` has a value here"
            )
            where = f" of the {what}" if names.kind != "name" else ""
            self.error(
                Code.UNKNOWN_HOLE,
                f"`{hole.name}` names no {names.kind}{where}"
                if names.kind != "name"
                else f"`{hole.name}` names nothing: this text has no row",
                at,
                did_you_mean(hole.name, names.known, way),
            )
            return
        if hole.column is None:
            return
        target = names.known[hole.name]
        if target is None:
            self.error(
                Code.UNKNOWN_HOLE_COLUMN,
                f"`{hole.name}` names no row, so that it has no `{hole.column}`",
                at,
                "declare its column `references` an input, or drop the `."
                f"{hole.column}`",
            )
            return
        table = self.scope.tables[target]
        if hole.column not in table.names:
            self.error(
                Code.UNKNOWN_HOLE_COLUMN,
                f"`{target}` has no column `{hole.column}`",
                at,
                did_you_mean(
                    hole.column, table.names, f"its columns are {listed(table.names)}"
                ),
            )


def _within(span: Span, raw: str) -> Span:
    """Return where some words of a text stand; the whole text where they do not."""
    start = span.text.find(raw) if raw else -1
    if start < 0:
        return span
    return Span(span.source, span.start + start, span.start + start + len(raw))
