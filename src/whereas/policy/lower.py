"""Makes the rule of the checked policy from a draft, and checks its types."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Label
from whereas.language import syntax
from whereas.policy import core
from whereas.policy.null_safety import empty, guarded, unguarded
from whereas.policy.resolve import reads
from whereas.policy.scope import Scope, Table, alike, reference_of
from whereas.policy.typing import UNKNOWN, Typer, a_type, constant
from whereas.policy.walk import everywhere, operands, variables, variables_in
from whereas.values import INTEGER, Type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whereas.policy.binding import Binding
    from whereas.policy.resolve import Draft


@dataclass(slots=True)
class Lowered:
    """A rule's head and body in the core, the types of its variables, its faults."""

    head: core.Atom
    body: tuple[core.Literal, ...]
    types: dict[str, Type]
    errors: list[Diagnostic]


def lower(
    draft: Draft, binding: Binding, types: dict[str, Type], scope: Scope
) -> Lowered:
    """Return a draft in the core, with every fault of its types."""
    typer = Typer(types, scope.parameters, scope.manifest.month_end)
    _check(draft, typer, scope)
    errors = typer.errors
    optional = frozenset(n for n, t in types.items() if t.optional)
    columns = {
        name: [
            column.type is not None and column.type.optional
            for column in scope.tables[name].columns
        ]
        for name in {name for name, _ in reads(draft)}
    }
    errors += unguarded(draft.body, optional, columns)
    errors += _references(draft, scope)
    quiet = Typer(types, scope.parameters, scope.manifest.month_end)
    writer = _Writer(quiet, binding, scope)
    head = writer.atom(draft.head)
    body = writer.body(draft.body)
    cut = len(body) - draft.validity
    body = (
        *body[:cut],
        *(
            replace(one, validity=True) if isinstance(one, core.Comparison) else one
            for one in body[cut:]
        ),
    )
    used = {v.name for v in variables(draft.head)}
    used |= {v.name for one in draft.body for v in variables(one)}
    return Lowered(head, body, {n: types.get(n, UNKNOWN) for n in sorted(used)}, errors)


# --- checks -------------------------------------------------------------------------


def _check(draft: Draft, typer: Typer, scope: Scope) -> None:
    for argument, column in zip(
        draft.head.arguments, scope.tables[draft.head.predicate].columns, strict=True
    ):
        table = scope.tables[draft.head.predicate]
        if column.type is None:
            continue
        if isinstance(argument.term, syntax.Constant):
            typer.fits(argument.term, column.type, _column(table, column.name))
        elif column.fixed:
            _head_term(typer, argument, column.type, _column(table, column.name))
    for literal in everywhere(draft.body):
        match literal:
            case syntax.Atom():
                _atom(literal, typer, scope)
            case syntax.Not():
                _atom(literal.atom, typer, scope)
            case syntax.Comparison():
                typer.comparison(literal)
                _allow_guards(literal, typer, draft, scope)
            case syntax.Membership():
                type_ = typer.type_of(literal.term)
                for member in literal.members:
                    typer.fits(member, type_, f"`{literal.term.span.text}`")
            case syntax.Aggregate():
                _aggregate(literal, typer)
            case _:
                pass


def _column(table: Table, name: str | None) -> str:
    return (
        f"column `{name}` of `{table.name}`" if name else f"a column of `{table.name}`"
    )


def _head_term(
    typer: Typer, argument: syntax.Argument, type_: Type, where: str
) -> None:
    """A declared column takes values of its own type, or of a part of it."""
    given = typer.type_of(argument.term)
    if given.kind == "unknown":
        return
    fits = given.kind == type_.kind and given.scale == type_.scale
    if fits and type_.members:
        fits = bool(given.members) and set(given.members) <= set(type_.members)
    outside = [m for m in given.members if m not in type_.members]
    if not fits and given.members and type_.members:
        typer.error(
            Code.OUTSIDE_ENUMERATION,
            f"`{argument.term.span.text}` may be `{outside[0]}`, "
            f"which {where} cannot be",
            argument.span,
            "add the value to the column's type, or drop the type",
        )
    elif not fits:
        typer.error(
            Code.TYPE_MISMATCH,
            f"`{argument.term.span.text}` is {a_type(given)}, "
            f"and {where} is {a_type(type_)}",
            argument.span,
            "give the column a type that takes it, or drop the type",
        )
    elif given.optional and not type_.optional:
        typer.error(
            Code.MAY_BE_NONE,
            f"`{argument.term.span.text}` may be `none`, and {where} never is",
            argument.span,
            f"add `{argument.term.span.text} != none`, or mark the column with `?`",
        )


