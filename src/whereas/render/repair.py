"""Proposals into a page of advice: text, Markdown, HTML, in one language.

What a proposal asks for is the policy's own sentence, in which an open value is told
as what it has to be ("on or after 10 February 2026"); what the sentence does not
say stands below it, and an example.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.policy.texts import DAYS
from whereas.render.justification import FILTERS
from whereas.render.repair_changes import Advice, Changes
from whereas.render.repair_failing import Lacks, lacks_of
from whereas.render.repair_words import repair_words
from whereas.render.speakers import colophon, outcome_of, speaker_of
from whereas.render.templating import rendered
from whereas.render.timeline import event_sentence, words_of_case
from whereas.render.timeline_words import timeline_words
from whereas.render.width import visible
from whereas.render.wording import listed
from whereas.render.words import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from whereas.change.change_causes import Event
    from whereas.change.effective_days import EffectiveDays
    from whereas.change.proposals import Proposal
    from whereas.change.repair import Repairs
    from whereas.engine.model import Model
    from whereas.render.phrases import Speaker

# How many reasons are given for one end of some days.
EVENTS = 2

TEMPLATES = {"text": "repair.txt", "markdown": "repair.md", "html": "repair.html"}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A proposal in words: its actions, how their values hang together, from when.

    `edges` say why the days begin and end where they do.
    """

    number: str
    title: str
    weight: str
    steps: tuple[Advice, ...]
    links: str
    days: str
    edges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AdvicePage:
    """What a template of proposals is given."""

    language: str
    title: str
    heading: str
    sign: str
    word: str
    conclusion: str
    edges: tuple[str, ...]
    considered_title: str
    failing_title: str
    lacks: Lacks
    unjudged_title: str
    others_title: str
    ways_title: str
    proposals: tuple[Suggestion, ...]
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
    foot: bool = True,
) -> str:
    """Return proposals in a format of `TEMPLATES`, in a language.

    Without its `foot` a page does not say who decided, and by which policy and facts.
    Raises `Invalid` if the policy package overrides the template and its own fails.
    """
    page = page_of(repairs, model, language, foot=foot)
    return rendered(
        TEMPLATES[format_],
        {"page": page, "columns": columns},
        own=model.policy.templates,
        filters=FILTERS,
    )


def page_of(
    repairs: Repairs, model: Model, language: str, *, foot: bool = True
) -> AdvicePage:
    """Put proposals into words."""
    speaker = speaker_of(model, language)
    return Words(speaker).page(repairs, colophon(model, speaker) if foot else ())


