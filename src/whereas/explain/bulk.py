"""All cases decided set-at-a-time: a few statements for each rule of the target.

For each of the target's rules, the attempts of all cases are one query (`chain`),
each with the ids below its met literals as bits (`masks`) and the ids that fail
with its unmet ones. An attempt with nothing unmet is an instance of the rule: the
target holds, and all such attempts count. Else the nearest attempt counts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.explain.because import spoken, told
from whereas.explain.decisions import (
    STRETCH,
    UNDETERMINED,
    Decisions,
    Ground,
    Stored,
    case_columns,
    case_positions,
    counts,
)
from whereas.explain.ids import relations_below
from whereas.explain.lines import lines_of
from whereas.explain.masks import ClauseMasks, FirstMasks, Masks
from whereas.explain.proof import Differing
from whereas.explain.sweep import best_attempts
from whereas.facts.database import quoted
from whereas.policy.core import Atom, Variable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from whereas.explain.explainer import Explainer


@dataclass(frozen=True, slots=True)
class _Bits:
    """What the bits of a decision stand for.

    Those of what held and failed; the clauses below each outcome's goal; and what
    each outcome that says why rests on first.
    """

    reasons: Masks
    clauses: Mapping[int, ClauseMasks]
    first: Mapping[int, FirstMasks]


# The outcome under another reading, where it is the same.
SAME = -2


def decide_all(explainer: Explainer) -> Decisions:
    """Return the decisions of all cases, set-at-a-time."""
    policy, database = explainer.policy, explainer.database
    masks = Masks(explainer, policy.target.relation)
    best = best_attempts(explainer, masks)
    bits = _Bits(masks, _clauses(explainer), _first(explainer))
    table = _free_name(explainer)
    _decide(explainer, bits, best, table)
    for name in best:
        database.execute(f"DROP TABLE {quoted(name)}")
    for one in (masks, *bits.clauses.values(), *bits.first.values()):
        one.drop()
    grounds, tally = _grounds(explainer, bits, table)
    source = _numbered(explainer, table)
    return Decisions(
        explainer.model,
        grounds,
        counts(policy, tally),
        lambda: _stretches(explainer, source),
        lines_of(explainer, table, source),
    )


def _free_name(explainer: Explainer) -> str:
    """Return the name of a table that does not exist yet."""
    catalog = (
        "SELECT name FROM sqlite_temp_master"
        if explainer.database.dialect == "sqlite"
        else "SELECT table_name FROM duckdb_tables()"
    )
    taken = {name for (name,) in explainer.database.query(catalog)}
    number = 1
    while f"decision {number}" in taken:
        number += 1
    return f"decision {number}"


def _clauses(explainer: Explainer) -> dict[int, ClauseMasks]:
    """Return the clauses below each outcome's goal, of those that rest on some."""
    found = {}
    for number, outcome in enumerate(explainer.policy.outcomes):
        if outcome.goal is None:
            continue
        below = relations_below(explainer.policy, outcome.goal.relation)
        rules = [r for name in below for r in explainer.policy.rules_of(name)]
        if any(rule.subject_to for rule in rules):
            found[number] = ClauseMasks(
                explainer, outcome.goal.relation, title=f"clauses {number}"
            )
    return found


def _first(explainer: Explainer) -> dict[int, FirstMasks]:
    """Return the ids that each outcome rests on first, of those that say why."""
    return {
        number: FirstMasks(explainer, goal.relation, title=f"first {number}")
        for number, goal in spoken(explainer.policy)
    }


