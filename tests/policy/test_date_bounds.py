"""`check` warns of facts that count although they lie after the day judged."""

from __future__ import annotations

import pytest

from policy.helper import errors, found, said

BASE = """
input filing(filing: text, filed: date) key filing closed.
input document(document: text, filing: text, signed: date, until: date? @end)
    key document closed.
input letter(filing: text, states: date @any_day) key filing closed.
subject filing.
timeline filing(filed).
outcome "complete" if complete(Filing).
in_force(D) :- filing(F, Day), document(D, F, _, Until), Until != none, Until >= Day.
"""
IN_TIME = """
in_time(F, D) :- filing(F, Day), document(D, F, Signed, until: _), Signed <= Day.
"""
READ = "document(D, F, signed: _)"


def warned(rules: str) -> list[str]:
    """Return the atoms of which W712 warns."""
    return [words for code, words in said(BASE + rules) if code == "W712"]


@pytest.mark.parametrize(
    ("rule", "atoms"),
    [
        # Never asked; asked on the wrong side only; asked of another day.
        ("complete(F) :- document(D, F, _, _).", ["document(D, F, _, _)"]),
        (
            "complete(F) :- filing(F, Day), document(_, F, S, _), S >= Day.",
            ["document(_, F, S, _)"],
        ),
        (
            "complete(F) :- filing(F, Day), document(_, F, S, _), Day <= S + 9 days.",
            ["document(_, F, S, _)"],
        ),
        (
            "complete(F) :- letter(F, S), document(_, F, T, _), T <= S.",
            ["document(_, F, T, _)"],
        ),
        (
            "complete(F) :- document(_, F, S, _), S <= 2026-01-01.",
            ["document(_, F, S, _)"],
        ),
        # Asked, in each way of writing it.
        ("complete(F) :- filing(F, Day), document(_, F, S, _), S <= Day.", []),
        ("complete(F) :- filing(F, Day), document(_, F, S, _), Day > S.", []),
        ("complete(F) :- filing(F, Day), document(_, F, Day, _).", []),
        ("complete(F) :- filing(F, Day), document(_, F, S, _), S + 9 days <= Day.", []),
        ("complete(F) :- filing(F, Day), document(_, F, S, _), Day - S >= 3.", []),
        ("complete(F) :- filing(F, _), document(_, F, S, _), S <= $today.", []),
        # In one alternative alone.
        (
            "complete(F) :- filing(F, Day), document(_, F, S, _), "
            "( S <= Day ; letter(F, _) ).",
            ["document(_, F, S, _)"],
        ),
        # By what is earlier than something that is asked.
        (
            "complete(F) :- filing(F, Day), document(_, F, S, _), "
            "document(_, F, T, _), S < T, T <= Day.",
            [],
        ),
        # A day that the author marks says nothing of when the fact is there.
        ("complete(F) :- letter(F, _).", []),
        ("@any_day complete(F) :- document(D, F, _, _).", []),
    ],
)
def test_what_has_to_be_asked_of_a_date(rule: str, atoms: list[str]) -> None:
    """A date is on or before the day judged, or there is a warning."""
    assert warned(rule) == atoms


@pytest.mark.parametrize(
    ("rules", "atoms"),
    [
        # Another atom of the body asks it of the same row; or of another row.
        (IN_TIME + "complete(F) :- in_time(F, D), document(D, F, _, _).", []),
        (
            IN_TIME + "complete(F) :- in_time(F, _), document(D, F, _, _).",
            ["document(D, F, _, _)"],
        ),
        # One of two rules does not ask it.
        (
            IN_TIME + "in_time(F, D) :- document(D, F, 2020-01-01, _), letter(F, _).\n"
            "in_time(F, D) :- letter(F, _), document(D, F, S, _), S > 2020-01-01.\n"
            "complete(F) :- in_time(F, D), document(D, F, _, _).",
            ["document(D, F, S, _)", "document(D, F, _, _)"],
        ),
        # The head hands on the date, or the key of the row, to one who asks.
        (
            "on(F, S) :- document(_, F, S, _). "
            "complete(F) :- filing(F, Day), on(F, S), S <= Day.",
            [],
        ),
        (
            IN_TIME + "known(D, F) :- document(D, F, _, _). "
            "complete(F) :- known(D, F), in_time(F, D).",
            [],
        ),
        # … or to one who does not.
        (
            "on(F, S) :- document(_, F, S, _). complete(F) :- on(F, _).",
            ["document(_, F, S, _)"],
        ),
        (
            "known(D, F) :- document(D, F, _, _). complete(F) :- known(_, F).",
            ["document(D, F, _, _)"],
        ),
        # Nobody asks it of a key that is the case's own.
        (
            "input seal(filing: text, set: date) key filing closed.\n"
            "complete(F) :- seal(F, _).",
            ["seal(F, _)"],
        ),
    ],
)
def test_who_may_ask_it(rules: str, atoms: list[str]) -> None:
    """The rule, another atom of the same row, or a reader of the head."""
    assert warned(rules) == atoms


