"""A timeline into a picture: a bar for each outcome's days, a row for each condition.

Standalone SVG of one size, without a script, a font or a colour that carries
meaning alone; it stands within an HTML page as well.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from whereas.render.speakers import outcome_of
from whereas.render.width import visible, width

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whereas.change.timeline import Timeline
    from whereas.render.phrases import Speaker
    from whereas.render.timeline_words import TimelineWords

WIDE, LEFT, RIGHT = 760, 150, 14
TOP, ROW, BAR = 16, 26, 16
# What a day's label needs, and the room of one letter.
LABEL, LETTER = 76, 7
# Never less than this beyond the first and the last day of interest.
MARGIN = 30
# What each stretch of days has at least, so that each is seen.
LEAST = 12.0
# Conditions of their own row.
ROWS = 20

STYLE = (
    "text{font:12px system-ui,'Noto Sans','Noto Sans CJK SC',sans-serif;fill:#1b1f24}"
    ".soft{fill:#57606a}.w{fill:#1a6b34}.o{fill:#fff;stroke:#a3191f;stroke-width:1}"
    ".u{fill:#fff;stroke:#57606a;stroke-dasharray:3 2}.h{fill:#6e9fb8}"
    ".n{stroke:#a3191f;stroke-width:1.5;stroke-dasharray:2 3}"
    ".t{stroke:#57606a;stroke-dasharray:2 3}.in{fill:#fff}.d{stroke:#1b1f24}"
)


def picture(
    timeline: Timeline, speaker: Speaker, own: TimelineWords, sentence: str
) -> str:
    """Return the picture as SVG, with its sentence as title and description."""
    return "\n".join(_Picture(timeline, speaker, own).lines(sentence)) + "\n"


class _Picture:
    def __init__(
        self, timeline: Timeline, speaker: Speaker, own: TimelineWords
    ) -> None:
        self.timeline = timeline
        self.speaker = speaker
        self.own = own
        self.turns = [one.day for one in timeline.turns]
        self.stated = sorted({m.day for m in timeline.moved if m.day is not None})
        days = [*self.turns, *self.stated]
        days += [one for one in (timeline.first, timeline.last) if one is not None]
        first, last = (min(days), max(days)) if days else (date(2000, 1, 1),) * 2
        # Changes of conditions near by are worth seeing too.
        room = timedelta(max(MARGIN, (last - first).days // 6))
        self.low = timeline.first or _moved(first, -room)
        self.high = timeline.last or _moved(last, room)
        self.places = self._places()

    def lines(self, sentence: str) -> Iterator[str]:
        case = self.speaker.case(self.timeline.case)
        title = visible(self.own.picture.format(case=case, sentence=sentence))
        conditions = self._conditions()
        labels = self._labels()
        rows = max((row for _, row in labels.values()), default=-1) + 1
        bottom = TOP + ROW * (1 + len(conditions))
        tall = bottom + 22 + 15 * rows + (18 if conditions else 0)
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {tall}" '
            f'width="{WIDE}" height="{tall}" role="img" '
            f'aria-labelledby="timeline-title timeline-text">'
        )
        yield f'<title id="timeline-title">{escape(title)}</title>'
        yield f'<desc id="timeline-text">{escape(self._description())}</desc>'
        yield f"<style>{STYLE}</style>"
        yield f'<rect width="{WIDE}" height="{tall}" fill="#fff"/>'
        yield from self._outcomes()
        for number, name in enumerate(conditions, 1):
            yield from self._condition(name, TOP + ROW * number)
        yield from self._axis(bottom, labels)
        if conditions:
            yield _text(LEFT, tall - 6, self.own.legend, "soft")
        yield "</svg>"

    def _description(self) -> str:
        said = []
        for turn in self.timeline.turns:
            label, _ = outcome_of(self.speaker, turn.after)
            day = self.speaker.words.date(turn.day)
            said.append(self.own.event.format(day=day, label=label))
        return visible(self.speaker.words.semicolon.join(said))

    def _places(self) -> list[tuple[int, float]]:
        """Return where stretches begin: between turns, and at the days stated.

        Each has room by its days, but `LEAST` at least, or what many leave to one.
        """
        low, end = self.low.toordinal(), self.high.toordinal() + 1
        days = {day.toordinal() for day in (*self.turns, *self.stated)}
        days |= {day.toordinal() + 1 for day in self.stated}
        starts = [low, *sorted(day for day in days if low < day < end), end]
        room = float(WIDE - LEFT - RIGHT)
        lengths = [after - before for before, after in pairwise(starts)]
        least = min(LEAST, room / (2 * len(lengths)))
        narrow: set[int] = set()
        while True:
            wide = [place for place in range(len(lengths)) if place not in narrow]
            left = room - least * len(narrow)
            scale = left / sum(lengths[place] for place in wide)
            more = {place for place in wide if lengths[place] * scale < least}
            if not more:
                break
            narrow |= more
        found = [(low, float(LEFT))]
        for place, start in enumerate(starts[1:]):
            wide_ = least if place in narrow else lengths[place] * scale
            found.append((start, found[-1][1] + wide_))
        return found

    def _x(self, day: date) -> float:
        """Return where a day begins."""
        return self._at(day.toordinal())

    def _at(self, day: int) -> float:
        # A day beyond the picture stands at its edge.
        day = min(max(day, self.places[0][0]), self.places[-1][0])
        pairs = pairwise(self.places)
        (first, x), (after, to) = next((a, b) for a, b in pairs if day <= b[0])
        return round(x + (day - first) / (after - first) * (to - x), 1)

    def _mark(self, day: date) -> float:
        """Return where a day is marked: a turn where it begins, else within it."""
        begin = self._x(day)
        if day not in self.stated:
            return begin
        return round((begin + self._at(day.toordinal() + 1)) / 2, 1)

    def _stretch(self, first: date | None, last: date | None) -> tuple[float, float]:
        """Return where a stretch of days begins and ends, within the picture."""
        begin = self.low if first is None else max(first, self.low)
        end = self.high if last is None else min(last, self.high)
        return self._x(begin), self._at(end.toordinal() + 1)

    def _outcomes(self) -> Iterator[str]:
        wanted = self.speaker.policy.wanted
        yield _text(8, TOP + 12, self.own.outcome)
        for one in self.timeline.spans:
            begin, end = self._stretch(one.first, one.last)
            if end <= begin:
                continue
            name = one.decision.outcome
            label = visible(outcome_of(self.speaker, name)[0])
            kind = "w" if name in wanted else "o" if name is not None else "u"
            yield (
                f'<rect class="{kind}" x="{begin}" y="{TOP}" '
                f'width="{round(end - begin, 1)}" height="{BAR}">'
                f"<title>{escape(label)}</title></rect>"
            )
            if width(label) * LETTER + 8 < end - begin:
                inside = "in" if kind == "w" else ""
                yield _text(begin + 4, TOP + 12, label, inside)

    def _conditions(self) -> list[str]:
        """Return the ids that hold on some days of the picture and fail on others."""
        failed: set[str] = set()
        held: set[str] = set()
        for one in self.timeline.phases:
            begin, end = self._stretch(one.first, one.last)
            if begin < end:
                failed |= {*one.decision.failed}
                held |= {*one.decision.held}
        return sorted(failed & held)[:ROWS]

    def _condition(self, name: str, top: int) -> Iterator[str]:
        yield _text(8, top + 12, name)
        for one in self.timeline.phases:
            begin, end = self._stretch(one.first, one.last)
            if end <= begin:
                continue
            if name in one.unjudged:
                continue
            if name in one.decision.failed:
                y = top + BAR / 2
                yield (f'<line class="n" x1="{begin}" y1="{y}" x2="{end}" y2="{y}"/>')
            elif name in one.decision.held:
                yield (
                    f'<rect class="h" x="{begin}" y="{top + 2}" '
                    f'width="{round(end - begin, 1)}" height="{BAR - 4}"/>'
                )

    def _labels(self) -> dict[date, tuple[float, int]]:
        """Return where each day's label stands, in the first row with room for it."""
        ends: list[float] = []
        found: dict[date, tuple[float, int]] = {}
        for day in sorted({*self.turns, *self.stated}):
            if not self.low <= day <= self.high:
                continue
            room = LABEL
            if day in self.stated:
                room += width(self.own.stated_day) * LETTER + 8
            at = min(self._mark(day), WIDE - RIGHT - room)
            row = next((r for r, end in enumerate(ends) if end <= at), len(ends))
            if row == len(ends):
                ends.append(0)
            ends[row] = at + room
            found[day] = (at, row)
        return found

    def _axis(
        self, bottom: int, labels: dict[date, tuple[float, int]]
    ) -> Iterator[str]:
        yield (
            f'<line class="d" x1="{LEFT}" y1="{bottom}" '
            f'x2="{WIDE - RIGHT}" y2="{bottom}"/>'
        )
        for day, (at, row) in labels.items():
            x = self._mark(day)
            down = bottom + 4 + 15 * row
            yield f'<line class="t" x1="{x}" y1="{TOP - 4}" x2="{x}" y2="{down}"/>'
            said = day.isoformat()
            if day in self.stated:
                said += f" ({self.own.stated_day})"
                yield (f'<path d="M{x - 5} {TOP - 12}h10l-5 9z" fill="#1b1f24"/>')
            yield _text(at, bottom + 16 + 15 * row, said)


def _text(x: float, y: float, said: str, kind: str = "") -> str:
    class_ = f' class="{kind}"' if kind else ""
    return f'<text{class_} x="{round(x, 1)}" y="{round(y, 1)}">{escape(said)}</text>'


def _moved(day: date, by: timedelta) -> date:
    try:
        return day + by
    except OverflowError:
        return date.max if by > timedelta(0) else date.min
