"""A goal that does not hold into the attempts at it: the nearest of each rule first.

An attempt gives the variables of a rule's body their values. From left to right an
atom with a new variable that is used elsewhere takes one of the rows that it matches;
if there is none, it is unmet and its variables stay open. What an `=`, an aggregate
or an alternative gives a value is given it then. Every other literal is tested: it is
unmet if it does not hold, or if it mentions an open variable.

The nearest attempt leaves the fewest literals unmet. Among equals that comes first
whose rows do: stated ones by their place in the file, derived ones by the values
that they give, and then what alternatives give by its values.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from whereas.checker.bodies import names, needs
from whereas.policy.core import Aggregate, Atom, Comparison, Either, Variable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from whereas.checker.world import Row, Substitution, World
    from whereas.policy.core import Literal, Rule

# The value of a variable or of a goal's column; `...` where it has none.
Open = Any
Body = tuple["Literal", ...]


@dataclass(frozen=True, slots=True)
class Try:
    """An attempt at a body: what its variables are, and which literals are unmet.

    `order` is what it comes before others by, where as many are unmet.
    """

    values: Mapping[str, Open]
    unmet: frozenset[int] = frozenset()
    order: tuple[tuple[Any, ...], ...] = ()

    @property
    def valued(self) -> Substitution:
        """The variables that have a value."""
        return {name: value for name, value in self.values.items() if value is not ...}

    @property
    def open(self) -> frozenset[str]:
        """The variables that have none."""
        return frozenset(name for name, value in self.values.items() if value is ...)

    def giving(
        self, new: Sequence[str], values: Sequence[Open], order: Sequence[Open]
    ) -> Try:
        """Return it with some variables more, and what it is put in order by."""
        # What has no value comes first, and `none`.
        keys = [() if one is None or one is ... else (one,) for one in order]
        own = {**self.values, **dict(zip(new, values, strict=True))}
        return Try(own, self.unmet, (*self.order, *keys))

    def lacking(self, places: Iterable[int]) -> Try:
        """Return it with some literals more that are unmet."""
        return Try(self.values, self.unmet.union(places), self.order)


def attempts(
    world: World, relation: str, pattern: Sequence[Open], most: int
) -> list[tuple[Rule, Try]]:
    """Return the nearest attempts at a goal, `most` of each rule, nearest first."""
    found = []
    for rule in world.policy.rules_of(relation):
        given = unified(world, rule, pattern)
        if given is not None:
            tried = nearest(world, rule.body, given, names(rule.head), most)
            found += [(rule, one) for one in tried]
    # The sort keeps the order of the rules, and of their attempts, among equals.
    return sorted(found, key=lambda one: len(one[1].unmet))


def unified(world: World, rule: Rule, pattern: Sequence[Open]) -> Substitution | None:
    """Return what a goal gives the variables of a rule's head; None: it is another."""
    given: Substitution = {}
    for term, value in zip(rule.head.terms, pattern, strict=True):
        if value is ...:
            continue
        if isinstance(term, Variable):
            if given.setdefault(term.name, value) != value:
                return None
        elif world.value(term, {}) != value:
            return None
    return given


def nearest(
    world: World,
    body: Body,
    given: Mapping[str, Open],
    used: Collection[str],
    most: int,
) -> list[Try]:
    """Return the nearest attempts at a body; `used` are read outside it."""
    takers = _takers(body, given, used)
    known = frozenset(given).union(*(names(body[place]) for place in takers))
    givers = _givers(body, known, takers)
    tests = set(range(len(body))).difference(takers, givers)
    tried: Iterable[Try] = [Try(given)]
    for place in takers:
        tried = _taken(world, place, body[place], tried)
    for place in givers:
        tried = _given(world, place, body[place], tried)
    tested = (
        one.lacking(place for place in tests if not holds(world, body[place], one))
        for one in tried
    )
    return heapq.nsmallest(most, tested, key=lambda one: (len(one.unmet), one.order))


def holds(world: World, literal: Literal, tried: Try) -> bool:
    """Tell whether a literal holds in an attempt: nothing open has a part in it."""
    if isinstance(literal, Either):
        return any(living(world, one, tried) for one in literal.branches)
    if names(literal) & tried.open:
        return False
    found = world.extensions(literal, tried.valued, frozenset())
    return next(found, None) is not None


