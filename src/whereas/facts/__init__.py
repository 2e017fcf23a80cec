"""Files into a `FactBase`: typed tables that remember file and row.

It knows the inputs that a policy declares, and nothing of its rules. Read `load`
first, then `rows` (what is checked, and every message) and `sets` (the same for
large files, in SQL).
"""

from __future__ import annotations

from whereas.facts.base import FactBase, FactFile
from whereas.facts.load import load_facts
from whereas.facts.memory import copy, from_rows
from whereas.facts.write import empty_files

__all__ = ["FactBase", "FactFile", "copy", "empty_files", "from_rows", "load_facts"]
