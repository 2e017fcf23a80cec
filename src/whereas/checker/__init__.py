"""A written proof, with its policy and facts, into a verdict: accepted or rejected.

It shares no line with what it checks: neither an engine nor the explainer is
imported. Read it in this order; what an accepted proof guarantees is said in
docs/reference/verify.md:

    document       the file, held against the published schema
    claims         JSON values, and the list of what is rejected
    bodies         the literals of a rule: variables, order, text
    naive_model    what the rules say over the facts
    attempts       attempts at a goal that does not hold, and the nearest
    conditions     a rule with its conditions, literal by literal
    steps          a fact at its row, a fact by its rule, and no circles
    ids            what held, what failed, and what an outcome rests on
    fact_files     how a proof names files, and quotes cells
    compact        what a proof repeats from the policy, compared and dropped
    explanations   the folder of `decide --explain`
    verify         what stands around the steps: hashes, case, outcome, what is shown
"""

from __future__ import annotations

from whereas.checker.claims import Rejection
from whereas.checker.document import read_document
from whereas.checker.explanations import read_heading
from whereas.checker.verify import Checker, Verdict, verify

__all__ = [
    "Checker",
    "Rejection",
    "Verdict",
    "read_document",
    "read_heading",
    "verify",
]
