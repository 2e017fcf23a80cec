"""A random program in the policy language: the whole front comes before the engines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from whereas.policy.core import (
    Aggregate,
    Arithmetic,
    Atom,
    Comparison,
    Constant,
    Either,
    Literal,
    Membership,
    Not,
    Variable,
)

if TYPE_CHECKING:
    from tests.engine.programs import Program

MANIFEST = """\
[policy]
id = "random"
version = "1"
languages = ["en"]
title = { en = "Random" }
"""


def written(program: Program) -> str:
    """Return a program as an author would write it."""
    lines = []
    for name, one in program.policy.relations.items():
        if one.stated:
            names = ", ".join(f"c{n}: integer" for n in range(one.arity))
            lines.append(f"input {name}({names}) closed.")
    for rule in program.policy.rules:
        body = ", ".join(map(_literal, rule.body))
        lines.append(f"{_atom(rule.head)}{' :- ' if body else ''}{body}.")
    return "# Rules\n\n```datalog\n" + "\n".join(lines) + "\n```\n"


def lay_down(program: Program, folder: Path) -> Path:
    """Write a program as a policy package."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "policy.toml").write_text(MANIFEST, encoding="utf-8")
    (folder / "rules.md").write_text(written(program), encoding="utf-8")
    return folder


def _expression(one: object) -> str:
    match one:
        case Variable(name):
            return "_" if name.startswith("_") else name
        case Constant(value):
            return "none" if value is None else str(value)
        case Arithmetic(op, left, right):
            return f"{_expression(left)} {op} {_expression(right)}"
    raise AssertionError(one)


def _atom(one: Atom) -> str:
    return f"{one.relation}({', '.join(map(_expression, one.terms))})"


def _literal(one: Literal) -> str:
    match one:
        case Atom():
            return _atom(one)
        case Not(atom):
            return f"not {_atom(atom)}"
        case Comparison(op, left, right):
            return f"{_expression(left)} {op} {_expression(right)}"
        case Membership(term, members, negated):
            listed = ", ".join(map(_expression, members))
            word = "not " if negated else ""
            return f"{word}{_expression(term)} in {{{listed}}}"
        case Either(branches):
            ways = (", ".join(map(_literal, branch)) for branch in branches)
            return f"( {' ; '.join(ways)} )"
        case Aggregate(target, function, term, body):
            of = "" if term is None else f" {_expression(term)}"
            inner = ", ".join(map(_literal, body))
            return f"{_expression(target)} = {function}{of} {{ {inner} }}"
