"""One large file into `staging`: a table of its cells as numbers, and what it counts.

A cell that does not fit its column is NULL there. A file that SQL cannot be trusted
to read as `delimited` does (the counts of its line ends, commas and quotation marks
do not add up) is staged through the row path's reader and then goes the same way; so
is one whose cells may stand for their values in other characters.
"""

from __future__ import annotations

import csv
import itertools
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whereas.facts.database import Duckdb, extension, quoted
from whereas.facts.faults import CellError, Faults
from whereas.facts.limits import CELL_CHARACTERS
from whereas.facts.normal import normalise_cell, unplain
from whereas.facts.opening import opened
from whereas.facts.parquet import require_parquet_size
from whereas.facts.reading import (
    LINE_BYTES,
    cell,
    literal,
    parquet_fits,
    read_csv,
)
from whereas.facts.records import columns_of, csv_header

if TYPE_CHECKING:
    from collections.abc import Mapping

    from whereas.facts.found import Found
    from whereas.facts.originals import Originals
    from whereas.facts.shape import Shape
    from whereas.policy.core import Column, Relation

# Where a row of `staging` stands in its file.
_CSV_ROW = "staging.rowid + 2"
_PARQUET_ROW = "staging.rowid + 1"
_STAGED_ROW = "staging.row"

# How many different cells that do not fit are looked at before a file is staged.
_LOOKED_AT = 1000


