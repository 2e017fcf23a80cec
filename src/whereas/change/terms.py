"""What a search for repairs has still to do, and what it assumed: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from whereas.change.constraints import Cell, Store, Unknown
from whereas.change.linear import Sum

if TYPE_CHECKING:
    from typing import TypeGuard

    from whereas.change.dependency_polarity import Reading
    from whereas.change.fact_reader import Row
    from whereas.policy.core import Aggregate, Correctable, Literal


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where a search ends: proposals found, partial solutions looked at.

    `beyond` is by how much a proposal may weigh more than the lightest (default: by
    one and half of it, 3 at most). No time is among them: the same question has the
    same answer on each machine.
    """

    proposals: int = 10
    beyond: int | None = None
    states: int = 20_000


@dataclass(frozen=True, slots=True)
class Changed:
    """A change: `before` is None for a row that is added, `after` for one withdrawn.

    `by` are the statements that allow it.
    """

    by: tuple[Correctable, ...]
    relation: str
    before: Row | None
    after: tuple[Cell, ...] | None


# A variable of a rule's instance: the instance's number and the name.
Key = tuple[int, str]
Environment = Mapping[Key, "Cell | Key"]


@dataclass(frozen=True, slots=True)
class Equal:
    """Two cells are equal: what a match of two rows comes down to."""

    one: Cell
    other: Cell


@dataclass(frozen=True, slots=True)
class NotEqual:
    """Variables that do not all have these values: it is another row."""

    names: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class AlsoCounted:
    """The row that some variables tell is counted too."""

    names: tuple[str, ...]
    task: Tally


@dataclass(frozen=True, slots=True)
class Item:
    """A literal of a rule's instance; `above` are the atoms that it is there for."""

    literal: Literal | Equal | NotEqual | AlsoCounted
    instance: int = 0
    above: tuple[tuple[str, tuple[int, ...]], ...] = ()
    depth: int = 0

    def of(self, literal: Literal | Equal | NotEqual | AlsoCounted) -> Item:
        """Return another literal of the same instance, there for the same atoms."""
        return Item(literal, self.instance, self.above, self.depth)


@dataclass(frozen=True, slots=True)
class Prove:
    """All of these hold, for some values of the variables without one."""

    items: tuple[Item, ...]
    bindings: Environment


@dataclass(frozen=True, slots=True)
class Deny:
    """These do not all hold, for any values of the variables without one."""

    items: tuple[Item, ...]
    bindings: Environment


@dataclass(frozen=True, slots=True)
class Block:
    """A row does not match an atom, or is no longer there, or the rest is denied."""

    relation: str
    row: Row | None
    same: tuple[Equal, ...]
    rest: Deny


@dataclass(frozen=True, slots=True)
class Watch:
    """A denied atom: a row that comes later must not match it either."""

    relation: str
    arguments: tuple[Cell | Key, ...]
    rest: Deny


@dataclass(frozen=True, slots=True)
class Tally:
    """A count or a sum has a value: `target`. `bindings` are those of its groups.

    `rows` were told already, whether counted or not, and those that count are
    `worth` so much; `left` are the others that are there now (None: not looked up).
    """

    item: Item
    literal: Aggregate
    bindings: Environment
    target: Cell
    rows: tuple[tuple[Cell, ...], ...] = ()
    left: tuple[tuple[Cell, ...], ...] | None = None
    worth: Sum = Sum((), 0)  # noqa: RUF009  # a frozen value


Task = Prove | Deny | Block | Tally


@dataclass(frozen=True, slots=True)
class Kept:
    """What is met as things are, until a change turns what it rests on."""

    task: Prove | Deny | Tally
    readings: frozenset[Reading]


@dataclass(frozen=True, slots=True)
class State:
    """A partial solution: what is still to be shown, and what was assumed for it.

    `used` are rows that must stay. `floor` is what no solution from here weighs less
    than. `kept` is what the rows meet as they are.
    """

    tasks: tuple[Task, ...]
    store: Store = field(default_factory=Store)
    changes: tuple[Changed, ...] = ()
    used: frozenset[tuple[str, int]] = frozenset()
    watches: tuple[Watch, ...] = ()
    cost: int = 0
    floor: int = 0
    kept: tuple[Kept, ...] = ()

    def gone(self, relation: str, row: Row) -> bool:
        """Return whether a row was withdrawn or changed."""
        return any(c.relation == relation and c.before == row for c in self.changes)

    def with_tasks(self, *tasks: Task) -> State:
        """Return the state with more to do, the last first."""
        return self.doing((*self.tasks, *tasks))

    def doing(self, tasks: tuple[Task, ...]) -> State:
        """Return the state with these tasks to do, and no others."""
        # A search makes a million states: `dataclasses.replace` would take a tenth.
        return State(
            tasks,
            self.store,
            self.changes,
            self.used,
            self.watches,
            self.cost,
            self.floor,
            self.kept,
        )


def unbound(value: Cell | Key) -> TypeGuard[Key]:
    """Whether a variable has no cell yet."""
    return isinstance(value, tuple)


def bound(value: Cell | Key) -> TypeGuard[Cell]:
    """Whether there is a cell: a value, or an unknown that stands for one."""
    return isinstance(value, int | Unknown)


def meaning(value: Cell | Key, bindings: Environment) -> Cell | Key:
    """Return the cell that a variable has, or the variable that stands for it."""
    while isinstance(value, tuple) and value in bindings:
        value = bindings[value]
    return value
