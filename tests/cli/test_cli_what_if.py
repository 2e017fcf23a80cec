"""`whereas what-if` and `whereas diff`: words in, answers out, and no file touched."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from run_cli import ROOT, tree, whereas

LATE = ("--change", 'case("C-1", made: 2019-01-01)')


def test_what_if_shows_what_turns(small: Path) -> None:
    """The case with its reason on each side, and what is supposed."""
    before = tree(small)
    done = whereas("what-if", *LATE, cwd=small)
    assert (done.code, done.err) == (0, "")
    assert "1 of 2 decisions turns; 1 stays as it is." in done.out
    assert "yes → no: 1" in done.out
    assert "(made was 1 January 2025)" in " ".join(done.out.split())
    assert "supposed change 1, in place of facts/case.csv, row 2" in done.out
    assert tree(small) == before


def test_rows_come_and_go(small: Path) -> None:
    """Removed first, then changed, then added: one change in three words."""
    done = whereas(
        *("what-if", "--justify", "0"),
        *("--add", 'case("C-3", "M-2", 2025-01-01, "good"), maker("M-2", "Two")'),
        *("--remove", 'case(kind: _, case: "C-2")'),
        cwd=small,
    )
    assert done.code == 0
    assert "1 case is new; 1 case is gone" in done.out
    assert "✓ C-3  what if: yes; holds L-1" in done.out


def test_parameters_and_the_day(small: Path) -> None:
    """What the command line sets is compared with what the workspace sets."""
    done = whereas("what-if", "--set", "since=2026-01-01", cwd=small)
    assert "since: 1 January 2026 in place of 1 January 2020" in done.out
    assert "1 of 2 decisions turns" in done.out
    settings = (small / "whereas.toml").read_text()
    (small / "whereas.toml").write_text(settings + "[set]\nsince = 2026-01-01\n")
    done = whereas("what-if", "--set", "since=2020-01-01", cwd=small)
    assert "no → yes: 1" in done.out
    rules = (small / "policy" / "rules.md").read_text()
    (small / "policy" / "rules.md").write_text(
        rules.replace("Made >= $since", "Made >= $since, Made <= $today")
    )
    (small / "whereas.toml").write_text("today = 2024-06-01\n" + settings)
    done = whereas("what-if", "--today", "2026-01-01", cwd=small)
    assert "today: 1 January 2026 in place of 1 June 2024" in done.out
    assert "no → yes: 1" in done.out
    (small / "whereas.toml").write_text(settings)
    done = whereas("what-if", *LATE, "--today", "2026-01-01", cwd=small)
    assert "in place of 1 June" not in done.out
    assert "yes → no: 1" in done.out


def test_a_file_keeps_scenarios(small: Path) -> None:
    """Each is answered; one can be chosen, and words are supposed besides."""
    (small / "meeting.yaml").write_text(
        "scenarios:\n"
        "  - {name: late, change: {case: {case: C-1, made: 2019-01-01}}}\n"
        "  - {name: good, change: {case: {case: C-2, kind: good}}}\n"
    )
    done = whereas("what-if", "meeting.yaml", "--justify", "0", cwd=small)
    assert re.findall(r"^(?:late|good)$", done.out, re.M) == ["late", "good"]
    words = ("what-if", "meeting.yaml", "--scenario", "good", *LATE)
    done = whereas(*words, "--format", "json", cwd=small)
    (scenario,) = json.loads(done.out)["scenarios"]
    assert scenario["name"] == "good"
    assert [change["item"] for change in scenario["changes"]] == [1, 2]
    assert [change["file"] for change in scenario["changes"]] == ["meeting.yaml", None]
    assert scenario["counts"]["granted"] == scenario["counts"]["lost"] == 1
    done = whereas("what-if", "meeting.yaml", "--scenario", "goods", cwd=small)
    assert done.code == 2
    assert "did you mean `good`?" in done.err


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_a_saved_model_is_where_it_starts(small: Path, engine: str) -> None:
    """The same answer as from the files, whatever the model is kept in."""
    whereas("decide", "--engine", engine, "--save", "model", cwd=small)
    before = tree(small)
    fresh = whereas("what-if", *LATE, "--engine", engine, cwd=small)
    words = ("what-if", *LATE, "--model", "model", "--set", "since=2020-01-01")
    kept = whereas(*words, "--engine", engine, cwd=small)
    assert (kept.code, kept.err) == (0, "")
    assert kept.out == fresh.out
    assert tree(small) == before


def test_what_if_can_fail_on_an_outcome(small: Path) -> None:
    """Exit 1 if a case comes to have it, and not if it had it."""
    assert whereas("what-if", *LATE, "--fail-on", "no", cwd=small).code == 1
    assert whereas("what-if", *LATE, "--fail-on", "yes", cwd=small).code == 0
    done = whereas("what-if", *LATE, "--fail-on", "yess", cwd=small)
    assert done.code == 2
    assert "no outcome is called `yess`; did you mean `yes`?" in done.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "nothing is supposed"),
        (("--today", "2026-01-01"), 2, "no day is known to compare --today with"),
        (("--scenario", "x", *LATE), 2, "--scenario names a scenario of a file"),
        ((*LATE, "--case", "C-9"), 5, 'neither side has a case "C-9"'),
        (("none.yaml",), 3, "error[E660]: the file cannot be read"),
        (("--remove", 'maker("M-1")'), 3, "2 rows of `case` refer to maker"),
        (("--change", 'case("C-9", kind: "good")'), 3, "error[E531]"),
    ],
)
def test_what_if_says_what_is_wrong(
    small: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    """Usage, an unknown case, and rows that cannot be as supposed."""
    done = whereas("what-if", *words, cwd=small)
    assert (done.code, done.out) == (code, "")
    assert said in done.err


@pytest.mark.parametrize("code", ["E530", "E531", "E532"])
def test_the_pages_of_changes_say_what_happens(demo: Path, code: str) -> None:
    """The wrong words on an error's page give the error, and the right ones do not."""
    page = (ROOT / "docs" / "reference" / "errors" / f"{code}.md").read_text()
    wrong, right = (
        shlex.split(one)[1:] for one in re.findall(r"^whereas .*", page, re.M)
    )
    assert f"error[{code}]" in whereas(*wrong, cwd=demo).err
    assert f"error[{code}]" not in whereas(*right, cwd=demo).err


