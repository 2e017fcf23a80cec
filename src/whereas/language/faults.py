"""Says what is wrong with a statement that does not parse, in an author's words.

The parser knows the lexeme at which it stuck and what it could have gone on with.
From these and from the neighbours, `fault` tells the commonest slips apart; what
none of them explains is told as "expected …, found …".
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Label
from whereas.language.expected import (
    COMPARATORS,
    LABEL_ONLY,
    RULE_ONLY,
    STATEMENTS,
    Stuck,
    kind_of,
    unexpected,
)
from whereas.language.tokens import ANNOTATIONS, Lexeme

if TYPE_CHECKING:
    from collections.abc import Sequence

DEEPEST = 50
LONGEST_CALCULATION = 50
MOST_LITERALS = 500
_OPERATORS = COMPARATORS | {"PLUS", "MINUS", "STAR"}
_AGGREGATES = {"count", "sum", "min", "max"}
_PAIRS = {"LPAR": "RPAR", "LBRACE": "RBRACE"}
_CLOSING = {"RPAR": ")", "RBRACE": "}"}


def bracket_fault(statement: Sequence[Lexeme]) -> Diagnostic | None:
    """Return what is wrong with a statement's brackets, if anything."""
    opened: list[Lexeme] = []
    for lexeme in statement:
        if lexeme.kind in _PAIRS:
            opened.append(lexeme)
            if len(opened) > DEEPEST:
                return Diagnostic(
                    Code.NESTED_TOO_DEEP,
                    f"brackets stand more than {DEEPEST} deep",
                    lexeme.span,
                    "make a relation of the inner part, and name it",
                )
        elif lexeme.kind in _CLOSING:
            if not opened:
                return Diagnostic(
                    Code.BRACKET_UNOPENED,
                    f"`{lexeme.text}` closes nothing",
                    lexeme.span,
                    "delete it, or open the bracket before it",
                )
            last = opened.pop()
            if _PAIRS[last.kind] != lexeme.kind:
                meant = _CLOSING[_PAIRS[last.kind]]
                return Diagnostic(
                    Code.BRACKET_UNOPENED,
                    f"`{lexeme.text}` cannot close `{last.text}`",
                    lexeme.span,
                    f"close `{last.text}` with `{meant}` first",
                    (Label(last.span, "opened here"),),
                )
    if opened:
        last = opened[-1]
        return Diagnostic(
            Code.BRACKET_UNCLOSED,
            f"`{last.text}` is not closed before the statement ends",
            last.span,
            f"close it with `{_CLOSING[_PAIRS[last.kind]]}`",
        )
    return None


def length_fault(statement: Sequence[Lexeme]) -> Diagnostic | None:
    """Return whether a calculation has more steps than anyone can follow."""
    steps = 0
    for lexeme in statement:
        if lexeme.kind in {"PLUS", "MINUS", "STAR"}:
            steps += 1
            if steps > LONGEST_CALCULATION:
                return Diagnostic(
                    Code.STATEMENT_TOO_LONG,
                    f"a calculation has more than {LONGEST_CALCULATION} steps",
                    lexeme.span,
                    "give its parts names: `X = … ,`",
                )
        elif lexeme.kind in {"COMMA", "SEMICOLON", "LBRACE", "RBRACE", "IF_BODY"}:
            steps = 0
    return None


def full_stop_missing(last: Lexeme) -> Diagnostic:
    """Return the error of a statement that ends without its full stop."""
    return Diagnostic(
        Code.FULL_STOP_MISSING,
        "the statement that ends here has no full stop",
        last.span,
        "end it with `.`",
    )


def fault(stuck: Stuck, indent: int) -> Diagnostic:
    """Return what is wrong where the parser stuck.

    `indent` is the column at which the statement began: what stands on a new line
    and no further in is the beginning of another statement.
    """
    if is_new_statement(stuck, indent):
        return full_stop_missing(stuck.statement[stuck.index - 1])
    for explain in (
        _foreign_word,
        _statement,
        _annotation,
        _stop,
        _body,
        _negation,
        _call,
        _aggregate,
        _word,
    ):
        found = explain(stuck)
        if found is not None:
            return found
    return unexpected(stuck)


