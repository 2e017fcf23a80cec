"""Every policy is clean, and its scenarios are decided as they say.

Of the editions of the announcement more is asked: every batch has an outcome, a clause
that refuses is among those that failed, every rule is seen to fire and to fail, and the
portfolio comes out as its page says.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import whereas
from whereas.policy import load_policy
from whereas.scenarios import coverage, load, run

POLICIES = Path(__file__).parent.parent / "policy"
DECIDING = sorted(
    folder.name for folder in POLICIES.iterdir() if (folder / "tests").is_dir()
)
EDITIONS = ("nmpa-2025-04-draft", "nmpa-2025-96")
# Its scenarios are for the shared rules too.
WHOLE = "nmpa-2025-96"
PORTFOLIO = POLICIES.parent / "facts" / "portfolio"
STANDS_AGAINST = ("out_of_scope", "breached", "incomplete", "referred")


@pytest.mark.parametrize("name", DECIDING)
def test_a_policy_has_no_warnings(name: str) -> None:
    """A missing translation and a rule without citation included."""
    assert [str(w.message) for w in load_policy(POLICIES / name).warnings] == []


@pytest.mark.parametrize("name", DECIDING)
def test_its_scenarios(name: str) -> None:
    """All pass; of the editions of the announcement more is asked (see above)."""
    policy = load_policy(POLICIES / name)
    results = run(load(policy))
    assert [one.scenario.name for one in results.failed] == []
    if name not in EDITIONS:
        return
    for batch in results.batches:
        for world, scenario in enumerate(batch.scenarios):
            against = {
                row[0] for what in STANDS_AGAINST for row in batch.rows(what, world)
            }
            batches = {row[0] for row in batch.rows("batch", world)}
            cleared = {row[0] for row in batch.rows("cleared", world)}
            assert cleared == batches - against, scenario.name
    for result in results.scenarios:
        for case in result.cases:
            if case.decision.outcome == "ineligible":
                because = set(case.decision.because[0].ids)
                assert because <= set(case.decision.failed), result.scenario.name
    found = coverage(results).rules
    own = {
        rule.label
        for rule in policy.rules
        if rule.span is not None
        and (name == WHOLE or policy.folder in rule.span.source.name)
    }
    assert own
    fired = {one.rule.label for one in found if one.fired}
    assert own - fired == set()
    if name == WHOLE:
        constants = {rule.label for rule in policy.rules if not rule.body}
        always = {one.rule.label for one in found if not one.failed}
        assert always - constants == set()


def test_the_portfolio_is_decided_as_its_page_says() -> None:
    """Six outcomes, and for each batch beyond the demonstration the one of the table."""
    policy = load_policy(POLICIES / "nmpa-2025-96")
    found = whereas.decide(policy, whereas.load_facts(PORTFOLIO, policy))
    outcomes = {one.case[0]: one.outcome for one in found}
    assert set(outcomes.values()) == {one.name for one in policy.outcomes}
    words = {one.texts["en"].text: one.name for one in policy.outcomes}
    table = (PORTFOLIO / "README.md").read_text(encoding="utf-8")
    said = {}
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 3 and cells[0].startswith("B-"):
            for batch in cells[0].split(", "):
                said[batch] = words[cells[1]]
    assert {batch: outcomes[batch] for batch in said} == said
    assert set(outcomes) - set(said) == {f"B-{n:03}" for n in range(1, 44)}


def test_what_is_said_above_stands_above() -> None:
    """A number that a text sends its reader to is printed, in a line before."""
    policy = load_policy(POLICIES / WHOLE)
    facts = whereas.load_facts(PORTFOLIO, policy)
    model = whereas.decide(policy, facts).model
    sent = 0
    for batch in ("B-036", "B-040", "B-056", "B-062", "B-065"):
        printed: set[str] = set()
        text = " ".join(whereas.why(model, batch).text("en").split())
        for number in re.findall(r"([0-9.]+) [✓•✗]|See ([0-9.]+) above", text):
            stands, meant = number
            if meant:
                sent += 1
                assert meant in printed, (batch, meant)
            printed.add(stands)
    assert sent > 20
