"""A timeline into a page: text, Markdown, HTML with a picture, and the picture alone.

`page_of` makes one structure for all of them, in one language of the policy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from shlex import quote
from typing import TYPE_CHECKING

from whereas.change.timeline import wanted_outcome
from whereas.explain.ids import in_order
from whereas.explain.proof import ANY, Aggregated, Among, Compared, Fact, Stated
from whereas.policy.texts import DAYS
from whereas.render.ids import runs
from whereas.render.justification import filled
from whereas.render.speakers import outcome_of, speaker_of
from whereas.render.table import Reasons, record
from whereas.render.templating import escaped_markdown, rendered
from whereas.render.timeline_words import TimelineWords, timeline_words
from whereas.render.width import padded, visible, width
from whereas.render.wording import listed
from whereas.render.words import Mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from whereas.change.change_causes import Event
    from whereas.change.timeline import Phase, Timeline
    from whereas.engine.model import Model
    from whereas.explain.proof import Decision
    from whereas.policy.core import Policy
    from whereas.render.phrases import Speaker

TEMPLATES = {
    "text": "timeline.txt",
    "markdown": "timeline.md",
    "html": "timeline.html",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A stretch of days: its bounds in words, its outcome, and what fails on them."""

    sign: str
    word: str
    first: str
    last: str
    outcome: str
    why: str


@dataclass(frozen=True, slots=True)
class Cause:
    """A stated fact with its place; numbered where it is said first."""

    number: str
    sentence: str
    origin: str


@dataclass(frozen=True, slots=True)
class Happening:
    """A premise that turned: what is so since, by which rule, and what it reads."""

    sentence: str
    identity: str
    check: str
    causes: tuple[Cause, ...]
    seen: str


@dataclass(frozen=True, slots=True)
class Turning:
    """A day on which the outcome turns."""

    day: str
    sign: str
    word: str
    heading: str
    happenings: tuple[Happening, ...]


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """A timeline in a reader's words: all that a template is given."""

    language: str
    title: str
    case: str
    heading: str
    sentence: str
    sign: str
    word: str
    now: str
    notes: tuple[str, ...]
    table: tuple[Line, ...]
    widths: tuple[int, int, int]
    turns: tuple[Turning, ...]
    moved: tuple[Cause, ...]
    colophon: tuple[str, ...]
    picture: str


def timeline_as(
    timeline: Timeline,
    model: Model,
    format_: str = "text",
    language: str = "en",
    *,
    columns: int = 80,
) -> str:
    """Return a timeline as text, markdown, html or svg, in a language of the policy.

    Raises `Invalid` if the policy package overrides the template and its own fails.
    """
    page = page_of(timeline, model, language)
    if format_ == "svg":
        return page.picture
    from markupsafe import Markup

    words = speaker_of(model, language).words
    return rendered(
        TEMPLATES[format_],
        {
            "page": page,
            "words": words,
            "own": timeline_words(language),
            "columns": columns,
            "picture": Markup(page.picture),  # noqa: S704  # escaped where it is made
        },
        own=model.policy.templates,
        filters={"filled": filled, "md": escaped_markdown, "padded": padded},
    )