def is_new_statement(stuck: Stuck, indent: int) -> bool:
    """Whether the lexeme looks like the first of another statement."""
    here, before = stuck.at(0), stuck.at(-1)
    return (
        here is not None
        and before is not None
        and here.kind in {"WORD", "VARIABLE"} | RULE_ONLY | {"AT_CITE", "AT_LANGUAGE"}
        and "DOT" in stuck.expected
        and here.span.line > before.span.line
        and here.span.column <= indent
    )


def _foreign_word(stuck: Stuck) -> Diagnostic | None:
    here = stuck.at(0)
    if here is None or here.kind != "WORD" or stuck.index == 0:
        return None
    meant = {
        "and": "write `,`",
        "or": "write alternatives in brackets: `( A ; B )`",
        "is": "write `=`",
        "if": "write `:-`",
    }.get(here.text)
    if meant is None or kind_of(stuck.at(1)) == "COLON":
        return None
    return Diagnostic(
        Code.FOREIGN_OPERATOR,
        f"`{here.text}` does not join conditions",
        here.span,
        meant,
    )


def _statement(stuck: Stuck) -> Diagnostic | None:
    here, after = stuck.at(0), stuck.at(1)
    before = stuck.at(-1)
    word = here
    if stuck.index == 1 and before is not None and before.kind == "WORD":
        # `imput batch(…)`: the first word was taken for a relation's name.
        word, after = before, here
    elif stuck.index != 0:
        return None
    if word is None or word.kind != "WORD" or kind_of(after) == "LPAR":
        return None
    if stuck.index == 1 and word.text in STATEMENTS:
        return None
    if kind_of(after) in {"IF_BODY", "DOT", ""}:
        return Diagnostic(
            Code.BARE_WORD,
            f"`{word.text}` has no columns",
            word.span,
            f"a relation has at least one column: `{word.text}(X)`",
        )
    near = difflib.get_close_matches(word.text, STATEMENTS, 1, 0.7)
    return Diagnostic(
        Code.UNKNOWN_STATEMENT,
        f"no statement begins with `{word.text}`",
        word.span,
        f"did you mean `{near[0]}`?"
        if near
        else "a rule begins with a relation, `name(…) :- …`; a declaration with one of "
        + ", ".join(f"`{each}`" for each in STATEMENTS),
    )


def _annotation(stuck: Stuck) -> Diagnostic | None:
    here = stuck.at(0)
    if here is None:
        return None
    if here.kind == "AT_UNKNOWN":
        near = difflib.get_close_matches(here.text[1:], ANNOTATIONS, 1, 0.6)
        return Diagnostic(
            Code.UNKNOWN_ANNOTATION,
            f"there is no annotation `{here.text}`",
            here.span,
            f"did you mean `@{near[0]}`?"
            if near
            else "there are "
            + ", ".join(f"`@{each}`" for each in ANNOTATIONS)
            + ", and sentences by language (`@en`, `@zh`)",
        )
    first = stuck.statement[0]
    words = [w for w in (here, stuck.at(-1)) if w and w.text in STATEMENTS]
    if first.kind.startswith("AT_") and words:
        return Diagnostic(
            Code.ANNOTATION_MISPLACED,
            f"an annotation stands before `{words[0].text}`",
            first.span,
            "annotations of a declaration stand at its end, before the full stop",
        )
    if not here.kind.startswith("AT_"):
        return None
    if here.kind == "AT_ID" and kind_of(stuck.at(1)) != "LPAR":
        return None
    declaration = first.kind == "WORD" and first.text in STATEMENTS
    if declaration and here.kind in RULE_ONLY:
        return Diagnostic(
            Code.ANNOTATION_MISPLACED,
            f"`{here.text}` does not belong to a declaration",
            here.span,
            "it stands before a rule; declarations have sentences and `@cite`",
        )
    if here.kind in LABEL_ONLY:
        return Diagnostic(
            Code.ANNOTATION_MISPLACED,
            f"`{here.text}` cannot stand here",
            here.span,
            "it stands right after a column"
            + (
                ", an input's name or a word of an enumeration"
                * (here.kind == "AT_ALIAS")
            ),
        )
    if here.kind == "AT_ANY_DAY":
        return Diagnostic(
            Code.ANNOTATION_MISPLACED,
            "`@any_day` cannot stand here",
            here.span,
            "it stands right after a date column of an input, or before a rule",
        )
    return Diagnostic(
        Code.ANNOTATION_MISPLACED,
        f"`{here.text}` cannot stand here",
        here.span,
        "annotations stand at the end of a declaration, before the full stop"
        if declaration
        else "annotations of a rule stand before its head",
    )


