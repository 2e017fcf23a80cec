"""The ids of a refusal that were not judged, as something is missing before them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.explain.ids import in_order, possible_ids
from whereas.explain.reason_reader import lacking_values
from whereas.policy.core import Atom, Variable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from whereas.explain.proof import Pattern
    from whereas.policy.core import Policy, Rule


@dataclass(frozen=True, slots=True)
class Unjudged:
    """The ids of a refusal that were not judged, and the rows they wanted for.

    An id was not judged where its literal only lacks a value that another literal did
    not give. The rows are those of stated relations that are not on file.
    """

    ids: tuple[str, ...]
    missing: tuple[tuple[str, Pattern], ...]


def waiting(
    policy: Policy,
    rule: Rule,
    values: Mapping[str, int | None],
    met: Sequence[bool],
    failed: Collection[str],
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return which of `failed` wait for a value, and the atoms that do not give it.

    `values` and `met` are those of the nearest attempt at a rule: the value of each
    variable (None: it has none), and whether each literal is met. The atoms are those
    of stated relations, by their places.
    """
    known = [term.name for term in rule.head.terms if isinstance(term, Variable)]
    has_value = {name: value is not None for name, value in values.items()}
    lacking = lacking_values(rule.body, has_value, met, known)
    unmet = [place for place, holds in enumerate(met) if not holds]
    lacks = [place for place in unmet if not lacking[place]] or unmet

    def ids(places: Collection[int]) -> set[str]:
        return {
            name
            for place in places
            for name in possible_ids(policy, rule, rule.body[place])
        }

    later = ids([place for place in unmet if place not in lacks])
    stated = tuple(
        place
        for place in lacks
        if isinstance(atom := rule.body[place], Atom)
        and policy.relations[atom.relation].stated
    )
    return in_order((later - ids(lacks)).intersection(failed)), stated
