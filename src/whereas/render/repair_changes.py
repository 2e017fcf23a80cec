"""The changes of a proposal into sentences: who does what, and what values have to be.

What is asked for is the policy's own sentence, in which an open value is told as what
it has to be ("on or after 10 February 2026"); what the sentence does not say stands
below it. What is done with a row that another change of the proposal adds is said in
one breath with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.policy.texts import Hole, parse_text
from whereas.render.repair_words import repair_words
from whereas.render.width import visible
from whereas.render.wording import listed
from whereas.values import TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from whereas.change.proposals import Link, Proposal, Step, ValueRange
    from whereas.policy.core import Column, Correctable
    from whereas.render.phrases import Speaker
    from whereas.render.voice import Known
    from whereas.values import Type, Value

# Where a clause of a sentence begins.
_CLAUSE = re.compile(r"(?=, |; |: |，|；|：)")


@dataclass(frozen=True, slots=True)
class Advice:
    """One action: the sentence, what it does not say, an example, where it is allowed.

    `choices` are alternatives, where there are several ways.
    """

    sentence: str
    details: str
    choices: tuple[str, ...]
    example: str
    section: str


class Changes:
    """Puts the changes of proposals into words, in one speaker's language."""

    def __init__(self, speaker: Speaker) -> None:
        """Speak for one model."""
        self.speaker = speaker
        self.policy = speaker.policy
        self.words = speaker.words
        self.own = repair_words(speaker.words.language)

    def line(self, text: str) -> str:
        """Return a sentence with its capital letter and full stop."""
        return visible(self.speaker.punctuated(text))

    # --- actions ----------------------------------------------------------------------

    def actions(self, proposal: Proposal) -> tuple[Advice, ...]:
        """Return what is to be done, a new row together with what is done with it."""
        runs = self._runs(proposal)
        host = {
            place: self._host(proposal, runs, run) for place, run in enumerate(runs)
        }
        return tuple(
            self._together(
                [
                    self._advice(proposal, run),
                    *(
                        self._advice(proposal, runs[other])
                        for other, its in host.items()
                        if its == place
                    ),
                ]
            )
            for place, run in enumerate(runs)
            if host[place] is None
        )

    @staticmethod
    def _host(
        proposal: Proposal, runs: Sequence[Sequence[int]], run: Sequence[int]
    ) -> int | None:
        """Return the run that adds the row which another one refers to."""
        for place, other in enumerate(runs):
            fresh = _new_keys(proposal, other)
            if other is not run and fresh and not _new_keys(proposal, run):
                told = [proposal.ways[0].ranges[step] for step in run]
                if all(
                    row and any(one.settled and one.value in fresh for one in row)
                    for row in told
                ):
                    return place
        return None

    def _together(self, parts: Sequence[_Part]) -> Advice:
        """Say what belongs together as one action."""
        first, *_ = parts
        semicolon = self.words.semicolon
        details = semicolon.join(text for one in parts for text in one.details)
        example = self.words.comma.join(text for one in parts for text in one.example)
        if example:
            example = f"{self.own.example}{self.words.colon}{example}"
        return Advice(
            self.line(semicolon.join(one.sentence for one in parts)),
            self.line(details) if details else "",
            tuple(self.line(text) for one in parts for text in one.choices),
            self.line(example) if example else "",
            first.section,
        )

    def sentence_of(self, proposal: Proposal, place: int) -> str:
        """Say one change of a proposal, as its first way has it."""
        step, told = proposal.steps[place], proposal.ways[0].ranges[place]
        new = _new_keys(proposal)
        rows = [told] if told is not None else []
        if step.exists:
            details = self.words.semicolon.join(self._details(step, rows)[0])
            return self.line(self._existing(step, details))
        said = [self._sentence(by, step, told, new) for by in step.by]
        return self.line(self.words.semicolon.join(said) + self._attached(step, rows))

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
            told = proposal.ways[0].ranges[place]
            if step.by != first.by or step.action != "add" or told is None:
                return None
            if len(proposal.ways) > 1 or not all(one.settled for one in told):
                return None
            if step.fresh is not None:
                return None
            rows.append([one.value for one in told])
        differing = [
            column
            for column, values in enumerate(zip(*rows, strict=True))
            if len(set(values)) > 1
        ]
        return differing[0] if len(differing) == 1 else None

    def _advice(self, proposal: Proposal, places: Sequence[int]) -> _Part:
        step, place = proposal.steps[places[0]], places[0]
        section = visible(self.speaker.section(step.by[0].section) or "")
        new = _new_keys(proposal)
        rows = [row for way in proposal.ways if (row := way.ranges[place]) is not None]
        if not rows:
            return _Part(self._sentence(step.by[0], step, None, new), section)
        listed_: dict[int, str] = {}
        if len(places) > 1:
            column = self._differing(proposal, places)
            assert column is not None  # noqa: S101  # they are one run
            values = [proposal.ways[0].ranges[p] for p in places]
            type_ = self.policy.relations[step.relation].columns[column].type
            said = [self._value(v[column].value, type_) for v in values if v]
            listed_[column] = listed(said, self.words)
        shared, choices = self._details(step, rows)
        if step.exists:
            details = self.words.semicolon.join(shared)
            return _Part(self._existing(step, details), section, (), tuple(choices))
        sentence = self.words.semicolon.join(
            self._sentence(by, step, rows[0], new, listed_) for by in step.by
        )
        return _Part(
            sentence + self._attached(step, rows),
            section,
            tuple(shared),
            tuple(choices),
            tuple(self._example(step, proposal, place)),
        )

    # --- sentences --------------------------------------------------------------------

    def _existing(self, step: Step, row: str) -> str:
        """Ask for a row that can only exist already, with what it has to say."""
        labels = self.policy.relations[step.relation].labels
        name = labels.get(self.words.language) or self.speaker.name_of(step.relation)
        pattern = self.own.exists if row else self.own.exists_any
        return pattern.format(relation=name, row=row)

    def _sentence(
        self,
        by: Correctable,
        step: Step,
        told: tuple[ValueRange, ...] | None,
        new: frozenset[object],
        listed_: Mapping[int, str] | None = None,
    ) -> str:
        """Return the policy's sentence; an open value is told as what it has to be."""
        relation = self.policy.relations[step.relation]
        known: dict[str, Known] = {}
        free: set[str] = set()
        brought: set[str] = set()
        for position, column in enumerate(relation.columns):
            phrase = (listed_ or {}).get(position)
            settled: Value = None
            if phrase is None and (
                told is None or (step.before and position not in step.moved)
            ):
                settled = (step.before or ())[position]
            elif phrase is None and told is not None:
                one = told[position]
                if self._is_new(step, position):
                    phrase = self.own.new
                elif one.settled and one.value is not None and one.value in new:
                    phrase = self.own.it
                    brought.add(column.name or "")
                elif one.settled and position not in step.moved:
                    settled = one.value
                else:
                    phrase = self._told(step.relation, column, one)
                    if one.free:
                        free.add(column.name or "")
            known[column.name or ""] = (
                (settled, column.type, column.owner)
                if phrase is None
                else (phrase, TEXT, None)
            )
        sentence = self.speaker.sentence(by.texts)
        if sentence is not None:
            parts = _without(parse_text(sentence.text), free)
            return "".join(self._part(part, known, brought) for part in parts)
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

    def _part(
        self, part: str | Hole, known: Mapping[str, Known], brought: set[str]
    ) -> str:
        """Fill a hole; the policy may have words for a row that is new itself."""
        if isinstance(part, str):
            return part
        if part.name in brought and part.fallback is not None:
            return part.fallback
        return self.speaker.filled(_written(part), known)

    def _parts(self, by: Correctable) -> tuple[str | Hole, ...]:
        sentence = self.speaker.sentence(by.texts)
        return () if sentence is None else parse_text(sentence.text)

    @staticmethod
    def _is_new(step: Step, position: int) -> bool:
        """Whether a value is the key that a new row was given: any will do."""
        return step.action == "add" and step.fresh == position

    # --- what the sentence does not say -----------------------------------------------

    def _asked(
        self, step: Step, rows: Sequence[tuple[ValueRange, ...]]
    ) -> list[tuple[int, Column]]:
        """Return the columns of a change that its sentence does not name.

        Of a row that can only exist already there is no sentence.
        """
        said = {
            part.name
            for by in (() if step.exists else step.by)
            for part in self._parts(by)
            if isinstance(part, Hole)
        }
        # A sentence about a column that can be yes or no says which.
        alone = step.action == "change" and len(step.moved) == 1
        return [
            (position, column)
            for position, column in enumerate(
                self.policy.relations[step.relation].columns
            )
            if (step.action == "add" or position in step.moved)
            and column.name not in said
            and not self._is_new(step, position)
            and not (alone and column.type.kind == "boolean")
            and not self._kept(step, position, rows)
        ]

    @staticmethod
    def _kept(
        step: Step, position: int, rows: Sequence[tuple[ValueRange, ...]]
    ) -> bool:
        """Whether a column that may be changed has what it needs."""
        return step.before is not None and all(
            row[position].settled and row[position].value == step.before[position]
            for row in rows
        )

    def _attached(self, step: Step, rows: Sequence[tuple[ValueRange, ...]]) -> str:
        """Say what has to be so, by the labels of columns that are yes or no."""
        return "".join(
            self.own.aside.format(text=self.speaker.label(column))
            for position, column in self._asked(step, rows)
            if _is_so(rows, position)
        )

    def _details(
        self, step: Step, rows: Sequence[tuple[ValueRange, ...]]
    ) -> tuple[list[str], list[str]]:
        """Return what the sentence does not say: in all ways, and in each."""
        told = [
            [
                self._detail(step, position, column, row[position])
                for position, column in self._asked(step, rows)
                if not (row[position].free or _is_so(rows, position))
            ]
            for row in rows
        ]
        shared = [text for text in told[0] if all(text in one for one in told)]
        choices = [
            self.words.semicolon.join(text for text in one if text not in shared)
            for one in told
        ]
        # A way that asks for nothing more is enough.
        if not all(choices):
            return shared, []
        return shared, [
            self.own.choices[number > 1].format(number=number, text=text)
            for number, text in enumerate(dict.fromkeys(choices), 1)
        ]

    def _detail(
        self, step: Step, position: int, column: Column, told: ValueRange
    ) -> str:
        phrase = self._told(step.relation, column, told, bare=True)
        if step.before is not None and step.before[position] is not None:
            before = self._value(step.before[position], column.type)
            phrase = self.own.instead.format(value=phrase, before=before)
        return f"{self.speaker.label(column)}{self.words.colon}{phrase}"

    def _empty(self, relation: str, column: Column) -> str:
        """Return how the relation's text words an empty column."""
        sentence = self.speaker.sentence(self.policy.relations[relation].texts)
        for part in () if sentence is None else parse_text(sentence.text):
            if isinstance(part, Hole) and part.name == column.name and part.fallback:
                # In a sentence brackets may stand around it.
                return part.fallback.strip("（）()")
        return self.own.empty

    def _told(
        self, relation: str, column: Column, told: ValueRange, *, bare: bool = False
    ) -> str:
        """Say what a value has to be: after a colon (`bare`), or in a sentence."""
        own = self.own
        which = 0 if column.type.kind == "date" else 1
        if told.settled:
            if told.value is None:
                return own.empty if bare else self._empty(relation, column)
            pattern = "{value}" if bare else own.exactly[which]
            return pattern.format(value=self._value(told.value, column.type))
        text = ""
        low, high = told.low, told.high
        if told.members is not None:
            *some, last = [self._value(m, column.type) for m in told.members]
            text = own.last_or.join([self.words.comma.join(some)] * bool(some) + [last])
        elif low is not None or high is not None:
            pattern = (
                own.low if high is None else own.high if low is None else own.between
            )[2 if bare and not which else which]
            text = pattern.format(
                low=self._value(low, column.type), high=self._value(high, column.type)
            )
        if told.excluded:
            values = [self._value(value, column.type) for value in told.excluded]
            other = own.excluded.format(values=listed(values, self.words))
            text += (self.words.comma if text else "") + other
        if told.none and text:
            return own.if_any.format(text=text)
        return text or own.any[which].format(column=self.speaker.label(column))

    def _example(self, step: Step, proposal: Proposal, place: int) -> list[str]:
        """Name those values of the first way's example that nobody would guess."""
        way = proposal.ways[0]
        row, told = way.example[place], way.ranges[place]
        if row is None or told is None:
            return []
        said = []
        for position, column in enumerate(self.policy.relations[step.relation].columns):
            one, value = told[position], row[position]
            bounds = (one.low, one.high)
            if one.settled or one.free or one.members is not None:
                continue
            if value is None or value in bounds or column.type.kind == "text":
                continue
            text = self._value(value, column.type)
            label = self.speaker.label(column)
            said.append(self.own.with_value.format(column=label, value=text))
        return said

    def _value(self, value: Value, type_: Type) -> str:
        return self.speaker.value(value, type_)

    # --- how values hang together -----------------------------------------------------

    def links(self, proposal: Proposal) -> str:
        """Say how open values hang together, where their bounds do not say so."""
        links = dict.fromkeys(link for way in proposal.ways for link in way.links)
        if not links:
            return ""
        said = dict.fromkeys(self._link(proposal, link) for link in links)
        days = all(
            self._column(proposal, end).type.kind == "date"
            for link in links
            for end in (link.one, link.other)
        )
        text = f"{self.own.all_of_them[not days]}{self.words.colon}"
        return self.line(text + self.words.semicolon.join(said))

    def _column(self, proposal: Proposal, end: tuple[int, int]) -> Column:
        step, position = end
        return self.policy.relations[proposal.steps[step].relation].columns[position]

    def _link(self, proposal: Proposal, link: Link) -> str:
        own = self.own
        columns = [self._column(proposal, end) for end in (link.one, link.other)]
        which = 0 if columns[0].type.kind == "date" else 1
        one, other = (self.speaker.label(column) for column in columns)
        if one == other and link.one[0] != link.other[0]:
            one, other = (
                own.of_change.format(column=one, number=step + 1)
                for step, _ in (link.one, link.other)
            )
        if link.by < 0 and link.op == "!=":
            one, other = other, one
        match link.op, link.by:
            case "=", _:
                pattern = own.same
            case "!=", 0:
                pattern = own.different
            case "!=", _:
                pattern = own.not_apart_by[which]
            case _, -1:
                pattern = own.before[which]
            case _, 0:
                pattern = own.not_later[which]
            case _, by:
                pattern = (own.earlier_by if by < 0 else own.later_by)[which]
        return pattern.format(one=one, other=other, count=abs(link.by))


