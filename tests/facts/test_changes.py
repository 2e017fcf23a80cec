"""Facts with changes made to them: checked like files, and the files stay as they are."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from tests.facts.helper import POLICY, folder
from tests.facts.test_paths_agree import content

from whereas.diagnostics import Invalid
from whereas.facts import (
    Addition,
    Correction,
    Entry,
    Withdrawal,
    changed,
    load_facts,
)
from whereas.facts.base import Supposed
from whereas.facts.database import Duckdb

if TYPE_CHECKING:
    from pathlib import Path

    from whereas.facts import Change, FactBase

HOMES = ["sqlite", "duckdb"]

B1 = ("B1", "P1", dt.date(2026, 1, 31), dt.date(2027, 1, 31), 10, Decimal("0.50"), True)
B2 = ("B2", "P2", dt.date(2024, 2, 29), None, -3, None, False)
B3 = ("B3", "P1", dt.date(2026, 3, 1), None, 5, Decimal("1.25"), True)
B2_LATER = (*B2[:3], dt.date(2026, 2, 28), *B2[4:])


def at(item: int) -> Entry:
    """Return the place of a change."""
    return Entry("what-if.yaml", item)


def load(path: Path, home: str) -> FactBase:
    """Return the good facts in a home."""
    return load_facts(folder(path), POLICY, home=home)  # type: ignore[arg-type]


def rows(facts: FactBase, relation: str) -> list[Any]:
    """Return the rows of a relation, each with its number."""
    return content(facts, POLICY)[relation]  # type: ignore[return-value]


@pytest.mark.parametrize("home", HOMES)
def test_rows_are_added_withdrawn_and_corrected(home: str, tmp_path: Path) -> None:
    """A corrected row stays in its place; each new one says which change gave it."""
    base = load(tmp_path, home)
    before = content(base, POLICY)
    new = changed(
        base,
        POLICY,
        [
            Addition("batch", B3, at(1)),
            Correction("batch", B2, B2_LATER, at(2)),
            Withdrawal("document", ("B1", "form"), at(3)),
            Addition("document", ("B3", "declaration")),
        ],
    )
    assert rows(new, "batch") == [(*B1, 2), (*B2_LATER, 3), (*B3, 4)]
    assert rows(new, "document") == [
        ("B1", "letter, signed", 2),
        ("B3", "declaration", 4),
    ]
    assert new.supposed == {
        "batch": {3: Supposed("what-if.yaml", 2, 3), 4: Supposed("what-if.yaml", 1)},
        "document": {4: Supposed(None, None)},
    }
    assert {name: file.rows for name, file in new.files.items()} == {
        "batch": 3,
        "product": 2,
        "document": 2,
    }
    assert new.database is not base.database
    assert new.database.dialect == home
    assert content(base, POLICY) == before
    assert base.supposed == {}


@pytest.mark.parametrize("home", HOMES)
def test_the_digest_tells_what_was_changed(home: str, tmp_path: Path) -> None:
    """Same facts and same changes, same digest, in every home; else another."""
    base = load(tmp_path, home)
    adds = [Addition("document", ("B2", "form"), at(1))]
    digests = [
        changed(base, POLICY, changes).sha256
        for changes in (
            [],
            adds,
            [Addition("document", ("B2", "letter"))],
            [Withdrawal("document", ("B1", "form"))],
            [Correction("document", ("B1", "form"), ("B2", "form"))],
        )
    ]
    assert digests[0] == base.sha256
    assert len(set(digests)) == len(digests)
    assert digests[1] == changed(base, POLICY, adds).sha256


@pytest.mark.parametrize("home", HOMES)
def test_changes_of_changed_facts(home: str, tmp_path: Path) -> None:
    """What a change gave can be changed again, and the file's row is remembered."""
    base = load(tmp_path, home)
    once = changed(
        base,
        POLICY,
        [Correction("batch", B2, B2_LATER, at(1)), Addition("batch", B3, at(2))],
    )
    twice = changed(
        once,
        POLICY,
        [Correction("batch", B2_LATER, (*B2[:3], None, 7, None, True), at(3))],
    )
    assert rows(twice, "batch")[1] == ("B2", "P2", B2[2], None, 7, None, True, 3)
    assert twice.supposed["batch"] == {
        3: Supposed("what-if.yaml", 3, 3),
        4: Supposed("what-if.yaml", 2),
    }
    again = changed(twice, POLICY, [Withdrawal("batch", B3, at(4))])
    assert list(again.supposed["batch"]) == [3]
    assert rows(once, "batch")[1] == (*B2_LATER, 3)


@pytest.mark.parametrize("home", HOMES)
def test_changes_are_one_step(home: str, tmp_path: Path) -> None:
    """Keys may change places, and a reference may come before what it refers to."""
    new = changed(
        load(tmp_path, home),
        POLICY,
        [
            Correction("batch", B1, ("B2", *B1[1:])),
            Correction("batch", B2, ("B1", *B2[1:])),
            Addition("batch", ("B3", "P3", *B3[2:])),
            Addition("product", ("P3", "Paracetamol", "new")),
            Addition("document", ("B1", "form 2")),
            Withdrawal("document", ("B1", "form 2")),
        ],
    )
    assert [row[0] for row in rows(new, "batch")] == ["B2", "B1", "B3"]
    assert [row[1] for row in rows(new, "document")] == ["letter, signed", "form"]


