"""Substitutions by the thousand as temporary tables, and the rows that answer them.

The rows of a body are joined with a table of substitutions, and a window takes the
first of each, in the order of `bodies.instances`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from whereas.engine.bodies import Names, binds
from whereas.engine.dialect import only_filters
from whereas.engine.join_order import in_join_order
from whereas.explain.bodies import (
    ROUND,
    Conjunction,
    expanded,
    order_keys,
)
from whereas.explain.expressions import term_variables
from whereas.facts.database import Sqlite, quoted
from whereas.policy.core import Atom, Comparison, Either, Variable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from whereas.explain.bodies import OrderKey
    from whereas.explain.explainer import Explainer
    from whereas.policy.core import Constant, Literal, Parameter, Rule
    from whereas.values import Type

# SQLite unites five hundred statements at most.
_TERMS = 200
# So many rows at most stand in a statement, and in no table.
FEW = 100


@dataclass(frozen=True, slots=True)
class Rows:
    """Substitutions as a table: `n` says whose, and each variable has a column.

    `source` is what stands after FROM. `places` are the columns with the file's row
    of a body's stated atoms, `flags` those that say which literals are unmet. Rows
    that were picked are `counted`: they have a `total`,
    among how many they were. `owner` is the column that says whose, where `n` is a
    number of the row's own.
    """

    source: str
    variables: Mapping[str, str]
    places: Mapping[int, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    counted: bool = False
    owner: str | None = None

    @property
    def columns(self) -> list[str]:
        """The columns besides the number."""
        return [*self.variables.values(), *self.flags, *self.places.values()]

    def only(self, condition: str) -> Rows:
        """Return the rows that meet a condition, in which they are called `p`."""
        source = f"(SELECT * FROM {self.source} AS p WHERE {condition})"
        return replace(self, source=source, owner=None)

    def knowing(self, names: Sequence[str]) -> Rows:
        """Return the rows with some of the variables, the others forgotten."""
        return Rows(self.source, {n: self.variables[n] for n in names})


def headed(
    rule: Rule,
    goals: str,
    constant: Callable[[Constant | Parameter], int],
    *,
    recursive: bool,
    beside: Mapping[str, str] | None = None,
) -> Rows:
    """Return the goals that a rule's head can be, with what it gives its variables.

    `beside` are columns of the goals that are carried along under a name.
    """
    variables = dict(beside or {})
    tests: list[str] = []
    for place, term in enumerate(rule.head.terms):
        if not isinstance(term, Variable):
            tests.append(f"a{place} = {constant(term)}")
        elif term.name in variables:
            tests.append(f"a{place} = {variables[term.name]}")
        else:
            variables[term.name] = f"a{place}"
    if recursive:
        variables[ROUND] = "round"
    rows = Rows(goals, variables)
    return rows.only(" AND ".join(tests)) if tests else rows


class _Joined(Conjunction):
    """A body that many substitutions are joined with."""

    def condition(self, literal: Literal) -> str:
        """Return a test as a condition that only filters what equalities join."""
        condition = super().condition(literal)
        plain = isinstance(literal, Comparison) and literal.op == "="
        if self.encoding.dialect == "sqlite" or plain or "SELECT" in condition:
            return condition
        return only_filters(condition)


class BatchTables:
    """Makes temporary tables over a model, and drops them."""

    def __init__(self, explainer: Explainer) -> None:
        """Start with no table."""
        self.explainer = explainer
        self.policy = explainer.policy
        self.database = explainer.database
        self.encoding = explainer.encoding
        self._made: list[str] = []
        # Rows that stand in statements, by what stands for them after FROM.
        self._few: dict[str, tuple[list[str], list[tuple[int | None, ...]]]] = {}

    def table(self, sql: str) -> str:
        """Keep the rows of a statement; return what stands for them after FROM.

        In SQLite few rows are read at once and stand in the statements that use them:
        making a table takes longer than most statements here.
        """
        if isinstance(self.database, Sqlite):
            read = self.database.connection.execute(sql)
            rows = read.fetchmany(FEW + 1)
            if len(rows) <= FEW:
                return self._kept([column[0] for column in read.description], rows)
            read.close()
        return self.stored(sql)

    def _kept(self, names: list[str], rows: list[tuple[int | None, ...]]) -> str:
        """Return few rows as what stands for them after FROM, and know them."""
        source = _inline(names, rows)
        self._few[source] = names, rows
        return source

    def stored(self, sql: str) -> str:
        """Keep the rows of a statement in a table; return the table's name, quoted."""
        name = self.fresh()
        self.database.execute(f"CREATE TEMP TABLE {name} AS {sql}")
        return name

    def united(self, statements: Sequence[str]) -> str:
        """Keep the different rows of some statements; return the table's name."""
        statements = list(dict.fromkeys(statements))
        parts = [
            " UNION ALL ".join(statements[start : start + _TERMS])
            for start in range(0, len(statements), _TERMS)
        ]
        if len(parts) > 1:
            rows = self.stored(parts[0])
            for part in parts[1:]:
                self.database.execute(f"INSERT INTO {rows} {part}")
            parts = [f"SELECT * FROM {rows}"]
        return self.table(f"SELECT DISTINCT * FROM ({parts[0]}) AS u")

    def numbered(self, source: str) -> str:
        """Give the rows of a source numbers `n`."""
        if source in self._few:
            names, rows = self._few[source]
            numbered = [(at, *row) for at, row in enumerate(rows, 1)]
            return self._kept(["n", *names], numbered)
        return self.table(f"SELECT row_number() OVER () AS n, g.* FROM {source} AS g")

    def extremes(self, source: str, names: Sequence[str]) -> list[tuple[int, int]]:
        """Return the least and the greatest value of some columns."""
        if source in self._few:
            rows = self.read(source, [f"p.{name}" for name in names])
            columns = zip(*rows, strict=True)
            return [(min(one), max(one)) for one in columns] or [(2, -1)] * len(names)
        chosen = ", ".join(f"min(p.{name}), max(p.{name})" for name in names)
        (ends,) = self.database.query(f"SELECT {chosen} FROM {source} AS p")
        return list(zip(ends[::2], ends[1::2], strict=True))

    def any(self, source: str) -> bool:
        """Return whether there is a row; `source` is what stands after FROM."""
        if source in self._few:
            return bool(self._few[source][1])
        return bool(self.database.query(f"SELECT 1 FROM {source} LIMIT 1"))

    def none(self, source: str) -> bool:
        """Return whether it is known already that there is no row."""
        return source in self._few and not self._few[source][1]

    def read(
        self, source: str, chosen: Sequence[str], order: str = ""
    ) -> list[tuple[int | None, ...]]:
        """Return some columns, or expressions, of the rows `p` of a source."""
        if source in self._few and not order:
            names, rows = self._few[source]
            places = {f"p.{name}": at for at, name in enumerate(names)}
            if not rows:
                return []
            if all(one in places for one in chosen):
                taken = [places[one] for one in chosen]
                return [tuple([row[at] for at in taken]) for row in rows]
        by = f" ORDER BY {order}" if order else ""
        return self.database.query(f"SELECT {', '.join(chosen)} FROM {source} AS p{by}")

    def fresh(self) -> str:
        """Return the name of a table that is about to be made."""
        name = quoted(f"batch {next(self.database.numbering)}")
        self._made.append(name)
        return name

    def drop(self) -> None:
        """Drop all tables that were made."""
        for name in self._made:
            self.database.execute(f"DROP TABLE IF EXISTS {name}")
        self._made.clear()

    def renumbered(self, rows: Rows) -> Rows:
        """Give picked rows numbers of their own, in order; keep whose they are."""
        kept = ", ".join(
            f"r.{name} AS {name}" for name in [*rows.columns, "pick", "total"]
        )
        table = self.table(
            f"SELECT row_number() OVER (ORDER BY r.n, r.pick) AS n, r.n AS owner, "
            f"{kept} FROM {rows.source} AS r"
        )
        return replace(rows, source=table, owner="owner")

    def inside(self, rows: Rows, alias: str, component: frozenset[str]) -> Conjunction:
        """Return an empty conjunction that sees the variables of some rows."""
        return _Joined(
            self.encoding,
            self.policy,
            Names(),
            {name: f"{alias}.{column}" for name, column in rows.variables.items()},
            component=component,
            nullable=frozenset(rows.variables),
            need=self.explainer.need,
        )

    def pick(
        self,
        rows: Rows,
        body: Sequence[Literal],
        types: Mapping[str, Type],
        *,
        component: frozenset[str] = frozenset(),
        limit: int = 1,
    ) -> Rows:
        """Return the first instances of a body for each substitution, in their order.

        As `bodies.instances` orders them; `total` says how many there are.
        """
        binding = [one for one in body if isinstance(one, Either) and one.binds]
        own = {id(one) for one in body if isinstance(one, Atom)}
        places = [
            number
            for number, one in enumerate(body)
            if isinstance(one, Atom) and self.policy.relations[one.relation].stated
        ]
        new = [name for name in _bound(body) if name not in rows.variables]
        keep = {name: f"k{i}" for i, name in enumerate([*rows.variables, *new])}
        statements = []
        order: list[OrderKey] = []
        for way in expanded(body, filters=False):
            query = self.inside(rows, "w", component)
            # The body's own atoms come first: what they give orders the instances.
            query.add(sorted(way, key=lambda one: id(one) not in own))
            atoms = [found for found in query.atoms if id(found[0]) in own]
            keys = order_keys(atoms, self.policy.relations)
            keys += [
                (query.variables[name], types[name])
                for either in binding
                for name in either.binds
            ]
            order = [(f"o{i}", type_) for i, (_, type_) in enumerate(keys)]
            alias = {id(atom): name for atom, name, _ in atoms}
            chosen = ["w.n AS n"]
            chosen += [f"{query.variables[n]} AS {c}" for n, c in keep.items()]
            chosen += [f"{alias[id(body[i])]}.row AS r{i}" for i in places]
            chosen += [f"{key} AS o{i}" for i, (key, _) in enumerate(keys)]
            tables = self._joined(f"{rows.source} AS w", rows.variables, query)
            where = " AND ".join(query.conditions) or "1 = 1"
            statements.append(f"SELECT {', '.join(chosen)} FROM {tables} WHERE {where}")
        columns = ["n", *keep.values(), *(f"r{i}" for i in places)]
        source = self.first(" UNION ".join(statements), columns, order, limit)
        return Rows(source, keep, {i: f"r{i}" for i in places}, counted=True)

    def _joined(self, source: str, known: Collection[str], query: Conjunction) -> str:
        """Return a FROM clause of some rows and the tables of a body."""
        if self.database.dialect != "sqlite":
            return ", ".join([source, *query.tables])
        ordered = in_join_order(query.joined, known, self.policy.relations)
        return " CROSS JOIN ".join([source, *ordered])

    def first(
        self, sql: str, kept: Sequence[str], order: Sequence[OrderKey], limit: int = 1
    ) -> str:
        """Keep the first rows for each number `n`; return what stands after FROM.

        Besides what is kept they say their place (`pick`), and how many there are
        (`total`). Where no number has several rows, and few do, nothing is put in
        order: their texts would have to be looked up among all.
        """
        rows = self.table(sql)
        few = self._few.get(rows)
        if few is not None:
            count, different = len(few[1]), len({row[0] for row in few[1]})
        else:
            ((count, different),) = self.database.query(
                f"SELECT count(*), count(DISTINCT n) FROM {rows}"
            )
        alone = f"SELECT {', '.join(kept)}, 1 AS pick, 1 AS total FROM {rows}"
        if count == different:
            source = f"({alone})"
            if few is not None:
                width = len(kept)
                rows_ = [(*row[:width], 1, 1) for row in few[1]]
                self._few[source] = [*kept, "pick", "total"], rows_
            return source
        many = self.table(
            f"SELECT n AS m, count(*) AS total FROM {rows} "
            "GROUP BY n HAVING count(*) > 1"
        )
        tied = self.table(
            f"SELECT r.*, m.total FROM {rows} AS r JOIN {many} AS m ON m.m = r.n"
        )
        keys, joins = self._ranked(tied, order)
        window = "PARTITION BY r.n"
        if keys:
            window += f" ORDER BY {', '.join(f'{key} NULLS FIRST' for key in keys)}"
        mine = ", ".join(f"r.{name} AS {name}" for name in kept)
        return self.table(
            f"{alone} WHERE n NOT IN (SELECT m FROM {many}) "
            f"UNION ALL SELECT {', '.join(kept)}, pick, total FROM (SELECT {mine}, "
            f"row_number() OVER ({window}) AS pick, r.total AS total "
            f"FROM {tied} AS r{joins}) AS i WHERE pick <= {limit}"
        )

    def _ranked(self, rows: str, order: Sequence[OrderKey]) -> tuple[list[str], str]:
        """Return what some rows `r` are put in order by, and what is joined for that.

        The texts among it are looked up together, and stand for themselves as the
        places that they have in their own order.
        """
        texts = [column for column, type_ in order if type_.kind == "text"]
        if not texts:
            return [f"r.{column}" for column, _ in order], ""
        which = " UNION ".join(f"SELECT {column} FROM {rows}" for column in texts)
        places = self.table(
            "SELECT id, row_number() OVER (ORDER BY text) AS place "
            f"FROM symbol WHERE id IN ({which})"
        )
        keys, joins = [], ""
        for number, (column, type_) in enumerate(order):
            if type_.kind != "text":
                keys.append(f"r.{column}")
                continue
            keys.append(f"t{number}.place")
            joins += f" LEFT JOIN {places} AS t{number} ON t{number}.id = r.{column}"
        return keys, joins


def _bound(body: Sequence[Literal]) -> list[str]:
    """Return the variables of a body's substitution, in their order."""
    own: dict[str, None] = {}
    for literal in body:
        if isinstance(literal, Atom):
            own.update(dict.fromkeys(term_variables(literal.terms)))
        elif isinstance(literal, Either):
            own.update(dict.fromkeys(literal.binds))
        elif (name := binds(literal)) is not None:
            own[name] = None
    return list(own)


def _inline(names: Sequence[str], rows: Sequence[Sequence[int | None]]) -> str:
    """Return a few rows as what stands after FROM in SQLite."""
    if not rows:
        columns = ", ".join(f"NULL AS {name}" for name in names)
        return f"(SELECT {columns} WHERE 0)"
    columns = ", ".join(f"column{at} AS {name}" for at, name in enumerate(names, 1))
    values = ", ".join(
        f"({', '.join('NULL' if one is None else str(one) for one in row)})"
        for row in rows
    )
    return f"(SELECT {columns} FROM (VALUES {values}))"
