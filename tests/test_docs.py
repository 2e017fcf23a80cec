"""The documentation does what it says: its commands run, its links resolve.

In a `console` block, a line `$ whereas …` is run in a copy of the workspace and the
lines below it are its output, stderr included; a line `...` stands for any lines, and
any sha256 for any other (policies and facts may change without the page).
All blocks of a page share one copy. A comment before a fenced block makes it a file:

    <!-- write: scenarios/mine.yaml -->     the block becomes the file
    <!-- append: 20-eligibility.md -->      the block is added to its end
    <!-- replace: FILE: `old` by `new` -->  words of a file, as the text says in prose

`pytest tests/test_docs.py --accept` rewrites outputs and generated pages.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
from markdown_it import MarkdownIt

from whereas.cli.app import COMMANDS, commands
from whereas.cli.settings import keys, variable
from whereas.codes import Code

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
ERRORS = DOCS / "reference" / "errors"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
WORKSPACE = ("policy", "facts", "whereas.toml")
# What a page may show and no test runs: it sets up what is set up already.
UNRUN = ("make ", "git clone ", "pip install ", "cd ")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


# --- running a page ---------------------------------------------------------------


@dataclass(frozen=True)
class Console:
    """A `console` block: where it stands, and its commands with their output."""

    first: int
    last: int
    commands: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Edit:
    """A block, or a replacement, that changes a file of the workspace."""

    kind: str
    path: str
    content: str
    replacement: str = ""


def steps(page: Path) -> Iterator[Console | Edit]:
    pending: tuple[str, str] | None = None
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        if token.type == "html_block":
            found = re.match(r"<!-- (write|append): (\S+) -->", token.content)
            pending = (found[1], found[2]) if found else None
            replaced = re.match(
                r"<!-- replace: (\S+): `(.*?)` by `(.*?)` -->", token.content, re.S
            )
            if replaced:
                yield Edit("replace", replaced[1], replaced[2], replaced[3])
        elif token.type == "fence":
            if pending:
                yield Edit(*pending, token.content)
                pending = None
            elif token.info.strip() == "console":
                assert token.map is not None
                yield Console(
                    token.map[0] + 1, token.map[1] - 1, tuple(prompts(token.content))
                )


def prompts(block: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
        line, _, output = part.partition("\n")
        while line.endswith("\\"):
            more, _, output = output.partition("\n")
            line = f"{line}\n{more}"
        yield line, output


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    for each in WORKSPACE:
        source = ROOT / each
        if source.is_dir():
            shutil.copytree(source, tmp_path / each)
        else:
            shutil.copy(source, tmp_path / each)
    return tmp_path


@pytest.fixture(scope="session")
def shell(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which `whereas` is the one under test, 80 columns wide."""
    folder = tmp_path_factory.mktemp("bin")
    script = folder / "whereas"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m whereas "$@"\n')
    script.chmod(0o755)
    kept = {k: v for k, v in os.environ.items() if not k.startswith("WHEREAS_")}
    path = f"{folder}{os.pathsep}{kept.get('PATH', '')}"
    return {**kept, "PATH": path, "COLUMNS": "80", "LANG": "C.UTF-8"}


def run(line: str, folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        ["sh", "-c", line],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    text = done.stdout.decode("utf-8")
    return text if not text or text.endswith("\n") else text + "\n"


def digestless(text: str) -> str:
    return re.sub(r"(sha256\W+)[0-9a-f]{16,}", r"\1…", text)


def matches(expected: str, actual: str) -> bool:
    expected, actual = digestless(expected), digestless(actual)
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "..." else re.escape(line)
        for line in expected.splitlines(keepends=True)
    )
    return re.fullmatch(pattern, actual) is not None


