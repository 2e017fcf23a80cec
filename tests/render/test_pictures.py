"""Pictures: what stands in them, that nothing overlaps, and that colour says nothing."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET

import pytest
from example import example, justified
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.helper import policy
from policy.test_dependencies import RULES
from whereas.render.graph import Edge, Graph, Node
from whereas.render.justification import justification_as, page_of
from whereas.render.layout import COLUMN_GAP, Box, laid_out
from whereas.render.pictures import picture_as
from whereas.render.policy_graph import graph_as, policy_graph
from whereas.render.proof_graph import proof_graph

SVG = "{http://www.w3.org/2000/svg}"


def drawn(batch: str, language: str = "en") -> Graph:
    return proof_graph(page_of(justified(batch), example(), language))


# --- the layout -------------------------------------------------------------------

GRAPHS = st.integers(1, 9).flatmap(
    lambda count: st.tuples(
        st.lists(
            st.tuples(st.integers(10, 80), st.integers(10, 60), st.integers(0, 3)),
            min_size=count,
            max_size=count,
        ),
        st.lists(
            st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)),
            max_size=16,
        ),
        st.booleans(),
    )
)


@given(GRAPHS)
@settings(max_examples=150, deadline=None)
def test_no_boxes_overlap_and_arrows_end_at_their_boxes(
    graph: tuple[list[tuple[int, int, int]], list[tuple[int, int]], bool],
) -> None:
    sizes, arrows, in_order = graph
    boxes = [Box(*size) for size in sizes]
    found = laid_out(boxes, arrows, in_order=in_order)
    assert found == laid_out(boxes, arrows, in_order=in_order)
    areas = [
        (x, y, x + found.columns[column][1], y + box.height)
        for (x, y), box, column in zip(
            found.places, boxes, found.column_of, strict=True
        )
    ]
    for (a, b, c, d), (e, f, g, h) in itertools.combinations(areas, 2):
        assert c <= e or g <= a or d <= f + 1e-6 or h <= b + 1e-6
    for box, column in zip(boxes, found.column_of, strict=True):
        assert column >= box.column
    for (source, target), points in zip(arrows, found.arrows, strict=True):
        if source == target:
            assert points == ()
            continue
        (x, y), (u, v) = points[0], points[-1]
        assert areas[source][1] <= y <= areas[source][3]
        assert areas[target][1] <= v <= areas[target][3]
        assert x in (areas[source][0], areas[source][2])
        assert u in (areas[target][0], areas[target][2])


def test_arrows_lead_to_the_right_and_circles_are_drawn_too() -> None:
    found = laid_out([Box(10, 10)] * 3, [(0, 1), (1, 2), (2, 1)])
    assert found.column_of == (0, 1, 2)
    assert found.arrows[1][0][0] < found.arrows[1][-1][0]
    assert found.arrows[2][0][0] > found.arrows[2][-1][0]
    assert found.width == 3 * 10 + 2 * COLUMN_GAP


def test_premises_keep_their_order() -> None:
    """A reader finds 1, 2, 3 from top to bottom, even where arrows then cross."""
    arrows = [(0, 1), (0, 2), (0, 3), (1, 5), (3, 4), (2, 4)]
    found = laid_out([Box(10, 10)] * 6, arrows, in_order=True)
    heights = [found.places[i][1] for i in (1, 2, 3)]
    assert heights == sorted(heights)


# --- a proof and a refusal --------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("batch", ["B-1", "B-3", "B-4"])
def test_a_picture_has_the_numbers_and_sentences_of_the_text(
    batch: str, language: str
) -> None:
    graph = drawn(batch, language)
    text = "".join(
        justification_as(justified(batch), example(), "text", language).split()
    )
    for node in graph.nodes:
        assert "".join(node.text.split()) in text
    said = {node.title.split(" · ")[0] for node in graph.nodes if node.kind == "fact"}
    assert said <= set(re.findall(r"\[\d+\]", text))
    keys = [node.key for node in graph.nodes]
    assert len(set(keys)) == len(keys)
    assert {key for e in graph.edges for key in (e.source, e.target)} <= {*keys}
    # Everything hangs together: each box but the conclusion is what another rests on.
    assert {*keys} - {e.target for e in graph.edges} == {"n0"}


def test_what_fails_is_marked_by_a_sign_and_a_thick_line() -> None:
    graph = drawn("B-3")
    failing = [node for node in graph.nodes if node.fails]
    assert failing
    assert all(node.sign == "✗" for node in failing)
    assert "w-fails" in picture_as(graph, "svg")
    assert "penwidth=2.5" in picture_as(graph, "dot")
    assert ":::fails" in picture_as(graph, "mermaid")
    assert not any(node.fails for node in drawn("B-1").nodes)


def test_what_is_absent_is_dashed() -> None:
    graph = drawn("B-1")
    absent = {node.key for node in graph.nodes if node.kind == "absence"}
    assert absent
    assert {e.target for e in graph.edges if e.kind == "not"} == absent


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("batch", ["B-1", "B-3", "B-4"])
def test_an_svg_is_whole_and_asks_nobody(batch: str, language: str) -> None:
    graph = drawn(batch, language)
    text = picture_as(graph, "svg")
    root = ET.fromstring(text)  # our own output
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == graph.title
    titles = {one.text for one in root.iter(f"{SVG}title")}
    for node in graph.nodes:
        assert any(node.text in (title or "") for title in titles)
    assert "<script" not in text
    assert set(re.findall(r"https?://[^\"]+", text)) == {"http://www.w3.org/2000/svg"}


def test_words_cannot_leave_their_box() -> None:
    evil = "</text><script>\"&'|]})\x1b[31m\\"
    graph = Graph("en", evil, (Node("n0", "fact", evil, evil),), ())
    root = ET.fromstring(picture_as(graph, "svg"))
    assert not list(root.iter(f"{SVG}script"))
    mermaid = picture_as(graph, "mermaid")
    assert "<script" not in mermaid
    assert mermaid.count('"') == 2
    dot = picture_as(graph, "dot")
    assert '\\"' in dot
    assert "\\\\" in dot


# --- a policy ---------------------------------------------------------------------


def test_strata_negation_and_recursion_are_seen_in_each_format() -> None:
    made = policy(RULES)
    graph = policy_graph(made, "en")
    assert graph.bands == ("stratum 2", "stratum 1", "stratum 0", "facts")
    kinds = {(e.kind, e.how) for e in graph.edges}
    assert {("not", "not"), ("aggregate", "count"), ("recursive", "↻")} <= kinds
    (path,) = [node for node in graph.nodes if node.title == "path"]
    assert path.recursive
    assert "w-recursive" in picture_as(graph, "svg")
    assert "style=bold" in picture_as(graph, "dot")
    assert "==>" in picture_as(graph, "mermaid")
    text = graph_as(made, "text", "en")
    assert "path  ↻ rests on itself" in text
    assert "rests on node, not path" in text
    assert "rests on node, count apart" in text


def test_a_part_of_a_policy() -> None:
    graph = policy_graph(policy(RULES), "zh", ["path"])
    assert {node.title for node in graph.nodes} == {"edge", "path"}
    assert graph.bands == ("第0层", "事实")


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("language", ["en", "zh"])
def test_graphviz_reads_the_dot(language: str) -> None:
    graphs = [policy_graph(policy(RULES), language), drawn("B-3", language)]
    for graph in [
        *graphs,
        Graph(language, 'a "b" \\ c', (Node("n", "fact", "\\n"),), (Edge("n", "n"),)),
    ]:
        done = subprocess.run(
            ["dot", "-Tplain"],
            input=picture_as(graph, "dot").encode(),
            capture_output=True,
            check=True,
        )
        assert done.stdout.decode().count("\nnode ") == len(graph.nodes)
