"""Forged and broken proofs: each is accepted or rejected, and no false one accepted.

The seeded fuzzer changes, removes, doubles and retypes nodes of true proofs. A mutant
that is accepted claims nothing that the true proof does not.
"""

from __future__ import annotations

import copy
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from policies import decided, lay_down
from proofs import Document, Place, at, changed, checker, nodes, without, written
from small import CASES, model
from test_ids import INPUTS, OUTCOMES, world_documents

from whereas.checker import Checker, read_document
from whereas.checker.document import HELP, parsed, schema
from whereas.diagnostics import Cell, Invalid

SCHEMA = schema()
HUGE = [10**17, -(10**17), 10**19, 1e308, "1e999999999", "9" * 50, "9999-12-31"]
ODD = ["", "\x00", "\u202e", "none", "2026-02-30", "0001-01-01", "-0.00", True, None]


def verdict(text: bytes, reader: Checker) -> bool | None:
    """Whether a proof is accepted; None, if it does not fit the schema (exit code 3).

    Anything else that is raised would be exit code 70.
    """
    try:
        document = parsed(text, SCHEMA, Cell("proof.json"), HELP)
    except Invalid:
        return None
    return reader.verify(document).accepted


# --- what a proof claims --------------------------------------------------------------

UNCHECKED = {
    "text",
    "why",
    "label",
    "engines",
    "certified",
    "instances",
    "readings",
    "tried",
}


def claims(value: Any, of: str = "") -> Any:
    """A document without what is not checked, and what may be left out."""
    if isinstance(value, list):
        parts = [claims(one) for one in value]
        if of in {"rows", "found"}:
            return sorted(map(repr, parts))
        return parts
    if not isinstance(value, dict):
        return value, type(value).__name__
    kept = {
        name: claims(one, name) for name, one in value.items() if name not in UNCHECKED
    }
    if of == "missing":
        del kept["attempts"]
    if of == "blockage":
        kept["attempts"] = {one["rule"]: one for one in reversed(kept["attempts"])}
    kept.pop("others", None)
    kept.pop("absences", None)
    return kept


def optional(document: Document) -> list[Any]:
    """What may be left out, each piece by itself."""
    steps = [one["step"] for one in document["steps"] if one["step"]]
    found = [claims(one) for step in steps for one in step.get("others", [])]
    absences = document.get("absences", [])
    found += [(one["relation"], claims(one["pattern"])) for one in absences]
    for place in nodes(document):
        if place[-1] == "attempts":
            found += [claims(one) for one in at(document, place)]
    return [*found, *document["shown"]]


def claims_no_more(mutant: Document, true: Document) -> bool:
    """Whether a mutant claims what the true proof does, or less of what is optional."""
    if any(mutant[name] != true[name] for name in ("today", "parameters")):
        return True  # another setting is another claim, and may be as true
    less = {**mutant, "shown": []}, {**true, "shown": []}
    if claims(less[0]) != claims(less[1]):
        return False
    known = optional(true)
    return all(one in known for one in optional(mutant))


# --- mutants --------------------------------------------------------------------------


def mutants(
    document: Document, chance: random.Random, count: int
) -> Iterator[Document]:
    """Documents with one change, and some with several."""
    places = [*nodes(document)]
    for _ in range(count):
        mutant = document
        for _ in range(chance.choice([1, 1, 1, 2, 4])):
            there = [place for place in places if exists(mutant, place)]
            mutant = mutated(mutant, chance.choice(there), chance)
        yield mutant


def exists(document: Document, place: Place) -> bool:
    try:
        at(document, place)
    except (KeyError, IndexError, TypeError):
        return False
    return True


def mutated(document: Document, place: Place, chance: random.Random) -> Document:
    value, parent = at(document, place), at(document, place[:-1])
    match chance.randrange(7):
        case 0:
            return without(document, place)
        case 1 if isinstance(parent, list):
            again = [*parent]
            again.insert(chance.randrange(len(again) + 1), value)
            return changed(document, place[:-1], again)
        case 2:
            return changed(document, place, chance.choice([*HUGE, *ODD]))
        case 3:
            return changed(
                document, place, chance.choice([[value], {"x": value}, [], {}])
            )
        case 4 if isinstance(value, int) and not isinstance(value, bool):
            return changed(
                document, place, chance.choice([value + 1, -value, str(value)])
            )
        case 5 if isinstance(value, list):
            return changed(document, place, chance.sample(value, len(value)))
    same = [one for one in nodes(document) if one[-1] == place[-1]]
    return changed(document, place, copy.deepcopy(at(document, chance.choice(same))))


