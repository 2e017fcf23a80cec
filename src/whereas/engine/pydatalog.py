"""pyDatalog as a store: the only module that imports it, and its bridle.

pyDatalog 0.22.4 answers a conjunction of facts rightly every time, and whole
programs not: recursion may never return, and negation over it answers wrongly. So
it is given one conjunction at a time, over facts; rounds are ours. Rules and facts
enter as its engine's objects, never as text (its loader executes Python), and
values as integers (it rounds floats and merges `True`, `1` and `1.0`). What it
does not do safely is done here on the joined rows: comparisons, arithmetic,
memberships and aggregates. It sees the atoms of a body in an order that binds.
"""

from __future__ import annotations

import itertools
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from whereas.budget import check
from whereas.diagnostics import IntegrityError
from whereas.engine.arithmetic import evaluate
from whereas.engine.bodies import encoder
from whereas.engine.fixpoint import Growth, Watch
from whereas.engine.instances import Bindings, Instances
from whereas.engine.names import (
    atoms_below,
    calculations,
    expression_variables,
    literal_variables,
    without_alternatives,
)
from whereas.engine.reach import unstorable
from whereas.facts.database import Row, columns, quoted
from whereas.policy.core import (
    Aggregate,
    Atom,
    Comparison,
    Component,
    Either,
    Literal,
    Membership,
    Not,
    Rule,
    Term,
    Variable,
)
from whereas.values import NONE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from whereas.facts.database import Database
    from whereas.policy.core import Policy, Setting


