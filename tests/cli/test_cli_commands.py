"""What the commands answer, and with which exit code."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import pytest
from run_cli import ROOT, tree, whereas


def test_decide_prints_a_line_for_each_case(small: Path) -> None:
    """The table goes to stdout, and nothing to stderr."""
    done = whereas("decide", cwd=small)
    assert done.code == 0
    assert done.err == ""
    assert "✓ C-1" in done.out
    assert "✗ C-2" in done.out


def test_decide_json_has_the_published_shape(small: Path) -> None:
    """One object with schema, policy, facts, counts and decisions."""
    done = whereas("decide", "--format", "json", cwd=small)
    found = json.loads(done.out)
    assert found["schema"] == "whereas.decisions/1"
    assert found["policy"]["id"] == "small"
    assert found["facts"]["path"] == "facts"
    assert found["engines"] == ["pydatalog", "sqlite"]
    assert found["certified"] is True
    assert found["today"] is None
    assert found["parameters"] == {"since": "2020-01-01"}
    assert found["counts"] == {"yes": 1, "no": 1}
    assert found["decisions"] == [
        {"case": {"case": "C-1"}, "outcome": "yes", "held": ["L-1"], "failed": []},
        {"case": {"case": "C-2"}, "outcome": "no", "held": [], "failed": ["L-1"]},
    ]


@pytest.mark.parametrize("format_", ["jsonl", "csv"])
def test_other_formats_have_a_line_for_each_case(small: Path, format_: str) -> None:
    """CSV has a header besides."""
    lines = whereas("decide", "--format", format_, cwd=small).out.splitlines()
    assert len(lines) == 2 + (format_ == "csv")


def test_engines_give_the_same_bytes(demo: Path) -> None:
    """Each engine's decisions are those of the others."""
    outputs = {
        whereas("decide", "--format", "csv", "--engine", engine, cwd=demo).out
        for engine in ("sqlite", "duckdb", "pydatalog", "sqlite,duckdb")
    }
    assert len(outputs) == 1


def test_hash_order_does_not_change_a_byte(demo: Path) -> None:
    """PYTHONHASHSEED varies the order of sets and of nothing that is printed."""
    for words in (
        ("decide", "--format", "json"),
        ("why", "B-040"),
        ("why", "B-001", "--format", "json", "--all"),
        ("query", "eligible_product(F, G)"),
    ):
        outputs = {
            whereas(*words, cwd=demo, PYTHONHASHSEED=seed).out
            for seed in ("0", "1", "7")
        }
        assert len(outputs) == 1, words
        assert outputs != {""}


def test_fail_on_an_outcome_is_exit_1(small: Path) -> None:
    """And an outcome that no case has is exit 0."""
    assert whereas("decide", "--fail-on", "no", cwd=small).code == 1
    chosen = whereas("decide", "--fail-on", "no", "--case", "C-1", cwd=small)
    assert chosen.code == 0
    assert "C-2" not in chosen.out


def test_fail_on_an_unknown_outcome_is_a_usage_error(small: Path) -> None:
    """A misspelt outcome would otherwise never fail."""
    done = whereas("decide", "--fail-on", "nno", cwd=small)
    assert done.code == 2
    assert "did you mean `no`" in done.err


def test_undetermined_cases_are_exit_4_after_printing(small: Path) -> None:
    """What could be decided is printed all the same."""
    rules = small / "policy/rules.md"
    text = rules.read_text().replace('outcome "no" @en("no") otherwise.\n', "")
    rules.write_text(text)
    done = whereas("decide", cwd=small)
    assert done.code == 4
    assert "C-2" in done.out
    assert whereas("decide", "--fail-on", "undetermined", cwd=small).code == 1
    assert whereas("why", "C-2", cwd=small).code == 4


