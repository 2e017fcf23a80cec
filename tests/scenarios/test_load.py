"""Scenario files are read with their places, and refused with a way out."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Invalid, Span
from whereas.policy import load_policy
from whereas.scenarios import Suite, load, run

if TYPE_CHECKING:
    from whereas.policy.core import Policy

ROOT = Path(__file__).parents[2]
NMPA = ROOT / "policy" / "nmpa-summary"
PAGES = sorted((ROOT / "docs" / "reference" / "errors").glob("E66?.md"))


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy(NMPA)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with nothing but the base of the first policy's scenarios."""
    shutil.copy(NMPA / "tests" / "base.yaml", tmp_path)
    return tmp_path


def suite(policy: Policy, folder: Path, text: str) -> Suite:
    """The suite of one more file, which extends the base."""
    (folder / "more.yaml").write_text("extends: base.yaml\n" + text, encoding="utf-8")
    return load(policy, folder)


def faults(policy: Policy, folder: Path, text: str) -> list[Diagnostic]:
    with pytest.raises(Invalid) as raised:
        suite(policy, folder, text)
    return list(raised.value.diagnostics)


def fault(policy: Policy, folder: Path, text: str) -> tuple[str, str, str, str]:
    """The only fault: code, underlined text, message, help."""
    (one,) = faults(policy, folder, text)
    assert isinstance(one.at, Span)
    return one.code.value, one.at.text, one.message, one.help or ""


def scenario(words: str, expect: str = "importable") -> str:
    return f"scenarios:\n  - name: one\n    {words}\n    expect: {expect}\n"


# --- what is read ---


def test_a_delta_leaves_the_base_alone(policy: Policy, folder: Path) -> None:
    """Each scenario starts from the base, not from what the one before made of it."""
    loaded = suite(
        policy,
        folder,
        """
scenarios:
  - name: changed
    change: {batch: {made: 2025-12-11, scale: pilot}}
    remove: {national_list: {}}
    add: {filing_document: [[F1, more], {filing: F1, document: still more}]}
    expect: not-importable
  - name: unchanged
    expect: importable
""",
    )
    changed, unchanged = loaded.scenarios[-2:]
    assert changed.facts["batch"][0].values == (
        *("B1", "P1", "S1"),
        date(2025, 12, 11),
        "pilot",
    )
    assert changed.facts["national_list"] == ()
    assert [row.values[1] for row in changed.facts["filing_document"]] == [
        "application letter",
        "certificate of analysis",
        "more",
        "still more",
    ]
    assert unchanged.facts["batch"][0].values[3] == date(2025, 8, 20)
    assert len(unchanged.facts["national_list"]) == 1
    assert unchanged.file == str(folder / "more.yaml")


def test_scalars_are_text_until_a_column_says_otherwise(
    policy: Policy, folder: Path
) -> None:
    """YAML guesses nothing: `no` and `1.0` are texts in a text column."""
    loaded = suite(
        policy,
        folder,
        scenario("add: {required_document: [no, 1.0, 2026-01-01, '~']}"),
    )
    rows = loaded.scenarios[-1].facts["required_document"][2:]
    assert [row.values for row in rows] == [("no",), ("1.0",), ("2026-01-01",), ("~",)]


def test_a_folder_without_files_is_a_suite_without_scenarios(
    policy: Policy, tmp_path: Path
) -> None:
    """A policy may have no scenarios yet."""
    assert load(policy, tmp_path / "tests").scenarios == ()


# --- what is refused ---