def living(world: World, branch: Body, tried: Try) -> bool:
    """Tell whether a branch holds in an attempt."""
    return next(solutions(world, branch, tried), None) is not None


def solutions(world: World, body: Body, tried: Try) -> Iterator[Substitution]:
    """Yield the ways in which a body holds in an attempt, whatever branch it takes."""
    for one in world.conjunctions(body):
        if not any(names(literal) & tried.open for literal in one):
            yield from world.solutions(one, tried.valued, frozenset())


# --- which literal does what ----------------------------------------------------------


def _takers(body: Body, given: Collection[str], used: Collection[str]) -> list[int]:
    """Return the atoms that take a row: what they give is used elsewhere."""
    known = set(given)
    found = []
    for place, literal in enumerate(body):
        new = names(literal) - known
        if isinstance(literal, Atom) and new & _outside(body, place).union(used):
            found.append(place)
            known |= new
    return found


def _givers(body: Body, known: frozenset[str], takers: Collection[int]) -> list[int]:
    """Return the other literals that give a value, each after those that it needs."""
    found: list[int] = []
    waiting = [
        place
        for place, literal in enumerate(body)
        if place not in takers and _gives(literal) - known
    ]
    while waiting:
        ready = [n for n in waiting if needs(body[n], _outside(body, n)) <= known]
        # Alternatives that give for one another: one of them has to be the first.
        found += ready or waiting[:1]
        known = known.union(*(_gives(body[place]) for place in found))
        waiting = [place for place in waiting if place not in found]
    return found


def _gives(literal: Literal) -> frozenset[str]:
    """Return the variables that a literal other than an atom gives a value."""
    match literal:
        case Either(binds=binds):
            return frozenset(binds)
        case Comparison(binds=name) | Aggregate(binds=name) if name is not None:
            return frozenset((name,))
    return frozenset()


def _outside(body: Body, place: int) -> frozenset[str]:
    return frozenset().union(
        *(names(one) for at, one in enumerate(body) if at != place)
    )


# --- one literal after the other ------------------------------------------------------


def _taken(
    world: World, place: int, atom: Literal, tried: Iterable[Try]
) -> Iterator[Try]:
    """Yield each attempt with each row that an atom matches, or with none."""
    assert isinstance(atom, Atom)  # noqa: S101
    rows = world.rows(atom.relation)
    stated = world.policy.relations[atom.relation].stated
    for one in tried:
        new = _new([t.name for t in atom.terms if isinstance(t, Variable)], one)
        matching: Sequence[Row] = ()
        if not names(atom) & one.open:
            matching = world.matching(atom.relation, world.known(atom, one.valued))
        empty = True
        for row in matching:
            found = world.matched(atom, row, one.valued)
            if found is not None:
                empty = False
                values = [found[name] for name in new]
                yield one.giving(new, values, [rows[row]] if stated else values)
        if empty:
            nothing = [...] * len(new)
            order = [...] if stated else nothing
            yield one.giving(new, nothing, order).lacking([place])


def _given(
    world: World, place: int, literal: Literal, tried: Iterable[Try]
) -> Iterator[Try]:
    """Yield each attempt with the values that a literal gives, or with none."""
    for one in tried:
        new = _new(sorted(_gives(literal)), one)
        found: Iterable[Substitution] = ()
        if isinstance(literal, Either):
            new = _new(literal.binds, one)
            found = (way for b in literal.branches for way in solutions(world, b, one))
        elif not names(literal) & one.open:
            found = world.extensions(literal, one.valued, frozenset())
        ways = {tuple(way[name] for name in new) for way in found}
        for values in ways or [(...,) * len(new)]:
            order = values if isinstance(literal, Either) else ()
            gave = one.giving(new, values, order)
            yield gave if ways else gave.lacking([place])


def _new(given: Iterable[str], tried: Try) -> list[str]:
    """Return the variables among some that an attempt does not have yet."""
    return [name for name in dict.fromkeys(given) if name not in tried.values]
