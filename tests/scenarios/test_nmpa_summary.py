"""The first policy: its scenarios pass, exercise every rule, and its table is true."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from whereas.engine import solve
from whereas.explain.decide import decide
from whereas.facts import load_facts
from whereas.language.format import format_document
from whereas.policy import load_policy
from whereas.policy.core import Setting
from whereas.scenarios import coverage, load, run

if TYPE_CHECKING:
    from whereas.explain.proof import Decision
    from whereas.policy.core import Policy
    from whereas.scenarios import Results

ROOT = Path(__file__).parents[2]
NMPA = ROOT / "policy" / "nmpa-summary"
TABLE = ROOT / "docs" / "policies" / "nmpa-summary-demonstration.md"
DEMO = ROOT / "facts" / "demo"
GROUNDS = {f"S-E{n}" for n in range(1, 7)}


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy(NMPA)


@pytest.fixture(scope="module")
def results(policy: Policy) -> Results:
    return run(load(policy))


@pytest.fixture(scope="module")
def decisions(policy: Policy) -> dict[str, Decision]:
    model = solve(policy, load_facts(DEMO, policy), Setting({}, None), engine="sqlite")
    return {str(decision.case[0]): decision for decision in decide(model)}


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading of the page."""
    _, _, rest = TABLE.read_text("utf-8").partition(f"## {heading}\n")
    table = re.search(r"((?:^\|.*\n)+)", rest, re.MULTILINE)
    assert table
    lines = table[1].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_scenario_passes(results: Results) -> None:
    """What the policy's author expects is what is decided, with the reasons."""
    wrong = {
        result.scenario.name: (result.cases, result.rows) for result in results.failed
    }
    assert wrong == {}
    assert len(results.passed) > 80


def test_both_engines_agree_on_the_scenarios(policy: Policy) -> None:
    """Decided by pyDatalog and SQLite together, nothing differs."""
    assert run(load(policy), engine="pydatalog,sqlite").failed == ()


def test_every_rule_is_exercised(results: Results) -> None:
    """Each rule fires in some scenario and gives nothing in some other."""
    found = coverage(results)
    assert found.unexercised == ()
    assert found.never_failed == ()
    assert found.percent == 100


def test_the_policy_is_without_warnings(policy: Policy) -> None:
    """Both languages everywhere, a citation on every rule, nothing unused."""
    assert policy.warnings == ()


@pytest.mark.parametrize("path", sorted(NMPA.glob("*.md")), ids=lambda path: path.name)
def test_the_policy_is_laid_out_canonically(path: Path) -> None:
    """`whereas fmt` has nothing to do."""
    text = path.read_text("utf-8")
    assert format_document(text, path.name) == text


def test_the_table_names_every_id_once(policy: Policy) -> None:
    """The ids of the rules are the codes of the table, in its order."""
    ids = [rule.id for rule in policy.rules if rule.id is not None]
    codes = [
        code for _, code, *_ in rows("From the summary to rule, test and demonstration")
    ]
    assert sorted(ids) == sorted(codes)
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize(
    "row",
    rows("From the summary to rule, test and demonstration"),
    ids=lambda row: row[1],
)
def test_a_row_of_the_table(
    policy: Policy, results: Results, decisions: dict[str, Decision], row: list[str]
) -> None:
    """Its rule gives that relation, its file tests it, its batches show it."""
    _, code, relation, file, passing, refused = row
    (rule,) = [rule for rule in policy.rules if rule.id == code]
    assert relation == f"`{rule.head.relation}`"
    cases = [
        case.decision
        for result in results.scenarios
        if Path(result.scenario.file).name == file
        for case in result.cases
    ]
    assert any(code in decision.held for decision in cases)
    assert any(code in decision.failed for decision in cases)
    for batch in passing.split(", "):
        assert decisions[batch].outcome == "importable", batch
        assert code in decisions[batch].held, batch
    for batch in refused.split(", "):
        assert decisions[batch].outcome == "not-importable", batch
        alone = GROUNDS if code in GROUNDS else {code}
        assert set(decisions[batch].failed) == alone, batch


def test_the_list_of_batches(decisions: dict[str, Decision]) -> None:
    """Every batch of the demonstration is described, with its outcome."""
    described = rows("What each batch of the demonstration shows")
    assert [(batch, outcome) for batch, outcome, _ in described] == [
        (batch, str(decision.outcome).replace("not-", "not "))
        for batch, decision in decisions.items()
    ]
    for batch, outcome, shows in described:
        ids = set(re.findall(r"S-[CEG]\d", shows))
        if outcome == "importable" and "alone" in shows:
            assert ids == GROUNDS & set(decisions[batch].held), batch
        elif outcome == "not importable" and ids:
            assert ids == set(decisions[batch].failed), batch
