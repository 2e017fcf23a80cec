"""From clause to rule, scenario and decision: what is traced, and what is missing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from policy.helper import MANIFEST
from policy.test_policy_folder import package
from whereas.api import doc, load_facts, load_policy

if TYPE_CHECKING:
    from pathlib import Path

    from whereas.api import Documentation

RULES = """\
# Rules

```datalog
input part(part: text, weight: integer, kind: {"a", "b"}) key part closed
    @en("{part} weighs {weight}") @zh("{part}重{weight}").
subject part.
outcome "good" @en("good") @zh("合格") if good(Part).
outcome "bad" @en("bad") @zh("不合格") otherwise.
parameter most: integer = 10 unsettled @en("how heavy?") @zh("多重？") @cite("LAW", "9").
good(Part) :- light(Part), right(Part).
show duty.
relation duty(part, what) @en("{part}: {what}") @zh("{part}：{what}").
```

## Weight

> A part is light.

```datalog
@id("L-1") @cite("LAW", "1") @en("{Weight} is little") @zh("{Weight}不重")
light(Part) :- scaled(Part, Weight), Weight <= $most.
scaled(Part, Weight) :- part(Part, Weight, _).
```

## Kind

> A part is of a kind that is allowed.

```datalog
@id("L-2") @cite("LAW", "2") @subject_to("L-9") @en("it is of kind a") @zh("属于a类")
right(Part) :- part(Part, _, "a").
@id("L-3") @cite("LAW", "3") @en("it is a feather") @zh("为羽毛")
right(Part) :- part(Part, 0, _).
@id("L-4") @cite("LAW", "4") @en("it is to be packed") @zh("须包装")
duty(Part, "pack") :- part(Part, Weight, "a"), Weight < 6.
unencoded "L-9" @cite("LAW", "9") @en("the colour") @zh("颜色").
```

## Sound

> A part makes no sound.

Nobody has encoded this.
"""

TESTS = """\
base:
  part: [{part: P, weight: 5, kind: a}]
scenarios:
  - name: a light part
    expect: {outcome: good, held: [L-1, L-2]}
  - name: a heavy part
    change: {part: {weight: 50}}
    expect: {outcome: bad, failed: [L-1]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = package(tmp_path / "parts", MANIFEST.replace("example", "parts"), RULES)
    (made / "tests").mkdir()
    (made / "tests" / "parts.yaml").write_text(TESTS, encoding="utf-8")
    return made


@pytest.fixture
def documented(folder: Path, tmp_path: Path) -> Documentation:
    facts = tmp_path / "facts"
    facts.mkdir()
    rows = "part,weight,kind\nP-1,1,a\nP-2,2,a\nP-3,30,a\nP-4,4,b\nP-5,5,a\nP-6,6,a\n"
    (facts / "part.csv").write_text(rows)
    policy = load_policy(folder)
    return doc(policy, load_facts(facts, policy))


def test_a_clause_leads_to_rules_scenarios_and_decisions(
    documented: Documentation,
) -> None:
    found = {one.id: one for one in documented.trace.clauses}
    assert list(found) == ["L-1", "L-2", "L-3", "L-4", "L-9", "Sound"]
    first = found["L-1"]
    assert [rule.label for rule in first.rules] == ["L-1"]
    assert first.scenarios == ("a light part",)
    assert first.decisions is not None
    assert (first.decisions.held, first.decisions.failed) == (5, 1)
    assert first.decisions.held_cases == ("P-1", "P-2", "P-4")
    assert first.decisions.failed_cases == ("P-3",)
    duty = found["L-4"].decisions
    assert duty is not None
    assert (duty.held, duty.failed, duty.shown) == (0, 0, 3)
    assert duty.shown_cases == ("P-1", "P-2", "P-5")
    assert documented.trace.scenarios == (2, 2)
    assert documented.trace.cases is not None
    assert documented.trace.cases[0] == 6


def test_gaps_in_both_directions(documented: Documentation) -> None:
    """Each of them, and `scaled` is none: a clause that cites the law rests on it."""
    assert documented.trace.gaps == (
        ("no-scenario", "L-3"),
        ("not-encoded", "L-9"),
        ("no-rule", "Sound"),
        ("no-citation", "good#1"),
    )


def test_what_is_not_encoded_names_the_rules_that_are_subject_to_it(
    documented: Documentation,
) -> None:
    (clause,) = [one for one in documented.trace.clauses if one.kind == "unencoded"]
    assert [rule.label for rule in clause.rules] == ["L-2"]
    assert [(one.source, one.place) for one in clause.cites] == [("LAW", "9")]


def test_without_facts_no_decision_is_missed(folder: Path) -> None:
    found = doc(load_policy(folder)).trace
    assert found.cases is None
    assert all(one.decisions is None for one in found.clauses)
    assert "no-decision" not in dict(found.gaps)


def test_the_page_says_it_all_in_each_language(documented: Documentation) -> None:
    for page in (documented.markdown, documented.html):
        english, chinese = page("en"), page("zh")
        for text in (english, chinese):
            assert "L-9" in text
            assert "Nobody has encoded this." in text
            assert "A part is light." in text
            assert "scaled(Part, Weight)" in text
        assert "how heavy?" in english
        assert "read here as 10" in english
        assert "多重？" in chinese
        assert "此处取10" in chinese
        assert "the colour" in english
        assert "颜色" in chinese
        assert "holds in 5" in english
        assert "符合5例" in chinese


def test_the_same_numbers_in_each_language(documented: Documentation) -> None:
    document = json.loads(documented.json())
    for clause in document["clauses"]:
        if clause["decisions"] is not None:
            for page in (documented.markdown("en"), documented.markdown("zh")):
                (line,) = [
                    x for x in page.splitlines() if x.startswith(f"| {clause['id']} |")
                ]
                cells = [cell.strip() for cell in line.strip("|").split("|")]
                assert cells[3] == str(len(clause["scenarios"]))
                if clause["decisions"]["held"]:
                    assert str(clause["decisions"]["held"]) in cells[4]


def test_the_same_bytes_twice(documented: Documentation) -> None:
    assert documented.files() == documented.files()
    assert sorted(documented.files()) == [
        "parts.en.html",
        "parts.en.md",
        "parts.json",
        "parts.zh.html",
        "parts.zh.md",
    ]
