"""A timeline into JSON of schema `whereas.timeline/1`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from whereas.change.timeline import wanted_outcome
from whereas.explain.decisions import Decisions
from whereas.render.speakers import outcome_of, speaker_of
from whereas.render.table import plain, record
from whereas.render.timeline import event_check, event_sentence, sentence_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from whereas.change.change_causes import Event
    from whereas.change.timeline import MovingDay, Phase, Timeline
    from whereas.engine.model import Model
    from whereas.explain.proof import Fact, Stated
    from whereas.render.phrases import Speaker

SCHEMA = "whereas.timeline/1"


def timeline_json(
    timeline: Timeline, model: Model, languages: Sequence[str] = ()
) -> str:
    """Return a timeline as one object; sentences in the given languages, or in all."""
    chosen = languages or model.policy.languages
    speakers = {language: speaker_of(model, language) for language in chosen}
    heading = Decisions(model, (), {}, lambda: iter(())).heading()
    for name in ("schema", "counts", "engines", "certified"):
        del heading[name]
    case = record(timeline.now, model.policy)["case"]
    document = {
        "schema": SCHEMA,
        **heading,
        "case": case,
        "sentence": {lang: sentence_of(timeline, s) for lang, s in speakers.items()},
        "moved": [_moved(one, model, speakers) for one in timeline.moved],
        "first": _day(timeline.first),
        "last": _day(timeline.last),
        "every_day_decided": timeline.stepped,
        "now": {
            "outcome": timeline.now.outcome,
            "held": list(timeline.now.held),
            "failed": list(timeline.now.failed),
        },
        "wanted": {
            "outcome": wanted_outcome(model.policy, timeline).name,
            "spans": [_span(one) for one in timeline.wanted(model.policy)],
        },
        "spans": [
            {
                **_span(one),
                "outcome": one.decision.outcome,
                "label": {
                    lang: outcome_of(s, one.decision.outcome)[0]
                    for lang, s in speakers.items()
                },
            }
            for one in timeline.spans
        ],
        "phases": [
            {
                **_span(one),
                "outcome": one.decision.outcome,
                "held": list(one.decision.held),
                "failed": list(one.decision.failed),
                "unjudged": list(one.unjudged),
            }
            for one in timeline.phases
        ],
        "turns": [
            {
                "day": _day(turn.day),
                "before": turn.before,
                "after": turn.after,
                "events": [_event(one, speakers) for one in turn.events],
            }
            for turn in timeline.turns
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _span(phase: Phase) -> dict[str, str | None]:
    return {"first": _day(phase.first), "last": _day(phase.last)}


def _moved(
    moved: MovingDay, model: Model, speakers: Mapping[str, Speaker]
) -> dict[str, object]:
    if moved.fact is None or moved.stated is None:
        return {"parameter": "today", "day": _day(moved.day)}
    relation = model.policy.relations[moved.fact.relation]
    return {
        "column": relation.columns[moved.column].name,
        "day": _day(moved.day),
        **_fact(moved.fact, moved.stated, speakers),
    }


def _fact(
    fact: Fact, stated: Stated, speakers: Mapping[str, Speaker]
) -> dict[str, object]:
    return {
        "relation": fact.relation,
        "values": [plain(value) for value in fact.values],
        "text": {lang: s.fact(fact) for lang, s in speakers.items()},
        "file": stated.file,
        "sheet": stated.sheet,
        "row": stated.row,
    }


def _event(event: Event, speakers: Mapping[str, Speaker]) -> dict[str, object]:
    return {
        "rule": event.rule.label,
        "id": event.rule.id,
        "relation": event.fact.relation,
        "holds": event.holds,
        "text": {lang: event_sentence(event, s) for lang, s in speakers.items()},
        "check": {lang: event_check(event, s) for lang, s in speakers.items()},
        "facts": [_fact(fact, stated, speakers) for fact, stated in event.causes],
    }
