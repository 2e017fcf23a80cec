"""Decide the same small fact base many times over, as its rows are changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from whereas.engine.fixpoint import fixpoint
from whereas.engine.model import Model
from whereas.engine.names import columns_read
from whereas.engine.sql_store import SqlStore
from whereas.facts.database import columns, quoted

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Collection,
        Iterable,
        Iterator,
        Mapping,
        Sequence,
    )

    from whereas.facts.base import FactBase
    from whereas.policy.core import Component, Policy, Setting

Row = tuple[int, ...]
# Relations whose rows have changed: the rows that are gone, and those that are new.
Changes = dict[str, tuple[frozenset[Row], frozenset[Row]]]


@dataclass(slots=True)
class IncrementalSolver:
    """A compiled policy over one fact base, ready to be solved after each change.

    One engine, no certificate: for one case after the other (`change.case_solver`), for
    repairs, for one case day by day (`change.timeline`), and for the readings that the
    law leaves open (`engine.readings`).
    """

    model: Model
    store: SqlStore
    # Each component, and what its rules read of the relations before it.
    _reads: Sequence[tuple[Component, Mapping[str, tuple[int, ...]]]]
    # The rows of what is read, as they were solved (None: they are not known).
    _rows: dict[str, frozenset[Row]] | None = None

    @staticmethod
    def of(
        policy: Policy,
        facts: FactBase,
        setting: Setting,
        only: Mapping[str, Mapping[int, Collection[int]]] | None = None,
    ) -> IncrementalSolver:
        """Compile a policy for a fact base; see `SqlStore` for `only`."""
        store = SqlStore(policy, setting, facts.database, only)
        model = Model(policy, facts, setting, (store.name,), certified=False)
        reads = [(one, columns_read(one)) for one in policy.components]
        return IncrementalSolver(model, store, reads)

    def solve(self, progress: Callable[[str], None] | None = None) -> Model:
        """Return the model of the fact base as it is now."""
        self._rows = None
        self._fixpoint(self.model.policy.components, progress)
        return self.model

    def solve_changed(self, touched: Collection[str]) -> Model:
        """Return the model, where few stated relations have changed since the last.

        `touched` are those that may have. Only what reads a changed row is derived
        again: rows are read for that, so that it pays where they are few.
        """
        self._solve_stale(touched, ())
        return self.model

    def solve_under(
        self, setting: Setting, progress: Callable[[str], None] | None = None
    ) -> Model:
        """Return the model of the same rows under another setting.

        Only what reads a parameter of another value, or a row that has changed for
        it, is derived again.
        """
        changed = self.store.use(setting)
        self.model = replace(self.model, setting=setting)
        self._solve_stale((), [one.relations for one in changed], progress)
        return self.model

    def _solve_stale(
        self,
        touched: Collection[str],
        changed: Collection[tuple[str, ...]],
        progress: Callable[[str], None] | None = None,
    ) -> None:
        rows, self._rows = self._rows, None
        # What is stopped half-way is solved from the start the next time.
        kept = {} if rows is None else rows
        stale = self._stale(kept, touched, changed, anyway=rows is None)
        self._fixpoint(stale, progress)
        self._rows = kept

    def _fixpoint(
        self,
        components: Iterable[Component],
        progress: Callable[[str], None] | None = None,
    ) -> None:
        self.store.forget()
        fixpoint(components, self.store, progress)

    def _stale(
        self,
        rows: dict[str, frozenset[Row]],
        touched: Collection[str],
        changed: Collection[tuple[str, ...]],
        *,
        anyway: bool,
    ) -> Iterator[Component]:
        """Yield each component that has to be derived again, when it is due.

        Those are the ones with `changed` rules, those that read changed rows, or all
        (`anyway`). `rows` become those of now.
        """
        read = {name for _, reads in self._reads for name in reads}
        changes: Changes = {}
        for name in read:
            stated = self.model.policy.relations[name].stated
            if stated and (anyway or name in touched):
                self._compare(name, rows, changes)
        for component, reads in self._reads:
            if (
                anyway
                or component.relations in changed
                or any(_differs(changes, *one) for one in reads.items())
            ):
                yield component
                for name in read.intersection(component.relations):
                    self._compare(name, rows, changes)

    def _compare(
        self, name: str, rows: dict[str, frozenset[Row]], changes: Changes
    ) -> None:
        """Read a relation's rows, and note what is otherwise than it was."""
        chosen = ", ".join(columns(self.model.policy.relations[name].arity)) or "1"
        found = self.store.database.query(f"SELECT {chosen} FROM {quoted(name)}")
        before, now = rows.get(name, frozenset()), frozenset(found)
        if now != before:
            changes[name] = (before - now, now - before)
        rows[name] = now


def _differs(changes: Changes, relation: str, places: tuple[int, ...]) -> bool:
    """Return whether changed rows differ in some columns."""
    if relation not in changes:
        return False
    gone, new = (
        {tuple([row[place] for place in places]) for row in rows}
        for rows in changes[relation]
    )
    return gone != new
