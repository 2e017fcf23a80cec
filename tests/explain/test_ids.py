"""What the ids of a decision mean, a sentence of the definition at a time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from timelines import checked

from whereas import api
from whereas.explain import decide
from whereas.facts.memory import copy, from_rows

PAGE = Path(__file__).parents[2] / "docs" / "own-policy.md"

INPUTS = """
input cs(case: text) key case closed.
input p(case: text, x: text) closed.
input q(case: text) closed.
input r(case: text) closed.
input s(case: text) closed.
subject cs.
outcome "granted" wanted if goal(Case).
outcome "refused" otherwise.
"""


def decided(rules, home="sqlite", inputs=INPUTS, **rows):
    """The decisions of a policy, by the case: outcome, what held, what failed."""
    policy = checked(inputs + rules)
    base = from_rows(policy, {"cs": [("c",)], **rows})
    if home == "duckdb":
        base = copy(base, "duckdb", policy)
    found = api.decide(policy, base, engine=home)
    assert list(decide(found.model, [("c",)])) == list(found)
    (one, *_) = found
    return one.outcome, list(one.held), list(one.failed)


@pytest.fixture(params=["sqlite", "duckdb"])
def home(request):
    return request.param


LIBRARY = """
@id("1") old(C) :- cs(C), q(C).
@id("1") old(C) :- cs(C), r(C).
@id("2") blocked(C) :- s(C).
"""


def test_a_body_that_moved_into_a_rule_without_an_id_has_the_same_ids(home):
    direct = LIBRARY + "goal(C) :- old(C), not blocked(C)."
    moved = LIBRARY + "lent(C) :- old(C), not blocked(C). goal(C) :- cs(C), lent(C)."
    for rows in (
        {"q": [("c",)], "s": [("c",)]},
        {"s": [("c",)]},
        {"q": [("c",)]},
        {},
    ):
        assert decided(direct, home, **rows) == decided(moved, home, **rows)
    found = decided(moved, home, q=[("c",)], s=[("c",)])
    assert found == ("refused", ["1"], ["2"])


def test_each_rule_of_what_is_missing_is_named_or_what_its_attempt_lacks(home):
    rules = """
    goal(C) :- cs(C), half(C).
    @id("A") half(C) :- q(C).
    half(C) :- cs(C), below(C), r(C).
    @id("B") below(C) :- s(C).
    """
    assert decided(rules, home) == ("refused", [], ["A", "B"])
    # What is stated has no id, and no rule above has one.
    assert decided(rules, home, s=[("c",)]) == ("refused", ["B"], ["A"])


def test_what_is_stated_gives_the_id_of_the_nearest_rule_above(home):
    rules = """
    @id("TOP") goal(C) :- cs(C), half(C).
    half(C) :- cs(C), other(C).
    other(C) :- q(C).
    """
    assert decided(rules, home) == ("refused", [], ["TOP"])


def test_a_rule_that_cannot_give_what_is_missing_is_not_named(home):
    rules = """
    goal(C) :- cs(C), grade(C, "a").
    @id("A") grade(C, "a") :- q(C).
    @id("B") grade(C, "b") :- r(C).
    """
    assert decided(rules, home, r=[("c",)]) == ("refused", [], ["A"])


def test_what_should_be_absent_gives_the_ids_that_support_it(home):
    rules = """
    @id("TOP") goal(C) :- cs(C), not bad(C).
    bad(C) :- worse(C).
    @id("W") worse(C) :- q(C), deep(C).
    @id("D") deep(C) :- q(C).
    @id("X") bad(C) :- r(C).
    """
    assert decided(rules, home, q=[("c",)]) == ("refused", [], ["W"])
    assert decided(rules, home, q=[("c",)], r=[("c",)]) == ("refused", [], ["W", "X"])


def test_of_what_nothing_with_an_id_supports_the_rule_that_negates_it_is_named(home):
    rules = """
    @id("TOP") goal(C) :- cs(C), fine(C).
    fine(C) :- cs(C), not bad(C).
    bad(C) :- q(C).
    """
    assert decided(rules, home, q=[("c",)]) == ("refused", [], ["TOP"])


def test_through_two_negations_what_fails_is_named(home):
    rules = """
    goal(C) :- cs(C), not bad(C).
    bad(C) :- cs(C), not complete(C).
    complete(C) :- cs(C), first(C), second(C).
    @id("1") first(C) :- q(C).
    @id("2") second(C) :- r(C).
    """
    assert decided(rules, home, q=[("c",)]) == ("refused", [], ["2"])


def test_of_an_alternative_what_each_branch_lacks_is_named(home):
    rules = """
    @id("TOP") goal(C) :- cs(C), ( one(C), two(C) ; r(C) ).
    @id("1") one(C) :- q(C).
    @id("2") two(C) :- s(C).
    """
    assert decided(rules, home, q=[("c",)]) == ("refused", ["1"], ["2", "TOP"])


def test_an_alternative_is_not_met_by_a_variable_without_a_value(home):
    rules = """
    goal(C) :- cs(C), p(C, X), ( B = X ; q(B) ).
    @id("R1") goal(C) :- cs(C), r(C).
    """
    assert decided(rules, home) == ("refused", [], ["R1"])
    # With a row in q both rules lack one thing, and the first of them has no id.
    assert decided(rules, home, q=[("k",)]) == ("refused", [], [])


def test_goals_that_come_back_to_themselves_end(home):
    rules = """
    @id("TOP") goal(C) :- cs(C), way(C, "z").
    way(A, B) :- p(A, B).
    way(A, B) :- p(A, X), way(X, B).
    """
    circle = [("c", "d"), ("d", "c")]
    assert decided(rules, home, p=circle) == ("refused", [], ["TOP"])


def test_a_breach_is_named_alike_as_the_outcome_and_as_what_fails(home):
    inputs = INPUTS.replace(
        'outcome "granted"', 'outcome "breach" if bad(Case).\noutcome "granted"'
    )
    rules = """
    goal(C) :- cs(C), not bad(C).
    bad(C) :- cs(C), not complete(C).
    @id("B") bad(C) :- s(C).
    complete(C) :- cs(C), first(C), second(C).
    @id("1") first(C) :- q(C).
    @id("2") second(C) :- r(C).
    """
    policy = checked(inputs + rules)
    base = from_rows(policy, {"cs": [("c",)], "r": [("c",)], "s": [("c",)]})
    (one,) = api.decide(policy, base)
    assert one.failed == one.because[0].ids == ("1", "B")


def test_the_library_refuses_a_blocked_reader_for_being_blocked(tmp_path):
    written = r"<!-- write: (\S+) -->\n(`{3}|~{3})\w+\n(.*?)\n\2\n"
    for path, _, text in re.findall(written, PAGE.read_text(), re.DOTALL):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text + "\n")
    rules = tmp_path / "policy/loans/10-loans.md"
    body = "old_enough(Request), not blocked(Request)."
    assert body in rules.read_text()
    moved = f"loanable(Request).\n\nloanable(Request) :- {body}"
    rules.write_text(rules.read_text().replace(body, moved))
    policy = api.load_policy(tmp_path / "policy/loans")
    base = api.load_facts(tmp_path / "facts/library", policy)
    found = {one.case[0]: one for one in api.decide(policy, base)}
    assert (found["Q-4"].held, found["Q-4"].failed) == (("1",), ("2",))
    assert (found["Q-2"].held, found["Q-2"].failed) == ((), ("1",))


def test_what_no_rule_can_give_gives_the_id_of_its_own_rule(home):
    rules = """
    goal(C) :- cs(C), half(C).
    @id("H") half(C) :- cs(C), grade(C, "z").
    @id("A") grade(C, "a") :- q(C).
    @id("TOP") goal(C) :- cs(C), grade(C, "z"), grade(C, "y").
    """
    assert decided(rules, home) == ("refused", [], ["H"])
    assert decided(rules.replace('@id("H") ', ""), home) == ("refused", [], [])
    rules = rules.replace("half(C).\n", "half(C), r(C).\n", 1)
    rules = rules.replace(', grade(C, "y")', "")
    assert decided(rules, home) == ("refused", [], ["TOP"])
