"""Types: what is inferred, what converts, and what `none` may do."""

from __future__ import annotations

from decimal import Decimal

import pytest

import whereas
from policy.helper import BATCH, errors, policy
from whereas.facts import from_rows
from whereas.policy.core import Arithmetic, Atom, Comparison, Constant, Either
from whereas.values import Type


def columns(rules: str, relation: str = "p") -> list[str]:
    """Return the types of a relation's columns, as messages write them."""
    return [str(c.type) for c in policy(rules).relations[relation].columns]


@pytest.mark.parametrize(
    ("rules", "types"),
    [
        ("p(X, D) :- batch(X, made: D).", ["text", "date"]),
        ("p(X, D) :- batch(X, ends: D).", ["text", "date?"]),
        ("p(X, D) :- batch(X, ends: D), D != none.", ["text", "date"]),
        ("p(K) :- batch(k: K).", ['{"a", "b"}']),
        ('p("a"). p(K) :- batch(k: K).', ['{"a", "b"}']),
        ('p("z"). p(K) :- batch(k: K).', ["text"]),
        ("p(K) :- batch(k: K). p(X) :- batch(X, n: 1).", ["text"]),
        ("p(1). p(2.5). p(3.25).", ["decimal(2)"]),
        ("p(M) :- batch(w: W), M = W * W.", ["decimal(4)"]),
        ("p(M) :- batch(made: D, ends: E), E != none, M = E - D.", ["integer"]),
        ("p(M) :- batch(made: D), M = D + 2 months.", ["date"]),
        ("p(N) :- N = sum W { batch(w: W) }.", ["decimal(2)"]),
        ("p(D) :- D = max E { batch(ends: E), E != none }.", ["date"]),
        ("p(X) :- q(X). q(X) :- p(X). q(X) :- batch(X, n: 1).", ["text"]),
        (
            "p(X, none) :- batch(X, n: 1). p(X, D) :- batch(X, made: D).",
            ["text", "date?"],
        ),
    ],
)
def test_columns_get_their_types_from_what_feeds_them(
    rules: str, types: list[str]
) -> None:
    assert columns(BATCH + rules) == types


def test_a_constant_is_stored_at_the_type_that_it_is_compared_with() -> None:
    rule = policy(BATCH + "p(X) :- batch(X, w: W), W > 3.").rules[0]
    test = rule.body[1]
    assert isinstance(test, Comparison)
    assert test.right == Constant(Decimal(3), Type("decimal", scale=2))


def test_both_sides_of_a_sum_have_its_scale_and_those_of_a_product_add_up() -> None:
    rule = policy(BATCH + "p(M, K) :- batch(w: W), M = W + 1, K = W * 1.5.").rules[0]
    total, product = rule.body[1], rule.body[2]
    assert isinstance(total, Comparison)
    assert isinstance(total.right, Arithmetic)
    assert total.right.right == Constant(Decimal(1), Type("decimal", scale=2))
    assert isinstance(product, Comparison)
    assert isinstance(product.right, Arithmetic)
    assert product.right.type == Type("decimal", scale=3)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("batch(X, n: N, w: N)", [("E214", "w: N")]),
        ("batch(X, n: N, w: W), N = W", [("E214", "N = W")]),
        ('batch(X, k: "c")', [("E215", '"c"')]),
        ('batch(X, k: K), K in {"a", "c"}', [("E215", '"c"')]),
        ('batch(X, n: N), ( M = N ; M = "x" ), M != 3', [("E214", '"x"')]),
        ("batch(X, ok: B), B < true", [("E216", "B")]),
        ("batch(X, w: W), W > 2.555", [("E222", "2.555")]),
        ("batch(X, made: D), D + D > 3", [("E217", "D + D")]),
        ("batch(X, made: D), D = none", [("E220", "none")]),
        ("batch(X, made: none)", [("E220", "none")]),
        ("batch(X, ends: E), E > 2020-01-01", [("E219", "E")]),
        ("batch(X, ends: E), E + 2 days > 2020-01-01", [("E219", "E")]),
        ("batch(X, ends: E), batch(_, made: E)", [("E219", "E")]),
        (
            "batch(X, ends: E), not E in {2020-01-01}, batch(_, made: E)",
            [("E219", "E")],
        ),
        ("batch(X, ends: E), N = max F { batch(ends: F) }, E = N", [("E219", "F")]),
    ],
)
def test_what_does_not_fit_is_refused(
    body: str, expected: list[tuple[str, str]]
) -> None:
    rules = BATCH + f"p(X) :- {body}."
    assert errors(rules) == expected


@pytest.mark.parametrize(
    "body",
    [
        "batch(X, ends: E), ( E = none ; E >= 2020-01-01 )",
        "batch(X, ends: E), ( E = none ; E != none, E + 2 days > 2020-01-01 )",
        "batch(X, ends: E), E != none, batch(_, made: E)",
        "batch(X, ends: E), E in {2020-01-01, 2020-01-02}, batch(_, made: E)",
        "batch(X, ends: E), E = 2020-01-01, E + 2 days > 2020-01-01",
        "batch(X, ends: none)",
        # A day that is never `none`, looked for where it may be.
        "batch(X, made: D), D != none, not batch(_, ends: D)",
        "batch(X, made: D), D != none, N = count { batch(ends: D) }, N > 0",
        "batch(X, made: D), N = count { batch(ends: D), D != none }, N > 0",
        # Each alternative says that it is not `none`.
        'batch(X, ends: E), ( E != none, X = "a" ; E = 2020-01-01 ), batch(_, made: E)',
        "batch(X, ends: E), batch(_, ends: F), E = F",
    ],
)
def test_none_may_stand_where_it_is_said_what_it_means(body: str) -> None:
    assert errors(BATCH + f"p(X) :- {body}.") == []


