"""Checks annotations (`@except`, `@subject_to`, `@cite`, `@from`, `@until`) and the
defaults of parameters."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Label, Severity
from whereas.language import syntax
from whereas.policy.spelling import did_you_mean
from whereas.policy.typing import Typer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whereas.policy.resolve import Draft
    from whereas.policy.scope import Scope
    from whereas.policy.strata import Edge


def annotation_faults(
    scope: Scope,
    clauses: Sequence[syntax.Clause],
    drafts: Sequence[Draft],
    edges: Sequence[Edge],
) -> list[Diagnostic]:
    """Return what is wrong with annotations and parameters, and suspect validity."""
    found = [*_defaults(scope)]
    ids = {c.annotations.id for c in clauses if c.annotations.id is not None}
    resolved = {id(draft.clause) for draft in drafts}
    for clause in clauses:
        notes = clause.annotations
        found += [
            Diagnostic(
                Code.UNKNOWN_UNENCODED,
                f"`{constant.value}` is not declared `unencoded`",
                constant.span,
                did_you_mean(
                    str(constant.value),
                    scope.unencoded,
                    f'declare it: `unencoded "{constant.value}".`',
                ),
            )
            for constant in notes.subject_to
            if constant.value not in scope.unencoded
        ]
        for constant in notes.excepts:
            if constant.value not in ids:
                found.append(
                    Diagnostic(
                        Code.UNKNOWN_ID,
                        f"no rule has the id `{constant.value}`",
                        constant.span,
                        did_you_mean(str(constant.value), ids, "name the id of a rule"),
                    )
                )
            elif id(clause) in resolved:
                found += _exception(clause, constant, drafts, edges)
    found += _sources(scope, clauses)
    found += _validity(clauses)
    found += _cited_otherwise(clauses)
    return found


def _sources(scope: Scope, clauses: Sequence[syntax.Clause]) -> Iterator[Diagnostic]:
    notes = [c.annotations for c in clauses]
    notes += [p.annotations for p in scope.defaults.values()]
    notes += [one.annotations for one, _ in scope.unencoded.values()]
    notes += [one.annotations for one, _ in scope.questions.values()]
    for one in notes:
        for cite in one.cites:
            if cite.source not in scope.manifest.sources:
                yield Diagnostic(
                    Code.UNKNOWN_SOURCE,
                    f"unknown source `{cite.source}`",
                    cite.span,
                    did_you_mean(
                        cite.source,
                        scope.manifest.sources,
                        f"add `[source.{cite.source}]` to `policy.toml`",
                    ),
                )


def _defaults(scope: Scope) -> Iterator[Diagnostic]:
    for name, parameter in scope.parameters.items():
        typer = Typer({}, scope.parameters, None)
        default = scope.defaults[name].default
        if not typer.fits(default, parameter.type, f"`{name}`"):
            for error in typer.errors:
                yield Diagnostic(
                    Code.BAD_DEFAULT, error.message, error.at, error.help, error.labels
                )


def _exception(
    clause: syntax.Clause,
    excepted: syntax.Constant,
    drafts: Sequence[Draft],
    edges: Sequence[Edge],
) -> Iterator[Diagnostic]:
    """A rule of the excepted id must negate this rule's relation, if through others."""
    target = clause.head.predicate
    for draft in drafts:
        if draft.id != excepted.value:
            continue
        # Negated here, or negated by a relation that the rule reads.
        frontier = [(name, how != "") for name, how in _reads(draft.body)]
        seen: set[tuple[str, bool]] = set()
        while frontier:
            name, negated = frontier.pop()
            if (name, negated) in seen:
                continue
            seen.add((name, negated))
            if name == target and negated:
                return
            frontier += [
                (edge.read, negated or edge.how != "")
                for edge in edges
                if edge.reader == name
            ]
    yield Diagnostic(
        Code.EXCEPTION_NOT_MADE,
        f"`{target}` is said to be an exception to `{excepted.value}`, "
        "and no rule of that id negates it",
        excepted.span,
        f"add `not {target}(…)` to rule `{excepted.value}`, or drop the `@except`",
    )


