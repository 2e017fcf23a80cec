"""What rests on what: strata, negation, aggregates, recursion."""

from __future__ import annotations

from policy.helper import policy
from whereas.policy.dependencies import dependencies

RULES = """\
input node(node: text) key node closed.
input edge(source: text, target: text) closed.
path(X, Y) :- edge(X, Y).
path(X, Z) :- path(X, Y), edge(Y, Z).
apart(X, Y) :- node(X), node(Y), not path(X, Y).
lonely(X, N) :- node(X), N = count { apart(X, Y) }.
calm(X) :- node(X), ( lonely(X, 0) ; not edge(X, _) ).
"""


def test_strata_are_complete_before_they_are_negated_or_counted() -> None:
    found = dependencies(policy(RULES))
    assert found.strata == {
        "node": 0,
        "edge": 0,
        "path": 0,
        "apart": 1,
        "lonely": 2,
        "calm": 2,
    }
    assert found.recursive == {"path"}


def test_what_a_relation_reads_and_by_which_rules() -> None:
    found = dependencies(policy(RULES))
    reads = {(one.reader, one.read, one.how): one.rules for one in found.reads}
    assert reads == {
        ("path", "edge", ""): ("path#1", "path#2"),
        ("path", "path", ""): ("path#2",),
        ("apart", "node", ""): ("apart#1",),
        ("apart", "path", "not"): ("apart#1",),
        ("lonely", "node", ""): ("lonely#1",),
        ("lonely", "apart", "count"): ("lonely#1",),
        ("calm", "node", ""): ("calm#1",),
        ("calm", "lonely", ""): ("calm#1",),
        ("calm", "edge", "not"): ("calm#1",),
    }


def test_below_and_above() -> None:
    found = dependencies(policy(RULES))
    assert found.below(["apart"]) == {"apart", "node", "path", "edge"}
    assert found.above(["apart"]) == {"apart", "lonely", "calm"}
