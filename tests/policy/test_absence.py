"""Absence: which inputs must be vouched for, and how."""

from __future__ import annotations

from policy.helper import errors, found

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


def test_one_error_names_every_input_and_the_way_to_it() -> None:
    rules = BASE + (
        "input other(case: text).\n"
        "q(X) :- open_list(X).\np(X) :- q(X).\np(X) :- other(X).\n"
        "r(X) :- case(X), not p(X)."
    )
    (error,) = [one for one in found(rules) if one.is_error]
    assert error.message == (
        "`not p` rests on `open_list` (through `p`, `q`) and `other` (through `p`), "
        "and nothing says that their files are the whole truth"
    )
    assert error.help is not None
    assert error.help.startswith("declare `open_list`, `other` `closed` only if each")
    assert len(error.labels) == 2


def test_what_depends_on_its_own_absence_is_told_that_alone() -> None:
    rules = BASE + (
        "input other(case: text).\n"
        "p(X) :- open_list(X), q(X).\nq(X) :- other(X), not p(X).\n"
        "r(X) :- case(X), not p(X).\ns(X) :- case(X), not r(X)."
    )
    assert errors(rules) == [("E401", "not p(X)")]


def test_beside_a_circle_other_absences_are_still_judged() -> None:
    rules = BASE + ("p(X) :- case(X), not p(X).\nr(X) :- case(X), not open_list(X).")
    assert errors(rules) == [("E401", "not p(X)"), ("E306", "not open_list(X)")]
