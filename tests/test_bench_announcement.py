"""The announcement's SQL program written by hand decides as the policy does.

It is the peer of the benchmark, and an independent reading of the rules: the same
outcome for every batch, and the same clauses against it and for it.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarks.portfolio import generate
from benchmarks.portfolio_by_hand import decide as by_hand

from whereas.api import setting_of
from whereas.engine import solve
from whereas.explain.decide import decide
from whereas.facts import load_facts
from whereas.policy import load_policy

ROOT = Path(__file__).parent.parent
POLICY = ROOT / "policy" / "nmpa-2025-96"
SHOWN = ("breach", "gap", "referral", "ground", "note", "obligation")
OUTCOMES = {
    "out-of-scope",
    "ineligible",
    "needs-information",
    "refer",
    "eligible-with-obligations",
    "eligible",
}


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1,500 batches: two of three families, the last copy cut short."""
    folder = tmp_path_factory.mktemp("synthetic")
    generate(folder, 1500, 7)
    return folder


def agree(facts: Path, out: Path) -> set[str]:
    """Decide both ways, compare, and return the outcomes that occurred."""
    by_hand(facts, out, ":memory:")
    hand = json.loads(out.read_text(encoding="utf-8"))
    policy = load_policy(POLICY)
    model = solve(
        policy,
        load_facts(facts, policy, home="duckdb"),
        setting_of(policy, None, {}),
        engine="duckdb",
    )
    ours = {str(one.case[0]): one.outcome for one in decide(model)}
    assert {one["case"]["batch"]: one["outcome"] for one in hand} == ours
    for relation in SHOWN:
        expected = {tuple(map(str, row)) for row in model.rows(relation)}
        found = [(one["case"]["batch"], word) for one in hand for word in one[relation]]
        assert len(found) == len(set(found)), relation
        assert set(found) == expected, relation
    return {str(outcome) for outcome in ours.values()}


def test_by_hand_on_the_portfolio(tmp_path: Path) -> None:
    facts = ROOT / "facts" / "portfolio"
    assert agree(facts, tmp_path / "out.json") == OUTCOMES


def test_by_hand_on_synthetic_batches(synthetic: Path, tmp_path: Path) -> None:
    """The generator makes all six outcomes."""
    assert agree(synthetic, tmp_path / "out.json") == OUTCOMES


def test_the_same_seed_gives_the_same_bytes(synthetic: Path, tmp_path: Path) -> None:
    generate(tmp_path, 1500, 7)
    files = sorted(path.name for path in synthetic.glob("*.csv"))
    assert len(files) == 38
    for name in files:
        assert (tmp_path / name).read_bytes() == (synthetic / name).read_bytes(), name
