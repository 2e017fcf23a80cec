"""Decisions into groups that were decided for the same reason, the largest first.

Cases whose wanted outcome holds are grouped by what held. An outcome that says why is
grouped by what it rests on first: the rules, and the things in their sentences that
several cases share ("site S-2 is in no approval"). Of the others the nearest attempt
counts: which conditions it does not meet, which rows these lack, and the names in them
that are shared. All cases are asked at once (`because_points`, `graph_builder`), and
none is explained further than that.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from whereas.explain.because_points import points
from whereas.explain.case_table import CaseTable
from whereas.explain.graph import LookedUp
from whereas.explain.graph_builder import GraphBuilder
from whereas.explain.ids import in_order
from whereas.explain.proof import ANY, Any_
from whereas.policy.core import Atom, Variable
from whereas.values import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from whereas.explain.because_points import Point, Source
    from whereas.explain.decisions import Decisions, ReasonSet, Stored
    from whereas.explain.explainer import Explainer
    from whereas.explain.graph import Instances, Place, Values
    from whereas.explain.proof import Decision, Pattern
    from whereas.policy.core import Literal, Policy, Rule
    from whereas.values import Value

# A goal's attempts, and those at what it lacks.
LEVELS = 2
# So many values of an enumeration stand together; more are any.
FEW = 4


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


class Shared(NamedTuple):
    """A source, and its values as far as cases share them."""

    source: Source
    values: Mapping[str, Value | Any_ | tuple[Value, ...]]


@dataclass(frozen=True, slots=True)
class Group:
    """Cases decided for one reason, in the order of the facts.

    `because` are the ids that the outcome rests on first, where it says why, and
    `points` what is shared of the instances that give it: a value that differs among
    the cases is any, a few of an enumeration stand together. `failed` are the ids that
    fail in every case.
    """

    outcome: str | None
    held: tuple[str, ...]
    failed: tuple[str, ...]
    lacks: tuple[Lack, ...]
    cases: tuple[Decision, ...]
    because: tuple[str, ...] = ()
    points: tuple[Shared, ...] = ()


# A lack without its names: the rule and the place of its literal, the nearest rule
# below, how many names it says itself, and what it lacks in turn.
_Shape = tuple[str, int, str, int, tuple["_Shape", ...]]
# What a case lacks: the shapes, and all names in their order, as they are stored.
_Read = tuple[tuple[_Shape, ...], tuple["int | Any_", ...]]


class Attempt(NamedTuple):
    """The nearest attempt at one goal, in a graph of nearest attempts."""

    instances: Instances
    row: int
    nearest: Mapping[int, Place]

    @property
    def rule(self) -> Rule:
        """The rule that was tried."""
        assert self.instances.rule is not None  # noqa: S101
        return self.instances.rule

    def value(self, variable: str) -> int | None:
        """Return the stored value of a variable; None, if it has none."""
        column = self.instances.variables.get(variable)
        return None if column is None else column[self.row]

    def unmet(self) -> Iterator[tuple[int, Literal]]:
        """Yield the literals that are not met, with their numbers."""
        unmet = self.instances.unmet[self.row]
        for number, literal in enumerate(self.instances.body):
            if unmet >> number & 1:
                yield number, literal

    def goal(self, atom: Atom, constant: Callable[..., int]) -> Values:
        """Return what an atom looks for, as stored values; None is any."""
        return tuple(
            [
                self.value(term.name) if isinstance(term, Variable) else constant(term)
                for term in atom.terms
            ]
        )

    def below(self, number: int) -> Attempt | None:
        """Return the nearest attempt at what an unmet literal lacks, if there is one.

        There is none where the literal waits for a value that nothing gave.
        """
        looked_up = self.instances.premises[number]
        assert isinstance(looked_up, LookedUp)  # noqa: S101
        node = looked_up.nodes[self.row]
        if node is None or node not in self.nearest:
            return None
        return Attempt(*self.nearest[node], self.nearest)


def nearest_attempts(
    explainer: Explainer, cases: Mapping[int, Stored]
) -> dict[int, Attempt]:
    """Return the nearest attempt of each case whose target does not hold.

    Cases are told by their numbers. Of attempts that are as near, the rule that comes
    first counts; a case that no rule can decide has no attempt.
    """
    builder = GraphBuilder(explainer, depth=LEVELS, only_lacking=True)
    table = CaseTable(builder, [(number, 0, key) for number, key in cases.items()])
    numbers = table.missing_targets()
    attempted = builder.build().attempted()
    nearest = {node: places[0] for node, places in attempted.items()}
    return {
        number: Attempt(*nearest[node], nearest)
        for number, node in numbers.items()
        if node in nearest
    }


def groups(explainer: Explainer, decisions: Decisions) -> tuple[Group, ...]:
    """Return the groups of the decisions, the largest first.

    Of groups that are as large, the one whose first case comes first is first.
    """
    reader = _Reader(explainer)
    cases = [one for stretch in decisions.stretches() for one in stretch]
    told = list(decisions)
    said = points(explainer, decisions)
    found = _by_points(explainer.policy, told, said)
    attempts = nearest_attempts(
        explainer, {n: key for n, (key, _) in enumerate(cases) if n not in said}
    )
    reasons = [_reason(one) for one in decisions.grounds]
    first: dict[Any, list[tuple[int, tuple[int | Any_, ...]]]] = defaultdict(list)
    for number, (_, ground) in enumerate(cases):
        if number in said:
            continue
        shapes, names = reader.read(attempts.get(number))
        first[reasons[ground], shapes].append((number, names))
    for ((outcome, held, failed), shapes), members in first.items():
        for kept, numbers in _shared(members):
            left = iter(kept)
            made = tuple([reader.lack(one, left) for one in shapes])
            alike = tuple([told[number] for number in numbers])
            found.append((numbers[0], Group(outcome, held, failed, made, alike)))
    found.sort(key=lambda one: (-len(one[1].cases), one[0]))
    return tuple([group for _, group in found])


def _by_points(
    policy: Policy, told: Sequence[Decision], said: Mapping[int, tuple[Point, ...]]
) -> list[tuple[int, Group]]:
    """Return the groups of the cases whose outcome says why, with their first cases."""
    things: dict[int, set[str]] = {}
    sources: dict[int, Source] = {}
    first: dict[Any, list[tuple[int, tuple[Any, ...]]]] = defaultdict(list)
    for number, some in said.items():
        by_source = _by_source(some)
        names: list[Any] = []
        for key, alike in by_source.items():
            if key not in sources:
                sources[key] = alike[0].source
                rule = alike[0].source.rule
                enumerated = {n for n, type_ in rule.types.items() if type_.members}
                things[key] = enumerated | _things(policy, rule).keys()
            names += [
                frozenset([one.values[name] for one in alike])
                for name in alike[0].values
                if name in things[key]
            ]
        because = told[number].because[0]
        first[because, tuple(by_source)].append((number, tuple(names)))
    found: list[tuple[int, Group]] = []
    for (because, keys), members in first.items():
        for _, numbers in _shared(sorted(members)):
            every = [_by_source(said[number]) for number in numbers]
            shared = [
                one
                for key in keys
                for one in _merged(sources[key], [each[key] for each in every])
            ]
            cases = tuple([told[number] for number in numbers])
            failed = set(cases[0].failed).intersection(*(one.failed for one in cases))
            group = Group(
                because.outcome,
                (),
                in_order(failed),
                (),
                cases,
                because.ids,
                tuple(shared),
            )
            found.append((numbers[0], group))
    return found


def _by_source(some: Sequence[Point]) -> dict[int, list[Point]]:
    found: dict[int, list[Point]] = defaultdict(list)
    for one in some:
        found[one.source.number].append(one)
    return found


def _merged(source: Source, every: Sequence[Sequence[Point]]) -> list[Shared]:
    """Return what cases share of one source; `every` has the points of each."""
    alike = {frozenset([tuple(one.values.values()) for one in some]) for some in every}
    if len(alike) == 1:
        return [Shared(source, one.values) for one in every[0]]
    kept: dict[str, Value | Any_ | tuple[Value, ...]] = {}
    for name in every[0][0].values:
        values = {one.values[name]: None for some in every for one in some}
        one, *more = values
        few = source.rule.types[name].members and len(values) <= FEW
        kept[name] = one if not more else tuple(sorted(values, key=str)) if few else ANY
    return [Shared(source, kept)]


def _reason(ground: ReasonSet) -> tuple[str | None, tuple[str, ...], tuple[str, ...]]:
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


def _things(policy: Policy, rule: Rule) -> dict[str, tuple[str, int]]:
    """Return the variables of a rule that name a thing, each with a column of it.

    A thing has a key of its own, or is referred to; the case is none.
    """
    found: dict[str, tuple[str, int]] = {}
    for atom in rule.body:
        if not isinstance(atom, Atom):
            continue
        relation = policy.relations[atom.relation]
        for place, (term, column) in enumerate(
            zip(atom.terms, relation.columns, strict=True)
        ):
            own = relation.stated and relation.key == (place,)
            thing = column.references or (relation.name if own else None)
            # What the author left out is not what the rule is about.
            if not isinstance(term, Variable) or term.anonymous:
                continue
            if thing not in {None, policy.subject}:
                found.setdefault(term.name, (relation.name, place))
    return found


class _Reader:
    """Reads what the nearest attempt at a target lacks."""

    def __init__(self, explainer: Explainer) -> None:
        self.policy = explainer.policy
        self.text = explainer.database.text
        self.constant = explainer.encoding.constant
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
        label = attempt.rule.label
        if not isinstance(literal, Atom):
            return label, number, "", 0, ()
        before = len(names)
        names += self._named(attempt, literal)
        nearest = attempt.below(number)
        if nearest is None:
            return label, number, "", len(names) - before, ()
        rule = nearest.rule
        for name in self._things(rule):
            value = nearest.value(name)
            names.append(ANY if value is None else value)
        own = len(names) - before
        below: list[_Shape] = []
        # What no row is lacking for, is told by what the rule speaks of.
        for place, one in nearest.unmet():
            if isinstance(one, Atom):
                said = self._named(nearest, one)
                names += said
                below.append((rule.label, place, "", len(said), ()))
        return label, number, rule.label, own, tuple(below)

    def _named(self, attempt: Attempt, atom: Atom) -> list[int | Any_]:
        """Return what a missing row's texts are; numbers and days are no names."""
        relation = atom.relation
        if relation not in self._texts:
            columns = self.policy.relations[relation].columns
            self._texts[relation] = tuple([c.type.kind == "text" for c in columns])
        goal = attempt.goal(atom, self.constant)
        return [
            value if text and value is not None else ANY
            for value, text in zip(goal, self._texts[relation], strict=True)
        ]

    def _things(self, rule: Rule) -> dict[str, tuple[str, int]]:
        """Return the variables of a rule that name a thing, each with a column."""
        if rule.label not in self._known:
            self._known[rule.label] = _things(self.policy, rule)
        return self._known[rule.label]

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
