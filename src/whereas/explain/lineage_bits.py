"""The ids below each derived fact, as bits: computed from the leaves upwards.

The ids of a fact are those of all its supporting instances and of the facts that
these rest on. They are the same for whoever asks, so they are computed once for
each relation, a query for each rule, and not once for each case. Most relations
need no table: all their facts have the same ids, or a constant in the head tells
them apart. In a recursive component the rounds are taken one after the other,
since an instance supports a fact only through facts of earlier rounds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from whereas.engine.bodies import Names
from whereas.explain.because import negated, relations_first
from whereas.explain.bodies import ROUND, Conjunction, expanded
from whereas.explain.ids import derived_atoms, in_order, relations_below
from whereas.facts.database import columns, quoted
from whereas.policy.core import Atom, Component, Either, Literal, Rule, Variable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Self

    from whereas.explain.explainer import Explainer
    from whereas.explain.failed_ids import FailedIds
    from whereas.facts.database import Database
    from whereas.policy.core import Policy

# A word of a mask is a stored integer: 62 bits keep it positive.
BITS = 62
# Stands for the id of the nearest rule above that has one (`failed_ids`).
ABOVE = ""


class Bits:
    """Numbers ids: each is a bit, and a set of ids is some words of 62 bits."""

    def __init__(self, ids: Sequence[str]) -> None:
        """Number the ids in their order."""
        self.ids = tuple(ids)
        self._bit = {one: 1 << number for number, one in enumerate(self.ids)}
        self.words = max(1, -(-len(self.ids) // BITS))

    def of(self, ids: Iterable[str]) -> int:
        """Return the mask of some ids."""
        return reduce(or_, (self._bit[one] for one in ids), 0)

    def ids_of(self, words: Sequence[int]) -> tuple[str, ...]:
        """Return the ids of a mask, in order."""
        mask = sum(word << (BITS * number) for number, word in enumerate(words))
        return tuple(one for one in self.ids if one and mask & self._bit[one])

    def split(self, mask: int) -> list[int]:
        """Return the words of a mask."""
        return [
            (mask >> (BITS * number)) & ((1 << BITS) - 1)
            for number in range(self.words)
        ]

    def any_of(self, parts: Sequence[Sequence[str]]) -> list[str]:
        """Return the union of some masks that are SQL, word by word."""
        found = []
        for number in range(self.words):
            words = dict.fromkeys(part[number] for part in parts)
            words.pop("0", None)
            found.append(" | ".join(f"({word})" for word in words) or "0")
        return found


def bits_of_rules(policy: Policy) -> Bits:
    """Return the bits of all rules' ids, and one that stands for the rule above."""
    ids = {rule.id for rule in policy.rules if rule.id is not None}
    return Bits([*in_order(ids), ABOVE])


def bits_of_clauses(policy: Policy) -> Bits:
    """Return the bits of the clauses that are not encoded and that a rule names."""
    return Bits(in_order({one for rule in policy.rules for one in rule.subject_to}))


@dataclass(frozen=True, slots=True)
class Mask:
    """Where a relation's masks are: one for all, one for each constant, or a table.

    `table` has the relation's rows and a column `m…` for each word besides.
    """

    constant: int | None = None
    column: int = -1
    by_constant: Mapping[int, int] = field(default_factory=dict)
    table: str | None = None


class _BitOr:
    """SQLite's missing aggregate."""

    def __init__(self) -> None:
        self._bits = 0

    def step(self, bits: int | None) -> None:
        self._bits |= bits or 0

    def finalize(self) -> int:
        return self._bits


