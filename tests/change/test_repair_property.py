"""Each proposal of random policies helps, and each of its changes is needed.

Proposals are written as a what-if file and applied as `what-if` applies it. Values
that a proposal leaves open are drawn at random too: any that its words allow will do.
"""

from __future__ import annotations

import operator
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from policy.helper import policy as written_policy
from whereas import api
from whereas.change.proposals import Proposal, ValueRange, Way
from whereas.change.repair import Repairs, repair
from whereas.change.terms import Bounds
from whereas.diagnostics import Invalid
from whereas.facts.base import FactBase
from whereas.facts.changes import Addition, Change, Correction, Withdrawal, changed
from whereas.facts.drafts import completed
from whereas.facts.memory import from_rows
from whereas.policy.core import Policy
from whereas.render.repair_document import changes_yaml
from whereas.scenarios.what_if import load_suppositions
from whereas.values import Value

DECLARED = """
input cs(c: text, w: integer) key c closed.
input in1(a: text, b: integer) closed.
input r(a: integer, b: integer) closed.
input t(t: text, a: text, n: integer?) key t closed.
subject cs.
outcome "yes" wanted if goal(C).
outcome "no" otherwise.
"""
COMPARED = {"=": operator.eq, "!=": operator.ne, "<=": operator.le}
BOUNDS = Bounds(proposals=12, states=1_500)

Rows = dict[str, list[list[object]]]


def random_policy(chance: random.Random) -> str:
    """Return a policy with one rule or two, over joins, negation and comparisons."""
    lines = [
        f"correctable {action} {relation} weight {chance.choice([1, 1, 2, 3])}."
        for relation in ("in1", "r", "t")
        for action in ("add", "withdraw")
        if chance.random() < 0.6
    ]
    for column in ("cs(w)", "t(n)", "r(b)"):
        if chance.random() < 0.5:
            relation = column.partition("(")[0]
            if relation not in ("r",):
                lines.append(f"correctable change {column}.")
    lines += [
        f"goal(C) :- {', '.join(body(chance))}."
        for _ in range(chance.choice([1, 1, 2]))
    ]
    return DECLARED + "\n".join(lines)


def body(chance: random.Random) -> list[str]:
    texts, numbers = ["C"], ["W"]
    found = ["cs(C, W)"]

    def one(pool: list[str], fresh: str, constants: Sequence[str]) -> str:
        kind = chance.random()
        if kind < 0.5:
            return chance.choice(pool)
        if kind < 0.65:
            return chance.choice(constants)
        if kind < 0.75:
            return "_"
        name = f"{fresh}{len(pool)}"
        pool.append(name)
        return name

    for _ in range(chance.choice([1, 2, 2, 3])):
        relation = chance.choice(["in1", "r", "r", "t"])
        if relation == "in1":
            first = one(texts, "T", ['"g"', '"x"'])
            atom = f"in1({first}, {one(numbers, 'N', '123')})"
        elif relation == "r":
            first = one(numbers, "N", "123")
            atom = f"r({first}, {one(numbers, 'N', '123')})"
        else:
            atom = f"t(_, {one(texts, 'T', [chr(34) + 'g' + chr(34)])}, _)"
        found.append(atom)
    if chance.random() < 0.4:
        found.append(f"not r({chance.choice(numbers)}, _)")
    if chance.random() < 0.3:
        found.append(f'not in1("x", {chance.choice(numbers)})')
    for _ in range(chance.choice([0, 1, 1, 2])):
        left = chance.choice(numbers)
        op = chance.choice(["!=", "!=", "<", ">=", "="])
        right = chance.choice([n for n in [*numbers, "1", "3"] if n != left])
        found.append(f"{left} {op} {right}")
    if len(texts) > 1 and chance.random() < 0.4:
        found.append(f"{texts[-1]} != C")
    return found


def random_rows(chance: random.Random) -> Rows:
    number = lambda: chance.choice([1, 2, 3, 3, 4])  # noqa: E731
    text = lambda: chance.choice(["g", "x", "y"])  # noqa: E731
    rows: Rows = {"cs": [["g", number()], ["h", number()]]}
    rows["in1"] = unique([text(), number()] for _ in range(chance.choice([0, 1, 2])))
    rows["r"] = unique([number(), number()] for _ in range(chance.choice([0, 1, 2])))
    rows["t"] = [
        [f"t{n}", text(), chance.choice([None, 1, 2])]
        for n in range(chance.choice([0, 1]))
    ]
    return rows


