"""How firmly a decision stands, in words: what it cannot do without, and where."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.render.justification import colophon, outcome_of, speaker_of
from whereas.render.table import plain, record
from whereas.render.width import visible, wrapped
from whereas.render.wording import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whereas.engine.model import Model
    from whereas.explain.robust import Needed, Robustness
    from whereas.values import Value

SCHEMA = "whereas.robustness/1"


@dataclass(frozen=True, slots=True)
class _Words:
    needs: str
    nothing: str
    tried: str
    ways: str
    one_way: str
    conditions: str
    alone: str


_WORDS = {
    "en": _Words(
        needs="Without any one of these facts it would be decided otherwise",
        nothing="No single fact decides it: without any one it stays as it is",
        tried="Decided again {number} times, each time without one fact.",
        ways="It can be shown in {number} ways",
        one_way="It can be shown in one way only",
        conditions="What it rests on",
        alone="rests on {facts} alone",
    ),
    "zh": _Words(
        needs="缺少以下任何一项事实，结论即不同",
        nothing="没有任何单独一项事实决定结论：缺少任何一项，结论不变",
        tried="重新判定{number}次，每次去掉一项事实。",
        ways="有{number}种方式可以证明",
        one_way="只有一种方式可以证明",
        conditions="依据的各项条件",
        alone="仅依据{facts}",
    ),
}


def robustness_as(
    found: Robustness, model: Model, format_: str, language: str, columns: int = 80
) -> str:
    """Return how firmly a decision stands, as text or as Markdown."""
    speaker = speaker_of(model, language)
    words, own = speaker.words, _WORDS.get(language, _WORDS["en"])
    label, mark = outcome_of(speaker, found.decision.outcome)
    numbers = {one.fact: f"[{i}]" for i, one in enumerate(found.needed, 1)}

    def ways(number: int) -> str:
        return own.one_way if number == 1 else own.ways.format(number=number)

    title = f"{speaker.case(found.decision.case)}{words.colon}{label}"
    lines: list[tuple[int, str]] = [(0, f"{mark.sign} {title}"), (0, "")]
    if found.ways:
        lines += [(0, speaker.punctuated(ways(found.ways))), (0, "")]
    if found.needed:
        lines += [(0, f"{own.needs}{words.colon}"), (0, "")]
    else:
        lines += [(0, speaker.punctuated(own.nothing)), (0, "")]
    for one in found.needed:
        other = outcome_of(speaker, one.outcome)[0]
        said = speaker.punctuated(speaker.fact(one.fact))
        lines.append((0, f"{numbers[one.fact]} {said} → {other}"))
        lines.append((4, speaker.origin(one.fact, one.stated)))
    if found.supports:
        lines += [(0, ""), (0, f"{own.conditions}{words.colon}"), (0, "")]
    for support in found.supports:
        needs = [numbers[one.fact] for one in support.needs]
        parts = [ways(support.ways)]
        if needs:
            parts.append(own.alone.format(facts=listed(needs, words)))
        lines.append((0, f"✓ {speaker.punctuated(speaker.fact(support.fact))}"))
        lines.append((4, speaker.punctuated(words.semicolon.join(parts))))
    lines += [(0, ""), (0, own.tried.format(number=found.tried))]
    lines += [(0, line) for line in colophon(model, speaker)]
    if format_ == "markdown":
        return "".join(f"{_escaped(visible(text))}\n\n" for _, text in lines if text)
    said_lines: list[str] = []
    for indent, text in lines:
        hang = 4 if text[:1] in {"[", "✓", "✗"} and indent == 0 else indent
        rows = wrapped(visible(text), max(20, columns - max(hang, indent))) or [""]
        said_lines.append(" " * indent + rows[0])
        said_lines += [" " * hang + row for row in rows[1:]]
    return "\n".join(said_lines) + "\n"


def _escaped(text: str) -> str:
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|~&" else c for c in text)


def robustness_json(
    found: Robustness, model: Model, languages: Sequence[str] = ()
) -> str:
    """Return how firmly a decision stands, as `whereas.robustness/1`."""
    from whereas.explain.decisions import Decisions

    heading = Decisions(model, (), {}, lambda: iter(())).heading()
    del heading["counts"]
    speakers = {
        one: speaker_of(model, one) for one in languages or model.policy.languages
    }
    numbers = {one.fact: i for i, one in enumerate(found.needed)}

    def fact(relation: str, values: Sequence[Value]) -> dict[str, object]:
        return {"relation": relation, "values": [plain(value) for value in values]}

    def needed(one: Needed) -> dict[str, object]:
        return {
            **fact(one.fact.relation, one.fact.values),
            "text": {name: s.fact(one.fact) for name, s in speakers.items()},
            "file": one.stated.file,
            "sheet": one.stated.sheet,
            "row": one.stated.row,
            "outcome": one.outcome,
        }

    document = {
        **heading,
        "schema": SCHEMA,
        "decision": record(found.decision, model.policy),
        "ways": found.ways,
        "tried": found.tried,
        "needed": [needed(one) for one in found.needed],
        "supports": [
            {
                **fact(one.fact.relation, one.fact.values),
                "text": {name: s.fact(one.fact) for name, s in speakers.items()},
                "ways": one.ways,
                "needs": [numbers[n.fact] for n in one.needs],
            }
            for one in found.supports
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
