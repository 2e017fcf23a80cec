"""Defaults of options from the environment and `whereas.toml`, by one declaration."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from run_cli import whereas

from whereas.cli.app import COMMANDS, commands
from whereas.cli.settings import keys, read_settings, variable


def added(small: Path, text: str) -> None:
    with (small / "whereas.toml").open("a", encoding="utf-8") as file:
        file.write(text)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_table_with_the_keys_of_its_options(
    tmp_path: Path, name: str
) -> None:
    command = commands.get_command(click.Context(commands), name)
    assert command is not None
    assert "max-seconds" in keys(command)
    for key, option in keys(command).items():
        assert option.envvar == variable(f"--{key}")
    (tmp_path / "whereas.toml").write_text(f"[{name}]\nmax-rows = 7\n")
    settings = read_settings(commands, tmp_path)
    assert settings.defaults(command)["max_rows"] == 7


def test_environment_gives_any_such_option(small: Path) -> None:
    assert json.loads(whereas("decide", cwd=small, WHEREAS_FORMAT="json").out)
    flag = whereas("decide", "--format", "json", cwd=small, WHEREAS_FORMAT="csv")
    assert json.loads(flag.out)
    done = whereas("decide", cwd=small, WHEREAS_FORMAT="nope")
    assert done.code == 2
    assert "WHEREAS_FORMAT is `nope`" in done.err


def test_a_table_of_a_command_gives_its_own_options(small: Path) -> None:
    added(small, '[repair]\nmost = 1\nformat = "json"\n')
    done = whereas("repair", "C-2", cwd=small)
    assert json.loads(done.out), done.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("max-rows = 1.5\n", "`max-rows` cannot be `1.5`"),
        ("max-rows = true\n", "`max-rows` cannot be `true`"),
        ("max-seconds = nan\n", "`max-seconds` cannot be `nan`"),
        ("max-seconds = inf\n", "`max-seconds` cannot be `inf`"),
        ("today = 2026-02-10T10:00:00\n", "`today` cannot be"),
        ("fail-on = [1]\n", "`fail-on` cannot be"),
        ("[repair]\nmost = 0\n", "`most` cannot be `0`"),
        ('[decide]\nformat = "nope"\n', "`format` cannot be `nope`"),
    ],
)
def test_a_wrong_value_is_reported_with_its_line(
    small: Path, text: str, message: str
) -> None:
    added(small, text)
    done = whereas("decide", cwd=small)
    assert done.code == 3
    assert message in done.err
    line = len((small / "whereas.toml").read_text().splitlines())
    assert f"whereas.toml:{line}:1" in done.err


def test_a_key_that_a_command_does_not_have_is_unknown_in_its_table(
    small: Path,
) -> None:
    added(small, '[fmt]\nengine = "auto"\n')
    done = whereas("decide", cwd=small)
    assert (done.code, "unknown key `engine` in `[fmt]`" in done.err) == (3, True)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('engine = "nope"\n', "engine"),
        ('lang = "xx"\n', "lang"),
        ('fail-on = "nope"\n', "fail-on"),
        ("[set]\nnope = 3\n", "nope"),
    ],
)
def test_a_value_that_the_policy_does_not_have_is_named_with_its_line(
    small: Path, text: str, key: str
) -> None:
    added(small, text)
    done = whereas("decide", cwd=small)
    assert done.code in {2, 3}
    line = len((small / "whereas.toml").read_text().splitlines())
    assert f"`{key}` is set in whereas.toml:{line}" in done.err


def test_a_flag_that_wins_is_not_blamed_on_the_file(small: Path) -> None:
    added(small, 'engine = "nope"\n')
    done = whereas("decide", "--engine", "nope", cwd=small)
    assert "is set in" not in done.err


def test_the_settings_are_no_place_for_the_output(small: Path) -> None:
    before = (small / "whereas.toml").read_bytes()
    done = whereas("decide", "--output", "whereas.toml", cwd=small)
    assert (done.code, "E644" in done.err) == (3, True)
    assert (small / "whereas.toml").read_bytes() == before
