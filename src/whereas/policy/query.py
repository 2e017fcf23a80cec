"""Makes a policy that answers an ad hoc question, which is any rule body.

The relation `query` is added, whose columns are the body's named variables in the
order in which they appear. Its absences need not be vouched for: the rule is
unproven.
"""

from __future__ import annotations

from dataclasses import replace

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Invalid
from whereas.language import parse_body, syntax
from whereas.policy import core
from whereas.policy.binding import binding_of, unnamed
from whereas.policy.contradiction import never_fires
from whereas.policy.inference import infer_columns, types_of
from whereas.policy.lower import lower
from whereas.policy.manifest import Manifest
from whereas.policy.resolve import resolve
from whereas.policy.scope import DAY, Column, Scope, Table
from whereas.policy.typing import UNKNOWN
from whereas.policy.walk import all_terms, variables
from whereas.values import TEXT

QUERY = "query"


def check_query(
    policy: core.Policy, body_text: str, name: str = QUERY, *, partial: bool = False
) -> tuple[core.Policy, core.Atom]:
    """Return the policy with the relation `query`, and the goal that asks for it.

    A body without a variable gives a relation of one column, which is `true`. `name`
    is what messages call the text. With `partial` an atom that gives its first columns
    leaves the others open, as one that names columns always does.
    """
    body = parse_body(body_text, name)
    if partial:
        body = tuple(_opened(literal, policy) for literal in body)
    columns = unnamed(_shared(body))
    span = body[0].span.to(body[-1].span)
    terms: list[syntax.Term] = [syntax.Variable(name, span) for name in columns]
    head = syntax.Atom(
        QUERY,
        tuple(
            syntax.Argument(None, term, span)
            for term in terms or [syntax.Constant(True, span)]
        ),
        span,
        span,
    )
    scope = _scope_of(policy)
    scope.tables[QUERY] = Table(
        QUERY,
        [Column(name, None) for name in columns] or [Column("holds", None)],
        stated=False,
        declared=True,
        span=span,
    )
    section = core.Section(span.source.name, "", "", (), ())
    clause = syntax.Clause(head, body, syntax.Annotations(unproven=True), span)
    draft = resolve(scope, clause, section)
    if draft is None:
        raise Invalid(scope.errors)
    binding, faults = binding_of(draft)
    if faults:
        raise Invalid(faults)
    errors = infer_columns(scope, [(QUERY,)], [(draft, binding)])
    lowered = lower(draft, binding, types_of(draft, binding, scope), scope)
    errors = errors + lowered.errors or list(never_fires(draft))
    table = scope.tables[QUERY]
    if not errors and any(c.type in {None, UNKNOWN} for c in table.columns):
        errors = [
            Diagnostic(
                Code.UNTYPED_COLUMN,
                "nothing gives the query's variables a type",
                span,
                "mention each in an atom",
            )
        ]
    if errors:
        raise Invalid(errors)
    rule = core.Rule(
        index=len(policy.rules),
        id=None,
        label=f"{QUERY}#1",
        head=lowered.head,
        body=lowered.body,
        types=lowered.types,
        unproven=True,
        section=section,
        span=span,
    )
    relation = core.Relation(
        name=QUERY,
        columns=tuple(
            core.Column(c.name, c.type or TEXT, c.references) for c in table.columns
        ),
        stated=False,
        declared=True,
        section=section,
        span=span,
    )
    asks_today = any(
        isinstance(term, syntax.Parameter) and term.name == DAY
        for term in all_terms(draft.head, draft.body)
    )
    extended = replace(
        policy,
        relations={**policy.relations, QUERY: relation},
        rules=(*policy.rules, rule),
        components=(*policy.components, core.Component((QUERY,), (rule,), False)),
        uses_today=policy.uses_today or asks_today,
    )
    return extended, lowered.head


def _opened(literal: syntax.Literal, policy: core.Policy) -> syntax.Literal:
    """Return an atom with `_` for the columns that its positions leave out."""
    if (
        not isinstance(literal, syntax.Atom)
        or literal.predicate not in policy.relations
    ):
        return literal
    given = literal.arguments
    if not given or any(one.column is not None for one in given):
        return literal
    left = policy.relations[literal.predicate].arity - len(given)
    span = given[-1].span
    open_ = syntax.Argument(None, syntax.Variable("_", span), span)
    return replace(literal, arguments=given + (open_,) * left)


def _shared(body: tuple[syntax.Literal, ...]) -> list[str]:
    """Return the variables of a body that an answer can have: not an aggregate's own.

    Nor those that stand under `not`, nor those of one alternative only.
    """
    found: dict[str, None] = {}
    for literal in body:
        match literal:
            case syntax.Aggregate():
                if isinstance(literal.target, syntax.Variable):
                    found[literal.target.name] = None
            case syntax.Either():
                branches = [
                    {v.name for one in branch for v in variables(one)}
                    for branch in literal.branches
                ]
                every = set.intersection(*branches)
                for variable in variables(literal):
                    if variable.name in every:
                        found[variable.name] = None
            case _:
                for variable in variables(literal):
                    found[variable.name] = None
    return [name for name in found if name != "_"]


def _scope_of(policy: core.Policy) -> Scope:
    """Return the names of a checked policy, as a rule added to it sees them."""
    manifest = Manifest(
        policy.id, policy.version, policy.languages, month_end=policy.month_end
    )
    scope = Scope(manifest)
    for relation in policy.relations.values():
        span = relation.span
        assert span is not None  # noqa: S101  # check gives every relation its place
        scope.tables[relation.name] = Table(
            relation.name,
            [Column(c.name, c.type, c.references, True) for c in relation.columns],
            stated=relation.stated,
            declared=relation.declared,
            span=span,
            key=relation.key,
        )
    for name, parameter in policy.parameters.items():
        scope.parameters[name] = core.Parameter(name, parameter.type)
    return scope


__all__ = ["QUERY", "check_query"]
