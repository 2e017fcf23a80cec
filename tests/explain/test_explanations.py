"""The explanations of all cases at once: each is what the case by itself gives."""

from __future__ import annotations

import gc
import json
from dataclasses import replace
from pathlib import Path

import pytest
from compact import compact
from reasons_oracle import random_world
from tests.checker import small
from worlds import atom, model, rule, world

from whereas import api
from whereas.explain import Explainer, decide, justify, reason_reader, reason_values
from whereas.explain import explanations as lines
from whereas.explain.decide import goal_of
from whereas.explain.explanations import DEPTH, explanations
from whereas.policy.core import Column, Outcome
from whereas.render.document import justification_json
from whereas.values import INTEGER, TEXT

ROOT = Path(__file__).parent.parent.parent


NAMED = atom("name", "X", "T")


class Nothing(set):
    """What was shown before, to one who has forgotten it."""

    def __contains__(self, _):
        return False


class Forgetful(reason_reader.ReasonReader):
    """Says a thing as often as it is asked: a line has no other to refer to."""

    def __init__(self, *rest, **more):
        super().__init__(*rest, **more)
        self._shown = Nothing()


def alone(explainer, case):
    """What the case by itself gives: the nearest attempt of each rule, told in full."""
    # A line leaves out what absences rest on.
    found = replace(justify(explainer, case, depth=DEPTH), absences=())
    if found.blockage is not None:
        goal = goal_of(explainer, explainer.policy.target, case)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reason_values, "ReasonReader", Forgetful)
            blocked = reason_values.blockage(explainer, goal, depth=DEPTH)
        found = replace(found, blockage=blocked)
    return json.loads(justification_json(found, explainer.model))


def equal(explainer):
    """Every line is what the case by itself gives; return the lines."""
    decisions = decide(explainer)
    found = [json.loads(one) for one in explanations(explainer, decisions)]
    assert len(found) == len(decisions)
    for line, decision in zip(found, decisions, strict=True):
        assert line == compact(alone(explainer, decision.case)), decision.case
    return found


@pytest.mark.parametrize("seed", range(150))
def test_each_line_of_a_random_policy_is_what_the_case_gives(seed):
    equal(Explainer(model(random_world(seed))))


@pytest.mark.parametrize("seed", range(40))
def test_duckdb_explains_alike(seed):
    made = random_world(seed)
    ours = Explainer(model(made, "duckdb"))
    first = list(explanations(ours, decide(ours)))
    theirs = Explainer(model(made))
    assert first == list(explanations(theirs, decide(theirs)))
    ours.database.close()


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_each_line_of_the_demonstration_is_what_the_case_gives(engine):
    policy = api.load_policy(ROOT / "policy/nmpa-summary")
    facts = api.load_facts(ROOT / "facts/demo", policy, engine=engine)
    found = api.decide(policy, facts, engine=engine, certify=False).model
    assert len(equal(Explainer(found))) == 43


def test_dates_parameters_aggregates_and_recursion(tmp_path):
    equal(Explainer(small.model(tmp_path)))


@pytest.mark.parametrize("bound", ["STRETCH", "FIRST", "CHARACTERS"])
def test_stretches_do_not_show(monkeypatch, bound):
    explainer = Explainer(model(random_world(7)))
    decisions = decide(explainer)
    whole = list(explanations(explainer, decisions))
    monkeypatch.setattr(lines, bound, 1)
    assert list(explanations(explainer, decisions)) == whole
    assert gc.isenabled()


def odd():
    """Names and values with everything that a pattern could stumble over."""
    return world(
        {"case": [('100 % "sure" %d %s',), ("\\\n\x01é",)], "ok": [("\\\n\x01é",)]},
        [rule('R%d"', atom("good", "Case"), atom("case", "Case"), atom("ok", "Case"))],
        subject="case",
        outcomes=[
            Outcome('good "%s"', atom("good", "C0"), wanted=True),
            Outcome("bad %%", None, wanted=False),
        ],
        types=dict.fromkeys(["case", "ok", "good"], (TEXT,)),
    )


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_odd_texts_are_said_as_they_are(engine):
    explainer = Explainer(model(odd(), engine))
    first, second = equal(explainer)
    assert first["case"] == {"c0": '100 % "sure" %d %s'}
    assert second["steps"][0]["rule"] == 'R%d"'


def test_several_rows_are_put_in_the_order_of_their_texts():
    """Texts are numbered as they are met: `pear` before `apple`."""
    made = world(
        {"case": [(1,)], "has": [(1, 0), (1, 1)], "name": [(0, "pear"), (1, "apple")]},
        [
            rule("N", atom("named", "C", "T"), atom("has", "C", "X"), NAMED),
            rule("G", atom("good", "C"), atom("case", "C"), atom("named", "C", "T")),
        ],
        subject="case",
        outcomes=[Outcome("good", atom("good", "C0"), wanted=True)],
        types={"case": (INTEGER,), "has": (INTEGER, INTEGER), "good": (INTEGER,)}
        | dict.fromkeys(["name", "named"], (INTEGER, TEXT)),
    )
    for engine in ("sqlite", "duckdb"):
        (line,) = equal(Explainer(model(made, engine)))
        assert line["steps"][0]["substitution"]["T"] == "apple"


def test_only_some_outcomes():
    explainer = Explainer(model(odd()))
    decisions = decide(explainer)
    wanted = list(explanations(explainer, decisions, lambda name: name == "bad %%"))
    assert [json.loads(one)["outcome"] for one in wanted] == ["bad %%"]


def test_a_shown_relation_without_the_case_in_it():
    made = world(
        {"case": [(1,), (2,)], "has": [(1, 5), (1, 4), (2, 4)]},
        [
            rule("P", atom("part", "N"), atom("has", "_1", "N")),
            rule("G", atom("good", "C"), atom("has", "C", "N"), atom("part", "N")),
        ],
        subject="case",
        outcomes=[Outcome("good", atom("good", "C0"), wanted=True)],
        show=["part"],
    )
    renamed = replace(made.policy.relations["part"], columns=(Column("n", INTEGER),))
    made.policy.relations["part"] = renamed
    found = equal(Explainer(model(made)))
    assert [len(one["shown"]) for one in found] == [2, 1]
