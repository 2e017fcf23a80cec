"""Picks the words of one language from headings and quotations in several.

A policy of the languages `en, zh` may write `## Recalls · 召回`, and in a quotation a
paragraph that begins with `@zh` for what is said in Chinese. Without them a heading
and a quotation are in the policy's first language.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

APART = " · "
_MARK = re.compile(r"@([a-z]{2,3}(?:-[A-Za-z0-9]+)*) +")


def title_in(title: str, language: str, languages: Sequence[str]) -> str | None:
    """Return a heading in a language; None, where it does not say it."""
    parts = title.split(APART)
    if len(parts) == len(languages) > 1:
        return dict(zip(languages, parts, strict=True)).get(language)
    return title if [language] == list(languages[:1]) else None


def first_title(title: str, languages: Sequence[str]) -> str:
    """Return a heading in the policy's first language."""
    return title_in(title, languages[0], languages) or title


def quote_in(quote: str, language: str, languages: Sequence[str]) -> str:
    """Return the words of a quotation in a language; if they lack, in the first."""
    spoken: dict[str, list[str]] = {}
    now = languages[0]
    for paragraph in quote.split("\n"):
        mark = _MARK.match(paragraph)
        if mark is None or mark[1] not in languages:
            spoken.setdefault(now, []).append(paragraph)
            continue
        now = mark[1]
        spoken.setdefault(now, []).append(paragraph[mark.end() :])
    return "\n".join(spoken.get(language) or spoken.get(languages[0], []))


def markdown_in(text: str, language: str, languages: Sequence[str]) -> str:
    """Return Markdown whose quotations are in one language."""
    lines: list[str] = []
    quote: list[str] = []
    for line in [*text.split("\n"), ""]:
        if line.startswith(">"):
            quote.append(line)
            continue
        lines += _quotation(quote, language, languages)
        quote = []
        lines.append(line)
    return "\n".join(lines[:-1])


def _quotation(lines: list[str], language: str, languages: Sequence[str]) -> list[str]:
    spoken: dict[str, list[str]] = {}
    now = languages[0]
    for line in lines:
        words = line[1:].lstrip()
        mark = _MARK.match(words)
        if mark is not None and mark[1] in languages:
            now, words = mark[1], words[mark.end() :]
            spoken.setdefault(now, []).append(f"> {words}")
            continue
        spoken.setdefault(now, []).append(line)
    chosen = spoken.get(language) or spoken.get(languages[0], [])
    while chosen and chosen[-1].strip() == ">":
        chosen.pop()
    return chosen
