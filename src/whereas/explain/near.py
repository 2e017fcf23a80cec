"""A row that is missing into the rows on file that come nearest to it.

Nearest are the rows that differ in the fewest of the columns whose values are known.
Among them come first those whose agreement says more (the columns in which they
agree are shared by fewer rows), then those that meet more of the rule's other tests,
then the smaller distance in numbers and days, then the place in the file. A row that
agrees in no column counts only if its one known column is all that is wrong with it:
the rule has tests of the row, and it meets them. A row with another key than the one
that was asked for, where a key is one column, is another thing and never near.

The source of the model is asked, set-at-a-time, even where a slice explains the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.engine.bodies import Names
from whereas.explain.bodies import Conjunction, variables_of
from whereas.explain.expressions import is_test
from whereas.explain.proof import Near, stated
from whereas.facts.database import columns, quoted
from whereas.policy.core import Atom, Either, Literal, Variable
from whereas.values import LARGEST, NONE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from whereas.explain.explainer import Explainer

# How many rows are shown; the others that differ as little are counted.
NEAR_SHOWN = 3


def nearest_rows(
    source: Explainer,
    atom: Atom,
    pattern: Sequence[int | None],
    body: Sequence[Literal],
    substitution: Mapping[str, int | None],
) -> tuple[tuple[Near, ...], int]:
    """Return the nearest rows to an atom that no row matches, and how many there are.

    `pattern` has the stored values that were looked for (None: any), `body` the
    literals of the rule beside the atom, `substitution` what was known there.
    """
    known = {i: value for i, value in enumerate(pattern) if value is not None}
    if not known or not source.rows(atom.relation):
        return (), 0
    tests = _tests(source, atom, body, substitution)
    if len(known) == 1 and not tests:
        return (), 0
    key = source.policy.relations[atom.relation].key
    same = f" WHERE t.a{key[0]} = {known[key[0]]}" if _asked(key, known) else ""
    differ = [
        f"CASE WHEN a{i} <> {value} THEN 1 ELSE 0 END" for i, value in known.items()
    ]
    unmet = " + ".join(f"CASE WHEN {test} THEN 0 ELSE 1 END" for test in tests) or "0"
    mask = " + ".join(f"{2**n} * ({one})" for n, one in enumerate(differ))
    names = (*columns(len(pattern)), "row")
    table = (
        f"SELECT {', '.join(f't.{name}' for name in names)}, "
        f"{' + '.join(differ)} AS differs, {mask} AS mask, {unmet} AS unmet "
        f"FROM {quoted(atom.relation)} AS t{same}"
    )
    groups = source.database.query(
        f"SELECT differs, mask, unmet, count(*) FROM ({table}) AS t "
        "GROUP BY differs, mask, unmet"
    )
    agreeing: dict[int, int] = {}
    for _, group, _, count in groups:
        agreeing[group] = agreeing.get(group, 0) + count
    chosen = sorted(
        (differs, agreeing[group], group, lacking, count)
        for differs, group, lacking, count in groups
        if differs and (differs < len(known) or (len(known) == 1 and not lacking))
    )
    fewest = [one for one in chosen if one[0] == chosen[0][0]]
    far = _distance(source, atom.relation, known)
    found: list[Near] = []
    for _, _, group, lacking, _ in fewest:
        rows = source.database.query(
            f"SELECT {', '.join(names)} FROM ({table}) AS t "
            f"WHERE mask = {group} AND unmet = {lacking} "
            f"ORDER BY {far}row LIMIT {NEAR_SHOWN - len(found)}"
        )
        found.extend(_near(source, atom.relation, row, known) for row in rows)
        if len(found) == NEAR_SHOWN:
            break
    return tuple(found), sum(count for *_, count in fewest)


def _asked(key: Sequence[int], known: Mapping[int, int]) -> bool:
    """Tell whether a row was asked for by its key, a single column."""
    return len(key) == 1 and key[0] in known


def _near(
    source: Explainer, relation: str, row: tuple[int, ...], known: Mapping[int, int]
) -> Near:
    fact = source.fact(relation, row[:-1])
    differs = tuple(i for i, value in known.items() if row[i] != value)
    return Near(fact, stated(source.model.facts, relation, row[-1]), differs)


def _distance(source: Explainer, relation: str, known: Mapping[int, int]) -> str:
    """Return the order by how far numbers and days are apart, column by column."""
    table = source.policy.relations[relation].columns
    return "".join(
        f"CASE WHEN a{i} = {NONE} THEN {LARGEST} ELSE abs(a{i} - ({value})) END, "
        for i, value in known.items()
        if table[i].type.ordered and value != NONE
    )


def _tests(
    source: Explainer,
    atom: Atom,
    body: Sequence[Literal],
    substitution: Mapping[str, int | None],
) -> list[str]:
    """Return the tests of a body that a row and what is known decide, as SQL."""
    variables = {
        name: f"({value})" for name, value in substitution.items() if value is not None
    }
    own = {
        term.name: f"t.a{position}"
        for position, term in reversed(list(enumerate(atom.terms)))
        if isinstance(term, Variable) and term.name not in variables
    }
    seen = {**variables, **own}
    conjunction = Conjunction(source.encoding, source.policy, Names(), seen)
    return [
        conjunction.condition(literal)
        for literal in body
        if _decided(literal) and not own.keys().isdisjoint(variables_of(literal))
        if all(name in seen for name in variables_of(literal))
    ]


def _decided(literal: Literal) -> bool:
    """Tell whether values alone decide a literal."""
    if isinstance(literal, Either):
        return all(_decided(one) for branch in literal.branches for one in branch)
    return is_test(literal) and getattr(literal, "binds", None) is None
