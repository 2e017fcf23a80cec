"""What a code may begin with, and is no part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whereas.diagnostics import Source
from whereas.facts import load_facts
from whereas.language import parse_package
from whereas.policy import check, parse_manifest

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal

    from whereas.policy.core import Policy

MANIFEST = '[policy]\nid = "x"\nversion = "1"\nlanguages = ["en"]\ntitle = "x"\n'
RULES = """# Rules

```datalog
input approval(number: text @code("国药准字"), name: text) key number closed.
input named(number: text references approval, lot: text) closed.
p(N) :- approval(N, _), named(N, _).
```
"""


@pytest.fixture
def policy() -> Policy:
    program = parse_package([Source("rules.md", RULES)])
    return check(program, parse_manifest(Source("policy.toml", MANIFEST)))


@pytest.mark.parametrize("home", ["sqlite", "duckdb"])
def test_a_code_with_and_without_its_prefix_is_one(
    policy: Policy, tmp_path: Path, home: Literal["sqlite", "duckdb"]
) -> None:
    """In the key and in what refers to it; the cell is kept as it stood."""
    (tmp_path / "approval.csv").write_text(
        "number,name\nH1,国药准字\n国药准字H2,b\n国药准字　Ｈ 3,c\n国药准字,d\n"
    )
    (tmp_path / "named.csv").write_text("number,lot\n国药准字H1,x\nH2,y\nH3,z\n")
    facts = load_facts(tmp_path, policy, home=home)
    text = facts.database.text
    query = facts.database.query
    rows = query("SELECT a0, a1 FROM approval ORDER BY row")
    assert [(text(a), text(b)) for a, b in rows] == [
        ("H1", "国药准字"),
        ("H2", "b"),
        ("H3", "c"),
        ("国药准字", "d"),
    ]
    rows = query("SELECT a0 FROM named ORDER BY row")
    assert [text(a) for (a,) in rows] == ["H1", "H2", "H3"]
    assert facts.originals.of("named", 2) == {0: "国药准字H1"}
