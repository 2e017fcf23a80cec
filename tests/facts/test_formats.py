"""JSON, YAML, Parquet and workbooks hold the same facts as CSV, exactly."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import openpyxl
import pytest
from tests.facts.helper import GOOD, POLICY, folder
from tests.facts.test_paths_agree import content, same

from whereas.diagnostics import Invalid
from whereas.facts import load_facts
from whereas.facts.found import Found
from whereas.facts.load import home_for

if TYPE_CHECKING:
    from pathlib import Path

JSON = """[
 {"batch": "B1", "product": "P1", "made": "2026-01-31", "expires": "2027-01-31",
  "size": 10, "dose": 0.5, "sterile": true},
 {"batch": "B2", "product": "P2", "made": "2024-02-29", "expires": null,
  "size": -3, "sterile": false}]"""
LINES = (
    '{"batch": "B1", "product": "P1", "made": "2026-01-31", "expires": "2027-01-31",'
    ' "size": 10, "dose": 0.5, "sterile": true}\n'
    '{"batch": "B2", "product": "P2", "made": "2024-02-29", "expires": "",'
    ' "size": -3.0, "sterile": "false"}\n\n'
)
YAML = """
- {batch: B1, product: P1, made: 2026-01-31, expires: 2027-01-31, size: 10, dose: 0.5,
   sterile: true}
- batch: B2
  product: P2
  made: 2024-02-29
  expires: ~
  size: -3
  sterile: false
