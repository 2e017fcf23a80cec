"""A row that is named by some of its columns is found, changed, completed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.facts.helper import POLICY, folder
from tests.facts.test_changes import B1, B2, B3

from whereas.diagnostics import Invalid
from whereas.facts import (
    Addition,
    Correction,
    Entry,
    Withdrawal,
    load_facts,
)
from whereas.facts.drafts import Draft, completed

if TYPE_CHECKING:
    from pathlib import Path

    from whereas.facts import Change, FactBase

HOMES = ["sqlite", "duckdb"]


def draft(kind: Any, relation: str, **some: Any) -> Draft:
    """Return a draft that names columns."""
    table = POLICY.relations[relation]
    by_place = {table.position(name): value for name, value in some.items()}
    return Draft(kind, relation, by_place, Entry("f.yaml", 7))


def load(path: Path, home: str) -> FactBase:
    """Return the good facts in a home."""
    return load_facts(folder(path), POLICY, home=home)  # type: ignore[arg-type]


def numbered(*changes: Change) -> tuple[Change, ...]:
    """Return changes with their places."""
    return tuple(
        replace(one, at=Entry("f.yaml", number))
        for number, one in enumerate(changes, 1)
    )


@pytest.mark.parametrize("home", HOMES)
def test_drafts_are_completed_from_the_facts(home: str, tmp_path: Path) -> None:
    """Whole rows, numbered; a row that was changed is changed again as it stands."""
    base = load(tmp_path, home)
    later = (*B2[:4], 5, *B2[5:])
    twice = (*later[:6], True)
    assert completed(
        base,
        POLICY,
        [
            draft("remove", "document", batch="B1"),
            draft("change", "batch", batch="B2", size=5),
            draft("change", "batch", batch="B2", sterile=True),
            draft(
                "add",
                "batch",
                **dict(zip(("batch", "product", "made"), B3[:3], strict=True)),
                size=5,
                dose=B3[5],
                sterile=True,
            ),
            draft("remove", "batch", batch="B3"),
        ],
    ) == numbered(
        Withdrawal("document", ("B1", "letter, signed")),
        Withdrawal("document", ("B1", "form")),
        Correction("batch", B2, later),
        Correction("batch", later, twice),
        Addition("batch", B3),
        Withdrawal("batch", B3),
    )


def test_the_only_row_needs_no_key(tmp_path: Path) -> None:
    """As in a scenario file."""
    base = load(tmp_path, "sqlite")
    (_, change) = completed(
        base,
        POLICY,
        [draft("remove", "batch", batch="B2"), draft("change", "batch", size=1)],
    )
    corrected = (*B1[:4], 1, *B1[5:])
    assert change == Correction("batch", B1, corrected, Entry("f.yaml", 2))


FAULTS = [
    (
        draft("remove", "document", batch="B1", title="no such"),
        'E531: no row of `document` has batch: "B1", title: "no such"',
    ),
    (
        draft("remove", "document", title="unheard of"),
        'E531: no row of `document` has title: "unheard of"',
    ),
    (
        draft("change", "batch", batch="B9", size=1),
        'E531: no row of `batch` has batch: "B9"',
    ),
    (
        draft("change", "batch", batch="B1"),
        "E532: this changes nothing: it names only key columns of `batch`",
    ),
    (draft("change", "batch", size=1), "E532: 2 rows of `batch` match"),
    (
        draft("add", "product", product="P9"),
        "E532: the row of `product` has no value for `name`, `kind`",
    ),
]


@pytest.mark.parametrize("home", HOMES)
def test_what_cannot_be_completed_is_said_all_at_once(
    home: str, tmp_path: Path
) -> None:
    """No row, too many rows, or too little of one."""
    base = load(tmp_path, home)
    for one, said in FAULTS:
        with pytest.raises(Invalid) as raised:
            completed(base, POLICY, [one])
        assert [f"{d.code.value}: {d.message}" for d in raised.value.diagnostics] == [
            said
        ]
    with pytest.raises(Invalid) as raised:
        completed(base, POLICY, [one for one, _ in FAULTS])
    assert len(raised.value.diagnostics) == len(FAULTS)
    # Asking entered no text.
    assert base.database.numbers(["unheard of"]) == {}
