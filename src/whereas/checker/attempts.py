"""Attempts at a goal that does not hold, and a search for the nearest.

An attempt gives the variables of a rule's body their values. From left to right an
atom with a new variable that is used elsewhere takes one of the rows that it matches;
if there is none, it is unmet and its variables stay open. A variable that an `=`, an
aggregate or an alternative binds is given its value next. Every other literal is
tested: it is unmet if it does not hold, or if it mentions an open variable.

The nearest attempt leaves the fewest literals unmet. Among equals the first rows
decide: stated ones by their place in the file, derived ones by their values.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from whereas.checker.bodies import Names, Place, gives, names, names_in
from whereas.checker.naive_model import NOTHING
from whereas.policy.core import Atom, Either, Literal, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from whereas.checker.bodies import Body
    from whereas.checker.naive_model import NaiveModel, Substitution

# A relation and for each column a value, `...` for any, or `OPEN` for the value of a
# variable that is open.
Goal = tuple[str, tuple[Any, ...]]
OPEN = "open", "variable"


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt at a body: its values, its open variables, and what is unmet.

    `unmet` has the literals by their places in the body, each with those of its
    variables that were open before it; `branches` has attempts at the branches of an
    alternative that is unmet.
    """

    values: Substitution
    open: Names = NOTHING
    unmet: Mapping[int, Names] = field(default_factory=dict)
    branches: Mapping[int, Sequence[Attempt]] = field(default_factory=dict)
    # The values by which it comes before others that leave as many unmet.
    order: tuple[tuple[Any, ...], ...] = ()


def goal_of(
    model: NaiveModel, atom: Atom, values: Substitution, open_: Names = NOTHING
) -> Goal:
    """Return what an atom looks for, given the values of variables."""
    known = model.known(atom, values)
    sought = [
        OPEN if names(term) & open_ else known.get(place, ...)
        for place, term in enumerate(atom.terms)
    ]
    return atom.relation, tuple(sought)


def rules_for(model: NaiveModel, goal: Goal) -> list[tuple[Rule, Attempt]]:
    """Return the rules that could give a goal, and what an attempt begins with."""
    relation, pattern = goal
    values = [... if value is OPEN else value for value in pattern]
    found = []
    for rule in model.policy.rules_of(relation):
        given = model.matched(rule.head, values, {})
        if given is not None:
            asked = zip(rule.head.terms, pattern, strict=True)
            open_ = names_in(term for term, value in asked if value is OPEN)
            found.append((rule, Attempt(given, open_.difference(given))))
    return found


def attempts_at(model: NaiveModel, goal: Goal) -> list[tuple[Rule, Attempt]]:
    """Return the nearest attempt of each rule that could give a goal."""
    return [
        (rule, nearest(model, rule.body, start, names(rule.head)))
        for rule, start in rules_for(model, goal)
    ]


def nearest(
    model: NaiveModel, body: Body, start: Attempt, outside: Names = NOTHING
) -> Attempt:
    """Return the nearest attempt at a body; `outside` are variables used outside."""
    known = start.open.union(start.values)
    tried: Iterable[Attempt] = [start]
    for place, new in _steps(model.places(body, outside | known), known):
        tried = _with(model, place, new, tried)
    found = min(tried, key=lambda one: (len(one.unmet), one.order))
    branches = {
        number: [
            nearest(model, branch, Attempt(found.values, found.open))
            for branch in literal.branches
        ]
        for number in sorted(found.unmet)
        if isinstance(literal := body[number], Either)
    }
    return replace(found, branches=branches)


def taken(body: Sequence[Place], given: Iterable[str]) -> list[tuple[Place, list[str]]]:
    """Return the atoms that take a row, and the variables that each gives values."""
    known, found = {*given}, []
    for place in body:
        new = _new(place.literal, known)
        if isinstance(place.literal, Atom) and place.shared & {*new}:
            found.append((place, new))
            known |= {*new}
    return found


def _steps(body: Sequence[Place], known: Names) -> Iterator[tuple[Place, list[str]]]:
    """Yield the literals in the order of an attempt, and the variables each gives."""
    atoms = taken(body, known)
    yield from atoms
    known = known.union(*(new for _, new in atoms))
    chosen = {place.number for place, _ in atoms}
    rest = [place for place in body if place.number not in chosen]
    waiting = [place for place in rest if gives(place.literal) - known]
    tests = [place for place in rest if place not in waiting]
    while waiting:
        # Alternatives can bind for one another; then one of them has to be the first.
        ready = [place for place in waiting if place.needs <= known] or waiting[:1]
        for place in ready:
            new = sorted(gives(place.literal) - known)
            yield place, new
            known |= {*new}
        waiting = [place for place in waiting if place not in ready]
    for place in tests:
        yield place, []


def _with(
    model: NaiveModel, place: Place, new: Sequence[str], tried: Iterable[Attempt]
) -> Iterator[Attempt]:
    """Yield each attempt with each way in which a literal holds, or with it unmet."""
    literal = place.literal
    for one in tried:
        ways: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        if isinstance(literal, Either) or not names(literal) & one.open:
            for found in model.extensions(place, one.values, one.open):
                values = tuple(found[name] for name in new)
                ways[values] = _order(model, literal, found, values)
                if not new:
                    break
        for values, order in ways.items():
            given = {**one.values, **dict(zip(new, values, strict=True))}
            yield replace(one, values=given, order=one.order + order)
        if not ways:
            yield replace(
                one,
                open=one.open.union(new),
                unmet={**one.unmet, place.number: names(literal) & one.open},
                order=one.order + ((),) * len(new),
            )


def _order(
    model: NaiveModel, literal: Literal, found: Substitution, values: Sequence[Any]
) -> tuple[tuple[Any, ...], ...]:
    if isinstance(literal, Atom) and values and literal.relation in model.stated:
        values = [model.stated[literal.relation][model.ground(literal, found)]]
    elif not isinstance(literal, Atom | Either):
        return ()
    # `none` comes first.
    return tuple(() if value is None else (value,) for value in values)


def _new(literal: Literal, known: set[str]) -> list[str]:
    """Return the variables of a literal that have no value yet, from left to right."""
    listed = [t.name for t in getattr(literal, "terms", ()) if names(t)]
    return [name for name in dict.fromkeys(listed) if name not in known]
