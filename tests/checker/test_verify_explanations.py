"""A folder of explanations: accepted as it was written, rejected once it was changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from proofs import changed, checker, leaves, others, with_cases
from small import model
from tests.engine.build import SETTING, facts
from tests.engine.programs import program

from whereas import api
from whereas.budget import Limits
from whereas.checker import read_heading
from whereas.checker.explanations import HEADING, LINES
from whereas.diagnostics import Invalid, WhereasError
from whereas.engine import solve
from whereas.engine.model import Model
from whereas.explain import decide
from whereas.explain.explanations import heading

Line = dict[str, Any]


def lay_down(folder: Path, made: Model) -> list[Line]:
    """Write the explanations of a model into a folder; return them."""
    decisions = decide(made)
    lines = list(api.explanations(decisions))
    (folder / HEADING).write_text(heading(decisions, len(lines)), "utf-8")
    (folder / LINES).write_text("".join(f"{one}\n" for one in lines), "utf-8")
    return [json.loads(one) for one in lines]


def rejections(folder: Path, made: Model) -> list[str]:
    heading = read_heading(folder)
    verdict, _ = checker(made).verify_folder(folder, heading)
    return [f"{one.at}: {one.why}" for one in verdict.rejections]


def test_every_line_is_accepted(tmp_path: Path) -> None:
    made = model(tmp_path)
    lines = lay_down(tmp_path, made)
    verdict, count = checker(made).verify_folder(tmp_path, read_heading(tmp_path))
    assert verdict.accepted
    assert (verdict.steps, count) == (sum(len(one["steps"]) for one in lines), 5)


@pytest.mark.parametrize("seed", range(60))
def test_every_line_of_a_random_program_is_accepted(seed: int, tmp_path: Path) -> None:
    made = program(seed)
    policy = with_cases(made)
    base = facts(policy, made.rows)
    try:
        found = solve(policy, base, SETTING, engine="sqlite", limits=Limits(rounds=200))
    except WhereasError:
        pytest.skip("the program has no model within the limits")
    lay_down(tmp_path, found)
    assert rejections(tmp_path, found) == []


def bearing(line: Line) -> Iterator[tuple[str | int, ...]]:
    """The places of a line that are checked."""
    for place in leaves(line):
        if place[-1] != "instances":
            yield place


def test_no_changed_leaf_survives(tmp_path: Path) -> None:
    """A value, a number, a rule: one of them changed, and the line is rejected."""
    made = model(tmp_path)
    lines = lay_down(tmp_path, made)
    one = {**json.loads((tmp_path / HEADING).read_text("utf-8")), "explained": 1}
    (tmp_path / HEADING).write_text(json.dumps(one), "utf-8")
    survivors = []
    for number, line in enumerate(lines):
        for place in bearing(line):
            for other in others(line, place)[:1]:
                text = json.dumps(changed(line, place, other)) + "\n"
                (tmp_path / LINES).write_text(text, "utf-8")
                try:
                    if not rejections(tmp_path, made):
                        survivors.append((number, place, other))
                except Invalid:
                    pass
    assert survivors == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.split("\n", 1)[1], "/explained: there are 4 lines"),
        (lambda text: text.replace('"car"', '"tyre"', 1), "/1/"),
    ],
)
def test_what_is_rejected_is_named_with_its_line(
    tmp_path: Path, change: Callable[[str], str], said: str
) -> None:
    made = model(tmp_path)
    lay_down(tmp_path, made)
    path = tmp_path / LINES
    path.write_text(change(path.read_text("utf-8")), "utf-8")
    assert any(one.startswith(said) for one in rejections(tmp_path, made))


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    made = model(tmp_path)
    lay_down(tmp_path, made)
    path = tmp_path / LINES
    path.write_text(path.read_text("utf-8")[:-20], "utf-8")
    with pytest.raises(Invalid) as raised:
        rejections(tmp_path, made)
    (found,) = raised.value.diagnostics
    assert (found.code.value, str(found.at).endswith("row 5")) == ("E670", True)
