"""The part of a large model that a question about one case needs, in SQLite.

Every row is copied that the goal's rules reach by bound columns: rule by rule, a
body is walked from left to right as an explainer reads it, and each atom, negated
and counted ones included, takes all rows that match what is bound by then. Rows
that a `references` column points to come along for the sentences. Tests never
narrow: an attempt at what does not hold needs the rows that fail. A relation
reached unbound comes whole, or the limit stops it aloud.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from whereas.diagnostics import LimitExceeded
from whereas.engine.arithmetic import Number, evaluate
from whereas.engine.names import constants, literal_variables, without_alternatives
from whereas.engine.ranked import recursive_relations
from whereas.engine.sql import encoder
from whereas.engine.sql_store import create_table
from whereas.facts.database import Row, Sqlite, columns, quoted
from whereas.facts.rows import create_key_indexes, create_tables
from whereas.policy.core import (
    Aggregate,
    Atom,
    Comparison,
    Constant,
    Either,
    Literal,
    Not,
    Parameter,
    Rule,
    Term,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from whereas.engine.model import Model
    from whereas.facts.database import Database
    from whereas.policy.core import Policy

# A question about one case reaches some hundred rows.
MOST = 200_000

# A variable whose atom found no row is open (None): what needs it is not met.
Bindings = dict[str, int | None]
_Key = tuple[int, ...]
_Demand = tuple[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Slice:
    """A model of the rows that were reached, and how many rows the whole has.

    Its fact base can be changed and solved again; its derived rows keep the
    rounds of the whole.
    """

    model: Model
    counts: Mapping[str, int]


def slice_for(
    model: Model, goals: Iterable[Atom], *, most: int = MOST, counted: bool = True
) -> Slice:
    """Return the slice of a model that the goals reach.

    A goal's constants bind; its variables match anything. Raises `LimitExceeded`
    beyond `most` rows. `counted` False leaves the counts out.
    """
    reader = _Reader(model, most)
    for goal in goals:
        reader.take(goal, [{}])
    reader.finish()
    counts = {}
    if counted:
        for name in model.policy.relations:
            found = model.database.query(f"SELECT count(*) FROM {quoted(name)}")
            counts[name] = int(found[0][0])
    facts = replace(model.facts, database=reader.copied())
    return Slice(replace(model, facts=facts), counts)


@dataclass(slots=True)
class _Reader:
    """Rows reached so far, and what was asked for them."""

    model: Model
    most: int
    # Rows with what stands behind their columns: `row`, or `round`.
    rows: dict[str, dict[Row, tuple[int, ...]]] = field(default_factory=dict)
    found: dict[tuple[_Demand, _Key], list[Row]] = field(default_factory=dict)
    waiting: list[tuple[_Demand, list[_Key]]] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    size: int = 0
    tails: dict[str, tuple[str, ...]] = field(default_factory=dict)
    stored: Callable[[Constant | Parameter], int] = field(init=False)

    def __post_init__(self) -> None:
        self.stored = encoder(self.model.setting, self.number)
        recursive = recursive_relations(self.policy)
        for relation in self.policy.relations.values():
            self.rows[relation.name] = {}
            tail = ("row",) if relation.stated else ()
            self.tails[relation.name] = (
                ("round",) if relation.name in recursive else tail
            )

    @property
    def policy(self) -> Policy:
        """The policy of the model."""
        return self.model.policy

    @property
    def source(self) -> Database:
        """Where the whole is."""
        return self.model.database

    def number(self, text: str) -> int:
        """Return the number of a text in the source, one of no text if it has none."""
        if self.source.dialect == "sqlite":
            return self.source.intern(text)
        if text not in self.numbers:
            self._look_up([text, *self._policy_texts()] if not self.numbers else [text])
        return self.numbers[text]

    def _look_up(self, texts: Sequence[str]) -> None:
        """Find the numbers of texts, together: DuckDB reads the whole table."""
        self.numbers.update(dict.fromkeys(texts, -1))
        marks = ", ".join("?" * len(texts))
        found = self.source.query(
            f"SELECT text, id FROM symbol WHERE text IN ({marks})", texts
        )
        self.numbers.update((text, int(number)) for text, number in found)

    def _policy_texts(self) -> list[str]:
        terms = (one for rule in self.policy.rules for one in constants(rule))
        values = (
            one.value if isinstance(one, Constant) else self.model.setting.value(one)
            for one in terms
        )
        return [one for one in dict.fromkeys(values) if isinstance(one, str)]

    # --- reaching -----------------------------------------------------------------

    def take(self, atom: Atom, known: Sequence[Bindings]) -> list[Bindings]:
        """Reach an atom's rows under each of the bindings; return them extended.

        What finds no row leaves the atom's own variables open, and what needs an
        open variable finds none.
        """
        asked: dict[tuple[int, ...], dict[_Key, None]] = {}
        keys: list[tuple[tuple[int, ...], _Key] | None] = []
        for bindings in known:
            bound = _bound(atom.terms, bindings, self.stored)
            if bound is not None:
                asked.setdefault(bound[0], {})[bound[1]] = None
            keys.append(bound)
        for places, wanted in asked.items():
            self.fetch((atom.relation, places), list(wanted))
        none = dict.fromkeys(literal_variables(atom))
        extended: list[Bindings] = []
        for bindings, bound in zip(known, keys, strict=True):
            found = bound and self.found[(atom.relation, bound[0]), bound[1]]
            rows = [_extended(atom.terms, row, bindings) for row in found or ()]
            extended += rows or [{**none, **bindings}]
        return extended

    def fetch(self, demand: _Demand, keys: Sequence[_Key]) -> None:
        """Copy the rows of a relation that have given values at given places."""
        name, places = demand
        fresh = [key for key in keys if (demand, key) not in self.found]
        for key in list(fresh):
            row = self._known_by_key(name, places, key)
            if row is not None:
                self.found[demand, key] = [row]
                fresh.remove(key)
        if not fresh:
            return
        for key in fresh:
            self.found[demand, key] = []
        relation = self.policy.relations[name]
        new: list[Row] = []
        for found in self._query(name, places, fresh):
            row, tail = tuple(found[: relation.arity]), tuple(found[relation.arity :])
            self.found[demand, tuple(row[at] for at in places)].append(row)
            if row not in self.rows[name]:
                self.rows[name][row] = tail
                new.append(row)
        self.size += len(new)
        if self.size > self.most:
            raise LimitExceeded(
                f"stopped at the limit of {self.most:,} rows for one question: it was "
                f"reading `{name}`"
            )
        for at, column in enumerate(relation.columns):
            if column.references and new:
                target = self.policy.relations[column.references]
                if len(target.key) == 1:
                    self.waiting.append(
                        ((target.name, target.key), list({(row[at],) for row in new}))
                    )
        if not relation.stated:
            self.waiting.append((demand, fresh))

    def _known_by_key(
        self, name: str, places: tuple[int, ...], key: _Key
    ) -> Row | None:
        relation = self.policy.relations[name]
        if len(relation.key) != 1 or relation.key[0] not in places or len(places) == 1:
            return None
        alone = ((name, relation.key), (key[places.index(relation.key[0])],))
        for row in self.found.get(alone, ()):
            if all(row[at] == value for at, value in zip(places, key, strict=True)):
                return row
        return None

    def _query(
        self, name: str, places: tuple[int, ...], keys: Sequence[_Key]
    ) -> Iterator[Row]:
        names = (*columns(self.policy.relations[name].arity), *self.tails[name])
        select = f"SELECT {', '.join(names)} FROM {quoted(name)}"
        if not places:
            yield from self.source.query(f"{select} LIMIT {self.most - self.size + 1}")
        elif self.source.dialect == "sqlite":
            test = " AND ".join(f"a{at} = ?" for at in places)
            for key in keys:
                yield from self.source.query(f"{select} WHERE {test}", key)
        else:
            # Column by column first: DuckDB skips what it can tell from one column.
            tests = [
                f"a{at} IN ({', '.join(f'{n:d}' for n in sorted({*values}))})"
                for at, *values in zip(places, *keys, strict=True)
            ]
            if len(places) > 1 and len(keys) > 1:
                rows = ", ".join(f"({', '.join(map(str, key))})" for key in keys)
                tests.append(f"({', '.join(f'a{at}' for at in places)}) IN ({rows})")
            test = " AND ".join(tests)
            yield from self.source.query(f"{select} WHERE {test}")

    def finish(self) -> None:
        """Follow rules and references until nothing new is asked for."""
        while self.waiting:
            demand, keys = self.waiting.pop(0)
            name, places = demand
            if self.policy.relations[name].stated:
                self.fetch(demand, keys)
                continue
            for rule in self.policy.rules_of(name):
                self._walk(rule, places, keys)

    def _walk(self, rule: Rule, places: tuple[int, ...], keys: Sequence[_Key]) -> None:
        stored = self.stored
        starts: list[Bindings] = []
        for key in keys:
            start: Bindings = {}
            fits = True
            for at, value in zip(places, key, strict=True):
                term = rule.head.terms[at]
                if isinstance(term, Variable):
                    fits = fits and start.setdefault(term.name, value) == value
                else:
                    fits = fits and stored(term) == value
            if fits:
                starts.append(start)
        if starts:
            # Conditions look at what all openers have bound, wherever they stand.
            conditions = [one for one in rule.body if _is_condition(one)]
            openers = [one for one in rule.body if not _is_condition(one)]
            for body in without_alternatives((*openers, *conditions), lambda _: True):
                self._body(body, starts)

    def _body(self, body: Sequence[Literal], starts: Sequence[Bindings]) -> None:
        known = list(starts)
        for place, literal in enumerate(body):
            match literal:
                case Atom():
                    known = self.take(literal, known)
                case Not(atom):
                    self.take(atom, known)
                case Aggregate():
                    for inner in without_alternatives(literal.body, lambda _: True):
                        self._body(inner, _only(known, literal.group))
                case Comparison() if literal.binds:
                    known = [self._with_value(literal, one) for one in known]
                case _:
                    pass
            later = {
                name for one in body[place + 1 :] for name in literal_variables(one)
            }
            known = _only(known, later)

    def _with_value(self, literal: Comparison, bindings: Bindings) -> Bindings:
        own = Variable(literal.binds or "")
        other = literal.right if literal.left == own else literal.left
        stored = self.stored
        try:
            value: Number = evaluate(other, bindings, stored, self.policy.month_end)
        except KeyError:  # an operand is open
            return bindings
        return {own.name: value, **bindings}

    # --- copying ------------------------------------------------------------------

    def copied(self) -> Sqlite:
        """Return the rows in a database of their own, its texts numbered anew."""
        database = Sqlite()
        database.execute("BEGIN")
        relations = self.policy.relations
        stated = [one for one in relations.values() if one.stated]
        create_tables(stated, database)
        texts = self._texts(database)
        for component in self.policy.components:
            for name in component.relations:
                create_table(self.policy, component, name, database)
        for name, rows in self.rows.items():
            textual = [c.type.kind == "text" for c in relations[name].columns]
            database.insert(
                name,
                [
                    (
                        *(
                            texts.get(value, value) if is_text else value
                            for value, is_text in zip(row, textual, strict=True)
                        ),
                        *tail,
                    )
                    for row, tail in rows.items()
                ],
            )
        create_key_indexes(stated, database)
        database.execute("COMMIT")
        return database

    def _texts(self, target: Database) -> dict[int, int]:
        used = sorted(
            {
                row[at]
                for name, rows in self.rows.items()
                for at, column in enumerate(self.policy.relations[name].columns)
                if column.type.kind == "text"
                for row in rows
                if row[at] >= 0
            }
        )
        if not used:
            return {}
        if self.source.dialect == "sqlite":
            return {number: target.intern(self.source.text(number)) for number in used}
        listed = ", ".join(f"{number:d}" for number in used)
        found = self.source.query(
            f"SELECT id, text FROM symbol WHERE id IN ({listed}) ORDER BY id"
        )
        return {int(number): target.intern(text) for number, text in found}


def _bound(
    terms: Sequence[Term],
    bindings: Bindings,
    stored: Callable[[Constant | Parameter], int],
) -> tuple[tuple[int, ...], _Key] | None:
    """Return what is bound of an atom, or None where a variable is open."""
    places, key = [], []
    for at, term in enumerate(terms):
        if isinstance(term, Variable):
            if term.name not in bindings:
                continue
            value = bindings[term.name]
        else:
            value = stored(term)
        if value is None:
            return None
        places.append(at)
        key.append(value)
    return tuple(places), tuple(key)


def _extended(terms: Sequence[Term], row: Row, bindings: Bindings) -> Bindings:
    new: Bindings = {
        term.name: value
        for term, value in zip(terms, row, strict=True)
        if isinstance(term, Variable)
    }
    return {**new, **bindings}


def _is_condition(literal: Literal) -> bool:
    return isinstance(literal, Not | Aggregate) or (
        isinstance(literal, Either) and not literal.binds
    )


def _only(known: Sequence[Bindings], names: Iterable[str]) -> list[Bindings]:
    """Return the bindings of some variables, each once."""
    kept = frozenset(names)
    unique: dict[tuple[tuple[str, int | None], ...], None] = {}
    for bindings in known:
        unique[tuple(sorted((k, v) for k, v in bindings.items() if k in kept))] = None
    return [dict(items) for items in unique]
