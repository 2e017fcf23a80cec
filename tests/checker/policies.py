"""Small policies for the checker's tests: rules and facts as text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from whereas.api import setting_of
from whereas.engine import solve
from whereas.engine.model import Model
from whereas.facts import load_facts
from whereas.policy import load_policy

MANIFEST = """\
[policy]
id = "small"
version = "1"
languages = ["en"]
title = { en = "Small" }
"""


def lay_down(folder: Path, rules: str, facts: Mapping[str, str]) -> None:
    """Write a policy and its facts: for each relation its columns and rows."""
    (folder / "policy").mkdir(parents=True, exist_ok=True)
    (folder / "facts").mkdir(exist_ok=True)
    (folder / "policy" / "policy.toml").write_text(MANIFEST, "utf-8")
    text = f"# Small\n\n```datalog\n{rules}\n```\n"
    (folder / "policy" / "rules.md").write_text(text, "utf-8")
    for name, rows in facts.items():
        lines = "".join(f"{row}\n" for row in rows.split(" "))
        (folder / "facts" / f"{name}.csv").write_text(lines, "utf-8")


def decided(folder: Path) -> Model:
    """Decide what was laid down."""
    policy = load_policy(folder / "policy")
    base = load_facts(folder / "facts", policy)
    return solve(policy, base, setting_of(policy, None, {}), engine="sqlite")
