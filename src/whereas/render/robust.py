"""How firmly a decision stands, in words: what it cannot do without, and where."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.render.speakers import colophon, outcome_of, speaker_of
from whereas.render.table import plain, record
from whereas.render.templating import rendered
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


@dataclass(frozen=True, slots=True)
class NeededEntry:
    """A fact that the decision cannot do without: its number, and what then."""

    number: str
    anchor: str
    sentence: str
    otherwise: str
    origin: str


@dataclass(frozen=True, slots=True)
class SupportEntry:
    """A condition; `firmness` says in how many ways, and on what it rests alone.

    `pieces` are the same, each with the anchor of the fact that it is, if one.
    """

    sentence: str
    firmness: str
    pieces: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RobustnessPage:
    """How firmly a decision stands, in one language: all that a format is given."""

    language: str
    title: str
    sign: str
    heading: str
    ways: str
    needs: str
    needed: tuple[NeededEntry, ...]
    conditions: str
    supports: tuple[SupportEntry, ...]
    tried: str
    colophon: tuple[str, ...]


def robustness_page(found: Robustness, model: Model, language: str) -> RobustnessPage:
    """Put into words how firmly a decision stands."""
    speaker = speaker_of(model, language)
    words, own = speaker.words, _WORDS.get(language, _WORDS["en"])
    label, mark = outcome_of(speaker, found.decision.outcome)

    def ways(number: int) -> str:
        return own.one_way if number == 1 else own.ways.format(number=number)

    needed = {
        one.fact: NeededEntry(
            f"[{number}]",
            f"fact-{number}",
            visible(speaker.punctuated(speaker.fact(one.fact))),
            visible(outcome_of(speaker, one.outcome)[0]),
            visible(speaker.origin(one.fact, one.stated)),
        )
        for number, one in enumerate(found.needed, 1)
    }
    supports = []
    for support in found.supports:
        needs = tuple(needed[one.fact] for one in support.needs)
        parts = [ways(support.ways)]
        if needs:
            facts = listed([one.number for one in needs], words)
            parts.append(own.alone.format(facts=facts))
        firmness = visible(speaker.punctuated(words.semicolon.join(parts)))
        anchors = {one.number: one.anchor for one in needs}
        pieces = re.split(r"(\[[0-9]+\])", firmness)
        supports.append(
            SupportEntry(
                visible(speaker.punctuated(speaker.fact(support.fact))),
                firmness,
                tuple((one, anchors.get(one, "")) for one in pieces if one),
            )
        )
    heading = f"{speaker.case(found.decision.case)}{words.colon}{label}"
    return RobustnessPage(
        words.language,
        visible(speaker.of(model.policy.title) or model.policy.id),
        mark.sign,
        visible(heading),
        speaker.punctuated(ways(found.ways)) if found.ways else "",
        own.needs if needed else speaker.punctuated(own.nothing),
        tuple(needed.values()),
        own.conditions,
        tuple(supports),
        own.tried.format(number=found.tried),
        colophon(model, speaker),
    )


def robustness_as(
    found: Robustness, model: Model, format_: str, language: str, columns: int = 80
) -> str:
    """Return how firmly a decision stands: text, Markdown, or a page (`html`)."""
    page = robustness_page(found, model, language)
    words = speaker_of(model, language).words
    if format_ == "html":
        values = {"page": page, "words": words}
        return rendered("robustness.html", values, package=model.policy.folder)
    lines: list[tuple[int, str]] = [(0, f"{page.sign} {page.heading}"), (0, "")]
    if page.ways:
        lines += [(0, page.ways), (0, "")]
    lines += [(0, f"{page.needs}{words.colon if page.needed else ''}"), (0, "")]
    for one in page.needed:
        lines.append((0, f"{one.number} {one.sentence} → {one.otherwise}"))
        lines.append((4, one.origin))
    if page.supports:
        lines += [(0, ""), (0, f"{page.conditions}{words.colon}"), (0, "")]
    for support in page.supports:
        lines.append((0, f"✓ {support.sentence}"))
        lines.append((4, support.firmness))
    lines += [(0, ""), (0, page.tried)]
    lines += [(0, line) for line in page.colophon]
    if format_ == "markdown":
        return "".join(f"{_escaped(text)}\n\n" for _, text in lines if text)
    said_lines: list[str] = []
    for indent, text in lines:
        hang = 4 if text[:1] in {"[", "✓", "✗"} and indent == 0 else indent
        rows = wrapped(text, max(20, columns - max(hang, indent))) or [""]
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
