"""The attempts of all cases at the rules of the target: one query for each rule.

Each attempt has the ids below its met literals as bits (`masks`), and those that
fail with its unmet ones. An attempt with nothing unmet is an instance of the rule:
then the target holds, and all such attempts count. Else the nearest attempt does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.explain.bodies import expanded, order_of
from whereas.explain.chain import Chain
from whereas.explain.decisions import case_positions
from whereas.explain.ids import derived_atoms, failed_ids
from whereas.facts.database import quoted
from whereas.policy.core import Atom, Either, Literal, Rule, Variable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whereas.explain.explainer import Explainer
    from whereas.explain.masks import Masks


class Sweep(Chain):
    """The attempts of all cases at one rule, with the masks of what they met."""

    def __init__(self, explainer: Explainer, masks: Masks, rule: Rule) -> None:
        """Compile the attempts at a rule."""
        self.masks = masks
        self.rule = rule
        # For each literal: the words of the ids below it, where it is met.
        self.held: dict[int, list[str]] = {}
        start, given, self.key = _start(explainer, rule)
        super().__init__(
            explainer.encoding,
            explainer.policy,
            rule.types,
            start=start,
            given=given,
        )
        head = [t.name for t in rule.head.terms if isinstance(t, Variable)]
        self.add(rule.body, head)
        for number, literal in enumerate(rule.body):
            if isinstance(literal, Either) and number not in self.held:
                self._below(number, literal)

    def source(self, relation: str) -> str:
        """Return the table to take a relation's rows from, masks included."""
        return self.masks.source(relation)

    def take(self, number: int, atom: Atom) -> None:
        """Take a row of an opener; that of the case itself is there already."""
        given = self._own_row(atom)
        if given is None:
            super().take(number, atom)
            return
        self.held[number] = ["0"] * self.masks.words
        added = [f"p.x{i} AS {self.column(name)}" for name, i in given.items()]
        self.extend([*added, f"0 AS u{number}"])

    def _own_row(self, atom: Atom) -> dict[str, int] | None:
        """Return the columns that an atom takes from the case's own row.

        None, where the atom is not the subject's with the case's key and nothing but
        new variables besides.
        """
        if atom.relation != self.policy.subject:
            return None
        key = self.policy.relations[atom.relation].key
        new: dict[str, int] = {}
        for position, term in enumerate(atom.terms):
            if not isinstance(term, Variable):
                return None
            if position in key:
                if self.key.get(term.name) != position:
                    return None
            elif term.name in self.columns or term.name in new:
                return None
            else:
                new[term.name] = position
        return new

    def opened(self, number: int, atom: Atom, alias: str, added: list[str]) -> None:
        """Add the mask of an opener's row."""
        self._keep(number, self.masks.sql(atom.relation, alias), added, f"h{number}")

    def _keep(
        self, number: int, words: list[str], added: list[str], column: str
    ) -> None:
        """Add the words of a mask as columns; a constant needs none."""
        kept = []
        for place, word in enumerate(words):
            if word.isdigit():
                kept.append(word)
            else:
                added.append(f"{word} AS {column}_{place}")
                kept.append(f"coalesce(p.{column}_{place}, 0)")
        self.held[number] = kept

    def condition(self, number: int, literal: Literal) -> None:
        """Add whether a condition is unmet, and the ids below it."""
        if isinstance(literal, Atom):
            found, words, joined = self._hit(literal)
            added = [f"CASE WHEN {found} THEN 0 ELSE 1 END AS u{number}"]
            self._keep(number, words, added, f"h{number}")
            self.extend(added, joined)
        elif isinstance(literal, Either) and self._simple(literal):
            self._either(number, literal)
        else:
            super().condition(number, literal)

    def _hit(self, atom: Atom) -> tuple[str, list[str], str]:
        """Join the rows that match an atom, one for each binding: hit, mask, join."""
        alias, inner = self.names.fresh(), self.names.fresh()
        bound: list[tuple[int, str]] = []
        tests: list[str] = []
        free: dict[str, int] = {}
        for position, term in enumerate(atom.terms):
            if not isinstance(term, Variable):
                value = self.encoding.constant(term)
                tests.append(f"{inner}.a{position} = {value}")
            elif term.name in self.columns:
                bound.append((position, f"p.{self.columns[term.name]}"))
            elif term.name in free:
                tests.append(f"{inner}.a{position} = {inner}.a{free[term.name]}")
            else:
                free[term.name] = position
        table = quoted(self.source(atom.relation))
        on = " AND ".join(f"{alias}.a{position} = {v}" for position, v in bound)
        if not free and bound:
            own = [test.replace(f"{inner}.", f"{alias}.") for test in tests]
            on = " AND ".join([on, *own])
            words = self.masks.sql(atom.relation, alias)
            found = f"{alias}.a{bound[0][0]} IS NOT NULL"
            return found, words, f" LEFT JOIN {table} AS {alias} ON {on}"
        keys = [f"{inner}.a{position}" for position, _ in bound]
        words = self.masks.sql(atom.relation, inner)
        chosen = [*keys, "max(1) AS hit"]
        kept = []
        for place, word in enumerate(words):
            if word.isdigit():
                kept.append(word)
            else:
                chosen.append(f"bit_or({word}) AS h_{place}")
                kept.append(f"{alias}.h_{place}")
        where = f" WHERE {' AND '.join(tests)}" if tests else ""
        group = f" GROUP BY {', '.join(keys)}" if keys else ""
        source = f"(SELECT {', '.join(chosen)} FROM {table} AS {inner}{where}{group})"
        return (
            f"{alias}.hit IS NOT NULL",
            kept,
            f" LEFT JOIN {source} AS {alias} ON {on or '1 = 1'}",
        )

    def _simple(self, literal: Either) -> bool:
        """Return whether each branch is one atom, or needs no table."""
        return all(
            (len(branch) == 1 and isinstance(branch[0], Atom))
            or not any(isinstance(one, Atom | Either) for one in branch)
            for branch in literal.branches
        )

    def _either(self, number: int, literal: Either) -> None:
        """Add an alternative whose branches are single atoms, or tests."""
        joins: list[str] = []
        tests: list[str] = []
        parts: list[list[str]] = []
        for branch in literal.branches:
            if isinstance(branch[0], Atom):
                found, words, joined = self._hit(branch[0])
                joins.append(joined)
                tests.append(found)
                parts.append(
                    [
                        "0" if w == "0" else f"CASE WHEN {found} THEN {w} ELSE 0 END"
                        for w in words
                    ]
                )
            else:
                tests.append(self.conjunction().holding(branch))
        unmet = f"CASE WHEN {' OR '.join(tests)} THEN 0 ELSE 1 END AS u{number}"
        added = [unmet]
        words = self.masks.any_of(parts) if parts else ["0"] * self.masks.words
        self._keep(number, words, added, f"h{number}")
        self.extend(added, "".join(joins))

    def _below(self, number: int, literal: Either) -> None:
        """Add the ids below all branches that hold of any other alternative."""
        if not derived_atoms(self.policy, (literal,)):
            return
        parts = []
        for way in expanded((literal,), filters=True):
            inner = self.conjunction()
            inner.sources = self.masks.sources()
            inner.add(way)
            words = self.masks.any_of(
                [self.masks.sql(atom.relation, alias) for atom, alias, _ in inner.atoms]
            )
            if inner.tables:
                parts.append(
                    [
                        "0"
                        if word == "0"
                        else f"coalesce((SELECT bit_or({word}) {inner.source()}), 0)"
                        for word in words
                    ]
                )
        added: list[str] = []
        self._keep(number, self.masks.any_of(parts), added, f"h{number}")
        if added:
            self.extend(added)


