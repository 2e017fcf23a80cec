"""Small files that would fill the memory: refused by a stated limit, at once."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import openpyxl
import pytest

from facts.helper import POLICY, folder
from whereas.diagnostics import Diagnostic, Invalid
from whereas.facts import load_facts

HEADER = b"batch,title\n"
ROW = '<row r="{}"><c r="A{}" t="inlineStr"><is><t>B1</t></is></c></row>'
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    "<sheetData>{}</sheetData></worksheet>"
)
TITLES = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>batch</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>title</t></is></c></row>'
)


def book(rows: str = "", **parts: bytes | None) -> bytes:
    """Return a workbook with one sheet, whose rows or whose parts are replaced."""
    plain, made = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(made, "w", 8) as new:
        for name in old.namelist():
            content: bytes | None = old.read(name)
            if name == "xl/worksheets/sheet1.xml" and rows:
                content = SHEET.format(TITLES + rows).encode()
            stem = Path(name).stem.strip("[]").lower()
            content = parts.get(stem, content)
            if content is not None:
                new.writestr(name, content)
    return made.getvalue()


def lying(data: bytes) -> bytes:
    """Return an archive whose directory says that each part is a byte long."""
    made = bytearray(data)
    at = -1
    while (at := made.find(b"PK\1\2", at + 1)) >= 0:
        made[at + 24 : at + 28] = (1).to_bytes(4, "little")
    return bytes(made)


def parquet(sql: str) -> bytes:
    with tempfile.TemporaryDirectory() as home:
        path = Path(home) / "table.parquet"
        duckdb.sql(f"COPY ({sql}) TO '{path}' (FORMAT parquet)")
        return path.read_bytes()


# The name of the file, what it holds, the code, and words of the message.
CASES: dict[str, tuple[str, Callable[[], bytes], str, str]] = {
    "a header of 100,000 columns": (
        "document.csv",
        lambda: b",".join(b"c%d" % i for i in range(100_000)) + b"\n",
        "E540",
        "100,000 columns",
    ),
    "a line of 20 MB": (
        "document.csv",
        lambda: HEADER + b"B1," + b"x" * 20_000_000 + b"\n",
        "E542",
        "more than 4 MB",
    ),
    "a cell of 2 MB": (
        "document.csv",
        lambda: HEADER + b'B1,"' + b"x" * 2_000_000 + b'"\n',
        "E542",
        "2,000,000 characters",
    ),
    "a quotation mark that is closed after 6 MB": (
        "document.csv",
        lambda: HEADER + b'B1,"' + b"x\n" * 3_000_000 + b'"\n',
        "E508",
        "not closed within",
    ),
    "a line of 20 MB of JSON": (
        "document.jsonl",
        lambda: b'{"batch": "B1", "title": "' + b"x" * 20_000_000 + b'"}\n',
        "E542",
        "more than 4 MB",
    ),
    "an object of 100,000 doubled names": (
        "document.json",
        lambda: (
            b"[{"
            + b",".join(b'"c%d":1,"c%d":2' % (i, i) for i in range(50_000))
            + b"}]"
        ),
        "E540",
        "50,000 columns",
    ),
    "an object of 10,000 names in YAML": (
        "document.yaml",
        lambda: b"- {" + b", ".join(b"c%d: 1" % i for i in range(10_000)) + b"}\n",
        "E540",
        "10,000 columns",
    ),
    "JSON of 40 MB": ("document.json", lambda: b"[" * 40_000_000, "E690", "32 MB"),
    "YAML of 5 MB": ("document.yaml", lambda: b"- " * 2_500_000, "E690", "4 MB"),
    "JSON nested 5,000,000 deep": (
        "document.json",
        lambda: b"[" * 5_000_000,
        "E508",
        "nested",
    ),
    "YAML nested 1,000,000 deep": (
        "document.yaml",
        lambda: b"[" * 1_000_000,
        "E508",
        "",
    ),
    "YAML with a hundred million aliases": (
        "document.yaml",
        lambda: (
            b"- &a0 [x, x]\n"
            + b"".join(b"- &a%d [*a%d, *a%d]\n" % (i + 1, i, i) for i in range(30))
        ),
        "E508",
        "",
    ),
    "row 300000000": (
        "document.xlsx",
        lambda: book(ROW.format(300_000_000, 300_000_000)),
        "E541",
        "row 300000000",
    ),
    "a header in column XFD": (
        "document.xlsx",
        lambda: book(
            worksheet=None,
            sheet1=SHEET.format('<row r="1"><c r="XFD1"><v>1</v></c></row>').encode(),
        ),
        "E540",
        "16,384 columns",
    ),
    "a workbook that unpacks to 400 MB": (
        "document.xlsx",
        lambda: book(styles=b" " * 400_000_000),
        "E543",
        "more than 256 MB",
    ),
    "a workbook that unpacks to a thousand times its size": (
        "document.xlsx",
        lambda: book(styles=b" " * 40_000_000),
        "E543",
        "100 times",
    ),
    "a workbook with a row of a million cells": (
        "document.xlsx",
        lambda: book(
            "<row>" + "".join(f'<c s="{i}"/>' for i in range(700_000)) + "</row>"
        ),
        "E543",
        "500,000",
    ),
    "a workbook of 20,000 parts": (
        "document.xlsx",
        lambda: book() + b"PK\1\2" * 20_000,
        "E543",
        "10,000 parts",
    ),
    "a workbook that says wrong sizes": (
        "document.xlsx",
        lambda: lying(book(ROW.format(2, 2))),
        "E508",
        "damaged",
    ),
    "entities that grow": (
        "document.xlsx",
        lambda: book(
            sheet1=b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>"
            + b"".join(
                b"<!ENTITY a%d '%s'>"
                % (i, b"&a%d;" % (i - 1) * 10 if i else b"&a;" * 10)
                for i in range(9)
            )
            + b"]>"
            + SHEET.format("<row><c t='str'><v>&a8;</v></c></row>").encode()
        ),
        "E508",
        "entities",
    ),
    "Parquet with a cell of 20 MB": (
        "document.parquet",
        lambda: parquet("SELECT 'B1' AS batch, repeat('x', 20_000_000) AS title"),
        "E542",
        "20,000,000 characters",
    ),
}


def faults(path: Path, home: str) -> list[Diagnostic]:
    with pytest.raises(Invalid) as caught:
        load_facts(path, POLICY, home=home)  # type: ignore[arg-type]
    return list(caught.value.diagnostics)


@pytest.mark.parametrize("case", CASES)
def test_a_file_that_eats_the_machine(tmp_path: Path, case: str) -> None:
    name, make, code, words = CASES[case]
    path = folder(tmp_path)
    (path / "document.csv").unlink()
    (path / name).write_bytes(make())
    # In both homes: each has a way of reading of its own.
    for home in ("sqlite", "duckdb"):
        found = faults(path, home)
        assert {one.code.value for one in found} == {code}, found[0].message
        assert words in found[0].message


@pytest.mark.parametrize("home", ["sqlite", "duckdb"])
def test_parquet_that_says_it_has_many_rows(
    tmp_path: Path, home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("whereas.facts.parquet.PARQUET_ROWS", 1_000)
    path = folder(tmp_path)
    (path / "document.csv").unlink()
    (path / "document.parquet").write_bytes(
        parquet("SELECT 'B1' AS batch, 'x' AS title FROM range(1_001)")
    )
    (fault,) = faults(path, home)
    assert fault.code == "E541"
    assert "1,001 rows" in fault.message
