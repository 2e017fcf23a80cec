"""Proposals as data: one JSON object, and a what-if file that makes them come true."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from whereas.explain.decisions import Decisions, json_value
from whereas.render.repair import Words
from whereas.render.speakers import speaker_of
from whereas.render.table import record
from whereas.values import written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from whereas.change.effective_days import EffectiveDays
    from whereas.change.proposals import Link, Proposal, Step, ValueRange, Way
    from whereas.change.repair import Repairs
    from whereas.engine.model import Model
    from whereas.policy.core import Policy
    from whereas.values import Value

SCHEMA = "whereas.repair/1"


def repairs_json(repairs: Repairs, model: Model, languages: Sequence[str] = ()) -> str:
    """Return proposals as one object of schema `whereas.repair/1`.

    Sentences are in the given languages; without any, in all of the policy's.
    """
    policy = model.policy
    pages = {
        language: Words(speaker_of(model, language))
        for language in languages or policy.languages
    }
    heading = Decisions(model, (), {}, lambda: iter(())).heading()
    for name in ("schema", "counts"):
        del heading[name]
    heading["today"] = json_value(repairs.today)
    bounds = repairs.bounds
    document = {
        "schema": SCHEMA,
        **heading,
        "decision": record(repairs.decision, policy),
        "wanted": repairs.wanted.name,
        "reached": repairs.reached,
        "proposals": [
            {
                "outcome": one.outcome,
                "weight": one.weight,
                "changes": [
                    _change(policy, step, place, one, pages)
                    for place, step in enumerate(one.steps)
                ],
                "ways": [_way(policy, one, way) for way in one.ways],
                "days": _days(days, pages),
            }
            for one, days in zip(repairs.proposals, repairs.days, strict=True)
        ],
        "later": _days(repairs.later, pages),
        "heavier": repairs.heavier,
        "failing": _failing(replace(repairs, obstacles=None), pages),
        "obstacles": [] if repairs.obstacles is None else _failing(repairs, pages),
        "stopped": repairs.stopped,
        "left_out": list(repairs.left_out),
        "bounds": {
            "proposals": bounds.proposals,
            "states": bounds.states,
        },
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _days(
    days: EffectiveDays | None, pages: dict[str, Words]
) -> dict[str, object] | None:
    if days is None:
        return None
    edges = {language: page.edges(days) for language, page in pages.items()}
    return {
        "first": json_value(days.first),
        "last": json_value(days.last),
        "stated": days.stated,
        "begin": _in_languages({name: begin for name, (begin, _) in edges.items()}),
        "end": _in_languages({name: end for name, (_, end) in edges.items()}),
    }


def _in_languages(said: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Return sentences one by one, each in all languages."""
    return [
        dict(zip(said, one, strict=True)) for one in zip(*said.values(), strict=True)
    ]


def _names(policy: Policy, relation: str) -> list[str]:
    columns = policy.relations[relation].columns
    return [column.name or f"{place}" for place, column in enumerate(columns)]


def _row(
    policy: Policy, relation: str, row: tuple[Value, ...] | None
) -> dict[str, object] | None:
    if row is None:
        return None
    names = _names(policy, relation)
    return {n: json_value(value) for n, value in zip(names, row, strict=True)}


def _change(
    policy: Policy,
    step: Step,
    place: int,
    proposal: Proposal,
    pages: dict[str, Words],
) -> dict[str, object]:
    section = step.by[0].section
    return {
        "action": step.action,
        "relation": step.relation,
        "exists": step.exists,
        "before": _row(policy, step.relation, step.before),
        "text": {
            language: page.sentence_of(proposal, place)
            for language, page in pages.items()
        },
        "section": None
        if section is None
        else {"document": section.document, "slug": section.slug},
    }


def _way(policy: Policy, proposal: Proposal, way: Way) -> dict[str, object]:
    return {
        "values": [
            None
            if told is None
            else {
                name: _told(one)
                for name, one in zip(_names(policy, step.relation), told, strict=True)
            }
            for step, told in zip(proposal.steps, way.ranges, strict=True)
        ],
        "links": [_link(policy, proposal, link) for link in way.links],
        "example": [
            _row(policy, step.relation, row)
            for step, row in zip(proposal.steps, way.example, strict=True)
        ],
    }


def _told(one: ValueRange) -> dict[str, object]:
    if one.settled:
        return {"value": json_value(one.value)}
    found: dict[str, Any] = {}
    if one.low is not None:
        found["from"] = json_value(one.low)
    if one.high is not None:
        found["until"] = json_value(one.high)
    if one.members is not None:
        found["among"] = [json_value(member) for member in one.members]
    if one.excluded:
        found["not"] = [json_value(value) for value in one.excluded]
    return {**found, "or_none": one.none}


def _link(policy: Policy, proposal: Proposal, link: Link) -> dict[str, object]:
    def end(place: tuple[int, int]) -> dict[str, object]:
        step, column = place
        return {
            "change": step,
            "column": _names(policy, proposal.steps[step].relation)[column],
        }

    one, other = end(link.one), end(link.other)
    match link.op:
        case "=":
            return {"this": one, "equals": other}
        case "!=":
            return {"this": one, "differs_from": other, "by": link.by}
    return {"this": one, "exceeds": other, "at_most": link.by}


def _failing(repairs: Repairs, pages: dict[str, Words]) -> list[dict[str, str]]:
    return _in_languages(
        {
            language: [
                one.sentence for one in page.failing(repairs).failing if not one.depth
            ]
            for language, page in pages.items()
        }
    )


# --- a what-if file -------------------------------------------------------------------


def changes_yaml(repairs: Repairs, model: Model, language: str) -> str:
    """Return the proposals as a what-if file: scenarios, with their first example."""
    policy = model.policy
    words = Words(speaker_of(model, language))
    key = policy.relations[policy.subject or ""].key
    case = " ".join(str(value) for value in repairs.decision.case[: len(key)])
    lines = [f"about: {_quoted(f'{case}: {repairs.wanted.name}')}", "scenarios:"]
    for number, one in enumerate(repairs.proposals, 1):
        sentences = [words.sentence_of(one, place) for place in range(len(one.steps))]
        about = " ".join(filter(None, [*sentences, words.changes.links(one)]))
        lines += [f"  - name: {number}", f"    about: {_quoted(about)}"]
        for action, title in (("withdraw", "remove"), ("change",) * 2, ("add",) * 2):
            lines += _deltas(policy, one, action, title)
    return "\n".join(lines) + "\n" if repairs.proposals else lines[0] + "\n"


def _deltas(policy: Policy, proposal: Proposal, action: str, title: str) -> list[str]:
    rows: dict[str, list[str]] = {}
    for step, row in zip(proposal.steps, proposal.ways[0].example, strict=True):
        if step.action != action:
            continue
        table = policy.relations[step.relation]
        shown = range(table.arity)
        values = step.before if row is None else row
        assert values is not None  # noqa: S101  # one of the two is there
        if action == "change":
            shown_ = [p for p in shown if p in table.key or p in step.moved]
        else:
            shown_ = list(shown)
        names = _names(policy, step.relation)
        cells = [f"{names[p]}: {_cell(values[p])}" for p in shown_]
        rows.setdefault(step.relation, []).append("{" + ", ".join(cells) + "}")
    if not rows:
        return []
    lines = [f"    {title}:"]
    for relation, found in rows.items():
        lines.append(f"      {relation}:")
        lines += [f"        - {row}" for row in found]
    return lines


def _cell(value: Value) -> str:
    if value is None:
        return "null"
    return _quoted(value) if isinstance(value, str) else written(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
