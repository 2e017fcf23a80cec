"""A second regulation: other law, other outcomes, one language, and no line of code."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from whereas.checker import verify
from whereas.engine import solve
from whereas.engine.model import Model
from whereas.explain import justify
from whereas.explain.decide import decide
from whereas.facts import load_facts
from whereas.language.format import format_document
from whereas.policy import load_policy
from whereas.policy.core import Policy, Setting
from whereas.render.document import justification_json
from whereas.render.justification import justification_as
from whereas.scenarios import Results, coverage, load, run

ROOT = Path(__file__).parents[2]
PLAIR = ROOT / "policy" / "us-plair"
FACTS = ROOT / "facts" / "plair-demo"
README = FACTS / "README.md"


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy(PLAIR)


@pytest.fixture(scope="module")
def results(policy: Policy) -> Results:
    return run(load(policy))


@pytest.fixture(scope="module")
def model(policy: Policy) -> Model:
    defaults = {name: one.default for name, one in policy.parameters.items()}
    facts = load_facts(FACTS, policy)
    return solve(policy, facts, Setting(defaults, None), engine="pydatalog,sqlite")


def test_every_scenario_passes_and_every_rule_is_exercised(results: Results) -> None:
    """Each rule fires in some scenario and gives nothing in some other."""
    assert [result.scenario.name for result in results.failed] == []
    found = coverage(results)
    assert found.percent == 100
    assert found.never_failed == ()


def test_the_policy_is_without_warnings(policy: Policy) -> None:
    """English alone is all its languages."""
    assert policy.warnings == ()
    assert policy.languages == ("en",)


@pytest.mark.parametrize("path", sorted(PLAIR.glob("*.md")), ids=lambda path: path.name)
def test_the_policy_is_laid_out_canonically(path: Path) -> None:
    """`whereas fmt` has nothing to do."""
    text = path.read_text("utf-8")
    assert format_document(text, path.name) == text


def test_the_demonstration_is_as_its_page_says(model: Model) -> None:
    """The table of outcomes and reasons is what is decided."""
    rows = re.findall(
        r"^\| (R-\d+) \| ([\w-]+) \| ([^|]*) \|", README.read_text(), re.M
    )
    said = {case: (outcome, reasons.strip()) for case, outcome, reasons in rows}
    found = {
        str(one.case[0]): (one.outcome, ", ".join(one.failed)) for one in decide(model)
    }
    assert found == said
    outcomes = {one.name for one in model.policy.outcomes}
    assert {outcome for outcome, _ in said.values()} == outcomes


def test_every_case_is_justified_and_verified(model: Model) -> None:
    """In each form, and the second reader accepts each proof."""
    for one in decide(model):
        made = justify(model, one.case)
        for form in ("text", "markdown", "html"):
            assert str(one.case[0]) in justification_as(made, model, form, "en")
        document = json.loads(justification_json(made, model))
        assert verify(document, model.policy, model.facts).rejections == ()


def test_the_window_of_a_priority_review_is_said_to_be_unknown(model: Model) -> None:
    """What was not found taints what rests on it."""
    assert justify(model, ("R-13",)).subject_to == ("PL-9(priority)",)
    assert justify(model, ("R-06",)).subject_to == ()
    assert justify(model, ("R-01",)).subject_to == ("PL-6", "PL-12")


def test_no_regulation_stands_in_the_code() -> None:
    """Neither this one nor the first: only the name of what `init` copies."""
    words = re.compile(r"drug|\bchina\b|nmpa|\bFDA\b|plair|medicin|pharmac|药", re.I)
    for path in sorted((ROOT / "src").rglob("*")):
        if path.suffix in {".py", ".lark", ".html", ".md", ".txt", ".json"}:
            for line in path.read_text("utf-8").splitlines():
                assert not words.search(line.replace("nmpa-summary", "")), (path, line)
