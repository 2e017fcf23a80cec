"""Ad hoc questions, and the values with which a policy is decided."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from policy.helper import BATCH, policy
from whereas.diagnostics import Invalid, UsageError
from whereas.policy import check_query
from whereas.policy.core import Variable
from whereas.policy.setting import setting

POLICY = (
    BATCH
    + """
parameter limit: integer = 12.
parameter share: decimal(2) = 0.5.
parameter reading: {"strict", "mild"} = "mild".
parameter day: date = 2020-01-01.
p(X, N) :- batch(X, n: N), N > $limit.
"""
)


def test_the_columns_are_the_variables_in_order_of_appearance() -> None:
    asked, goal = check_query(policy(POLICY), "p(A, N), batch(A, made: D), not p(A, 7)")
    assert goal.terms == (Variable("A"), Variable("N"), Variable("D"))
    assert [c.name for c in asked.relations["query"].columns] == ["A", "N", "D"]
    assert asked.rules[-1].unproven
    assert asked.components[-1].relations == ("query",)


def test_the_policy_that_is_asked_stays_as_it_was() -> None:
    made = policy(POLICY)
    check_query(made, "p(A, N)")
    assert "query" not in made.relations


def test_a_question_without_variables_has_one_column_that_is_true() -> None:
    asked, _ = check_query(policy(POLICY), 'p("B-1", 3)')
    assert [str(c.type) for c in asked.relations["query"].columns] == ["boolean"]


def test_a_question_is_checked_like_a_rule() -> None:
    for body, code in [
        ("q(A)", "E201"),
        ("p(A)", "E202"),
        ("p(A, _), B > 3", "E303"),
        ("p(A, N), N = 2020-01-01", "E214"),
        ("batch(A, ends: E), E > 2020-01-01", "E219"),
    ]:
        with pytest.raises(Invalid) as caught:
            check_query(policy(POLICY), body)
        assert [d.code.value for d in caught.value.diagnostics] == [code], body


def test_an_aggregate_keeps_its_own_variables() -> None:
    asked, _ = check_query(policy(POLICY), "N = count { p(X, _) }")
    assert [c.name for c in asked.relations["query"].columns] == ["N"]


def test_values_are_read_by_type() -> None:
    words = {"limit": "3", "share": "0.25", "reading": "strict", "day": "2026-02-10"}
    chosen = setting(policy(POLICY), words, None)
    assert chosen.parameters == {
        "limit": 3,
        "share": Decimal("0.25"),
        "reading": "strict",
        "day": date(2026, 2, 10),
    }


def test_what_is_not_set_has_its_default() -> None:
    assert setting(policy(POLICY), {}, None).parameters["limit"] == 12


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("limits", "3", "unknown parameter `limits`: did you mean `limit`?"),
        ("limit", "3.5", "parameter `limit` cannot be `3.5`"),
        ("share", "0.125", "parameter `share` cannot be `0.125`"),
        ("reading", "stric", "cannot be `stric`: did you mean `strict`?"),
        ("day", "2026-02-30", "parameter `day` cannot be `2026-02-30`"),
    ],
)
def test_values_that_do_not_fit_are_refused(name: str, text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        setting(policy(POLICY), {name: text}, None)
    assert message in str(caught.value)


def test_today_is_needed_where_it_is_read_and_ignored_elsewhere() -> None:
    reads = policy(BATCH + "p(X) :- batch(X, made: D), D < $today.")
    with pytest.raises(UsageError, match="--today"):
        setting(reads, {}, None)
    assert setting(reads, {}, date(2026, 2, 10)).today == date(2026, 2, 10)
    assert setting(policy(POLICY), {}, date(2026, 2, 10)).today is None
