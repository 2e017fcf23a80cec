"""Scenarios are decided and compared; coverage says which rules they exercise."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from whereas.codes import Code
from whereas.diagnostics import Invalid, Source
from whereas.language import parse_package
from whereas.policy import check, load_policy, parse_manifest
from whereas.scenarios import Difference, coverage, load, run

if TYPE_CHECKING:
    from whereas.policy.core import Policy
    from whereas.scenarios import Results

NMPA = Path(__file__).parents[2] / "policy" / "nmpa-summary"


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy(NMPA)


def written_policy(rules: str) -> Policy:
    """Return the policy that some rules make, without languages or sources."""
    manifest = Source(
        "policy.toml",
        '[policy]\nid = "x"\nversion = "1"\nlanguages = ["en"]\ntitle = {en = "x"}\n',
    )
    text = f"# Rules\n\n```datalog\n{rules}```\n"
    return check(parse_package([Source("x.md", text)]), parse_manifest(manifest))


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


def test_what_an_outcome_rests_on(policy: Policy, tmp_path: Path) -> None:
    """`because` has the ids that the decision says; a wanted outcome has none."""
    scenarios = """
scenarios:
  - name: blocked
    expect:
      {outcome: "no", because: [B-1, B-2], because_includes: [B-1], failed: [B-1, B-2]}
  - name: wrong
    expect: {because: [B-1], because_includes: [OK]}
  - name: lent
    remove: {block: {}}
    expect: {outcome: "yes", because: []}
"""
    rules = """
input case(case: text) key case closed.
input block(case: text, kind: text) closed.
subject case.
outcome "yes" wanted if lent(Case).
outcome "no" if blocked(Case).
@id("OK") lent(C) :- case(C), not blocked(C).
@id("B-1") blocked(C) :- block(C, "a").
@id("B-2") blocked(C) :- block(C, "b").
"""
    checked = written_policy(rules)
    (tmp_path / "a.yaml").write_text(
        "base: {case: [x], block: [[x, a], [x, b]]}\n" + scenarios, encoding="utf-8"
    )
    found = run(load(checked, tmp_path))
    assert [one.scenario.name for one in found.failed] == ["wrong"]
    ids = ("B-1", "B-2")
    assert found.failed[0].cases[0].differences == (
        Difference("because", ("B-1",), ids),
        Difference("because_includes", ("OK",), ids),
    )


@pytest.mark.parametrize(
    "claim", ["failed_includes: []", "held_includes: ", "because_includes: []"]
)
def test_an_expectation_that_every_decision_meets(
    policy: Policy, tmp_path: Path, claim: str
) -> None:
    """To name no id says nothing."""
    with pytest.raises(Invalid) as caught:
        results(policy, tmp_path, f"scenarios: [{{name: x, expect: {{{claim}}}}}]")
    assert [one.code for one in caught.value.diagnostics] == [Code.SCENARIO_EXPECTATION]


@pytest.mark.parametrize(
    "escape", ["\\UFFFFFFFF", "\\U00110000", "\\uD800", "\\U7FFFFFFF"]
)
def test_an_escape_that_is_no_character(
    policy: Policy, tmp_path: Path, escape: str
) -> None:
    """A clear error, with the place."""
    text = f'scenarios:\n  - {{name: "x{escape}", expect: importable}}\n'
    with pytest.raises(Invalid) as caught:
        results(policy, tmp_path, text)
    assert [one.code for one in caught.value.diagnostics] == [Code.SCENARIO_SYNTAX]
    assert "more.yaml:3" in str(caught.value.diagnostics[0].at)


def test_rows_that_contradict_one_another(tmp_path: Path) -> None:
    """A scenario gives two rows of one key where the input admits them."""
    rules = """
input case(case: text, site: text) key case contradictions in conflict closed.
subject case.
outcome "unclear" if conflict(case: Case).
outcome "clear" if case(Case, "a").
"""
    (tmp_path / "a.yaml").write_text(
        "base: {case: [[x, a]]}\nscenarios:\n  - {name: one, expect: clear}\n"
        "  - {name: two, add: {case: [[x, b]]}, expect: unclear}\n",
        encoding="utf-8",
    )
    assert run(load(written_policy(rules), tmp_path)).failed == ()


@pytest.mark.parametrize("kind", ["fifo", "circle", "folder"])
def test_a_scenario_file_that_is_no_file(
    policy: Policy, tmp_path: Path, kind: str
) -> None:
    """Nothing waits for a FIFO, and a circle of links is no crash."""
    path = tmp_path / "more.yaml"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "circle":
        path.symlink_to(path)
    else:
        path.mkdir()
    with pytest.raises(Invalid) as caught:
        load(policy, tmp_path)
    assert [one.code for one in caught.value.diagnostics] == [Code.SCENARIO_SYNTAX]


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
