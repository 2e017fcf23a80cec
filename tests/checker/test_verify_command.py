"""`whereas verify` as a user runs it, and the files that it refuses to read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from proofs import written
from small import model

from whereas.checker import read_document
from whereas.checker.document import schema
from whereas.diagnostics import Invalid

WORDS = {"$schema", "$id", "$defs", "$ref", "title", "description"}
WORDS |= {"type", "const", "enum", "pattern", "minimum", "minItems", "uniqueItems"}
WORDS |= {"anyOf", "oneOf", "items", "required", "properties", "additionalProperties"}


def run(folder: Path, *words: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "whereas", "verify", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_accepted_is_0_rejected_is_6_and_no_proof_is_3(tmp_path: Path) -> None:
    """With the place of what was rejected, and no traceback."""
    text = json.dumps(written(model(tmp_path), ("wheel",)))
    document = json.loads(text.replace(f"{tmp_path}/", ""))
    proof = tmp_path / "proof.json"
    words = ("proof.json", "--policy", "policy", "--facts", "facts")
    proof.write_text(json.dumps(document), encoding="utf-8")
    code, out, _ = run(tmp_path, *words)
    assert (
        out.startswith("accepted: ")
        and "wheel is good with limit = 100, months = 6" in out
    )
    assert code == 0
    document["decision"]["outcome"] = "other"
    proof.write_text(json.dumps(document), encoding="utf-8")
    code, out, _ = run(tmp_path, *words)
    assert code == 6
    assert "  /decision/outcome: `good` comes first, and it holds\n" in out
    del document["proof"]
    proof.write_text(json.dumps(document), encoding="utf-8")
    code, out, err = run(tmp_path, *words)
    assert (code, out) == (3, "")
    assert "E671" in err and "lacks `proof`" in err
    assert run(tmp_path, "none.json", *words[1:])[0] == 3


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"{", "no JSON at line 1"),
        (b"\xff", "not UTF-8"),
        (b'{"a": 1, "a": 2}', "`a` stands twice"),
        (b'{"a": NaN}', "`NaN` is no number"),
        (b'{"a": "\\ud800"}', "not UTF-8"),
        (b"[" * 100_000, "nested too deep"),
    ],
)
def test_what_is_no_document_is_e670(tmp_path: Path, text: bytes, why: str) -> None:
    """Each with its reason."""
    proof = tmp_path / "proof.json"
    proof.write_bytes(text)
    with pytest.raises(Invalid, match=why) as raised:
        read_document(proof)
    assert [one.code.value for one in raised.value.diagnostics] == ["E670"]


def test_the_schema_uses_only_words_that_are_checked() -> None:
    """Another word would be passed over in silence."""

    def words(rules: dict[str, object]) -> set[str]:
        found = set(rules)
        for word, one in rules.items():
            if word in {"properties", "$defs"}:
                assert isinstance(one, dict)
                inner = list(one.values())
            elif word in {"items", "additionalProperties"}:
                inner = [one]
            else:
                inner = one if word in {"anyOf", "oneOf"} else []  # type: ignore[assignment]
            for part in inner:
                found |= words(part) if isinstance(part, dict) else set()
        return found

    assert words(schema()) <= WORDS
