"""A goal that does not hold into its blockage: the nearest attempt of every rule.

What fails is told with what was found instead: both values of a comparison, the
fact that should be absent, where a missing row was looked for and among how many;
and for a derived relation the attempts at it in turn, to a depth.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from whereas.explain.bodies import variables_of
from whereas.explain.chain import ChainQuery, attempt_query
from whereas.explain.explainer import Explainer
from whereas.explain.proof import (
    ANY,
    Absent,
    Attempt,
    Blockage,
    Condition,
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

Substitution = dict[str, "int | None"]


def blockage(
    model: Model | Explainer,
    goal: Fact | Pattern,
    relation: str = "",
    *,
    depth: int = DEPTH,
) -> Blockage:
    """Return why a goal does not hold: the nearest attempt of each rule.

    The goal is a fact, or a pattern (with `ANY`) of a relation. Attempts go down
    `depth` levels. A stated relation has no rules, and so no attempts.
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
    attempts = _Attempts(explainer, prover).at(relation, pattern, depth)
    prover.finish()
    return Blockage(relation, pattern, attempts, prover.steps)


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
    found = _Attempts(explainer, Prover(explainer, open_=True)).tried(relation, pattern)
    return found[0] if found else None


class _Attempts:
    def __init__(self, explainer: Explainer, prover: Prover) -> None:
        self.explainer = explainer
        self.prover = prover
        self.policy = explainer.policy

    def at(self, relation: str, pattern: Pattern, depth: int) -> tuple[Attempt, ...]:
        """Return the nearest attempt of each rule of a relation, nearest first."""
        return tuple(
            Attempt(
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
                    met,
                    depth=depth,
                    known={
                        term.name
                        for term, value in zip(rule.head.terms, pattern, strict=True)
                        if isinstance(term, Variable) and value is not ANY
                    },
                ),
            )
            for rule, substitution, met in self.tried(relation, pattern)
        )

    def tried(
        self, relation: str, pattern: Pattern
    ) -> list[tuple[Rule, Substitution, tuple[bool, ...]]]:
        """Return each rule's nearest attempt as stored values, nearest first."""
        found = []
        for rule in self.policy.rules_of(relation):
            start = self._unified(rule, pattern)
            if start is not None:
                head = tuple(t.name for t in rule.head.terms if isinstance(t, Variable))
                found.append((rule, *self._nearest(rule.body, rule.types, start, head)))
        # Python's sort keeps the order of the rules among equals.
        found.sort(key=lambda one: one[2].count(False))
        return found

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
    ) -> tuple[Substitution, tuple[bool, ...]]:
        query = self._query(body, types, tuple(start), used)
        rows = self.explainer.database.query(
            query.sql, [start[name] for name in query.given]
        )
        row = rows[0]
        count = len(query.names)
        substitution = dict(zip(query.names, row, strict=False))
        return substitution, tuple(not u for u in row[count : count + query.literals])

    def _query(
        self,
        body: tuple[Literal, ...],
        types: Mapping[str, Type],
        given: tuple[str, ...],
        used: tuple[str, ...],
    ) -> ChainQuery:
        key = (id(body), given, used)
        found = self.explainer.chains.get(key)
        if found is None:
            found = self.explainer.chains[key] = attempt_query(
                self.explainer.encoding,
                self.policy,
                body,
                types,
                given,
                used=used,
                limit=1,
                need=self.explainer.need,
            )
            self.explainer.keep(body)
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
        # A variable that is open needed a value, save by the opener that gives it.
        opened = {name for name in known if substitution[name] is None}
        found = []
        for literal, holds in zip(body, met, strict=True):
            if holds:
                premise = self._met(literal, types, substitution)
                found.append(Condition(literal, True, premise))
                continue
            lacking = dict.fromkeys(
                name
                for name in variables_of(literal)
                if name in substitution and substitution[name] is None
            )
            needed = tuple(lacking)
            if isinstance(literal, Atom):
                needed = tuple(name for name in lacking if name in opened)
                opened.update(lacking)
            found.append(self._unmet(literal, types, substitution, needed, depth))
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
                needed = tuple(n for n in lacking if n != getattr(literal, "binds", ""))
                premise = None
                if not needed:
                    premise = self.prover.premise(literal, types, substitution)
                return Condition(literal, False, premise, open=needed)
            case Not(atom):
                if lacking:
                    return Condition(literal, False, open=lacking)
                return Condition(
                    literal, False, self._found(literal, atom, types, substitution)
                )
            case Aggregate():
                grouped = tuple(n for n in lacking if n in literal.group)
                if grouped:
                    return Condition(literal, False, open=grouped)
                premise = self.prover.aggregated(literal, types, substitution)
                return Condition(literal, False, premise)

    def _missing(
        self,
        atom: Atom,
        substitution: Substitution,
        lacking: tuple[str, ...],
        depth: int,
    ) -> Missing:
        explainer = self.explainer
        pattern = self.prover.pattern(atom, substitution)
        below = not lacking and depth > 1
        return Missing(
            atom.relation,
            pattern,
            lacking,
            explainer.rows(atom.relation),
            explainer.file(atom.relation),
            self.at(atom.relation, pattern, depth - 1) if below else (),
        )

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
        inner, met = self._nearest(branch, types, substitution, ())
        return self._conditions(
            branch, types, inner, met, depth=depth, known=substitution
        )


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
    return tried._nearest(body, types, start, used)
