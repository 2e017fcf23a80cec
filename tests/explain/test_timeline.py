"""A timeline agrees with deciding every day, and says what turned."""

from __future__ import annotations

import pytest
from timelines import BEGIN, END, each_day, world

from whereas.explain.timeline import timeline


def decided(seed, case, **given):
    """The timeline's decisions, day by day."""
    line = timeline(world(seed), (case,), first=BEGIN, last=END, **given)
    days = {}
    for one in line.phases:
        for number in range(one.first.toordinal(), one.last.toordinal() + 1):
            decision = one.decision
            days[type(BEGIN).fromordinal(number)] = (
                decision.outcome,
                decision.held,
                decision.failed,
            )
    return line, days


@pytest.mark.parametrize("seed", range(60))
def test_a_timeline_is_what_each_day_decides(seed):
    case = "abc"[seed % 3]
    line, days = decided(seed, case)
    assert days == each_day(seed, case, BEGIN, END)
    for turn in line.turns:
        assert turn.before != turn.after
        assert turn.events, turn
