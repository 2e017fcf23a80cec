"""The canonical layout keeps what a policy says, its comments and its prose."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import syntax_trees
from hypothesis import given, settings
from hypothesis import strategies as st

from whereas.diagnostics import Invalid, Source
from whereas.language.format import WIDTH, format_document, format_rules
from whereas.language.parse import parse_document, parse_rules

ROOT = Path(__file__).parents[2]
POLICIES = sorted((ROOT / "policy").rglob("*.md"))


def said(tree: object) -> str:
    """Return what a tree says: unlike `==`, `1` and `true` differ in it.

    `show` keeps the place of each name; what is said does not depend on it.
    """
    return re.sub(r"Span\([^()]*\([^()]*\)[^()]*\)", "Span", repr(tree))


def formatted(rules: str) -> str:
    """Format rules that must be free of errors, twice, and see that nothing is lost."""
    before, faulty = parse_rules(Source("rules", rules))
    assert faulty == []
    once = format_rules(Source("rules", rules))
    after, faulty = parse_rules(Source("rules", once))
    assert faulty == []
    assert said(after) == said(before)
    assert format_rules(Source("rules", once)) == once
    assert sorted(re.findall("%.*", once)) == sorted(re.findall("%.*", rules))
    return once


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.name)
def test_policies_keep_their_meaning(path: Path) -> None:
    """A formatted policy parses to the same tree, and formatting it again is idle."""
    text = path.read_text("utf-8")
    once = format_document(text, path.name)
    before, _ = parse_document(Source("policy", text))
    after, faulty = parse_document(Source("policy", once))
    assert faulty == []
    assert said(before) == said(after)
    assert format_document(once) == once


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.name)
def test_prose_is_kept_byte_for_byte(path: Path) -> None:
    """Only what stands between the fences changes."""

    def prose(text: str) -> str:
        return re.sub(r"(?ms)^```datalog\n.*?^```$", "", text)

    text = path.read_text("utf-8")
    assert prose(format_document(text)) == prose(text)


@settings(max_examples=300, deadline=None)
@given(syntax_trees.statements)
def test_every_tree_can_be_written_read_and_laid_out(tree: object) -> None:
    """`parse(print(tree)) == tree`, and the layout changes nothing."""
    written = syntax_trees.statement(tree)  # type: ignore[arg-type]
    parsed, faulty = parse_rules(Source("tree", written))
    assert faulty == [], written
    assert said(parsed) == said((tree,))
    laid_out = format_rules(Source("tree", written))
    again, faulty = parse_rules(Source("tree", laid_out))
    assert faulty == []
    assert said(again) == said((tree,))
    assert format_rules(Source("tree", laid_out)) == laid_out


@settings(max_examples=200, deadline=None)
@given(st.lists(syntax_trees.statements, min_size=1, max_size=3), st.randoms())
def test_comments_survive_wherever_they_stand(
    trees: list[object], random: object
) -> None:
    """A comment between any two words is kept, and the meaning with it."""
    written = "\n".join(syntax_trees.statement(tree) for tree in trees)  # type: ignore[arg-type]
    outside = [
        m.start() for m in re.finditer(r'"(?:[^"\\]|\\.)*"|( )', written) if m.group(1)
    ]
    chosen = sorted(random.sample(outside, min(3, len(outside))), reverse=True)  # type: ignore[attr-defined]
    for number, place in enumerate(chosen):
        mark = random.choice([" % note {}\n", "\n% note {}\n"])  # type: ignore[attr-defined]
        written = written[:place] + mark.format(number) + written[place:]
    before, faulty = parse_rules(Source("rules", written))
    assert faulty == []
    once = format_rules(Source("rules", written))
    after, faulty = parse_rules(Source("rules", once))
    assert faulty == []
    assert said(after) == said(before)
    assert format_rules(Source("rules", once)) == once
    for number in range(len(chosen)):
        assert once.count(f"% note {number}\n") == written.count(f"% note {number}\n")


def test_a_rule_that_fits_stands_on_one_line() -> None:
    """Blanks are put where they belong, and one statement on each line."""
    assert formatted(
        "p( X )\n :-\n q( X,a :Y ),not r(X),"
        'Y in{"a",-1},( Y=none;Y>= 3 -1 days ) . a("x").'
    ) == (
        'p(X) :- q(X, a: Y), not r(X), Y in {"a", -1}, '
        "( Y = none ; Y >= 3 - 1 days ).\n"
        'a("x").\n'
    )


def test_a_long_rule_has_one_condition_on_each_line() -> None:
    """Alternatives and aggregates are broken inside their brackets."""
    assert formatted(
        '@id("S-1") @cite("SUM", "1") @en("one") @zh("一")'
        "importable_batch(Batch, Filing) :- filing(Filing, Batch, Filed), % when\n"
        "( short(Batch) ; a_long_name_for_a_relation(Batch, Filing, Number),"
        " another_long_name_for_it(Batch, Filed, Number) ),"
        "Number = count { a_long_name_for_a_relation(Batch, Filing, X),"
        " another_long_name_for_it(Batch, Filed, X) }."
    ) == (
        '@id("S-1") @cite("SUM", "1")\n'
        '@en("one")\n'
        '@zh("一")\n'
        "importable_batch(Batch, Filing) :-\n"
        "    filing(Filing, Batch, Filed),  % when\n"
        "    ( short(Batch)\n"
        "    ; a_long_name_for_a_relation(Batch, Filing, Number),\n"
        "      another_long_name_for_it(Batch, Filed, Number) ),\n"
        "    Number = count {\n"
        "        a_long_name_for_a_relation(Batch, Filing, X),\n"
        "        another_long_name_for_it(Batch, Filed, X) }.\n"
    )


def test_a_long_declaration_is_broken_by_column() -> None:
    """Its key and its sentences stand below, one on each line."""
    rules = (
        "input batch(batch: text, product: text references product,"
        " site: text references site, made: date, expires: date?) key batch closed"
        ' @en("batch {batch}", not: "no batch {batch}") @zh("批次{batch}").'
    )
    assert formatted(rules) == (
        "input batch(\n"
        "    batch: text,\n"
        "    product: text references product,\n"
        "    site: text references site,\n"
        "    made: date,\n"
        "    expires: date?)\n"
        "    key batch closed\n"
        '    @en("batch {batch}", not: "no batch {batch}")\n'
        '    @zh("批次{batch}").\n'
    )


def test_comments_beside_neighbouring_conditions_align() -> None:
    """Comments between statements keep their place, with one blank line at most."""
    assert formatted(
        "\n% first\n\n\n\n% second\n"
        "p(X) :- % why\n q(X), % a\n long(X, Y) % b\n .\n% end\n"
    ) == (
        "% first\n\n% second\np(X) :- % why\n q(X), % a\n long(X, Y) % b\n .\n% end\n"
    )
    assert formatted(
        "p(X) :-\n q(X), % a\n % between\n long(X, Y), % b\n r(X). % c\n"
    ) == (
        "p(X) :-\n"
        "    q(X),  % a\n"
        "    % between\n"
        "    long(X, Y),  % b\n"
        "    r(X).        % c\n"
    )


def test_wide_characters_count_twice() -> None:
    """A Chinese sentence is as wide as it looks on a screen."""
    sentence = "批" * 30
    laid_out = formatted(f'relation p(x) @zh("{sentence}", not: "{sentence}").')
    assert laid_out == (
        f'relation p(x)\n    @zh("{sentence}",\n        not: "{sentence}").\n'
    )
    assert WIDTH == 100


def test_line_ends_and_byte_order_mark_stay() -> None:
    """A file of Windows remains one; a file that mixes line ends is made even."""
    text = "\ufeff# A\r\n\r\n```datalog\r\np( 1 ).\r\n```\r\n"
    assert format_document(text) == text.replace("p( 1 )", "p(1)")
    assert format_document("a\r\nb\n") == "a\nb\n"
    assert format_document("no end of line") == "no end of line"


def test_a_document_with_errors_is_refused() -> None:
    """What cannot be read is not laid out."""
    with pytest.raises(Invalid, match="E123"):
        format_document("```datalog\np(X) :- .\n```\n")
