"""Saved models: the same explanation later, or a refusal that says why."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from worlds import atom, model, rule, world

from whereas.diagnostics import Invalid
from whereas.explain.decide import decide
from whereas.explain.justify import justify
from whereas.explain.store import open_saved, save
from whereas.facts.base import FactFile
from whereas.policy.core import Outcome, ParameterDefinition, Setting
from whereas.user_files import modified
from whereas.values import DATE, TEXT, Type


def decided(folder, engine):
    made = world(
        {"case": [("b",), ("c",)], "fee": [("c",)]},
        [rule("M", atom("paid", "P"), atom("fee", "P"))],
        subject="case",
        outcomes=[Outcome("paid", atom("paid", "C0"), wanted=True)],
        types=dict.fromkeys(["case", "fee", "paid"], (TEXT,)),
    )
    tables = model(made, engine)
    files = {}
    for name in ("case", "fee"):
        path = folder / f"{name}.csv"
        path.write_text({"case": "c0\nb\nc\n", "fee": "c0\nc\n"}[name])
        state = path.stat()
        files[name] = FactFile(
            name, f"facts/{name}.csv", None, "", state.st_size, modified(state), 2
        )
    definitions = {
        "cost": ParameterDefinition("cost", Type("decimal", 2), Decimal("1.50")),
        "since": ParameterDefinition("since", DATE, None),
    }
    policy = replace(tables.policy, parameters=definitions, sha256="abc")
    return replace(
        tables,
        policy=policy,
        facts=replace(tables.facts, files=files, path=str(folder)),
        setting=Setting(
            {"cost": Decimal("2.50"), "since": date(2026, 1, 2)}, date(2026, 2, 10)
        ),
    )


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_a_saved_model_explains_as_the_model_did(tmp_path, engine):
    first = decided(tmp_path, engine)
    path = tmp_path / "deep" / "a.model"
    save(first, path)
    again = open_saved(path, first.policy)
    assert again.setting == first.setting
    assert again.engines == first.engines
    assert again.facts.files == first.facts.files
    assert list(decide(again)) == list(decide(first))
    for case in (("b",), ("c",)):
        assert justify(again, case) == justify(first, case)
    assert [p.name for p in path.parent.iterdir()] == ["a.model"]
    again.database.close()
    first.database.close()


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_asking_does_not_change_the_file(tmp_path, engine):
    first = decided(tmp_path, engine)
    path = tmp_path / "a.model"
    save(first, path)
    before = path.read_bytes()
    again = open_saved(path, first.policy)
    justify(again, ("b",))
    again.database.close()
    assert path.read_bytes() == before
    first.database.close()


def refusal(path, policy, folder=None):
    with pytest.raises(Invalid) as raised:
        open_saved(path, policy, folder)
    return [(d.code.value, d.help) for d in raised.value.diagnostics]


def test_another_policy_is_refused(tmp_path):
    first = decided(tmp_path, "sqlite")
    save(first, tmp_path / "a.model")
    other = replace(first.policy, sha256="def")
    ((code, way_out),) = refusal(tmp_path / "a.model", other)
    assert code == "E640"
    assert "decide again" in way_out


def test_changed_and_missing_fact_files_are_all_named(tmp_path):
    first = decided(tmp_path, "sqlite")
    save(first, tmp_path / "a.model")
    (tmp_path / "case.csv").unlink()
    state = (tmp_path / "fee.csv").stat()
    os.utime(tmp_path / "fee.csv", ns=(state.st_atime_ns, state.st_mtime_ns + 1))
    codes = [code for code, _ in refusal(tmp_path / "a.model", first.policy)]
    assert codes == ["E641", "E641"]


def test_a_fact_file_that_was_only_touched_is_the_same(tmp_path):
    first = decided(tmp_path, "sqlite")
    hashes = {
        name: hashlib.sha256((tmp_path / f"{name}.csv").read_bytes()).hexdigest()
        for name in ("case", "fee")
    }
    files = {n: replace(f, sha256=hashes[n]) for n, f in first.facts.files.items()}
    first = replace(first, facts=replace(first.facts, files=files))
    save(first, tmp_path / "a.model")
    state = (tmp_path / "fee.csv").stat()
    os.utime(tmp_path / "fee.csv", ns=(state.st_atime_ns, state.st_mtime_ns + 1))
    open_saved(tmp_path / "a.model", first.policy).database.close()
    (tmp_path / "fee.csv").write_text("c0\nz\n")
    codes = [code for code, _ in refusal(tmp_path / "a.model", first.policy)]
    assert codes == ["E641"]


def test_what_is_no_model_is_refused(tmp_path):
    first = decided(tmp_path, "duckdb")
    for content in (b"", b"SQLite format 3\0 and then nothing", b"12345678DUCK"):
        (tmp_path / "a.model").write_bytes(content)
        assert refusal(tmp_path / "a.model", first.policy)[0][0] == "E642"
    assert refusal(tmp_path / "none.model", first.policy)[0][0] == "E643"
    first.database.close()


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_a_place_that_cannot_be_written_is_an_error_and_leaves_nothing(
    tmp_path, engine
):
    first = decided(tmp_path, engine)
    (tmp_path / "file").write_text("")
    with pytest.raises(Invalid) as raised:
        save(first, tmp_path / "file" / "a.model")
    assert raised.value.diagnostics[0].code == "E644"
    assert (tmp_path / "file").read_text() == ""
    first.database.close()
