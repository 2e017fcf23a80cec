"""`whereas repair` for several cases at once."""

from __future__ import annotations

import json

from run_cli import ROOT, whereas


def test_all_refused_cases_are_a_list_in_json() -> None:
    done = whereas("repair", "--all", "--format", "json", cwd=ROOT)
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert len(found) == 18
    assert {one["schema"] for one in found} == {"whereas.repair/1"}


def test_several_cases_are_pages_one_after_the_other() -> None:
    done = whereas("repair", "B-012", "B-019", cwd=ROOT)
    assert "B-012: not importable" in done.out
    assert "B-019: not importable" in done.out
    assert done.out.count("Policy: ") == 1


def test_what_does_not_go_together_is_said() -> None:
    for words, said in (
        ((), "name one case or several, or else `--all`"),
        (("B-012", "--all"), "name one case or several, or else `--all`"),
        (("--all", "--format", "html"), "is for one case at a time"),
        (("B-012", "B-019", "--format", "changes"), "is for one case at a time"),
    ):
        done = whereas("repair", *words, cwd=ROOT)
        assert done.code == 2
        assert said in done.err
