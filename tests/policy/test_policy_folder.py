"""A folder into a policy: which files count, and what is refused."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from policy.helper import MANIFEST
from whereas.diagnostics import Invalid
from whereas.policy import load_policy

if TYPE_CHECKING:
    from pathlib import Path

RULES = "# Rules\n\n```datalog\ninput batch(batch: text) key batch.\n```\n"


def package(folder: Path, manifest: str = MANIFEST, rules: str = RULES) -> Path:
    """Write a package and return its folder."""
    folder.mkdir(parents=True)
    (folder / "policy.toml").write_text(manifest, encoding="utf-8")
    (folder / "10-rules.md").write_text(rules, encoding="utf-8")
    return folder


def refused(folder: Path) -> list[tuple[str, str]]:
    """Return the codes and messages with which a folder is refused."""
    with pytest.raises(Invalid) as caught:
        load_policy(folder)
    return [(d.code.value, d.message) for d in caught.value.diagnostics]


def test_the_readme_and_subfolders_do_not_matter(tmp_path: Path) -> None:
    folder = package(tmp_path / "one")
    before = load_policy(folder).sha256
    (folder / "README.md").write_text("```datalog\nthis is no rule\n```\n")
    (folder / "tests").mkdir()
    (folder / "tests" / "x.md").write_text("```datalog\nnor this\n```\n")
    assert load_policy(folder).sha256 == before


@pytest.mark.parametrize(
    "name", ["more/20.md", "more/deep/20.md", "20-more.markdown", "20-more.MD"]
)
def test_rules_that_would_be_passed_over_are_an_error(
    tmp_path: Path, name: str
) -> None:
    folder = package(tmp_path / "one")
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("Notes, without rules.\n")
    load_policy(folder)
    (folder / name).write_text(RULES)
    assert refused(folder) == [
        ("E619", f"`{folder / name}` has rules, and is not read")
    ]


def test_what_may_stand_in_a_folder_beside_the_rules(tmp_path: Path) -> None:
    """Hidden folders, packages of their own, templates and scenarios."""
    folder = package(tmp_path / "one")
    package(folder / "another")
    for name in (".git", "templates", "tests"):
        (folder / name).mkdir()
        (folder / name / "x.md").write_text(RULES)
    load_policy(folder)


def test_templates_are_read_with_the_rules_and_are_part_of_the_hash(
    tmp_path: Path,
) -> None:
    folder = package(tmp_path / "one")
    before = load_policy(folder)
    assert before.templates == {}
    (folder / "templates" / "parts").mkdir(parents=True)
    (folder / "templates" / "justification.txt").write_text("{{ page.case }}")
    (folder / "templates" / "parts" / "head.txt").write_text("head")
    after = load_policy(folder)
    assert after.sha256 != before.sha256
    assert {name: source.text for name, source in after.templates.items()} == {
        "justification.txt": "{{ page.case }}",
        "parts/head.txt": "head",
    }
    # What was read is what is used: a change after that is none.
    (folder / "templates" / "justification.txt").write_text("otherwise")
    assert after.templates["justification.txt"].text == "{{ page.case }}"
    assert load_policy(folder).sha256 != after.sha256


def test_a_template_is_a_file_of_the_package_in_utf8(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    folder = package(tmp_path / "one")
    (folder / "templates").mkdir()
    (folder / "templates" / "justification.txt").symlink_to(tmp_path / "secret.txt")
    assert [code for code, _ in refused(folder)] == ["E614"]
    (folder / "templates" / "justification.txt").unlink()
    (folder / "templates" / "justification.txt").write_bytes(b"\xff\xfe")
    assert [code for code, _ in refused(folder)] == ["E617"]


@pytest.mark.parametrize(
    "line",
    [
        "x = " + "[" * 100_000,
        "x = " + "[" * 5_000 + "]" * 5_000,
        "x = " + "{a=" * 5_000,
        "x = " + "1" * 5_000,
        "a" + ".a" * 50_000 + " = 1",
    ],
    ids=["open", "arrays", "tables", "number", "keys"],
)
def test_a_manifest_without_end_is_refused(tmp_path: Path, line: str) -> None:
    """Deep arrays and tables, and a number that Python does not read."""
    folder = package(tmp_path / "one", MANIFEST + "\n" + line + "\n")
    assert {code for code, _ in refused(folder)} <= {"E610", "E611"}


def test_a_package_whose_name_holds_a_nul(tmp_path: Path) -> None:
    manifest = MANIFEST.replace("[policy]", '[policy]\nuses = ["a\\u0000b"]')
    folder = package(tmp_path / "one", manifest)
    assert [code for code, _ in refused(folder)] == ["E613"]


def test_files_that_are_no_files_and_links_in_a_circle(tmp_path: Path) -> None:
    """Nothing waits for a FIFO, and a circle of links is no crash."""
    folder = package(tmp_path / "one")
    os.mkfifo(folder / "20-more.md")
    (folder / "30-more.md").symlink_to(folder / "31-more.md")
    (folder / "31-more.md").symlink_to(folder / "30-more.md")
    assert [code for code, _ in refused(folder)] == ["E616"] * 3
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert [code for code, _ in refused(loop)] == ["E618"]


def test_the_hash_follows_the_content(tmp_path: Path) -> None:
    folder = package(tmp_path / "one")
    before = load_policy(folder).sha256
    (folder / "10-rules.md").write_text(RULES + "\nA word more.\n", encoding="utf-8")
    assert load_policy(folder).sha256 != before


def test_the_hash_does_not_follow_the_way_to_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = package(tmp_path / "one")
    monkeypatch.chdir(tmp_path)
    assert load_policy("one").sha256 == load_policy(folder).sha256


def test_places_are_shown_as_the_user_gave_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package(tmp_path / "one", rules=RULES.replace("text) key", "txt) key"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Invalid) as caught:
        load_policy("one")
    assert str(caught.value.diagnostics[0].at) == "one/10-rules.md:4:20"


def test_a_used_package_comes_first(tmp_path: Path) -> None:
    package(tmp_path / "common")
    more = "# More\n\n```datalog\nknown(Batch) :- batch(Batch).\n```\n"
    manifest = MANIFEST.replace("[policy]", '[policy]\nuses = ["common"]')
    made = load_policy(package(tmp_path / "own", manifest, more))
    assert sorted(made.relations) == ["batch", "known"]


def test_nothing_is_overridden(tmp_path: Path) -> None:
    package(tmp_path / "common")
    manifest = MANIFEST.replace("[policy]", '[policy]\nuses = ["common"]')
    assert refused(package(tmp_path / "own", manifest)) == [
        ("E206", "`batch` is declared twice")
    ]


@pytest.mark.parametrize("name", ["..", "../common", "/etc", "a/b", "", "a\\\\b"])
def test_a_path_is_no_package(tmp_path: Path, name: str) -> None:
    manifest = MANIFEST.replace("[policy]", f'[policy]\nuses = ["{name}"]')
    assert [code for code, _ in refused(package(tmp_path / "own", manifest))] == [
        "E614"
    ]


def test_a_package_that_is_not_there_names_the_nearest(tmp_path: Path) -> None:
    package(tmp_path / "common")
    manifest = MANIFEST.replace("[policy]", '[policy]\nuses = ["comon"]')
    with pytest.raises(Invalid) as caught:
        load_policy(package(tmp_path / "own", manifest))
    (only,) = caught.value.diagnostics
    assert (only.code.value, only.help) == ("E613", "did you mean `common`?")


def test_packages_in_a_circle_are_refused(tmp_path: Path) -> None:
    one = MANIFEST.replace("[policy]", '[policy]\nuses = ["two"]')
    two = MANIFEST.replace("[policy]", '[policy]\nuses = ["one"]')
    package(tmp_path / "two", two)
    assert refused(package(tmp_path / "one", one)) == [
        ("E615", "packages use each other in a circle: `one -> two -> one`")
    ]


def test_a_package_that_is_a_link_out_is_refused(tmp_path: Path) -> None:
    outside = package(tmp_path / "outside" / "common")
    home = tmp_path / "policies"
    manifest = MANIFEST.replace("[policy]", '[policy]\nuses = ["common"]')
    own = package(home / "own", manifest)
    (home / "common").symlink_to(outside)
    assert [code for code, _ in refused(own)] == ["E614"]


def test_a_rule_file_that_is_a_link_out_is_refused(tmp_path: Path) -> None:
    folder = package(tmp_path / "one")
    outside = tmp_path / "outside.md"
    outside.write_text(RULES)
    (folder / "20-more.md").symlink_to(outside)
    assert [code for code, _ in refused(folder)] == ["E614"]


def test_a_folder_in_place_of_a_file_cannot_be_read(tmp_path: Path) -> None:
    folder = package(tmp_path / "one")
    (folder / "20-more.md").mkdir()
    assert refused(folder) == [
        (
            "E616",
            f"`{folder}/20-more.md` cannot be read: it is a folder, not a file to read",
        )
    ]


def test_bytes_that_are_not_utf8_are_refused(tmp_path: Path) -> None:
    folder = package(tmp_path / "one")
    (folder / "20-more.md").write_bytes("# 批次\n".encode("gb18030"))
    ((code, message),) = refused(folder)
    assert code == "E617"
    assert message.endswith("is not UTF-8: byte 0xc5 in line 1")


def test_a_folder_without_policy_toml_is_no_policy(tmp_path: Path) -> None:
    assert refused(tmp_path) == [("E618", f"`{tmp_path}` has no `policy.toml`")]
    missing = tmp_path / "none"
    assert refused(missing) == [("E618", f"`{missing}` is not a folder")]


def test_windows_line_ends_and_a_byte_order_mark_are_ordinary(tmp_path: Path) -> None:
    folder = package(tmp_path / "one")
    text = ("\ufeff" + RULES).replace("\n", "\r\n")
    (folder / "10-rules.md").write_bytes(text.encode())
    assert sorted(load_policy(folder).relations) == ["batch"]
