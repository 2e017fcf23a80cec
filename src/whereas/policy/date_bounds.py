"""Facts that count although they may lie after the day judged: warnings of `check`.

The day judged is the column that the policy's `timeline` moves, the variable of
`@from` and `@until`, and `$today`. A date column of an input is the day from which
the fact is there, unless it is marked `@end` or `@any_day`. A rule that reads the row
has to ask that this day is not after the day judged: by a comparison, or through
another atom of its body that asks it of the same row. If the rule's head has the date
or the key of the row, a rule that reads the head may ask it instead.

Of an `@end` it is asked that some rule compares it with the day judged. The rows of
the subject and those that a timeline moves are the case itself: they are there.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Label, Severity, Span
from whereas.policy import core

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

TODAY = "today"
_NOT_AFTER = {"<", "<=", "="}
_NOT_BEFORE = {">", ">=", "="}

_Column = tuple[str, int]
_Body = tuple[core.Literal, ...]
# A row of an input, by the terms of its key, of which a date is bounded.
_BoundedRow = tuple[str, int, tuple[core.Term, ...]]
# The key of a row in a derived relation: of each term the position, or the constant.
_Key = tuple[int | core.Term, ...]
_Guard = tuple[str, int, _Key]


@dataclass(frozen=True, slots=True)
class _Debt:
    """A date of an input's row that a derived relation leaves to its readers to bound.

    `span` is the atom that reads the row; `key` and `place` are where the derived
    relation has the key of the row, and the date.
    """

    name: str
    column: int
    span: Span
    key: _Key | None
    place: int | None


@dataclass(frozen=True, slots=True)
class _Reading:
    """An atom that a rule reads, and the conjunction in which it stands.

    A variable of a positive atom that stands in the head is handed on (`exported`).
    `inside` is the aggregate whose body has the atom.
    """

    rule: core.Rule
    atom: core.Atom
    body: _Body
    exported: bool
    inside: core.Aggregate | None = None


def unbounded_dates(policy: core.Policy) -> list[Diagnostic]:
    """Return a warning for each use of a dated fact without a bound on the day judged.

    A policy that decides nothing, or that judges no day, has none.
    """
    if policy.subject is None:
        return []
    analysis = _Analysis(policy)
    if not analysis.days and not policy.uses_today:
        return []
    return [*analysis.unbounded(), *analysis.unasked_ends()]


class _Analysis:
    """What is known of the dates of a policy's relations.

    `bounded`: columns of which no value is after the day judged. `guards`: for a
    derived relation, the rows of inputs that each of its rules bounds. `origins`: the
    columns of inputs from which a column has its values. `debts`: the dates that a
    relation leaves to its readers.
    """

    def __init__(self, policy: core.Policy) -> None:
        self.policy = policy
        self.conjunctions: dict[int, list[_Body]] = {
            rule.index: [body for _, body in rule.conjunctions()]
            for rule in policy.rules
        }
        self.case = {policy.subject, *(moved.relation for moved in policy.moved)}
        self.origins = self._origins()
        self.days = self._days()
        self.bounded = self._bounded()
        # By the id of a conjunction, which is kept so that its id stays its own.
        self._kept_known: dict[int, tuple[_Body, frozenset[core.Variable]]] = {}
        self.guards = self._guards()
        self.debts: dict[str, set[_Debt]] = {}

    # --- columns ------------------------------------------------------------------

    def _starts(self, relation: str) -> tuple[int, ...]:
        """Return the date columns from which a row of an input is there."""
        found = self.policy.relations[relation]
        return tuple(
            position
            for position, column in enumerate(found.columns)
            if found.has_file
            and column.type.kind == "date"
            and not (column.end or column.any_day)
        )

    def _days(self) -> frozenset[_Column]:
        """Return the columns of inputs that have the day judged."""
        moved = {(one.relation, one.column) for one in self.policy.moved}
        if moved:
            return frozenset(moved)
        return frozenset(
            origin
            for rule in self.policy.rules
            for body in self.conjunctions[rule.index]
            for variable in _in_force(body)
            for origin in self._origin(variable, body, self.origins)
        )

    def _origins(self) -> Mapping[_Column, set[_Column]]:
        """Return the columns of inputs from which each column has its values."""
        found: dict[_Column, set[_Column]] = {
            (relation.name, position): {(relation.name, position)}
            if relation.stated
            else set()
            for relation in self.policy.relations.values()
            for position in range(relation.arity)
        }
        grown = True
        while grown:
            grown = False
            for rule in self.policy.rules:
                for body in self.conjunctions[rule.index]:
                    for position, term in enumerate(rule.head.terms):
                        known = found[rule.head.relation, position]
                        more = self._origin(term, body, found) - known
                        known |= more
                        grown = grown or bool(more)
        return found

    def _origin(
        self,
        term: core.Expression,
        body: Iterable[core.Literal],
        origins: Mapping[_Column, set[_Column]],
    ) -> set[_Column]:
        found: set[_Column] = set()
        wanted = set(_variables(term))
        done: set[core.Variable] = set()
        while wanted - done:
            variable = min(wanted - done, key=lambda one: one.name)
            done.add(variable)
            for literal in _unnested(body):
                match literal:
                    case core.Atom():
                        for position, other in enumerate(literal.terms):
                            if other == variable:
                                found |= origins[literal.relation, position]
                    case core.Comparison(op="=", left=left, right=right):
                        if variable in (left, right):
                            wanted.update(_variables(left), _variables(right))
                    case core.Aggregate(function="min" | "max", target=target):
                        if target == variable and literal.term is not None:
                            wanted.update(_variables(literal.term))
                    case _:
                        pass
        return found

    def _bounded(self) -> frozenset[_Column]:
        """Return the columns that only have days that are not after the day judged."""
        derived = {
            (relation.name, position)
            for relation in self.policy.relations.values()
            if not relation.stated
            for position, column in enumerate(relation.columns)
            if column.type.kind == "date"
        }
        own = {
            (name, position)
            for name in self.case
            if name is not None
            for position in self._starts(name)
        }
        bounded = frozenset(derived | own) | self.days
        while True:
            lost = {
                (rule.head.relation, position)
                for rule in self.policy.rules
                for body in self.conjunctions[rule.index]
                for position, term in enumerate(rule.head.terms)
                if (rule.head.relation, position) in bounded
                and not _is_bounded(term, self._known(body, bounded))
            }
            if not lost:
                return bounded
            bounded -= lost

    def _known_in(self, body: _Body) -> frozenset[core.Variable]:
        """Return the variables of a conjunction that the bounded columns bound."""
        kept = self._kept_known.get(id(body))
        if kept is None:
            kept = self._kept_known[id(body)] = (body, self._known(body, self.bounded))
        return kept[1]

    def _known(
        self,
        body: _Body,
        bounded: frozenset[_Column],
        outside: Iterable[core.Variable] = (),
    ) -> frozenset[core.Variable]:
        """Return the variables of a conjunction that are not after the day judged.

        `outside` are those that are known of around the body of an aggregate.
        """
        known = {*outside, *_in_force(body)}
        for literal in body:
            if isinstance(literal, core.Atom):
                known |= {
                    term
                    for position, term in enumerate(literal.terms)
                    if isinstance(term, core.Variable)
                    and (literal.relation, position) in bounded
                }
        grown = True
        while grown:
            more: set[core.Variable] = set()
            for literal in body:
                match literal:
                    case core.Comparison():
                        more |= _bounded_by(literal, known)
                    case core.Aggregate(function="min" | "max", target=target):
                        if isinstance(target, core.Variable) and all(
                            literal.term is not None
                            and _is_bounded(
                                literal.term, self._known(inner, bounded, known)
                            )
                            for _, inner in core.conjunctions(literal.body)
                        ):
                            more.add(target)
                    case _:
                        pass
            grown = not more <= known
            known |= more
        return frozenset(known)

    # --- rows ---------------------------------------------------------------------

    def _guards(self) -> Mapping[str, frozenset[_Guard]]:
        """Return the rows of inputs that all rules of a relation bound."""
        found: dict[str, frozenset[_Guard]] = {}
        while True:
            new: dict[str, frozenset[_Guard]] = {}
            for rule in self.policy.rules:
                name = rule.head.relation
                for body in self.conjunctions[rule.index]:
                    # A relation that is not in `found` yet bounds every row.
                    if any(self._open(literal, found) for literal in body):
                        continue
                    rows = self._rows(body, found)
                    own = frozenset(_handed_on(rows, rule.head))
                    new[name] = new[name] & own if name in new else own
            if new == found:
                return found
            found = new

    def _open(
        self, literal: core.Literal, found: Mapping[str, frozenset[_Guard]]
    ) -> bool:
        return (
            isinstance(literal, core.Atom)
            and not self.policy.relations[literal.relation].stated
            and literal.relation not in found
        )

    def _rows(
        self, body: _Body, guards: Mapping[str, frozenset[_Guard]]
    ) -> set[_BoundedRow]:
        """Return the rows of inputs of which a conjunction bounds a date."""
        known = self._known_in(body)
        found: set[_BoundedRow] = set()
        for atom in body:
            if not isinstance(atom, core.Atom):
                continue
            relation = self.policy.relations[atom.relation]
            if relation.stated:
                key = tuple(atom.terms[position] for position in relation.key)
                found |= {
                    (relation.name, position, key)
                    for position in self._starts(relation.name)
                    if _is_bounded(atom.terms[position], known)
                    or _is_empty(atom.terms[position], body)
                }
            else:
                found |= {
                    (name, position, _terms(key, atom))
                    for name, position, key in guards.get(relation.name, ())
                }
        return found

    # --- warnings -----------------------------------------------------------------

    def unbounded(self) -> Iterator[Diagnostic]:
        """Yield a warning for each atom that reads a date which nothing bounds."""
        readings = [
            reading
            for rule in self.policy.rules
            if not rule.any_day
            for body in self.conjunctions[rule.index]
            for reading in _readings(rule, body)
        ]
        # Of each date that is lost, the atom that loses it.
        lost: dict[_Debt, Span] = {}
        grown = True
        while grown:
            before = sum(map(len, self.debts.values()))
            for reading in readings:
                for debt in self._lost(reading):
                    lost.setdefault(debt, reading.atom.span or debt.span)
            grown = sum(map(len, self.debts.values())) > before
        for relation in self._concluded():
            for debt in self.debts.get(relation, ()):
                lost.setdefault(debt, debt.span)
        by_atom: dict[tuple[Span, str], dict[int, Span]] = {}
        for debt, span in lost.items():
            columns = by_atom.setdefault((debt.span, debt.name), {})
            columns[debt.column] = min(
                columns.get(debt.column, span), span, key=_place_of
            )
        for (span, name), columns in by_atom.items():
            yield self._warning(span, name, columns)

    def _concluded(self) -> set[str]:
        """Return the relations that are read by outcomes, or shown with them."""
        goals = {one.goal.relation for one in self.policy.outcomes if one.goal}
        return goals | set(self.policy.show)

    def _lost(self, reading: _Reading) -> Iterator[_Debt]:
        """Yield the dates of an atom that nothing bounds; pass on what the head has."""
        atom, body, head = reading.atom, reading.body, reading.rule.head
        known = self._known_in(body)
        match reading.inside:
            case core.Aggregate(
                function="min", target=target, term=core.Variable() as day
            ):
                # Later days do not change a minimum that is not after the day judged.
                if _is_bounded(target, known):
                    known |= {day}
            case _:
                pass
        rows: set[_BoundedRow] | None = None
        for debt in self._owed(atom):
            if debt.place is not None:
                day_term = atom.terms[debt.place]
                if _is_bounded(day_term, known) or _is_empty(day_term, body):
                    continue
            key = None if debt.key is None else _terms(debt.key, atom)
            if key is not None:
                rows = self._rows(body, self.guards) if rows is None else rows
                if (debt.name, debt.column, key) in rows:
                    continue
            passed = list(_passed_on(debt, key, atom, head)) if reading.exported else []
            self.debts.setdefault(head.relation, set()).update(passed)
            if not passed:
                yield debt

    def _owed(self, atom: core.Atom) -> Iterator[_Debt]:
        """Yield the dates of an atom's row that have to be bounded."""
        relation = self.policy.relations[atom.relation]
        if not relation.stated:
            yield from self.debts.get(atom.relation, set()).copy()
        elif relation.name not in self.case and atom.span is not None:
            for column in self._starts(relation.name):
                key = tuple(relation.key)
                yield _Debt(relation.name, column, atom.span, key, column)

    def _warning(
        self, span: Span, name: str, columns: Mapping[int, Span]
    ) -> Diagnostic:
        relation = self.policy.relations[name]
        names = [str(relation.columns[position].name) for position in sorted(columns)]
        words = " and ".join(f"`{column}`" for column in names)
        losing = min(columns.values(), key=_place_of)
        labels = [Label(losing, "and counts here")] if losing != span else []
        if relation.span is not None:
            labels.append(Label(relation.span, f"`{name}` is declared here"))
        return Diagnostic(
            Code.DATE_UNBOUNDED,
            f"a row of `{name}` counts even if its {words} "
            f"{'is' if len(names) == 1 else 'are'} after the day judged",
            span,
            f"ask that {words} {'is' if len(names) == 1 else 'are'} on or before that "
            f"day; or declare `{names[0]}: date @end` if the fact ends on it; or say "
            "`@any_day`, on the column or before the rule",
            tuple(labels),
            Severity.WARNING,
        )

    def unasked_ends(self) -> Iterator[Diagnostic]:
        """Yield a warning for each `@end` that no rule compares with the day judged."""
        asked = {
            column
            for rule in self.policy.rules
            for body in self.conjunctions[rule.index]
            for column in self._compared(body)
        }
        for relation in self.policy.relations.values():
            for position, column in enumerate(relation.columns):
                if not relation.has_file:
                    continue
                if column.end and (relation.name, position) not in asked:
                    at = relation.span
                    yield Diagnostic(
                        Code.END_UNASKED,
                        f"no rule compares `{column.name}` of `{relation.name}` "
                        "with the day judged",
                        at,
                        "ask for it where the fact has to be in force; or declare "
                        f"`{column.name}: … @any_day`",
                        (),
                        Severity.WARNING,
                    )

    def _compared(self, body: _Body) -> Iterator[_Column]:
        """Yield the columns of inputs that a conjunction compares with a day judged."""
        everywhere = list(_unnested(body))
        for literal in everywhere:
            if not isinstance(literal, core.Comparison):
                continue
            left, right = (
                self._origin(side, body, self.origins)
                for side in (literal.left, literal.right)
            )
            if left & self.days or _reads_today(literal.left):
                yield from right
            if right & self.days or _reads_today(literal.right):
                yield from left


