"""Workbooks (XLSX): which sheets are facts, and a sheet's rows as records.

A cell has a type of its own: dates come as dates, numbers exactly as they are
written. Hidden rows are read like any other. A formula is refused, since what it
shows depends on the program that last saved the file.
"""

from __future__ import annotations

import weakref
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from whereas.codes import Code
from whereas.diagnostics import Cell
from whereas.facts.cells import plainly
from whereas.facts.faults import listed, shown
from whereas.facts.records import (
    FAULTY,
    Record,
    Table,
    blank_row,
    cell_of,
    columns_of,
    uneven,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whereas.facts.faults import Faults
    from whereas.facts.found import Found
    from whereas.facts.naming import Names
    from whereas.policy.core import Column, Relation

# A workbook that unpacks to more is refused: it is a bomb, or should be a CSV file.
_UNPACKED_BYTES = 2_000_000_000


def sheets(
    found: Found, known: Names, faults: Faults, strange: Names | None = None
) -> list[Found]:
    """Return the sheets of a workbook that are facts: those that name an input.

    A workbook that is itself named after an input may hold it in its only sheet.
    Other sheets are passed over, but not one that is nearly an input's name, unless
    it is `strange`: an input of another policy.
    """
    book = _book(found, faults)
    inputs = known.names
    if book is None:
        # Its own input is not missing besides.
        return [found] if found.relation in inputs else []
    names = list(book.sheetnames)
    found = replace(found, book=book)
    places = {name: known.place(name) for name in names}
    facts = {name: inputs[n] for name, n in places.items() if n is not None}
    if (
        found.relation in inputs
        and found.relation not in facts.values()
        and len(names) == 1
    ):
        return [replace(found, sheet=names[0])]
    others = (
        [] if strange is None else [n for n in names if strange.place(n) is not None]
    )
    names = [name for name in names if name not in others]
    if not facts and not others:
        faults.add(
            Code.STRAY_FILE,
            Cell(found.name),
            "no sheet of the workbook is named after an input",
            f"name a sheet after an input: {listed(inputs)}",
        )
    free = {*range(len(inputs))} - {*places.values()}
    for name in names:
        meant, _ = known.meant(name, free) or (None, None)
        if name not in facts and meant and facts:
            faults.add(
                Code.STRAY_FILE,
                Cell(found.name),
                f"the policy has no input {shown(name)}, as a sheet is called",
                f"did you mean `{meant}`?",
            )
    return [replace(found, relation=r, sheet=name) for name, r in facts.items()]


def sheet_table(found: Found, relation: Relation, faults: Faults) -> Table | None:
    """Return the records below the header of a sheet."""
    book = found.book
    if book is None or found.sheet is None:
        # Its fault is entered already.
        return None
    rows = book[found.sheet].iter_rows()
    header = _trimmed(next(rows, ()))
    order = columns_of(
        [plainly(cell.value) for cell in header], found.name, relation, faults
    )
    if order is None:
        return None
    columns = [relation.columns[position] for position in order]
    return Table(order, _records(rows, columns, found.name, faults))


def _book(found: Found, faults: Faults) -> Any:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        found.take()
        file = found.snapshot.open()
        weakref.finalize(found.snapshot, file.close)
        with zipfile.ZipFile(file) as packed:
            unpacked = sum(info.file_size for info in packed.infolist())
        if unpacked <= _UNPACKED_BYTES:
            book = openpyxl.load_workbook(file, read_only=True, data_only=False)
            for sheet in book.worksheets:
                # What the file says of its own size is often wrong.
                sheet.reset_dimensions()
            return book
        why = "it unpacks to more than 2 GB"
    except (
        zipfile.BadZipFile,
        InvalidFileException,
        KeyError,
        ValueError,
        SyntaxError,
        OSError,
        EOFError,
    ):
        why = "it is damaged, or no XLSX file"
    faults.add(
        Code.MALFORMED_FILE,
        Cell(found.name),
        f"the workbook cannot be read: {why}",
        "save it again as XLSX, or save each sheet as CSV",
    )
    return None


def _trimmed(row: Sequence[Any]) -> Sequence[Any]:
    """Return a row without the empty cells at its end."""
    end = len(row)
    while end and row[end - 1].value is None:
        end -= 1
    return row[:end]


def _records(
    rows: Iterator[Sequence[Any]], columns: Sequence[Column], name: str, faults: Faults
) -> Iterator[Record]:
    width = len(columns)
    blank: list[int] = []
    for number, row in enumerate(rows, 2):
        cells = _trimmed(row)
        if not cells:
            blank.append(number)
            continue
        for before in blank:
            blank_row(name, before, faults)
        blank.clear()
        if len(cells) > width:
            uneven(name, number, len(cells), width, faults)
            continue
        values = [*cells, *[None] * (width - len(cells))]
        yield (
            number,
            [
                _value(cell, column, Cell(name, number, column.name), faults)
                for cell, column in zip(values, columns, strict=True)
            ],
        )


def _value(cell: Any, column: Column, at: Cell, faults: Faults) -> str:
    if cell is None or cell.value is None:
        return ""
    if cell.data_type in {"f", "e"}:
        formula = cell.data_type == "f"
        faults.add(
            Code.FORMULA,
            replace(at, value=str(cell.value)),
            f"the cell holds {'a formula' if formula else 'the error'}, "
            f"{shown(str(cell.value))}",
            "put its value in its place (paste special, values)",
        )
        return FAULTY
    return cell_of(cell.value, column, at, faults)
