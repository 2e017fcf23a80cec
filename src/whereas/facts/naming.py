"""What files call columns and inputs: the name exactly, or a label, or an alias."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.facts.faults import nearest
from whereas.policy.labels import folded

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from whereas.policy.core import Column, Relation


class Names:
    """The words for columns (or inputs), each with its place among them.

    A name is compared exactly, since it is an identifier; a label or an alias as a
    reader sees it. `names` are the names alone, `words` are all words of a place;
    `owner` is the input whose columns they are.
    """

    def __init__(
        self, named: Sequence[Column] | Sequence[Relation], owner: str = ""
    ) -> None:
        self.owner = owner
        self.names = [str(one.name) for one in named]
        self.words = [
            (str(one.name), *one.labels.values(), *one.aliases) for one in named
        ]
        self._exact = {name: place for place, name in enumerate(self.names)}
        self._folded = {
            folded(word): place
            for place, words in enumerate(self.words)
            for word in words[1:]
        }

    def place(self, word: str) -> int | None:
        """Return the place of what a word names, if anything."""
        found = self._exact.get(word)
        return self._folded.get(folded(word)) if found is None else found

    def meant(self, word: str, among: Container[int]) -> tuple[str, int] | None:
        """Return the nearest word and its place: other blanks or capitals, or near."""
        places = {
            one: place
            for place, words in enumerate(self.words)
            if place in among
            for one in words
        }
        plain = word.strip().lower()
        same = [one for one in places if one.lower() == plain]
        found = same[0] if same else nearest(word, places)
        return None if found is None else (found, places[found])