# --- conjunctions -------------------------------------------------------------------


def _readings(rule: core.Rule, body: _Body) -> Iterator[_Reading]:
    for literal in body:
        match literal:
            case core.Atom():
                yield _Reading(rule, literal, body, True)
            case core.Not():
                yield _Reading(rule, literal.atom, body, False)
            case core.Aggregate():
                for _, inner in core.conjunctions(literal.body):
                    for nested in _readings(rule, inner):
                        around = (*body, *inner)
                        yield _Reading(rule, nested.atom, around, False, literal)
            case _:
                pass


def _unnested(body: Iterable[core.Literal]) -> Iterator[core.Literal]:
    """Yield the literals of a body, and those of its aggregates and alternatives."""
    for literal in body:
        yield literal
        match literal:
            case core.Aggregate():
                yield from _unnested(literal.body)
            case core.Either():
                yield from _unnested(itertools.chain(*literal.branches))
            case _:
                pass


def _in_force(body: Iterable[core.Literal]) -> Iterator[core.Variable]:
    """Yield the variables that `@from` and `@until` name."""
    for literal in body:
        if (
            isinstance(literal, core.Comparison)
            and literal.validity
            and isinstance(literal.left, core.Variable)
        ):
            yield literal.left


# --- expressions --------------------------------------------------------------------


