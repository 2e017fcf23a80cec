"""`whereas checklist` as a user runs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from run_cli import tree, whereas

from whereas.api import checklist, decide, load_facts, load_policy

ROOT = Path(__file__).parents[2]


def test_a_section_is_named_by_its_heading_or_its_beginning(demo: Path) -> None:
    by_slug = whereas("checklist", "B-033", "--section", "safeguards", cwd=demo)
    assert (by_slug.code, by_slug.err) == (0, "")
    for words in ("Safeguards", "safe"):
        done = whereas("checklist", "B-033", "--section", words, cwd=demo)
        assert done.out == by_slug.out


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (("B-033",), "name the section to go through, with --section", 2),
        (("B-033", "--section", "safegards"), "did you mean `safeguards`?", 2),
        (("B-033", "--section", "o"), "several sections begin with `o`", 2),
        (("--section", "safeguards"), "name a case, or a folder", 2),
        (("B-999", "--section", "safeguards"), "no batch is called `B-999`", 5),
        (
            ("B-1", "--section", "safeguards", "--out", "a", "--output", "b"),
            "exclude each other",
            2,
        ),
    ],
)
def test_a_wrong_wish(demo: Path, words: tuple[str, ...], said: str, code: int) -> None:
    before = tree(demo)
    done = whereas("checklist", *words, cwd=demo)
    assert done.code == code
    assert said in done.err
    assert tree(demo) == before


def test_a_page_for_each_case(demo: Path) -> None:
    words = ("checklist", "--section", "safeguards", "--format", "html")
    done = whereas(*words, "--out", "pages", cwd=demo)
    assert done.code == 0
    assert len(done.out.split()) == len(tree(demo / "pages")) == 43
    one = whereas(*words, "B-033", cwd=demo)
    assert one.out == (demo / "pages" / "B-033.html").read_text("utf-8")


def test_a_saved_model_answers_the_same(demo: Path) -> None:
    assert whereas("decide", "--save", "m", cwd=demo).code == 0
    words = ("checklist", "B-033", "--section", "safeguards")
    assert (
        whereas(*words, "--model", "m", cwd=demo).out == whereas(*words, cwd=demo).out
    )


def test_both_homes_say_the_same() -> None:
    policy = load_policy(ROOT / "policy" / "nmpa-summary")
    texts = {
        engine: checklist(
            decide(
                policy,
                load_facts(ROOT / "facts" / "demo", policy, engine=engine),
                engine=engine,
            ).model,
            "B-041",
            "safeguards",
        )
        .text()
        .partition("Computed by")[0]
        for engine in ("sqlite", "duckdb")
    }
    assert texts["sqlite"] == texts["duckdb"]
