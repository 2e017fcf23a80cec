"""The page of a justification into a graph: the same sentences, numbers and signs.

Each statement is a box, and an arrow leads to what it rests on. What is said once
and needed again is one box with several arrows. Of a refusal, what fails is drawn
whole, and what holds in a box each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.render.graph import Edge, Graph, Node
from whereas.render.picture_words import picture_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whereas.render.page import Entry, Group, Page

_GROUPS = ("reasons", "considered", "failing", "holding")
_KINDS = {
    "derived": "derived",
    "rule": "derived",
    "fact": "fact",
    "absence": "absence",
    "aggregate": "check",
    "check": "check",
    # Rows that come near, further attempts, and how many were left out.
    "near": "fact",
    "also": "check",
    "more": "check",
}
_FAILS = "✗"


def proof_graph(page: Page) -> Graph:
    """Draw a decision's proof, or what stands against it."""
    drawing = _Drawing(page)
    for group in page.groups:
        if group.key in _GROUPS:
            drawing.add(group)
    return drawing.graph()


class _Drawing:
    """Boxes and arrows while they are collected."""

    def __init__(self, page: Page) -> None:
        self.page = page
        head = page.head
        self.nodes = [
            Node(
                "n0",
                "conclusion",
                page.heading,
                head.sentence,
                " · ".join(part for part in (head.why, head.ids) if part),
                sign=page.sign,
                fails=page.sign == _FAILS,
            )
        ]
        # Arrows to boxes, and to statements by their numbers, which may come later.
        self.edges: list[tuple[str, str]] = []
        self.referred: list[tuple[str, str]] = []
        self.numbered: dict[str, str] = {}
        self.put_off: set[str] = set()
        self.absences: set[str] = set()

    def add(self, group: Group) -> None:
        """Add a group: each entry below the last one of the depth above it."""
        above: dict[int, str] = {}
        for entry in group.entries:
            if group.brief and entry.depth:
                continue
            parent = above.get(entry.depth - 1, "n0")
            (said,) = [one for one in entry.refers if one[:1] != "["][:1] or [""]
            if said:
                # It is said elsewhere: no second box, an arrow there.
                self.referred.append((parent, said))
                above[entry.depth] = parent
                if said not in self.numbered:
                    self.put_off.add(said)
                continue
            key = f"n{len(self.nodes)}"
            self.nodes.append(self._node(key, entry))
            above[entry.depth] = key
            if entry.number:
                self.numbered[entry.number] = key
            if not (entry.number in self.put_off and entry.depth == 0):
                self.edges.append((parent, key))
            self.referred += [(key, one) for one in entry.refers]

    def _node(self, key: str, entry: Entry) -> Node:
        kind = _KINDS[entry.kind]
        if kind == "absence":
            self.absences.add(key)
        title = " · ".join(part for part in (entry.number, entry.ids) if part)
        foot = entry.origin if kind in {"fact", "absence"} else entry.why
        return Node(
            key,
            kind,
            title,
            entry.sentence,
            foot,
            sign=entry.sign,
            fails=entry.sign == _FAILS,
        )

    def graph(self) -> Graph:
        words = picture_words(self.page.language)
        drawn = dict.fromkeys(self._all())
        edges = tuple(
            Edge(source, target, "not")
            if target in self.absences
            else Edge(source, target)
            for source, target in drawn
        )
        kinds = {node.kind for node in self.nodes}
        legend = [
            (kind, said)
            for kind, said in (
                ("derived", words.derived),
                ("fact", words.fact),
                ("check", words.check),
                ("absence", words.absence),
            )
            if kind in kinds
        ]
        if any(node.fails for node in self.nodes):
            legend.append(("fails", f"{_FAILS} {words.fails}"))
        legend.append(("plain", words.rests_on))
        return Graph(
            self.page.language,
            self.page.title,
            tuple(self.nodes),
            edges,
            tuple(legend),
        )

    def _all(self) -> Iterator[tuple[str, str]]:
        yield from self.edges
        for source, number in self.referred:
            target = self.numbered.get(number)
            if target is not None and target != source:
                yield source, target