def _decide(
    explainer: Explainer,
    bits: _Bits,
    best: Sequence[str],
    table: str,
) -> None:
    """Put case, outcome and masks into a table: `row`, `k…`, `o`, `h…`, `f…`.

    `s…` are the clauses that the outcome is subject to, one column for each outcome's
    words, `w…` the ids that an outcome which says why rests on first, and `q…` the
    outcomes under other readings (-2: the same).
    """
    policy, database = explainer.policy, explainer.database
    masks, clauses, first = bits.reasons, bits.clauses, bits.first
    assert policy.subject is not None  # noqa: S101
    whens: list[str] = []
    joins: list[str] = []
    otherwise = -1
    for number, outcome in enumerate(policy.outcomes):
        if outcome.goal is None:
            otherwise = number
            break
        source = outcome.goal.relation
        if number in clauses:
            source = clauses[number].source(source)
        joins.append(_goal(explainer, outcome.goal, source, f"g{number}"))
        whens.append(f"WHEN g{number}.a0 IS NOT NULL THEN {number}")
    chosen = f"CASE {' '.join(whens)} ELSE {otherwise} END" if whens else str(otherwise)
    joins += [
        f" LEFT JOIN {quoted(name)} AS b{n} ON b{n}.c = x.row"
        for n, name in enumerate(best)
    ]
    held, failed = _together(len(best), masks.words)
    target = policy.target
    if explainer.component(target.relation):
        # Through recursion an instance need not support: the masks know which do.
        joins.append(_goal(explainer, target, masks.source(target.relation), "t"))
        held = [
            f"CASE WHEN t.a0 IS NOT NULL THEN {word} ELSE {one} END"
            for word, one in zip(masks.sql(target.relation, "t"), held, strict=True)
        ]
    key = policy.relations[policy.subject].key
    columns = [
        "x.row AS row",
        *(f"x.a{position} AS k{number}" for number, position in enumerate(key)),
        f"{chosen} AS o",
        *(f"{word} AS h{number}" for number, word in enumerate(held)),
        *(f"{word} AS f{number}" for number, word in enumerate(failed)),
    ]
    for number, one in clauses.items():
        goal = policy.outcomes[number].goal
        assert goal is not None  # noqa: S101
        # Of the outcome that was decided, not of those that hold besides.
        columns += [
            f"CASE WHEN ({chosen}) = {number} THEN {word} ELSE 0 END AS {name}"
            for word, name in zip(
                one.sql(goal.relation, f"g{number}"),
                _named("s", number, one),
                strict=True,
            )
        ]
    says = ", ".join(str(number) for number in first)
    for number, mask in first.items():
        goal = policy.outcomes[number].goal
        assert goal is not None  # noqa: S101
        joins.append(_goal(explainer, goal, mask.source(goal.relation), f"e{number}"))
        # Of the outcome that was decided, and of those that hold besides.
        where = f"e{number}.a0 IS NOT NULL AND ({chosen}) IN ({says})"
        columns += [
            f"CASE WHEN {where} THEN {word} ELSE 0 END AS {name}"
            for word, name in zip(
                mask.sql(goal.relation, f"e{number}"),
                _named("w", number, mask),
                strict=True,
            )
        ]
    for number, reading in enumerate(explainer.model.readings or ()):
        joins.append(
            f" LEFT JOIN {quoted(reading.table)} AS r{number} ON r{number}.row = x.row"
        )
        columns.append(f"coalesce(r{number}.o, {SAME}) AS q{number}")
    database.execute(
        f"CREATE TEMP TABLE {quoted(table)} AS SELECT {', '.join(columns)} "
        f"FROM {quoted(policy.subject)} AS x{''.join(joins)}"
    )
    if database.dialect == "sqlite":
        index = quoted(f"{table} by row")
        database.execute(f"CREATE INDEX {index} ON {quoted(table)} (row)")


def _named(kind: str, number: int, masks: Masks) -> list[str]:
    """Return the names of the columns that have the words of an outcome's mask."""
    return [f"{kind}{number}_{word}" for word in range(masks.words)]


def _goal(explainer: Explainer, goal: Atom, table: str, alias: str) -> str:
    """Return the join of a case `x` with the row that is its goal, if it holds."""
    policy = explainer.policy
    key = policy.relations[policy.subject or ""].key
    tests = []
    for position, (term, place) in enumerate(
        zip(goal.terms, case_positions(policy, goal), strict=True)
    ):
        if place is not None:
            value = f"x.a{key[place]}"
        else:
            assert not isinstance(term, Variable)  # noqa: S101
            value = str(explainer.encoding.constant(term))
        tests.append(f"{alias}.a{position} = {value}")
    return f" LEFT JOIN {quoted(table)} AS {alias} ON {' AND '.join(tests)}"


