"""A fact file of any format, opened: its records, by whoever reads the format."""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING

from whereas.facts.records import Table, csv_table, from_objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whereas.facts.faults import Faults
    from whereas.facts.found import Found
    from whereas.policy.core import Relation


@contextmanager
def opened(found: Found, relation: Relation, faults: Faults) -> Iterator[Table | None]:
    """Open a file that `is_readable`; None if its header is at fault."""
    match found.suffix:
        case ".csv":
            with found.snapshot.open() as file:
                # LF alone ends a line: a CR within a quoted value is part of it.
                lines = io.TextIOWrapper(file, encoding="utf-8-sig", newline="\n")
                yield csv_table(lines, found.place, relation, faults)
        case ".json" | ".jsonl" | ".ndjson" | ".yaml" | ".yml":
            from whereas.facts.documents import items

            yield Table(
                tuple(range(relation.arity)),
                from_objects(items(found, faults), found.place, relation, faults),
            )
        case ".parquet":
            from whereas.facts.parquet import parquet_table

            yield parquet_table(found, relation, faults)
        case _:
            from whereas.facts.workbook import sheet_table

            yield sheet_table(found, relation, faults)
