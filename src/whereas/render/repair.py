"""Proposals into a page of advice: text, Markdown, HTML, in one language.

What a proposal asks for is the policy's own sentence, in which an open value is told
as what it has to be ("on or after 10 February 2026"); what the sentence does not
say stands below it, and an example.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from whereas.policy.texts import DAYS
from whereas.render.justification import FILTERS
from whereas.render.refusal import refusal
from whereas.render.repair_changes import Advice, Changes
from whereas.render.repair_words import repair_words
from whereas.render.speakers import colophon, outcome_of, speaker_of
from whereas.render.templating import rendered
from whereas.render.timeline import words_of_case
from whereas.render.timeline_words import timeline_words
from whereas.render.width import visible
from whereas.render.wording import listed
from whereas.render.words import Mark, Outline

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whereas.engine.model import Model
    from whereas.explain.proof import Blockage
    from whereas.explain.proposals import Proposal
    from whereas.explain.repair import Repairs
    from whereas.explain.since import Days
    from whereas.render.phrases import Speaker
    from whereas.render.words import Statement

TEMPLATES = {"text": "repair.txt", "markdown": "repair.md", "html": "repair.html"}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A proposal in words: its actions, how their values hang together, from when."""

    number: str
    title: str
    weight: str
    steps: tuple[Advice, ...]
    links: str
    days: str


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A sentence about what fails, or cannot be changed; `depth` 0 is a condition.

    `kind` is that of the statement: a `rule` is the heading of what a rule lacks.
    """

    depth: int
    sign: str
    sentence: str
    origin: str
    kind: str


@dataclass(frozen=True, slots=True)
class AdvicePage:
    """What a template of proposals is given."""

    language: str
    title: str
    heading: str
    sign: str
    word: str
    conclusion: str
    proposals: tuple[Suggestion, ...]
    lacks_title: str
    lacks: tuple[Obstacle, ...]
    considered_title: str
    considered: tuple[Obstacle, ...]
    obstacles_title: str
    obstacles: tuple[Obstacle, ...]
    notes: tuple[str, ...]
    example: str
    colophon: tuple[str, ...]


def repairs_as(
    repairs: Repairs,
    model: Model,
    format_: str = "text",
    language: str = "en",
    *,
    columns: int = 80,
) -> str:
    """Return proposals in a format of `TEMPLATES`, in a language.

    Raises `Invalid` if the policy package overrides the template and its own fails.
    """
    page = page_of(repairs, model, language)
    return rendered(
        TEMPLATES[format_],
        {"page": page, "columns": columns},
        package=model.policy.folder,
        filters=FILTERS,
    )


def page_of(repairs: Repairs, model: Model, language: str) -> AdvicePage:
    """Put proposals into words."""
    speaker = speaker_of(model, language)
    return Words(speaker).page(repairs, colophon(model, speaker))


class Words:
    """Puts proposals into words, in one speaker's language."""

    def __init__(self, speaker: Speaker) -> None:
        """Speak for one model."""
        self.speaker = speaker
        self.policy = speaker.policy
        self.words = speaker.words
        self.own = repair_words(speaker.words.language)
        self.changes = Changes(speaker)

    def sentence_of(self, proposal: Proposal, place: int) -> str:
        """Say one change of a proposal, as its first way has it."""
        return self.changes.sentence_of(proposal, place)

    def page(self, repairs: Repairs, colophon_: tuple[str, ...]) -> AdvicePage:
        """Return the page of a case's proposals."""
        speaker, own = self.speaker, self.own
        label, mark = outcome_of(speaker, repairs.decision.outcome)
        wanted = speaker.text(repairs.wanted.texts) or repairs.wanted.name
        case = speaker.case(repairs.decision.case)
        considered, obstacles = self.obstacles(repairs.obstacles)
        title = own.in_the_way
        if not self.policy.correctable:
            title = own.against
        elif repairs.later is not None:
            title = own.on_file
        lacks: tuple[Obstacle, ...] = ()
        if not obstacles:
            _, lacks = self.obstacles(repairs.lacks)
        return AdvicePage(
            language=self.words.language,
            title=visible(speaker.of(self.policy.title) or self.policy.id),
            heading=visible(f"{case}{self.words.colon}{label}"),
            sign=mark.sign,
            word=self.words.holds if mark is Mark.HOLDS else self.words.fails,
            conclusion=self._line(self._conclusion(repairs, wanted)),
            proposals=tuple(
                self._proposal(one, number, self._days(days, wanted))
                for number, (one, days) in enumerate(
                    zip(repairs.proposals, repairs.days, strict=True), 1
                )
            ),
            lacks_title=own.fails_now,
            lacks=lacks,
            considered_title=own.considered,
            considered=considered,
            obstacles_title=title,
            obstacles=obstacles,
            notes=tuple(map(visible, self._notes(repairs, wanted))),
            example=own.example,
            colophon=colophon_,
        )

    def _conclusion(self, repairs: Repairs, wanted: str) -> str:
        own, count = self.own, len(repairs.proposals)
        pattern = own.nothing
        if repairs.reached:
            pattern = own.reached
        elif count:
            pattern = own.one if count == 1 else own.several
        elif not self.policy.correctable:
            pattern = own.nothing_declared
        elif repairs.stopped or repairs.left_out:
            pattern = own.unsure
        if repairs.later is not None:
            when = self._when(repairs.later)
            return own.later.format(outcome=wanted, when=when)
        return pattern.format(count=count, outcome=wanted)

    def _notes(self, repairs: Repairs, wanted: str) -> list[str]:
        """Return what a reader must know besides, a paragraph each."""
        own, bounds, found = self.own, repairs.bounds, []
        case = " ".join(words_of_case(repairs.decision, self.policy))
        if repairs.proposals:
            found.append(self._line(own.judged.format(outcome=wanted)))
        if repairs.stopped is not None:
            stopped = own.stopped[repairs.stopped].format(
                states=bounds.states,
                seconds=f"{bounds.seconds:g}",
                proposals=bounds.proposals,
            )
            found.append(self._line(stopped))
        elif repairs.heavier is not None:
            more = repairs.heavier - repairs.proposals[0].weight
            heavier = own.heavier.format(most=repairs.heavier, more=max(5, 2 * more))
            found.append(self._line(heavier))
        if repairs.left_out:
            reasons = [own.not_searched.get(one, one) for one in repairs.left_out]
            left_out = own.left_out.format(reasons=listed(reasons, self.words))
            found.append(self._line(left_out))
        if repairs.proposals:
            found.append(own.try_it.format(case=case))
        return found

    def _line(self, text: str) -> str:
        return self.changes.line(text)

    # --- what helps -------------------------------------------------------------------

    def _proposal(self, proposal: Proposal, number: int, days: str) -> Suggestion:
        actions = self.changes.actions(proposal)
        title = ""
        if len(actions) > 1:
            pattern = self.own.both if len(actions) == 2 else self.own.also
            count = pattern.format(count=len(actions))
            title = self._line(count + self.words.colon.rstrip())
        return Suggestion(
            str(number),
            title,
            visible(self.own.weight.format(weight=proposal.weight)),
            actions,
            self.changes.links(proposal),
            days,
        )

    def _days(self, days: Days | None, wanted: str) -> str:
        """Say from when a proposal helps, or that no day is known."""
        if days is None:
            return ""
        if days.first is None and days.last is None:
            return self._line(self.own.no_day.format(outcome=wanted))
        when = self._when(days)
        return self._line(self.own.then.format(outcome=wanted, when=when))

    def _when(self, days: Days) -> str:
        """Return days in the policy's words for what moves, if there are such words."""
        words = timeline_words(self.words.language)
        first = "" if days.first is None else self.words.date(days.first)
        last = "" if days.last is None else self.words.date(days.last)
        if days.stated:
            own = self.own
            pattern = own.day_on_file if self.policy.moved else own.today
            text = pattern.format(first=first)
        elif first and last:
            text = words.from_to.format(first=first, last=last)
        else:
            text = (words.from_on if first else words.until).format(
                first=first, last=last
            )
        moved = self.policy.moved
        if len(moved) == 1 and not self.policy.uses_today:
            sentence = self.speaker.sentence(moved[0].texts)
            if sentence is not None:
                return sentence.text.replace(f"{{{DAYS}}}", text)
        return text

    # --- what stands in the way -------------------------------------------------------

    def obstacles(
        self, blockage: Blockage | None
    ) -> tuple[tuple[Obstacle, ...], tuple[Obstacle, ...]]:
        """Return what was looked at, and what fails."""
        if blockage is None:
            return (), ()
        found = refusal(blockage, Outline(self.speaker))
        considered = tuple(self._obstacle(one) for one in found.considered)
        # Below a condition stands what a test found in the end; `why` tells the rest.
        failing = [
            self._obstacle(replace(one, depth=min(one.depth, 2)))
            for one in found.failing
            if one.depth < 2 or (one.mark is Mark.FAILS and not one.number)
        ]
        return considered, tuple(_once(failing))

    def _obstacle(self, one: Statement) -> Obstacle:
        return Obstacle(
            one.depth,
            one.mark.sign if one.mark is not None else "",
            self._line(one.text),
            visible(one.origin or ""),
            one.kind,
        )