@dataclass(frozen=True, slots=True)
class Counts:
    """What one pass over `staging` counts.

    `filled` are the cells of each column that fit. `key` is of a key of one text
    column: how many hashes it has, its least and its greatest text. `lines` and
    `commas` are the line ends and commas within values, `unplain` the codes that
    hold a character which is no part of a code.
    """

    rows: int
    filled: tuple[int, ...]
    key: tuple[int, str, str] | None
    lines: int
    commas: int
    unplain: int

    def explain(self, shape: Shape, width: int) -> bool:
        """Whether a CSV file of this shape has just these rows."""
        return shape.is_explained_by(self.rows, width, self.lines, self.commas)

    def fit(self, relation: Relation) -> bool:
        """Whether each cell fits its column as it stands."""
        return not self.unplain and all(
            filled == self.rows or (is_plain(column) and column.type.optional)
            for column, filled in zip(relation.columns, self.filled, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Staged:
    """How `staging` was made: the SQL of a row's number, and the counts."""

    row: str
    counts: Counts


class StagingReader:
    """Reads the files of a fact set into `staging`, one after the other."""

    def __init__(
        self, database: Duckdb, members: Mapping[str, int], originals: Originals
    ) -> None:
        """Read into a database; `members` are the numbers of enumerations' words.

        What a file says otherwise than in plain characters is noted in `originals`.
        """
        self._database = database
        self._members = members
        self._originals = originals

    def read(self, relation: Relation, file: Found, shape: Shape) -> Staged | None:
        """Make `staging`; return None where the file cannot be read by sets."""
        row = self._stage(relation, file, shape)
        if row is None:
            return None
        counts = self._counts(relation, quotes=bool(shape.quotes and row == _CSV_ROW))
        if row == _CSV_ROW and not counts.explain(shape, relation.arity):
            again = self._again(relation, file, shape)
            if again is None:
                return None
            row, counts = again
        if row != _STAGED_ROW and not counts.fit(relation):
            # Cells may stand for their values in other characters: rows read those.
            if row == _CSV_ROW:
                with suppress(extension().Error):
                    if self._is_hopeless(relation, file, counts):
                        return Staged(row, counts)
            if shape.nul or not self._staged(relation, file):
                return None
            row, counts = _STAGED_ROW, self._counts(relation, quotes=False)
        return Staged(row, counts)

    def _is_hopeless(self, relation: Relation, file: Found, counts: Counts) -> bool:
        """Whether a CSV file has a cell that does not fit however it is read.

        Only to save the time of staging it: not all such cells are found.
        """
        order = csv_header(file, relation)
        assert order is not None  # noqa: S101  # it was read
        copy = file.snapshot
        source = read_csv(copy.path, copy.size, [f"c{i}" for i in order])
        for i, column in enumerate(relation.columns):
            if counts.filled[i] == counts.rows:
                continue
            fits = cell(f"c{i}", column.type, self._members)
            if is_plain(column):
                if not column.type.optional:
                    return True
                continue
            odd = self._database.query(
                f"SELECT DISTINCT c{i} FROM {source} WHERE {fits} IS NULL "
                f"LIMIT {_LOOKED_AT}"
            )
            meant = [normalise_cell(text or "", column) for (text,) in odd]
            asked = ", ".join(f"({literal(text)})" for text in meant)
            if self._one(
                f"SELECT count(*) FROM (SELECT nullif(t, '') AS c{i} "
                f"FROM (VALUES {asked}) AS v(t)) AS w WHERE {fits} IS NULL"
            )[0]:
                return True
        return False

    def _again(
        self, relation: Relation, file: Found, shape: Shape
    ) -> tuple[str, Counts] | None:
        """Read a CSV file with one thread, and else as the row path does."""
        with suppress(extension().Error):
            if self._csv(relation, file, parallel=False):
                counts = self._counts(relation, quotes=bool(shape.quotes))
                if counts.explain(shape, relation.arity):
                    return _CSV_ROW, counts
        if shape.nul or not self._staged(relation, file):
            return None
        return _STAGED_ROW, self._counts(relation, quotes=False)

    def _counts(self, relation: Relation, *, quotes: bool) -> Counts:
        """Count all that must be known of `staging`, in one pass."""
        asked = ["count(*)", *(f"count(c{i})" for i in range(relation.arity))]
        key = relation.key[0]
        own = len(relation.key) == 1 and is_own(relation.columns[key])
        if own:
            asked += [f"count(DISTINCT hash(c{key}))", f"min(c{key})", f"max(c{key})"]
        # Line ends and commas within values, where there are quotation marks.
        texts = [i for i, column in enumerate(relation.columns) if is_plain(column)]
        for mark in ("chr(10)", "','") if quotes else ():
            asked += [
                f"sum(length(c{i}) - length(replace(c{i}, {mark}, '')))" for i in texts
            ]
        inside = len(texts) if quotes else 0
        asked += [
            f"count(*) FILTER (regexp_matches(c{i}, {literal(unplain(column))}))"
            for i, column in enumerate(relation.columns)
            if column.code
        ]
        found = iter(self._one(f"SELECT {', '.join(asked)} FROM staging"))
        return Counts(
            rows=next(found),
            filled=tuple(itertools.islice(found, relation.arity)),
            key=tuple(itertools.islice(found, 3)) if own else None,
            lines=sum(n or 0 for n in itertools.islice(found, inside)),
            commas=sum(n or 0 for n in itertools.islice(found, inside)),
            unplain=sum(found),
        )

    def _stage(self, relation: Relation, file: Found, shape: Shape) -> str | None:
        """Make `staging`, with each column of the relation; return the row's SQL.

        Text stays text, everything else is a number already, and NULL where it
        does not fit (in a text: where it is empty).
        """
        try:
            if file.suffix == ".csv" and self._csv(relation, file, parallel=True):
                return _CSV_ROW
            if file.suffix == ".parquet" and self._parquet(relation, file):
                return _PARQUET_ROW
        except extension().Error:
            if file.suffix == ".csv":
                with suppress(extension().Error):
                    self._csv(relation, file, parallel=False)
                    return _CSV_ROW
        if shape.nul or not self._staged(relation, file):
            return None
        return _STAGED_ROW

    def _csv(self, relation: Relation, file: Found, *, parallel: bool) -> bool:
        order = csv_header(file, relation)
        if order is None:
            return False
        names = [f"c{position}" for position in order]
        copy = file.snapshot
        self._run(
            f"CREATE OR REPLACE TEMP TABLE staging AS SELECT {self._cells(relation)} "
            f"FROM {read_csv(copy.path, copy.size, names, parallel=parallel)}"
        )
        return True

    def _parquet(self, relation: Relation, file: Found) -> bool:
        try:
            require_parquet_size(self._database.connection, file.snapshot.path)
        except CellError:
            return False
        source = f"read_parquet({literal(file.snapshot.path)})"
        described = self._database.query(f"DESCRIBE SELECT * FROM {source}")
        words = [str(row[0]) for row in described]
        order = columns_of(words, file.place, relation, Faults())
        if order is None:
            return False
        texts = []
        for i, word, row in zip(order, words, described, strict=True):
            if not parquet_fits(str(row[1]), relation.columns[i].type):
                return False
            texts.append(f"nullif(CAST({quoted(word)} AS VARCHAR), '') AS c{i}")
        self._run(
            f"CREATE OR REPLACE TEMP TABLE staging AS SELECT {self._cells(relation)} "
            f"FROM (SELECT {', '.join(texts)} FROM {source})"
        )
        plain = [i for i, column in enumerate(relation.columns) if is_plain(column)]
        return not plain or not any(
            self._one(
                "SELECT "
                + ", ".join(
                    f"count(*) FILTER (contains(c{i}, chr(0)) "
                    f"OR length(c{i}) > {CELL_CHARACTERS})"
                    for i in plain
                )
                + " FROM staging"
            )
        )

    def _staged(self, relation: Relation, file: Found) -> bool:
        """Read a file as the row path does, and hand its cells over as a plain CSV."""
        faults = Faults()
        noted = self._originals
        with (
            suppress(UnicodeDecodeError, OSError),
            tempfile.TemporaryDirectory() as folder,
        ):
            path = Path(folder) / "cells.csv"
            with (
                path.open("w", encoding="utf-8", newline="") as out,
                opened(file, relation, faults) as table,
            ):
                if table is None:
                    return False
                write = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
                longest = 0
                write.writerow([*(f"c{position}" for position in table.order), "row"])
                columns = [relation.columns[position] for position in table.order]
                for number, cells in table.records:
                    read = [*map(normalise_cell, cells, columns)]
                    if read != cells:
                        noted.note(relation, number, table.order, cells)
                    write.writerow([*read, number])
                    longest = max(longest, sum(map(len, read)))
                    if faults:
                        return False
            names = [*(f"c{position}" for position in table.order), "row"]
            if faults:
                return False
            # Quoted texts at most double, and a character has at most four bytes.
            bytes_ = max(LINE_BYTES, longest * 8 + 1000)
            size = path.stat().st_size
            self._run(
                f"CREATE OR REPLACE TEMP TABLE staging AS "
                f"SELECT {self._cells(relation)}, CAST(row AS BIGINT) AS row "
                f"FROM {read_csv(str(path), size, names, bytes_, parallel=False)}"
            )
            return True
        return False

    def _cells(self, relation: Relation) -> str:
        return ", ".join(
            f"{cell(f'c{i}', column.type, self._members)} AS c{i}"
            for i, column in enumerate(relation.columns)
        )

    def _run(self, sql: str) -> None:
        self._database.execute(sql)

    def _one(self, sql: str) -> tuple[Any, ...]:
        row: tuple[Any, ...] = self._database.query(sql)[0]
        return row


def is_plain(column: Column) -> bool:
    """Whether a column holds texts that are not known beforehand."""
    return column.type.kind == "text" and not column.type.members


def is_own(column: Column) -> bool:
    """Whether a column's texts are of its own, and no reference to others."""
    return is_plain(column) and column.references is None
