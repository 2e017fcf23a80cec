"""The ids of clauses in the order of the law: `S-2` before `S-10`."""

from __future__ import annotations

import re


def clause_order(id_: str) -> tuple[str | int, ...]:
    """Return a key to sort ids by: numbers within them count as numbers."""
    # Every second part is a number, so that keys can always be compared.
    parts = re.split(r"(\d+)", id_)
    return tuple(int(part) if n % 2 else part for n, part in enumerate(parts))
