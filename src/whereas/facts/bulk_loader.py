"""Large fact files into tables, set-at-a-time: DuckDB reads, SQL checks and interns.

Nothing is said here about what is wrong: a relation in which anything is amiss is
handed back, and the row path (`row_loader`) reads it again and words every message.

Texts become numbers as a by-product of the checks: a key's rows are numbered in
the order of the file, a reference takes the number of the key that it is joined
with, an enumeration is a CASE over constants, and only what is left is looked up
in `symbol`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from whereas.diagnostics import Invalid
from whereas.facts.database import Duckdb, quoted
from whereas.facts.originals import Originals
from whereas.facts.shape import Shape
from whereas.facts.staging import StagingReader, is_plain
from whereas.values import NONE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from whereas.facts.found import Found
    from whereas.facts.staging import Counts
    from whereas.policy.core import Column, Relation

# The largest map of keys, in bits: 8 MB in each thread.
_MAP_BITS = 64_000_000


@dataclass(frozen=True, slots=True)
class _Block:
    """Where the texts of a relation's key stand in `symbol`: a stretch of numbers."""

    first: int
    end: int
    least: str
    greatest: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The number of rows of each relation, and the relations that are at fault."""

    rows: dict[str, int]
    amiss: set[str]
    originals: Originals


class BulkLoader:
    """Reads the relations of a fact set, referenced ones first, into DuckDB."""

    def __init__(self, database: Duckdb, relations: Mapping[str, Relation]) -> None:
        self._database = database
        self._relations = relations
        self._blocks: dict[str, _Block] = {}
        self._members: dict[str, int] = {}
        self._next = 0
        self._loaded: set[str] = set()
        self._amiss: set[str] = set()
        self._rows: dict[str, int] = {}
        self._later: list[tuple[str, int, str]] = []
        self._originals = Originals()
        self._reader = StagingReader(database, self._members, self._originals)

    def read(self, order: list[Relation], found: Mapping[str, Found]) -> Outcome:
        """Load all relations; where something is amiss, the table is not to be used."""
        self._enter_members(order)
        # Copying and hashing leave the interpreter's lock: they run beside SQL.
        with ThreadPoolExecutor(1) as pool:
            pending = {
                relation.name: pool.submit(_copied, found[relation.name])
                for relation in order
                if relation.name in found
            }
            for relation in order:
                file = found.get(relation.name)
                if file is None:
                    self._amiss.add(relation.name)
                    continue
                if self._relation(relation, file, pending[relation.name].result()):
                    self._loaded.add(relation.name)
                else:
                    self._amiss.add(relation.name)
        self._run("DROP TABLE IF EXISTS staging")
        self._run("DROP TABLE IF EXISTS words")
        for name, position, target in self._later:
            self._check_later(name, position, target)
        return Outcome(self._rows, self._amiss, self._originals)

    # --- one relation -------------------------------------------------------------

    def _relation(self, relation: Relation, file: Found, shape: Shape | None) -> bool:
        staged = self._reader.read(relation, file, shape) if shape else None
        if staged is None:
            return False
        self._rows[relation.name] = staged.counts.rows
        return staged.counts.fit(relation) and self._finish(
            relation, staged.counts, staged.row
        )

    def _finish(  # noqa: PLR0912  # a case for each way to a number
        self, relation: Relation, counts: Counts, row: str
    ) -> bool:
        """Make a relation's table from `staging`; return whether its key is unique."""
        count = counts.rows
        block = None
        if counts.key is not None and count:
            hashes, least, greatest = counts.key
            column_ = f"c{relation.key[0]}"
            if hashes != count and not self._unique(column_, "staging", count):
                return False
            block = self._key_block(column_, count, least, greatest)
        joins: list[str] = []
        values: list[str] = []
        words: list[int] = []
        linked: list[int] = []
        for i, column in enumerate(relation.columns):
            target = column.references
            if block is not None and i == relation.key[0]:
                values.append(f"staging.rowid + {block.first}")
            elif not is_plain(column):
                values.append(f"staging.c{i}")
                if target is not None:
                    self._later.append((relation.name, i, target))
            elif target in self._amiss:
                # Nothing is known of those keys; the row path will tell.
                self._amiss.add(relation.name)
                words.append(i)
                values.append(self._looked_up(i, column))
            elif target in self._loaded and target is not None:
                joins.append(
                    f"LEFT JOIN ({self._keys(target)}) m{i} ON m{i}.text = staging.c{i}"
                )
                values.append(self._looked_up(i, column))
                linked.append(i)
            else:
                if target is not None:
                    self._later.append((relation.name, i, target))
                words.append(i)
                values.append(self._looked_up(i, column))
        if words:
            known = self._enter_words(words)
            joins += [
                f"LEFT JOIN {known} m{i} ON m{i}.text = staging.c{i}" for i in words
            ]
        listed = ", ".join(f"{value} AS a{i}" for i, value in enumerate(values))
        self._run(
            f"CREATE TABLE {quoted(relation.name)} AS "
            f"SELECT {listed}, {row} AS row FROM staging {' '.join(joins)}"
        )
        key = [] if block else [f"a{i}" for i in relation.key]
        asked = [f"count(a{i})" for i in linked]
        asked += [f"{bound}({a})" for a in key for bound in ("min", "max")]
        table = quoted(relation.name)
        found = self._one(f"SELECT {', '.join(asked)} FROM {table}") if asked else ()
        if any(number != count for number in found[: len(linked)]):
            return False
        if block is not None:
            self._blocks[relation.name] = block
            return True
        return not count or self._distinct(key, found[len(linked) :], table, count)

    @staticmethod
    def _looked_up(i: int, column: Column) -> str:
        if column.type.optional:
            return f"CASE WHEN staging.c{i} IS NULL THEN {NONE} ELSE m{i}.id END"
        return f"m{i}.id"

    def _distinct(
        self, key: list[str], bounds: tuple[int, ...], table: str, count: int
    ) -> bool:
        """Return whether a key of numbers within bounds has no doubles.

        Where the numbers lie close together each key is one bit of a map, which
        costs a tenth of grouping.
        """
        place, cells = "0", 1
        for a, least, most in zip(key, bounds[::2], bounds[1::2], strict=True):
            cells *= most - least + 1
            place = f"({place} * {most - least + 1} + ({a} - {least}))"
            if cells > _MAP_BITS:
                return self._unique(", ".join(key), table, count)
        marked = f"SELECT bit_count(bitstring_agg({place}, 0, {cells})) FROM {table}"
        return bool(self._one(marked)[0] == count)

    def _unique(self, key: str, table: str, count: int) -> bool:
        """Return whether a key has no doubles; hashes that differ say so cheaply."""
        hashes = f"SELECT count(DISTINCT hash({key})) FROM {table}"
        if self._one(hashes)[0] == count:
            return True
        distinct = f"SELECT count(*) FROM (SELECT DISTINCT {key} FROM {table})"
        return bool(self._one(distinct)[0] == count)

    def _key_block(
        self, column: str, count: int, least: str, greatest: str
    ) -> _Block | None:
        """Enter the texts of a key into `symbol`, numbered as they stand in the file.

        None, and nothing is entered, if one of them stands there already.
        """
        apart = " AND ".join(
            f"NOT id BETWEEN {block.first} AND {block.end - 1}"
            for block in self._blocks.values()
            if block.greatest < least or greatest < block.least
        )
        shared = self._one(
            f"SELECT count(*) FROM staging SEMI JOIN "
            f"(SELECT text FROM symbol WHERE {apart or 'true'}) ON text = {column}"
        )
        if shared[0]:
            return None
        first = self._next
        self._next += count
        self._run(f"INSERT INTO symbol SELECT rowid + {first}, {column} FROM staging")
        return _Block(first, self._next, least, greatest)

    def _keys(self, target: str) -> str:
        """Return a query for the keys of a relation, texts with their numbers."""
        block = self._blocks.get(target)
        if block is not None:
            return (
                "SELECT text, id FROM symbol "
                f"WHERE id >= {block.first} AND id < {block.end}"
            )
        position = self._relations[target].key[0]
        return (
            f"SELECT text, id FROM symbol SEMI JOIN {quoted(target)} "
            f"ON id = a{position}"
        )

    def _enter_words(self, positions: list[int]) -> str:
        """Enter the texts of some columns; return a query for them, with numbers."""
        texts = " UNION ALL ".join(
            f"SELECT DISTINCT c{i} AS text FROM staging WHERE c{i} IS NOT NULL"
            for i in positions
        )
        self._run(
            f"""CREATE OR REPLACE TEMP TABLE words AS
            SELECT text, id FROM (SELECT DISTINCT text FROM ({texts}))
            LEFT JOIN symbol USING (text) ORDER BY id NULLS FIRST, text"""
        )
        # What is new stands first: its place in `words` numbers it.
        fresh = f"SELECT rowid + {self._next}, text FROM words WHERE id IS NULL"
        known = f"coalesce(id, rowid + {self._next})"
        self._next += self._one(f"INSERT INTO symbol {fresh}")[0]
        return f"(SELECT text, {known} AS id FROM words)"

    def _check_later(self, name: str, position: int, target: str) -> None:
        """Check a reference that was not joined: by the stored numbers."""
        if name in self._amiss:
            return
        if target in self._amiss:
            self._amiss.add(name)
            return
        key = self._relations[target].key[0]
        dangling = self._one(
            f"SELECT count(*) FROM {quoted(name)} x "
            f"ANTI JOIN {quoted(target)} y ON x.a{position} = y.a{key} "
            f"WHERE x.a{position} <> {NONE}"
        )
        if dangling[0]:
            self._amiss.add(name)

    def _enter_members(self, relations: list[Relation]) -> None:
        for relation in relations:
            for column in relation.columns:
                for member in column.type.members:
                    self._members.setdefault(member, len(self._members))
        self._next = len(self._members)
        if self._members:
            self._database.enter((n, text) for text, n in self._members.items())

    def _run(self, sql: str) -> None:
        self._database.execute(sql)

    def _one(self, sql: str) -> tuple[Any, ...]:
        row: tuple[Any, ...] = self._database.query(sql)[0]
        return row


def _copied(file: Found) -> Shape | None:
    """Copy a file; return its shape (counted for CSV), or None if that fails."""
    shape = Shape()
    try:
        file.take(shape if file.suffix == ".csv" else None)
    except (OSError, Invalid):
        # The row loader reads it again, and says what is wrong.
        return None
    return shape
