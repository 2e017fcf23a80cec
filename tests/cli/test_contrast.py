"""`whereas contrast`: two cases side by side."""

from __future__ import annotations

from pathlib import Path

import pytest
from run_cli import whereas


def test_two_cases_part_at_the_values(demo: Path) -> None:
    done = whereas("contrast", "B-001", "B-033", cwd=demo)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("≠ B-001 and B-033: decided differently\n")
    assert "They part at one condition\n" in done.out
    assert "8 November 2027 (date of expiry) is not before 10 February 2026" in done.out
    assert (
        "10 February 2026 (date of expiry) is 1 day before 11 February 2026" in done.out
    )
    assert "S-C1" not in done.out


def test_the_order_of_the_cases_is_the_readers(demo: Path) -> None:
    done = whereas("contrast", "B-033", "B-001", cwd=demo)
    assert done.out.startswith("≠ B-033 and B-001")
    assert "✗ B-033: not importable; ✓ B-001: importable." in done.out


@pytest.mark.parametrize("home", ["sqlite", "duckdb"])
def test_a_saved_model_answers_alike(demo: Path, home: str) -> None:
    whereas("decide", "--engine", home, "--save", "model", cwd=demo)
    kept = whereas("contrast", "B-001", "B-041", "--model", "model", cwd=demo)
    now = whereas("contrast", "B-001", "B-041", cwd=demo)
    assert kept.out.partition("Computed by")[0] == now.out.partition("Computed by")[0]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("format_", ["text", "markdown", "html"])
def test_every_format_speaks_every_language(
    demo: Path, format_: str, language: str
) -> None:
    words = ("contrast", "B-001", "B-024", "--format", format_, "--lang", language)
    done = whereas(*words, cwd=demo)
    assert done.code == 0
    assert {"en": "generic drug", "zh": "仿制药"}[language] in done.out


def test_questions_that_make_no_sense(demo: Path) -> None:
    unknown = whereas("contrast", "B-001", "B-999", cwd=demo)
    assert unknown.code == 5
    assert "`B-999`" in unknown.err
    assert whereas("contrast", "B-001", cwd=demo).code == 2
    wrong = whereas("contrast", "B-001", "B-002", "--outcome", "importble", cwd=demo)
    assert wrong.code == 2
    assert "did you mean `importable`" in wrong.err
