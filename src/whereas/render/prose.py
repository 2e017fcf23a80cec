"""A policy's Markdown file into pieces: headings, prose, and blocks of rules.

Prose is shown as its author wrote it. In HTML nothing of it can run: raw HTML is
text, pictures are left out, and a link leads to another site or to this page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

    from whereas.diagnostics import Source
    from whereas.language.syntax import Document

# A link in Markdown, and whether it leads to another site.
_LINK = re.compile(r"\[([^\]\[]*)\]\(([^()\s]+)\)")
_SITE = re.compile(r"(https?|mailto):")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: how deep, its words, and the name to link to."""

    level: int
    title: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Prose:
    """Markdown as it stands, without headings and rules."""

    text: str


@dataclass(frozen=True, slots=True)
class Rules:
    """A `datalog` block: its words, and where they stand in the file."""

    text: str
    start: int
    end: int


Piece = Heading | Prose | Rules


def anchor(file: str, slug: str) -> str:
    """Return what a section of a file is called on a page."""
    stem = PurePath(file).stem
    return f"{stem}-{slug}" if slug else stem


def pieces(document: Document) -> list[Piece]:
    """Return the pieces of a file, in their order."""
    from whereas.language.markdown import normalised

    source = normalised(document.source)
    starts = [0]
    for line in source.text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    sections = iter([one for one in document.sections if one.title])
    found: list[Piece] = []
    at = 0
    for token in _markdown().parse(source.text):
        if token.level or token.map is None:
            continue
        heading = token.type == "heading_open"
        rules = token.type == "fence" and token.info.split()[:1] == ["datalog"]
        if not heading and not rules:
            continue
        first, beyond = token.map
        _prose(found, source, starts[at], starts[first])
        at = beyond
        if rules:
            start, end = starts[first + 1], starts[beyond - 1]
            found.append(Rules(source.text[start:end].rstrip(), start, end))
            continue
        section = next(sections, None)
        if section is not None:
            name = anchor(source.name, section.slug)
            found.append(Heading(int(token.tag[1:]), section.title, name))
    _prose(found, source, starts[at], len(source.text))
    return found


def _prose(found: list[Piece], source: Source, start: int, end: int) -> None:
    text = source.text[start:end].strip("\n")
    if text.strip():
        found.append(Prose(text))


def in_html(text: str, anchors: Mapping[str, str]) -> str:
    """Return prose as HTML; `anchors` leads from a file of the policy to its name."""
    reader = _markdown()
    tokens = reader.parse(text)
    for token in tokens:
        _links(token, anchors)
    html: str = reader.renderer.render(tokens, reader.options, {})
    return html


def in_markdown(text: str) -> str:
    """Return prose as Markdown for another folder: links within become words."""

    def replaced(match: re.Match[str]) -> str:
        return match[0] if _SITE.match(match[2]) else match[1]

    return _LINK.sub(replaced, text)


def _links(token: Token, anchors: Mapping[str, str]) -> None:
    open_: list[Token] = []
    for child in token.children or ():
        if child.type == "link_open":
            target = str(child.attrGet("href") or "")
            file, _, place = target.partition("#")
            name = anchors.get(file)
            if name is not None:
                child.attrSet("href", f"#{name}-{place}" if place else f"#{name}")
            elif not _SITE.match(target):
                child.tag, child.attrs = "span", {}
            open_.append(child)
        elif child.type == "link_close":
            child.tag = open_.pop().tag


def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
