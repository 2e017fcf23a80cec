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
    from collections.abc import Iterator, Sequence

    from whereas.change.robustness import Needed, Pair, Robustness
    from whereas.engine.model import Model
    from whereas.explain.proof import Fact, Stated
    from whereas.render.phrases import Speaker
    from whereas.values import Value

SCHEMA = "whereas.robustness/1"
# So many pairs are shown; the others are counted.
PAIRS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class _Words:
    needs: str
    nothing: str
    tried: str
    tried_pairs: str
    some_pairs: str
    untried: str
    one_turns: str
    two_turn: str
    none_turns: str
    pairs: str
    no_pairs: str
    pair: str
    more_pairs: str
    ways: str
    one_way: str
    conditions: str
    alone: str
    both: str


_WORDS = {
    "en": _Words(
        needs="Without any one of these facts it would be decided otherwise",
        nothing="No single fact decides it: without any one it stays as it is",
        tried="Decided again {number} times, each time without one fact.",
        tried_pairs="Decided again {number} times without two facts: no other two can"
        " turn it.",
        some_pairs="Decided again {number} times without two facts, the likeliest"
        " first, of {total} pairs that could turn it: there may be more that do.",
        untried="Without two facts it was not decided again: there are too many pairs.",
        one_turns="One fact less is enough to turn it.",
        two_turn="No single fact turns it, but two together do.",
        none_turns="No single fact turns it, and no two together.",
        pairs="Without both facts of a pair it would be decided otherwise, too",
        no_pairs="Beside these, no two facts together decide it",
        pair="{first} and {second} → {otherwise}",
        more_pairs="and {number} more pairs",
        ways="It can be shown in {number} ways",
        one_way="It can be shown in one way only",
        conditions="What it rests on",
        alone="rests on {facts} alone",
        both="falls without both {first} and {second}",
    ),
    "zh": _Words(
        needs="缺少以下任何一项事实，结论即不同",
        nothing="没有任何单独一项事实决定结论：缺少任何一项，结论不变",
        tried="重新判定{number}次，每次去掉一项事实。",
        tried_pairs="又重新判定{number}次，每次去掉两项事实；其他任何两项均不影响结论。",
        some_pairs="又重新判定{number}次，每次去掉两项事实，最可能有影响的在先；"
        "可能有影响的共{total}对，其余未逐一判定。",
        untried="没有逐对去掉两项事实重新判定：配对过多。",
        one_turns="缺少一项事实即可改变结论。",
        two_turn="缺少任何单独一项事实，结论不变；同时缺少两项则可能改变。",
        none_turns="缺少任何一项或任何两项事实，结论均不变。",
        pairs="同时缺少以下一对事实，结论也不同",
        no_pairs="除此之外，没有任何两项事实共同决定结论",
        pair="{first}和{second} → {otherwise}",
        more_pairs="另有{number}对",
        ways="有{number}种方式可以证明",
        one_way="只有一种方式可以证明",
        conditions="依据的各项条件",
        alone="仅依据{facts}",
        both="同时缺少{first}和{second}则不成立",
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
class PairFact:
    """A fact that stands in a pair."""

    number: str
    anchor: str
    sentence: str
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
    strength: str
    needs: str
    needed: tuple[NeededEntry, ...]
    pairs: str
    paired: tuple[PairFact, ...]
    together: tuple[str, ...]
    conditions: str
    supports: tuple[SupportEntry, ...]
    tried: tuple[str, ...]
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
    shown = found.pairs[:PAIRS_SHOWN]
    places = {
        fact: stated
        for pair in shown
        for fact, stated in zip(pair.facts, pair.stated, strict=True)
    }
    paired = {
        fact: PairFact(
            f"[{number}]",
            f"fact-{number}",
            visible(speaker.punctuated(speaker.fact(fact))),
            visible(speaker.origin(fact, stated)),
        )
        for number, (fact, stated) in enumerate(places.items(), len(needed) + 1)
    }

    def both(pair: Pair) -> dict[str, str]:
        first, second = (paired[fact].number for fact in pair.facts)
        return {"first": first, "second": second}

    together = []
    for pair in shown:
        otherwise = outcome_of(speaker, pair.outcome)[0]
        together.append(visible(own.pair.format(**both(pair), otherwise=otherwise)))
    if more := len(found.pairs) - len(shown):
        together.append(own.more_pairs.format(number=more))
    anchors = {one.number: one.anchor for one in needed.values()}
    anchors |= {one.number: one.anchor for one in paired.values()}
    supports = []
    for support in found.supports:
        needs = tuple(needed[one.fact] for one in support.needs)
        parts = [ways(support.ways)]
        if needs:
            facts = listed([one.number for one in needs], words)
            parts.append(own.alone.format(facts=facts))
        parts += [own.both.format(**both(one)) for one in support.pairs if one in shown]
        firmness = visible(speaker.punctuated(words.semicolon.join(parts)))
        pieces = re.split(r"(\[[0-9]+\])", firmness)
        supports.append(
            SupportEntry(
                visible(speaker.punctuated(speaker.fact(support.fact))),
                firmness,
                tuple((one, anchors.get(one, "")) for one in pieces if one),
            )
        )
    complete = found.pairs_tried == found.pairs_in_all
    titled = ""
    if found.pairs:
        titled = own.pairs
    elif needed and complete:
        titled = speaker.punctuated(own.no_pairs)
    heading = f"{speaker.case(found.decision.case)}{words.colon}{label}"
    return RobustnessPage(
        words.language,
        visible(speaker.of(model.policy.title) or model.policy.id),
        mark.sign,
        visible(heading),
        own.one_turns if needed else "",
        own.needs if needed else _strength(found, own, speaker),
        tuple(needed.values()),
        titled,
        tuple(paired.values()),
        tuple(together),
        own.conditions,
        tuple(supports),
        tuple(_tried(found, own)),
        colophon(model, speaker),
    )


def _strength(found: Robustness, own: _Words, speaker: Speaker) -> str:
    """Say how it stands where no single fact turns it."""
    if found.pairs:
        return own.two_turn
    if found.pairs_tried < found.pairs_in_all:
        return speaker.punctuated(own.nothing)
    return own.none_turns


def _tried(found: Robustness, own: _Words) -> Iterator[str]:
    yield own.tried.format(number=found.tried)
    if found.pairs_in_all and not found.pairs_tried:
        yield own.untried
    elif found.pairs_tried < found.pairs_in_all:
        yield own.some_pairs.format(number=found.pairs_tried, total=found.pairs_in_all)
    elif found.pairs_tried:
        yield own.tried_pairs.format(number=found.pairs_tried)


def robustness_as(
    found: Robustness, model: Model, format_: str, language: str, columns: int = 80
) -> str:
    """Return how firmly a decision stands: text, Markdown, or a page (`html`)."""
    page = robustness_page(found, model, language)
    words = speaker_of(model, language).words
    if format_ == "html":
        values = {"page": page, "words": words}
        return rendered("robustness.html", values, own=model.policy.templates)
    lines: list[tuple[int, str]] = [(0, f"{page.sign} {page.heading}"), (0, "")]
    if page.strength:
        lines += [(0, page.strength), (0, "")]
    lines += [(0, f"{page.needs}{words.colon if page.needed else ''}"), (0, "")]
    for one in page.needed:
        lines.append((0, f"{one.number} {one.sentence} → {one.otherwise}"))
        lines.append((4, one.origin))
    if page.pairs:
        lines += [(0, ""), (0, f"{page.pairs}{words.colon if page.paired else ''}")]
    if page.paired:
        lines.append((0, ""))
    for fact in page.paired:
        lines.append((0, f"{fact.number} {fact.sentence}"))
        lines.append((4, fact.origin))
    lines += [(4, one) for one in page.together]
    if page.supports:
        lines += [(0, ""), (0, f"{page.conditions}{words.colon}"), (0, "")]
    for support in page.supports:
        lines.append((0, f"✓ {support.sentence}"))
        lines.append((4, support.firmness))
    lines += [(0, ""), *((0, one) for one in page.tried)]
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
    pairs = {one: i for i, one in enumerate(found.pairs)}

    def fact(relation: str, values: Sequence[Value]) -> dict[str, object]:
        return {"relation": relation, "values": [plain(value) for value in values]}

    def placed(one: Fact, stated: Stated) -> dict[str, object]:
        return {
            **fact(one.relation, one.values),
            "text": {name: s.fact(one) for name, s in speakers.items()},
            "file": stated.file,
            "sheet": stated.sheet,
            "row": stated.row,
        }

    def needed(one: Needed) -> dict[str, object]:
        return {**placed(one.fact, one.stated), "outcome": one.outcome}

    def pair(one: Pair) -> dict[str, object]:
        both = zip(one.facts, one.stated, strict=True)
        return {"facts": [placed(*each) for each in both], "outcome": one.outcome}

    document = {
        **heading,
        "schema": SCHEMA,
        "decision": record(found.decision, model.policy),
        "ways": found.ways,
        "tried": found.tried,
        "least": found.least,
        "needed": [needed(one) for one in found.needed],
        "pairs": [pair(one) for one in found.pairs],
        "pairs_tried": found.pairs_tried,
        "pairs_in_all": found.pairs_in_all,
        "supports": [
            {
                **fact(one.fact.relation, one.fact.values),
                "text": {name: s.fact(one.fact) for name, s in speakers.items()},
                "ways": one.ways,
                "needs": [numbers[n.fact] for n in one.needs],
                "pairs": [pairs[both] for both in one.pairs],
            }
            for one in found.supports
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
