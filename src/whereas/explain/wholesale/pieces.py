"""Rows of integers into pieces of JSON.

A *piece* is written for many rows by one pattern: what is the same for all stands
in it, and the rest is looked up, column by column, so that what runs for every row
is no Python. What a piece names are facts, and they are numbered anew in every
explanation that it becomes part of: so it is kept as the texts before, between and
after them (`Texts`), and beside these the facts' numbers here (`Named`), one less.
"""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, TypeVar

from whereas.explain.decisions import json_value
from whereas.values import decode

if TYPE_CHECKING:
    from whereas.explain.wholesale.tables import Workshop
    from whereas.values import Type

Stored = tuple[int, ...]
Texts = Sequence[str]
Named = Sequence[int]
Said = tuple[Texts, Named]
Key = int | Stored
# What stands for a value of a row; or for a row's number.
Told = Mapping["int | None", str] | Mapping[int, str]

_One = TypeVar("_One")
_encoded = json.JSONEncoder(ensure_ascii=False).encode
# What may stand in the place of a fact that is named: nothing, and a comma.
NOTHING, COMMA = -1, -2


def quoted_json(text: str) -> str:
    """Return a text as JSON."""
    return _encoded(text)


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
        said = self[stored] = _encoded(value)
        return said


# --- facts ----------------------------------------------------------------------------


class Facts:
    """The facts that pieces name: each one's own piece, and what that names.

    What a fact's piece names ends with a comma, since another piece follows it.
    `asked` has for each relation the statements whose rows may be named: places in
    the file of a stated one, values of a derived one. `clauses` are those that the
    rule of a fact's step is subject to, where there are some.
    """

    def __init__(self) -> None:
        """Start with no fact."""
        self.pieces: dict[int, Texts] = {}
        self.below: dict[int, Named] = {}
        self.clauses: dict[int, tuple[str, ...]] = {}
        self.asked: dict[str, list[str]] = defaultdict(list)
        self._keys: dict[str, defaultdict[Key, int]] = {}
        self._count = itertools.count()

    def keys(self, relation: str) -> defaultdict[Key, int]:
        """Return the facts of a relation that were named, each with its number here.

        A new one gets the next. A stated fact's key is its row in the file; a derived
        one's its values, or its value, where it has only one.
        """
        if relation not in self._keys:
            self._keys[relation] = defaultdict(self._count.__next__)
        return self._keys[relation]

    def write(
        self, piece: Piece, rows: Sequence[Stored], numbers: Sequence[int]
    ) -> None:
        """Write the pieces of the facts with some numbers, a row for each."""
        texts, named = piece.written(rows, (COMMA,))
        self.pieces.update(zip(numbers, texts, strict=False))
        self.below.update(zip(numbers, named, strict=False))


class Writer:
    """What writes about one model: the facts of a stretch, and how values are said."""

    def __init__(self, shop: Workshop) -> None:
        """Start with no fact."""
        self.shop = shop
        self.policy = shop.policy
        self.encoding = shop.encoding
        self.facts = Facts()
        self._cells: dict[tuple[Type, str], Cells] = {}
        # What stands for nothing, for a comma, and for the facts of a line.
        self.numerals = ["", ", "]

    def forget(self) -> None:
        """Forget all facts and their values: the next stretch has others."""
        self.facts = Facts()
        self._cells.clear()

    def cells(self, type_: Type, nothing: str = "null") -> Cells:
        """Return how values of a type are written."""
        if (type_, nothing) not in self._cells:
            text = self.shop.database.text
            self._cells[type_, nothing] = Cells(type_, text, nothing)
        return self._cells[type_, nothing]


# --- pieces ---------------------------------------------------------------------------


def enclosed(before: str, said: Said, after: str) -> Said:
    """Return what was said between two texts."""
    texts, named = said
    if not named:
        return (before + texts[0] + after,), ()
    first, *middle, last = texts
    return (before + first, *middle, last + after), named


def together(parts: Sequence[Said]) -> Said:
    """Return all that was said, with commas."""
    if len(parts) == 1:
        return parts[0]
    texts = [""]
    named: list[int] = []
    for place, (own, facts) in enumerate(parts):
        texts[-1] += f", {own[0]}" if place else own[0]
        texts += own[1:]
        named += facts
    return texts, named


def listing(facts: Sequence[int]) -> Said:
    """Return a list of facts, in its brackets."""
    if not facts:
        return ("[]",), ()
    return ("[", *[", "] * (len(facts) - 1), "]"), facts


