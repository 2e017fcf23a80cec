"""Parses texts into syntax trees, and finds every error of a text, not the first.

A block is split at the full stops that end its statements, and each statement is
parsed on its own by the tables of `grammar.lark`. What does not parse is left out
of the tree, with one error, and the next statement begins afresh.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Invalid, Source, Span
from whereas.language import faults
from whereas.language.build import ACTIONS, RefusedError
from whereas.language.expected import Stuck
from whereas.language.syntax import (
    Aggregate,
    Clause,
    Document,
    Either,
    Literal,
    OutcomeDeclaration,
    Program,
    Section,
    Statement,
)
from whereas.language.tables import Tables, tables
from whereas.language.tokens import Lexeme, lex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_KEYWORDS = frozenset(
    {
        "type",
        "input",
        "relation",
        "parameter",
        "subject",
        "outcome",
        "show",
        "timeline",
        "unencoded",
        "question",
        "correctable",
        "add",
        "change",
        "withdraw",
        "unless",
        "same",
        "later",
        "earlier",
        "weight",
        "references",
        "key",
        "contradictions",
        "closed",
        "covered",
        "by",
        "unsettled",
        "wanted",
        "if",
        "otherwise",
        "not",
        "in",
        "count",
        "sum",
        "min",
        "max",
        "day",
        "days",
        "month",
        "months",
        "true",
        "false",
        "none",
    }
)


def parse_package(sources: Sequence[Source]) -> Program:
    """Return the program that the files of a package make; all errors at once."""
    documents: list[Document] = []
    diagnostics: list[Diagnostic] = []
    for source in sources:
        document, faulty = parse_document(source)
        documents.append(document)
        diagnostics.extend(faulty)
    if any(each.is_error for each in diagnostics):
        raise Invalid(diagnostics)
    return Program(tuple(documents))


def parse_document(source: Source) -> tuple[Document, list[Diagnostic]]:
    """Return the sections of a Markdown file with their rules, and what is wrong."""
    from whereas.language.markdown import outline

    found = outline(source)
    diagnostics = list(found.diagnostics)
    sections: list[Section] = []
    for part in found.parts:
        statements: list[Statement] = []
        for block in part.blocks:
            parsed, faulty = parse_rules(found.source, block.start, block.end)
            statements.extend(parsed)
            diagnostics.extend(faulty)
        sections.append(
            Section(
                part.slug,
                part.title,
                part.path,
                part.quotes,
                tuple(statements),
                part.span,
            )
        )
    return Document(found.source, tuple(sections)), diagnostics


def parse_rules(
    source: Source, start: int = 0, end: int | None = None
) -> tuple[tuple[Statement, ...], list[Diagnostic]]:
    """Return the statements of a stretch of rules, and what is wrong with it."""
    lexed = lex(source, start, end)
    diagnostics = list(lexed.diagnostics)
    statements: list[Statement] = []
    reported = {each.at.start for each in diagnostics if isinstance(each.at, Span)}
    broken_off: Span | None = None
    for words in split(lexed.lexemes):
        # `X.name`: what stands right behind a false full stop is no statement.
        severed = broken_off is not None and broken_off.end == words[0].span.start
        broken_off = None
        if severed or any(word.kind == "ERROR" for word in words):
            continue
        faulty = _statement(words, statements)
        if faulty:
            broken_off = words[-1].span
        diagnostics.extend(
            each
            for each in faulty
            if not (isinstance(each.at, Span) and each.at.start in reported)
        )
    return tuple(statements), diagnostics


def parse_body(text: str, name: str = "query") -> tuple[Literal, ...]:
    """Return the conditions of a rule's body that stands alone, as a query does."""
    source = Source(name, text)
    lexed = lex(source)
    if lexed.diagnostics:
        raise Invalid(lexed.diagnostics)
    words = list(lexed.lexemes)
    if words and words[-1].kind == "DOT":
        words.pop()
    if not words:
        raise Invalid(
            [
                Diagnostic(
                    Code.SYNTAX,
                    "expected a condition, found nothing",
                    None,
                    "ask for a relation: `name(X)`",
                )
            ]
        )
    fault = faults.bracket_fault(words) or faults.length_fault(words)
    if fault is not None:
        raise Invalid([fault])
    try:
        body = tuple(_run(tables(), "body", words))
        _bounded(body)
    except _StuckError as stuck:
        raise Invalid([faults.fault(stuck.place, 0)]) from None
    except RefusedError as refused:
        raise Invalid([refused.diagnostic]) from None
    return body


