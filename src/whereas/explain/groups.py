"""Decisions into groups that were decided for the same reason, the largest first.

Cases whose wanted outcome holds are grouped by what held. Of the others the nearest
attempt counts: which conditions it does not meet, which rows these lack, and the
names in them that several cases share ("no evidence for site S-2"); what only one
case says is left out. It is read from the explanations, so all cases are asked at
once.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from whereas.explain.proof import ANY, Any_
from whereas.explain.wholesale import explanations
from whereas.policy.core import Atom, Variable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from whereas.explain.decisions import Decisions
    from whereas.explain.explainer import Explainer
    from whereas.explain.proof import Decision, Pattern
    from whereas.policy.core import Literal, Policy, Rule
    from whereas.values import Value

# A goal's attempts, and those at what it lacks.
LEVELS = 2


@dataclass(frozen=True, slots=True)
class Lack:
    """What a group's cases lack: a literal of a rule that is not met.

    `pattern` has the names that the cases share, of what a positive atom looks for
    (`relation`; None for any other literal). Of a derived one `below` are the rows
    that its nearest rule lacks in turn, and `named` the things that this rule speaks
    of: relation, column, and the name that the cases share.
    """

    rule: Rule
    literal: int
    relation: str | None
    pattern: Pattern
    named: tuple[tuple[str, int, Value | Any_], ...] = ()
    below: tuple[Lack, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Cases decided for one reason, in the order of the facts."""

    outcome: str | None
    held: tuple[str, ...]
    failed: tuple[str, ...]
    lacks: tuple[Lack, ...]
    cases: tuple[Decision, ...]


# A lack as it was read: the rule and the place of its literal, the nearest rule below,
# the names that it says, and what it lacks in turn.
_Read = tuple[str, int, str, tuple[Any, ...], tuple["_Read", ...]]


def groups(
    explainer: Explainer,
    decisions: Decisions,
    wanted: Callable[[str | None], bool] = lambda _: True,
) -> tuple[Group, ...]:
    """Return the groups of the decisions that are wanted, the largest first.

    Of groups that are as large, the one whose first case comes first is first.
    """
    reader = _Reader(explainer.policy)
    lines = explanations(explainer, decisions, wanted, depth=LEVELS)
    chosen = (one for one in decisions if wanted(one.outcome))
    first: dict[Any, list[tuple[Decision, tuple[_Read, ...]]]] = defaultdict(list)
    for decision, line in zip(chosen, lines, strict=True):
        lacks = reader.lacks(json.loads(line))
        held = () if decision.failed else decision.held
        places = tuple(map(_places, lacks))
        first[decision.outcome, held, decision.failed, places].append((decision, lacks))
    found = []
    for (outcome, held, failed, _), members in first.items():
        for lacks, cases in _shared(members):
            made = tuple(map(reader.lack, lacks))
            found.append(Group(outcome, held, failed, made, tuple(cases)))
    place = {one.case: number for number, one in enumerate(decisions)}
    found.sort(key=lambda one: (-len(one.cases), place[one.cases[0].case]))
    return tuple(found)


def _places(lack: _Read) -> Any:
    label, literal, nearest, _, below = lack
    return label, literal, nearest, tuple(map(_places, below))


def _names(lack: _Read) -> tuple[Any, ...]:
    return (*lack[3], *(name for one in lack[4] for name in _names(one)))


def _shared(
    members: Sequence[tuple[Decision, tuple[_Read, ...]]],
) -> Iterator[tuple[tuple[_Read, ...], list[Decision]]]:
    """Tell members apart by the names that some of them share."""
    said = [
        tuple(name for one in lacks for name in _names(one)) for _, lacks in members
    ]
    counts = [Counter(column) for column in zip(*said, strict=True)]
    alike: dict[Any, tuple[tuple[_Read, ...], list[Decision]]] = {}
    alone = len(members) == 1
    for (decision, lacks), names in zip(members, said, strict=True):
        kept = tuple(
            name if alone or count[name] > 1 else ANY
            for name, count in zip(names, counts, strict=True)
        )
        if kept not in alike:
            left = iter(kept)
            alike[kept] = (tuple(_with(one, left) for one in lacks), [])
        alike[kept][1].append(decision)
    yield from alike.values()


