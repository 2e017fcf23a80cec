"""What attempts lack, sorted for a reader: root causes, each once, and what is near.

Nothing here is put into words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.explain.proof import Absent, Aggregated, roots
from whereas.policy.core import (
    Aggregate,
    Atom,
    Comparison,
    Constant,
    Literal,
    Membership,
    Not,
    Parameter,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def for_want(lacks: Sequence[Condition]) -> list[Condition]:
    """Return the conditions that another one's missing row keeps from being judged.

    Whatever way each could be met, as far as it was followed, takes a row that is on
    no file, and that an earlier condition cannot do without.
    """
    wanted: set[Sought] = set()
    waits: dict[Sought, bool | None] = {}
    waiting = []
    for one in lacks:
        if _waits(one, wanted, waits):
            waiting.append(one)
            # What was not followed to its end there is not judged elsewhere.
            waits = {fact: verdict is not False for fact, verdict in waits.items()}
        else:
            wanted |= _rows_taken(one)
            # Another condition that comes to the same fact waits for this one.
            _waits(one, wanted, waits)
    return waiting


def _waits(
    condition: Condition, wanted: set[Sought], waits: dict[Sought, bool | None]
) -> bool | None:
    """Tell whether every way to meet a condition takes a wanted row.

    None, if no way was followed to its end.
    """
    missing = condition.missing
    if missing is None or condition.open or missing.open:
        return False
    sought = (missing.relation, missing.pattern)
    if missing.file is not None:
        return sought in wanted
    if missing.cut is not None:
        return waits.get(sought)
    if missing.tried > len(missing.attempts):
        return False
    verdicts = []
    for attempt in missing.attempts:
        each = {_waits(one, wanted, waits) for one in lacks_of(attempt)}
        verdicts.append(True if True in each else None if None in each else False)
    followed = [one for one in verdicts if one is not None]
    waits[sought] = all(followed) if followed else None
    return waits[sought]


def _rows_taken(condition: Condition) -> frozenset[Sought]:
    """Return the missing rows that every way to meet a condition takes."""
    missing = condition.missing
    if missing is None or condition.open or missing.open:
        return frozenset()
    if missing.file is not None:
        return frozenset({(missing.relation, missing.pattern)})
    if not missing.attempts or missing.tried > len(missing.attempts):
        return frozenset()
    ways = [
        frozenset[Sought]().union(*map(_rows_taken, lacks_of(attempt)))
        for attempt in missing.attempts
    ]
    return frozenset.intersection(*ways)


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
