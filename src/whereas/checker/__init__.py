"""A proof, a policy and facts into a verdict: each step accepted or rejected.

It shares no line with what it checks: neither an engine nor the explainer is
imported. Read it in the order of what it trusts: `document` (the file against the
published schema), `world` (what the rules and facts say, by naive evaluation), and
`verify` (each claim of the file against the world).
"""

from __future__ import annotations

from whereas.checker.document import read_document
from whereas.checker.verify import Rejection, Verdict, verify

__all__ = ["Rejection", "Verdict", "read_document", "verify"]
