"""The steps of a document: a stated fact at its row, a derived one by its rule."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from whereas.checker.bodies import names
from whereas.checker.cells import means
from whereas.checker.claims import Claims, Fact
from whereas.checker.premises import Instance
from whereas.policy.core import Aggregate, Atom, Comparison, Either
from whereas.values import written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from whereas.checker.world import Substitution, World
    from whereas.facts.base import FactBase
    from whereas.policy.core import Literal
    from whereas.values import Value


class Steps:
    """The facts of a document by number, and what each rests on."""

    def __init__(
        self,
        claims: Claims,
        world: World,
        facts: FactBase,
        document: Mapping[str, Any],
    ) -> None:
        """Read the facts; nothing is checked yet but that they can be facts."""
        self.claims = claims
        self.world = world
        self.facts = facts
        self.said: Sequence[Mapping[str, Any]] = document["steps"]
        self.folder = PurePath(document["facts"]["path"])
        self.rules = {rule.label: rule for rule in world.policy.rules}
        self.known = [
            self._fact(f"/steps/{n}", n, one) for n, one in enumerate(self.said)
        ]
        self.below: list[set[int]] = [set() for _ in self.known]

    def _fact(self, at: str, number: int, said: Mapping[str, Any]) -> Fact | None:
        self.claims.equal(f"{at}/number", said["number"], number)
        relation = self.world.policy.relations.get(said["relation"])
        if relation is None:
            self.claims.reject(f"{at}/relation", "the policy has no such relation")
            return None
        if len(said["values"]) != relation.arity:
            words = f"`{relation.name}` has {relation.arity} columns"
            self.claims.reject(f"{at}/values", words)
            return None
        row: list[Value] = []
        for place, column in enumerate(relation.columns):
            value = said["values"][place]
            row += self.claims.value(f"{at}/values/{place}", value, column.type)
        return Fact(relation.name, tuple(row)) if len(row) == relation.arity else None

    def proved(self, at: str, number: int) -> Fact | None:
        """Return a fact that has a step of its own; without one it is rejected."""
        if number < len(self.known) and self.said[number]["step"] is not None:
            return self.known[number]
        self.claims.reject(at, "there is no such fact with a step")
        return None

    def check(self) -> None:
        """Check every step, and that no fact rests on itself."""
        for number, fact in enumerate(self.known):
            said, at = self.said[number]["step"], f"/steps/{number}/step"
            if fact is None:
                continue
            if said is None:
                # An attempt found it; it is no premise of anything.
                if fact.row not in self.world.rows(fact.relation):
                    self.claims.reject(at, f"{fact} does not hold")
            elif said["kind"] == "stated":
                self._stated(at, said, fact)
            elif said["kind"] == "supposed":
                self.claims.reject(at, f"{fact} is supposed: no file states it")
            else:
                self._derived(at, said, number, fact)
                for place, other in enumerate(said["others"]):
                    self._derived(f"{at}/others/{place}", other, number, fact)
        for number in self._circles():
            at = f"/steps/{number}/step"
            self.claims.reject(at, "what it rests on goes in a circle")

    def _stated(self, at: str, said: Mapping[str, Any], fact: Fact) -> None:
        if fact.relation not in self.world.stated:
            self.claims.reject(at, f"`{fact.relation}` is derived: it has no file")
            return
        self.claims.equal(f"{at}/file", said["file"], self.file(fact.relation))
        sheet = self.facts.files[fact.relation].sheet
        self.claims.equal(f"{at}/sheet", said["sheet"], sheet)
        place = self.world.stated[fact.relation].get(fact.row)
        if place is None:
            self.claims.reject(at, f"{fact} is not among the facts")
            return
        self.claims.equal(f"{at}/row", said["row"], place)
        if "as_written" in said:
            self._as_written(f"{at}/as_written", said["as_written"], fact, place)

    def _as_written(
        self, at: str, said: Mapping[str, str], fact: Fact, row: int
    ) -> None:
        """Check the cells that are quoted: they stand there, and mean the values."""
        columns = self.world.policy.relations[fact.relation].columns
        cells = self.facts.originals.of(fact.relation, row)
        found = {str(columns[place].name): cell for place, cell in cells.items()}
        self.claims.equal(at, dict(said), found)
        for place, cell in cells.items():
            value = fact.row[place]
            if not means(cell, value, columns[place]):
                words = f"{cell!r} does not mean {written(value)}"
                self.claims.reject(f"{at}/{columns[place].name}", words)

    def file(self, relation: str) -> str | None:
        """Return a fact file's name, in the folder that the document names."""
        if relation not in self.world.stated:
            return None
        name = PurePath(self.facts.files[relation].name)
        inside = name.is_relative_to(self.facts.path)
        return str(self.folder / name.relative_to(self.facts.path) if inside else name)

    def _derived(
        self, at: str, said: Mapping[str, Any], number: int, fact: Fact
    ) -> None:
        """Check that a rule, under a substitution, gives a fact."""
        rule = self.rules.get(said["rule"])
        if rule is None:
            self.claims.reject(f"{at}/rule", "the policy has no such rule")
            return
        if set(said["substitution"]) != set(_bound(rule.body)):
            words = f"these are not the variables of `{rule.label}`"
            self.claims.reject(f"{at}/substitution", words)
            return
        found: Substitution = {}
        for name, one in said["substitution"].items():
            place = f"{at}/substitution/{name}"
            for value in self.claims.value(place, one, rule.types[name]):
                found[name] = value
        if len(found) < len(said["substitution"]):
            return
        given = Fact(*self.world.ground(rule.head, found))
        if given != fact:
            self.claims.reject(f"{at}/rule", f"the rule gives {given}, not {fact}")

        def premise(where: str, other: int) -> Fact | None:
            premised = self.proved(where, other)
            if premised is not None:
                self.below[number].add(other)
            return premised

        instance = Instance(self.claims, self.world, rule, premise, self.file)
        instance.body(f"{at}/premises", rule.body, said["premises"], found)

    def _circles(self) -> list[int]:
        """Return what is left when all that rests on settled facts is settled."""
        above: list[list[int]] = [[] for _ in self.known]
        for number, premises in enumerate(self.below):
            for premise in premises:
                above[premise].append(number)
        waits = [len(premises) for premises in self.below]
        settled = [number for number, count in enumerate(waits) if not count]
        for number in settled:  # it grows while it is read
            for next_ in above[number]:
                waits[next_] -= 1
                if not waits[next_]:
                    settled.append(next_)
        return [number for number, count in enumerate(waits) if count]


def _bound(body: Sequence[Literal]) -> Iterator[str]:
    """Yield the variables that a rule's instance gives values."""
    for literal in body:
        match literal:
            case Atom():
                yield from names(literal)
            case Either(binds=binds):
                yield from binds
            case Comparison(binds=name) | Aggregate(binds=name) if name is not None:
                yield name
