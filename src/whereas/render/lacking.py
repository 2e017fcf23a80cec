"""What attempts lack, sorted for a reader: root causes, each once, and what is near.

Nothing here is put into words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.explain.proof import Absent, Aggregated, Any_, roots
from whereas.policy.core import (
    Aggregate,
    Atom,
    Comparison,
    Constant,
    Either,
    Literal,
    Membership,
    Not,
    Parameter,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from whereas.explain.proof import Attempt, Condition, Missing, Pattern
    from whereas.policy.core import Rule

# Beyond so many rows that differ in the same column, none is worth a line.
MANY = 2

Sought = tuple[str, "Pattern"]


def lacks_of(attempt: Attempt) -> list[Condition]:
    """Return what an attempt lacks: the root causes alone, each once."""
    found: dict[object, Condition] = {}
    conditions = without_readings(roots(attempt.conditions))
    sought = {
        one.literal.relation for one in conditions if isinstance(one.literal, Atom)
    }
    for one in conditions:
        if _counts_nothing(one) and sought & _counted(one.literal):
            # That there is nothing to count follows from what is missing.
            continue
        missing = one.missing
        key = id(one) if missing is None else (missing.relation, missing.pattern)
        found.setdefault(key, one)
    return list(found.values())


def without_readings(conditions: Sequence[Condition]) -> list[Condition]:
    """Leave out which reading is chosen, where another one would not help either."""
    others = [one for one in conditions if not _is_reading(one.literal)]
    return others or list(conditions)


def _is_reading(literal: Literal) -> bool:
    match literal:
        case Comparison(_, left, right):
            return isinstance(left, Parameter) and isinstance(right, Constant)
        case Membership(term):
            return isinstance(term, Parameter)
    return False


def _counts_nothing(condition: Condition) -> bool:
    premise = condition.premise
    return isinstance(premise, Aggregated) and not premise.counted


def _counted(literal: Literal) -> set[str]:
    """Return the relations whose rows an aggregate goes through."""
    if not isinstance(literal, Aggregate):
        return set()
    return {one.relation for one in literal.body if isinstance(one, Atom)}


def for_want(
    lacks: Sequence[Condition], contradictory: Container[str]
) -> list[Condition]:
    """Return the conditions that another one's missing row keeps from being judged.

    Whatever way each could be met, with whatever rows, takes a row that is on no
    file, and that an earlier condition cannot do without; or it takes that a row of a
    relation of `contradictory` rows is settled.
    """
    waiting = []
    ways = _Ways(lacks, contradictory)
    wanted: set[Sought] = set()
    for condition in lacks:
        if ways.all_take(wanted, condition):
            waiting.append(condition)
        else:
            wanted |= ways.rows_taken(condition)
    return waiting


class _Ways:
    """The ways to meet some conditions of an attempt, and the rows they all take.

    An attempt stands for all those of its rule: the others take other rows. So what
    holds of each of them may only depend on values that come from the goal. These are
    followed downwards as `fixed` variables; None is all, the attempt's own.
    """

    def __init__(
        self, conditions: Sequence[Condition], contradictory: Container[str]
    ) -> None:
        self._contradictory = contradictory
        # The attempts at a missing fact are shown once, wherever it is missing.
        self._explained: dict[Sought, Missing] = {}
        self._explain(conditions)

    def _explain(self, conditions: Sequence[Condition]) -> None:
        for condition in conditions:
            for branch in condition.branches:
                self._explain(branch)
            missing = condition.missing
            if missing is not None and missing.attempts:
                self._explained.setdefault((missing.relation, missing.pattern), missing)
                for attempt in missing.attempts:
                    self._explain(attempt.conditions)

    def all_take(self, wanted: set[Sought], condition: Condition) -> bool:
        """Tell whether every way to meet a condition takes a wanted row."""
        return any(
            _covers(row, taken)
            for row in wanted
            for taken in self.rows_taken(condition, row)
        )

    def rows_taken(
        self, condition: Condition, row: Sought | None = None
    ) -> frozenset[Sought]:
        """Return the missing rows that every way to meet a condition takes.

        Rows that a given `row` covers are returned as that row, so that ways which
        take different ones of them agree.
        """
        return self._taken(condition, None, row, {}) or frozenset()

    def _taken(
        self,
        condition: Condition,
        fixed: frozenset[str] | None,
        row: Sought | None,
        memory: _Memory,
    ) -> frozenset[Sought] | None:
        """Return the rows that every way takes; None, if there is no way to its end."""
        literal, missing = condition.literal, condition.missing
        if isinstance(literal, Either):
            branches = [without_readings(roots(one)) for one in condition.branches]
            return _shared(
                [self._all(branch, fixed, row, memory) for branch in branches]
            )
        if isinstance(literal, Not):
            return self._settled(condition, literal.atom, fixed, row)
        if not isinstance(literal, Atom) or missing is None or condition.open:
            return frozenset()
        known = _known(literal, fixed)
        sought = (missing.relation, missing.pattern)
        if missing.file is not None:
            if not all(
                settled or isinstance(value, Any_)
                for settled, value in zip(known, missing.pattern, strict=True)
            ):
                return frozenset()
            return frozenset({row if row and _covers(row, sought) else sought})
        key = (sought, known)
        if key not in memory:
            # A way that leads back here is no way.
            memory[key] = None
            missing = self._explained.get(sought, missing)
            memory[key] = (
                _shared(
                    [
                        self._all(
                            lacks_of(attempt), _from_goal(attempt, known), row, memory
                        )
                        for attempt in missing.attempts
                    ]
                )
                if missing.attempts
                else frozenset()
            )
        return memory[key]

    def _settled(
        self,
        condition: Condition,
        atom: Atom,
        fixed: frozenset[str] | None,
        row: Sought | None,
    ) -> frozenset[Sought]:
        """Return the contradictory rows that must be settled for a condition."""
        premise = condition.premise
        if atom.relation not in self._contradictory or not isinstance(premise, Absent):
            return frozenset()
        if not all(
            settled or isinstance(value, Any_)
            for settled, value in zip(_known(atom, fixed), premise.pattern, strict=True)
        ):
            return frozenset()
        sought = (premise.relation, premise.pattern)
        return frozenset({row if row and _covers(row, sought) else sought})

    def _all(
        self,
        lacks: Sequence[Condition],
        fixed: frozenset[str] | None,
        row: Sought | None,
        memory: _Memory,
    ) -> frozenset[Sought] | None:
        """Return the rows that some conditions take together."""
        each = [self._taken(condition, fixed, row, memory) for condition in lacks]
        if None in each:
            return None
        return frozenset[Sought]().union(*[taken for taken in each if taken])


_Memory = dict[tuple[Sought, tuple[bool, ...]], frozenset[Sought] | None]


def _known(atom: Atom, fixed: frozenset[str] | None) -> tuple[bool, ...]:
    """Return for each term whether every attempt of the rule has its value."""
    return tuple(
        not isinstance(term, Variable) or fixed is None or term.name in fixed
        for term in atom.terms
    )


def _from_goal(attempt: Attempt, known: Sequence[bool]) -> frozenset[str]:
    """Return a rule's variables whose values come from the known part of a goal."""
    return frozenset(
        term.name
        for term, settled, value in zip(
            attempt.rule.head.terms, known, attempt.goal, strict=True
        )
        if isinstance(term, Variable) and settled and not isinstance(value, Any_)
    )


