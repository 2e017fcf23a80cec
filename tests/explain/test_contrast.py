"""Two cases side by side: where they part, and nothing else."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from reasons_oracle import is_met, random_world
from worlds import atom, compare, either, model, names_of, no, rule, world

from whereas import api
from whereas.explain.contrast import contrast
from whereas.explain.explainer import Explainer
from whereas.explain.proof import Absent, Compared, Fact
from whereas.policy.core import Atom, Comparison, Membership, Not, Outcome
from whereas.render.contrast import contrast_as

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("seed", range(60))
def test_cases_part_where_one_meets_what_the_other_lacks(seed):
    """Both sides are as they are said to be; and what differs parts somewhere."""
    made = random_world(seed)
    explainer = Explainer(model(made))
    cases = [row[:1] for row in made.stated["case"]]
    for one, other in itertools.permutations(cases, 2):
        found = contrast(explainer, one, other)
        assert found.goals == (Fact("goal", one), Fact("goal", other))
        assert found.holds == tuple(map(made.holds, found.goals))
        rules = made.policy.rules_of("goal")
        if (
            found.holds[0] != found.holds[1]
            and len(rules) == 1
            and both_apply(rules[0])
        ):
            assert found.partings
        for parting in found.partings:
            left, right = parting.sides
            assert left.attempt.rule == right.attempt.rule == parting.path[-1]
            assert left.condition.literal == right.condition.literal
            assert parting.ways == (left.condition.met and right.condition.met)
            assert (left.condition.met or right.condition.met) != parting.others
            if parting.others:
                assert left.condition.premise.found != right.condition.premise.found
            assert not parting.ways or all(found.holds)
            for side in parting.sides:
                check(made, side)
        for fact in found.steps:
            assert made.holds(fact)


def both_apply(one):
    return all(not isinstance(term, int) for term in one.head.terms) and all(
        hasattr(term, "name") for term in one.head.terms
    )


def check(made, side):
    literal, attempt = side.condition.literal, side.attempt
    for fact in side.facts:
        assert made.holds(fact)
    if isinstance(literal, Atom):
        if side.condition.met:
            assert made.holds(side.condition.premise.fact)
    elif isinstance(literal, Not | Comparison | Membership) and not side.condition.open:
        named = [n for n in names_of(literal) if not n.startswith("_")]
        # What a branch keeps to itself has its value there.
        if all(name in attempt.substitution for name in named):
            assert is_met(made, literal, attempt.substitution) == side.condition.met


@pytest.mark.parametrize("seed", range(15))
def test_a_large_model_says_the_same(seed):
    made = random_world(seed)
    source = Explainer(model(made, "duckdb"))
    whole = Explainer(model(made))
    cases = [row[:1] for row in made.stated["case"]]
    for one, other in itertools.combinations(cases, 2):
        assert contrast(source, one, other) == contrast(whole, one, other)
    source.database.close()


def parcels():
    """A parcel goes if it is light, and paid for or free, and nobody holds it."""
    return world(
        {
            "parcel": [(1, 10), (2, 20), (3, 12), (4, 13)],
            "paid": [(1, 9), (4, 2)],
            "free": [(3,)],
            "hold": [(4, 7)],
        },
        [
            rule(
                "GO",
                atom("go", "P"),
                atom("light", "P"),
                either([atom("settled", "P")], [atom("free", "P")]),
                no("hold", "P", "_1"),
            ),
            rule(
                "L", atom("light", "P"), atom("parcel", "P", "W"), compare("W", "<", 15)
            ),
            rule(
                "S", atom("settled", "P"), atom("paid", "P", "S"), compare("S", ">=", 5)
            ),
        ],
        subject="parcel",
        outcomes=(
            Outcome("go", atom("go", "C0"), wanted=True),
            Outcome("stay", None, wanted=False),
        ),
    )


def said(one, other, language="en", policy="nmpa-summary", facts="demo"):
    checked = api.load_policy(ROOT / "policy" / policy)
    tables = api.decide(checked, api.load_facts(ROOT / "facts" / facts, checked)).model
    found = contrast(tables, (one,), (other,))
    return contrast_as(found, tables, "text", language)


def test_two_that_lack_other_things_part_where_these_are_lacking():
    """Both lack documents, and not the same: that is where they part."""
    found = said("B-042", "B-038")
    assert "They part at one condition" in found
    assert "Neither meets it, each for something else." in found
    assert "GMP evidence is missing from filing F-042-1" in found
    assert "Certificate of analysis is missing from filing F-038." in found


def test_a_case_beside_itself_is_one_and_the_same():
    assert "This is one and the same case." in said("B-001", "B-001")
    assert "这是同一个案例。" in said("B-001", "B-001", "zh")


def test_cases_that_are_decided_for_the_same_reasons_are_said_to_be():
    assert (
        "Both are decided for the same reasons: holds S-C1 to S-C3, S-E1 to S-E3,"
        in said("B-001", "B-018")
    )
    found = said("B-028", "B-060", "en", "nmpa-2025-96", "portfolio")
    assert "Both are decided for the same reasons: ANN-1." in found


def test_they_part_at_the_deepest_literal():
    found = contrast(model(parcels()), (1,), (2,))
    first, second = found.partings
    assert [one.id for one in first.path] == ["GO", "L"]
    left, right = first.sides
    assert isinstance(left.condition.premise, Compared)
    assert (left.condition.premise.left, right.condition.premise.left) == (10, 20)
    assert left.facts == (Fact("parcel", (1, 10)),)
    assert right.facts == (Fact("parcel", (2, 20)),)
    assert [one.id for one in second.path] == ["GO", "S"]
    assert second.sides[1].condition.missing.relation == "paid"


def test_what_both_lack_is_left_out():
    """Three and four are both light; four is held, and did not pay enough."""
    found = contrast(model(parcels()), (1,), (4,))
    below = [[one.id for one in parting.path] for parting in found.partings]
    assert below == [["GO", "S"], ["GO"]]
    held = found.partings[1].sides
    assert isinstance(held[0].condition.premise, Absent)
    assert held[1].condition.premise.found == (Fact("hold", (4, 7)),)


def test_two_that_hold_part_where_another_alternative_carries_them():
    found = contrast(model(parcels()), (1,), (3,))
    (parting,) = found.partings
    assert parting.ways
    assert [one.condition.premise.branch for one in parting.sides] == [0, 1]


def test_a_case_does_not_part_from_itself():
    for case in ((1,), (2,)):
        assert contrast(model(parcels()), case, case).partings == ()