def make(edit: Edit, workspace: Path) -> None:
    path = workspace / edit.path
    if edit.kind == "replace":
        text = path.read_text(encoding="utf-8")
        assert edit.content in text, f"{edit.path} does not say {edit.content!r}"
        path.write_text(text.replace(edit.content, edit.replacement), encoding="utf-8")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text(encoding="utf-8") if edit.kind == "append" else ""
    path.write_text(before + edit.content, encoding="utf-8")


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if "```console" in page.read_text(encoding="utf-8")],
    ids=name,
)
def test_commands_on_a_page_print_what_the_page_says(
    page: Path, workspace: Path, shell: dict[str, str], accept: bool
) -> None:
    """Each command shown is run, in order, and prints what stands below it."""
    lines = page.read_text(encoding="utf-8").splitlines(keepends=True)
    rewritten: list[tuple[Console, str]] = []
    for step in steps(page):
        if isinstance(step, Edit):
            make(step, workspace)
            continue
        block = ""
        for line, expected in step.commands:
            if line.startswith(UNRUN):
                block += f"$ {line}\n{expected}"
                continue
            actual = run(line, workspace, shell)
            assert "internal error" not in actual, actual
            if not accept:
                assert matches(expected, actual), (
                    f"{name(page)}:{step.first}\n$ {line}\n--- it prints\n{actual}"
                    f"--- the page says\n{expected}"
                )
            # What is left out stays so; a hash that has changed is written anew.
            left_out = "..." in expected.splitlines() and matches(expected, actual)
            kept = expected if left_out else actual
            block += f"$ {line}\n{kept}"
        rewritten.append((step, block))
    if accept:
        for step, block in reversed(rewritten):
            lines[step.first : step.last] = block.splitlines(keepends=True)
        page.write_text("".join(lines), encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_make_targets_that_a_page_names_exist(page: Path) -> None:
    """`make decide` and its like stand in the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    named = set(
        re.findall(r"^(?:\$ )?make ([a-z]+)", page.read_text(encoding="utf-8"), re.M)
    )
    assert named <= targets


# --- what must be documented ------------------------------------------------------


def command(word: str) -> click.Command:
    found = commands.get_command(click.Context(commands), word)
    assert found is not None
    return found


def reference() -> str:
    """The command reference, from the commands' own help pages."""
    parts = [
        "# Commands\n\n"
        "Generated from each command's `--help`"
        " (`pytest tests/test_docs.py --accept`).\n"
    ]
    top = click.Context(
        commands,
        info_name="whereas",
        help_option_names=["-h", "--help"],
        max_content_width=80,
    )
    parts.append(f"\n## whereas\n\n```text\n{commands.get_help(top)}\n```\n")
    for word in COMMANDS:
        context = click.Context(
            command(word), info_name=word, parent=top, max_content_width=80
        )
        context.terminal_width = 80
        help_page = command(word).get_help(context)
        parts.append(f"\n## whereas {word}\n\n```text\n{help_page}\n```\n")
    return "".join(parts)


def test_command_reference_is_what_help_says(accept: bool) -> None:
    """`docs/reference/commands.md` is generated, and never behind."""
    page = DOCS / "reference" / "commands.md"
    if accept:
        page.write_text(reference(), encoding="utf-8")
    assert page.read_text(encoding="utf-8") == reference()


def settings_table() -> str:
    """The options that the environment and `whereas.toml` can give."""
    owners: dict[str, list[str]] = {}
    for word in COMMANDS:
        for key in keys(command(word)):
            owners.setdefault(key, []).append(word)
    rows = [
        f"| `{key}` | `{variable('--' + key)}` | "
        + ("all" if len(words) == len(COMMANDS) else ", ".join(words))
        + " |"
        for key, words in sorted(owners.items())
    ]
    return "\n".join(["| key | variable | commands |", "|---|---|---|", *rows, ""])


def test_settings_reference_is_what_the_options_declare(accept: bool) -> None:
    page = DOCS / "reference" / "settings.md"
    text = page.read_text(encoding="utf-8")
    head = text[: text.index("| key |")]
    if accept:
        page.write_text(head + settings_table(), encoding="utf-8")
    assert page.read_text(encoding="utf-8") == head + settings_table()


@pytest.mark.parametrize("word", COMMANDS)
def test_every_option_has_help(word: str) -> None:
    """No command and no option is left without a word."""
    assert command(word).help
    for parameter in command(word).params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{word} {parameter.opts}"


@pytest.mark.parametrize("word", COMMANDS)
def test_every_command_is_shown_somewhere(word: str) -> None:
    """Each command stands in a block that is run."""
    shown = [
        line
        for page in PAGES
        for step in steps(page)
        if isinstance(step, Console)
        for line, _ in step.commands
    ]
    assert any(f"whereas {word}" in line for line in shown)


@pytest.mark.parametrize("code", list(Code), ids=str)
def test_every_code_has_a_page(code: Code) -> None:
    """What `explain-code` prints: a title with the code, and an example."""
    page = ERRORS / f"{code.value}.md"
    assert page.is_file()
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {code.value}")
    assert re.search(r"^## Wrong$", text, re.M), "a page shows an example"
    assert re.search(r"^## Right$", text, re.M), "and the way out"


def test_every_page_of_an_error_has_a_code() -> None:
    """No page speaks of a code that is gone."""
    known = {code.value for code in Code}
    assert {page.stem for page in ERRORS.glob("[EW]*.md")} <= known


# --- links ------------------------------------------------------------------------


def slug(heading: str) -> str:
    """A heading's anchor, as GitHub makes it."""
    words = re.sub(r"[`*]", "", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    tokens = MarkdownIt().parse(page.read_text(encoding="utf-8"))
    return {
        slug(following.content)
        for token, following in itertools.pairwise(tokens)
        if token.type == "heading_open"
    }


def links(page: Path) -> Iterator[str]:
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        for child in token.children or ():
            target = child.attrGet("href" if child.type == "link_open" else "src")
            if target:
                yield str(target)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_resolve(page: Path) -> None:
    """A link inside the project leads to a file, and to a heading of it."""
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{name(page)} links to {link}"
        if anchor:
            assert anchor in anchors(target), f"{name(page)} links to {link}"


def test_the_rule_that_the_readme_shows_stands_in_the_policy() -> None:
    """Word for word, but for the languages that are left out."""
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```datalog\n(.*?)^```", page, re.M | re.S)
    rules = "".join(
        line
        for path in sorted((ROOT / "policy/nmpa-summary").glob("*.md"))
        for line in path.read_text(encoding="utf-8").splitlines(keepends=True)
        if not line.startswith("@zh(")
    )
    assert block in rules
