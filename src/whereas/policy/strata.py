"""Orders relations in components, each after all that it reads.

The components are the strongly connected parts of the graph of what reads what
(Tarjan 1972, without recursion). Negation and aggregates must lead out of a
component, or there is no one right model.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Span
from whereas.language import syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from whereas.policy.resolve import Draft


@dataclass(frozen=True, slots=True)
class Edge:
    """A rule of `reader` reads `read`; `how` is empty, `not`, or an aggregate."""

    reader: str
    read: str
    how: str
    span: Span


def edges_of(draft: Draft) -> Iterator[Edge]:
    """Yield what a rule reads."""
    yield from _edges(draft.head.predicate, draft.body, "")


def _edges(reader: str, body: Sequence[syntax.Literal], how: str) -> Iterator[Edge]:
    for literal in body:
        match literal:
            case syntax.Atom():
                yield Edge(reader, literal.predicate, how, literal.span)
            case syntax.Not():
                yield Edge(reader, literal.atom.predicate, how or "not", literal.span)
            case syntax.Either():
                for branch in literal.branches:
                    yield from _edges(reader, branch, how)
            case syntax.Aggregate():
                yield from _edges(reader, literal.body, literal.function)
            case _:
                pass


def components(
    relations: Sequence[str], edges: Sequence[Edge]
) -> list[tuple[str, ...]]:
    """Return the components, those that are read before those that read them."""
    reads: dict[str, list[str]] = {name: [] for name in relations}
    for edge in edges:
        if edge.reader in reads and edge.read in reads:
            reads[edge.reader].append(edge.read)
    place = {name: i for i, name in enumerate(relations)}
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: list[tuple[str, ...]] = []
    for root in relations:
        if root in number:
            continue
        work = [(root, iter(reads[root]))]
        number[root] = low[root] = len(number)
        stack.append(root)
        on_stack.add(root)
        while work:
            name, rest = work[-1]
            for read in rest:
                if read not in number:
                    number[read] = low[read] = len(number)
                    stack.append(read)
                    on_stack.add(read)
                    work.append((read, iter(reads[read])))
                    break
                if read in on_stack:
                    low[name] = min(low[name], number[read])
            else:
                work.pop()
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[name])
                if low[name] == number[name]:
                    cut = stack.index(name)
                    part, stack[cut:] = stack[cut:], []
                    on_stack -= set(part)
                    found.append(tuple(sorted(part, key=place.__getitem__)))
    return found


def cycles(
    parts: Sequence[Sequence[str]], edges: Sequence[Edge]
) -> Iterator[Diagnostic]:
    """Yield an error for each component that negates or counts within itself."""
    home = {name: i for i, part in enumerate(parts) for name in part}
    blamed: set[int] = set()
    for edge in edges:
        part = home.get(edge.reader)
        if not edge.how or part is None or home.get(edge.read) != part:
            continue
        if part in blamed:
            continue
        blamed.add(part)
        trail = _way(edge, edges, set(parts[part]))
        words = edge.reader.removeprefix("outcome.")
        for step in trail:
            words += f" --{step.how}--> " if step.how else " --> "
            words += step.read
        if edge.how == "not":
            yield Diagnostic(
                Code.NEGATIVE_CYCLE,
                f"`{edge.reader}` would depend on its own absence: `{words}`",
                edge.span,
                "break the circle: let one of these relations not read the next",
            )
        else:
            yield Diagnostic(
                Code.AGGREGATE_CYCLE,
                f"`{edge.reader}` would depend on a `{edge.how}` of itself: `{words}`",
                edge.span,
                "break the circle: let one of these relations not read the next",
            )


def unsettled(parts: Sequence[Sequence[str]], edges: Sequence[Edge]) -> frozenset[str]:
    """Return the relations that `cycles` blames, and all that depend on them."""
    home = {name: i for i, part in enumerate(parts) for name in part}
    found = {
        edge.reader
        for edge in edges
        if edge.how and edge.reader in home and home.get(edge.read) == home[edge.reader]
    }
    # What is read stands before what reads it: one pass over the parts is enough.
    reads: dict[str, set[str]] = {}
    for edge in edges:
        reads.setdefault(edge.reader, set()).add(edge.read)
    for part in parts:
        if any(name in found or reads.get(name, set()) & found for name in part):
            found |= set(part)
    return frozenset(found)


def _way(edge: Edge, edges: Sequence[Edge], part: set[str]) -> list[Edge]:
    """Return a shortest circle that begins with an edge."""
    following: Mapping[str, list[Edge]] = {name: [] for name in part}
    for other in edges:
        if other.reader in part and other.read in part:
            following[other.reader].append(other)
    queue = deque([edge.read])
    came: dict[str, Edge] = {}
    while queue and edge.read != edge.reader:
        name = queue.popleft()
        for other in following[name]:
            if other.read not in came and other.read != edge.read:
                came[other.read] = other
                queue.append(other.read)
        if edge.reader in came:
            break
    back: list[Edge] = []
    name = edge.reader
    while name != edge.read:
        back.append(came[name])
        name = came[name].reader
    return [edge, *reversed(back)]
