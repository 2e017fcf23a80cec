"""A proof, a policy and facts into a verdict: each step accepted or rejected.

It shares no line with what it checks: neither an engine nor the explainer is
imported. Read it in the order of what rests on what:

    document       the file, held against the published schema
    bodies         what a rule's body needs, and in which order it can be read
    world          what the rules say over the facts, by naive evaluation
    premises       a rule instance, literal by literal
    steps          a fact at its row, a fact by its rule, and no circles
    tries          what comes nearest to a goal that does not hold
    attempts       what a refusal says of that, condition by condition
    ids            what held, what failed, and what an outcome rests on
    explanations   lines for many cases, made whole again
    verify         what stands around the steps: hashes, case, outcome, what is shown
"""

from __future__ import annotations

from whereas.checker.claims import Rejection
from whereas.checker.document import read_document
from whereas.checker.explanations import read_heading
from whereas.checker.verify import Verdict, verify, verify_folder

__all__ = [
    "Rejection",
    "Verdict",
    "read_document",
    "read_heading",
    "verify",
    "verify_folder",
]
