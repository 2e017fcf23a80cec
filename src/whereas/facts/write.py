"""Empty fact files with their headers: what `init --facts` lays down."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from whereas.output_files import staging

if TYPE_CHECKING:
    from whereas.policy.core import Policy


def empty_files(policy: Policy, folder: Path | str) -> tuple[Path, ...]:
    """Write a CSV file with its header for each input; return those that were written.

    A file that is there stays as it is, and so does an input that has a file of
    another format. The folder is made if it is not there.
    """
    from whereas.facts.folder import SUFFIXES
    from whereas.facts.naming import Names

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    known = Names([r for r in policy.relations.values() if r.has_file])
    there = {
        known.names[place]
        for path in folder.iterdir()
        if path.suffix in SUFFIXES and (place := known.place(path.stem)) is not None
    }
    for relation in policy.relations.values():
        if not relation.has_file:
            continue
        if relation.name in there:
            continue
        header = ",".join(str(column.name) for column in relation.columns)
        path = folder / f"{relation.name}.csv"
        if _created(path, header + "\n"):
            written.append(path)
    return tuple(written)


def _created(path: Path, text: str) -> bool:
    """Write a file whole or not at all; return whether it was not there before."""
    with staging(path.parent) as folder:
        part = folder / "whole"
        part.write_text(text, encoding="utf-8", newline="\n")
        try:
            # A link is made only where there is nothing: no writer is overwritten.
            path.hardlink_to(part)
        except FileExistsError:
            return False
    return True