@pytest.mark.parametrize(
    ("words", "code", "underlined"),
    [
        ("change: {batch: {batch: B1}}", Code.SCENARIO_DELTA, "{batch: B1}"),
        ("change: {batch: {batch: B9, scale: pilot}}", Code.SCENARIO_DELTA, None),
        ("change: {rare_disease: {name_en: x}}", Code.SCENARIO_DELTA, "{name_en: x}"),
        ("add: {filing: [F1, B1, 2026-01-01]}", Code.SCENARIO_SHAPE, "F1"),
        ("add: {filing: [[F1, B1, 2026-01-01]]}", Code.SCENARIO_DELTA, None),
        ("add: {filing: {filing: F2}}", Code.SCENARIO_VALUE, "{filing: F2}"),
        ("add: {missing: [[F1, x]]}", Code.SCENARIO_UNKNOWN_NAME, "missing"),
        ("change: {batch: {scael: pilot}}", Code.SCENARIO_UNKNOWN_NAME, "scael"),
        ("change: {batch: {made: [x]}}", Code.SCENARIO_VALUE, "[x]"),
        ("change: {batch: {made: }}", Code.SCENARIO_VALUE, ""),
        ("set: {same_day: true}", Code.SCENARIO_UNKNOWN_NAME, "same_day"),
        ("today: tomorrow", Code.SCENARIO_VALUE, "tomorrow"),
        ("add: 3", Code.SCENARIO_SHAPE, "3"),
    ],
)
def test_faulty_facts(
    policy: Policy, folder: Path, words: str, code: Code, underlined: str | None
) -> None:
    """Each fault of the supposed facts is found where it stands."""
    found = faults(policy, folder, scenario(words))
    assert {one.code for one in found} == {code}
    at = found[0].at
    assert isinstance(at, Span)
    assert at.line == 4
    assert underlined in (None, at.text)
    assert all(one.help for one in found)


@pytest.mark.parametrize(
    ("expect", "code", "underlined"),
    [
        ("{failed: [S-G9]}", Code.SCENARIO_EXPECTATION, "S-G9"),
        ("{case: B9, outcome: importable}", Code.SCENARIO_EXPECTATION, "B9"),
        ("{case: {batch: B1}, outcom: x}", Code.SCENARIO_UNKNOWN_KEY, "outcom"),
        ("{case: B1}", Code.SCENARIO_SHAPE, "{case: B1}"),
        ("{case: [B1, F1], outcome: importable}", Code.SCENARIO_SHAPE, "[B1, F1]"),
        ("[importable, importable]", Code.SCENARIO_EXPECTATION, "importable"),
    ],
)
def test_faulty_expectations(
    policy: Policy, folder: Path, expect: str, code: Code, underlined: str
) -> None:
    """An expectation that could never be met is refused before anything is decided."""
    found, text, _, _ = fault(policy, folder, scenario("about: x", expect))
    assert (found, text) == (code, underlined)


def test_all_faults_of_all_files_at_once(policy: Policy, folder: Path) -> None:
    """A fault in one file does not hide those of another, nor those after it."""
    (folder / "other.yaml").write_text("scenario: []\n", encoding="utf-8")
    found = faults(
        policy,
        folder,
        """
scenarios:
  - {name: a, change: {batch: {scale: big}}, expect: importable}
  - {name: a, expect: maybe}
""",
    )
    assert [(Path(one.at.source.name).name, one.code) for one in found] == [
        ("more.yaml", Code.SCENARIO_VALUE),
        ("more.yaml", Code.SCENARIO_EXPECTATION),
        ("more.yaml", Code.SCENARIO_EXPECTATION),
        ("other.yaml", Code.SCENARIO_UNKNOWN_KEY),
    ]


def test_files_that_extend_one_another(policy: Policy, folder: Path) -> None:
    """A circle is shown; it is one fault."""
    (folder / "a.yaml").write_text("extends: b.yaml\n", encoding="utf-8")
    (folder / "b.yaml").write_text("extends: a.yaml\n", encoding="utf-8")
    with pytest.raises(Invalid) as raised:
        load(policy, folder)
    (one,) = raised.value.diagnostics
    assert one.code == Code.SCENARIO_EXTENDS
    assert one.message == "`a.yaml` extends itself: a.yaml → b.yaml → a.yaml"


@pytest.mark.parametrize("name", ["more/late.yaml", "more/deep/late.yml", "LATE.YAML"])
def test_scenarios_that_would_be_passed_over_are_an_error(
    policy: Policy, folder: Path, name: str
) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(scenario(""), encoding="utf-8")
    with pytest.raises(Invalid) as raised:
        load(policy, folder)
    (one,) = raised.value.diagnostics
    assert one.code == Code.PASSED_OVER
    assert (
        one.message
        == f"`{folder / name}` is named like a scenario file, and is not read"
    )


