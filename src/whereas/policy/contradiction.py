"""Stand-in."""

from __future__ import annotations

from whereas.diagnostics import Diagnostic


def never_fires(*_: object) -> list[Diagnostic]:
    """Return nothing yet."""
    return []
