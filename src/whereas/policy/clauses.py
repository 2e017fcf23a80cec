"""Stand-in."""

from __future__ import annotations

from whereas.diagnostics import Diagnostic


def clause_notes(*_: object) -> list[Diagnostic]:
    """Return nothing yet."""
    return []