class Asides(dict[int, Said]):
    """Pieces that were written for themselves, by the number of a row.

    `usual` is the piece of a row that has none of its own.
    """

    def __init__(self, usual: str | None = None) -> None:
        """Start with no piece."""
        super().__init__()
        self._usual = usual
        self._plain: _Plain | None = None

    def __missing__(self, number: int) -> Said:
        if self._usual is None:
            raise KeyError(number)
        return (self._usual,), ()

    def write(self, piece: Piece, rows: Sequence[Stored]) -> None:
        """Write the piece of each row."""
        said = zip(*piece.written(rows), strict=False)
        self.update(zip(map(itemgetter(0), rows), said, strict=False))

    def plain(self) -> Mapping[int, str] | None:
        """Return the texts of all, if none names a fact; all are to be there."""
        if self._plain is None and not any(map(itemgetter(1), self.values())):
            self._plain = _Plain(self)
        return self._plain


class _Run:
    """A part of a pattern without a piece from elsewhere: texts, and facts between."""

    def __init__(self) -> None:
        # For each text, in order, what it is put together from.
        self.texts: list[list[str | tuple[Told, int]]] = [[]]
        self.named: list[tuple[Mapping[Key, int], Sequence[int]]] = []


class Piece:
    """The pattern of a piece: what all rows say, and what is looked up for each."""

    def __init__(self) -> None:
        """Start with nothing said."""
        # Between two runs stands a piece that was written for itself.
        self._runs = [_Run()]
        self._asides: list[Asides] = []

    def say(self, text: str) -> None:
        """Say the same for all rows."""
        said = self._runs[-1].texts[-1]
        if said and isinstance(said[-1], str):
            said[-1] += text
        else:
            said.append(text)

    def value(self, cells: Told, place: int) -> None:
        """Say the value in a place of the row."""
        self._runs[-1].texts[-1].append((cells, place))

    def name(self, keys: Mapping[Key, int], places: Sequence[int]) -> None:
        """Name the fact whose key is in some places of the row."""
        self._runs[-1].named.append((keys, places))
        self._runs[-1].texts.append([])

    def put(self, asides: Asides) -> None:
        """Put in the piece of the row that was written for itself."""
        plain = asides.plain()
        if plain is not None:
            # It names nothing: it is a value like others, of the row's number.
            self.value(plain, 0)
        else:
            self._asides.append(asides)
            self._runs.append(_Run())

    def written(
        self, rows: Sequence[Stored], end: Sequence[int] = ()
    ) -> tuple[Iterable[Texts], Iterable[Named]]:
        """Return the texts of each row, and what stands between them, then `end`.

        Both are read once.
        """
        if not rows:
            return (), ()
        columns = list(zip(*rows, strict=True))
        texts = [_texts(run, columns) for run in self._runs]
        names: list[list[Iterable[int]]] = [
            [map(keys.__getitem__, _keys(columns, at)) for keys, at in run.named]
            for run in self._runs
        ]
        nothing = itertools.repeat(NOTHING)
        ends = [itertools.repeat(one) for one in end]
        if not self._asides:
            if not (names[0] or ends):
                return zip(*texts[0], strict=False), itertools.repeat(())
            return zip(*texts[0], strict=False), zip(*names[0], *ends, strict=False)
        for named in names[:-1]:
            named.append(nothing)
        for named in names[1:]:
            named.insert(0, nothing)
        names[-1] += ends
        said: list[Iterable[Texts]] = [zip(*texts[0], strict=False)]
        between: list[Iterable[Named]] = [zip(*names[0], strict=False)]
        for aside, text, named in zip(self._asides, texts[1:], names[1:], strict=True):
            put = list(map(aside.__getitem__, columns[0]))
            said += [map(itemgetter(0), put), zip(*text, strict=False)]
            between += [map(itemgetter(1), put), zip(*named, strict=False)]
        return _joined(said), _joined(between)


def _joined(parts: Iterable[Iterable[Sequence[_One]]]) -> Iterable[tuple[_One, ...]]:
    """Return for each row what all parts have of it, in order."""
    together = map(itertools.chain.from_iterable, zip(*parts, strict=False))
    return map(tuple, together)


def _keys(columns: Sequence[Stored], places: Sequence[int]) -> Iterable[Key]:
    """Return the key in some places of each row."""
    if len(places) == 1:
        return columns[places[0]]
    return zip(*(columns[at] for at in places), strict=True)


def _texts(run: _Run, columns: Sequence[Stored]) -> list[Iterable[str]]:
    """Return the texts of a run, each for all rows."""
    found: list[Iterable[str]] = []
    for parts in run.texts:
        said: list[Iterable[str]] = [
            itertools.repeat(one)
            if isinstance(one, str)
            else map(one[0].__getitem__, columns[one[1]])
            for one in parts
        ]
        if len(said) > 1:
            found.append(map("".join, zip(*said, strict=False)))
        else:
            found.append(said[0] if said else itertools.repeat(""))
    return found


class _Plain(dict[int, str]):
    """The texts of pieces that name no fact, by the number of a row."""

    def __init__(self, asides: Asides) -> None:
        super().__init__((number, texts[0]) for number, (texts, _) in asides.items())
        self._asides = asides

    def __missing__(self, number: int) -> str:
        return self._asides[number][0][0]


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
