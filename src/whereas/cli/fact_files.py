"""A policy's inputs into empty fact files: a header, and nothing below it."""

from __future__ import annotations

from pathlib import Path

from whereas.cli.options import NO_POLICY
from whereas.cli.settings import default_folder
from whereas.cli.terminal import write
from whereas.diagnostics import UsageError
from whereas.output_files import unwritable
from whereas.user_files import reason


def write_fact_files(policy: Path | None, folder: str) -> int:
    """Write the files that a facts folder lacks; those that are there stay."""
    from whereas.facts import empty_files
    from whereas.policy import load_policy

    if policy is None:
        raise UsageError(NO_POLICY)
    target = Path(folder or default_folder("facts") or "facts")
    loaded = load_policy(policy)
    inputs = sum(relation.stated for relation in loaded.relations.values())
    try:
        written = empty_files(loaded, target)
    except OSError as error:
        raise unwritable(target, reason(error)) from None
    count = f"{len(written)} file{'' if len(written) == 1 else 's'}"
    kept = inputs - len(written)
    words = f"wrote {count} into {target}" + (f", kept {kept}" if kept else "")
    write([words + "\n", *(f"  {path.name}\n" for path in written)], None)
    return 0
