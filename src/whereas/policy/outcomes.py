"""Checks what a policy decides: its subject, its outcomes in their order, `show`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Label, Span
from whereas.language import syntax
from whereas.policy.implied_atoms import implies
from whereas.policy.scope import Column, Scope, Table, sections_of
from whereas.policy.spelling import did_you_mean, listed
from whereas.policy.timeline_declarations import moved_days
from whereas.policy.walk import names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whereas.policy import core
    from whereas.policy.resolve import Draft

PREFIX = "outcome."


@dataclass(slots=True)
class Decisions:
    """The subject, the outcomes as declared, what is shown, what a timeline moves."""

    subject: str | None = None
    outcomes: list[tuple[core.Section, syntax.OutcomeDeclaration]] = field(
        default_factory=list
    )
    show: tuple[str, ...] = ()
    moved: tuple[core.MovedDay, ...] = ()


def capitalised(column: str) -> str:
    """Return a key column as a goal's variable: `batch` is `Batch`."""
    return column[:1].upper() + column[1:]


def decisions_of(program: syntax.Program, scope: Scope) -> Decisions:
    """Return what a program decides, noting what is malformed."""
    decisions = Decisions()
    first: Span | None = None
    shown: dict[str, Span] = {}
    for section, statement in sections_of(program):
        match statement:
            case syntax.SubjectDeclaration():
                if first is not None:
                    scope.error(
                        Code.SECOND_SUBJECT,
                        f"`{statement.predicate}` is a second subject",
                        statement.span,
                        "a policy decides about one relation: drop one",
                        Label(first, "the first is here"),
                    )
                    continue
                first = statement.span
                decisions.subject = _subject(scope, statement)
            case syntax.OutcomeDeclaration():
                decisions.outcomes.append((section, statement))
            case syntax.ShowDeclaration():
                for name, span in statement.predicates:
                    _show(scope, name, span)
                    shown.setdefault(name, span)
            case _:
                pass
    decisions.show = tuple(shown)
    decisions.moved = moved_days(program, scope, decisions.subject)
    _outcomes(scope, decisions.outcomes)
    if first is None and decisions.outcomes:
        scope.error(
            Code.SUBJECT_AND_OUTCOMES,
            "there are outcomes, but no subject that they are outcomes of",
            decisions.outcomes[0][1].span,
            "add `subject ….` with the input that has one row for each case",
        )
    if first is not None and not decisions.outcomes:
        scope.error(
            Code.SUBJECT_AND_OUTCOMES,
            "there is a subject, but no outcome",
            first,
            'add `outcome "…" if ….`',
        )
    return decisions


def _subject(scope: Scope, statement: syntax.SubjectDeclaration) -> str | None:
    name = statement.predicate
    table = scope.tables.get(name)
    if table is None or not table.stated:
        inputs = [t.name for t in scope.tables.values() if t.stated]
        scope.error(
            Code.BAD_SUBJECT,
            f"`{name}` is not an input"
            if table is not None
            else f"unknown relation `{name}`",
            statement.span,
            did_you_mean(name, inputs, "name an input: one case for each of its rows"),
        )
        return None
    return name


def _show(scope: Scope, name: str, span: Span) -> None:
    table = scope.tables.get(name)
    if table is None or table.stated:
        derived = [t.name for t in scope.tables.values() if not t.stated]
        message = (
            f"unknown relation `{name}`"
            if table is None
            else f"`{name}` is an input, and `show` lists what rules derive"
        )
        scope.error(
            Code.BAD_SHOW,
            message,
            span,
            did_you_mean(name, derived, "name a relation that a rule gives"),
        )


def _outcomes(
    scope: Scope, outcomes: Sequence[tuple[core.Section, syntax.OutcomeDeclaration]]
) -> None:
    seen: dict[str, Span] = {}
    for index, (_, one) in enumerate(outcomes):
        if one.name in seen:
            scope.error(
                Code.OUTCOME_TWICE,
                f"outcome `{one.name}` is declared twice",
                one.span,
                "join the two conditions with `( … ; … )`, or rename one",
                Label(seen[one.name], "first declared here"),
            )
        seen.setdefault(one.name, one.span)
        if one.body is None and index + 1 < len(outcomes):
            scope.error(
                Code.OTHERWISE_NOT_LAST,
                f"outcome `{one.name}` says `otherwise`, and others follow it",
                one.span,
                "move it to the end: the order of the outcomes is their precedence",
            )
        if one.body is None and (one.wanted or len(outcomes) == 1):
            scope.error(
                Code.WANTED_OTHERWISE,
                f"outcome `{one.name}` says `otherwise`: it has no condition "
                "that could be aimed at",
                one.span,
                "mark an outcome that has a condition"
                if one.wanted
                else 'add an outcome that has a condition: `outcome "…" if ….`',
            )


def outcome_clauses(
    scope: Scope, decisions: Decisions
) -> Iterator[tuple[core.Section, syntax.Clause]]:
    """Yield a rule for each outcome's condition: its head is the subject's key."""
    if decisions.subject is None:
        return
    table = scope.tables[decisions.subject]
    if table.broken:
        return
    key = [table.columns[i] for i in table.key]
    done: set[str] = set()
    for section, one in decisions.outcomes:
        if one.body is None or one.name in done:
            continue
        done.add(one.name)
        goal = PREFIX + one.name
        bound = names(one.body)
        missing = [
            capitalised(column.name or "")
            for column in key
            if capitalised(column.name or "") not in bound
        ]
        if missing:
            known = sorted(n for n in bound if n != "_")
            scope.error(
                Code.GOAL_WITHOUT_KEY,
                f"the condition of outcome `{one.name}` does not mention "
                f"{listed(missing)}, the key of `{table.name}`",
                one.body[0].span.to(one.body[-1].span),
                did_you_mean(
                    missing[0], known, f"write {listed(missing)} where the case stands"
                ),
            )
            continue
        scope.tables.setdefault(
            goal,
            Table(
                goal,
                [
                    Column(
                        column.name,
                        column.type,
                        column.references
                        or (table.name if len(table.key) == 1 else None),
                    )
                    for column in key
                ],
                stated=False,
                declared=False,
                span=one.span,
                section=section,
            ),
        )
        arguments = tuple(
            syntax.Argument(
                None,
                syntax.Variable(capitalised(column.name or ""), one.span),
                one.span,
            )
            for column in key
        )
        head = syntax.Atom(goal, arguments, one.span, one.span)
        yield (
            section,
            syntax.Clause(head, one.body, syntax.Annotations(), one.span),
        )


def unnested(policy: core.Policy) -> tuple[str, ...]:
    """Return the wanted outcomes whose rules do not imply the last wanted one."""
    return tuple(
        one.name
        for one in policy.outcomes
        if one.name in policy.wanted
        and one.goal is not None
        and not implies(one.goal, policy.target, policy)
    )


def simple_goals(decisions: Decisions, drafts: Sequence[Draft]) -> set[str]:
    """Return the outcomes whose condition is one atom over constants and the key."""
    del decisions
    found = set()
    for draft in drafts:
        if not draft.outcome or len(draft.body) != 1:
            continue
        (only,) = draft.body
        if not isinstance(only, syntax.Atom):
            continue
        key = {v.name for v in _variables(draft.head)}
        if all(
            isinstance(a.term, syntax.Constant)
            or (isinstance(a.term, syntax.Variable) and a.term.name in key)
            for a in only.arguments
        ):
            found.add(draft.head.predicate)
    return found


def _variables(atom: syntax.Atom) -> Iterator[syntax.Variable]:
    return (a.term for a in atom.arguments if isinstance(a.term, syntax.Variable))
