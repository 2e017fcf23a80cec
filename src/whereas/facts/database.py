"""The two homes of tables: SQLite for questions, DuckDB for portfolios.

One layout in both. A relation is a table of its name; its columns are `a0`, `a1`,
… and hold integers (`whereas.values`). A stated relation has besides a column
`row`: the record's number in its file. A relation of a recursive component has a
column `round`. The texts stand once, in `symbol(id, text)`.
"""

from __future__ import annotations

import sqlite3
import weakref
from itertools import count
from typing import TYPE_CHECKING, Any, Literal, Protocol

from whereas.budget import Statement, check, current, is_stopped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import duckdb

Dialect = Literal["sqlite", "duckdb"]
Row = tuple[int, ...]

# SQLite asks after so many steps of its machine whether to stop: some milliseconds.
STEPS = 200_000
# The size of SQLite's pages, unless a database says otherwise.
_PAGE_BYTES = 4096
# How many texts DuckDB is asked for at once.
_PAGE = 256
# How many rows are fetched before it is asked whether to stop.
_FETCHED = 50_000


def quoted(name: str) -> str:
    """Return a name as SQL writes an identifier."""
    return '"' + name.replace('"', '""') + '"'


def columns(arity: int) -> tuple[str, ...]:
    """Return the names of a table's value columns: `a0`, `a1`, …."""
    return tuple(f"a{i}" for i in range(arity))


def extension() -> Any:
    """Return DuckDB's module: its extension alone, where that stands by itself.

    The package around it takes four times as long to import, and we use only SQL.
    """
    try:
        import _duckdb
    except ImportError:
        import duckdb

        return duckdb
    return _duckdb


class Database(Protocol):
    """A connection, and the texts that its integers stand for."""

    dialect: Dialect
    # Numbers for the names of temporary tables.
    numbering: Iterator[int]

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        """Return all rows of a statement, as tuples."""

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> None:
        """Run a statement."""

    def insert(self, table: str, rows: Iterable[Row]) -> None:
        """Append rows of integers to a table, all its columns given."""

    def intern(self, text: str) -> int:
        """Return the number of a text; a new one is entered into `symbol`."""

    def enter(self, symbols: Iterable[tuple[int, str]]) -> None:
        """Enter texts with their numbers into an empty `symbol` table."""

    def text(self, number: int) -> str:
        """Return the text of a number."""

    def numbers(self, texts: Iterable[str]) -> dict[str, int]:
        """Return the numbers of texts, of those that have one: nothing is entered."""

    def texts(self, numbers: Iterable[int]) -> dict[int, str]:
        """Return the texts of numbers, in the order of the numbers."""

    def twin(self, tables: Iterable[str]) -> Database:
        """Return a new database in memory with copies of some tables, and all texts."""

    def close(self) -> None:
        """Close the connection."""


def _stopped(error: sqlite3.OperationalError) -> Exception:
    """Return what stopped a statement of SQLite; raises what stopped the command."""
    check()
    budget = current()
    if budget is not None and error.sqlite_errorcode == sqlite3.SQLITE_FULL:
        return budget.out_of_memory()
    return error


