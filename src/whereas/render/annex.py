"""What a justification names, to stand at the end of its page: articles and rows.

An article is a section of the policy: the regulation's words as they are quoted
there, and the rules of it that the page names. A table has the rows of one fact file
that the page names, with the columns in their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from whereas.render.width import visible
from whereas.values import written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from whereas.explain.proof import Fact, Stated
    from whereas.policy.core import Column, Rule
    from whereas.render.page import Entry, Page
    from whereas.render.phrases import Speaker
    from whereas.values import Value


@dataclass(frozen=True, slots=True)
class Link:
    """A statement of the page: its anchor, and the number to show."""

    anchor: str
    number: str


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule as it stands in its file: label, citations, place, and the words."""

    label: str
    cites: tuple[str, ...]
    place: str
    source: str


@dataclass(frozen=True, slots=True)
class Article:
    """A section of the policy, with the rules of it that the page names."""

    anchor: str
    title: str
    quotes: tuple[str, ...]
    rules: tuple[RuleText, ...]
    used: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a fact file: what it is called on the page, its number, its cells."""

    anchor: str
    number: str
    cells: tuple[str, ...]
    used: Link


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one file that a page names, under the names of their columns."""

    file: str
    relation: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Annex:
    """Articles and tables, and where a statement's article and row stand in them.

    `article` leads from a rule's label to an anchor, `row` from a fact's number.
    """

    articles: tuple[Article, ...]
    tables: tuple[Table, ...]
    article: Mapping[str, str]
    row: Mapping[str, str]


def annex_of(page: Page, speaker: Speaker, conclusion: str) -> Annex:
    """Return what a page names, in the order of the policy and of the files.

    `conclusion` is what a link to the head of the page is called.
    """
    entries = [page.head, *(one for group in page.groups for one in group.entries)]
    rules = {rule.label: rule for rule in speaker.policy.rules}
    used: dict[str, dict[Link, None]] = {}
    for entry in entries:
        if entry.label in rules and rules[entry.label].section is not None:
            link = Link(entry.anchor or "top", entry.number or conclusion)
            if entry.anchor or entry is page.head:
                used.setdefault(entry.label, {})[link] = None
            else:
                used.setdefault(entry.label, {})
    named = sorted((rules[label] for label in used), key=lambda rule: rule.index)
    sections: dict[str, list[Rule]] = {}
    for rule in named:
        sections.setdefault(_anchor(rule), []).append(rule)
    return Annex(
        tuple(
            _article(anchor, some, speaker, used) for anchor, some in sections.items()
        ),
        _tables(entries, speaker),
        {rule.label: _anchor(rule) for rule in named},
        {
            entry.number: _row_anchor(entry.number)
            for entry in entries
            if entry.fact is not None
        },
    )


def _anchor(rule: Rule) -> str:
    section = rule.section
    assert section is not None  # noqa: S101  # annex_of asked
    return f"article-{PurePath(section.document).stem}-{section.slug}"


def _article(
    anchor: str,
    rules: Sequence[Rule],
    speaker: Speaker,
    used: Mapping[str, Mapping[Link, None]],
) -> Article:
    section = rules[0].section
    assert section is not None  # noqa: S101
    return Article(
        anchor,
        visible(speaker.path(section.path or (section.title,)) or section.document),
        tuple(visible(speaker.quoted(quote)) for quote in section.quotes),
        tuple(rule_text(rule, speaker) for rule in rules),
        tuple(dict.fromkeys(link for rule in rules for link in used[rule.label])),
    )


def rule_text(rule: Rule, speaker: Speaker) -> RuleText:
    """Return a rule as it stands in its file."""
    span = rule.span
    return RuleText(
        visible(rule.label),
        tuple(visible(speaker.citation(cite)) for cite in rule.cites),
        "" if span is None else f"{span.source.name}:{span.line}",
        "" if span is None else _lines(span.text),
    )


def _lines(text: str) -> str:
    return "\n".join(visible(line) for line in text.strip().splitlines())


def _tables(entries: Sequence[Entry], speaker: Speaker) -> tuple[Table, ...]:
    tables: dict[tuple[str, str, str], list[tuple[Fact, Stated, Entry]]] = {}
    for entry in entries:
        if entry.fact is not None:
            fact, stated = entry.fact
            key = (fact.relation, stated.file, stated.sheet or "")
            tables.setdefault(key, []).append((fact, stated, entry))
    order = {name: i for i, name in enumerate(speaker.policy.relations)}
    found = []
    for key in sorted(tables, key=lambda one: (order[one[0]], one[1:])):
        rows = sorted(tables[key], key=lambda one: one[1].row)
        relation = speaker.policy.relations[key[0]]
        found.append(
            Table(
                visible(speaker.file(key[1], key[2] or None)),
                visible(relation.name),
                tuple(_heading(column, speaker) for column in relation.columns),
                tuple(_row(fact, stated, entry) for fact, stated, entry in rows),
            )
        )
    return tuple(found)


def _heading(column: Column, speaker: Speaker) -> str:
    label = column.labels.get(speaker.words.language)
    name = column.name or ""
    return visible(name if label is None else f"{label} ({name})")


def _row(fact: Fact, stated: Stated, entry: Entry) -> Row:
    originals = dict(stated.originals)
    return Row(
        _row_anchor(entry.number),
        str(stated.row) if stated.supposed is None else entry.origin,
        tuple(
            visible(originals.get(place, _cell(value)))
            for place, value in enumerate(fact.values)
        ),
        Link(entry.anchor, entry.number),
    )


def _cell(value: Value) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else written(value)


def _row_anchor(number: str) -> str:
    return f"row-{number.strip('[]')}"
