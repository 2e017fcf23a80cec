"""No rule rests on a row that another row of the same key contradicts.

Of an input that is declared with `key … contradictions in other`, the relation `other`
has all rows that share a key and differ. Where a rule reads more of the input than its
key, it gets a further condition: `not other(…)` for that key. Under `not` and in an
aggregate the condition stands beside the literal, for the terms of the key that are
bound there. So such a conclusion fails, and its refusal shows the rows.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from whereas.language import syntax
from whereas.policy.walk import all_terms, everywhere, names, variables_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whereas.policy.resolve import Draft
    from whereas.policy.scope import Scope, Table


def with_guards(draft: Draft, scope: Scope) -> Draft:
    """Return a draft with the conditions that its rows are not contradicted."""
    if not any(
        scope.tables[literal.predicate].contradictions is not None
        for literal in everywhere(draft.body)
        if isinstance(literal, syntax.Atom)
    ) and not any(
        scope.tables[literal.atom.predicate].contradictions is not None
        for literal in everywhere(draft.body)
        if isinstance(literal, syntax.Not)
    ):
        return draft
    guards = _Guards(draft, scope)
    head = {variable.name for variable in variables_in(all_terms(draft.head, ()))}
    return replace(draft, body=guards.body(draft.body, head))


class _Guards:
    def __init__(self, draft: Draft, scope: Scope) -> None:
        self.tables = scope.tables
        taken = {v.name for v in variables_in(all_terms(draft.head, draft.body))}
        # New names, apart from all of the rule.
        self.anonymous = (
            name for n in itertools.count(1) if (name := f"_{n}") not in taken
        )
        self.named = (
            name for n in itertools.count(1) if (name := f"Key_{n}") not in taken
        )

    def body(
        self, body: Sequence[syntax.Literal], outside: set[str]
    ) -> tuple[syntax.Literal, ...]:
        """Return a conjunction with its guards; `outside` are names used around it."""
        found: list[syntax.Literal] = []
        for index, literal in enumerate(body):
            around = outside | names(one for i, one in enumerate(body) if i != index)
            match literal:
                case syntax.Atom():
                    found += self._positive(literal)
                case syntax.Not():
                    found += [literal, *self._beside(literal.atom, None)]
                case syntax.Either():
                    branches = tuple(self.body(b, around) for b in literal.branches)
                    found.append(replace(literal, branches=branches))
                case syntax.Aggregate():
                    found.append(literal)
                    for inner in everywhere(literal.body):
                        if isinstance(inner, syntax.Atom):
                            found += self._beside(inner, around)
                        elif isinstance(inner, syntax.Not):
                            found += self._beside(inner.atom, around)
                case _:
                    found.append(literal)
        return tuple(_once(found))

    def _positive(self, atom: syntax.Atom) -> list[syntax.Literal]:
        """Return an atom and its guard; the key gets names, to be the same in both."""
        table = self._read(atom)
        if table is None:
            return [atom]
        arguments = list(atom.arguments)
        for place in table.key:
            term = arguments[place].term
            if _is_anonymous(term):
                named = syntax.Variable(next(self.named), term.span)
                arguments[place] = replace(arguments[place], term=named)
        atom = replace(atom, arguments=tuple(arguments))
        return [atom, self._guard(atom, table, None)]

    def _beside(
        self, atom: syntax.Atom, known: set[str] | None
    ) -> Iterator[syntax.Literal]:
        table = self._read(atom)
        if table is not None:
            yield self._guard(atom, table, known)

    def _read(self, atom: syntax.Atom) -> Table | None:
        """Return the input if an atom reads more of its rows than the key."""
        table = self.tables[atom.predicate]
        if table.contradictions is None or all(
            place in table.key or _is_anonymous(argument.term)
            for place, argument in enumerate(atom.arguments)
        ):
            return None
        return table

    def _guard(
        self, atom: syntax.Atom, table: Table, known: set[str] | None
    ) -> syntax.Not:
        """Return `not other(…)` for the key of an atom, as far as it is `known`."""
        arguments = []
        for place, argument in enumerate(atom.arguments):
            term = argument.term
            unknown = (
                known is not None
                and isinstance(term, syntax.Variable)
                and term.name not in known
            )
            if place not in table.key or unknown or _is_anonymous(term):
                term = syntax.Variable(next(self.anonymous), atom.predicate_span)
            arguments.append(replace(argument, term=term))
        return syntax.Not(
            replace(
                atom, predicate=table.contradictions or "", arguments=tuple(arguments)
            ),
            atom.span,
        )


def _once(body: Sequence[syntax.Literal]) -> Iterator[syntax.Literal]:
    """Yield the literals of a body, each guard once."""
    seen: set[tuple[str, tuple[object, ...]]] = set()
    for literal in body:
        if isinstance(literal, syntax.Not):
            terms = tuple(
                None if _is_anonymous(a.term) else a.term
                for a in literal.atom.arguments
            )
            if (literal.atom.predicate, terms) in seen:
                continue
            seen.add((literal.atom.predicate, terms))
        yield literal


def _is_anonymous(term: syntax.Term) -> bool:
    return isinstance(term, syntax.Variable) and term.name[:1] == "_"
