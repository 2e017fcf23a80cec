"""The file of a saved model: opened without running anything that stands in it.

A model is a database that anyone can edit, so nothing in it is believed. Views,
triggers, macros and indexes over expressions would run when it is read: a file that
has one is refused, and so are tables and columns that are not those of the policy.
The file ends in a digest of all that stands before it, which shows that it is as it
was written (not by whom).
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from typing import TYPE_CHECKING

from whereas.facts.database import Duckdb, Sqlite, columns, extension, quoted
from whereas.facts.originals import TABLE
from whereas.user_files import open_regular

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from whereas.facts.database import Database
    from whereas.policy.core import Policy

META = "saved model"

# More bytes than this are not read whole at each question: it would take longer
# than to answer it.
DIGESTED = 64 * 10**6
# No file that has more is a model.
LARGEST = 10**12

_MARK = b"\nwhereas.model sha256 "
_TRAILER = len(_MARK) + 64 + 1

_COLUMN = re.compile(
    r'"?(a\d+|row|round|o|id|text|relation|place)"?'
    r"( (INT|INTEGER|BIGINT|TEXT|VARCHAR))?( NOT NULL)?( PRIMARY KEY)?"
)
_TABLE = re.compile(
    r'CREATE TABLE ("(?:[^"]|"")*"|\w+) ?\(([^()]*)'
    r"(, PRIMARY KEY \([a-z0-9, ]+\))?\)( WITHOUT ROWID)?;?"
)
_INDEX = re.compile(
    r'CREATE (UNIQUE )?INDEX "(?:[^"]|"")*" ON "(?:[^"]|"")*" \([a-z0-9, ]+\)'
)
_READING = re.compile(r"reading \d+")


class NotAModelError(Exception):
    """The file is no model: a sentence that says why."""


def seal(path: Path) -> None:
    """Append the digest of a file to it."""
    with path.open("r+b") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0, 2)
        file.write(_MARK + digest.encode() + b"\n")


def opened(path: Path, *, whole: bool = False) -> tuple[Database, bool]:
    """Open a model for reading; return its tables, and whether the digest was checked.

    That of a large file is checked only if it is read `whole`. Raises `OSError` if the
    file cannot be read, and `NotAModelError`.
    """
    with open_regular(path, LARGEST) as file:
        head = file.read(16)
        checked = _has_digest(file, whole=whole)
    if head.startswith(b"SQLite format 3\0"):
        return _sqlite(path), checked
    if head[8:12] == b"DUCK":
        return _duckdb(path), checked
    raise NotAModelError("it is no database")


def _has_digest(file: BinaryIO, *, whole: bool) -> bool:
    """Compare the digest, unless the file is too large for that; it must be there."""
    size = file.seek(0, 2)
    file.seek(max(size - _TRAILER, 0))
    trailer = file.read()
    if not (trailer.startswith(_MARK) and trailer.endswith(b"\n")):
        raise NotAModelError("it does not end in its digest")
    if size > DIGESTED and not whole:
        return False
    digest = hashlib.sha256()
    file.seek(0)
    left = size - _TRAILER
    while left and (block := file.read(min(left, 1 << 20))):
        digest.update(block)
        left -= len(block)
    if digest.hexdigest().encode() != trailer[len(_MARK) : -1]:
        raise NotAModelError("it has changed since it was saved: its digest differs")
    return True


def _sqlite(path: Path) -> Sqlite:
    """Return the tables in memory: a question must not change the file."""
    # `immutable`: no journal beside the file is applied to it.
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    database = Sqlite()
    try:
        source = sqlite3.connect(uri, uri=True)
        try:
            source.execute("PRAGMA trusted_schema = OFF")
            source.execute("PRAGMA cell_size_check = ON")
            _refuse_objects(
                source.execute(
                    "SELECT type, name, sql FROM sqlite_master "
                    "WHERE sql IS NOT NULL OR type <> 'index'"
                ).fetchall()
            )
            source.backup(database.connection)
        finally:
            source.close()
        database.execute("PRAGMA trusted_schema = OFF")
        symbols = database.query("SELECT id, text FROM symbol")
        database.execute("DELETE FROM symbol")
        database.enter(symbols)
    except (sqlite3.DatabaseError, OverflowError, UnicodeDecodeError) as error:
        database.close()
        raise NotAModelError(f"SQLite cannot read it ({error})") from None
    except BaseException:
        database.close()
        raise
    return database


def _duckdb(path: Path) -> Duckdb:
    if path.with_name(f"{path.name}.wal").exists():
        raise NotAModelError("a log of changes lies beside it")
    try:
        database = Duckdb(path, read_only=True)
    except extension().Error as error:
        raise NotAModelError(f"DuckDB cannot read it ({_first_line(error)})") from None
    try:
        _refuse_objects(
            database.query(
                "SELECT 'table', table_name, sql FROM duckdb_tables() "
                "WHERE NOT internal AND NOT temporary "
                "UNION ALL SELECT 'view', view_name, sql FROM duckdb_views() "
                "WHERE NOT internal "
                "UNION ALL SELECT 'function', function_name, NULL "
                "FROM duckdb_functions() WHERE NOT internal "
                "UNION ALL SELECT 'schema', schema_name, sql FROM duckdb_schemas() "
                "WHERE NOT internal "
                "UNION ALL SELECT 'type', type_name, NULL FROM duckdb_types() "
                "WHERE NOT internal"
            )
        )
    except extension().Error as error:
        database.close()
        raise NotAModelError(f"DuckDB cannot read it ({_first_line(error)})") from None
    except BaseException:
        database.close()
        raise
    return database


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _refuse_objects(objects: list[tuple[str, str, str | None]]) -> None:
    """Refuse all but plain tables and indexes: by their statements, before a row."""
    for kind, name, sql in objects:
        match = None
        if kind == "table" and (match := _TABLE.fullmatch(sql or "")) is not None:
            parts = match[2].split(", ")
            if not all(_COLUMN.fullmatch(part) for part in _columns(parts)):
                match = None
        elif kind == "index":
            match = _INDEX.fullmatch(sql or "")
        if match is None:
            raise NotAModelError(f"it has a {kind} that no model has: `{name}`")


def _columns(parts: list[str]) -> list[str]:
    """Return the columns of a statement, as `CREATE TABLE … AS` writes them too."""
    return [column.strip() for part in parts for column in part.split(",")]


def refuse_other_tables(database: Database, policy: Policy) -> None:
    """Refuse a model whose tables or columns are not those of the policy."""
    found: dict[str, list[str]] = {}
    for table, column in database.query(_COLUMNS[database.dialect]):
        found.setdefault(table, []).append(column)
    recursive = {
        name for one in policy.components if one.recursive for name in one.relations
    }
    for name, relation in policy.relations.items():
        expected = list(columns(relation.arity))
        if relation.stated:
            expected.append("row")
        elif name in recursive:
            expected.append("round")
        if found.pop(name, None) != expected:
            raise NotAModelError(f"it lacks the table of `{name}`")
    for name in found:
        if name not in {"symbol", META, TABLE} and not _READING.fullmatch(name):
            raise NotAModelError(f"it has a table that no model has: {quoted(name)}")


_COLUMNS = {
    "sqlite": (
        "SELECT m.name, c.name "
        "FROM sqlite_master AS m, pragma_table_xinfo(m.name) AS c "
        "WHERE m.type = 'table' ORDER BY m.name, c.cid"
    ),
    "duckdb": (
        "SELECT table_name, column_name FROM duckdb_columns() "
        "WHERE NOT internal ORDER BY table_name, column_index"
    ),
}
