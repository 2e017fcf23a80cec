"""Explanations: a model and a goal into a proof, a blockage, decisions.

What is asked often of one model is asked through one `Explainer`, which keeps its
compiled queries; every function takes it in place of a model.
"""

from __future__ import annotations

from whereas.explain.decide import decide
from whereas.explain.decisions import Decisions
from whereas.explain.explainer import PROOFS_SHOWN, ROWS_SHOWN, Explainer
from whereas.explain.justify import Justification, justify, shown
from whereas.explain.proof import (
    ANY,
    Blockage,
    Decision,
    Fact,
    Pattern,
    Proof,
)
from whereas.explain.reason_values import DEPTH, blockage, prove
from whereas.explain.store import open_saved, save

__all__ = [
    "ANY",
    "DEPTH",
    "PROOFS_SHOWN",
    "ROWS_SHOWN",
    "Blockage",
    "Decision",
    "Decisions",
    "Explainer",
    "Fact",
    "Justification",
    "Pattern",
    "Proof",
    "blockage",
    "decide",
    "justify",
    "open_saved",
    "prove",
    "save",
    "shown",
]
