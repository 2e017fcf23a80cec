"""Columns into JSON: one template writes many rows.

What is the same for all rows stands in a template once, and the rest is looked up,
column by column, so that what runs for every row is no Python. A written row names
facts, which are numbered anew in every document that it becomes part of: so it is kept
as the texts before, between and after them (`Texts`), and beside these the nodes that
it names (`Named`), one less.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, TypeVar

from whereas.explain.decisions import json_value
from whereas.values import decode

if TYPE_CHECKING:
    from whereas.explain.graph import Column
    from whereas.values import Type

Texts = Sequence[str]
Named = Sequence[int]
# A written row: its texts, and the nodes that it names between them.
Written = tuple[Texts, Named]

_Item = TypeVar("_Item")
_encoded = json.JSONEncoder(ensure_ascii=False).encode
# What may stand in the place of a node that is named: nothing, and a comma.
NOTHING, COMMA = -1, -2
EMPTY: Written = (("",), ())


def quoted_json(text: str) -> str:
    """Return a text as JSON."""
    return _encoded(text)


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
        written = self[stored] = _encoded(value)
        return written


def enclosed(before: str, written: Written, after: str) -> Written:
    """Return what was written between two texts."""
    texts, named = written
    if not named:
        return (before + texts[0] + after,), ()
    first, *middle, last = texts
    return (before + first, *middle, last + after), named


def together(parts: Sequence[Written]) -> Written:
    """Return all that was written, with commas."""
    if len(parts) == 1:
        return parts[0]
    texts = [""]
    named: list[int] = []
    for place, (own, nodes) in enumerate(parts):
        texts[-1] += f", {own[0]}" if place else own[0]
        texts += own[1:]
        named += nodes
    return texts, named


def listing(nodes: Sequence[int]) -> Written:
    """Return a list of nodes, in its brackets."""
    if not nodes:
        return ("[]",), ()
    return ("[", *[", "] * (len(nodes) - 1), "]"), nodes


class _Run:
    """A part of a template without rows from elsewhere: texts, and nodes between."""

    def __init__(self) -> None:
        # For each text, in order, what it is put together from: of each row.
        self.texts: list[list[str | Iterable[str]]] = [[]]
        self.named: list[Sequence[int]] = []


class Template:
    """What all rows say, and the columns of what differs."""

    def __init__(self) -> None:
        """Start with nothing said."""
        # Between two runs stand rows that were written by themselves.
        self._runs = [_Run()]
        self._inner: list[Sequence[Written]] = []

    def say(self, text: str) -> None:
        """Say the same for all rows."""
        texts = self._runs[-1].texts[-1]
        if texts and isinstance(texts[-1], str):
            texts[-1] += text
        else:
            texts.append(text)

    def value(self, cells: Mapping[int | None, str], column: Column) -> None:
        """Say the value that each row has in a column."""
        self._runs[-1].texts[-1].append(map(cells.__getitem__, column))

    def name(self, nodes: Sequence[int]) -> None:
        """Name the node of each row."""
        self._runs[-1].named.append(nodes)
        self._runs[-1].texts.append([])

    def put(self, rows: Sequence[Written]) -> None:
        """Put in rows that were written by themselves."""
        if any(map(itemgetter(1), rows)):
            self._inner.append(rows)
            self._runs.append(_Run())
        else:
            # They name nothing: each is a text like others.
            texts = map(itemgetter(0), rows)
            self._runs[-1].texts[-1].append(map(itemgetter(0), texts))

    def written(
        self, end: Sequence[int] = ()
    ) -> tuple[Iterable[Texts], Iterable[Named]]:
        """Return the texts of each row, and what stands between them, then `end`.

        Both are read once; a template without a column yields the same without end.
        """
        texts = [_texts(run) for run in self._runs]
        names: list[list[Iterable[int]]] = [[*run.named] for run in self._runs]
        nothing = itertools.repeat(NOTHING)
        ends = [itertools.repeat(one) for one in end]
        if not self._inner:
            if not (names[0] or ends):
                return zip(*texts[0], strict=False), itertools.repeat(())
            return zip(*texts[0], strict=False), zip(*names[0], *ends, strict=False)
        for named in names[:-1]:
            named.append(nothing)
        for named in names[1:]:
            named.insert(0, nothing)
        names[-1] += ends
        parts: list[Iterable[Texts]] = [zip(*texts[0], strict=False)]
        between: list[Iterable[Named]] = [zip(*names[0], strict=False)]
        for inner, text, named in zip(self._inner, texts[1:], names[1:], strict=True):
            parts += [map(itemgetter(0), inner), zip(*text, strict=False)]
            between += [map(itemgetter(1), inner), zip(*named, strict=False)]
        return _joined(parts), _joined(between)

    def rows(self, number: int) -> list[Written]:
        """Return each row of a known number of them."""
        return list(itertools.islice(zip(*self.written(), strict=False), number))


def _joined(parts: Iterable[Iterable[Sequence[_Item]]]) -> Iterable[tuple[_Item, ...]]:
    """Return for each row what all parts have of it, in order."""
    together_ = map(itertools.chain.from_iterable, zip(*parts, strict=False))
    return map(tuple, together_)


def _texts(run: _Run) -> list[Iterable[str]]:
    """Return the texts of a run, each for all rows."""
    texts: list[Iterable[str]] = []
    for parts in run.texts:
        rows: list[Iterable[str]] = [
            itertools.repeat(part) if isinstance(part, str) else part for part in parts
        ]
        if len(rows) > 1:
            texts.append(map("".join, zip(*rows, strict=False)))
        else:
            texts.append(rows[0] if rows else itertools.repeat(""))
    return texts


# Adds something to a template.
Part = Callable[[Template], None]


def listed(parts: Sequence[Part]) -> Part:
    """Return what says all parts, with commas."""

    def add(template: Template) -> None:
        for number, part in enumerate(parts):
            if number:
                template.say(", ")
            part(template)

    return add


def framed(before: str, part: Part, after: str = "}") -> Part:
    """Return what says a part between two texts."""

    def add(template: Template) -> None:
        template.say(before)
        part(template)
        template.say(after)

    return add
