"""Random small policies in which a day moves, and each day decided by itself."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from whereas.diagnostics import Source
from whereas.engine.incremental_solver import IncrementalSolver
from whereas.engine.model import Model
from whereas.explain import Explainer, decide
from whereas.facts.memory import copy, from_rows
from whereas.language import parse_package
from whereas.policy import check, parse_manifest
from whereas.policy.core import Policy, Setting

INPUTS = """
input thing(thing: text, made: date, ends: date?, size: integer) key thing closed.
input visit(visit: text, thing: text references thing, on: date) key visit closed.
input fair(place: text, opens: date, shuts: date?) closed.
input note(thing: text, said: date) closed.
input link(a: text, b: text) closed.
subject thing.
timeline visit(on).
reach(A, B) :- link(A, B).
reach(A, C) :- reach(A, B), link(B, C).
next(V, D) :- visit(V, _, On), D = On + 7 days.
due(V, D) :- visit(V, _, On), D = On + 1 months.
due(V, E) :- due(V, D), D < 2024-05-01, E = D + 1 months.
held(D) :- visit(_, _, D).
calls(T, D) :- visit(_, T, D).
latest(T, L) :- thing(T, _, _, _), L = max X { note(T, X) }.
"""
CONDITIONS = (
    "Made <= On",
    "On < Made + {n} months",
    "On - {m} days >= Made",
    "( Ends = none ; Ends >= On )",
    "Ends != none, Ends > On + {n} months",
    "fair(_, O{i}, S{i}), O{i} <= On, ( S{i} = none ; S{i} > On )",
    "On - Made > {m}",
    "Made - On < {n}",
    "(On - Made) * 2 > {m} + (On - 2024-01-31)",
    "(Made - On) * {n} > 0 - {m}",
    "On = 2024-02-29",
    "On in {{2024-02-01, 2024-02-29, 2024-03-31}}",
    "not On in {{2024-02-10, 2024-03-01}}",
    "note(T, On)",
    "not note(T, On)",
    "not note(_, On)",
    "On != Made",
    '( On = Made ; fair(P{i}, On, _), P{i} != "x" )',
    "N{i} = count {{ note(T, X{i}), X{i} < On }}, N{i} > 1",
    "N{i} = count {{ visit(_, T, X{i}), X{i} <= Made }}, N{i} = 1",
    "C{i} = count {{ note(_, X{i}), X{i} > On }}, C{i} < On - Made",
    "L{i} = max X{i} {{ note(T, X{i}), X{i} <= On }}, On <= L{i} + {m} days",
    "L{i} = min X{i} {{ visit(_, _, X{i}), X{i} != Made }}, On <= L{i}",
    "next(V, D{i}), D{i} > 2024-02-{day}",
    "next(V, D{i}), note(_, D{i})",
    "Q{i} = sum Z{i} {{ thing(_, X{i}, _, Z{i}), X{i} <= On }}, Q{i} > 5",
    "reach(T, U{i}), thing(U{i}, M{i}, _, _), M{i} < On",
    "due(V, 2024-03-{day})",
    "due(V, D{i}), note(_, D{i})",
    "latest(T, L{i}), L{i} < On",
    "held(On)",
    "not held(2024-02-{day})",
    "held(2024-02-29)",
    "calls(U{i}, On), U{i} != T",
    "calls(U{i}, D{i}), note(U{i}, D{i}), D{i} <= On",
    "visit(_, _, 2024-01-31)",
    "note(U{i}, On), not calls(U{i}, On)",
    "N{i} = count {{ visit(_, _, On) }}, N{i} = 1",
    "N{i} = count {{ held(X{i}) }}, N{i} < 4",
    "E{i} = On + {n} months, E{i} <= 2024-04-30, E{i} != Made + 62 days",
    "On + 1 months = Made + 31 days",
)
BEGIN, END = date(2023, 12, 20), date(2024, 4, 20)


def random_policy(seed: int) -> Policy:
    """Return a checked policy: rules over visits, each negating those before it."""
    rng = random.Random(seed)
    rules = []
    names = rng.randint(2, 4)
    for number in range(names):
        for way in range(rng.randint(1, 2)):
            body = [
                rng.choice(CONDITIONS).format(
                    n=rng.randint(1, 3),
                    m=rng.randint(1, 40),
                    i=f"{way}{place}",
                    day=rng.randint(10, 28),
                )
                for place in range(rng.randint(1, 3))
            ]
            if number and rng.random() < 0.5:
                sign = rng.choice(["", "not "])
                body.append(f"{sign}v{rng.randrange(number)}(V)")
            rules.append(
                f'@id("R-{number}") v{number}(V) :- visit(V, T, On), '
                f"thing(T, Made, Ends, Size), Size > 0, {', '.join(body)}."
            )
    picked = rng.sample(range(names), 2)
    for name, number in zip(("yes", "maybe"), picked, strict=True):
        rules.append(f"{name}(T) :- visit(V, T, _), v{number}(V).")
        rules.append(f'outcome "{name}" if {name}(Thing).')
    if rng.random() < 0.7:
        rules.append('outcome "no" otherwise.')
    end = rng.choice(["last-day", "next-day"])
    return checked(INPUTS + "\n".join(rules), end)


def checked(text: str, month_end: str = "last-day") -> Policy:
    """Return the checked policy that some rules make."""
    manifest = (
        '[policy]\nid = "random"\nversion = "1"\nlanguages = ["en"]\n'
        f'title = {{ en = "Random" }}\nmonth_end = "{month_end}"\n'
    )
    source = Source("rules.md", f"# Rules\n\n```datalog\n{text}\n```\n")
    program = parse_package([source])
    return check(program, parse_manifest(Source("policy.toml", manifest)))


def random_rows(seed: int) -> dict[str, list[dict[str, Any]]]:
    """Return a few rows of each input, most dates near one another."""
    rng = random.Random(seed)

    def day() -> date:
        if rng.random() < 0.3:
            return rng.choice([date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 1)])
        return date(2024, 1, 5) + timedelta(rng.randrange(80))

    def maybe() -> date | None:
        return None if rng.random() < 0.4 else day()

    things = ["a", "b", "c"]
    notes = {(rng.choice(things), day()) for _ in range(5)}
    links = {(rng.choice(things), rng.choice(things)) for _ in range(3)}
    return {
        "thing": [
            {"thing": t, "made": day(), "ends": maybe(), "size": rng.randint(0, 4)}
            for t in things
        ],
        "visit": [
            {"visit": f"v{n}", "thing": rng.choice(things), "on": day()}
            for n in range(4)
        ],
        "fair": [{"place": "x", "opens": day(), "shuts": maybe()} for _ in range(1)]
        + [{"place": "y", "opens": day(), "shuts": maybe()}],
        "note": [{"thing": t, "said": d} for t, d in sorted(notes)],
        "link": [{"a": a, "b": b} for a, b in sorted(links)],
    }


def world(seed: int, home: str = "sqlite") -> Model:
    """Return a random policy over random facts, not decided yet."""
    policy = random_policy(seed)
    facts = copy(from_rows(policy, random_rows(seed)), home, policy)  # type: ignore[arg-type]
    return Model(policy, facts, Setting({}, None), (), certified=False)


def each_day(
    seed: int, case: str, first: date, last: date
) -> dict[date, tuple[str | None, tuple[str, ...], tuple[str, ...]]]:
    """Decide a case on every day by itself, over all facts: the oracle."""
    model = world(seed)
    database = model.database
    again = IncrementalSolver.of(model.policy, model.facts, model.setting)
    explainer = Explainer(again.model)
    number = database.numbers([case])[case]
    found = {}
    for day in range(first.toordinal(), last.toordinal() + 1):
        database.execute("UPDATE visit SET a2 = ? WHERE a1 = ?", (day, number))
        again.solve()
        (one,) = decide(explainer, [(case,)])
        outcome = None if one.outcome == "undetermined" else one.outcome
        found[date.fromordinal(day)] = (outcome, one.held, one.failed)
    return found