def test_an_empty_subject_is_no_decisions_and_exit_0(small: Path) -> None:
    """Nothing to decide is no mistake."""
    (small / "facts/case.csv").write_text("case,maker,made,kind\n")
    done = whereas("decide", "--format", "json", cwd=small)
    assert done.code == 0
    assert json.loads(done.out)["decisions"] == []
    assert whereas("decide", cwd=small).code == 0


def test_an_unknown_case_is_exit_5_with_the_nearest(small: Path) -> None:
    """The facts' own keys that look like it are named."""
    for words in (("why", "C-3"), ("decide", "--case", "C-3")):
        done = whereas(*words, cwd=small)
        assert done.code == 5, done.err
        assert done.out == ""
        assert "`C-1`" in done.err


def test_a_case_can_be_named_by_its_column(small: Path) -> None:
    """As the cases of composite keys must be."""
    one = whereas("why", "C-1", cwd=small)
    assert one.code == 0
    assert whereas("why", "case=C-1", cwd=small) == one


def test_settings_yield_to_environment_and_that_to_flags(small: Path) -> None:
    """The later wins."""

    def since(*flags: str, **environment: str) -> object:
        done = whereas("decide", "--format", "json", *flags, cwd=small, **environment)
        return json.loads(done.out)["parameters"]["since"], json.loads(done.out)[
            "engines"
        ]

    with (small / "whereas.toml").open("a") as file:
        file.write('engine = "sqlite"\n[set]\nsince = 2025-01-02\n')
    assert since() == ("2025-01-02", ["sqlite"])
    assert since(WHEREAS_ENGINE="pydatalog") == ("2025-01-02", ["pydatalog"])
    flags = ("--engine", "duckdb", "--set", "since=2024-01-01")
    assert since(*flags, WHEREAS_ENGINE="pydatalog") == ("2024-01-01", ["duckdb"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("decide", "--set", "sinc=2020-01-01"), "did you mean `since`"),
        (("decide", "--set", "since=soon"), "`soon`"),
        (("decide", "--set", "since"), "--set name=value"),
        (("decide", "--today", "2026-02-30"), "February 2026 has 28 days"),
        (("decide", "--today", "2026-13-01"), "and this is month 13"),
        (("decide", "--today", "soon"), "`soon` is no day; write one as YYYY-MM-DD"),
        (("decide", "--engine", "sqlit"), "sqlit"),
        (("decide", "--lang", "zh"), "`zh`"),
        (("decide", "--frmat", "json"), "did you mean `--format`?"),
        (("decide", "--fatcs", "x"), "no option `--fatcs`; did you mean `--facts`?"),
        (("decide", "--xyz"), "`whereas decide` has no option `--xyz`\n"),
        (("decid",), "did you mean `decide`"),
        (("why",), "GOAL"),
        (("why", "cas=C-1", "x=2"), "one at a time"),
    ],
)
def test_usage_errors_are_exit_2(
    small: Path, words: tuple[str, ...], says: str
) -> None:
    """Each says what is wrong with the words."""
    done = whereas(*words, cwd=small)
    assert done.code == 2, done.err
    assert done.out == ""
    assert says in done.err


def test_without_a_policy_the_way_out_is_named(tmp_path: Path) -> None:
    """In an empty folder one learns of `init`."""
    done = whereas("decide", cwd=tmp_path)
    assert done.code == 2
    assert "whereas init" in done.err


def test_output_is_written_whole(small: Path) -> None:
    """The file has what stdout would have had, and stdout has nothing."""
    printed = whereas("decide", cwd=small).out
    (small / "out.txt").write_text("old")
    done = whereas("decide", "--output", "out.txt", cwd=small)
    assert done.out == ""
    assert (small / "out.txt").read_text() == printed
    assert [p.name for p in small.iterdir() if p.name.startswith(".")] == []


