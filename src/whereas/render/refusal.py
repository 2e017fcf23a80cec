"""The nearest attempts at a goal that does not hold, into an outline of sentences.

First what was looked at, then each condition that fails, with the reason and the
values, then those that hold. What lacks only what another condition lacks is not
judged, and named apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.explain.ids import in_order
from whereas.explain.proof import Any_, Holds, roots
from whereas.render.failing import Failures
from whereas.render.ids import runs
from whereas.render.lacking import for_want

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whereas.explain.proof import Attempt, Blockage, Condition, Missing
    from whereas.policy.core import Rule
    from whereas.render.phrases import Speaker
    from whereas.render.words import Outline, Statement

# How many further attempts are named.
OTHERS = 5


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a goal does not hold: the goal denied, and what was found instead.

    `failing` and `holding` are statements; `unjudged` names what could not be
    judged, `others` further attempts.
    """

    text: str
    rule: Rule | None
    considered: tuple[Statement, ...]
    failing: tuple[Statement, ...]
    holding: tuple[Statement, ...]
    unjudged: tuple[str, ...]
    others: tuple[str, ...]


def refusal(blockage: Blockage, outline: Outline, *, brief: bool = False) -> Refusal:
    """Put a blockage into words; numbers go on where the outline stands.

    If `brief`, without what only lacks what another condition lacks.
    """
    speaker = outline.speaker
    outline.know(blockage.steps)
    text = speaker.negative(blockage.relation, blockage.pattern)
    writer = Failures(outline, brief=brief)
    if blockage.missing is not None:
        writer.unstated(blockage.missing, 0, outline.next_number())
        return Refusal(text, None, (), outline.take(), (), (), ())
    if not blockage.attempts:
        return Refusal(text, None, (), (), (), (), ())
    nearest, *rest = blockage.attempts
    absent = unknown(nearest, speaker)
    if absent is not None:
        text = speaker.negative(absent.relation, absent.pattern)
        writer.unstated(absent, 0, outline.next_number())
        return Refusal(text, None, (), outline.take(), (), (), ())
    considered, failing, holding, unjudged = attempted(nearest, writer)
    left = blockage.tried - len(blockage.attempts)
    further = others(writer, nearest, rest, left, speaker.words.and_others)
    return Refusal(text, nearest.rule, considered, failing, holding, unjudged, further)


def unknown(attempt: Attempt, speaker: Speaker) -> Missing | None:
    """Return what is missing, if the goal speaks of something that is not on file.

    It was looked up by its key, and no row that was found names it. Then neither the
    goal's own words nor what else holds say anything.
    """
    found = {
        value
        for one in attempt.conditions
        if one.met and isinstance(one.premise, Holds)
        for value in one.premise.fact.values
    }
    for condition in roots(attempt.conditions):
        missing = condition.missing
        if missing is None or missing.file is None:
            continue
        relation = speaker.policy.relations[missing.relation]
        if len(relation.key) != 1:
            continue
        (position,) = relation.key
        key = missing.pattern[position]
        name = relation.columns[position].name
        if isinstance(key, Any_) or key is None or name is None:
            continue
        if (
            key in attempt.goal
            and key not in found
            and speaker.look_up(relation.name, key, name) is None
        ):
            return missing
    return None


def attempted(
    attempt: Attempt, writer: Failures
) -> tuple[
    tuple[Statement, ...], tuple[Statement, ...], tuple[Statement, ...], tuple[str, ...]
]:
    """Write an attempt: what was looked at, fails, holds, and was not judged."""
    outline = writer.outline
    writer.asked = (attempt.rule.head.relation, attempt.goal)
    basis = writer.basis(attempt, 0)
    considered = outline.take()
    unmet = roots(attempt.conditions)
    waiting = for_want(unmet) if writer.brief else []
    lacks = [one for one in unmet if one not in waiting]
    for condition in lacks:
        writer.fail(condition, attempt, 0, outline.next_number())
    failing = outline.take()
    for fact in basis.derived:
        outline.prove(fact, 0)
    holding = outline.take()
    unjudged = [c for c in attempt.conditions if not c.met and c not in lacks]
    return considered, failing, holding, _unjudged(writer, unjudged, attempt.rule)


def _unjudged(
    writer: Failures, conditions: Sequence[Condition], rule: Rule
) -> tuple[str, ...]:
    """Name the conditions that could not be judged: by id, heading and citation.

    In brief, by their ids alone.
    """
    if writer.brief and len(conditions) > 1:
        words = writer.speaker.words
        ids = in_order(set(writer.short.ids(conditions, rule)))
        return (words.comma.join(runs(ids, words.run)),) if ids else ()
    return tuple(
        dict.fromkeys(
            said
            for one in conditions
            if (said := writer.short.named(one, rule)) is not None
        )
    )


def others(
    writer: Failures, nearest: Attempt, rest: Sequence[Attempt], left: int, more: str
) -> tuple[str, ...]:
    """Name the further attempts, each by what sets it apart, and what it lacks.

    `left` more were not handed over; `more` says how many are not named.
    """
    said: dict[str, None] = {}
    for attempt in rest:
        if line := writer.short.line(attempt, nearest):
            said[line] = None
    shown = list(said)[:OTHERS]
    left += len(said) - len(shown)
    if left > 0:
        shown.append(more.format(number=left))
    return tuple(shown)
