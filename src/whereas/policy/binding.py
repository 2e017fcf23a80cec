"""Finds the literal that gives each variable its value, in whatever order they stand.

A positive atom binds its variables; `X = …` binds `X` once the other side is bound;
an aggregate binds its target once its group is bound; alternatives bind what each
of them binds. The least fixpoint of these is what a rule binds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Diagnostic
from whereas.language import syntax
from whereas.policy.spelling import nearest
from whereas.policy.walk import (
    everywhere,
    names,
    operands,
    terms,
    variables,
    variables_in,
)

if TYPE_CHECKING:
    from whereas.policy.resolve import Draft

Body = Sequence[syntax.Literal]


@dataclass(slots=True)
class Binding:
    """What a rule's literals bind. Literals are known by their identity.

    `targets`: the variable that a comparison or an aggregate gives its value to.
    `alternatives`: what an `Either` binds. `groups`: an aggregate's group.
    """

    bound: set[str] = field(default_factory=set)
    targets: dict[int, str] = field(default_factory=dict)
    alternatives: dict[int, tuple[str, ...]] = field(default_factory=dict)
    groups: dict[int, tuple[str, ...]] = field(default_factory=dict)


def binding_of(draft: Draft) -> tuple[Binding, tuple[Diagnostic, ...]]:
    """Return what binds the variables of a rule, and an error for each unbound one."""
    head = {v.name for v in variables_in(terms(draft.head))}
    binding = Binding()
    binding.bound = _bind(draft.body, set(), head, binding)
    faults = _Faults(draft, binding, _excused(draft.body, binding.bound))
    faults.find(head)
    if not faults.found:
        # Variables that wait for each other in a circle: all are at fault.
        faults = _Faults(draft, binding, frozenset())
        faults.find(head)
    return binding, tuple(faults.found.values())


def _excused(body: Body, bound: set[str]) -> frozenset[str]:
    """Return the variables that lack a value only because another one does."""
    found = set()
    for literal in everywhere(body):
        match literal:
            case syntax.Comparison(op="="):
                sides = (literal.left, literal.right)
                for one, other in (sides, sides[::-1]):
                    needed = {v.name for v in variables_in(operands(other))}
                    if isinstance(one, syntax.Variable) and needed - bound - {one.name}:
                        found.add(one.name)
            case syntax.Aggregate():
                needed = names(literal.body) - bound
                found |= {v.name for v in variables_in([literal.target])} - needed
            case _:
                pass
    return frozenset(found - bound)


def _bind(body: Body, given: set[str], outside: set[str], binding: Binding) -> set[str]:
    """Return what is bound once a conjunction holds; note who bound it."""
    bound = set(given)
    for literal in body:
        if isinstance(literal, syntax.Atom):
            bound |= {v.name for v in variables(literal)}
    for literal in body:
        if isinstance(literal, syntax.Aggregate):
            binding.groups[id(literal)] = _group(literal, body, outside)
    while _bind_more(body, bound, outside, binding):
        pass
    _bind_nested(body, bound, outside, binding)
    return bound


def _bind_more(
    body: Body, bound: set[str], outside: set[str], binding: Binding
) -> bool:
    """Bind what can be bound now; alternatives only where nothing else can."""
    before = len(bound)
    for literal in body:
        name = _gives(literal, bound, binding)
        if name is not None:
            binding.targets[id(literal)] = name
            bound.add(name)
    for literal in body:
        if len(bound) > before:
            break
        if isinstance(literal, syntax.Either):
            new = _alternatives(literal, body, bound, outside, binding)
            if new:
                known = binding.alternatives.get(id(literal), ())
                binding.alternatives[id(literal)] = (*known, *new)
                bound |= set(new)
    return len(bound) > before


def _bind_nested(
    body: Body, bound: set[str], outside: set[str], binding: Binding
) -> None:
    for literal in body:
        match literal:
            case syntax.Either():
                around = outside | _others(literal, body)
                for branch in literal.branches:
                    _bind_rest(branch, bound, around, binding)
            case syntax.Aggregate():
                _bind(literal.body, bound, set(), binding)
            case _:
                pass


def _bind_rest(
    branch: Body, bound: set[str], around: set[str], binding: Binding
) -> None:
    """Bind what is left in a branch, now that all of its surroundings are bound."""
    own = {binding.targets[id(one)] for one in branch if id(one) in binding.targets}
    _bind(branch, bound | own, around, binding)


def _others(literal: syntax.Literal, body: Body) -> set[str]:
    return names(one for one in body if one is not literal)


def _group(literal: syntax.Aggregate, body: Body, outside: set[str]) -> tuple[str, ...]:
    """Return the variables of an aggregate's body that also occur outside of it."""
    around = outside | _others(literal, body)
    around |= {v.name for v in variables_in([literal.target])}
    inner = [v.name for one in literal.body for v in variables(one)]
    return tuple(dict.fromkeys(name for name in inner if name in around))


