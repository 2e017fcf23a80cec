"""Each fault of a fact set has its place and its way out, and all are said at once."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from tests.facts.helper import GOOD, POLICY, folder
from tests.facts.test_paths_agree import CELLS, same

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Invalid
from whereas.facts import load_facts

BATCHES = GOOD["batch.csv"]
PAGES = sorted(
    (Path(__file__).parents[2] / "docs/reference/errors").glob("E5[0-9][0-9].md")
)


def faults(path: Path, *, compare: bool = True) -> list[Diagnostic]:
    """Return the diagnostics of a folder that both paths refuse alike."""
    if compare:
        same(path)
    with pytest.raises(Invalid) as raised:
        load_facts(path, POLICY)
    return list(raised.value.diagnostics)


def lines(path: Path, *, compare: bool = True) -> list[str]:
    """Return code, place, message and way out of each fault."""
    return [
        f"{d.code} {d.at}: {d.message} = {d.help}".replace(f"{path}/", "").replace(
            str(path), "."
        )
        for d in faults(path, compare=compare)
    ]


CASES: dict[str, tuple[str, str | bytes, list[str]]] = {
    "empty": (
        "document.csv",
        "",
        [
            "E509 document.csv, row 1: the file has no header = write batch, title in "
            "its first line; with the header alone it says: there are none"
        ],
    ),
    "not utf-8": (
        "document.csv",
        b"batch,title\nB1,\xe9\n",
        [
            "E506 document.csv, row 2: byte 16 of the file (0xe9) is not UTF-8 "
            "= save the file as UTF-8"
        ],
    ),
    "nul": (
        "document.csv",
        b'batch,title\n"B\n1",x\nB1,\x00\n',
        [
            "E507 document.csv, row 3: byte 24 of the file is NUL = save the file "
            "again as UTF-8 text; a NUL often means UTF-16 or a cut-off copy"
        ],
    ),
    "half written": (
        "document.csv",
        "batch,title\nB1,letter\nB1",
        [
            "E508 document.csv, row 3: the row has 1 cell, the header has 2 "
            "= restore what is cut off, or add the missing cells"
        ],
    ),
    "unclosed": (
        "document.csv",
        'batch,title\nB1,"letter\nB1,form\n',
        [
            "E508 document.csv, row 2: a quotation mark opens here and is never closed "
            '= close the value with `"`, or restore the end of the file'
        ],
    ),
    "unknown column": (
        "document.csv",
        "batch,titel\nB1,letter\n",
        [
            "E510 document.csv, row 1, column titel: "
            "input `document` has no column `titel` = did you mean `title`?"
        ],
    ),
    "semicolons": (
        "document.csv",
        "batch;title\nB1;letter, signed\n",
        [
            "E508 document.csv, row 1: the cells are separated by `;` "
            "= save the file with commas between its cells"
        ],
    ),
    "tabs": (
        "document.csv",
        "batch\ttitle\nB1\tletter\n",
        [
            "E508 document.csv, row 1: the cells are separated by tabs "
            "= save the file with commas between its cells"
        ],
    ),
    "a blank and a capital in the header": (
        "document.csv",
        "batch, Title\nB1,letter\n",
        [
            "E510 document.csv, row 1, column  Title: input `document` has no column "
            "` Title`: it has a blank at the beginning and other capitals "
            "= did you mean `title`?"
        ],
    ),
    "a blank at the end of a reference": (
        "document.csv",
        "batch,title\nB1 ,letter\n",
        [
            "E519 document.csv, row 2, column batch: no row of `batch` has the batch "
            "`B1 `: it has a blank at the end "
            "= take the blank away: `batch.csv` has `B1`"
        ],
    ),
    "a blank at the end of the key": (
        "product.csv",
        "product,name,kind\nP1 ,Aspirin,new\nP2,x,old\n",
        [
            "E519 batch.csv, row 2, column product: no row of `product` has the "
            "product `P1`, but `P1 `: that has a blank at the end "
            "= take the blank away in `product.csv`"
        ],
    ),
    "a blank after a word of an enumeration": (
        "product.csv",
        "product,name,kind\nP1,Aspirin,New \nP2,x,old\n",
        [
            "E517 product.csv, row 2, column kind: `New ` is not one of `new` or "
            "`old`: it has a blank at the end and other capitals "
            "= did you mean `new`?"
        ],
    ),
    "missing column": (
        "document.csv",
        "title\nletter\n",
        [
            "E511 document.csv, row 1, column batch: column `batch` of input "
            "`document` is missing = add `batch` to the header, and its value to every "
            "row"
        ],
    ),
    "doubled column": (
        "document.csv",
        "batch,title,batch\nB1,letter,B1\n",
        [
            "E512 document.csv, row 1, column batch: column `batch` stands twice "
            "= keep one of the two"
        ],
    ),
    "no such day": (
        "batch.csv",
        BATCHES.replace("2026-01-31", "2026-02-30"),
        [
            "E516 batch.csv, row 2, column made: `2026-02-30` is not a day of the "
            "calendar: February 2026 has 28 days "
            "= write a day of the calendar as YYYY-MM-DD"
        ],
    ),
    "duplicate key": (
        "batch.csv",
        BATCHES + "B1,P1,2026-01-31,,1,,true\n",
        [
            "E518 batch.csv, row 4, column batch: "
            "the key batch `B1` stands in row 2 already "
            "= remove one of the two rows, or correct its key"
        ],
    ),
    "double row": (
        "document.csv",
        "batch,title\nB1,letter\nB1,letter\n",
        [
            "E518 document.csv, row 3: the row batch `B1`, title `letter` stands in "
            "row 2 already = remove one of the two rows"
        ],
    ),
    "not a member": (
        "product.csv",
        "product,name,kind\nP1,x,nwe\nP2,y,ancient\n",
        [
            "E517 product.csv, row 2, column kind: `nwe` is not one of `new` or `old` "
            "= did you mean `new`?",
            "E517 product.csv, row 3, column kind: `ancient` is not one of `new` or "
            "`old` = write one of these words",
        ],
    ),
    "dangling": (
        "document.csv",
        "batch,title\nB7,letter\n",
        [
            "E519 document.csv, row 2, column batch: no row of `batch` has the batch "
            "`B7` = add it to `batch.csv`, or correct it here"
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_files(name: str, tmp_path: Path) -> None:
    """The message names file, row and column, and says what to do."""
    file, text, expected = CASES[name]
    assert lines(folder(tmp_path, {file: text})) == expected


def test_all_faults_of_all_files_at_once(tmp_path: Path) -> None:
    """A row may have several faults; none hides another."""
    path = folder(
        tmp_path,
        {
            "batch.csv": BATCHES + "B2,P9,31.1.2026,,many,0.125,maybe\n",
            "document.csv": "batch,title\nB9,\n",
        },
    )
    assert [(d.code.value, d.at.column) for d in faults(path)] == [  # type: ignore[union-attr]
        ("E518", "batch"),
        ("E515", "dose"),
        ("E515", "made"),
        ("E519", "product"),
        ("E515", "size"),
        ("E515", "sterile"),
        ("E519", "batch"),
        ("E514", "title"),
    ]


def test_one_cause_one_error(tmp_path: Path) -> None:
    """Nothing is said of references to a file whose keys are not all known."""
    path = folder(tmp_path, {"product.csv": "product,name\nP1,x\n"})
    assert [d.code for d in faults(path)] == [Code.MISSING_FACT_COLUMN]


def test_folders(tmp_path: Path) -> None:
    """Missing, doubled and stray files are told apart; what is no fact is passed over."""
    path = folder(
        tmp_path,
        {
            "product.json": "[]",
            "batchs.csv": "",
            "README.md": "",
            ".hidden.csv": "",
            "~$batch.xlsx": "",
            "document.txt": "",
        },
    )
    (path / "batch.csv").unlink()
    (path / "document.csv").unlink()
    (path / "older.csv").mkdir()
    assert lines(path) == [
        "E502 .: there is no file for input `batch` = write `batch.csv`; "
        "with its header alone it says: none",
        "E502 .: there is no file for input `document` = `document.txt` is no fact "
        "file: save it as `document.csv`",
        "E504 batchs.csv: the policy has no input `batchs` = did you mean `batch.csv`?",
        "E503 product.json: `product` has two files: `product.csv` and `product.json` "
        "= keep one of them in the folder",
    ]


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    """The folder itself is the place."""
    assert lines(tmp_path / "none") == [
        "E501 .: the folder of facts does not exist "
        "= name a folder with one file for each input"
    ]


def test_links(tmp_path: Path) -> None:
    """A link within the folder is a file of it; one that leaves it is refused."""
    (tmp_path / "facts").mkdir()
    path = folder(tmp_path / "facts")
    (path / "document.csv").rename(tmp_path / "elsewhere.csv")
    (path / "document.csv").symlink_to("../elsewhere.csv")
    assert lines(path) == [
        "E505 document.csv: `document.csv` is a link that leaves the folder "
        "= put the file itself into the folder"
    ]
    (path / "document.csv").unlink()
    (tmp_path / "elsewhere.csv").rename(path / "document.data")
    (path / "document.csv").symlink_to("document.data")
    assert isinstance(same(path), dict)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file(tmp_path: Path) -> None:
    """A file without permission is named, and the reason."""
    path = folder(tmp_path)
    (path / "document.csv").chmod(0)
    assert lines(path) == [
        "E505 document.csv: the file cannot be read: permission denied "
        "= make it readable"
    ]


def test_no_ordinary_file(tmp_path: Path) -> None:
    """A pipe is not opened: that would wait for ever."""
    path = folder(tmp_path)
    (path / "document.csv").unlink()
    os.mkfifo(path / "document.csv")
    assert lines(path) == [
        "E505 document.csv: `document.csv` is not a file "
        "= put an ordinary file in its place"
    ]


def test_messages_are_one_line(tmp_path: Path) -> None:
    """Whatever a cell holds, its message has no line end and no full stop."""
    header = BATCHES.splitlines()[0]
    rows = "".join(f'B,"{v}\n{"x" * 99}",x,x,x,x,x\n' for v in CELLS["product"])
    for fault in faults(folder(tmp_path, {"batch.csv": f"{header}\n{rows}"})):
        assert "\n" not in fault.message
        assert not fault.message.endswith(".")
        assert fault.help


FENCE = re.compile(r"## (Wrong|Right)\n\n```\w+ (\S+)\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages(page: Path, tmp_path: Path) -> None:
    """The bad example of a page gives its code, and the good one does not."""
    found = FENCE.findall(page.read_text())
    # What no cell can show (a folder, a link, bytes) is text there, and tested above.
    assert len(found) == (0 if "```text" in page.read_text() else 2)
    assert page.read_text().startswith(f"# {page.stem}: ")
    for number, (heading, name, text) in enumerate(found):
        (tmp_path / str(number)).mkdir()
        path = folder(tmp_path / str(number), {name: text.strip("\n")})
        if heading == "Wrong":
            assert {d.code.value for d in faults(path)} >= {page.stem}
        elif name != "product.csv":
            assert isinstance(same(path), dict)


def test_every_code_has_a_page() -> None:
    """Codes and pages of this family are the same."""
    codes = {code.value for code in Code if code.value.startswith("E5")}
    assert codes == {page.stem for page in PAGES}