"""
ROWS = [
    ["B1", "P1", dt.date(2026, 1, 31), dt.datetime(2027, 1, 31), 10, 0.5, True],
    ["B2", "P2", "2024-02-29", None, -3.0, None, False],
]
NAMES = ["batch", "product", "made", "expires", "size", "dose", "sterile"]


def without(path: Path, *names: str) -> Path:
    for name in names:
        (path / name).unlink()
    return path


def workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)


def values(path: Path) -> dict[str, Any]:
    """Return the values alone, without files and row numbers."""
    found = same(path)
    assert isinstance(found, dict), found
    return {name: [row[:-1] for row in found[name]] for name in POLICY.relations}


def messages(path: Path) -> list[str]:
    found = same(path)
    assert isinstance(found, list), found
    return [f"{d.code} {d.at}: {d.message}".replace(f"{path}/", "") for d in found]


@pytest.fixture
def expected(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "csv").mkdir()
    return values(folder(tmp_path / "csv"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("batch.json", JSON),
        ("batch.jsonl", LINES),
        ("batch.ndjson", LINES),
        ("batch.yaml", YAML),
        ("batch.yml", YAML),
    ],
)
def test_documents(
    name: str, text: str, tmp_path: Path, expected: dict[str, Any]
) -> None:
    """Objects with typed values or texts give what the CSV file gives."""
    path = without(folder(tmp_path, {name: text}), "batch.csv")
    assert values(path) == expected


def test_workbooks(tmp_path: Path, expected: dict[str, Any]) -> None:
    """A sheet is a relation: by its name, or alone in a workbook of that name."""
    path = without(folder(tmp_path), "batch.csv", "document.csv")
    workbook(path / "batch.xlsx", {"Sheet1": [NAMES, *ROWS]})
    workbook(
        path / "others.xlsx",
        {
            "notes on this": [["anything"]],
            "document": [
                ["title", "batch"],
                ["letter, signed", "B1"],
                ["form", "B1"],
                [None, None],
            ],
        },
    )
    assert values(path) == expected
    facts = load_facts(path, POLICY)
    assert facts.files["document"].sheet == "document"
    assert facts.files["batch"].sheet == "Sheet1"


def test_parquet(tmp_path: Path, expected: dict[str, Any]) -> None:
    """Columns have their own types, or are all text."""
    path = without(folder(tmp_path), "batch.csv", "document.csv")
    duckdb.execute(
        f"""COPY (SELECT 'B1' AS batch, 'P1' AS product, DATE '2026-01-31' AS made,
          DATE '2027-01-31' AS expires, 10::SMALLINT AS size, 0.5::DECIMAL(9, 1) AS dose,
          true AS sterile
          UNION ALL SELECT 'B2', 'P2', DATE '2024-02-29', NULL, -3, NULL, false)
          TO '{path}/batch.parquet'"""
    )
    duckdb.execute(
        f"""COPY (SELECT * FROM read_csv('{tmp_path}/csv/document.csv',
        all_varchar = true)) TO '{path}/document.parquet'"""
    )
    assert values(path) == expected


def test_folders_named_like_patterns(tmp_path: Path) -> None:
    """A folder may be called `a*[b]`; no other file is read in its place."""
    for name in ("a*[b]", "axb"):
        (tmp_path / name).mkdir()
        path = without(folder(tmp_path / name), "document.csv")
        duckdb.execute(
            f"""COPY (SELECT 'B1' AS batch, '{name}' AS title)
            TO '{tmp_path}/document.parquet'"""
        )
        (tmp_path / "document.parquet").rename(path / "document.parquet")
    assert values(tmp_path / "a*[b]")["document"] == [("B1", "a*[b]")]


def test_parquet_of_other_types(tmp_path: Path) -> None:
    """A timestamp at midnight is a date; a number is no text; a time is refused."""
    path = without(folder(tmp_path), "batch.csv", "document.csv")
    (path / "document.csv").write_text("batch,title\n")
    duckdb.execute(
        f"""COPY (SELECT 7 AS batch, 'P1' AS product,
          TIMESTAMP '2026-01-31 00:00:00' AS made,
          TIMESTAMP '2027-01-31 10:00:00' AS expires, 1e3::DOUBLE AS size,
          0.125::DECIMAL(9, 3) AS dose, 1 AS sterile) TO '{path}/batch.parquet'"""
    )
    assert messages(path) == [
        "E515 batch.parquet, row 1, column batch: "
        "`7` is a number, and a text is expected",
        "E515 batch.parquet, row 1, column dose: "
        "`0.125` is not a number with at most 2 decimals",
        "E515 batch.parquet, row 1, column expires: "
        "`2027-01-31 10:00:00` has a time, and a date is expected",
        "E515 batch.parquet, row 1, column sterile: "
        "`1` is a number, and `true` or `false` is expected",
    ]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("batch.json", "", "E509 batch.json: the file is empty"),
        ("batch.json", "[{", "E508 batch.json: the JSON is broken at line 1, char"),
        ("batch.json", '[{"batch": "B', "E508 batch.json: the JSON is broken at line"),
        ("batch.json", "{}", "E508 batch.json: the file is not a list of objects"),
        ("batch.json", "[1]", "E508 batch.json, row 1: item 1 is not an object"),
        ("batch.json", "[NaN]", "E508 batch.json: `NaN` is no number in JSON"),
        ("batch.json", "[" * 100_000, "E508 batch.json: the JSON is nested too deeply"),
        ("batch.json", '[{"batch": 1e999999999}]', "E511 batch.json, row 1, column"),
        ("batch.json", "[" + "9" * 9999 + "]", "E508 batch.json, row 1: item 1"),
        ("batch.jsonl", "{}\n\n{}\n", "E513 batch.jsonl, row 2: the line is blank"),
        ("batch.jsonl", '{}\n{"a', "E508 batch.jsonl, row 2: the JSON is broken at"),
        ("batch.yaml", "", "E509 batch.yaml: the file is empty"),
        ("batch.yaml", "a: 1", "E508 batch.yaml: the file is not a list"),
        ("batch.yaml", "- [", "E508 batch.yaml: the YAML is broken at line"),
        ("batch.yaml", "- a: !!python/name:os.system x", "E508 batch.yaml, row 1, col"),
        ("batch.yaml", "--- []\n--- []", "E508 batch.yaml: the YAML is broken at"),
        ("batch.yaml", "- a: \x01", "E508 batch.yaml: the YAML holds a character"),
        ("batch.parquet", "no", "E508 batch.parquet: the file is damaged, or no Par"),
        ("batch.xlsx", "no", "E508 batch.xlsx: the workbook cannot be read: it is dam"),
    ],
)
def test_broken_documents(name: str, text: str, message: str, tmp_path: Path) -> None:
    """What is cut off, empty or no list is refused, with its place."""
    path = without(folder(tmp_path, {name: text}), "batch.csv")
    found = messages(path)
    assert any(one.startswith(message) for one in found), found


def test_objects_are_checked_by_column(tmp_path: Path) -> None:
    """A doubled, unknown or missing column names the item."""
    text = JSON.replace('"batch": "B1",', '"batch": "B1", "batch": "B9",')
    text = text.replace('"size": -3', '"sise": -3')
    path = without(folder(tmp_path, {"batch.json": text}), "batch.csv")
    assert messages(path) == [
        "E512 batch.json, row 1, column batch: column `batch` stands twice",
        "E510 batch.json, row 2, column sise: input `batch` has no column `sise`",
    ]


def test_yaml_guesses_nothing(tmp_path: Path) -> None:
    """`NO`, `1e3` and a date stay the words that they are."""
    text = "- {product: NO, name: 2026-01-31, kind: new}\n- {product: 1e3, name: 'null', kind: old}"
    path = without(folder(tmp_path, {"product.yaml": text}), "product.csv")
    for name in ("batch.csv", "document.csv"):
        (path / name).write_text(GOOD[name].splitlines()[0])
    assert values(path)["product"] == [
        ("NO", "2026-01-31", "new"),
        ("1e3", "null", "old"),
    ]


def test_workbook_cells(tmp_path: Path) -> None:
    """Formulas, errors, times and numbers for texts are refused; fractions are exact."""
    path = without(folder(tmp_path), "batch.csv", "document.csv")
    (path / "document.csv").write_text("batch,title\n")
    workbook(
        path / "batch.xlsx",
        {
            "batch": [
                NAMES,
                [1, "P1", dt.datetime(2026, 1, 31, 9), None, 1.5, "=1+1", "#N/A"],
                ["B2", "P2", dt.date(2026, 1, 31), "", 2, 0.125, 1],
                [None],
                ["B3", "P2", dt.date(2026, 1, 31), None, 2, 0.1, True, "more"],
            ]
        },
    )
    assert messages(path) == [
        "E515 batch.xlsx, sheet batch, row 2, column batch: `1` is a number, and a text is expected",
        "E520 batch.xlsx, sheet batch, row 2, column dose: the cell holds a formula, `=1+1`",
        "E515 batch.xlsx, sheet batch, row 2, column made: "
        "`2026-01-31 09:00:00` has a time, and a date is expected",
        "E515 batch.xlsx, sheet batch, row 2, column size: "
        "`1.5` is not an integer of at most 18 digits",
        "E520 batch.xlsx, sheet batch, row 2, column sterile: the cell holds the error, `#N/A`",
        "E515 batch.xlsx, sheet batch, row 3, column dose: "
        "`0.125` is not a number with at most 2 decimals",
        "E515 batch.xlsx, sheet batch, row 3, column sterile: "
        "`1` is a number, and `true` or `false` is expected",
        "E513 batch.xlsx, sheet batch, row 4: the row is blank, and rows follow it",
        "E508 batch.xlsx, sheet batch, row 5: the row has 8 cells, the header has 7",
    ]


def test_numbers_are_exact(tmp_path: Path) -> None:
    """A JSON fraction never passes through a float."""
    text = JSON.replace("0.5", "9007199254740993.17")
    path = without(folder(tmp_path, {"batch.json": text}), "batch.csv")
    facts = load_facts(path, POLICY)
    first = content(facts, POLICY)["batch"][0]  # type: ignore[index]
    assert first[5] == Decimal("9007199254740993.17")


def test_half_a_character_is_refused(tmp_path: Path) -> None:
    """JSON can escape a lone surrogate; no table could hold it."""
    text = '[{"product": "\\ud800", "name": "a\\u0000", "kind": "new"}]'
    path = without(folder(tmp_path, {"product.json": text}), "product.csv")
    with pytest.raises(Invalid) as raised:
        load_facts(path, POLICY)
    assert [d.code.value for d in raised.value.diagnostics] == ["E507", "E506"]


def test_the_sheets_of_a_workbook_weigh_as_one_file(tmp_path: Path) -> None:
    """Else a small workbook of many sheets would go the way of large sets."""
    path = tmp_path / "all.xlsx"
    sheets = {
        name: Found(name, path, str(path), 900_000, 0, name) for name in ("a", "b", "c")
    }
    assert home_for(sheets) == "sqlite"
    other = {n: replace(f, path=tmp_path / f"{n}.xlsx") for n, f in sheets.items()}
    assert home_for(other) == "duckdb"
