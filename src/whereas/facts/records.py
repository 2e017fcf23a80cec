"""A fact file of any format into records: numbers, and cells as a CSV file has them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from whereas.codes import Code
from whereas.facts.cells import plainly, typed
from whereas.facts.delimited import Malformed, too_long
from whereas.facts.delimited import records as csv_records
from whereas.facts.faults import CellError, Faults, listed, shown, unseen
from whereas.facts.limits import CELL_CHARACTERS, COLUMNS
from whereas.facts.naming import Names

if TYPE_CHECKING:
    from whereas.diagnostics import Cell
    from whereas.facts.found import Found
    from whereas.policy.core import Column, Relation

Record = tuple[int, Sequence[str]]

# In a record of cells: the cell was faulty, and its fault is entered already.
FAULTY = "\0"

# How much of a cell that is at fault is kept for its message.
_VALUE_SHOWN = 1_000


@dataclass(frozen=True, slots=True)
class Table:
    """The records of a file; `order` has each cell's position in the relation."""

    order: tuple[int, ...]
    records: Iterator[Record]

    @property
    def back(self) -> tuple[int, ...]:
        """Where in a record each column of the relation is."""
        return tuple(self.order.index(i) for i in range(len(self.order)))


def csv_header(found: Found, relation: Relation) -> tuple[int, ...] | None:
    """Return the positions of a CSV file's columns; None where they are at fault."""
    try:
        with found.snapshot.open() as file:
            lines = io.TextIOWrapper(file, encoding="utf-8-sig", newline="\n")
            table = csv_table(lines, found.place, relation, Faults())
    except UnicodeDecodeError:
        return None
    return table.order if table else None


# --- tables with a header ---------------------------------------------------------


def csv_table(
    lines: Iterator[str], source: Cell, relation: Relation, faults: Faults
) -> Table | None:
    """Return the records below a CSV header."""
    rows = csv_records(lines)
    try:
        _, header = next(rows, (1, []))
    except Malformed as fault:
        faults.add(fault.code, source.within(fault.row), fault.message, fault.help)
        return None
    separator = _separator(header, relation)
    if separator is not None:
        faults.add(
            Code.MALFORMED_FILE,
            source.within(1),
            f"the cells are separated by {separator}",
            "save the file with commas between its cells",
        )
        return None
    order = columns_of(header, source, relation, faults)
    if order is None:
        return None
    return Table(order, _even(rows, len(order), source, faults))


def _separator(header: Sequence[str], relation: Relation) -> str | None:
    """Return what a spreadsheet has put between the cells in place of commas."""
    known = Names(relation.columns, relation.name)

    def has_column(words: Sequence[str]) -> bool:
        return any(known.place(word) is not None for word in words)

    line = ",".join(header)
    for mark, said in ((";", "`;`"), ("\t", "tabs"), ("|", "`|`")):
        words = [word.strip(' "') for word in line.split(mark)]
        if len(words) > 1 and has_column(words) and not has_column(header):
            return said
    return None


def columns_of(
    header: Sequence[str], source: Cell, relation: Relation, faults: Faults
) -> tuple[int, ...] | None:
    """Return the relation's position of each column of a header."""
    known = Names(relation.columns, relation.name)
    expected = known.names
    if not header:
        faults.add(
            Code.NO_HEADER,
            source.within(1),
            "the file has no header",
            f"write {', '.join(expected)} in its first line; "
            "with the header alone it says: there are none",
        )
        return None
    if too_many_columns(len(header), source.within(1), faults):
        return None
    places = [known.place(word) for word in header]
    there = {place for place in places if place is not None}
    good = len(there) == len(expected) == len(header)
    # A column that is misspelt is missing too: that is one fault, said once.
    misspelt: set[int] = set()
    for number, (word, place) in enumerate(zip(header, places, strict=True)):
        at = source.within(1, word, word)
        if word in header[:number] or (place is not None and place in places[:number]):
            first = header[number if place is None else places.index(place)]
            doubled_column(word, first, at, faults)
        elif place is None:
            misspelt |= unknown_column(word, known, there, at, faults)
    for place, word in enumerate(expected):
        if place not in there | misspelt:
            faults.add(
                Code.MISSING_FACT_COLUMN,
                source.within(1, word),
                f"column `{word}` of input `{relation.name}` is missing",
                f"add `{word}` to the header, and its value to every row",
            )
    return tuple(place for place in places if place is not None) if good else None


def too_many_columns(count: int, at: Cell, faults: Faults) -> bool:
    """Return whether a header or an object has too many columns; enter it if so."""
    if count > COLUMNS:
        faults.add(
            Code.TOO_MANY_COLUMNS,
            at,
            f"there are {count:,} columns; at most {COLUMNS:,} are read",
            "keep the columns that the input has",
        )
    return count > COLUMNS


def doubled_column(word: str, first: str, at: Cell, faults: Faults) -> None:
    """Enter that two headings name one column."""
    faults.add(
        Code.DOUBLED_FACT_COLUMN,
        at,
        f"column {shown(word)} stands twice"
        + ("" if first == word else f": it is {shown(first)} too"),
        "keep one of the two",
    )


