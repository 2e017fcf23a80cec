"""Days of Parquet that Python has no value for: an error, and no other day."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from facts.helper import POLICY, folder
from whereas.diagnostics import Invalid
from whereas.facts import load_facts

DAYS = {
    "DATE 'infinity'": "infinity",
    "DATE '-infinity'": "-infinity",
    "TIMESTAMP 'infinity'": "infinity",
    "TIMESTAMP '-infinity'": "-infinity",
    "TIMESTAMP_MS '-infinity'": "-infinity",
    "TIMESTAMP_NS '2026-01-31 00:00:00.000000001'": "00:00:00.000000001",
    "DATE '10000-01-01'": "10000-01-01",
    "DATE '0044-03-15 (BC)'": "(BC)",
}


@pytest.mark.parametrize("home", ["sqlite", "duckdb"])
@pytest.mark.parametrize("day", DAYS)
def test_a_day_that_is_none_is_an_error(tmp_path: Path, day: str, home: str) -> None:
    path = folder(tmp_path)
    (path / "batch.csv").unlink()
    duckdb.sql(
        f"COPY (SELECT 'B1' AS batch, 'P1' AS product, {day} AS made, "
        "NULL::DATE AS expires, 1 AS size, NULL::INT AS dose, true AS sterile) "
        f"TO '{path}/batch.parquet' (FORMAT parquet)"
    )
    with pytest.raises(Invalid) as caught:
        load_facts(path, POLICY, home=home)  # type: ignore[arg-type]
    fault = caught.value.diagnostics[0]
    if fault.code == "E508":
        # DuckDB before 1.4 does not read every such moment that it writes.
        assert duckdb.__version__ < "1.4"
        return
    assert fault.code in {"E515", "E516"}
    assert DAYS[day] in fault.message or duckdb.__version__ < "1.4"
    assert str(fault.at).endswith("batch.parquet, row 1, column made")


def test_a_moment_at_midnight_is_a_day(tmp_path: Path) -> None:
    path = folder(tmp_path)
    (path / "batch.csv").unlink()
    duckdb.sql(
        "COPY (SELECT 'B1' AS batch, 'P1' AS product, TIMESTAMP_NS '2026-01-31' AS made, "
        "NULL::DATE AS expires, 1 AS size, NULL::INT AS dose, true AS sterile) "
        f"TO '{path}/batch.parquet' (FORMAT parquet)"
    )
    facts = load_facts(path, POLICY)
    assert facts.database.query("SELECT a2 FROM batch") == [(739647,)]