def test_query_answers_any_body(small: Path) -> None:
    """A row for each answer; yes or no where there is no variable."""
    done = whereas(
        "query", "case(C, made: D), not fine(C)", "--format", "csv", cwd=small
    )
    assert done.out == "C,D\nC-2,2025-01-02\n"
    assert whereas("query", 'fine("C-1")', cwd=small).out == "yes\n"
    assert whereas("query", 'fine("C-2")', cwd=small).out == "no\n"
    found = json.loads(whereas("query", "fine(C)", "--format", "json", cwd=small).out)
    assert (found["variables"], found["answers"]) == (["C"], [["C-1"]])


def test_query_is_checked_like_a_rule(small: Path) -> None:
    """With code, place in the query, and did-you-mean."""
    done = whereas("query", "fin(C)", cwd=small)
    assert done.code == 3
    assert "query:1:1" in done.err
    assert "did you mean `fine`" in done.err


def test_a_policy_without_scenarios_passes_no_test(small: Path) -> None:
    """Nothing was tested: that is said, with a way out."""
    done = whereas("test", cwd=small)
    assert (done.code, done.out) == (5, "")
    assert "there are no scenarios in" in done.err
    assert "first.yaml" in done.err


def test_check_counts_and_machines_read_it(small: Path) -> None:
    """Text for people, JSON, SARIF and annotations for tools."""
    assert whereas("check", "--facts", cwd=small).out == (
        "small 1: 1 rule, 3 relations, 2 outcomes\nfacts: 3 facts in 2 files\n"
    )
    (small / "facts/case.csv").write_text("case,maker,made\n")
    assert whereas("check", cwd=small).code == 0
    done = whereas("check", "--facts", "--format", "json", cwd=small)
    assert done.code == 3
    assert json.loads(done.out)["diagnostics"][0]["code"] == "E511"
    sarif = whereas("check", "--facts", "facts", "--format", "sarif", cwd=small)
    assert json.loads(sarif.out)["version"] == "2.1.0"
    github = whereas("check", "--facts", "--format", "github", cwd=small)
    assert github.out.startswith("::error ")


def test_a_last_row_without_a_line_end_is_a_warning_wherever_facts_are_read(
    small: Path,
) -> None:
    """A line on stderr, nothing on stdout, and the exit code stays."""
    asked = (
        ("decide",),
        ("why", "C-1"),
        ("query", "fine(X)"),
        ("check", "--facts"),
    )
    whole = [whereas(*words, cwd=small) for words in asked]
    cases = small / "facts/case.csv"
    cases.write_text(cases.read_text().removesuffix("\n"))
    for words, before in zip(asked, whole, strict=True):
        done = whereas(*words, cwd=small)
        assert done.code == before.code == 0
        assert "W720" not in before.err
        assert "W720" in done.err
        assert "row 3" in done.err
        assert "W720" not in done.out


def test_verify_tells_what_is_suspect_in_the_facts(small: Path) -> None:
    """Like the commands that decide; the proof was made for these very files."""
    cases = small / "facts/case.csv"
    cases.write_text(cases.read_text().removesuffix("\n"))
    whereas("why", "C-1", "--format", "json", "--output", "proof.json", cwd=small)
    done = whereas("verify", "proof.json", cwd=small)
    assert done.code == 0
    assert "W720" in done.err
    assert done.out.startswith("accepted")


def test_fmt_lays_out_checks_and_shows(small: Path) -> None:
    """`--check` and `--diff` change nothing; then the file is canonical."""
    rules = small / "policy/rules.md"
    rules.write_text(rules.read_text().replace("subject case.", "subject   case ."))
    whereas("fmt", cwd=small)
    canonical = rules.read_text()
    rules.write_text(canonical.replace("subject case.", "subject   case ."))
    before = tree(small)
    assert whereas("fmt", "--check", cwd=small).code == 1
    shown = whereas("fmt", "--diff", cwd=small)
    assert shown.code == 1
    assert "-subject   case ." in shown.out
    assert tree(small) == before
    assert whereas("fmt", cwd=small).code == 0
    assert rules.read_text() == canonical
    assert whereas("fmt", "--check", cwd=small).code == 0


