"""What is written: whole or not at all, and in place of no other thing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from run_cli import tree, whereas

KILLS = int(os.environ.get("WHEREAS_KILLS", "4"))
PROGRAM = Path(__file__).with_name("kill_points.py")


def contents(folder: Path) -> dict[str, str]:
    import hashlib

    return {
        str(path.relative_to(folder)): "folder"
        if path.is_dir()
        else hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT", "SIGKILL"])
@pytest.mark.parametrize(
    "words",
    [
        ["decide", "--output", "old.txt"],
        ["decide", "--format", "json", "--save", "a.model", "--engine", "sqlite"],
        ["decide", "--explain", "all", "--out", "new/reasons"],
        ["init", "workspace"],
        ["init", "--facts", "new/facts"],
        ["fmt"],
        ["doc", "--out", "page"],
    ],
    ids=" ".join,
)
def test_a_command_that_is_killed_leaves_all_or_nothing(
    small: Path, words: list[str], number: str
) -> None:
    (small / "old.txt").write_text("old\n")
    rules = small / "policy" / "rules.md"
    rules.write_text(rules.read_text().replace('Kind = "good", ', 'Kind="good",'))
    before = contents(small)
    done = subprocess.run(
        [sys.executable, PROGRAM, number, str(KILLS), *words],
        cwd=small,
        capture_output=True,
        check=True,
        timeout=300,
    )
    report = json.loads(done.stdout)
    assert report["code"] == 0
    for one in report["killed"]:
        files = {k: v for k, v in one["after"].items() if v != "folder"}
        kept = {k: v for k, v in files.items() if ".part" not in k}
        allowed = {
            name: {before.get(name), report["whole"].get(name)}
            for name in {*before, *report["whole"]}
        }
        # Each file is as it was before, or as the whole command leaves it.
        # A model has the times of the fact files in it, which are copies here.
        assert all(
            value in allowed.get(name, ()) or name == "a.model"
            for name, value in kept.items()
        ), one
        if number != "SIGKILL":
            assert kept == files, "no temporary file survives"
            assert one["code"] in {130, 143, 0}, one
        if words[0] in {"decide", "doc"}:
            # The next run that writes there removes what SIGKILL left.
            assert not [name for name in one["finally"] if ".part" in name], one


@pytest.mark.parametrize("option", ["--output", "--save"])
def test_a_link_a_device_a_fifo_and_an_input_are_not_replaced(
    small: Path, option: str
) -> None:
    (small / "target").write_text("kept\n")
    (small / "link").symlink_to("target")
    os.mkfifo(small / "fifo")
    os.link(small / "facts" / "case.csv", small / "same")
    before = tree(small)
    for name, why in {
        "link": "it is a link",
        "/dev/null": "it is a device or a FIFO",
        "fifo": "it is a device or a FIFO",
        "policy": "it is a folder",
        "facts/case.csv": "the command reads it",
        "policy/rules.md": "the command reads it",
        "same": "the command reads it",
        "no/such/folder/x" if option == "--output" else "policy/rules.md/x": "",
    }.items():
        done = whereas("decide", option, name, cwd=small)
        assert (done.code, "E644" in done.err, why in done.err) == (3, True, True), (
            name,
            done.err,
        )
    assert (small / "link").is_symlink()
    assert (small / "fifo").is_fifo()
    assert {k: v for k, v in tree(small).items() if k in before} == before


def test_two_outputs_are_not_written_into_one_file(small: Path) -> None:
    done = whereas("decide", "--save", "a", "--output", "a", cwd=small)
    assert (done.code, "`a` cannot be written: the command writes it" in done.err) == (
        3,
        True,
    ), done.err
    assert whereas("why", "C-1", "--model", "a", cwd=small).code == 0


@pytest.mark.parametrize(
    "words",
    [
        ["doc", "--out", "policy"],
        ["doc", "--facts", "facts", "--out", "facts"],
        ["decide", "--explain", "all", "--out", "facts"],
        ["decide", "--explain", "all", "--out", "policy/../facts"],
    ],
    ids=" ".join,
)
def test_a_folder_of_inputs_takes_no_output(small: Path, words: list[str]) -> None:
    before = tree(small)
    done = whereas(*words, cwd=small)
    assert (done.code, "the command reads its files" in done.err) == (3, True), done.err
    assert tree(small) == before


def test_fmt_does_not_replace_a_link(small: Path) -> None:
    rules = small / "policy" / "rules.md"
    rules.rename(small / "rules.md")
    rules.symlink_to("../rules.md")
    text = rules.read_text().replace('Kind = "good", ', 'Kind="good",')
    rules.write_text(text)
    done = whereas("fmt", cwd=small)
    assert (done.code, "it is a link" in done.err) == (3, True), done.err
    assert rules.is_symlink()
    assert rules.read_text() == text


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize(
    "words",
    [
        ["decide", "--output", "closed/x"],
        ["decide", "--save", "closed/x"],
        ["decide", "--explain", "all", "--out", "closed/x"],
        ["init", "closed/x"],
        ["init", "--facts", "closed/x"],
        ["doc", "--out", "closed/x"],
    ],
    ids=" ".join,
)
def test_a_folder_that_may_not_be_written_to(small: Path, words: list[str]) -> None:
    (small / "closed").mkdir(mode=0o500)
    done = whereas(*words, cwd=small)
    assert (done.code, "E644" in done.err) == (3, True), done.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has /dev/full")
def test_a_full_disk_is_an_error(small: Path) -> None:
    run = [sys.executable, "-m", "whereas", "decide"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            run, cwd=small, stdout=full, stderr=subprocess.PIPE, check=False
        )
        assert (done.returncode, b"E644" in done.stderr) == (3, True), done.stderr
        assert b"Exception ignored" not in done.stderr
        done = subprocess.run(
            run, cwd=small, stdout=subprocess.PIPE, stderr=full, check=False
        )
        assert done.returncode == 0
        done = subprocess.run(
            [*run, "--lang", "fr"], cwd=small, stdout=full, stderr=full, check=False
        )
        assert done.returncode == 2


@pytest.mark.parametrize(("closed", "code"), [(">&-", 3), ("2>&-", 0), ("<&-", 0)])
def test_closed_streams(small: Path, closed: str, code: int) -> None:
    command = f'"{sys.executable}" -m whereas decide {closed}'
    done = subprocess.run(
        ["sh", "-c", command], cwd=small, capture_output=True, check=False
    )
    assert done.returncode == code, done.stderr
    assert b"Traceback" not in done.stderr
    if closed == ">&-":
        assert b"E644" in done.stderr
        again = f"{command.removesuffix(closed)} --output o.txt {closed}"
        done = subprocess.run(["sh", "-c", again], cwd=small, check=False)
        assert done.returncode == 0


def test_a_name_that_is_not_utf_8(small: Path) -> None:
    (small / "facts").rename(small / os.fsdecode(b"facts\xff"))
    for words in (
        [b"decide"],
        [b"decide", b"--format", b"json"],
        [b"why", b"C-1"],
        [b"why", b"C-1", b"--output", b"o.txt"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "whereas", *words, b"--facts", b"facts\xff"],
            cwd=small,
            capture_output=True,
            check=False,
        )
        assert done.returncode in {0, 3}, done.stderr
        assert b"internal" not in done.stderr


def test_chinese_in_the_c_locale(small: Path) -> None:
    (small / "facts").rename(small / "事实")
    done = whereas("why", "C-1", "--facts", "事实", cwd=small, LC_ALL="C")
    assert done.code == 0, done.err
    assert "事实/case.csv" in done.out