def _allow_guards(
    literal: syntax.Comparison, typer: Typer, draft: Draft, scope: Scope
) -> None:
    """`X != none` is no fault where it is what makes `X` never `none`."""
    sides = (literal.left, literal.right)
    for one, other in (sides, sides[::-1]):
        if not (isinstance(other, syntax.Constant) and other.value is None):
            continue
        if isinstance(one, syntax.Variable) and _ever_optional(
            one.name, draft, scope, typer
        ):
            # The guard itself made the variable's type plain.
            typer.errors[:] = [
                e
                for e in typer.errors
                if not (e.code is Code.NEVER_NONE and e.at == other.span)
            ]


def _ever_optional(name: str, draft: Draft, scope: Scope, typer: Typer) -> bool:
    for literal in everywhere(draft.body):
        atom = literal.atom if isinstance(literal, syntax.Not) else literal
        if isinstance(atom, syntax.Atom):
            columns = scope.tables[atom.predicate].columns
            for argument, column in zip(atom.arguments, columns, strict=True):
                if (
                    isinstance(argument.term, syntax.Variable)
                    and argument.term.name == name
                    and (column.type is None or column.type.optional)
                ):
                    return True
    return typer.types.get(name, UNKNOWN).optional


def _atom(atom: syntax.Atom, typer: Typer, scope: Scope) -> None:
    table = scope.tables[atom.predicate]
    for argument, column in zip(atom.arguments, table.columns, strict=True):
        if column.type is None:
            continue
        where = _column(table, column.name)
        if isinstance(argument.term, syntax.Constant):
            typer.fits(argument.term, column.type, where)
            continue
        given = typer.type_of(argument.term)
        if "unknown" in (given.kind, column.type.kind):
            continue
        if not alike(given, column.type):
            typer.error(
                Code.TYPE_MISMATCH,
                f"`{argument.term.span.text}` is {a_type(given)}, "
                f"and {where} is {a_type(column.type)}",
                argument.span,
                "join columns of one type",
            )


def _aggregate(literal: syntax.Aggregate, typer: Typer) -> None:
    if literal.function == "count":
        result = INTEGER
    elif literal.term is None:
        return
    else:
        result = typer.type_of(literal.term)
        wanted = {"integer", "decimal", "unknown"}
        if literal.function in {"min", "max"}:
            wanted |= {"date"}
        if result.kind not in wanted:
            what = "numbers" if literal.function == "sum" else "numbers and dates"
            typer.error(
                Code.BAD_AGGREGATE,
                f"`{literal.function}` takes {what}, and "
                f"`{literal.term.span.text}` is {a_type(result)}",
                literal.term.span,
                f"name a variable of {what}",
            )
            return
    if isinstance(literal.target, syntax.Constant):
        typer.fits(literal.target, result, f"the result of `{literal.function}`")
        return
    target = typer.type_of(literal.target)
    if "unknown" not in (target.kind, result.kind) and not alike(target, result):
        typer.error(
            Code.TYPE_MISMATCH,
            f"`{literal.target.span.text}` is {a_type(target)}, "
            f"and `{literal.function}` gives {a_type(result)}",
            literal.span,
            "compare values of one type",
        )


def _references(draft: Draft, scope: Scope) -> list[Diagnostic]:
    """Return an error where a variable joins keys of different relations."""
    seen: dict[str, tuple[str, str, syntax.Variable]] = {}
    faults: dict[str, Diagnostic] = {}
    # A key that nobody references is a name like any other: `checked(batch)`.
    named = {
        column.references
        for table in scope.tables.values()
        if table.stated
        for column in table.columns
    }
    for literal in everywhere(draft.body):
        atom = literal.atom if isinstance(literal, syntax.Not) else literal
        if not isinstance(atom, syntax.Atom):
            continue
        table = scope.tables[atom.predicate]
        for position, argument in enumerate(atom.arguments):
            variable = argument.term
            if not isinstance(variable, syntax.Variable):
                continue
            name = reference_of(scope.tables, table, position)
            if name is None or name not in named:
                continue
            column = table.columns[position].name
            where = f"`{table.name}.{column}`" if column else f"`{table.name}`"
            known = seen.setdefault(variable.name, (name, where, variable))
            if known[0] != name:
                faults.setdefault(
                    variable.name,
                    Diagnostic(
                        Code.DIFFERENT_REFERENCES,
                        f"`{variable.name}` joins {known[1]}, which names a "
                        f"`{known[0]}`, with {where}, which names a `{name}`",
                        variable.span,
                        "use two variables, or mend the `references`",
                        (Label(known[2].span, f"a `{known[0]}` here"),),
                    ),
                )
    return list(faults.values())


