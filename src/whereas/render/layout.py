"""Boxes and arrows into places on a page: a layered drawing, from left to right.

After Sugiyama, Tagawa and Toda (Methods for Visual Understanding of Hierarchical
System Structures, 1981): columns by longest path, bends where an arrow crosses a
column, an order in each column with few crossings, and then heights that pull each
box towards its neighbours (pool adjacent violators, so that none overlap). No
library, no program and no chance takes part: the same graph has the same drawing.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SWEEPS = 12
# Beyond so many boxes and bends, crossings are no longer counted.
MANY = 600
COLUMN_GAP = 64.0
ROW_GAP = 16.0
BEND_GAP = 8.0


@dataclass(frozen=True, slots=True)
class Box:
    """A box to be placed: its size, and the first column in which it may stand."""

    width: float
    height: float
    column: int = 0


@dataclass(frozen=True, slots=True)
class Drawing:
    """Where each box stands (its left upper corner), and how each arrow runs.

    A box is as wide as its column, so that no arrow passes behind another box.

    An arrow is a list of points; between two of them it is a curve. `columns` has
    the left edge and the width of each column.
    """

    places: tuple[tuple[float, float], ...]
    arrows: tuple[tuple[tuple[float, float], ...], ...]
    columns: tuple[tuple[float, float], ...]
    column_of: tuple[int, ...]
    width: float
    height: float


def laid_out(
    boxes: Sequence[Box], arrows: Sequence[tuple[int, int]], *, in_order: bool = False
) -> Drawing:
    """Place boxes so that arrows lead from left to right.

    With `in_order`, what one box leads to stays in the order of its arrows, as a
    reader goes through it, even where that makes arrows cross.

    An arrow of a circle is turned round for the layout; an arrow from a box to
    itself takes no part in it, and has no points.
    """
    forward = _acyclic(len(boxes), arrows)
    column = _columns(boxes, [forward[i] for i in range(len(arrows)) if forward[i]])
    return _Layers(boxes, arrows, forward, column).drawn(in_order=in_order)


def _acyclic(
    count: int, arrows: Sequence[tuple[int, int]]
) -> list[tuple[int, int] | None]:
    """Turn the arrows round that lead back to a box from which one came."""
    following: list[list[int]] = [[] for _ in range(count)]
    for source, target in arrows:
        following[source].append(target)
    state = [0] * count
    back: set[tuple[int, int]] = set()
    targets = {target for _, target in arrows}
    for root in [*(i for i in range(count) if i not in targets), *range(count)]:
        if state[root]:
            continue
        state[root] = 1
        work = [(root, iter(following[root]))]
        while work:
            box, rest = work[-1]
            for target in rest:
                if state[target] == 1:
                    back.add((box, target))
                elif not state[target]:
                    state[target] = 1
                    work.append((target, iter(following[target])))
                    break
            else:
                state[box] = 2
                work.pop()
    return [
        None if s == t else ((t, s) if (s, t) in back else (s, t)) for s, t in arrows
    ]


def _columns(
    boxes: Sequence[Box], arrows: Sequence[tuple[int, int] | None]
) -> list[int]:
    """Return each box's column: one more than the last of those that lead to it."""
    following: list[list[int]] = [[] for _ in boxes]
    waiting = [0] * len(boxes)
    for arrow in arrows:
        if arrow is not None:
            following[arrow[0]].append(arrow[1])
            waiting[arrow[1]] += 1
    column = [box.column for box in boxes]
    ready = [i for i, number in enumerate(waiting) if not number]
    for box in ready:
        for target in following[box]:
            column[target] = max(column[target], column[box] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return column


class _Layers:
    """The columns with their boxes and bends, while they are put in order."""

    def __init__(
        self,
        boxes: Sequence[Box],
        arrows: Sequence[tuple[int, int]],
        forward: Sequence[tuple[int, int] | None],
        column: Sequence[int],
    ) -> None:
        self.boxes = boxes
        self.arrows = arrows
        self.forward = forward
        self.column = list(column)
        self.heights = [box.height for box in boxes]
        # The way of each arrow: its boxes, and the bends between them.
        self.ways: list[list[int]] = []
        self.left: dict[int, list[int]] = {}
        self.right: dict[int, list[int]] = {}
        for arrow in forward:
            way: list[int] = []
            if arrow is not None:
                source, target = arrow
                way = [source]
                for number in range(self.column[source] + 1, self.column[target]):
                    way.append(len(self.heights))
                    self.heights.append(0.0)
                    self.column.append(number)
                way.append(target)
            self.ways.append(way)
            for one, other in itertools.pairwise(way):
                self.right.setdefault(one, []).append(other)
                self.left.setdefault(other, []).append(one)
        last = max(self.column, default=-1)
        self.layers: list[list[int]] = [[] for _ in range(last + 1)]
        for item in self._in_depth():
            self.layers[self.column[item]].append(item)

    def _in_depth(self) -> list[int]:
        """Return all items as a reader who follows the arrows meets them."""
        found: dict[int, None] = {}
        roots = [i for i in range(len(self.heights)) if not self.left.get(i)]
        work = roots[::-1]
        while work:
            item = work.pop()
            if item not in found:
                found[item] = None
                work += self.right.get(item, [])[::-1]
        return list(found)

    def drawn(self, *, in_order: bool) -> Drawing:
        self._order(in_order=in_order)
        centre = self._heights()
        lefts: list[tuple[float, float]] = []
        x = 0.0
        for layer in self.layers:
            width = max((self._width(item) for item in layer), default=0.0)
            lefts.append((x, width))
            x += width + COLUMN_GAP
        places = tuple(
            (lefts[self.column[i]][0], centre[i] - box.height / 2)
            for i, box in enumerate(self.boxes)
        )
        bottom = max((centre[i] + h / 2 for i, h in enumerate(self.heights)), default=0)
        return Drawing(
            places,
            tuple(
                self._points(arrow, way, lefts, centre)
                for arrow, way in zip(self.arrows, self.ways, strict=True)
            ),
            tuple(lefts),
            tuple(self.column[: len(self.boxes)]),
            max(0.0, x - COLUMN_GAP),
            float(bottom),
        )

    def _width(self, item: int) -> float:
        return self.boxes[item].width if item < len(self.boxes) else 0.0

    def _points(
        self,
        arrow: tuple[int, int],
        way: Sequence[int],
        lefts: Sequence[tuple[float, float]],
        centre: Mapping[int, float],
    ) -> tuple[tuple[float, float], ...]:
        if not way:
            return ()
        first, last = way[0], way[-1]
        left, width = lefts[self.column[first]]
        points = [(left + width, centre[first])]
        for bend in way[1:-1]:
            left, width = lefts[self.column[bend]]
            points += [(left, centre[bend]), (left + width, centre[bend])]
        points.append((lefts[self.column[last]][0], centre[last]))
        return tuple(points if arrow[0] == first else points[::-1])

    # --- few crossings ------------------------------------------------------------

    def _order(self, *, in_order: bool) -> None:
        if len(self.heights) > MANY:
            return
        best, fewest = [list(layer) for layer in self.layers], self._crossings()
        for sweep in range(SWEEPS):
            if not fewest:
                break
            down = in_order or sweep % 2 == 0
            beside = self.left if down else self.right
            order = range(len(self.layers)) if down else reversed(range(len(best)))
            for number in order:
                self._sort(number, beside)
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = [list(layer) for layer in self.layers], crossings
        self.layers = best

    def _sort(self, number: int, beside: Mapping[int, list[int]]) -> None:
        """Sort a column by the mean place of each item's neighbours."""
        place = {item: i for layer in self.layers for i, item in enumerate(layer)}
        layer = self.layers[number]

        def mean(item: int) -> float:
            near = beside.get(item)
            if not near:
                return float(place[item])
            return sum(place[one] for one in near) / len(near)

        layer.sort(key=lambda item: (mean(item), place[item]))

    def _crossings(self) -> int:
        total = 0
        for layer, following in zip(self.layers, self.layers[1:], strict=False):
            place = {item: i for i, item in enumerate(following)}
            ends = [
                end
                for item in layer
                for end in sorted(place[one] for one in self.right.get(item, ()))
            ]
            total += sum(
                ends[i] > ends[j]
                for i in range(len(ends))
                for j in range(i + 1, len(ends))
            )
        return total

    # --- heights ------------------------------------------------------------------

    def _heights(self) -> dict[int, float]:
        centre: dict[int, float] = {}
        for layer in self.layers:
            y = 0.0
            for item in layer:
                centre[item] = y + self.heights[item] / 2
                y += self.heights[item] + self._gap(item)
        for sweep in range(2 * SWEEPS):
            both = sweep >= SWEEPS
            down = sweep % 2 == 0
            order = range(len(self.layers)) if down else range(len(self.layers))[::-1]
            for number in order:
                layer = self.layers[number]
                wishes = []
                for item in layer:
                    near = list((self.left if down else self.right).get(item, ()))
                    if both or not near:
                        near = [*self.left.get(item, ()), *self.right.get(item, ())]
                    wish = [centre[one] for one in near]
                    wishes.append(sum(wish) / len(wish) if wish else centre[item])
                self._settle(layer, wishes, centre)
        top = min((centre[i] - h / 2 for i, h in enumerate(self.heights)), default=0.0)
        return {item: y - top for item, y in centre.items()}

    def _gap(self, item: int) -> float:
        return ROW_GAP if item < len(self.boxes) else BEND_GAP

    def _settle(
        self, layer: Sequence[int], wishes: Sequence[float], centre: dict[int, float]
    ) -> None:
        """Put a column as near to its wishes as its order and gaps allow.

        The least squares under an order: pool adjacent violators.
        """
        offset, offsets = 0.0, []
        for before, item in zip([None, *layer], layer, strict=False):
            if before is not None:
                gap = max(self._gap(before), self._gap(item))
                offset += (self.heights[before] + self.heights[item]) / 2 + gap
            offsets.append(offset)
        pools: list[tuple[float, int]] = []
        for wish, shift in zip(wishes, offsets, strict=True):
            total, number = wish - shift, 1
            while pools and pools[-1][0] / pools[-1][1] > total / number:
                before_total, before_number = pools.pop()
                total, number = total + before_total, number + before_number
            pools.append((total, number))
        means = [total / number for total, number in pools for _ in range(number)]
        for item, mean, shift in zip(layer, means, offsets, strict=True):
            centre[item] = mean + shift
