"""Pairs of facts that could turn a decision together, and no others.

A pair counts if the case is decided otherwise without both, and not without either: a
minimal cut of two. `robustness` decides the case without each pair; here the pairs that
cannot count are excluded, which are most. Let D be all that changes in the model
without a fact. If two facts turn the case together, and neither does alone, then there
is a least derived fact whose state changes without both and not without either. If it
is lost, each of the two, or what is lost with it, stands in an instance that gave it;
if it is gained, each of the two, or what is lost with it, blocked one instance. So both
*touch* it. A fact without which something is gained, or that an aggregate reads, may
touch anything.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from whereas.engine.bodies import Names, binds
from whereas.explain.bodies import Conjunction, expanded, variables_of
from whereas.explain.explainer import Explainer
from whereas.explain.expressions import term_variables
from whereas.explain.reason_values import prove
from whereas.facts.database import columns, quoted
from whereas.policy.core import Aggregate, Atom, Either, Literal, Not

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from whereas.engine.model import Model
    from whereas.explain.proof import Fact
    from whereas.policy.core import Rule

# A relation and a row of it, as it is stored, without its number.
Stored = tuple[str, tuple[int, ...]]


class Touches:
    """Which derived facts a stated one can have a part in turning."""

    def __init__(self, model: Model) -> None:
        """Read the instances of all rules of a small model, as it is now."""
        self.model = model
        self.database = model.database
        self.policy = model.policy
        self._explainer = Explainer(model)
        names = [name for one in self.policy.components for name in one.relations]
        self._relations = [n for n in names if not self.policy.relations[n].stated]
        self._before = self._derived()
        # The heads of the instances that a fact stands in, or that it blocks.
        self._heads: dict[Stored, set[Stored]] = defaultdict(set)
        self._anything: set[Stored] = set()
        for name in self._relations:
            for rule in self.policy.rules_of(name):
                for way in expanded(rule.body, filters=True):
                    self._read(rule, way)

    def without(self, fact: Stored) -> frozenset[Stored] | None:
        """Return what a fact touches, of which the model was solved without it.

        None is anything.
        """
        now = self._derived()
        lost = self._before - now
        if now - self._before or not self._anything.isdisjoint((fact, *lost)):
            return None
        touched = set(self._heads.get(fact, ()))
        for one in lost:
            touched |= self._heads.get(one, set())
        return frozenset(touched - lost)

    def _derived(self) -> set[Stored]:
        return {
            (name, tuple(row))
            for name in self._relations
            for row in self.database.query(
                f"SELECT {', '.join(columns(self.policy.relations[name].arity))} "
                f"FROM {quoted(name)}"
            )
        }

    # --- instances ----------------------------------------------------------------

    def _read(self, rule: Rule, way: Sequence[Literal]) -> None:
        """Note what stands in a rule's instances, and what blocks others."""
        for head, facts in self._rows(rule, way):
            for fact in facts:
                self._note(fact, head)
        counted = [one for one in way if isinstance(one, Aggregate)]
        blocks = [one.atom for one in way if isinstance(one, Not)]
        if not counted and not blocks:
            return
        rest = _free([one for one in way if not isinstance(one, Not | Aggregate)])
        for atom in blocks:
            for head, facts in self._rows(rule, [*rest, atom]):
                self._note(facts[-1], head)
        for aggregate in counted:
            for inner in expanded(aggregate.body, filters=True):
                atoms = [one for one in inner if isinstance(one, Atom)]
                atoms += [one.atom for one in inner if isinstance(one, Not)]
                for atom in atoms:
                    for _, facts in self._rows(rule, [*rest, atom]):
                        self._anything.add(facts[-1])

    def _note(self, fact: Stored, head: Stored | None) -> None:
        if head is None:
            self._anything.add(fact)
        else:
            self._heads[fact].add(head)

    def _rows(
        self, rule: Rule, body: Sequence[Literal]
    ) -> Iterator[tuple[Stored | None, list[Stored]]]:
        """Yield the head and the facts of each instance; None is an open head."""
        explainer = self._explainer
        query = Conjunction(
            explainer.encoding, self.policy, Names(), {}, need=explainer.need
        ).add(body)
        # The body's own atoms, in the order in which they were joined.
        joined = sorted(query.atoms, key=lambda one: _place(body, one[0]))
        chosen = [
            f"{alias}.{name}"
            for atom, alias, _ in joined
            for name in columns(len(atom.terms))
        ]
        named = term_variables(rule.head.terms)
        known = all(name in query.variables for name in named)
        if known:
            chosen += [
                explainer.encoding.sql(term, query.variables)
                for term in rule.head.terms
            ]
        sql = f"SELECT DISTINCT {', '.join(chosen) or '1'} {query.source()}"
        for row in self.database.query(sql):
            values = iter(row)
            facts: list[Stored] = []
            for atom, _, _ in joined:
                taken = tuple([next(values) for _ in atom.terms])
                facts.append((atom.relation, taken))
            head = (rule.head.relation, tuple(values)) if known else None
            yield head, facts


