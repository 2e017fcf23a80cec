"""Fact files into tables, row by row: the path of small sets, and of every message.

The relations come in an order in which a referenced one stands before those that
refer to it, wherever that is possible, so that a reference is checked as it is
read; the others wait until all keys are known.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import TYPE_CHECKING, Protocol

from whereas.codes import Code
from whereas.diagnostics import Cell, Label
from whereas.facts.cells import Encoder, empty
from whereas.facts.database import Database, Row, columns, quoted
from whereas.facts.faults import CellError, Faults, shown, unseen
from whereas.facts.normal import is_read_otherwise
from whereas.facts.originals import Originals
from whereas.facts.records import FAULTY, Table
from whereas.values import NONE, TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from whereas.facts.base import FactFile
    from whereas.facts.found import Found
    from whereas.policy.core import Column, Relation

_BATCH = 5_000


class Tables(Protocol):
    """The tables that a loader fills: of a database, or of one world of it."""

    def insert(self, table: str, rows: Iterable[Row]) -> None:
        """Append rows of integers to a table, all its columns given."""

    def enter(self, symbols: Iterable[tuple[int, str]]) -> None:
        """Enter texts with their numbers."""


class Symbols(dict[str, int]):
    """Texts and their numbers; a text looked up for the first time gets the next."""

    def __missing__(self, text: str) -> int:
        if not text:
            raise empty(TEXT)
        number = len(self)
        self[text] = number
        return number


@dataclass(slots=True)
class _Keys:
    """The keys of a relation, each with its row; `known` once all are there."""

    rows: dict[object, int] = field(default_factory=dict)
    known: bool = False
    # Not all keys could be read: nothing is said of references.
    broken: bool = False


@dataclass(slots=True)
class _SameKey:
    """The rows of each key, for an input whose rows may contradict one another."""

    rows: dict[object, dict[Row, int]] = field(default_factory=dict)

    def add(self, key: object, row: Row, number: int) -> int | None:
        """Keep a row; return the number of an equal one, if there is one before."""
        first = self.rows.setdefault(key, {}).setdefault(row, number)
        return None if first == number else first

    def contradictory(self) -> list[Row]:
        """Return the rows of the keys that have several, each with its number."""
        return [
            (*row, number)
            for rows in self.rows.values()
            if len(rows) > 1
            for row, number in rows.items()
        ]


@dataclass(frozen=True, slots=True)
class _Reference:
    """A column that refers to the key of another relation."""

    position: int
    column: str
    target: str


@dataclass(frozen=True, slots=True)
class _Reading:
    """A relation that is being read; `back` says where in a record each column is."""

    relation: Relation
    source: Cell
    table: Table
    keys: _Keys
    back: tuple[int, ...]


class RowLoader:
    """Reads one relation after another; with a database, fills its tables."""

    def __init__(
        self,
        relations: Mapping[str, Relation],
        faults: Faults,
        database: Tables | None,
        symbols: Symbols | None = None,
    ) -> None:
        """Start without rows; `symbols` are texts that have their numbers already."""
        self.originals = Originals()
        self._relations = relations
        self._faults = faults
        self._database = database
        self._symbols = Symbols() if symbols is None else symbols
        self._keys = {name: _Keys() for name in relations}
        self._names: dict[str, str] = {}
        self._pending: list[tuple[_Reference, Cell, int]] = []

    def read(self, relation: Relation, source: Cell, table: Table | None) -> int:
        """Read the records of a relation; return how many there are."""
        keys = self._keys[relation.name]
        self._names[relation.name] = source.table
        count = 0
        if table is None:
            keys.broken = True
        else:
            count = self._rows(_Reading(relation, source, table, keys, table.back))
        keys.broken |= source.table in self._faults.broken
        keys.known = True
        return count

    def empty(self, relation: Relation, source: Cell) -> None:
        """Note that a relation has no rows: its keys are known, and there are none."""
        self._names[relation.name] = source.table
        self._keys[relation.name].known = True

    def absent(self, relation: Relation) -> None:
        """Note that a relation has no file: nothing is known of its keys."""
        self._keys[relation.name] = _Keys(known=True, broken=True)

    def finish(self) -> None:
        """Check the references that had to wait, and enter the texts."""
        for reference, at, stored in self._pending:
            self._refer(reference, at, stored)
        if self._database is not None:
            self._database.enter(
                (number, text) for text, number in self._symbols.items()
            )

    def _encoder(self, column: Column, otherwise: set[str]) -> Mapping[str, int]:
        if not is_read_otherwise(column) and not column.type.optional:
            return self._symbols
        return Encoder(column, self._symbols.__getitem__, otherwise)

    def _rows(self, reading: _Reading) -> int:
        relation, source = reading.relation, reading.source
        # The texts, of all columns, that stand for a value in other characters.
        otherwise: set[str] = set()
        encoders = [self._encoder(column, otherwise) for column in relation.columns]
        inputs = [encoders[position] for position in reading.table.order]
        in_order = reading.back == tuple(range(relation.arity))
        key_of = itemgetter(*relation.key)
        references = [
            _Reference(i, str(c.name), str(c.references))
            for i, c in enumerate(relation.columns)
            if c.references in self._relations
        ]
        found: list[Row] = []
        seen = reading.keys.rows
        several = _SameKey() if relation.contradictions is not None else None
        count = 0
        for number, cells in reading.table.records:
            count += 1
            try:
                # Equally long: the reader holds that, and this is the inner loop.
                pairs = zip(inputs, cells, strict=True)
                read = [encoder[cell] for encoder, cell in pairs]
            except CellError:
                self._faulty(reading, encoders, number, cells)
                continue
            row = tuple(read) if in_order else tuple(read[i] for i in reading.back)
            key = key_of(row)
            first = seen.setdefault(key, number)
            if several is not None:
                same = several.add(key, row, number)
                if same is not None:
                    self._doubled(reading, number, same, cells)
            elif first != number:
                self._doubled(reading, number, first, cells)
            for reference in references:
                stored = row[reference.position]
                target = self._keys[reference.target]
                if not target.known or (
                    stored not in target.rows and not target.broken
                ):
                    cell = cells[reading.back[reference.position]]
                    at = source.within(number, reference.column, cell)
                    self._refer(reference, at, stored)
            if otherwise and not otherwise.isdisjoint(cells):
                self.originals.note(relation, number, reading.table.order, cells)
            if several is None or first == number:
                found.append((*row, number))
            if len(found) == _BATCH:
                self._insert(relation, found)
                found.clear()
        self._insert(relation, found)
        apart = self._relations.get(relation.contradictions or "")
        if several is not None and apart is not None:
            self._insert(apart, several.contradictory())
        return count

    def _insert(self, relation: Relation, rows: Iterable[Row]) -> None:
        if self._database is not None:
            self._database.insert(relation.name, rows)

    def _faulty(
        self,
        reading: _Reading,
        encoders: Sequence[Mapping[str, int]],
        number: int,
        cells: Sequence[str],
    ) -> None:
        """Enter every fault of a row, and use what of it can be read."""
        relation, keys = reading.relation, reading.keys
        row: dict[int, int] = {}
        for position, cell in zip(reading.table.order, cells, strict=True):
            if cell == FAULTY:
                continue
            column = relation.columns[position]
            at = reading.source.within(number, column.name, cell)
            try:
                row[position] = encoders[position][cell]
            except CellError as fault:
                self._faults.add(fault.code, at, fault.message, fault.help)
                continue
            if column.references in self._relations:
                reference = _Reference(
                    position, str(column.name), str(column.references)
                )
                self._refer(reference, at, row[position])
        if all(position in row for position in relation.key):
            key = itemgetter(*relation.key)(row)
            if keys.rows.setdefault(key, number) != number:
                self._doubled(reading, number, keys.rows[key], cells)
        else:
            keys.broken = True

    def _refer(self, reference: _Reference, at: Cell, stored: int) -> None:
        target = self._keys[reference.target]
        if not target.known:
            self._pending.append((reference, at, stored))
            return
        if stored in target.rows or target.broken or stored == NONE:
            return
        file = self._names[reference.target]
        key = self._relations[reference.target]
        column = key.columns[key.key[0]].name
        value = at.value or ""
        near = next(
            (
                text
                for text in (value.strip(), f"{value} ", f" {value}")
                if text != value and self._symbols.get(text) in target.rows
            ),
            None,
        )
        message = f"no row of `{reference.target}` has the {column} {shown(value)}"
        if near is None:
            help_ = f"add it to `{file}`, or correct it here"
        elif len(near) < len(value):
            message += f": it has {unseen(value, [near])}"
            help_ = f"take the blank away: `{file}` has {shown(near)}"
        else:
            message += f", but {shown(near)}: that has {unseen(near, [value])}"
            help_ = f"take the blank away in `{file}`"
        self._faults.add(Code.DANGLING_REFERENCE, at, message, help_)

    def _doubled(
        self, reading: _Reading, number: int, first: int, cells: Sequence[str]
    ) -> None:
        relation, source = reading.relation, reading.source
        words = [
            (relation.columns[position].name, cells[reading.back[position]])
            for position in relation.key
        ]
        alone = words[0] if len(words) == 1 else (None, None)
        what = ", ".join(f"{column} {shown(cell)}" for column, cell in words)
        whole = len(relation.key) == relation.arity and relation.arity > 1
        self._faults.add(
            Code.DUPLICATE_KEY,
            source.within(number, *alone),
            f"the {'row' if whole else 'key'} {what} stands in row {first} already",
            "remove one of the two rows"
            if whole
            else "remove one of the two rows, or correct its key",
            (Label(source.within(first), "first here"),),
        )


def contradictory_files(
    relations: Iterable[Relation],
    files: Mapping[str, FactFile],
) -> dict[str, FactFile]:
    """Return the files of the rows that contradict one another: those of the inputs."""
    return {
        relation.name: replace(
            files[relation.contradicts or ""], relation=relation.name
        )
        for relation in relations
        if relation.contradicts in files
    }


def create_tables(relations: Iterable[Relation], database: Database) -> None:
    """Create the empty tables of stated relations."""
    kind = "INTEGER" if database.dialect == "sqlite" else "BIGINT"
    for relation in relations:
        values = ", ".join(f"{c} {kind} NOT NULL" for c in columns(relation.arity))
        database.execute(
            f"CREATE TABLE {quoted(relation.name)} ({values}, row {kind} NOT NULL)"
        )


def create_key_indexes(relations: Iterable[Relation], database: Database) -> None:
    """Create the unique index of each key: references and proofs look rows up by it."""
    for relation in relations:
        key = ", ".join(f"a{position}" for position in relation.key)
        database.execute(
            f"CREATE UNIQUE INDEX {quoted('key.' + relation.name)}"
            f" ON {quoted(relation.name)} ({key})"
        )


def in_reference_order(
    relations: Iterable[Relation], found: Mapping[str, Found] | None = None
) -> list[Relation]:
    """Return the relations, each after those that it refers to, but for circles.

    Where there is a choice, the one with the smallest file comes first.
    """
    waiting = {relation.name: relation for relation in relations}
    ordered: list[Relation] = []
    while waiting:
        ready = [
            relation
            for relation in waiting.values()
            if not any(
                c.references in waiting and c.references != relation.name
                for c in relation.columns
            )
        ] or [next(iter(waiting.values()))]
        if found is not None:
            ready.sort(key=lambda r: found[r.name].size if r.name in found else 0)
        ordered.append(waiting.pop(ready[0].name))
    return ordered
