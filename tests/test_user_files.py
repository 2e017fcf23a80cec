"""Files that a user names: nothing waits, nothing is read without end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from whereas.codes import Code
from whereas.diagnostics import Invalid
from whereas.user_files import in_bytes, lies_within, open_regular, read_regular, reason


def test_a_regular_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rules.md"
    path.write_bytes(b"one")
    assert read_regular(path, 3) == b"one"
    link = tmp_path / "link.md"
    link.symlink_to(path)
    assert read_regular(link) == b"one"


def test_a_file_above_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(10**12)
    for read in (read_regular, open_regular):
        with pytest.raises(Invalid) as caught:
            read(path, 1_000_000)
        assert caught.value.diagnostics[0].code is Code.FILE_TOO_LARGE
        assert "more than 1 MB" in caught.value.diagnostics[0].message


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="Linux has it")
def test_a_file_that_does_not_say_its_size_is_bounded_too() -> None:
    with pytest.raises(Invalid):
        read_regular("/proc/self/maps", 100)


def test_what_is_no_regular_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("fifo")
    for path, words in (
        (tmp_path / "fifo", "FIFO"),
        (tmp_path / "link", "FIFO"),
        (tmp_path, "folder"),
        (Path("/dev/null"), "device"),
        (Path("/dev/zero"), "device"),
    ):
        with pytest.raises(OSError, match=words):
            read_regular(path)


def test_links_in_a_circle_and_names_with_nul_are_os_errors(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError) as caught:
        read_regular(tmp_path / "a")
    assert reason(caught.value) == "its links go in a circle"
    with pytest.raises(OSError, match="NUL"):
        read_regular("a\0b")
    with pytest.raises(OSError) as caught:
        read_regular(tmp_path / "none")
    assert reason(caught.value) == "it does not exist"


def test_a_link_out_of_a_folder_does_not_lie_within_it(tmp_path: Path) -> None:
    folder = tmp_path / "facts"
    folder.mkdir()
    (tmp_path / "outside.csv").touch()
    (folder / "inside.csv").touch()
    (folder / "out.csv").symlink_to("../outside.csv")
    (folder / "in.csv").symlink_to("inside.csv")
    (folder / "circle.csv").symlink_to("circle.csv")
    assert lies_within(folder / "inside.csv", folder)
    assert lies_within(folder / "in.csv", folder)
    assert lies_within(folder / "in.csv", tmp_path / "facts")
    assert not lies_within(folder / "out.csv", folder)
    assert not lies_within(folder / "circle.csv", folder)
    assert not lies_within(Path("a\0b"), folder)


def test_limits_are_written_with_their_unit() -> None:
    assert in_bytes(16_000_000) == "16 MB"
    assert in_bytes(2_000_000_000) == "2 GB"
    assert in_bytes(1_001) == "1001 bytes"
