"""No text makes anything but a diagnostic: no other exception, and no hang."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from whereas.diagnostics import Invalid, Source, Span
from whereas.language.format import format_document
from whereas.language.parse import (
    parse_body,
    parse_document,
    parse_package,
    parse_rules,
)

ROOT = Path(__file__).parents[2]
SAMPLES = [path.read_text("utf-8") for path in sorted((ROOT / "policy").rglob("*.md"))]
PIECES = st.sampled_from(
    [
        *"(){}.,;:=<>!?*+-@$%\"\\'`~|&[]/#_“”，。：（）\n\t \r\ufeff\u202e\x00\ud7ff",
        "```",
        "```datalog\n",
        "~~~\n",
        ":-",
        "not ",
        "in ",
        "count {",
        "sum X {",
        "@id",
        '@en("',
        "2026-02-30",
        "1" * 25,
        "0.5",
        "if ",
        "type ",
        "input ",
        "X",
        "p(",
        "> ",
        "- ",
        "    ",
        "<!--",
        "# a\n",
        "中",
        "days",
        "none",
        "__import__('os')",
    ]
)


def places(text: str, diagnostics: list[object]) -> None:
    for each in diagnostics:
        at = each.at  # type: ignore[attr-defined]
        assert isinstance(at, Span)
        assert 0 <= at.start <= at.end <= len(at.source.text)
        assert "\n" not in each.message  # type: ignore[attr-defined]
        str(at)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from(SAMPLES))
    start = draw(st.integers(0, len(text)))
    text = text[start : start + 1500]
    if draw(st.booleans()):
        text = "```datalog\n" + text
    for _ in range(draw(st.integers(1, 4))):
        begin = draw(st.integers(0, len(text)))
        end = draw(st.integers(begin, min(len(text), begin + 5)))
        text = text[:begin] + draw(PIECES) + text[end:]
    return text


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_mutated_policies(text: str) -> None:
    """A policy with slips in it is parsed, or refused with places."""
    _, diagnostics = parse_document(Source("policy", text))
    places(text, list(diagnostics))
    try:
        parse_package([Source("policy", text)])
    except Invalid as invalid:
        assert diagnostics
        assert invalid.diagnostics
        with pytest.raises(Invalid):
            format_document(text)
    else:
        assert diagnostics == []
        once = format_document(text)
        assert format_document(once) == once


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=30).map("".join))
def test_random_rules(text: str) -> None:
    """Any characters at all are parsed as rules, or refused with places."""
    _, diagnostics = parse_rules(Source("rules", text))
    places(text, list(diagnostics))
    try:
        parse_body(text)
    except Invalid as invalid:
        assert invalid.diagnostics


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "p(X) :- " + "( q(X) ; " * 20_000 + "q(X)" + " )" * 20_000 + ".",
        "p(X) :- X = " + "(" * 20_000 + "1" + ")" * 20_000 + ".",
        "p(X) :- X = " + "1 + " * 50_000 + "1.",
        "p(X) :- " + "q(X), " * 50_000 + "q(X).",
        '@en("x") ' * 20_000,
        '"' * 50_001,
        "p(X)\n" * 20_000,
        "a-" * 50_000 + "a.",
        "1-" * 50_000,
        "p(" + "X, " * 50_000 + "X).",
        "X = count { " * 20_000,
    ],
    ids=lambda text: text[:20],
)
def test_large_and_deep_texts_end_soon(text: str) -> None:
    """Nesting and length are bounded, so nothing recurses or crawls."""
    _, diagnostics = parse_rules(Source("rules", text))
    assert diagnostics or text.startswith("p(X, ")
