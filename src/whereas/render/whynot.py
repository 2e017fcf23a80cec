"""Why something is not so, into a page and into JSON.

The nearest attempt comes first: what was looked at, what fails and by how much, what
could not be judged, what holds. The other attempts follow, each by the rows that set
it apart. What a reader may do without is folded: a line in a terminal, a fold in
HTML; JSON has everything that was asked for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from whereas.explain.proof import roots
from whereas.render.brief import brief_page
from whereas.render.failing import Failures
from whereas.render.justification import (
    condition_groups,
    goal_text,
    group_of,
    laid_out,
    page_with,
    word_of,
)
from whereas.render.page import Group, Page
from whereas.render.refusal import attempted, others, unknown
from whereas.render.speakers import outcome_of, speaker_of
from whereas.render.width import visible
from whereas.render.wording import listed
from whereas.render.words import Mark, Outline, Statement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whereas.engine.model import Model
    from whereas.explain.proof import Attempt, Blockage
    from whereas.explain.whynot import WhyNot
    from whereas.policy.core import Rule
    from whereas.render.phrases import Speaker

SCHEMA = "whereas.why-not/1"
# What holds is named to this number, where a page is brief.
HOLDING_SHOWN = 12
# The groups that a brief page says in short.
_FOLDABLE = {"holding", "others", "decided"}


def why_not_as(
    found: WhyNot,
    model: Model,
    format_: str = "text",
    language: str = "en",
    *,
    columns: int = 80,
    everything: bool = False,
    brief: bool = False,
) -> str:
    """Return why not in a format (text, markdown, html), in a language.

    With `everything` nothing is folded in text; `brief` is one screen. Raises
    `Invalid` if the policy package overrides the template and its own fails.
    """
    page = page_of_why_not(
        found,
        model,
        language,
        folded=brief or (format_ == "text" and not everything),
        closed=format_ == "html" and not brief,
    )
    if brief:
        page = brief_page(page)
    return laid_out(page, model, format_, columns)


def page_of_why_not(
    found: WhyNot,
    model: Model,
    language: str,
    *,
    folded: bool = False,
    closed: bool = False,
) -> Page:
    """Put why not into words.

    `folded` says in short what holds, and the other attempts; `closed` lets a page
    that can fold close what holds.
    """
    speaker = speaker_of(model, language)
    outline = Outline(speaker)
    words = speaker.words
    if found.decision is not None:
        case = speaker.case(found.decision.case)
        label, mark = outcome_of(speaker, found.decision.outcome)
    else:
        case = goal_text(found.relation, found.pattern)
        mark = Mark.HOLDS if found.holds else Mark.FAILS
        label = word_of(mark, words)
    groups: list[Group] = []
    head = Statement("derived", 0, "", speaker.negative(found.relation, found.pattern))
    if found.blockage is not None:
        head, groups = _blocked(found.blockage, outline, folded, closed)
    if found.decision is not None and mark is not Mark.HOLDS:
        outline.proved = Mark.SO
    if found.proof is not None:
        conclusion = outline.conclusion(found.proof)
        reasons, title = outline.take(), ""
        if found.blockage is not None:
            title = words.decided_instead.format(label=label)
            if folded and reasons and conclusion.why is None and not conclusion.ids:
                conclusion = _with_reason(conclusion, reasons)
            reasons = (replace(conclusion, mark=outline.proved), *_deeper(reasons))
        elif found.overruled:
            head = Statement("derived", 0, "", words.came_first.format(label=label))
            title = conclusion.text
        else:
            head = replace(conclusion, notes=(*conclusion.notes, words.nothing_against))
        groups.append(
            group_of("decided", title, reasons, speaker, brief=folded or closed)
        )
    elif found.overruled:
        head = Statement("derived", 0, "", words.came_first.format(label=label))
    page = page_with(speaker, head, groups, case=case, label=label, mark=mark)
    brief = folded and any(group.key in _FOLDABLE for group in page.groups)
    return replace(page, note=words.folded) if brief else page


def _with_reason(conclusion: Statement, reasons: Sequence[Statement]) -> Statement:
    """Let a conclusion that says nothing of its own give what it rests on first."""
    for one in reasons:
        if one.depth == 0 and one.kind == "derived":
            return replace(conclusion, why=one.why or one.text, ids=one.ids)
        if one.depth == 0 and one.kind == "absence":
            return replace(conclusion, why=one.text)
    return conclusion


def _deeper(statements: Sequence[Statement]) -> Iterator[Statement]:
    return (replace(one, depth=one.depth + 1) for one in statements)


def _blocked(
    blockage: Blockage, outline: Outline, folded: bool, closed: bool
) -> tuple[Statement, list[Group]]:
    speaker = outline.speaker
    words = speaker.words
    outline.know(blockage.steps)
    writer = Failures(outline, brief=folded)
    text = speaker.negative(blockage.relation, blockage.pattern)
    nearest = blockage.attempts[0] if blockage.attempts else None
    absent = blockage.missing
    if nearest is not None:
        absent = unknown(nearest, speaker)
    if absent is not None:
        text = speaker.negative(absent.relation, absent.pattern)
        writer.unstated(absent, 0, outline.next_number())
    if nearest is None or absent is not None:
        only = outline.take()
        failing = group_of("failing", words.conditions_failing, only, speaker)
        return Statement("derived", 0, "", text), [failing]
    conditions = attempted(nearest, writer, folded=folded)
    share = words.share.format(
        title=words.conditions_failing,
        number=sum(
            one.mark is Mark.FAILS and not one.depth for one in conditions.failing
        ),
        total=len(nearest.conditions),
    )
    outline.holding(conditions.holding)
    groups = [
        *condition_groups(conditions, share, speaker),
        _holding(outline.take(), speaker, folded=folded, closed=closed),
    ]
    rest = blockage.attempts[1:]
    left = blockage.tried - len(blockage.attempts)
    if folded:
        lines = others(writer, nearest, rest, left, words.more_attempts)
        groups.append(
            Group("others", words.other_attempts, (), tuple(map(visible, lines)))
        )
    else:
        groups.append(_others(writer, nearest, rest, left))
    return _head(text, nearest.rule, speaker), groups


def _holding(
    holding: Sequence[Statement], speaker: Speaker, *, folded: bool, closed: bool
) -> Group:
    """Say what holds; folded, the first few, without the reasons."""
    words = speaker.words
    title = words.conditions_holding
    if not folded:
        return group_of("holding", title, holding, speaker, brief=closed)
    top = [replace(one, why=None) for one in holding if not one.depth]
    left = len(top) - HOLDING_SHOWN
    group = group_of("holding", title, top[:HOLDING_SHOWN], speaker, brief=True)
    lines = (words.more_holding.format(number=left),) if left > 0 else ()
    return replace(group, lines=lines)


def _head(text: str, rule: Rule, speaker: Speaker) -> Statement:
    return Statement(
        "derived",
        0,
        "",
        text,
        ids=() if rule.id is None else (rule.id,),
        cites=tuple(map(speaker.citation, rule.cites)),
        section=speaker.section(rule.section),
    )


def _others(
    writer: Failures, nearest: Attempt, rest: Sequence[Attempt], left: int
) -> Group:
    """Write the other attempts out: what sets each apart, and what it lacks."""
    outline, speaker = writer.outline, writer.speaker
    words = speaker.words
    for attempt in rest:
        number = outline.next_number()
        rule = attempt.rule
        rows = listed(writer.short.apart(attempt, nearest), words)
        lacks = roots(attempt.conditions)
        share = words.fails_of.format(number=len(lacks), total=len(attempt.conditions))
        text = words.with_rows.format(rows=rows, reasons=share) if rows else share
        outline.statements.append(
            replace(
                _head(text, rule, speaker)
                if rule != nearest.rule
                else Statement("derived", 0, "", text),
                number=number,
                mark=Mark.FAILS,
            )
        )
        writer.basis(attempt, 1)
        for index, condition in enumerate(lacks, 1):
            writer.fail(condition, attempt, 1, f"{number}.{index}")
    lines = (words.more_attempts.format(number=left),) if left > 0 else ()
    group = group_of(
        "others", words.other_attempts, outline.take(), speaker, brief=False
    )
    return replace(group, lines=lines, folded=True)


def why_not_json(found: WhyNot, model: Model, languages: Sequence[str] = ()) -> str:
    """Return why not as one object of schema `whereas.why-not/1`.

    Sentences are in the given languages; without any, in all of the policy's.
    """
    from whereas.render.document import (
        Writer,
        document_of,
        pattern_json,
        speakers_of,
    )
    from whereas.render.table import record

    writer = Writer(model, speakers_of(model, languages), full=True)
    decision = None
    if found.decision is not None:
        label = {
            language: outcome_of(speaker, found.decision.outcome)[0]
            for language, speaker in writer.speakers.items()
        }
        decision = {**record(found.decision, model.policy), "label": label}
    subject = {
        "decision": decision,
        "asked": found.outcome,
        "goal": {
            "relation": found.relation,
            "values": pattern_json(found.pattern),
        },
        "holds": found.holds,
        "depth": found.depth,
    }
    return document_of(SCHEMA, writer, subject, found.proof, found.blockage)
