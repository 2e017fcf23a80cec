"""Lays out the `datalog` blocks of a Markdown file, and nothing else.

A statement stands on one line if it fits in `WIDTH` columns. Else it is broken:
annotations one below the other, a head, and one condition on each line; what is
still too long is broken inside its brackets in the same way. Words are never
changed, so what is formatted means what it meant; prose keeps its bytes.

A comment stays at the word that it follows, or above the word that it precedes. A
comment in a place where the layout has no line for it leaves its statement as the
author wrote it.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from whereas.diagnostics import Invalid, Source, Span
from whereas.language.markdown import outline
from whereas.language.parse import parse_document, split
from whereas.language.tokens import Lexeme, lex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    _Lay = Callable[[int, int, int, int], None]

WIDTH = 100
_INDENT = 4
_UNARY_AFTER = {
    "",
    "COMMA",
    "SEMICOLON",
    "LPAR",
    "LBRACE",
    "COLON",
    "IF_BODY",
    "EQUAL",
    "NOTEQUAL",
    "LESSTHAN",
    "ATMOST",
    "MORETHAN",
    "ATLEAST",
    "PLUS",
    "MINUS",
    "STAR",
}


def format_document(text: str, name: str = "<text>") -> str:
    """Return a Markdown file with its `datalog` blocks in the canonical layout.

    A file with errors is refused (`Invalid`). A byte-order mark and Windows line ends
    stay; a file that mixes line ends gets `\\n`.
    """
    source = Source(name, text)
    _, diagnostics = parse_document(source)
    if diagnostics:
        raise Invalid(diagnostics)
    found = outline(source)
    parts: list[str] = []
    done = 0
    for part in found.parts:
        for block in part.blocks:
            parts.append(found.source.text[done : block.start])
            parts.append(format_rules(found.source, block.start, block.end))
            done = block.end
    parts.append(found.source.text[done:])
    result = "".join(parts)
    if text.count("\r\n") == text.count("\n") == found.source.text.count("\n"):
        result = result.replace("\n", "\r\n")
    return ("\ufeff" if text.startswith("\ufeff") else "") + result


def format_rules(source: Source, start: int = 0, end: int | None = None) -> str:
    """Return the canonical layout of a stretch of rules that has no errors."""
    lexed = lex(source, start, end)
    leading, trailing, rest = _attached(source, lexed.lexemes, lexed.comments)
    lines: list[str] = []
    last = start  # where the text that has been written ends, in the source

    def blank(before: int) -> None:
        if lines and source.text.count("\n", last, before) > 1:
            lines.append("")

    for words in split(lexed.lexemes):
        for comment in leading.get(words[0].span.start, ()):
            blank(comment.start)
            lines.append(comment.text.rstrip())
            last = comment.end
        blank(words[0].span.start)
        lines.extend(_Layout(words, leading, trailing).lines())
        closing = trailing.get(words[-1].span.start)
        last = closing.end if closing else words[-1].span.end
    for comment in rest:
        blank(comment.start)
        lines.append(comment.text.rstrip())
        last = comment.end
    return "".join(line + "\n" for line in lines)


def _attached(
    source: Source, lexemes: Sequence[Lexeme], comments: Sequence[Span]
) -> tuple[dict[int, list[Span]], dict[int, Span], list[Span]]:
    """Return the comments above a lexeme, beside a lexeme, and after the last."""
    leading: dict[int, list[Span]] = {}
    trailing: dict[int, Span] = {}
    rest: list[Span] = []
    following = 0
    for comment in comments:
        while (
            following < len(lexemes) and lexemes[following].span.start < comment.start
        ):
            following += 1
        before = lexemes[following - 1] if following else None
        if before and "\n" not in source.text[before.span.end : comment.start]:
            trailing[before.span.start] = comment
        elif following < len(lexemes):
            leading.setdefault(lexemes[following].span.start, []).append(comment)
        else:
            rest.append(comment)
    return leading, trailing, rest


class _NoLineForComment(Exception):  # noqa: N818  # no error: the layout gives way
    pass


class _Layout:
    """One statement: where it is broken, and how each line is spaced.

    A stretch is `first, end, glue`: the words from `first` to `end` are laid out,
    those to `glue` (a comma, closing brackets, the full stop) stay with the last.
    """

    def __init__(
        self,
        words: Sequence[Lexeme],
        leading: Mapping[int, Sequence[Span]],
        trailing: Mapping[int, Span],
    ) -> None:
        self.words = words
        self.above = [leading.get(word.span.start, ()) for word in words]
        self.beside = [trailing.get(word.span.start) for word in words]
        self.closes: dict[int, int] = {}
        self.loose: set[int] = set()  # brackets with blanks inside
        self.calls: set[int] = set()
        self.pieces: list[tuple[int, int, int]] = []
        self._brackets()

    def lines(self) -> list[str]:
        """Return the statement's lines."""
        try:
            self._statement()
            return self._written()
        except _NoLineForComment:
            span = self.words[0].span.to(self.words[-1].span)
            comment = self.beside[-1]
            text = span.text + (f"  {comment.text}" if comment else "")
            return [line.rstrip() for line in text.split("\n")]

    # --- words

    def _kind(self, index: int) -> str:
        return self.words[index].kind if 0 <= index < len(self.words) else ""

    def _text(self, index: int) -> str:
        return self.words[index].text if 0 <= index < len(self.words) else ""

    def _brackets(self) -> None:
        opened: list[int] = []
        alternatives: set[int] = set()
        noted: set[int] = set()
        for index, word in enumerate(self.words):
            if word.kind in {"LPAR", "LBRACE"}:
                opened.append(index)
            elif word.kind in {"RPAR", "RBRACE"}:
                begun = opened.pop()
                self.closes[begun] = index
            elif word.kind == "SEMICOLON" and opened:
                alternatives.add(opened[-1])
            elif word.kind == "AT_LANGUAGE" and opened:
                noted.add(opened[-1])
        for begun in self.closes:
            before, text = self._kind(begun - 1), self._text(begun - 1)
            if self._kind(begun) == "LPAR":
                if begun in alternatives:
                    self.loose.add(begun)
                elif (
                    before.startswith("AT_")
                    or before == "RPAR"
                    or (before == "WORD" and text not in {"not", "if"})
                ):
                    self.calls.add(begun)
            elif begun in noted or not (before in {"COLON", "EQUAL"} or text == "in"):
                self.loose.add(begun)
        self.loose |= {self.closes[begun] for begun in self.loose}

    def _space(self, index: int) -> bool:
        """Whether a blank stands between a word and the one before it."""
        kind, before = self._kind(index), self._kind(index - 1)
        if kind in {"COMMA", "COLON", "DOT", "QMARK"}:
            return False
        if kind in {"RPAR", "RBRACE"}:
            return index in self.loose
        if before in {"LPAR", "LBRACE"}:
            return index - 1 in self.loose
        if before == "MINUS" and self._kind(index - 2) in _UNARY_AFTER:
            return False
        return index not in self.calls or before == "RPAR"

    def _inline(self, first: int, glue: int) -> str:
        return "".join(
            (" " if index > first and self._space(index) else "") + self._text(index)
            for index in range(first, glue)
        )

    def _written(self) -> list[str]:
        """Return the pieces as lines; comments beside neighbouring lines align."""
        lines: list[str] = []
        run: list[tuple[str, str]] = []

        def flush() -> None:
            column = max((_width(text) for text, _ in run), default=0)
            for text, comment in run:
                lines.append(text + " " * (column - _width(text) + 2) + comment)
            run.clear()

        for indent, first, glue in self.pieces:
            blanks = " " * indent
            beside = self.beside[glue - 1]
            above = self.above[first] if first else ()
            if above or not beside:
                flush()
            lines.extend(blanks + comment.text.rstrip() for comment in above)
            text = blanks + self._inline(first, glue)
            if beside:
                run.append((text, beside.text.rstrip()))
            else:
                lines.append(text)
        flush()
        return lines

    # --- where it is broken

    def _commented(self, first: int, glue: int) -> bool:
        return any(self.above[first + 1 : glue]) or any(self.beside[first : glue - 1])

    def _fits(self, indent: int, first: int, glue: int) -> bool:
        if self._commented(first, glue):
            return False
        return indent + _width(self._inline(first, glue)) <= WIDTH

    def _piece(self, indent: int, first: int, glue: int) -> None:
        if self._commented(first, glue):
            raise _NoLineForComment
        self.pieces.append((indent, first, glue))

    def _items(
        self, first: int, end: int, glue: int, separator: str = "COMMA"
    ) -> Iterator[tuple[int, int, int]]:
        """Yield the stretches between separators, each with the one after it."""
        begun = index = first
        while index < end:
            if index in self.closes:
                index = self.closes[index]
            elif self._kind(index) == separator:
                yield begun, index, index + (separator == "COMMA")
                begun = index + 1
            index += 1
        yield begun, end, glue

    def _annotations(self, first: int, end: int) -> Iterator[tuple[int, int]]:
        index = first
        while index < end:
            begun = index
            index = self.closes[index + 1] + 1 if index + 1 in self.calls else index + 1
            yield begun, index

    def _statement(self) -> None:
        last = len(self.words)
        text = self._text(0)
        if self._kind(0) != "WORD" or 1 in self.calls:
            self._rule()
            return
        if text in {"input", "relation"}:
            self._columns(last)
            return
        if text == "parameter":
            self._parameter(last)
            return
        notes = self._first_note(0, last - 1)
        if self._fits(0, 0, last):
            self._piece(0, 0, last)
        elif text == "type":
            self._piece(0, 0, 4)
            self._each(4, last - 2, last, _INDENT, self._member)
        elif text == "outcome":
            self._outcome(notes, last)
        elif text == "show":
            self._piece(0, 0, 1)
            self._each(1, last - 1, last, _INDENT, self._break)
        else:
            self._noted(0, notes, last)

    def _first_note(self, first: int, end: int) -> int:
        """Return where the annotations of a stretch begin; its end, if it has none."""
        return next(
            (i for i in self._top(first, end) if self._kind(i).startswith("AT_")), end
        )

    def _top(self, first: int, end: int) -> Iterator[int]:
        index = first
        while index < end:
            yield index
            index = self.closes.get(index, index) + 1

    def _each(self, first: int, end: int, glue: int, indent: int, lay: _Lay) -> None:
        for item_first, item_end, item_glue in self._items(first, end, glue):
            if self._fits(indent, item_first, item_glue):
                self._piece(indent, item_first, item_glue)
            else:
                lay(indent, item_first, item_end, item_glue)

    def _rule(self) -> None:
        last = len(self.words)
        head = 0
        while self._kind(head).startswith("AT_"):
            head = self.closes[head + 1] + 1 if head + 1 in self.calls else head + 1
        packed: int | None = None
        for first, end in self._annotations(0, head):
            if self._kind(first) == "AT_LANGUAGE":
                packed = None
            elif packed is not None and self._fits(0, packed, end):
                self.pieces[-1] = (0, packed, end)
                continue
            else:
                packed = first
            self._note(0, first, end, end)
        if self._fits(0, head, last):
            self._piece(0, head, last)
            return
        body = next((i for i in self._top(head, last) if self._kind(i) == "IF_BODY"), 0)
        if body:
            self._lay(0, head, body, body + 1)
            self._each(body + 1, last - 1, last, _INDENT, self._break)
        else:
            self._break(0, head, last - 1, last)

    def _columns(self, last: int) -> None:
        opened = 2
        while self._kind(opened).startswith("AT_"):
            opened = self.closes[opened + 1] + 1
        notes = self._first_note(opened, last - 1)
        count = sum(1 for _ in self._annotations(notes, last - 1))
        if count <= 1 and self._fits(0, 0, last):
            self._piece(0, 0, last)
            return
        columns = self.closes[opened]
        glue = notes if count else last
        if self._fits(0, 0, glue):
            self._piece(0, 0, glue)
        else:
            tail = columns + 1 < notes
            end = columns + 1 if tail else glue
            if self._fits(0, 0, end):
                self._piece(0, 0, end)
            else:
                self._piece(0, 0, opened + 1)
                self._each(opened + 1, columns, end, _INDENT, self._column)
            if tail:
                self._piece(_INDENT, columns + 1, glue)
        self._notes(_INDENT, notes, last - 1, last)

    def _parameter(self, last: int) -> None:
        """Lay out a parameter; its labels stand between its name and the colon."""
        colon = next(i for i in self._top(0, last) if self._kind(i) == "COLON")
        notes = self._first_note(colon, last - 1)
        if self._fits(0, 0, last):
            self._piece(0, 0, last)
            return
        if colon == 2:
            self._noted(0, notes, last)
            return
        glue = notes if notes < last - 1 else last
        if self._fits(0, 0, glue):
            self._piece(0, 0, glue)
        else:
            self._piece(0, 0, 2)
            self._notes(_INDENT, 2, colon, glue)
        self._notes(_INDENT, notes, last - 1, last)

    def _noted(self, first: int, notes: int, last: int) -> None:
        if notes == last - 1:
            self._lay(0, first, notes, last)
            return
        self._lay(0, first, notes, notes)
        self._notes(_INDENT, notes, last - 1, last)

    def _outcome(self, notes: int, last: int) -> None:
        condition = next(
            i for i in self._top(2, last) if self._text(i) in {"if", "otherwise"}
        )
        notes = min(notes, condition)
        self._piece(0, 0, notes)
        self._notes(_INDENT, notes, condition, condition)
        if self._fits(_INDENT, condition, last):
            self._piece(_INDENT, condition, last)
            return
        items = list(self._items(condition + 1, last - 1, last))
        self._prefixed(condition, items, _INDENT, 2 * _INDENT)

    def _notes(self, indent: int, first: int, end: int, glue: int) -> None:
        for begun, ended in self._annotations(first, end):
            self._note(indent, begun, ended, glue if ended == end else ended)

    def _note(self, indent: int, first: int, end: int, glue: int) -> None:
        if self._fits(indent, first, glue) or first + 1 not in self.calls:
            self._piece(indent, first, glue)
            return
        items = list(self._items(first + 2, end - 1, glue))
        self._piece(indent, first, items[0][2])
        for begun, _, glued in items[1:]:
            self._piece(indent + _INDENT, begun, glued)

    def _column(self, indent: int, first: int, end: int, glue: int) -> None:
        notes = self._first_note(first, end)
        if notes == end:
            self._break(indent, first, end, glue)
            return
        self._lay(indent, first, notes, notes)
        self._notes(indent + _INDENT, notes, end, glue)

    def _member(self, indent: int, first: int, end: int, glue: int) -> None:
        if first + 1 == end:
            self._piece(indent, first, glue)
            return
        self._piece(indent, first, first + 1)
        self._notes(indent + _INDENT, first + 1, end, glue)

    def _lay(self, indent: int, first: int, end: int, glue: int) -> None:
        if self._fits(indent, first, glue):
            self._piece(indent, first, glue)
        else:
            self._break(indent, first, end, glue)

    def _break(
        self, indent: int, first: int, end: int, glue: int, skip: int = 0
    ) -> None:
        """Break a stretch inside its brackets; `skip` words before it stay with it."""
        inside = [i for i in self._top(first + skip, end) if i in self.closes]
        opened = next((i for i in inside if i in self.calls or i in self.loose), None)
        if opened is None:
            opened = (
                inside[-1] if inside and self._kind(inside[-1]) == "LBRACE" else None
            )
        if opened is None:
            self._piece(indent, first, glue)
        elif self._kind(opened) == "LPAR" and opened in self.loose:
            self._alternatives(indent, first, opened, glue)
        else:
            close = self.closes[opened]
            self._piece(indent, first, opened + 1)
            self._each(opened + 1, close, glue, indent + _INDENT, self._break)

    def _alternatives(self, indent: int, first: int, opened: int, glue: int) -> None:
        close = self.closes[opened]
        for begun, end, glued in self._items(opened + 1, close, glue, "SEMICOLON"):
            start = first if begun == opened + 1 else begun - 1
            if self._fits(indent, start, glued):
                self._piece(indent, start, glued)
                continue
            items = list(self._items(begun, end, glued))
            self._prefixed(start, items, indent, indent + 2)

    def _prefixed(
        self, start: int, items: list[tuple[int, int, int]], indent: int, inner: int
    ) -> None:
        """Lay conditions out, the first behind a word that stands before them."""
        begun, end, glued = items[0]
        if self._fits(indent, start, glued):
            self._piece(indent, start, glued)
        else:
            self._break(indent, start, end, glued, begun - start)
        for item in items[1:]:
            self._lay(inner, *item)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
