"""One case decided anew, from stated facts only: as they are now, without a model.

The stated rows that the outcomes' rules reach for the case are copied beside a
policy that was compiled once, and solved there (`change.demand` finds them).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from whereas.change.demand import Reach
from whereas.diagnostics import NothingSelected
from whereas.engine.incremental_solver import IncrementalSolver
from whereas.engine.names import atoms_below
from whereas.explain.decisions import case_columns, case_positions
from whereas.facts.database import Sqlite, columns, quoted
from whereas.facts.row_loader import create_tables
from whereas.values import encode, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from whereas.change.demand import Row, Trial
    from whereas.engine.model import Model
    from whereas.facts.base import FactBase
    from whereas.facts.database import Database
    from whereas.policy.core import Atom, Component, Policy, Setting
    from whereas.values import Value


class Texts(Protocol):
    """Who knows the numbers of texts; a new text gets one."""

    def intern(self, text: str) -> int:
        """Return the number of a text."""

    def text(self, number: int) -> str:
        """Return the text of a number."""


class Numbered(Sqlite):
    """Tables in memory whose texts are numbered elsewhere."""

    def __init__(self, texts: Texts) -> None:
        """Take the numbers of texts from elsewhere."""
        super().__init__()
        self.intern = texts.intern  # type: ignore[method-assign]
        self.text = texts.text  # type: ignore[method-assign]


class Beside(Sqlite):
    """Tables in memory whose texts are those of another database.

    A text that a portfolio in DuckDB does not have is not entered there: it may be
    open for reading only. It gets a number below 0, here.
    """

    def __init__(self, source: Database) -> None:
        super().__init__()
        self.source = source

    def intern(self, text: str) -> int:
        """Return the number of a text."""
        if self.source.dialect == "sqlite":
            return self.source.intern(text)
        number = self.numbers([text]).get(text)
        if number is None:
            number = self._numbers[text] = -2 - len(self._numbers)
            self._texts[number] = text
        return number

    def text(self, number: int) -> str:
        """Return the text of a number."""
        known = self._texts.get(number)
        return self.source.text(number) if known is None else known

    def numbers(self, texts: Iterable[str]) -> dict[str, int]:
        """Return the numbers of texts, of those that have one."""
        texts = list(texts)
        own = {text: self._numbers[text] for text in texts if text in self._numbers}
        return own | self.source.numbers([text for text in texts if text not in own])


class CaseSolver:
    """A policy compiled over facts in SQLite, to decide one case after the other.

    Each decision reads the stated rows as they are by then. No certificate, one
    engine: `decide` is what vouches for all cases together.
    """

    def __init__(
        self,
        policy: Policy,
        facts: FactBase,
        setting: Setting,
        texts: Texts | None = None,
    ) -> None:
        """Compile; the facts' database gets the indexes that are looked up.

        With `texts`, which numbers them, facts stay in the home that they have, and
        as they are.
        """
        if facts.database.dialect != "sqlite" and texts is None:
            from whereas.facts import copy

            facts = copy(facts, "sqlite", policy)
        self.policy = policy
        self.today = setting.today
        self._source = facts.database
        goals = [one.goal for one in policy.outcomes if one.goal is not None]
        components = reached_components(policy, goals)
        self._texts = texts or facts.database
        beside = Beside(facts.database) if texts is None else Numbered(texts)
        create_tables([r for r in policy.relations.values() if r.stated], beside)
        self._again = IncrementalSolver.of(
            replace(policy, components=components),
            replace(facts, database=beside),
            setting,
        )
        self._beside = beside
        # One row is left, where `outcome_without` takes two others away together.
        stored = self._again.store.compiler.stored
        fixed = texts is not None
        self._reach = Reach(policy, facts.database, stored, enough=3, fixed=fixed)
        self._goals = {goal: case_positions(policy, goal) for goal in goals}
        self._filled: list[str] = []
        # The relations whose rows have changed since the last decision.
        self._changed: set[str] = set()
        self._asked: dict[Atom, Row] = {}
        assert policy.subject is not None  # noqa: S101
        subject = policy.relations[policy.subject]
        test = " AND ".join(f"a{place} = ?" for place in subject.key)
        self._case = f"SELECT 1 FROM {quoted(subject.name)} WHERE {test}"
        self._types = [type_ for _, type_ in case_columns(policy)]
        # Changes are seen at once by this connection, the only one.
        beside.execute("BEGIN")

    @property
    def model(self) -> Model:
        """The model of the last decision, over the rows that the case reaches."""
        return self._again.model

    def outcome(self, *case: Value, trial: Trial | None = None) -> str | None:
        """Return the outcome of the case with a key; None is undetermined.

        With a trial, as though the facts were changed so. Raises `NothingSelected`
        for a case that the facts do not have.
        """
        key = tuple(
            encode(value, type_, self._texts.intern)
            for value, type_ in zip(case, self._types, strict=True)
        )
        if not self._source.query(self._case, key):
            words = ", ".join(written(value) for value in case)
            raise NothingSelected(f"no {self.policy.subject} {words} among the facts")
        goals = {goal: self._goal(goal, key) for goal in self._goals}
        rows = self._reach.rows_for(
            [(goal.relation, values) for goal, values in goals.items()], trial
        )
        for name in self._filled:
            self._beside.execute(f"DELETE FROM {quoted(name)}")
        before, self._filled = self._filled, [name for name in rows if rows[name]]
        for name in self._filled:
            self._beside.insert(name, rows[name])
        self._asked = goals
        self._changed.update(before, self._filled)
        return self._decided()

    def _decided(self) -> str | None:
        changed, self._changed = self._changed, set()
        self._again.solve_changed(changed)
        for one in self.policy.outcomes:
            goal = one.goal
            if goal is None or self._holds(goal.relation, self._asked[goal]):
                return one.name
        return None

    def outcome_without(self, *rows: tuple[str, Row]) -> str | None:
        """Return the outcome of the last case without some of the rows it reached."""
        for relation, row in rows:
            test = " AND ".join(f"{name} = ?" for name in columns(len(row) - 1))
            table = quoted(relation)
            self._beside.execute(f"DELETE FROM {table} WHERE {test} AND row = ?", row)
        relations = {relation for relation, _ in rows}
        self._changed.update(relations)
        try:
            return self._decided()
        finally:
            for relation, row in rows:
                self._beside.insert(relation, [row])
            self._changed.update(relations)

    def reached(self) -> list[tuple[str, Row]]:
        """Return the stated rows, with their number, that the last decision read."""
        return [
            (relation, row)
            for relation, rows in self._reach.rows.items()
            for row in rows
        ]

    def held(self, relation: str, values: Row) -> bool:
        """Return whether a derived row held by the last decision."""
        return self._holds(relation, values)

    def _goal(self, goal: Atom, key: Row) -> Row:
        stored = self._again.store.compiler.stored
        return tuple(
            key[place] if place is not None else stored(term)  # type: ignore[arg-type]
            for term, place in zip(goal.terms, self._goals[goal], strict=True)
        )

    def _holds(self, relation: str, values: Row) -> bool:
        test = " AND ".join(f"{name} = ?" for name in columns(len(values)))
        sql = f"SELECT 1 FROM {quoted(relation)} WHERE {test}"
        return bool(self._beside.query(sql, values))


def reached_components(policy: Policy, goals: Sequence[Atom]) -> tuple[Component, ...]:
    """Return the components that some goals rest on, in their order."""
    names = {goal.relation for goal in goals}
    found = []
    for component in reversed(policy.components):
        if names.isdisjoint(component.relations):
            continue
        found.append(component)
        for rule in component.rules:
            names.update(atom.relation for atom in atoms_below(rule.body))
    return tuple(reversed(found))
