"""Decisions into groups that were decided for the same reason, the largest first.

Cases whose wanted outcome holds are grouped by what held. Of the others the nearest
attempt counts: which conditions it does not meet, which rows these lack, and the
names in them that several cases share ("no evidence for site S-2"); what only one
case says is left out. All cases are asked at once (`wholesale.lacks`), and none is
explained further than that.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from whereas.explain.proof import ANY, Any_
from whereas.explain.wholesale.lacks import lacks
from whereas.policy.core import Atom, Variable
from whereas.values import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whereas.explain.decisions import Decisions, Ground
    from whereas.explain.explainer import Explainer
    from whereas.explain.proof import Decision, Pattern
    from whereas.explain.wholesale.lacks import Attempt, Sought
    from whereas.policy.core import Literal, Rule
    from whereas.values import Value


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


# A lack without its names: the rule and the place of its literal, the nearest rule
# below, how many names it says itself, and what it lacks in turn.
_Shape = tuple[str, int, str, int, tuple["_Shape", ...]]
# What a case lacks: the shapes, and all names in their order, as they are stored.
_Read = tuple[tuple[_Shape, ...], tuple["int | Any_", ...]]


def groups(explainer: Explainer, decisions: Decisions) -> tuple[Group, ...]:
    """Return the groups of the decisions, the largest first.

    Of groups that are as large, the one whose first case comes first is first.
    """
    reader = _Reader(explainer)
    cases = [one for stretch in decisions.stretches() for one in stretch]
    attempts = lacks(explainer, [key for key, _ in cases])
    reasons = [_reason(one) for one in decisions.grounds]
    first: dict[Any, list[tuple[int, tuple[int | Any_, ...]]]] = defaultdict(list)
    for number, (_, ground) in enumerate(cases):
        shapes, names = reader.read(attempts.get(number))
        first[reasons[ground], shapes].append((number, names))
    told = list(decisions)
    found: list[tuple[int, Group]] = []
    for ((outcome, held, failed), shapes), members in first.items():
        for kept, numbers in _shared(members):
            left = iter(kept)
            made = tuple([reader.lack(one, left) for one in shapes])
            alike = tuple([told[number] for number in numbers])
            found.append((numbers[0], Group(outcome, held, failed, made, alike)))
    found.sort(key=lambda one: (-len(one[1].cases), one[0]))
    return tuple([group for _, group in found])


def _reason(ground: Ground) -> tuple[str | None, tuple[str, ...], tuple[str, ...]]:
    return ground.outcome, () if ground.failed else ground.held, ground.failed


def _shared(
    members: Sequence[tuple[int, tuple[int | Any_, ...]]],
) -> Iterator[tuple[tuple[int | Any_, ...], list[int]]]:
    """Tell members apart by the names that some of them share."""
    counts = [Counter(column) for column in zip(*(n for _, n in members), strict=True)]
    alike: dict[tuple[int | Any_, ...], list[int]] = defaultdict(list)
    alone = len(members) == 1
    for number, names in members:
        kept = names
        if not alone:
            pairs = zip(names, counts, strict=True)
            kept = tuple([one if count[one] > 1 else ANY for one, count in pairs])
        alike[kept].append(number)
    yield from alike.items()


class _Reader:
    """Reads what the nearest attempt at a target lacks."""

    def __init__(self, explainer: Explainer) -> None:
        self.policy = explainer.policy
        self.text = explainer.database.text
        self.rules = {rule.label: rule for rule in self.policy.rules}
        self._known: dict[str, dict[str, tuple[str, int]]] = {}
        self._texts: dict[str, tuple[bool, ...]] = {}

    def read(self, attempt: Attempt | None) -> _Read:
        """Return what an attempt lacks; nothing, if the target holds."""
        if attempt is None:
            return (), ()
        shapes: list[_Shape] = []
        names: list[int | Any_] = []
        for number, literal in attempt.unmet():
            shapes.append(self._lack(attempt, number, literal, names))
        return tuple(shapes), tuple(names)

    def _lack(
        self, attempt: Attempt, number: int, literal: Literal, names: list[int | Any_]
    ) -> _Shape:
        """Return the shape of what a literal lacks, and add its names."""
        label = attempt.tried.rule.label
        if not isinstance(literal, Atom):
            return label, number, "", 0, ()
        before = len(names)
        pattern = attempt.pattern(literal)
        names += self._named(literal.relation, pattern)
        nearest = attempt.below(number, pattern)
        if nearest is None:
            return label, number, "", len(names) - before, ()
        rule = nearest.tried.rule
        for name in self._things(rule):
            value = nearest.value(name)
            names.append(ANY if value is None else value)
        own = len(names) - before
        below: list[_Shape] = []
        # What no row is lacking for, is told by what the rule speaks of.
        for place, one in nearest.unmet():
            if isinstance(one, Atom):
                said = self._named(one.relation, nearest.pattern(one))
                names += said
                below.append((rule.label, place, "", len(said), ()))
        return label, number, rule.label, own, tuple(below)

    def _named(self, relation: str, pattern: Sought) -> list[int | Any_]:
        """Return what a missing row's texts are; numbers and days are no names."""
        if relation not in self._texts:
            columns = self.policy.relations[relation].columns
            self._texts[relation] = tuple([c.type.kind == "text" for c in columns])
        return [
            value if text and value is not None else ANY
            for value, text in zip(pattern, self._texts[relation], strict=True)
        ]

    def _things(self, rule: Rule) -> dict[str, tuple[str, int]]:
        """Return the variables of a rule that name a thing, each with a column of it.

        A thing has a key of its own, or is referred to; the case is none.
        """
        if rule.label in self._known:
            return self._known[rule.label]
        found: dict[str, tuple[str, int]] = {}
        for atom in rule.body:
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
                    found.setdefault(term.name, (relation.name, place))
        self._known[rule.label] = found
        return found

    def lack(self, shape: _Shape, names: Iterator[int | Any_]) -> Lack:
        """Return a shape with its names as a value."""
        label, number, nearest, own, below = shape
        taken = list(islice(names, own))
        rule = self.rules[label]
        literal = rule.body[number]
        if not isinstance(literal, Atom):
            return Lack(rule, number, None, ())
        columns = self.policy.relations[literal.relation].columns
        types = [column.type for column in columns]
        things = self._things(self.rules[nearest]) if nearest else {}
        types += [self.rules[nearest].types[name] for name in things]
        said: list[Value | Any_] = [
            one if isinstance(one, Any_) else decode(one, type_, self.text)
            for one, type_ in zip(taken, types, strict=True)
        ]
        pattern, named = said[: len(columns)], said[len(columns) :]
        return Lack(
            rule,
            number,
            literal.relation,
            tuple(pattern),
            tuple(
                [
                    (*where, one)
                    for where, one in zip(things.values(), named, strict=True)
                ]
            ),
            tuple([self.lack(one, names) for one in below]),
        )
