"""What binds a variable, in whatever order the body is written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from policy.helper import BATCH, errors, found, policy
from whereas.policy.core import Aggregate, Comparison, Either, Not, Rule

LITERALS = [
    "batch(X, n: N, made: D)",
    "M = N + 1",
    "K = M * 2",
    "K > 3",
    "( L = K ; L = 7 )",
    "L != 9",
    "T = count { batch(n: Z), Z > L }",
    "T >= 0",
    "D + N days > 2020-01-01",
    "not other(X, L)",
]
OTHER = "input other(batch: text, n: integer) closed.\n"


def only_rule(rules: str) -> Rule:
    """Return the last rule of a policy."""
    return policy(rules).rules[-1]


@given(st.permutations(LITERALS), st.sets(st.sampled_from(LITERALS)))
def test_the_order_of_a_body_does_not_change_what_is_accepted(
    order: list[str], dropped: set[str]
) -> None:
    """A shuffled body is accepted exactly if the body as written is."""
    kept = [one for one in LITERALS if one not in dropped] or LITERALS[:1]
    shuffled = [one for one in order if one in kept]

    def codes(body: list[str]) -> set[str]:
        text = BATCH + OTHER + f"p(X, T) :- {', '.join(body)}."
        return {code for code, _ in errors(text)}

    assert bool(codes(kept)) == bool(codes(shuffled))
    if len(kept) == len(LITERALS):
        assert codes(kept) == set()


def test_equality_and_aggregates_name_the_variable_that_they_bind() -> None:
    rule = only_rule(
        BATCH + "p(X, M, C) :- M = N + 1, batch(X, n: N), C = count { batch(n: M) }."
    )
    first, _, last = rule.body
    assert isinstance(first, Comparison)
    assert first.binds == "M"
    assert isinstance(last, Aggregate)
    assert (last.binds, last.group) == ("C", ("M",))


def test_an_equality_of_bound_variables_only_tests() -> None:
    rule = only_rule(BATCH + "p(X) :- batch(X, n: N), N = N2, batch(X, n: N2).")
    assert isinstance(rule.body[1], Comparison)
    assert rule.body[1].binds is None


def test_alternatives_bind_what_each_of_them_binds() -> None:
    rule = only_rule(
        BATCH + "p(X, M) :- batch(X, n: N), ( N > 3, M = 1 ; batch(X, n: M) )."
    )
    either = rule.body[1]
    assert isinstance(either, Either)
    assert either.binds == ("M",)


def test_alternatives_that_bind_nothing_used_outside_are_a_filter() -> None:
    rule = only_rule(
        BATCH + "p(X) :- batch(X, n: N), ( N > 3 ; batch(Y, n: N), Y != X )."
    )
    assert isinstance(rule.body[1], Either)
    assert rule.body[1].binds == ()


def test_variables_of_two_branches_get_names_of_their_own() -> None:
    rule = only_rule(
        BATCH + "p(X) :- batch(X, n: N), ( M = N + 1, M > 3 ; M = N + 2, M > 9 )."
    )
    assert {"M", "M_2"} <= set(rule.types)


def test_two_aggregates_may_use_one_name_inside() -> None:
    assert (
        errors(
            BATCH + "p(N, M) :- N = max Z { batch(n: Z) }, M = min Z { batch(n: Z) }."
        )
        == []
    )


def test_left_out_columns_are_anonymous_variables_of_their_own() -> None:
    rule = only_rule(BATCH + 'p(X) :- batch(X, n: 3), not batch(k: "a", n: 4).')
    assert isinstance(rule.body[1], Not)
    names = [t for t in rule.body[1].atom.terms if getattr(t, "anonymous", False)]
    assert len(names) == 5


def test_variables_that_wait_for_each_other_are_unbound() -> None:
    assert errors(BATCH + "p(X, A) :- batch(X, n: _), A = B, B = A.") == [
        ("E301", "A"),
        ("E303", "B"),
    ]


def test_one_unbound_variable_is_one_error() -> None:
    """What is computed from it is not blamed."""
    assert errors(BATCH + "p(X, M) :- batch(X, n: _), M = N + 1, K = M, K > 2.") == [
        ("E303", "N")
    ]


def test_a_misspelt_variable_is_told_from_one_that_nothing_binds() -> None:
    """A name that is close to a bound one was probably meant to be it."""
    made = found(BATCH + "p(X) :- batch(X, n: Number), Numbr > 2, Weight > 2.")
    assert [one.help for one in made if one.code == "E303"] == [
        "did you mean `Number`? If not, add a literal that mentions `Numbr`",
        "add a literal that mentions `Weight`",
    ]


def test_all_errors_of_all_rules_come_at_once_in_the_order_of_the_text() -> None:
    rules = BATCH + "p(X) :- bach(X).\nq(Y) :- batch(X, n: _).\nr(X) :- batch(X, m: 1)."
    assert [code for code, _ in errors(rules)] == ["E201", "E301", "E203"]


def test_a_rule_that_failed_does_not_make_others_fail() -> None:
    assert errors(BATCH + 'p(X) :- bach(X).\nq(X) :- p(X), X = "a".') == [
        ("E201", "bach")
    ]
