"""Goals into the graph of reasons: a few SQL statements for each rule, for all goals.

Goals that hold are supported by their first instance: rules in their order, then the
rows of the body (`batch_tables`). In a recursive component an instance supports a fact
only through facts of earlier rounds, so no support goes in a circle. Goals that do not
hold are tried by every rule: the nearest attempts count (`nearest_attempts`). What an
attempt lacks makes the goals of the next level; a goal is tried once, however often it
is lacking, so that a recursion ends.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from whereas.explain.batch_tables import BatchTables, headed
from whereas.explain.graph import (
    Graph,
    Instances,
    StatedRows,
)
from whereas.explain.instance_reader import AttemptReader, SupportReader
from whereas.explain.nearest_attempts import (
    masks_of,
    nearest_rows,
    started,
)
from whereas.facts.database import columns, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from whereas.explain.explainer import Explainer
    from whereas.policy.core import Component, Literal, Rule
    from whereas.values import Type

# How many literals or variables one integer of a row's signature tells apart.
_BITS = 60


class GraphBuilder:
    """Builds one graph: ask for supports and attempts, then `build`.

    `depth` is how many levels of attempts there are, `limit` how many of each rule at
    a goal that was asked for, `below` how many at what such an attempt lacks. `more`
    is how many further supporting instances of a fact are kept. No new goal is tried
    once there are more than `most` attempts (None: no bound). With `only_lacking`
    nothing is read of the literals that an attempt meets, and no fact is supported.
    """

    def __init__(
        self,
        explainer: Explainer,
        *,
        depth: int = 1,
        limit: int = 1,
        below: int = 1,
        more: int = 0,
        most: int | None = None,
        only_lacking: bool = False,
    ) -> None:
        """Start with no goal."""
        self.explainer = explainer
        self.policy = explainer.policy
        self.tables = BatchTables(explainer)
        self.graph = Graph(depth=depth)
        self.depth = depth
        self.limit = limit
        self.below = below
        self.more = more
        self.most = most
        self.only_lacking = only_lacking
        # For each relation the statements whose rows are to be supported, or tried.
        self.asked: dict[str, list[str]] = defaultdict(list)
        self.lacked: dict[str, list[str]] = defaultdict(list)

    def support(self, relation: str, statement: str) -> None:
        """Ask for the supports of facts: columns `a0`, …, or `row` of a stated one."""
        self.asked[relation].append(statement)

    def attempt(self, relation: str, statement: str) -> None:
        """Ask for the attempts at goals: columns `a0`, …, NULL being any value."""
        self.lacked[relation].append(statement)

    def attempt_body(
        self,
        body: tuple[Literal, ...],
        types: Mapping[str, Type],
        values: Mapping[str, int | None],
        used: Sequence[str] = (),
    ) -> Instances:
        """Return the nearest attempt at a body, some of its variables having values.

        `used` are variables that something outside the body reads. What the attempt
        met is supported by `build`.
        """
        chosen = ["1 AS n"]
        chosen += [
            f"CAST({'NULL' if one is None else one} AS BIGINT) AS v{at}"
            for at, one in enumerate(values.values())
        ]
        given = tuple(values)
        rows = nearest_rows(
            self.tables,
            types,
            body,
            start=f"SELECT {', '.join(chosen)}",
            given=given,
            used=tuple(used),
        )
        reading = AttemptReader(self, rows, body, types, given=given)
        reading.read()
        return reading.instances([(0, 0)])

    def build(self) -> Graph:
        """Return the graph of all that was asked for; drop the tables made for it."""
        try:
            self._attempts()
            if self.only_lacking:
                return self.graph
            for component in reversed(self.policy.components):
                self._component(component)
            for relation in self.policy.relations.values():
                if relation.stated and self.asked.get(relation.name):
                    self._stated(relation.name)
            return self.graph
        finally:
            self.tables.drop()

    # --- attempts -------------------------------------------------------------------

    def _attempts(self) -> None:
        """Try the goals level by level; those that were tried before are not again."""
        tried: dict[str, str] = {}
        limit, made = self.limit, 0
        for depth in range(self.depth, 0, -1):
            lacked, self.lacked = self.lacked, defaultdict(list)
            for relation in sorted(lacked):
                goals = self._untried(relation, lacked[relation], tried)
                nodes = self._nodes(relation, goals)
                level = self.depth - depth + 1
                self.graph.levels.update(dict.fromkeys(nodes.values(), level))
                for mask in masks_of(self.tables, relation, goals):
                    for rule in self.policy.rules_of(relation):
                        start = started(self.tables.encoding, rule, goals, mask)
                        instances = self._tried(rule, start, nodes, limit, depth > 1)
                        made += len(instances)
                        self.graph.attempts.append(instances)
            limit = self.below
            if self.most is not None and made > self.most:
                break
        self.lacked.clear()

    def _untried(
        self, relation: str, statements: Sequence[str], tried: dict[str, str]
    ) -> str:
        """Make a numbered table of the goals that were not tried yet; note them."""
        listed = ", ".join(columns(self.policy.relations[relation].arity))
        wanted = self.tables.united(statements)
        if relation in tried:
            wanted = self.tables.table(
                f"SELECT {listed} FROM {wanted} "
                f"EXCEPT SELECT {listed} FROM {tried[relation]}"
            )
        goals = self.tables.numbered(wanted)
        if relation in tried:
            self.tables.database.execute(
                f"INSERT INTO {tried[relation]} SELECT {listed} FROM {goals}"
            )
        else:
            tried[relation] = self.tables.stored(f"SELECT {listed} FROM {goals}")
        return goals

    def _nodes(self, relation: str, goals: str) -> dict[int, int]:
        """Return the node of each goal of a table, by its number there."""
        names = columns(self.policy.relations[relation].arity)
        chosen = [f"p.{name}" for name in ("n", *names)]
        missing = self.graph.nodes.missing(relation)
        return {
            number: missing[tuple(values)]  # type: ignore[misc]
            for number, *values in self.tables.read(goals, chosen)
        }

    def _tried(
        self,
        rule: Rule,
        start: tuple[str, tuple[str, ...], tuple[str, ...]],
        nodes: Mapping[int, int],
        limit: int,
        below: bool,
    ) -> Instances:
        """Return the nearest attempts at some goals by one rule."""
        statement, given, head = start
        rows = nearest_rows(
            self.tables,
            rule.types,
            rule.body,
            start=statement,
            given=given,
            used=head,
            limit=limit,
        )
        if limit > 1:
            rows = self.tables.renumbered(rows)
        reading = AttemptReader(
            self, rows, rule.body, rule.types, rule=rule, given=given, below=below
        )
        reading.read()
        owners = enumerate(reading.owners())
        return reading.instances([(row, nodes[owner]) for row, owner in owners])

    # --- supports -------------------------------------------------------------------

    def _component(self, component: Component) -> None:
        """Support the facts of a component; in a recursive one, level by level."""
        done: dict[str, str] = {}
        while any(self.asked.get(name) for name in component.relations):
            for relation in component.relations:
                if not self.asked.get(relation):
                    continue
                wanted = self.tables.united(self.asked.pop(relation))
                if component.recursive:
                    wanted = self._new(relation, wanted, done)
                goals = self.tables.numbered(wanted)
                # What no fact asks for asks for nothing.
                if self.tables.any(goals):
                    self._derived(relation, goals)

    def _new(self, relation: str, source: str, done: dict[str, str]) -> str:
        """Return the facts with their rounds that were not wanted before; note them."""
        names = columns(self.policy.relations[relation].arity)
        listed = ", ".join(names)
        wanted = f"SELECT {listed} FROM {source}"
        if relation in done:
            wanted += f" EXCEPT SELECT {listed} FROM {done[relation]}"
        same = " AND ".join(f"f.{name} = w.{name}" for name in names)
        new = self.tables.table(
            f"SELECT w.*, f.round FROM ({wanted}) AS w JOIN {quoted(relation)} AS f "
            f"ON {same}"
        )
        if relation not in done:
            done[relation] = self.tables.stored(f"SELECT {listed} FROM {new}")
        else:
            self.tables.database.execute(
                f"INSERT INTO {done[relation]} SELECT {listed} FROM {new}"
            )
        return new

    def _derived(self, relation: str, goals: str) -> None:
        """Support the facts of a derived relation: `goals` has them, numbered."""
        tables, facts = self.tables, self.graph.nodes.facts(relation)
        component = tables.explainer.component(relation)
        most = 1 + self.more
        readings: list[tuple[SupportReader, list[tuple[int, int]]]] = []
        totals: dict[int, int] = defaultdict(int)
        kept: dict[int, int] = defaultdict(int)
        for rule in self.policy.rules_of(relation):
            start = headed(
                rule, goals, tables.encoding.constant, recursive=bool(component)
            )
            if start.source != goals and not tables.any(start.source):
                continue
            rows = tables.pick(
                start, rule.body, rule.types, component=component, limit=most
            )
            if most > 1:
                rows = tables.renumbered(rows)
            reading = SupportReader(
                self, rows, rule.body, rule.types, rule=rule, component=component
            )
            key = reading.key(rule.head)
            reading.read()
            counted: dict[int, int] = {}
            chosen: list[tuple[int, int]] = []
            nodes = map(facts.get, reading.keys(key))
            for row, (node, total) in enumerate(
                zip(nodes, reading.totals(), strict=True)
            ):
                # A fact that was asked for and is not named after all needs no support.
                if node is None:
                    continue
                counted[node] = total
                # The first rule that gives a fact says why; the others are counted.
                if kept[node] < most:
                    kept[node] += 1
                    chosen.append((row, node))
            for node, total in counted.items():
                totals[node] += total
            if chosen:
                readings.append((reading, chosen))
        for reading, chosen in readings:
            self.graph.supports.append(reading.instances(chosen, totals))

    def _stated(self, relation: str) -> None:
        """Read the stated facts that were asked for."""
        facts = self.graph.nodes.facts(relation)
        names = columns(self.policy.relations[relation].arity)
        asked = self.tables.united(self.asked.pop(relation))
        read = self.tables.database.query(
            f"SELECT row, {', '.join(names)} FROM {quoted(relation)} "
            f"WHERE row IN (SELECT row FROM {asked})"
        )
        named = [row for row in read if row[0] in facts]
        if named:
            rows, *values = zip(*named, strict=True)
            nodes = [facts[row] for row in rows]
            self.graph.stated.append(StatedRows(relation, nodes, rows, values))
