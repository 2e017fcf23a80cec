"""Stand-in."""

from __future__ import annotations

from whereas.diagnostics import Diagnostic


def warnings_of(*_: object) -> list[Diagnostic]:
    """Return nothing yet."""
    return []