def page_of(timeline: Timeline, model: Model, language: str) -> TimelinePage:
    """Put a timeline into words."""
    from whereas.render.timeline_svg import picture

    writer = _Writer(timeline, model, language)
    speaker, own = writer.speaker, writer.own
    sentence = sentence_of(timeline, speaker)
    label, _ = outcome_of(speaker, timeline.now.outcome)
    wanted = timeline.wanted(model.policy)
    mark = Mark.HOLDS if wanted else Mark.FAILS
    # Where the outcome never turns, the reasons may.
    whole = not timeline.turns
    table = writer.table(timeline.phases if whole else timeline.spans, whole)
    turns = tuple(writer.turnings())
    return TimelinePage(
        language=language,
        title=visible(speaker.of(model.policy.title) or model.policy.id),
        case=visible(speaker.case(timeline.case)),
        heading=visible(
            f"{speaker.case(timeline.case)}{speaker.words.colon}{sentence}"
        ),
        sentence=visible(sentence),
        sign=mark.sign,
        word=writer.word(mark),
        now=visible(writer.now(label)),
        notes=tuple(map(visible, writer.notes())),
        table=table,
        widths=(
            max(width(own.first), *(width(one.first) for one in table)),
            max(width(own.last), *(width(one.last) for one in table)),
            max(width(own.outcome), *(width(one.outcome) for one in table)),
        ),
        turns=turns,
        moved=tuple(writer.moved()),
        colophon=writer.colophon(),
        picture=picture(timeline, speaker, own, sentence),
    )


def sentence_of(timeline: Timeline, speaker: Speaker) -> str:
    """Return the answer in one sentence: from when to when the wanted outcome holds."""
    own = timeline_words(speaker.words.language)
    policy = speaker.policy
    wanted = wanted_outcome(policy, timeline)
    label = speaker.text(wanted.texts) or wanted.name
    spans = timeline.wanted(policy)
    if not spans:
        return own.never.format(label=label)
    days = own.and_.join(days_of(one, speaker) for one in spans)
    return own.holds.format(label=label, when=when_of(timeline, speaker, days))


def words_of_case(decision: Decision, policy: Policy) -> list[str]:
    """Return a case as a command line names it."""
    named = record(decision, policy)["case"]
    assert isinstance(named, dict)  # noqa: S101
    if len(named) == 1:
        return [quote(str(value)) for value in named.values()]
    return [quote(f"{name}={value}") for name, value in named.items()]


def when_of(timeline: Timeline, speaker: Speaker, days: str) -> str:
    """Return days in the policy's words for what moves: `if filed from … to …`."""
    names = {one.fact.relation for one in timeline.moved if one.fact is not None}
    if len(names) == 1 and all(one.fact is not None for one in timeline.moved):
        (moved,) = (one for one in speaker.policy.moved if one.relation in names)
        sentence = speaker.sentence(moved.texts)
        if sentence is not None:
            return sentence.text.replace(f"{{{DAYS}}}", days)
    return days


def days_of(phase: Phase, speaker: Speaker) -> str:
    """Return a stretch of days in words."""
    own = timeline_words(speaker.words.language)
    date_ = speaker.words.date
    match phase.first, phase.last:
        case None, None:
            return own.always
        case None, last:
            return own.until.format(last=date_(last))  # type: ignore[arg-type]
        case first, None:
            return own.from_on.format(first=date_(first))
        case first, last if first == last:
            return own.on.format(first=date_(first))
        case first, last:
            return own.from_to.format(first=date_(first), last=date_(last))
    raise AssertionError(phase)


def event_sentence(event: Event, speaker: Speaker) -> str:
    """Say what is so since the turn."""
    rule = event.rule
    if event.holds:
        return speaker.why(rule, event.substitution) or speaker.fact(event.fact)
    return speaker.why_not(rule, event.substitution) or speaker.negative(
        event.fact.relation, event.pattern
    )


def event_check(event: Event, speaker: Speaker) -> str:
    """Say how the values compare after the turn, or what is counted then."""
    match event.premise:
        case Compared() as one:
            return speaker.compared(one, event.rule, met=event.met)
        case Among() as one:
            return speaker.among(one, event.rule, met=event.met)
        case Aggregated() as one:
            return speaker.aggregated(one)
    return ""


def _together(happenings: Iterable[Happening]) -> tuple[Happening, ...]:
    """Return happenings, those that read alike as one with the facts of all."""
    found: list[Happening] = []
    for one in happenings:
        last = found[-1] if found else None
        alike = replace(one, causes=(), seen="")
        if last is not None and replace(last, causes=(), seen="") == alike:
            causes = last.causes + one.causes
            found[-1] = replace(last, causes=causes, seen=last.seen or one.seen)
        else:
            found.append(one)
    return tuple(found)


