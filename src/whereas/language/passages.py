"""Splits a Markdown file into passages: the regulation's words, with their rules.

A passage begins with a heading or with a quotation, and goes on to the next. So each
rule belongs to the quotation that it stands below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whereas.language.syntax import Document


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a file: its section, the words quoted (or none), and its offsets."""

    slug: str
    title: str
    path: tuple[str, ...]
    quote: str
    start: int
    end: int


def passages(document: Document) -> tuple[Passage, ...]:
    """Return the passages of a file, in their order."""
    from markdown_it import MarkdownIt

    from whereas.language.markdown import normalised

    source = normalised(document.source)
    starts = [0]
    for line in source.text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    # Where each begins; a quotation at once after a heading is the heading's.
    begun: list[tuple[int, int, str]] = [(0, -1, "")]
    section, quotes = -1, 0
    sections = [one for one in document.sections if one.title]
    for token in MarkdownIt("commonmark").parse(source.text):
        if token.level or token.map is None:
            continue
        first = starts[token.map[0]]
        if token.type == "heading_open":
            section, quotes = section + 1, 0
            begun.append((first, section, ""))
        elif token.type == "blockquote_open" and section >= 0:
            quote = sections[section].quotes[quotes]
            quotes += 1
            begun.append((first, section, quote))
    ends = [start for start, _, _ in begun[1:]] + [len(source.text)]
    return tuple(
        Passage(
            sections[place].slug,
            sections[place].title,
            sections[place].path,
            quote,
            start,
            end,
        )
        for (start, place, quote), end in zip(begun, ends, strict=True)
        if place >= 0
    )