def _together(rules: int, words: int) -> tuple[list[str], list[str]]:
    """Return the words of what held and failed: over several rules `b0`, `b1`, ….

    The rules that hold count together; else the nearest does, the first of equals.
    """
    if not rules:
        return ["0"] * words, ["0"] * words
    least = [f"coalesce(b{n}.unmet, {2**31})" for n in range(rules)]
    nearer = [
        " AND ".join(
            f"{least[n]} {'<' if m < n else '<='} {least[m]}"
            for m in range(rules)
            if m != n
        )
        or "1 = 1"
        for n in range(rules)
    ]
    holds = " OR ".join(f"b{n}.unmet = 0" for n in range(rules))
    held, failed = [], []
    for place in range(words):
        together = " | ".join(
            f"(CASE WHEN b{n}.unmet = 0 THEN b{n}.h{place} ELSE 0 END)"
            for n in range(rules)
        )
        picked = " ".join(
            f"WHEN {test} THEN coalesce(b{n}.h{place}, 0)"
            for n, test in enumerate(nearer)
        )
        faults = " ".join(
            f"WHEN {test} THEN coalesce(b{n}.f{place}, 0)"
            for n, test in enumerate(nearer)
        )
        held.append(f"CASE WHEN {holds} THEN {together} ELSE CASE {picked} END END")
        failed.append(f"CASE WHEN {holds} THEN 0 ELSE CASE {faults} END END")
    return held, failed


def _grounds(
    explainer: Explainer,
    bits: _Bits,
    table: str,
) -> tuple[tuple[Ground, ...], Counter[str]]:
    """Number the distinct outcomes with their reasons; count the outcomes."""
    policy, database = explainer.policy, explainer.database
    masks, clauses, first = bits.reasons, bits.clauses, bits.first
    readings = explainer.model.readings or ()
    words = [f"{kind}{n}" for kind in "hf" for n in range(masks.words)]
    words += [word for n, one in clauses.items() for word in _named("s", n, one)]
    words += [word for n, one in first.items() for word in _named("w", n, one)]
    words += [f"q{n}" for n in range(len(readings))]
    names = ", ".join(["o", *words])
    found = database.query(
        f"SELECT {names}, count(*) FROM {quoted(table)} GROUP BY {names} "
        f"ORDER BY {names}"
    )
    grounds: list[Ground] = []
    tally: Counter[str] = Counter()
    rows = []
    for number, (outcome, *row, count) in enumerate(found):
        name = None if outcome < 0 else policy.outcomes[outcome].name
        held, failed = row[: masks.words], row[masks.words : 2 * masks.words]
        rest = row[2 * masks.words :]
        subject_to: tuple[str, ...] = ()
        for one in clauses.values():
            subject_to += one.ids_of(rest[: one.words])
            rest = rest[one.words :]
        ids = {}
        for place, mask in first.items():
            ids[policy.outcomes[place].name] = mask.ids_of(rest[: mask.words])
            rest = rest[mask.words :]
        others = tuple(
            Differing(
                reading.parameter,
                reading.value,
                None if other < 0 else policy.outcomes[other].name,
            )
            for reading, other in zip(readings, rest, strict=True)
            if other != SAME
        )
        grounds.append(
            Ground(
                name,
                masks.ids_of(held),
                masks.ids_of(failed),
                subject_to,
                others,
                told(policy, name, ids),
            )
        )
        tally[UNDETERMINED if name is None else name] += count
        rows.append((outcome, *row, number))
    ground = f"{table} ground"
    database.execute(
        f"CREATE TEMP TABLE {quoted(ground)} "
        f"({', '.join(f'{name} BIGINT' for name in ['o', *words, 'g'])})"
    )
    database.insert(ground, rows)
    return tuple(grounds), tally


def _numbered(explainer: Explainer, table: str) -> str:
    """Return the decisions joined with the number of their ground, as a FROM clause."""
    database = explainer.database
    ground = quoted(f"{table} ground")
    names = [
        row[0]
        for row in database.query(
            f"SELECT name FROM pragma_table_info('{table} ground') WHERE name <> 'g'"
        )
    ]
    on = " AND ".join(f"d.{name} = e.{name}" for name in names)
    return f"FROM {quoted(table)} AS d JOIN {ground} AS e ON {on}"


def _stretches(explainer: Explainer, source: str) -> Iterator[list[tuple[Stored, int]]]:
    """Yield the cases and the numbers of their grounds, in the order of the facts."""
    database = explainer.database
    width = len(case_columns(explainer.policy))
    keys = ", ".join(f"d.k{number}" for number in range(width))
    after = -1
    while True:
        rows = database.query(
            f"SELECT d.row, e.g, {keys} {source} WHERE d.row > ?1 "
            f"ORDER BY d.row LIMIT {STRETCH}",
            (after,),
        )
        if not rows:
            return
        yield [(tuple(row[2:]), row[1]) for row in rows]
        after = rows[-1][0]
