"""Each slip is told with its code, message, place and way out.

`golden/syntax_faults.txt` holds one line of rules after the other, and below each
what is said of it. To add a case, add the line and run `pytest --accept`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Source, Span
from whereas.language import parse_rules
from whereas.language.faults import DEEPEST, LONGEST_CALCULATION, MOST_LITERALS

GOLDEN = Path(__file__).with_name("golden") / "syntax_faults.txt"
CASES = [each for each in GOLDEN.read_text("utf-8").split("\n\n") if each.strip()]


def told(diagnostic: Diagnostic) -> str:
    assert isinstance(diagnostic.at, Span)
    lines = [
        f"    {diagnostic.code.value} {diagnostic.message}",
        f"        at   {diagnostic.at.text}",
        f"        help {diagnostic.help}",
    ]
    for label in diagnostic.labels:
        assert isinstance(label.place, Span)
        lines.append(f"        also {label.place.text}: {label.message}")
    return "\n".join(lines)


def case(rules: str) -> str:
    _, diagnostics = parse_rules(Source("rules", rules + "\n"))
    return "\n".join([rules, *map(told, diagnostics)])


def only(rules: str) -> Diagnostic:
    _, (diagnostic,) = parse_rules(Source("rules", rules))
    return diagnostic


@pytest.mark.parametrize("expected", CASES, ids=lambda each: each.split("\n")[0])
def test_fault(expected: str, accept: bool) -> None:
    """What is said of one line is what the file says."""
    rules = expected.strip("\n").split("\n")[0]
    if accept:
        lines = [each.strip("\n").split("\n")[0] for each in CASES]
        GOLDEN.write_text("\n\n".join(map(case, lines)) + "\n", "utf-8")
    else:
        assert case(rules) == expected.strip("\n")


def test_each_code_of_the_rules_has_a_case() -> None:
    """Codes of Markdown blocks and of size have tests of their own."""
    elsewhere = {"E101", "E102", "E103", "E104", "E127", "E128"}
    codes = {c.value for c in Code if c.value.startswith("E1")} - elsewhere
    text = "\n\n".join(CASES)
    assert {code for code in codes if f"\n    {code} " not in text} == set()


def test_messages_keep_the_house_style() -> None:
    """Lower case at the start, no full stop at the end, a way out."""
    for each in CASES:
        _, diagnostics = parse_rules(Source("rules", each.split("\n")[0] + "\n"))
        for diagnostic in diagnostics:
            message = diagnostic.message
            assert message[0] == "`" or message[0].islower() or message[:2] == "U+"
            assert not message.endswith(".")
            assert diagnostic.help


@pytest.mark.parametrize(
    "hidden", ["\u202e", "\u200b", "\x00", "\ufeff", "\u2028"], ids=ascii
)
def test_invisible_characters_are_refused_everywhere(hidden: str) -> None:
    """Outside of texts, in texts, and in comments."""
    for rules in (f"p(1){hidden}.", f'p("a{hidden}").', f"p(1). % a{hidden}b"):
        diagnostic = only(rules)
        assert diagnostic.code is Code.UNEXPECTED_CHARACTER
        assert diagnostic.message == (
            f"the invisible character U+{ord(hidden):04X} stands here"
        )
        assert diagnostic.help == "delete it"


def test_depth_is_bounded() -> None:
    """Fifty brackets are allowed, and the next one is pointed at."""
    parse_rules(Source("rules", "p(X) :- X = " + "(" * 50 + "1" + ")" * 50 + "."))
    rules = "p(X) :- X = " + "(" * 51 + "1" + ")" * 51 + "."
    diagnostic = only(rules)
    assert diagnostic.code is Code.NESTED_TOO_DEEP
    assert diagnostic.message == f"brackets stand more than {DEEPEST} deep"
    assert diagnostic.at == Span(diagnostic.at.source, 62, 63)  # type: ignore[union-attr]


def test_length_is_bounded() -> None:
    """Bodies and calculations have a longest one."""
    diagnostic = only("p(X) :- " + "q(X), " * MOST_LITERALS + "r(X).")
    assert diagnostic.code is Code.STATEMENT_TOO_LONG
    assert diagnostic.message == "a body has more than 500 conditions"
    assert diagnostic.at.text == "r(X)"  # type: ignore[union-attr]
    diagnostic = only("p(X) :- X = 1" + " + 1" * (LONGEST_CALCULATION + 1) + ".")
    assert diagnostic.message == "a calculation has more than 50 steps"
    assert parse_rules(Source("r", "p(X) :- " + "q(X), " * 499 + "r(X)."))[1] == []


def test_nothing_can_run() -> None:
    """What looks like code is a slip of syntax, with a place, and nothing more."""
    for rules in (
        "import os.",
        '__import__("os").',
        'p(X) :- q(X), X = __import__("os").',
        "p(X) :- exec(open(X)).",
        "p(X) :- q(X), lambda: X.",
        "eval(X) :- q(X), X.__class__ = 3.",
        "{{ config }}",
        "p({[].__class__}).",
        'p(f"{X}").',
    ):
        statements, diagnostics = parse_rules(Source("rules", rules))
        assert statements == (), rules
        assert diagnostics, rules
