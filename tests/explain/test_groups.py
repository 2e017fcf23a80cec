"""Decisions grouped by the reason that they share."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from reasons_oracle import random_world
from worlds import model

from whereas import api
from whereas.explain import Explainer, decide
from whereas.explain.decisions import json_value
from whereas.explain.explanations import explanations
from whereas.explain.groups import groups, nearest_attempts
from whereas.policy.core import Atom
from whereas.render.groups import groups_as, groups_csv, groups_json, why
from whereas.render.speakers import speaker_of
from whereas.values import decode

ROOT = Path(__file__).parent.parent.parent


def labelled(made):
    """Give each rule a label of its own, as the policy's reader does."""
    rules = {
        rule.index: replace(rule, label=f"{rule.label}#{rule.index}")
        for rule in made.policy.rules
    }
    components = tuple(
        replace(one, rules=tuple(rules[rule.index] for rule in one.rules))
        for one in made.policy.components
    )
    made.policy = replace(
        made.policy, rules=tuple(rules.values()), components=components
    )
    return made


@pytest.mark.parametrize("seed", range(60))
def test_each_case_of_a_random_policy_is_in_one_group_of_its_reasons(seed):
    """The groups part the decisions; a group's cases share outcome and failed ids."""
    explainer = Explainer(model(labelled(random_world(seed))))
    decisions = list(decide(explainer))
    found = groups(explainer, decide(explainer))
    assert sorted(one.case for group in found for one in group.cases) == sorted(
        one.case for one in decisions
    )
    sizes = [len(group.cases) for group in found]
    assert sizes == sorted(sizes, reverse=True)
    for group in found:
        assert {one.outcome for one in group.cases} == {group.outcome}
        if group.points:
            assert {one.because[0].ids for one in group.cases} == {group.because}
            for id_ in group.failed:
                assert all(id_ in one.failed for one in group.cases)
            continue
        assert {one.failed for one in group.cases} == {group.failed}
        if not group.lacks:
            assert {one.held for one in group.cases} == {group.held}


def _lacking(said):
    return [
        (number, one.get("missing"))
        for number, one in enumerate(said["conditions"])
        if not one["met"]
    ]


def _as_said(attempt, explainer):
    """Return what an attempt lacks as an explanation's line says it."""
    found = []
    for number, literal in attempt.unmet():
        missing = None
        if isinstance(literal, Atom):
            columns = explainer.policy.relations[literal.relation].columns
            missing = [
                {"any": True}
                if one is None
                else json_value(decode(one, column.type, explainer.database.text))
                for one, column in zip(
                    attempt.goal(literal, explainer.encoding.constant),
                    columns,
                    strict=True,
                )
            ]
        found.append((number, missing))
    return found


@pytest.mark.parametrize("home", ["sqlite", "duckdb"])
@pytest.mark.parametrize("seed", range(60))
def test_what_groups_read_is_what_the_explanations_say(seed, home):
    """The nearest attempt and the nearest below it, of every case, as they are told."""
    explainer = Explainer(model(labelled(random_world(seed)), home))
    decisions = decide(explainer)
    cases = [key for stretch in decisions.stretches() for key, _ in stretch]
    attempts = nearest_attempts(explainer, dict(enumerate(cases)))
    lines = explanations(explainer, decisions, depth=2)
    for number, line in enumerate(map(json.loads, lines)):
        attempt = attempts.get(number)
        if not line["blockage"]:
            assert attempt is None
            continue
        said = line["blockage"][0]
        assert attempt.rule.label == said["rule"]
        assert _as_said(attempt, explainer) == _lacking(said)
        for place, literal in attempt.unmet():
            if not isinstance(literal, Atom):
                continue
            below = attempt.below(place)
            tried = said["conditions"][place].get("attempts")
            if tried is None:
                assert below is None
                continue
            assert below.rule.label == tried[0]["rule"]
            assert _as_said(below, explainer) == _lacking(tried[0])


@pytest.fixture(scope="module")
def demo():
    policy = api.load_policy(ROOT / "policy/nmpa-summary")
    facts = api.load_facts(ROOT / "facts/demo", policy)
    return api.decide(policy, facts, engine="sqlite", certify=False)


def test_the_names_that_cases_share_are_said(demo):
    """Two batches lack an approval of one product; each of them by itself, too."""
    speaker = speaker_of(demo.model, "en")
    said = {
        tuple(one.case[0] for one in group.cases): why(group, speaker)
        for group in api.groups(demo)
    }
    assert said["B-038", "B-042"] == (
        "S-G3: required documents are missing from the filing"
    )
    assert (
        "no Chinese approval of caplacizumab (for injection) is on file"
        in said["B-022",]
    )
    assert said["B-024", "B-026", "B-028", "B-029"] == (
        "S-E1 to S-E6: none of these holds, and one would do"
    )


def test_the_formats_and_languages_say_the_same(demo):
    found = api.groups(demo)
    document = json.loads(groups_json(found, demo.model))
    assert sum(one["count"] for one in document["groups"]) == 43
    for group, made in zip(document["groups"], found, strict=True):
        numbers = [re.findall(r"[PBF]-\d+", text) for text in group["text"].values()]
        assert sorted(numbers[0]) == sorted(numbers[1])
        assert [one["batch"] for one in group["cases"]] == [
            one.case[0] for one in made.cases
        ]
    rows = list(csv.DictReader(io.StringIO(groups_csv(found, demo.model, "en"))))
    assert [row["batch"] for row in rows] == [
        one.case[0] for group in found for one in group.cases
    ]
    for language in ("en", "zh"):
        text = groups_as(found, demo.model, "text", language, 80)
        page = groups_as(found, demo.model, "markdown", language, 80)
        assert text.count("✗") == page.count("✗") == 10


def test_the_page_folds_what_the_text_counts(demo, monkeypatch):
    """A page names every case, in both languages; what it is given is escaped."""
    monkeypatch.setattr("whereas.render.groups.CASES_SHOWN", 2)
    found = api.groups(demo)
    for language in ("en", "zh"):
        page = groups_as(found, demo.model, "html", language, 80)
        assert page.startswith("<!doctype html>")
        assert f'<html lang="{language}">' in page
        assert {*re.findall(r"B-[0-9]+", page)} == {one.case[0] for one in demo}
        larger = sum(len(one.cases) > 2 for one in found)
        assert page.count("<details>") == larger > 0
        speaker = speaker_of(demo.model, language)
        assert all(
            speaker.punctuated(why(one, speaker)) in unescape(page) for one in found
        )
        assert page.count("✗") == 10