SCENARIOS = """\
base:
  maker: [{maker: M-1, name: One}]
scenarios:
  - name: a good case is fine
    add: {case: [{case: X, maker: M-1, made: 2025-01-01, kind: good}]}
    expect: "yes"
  - name: a bad one is fine, wrongly
    add: {case: [{case: X, maker: M-1, made: 2025-01-01, kind: bad}]}
    expect: "yes"
"""


def test_test_shows_expected_against_actual(small: Path) -> None:
    """A difference is exit 1, and the justification follows."""
    (small / "policy/tests").mkdir()
    (small / "policy/tests/all.yaml").write_text(SCENARIOS)
    done = whereas("test", "--coverage", cwd=small)
    assert done.code == 1
    assert "1 passed, 1 failed" in done.out
    assert "✗ a bad one is fine, wrongly" in done.out
    assert "expected  yes" in done.out
    assert "actual    no" in done.out
    assert "Case X is not fine" in done.out
    assert "1 of 1 rule" in done.out
    assert whereas("test", "--case", "a good case", cwd=small).code == 0
    for word, near in [
        ("nobody", "there are 2 in policy/tests"),
        ("god", "did you mean `good`?"),
        ("a god case", "did you mean `a good case is fine`?"),
    ]:
        refused = whereas("test", "--case", word, cwd=small)
        assert refused.code == 5
        assert f"no scenario has the words `{word}`; {near}" in refused.err


def test_fail_under_needs_the_rules_exercised(small: Path) -> None:
    """A scenario that exercises no rule passes alone, and falls short of all."""
    (small / "policy/tests").mkdir(exist_ok=True)
    (small / "policy/tests/a.yaml").write_text(
        "scenarios: [{name: nothing, facts: {case: []}}]\n"
    )
    assert whereas("test", cwd=small).code == 0
    assert whereas("test", "--fail-under", "100", cwd=small).code == 1


def test_init_lays_down_a_workspace_that_decides(tmp_path: Path) -> None:
    """Policy, facts and settings; nothing is overwritten."""
    done = whereas("init", "mine", cwd=tmp_path)
    assert done.code == 0
    folder = tmp_path / "mine"
    assert whereas("decide", cwd=folder).code == 0
    before = tree(folder)
    again = whereas("init", cwd=folder)
    assert again.code == 2
    assert "is there already" in again.err
    assert tree(folder) == before


def test_init_lays_down_each_policy_that_comes_along(tmp_path: Path) -> None:
    """With the packages that it uses, and facts that it decides."""
    listed = whereas("init", "--example", "list", cwd=tmp_path).out
    names = [line.split("  ")[0] for line in listed.splitlines()]
    assert {path.parent.name for path in ROOT.glob("policy/*/tests")} == {*names}
    for name in names:
        done = whereas("init", name, "--example", name, cwd=tmp_path)
        assert (done.code, done.err) == (0, "")
        assert f"the policy {name}, the facts " in done.out
        assert whereas("check", "--facts", cwd=tmp_path / name).code == 0
        assert whereas("decide", cwd=tmp_path / name).code == 0
    assert (tmp_path / "nmpa-2025-96/policy/nmpa-common").is_dir()
    two = ("--example", "nmpa-2025-96", "--example", "nmpa-2025-04-draft")
    assert whereas("init", "two", *two, cwd=tmp_path).code == 0
    assert len([*(tmp_path / "two/policy").iterdir()]) == 3
    refused = whereas("init", "x", "--example", "nmpa-2025-69", cwd=tmp_path)
    assert refused.code == 2
    assert "did you mean `nmpa-2025-96`?" in refused.err
    assert not (tmp_path / "x").exists()


