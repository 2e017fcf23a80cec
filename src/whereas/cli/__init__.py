"""Words of a command line into calls of the other rooms, one file for each command.

Nothing is imported until a command needs it: `whereas --help` must not wait for a
database.
"""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command line, and leave with its exit code."""
    try:
        from whereas.cli.boundary import run
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    raise SystemExit(run())
