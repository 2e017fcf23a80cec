"""Each JSON that a command writes has a schema that is published, and fits it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from run_cli import whereas

import whereas as package

SOURCES = Path(package.__file__).parent
SCHEMAS = SOURCES / "schemas"
DOCS = Path(__file__).parents[2] / "docs"
# What a saved model calls its own layout; no program reads it but ours.
INTERNAL = {"whereas.model/2"}


def schema(name: str) -> dict[str, object]:
    identifier, _, version = name.removeprefix("whereas.").partition("/")
    text = (SCHEMAS / f"{identifier}-{version}.schema.json").read_text("utf-8")
    return json.loads(text)


@pytest.mark.parametrize(
    "words",
    [
        ("decide",),
        ("decide", "--group"),
        ("robustness", "B-001"),
        ("why", "B-033"),
        ("timeline", "B-025"),
        ("timeline", "B-011", "--from", "2025-01-01", "--to", "2026-12-31"),
        ("contrast", "B-001", "B-033"),
        ("contrast", "B-041", "B-033"),
        ("contrast", "B-002", "B-001"),
        ("why-not", "B-029"),
        ("why-not", "B-001"),
        ("why-not", 'gmp_proven("F-999", _)'),
        ("why-not", 'filing(_, "B-040", _)'),
        ("query", "filing(F, B, _), not complete(F)"),
        ("query", "complete(_)"),
        ("check",),
        ("test", "--case", "the plain case", "--coverage"),
        ("repair", "B-042"),
        ("repair", "B-033", "--lang", "zh"),
        ("repair", "B-041"),
        ("repair", "B-001"),
        ("doc",),
        ("doc", "--facts"),
        ("checklist", "B-033", "--section", "safeguards"),
        ("graph",),
        ("graph", "complete"),
        ("explain-code",),
        ("explain-code", "E201"),
        ("verify", "proof.json"),
        ("verify", "forged.json"),
    ],
    ids=" ".join,
)
def test_what_a_command_writes_fits_the_schema_that_it_names(
    demo: Path, words: tuple[str, ...]
) -> None:
    if words[0] == "verify":
        proof = whereas("why", "B-001", "--format", "json", cwd=demo).out
        (demo / "proof.json").write_text(proof, "utf-8")
        (demo / "forged.json").write_text(proof.replace("2025-08-20", "2025-08-21"))
    done = whereas(*words, "--format", "json", cwd=demo)
    document = json.loads(done.out)
    jsonschema.Draft202012Validator(schema(document["schema"])).validate(document)
    if words[0] == "verify":
        assert document["accepted"] == (words[1] == "proof.json") == (done.code == 0)
        assert bool(document["rejections"]) == (words[1] == "forged.json")


def test_every_schema_is_published_and_linked() -> None:
    """A name that the code writes has a file, and the page on JSON leads to it."""
    named = {
        name
        for path in SOURCES.rglob("*.py")
        for name in re.findall(r'"(whereas\.[a-z-]+/[0-9]+)"', path.read_text("utf-8"))
    } - INTERNAL
    files = {path.name for path in SCHEMAS.glob("*.json")}
    assert files == {
        f"{name.removeprefix('whereas.').replace('/', '-')}.schema.json"
        for name in named
    }
    page = (DOCS / "reference/json.md").read_text("utf-8")
    for name in sorted(named):
        jsonschema.Draft202012Validator.check_schema(schema(name))
        assert f"`{name}`" in page
    for file in sorted(files):
        assert f"schemas/{file})" in page


@pytest.mark.parametrize("name", ["whereas.why-not/1", "whereas.contrast/1"])
def test_facts_and_rules_are_written_alike_everywhere(name: str) -> None:
    """What a justification says of a fact, a rule or its origin, others say too."""
    theirs, ours = schema("whereas.justification/1"), schema(name)
    own = {"condition", "attempt", "missing"}
    assert {k: v for k, v in theirs["$defs"].items() if k not in own} == {
        k: v for k, v in ours["$defs"].items() if k not in own
    }
    for part in ("policy", "facts", "parameters", "steps", "rules"):
        assert theirs["properties"][part] == ours["properties"][part]