def test_what_may_stand_in_a_folder_beside_the_scenarios(
    policy: Policy, folder: Path
) -> None:
    """Notes, data and what is hidden."""
    before = load(policy, folder).scenarios
    for name in ("notes.md", "data/batch.csv", ".cache/late.yaml", ".late.yaml"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(scenario(""), encoding="utf-8")
    assert load(policy, folder).scenarios == before


def test_a_file_outside_the_folder_is_not_read(policy: Policy, folder: Path) -> None:
    """`extends` names a neighbour; a path is no neighbour."""
    inner = folder / "inner"
    inner.mkdir()
    (inner / "one.yaml").write_text("extends: ../base.yaml\n", encoding="utf-8")
    with pytest.raises(Invalid) as raised:
        load(policy, inner)
    assert [one.code for one in raised.value.diagnostics] == [Code.SCENARIO_EXTENDS]


@pytest.mark.parametrize(
    "text",
    [
        "about: !!python/object/apply:os.system [true]",
        "about: &a x",
        "about: *a",
        "--- 1\n--- 2",
        "about: [",
        "about: \x07",
    ],
)
def test_only_plain_data_is_read(policy: Policy, tmp_path: Path, text: str) -> None:
    """Tags, anchors, aliases, second documents and half a file are refused."""
    (tmp_path / "one.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Invalid) as raised:
        load(policy, tmp_path)
    assert {one.code for one in raised.value.diagnostics} == {Code.SCENARIO_SYNTAX}


def test_a_link_that_leaves_the_folder(policy: Policy, tmp_path: Path) -> None:
    """Scenario files stand in the policy's folder, and nowhere else."""
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "secret.yaml").write_text("about: x", encoding="utf-8")
    (inner / "one.yaml").symlink_to(tmp_path / "secret.yaml")
    with pytest.raises(Invalid) as raised:
        load(policy, inner)
    (one,) = raised.value.diagnostics
    assert one.message == "`one.yaml` is a link that leaves the folder"


def test_bytes_that_are_not_utf8(policy: Policy, tmp_path: Path) -> None:
    """The file is named, and what to do."""
    (tmp_path / "one.yaml").write_bytes(b"about: \xff\n")
    with pytest.raises(Invalid) as raised:
        load(policy, tmp_path)
    (one,) = raised.value.diagnostics
    assert (one.code, one.help) == (Code.SCENARIO_SYNTAX, "save it as UTF-8")


def test_nesting_beyond_reason_is_no_crash(policy: Policy, tmp_path: Path) -> None:
    """A list in a list in a list, a hundred thousand times."""
    (tmp_path / "one.yaml").write_text("about: " + "[" * 100_000, encoding="utf-8")
    with pytest.raises(Invalid) as raised:
        load(policy, tmp_path)
    assert {one.code for one in raised.value.diagnostics} == {Code.SCENARIO_SYNTAX}


# --- the pages ---


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_examples_of_the_pages(policy: Policy, folder: Path, page: Path) -> None:
    """The bad example gives the page's code and no other; the good one is fine."""
    bad, good = re.findall(r"```yaml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    (folder / "example.yaml").write_text(bad, encoding="utf-8")
    with pytest.raises(Invalid) as raised:
        run(load(policy, folder))
    assert {one.code for one in raised.value.diagnostics} == {Code(page.stem)}
    (folder / "example.yaml").write_text(good, encoding="utf-8")
    assert not run(load(policy, folder)).failed


def test_the_example_of_the_reference(policy: Policy, folder: Path) -> None:
    """What the reference shows can be run as it stands."""
    page = ROOT / "docs" / "reference" / "scenarios.md"
    (example,) = re.findall(r"```yaml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    (folder / "example.yaml").write_text(example, encoding="utf-8")
    found = run(load(policy, folder))
    assert [one.scenario.name for one in found.passed][-1].startswith("filed the day")
    assert found.failed == ()


def test_every_code_has_a_page() -> None:
    """Pages and codes are the same."""
    codes = {code.value for code in Code if code.name.startswith("SCENARIO_")}
    assert {page.stem for page in PAGES} == codes