def test_a_saved_model_can_be_changed(tmp_path: Path) -> None:
    """Tables that may only be read are copied, whatever lies beside them."""
    file = tmp_path / "model.duckdb"
    made = Duckdb(file)
    base = load_facts(folder(tmp_path), POLICY, database=made)
    made.execute("CREATE TABLE derived (a0 BIGINT)")
    made.close()
    base = replace(base, database=Duckdb(file, read_only=True))
    for _ in range(2):
        new = changed(base, POLICY, [Withdrawal("document", ("B1", "form"))])
        assert len(rows(new, "document")) == 1
        with pytest.raises(Exception, match="derived"):
            new.database.query("SELECT * FROM derived")
        new.database.close()
    assert len(rows(base, "document")) == 2


def test_texts_stand_for_values(tmp_path: Path) -> None:
    """As in a fact file: a date, a number, a boolean may be written."""
    base = load(tmp_path, "sqlite")
    written = ("B3", "P1", "2026-03-01", "", "5", "1.25", "true")
    new = changed(base, POLICY, [Addition("batch", written)])
    assert rows(new, "batch")[2] == (*B3, 4)


FAULTS: list[tuple[list[Change], list[str]]] = [
    (
        [Addition("batchs", (), at(1)), Addition("batch", ("B3",), at(2))],
        [
            "E530 what-if.yaml, change 1: the policy has no input `batchs` "
            "(did you mean `batch`?)",
            "E530 what-if.yaml, change 2: the row has 1 values, `batch` has 7 columns "
            "(give one value for each column)",
        ],
    ),
    (
        [
            Addition("product", ("P3", 7, "nwe"), at(1)),
            Addition("product", ("", "x", "new"), at(2)),
            Correction("batch", B2, (*B2[:2], "2024-02-30", *B2[3:]), at(3)),
        ],
        [
            "E515 what-if.yaml, change 1: column `name` of `product`: `7` is a number, "
            "and a text is expected (write it as a text, in quotation marks)",
            "E517 what-if.yaml, change 1: column `kind` of `product`: `nwe` is not one "
            "of `new` or `old` (did you mean `new`?)",
            "E514 what-if.yaml, change 2: column `product` of `product`: the cell is "
            "empty, and a text is expected (fill it in, or declare the column optional "
            "with `?`)",
            "E516 what-if.yaml, change 3: column `made` of `batch`: `2024-02-30` is not "
            "a day of the calendar: February 2024 has 29 days (write a day of the "
            "calendar as YYYY-MM-DD)",
        ],
    ),
    (
        [
            Withdrawal("document", ("B1", "forms"), at(1)),
            Correction("document", ("B1", "form"), ("B1", "form"), at(2)),
        ],
        [
            'E531 what-if.yaml, change 1: there is no row document("B1", "forms") '
            "(name a row that the facts have)",
            "E531 what-if.yaml, change 2: this changes nothing: "
            'document("B1", "form") stands so already '
            "(give a column another value, or leave the change out)",
        ],
    ),
    (
        [
            Addition("document", ("B1", "form"), at(1)),
            Addition("batch", ("B2", *B3[1:]), at(2)),
            Addition("batch", B3, at(3)),
            Addition("batch", B3, at(4)),
        ],
        [
            "E518 what-if.yaml, change 1: `document` already has the row batch `B1`, "
            "title `form` (leave it out)",
            "E518 what-if.yaml, change 2: `batch` already has the key batch `B2` "
            "(give it another key, or change the row that is there)",
            "E518 what-if.yaml, change 4: `batch` already has the key batch `B3` "
            "(give it another key, or change the row that is there)",
        ],
    ),
    (
        [
            Withdrawal("product", ("P1", "Aspirin", "new"), at(1)),
            Addition("document", ("B9", "form"), at(2)),
            Addition("batch", B3, at(3)),
        ],
        [
            "E519 what-if.yaml, change 1: a row of `batch` refers to "
            'product("P1", "Aspirin", "new") by column `product` '
            "(withdraw or change what refers to it too)",
            "E519 what-if.yaml, change 2: column `batch` of `document`: no row of "
            "`batch` has the batch `B9` (add it to `batch`, or correct it here)",
            "E519 what-if.yaml, change 3: column `product` of `batch`: no row of "
            "`product` has the product `P1` (add it to `product`, or correct it here)",
        ],
    ),
]


@pytest.mark.parametrize("home", HOMES)
@pytest.mark.parametrize(("changes", "said"), FAULTS)
def test_faults_are_said_all_at_once(
    home: str, changes: list[Change], said: list[str], tmp_path: Path
) -> None:
    """Each with the place where the change was stated."""
    base = load(tmp_path, home)
    with pytest.raises(Invalid) as raised:
        changed(base, POLICY, changes)
    found = [
        f"{d.code.value} {d.at}: {d.message} ({d.help})"
        for d in raised.value.diagnostics
    ]
    assert found == said
    assert len(rows(base, "batch")) == 2


def test_a_change_is_written_as_the_language_writes_it() -> None:
    """For lists of changes, and for messages."""
    assert str(Addition("document", ("B1", "form"))) == 'add document("B1", "form")'
    assert str(Withdrawal("batch", B2)) == (
        'withdraw batch("B2", "P2", 2024-02-29, none, -3, none, false)'
    )
    assert str(Correction("document", ("B1", "form"), ("B2", "form"))) == (
        'change document("B1", "form") to ("B2", "form")'
    )
