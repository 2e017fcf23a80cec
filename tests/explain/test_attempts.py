"""Blockages: what holds, what fails, and what was found instead."""

from __future__ import annotations

from worlds import aggregate, atom, compare, either, model, no, rule, world

from whereas.explain.proof import ANY, Absent, Aggregated, Compared, Fact, Holds
from whereas.explain.reason_values import blockage
from whereas.policy.core import Atom


def shipping():
    """A parcel may go when it was weighed, paid for, and nobody holds it."""
    return world(
        {
            "parcel": [(1, 10), (2, 20), (3, 5)],
            "payment": [(11, 1, 90), (12, 1, 99), (13, 2, 10)],
            "hold": [(2, 7)],
        },
        [
            rule(
                "GO",
                atom("go", "P"),
                atom("parcel", "P", "Weight"),
                atom("light", "P"),
                atom("payment", "Pay", "P", "Sum"),
                compare("Sum", ">=", 95),
                atom("vetted", "Pay"),
                no("held", "P"),
            ),
            rule(
                "L", atom("light", "P"), atom("parcel", "P", "W"), compare("W", "<", 15)
            ),
            rule(
                "V",
                atom("vetted", "Pay"),
                atom("payment", "Pay", "_1", "S"),
                compare("S", "<", 95),
            ),
            rule("H", atom("held", "P"), atom("hold", "P", "_1")),
        ],
    )


def test_the_nearest_attempt_takes_the_row_with_the_fewest_unmet_literals():
    found = blockage(model(shipping()), Fact("go", (1,)))
    (attempt,) = found.attempts
    # Both payments fail in one point; the first row of the file is taken.
    assert attempt.substitution == {"P": 1, "Pay": 11, "Sum": 90}
    assert attempt.unmet == 1
    failed = attempt.conditions[3]
    assert isinstance(failed.premise, Compared)
    assert (failed.premise.left, failed.premise.right, failed.met) == (90, 95, False)
    assert Fact("light", (1,)) in found.steps
    assert Fact("parcel", (1, 10)) in found.steps


def test_a_failed_negation_shows_the_proof_of_what_should_be_absent():
    found = blockage(model(shipping()), Fact("go", (2,)))
    (attempt,) = found.attempts
    absent = attempt.conditions[5]
    assert not absent.met
    assert isinstance(absent.premise, Absent)
    assert absent.premise.found == (Fact("held", (2,)),)
    assert Fact("hold", (2, 7)) in found.steps


def test_a_missing_derived_fact_is_explained_in_turn():
    found = blockage(model(shipping()), Fact("go", (2,)))
    light = found.attempts[0].conditions[1]
    assert light.missing is not None
    assert (light.missing.relation, light.missing.pattern) == ("light", (2,))
    (below,) = light.missing.attempts
    assert isinstance(below.conditions[0].premise, Holds)
    assert isinstance(below.conditions[1].premise, Compared)
    assert below.conditions[1].premise.left == 20


def test_the_depth_is_the_readers_choice():
    found = blockage(model(shipping()), Fact("go", (2,)), depth=1)
    light = found.attempts[0].conditions[1]
    assert light.missing is not None
    assert light.missing.attempts == ()


def test_an_opener_without_a_row_leaves_its_variables_open():
    found = blockage(model(shipping()), Fact("go", (3,)))
    (attempt,) = found.attempts
    pay, enough, vetted = attempt.conditions[2:5]
    assert pay.missing is not None
    assert pay.missing.open == ()
    assert pay.missing.pattern == (ANY, 3, ANY)
    assert (pay.missing.rows, pay.missing.file) == (3, "facts/payment.csv")
    assert (enough.met, enough.premise, enough.open) == (False, None, ("Sum",))
    assert vetted.missing is not None
    assert vetted.missing.open == ("Pay",)
    assert attempt.conditions[5].met
    assert attempt.unmet == 3


def test_an_unmet_alternative_shows_all_its_branches():
    tables = model(
        world(
            {"a": [(1, 3)], "b": [(9,)]},
            [
                rule(
                    "R",
                    atom("p", "X"),
                    atom("a", "X", "N"),
                    either(
                        [compare("N", ">", 5)],
                        [atom("b", "M"), compare("M", "<", "N")],
                    ),
                )
            ],
        )
    )
    (attempt,) = blockage(tables, Fact("p", (1,))).attempts
    first, second = attempt.conditions[1].branches
    assert [c.met for c in first] == [False]
    assert [c.met for c in second] == [True, False]
    assert isinstance(second[1].premise, Compared)
    assert (second[1].premise.left, second[1].premise.right) == (9, 3)


def test_an_unmet_aggregate_shows_what_was_counted():
    tables = model(
        world(
            {"a": [(1,), (2,)], "k": [(1,)]},
            [
                rule(
                    "R",
                    atom("p", "K"),
                    atom("k", "K"),
                    aggregate(3, "count", None, [atom("a", "_1")]),
                )
            ],
        )
    )
    (attempt,) = blockage(tables, Fact("p", (1,))).attempts
    counted = attempt.conditions[1].premise
    assert isinstance(counted, Aggregated)
    assert (counted.value, counted.counted) == (2, 2)


def test_rules_come_nearest_first_and_only_those_that_could_give_the_goal():
    tables = model(
        world(
            {"a": [(1,)], "b": [(2,)], "c": [(2,)]},
            [
                rule("FAR", atom("p", "X", 1), atom("b", "X"), atom("c", "X")),
                rule("NEAR", atom("p", "X", 1), atom("a", "X"), atom("b", "X")),
                rule("OTHER", atom("p", "X", 2), atom("b", "X")),
            ],
        )
    )
    found = blockage(tables, Fact("p", (1, 1)))
    assert [one.rule.id for one in found.attempts] == ["NEAR", "FAR"]
    assert isinstance(found.attempts[0].conditions[0].literal, Atom)
    loose = blockage(tables, (1, ANY), "p")
    assert [one.rule.id for one in loose.attempts] == ["NEAR", "OTHER", "FAR"]


def test_a_fact_of_the_policy_may_match_only_what_was_known():
    """`q(Y, Y)` is looked for with any two values, which `q(1, 2)` has: no condition."""
    tables = model(
        world(
            {"a": [(1,)]},
            [
                rule("P", atom("p", "X"), atom("a", "X"), atom("q", "Y", "Y")),
                rule("Q", atom("q", 1, 2)),
            ],
        )
    )
    (attempt,) = blockage(tables, Fact("p", (1,))).attempts
    same = attempt.conditions[1].missing
    assert same is not None
    assert (same.pattern, same.open) == ((ANY, ANY), ())
    assert [one.conditions for one in same.attempts] == [()]