def _once(failing: Sequence[Obstacle]) -> list[Obstacle]:
    """Put headings that read alike together, and what stands below them, each once.

    A heading below which nothing stands goes, where another says why, and so does
    that of a rule without others beside it.
    """
    found: list[Obstacle] = []
    for condition, below in _below(failing, 0):
        parts: dict[Obstacle, dict[Obstacle, None]] = {}
        for heading, reasons in _below(below, 1):
            parts.setdefault(heading, {}).update(dict.fromkeys(reasons))
        telling = any(parts.values())
        found.append(condition)
        found += below[: next((n for n, b in enumerate(below) if b.depth == 1), None)]
        for heading, said in parts.items():
            if said and heading.kind == "rule" and len(parts) == 1:
                found += [replace(one, depth=one.depth - 1) for one in said]
            elif said or heading.kind not in {"rule", "derived"} or not telling:
                found += [heading, *said]
    return found


def _below(
    lines: Sequence[Obstacle], depth: int
) -> Iterator[tuple[Obstacle, Sequence[Obstacle]]]:
    """Yield each line of a depth with the deeper ones that follow it."""
    starts = [place for place, one in enumerate(lines) if one.depth == depth]
    for start, end in pairwise([*starts, len(lines)]):
        yield lines[start], lines[start + 1 : end]
