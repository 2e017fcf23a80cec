"""What people call columns, and how they write values, is read alike in both ways."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.facts.helper import kind, policy, relation
from tests.facts.test_paths_agree import content, same

from whereas.codes import Code
from whereas.diagnostics import Invalid
from whereas.facts import empty_files, from_rows, load_facts
from whereas.facts.normal import normalise_cell
from whereas.policy.core import Column
from whereas.values import decode

if TYPE_CHECKING:
    from pathlib import Path

    from whereas.policy.core import Relation

WORDS = {"中试规模": "pilot", "pilot scale": "pilot", "商业规模": "commercial"}


def called(of: Relation, **columns: Column) -> Relation:
    """Return a relation with some of its columns labelled."""
    return replace(
        of,
        columns=tuple(columns.get(str(c.name), c) for c in of.columns),
    )


BATCH = replace(
    called(
        relation(
            "batch",
            "batch: text, made: date, expires: date?, scale: {pilot|commercial}, "
            "size: integer, note: text?",
            "batch",
        ),
        batch=Column("batch", kind("text"), labels={"zh": "批号"}, code=True),
        made=Column(
            "made",
            kind("date"),
            labels={"en": "date of manufacture", "zh": "生产日期（日）"},
            aliases=("Mfg date",),
        ),
        scale=Column("scale", kind("{pilot|commercial}"), words=WORDS),
    ),
    labels={"en": "batches", "zh": "批次"},
    aliases=("批次台账",),
)
FILING = called(
    relation("filing", "filing: text, batch: text references batch", "filing"),
    batch=Column("batch", kind("text"), "batch", labels={"zh": "批号"}, code=True),
)
POLICY = policy(BATCH, FILING)
PLAIN = {
    "batch.csv": "batch,made,expires,scale,size,note\n"
    "HJ20259001,2029-04-24,2030-01-31,pilot,12, as it is\n"
    "B2,2029-05-12,,commercial,-3,\n",
    "filing.csv": "filing,batch\nF1,HJ20259001\nF2,B2\n",
}
SPELLED = {
    "批次.csv": "批号,生产日期(日) ,expires,scale,size,note\n"
    "ＨＪ 2025 9001,2029年4月24日,２０３０．１．３１,中试规模\u3000,１２, as it is\n"
    "B2\u00a0,2029.05.12,\u3000,Pilot  Scale,－3,\n".replace(
        "Pilot  Scale", "商业规模"
    ),
    "filing.csv": "filing,批号\nF1,HJ2025 9001\nF2,Ｂ２\n",
}


def written(path: Path, files: dict[str, str]) -> Path:
    path.mkdir(exist_ok=True)
    for name, text in files.items():
        (path / name).write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("words", "cell", "meant"),
    [
        ("date", "2029-04-24", "2029-04-24"),
        ("date", "2029年4月24日", "2029-04-24"),
        ("date", " 2029 年 04 月 24 日", "2029-04-24"),
        ("date", "2029.05.12", "2029-05-12"),
        ("date", "2029/5/12", "2029-05-12"),
        ("date", "２０２９－０５－１２", "2029-05-12"),
        ("date", "2029-5-12", "2029-05-12"),
        ("date", "2029年4月31日", "2029-04-31"),
        ("date", "12.05.2029", "12.05.2029"),
        ("date", "2029.5-12", "2029.5-12"),
        ("date", "\u3000", ""),
        ("integer", "１，０００", "1,000"),
        ("integer", " ４２\n", "42"),
        ("decimal(2)", "－０．５", "-0.5"),
        ("boolean", " true", "true"),
        ("text", " Ａ ", " Ａ "),
        ("{pilot|commercial}", "pilot ", "pilot"),
        ("{pilot|commercial}", "PILOT SCALE", "pilot"),
        ("{pilot|commercial}", "PILOT", "PILOT"),
    ],
)
def test_the_plainest_text_of_a_cell(words: str, cell: str, meant: str) -> None:
    """Blanks at the ends, widths and styles go; a free text stays as it is."""
    assert normalise_cell(cell, Column("x", kind(words), words=WORDS)) == meant


def test_a_code_has_no_blanks() -> None:
    """Nor full-width characters; capitals and marks are its own."""
    code = Column("x", kind("text"), code=True)
    assert normalise_cell("国药准字 Ｈ2023\u30004621\n", code) == "国药准字H20234621"
    assert normalise_cell("a-B (1)", code) == "a-B(1)"


def test_files_as_people_write_them(tmp_path: Path) -> None:
    """Labels over columns, labels as values, styles and blanks: the same facts."""
    plain = same(written(tmp_path / "plain", PLAIN), POLICY)
    spelled = same(written(tmp_path / "spelled", SPELLED), POLICY)
    assert isinstance(plain, dict)
    assert isinstance(spelled, dict)
    assert spelled["batch"] == plain["batch"]
    assert spelled["filing"] == plain["filing"]
    assert plain["originals"] == []
    assert spelled["originals"] == [
        ("batch", 2, 0, "ＨＪ 2025 9001"),
        ("batch", 2, 1, "2029年4月24日"),
        ("batch", 2, 2, "２０３０．１．３１"),
        ("batch", 2, 3, "中试规模\u3000"),
        ("batch", 2, 4, "１２"),
        ("batch", 3, 0, "B2\u00a0"),
        ("batch", 3, 1, "2029.05.12"),
        ("batch", 3, 2, "\u3000"),
        ("batch", 3, 3, "商业规模"),
        ("batch", 3, 4, "－3"),
        ("filing", 2, 1, "HJ2025 9001"),
        ("filing", 3, 1, "Ｂ２"),
    ]


def test_a_workbook_as_people_keep_it(tmp_path: Path) -> None:
    """A sheet may have the label or an alias of its input; its cells are the same."""
    plain = same(written(tmp_path / "plain", PLAIN), POLICY)
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, file in (("批次台账", "批次.csv"), ("filing", "filing.csv")):
        sheet = book.create_sheet(name)
        for line in SPELLED[file].splitlines():
            sheet.append([cell or None for cell in line.split(",")])
    book.create_sheet("说明")
    (tmp_path / "book").mkdir()
    book.save(tmp_path / "book" / "台账.xlsx")
    facts = load_facts(tmp_path / "book", POLICY)
    assert isinstance(plain, dict)
    assert content(facts, POLICY)["batch"] == plain["batch"]
    assert {f.sheet for f in facts.files.values()} == {"批次台账", "filing"}
    assert facts.originals.of("batch", 2)[1] == "2029年4月24日"
    assert facts.originals.of("batch", 9) == {}


def test_rows_in_memory_may_use_labels() -> None:
    """What is given by name is found by label too, doubled or not."""
    row = {"批号": "B 1", "Mfg date": "2029.5.12", "scale": "商业规模", "size": 3}
    facts = from_rows(POLICY, {"batch": [row]})
    ((stored, _),) = facts.database.query("SELECT a3, a1 FROM batch")
    assert decode(stored, kind("text"), facts.database.text) == "commercial"
    with pytest.raises(Invalid) as raised:
        from_rows(POLICY, {"batch": [{**row, "made": "2029-05-12"}]})
    (fault,) = raised.value.diagnostics
    assert fault.code is Code.DOUBLED_FACT_COLUMN
    assert fault.message == "column `made` stands twice: it is `Mfg date` too"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("批号,生产日期,expires,scale,size,note", "did you mean `生产日期（日）`?"),
        ("batch,Mfg dat,expires,scale,size,note", "did you mean `Mfg date`?"),
        ("batch,made,expires,scale,size,notes", "did you mean `note`?"),
        ("batch,Made,expires,scale,size,note", "did you mean `made`?"),
    ],
)
def test_an_unknown_heading_is_told_the_nearest(
    header: str, expected: str, tmp_path: Path
) -> None:
    """Names, labels and aliases are all looked through; a name is exact."""
    found = same(
        written(
            tmp_path,
            {**PLAIN, "batch.csv": header + "\n"} | {"filing.csv": "filing,batch\n"},
        ),
        POLICY,
    )
    assert isinstance(found, list)
    assert [(d.code, d.help) for d in found] == [(Code.UNKNOWN_FACT_COLUMN, expected)]


def test_two_headings_of_one_column(tmp_path: Path) -> None:
    """A name and its label over two columns: which is it?"""
    text = PLAIN["batch.csv"].replace("expires", "生产日期（日）")
    (missing, fault) = same(written(tmp_path, {**PLAIN, "batch.csv": text}), POLICY)  # type: ignore[misc]
    assert fault.code is Code.DOUBLED_FACT_COLUMN
    assert fault.message == "column `生产日期（日）` stands twice: it is `made` too"
    assert missing.code is Code.MISSING_FACT_COLUMN


def test_two_files_of_one_input(tmp_path: Path) -> None:
    """A file by the name and one by the label are two files."""
    files = {**PLAIN, "批次.csv": PLAIN["batch.csv"]}
    (fault,) = same(written(tmp_path, files), POLICY)  # type: ignore[misc]
    assert fault.code is Code.TWO_FILES


def test_a_file_by_its_label_is_there(tmp_path: Path) -> None:
    """`init --facts` adds no second one."""
    written(tmp_path, {"批次.csv": SPELLED["批次.csv"]})
    assert [path.name for path in empty_files(POLICY, tmp_path)] == ["filing.csv"]


@pytest.mark.parametrize("cell", ["12.05.2029", "5/12/29", "29-5-12", "1/2/3"])
def test_a_date_that_does_not_say_its_year_first(cell: str, tmp_path: Path) -> None:
    """Day and month could be either way: nobody guesses."""
    text = PLAIN["batch.csv"].replace("2029-04-24", cell)
    (fault,) = same(written(tmp_path, {**PLAIN, "batch.csv": text}), POLICY)  # type: ignore[misc]
    assert fault.code is Code.WRONG_TYPE
    assert fault.message == (
        f"`{cell}` does not say which number is the year, the month, the day"
    )


def test_a_day_that_does_not_exist_is_shown_as_written(tmp_path: Path) -> None:
    """The message quotes the cell, not what was made of it."""
    text = PLAIN["batch.csv"].replace("2029-04-24", "2029年4月31日")
    (fault,) = same(written(tmp_path, {**PLAIN, "batch.csv": text}), POLICY)  # type: ignore[misc]
    assert fault.code is Code.NO_SUCH_DAY
    assert fault.message.startswith("`2029年4月31日` is not a day of the calendar")


def test_blanks_make_no_second_key(tmp_path: Path) -> None:
    """Two codes that differ in blanks alone are one key, doubled."""
    text = PLAIN["batch.csv"].replace("B2", "HJ 20259001")
    files = {"batch.csv": text, "filing.csv": "filing,batch\n"}
    (fault,) = same(written(tmp_path, files), POLICY)  # type: ignore[misc]
    assert fault.code is Code.DUPLICATE_KEY


CELLS = st.text(
    st.sampled_from("0129年月日.-/ \u3000０９－．Ａa\t"), max_size=10
) | st.sampled_from(["pilot", "中试规模", "2029年1月2日", "2029-01-02", "1", "B2"])


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=st.lists(st.lists(CELLS, min_size=6, max_size=6), max_size=4))
def test_any_cells_are_read_alike(rows: list[list[str]], tmp_path: Path) -> None:
    """Whatever stands in a cell, both ways take it or refuse it alike."""
    lines = "".join(",".join(row) + "\n" for row in rows)
    head = PLAIN["batch.csv"].splitlines()[0] + "\n"
    same(
        written(tmp_path, {"batch.csv": head + lines, "filing.csv": "filing,batch\n"}),
        POLICY,
    )
