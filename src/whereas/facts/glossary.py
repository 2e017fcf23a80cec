"""What the texts of a fact set are called in a language: its file `glossary`.

A fact set may have one file (or sheet) that is no input: what a text of the facts
(`IE`, `capsule`) is called by a reader of some language. It is for words alone: no
rule sees it, and what a justification says by it stands quoted beside the row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from whereas.policy.core import Column, Relation
from whereas.values import TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from whereas.facts.base import FactFile
    from whereas.policy.core import Policy

NAME = "glossary"

# One row is: this text is called so by readers of this language.
RELATION = Relation(
    NAME,
    (
        Column("value", TEXT, labels={"zh": "原文"}),
        Column("language", TEXT, labels={"zh": "语言"}),
        Column("text", TEXT, labels={"zh": "译名"}),
    ),
    stated=True,
    declared=True,
    key=(0, 1),
    labels={"zh": "译名表"},
)


@dataclass(frozen=True, slots=True)
class Glossary:
    """The words for texts, by language and text, and the file that they stand in."""

    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    file: FactFile | None = None

    def said(self, text: str, language: str) -> str | None:
        """Return what a text is called in a language, if that is told."""
        return self.words.get(language, {}).get(text)


def is_free(policy: Policy) -> bool:
    """Whether the name is not that of an input of the policy."""
    return NAME not in policy.relations
