"""Parquet files into records, by DuckDB's reader; the set path reads them itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Cell
from whereas.facts.records import Record, Table, cells_of, columns_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from whereas.facts.faults import Faults
    from whereas.facts.found import Found
    from whereas.policy.core import Relation

_BATCH = 10_000


def parquet_table(found: Found, relation: Relation, faults: Faults) -> Table | None:
    """Return the records of a Parquet file, numbered from 1."""
    import duckdb

    try:
        connection = duckdb.connect(
            config={
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            }
        )
        read = connection.execute(
            "SELECT * FROM read_parquet(?, hive_partitioning = false)",
            [found.snapshot.path],
        )
    except duckdb.Error:
        _damaged(found, faults)
        return None
    header = [str(column[0]) for column in read.description or ()]
    order = columns_of(header, found.name, relation, faults)
    if order is None:
        return None
    back = [order.index(position) for position in range(relation.arity)]
    return Table(
        tuple(range(relation.arity)),
        _records(read, back, found, relation, faults),
    )


def _records(
    read: duckdb.DuckDBPyConnection,
    back: list[int],
    found: Found,
    relation: Relation,
    faults: Faults,
) -> Iterator[Record]:
    import duckdb

    number = 0
    try:
        while rows := read.fetchmany(_BATCH):
            for row in rows:
                number += 1
                values = [row[position] for position in back]
                yield number, cells_of(values, number, found.name, relation, faults)
    except duckdb.Error:
        _damaged(found, faults)


def _damaged(found: Found, faults: Faults) -> None:
    faults.add(
        Code.MALFORMED_FILE,
        Cell(found.name),
        "the file is damaged, or no Parquet file",
        "write it again as Parquet, or as CSV",
    )
