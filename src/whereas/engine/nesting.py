"""Checks that the last wanted outcome holds wherever another wanted one does.

What a refusal lacks is said of the last wanted outcome, so a case that has another
wanted outcome must have that too. Most policies show it in their rules; of the others
each model is checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Invalid
from whereas.engine.bodies import encoder
from whereas.facts.database import quoted
from whereas.policy.core import Variable
from whereas.policy.outcomes import capitalised
from whereas.values import decode, written

if TYPE_CHECKING:
    from whereas.engine.model import Model
    from whereas.policy.core import Atom


def require_nested(model: Model) -> None:
    """Raise `Invalid` (E436) with the first case that has a wanted outcome alone."""
    policy = model.policy
    for outcome in policy.outcomes:
        if outcome.name not in policy.unnested or outcome.goal is None:
            continue
        case = _first(model, outcome.goal, policy.target)
        if case is None:
            continue
        last = [one.name for one in policy.outcomes if one.name in policy.wanted][-1]
        raise Invalid(
            [
                Diagnostic(
                    Code.WANTED_NOT_NESTED,
                    f"the wanted outcome `{outcome.name}` holds for {policy.subject} "
                    f"{case}, and `{last}`, the last that is wanted, does not",
                    outcome.goal.span,
                    f"let the condition of `{outcome.name}` ask for that of `{last}`; "
                    "or mark only one of them `wanted`",
                )
            ]
        )


def _first(model: Model, goal: Atom, target: Atom) -> str | None:
    """Return the key of the first case that has a goal and not the target."""
    subject = model.policy.relations[model.policy.subject or ""]
    keys = ", ".join(f"x.a{place}" for place in subject.key)
    rows = model.database.query(
        f"SELECT {keys} FROM {quoted(subject.name)} AS x"
        f" WHERE EXISTS ({_matching(model, goal)})"
        f" AND NOT EXISTS ({_matching(model, target)}) ORDER BY x.row LIMIT 1"
    )
    for row in rows:
        types = (subject.columns[place].type for place in subject.key)
        values = (
            decode(cell, type_, model.database.text)
            for cell, type_ in zip(row, types, strict=True)
        )
        return ", ".join(map(written, values))
    return None


def _matching(model: Model, goal: Atom) -> str:
    """Return the query for the rows of a goal that belong to the case `x`."""
    subject = model.policy.relations[model.policy.subject or ""]
    column = {
        capitalised(subject.columns[one].name or ""): f"x.a{one}" for one in subject.key
    }
    stored = encoder(model.setting, model.database.intern)
    conditions = [
        f"g.a{position} = "
        + (column[term.name] if isinstance(term, Variable) else str(stored(term)))
        for position, term in enumerate(goal.terms)
    ]
    return (
        f"SELECT 1 FROM {quoted(goal.relation)} AS g WHERE {' AND '.join(conditions)}"
    )