class TemporaryTables:
    """Makes temporary tables whose names begin alike, and drops them."""

    def __init__(self, database: Database, title: str) -> None:
        """Start with no table; SQLite gets the aggregate that it lacks."""
        self.database = database
        self.title = title
        self._names: list[str] = []
        if database.dialect == "sqlite":
            database.connection.create_aggregate(  # type: ignore[attr-defined]
                "bit_or", 1, _BitOr
            )

    def name(self, words: str = "") -> str:
        """Return the name of a table that is about to be made."""
        name = f"{self.title} {words or len(self._names)}"
        self._names.append(name)
        self.database.execute(f"DROP TABLE IF EXISTS {quoted(name)}")
        return name

    def table(self, sql: str) -> str:
        """Keep the rows of a statement; return the table's name, quoted."""
        name = quoted(self.name())
        self.database.execute(f"CREATE TEMP TABLE {name} AS {sql}")
        return name

    def any(self, table: str) -> bool:
        """Return whether a table has a row."""
        return bool(self.database.query(f"SELECT 1 FROM {table} LIMIT 1"))

    def remove(self, table: str) -> None:
        """Drop one table, by its quoted name."""
        self.database.execute(f"DROP TABLE {table}")

    def drop(self) -> None:
        """Drop the tables that were made."""
        for name in self._names:
            self.database.execute(f"DROP TABLE IF EXISTS {quoted(name)}")
        self._names.clear()


