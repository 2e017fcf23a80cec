"""A policy's inputs into empty fact files: a header, and nothing below it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import click

from whereas.cli.options import NO_POLICY
from whereas.cli.settings import default_facts
from whereas.cli.terminal import reason, write, write_file
from whereas.diagnostics import UsageError

FORMATS = (".csv", ".json", ".jsonl", ".ndjson", ".yaml", ".yml", ".parquet")


def write_fact_files(context: click.Context, policy: Path | None, folder: str) -> int:
    """Write the files that a facts folder lacks; those that are there stay."""
    from whereas.policy import load_policy

    if policy is None:
        raise UsageError(NO_POLICY)
    target = Path(folder or default_facts() or "facts")
    loaded = load_policy(policy)
    written, kept = [], []
    for relation in loaded.relations.values():
        if not relation.stated:
            continue
        stem = target / relation.name
        if any(stem.with_suffix(suffix).exists() for suffix in FORMATS):
            kept.append(relation.name)
            continue
        header = io.StringIO()
        csv.writer(header, lineterminator="\n").writerow(
            [column.name for column in relation.columns]
        )
        try:
            target.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"cannot make `{target}`: {reason(error)}") from None
        write_file(stem.with_suffix(".csv"), [header.getvalue()])
        written.append(relation.name)
    count = f"{len(written)} file{'' if len(written) == 1 else 's'}"
    words = f"wrote {count} into {target}"
    words += f", kept {len(kept)}" if kept else ""
    write([words + "\n", *(f"  {name}.csv\n" for name in written)], None)
    return 0
