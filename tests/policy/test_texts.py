"""Texts and their holes."""

from __future__ import annotations

import pytest

from policy.helper import errors
from whereas.policy.texts import Hole, MalformedTextError, parse_text

BASE = """
input product(product: text, name: text) key product.
input batch(batch: text, product: text references product, made: date) key batch.
"""


def test_a_text_is_words_and_holes() -> None:
    assert parse_text("a {X} b {Y.name_zh}{Z|no date}{$n} c") == (
        "a ",
        Hole("X"),
        " b ",
        Hole("Y", column="name_zh"),
        Hole("Z", fallback="no date"),
        Hole("n", parameter=True),
        " c",
    )


def test_doubled_braces_are_braces() -> None:
    assert parse_text("{{X}} and {{") == ("{X} and {",)


@pytest.mark.parametrize("text", ["{", "a {X", "}", "{}", "{1x}", "{a b}", "{X.}"])
def test_what_is_no_hole_is_refused(text: str) -> None:
    with pytest.raises(MalformedTextError):
        parse_text(text)


@pytest.mark.parametrize(
    "hole",
    ["{X.__class__}", "{X.__init__.__globals__}", "{X[0]}", "{X!r}", "{X:>9}"],
)
def test_a_hole_cannot_reach_into_python(hole: str) -> None:
    rules = BASE + f'@en("it is {hole}") @zh("x") p(X) :- batch(X, _, _).'
    assert next(code for code, _ in errors(rules)) in {"E602", "E603"}


def test_a_hole_names_a_variable_whichever_alternative_holds() -> None:
    rules = BASE + (
        '@en("{N}") @zh("x") p(X) :- batch(X, P, _), ( X = "a" ; product(P, N) ).'
    )
    assert errors(rules) == [("E601", "{N}")]


def test_a_column_of_a_relation_follows_its_reference() -> None:
    rules = BASE + (
        'relation p(product) @en("{product.name}") @zh("{product.nam}").\n'
        "p(P) :- batch(_, P, _)."
    )
    assert errors(rules) == [("E603", "{product.nam}")]


def test_the_words_where_it_fails_are_checked_too() -> None:
    rules = BASE + (
        'relation p(product) @en("x", not: "{prod}") @zh("x").\np(P) :- batch(_, P, _).'
    )
    assert errors(rules) == [("E601", "{prod}")]
