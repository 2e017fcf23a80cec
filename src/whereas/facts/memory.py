"""Fact bases without files: rows given in memory, and tables in the other home."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Cell, Invalid
from whereas.facts.base import FactBase, FactFile
from whereas.facts.cells import plainly
from whereas.facts.database import Sqlite, columns, quoted
from whereas.facts.faults import Faults, listed, nearest, shown
from whereas.facts.folder import digest
from whereas.facts.load import new_database
from whereas.facts.records import Table, cells_of, from_objects
from whereas.facts.row_loader import (
    RowLoader,
    contradictory_files,
    create_key_indexes,
    create_tables,
    in_reference_order,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from whereas.facts.database import Dialect
    from whereas.facts.originals import Originals
    from whereas.facts.records import Record
    from whereas.facts.row_loader import Symbols, Tables
    from whereas.policy.core import Policy, Relation


def from_rows(
    policy: Policy,
    rows: Mapping[str, Sequence[Mapping[str, object] | Sequence[object]]],
    *,
    names: Mapping[str, str] | None = None,
    name: str = "",
) -> FactBase:
    """Return facts that are given in memory, checked as those of files are.

    A row is a mapping of columns (an optional one may be left out), or its values
    in the order of the columns. Texts are read as a CSV file's cells are; a number,
    a date, a boolean or None must be what the column holds. An input that is not
    given has no rows. `names` are the file names to show (the relation's, else),
    and `row` is the item's number, from 1; `name` is what the fact base is called.
    Raises `Invalid` with every fault.
    """
    stated = [one for one in policy.relations.values() if one.stated]
    database = Sqlite()
    create_tables(stated, database)
    database.execute("BEGIN")
    files, originals = read_rows(policy, rows, database, names=names)
    database.execute("COMMIT")
    create_key_indexes(stated, database)
    return FactBase(
        path=name,
        sha256=digest({relation: f.sha256 for relation, f in files.items()}),
        files={relation.name: files[relation.name] for relation in stated},
        database=database,
        originals=originals,
    )


def read_rows(
    policy: Policy,
    rows: Mapping[str, Sequence[Mapping[str, object] | Sequence[object]]],
    database: Tables,
    symbols: Symbols | None = None,
    *,
    names: Mapping[str, str] | None = None,
) -> tuple[Mapping[str, FactFile], Originals]:
    """Read rows given in memory into empty tables; see `from_rows`.

    Return what is known of each relation that is stated, and the cells that were read
    as something else. `symbols` are the texts that have their numbers already.
    """
    faults = Faults()
    stated = {r.name: r for r in policy.relations.values() if r.stated}
    files_of = {name: r for name, r in stated.items() if r.has_file}
    called = {name: (names or {}).get(name, name) for name in {**stated, **rows}}
    for given in rows:
        if given not in files_of:
            meant = nearest(given, files_of)
            faults.add(
                Code.STRAY_FILE,
                Cell(called[given]),
                f"the policy has no input {shown(given)}",
                f"did you mean `{meant}`?"
                if meant
                else f"remove it; the inputs are {listed(list(files_of))}",
            )
    reader = RowLoader(stated, faults, database, symbols)
    files: dict[str, FactFile] = {}
    for relation in in_reference_order(files_of.values()):
        file = called[relation.name]
        source = Cell(file)
        seen = _Digest()
        count = 0
        if rows.get(relation.name):
            records = _records(rows[relation.name], source, relation, faults)
            table = Table(tuple(range(relation.arity)), seen.of(records))
            count = reader.read(relation, source, table)
        else:
            reader.empty(relation, source)
        files[relation.name] = FactFile(
            relation=relation.name,
            name=file,
            sheet=None,
            sha256=seen.hash.hexdigest(),
            size=0,
            modified_ns=0,
            rows=count,
        )
    reader.finish()
    files |= contradictory_files(stated.values(), files)
    if faults:
        raise Invalid(faults.diagnostics())
    return files, reader.originals


class _Digest:
    """The sha256 of records, as they pass by."""

    def __init__(self) -> None:
        self.hash = hashlib.sha256()

    def of(self, records: Iterator[Record]) -> Iterator[Record]:
        """Yield the records, each hashed."""
        for number, cells in records:
            line = json.dumps(list(cells), ensure_ascii=False)
            self.hash.update(line.encode("utf-8", "surrogatepass") + b"\n")
            yield number, cells


def _records(
    given: Sequence[Mapping[str, object] | Sequence[object]],
    source: Cell,
    relation: Relation,
    faults: Faults,
) -> Iterator[Record]:
    for number, item in enumerate(given, 1):
        if not isinstance(item, list | tuple):
            yield from from_objects(iter([(number, item)]), source, relation, faults)
        elif len(item) == relation.arity:
            yield number, cells_of(item, number, source, relation, faults)
        else:
            faults.add(
                Code.MALFORMED_FILE,
                source.within(number, None, plainly(item)),
                f"item {number} has {len(item)} values, "
                f"`{relation.name}` has {relation.arity} columns",
                "give one value for each column",
            )


def copy(base: FactBase, home: Dialect, policy: Policy | None = None) -> FactBase:
    """Return the same facts, the very same integers, in a new database in memory.

    With the policy, SQLite's tables get the indexes of their keys.
    """
    if home == base.database.dialect:
        return replace(base, database=base.database.twin(base.files))
    database = new_database(home)
    database.enter(base.database.query("SELECT id, text FROM symbol ORDER BY id"))
    kind = "INTEGER" if home == "sqlite" else "BIGINT"
    for name in base.files:
        # The table itself says how many columns there are: `row` is the last.
        first = base.database.query(f"SELECT * FROM {quoted(name)} LIMIT 1")
        arity = len(first[0]) - 1 if first else _arity(base, name)
        listed_ = ", ".join((*columns(arity), "row"))
        typed = ", ".join(f"{c} {kind} NOT NULL" for c in (*columns(arity), "row"))
        database.execute(f"CREATE TABLE {quoted(name)} ({typed})")
        rows = base.database.query(f"SELECT {listed_} FROM {quoted(name)} ORDER BY row")
        database.insert(name, rows)
    if policy is not None and home == "sqlite":
        create_key_indexes([policy.relations[name] for name in base.files], database)
    return replace(base, database=database)


def _arity(base: FactBase, name: str) -> int:
    """Return the number of value columns of an empty table."""
    if base.database.dialect == "sqlite":
        return len(base.database.query(f"PRAGMA table_info({quoted(name)})")) - 1
    return len(base.database.query(f"DESCRIBE {quoted(name)}")) - 1
