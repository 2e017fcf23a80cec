"""Random policies with and without ids, and random rows for them."""

from __future__ import annotations

import random
from datetime import date, timedelta

from whereas.policy import load_policy

MANIFEST = """
[policy]
id = "random"
version = "1"
languages = ["en"]
month_end = "last-day"
title = { en = "Random" }
"""
INPUTS = """
input cs(c0: text, made: date) key c0 closed.
input a(case: text) closed.
input b(case: text, x: text) closed.
input c(x: text) closed.
subject cs.
timeline cs(made).
"""
DAY = date(2024, 1, 10)
LEVELS = 6


def random_policy(seed, folder):
    """A policy in a folder; a rule without an id is as likely as one with an id."""
    rng = random.Random(seed)
    parts = [f"# Random\n\n```datalog{INPUTS}"]
    sections = []

    def literal(level, *, deep=True):
        below = [f"r{n}(C)" for n in range(level)]
        roll = rng.random()
        if below and roll < 0.45:
            return rng.choice(below[-3:])
        if below and roll < 0.6:
            return f"not {rng.choice(below[-3:])}"
        if deep and roll < 0.75:
            branches = [
                ", ".join(literal(level, deep=False) for _ in range(rng.randint(1, 2)))
                for _ in range(2)
            ]
            return f"( {' ; '.join(branches)} )"
        inputs = ["a(C)", "not a(C)", f"b(C, {rng.choice(['X', '_', '_'])})"]
        inputs += ["c(X)", f"Made <= 2024-01-{rng.randint(8, 14):02}"]
        return rng.choice(inputs)

    for level in range(LEVELS):
        for number in range(rng.choice([1, 1, 2])):
            body = ["cs(C, Made)"]
            body += [literal(level) for _ in range(rng.choice([1, 2, 3]))]
            if any("X" in one for one in body):
                # What gives X is a condition of its own, which may be missing.
                body.insert(1, "b(C, X)")
            head = "goal" if level == LEVELS - 1 else f"r{level}"
            id_ = f"R-{level}{number}"
            own = f'@id("{id_}")\n' if rng.random() < 0.5 else ""
            sections.append(
                f"## Rule {level}{number}\n\n> {id_} is the law.\n\n"
                f"```datalog\n{own}{head}(C) :- {', '.join(body)}.\n```\n"
            )
    if rng.random() < 0.5:
        parts.append(f'outcome "breach" if r{rng.randrange(LEVELS - 1)}(C0).\n')
    parts.append('outcome "granted" wanted if goal(C0).\n')
    parts.append('outcome "refused" otherwise.\n```\n')
    (folder / "policy.toml").write_text(MANIFEST)
    (folder / "rules.md").write_text("".join(parts) + "\n" + "\n".join(sections))
    return load_policy(folder)


def random_rows(seed):
    rng = random.Random(seed)
    cases = [f"c{n}" for n in range(4)]
    some = [case for case in cases if rng.random() < 0.5]
    pairs = {(rng.choice(cases), rng.choice("xyz")) for _ in range(4)}
    return {
        "cs": [(case, DAY + timedelta(rng.randrange(5))) for case in cases],
        "a": [(case,) for case in some],
        "b": sorted(pairs),
        "c": [("x",)] if rng.random() < 0.7 else [],
    }
