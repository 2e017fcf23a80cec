"""Several outcomes may be wanted: all of them are good, and the last is aimed at."""

from __future__ import annotations

from datetime import date

import pytest

from policy import helper
from whereas.change.timeline import timeline
from whereas.codes import Code
from whereas.diagnostics import Invalid, Span
from whereas.engine import solve
from whereas.explain.decide import decide
from whereas.facts.memory import from_rows
from whereas.policy.core import Setting
from whereas.render.table import table
from whereas.render.timeline import timeline_as

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


def test_a_timeline_joins_the_days_of_all_that_are_wanted() -> None:
    rules = """
input lot(lot: text, first: date, duty: date) key lot closed
    @en("lot {lot}", not: "no lot {lot}") @zh("批{lot}", not: "没有批{lot}").
input asked(lot: text references lot, on: date) key lot closed
    @en("asked on {on}") @zh("{on}提出").
subject lot.
outcome "with-duties" wanted @en("with duties") @zh("附义务") if duties(Lot).
outcome "free" wanted @en("free") @zh("无义务") if cleared(Lot).
outcome "refused" @en("refused") @zh("拒绝") otherwise.
timeline asked(on) @en("if asked {days}") @zh("{days}提出").
@id("L-1") @cite("LAW", "1") @en("it was asked in time") @zh("按时提出")
cleared(Lot) :- lot(Lot, first: First), asked(Lot, On), On >= First.
@id("L-2") @cite("LAW", "2") @en("a duty follows") @zh("有义务")
duties(Lot) :- cleared(Lot), lot(Lot, duty: Duty), asked(Lot, On), On >= Duty.
"""
    checked = helper.policy(rules)
    rows = {
        "lot": [("A", date(2026, 1, 10), date(2026, 2, 1))],
        "asked": [("A", date(2026, 1, 5))],
    }
    model = solve(checked, from_rows(checked, rows), Setting({}, None))
    found = timeline(model, ("A",))
    (span,) = found.wanted(checked)
    assert (span.first, span.last) == (date(2026, 1, 10), None)
    text = timeline_as(found, model, "text", "en", columns=80)
    assert text.startswith("✓ A: free if asked from 10 January 2026 on"), text


LOOSE = RULES.replace("duties(Lot) :- cleared(Lot), lot(", "duties(Lot) :- lot(")


@pytest.mark.parametrize(
    ("rules", "loose"),
    [
        (RULES, ()),
        (LOOSE, ("with-duties",)),
        # Through another relation, and of every rule of it.
        (
            RULES.replace("duties(Lot) :- cleared(Lot),", "duties(Lot) :- good(Lot),")
            + "good(Lot) :- cleared(Lot), lot(Lot, duty: true).",
            (),
        ),
        (RULES + "duties(Lot) :- lot(Lot, fine: false).", ("with-duties",)),
        # In the condition of the outcome.
        (LOOSE.replace("if duties(Lot)", "if duties(Lot), cleared(Lot)"), ()),
    ],
)
def test_the_rules_show_that_the_wanted_outcomes_are_nested(
    rules: str, loose: tuple[str, ...]
) -> None:
    """Or they do not, and each model is checked."""
    assert helper.policy(rules).unnested == loose


@pytest.mark.parametrize("engine", ["sqlite", "duckdb", "pydatalog", "auto"])
def test_a_wanted_outcome_without_the_last_is_an_error(engine: str) -> None:
    """With the first case that shows it, whichever engine computes the model."""
    checked = helper.policy(LOOSE)
    nested = [("A", True, True), ("B", True, False), ("D", False, False)]
    facts = from_rows(checked, {"lot": nested})
    assert solve(checked, facts, Setting({}, None), engine=engine).certified
    facts = from_rows(
        checked, {"lot": [*nested, ("Z", False, True), ("C", False, True)]}
    )
    with pytest.raises(Invalid) as caught:
        solve(checked, facts, Setting({}, None), engine=engine)
    (one,) = caught.value.diagnostics
    assert one.code is Code.WANTED_NOT_NESTED
    assert 'holds for lot "Z", and `free`' in one.message
    assert isinstance(one.at, Span)