def split(lexemes: Sequence[Lexeme]) -> Iterator[Sequence[Lexeme]]:
    """Yield the lexemes of one statement after the other, each with its full stop."""
    begun = 0
    for index, lexeme in enumerate(lexemes):
        if lexeme.kind == "DOT":
            yield lexemes[begun : index + 1]
            begun = index + 1
    if begun < len(lexemes):
        yield lexemes[begun:]


def _statement(
    words: Sequence[Lexeme], statements: list[Statement]
) -> list[Diagnostic]:
    """Add what stands before a full stop; return what is wrong with it."""
    fault = faults.bracket_fault(words) or faults.length_fault(words)
    if fault is not None:
        return [fault]
    diagnostics: list[Diagnostic] = []
    # Where a full stop is missing, two statements stand before the next one.
    while words:
        try:
            statement: Statement = _run(tables(), "statement", words)
            _bounded(_body_of(statement))
        except RefusedError as refused:
            return [*diagnostics, refused.diagnostic]
        except _StuckError as stuck:
            indent = words[0].span.column
            diagnostics.append(faults.fault(stuck.place, indent))
            if not faults.is_new_statement(stuck.place, indent):
                return diagnostics
            words = words[stuck.place.index :]
        else:
            statements.append(statement)
            return diagnostics
    return diagnostics


def _body_of(statement: Statement) -> tuple[Literal, ...]:
    match statement:
        case Clause(body=body):
            return body
        case OutcomeDeclaration(body=body):
            return body or ()
        case _:
            return ()


def _bounded(body: tuple[Literal, ...]) -> None:
    waiting, seen = list(reversed(body)), 0
    while waiting:
        literal = waiting.pop()
        seen += 1
        if seen > faults.MOST_LITERALS:
            raise RefusedError(
                Diagnostic(
                    Code.STATEMENT_TOO_LONG,
                    f"a body has more than {faults.MOST_LITERALS} conditions",
                    literal.span,
                    "make relations of its parts, and name them",
                )
            )
        if isinstance(literal, Either):
            waiting.extend(each for branch in literal.branches for each in branch)
        elif isinstance(literal, Aggregate):
            waiting.extend(literal.body)


# --- the machine ------------------------------------------------------------------


class _StuckError(Exception):
    """The machine has no way on."""

    def __init__(self, place: Stuck) -> None:
        super().__init__()
        self.place = place


def _run(table: Tables, start: str, words: Sequence[Lexeme]) -> Any:
    """Return what a sequence of lexemes is, by the tables: a shift-reduce machine."""
    states = [table.starts[start]]
    values: list[Any] = []
    for index in range(len(words) + 1):
        word = words[index] if index < len(words) else None
        symbol = "$END" if word is None else _symbol(table, states, words, index)
        while True:
            action = table.states[states[-1]].get(symbol)
            if action is None:
                raise _StuckError(Stuck(words, index, _expected(table, states)))
            if action >= 0:
                states.append(action)
                values.append(word)
                break
            production = table.productions[-1 - action]
            first = len(values) - production.length
            parts = values[first:]
            del states[first + 1 :], values[first:]
            values.append(ACTIONS[production.name](parts))
            states.append(table.states[states[-1]][production.origin])
            if word is None and states[-1] == table.ends[start]:
                return values[0]
    raise AssertionError(start)


def _symbol(
    table: Tables, states: list[int], words: Sequence[Lexeme], index: int
) -> str:
    """Return the terminal that a lexeme is: a word is a keyword only where one fits."""
    word = words[index]
    if word.kind != "WORD":
        return word.kind
    keyword = word.text.upper()
    if word.text not in _KEYWORDS or not _accepts(table, states, keyword):
        return "NAME"
    after = words[index + 1].kind if index + 1 < len(words) else ""
    if (
        word.text != "not"
        and after in {"LPAR", "COLON"}
        and _accepts(table, states, "NAME")
    ):
        return "NAME"
    return keyword


def _accepts(table: Tables, states: list[int], symbol: str) -> bool:
    """Whether a terminal can come next: reductions are tried without their values."""
    stack = list(states)
    while True:
        action = table.states[stack[-1]].get(symbol)
        if action is None:
            return False
        if action >= 0:
            return True
        production = table.productions[-1 - action]
        if production.length:
            del stack[-production.length :]
        target = table.states[stack[-1]].get(production.origin)
        if target is None:
            return False
        stack.append(target)


def _expected(table: Tables, states: list[int]) -> frozenset[str]:
    return frozenset(
        symbol
        for symbol in table.states[states[-1]]
        if not symbol.islower() and _accepts(table, states, symbol)
    )
