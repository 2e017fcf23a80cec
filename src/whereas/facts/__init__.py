"""Files into a `FactBase`: typed tables that remember file and row.

It knows the inputs that a policy declares, and nothing of its rules. Read
`load` first.
"""

from __future__ import annotations

from whereas.facts.base import FactBase, FactFile
from whereas.facts.load import load_facts

__all__ = ["FactBase", "FactFile", "load_facts"]