def _place(body: Sequence[Literal], atom: Atom) -> int:
    return next(n for n, one in enumerate(body) if one is atom)


def _free(body: Sequence[Literal]) -> list[Literal]:
    """Return the literals of a body whose variables its atoms give."""
    known = {n for one in body if isinstance(one, Atom) for n in variables_of(one)}
    kept: list[Literal] = []
    waiting = list(body)
    while True:
        ready = [one for one in waiting if _ready(one, known)]
        if not ready:
            return kept
        kept += ready
        waiting = [one for one in waiting if one not in ready]
        known |= {name for one in ready for name in _bound(one)}


def _ready(literal: Literal, known: set[str]) -> bool:
    needs = {*variables_of(literal)} - {*_bound(literal)}
    return isinstance(literal, Atom) or needs <= known


def _bound(literal: Literal) -> Iterable[str]:
    if isinstance(literal, Atom | Either):
        return ()
    name = binds(literal)
    return () if name is None else (name,)


def in_any_proof(explainer: Explainer, goal: Fact | None) -> frozenset[Fact]:
    """Return the stated facts in the positive part of every instance below a goal."""
    if goal is None:
        return frozenset()
    found: set[Fact] = set()
    waiting = [(goal.relation, explainer.stored(goal))]
    seen = set(waiting)
    while waiting:
        relation, stored = waiting.pop()
        if explainer.policy.relations[relation].stated:
            found.add(explainer.fact(relation, stored))
            continue
        for one in _read(explainer, relation, stored):
            if one not in seen:
                seen.add(one)
                waiting.append(one)
    return frozenset(found)


def _read(
    explainer: Explainer, relation: str, stored: tuple[int, ...]
) -> Iterator[Stored]:
    """Yield the facts that the instances of a derived fact read; not in recursion."""
    for plan in explainer.plans(relation):
        if not plan.matches(stored) or plan.recursive:
            continue
        given: dict[str, int | None] = {name: stored[i] for name, i in plan.bound}
        for way in explainer.ways(plan.rule.body):
            query = explainer.query(
                way, plan.rule.types, tuple(given), limit=None, nullable=True
            )
            values = [given[name] for name in query.given]
            for row in explainer.database.query(query.sql, values):
                whole = {**given, **dict(zip(query.names, row, strict=False))}
                for one in way:
                    if isinstance(one, Atom):
                        yield one.relation, explainer.ground(one, whole)  # type: ignore[misc]


def proved(explainer: Explainer, goal: Fact | None) -> frozenset[Fact]:
    """Return the stated facts of a goal's proof; none, without a goal."""
    if goal is None:
        return frozenset()
    relations = explainer.policy.relations
    steps = prove(explainer, goal).steps
    return frozenset([fact for fact in steps if relations[fact.relation].stated])
