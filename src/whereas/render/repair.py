"""Proposals into a page of advice: text, Markdown, HTML, in one language.

What a proposal asks for is the policy's own sentence, in which an open value is told
as what it has to be ("on or after 10 February 2026"); what the sentence does not
say stands below it, and an example.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from whereas.policy.texts import Hole, parse_text
from whereas.render.justification import FILTERS
from whereas.render.refusal import refusal
from whereas.render.repair_words import repair_words
from whereas.render.speakers import colophon, outcome_of, speaker_of
from whereas.render.templating import rendered
from whereas.render.width import visible
from whereas.render.wording import listed
from whereas.render.words import Mark, Outline
from whereas.values import TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from whereas.engine.model import Model
    from whereas.explain.proposals import Link, Proposal, Step, Told
    from whereas.explain.repair import Repairs
    from whereas.policy.core import Column, Correctable
    from whereas.render.phrases import Speaker
    from whereas.render.voice import Known
    from whereas.render.words import Statement
    from whereas.values import Type, Value

TEMPLATES = {"text": "repair.txt", "markdown": "repair.md", "html": "repair.html"}


@dataclass(frozen=True, slots=True)
class Advice:
    """One change: the sentence, what it does not say, an example, where it is allowed.

    `choices` are alternatives, where there are several ways.
    """

    sentence: str
    details: str
    choices: tuple[str, ...]
    example: str
    section: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A proposal in words: its changes, and how their values hang together."""

    number: str
    title: str
    weight: str
    steps: tuple[Advice, ...]
    links: str


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A sentence about what cannot be changed; `depth` 0 is a condition."""

    depth: int
    sign: str
    sentence: str
    origin: str


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

    def page(self, repairs: Repairs, colophon_: tuple[str, ...]) -> AdvicePage:
        """Return the page of a case's proposals."""
        speaker, own = self.speaker, self.own
        label, mark = outcome_of(speaker, repairs.decision.outcome)
        wanted = speaker.text(repairs.wanted.texts) or repairs.wanted.name
        case = speaker.case(repairs.decision.case)
        count = len(repairs.proposals)
        considered, obstacles = self.obstacles(repairs)
        notes = []
        if repairs.reached:
            conclusion = own.reached
        elif count:
            conclusion = own.one if count == 1 else own.several
            notes.append(own.judged.format(outcome=wanted))
        elif not self.policy.correctable:
            conclusion = own.nothing_declared
        elif repairs.stopped or repairs.left_out:
            conclusion = own.unsure
        else:
            conclusion = own.nothing
        if repairs.stopped is not None:
            bounds = repairs.bounds
            notes.append(
                own.stopped[repairs.stopped].format(
                    states=bounds.states,
                    seconds=f"{bounds.seconds:g}",
                    proposals=bounds.proposals,
                )
            )
        if repairs.left_out:
            reasons = [own.not_searched.get(one, one) for one in repairs.left_out]
            notes.append(own.left_out.format(reasons=listed(reasons, self.words)))
        return AdvicePage(
            language=self.words.language,
            title=visible(speaker.of(self.policy.title) or self.policy.id),
            heading=visible(f"{case}{self.words.colon}{label}"),
            sign=mark.sign,
            word=self.words.holds if mark is Mark.HOLDS else self.words.fails,
            conclusion=self._line(conclusion.format(count=count, outcome=wanted)),
            proposals=tuple(
                self._proposal(one, number)
                for number, one in enumerate(repairs.proposals, 1)
            ),
            considered_title=own.considered,
            considered=considered,
            obstacles_title=own.in_the_way,
            obstacles=obstacles,
            notes=tuple(map(self._line, notes)),
            example=own.example,
            colophon=colophon_,
        )

    def _line(self, text: str) -> str:
        return visible(self.speaker.punctuated(text))

    # --- what helps -------------------------------------------------------------------

    def _proposal(self, proposal: Proposal, number: int) -> Suggestion:
        new = _new_keys(proposal)
        steps = tuple(
            self._advice(proposal, places, new) for places in self._runs(proposal)
        )
        title = ""
        if len(steps) > 1:
            pattern = self.own.both if len(steps) == 2 else self.own.also
            count = pattern.format(count=len(steps))
            title = self._line(count + self.words.colon.rstrip())
        return Suggestion(
            str(number),
            title,
            visible(self.own.weight.format(weight=proposal.weight)),
            steps,
            self._links(proposal),
        )

    def sentence_of(self, proposal: Proposal, place: int) -> str:
        """Say one change of a proposal, as its first way has it."""
        step, new = proposal.steps[place], _new_keys(proposal)
        told = proposal.ways[0].told[place]
        said = [self._sentence(by, step, told, new) for by in step.by]
        return self._line(self.words.semicolon.join(said))

    def _runs(self, proposal: Proposal) -> list[list[int]]:
        """Return the steps, those together that differ in one settled value only."""
        runs: list[list[int]] = []
        for place in range(len(proposal.steps)):
            if runs and self._differing(proposal, [*runs[-1], place]) is not None:
                runs[-1].append(place)
            else:
                runs.append([place])
        return runs

    @staticmethod
    def _differing(proposal: Proposal, places: Sequence[int]) -> int | None:
        """Return the one column in which rows to add differ, all settled."""
        first = proposal.steps[places[0]]
        rows = []
        for place in places:
            step = proposal.steps[place]
            told = proposal.ways[0].told[place]
            if step.by != first.by or step.action != "add" or told is None:
                return None
            if len(proposal.ways) > 1 or not all(one.settled for one in told):
                return None
            rows.append([one.value for one in told])
        differing = [
            column
            for column, values in enumerate(zip(*rows, strict=True))
            if len(set(values)) > 1
        ]
        return differing[0] if len(differing) == 1 else None

    def _advice(
        self, proposal: Proposal, places: Sequence[int], new: frozenset[object]
    ) -> Advice:
        step, place = proposal.steps[places[0]], places[0]
        section = visible(self.speaker.section(step.by[0].section) or "")
        rows = [row for way in proposal.ways if (row := way.told[place]) is not None]
        if not rows:
            sentence = self._sentence(step.by[0], step, None, new)
            return Advice(self._line(sentence), "", (), "", section)
        listed_: dict[int, str] = {}
        if len(places) > 1:
            column = self._differing(proposal, places)
            assert column is not None  # noqa: S101  # they are one run
            values = [proposal.ways[0].told[p] for p in places]
            type_ = self.policy.relations[step.relation].columns[column].type
            said = [self._value(v[column].value, type_) for v in values if v]
            listed_[column] = listed(said, self.words)
        sentence = self.words.semicolon.join(
            self._sentence(by, step, rows[0], new, listed_) for by in step.by
        )
        shared, choices = self._details(step, rows)
        return Advice(
            self._line(sentence),
            self._line(self.words.semicolon.join(shared)) if shared else "",
            tuple(map(self._line, choices)),
            self._example(step, proposal, place),
            section,
        )

    def _details(
        self, step: Step, rows: Sequence[tuple[Told, ...]]
    ) -> tuple[list[str], list[str]]:
        """Return what the sentence does not say: in all ways, and in each."""
        relation = self.policy.relations[step.relation]
        said = {
            part.name
            for by in step.by
            for part in self._parts(by)
            if isinstance(part, Hole) and part.column is None
        }
        told = []
        for row in rows:
            texts = []
            for position, column in enumerate(relation.columns):
                open_ = step.action == "add" or position in step.moved
                if not (open_ and column.name not in said):
                    continue
                if not (row[position].free or self._is_new(step, position)):
                    texts.append(self._detail(step.relation, column, row[position]))
            told.append(texts)
        shared = [text for text in told[0] if all(text in one for one in told)]
        choices = [
            self.words.semicolon.join(text for text in one if text not in shared)
            for one in told
        ]
        if not any(choices):
            return shared, []
        return shared, [
            self.own.choices[number > 1].format(number=number, text=text)
            for number, text in enumerate(dict.fromkeys(choices), 1)
        ]

    def _parts(self, by: Correctable) -> tuple[str | Hole, ...]:
        sentence = self.speaker.sentence(by.texts)
        return () if sentence is None else parse_text(sentence.text)

    def _sentence(
        self,
        by: Correctable,
        step: Step,
        told: tuple[Told, ...] | None,
        new: frozenset[object],
        listed_: Mapping[int, str] | None = None,
    ) -> str:
        """Return the policy's sentence; an open value is told as what it has to be."""
        relation = self.policy.relations[step.relation]
        known: dict[str, Known] = {}
        for position, column in enumerate(relation.columns):
            phrase = (listed_ or {}).get(position)
            settled: Value = None
            if phrase is None and (
                told is None or (step.before and position not in step.moved)
            ):
                settled = (step.before or ())[position]
            elif phrase is None and told is not None:
                one = told[position]
                if one.settled and one.value is not None and one.value in new:
                    phrase = self.own.new
                elif one.settled and position not in step.moved:
                    settled = one.value
                else:
                    phrase = self._told(step.relation, column, one)
            known[column.name or ""] = (
                (settled, column.type, column.owner)
                if phrase is None
                else (phrase, TEXT, None)
            )
        sentence = self.speaker.sentence(by.texts)
        if sentence is not None:
            return self.speaker.filled(sentence.text, known)
        patterns = {"add": self.own.add, "change": self.own.change}
        row = self.words.comma.join(
            f"{self.speaker.name_of(name)} {self.speaker.filled(hole, known)}"
            for name in known
            for hole in ["{" + name + "}"]
        )
        name = self.speaker.name_of(step.relation)
        return patterns.get(step.action, self.own.withdraw).format(
            relation=name, row=row
        )

    @staticmethod
    def _is_new(step: Step, position: int) -> bool:
        """Whether a value is the key that a new row was given: any will do."""
        return step.action == "add" and step.fresh == position

    def _detail(self, relation: str, column: Column, told: Told) -> str:
        phrase = self._told(relation, column, told, bare=True)
        return f"{self.speaker.label(column)}{self.words.colon}{phrase}"

    def _empty(self, relation: str, column: Column) -> str:
        """Return how the relation's text words an empty column."""
        sentence = self.speaker.sentence(self.policy.relations[relation].texts)
        for part in () if sentence is None else parse_text(sentence.text):
            if isinstance(part, Hole) and part.name == column.name and part.fallback:
                return part.fallback
        return self.own.empty

    def _told(
        self, relation: str, column: Column, told: Told, *, bare: bool = False
    ) -> str:
        """Say what a value has to be: after a colon (`bare`), or in a sentence."""
        own = self.own
        which = 0 if column.type.kind == "date" else 1
        if told.settled:
            if told.value is None:
                return self._empty(relation, column)
            pattern = "{value}" if bare else own.exactly[which]
            return pattern.format(value=self._value(told.value, column.type))
        text = ""
        low, high = told.low, told.high
        if told.members is not None:
            text = own.last_or.join(self._value(m, column.type) for m in told.members)
        elif low is not None or high is not None:
            pattern = (
                own.low if high is None else own.high if low is None else own.between
            )[which]
            text = pattern.format(
                low=self._value(low, column.type), high=self._value(high, column.type)
            )
        if told.excluded:
            values = [self._value(value, column.type) for value in told.excluded]
            other = own.excluded.format(values=listed(values, self.words))
            text += (self.words.comma if text else "") + other
        if told.none and text:
            return own.or_else.join((self._empty(relation, column), text))
        return text or own.any[which].format(column=self.speaker.label(column))

    def _example(self, step: Step, proposal: Proposal, place: int) -> str:
        """Name the values of the first way's example, if the bounds do not say them."""
        way = proposal.ways[0]
        row, told = way.example[place], way.told[place]
        if row is None or told is None:
            return ""
        table = self.policy.relations[step.relation]
        said, plain = [], True
        for position, column in enumerate(table.columns):
            ways = {w.told[place][position] for w in proposal.ways if w.told[place]}  # type: ignore[index]
            one = told[position]
            if one.settled and len(ways) == 1:
                continue
            value = row[position]
            plain = plain and not one.none and value in (one.low, one.high)
            text = self._value(value, column.type)
            if value is None:
                text = self._empty(step.relation, column)
            label = self.speaker.label(column)
            said.append(self.own.with_value.format(column=label, value=text))
        if plain:
            return ""
        return self._line(
            f"{self.own.example}{self.words.colon}{self.words.comma.join(said)}"
        )

    def _value(self, value: Value, type_: Type) -> str:
        return self.speaker.value(value, type_)

    def _links(self, proposal: Proposal) -> str:
        """Say how open values hang together, where their bounds do not say so."""
        said: dict[str, None] = {}
        for way in proposal.ways:
            for link in way.links:
                said.setdefault(self._link(proposal, link))
        if not said:
            return ""
        text = f"{self.own.all_of_them}{self.words.colon}"
        return self._line(text + self.words.semicolon.join(said))

    def _link(self, proposal: Proposal, link: Link) -> str:
        columns = []
        for step, position in (link.one, link.other):
            table = self.policy.relations[proposal.steps[step].relation]
            columns.append(table.columns[position])
        which = 0 if columns[0].type.kind == "date" else 1
        one, other = (self.speaker.label(column) for column in columns)
        pattern = self.own.before if link.most == -1 else self.own.not_later
        if link.most not in (0, -1):
            pattern = self.own.earlier_by if link.most < 0 else self.own.later_by
        return pattern[which].format(one=one, other=other, count=abs(link.most))

    # --- what stands in the way -------------------------------------------------------

    def obstacles(
        self, repairs: Repairs
    ) -> tuple[tuple[Obstacle, ...], tuple[Obstacle, ...]]:
        """Return what was looked at, and what cannot be changed."""
        if repairs.obstacles is None:
            return (), ()
        found = refusal(repairs.obstacles, Outline(self.speaker))
        considered = tuple(self._obstacle(one) for one in found.considered)
        # Below a condition stands what a test found in the end; `why` tells the rest.
        failing = [
            self._obstacle(replace(one, depth=min(one.depth, 2)))
            for one in found.failing
            if one.depth < 2 or (one.mark is Mark.FAILS and not one.number)
        ]
        return considered, tuple(failing)

    def _obstacle(self, one: Statement) -> Obstacle:
        return Obstacle(
            one.depth,
            one.mark.sign if one.mark is not None else "",
            self._line(one.text),
            visible(one.origin or ""),
        )


def _new_keys(proposal: Proposal) -> frozenset[object]:
    """Return the keys that new rows were given."""
    return frozenset(
        told[step.fresh].value
        for step, told in zip(proposal.steps, proposal.ways[0].told, strict=True)
        if step.fresh is not None and told is not None
    )
