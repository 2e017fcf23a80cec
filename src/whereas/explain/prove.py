"""A fact that holds into its proof: rebuilt from the model, for this goal alone.

Each fact takes its first supporting instance: rules in their order, then the rows
of the body. An instance supports a fact if all its premises of the same recursive
component came in an earlier round, so no proof goes in a circle. There is no
recursion here over facts: a proof may be any number of levels deep.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from whereas.explain.bodies import ROUND, Query
from whereas.explain.explainer import PROOFS_SHOWN, ROWS_SHOWN, Explainer, RulePlan
from whereas.explain.expressions import is_test, type_of
from whereas.explain.proof import (
    ANY,
    Absent,
    Aggregated,
    Among,
    Any_,
    Chosen,
    Compared,
    Derived,
    Fact,
    Holds,
    Moved,
    Premise,
    Proof,
    Stated,
    Step,
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
    Shift,
    Variable,
)
from whereas.values import NONE

if TYPE_CHECKING:
    from whereas.engine.model import Model
    from whereas.facts.base import FactBase
    from whereas.values import Type, Value

Stored = tuple[int, ...]
Substitution = Mapping[str, "int | None"]


def stated(facts: FactBase, relation: str, row: int) -> Stated:
    """Return where a stated row stands: in its file, or in the change that gave it."""
    file = facts.files[relation]
    supposed = facts.supposed.get(relation, {}).get(row)
    if supposed is None:
        originals = tuple(sorted(facts.originals.of(relation, row).items()))
        return Stated(file.name, row, file.sheet, originals=originals)
    return Stated(file.name, supposed.corrects or 0, file.sheet, supposed)


def prove(
    model: Model | Explainer, goal: Fact, *, all_proofs: int | None = None
) -> Proof:
    """Return the proof of a fact that holds; LookupError, if it does not.

    With `all_proofs` the further supporting instances of each fact are there too,
    that many of them at most (`PROOFS_SHOWN` is the usual number); how many there
    are in truth stands in `Derived.instances`.
    """
    explainer = model if isinstance(model, Explainer) else Explainer(model)
    explainer = explainer.near([explainer.request(goal)])
    prover = Prover(explainer, all_proofs or 0)
    if not prover.add(goal):
        raise LookupError(goal)
    return Proof(goal, prover.steps, prover.others)


class Prover:
    """Collects the steps of facts, each fact once, and those of what they rest on.

    With `open_` a substitution may have variables without a value (None).
    """

    def __init__(
        self, explainer: Explainer, all_proofs: int = 0, *, open_: bool = False
    ) -> None:
        """Start with no step."""
        self.explainer = explainer
        self.steps: dict[Fact, Step] = {}
        self.others: dict[Fact, tuple[Derived, ...]] = {}
        self._more = all_proofs
        self._open = open_
        self._waiting: list[tuple[Fact, Stored]] = []
        self._relations = explainer.policy.relations

    def add(self, goal: Fact) -> bool:
        """Add a fact's proof; return whether the fact holds."""
        if goal in self.steps:
            return True
        explainer = self.explainer
        stored = explainer.stored(goal)
        if self._relations[goal.relation].stated:
            row = explainer.place(goal.relation, stored)
            if row is None:
                return False
            self._state(goal, row)
            return True
        if explainer.round(goal.relation, stored) is None:
            return False
        self.wait(goal, stored)
        self.finish()
        return True

    def wait(self, fact: Fact, stored: Stored) -> None:
        """Note a derived fact whose step is still to be found."""
        if fact not in self.steps:
            # A place holder keeps the order of the steps and says each fact once.
            self.steps[fact] = Stated("", 0)
            self._waiting.append((fact, stored))

    def finish(self) -> None:
        """Find the steps of all facts that wait, and of those that they rest on."""
        while self._waiting:
            fact, stored = self._waiting.pop()
            self._derive(fact, stored)

    def _state(self, fact: Fact, row: int) -> None:
        if fact not in self.steps:
            self.steps[fact] = stated(self.explainer.model.facts, fact.relation, row)

    def _derive(self, fact: Fact, stored: Stored) -> None:
        explainer = self.explainer
        first: tuple[RulePlan, Substitution, tuple[int, ...]] | None = None
        further: list[tuple[RulePlan, Substitution, tuple[int, ...]]] = []
        count = 0
        wanted = self._more
        for plan in explainer.plans(fact.relation):
            if not plan.matches(stored):
                continue
            substitution: dict[str, int | None] = {n: stored[i] for n, i in plan.bound}
            if plan.recursive:
                substitution[ROUND] = explainer.round(fact.relation, stored)
            rows, query, total = self._instances(plan, substitution)
            count += total
            names = query.names
            for row in rows:
                if first is not None and len(further) >= wanted:
                    break
                one = dict(substitution)
                one.update(zip(names, row, strict=False))
                places = row[len(names) : len(names) + len(query.places)]
                if first is None:
                    first = (plan, one, places)
                else:
                    further.append((plan, one, places))
        if first is None:
            raise AssertionError(f"no rule supports {fact}")
        self.steps[fact] = self._step(*first, count)
        if wanted:
            self.others[fact] = tuple(self._step(*one, count) for one in further)

    def _instances(
        self, plan: RulePlan, substitution: Substitution
    ) -> tuple[list[tuple[int, ...]], Query, int]:
        explainer = self.explainer
        query = plan.query
        if self._more > PROOFS_SHOWN:
            given = tuple(n for n, _ in plan.bound)
            query = explainer.query(
                plan.rule.body,
                plan.rule.types,
                (*given, ROUND) if plan.recursive else given,
                plan.component,
                limit=self._more + 2,
            )
        limit = max(self._more + 2, PROOFS_SHOWN + 1)
        values = [substitution[name] for name in query.given]
        rows = explainer.database.query(query.sql, values)
        total = len(rows)
        if total >= min(limit, PROOFS_SHOWN + 1):
            total = int(explainer.database.query(query.count, values)[0][0])
        return rows, query, total

    def _step(
        self,
        plan: RulePlan,
        substitution: Substitution,
        places: tuple[int, ...],
        count: int,
    ) -> Derived:
        rule = plan.rule
        premises = self.premises(
            rule.body,
            rule.types,
            substitution,
            plan.component,
            query=plan.query,
            places=places,
        )
        decoders = plan.decoders
        values = {
            name: None if stored is None else decoders[name](stored)
            for name, stored in substitution.items()
            if name != ROUND
        }
        return Derived(rule, values, premises, count)

    # --- premises -----------------------------------------------------------------

    def value(self, stored: int | None, type_: Type) -> Value:
        """Return the value that a stored integer stands for.

        A test of the rule may exclude `none` from a type, and fail: NONE is no less
        none then.
        """
        if stored is None or stored == NONE:
            return None
        return self.explainer.decoder(type_)(stored)

    def premises(
        self,
        body: Sequence[Literal],
        types: Mapping[str, Type],
        substitution: Substitution,
        component: frozenset[str],
        *,
        query: Query,
        places: Sequence[int],
    ) -> tuple[Premise, ...]:
        """Return what an instance rests on; the facts among it get their steps."""
        rows = dict(zip(query.places, places, strict=True))
        return tuple(
            self.holds(literal, substitution, rows.get(number))
            if isinstance(literal, Atom)
            else self.premise(literal, types, substitution, component)
            for number, literal in enumerate(body)
        )

    def holds(
        self, atom: Atom, substitution: Substitution, row: int | None = None
    ) -> Holds:
        """Return a positive atom's premise, and see to the step of its fact."""
        stored = tuple(
            substitution[term.name]
            if isinstance(term, Variable)
            else self.explainer.encoding.constant(term)
            for term in atom.terms
        )
        return self.rest_on(atom.relation, stored, row)  # type: ignore[arg-type]

    def rest_on(self, relation: str, stored: Stored, row: int | None = None) -> Holds:
        """Return the premise that a fact holds, and see to the fact's step."""
        fact = self.explainer.fact(relation, stored)
        if fact in self.steps:
            return Holds(fact)
        if self._relations[relation].stated:
            found = row if row is not None else self.explainer.place(relation, stored)
            assert found is not None  # noqa: S101
            self._state(fact, found)
        else:
            self.wait(fact, stored)
        return Holds(fact)

    def premise(
        self,
        literal: Literal,
        types: Mapping[str, Type],
        substitution: Substitution,
        component: frozenset[str] = frozenset(),
    ) -> Premise:
        """Return the premise of a literal that holds under a substitution."""
        match literal:
            case Atom():
                return self.holds(literal, substitution)
            case Not(atom):
                return self.absent(literal, atom, substitution)
            case Comparison(_, left, right):
                return Compared(
                    literal,
                    self.evaluated(left, types, substitution),
                    self.evaluated(right, types, substitution),
                    self._moved(left, types, substitution),
                    self._moved(right, types, substitution),
                )
            case Membership(term):
                return Among(literal, self.evaluated(term, types, substitution))
            case Either():
                return self._chosen(literal, types, substitution, component)
            case Aggregate():
                return self.aggregated(literal, types, substitution)

    def evaluated(
        self,
        expression: Expression,
        types: Mapping[str, Type],
        substitution: Substitution,
    ) -> Value:
        """Return an expression's value; None, where it is `none` or has no value."""
        stored = self.explainer.encoding.value(expression, substitution)
        return self.value(stored, type_of(expression, types))

    def _moved(
        self,
        expression: Expression,
        types: Mapping[str, Type],
        substitution: Substitution,
    ) -> Moved | None:
        """Return from which date, and by how much, an expression moves it."""
        if not isinstance(expression, Shift):
            return None
        return Moved(
            self.evaluated(expression.left, types, substitution),
            self.evaluated(expression.amount, types, substitution),
        )

    def pattern(
        self, atom: Atom, substitution: Substitution
    ) -> tuple[Value | Any_, ...]:
        """Return what an atom looks for: ANY, where a variable has no value."""
        table = self._relations[atom.relation]
        return tuple(
            ANY if stored is None else self.value(stored, column.type)
            for stored, column in zip(
                self.explainer.ground(atom, substitution), table.columns, strict=True
            )
        )

    def absent(self, literal: Not, atom: Atom, substitution: Substitution) -> Absent:
        """Return the premise that no row matches an atom."""
        return Absent(
            literal,
            atom.relation,
            self.pattern(atom, substitution),
            self.explainer.rows(atom.relation),
            self.explainer.file(atom.relation),
        )

    def _chosen(
        self,
        literal: Either,
        types: Mapping[str, Type],
        substitution: Substitution,
        component: frozenset[str],
    ) -> Chosen:
        for number, branch in enumerate(literal.branches):
            premises = self.branch(branch, types, substitution, component)
            if premises is not None:
                return Chosen(literal, number, premises)
        raise AssertionError("no branch holds")

    def branch(
        self,
        branch: tuple[Literal, ...],
        types: Mapping[str, Type],
        substitution: Substitution,
        component: frozenset[str] = frozenset(),
    ) -> tuple[Premise, ...] | None:
        """Return the premises of a branch by its first rows; None, if it fails."""
        encoding = self.explainer.encoding
        if all(is_test(one) and getattr(one, "binds", None) is None for one in branch):
            for one in branch:
                if not encoding.holds(one, substitution):  # type: ignore[arg-type]
                    return None
            return tuple(
                self.premise(one, types, substitution, component) for one in branch
            )
        given = tuple(name for name in substitution if name in types or name == ROUND)
        query = self.explainer.query(
            branch, types, given, component, nullable=self._open
        )
        values = [substitution[name] for name in query.given]
        rows = self.explainer.database.query(query.sql, values)
        if not rows:
            return None
        inner = dict(substitution)
        inner.update(zip(query.names, rows[0], strict=False))
        places = rows[0][len(query.names) : len(query.names) + len(query.places)]
        return self.premises(
            branch, types, inner, component, query=query, places=places
        )

    def aggregated(
        self,
        literal: Aggregate,
        types: Mapping[str, Type],
        substitution: Substitution,
    ) -> Aggregated:
        """Return an aggregate's premise: value, first rows, and how many there are."""
        given = tuple(name for name in literal.group if name in substitution)
        shown, counted = self.matching(literal.body, types, substitution, given)
        value = self.measured(literal, substitution)
        sought = None
        match literal.body:
            case (Atom() as atom,) if not counted:
                sought = self.pattern(atom, substitution)
        return Aggregated(literal, value, shown, counted, sought)

    def matching(
        self,
        body: tuple[Literal, ...],
        types: Mapping[str, Type],
        substitution: Substitution,
        given: tuple[str, ...],
    ) -> tuple[tuple[tuple[Fact, ...], ...], int]:
        """Return the facts of a body's first `ROWS_SHOWN` rows, and how many it has.

        `given` are the variables whose values are known.
        """
        query = self.explainer.query(body, types, given)
        values = [substitution[name] for name in query.given]
        rows = self.explainer.database.query(query.sql, values)
        counted = len(rows)
        if counted > ROWS_SHOWN:
            counted = int(self.explainer.database.query(query.count, values)[0][0])
        shown: list[tuple[Fact, ...]] = []
        for row in rows[:ROWS_SHOWN]:
            inner = dict(substitution)
            inner.update(zip(query.names, row, strict=False))
            places = dict(zip(query.places, row[len(query.names) :], strict=False))
            shown.append(
                tuple(
                    self.holds(one, inner, places.get(i)).fact
                    for i, one in enumerate(body)
                    if isinstance(one, Atom)
                )
            )
        return tuple(shown), counted

    def measured(self, literal: Aggregate, substitution: Substitution) -> Value:
        """Return an aggregate's value; None, where `min` or `max` has no row."""
        given = tuple(name for name in literal.group if name in substitution)
        sql, used = self.explainer.aggregate(literal, given)
        stored = self.explainer.database.query(sql, [substitution[n] for n in used])
        return self.value(stored[0][0], literal.type)
