"""Workbooks (XLSX): which sheets are facts, and a sheet's rows as records.

A cell has a type of its own: dates come as dates, numbers exactly as they are
written. Hidden rows are read like any other. A formula is refused, since what it
shows depends on the program that last saved the file.
"""

from __future__ import annotations

import warnings
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from whereas.codes import Code
from whereas.diagnostics import Invalid
from whereas.facts.archive import damaged, require_ordinary
from whereas.facts.cells import plainly
from whereas.facts.faults import CellError, listed, shown
from whereas.facts.folder import unreadable
from whereas.facts.limits import SHEET_ROWS
from whereas.facts.records import (
    FAULTY,
    Record,
    Table,
    blank_row,
    cell_of,
    columns_of,
    too_many_columns,
    uneven,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whereas.diagnostics import Cell
    from whereas.facts.faults import Faults
    from whereas.facts.found import Found
    from whereas.facts.naming import Names
    from whereas.policy.core import Column, Relation

# A row: its number, and its cells as openpyxl's parser gives them.
_SheetCell = dict[str, Any]
_Row = tuple[int, list[_SheetCell]]


class _SharedStrings(list[Any]):
    """The texts of a workbook; a negative number is no text of it."""

    def __getitem__(self, number: Any) -> Any:
        if number < 0:
            raise IndexError(number)
        return super().__getitem__(number)


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
    names = [str(sheet.title) for sheet in book.worksheets]
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
            found.place,
            "no sheet of the workbook is named after an input",
            f"name a sheet after an input: {listed(inputs)}",
        )
    free = {*range(len(inputs))} - {*places.values()}
    for name in names:
        meant, _ = known.meant(name, free) or (None, None)
        if name not in facts and meant and facts:
            faults.add(
                Code.STRAY_FILE,
                found.place,
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
    rows = _guarded(_rows(book[found.sheet]), found.place, faults)
    number, header = next(rows, (1, []))
    width = header[-1]["column"] if number == 1 and header else 0
    if too_many_columns(width, found.place.within(1), faults):
        return None
    words = [plainly(cell and cell["value"]) for cell in _padded(header, width)]
    order = columns_of(words, found.place, relation, faults)
    if order is None:
        return None
    columns = [relation.columns[position] for position in order]
    return Table(order, _records(rows, columns, found.place, faults))


def _book(found: Found, faults: Faults) -> Any:
    import openpyxl

    try:
        found.take()
        file = found.snapshot.open()
        weakref.finalize(found.snapshot, file.close)
        require_ordinary(file)
        with warnings.catch_warnings(action="ignore"):
            book = openpyxl.load_workbook(file, read_only=True, keep_links=False)
        if not book.worksheets:
            raise damaged("it has no sheet")
        return book
    except OSError as error:
        unreadable(error, found.place, faults)
    except Invalid as invalid:
        for one in invalid.diagnostics:
            faults.add(one.code, found.place, one.message, one.help or "")
    except CellError as fault:
        _enter(fault, found.place, faults)
    except Exception:  # noqa: BLE001  # openpyxl raises anything on a damaged file
        _enter(damaged("it is damaged, or no XLSX file"), found.place, faults)
    return None


def _enter(fault: CellError, at: Cell, faults: Faults) -> None:
    faults.add(fault.code, at, fault.message, fault.help)


def _guarded(rows: Iterator[_Row], source: Cell, faults: Faults) -> Iterator[_Row]:
    """Yield rows until one cannot be read; then enter that, and end."""
    number = 0
    while True:
        try:
            with warnings.catch_warnings(action="ignore"):
                number, cells = next(rows)
        except StopIteration:
            return
        except CellError as fault:
            _enter(fault, source, faults)
            return
        except Exception:  # noqa: BLE001  # openpyxl raises anything on a damaged file
            _enter(damaged(f"it is damaged after row {number}"), source, faults)
            return
        yield number, cells


def _rows(sheet: Any) -> Iterator[_Row]:
    """Yield the rows of a sheet: the number, and the cells up to the last with a value.

    A row or cell out of its order is an error: openpyxl's own rows would leave it out
    without a word, and fill up a gap of any size.
    """
    from xml.etree.ElementTree import iterparse  # no entities

    from openpyxl.worksheet._reader import ROW_TAG, WorkSheetParser

    book = sheet.parent
    with sheet._get_source() as source:
        parser = WorkSheetParser(
            source,
            _SharedStrings(sheet._shared_strings),
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        last = 0
        for _, element in iterparse(source):  # noqa: S314  # no entities
            if element.tag != ROW_TAG:
                continue
            number, cells = parser.parse_row(cast("Any", element))
            element.clear()
            _require_order(number, cells, last)
            last = number
            while cells and cells[-1]["value"] is None:
                cells.pop()
            if cells:
                yield number, cells


def _require_order(number: int, cells: Sequence[_SheetCell], last: int) -> None:
    if number > SHEET_ROWS:
        raise CellError(
            Code.TOO_MANY_ROWS,
            f"the sheet has a row {number}; a sheet has at most {SHEET_ROWS:,} rows",
            "save the sheet again as XLSX, or as CSV",
        )
    if number <= last:
        raise damaged(f"row {number} stands behind row {last}")
    before = 0
    for cell in cells:
        if cell["row"] != number:
            raise damaged(f"row {number} holds a cell of row {cell['row']}")
        if cell["column"] <= before:
            raise damaged(f"the cells of row {number} are not in order")
        before = cell["column"]


def _padded(cells: Sequence[_SheetCell], width: int) -> list[_SheetCell | None]:
    """Return the cells of a row, with None for each that is not there."""
    row: list[_SheetCell | None] = [None] * width
    for cell in cells:
        row[cell["column"] - 1] = cell
    return row


def _records(
    rows: Iterator[_Row], columns: Sequence[Column], source: Cell, faults: Faults
) -> Iterator[Record]:
    width = len(columns)
    last = 1
    for number, cells in rows:
        for blank in range(last + 1, number):
            blank_row(source, blank, faults)
        last = number
        if cells[-1]["column"] > width:
            uneven(source, number, cells[-1]["column"], width, faults)
            continue
        yield (
            number,
            [
                _value(cell, column, source.within(number, column.name), faults)
                for cell, column in zip(_padded(cells, width), columns, strict=True)
            ],
        )


def _value(cell: _SheetCell | None, column: Column, at: Cell, faults: Faults) -> str:
    if cell is None or cell["value"] is None:
        return ""
    value = cell["value"]
    if cell["data_type"] in {"f", "e"}:
        formula = cell["data_type"] == "f"
        faults.add(
            Code.FORMULA,
            replace(at, value=str(value)),
            f"the cell holds {'a formula' if formula else 'the error'}, "
            f"{shown(str(value))}",
            "put its value in its place (paste special, values)",
        )
        return FAULTY
    return cell_of(value, column, at, faults)
