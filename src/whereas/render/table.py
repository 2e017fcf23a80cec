"""Decisions into a table for the terminal, and into CSV.

One line for each case: the outcome with its mark, and why, in as many words as
fit. The counts and who decided stand below it.
"""

from __future__ import annotations

import datetime
import io
import sys
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from whereas.explain.because import spoken
from whereas.explain.decisions import UNDETERMINED, ground_record
from whereas.explain.ids import named_rules, possible_ids
from whereas.policy.core import Either
from whereas.render.because import ids_said
from whereas.render.because import line as because_line
from whereas.render.caveats import beneath, summed_up
from whereas.render.csv_cells import CsvWriter
from whereas.render.speakers import colophon, outcome_of, speaker_of
from whereas.render.width import cut, padded, visible, width, wrapped
from whereas.render.wording import listed
from whereas.render.words import Mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from whereas.engine.model import Model
    from whereas.explain.because_points import Point
    from whereas.explain.proof import Decision
    from whereas.policy.core import Policy
    from whereas.render.phrases import Speaker
    from whereas.values import Value

_GREEN, _RED, _YELLOW, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[0m"
_COLOURS = {Mark.HOLDS: _GREEN, Mark.FAILS: _RED, Mark.UNDETERMINED: _YELLOW}
_NARROWEST = 12
# So many ids that hold are listed in a line; of more, their number is said.
MANY = 15


def table(
    decisions: Sequence[Decision],
    model: Model,
    language: str = "en",
    *,
    columns: int | None = 80,
    colour: bool = False,
    points: Mapping[int, Sequence[Point]] | None = None,
) -> str:
    """Return the table of decisions as text, with its counts and who decided.

    `columns` is how wide a line may be; None cuts nothing off. `points` are what the
    outcomes rest on, by the decision's place (`because_points`).
    """
    speaker = speaker_of(model, language)
    words = speaker.words
    if not decisions:
        return f"{words.no_cases}\n"
    reasons = Reasons(speaker)
    rows = []
    for one in decisions:
        label, mark = outcome_of(speaker, one.outcome)
        rows.append((mark, visible(speaker.case(one.case)), visible(label), one))
    cases = max(width(words.case), *(width(case) for _, case, _, _ in rows))
    labels = max(width(words.outcome), *(width(label) for _, _, label, _ in rows))
    room = sys.maxsize
    if columns is not None:
        cases, labels = min(cases, columns // 3), min(labels, columns // 3)
        room = max(_NARROWEST, columns - cases - labels - 6)
    lines = [
        f"  {padded(words.case, cases)}  {padded(words.outcome, labels)}  {words.why}"
    ]
    for number, (mark, case, label, one) in enumerate(rows):
        sign = f"{_COLOURS[mark]}{mark.sign}{_PLAIN}" if colour else mark.sign
        why = cut(visible(reasons.line(one, (points or {}).get(number, ()))), room)
        lines.append(
            f"{sign} {padded(cut(case, cases), cases)}  "
            f"{padded(cut(label, labels), labels)}  {why}".rstrip()
        )
        for line in map(visible, beneath(one, speaker)):
            # Beneath the outcome that it qualifies, and never cut off.
            space = " " * (cases + 4)
            said = [line] if columns is None else wrapped(line, columns - len(space))
            lines += [space + part for part in said]
    lines += ["", counts_line(decisions, speaker)]
    for line in map(visible, summed_up(decisions, model, speaker)):
        lines += [line] if columns is None else wrapped(line, columns)
    lines.append(colophon(model, speaker)[0])
    return "\n".join(lines) + "\n"


def counts_line(decisions: Iterable[Decision], speaker: Speaker) -> str:
    """Return how many cases there are of each outcome, in the policy's order."""
    words = speaker.words
    counts = Counter(one.outcome for one in decisions)
    order = [*(o.name for o in speaker.policy.outcomes), None]
    said = [
        words.counted.format(number=counts[name], label=outcome_of(speaker, name)[0])
        for name in order
        if counts[name]
    ]
    total = sum(counts.values())
    cases = words.one_case if total == 1 else words.cases.format(number=total)
    return visible(speaker.punctuated(f"{cases}{words.colon}{listed(said, words)}"))


def held_said(held: Sequence[str], speaker: Speaker) -> str:
    """Say which ids hold; of many, how many."""
    words = speaker.words
    if len(held) > MANY:
        return words.holding_many.format(number=len(held))
    return words.holding.format(ids=ids_said(held, speaker)) if held else ""


class Reasons:
    """Says in one line why a case was decided as it was."""

    def __init__(self, speaker: Speaker) -> None:
        self.speaker = speaker
        policy = speaker.policy
        # The rules that can be named for what fails, and whether they fail themselves.
        self.named = [
            one
            for rule in policy.rules_of(policy.target.relation)
            for one in named_rules(policy, rule, rule.body)
        ]
        # The ids of which one would have been enough.
        self.choices = {
            possible_ids(policy, rule, literal)
            for rule in policy.rules_of(policy.target.relation)
            for literal in rule.body
            if isinstance(literal, Either)
        }

    def line(self, decision: Decision, points: Sequence[Point] = ()) -> str:
        """Return what decided a case, in words where it is one thing or two.

        `points` are what its outcome rests on, where that was looked up.
        """
        words = self.speaker.words
        if decision.because:
            said = because_line(decision.because, points, self.speaker)
            if said is not None:
                return said
        if not decision.failed:
            return held_said(decision.held, self.speaker)
        if len(decision.failed) == 1:
            (id_,) = decision.failed
            short = self.said(id_, decision)
            if short is not None:
                return words.why_in_one.format(id=id_, text=short)
        ids = ids_said(decision.failed, self.speaker)
        if frozenset(decision.failed) in self.choices:
            return words.why_in_one.format(id=ids, text=words.none_of)
        return words.failing.format(ids=ids)

    def said(self, id_: str, decision: Decision) -> str | None:
        """Return what an unmet id means, if the case alone is enough to say it."""
        speaker = self.speaker
        policy = speaker.policy
        named = [(one, fails) for one, fails in self.named if one.id == id_]
        if len({(one.head.relation, fails) for one, fails in named}) != 1:
            return None
        rule, fails = named[0]
        relation = policy.relations[rule.head.relation]
        said = speaker.of_case(relation, decision.case, fails=fails)
        if said is not None:
            return said
        return None if rule.section is None else speaker.heading(rule.section.title)


# --- for other programs -----------------------------------------------------------


def plain(value: Value) -> str | int | bool | None:
    """Return a value as JSON has it: dates as ISO writes them, decimals as text."""
    match value:
        case datetime.date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
    return value


def record(decision: Decision, policy: Policy) -> dict[str, object]:
    """Return a decision as it stands in `whereas.decisions/1`."""
    subject = policy.relations[policy.subject or ""]
    return {
        "case": {
            subject.columns[position].name: plain(value)
            for value, position in zip(decision.case, subject.key, strict=True)
        },
        **ground_record(decision),
    }


def csv_lines(
    decisions: Iterable[Decision], policy: Policy, *, raw: bool = False
) -> Iterator[str]:
    """Yield CSV: the key's columns, the outcome, the ids that held and that failed.

    With `raw` no cell is defused for spreadsheets.
    """
    subject = policy.relations[policy.subject or ""]
    buffer = io.StringIO(newline="")
    writer = CsvWriter(buffer, raw=raw)
    keys = [subject.columns[position].name for position in subject.key]
    # Columns of their own, where the policy can have something to say in them.
    clauses = any(rule.subject_to for rule in policy.rules)
    readings = any(one.unsettled for one in policy.parameters.values())
    says = bool(spoken(policy))
    more = ["because"] * says + ["subject_to"] * clauses + ["readings"] * readings
    writer.writerow([*keys, "outcome", "held", "failed", *more])
    for one in decisions:
        yield _emptied(buffer)
        case = ["" if v is None else plain(v) for v in one.case]
        ids = [" ".join(one.held), " ".join(one.failed)]
        if says:
            ids.append(" ".join(one.because[0].ids if one.because else ()))
        if clauses:
            ids.append(" ".join(one.subject_to))
        if readings:
            said = (
                f"{each.parameter}={plain(each.value)}:{each.outcome or UNDETERMINED}"
                for each in one.readings
            )
            ids.append(" ".join(said))
        writer.writerow([*case, one.outcome or "", *ids])
    yield _emptied(buffer)


def _emptied(buffer: io.StringIO) -> str:
    said = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return said
