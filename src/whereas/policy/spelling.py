"""Finds the known word that is nearest to an unknown one."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, words: Iterable[str]) -> str | None:
    """Return the word that was probably meant, or None where none is close."""
    lower = {known.lower(): known for known in sorted(set(words), reverse=True)}
    if word.lower() in lower:
        return lower[word.lower()]
    found = difflib.get_close_matches(word.lower(), sorted(lower), n=1, cutoff=0.7)
    return lower[found[0]] if found else None


def did_you_mean(word: str, words: Iterable[str], otherwise: str) -> str:
    """Return the help for a word that names nothing: the nearest, or a way out."""
    meant = nearest(word, words)
    return f"did you mean `{meant}`?" if meant is not None else otherwise


def listed(words: Iterable[str]) -> str:
    """Return words in backticks, with commas between."""
    return ", ".join(f"`{word}`" for word in words)
