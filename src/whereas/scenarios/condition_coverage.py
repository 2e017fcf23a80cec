"""Finds the conditions of rules that decided something in some scenario.

A condition of a rule matters in a model that has an instance of the rest of the
body for which it does not hold: without it the rule would give more. A branch of
an alternative matters where it alone of the branches holds. That is modified
condition coverage (DO-178C calls it MC/DC), with rows in place of runs.

What cannot fail is no condition: what only gives a variable its value; a look at the
row that a `references` column points to, or that other atoms of the body imply
(`given`); and `X != none` beside `X < Y`, which no empty `X` passes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.engine.bodies import Names, binds
from whereas.engine.sql import add_semijoined
from whereas.explain.bodies import Conjunction, expanded, variables_of
from whereas.policy.core import (
    Aggregate,
    Atom,
    Comparison,
    Constant,
    Either,
    Variable,
)
from whereas.policy.implied_atoms import is_implied

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whereas.diagnostics import Span
    from whereas.explain import Explainer
    from whereas.policy.core import Literal, Policy, Rule


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of a rule, or a branch of one, by its place in the body."""

    rule: Rule
    place: int
    branch: int | None
    span: Span | None

    @property
    def words(self) -> str:
        """How the policy writes it, on one line."""
        return "" if self.span is None else " ".join(self.span.text.split())


def conditions(rule: Rule, policy: Policy) -> Iterator[Condition]:
    """Yield the conditions of a rule, and the branches of its alternatives."""
    for place, literal in enumerate(rule.body):
        rest = _rest(rule, place)
        rows = any(isinstance(one, Atom) for one in rest)
        idle = _looked_up(literal, rest, policy) or _implied(literal, rest, policy)
        if rows and _can_fail(literal) and not idle:
            yield Condition(rule, place, None, literal.span)
        if isinstance(literal, Either):
            for number, branch in enumerate(literal.branches):
                yield Condition(rule, place, number, branch[0].span)


def matters(condition: Condition, explainer: Explainer) -> bool:
    """Return whether the model has an instance of the rest that shows it."""
    rule = condition.rule
    literal = rule.body[condition.place]
    for way in expanded(_rest(rule, condition.place), filters=False):
        body = Conjunction(explainer.encoding, explainer.policy, Names(), {})
        add_semijoined(body, way, set(variables_of(literal)))
        if condition.branch is None:
            body.conditions.append(f"({_holds(body, literal)}) IS NOT TRUE")
        else:
            assert isinstance(literal, Either)  # noqa: S101  # only these have branches
            for number, branch in enumerate(literal.branches):
                test = "IS TRUE" if number == condition.branch else "IS NOT TRUE"
                body.conditions.append(f"({body.holding(branch)}) {test}")
        if explainer.database.query(f"SELECT 1 {body.source()} LIMIT 1"):
            return True
    return False


def _holds(body: Conjunction, literal: Literal) -> str:
    if binds(literal) is not None or isinstance(literal, Atom | Either):
        return body.holding((literal,))
    return body.condition(literal)


def _can_fail(literal: Literal) -> bool:
    if isinstance(literal, Comparison):
        return literal.binds is None
    if isinstance(literal, Aggregate) and literal.binds is not None:
        return literal.function in {"min", "max"}
    return True


def _looked_up(literal: Literal, rest: Sequence[Literal], policy: Policy) -> bool:
    """Whether a literal only looks up values of a row that is there in any case."""
    if not isinstance(literal, Atom):
        return False
    known = frozenset(name for one in rest for name in _given(one))
    return _referred(literal, rest, policy) or is_implied(literal, known, rest, policy)


def _implied(literal: Literal, rest: Sequence[Literal], policy: Policy) -> bool:
    """Whether `X != none` is a formality: an order or a join beside it says as much."""
    if not isinstance(literal, Comparison) or literal.op != "!=":
        return False
    sides = (literal.left, literal.right)
    if not any(isinstance(one, Constant) and one.value is None for one in sides):
        return False
    name = {one.name for one in sides if isinstance(one, Variable)}
    return any(name & {*_never_none(one, policy)} for one in rest)


def _never_none(literal: Literal, policy: Policy) -> Iterator[str]:
    """Yield the variables that no row makes `none` where the literal holds."""
    if isinstance(literal, Comparison) and literal.op not in {"=", "!="}:
        yield from variables_of(literal)
    if isinstance(literal, Atom):
        columns = policy.relations[literal.relation].columns
        for term, column in zip(literal.terms, columns, strict=True):
            if isinstance(term, Variable) and not column.type.optional:
                yield term.name


def _referred(literal: Atom, rest: Sequence[Literal], policy: Policy) -> bool:
    """Whether a literal looks up a row that is there, and asks nothing of it."""
    relation = policy.relations[literal.relation]
    pointed = {
        term
        for one in rest
        if isinstance(one, Atom)
        for term, column in zip(
            one.terms, policy.relations[one.relation].columns, strict=True
        )
        if column.references == relation.name
    }
    if not relation.stated or len(relation.key) != 1:
        return False
    given = {name for one in rest for name in _given(one)}
    key = relation.key[0]
    asked = [
        term
        for n, term in enumerate(literal.terms)
        if n != key and not (isinstance(term, Variable) and term.name not in given)
    ]
    return literal.terms[key] in pointed and not asked


def _rest(rule: Rule, place: int) -> tuple[Literal, ...]:
    """Return the body without a literal, and without all that needs its values."""
    body = rule.body
    needed = [_needed(body, n) for n in range(len(body))]
    left = [n for n in range(len(body)) if n != place]
    while True:
        bound = {name for n in left for name in _given(body[n])}
        kept = [n for n in left if needed[n] <= bound]
        if kept == left:
            return tuple(body[n] for n in left)
        left = kept


def _needed(body: Sequence[Literal], place: int) -> set[str]:
    """Return the variables that a literal reads, and that others give."""
    literal = body[place]
    if isinstance(literal, Atom):
        return set()
    others = {n for i, one in enumerate(body) if i != place for n in _given(one)}
    return {*variables_of(literal)} & others - {*_given(literal)}


def _given(literal: Literal) -> Sequence[str]:
    if isinstance(literal, Atom):
        return variables_of(literal)
    if isinstance(literal, Either):
        return literal.binds
    name = binds(literal)
    return () if name is None else (name,)
