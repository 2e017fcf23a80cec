"""Tables of instances into columns: what each literal of a body looked at.

`graph_builder` says which rows there are, and asks for what a reader finds below them.
A reader is made, which prepares what is to be read (and may make further tables); it
reads once; then `instances` keeps some of its rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.engine.bodies import binds
from whereas.explain.bodies import ROUND, variables_of
from whereas.explain.explainer import ROWS_SHOWN
from whereas.explain.expressions import is_test
from whereas.explain.graph import (
    Alternatives,
    Column,
    Comparing,
    Counted,
    Excluded,
    Instances,
    LookedUp,
    Testing,
)
from whereas.explain.nearest_attempts import (
    lacked_goals,
    nearest_rows,
    open_before,
)
from whereas.facts.database import columns
from whereas.policy.core import (
    Aggregate,
    Atom,
    Comparison,
    Either,
    Membership,
    Not,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from whereas.explain.batch_tables import Rows
    from whereas.explain.graph import Key, Premises
    from whereas.explain.graph_builder import GraphBuilder
    from whereas.policy.core import Expression, Literal, Rule
    from whereas.values import Type

# How many literals or variables one integer of a row's signature tells apart.
_BITS = 60


class SupportReader:
    """Instances of a body that hold, on their way from tables into columns.

    `component` are the relations of which only rows before the head's round count.
    """

    def __init__(
        self,
        builder: GraphBuilder,
        rows: Rows,
        body: Sequence[Literal],
        types: Mapping[str, Type],
        *,
        rule: Rule | None = None,
        given: Sequence[str] = (),
        component: frozenset[str] = frozenset(),
    ) -> None:
        """Prepare to read the variables, and what each literal looked at."""
        self.builder = builder
        self.tables = builder.tables
        self.rows = rows
        self.body = tuple(body)
        self.types = types
        self.rule = rule
        self.given = tuple(given)
        self.component = component
        self._places = {"p.n": 0}
        self._columns: list[Column] = []
        mentioned = {name for one in body for name in variables_of(one)}
        self.variables = {
            name: self.place(f"p.{column}")
            for name, column in rows.variables.items()
            if name != ROUND and (rule is not None or name in mentioned)
        }
        self._prepare()

    def _prepare(self) -> None:
        self._resolve = [
            self._premise(literal, number) for number, literal in enumerate(self.body)
        ]

    # --- columns --------------------------------------------------------------------

    def place(self, sql: str) -> int:
        """Return the place of an expression among the columns."""
        return self._places.setdefault(sql, len(self._places))

    def read(self) -> None:
        """Read the columns; to be called once everything is prepared."""
        if self.rows.owner is not None:
            self.place(f"p.{self.rows.owner}")
        if self.rows.counted:
            self.place("p.total")
        order = "" if self.rows.owner is None else "p.n"
        read = self.tables.read(self.rows.source, list(self._places), order)
        if read:
            self._columns = list(zip(*read, strict=True))
        else:
            self._columns = [()] * len(self._places)

    def owners(self) -> Sequence[int]:
        """Return the number of the row that each instance belongs to."""
        owner = self.rows.owner
        place = 0 if owner is None else self._places[f"p.{owner}"]
        return self._columns[place]  # type: ignore[return-value]  # never NULL

    def totals(self) -> Sequence[int]:
        """Return how many instances each row's owner has of this body."""
        if not self.rows.counted:
            return [1] * len(self._columns[0])
        return self._columns[self._places["p.total"]]  # type: ignore[return-value]

    def keys(self, places: Sequence[int]) -> Sequence[Key]:
        """Return the key of a fact in each row."""
        if len(places) == 1:
            return self._columns[places[0]]  # type: ignore[return-value]
        return list(zip(*(self._columns[at] for at in places), strict=True))

    def instances(
        self, chosen: Sequence[tuple[int, int]], totals: Mapping[int, int] | None = None
    ) -> Instances:
        """Keep some rows, each with the node or the row that it belongs to."""
        if len(chosen) < len(self._columns[0]):
            kept = [row for row, _ in chosen]
            self._columns = [[column[row] for row in kept] for column in self._columns]
        owners = [owner for _, owner in chosen]
        rows = {number: row for row, number in enumerate(self._columns[0])}
        counted = self.totals() if totals is None else [totals[one] for one in owners]
        return Instances(
            self.rule,
            self.body,
            self.types,
            self.given,
            owners,
            {name: self._columns[at] for name, at in self.variables.items()},
            self._bits("unmet"),
            self._bits("open"),
            counted,
            tuple([resolve(rows) for resolve in self._resolve]),  # type: ignore[arg-type]
        )

    def nested(
        self, rows: Mapping[int, int], taken: Mapping[int, object]
    ) -> tuple[Instances, Mapping[int, int]]:
        """Keep what belongs to rows of another body that are not taken yet."""
        chosen: list[tuple[int, int]] = []
        where: dict[int, int] = {}
        for row, owner in enumerate(self.owners()):
            outer = rows.get(owner)
            if outer is not None and outer not in taken:
                where[outer] = len(chosen)
                chosen.append((row, outer))
        return self.instances(chosen), where

    def _bits(self, name: str) -> Sequence[int]:
        """Return a signature of each row: no literal is unmet, no variable open."""
        del name
        return [0] * len(self._columns[0])

    # --- facts ----------------------------------------------------------------------

    def key(self, atom: Atom) -> list[int]:
        """Return the places of the values of an atom whose variables are known."""
        return [self.place(term) for term in self._terms(atom)]

    def _terms(self, atom: Atom) -> list[str]:
        return [
            f"p.{self.rows.variables[term.name]}"
            if isinstance(term, Variable)
            else str(self.tables.encoding.constant(term))
            for term in atom.terms
        ]

    def fact(self, atom: Atom, number: int, where: str = "1 = 1") -> list[int]:
        """Ask for the fact that an atom is; return the places of its key."""
        if self.builder.policy.relations[atom.relation].stated:
            column = self.rows.places[number]
            asked, places = f"p.{column} AS row", [self.place(f"p.{column}")]
        else:
            terms = enumerate(self._terms(atom))
            asked = ", ".join(f"{term} AS a{at}" for at, term in terms)
            places = self.key(atom)
        self.builder.support(
            atom.relation, f"SELECT {asked} FROM {self.rows.source} AS p WHERE {where}"
        )
        return places

    def nodes(self, relation: str, places: Sequence[int]) -> list[int]:
        """Return the nodes of the facts whose keys stand in some places."""
        facts = self.builder.graph.nodes.facts(relation)
        return list(map(facts.__getitem__, self.keys(places)))

    # --- literals that hold ---------------------------------------------------------

    def _premise(
        self, literal: Literal, number: int
    ) -> Callable[[Mapping[int, int]], Premises]:
        """Prepare what a literal looked at; the result reads it, given kept rows."""
        match literal:
            case Atom():
                places = self.fact(literal, number)
                return lambda _: LookedUp(self.nodes(literal.relation, places))
            case Not():
                return lambda _: Excluded({})
            case Comparison(_, left, right):
                sides = self._value(left), self._value(right)
                return lambda _: Comparing(*(self._columns[at] for at in sides))
            case Membership(term):
                value = self._value(term)
                return lambda _: Testing(self._columns[value])
            case Either():
                branches = self._branches(literal, self.rows)
                return lambda rows: _alternatives(rows, branches, ())
            case Aggregate():
                return self._aggregate(literal, "1 = 1")

    def _value(self, expression: Expression) -> int:
        """Return the place of an expression's value."""
        variables = {n: f"p.{c}" for n, c in self.rows.variables.items()}
        return self.place(self.tables.encoding.sql(expression, variables))

    def _branches(self, literal: Either, rows: Rows) -> list[SupportReader]:
        """Read for each branch of an alternative the rows that it holds for."""
        readings = []
        for branch in literal.branches:
            if all(is_test(one) and binds(one) is None for one in branch):
                seen = self.tables.inside(rows, "p", frozenset())
                tests = [seen.condition(one) for one in branch]
                inner = rows.only(" AND ".join(tests) or "1 = 1")
            else:
                inner = self.tables.pick(
                    rows, branch, self.types, component=self.component
                )
            reading = SupportReader(
                self.builder, inner, branch, self.types, component=self.component
            )
            reading.read()
            readings.append(reading)
        return readings

    def _aggregate(
        self, literal: Aggregate, where: str
    ) -> Callable[[Mapping[int, int]], Premises]:
        """Read an aggregate's value, and the first rows that it counted."""
        seen = self.tables.inside(self.rows, "p", frozenset())
        value = self.place(seen.aggregate(literal))
        group = [name for name in literal.group if name in self.rows.variables]
        matching = self._matching(self.rows.only(where).knowing(group), literal.body)
        return lambda rows: Counted(self._columns[value], matching(rows))

    def _matching(
        self, rows: Rows, body: Sequence[Literal]
    ) -> Callable[
        [Mapping[int, int]], Mapping[int, tuple[Sequence[Sequence[int]], int]]
    ]:
        """Read the facts of a body's first rows for each row, and how many it has."""
        picked = self.tables.pick(rows, body, self.types, limit=ROWS_SHOWN)
        reading = SupportReader(self.builder, picked, (), self.types)
        atoms = [
            (one.relation, reading.fact(one, number))
            for number, one in enumerate(body)
            if isinstance(one, Atom)
        ]
        pick = reading.place("p.pick")
        reading.read()

        def matching(
            kept: Mapping[int, int],
        ) -> Mapping[int, tuple[Sequence[Sequence[int]], int]]:
            owners, places = reading.owners(), reading.columns[pick]
            order = [row for row, owner in enumerate(owners) if owner in kept]
            order.sort(key=lambda row: (owners[row], places[row]))
            shown: dict[int, tuple[list[Sequence[int]], int]] = {}
            totals = reading.totals()
            keys = [(relation, reading.keys(key)) for relation, key in atoms]
            facts = self.builder.graph.nodes.facts
            for row in order:
                found = shown.setdefault(kept[owners[row]], ([], totals[row]))
                found[0].append([facts(name)[key[row]] for name, key in keys])
            return shown

        return matching

    @property
    def columns(self) -> Sequence[Column]:
        """The columns that were read."""
        return self._columns


