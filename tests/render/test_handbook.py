"""The page of a policy: its links, what its prose cannot do, and the page we keep."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browser import browsed
from test_page import Links

from whereas.api import doc, load_facts, load_policy
from whereas.diagnostics import Source
from whereas.language.parse import parse_document
from whereas.render.policy_graph import overview
from whereas.render.prose import Heading, Prose, Rules, in_html, in_markdown, pieces

ROOT = Path(__file__).parents[2]
SUMMARY = ROOT / "policy" / "nmpa-summary"
KEPT = ROOT / "docs" / "policies"


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return doc(load_policy(SUMMARY)).files()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_link_of_the_page_leads_somewhere(
    pages: dict[str, str], language: str
) -> None:
    reader = Links()
    reader.feed(pages[f"nmpa-summary.{language}.html"])
    assert len(set(reader.ids)) == len(reader.ids)
    inside = {link[1:] for link in reader.links if link.startswith("#")}
    assert inside <= set(reader.ids)
    assert not reader.loaded
    # A rule is there with its words, and is led to.
    assert {"rule-S-C1", "rule-S-G3"} <= set(reader.ids) & inside


def test_every_rule_of_the_policy_is_on_the_page(pages: dict[str, str]) -> None:
    policy = load_policy(SUMMARY)
    for language in policy.languages:
        text = pages[f"nmpa-summary.{language}.md"]
        for rule in policy.rules:
            assert rule.span is not None
            assert rule.span.text in text
            for sentence in rule.texts.values():
                assert sentence.text.replace("_", "\\_") in text


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_fits_the_screen(
    pages: dict[str, str], width: int, tmp_path: Path
) -> None:
    said = browsed(
        pages["nmpa-summary.zh.html"],
        "return [document.documentElement.scrollWidth, innerWidth];",
        tmp_path,
        width=width,
    )
    assert said[0] <= said[1]


def digestless(text: str) -> str:
    return re.sub(r"sha256 [0-9a-f]+", "sha256 …", text)


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("nmpa-summary", "demo"),
        ("nmpa-2025-96", "portfolio"),
        ("nmpa-2025-04-draft", "portfolio"),
        ("us-plair", "plair-demo"),
    ],
)
def test_the_page_in_the_documentation_is_the_policys(
    name: str, facts: str, accept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`docs/policies/NAME.md` is what `whereas doc --facts` writes."""
    monkeypatch.chdir(ROOT)
    policy = load_policy(f"policy/{name}")
    page = doc(policy, load_facts(f"facts/{facts}", policy)).markdown("en")
    kept = KEPT / f"{name}.md"
    if accept:
        kept.write_text(page, encoding="utf-8")
    assert digestless(kept.read_text(encoding="utf-8")) == digestless(page)


@pytest.mark.parametrize(
    ("name", "by_files"), [("nmpa-summary", False), ("nmpa-2025-96", True)]
)
def test_a_policy_of_many_relations_is_drawn_by_its_files(
    name: str, by_files: bool
) -> None:
    """No picture of two hundred boxes can be read on a page."""
    policy = load_policy(ROOT / "policy" / name)
    for language in policy.languages:
        graph, files = overview(policy, language)
        assert files is by_files
        assert len(graph.nodes) < 50
        titles = [node.title for node in graph.nodes if node.kind == "derived"]
        assert len(titles) == len({*titles})
        keys = {node.key for node in graph.nodes}
        assert all(
            {e.source, e.target} <= keys and e.source != e.target for e in graph.edges
        )
        reached = {e.source for e in graph.edges}
        assert {n.key for n in graph.nodes if n.kind == "outcome"} <= reached


# --- prose ------------------------------------------------------------------------


def test_a_file_is_taken_apart_and_nothing_is_lost() -> None:
    text = (
        "Before.\n\n# One\n\nSome *words*.\n\n> Quoted.\n\n"
        "```datalog\np(X) :- q(X).\n```\n\nAfter.\n\n## Two\n\n```text\n# no heading\n```\n"
    )
    document, faults = parse_document(Source("policy/10-a.md", text))
    assert not faults
    assert pieces(document) == [
        Prose("Before."),
        Heading(1, "One", "10-a-one"),
        Prose("Some *words*.\n\n> Quoted."),
        Rules("p(X) :- q(X).", text.index("p(X)"), text.index("```\n\nAfter")),
        Prose("After."),
        Heading(2, "Two", "10-a-two"),
        Prose("```text\n# no heading\n```"),
    ]


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "![x](https://example.com/x.png)",
        "<img src=x onerror=alert(1)>",
        "[x](../../secret.html)",
    ],
)
def test_prose_can_run_and_load_nothing(evil: str) -> None:
    reader = Links()
    html = in_html(f"Words {evil} here.", {})
    reader.feed(html)
    assert "<script" not in html
    assert not reader.loaded
    assert all(link.startswith("https:") for link in reader.links)


def test_links_between_the_files_of_a_policy_stay_on_the_page() -> None:
    anchors = {"10-a.md": "10-a"}
    html = in_html(
        "[one](10-a.md), [two](10-a.md#x), [law](https://law.example)", anchors
    )
    assert re.findall('href="([^"]*)"', html) == [
        "#10-a",
        "#10-a-x",
        "https://law.example",
    ]
    assert in_markdown("[one](10-a.md#x), [law](https://law.example)") == (
        "one, [law](https://law.example)"
    )
