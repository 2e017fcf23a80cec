"""The portfolio as the workbook that a regulatory-affairs team keeps decides the same.

The workbook is made from the files of `facts/portfolio` by `pytest --accept`: a sheet
for each relation, called and headed in Chinese, with words, dates and numbers as
people write them. Which cell is written how depends on its place alone.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
import zlib
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from tests.facts.test_paths_agree import content

from whereas.checker import verify
from whereas.engine import solve
from whereas.engine.model import Model
from whereas.explain import justify
from whereas.explain.decide import decide
from whereas.facts import load_facts
from whereas.facts.glossary import RELATION as GLOSSARY
from whereas.policy import load_policy
from whereas.policy.core import Column, Policy, Setting
from whereas.render.document import justification_json
from whereas.render.justification import justification_as

ROOT = Path(__file__).parent.parent
PLAIN = ROOT / "facts" / "portfolio"
KEPT = ROOT / "facts" / "portfolio-workbook"
BOOK = KEPT / "portfolio.xlsx"
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
NOTES = (
    "进口批次台账（示例）",
    "除《罕见病目录》及已公开的清单条目外，均为虚构；详见 facts/portfolio/README.md。",
    "每张工作表对应一类事实，表名与表头为政策所声明的名称。",
)


def written(cell: str, column: Column, chance: int) -> object:
    """Return a plain file's cell as somebody would write it."""
    kind, members = column.type.kind, column.type.members
    if not cell:
        return None
    match kind:
        case "date":
            day = date.fromisoformat(cell)
            return (
                day,
                day,
                f"{day.year}年{day.month}月{day.day}日",
                f"{day.year}.{day.month:02}.{day.day:02}",
                f"{day.year}/{day.month}/{day.day}",
                f"{day.year}年{day.month}月{day.day}日".translate(WIDE),
                f" {cell}\u3000",
            )[chance % 7]
        case "integer":
            return cell.translate(WIDE) if chance % 9 == 0 else int(cell)
        case "boolean":
            return cell == "true"
    if members:
        words = [word for word, member in column.words.items() if member == cell]
        chinese = next(w for w in words if not w.isascii())
        return chinese + (
            " " if chance % 8 == 0 else "\u3000" if chance % 8 == 1 else ""
        )
    if column.code:
        return (
            cell,
            cell,
            cell,
            cell.translate(WIDE),
            f"{cell} ",
            f"{cell[:2]} {cell[2:]}",
        )[chance % 6]
    return cell


def workbook(policy: Policy) -> bytes:
    """Return the workbook of the portfolio: the same files, the same bytes."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "说明"
    for line in NOTES:
        sheet.append([line])
    for relation in (*policy.relations.values(), GLOSSARY):
        if not relation.has_file:
            continue
        sheet = book.create_sheet(relation.labels["zh"])
        with (PLAIN / f"{relation.name}.csv").open(
            encoding="utf-8", newline=""
        ) as file:
            rows = list(csv.DictReader(file))
        headings = [column.labels["zh"] for column in relation.columns]
        # Somebody's blank behind one heading of each sheet.
        sheet.append([*headings[:-1], headings[-1] + " "])
        for number, row in enumerate(rows, 2):
            sheet.append(
                [
                    written(
                        row[str(column.name)],
                        column,
                        zlib.crc32(f"{relation.name} {number} {column.name}".encode()),
                    )
                    for column in relation.columns
                ]
            )
        for position, heading in enumerate(headings, 1):
            head = sheet.cell(1, position)
            head.font = Font(bold=True)
            head.fill = PatternFill("solid", fgColor="DDEBF7")
            head.alignment = Alignment(wrap_text=True, vertical="top")
            letter = get_column_letter(position)
            sheet.column_dimensions[letter].width = max(14, 2 * len(heading) + 2)
        sheet.freeze_panes = "A2"
    return _packed(book)


def _packed(book: openpyxl.Workbook) -> bytes:
    """Return a workbook's bytes, without the time at which it was made."""
    book.properties.created = book.properties.modified = datetime(2026, 2, 1)
    made, kept = io.BytesIO(), io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(kept, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "docProps/core.xml":
                data = _timeless(data)
            info = zipfile.ZipInfo(name, (2026, 2, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, data)
    return kept.getvalue()


def _timeless(core: bytes) -> bytes:
    head, mark, rest = core.partition(b'<dcterms:modified xsi:type="dcterms:W3CDTF">')
    _, end, rest = rest.partition(b"</dcterms:modified>")
    return head + mark + b"2026-02-01T00:00:00Z" + end + rest


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy(ROOT / "policy" / "nmpa-2025-96")


@pytest.fixture(scope="module")
def models(policy: Policy) -> tuple[Model, Model]:
    """The portfolio from its files, and from the workbook."""
    defaults = {name: one.default for name, one in policy.parameters.items()}
    plain, kept = (
        solve(
            policy, load_facts(folder, policy), Setting(defaults, None), engine="sqlite"
        )
        for folder in (PLAIN, KEPT)
    )
    return plain, kept


def test_the_workbook_is_made_from_the_files(policy: Policy, accept: bool) -> None:
    """After a change of the files, `pytest --accept` makes it anew."""
    made = workbook(policy)
    if accept:
        BOOK.write_bytes(made)
    for one, other in zip(_sheets(made), _sheets(BOOK.read_bytes()), strict=True):
        assert one == other


def _sheets(data: bytes) -> list[tuple[str, list[tuple[object, ...]]]]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return [(s.title, list(s.iter_rows(values_only=True))) for s in book.worksheets]


def test_both_hold_the_same_facts(models: tuple[Model, Model], policy: Policy) -> None:
    """Each value of each row, though hundreds of cells are written otherwise."""
    plain, kept = (content(one.facts, policy) for one in models)
    for name in policy.relations:
        if policy.relations[name].stated:
            assert kept[name] == plain[name]
    assert plain["originals"] == []
    assert models[1].facts.glossary.words == models[0].facts.glossary.words
    assert models[1].facts.originals.count > 1500


def test_both_decide_the_same(models: tuple[Model, Model]) -> None:
    """Every batch: outcome, what held and what failed."""
    plain, kept = (list(decide(one)) for one in models)
    assert kept == plain
    assert len({one.outcome for one in plain}) == 6


def test_a_justification_quotes_the_workbook(models: tuple[Model, Model]) -> None:
    """Sheet and row, and the cell as it stands there; and the checker accepts it."""
    _, kept = models
    made = justify(kept, ("B-001",))
    said = justification_as(made, kept, "text", "en", columns=500)
    assert "portfolio.xlsx, sheet 批次, row 2 (written there: " in said
    document = json.loads(justification_json(made, kept))
    assert verify(document, kept.policy, kept.facts).rejections == ()
    cells = [s["step"].get("as_written", {}) for s in document["steps"] if s["step"]]
    assert sum(map(len, cells)) > 10
