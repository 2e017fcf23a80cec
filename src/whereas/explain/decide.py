"""A model into decisions: the outcome of every case, and the ids of its reasons.

A few cases are decided as all are, set-at-a-time (`bulk`), near the rows they reach.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.diagnostics import NothingSelected
from whereas.explain.bulk import decide_all, decide_some
from whereas.explain.decisions import Decisions, case_columns, case_positions
from whereas.explain.explainer import Explainer
from whereas.explain.proof import Fact
from whereas.facts.database import quoted
from whereas.policy.core import Atom, Parameter, Variable
from whereas.values import Value, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whereas.engine.model import Model
    from whereas.explain.slice import Request

Stored = tuple[int, ...]


def goal_of(explainer: Explainer, goal: Atom, case: tuple[Value, ...]) -> Fact:
    """Return an outcome's goal for a case."""
    setting = explainer.model.setting
    values: list[Value] = []
    for term, position in zip(
        goal.terms, case_positions(explainer.policy, goal), strict=True
    ):
        if position is not None:
            values.append(case[position])
        else:
            assert not isinstance(term, Variable)  # noqa: S101
            values.append(
                setting.value(term) if isinstance(term, Parameter) else term.value
            )
    return Fact(goal.relation, tuple(values))


def decide(
    model: Model | Explainer, cases: Sequence[tuple[Value, ...]] | None = None
) -> Decisions:
    """Return the decisions of all cases, or of the cases that are named by their keys.

    Raises NothingSelected for a case that the facts do not have.
    """
    explainer = model if isinstance(model, Explainer) else Explainer(model)
    if cases is None:
        return decide_all(explainer)
    chosen = selected(explainer, cases)
    return decide_some(near_cases(explainer, chosen), chosen)


def near_cases(explainer: Explainer, cases: Sequence[Stored]) -> Explainer:
    """Return who answers questions about some cases: their outcomes, and what is shown.

    The texts of their keys are known to it too.
    """
    policy = explainer.policy
    goals: list[Request] = []
    subject = policy.relations[policy.subject or ""]
    names = [name for name, _ in case_columns(policy)]
    for case in cases:
        row: list[int | None] = [None] * subject.arity
        for position, value in zip(subject.key, case, strict=True):
            row[position] = value
        goals.append((subject.name, tuple(row)))
        goals.extend(
            stored_goal(explainer, outcome.goal, case)
            for outcome in policy.outcomes
            if outcome.goal is not None
        )
        for name in policy.show:
            shown = [column.name for column in policy.relations[name].columns]
            if not any(column in shown for column in names):
                continue
            goals.append(
                (
                    name,
                    tuple(
                        case[names.index(column)] if column in names else None
                        for column in shown
                    ),
                )
            )
    return explainer.near(goals)


def stored_goal(explainer: Explainer, goal: Atom, case: Stored) -> Request:
    """Return an outcome's goal for a case, as stored values."""
    values = []
    for term, position in zip(
        goal.terms, case_positions(explainer.policy, goal), strict=True
    ):
        if position is not None:
            values.append(case[position])
        else:
            assert not isinstance(term, Variable)  # noqa: S101
            values.append(explainer.encoding.constant(term))
    return goal.relation, tuple(values)


def selected(explainer: Explainer, cases: Sequence[tuple[Value, ...]]) -> list[Stored]:
    """Return the stored keys of some cases, in the order of the facts."""
    policy = explainer.policy
    assert policy.subject is not None  # noqa: S101
    relation = policy.relations[policy.subject]
    types = [type_ for _, type_ in case_columns(policy)]
    explainer.need(policy.subject, list(relation.key))
    test = " AND ".join(f"a{p} = ?{i}" for i, p in enumerate(relation.key, 1))
    found: dict[int, Stored] = {}
    for case in cases:
        stored = tuple(
            explainer.encoding.number(value, type_)
            for value, type_ in zip(case, types, strict=True)
        )
        rows = explainer.database.query(
            f"SELECT row FROM {quoted(policy.subject)} WHERE {test}", stored
        )
        if not rows:
            words = ", ".join(written(value) for value in case)
            raise NothingSelected(f"no {policy.subject} {words} among the facts")
        found[int(rows[0][0])] = stored
    return [found[row] for row in sorted(found)]