# --- diff ---------------------------------------------------------------------------


@pytest.fixture
def two(small: Path) -> Path:
    """A second version of the policy, which reads one input more."""
    shutil.copytree(small / "policy", small / "next")
    manifest = (small / "next" / "policy.toml").read_text()
    (small / "next" / "policy.toml").write_text(
        manifest.replace('version = "1"', 'version = "2"')
    )
    rules = (small / "next" / "rules.md").read_text()
    (small / "next" / "rules.md").write_text(
        rules.replace(
            "relation fine", "input waived(case: text) key case closed.\nrelation fine"
        ).replace(
            "subject case.",
            '@id("L-2") @cite("LAW", "2") @en("it was waived") '
            "fine(Case) :- waived(Case).\nsubject case.",
        )
    )
    (small / "facts" / "waived.csv").write_text("case\nC-2\n")
    return small


def test_two_versions_over_the_same_facts(two: Path) -> None:
    """Each reads its own inputs; the other's file is no stray."""
    before = tree(two)
    done = whereas("diff", "policy", "next", cwd=two)
    assert (done.code, done.err) == (0, "")
    assert "small 1 against small 2" in done.out
    assert "no → yes: 1" in done.out
    assert "---- C-2 · small 1 ----" in done.out
    assert "---- C-2 · small 2 ----" in done.out
    assert "Policy: small 1 (sha256" in done.out
    assert tree(two) == before
    # One policy alone is compared with the workspace's.
    assert whereas("diff", "next", cwd=two).out == done.out
    (two / "facts" / "wavied.csv").write_text("case\n")
    assert "error[E504]" in whereas("diff", "next", cwd=two).err


def test_two_fact_sets_under_one_policy(small: Path) -> None:
    """Named after their folders."""
    shutil.copytree(small / "facts", small / "june")
    text = (small / "june" / "case.csv").read_text()
    (small / "june" / "case.csv").write_text(text.replace("bad", "good"))
    done = whereas("diff", "--facts", "facts", "--facts", "june", cwd=small)
    assert done.code == 0
    assert "facts against june" in done.out
    assert "no → yes: 1" in done.out


def test_diff_can_fail_on_an_outcome_newly_granted(two: Path) -> None:
    """A check of a change: exit 1 if it lets more in."""
    words = ("diff", "policy", "next", "--justify", "0")
    assert whereas(*words, "--fail-on", "yes", cwd=two).code == 1
    assert whereas(*words, "--fail-on", "no", cwd=two).code == 0
    back = ("diff", "next", "policy", "--justify", "0")
    assert whereas(*back, "--fail-on", "yes", cwd=two).code == 0


def test_a_parameter_is_set_where_it_is(two: Path) -> None:
    """One that neither policy has is an error."""
    rules = (two / "policy" / "rules.md").read_text()
    (two / "policy" / "rules.md").write_text(
        rules.replace("parameter since: date = 2020-01-01.\n", "").replace(
            ", Made >= $since", ""
        )
    )
    words = ("diff", "policy", "next", "--justify", "0", "--set")
    done = whereas(*words, "since=2026-01-01", cwd=two)
    assert "small 2: Parameters: since = 1 January 2026" in done.out
    assert "yes → no: 1" in done.out
    done = whereas(*words, "sinc=2026-01-01", cwd=two)
    assert done.code == 2
    assert "neither policy has a parameter `sinc`: did you mean `since`?" in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "there is one side only"),
        (("policy", "policy", "policy"), "are compared at a time"),
        (("policy", "--wanted", "yess"), "no outcome is called `yess`"),
    ],
)
def test_diff_says_what_is_wrong(
    small: Path, words: tuple[str, ...], said: str
) -> None:
    """Usage errors, in a line."""
    done = whereas("diff", *words, cwd=small)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


@pytest.mark.parametrize("format_", ["text", "html", "json"])
def test_the_same_bytes_each_time(two: Path, format_: str) -> None:
    """Whatever the hash seed; and into a file as to the screen."""
    command = ("diff", "policy", "next", "--format", format_)
    first = whereas(*command, cwd=two, PYTHONHASHSEED="1")
    whereas(*command, "--output", "out", cwd=two, PYTHONHASHSEED="2")
    assert first.code == 0
    assert (two / "out").read_text(encoding="utf-8") == first.out