def _reads(body: Sequence[syntax.Literal], how: str = "") -> Iterator[tuple[str, str]]:
    for literal in body:
        match literal:
            case syntax.Atom():
                yield literal.predicate, how
            case syntax.Not():
                yield literal.atom.predicate, "not"
            case syntax.Either():
                for branch in literal.branches:
                    yield from _reads(branch, how)
            case syntax.Aggregate():
                yield from _reads(literal.body, "not")
            case _:
                pass


# --- validity -----------------------------------------------------------------------


def _validity(clauses: Sequence[syntax.Clause]) -> Iterator[Diagnostic]:
    """Warn where the rules of one id leave days out, or overlap."""
    by_id: dict[tuple[str, str], list[syntax.Clause]] = {}
    for clause in clauses:
        if clause.annotations.id is not None:
            key = (clause.annotations.id, clause.head.predicate)
            by_id.setdefault(key, []).append(clause)
    for (name, _), group in by_id.items():
        limited = [c for c in group if _limited(c)]
        if len(group) < 2 or not limited:
            continue
        spans = sorted(group, key=lambda c: (_first(c), _last(c)))
        for one, other in pairwise(spans):
            if _last(one) == date.max or _first(other) <= _last(one):
                if _first(one) == _first(other) and _last(one) == _last(other):
                    continue
                yield _suspect(
                    Code.VALIDITY_OVERLAP,
                    f"two rules of `{name}` are in force on {_first(other)}",
                    one,
                    other,
                    "end the earlier with `@until`, the day before the later begins",
                )
            elif _first(other) > _last(one) + timedelta(days=1):
                gap = _last(one) + timedelta(days=1)
                yield _suspect(
                    Code.VALIDITY_GAP,
                    f"no rule of `{name}` is in force from {gap} "
                    f"to {_first(other) - timedelta(days=1)}",
                    one,
                    other,
                    "let one end on the day before the other begins",
                )


def _cited_otherwise(clauses: Sequence[syntax.Clause]) -> Iterator[Diagnostic]:
    """Warn where rules of one id that are in force together cite no common source.

    An id names one clause, and a decision says the id alone. Another law may take a
    clause's place from some day on.
    """
    by_id: dict[str, list[syntax.Clause]] = {}
    for clause in clauses:
        if clause.annotations.id is not None and clause.annotations.cites:
            by_id.setdefault(clause.annotations.id, []).append(clause)
    for name, group in by_id.items():
        for place, other in enumerate(group):
            beside = [one for one in group[:place] if _together(one, other)]
            sources = {cite.source for one in beside for cite in one.annotations.cites}
            own = other.annotations.cites
            if not beside or sources & {cite.source for cite in own}:
                continue
            there = beside[0].annotations.cites[0]
            yield Diagnostic(
                Code.CITED_OTHERWISE,
                f"rule `{name}` cites {own[0].source}, "
                f"and another of that id {there.source}",
                own[0].span,
                "give it an id of its own, or cite what the others cite",
                (Label(there.span, "the other is here"),),
                Severity.WARNING,
            )


def _together(one: syntax.Clause, other: syntax.Clause) -> bool:
    """Tell whether two rules are in force on a common day."""
    return _first(one) <= _last(other) and _first(other) <= _last(one)


def _limited(clause: syntax.Clause) -> bool:
    notes = clause.annotations
    return notes.valid_from is not None or notes.valid_until is not None


def _first(clause: syntax.Clause) -> date:
    said = clause.annotations.valid_from
    return date.min if said is None else said[0]


def _last(clause: syntax.Clause) -> date:
    said = clause.annotations.valid_until
    return date.max if said is None else said[0]


def _suspect(
    code: Code, message: str, one: syntax.Clause, other: syntax.Clause, help_: str
) -> Diagnostic:
    return Diagnostic(
        code,
        message,
        other.annotations.id_span or other.span,
        help_,
        (Label(one.annotations.id_span or one.span, "the other is here"),),
        Severity.WARNING,
    )