class Sqlite:
    """Tables in SQLite: in memory, or in a file."""

    dialect: Dialect = "sqlite"

    def __init__(self, path: Path | None = None) -> None:
        self.numbering: Iterator[int] = count(1)
        self.connection = sqlite3.connect(
            ":memory:" if path is None else str(path),
            isolation_level=None,
            check_same_thread=False,
            cached_statements=1024,
        )
        # It is closed when nobody holds the database any longer.
        weakref.finalize(self, self.connection.close)
        self.connection.set_progress_handler(is_stopped, STEPS)
        budget = current()
        if budget is not None and path is None:
            # The limit of the heap would be the process's, and could not be raised.
            pages = budget.memory // _PAGE_BYTES
            self.connection.execute(f"PRAGMA max_page_count = {pages:d}")
        self.connection.execute(
            "CREATE TABLE IF NOT EXISTS symbol (id INTEGER PRIMARY KEY, text TEXT)"
        )
        self._texts: dict[int, str] = dict(
            self.connection.execute("SELECT id, text FROM symbol")
        )
        self._numbers = {text: number for number, text in self._texts.items()}

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        """Return all rows of a statement, as tuples."""
        try:
            return self.connection.execute(sql, parameters).fetchall()
        except sqlite3.OperationalError as error:
            raise _stopped(error) from None

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> None:
        """Run a statement."""
        try:
            self.connection.execute(sql, parameters)
        except sqlite3.OperationalError as error:
            raise _stopped(error) from None

    def insert(self, table: str, rows: Iterable[Row]) -> None:
        """Append rows of integers to a table, all its columns given."""
        rows = list(rows)
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            try:
                self.connection.executemany(
                    f"INSERT INTO {quoted(table)} VALUES ({marks})", rows
                )
            except sqlite3.OperationalError as error:
                raise _stopped(error) from None

    def intern(self, text: str) -> int:
        """Return the number of a text; a new one is entered into `symbol`."""
        number = self._numbers.get(text)
        if number is None:
            number = len(self._numbers)
            self._numbers[text] = number
            self._texts[number] = text
            self.connection.execute("INSERT INTO symbol VALUES (?, ?)", (number, text))
        return number

    def enter(self, symbols: Iterable[tuple[int, str]]) -> None:
        """Enter texts with their numbers into an empty `symbol` table."""
        self._texts = dict(symbols)
        self._numbers = {text: number for number, text in self._texts.items()}
        self.connection.executemany(
            "INSERT INTO symbol VALUES (?, ?)", self._texts.items()
        )

    def text(self, number: int) -> str:
        """Return the text of a number."""
        return self._texts[number]

    def numbers(self, texts: Iterable[str]) -> dict[str, int]:
        """Return the numbers of texts, of those that have one: nothing is entered."""
        known = self._numbers
        return {text: known[text] for text in texts if text in known}

    def texts(self, numbers: Iterable[int]) -> dict[int, str]:
        """Return the texts of numbers, in the order of the numbers."""
        return {number: self._texts[number] for number in sorted(numbers)}

    def twin(self, tables: Iterable[str]) -> Sqlite:
        """Return a new database in memory with copies of some tables, and all texts.

        Their indexes come with them.
        """
        found = Sqlite()
        self.connection.backup(found.connection)
        wanted = {*tables, "symbol"}
        for (name,) in found.query(
            "SELECT name FROM sqlite_master WHERE type = ?", ("table",)
        ):
            if name not in wanted:
                found.execute(f"DROP TABLE {quoted(name)}")
        found._texts = dict(self._texts)
        found._numbers = dict(self._numbers)
        return found

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


_Settings = dict[str, str | bool | int | float | list[str]]


def _duckdb_settings(*, read_only: bool) -> _Settings:
    """Return how DuckDB is opened: no extension, no file of its own, a memory limit."""
    settings: _Settings = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        # It would write what does not fit into memory beside the database, or into
        # the working folder.
        "max_temp_directory_size": "0B",
    }
    if read_only:
        # A file from someone else: nothing in it reaches other files.
        settings["enable_external_access"] = "false"
    budget = current()
    if budget is not None:
        settings["memory_limit"] = f"{budget.memory}B"
    return settings


