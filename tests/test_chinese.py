"""What a Chinese reader is shown is Chinese: words, signs, and the same numbers.

Latin letters stand only in what has no other name: numbers of documents, batches and
rules, names of files, units, and a few abbreviations that Chinese texts use too. What
stood in a file is quoted as it stood, which is no word of ours; so is a command.
"""

from __future__ import annotations

import calendar
import json
import re
from datetime import date
from pathlib import Path

import pytest

from whereas import api
from whereas.language.spoken import markdown_in, quote_in, title_in

ROOT = Path(__file__).parent.parent

# Abbreviations that regulator and trade write in Latin letters; units; engines; the
# names of the two policies and of what a hash is; the options that show all and search on; a disease
# that the Catalogue itself calls so; compounds of the portfolio that have no name.
WORDS = {
    *(
        "GMP",
        "WHO",
        "CPP",
        "CoA",
        "sha",
        "all",
        "beyond",
        "today",
        "YYYY",
        "West",
        "SYN",
        "A",
    ),
    *("mg", "ml", "g", "ug", "IU"),
    *("sqlite", "duckdb", "pydatalog", "nmpa-summary", "nmpa", "whereas", "repair"),
}
# `B-001`, `HJ20259001`, `ANN-2(3)`, `ANN-1(scale)`, `GMP-IE-1`, `EU-spec 4`, `3.1a`.
IDS = (
    r"\b[A-Z]{1,6}(?:-[A-Za-z0-9]+)*-?[0-9][A-Za-z0-9]*(?:-[0-9A-Z]+)*(?:\([a-z0-9]+\))*"
    r"|\b[A-Z]{1,5}(?:-[A-Z0-9]+)+(?:\([a-z]+\))?|\b[A-Z]+-[0-9a-z]+(?:\([a-z0-9]+\))?"
    r"|\bANN-\d\([a-z]+\)|\bINT-a\b|\bREG\b|\bLOT\b|\bDRP-report\b|\bEDGE-modality\b"
    r"|\bEF\b|\bREC\b|\bCUS-L\b|代码L"
    r"|\bEU-spec 4|\b\d+(?:\.\d+)*[a-z]\b"
)
FILES = r"[\w./-]+\.(?:csv|xlsx)|facts/[\w-]+|[0-9a-f]{16}…"
MONTHS = [*calendar.month_name][1:]


def joined(text: str) -> str:
    """Return a text without its line breaks, and without what it quotes of files."""
    text = re.sub(r"whereas [a-z-]+[ -~]*", "", text.replace(f"{ROOT}/", ""))
    text = re.sub(r"\n\s*", "", text)
    return re.sub(r"（原文：(?:[^（）]|（[^（）]*）)*）", "", text)


def latin(text: str) -> set[str]:
    """Return the words in Latin letters that have no right to stand in a text."""
    left = re.sub(FILES, " ", joined(text), flags=re.ASCII)
    left = re.sub(IDS, " ", left, flags=re.ASCII)
    return set(re.findall(r"[A-Za-z$_]+(?:-[a-z]+)*", left)) - WORDS


def days(text: str) -> list[date]:
    """Return the days that a text names, in the order of the calendar."""
    text = re.sub(r"\s+", " ", text)
    english = re.findall(rf"(\d+) ({'|'.join(MONTHS)}) (\d{{4}})", text)
    chinese = re.findall(r"(\d{4}) ?年 ?(\d+) ?月 ?(\d+) ?日", text)
    return sorted(
        [date(int(y), MONTHS.index(m) + 1, int(d)) for d, m, y in english]
        + [date(int(y), int(m), int(d)) for y, m, d in chinese]
    )


@pytest.fixture(scope="module")
def demo() -> api.Model:
    """The demonstration, decided."""
    policy = api.load_policy(ROOT / "policy/nmpa-summary")
    facts = api.load_facts(ROOT / "facts/demo", policy)
    return api.decide(policy, facts, engine="sqlite").model


@pytest.fixture(scope="module")
def portfolio() -> api.Model:
    """The portfolio, decided."""
    policy = api.load_policy(ROOT / "policy/nmpa-2025-96")
    facts = api.load_facts(ROOT / "facts/portfolio", policy)
    return api.decide(policy, facts, engine="sqlite").model


def cases(model: api.Model, every: int = 1) -> list[str]:
    """Return the keys of a model's cases, each or every so many."""
    return [str(row[0]) for row in model.rows("batch")][::every]