@pytest.mark.parametrize(
    ("rule", "atoms"),
    [
        (
            "complete(F) :- filing(F, _), not document(_, F, _, _).",
            ["document(_, F, _, _)"],
        ),
        (IN_TIME + "complete(F) :- filing(F, _), not in_time(F, _).", []),
        (
            "complete(F) :- filing(F, Day), S = max D { document(_, F, D, _) }, S <= Day.",
            ["document(_, F, D, _)"],
        ),
        (
            "complete(F) :- filing(F, Day), 0 < count { document(_, F, D, _), D <= Day }.",
            [],
        ),
        # No later day is the least where the least is asked for.
        (
            "complete(F) :- filing(F, Day), S = min D { document(_, F, D, _) }, S <= Day.",
            [],
        ),
    ],
)
def test_under_not_and_in_aggregates(rule: str, atoms: list[str]) -> None:
    """What is absent or counted must not depend on facts of the future either."""
    rule = rule.replace("0 < count", "N > 0, N = count")
    assert warned(rule) == atoms


def test_the_place_that_loses_the_date_is_shown() -> None:
    """The warning points at the row, and its label at what made it a conclusion."""
    rules = "on(F, S) :- document(_, F, S, _). complete(F) :- on(F, _)."
    last = [one for one in found(BASE + rules) if one.code.value == "W712"][-1]
    assert next((label.place.text, label.message) for label in last.labels) == (
        "on(F, _)",
        "and counts here",
    )


def test_an_end_that_no_rule_asks_for() -> None:
    """One comparison with the day judged is enough, through other relations too."""
    base = """
input filing(filing: text, filed: date) key filing closed.
input permit(permit: text, filing: text, until: date @end) key permit closed.
subject filing.
timeline filing(filed).
outcome "complete" if complete(Filing).
"""
    unasked = base + "complete(F) :- permit(_, F, _)."
    assert said(unasked) == [("W713", "permit")]
    handed = base + (
        "ends(F, U) :- permit(_, F, U). day(F, D) :- filing(F, D). "
        "complete(F) :- ends(F, U), day(F, D), D < U + 2 days."
    )
    assert said(handed) == []


def test_the_day_of_validity_is_a_day_judged() -> None:
    """Without a timeline it is what `@from` compares."""
    rules = """
input filing(filing: text, filed: date) key filing closed.
input document(document: text, filing: text, signed: date) key document closed.
subject filing.
outcome "complete" if complete(Filing).
@from(2026-01-01, Day) complete(F) :- filing(F, Day), document(_, F, _).
"""
    assert ("W712", "document(_, F, _)") in said(rules)
    asked = rules.replace("document(_, F, _)", "document(_, F, S), S <= Day")
    assert said(asked) == []
    assert said(rules.replace("@from(2026-01-01, Day) ", "").replace("Day", "_")) == []


@pytest.mark.parametrize(
    ("declaration", "word"),
    [
        ("input p(a: text @end).", "a: text @end"),
        ("input p(a: text, b: date @end @any_day).", "b: date @end @any_day"),
        ("relation p(a: date @any_day).", "a: date @any_day"),
    ],
)
def test_an_annotation_without_effect(declaration: str, word: str) -> None:
    """`@end` and `@any_day` belong to the date of an input, one of the two."""
    reader = "q(X) :- p(X)." if "b:" not in declaration else "q(X) :- p(X, _)."
    rules = declaration + "\ninput d(a: date).\n" + reader
    rules += " p(X) :- d(X)." if declaration.startswith("relation") else ""
    assert errors(rules) == [("E242", word)]


def test_misplaced_annotations() -> None:
    """A declaration has none of its own."""
    assert errors("input p(a: date) @any_day.") == [("E131", "@any_day")]
    assert errors("@end q(X) :- p(X).") == [("E131", "@end")]
