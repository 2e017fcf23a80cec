"""The nearest attempts at a goal that does not hold, into an outline of sentences.

First what was looked at, then each condition that fails, with the reason and the
values. A condition that takes a row which another one lacks cannot be judged before
that one: it is written apart, or in brief only named. Facts that hold come last.
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

    from whereas.explain.proof import Attempt, Blockage, Condition, Fact, Missing
    from whereas.policy.core import Policy, Rule
    from whereas.render.phrases import Speaker
    from whereas.render.words import Outline, Statement

# How many further attempts are named.
OTHERS = 5


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of an attempt in words.

    `waiting` cannot be judged before `failing` is mended; `unjudged` names those that
    could not be judged. The facts of `holding` are yet to be written
    (`Outline.holding`).
    """

    considered: tuple[Statement, ...] = ()
    failing: tuple[Statement, ...] = ()
    waiting: tuple[Statement, ...] = ()
    unjudged: tuple[str, ...] = ()
    holding: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a goal does not hold: the goal denied, and what was found instead.

    `others` names further attempts.
    """

    text: str
    rule: Rule | None
    conditions: Conditions
    others: tuple[str, ...] = ()


def refusal(
    blockage: Blockage, outline: Outline, *, brief: bool = False, folded: bool = False
) -> Refusal:
    """Put a blockage into words; numbers go on where the outline stands.

    If `folded`, conditions that cannot be judged before another one is met are only
    named; `brief` besides leaves out the comparisons that hold.
    """
    speaker = outline.speaker
    outline.know(blockage.steps)
    text = speaker.negative(blockage.relation, blockage.pattern)
    writer = Failures(outline, brief=brief)
    if blockage.missing is not None:
        writer.unstated(blockage.missing, 0, outline.next_number())
        return Refusal(text, None, Conditions(failing=outline.take()))
    if not blockage.attempts:
        return Refusal(text, None, Conditions())
    nearest, *rest = blockage.attempts
    absent = unknown(nearest, speaker)
    if absent is not None:
        text = speaker.negative(absent.relation, absent.pattern)
        writer.unstated(absent, 0, outline.next_number())
        return Refusal(text, None, Conditions(failing=outline.take()))
    conditions = attempted(nearest, writer, folded=folded or brief)
    left = blockage.tried - len(blockage.attempts)
    further = others(writer, nearest, rest, left, speaker.words.and_others)
    return Refusal(text, nearest.rule, conditions, further)


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


def attempted(attempt: Attempt, writer: Failures, *, folded: bool) -> Conditions:
    """Write an attempt: the facts it stands on, and its conditions."""
    outline = writer.outline
    writer.asked = (attempt.rule.head.relation, attempt.goal)
    basis = writer.basis(attempt, 0)
    considered = outline.take()
    unmet = roots(attempt.conditions)
    waiting = for_want(unmet, _contradictory(writer.speaker.policy))
    for condition in unmet:
        if condition not in waiting:
            writer.fail(condition, attempt, 0, outline.next_number())
    failing = outline.take()
    without_value = [c for c in attempt.conditions if not c.met and c not in unmet]
    if folded:
        not_judged = [c for c in attempt.conditions if c in waiting + without_value]
        return Conditions(
            considered,
            failing,
            unjudged=_counted(writer, not_judged, attempt.rule),
            holding=basis.derived,
        )
    for condition in waiting:
        writer.fail(condition, attempt, 0, outline.next_number())
    return Conditions(
        considered,
        failing,
        outline.take(),
        _named(writer, without_value, attempt.rule),
        basis.derived,
    )


def _contradictory(policy: Policy) -> frozenset[str]:
    """Return the relations of rows that contradict one another."""
    return frozenset(
        name
        for name, relation in policy.relations.items()
        if relation.contradicts is not None
    )


def _counted(
    writer: Failures, conditions: Sequence[Condition], rule: Rule
) -> tuple[str, ...]:
    """Say in a line how many conditions cannot be judged, and name them by their ids.

    One alone is named in full.
    """
    if not conditions:
        return ()
    words = writer.speaker.words
    if len(conditions) == 1:
        (named,) = _named(writer, conditions, rule) or ("",)
        said = words.judged_later_one
    else:
        ids = in_order(set(writer.short.ids(conditions, rule)))
        named = words.comma.join(runs(ids, words.run))
        said = words.judged_later.format(number=len(conditions))
    return (f"{said}{words.colon}{named}" if named else said,)


def _named(
    writer: Failures, conditions: Sequence[Condition], rule: Rule
) -> tuple[str, ...]:
    """Name conditions that could not be judged: by id, heading and citation."""
    return tuple(
        dict.fromkeys(
            said
            for condition in conditions
            if (said := writer.short.named(condition, rule)) is not None
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