class Duckdb:
    """Tables in DuckDB: in memory, or in a file; no extension, no network."""

    dialect: Dialect = "duckdb"

    def __init__(
        self,
        path: Path | None = None,
        *,
        read_only: bool = False,
        connection: duckdb.DuckDBPyConnection | None = None,
    ) -> None:
        self.numbering: Iterator[int] = count(1)
        self.connection: duckdb.DuckDBPyConnection = connection or extension().connect(
            ":memory:" if path is None else str(path),
            read_only=read_only,
            config=_duckdb_settings(read_only=read_only),
        )
        if not read_only:
            self.connection.execute(
                "CREATE TABLE IF NOT EXISTS symbol (id BIGINT, text VARCHAR)"
            )
        self._numbers: dict[str, int] = {}
        self._texts: dict[int, str] = {}
        # Of a twin: the catalogue that it came from, to leave its own when it closes.
        self._origin: str | None = None

    def _statement(self) -> Statement:
        return Statement(self.connection.interrupt, extension().OutOfMemoryException)

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        """Return all rows of a statement, as tuples."""
        with self._statement():
            found = self.connection.execute(sql, list(parameters))
            rows = found.fetchmany(_FETCHED)
            if len(rows) == _FETCHED:
                while more := found.fetchmany(_FETCHED):
                    rows += more
                    check()
            return rows

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> None:
        """Run a statement."""
        with self._statement():
            self.connection.execute(sql, list(parameters))

    def insert(self, table: str, rows: Iterable[Row]) -> None:
        """Append rows of integers to a table, all its columns given."""
        # A statement for each row would take a millisecond; lists go in at once.
        rows = list(rows)
        if rows:
            lists = ", ".join("unnest(?::BIGINT[])" for _ in rows[0])
            self.execute(
                f"INSERT INTO {quoted(table)} SELECT {lists}",
                [list(column) for column in zip(*rows, strict=True)],
            )

    def intern(self, text: str) -> int:
        """Return the number of a text; a new one is entered into `symbol`."""
        number = self._numbers.get(text)
        if number is None:
            found = self.query("SELECT id FROM symbol WHERE text = ?", (text,))
            if found:
                number = int(found[0][0])
            else:
                number = int(
                    self.query("SELECT coalesce(max(id) + 1, 0) FROM symbol")[0][0]
                )
                self.execute("INSERT INTO symbol VALUES (?, ?)", (number, text))
            self._numbers[text] = number
            self._texts[number] = text
        return number

    def enter(self, symbols: Iterable[tuple[int, str]]) -> None:
        """Enter texts with their numbers into an empty `symbol` table."""
        entries = list(symbols)
        self.execute(
            "INSERT INTO symbol SELECT unnest(?::BIGINT[]), unnest(?::VARCHAR[])",
            ([number for number, _ in entries], [text for _, text in entries]),
        )

    def text(self, number: int) -> str:
        """Return the text of a number."""
        known = self._texts.get(number)
        if known is None:
            # Neighbours are asked for together: texts are read in runs, and who has
            # asked for many will ask for more.
            run = max(_PAGE, len(self._texts))
            first = number - number % run
            self._texts.update(
                self.query(
                    "SELECT id, text FROM symbol WHERE id BETWEEN ? AND ?",
                    (first, first + run - 1),
                )
            )
            known = self._texts[number]
        return known

    def numbers(self, texts: Iterable[str]) -> dict[str, int]:
        """Return the numbers of texts, of those that have one: nothing is entered."""
        # One question for all: a text is looked for in the whole table.
        texts = list(texts)
        new = sorted({text for text in texts if text not in self._numbers})
        if new:
            marks = ", ".join("?" * len(new))
            found = dict(
                self.query(f"SELECT text, id FROM symbol WHERE text IN ({marks})", new)
            )
            self._numbers.update(found)
            self._texts.update((number, text) for text, number in found.items())
        return {text: self._numbers[text] for text in texts if text in self._numbers}

    def texts(self, numbers: Iterable[int]) -> dict[int, str]:
        """Return the texts of numbers, in the order of the numbers."""
        wanted = sorted({*numbers})
        new = [number for number in wanted if number not in self._texts]
        if new:
            found = self.query(
                "SELECT id, text FROM symbol WHERE id IN (SELECT unnest(?::BIGINT[]))",
                (new,),
            )
            self._texts.update(found)
            self._numbers.update((text, number) for number, text in found)
        return {number: self._texts[number] for number in wanted}

    def twin(self, tables: Iterable[str]) -> Duckdb:
        """Return a new database in memory with copies of some tables, and all texts.

        It is a catalogue beside this one's, so that no row passes through Python.
        """
        (here,) = self.query("SELECT current_database()")[0]
        taken = {
            name
            for (name,) in self.query("SELECT database_name FROM duckdb_databases()")
        }
        name = next(n for i in count(1) if (n := f"twin {i}") not in taken)
        connection = self.connection.cursor()
        connection.execute(f"ATTACH ':memory:' AS {quoted(name)} (READ_WRITE)")
        connection.execute(f"USE {quoted(name)}")
        found = Duckdb(connection=connection)
        found._origin = here
        for table in dict.fromkeys(("symbol", *tables)):
            source = f"{quoted(here)}.main.{quoted(table)}"
            if table != "symbol":
                described = connection.execute(f"DESCRIBE {source}").fetchall()
                typed = ", ".join(
                    f"{column[0]} BIGINT NOT NULL" for column in described
                )
                connection.execute(f"CREATE TABLE {quoted(table)} ({typed})")
            connection.execute(f"INSERT INTO {quoted(table)} SELECT * FROM {source}")
        found._numbers = dict(self._numbers)
        found._texts = dict(self._texts)
        return found

    def close(self) -> None:
        """Close the connection."""
        if self._origin is not None:
            (own,) = self.query("SELECT current_database()")[0]
            self.execute(f"USE {quoted(self._origin)}")
            self.execute(f"DETACH {quoted(own)}")
        self.connection.close()
