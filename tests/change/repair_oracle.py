"""The lightest repairs of a case by clingo: changes are guessed, weights minimised."""

from __future__ import annotations

import random
from dataclasses import replace

import clingo
from reasons_oracle import random_world
from tests.engine.oracle import translated
from worlds import World

from whereas.policy.core import Aggregate, Correctable, Move

# Values that a guessed row may have: those of the worlds, and room on both sides.
VALUES = range(-2, 7)
STATED = {"a": 1, "b": 2, "c": 2, "d": 3, "case": 2}

Change = tuple[str, str, tuple[int, ...], tuple[int, ...]]


def correctable_world(seed: int, *, aggregates: bool = False) -> World:
    """Return a random world in which some things may be corrected."""
    made = random_world(seed)
    while not aggregates and any(
        isinstance(one, Aggregate) for r in made.policy.rules for one in r.body
    ):
        seed += 1000
        made = random_world(seed)
    chance = random.Random(seed)
    allowed = [
        Correctable(action, name, weight=chance.choice([1, 1, 2, 3]))
        for name in ("a", "b", "c")
        for action in ("add", "withdraw")
        if chance.random() < 0.55
    ]
    if chance.random() < 0.6:
        direction = chance.choice([None, "later", "earlier"])
        moves = (Move(1, direction),)
        allowed.append(
            Correctable("change", "case", moves, weight=chance.choice([1, 2]))
        )
    policy = replace(made.policy, correctable=tuple(allowed))
    return World(policy, made.stated, made.rows)


def lightest(made: World, case: int) -> tuple[int, set[frozenset[Change]]] | None:
    """Return the least weight, and all sets of changes of that weight."""
    control = clingo.Control(
        ["--warn=none", "--opt-mode=optN", "0", "--project"], logger=lambda *_: None
    )
    control.add("base", [], program(made, case))
    control.ground([("base", [])])
    found: set[frozenset[Change]] = set()
    least: int | None = None
    with control.solve(yield_=True) as handle:
        for model in handle:
            if not model.optimality_proven:
                continue
            (least,) = model.cost
            found.add(frozenset(map(change, model.symbols(shown=True))))
    return None if least is None else (least, found)


def program(made: World, case: int) -> str:
    allowed = {(c.action, c.relation): c for c in made.policy.correctable}
    lines = [f"value({n})." for n in VALUES]
    costs = []
    for name, arity in STATED.items():
        terms = ", ".join(f"X{i}" for i in range(arity))
        lines += [
            f"old_{name}({', '.join(map(str, row))})." for row in made.stated[name]
        ]
        lines.append(
            f"{name}({terms}) :- old_{name}({terms}), not gone_{name}({terms})."
        )
        lines.append(f"gone_{name}({terms}) :- withdraw_{name}({terms}).")
        lines.append(f"{name}({terms}) :- add_{name}({terms}).")
        lines += [
            f"#defined {kind}_{name}/{arity}." for kind in ("old", "withdraw", "add")
        ]
        if (add := allowed.get(("add", name))) is not None:
            values = ", ".join(f"value(X{i})" for i in range(arity))
            lines.append(
                f"{{ add_{name}({terms}) }} :- {values}, not old_{name}({terms})."
            )
            costs.append(f"{add.weight}, add, {name}, {terms} : add_{name}({terms})")
            lines.append(f"#show add_{name}/{arity}.")
        if (withdraw := allowed.get(("withdraw", name))) is not None:
            lines.append(f"{{ withdraw_{name}({terms}) }} :- old_{name}({terms}).")
            costs.append(
                f"{withdraw.weight}, withdraw, {name}, {terms} : withdraw_{name}({terms})"
            )
            lines.append(f"#show withdraw_{name}/{arity}.")
    if (move := allowed.get(("change", "case"))) is not None:
        direction = {"later": "Y > X1", "earlier": "Y < X1", None: "Y != X1"}
        test = direction[move.moves[0].direction]
        lines += [
            f"{{ change(X0, X1, Y) : value(Y), {test} }} 1 :- old_case(X0, X1).",
            "gone_case(X0, X1) :- change(X0, X1, _).",
            "case(X0, Y) :- change(X0, _, Y).",
            "#show change/3.",
        ]
        costs.append(f"{move.weight}, change, case, X0, X1, Y : change(X0, X1, Y)")
    for rule in made.policy.rules:
        lines += translated(rule)
    for outcome in made.policy.outcomes:
        assert outcome.goal is not None
        wanted = "not " if outcome.wanted else ""
        lines.append(f":- {wanted}{outcome.goal.relation}({case}).")
        if outcome.wanted:
            break
    lines.append(f"#minimize {{ {'; '.join(costs) or '0'} }}.")
    lines.append("#show.")
    return "\n".join(lines)


def change(symbol: clingo.Symbol) -> Change:
    values = tuple(a.number for a in symbol.arguments)
    if symbol.name == "change":
        return ("change", "case", values[:2], (values[0], values[2]))
    kind, name = symbol.name.split("_")
    return (kind, name, values, ()) if kind == "withdraw" else (kind, name, (), values)