def _gives(literal: syntax.Literal, bound: set[str], binding: Binding) -> str | None:
    """Return the variable that a literal gives a value to, being unbound so far."""
    match literal:
        case syntax.Comparison(op="="):
            for side, other in (
                (literal.left, literal.right),
                (literal.right, literal.left),
            ):
                if (
                    isinstance(side, syntax.Variable)
                    and side.name not in bound
                    and all(v.name in bound for v in variables_in(operands(other)))
                ):
                    return side.name
        case syntax.Aggregate():
            target = literal.target
            if isinstance(target, syntax.Variable) and target.name not in bound:
                group = binding.groups[id(literal)]
                if target.name not in group and all(n in bound for n in group):
                    return target.name
        case _:
            pass
    return None


def _alternatives(
    literal: syntax.Either,
    body: Body,
    bound: set[str],
    outside: set[str],
    binding: Binding,
) -> tuple[str, ...]:
    """Return what each branch binds, that is used outside and bound nowhere else."""
    around = outside | _others(literal, body)
    trial = Binding()
    results = [_bind(branch, bound, around, trial) for branch in literal.branches]
    every = set.intersection(*results) if results else set()
    new = tuple(
        name
        for name in dict.fromkeys(v.name for v in variables(literal))
        if name in every and name in around and name not in bound
    )
    if new:
        # How the branches bind now; later, with more bound, it could go in a circle.
        binding.targets |= trial.targets
        binding.alternatives |= trial.alternatives
    return new


