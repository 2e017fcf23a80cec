"""How an error is shown, to a person and to tools."""

import io
import json

import pytest

from whereas.codes import Code
from whereas.diagnostics import Cell, Diagnostic, Label, Severity, Source, Span
from whereas.render.diagnostics import diagnostics_as, uses_colour
from whereas.render.width import width

SOURCE = Source(
    "policy/p/20-safeguards.md",
    "# 标题\n\naproved(Product, on: Approved),\n\t名称(批次), oops.\n",
)


def at(words: str) -> Span:
    start = SOURCE.text.index(words)
    return Span(SOURCE, start, start + len(words))


def wrong(place, message="unknown relation `aproved`", **more) -> Diagnostic:
    return Diagnostic(Code.TEMPLATE_FAILED, message, place, **more)


def test_the_shape_of_a_message():
    """Code, place, line, caret with its label, help and page, and the count."""
    here = at("aproved")
    said = diagnostics_as(
        [
            wrong(
                here,
                help="did you mean `approved`?",
                labels=(Label(here, "no rule or input defines it"),),
            )
        ]
    )
    assert said == (
        "error[E653]: unknown relation `aproved`\n"
        "  ┌─ policy/p/20-safeguards.md:3:1\n"
        " 3│ aproved(Product, on: Approved),\n"
        "  │ ^^^^^^^ no rule or input defines it\n"
        "  = help: did you mean `approved`?\n"
        "  = page: explain-code E653\n"
        "\n"
        "1 error\n"
    )


def test_wide_characters_and_tabs_do_not_shift_the_caret():
    """The caret stands under its word, by columns of the terminal."""
    lines = diagnostics_as([wrong(at("oops"))]).splitlines()
    shown, caret = lines[2], lines[3]
    assert width(shown[: shown.index("oops")]) == caret.index("^")
    assert caret.count("^") == 4
    wide = diagnostics_as([wrong(at("批次"))]).splitlines()[3]
    assert wide.count("^") == 4


def test_a_second_place_has_its_own_lines():
    """A label elsewhere is shown with its line and dashes."""
    said = diagnostics_as(
        [wrong(at("oops"), labels=(Label(at("标题"), "first declared here"),))]
    )
    assert "  ┌─ policy/p/20-safeguards.md:1:3\n 1│ # 标题\n" in said
    assert "  │   ---- first declared here\n" in said


def test_a_cell_shows_file_row_column_and_value():
    """A fact's place is told as a spreadsheet counts."""
    place = Cell("facts/demo/batch.csv", 3, "made", "2026-02-30")
    said = diagnostics_as([wrong(place, "`2026-02-30` is not a date")])
    assert "  ┌─ facts/demo/batch.csv, row 3, column made\n" in said
    assert "  │ 2026-02-30\n  │ ^^^^^^^^^^\n" in said


def test_messages_are_sorted_said_once_and_counted():
    """The order is that of the places; the last line counts."""
    suspect = wrong(at("标题"), "unused", severity=Severity.WARNING)
    said = diagnostics_as([wrong(at("oops")), suspect, wrong(at("oops"))])
    assert said.index("warning[E653]: unused") < said.index("error[E653]")
    assert said.endswith("\n\n1 error, 1 warning\n")
    assert diagnostics_as([]) == ""


def test_an_escape_sequence_in_a_file_reaches_no_terminal():
    """What was read is shown, and cannot act."""
    place = Cell("f.csv", 2, "made", "\x1b[2Jx\u202ey")
    said = diagnostics_as([wrong(place, "bad \x1b[31m value")])
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "␛[2Jx" in said


def test_a_very_long_line_is_cut_around_the_caret():
    """A line of thousands of characters still shows the word that is meant."""
    source = Source("p.md", "x" * 3000 + " 错误 " + "y" * 3000)
    said = diagnostics_as([wrong(Span(source, 3001, 3003))])
    lines = said.splitlines()
    assert all(width(line) < 110 for line in lines)
    assert width(lines[2][: lines[2].index("错误")]) == lines[3].index("^")


def test_a_span_over_lines_and_an_empty_one_have_a_caret():
    """The caret covers the first line only, and an empty place has one."""
    source = Source("p.md", "abc\ndef")
    lines = diagnostics_as([wrong(Span(source, 1, 6))]).splitlines()
    assert lines[3] == "  │  ^^"
    assert diagnostics_as([wrong(Span(source, 7, 7))]).splitlines()[3] == "  │    ^"


def test_colour_only_where_asked():
    """Colour adds escapes and no words."""
    plain = diagnostics_as([wrong(at("oops"))])
    painted = diagnostics_as([wrong(at("oops"))], colour=True)
    assert "\x1b[" in painted
    assert "\x1b[" not in plain
    assert not uses_colour(io.StringIO(), {})


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_no_color_is_obeyed():
    """NO_COLOR and a dumb terminal take none."""
    assert uses_colour(_Terminal(), {})
    assert not uses_colour(_Terminal(), {"NO_COLOR": "1"})
    assert not uses_colour(_Terminal(), {"TERM": "dumb"})


def test_json_carries_the_same():
    """Places are lines and columns, or rows and columns of a fact file."""
    document = json.loads(
        diagnostics_as(
            [wrong(at("oops"), help="mend it"), wrong(Cell("f.csv", 2, "a", "v"))],
            "json",
        )
    )
    assert document["schema"] == "whereas.diagnostics/1"
    assert document["counts"] == {"errors": 2, "warnings": 0}
    cell, span = document["diagnostics"]
    assert cell["place"] == {"file": "f.csv", "row": 2, "column": "a", "value": "v"}
    assert span["place"] == {
        "file": "policy/p/20-safeguards.md",
        "line": 4,
        "column": 10,
        "end_line": 4,
        "end_column": 14,
    }
    assert span["help"] == "mend it"


def test_sarif_names_rule_place_and_related_place():
    """A code scanner gets region, level and related locations."""
    document = json.loads(
        diagnostics_as(
            [
                wrong(at("oops"), labels=(Label(at("标题"), "first here"),)),
                wrong(Cell("facts/演示.csv", 2, "a", "v"), severity=Severity.WARNING),
            ],
            "sarif",
        )
    )
    assert document["version"] == "2.1.0"
    cell, span = document["runs"][0]["results"]
    assert cell["level"] == "warning"
    assert (
        cell["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        == "facts/%E6%BC%94%E7%A4%BA.csv"
    )
    assert "row 2, column a" in cell["message"]["text"]
    assert span["ruleId"] == "E653"
    region = span["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"]) == (4, 10)
    assert span["relatedLocations"][0]["message"]["text"] == "first here"


def test_github_annotations_escape_their_own_characters():
    """A comma in a path and a percent sign in a message stay what they are."""
    said = diagnostics_as(
        [wrong(Cell("a,b.csv", 2), "100% wrong", help="mend it")], "github"
    )
    assert said == (
        "::error title=E653,file=a%2Cb.csv"
        "::100%25 wrong (a,b.csv, row 2)%0Ahelp: mend it\n"
    )
    assert "line=4,col=10,endLine=4,endColumn=14" in diagnostics_as(
        [wrong(at("oops"))], "github"
    )


def test_an_unknown_format_is_refused():
    """There are four formats."""
    with pytest.raises(ValueError, match="yaml"):
        diagnostics_as([], "yaml")