def unknown_column(
    word: str, known: Names, there: set[int], at: Cell, faults: Faults
) -> set[int]:
    """Enter that the input has no such column; return the one that was meant.

    `there` are the columns that have a heading.
    """
    everything = range(len(known.names))
    near = known.meant(word, {*everything} - there)
    same = [n for n in everything if known.names[n] == word.strip().lower()]
    meant, _ = near or known.meant(word, same) or (None, None)
    differs = unseen(word, [meant] if meant else ())
    faults.add(
        Code.UNKNOWN_FACT_COLUMN,
        at,
        f"input `{known.owner}` has no column {shown(word)}"
        + (f": it has {differs}" if differs else ""),
        f"did you mean `{meant}`?"
        if meant
        else f"remove it; the columns are {listed(known.names)}",
    )
    misspelt = known.meant(word, everything)
    return set() if misspelt is None else {misspelt[1]}


def _even(
    rows: Iterator[tuple[int, list[str]]], width: int, source: Cell, faults: Faults
) -> Iterator[Record]:
    """Yield the records that have as many cells as the header."""
    blank: list[int] = []
    try:
        for number, cells in rows:
            if not cells:
                blank.append(number)
                continue
            if blank:
                for row in blank:
                    blank_row(source, row, faults)
                blank.clear()
            if len(cells) == width:
                yield number, cells
            else:
                uneven(source, number, len(cells), width, faults)
    except Malformed as fault:
        faults.add(fault.code, source.within(fault.row), fault.message, fault.help)


def uneven(source: Cell, row: int, count: int, width: int, faults: Faults) -> None:
    """Enter that a row has more or fewer cells than the header."""
    faults.add(
        Code.MALFORMED_FILE,
        source.within(row),
        f"the row has {_cells(count)}, the header has {width}",
        'a comma in a value needs quotation marks: `"a, b"`'
        if count > width
        else "restore what is cut off, or add the missing cells",
    )


def _cells(count: int) -> str:
    return f"{count} cell" if count == 1 else f"{count} cells"


def blank_row(source: Cell, row: int, faults: Faults) -> None:
    """Enter that a row in the middle is blank."""
    faults.add(
        Code.BLANK_ROW,
        source.within(row),
        "the row is blank, and rows follow it",
        "remove the blank row",
    )


# --- objects ----------------------------------------------------------------------


class Doubled(dict[str, object]):
    """An object in which a name stands twice; `names` are those."""

    names: tuple[str, ...] = ()


def from_objects(
    items: Iterator[tuple[int, object]],
    source: Cell,
    relation: Relation,
    faults: Faults,
) -> Iterator[Record]:
    """Yield a record for each object, its cells in the relation's order.

    An optional column may be left out, which says `none`.
    """
    known = Names(relation.columns, relation.name)
    for row, item in items:
        if not isinstance(item, Mapping):
            faults.add(
                Code.MALFORMED_FILE,
                source.within(row, None, plainly(item)),
                f"item {row} is not an object with the columns of `{relation.name}`",
                "write an object: a name and a value for each column",
            )
            continue
        fields = cast("Mapping[object, object]", item)
        if too_many_columns(len(fields), source.within(row), faults):
            continue
        good = True
        for word in item.names if isinstance(item, Doubled) else ():
            doubled_column(word, word, source.within(row, word), faults)
            good = False
        words = [plainly(word) for word in fields]
        places = [known.place(word) for word in words]
        there = {place for place in places if place is not None}
        misspelt: set[int] = set()
        for number, (word, place) in enumerate(zip(words, places, strict=True)):
            at = source.within(row, word)
            if place is None:
                misspelt |= unknown_column(word, known, there, at, faults)
            elif place in places[:number]:
                doubled_column(word, words[places.index(place)], at, faults)
        good = good and len(there) == len(words)
        for place, column in enumerate(relation.columns):
            if place not in there and not column.type.optional:
                good = False
                if place not in misspelt:
                    faults.add(
                        Code.MISSING_FACT_COLUMN,
                        source.within(row, column.name),
                        f"column `{column.name}` of input `{relation.name}` is missing",
                        f"give `{column.name}` a value",
                    )
        if good:
            given = dict(zip(places, fields.values(), strict=True))
            values = [given.get(place) for place in range(relation.arity)]
            yield row, cells_of(values, row, source, relation, faults)


def cells_of(
    values: Sequence[object], row: int, source: Cell, relation: Relation, faults: Faults
) -> list[str]:
    """Return the cells of typed values, all columns given; enter what does not fit."""
    return [
        cell_of(value, column, source.within(row, column.name), faults)
        for value, column in zip(values, relation.columns, strict=True)
    ]


def cell_of(value: object, column: Column, at: Cell, faults: Faults) -> str:
    """Return the cell of one typed value; enter what does not fit."""
    try:
        return clean(typed(value, column.type))
    except CellError as fault:
        where = replace(at, value=plainly(value)[:_VALUE_SHOWN])
        faults.add(fault.code, where, fault.message, fault.help)
        return FAULTY


def clean(text: str) -> str:
    """Return a text that can be stored: no NUL, no half of a surrogate pair."""
    if "\0" in text:
        raise CellError(Code.NUL_BYTE, "the value holds a NUL character", "remove it")
    if len(text) > CELL_CHARACTERS:
        raise CellError(Code.CELL_TOO_LONG, *too_long(len(text)))
    try:
        text.encode()
    except UnicodeEncodeError:
        raise CellError(
            Code.NOT_UTF8,
            "the value holds half a character (a lone surrogate)",
            "write the whole character",
        ) from None
    return text
