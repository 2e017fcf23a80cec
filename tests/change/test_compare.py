"""Two decided models side by side, held against deciding each by hand."""

from __future__ import annotations

import csv
import random
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from whereas.api import decide, load_facts, load_policy
from whereas.change.compare import Comparison, Turn, compare
from whereas.diagnostics import NothingSelected, UsageError
from whereas.facts import Addition, Correction, Withdrawal, changed, from_rows

if TYPE_CHECKING:
    from whereas.explain import Decisions
    from whereas.facts import Change, FactBase
    from whereas.policy.core import Policy

ROOT = Path(__file__).parents[2]
MANIFEST = """\
[policy]
id = "{id}"
version = "{version}"
languages = ["en"]
title = {{ en = "A small policy" }}
"""
RULES = """\
# Small

```datalog
input case(case: text, kind: {"good", "bad", "odd"}) key case closed.
input paper(paper: text, case: text references case) key paper closed.
@id("L-1") sound(Case) :- case(Case, kind: Kind), Kind != "bad".
@id("L-2") papered(Case) :- paper(_, Case).
fine(Case) :- sound(Case), papered(Case).
unclear(Case) :- case(Case, kind: "odd").
subject case.
```
"""
TWO = 'outcome "yes" if fine(Case).\noutcome "no" otherwise.\n'
THREE = (
    'outcome "unclear" if unclear(Case).\n'
    'outcome "granted" wanted if fine(Case).\n'
    'outcome "no" otherwise.\n'
)
CASES = [("C1", "good"), ("C2", "bad"), ("C3", "odd"), ("C4", "good")]
PAPERS = [("P1", "C1"), ("P2", "C1"), ("P3", "C3")]


def small(path: Path, outcomes: str = TWO, rules: str = RULES, **names: str) -> Policy:
    """Return a small policy with these outcomes."""
    folder = path / "-".join(["policy", *names.values(), str(len(outcomes + rules))])
    folder.mkdir()
    said = {"id": "small", "version": "1", **names}
    (folder / "policy.toml").write_text(MANIFEST.format(**said))
    (folder / "rules.md").write_text(f"{rules}\n```datalog\n{outcomes}```\n")
    return load_policy(folder)


def decided(policy: Policy, cases: Any = CASES, papers: Any = PAPERS) -> Decisions:
    """Decide a few cases."""
    return decide(policy, from_rows(policy, {"case": cases, "paper": papers}))


def turns(found: Comparison) -> list[tuple[str, str]]:
    """Return the cases that differ, in their order, and how."""
    return [(str(one.case[0]), one.turn.value) for one in found.differences]


def test_turns(tmp_path: Path) -> None:
    """Turned cases first, then new and gone ones, other reasons, other facts."""
    policy = small(tmp_path)
    before = decided(policy)
    after = decided(
        policy,
        [("C1", "good"), ("C2", "odd"), ("C4", "bad"), ("C5", "good")],
        [("P2", "C1"), ("P3", "C2"), ("P4", "C4")],
    )
    found = compare(before, after)
    assert turns(found) == [
        ("C2", "granted"),
        ("C5", "added"),
        ("C3", "gone"),
        ("C4", "reasons"),
        ("C1", "proof"),
    ]
    assert found.moves == {("yes", "yes"): 1, ("no", "yes"): 1, ("no", "no"): 1}
    assert (found.alike, found.unproved, found.left_out) == (0, False, 0)
    assert found.newly == {"yes", "no"}
    granted, added, gone, reasons, _ = found.differences
    assert granted.before is not None
    assert granted.before.failed == ("L-1", "L-2")
    assert added.reasons is not None
    assert added.reasons[0] is None
    assert gone.reasons is not None
    assert gone.reasons[1] is None
    assert reasons.after is not None
    assert reasons.after.held == ("L-2",)
    back = compare(after, before)
    assert turns(back)[0] == ("C2", "lost")


def test_nothing_differs(tmp_path: Path) -> None:
    """The same facts: nothing to say, but for what is asked by name."""
    policy = small(tmp_path)
    found = compare(decided(policy), decided(policy))
    assert (found.differences, found.alike) == ((), 4)
    assert not found.newly
    asked = compare(decided(policy), decided(policy), cases=[("C2",)])
    assert turns(asked) == [("C2", "same")]
    assert asked.differences[0].reasons is not None
    assert asked.alike == 4