def _signs(
    expression: core.Expression, sign: int = 1
) -> Iterator[tuple[int, core.Term]]:
    """Yield the terms of a sum with their signs; those of a product have none (0)."""
    match expression:
        case core.Arithmetic(op="*"):
            yield from ((0, term) for _, term in _signs(expression.left))
            yield from ((0, term) for _, term in _signs(expression.right))
        case core.Arithmetic():
            yield from _signs(expression.left, sign)
            yield from _signs(expression.right, sign if expression.op == "+" else -sign)
        case core.Shift():
            yield from _signs(expression.left, sign)
        case _:
            yield sign, expression


def _bounded_by(
    comparison: core.Comparison, known: set[core.Variable]
) -> set[core.Variable]:
    """Return the variables that a comparison puts on or before what is known."""
    signed = [
        *_signs(comparison.left),
        *((-sign, term) for sign, term in _signs(comparison.right)),
    ]
    found: set[core.Variable] = set()
    for ops, side in ((_NOT_AFTER, 1), (_NOT_BEFORE, -1)):
        if comparison.op in ops and any(
            sign == -side and _is_bounded(term, known) for sign, term in signed
        ):
            found |= {
                term
                for sign, term in signed
                if sign == side and isinstance(term, core.Variable)
            }
    return found


def _is_bounded(
    term: core.Term, known: set[core.Variable] | frozenset[core.Variable]
) -> bool:
    if isinstance(term, core.Parameter):
        return term.name == TODAY
    return isinstance(term, core.Variable) and term in known


