"""The attempts of all cases at the rules of the target: a table for each rule.

An attempt with nothing unmet is an instance of the rule: then the target holds, and
all such attempts count. Else the nearest attempt does, with the ids that fail below
what it does not meet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.explain.batch_attempts import Sweep
from whereas.explain.bodies import order_of
from whereas.explain.decisions import case_positions
from whereas.explain.failed_ids import Tried
from whereas.policy.core import Variable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whereas.explain.explainer import Explainer
    from whereas.explain.failed_ids import FailedIds
    from whereas.explain.lineage_bits import Masks
    from whereas.policy.core import Rule


def best_attempts(
    explainer: Explainer, cases: str, held: Masks, failed: FailedIds
) -> list[str]:
    """Decide the target for the cases of a table: a table for each rule, by its name.

    It has a row for each case: the case `c`, how many literals are `unmet`, and the
    words of what held (`h…`) and failed (`f…`).
    """
    return [
        _best(explainer, cases, held, failed, rule)
        for rule in explainer.policy.rules_of(explainer.policy.target.relation)
    ]


def _best(
    explainer: Explainer, cases: str, held: Masks, failed: FailedIds, rule: Rule
) -> str:
    start, given, key = _start(explainer, rule, cases)
    chain = Sweep(
        held,
        rule.body,
        rule.types,
        start=start,
        given=given,
        used=[t.name for t in rule.head.terms if isinstance(t, Variable)],
        key=key,
    )
    own = 0 if rule.id is None else failed.own(rule)
    words, followed = failed.columns_of(chain, own)
    order = [f"k{i}" for i in range(len(chain.order))]
    chosen = ["p.c AS c", f"{chain.unmet()} AS unmet"]
    chosen += [f"{word} AS h{n}" for n, word in enumerate(chain.held(own))]
    chosen += [f"{word} AS f{n}" for n, word in enumerate(words)]
    chosen += [f"{sql} AS {name}" for name, sql in followed.items()]
    chosen += [
        f"{order_of(*key)} AS {k}" for k, key in zip(order, chain.order, strict=True)
    ]
    attempts = failed.tables.table(
        f"{chain.sql()} SELECT {', '.join(chosen)} FROM {chain.last} AS p"
    )
    nearest = failed.tables.table(_nearest(attempts, held.words, list(followed), order))
    failed.tables.remove(attempts)
    if not followed:
        return nearest
    variables = {name: c for name, c in chain.columns.items() if c in followed}
    tried = Tried(nearest, "c", rule.body, rule.types, variables, chain.gives, own)
    below = failed.below(tried, held)
    return _with_below(nearest, below, failed, own)


def _nearest(
    attempts: str, words: int, followed: Sequence[str], order: Sequence[str]
) -> str:
    """Return what keeps what each case's instances held, or its nearest attempt."""
    every = range(words)
    together = [f"bit_or(h{n}) AS h{n}" for n in every] + [f"0 AS f{n}" for n in every]
    together += [f"0 AS {name}" for name in followed]
    own = ", ".join([f"h{n}" for n in every] + [f"f{n}" for n in every] + [*followed])
    by = ", ".join(f"{key} NULLS FIRST" for key in ["unmet", *order])
    return (
        f"WITH held AS (SELECT c, 0 AS unmet, {', '.join(together)} FROM {attempts} "
        "WHERE unmet = 0 GROUP BY c), "
        f"other AS (SELECT *, row_number() OVER (PARTITION BY c ORDER BY {by}) AS n "
        f"FROM {attempts} WHERE c NOT IN (SELECT c FROM held)) "
        f"SELECT c, unmet, {own} FROM held "
        f"UNION ALL SELECT c, unmet, {own} FROM other WHERE n = 1"
    )


def _with_below(nearest: str, below: str, failed: FailedIds, own: int) -> str:
    """Return what adds to attempts the ids that were found below them.

    The target's own id, if it has one, is what stands for the rule above; and it fails
    where nothing else does.
    """
    bits = failed.bits
    above = bits.split(failed.above)
    nothing = " AND ".join(
        f"b.f{n} | coalesce(x.f{n}, 0) = 0" for n in range(bits.words)
    )
    named = f"x.f{bits.words - 1} & {above[-1]} <> 0 OR (b.unmet > 0 AND {nothing})"
    chosen = [f"b.h{n} | coalesce(x.h{n}, 0) AS h{n}" for n in range(bits.words)]
    chosen += [
        f"b.f{n} | (coalesce(x.f{n}, 0) & {~bit}) | "
        f"CASE WHEN {named} THEN {mine} ELSE 0 END AS f{n}"
        for n, (bit, mine) in enumerate(zip(above, bits.split(own), strict=True))
    ]
    return (
        f"(SELECT b.c AS c, b.unmet AS unmet, {', '.join(chosen)} "
        f"FROM {nearest} AS b LEFT JOIN {below} AS x ON x.n = b.c)"
    )


def _start(
    explainer: Explainer, rule: Rule, cases: str
) -> tuple[str, list[str], dict[str, int]]:
    """Return the cases that a rule's head can be the target of, and what they give.

    The last is the subject's key column that a variable has its value from.
    """
    policy = explainer.policy
    assert policy.subject is not None  # noqa: S101
    key = policy.relations[policy.subject].key
    goal = policy.target
    given: dict[str, str] = {}
    keys: dict[str, int] = {}
    tests: list[str] = []
    places = case_positions(policy, goal)
    for term, asked, place in zip(rule.head.terms, goal.terms, places, strict=True):
        if place is not None:
            value = f"x.a{key[place]}"
        else:
            assert not isinstance(asked, Variable)  # noqa: S101
            value = str(explainer.encoding.constant(asked))
        if not isinstance(term, Variable):
            tests.append(f"{value} = {explainer.encoding.constant(term)}")
        elif term.name in given:
            tests.append(f"{value} = {given[term.name]}")
        else:
            given[term.name] = value
            if place is not None:
                keys[term.name] = key[place]
    chosen = [f"{value} AS v{i}" for i, value in enumerate(given.values())]
    arity = policy.relations[policy.subject].arity
    chosen += [f"x.a{i} AS x{i}" for i in range(arity) if i not in key]
    where = f" WHERE {' AND '.join(tests)}" if tests else ""
    return (
        f"SELECT {', '.join(['x.row AS c', *chosen])} FROM {cases} AS x{where}",
        list(given),
        keys,
    )
