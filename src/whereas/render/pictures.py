"""A graph as SVG, as DOT for Graphviz, or as Mermaid.

Kinds are told by shape, line and word, and only then by colour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whereas.render.graph import Graph, Node

FORMATS = ("svg", "dot", "mermaid")


def picture_as(graph: Graph, format_: str) -> str:
    """Return a graph in one of `FORMATS`."""
    match format_:
        case "svg":
            from whereas.render.svg import svg

            return svg(graph)
        case "dot":
            return dot(graph)
        case "mermaid":
            return mermaid(graph)
    raise ValueError(format_)


# --- DOT --------------------------------------------------------------------------

_DOT_SHAPES = {
    "conclusion": 'shape=box, style="rounded,bold"',
    "derived": "shape=box, style=rounded",
    "fact": "shape=note",
    "input": "shape=note",
    "absence": 'shape=box, style="dashed"',
    "check": "shape=octagon",
    "outcome": "shape=box, peripheries=2",
}
_DOT_EDGES = {
    "plain": "",
    "not": "style=dashed, arrowhead=odot",
    "aggregate": "style=dotted",
    "recursive": "style=bold, constraint=false",
}


def dot(graph: Graph) -> str:
    """Return a graph in the language of Graphviz."""
    lines = [
        f"digraph {_quoted(graph.title)} {{",
        "  rankdir=LR;",
        f"  label={_quoted(graph.title)}; labelloc=t;",
        '  node [fontname="sans-serif", fontsize=11, margin="0.12,0.08"];',
        '  edge [fontname="sans-serif", fontsize=10, arrowsize=0.7];',
    ]
    groups: dict[int | None, list[str]] = {}
    for node in graph.nodes:
        shape = _DOT_SHAPES[node.kind]
        if node.fails:
            shape += ", penwidth=2.5, color=red4"
        label = _quoted("\n".join(_label(node)))
        groups.setdefault(node.band, []).append(f"{node.key} [label={label}, {shape}];")
    for band in sorted(groups, key=lambda one: -1 if one is None else one):
        if band is None:
            lines += [f"  {line}" for line in groups[band]]
            continue
        title = _quoted(graph.bands[band])
        lines.append(f"  subgraph cluster_{band} {{ label={title}; style=dotted;")
        lines += [f"    {line}" for line in groups[band]]
        lines.append("  }")
    for edge in graph.edges:
        said = [_DOT_EDGES[edge.kind]]
        if edge.how:
            said.append(f"label={_quoted(edge.how)}")
        inside = ", ".join(one for one in said if one)
        lines.append(
            f"  {edge.source} -> {edge.target}{f' [{inside}]' if inside else ''};"
        )
    return "\n".join([*lines, "}"]) + "\n"


def _label(node: Node) -> list[str]:
    """Return what stands in a box, wrapped; the sign stands first."""
    from whereas.render.width import wrapped

    head = " ".join(part for part in (node.sign, node.title) if part)
    texts = [head, node.text, node.foot]
    return [line for text in texts if text for line in wrapped(text, 40)]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


# --- Mermaid ----------------------------------------------------------------------

_MERMAID_SHAPES = {
    "conclusion": ("([", "])"),
    "derived": ("(", ")"),
    "fact": ("[", "]"),
    "input": ("[", "]"),
    "absence": ("[", "]"),
    "check": ("{{", "}}"),
    "outcome": ("[[", "]]"),
}
_MERMAID_EDGES = {
    "plain": "-->",
    "not": "-.->",
    "aggregate": "-.->",
    "recursive": "==>",
}


def mermaid(graph: Graph) -> str:
    """Return a graph as a Mermaid flowchart, as Markdown pages draw it."""
    lines = ["flowchart LR"]
    groups: dict[int | None, list[str]] = {}
    for node in graph.nodes:
        opening, closing = _MERMAID_SHAPES[node.kind]
        label = "<br>".join(_entities(line) for line in _label(node))
        kind = " :::fails" if node.fails else ""
        kind = " :::absence" if node.kind == "absence" else kind
        groups.setdefault(node.band, []).append(
            f'{node.key}{opening}"{label}"{closing}{kind.replace(" ", "")}'
        )
    for band in sorted(groups, key=lambda one: -1 if one is None else one):
        if band is None:
            lines += [f"  {line}" for line in groups[band]]
            continue
        lines.append(f'  subgraph band{band}["{_entities(graph.bands[band])}"]')
        lines += [f"    {line}" for line in groups[band]]
        lines.append("  end")
    for edge in graph.edges:
        how = f'|"{_entities(edge.how)}"|' if edge.how else ""
        arrow = _MERMAID_EDGES[edge.kind]
        lines.append(f"  {edge.source} {arrow}{how} {edge.target}")
    if any(node.fails for node in graph.nodes):
        lines.append("  classDef fails stroke:#a3191f,stroke-width:3px")
    if any(node.kind == "absence" for node in graph.nodes):
        lines.append("  classDef absence stroke-dasharray:5 4")
    return "\n".join(lines) + "\n"


def _entities(text: str) -> str:
    """Return a text in which Mermaid finds nothing of its own."""
    return "".join(f"#{ord(c)};" if c in '"#&<>`\\' else c for c in text)