def test_a_join_with_an_optional_column_under_not_and_in_an_aggregate() -> None:
    """An empty cell is no value to be joined with, in each engine."""
    rules = """
input case(case: text, site: text) key case closed.
input visit(visit: text, site: text?) key visit closed.
relation of(visit: text, site: text).
subject case.
outcome "seen" if seen(Case).
outcome "unseen" otherwise.
of(V, S) :- visit(V, S), ( S != none, V != "v9" ; S = "z" ).
never(C) :- case(C, S), S != none, not visit(_, S).
seen(C) :- case(C, S), S != none, N = count { visit(_, S) }, N > 0, not never(C),
    of(_, S).
"""
    checked = policy(rules)
    facts = {
        "case": [["c1", "x"], ["c2", "y"], ["c3", "z"]],
        "visit": [["v1", "x"], ["v2", None], ["v9", "z"]],
    }
    for engine in ("sqlite", "duckdb", "pydatalog"):
        found = whereas.decide(checked, from_rows(checked, facts), engine=engine)
        seen = [one.case[0] for one in found if one.outcome == "seen"]
        assert seen == ["c1", "c3"], engine


def test_a_head_that_every_alternative_guards() -> None:
    """The column is never `none`, and neither is what comes there."""
    head = "relation p(x: text, e: date). p(X, E) :- batch(X, ends: E), "
    guarded = '( E != none, X = "a" ; E in {2020-01-01} ; E = 2020-01-02 ).'
    assert errors(BATCH + head + guarded) == []
    silent = '( E != none, X = "a" ; X = "b" ).'
    assert errors(BATCH + head + silent) == [("E219", "E")]


def test_a_branch_that_none_could_slip_into_says_so_itself() -> None:
    """`none` is stored smaller than all dates, so that `E < …` would hold of it."""
    text = BATCH + 'p(X) :- batch(X, ends: E), ( E = none, X = "q" ; E < 2020-01-01 ).'
    either = policy(text).rules[0].body[1]
    assert isinstance(either, Either)
    first = either.branches[1][0]
    assert isinstance(first, Comparison)
    assert (first.op, first.right) == (
        "!=",
        Constant(None, Type("date", optional=True)),
    )


def test_a_branch_that_none_cannot_pass_stays_as_written() -> None:
    text = BATCH + "p(X) :- batch(X, ends: E), ( E = none ; E >= 2020-01-01 )."
    either = policy(text).rules[0].body[1]
    assert isinstance(either, Either)
    assert [len(branch) for branch in either.branches] == [1, 1]


def test_a_key_that_nobody_references_joins_with_any_other() -> None:
    rules = (
        BATCH + "input seen(batch: text) key batch.\np(X) :- batch(X, n: _), seen(X)."
    )
    assert errors(rules) == []


def test_an_outcome_that_is_one_atom_is_the_goal_itself() -> None:
    made = policy(
        BATCH + 'subject batch.\noutcome "x" if p(Batch).\np(X) :- batch(X, n: 1).'
    )
    assert [o.goal and o.goal.relation for o in made.outcomes] == ["p"]
    assert [rule.label for rule in made.rules] == ["p#1"]


def test_a_longer_condition_becomes_a_relation_of_its_own() -> None:
    made = policy(BATCH + 'subject batch.\noutcome "x" if batch(Batch, n: N), N > 3.')
    goal = made.outcomes[0].goal
    assert isinstance(goal, Atom)
    assert goal.relation == "outcome.x"
    assert made.rules[0].id is None
    assert made.relations["outcome.x"].arity == 1


def test_labels_count_the_rules_of_an_id_and_of_a_relation_without() -> None:
    made = policy(
        BATCH
        + '@id("S-1") @cite("LAW", "1") p(X) :- batch(X, n: 1).\n'
        + '@id("S-1") p(X) :- batch(X, n: 2).\nq(X) :- batch(X, n: 1).'
    )
    assert [rule.label for rule in made.rules] == ["S-1", "S-1#2", "q#1"]


def test_components_come_in_the_order_of_their_dependence() -> None:
    made = policy(
        BATCH + "r(X) :- p(X).\np(X) :- q(X).\nq(X) :- batch(X, n: 1).\nq(X) :- p(X)."
    )
    assert [(c.relations, c.recursive) for c in made.components] == [
        (("p", "q"), True),
        (("r",), False),
    ]


def test_validity_days_are_comparisons_at_the_end() -> None:
    made = policy(BATCH + "@from(2026-05-15) p(X) :- batch(X, n: 1).")
    last = made.rules[0].body[-1]
    assert isinstance(last, Comparison)
    assert last.validity
    assert made.uses_today
