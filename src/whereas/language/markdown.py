"""Splits a Markdown file into sections: headings, quoted words, `datalog` blocks.

Markdown never refuses anything: what is meant as a block and is none becomes
prose without a word. Here that is an error, for a rule that nobody reads must not
look like a rule.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Source, Span
from whereas.language.spoken import APART

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token

LANGUAGE = "datalog"
# Blocks that are prose to us.
PASSIVE = ("console", "csv", "json", "markdown", "text", "toml", "yaml")

_FENCE = re.compile(r"[ \t>]*(?:[-*+]|\d+[.)])?[ \t>]*[`~]{2,}[ \t]*datalog\b", re.I)
_RULE = re.compile(
    r"\s*(?:@id\s*\(|[a-z_]\w*\s*\([^()]*\)\s*:-|"
    r"(?:input|relation)\s+[a-z]\w*\s*\(.*\)|(?:type|parameter)\s+[a-z]\w*\s*[:=].*\.\s*$)"
)
_WORD = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True)
class Block:
    """A `datalog` block: where its content begins and ends in the file."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the file; the first stands above the first heading."""

    slug: str
    title: str
    path: tuple[str, ...]
    quotes: tuple[str, ...]
    blocks: tuple[Block, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Outline:
    """A Markdown file, taken apart."""

    source: Source
    parts: tuple[Part, ...]
    diagnostics: tuple[Diagnostic, ...]


def normalised(source: Source) -> Source:
    """Return a source without byte-order mark, each line ended by `\\n`."""
    text = source.text.removeprefix("\ufeff")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return source if text == source.text else Source(source.name, text)


def outline(source: Source) -> Outline:
    """Return the sections of a Markdown file, and what is wrong with its blocks."""
    from markdown_it import MarkdownIt

    source = normalised(source)
    reader = _Reader(source)
    reader.read(MarkdownIt("commonmark").parse(source.text))
    return Outline(source, tuple(reader.parts), tuple(reader.diagnostics))


class _Reader:
    """Walks the tokens of one file, and collects."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.starts = [0]
        self.starts.extend(m.end() for m in re.finditer("\n", source.text))
        self.starts.append(len(source.text))
        self.parts: list[Part] = []
        self.diagnostics: list[Diagnostic] = []
        self.slugs: dict[str, int] = {}
        self.headings: list[tuple[int, str]] = []
        self.quotes: list[str] = []
        self.blocks: list[Block] = []
        self.heading: tuple[str, str, tuple[str, ...], Span] = (
            "",
            "",
            (),
            Span(source, 0, 0),
        )

    def read(self, tokens: Sequence[Token]) -> None:
        quoted = 0
        words: list[str] = []
        for index, token in enumerate(tokens):
            match token.type:
                case "blockquote_open":
                    quoted += 1
                case "blockquote_close":
                    quoted -= 1
                    if quoted == 0:
                        self.quotes.append("\n".join(words))
                        words = []
                case "heading_open" if token.level == 0:
                    self._close()
                    self._open(int(token.tag[1:]), tokens[index + 1], token)
                case "inline":
                    if quoted:
                        words.append(_plain(token))
                    self._prose(token)
                case "fence":
                    self._fence(token)
                case "code_block" | "html_block":
                    self._hidden(token)
                case _:
                    pass
        self._close()

    def _wrong(self, code: Code, message: str, at: Span, advice: str) -> None:
        self.diagnostics.append(Diagnostic(code, message, at, advice))

    def _line(self, number: int) -> Span:
        """Return the stretch of a line (counted from 0), without its line end."""
        start, end = self.starts[number], self.starts[number + 1]
        text = self.source.text[start:end]
        stripped = text.strip()
        lead = len(text) - len(text.lstrip())
        return Span(self.source, start + lead, start + lead + len(stripped))

    def _open(self, level: int, inline: Token, token: Token) -> None:
        title = _plain(inline)
        while self.headings and self.headings[-1][0] >= level:
            self.headings.pop()
        self.headings.append((level, title))
        path = tuple(each for _, each in self.headings)
        first = token.map[0] if token.map else 0
        # In several languages a section is named by the words of the first.
        name = self._slug(title.split(APART)[0])
        self.heading = (name, title, path, self._line(first))

    def _close(self) -> None:
        slug, title, path, span = self.heading
        if title or self.quotes or self.blocks:
            self.parts.append(
                Part(slug, title, path, tuple(self.quotes), tuple(self.blocks), span)
            )
        self.quotes, self.blocks = [], []

    def _slug(self, title: str) -> str:
        base = slug = slug_of(title)
        while slug in self.slugs:
            self.slugs[base] += 1
            slug = f"{base}-{self.slugs[base]}"
        self.slugs[slug] = 0
        return slug

    def _fence(self, token: Token) -> None:
        assert token.map is not None  # noqa: S101  # every block token has lines
        first, beyond = token.map
        at = self._line(first)
        words = token.info.split()
        language = words[0] if words else ""
        if language in PASSIVE:
            self._unclosed(token, at)
            return
        if language != LANGUAGE:
            self._language(language, at)
            return
        if len(words) > 1:
            self._wrong(
                Code.BLOCK_LANGUAGE,
                f"`{' '.join(words[1:])}` follows the block's language",
                at,
                "a block of rules begins with ```datalog alone",
            )
            return
        if token.level > 0 or self._indent(first):
            self._wrong(
                Code.BLOCK_NOT_AT_MARGIN,
                "a `datalog` block does not stand at the margin",
                at,
                "move it to the margin, out of the list or the quotation",
            )
            return
        if self._unclosed(token, at):
            return
        for number in range(first + 1, beyond - 1):
            line = self._line(number)
            if line.text.startswith(token.markup[:3]):
                self._wrong(
                    Code.BLOCK_UNCLOSED,
                    "the block is not closed before the next fence, on line "
                    f"{number + 1}",
                    at,
                    f"close it with {_fence_words(token)}",
                )
                return
        self.blocks.append(Block(self.starts[first + 1], self.starts[beyond - 1]))

    def _indent(self, number: int) -> bool:
        start = self.starts[number]
        return self.source.text[start : start + 1] in {" ", "\t"}

    def _is_closed(self, token: Token) -> bool:
        assert token.map is not None  # noqa: S101
        first, beyond = token.map
        last = self._line(beyond - 1).text.lstrip("> \t")
        return (
            beyond - 1 > first
            and len(last) >= len(token.markup)
            and set(last) == {token.markup[0]}
        )

    def _unclosed(self, token: Token, at: Span) -> bool:
        if self._is_closed(token):
            return False
        self._wrong(
            Code.BLOCK_UNCLOSED,
            "the block that begins here is not closed",
            at,
            f"close it with {_fence_words(token)}",
        )
        return True

    def _language(self, language: str, at: Span) -> None:
        near = difflib.get_close_matches(language.lower(), (LANGUAGE, *PASSIVE), 1, 0.7)
        if near:
            advice = f"did you mean `{near[0]}`?"
        else:
            advice = "rules stand in `datalog` blocks; other blocks are " + ", ".join(
                f"`{each}`" for each in PASSIVE
            )
        self._wrong(
            Code.BLOCK_LANGUAGE,
            f"the block's language `{language}` is unknown"
            if language
            else "the block does not name its language",
            at,
            advice,
        )

    def _hidden(self, token: Token) -> None:
        assert token.map is not None  # noqa: S101
        for number in range(token.map[0], min(token.map[1], len(self.starts) - 1)):
            line = self._line(number)
            if _FENCE.match(line.text):
                self._wrong(
                    Code.BLOCK_NOT_AT_MARGIN,
                    "a `datalog` block stands in "
                    + ("HTML" if token.type == "html_block" else "indented text"),
                    line,
                    "move it out, to the margin",
                )
                return
            if token.type == "code_block" and _RULE.match(line.text):
                self._outside(line)
                return

    def _prose(self, token: Token) -> None:
        if not token.map:
            return
        for number in range(*token.map):
            line = self._line(number)
            if _FENCE.match(line.text) or _RULE.match(line.text):
                self._outside(line)
                return

    def _outside(self, line: Span) -> None:
        self._wrong(
            Code.RULES_OUTSIDE_BLOCK,
            "this looks like a rule, but stands in no `datalog` block",
            line,
            "put it between ```datalog and ```, each on a line of its own at the "
            "margin; an example goes in a `text` block",
        )


def slug_of(title: str) -> str:
    """Return the anchor that GitHub gives a heading (before it counts doubles)."""
    kept = (
        c
        for c in title.strip().lower()
        if c in " -_" or unicodedata.category(c)[0] in "LMN"
    )
    return "".join(kept).replace(" ", "-")


def _fence_words(token: Token) -> str:
    """Return in words what closes a block: backticks cannot be shown in backticks."""
    what = "backticks" if token.markup[0] == "`" else "tildes"
    count = len(token.markup)
    return f"a line of {'three' if count == 3 else count} {what}"


def _plain(token: Token) -> str:
    """Return the words of a line of Markdown, without its marks."""
    return "".join(_words(token.children or ()))


def _words(children: Sequence[Token]) -> Iterator[str]:
    for index, child in enumerate(children):
        if child.type in {"softbreak", "hardbreak"}:
            before = children[index - 1].content[-1:] if index else ""
            after = children[index + 1].content[:1] if index + 1 < len(children) else ""
            yield "" if _is_wide(before) and _is_wide(after) else " "
        elif child.type == "image":
            yield _plain(child)
        elif child.type in {"text", "code_inline", "text_special"}:
            yield child.content


def _is_wide(character: str) -> bool:
    return bool(character) and unicodedata.east_asian_width(character) in "WF"
