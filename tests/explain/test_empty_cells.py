"""Why not, where a cell is empty that a test of the rule excludes."""

from __future__ import annotations

from policy.helper import policy
from whereas.engine import solve
from whereas.explain.justify import justify
from whereas.facts.memory import from_rows
from whereas.policy.core import Setting
from whereas.render.justification import justification_as

RULES = """
input lot(lot: text) key lot closed @en("lot {lot}") @zh("批{lot}").
input paper(lot: text, class: {"one", "two"}?) closed @en("{lot}: {class|none}") @zh("{lot}：{class|无}").
subject lot.
outcome "good" @en("good") @zh("好") if good(Lot).
outcome "bad" @en("bad") @zh("坏") otherwise.
@id("L-1") @cite("LAW", "1") @en("it is of {Class}") @zh("属于{Class}")
good(Lot) :- first(Lot, Class).
@id("L-2") @cite("LAW", "2") @en("it is of {Class}") @zh("属于{Class}")
first(Lot, Class) :- lot(Lot), paper(Lot, Class), Class != none, Class in {"one"}.
"""


def test_the_empty_cell_is_named_in_the_refusal() -> None:
    checked = policy(RULES)
    rows = {"lot": [("A",)], "paper": [("A", None)]}
    model = solve(checked, from_rows(checked, rows), Setting({}, None))
    found = justify(model, ("A",))
    assert found.decision.failed == ("L-2",)
    assert "✗ Class: empty." in justification_as(found, model)
