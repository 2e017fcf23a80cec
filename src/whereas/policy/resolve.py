"""Makes a `Draft` of a clause: atoms give every column, each name has one meaning.

The draft is still a syntax tree, so that later stages can point at what was
written. What was left out and each `_` become variables `_1`, `_2`, …; `@id`
becomes a constant; variables that belong to one alternative, or to the body of one
aggregate, get names of their own where they clash.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar, cast

from whereas.codes import Code
from whereas.diagnostics import Label, Span
from whereas.language import syntax
from whereas.policy.scope import DAY, Scope, Table
from whereas.policy.spelling import did_you_mean, listed
from whereas.policy.walk import all_terms, everywhere, names, variables_in, with_terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from whereas.policy import core


@dataclass(slots=True)
class Draft:
    """A rule whose names are resolved. `head` and `body` are positional throughout."""

    clause: syntax.Clause
    section: core.Section
    head: syntax.Atom
    body: tuple[syntax.Literal, ...]
    validity: int = 0
    # The name as messages say it: `S-G1`, or the relation where there is no id.
    outcome: bool = False

    @property
    def id(self) -> str | None:
        """The id of its clause."""
        return self.clause.annotations.id

    @property
    def spoken(self) -> str:
        """The rule as a message names it."""
        if self.id is not None:
            return f"rule `{self.id}`"
        if self.outcome:
            return f"outcome `{self.head.predicate.removeprefix('outcome.')}`"
        if self.head.predicate == "query":
            return "the query"
        return f"the rule of `{self.head.predicate}`"


def resolve(
    scope: Scope, clause: syntax.Clause, section: core.Section, *, outcome: bool = False
) -> Draft | None:
    """Return the draft of a clause, or None where a name in it means nothing."""
    resolver = _Resolver(scope, clause)
    head = resolver.head(clause.head)
    body = resolver.conjunction(clause.body)
    validity = resolver.validity(clause)
    if resolver.failed or head is None:
        return None
    body = _localised(head, (*body, *validity))
    return Draft(clause, section, head, body, len(validity), outcome)


class _Resolver:
    def __init__(self, scope: Scope, clause: syntax.Clause) -> None:
        self.scope = scope
        self.id = clause.annotations.id
        self.anonymous = 0
        self.failed = False

    def fail(
        self, code: Code, message: str, at: Span, help_: str, *labels: Label
    ) -> None:
        self.scope.error(code, message, at, help_, *labels)
        self.failed = True

    def fresh(self, span: Span) -> syntax.Variable:
        self.anonymous += 1
        return syntax.Variable(f"_{self.anonymous}", span)

    def head(self, atom: syntax.Atom) -> syntax.Atom | None:
        table = self.scope.tables.get(atom.predicate)
        if table is None:
            self.failed = True
            return None
        if table.stated:
            self.fail(
                Code.INPUT_AS_HEAD,
                f"`{atom.predicate}` is an input: its rows come from a file, "
                "and no rule may add to them",
                atom.predicate_span,
                "give the rule's relation another name",
                Label(table.span, "declared here"),
            )
            return None
        return self.atom(atom, head=True)

    def atom(self, atom: syntax.Atom, *, head: bool = False) -> syntax.Atom | None:
        table = self.scope.tables.get(atom.predicate)
        if table is None:
            self.failed = True
            if atom.predicate not in self.scope.refused:
                self.fail(
                    Code.UNKNOWN_RELATION,
                    f"unknown relation `{atom.predicate}`: no rule or input defines it",
                    atom.predicate_span,
                    did_you_mean(
                        atom.predicate,
                        [n for n in self.scope.tables if "." not in n],
                        "declare it with `input`, or give a rule for it",
                    ),
                )
            return None
        places = self._places(atom, table, head=head)
        if places is None:
            return None
        arguments = []
        for position in range(len(table.columns)):
            written = places.get(position)
            term: syntax.Term
            if written is None:
                term = self.fresh(atom.predicate_span)
                span = atom.predicate_span
            else:
                found = self.term(written.term)
                if found is None:
                    return None
                term, span = found, written.span
            arguments.append(syntax.Argument(None, term, span))
        return replace(atom, arguments=tuple(arguments))

    def _places(
        self, atom: syntax.Atom, table: Table, *, head: bool
    ) -> dict[int, syntax.Argument] | None:
        """Return which argument stands in which column."""
        arity = len(table.columns)
        positional = [a for a in atom.arguments if a.column is None]
        named = [a for a in atom.arguments if a.column is not None]
        columns = f" ({listed(table.names)})" if table.names else ""
        if len(positional) > arity or (not named and len(positional) != arity):
            self.fail(
                Code.WRONG_ARITY,
                f"`{table.name}` has {_count(arity)}{columns}, "
                f"and {len(positional)} {_are(len(positional))} given",
                atom.span,
                f"give all {arity}, or name columns: `column: Term`"
                if table.names
                else f"give {arity}",
                Label(table.span, "declared here" if table.declared else "first here"),
            )
            return None
        places = dict(enumerate(positional))
        for argument in named:
            name = argument.column or ""
            position = table.position(name)
            if position is None and not table.names:
                self.fail(
                    Code.UNNAMED_COLUMNS,
                    f"`{table.name}` has no declaration, so its columns have no names",
                    argument.span,
                    f"declare it: `relation {table.name}(…).`",
                )
                return None
            if position is None:
                self.fail(
                    Code.UNKNOWN_COLUMN,
                    f"`{table.name}` has no column `{name}`",
                    argument.span,
                    did_you_mean(
                        name, table.names, f"its columns are {listed(table.names)}"
                    ),
                    Label(table.span, "declared here"),
                )
                return None
            if position in places:
                self.fail(
                    Code.COLUMN_TWICE,
                    f"column `{name}` of `{table.name}` is given twice",
                    argument.span,
                    "drop one of the two",
                    Label(places[position].span, "first given here"),
                )
                return None
            places[position] = argument
        missing = [table.columns[i].name for i in range(arity) if i not in places]
        if head and missing:
            self.fail(
                Code.INCOMPLETE_HEAD,
                f"a head gives every column, and {listed(n or '_' for n in missing)} "
                f"of `{table.name}` {'is' if len(missing) == 1 else 'are'} left out",
                atom.span,
                "give a term for each",
                Label(table.span, "declared here"),
            )
            return None
        return places

    def term(self, term: syntax.Term) -> syntax.Term | None:
        match term:
            case syntax.Variable(name="_"):
                return self.fresh(term.span)
            case syntax.OwnId():
                if self.id is None:
                    self.fail(
                        Code.NO_OWN_ID,
                        "`@id` stands in a rule that has no id",
                        term.span,
                        'put `@id("…")` before the rule',
                    )
                    return None
                return syntax.Constant(self.id, term.span)
            case syntax.Parameter():
                if term.name in self.scope.parameters or term.name == DAY:
                    return term
                self.failed = True
                if term.name not in self.scope.defaults:
                    self.fail(
                        Code.UNKNOWN_PARAMETER,
                        f"unknown parameter `${term.name}`",
                        term.span,
                        did_you_mean(
                            f"${term.name}",
                            [f"${name}" for name in (*self.scope.parameters, DAY)],
                            f"declare it: `parameter {term.name}: … = ….`",
                        ),
                    )
                return None
            case _:
                return term

    def must(self, term: syntax.Term) -> syntax.Term:
        """Return the resolved term; what means nothing stays, the error is noted."""
        return self.term(term) or term

    def conjunction(self, body: Iterable[syntax.Literal]) -> tuple[syntax.Literal, ...]:
        found = [self.literal(literal) for literal in body]
        return tuple(literal for literal in found if literal is not None)

    def literal(self, literal: syntax.Literal) -> syntax.Literal | None:
        match literal:
            case syntax.Atom():
                return self.atom(literal)
            case syntax.Not():
                atom = self.atom(literal.atom)
                return None if atom is None else replace(literal, atom=atom)
            case syntax.Comparison() | syntax.Membership():
                return with_terms(literal, self.must)
            case syntax.Either():
                return replace(
                    literal,
                    branches=tuple(self.conjunction(b) for b in literal.branches),
                )
            case syntax.Aggregate():
                return replace(
                    literal,
                    target=self.must(literal.target),
                    term=None if literal.term is None else self.must(literal.term),
                    body=self.conjunction(literal.body),
                )

    def validity(self, clause: syntax.Clause) -> tuple[syntax.Comparison, ...]:
        """Return what `@from` and `@until` mean: comparisons with a day."""
        found = []
        notes = clause.annotations
        for op, said in ((">=", notes.valid_from), ("<=", notes.valid_until)):
            if said is None:
                continue
            day, variable = said
            at = variable.span if variable is not None else clause.span
            left: syntax.Term = variable or syntax.Parameter(DAY, at)
            found.append(syntax.Comparison(op, left, syntax.Constant(day, at), at))
        return tuple(found)


def _count(arity: int) -> str:
    return "1 column" if arity == 1 else f"{arity} columns"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


# --- variables that belong to one alternative, or to one aggregate ------------------


def _localised(
    head: syntax.Atom, body: tuple[syntax.Literal, ...]
) -> tuple[syntax.Literal, ...]:
    nested = (syntax.Either, syntax.Aggregate)
    if not any(isinstance(literal, nested) for literal in body):
        return body
    taken = {v.name for v in variables_in(all_terms(head, body))}
    outside = {v.name for v in variables_in(a.term for a in head.arguments)}
    return _local(body, outside, taken, set())


def _local(
    body: Sequence[syntax.Literal],
    outside: set[str],
    taken: set[str],
    used: set[str],
) -> tuple[syntax.Literal, ...]:
    """Rename what is local to a nested body and has the name of another local one.

    `used` are the local names met so far, `taken` all names of the rule.
    """
    result: list[syntax.Literal] = []
    for index, literal in enumerate(body):
        others = [one for i, one in enumerate(body) if i != index]
        match literal:
            case syntax.Either():
                around = outside | names(others)
                branches = tuple(
                    _branch(b, around, taken, used) for b in literal.branches
                )
                result.append(replace(literal, branches=branches))
            case syntax.Aggregate():
                # The body of another aggregate is not outside of this one.
                around = outside | names(_without_counting(others))
                around |= {v.name for v in variables_in([literal.target])}
                local = names(literal.body) - around
                result.append(_with(literal, local, taken, used))
            case _:
                result.append(literal)
    return tuple(result)


def _without_counting(body: Iterable[syntax.Literal]) -> list[syntax.Literal]:
    found: list[syntax.Literal] = []
    for literal in body:
        match literal:
            case syntax.Aggregate():
                found.append(replace(literal, term=None, body=()))
            case syntax.Either():
                found.append(
                    replace(
                        literal,
                        branches=tuple(
                            tuple(_without_counting(b)) for b in literal.branches
                        ),
                    )
                )
            case _:
                found.append(literal)
    return found


def _branch(
    body: tuple[syntax.Literal, ...], around: set[str], taken: set[str], used: set[str]
) -> tuple[syntax.Literal, ...]:
    """Rename what is local to a branch, then what is local to bodies within it."""
    seen: dict[str, int] = {}
    for literal in body:
        weight = 1 if isinstance(literal, syntax.Either | syntax.Aggregate) else 2
        for name in names([literal]):
            seen[name] = seen.get(name, 0) + weight
    own = {name for name, weight in seen.items() if weight > 1} - around
    holder = _with(syntax.Either((body,), body[0].span), own, taken, used)
    branch = holder.branches[0]
    return _local(branch, around, taken, used)


_Holder = TypeVar("_Holder", syntax.Either, syntax.Aggregate)


def _with(holder: _Holder, local: set[str], taken: set[str], used: set[str]) -> _Holder:
    """Rename the local names of a nested body that an earlier one has used."""
    change: dict[str, str] = {}
    for name in sorted(local):
        if name in used:
            number = 2
            while f"{name}_{number}" in taken:
                number += 1
            change[name] = f"{name}_{number}"
            taken.add(change[name])
        used.add(change.get(name, name))

    def renamed(term: syntax.Term) -> syntax.Term:
        if isinstance(term, syntax.Variable) and term.name in change:
            return replace(term, name=change[term.name])
        return term

    changed = with_terms(holder, renamed) if change else holder
    return cast("_Holder", changed)


def reads(draft: Draft) -> list[tuple[str, Span]]:
    """Return every relation that a draft reads, with the place."""
    found = []
    for literal in everywhere(draft.body):
        if isinstance(literal, syntax.Atom):
            found.append((literal.predicate, literal.predicate_span))
        elif isinstance(literal, syntax.Not):
            found.append((literal.atom.predicate, literal.atom.predicate_span))
    return found
