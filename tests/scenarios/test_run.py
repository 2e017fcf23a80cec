"""Scenarios are decided and compared; coverage says which rules they exercise."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from whereas.codes import Code
from whereas.diagnostics import Invalid
from whereas.policy import load_policy
from whereas.scenarios import Difference, coverage, load, run

if TYPE_CHECKING:
    from whereas.policy.core import Policy
    from whereas.scenarios import Results

NMPA = Path(__file__).parents[2] / "policy" / "nmpa-summary"


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy(NMPA)


def results(policy: Policy, folder: Path, text: str) -> Results:
    """Run one file that extends the base of the first policy."""
    shutil.copy(NMPA / "tests" / "base.yaml", folder)
    (folder / "more.yaml").write_text("extends: base.yaml\n" + text, encoding="utf-8")
    return run(load(policy, folder))


def test_what_differs_is_said(policy: Policy, tmp_path: Path) -> None:
    """Outcome, exact ids, included ids and rows: each difference with both sides."""
    found = results(
        policy,
        tmp_path,
        """
scenarios:
  - name: all wrong
    change: {batch: {scale: pilot}}
    expect:
      outcome: importable
      held: [S-G1]
      failed: []
      held_includes: [S-C1, S-G3]
      failed_includes: [S-C1, S-C2]
    facts: {missing: [[F1, {}]], ground: []}
""".replace("[[F1, {}]]", "[{filing: F1}]"),
    )
    assert [one.scenario.name for one in found.failed] == ["all wrong"]
    (wrong,) = found.failed
    held = ("S-C2", "S-C3", "S-E2", "S-G1", "S-G2", "S-G3")
    assert wrong.cases[0].differences == (
        Difference("outcome", ("importable",), ("not-importable",)),
        Difference("held", ("S-G1",), held),
        Difference("failed", (), ("S-C1",)),
        Difference("held_includes", ("S-C1",), held),
        Difference("failed_includes", ("S-C2",), ("S-C1",)),
    )
    assert wrong.rows == (
        Difference("missing", ('("F1", _)',), ()),
        Difference("ground", (), ('("B1", "S-E2")',)),
    )
    assert len(found.passed) == 2
    assert list(wrong.model.rows("commercial")) == []


def test_facts_that_do_not_fit_together(policy: Policy, tmp_path: Path) -> None:
    """A dangling reference is shown at the line that makes it, with the scenario."""
    with pytest.raises(Invalid) as raised:
        results(
            policy,
            tmp_path,
            """
scenarios:
  - name: nowhere
    change: {batch: {site: S9}}
    expect: importable
""",
        )
    (one,) = raised.value.diagnostics
    assert one.code == Code.SCENARIO_FACTS
    assert "`S9`" in one.message
    assert str(one.at).endswith("more.yaml:5:21")
    assert one.labels[0].message == "in the scenario `nowhere`"


def test_coverage_counts_scenarios(policy: Policy, tmp_path: Path) -> None:
    """A rule fires in a scenario if some instance holds there, else it fails there."""
    found = coverage(results(policy, tmp_path, "scenarios: []\n"))
    counts = {one.rule.label: (one.fired, one.failed) for one in found.rules}
    assert counts["S-C1"] == (2, 0)
    assert counts["S-E2"] == (1, 1)
    assert counts["S-E5"] == (0, 2)
    assert "S-E5" in [rule.id for rule in found.unexercised]
    assert "S-C1" in [rule.id for rule in found.never_failed]
    assert 0 < found.percent < 100


def test_rules_of_one_relation_are_told_apart(policy: Policy, tmp_path: Path) -> None:
    """Two rules give `eligible_product`; only the one that fired is covered."""
    found = coverage(
        results(
            policy,
            tmp_path,
            """
scenarios:
  - name: an original drug
    change: {product: {kind: original}}
    expect: importable
""",
        )
    )
    fired = {one.rule.label for one in found.rules if one.fired}
    assert "S-E1" in fired
    assert "S-E3" not in fired
