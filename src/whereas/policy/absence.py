"""Checks that `not p` and aggregates rest on inputs whose files are the whole truth.

More rows of an input can make `p` hold through rules that read it positively; under
a `not`, more rows only make it hold less, so that the inputs below are looked at
with the opposite sign. An aggregate may go either way: every input below it counts.
An input is vouched for by `closed`, or by `covered by`, and then an atom of the
covering relation stands in the rule's body, over the same variables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Label, Span
from whereas.language import syntax
from whereas.policy.resolve import Draft
from whereas.policy.spelling import listed

if TYPE_CHECKING:
    from whereas.policy.scope import Scope, Table


@dataclass(frozen=True, slots=True)
class _Reach:
    """An input that matters to an absence, and what its columns are in the rule.

    `terms` has, for each column of the input, the term that stands there in the
    rule with the `not`; None where the way down does not keep it. `through` are the
    derived relations on the way that was found first.
    """

    relation: str
    terms: tuple[syntax.Term | None, ...]
    through: tuple[str, ...] = field(default=(), compare=False)


_Rules = Mapping[str, Sequence[Draft]]


def unvouched(
    scope: Scope, drafts: Sequence[Draft], unsettled: frozenset[str]
) -> list[Diagnostic]:
    """Return an error for each absence of which an input is not vouched for.

    Rules of `unsettled` relations are passed over: that they depend on their own
    absence is the cause to mend first.
    """
    rules: dict[str, list[Draft]] = {}
    for draft in drafts:
        rules.setdefault(draft.head.predicate, []).append(draft)
    found: list[Diagnostic] = []
    for draft in drafts:
        if draft.clause.annotations.unproven or draft.head.predicate in unsettled:
            continue
        for literal, beside in _absences(draft.body, ()):
            found += _judge(scope, rules, literal, beside)
    return found


def _absences(
    body: Sequence[syntax.Literal], around: tuple[syntax.Literal, ...]
) -> Iterator[tuple[syntax.Not | syntax.Aggregate, tuple[syntax.Literal, ...]]]:
    """Yield each negation and aggregate with the literals that hold beside it."""
    for literal in body:
        beside = (*around, *body)
        match literal:
            case syntax.Not() | syntax.Aggregate():
                yield literal, beside
            case syntax.Either():
                for branch in literal.branches:
                    yield from _absences(branch, beside)
            case _:
                pass


def _judge(
    scope: Scope,
    rules: _Rules,
    literal: syntax.Not | syntax.Aggregate,
    beside: tuple[syntax.Literal, ...],
) -> Iterator[Diagnostic]:
    below = _Below(scope, rules)
    if isinstance(literal, syntax.Not):
        below.atom(literal.atom, None, (), growing=True, both=False)
        words, span = f"`not {literal.atom.predicate}`", literal.span
    else:
        below.body(literal.body, None, (), growing=True, both=True)
        words, span = f"`{literal.function}`", literal.span
    blamed: set[str] = set()
    unknown: list[_Reach] = []
    for reach in below.reached:
        table = scope.tables[reach.relation]
        if table.closed or reach.relation in blamed:
            continue
        if table.covered_by is None:
            blamed.add(reach.relation)
            unknown.append(reach)
            continue
        fault = _uncovered(table, reach, beside, words, span)
        if fault is not None:
            blamed.add(reach.relation)
            yield fault
    if unknown:
        yield _unvouched(scope, unknown, words, span)


def _unvouched(
    scope: Scope, inputs: Sequence[_Reach], words: str, span: Span
) -> Diagnostic:
    """Return the one error about all inputs of a literal that nothing vouches for."""
    spelt = [
        f"`{one.relation}`"
        + (f" (through {listed(one.through)})" if one.through else "")
        for one in inputs
    ]
    several = len(inputs) > 1
    rests = ", ".join(spelt[:-1]) + " and " + spelt[-1] if several else spelt[0]
    return Diagnostic(
        Code.UNVOUCHED_ABSENCE,
        f"{words} rests on {rests}, and nothing says that "
        + ("their files are" if several else "its file is")
        + " the whole truth",
        span,
        f"declare {listed(one.relation for one in inputs)} `closed` only if "
        + ("each file" if several else "its file")
        + " is always the whole truth; or mark the rule `@unproven`, which says only "
        "that nothing on file shows it",
        tuple(
            Label(scope.tables[one.relation].span, f"`{one.relation}` is declared here")
            for one in inputs
        ),
    )


def _uncovered(
    table: Table,
    reach: _Reach,
    beside: Sequence[syntax.Literal],
    words: str,
    span: Span,
) -> Diagnostic | None:
    coverage = table.covered_by
    if coverage is None:
        return None
    wanted = [reach.terms[i] for i in coverage.columns]
    for literal in beside:
        if (
            isinstance(literal, syntax.Atom)
            and literal.predicate == coverage.relation
            and all(
                term is not None and term == argument.term
                for term, argument in zip(wanted, literal.arguments, strict=True)
            )
        ):
            return None
    names = [table.columns[i].name or "_" for i in coverage.columns]
    if any(term is None or _anonymous(term) for term in wanted):
        help_ = (
            f"the rule has no variable for {listed(names)} of `{table.name}`: "
            f"declare `{table.name}` `closed`, or mark the rule `@unproven`"
        )
    else:
        terms = ", ".join(_spelt(term) for term in wanted if term is not None)
        help_ = f"add `{coverage.relation}({terms})` to the body"
    return Diagnostic(
        Code.UNCOVERED_ABSENCE,
        f"{words} rests on `{table.name}`, which is the whole truth only where "
        f"`{coverage.relation}` says so",
        span,
        help_,
        (Label(table.span, f"`{table.name}` is declared here"),),
    )


def _anonymous(term: syntax.Term) -> bool:
    return isinstance(term, syntax.Variable) and term.name[:1] == "_"


def _spelt(term: syntax.Term) -> str:
    match term:
        case syntax.Variable():
            return term.name
        case _:
            return term.span.text


_Substitution = Mapping[str, syntax.Term | None] | None


class _Below:
    """Collects the inputs of which more rows could make an atom or a body hold.

    `growing`: whether more rows of what is read matter (under another `not`, only
    fewer do). `both`: below an aggregate every input matters. `names` gives the
    terms that a lower rule's variables have in the rule at the top; `way` has the
    derived relations that led there.
    """

    def __init__(self, scope: Scope, rules: _Rules) -> None:
        self.scope = scope
        self.rules = rules
        self.reached: dict[_Reach, None] = {}
        self.seen: set[tuple[object, ...]] = set()

    def atom(
        self,
        atom: syntax.Atom,
        names: _Substitution,
        way: tuple[str, ...],
        *,
        growing: bool,
        both: bool,
    ) -> None:
        table = self.scope.tables[atom.predicate]
        terms = tuple(_seen_from_above(a.term, names) for a in atom.arguments)
        if table.stated:
            if growing or both:
                self.reached.setdefault(_Reach(table.name, terms, way))
            return
        mark = (table.name, terms, growing, both)
        if mark in self.seen:
            return
        self.seen.add(mark)
        way = (*way, table.name)
        for draft in self.rules.get(table.name, ()):
            inner: dict[str, syntax.Term | None] = {}
            for argument, term in zip(draft.head.arguments, terms, strict=True):
                if isinstance(argument.term, syntax.Variable):
                    inner.setdefault(argument.term.name, term)
            self.body(draft.body, inner, way, growing=growing, both=both)

    def body(
        self,
        body: Sequence[syntax.Literal],
        names: _Substitution,
        way: tuple[str, ...],
        *,
        growing: bool,
        both: bool,
    ) -> None:
        for literal in body:
            match literal:
                case syntax.Atom():
                    self.atom(literal, names, way, growing=growing, both=both)
                case syntax.Not():
                    self.atom(literal.atom, names, way, growing=not growing, both=both)
                case syntax.Either():
                    for branch in literal.branches:
                        self.body(branch, names, way, growing=growing, both=both)
                case syntax.Aggregate():
                    self.body(literal.body, names, way, growing=growing, both=True)
                case _:
                    pass


def _seen_from_above(term: syntax.Term, names: _Substitution) -> syntax.Term | None:
    """Return what a term of a lower rule is in the rule at the top."""
    if names is None or not isinstance(term, syntax.Variable):
        return term
    return names.get(term.name)
