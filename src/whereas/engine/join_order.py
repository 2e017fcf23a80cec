"""The order in which the tables of a body are joined, for SQLite.

SQLite's planner takes a third of a second for a join of fifty tables, and plans one of
thirty badly. It keeps the order of a CROSS JOIN, which is chosen here by what is bound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.policy.core import Variable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from whereas.policy.core import Atom, Relation

# SQLite plans a join of so many tables itself: quickly, and by what is indexed.
PLANNED = 8


def in_join_order(
    tables: Iterable[tuple[Atom, str]],
    bound: Collection[str],
    relations: Mapping[str, Relation],
) -> list[str]:
    """Return the tables of some atoms, each as soon as most is known of its row.

    A table is taken whose key is known before others, then the one with most known
    columns, then with most constants; `bound` are the variables with a value.
    """
    known = set(bound)
    waiting = list(tables)
    ordered = []

    def readiness(one: tuple[Atom, str]) -> tuple[bool, int, int]:
        terms = one[0].terms
        places = {
            place
            for place, term in enumerate(terms)
            if isinstance(term, Variable) and term.name in known
        }
        key = relations[one[0].relation].key
        constants = sum(not isinstance(term, Variable) for term in terms)
        return bool(key) and places.issuperset(key), len(places), constants

    while waiting:
        best = max(waiting, key=readiness)
        waiting.remove(best)
        ordered.append(best[1])
        known.update(term.name for term in best[0].terms if isinstance(term, Variable))
    return ordered
