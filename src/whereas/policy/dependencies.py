"""Says which relations of a policy rest on which, with strata and recursion.

A relation reads those that stand in the bodies of its rules. A stratum is a level
that is complete before the next one negates or counts it: inputs and all that reads
them without `not` and without an aggregate are stratum 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.policy.core import Aggregate, Atom, Either, Literal, Not

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from whereas.policy.core import Policy


@dataclass(frozen=True, slots=True)
class Dependency:
    """Rules of `reader` read `read`; `how` is empty, `not`, or an aggregate.

    `rules` are the labels of those rules, in their order.
    """

    reader: str
    read: str
    how: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The relations of a policy, in the order of evaluation, and what each reads.

    `relations` has the inputs first. `recursive` are those that rest on themselves.
    """

    relations: tuple[str, ...]
    reads: tuple[Dependency, ...]
    strata: Mapping[str, int]
    recursive: frozenset[str]

    def below(self, roots: Sequence[str]) -> frozenset[str]:
        """Return the relations that some rest on, themselves included."""
        return self._reached(roots, {})

    def above(self, roots: Sequence[str]) -> frozenset[str]:
        """Return the relations that rest on some, themselves included."""
        return self._reached(roots, {}, backwards=True)

    def _reached(
        self,
        roots: Sequence[str],
        following: dict[str, list[str]],
        *,
        backwards: bool = False,
    ) -> frozenset[str]:
        for one in self.reads:
            first, second = one.reader, one.read
            if backwards:
                first, second = second, first
            following.setdefault(first, []).append(second)
        found = set(roots)
        work = list(roots)
        while work:
            for name in following.get(work.pop(), ()):
                if name not in found:
                    found.add(name)
                    work.append(name)
        return frozenset(found)


def dependencies(policy: Policy) -> Dependencies:
    """Return what each relation of a policy reads, and in which stratum it stands."""
    rules: dict[tuple[str, str, str], dict[str, None]] = {}
    for rule in policy.rules:
        for read, how in _read(rule.body, ""):
            edge = (rule.head.relation, read, how)
            rules.setdefault(edge, {})[rule.label] = None
    inputs = [one.name for one in policy.relations.values() if one.stated]
    derived = [name for part in policy.components for name in part.relations]
    strata = dict.fromkeys(inputs, 0)
    reads: dict[str, list[tuple[str, str]]] = {}
    for reader, read, how in rules:
        reads.setdefault(reader, []).append((read, how))
    for part in policy.components:
        # What a component negates or counts lies in earlier ones.
        level = max(
            (
                strata[read] + bool(how)
                for name in part.relations
                for read, how in reads.get(name, ())
                if read in strata
            ),
            default=0,
        )
        strata |= dict.fromkeys(part.relations, level)
    recursive = frozenset(
        name for part in policy.components if part.recursive for name in part.relations
    )
    return Dependencies(
        (*inputs, *derived),
        tuple(
            Dependency(reader, read, how, tuple(labels))
            for (reader, read, how), labels in rules.items()
        ),
        strata,
        recursive,
    )


def _read(body: Sequence[Literal], how: str) -> Iterator[tuple[str, str]]:
    for literal in body:
        match literal:
            case Atom(relation):
                yield relation, how
            case Not(atom):
                yield atom.relation, how or "not"
            case Either(branches):
                for branch in branches:
                    yield from _read(branch, how)
            case Aggregate():
                yield from _read(literal.body, literal.function)
            case _:
                pass