def _start(explainer: Explainer, rule: Rule) -> tuple[str, list[str], dict[str, int]]:
    """Return the cases that a rule's head can be the target of, and what they give.

    The last is the subject's key column that a variable has its value from.
    """
    policy = explainer.policy
    assert policy.subject is not None  # noqa: S101
    key = policy.relations[policy.subject].key
    goal = policy.target
    given: dict[str, str] = {}
    keys: dict[str, int] = {}
    tests: list[str] = []
    places = case_positions(policy, goal)
    for term, asked, place in zip(rule.head.terms, goal.terms, places, strict=True):
        if place is not None:
            value = f"x.a{key[place]}"
        else:
            assert not isinstance(asked, Variable)  # noqa: S101
            value = str(explainer.encoding.constant(asked))
        if not isinstance(term, Variable):
            tests.append(f"{value} = {explainer.encoding.constant(term)}")
        elif term.name in given:
            tests.append(f"{value} = {given[term.name]}")
        else:
            given[term.name] = value
            if place is not None:
                keys[term.name] = key[place]
    chosen = [f"{value} AS v{i}" for i, value in enumerate(given.values())]
    arity = policy.relations[policy.subject].arity
    chosen += [f"x.a{i} AS x{i}" for i in range(arity) if i not in key]
    where = f" WHERE {' AND '.join(tests)}" if tests else ""
    return (
        f"SELECT {', '.join(['x.row AS c', *chosen])} "
        f"FROM {quoted(policy.subject)} AS x{where}",
        list(given),
        keys,
    )