def _stop(stuck: Stuck) -> Diagnostic | None:
    before = stuck.at(-1)
    if before is not None and stuck.at(0) is None and "DOT" in stuck.expected:
        return full_stop_missing(before)
    return None


def _body(stuck: Stuck) -> Diagnostic | None:
    here, before = stuck.at(0), stuck.at(-1)
    if before is None:
        return None
    if before.kind == "IF_BODY" and kind_of(here) in {"DOT", ""}:
        return Diagnostic(
            Code.BODY_MISSING,
            "nothing follows the `:-`",
            before.span,
            "write the rule's conditions, or drop `:-` if it is a fact",
        )
    if before.kind == "WORD" and before.text == "if" and kind_of(here) in {"DOT", ""}:
        return Diagnostic(
            Code.BODY_MISSING,
            "nothing follows the `if`",
            before.span,
            "write the outcome's conditions, or `otherwise` in place of `if`",
        )
    if kind_of(here) == "SEMICOLON" and {"COMMA", "DOT"} <= stuck.expected:
        assert here is not None  # noqa: S101  # it has a kind
        return Diagnostic(
            Code.SYNTAX,
            "alternatives stand outside of brackets",
            here.span,
            "put them in brackets: `( A ; B )`",
        )
    if before.kind in {"COMMA", "SEMICOLON"} and kind_of(here) in {
        "DOT",
        "RPAR",
        "RBRACE",
        "",
    }:
        return Diagnostic(
            Code.SYNTAX,
            f"nothing follows the `{before.text}`",
            before.span,
            f"delete the `{before.text}`, or write what is missing after it",
        )
    return None


def _negation(stuck: Stuck) -> Diagnostic | None:
    here, before = stuck.at(0), stuck.at(-1)
    if before is None or here is None:
        return None
    start = stuck.index
    while start > 0 and stuck.statement[start - 1].kind not in {
        "COMMA",
        "SEMICOLON",
        "IF_BODY",
        "DOT",
    }:
        start -= 1
    while stuck.statement[start].kind in {"LPAR", "LBRACE"} and start < stuck.index:
        start += 1
    negation = stuck.statement[start]
    if negation.text != "not" or start == stuck.index:
        return None
    following = stuck.statement[start + 1]
    if following.text == "not":
        advice = "drop both: a doubled `not` says nothing"
    elif following.kind == "LPAR":
        advice = "give what stands in the brackets a relation of its own, and negate it"
    elif here.kind in COMPARATORS:
        turned = {
            "EQUAL": "!=",
            "NOTEQUAL": "=",
            "LESSTHAN": ">=",
            "ATMOST": ">",
            "MORETHAN": "<=",
            "ATLEAST": "<",
        }[here.kind]
        advice = f"turn the comparison around instead: `{turned}`"
    else:
        return None
    return Diagnostic(
        Code.NOT_WHAT,
        "`not` stands before something that is no relation",
        negation.span,
        advice,
    )


def _opener(stuck: Stuck, index: int) -> int | None:
    """Return the index of the bracket around a lexeme."""
    depth = 0
    for i in range(index - 1, -1, -1):
        kind = stuck.statement[i].kind
        if kind in _CLOSING:
            depth += 1
        elif kind in _PAIRS:
            if depth == 0:
                return i
            depth -= 1
    return None


def _in_arguments(stuck: Stuck, index: int) -> bool:
    opener = _opener(stuck, index)
    if not opener or stuck.statement[opener].kind != "LPAR":
        return False
    name = stuck.statement[opener - 1]
    return name.kind in {"WORD", "VARIABLE"} and name.text != "not"


