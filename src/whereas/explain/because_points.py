"""Cases into the first things that their outcome rests on, with their values.

The way is that of `explain.because`, all cases together: from the outcome's goal
down through rules without an id, a few statements for each rule. What is read at its
end is no id but the instance that gave it, so that a sentence can be told of it:
"recall R-1 was opened on 3 May 2026", and not only "DAL-82".
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.explain.batch_tables import BatchTables, Rows, headed
from whereas.explain.because import ids_below_of, negated, spoken
from whereas.explain.bodies import expanded
from whereas.explain.decide import decide
from whereas.explain.decisions import case_columns, case_positions
from whereas.explain.explainer import Explainer
from whereas.explain.expressions import term_variables
from whereas.explain.failed_ids import FailedIds
from whereas.explain.lineage_bits import bits_of_rules
from whereas.facts.database import columns, quoted
from whereas.policy.core import Atom, Variable
from whereas.policy.order import clause_order
from whereas.policy.texts import Hole, parse_text
from whereas.values import written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from whereas.engine.model import Model
    from whereas.explain.decisions import Decisions
    from whereas.policy.core import Rule
    from whereas.values import Value

# The number of the case, among the variables of a row.
CASE = "<case>"
# Every instance counts, not the first alone.
ALL = 2**31

Stored = tuple["int | None", ...]


@dataclass(frozen=True, slots=True)
class Source:
    """What says why: a rule whose instance is told, or what such a rule negates.

    `names` are the variables that its sentence needs; `number` tells it from others.
    """

    number: int
    rule: Rule
    atom: Atom | None
    ids: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that an outcome rests on: its source, and the values in its words."""

    source: Source
    values: Mapping[str, Value]


def points(explainer: Explainer, decisions: Decisions) -> dict[int, tuple[Point, ...]]:
    """Return what the outcome of each case rests on first, by the case's number.

    That is its place among the decisions. Cases whose outcome does not say why, being
    wanted or without a goal, are left out.
    """
    if not spoken(explainer.policy):
        return {}
    tables = BatchTables(explainer)
    failed = FailedIds(explainer, bits_of_rules(explainer.policy), "negated")
    try:
        return _Reader(tables, failed, decisions).read()
    finally:
        failed.drop()
        tables.drop()


def points_of(model: Model, case: tuple[Value, ...]) -> tuple[Point, ...]:
    """Return what the outcome of one case rests on first."""
    decisions = decide(model, [case])
    return points(Explainer(decisions.model), decisions).get(0, ())


