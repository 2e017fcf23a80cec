"""The engine: a checked policy and a fact base into a model.

`solve` fills one table for each derived relation, in the order of the policy's
components, with one loop (`fixpoint`) over one of three stores (`sql_store` for
SQLite and DuckDB, `pydatalog`), and `certify` vouches for the result. For one case
of a large model, `slice.slice_for` copies what its question reaches, and
`again.Again` solves a small fact base anew after each change.
"""

from __future__ import annotations

from whereas.engine.certificate import Certificate, certify
from whereas.engine.model import Limits, Model
from whereas.engine.solve import ENGINES, solve, undo

__all__ = ["ENGINES", "Certificate", "Limits", "Model", "certify", "solve", "undo"]
