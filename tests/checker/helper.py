"""Proofs as the product writes them, random programs with cases, and mutations."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tests.engine.build import SETTING, facts
from tests.engine.programs import Program, program

from whereas.diagnostics import WhereasError
from whereas.engine import Limits, solve
from whereas.engine.model import Model
from whereas.explain import Explainer, justify
from whereas.facts.base import FactBase
from whereas.policy.core import (
    Atom,
    Column,
    Constant,
    Literal,
    Outcome,
    Policy,
    Term,
    Variable,
)
from whereas.render.document import justification_json
from whereas.values import INTEGER, Type

Document = dict[str, Any]


def written(model: Model | Explainer, case: tuple[Any, ...], all_: int = 5) -> Document:
    """The JSON that `why` writes for a case, read back."""
    explainer = model if isinstance(model, Explainer) else Explainer(model)
    made = justify(explainer, case, all_proofs=all_)
    document: Document = json.loads(justification_json(made, explainer.model))
    return document


# --- random programs ----------------------------------------------------------------


def with_cases(made: Program) -> Policy:
    """Give a program cases: its first relation's rows, with goals over their columns."""
    chosen = random.Random(made.seed)
    policy = made.policy
    kind = next(iter(policy.relations["e0"].columns)).type
    relations = {
        name: replace(
            one,
            columns=tuple(
                Column(f"c{i}" if one.name == "e0" else None, column.type)
                for i, column in enumerate(one.columns)
            ),
        )
        for name, one in policy.relations.items()
    }
    arity = relations["e0"].arity
    outcomes = []
    derived = [one for one in relations.values() if not one.stated]
    for one in [*derived, derived[-1]]:
        terms: list[Term] = [
            Variable(f"C{chosen.randrange(arity)}")
            if chosen.random() < 0.7
            else Constant(chosen.randrange(3), INTEGER)
            for _ in range(one.arity)
        ]
        goal = Atom(one.name, tuple(terms))
        outcomes.append(Outcome(f"o{len(outcomes)}", goal, wanted=False))
    chosen.shuffle(outcomes)
    outcomes = [replace(one, wanted=not i) for i, one in enumerate(outcomes)]
    outcomes = chosen.sample(outcomes, len(outcomes))
    if chosen.random() < 0.5:
        outcomes.append(Outcome("rest", None, wanted=False))
    typed = {rule.index: replace(rule, types=Everything(kind)) for rule in policy.rules}
    return replace(
        policy,
        relations=relations,
        rules=tuple(typed.values()),
        components=tuple(
            replace(one, rules=tuple(typed[rule.index] for rule in one.rules))
            for one in policy.components
        ),
        subject="e0",
        outcomes=tuple(outcomes),
        show=tuple(chosen.sample([one.name for one in derived], 1)),
    )


class Everything(dict[str, Type]):
    """The types of a rule whose variables all have one."""

    def __init__(self, kind: Type) -> None:
        super().__init__()
        self.kind = kind

    def __missing__(self, name: str) -> Type:
        return self.kind

    def __contains__(self, name: object) -> bool:
        return True


def random_proofs(seed: int) -> Iterator[tuple[Document, Policy, FactBase]]:
    """Every case's justification, for the program of a seed (none, if it overflows)."""
    made = program(seed)
    policy = with_cases(made)
    base = facts(policy, made.rows)
    try:
        model = solve(policy, base, SETTING, engine="sqlite", limits=Limits(seconds=20))
    except WhereasError:
        return
    explainer = Explainer(model)
    for row in made.rows["e0"]:
        yield written(explainer, row), policy, base


def literals(body: tuple[Literal, ...]) -> Iterator[Literal]:
    yield from body


# --- mutations ------------------------------------------------------------------------


def leaves(
    value: Any, at: tuple[str | int, ...] = ()
) -> Iterator[tuple[str | int, ...]]:
    """The place of every leaf; an empty list or object is one."""
    parts: Any = ()
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    if not parts:
        yield at
    for key, one in parts:
        yield from leaves(one, (*at, key))


def nodes(
    value: Any, at: tuple[str | int, ...] = ()
) -> Iterator[tuple[str | int, ...]]:
    """The place of every node but the root."""
    if at:
        yield at
    parts: Any = ()
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    for key, one in parts:
        yield from nodes(one, (*at, key))


def at(document: Any, place: tuple[str | int, ...]) -> Any:
    for key in place:
        document = document[key]
    return document


def changed(document: Document, place: tuple[str | int, ...], value: Any) -> Document:
    """A copy with another value at a place."""
    mutant = copy.deepcopy(document)
    at(mutant, place[:-1])[place[-1]] = value
    return mutant


def without(document: Document, place: tuple[str | int, ...]) -> Document:
    """A copy that lacks a node."""
    mutant = copy.deepcopy(document)
    del at(mutant, place[:-1])[place[-1]]
    return mutant


def others(value: Any) -> list[Any]:
    """Values of the same type, near to a value and unlike it."""
    match value:
        case bool():
            return [not value]
        case int():
            return [value + 1, value - 1] if value else [value + 1]
        case str() if len(value) == 10 and value[4] == value[7] == "-":
            return [f"{int(value[:4]) + 1}{value[4:]}", "1999-12-31"]
        case str():
            return [value + "x", ""] if value else ["x"]
        case None:
            return [0, "x"]
        case dict():
            return [{"x": 1}]
        case list():
            return [[0]]
    raise AssertionError(value)


def pointer(place: tuple[str | int, ...]) -> str:
    return "/" + "/".join(map(str, place))


def unchecked(place: tuple[str | int, ...], document: Mapping[str, Any]) -> bool:
    """Whether the reference page says that a node is not checked."""
    words = {"text", "why", "label"}
    if words & {one for one in place if isinstance(one, str)} - _keys(place):
        return True
    if place[0] in {"engines", "certified"} or place[-1] == "instances":
        return True
    if place[:2] in {("decision", "held"), ("decision", "failed")}:
        return True
    return place[:2] == ("blockage", "attempts")


def _keys(place: tuple[str | int, ...]) -> set[str | int]:
    """What a user named: variables, columns, parameters, labels of rules."""
    named: set[str | int] = set()
    for before, one in zip(place, place[1:], strict=False):
        if before in {"substitution", "case", "parameters", "rules"}:
            named.add(one)
    return named
