"""Proofs: the first supporting instance of each fact, and what it rests on."""

from __future__ import annotations

import pytest
from worlds import (
    aggregate,
    atom,
    compare,
    either,
    model,
    no,
    rule,
    world,
)

from whereas.explain.explainer import Explainer
from whereas.explain.proof import (
    ANY,
    Absent,
    Aggregated,
    Chosen,
    Compared,
    Derived,
    Fact,
    Holds,
    Stated,
)
from whereas.explain.reason_values import prove
from whereas.values import TEXT


def paths():
    """Reachability over a little graph with a circle."""
    return world(
        {"edge": [(1, 2), (2, 3), (3, 1), (1, 3)]},
        [
            rule("E", atom("path", "X", "Y"), atom("edge", "X", "Y")),
            rule(
                "P",
                atom("path", "X", "Z"),
                atom("path", "X", "Y"),
                atom("path", "Y", "Z"),
            ),
        ],
    )


def test_a_proof_ends_in_stated_rows_with_file_and_row():
    proof = prove(model(paths()), Fact("path", (1, 3)))
    step = proof.steps[proof.goal]
    assert isinstance(step, Derived)
    assert step.rule.id == "E"
    assert step.premises == (Holds(Fact("edge", (1, 3))),)
    assert proof.steps[Fact("edge", (1, 3))] == Stated("facts/edge.csv", 5)


def test_a_proof_never_goes_in_a_circle():
    made = paths()
    tables = model(made)
    explainer = Explainer(tables)
    for values in made.rows["path"]:
        proof = prove(explainer, Fact("path", values))
        for fact, step in proof.steps.items():
            if isinstance(step, Derived):
                own = made.rows["path"][fact.values]
                for premise in step.premises:
                    assert isinstance(premise, Holds)
                    if premise.fact.relation == "path":
                        assert made.rows["path"][premise.fact.values] < own


def test_recursion_five_thousand_levels_deep_is_proved():
    tables = model(
        world(
            {"next": [(0, 1)]},
            [
                rule("R", atom("reach", 0)),
                rule(
                    "N", atom("reach", "Y"), atom("reach", "X"), atom("next", "X", "Y")
                ),
            ],
        )
    )
    depth = 5000
    database = tables.database
    database.execute("DELETE FROM next")
    database.execute("DELETE FROM reach")
    database.insert("next", [(i, i + 1, i + 2) for i in range(depth)])
    database.insert("reach", [(i, i + 1) for i in range(depth + 1)])
    proof = prove(tables, Fact("reach", (depth,)))
    assert len(proof.steps) == 2 * depth + 1


def test_absences_comparisons_and_alternatives_say_what_they_compared():
    tables = model(
        world(
            {"a": [(1, 5), (2, 9)], "b": [(7, 1)]},
            [
                rule(
                    "R",
                    atom("p", "X"),
                    atom("a", "X", "N"),
                    compare("N", ">", 3),
                    no("b", "X", "_1"),
                    either(
                        [compare("N", "=", 0)],
                        [atom("b", "M", "_2"), compare("M", ">", "N")],
                    ),
                )
            ],
        )
    )
    step = prove(tables, Fact("p", (1,))).steps[Fact("p", (1,))]
    assert isinstance(step, Derived)
    holds, compared, absent, chosen = step.premises
    assert holds == Holds(Fact("a", (1, 5)))
    assert isinstance(compared, Compared)
    assert (compared.left, compared.right) == (5, 3)
    assert isinstance(absent, Absent)
    assert (absent.pattern, absent.rows, absent.file) == ((1, ANY), 1, "facts/b.csv")
    assert isinstance(chosen, Chosen)
    assert chosen.branch == 1
    assert chosen.premises[0] == Holds(Fact("b", (7, 1)))
    assert step.substitution["N"] == 5


def test_an_aggregate_shows_the_first_twenty_rows_and_counts_them_all():
    tables = model(
        world(
            {"a": [(i, 1) for i in range(30)], "k": [(1,)]},
            [
                rule(
                    "R",
                    atom("p", "K", "N"),
                    atom("k", "K"),
                    aggregate("N", "sum", "X", [atom("a", "X", "K")], ["K"], binds="N"),
                )
            ],
        )
    )
    proof = prove(tables, Fact("p", (1, 435)))
    step = proof.steps[proof.goal]
    assert isinstance(step, Derived)
    total = step.premises[1]
    assert isinstance(total, Aggregated)
    assert (total.value, total.counted, len(total.rows)) == (435, 30, 20)
    assert total.rows[0] == (Fact("a", (0, 1)),)
    assert proof.steps[Fact("a", (19, 1))] == Stated("facts/a.csv", 21)


def test_the_first_instance_follows_rules_then_rows_and_texts_by_code_point():
    tables = model(
        world(
            {"s": [("b",), ("Z",), ("é",), ("a",)]},
            [
                rule("D", atom("d", "X"), atom("s", "X")),
                rule("R", atom("p", 1), atom("d", "X")),
                rule("Q", atom("q", 1), atom("s", "X")),
            ],
            types={"s": [TEXT], "d": [TEXT]},
        )
    )
    explainer = Explainer(tables)
    step = prove(explainer, Fact("p", (1,)), all_proofs=2)
    first = step.steps[Fact("p", (1,))]
    assert isinstance(first, Derived)
    assert (first.substitution["X"], first.instances) == ("Z", 4)
    assert [d.substitution["X"] for d in step.others[Fact("p", (1,))]] == ["a", "b"]
    stated = prove(explainer, Fact("q", (1,))).steps[Fact("q", (1,))]
    assert isinstance(stated, Derived)
    assert stated.substitution["X"] == "b"


def test_instances_are_counted_beyond_those_that_are_fetched():
    tables = model(
        world(
            {"a": [(i,) for i in range(50)]},
            [rule("R", atom("p", 1), atom("a", "X"))],
        )
    )
    proof = prove(tables, Fact("p", (1,)), all_proofs=30)
    step = proof.steps[proof.goal]
    assert isinstance(step, Derived)
    assert step.instances == 50
    assert len(proof.others[proof.goal]) == 30


def test_what_does_not_hold_has_no_proof():
    with pytest.raises(LookupError):
        prove(model(paths()), Fact("path", (9, 9)))


def test_a_binding_alternative_is_one_instance_for_each_value():
    tables = model(
        world(
            {"a": [(1,), (2,)], "b": [(2,), (3,)]},
            [
                rule(
                    "R",
                    atom("p", 1),
                    either([atom("a", "X")], [atom("b", "X")], binds=["X"]),
                    compare("X", ">=", 2),
                )
            ],
        )
    )
    proof = prove(tables, Fact("p", (1,)))
    step = proof.steps[proof.goal]
    assert isinstance(step, Derived)
    assert (step.instances, step.substitution["X"]) == (2, 2)
    assert isinstance(step.premises[0], Chosen)
    assert step.premises[0].branch == 0
