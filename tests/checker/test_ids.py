"""The ids of a decision, as docs/reference/json.md defines them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from policies import decided, lay_down
from proofs import Document, checker, written
from reasons_oracle import random_world
from worlds import all_cases
from worlds import model as model_of

from whereas.checker import Checker
from whereas.explain import Explainer

INPUTS = """\
input cs(c: integer) closed.
input a(c: integer) closed.
input b(c: integer) closed.
input d(c: integer) closed.
subject cs.
"""
OUTCOMES = """
outcome "no" if refused(C).
outcome "yes" wanted if goal(C).
outcome "other" otherwise.
"""
NEVER = "refused(C) :- cs(C), C > 100."

CASES: dict[str, tuple[str, str, list[str], list[str]]] = {
    "a rule without an id is transparent": (
        '@id("G") goal(C) :- cs(C), inner(C). inner(C) :- has_a(C), has_b(C). '
        '@id("A") has_a(C) :- a(C). @id("B") has_b(C) :- b(C).',
        "a",
        ["A"],
        ["B"],
    ),
    "what such a rule lacks by itself is laid to the rule above": (
        '@id("G") goal(C) :- cs(C), inner(C). inner(C) :- a(C), b(C).',
        "a",
        [],
        ["G"],
    ),
    "each rule of a missing fact is named": (
        '@id("G") goal(C) :- cs(C), either(C). @id("A") either(C) :- a(C). '
        '@id("B") either(C) :- b(C). either(C) :- deep(C). @id("D") deep(C) :- d(C).',
        "",
        [],
        ["A", "B", "D"],
    ),
    "an alternative lacks what its branches lack": (
        '@id("G") goal(C) :- cs(C), ( has_a(C), has_b(C) ; d(C) ). '
        '@id("A") has_a(C) :- a(C). @id("B") has_b(C) :- b(C).',
        "a",
        ["A"],
        ["B", "G"],
    ),
    "what should be absent is named by the rules that give it": (
        '@id("G") goal(C) :- cs(C), not bad(C). bad(C) :- worse(C), a(C). '
        '@id("W") worse(C) :- a(C).',
        "a",
        [],
        ["W"],
    ),
    "without ids beneath, by the rule that negates it": (
        '@id("G") goal(C) :- cs(C), not bad(C). bad(C) :- a(C).',
        "a",
        [],
        ["G"],
    ),
    "through two negations": (
        '@id("G") goal(C) :- cs(C), not bad(C). bad(C) :- cs(C), not good(C). '
        '@id("A") good(C) :- a(C).',
        "",
        [],
        ["A"],
    ),
    "a recursion ends": (
        '@id("G") goal(C) :- cs(C), p(C). p(C) :- q(C). q(C) :- p(C). q(C) :- has_a(C). '
        '@id("A") has_a(C) :- a(C).',
        "",
        [],
        ["A"],
    ),
    "nothing beneath has an id": (
        '@id("G") goal(C) :- cs(C), p(C). p(C) :- cs(C), q(C). q(C) :- p(C).',
        "",
        [],
        ["G"],
    ),
    "of a goal that holds, all that supports it": (
        '@id("G") goal(C) :- cs(C), inner(C). inner(C) :- has_a(C). inner(C) :- has_b(C). '
        '@id("A") has_a(C) :- a(C). @id("B") has_b(C) :- b(C).',
        "ab",
        ["A", "B", "G"],
        [],
    ),
}


def made(folder: Path, rules: str, true: str) -> tuple[Document, Any]:
    """The proof of the one case; `true` are the inputs that have it."""
    facts = {one: "c 1" if one in true else "c" for one in "abd"}
    lay_down(folder, INPUTS + rules + OUTCOMES, {"cs": "c 1", **facts})
    model = decided(folder)
    return written(model, (1,)), checker(model)


def ids(document: Document, reader: Any) -> tuple[list[str], list[str]]:
    """The ids by which the checker accepts a document, whatever it says itself."""
    decision = document["decision"]
    claimed = {**decision, "held": ["?"], "failed": ["?"]}
    verdict = reader.verify({**document, "decision": claimed})
    said = {one.at: one.why for one in verdict.rejections}
    assert said.keys() <= {"/decision/held", "/decision/failed", "/decision/because"}
    return tuple(  # type: ignore[return-value]
        eval(said[f"/decision/{name}"].partition(" should be ")[2])
        for name in ("held", "failed")
    )


@pytest.mark.parametrize("name", CASES)
def test_held_and_failed_are_those_of_the_definition(name: str, tmp_path: Path) -> None:
    rules, true, held, failed = CASES[name]
    document, reader = made(tmp_path, f"{rules} {NEVER}", true)
    assert ids(document, reader) == (held, failed)


@pytest.mark.parametrize(
    ("rules", "because"),
    [
        ('refused(C) :- bad(C). @id("B") bad(C) :- cs(C).', ["B"]),
        ('refused(C) :- cs(C), not good(C). @id("A") good(C) :- a(C).', ["A"]),
        (
            "refused(C) :- cs(C), not good(C). good(C) :- cs(C), one(C), two(C). "
            '@id("A") one(C) :- a(C). @id("Z") two(C) :- cs(C).',
            ["A"],
        ),
    ],
)
def test_because_has_the_first_ids(
    rules: str, because: list[str], tmp_path: Path
) -> None:
    """Of what a rule without an id negates, those that fail."""
    document, reader = made(tmp_path, f'{rules} @id("G") goal(C) :- b(C).', "")
    document["decision"]["because"] = [{"outcome": "no", "ids": because}]
    assert "/decision/because" not in {
        one.at for one in reader.verify(document).rejections
    }
    document["decision"]["because"][0]["ids"] = ["?"]
    assert "/decision/because" in {one.at for one in reader.verify(document).rejections}


def world_documents(seed: int) -> Iterator[tuple[Document, Checker]]:
    """The proofs of a random world whose rules have labels of their own."""
    world = random_world(seed)
    labelled = {r.index: replace(r, label=f"r{r.index}") for r in world.policy.rules}
    components = [
        replace(one, rules=tuple(labelled[rule.index] for rule in one.rules))
        for one in world.policy.components
    ]
    policy = replace(
        world.policy, rules=tuple(labelled.values()), components=tuple(components)
    )
    explainer = Explainer(model_of(replace(world, policy=policy)))
    reader = checker(explainer.model)
    for case in all_cases(explainer):
        yield written(explainer, tuple(case)), reader


@pytest.mark.parametrize("seed", range(100))
def test_every_proof_of_a_random_world_is_accepted(seed: int) -> None:
    """Rules with and without ids, all kinds of literals, recursion."""
    for document, reader in world_documents(seed):
        assert reader.verify(document).rejections == ()
