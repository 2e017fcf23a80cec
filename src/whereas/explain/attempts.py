"""A goal that does not hold into its blockage: the nearest attempts of every rule.

What fails is told with what was found instead: both values of a comparison, the
fact that should be absent, where a missing row was looked for, among how many, and
the rows that come nearest; and for a derived relation the attempts at it in turn, to
a depth. What was told once is not told again, so that a recursion ends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from whereas.explain.attempt_sql import ChainQuery, attempt_query
from whereas.explain.bodies import variables_of
from whereas.explain.explainer import Explainer
from whereas.explain.near import nearest_rows
from whereas.explain.proof import (
    ANY,
    Absent,
    Attempt,
    Blockage,
    Condition,
    Cut,
    Fact,
    Missing,
    Pattern,
    Premise,
)
from whereas.explain.prove import Prover
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
    from collections.abc import Collection, Mapping, Sequence

    from whereas.engine.model import Model
    from whereas.values import Type

# Levels of attempts: the goal's own, those at what they lack, and once more.
DEPTH = 3
# Attempts of one rule that are shown, unless more are asked for.
ATTEMPTS_SHOWN = 3
# Attempts in all, however deep the question goes and however many rows there are.
MOST = 2_000

Substitution = dict[str, "int | None"]


def blockage(
    model: Model | Explainer,
    goal: Fact | Pattern,
    relation: str = "",
    *,
    depth: int = DEPTH,
    limit: int = 1,
    below: int = 1,
    near: bool = False,
) -> Blockage:
    """Return why a goal does not hold: the nearest `limit` attempts of each rule.

    The goal is a fact, or a pattern (with `ANY`) of a relation. Attempts go down
    `depth` levels, the nearest `below` of each rule there. A stated relation has no
    rules, and so no attempts; with `near` the rows that come nearest to a missing
    one are looked up.
    """
    explainer = model if isinstance(model, Explainer) else Explainer(model)
    pattern: Pattern
    if isinstance(goal, Fact):
        relation, pattern = goal.relation, goal.values
    else:
        pattern = goal
    explainer = explainer.near(
        [(relation, stored_pattern(explainer, relation, pattern))]
    )
    prover = Prover(explainer, open_=True)
    attempts = _Attempts(explainer, prover, limit=below, near=near)
    found, tried = attempts.at(relation, pattern, depth, limit)
    missing = None
    if explainer.policy.relations[relation].stated:
        missing = attempts.unstated(relation, pattern)
    prover.finish()
    return Blockage(relation, pattern, found, prover.steps, tried, missing)


def stored_pattern(
    explainer: Explainer, relation: str, pattern: Pattern
) -> tuple[int | None, ...]:
    """Return a pattern as stored values; None stands for any."""
    columns = explainer.policy.relations[relation].columns
    return tuple(
        None if value is ANY else explainer.encoding.number(value, column.type)  # type: ignore[arg-type]
        for value, column in zip(pattern, columns, strict=True)
    )


def nearest(
    explainer: Explainer, relation: str, pattern: Pattern
) -> tuple[Rule, Substitution, tuple[bool, ...]] | None:
    """Return the nearest attempt of all rules: substitution, and what is met."""
    attempts = _Attempts(explainer, Prover(explainer, open_=True))
    found, _ = attempts.tried(relation, pattern)
    if not found:
        return None
    return found[0].rule, found[0].substitution, found[0].met


@dataclass(frozen=True, slots=True)
class _Tried:
    """A rule with the values of its variables, and which literals are met."""

    rule: Rule
    substitution: Substitution
    met: tuple[bool, ...]


class _Attempts:
    def __init__(
        self,
        explainer: Explainer,
        prover: Prover,
        *,
        limit: int = 1,
        near: bool = False,
    ) -> None:
        self.explainer = explainer
        self.prover = prover
        self.policy = explainer.policy
        self.limit = limit
        self.near = near
        self.made = 0
        # What was explained already, or is being explained.
        self._told: set[tuple[str, Pattern]] = set()

    def at(
        self, relation: str, pattern: Pattern, depth: int, limit: int = 0
    ) -> tuple[tuple[Attempt, ...], int]:
        """Return the nearest attempts of each rule, and how many there are."""
        self._told.add((relation, pattern))
        tried, count = self.tried(relation, pattern, limit)
        self.made += len(tried)
        return tuple(self._attempt(one, pattern, depth) for one in tried), count

    def _attempt(self, tried: _Tried, pattern: Pattern, depth: int) -> Attempt:
        rule, substitution = tried.rule, tried.substitution
        return Attempt(
            pattern,
            rule,
            {
                name: self.prover.value(stored, rule.types[name])
                for name, stored in substitution.items()
                if stored is not None
            },
            self._conditions(
                rule.body,
                rule.types,
                substitution,
                tried.met,
                depth=depth,
                known={
                    term.name
                    for term, value in zip(rule.head.terms, pattern, strict=True)
                    if isinstance(term, Variable) and value is not ANY
                },
            ),
        )

    def tried(
        self, relation: str, pattern: Pattern, limit: int = 0
    ) -> tuple[list[_Tried], int]:
        """Return each rule's nearest attempts, nearest first; how many there are."""
        found: list[_Tried] = []
        count = 0
        for rule in self.policy.rules_of(relation):
            start = self._unified(rule, pattern)
            if start is not None:
                head = tuple(t.name for t in rule.head.terms if isinstance(t, Variable))
                rows, more = self._nearest(rule.body, rule.types, start, head, limit)
                found.extend(_Tried(rule, *row) for row in rows)
                count += more
        # Python's sort keeps the order of the rules, and of their rows, among equals.
        found.sort(key=lambda one: one.met.count(False))
        return found, count

    def unstated(self, relation: str, pattern: Pattern) -> Missing:
        """Return where a row was looked for that is not stated."""
        stored = stored_pattern(self.explainer, relation, pattern)
        terms = tuple(Variable(f"_{i}") for i in range(1, len(pattern) + 1))
        missing = Missing(
            relation,
            pattern,
            (),
            self.explainer.rows(relation),
            self.explainer.file(relation),
        )
        return self._nearly(missing, Atom(relation, terms), stored, (), {})

    def _unified(self, rule: Rule, pattern: Pattern) -> Substitution | None:
        start: Substitution = {}
        encoding = self.explainer.encoding
        columns = self.policy.relations[rule.head.relation].columns
        for term, value, column in zip(rule.head.terms, pattern, columns, strict=True):
            if value is ANY:
                continue
            stored = encoding.number(value, column.type)  # type: ignore[arg-type]
            if isinstance(term, Variable):
                if start.setdefault(term.name, stored) != stored:
                    return None
            elif encoding.constant(term) != stored:
                return None
        return start

    def _nearest(
        self,
        body: tuple[Literal, ...],
        types: Mapping[str, Type],
        start: Substitution,
        used: tuple[str, ...],
        limit: int = 0,
    ) -> tuple[list[tuple[Substitution, tuple[bool, ...]]], int]:
        """Return the nearest attempts at a body, and how many there are."""
        query = self._query(body, types, tuple(start), used, limit or self.limit)
        rows = self.explainer.database.query(
            query.sql, [start[name] for name in query.given]
        )
        count = len(query.names)
        return [
            (
                dict(zip(query.names, row, strict=False)),
                tuple(not u for u in row[count : count + query.literals]),
            )
            for row in rows
        ], int(rows[0][-1])

    def _query(
        self,
        body: tuple[Literal, ...],
        types: Mapping[str, Type],
        given: tuple[str, ...],
        used: tuple[str, ...],
        limit: int,
    ) -> ChainQuery:
        key = (self.explainer.keep(body), given, used, limit)
        found = self.explainer.chains.get(key)
        if found is None:
            found = self.explainer.chains[key] = attempt_query(
                self.explainer.encoding,
                self.policy,
                body,
                types,
                given,
                used=used,
                limit=limit,
                need=self.explainer.need,
            )
        return found

    # --- conditions ---------------------------------------------------------------

    def _conditions(
        self,
        body: Sequence[Literal],
        types: Mapping[str, Type],
        substitution: Substitution,
        met: Sequence[bool],
        *,
        depth: int,
        known: Collection[str],
    ) -> tuple[Condition, ...]:
        lacking = opening(body, substitution, met, known)
        found = []
        for literal, holds, needed in zip(body, met, lacking, strict=True):
            if holds:
                premise = self._met(literal, types, substitution)
                found.append(Condition(literal, True, premise))
                continue
            one = self._unmet(literal, types, substitution, needed, depth)
            if one.missing is not None and isinstance(literal, Atom):
                stored = self.explainer.ground(literal, substitution)
                near = self._nearly(one.missing, literal, stored, body, substitution)
                one = replace(one, missing=near)
            found.append(one)
        return tuple(found)

    def _met(
        self, literal: Literal, types: Mapping[str, Type], substitution: Substitution
    ) -> Premise:
        if isinstance(literal, Atom):
            found = self.prover.branch((literal,), types, substitution)
            assert found is not None  # noqa: S101
            return found[0]
        return self.prover.premise(literal, types, substitution)

    def _unmet(
        self,
        literal: Literal,
        types: Mapping[str, Type],
        substitution: Substitution,
        lacking: tuple[str, ...],
        depth: int,
    ) -> Condition:
        match literal:
            case Atom():
                missing = self._missing(literal, substitution, lacking, depth)
                return Condition(literal, False, missing=missing, open=lacking)
            case Either(branches):
                tried = tuple(
                    self._branch(branch, types, substitution, depth)
                    for branch in branches
                )
                return Condition(literal, False, branches=tried, open=lacking)
            case Comparison() | Membership():
                premise = None
                if not lacking:
                    premise = self.prover.premise(literal, types, substitution)
                return Condition(literal, False, premise, open=lacking)
            case Not(atom):
                if lacking:
                    return Condition(literal, False, open=lacking)
                return Condition(
                    literal, False, self._found(literal, atom, types, substitution)
                )
            case Aggregate():
                if lacking:
                    return Condition(literal, False, open=lacking)
                premise = self.prover.aggregated(literal, types, substitution)
                return Condition(literal, False, premise)

    def _missing(
        self,
        atom: Atom,
        substitution: Substitution,
        lacking: tuple[str, ...],
        depth: int,
    ) -> Missing:
        explainer, relation = self.explainer, atom.relation
        pattern = self.prover.pattern(atom, substitution)
        missing = Missing(
            relation,
            pattern,
            lacking,
            explainer.rows(relation),
            explainer.file(relation),
        )
        if lacking or self.policy.relations[relation].stated:
            return missing
        if (relation, pattern) in self._told:
            return replace(missing, cut=Cut.SEEN)
        if depth <= 1 or self.made >= MOST:
            return replace(missing, cut=Cut.DEPTH)
        attempts, tried = self.at(relation, pattern, depth - 1)
        return replace(missing, attempts=attempts, tried=tried)

    def _nearly(
        self,
        missing: Missing,
        atom: Atom,
        pattern: Sequence[int | None],
        body: Sequence[Literal],
        substitution: Substitution,
    ) -> Missing:
        """Add the rows that come nearest, of a stated relation, if they are wanted."""
        if not self.near or missing.open or missing.file is None:
            return missing
        source = self.explainer.source
        near, nearly = nearest_rows(source, atom, pattern, body, substitution)
        return replace(missing, near=near, nearly=nearly)

    def _found(
        self,
        literal: Not,
        atom: Atom,
        types: Mapping[str, Type],
        substitution: Substitution,
    ) -> Absent:
        """Return the facts that should be absent, and see to their proofs."""
        absent = self.prover.absent(literal, atom, substitution)
        given = tuple(name for name in variables_of(atom) if name in substitution)
        found, counted = self.prover.matching((atom,), types, substitution, given)
        return replace(absent, found=tuple(f for (f,) in found), counted=counted)

    def _branch(
        self,
        branch: tuple[Literal, ...],
        types: Mapping[str, Type],
        substitution: Substitution,
        depth: int,
    ) -> tuple[Condition, ...]:
        ((inner, met),), _ = self._nearest(branch, types, substitution, (), 1)
        return self._conditions(
            branch, types, inner, met, depth=depth, known=substitution
        )


