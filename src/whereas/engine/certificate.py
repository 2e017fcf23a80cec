"""Certify a model: closed and founded, by a plain join over its finished tables.

For a stratified program a set of rows is the one right model exactly when it is
*closed* (every rule instance whose body holds has its head in it) and *founded*
(every derived row has an instance whose premises have earlier rank). What vouches
for a model here shares nothing with what compiled, planned or joined it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.diagnostics import IntegrityError
from whereas.engine.bodies import encoder
from whereas.engine.instances import Bindings, Instances
from whereas.engine.ranked import ranked, row_shown
from whereas.policy.core import Atom, Component, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from whereas.engine.model import Model
    from whereas.facts.database import Row

# Up to so many rows, stated and derived, every model is certified unasked.
ALWAYS = 50_000


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was looked at: so many derived rows, by so many rule instances."""

    rows: int
    instances: int


def certify(model: Model) -> Certificate:
    """Return a model's certificate, or raise `IntegrityError` at its first flaw."""
    policy = model.policy
    ranks = ranked(policy, model.database)
    stored = encoder(model.setting, model.database.intern)
    instances = Instances(ranks, stored, policy.month_end)
    rows = counted = 0
    for component in policy.components:
        found: dict[tuple[str, Row], int] = {}
        for rule in component.rules:
            for premises, head in _instances(instances, component, rule):
                counted += 1
                if head not in ranks[rule.head.relation]:
                    shown = row_shown(model, rule.head.relation, head)
                    raise IntegrityError(
                        f"the model is not closed: rule `{rule.label}` gives "
                        f"`{shown}`, which is missing"
                    )
                came = 1 + max((ranks[name][row] for name, row in premises), default=0)
                key = (rule.head.relation, head)
                found[key] = min(found.get(key, came), came)
        for name in component.relations:
            rows += len(ranks[name])
            for row, rank in sorted(ranks[name].items()):
                least = found.get((name, row))
                if least is None or (component.recursive and least != rank):
                    raise IntegrityError(_unfounded(model, name, row, rank, least))
    return Certificate(rows, counted)


def _instances(
    instances: Instances, component: Component, rule: Rule
) -> Iterator[tuple[list[tuple[str, Row]], Row]]:
    """Yield for each instance its premises of the same component, and its head."""

    def row_of(atom: Atom) -> Callable[[Bindings], Row]:
        terms = [instances.reader(term) for term in atom.terms]
        return lambda bindings: tuple([term(bindings) or 0 for term in terms])

    head = row_of(rule.head)
    for _, literals in rule.conjunctions():
        atoms = [one for one in literals if isinstance(one, Atom)]
        if any(not instances.rows[one.relation] for one in atoms):
            continue
        premises = [
            (atom.relation, row_of(atom))
            for atom in atoms
            if atom.relation in component.relations
        ]
        for bindings in instances.of(literals):
            yield (
                [(relation, row(bindings)) for relation, row in premises],
                head(bindings),
            )


def _unfounded(model: Model, name: str, row: Row, rank: int, least: int | None) -> str:
    labels = ", ".join(f"`{rule.label}`" for rule in model.policy.rules_of(name))
    shown = row_shown(model, name, row)
    if least is None:
        return f"the model is not founded: no instance of {labels} gives `{shown}`"
    return (
        f"the model is not founded: `{shown}` has round {rank}, "
        f"but {labels} gives it in round {least}"
    )