def test_the_wheel_has_what_init_lays_down() -> None:
    """All policies and facts, and the pages of errors."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        targets = tomllib.load(file)["tool"]["hatch"]["build"]["targets"]
    assert targets["wheel"]["force-include"] == {
        "policy": "whereas/workspace/policy",
        "facts": "whereas/workspace/facts",
        "docs/reference/errors": "whereas/pages",
    }


def test_init_facts_writes_headers_and_keeps_what_is_there(small: Path) -> None:
    """A policy's author gets the files that the policy needs."""
    kept = (small / "facts/maker.csv").read_text()
    (small / "facts/case.csv").unlink()
    done = whereas("init", "--facts", cwd=small)
    assert done.code == 0
    assert (small / "facts/case.csv").read_text() == "case,maker,made,kind\n"
    assert (small / "facts/maker.csv").read_text() == kept
    assert whereas("init", "--facts", "new", cwd=small).code == 0
    assert whereas("decide", "--facts", "new", cwd=small).code == 0


def test_explain_code_prints_the_page(tmp_path: Path) -> None:
    """Offline, from the package; all codes are listed without one."""
    page = (ROOT / "docs/reference/errors/E683.md").read_text(encoding="utf-8")
    assert whereas("explain-code", "e683", cwd=tmp_path).out == page
    assert "E683  " in whereas("explain-code", cwd=tmp_path).out
    for word, near in [
        ("E999", "the nearest are `E682`, `E683`, `E690`"),
        ("E3O1", "did you mean `E301`?"),
        ("301", "did you mean `E301`?"),
        ("nonsense", "`whereas explain-code` lists them all"),
    ]:
        refused = whereas("explain-code", word, cwd=tmp_path)
        assert refused.code == 5
        assert refused.err == f"error: no code is called `{word}`; {near}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(tmp_path: Path, shell: str) -> None:
    """It asks whereas itself for the words."""
    done = whereas("completion", shell, cwd=tmp_path)
    assert done.code == 0
    assert "_WHEREAS_COMPLETE" in done.out


def test_completion_knows_commands(tmp_path: Path) -> None:
    """What the script asks for is answered."""
    done = whereas(
        cwd=tmp_path,
        _WHEREAS_COMPLETE="bash_complete",
        COMP_WORDS="whereas de",
        COMP_CWORD="1",
    )
    assert "decide" in done.out


def test_colour_is_asked_for_and_never_alone(small: Path) -> None:
    """Piped output has none; `always` has it, and the words are the same."""
    plain = whereas("decide", cwd=small).out
    painted = whereas("decide", "--color", "always", cwd=small).out
    assert "\x1b[" not in plain
    assert "\x1b[" in painted
    stripped = painted
    for code in ("\x1b[32m", "\x1b[31m", "\x1b[0m"):
        stripped = stripped.replace(code, "")
    assert stripped == plain


def test_a_closed_pipe_is_quiet(small: Path) -> None:
    """`whereas explain-code | head -1` says nothing about the pipe."""
    line = f'"{sys.executable}" -m whereas explain-code | head -1'
    done = subprocess.run(
        ["sh", "-c", line], cwd=small, capture_output=True, check=False
    )
    assert done.stderr == b""


