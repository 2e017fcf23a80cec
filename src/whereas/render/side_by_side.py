"""Two models side by side into a page: text, Markdown, HTML, in one language.

The cases that turn come first, each in a line for either side; then those that keep
their outcome for other reasons, those of one kind together; then the
justifications. A what-if and a diff are laid out alike: they differ in their heading
and in what the two sides are called.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from whereas.change.compare import Turn
from whereas.explain.proof import Fact
from whereas.facts.changes import Addition, Correction, Withdrawal
from whereas.render.justification import FILTERS, page_of
from whereas.render.justification import TEMPLATES as JUSTIFICATIONS
from whereas.render.page import FOLDED
from whereas.render.side_cases import Cases, Section
from whereas.render.side_words import SideWords, side_words
from whereas.render.speakers import colophon, speaker_of
from whereas.render.templating import rendered
from whereas.render.width import visible
from whereas.render.wording import wording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from whereas.change.compare import Comparison, WhatIf
    from whereas.engine.model import Model
    from whereas.explain.justify import Justification
    from whereas.facts.changes import Change
    from whereas.render.page import Page

# So many changes are told; the others are counted.
CHANGES = 20

TEMPLATES = {"text": "sides.txt", "markdown": "sides.md", "html": "sides.html"}


@dataclass(frozen=True, slots=True)
class Side:
    """A justification on one side: finished text, and its page for HTML."""

    title: str
    text: str
    page: Page | None


@dataclass(frozen=True, slots=True)
class Reasons:
    """A case that differs, with what justifies it on each side that is shown."""

    case: str
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class SidePage:
    """Two models side by side in a reader's words: all that a template is given."""

    heading: str
    supposed: tuple[str, ...]
    summary: str
    sections: tuple[Section, ...]
    reasons: tuple[Reasons, ...]
    notes: tuple[str, ...]
    colophon: tuple[str, ...]


def what_if_as(
    found: Sequence[WhatIf],
    format_: str = "text",
    language: str = "en",
    *,
    columns: int = 80,
) -> str:
    """Return what follows from suppositions, in a format of `TEMPLATES`.

    Of a case that differs, what is supposed to hold is justified.
    """
    words = side_words(language)
    pages = []
    for one in found:
        layout = _Layout(
            one.comparison,
            (words.as_it_is, words.supposed),
            language,
            format_,
            columns,
            both=False,
        )
        heading = words.what_if if one.name is None else one.name
        pages.append(layout.page(heading, tuple(layout.supposed(one.changes))))
    return _laid_out(pages, found[0].comparison.after, format_, language, columns)


def diff_as(
    comparison: Comparison,
    format_: str = "text",
    language: str = "en",
    *,
    columns: int = 80,
) -> str:
    """Return where two models differ, in a format of `TEMPLATES`: both sides' reasons.

    The sides are called after what differs: policies, their versions, or facts.
    """
    names = sides_of(comparison, language)
    layout = _Layout(comparison, names, language, format_, columns, both=True)
    before, after = names
    heading = side_words(language).diff.format(before=before, after=after)
    page = layout.page(heading, tuple(layout.settings()))
    return _laid_out([page], comparison.after, format_, language, columns)


def sides_of(comparison: Comparison, language: str) -> tuple[str, str]:
    """Return what two sides are called: the shortest of their names that tells."""
    words = side_words(language)
    before, after = comparison.before, comparison.after
    names: tuple[Callable[[Model], str], ...] = (
        lambda model: model.policy.id,
        lambda model: f"{model.policy.id} {model.policy.version}",
        lambda model: (
            model.policy.folder if before.policy.sha256 != after.policy.sha256 else ""
        ),
        lambda model: model.facts.path,
    )
    for name in names:
        if name(before) != name(after):
            return name(before), name(after)
    return words.before, words.after


def _laid_out(
    pages: Sequence[SidePage], model: Model, format_: str, language: str, columns: int
) -> str:
    speaker = speaker_of(model, language)
    return rendered(
        TEMPLATES[format_],
        {
            "pages": tuple(pages),
            "language": wording(language).language,
            "title": visible(speaker.of(model.policy.title) or model.policy.id),
            "words": wording(language),
            "side_words": side_words(language),
            "columns": columns,
        },
        own=model.policy.templates,
        filters=FILTERS,
    )


