"""Finds what is suspect in a valid policy: the warnings of `check`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Label, Severity, Span
from whereas.language import syntax
from whereas.language.spoken import APART
from whereas.policy.outcomes import PREFIX, Decisions
from whereas.policy.resolve import Draft, reads
from whereas.policy.scope import Scope, sections_of
from whereas.policy.spelling import listed
from whereas.policy.texts import Hole, parse_text
from whereas.policy.walk import all_terms, everywhere, variables_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def warnings_of(
    program: syntax.Program,
    scope: Scope,
    drafts: Sequence[Draft],
    decisions: Decisions,
) -> list[Diagnostic]:
    """Return the warnings; of what nobody reads only where something is decided."""
    found = [*_variables_once(drafts), *_uncited(program)]
    if decisions.subject is not None:
        found += _unread(scope, drafts, decisions)
    found += _untranslated(program, scope)
    found += _headings(program, scope)
    return found


def _warning(
    code: Code, message: str, at: Span, help_: str, *labels: Label
) -> Diagnostic:
    return Diagnostic(code, message, at, help_, labels, Severity.WARNING)


def _variables_once(drafts: Sequence[Draft]) -> Iterator[Diagnostic]:
    for draft in drafts:
        notes = draft.clause.annotations
        written = list(variables_in(all_terms(draft.head, draft.clause.body)))
        counts = Counter(v.name for v in written)
        for day in (notes.valid_from, notes.valid_until):
            if day is not None and day[1] is not None:
                counts[day[1].name] += 1
        for text in notes.texts:
            for words in (text.text, text.negative):
                for part in parse_text(words or ""):
                    if isinstance(part, Hole):
                        counts[part.name] += 1
        for variable in written:
            name = variable.name
            if counts[name] == 1 and not name.startswith("_"):
                yield _warning(
                    Code.VARIABLE_ONCE,
                    f"`{name}` is used once in {draft.spoken}",
                    variable.span,
                    "write `_` if any value will do; else look for a misspelling",
                )


def _uncited(program: syntax.Program) -> Iterator[Diagnostic]:
    """A rule that encodes a clause of the law says which; once for each id."""
    cited: set[str] = set()
    first: dict[str, syntax.Clause] = {}
    for _, clause in sections_of(program):
        if isinstance(clause, syntax.Clause) and clause.annotations.id is not None:
            name = clause.annotations.id
            first.setdefault(name, clause)
            if clause.annotations.cites:
                cited.add(name)
    for name, clause in first.items():
        if name not in cited:
            yield _warning(
                Code.NO_CITATION,
                f"rule `{name}` has an id and no citation",
                clause.annotations.id_span or clause.span,
                'add `@cite("…", "…")`',
            )


def _unread(
    scope: Scope, drafts: Sequence[Draft], decisions: Decisions
) -> Iterator[Diagnostic]:
    """Warn of what the package declares and nobody reads.

    A package that others use offers more than each of them reads.
    """
    used = {name for draft in drafts for name, _ in reads(draft)}
    used |= {decisions.subject or "", *decisions.show}
    for table in scope.tables.values():
        used |= {c.references for c in table.columns if c.references is not None}
        if table.covered_by is not None:
            used.add(table.covered_by.relation)
    written = {
        literal.predicate
        for draft in drafts
        for literal in everywhere(draft.clause.body)
        if isinstance(literal, syntax.Atom)
    }
    for table in scope.tables.values():
        if table.contradicts is not None and table.name not in written:
            yield _warning(
                Code.INPUT_UNREAD,
                f"no rule says what follows where rows of `{table.contradicts}` "
                "contradict one another",
                table.span,
                f"read `{table.name}` in a rule: the case needs information",
            )
            continue
        if table.name in used or table.name.startswith(PREFIX):
            continue
        if not _own(table.span, scope):
            continue
        if table.stated:
            yield _warning(
                Code.INPUT_UNREAD,
                f"nobody reads input `{table.name}`",
                table.span,
                "drop the declaration, or look for a rule that should read it",
            )
        else:
            yield _warning(
                Code.RELATION_UNREAD,
                f"nobody reads relation `{table.name}`",
                table.span,
                f"read it in a rule, `show {table.name}.`, or drop its rules",
            )
    words = {
        term.name
        for draft in drafts
        for term in all_terms(draft.head, draft.body)
        if isinstance(term, syntax.Parameter)
    }
    for name, parameter in scope.defaults.items():
        if name not in words and _own(parameter.span, scope):
            yield _warning(
                Code.PARAMETER_UNREAD,
                f"nobody reads parameter `{name}`",
                parameter.span,
                f"read `${name}` in a rule, or drop the declaration",
            )


def _own(span: Span, scope: Scope) -> bool:
    """Tell whether a place is in the package itself, and not in one that it uses."""
    folder = scope.manifest.folder
    return not folder or Path(span.source.name).is_relative_to(folder)


def _untranslated(program: syntax.Program, scope: Scope) -> Iterator[Diagnostic]:
    """Warn once for each language of all that has a text in another one only."""
    missing: dict[str, list[tuple[str, Span]]] = {}
    for what, span, texts in _texts(program):
        have = {text.language for text in texts}
        for language in scope.manifest.languages:
            if have and language not in have:
                missing.setdefault(language, []).append((what, span))
    for language, places in missing.items():
        shown = listed(what for what, _ in places[:5])
        more = f" and {len(places) - 5} more" if len(places) > 5 else ""
        number = "1 text is" if len(places) == 1 else f"{len(places)} texts are"
        yield _warning(
            Code.MISSING_TRANSLATION,
            f"{number} missing in `{language}`: {shown}{more}",
            places[0][1],
            f'add `@{language}("…")` to each',
        )


def _headings(program: syntax.Program, scope: Scope) -> Iterator[Diagnostic]:
    """Warn of a heading with parts that are not as many as the languages."""
    languages = scope.manifest.languages
    for document in program.documents:
        for section in document.sections:
            parts = section.title.split(APART)
            if 1 < len(parts) != len(languages) > 1 and _own(section.span, scope):
                yield _warning(
                    Code.HEADING_LANGUAGES,
                    f"the heading has {len(parts)} parts, and the policy "
                    f"{len(languages)} languages",
                    section.span,
                    "say it once for each: "
                    + APART.join(f"… ({language})" for language in languages),
                )


def _own_labels(
    statement: syntax.Statement,
) -> Iterator[tuple[str, Span, Sequence[syntax.Text]]]:
    match statement:
        case (
            syntax.InputDeclaration(name_span=at) | syntax.ParameterDeclaration(span=at)
        ):
            yield f"{statement.name} (label)", at, statement.labels.texts


def _texts(
    program: syntax.Program,
) -> Iterator[tuple[str, Span, Sequence[syntax.Text]]]:
    for _, statement in sections_of(program):
        yield from _own_labels(statement)
        match statement:
            case syntax.TypeDeclaration():
                for member in statement.members:
                    yield member.value, member.span, member.labels.texts
            case syntax.InputDeclaration() | syntax.RelationDeclaration():
                for column in statement.columns:
                    name = f"{statement.name}.{column.name}"
                    yield name, column.span, column.labels.texts
                yield (
                    statement.name,
                    statement.name_span,
                    statement.annotations.texts,
                )
            case syntax.Clause():
                notes = statement.annotations
                name = notes.id or statement.head.predicate
                yield name, notes.id_span or statement.head.span, notes.texts
            case syntax.OutcomeDeclaration() | syntax.ParameterDeclaration():
                yield statement.name, statement.span, statement.annotations.texts
            case syntax.TimelineDeclaration():
                yield (
                    statement.predicate,
                    statement.predicate_span,
                    statement.annotations.texts,
                )
            case syntax.CorrectableDeclaration():
                yield (
                    f"{statement.action} {statement.predicate}",
                    statement.span,
                    statement.annotations.texts,
                )
            case syntax.UnencodedDeclaration() | syntax.QuestionDeclaration():
                yield statement.id, statement.span, statement.annotations.texts
            case _:
                pass
