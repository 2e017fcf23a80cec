"""A model that was edited after it was saved is recognised, or not called checked."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest

from whereas.diagnostics import IntegrityError, Invalid
from whereas.engine import solve
from whereas.explain import model_file, store
from whereas.explain.model_file import DIGESTED, seal
from whereas.explain.store import open_saved, save
from whereas.facts import load_facts
from whereas.policy import load_policy
from whereas.policy.core import Policy, Setting

MANIFEST = """\
[policy]
id = "small"
version = "1"
languages = ["en"]
title = { en = "Small" }
"""
RULES = """\
# Small

```datalog
input case(case: text, good: boolean) key case closed.
fine(Case) :- case(Case, good: true).
subject case.
outcome "yes" @en("yes") if fine(Case).
outcome "no" @en("no") otherwise.
```
"""
HOMES = ("sqlite", "duckdb")


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    folder = tmp_path / "policy"
    folder.mkdir()
    (folder / "policy.toml").write_text(MANIFEST)
    (folder / "rules.md").write_text(RULES)
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "case.csv").write_text("case,good\nA,true\nB,false\n")
    return load_policy(folder)


def saved(policy: Policy, home: str, folder: Path) -> Path:
    facts = load_facts(folder / "facts", policy, home=home)  # type: ignore[arg-type]
    path = folder / "a.model"
    save(solve(policy, facts, Setting({}, None), engine=home), path)
    return path


def edit(path: Path, home: str, *statements: str, sealed: bool = True) -> None:
    """Change a model with a client; `sealed`: with a digest that fits afterwards."""
    content = path.read_bytes()
    path.write_bytes(content[: content.rindex(b"\nwhereas.model sha256 ")])
    if home == "sqlite":
        connection = sqlite3.connect(path)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()
    else:
        client = duckdb.connect(path)
        for statement in statements:
            client.execute(statement)
        client.close()
    if sealed:
        seal(path)


def refusal(path: Path, policy: Policy) -> tuple[str, str]:
    with pytest.raises(Invalid) as caught:
        open_saved(path, policy)
    (diagnostic,) = caught.value.diagnostics
    return diagnostic.code.value, diagnostic.message


@pytest.mark.parametrize("home", HOMES)
def test_a_model_as_it_was_saved_is_checked_whole_again(
    policy: Policy, home: str, tmp_path: Path
) -> None:
    model = open_saved(saved(policy, home, tmp_path), policy)
    assert (model.certified, model.kept) == (True, True)
    model.database.close()


@pytest.mark.parametrize("home", HOMES)
def test_an_edited_model_has_another_digest(
    policy: Policy, home: str, tmp_path: Path
) -> None:
    path = saved(policy, home, tmp_path)
    trailer = path.read_bytes()[-87:]
    edit(path, home, "DELETE FROM fine", sealed=False)
    code, message = refusal(path, policy)
    assert (code, "does not end in its digest" in message) == ("E642", True)
    path.write_bytes(path.read_bytes() + trailer)
    code, message = refusal(path, policy)
    assert (code, "its digest differs" in message) == ("E642", True)


@pytest.mark.parametrize("home", HOMES)
def test_a_derived_row_that_is_forged_fails_the_certificate(
    policy: Policy, home: str, tmp_path: Path
) -> None:
    path = saved(policy, home, tmp_path)
    edit(path, home, "DELETE FROM fine")
    with pytest.raises(IntegrityError, match="not closed"):
        open_saved(path, policy)


@pytest.mark.parametrize("home", HOMES)
def test_a_stated_row_that_is_forged_is_not_in_the_fact_file(
    policy: Policy, home: str, tmp_path: Path
) -> None:
    path = saved(policy, home, tmp_path)
    edit(path, home, "UPDATE case SET a1 = 1".replace("case", '"case"'))
    code, message = refusal(path, policy)
    assert (code, "other rows of `case`" in message) == ("E641", True)


def test_what_is_too_large_to_check_is_not_called_checked(
    policy: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert DIGESTED > 10**6
    monkeypatch.setattr(store, "CERTIFIED_AGAIN", 0)
    model = open_saved(saved(policy, "duckdb", tmp_path), policy)
    assert not model.certified
    model.database.close()


@pytest.mark.parametrize("home", HOMES)
def test_a_large_model_is_checked_if_that_is_asked_for(
    policy: Policy, home: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "CERTIFIED_AGAIN", 0)
    monkeypatch.setattr(model_file, "DIGESTED", 0)
    path = saved(policy, home, tmp_path)
    model = open_saved(path, policy, certify=True)
    assert model.certified
    model.database.close()
    trailer = path.read_bytes()[-87:]
    edit(path, home, "DELETE FROM fine", sealed=False)
    path.write_bytes(path.read_bytes() + trailer)
    open_saved(path, policy).database.close()
    with pytest.raises(Invalid, match="digest differs"):
        open_saved(path, policy, certify=True)
    path.write_bytes(path.read_bytes()[:-87])
    seal(path)
    with pytest.raises(IntegrityError, match="not closed"):
        open_saved(path, policy, certify=True)


def test_a_small_model_is_not_checked_if_that_is_asked_for(
    policy: Policy, tmp_path: Path
) -> None:
    model = open_saved(saved(policy, "sqlite", tmp_path), policy, certify=False)
    assert not model.certified


SQLITE_OBJECTS = {
    "trigger": ["CREATE TRIGGER t AFTER DELETE ON symbol BEGIN DELETE FROM fine; END"],
    "view": ["CREATE VIEW v AS SELECT 1"],
    "table": ["CREATE VIRTUAL TABLE v USING fts5(a)"],
    "index": ["CREATE INDEX i ON fine (abs(a0))"],
}
DUCKDB_OBJECTS = {
    "view": ["CREATE VIEW v AS SELECT * FROM read_text('/etc/passwd')"],
    "function": ["CREATE MACRO coalesce(a, b) AS 1"],
    "schema": ["CREATE SCHEMA other"],
    "type": ["CREATE TYPE t AS ENUM ('a')"],
    "table": ["CREATE TABLE t (a0 BIGINT, a1 BIGINT AS (a0 + 1))"],
}


@pytest.mark.parametrize(
    ("home", "kind", "statements"),
    [
        *(("sqlite", *one) for one in SQLITE_OBJECTS.items()),
        *(("duckdb", *one) for one in DUCKDB_OBJECTS.items()),
    ],
)
def test_what_would_run_is_refused(
    policy: Policy, home: str, kind: str, statements: list[str], tmp_path: Path
) -> None:
    path = saved(policy, home, tmp_path)
    edit(path, home, *statements)
    code, message = refusal(path, policy)
    assert (code, f"it has a {kind} that no model has" in message) == ("E642", True)


@pytest.mark.parametrize("home", HOMES)
@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("DROP TABLE fine", "lacks the table of `fine`"),
        ("CREATE TABLE other (a0 BIGINT)", "a table that no model has"),
        ('DELETE FROM "saved model"', "does not say what it was decided from"),
        ("UPDATE \"saved model\" SET text = '[]'", "does not say"),
        (
            'UPDATE "saved model" SET text = \'{"schema": "whereas.model/2"}\'',
            "is damaged",
        ),
    ],
)
def test_another_shape_is_refused(
    policy: Policy, home: str, statement: str, fault: str, tmp_path: Path
) -> None:
    path = saved(policy, home, tmp_path)
    edit(path, home, statement)
    code, message = refusal(path, policy)
    assert (code, fault in message) == ("E642", True), message


def test_a_log_of_changes_beside_a_model_is_not_applied(
    policy: Policy, tmp_path: Path
) -> None:
    path = saved(policy, "duckdb", tmp_path)
    path.with_name("a.model.wal").write_bytes(b"")
    assert "a log of changes" in refusal(path, policy)[1]


def test_the_name_of_a_model_is_no_address(policy: Policy, tmp_path: Path) -> None:
    path = saved(policy, "sqlite", tmp_path)
    path.rename(tmp_path / "m 1.model")
    assert refusal(tmp_path / "m%201.model", policy)[0] == "E643"
    strange = tmp_path / "m%201.model?mode=rw#x"
    (tmp_path / "m 1.model").rename(strange)
    open_saved(strange, policy).database.close()


def _changed(path: Path, home: str, change: Callable[[bytes], bytes]) -> None:
    content = path.read_bytes()
    path.write_bytes(change(content[: content.rindex(b"\nwhereas.model sha256 ")]))
    seal(path)


@pytest.mark.parametrize("home", HOMES)
@pytest.mark.parametrize("at", [20, 100, 4096, 5000, 9000, 13000])
def test_a_damaged_database_is_no_fault_of_ours(
    policy: Policy, home: str, at: int, tmp_path: Path
) -> None:
    path = saved(policy, home, tmp_path)
    _changed(path, home, lambda b: b[:at] + b"\xff" * 64 + b[at + 64 :])
    with suppress(Invalid, IntegrityError):
        open_saved(path, policy).database.close()


def test_a_fact_file_that_changed_with_size_and_time_kept_is_noticed(
    policy: Policy, tmp_path: Path
) -> None:
    import os

    path = saved(policy, "sqlite", tmp_path)
    file = tmp_path / "facts" / "case.csv"
    before = file.stat()
    file.write_text(file.read_text().replace("A,true\nB,false", "A,false\nB,true"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_size == before.st_size
    assert refusal(path, policy)[0] == "E641"
