"""The facts of a proof: a stated one at its row, a derived one by its rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whereas.checker.claims import Claims, Fact
from whereas.checker.conditions import Conditions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from whereas.checker.fact_files import FactFiles
    from whereas.checker.naive_model import NaiveModel
    from whereas.values import Value

Said = dict[str, Any]


class Steps:
    """The facts of a proof by number, and what each rests on."""

    def __init__(
        self,
        claims: Claims,
        model: NaiveModel,
        files: FactFiles,
        said: Sequence[Said],
    ) -> None:
        """Read the facts; nothing is checked yet but that they can be facts."""
        self.claims = claims
        self.model = model
        self.files = files
        self.said = said
        self.facts = [
            self._fact(f"/steps/{n}", *one["fact"]) for n, one in enumerate(said)
        ]
        self._below: list[set[int]] = [set() for _ in said]

    def _fact(self, at: str, name: Any, *values: Any) -> Fact | None:
        relation = self.model.policy.relations.get(name)
        if relation is None:
            self.claims.reject(f"{at}/relation", "the policy has no such relation")
            return None
        if len(values) != relation.arity:
            words = f"`{name}` has {relation.arity} columns"
            self.claims.reject(f"{at}/values", words)
            return None
        row: list[Value] = []
        for place, (said, column) in enumerate(
            zip(values, relation.columns, strict=True)
        ):
            row += self.claims.value(f"{at}/values/{place}", said, column.type)
        return Fact(name, tuple(row)) if len(row) == relation.arity else None

    def fact(self, at: str, number: int) -> Fact | None:
        """Return the fact of a number; one that has no step is rejected."""
        if number < len(self.said) and self.said[number].keys() & {"row", "rule"}:
            return self.facts[number]
        self.claims.reject(at, "there is no such fact with a step")
        return None

    def check(self) -> None:
        """Check every step, and that no fact rests on itself."""
        for number, (fact, said) in enumerate(zip(self.facts, self.said, strict=True)):
            at = f"/steps/{number}/step"
            if fact is None:
                continue
            if "row" in said:
                self._stated(at, said, fact)
            elif "rule" in said:
                self._derived(at, said, number, fact)
                for place, other in enumerate(said.get("others", ())):
                    self._derived(f"{at}/others/{place}", other, number, fact)
            elif fact.row not in self.model.rows(fact.relation):
                # It is no premise of anything.
                self.claims.reject(at, f"{fact} does not hold")
        for number in self._circles():
            at = f"/steps/{number}/step"
            self.claims.reject(at, "it rests on itself, or on a fact that does")

    def _stated(self, at: str, said: Said, fact: Fact) -> None:
        row = self.model.stated.get(fact.relation, {}).get(fact.row)
        if row is None:
            self.claims.reject(at, f"{fact} is not among the facts")
            return
        self.claims.equal(f"{at}/row", said["row"], row)
        if "as_written" in said:
            cells = said["as_written"]
            self.files.check_cells(self.claims, f"{at}/as_written", cells, fact, row)

    def _derived(self, at: str, said: Said, number: int, fact: Fact) -> None:
        def premise(where: str, other: int) -> Fact | None:
            found = self.fact(where, other)
            if found is not None:
                self._below[number].add(other)
            return found

        Conditions(self.claims, self.model, premise).step(at, said, fact)

    def _circles(self) -> list[int]:
        """Return what is left when all that rests on settled facts is settled."""
        above: list[list[int]] = [[] for _ in self.facts]
        for number, premises in enumerate(self._below):
            for premise in premises:
                above[premise].append(number)
        waits = [len(premises) for premises in self._below]
        settled = [number for number, count in enumerate(waits) if not count]
        for number in settled:  # it grows while it is read
            for next_ in above[number]:
                waits[next_] -= 1
                if not waits[next_]:
                    settled.append(next_)
        return [number for number, count in enumerate(waits) if count]

    def rules_below(self, numbers: Iterable[int]) -> set[str]:
        """Return the labels of the rules by which some facts are proved."""
        waiting = [one for one in numbers if one < len(self.said)]
        reached = {*waiting}
        for number in waiting:  # it grows while it is read
            waiting += self._below[number] - reached
            reached |= self._below[number]
        said: Iterable[Mapping[str, Any]] = (self.said[number] for number in reached)
        return {one["rule"] for one in said if "rule" in one}