def best_attempts(explainer: Explainer, masks: Masks) -> list[str]:
    """Decide the target for all cases: a table for each rule, one row for each case.

    Its columns: the case `c`, how many literals are `unmet`, and the words of what
    held (`h…`) and failed (`f…`).
    """
    policy, database = explainer.policy, explainer.database
    found = []
    for rule in policy.rules_of(policy.target.relation):
        chain = Sweep(explainer, masks, rule)
        flags = [f"u{number}" for number in range(len(rule.body))]
        held = _held(chain, masks, rule)
        failed = _failed(masks, rule)
        unmet = " + ".join(f"p.{flag}" for flag in flags) or "0"
        order = [f"{order_of(*key)} AS k{i}" for i, key in enumerate(chain.order)]
        attempts, best = f"attempt {rule.index}", f"best {rule.index}"
        for name in (attempts, best):
            database.execute(f"DROP TABLE IF EXISTS {quoted(name)}")
        kept = [
            "p.c",
            f"{unmet} AS unmet",
            *held,
            *failed,
            *order,
        ]
        database.execute(
            f"CREATE TEMP TABLE {quoted(attempts)} AS {chain.sql()} "
            f"SELECT {', '.join(kept)} FROM {chain.last} AS p"
        )
        by = [f"k{i}" for i in range(len(order))]
        _nearest(explainer, masks, attempts, best, by)
        database.execute(f"DROP TABLE {quoted(attempts)}")
        found.append(best)
    return found


def _nearest(
    explainer: Explainer, masks: Masks, attempts: str, best: str, order: Sequence[str]
) -> None:
    """Keep of each case what its attempts without a fault held, or the nearest."""
    words = range(masks.words)
    anyway = ", ".join(
        [f"bit_or(h{n}) AS h{n}" for n in words] + [f"0 AS f{n}" for n in words]
    )
    own = ", ".join([f"h{n}" for n in words] + [f"f{n}" for n in words])
    by = ", ".join(f"{key} NULLS FIRST" for key in ["unmet", *order])
    table = quoted(attempts)
    explainer.database.execute(
        f"CREATE TEMP TABLE {quoted(best)} AS "
        f"WITH held AS (SELECT c, 0 AS unmet, {anyway} FROM {table} "
        "WHERE unmet = 0 GROUP BY c), "
        f"other AS (SELECT *, row_number() OVER (PARTITION BY c ORDER BY {by}) AS n "
        f"FROM {table} WHERE c NOT IN (SELECT c FROM held)) "
        f"SELECT c, unmet, {own} FROM held "
        f"UNION ALL SELECT c, unmet, {own} FROM other WHERE n = 1"
    )


def _held(chain: Sweep, masks: Masks, rule: Rule) -> list[str]:
    """Return the words of what an attempt held, as columns."""
    flags = [f"p.u{number}" for number in range(len(rule.body))]
    found = []
    for place, own in enumerate(masks.split(masks.own(rule))):
        parts = [
            f"(CASE WHEN p.u{number} = 0 THEN {words[place]} ELSE 0 END)"
            for number, words in chain.held.items()
            if words[place] != "0"
        ]
        if own:
            whole = " + ".join(flags) or "0"
            parts.append(f"(CASE WHEN {whole} = 0 THEN {own} ELSE 0 END)")
        found.append(f"{' | '.join(parts) or '0'} AS h{place}")
    return found


def _failed(masks: Masks, rule: Rule) -> list[str]:
    """Return the words of what fails with an attempt's unmet literals, as columns."""
    bits = [
        masks.split(masks.of_ids(failed_ids(masks.policy, rule, literal)))
        for literal in rule.body
    ]
    return [
        " | ".join(
            f"(CASE WHEN p.u{number} = 0 THEN 0 ELSE {words[place]} END)"
            for number, words in enumerate(bits)
            if words[place]
        )
        + f"{'' if any(words[place] for words in bits) else '0'} AS f{place}"
        for place in range(masks.words)
    ]
