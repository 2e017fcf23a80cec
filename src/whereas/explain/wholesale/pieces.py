"""Rows of integers into pieces of JSON.

A *piece* is written for many rows by one pattern: what is the same for all stands
in it, and the rest is looked up. What a piece names are facts: each stands in it as
`%d`, and beside it are their numbers here, in the same order. So a piece is written
once, and is numbered anew in every explanation that it becomes part of.
"""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING

from whereas.explain.decisions import json_value
from whereas.values import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from whereas.explain.wholesale.tables import Workshop
    from whereas.values import Type

Stored = tuple[int, ...]
Named = Sequence[int]
Key = int | Stored


def escaped(text: str) -> str:
    """Return a text that says itself once numbers are put into it."""
    return text.replace("%", "%%") if "%" in text else text


def quoted_json(text: str) -> str:
    """Return a text as JSON that says itself once numbers are put into it."""
    return escaped(json.dumps(text, ensure_ascii=False))


# --- values ---------------------------------------------------------------------------


class Cells(dict["int | None", str]):
    """Stored values of one type as JSON; `nothing` stands for what has no value."""

    def __init__(self, type_: Type, text: Callable[[int], str], nothing: str) -> None:
        """Start with none: each value is written when it is first met."""
        super().__init__({None: nothing})
        self._type = type_
        self._text = text

    def __missing__(self, stored: int | None) -> str:
        assert stored is not None  # noqa: S101  # None is there from the start
        value = json_value(decode(stored, self._type, self._text))
        said = self[stored] = escaped(json.dumps(value, ensure_ascii=False))
        return said


# --- facts ----------------------------------------------------------------------------


class Keys(dict[Key, int]):
    """The facts of one relation that some piece names, each with its number here.

    A stated fact's key is its row in the file; a derived one's its values, or its
    value, where it has only one.
    """

    def __init__(self, facts: Facts) -> None:
        """Start with no fact."""
        super().__init__()
        self._facts = facts

    def __missing__(self, key: Key) -> int:
        number = self[key] = len(self._facts.pieces)
        self._facts.pieces.append("")
        self._facts.below.append(())
        self._facts.clauses.append(())
        return number


class Facts:
    """The facts that pieces name: each one's own piece, and what that names.

    `asked` has for each relation the statements whose rows may be named: places in
    the file of a stated one, values of a derived one. `clauses` are those that the
    rule of a fact's step is subject to.
    """

    def __init__(self) -> None:
        """Start with no fact."""
        self.pieces: list[str] = []
        self.below: list[Named] = []
        self.clauses: list[tuple[str, ...]] = []
        self.asked: dict[str, list[str]] = defaultdict(list)
        self._keys: dict[str, Keys] = {}

    def keys(self, relation: str) -> Keys:
        """Return the facts of a relation that were named."""
        if relation not in self._keys:
            self._keys[relation] = Keys(self)
        return self._keys[relation]


class Writer:
    """What writes about one model: the facts of a stretch, and values known before."""

    def __init__(self, shop: Workshop) -> None:
        """Start with no fact."""
        self.shop = shop
        self.policy = shop.policy
        self.encoding = shop.encoding
        self.facts = Facts()
        self._cells: dict[tuple[Type, str], Cells] = {}

    def forget(self) -> None:
        """Forget all facts; values stay known."""
        self.facts = Facts()

    def cells(self, type_: Type, nothing: str = "null") -> Cells:
        """Return how values of a type are written."""
        if (type_, nothing) not in self._cells:
            text = self.shop.database.text
            self._cells[type_, nothing] = Cells(type_, text, nothing)
        return self._cells[type_, nothing]


# --- pieces ---------------------------------------------------------------------------


class Asides(dict[int, tuple[str, Named]]):
    """Pieces that were written for themselves, by the number of a row.

    `usual` is the piece of a row that has none of its own.
    """

    def __init__(self, usual: str | None = None) -> None:
        """Start with no piece."""
        super().__init__()
        self._usual = usual

    def __missing__(self, number: int) -> tuple[str, Named]:
        if self._usual is None:
            raise KeyError(number)
        return self._usual, ()


class Piece:
    """The pattern of a piece: what all rows say, and what is looked up for each."""

    def __init__(self) -> None:
        """Start with nothing said."""
        self._texts: list[str] = []
        # For each `%s` of the pattern, in order: where its text is looked up, by what.
        self._holes: list[tuple[Mapping[int | None, str], int]] = []
        # For each fact that is named, and each piece put in, in order.
        self._named: list[tuple[Keys | None, Callable[[Stored], Key], Asides | None]]
        self._named = []

    def say(self, text: str) -> None:
        """Say the same for all rows; the text is `escaped`."""
        self._texts.append(escaped(text))

    def value(self, cells: Mapping[int | None, str], place: int) -> None:
        """Say the value in a place of the row."""
        self._texts.append("%s")
        self._holes.append((cells, place))

    def name(self, keys: Keys, places: Sequence[int]) -> None:
        """Name the fact whose key is in some places of the row."""
        self._texts.append("%%d")
        self._named.append((keys, itemgetter(*places), None))

    def put(self, asides: Asides) -> None:
        """Put in the piece of the row that was written for itself."""
        self._texts.append("%s")
        self._holes.append((_Texts(asides), 0))
        self._named.append((None, itemgetter(0), asides))

    def written(self, rows: Sequence[Stored]) -> Iterator[tuple[str, Named]]:
        """Return the piece of each row, and the facts that it names, as they are read.

        Column by column, so that what runs for every row is no Python.
        """
        pattern = "".join(self._texts)
        columns = [
            map(texts.__getitem__, map(itemgetter(at), rows))
            for texts, at in self._holes
        ]
        values = zip(*columns, strict=True) if columns else itertools.repeat(())
        return zip(map(pattern.__mod__, values), self._names(rows), strict=False)

    def _names(self, rows: Sequence[Stored]) -> Iterator[Named]:
        """Return the facts that the piece of each row names."""
        if not self._named:
            return iter([()] * len(rows))
        simple = [
            map(keys.__getitem__, map(get, rows))
            for keys, get, _ in self._named
            if keys is not None
        ]
        if len(simple) == len(self._named):
            return zip(*simple, strict=True)
        return map(self._mixed, rows)

    def _mixed(self, row: Stored) -> Named:
        named: list[int] = []
        for keys, get, asides in self._named:
            if keys is not None:
                named.append(keys[get(row)])
            elif asides is not None:
                named += asides[row[0]][1]
        return named


class _Texts(dict["int | None", str]):
    """The texts of pieces that were written for themselves."""

    def __init__(self, asides: Asides) -> None:
        super().__init__()
        self._asides = asides

    def __missing__(self, number: int | None) -> str:
        assert number is not None  # noqa: S101  # rows are numbered
        return self._asides[number][0]


# Says something of each row, once what it looks up has been prepared.
Part = Callable[[Piece], None]


def listed(parts: Sequence[Part]) -> Part:
    """Return what says all parts, with commas."""

    def said(piece: Piece) -> None:
        for number, part in enumerate(parts):
            if number:
                piece.say(", ")
            part(piece)

    return said