def _with(lack: _Read, names: Iterator[Any]) -> _Read:
    label, literal, nearest, own, below = lack
    taken = tuple(next(names) for _ in own)
    return label, literal, nearest, taken, tuple(_with(one, names) for one in below)


class _Reader:
    """Reads what the nearest attempt of a line lacks."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.rules = {rule.label: rule for rule in policy.rules}

    def lacks(self, line: dict[str, Any]) -> tuple[_Read, ...]:
        """Return what the nearest attempt of a line lacks; nothing, if it holds."""
        blockage = line["blockage"]
        if not blockage:
            return ()
        return tuple(self._lack(*one) for one in self._unmet(blockage[0]))

    def _unmet(self, said: dict[str, Any]) -> Iterator[tuple[str, int, Any]]:
        label = said["rule"]
        for number, one in enumerate(said["conditions"]):
            if not one["met"]:
                yield label, number, one

    def _lack(self, label: str, number: int, said: dict[str, Any]) -> _Read:
        literal = self.rules[label].body[number]
        names = self._known(literal, said.get("missing", ()))
        if not said.get("attempts"):
            return label, number, "", names, ()
        nearest = said["attempts"][0]
        values = nearest["substitution"]
        named = [values.get(name, ANY) for name, _, _ in self._things(nearest["rule"])]
        # What no row is lacking for, is told by what the rule speaks of.
        below = tuple(
            (rule, place, "", self._known(self.rules[rule].body[place], pattern), ())
            for rule, place, one in self._unmet(nearest)
            if (pattern := one.get("missing")) is not None
        )
        return label, number, nearest["rule"], (*names, *named), below

    def _known(self, literal: Literal, pattern: Sequence[Any]) -> tuple[Any, ...]:
        """Return what a missing row's texts are; numbers and days are no names."""
        if not isinstance(literal, Atom):
            return ()
        columns = self.policy.relations[literal.relation].columns
        return tuple(
            ANY if isinstance(one, dict) or column.type.kind != "text" else one
            for one, column in zip(pattern, columns, strict=False)
        )

    def _things(self, label: str) -> list[tuple[str, str, int]]:
        """Return the variables of a rule that name a thing, each with a column of it.

        A thing has a key of its own, or is referred to; the case is none.
        """
        found: dict[str, tuple[str, str, int]] = {}
        for atom in self.rules[label].body:
            if not isinstance(atom, Atom):
                continue
            relation = self.policy.relations[atom.relation]
            for place, (term, column) in enumerate(
                zip(atom.terms, relation.columns, strict=True)
            ):
                own = relation.stated and relation.key == (place,)
                thing = column.references or (relation.name if own else None)
                # What the author left out is not what the rule is about.
                if not isinstance(term, Variable) or term.anonymous:
                    continue
                if thing not in {None, self.policy.subject}:
                    found.setdefault(term.name, (term.name, relation.name, place))
        return list(found.values())

    def lack(self, read: _Read) -> Lack:
        """Return what was read as a value."""
        label, number, nearest, names, below = read
        literal = self.rules[label].body[number]
        if not isinstance(literal, Atom):
            return Lack(self.rules[label], number, None, ())
        arity = len(literal.terms)
        things = self._things(nearest) if nearest else []
        return Lack(
            self.rules[label],
            number,
            literal.relation,
            tuple(names[:arity]),
            tuple(
                (relation, place, name)
                for (_, relation, place), name in zip(
                    things, names[arity:], strict=True
                )
            ),
            tuple(map(self.lack, below)),
        )
