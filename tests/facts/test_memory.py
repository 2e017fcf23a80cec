"""Facts given in memory are checked like files; a copy holds the same integers."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from tests.facts.helper import POLICY, folder
from tests.facts.test_paths_agree import content

from whereas.diagnostics import Invalid
from whereas.facts import copy, empty_files, from_rows, load_facts

if TYPE_CHECKING:
    from pathlib import Path

ROWS: dict[str, list[object]] = {
    "product": [
        {"product": "P1", "name": "Aspirin", "kind": "new"},
        ("P2", "药品", "old"),
    ],
    "batch": [
        {
            "batch": "B1",
            "product": "P1",
            "made": dt.date(2026, 1, 31),
            "expires": "2027-01-31",
            "size": 10,
            "dose": Decimal("0.5"),
            "sterile": True,
        },
        ("B2", "P2", "2024-02-29", None, -3, None, "false"),
    ],
    "document": [("B1", "letter, signed"), ("B1", "form")],
}


def test_rows_in_memory_are_the_facts_of_files(tmp_path: Path) -> None:
    """Mappings and sequences, typed or as text, give the same values."""
    given = content(from_rows(POLICY, ROWS, name="a scenario"), POLICY)  # type: ignore[arg-type]
    read = content(load_facts(folder(tmp_path), POLICY), POLICY)
    for name in POLICY.relations:
        assert [row[:-1] for row in given[name]] == [row[:-1] for row in read[name]]  # type: ignore[attr-defined]


def test_an_input_that_is_not_given_has_no_rows() -> None:
    """Memory needs no empty lists."""
    facts = from_rows(POLICY, {})
    assert facts.size == 0
    assert facts.database.query("SELECT * FROM batch") == []


def test_rows_in_memory_are_checked() -> None:
    """The same messages as for files, at the item's number."""
    rows = {
        "product": [("P1", "x"), {"product": "P1", "nam": 1, "kind": "nwe"}],
        "document": [("B1", "form"), ("B1", 7), ("B1", "form")],
        "batchs": [],
    }
    with pytest.raises(Invalid) as raised:
        from_rows(POLICY, rows, names={"document": "scenario.yaml"})
    assert [f"{d.code} {d.at}: {d.message}" for d in raised.value.diagnostics] == [
        "E504 batchs: the policy has no input `batchs`",
        "E508 product, row 1: item 1 has 2 values, `product` has 3 columns",
        "E510 product, row 2, column nam: input `product` has no column `nam`",
        "E519 scenario.yaml, row 1, column batch: no row of `batch` has the batch `B1`",
        "E519 scenario.yaml, row 2, column batch: no row of `batch` has the batch `B1`",
        "E515 scenario.yaml, row 2, column title: "
        "`7` is a number, and a text is expected",
        "E518 scenario.yaml, row 3: the row batch `B1`, title `form` stands in row 1 "
        "already",
        "E519 scenario.yaml, row 3, column batch: no row of `batch` has the batch `B1`",
    ]


@pytest.mark.parametrize("home", ["sqlite", "duckdb"])
def test_copies(home: str, tmp_path: Path) -> None:
    """Both homes hold the same integers; an empty table is copied too."""
    path = folder(tmp_path, {"document.csv": "batch,title\n"})
    base = load_facts(path, POLICY, home=home)  # type: ignore[arg-type]
    for other in ("sqlite", "duckdb"):
        made = copy(base, other, POLICY)
        for table in ("symbol", *POLICY.relations):
            query = f"SELECT * FROM {table} ORDER BY 1"
            assert made.database.query(query) == base.database.query(query)
        number = made.database.intern("a new text")
        assert made.database.text(number) == "a new text"
        assert made.database.intern("B1") == base.database.intern("B1")


def test_empty_files(tmp_path: Path) -> None:
    """Each input gets a header; what is there is left alone."""
    (tmp_path / "product.json").write_text("[]")
    (tmp_path / "batch.csv").write_text("mine")
    written = empty_files(POLICY, tmp_path)
    assert [path.name for path in written] == ["document.csv"]
    assert written[0].read_text() == "batch,title\n"
    assert (tmp_path / "batch.csv").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "batch.csv",
        "document.csv",
        "product.json",
    ]
    assert empty_files(POLICY, tmp_path) == ()


def test_empty_files_are_a_fact_set(tmp_path: Path) -> None:
    """Headers alone say: there are none."""
    empty_files(POLICY, tmp_path / "new" / "facts")
    assert load_facts(tmp_path / "new" / "facts", POLICY).size == 0
