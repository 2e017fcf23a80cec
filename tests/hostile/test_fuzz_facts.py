"""Mutated fact files of every format: facts, or errors with a place; nothing else.

The suite runs a few seconds of it. By hand, for longer and from another seed:

    python tests/hostile/test_fuzz_facts.py SEED COUNT
"""

from __future__ import annotations

import io
import random
import re
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import openpyxl

from facts.helper import POLICY, folder
from whereas.diagnostics import Diagnostic, Invalid
from whereas.facts import load_facts

ROWS = [("batch", "title"), ("B1", "letter, signed"), ("B2", "form é 药"), ("B1", "x")]


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "document"
    for row in ROWS:
        sheet.append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def parquet() -> bytes:
    with tempfile.TemporaryDirectory() as home:
        path = Path(home) / "table.parquet"
        values = ", ".join(f"('{batch}', '{title}')" for batch, title in ROWS[1:])
        duckdb.sql(
            f"COPY (FROM (VALUES {values}) t(batch, title)) TO '{path}' (FORMAT parquet)"
        )
        return path.read_bytes()


def originals() -> dict[str, bytes]:
    objects = ", ".join(f'{{"batch": "{b}", "title": "{t}"}}' for b, t in ROWS[1:])
    return {
        "document.csv": "".join(f'{b},"{t}"\r\n' for b, t in ROWS).encode(),
        "document.json": f"[{objects}]".encode(),
        "document.jsonl": objects.replace("}, {", "}\n{").encode(),
        "document.yaml": "".join(
            f"- {{batch: {b}, title: '{t}'}}\n" for b, t in ROWS[1:]
        ).encode(),
        "document.parquet": parquet(),
        "document.xlsx": workbook(),
    }


def bytes_changed(data: bytes, chance: random.Random) -> bytes:
    """Flip, cut, double or replace some bytes."""
    made = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        at = chance.randrange(len(made)) if made else 0
        match chance.randrange(6):
            case 0 if made:
                made[at] ^= 1 << chance.randrange(8)
            case 1:
                del made[at:]
            case 2:
                del made[at : at + chance.randrange(1, 30)]
            case 3:
                made[at:at] = made[at : at + chance.randrange(1, 99)]
            case 4:
                made[at:at] = chance.choice(
                    (b"\0", b'"', b"\xff", b"\n", b"\r", b",", b"[", b"{", b"\\u0000",
                     b"\\ud800", b"&a *a", b"!!python/x ", b"1e999999999", b"-", b"\xef\xbb\xbf")
                )  # fmt: skip
            case _ if made:
                made[at] = chance.randrange(256)
    return bytes(made)


def xml_changed(data: bytes, chance: random.Random) -> bytes:
    """Change the XML of one part of a workbook, so that the archive stays whole."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", 8) as new:
        names = old.namelist()
        sheets = [name for name in names if "sheet" in name]
        chosen = chance.choice(sheets if chance.random() < 0.7 else names)
        for name in names:
            content = old.read(name)
            if name == chosen:
                if chance.random() < 0.1:
                    continue
                if chance.random() < 0.5:
                    content = attribute_changed(content, chance)
                else:
                    content = bytes_changed(content, chance)
            new.writestr(name, content)
    return made.getvalue()


def attribute_changed(content: bytes, chance: random.Random) -> bytes:
    values = list(re.finditer(rb'="([^"]*)"', content))
    if not values:
        return content
    value = chance.choice(values)
    new = chance.choice(
        (b"", b"-1", b"0", b"300000000", b"1e400", b"A0", b"AAAAA1", b"XFD1048577",
         b"n", b"s", b"d", b"b", b"e", b"str", b"inlineStr", b"x", b"\xc3\xa9", b"9" * 5000)
    )  # fmt: skip
    return content[: value.start(1)] + new + content[value.end(1) :]


def outcome(path: Path, name: str, content: bytes, home: str) -> list[Diagnostic]:
    """Return what is said of a file; anything but facts and `Invalid` is raised."""
    (path / name).write_bytes(content)
    try:
        load_facts(path, POLICY, home=home).database.close()  # type: ignore[arg-type]
    except Invalid as invalid:
        assert all(one.at is not None and one.message for one in invalid.diagnostics)
        return list(invalid.diagnostics)
    finally:
        (path / name).unlink()
    return []


def fuzz(seed: int, count: int, path: Path) -> None:
    """Try mutations of each format; the failing one is left in the folder."""
    (folder(path) / "document.csv").unlink()
    files = originals()
    for number in range(count):
        for name, data in files.items():
            chance = random.Random(f"{seed} {number} {name}")
            ways: list[Callable[[bytes, random.Random], bytes]] = [bytes_changed]
            if name.endswith(".xlsx"):
                ways.append(xml_changed)
            content = chance.choice(ways)(data, chance)
            home = (
                "duckdb"
                if name.endswith((".csv", ".parquet")) and number % 8 == 0
                else "sqlite"
            )
            try:
                outcome(path, name, content, home)
            except BaseException:
                (path / f"failed-{name}").write_bytes(content)
                print(f"seed {seed}, number {number}: {path}/failed-{name}")
                raise


def test_the_files_that_are_changed_are_good(tmp_path: Path) -> None:
    (folder(tmp_path) / "document.csv").unlink()
    for name, content in originals().items():
        assert outcome(tmp_path, name, content, "sqlite") == [], name


def test_mutated_fact_files(tmp_path: Path) -> None:
    fuzz(1, 40, tmp_path)


if __name__ == "__main__":
    fuzz(int(sys.argv[1]), int(sys.argv[2]), Path(tempfile.mkdtemp()))
