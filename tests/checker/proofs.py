"""Proofs as the product writes them, random programs with cases, and mutations."""

from __future__ import annotations

import copy
import functools
import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tests.engine.build import SETTING, facts
from tests.engine.programs import Program, program

from whereas.budget import Limits
from whereas.checker import Checker
from whereas.checker.bodies import names
from whereas.diagnostics import WhereasError
from whereas.engine import solve
from whereas.engine.model import Model
from whereas.explain import Explainer, justify
from whereas.policy.core import (
    Atom,
    Column,
    Constant,
    Outcome,
    Policy,
    Term,
    Variable,
)
from whereas.render.document import justification_json
from whereas.values import INTEGER

Document = dict[str, Any]
Place = tuple[str | int, ...]


def written(model: Model | Explainer, case: tuple[Any, ...], all_: int = 5) -> Document:
    """The JSON that `why` writes for a case, read back."""
    explainer = model if isinstance(model, Explainer) else Explainer(model)
    made = justify(explainer, case, all_proofs=all_)
    document: Document = json.loads(justification_json(made, explainer.model))
    return document


@functools.cache
def checker(made: Model) -> Checker:
    """The checker of a model's policy and facts; it derives each relation once."""
    return Checker(made.policy, made.facts)


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
    typed = {
        rule.index: replace(
            rule,
            types={n: kind for one in (rule.head, *rule.body) for n in names(one)},
        )
        for rule in policy.rules
    }
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


def random_proofs(seed: int) -> Iterator[tuple[Document, Checker]]:
    """Every case's justification, for the program of a seed (none, if it overflows)."""
    made = program(seed)
    policy = with_cases(made)
    base = facts(policy, made.rows)
    try:
        model = solve(policy, base, SETTING, engine="sqlite", limits=Limits(seconds=20))
    except WhereasError:
        return
    explainer, reader = Explainer(model), Checker(policy, base)
    for row in made.rows["e0"]:
        yield written(explainer, row), reader


# --- mutations ------------------------------------------------------------------------


def leaves(value: Any, at: Place = ()) -> Iterator[Place]:
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


def nodes(value: Any, at: Place = ()) -> Iterator[Place]:
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


def at(document: Any, place: Place) -> Any:
    for key in place:
        document = document[key]
    return document


def changed(document: Any, place: Place, value: Any) -> Any:
    """A copy with another value at a place; the rest is shared."""
    if not place:
        return value
    made = copy.copy(document)
    made[place[0]] = changed(document[place[0]], place[1:], value)
    return made


def without(document: Document, place: Place) -> Document:
    """A copy that lacks a node."""
    parent = copy.copy(at(document, place[:-1]))
    del parent[place[-1]]
    made: Document = changed(document, place[:-1], parent)
    return made


def others(document: Document, place: Place) -> list[Any]:
    """Values unlike the one at a place: near ones, and one that stands elsewhere."""
    value = at(document, place)
    elsewhere = [
        one
        for one in sorted(pool(document)[kind_of(place)], key=repr)
        if (type(one), one) != (type(value), value)
    ]
    found = elsewhere[len(place) % len(elsewhere) :][:1] if elsewhere else []
    match value:
        case bool():
            return [not value]
        case int():
            return [*found, value + 1]
        case str():
            return [*found, value + "x"]
        case None:
            return [*found, 0, "x"]
        case dict():
            return [{"x": 1}]
        case list():
            return [[0]]
    raise AssertionError(value)


def kind_of(place: Place) -> str:
    """The last name on the way to a place: what sort of thing stands there."""
    return [one for one in place if isinstance(one, str)][-1]


def pool(document: Document) -> dict[str, set[Any]]:
    """What stands in the document under each name."""
    found: dict[str, set[Any]] = {}
    for place in leaves(document):
        value = at(document, place)
        found.setdefault(kind_of(place), set())
        if not isinstance(value, dict | list):
            found[kind_of(place)].add(value)
    return found


def pointer(place: Place) -> str:
    return "/" + "/".join(map(str, place))


def unchecked(place: Place) -> bool:
    """Whether the reference page says that a node is not checked.

    The setting belongs to what is claimed: another one is another claim.
    """
    if {"text", "why", "label"} & ({*place} - _keys(place)):
        return True
    if place[0] in {"engines", "certified", "today", "parameters"}:
        return True
    return place[-1] in {"instances", "tried"}


def _keys(place: Place) -> set[str | int]:
    """What a user named: variables, columns, parameters, labels of rules."""
    named: set[str | int] = set()
    for before, one in itertools.pairwise(place):
        if before in {"substitution", "case", "parameters", "rules"}:
            named.add(one)
    return named
