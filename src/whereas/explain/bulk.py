"""All cases decided set-at-a-time: a few statements for each rule of the target.

For each of the target's rules, the attempts of all cases are one query
(`target_attempts`). Each attempt has the ids below its met literals as bits
(`lineage_bits`) and the ids that fail with its unmet ones (`failed_ids`). A few cases
are decided in the same way, from a table of their own.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from whereas.explain.because import spoken, told
from whereas.explain.decisions import (
    STRETCH,
    UNDETERMINED,
    Decisions,
    ReasonSet,
    Stored,
    case_columns,
    case_positions,
    counts,
)
from whereas.explain.duckdb_json import lines_of
from whereas.explain.failed_ids import FailedIds
from whereas.explain.lineage_bits import (
    ClauseMasks,
    Masks,
    bits_of_clauses,
    bits_of_rules,
)
from whereas.explain.proof import Differing
from whereas.explain.target_attempts import best_attempts
from whereas.facts.database import quoted
from whereas.policy.core import Atom, Variable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whereas.explain.explainer import Explainer


class _Reasons:
    """What the bits of decisions stand for, and where they are computed.

    `held` are the ids below each fact, `failed` those that fail with a goal and those
    that support a fact, `clauses` what is not encoded.
    """

    def __init__(self, explainer: Explainer) -> None:
        policy = explainer.policy
        self.bits = bits_of_rules(policy)
        self.held = Masks(explainer, self.bits, "ids")
        self.failed = FailedIds(explainer, self.bits, "failed")
        self.clauses = ClauseMasks(explainer, bits_of_clauses(policy), "clauses")
        self.held.measure(policy.target.relation, itself=False)
        for _, goal in spoken(policy):
            self.failed.support.measure(goal.relation)
        if self.clauses.bits.ids:
            for outcome in policy.outcomes:
                if outcome.goal is not None:
                    self.clauses.measure(outcome.goal.relation)

    def drop(self) -> None:
        """Drop the tables that were made."""
        for one in (self.held, self.failed, self.clauses):
            one.drop()


# The outcome under another reading, where it is the same.
SAME = -2


def decide_all(explainer: Explainer) -> Decisions:
    """Return the decisions of all cases, which stay in tables and are streamed."""
    table, grounds, tally = _decided(explainer, quoted(explainer.policy.subject or ""))
    source = _numbered(explainer, table)
    return Decisions(
        explainer.model,
        grounds,
        counts(explainer.policy, tally),
        lambda: _stretches(explainer, source),
        lines_of(explainer, table, source),
    )


def decide_some(explainer: Explainer, cases: Sequence[Stored]) -> Decisions:
    """Return the decisions of the cases with some stored keys, and keep no table."""
    policy, database = explainer.policy, explainer.database
    subject = policy.relations[policy.subject or ""]
    key = " AND ".join(f"a{place} = ?{n}" for n, place in enumerate(subject.key, 1))
    chosen = quoted(_free_name(explainer, "case"))
    rows = f"SELECT * FROM {quoted(subject.name)}"
    database.execute(f"CREATE TEMP TABLE {chosen} AS {rows} LIMIT 0")
    for case in cases:
        database.execute(f"INSERT INTO {chosen} {rows} WHERE {key}", case)
    table, grounds, tally = _decided(explainer, chosen)
    stretches = list(_stretches(explainer, _numbered(explainer, table)))
    for name in (chosen, quoted(table), quoted(f"{table} ground")):
        database.execute(f"DROP TABLE {name}")
    return Decisions(
        explainer.model, grounds, counts(policy, tally), lambda: iter(stretches)
    )


def _decided(
    explainer: Explainer, cases: str
) -> tuple[str, tuple[ReasonSet, ...], Counter[str]]:
    """Decide the cases of a table; return the table of decisions, and what they share.

    `cases` has the rows of the subject that are to be decided.
    """
    reasons = _Reasons(explainer)
    best = best_attempts(explainer, cases, reasons.held, reasons.failed)
    table = _free_name(explainer, "decision")
    _decide(explainer, reasons, cases, best, table)
    reasons.drop()
    grounds, tally = _grounds(explainer, reasons, table)
    return table, grounds, tally


def _free_name(explainer: Explainer, word: str) -> str:
    """Return the name of a table that does not exist yet: a word and a number."""
    catalog = (
        "SELECT name FROM sqlite_temp_master"
        if explainer.database.dialect == "sqlite"
        else "SELECT table_name FROM duckdb_tables()"
    )
    taken = {name for (name,) in explainer.database.query(catalog)}
    number = 1
    while f"{word} {number}" in taken:
        number += 1
    return f"{word} {number}"


def _decide(
    explainer: Explainer,
    reasons: _Reasons,
    cases: str,
    best: Sequence[str],
    table: str,
) -> None:
    """Put case, outcome and masks into a table: `row`, `k…`, `o`, `h…`, `f…`.

    `s…` are the clauses that the outcome is subject to, `w…` the ids that support an
    outcome which says why, a column for each outcome's words, and `q…` the outcomes
    under other readings (-2: the same).
    """
    policy, database = explainer.policy, explainer.database
    held_masks, clauses = reasons.held, reasons.clauses
    support = reasons.failed.support
    assert policy.subject is not None  # noqa: S101
    whens: list[str] = []
    joins: list[str] = []
    otherwise = -1
    subject_to: list[list[str]] = []
    for number, outcome in enumerate(policy.outcomes):
        if outcome.goal is None:
            otherwise = number
            break
        relation, alias = outcome.goal.relation, f"g{number}"
        joins.append(_goal(explainer, outcome.goal, clauses.source(relation), alias))
        subject_to.append(clauses.sql(relation, alias))
        whens.append(f"WHEN g{number}.a0 IS NOT NULL THEN {number}")
    chosen = f"CASE {' '.join(whens)} ELSE {otherwise} END" if whens else str(otherwise)
    joins += [
        f" LEFT JOIN {name} AS b{n} ON b{n}.c = x.row" for n, name in enumerate(best)
    ]
    held, failed = _together(len(best), reasons.bits.words)
    target = policy.target
    if explainer.component(target.relation):
        # Through recursion an instance need not support: the masks know which do.
        source = held_masks.source(target.relation)
        joins.append(_goal(explainer, target, source, "t"))
        held = [
            f"CASE WHEN t.a0 IS NOT NULL THEN {word} ELSE {one} END"
            for word, one in zip(
                held_masks.sql(target.relation, "t"), held, strict=True
            )
        ]
    key = policy.relations[policy.subject].key
    columns = [
        "x.row AS row",
        *(f"x.a{position} AS k{number}" for number, position in enumerate(key)),
        f"{chosen} AS o",
        *(f"{word} AS h{number}" for number, word in enumerate(held)),
        *(f"{word} AS f{number}" for number, word in enumerate(failed)),
    ]
    for place in range(clauses.words if clauses.bits.ids else 0):
        # Of the outcome that was decided, not of those that hold besides.
        cases_of = " ".join(
            f"WHEN {number} THEN {words[place]}"
            for number, words in enumerate(subject_to)
        )
        columns.append(f"CASE ({chosen}) {cases_of} ELSE 0 END AS s{place}")
    says = ", ".join(str(number) for number, _ in spoken(policy))
    for number, goal in spoken(policy):
        source = support.source(goal.relation)
        joins.append(_goal(explainer, goal, source, f"e{number}"))
        # Of the outcome that was decided, and of those that hold besides.
        where = f"e{number}.a0 IS NOT NULL AND ({chosen}) IN ({says})"
        columns += [
            f"CASE WHEN {where} THEN {word} ELSE 0 END AS {name}"
            for word, name in zip(
                support.sql(goal.relation, f"e{number}"),
                _named(number, support.words),
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
        f"FROM {cases} AS x{''.join(joins)}"
    )
    if database.dialect == "sqlite":
        index = quoted(f"{table} by row")
        database.execute(f"CREATE INDEX {index} ON {quoted(table)} (row)")


def _named(outcome: int, words: int) -> list[str]:
    """Return the columns of the ids that support an outcome."""
    return [f"w{outcome}_{word}" for word in range(words)]


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
    reasons: _Reasons,
    table: str,
) -> tuple[tuple[ReasonSet, ...], Counter[str]]:
    """Number the distinct outcomes with their reasons; count the outcomes."""
    policy, database = explainer.policy, explainer.database
    bits, clauses = reasons.bits, reasons.clauses.bits
    readings = explainer.model.readings or ()
    says = [policy.outcomes[number].name for number, _ in spoken(policy)]
    lengths = [bits.words, bits.words, clauses.words if clauses.ids else 0]
    lengths += [bits.words] * len(says)
    words = [f"h{n}" for n in range(lengths[0])]
    words += [f"f{n}" for n in range(lengths[1])]
    words += [f"s{n}" for n in range(lengths[2])]
    words += [name for n, _ in spoken(policy) for name in _named(n, bits.words)]
    words += [f"q{n}" for n in range(len(readings))]
    names = ", ".join(["o", *words])
    found = database.query(
        f"SELECT {names}, count(*) FROM {quoted(table)} GROUP BY {names} "
        f"ORDER BY {names}"
    )
    grounds: list[ReasonSet] = []
    tally: Counter[str] = Counter()
    rows = []
    for number, (outcome, *row, count) in enumerate(found):
        name = None if outcome < 0 else policy.outcomes[outcome].name
        rest = iter(row)
        held, failed, subject_to, *support = (
            tuple(islice(rest, length)) for length in lengths
        )
        ids = dict(zip(says, map(bits.ids_of, support), strict=True))
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
            ReasonSet(
                name,
                bits.ids_of(held),
                # Nothing fails where a wanted outcome was reached.
                () if name in policy.wanted else bits.ids_of(failed),
                clauses.ids_of(subject_to),
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
