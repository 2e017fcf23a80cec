"""Goals that do not hold into pieces that say why: the nearest attempt of each rule.

As `explain.attempts` tells it, level by level: all goals of a level together, and
what they lack makes the goals of the next.
"""

from __future__ import annotations

from collections import defaultdict
from operator import itemgetter
from typing import TYPE_CHECKING

from whereas.explain.bodies import variables_of
from whereas.explain.chain import Chain
from whereas.explain.wholesale.forms import Form, framed
from whereas.explain.wholesale.pieces import Asides, Piece, listed, quoted_json
from whereas.explain.wholesale.tables import Rows
from whereas.facts.database import columns
from whereas.policy.core import (
    Aggregate,
    Atom,
    Comparison,
    Either,
    Literal,
    Membership,
    Not,
    Rule,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from whereas.explain.wholesale.pieces import Named, Part, Stored, Writer
    from whereas.values import Type

# A goal's values; None is any.
Goal = tuple["int | None", ...]
# How many literals and variables one integer of a row's signature tells apart.
_BITS = 60


def write_attempts(
    writer: Writer, relation: str, goals: str, depth: int
) -> dict[Goal, tuple[str, Named]]:
    """Return the attempts at each goal, nearest first, as pieces.

    `goals` is a table with `n` and the values of each goal, NULL being any.
    """
    names = columns(writer.policy.relations[relation].arity)
    known = ", ".join(f"{name} IS NOT NULL" for name in names)
    database = writer.shop.database
    masks = database.query(f"SELECT DISTINCT {known} FROM {goals}")
    rows = database.query(f"SELECT n, {', '.join(names)} FROM {goals}")
    found: dict[int, list[tuple[int, str, Named]]] = {row[0]: [] for row in rows}
    for mask in sorted(masks):
        for rule in writer.policy.rules_of(relation):
            for number, one in _tried(writer, rule, goals, mask, depth):
                found[number].append(one)
    said: dict[Goal, tuple[str, Named]] = {}
    for number, *values in rows:
        tried = found[number]
        # The sort keeps the order of the rules among equals.
        tried.sort(key=itemgetter(0))
        said[tuple(values)] = (
            f"[{', '.join([piece for _, piece, _ in tried])}]",
            [fact for _, _, named in tried for fact in named],
        )
    return said


def _tried(
    writer: Writer, rule: Rule, goals: str, mask: Sequence[bool], depth: int
) -> Iterator[tuple[int, tuple[int, str, Named]]]:
    """Yield a rule's nearest attempt at each goal with known values in some places."""
    given: dict[str, str] = {}
    tests: list[str] = []
    for place, (term, known) in enumerate(zip(rule.head.terms, mask, strict=True)):
        tests.append(f"g.a{place} IS {'NOT ' if known else ''}NULL")
        if not known:
            continue
        if not isinstance(term, Variable):
            tests.append(f"g.a{place} = {writer.encoding.constant(term)}")
        elif term.name in given:
            tests.append(f"g.a{place} = {given[term.name]}")
        else:
            given[term.name] = f"g.a{place}"
    chosen = ["g.n AS n", *(f"{c} AS v{i}" for i, c in enumerate(given.values()))]
    start = f"SELECT {', '.join(chosen)} FROM {goals} AS g WHERE {' AND '.join(tests)}"
    head = tuple(t.name for t in rule.head.terms if isinstance(t, Variable))
    tries = _Tries(
        writer, rule.types, depth, rule.body, start=start, given=tuple(given), used=head
    )
    for flags, open_, rows in tries.alike():
        lacking = sum(flags)
        piece = Piece()
        piece.say(f'{{"rule": {quoted_json(rule.label)}, "substitution": {{')
        valued = [name for name in tries.rows.variables if name not in open_]
        tries.form.substitution(valued)(piece)
        piece.say(f'}}, "unmet": {lacking}, "conditions": [')
        tries.conditions(flags, open_)(piece)
        piece.say("]}")
        for row, (text, named) in zip(rows, piece.written(rows), strict=True):
            yield row[0], (lacking, text, named)


class _Tries:
    """The nearest attempts at a body, one for each row of `start`, and their words."""

    def __init__(
        self,
        writer: Writer,
        types: Mapping[str, Type],
        depth: int,
        body: Sequence[Literal],
        *,
        start: str,
        given: Sequence[str],
        used: Sequence[str] = (),
    ) -> None:
        """Find the attempts, and prepare to say each literal, met and unmet.

        `given` are the variables that have their places when an attempt begins:
        those among them without a value are open.
        """
        self.writer = writer
        self.shop = writer.shop
        self.types = types
        self.depth = depth
        self.body = body
        self.given = given
        self.rows = self._nearest(start, used)
        self.form = Form(writer, self.rows, types)
        self._mine = [
            [n for n in dict.fromkeys(variables_of(one)) if n in self.rows.variables]
            for one in body
        ]
        for name in self.rows.variables:
            self.form.variable(name)
        self._met = [self._holding(n, one) for n, one in enumerate(body)]
        self._unmet = [self._failing(n, one) for n, one in enumerate(body)]

    def _nearest(self, start: str, used: Sequence[str]) -> Rows:
        chain = Chain(
            self.writer.encoding,
            self.writer.policy,
            self.types,
            start=start,
            given=self.given,
            need=self.shop.explainer.need,
        )
        chain.add(self.body, used)
        flags = [f"u{number}" for number in range(len(self.body))]
        # DuckDB takes no subquery in the order of a window.
        order = {key: f"x{i}" for i, key in enumerate(chain.order)}
        by = ", ".join(
            f"{key} NULLS FIRST" for key in [" + ".join(flags) or "n", *order.values()]
        )
        places = {
            number: f"o{number}"
            for number in range(len(self.body))
            if f"o{number}" in chain.order
        }
        kept = ["n", *chain.columns.values(), *flags, *places.values()]
        keyed = ", ".join(["p.*", *(f"{key} AS {x}" for key, x in order.items())])
        name = self.shop.table(
            f"{chain.sql()} SELECT {', '.join(kept)} FROM (SELECT *, "
            f"row_number() OVER (PARTITION BY n ORDER BY {by}) AS pick "
            f"FROM (SELECT {keyed} FROM {chain.last} AS p) AS q) AS r WHERE pick = 1"
        )
        return Rows(name, dict(chain.columns), places)

    def alike(
        self,
    ) -> Iterator[tuple[tuple[bool, ...], frozenset[str], list[Stored]]]:
        """Yield the rows by what is unmet and which variables have no value."""
        names = list(self.rows.variables)
        bits = [f"p.u{number}" for number in range(len(self.body))]
        bits += [
            f"CASE WHEN p.{column} IS NULL THEN 1 ELSE 0 END"
            for column in self.rows.variables.values()
        ]
        words = [
            self.form.slot(
                " + ".join(
                    f"({bit}) * {1 << place}"
                    for place, bit in enumerate(bits[start : start + _BITS])
                )
            )
            for start in range(0, len(bits), _BITS)
        ]
        groups: dict[tuple[int, ...], list[Stored]] = defaultdict(list)
        for row in self.form.all():
            groups[tuple([row[word] for word in words])].append(row)
        for signature, rows in groups.items():
            told = [
                bool(signature[place // _BITS] >> place % _BITS & 1)
                for place in range(len(bits))
            ]
            flags = tuple(told[: len(self.body)])
            nulls = told[len(self.body) :]
            open_ = frozenset(n for n, null in zip(names, nulls, strict=True) if null)
            yield flags, open_, rows

    def asides(self) -> Asides:
        """Write all attempts, to be put into a piece elsewhere."""
        found = Asides()
        for flags, open_, rows in self.alike():
            piece = Piece()
            self.conditions(flags, open_)(piece)
            for row, said in zip(rows, piece.written(rows), strict=True):
                found[row[0]] = said
        return found

    def conditions(self, flags: Sequence[bool], open_: Collection[str]) -> Part:
        """Return what says the literals of rows that are alike."""
        opened = {name for name in self.given if name in open_}
        parts: list[Part] = []
        for number, literal in enumerate(self.body):
            if not flags[number]:
                parts.append(framed('{"met": true, "premise": ', self._met[number]))
                continue
            lacking = [name for name in self._mine[number] if name in open_]
            needed = lacking
            if isinstance(literal, Atom):
                # It needed what was open before; an opener gives its own values.
                needed = [name for name in lacking if name in opened]
                opened.update(lacking)
            parts.append(framed('{"met": false', self._unmet[number](needed)))
        return listed(parts)

    # --- literals that are met ------------------------------------------------------

    def _holding(self, number: int, literal: Literal) -> Part:
        flag = f"p.u{number} = 0"
        if not isinstance(literal, Atom):
            return self.form.premise(literal, flag)
        place = self.rows.places.get(number, "")
        stated = self.writer.policy.relations[literal.relation].stated
        known = all(name in self.rows.variables for name in variables_of(literal))
        if known and (place or not stated):
            return self.form.fact(literal, flag, place)
        # The first row that matches, where the attempt does not say which.
        picked = self.shop.pick(self.rows.only(flag), (literal,), self.types)
        inner = Form(self.writer, picked, self.types)
        asides = inner.asides([inner.fact(literal, place=picked.places.get(0, ""))])
        return lambda piece: piece.put(asides)

    # --- literals that are not ------------------------------------------------------

    def _failing(
        self, number: int, literal: Literal
    ) -> Callable[[Sequence[str]], Part]:
        """Return what says an unmet literal, given the variables that it lacks."""
        flag = f"p.u{number} = 1"
        form = self.form
        match literal:
            case Atom():
                open_ = self._open(number)
                return self._missing(literal, f"{flag} AND NOT ({open_})")
            case Either():
                branches = self._branches(literal, flag)
                return lambda lacking: _said(lacking, branches)
            case Comparison() | Membership():
                own = getattr(literal, "binds", None)
                premise = framed(', "premise": ', form.premise(literal), "")
                return lambda lacking: _or([n for n in lacking if n != own], premise)
            case Not(atom):
                found = framed(', "premise": ', self._found(atom, flag), "")
                return lambda lacking: _or(lacking, found)
            case Aggregate(group=group):
                counted = framed(', "premise": ', form.aggregate(literal, flag), "")
                return lambda lacking: _or([n for n in lacking if n in group], counted)

    def _open(self, number: int) -> str:
        """Return the condition that a variable of an atom needed a value, and has none.

        It is open from the start, or since an earlier atom that would have given it.
        """
        tests = []
        for name in self._mine[number]:
            null = f"p.{self.rows.variables[name]} IS NULL"
            if name in self.given:
                tests.append(null)
            tests += [
                f"{null} AND p.u{earlier} = 1"
                for earlier, one in enumerate(self.body[:number])
                if isinstance(one, Atom) and name in variables_of(one)
            ]
        return " OR ".join(f"({test})" for test in tests) or "1 = 0"

    def _missing(self, atom: Atom, where: str) -> Callable[[Sequence[str]], Part]:
        """Return what says a positive atom that no row matches, and why it is none."""
        pattern = framed(', "missing": [', self.form.pattern(atom), "]")
        below = Asides("")
        if self.depth > 1 and not self.writer.policy.relations[atom.relation].stated:
            below = self._below(atom, where)

        def missing(lacking: Sequence[str]) -> Part:
            def said(piece: Piece) -> None:
                pattern(piece)
                if not lacking:
                    piece.put(below)

            return _said(lacking, said)

        return missing

    def _below(self, atom: Atom, where: str) -> Asides:
        """Return the attempts at what an atom lacks, in the rows that meet a condition.

        A goal that several rows ask for is tried once.
        """
        terms = [
            (
                f"p.{self.rows.variables[term.name]}"
                if term.name in self.rows.variables
                else "NULL"
            )
            if isinstance(term, Variable)
            else str(self.writer.encoding.constant(term))
            for term in atom.terms
        ]
        chosen = ", ".join(f"CAST({t} AS BIGINT) AS a{i}" for i, t in enumerate(terms))
        names = ", ".join(columns(len(terms)))
        asked = self.shop.table(
            f"SELECT p.n AS n, {chosen} FROM {self.rows.source} AS p WHERE {where}"
        )
        goals = self.shop.table(
            "SELECT row_number() OVER () AS n, g.* "
            f"FROM (SELECT DISTINCT {names} FROM {asked}) AS g"
        )
        tried = write_attempts(self.writer, atom.relation, goals, self.depth - 1)
        found = Asides("")
        for number, *values in self.shop.database.query(
            f"SELECT n, {names} FROM {asked}"
        ):
            said, named = tried[tuple(values)]
            if said != "[]":
                found[number] = (f', "attempts": {said}', named)
        return found

    def _found(self, atom: Atom, where: str) -> Part:
        """Return what says the facts that should be absent."""
        names = [
            n for n in dict.fromkeys(variables_of(atom)) if n in self.rows.variables
        ]
        known = "".join(
            f" AND p.{self.rows.variables[name]} IS NOT NULL" for name in names
        )
        matching = self.form.matching(
            self.rows.only(where + known).knowing(names), (atom,)
        )
        found = Asides()
        for number, (shown, total) in matching.items():
            numbers = ", ".join(["%d"] * len(shown))
            found[number] = (
                f'], "found": [{numbers}], "counted": {total}}}',
                [fact for one in shown for fact in one],
            )
        pattern = self.form.pattern(atom)

        def said(piece: Piece) -> None:
            piece.say('{"absent": [')
            pattern(piece)
            piece.put(found)

        return said

    def _branches(self, literal: Either, where: str) -> Part:
        """Return what says the nearest attempt at each branch."""
        names = list(self.rows.variables)
        chosen = ["p.n AS n"]
        chosen += [f"p.{self.rows.variables[n]} AS v{i}" for i, n in enumerate(names)]
        start = f"SELECT {', '.join(chosen)} FROM {self.rows.source} AS p WHERE {where}"
        asides = [
            _Tries(
                self.writer, self.types, self.depth, branch, start=start, given=names
            ).asides()
            for branch in literal.branches
        ]

        def said(piece: Piece) -> None:
            piece.say(', "branches": [')
            for number, branch in enumerate(asides):
                piece.say("[" if number == 0 else ", [")
                piece.put(branch)
                piece.say("]")
            piece.say("]")

        return said


def _said(lacking: Sequence[str], part: Part) -> Part:
    """Return what says which variables never got a value, and something besides."""

    def said(piece: Piece) -> None:
        if lacking:
            piece.say(f', "open": [{", ".join(map(quoted_json, lacking))}]')
        part(piece)

    return said


def _or(lacking: Sequence[str], part: Part) -> Part:
    """Return what says which variables have no value; if all have, something else."""
    return _said(lacking, lambda _: None) if lacking else part
