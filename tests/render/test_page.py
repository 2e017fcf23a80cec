"""The HTML page of a justification: a tree that folds, and what it leads to."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser
from pathlib import Path

import pytest
from browser import browsed, printed
from example import example, justified

from whereas.api import checklist, decide, load_facts, load_policy
from whereas.render.justification import justification_as

BATCHES = ["B-1", "B-3", "B-4"]


def page(batch: str, language: str = "en") -> str:
    return justification_as(justified(batch), example(), "html", language)


class Links(HTMLParser):
    """Collects the anchors of a page and the links to them."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if (name := known.get("id")) is not None:
            self.ids.append(name)
        if (link := known.get("href")) is not None:
            self.links.append(link)
        if tag in {"link", "img", "iframe", "object"} or known.get("src"):
            self.loaded.append(tag)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("batch", BATCHES)
def test_each_link_leads_somewhere_on_the_page(batch: str, language: str) -> None:
    reader = Links()
    reader.feed(page(batch, language))
    assert len(set(reader.ids)) == len(reader.ids)
    assert reader.links
    assert {link[:1] for link in reader.links} == {"#"}
    assert {link[1:] for link in reader.links} <= set(reader.ids)
    assert not reader.loaded


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_fact_leads_to_its_row_and_back(language: str) -> None:
    text = page("B-3", language)
    for number in re.findall(r'id="fact-(\d+)"', text):
        assert f'href="#row-{number}"' in text
        assert f'<tr id="row-{number}">' in text
    # A row is as it was read: dates as ISO writes them, enumerations unlabelled.
    row = re.search(r'<tr id="row-1">.*</tr>', text)
    assert row is not None
    assert "<td>2025-09-01</td>" in row[0]
    assert "<td>commercial</td>" in row[0]


def test_rows_and_articles_say_the_same_in_each_language() -> None:
    cells = [
        re.findall(r"<td>([^<]*)</td>", page("B-3", language))
        for language in ("en", "zh")
    ]
    assert cells[0] == cells[1]
    anchors = [
        re.findall(r'<article id="([^"]*)"', page("B-3", language))
        for language in ("en", "zh")
    ]
    assert anchors[0] == anchors[1] != []


def test_without_a_script_what_fails_is_open() -> None:
    text = page("B-3")
    failing = text[text.index('id="failing"') : text.index('id="holding"')]
    assert "<details" in failing
    assert failing.count("<details open>") == failing.count("<details")
    assert '<span class="buttons" hidden>' in text


def plain(text: str) -> str:
    """A text without blanks; a PDF has other code points for some characters."""
    return "".join(unicodedata.normalize("NFKC", text).split())


# --- in a browser -----------------------------------------------------------------


def test_the_tree_folds_by_button_and_by_key(tmp_path: Path) -> None:
    said = browsed(
        page("B-3"),
        """
        var open = function () {
          return document.querySelectorAll('main details[open]').length;
        };
        var press = function (wish) {
          document.querySelector('[data-wish=' + wish + ']').click();
          return open();
        };
        var key = function (name) {
          document.activeElement.dispatchEvent(
            new KeyboardEvent('keydown', {key: name, bubbles: true}));
        };
        var said = {shown: !document.querySelector('.buttons').hidden};
        said.all = document.querySelectorAll('main details').length;
        said.fold = press('fold');
        said.unfold = press('unfold');
        said.failing = press('failing');
        said.red = document.querySelectorAll('main li.fails > details[open]').length;
        press('unfold');
        var first = document.querySelector('main summary');
        first.focus();
        key('ArrowLeft');
        said.left = first.parentElement.open;
        key('ArrowRight');
        said.right = first.parentElement.open;
        key('ArrowDown');
        said.down = document.activeElement !== first &&
          document.activeElement.tagName === 'SUMMARY';
        key('ArrowUp');
        said.up = document.activeElement === first;
        return said;
        """,
        tmp_path,
    )
    assert said["shown"]
    assert said["fold"] == 0
    assert said["unfold"] == said["all"] > said["failing"] == said["red"] > 0
    assert (said["left"], said["right"]) == (False, True)
    assert said["down"]
    assert said["up"]


def test_a_jump_unfolds_what_it_leads_to(tmp_path: Path) -> None:
    said = browsed(
        page("B-3"),
        """
        document.querySelector('[data-wish=fold]').click();
        var inside = document.querySelector('main details li[id]');
        location.hash = '#' + inside.id;
        dispatchEvent(new HashChangeEvent('hashchange'));
        return [inside.id, inside.parentElement.closest('details').open];
        """,
        tmp_path,
    )
    assert said[0]
    assert said[1] is True


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_is_wider_than_the_screen(
    language: str, width: int, tmp_path: Path
) -> None:
    said = browsed(
        page("B-3", language).replace("<details", "<details open"),
        "return [document.documentElement.scrollWidth, innerWidth];",
        tmp_path,
        width=width,
    )
    assert said[0] <= said[1]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_paper_shows_all_of_it(language: str, tmp_path: Path) -> None:
    """Folded or not, everything is printed; what only a screen can use is not."""
    text = page("B-3", language).replace("<details open>", "<details>")
    # Even where no script runs.
    sheets = "".join(
        printed(re.sub(r"<script>.*</script>", "", text, flags=re.S), tmp_path)
    )
    words = plain(sheets)
    for sentence in re.findall(r'<span class="sentence">([^<&]*)</span>', text):
        assert plain(sentence) in words
    for cell in re.findall(r"<td>([^<&]+)</td>", text):
        assert plain(cell) in words
    for button in re.findall(r"<button[^>]*>([^<]*)<", text):
        assert plain(button) not in words


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("case", ["B-001", "B-041"])
def test_a_check_list_is_one_sheet_of_paper(
    case: str, language: str, tmp_path: Path
) -> None:
    root = Path(__file__).parents[2]
    policy = load_policy(root / "policy" / "nmpa-summary")
    model = decide(policy, load_facts(root / "facts" / "demo", policy)).model
    text = checklist(model, case, "safeguards").html(language)
    assert len(printed(text, tmp_path)) == 1
