"""The checker accepts what the product proves, and nothing that was changed."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from proofs import (
    Document,
    Place,
    at,
    changed,
    checker,
    leaves,
    nodes,
    others,
    pointer,
    random_proofs,
    unchecked,
    without,
    written,
)
from small import CASES, DAY, RULES, lay_down, model

from whereas.api import setting_of
from whereas.checker import verify
from whereas.checker.document import faults, schema
from whereas.engine import solve
from whereas.engine.model import Model
from whereas.explain import Explainer, blockage
from whereas.explain.proof import Fact
from whereas.explain.reason_values import prove
from whereas.facts import load_facts
from whereas.policy import load_policy
from whereas.policy.core import Setting
from whereas.render.document import explanation_json

ROOT = Path(__file__).parent.parent.parent
SCHEMA = schema()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return model(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def demo() -> Model:
    policy = load_policy(ROOT / "policy" / "nmpa-summary")
    base = load_facts(ROOT / "facts" / "demo", policy)
    return solve(policy, base, Setting({}, None), engine="sqlite")


def accepted(document: Document, made: Model) -> bool:
    """Whether a document fits the schema, and each of its claims is accepted."""
    if list(faults(document, SCHEMA, SCHEMA, "")):
        return False
    return checker(made).verify(document).accepted


def rejections(document: Document, made: Model) -> dict[str, str]:
    assert not list(faults(document, SCHEMA, SCHEMA, ""))
    found = checker(made).verify(document).rejections
    return {one.at: one.why for one in found}


def step_of(document: Document, relation: str, *values: object) -> tuple[int, Document]:
    """The number of a fact, and its step."""
    for one in document["steps"]:
        if one["relation"] == relation and one["values"][: len(values)] == [*values]:
            return one["number"], one["step"]
    raise AssertionError(relation)


# --- what the product proves ------------------------------------------------------------


def test_every_proof_of_the_demonstration_is_accepted(demo: Model) -> None:
    """Those that were granted, and why the others were not."""
    explainer = Explainer(demo)
    outcomes = set()
    for (batch, *_), _ in zip(demo.rows("batch"), range(1000), strict=False):
        document = written(explainer, (batch,), 20)
        assert rejections(document, demo) == {}
        outcomes.add(document["decision"]["outcome"])
    assert outcomes == {"importable", "not-importable"}


def test_every_proof_of_the_small_policy_is_accepted(small: Model) -> None:
    """Recursion, aggregates, absences, alternatives, dates, parameters, decimals."""
    kinds = set()
    for case in CASES:
        document = written(small, (case,))
        assert rejections(document, small) == {}
        for one in document["steps"]:
            kinds |= {p["kind"] for p in (one["step"] or {}).get("premises", ())}
    everything = {"holds", "absent", "compared", "among", "chosen", "aggregated"}
    assert kinds == everything


@pytest.mark.parametrize("seed", range(30))
def test_every_proof_of_a_random_program_is_accepted(seed: int) -> None:
    """What an engine derives and the explainer proves, the naive reader follows."""
    for document, reader in random_proofs(seed):
        assert not list(faults(document, SCHEMA, SCHEMA, ""))
        assert reader.verify(document).rejections == ()


# --- mutations --------------------------------------------------------------------------


def survivors(document: Document, made: Model, every: int = 1) -> list[str]:
    """Every change of one node (or of each nth) that was accepted all the same."""
    assert accepted(document, made)
    found = []
    for place in [*leaves(document)][::every]:
        if not unchecked(place):
            for value in others(document, place):
                if accepted(changed(document, place, value), made):
                    found.append(f"{pointer(place)} = {value!r}")  # noqa: PERF401
    for place in [*nodes(document)][::every]:
        if not unchecked(place):
            if accepted(without(document, place), made):
                found.append(f"without {pointer(place)}")
            if at(document, place) is not None and accepted(
                changed(document, place, None), made
            ):
                found.append(f"{pointer(place)} = None")
    return found


def alone(document: Document, place: Place) -> bool:
    """Whether a node is the only attempt at a missing fact."""
    return (
        place[-3:-1] == ("missing", "attempts") and len(at(document, place[:-1])) == 1
    )


@pytest.mark.parametrize("case", CASES)
def test_no_change_of_one_node_survives(small: Model, case: str) -> None:
    """Every leaf but the sentences: changed, dropped, or replaced by nothing."""
    document = written(small, (case,))
    left = survivors(document, small, every=1 if case == "van" else 3)
    # `tested` has no column of the case: which of its rows belong is not said again.
    allowed = [
        f"without /shown/{place}"
        for place, number in enumerate(document["shown"])
        if document["steps"][number]["relation"] == "tested"
    ]
    # What was tried for a missing fact may be left out.
    allowed += [
        f"without {pointer(one)}" for one in nodes(document) if alone(document, one)
    ]
    # So may an absence, and further attempts of a rule.
    allowed += [
        f"without {pointer(one)}"
        for one in nodes(document)
        if one[0] == "absences" and (len(one) < 3 or one[2:-1] == ("attempts",))
    ]
    assert {*left} <= {*allowed}


def test_no_change_of_one_node_survives_in_the_demonstration(demo: Model) -> None:
    """The proof of a batch that may be imported: each 23rd node."""
    assert survivors(written(demo, ("B-001",)), demo, every=23) == []


@pytest.mark.parametrize("part", ["steps", "blockage"])
@pytest.mark.parametrize("seed", [11, 34, 39])
def test_no_changed_value_of_a_random_proof_survives(seed: int, part: str) -> None:
    """Facts, premises and attempts of the longest proof and refusal of a program."""
    found = list(random_proofs(seed))
    document, reader = max(found, key=lambda one: len(str(one[0][part])))
    places = [*leaves(document[part], (part,))]
    for where in places[:: 1 + len(places) // 60]:
        if not unchecked(where):
            for value in others(document, where):
                mutant = changed(document, where, value)
                fits = not list(faults(mutant, SCHEMA, SCHEMA, ""))
                assert not (fits and reader.verify(mutant).accepted), where


def test_sentences_are_not_checked(small: Model) -> None:
    """The page says so, and nothing else is passed over."""
    document = written(small, ("car",))
    mutant = changed(document, ("decision", "label", "en"), "nonsense")
    assert accepted(mutant, small)


# --- what a forger would do -------------------------------------------------------------


def test_another_setting_is_another_claim(small: Model) -> None:
    """It is accepted only where the proof holds under it too."""
    document = written(small, ("wheel",))
    assert document["decision"]["outcome"] == "good"
    later = changed(document, ("today",), "2027-01-02")
    assert "`Expires > $today` does not hold here" in rejections(later, small).values()
    dear = changed(document, ("parameters", "limit"), "14.20")
    assert "`Total * 2 < $limit` does not hold here" in rejections(dear, small).values()
    assert rejections(changed(document, ("parameters", "limit"), "x"), small)
    assert rejections(changed(document, ("today",), None), small)


def test_a_fact_that_rests_on_itself_is_rejected(small: Model) -> None:
    """Two true facts that prove each other prove nothing."""
    document = copy.deepcopy(written(small, ("car",)))
    number, step = step_of(document, "within", "hub", "car")
    other, inner = step_of(document, "within", "hub", "wheel")
    assert step["rule"] == "W#2"
    inner |= {
        "rule": "W#2",
        "substitution": {"Part": "hub", "Whole": "wheel", "Middle": "car"},
        "premises": [step["premises"][0] | {"fact": number}, step["premises"][1]],
    }
    found = rejections(document, small)
    assert f"/steps/{other}/step/premises/1/premise" in found
    inner["substitution"] = step["substitution"]
    document["steps"][number]["step"]["premises"][0]["fact"] = number
    assert found.keys() != {}


def test_a_circle_of_true_steps_is_rejected(tmp_path: Path) -> None:
    """Each instance is right for itself; together they hang in the air."""
    folder = tmp_path
    lay_down(folder)
    extra = "relation same(part).\nrelation other(part).\nsame(A) :- other(A).\nother(A) :- same(A).\nsame(A) :- recalled(A).\n"
    rules = RULES.replace("subject part.", extra + "subject part.").replace(
        "show tested, within.", "show same, other."
    )
    (folder / "policy" / "rules.md").write_text(rules, encoding="utf-8")
    policy = load_policy(folder / "policy")
    base = load_facts(folder / "facts", policy)
    setting = setting_of(policy, date.fromisoformat(DAY), {})
    made = solve(policy, base, setting, engine="sqlite")
    document = copy.deepcopy(written(made, ("van",)))
    assert rejections(document, made) == {}
    same, step = step_of(document, "same", "van")
    other, inner = step_of(document, "other", "van")
    assert step["rule"] == "same#2"
    assert inner["premises"] == [{"kind": "holds", "fact": same}]
    step |= {"rule": "same#1", "premises": [{"kind": "holds", "fact": other}]}
    document["rules"]["same#1"] = document["rules"].pop("same#2")
    document["rules"]["same#1"]["place"] = str(policy.rules_of("same")[0].span)
    why = "it rests on itself, or on a fact that does"
    assert rejections(document, made) == {
        f"/steps/{number}/step": why for number in (same, other)
    }


def test_an_absence_that_is_none_is_rejected(small: Model) -> None:
    """`bad` is derived: the checker derives it itself."""
    document = written(small, ("van",))
    number, _ = step_of(document, "bad", "van")
    assert document["decision"]["outcome"] == "refused"
    mutant = changed(document, ("decision", "outcome"), "other")
    mutant = changed(mutant, ("proof",), None)
    found = rejections(mutant, small)
    assert found["/decision/outcome"] == "`refused` comes first, and it holds"
    assert found.keys() == {"/decision/outcome", "/decision/because"}
    nothing = changed(document, ("steps", number, "step"), None)
    assert {*rejections(nothing, small).values()} == {
        "there is no such fact with a step"
    }


def test_a_forged_reason_is_rejected(small: Model) -> None:
    """A refusal that blames another rule, or tells a failed condition as met."""
    document = written(small, ("hub",))
    assert document["decision"]["outcome"] == "other"
    assert document["decision"]["failed"] == ["OK"]
    blamed = changed(document, ("decision", "failed"), ["F"])
    assert rejections(blamed, small).keys() == {"/decision/failed"}
    held = changed(document, ("decision", "held"), ["F", "OK"])
    assert rejections(held, small).keys() == {"/decision/held"}
    attempts = document["blockage"]["attempts"]
    fewer = changed(document, ("blockage", "attempts"), attempts[1:])
    assert "/blockage/attempts" in rejections(fewer, small)
    conditions = attempts[0]["conditions"]
    unmet = next(n for n, one in enumerate(conditions) if not one["met"])
    where = ("blockage", "attempts", 0, "conditions", unmet)
    claimed = rejections(changed(document, (*where, "met"), True), small)
    assert pointer((*where, "premise")) in claimed


def test_a_decision_is_subject_to_what_another_proof_rests_on(tmp_path: Path) -> None:
    """The proof that is shown is one of several."""
    lay_down(tmp_path)
    extra = (
        '@id("OK")\ngood(Part, "also") :- fresh(Part), cheap(Part, _), not bad(Part).\n'
    )
    rules = RULES.replace("refused(Part) :-", extra + "refused(Part) :-").replace(
        '@cite("LAW", "2") @subject_to("X")', '@cite("LAW", "2")'
    )
    rules = rules.replace('@id("OK") @cite("LAW", "4")', '@id("OK") @subject_to("X")')
    (tmp_path / "policy" / "rules.md").write_text(rules, encoding="utf-8")
    policy = load_policy(tmp_path / "policy")
    base = load_facts(tmp_path / "facts", policy)
    setting = setting_of(policy, date.fromisoformat(DAY), {})
    made = solve(policy, base, setting, engine="sqlite")
    document = written(made, ("wheel",), all_=0)
    assert document["decision"]["subject_to"] == ["X"]
    assert "OK" not in {one["step"].get("rule") for one in document["steps"]}
    assert rejections(document, made) == {}


def test_other_facts_and_another_policy_are_rejected(
    small: Model, tmp_path: Path
) -> None:
    """The hashes say so; and each row that is no more."""
    document = written(small, ("wheel",))
    lay_down(tmp_path)
    table = tmp_path / "facts" / "part.csv"
    text = table.read_text(encoding="utf-8").replace("5.10", "5.20")
    table.write_text(text, encoding="utf-8")
    base = load_facts(tmp_path / "facts", small.policy)
    found = {one.at for one in verify(document, small.policy, base).rejections}
    tyre, _ = step_of(document, "part", "tyre")
    assert {"/facts/sha256", f"/steps/{tyre}/step"} <= found
    other = replace(small.policy, sha256="0")
    rejected = verify(document, other, small.facts).rejections
    assert [one.at for one in rejected] == ["/policy/sha256"]


def test_the_folder_may_be_called_otherwise(small: Model, tmp_path: Path) -> None:
    """Facts that were moved are the same facts."""
    lay_down(tmp_path / "moved")
    policy = load_policy(tmp_path / "moved" / "policy")
    base = load_facts(tmp_path / "moved" / "facts", policy)
    document = written(small, ("car",))
    assert verify(document, policy, base).rejections == ()


def test_any_goal_is_verified(small: Model) -> None:
    """`why` proves an atom too; or says that no row matches."""
    explainer = Explainer(small)
    proved = prove(explainer, Fact("within", ("hub", "car")))
    document = json.loads(explanation_json(proved, small))
    assert rejections(document, small) == {}
    other = changed(document, ("goal", "values", 0, "value"), "tyre")
    assert rejections(other, small) == {"/proof": "this is not the goal"}
    missing = changed(document, ("proof",), None)
    assert set(rejections(missing, small)) == {"/proof"}
    refused = blockage(explainer, Fact("within", ("car", "hub")))
    absent = json.loads(explanation_json(refused, small))
    assert rejections(absent, small) == {}
    silent = changed(absent, ("blockage", "attempts"), [])
    said = "there is no attempt of `W#2`"
    assert rejections(silent, small) == {"/blockage/attempts": said}
    there = changed(absent, ("goal", "values"), document["goal"]["values"])
    assert set(rejections(there, small)) >= {"/proof", "/blockage"}


# --- what it may use ----------------------------------------------------------------------

ALONE = """\
import sys
from pathlib import Path
from whereas.checker import read_document, verify
from whereas.facts import load_facts
from whereas.policy import load_policy

