"""What a decision cannot do without: against deciding the whole world again."""

from __future__ import annotations

import html
import itertools
import json
import re
from pathlib import Path

import pytest
from reasons_oracle import outcome as outcome_of
from reasons_oracle import random_world
from worlds import World, evaluate, model

from whereas import api
from whereas.change.robustness import robustness
from whereas.explain import Explainer
from whereas.render.robust import robustness_as, robustness_json

ROOT = Path(__file__).parent.parent.parent


def without(made, relation, row):
    stated = {
        name: [one for one in rows if (name, one) != (relation, row)]
        for name, rows in made.stated.items()
    }
    found = World(made.policy, stated, {})
    evaluate(found)
    return found


@pytest.mark.parametrize("seed", range(80))
def test_a_fact_is_necessary_exactly_if_the_world_without_it_decides_otherwise(seed):
    """Each fact is taken away in turn, and everything is derived anew, naively."""
    made = random_world(seed)
    explainer = Explainer(model(made))
    for row in made.stated["case"]:
        case = row[:1]
        found = robustness(explainer, case)
        expected = {}
        fails = {one.fact: set() for one in found.supports}
        for name, rows in made.stated.items():
            for other in rows:
                if (name, other) == ("case", row):
                    continue
                world = without(made, name, other)
                now = outcome_of(world, case)
                if now != found.decision.outcome:
                    expected[name, other] = now
                    for fact, some in fails.items():
                        if not world.holds(fact):
                            some.add((name, other))
        assert {
            (one.fact.relation, one.fact.values): one.outcome for one in found.needed
        } == expected
        common = {
            one for one in expected if all(one in some for some in fails.values())
        }
        for one in found.supports:
            needs = {(n.fact.relation, n.fact.values) for n in one.needs}
            assert needs == fails[one.fact] - common


@pytest.mark.parametrize("seed", range(40))
def test_a_pair_turns_it_exactly_if_the_world_without_both_decides_otherwise(seed):
    """Every two facts are taken away, and everything is derived anew, naively."""
    made = random_world(seed)
    explainer = Explainer(model(made))
    for row in made.stated["case"][:2]:
        found = robustness(explainer, row[:1])
        decided = found.decision.outcome
        facts = [(name, one) for name, rows in made.stated.items() for one in rows]
        alone = {one: without(made, *one) for one in facts if one != ("case", row)}
        free = [one for one, w in alone.items() if outcome_of(w, row[:1]) == decided]
        expected = {}
        breaks = {one.fact: set() for one in found.supports}
        for one, other in itertools.combinations(free, 2):
            world = without(alone[one], *other)
            now = outcome_of(world, row[:1])
            if now == decided:
                continue
            both = frozenset([one, other])
            expected[both] = now
            for fact, some in breaks.items():
                single = alone[one].holds(fact) and alone[other].holds(fact)
                if single and not world.holds(fact):
                    some.add(both)
        assert found.pairs_tried == found.pairs_in_all
        assert {named(one): one.outcome for one in found.pairs} == expected
        for one in found.supports:
            assert {named(pair) for pair in one.pairs} == breaks[one.fact]
        if found.least is None:
            assert not expected


def named(pair):
    return frozenset((fact.relation, fact.values) for fact in pair.facts)


def test_no_more_pairs_are_tried_than_was_asked_for_and_that_is_said(demo):
    found = robustness(demo, ("B-001",), most=5)
    assert (found.pairs_tried, found.pairs_in_all) == (5, 22)
    for language, words in (("en", "there may be more"), ("zh", "其余未逐一判定")):
        assert words in robustness_as(found, demo, "text", language, columns=1000)


def test_of_many_facts_the_pairs_of_its_proofs_are_tried(demo, monkeypatch):
    """Which pairs can matter is too much to look at; what is found is the same."""
    exact = robustness(demo, ("B-001",))
    monkeypatch.setattr("whereas.change.robustness.FEW", 0)
    found = robustness(demo, ("B-001",))
    assert found.pairs == exact.pairs
    assert 0 < found.pairs_tried < found.pairs_in_all
    refused = robustness(demo, ("B-024",))
    assert refused.pairs_tried == 0
    assert "too many pairs" in robustness_as(refused, demo, "text", "en")


def test_two_approvals_of_which_one_would_do_are_a_pair(demo):
    found = robustness(demo, ("B-001",))
    assert {(one.facts[0].relation, one.outcome) for one in found.pairs} == {
        ("china_approval", "not-importable"),
        ("overseas_approval", "not-importable"),
    }
    text = robustness_as(found, demo, "text", "en")
    assert "[10] and [11] → not importable" in text
    # What falls without one of them is not said to need both.
    assert text.count("falls without both") == 1


@pytest.fixture(scope="module", params=["sqlite", "duckdb"])
def demo(request):
    policy = api.load_policy(ROOT / "policy/nmpa-summary")
    facts = api.load_facts(ROOT / "facts/demo", policy, engine=request.param)
    engine = request.param
    return api.decide(policy, facts, engine=engine, certify=False).model


def test_the_demonstration_rests_on_the_same_facts_in_both_homes(demo):
    found = robustness(demo, ("B-001",))
    assert (found.ways, found.tried) == (2, 20)
    assert [(one.fact.relation, one.stated.row) for one in found.needed] == [
        ("filing", 2),
        *(("filing_document", row) for row in range(2, 6)),
        ("gmp_evidence", 2),
        ("site", 2),
    ]
    needs = {one.fact.relation: len(one.needs) for one in found.supports}
    assert needs["gmp_proven"] == 3
    assert needs["made_before"] == 0


def test_text_and_json_say_the_same_in_both_languages(demo):
    found = robustness(demo, ("B-001",))
    document = json.loads(robustness_json(found, demo))
    assert [one["row"] for one in document["needed"]] == [2, 2, 3, 4, 5, 2, 2]
    for language in ("en", "zh"):
        text = robustness_as(found, demo, "text", language)
        page = robustness_as(found, demo, "markdown", language)
        turns = len(found.needed) + len(found.pairs)
        assert text.count("→") == page.count("→") == turns
        assert text.count("facts/demo/") == 7 + 4


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_says_what_the_text_says_and_links_the_facts(language):
    policy = api.load_policy(ROOT / "policy/nmpa-summary")
    facts = api.load_facts(ROOT / "facts/demo", policy)
    made = api.decide(policy, facts, engine="sqlite", certify=False).model
    found = robustness(made, ("B-001",))
    page = robustness_as(found, made, "html", language)
    text = robustness_as(found, made, "text", language, columns=1000)
    assert f'<html lang="{language}">' in page
    plain = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", page)))
    for line in text.splitlines():
        assert re.sub(r"\s+", " ", line).strip().rstrip(":：") in plain
    anchors = re.findall(r'id="(fact-[0-9]+)"', page)
    assert len(anchors) == len(found.needed) + 2 * len(found.pairs) > 0
    links = re.findall(r'href="#(fact-[0-9]+)"', page)
    links_of = [len(one.needs) + 2 * len(one.pairs) for one in found.supports]
    assert len(links) == sum(links_of) > 0
    assert {*links} <= {*anchors}