def _shared(ways: Sequence[frozenset[Sought] | None]) -> frozenset[Sought] | None:
    """Return the rows that are missing whichever of several ways is taken."""
    ends = [taken for taken in ways if taken is not None]
    return frozenset.intersection(*ends) if ends else None


def _covers(general: Sought, special: Sought) -> bool:
    """Tell whether each row that matches the special pattern matches the general."""
    return general[0] == special[0] and all(
        isinstance(wide, Any_) or wide == narrow
        for wide, narrow in zip(general[1], special[1], strict=True)
    )


def alike(missing: Missing) -> bool:
    """Tell whether many rows come as near as each other, all but for one column.

    Then none is near: they are all the others.
    """
    return missing.nearly > MANY and len({one.differs for one in missing.near}) == 1


def plain(condition: Condition) -> bool:
    """Tell whether a condition that fails is said in one statement."""
    match condition.literal, condition.premise:
        case ((Atom() | Comparison() | Membership()), _):
            return not condition.open
        case Not(), Absent(found=found, counted=1):
            return bool(found)
    return False


def title(rule: Rule) -> str | None:
    """Return the heading under which a rule stands."""
    return None if rule.section is None else rule.section.title


def first_of_each_rule(attempts: Sequence[Attempt]) -> list[Attempt]:
    """Return the nearest attempt of each rule, the nearest of all first."""
    nearest: dict[int, Attempt] = {}
    for attempt in attempts:
        nearest.setdefault(attempt.rule.index, attempt)
    return list(nearest.values())
