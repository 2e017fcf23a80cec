"""Decide the same small fact base many times over, as its rows are changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.engine.fixpoint import Watch, fixpoint
from whereas.engine.model import Limits, Model
from whereas.engine.sql_store import SqlStore

if TYPE_CHECKING:
    from whereas.facts.base import FactBase
    from whereas.policy.core import Policy, Setting


@dataclass(frozen=True, slots=True)
class Again:
    """A compiled policy over one fact base, ready to be solved after each change.

    One engine, no certificate: for one case after the other (`explain.anew`), for
    repairs and what-ifs.
    """

    model: Model
    store: SqlStore
    limits: Limits

    @staticmethod
    def of(
        policy: Policy,
        facts: FactBase,
        setting: Setting,
        limits: Limits = Limits(),  # noqa: B008  # a frozen value
    ) -> Again:
        """Compile a policy for a fact base."""
        store = SqlStore(policy, setting, facts.database)
        model = Model(policy, facts, setting, (store.name,), certified=False)
        return Again(model, store, limits)

    def solve(self) -> Model:
        """Return the model of the fact base as it is now."""
        self.store.forget()
        fixpoint(self.model.policy.components, self.store, Watch(self.limits))
        return self.model