def test_outcomes_of_other_names(tmp_path: Path) -> None:
    """They are compared by whether they are wanted, and by name where both know it."""
    before = decided(small(tmp_path))
    after = decided(small(tmp_path, THREE))
    found = compare(before, after)
    # `yes` and `granted` are both wanted: the names alone are other reasons.
    assert turns(found) == [("C3", "lost"), ("C1", "reasons")]
    assert found.moves == {
        ("yes", "granted"): 1,
        ("yes", "unclear"): 1,
        ("no", "no"): 2,
    }
    lenient = compare(before, after, wanted=["unclear"])
    assert turns(lenient) == [("C1", "reasons"), ("C3", "reasons")]


def test_another_outcome_that_both_know(tmp_path: Path) -> None:
    """Neither is wanted, but it is another answer."""
    policy = small(tmp_path, THREE)
    before = decided(policy)
    after = decided(policy, [*CASES[:1], ("C2", "odd"), *CASES[2:]])
    assert turns(compare(before, after)) == [("C2", "other")]


def test_undetermined_is_an_outcome_too(tmp_path: Path) -> None:
    """No outcome on one side is another answer, and never the wanted one."""
    one = small(tmp_path, 'outcome "yes" if fine(Case).\n')
    before = decided(one)
    after = decided(one, papers=[("P1", "C3"), ("P2", "C4")])
    found = compare(before, after)
    assert turns(found) == [("C4", "granted"), ("C1", "lost"), ("C3", "proof")]
    assert found.newly == {"yes", "undetermined"}
    assert found.moves[None, "yes"] == 1


def test_policies_without_a_rule_in_common(tmp_path: Path) -> None:
    """They are strange to one another; two versions of one are not."""
    other = RULES.replace("L-1", "M-1").replace("L-2", "M-2")
    before = decided(small(tmp_path))
    after = decided(small(tmp_path, rules=other, id="other"))
    found = compare(before, after)
    assert found.strange
    assert {one.turn for one in found.differences} == {Turn.REASONS}
    assert not compare(before, decided(small(tmp_path, THREE))).strange


def test_two_policies_that_decide_other_things(tmp_path: Path) -> None:
    """They are not compared."""
    rules = RULES.replace("case(case: text,", "case(number: text,").replace(
        "key case closed.", "key number closed.", 1
    )
    other = small(tmp_path, TWO.replace("(Case)", "(Number)"), rules)
    with pytest.raises(UsageError, match="decide different things: `small` decides"):
        compare(decided(small(tmp_path)), decided(other))


def test_so_many_are_justified(tmp_path: Path) -> None:
    """The first, or those that are named; the others are counted."""
    policy = small(tmp_path)
    before, after = decided(policy), decided(policy, papers=[])
    found = compare(before, after, most=1)
    assert [one.reasons is None for one in found.differences] == [False, True]
    assert found.left_out == 1
    named = compare(before, after, cases=[("C3",), ("C2",)])
    assert [(one.case, one.reasons is None) for one in named.differences] == [
        (("C1",), True),
        (("C3",), False),
        (("C2",), False),
    ]
    with pytest.raises(NothingSelected, match='neither side has a case "C9"'):
        compare(before, after, cases=[("C9",)])


def test_too_many_to_compare_what_they_rest_on(tmp_path: Path) -> None:
    """Then it is said that it was not looked at."""
    policy = small(tmp_path)
    before, after = decided(policy), decided(policy, papers=[*PAPERS[1:]])
    assert turns(compare(before, after)) == [("C1", "proof")]
    found = compare(before, after, proved=3)
    assert (found.differences, found.alike, found.unproved) == ((), 4, True)


# --- random changes against files rewritten by hand ---------------------------------


@cache
def demonstration(home: str) -> tuple[Policy, FactBase]:
    """Return the demonstration's policy and facts."""
    policy = load_policy(ROOT / "policy" / "nmpa-summary")
    return policy, load_facts(ROOT / "facts" / "demo", policy, engine=home)