class Masks:
    """The ids of all rules below each fact of the relations that a target rests on."""

    def __init__(self, explainer: Explainer, bits: Bits, title: str) -> None:
        """Compute nothing yet; `title` begins the names of the tables."""
        self.explainer = explainer
        self.policy = explainer.policy
        self.database = explainer.database
        self.bits = bits
        self.words = bits.words
        self.tables = TemporaryTables(explainer.database, title)
        self._masks: dict[str, Mask] = {}

    def measure(self, target: str, *, itself: bool = True) -> Self:
        """Compute the masks of all that a target can rest on, and of the target.

        Whoever asks for the target's attempts does not need its own (`itself`), save
        through recursion.
        """
        below = self.relations(target)
        for component in self.policy.components:
            wanted = [
                name
                for name in component.relations
                if name in below and name not in self._masks
            ]
            if wanted and (component.recursive or itself or wanted != [target]):
                self._measure(component, wanted)
        return self

    def relations(self, target: str) -> set[str]:
        """Return the derived relations whose masks count towards the target's."""
        return relations_below(self.policy, target)

    def descends(self, rule: Rule) -> bool:
        """Return whether what a rule rests on counts, besides its own bits."""
        del rule
        return True

    def own(self, rule: Rule) -> int | None:
        """Return the bits of what a rule says itself; None, if its instances differ."""
        return 0 if rule.id is None else self.bits.of([rule.id])

    def own_words(self, rule: Rule, query: Conjunction) -> list[str]:
        """Return the words of what an instance of a rule says itself, as SQL."""
        del query
        return [str(word) for word in self.bits.split(self.own(rule) or 0)]

    # --- masks as SQL ---------------------------------------------------------------

    def of(self, relation: str) -> Mask:
        """Return where the masks of a relation are; a stated one has none."""
        return self._masks.get(relation, Mask(constant=0))

    def source(self, relation: str) -> str:
        """Return the table that has a relation's rows, with masks where they vary."""
        return self.of(relation).table or relation

    def sources(self) -> dict[str, str]:
        """Return the tables that stand for relations."""
        return {name: m.table for name, m in self._masks.items() if m.table}

    def sql(self, relation: str, alias: str) -> list[str]:
        """Return the words of the mask of a row, as SQL."""
        mask = self.of(relation)
        if mask.table is not None:
            return [f"{alias}.m{number}" for number in range(self.words)]
        if mask.constant is not None:
            return [str(word) for word in self.bits.split(mask.constant)]
        found = []
        for number in range(self.words):
            cases = " ".join(
                f"WHEN {value} THEN {self.bits.split(bits)[number]}"
                for value, bits in mask.by_constant.items()
            )
            found.append(f"CASE {alias}.a{mask.column} {cases} ELSE 0 END")
        return found

    # --- computing them -------------------------------------------------------------

    def _measure(self, component: Component, wanted: list[str]) -> None:
        rules = {name: self.policy.rules_of(name) for name in wanted}
        inside = frozenset(wanted) if component.recursive else frozenset()
        flat = {
            name: [self._flat(rule, inside) for rule in rules[name]] for name in wanted
        }
        everything = [bits for name in wanted for bits in flat[name]]
        if None not in everything and len(set(everything)) == 1:
            for name in wanted:
                self._masks[name] = Mask(constant=everything[0])
            return
        if not any(self.tables.any(quoted(name)) for name in wanted):
            self._masks.update(dict.fromkeys(wanted, Mask(constant=0)))
            return
        if not component.recursive:
            (name,) = wanted
            told = self._told_apart(rules[name], flat[name])
            self._masks[name] = told or self._table(name)
            return
        self._rounds(wanted, frozenset(component.relations))

    def _flat(self, rule: Rule, inside: frozenset[str]) -> int | None:
        """Return the mask that all instances of a rule have; None, if they differ."""
        if not self.descends(rule):
            return self.own(rule)
        below, own = self._flat_body(rule.body, inside), self.own(rule)
        return None if below is None or own is None else below | own

    def _flat_body(self, body: Sequence[Literal], inside: frozenset[str]) -> int | None:
        bits = 0
        for literal in body:
            if isinstance(literal, Atom):
                if literal.relation in inside:
                    continue
                constant = self.of(literal.relation).constant
                if constant is None:
                    return None
                bits |= constant
            elif isinstance(literal, Either):
                branches = {self._flat_body(b, inside) for b in literal.branches}
                if len(branches) != 1 or None in branches:
                    return None
                if inside and any(
                    name in inside
                    for b in literal.branches
                    for name in derived_atoms(self.policy, b)
                ):
                    return None
                bits |= branches.pop() or 0
        return bits

    def _told_apart(
        self, rules: Sequence[Rule], flat: Sequence[int | None]
    ) -> Mask | None:
        """Return masks told apart by a constant in the head, where that is possible."""
        if None in flat:
            return None
        for position in range(len(rules[0].head.terms)):
            by_constant: dict[int, int] = {}
            for rule, bits in zip(rules, flat, strict=True):
                term = rule.head.terms[position]
                if isinstance(term, Variable) or bits is None:
                    break
                value = self.explainer.encoding.constant(term)
                if by_constant.setdefault(value, bits) != bits:
                    break
            else:
                return Mask(column=position, by_constant=by_constant)
        return None

    def _table(self, relation: str) -> Mask:
        """Compute the masks of a relation that is not recursive."""
        name = self.tables.name(f"of {relation}")
        arity = self.policy.relations[relation].arity
        ways = [
            f"SELECT {', '.join([*self._head(rule, query), *words])} {query.source()}"
            for rule in self.policy.rules_of(relation)
            for query, words in self._ways(rule)
        ]
        keys = ", ".join(columns(arity))
        united = ", ".join(f"bit_or(m{n}) AS m{n}" for n in range(self.words))
        self.database.execute(
            f"CREATE TEMP TABLE {quoted(name)} AS SELECT {keys}, {united} "
            f"FROM ({' UNION ALL '.join(ways)}) AS way GROUP BY {keys}"
        )
        self._index(name, keys)
        return Mask(table=name)

    def _index(self, name: str, keys: str) -> None:
        if self.database.dialect == "sqlite":
            index = quoted(f"{name} by key")
            self.database.execute(f"CREATE INDEX {index} ON {quoted(name)} ({keys})")

    def _head(self, rule: Rule, query: Conjunction) -> list[str]:
        return [
            f"{self.explainer.encoding.sql(term, query.variables)} AS a{position}"
            for position, term in enumerate(rule.head.terms)
        ]

    def _ways(
        self, rule: Rule, component: frozenset[str] = frozenset()
    ) -> list[tuple[Conjunction, list[str]]]:
        """Return each choice of branches of a rule, with the words of its mask."""
        found = []
        for way in expanded(rule.body, filters=True):
            query = Conjunction(
                self.explainer.encoding,
                self.policy,
                Names(),
                {ROUND: "?1"} if component else {},
                component=component,
                sources=self.sources(),
            ).add(way)
            atoms = query.atoms if self.descends(rule) else []
            own = self.own_words(rule, query)
            words = self.bits.any_of(
                [
                    own,
                    *(self.sql(atom.relation, alias) for atom, alias, _ in atoms),
                ]
            )
            words = [f"{word} AS m{number}" for number, word in enumerate(words)]
            found.append((query, words))
        return found

    def _rounds(self, wanted: list[str], inside: frozenset[str]) -> None:
        """Compute the masks of a recursive component, round by round."""
        for relation in wanted:
            name = self.tables.name(f"of {relation}")
            keys = columns(self.policy.relations[relation].arity)
            kinds = [*keys, "round", *(f"m{n}" for n in range(self.words))]
            described = ", ".join(f"{kind} BIGINT" for kind in kinds)
            self.database.execute(f"CREATE TEMP TABLE {quoted(name)} ({described})")
            self._index(name, ", ".join(keys))
            self._masks[relation] = Mask(table=name)
        statements = [self._round(relation, inside) for relation in wanted]
        last = max(
            int(
                self.database.query(
                    f"SELECT coalesce(max(round), 0) FROM {quoted(relation)}"
                )[0][0]
            )
            for relation in wanted
        )
        for number in range(1, last + 1):
            for statement in statements:
                self.database.execute(statement, (number,))

    def _round(self, relation: str, inside: frozenset[str]) -> str:
        """Return the statement that computes a relation's masks of one round."""
        arity = self.policy.relations[relation].arity
        keys = columns(arity)
        ways = []
        for rule in self.policy.rules_of(relation):
            for query, words in self._ways(rule, inside):
                head = self._head(rule, query)
                row = [
                    f"h.a{position} = {one.rsplit(' AS ', 1)[0]}"
                    for position, one in enumerate(head)
                ]
                tables = ", ".join([f"{quoted(relation)} AS h", *query.tables])
                where = " AND ".join(["h.round = ?1", *row, *query.conditions])
                ways.append(
                    f"SELECT {', '.join([*head, *words])} FROM {tables} WHERE {where}"
                )
        chosen = ", ".join(keys)
        united = ", ".join(f"bit_or(m{n})" for n in range(self.words))
        return (
            f"INSERT INTO {quoted(self.of(relation).table or '')} "
            f"SELECT {chosen}, ?1, {united} "
            f"FROM ({' UNION ALL '.join(ways)}) AS way GROUP BY {chosen}"
        )

    def drop(self) -> None:
        """Drop the tables that were made."""
        self.tables.drop()


