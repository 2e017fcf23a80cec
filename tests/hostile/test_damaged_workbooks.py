"""Workbooks that programs damaged: no row is left out, nothing is our fault."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_fact_limits import SHEET, TITLES, book

from facts.helper import POLICY, folder
from whereas.diagnostics import Invalid
from whereas.facts import load_facts

CELL = '<c r="{0}" t="inlineStr"><is><t>{1}</t></is></c>'
GOOD = f'<row r="2">{CELL.format("A2", "B1")}{CELL.format("B2", "x")}</row>'


def sheet(rows: str) -> bytes:
    return book(sheet1=SHEET.format(TITLES + rows).encode())


# What is in the file, and the words that the error has.
CASES: dict[str, tuple[bytes, str]] = {
    "an encrypted workbook": (b"\xd0\xcf\x11\xe0" + b"\0" * 5_000, "encrypted"),
    "no archive": (b"batch,title\n", "damaged"),
    "nothing": (b"", "damaged"),
    "a text in place of a part": (book(workbook=b"<"), "damaged"),
    "no list of sheets": (book(workbook=None), "damaged"),
    "no styles": (book(styles=b"<styles/>"), ""),
    "no sheet": (book(sheet1=None), "no sheet"),
    "XML that breaks off": (
        book(sheet1=SHEET.format(TITLES + GOOD).encode()[:-20]),
        "damaged",
    ),
    "rows out of order": (
        sheet(
            f'<row r="3">{CELL.format("A3", "B2")}{CELL.format("B3", "x")}</row>{GOOD}'
        ),
        "row 2 stands behind row 3",
    ),
    "a row twice": (sheet(GOOD + GOOD), "row 2 stands behind row 2"),
    "a cell of another row": (
        sheet(f'<row r="2">{CELL.format("A7", "B1")}</row>'),
        "row 2 holds a cell of row 7",
    ),
    "a cell twice": (
        sheet(f'<row r="2">{CELL.format("A2", "B1") * 2}</row>'),
        "not in order",
    ),
    "cells out of order": (
        sheet(f'<row r="2">{CELL.format("B2", "x")}{CELL.format("A2", "B1")}</row>'),
        "not in order",
    ),
    "an impossible reference": (
        sheet(f'<row r="2">{CELL.format("AAAAA2", "B1")}</row>'),
        "damaged after row 1",
    ),
    "a reference to row 0": (sheet(f'<row r="0">{CELL.format("A0", "B1")}</row>'), ""),
    "a row that is no number": (
        sheet(GOOD.replace('r="2"', 'r="two"', 1)),
        "damaged after row 1",
    ),
    "a shared text that is not there": (
        sheet('<row r="2"><c r="A2" t="s"><v>99</v></c></row>'),
        "damaged after row 1",
    ),
    "a shared text of a negative number": (
        sheet('<row r="2"><c r="A2" t="s"><v>-1</v></c></row>'),
        "damaged after row 1",
    ),
    "a number that is none": (
        sheet('<row r="2"><c r="A2"><v>1e9999999x</v></c></row>'),
        "damaged after row 1",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_damaged_workbook(tmp_path: Path, case: str) -> None:
    content, words = CASES[case]
    path = folder(tmp_path)
    (path / "document.csv").unlink()
    (path / "document.xlsx").write_bytes(content)
    with pytest.raises(Invalid) as caught:
        load_facts(path, POLICY)
    fault = caught.value.diagnostics[0]
    assert words in fault.message
    assert fault.at is not None and fault.at.file.endswith("document.xlsx")  # type: ignore[union-attr]


def test_the_sheet_is_named(tmp_path: Path) -> None:
    path = folder(tmp_path)
    (path / "document.csv").unlink()
    (path / "document.xlsx").write_bytes(sheet(GOOD.replace("B1", "B9")))
    with pytest.raises(Invalid) as caught:
        load_facts(path, POLICY)
    (fault,) = caught.value.diagnostics
    assert str(fault.at) == f"{path}/document.xlsx, sheet Sheet, row 2, column batch"