class PydatalogStore:
    """Every relation as pyDatalog facts; `rows` has them with their rounds."""

    name = "pydatalog"

    def __init__(self, policy: Policy, setting: Setting, database: Database) -> None:
        """Enter the stated rows of a database into a knowledge base of our own."""
        with warnings.catch_warnings():
            # Where it is not compiled yet, its own source has escapes that are none.
            warnings.simplefilter("ignore")
            from pyDatalog import Logic, pyEngine

        self.policy = policy
        self.database = database
        self.rows: dict[str, dict[Row, int]] = {name: {} for name in policy.relations}
        self.stored = encoder(setting, database.intern)
        # What tests joined rows reads the rows of `rows`, which only grow.
        self.instances = Instances(self.rows, self.stored, policy.month_end)
        self._engine: Any = pyEngine
        self._switch: Any = Logic
        self._fresh = itertools.count()
        self._predicates: dict[str, Any] = {}
        before = getattr(Logic.tl, "logic", None)
        self._knowledge = Logic()
        for relation in policy.relations.values():
            # A predicate without facts is an error to pyDatalog unless declared.
            self._predicates[relation.name] = self._declared(relation.arity)
        self._switch.tl.logic = before or self._knowledge
        for relation in policy.relations.values():
            if relation.stated:
                names = ", ".join(columns(relation.arity))
                found = database.query(f"SELECT {names} FROM {quoted(relation.name)}")
                self._add(relation.name, map(tuple, found), 0)

    @contextmanager
    def _own(self) -> Iterator[None]:
        """Make our knowledge base the thread's current one, and put back its own."""
        before = self._switch.tl.logic
        self._switch.tl.logic = self._knowledge
        try:
            yield
        finally:
            self._switch.tl.logic = before

    def _ask(self, query: Any) -> Any:
        """Return the answers to a query, within the budget.

        The engine is compiled: no signal and no other thread comes in while it runs.
        But at each row of a join it looks up one of its functions by name.
        """
        add_clause = self._engine.ADD_CLAUSE

        def checked(*words: Any) -> Any:
            check()
            return add_clause(*words)

        self._engine.ADD_CLAUSE = checked
        try:
            return query.ask()
        finally:
            self._engine.ADD_CLAUSE = add_clause

    def _declared(self, arity: int) -> Any:
        """Return a new predicate with a name of ours, known and without facts."""
        predicate = self._engine.Pred(f"r{next(self._fresh)}", arity)
        # A fact is known by all its columns.
        predicate.prearity = arity
        return self._engine.insert(predicate)

    def _add(self, relation: str, rows: Iterator[Row], number: int) -> None:
        known, predicate = self.rows[relation], self._predicates[relation]
        with self._own():
            for row in rows:
                known[row] = number
                self._assert(predicate, row)

    def _assert(self, predicate: Any, row: Row) -> None:
        engine = self._engine
        terms = [engine.Const(value) for value in row]
        engine.assert_(engine.Clause(engine.Literal(predicate, terms), []))

    # --- the store ----------------------------------------------------------------

    def begin(self, component: Component) -> None:
        """Nothing is there yet: the store is new."""

    def finish(self, component: Component) -> None:
        """Forget what was remembered while the component grew."""
        self.instances.forget(component.relations)

    def advance(
        self, component: Component, number: int, watch: Watch
    ) -> Sequence[Growth]:
        """Add the heads of every rule, by what was new in the last round."""
        growth = []
        fresh: dict[str, dict[Row, None]] = {name: {} for name in component.relations}
        last = (
            {name: self._last_round(name, number) for name in component.relations}
            if component.recursive
            else {}
        )
        more = 0
        for rule in component.rules:
            name = rule.head.relation
            new = 0
            for literals, delta in self._choices(component, rule, number):
                watch.rule = rule
                for row in self._heads(rule, literals, delta, last):
                    check()
                    if row not in self.rows[name] and row not in fresh[name]:
                        fresh[name][row] = None
                        new += 1
                        watch.allow(more + new)
            more += new
            growth.append(Growth(rule, new))
        for name, rows in fresh.items():
            self._add(name, iter(rows), number)
        self._remove(last.values())
        self.instances.forget(component.relations)
        return growth

    def _choices(
        self, component: Component, rule: Rule, number: int
    ) -> Iterator[tuple[tuple[Literal, ...], int | None]]:
        def expanded(either: Either) -> bool:
            own = {one.relation for one in atoms_below((either,))}
            if either.binds or own & set(component.relations):
                return True
            return not (_is_union(either) or _is_test(either))

        for literals in without_alternatives(rule.body, expanded):
            own = [
                at
                for at, one in enumerate(literals)
                if isinstance(one, Atom) and one.relation in component.relations
            ]
            if own and number > 1:
                yield from ((literals, at) for at in own)
            elif not own and number == 1:
                yield literals, None

    def _last_round(self, name: str, number: int) -> Any:
        """Return a predicate with the rows of the last round."""
        with self._own():
            arity = self.policy.relations[name].arity
            predicate = self._declared(arity)
            for row, came in reversed(self.rows[name].items()):
                if came < number - 1:
                    break
                self._assert(predicate, row)
        return predicate

    def _remove(self, predicates: Collection[Any]) -> None:
        with self._own():
            for predicate in predicates:
                self._engine.remove(predicate)

    # --- one conjunction ----------------------------------------------------------

    def _heads(
        self,
        rule: Rule,
        literals: tuple[Literal, ...],
        delta: int | None,
        last: dict[str, Any],
    ) -> Iterator[Row]:
        unions = [one for one in literals if _is_union(one)]
        ours = [
            one
            for one in literals
            if not isinstance(one, Atom | Not) and one not in unions
        ]
        binders = [one for one in ours if getattr(one, "binds", None)]
        calculating = any(True for one in ours for _ in calculations(one))
        negations = [one for one in literals if isinstance(one, Not)]
        joined = {
            n for o in literals if isinstance(o, Atom) for n in literal_variables(o)
        }
        theirs = [
            one
            for one in negations
            if not calculating and set(literal_variables(one)) <= joined
        ]
        late: list[Literal] = [one for one in negations if one not in theirs]
        outside = [one for one in (rule.head, *literals) if one not in unions]
        shared = {name for one in outside for name in literal_variables(one)}
        tests = [(one, sorted(set(literal_variables(one)) & shared)) for one in unions]
        if calculating or any(
            not names or not set(names) <= joined for _, names in tests
        ):
            late, tests = [*late, *unions], []
        needed = {
            name for one in (rule.head, *ours, *late) for name in literal_variables(one)
        }
        atoms = [
            (one, last[one.relation] if at == delta else self._predicates[one.relation])
            for at, one in enumerate(literals)
            if isinstance(one, Atom)
        ]
        risky = calculating or any(isinstance(one, Aggregate) for one in ours)
        for bindings in self._join(atoms, theirs, tests, needed & joined):
            if risky:
                self._check(rule, ours, bindings)
            rest = (*binders, *(o for o in ours if o not in binders), *late)
            for full in self.instances.of(rest, bindings):
                yield tuple(self._ground(term, full) for term in rule.head.terms)

    def _ground(self, term: Term, bindings: Bindings) -> int:
        value = evaluate(term, bindings, self.stored, None)
        if value is None:
            raise IntegrityError("pyDatalog left a variable of a head without a value")
        return value

    def _check(
        self, rule: Rule, literals: Sequence[Literal], bindings: Bindings
    ) -> None:
        """Raise E620 or E621 where a calculation on a joined row cannot be stored."""
        known = self._settled(literals, bindings)
        for literal in literals:
            for one in calculations(literal):
                operands = {known.get(name) for name in expression_variables(one)}
                if not operands & {None, NONE} and (
                    self.instances.value(one, known) is None
                ):
                    raise unstorable(rule, one)
            if not isinstance(literal, Aggregate):
                continue
            if any(known.get(name) is None for name in literal.group):
                continue
            total = self.instances.aggregated(literal, known)
            if literal.function == "sum" and total is None:
                raise unstorable(rule, literal)
            if any(True for one in literal.body for _ in calculations(one)):
                atoms = [one for one in literal.body if isinstance(one, Atom)]
                group = {name: known[name] for name in literal.group}
                for inner in self.instances.of(atoms, group):
                    self._check(rule, literal.body, inner)

    def _settled(self, literals: Sequence[Literal], bindings: Bindings) -> Bindings:
        """Return the bindings with what `=` and aggregates give, tested or not."""
        known = dict(bindings)
        for _ in literals:
            for one in literals:
                if not isinstance(one, Comparison | Aggregate) or one.binds is None:
                    continue
                needs = set(literal_variables(one)) - {one.binds}
                if isinstance(one, Aggregate):
                    needs = set(one.group)
                if one.binds not in known and needs <= known.keys():
                    known[one.binds] = self.instances.bound_value(one, known)
        return known

    def _join(
        self,
        atoms: Sequence[tuple[Atom, Any]],
        negations: Sequence[Not],
        unions: Sequence[tuple[Literal, list[str]]],
        needed: Collection[str],
    ) -> Iterator[Bindings]:
        if not atoms:
            if all(self.instances.holds(one, {}) for one in negations):
                yield {}
            return
        engine = self._engine
        names = sorted(needed)
        with self._own():
            # Temporary predicates: the query, and one for each alternative.
            made: list[Any] = []
            body = [
                *self._body(atoms),
                *(self._negated(negation.atom) for negation in negations),
                *(self._union(one, shared, made) for one, shared in unions),
            ]
            # A query needs a column.
            shown = [engine.Var(name) for name in names] or [body[0].terms[0]]
            query = self._declared(len(shown))
            made.append(engine.Clause(engine.Literal(query, shown), body))
            try:
                for clause in made:
                    engine.assert_(clause)
                found = self._ask(engine.Literal(query, shown))
            finally:
                for clause in made:
                    engine.retract(clause)
                    engine.remove(clause.head.pred)
        if found is True:
            raise IntegrityError("pyDatalog left a variable of a body without a value")
        for row in sorted(found):
            yield dict(zip(names, row, strict=False))

    def _body(self, atoms: Sequence[tuple[Atom, Any]]) -> Iterator[Any]:
        engine = self._engine
        for atom, predicate in in_binding_order(atoms):
            terms, fixed = [], []
            for term in atom.terms:
                if isinstance(term, Variable):
                    terms.append(engine.Var(term.name))
                    continue
                # Its pure build scans for a constant in a literal.
                placeholder = engine.Var(f"_c{next(self._fresh)}")
                terms.append(placeholder)
                value = engine.Const(self.stored(term))
                fixed.append(engine.Literal("==", [placeholder, value]))
            yield from (engine.Literal(predicate, terms), *fixed)

    def _union(self, either: Literal, shared: list[str], made: list[Any]) -> Any:
        """Return an unnamed relation over the shared variables, with its clauses."""
        engine = self._engine
        terms = [engine.Var(name) for name in shared]
        head = engine.Literal(self._declared(len(terms)), terms)
        for branch in getattr(either, "branches", ()):
            atoms = [(one, self._predicates[one.relation]) for one in branch]
            made.append(engine.Clause(head, list(self._body(atoms))))
        return head

    def _negated(self, atom: Atom) -> Any:
        engine = self._engine
        terms = [
            engine.Var(term.name)
            if isinstance(term, Variable)
            else engine.Const(self.stored(term))
            for term in atom.terms
        ]
        predicate = self._predicates[atom.relation]
        negated = engine.Literal("~" + predicate.name, terms)
        negated.pred.base_pred = predicate
        return negated


def _is_union(literal: Literal) -> bool:
    """Return whether a literal is an alternative of positive atoms alone."""
    return isinstance(literal, Either) and all(
        isinstance(one, Atom) for branch in literal.branches for one in branch
    )


def _is_test(either: Either) -> bool:
    """Return whether an alternative only compares what is bound outside."""
    return not any(
        not isinstance(one, Comparison | Membership)
        or getattr(one, "binds", None)
        or any(True for _ in calculations(one))
        for branch in either.branches
        for one in branch
    )


def in_binding_order(
    atoms: Sequence[tuple[Atom, Any]],
) -> Iterator[tuple[Atom, Any]]:
    """Yield the atoms so that each shares what it can with those before it."""
    left, known = list(atoms), set[str]()
    while left:
        best = max(left, key=lambda one: _boundness(one[0], frozenset(known)))
        left.remove(best)
        known |= set(literal_variables(best[0]))
        yield best


def _boundness(atom: Atom, known: frozenset[str]) -> tuple[int, int]:
    free = sum(isinstance(t, Variable) and t.name not in known for t in atom.terms)
    return len(atom.terms) - free, -free
