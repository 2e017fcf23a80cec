"""Several outcomes may be wanted: all of them are good, and the last is aimed at."""

from __future__ import annotations

from policy import helper
from whereas.engine import solve
from whereas.explain.decide import decide
from whereas.facts.memory import from_rows
from whereas.policy.core import Setting
from whereas.render.table import table

RULES = """
input lot(lot: text, fine: boolean, duty: boolean) key lot closed
    @en("lot {lot}", not: "no lot {lot}") @zh("批{lot}", not: "没有批{lot}").
subject lot.
outcome "with-duties" wanted @en("with duties") @zh("附义务") if duties(Lot).
outcome "free" wanted @en("free") @zh("无义务") if cleared(Lot).
outcome "refused" @en("refused") @zh("拒绝") otherwise.
@id("L-1") @cite("LAW", "1") @en("it is fine") @zh("合格")
cleared(Lot) :- lot(Lot, fine: true).
@id("L-2") @cite("LAW", "2") @en("a duty is on file") @zh("有义务")
duties(Lot) :- cleared(Lot), lot(Lot, duty: true).
"""
ROWS = {"lot": [("A", True, True), ("B", True, False), ("C", False, True)]}


def test_all_that_are_wanted_are_good_and_refusals_aim_at_the_last() -> None:
    policy = helper.policy(RULES)
    assert policy.wanted == {"with-duties", "free"}
    assert policy.target.relation == policy.outcomes[1].goal.relation  # type: ignore[union-attr]
    model = solve(policy, from_rows(policy, ROWS), Setting({}, None))
    decisions = list(decide(model))
    assert [(d.outcome, d.held, d.failed) for d in decisions] == [
        ("with-duties", ("L-1",), ()),
        ("free", ("L-1",), ()),
        ("refused", (), ("L-1",)),
    ]
    signs = [line[0] for line in table(decisions, model).splitlines()[1:4]]
    assert signs == ["✓", "✓", "✗"]


def test_the_first_is_wanted_where_none_is_marked() -> None:
    policy = helper.policy(RULES.replace(" wanted", ""))
    assert policy.wanted == {"with-duties"}
    assert policy.target == policy.outcomes[0].goal