class _Faults:
    """Finds the variables that nothing binds; each is reported once for a rule."""

    def __init__(self, draft: Draft, binding: Binding, excused: frozenset[str]) -> None:
        self.excused = excused
        self.draft = draft
        self.binding = binding
        self.found: dict[str, Diagnostic] = {}

    def find(self, head: set[str]) -> None:
        bound = self.binding.bound
        self.alternatives(self.draft.body, bound, head)
        self.groups(self.draft.body, bound)
        # A question has no head of its own: its variables are the body's.
        asked = self.draft.head.predicate == "query"
        if not asked:
            self.heads(bound)
        count = self.draft.validity
        body = self.draft.body
        end = len(body) - count
        self.body(body[:end], bound, head)
        for literal in body[end:]:
            for variable in variables(literal):
                self.report(
                    Code.UNBOUND_VALIDITY,
                    variable,
                    bound,
                    f"`{variable.name}` gives the day of `@from` or `@until`, "
                    "but no positive literal binds it",
                    f"add a literal that mentions `{variable.name}`, or name another "
                    "variable",
                )

    def report(
        self,
        code: Code,
        variable: syntax.Variable,
        bound: set[str],
        message: str,
        help_: str,
    ) -> None:
        known = variable.name in bound or variable.name in self.excused
        if not known and variable.name not in self.found:
            named = {name for name in bound if not name.removeprefix("_").isdigit()}
            meant = nearest(variable.name, named)
            if meant is not None:
                help_ = f"did you mean `{meant}`? If not, {help_}"
            self.found[variable.name] = Diagnostic(code, message, variable.span, help_)

    def heads(self, bound: set[str]) -> None:
        for variable in variables(self.draft.head):
            if variable.name.removeprefix("_").isdigit():
                self.report(
                    Code.UNBOUND_HEAD,
                    variable,
                    bound,
                    f"`_` stands in the head of {self.draft.spoken}, "
                    "which has no value for it",
                    "write the value that the column shall have",
                )
            elif not self.draft.body:
                self.report(
                    Code.UNBOUND_HEAD,
                    variable,
                    bound,
                    f"`{variable.name}` is in a fact of `{self.draft.head.predicate}`, "
                    "which has no body to bind it",
                    f'write a constant (`"{variable.name.lower()}"`), or add a body',
                )
            else:
                self.report(
                    Code.UNBOUND_HEAD,
                    variable,
                    bound,
                    f"`{variable.name}` is in the head of {self.draft.spoken}, "
                    "but no positive literal binds it",
                    f"add a literal that mentions `{variable.name}`, "
                    "or drop it from the head",
                )

    def alternatives(self, body: Body, bound: set[str], outside: set[str]) -> None:
        for literal in body:
            if not isinstance(literal, syntax.Either):
                continue
            around = outside | _others(literal, body)
            results = [
                _bind(branch, bound, around, Binding()) for branch in literal.branches
            ]
            some = set().union(*results) - bound if results else set()
            for variable in variables(literal):
                if variable.name in some & around:
                    self.report(
                        Code.UNBOUND_ALTERNATIVE,
                        variable,
                        bound,
                        f"`{variable.name}` is used outside of the alternatives, "
                        "but not every alternative binds it",
                        f"bind `{variable.name}` in each alternative, "
                        "or in a literal beside them",
                    )
            for branch, inner in zip(literal.branches, results, strict=True):
                self.alternatives(branch, inner, around)

    def body(self, body: Body, bound: set[str], outside: set[str]) -> None:
        for literal in body:
            match literal:
                case syntax.Atom():
                    pass
                case syntax.Not():
                    self.negated(literal, bound)
                case syntax.Comparison() | syntax.Membership():
                    self.compared(literal, bound)
                case syntax.Either():
                    around = outside | _others(literal, body)
                    for branch in literal.branches:
                        inner = _bind(branch, bound, around, Binding())
                        self.body(branch, inner, around)
                case syntax.Aggregate():
                    self.aggregate(literal, bound)

    def negated(self, literal: syntax.Not, bound: set[str]) -> None:
        for variable in variables(literal):
            if variable.name.removeprefix("_").isdigit():
                continue
            self.report(
                Code.UNBOUND_NEGATED,
                variable,
                bound,
                f"`{variable.name}` stands under `not`, "
                "but no positive literal binds it",
                f"bind `{variable.name}` in a positive literal, "
                "or write `_` for any value",
            )

    def compared(
        self, literal: syntax.Comparison | syntax.Membership, bound: set[str]
    ) -> None:
        for variable in variables(literal):
            if variable.name.removeprefix("_").isdigit():
                self.report(
                    Code.UNBOUND_COMPARED,
                    variable,
                    bound,
                    "`_` is compared, but it has no value",
                    "name a variable that a positive literal binds",
                )
                continue
            self.report(
                Code.UNBOUND_COMPARED,
                variable,
                bound,
                f"`{variable.name}` is compared, but no positive literal binds it",
                f"add a literal that mentions `{variable.name}`",
            )

    def groups(self, body: Body, bound: set[str]) -> None:
        for literal in body:
            if not isinstance(literal, syntax.Aggregate):
                continue
            group = set(self.binding.groups.get(id(literal), ()))
            for variable in (v for one in literal.body for v in variables(one)):
                if variable.name in group:
                    self.report(
                        Code.UNBOUND_GROUP,
                        variable,
                        bound,
                        f"`{variable.name}` is used outside of `{literal.function}`, "
                        "but no positive literal outside binds it",
                        f"bind `{variable.name}` outside, "
                        "or rename it inside the braces",
                    )

    def aggregate(self, literal: syntax.Aggregate, bound: set[str]) -> None:
        group = set(self.binding.groups.get(id(literal), ()))
        trial = Binding()
        inside = _bind(literal.body, bound, set(), trial)
        for inner in literal.body:
            either = id(inner) in trial.alternatives
            if either or isinstance(inner, syntax.Aggregate):
                self.found.setdefault(
                    f"{id(inner)}",
                    Diagnostic(
                        Code.NESTED_AGGREGATE,
                        f"`{literal.function}` has "
                        + (
                            "alternatives that bind a variable in its body"
                            if either
                            else "another aggregate in its body"
                        ),
                        inner.span,
                        "give a rule for what is inside, and name its relation here",
                    ),
                )
                return
        if literal.term is not None:
            for variable in variables_in([literal.term]):
                self.report(
                    Code.UNBOUND_GROUP,
                    variable,
                    inside,
                    f"`{variable.name}` is what `{literal.function}` takes, "
                    "but its body does not bind it",
                    f"mention `{variable.name}` in an atom inside the braces",
                )
        self.body(literal.body, inside | group, set())
        for variable in variables_in([literal.target]):
            self.report(
                Code.UNBOUND_COMPARED,
                variable,
                bound | group,
                f"`{variable.name}` is compared, but no positive literal binds it",
                f"add a literal that mentions `{variable.name}`",
            )


def unnamed(found: Iterable[str]) -> list[str]:
    """Return the names that an author wrote: no `_1`."""
    return [name for name in found if not name.removeprefix("_").isdigit()]