def test_what_is_found_out() -> None:
    """The test itself sees a raw name, a value and a sign of the other language."""
    assert latin("批次B-001（B001）的GMP证书GMP-IE-1，规格84mg") == set()
    assert latin("缺少application letter") == {"application", "letter"}
    assert latin("没有recently_checked：batch为B-040") == {"recently_checked", "batch"}
    assert latin("第2行（原文：国家“IE”、名称“X (Y) Co.”）") == set()


def test_justifications_of_the_demonstration(demo: api.Model) -> None:
    """`why` and `why-not` of every batch, from the first line to the last."""
    for case in cases(demo):
        for answer in (api.why(demo, case), api.why_not(demo, case)):
            said = answer.text("zh", columns=10_000)
            assert latin(said) == set(), case
            assert no_foreign_signs(said) == [], case


def test_justifications_of_the_portfolio(portfolio: api.Model) -> None:
    """`why` of every third batch; the others differ in their values alone."""
    for case in cases(portfolio, 3):
        said = api.why(portfolio, case).text("zh", columns=10_000)
        assert latin(said) == set(), case
        assert no_foreign_signs(said) == [], case


@pytest.mark.parametrize("case", ["B-013", "B-040", "B-049", "B-058"])
def test_refusals_of_the_portfolio(portfolio: api.Model, case: str) -> None:
    """`why-not`: what is missing, and what comes near."""
    assert latin(api.why_not(portfolio, case).text("zh", columns=10_000)) == set()


@pytest.mark.parametrize("case", ["B-005", "B-040", "B-049"])
def test_the_checklist_is_the_reviewers(portfolio: api.Model, case: str) -> None:
    """The words of Annex 3 too, and the same days in both languages."""
    found = api.checklist(portfolio, case, "annex-3-what-the-port-bureau-checks")
    chinese = found.text("zh", columns=10_000)
    assert latin(chinese) == set()
    assert "附件3（查验事项）" in chinese
    assert "生产日期不早于其签发日期" in chinese
    assert days(chinese) == days(found.text("en", columns=10_000))
    document = json.loads(found.json())
    assert set(document["checks"][0]["quote"]) == {"en", "zh"}


def test_the_other_answers(demo: api.Model) -> None:
    """Repairs, timelines and contrasts."""
    policy, facts = demo.policy, demo.facts
    said = [
        api.repair(demo, "B-033").text("zh", columns=10_000),
        api.timeline(policy, facts, "B-033").text("zh", columns=10_000),
        api.contrast(demo, "B-030", "B-033").text("zh", columns=10_000),
    ]
    for text in said:
        assert latin(text) == set()
        assert no_foreign_signs(text) == []


def test_the_languages_name_the_same_days(
    demo: api.Model, portfolio: api.Model
) -> None:
    """Whatever is looked up, quoted or left out in one of them."""
    for model, some in ((demo, cases(demo, 4)), (portfolio, cases(portfolio, 9))):
        for case in some:
            why = api.why(model, case)
            assert days(why.text("en", columns=10_000)) == days(
                why.text("zh", columns=10_000)
            ), case


def no_foreign_signs(text: str) -> list[str]:
    """Return where a sign of the other language stands between Chinese words."""
    left = re.sub(FILES, "f", joined(text), flags=re.ASCII)
    left = re.sub(IDS, "B", left, flags=re.ASCII)
    left = re.sub(r"\(sha\w+ f?\)", "", left)
    return re.findall(r"[一-鿿] ?[,;:()] ?[一-鿿]|[一-鿿]\.[^0-9A-Za-z]", left)


def test_headings_and_quotations_in_several_languages() -> None:
    """As many parts as languages; a marked paragraph of a quotation."""
    both = ("en", "zh")
    assert title_in("Recalls · 召回", "zh", both) == "召回"
    assert title_in("Recalls · 召回", "en", both) == "Recalls"
    assert title_in("Recalls", "zh", both) is None
    assert title_in("A · B", "en", ("en",)) == "A · B"
    quote = "A drug under recall\n@zh 召回中的药品\n第二段"
    assert quote_in(quote, "zh", both) == "召回中的药品\n第二段"
    assert quote_in(quote, "en", both) == "A drug under recall"
    assert quote_in("Words", "zh", both) == "Words"
    text = "Before.\n\n> One.\n>\n> @zh 一。\n> 二。\n\nAfter."
    assert markdown_in(text, "en", both) == "Before.\n\n> One.\n\nAfter."
    assert markdown_in(text, "zh", both) == "Before.\n\n> 一。\n> 二。\n\nAfter."
