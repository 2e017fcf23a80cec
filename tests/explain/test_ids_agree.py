"""The ids of a case are the same in every output, and those of the definition.

Random policies, a section with a sentence of law for each rule that has an id; rules
without one stand at any place between the target and the inputs.
"""

from __future__ import annotations

import json

import pytest
from random_ids import random_policy, random_rows
from reasons_oracle import decide_slowly
from worlds import World, evaluate

from whereas import api
from whereas.explain import decide, justify
from whereas.explain.ids import named_rules
from whereas.explain.proof import Decision
from whereas.facts.memory import copy, from_rows
from whereas.render.document import justification_json


def ids(one):
    return one.held, one.failed, tuple(each.ids for each in one.because)


def ids_in_json(said):
    because = tuple(tuple(each["ids"]) for each in said.get("because", ()))
    return tuple(said["held"]), tuple(said["failed"]), because


@pytest.mark.parametrize("seed", range(24))
def test_the_ids_are_those_of_the_definition_in_every_output(seed, tmp_path):
    home = "sqlite" if seed % 4 else "duckdb"
    policy = random_policy(seed, tmp_path)
    rows = random_rows(seed)
    made = World(policy, rows, {})
    evaluate(made)
    facts = copy(from_rows(policy, rows), home, policy)
    decisions = api.decide(policy, facts, engine=home)
    expected = [Decision(*one) for one in decide_slowly(made)]
    assert list(decisions) == expected
    expected = list(decisions)
    model = decisions.model
    lines = [json.loads(line) for line in api.explanations(decisions)]
    assert [ids_in_json(line) for line in lines] == [ids(one) for one in expected]
    for group in api.groups(decisions):
        for one in group.cases:
            assert one in expected
            if group.because:
                assert group.because == one.because[0].ids
                assert {*group.failed} <= {*one.failed}
            else:
                assert group.failed == one.failed
                assert one.failed or group.held == one.held
    for one in expected:
        (alone,) = decide(model, [one.case])
        assert alone == one
        proof = tmp_path / "proof.json"
        proof.write_text(justification_json(justify(model, one.case), model))
        assert api.verify(proof, policy, facts).accepted
        said = json.loads(proof.read_text())
        assert ids_in_json(said["decision"]) == ids(one)
        line = api.timeline(policy, facts, one.case).timeline
        assert ids(line.now) == ids(one)
        day = dict(rows["cs"])[one.case[0]]
        (phase,) = [
            each
            for each in line.phases
            if (each.first or day) <= day <= (each.last or day)
        ]
        assert ids(phase.decision) == ids(one)
        checks(model, policy, one)
        holds_or_fails(policy, facts, one)


def checks(model, policy, one):
    """The check list says of each id what the decision says of it."""
    found = api.checklist(model, one.case, "random")
    for each in found.checks:
        if each.check.ids:
            (id_,) = each.check.ids
            verdict = "open"
            if id_ in one.failed:
                verdict = "fails"
            elif id_ in one.held:
                verdict = "holds"
            assert each.verdict == verdict


def holds_or_fails(policy, facts, one):
    """What is named as failing has no row, and what should be absent has one."""
    named = {}
    for rule in policy.rules_of(policy.target.relation):
        for other, fails in named_rules(policy, rule, rule.body):
            named.setdefault(other.id, set()).add((other.head.relation, fails))
    for id_ in one.failed:
        if len(named[id_]) == 1:
            ((relation, fails),) = named[id_]
            asked = f'{relation}("{one.case[0]}")'
            rows = api.query(policy, facts, asked, engine="sqlite").rows
            assert bool(rows) != fails
