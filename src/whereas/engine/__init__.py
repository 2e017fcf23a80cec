"""The engine: a checked policy and a fact base into a model.

`solve` fills one table for each derived relation, in the order of the policy's
components, with one loop (`fixpoint`) over one of three stores (`sql_store` for
SQLite and DuckDB, `pydatalog`), and `certify` vouches for the result. `again.Again`
solves a small fact base anew after each change. Who only reads a model imports none
of this: a name is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from whereas.engine.certificate import Certificate, certify
    from whereas.engine.engines import ENGINES, solve, undo
    from whereas.engine.model import Model

__all__ = ["ENGINES", "Certificate", "Model", "certify", "solve", "undo"]

# No name is that of a module: Python would put the module in its place.
_HOMES = {
    "ENGINES": "engines",
    "Certificate": "certificate",
    "Model": "model",
    "certify": "certificate",
    "solve": "engines",
    "undo": "engines",
}


def __getattr__(name: str) -> Any:
    """Import a name from its module when it is first used."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module `whereas.engine` has no attribute `{name}`")
    found = getattr(importlib.import_module(f"whereas.engine.{home}"), name)
    globals()[name] = found
    return found
