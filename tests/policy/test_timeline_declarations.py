"""What a timeline moves: `timeline relation(column).`."""

from __future__ import annotations

import pytest

from policy.helper import errors, policy
from whereas.policy.core import Belonging

BASE = """
input batch(batch: text, made: date) key batch.
input filing(filing: text, lot: text references batch, filed: date, seen: date?)
    key filing.
input notice(notice: text, said: date) key notice.
subject batch.
outcome "old" if batch(Batch, Made), Made < 2020-01-01.
p(F) :- filing(F, _, _, _), notice(_, _).
show p.
"""


def test_rows_belong_to_a_case_by_what_they_refer_to() -> None:
    """A column that refers to the subject says whose a row is."""
    text = '@en("if filed {days}") @zh("于{days}申报")'
    (moved,) = policy(f"{BASE} timeline filing(filed) {text}.").moved
    assert (moved.relation, moved.column) == ("filing", 2)
    assert moved.case == (Belonging("filing", (1,)),)
    assert moved.texts["en"].text == "if filed {days}"


def test_the_subject_and_an_optional_day_can_be_moved() -> None:
    """The subject's own rows are the cases; an empty day is filled in."""
    rules = f"{BASE} timeline batch(made). timeline filing(seen)."
    found = [(m.relation, m.column, m.case) for m in policy(rules).moved]
    assert found == [
        ("batch", 1, (Belonging("batch", (0,)),)),
        ("filing", 3, (Belonging("filing", (1,)),)),
    ]


def test_rows_belong_to_a_case_by_what_refers_to_them() -> None:
    """A notice that the case's line refers to, in an input of its own."""
    rules = (
        f"{BASE} input line(batch: text, notice: text references notice) closed."
        " timeline notice(said)."
    )
    (moved,) = policy(rules).moved
    assert moved.case == (Belonging("line", (0,), 1),)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("timeline filling(filed).", ("E435", "filling")),
        ("timeline p(filed).", ("E435", "p")),
        ("timeline filing(lot).", ("E435", "lot")),
        ("timeline filing(field).", ("E435", "field")),
        ("timeline notice(said).", ("E435", "notice")),
        ('timeline batch(made) @en("now") @zh("{days}").', ("E435", '@en("now")')),
        ('timeline batch(made) @en("{days} {d}") @zh("{days}").', ("E601", "{d}")),
        (
            "timeline batch(made). timeline batch(made).",
            ("E206", "timeline batch(made)."),
        ),
    ],
)
def test_a_malformed_timeline(statement: str, said: tuple[str, str]) -> None:
    """Unknown names, what is no date, rows of no case, texts without days."""
    assert errors(BASE + statement) == [said]


def test_a_library_may_say_what_moves() -> None:
    """Without a subject nothing is decided, and nothing is wrong."""
    rules = "input batch(batch: text, made: date) key batch. timeline batch(made)."
    assert errors(rules) == []


def test_several_cases_may_share_a_row() -> None:
    """A batch stands in a filing with others: the filing's day is the batch's."""
    rules = """
input batch(batch: text) key batch.
input filing(filing: text, filed: date) key filing.
input line(lot: text references batch, filing: text references filing) key lot.
subject batch.
outcome "old" if batch(Batch), line(Batch, F), filing(F, D), D < 2020-01-01.
timeline filing(filed).
"""
    (moved,) = policy(rules).moved
    assert moved.case == (Belonging("line", (0,), 1),)
