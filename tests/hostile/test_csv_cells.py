"""Cells of CSV that a spreadsheet would run, or that hide what they say."""

from __future__ import annotations

import io

import pytest

from whereas.render.csv_cells import CsvWriter, harmless


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ('=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'),
        ("+1", "'+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3", "'-2+3"),
        ("-A1", "'-A1"),
        ("\t=1", "'␉=1"),
        ("-5", "-5"),
        ("-5.25", "-5.25"),
        ("B-001", "B-001"),
        ("批次 1", "批次 1"),
        ("", ""),
        ("a\u202eb", "a\ufffdb"),
        ("\x1b[31m", "␛[31m"),
    ],
)
def test_a_cell(cell: str, shown: str) -> None:
    assert harmless(cell) == shown


def test_raw_cells_stay_as_they_are() -> None:
    stream = io.StringIO()
    CsvWriter(stream, raw=True).writerow(["=1", "a\u202eb"])
    assert stream.getvalue() == "=1,a\u202eb\n"
