"""Files into a `FactBase`: typed tables that remember file and row.

It knows the inputs that a policy declares, and nothing of its rules. Read `load`
first, then `row_loader` (what is checked, and every message) and `bulk_loader` (the
same for large files, in SQL). A name is imported when it is first used: code that
reads tables needs no reader of files.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from whereas.facts.base import FactBase, FactFile
    from whereas.facts.changes import (
        Addition,
        Change,
        Correction,
        Entry,
        Withdrawal,
        changed,
    )
    from whereas.facts.load import load_facts
    from whereas.facts.memory import copy, from_rows
    from whereas.facts.write import empty_files

__all__ = [
    "Addition",
    "Change",
    "Correction",
    "Entry",
    "FactBase",
    "FactFile",
    "Withdrawal",
    "changed",
    "copy",
    "empty_files",
    "from_rows",
    "load_facts",
]

# No name is that of a module: Python would put the module in its place.
_HOMES = {
    "Addition": "changes",
    "Change": "changes",
    "Correction": "changes",
    "Entry": "changes",
    "FactBase": "base",
    "FactFile": "base",
    "Withdrawal": "changes",
    "changed": "changes",
    "copy": "memory",
    "empty_files": "write",
    "from_rows": "memory",
    "load_facts": "load",
}


def __getattr__(name: str) -> Any:
    """Import a name from its module when it is first used."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module `whereas.facts` has no attribute `{name}`")
    found = getattr(importlib.import_module(f"whereas.facts.{home}"), name)
    globals()[name] = found
    return found
