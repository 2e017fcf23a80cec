"""What may be corrected: the days of a row to add that are later, and no others."""

from __future__ import annotations

import pytest

from policy.helper import policy
from whereas.diagnostics import Invalid
from whereas.policy.core import Move

FILING = """
input batch(batch: text, made: date) key batch closed.
input filing(filing: text, batch: text references batch, filed: date, port: text)
    key filing closed.
subject batch.
outcome "filed" if filing(_, batch: Batch).
"""


def test_a_day_of_a_row_to_add_may_have_to_be_later() -> None:
    made = policy(FILING + "correctable add filing(filed later) unless same batch.")
    (one,) = made.correctable
    assert (one.action, one.moves, one.unless) == ("add", (Move(2, "later"),), (1,))


@pytest.mark.parametrize(
    ("moves", "message", "help_"),
    [
        (
            "filed",
            "`filed` of a new row is not said to be later",
            "write `filed later`, or leave the column out",
        ),
        (
            "filed earlier",
            "`filed` of a new row is not said to be later",
            "write `filed later`, or leave the column out",
        ),
        (
            "port later",
            "`port` is text, and only a date is later",
            "drop `later`",
        ),
    ],
)
def test_nothing_else_is_said_of_its_columns(
    moves: str, message: str, help_: str
) -> None:
    with pytest.raises(Invalid) as caught:
        policy(FILING + f"correctable add filing({moves}).")
    (found,) = caught.value.diagnostics
    assert (found.code, found.message, found.help) == ("E441", message, help_)
