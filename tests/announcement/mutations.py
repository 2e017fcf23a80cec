"""Mutations of a batch: one cell or one row changed.

A date goes to the day before, the day and the day after each date that the oracle
compares it with; a value of an enumeration to every other; a cell that may be empty
becomes empty; a row that nothing refers to is taken away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from announcement.tables import Facts, after_months, day
from whereas.policy import Policy

Column = tuple[str, str]


@dataclass(frozen=True)
class Compared:
    """Two columns of dates that are compared, the second so much later."""

    first: Column
    second: Column
    days: int = 0
    months: int = 0

    def later(self, start: date) -> date:
        """Return the date of the second column that meets one of the first."""
        return after_months(start, self.months) + timedelta(self.days)

    def earlier(self, end: date) -> date:
        """Return the date of the first column that meets one of the second."""
        return after_months(end - timedelta(self.days), -self.months)


FILED = ("filing", "filed")
MADE = ("batch", "made")
APPROVED = ("cn_approval", "approved")

COMPARED = (
    *(
        Compared(FILED, other)
        for other in (
            MADE,
            APPROVED,
            ("cn_approval", "valid_to"),
            ("cn_approval", "status_date"),
            ("approved_content", "until"),
            ("overseas_authorization", "approved"),
            ("overseas_authorization", "status_date"),
            ("overseas_change", "settled"),
            ("gmp_evidence", "issued"),
            ("gmp_evidence", "inspection_start"),
            ("site_event", "opened"),
            ("site_event", "closed"),
            ("release_doc", "signed"),
            ("port", "closed"),
            ("licence", "valid_to"),
            ("responsible_person", "since"),
            ("responsible_person", "until"),
            ("permit", "valid_to"),
            ("port_finding", "found"),
            ("sold", "since"),
            ("list_edition", "effective"),
            ("list_edition", "superseded"),
            ("temporary_import", "granted"),
            ("designated_category", "since"),
            ("recall", "opened"),
            ("recall", "closed"),
            ("lookup", "looked"),
            ("test_result", "tested"),
            ("market_proof", "issued"),
            ("licence", "valid_from"),
            ("permit", "valid_from"),
            ("foreign_lot_release", "issued"),
        )
    ),
    Compared(("lookup", "looked"), FILED, days=90),
    Compared(FILED, ("batch", "expires"), months=6),
    Compared(FILED, ("batch", "expires"), months=12),
    *(
        Compared(MADE, other)
        for other in (
            APPROVED,
            ("gmp_evidence", "inspection_start"),
            ("gmp_evidence", "issued"),
            ("gmp_evidence", "valid_to"),
            ("inspected_batch", "made"),
            ("list_edition", "effective"),
            ("list_edition", "superseded"),
            ("letter", "made"),
        )
    ),
    *(
        Compared(APPROVED, other)
        for other in (
            ("release_doc", "signed"),
            ("letter_approval", "approved"),
            ("pathway", "ended"),
            ("temporary_import", "granted"),
        )
    ),
    Compared(("release_doc", "signed"), ("letter", "released")),
)
# Days that the law names.
FIXED = {FILED: (date(2025, 9, 30), date(2025, 7, 1))}
# A row of these is taken away with those that name it.
NAMED_BY = {
    "cn_approval": (("approval", ("approved_content", "pathway", "overseas_change")),),
    "gmp_evidence": (("document", ("inspected_batch",)),),
}
# What a row is about: another value makes another row, and says nothing new.
KINDS_OF_ROW = {("lookup", "subject"), ("approved_content", "aspect")}
NEVER_REMOVED = {"batch", "product", "site", "filing", "port"}


@dataclass(frozen=True)
class Mutation:
    """A batch with one cell changed, or (no column) with one row taken away."""

    batch: str
    table: str
    row: int
    column: str | None
    value: str

    def apply(self, facts: Facts) -> Facts:
        """Return the changed facts; unchanged tables are shared."""
        changed = dict(facts)
        rows = facts[self.table]
        old = rows[self.row]
        if self.column is not None:
            new = {**old, self.column: self.value}
            changed[self.table] = [
                new if i == self.row else row for i, row in enumerate(rows)
            ]
            return changed
        changed[self.table] = [row for i, row in enumerate(rows) if i != self.row]
        for key, tables in NAMED_BY.get(self.table, ()):
            for table in tables:
                changed[table] = [r for r in facts[table] if r[key] != old[key]]
        return changed

    def described(self, facts: Facts) -> str:
        """Return the mutation in words, for a message."""
        row = facts[self.table][self.row]
        if self.column is None:
            return f"{self.batch}: {self.table} {list(row.values())} taken away"
        return (
            f"{self.batch}: {self.table} {list(row.values())[:3]}: "
            f"{self.column} from {row.get(self.column, '')!r} to {self.value!r}"
        )


def mutations(policy: Policy, number: str, facts: Facts) -> list[Mutation]:
    """Return every mutation of a batch, whose rows the facts are."""
    found: dict[Mutation, None] = {}
    for table, rows in facts.items():
        relation = policy.relations[table]
        for index, row in enumerate(rows):
            if table not in NEVER_REMOVED:
                found[Mutation(number, table, index, None, "")] = None
            for column in relation.columns:
                name = column.name or ""
                for value in _values(policy, facts, table, name):
                    if value != row.get(name, ""):
                        found[Mutation(number, table, index, name, value)] = None
    return [one for one in found if _keys_differ(policy, one, facts)]


def _values(policy: Policy, facts: Facts, table: str, name: str) -> Iterator[str]:
    """Yield the values that a column is changed to."""
    relation = policy.relations[table]
    type_ = relation.columns[relation.position(name)].type
    if type_.optional:
        yield ""
    if (table, name) not in KINDS_OF_ROW:
        yield from type_.members
    if type_.kind == "boolean":
        yield from ("true", "false")
    if type_.kind == "date":
        for threshold in _thresholds(facts, (table, name)):
            for step in (-1, 0, 1):
                yield (threshold + timedelta(step)).isoformat()


def _thresholds(facts: Facts, column: Column) -> Iterator[date]:
    """Yield the dates that a column is compared with."""
    yield from FIXED.get(column, ())
    for pair in COMPARED:
        if pair.first == column:
            yield from map(pair.earlier, _dates(facts, pair.second))
        if pair.second == column:
            yield from map(pair.later, _dates(facts, pair.first))


def _dates(facts: Facts, column: Column) -> list[date]:
    """Return the dates of a column."""
    table, name = column
    found = {day(row.get(name, "")) for row in facts[table]}
    return sorted(one for one in found if one is not None)


def _keys_differ(policy: Policy, mutation: Mutation, facts: Facts) -> bool:
    """Whether no two rows have the same key after a mutation."""
    if mutation.column is None:
        return True
    relation = policy.relations[mutation.table]
    names = [relation.columns[position].name or "" for position in relation.key]
    if mutation.column not in names:
        return True
    rows = mutation.apply(facts)[mutation.table]
    return len({tuple(row.get(n, "") for n in names) for row in rows}) == len(rows)