# --- writing ------------------------------------------------------------------------


class _Writer:
    def __init__(self, typer: Typer, binding: Binding, scope: Scope) -> None:
        self.typer = typer
        self.binding = binding
        self.scope = scope

    def term(self, term: syntax.Term, wanted: Type) -> core.Term:
        found = self.typer.lowered(term, wanted)
        assert isinstance(  # noqa: S101  # a term is never an operation
            found, core.Variable | core.Constant | core.Parameter
        )
        return found

    def atom(self, atom: syntax.Atom) -> core.Atom:
        columns = self.scope.tables[atom.predicate].columns
        terms = tuple(
            self.term(argument.term, column.type or UNKNOWN)
            for argument, column in zip(atom.arguments, columns, strict=True)
        )
        return core.Atom(atom.predicate, terms, atom.span)

    def body(self, body: Sequence[syntax.Literal]) -> tuple[core.Literal, ...]:
        return tuple(self.literal(literal) for literal in body)

    def literal(self, literal: syntax.Literal) -> core.Literal:
        match literal:
            case syntax.Atom():
                return self.atom(literal)
            case syntax.Not():
                return core.Not(self.atom(literal.atom), literal.span)
            case syntax.Comparison():
                return self.comparison(literal)
            case syntax.Membership():
                type_ = self.typer.type_of(literal.term)
                return core.Membership(
                    self.term(literal.term, type_),
                    tuple(constant(m.value, type_) for m in literal.members),
                    literal.negated,
                    literal.span,
                )
            case syntax.Either():
                return core.Either(
                    tuple(self.branch(b, literal) for b in literal.branches),
                    self.binding.alternatives.get(id(literal), ()),
                    literal.span,
                )
            case syntax.Aggregate():
                return self.aggregate(literal)

    def comparison(self, literal: syntax.Comparison) -> core.Comparison:
        left = self.typer.type_of(literal.left)
        right = self.typer.type_of(literal.right)
        if isinstance(literal.left, syntax.Constant) and isinstance(
            literal.right, syntax.Constant
        ):
            wider = max(left, right, key=lambda t: (t.kind == "decimal", t.scale))
            left = right = wider if left.kind != right.kind or left.scale else left
        return core.Comparison(
            literal.op,
            self.typer.lowered(literal.left, right),
            self.typer.lowered(literal.right, left),
            self.binding.targets.get(id(literal)),
            False,
            literal.span,
        )

    def aggregate(self, literal: syntax.Aggregate) -> core.Aggregate:
        type_ = INTEGER
        if literal.term is not None and literal.function != "count":
            type_ = replace(self.typer.type_of(literal.term), optional=False)
        return core.Aggregate(
            self.term(literal.target, type_),
            literal.function,
            None if literal.term is None else self.term(literal.term, type_),
            self.body(literal.body),
            self.binding.groups.get(id(literal), ()),
            type_,
            self.binding.targets.get(id(literal)),
            literal.span,
        )

    def branch(
        self, branch: Sequence[syntax.Literal], either: syntax.Either
    ) -> tuple[core.Literal, ...]:
        """Return a branch; what stands beside `X = none` sees no `X` that is.

        `none` is stored smaller than everything, so that a comparison with it
        could hold, and arithmetic with it overflow: the branch says so itself.
        """
        beside: set[str] = set()
        for other in either.branches:
            if other is not branch:
                beside |= empty(other)
        guards = [
            core.Comparison(
                "!=",
                core.Variable(name),
                constant(None, self.typer.types.get(name, UNKNOWN)),
                span=either.span,
            )
            for name in sorted(beside - guarded(branch))
            if self.typer.types.get(name, UNKNOWN).optional and _risky(name, branch)
        ]
        return (*guards, *self.body(branch))


def _risky(name: str, branch: Sequence[syntax.Literal]) -> bool:
    """Whether a branch could hold, or fail loudly, where a variable is `none`."""
    for literal in everywhere(branch):
        match literal:
            case syntax.Comparison():
                smaller = literal.left if literal.op in {"<", "<="} else literal.right
                if literal.op not in {"=", "!="} and _is(smaller, name):
                    return True
                for side in (literal.left, literal.right):
                    if isinstance(side, syntax.Arithmetic | syntax.Shift) and any(
                        v.name == name for v in variables_in(operands(side))
                    ):
                        return True
            case syntax.Atom() | syntax.Not():
                if any(v.name == name for v in variables(literal)):
                    return True
            case _:
                pass
    return False


def _is(expression: syntax.Expression, name: str) -> bool:
    return isinstance(expression, syntax.Variable) and expression.name == name
