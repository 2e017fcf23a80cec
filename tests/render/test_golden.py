"""What users read, kept in files: `pytest --accept` rewrites them."""

from pathlib import Path

import pytest
from example import example, justified

from whereas.explain.contrast import contrast
from whereas.explain.decide import decide
from whereas.explain.whynot import why_not_case
from whereas.render.contrast import contrast_as
from whereas.render.justification import justification_as
from whereas.render.table import table
from whereas.render.whynot import why_not_as
from whereas.render.width import width

GOLDEN = Path(__file__).parent / "golden"
ENDINGS = {"text": "txt", "markdown": "md", "html": "html"}


def same(name: str, actual: str, accept: bool) -> None:
    expected = GOLDEN / name
    if accept:
        expected.write_text(actual, encoding="utf-8")
    assert actual == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("format_", ["text", "markdown", "html"])
@pytest.mark.parametrize("batch", ["B-1", "B-3", "B-4"])
def test_a_justification(batch: str, format_: str, language: str, accept: bool):
    """Held, refused for two reasons, and refused for want of a filing."""
    actual = justification_as(justified(batch), example(), format_, language)
    same(f"{batch}-{language}.{ENDINGS[format_]}", actual, accept)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_table(language: str, accept: bool):
    """One line for each case, counts, and who decided."""
    actual = table(list(decide(example())), example(), language)
    same(f"table-{language}.txt", actual, accept)


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_text_keeps_to_its_width(language: str, columns: int):
    """No line is wider than the terminal, wide characters counted as two."""
    for batch in ("B-1", "B-3", "B-4"):
        text = justification_as(
            justified(batch), example(), "text", language, columns=columns
        )
        assert max(map(width, text.splitlines())) <= columns
    text = table(list(decide(example())), example(), language, columns=columns)
    assert max(map(width, text.splitlines()[:-2])) <= columns


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("format_", ["text", "markdown"])
@pytest.mark.parametrize("batch", ["B-3", "B-5"])
def test_why_not(batch: str, format_: str, language: str, accept: bool):
    """The nearest attempt, and the others; folded in a terminal."""
    found = why_not_case(example(), (batch,))
    text = why_not_as(found, example(), format_, language)
    same(f"why-not-{batch}-{language}.{ENDINGS[format_]}", text, accept)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("format_", ["text", "markdown"])
def test_a_contrast(format_: str, language: str, accept: bool):
    """Two batches of one site, one of them with evidence that had lapsed."""
    found = contrast(example(), ("B-1",), ("B-3",))
    text = contrast_as(found, example(), format_, language)
    same(f"contrast-{language}.{ENDINGS[format_]}", text, accept)
