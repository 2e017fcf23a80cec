"""Files and words that suppose something: what they mean, and what is wrong with them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from whereas.diagnostics import Invalid, Span
from whereas.policy import load_policy
from whereas.scenarios.what_if import load_suppositions, suppose

MANIFEST = """\
[policy]
id = "small"
version = "1"
languages = ["en"]
title = { en = "A small policy" }
"""
RULES = """\
# Small

```datalog
input case(case: text, made: date, kind: {"good", "bad"}) key case closed.
input note(case: text references case, text: text?).
parameter since: date = 2020-01-01.
fine(Case) :- case(Case, made: Made, kind: "good"), Made >= $since, Made <= $today.
noted(Case) :- note(Case, _).
subject case.
outcome "yes" if fine(Case).
outcome "no" otherwise.
show noted.
```
"""
FLAGS: Any = {"add": "--add", "change": "--change", "remove": "--remove"}


@pytest.fixture
def policy(tmp_path: Path) -> Any:
    """A policy with two inputs, a parameter and a day."""
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "policy.toml").write_text(MANIFEST)
    (tmp_path / "policy" / "rules.md").write_text(RULES)
    return load_policy(tmp_path / "policy")


def write(tmp_path: Path, text: str) -> Path:
    """Write a what-if file."""
    path = tmp_path / "what-if.yaml"
    path.write_text(text)
    return path


def test_a_file_is_one_scenario(policy: Any, tmp_path: Path) -> None:
    """Rows are written as in the policy's tests; a day and parameters besides."""
    path = write(
        tmp_path,
        """\
name: later
about: why
today: 2026-03-01
set: {since: 2021-01-01}
add: {note: [[C1, hello], {case: C2}]}
remove: {note: {case: C1}}
change: {case: {case: C1, made: 2026-01-01}}
""",
    )
    (found,) = load_suppositions(policy, path)
    assert found.name == "later"
    assert found.today == date(2026, 3, 1)
    assert found.parameters == {"since": date(2021, 1, 1)}
    assert [(d.kind, d.relation, dict(d.some)) for d in found.drafts] == [
        ("remove", "note", {0: "C1"}),
        ("change", "case", {0: "C1", 1: date(2026, 1, 1)}),
        ("add", "note", {0: "C1", 1: "hello"}),
        ("add", "note", {0: "C2"}),
    ]
    assert found.drafts[0].at.span is not None
    assert found.drafts[0].at.span.line == 6


def test_a_file_can_hold_several(policy: Any, tmp_path: Path) -> None:
    """What stands at the top is supposed by each; a scenario has the last word."""
    path = write(
        tmp_path,
        """\
today: 2026-03-01
remove: {note: {case: C1}}
scenarios:
  - name: one
    add: {note: {case: C3}}
  - name: two
    today: 2026-04-01
    set: {since: 2019-01-01}
""",
    )
    one, two = load_suppositions(policy, path)
    assert (one.name, one.today, one.parameters) == ("one", date(2026, 3, 1), {})
    assert [d.kind for d in one.drafts] == ["remove", "add"]
    assert (two.name, two.today) == ("two", date(2026, 4, 1))
    assert two.parameters == {"since": date(2019, 1, 1)}
    assert [d.kind for d in two.drafts] == ["remove"]


def test_every_fault_of_a_file_is_said(policy: Any, tmp_path: Path) -> None:
    """Unknown names, wrong values, keys that mean nothing here, names twice."""
    path = write(
        tmp_path,
        """\
expect: yes
set: {sinc: 2019-01-01}
add: {cas: [C1], noted: [C1]}
scenarios:
  - name: one
    change: {case: {case: C1, made: 2026-02-30, size: 3}}
  - name: one
  - add: {}
  - what
""",
    )
    with pytest.raises(Invalid) as raised:
        load_suppositions(policy, path)
    assert [
        f"{d.code.value} {d.at.line}: {d.message}"
        for d in raised.value.diagnostics
        if isinstance(d.at, Span)
    ] == [
        "E662 1: unknown key `expect`",
        "E664 2: unknown parameter `sinc`",
        "E664 3: unknown relation `cas`",
        "E664 3: `noted` is derived by rules: its rows cannot be given",
        "E665 6: column `made` of `case`: `2026-02-30` is not a day of the calendar: "
        "February 2026 has 28 days",
        "E664 6: `case` has no column `size`",
        "E668 7: two scenarios are called `one`",
        "E663 8: a scenario needs a name",
        "E663 9: a scenario is a map",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("scenarios: []\n", "E663 there is no scenario"),
        ("- one\n", "E663 a scenario file is a map"),
        ("a: [\n", "E660 this cannot be read as YAML: "),
    ],
)
def test_a_file_without_a_scenario(
    policy: Any, tmp_path: Path, text: str, said: str
) -> None:
    """It says so, in place of supposing nothing."""
    with pytest.raises(Invalid) as raised:
        load_suppositions(policy, write(tmp_path, text))
    (one,) = raised.value.diagnostics
    assert f"{one.code.value} {one.message}".startswith(said)


def test_a_file_that_is_not_there(policy: Any, tmp_path: Path) -> None:
    """It is named."""
    with pytest.raises(Invalid) as raised:
        load_suppositions(policy, tmp_path / "none.yaml")
    assert "none.yaml" in str(raised.value.diagnostics[0].at)


def test_words_are_atoms(policy: Any) -> None:
    """Columns by position or by name; `_` and what is left out are open."""
    drafts = suppose(
        policy,
        [
            ("remove", 'note("C1", _)'),
            ("change", 'case("C1", made: 2026-01-01)'),
            ("add", 'note("C1", none), note(case: "C2")'),
        ],
        FLAGS,
    )
    assert [(d.kind, d.relation, dict(d.some)) for d in drafts] == [
        ("remove", "note", {0: "C1"}),
        ("change", "case", {0: "C1", 1: date(2026, 1, 1)}),
        ("add", "note", {0: "C1", 1: None}),
        ("add", "note", {0: "C2"}),
    ]
    assert [d.at.item for d in drafts] == [1, 2, 3, 4]


def test_every_fault_of_words_is_said(policy: Any) -> None:
    """By the checks of any rule, and with the option as the place."""
    with pytest.raises(Invalid) as raised:
        suppose(
            policy,
            [
                ("add", 'cas("C1")'),
                ("add", 'case("C1", 2026-02-30, "good")'),
                ("add", 'case("C1", 2026-02-28, "god")'),
                ("change", 'case(Case, kind: "good")'),
                ("remove", 'noted("C1")'),
                ("remove", 'case("C1", $since, _), not note("C1", _)'),
                ("remove", 'note("C1"'),
            ],
            FLAGS,
        )
    assert sorted(
        f"{d.at}: {d.code.value} {d.message}" for d in raised.value.diagnostics
    ) == [
        "--add:1:12: E114 there is no day `2026-02-30`",
        "--add:1:1: E201 unknown relation `cas`: no rule or input defines it",
        '--add:1:24: E215 `"god"` is not one of the values of column `kind` of `case`',
        "--change:1:1: E532 `Case` is no value",
        "--remove:1:1: E530 `noted` is derived by rules: its rows cannot be given",
        "--remove:1:1: E532 `$since` is no value",
        "--remove:1:24: E532 a change is a row, and this is a condition",
        "--remove:1:5: E120 `(` is not closed before the statement ends",
    ]