def _call(stuck: Stuck) -> Diagnostic | None:
    here = stuck.at(0)
    if here is None:
        return None
    index = stuck.index
    if here.kind == "LPAR":
        index -= 1
    if index < 0 or index + 1 >= len(stuck.statement):
        return None
    name, bracket = stuck.statement[index], stuck.statement[index + 1]
    if name.kind not in {"WORD", "VARIABLE"} or bracket.kind != "LPAR":
        return None
    before = stuck.statement[index - 1] if index > 0 else None
    if _in_arguments(stuck, index) or kind_of(before) in _OPERATORS:
        return Diagnostic(
            Code.CALL,
            f"`{name.text}(…)` cannot stand in the place of a value",
            name.span.to(bracket.span),
            "there are no functions: a value is a variable, a constant or a "
            "`$parameter`; join a relation as a condition of its own",
        )
    if name.kind == "VARIABLE":
        small = name.text.lstrip("_")
        small = small[:1].lower() + small[1:]
        return Diagnostic(
            Code.CAPITAL_RELATION,
            f"the relation `{name.text}` does not begin with a small letter",
            name.span,
            f"write `{small}(…)`: a capital or `_` begins a variable"
            if small
            else "a relation's name begins with a small letter",
        )
    return None


def _aggregate(stuck: Stuck) -> Diagnostic | None:
    here, before = stuck.at(0), stuck.at(-1)
    index = stuck.index
    if kind_of(here) == "LBRACE" and kind_of(before) == "WORD":
        here, index = before, index - 1
    if here is None or here.kind != "WORD" or index + 1 >= len(stuck.statement):
        return None
    after = stuck.statement[index + 1]
    if after.kind not in {"LBRACE", "VARIABLE"}:
        return None
    if here.text not in _AGGREGATES:
        if index == 0 or stuck.statement[index - 1].kind not in COMPARATORS:
            return None
        return Diagnostic(
            Code.AGGREGATE_PLACE,
            f"there is no aggregate `{here.text}`",
            here.span,
            "there are `count`, `sum`, `min` and `max`",
        )
    return Diagnostic(
        Code.AGGREGATE_PLACE,
        f"`{here.text}` stands where no aggregate can",
        here.span,
        f"give its result a name first, `N = {here.text} …`, and use `N`",
    )


def _word(stuck: Stuck) -> Diagnostic | None:
    here, before = stuck.at(0), stuck.at(-1)
    index = stuck.index
    if kind_of(here) != "WORD" or not stuck.expected & {"VARIABLE", "STRING"}:
        # `p(pilot)`: the word was taken for a column's name or a relation's.
        previous = stuck.at(-2)
        if (
            before is None
            or before.kind != "WORD"
            or before.text == "not"
            or not stuck.expected <= {"COLON", "LPAR"}
            or previous is None
            or (previous.kind == "WORD" and previous.text not in {"not", "if"})
        ):
            return None
        here, index = before, index - 1
    assert here is not None  # noqa: S101  # a word stands here or before
    end = index
    while (
        end + 2 < len(stuck.statement)
        and stuck.statement[end + 1].kind == "MINUS"
        and stuck.statement[end + 2].kind in {"WORD", "INTEGER"}
        and stuck.statement[end].span.end == stuck.statement[end + 1].span.start
        and stuck.statement[end + 1].span.end == stuck.statement[end + 2].span.start
    ):
        end += 2
    span = here.span.to(stuck.statement[end].span)
    capital = here.text[:1].upper() + here.text[1:]
    if (
        index != stuck.index
        and "LPAR" in stuck.expected
        and kind_of(stuck.at(0)) not in (COMPARATORS)
    ):
        return Diagnostic(
            Code.BARE_WORD,
            f"`{here.text}` stands alone, which is no condition",
            here.span,
            f"a relation has its columns beside it: `{here.text}(X)`",
        )
    advice = f'write `"{span.text}"` if it is a text'
    if "VARIABLE" in stuck.expected or index != stuck.index:
        message = f"`{span.text}` is neither a text nor a variable"
        advice += f", `{capital}` if it is a variable"
    else:
        message = f"`{span.text}` is no text: it has no quotation marks"
        advice = f'write `"{span.text}"`'
    return Diagnostic(Code.BARE_WORD, message, span, advice)