@dataclass(frozen=True, slots=True)
class _Part:
    """What is said of a change, before it is put together with others."""

    sentence: str
    section: str
    details: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    example: tuple[str, ...] = ()


def _new_keys(
    proposal: Proposal, places: Sequence[int] | None = None
) -> frozenset[object]:
    """Return the keys that new rows were given, those of some steps only."""
    return frozenset(
        told[step.fresh].value
        for place, (step, told) in enumerate(
            zip(proposal.steps, proposal.ways[0].ranges, strict=True)
        )
        if step.fresh is not None
        and told is not None
        and (places is None or place in places)
    )


def _is_so(rows: Sequence[tuple[ValueRange, ...]], position: int) -> bool:
    return all(row[position].settled and row[position].value is True for row in rows)


def _without(parts: Sequence[str | Hole], free: set[str]) -> tuple[str | Hole, ...]:
    """Return a text without the clauses at its end that only name what is free."""
    clauses: list[list[str | Hole]] = [[]]
    for part in parts:
        if isinstance(part, Hole):
            clauses[-1].append(part)
            continue
        for number, text in enumerate(_CLAUSE.split(part)):
            if number:
                clauses.append([])
            clauses[-1].append(text)
    while len(clauses) > 1:
        named = [part.name for part in clauses[-1] if isinstance(part, Hole)]
        if not named or not free.issuperset(named):
            break
        clauses.pop()
    return tuple(part for clause in clauses for part in clause)


def _written(hole: Hole) -> str:
    """Return a hole as it is written in a text."""
    column = "" if hole.column is None else f".{hole.column}"
    fallback = "" if hole.fallback is None else f"|{hole.fallback}"
    return "{" + ("$" if hole.parameter else "") + hole.name + column + fallback + "}"
