"""Two models side by side into JSON: `whereas.what-if/1` and `whereas.diff/1`.

Every case that differs is there, with both decisions; those that are justified
carry whole objects of `whereas.justification/1`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from whereas.change.compare import Turn
from whereas.explain.decisions import Decisions
from whereas.explain.proof import Fact
from whereas.facts.changes import Addition, Correction, Withdrawal
from whereas.render.document import justification_json
from whereas.render.speakers import speaker_of
from whereas.render.table import plain, record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whereas.change.compare import Comparison, Difference, WhatIf
    from whereas.engine.model import Model
    from whereas.explain.justify import Justification
    from whereas.explain.proof import Decision
    from whereas.facts.changes import Change
    from whereas.values import Value

WHAT_IF = "whereas.what-if/1"
DIFF = "whereas.diff/1"


def what_if_json(found: Sequence[WhatIf], languages: Sequence[str] = ()) -> str:
    """Return what follows from suppositions, as one object of `whereas.what-if/1`.

    Sentences are in the given languages; without any, in all of the policy's.
    """
    scenarios = [
        {
            "name": one.name,
            "changes": [
                _change(change, one.comparison, languages) for change in one.changes
            ],
            **_sides(one.comparison, languages),
        }
        for one in found
    ]
    return _text({"schema": WHAT_IF, "scenarios": scenarios})


def diff_json(comparison: Comparison, languages: Sequence[str] = ()) -> str:
    """Return where two models differ, as one object of `whereas.diff/1`."""
    return _text({"schema": DIFF, **_sides(comparison, languages)})


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _change(
    change: Change, comparison: Comparison, languages: Sequence[str]
) -> dict[str, Any]:
    before: tuple[Value, ...] | None
    after: tuple[Value, ...] | None
    match change:
        case Addition(values=values):
            kind, before, after, model = "add", None, values, comparison.after
        case Withdrawal(values=values):
            kind, before, after, model = "remove", values, None, comparison.before
        case Correction(values=values, changed=changed):
            kind, before, after, model = "change", values, changed, comparison.after
    fact = Fact(change.relation, after or before or ())
    return {
        "kind": kind,
        "relation": change.relation,
        "before": None if before is None else [plain(value) for value in before],
        "after": None if after is None else [plain(value) for value in after],
        "file": None if change.at is None else change.at.file or None,
        "item": None if change.at is None else change.at.item,
        "text": {
            language: speaker_of(model, language).fact(fact)
            for language in languages or model.policy.languages
        },
    }


def _sides(comparison: Comparison, languages: Sequence[str]) -> dict[str, Any]:
    differences = comparison.differences
    return {
        "before": _heading(comparison.before),
        "after": _heading(comparison.after),
        "counts": {
            "cases": sum(comparison.moves.values()),
            **{
                turn.value: sum(one.turn is turn for one in differences)
                for turn in Turn
                if turn is not Turn.SAME
            },
            "alike": comparison.alike,
        },
        "moves": [
            {"before": before, "after": after, "count": count}
            for (before, after), count in sorted(
                comparison.moves.items(), key=lambda one: [o or "" for o in one[0]]
            )
        ],
        "proofs_compared": not comparison.unproved,
        "left_out": comparison.left_out,
        "differences": [_difference(one, comparison, languages) for one in differences],
    }


def _heading(model: Model) -> dict[str, object]:
    """Return policy, facts, day and parameters, as every document has them."""
    heading = Decisions(model, (), {}, lambda: iter(())).heading()
    return {
        name: value
        for name, value in heading.items()
        if name not in {"schema", "counts"}
    }


def _difference(
    one: Difference, comparison: Comparison, languages: Sequence[str]
) -> dict[str, Any]:
    before, after = comparison.before, comparison.after
    decided = one.after or one.before
    assert decided is not None  # noqa: S101  # a case is on one side at least
    reasons = None
    if one.reasons is not None:
        reasons = {
            side: _justification(justification, model, languages)
            for side, justification, model in zip(
                ("before", "after"), one.reasons, (before, after), strict=True
            )
        }
    return {
        "case": record(decided, after.policy)["case"],
        "turn": one.turn.value,
        "before": _decision(one.before, before),
        "after": _decision(one.after, after),
        "justifications": reasons,
    }


def _decision(decision: Decision | None, model: Model) -> dict[str, object] | None:
    if decision is None:
        return None
    said = record(decision, model.policy)
    del said["case"]
    return said


def _justification(
    justification: Justification | None, model: Model, languages: Sequence[str]
) -> Any:
    if justification is None:
        return None
    known = [one for one in languages if one in model.policy.languages]
    return json.loads(justification_json(justification, model, known))
