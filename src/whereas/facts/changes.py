"""Facts and changes of them into new facts: rows added, withdrawn, corrected.

A change speaks of whole rows. What it gives is checked like a fact file: types,
keys, references, enumerations, and all faults are said at once. The files stay as
they are, and so does the fact base that the changes are made to. Each row that a
change gave remembers it (`FactBase.supposed`), so that a proof can say so.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Cell, Diagnostic, Invalid, Label, Span
from whereas.facts.base import Supposed
from whereas.facts.cells import Encoder, plainly, typed
from whereas.facts.database import columns, quoted
from whereas.facts.faults import CellError, shown
from whereas.facts.memory import copy
from whereas.facts.records import clean
from whereas.policy.spelling import did_you_mean
from whereas.values import NONE, Value, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from whereas.diagnostics import Place
    from whereas.facts.base import FactBase
    from whereas.facts.database import Database
    from whereas.policy.core import Policy, Relation

Stored = tuple[int, ...]

# How many rows are deleted by one statement.
_TOGETHER = 1_000


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a change is stated: in which file, and its number there.

    One that is stated in no file (in the words of a command) has an empty name.
    """

    file: str
    item: int
    span: Span | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return (
            f"{self.file}, change {self.item}" if self.file else f"change {self.item}"
        )


@dataclass(frozen=True, slots=True)
class Addition:
    """A row that is to be there."""

    relation: str
    values: tuple[Value, ...]
    at: Entry | None = None

    def __str__(self) -> str:
        return f"add {_row(self.relation, self.values)}"


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A row that is to be gone."""

    relation: str
    values: tuple[Value, ...]
    at: Entry | None = None

    def __str__(self) -> str:
        return f"withdraw {_row(self.relation, self.values)}"


@dataclass(frozen=True, slots=True)
class Correction:
    """A row that is to stand as `changed`, in its place among the others."""

    relation: str
    values: tuple[Value, ...]
    changed: tuple[Value, ...]
    at: Entry | None = None

    def __str__(self) -> str:
        after = _row("", self.changed)
        return f"change {_row(self.relation, self.values)} to {after}"


# Without `at` a change is only proposed.
Change = Addition | Withdrawal | Correction


def changed(base: FactBase, policy: Policy, changes: Sequence[Change]) -> FactBase:
    """Return the facts with changes made to them, one after the other.

    Keys and references must be right when all changes are made. A text stands for a
    value of any type, written as in a fact file. The new fact base has tables of its
    own, in the home of the old one, and no derived ones. Raises `Invalid` with every
    fault: an unknown relation, a value that does not fit its column, no row to
    withdraw or to correct, a row or key that is there already, a reference to a key
    that is not there (any more).
    """
    facts = copy(base, base.database.dialect)
    work = _Changes(policy, facts)
    # All at once: DuckDB would look for each text in the whole table.
    facts.database.numbers(
        {value for one in changes for value in _values(one) if isinstance(value, str)}
    )
    for change in changes:
        work.make(change)
    work.check()
    if work.faults:
        facts.database.close()
        raise Invalid(work.faults)
    work.write()
    return replace(
        facts,
        sha256=_digest(base.sha256, work.made) if changes else base.sha256,
        files={
            name: replace(file, rows=file.rows + work.grown(name))
            for name, file in facts.files.items()
        },
        supposed=work.supposed(),
    )


def _values(change: Change) -> tuple[Value, ...]:
    """Return every value that a change names."""
    more = change.changed if isinstance(change, Correction) else ()
    return (*change.values, *more)


def _row(relation: str, values: Sequence[Value]) -> str:
    return f"{relation}({', '.join(map(written, values))})"


def _digest(before: str, lines: Sequence[Sequence[object]]) -> str:
    found = hashlib.sha256(f"{before}\n".encode())
    for line in lines:
        text = json.dumps(line, ensure_ascii=False)
        found.update(text.encode("utf-8", "surrogatepass") + b"\n")
    return found.hexdigest()


@dataclass(slots=True)
class _Table:
    """A relation while changes are made to it: what is gone, and what is there.

    Rows go by the table's `row`. `gone` are rows of the table that are not to stay,
    with the change that took them; `there` are rows that changes gave.
    """

    relation: Relation
    encoders: tuple[Encoder, ...]
    top: int
    gone: dict[int, tuple[Stored, Change]] = field(default_factory=dict)
    there: dict[int, tuple[Stored, Change, int | None]] = field(default_factory=dict)


class _Changes:
    """Makes changes beside the tables, and writes them down once all are right."""

    def __init__(self, policy: Policy, facts: FactBase) -> None:
        self.faults: list[Diagnostic] = []
        # The changes as they were read, for the digest.
        self.made: list[tuple[str, str, list[str]]] = []
        self._policy = policy
        self._facts = facts
        self._database: Database = facts.database
        self._tables: dict[str, _Table] = {}

    # --- one change -----------------------------------------------------------------

    def make(self, change: Change) -> None:
        """Make one change, or say what is wrong with it."""
        table = self._table(change)
        if table is None:
            return
        old = None if isinstance(change, Addition) else self._read(table, change, None)
        new = None
        match change:
            case Addition(values=values) | Correction(changed=values):
                new = self._read(table, change, values)
            case Withdrawal():
                pass
        if isinstance(change, Correction) and old == new and old is not None:
            self._say(
                Code.CHANGE_OF_NOTHING,
                change,
                f"this changes nothing: {_row(change.relation, change.values)} "
                "stands so already",
                "give a column another value, or leave the change out",
            )
        number = None
        if old is not None:
            number = self._find(table, old)
            if number is None:
                self._say(
                    Code.CHANGE_OF_NOTHING,
                    change,
                    f"there is no row {_row(change.relation, change.values)}",
                    "name a row that the facts have",
                )
                return
        if self._wanting(change, old, new):
            return
        corrects = self._take(table, number, change) if number is not None else None
        if new is not None:
            if number is None:
                table.top += 1
                number = table.top
            table.there[number] = (new, change, corrects)

    @staticmethod
    def _wanting(change: Change, old: Stored | None, new: Stored | None) -> bool:
        match change:
            case Addition():
                return new is None
            case Withdrawal():
                return old is None
            case _:
                return old is None or new is None or old == new

    def _table(self, change: Change) -> _Table | None:
        relation = self._policy.relations.get(change.relation)
        if relation is None or not relation.stated:
            stated = [r.name for r in self._policy.relations.values() if r.stated]
            self._say(
                Code.CHANGE_OF_UNKNOWN,
                change,
                f"`{change.relation}` is derived by rules: its rows cannot be given"
                if relation is not None
                else f"the policy has no input `{change.relation}`",
                "change the facts from which it follows"
                if relation is not None
                else did_you_mean(
                    change.relation, stated, "its inputs are its `input` declarations"
                ),
            )
            return None
        table = self._tables.get(relation.name)
        if table is None:
            intern = self._database.intern
            sql = f"SELECT coalesce(max(row), 0) FROM {quoted(relation.name)}"
            table = self._tables[relation.name] = _Table(
                relation,
                tuple(Encoder(column, intern) for column in relation.columns),
                int(self._database.query(sql)[0][0]),
            )
        return table

    def _read(
        self, table: _Table, change: Change, given: Sequence[Value] | None
    ) -> Stored | None:
        """Return the integers of a row (of the old one, if None is given)."""
        values = change.values if given is None else given
        relation = table.relation
        if len(values) != relation.arity:
            self._say(
                Code.CHANGE_OF_UNKNOWN,
                change,
                f"the row has {len(values)} values, "
                f"`{relation.name}` has {relation.arity} columns",
                "give one value for each column",
            )
            return None
        row, cells, good = [], [], True
        for value, column, encoder in zip(
            values, relation.columns, table.encoders, strict=True
        ):
            try:
                cells.append(clean(typed(value, column.type)))
                row.append(encoder[cells[-1]])
            except CellError as wrong:
                good = False
                self._say(
                    wrong.code,
                    change,
                    f"column `{column.name}` of `{relation.name}`: {wrong.message}",
                    wrong.help,
                )
        if not good:
            return None
        self.made.append((type(change).__name__, relation.name, cells))
        return tuple(row)

    def _find(self, table: _Table, stored: Stored) -> int | None:
        """Return the number of a row, as things stand after the changes so far."""
        for number, (row, _, _) in table.there.items():
            if row == stored:
                return number
        places = range(table.relation.arity)
        return next(self._numbers(table.relation, places, stored), None)

    def _take(self, table: _Table, number: int, change: Change) -> int | None:
        """Take a row away; return the row of the fact file that it was."""
        if number in table.there:
            return table.there.pop(number)[2]
        names = ", ".join(columns(table.relation.arity))
        sql = f"SELECT {names} FROM {quoted(table.relation.name)} WHERE row = {number}"
        table.gone[number] = (tuple(self._database.query(sql)[0]), change)
        before = self._facts.supposed.get(table.relation.name, {}).get(number)
        return number if before is None else before.corrects

    def _numbers(
        self, relation: Relation, places: Sequence[int], values: Sequence[int]
    ) -> Iterator[int]:
        """Yield the numbers of the untouched rows that have some values."""
        test = " AND ".join(f"a{place} = ?" for place in places)
        sql = f"SELECT row FROM {quoted(relation.name)} WHERE {test} ORDER BY row"
        table = self._tables.get(relation.name)
        gone: Mapping[int, object] = {} if table is None else table.gone
        for (number,) in self._database.query(sql, tuple(values)):
            if number not in gone:
                yield number

    # --- all of them ----------------------------------------------------------------

    def check(self) -> None:
        """Say which keys are there twice, and which references lead nowhere."""
        for table in self._tables.values():
            seen: dict[Stored, Change] = {}
            for number in sorted(table.there):
                row, change, _ = table.there[number]
                self._once(table, row, change, seen)
                for place in range(table.relation.arity):
                    self._dangling(table, row, change, place)
            self._left_behind(table)

    def _once(
        self, table: _Table, row: Stored, change: Change, seen: dict[Stored, Change]
    ) -> None:
        """Say that a key is there already: in the facts, or by another change."""
        relation = table.relation
        key = tuple(row[place] for place in relation.key)
        first = seen.setdefault(key, change)
        number = next(self._numbers(relation, relation.key, key), None)
        if number is not None:
            file = self._facts.files[relation.name].name
            twin = Label(Cell(file, number), "it stands here")
        elif first is not change:
            twin = Label(_place(first), "given here first")
        else:
            return
        values = change.changed if isinstance(change, Correction) else change.values
        words = ", ".join(
            f"{relation.columns[place].name} {shown(plainly(values[place]))}"
            for place in relation.key
        )
        whole = len(relation.key) == relation.arity and relation.arity > 1
        self._say(
            Code.DUPLICATE_KEY,
            change,
            f"`{relation.name}` already has the {'row' if whole else 'key'} {words}",
            "leave it out"
            if whole
            else "give it another key, or change the row that is there",
            (twin,),
        )

    def _is_there(self, target: Relation, stored: int) -> bool:
        """Return whether a key is there, when all changes are made."""
        if stored == NONE:
            return True
        place = target.key[0]
        table = self._tables.get(target.name)
        if table and any(row[place] == stored for row, _, _ in table.there.values()):
            return True
        return next(self._numbers(target, (place,), (stored,)), None) is not None

    def _dangling(self, table: _Table, row: Stored, change: Change, place: int) -> None:
        """Say that what a new row refers to is not there, if so."""
        column = table.relation.columns[place]
        target = self._policy.relations.get(column.references or "")
        if target is None or self._is_there(target, row[place]):
            return
        values = change.changed if isinstance(change, Correction) else change.values
        key = target.columns[target.key[0]].name
        self._say(
            Code.DANGLING_REFERENCE,
            change,
            f"column `{column.name}` of `{table.relation.name}`: "
            f"no row of `{target.name}` has the {key} {shown(plainly(values[place]))}",
            f"add it to `{target.name}`, or correct it here",
        )

    def _left_behind(self, table: _Table) -> None:
        """Say which untouched rows still refer to a key that is gone."""
        target = table.relation
        if len(target.key) != 1:
            return
        (place,) = target.key
        for row, change in table.gone.values():
            if self._is_there(target, row[place]):
                continue
            for other in self._policy.relations.values():
                if not other.stated:
                    continue
                for number, column in enumerate(other.columns):
                    if column.references == target.name:
                        self._referring(other, number, row[place], change)

    def _referring(
        self, other: Relation, place: int, stored: int, change: Change
    ) -> None:
        rows = list(self._numbers(other, (place,), (stored,)))
        if not rows:
            return
        file = self._facts.files[other.name].name
        many = f"{len(rows)} rows" if len(rows) > 1 else "a row"
        verb = "refer" if len(rows) > 1 else "refers"
        self._say(
            Code.DANGLING_REFERENCE,
            change,
            f"{many} of `{other.name}` {verb} to "
            f"{_row(change.relation, change.values)} by column "
            f"`{other.columns[place].name}`",
            "withdraw or change what refers to it too",
            (Label(Cell(file, rows[0], other.columns[place].name), "one of them"),),
        )

    # --- the outcome ----------------------------------------------------------------

    def write(self) -> None:
        """Write all changes into the tables."""
        for name, table in self._tables.items():
            gone = sorted(table.gone)
            for first in range(0, len(gone), _TOGETHER):
                numbers = ", ".join(map(str, gone[first : first + _TOGETHER]))
                sql = f"DELETE FROM {quoted(name)} WHERE row IN ({numbers})"
                self._database.execute(sql)
            self._database.insert(
                name, [(*table.there[n][0], n) for n in sorted(table.there)]
            )

    def grown(self, name: str) -> int:
        """Return by how many rows a relation has grown."""
        table = self._tables.get(name)
        return 0 if table is None else len(table.there) - len(table.gone)

    def supposed(self) -> dict[str, dict[int, Supposed]]:
        """Return where the rows come from that changes gave, those of before too."""
        found = {name: dict(rows) for name, rows in self._facts.supposed.items()}
        for name, table in self._tables.items():
            rows = found.setdefault(name, {})
            for number in table.gone:
                rows.pop(number, None)
            for number, (_, change, corrects) in table.there.items():
                at = change.at
                rows[number] = (
                    Supposed(None, None, corrects)
                    if at is None
                    else Supposed(at.file or None, at.item, corrects)
                )
        return {
            name: dict(sorted(rows.items())) for name, rows in found.items() if rows
        }

    def _say(
        self,
        code: Code,
        change: Change,
        message: str,
        help_: str,
        labels: tuple[Label, ...] = (),
    ) -> None:
        self.faults.append(Diagnostic(code, message, _place(change), help_, labels))


def _place(change: Change) -> Place:
    if change.at is None:
        return Cell("proposed")
    return change.at.span or Cell(str(change.at))
