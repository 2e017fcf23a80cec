"""`whereas why-not`: cases, goals with open columns, and what is asked wrongly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from run_cli import ROOT, whereas


def test_the_nearest_miss_comes_first_and_by_how_much(demo: Path) -> None:
    done = whereas("why-not", "B-033", cwd=demo)
    assert (done.code, done.err) == (0, "")
    assert "What fails: 1 of 10 conditions" in done.out
    assert (
        "10 February 2026 (date of expiry) is 1 day before 11 February 2026" in done.out
    )


def test_all_filings_of_a_batch_are_named(demo: Path) -> None:
    """In a line each; with --all in full."""
    line = "  - with filing F-042-2: the drug was not approved in China at filing (S-G2);\n"
    assert line in whereas("why-not", "B-042", cwd=demo).out
    whole = whereas("why-not", "B-042", "--all", cwd=demo).out
    assert "✗ With filing F-042-2: fails 1 of 10 conditions." in whole
    assert "15 October 2025 (date of approval) is 1 day after 14 October 2025" in whole


def test_rows_that_come_near_are_named(demo: Path) -> None:
    out = whereas("why-not", "B-029", cwd=demo).out
    assert "- On file, but list is 1, not 2: number 87 of list 1 of the" in out
    assert "facts/demo/rare_disease.csv, row 208" in out
    assert "… and 85 more that differ as little." in out


@pytest.mark.parametrize("home", ["sqlite", "duckdb"])
def test_a_saved_model_answers_alike(demo: Path, home: str) -> None:
    whereas("decide", "--engine", home, "--save", "model", cwd=demo)
    for words in (["B-029"], ["B-040"], ['gmp_proven("F-035", _)']):
        kept = whereas("why-not", *words, "--model", "model", cwd=demo)
        now = whereas("why-not", *words, cwd=demo)
        assert (
            kept.out.partition("Computed by")[0] == now.out.partition("Computed by")[0]
        )


def test_a_goal_may_leave_columns_open(demo: Path) -> None:
    done = whereas("why-not", 'eligible_product("P-05", _)', cwd=demo)
    assert done.code == 0
    assert done.out.startswith('✗ eligible_product("P-05", _): fails\n')
    named = whereas("why-not", 'eligible_product("P-05", Ground)', cwd=demo)
    assert named.out == done.out


def test_what_is_not_on_file_is_said_to_be_unknown(demo: Path) -> None:
    """Not that its documents are missing, nor that nothing is missing from it."""
    for command in ("why", "why-not"):
        done = whereas(command, 'complete("F-999")', cwd=demo)
        assert done.code == 0
        assert "\nNo filing F-999 is on file.\n" in done.out
        assert "any batch" not in done.out
        assert "issing" not in done.out


def test_what_holds_is_said_to_hold(demo: Path) -> None:
    done = whereas("why-not", "B-001", cwd=demo)
    assert done.code == 0
    assert "It holds: nothing stands against it." in done.out


def test_numbers_and_dates_agree_between_the_languages(demo: Path) -> None:
    for case in ("B-029", "B-033", "B-042"):
        document = json.loads(
            whereas("why-not", case, "--format", "json", cwd=demo).out
        )
        texts = [one["text"] for one in document["steps"]]
        assert all(set(one) == {"en", "zh"} for one in texts)
        english = whereas("why-not", case, "--all", cwd=demo).out
        chinese = whereas("why-not", case, "--all", "--lang", "zh", cwd=demo).out
        numbers = [line.split("✗")[0] for line in english.splitlines() if "✗" in line]
        same = [line.split("✗")[0] for line in chinese.splitlines() if "✗" in line]
        assert numbers == same


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("B-001", "--outcome", "importble"), "did you mean `importable`"),
        (("B-001", "--outcome", "not-importable"), "`otherwise`"),
        (('complete("F-1")', "--outcome", "importable"), "--outcome is about a case"),
        (("complete(F), filing(F, _, _)",), "no single atom"),
        (("missing(X, X)",), "no single atom"),
        (("B-001", "--depth", "0"), "--depth"),
    ],
)
def test_questions_that_make_no_sense_are_usage_errors(
    demo: Path, words: tuple[str, ...], says: str
) -> None:
    done = whereas("why-not", *words, cwd=demo)
    assert done.code == 2
    assert says in done.err


def test_brief_pages_and_levels(demo: Path) -> None:
    """One screen for `why` and `why-not`; JSON has no brief form."""
    for command in ("why", "why-not"):
        done = whereas(command, "B-033", "--brief", cwd=demo)
        assert done.code == 0
        assert len(done.out.splitlines()) <= 24
        assert "S-G1" in done.out
        refused = whereas(command, "B-033", "--brief", "--format", "json", cwd=demo)
        assert refused.code == 2
        assert "--brief is for text, markdown and html" in refused.err
    whole = whereas("why", "B-001", cwd=demo).out
    cut = whereas("why", "B-001", "--depth", "1", cwd=demo).out
    assert len(cut.splitlines()) < len(whole.splitlines())
    assert "Not followed further." in cut
    proof = json.loads(whereas("why", "B-001", "--format", "json", cwd=demo).out)
    same = whereas("why", "B-001", "--depth", "1", "--format", "json", cwd=demo).out
    assert json.loads(same)["steps"] == proof["steps"]


def test_a_brief_page_of_a_granted_case_names_its_duties() -> None:
    """Those too that the whole page explains elsewhere; no place is named then."""
    words = ("--policy", "policy/nmpa-2025-96", "--facts", "facts/portfolio")
    done = whereas("why", "B-003", "--brief", *words, cwd=ROOT)
    assert "port testing before the first sale in China. DIM-10(2)" in done.out
    assert "To be done: report of the domestic responsible person" in done.out
    assert "See " not in done.out