class _Reader:
    """Follows the goals of all cases downwards, and notes what ends the way."""

    def __init__(
        self, tables: BatchTables, failed: FailedIds, decisions: Decisions
    ) -> None:
        self.tables = tables
        self.failed = failed
        self.decisions = decisions
        self.policy = tables.policy
        # For each relation, statements that say which of its facts to follow for whom.
        self.asked: dict[str, list[str]] = defaultdict(list)
        self.sources: dict[tuple[int, Atom | None, tuple[str, ...]], Source] = {}
        self.found: dict[int, list[Point]] = defaultdict(list)

    def read(self) -> dict[int, tuple[Point, ...]]:
        self._goals()
        for component in reversed(self.policy.components):
            done: dict[str, str] = {}
            while any(self.asked.get(name) for name in component.relations):
                for relation in component.relations:
                    if self.asked.get(relation):
                        self._facts(relation, done, recursive=component.recursive)
        return {
            case: tuple(sorted(some, key=_order)) for case, some in self.found.items()
        }

    def _goals(self) -> None:
        goals = {self.policy.outcomes[n].name: goal for n, goal in spoken(self.policy)}
        rows: dict[str, list[tuple[int, ...]]] = defaultdict(list)
        grounds = self.decisions.grounds
        number = 0
        for stretch in self.decisions.stretches():
            for key, ground in stretch:
                name = grounds[ground].outcome
                if name in goals:
                    rows[name].append((number, *key))
                number += 1
        keys = [f"k{place}" for place in range(len(case_columns(self.policy)))]
        for name, some in rows.items():
            table = self.tables.fresh()
            described = ", ".join(f"{one} BIGINT" for one in ["c", *keys])
            self.tables.database.execute(f"CREATE TEMP TABLE {table} ({described})")
            self.tables.database.insert(table[1:-1], some)
            goal = goals[name]
            values = [
                f"k{place}" if place is not None else self._constant(term)
                for term, place in zip(
                    goal.terms, case_positions(self.policy, goal), strict=True
                )
            ]
            self._ask(goal.relation, ["c", *values], table)

    def _constant(self, term: object) -> str:
        return str(self.tables.encoding.constant(term))  # type: ignore[arg-type]

    def _ask(self, relation: str, values: Sequence[str], source: str) -> None:
        names = ["c", *columns(len(values) - 1)]
        chosen = ", ".join(f"{v} AS {n}" for v, n in zip(values, names, strict=True))
        self.asked[relation].append(f"SELECT {chosen} FROM {source} AS p")

    def _facts(self, relation: str, done: dict[str, str], *, recursive: bool) -> None:
        tables = self.tables
        names = columns(self.policy.relations[relation].arity)
        listed = ", ".join(["c", *names])
        wanted = f"SELECT {listed} FROM {tables.united(self.asked.pop(relation))}"
        if recursive:
            if relation in done:
                wanted += f" EXCEPT SELECT {listed} FROM {done[relation]}"
            same = " AND ".join(f"f.{name} = w.{name}" for name in names)
            new = tables.table(
                f"SELECT w.*, f.round FROM ({wanted}) AS w "
                f"JOIN {quoted(relation)} AS f ON {same}"
            )
            if relation in done:
                tables.database.execute(
                    f"INSERT INTO {done[relation]} SELECT {listed} FROM {new}"
                )
            else:
                done[relation] = tables.table(f"SELECT {listed} FROM {new}")
            wanted = f"SELECT * FROM {new}"
        goals = tables.table(
            f"SELECT row_number() OVER () AS n, g.* FROM ({wanted}) AS g"
        )
        if not tables.database.query(f"SELECT 1 FROM {goals} LIMIT 1"):
            return
        component = tables.explainer.component(relation)
        for rule in self.policy.rules_of(relation):
            start = headed(
                rule,
                goals,
                self.tables.encoding.constant,
                recursive=recursive,
                beside={CASE: "c"},
            )
            if rule.id is not None:
                self._told(rule, None, start, component)
                continue
            self._down(rule, start, component)
            atoms = negated(self.policy, rule)
            for atom in atoms:
                self._told(rule, atom, start, component)
            if not atoms and rule.texts and not ids_below_of(self.policy, rule):
                self._told(rule, None, start, component)

    def _down(self, rule: Rule, start: Rows, component: frozenset[str]) -> None:
        """Ask for the derived facts that a rule rests on."""
        for way in expanded(rule.body, filters=True):
            atoms = [
                one
                for one in way
                if isinstance(one, Atom)
                and not self.policy.relations[one.relation].stated
            ]
            if not atoms:
                continue
            picked = self.tables.pick(
                start, way, rule.types, component=component, limit=ALL
            )
            for atom in atoms:
                values = [
                    picked.variables[term.name]
                    if isinstance(term, Variable)
                    else self._constant(term)
                    for term in atom.terms
                ]
                chosen = [picked.variables[CASE], *values]
                self._ask(atom.relation, chosen, picked.source)

    def _told(
        self, rule: Rule, atom: Atom | None, start: Rows, component: frozenset[str]
    ) -> None:
        """Note the instances of a rule that says why."""
        picked = self.tables.pick(
            start, rule.body, rule.types, component=component, limit=ALL
        )
        names = [n for n in _names(rule, atom) if n in picked.variables]
        chosen = [f"p.{picked.variables[name]}" for name in [CASE, *names]]
        words, joined = self._failing(rule, atom, picked)
        decode = [self.tables.explainer.decoder(rule.types[name]) for name in names]
        known: dict[tuple[int, ...], Point] = {}
        own = () if rule.id is None else (rule.id,)
        for case, *row in self.tables.database.query(
            f"SELECT DISTINCT {', '.join([*chosen, *words])} "
            f"FROM {picked.source} AS p{joined}"
        ):
            key = tuple(row)
            if key not in known:
                ids = self.failed.bits.ids_of(row[len(names) :]) if words else own
                values = [d(one) for d, one in zip(decode, row, strict=False)]
                source = self._source(rule, atom, ids, names)
                known[key] = Point(source, dict(zip(names, values, strict=True)))
            self.found[case].append(known[key])

    def _failing(
        self, rule: Rule, atom: Atom | None, picked: Rows
    ) -> tuple[list[str], str]:
        """Return the ids that fail with what a rule negates: words, and their join."""
        if atom is None:
            return [], ""
        table, places = self.failed.of_negated(rule, atom)
        tests = []
        for place in places:
            term = atom.terms[place]
            value = (
                f"p.{picked.variables[term.name]}"
                if isinstance(term, Variable)
                else self._constant(term)
            )
            tests.append(f"x.a{place} = {value}")
        words = [f"x.f{number}" for number in range(self.failed.bits.words)]
        return words, f" JOIN {table} AS x ON {' AND '.join(tests) or '1 = 1'}"

    def _source(
        self, rule: Rule, atom: Atom | None, ids: tuple[str, ...], names: Sequence[str]
    ) -> Source:
        key = rule.index, atom, ids
        if key not in self.sources:
            number = len(self.sources)
            self.sources[key] = Source(number, rule, atom, ids, tuple(names))
        return self.sources[key]


def _names(rule: Rule, atom: Atom | None) -> tuple[str, ...]:
    """Return the variables that the sentence about an instance needs."""
    if atom is not None:
        return tuple(term_variables(atom.terms))
    if not rule.texts:
        return tuple(term_variables(rule.head.terms))
    names = {
        part.name: None
        for sentence in rule.texts.values()
        for part in parse_text(sentence.text)
        if isinstance(part, Hole) and not part.parameter
    }
    return tuple(names)


def _order(point: Point) -> tuple[object, ...]:
    """Return where a point stands among its case's: by the law, then by value."""
    source = point.source
    ids = tuple([clause_order(one) for one in source.ids])
    return ids, source.rule.index, [written(one) for one in point.values.values()]
