"""A folder into the file of each input: named after it, once, and within the folder.

Sub-folders, names that begin with a dot or with `~$`, and files with other
suffixes (`README.md`) are no facts and are passed over.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Cell, Diagnostic, Invalid
from whereas.facts.faults import Faults, listed
from whereas.facts.found import Found
from whereas.facts.glossary import RELATION as GLOSSARY
from whereas.facts.glossary import is_free
from whereas.facts.naming import Names
from whereas.facts.snapshot import Snapshot
from whereas.user_files import lies_within, note, reason

if TYPE_CHECKING:
    from pathlib import Path

    from whereas.policy.core import Policy

SUFFIXES = (".csv", ".json", ".jsonl", ".ndjson", ".yaml", ".yml", ".parquet", ".xlsx")


def find(
    folder: Path, policy: Policy, faults: Faults, beside: Policy | None = None
) -> dict[str, Found]:
    """Return the file of each input of a policy; what is amiss goes to `faults`.

    Files of inputs that only the policy `beside` has are passed over. A glossary is
    found too, where there is one.
    """
    named = [r for r in policy.relations.values() if r.has_file]
    known = Names([*named, GLOSSARY] if is_free(policy) else named)
    inputs = known.names
    strange = Names(
        []
        if beside is None
        else [
            r for r in beside.relations.values() if r.has_file and r.name not in inputs
        ]
    )
    candidates: dict[str, list[Found]] = {}
    refused: set[str] = set()
    others: dict[str, str] = {}
    for path in _entries(folder):
        if path.suffix not in SUFFIXES:
            others.setdefault(path.stem, path.name)
            continue
        found = _examined(path, folder, faults)
        place = known.place(path.stem)
        relation = path.stem if place is None else inputs[place]
        if found is None:
            refused.add(relation)
            continue
        found = replace(found, relation=relation)
        if path.suffix == ".xlsx":
            for one in _sheets(found, known, faults, strange):
                candidates.setdefault(one.relation, []).append(one)
        elif place is not None:
            candidates.setdefault(relation, []).append(found)
        elif strange.place(path.stem) is None:
            _stray(found, known, faults)
    chosen: dict[str, Found] = {}
    for name in inputs:
        files = candidates.get(name, [])
        if len(files) > 1:
            faults.add(
                Code.TWO_FILES,
                Cell(files[1].name),
                f"`{name}` has two files: `{files[0].name}` and `{files[1].name}`",
                "keep one of them in the folder",
            )
        elif files:
            chosen[name] = files[0]
        elif name not in refused and name in policy.relations:
            there = others.get(name)
            faults.add(
                Code.MISSING_FILE,
                Cell(str(folder)),
                f"there is no file for input `{name}`",
                f"`{there}` is no fact file: save it as `{name}.csv`"
                if there
                else f"write `{name}.csv`; with its header alone it says: none",
            )
    return chosen


def _entries(folder: Path) -> list[Path]:
    note(folder, "reads")
    try:
        is_there, is_folder = folder.exists(), folder.is_dir()
        paths = sorted(folder.iterdir()) if is_folder else []
        kept = [path for path in paths if _may_be_facts(path)]
    except OSError as error:
        raise _no_folder(
            folder,
            f"the folder of facts cannot be read: {reason(error)}",
            "make it readable",
        ) from None
    if not is_folder:
        raise _no_folder(
            folder,
            "the facts are not a folder"
            if is_there
            else "the folder of facts does not exist",
            "name a folder with one file for each input",
        )
    return kept


def _may_be_facts(path: Path) -> bool:
    return (
        not path.name.startswith((".", "~$"))
        and bool(path.suffix)
        and (path.is_symlink() or not path.is_dir())
    )


def _no_folder(folder: Path, message: str, help_: str) -> Invalid:
    at = Cell(str(folder))
    return Invalid([Diagnostic(Code.FACTS_FOLDER, message, at, help_)])


def _examined(path: Path, folder: Path, faults: Faults) -> Found | None:
    name = str(path)
    at = Cell(name)
    try:
        status = path.stat()
    except OSError as error:
        unreadable(error, at, faults)
        return None
    if path.is_symlink() and not lies_within(path, folder):
        faults.add(
            Code.UNREADABLE_FILE,
            at,
            f"`{path.name}` is a link that leaves the folder",
            "put the file itself into the folder",
        )
        return None
    if not path.is_file():
        faults.add(
            Code.UNREADABLE_FILE,
            at,
            f"`{path.name}` is not a file",
            "put an ordinary file in its place",
        )
        return None
    return Found(path.stem, path, name, status.st_size, Snapshot(path))


def _sheets(found: Found, known: Names, faults: Faults, strange: Names) -> list[Found]:
    from whereas.facts.workbook import sheets

    return sheets(found, known, faults, strange)


def _stray(found: Found, known: Names, faults: Faults) -> None:
    inputs = known.names
    meant, _ = known.meant(found.relation, range(len(inputs))) or (None, None)
    faults.add(
        Code.STRAY_FILE,
        Cell(found.name),
        f"the policy has no input `{found.relation}`",
        f"did you mean `{meant}{found.suffix}`?"
        if meant
        else f"remove the file; the inputs are {listed(inputs)}",
    )


def unreadable(error: OSError, at: Cell, faults: Faults) -> None:
    """Add the fault that a file cannot be read."""
    faults.add(
        Code.UNREADABLE_FILE,
        at,
        f"the file cannot be read: {reason(error)}",
        "make it readable",
    )


def digest(hashes: dict[str, str]) -> str:
    """Return the sha256 of a fact set: over the sorted list of path and file hash.

    The list is what `sha256sum *` prints: hash, two blanks, path, line end.
    """
    lines = [f"{hashes[path]}  {path}\n" for path in sorted(hashes)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