policy = load_policy(sys.argv[1])
verdict = verify(read_document(Path(sys.argv[3])), policy, load_facts(sys.argv[2], policy))
print(verdict.accepted, *sorted(m for m in sys.modules if m.startswith("whereas.")))
print(*sorted({m.split(".")[0] for m in sys.modules} & {"pyDatalog", "duckdb"}))
"""


def test_it_imports_no_engine_and_no_explainer(small: Model, tmp_path: Path) -> None:
    """In a process of its own, after a proof was verified."""
    lay_down(tmp_path)
    proof = tmp_path / "proof.json"
    proof.write_text(json.dumps(written(small, ("car",))), encoding="utf-8")
    folders = [str(tmp_path / "policy"), str(tmp_path / "facts"), str(proof)]
    done = subprocess.run(
        [sys.executable, "-c", ALONE, *folders],
        capture_output=True,
        text=True,
        check=True,
    )
    first, others_ = done.stdout.splitlines()
    said, *modules = first.split()
    assert said == "True"
    rooms = {name.split(".")[1] for name in modules}
    assert rooms <= {
        "budget",
        "checker",
        "codes",
        "diagnostics",
        "facts",
        "language",
        "policy",
        "schemas",
        "user_files",
        "values",
    }
    assert not others_


def test_what_absences_rest_on_is_checked(demo: Model):
    """The goal does not hold, each rule has its attempt, and its conditions are so."""
    document = written(demo, ("B-001",))
    absences = document["absences"]
    assert [one["relation"] for one in absences] == ["missing"]
    assert len(absences[0]["attempts"]) == absences[0]["tried"] == 4
    assert accepted(document, demo)

    holds = copy.deepcopy(document)
    holds["absences"][0]["pattern"] = [{"value": "F-038"}, {"any": True}]
    assert rejections(holds, demo)["/absences/0"] == "it holds"

    unknown = copy.deepcopy(document)
    unknown["absences"][0]["relation"] = "nothing"
    assert "/absences/0" in rejections(unknown, demo)

    other = copy.deepcopy(document)
    condition = other["absences"][0]["attempts"][0]["conditions"][-1]
    assert not condition["met"]
    condition["premise"]["found"] = [document["proof"]]
    assert not checker(demo).verify(other).accepted