def check(document: Document, reader: Checker, seed: int, count: int) -> None:
    assert verdict(json.dumps(document).encode(), reader)
    for mutant in mutants(document, random.Random(seed), count):
        if verdict(json.dumps(mutant).encode(), reader):
            assert claims_no_more(mutant, document), json.dumps(mutant)


@pytest.mark.parametrize("case", CASES)
def test_no_mutant_of_a_small_proof_claims_more(case: str, tmp_path: Path) -> None:
    made = model(tmp_path)
    check(written(made, (case,)), checker(made), seed=7, count=150)


@pytest.mark.parametrize("seed", range(12))
def test_no_mutant_of_a_random_proof_claims_more(seed: int) -> None:
    for document, reader in world_documents(seed):
        check(document, reader, seed, count=40)


# --- broken files ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("open_", "close"),
    [
        ('{"missing": ', "}"),
        ("[", "]"),
        ('[{"met": false, "literal": "x", "premise": null, "branches": [', "]}]"),
        ('{"kind": "chosen", "branch": 0, "premises": [', "]}"),
    ],
)
@pytest.mark.parametrize("depth", [30, 150, 900, 20_000])
def test_deep_nesting_is_refused(
    open_: str, close: str, depth: int, tmp_path: Path
) -> None:
    made = model(tmp_path)
    document = written(made, ("hub",))
    inner = open_ * depth + close * depth
    for place in nodes(document):
        if place[-1] in {"premise", "branches", "attempts"}:
            marked = json.dumps(changed(document, place, "HERE"))
            text = marked.replace('"HERE"', inner).encode()
            assert not verdict(text, checker(made))
            break


def test_no_file_is_opened_but_a_regular_one(tmp_path: Path) -> None:
    """A FIFO would wait for ever."""
    fifo = tmp_path / "proof.json"
    os.mkfifo(fifo)
    for path in (fifo, tmp_path, tmp_path / "none", Path("/dev/zero")):
        with pytest.raises(Invalid) as raised:
            read_document(path)
        assert [one.code.value for one in raised.value.diagnostics] == ["E670"]


# --- the premise of an alternative whose variable has no value -------------------------

OPEN = (
    "input p(c: integer, x: integer) closed. goal(C) :- cs(C), p(C, X), ( B = X ; d(B) ). "
    '@id("R1") goal(C) :- cs(C), a(C). refused(C) :- cs(C), C > 100.'
)


def open_proof(folder: Path, d: str) -> tuple[Document, Checker]:
    facts = {"cs": "c 1", "p": "c,x", "a": "c", "b": "c", "d": d}
    lay_down(folder, INPUTS + OPEN + OUTCOMES, facts)
    made = decided(folder)
    return written(made, (1,)), checker(made)


def test_a_condition_on_an_open_variable_is_not_met(tmp_path: Path) -> None:
    """`B = X` is neither true nor false where nothing gives X a value."""
    document, reader = open_proof(tmp_path, "c")
    forged = copy.deepcopy(document)
    condition = forged["blockage"]["attempts"][1]["conditions"][2]
    del condition["branches"], condition["open"]
    sides = {"left": None, "right": None, "op": "=", "literal": "B = X"}
    premises = [{"kind": "compared", **sides}]
    condition |= {
        "met": True,
        "premise": {"kind": "chosen", "branch": 0, "premises": premises},
    }
    at_ = "/blockage/attempts/1/conditions/2/premise/premises/0/premise"
    assert at_ in {one.at for one in reader.verify(forged).rejections}


@pytest.mark.parametrize("d", ["c", "c 5"])
def test_the_proof_as_it_is_written_is_accepted(d: str, tmp_path: Path) -> None:
    document, reader = open_proof(tmp_path, d)
    assert reader.verify(document).rejections == ()
