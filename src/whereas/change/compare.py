"""Two decided models side by side: which decisions turn, and why.

All cases are compared by what was decided for all of them at once: outcome, and the
ids that held and failed. Only cases that differ are justified, and only so many of
them; how many were left out is part of the answer. Where outcome and ids are alike,
the proofs may still rest on other facts: they are compared one by one, where there
are few enough.
"""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from whereas.diagnostics import NothingSelected, UsageError
from whereas.explain.decide import near_cases, selected
from whereas.explain.decisions import UNDETERMINED, case_columns
from whereas.explain.explainer import Explainer
from whereas.explain.justify import Justification, justify
from whereas.explain.proof import Decision, Stated
from whereas.values import written

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from whereas.engine.model import Model
    from whereas.explain.decisions import Decisions
    from whereas.explain.proof import Fact
    from whereas.facts.changes import Change
    from whereas.policy.core import Policy
    from whereas.values import Value

# How many of the cases that differ are justified, unless told otherwise.
JUSTIFIED = 5
# Of up to so many cases with the same outcome and ids the proofs are compared too.
PROVED = 1_000

Case = tuple["Value", ...]
Both = tuple[Justification | None, Justification | None]


class Turn(enum.StrEnum):
    """How a case differs between two models; the order is that of the answer."""

    GRANTED = "granted"
    LOST = "lost"
    OTHER = "other"
    ADDED = "added"
    GONE = "gone"
    REASONS = "reasons"
    PROOF = "proof"
    SAME = "same"

    @property
    def flips(self) -> bool:
        """Whether the outcome is another one."""
        return self in {Turn.GRANTED, Turn.LOST, Turn.OTHER}