class AttemptReader(SupportReader):
    """The nearest attempts at a body: some literals are met, others are not.

    `below` says that what a derived atom lacks is to be tried in turn.
    """

    def __init__(
        self,
        builder: GraphBuilder,
        rows: Rows,
        body: Sequence[Literal],
        types: Mapping[str, Type],
        *,
        rule: Rule | None = None,
        given: Sequence[str] = (),
        below: bool = False,
    ) -> None:
        """Prepare to read the variables, and what each literal looked at."""
        self.below = below
        super().__init__(builder, rows, body, types, rule=rule, given=given)

    def _prepare(self) -> None:
        flags = [f"p.u{number}" for number in range(len(self.body))]
        nulls = [
            f"CASE WHEN p.{self.rows.variables[name]} IS NULL THEN 1 ELSE 0 END"
            for name in self.variables
        ]
        self._signatures = {
            name: [
                self.place(
                    " + ".join(
                        f"({bit}) * {1 << at}"
                        for at, bit in enumerate(bits[start : start + _BITS])
                    )
                )
                for start in range(0, len(bits), _BITS)
            ]
            for name, bits in (("unmet", flags), ("open", nulls))
        }
        met, unmet = self._occurring()
        if self.builder.only_lacking:
            self._resolve = [
                self._atom(literal, number, met=False, unmet=unmet[number])
                if isinstance(literal, Atom)
                else _not_read
                for number, literal in enumerate(self.body)
            ]
            return
        self._resolve = [
            self._condition(literal, number, met=met[number], unmet=unmet[number])
            for number, literal in enumerate(self.body)
        ]

    def _occurring(self) -> tuple[list[bool], list[bool]]:
        """Return which literals some attempt meets, and which some does not."""
        if not self.body:
            return [], []
        numbers = range(len(self.body))
        flags = self.tables.extremes(self.rows.source, [f"u{at}" for at in numbers])
        return [least == 0 for least, _ in flags], [most == 1 for _, most in flags]

    def _bits(self, name: str) -> Sequence[int]:
        words = [self._columns[at] for at in self._signatures[name]]
        if not words:
            return super()._bits(name)
        if len(words) == 1:
            return words[0]  # type: ignore[return-value]
        return [
            sum(word << (_BITS * at) for at, word in enumerate(row))
            for row in zip(*words, strict=True)
        ]

    # --- literals that are met, or not -----------------------------------------------

    def _condition(
        self, literal: Literal, number: int, *, met: bool, unmet: bool
    ) -> Callable[[Mapping[int, int]], Premises]:
        holds, fails = f"p.u{number} = 0", f"p.u{number} = 1"
        match literal:
            case Atom():
                return self._atom(literal, number, met=met, unmet=unmet)
            case Not(atom) if unmet:
                names = self._known(atom)
                known = "".join(
                    f" AND p.{self.rows.variables[name]} IS NOT NULL" for name in names
                )
                rows = self.rows.only(fails + known).knowing(names)
                matching = self._matching(rows, (atom,))
                return lambda kept: Excluded(
                    {
                        row: ([fact for one in shown for fact in one], total)
                        for row, (shown, total) in matching(kept).items()
                    }
                )
            case Either():
                taken = self._branches(literal, self.rows.only(holds)) if met else []
                tried = self._tried(literal, fails) if unmet else []
                return lambda kept: _alternatives(kept, taken, tried)
            case _:
                return self._premise(literal, number)

    def _known(self, literal: Literal) -> list[str]:
        return [
            name
            for name in dict.fromkeys(variables_of(literal))
            if name in self.rows.variables
        ]

    def _atom(
        self, atom: Atom, number: int, *, met: bool, unmet: bool
    ) -> Callable[[Mapping[int, int]], Premises]:
        """Read the facts of rows that meet an atom, and what the others lack."""
        stated = self.builder.policy.relations[atom.relation].stated
        flag = f"p.u{number} = 0"
        bit = 1 << number
        known = all(name in self.rows.variables for name in variables_of(atom))
        places: list[int] = []
        picked: SupportReader | None = None
        if met and known and (number in self.rows.places or not stated):
            places = self.fact(atom, number, flag)
        elif met:
            # The first row that matches, where the attempt does not say which.
            first = self.tables.pick(self.rows.only(flag), (atom,), self.types)
            picked = SupportReader(self.builder, first, (atom,), self.types)
            picked.read()
        asked: dict[int, tuple[int | None, ...]] = {}
        if unmet and self.below and not stated:
            waits = open_before(self.rows, self.body, self.given, number)
            where = f"p.u{number} = 1 AND NOT ({waits})"
            table = lacked_goals(self.tables, self.rows, atom, where)
            names = columns(len(atom.terms))
            chosen = [f"p.{name}" for name in ("n", *names)]
            asked = {
                row: tuple(values)  # type: ignore[misc]
                for row, *values in self.tables.read(table, chosen)
            }
            if asked:
                listed = ", ".join(names)
                self.builder.attempt(atom.relation, f"SELECT {listed} FROM {table}")

        def resolve(kept: Mapping[int, int]) -> Premises:
            nodes: list[int | None] = [None] * len(kept)
            if places:
                facts = self.builder.graph.nodes.facts(atom.relation)
                flags = self._bits("unmet")
                for row, key in enumerate(self.keys(places)):
                    if not flags[row] & bit:
                        nodes[row] = facts[key]
            if picked is not None:
                instances, _ = picked.nested(kept, {})
                (looked_up,) = instances.premises
                assert isinstance(looked_up, LookedUp)  # noqa: S101
                for row, node in zip(instances.owners, looked_up.nodes, strict=True):
                    nodes[row] = node
            if asked:
                missing = self.builder.graph.nodes.missing(atom.relation)
                for own, values in asked.items():
                    if own in kept:
                        nodes[kept[own]] = missing[values]
            return LookedUp(nodes)

        return resolve

    def _tried(self, literal: Either, where: str) -> list[SupportReader]:
        """Read the nearest attempt at each branch of an alternative that is not met."""
        names = list(self.rows.variables)
        chosen = ["p.n AS n"]
        chosen += [f"p.{self.rows.variables[n]} AS v{i}" for i, n in enumerate(names)]
        start = f"SELECT {', '.join(chosen)} FROM {self.rows.source} AS p WHERE {where}"
        readings: list[SupportReader] = []
        for branch in literal.branches:
            rows = nearest_rows(
                self.tables, self.types, branch, start=start, given=names
            )
            reading = AttemptReader(
                self.builder,
                rows,
                branch,
                self.types,
                given=names,
                below=self.below,
            )
            reading.read()
            readings.append(reading)
        return readings


def _not_read(kept: Mapping[int, int]) -> Premises:
    """Return nothing that a literal looked at."""
    del kept
    return Excluded({})


def _alternatives(
    kept: Mapping[int, int],
    branches: Sequence[SupportReader],
    attempts: Sequence[SupportReader],
) -> Alternatives:
    """Return what alternatives looked at: the first branch that holds, or attempts."""
    taken: dict[int, tuple[int, int]] = {}
    supports = []
    for number, reading in enumerate(branches):
        instances, where = reading.nested(kept, taken)
        supports.append(instances)
        taken.update((row, (number, inner)) for row, inner in where.items())
    tried = [reading.nested(kept, {}) for reading in attempts]
    return Alternatives(
        taken,
        tuple(supports),
        tuple([where for _, where in tried]),
        tuple([instances for instances, _ in tried]),
    )