def test_an_internal_error_is_short_and_says_how_to_report_it(
    small: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 70, no traceback, unless it is asked for."""
    from whereas.cli import boundary, check

    def broken(*_: object) -> str:
        raise RuntimeError("never")

    monkeypatch.chdir(small)
    monkeypatch.setattr(check, "counted", broken)
    assert boundary.run(["check"]) == 70
    said = capsys.readouterr().err
    assert "internal error: RuntimeError: never" in said
    assert "WHEREAS_DEBUG=1" in said
    assert "Traceback" not in said


def test_it_starts_without_the_development_packages(small: Path) -> None:
    """Nothing that only tests and linters need is imported by a command."""
    script = (
        "import sys\n"
        "for name in ('pytest', 'hypothesis', 'clingo', 'jsonschema', 'mypy', 'ruff'):\n"
        "    sys.modules[name] = None\n"
        "from whereas.cli import main\n"
        "sys.argv = ['whereas', 'decide', '--engine', 'sqlite,duckdb,pydatalog']\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=small, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    """What `--help` needs is click and a table of names."""
    script = (
        "import sys\n"
        "from whereas.cli.boundary import run\n"
        "run(['--help'])\n"
        "heavy = {'duckdb', 'jinja2', 'rich', 'openpyxl', 'lark', 'pyDatalog', 'yaml',"
        " 'markdown_it', 'sqlite3', 'whereas.engine', 'whereas.policy'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_why_explains_any_fact(small: Path) -> None:
    """One that holds, one that does not, one that a file states; in text and JSON."""
    from jsonschema import validate

    schema = json.loads(
        (ROOT / "src/whereas/schemas/justification-1.schema.json").read_text("utf-8")
    )
    for goal, word in (
        ('fine("C-1")', "Case C-1 is fine"),
        ('fine("C-2")', "Case C-2 is not fine"),
        ('maker("M-1", "One")', "facts/maker.csv, row 2"),
    ):
        done = whereas("why", goal, cwd=small)
        assert done.code == 0
        assert word in done.out
        found = json.loads(whereas("why", goal, "--format", "json", cwd=small).out)
        validate(found, schema)
        assert found["decision"] is None
        assert found["goal"]["relation"] == goal.partition("(")[0]


def test_why_needs_a_goal_without_variables(small: Path) -> None:
    """`query` is for the others."""
    done = whereas("why", "fine(Case)", cwd=small)
    assert done.code == 2
    assert "whereas query" in done.err


def test_a_saved_model_answers_until_something_changes(small: Path) -> None:
    """The same answer; then `decide again`, with exit 3."""
    assert whereas("decide", "--save", "m.model", cwd=small).code == 0
    fresh = whereas("why", "C-2", cwd=small)
    assert whereas("why", "C-2", "--model", "m.model", cwd=small) == fresh
    changed = whereas("why", "C-2", "--model", "m.model", "--set", "since=2", cwd=small)
    assert changed.code == 2
    with (small / "facts/case.csv").open("a") as file:
        file.write("C-9,M-1,2025-01-01,good\n")
    done = whereas("why", "C-2", "--model", "m.model", cwd=small)
    assert done.code == 3
    assert "decide again" in done.err
    other = whereas("why", "C-2", "--model", "whereas.toml", cwd=small)
    assert other.code == 3
    assert "is no model" in other.err


def test_a_saved_portfolio_names_the_nearest_case_to_an_unknown_one(
    small: Path,
) -> None:
    """DuckDB's model is read-only: asking for a case that is not there enters nothing."""
    flags = ("--engine", "duckdb", "--save", "m.model")
    assert whereas("decide", *flags, cwd=small).code == 0
    fresh = whereas("why", "C-2", "--engine", "duckdb", cwd=small)
    assert whereas("why", "C-2", "--model", "m.model", cwd=small) == fresh
    done = whereas("why", "C-22", "--model", "m.model", cwd=small)
    assert done.code == 5
    assert "no case is called `C-22`; the nearest are `C-2`" in done.err


def test_help_imports_no_database_and_no_template() -> None:
    """What is not needed is not imported: `--help` waits for nothing."""
    heavy = ("duckdb", "_duckdb", "jinja2", "lark", "markdown_it", "whereas.policy")
    code = (
        "import sys; from whereas.cli.boundary import run; run(['--help']); "
        f"sys.exit(str([name for name in {heavy!r} if name in sys.modules] or ''))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() == ""


def test_a_room_may_be_imported_without_its_neighbours() -> None:
    """Reading a proof needs neither an engine nor a reader of files."""
    heavy = (
        "duckdb",
        "_duckdb",
        "jinja2",
        "whereas.engine.engines",
        "whereas.facts.load",
    )
    code = (
        "import sys, whereas.explain; "
        f"sys.exit(str([name for name in {heavy!r} if name in sys.modules] or ''))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() == ""


def test_timeline_says_from_when_to_when(demo: Path) -> None:
    """The answer is the first line; what is wrong with the question is said."""
    done = whereas("timeline", "B-033", cwd=demo)
    assert done.code == 0
    assert done.out.splitlines()[0] == (
        "✓ B-033: importable if filed from 10 December 2025 to 10 February 2026"
    )
    assert whereas("timeline", "B-999", cwd=demo).code == 5
    for words, said in [
        (("--move", "today"), "it moves filing"),
        (("--from", "2026-02-01", "--to", "2026-01-01"), "is before --from"),
        (("--from", "soon"), "`soon` is no day; write one as YYYY-MM-DD"),
    ]:
        refused = whereas("timeline", "B-033", *words, cwd=demo)
        assert refused.code == 2
        assert said in refused.err


def test_timeline_of_a_policy_that_moves_no_day(tmp_path: Path) -> None:
    """Its reader is told so; the help line has what its author would write."""
    policy = shutil.copytree(ROOT / "policy" / "us-plair", tmp_path / "still")
    for file in policy.glob("*.md"):
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith("timeline ")]
        file.write_text("".join(kept), encoding="utf-8")
    folders = ("--policy", str(policy), "--facts", "facts/plair-demo")
    refused = whereas("timeline", "R-06", *folders, cwd=ROOT)
    assert refused.code == 2
    first, second = refused.err.splitlines()
    assert "does not say which day moves" in first
    assert second.startswith("  = help: its author says so by `timeline relation(")


def test_timeline_of_a_model_that_was_kept(demo: Path) -> None:
    """The same page, and what was decided cannot be changed."""
    whereas("decide", "--save", "kept.model", cwd=demo)
    kept = whereas("timeline", "B-033", "--model", "kept.model", cwd=demo)
    assert kept.out == whereas("timeline", "B-033", cwd=demo).out
    refused = whereas(
        *("timeline", "B-033", "--model", "kept.model", "--today", "2026-01-01"),
        cwd=demo,
    )
    assert refused.code == 2


def test_explanations_are_written_whole_and_verified(demo: Path) -> None:
    """A line for each decision, a heading beside them, and the checker reads both."""
    done = whereas("decide", "--explain", "refused", "--out", "reasons", cwd=demo)
    assert (done.code, done.err) == (0, "18 explanations in reasons\n")
    folder = demo / "reasons"
    assert sorted(one.name for one in folder.iterdir()) == [
        "explanations.jsonl",
        "heading.json",
    ]
    lines = [
        json.loads(one)
        for one in (folder / "explanations.jsonl").read_text("utf-8").splitlines()
    ]
    heading = json.loads((folder / "heading.json").read_text("utf-8"))
    for name, documents in (("explanations", [heading]), ("explanation", lines)):
        schema = json.loads(
            (ROOT / f"src/whereas/schemas/{name}-1.schema.json").read_text("utf-8")
        )
        for document in documents:
            jsonschema.Draft202012Validator(schema).validate(document)
    assert {one["outcome"] for one in lines} == {"not-importable"}
    assert heading["explained"] == len(lines) == 18
    done = whereas("verify", "reasons", cwd=demo)
    assert (done.code, done.out) == (0, "accepted: 281 steps, 18 explanations\n")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--explain", "all"], "--explain and --out go together"),
        (["--out", "reasons"], "--explain and --out go together"),
        (["--explain", "yess", "--out", "x"], "did you mean `yes`"),
        (["--explain", "all", "--out", "whereas.toml"], "whereas.toml"),
    ],
)
def test_what_cannot_be_explained_is_a_usage_error(
    small: Path, words: list[str], why: str
) -> None:
    before = tree(small)
    done = whereas("decide", *words, cwd=small)
    assert done.code == 2
    assert why in done.err
    assert tree(small) == before
