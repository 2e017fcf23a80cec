"""Which columns of a table SQLite should index: those that some rule looks up."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from whereas.engine.names import atoms_below, expression_variables
from whereas.policy.core import Atom, Policy, Rule, Variable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def index_columns(policy: Policy) -> Mapping[str, tuple[tuple[int, ...], ...]]:
    """Return, for each relation, the column sets to index.

    A stated relation by its key; besides, any relation by each column whose
    variable stands in another atom of a rule or in its head. A derived relation
    is ordered by its columns already, so that the first needs no index.
    """
    wanted: dict[str, dict[tuple[int, ...], None]] = {}
    for relation in policy.relations.values():
        found = wanted.setdefault(relation.name, {})
        if relation.stated:
            found[relation.key or tuple(range(relation.arity))] = None
    for rule in policy.rules:
        for name, place in _joined(rule):
            if place > 0 or policy.relations[name].stated:
                wanted[name].setdefault((place,))
    return {
        name: tuple(
            places
            for places in found
            if not any(o != places and o[: len(places)] == places for o in found)
        )
        for name, found in wanted.items()
    }


def _joined(rule: Rule) -> Iterator[tuple[str, int]]:
    atoms: list[Atom] = [rule.head, *atoms_below(rule.body)]
    uses = Counter(
        name
        for atom in atoms
        for name in {n for term in atom.terms for n in expression_variables(term)}
    )
    for atom in atoms:
        for place, term in enumerate(atom.terms):
            if isinstance(term, Variable) and uses[term.name] > 1:
                yield atom.relation, place
