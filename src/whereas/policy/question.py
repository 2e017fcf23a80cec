"""A rule body that stands alone into a policy that can answer it.

The body becomes the one rule of a relation of its own beside the policy's, so that
it is read, resolved and typed like any rule, with the same messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from whereas.diagnostics import Source, Span
from whereas.language import parse_body, parse_package, syntax
from whereas.policy.check import check
from whereas.policy.core import Atom, Constant, Policy
from whereas.policy.load import read_package
from whereas.policy.walk import terms, variables_in
from whereas.values import Value


@dataclass(frozen=True, slots=True)
class Question:
    """A policy with the relation that holds the answers, a column for each variable."""

    policy: Policy
    relation: str
    variables: tuple[str, ...]

    @property
    def goal(self) -> tuple[str, tuple[Value, ...]] | None:
        """The relation and the values, if the body is one atom without variables."""
        (rule,) = self.policy.rules_of(self.relation)
        match rule.body:
            case (Atom(relation, terms),):
                values = [term.value for term in terms if isinstance(term, Constant)]
                if len(values) == len(terms):
                    return relation, tuple(values)
        return None


def with_question(folder: Path | str, body: str) -> Question:
    """Return the checked policy of a folder with a body as one more rule.

    Raises `Invalid` where policy or body is wrong; the body's place is `query`.
    """
    literals = parse_body(body)
    manifest, sources = read_package(folder)
    program = parse_package(sources)
    source = Source("query", body)
    span = Span(source, 0, len(body))
    taken = {
        statement.head.predicate
        if isinstance(statement, syntax.Clause)
        else statement.name
        for document in program.documents
        for section in document.sections
        for statement in section.statements
        if isinstance(
            statement,
            syntax.Clause | syntax.InputDeclaration | syntax.RelationDeclaration,
        )
    }
    name = "answer"
    while name in taken:
        name += "_"
    variables = tuple(_answered(literals))
    columns: list[syntax.Term] = [syntax.Variable(v, span) for v in variables]
    head = syntax.Atom(
        name,
        tuple(
            syntax.Argument(None, term, span)
            for term in columns or [syntax.Constant(True, span)]
        ),
        span,
        span,
    )
    clause = syntax.Clause(head, literals, syntax.Annotations(unproven=True), span)
    section = syntax.Section("", "", (), (), (clause,), span)
    document = syntax.Document(source, (section,))
    asked = replace(program, documents=(*program.documents, document))
    return Question(check(asked, manifest), name, variables)


def _answered(body: Sequence[syntax.Literal]) -> list[str]:
    """Return the variables that a body gives a value to, in order of appearance.

    Those that live inside a negation, an aggregate or one branch alone are its own.
    """
    found: dict[str, None] = {}
    for literal in body:
        match literal:
            case syntax.Atom() | syntax.Comparison():
                named = [one.name for one in variables_in(terms(literal))]
            case syntax.Aggregate(target=syntax.Variable(name=name)):
                named = [name]
            case syntax.Either():
                first, *others = [_answered(branch) for branch in literal.branches]
                named = [n for n in first if all(n in other for other in others)]
            case _:
                named = []
        found.update(dict.fromkeys(name for name in named if name != "_"))
    return list(found)