class Words:
    """Puts proposals into words, in one speaker's language."""

    def __init__(self, speaker: Speaker) -> None:
        """Speak for one model."""
        self.speaker = speaker
        self.policy = speaker.policy
        self.words = speaker.words
        self.own = repair_words(speaker.words.language)
        self.changes = Changes(speaker)
        # Days before it are past, if it is known.
        self.today: date | None = None

    def sentence_of(self, proposal: Proposal, place: int) -> str:
        """Say one change of a proposal, as its first way has it."""
        return self.changes.sentence_of(proposal, place)

    def page(self, repairs: Repairs, colophon_: tuple[str, ...]) -> AdvicePage:
        """Return the page of a case's proposals."""
        speaker, own = self.speaker, self.own
        self.today = repairs.today
        label, mark = outcome_of(speaker, repairs.decision.outcome)
        wanted = self._aimed_at(repairs)
        case = speaker.case(repairs.decision.case)
        later = repairs.later
        return AdvicePage(
            language=self.words.language,
            title=visible(speaker.of(self.policy.title) or self.policy.id),
            heading=visible(f"{case}{self.words.colon}{label}"),
            sign=mark.sign,
            word=self.words.holds if mark is Mark.HOLDS else self.words.fails,
            conclusion=self._line(self._conclusion(repairs, wanted)),
            edges=() if later is None else self._edges(later),
            considered_title=own.considered,
            failing_title=self._failing_title(repairs),
            lacks=self.failing(repairs),
            unjudged_title=self.words.unjudged + self.words.colon.rstrip(),
            others_title=own.others,
            ways_title=own.ways[len(repairs.proposals) > 1]
            if repairs.proposals
            else "",
            proposals=tuple(
                self._proposal(one, number, days, repairs)
                for number, (one, days) in enumerate(
                    zip(repairs.proposals, repairs.days, strict=True), 1
                )
            ),
            notes=tuple(map(visible, self._notes(repairs, wanted))),
            example=own.example,
            colophon=colophon_,
        )

    def _aimed_at(self, repairs: Repairs) -> str:
        """Return the label of the outcome that the ways give, if it is one for all.

        Else of the wanted outcome that was aimed at, which the others include.
        """
        outcomes = {one.outcome for one in repairs.proposals}
        if repairs.later is not None:
            outcomes = {repairs.later_outcome}
        if len(outcomes) == 1:
            return self._label(outcomes.pop())
        return self._label(repairs.wanted.name)

    def _label(self, outcome: str | None) -> str:
        return outcome_of(self.speaker, outcome)[0]

    def failing(self, repairs: Repairs) -> Lacks:
        """Return what fails; where nothing helps, what cannot be changed of it."""
        return lacks_of(repairs.obstacles or repairs.lacks, self.speaker)

    def _failing_title(self, repairs: Repairs) -> str:
        own = self.own
        if repairs.obstacles is None:
            return own.fails_now
        if not self.policy.correctable:
            return own.against
        return own.in_the_way if repairs.later is None else own.on_file

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
            when = self._choosable(self._when(repairs.later))
            aimed_at = self._label(repairs.wanted.name)
            return own.later.format(outcome=wanted, when=when, wanted=aimed_at)
        return pattern.format(count=count, outcome=wanted)

    def _notes(self, repairs: Repairs, wanted: str) -> list[str]:
        """Return what a reader must know besides, a paragraph each."""
        own, bounds, found = self.own, repairs.bounds, []
        case = " ".join(words_of_case(repairs.decision, self.policy))
        if repairs.proposals:
            several = len(repairs.proposals) > 1
            pattern = own.judged[several + _differ(repairs)]
            found.append(self._line(pattern.format(outcome=wanted)))
            chosen = any(one and not one.stated and one.first for one in repairs.days)
            if chosen and repairs.today is None:
                found.append(own.past)
            elif chosen and repairs.today is not None:
                day = self.words.date(repairs.today)
                found.append(self._line(own.since_today.format(day=day)))
        if repairs.stopped is not None:
            stopped = own.stopped[repairs.stopped].format(
                states=bounds.states,
                proposals=bounds.proposals,
            )
            found.append(self._line(stopped))
        elif repairs.heavier is not None:
            lightest = repairs.proposals[0].weight
            more = max(5, 2 * (repairs.heavier - lightest))
            heavier = own.heavier.format(
                most=repairs.heavier, until=lightest + more, more=more
            )
            found.append(self._line(heavier))
        if repairs.left_out:
            reasons = [own.not_searched.get(one, one) for one in repairs.left_out]
            left_out = own.left_out.format(reasons=listed(reasons, self.words))
            found.append(self._line(left_out))
        if repairs.proposals:
            found.append(own.try_it.format(case=case))
        elif self.policy.correctable and not repairs.reached:
            whole = repairs.stopped is None and not repairs.left_out
            pattern = own.declared if whole else own.declared_partly
            found.append(self._line(pattern.format(names=self._declared())))
        return found

    def _declared(self) -> str:
        """Name what the policy lets be supplied or corrected: relations, columns."""
        found: dict[str, dict[str, None]] = {}
        for one in self.policy.correctable:
            columns = found.setdefault(one.relation, {})
            relation = self.policy.relations[one.relation]
            if one.action == "change":
                for move in one.moves:
                    columns[self.speaker.label(relation.columns[move.position])] = None
        said = []
        for name, columns in found.items():
            labels = self.policy.relations[name].labels
            named = labels.get(self.words.language) or self.speaker.name_of(name)
            of = listed([*columns], self.words)
            pattern = self.own.moved if columns else "{relation}"
            said.append(pattern.format(relation=named, columns=of))
        return self.words.semicolon.join(said)

    def _line(self, text: str) -> str:
        return self.changes.line(text)

    # --- what helps -------------------------------------------------------------------

    def _proposal(
        self,
        proposal: Proposal,
        number: int,
        days: EffectiveDays | None,
        repairs: Repairs,
    ) -> Suggestion:
        actions = self.changes.actions(proposal)
        title = ""
        if len(actions) > 1:
            pattern = self.own.both if len(actions) == 2 else self.own.also
            count = pattern.format(count=len(actions))
            title = self._line(count + self.words.colon.rstrip())
        links = self.changes.links(proposal)
        return Suggestion(
            str(number),
            title,
            visible(self.own.weight.format(weight=proposal.weight)),
            actions,
            links,
            self._days(days, self._label(proposal.outcome), links)
            or self._gives(proposal, repairs),
            () if days is None else self._edges(days, ended=self._ended(proposal)),
        )

    def _gives(self, proposal: Proposal, repairs: Repairs) -> str:
        """Say the outcome of a proposal, where the proposals have several."""
        if not _differ(repairs):
            return ""
        label = self._label(proposal.outcome)
        return self._line(self.own.gives.format(outcome=label))

    # --- from when --------------------------------------------------------------------

    def _days(self, days: EffectiveDays | None, wanted: str, links: str) -> str:
        """Say from when a proposal helps, or that no day is known."""
        own, moved = self.own, self.policy.moved
        if days is None:
            return ""
        if days.first is None and days.last is None:
            return self._line(own.no_day.format(outcome=wanted))
        if days.stated:
            first = "" if days.first is None else self.words.date(days.first)
            pattern = own.day_on_file if moved else own.today
            labels = [
                self.speaker.label(
                    self.policy.relations[one.relation].columns[one.column]
                )
                for one in moved
            ]
            label = self.own.last_or.join(dict.fromkeys(labels))
            text = pattern.format(outcome=wanted, first=first, label=label)
            return self._line(text)
        when = self._choosable(self._when(days))
        if links:
            when = own.fitting.format(text=when)
        return self._line(own.then.format(outcome=wanted, when=when))

    def edges(self, days: EffectiveDays) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Say why days begin where they do, and why they end there."""
        begin: list[str] = []
        if days.follows is not None:
            fact = self.speaker.fact(days.follows)
            begin.append(self.own.follows.format(fact=fact))
        elif days.today:
            begin.append(self.own.not_past)
        begin += self._events(days.begin)
        return tuple(begin), tuple(self._events(days.end))

    def _ended(self, proposal: Proposal) -> bool:
        """Whether what a proposal brings ends the days that move."""
        moved = {(one.relation, one.column) for one in self.policy.moved}
        return any(
            (proposal.steps[link.one[0]].relation, link.one[1]) in moved
            for way in proposal.ways
            for link in way.links
        )

    def _edges(self, days: EffectiveDays, *, ended: bool = False) -> tuple[str, ...]:
        own, found = self.own, []
        ends = ((own.not_before, days.first), (own.not_after, days.last))
        for (pattern, day), told in zip(ends, self.edges(days), strict=True):
            if day is not None:
                said = self.words.date(day)
                found += [pattern.format(day=said, text=text) for text in told]
        if days.first is not None and days.endless:
            found.append(own.no_end_fitting if ended else own.no_end)
        return tuple(map(self._line, found))

    def _events(self, events: Sequence[Event]) -> list[str]:
        """Say what turns: the rows of the files that make it, or else what is so."""
        found: dict[str, None] = {}
        for event in events:
            rows = [fact for fact, stated in event.causes if stated.row > 0]
            for fact in rows:
                found[self.speaker.fact(fact)] = None
            if not rows:
                found[event_sentence(event, self.speaker)] = None
        return [*found][:EVENTS]

    def _choosable(self, when: str) -> str:
        """Say that past days are out, where it is not known which they are."""
        return when if self.today else self.own.not_in_past.format(text=when)

    def _when(self, days: EffectiveDays) -> str:
        """Return days in the policy's words for what moves, if there are such words."""
        words = timeline_words(self.words.language)
        first = "" if days.first is None else self.words.date(days.first)
        last = "" if days.last is None else self.words.date(days.last)
        pattern = words.from_to if first and last else words.until
        if first and not last:
            pattern = words.from_on
        text = pattern.format(first=first, last=last)
        moved = self.policy.moved
        if len(moved) == 1 and not self.policy.uses_today:
            sentence = self.speaker.sentence(moved[0].texts)
            if sentence is not None:
                return sentence.text.replace(f"{{{DAYS}}}", text)
        return text


def _differ(repairs: Repairs) -> bool:
    """Whether the proposals give several outcomes, all of them wanted."""
    return len({one.outcome for one in repairs.proposals}) > 1
