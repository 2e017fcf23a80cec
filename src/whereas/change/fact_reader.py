"""The rows that a search for repairs looks at, and the numbers of their values.

Rows are asked of the model's tables by the columns whose values are known. A
derived relation that no correctable input can touch is read like a stated one.
Texts that no row has get numbers below -1, of this search alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.change.constraints import Domain, domain_of
from whereas.change.dependency_polarity import Footprint
from whereas.diagnostics import LimitExceeded
from whereas.facts.database import columns, quoted
from whereas.policy.core import Constant, Parameter
from whereas.values import NONE, TEXT, encode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from whereas.explain.explainer import Explainer
    from whereas.policy.core import Correctable, Policy, Rule

Row = tuple[int, ...]
Pattern = tuple[int | None, ...]
# More rows than one look at a relation should bring.
ROWS = 20_000
# So few that each of them may be tried before rules are followed.
FEW = 50
# From so many rows the values of examples are taken.
SOME = 200


class FactReader:
    """Rows and values of one model, for searches one after the other."""

    def __init__(self, explainer: Explainer, today: date | None = None) -> None:
        """Take the tables of a model; nothing is read yet.

        `today` is for a policy whose rules do not read it.
        """
        self.explainer = explainer
        self.today = explainer.model.setting.today or today
        self.policy: Policy = explainer.policy
        self.database = explainer.database
        self.footprint = Footprint(self.policy)
        self.open = open_relations(self.policy, self.footprint)
        self._rows: dict[tuple[str, Pattern], list[Row]] = {}
        self._few: dict[tuple[str, Pattern], bool] = {}
        # The keys that rows to add were given.
        self.fresh: set[int] = set()
        self._numbers: dict[str, int] = {}
        self._texts: dict[int, str] = {}
        self._allowed: dict[tuple[str, str], tuple[Correctable, ...]] = {}
        self._rules: dict[str, list[Rule]] = {}
        for rule in self.policy.rules:
            self._rules.setdefault(rule.head.relation, []).append(rule)
        for one in self.policy.correctable:
            key = (one.action, one.relation)
            self._allowed[key] = (*self._allowed.get(key, ()), one)

    def rules(self, relation: str) -> Sequence[Rule]:
        """Return the rules that give a derived relation."""
        return self._rules.get(relation, ())

    def allowed(self, action: str, relation: str) -> tuple[Correctable, ...]:
        """Return what a policy lets be done to a relation's rows."""
        return self._allowed.get((action, relation), ())

    def intern(self, text: str) -> int:
        """Return the number of a text, of its own if no row has it."""
        found = self._numbers.get(text)
        if found is None:
            known = self.database.numbers([text]).get(text)
            found = -2 - len(self._numbers) if known is None else known
            self._numbers[text] = found
            self._texts[found] = text
        return found

    def text(self, number: int) -> str:
        """Return the text of a number."""
        known = self._texts.get(number)
        return self.database.text(number) if known is None else known

    def stored(self, term: Constant | Parameter) -> int:
        """Return the integer of a constant or of a parameter's value."""
        value = (
            term.value
            if isinstance(term, Constant)
            else self.explainer.model.setting.value(term)
        )
        return encode(value, term.type, self.intern)

    def some(self, relation: str, position: int) -> list[int]:
        """Return the values of a column in the first rows, `none` left out."""
        found = self.database.query(
            f"SELECT a{position} FROM {quoted(relation)} ORDER BY row LIMIT {SOME}"
        )
        return [value for value in dict.fromkeys(v for (v,) in found) if value != NONE]

    def likely(
        self, relation: str, position: int, known: Mapping[int, int]
    ) -> list[int]:
        """Return a column's values in the first rows, `none` left out.

        Those come first whose rows agree with most of some known values.
        """
        arity = self.policy.relations[relation].arity
        rows = self.database.query(
            f"SELECT {', '.join(columns(arity))} FROM {quoted(relation)}"
            f" ORDER BY row LIMIT {SOME}"
        )
        rows.sort(key=lambda row: -sum(row[p] == value for p, value in known.items()))
        found = dict.fromkeys(row[position] for row in rows)
        return [value for value in found if value != NONE]

    def new(self, relation: str, position: int, number: int) -> int:
        """Return a text that no row has in a column; another for each number."""
        table = self.policy.relations[relation]
        while True:
            found = self.intern("new" if number == 1 else f"new-{number}")
            pattern = tuple(
                found if place == position else None for place in range(table.arity)
            )
            if found < 0 or not self.rows(relation, pattern):
                self.fresh.add(found)
                return found
            number += 1

    def own(self, relation: str) -> int | None:
        """Return the column that names the thing that a row is about, if one does.

        A text that is the key, refers to nothing, and of which something is said.
        """
        table = self.policy.relations[relation]
        if not table.stated or len(table.key) != 1 or table.arity == 1:
            return None
        (place,) = table.key
        column = table.columns[place]
        named = column.type == TEXT and column.references is None
        return place if named else None

    def present(self, case: Row) -> int | None:
        """Return the day before which nothing can still be done, as far as known.

        Today, or else the day on file of a case, which has passed.
        """
        today = self.today
        return self.day_on_file(case) if today is None else today.toordinal()

    def day_on_file(self, case: Row) -> int | None:
        """Return the day of a case that a timeline moves: the latest."""
        found = []
        for one in self.policy.moved:
            for way in one.case:
                values = dict(zip(way.case, case, strict=True))
                for row in self._rows_with(way.relation, values):
                    if way.column is None:
                        found.append(row[one.column])
                        continue
                    (place,) = self.policy.relations[one.relation].key
                    referred = self._rows_with(one.relation, {place: row[way.column]})
                    found += [other[one.column] for other in referred]
        return max((day for day in found if day != NONE), default=None)

    def _rows_with(self, relation: str, values: Mapping[int, int]) -> list[Row]:
        places = range(self.policy.relations[relation].arity)
        return self.rows(relation, tuple(values.get(place) for place in places))

    def domain(self, relation: str, position: int) -> Domain:
        """Return the values that a column may have."""
        type_ = self.policy.relations[relation].columns[position].type
        return domain_of(type_, [self.intern(member) for member in type_.members])

    def rows(self, relation: str, pattern: Pattern) -> list[Row]:
        """Return the rows with some values, in their order; the last is their number.

        Raises `LimitExceeded` where a relation would come whole and is large.
        """
        found = self._rows.get((relation, pattern))
        if found is None:
            found = self._among_few(relation, pattern)
        if found is None:
            found = self._first(relation, pattern, ROWS + 1)
            if len(found) > ROWS:
                raise LimitExceeded(
                    f"the search reaches more than {ROWS:,} rows of `{relation}` at "
                    "once"
                )
        self._rows[relation, pattern] = found
        return found

    def _among_few(self, relation: str, pattern: Pattern) -> list[Row] | None:
        """Return rows out of those that one of the values has, if these are few.

        DuckDB reads the whole table for each look-up: one then serves for many.
        """
        bound = [p for p, value in enumerate(pattern) if value is not None]
        if len(bound) < 2 or self.database.dialect != "duckdb":
            return None
        for place in bound:
            alone = tuple(
                value if p == place else None for p, value in enumerate(pattern)
            )
            if self.few(relation, alone):
                rows = self._rows[relation, alone]
                return [r for r in rows if all(r[p] == pattern[p] for p in bound)]
        return None

    def few(self, relation: str, pattern: Pattern) -> bool:
        """Return whether so few rows have some values that each may well be tried."""
        found = self._few.get((relation, pattern))
        if found is None:
            rows = self._rows.get((relation, pattern))
            if rows is None:
                rows = self._among_few(relation, pattern)
            if rows is None:
                rows = self._first(relation, pattern, FEW + 1)
            if len(rows) <= FEW:
                self._rows[relation, pattern] = rows
            found = self._few[relation, pattern] = len(rows) <= FEW
        return found

    def _first(self, relation: str, pattern: Pattern, limit: int) -> list[Row]:
        bound = [p for p, value in enumerate(pattern) if value is not None]
        if bound:
            self.explainer.need(relation, bound)
        tests = " AND ".join(f"a{p} = ?" for p in bound)
        stated = self.policy.relations[relation].stated
        names = columns(len(pattern))
        last = "row" if stated else "0"
        return self.database.query(
            f"SELECT {', '.join((*names, last))} FROM {quoted(relation)}"
            + (f" WHERE {tests}" if tests else "")
            + f" ORDER BY {'row' if stated else ', '.join(names)}"
            + f" LIMIT {limit}",
            [value for value in pattern if value is not None],
        )


def open_relations(policy: Policy, footprint: Footprint) -> frozenset[str]:
    """Return the relations whose rows may differ after a correction.

    Columns count: what nobody reads may move.
    """
    return frozenset(
        name
        for name, relation in policy.relations.items()
        if any(
            one.relation == name if relation.stated else footprint.turned(name, one)
            for one in policy.correctable
        )
    )
