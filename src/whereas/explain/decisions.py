"""Decisions as a value that streams, and as JSON.

Cases that share outcome, `held` and `failed` share one *reason set*, and a decision is
a case and the number of its reason set: there are few of these and many cases.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple, TextIO

from whereas.explain.proof import Because, Decision, Differing
from whereas.policy.core import Atom, Policy, Variable
from whereas.values import Type, Value, decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from whereas.engine.model import Model

SCHEMA = "whereas.decisions/1"
UNDETERMINED = "undetermined"
# How many decisions are read at a time.
STRETCH = 20_000

Stored = tuple[int, ...]


class ReasonSet(NamedTuple):
    """What many cases have in common; the fields are those of a `Decision`."""

    outcome: str | None
    held: tuple[str, ...]
    failed: tuple[str, ...]
    subject_to: tuple[str, ...] = ()
    readings: tuple[Differing, ...] = ()
    because: tuple[Because, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Decisions:
    """The decisions of a model, in the order of the facts; they are streamed.

    `counts` has every outcome of the policy, and `undetermined` where there is one.
    """

    model: Model
    grounds: tuple[ReasonSet, ...]
    counts: Mapping[str, int]
    # Stretches of cases: the stored key of each, and the number of its ground.
    stretches: Callable[[], Iterator[list[tuple[Stored, int]]]]
    # A faster way to write the decisions' lines, where the database offers one.
    lines: Callable[[Sequence[str]], Iterator[str]] | None = field(default=None)

    def __len__(self) -> int:
        """Return how many cases were decided."""
        return sum(self.counts.values())

    def __iter__(self) -> Iterator[Decision]:
        """Yield the decisions in the order of the facts."""
        key = case_columns(self.model.policy)
        text = self.model.database.text
        for stretch in self.stretches():
            for stored, number in stretch:
                case = tuple(
                    decode(one, type_, text)
                    for one, (_, type_) in zip(stored, key, strict=True)
                )
                yield Decision(case, *self.grounds[number])

    def write_json(self, stream: TextIO) -> None:
        """Write one object of schema `whereas.decisions/1`, a decision to a line.

        Dates are ISO texts, and decimals are texts too, so that none is rounded.
        """
        heading = self.heading()
        readings = self.model.readings
        if readings:
            # Which other readings were tried, each by itself.
            heading["readings"] = [
                {"parameter": one.parameter, "value": json_value(one.value)}
                for one in readings
            ]
        head = json.dumps(heading, ensure_ascii=False)
        stream.write(head[:-1] + ', "decisions": [')
        first = True
        for lines in self._written():
            stream.write("\n" if first else ",\n")
            stream.write(lines)
            first = False
        stream.write("\n]}\n" if not first else "]}\n")

    def write_json_lines(self, stream: TextIO) -> None:
        """Write each decision as a JSON object of its own, a line for each."""
        for lines in self._written(separator="\n"):
            stream.write(lines)
            stream.write("\n")

    def heading(self) -> dict[str, object]:
        """Return what stands before the decisions: policy, facts, setting, counts."""
        model = self.model
        today = model.setting.today
        return {
            "schema": SCHEMA,
            "policy": {
                "id": model.policy.id,
                "version": model.policy.version,
                "sha256": model.policy.sha256,
            },
            "facts": {"path": model.facts.path, "sha256": model.facts.sha256},
            "today": None if today is None else today.isoformat(),
            "engines": list(model.engines),
            "certified": model.certified,
            "parameters": {
                name: json_value(value)
                for name, value in sorted(model.setting.parameters.items())
            },
            "counts": dict(self.counts),
        }

    def _written(self, separator: str = ",\n") -> Iterator[str]:
        """Yield stretches of decisions as JSON, joined by a separator."""
        ends = [ground_json(ground) for ground in self.grounds]
        if self.lines is not None and separator == ",\n":
            yield from self.lines(ends)
            return
        key = case_columns(self.model.policy)
        text = self.model.database.text
        names = [json.dumps(name, ensure_ascii=False) for name, _ in key]
        for stretch in self.stretches():
            yield separator.join(
                '{"case": {'
                + ", ".join(
                    f"{name}: {json_text(decode(one, type_, text))}"
                    for name, one, (_, type_) in zip(names, stored, key, strict=True)
                )
                + ends[number]
                for stored, number in stretch
            )


def ground_json(ground: ReasonSet) -> str:
    """Return what follows the case in a decision's JSON."""
    return "}, " + json.dumps(ground_record(ground), ensure_ascii=False)[1:]


def ground_record(ground: ReasonSet | Decision) -> dict[str, object]:
    """Return what a decision says besides its case, as `whereas.decisions/1` has it.

    `because`, `subject_to` and `readings` are there only where there is something to
    say.
    """
    said: dict[str, object] = {
        "outcome": ground.outcome,
        "held": list(ground.held),
        "failed": list(ground.failed),
    }
    if ground.because:
        said["because"] = [
            {"outcome": one.outcome, "ids": list(one.ids)} for one in ground.because
        ]
    if ground.subject_to:
        said["subject_to"] = list(ground.subject_to)
    if ground.readings:
        said["readings"] = [
            {
                "parameter": one.parameter,
                "value": json_value(one.value),
                "outcome": one.outcome,
            }
            for one in ground.readings
        ]
    return said


def json_value(value: Value) -> object:
    """Return a value as JSON has it: dates and decimals are texts."""
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def json_text(value: Value) -> str:
    """Return a value as JSON text."""
    return json.dumps(json_value(value), ensure_ascii=False)


def case_columns(policy: Policy) -> list[tuple[str, Type]]:
    """Return the names and types of the subject's key."""
    assert policy.subject is not None  # noqa: S101
    relation = policy.relations[policy.subject]
    found = [relation.columns[position] for position in relation.key]
    return [(column.name or "", column.type) for column in found]


def case_positions(policy: Policy, goal: Atom) -> tuple[int | None, ...]:
    """Return which column of the case each term of a goal is; None for a constant."""
    names = [name[:1].upper() + name[1:] for name, _ in case_columns(policy)]
    return tuple(
        names.index(term.name) if isinstance(term, Variable) else None
        for term in goal.terms
    )


def counts(policy: Policy, tally: Mapping[str, int]) -> dict[str, int]:
    """Return the counts in the order of the outcomes."""
    known = {outcome.name: tally.get(outcome.name, 0) for outcome in policy.outcomes}
    if tally.get(UNDETERMINED) and UNDETERMINED not in known:
        known[UNDETERMINED] = tally[UNDETERMINED]
    return known
