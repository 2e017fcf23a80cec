"""The words of a goal, `complete("F-001")`, into the fact that it asks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from whereas.diagnostics import UsageError
from whereas.policy.core import Atom, Constant, Parameter, Variable
from whereas.policy.query import check_query

if TYPE_CHECKING:
    from whereas.explain import Fact, Pattern
    from whereas.policy.core import Policy


def is_goal(words: tuple[str, ...]) -> bool:
    """Whether the words are an atom, and no case."""
    return len(words) == 1 and re.match(r"\s*[a-z]\w*\s*\(", words[0]) is not None


def pattern_of(policy: Policy, words: str) -> tuple[str, Pattern]:
    """Return a goal whose columns may be left open, with `_` or a variable."""
    from whereas.explain.proof import ANY

    asked, answer = check_query(policy, words)
    (rule,) = asked.rules_of(answer.relation)
    match rule.body:
        case (Atom(relation, terms),):
            names = [term for term in terms if isinstance(term, Variable)]
            fixed = all(not isinstance(term, Parameter) for term in terms)
            if fixed and len(set(names)) == len(names):
                return relation, tuple(
                    term.value if isinstance(term, Constant) else ANY for term in terms
                )
    raise UsageError(
        f"`{words}` is no single atom; `why-not` asks for a relation with its values,"
        " and `_` for any"
    )


def goal_of(policy: Policy, words: str) -> Fact:
    """Return the fact; it is checked as any query is, and must have no variables."""
    from whereas.explain import Fact

    asked, answer = check_query(policy, words)
    (rule,) = asked.rules_of(answer.relation)
    match rule.body:
        case (Atom(relation, terms),):
            values = [term.value for term in terms if isinstance(term, Constant)]
            if len(values) == len(terms):
                return Fact(relation, tuple(values))
    raise UsageError(
        f"`{words}` is no atom without variables, which `why` asks for;"
        " `whereas query` finds the values"
    )