def _is_empty(term: core.Term, body: Iterable[core.Literal]) -> bool:
    """Whether a date is a constant, or the body says that it is `none`."""
    if isinstance(term, core.Constant):
        return True
    return any(
        isinstance(literal, core.Comparison)
        and literal.op == "="
        and term in (literal.left, literal.right)
        and any(
            isinstance(side, core.Constant) and side.value is None
            for side in (literal.left, literal.right)
        )
        for literal in body
    )


def _variables(expression: core.Expression) -> Iterator[core.Variable]:
    return (term for _, term in _signs(expression) if isinstance(term, core.Variable))


def _reads_today(expression: core.Expression) -> bool:
    return any(
        isinstance(term, core.Parameter) and term.name == TODAY
        for _, term in _signs(expression)
    )


# --- rows of inputs, seen through a derived relation --------------------------------


def _handed_on(rows: Iterable[_BoundedRow], head: core.Atom) -> Iterator[_Guard]:
    """Yield the bounded rows whose keys stand in a head."""
    for name, position, terms in rows:
        for key in _keys(terms, head):
            yield name, position, key


def _keys(terms: Iterable[core.Term], head: core.Atom) -> Iterator[_Key]:
    """Yield the ways in which a head has all terms of a key."""
    return itertools.product(
        *(
            [term]
            if isinstance(term, core.Constant)
            else [place for place, one in enumerate(head.terms) if one == term]
            for term in terms
        )
    )


def _passed_on(
    debt: _Debt, key: tuple[core.Term, ...] | None, atom: core.Atom, head: core.Atom
) -> Iterator[_Debt]:
    """Yield what a head leaves to its readers: if it has the date, or the key."""
    day = None if debt.place is None else atom.terms[debt.place]
    place = next((n for n, term in enumerate(head.terms) if term == day), None)
    keys: list[_Key | None] = [] if key is None else [*_keys(key, head)]
    if not keys and place is not None:
        keys = [None]
    for one in keys:
        yield _Debt(debt.name, debt.column, debt.span, one, place)


def _terms(key: _Key, atom: core.Atom) -> tuple[core.Term, ...]:
    return tuple(atom.terms[one] if isinstance(one, int) else one for one in key)


def _place_of(span: Span) -> tuple[str, int]:
    return span.source.name, span.start
