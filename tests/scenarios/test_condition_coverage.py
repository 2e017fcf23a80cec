"""Which conditions decide a scenario: known cases, and rules with one taken out."""

from __future__ import annotations

from pathlib import Path

import pytest

from whereas.policy import load_policy
from whereas.scenarios import coverage, load, run
from whereas.scenarios.condition_coverage import conditions

MANIFEST = """\
[policy]
id = "example"
version = "1.0.0"
languages = ["en"]
title = { en = "Example" }
"""
RULES = """\
# Rules

```datalog
input case(case: text, maker: text references maker, size: integer, ended: date?) key case closed.
input maker(maker: text, country: text) key maker closed.
input barred(maker: text references maker) closed.
subject case.
outcome "fine" if fine(Case).
outcome "other" otherwise.
@id("R-1")
fine(Case) :- BODY
```
"""
BODY = """case(Case, Maker, Size, Ended), maker(Maker, Country), Country = "JP",
    not barred(Maker), Least = 2 + 3, Size >= Least, N = count { case(_, maker: Maker) }, N < 3,
    ( Ended = none ; Ended > 2026-01-01 )."""
SCENARIOS = """\
base:
  maker: [{maker: M, country: JP}]
  case: [{case: C, maker: M, size: 5}]
scenarios:
  - name: plain
    expect: fine
"""


def idle(folder: Path, more: str = "", body: str = BODY) -> tuple[int, list[str]]:
    """Return how many conditions there are, and which of them decide nothing."""
    (folder / "tests").mkdir(parents=True)
    (folder / "policy.toml").write_text(MANIFEST)
    (folder / "rules.md").write_text(RULES.replace("BODY", body))
    (folder / "tests" / "base.yaml").write_text(SCENARIOS + more)
    results = run(load(load_policy(folder)))
    assert not results.failed
    found = coverage(results)
    return found.conditions, [one.words for one in found.idle]


def test_what_can_fail_is_a_condition(tmp_path: Path) -> None:
    """Not the row that a reference points to, nor what only gives a value."""
    count, words = idle(tmp_path)
    assert count == len(words) + 1
    assert words == [
        "case(Case, Maker, Size, Ended)",
        'Country = "JP"',
        "not barred(Maker)",
        "Size >= Least",
        "N < 3",
        "( Ended = none ; Ended > 2026-01-01 )",
        "Ended > 2026-01-01",
    ]


@pytest.mark.parametrize(
    ("change", "decided"),
    [
        ("change: {maker: {country: US}}", 'Country = "JP"'),
        ("add: {barred: [{maker: M}]}", "not barred(Maker)"),
        ("change: {case: {size: 4}}", "Size >= Least"),
        (
            "add: {case: [{case: D, maker: M, size: 1}, {case: E, maker: M, size: 1}]}",
            "N < 3",
        ),
        (
            "change: {case: {ended: 2026-01-01}}",
            "( Ended = none ; Ended > 2026-01-01 )",
        ),
    ],
)
def test_a_condition_that_alone_fails_decides(
    tmp_path: Path, change: str, decided: str
) -> None:
    more = f"  - name: other\n    {change}\n    expect: {{case: C, outcome: other}}\n"
    assert decided in idle(tmp_path / "before")[1]
    assert decided not in idle(tmp_path / "after", more)[1]


def test_two_that_fail_together_decide_nothing(tmp_path: Path) -> None:
    """Either could be taken out, and the scenario would not change."""
    more = """\
  - name: both
    change: {maker: {country: US}, case: {size: 4}}
    expect: other
"""
    assert {'Country = "JP"', "Size >= Least"} <= {*idle(tmp_path, more)[1]}


def test_a_branch_that_alone_holds_decides(tmp_path: Path) -> None:
    more = """\
  - name: later
    change: {case: {ended: 2026-01-02}}
    expect: fine
"""
    assert "Ended > 2026-01-01" not in idle(tmp_path, more)[1]


def test_an_idle_condition_can_be_taken_out(tmp_path: Path) -> None:
    """No scenario changes; one that decides cannot, or its scenario fails."""
    more = """\
  - name: small
    change: {case: {size: 4}}
    expect: other
"""
    for words in ('Country = "JP"', "N < 3", "not barred(Maker)"):
        without = BODY.replace(f" {words},", "")
        assert without != BODY
        idle(tmp_path / words.replace(" ", ""), more, without)
    with pytest.raises(AssertionError):
        idle(tmp_path / "size", more, BODY.replace(" Size >= Least,", ""))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        # Each row of `large` is a case; that its size is known again cannot fail.
        ("large(Case, _), case(Case, Maker, Size, Ended)", ["large(Case, _)"]),
        # Of the size that `large` gives, it is the same row of `case`.
        ("large(Case, Size), case(Case, _, Size, _)", ["large(Case, Size)"]),
        # Not every maker of a case is barred, and not every case is large.
        (
            "case(Case, Maker, _, _), barred(Maker), large(Case, _)",
            ["case(Case, Maker, _, _)", "barred(Maker)", "large(Case, _)"],
        ),
        # `known` holds wherever there is a case: its own rule asks for no more.
        ("case(Case, Maker, _, _), known(Maker)", ["case(Case, Maker, _, _)"]),
        # `both` has a rule without `case`, and implies nothing of it.
        (
            "both(Case), case(Case, _, Size, _), Size > 3",
            ["both(Case)", "case(Case, _, Size, _)", "Size > 3"],
        ),
        # An order says that the date is there, and so does a join.
        (
            "case(Case, _, _, Ended), Ended != none, Ended > 2020-01-01",
            ["Ended > 2020-01-01"],
        ),
        ("case(Case, _, _, Ended), Ended != none", ["Ended != none"]),
    ],
)
def test_what_the_rest_of_the_body_implies_is_no_condition(
    tmp_path: Path, body: str, expected: list[str]
) -> None:
    """It is there for its values, or because the language asks for it."""
    folder = tmp_path / "policy"
    folder.mkdir()
    (folder / "policy.toml").write_text(MANIFEST)
    (folder / "rules.md").write_text(
        RULES.replace(
            "BODY",
            f"""{body}.
large(Case, Size) :- case(Case, _, Size, _), Size > 9.
known(Maker) :- maker(Maker, _).
both(Case) :- large(Case, _).
both(Maker) :- barred(Maker).""",
        )
    )
    policy = load_policy(folder)
    rule = policy.rules_of("fine")[0]
    assert [one.words for one in conditions(rule, policy)] == expected
