"""The page of each code of syntax shows a fault that yields it, and its mending."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from whereas.codes import Code
from whereas.diagnostics import Source
from whereas.language import parse_document

PAGES = Path(__file__).parents[2] / "docs" / "reference" / "errors"
CODES = [code for code in Code if code.value.startswith("E1")]
EXAMPLE = re.compile(r"(?ms)^(`{3,}|~{3,})(datalog|markdown)\n(.*?)^\1$")


def codes_of(section: str) -> list[str]:
    example = EXAMPLE.search(section)
    assert example is not None
    text = example.group(3)
    if example.group(2) == "datalog":
        text = f"```datalog\n{text}```\n"
    _, diagnostics = parse_document(Source("example.md", text))
    return [each.code.value for each in diagnostics]


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.value)
def test_page(code: Code) -> None:
    """Title, reasons, a wrong example that yields just this code, a right one."""
    text = (PAGES / f"{code.value}.md").read_text("utf-8")
    assert text.startswith(f"# {code.value}: ")
    parts = re.split(r"(?m)^## (What it says|Why|Wrong|Right)$", text)
    assert parts[1::2] == ["What it says", "Why", "Wrong", "Right"]
    wrong, right = parts[6], parts[8]
    assert set(codes_of(wrong)) == {code.value}
    assert codes_of(right) == []