def unique(rows: Iterator[list[object]]) -> list[list[object]]:
    return [list(row) for row in dict.fromkeys(map(tuple, rows))]


def outcome(policy: Policy, facts: FactBase, changes: Sequence[Change]) -> str | None:
    decisions = api.decide(policy, changed(facts, policy, changes), engine="sqlite")
    return next(d.outcome for d in decisions if d.case == ("g",))


def check(
    policy: Policy, facts: FactBase, found: Repairs, model: object, path: Path
) -> None:
    path.write_text(changes_yaml(found, model, "en"), encoding="utf-8")
    if not found.proposals:
        return
    scenarios = load_suppositions(policy, path)
    for scenario in scenarios:
        changes = list(completed(facts, policy, scenario.drafts))
        assert outcome(policy, facts, changes) == "yes", scenario
        for place in range(len(changes)):
            fewer = [*changes[:place], *changes[place + 1 :]]
            assert outcome(policy, facts, fewer) != "yes", (scenario, changes[place])


def drawn(chance: random.Random, proposal: Proposal, way: Way) -> list[Change] | None:
    """Return changes with other values than the example's; None: no draw fits."""
    values: dict[tuple[int, int], Value] = {}
    for step, row in enumerate(way.ranges):
        for column, told in enumerate(row or ()):
            kind = way.example[step][column]  # type: ignore[index]
            values[step, column] = draw(chance, told, isinstance(kind, str))
    for link in way.links:
        if link.op == "=":
            values[link.other] = values[link.one]
    for (step, column), value in values.items():
        told = way.ranges[step][column]  # type: ignore[index]
        if not fits(told, value):
            return None
    for link in way.links:
        one, other = values[link.one], values[link.other]
        if link.op != "=" and (one is None or other is None):
            continue
        by = link.by and other + link.by  # type: ignore[operator]
        if not COMPARED[link.op](one, by or other):
            return None
    changes: list[Change] = []
    for step, one in enumerate(proposal.steps):
        row = tuple(values[step, c] for c in range(len(way.ranges[step] or ())))
        if one.action == "add":
            changes.append(Addition(one.relation, row))
        elif one.action == "withdraw":
            changes.append(Withdrawal(one.relation, one.before or ()))
        else:
            changes.append(Correction(one.relation, one.before or (), row))
    return changes


def draw(chance: random.Random, told: ValueRange, text: bool) -> Value:
    if told.settled:
        return told.value
    if told.none and chance.random() < 0.3:
        return None
    return chance.choice(["g", "x", "y", "z"] if text else [0, 1, 2, 3, 4, 5])


def fits(told: ValueRange, value: Value) -> bool:
    if told.settled:
        return told.value == value
    if value is None:
        return told.none
    return (
        (told.low is None or value >= told.low)  # type: ignore[operator]
        and (told.high is None or value <= told.high)  # type: ignore[operator]
        and (told.members is None or value in told.members)
        and value not in told.excluded
    )


def check_draws(
    chance: random.Random, policy: Policy, facts: FactBase, found: Repairs
) -> int:
    """Return how many draws were tried: each gives the wanted outcome."""
    tried = 0
    for proposal in found.proposals:
        for way in proposal.ways:
            for _ in range(4):
                changes = drawn(chance, proposal, way)
                if changes is None:
                    continue
                try:
                    said = outcome(policy, facts, changes)
                except Invalid:
                    # A key that is there already is refused aloud.
                    continue
                assert said == "yes", (proposal.steps, way, changes)
                tried += 1
    return tried


@pytest.mark.parametrize("block", range(4))
def test_each_change_is_needed_and_all_are_enough(block: int, tmp_path: Path) -> None:
    compared = 0
    for seed in range(50 * block, 50 * block + 50):
        chance = random.Random(seed)
        try:
            policy = written_policy(random_policy(chance))
        except Invalid:
            continue
        facts = from_rows(policy, random_rows(chance))
        model = api.decide(policy, facts, engine="sqlite").model
        found = repair(model, ("g",), bounds=BOUNDS)
        check(policy, facts, found, model, tmp_path / "changes.yaml")
        check_draws(chance, policy, facts, found)
        compared += bool(found.proposals)
    assert compared >= 5
