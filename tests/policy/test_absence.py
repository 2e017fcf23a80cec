"""Absence: which inputs must be vouched for, and how."""

from __future__ import annotations

from policy.helper import errors

BASE = """
input case(case: text) key case closed.
input open_list(case: text).
input checked(case: text) key case.
input covered_list(case: text, day: date) covered by checked(case).
"""


def test_growth_through_any_number_of_rules_counts() -> None:
    rules = BASE + "p(X) :- q(X).\nq(X) :- open_list(X).\nr(X) :- case(X), not p(X)."
    assert errors(rules) == [("E306", "not p(X)")]


def test_under_a_second_not_more_rows_only_make_it_hold_less() -> None:
    rules = BASE + (
        "@unproven p(X) :- case(X), not open_list(X).\nr(X) :- case(X), not p(X)."
    )
    assert errors(rules) == []


def test_below_an_aggregate_every_input_counts() -> None:
    rules = BASE + (
        "@unproven p(X) :- case(X), not open_list(X).\nr(N) :- N = count { p(_) }."
    )
    assert errors(rules) == [("E306", "N = count { p(_) }")]


def test_unproven_says_that_nothing_on_file_shows_it() -> None:
    assert errors(BASE + "@unproven r(X) :- case(X), not open_list(X).") == []


def test_coverage_over_the_same_variables_vouches() -> None:
    rules = BASE + "r(X) :- case(X), checked(X), not covered_list(X, _)."
    assert errors(rules) == []


def test_coverage_of_another_variable_does_not() -> None:
    rules = BASE + "r(X) :- case(X), case(Y), checked(Y), not covered_list(X, _)."
    assert errors(rules) == [("E307", "not covered_list(X, _)")]


def test_coverage_reaches_through_the_columns_of_a_derived_relation() -> None:
    rules = BASE + (
        "p(X) :- case(X), covered_list(X, _).\nr(X) :- case(X), checked(X), not p(X)."
    )
    assert errors(rules) == []


def test_coverage_that_a_derived_relation_hides_does_not() -> None:
    rules = BASE + (
        "p(D) :- covered_list(_, D).\nr(X) :- case(X), checked(X), not p(2020-01-01)."
    )
    assert errors(rules) == [("E307", "not p(2020-01-01)")]


def test_coverage_beside_alternatives_vouches_within_them() -> None:
    rules = BASE + (
        'r(X) :- case(X), checked(X), ( X = "a" ; not covered_list(X, _) ).'
    )
    assert errors(rules) == []


def test_recursion_below_an_absence_ends() -> None:
    rules = BASE + (
        "p(X) :- case(X).\np(X) :- p(X), case(X).\nr(X) :- case(X), not p(X)."
    )
    assert errors(rules) == []
