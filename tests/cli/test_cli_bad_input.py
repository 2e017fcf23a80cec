"""Wrong input is refused with place and way out, and nothing is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from run_cli import ROOT, tree, whereas

RULES = "policy/rules.md"

# What is wrong, the file, the words that are replaced, by which, the code, and the
# place as it is shown.
CASES = [
    ("unclosed block", RULES, "```\n", "", "E10", RULES),
    ("unclosed bracket", RULES, "fine(Case) :-", "fine(Case :-", "E1", RULES),
    ("unclosed quotation", RULES, '"good", Made', '"good, Made', "E1", RULES),
    ("unknown relation", RULES, ":- case(", ":- cas(", "E201", RULES),
    ("unknown column", RULES, "made: Made,", "maid: Made,", "E203", RULES),
    ("unknown outcome's relation", RULES, "if fine(", "if fin(", "E201", RULES),
    ("wrong arity", RULES, "if fine(Case)", "if fine(Case, Case)", "E202", RULES),
    ("wrong type", RULES, "Made >= $since", "Made >= 3", "E214", RULES),
    ("unbound variable", RULES, "fine(Case) :-", "fine(Cas) :-", "E301", RULES),
    (
        "negation through recursion",
        RULES,
        "Made >= $since.",
        "not fine(Case).",
        "E401",
        RULES,
    ),
    (
        "running code",
        RULES,
        "subject case.",
        "subject case.\n__import__('os').system('touch pwned').",
        "E1",
        RULES,
    ),
    (
        "a template that reaches inside",
        RULES,
        "it was made on {Made}",
        "it was made on {Made.__class__.__mro__}",
        "E60",
        RULES,
    ),
    ("missing file", "facts/maker.csv", None, None, "E502", "maker"),
    ("empty file", "facts/maker.csv", "", "", "E509", "facts/maker.csv"),
    ("not UTF-8", "facts/maker.csv", "One", b"\xff", "E506", "facts/maker.csv"),
    ("half-written", "facts/maker.csv", "M-1,One", 'M-1,"One', "E508", "maker.csv"),
    ("unknown column", "facts/case.csv", ",kind\n", ",kin\n", "E510", "case.csv"),
    ("missing column", "facts/maker.csv", "maker,name", "maker", "E51", "maker.csv"),
    ("doubled column", "facts/case.csv", "made,kind", "made,made", "E512", "case.csv"),
    ("no such day", "facts/case.csv", "2025-01-02", "2026-02-30", "E516", "row 3"),
    ("duplicate key", "facts/case.csv", "C-2", "C-1", "E518", "row 3"),
    ("outside an enumeration", "facts/case.csv", "bad", "baad", "E517", "row 3"),
    ("dangling reference", "facts/maker.csv", "M-1", "M-2", "E519", "case.csv"),
    ("not TOML", "whereas.toml", '"policy"', "policy", "E680", "whereas.toml:1:"),
    ("unknown key", "whereas.toml", "policy =", "polcy =", "E681", "whereas.toml:1:1"),
    ("bad value", "whereas.toml", '"facts"', "3", "E682", "whereas.toml:2:1"),
    (
        "NUL in a path",
        "whereas.toml",
        '"facts"',
        '"fa\\u0000cts"',
        "E682",
        "whereas.toml:2:1",
    ),
    ("out through ..", "whereas.toml", '"facts"', '"../x"', "E683", "whereas.toml:2:1"),
]


def spoil(path: Path, old: str | None, new: str | bytes | None) -> None:
    if old is None:
        path.unlink()
        return
    text = path.read_bytes()
    assert isinstance(new, str | bytes)
    replacement = new.encode() if isinstance(new, str) else new
    if old == "":
        path.write_bytes(b"")
        return
    assert old.encode() in text
    head, _, tail = text.rpartition(old.encode())
    path.write_bytes(head + replacement + tail)


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "place"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_bad_input_is_refused_with_place_and_way_out(
    small: Path,
    file: str,
    old: str | None,
    new: str | bytes | None,
    code: str,
    place: str,
) -> None:
    """Exit 3, the code, the place and a help line on stderr; nothing on stdout."""
    spoil(small / file, old, new)
    before = tree(small)
    done = whereas("decide", cwd=small)
    assert done.code == 3, done.err
    assert done.out == ""
    assert f"error[{code}" in done.err
    assert place in done.err
    assert "= help: " in done.err
    assert "Traceback" not in done.err
    assert tree(small) == before


def test_a_path_that_leaves_through_a_link_is_refused(
    small: Path, tmp_path: Path
) -> None:
    """A link in the workspace that leads out of it is no way out."""
    (small / "facts").rename(tmp_path / "elsewhere")
    (small / "facts").symlink_to(tmp_path / "elsewhere")
    done = whereas("decide", cwd=small)
    assert done.code == 3
    assert "error[E683]: the path `facts` leaves the folder through a link" in done.err
    assert "--facts" in done.err
    assert whereas("decide", "--facts", "facts", cwd=small).code in {0, 3}


def test_all_errors_are_shown_at_once_in_a_stable_order(small: Path) -> None:
    """Two mistakes in two files are two messages, and the last line counts them."""
    spoil(small / "facts/case.csv", "2025-01-02", "2026-02-30")
    spoil(small / "facts/maker.csv", "maker,name\nM-1,One", "maker,name\nM-1,")
    done = whereas("decide", cwd=small)
    assert done.err.index("case.csv") < done.err.index("maker.csv")
    assert done.err.rstrip().endswith("2 errors")


def test_output_is_not_written_where_input_is_wrong(small: Path) -> None:
    """`--output` and `--save` leave no file behind, not even half of one."""
    spoil(small / "facts/case.csv", "bad", "worse")
    before = tree(small)
    done = whereas("decide", "--output", "out.json", "--save", "m.model", cwd=small)
    assert done.code == 3
    assert tree(small) == before


def test_a_program_that_grows_without_bound_stops_at_its_limit(small: Path) -> None:
    """Exit 7, and the message says where it was growing."""
    rules = small / RULES
    text = rules.read_text().replace(
        "subject case.",
        "later(Day) :- case(_, made: Day).\nlater(Next) :- later(Day), Next = Day + 1 days."
        "\nsubject case.",
    )
    rules.write_text(text)
    done = whereas("decide", "--max-rounds", "50", cwd=small)
    assert done.code == 7, done.err
    assert "later" in done.err
    assert done.out == ""


@pytest.mark.parametrize("code", ["E680", "E681", "E682", "E683"])
def test_the_page_of_a_settings_error_says_the_truth(small: Path, code: str) -> None:
    """Its bad example gives the code, and its good one does not."""
    page = (ROOT / f"docs/reference/errors/{code}.md").read_text(encoding="utf-8")
    bad, good = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    (small / "whereas.toml").write_text(bad)
    assert f"error[{code}]" in whereas("decide", cwd=small).err
    (small / "whereas.toml").write_text(good)
    assert code not in whereas("decide", cwd=small).err
