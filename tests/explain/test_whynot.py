"""Why not: every attempt in its order, the rows that come near, and what holds."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from reasons_oracle import OPEN, attempts, is_met, random_world
from worlds import atom, compare, either, model, names_of, no, rule, unified, world
from worlds import test as decided

from whereas.explain.explainer import Explainer
from whereas.explain.near import NEAR_SHOWN
from whereas.explain.proof import ANY, Absent, Any_, Compared, Cut, Fact, Missing
from whereas.explain.reason_values import blockage
from whereas.explain.whynot import why_not, why_not_case
from whereas.policy.core import Atom, Comparison, Membership, Not, Outcome, Variable


def slowly(made, fact):
    """Every attempt at a fact: rule, values and what is met, nearest first."""
    found = []
    for r in made.policy.rules_of(fact.relation):
        sub = unified(r.head, fact.values)
        if sub is not None:
            for whole in attempts(made, r, sub):
                met = tuple(is_met(made, one, whole) for one in r.body)
                found.append((r, whole, met))
    found.sort(key=lambda one: one[2].count(False))
    return found


def known(sub: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in sub.items() if value is not OPEN}


def refused(made):
    for row in made.stated["case"]:
        fact = Fact("goal", row[:1])
        if not made.holds(fact):
            yield fact


@pytest.mark.parametrize("seed", range(80))
def test_attempts_are_those_of_the_definition_nearest_first(seed):
    """The same attempts, in the same order, and as many in all."""
    made = random_world(seed)
    explainer = Explainer(model(made))
    for fact in refused(made):
        expected = slowly(made, fact)
        found = blockage(explainer, fact, limit=1000, depth=1)
        assert [
            (one.rule.index, one.substitution, tuple(c.met for c in one.conditions))
            for one in found.attempts
        ] == [(r.index, known(sub), met) for r, sub, met in expected]
        assert found.tried == len(expected)
        few = blockage(explainer, fact, limit=2, depth=1)
        assert few.tried == len(expected)
        for r in {one.rule.index for one in found.attempts}:
            own = [one for one in found.attempts if one.rule.index == r]
            assert [one for one in few.attempts if one.rule.index == r] == own[:2]
        unmet = [one.unmet for one in few.attempts]
        assert unmet == sorted(unmet)


def said(made, attempt, seen):
    """Check what an attempt says of each literal, and of those below."""
    for one in attempt.conditions:
        literal = one.literal
        if isinstance(literal, Atom | Not | Comparison | Membership):
            named = [n for n in names_of(literal) if not n.startswith("_")]
            own = {**dict.fromkeys(named, OPEN), **attempt.substitution}
            if isinstance(literal, Atom) and one.met:
                assert made.holds(one.premise.fact)
            elif isinstance(literal, Atom):
                missing = one.missing
                assert (
                    not any(
                        all(
                            isinstance(want, Any_) or want == value
                            for want, value in zip(missing.pattern, row, strict=True)
                        )
                        and repeated(literal, row)
                        for row in made.rows[literal.relation]
                    )
                    or missing.open
                )
                seen.append(missing)
                for below in missing.attempts:
                    said(made, below, seen)
            elif not one.open:
                assert is_met(made, literal, own) == one.met
            if isinstance(one.premise, Absent):
                assert bool(one.premise.found) != one.met
                assert all(map(made.holds, one.premise.found))
            if isinstance(one.premise, Compared) and one.met is False:
                assert not decided(made, literal, own, {})


def repeated(literal, row) -> bool:
    values: dict[str, Any] = {}
    return all(
        not isinstance(term, Variable) or values.setdefault(term.name, value) == value
        for term, value in zip(literal.terms, row, strict=True)
    )


@pytest.mark.parametrize("seed", range(80))
def test_what_is_said_to_fail_fails_and_what_is_said_to_hold_holds(seed):
    """At every level, through every row; and each fact that held has its proof."""
    made = random_world(seed)
    explainer = Explainer(model(made))
    for fact in refused(made):
        found = blockage(explainer, fact, limit=20, below=5, depth=6, near=True)
        seen: list[Missing] = []
        for attempt in found.attempts:
            said(made, attempt, seen)
        for step in found.steps:
            assert made.holds(step)
        explained = [(m.relation, m.pattern) for m in seen if m.attempts]
        assert len(explained) == len(set(explained))


@pytest.mark.parametrize("seed", range(80))
def test_near_rows_differ_in_the_fewest_columns(seed):
    """Against all rows, one by one."""
    made = random_world(seed)
    explainer = Explainer(model(made))
    for fact in refused(made):
        found = blockage(explainer, fact, limit=20, depth=1, near=True)
        for attempt in found.attempts:
            for one in attempt.conditions:
                if one.missing is None or one.missing.file is None or one.missing.open:
                    continue
                near, nearly = nearest_slowly(made, one.missing, attempt)
                assert one.missing.nearly == nearly
                assert {n.fact.values for n in one.missing.near} <= set(near)
                assert len(one.missing.near) == min(NEAR_SHOWN, nearly)
                for row in one.missing.near:
                    pattern = one.missing.pattern
                    differs = tuple(
                        i
                        for i, want in enumerate(pattern)
                        if not isinstance(want, Any_) and want != row.fact.values[i]
                    )
                    assert differs == row.differs


def nearest_slowly(made, missing, attempt):
    columns = [i for i, want in enumerate(missing.pattern) if want is not ANY]
    literal = next(
        one.literal
        for one in attempt.conditions
        if one.missing is not None and one.missing is missing
    )
    key = made.policy.relations[missing.relation].key
    groups: dict[int, list[tuple[Any, ...]]] = {}
    for row in made.stated[missing.relation]:
        if (
            len(key) == 1
            and key[0] in columns
            and row[key[0]] != missing.pattern[key[0]]
        ):
            continue
        differs = sum(row[i] != missing.pattern[i] for i in columns)
        if not differs:
            continue
        if differs == len(columns) and not only_that(
            made, row, columns, literal, attempt
        ):
            continue
        groups.setdefault(differs, []).append(row)
    if not groups:
        return [], 0
    fewest = groups[min(groups)]
    return fewest, len(fewest)


def only_that(made, row, columns, literal, attempt) -> bool:
    """Whether the one known column is all that is wrong with a row."""
    if len(columns) > 1:
        return False
    own: dict[str, Any] = {}
    for term, value in zip(literal.terms, row, strict=True):
        if isinstance(term, Variable) and term.name not in attempt.substitution:
            own.setdefault(term.name, value)
    sub = {**attempt.substitution, **own}
    tests = []
    for other in attempt.rule.body:
        names = names_tested(other)
        if names is not None and names & own.keys() and names <= sub.keys():
            tests.append(is_met(made, other, sub))
    return bool(tests) and all(tests)


def names_tested(literal):
    """The variables of a literal that values alone decide; None for any other."""
    if isinstance(literal, Comparison):
        sides = (literal.left, literal.right)
        if literal.binds is not None:
            return None
        return {s.name for s in sides if isinstance(s, Variable)} | {
            n
            for s in sides
            for n in (getattr(s, "left", None), getattr(s, "right", None))
            if isinstance(n, Variable)
            for n in [n.name]
        }
    if isinstance(literal, Membership):
        return {literal.term.name} if isinstance(literal.term, Variable) else set()
    branches = getattr(literal, "branches", None)
    if branches is None:
        return None
    inside = [names_tested(one) for one in itertools.chain(*branches)]
    if any(one is None for one in inside):
        return None
    return set().union(*inside)


@pytest.mark.parametrize("seed", range(30))
def test_a_large_model_says_the_same_as_a_small_one(seed):
    """Attempts from a slice, near rows from the source."""
    made = random_world(seed)
    source = Explainer(model(made, "duckdb"))
    whole = Explainer(model(made))
    for fact in refused(made):
        assert why_not(source, fact, depth=5) == why_not(whole, fact, depth=5)
    source.database.close()


# --- by example -------------------------------------------------------------------


def certificates():
    """A batch needs a certificate for its site, of its kind."""
    return world(
        {
            "batch": [(1, 71, 5), (2, 72, 5), (3, 73, 9)],
            "paper": [(11, 71, 4, 5), (12, 71, 3, 5), (13, 74, 9, 5), (14, 73, 8, 1)],
        },
        [
            rule(
                "R",
                atom("ok", "B"),
                atom("batch", "B", "Site", "Kind"),
                atom("paper", "P", "Site", "Until", "Kind"),
                compare("Until", ">=", 6),
            )
        ],
        subject="batch",
        outcomes=(
            Outcome("ok", atom("ok", "C0"), wanted=True),
            Outcome("rest", None, wanted=False),
        ),
    )


def test_attempts_through_other_rows_are_told_apart():
    found = why_not_case(model(certificates()), (1,))
    assert found.blockage.tried == 2
    assert [one.substitution["P"] for one in found.blockage.attempts] == [11, 12]
    assert found.decision.outcome == "rest"
    assert found.outcome == "ok"
    assert not found.holds


def test_a_row_that_differs_in_one_column_comes_near():
    """The paper for site 74 shares the kind; that of the other kind shares the site."""
    (attempt,) = why_not_case(model(certificates()), (2,)).blockage.attempts
    missing = attempt.conditions[1].missing
    # All three papers of the kind have another site; the one that lasts comes first.
    assert [one.fact.values[0] for one in missing.near] == [13, 11, 12]
    assert missing.near[0].differs == (1,)
    assert (missing.near[0].stated.file, missing.near[0].stated.row) == (
        "facts/paper.csv",
        4,
    )
    assert missing.nearly == 3
    (attempt,) = why_not_case(model(certificates()), (3,)).blockage.attempts
    missing = attempt.conditions[1].missing
    assert [(one.fact.values[0], one.differs) for one in missing.near] == [(14, (3,))]


def test_one_known_column_needs_tests_that_the_row_meets():
    """A row of another site counts, if nothing else is wrong with it."""
    made = world(
        {"case": [(1, 7)], "paper": [(11, 8, 4), (12, 8, 9)], "bare": [(1, 8)]},
        [
            rule(
                "R",
                atom("ok", "B"),
                atom("case", "B", "Site"),
                atom("paper", "P", "Site", "Until"),
                compare("Until", ">=", 6),
                atom("bare", "P", "Site"),
            )
        ],
    )
    (attempt,) = why_not(model(made), Fact("ok", (1,))).blockage.attempts
    paper, bare = attempt.conditions[1].missing, attempt.conditions[3].missing
    assert [one.fact.values for one in paper.near] == [(12, 8, 9)]
    assert bare.near == ()


def test_numbers_and_rare_agreement_come_first():
    """Of rows that agree in the same columns the one whose number is nearest."""
    made = world(
        {"want": [(2, 87)], "list": [(1, 87), (2, 9), (2, 85), (2, 86)]},
        [
            rule(
                "R",
                atom("ok", "L", "N"),
                atom("want", "L", "N"),
                atom("list", "L", "N"),
            )
        ],
    )
    (attempt,) = why_not(model(made), Fact("ok", (2, 87))).blockage.attempts
    missing = attempt.conditions[1].missing
    assert [one.fact.values for one in missing.near] == [(1, 87), (2, 86), (2, 85)]
    assert missing.nearly == 4


def test_none_and_large_numbers_have_a_distance_too():
    from whereas.values import INTEGER, Type

    kinds = {"list": [INTEGER, Type("integer", optional=True)]}
    made = world(
        {"want": [(2,)], "list": [(1, None), (2, 10**17), (2, None)]},
        [rule("R", atom("ok", "L"), atom("want", "L"), atom("list", "L", -(10**17)))],
        types=kinds,
    )
    (attempt,) = why_not(model(made), Fact("ok", (2,))).blockage.attempts
    near = attempt.conditions[1].missing.near
    assert [one.fact.values for one in near] == [(2, 10**17), (2, None)]


def test_a_recursion_is_explained_once():
    """What is being asked is not asked again below."""
    made = world(
        {"edge": [(1, 2), (2, 1), (2, 3)], "stop": [(9,)]},
        [
            rule("A", atom("way", "X"), atom("stop", "X")),
            rule("B", atom("way", "X"), atom("edge", "X", "Y"), atom("way", "Y")),
        ],
    )
    found = why_not(model(made), Fact("way", (1,)), depth=20).blockage
    on = next(one for one in found.attempts if one.rule.id == "B")
    below = on.conditions[1].missing
    assert below.pattern == (2,)
    back = {
        one.conditions[1].missing.pattern: one.conditions[1].missing
        for one in below.attempts
        if one.rule.id == "B"
    }
    assert back[1,].cut is Cut.SEEN
    assert back[3,].attempts


def test_the_depth_is_said():
    made = world(
        {"a": [(1,)], "b": [(2,)]},
        [
            rule("P", atom("p", "X"), atom("a", "X"), atom("q", "X")),
            rule("Q", atom("q", "X"), atom("b", "X")),
        ],
    )
    (attempt,) = why_not(model(made), Fact("p", (1,)), depth=1).blockage.attempts
    assert attempt.conditions[1].missing.cut is Cut.DEPTH
    (attempt,) = why_not(model(made), Fact("p", (1,)), depth=2).blockage.attempts
    assert attempt.conditions[1].missing.cut is None
    assert len(attempt.conditions[1].missing.attempts) == 1


def test_columns_may_be_left_open():
    tables = model(certificates())
    assert why_not(tables, (ANY,), "ok").blockage.tried == 4
    holds = why_not(tables, (ANY, 71, ANY, ANY), "paper")
    assert holds.holds
    assert holds.proof.goal == Fact("paper", (11, 71, 4, 5))


def test_a_stated_goal_says_where_it_was_looked_for():
    found = why_not(model(certificates()), (ANY, 73, ANY, 5), "paper").blockage
    assert found.attempts == ()
    assert (found.missing.rows, found.missing.file) == (4, "facts/paper.csv")
    assert [one.fact.values[0] for one in found.missing.near] == [14, 13, 11]


def test_an_outcome_that_comes_first_is_why_not():
    """The goal holds, and the case was decided otherwise."""
    made = world(
        {"case": [(1,), (2,)], "bad": [(1,)]},
        [
            rule("N", atom("no", "X"), atom("case", "X"), atom("bad", "X")),
            rule("Y", atom("yes", "X"), atom("case", "X")),
            rule("V", atom("very", "X"), atom("case", "X"), no("bad", "X")),
        ],
        subject="case",
        outcomes=(
            Outcome("no", atom("no", "C0"), wanted=False),
            Outcome("yes", atom("yes", "C0"), wanted=True),
            Outcome("very", atom("very", "C0"), wanted=False),
        ),
    )
    tables = model(made)
    found = why_not_case(tables, (1,))
    assert (found.holds, found.overruled) == (True, True)
    assert found.proof.goal == Fact("no", (1,))
    plain = why_not_case(tables, (2,))
    assert (plain.holds, plain.overruled) == (True, False)
    other = why_not_case(tables, (1,), outcome="very")
    assert other.blockage.attempts[0].conditions[1].premise.found == (
        Fact("bad", (1,)),
    )


def test_alternatives_look_for_near_rows_too():
    made = world(
        {"case": [(1, 5)], "left": [(1, 6)], "right": [(2, 5)]},
        [
            rule(
                "R",
                atom("ok", "X"),
                atom("case", "X", "N"),
                either([atom("left", "X", "N")], [atom("right", "X", "N")]),
            )
        ],
    )
    (attempt,) = why_not(model(made), Fact("ok", (1,))).blockage.attempts
    ((left,), (right,)) = attempt.conditions[1].branches
    assert left.missing.near[0].differs == (1,)
    assert right.missing.near[0].differs == (0,)
