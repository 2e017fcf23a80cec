"""Policy as code that states its reasons.

    >>> import whereas
    >>> policy = whereas.load_policy("policy/nmpa-summary")
    >>> facts = whereas.load_facts("facts/demo", policy)
    >>> decisions = whereas.decide(policy, facts)
    >>> print(whereas.why(decisions.model, "B-033").text())  # doctest: +SKIP

The functions are those of `whereas.api`, the types those that they return. What is
wrong with an input is raised as `Invalid`, with every diagnostic. Nothing is
imported before it is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from whereas.api import (
        Answers,
        Contrast,
        Differences,
        Reasons,
        RepairResult,
        WhatIfResult,
        WhyNot,
        checklist,
        contrast,
        decide,
        diff,
        doc,
        explanations,
        graph,
        groups,
        load_facts,
        load_policy,
        query,
        repair,
        robustness,
        verify,
        what_if,
        why,
        why_not,
    )
    from whereas.budget import Limits, limited
    from whereas.checker import Verdict
    from whereas.diagnostics import (
        Diagnostic,
        IntegrityError,
        Invalid,
        LimitExceeded,
        NothingSelected,
        UsageError,
        WhereasError,
    )
    from whereas.engine import Model
    from whereas.explain import Decision, Decisions
    from whereas.facts import FactBase
    from whereas.policy import Policy

__all__ = [
    "Answers",
    "Contrast",
    "Decision",
    "Decisions",
    "Diagnostic",
    "Differences",
    "FactBase",
    "IntegrityError",
    "Invalid",
    "LimitExceeded",
    "Limits",
    "Model",
    "NothingSelected",
    "Policy",
    "Reasons",
    "RepairResult",
    "UsageError",
    "Verdict",
    "WhatIfResult",
    "WhereasError",
    "WhyNot",
    "checklist",
    "contrast",
    "decide",
    "diff",
    "doc",
    "explanations",
    "graph",
    "groups",
    "limited",
    "load_facts",
    "load_policy",
    "query",
    "repair",
    "robustness",
    "verify",
    "what_if",
    "why",
    "why_not",
]

_HOMES = {
    "RepairResult": "api",
    "Answers": "api",
    "WhatIfResult": "api",
    "Contrast": "api",
    "Decision": "explain",
    "Decisions": "explain",
    "Diagnostic": "diagnostics",
    "Differences": "api",
    "FactBase": "facts",
    "IntegrityError": "diagnostics",
    "Invalid": "diagnostics",
    "LimitExceeded": "diagnostics",
    "Limits": "budget",
    "Model": "engine",
    "NothingSelected": "diagnostics",
    "Policy": "policy",
    "Reasons": "api",
    "UsageError": "diagnostics",
    "Verdict": "checker",
    "WhereasError": "diagnostics",
    "WhyNot": "api",
    "checklist": "api",
    "contrast": "api",
    "decide": "api",
    "diff": "api",
    "doc": "api",
    "explanations": "api",
    "graph": "api",
    "groups": "api",
    "limited": "budget",
    "load_facts": "api",
    "load_policy": "api",
    "query": "api",
    "robustness": "api",
    "repair": "api",
    "verify": "api",
    "what_if": "api",
    "why": "api",
    "why_not": "api",
}


def __getattr__(name: str) -> Any:
    """Import a name from its room when it is first used."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module `whereas` has no attribute `{name}`")
    found = getattr(importlib.import_module(f"whereas.{home}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted({*globals(), *__all__})
