"""Markdown becomes sections, quoted words and rules; no rule is lost in silence."""

from __future__ import annotations

import pytest

from whereas.diagnostics import Diagnostic, Source, Span
from whereas.language import parse_document

RULE = "p(X) :- q(X)."


def faults(text: str) -> list[tuple[str, str, str | None, str]]:
    _, diagnostics = parse_document(Source("a.md", text))
    return [(d.code.value, d.message, d.help, underlined(d)) for d in diagnostics]


def underlined(diagnostic: Diagnostic) -> str:
    assert isinstance(diagnostic.at, Span)
    return diagnostic.at.text


def test_sections_have_slugs_paths_and_quotes() -> None:
    """Slugs are GitHub's, and unique; a quotation is the regulation's words."""
    text = (
        "> Before all.\n\n"
        "# Import of *drugs*: `when`?\n\n"
        "> 药品\n> 批准 and\n> so on.\n>\n> - one\n> - two\n\nOur prose.\n\n"
        "> Second.\n\n"
        "## Rare diseases\n\n```datalog\n" + RULE + "\n```\n\n```datalog\nr(1).\n```\n"
        "## Rare diseases\n\n"
        "其他\n====\n"
    )
    document, diagnostics = parse_document(Source("a.md", text))
    assert diagnostics == []
    assert [
        (part.slug, part.title, part.path, part.quotes, len(part.statements))
        for part in document.sections
    ] == [
        ("", "", (), ("Before all.",), 0),
        (
            "import-of-drugs-when",
            "Import of drugs: when?",
            ("Import of drugs: when?",),
            ("药品批准 and so on.\none\ntwo", "Second."),
            0,
        ),
        (
            "rare-diseases",
            "Rare diseases",
            ("Import of drugs: when?", "Rare diseases"),
            (),
            2,
        ),
        (
            "rare-diseases-1",
            "Rare diseases",
            ("Import of drugs: when?", "Rare diseases"),
            (),
            0,
        ),
        ("其他", "其他", ("其他",), (), 0),
    ]
    assert document.sections[1].span.text == "# Import of *drugs*: `when`?"


def test_passive_blocks_and_tilde_fences() -> None:
    """Other languages are prose; a fence may be of tildes, or longer."""
    text = "```text\n" + RULE + "\n```\n\n~~~~datalog\n" + RULE + "\n~~~~\n"
    document, diagnostics = parse_document(Source("a.md", text))
    assert diagnostics == []
    assert [len(part.statements) for part in document.sections] == [1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"- a list\n\n  ```datalog\n  {RULE}\n  ```\n",
            ("E101", "a `datalog` block does not stand at the margin", "```datalog"),
        ),
        (
            f"> ```datalog\n> {RULE}\n> ```\n",
            ("E101", "a `datalog` block does not stand at the margin", "> ```datalog"),
        ),
        (
            f"  ```datalog\n  {RULE}\n  ```\n",
            ("E101", "a `datalog` block does not stand at the margin", "```datalog"),
        ),
        (
            f"<details>\n```datalog\n{RULE}\n```\n</details>\n",
            ("E101", "a `datalog` block stands in HTML", "```datalog"),
        ),
        (
            f"<!--\n```datalog\n{RULE}\n```\n-->\n",
            ("E101", "a `datalog` block stands in HTML", "```datalog"),
        ),
        (
            f"x\n\n    ```datalog\n    {RULE}\n    ```\n",
            ("E101", "a `datalog` block stands in indented text", "```datalog"),
        ),
        (
            f"```datalog\n{RULE}\n",
            ("E102", "the block that begins here is not closed", "```datalog"),
        ),
        (
            f"```datalog\n{RULE}\n~~~\n",
            ("E102", "the block that begins here is not closed", "```datalog"),
        ),
        (
            f"```datalog\n{RULE}\n\nprose\n\n```datalog\nr(1).\n```\n",
            (
                "E102",
                "the block is not closed before the next fence, on line 6",
                "```datalog",
            ),
        ),
        (
            "```text\nabc\n",
            ("E102", "the block that begins here is not closed", "```text"),
        ),
        (
            f"```Datalog\n{RULE}\n```\n",
            ("E103", "the block's language `Datalog` is unknown", "```Datalog"),
        ),
        (
            f"```\n{RULE}\n```\n",
            ("E103", "the block does not name its language", "```"),
        ),
        (
            f"```datalog skip\n{RULE}\n```\n",
            ("E103", "`skip` follows the block's language", "```datalog skip"),
        ),
        (
            f"Prose.\n\n    {RULE}\n",
            (
                "E104",
                "this looks like a rule, but stands in no `datalog` block",
                RULE,
            ),
        ),
        (
            f"Prose:\n{RULE}\n",
            (
                "E104",
                "this looks like a rule, but stands in no `datalog` block",
                RULE,
            ),
        ),
        (
            "``datalog\nq(1).\n``\n",
            (
                "E104",
                "this looks like a rule, but stands in no `datalog` block",
                "``datalog",
            ),
        ),
    ],
)
def test_rules_that_markdown_would_swallow(
    text: str, expected: tuple[str, str, str]
) -> None:
    """Each is one error, with its place; nothing is read in silence as prose."""
    assert [(code, said, at) for code, said, _, at in faults(text)] == [expected]


def test_block_language_is_suggested() -> None:
    """A slip of the pen is told from another language."""
    assert faults("```datalogs\n```\n")[0][2] == "did you mean `datalog`?"
    assert faults("```Datalog\n```\n")[0][2] == "did you mean `datalog`?"
    assert faults("```prolog\n```\n")[0][2] == (
        "rules stand in `datalog` blocks; other blocks are `console`, `csv`, `json`, "
        "`markdown`, `text`, `toml`, `yaml`"
    )


def test_ordinary_prose_is_no_rule() -> None:
    """Words about rules, code in a line and indented words are left alone."""
    assert (
        faults("The rule `p(X) :- q(X)` and batch(es) are prose.\n\n    a poem\n") == []
    )
    assert faults("Each `datalog` block; the input (of all kinds) is data.\n") == []


@pytest.mark.parametrize(
    ("fence", "words"),
    [("```", "three backticks"), ("~~~", "three tildes"), ("````", "4 backticks")],
)
def test_what_closes_a_block_is_said_in_words(fence: str, words: str) -> None:
    """Backticks in backticks would look like five of them."""
    ((code, _, advice, _),) = faults(f"# A\n\n{fence}datalog\n{RULE}\n")
    assert (code, advice) == ("E102", f"close it with a line of {words}")


@pytest.mark.parametrize("word", ["F-001", "AB-2-007", "F-001-X"])
def test_a_code_without_quotation_marks_is_seen_whole(word: str) -> None:
    """The text is quoted, not its end alone."""
    found = faults(f"# A\n\n```datalog\np(X) :- q(X, {word}).\n```\n")
    assert found[0] == (
        "E112",
        f"`{word}` is no number, nor a text without quotation marks",
        f'a text is quoted: write `"{word}"`',
        word,
    )
    assert len(found) == 1
