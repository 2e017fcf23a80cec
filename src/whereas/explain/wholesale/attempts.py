"""Goals that do not hold into pieces that say why: the nearest attempt of each rule.

As `explain.attempts` tells it, level by level: all goals of a level together, and
what they lack makes the goals of the next.
"""

from __future__ import annotations

from collections import defaultdict
from operator import itemgetter
from typing import TYPE_CHECKING

from whereas.explain.bodies import variables_of
from whereas.explain.wholesale.forms import Form, framed
from whereas.explain.wholesale.nearest import (
    asked_below,
    masks_of,
    nearest_rows,
    open_before,
    started,
)
from whereas.explain.wholesale.pieces import (
    Asides,
    Piece,
    enclosed,
    listed,
    listing,
    quoted_json,
    together,
)
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
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from whereas.explain.wholesale.pieces import Part, Said, Stored, Writer
    from whereas.values import Type

# A goal's values; None is any.
Goal = tuple["int | None", ...]
# How many literals and variables one integer of a row's signature tells apart.
_BITS = 60


def write_attempts(
    writer: Writer, relation: str, goals: str, depth: int
) -> dict[Goal, Said | None]:
    """Return the attempts at each goal, nearest first and with commas, as pieces.

    `goals` is a table with `n` and the values of each goal, NULL being any.
    """
    names = columns(writer.policy.relations[relation].arity)
    database = writer.shop.database
    found: dict[int, list[tuple[int, Said]]] = defaultdict(list)
    for mask in masks_of(writer.shop, relation, goals):
        for rule in writer.policy.rules_of(relation):
            for number, lacking, said in _tried(writer, rule, goals, mask, depth):
                found[number].append((lacking, said))
    told: dict[int, Said] = {}
    for number, tried in found.items():
        if len(tried) > 1:
            # The sort keeps the order of the rules among equals.
            tried.sort(key=itemgetter(0))
        told[number] = together([said for _, said in tried])
    return {
        tuple(values): told.get(number)
        for number, *values in database.query(
            f"SELECT n, {', '.join(names)} FROM {goals}"
        )
    }


def _tried(
    writer: Writer, rule: Rule, goals: str, mask: Sequence[bool], depth: int
) -> Iterator[tuple[int, int, Said]]:
    """Yield a rule's nearest attempt at each goal with known values in some places.

    That is the goal's number, how many conditions are unmet, and the attempt's piece.
    """
    start, given, head = started(writer.encoding, rule, goals, mask)
    tries = _Tries(
        writer, rule.types, depth, rule.body, start=start, given=given, used=head
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
        texts, named = piece.written(rows)
        said = zip(texts, named, strict=False)
        for row, one in zip(rows, said, strict=False):
            yield row[0], lacking, one


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
        self.rows = nearest_rows(
            self.shop, types, body, start=start, given=given, used=used
        )
        self.form = Form(writer, self.rows, types)
        self._mine = [
            [n for n in dict.fromkeys(variables_of(one)) if n in self.rows.variables]
            for one in body
        ]
        for name in self.rows.variables:
            self.form.variable(name)
        met, unmet = self._occurring()
        self._met = {n: self._holding(n, body[n]) for n in met}
        self._unmet = {n: self._failing(n, body[n]) for n in unmet}

    def _occurring(self) -> tuple[list[int], list[int]]:
        """Return the literals that some attempt meets, and those that some does not."""
        if not self.body:
            return [], []
        chosen = ", ".join(
            f"min(p.u{number}), max(p.u{number})" for number in range(len(self.body))
        )
        (found,) = self.shop.database.query(
            f"SELECT {chosen} FROM {self.rows.source} AS p"
        )
        least, most = found[::2], found[1::2]
        return (
            [number for number, flag in enumerate(least) if flag == 0],
            [number for number, flag in enumerate(most) if flag == 1],
        )

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
            found.write(piece, rows)
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
                open_ = open_before(self.rows, self.body, self.given, number)
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
        asked, goals = asked_below(self.shop, self.rows, atom, where)
        names = ", ".join(columns(len(atom.terms)))
        tried = write_attempts(self.writer, atom.relation, goals, self.depth - 1)
        found = Asides("")
        for number, *values in self.shop.database.query(
            f"SELECT n, {names} FROM {asked}"
        ):
            said = tried[tuple(values)]
            if said is not None:
                found[number] = enclosed(', "attempts": [', said, "]")
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
            facts = [fact for one in shown for fact in one]
            found[number] = enclosed(
                '], "found": ', listing(facts), f', "counted": {total}}}'
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
