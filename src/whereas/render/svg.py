"""A graph into one SVG file: no script, no network, no program but this one.

Sizes are reckoned from the columns that a text fills in a terminal, which holds for
Latin and Chinese in any common font. Whoever cannot see it is told the title and how
many boxes there are; whoever points at a box is told all that it says.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from whereas.render.layout import Box, laid_out
from whereas.render.width import width, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whereas.render.graph import Edge, Graph, Node
    from whereas.render.layout import Drawing

# A column of text, a line of text, and the room around it, in pixels.
COLUMN, LINE, PADDING = 6.9, 16.0, 10.0
WIDEST = 37
MARGIN = 24.0
HEADING = 44.0
BAND = 26.0
LEGEND = 26.0
CORNER = 10.0

_STYLE = """\
.w-graph { font: 12px system-ui, "Segoe UI", "Noto Sans", "Noto Sans CJK SC", \
"PingFang SC", "Microsoft YaHei", sans-serif; fill: #1b1f24; }
.w-title { font-size: 16px; font-weight: 700; }
.w-strong { font-weight: 700; }
.w-foot { font-size: 11px; fill: #57606a; }
.w-box { fill: #ffffff; stroke: #424a53; stroke-width: 1.2; }
.w-conclusion { fill: #eef4ff; stroke-width: 2; }
.w-fact, .w-input { fill: #f6f8fa; }
.w-absence { stroke-dasharray: 5 4; }
.w-fails { fill: #fff5f5; stroke: #a3191f; stroke-width: 3; }
.w-fails-text { fill: #a3191f; }
.w-edge { fill: none; stroke: #6e7781; stroke-width: 1.2; }
.w-edge-fails { stroke: #a3191f; stroke-width: 2.6; }
.w-not { stroke-dasharray: 6 4; }
.w-aggregate { stroke-dasharray: 1.5 3.5; }
.w-recursive { stroke-width: 2.6; }
.w-band { fill: none; stroke: #b6bec7; stroke-dasharray: 2 4; }
.w-how { font-size: 11px; font-weight: 700; paint-order: stroke; stroke: #ffffff; \
stroke-width: 4px; }
"""


def svg(graph: Graph) -> str:
    """Return a graph as a self-contained SVG."""
    place = {node.key: i for i, node in enumerate(graph.nodes)}
    lines = [_lines(node) for node in graph.nodes]
    first = _first_columns(graph)
    boxes = [
        Box(_width(some), len(some) * LINE + 2 * PADDING - 4, first[i])
        for i, some in enumerate(lines)
    ]
    drawing = laid_out(
        boxes,
        [(place[edge.source], place[edge.target]) for edge in graph.edges],
        in_order=not graph.bands,
    )
    boxes = [
        Box(drawing.columns[drawing.column_of[i]][1], box.height)
        for i, box in enumerate(boxes)
    ]
    top = MARGIN + HEADING + (BAND if graph.bands else 0)
    wide = max(
        drawing.width + 2 * MARGIN,
        16 * 0.62 * width(graph.title) + 2 * MARGIN,
        _legend_width(graph) + 2 * MARGIN,
    )
    high = top + drawing.height + MARGIN + (LEGEND if graph.legend else 0)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="w-graph" role="img" '
        f'lang="{graph.language}" aria-label="{_escaped(graph.title)}" '
        f'width="{wide:.0f}" height="{high:.0f}" '
        f'viewBox="0 0 {wide:.0f} {high:.0f}">',
        f"<title>{_escaped(graph.title)}</title>",
        f"<style>{_STYLE}</style>",
        *_marker("w-arrow", "#6e7781"),
        *_marker("w-arrow-fails", "#a3191f"),
        f'<rect width="{wide:.0f}" height="{high:.0f}" fill="#ffffff"/>',
        f'<text class="w-title" x="{MARGIN}" y="{MARGIN + 16}">'
        f"{_escaped(graph.title)}</text>",
        f'<g transform="translate({MARGIN},{top})">',
        *_bands(graph, drawing),
    ]
    for edge, points in zip(graph.edges, drawing.arrows, strict=True):
        target = graph.nodes[place[edge.target]]
        where = drawing.places[place[edge.source]], boxes[place[edge.source]]
        parts += _arrow(edge, points, where, fails=target.fails)
    for node, some, box, corner in zip(
        graph.nodes, lines, boxes, drawing.places, strict=True
    ):
        parts += _box(node, some, box, corner)
    parts.append("</g>")
    parts += _legend(graph, high - MARGIN)
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


# --- boxes ------------------------------------------------------------------------


def _lines(node: Node) -> list[tuple[str, str]]:
    """Return the lines of a box, each with its style."""
    head = " ".join(part for part in (node.sign, node.title) if part)
    if node.recursive:
        head += " ↻"
    found = [("w-strong", line) for line in (wrapped(head, WIDEST) if head else ())]
    if node.text:
        found += [("", line) for line in wrapped(node.text, WIDEST)]
    if node.foot:
        found += [("w-foot", line) for line in wrapped(node.foot, WIDEST + 3)]
    return found or [("", " ")]


def _width(lines: list[tuple[str, str]]) -> float:
    longest = max(
        width(line) * (0.93 if style == "w-foot" else 1.08 if style else 1.0)
        for style, line in lines
    )
    return max(60.0, longest * COLUMN + 2 * PADDING)


def _box(
    node: Node,
    lines: list[tuple[str, str]],
    box: Box,
    corner: tuple[float, float],
) -> Iterator[str]:
    x, y = corner
    wide, high = box.width, box.height
    classes = f"w-box w-{node.kind}{' w-fails' if node.fails else ''}"
    yield "<g>"
    whole = " ".join(part for part in (node.sign, node.title, node.text) if part)
    yield f"<title>{_escaped(whole)}</title>"
    match node.kind:
        case "fact" | "input":
            yield (
                f'<path class="{classes}" d="M{x:.1f},{y:.1f} H{x + wide - CORNER:.1f} '
                f"L{x + wide:.1f},{y + CORNER:.1f} V{y + high:.1f} H{x:.1f} Z "
                f'M{x + wide - CORNER:.1f},{y:.1f} v{CORNER} h{CORNER}"/>'
            )
        case "check":
            cut = 8.0
            yield (
                f'<path class="{classes}" d="M{x + cut:.1f},{y:.1f} '
                f"H{x + wide - cut:.1f} l{cut},{cut} V{y + high - cut:.1f} "
                f"l-{cut},{cut} H{x + cut:.1f} l-{cut},-{cut} V{y + cut:.1f} "
                f'Z"/>'
            )
        case _:
            if node.kind == "outcome" or node.recursive:
                yield _rect("w-box", x - 4, y - 4, wide + 8, high + 8)
            yield _rect(classes, x, y, wide, high)
    for number, (style, line) in enumerate(lines):
        kind = f"{style} w-fails-text" if node.fails and style == "w-strong" else style
        named = f' class="{kind}"' if kind else ""
        yield (
            f'<text{named} x="{x + PADDING:.1f}" '
            f'y="{y + PADDING + 9 + number * LINE:.1f}">{_escaped(line)}</text>'
        )
    yield "</g>"


def _rect(classes: str, x: float, y: float, wide: float, high: float) -> str:
    return (
        f'<rect class="{classes}" x="{x:.1f}" y="{y:.1f}" '
        f'width="{wide:.1f}" height="{high:.1f}" rx="7"/>'
    )


# --- arrows -----------------------------------------------------------------------


def _marker(name: str, colour: str) -> Iterator[str]:
    yield (
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" '
        f'markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">'
        f'<path d="M0,0.5 L8,4 L0,7.5 Z" fill="{colour}"/></marker>'
    )


def _arrow(
    edge: Edge,
    points: tuple[tuple[float, float], ...],
    where: tuple[tuple[float, float], Box],
    *,
    fails: bool,
) -> Iterator[str]:
    classes = f"w-edge w-{edge.kind}{' w-edge-fails' if fails else ''}"
    marker = "w-arrow-fails" if fails else "w-arrow"
    if not points:
        # From a box to itself: a loop above its right upper corner.
        (x, y), box = where
        right = x + box.width
        way = (
            f"M{right - 24:.1f},{y:.1f} C{right - 24:.1f},{y - 22:.1f} "
            f"{right + 22:.1f},{y - 10:.1f} {right:.1f},{y + 12:.1f}"
        )
        middle = (right + 2, y - 10)
    else:
        way = f"M{points[0][0]:.1f},{points[0][1]:.1f}"
        for (x, y), (u, v) in itertools.pairwise(points):
            bend = (u - x) / 2
            way += f" C{x + bend:.1f},{y:.1f} {u - bend:.1f},{v:.1f} {u:.1f},{v:.1f}"
        (x, y), (u, v) = points[0], points[1]
        middle = ((x + u) / 2, (y + v) / 2)
    yield f'<path class="{classes}" d="{way}" marker-end="url(#{marker})"/>'
    if edge.how:
        yield (
            f'<text class="w-how" x="{middle[0]:.1f}" y="{middle[1] + 4:.1f}" '
            f'text-anchor="middle">{_escaped(edge.how)}</text>'
        )


# --- bands and legend -------------------------------------------------------------


def _first_columns(graph: Graph) -> list[int]:
    """Return the first column of each node: bands follow one another.

    A band is as wide as the longest way through its nodes.
    """
    if not graph.bands:
        return [0] * len(graph.nodes)
    place = {node.key: i for i, node in enumerate(graph.nodes)}
    first = [0] * len(graph.nodes)
    start = 0
    for band in range(len(graph.bands)):
        inside = [i for i, node in enumerate(graph.nodes) if node.band == band]
        arrows = [
            (inside.index(place[edge.source]), inside.index(place[edge.target]))
            for edge in graph.edges
            if place[edge.source] in inside and place[edge.target] in inside
        ]
        columns = laid_out([Box(1, 1)] * len(inside), arrows).column_of
        for i in inside:
            first[i] = start
        start += max(columns, default=-1) + 1
    return first


def _bands(graph: Graph, drawing: Drawing) -> Iterator[str]:
    for band, title in enumerate(graph.bands):
        columns = sorted(
            {
                drawing.column_of[i]
                for i, node in enumerate(graph.nodes)
                if node.band == band
            }
        )
        if not columns:
            continue
        left = drawing.columns[columns[0]][0] - 12
        last, wide = drawing.columns[columns[-1]]
        yield (
            f'<rect class="w-band" x="{left:.1f}" y="-12" rx="6" '
            f'width="{last + wide + 12 - left:.1f}" '
            f'height="{drawing.height + 24:.1f}"/>'
        )
        yield f'<text class="w-foot" x="{left:.1f}" y="-18">{_escaped(title)}</text>'


def _legend_width(graph: Graph) -> float:
    return sum(48 + COLUMN * width(words) for _, words in graph.legend)


def _legend(graph: Graph, y: float) -> Iterator[str]:
    x = MARGIN
    for kind, words in graph.legend:
        if kind in {"plain", "not", "aggregate", "recursive"}:
            yield (
                f'<path class="w-edge w-{kind}" d="M{x},{y} h26" '
                f'marker-end="url(#w-arrow)"/>'
            )
        elif kind in {"fact", "input"}:
            yield (
                f'<path class="w-box w-{kind}" d="M{x},{y - 7} h18 l6,6 v8 h-24 Z"/>'
            )
        elif kind == "check":
            yield (
                f'<path class="w-box w-check" d="M{x + 4},{y - 7} h16 l4,4 v6 l-4,4 '
                f'h-16 l-4,-4 v-6 Z"/>'
            )
        elif kind == "outcome":
            yield _rect("w-box", x - 2, y - 9, 28, 18)
            yield _rect("w-box w-outcome", x + 1, y - 6, 22, 12)
        else:
            yield _rect(f"w-box w-{kind}", x, y - 7, 24, 14)
        yield (
            f'<text class="w-foot" x="{x + 32}" y="{y + 4}">{_escaped(words)}</text>'
        )
        x += 48 + COLUMN * width(words)


def _escaped(text: str) -> str:
    from whereas.render.width import visible

    shown = visible(text).replace("&", "&amp;").replace("<", "&lt;")
    return shown.replace(">", "&gt;").replace('"', "&quot;")