def opening(
    body: Sequence[Literal],
    substitution: Substitution,
    met: Sequence[bool],
    known: Collection[str],
) -> list[tuple[str, ...]]:
    """Return, of each literal that an attempt does not meet, the values it lacks.

    `known` are the variables that had their value, or none, before the attempt.
    """
    # A variable that is open needed a value, save by the opener that gives it.
    opened = {name for name in known if substitution[name] is None}
    found = []
    for literal, holds in zip(body, met, strict=True):
        lacking = dict.fromkeys(
            name
            for name in (() if holds else variables_of(literal))
            if name in substitution and substitution[name] is None
        )
        match literal:
            case Atom():
                needed = tuple(name for name in lacking if name in opened)
                opened.update(lacking)
            case Comparison(binds=binds):
                needed = tuple(name for name in lacking if name != binds)
            case Aggregate(group=group):
                needed = tuple(name for name in lacking if name in group)
            case _:
                needed = tuple(lacking)
        found.append(needed)
    return found


def retried(
    explainer: Explainer,
    body: tuple[Literal, ...],
    types: Mapping[str, Type],
    start: Substitution,
    used: tuple[str, ...] = (),
) -> tuple[Substitution, tuple[bool, ...]]:
    """Return the nearest attempt at a body, some of its variables having values.

    `used` are variables that something outside the body reads.
    """
    tried = _Attempts(explainer, Prover(explainer, open_=True))
    (found,), _ = tried._nearest(body, types, start, used, 1)
    return found
