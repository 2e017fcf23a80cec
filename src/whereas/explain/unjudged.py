"""The ids of a refusal that were not judged, as something is missing before them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.explain.ids import in_order, possible_ids
from whereas.explain.reason_reader import lacking_values
from whereas.explain.reason_values import nearest, pattern_of
from whereas.policy.core import Atom, Variable

if TYPE_CHECKING:
    from collections.abc import Collection

    from whereas.explain.explainer import Explainer
    from whereas.explain.proof import Fact, Pattern


def unjudged(
    explainer: Explainer, target: Fact, failed: Collection[str]
) -> tuple[tuple[str, ...], tuple[tuple[str, Pattern], ...]]:
    """Return what of a target's `failed` was not judged, and the rows it wanted for.

    An id was not judged where its literal only lacks a value that another literal
    did not give. The rows are those of stated relations that are not on file.
    """
    found = nearest(explainer, target.relation, target.values)
    if found is None:
        return (), ()
    rule, substitution, met = found
    known = [term.name for term in rule.head.terms if isinstance(term, Variable)]
    has_value = {name: value is not None for name, value in substitution.items()}
    lacking = lacking_values(rule.body, has_value, met, known)
    unmet = [
        (literal, bool(values))
        for literal, holds, values in zip(rule.body, met, lacking, strict=True)
        if not holds
    ]
    lacks = [literal for literal, open_ in unmet if not open_]
    lacks = lacks or [literal for literal, _ in unmet]
    waiting = {
        name
        for literal, _ in unmet
        if literal not in lacks
        for name in possible_ids(explainer.policy, rule, literal)
    }
    judged = {
        name for one in lacks for name in possible_ids(explainer.policy, rule, one)
    }
    missing = tuple(
        (one.relation, pattern_of(explainer, one, substitution))
        for one in lacks
        if isinstance(one, Atom) and explainer.policy.relations[one.relation].stated
    )
    return in_order((waiting - judged).intersection(failed)), missing
