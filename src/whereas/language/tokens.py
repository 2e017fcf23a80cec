"""Splits the text of a `datalog` block into lexemes, and notes faulty characters.

Where the meaning is plain (`，` for `,`, `<>` for `!=`) the lexeme that was meant
goes on to the parser, so that one slip is one error. A lexeme of kind `ERROR` has
been reported already: the statement that holds it is not parsed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Source, Span
from whereas.values import LARGEST, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

DIGITS = len(str(LARGEST))

_PUNCTUATION = {
    ":-": "IF_BODY",
    "!=": "NOTEQUAL",
    "<=": "ATMOST",
    ">=": "ATLEAST",
    "(": "LPAR",
    ")": "RPAR",
    "{": "LBRACE",
    "}": "RBRACE",
    ",": "COMMA",
    ";": "SEMICOLON",
    ":": "COLON",
    ".": "DOT",
    "=": "EQUAL",
    "<": "LESSTHAN",
    ">": "MORETHAN",
    "+": "PLUS",
    "-": "MINUS",
    "*": "STAR",
    "?": "QMARK",
}
# What other languages write, and what is meant.
_FOREIGN = {
    "==": "=",
    "<>": "!=",
    "/=": "!=",
    "=<": "<=",
    "=>": ">=",
    "<-": ":-",
    "->": ":-",
    ":=": "=",
    "\\=": "!=",
    "!": "not",
    "~": "not",
    "\\+": "not",
    "¬": "not",
    "|": ";",
    "||": ";",
    "&": ",",
    "&&": ",",
    "∧": ",",
    "∨": ";",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
}
_WIDE = {
    "：-": ":-",
    "！=": "!=",
    "！＝": "!=",
    "＜=": "<=",
    "＜＝": "<=",
    "＞=": ">=",
    "＞＝": ">=",
    "（": "(",
    "）": ")",
    "｛": "{",
    "｝": "}",
    "，": ",",
    "、": ",",
    "；": ";",
    "：": ":",
    "。": ".",
    "．": ".",
    "｡": ".",
    "＝": "=",
    "＜": "<",
    "＞": ">",
    "＋": "+",
    "－": "-",
    "–": "-",
    "—": "-",
    "×": "*",
    "＊": "*",
    "？": "?",
}
_ANNOTATIONS = {
    "id": "AT_ID",
    "cite": "AT_CITE",
    "from": "AT_FROM",
    "until": "AT_UNTIL",
    "except": "AT_EXCEPT",
    "subject_to": "AT_SUBJECT_TO",
    "unproven": "AT_UNPROVEN",
    "alias": "AT_ALIAS",
    "code": "AT_CODE",
    "end": "AT_END",
    "any_day": "AT_ANY_DAY",
}
ANNOTATIONS = tuple(_ANNOTATIONS)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")
_ESCAPES = {'"': '"', "\\": "\\", "n": "\n", "t": "\t"}


def _any(words: dict[str, str]) -> str:
    return "|".join(re.escape(w) for w in sorted(words, key=lambda w: (-len(w), w)))


# No alternative looks further than it takes, but for a stated number of parts or up to
# the next opening mark: a text of any length is read in a time that grows as it does.
_LEXEME = re.compile(
    rf"""
      (?P<space>[ \t\r\n]+)
    | (?P<comment>%[^\n]*)
    | (?P<remark>(?://|/\*|\#)[^\n]*)
    | (?P<text>"(?:[^"\\\n]|\\.)*")
    | (?P<open>"[^\n]*)
    | (?P<curly>“[^“”\n]*”|”[^”\n]*”|「[^「」\n]*」|‘[^‘’\n]*’|'[^'\n]*')
    | (?P<date>\d+-\d+-\d+(?:T[\w:]*)?)(?![\w-])
    | (?P<number>\d+(?:\.\d+)?)(?!\w)
    | (?P<bad_number>\d\w*(?:\.\d\w*)?|\.\d\w*(?<![0-9]\.))
    | (?P<code>[A-Za-z]\w*(?:-\w+){{0,9}}?-0\d\w*(?:-\w+)*)
    | (?P<word>[a-z][A-Za-z0-9_]*)
    | (?P<variable>[A-Z_][A-Za-z0-9_]*)
    | (?P<setting>\$[A-Za-z_][A-Za-z0-9_]*)
    | (?P<annotation>@[A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z0-9]+)*)
    | (?P<mark>:-|!=|<=(?!>)|>=|:(?!=)|[(){{}},;.+*?]
               |=(?![<>=])|<(?!>|-(?!\d))|>|-(?!>))
    | (?P<foreign>{_any(_FOREIGN)})
    | (?P<wide>{_any(_WIDE)})
    | (?P<letters>[^\W\d_]\w*)
    | (?P<other>.)
    """,
    re.VERBOSE | re.ASCII,
)
# Controls, and the marks that make a text read otherwise than it is stored.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)
_WIDE_SPACE = "\u3000\u00a0"


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A word of the language; `value` is what a constant stands for."""

    kind: str
    text: str
    span: Span
    value: Value = None


@dataclass(frozen=True, slots=True)
class Lexed:
    """A block in lexemes, its comments, and what is wrong with its characters."""

    lexemes: tuple[Lexeme, ...]
    comments: tuple[Span, ...]
    diagnostics: tuple[Diagnostic, ...]


def lex(source: Source, start: int = 0, end: int | None = None) -> Lexed:
    """Return the lexemes of a stretch of a source."""
    return _Lexer(source, len(source.text) if end is None else end).run(start)


class _Lexer:
    """One walk over a stretch of text."""

    def __init__(self, source: Source, stop: int) -> None:
        self.source = source
        self.stop = stop
        self.lexemes: list[Lexeme] = []
        self.comments: list[Span] = []
        self.diagnostics: list[Diagnostic] = []
        self.in_head = True  # no `:-` since the last full stop
        self.squared = False  # a `[` was reported, so its `]` need not be

    def run(self, start: int) -> Lexed:
        position = start
        while position < self.stop:
            match = _LEXEME.match(self.source.text, position, self.stop)
            if match is None or match.lastgroup is None:  # pragma: no cover
                raise AssertionError(position)
            if match.lastgroup == "space":
                position = match.end()
                continue
            span = Span(self.source, position, match.end())
            position = self._take(match.lastgroup, match.group(), span)
        return Lexed(tuple(self.lexemes), tuple(self.comments), tuple(self.diagnostics))

    def _take(  # noqa: PLR0912  # one branch for each kind
        self, group: str, text: str, span: Span
    ) -> int:
        """Take in a lexeme; return where the next begins."""
        match group:
            case "comment":
                self.comments.append(span)
                self.diagnostics.extend(_hidden(span))
            case "mark":
                self._add(_PUNCTUATION[text], text, span)
            case "word" | "variable" | "setting":
                self._add(group.upper(), text, span)
            case "text":
                self._text(text, span)
            case "open":
                self._open(text, span)
            case "curly":
                self._curly(text, span)
            case "date":
                self.lexemes.append(_date(text, span, self.diagnostics))
            case "number":
                self.lexemes.append(_number(text, span, self.diagnostics))
            case "annotation":
                self.lexemes.append(_annotation(text, span))
            case "foreign":
                meant = _FOREIGN[text]
                if text == ":=" and self.in_head:
                    meant = ":-"
                self._instead(
                    Code.FOREIGN_OPERATOR, "not part of the language", meant, span
                )
            case "wide":
                self._instead(Code.WIDE_PUNCTUATION, "a wide mark", _WIDE[text], span)
            case _:
                return self._strange(group, text, span)
        return span.end

    def _add(self, kind: str, text: str, span: Span, value: Value = None) -> None:
        self.lexemes.append(Lexeme(kind, text, span, value))
        if kind in {"IF_BODY", "DOT"}:
            self.in_head = kind == "DOT"

    def _wrong(self, code: Code, message: str, at: Span, advice: str) -> None:
        self.diagnostics.append(Diagnostic(code, message, at, advice))

    def _text(self, text: str, span: Span) -> None:
        faults = [*_hidden(span), *_bad_escapes(span)]
        self.diagnostics.extend(faults)
        self._add("STRING", text, span, "" if faults else _unescape(text[1:-1]))

    def _open(self, text: str, span: Span) -> None:
        self._wrong(
            Code.TEXT_UNCLOSED,
            "the text that begins here is not closed on its line",
            span,
            'close it with `"`; a line break inside a text is written `\\n`',
        )
        self._add("ERROR", text, span)
        if text.rstrip().endswith("."):
            self._add("DOT", ".", Span(self.source, span.end, span.end))

    def _curly(self, text: str, span: Span) -> None:
        if text[0] == "'":
            code, marks = Code.QUOTES, "single quotes"
        else:
            code, marks = Code.WIDE_PUNCTUATION, f"`{text[0]} {text[-1]}`"
        self._wrong(
            code,
            f"{marks} do not enclose a text",
            span,
            f'write `"{text[1:-1]}"`, with the quotation mark `"`',
        )
        self._add("STRING", text, span, text[1:-1])

    def _instead(self, code: Code, what: str, meant: str, span: Span) -> None:
        self._wrong(code, f"`{span.text}` is {what}", span, f"write `{meant}`")
        kind = "WORD" if meant == "not" else _PUNCTUATION[meant]
        self._add(kind, meant, span)

    def _strange(self, group: str, text: str, span: Span) -> int:
        if group == "code":
            self._wrong(
                Code.BAD_NUMBER,
                f"`{text}` is no number, nor a text without quotation marks",
                span,
                f'a text is quoted: write `"{text}"`',
            )
            self._add("STRING", text, span, text)
            return span.end
        if group == "bad_number":
            self._wrong(
                Code.BAD_NUMBER,
                f"`{text}` is not a number",
                span,
                "a number is written with digits alone, and a point before its "
                "decimals (`1500`, `0.5`); a text stands in quotation marks",
            )
            self._add("INTEGER", text, span, 0)
            return span.end
        if group == "remark":
            self._wrong(
                Code.FOREIGN_OPERATOR,
                f"`{text[:2].strip()}` does not begin a comment",
                Span(self.source, span.start, span.start + len(text[:2].strip())),
                "a comment begins with `%`",
            )
            return span.end
        at, message, advice = _stranger(self.source, span, self.stop)
        if not (text == "]" and self.squared):
            self._wrong(Code.UNEXPECTED_CHARACTER, message, at, advice)
        self.squared = text == "[" or (self.squared and text != "]")
        if text not in _WIDE_SPACE:
            self._add("ERROR", at.text, at)
        return at.end


def _stranger(source: Source, span: Span, stop: int) -> tuple[Span, str, str]:
    text = span.text
    if text in _WIDE_SPACE:
        return span, f"U+{ord(text):04X} is a wide blank", "put an ordinary blank"
    if _INVISIBLE.match(text):
        return (
            span,
            f"the invisible character U+{ord(text):04X} stands here",
            "delete it",
        )
    if ord(text) > 127 and text.isalnum():
        run = re.compile(r"\w+").match(source.text, span.start, stop)
        at = Span(source, span.start, run.end() if run else span.end)
        return (
            at,
            f"`{at.text}` stands outside of quotation marks",
            f'write `"{at.text}"` if it is a text; names are made of the letters '
            "a to z, digits and `_`",
        )
    if text in "[]":
        return span, f"`{text}` is not part of the language", "sets stand in `{ }`"
    advice = {
        "'": 'a text stands in `" "`',
        "“": 'a text stands in `" "`',
        "/": "there is no division: multiply the other side",
        "$": "a parameter is written `$name`",
        "@": "an annotation is written `@name`",
    }
    return (
        span,
        f"`{text}` is not part of the language",
        advice.get(text, "delete it, or put it in quotation marks"),
    )


def _hidden(span: Span) -> Iterator[Diagnostic]:
    for match in _INVISIBLE.finditer(span.text):
        at = Span(span.source, span.start + match.start(), span.start + match.end())
        yield Diagnostic(
            Code.UNEXPECTED_CHARACTER,
            f"the invisible character U+{ord(match.group()):04X} stands here",
            at,
            "delete it",
        )


def _bad_escapes(span: Span) -> Iterator[Diagnostic]:
    for match in re.finditer(r"\\(.)", span.text):
        if match.group(1) not in _ESCAPES:
            at = Span(span.source, span.start + match.start(), span.start + match.end())
            yield Diagnostic(
                Code.TEXT_ESCAPE,
                f"`{match.group()}` means nothing in a text",
                at,
                'write `\\\\` for a backslash; the others are `\\"`, `\\n` and `\\t`',
            )


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text
    return re.sub(r"\\(.)", lambda match: _ESCAPES[match.group(1)], text)


def _date(text: str, span: Span, diagnostics: list[Diagnostic]) -> Lexeme:
    day_only, clock, _ = text.partition("T")
    year, month, day = day_only.split("-")
    value = date(2000, 1, 1)
    if clock:
        diagnostics.append(
            Diagnostic(
                Code.DATE_FORM,
                f"`{text}` has a time of day",
                span,
                f"write the day alone: `{day_only}`",
            )
        )
        return Lexeme("DATE", text, span, value)
    if (len(year), len(month), len(day)) != (4, 2, 2):
        diagnostics.append(
            Diagnostic(
                Code.DATE_FORM,
                f"`{text}` is not written as a date",
                span,
                "write a date as `2026-02-10`, and a subtraction with blanks",
            )
        )
        return Lexeme("DATE", text, span, value)
    try:
        value = date.fromisoformat(text)
    except ValueError:
        diagnostics.append(
            Diagnostic(
                Code.IMPOSSIBLE_DATE,
                f"there is no day `{text}`",
                span,
                "a date is year, month and day, as `2026-02-10`",
            )
        )
    return Lexeme("DATE", text, span, value)


def _number(text: str, span: Span, diagnostics: list[Diagnostic]) -> Lexeme:
    whole, _, decimals = text.partition(".")
    kind = "DECIMAL" if decimals else "INTEGER"
    if len(whole) + len(decimals) > DIGITS:
        diagnostics.append(
            Diagnostic(
                Code.NUMBER_TOO_LONG,
                f"`{text}` has more than {DIGITS} digits",
                span,
                "numbers have at most 18 digits; what only looks like a number "
                "stands in quotation marks",
            )
        )
        return Lexeme(kind, text, span, 0)
    if len(whole) > 1 and whole.startswith("0"):
        diagnostics.append(
            Diagnostic(
                Code.BAD_NUMBER,
                f"`{text}` begins with a nought",
                span,
                f'write `"{text}"` if it is a text, or `{text.lstrip("0") or "0"}`',
            )
        )
    value = Decimal(text) if decimals else int(text)
    return Lexeme(kind, text, span, value)


def _annotation(text: str, span: Span) -> Lexeme:
    name = text[1:]
    if name in _ANNOTATIONS:
        return Lexeme(_ANNOTATIONS[name], text, span)
    if _LANGUAGE.match(name):
        return Lexeme("AT_LANGUAGE", text, span)
    return Lexeme("AT_UNKNOWN", text, span)
