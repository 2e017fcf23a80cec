"""A goal into its proof, or into the attempts at it: the graph of reasons as values.

`prove` and `blockage` build the graph for one goal (`graph_builder`) and read it as the
values of `proof`, which renderers take: a proof has one step for each fact, and no
recursion over facts, so it may be any number of levels deep.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.explain.explainer import Explainer
from whereas.explain.graph import (
    Instances,
    key_of,
)
from whereas.explain.graph_builder import GraphBuilder
from whereas.explain.proof import (
    ANY,
    Absent,
    Blockage,
    Chosen,
    Condition,
    Derived,
    Fact,
    Pattern,
    Premise,
    Proof,
    Step,
)
from whereas.explain.reason_reader import MOST, ReasonReader, value_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from whereas.engine.model import Model
    from whereas.policy.core import (
        Atom,
        Literal,
        Rule,
    )
    from whereas.values import Type

# Levels of attempts: the goal's own, those at what they lack, and so on.
DEPTH = 8
# Attempts of one rule that are shown, unless more are asked for.
ATTEMPTS_SHOWN = 3
# Attempts of one rule at what is absent from a proof.
ABSENCE_ATTEMPTS = 20


def prove(
    model: Model | Explainer,
    goal: Fact,
    *,
    all_proofs: int | None = None,
    absences: bool = False,
) -> Proof:
    """Return the proof of a fact that holds; LookupError, if it does not.

    With `all_proofs` the further supporting instances of each fact are there too,
    that many of them at most (`PROOFS_SHOWN` is the usual number); how many there
    are in truth stands in `Derived.instances`.
    """
    explainer = model if isinstance(model, Explainer) else Explainer(model)
    explainer = explainer.near([explainer.request(goal)])
    if not explainer.holds(goal):
        raise LookupError(goal)
    builder = GraphBuilder(explainer, more=all_proofs or 0)
    node = _support(builder, goal)
    reader = ReasonReader(explainer, builder.build())
    reader.rest_on(node)
    reader.finish(others=bool(all_proofs))
    rest = absences_of(explainer, [reader.steps]) if absences else ()
    return Proof(goal, reader.steps, reader.others, rest)


def absences_of(
    model: Model | Explainer, steps: Iterable[Mapping[Fact, Step]]
) -> tuple[Blockage, ...]:
    """Return what the absences in some steps rest on: the attempts at what is absent.

    Each derived goal that a rule negates is there once, with the nearest
    `ABSENCE_ATTEMPTS` attempts of each rule, and how many there are.
    """
    # What is absent rests on rows that a slice for other goals may not have.
    explainer = (model if isinstance(model, Explainer) else Explainer(model)).whole
    premises = [
        premise
        for some in steps
        for step in some.values()
        if isinstance(step, Derived)
        for premise in step.premises
    ]
    goals = dict.fromkeys(
        (absent.relation, absent.pattern)
        for absent in _absent(premises)
        if explainer.policy.rules_of(absent.relation)
    )
    stored = [(name, stored_pattern(explainer, name, goal)) for name, goal in goals]
    if not stored:
        return ()
    explainer = explainer.near(stored)
    builder = GraphBuilder(
        explainer, limit=ABSENCE_ATTEMPTS, below=ABSENCE_ATTEMPTS, most=MOST
    )
    stored = [(name, stored_pattern(explainer, name, goal)) for name, goal in goals]
    for name, goal in stored:
        _attempt(builder, name, goal)
    reader = ReasonReader(
        explainer, builder.build(), limit=ABSENCE_ATTEMPTS, below=ABSENCE_ATTEMPTS
    )
    tried = [reader.attempts(name, goal, 1) for name, goal in stored]
    reader.finish()
    return tuple(
        Blockage(name, pattern, attempts, reader.steps, number)
        for (name, pattern), (attempts, number) in zip(goals, tried, strict=True)
    )


def _absent(premises: Iterable[Premise]) -> Iterator[Absent]:
    """Yield the absences among premises, those of alternatives included."""
    for premise in premises:
        match premise:
            case Absent():
                yield premise
            case Chosen():
                yield from _absent(premise.premises)


def _support(builder: GraphBuilder, goal: Fact) -> int:
    """Ask for the support of a fact that holds; return its node."""
    explainer = builder.explainer
    stored = explainer.stored(goal)
    facts = builder.graph.nodes.facts(goal.relation)
    if explainer.policy.relations[goal.relation].stated:
        row = explainer.place(goal.relation, stored)
        assert row is not None  # noqa: S101  # the goal holds
        builder.support(goal.relation, f"SELECT {row} AS row")
        return facts[row]
    values = ", ".join(f"{value} AS a{at}" for at, value in enumerate(stored))
    builder.support(goal.relation, f"SELECT {values or '1 AS unit'}")
    return facts[key_of(stored)]


def blockage(
    model: Model | Explainer,
    goal: Fact | Pattern,
    relation: str = "",
    *,
    depth: int = DEPTH,
    limit: int = 1,
    below: int = 1,
    near: bool = False,
) -> Blockage:
    """Return why a goal does not hold: the nearest `limit` attempts of each rule.

    The goal is a fact, or a pattern (with `ANY`) of a relation. Attempts go down
    `depth` levels, the nearest `below` of each rule there. A stated relation has no
    rules, and so no attempts; with `near` the rows that come nearest to a missing
    one are looked up.
    """
    explainer = model if isinstance(model, Explainer) else Explainer(model)
    pattern: Pattern
    if isinstance(goal, Fact):
        relation, pattern = goal.relation, goal.values
    else:
        pattern = goal
    stored = stored_pattern(explainer, relation, pattern)
    explainer = explainer.near([(relation, stored)])
    stored = stored_pattern(explainer, relation, pattern)
    builder = GraphBuilder(explainer, depth=depth, limit=limit, below=below, most=MOST)
    if not explainer.policy.relations[relation].stated:
        _attempt(builder, relation, stored)
    reader = ReasonReader(
        explainer, builder.build(), limit=limit, below=below, near=near
    )
    attempts, tried = reader.attempts(relation, stored, depth)
    missing = None
    if explainer.policy.relations[relation].stated:
        missing = reader.unstated(relation, stored)
    reader.finish()
    return Blockage(relation, pattern, attempts, reader.steps, tried, missing)


def _attempt(builder: GraphBuilder, relation: str, goal: Sequence[int | None]) -> None:
    """Ask for the attempts at a goal."""
    values = ", ".join(
        f"CAST({'NULL' if value is None else value} AS BIGINT) AS a{at}"
        for at, value in enumerate(goal)
    )
    builder.attempt(relation, f"SELECT {values}")


def stored_pattern(
    explainer: Explainer, relation: str, pattern: Pattern
) -> tuple[int | None, ...]:
    """Return a pattern as stored values; None stands for any."""
    columns = explainer.policy.relations[relation].columns
    return tuple(
        None if value is ANY else explainer.encoding.number(value, column.type)  # type: ignore[arg-type]
        for value, column in zip(pattern, columns, strict=True)
    )


def pattern_of(
    explainer: Explainer, atom: Atom, values: Mapping[str, int | None]
) -> Pattern:
    """Return what an atom looks for: ANY, where a variable has no value."""
    columns = explainer.policy.relations[atom.relation].columns
    return tuple(
        ANY if stored is None else value_of(explainer, stored, column.type)
        for stored, column in zip(explainer.ground(atom, values), columns, strict=True)
    )


def nearest(
    explainer: Explainer, relation: str, pattern: Pattern
) -> tuple[Rule, dict[str, int | None], tuple[bool, ...]] | None:
    """Return the nearest attempt of all rules: stored values, and what is met."""
    (attempt,) = nearest_of(
        explainer, relation, [stored_pattern(explainer, relation, pattern)]
    )
    return attempt


def nearest_of(
    explainer: Explainer, relation: str, goals: Sequence[tuple[int | None, ...]]
) -> list[tuple[Rule, dict[str, int | None], tuple[bool, ...]] | None]:
    """Return the nearest attempt at each of some goals; see `nearest`."""
    builder = GraphBuilder(explainer, only_lacking=True)
    for goal in goals:
        _attempt(builder, relation, goal)
    graph = builder.build()
    attempted, missing = graph.attempted(), graph.nodes.missing(relation)
    attempts: list[tuple[Rule, dict[str, int | None], tuple[bool, ...]] | None] = []
    for goal in goals:
        first = next(iter(attempted.get(missing[goal], ())), None)
        if first is None:
            attempts.append(None)
            continue
        instances, row = first
        assert instances.rule is not None  # noqa: S101
        attempts.append((instances.rule, *_values_and_met(instances, row)))
    return attempts


def _values_and_met(
    instances: Instances, row: int
) -> tuple[dict[str, int | None], tuple[bool, ...]]:
    unmet = instances.unmet[row]
    return (
        {name: column[row] for name, column in instances.variables.items()},
        tuple([not unmet >> number & 1 for number in range(len(instances.body))]),
    )


@dataclass(frozen=True, slots=True)
class BodyAttempt:
    """The nearest attempt at a body by itself, and the steps of the facts it names."""

    values: Mapping[str, int | None]
    conditions: tuple[Condition, ...]
    steps: Mapping[Fact, Step]


def attempt_body(
    explainer: Explainer,
    body: tuple[Literal, ...],
    types: Mapping[str, Type],
    values: Mapping[str, int | None],
    used: Sequence[str] = (),
) -> BodyAttempt:
    """Return the nearest attempt at a body, some of its variables having values.

    `used` are variables that something outside the body reads.
    """
    builder = GraphBuilder(explainer)
    instances = builder.attempt_body(body, types, values, used)
    reader = ReasonReader(explainer, builder.build())
    conditions = reader.conditions(instances, 0, 1)
    reader.finish()
    return BodyAttempt(_values_and_met(instances, 0)[0], conditions, reader.steps)
