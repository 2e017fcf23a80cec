"""Each page of an error code is run: Wrong gives the code, Right does not.

The fenced blocks under the two headings make a tiny workspace: `datalog` a file of
rules, `markdown` a whole rule file, `toml` the `policy.toml`, and `csv NAME`,
`json NAME`, `jsonl NAME`, `yaml NAME` a fact file. What no text can show (a folder
in place of a file, bytes that are not UTF-8) is a `text` block, and tested elsewhere.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Invalid
from whereas.policy import load_policy

ERRORS = Path(__file__).parent.parent / "docs" / "reference" / "errors"
PAGES = sorted(ERRORS.glob("*.md"))
MANIFEST = """\
[policy]
id = "example"
version = "1.0.0"
languages = ["en", "zh"]
title = { en = "Example", zh = "示例" }
month_end = "last-day"

[source.LAW]
title = { en = "The law", zh = "法律" }
cite = { en = "Article {}", zh = "第{}条" }
"""
FENCE = re.compile(r"^(`{3,}|~{3,})([^\n]*)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
FACTS = {"csv", "json", "jsonl", "yaml", "yml"}
RULES = {"datalog", "markdown", "toml"}
# Pages of scenario files (E66x, E68x) are run beside the scenario runner.
SCENARIOS = re.compile(r"E6[68]\d")


def blocks(page: str, heading: str) -> list[tuple[str, str]]:
    """Return the fenced blocks under a heading: info string and content."""
    found = re.search(rf"^## {heading}$(.*?)(?=^## |\Z)", page, re.M | re.S)
    assert found is not None, f"no heading {heading!r}"
    return [(m[2].strip(), m[3]) for m in FENCE.finditer(found[1])]


def runnable(path: Path) -> bool:
    """Whether a page's blocks have rules; fact files alone are run with the facts."""
    text = path.read_text(encoding="utf-8")
    if SCENARIOS.fullmatch(path.stem) or "## Wrong" not in text:
        return False
    infos = {i.split()[0] for h in ("Wrong", "Right") for i, _ in blocks(text, h) if i}
    return bool(infos & RULES)


def diagnostics(parts: list[tuple[str, str]], home: Path) -> list[Diagnostic]:
    """Lay down a workspace, load it, and return all that is said about it."""
    folder = home / "example"
    folder.mkdir(parents=True)
    (folder / "policy.toml").write_text(MANIFEST, encoding="utf-8")
    facts = home / "facts"
    facts.mkdir()
    for number, (info, content) in enumerate(parts):
        kind, _, name = info.partition(" ")
        if kind == "datalog":
            text = f"# Rules\n\n```datalog\n{content}```\n"
            (folder / f"{number:02}-rules.md").write_text(text, encoding="utf-8")
        elif kind == "markdown":
            (folder / f"{number:02}-rules.md").write_text(content, encoding="utf-8")
        elif kind == "toml":
            (folder / "policy.toml").write_text(content, encoding="utf-8")
        elif kind in FACTS and name:
            (facts / name).write_text(content, encoding="utf-8")
    try:
        policy = load_policy(folder)
    except Invalid as error:
        return list(error.diagnostics)
    found = list(policy.warnings)
    if any(info.split()[0] in FACTS for info, _ in parts if info):
        from whereas.facts import load_facts

        try:
            load_facts(facts, policy)
        except Invalid as error:
            found += error.diagnostics
    return found


@pytest.mark.parametrize(
    "path", [p for p in PAGES if runnable(p)], ids=lambda path: path.stem
)
def test_the_wrong_example_gives_the_code_and_the_right_one_does_not(
    path: Path, tmp_path: Path
) -> None:
    page = path.read_text(encoding="utf-8")
    wrong = diagnostics(blocks(page, "Wrong"), tmp_path / "wrong")
    assert path.stem in {d.code.value for d in wrong}
    errors = {d.code.value for d in wrong if d.is_error}
    assert errors <= {path.stem}, "one root cause, one error"
    right = diagnostics(blocks(page, "Right"), tmp_path / "right")
    assert path.stem not in {d.code.value for d in right}
    assert not [d for d in right if d.is_error]


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert {p.stem for p in PAGES} == {code.value for code in Code}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_is_headed_by_its_code(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert re.fullmatch(rf"# {path.stem}: .*[^.]", first)
