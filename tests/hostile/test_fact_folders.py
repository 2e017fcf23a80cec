"""Fact folders with links, pipes and permissions: an error with its place."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from facts.helper import POLICY, folder
from whereas.diagnostics import Invalid
from whereas.facts import load_facts


def replace(path: Path, make: Callable[[Path], object]) -> None:
    path.unlink()
    make(path)


# What stands in the place of `document.csv`, and the words that the error has.
FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a FIFO": (os.mkfifo, "not a file"),
    "a link to itself": (lambda p: p.symlink_to(p.name), "links go in a circle"),
    "a link to nothing": (lambda p: p.symlink_to("none"), "does not exist"),
    "a link to a device": (lambda p: p.symlink_to("/dev/zero"), "leaves the folder"),
    "a link out": (lambda p: p.symlink_to("/etc/passwd"), "leaves the folder"),
    "a link to a folder": (lambda p: p.symlink_to("."), "not a file"),
    "a sparse file": (lambda p: p.touch() or os.truncate(p, 10**12), "more than 16 GB"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_is_none(tmp_path: Path, case: str) -> None:
    make, words = FILES[case]
    path = folder(tmp_path)
    replace(path / "document.csv", make)
    with pytest.raises(Invalid, match=words):
        load_facts(path, POLICY)


FOLDERS: dict[str, Callable[[Path], object]] = {
    "a link to itself": lambda p: p.symlink_to(p.name),
    "a FIFO": os.mkfifo,
    "a file": lambda p: p.touch(),
    "nothing": lambda p: None,
}


@pytest.mark.parametrize("case", FOLDERS)
def test_a_folder_that_is_none(tmp_path: Path, case: str) -> None:
    path = tmp_path / "facts"
    FOLDERS[case](path)
    with pytest.raises(Invalid) as caught:
        load_facts(path, POLICY)
    assert caught.value.diagnostics[0].code == "E501"


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, "\udcff"])
def test_a_name_that_no_folder_has(name: str) -> None:
    with pytest.raises(Invalid) as caught:
        load_facts(name, POLICY)
    assert caught.value.diagnostics[0].code == "E501"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("closed", ["parent", "facts", "file"])
def test_what_nobody_may_read(tmp_path: Path, closed: str) -> None:
    facts = tmp_path / "parent" / "facts"
    facts.mkdir(parents=True)
    load_facts(folder(facts), POLICY)  # nobody may not import modules either
    chain = [path for path in (tmp_path, *tmp_path.parents) if path.owner() == "root"]
    for path in chain[: -len(Path("/tmp").parents) - 1]:
        path.chmod(0o755)
    {"parent": facts.parent, "facts": facts, "file": facts / "batch.csv"}[closed].chmod(
        0
    )
    os.seteuid(65534)
    try:
        with pytest.raises(Invalid, match="permission denied") as caught:
            load_facts(facts, POLICY)
    finally:
        os.seteuid(0)
    code = "E505" if closed == "file" else "E501"
    assert {one.code for one in caught.value.diagnostics} == {code}
