"""Changes that name some columns of a row into changes of whole rows.

A row to be removed, or changed, is named by what is known of it; a row that is
added may leave optional columns out. The facts complete them: each draft is looked
up in the facts as the drafts before it leave them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Invalid
from whereas.facts.changes import Addition, Correction, Entry, Withdrawal
from whereas.facts.database import columns, quoted
from whereas.policy.spelling import listed
from whereas.values import decode, encode, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from whereas.facts.base import FactBase
    from whereas.facts.changes import Change
    from whereas.policy.core import Policy, Relation
    from whereas.values import Value

Values = tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A change that names a row by some of its columns, by their positions.

    `remove` means every row that has the values. `change` gives the row with the
    values of the key columns (the only row, if none is given) the other values.
    `add` leaves out what is to be empty.
    """

    kind: Literal["add", "remove", "change"]
    relation: str
    some: Mapping[int, Value]
    at: Entry


def completed(
    base: FactBase, policy: Policy, drafts: Sequence[Draft]
) -> tuple[Change, ...]:
    """Return the changes of whole rows that drafts mean, numbered from 1.

    Raises `Invalid` with every draft that names no row, or too many, or too little.
    """
    work = _Completion(base, policy)
    for draft in drafts:
        work.complete(draft)
    if work.faults:
        raise Invalid(work.faults)
    return tuple(
        replace(change, at=replace(change.at, item=number))
        for number, change in enumerate(work.changes, 1)
        if change.at is not None
    )


@dataclass(slots=True)
class _Rows:
    """What drafts have done to a relation so far: rows taken, and rows given."""

    taken: set[Values] = field(default_factory=set)
    given: list[Values] = field(default_factory=list)


class _Completion:
    def __init__(self, base: FactBase, policy: Policy) -> None:
        self.changes: list[Change] = []
        self.faults: list[Diagnostic] = []
        self._base = base
        self._policy = policy
        self._rows: dict[str, _Rows] = {}

    def complete(self, draft: Draft) -> None:
        """Complete one draft, or say why it cannot be."""
        relation = self._policy.relations[draft.relation]
        match draft.kind:
            case "add":
                self._added(relation, draft)
            case "remove":
                self._removed(relation, draft)
            case "change":
                self._changed(relation, draft)

    def _added(self, relation: Relation, draft: Draft) -> None:
        lacking = [
            column.name or ""
            for place, column in enumerate(relation.columns)
            if place not in draft.some and not column.type.optional
        ]
        if lacking:
            self._say(
                draft,
                f"the row of `{relation.name}` has no value for {listed(lacking)}",
                "give each column a value; only an optional one can be left out",
            )
            return
        values = tuple(draft.some.get(place) for place in range(relation.arity))
        self._of(relation).given.append(values)
        self.changes.append(Addition(relation.name, values, draft.at))

    def _removed(self, relation: Relation, draft: Draft) -> None:
        found = list(self._matching(relation, draft.some))
        if not found:
            self._nothing(relation, draft, draft.some)
        for values in found:
            self._take(relation, values)
            self.changes.append(Withdrawal(relation.name, values, draft.at))

    def _changed(self, relation: Relation, draft: Draft) -> None:
        named = {p: value for p, value in draft.some.items() if p in relation.key}
        other = {p: value for p, value in draft.some.items() if p not in relation.key}
        found = list(self._matching(relation, named))
        if not other:
            self._say(
                draft,
                f"this changes nothing: it names only key columns of `{relation.name}`",
                "a row's key cannot be changed: remove the row and add another",
            )
        elif not found:
            self._nothing(relation, draft, named)
        elif len(found) > 1:
            keys = listed(relation.columns[place].name or "" for place in relation.key)
            self._say(
                draft,
                f"{len(found)} rows of `{relation.name}` match",
                f"name the row by its key: {keys}",
            )
        else:
            (values,) = found
            new = tuple(other.get(place, value) for place, value in enumerate(values))
            self._take(relation, values)
            self._of(relation).given.append(new)
            self.changes.append(Correction(relation.name, values, new, draft.at))

    # --- rows -----------------------------------------------------------------------

    def _of(self, relation: Relation) -> _Rows:
        return self._rows.setdefault(relation.name, _Rows())

    def _take(self, relation: Relation, values: Values) -> None:
        rows = self._of(relation)
        if values in rows.given:
            rows.given.remove(values)
        else:
            rows.taken.add(values)

    def _matching(
        self, relation: Relation, some: Mapping[int, Value]
    ) -> Iterator[Values]:
        """Yield the rows that have some values, as things stand by now."""
        database = self._base.database

        def number(text: str) -> int:
            # Asking must not enter a text.
            return database.numbers([text]).get(text, -1)

        stored = [
            encode(value, relation.columns[place].type, number)
            for place, value in some.items()
        ]
        test = " AND ".join(f"a{place} = ?" for place in some) or "1 = 1"
        rows = self._of(relation)
        for row in database.query(
            f"SELECT {', '.join(columns(relation.arity))} "
            f"FROM {quoted(relation.name)} WHERE {test} ORDER BY row",
            stored,
        ):
            values = tuple(
                decode(one, column.type, database.text)
                for one, column in zip(row, relation.columns, strict=True)
            )
            if values not in rows.taken:
                yield values
        for values in tuple(rows.given):
            if all(values[place] == value for place, value in some.items()):
                yield values

    # --- faults ---------------------------------------------------------------------

    def _nothing(
        self, relation: Relation, draft: Draft, some: Mapping[int, Value]
    ) -> None:
        words = ", ".join(
            f"{relation.columns[place].name}: {written(value)}"
            for place, value in sorted(some.items())
        )
        self._say(
            draft,
            f"no row of `{relation.name}` has {words}"
            if words
            else f"`{relation.name}` has no row",
            "name a row that the facts have",
            Code.CHANGE_OF_NOTHING,
        )

    def _say(
        self,
        draft: Draft,
        message: str,
        help_: str,
        code: Code = Code.CHANGE_UNCLEAR,
    ) -> None:
        self.faults.append(Diagnostic(code, message, draft.at.span, help_))
