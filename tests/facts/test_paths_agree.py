"""Row by row and set-at-a-time accept, refuse and say exactly the same."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.facts.helper import GOOD, POLICY, folder, policy, relation

from whereas.codes import Code
from whereas.diagnostics import Invalid
from whereas.facts import load_facts, reading
from whereas.facts.database import columns
from whereas.values import decode

if TYPE_CHECKING:
    from pathlib import Path

    from whereas.facts import FactBase
    from whereas.policy.core import Policy


def content(facts: FactBase, of: Policy) -> dict[str, object]:
    """Return all that a fact base holds, as values and rows."""
    tables: dict[str, object] = {
        "sha256": facts.sha256,
        "files": dict(facts.files),
        "warnings": facts.warnings,
        "originals": sorted(facts.originals),
    }
    for name, one in of.relations.items():
        if not one.stated:
            continue
        names = ", ".join(columns(one.arity))
        tables[name] = [
            (
                *(
                    decode(stored, column.type, facts.database.text)
                    for stored, column in zip(row, one.columns, strict=False)
                ),
                row[-1],
            )
            for row in facts.database.query(
                f'SELECT {names}, row FROM "{name}" ORDER BY row'
            )
        ]
    return tables


def loaded(path: Path, of: Policy, home: str) -> object:
    """Return what a home makes of a folder: its content, or every diagnostic."""
    try:
        facts = load_facts(path, of, home=home)  # type: ignore[arg-type]
    except Invalid as invalid:
        return list(invalid.diagnostics)
    symbols = facts.database.query("SELECT id, text FROM symbol")
    assert len({text for _, text in symbols}) == len(symbols)
    assert len({number for number, _ in symbols}) == len(symbols)
    return content(facts, of)


def same(path: Path, of: Policy = POLICY) -> object:
    """Load both ways, hold that they agree, and return what they made of it."""
    by_rows = loaded(path, of, "sqlite")
    assert loaded(path, of, "duckdb") == by_rows
    return by_rows


HEADER = "product,name,kind\n"
PRODUCTS: dict[str, str | bytes] = {
    "a blank in a value": HEADER + "P1, x ,new\nP2,,old\n",
    "a blank line in the middle": HEADER + "P1,x,new\n\nP2,x,old\n",
    "blank lines at the end": HEADER + "P1,x,new\nP2,x,old\n\n\n",
    "windows": HEADER.replace("\n", "\r\n") + "P1,x,new\r\nP2,y,old\r\n",
    "mixed line ends": HEADER + "P1,x,new\r\nP2,y,old\n",
    "carriage returns alone": HEADER.replace("\n", "\r") + "P1,x,new\rP2,y,old\r",
    "a return at the end": HEADER + "P1,x,new\nP2,y,old\r",
    "a return within a value": HEADER + "P1,x\ry,new\nP2,y,old\n",
    "a quoted return": HEADER + 'P1,"x\ry",new\nP2,"y\r\nz",old\n',
    "byte-order mark": b"\xef\xbb\xbf" + HEADER.encode() + b"P1,x,new\nP2,y,old\n",
    "byte-order mark, quoted": b'\xef\xbb\xbf"product",name,kind\nP1,x,new\nP2,y,old\n',
    "quoted header": '"product","name","kind"\nP1,x,new\nP2,y,old\n',
    "everything quoted": HEADER + '"P1","x","new"\n"P2","y","old"\n',
    "commas in quotes": HEADER + 'P1,"x, y,, z",new\nP2,"a ""b"" c",old\n',
    "newlines in quotes": HEADER + 'P1,"x\n\ny",new\nP2,y,old\n',
    "a quote in the middle": HEADER + 'P1,x"y,new\nP2,y,old\n',
    "two quotes in the middle": HEADER + 'P1,x""y,new\nP2,y,old\n',
    "a quote after a blank": HEADER + 'P1, "x",new\nP2,y,old\n',
    "a blank after a quote": HEADER + 'P1,"x" ,new\nP2,y,old\n',
    "text after a quote": HEADER + 'P1,"x"y,new\nP2,y,old\n',
    "quotes and text": HEADER + 'P1,""x,new\nP2,y,old\n',
    "a quote never closed": HEADER + 'P1,"x,new\nP2,y,old\n',
    "a quote at the very end": HEADER + 'P1,x,new\nP2,y,"old',
    "empty quotes": HEADER + 'P1,"",new\nP2,y,old\n',
    "a backslash": HEADER + 'P1,"x\\"",new\nP2,\\N,old\n',
    "no line end at the end": HEADER + "P1,x,new\nP2,y,old",
    "cut off": HEADER + "P1,x,new\nP2,y",
    "cut off after a comma": HEADER + "P1,x,new\nP2,y,",
    "a cell too many": HEADER + "P1,x,new,\nP2,y,old\n",
    "two cells too many": HEADER + "P1,x,new,,\nP2,y,old\n",
    "a value too many": HEADER + "P1,x,new,z\nP2,y,old\n",
    "a cell too few and one too many": HEADER + "P1,x\nP2,y,old,\n",
    "empty": "",
    "line end alone": "\n",
    "blank before the header": "\n" + HEADER + "P1,x,new\nP2,y,old\n",
    "header alone": HEADER,
    "header without line end": HEADER.strip(),
    "unknown column": "product,nam,kind\nP1,x,new\n",
    "column in capitals": "product,Name,kind\nP1,x,new\n",
    "column with a blank": "product, name,kind\nP1,x,new\n",
    "missing column": "product,kind\nP1,new\n",
    "doubled column": "product,name,kind,name\nP1,x,new,y\n",
    "empty column": "product,name,kind,\nP1,x,new,\n",
    "other order": "kind,product,name\nnew,P1,x\nold,P2,y\n",
    "not utf-8": HEADER.encode() + b"P1,\xff,new\nP2,y,old\n",
    "not utf-8 far on": HEADER.encode() + b"P1,x,new\n" * 2 + b'P2,"y\n\n\xe9",old\n',
    "cut character": HEADER.encode() + b"P1,x,new\nP2,y,old\xe4\xb8",
    "surrogate": HEADER.encode() + b"P1,\xed\xa0\x80,new\nP2,y,old\n",
    "overlong": HEADER.encode() + b"P1,\xc0\x80,new\nP2,y,old\n",
    "beyond unicode": HEADER.encode() + b"P1,\xf4\x90\x80\x80,new\nP2,y,old\n",
    "nul": HEADER.encode() + b"P1,a\0b,new\nP2,y,old\n",
    "utf-16": (HEADER + "P1,x,new\nP2,y,old\n").encode("utf-16"),
    "control characters": HEADER + "P1,\x1a\x0b\x0c\x1c\x85\u2028,new\nP2,\x7f,old\n",
    "null words": HEADER + "P1,NULL,new\nP2,None,old\n",
    "comment": HEADER + "P1,x,new\nP2,y,old\n#P3,y,old\n",
    "duplicate key": HEADER + "P1,x,new\nP2,y,old\nP1,z,old\nP1,x,new\n",
    "duplicate key of a bad row": HEADER + "P1,x,new\nP2,y,old\nP1,z,odd\n",
    "key lost to another fault": HEADER + "P1,x,nwe\nP2,y,old\n",
    "key empty": HEADER + ",x,new\nP2,y,old\n",
    "not a member": HEADER + "P1,x,nwe\nP2,y,ancient\n",
    "member with a blank": HEADER + "P1,x,new \nP2,y,OLD\n",
    "text equal to others": HEADER + "P1,P1,new\nP2,new,old\n",
    "key equal to a member": HEADER + "P1,x,new\nP2,y,old\nnew,z,old\n",
    "unicode twins": HEADER + "P1,é,new\nP2,e\u0301,old\n",
    "a long value": HEADER + f"P1,{'x' * 1_500_000},new\nP2,y,old\n",
}
ROW = "B1,P1,2026-01-31,2027-01-31,10,0.5,true\n"
CELLS = {
    "made": (
        [
            "2026-02-30",
            "2026-2-3",
            "26-02-03",
            "2026/02/03",
            "20260203",
            "2026-02-03 ",
            " 2026-2-03",
            "0000-01-01",
            "0001-01-01",
            "9999-12-31",
            "10000-01-01",
            "2026-13-01",
            "2026-00-10",
            "2023-02-29",
            "2024-02-29",
            "infinity",
            "epoch",
            "2026-02-03T00:00:00",
            "2029年4月24日",
            " 2029 年 04 月 24 日",
            "２０２９年４月２４日\u3000",
            "2029年4月",
            "2029.05.12",
            "2029．5．12",
            "2029/5/12",
            "2029.05/12",
            "12.05.2029",
            "29/5/12",
            "2029年2月30日",
            "\u00a0",
            "２０２６-02-03",
            "",
            "-001-01-01",
            "2026-02-0a",
            "1582-10-10",
            "1900-02-29",
            "2000-02-29",
        ]
    ),
    "expires": ["", "none", "2026-02-30", "2027-01-01"],
    "size": (
        [
            "0",
            "-0",
            "007",
            "-007",
            "+1",
            "1.0",
            "1e3",
            "1_000",
            "1,0",
            " 1",
            "1 ",
            "--1",
            "9" * 18,
            "-" + "9" * 18,
            "9" * 19,
            "1" + "0" * 18,
            "0" * 18,
            "0" * 19,
            "-",
            "٣",
            "0x1",
            "",
            "true",
            "9223372036854775808",
            "1" * 40,
            "NaN",
            "１２",
            "－3\t",
            "\u2009",
        ]
    ),
    "dose": (
        [
            "0.5",
            "0.50",
            "0.500",
            ".5",
            "5.",
            "5",
            "-0.5",
            "-0",
            "-0.01",
            "1e1",
            "+1",
            "9999999999999999.99",
            "99999999999999999.9",
            "999999999999999999",
            "1.2.3",
            "0000000000000001.00",
            "000000000000000001",
            "",
            "1,5",
            "0.5 ",
            "０．５",
            "\u3000",
            "-",
            "-.5",
        ]
    ),
    "sterile": [
        "true",
        "false",
        "True",
        "1",
        "yes",
        "",
        "t",
        "FALSE",
        " true",
        "ｔrue",
    ],
    "product": ["P1", "P3", "p1", "", "P1 ", "B1", "new"],
    "batch": ["B2", "P1", "new", "", "B1 "],
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_hostile_files(name: str, tmp_path: Path) -> None:
    """A broken or unusual CSV file gives the same messages or the same tables."""
    same(folder(tmp_path, {"product.csv": PRODUCTS[name]}))


@pytest.mark.parametrize("column", CELLS)
def test_hostile_cells(column: str, tmp_path: Path) -> None:
    """Each cell is taken or refused alike, alone and among others."""
    header = GOOD["batch.csv"].splitlines()[0]
    position = header.split(",").index(column)
    rows = []
    for number, value in enumerate(CELLS[column], 3):
        cells = ROW.strip().split(",")
        cells[0] = f"B{number}"
        cells[position] = f'"{value}"' if "," in value else value
        rows.append(",".join(cells))
        text = GOOD["batch.csv"] + rows[-1] + "\n"
        same(folder(tmp_path, {"batch.csv": text}))
    same(folder(tmp_path, {"batch.csv": GOOD["batch.csv"] + "\n".join(rows)}))


def test_long_lists_of_faults_are_cut_and_counted_alike(tmp_path: Path) -> None:
    """Twenty of a kind are shown, and the rest is counted exactly."""
    rows = "".join(f"B{n},P{n},2026-01-3{n},,x,,no\n" for n in range(3, 103))
    found = same(folder(tmp_path, {"batch.csv": GOOD["batch.csv"] + rows}))
    assert isinstance(found, list)
    dangling = [d.message for d in found if d.code is Code.DANGLING_REFERENCE]
    assert len(dangling) == 21
    assert dangling[-1].startswith("and 80 more of these in")


FILES = st.lists(
    st.lists(
        st.sampled_from(
            [
                "P1",
                "P2",
                "P3",
                "x",
                "",
                "new",
                "old",
                ",",
                '"',
                '""',
                '"x"',
                '"x,y"',
                '"\n"',
                "\n",
                "\r\n",
                "\r",
                " ",
                "\t",
                "é",
                "\x00",
                "a,b",
                '"new"',
                "#",
            ]
        ),
        max_size=6,
    ).map("".join),
    max_size=5,
).map("\n".join)


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(tail=FILES)
@example(tail='P1,x,new\nP2,"x",old\n')
def test_any_file(tail: str, tmp_path: Path) -> None:
    """Whatever stands below a header, both paths make the same of it."""
    same(folder(tmp_path, {"product.csv": HEADER + tail}))


WORDS = st.sampled_from(["a", "b", "c", "1", "x y", 'say "so"', "α,β", "l\nm"])


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    left=st.lists(st.tuples(WORDS, WORDS, st.integers(-2, 2)), max_size=8),
    right=st.lists(st.tuples(WORDS, WORDS), max_size=8),
)
def test_keys_and_references(
    left: list[tuple[str, str, int]], right: list[tuple[str, str]], tmp_path: Path
) -> None:
    """Doubled keys, dangling references, shared texts and circles: alike."""
    circle = policy(
        relation("a", "k: text, next: text references a, n: integer", "k"),
        relation("b", "k: text references c, v: text", "k"),
        relation("c", "k: text references b, v: text?", "k"),
    )
    quote = '"{}"'.format

    def line(values: tuple[object, ...]) -> str:
        return ",".join(quote(str(v).replace('"', '""')) for v in values) + "\n"

    (tmp_path / "a.csv").write_text("k,next,n\n" + "".join(map(line, left)))
    (tmp_path / "b.csv").write_text("k,v\n" + "".join(map(line, right)))
    (tmp_path / "c.csv").write_text("v,k\n" + "".join(line(r[::-1]) for r in right))
    same(tmp_path, circle)


def test_rows_of_a_large_file_are_in_order(tmp_path: Path) -> None:
    """With several threads reading several buffers each row keeps its number."""
    count = 1_000_000
    lines = [
        f"K{n},{date(2000, 1, 1) + timedelta(n % 9000)},{'x' * 40}{n % 7}\n"
        for n in range(count)
    ]
    (tmp_path / "big.csv").write_text("k,d,t\n" + "".join(lines))
    of = policy(relation("big", "k: text, d: date, t: text", "k"))
    facts = load_facts(tmp_path, of, home="duckdb")
    wrong = facts.database.query(
        "SELECT count(*) FROM big JOIN symbol ON id = a0 WHERE text <> 'K' || (row - 2)"
    )
    assert wrong == [(0,)]
    ordinal = date(2000, 1, 1).toordinal()
    wrong = facts.database.query(
        f"SELECT count(*) FROM big WHERE a1 <> {ordinal} + (row - 2) % 9000"
    )
    assert wrong == [(0,)]
    assert facts.files["big"].rows == count


@pytest.mark.parametrize("share", [2, 3])
def test_buffers_that_end_anywhere_lose_no_row(
    share: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DuckDB's threads can lose a row where a buffer ends; that is noticed and mended."""
    lines = "".join(f'K{n},2026-01-{n % 28 + 1:02},"x{n % 3}"\n' for n in range(5_000))
    (tmp_path / "big.csv").write_text("k,d,t\n" + lines)
    of = policy(relation("big", "k: text, d: date, t: text", "k"))
    expected = loaded(tmp_path, of, "sqlite")
    size = (tmp_path / "big.csv").stat().st_size
    read = reading.read_csv
    for buffer in range(size // share // 8 * 8 - 16, size // share + 16, 8):

        def other(*arguments: object, buffer: int = buffer, **more: object) -> str:
            sql = read(*arguments, **more)  # type: ignore[arg-type]
            sql = re.sub(r"max_line_size = \d+", "max_line_size = 1000", sql)
            return re.sub(r"buffer_size = \d+", f"buffer_size = {buffer}", sql)

        with monkeypatch.context() as patch:
            patch.setattr("whereas.facts.staging.read_csv", other)
            assert loaded(tmp_path, of, "duckdb") == expected
