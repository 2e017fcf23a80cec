"""A folder of fact files into a `FactBase`: everything checked, everything said at once."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from whereas.diagnostics import Invalid
from whereas.facts.base import FactBase, FactFile
from whereas.facts.database import Database, Dialect, Duckdb, Sqlite
from whereas.facts.faults import Faults
from whereas.facts.folder import Found, digest, find
from whereas.facts.records import opened
from whereas.facts.rows import (
    RowReader,
    create_key_indexes,
    create_tables,
    in_reference_order,
)
from whereas.facts.scan import scan
from whereas.policy.core import Policy

# With home "auto", files that weigh more than this together go to DuckDB: some
# 100,000 facts at 40 bytes each. Parquet files and workbooks are compressed.
SQLITE_BYTES = 4_000_000
_COMPRESSION = {".parquet": 8, ".xlsx": 4}
_TEXTS = {".csv", ".json", ".jsonl", ".ndjson", ".yaml", ".yml"}


def load_facts(
    folder: Path | str,
    policy: Policy,
    *,
    home: Literal["auto", "sqlite", "duckdb"] = "auto",
    database: Database | None = None,
) -> FactBase:
    """Read the fact files of a folder into tables.

    Raises `Invalid` with every fault of every file. `database` is where the tables
    go (a new one in memory, if None); `home` chooses its kind, "auto" by the
    weight of the files.
    """
    faults = Faults()
    found = find(Path(folder), policy, faults)
    if database is None:
        database = new_database(home_for(found) if home == "auto" else home)
    files = _by_rows(found, policy, faults, database)
    if faults:
        raise Invalid(faults.diagnostics())
    return FactBase(
        path=str(folder),
        sha256=digest({_inside(f, found): f.sha256 for f in files.values()}),
        files={name: files[name] for name in policy.relations if name in files},
        database=database,
    )


def _inside(file: FactFile, found: dict[str, Found]) -> str:
    return found[file.relation].path.name


def home_for(found: dict[str, Found]) -> Dialect:
    """Return where facts of this weight live."""
    weight = sum(f.size * _COMPRESSION.get(f.suffix, 1) for f in found.values())
    return "duckdb" if weight > SQLITE_BYTES else "sqlite"


def new_database(dialect: Dialect) -> Database:
    """Return an empty database in memory."""
    return Sqlite() if dialect == "sqlite" else Duckdb()


def _by_rows(
    found: dict[str, Found], policy: Policy, faults: Faults, database: Database
) -> dict[str, FactFile]:
    stated = [r for r in policy.relations.values() if r.stated]
    create_tables(stated, database)
    reader = RowReader({r.name: r for r in stated}, faults, database)
    files: dict[str, FactFile] = {}
    database.execute("BEGIN")
    for relation in in_reference_order(stated):
        one = found.get(relation.name)
        seen = scan(one, faults, text=one.suffix in _TEXTS) if one else None
        if one is None or seen is None:
            reader.absent(relation)
            continue
        with opened(one, relation, faults) as table:
            rows = reader.read(relation, one.name, table)
        files[relation.name] = FactFile(
            relation=relation.name,
            name=one.name,
            sheet=one.sheet,
            sha256=seen.sha256,
            size=one.size,
            modified_ns=one.modified_ns,
            rows=rows,
        )
    reader.finish()
    database.execute("COMMIT")
    if not faults:
        create_key_indexes(stated, database)
    return files
