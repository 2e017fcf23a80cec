"""Which atoms of a body need not be joined, and when a join repeats no row.

An atom that only has to be there (none of its own variables is needed) becomes a
semi-join. Invariant: only while the atoms that stay are as connected by equality
as before. Without it, taking the middle out of `a(X, Y), b(Y, Z), c(Z)` leaves a
product of `a` and `c`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from whereas.engine.names import literal_variables
from whereas.policy.core import Atom, Literal, Policy, Variable

if TYPE_CHECKING:
    from collections.abc import Sequence


def existential(
    literals: Sequence[Literal],
    needed: set[str],
    keep: set[int],
    keyed: Policy | None = None,
) -> frozenset[int]:
    """Return the places of atoms that become semi-joins.

    `needed` are the head's variables, `keep` places that must be joined. With
    `keyed`, an atom stays whose key the others give: joining it multiplies
    nothing, and a planner orders joins better than semi-joins.
    """
    away: set[int] = set()
    variables = [set(literal_variables(literal)) for literal in literals]
    uses = Counter(name for names in variables for name in names)
    atoms = [p for p, one in enumerate(literals) if isinstance(one, Atom)]
    for place in reversed(atoms):
        own = {
            name for name in variables[place] if uses[name] == 1 and name not in needed
        }
        shared = variables[place] - own
        rest = [p for p in atoms if p != place and p not in away]
        given = set().union(*(variables[p] for p in rest))
        if place in keep or not rest or not shared <= given:
            continue
        one = literals[place]
        if keyed and isinstance(one, Atom) and _key(keyed, one) <= given:
            continue
        with_it = [variables[p] for p in (*rest, place)]
        if islands([variables[p] for p in rest]) <= islands(with_it):
            away.add(place)
    return frozenset(away)


def islands(groups: Sequence[set[str]]) -> int:
    """Return how many parts the groups fall into, if they are tied by shared names."""
    parts: list[set[str]] = []
    for group in groups:
        touching = [part for part in parts if part & group]
        parts = [part for part in parts if not part & group]
        parts.append(group.union(*touching))
    return len(parts)


def is_unique(policy: Policy, literals: Sequence[Literal], needed: set[str]) -> bool:
    """Return whether the needed variables determine every row of the join.

    What they determine grows by keys: where all key columns of an atom are
    determined, its other columns are too.
    """
    known = set(needed)
    atoms = [one for one in literals if isinstance(one, Atom)]
    while True:
        determined = [atom for atom in atoms if _key(policy, atom) <= known]
        grown = known.union(*(set(literal_variables(atom)) for atom in determined))
        if grown == known:
            return len(determined) == len(atoms)
        known = grown


def _key(policy: Policy, atom: Atom) -> set[str]:
    relation = policy.relations[atom.relation]
    places = relation.key or range(relation.arity)
    return {term.name for at in places if isinstance(term := atom.terms[at], Variable)}
