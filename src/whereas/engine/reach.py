"""Arithmetic beyond what can be stored: the diagnostic, and whether SQL reaches it.

A calculation is reached by the rows in which all positive atoms of its body are
joined, whatever else the body tests: so the answer is the same in every engine,
and for every order in which a planner evaluates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Invalid
from whereas.engine.bodies import Body, Compiler
from whereas.engine.dialect import NONE_SQL
from whereas.engine.names import (
    calculations,
    expression_variables,
    without_alternatives,
)
from whereas.policy.core import Aggregate, Arithmetic, Atom, Comparison, Literal, Shift

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from whereas.engine.bounds import Bounds
    from whereas.policy.core import Rule


Faulty = Arithmetic | Shift | Aggregate


def unstorable(rule: Rule, what: Faulty) -> Invalid:
    """Return the error of a calculation whose result cannot be stored."""
    if isinstance(what, Shift):
        diagnostic = Diagnostic(
            Code.DATE_OUT_OF_RANGE,
            f"a date calculated in rule `{rule.label}` leaves the years 1 to 9999",
            at=rule.span,
            help="bound the number of days or months that is added",
        )
    else:
        diagnostic = Diagnostic(
            Code.NUMBER_TOO_LARGE,
            f"a number calculated in rule `{rule.label}` has more than 18 digits",
            at=rule.span,
            help="bound the numbers that the rule calculates with",
        )
    return Invalid([diagnostic])


def risks(literals: Sequence[Literal]) -> list[tuple[tuple[Literal, ...], Faulty]]:
    """Return what a conjunction calculates, each with what is joined when it does.

    That is the positive atoms and what they let other literals bind; within an
    aggregate, the atoms of its body besides.
    """
    joined = tuple(one for one in literals if isinstance(one, Atom) or _binds(one))
    found: list[tuple[tuple[Literal, ...], Faulty]] = []
    for literal in literals:
        found += [(joined, one) for one in calculations(literal)]
        if isinstance(literal, Aggregate):
            if literal.function == "sum":
                found.append((joined, literal))
            for body in without_alternatives(literal.body, lambda _: True):
                for inner, what in risks(body):
                    found.append(((*joined, *inner), what))
    return found


def _binds(literal: Literal) -> bool:
    return isinstance(literal, Comparison | Aggregate) and literal.binds is not None


def refuse_unstorable(
    compiler: Compiler,
    bounds: Bounds,
    rule: Rule,
    literals: Sequence[Literal],
    growing: Sequence[str],
    *,
    fresh: str | None = None,
) -> None:
    """Raise `Invalid` if a conjunction of a rule reaches such a calculation.

    `literals` have no alternatives, `growing` are the relations of its component
    if that is recursive. With `fresh` (a test of rounds, `= 4`) only what the rows
    of these rounds reach is looked at: the others' was, when they were new.
    """
    for joined, what in risks(literals):
        if bounds.storable(what, joined, growing):
            continue
        places = [
            place
            for place, one in enumerate(joined)
            if isinstance(one, Atom) and one.relation in growing
        ]
        for rounds in [{p: fresh} for p in places] if fresh else [{}]:
            _refuse(compiler, bounds, rule, joined=joined, what=what, rounds=rounds)


def _refuse(
    compiler: Compiler,
    bounds: Bounds,
    rule: Rule,
    *,
    joined: Sequence[Literal],
    what: Faulty,
    rounds: Mapping[int, str],
) -> None:
    """Raise `Invalid` if the rows of some rounds reach a calculation."""
    body = Body(compiler, partial=True).add(joined, rounds)
    if isinstance(what, Aggregate):
        value, operands = body.aggregate(what), []
    else:
        value = compiler.value(what, body.variables)
        names = dict.fromkeys(expression_variables(what))
        operands = [body.variables[name] for name in names]
    body.conditions.append(f"({value}) IS NULL")
    # What has no value itself is another's fault, or filtered by `!= none`.
    body.conditions += [
        f"nullif({operand}, {NONE_SQL}) IS NOT NULL" for operand in operands
    ]
    if bounds.database.query(f"SELECT 1 {body.source()} LIMIT 1"):
        raise unstorable(rule, what)
