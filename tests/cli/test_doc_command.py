"""`whereas doc` and `whereas graph` as a user runs them."""

from __future__ import annotations

from pathlib import Path

import pytest
from run_cli import tree, whereas


def test_a_folder_has_every_form(demo: Path) -> None:
    done = whereas("doc", "--facts", "--out", "page", cwd=demo)
    assert (done.code, done.err) == (0, "")
    files = tree(demo / "page")
    assert [f"page/{name}" for name in sorted(files)] == sorted(done.out.split())
    assert len(files) == 5
    again = whereas("doc", "--facts", "--out", "page", cwd=demo)
    assert again.code == 0
    assert tree(demo / "page") == files


def test_one_language(demo: Path) -> None:
    done = whereas("doc", "--out", "page", "--lang", "zh", cwd=demo)
    assert done.code == 0
    names = [Path(name).name for name in done.out.split()]
    assert names == ["nmpa-summary.json", "nmpa-summary.zh.md", "nmpa-summary.zh.html"]
    same = whereas("doc", "--lang", "zh", cwd=demo)
    assert same.out == (demo / "page" / "nmpa-summary.zh.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("doc", "--out", "a", "--output", "b"), "--out and --output exclude"),
        (("doc", "--lang", "fr"), "does not speak `fr`"),
        (("graph", "complet"), "did you mean `complete`?"),
        (("graph", "--lang", "fr"), "does not speak `fr`"),
    ],
)
def test_a_wrong_wish_is_a_usage_error(
    demo: Path, words: tuple[str, ...], said: str
) -> None:
    before = tree(demo)
    done = whereas(*words, cwd=demo)
    assert done.code == 2
    assert said in done.err
    assert done.out == ""
    assert tree(demo) == before


@pytest.mark.parametrize("format_", ["svg", "dot", "mermaid"])
def test_pictures_are_written_to_a_file_or_to_stdout(demo: Path, format_: str) -> None:
    for words in (
        ("graph",),
        ("why", "B-033"),
        ("why", 'complete("F-033")'),
        # Nearest rows, further attempts and what was left out are boxes too.
        ("why-not", "B-022", "--all"),
        ("why-not", "B-042"),
    ):
        done = whereas(*words, "--format", format_, cwd=demo)
        assert done.code == 0, done.err
        filed = whereas(*words, "--format", format_, "--output", "p", cwd=demo)
        assert filed.code == 0
        assert (demo / "p").read_text("utf-8") == done.out != ""