def random_changes(
    policy: Policy, seed: int, tables: dict[str, list[list[str]]]
) -> list[Change]:
    """Change the tables of CSV cells, and return the changes that say the same."""
    chance = random.Random(seed)
    changes: list[Change] = []
    for _ in range(chance.randint(1, 5)):
        name = chance.choice(["gmp_evidence", "filing", "national_list", "expedited"])
        rows = tables[name]
        at = chance.randrange(1, len(rows))
        row = rows[at]
        kind = chance.choice(["remove", "change", "add"])
        if kind == "remove" and len(rows) > 2 and name != "filing":
            del rows[at]
            changes.append(Withdrawal(name, tuple(row)))
        elif kind == "change" and name in {"gmp_evidence", "filing"}:
            place = rows[0].index("issued" if name == "gmp_evidence" else "filed")
            new = [*row]
            new[place] = f"20{chance.randint(20, 27)}-0{chance.randint(1, 9)}-15"
            if new != row:
                rows[at] = new
                changes.append(Correction(name, tuple(row), tuple(new)))
        elif name == "gmp_evidence":
            new = [f"G-{seed}-{len(changes)}", *row[1:]]
            rows.append(new)
            changes.append(Addition(name, tuple(new)))
    return changes


@pytest.mark.parametrize("home", ["sqlite", "duckdb"])
@pytest.mark.parametrize("seed", range(12))
def test_changes_decide_as_rewritten_files_do(
    seed: int, home: str, tmp_path: Path
) -> None:
    """The same decisions; the comparison tells all that differ, and no others."""
    policy, base = demonstration(home)
    tables = {}
    for path in sorted((ROOT / "facts" / "demo").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            tables[path.stem] = list(csv.reader(file))
    changes = random_changes(policy, seed, tables)
    for name, rows in tables.items():
        with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    by_hand = list(decide(policy, load_facts(tmp_path, policy)))
    before = decide(policy, base, engine=home)
    after = decide(policy, changed(base, policy, changes), engine=home)
    assert list(after) == by_hand
    found = compare(before, after, most=100)
    was = {one.case: one for one in before}
    differ = {
        one.case
        for one in by_hand
        if (one.outcome, one.held, one.failed)
        != (was[one.case].outcome, was[one.case].held, was[one.case].failed)
    }
    assert {
        one.case for one in found.differences if one.turn is not Turn.PROOF
    } == differ
    for one in found.differences:
        assert one.turn.flips == (
            one.before is not None
            and one.after is not None
            and one.before.outcome != one.after.outcome
        )
        assert one.reasons is not None
        for decision, reasons in zip((one.before, one.after), one.reasons, strict=True):
            assert reasons is not None
            assert reasons.decision == decision


def test_homes_compare_alike() -> None:
    """The same differences with the same justifications, wherever the tables are."""
    found = []
    for home in ("sqlite", "duckdb"):
        policy, base = demonstration(home)
        change = Withdrawal(
            "gmp_evidence",
            ("GMP-IE-1", "S-IE", "gmp-certificate", "IE", "2025-01-15", "2027-11-08"),
        )
        new = changed(base, policy, [change])
        found.append(
            compare(
                decide(policy, base, engine=home),
                decide(policy, new, engine=home),
                most=3,
            )
        )
    sqlite, duckdb = found
    assert len(sqlite.differences) == 7
    assert sqlite.differences == duckdb.differences
    assert sqlite.alike == duckdb.alike


def test_the_summary_against_the_announcement() -> None:
    """Two laws over their own facts of the same batches: each difference has reasons."""
    sides = []
    for name, folder in (("nmpa-summary", "demo"), ("nmpa-2025-96", "portfolio")):
        policy = load_policy(ROOT / "policy" / name)
        sides.append(decide(policy, load_facts(ROOT / "facts" / folder, policy)))
    before, after = sides
    found = compare(before, after, most=1_000)
    assert found.strange
    assert sum(found.moves.values()) == len(before)
    assert any(one.turn is Turn.GRANTED for one in found.differences)
    assert any(one.turn is Turn.LOST for one in found.differences)
    wanted = [side.model.policy.wanted for side in sides]
    for one in found.differences:
        assert one.reasons is not None
        for decision, reasons, names in zip(
            (one.before, one.after), one.reasons, wanted, strict=True
        ):
            if decision is None:
                continue
            assert reasons is not None
            # Granted: the proof of it. Refused: what stands against it.
            assert (reasons.blockage is None) or decision.outcome not in names
            assert reasons.proof is not None or reasons.blockage is not None