@dataclass(frozen=True, slots=True)
class Difference:
    """A case that differs: its decision on both sides, None where there is no case.

    `reasons` are both justifications; None, where the case was left out.
    """

    case: Case
    turn: Turn
    before: Decision | None
    after: Decision | None
    reasons: Both | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two models of the same cases, and where they differ.

    `differences` are in the order of `Turn`, and then in that of the facts; a case
    that was asked for by name is among them, even if nothing differs. `moves` counts
    the cases of both sides by their two outcomes. `alike` counts those with the same
    outcome and ids, but for those whose proofs differ; `unproved` says that their
    proofs were not compared, being too many. `left_out` counts the differences that
    are not justified. `wanted` are the outcomes that count as wanted on either side.
    """

    before: Model
    after: Model
    differences: tuple[Difference, ...]
    moves: Mapping[tuple[str | None, str | None], int]
    alike: int
    unproved: bool
    left_out: int
    wanted: frozenset[str]

    @property
    def newly(self) -> frozenset[str]:
        """The outcomes that some case has now and had not before."""
        return frozenset(
            one.after.outcome or UNDETERMINED
            for one in self.differences
            if one.after is not None
            and (one.before is None or one.before.outcome != one.after.outcome)
        )

    @property
    def strange(self) -> bool:
        """Whether the two policies have no rule id in common: they are other laws."""
        before, after = (
            {rule.id for rule in model.policy.rules} - {None}
            for model in (self.before, self.after)
        )
        return before.isdisjoint(after)

    def of(self, *turns: Turn) -> tuple[Difference, ...]:
        """Return the differences of some kinds."""
        return tuple(one for one in self.differences if one.turn in turns)


@dataclass(frozen=True, slots=True, eq=False)
class WhatIf:
    """What follows if some facts, parameters or the day were otherwise.

    `changes` are those of the facts; parameters and days stand in the two models.
    """

    name: str | None
    changes: tuple[Change, ...]
    comparison: Comparison


def compare(
    before: Decisions,
    after: Decisions,
    *,
    wanted: Collection[str] = (),
    cases: Sequence[Case] = (),
    most: int = JUSTIFIED,
    proved: int = PROVED,
) -> Comparison:
    """Return where two sets of decisions differ.

    `wanted` are outcomes that count as wanted, besides those that the policies mark.
    An outcome that only one policy knows is compared by whether it is wanted, and
    else by its name. The cases that are named by `cases` are justified, and no
    others; without any, the first `most` that differ are.

    Raises `UsageError` if the policies decide different things, and `NothingSelected`
    for a case that neither side has.
    """
    _same_subject(before.model.policy, after.model.policy)
    sides = _Sides(before.model.policy, after.model.policy, wanted)
    moves: Counter[tuple[str | None, str | None]] = Counter()
    found: list[Difference] = []
    same: list[Difference] = []
    alike = 0
    old = {one.case: one for one in before}
    for new in after:
        one = old.pop(new.case, None)
        turn = Turn.ADDED if one is None else sides.turn(one, new)
        if one is not None:
            moves[one.outcome, new.outcome] += 1
        if turn is not Turn.SAME:
            found.append(Difference(new.case, turn, one, new))
            continue
        alike += 1
        # Of a portfolio only those are kept that are asked for by name.
        if alike <= proved or new.case in cases:
            same.append(Difference(new.case, turn, one, new))
    found += [Difference(one.case, Turn.GONE, one, None) for one in old.values()]
    explainers = _Explainers(before.model, after.model)
    unproved = alike > proved
    if not unproved:
        explainers.draw_near(same)
        other = [one for one in same if explainers.differ(one)]
        found += [replace(one, turn=Turn.PROOF) for one in other]
        alike -= len(other)
    if cases:
        found = _with(found, same, cases)
    order = {turn: number for number, turn in enumerate(Turn)}
    found.sort(key=lambda one: order[one.turn])
    chosen = {*cases} or {one.case for one in found[:most]}
    explainers.draw_near([one for one in found if one.case in chosen])
    return Comparison(
        before.model,
        after.model,
        tuple(
            replace(one, reasons=explainers.reasons(one)) if one.case in chosen else one
            for one in found
        ),
        dict(moves),
        alike,
        unproved,
        sum(one.case not in chosen for one in found),
        sides.wanted,
    )


def _same_subject(before: Policy, after: Policy) -> None:
    """See to it that both policies decide cases of the same kind."""
    for policy in (before, after):
        if policy.subject is None:
            raise UsageError(f"the policy `{policy.id}` has no cases to compare")
    if before.subject != after.subject or case_columns(before) != case_columns(after):
        said = [
            f"`{policy.id}` decides {policy.subject} by "
            + ", ".join(name for name, _ in case_columns(policy))
            for policy in (before, after)
        ]
        raise UsageError(f"the policies decide different things: {', '.join(said)}")


def _with(
    found: list[Difference], same: Iterable[Difference], cases: Sequence[Case]
) -> list[Difference]:
    """Add the cases that are asked for by name, though nothing differs."""
    there = {one.case for one in found}
    alike = {one.case: one for one in same}
    for case in dict.fromkeys(cases):
        if case in there:
            continue
        if case not in alike:
            words = ", ".join(written(value) for value in case)
            raise NothingSelected(f"neither side has a case {words}")
        found.append(alike[case])
    return found


class _Sides:
    """How the outcomes of one policy stand to those of the other."""

    def __init__(self, before: Policy, after: Policy, wanted: Collection[str]) -> None:
        self._known = [{o.name for o in one.outcomes} for one in (before, after)]
        self._wanted = [{*one.wanted, *wanted} for one in (before, after)]
        self.wanted = frozenset().union(*self._wanted)

    def turn(self, before: Decision, after: Decision) -> Turn:
        """Return how a case differs that both sides have."""
        was = before.outcome in self._wanted[0]
        is_ = after.outcome in self._wanted[1]
        if was != is_ and before.outcome != after.outcome:
            return Turn.GRANTED if is_ else Turn.LOST
        common = {None, *(self._known[0] & self._known[1])}
        if (
            before.outcome != after.outcome
            and {before.outcome, after.outcome} <= common
        ):
            return Turn.OTHER
        if (before.held, before.failed) != (after.held, after.failed):
            return Turn.REASONS
        return Turn.SAME if before.outcome == after.outcome else Turn.REASONS


class _Explainers:
    """Who justifies the cases of either side, drawn near to those that are asked."""

    def __init__(self, before: Model, after: Model) -> None:
        self._whole = (Explainer(before), Explainer(after))
        self._near = self._whole

    def draw_near(self, differences: Sequence[Difference]) -> None:
        """Prepare to justify some cases: what they rest on is fetched at once."""
        before, after = self._whole
        self._near = (
            _near(before, [one.case for one in differences if one.before]),
            _near(after, [one.case for one in differences if one.after]),
        )

    def reasons(self, one: Difference) -> Both:
        """Return both justifications of a case."""
        before, after = self._near
        return (
            justify(before, one.case) if one.before is not None else None,
            justify(after, one.case) if one.after is not None else None,
        )

    def differ(self, one: Difference) -> bool:
        """Return whether a case rests on other facts on the other side."""
        before, after = self.reasons(one)
        return _rests_on(before) != _rests_on(after)


def _near(explainer: Explainer, cases: Sequence[Case]) -> Explainer:
    if not cases:
        return explainer
    return near_cases(explainer, selected(explainer, cases))


def _rests_on(justification: Justification | None) -> set[Fact]:
    """Return the stated facts that a justification names, wherever they stand."""
    if justification is None:
        return set()
    proofs = [justification.proof, *justification.shown]
    steps = [one.steps for one in proofs if one is not None]
    if justification.blockage is not None:
        steps.append(justification.blockage.steps)
    return {
        fact
        for some in steps
        for fact, step in some.items()
        if isinstance(step, Stated)
    }
