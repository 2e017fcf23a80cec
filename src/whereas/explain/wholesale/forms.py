"""Substitutions into parts of pieces: the literals of a body that hold."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from whereas.explain.bodies import ROUND
from whereas.explain.explainer import ROWS_SHOWN
from whereas.explain.expressions import is_test, type_of
from whereas.explain.wholesale.pieces import (
    Asides,
    Part,
    Piece,
    enclosed,
    listed,
    listing,
    quoted_json,
    together,
)
from whereas.policy.core import (
    Aggregate,
    Atom,
    Comparison,
    Either,
    Expression,
    Literal,
    Membership,
    Not,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from whereas.explain.wholesale.pieces import Stored, Writer
    from whereas.explain.wholesale.tables import Rows
    from whereas.values import Type

ANY = '{"any": true}'
# For each row: the facts of the first rows that match, and how many there are.
Matching = dict[int, tuple[list[list[int]], int]]


class Form:
    """What is selected of some rows, and how it is said.

    `component` are the relations of which only rows before the head's round count.
    """

    def __init__(
        self,
        writer: Writer,
        rows: Rows,
        types: Mapping[str, Type],
        component: frozenset[str] = frozenset(),
    ) -> None:
        """Start with the number of a row only."""
        self.writer = writer
        self.shop = writer.shop
        self.rows = rows
        self.types = types
        self.component = component
        self._columns = {"p.n": 0}

    def all(self) -> list[Stored]:
        """Return the rows; to be called when all parts are prepared."""
        return self.shop.database.query(
            f"SELECT {', '.join(self._columns)} FROM {self.rows.source} AS p"
        )

    def slot(self, sql: str) -> int:
        """Return the place of an expression in a row."""
        return self._columns.setdefault(sql, len(self._columns))

    def variable(self, name: str) -> int:
        """Return the place of a variable's value."""
        return self.slot(f"p.{self.rows.variables[name]}")

    def asides(self, parts: Sequence[Part], usual: str | None = None) -> Asides:
        """Write every row, as a piece to be put elsewhere."""
        found = Asides(usual)
        piece = Piece()
        listed(parts)(piece)
        found.write(piece, self.all())
        return found

    # --- values -------------------------------------------------------------------

    def value(self, expression: Expression, type_: Type | None = None) -> Part:
        """Return what says an expression's value; as its own type, if none is given."""
        cells = self.writer.cells(type_ or type_of(expression, self.types))
        if isinstance(expression, Variable):
            place = self.variable(expression.name)
        else:
            seen = {n: f"p.{c}" for n, c in self.rows.variables.items()}
            place = self.slot(self.shop.encoding.sql(expression, seen))
        return lambda piece: piece.value(cells, place)

    def substitution(self, names: Collection[str] | None = None) -> Part:
        """Return what says the variables' values: all, or those of some names."""
        parts = []
        for name in self.rows.variables if names is None else names:
            if name != ROUND:
                cells = self.writer.cells(self.types[name])
                parts.append(_entry(name, cells, self.variable(name)))
        return listed(parts)

    def pattern(self, atom: Atom) -> Part:
        """Return what says the values that an atom looks for."""
        columns = self.writer.policy.relations[atom.relation].columns
        parts: list[Part] = []
        for term, column in zip(atom.terms, columns, strict=True):
            if not isinstance(term, Variable):
                parts.append(self.value(term, column.type))
            elif term.name in self.rows.variables:
                cells = self.writer.cells(column.type, ANY)
                parts.append(_cell(cells, self.variable(term.name)))
            else:
                parts.append(lambda piece: piece.say(ANY))
        return listed(parts)

    # --- facts --------------------------------------------------------------------

    def fact(self, atom: Atom, where: str = "1 = 1", place: str = "") -> Part:
        """Return what names the fact that an atom is, in rows that meet a condition.

        `place` is the column of the file's row, of a stated one.
        """
        facts, source = self.writer.facts, self.rows.source
        keys = facts.keys(atom.relation)
        if self.writer.policy.relations[atom.relation].stated:
            slots = [self.slot(f"p.{place}")]
            asked = f"p.{place} AS row"
        else:
            slots = self.key(atom)
            terms = self._terms(atom)
            asked = ", ".join(f"{term} AS a{i}" for i, term in enumerate(terms))
        facts.asked[atom.relation].append(
            f"SELECT {asked} FROM {source} AS p WHERE {where}"
        )
        return lambda piece: piece.name(keys, slots)

    def key(self, atom: Atom) -> list[int]:
        """Return the places of the values of an atom whose variables are known."""
        return [self.slot(term) for term in self._terms(atom)]

    def _terms(self, atom: Atom) -> list[str]:
        return [
            f"p.{self.rows.variables[term.name]}"
            if isinstance(term, Variable)
            else str(self.shop.encoding.constant(term))
            for term in atom.terms
        ]

    # --- literals that hold -------------------------------------------------------

    def body(self, body: Sequence[Literal]) -> Part:
        """Return what says the premises of a body that holds."""
        return listed(
            [
                self.premise(literal, place=self.rows.places.get(number, ""))
                for number, literal in enumerate(body)
            ]
        )

    def premise(self, literal: Literal, where: str = "1 = 1", place: str = "") -> Part:
        """Return what says a literal that holds, in rows that meet a condition.

        `place` is the column of the file's row, of a stated atom.
        """
        match literal:
            case Atom():
                return self.fact(literal, where, place)
            case Not(atom):
                return framed('{"absent": [', self.pattern(atom), "]}")
            case Comparison(_, left, right):
                both = listed([self.value(left), self.value(right)])
                return framed('{"compared": [', both, "]}")
            case Membership(term):
                return framed('{"among": ', self.value(term), "}")
            case Either():
                chosen = self._chosen(literal, where)
                return lambda piece: piece.put(chosen)
            case Aggregate():
                return self.aggregate(literal, where)

    def _chosen(self, literal: Either, where: str) -> Asides:
        """Return the first branch that holds for each row, with its premises."""
        found = Asides()
        rows = self.rows.only(where)
        for number, branch in enumerate(literal.branches):
            if all(map(_only_tests, branch)):
                seen = self.shop.inside(rows, "p", frozenset())
                tests = [seen.condition(one) for one in branch]
                inner = rows.only(" AND ".join(tests) or "1 = 1")
            else:
                inner = self.shop.pick(
                    rows, branch, self.types, component=self.component
                )
            form = Form(self.writer, inner, self.types, self.component)
            head = f'{{"branch": {number}, "premises": ['
            said = form.asides([framed(head, form.body(branch), "]}")])
            for row, piece in said.items():
                found.setdefault(row, piece)
        return found

    def aggregate(self, literal: Aggregate, where: str) -> Part:
        """Return what says an aggregate: its value, and the first rows counted."""
        cells = self.writer.cells(literal.type)
        seen = self.shop.inside(self.rows, "p", frozenset())
        value = _cell(cells, self.slot(seen.aggregate(literal)))
        group = [name for name in literal.group if name in self.rows.variables]
        matching = self.matching(self.rows.only(where).knowing(group), literal.body)
        counted = Asides(', "counted": 0, "rows": []')
        for number, (shown, total) in matching.items():
            counted[number] = enclosed(
                f', "counted": {total}, "rows": [',
                together(list(map(listing, shown))),
                "]",
            )

        def said(piece: Piece) -> None:
            piece.say('{"value": ')
            value(piece)
            piece.put(counted)
            piece.say("}")

        return said

    def matching(self, rows: Rows, body: Sequence[Literal]) -> Matching:
        """Return the facts of a body's first rows for each row, and how many it has."""
        picked = self.shop.pick(rows, body, self.types, limit=ROWS_SHOWN)
        form = Form(self.writer, picked, self.types)
        piece = Piece()
        for number, one in enumerate(body):
            if isinstance(one, Atom):
                form.fact(one, place=picked.places.get(number, ""))(piece)
        total, pick = form.slot("p.total"), form.slot("p.pick")
        found: Matching = {}
        inner = sorted(form.all(), key=itemgetter(0, pick))
        _, named = piece.written(inner)
        for row, facts in zip(inner, named, strict=False):
            found.setdefault(row[0], ([], row[total]))[0].append(list(facts))
        return found


def _only_tests(literal: Literal) -> bool:
    return is_test(literal) and getattr(literal, "binds", None) is None


def framed(before: str, part: Part, after: str = "}") -> Part:
    """Return what says a part between two texts."""

    def said(piece: Piece) -> None:
        piece.say(before)
        part(piece)
        piece.say(after)

    return said


def _cell(cells: Mapping[int | None, str], place: int) -> Part:
    return lambda piece: piece.value(cells, place)


def _entry(name: str, cells: Mapping[int | None, str], place: int) -> Part:
    def said(piece: Piece) -> None:
        piece.say(f"{quoted_json(name)}: ")
        piece.value(cells, place)

    return said
