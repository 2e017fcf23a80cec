"""Tells where one atom of a rule implies another.

`case(B, made: M)` beside `measured_by(B, …)` gives `M` its value and can never fail,
if every rule of `measured_by` rests on `case` for the same batch. Nor can `checked(B)`
fail beside all that its own rule asks for. The answers are cautious: where nothing is
seen, the atom may still be implied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.policy.core import Atom, Constant, Variable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from whereas.policy.core import Literal, Policy, Rule, Term

# What an atom must have in each column; None is anything.
Pattern = tuple["Term | None", ...]
Seen = frozenset[str]


def is_implied(
    atom: Atom, known: frozenset[str], rest: Sequence[Literal], policy: Policy
) -> bool:
    """Return whether the rest of a body implies that the atom has a row.

    `known` are the variables to which the rest gives values. A relation that rests on
    itself implies nothing.
    """
    wanted: Pattern = tuple(
        None if isinstance(term, Variable) and term.name not in known else term
        for term in atom.terms
    )
    return _given(atom.relation, wanted, _atoms(rest), policy, frozenset())


def implies(atom: Atom, other: Atom, policy: Policy) -> bool:
    """Return whether the other atom holds wherever this one does."""
    return _implies(atom, other.relation, other.terms, policy, frozenset())


def _given(
    relation: str, wanted: Pattern, atoms: Sequence[Atom], policy: Policy, seen: Seen
) -> bool:
    if any(_implies(one, relation, wanted, policy, frozenset()) for one in atoms):
        return True
    return relation not in seen and any(
        _derivable(rule, wanted, atoms, policy, seen | {relation})
        for rule in policy.rules_of(relation)
    )


def _implies(
    atom: Atom, relation: str, wanted: Pattern, policy: Policy, seen: Seen
) -> bool:
    """Whether a row of the atom's relation never comes without one that is wanted."""
    if atom.relation == relation:
        pairs = zip(wanted, atom.terms, strict=True)
        return all(one is None or _same(one, other) for one, other in pairs)
    table = policy.relations[atom.relation]
    if table.stated:
        asked = [n for n, term in enumerate(wanted) if term is not None]
        return any(
            column.references == relation
            and all(
                (n,) == policy.relations[relation].key and wanted[n] == term
                for n in asked
            )
            for column, term in zip(table.columns, atom.terms, strict=True)
        )
    if atom.relation in seen:
        return False
    seen |= {atom.relation}
    rules = [one for one in policy.rules_of(atom.relation) if _fits(one, atom.terms)]
    return bool(rules) and all(
        (inner := _translated(wanted, atom, rule)) is not None
        and any(
            _implies(one, relation, inner, policy, seen) for one in _atoms(rule.body)
        )
        for rule in rules
    )


def _derivable(
    rule: Rule, wanted: Pattern, atoms: Sequence[Atom], policy: Policy, seen: Seen
) -> bool:
    """Whether the rule gives a row that is wanted, from what the atoms imply."""
    body = _atoms(rule.body)
    own: dict[Term, Term | None] = {}
    for head, term in zip(rule.head.terms, wanted, strict=True):
        if isinstance(head, Variable) and own.get(head) is None:
            own[head] = term
        elif term is not None and not _same(own.get(head) or head, term):
            return False
    free = [term for one in body for term in one.terms if own.get(term) is None]
    joined = any(isinstance(one, Variable) and free.count(one) > 1 for one in free)
    return (
        len(body) == len(rule.body)
        and not joined
        and all(
            _given(one.relation, _replaced(one, own), atoms, policy, seen)
            for one in body
        )
    )


def _replaced(atom: Atom, own: Mapping[Term, Term | None]) -> Pattern:
    return tuple(
        own.get(term) if isinstance(term, Variable) else term for term in atom.terms
    )


def _fits(rule: Rule, terms: Pattern) -> bool:
    """Whether the rule can give what is asked: no two constants differ."""
    return all(
        not (isinstance(head, Constant) and isinstance(term, Constant))
        or head.value == term.value
        for head, term in zip(rule.head.terms, terms, strict=True)
    )


def _translated(wanted: Pattern, atom: Atom, rule: Rule) -> Pattern | None:
    """Return what is wanted in the rule's own variables, or None if it cannot be."""
    found: list[Term | None] = []
    for term in wanted:
        heads = [
            head
            for head, one in zip(rule.head.terms, atom.terms, strict=True)
            if term is not None and _same(one, term)
        ]
        if heads:
            found.append(heads[0])
        elif isinstance(term, Variable):
            return None
        else:
            found.append(term)
    return tuple(found)


def _same(one: Term, other: Term) -> bool:
    if isinstance(one, Constant) and isinstance(other, Constant):
        return one.value == other.value
    return one == other


def _atoms(literals: Iterable[Literal]) -> list[Atom]:
    return [one for one in literals if isinstance(one, Atom)]
