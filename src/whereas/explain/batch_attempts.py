"""The attempts at one body for a table of goals, with the ids of what they meet.

Besides what `attempt_sql` says of an attempt, each has the ids below its met literals
as bits (`lineage_bits`): the columns `h…`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.explain.attempt_sql import Chain
from whereas.explain.bodies import expanded
from whereas.explain.expressions import term_variables
from whereas.explain.ids import derived_atoms
from whereas.facts.database import quoted
from whereas.policy.core import Atom, Either, Variable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from whereas.explain.lineage_bits import Masks
    from whereas.policy.core import Literal
    from whereas.values import Type


class Sweep(Chain):
    """The attempts at one body for the goals that `start` gives.

    `key` says from which column `x…` of `start` a variable comes, where the goals are
    those of the cases themselves.
    """

    def __init__(
        self,
        masks: Masks,
        body: Sequence[Literal],
        types: Mapping[str, Type],
        *,
        start: str,
        given: Sequence[str],
        used: Sequence[str] = (),
        key: Mapping[str, int] | None = None,
    ) -> None:
        """Compile the attempts."""
        self.masks = masks
        self.body = body
        self.key = key or {}
        # For each literal: the words of the ids below it, where it is met.
        self.met: dict[int, list[str]] = {}
        # The variables that a literal is the first to give: open where it is unmet.
        self.gives: dict[int, set[str]] = {}
        explainer = masks.explainer
        super().__init__(
            explainer.encoding, explainer.policy, types, start=start, given=given
        )
        self.add(body, used)
        for number, literal in enumerate(body):
            if isinstance(literal, Either) and number not in self.met:
                self._below(number, literal)

    def held(self, own: int = 0) -> list[str]:
        """Return the words of what an attempt meets, as SQL.

        `own` are the bits of the rule's id: it counts where nothing is unmet.
        """
        found = []
        for place, word in enumerate(self.masks.bits.split(own)):
            parts = [
                f"(CASE WHEN p.u{number} = 0 THEN {words[place]} ELSE 0 END)"
                for number, words in self.met.items()
                if words[place] != "0"
            ]
            if word:
                parts.append(f"(CASE WHEN {self.unmet()} = 0 THEN {word} ELSE 0 END)")
            found.append(" | ".join(parts) or "0")
        return found

    def unmet(self) -> str:
        """Return how many literals are not met, as SQL."""
        return " + ".join(f"p.u{number}" for number in range(len(self.body))) or "0"

    def source(self, relation: str) -> str:
        """Return the table to take a relation's rows from, masks included."""
        return self.masks.source(relation)

    def take(self, number: int, atom: Atom) -> None:
        """Take a row of an opener; that of the case itself is there already."""
        given = self._own_row(atom)
        if given is None:
            names = term_variables(atom.terms)
            self.gives[number] = {name for name in names if name not in self.columns}
            super().take(number, atom)
            return
        self.met[number] = ["0"] * self.masks.words
        added = [f"p.x{i} AS {self.column(name)}" for name, i in given.items()]
        self.extend([*added, f"0 AS u{number}"])

    def _own_row(self, atom: Atom) -> dict[str, int] | None:
        """Return the columns that an atom takes from the case's own row.

        None, where the atom is not the subject's with the case's key and nothing but
        new variables besides.
        """
        if not self.key or atom.relation != self.policy.subject:
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
        self.met[number] = kept

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
        words = self.masks.bits.any_of(parts) if parts else ["0"] * self.masks.words
        self._keep(number, words, added, f"h{number}")
        self.extend(added, "".join(joins))

    def _alternatives(self, number: int, literal: Either) -> None:
        self.gives[number] = {
            name for name in literal.binds if name not in self.columns
        }
        super()._alternatives(number, literal)

    def _below(self, number: int, literal: Either) -> None:
        """Add the ids below all branches that hold of any other alternative."""
        if not derived_atoms(self.policy, (literal,)):
            return
        parts = []
        for way in expanded((literal,), filters=True):
            inner = self.conjunction()
            inner.sources = self.masks.sources()
            inner.add(way)
            words = self.masks.bits.any_of(
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
        self._keep(number, self.masks.bits.any_of(parts), added, f"h{number}")
        if added:
            self.extend(added)
