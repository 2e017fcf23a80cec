"""Good fact files become tables that remember file and row."""

from pathlib import Path
from typing import Literal

import pytest
from tests.facts.helper import POLICY, folder

from whereas.codes import Code
from whereas.diagnostics import Cell
from whereas.facts import copy, load_facts
from whereas.values import NONE


def test_rows_come_with_their_place(tmp_path: Path) -> None:
    """Each table holds the values as integers, and the row of each record."""
    facts = load_facts(folder(tmp_path), POLICY)
    rows = facts.database.query("SELECT * FROM batch ORDER BY row")
    text = facts.database.text
    assert [text(row[0]) for row in rows] == ["B1", "B2"]
    assert rows[0][3:] == (740012, 10, 50, 1, 2)
    assert rows[1][3:] == (NONE, -3, NONE, 0, 3)
    assert facts.size == 6
    assert facts.files["batch"].rows == 2


@pytest.mark.parametrize("home", ["sqlite", "duckdb"])
@pytest.mark.parametrize(
    ("content", "row"),
    [
        ("batch,title", 1),
        ("batch,title\nB1,form", 2),
        ('batch,title\nB1,"a\nb"\nB2,form', 3),
        ("batch,title\r\nB1,form\r\nB2,form", 3),
    ],
)
def test_a_last_row_without_a_line_end_is_read_with_a_warning(
    tmp_path: Path, home: Literal["sqlite", "duckdb"], content: str, row: int
) -> None:
    """A cut file ends like that; both ways of reading say so, at the same place."""
    path = folder(tmp_path, {"document.csv": content})
    facts = load_facts(path, POLICY, home=home)
    (warning,) = facts.warnings
    assert warning.code is Code.LINE_END_MISSING
    assert not warning.is_error
    assert warning.at == Cell(str(path / "document.csv"), row)
    assert warning.message.startswith("the last row of `document.csv` has no line end")
    assert copy(facts, home).warnings == facts.warnings


def test_a_last_row_with_a_line_end_is_not_suspect(tmp_path: Path) -> None:
    """Nothing is said of whole files, nor of blank lines at their end."""
    path = folder(tmp_path, {"document.csv": "batch,title\nB1,form\n\n"})
    assert load_facts(path, POLICY).warnings == ()
