"""Good fact files become tables that remember file and row."""

from pathlib import Path

from tests.facts.helper import POLICY, folder

from whereas.facts import load_facts
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