class _Layout:
    """Puts one comparison into words."""

    def __init__(
        self,
        comparison: Comparison,
        names: tuple[str, str],
        language: str,
        format_: str,
        columns: int,
        *,
        both: bool,
    ) -> None:
        self.comparison = comparison
        self.names = names
        self.words: SideWords = side_words(language)
        self.before = speaker_of(comparison.before, language)
        self.after = speaker_of(comparison.after, language)
        self._cases = Cases(comparison, names, self.before, self.after)
        self._format = format_
        self._columns = columns
        self._both = both

    def page(self, heading: str, supposed: tuple[str, ...]) -> SidePage:
        """Return the whole comparison in words."""
        return SidePage(
            heading=visible(heading),
            supposed=tuple(map(visible, supposed)),
            summary=visible(self._summary()),
            sections=tuple(self._cases.sections()),
            reasons=tuple(self._reasons()),
            notes=tuple(visible(self.after.punctuated(one)) for one in self._notes()),
            colophon=tuple(self._colophon()),
        )

    # --- what is supposed -----------------------------------------------------------

    def supposed(self, changes: Sequence[Change]) -> Iterator[str]:
        """Yield what is supposed, in a line each: changes by their numbers."""
        for change in changes[:CHANGES]:
            number = "" if change.at is None else f"{change.at.item} "
            yield number + self.after.punctuated(self._change(change))
        if len(changes) > CHANGES:
            yield self.words.more_changes.format(number=len(changes) - CHANGES)
        yield from self.settings()
        if not changes and not any(self.settings()):
            yield self.words.nothing_supposed

    def _change(self, change: Change) -> str:
        words = self.words
        match change:
            case Addition(name, values):
                pattern, said = words.add, self.after.fact(Fact(name, values))
            case Withdrawal(name, values):
                pattern, said = words.remove, self.before.fact(Fact(name, values))
            case Correction(name, values, changed):
                pattern, said = words.change, self.after.fact(Fact(name, changed))
                columns = self.after.policy.relations[name].columns
                was = [
                    words.was.format(
                        column=self.after.label(column),
                        value=self.before.value(old, column.type),
                    )
                    for column, old, new in zip(columns, values, changed, strict=True)
                    if old != new
                ]
                spoken = self.after.words
                said += spoken.opening + spoken.semicolon.join(was) + spoken.closing
        return pattern.format(fact=said)

    def settings(self) -> Iterator[str]:
        """Yield the parameters and the day in which the two sides differ."""
        old, new = self.comparison.before.setting, self.comparison.after.setting
        definitions = {**self.before.policy.parameters, **self.after.policy.parameters}
        for name, definition in sorted(definitions.items()):
            values = [
                speaker.value(setting.parameters[name], definition.type)
                for speaker, setting in ((self.before, old), (self.after, new))
                if name in setting.parameters
            ]
            if len({*values}) > 1:
                yield self.words.parameter.format(
                    name=self.after.setting_named(name),
                    before=values[0],
                    after=values[1],
                )
        if None not in {old.today, new.today} and old.today != new.today:
            days = [
                "" if day is None else self.after.words.date(day)
                for day in (old.today, new.today)
            ]
            yield self.words.today.format(before=days[0], after=days[1])

    # --- the summary ----------------------------------------------------------------

    def _summary(self) -> str:
        comparison, words = self.comparison, self.words
        turned = len(comparison.of(Turn.GRANTED, Turn.LOST, Turn.OTHER))
        total = sum(comparison.moves.values())
        pattern = _numbered(words.turned, turned) if turned else words.none_turned
        said = [pattern.format(number=turned, total=total)]
        for number, patterns in (
            (
                len(comparison.of(Turn.REASONS)),
                words.alike_by_others if comparison.strange else words.reasons,
            ),
            (len(comparison.of(Turn.PROOF)), words.proof),
            (len(comparison.of(Turn.ADDED)), words.added),
            (len(comparison.of(Turn.GONE)), words.gone),
            (comparison.alike, words.alike),
        ):
            if number:
                said.append(_numbered(patterns, number).format(number=number))
        return self.after.punctuated(self.after.words.semicolon.join(said))

    def _notes(self) -> Iterator[str]:
        comparison, words = self.comparison, self.words
        left = comparison.left_out
        if left:
            yield _numbered(words.left_out, left).format(number=left)
        if comparison.unproved:
            yield words.unproved.format(number=comparison.alike)

    def _colophon(self) -> Iterator[str]:
        """Yield who decided from what; where the sides differ, for each.

        Parameters and the day that are supposed stand above the cases already.
        """
        before = colophon(self.comparison.before, self.before)
        after = colophon(self.comparison.after, self.after)
        spoken = self.after.words
        said = tuple(
            f"{one}{spoken.colon}" for one in (spoken.parameters, spoken.today)
        )
        yield from (line for line in before if line in after)
        for title, mine, others in (
            (self.names[0], before, after),
            (self.names[1], after, before),
        ):
            for line in mine:
                supposed = mine is after and not self._both and line.startswith(said)
                if line not in others and not supposed:
                    named = title in line
                    yield line if named else visible(self._cases.side(title, line))

    # --- justifications -------------------------------------------------------------

    def _reasons(self) -> Iterator[Reasons]:
        for one in self.comparison.differences:
            if one.reasons is None:
                continue
            sides = [
                self._justified(name, justification, model)
                for name, justification, model in zip(
                    self.names,
                    one.reasons,
                    (self.comparison.before, self.comparison.after),
                    strict=True,
                )
                if justification is not None
            ]
            shown = sides if self._both else sides[-1:]
            yield Reasons(visible(self.after.case(one.case)), tuple(shown))

    def _justified(self, name: str, justification: Justification, model: Model) -> Side:
        detail = FOLDED.in_format(self._format)
        page = page_of(justification, model, self.after.words.language, detail)
        text = ""
        if self._format != "html":
            text = rendered(
                JUSTIFICATIONS[self._format],
                {
                    "page": replace(page, colophon=()),
                    "words": self.after.words,
                    "columns": self._columns,
                },
                own=model.policy.templates,
                filters=FILTERS,
            )
            text = _within(text) if self._format == "markdown" else text
        return Side(visible(name), text.strip("\n"), page)


def _numbered(patterns: tuple[str, str], number: int) -> str:
    """Return the words for one, or those for more."""
    return patterns[0] if number == 1 else patterns[1]


def _within(text: str) -> str:
    """Lower the headings of a Markdown page, so that it can stand within another."""
    return re.sub(r"^(#+ )", r"###\1", text.rstrip("-\n "), flags=re.MULTILINE)
