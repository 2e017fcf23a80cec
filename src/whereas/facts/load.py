"""A folder of fact files into a `FactBase`: all checked, and all said at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from whereas.codes import Code
from whereas.diagnostics import Cell, Diagnostic, Invalid, Severity
from whereas.facts.base import FactBase, FactFile
from whereas.facts.database import Database, Dialect, Duckdb, Sqlite, quoted
from whereas.facts.faults import Faults
from whereas.facts.folder import digest, find
from whereas.facts.glossary import NAME, RELATION, Glossary, is_free
from whereas.facts.opening import opened
from whereas.facts.originals import Originals
from whereas.facts.row_loader import (
    RowLoader,
    contradictory_files,
    create_key_indexes,
    create_tables,
    in_reference_order,
)
from whereas.facts.scan import is_readable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from whereas.facts.found import Found
    from whereas.policy.core import Policy, Relation

# With home "auto", files that weigh more than this together go to DuckDB: some
# 100,000 facts at 40 bytes each. Parquet files and workbooks are compressed.
SQLITE_BYTES = 4_000_000
_COMPRESSION = {".parquet": 8, ".xlsx": 4}


def load_facts(
    folder: Path | str,
    policy: Policy,
    *,
    home: Literal["auto", "sqlite", "duckdb"] = "auto",
    database: Database | None = None,
    beside: Policy | None = None,
) -> FactBase:
    """Read the fact files of a folder into tables.

    Raises `Invalid` with every fault of every file. `database` is where the tables
    go (a new one in memory, if None); `home` chooses its kind, "auto" by the
    weight of the files. `beside` is another policy that reads the same folder: the
    files of its inputs are not strays.
    """
    faults = Faults()
    found = find(Path(folder), policy, faults, beside)
    words = found.pop(NAME, None) if is_free(policy) else None
    if database is None:
        database = new_database(home_for(found) if home == "auto" else home)
    stated = {r.name: r for r in policy.relations.values() if r.stated}
    if isinstance(database, Duckdb):
        files, originals = _by_sets(found, stated, faults, database)
    else:
        files, originals = _by_rows(found, stated, faults, database)
    glossary = _glossary(words, faults)
    if faults:
        raise Invalid(faults.diagnostics())
    hashes = {file.path.name: files[name].sha256 for name, file in found.items()}
    if words is not None and glossary.file is not None:
        hashes[words.path.name] = glossary.file.sha256
    return FactBase(
        path=str(folder),
        sha256=digest(hashes),
        files={name: files[name] for name in stated},
        database=database,
        warnings=tuple(
            _no_line_end(found[name], files[name])
            for name in found
            if found[name].suffix == ".csv"
            and not found[name].snapshot.ends_its_last_line
        ),
        originals=originals,
        glossary=glossary,
    )


def _glossary(found: Found | None, faults: Faults) -> Glossary:
    """Read the words for the texts of the facts, where there is a file of them."""
    if found is None or not is_readable(found, faults):
        return Glossary()
    with opened(found, RELATION, faults) as table:
        rows = RowLoader({NAME: RELATION}, faults, None).read(
            RELATION, found.place, table
        )
    words: dict[str, dict[str, str]] = {}
    if not faults:
        with opened(found, RELATION, faults) as table:
            if table is not None:
                for _, cells in table.records:
                    value, language, text = (cells[place] for place in table.back)
                    words.setdefault(language, {})[value] = text
    return Glossary(words, _fact_file(found, rows))


def _no_line_end(found: Found, file: FactFile) -> Diagnostic:
    # A blank row is an error unless it ends the file: this is the last row's number.
    return Diagnostic(
        Code.LINE_END_MISSING,
        f"the last row of `{found.path.name}` has no line end; "
        "if the file was cut, what follows is missing",
        Cell(file.name, file.rows + 1),
        "end the last line, or save the file again",
        severity=Severity.WARNING,
    )


def home_for(found: Mapping[str, Found]) -> Dialect:
    """Return where facts of this weight live."""
    # The sheets of a workbook are one file.
    files = {file.path: file for file in found.values()}.values()
    weight = sum(f.size * _COMPRESSION.get(f.suffix, 1) for f in files)
    return "duckdb" if weight > SQLITE_BYTES else "sqlite"


def new_database(dialect: Dialect) -> Database:
    """Return an empty database in memory."""
    return Sqlite() if dialect == "sqlite" else Duckdb()


def _by_rows(
    found: Mapping[str, Found],
    stated: Mapping[str, Relation],
    faults: Faults,
    database: Database | None,
) -> tuple[dict[str, FactFile], Originals]:
    """Read all files row by row: into a database, or only for what there is to say."""
    if database is not None:
        create_tables(stated.values(), database)
        database.execute("BEGIN")
    reader = RowLoader(stated, faults, database)
    files: dict[str, FactFile] = {}
    for relation in in_reference_order(r for r in stated.values() if r.has_file):
        file = found.get(relation.name)
        if file is None or not is_readable(file, faults):
            reader.absent(relation)
            continue
        with opened(file, relation, faults) as table:
            rows = reader.read(relation, file.place, table)
        files[relation.name] = _fact_file(file, rows)
    files |= contradictory_files(stated.values(), files)
    reader.finish()
    if database is not None:
        database.execute("COMMIT")
        if not faults and database.dialect == "sqlite":
            create_key_indexes(stated.values(), database)
    return files, reader.originals


def _by_sets(
    found: Mapping[str, Found],
    stated: Mapping[str, Relation],
    faults: Faults,
    database: Duckdb,
) -> tuple[dict[str, FactFile], Originals]:
    """Read all files as sets; those in which something is amiss again, row by row."""
    from whereas.facts.bulk_loader import BulkLoader

    ordered = in_reference_order((r for r in stated.values() if r.has_file), found)
    result = BulkLoader(database, stated).read(ordered, found)
    if result.amiss:
        # A reference needs the keys of its target, whatever is amiss.
        targets = {
            column.references
            for name in result.amiss
            for column in stated[name].columns
            if column.references is not None
        }
        again = {n: r for n, r in stated.items() if n in result.amiss | targets}
        _by_rows(found, again, faults, None)
        if faults:
            return {}, Originals()
        # The sets could not read what the rows can: the rows have the last word.
        for name in stated:
            database.execute(f"DROP TABLE IF EXISTS {quoted(name)}")
        database.execute("DELETE FROM symbol")
        return _by_rows(found, stated, faults, database)
    files = {
        one.name: _fact_file(found[one.name], result.rows[one.name]) for one in ordered
    }
    files |= contradictory_files(stated.values(), files)
    create_tables((r for r in stated.values() if not r.has_file), database)
    return files, result.originals


def _fact_file(file: Found, rows: int) -> FactFile:
    return FactFile(
        relation=file.relation,
        name=file.name,
        sheet=file.sheet,
        sha256=file.snapshot.sha256,
        size=file.snapshot.size,
        modified_ns=file.snapshot.modified_ns,
        rows=rows,
    )
