"""Parquet files into records, by DuckDB's reader; the set path reads them itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whereas.codes import Code
from whereas.facts.cells import wrong
from whereas.facts.database import quoted
from whereas.facts.faults import CellError
from whereas.facts.limits import PARQUET_BYTES, PARQUET_ROWS
from whereas.facts.reading import literal
from whereas.facts.records import FAULTY, Record, Table, cells_of, columns_of
from whereas.user_files import in_bytes

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

    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
    )
    source = f"read_parquet({literal(found.snapshot.path)}, hive_partitioning = false)"
    try:
        require_parquet_size(connection, found.snapshot.path)
        described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        kinds = {str(row[0]): str(row[1]) for row in described}
        order = columns_of([*kinds], found.place, relation, faults)
        if order is None:
            return None
        asked = [part for name in kinds for part in _asked(quoted(name), kinds[name])]
        read = connection.execute(f"SELECT {', '.join(asked)} FROM {source}")
    except CellError as fault:
        faults.add(fault.code, found.place, fault.message, fault.help)
        return None
    except duckdb.Error:
        _damaged(found, faults)
        return None
    back = [order.index(position) for position in range(relation.arity)]
    return Table(
        tuple(range(relation.arity)),
        _records(read, back, found, relation, faults),
    )


def require_parquet_size(connection: Any, path: str) -> None:
    """Raise `CellError` for a Parquet file that says it has too much in it."""
    rows, unpacked = connection.execute(
        "SELECT coalesce(sum(group_rows), 0), coalesce(sum(bytes), 0) FROM "
        "(SELECT row_group_id, max(row_group_num_rows) AS group_rows, "
        "sum(total_uncompressed_size) AS bytes "
        f"FROM parquet_metadata({literal(path)}) GROUP BY row_group_id)"
    ).fetchall()[0]
    if rows > PARQUET_ROWS:
        raise CellError(
            Code.TOO_MANY_ROWS,
            f"the file says it has {rows:,} rows; at most {PARQUET_ROWS:,} are read",
            "split the facts, or see whether it is the file that you mean",
        )
    if unpacked > PARQUET_BYTES:
        raise CellError(
            Code.UNPACKS_TOO_MUCH,
            f"the file unpacks to more than {in_bytes(PARQUET_BYTES)}, "
            "the most that is read",
            "split the facts, or see whether it is the file that you mean",
        )


def _asked(name: str, kind: str) -> tuple[str, str]:
    """Return SQL for a column, and for the text of a day that Python has no value for.

    An infinite day would come as one of the year 9999, and a moment of nanoseconds
    without them.
    """
    if not kind.startswith(("DATE", "TIMESTAMP")):
        return name, "NULL"
    strange = f"NOT isfinite({name})"
    if kind == "TIMESTAMP_NS":
        strange += f" OR epoch_ns({name}) % 1000 <> 0"
    return name, f"CASE WHEN {strange} THEN CAST({name} AS VARCHAR) END"


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
                values = [
                    None if row[2 * place + 1] is not None else row[2 * place]
                    for place in back
                ]
                cells = cells_of(values, number, found.place, relation, faults)
                for place, position in enumerate(back):
                    strange = row[2 * position + 1]
                    if strange is not None:
                        column = relation.columns[place]
                        fault = wrong(strange, column.type)
                        at = found.place.within(number, column.name, strange)
                        faults.add(fault.code, at, fault.message, fault.help)
                        cells[place] = FAULTY
                yield number, cells
    except (duckdb.Error, UnicodeDecodeError):
        _damaged(found, faults)


def _damaged(found: Found, faults: Faults) -> None:
    faults.add(
        Code.MALFORMED_FILE,
        found.place,
        "the file is damaged, or no Parquet file",
        "write it again as Parquet, or as CSV",
    )