class _Writer:
    """Writes the parts of a page, and numbers the facts in the order of reading."""

    def __init__(self, timeline: Timeline, model: Model, language: str) -> None:
        self.timeline = timeline
        self.model = model
        self.speaker = speaker_of(model, language)
        self.own: TimelineWords = timeline_words(language)
        self._numbers: dict[Fact, str] = {}

    def word(self, mark: Mark) -> str:
        words = self.speaker.words
        return {
            Mark.HOLDS: words.holds,
            Mark.FAILS: words.fails,
            Mark.UNDETERMINED: words.undetermined,
        }[mark]

    def now(self, label: str) -> str:
        days = [one.day for one in self.timeline.moved if one.day is not None]
        if not days:
            return ""
        said = listed(
            [self.speaker.words.date(day) for day in dict.fromkeys(sorted(days))],
            self.speaker.words,
        )
        only_today = all(one.fact is None for one in self.timeline.moved)
        pattern = self.own.as_stated_today if only_today else self.own.as_stated
        return pattern.format(day=said, label=label)

    def notes(self) -> list[str]:
        """Return what a reader must know besides."""
        timeline, own, speaker = self.timeline, self.own, self.speaker
        found = []
        if not timeline.moved:
            way = speaker.policy.moved[0].case[0]
            relation = speaker.policy.relations[way.relation]
            pattern: list[object] = [ANY] * relation.arity
            for place, value in zip(way.case, timeline.case, strict=True):
                pattern[place] = value
            why = speaker.negative(relation.name, tuple(pattern))  # type: ignore[arg-type]
            found.append(own.nothing.format(why=why))
        if not timeline.wanted(speaker.policy):
            found += self._never()
        if timeline.first is not None or timeline.last is not None:
            whole = timeline.phases[0].__class__(
                timeline.first, timeline.last, timeline.now
            )
            found.append(own.within.format(when=days_of(whole, speaker)))
        if timeline.stepped:
            found.append(own.stepped)
        return found

    def _never(self) -> list[str]:
        """Say what stands in the way on every day, and what could not be judged."""
        timeline, own, speaker = self.timeline, self.own, self.speaker
        phases, found = timeline.phases, []
        failing = [{*one.decision.failed} for one in phases]
        waiting: list[set[str]] = [{*one.unjudged} for one in phases]
        always = set.intersection(*failing)
        absent = [
            one for one in phases[0].missing if all(one in p.missing for p in phases)
        ]
        if timeline.moved:
            # Where nothing can be moved, what is missing was said.
            said = [speaker.negative(*one) for one in absent]
            found += [own.always_missing.format(what=one) for one in said]
        judged = in_order(always.difference(*waiting))
        if judged:
            ids = speaker.words.semicolon.join(map(self._failed, judged))
            found.append(own.always_fails.format(ids=ids))
        never = in_order(set.intersection(*waiting))
        if never:
            ids = speaker.words.comma.join(runs(never, speaker.words.run))
            found.append(own.never_judged.format(ids=ids))
        if not always and not absent and timeline.moved and all(failing):
            found.append(own.never_at_once)
        if speaker.policy.correctable:
            case = " ".join(words_of_case(timeline.now, speaker.policy))
            found.append(own.repair.format(case=case))
        return found

    def _failed(self, id_: str) -> str:
        """Return an id with what fails, if the case alone is enough to say it."""
        said = Reasons(self.speaker).said(id_, self.timeline.now)
        pattern = self.speaker.words.why_in_one
        return id_ if said is None else pattern.format(id=id_, text=said)

    def table(self, phases: Sequence[Phase], whys: bool) -> tuple[Line, ...]:
        """Return the stretches, neighbours that read alike together."""
        found: list[Line] = []
        for one in phases:
            label, mark = outcome_of(self.speaker, one.decision.outcome)
            why = ""
            if whys and one.decision.failed:
                why = self._failing(one)
            line = Line(
                mark.sign,
                self.word(mark),
                self._day(one.first),
                self._day(one.last),
                visible(label),
                visible(why),
            )
            alike = (line.sign, line.outcome, line.why)
            if found and alike == (found[-1].sign, found[-1].outcome, found[-1].why):
                found[-1] = replace(found[-1], last=line.last)
            else:
                found.append(line)
        return tuple(found)

    def _failing(self, phase: Phase) -> str:
        words = self.speaker.words
        waiting = tuple(i for i in phase.decision.failed if i in phase.unjudged)
        judged = tuple(i for i in phase.decision.failed if i not in phase.unjudged)
        said = []
        if judged:
            ids = words.comma.join(runs(judged, words.run))
            said.append(words.failing.format(ids=ids))
        if waiting:
            ids = words.comma.join(runs(waiting, words.run))
            said.append(self.own.unjudged.format(ids=ids))
        return words.semicolon.join(said)

    def _day(self, day: date | None) -> str:
        return self.own.open_ if day is None else self.speaker.words.date(day)

    def turnings(self) -> list[Turning]:
        speaker = self.speaker
        found = []
        for turn in self.timeline.turns:
            label, mark = outcome_of(speaker, turn.after)
            day = speaker.words.date(turn.day)
            heading = self.own.event.format(day=day, label=label)
            found.append(
                Turning(
                    day,
                    mark.sign,
                    self.word(mark),
                    visible(heading),
                    _together(map(self._happening, turn.events)),
                )
            )
        return found

    def _happening(self, event: Event) -> Happening:
        speaker = self.speaker
        rule = event.rule
        ids = [] if rule.id is None else [rule.id]
        identity = [*ids, *map(speaker.citation, rule.cites)]
        section = speaker.section(rule.section)
        # Headings are written once, in the first language of the policy.
        identity += [section] if section is not None else []
        causes, seen = [], []
        for fact, stated in event.causes:
            if fact in self._numbers:
                seen.append(self._numbers[fact])
            else:
                causes.append(self._cause(fact, stated))
        check = event_check(event, speaker)
        return Happening(
            visible(speaker.punctuated(event_sentence(event, speaker))),
            visible(" · ".join(identity)),
            visible(speaker.punctuated(check)) if check else "",
            tuple(causes),
            visible(speaker.punctuated(self._seen(seen))) if seen else "",
        )

    def _seen(self, numbers: list[str]) -> str:
        words = self.speaker.words
        return words.seen.format(number=listed(numbers, words))

    def _cause(self, fact: Fact, stated: Stated) -> Cause:
        number = self._numbers[fact] = f"[{len(self._numbers) + 1}]"
        return Cause(
            number,
            visible(self.speaker.punctuated(self.speaker.fact(fact))),
            visible(self.speaker.origin(fact, stated)),
        )

    def moved(self) -> list[Cause]:
        found = []
        for one in self.timeline.moved:
            if one.fact is not None and one.stated is not None:
                found.append(self._cause(one.fact, one.stated))
            elif one.day is not None:
                day = self.speaker.words.date(one.day)
                said = self.own.today_moves.format(day=day)
                found.append(Cause("-", visible(self.speaker.punctuated(said)), ""))
        return found

    def colophon(self) -> tuple[str, ...]:
        words = self.speaker.words
        policy, facts = self.model.policy, self.model.facts
        named = f"{policy.id} {policy.version}"
        return tuple(
            visible(line)
            for line in (
                f"{words.policy}{words.colon}{named} (sha256 {policy.sha256[:16]}…)",
                f"{words.facts}{words.colon}{facts.path} (sha256 {facts.sha256[:16]}…)",
            )
        )
