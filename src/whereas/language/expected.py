"""Says where the parser stopped and what could stand there, in an author's words."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whereas.language.tokens import Lexeme

STATEMENTS = (
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
)
COMPARATORS = {"EQUAL", "NOTEQUAL", "LESSTHAN", "ATMOST", "MORETHAN", "ATLEAST"}
RULE_ONLY = {
    "AT_ID",
    "AT_FROM",
    "AT_UNTIL",
    "AT_EXCEPT",
    "AT_SUBJECT_TO",
    "AT_UNPROVEN",
}
LABEL_ONLY = {"AT_ALIAS", "AT_CODE", "AT_END"}
CONSTANTS = {"STRING", "INTEGER", "DECIMAL", "DATE", "TRUE", "FALSE", "NONE"}
_NAMES = {
    "NAME": "a name",
    "VARIABLE": "a variable",
    "SETTING": "a `$parameter`",
    "STRING": "a text in quotation marks",
    "INTEGER": "a number",
    "DECIMAL": "a number",
    "DATE": "a date",
    "AT_LANGUAGE": "`@en(…)`",
    "AT_CITE": "`@cite(…)`",
    "IF_BODY": "`:-`",
    "DOT": "`.`",
    "COMMA": "`,`",
    "SEMICOLON": "`;`",
    "COLON": "`:`",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "LBRACE": "`{`",
    "RBRACE": "`}`",
    "EQUAL": "`=`",
    "QMARK": "`?`",
    "PLUS": "`+`",
    "MINUS": "`-`",
    "STAR": "`*`",
    "$END": "the end",
}
# What an author may write for a span of days or months.
_SPANS = dict.fromkeys(("year", "years"), "write months: a year is 12") | dict.fromkeys(
    ("week", "weeks"), "write days: a week is 7"
)


@dataclass(frozen=True, slots=True)
class Stuck:
    """Where the parser stuck: the lexeme's index, and the terminals it could take."""

    statement: Sequence[Lexeme]
    index: int
    expected: frozenset[str]

    def at(self, distance: int) -> Lexeme | None:
        """Return the lexeme that many places on, or None beyond the statement."""
        index = self.index + distance
        return self.statement[index] if 0 <= index < len(self.statement) else None


def kind_of(lexeme: Lexeme | None) -> str:
    """Return the kind of a lexeme; nothing has an empty kind."""
    return lexeme.kind if lexeme is not None else ""


def unexpected(stuck: Stuck) -> Diagnostic:
    """Return the error that says what was expected, and what stands there."""
    here, before = stuck.at(0), stuck.at(-1)
    if here is None:
        found, at = "the end of the text", before.span if before else None
    else:
        found, at = f"`{here.text}`", here.span
    if stuck.index == 0:
        return Diagnostic(
            Code.SYNTAX,
            f"expected a statement, found {found}",
            at,
            "a rule begins with a relation, `name(…) :- …`; a declaration with one of "
            + ", ".join(f"`{each}`" for each in STATEMENTS),
        )
    words = _expected_words(stuck.expected)
    listed = words[0]
    if len(words) > 1:
        listed = ", ".join(words[:-1]) + " or " + words[-1]
    advice = f"write {listed}, or delete what stands here"
    if "COMMA" in stuck.expected and (
        kind_of(here) in {"VARIABLE", "LPAR", "SETTING", "STRING"}
        or kind_of(stuck.at(1)) in {"LPAR", "COLON"}
        or stuck.statement[0].text == "show"
    ):
        advice = "put a `,` between the two"
    elif "MONTHS" in stuck.expected and kind_of(here) == "WORD" and here:
        advice = _SPANS.get(here.text, advice)
    elif here is not None and here.kind == "WORD":
        near = difflib.get_close_matches(
            here.text,
            sorted(each.lower() for each in stuck.expected if each not in _NAMES),
            1,
            0.7,
        )
        if near:
            advice = f"did you mean `{near[0]}`?"
    return Diagnostic(Code.SYNTAX, f"expected {listed}, found {found}", at, advice)


def _expected_words(expected: frozenset[str]) -> list[str]:
    """Return what could stand here, as an author calls it."""
    words: list[str] = []
    if {"VARIABLE", "STRING"} <= expected:
        words.append("a condition" if {"NOT", "NAME"} <= expected else "a value")
    elif {"STRING", "INTEGER"} <= expected:
        words.append("a constant")
    hidden = (
        RULE_ONLY
        | LABEL_ONLY
        | {"AT_ANY_DAY"}
        | ({"AT_LANGUAGE"} if "COLON" in expected else set())
        | ({"AT_CITE"} if "AT_LANGUAGE" in expected else set())
    )
    if words:
        hidden |= CONSTANTS | {"VARIABLE", "SETTING", "NAME", "NOT", "MINUS", "LPAR"}
    if "NOTEQUAL" in expected:
        words.append("a comparison")
        hidden |= COMPARATORS | {"IN"}
    if "DOT" in expected or "NOTEQUAL" in expected:
        hidden |= {"PLUS", "MINUS", "STAR"}
    for name in sorted(expected - hidden, key=lambda each: (each not in _NAMES, each)):
        word = _NAMES.get(name) or f"`{name.lower()}`"
        if word not in words:
            words.append(word)
    return words or ["nothing more"]
