"""The engine: a checked policy and a fact base into a model.

`solve` fills one table for each derived relation, in the order of the policy's
components, with one loop (`fixpoint`) over one of three stores.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from whereas.engine.fixpoint import Watch, fixpoint
from whereas.engine.model import Limits, Model
from whereas.engine.sql_store import SqlStore

if TYPE_CHECKING:
    from whereas.facts.base import FactBase
    from whereas.policy.core import Policy, Setting

__all__ = ["Limits", "Model", "solve"]


def solve(
    policy: Policy,
    facts: FactBase,
    setting: Setting,
    *,
    engine: str = "auto",
    limits: Limits = Limits(),  # noqa: B008  # a frozen value
    certify: bool | None = None,
    progress: Callable[[str], None] | None = None,
) -> Model:
    """Return the model of a policy over facts, under a setting.

    A model is good until the next `solve` over the same fact base.
    """
    store = SqlStore(policy, setting, facts.database)
    fixpoint(policy.components, store, Watch(limits), progress)
    return Model(policy, facts, setting, (store.name,), certified=False)
