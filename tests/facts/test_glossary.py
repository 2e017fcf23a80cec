"""What the texts of a fact set are called: read, refused, and said in justifications."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from whereas import api
from whereas.diagnostics import Invalid
from whereas.explain.store import open_saved, save
from whereas.facts import load_facts
from whereas.policy import load_policy
from whereas.policy.core import Policy

MANIFEST = """\
[policy]
id = "lots"
version = "1"
languages = ["en", "zh"]
"""
RULES = """\
# Lots

```datalog
input lot(lot: text, place: text @en("place") @zh("产地"), form: text @zh("剂型")) key lot
    @en("lot {lot} was made in {place}") @zh("批次{lot}产于{place}").
good(Lot) :- lot(Lot, place: Place), Place != "CN".
subject lot.
outcome "good" @en("good") @zh("合格") if good(Lot).
outcome "bad" @en("bad") @zh("不合格") otherwise.
```
"""
LOTS = "lot,place,form\nA-1,IE,capsule\n"
WORDS = "value,language,text\nIE,zh,爱尔兰\nCN,zh,中国\ncapsule,zh,胶囊剂\n"


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    """A policy of lots, and the folder of its facts."""
    folder = tmp_path / "policy"
    folder.mkdir()
    (folder / "policy.toml").write_text(MANIFEST, encoding="utf-8")
    (folder / "lots.md").write_text(RULES, encoding="utf-8")
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "lot.csv").write_text(LOTS, encoding="utf-8")
    return load_policy(folder)


def glossary(folder: Path, text: str = WORDS) -> Path:
    """Put a glossary into the facts; return their folder."""
    (folder / "facts" / "glossary.csv").write_text(text, encoding="utf-8")
    return folder / "facts"


@pytest.mark.parametrize("home", ["sqlite", "duckdb"])
def test_a_language_says_its_own_words(
    tmp_path: Path, policy: Policy, home: str
) -> None:
    """Where a text says it, in comparisons too; the cell stands beside the row."""
    facts = api.load_facts(glossary(tmp_path), policy, engine=home)
    model = api.decide(policy, facts, engine=home).model
    chinese = api.why(model, "A-1").text("zh")
    assert "批次A-1产于爱尔兰。\n" in chinese
    assert "产地为爱尔兰，并非中国" in chinese
    assert "第2行（原文：产地“IE”）" in chinese
    # The fact's text does not say the form.
    assert "胶囊" not in chinese
    english = api.why(model, "A-1").text("en")
    assert "Lot A-1 was made in IE.\n" in english
    assert "written there" not in english


def test_a_saved_model_keeps_it(tmp_path: Path, policy: Policy) -> None:
    """And a changed glossary is another set of facts."""
    facts = load_facts(glossary(tmp_path), policy)
    said = api.why(api.decide(policy, facts).model, "A-1").text("zh")
    save(api.decide(policy, facts).model, tmp_path / "kept")
    assert api.why(open_saved(tmp_path / "kept", policy), "A-1").text("zh") == said
    glossary(tmp_path, WORDS.replace("爱尔兰", "愛爾蘭地"))
    with pytest.raises(Invalid, match=r"glossary\.csv.*has changed|has changed"):
        open_saved(tmp_path / "kept", policy)


def test_it_is_part_of_the_facts_hash(tmp_path: Path, policy: Policy) -> None:
    """Since what is said changes with it; without it the hash is that of the inputs."""
    without = load_facts(tmp_path / "facts", policy).sha256
    assert load_facts(glossary(tmp_path), policy).sha256 != without


def test_a_workbook_has_a_sheet_of_it(tmp_path: Path, policy: Policy) -> None:
    """In the language of its headings."""
    book = openpyxl.Workbook()
    book.active.title = "lot"
    book.active.append(["lot", "产地", "form"])
    book.active.append(["A-1", "IE", "capsule"])
    sheet = book.create_sheet("译名表")
    sheet.append(["原文", "语言", "译名"])
    sheet.append(["IE", "zh", "爱尔兰"])
    (tmp_path / "facts" / "lot.csv").unlink()
    book.save(tmp_path / "facts" / "all.xlsx")
    facts = load_facts(tmp_path / "facts", policy)
    assert facts.glossary.said("IE", "zh") == "爱尔兰"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (WORDS + "IE,zh,愛爾蘭\n", "E518"),
        (WORDS + "DE,zh,\n", "E514"),
        ("value,text\nIE,x\n", "E511"),
    ],
)
def test_what_is_wrong_with_it_is_said(
    tmp_path: Path, policy: Policy, text: str, code: str
) -> None:
    """Like an input's file: a word for a text twice, an empty cell, a column missing."""
    with pytest.raises(Invalid) as wrong:
        load_facts(glossary(tmp_path, text), policy)
    assert [one.code.value for one in wrong.value.diagnostics] == [code]


def test_an_input_may_have_its_name(tmp_path: Path, policy: Policy) -> None:
    """Then it is that input's file, and there is no glossary."""
    path = tmp_path / "policy" / "lots.md"
    path.write_text(
        RULES.replace("good(Lot)", "input glossary(word: text).\ngood(Lot)", 1),
        encoding="utf-8",
    )
    other = load_policy(tmp_path / "policy")
    facts = load_facts(glossary(tmp_path, "word\nfilm\n"), other)
    assert facts.files["glossary"].rows == 1
    assert facts.glossary.words == {}
