"""Columns of a terminal: width, wrapping, cutting, and what must not reach it."""

import pytest
from example import example
from hypothesis import given
from hypothesis import strategies as st

from whereas.explain.proof import Fact, Proof, Stated
from whereas.render.justification import explanation_as
from whereas.render.width import cut, padded, visible, width, wrapped


@pytest.mark.parametrize(
    ("text", "columns"),
    [("abc", 3), ("批次", 4), ("a批", 3), ("e\u0301", 1), ("（）", 4), ("", 0)],
)
def test_width_counts_columns(text: str, columns: int):
    """A wide character fills two, a combining mark none."""
    assert width(text) == columns


def test_lines_break_between_words_and_between_wide_characters():
    """Never before a closing mark."""
    assert wrapped("one two three", 8) == ["one two", "three"]
    assert wrapped("批次批次。批次", 8) == ["批次批", "次。批次"]
    assert wrapped("abcdefghij", 4) == ["abcd", "efgh", "ij"]


@given(st.text(alphabet="ab 批次，。（）", max_size=60), st.integers(4, 30))
def test_wrapping_keeps_width_and_words(text: str, columns: int):
    """No line is too wide, and nothing but blanks is lost."""
    lines = wrapped(text, columns)
    assert all(width(line) <= columns for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_cutting_says_that_it_cut():
    """An ellipsis stands for the rest."""
    assert cut("批次批次", 5) == "批次…"
    assert cut("abc", 3) == "abc"
    assert padded("批", 4) == "批  "


def test_controls_become_pictures():
    """Escapes and changes of direction are shown, not sent."""
    assert visible("a\x1b[2J\n\u202eb\x7f") == "a␛[2J␊\ufffdb␡"


def test_no_escape_in_a_fact_reaches_the_page():
    """A page is made of visible text only, whatever the files say."""
    fact = Fact("required", ("a\x1b[2Jb\nc",))
    proof = Proof(fact, {fact: Stated("facts/\x1b.csv", 2)})
    for format_ in ("text", "markdown", "html"):
        page = explanation_as(proof, example(), format_, "en")
        assert "2Jb␊c" in page
        assert not any(ord(c) < 32 and c != "\n" for c in page)
