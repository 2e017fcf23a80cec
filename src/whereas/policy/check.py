"""Checks a `Program` and makes a `Policy` of it; nothing else makes one.

The stages are those of the package's modules: `scope` (declarations), `resolve`
(names), `binding` (safety), `strata`, `inference` and `lower` (types), `absence`,
`contradiction`, `outcomes`, `texts`, `lint`. A rule that fails in one stage is not
judged by the later ones: one root cause, one error. All errors are raised at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Invalid, in_order
from whereas.language import syntax
from whereas.policy import core
from whereas.policy.absence import unvouched
from whereas.policy.annotations import annotation_faults
from whereas.policy.binding import Binding, binding_of, unnamed
from whereas.policy.contradiction import never_fires
from whereas.policy.contradictory_rows import with_guards
from whereas.policy.correctable import correctables
from whereas.policy.date_bounds import unbounded_dates
from whereas.policy.declarations import scope_of
from whereas.policy.inference import infer_columns, types_of
from whereas.policy.labels import code_prefixes, other_words
from whereas.policy.lint import warnings_of
from whereas.policy.lower import Lowered, lower
from whereas.policy.outcomes import (
    Decisions,
    decisions_of,
    outcome_clauses,
    simple_goals,
    unnested,
)
from whereas.policy.resolve import Draft, reads, resolve
from whereas.policy.scope import DAY, Scope, Table, reference_of, sections_of
from whereas.policy.strata import Edge, components, cycles, edges_of, unsettled
from whereas.policy.texts import check_texts, negatives, sentences
from whereas.policy.walk import everywhere, terms
from whereas.values import Type, Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from whereas.policy.manifest import Manifest


@dataclass(slots=True)
class Checked:
    """A draft with all that the stages found out about it."""

    draft: Draft
    binding: Binding
    lowered: Lowered


def check(program: syntax.Program, manifest: Manifest) -> core.Policy:
    """Return the policy that a program means; raises Invalid with all errors."""
    scope = scope_of(program, manifest)
    decisions = decisions_of(program, scope)
    correctable = correctables(scope, program)
    clauses = [
        (section, one)
        for section, one in sections_of(program)
        if isinstance(one, syntax.Clause)
    ]
    drafts = [resolve(scope, clause, section) for section, clause in clauses]
    drafts += [
        resolve(scope, clause, section, outcome=True)
        for section, clause in outcome_clauses(scope, decisions)
    ]
    resolved = [with_guards(draft, scope) for draft in drafts if draft is not None]
    heads = {clause.head.predicate for _, clause in clauses}
    _undefined(scope, resolved, heads)

    bound: list[tuple[Draft, Binding]] = []
    for draft in resolved:
        binding, faults = binding_of(draft)
        scope.errors += faults
        if not faults:
            bound.append((draft, binding))
    edges = [edge for draft in resolved for edge in edges_of(draft)]
    derived = [name for name, table in scope.tables.items() if not table.stated]
    parts = components(derived, edges)
    scope.errors += cycles(parts, edges)
    scope.errors += infer_columns(scope, parts, bound)

    checked = []
    for draft, binding in bound:
        lowered = lower(draft, binding, types_of(draft, binding, scope), scope)
        scope.errors += lowered.errors
        checked.append(Checked(draft, binding, lowered))
        if not lowered.errors:
            scope.errors += never_fires(draft)
    scope.errors += unvouched(scope, resolved, unsettled(parts, edges))
    scope.errors += annotation_faults(scope, [c for _, c in clauses], resolved, edges)
    scope.errors += check_texts(
        scope,
        program,
        [(d, frozenset(unnamed(b.bound))) for d, b in bound],
    )
    if not scope.errors:
        scope.errors += _untyped(scope, heads)
    if any(error.is_error for error in scope.errors):
        raise Invalid(scope.errors)
    policy = _policy(scope, decisions, checked, parts, edges)
    warnings = [
        *scope.errors,
        *warnings_of(program, scope, [c.draft for c in checked], decisions),
        *unbounded_dates(policy),
    ]
    return replace(
        policy,
        correctable=correctable,
        warnings=in_order(warnings),
        unnested=unnested(policy),
        program=program,
    )


def _undefined(scope: Scope, drafts: Sequence[Draft], heads: set[str]) -> None:
    """A relation that is read needs a rule; its declaration alone gives it no row."""
    blamed: set[str] = set()
    for draft in drafts:
        for name, span in reads(draft):
            table = scope.tables[name]
            if table.stated or name in heads or name in blamed:
                continue
            if name.startswith("outcome."):
                continue
            blamed.add(name)
            scope.error(
                Code.UNDEFINED_RELATION,
                f"`{name}` is declared, but no rule gives it",
                span,
                f"add a rule for `{name}`, or declare it with `input`",
            )


def _untyped(scope: Scope, heads: set[str]) -> list[Diagnostic]:
    """A relation whose rules all lean on itself never gets a row, nor a type."""
    return [
        Diagnostic(
            Code.UNTYPED_COLUMN,
            f"nothing gives the columns of `{table.name}` a type",
            table.span,
            f"declare it: `relation {table.name}(column: type, …).`, "
            "or add a rule that does not read it",
        )
        for table in scope.tables.values()
        if table.name in heads and any(_unknown(c.type) for c in table.columns)
    ]


def _unknown(type_: Type | None) -> bool:
    return type_ is None or type_.kind in {"unknown", "none"}


# --- the policy ---------------------------------------------------------------------


def _policy(
    scope: Scope,
    decisions: Decisions,
    checked: Sequence[Checked],
    parts: Sequence[Sequence[str]],
    edges: Sequence[Edge],
) -> core.Policy:
    manifest = scope.manifest
    simple = simple_goals(decisions, [c.draft for c in checked])
    kept = [c for c in checked if c.draft.head.predicate not in simple]
    rules = _rules(kept)
    relations = _relations(scope, simple)
    goals = {
        c.draft.head.predicate: (
            c.lowered.body[0] if c.draft.head.predicate in simple else c.lowered.head
        )
        for c in checked
        if c.draft.outcome
    }
    return core.Policy(
        id=manifest.id,
        version=manifest.version,
        languages=manifest.languages,
        title=manifest.title,
        sources=manifest.sources,
        month_end=manifest.month_end,
        labels=_labels(scope),
        relations=relations,
        rules=rules,
        components=_components(parts, edges, rules, relations),
        parameters={
            name: core.ParameterDefinition(
                name,
                parameter.type,
                _default(scope, name, parameter.type),
                scope.defaults[name].unsettled,
                cites(scope.defaults[name].annotations),
                sentences(scope.defaults[name].annotations.texts),
                _by_language(scope.defaults[name].labels),
            )
            for name, parameter in scope.parameters.items()
        },
        subject=decisions.subject,
        outcomes=tuple(
            core.Outcome(
                one.name,
                None if one.body is None else _goal(goals[f"outcome.{one.name}"]),
                one.wanted,
                sentences(one.annotations.texts),
            )
            for _, one in decisions.outcomes
        ),
        show=decisions.show,
        unencoded={
            name: core.Unencoded(
                name,
                sentences(one.annotations.texts),
                section,
                cites(one.annotations),
            )
            for name, (one, section) in scope.unencoded.items()
        },
        questions={
            name: core.OpenQuestion(
                name,
                sentences(one.annotations.texts),
                section,
                cites(one.annotations),
            )
            for name, (one, section) in scope.questions.items()
        },
        uses_today=any(_uses_today(c.draft) for c in kept),
        sha256=manifest.sha256,
        folder=manifest.folder,
        templates=manifest.templates,
        moved=decisions.moved,
    )


def _goal(literal: core.Literal) -> core.Atom:
    assert isinstance(literal, core.Atom)  # noqa: S101  # simple_goals chose atoms
    return core.Atom(literal.relation, literal.terms, literal.span)


def _default(scope: Scope, name: str, type_: Type) -> Value:
    from whereas.policy.typing import constant

    return constant(scope.defaults[name].default.value, type_).value


def cites(notes: syntax.Annotations) -> tuple[core.Citation, ...]:
    """Return the citations of annotations."""
    return tuple(core.Citation(one.source, one.place) for one in notes.cites)


def _rules(checked: Sequence[Checked]) -> tuple[core.Rule, ...]:
    numbers: dict[str, int] = {}
    rules = []
    for index, one in enumerate(checked):
        draft = one.draft
        notes = draft.clause.annotations
        name = draft.id or draft.head.predicate
        numbers[name] = numbers.get(name, 0) + 1
        number = numbers[name]
        label = name if draft.id and number == 1 else f"{name}#{number}"
        rules.append(
            core.Rule(
                index=index,
                id=draft.id,
                label=label,
                head=one.lowered.head,
                body=one.lowered.body,
                types=one.lowered.types,
                cites=cites(notes),
                texts=sentences(notes.texts),
                subject_to=tuple(str(c.value) for c in notes.subject_to),
                unproven=notes.unproven,
                any_day=notes.any_day,
                section=draft.section,
                span=draft.clause.span,
            )
        )
    return tuple(rules)


def _relations(scope: Scope, simple: set[str]) -> Mapping[str, core.Relation]:
    found = {}
    for table in scope.tables.values():
        if table.name in simple:
            continue
        found[table.name] = core.Relation(
            name=table.name,
            columns=tuple(
                _column(scope, table, position)
                for position in range(len(table.columns))
            ),
            stated=table.stated,
            declared=table.declared,
            key=table.key,
            closed=table.closed,
            covered_by=table.covered_by,
            contradictions=table.contradictions,
            contradicts=table.contradicts,
            texts=sentences(table.annotations.texts),
            negatives=negatives(table.annotations.texts),
            section=table.section,
            span=table.span,
            labels=_by_language(table.labels),
            aliases=_aliases(table.labels),
        )
    return found


def _column(scope: Scope, table: Table, position: int) -> core.Column:
    column = table.columns[position]
    type_ = column.type or Type("text")
    # A reference is read as the key is: else it might not find it.
    owner = reference_of(scope.tables, table, position)
    key = scope.tables[owner] if owner is not None else table
    source = key.columns[key.key[0]] if owner is not None else column
    enumeration = scope.members.get(type_.name) if type_.name else None
    return core.Column(
        column.name,
        type_,
        column.references,
        labels=_by_language(column.labels),
        aliases=_aliases(column.labels),
        code=source.labels.code,
        prefixes=code_prefixes(source.labels),
        words=other_words(enumeration.members) if enumeration else {},
        names=column.names,
        end=column.labels.end,
        any_day=column.labels.any_day,
    )


def _by_language(labels: syntax.Labels) -> Mapping[str, str]:
    return {text.language: text.text for text in labels.texts}


def _aliases(labels: syntax.Labels) -> tuple[str, ...]:
    return tuple(str(alias.value) for alias in labels.aliases)


def _components(
    parts: Sequence[Sequence[str]],
    edges: Sequence[Edge],
    rules: Sequence[core.Rule],
    relations: Mapping[str, core.Relation],
) -> tuple[core.Component, ...]:
    of_head: dict[str, list[core.Rule]] = {}
    for rule in rules:
        of_head.setdefault(rule.head.relation, []).append(rule)
    reads_itself = {edge.reader for edge in edges if edge.reader == edge.read}
    made = []
    for part in parts:
        names = tuple(name for name in part if name in relations)
        if not names:
            continue
        own = [rule for name in names for rule in of_head.get(name, ())]
        own.sort(key=lambda rule: rule.index)
        recursive = len(names) > 1 or names[0] in reads_itself
        made.append(core.Component(names, tuple(own), recursive))
    return tuple(made)


def _labels(scope: Scope) -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    return {
        name: {
            member.value: _by_language(member.labels) for member in declaration.members
        }
        for name, declaration in scope.members.items()
    }


def _uses_today(draft: Draft) -> bool:
    return any(
        isinstance(term, syntax.Parameter) and term.name == DAY
        for literal in everywhere(draft.body)
        for term in terms(literal)
    ) or any(
        isinstance(term, syntax.Parameter) and term.name == DAY
        for term in terms(draft.head)
    )