class ClauseMasks(Masks):
    """The clauses that are not encoded and that each fact is subject to, as bits."""

    def own(self, rule: Rule) -> int:
        """Return the bits of the clauses that a rule names."""
        return self.bits.of(rule.subject_to)


class SupportMasks(Masks):
    """The ids that support a fact: the first ones on the way down, as bits.

    The way ends at a rule that has an id. A rule without one, that rests on nothing
    with ids, gives the ids that fail with what it negates.
    """

    def __init__(
        self, explainer: Explainer, bits: Bits, title: str, failed: FailedIds
    ) -> None:
        """Compute nothing yet."""
        super().__init__(explainer, bits, title)
        self.failed = failed

    def relations(self, target: str) -> set[str]:
        """Return the derived relations that are reached through rules without an id."""
        return relations_first(self.policy, target)

    def descends(self, rule: Rule) -> bool:
        """Return whether the ids of what a rule rests on count: it has none itself."""
        return rule.id is None

    def own(self, rule: Rule) -> int | None:
        """Return the bits of a rule's id, or of what it negates, if these are known."""
        if rule.id is not None:
            return self.bits.of([rule.id])
        bits = 0
        for atom in negated(self.policy, rule):
            constant = self.failed.constant(atom.relation)
            if constant is None:
                return None
            bits |= constant
        return bits

    def own_words(self, rule: Rule, query: Conjunction) -> list[str]:
        """Return the words of what an instance of a rule says itself, as SQL.

        What it negates is joined to the query with the ids that fail.
        """
        constant = self.own(rule)
        if constant is not None:
            return [str(word) for word in self.bits.split(constant)]
        parts = []
        for atom in negated(self.policy, rule):
            table, known = self.failed.of_negated(rule, atom)
            alias = query.names.fresh()
            query.tables.append(f"{table} AS {alias}")
            for place in known:
                value = self.explainer.encoding.sql(atom.terms[place], query.variables)
                query.conditions.append(f"{alias}.a{place} = {value}")
            parts.append([f"{alias}.f{number}" for number in range(self.words)])
        return self.bits.any_of(parts)
