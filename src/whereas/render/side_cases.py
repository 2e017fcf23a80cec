"""The cases that differ between two models, in rows under titles.

Cases that turn stand in a row each; those that keep their outcome stand together
with all of which the same is to be said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.change.compare import Turn
from whereas.explain.because_points import points_of
from whereas.render.ids import runs
from whereas.render.side_words import SideWords, side_words
from whereas.render.speakers import outcome_of
from whereas.render.table import Reasons as ReasonLines
from whereas.render.width import visible
from whereas.render.words import Mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from whereas.change.compare import Comparison, Difference
    from whereas.engine.model import Model
    from whereas.explain.proof import Decision
    from whereas.render.phrases import Speaker

# So many cases of a section are shown; the others are counted.
SHOWN = 50

# No more ids that hold than these are listed beside what fails elsewhere.
HELD = 8


@dataclass(frozen=True, slots=True)
class Row:
    """Cases that differ alike: their mark, their names, and how they differ."""

    sign: str
    word: str
    cases: tuple[str, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under one title; `more` says what was left out."""

    title: str
    rows: tuple[Row, ...]
    more: str = ""


class Cases:
    """Puts the cases of one comparison into rows."""

    def __init__(
        self,
        comparison: Comparison,
        names: tuple[str, str],
        before: Speaker,
        after: Speaker,
    ) -> None:
        """Prepare to speak of a comparison whose sides have names."""
        self.comparison = comparison
        self.names = names
        self.before = before
        self.after = after
        self.words: SideWords = side_words(after.words.language)

    def side(self, title: str, text: str) -> str:
        """Return what is said of one side."""
        return self.words.side.format(title=title, text=text)

    def sections(self) -> Iterator[Section]:
        """Yield the cases that differ, by how they do, those that turn first."""
        words = self.words
        pairs = dict.fromkeys(
            _outcomes(one) for one in self.comparison.differences if one.turn.flips
        )
        for pair in pairs:
            some = [
                one
                for one in self.comparison.differences
                if one.turn.flips and _outcomes(one) == pair
            ]
            labels = [
                outcome_of(speaker, outcome)[0]
                for speaker, outcome in zip(
                    (self.before, self.after), pair, strict=True
                )
            ]
            title = words.turn.format(
                before=labels[0], after=labels[1], number=len(some)
            )
            rows = [self._row([one], self._lines(one)) for one in some[:SHOWN]]
            yield self._section(title, rows, len(some) - SHOWN)
        for turn, title in (
            (
                Turn.REASONS,
                words.section_others
                if self.comparison.strange
                else words.section_reasons,
            ),
            (Turn.PROOF, words.section_proof),
            (Turn.ADDED, words.section_added),
            (Turn.GONE, words.section_gone),
            (Turn.SAME, words.section_same),
        ):
            found = self.comparison.of(turn)
            if found:
                groups = self._grouped(found)
                rows = [self._row(some, lines) for lines, some in groups[:SHOWN]]
                left = sum(len(some) for _, some in groups[SHOWN:])
                yield self._section(title.format(number=len(found)), rows, left)

    def _section(self, title: str, rows: Iterable[Row], left: int) -> Section:
        more = self.words.more.format(number=left) if left > 0 else ""
        return Section(visible(title), tuple(rows), visible(more))

    def _row(self, some: Sequence[Difference], lines: Iterable[str]) -> Row:
        shown = some[0].after or some[0].before
        speaker = self.after if some[0].after else self.before
        _, mark = outcome_of(speaker, shown.outcome if shown else None)
        if shown is not None and shown.outcome in self.comparison.wanted:
            mark = Mark.HOLDS
        cases = [self.after.case(one.case) for one in some[:SHOWN]]
        if len(some) > SHOWN:
            cases.append(self.words.more.format(number=len(some) - SHOWN))
        return Row(
            mark.sign,
            self.after.words.holds if mark is Mark.HOLDS else self.after.words.fails,
            tuple(map(visible, cases)),
            tuple(map(visible, lines)),
        )

    def _lines(self, one: Difference) -> tuple[str, ...]:
        """Return why a case was decided as it was, on each side."""
        return tuple(
            self.side(name, self._line(decision, speaker, model))
            for name, speaker, model, decision in zip(
                self.names,
                (self.before, self.after),
                (self.comparison.before, self.comparison.after),
                (one.before, one.after),
                strict=True,
            )
            if decision is not None
        )

    def _line(self, decision: Decision, speaker: Speaker, model: Model) -> str:
        if decision.because:
            points = points_of(model, decision.case)
            return ReasonLines(speaker).line(decision, points)
        if not decision.failed and not self._telling(decision):
            return outcome_of(speaker, decision.outcome)[0]
        return ReasonLines(speaker).line(decision)

    def _telling(self, decision: Decision) -> bool:
        """Return whether a reader learns what differs from the ids that hold.

        Not from those of another law, and not from a page of them.
        """
        parts = runs(decision.held, self.after.words.run)
        return not self.comparison.strange and len(parts) <= HELD

    def _grouped(
        self, found: Sequence[Difference]
    ) -> list[tuple[tuple[str, ...], list[Difference]]]:
        """Return the cases that differ alike together, with what is said of them."""
        said: dict[tuple[object, ...], tuple[str, ...]] = {}
        groups: dict[tuple[str, ...], list[Difference]] = {}
        for one in found:
            ground = tuple(
                None if side is None else (side.outcome, side.failed, side.held)
                for side in (one.before, one.after)
            )
            if ground not in said:
                said[ground] = tuple(self._of_group(one))
            groups.setdefault(said[ground], []).append(one)
        return list(groups.items())

    def _of_group(self, one: Difference) -> Iterator[str]:
        """Yield what is the same for all cases of a group: outcome, and reasons."""
        before, after = one.before, one.after
        other_law = self.comparison.strange and one.turn is Turn.REASONS
        if (
            before is None
            or after is None
            or before.outcome != after.outcome
            or other_law
        ):
            for name, speaker, side in (
                (self.names[0], self.before, before),
                (self.names[1], self.after, after),
            ):
                if side is not None:
                    yield self.side(name, self._ground(side, speaker))
            return
        label = outcome_of(self.after, after.outcome)[0]
        shifts = list(self._shifts(before, after))
        yield self.after.words.semicolon.join([label, *shifts])

    def _ground(self, side: Decision, speaker: Speaker) -> str:
        words = speaker.words
        label = outcome_of(speaker, side.outcome)[0]
        held = side.held if self._telling(side) else ()
        ids = side.failed or held
        pattern = words.failing if side.failed else words.holding
        if side.because:
            ids, pattern = side.because[0].ids, words.because_of
        if not ids:
            return label
        return words.semicolon.join([label, pattern.format(ids=self._ids(ids))])

    def _shifts(self, before: Decision, after: Decision) -> Iterator[str]:
        """Yield which ids hold or fail now, and which do so no longer.

        What holds no longer because it fails now is said once.
        """
        for word, old, new, elsewhere in (
            ("held", before.held, after.held, after.failed),
            ("failed", before.failed, after.failed, after.held),
        ):
            lost = [one for one in old if one not in (*new, *elsewhere)]
            gained = [one for one in new if one not in old]
            for way, ids in (("lost", lost), ("new", gained)):
                if ids:
                    pattern = self.words.shifts[f"{word} {way}"]
                    yield pattern.format(ids=self._ids(ids))

    def _ids(self, ids: Sequence[str]) -> str:
        words = self.after.words
        return words.comma.join(runs(ids, words.run))


def _outcomes(one: Difference) -> tuple[str | None, str | None]:
    """Return the two outcomes of a case that both sides have."""
    before, after = one.before, one.after
    return (
        None if before is None else before.outcome,
        None if after is None else after.outcome,
    )
