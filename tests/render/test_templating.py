"""Templates of a policy package: what they may do, and how they are refused."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from example import example, justified

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Invalid, Source
from whereas.engine.model import Model
from whereas.render.justification import justification_as
from whereas.render.templating import rendered


def packaged(folder: Path, text: str, name: str = "justification.txt") -> Model:
    """The example, with a template of its package's own."""
    source = Source(str(folder / "templates" / name), text)
    return replace(
        example(), policy=replace(example().policy, templates={name: source})
    )


def refused(folder: Path, text: str) -> Diagnostic:
    model = packaged(folder, text)
    with pytest.raises(Invalid) as raised:
        justification_as(justified("B-1"), model, "text")
    (diagnostic,) = raised.value.diagnostics
    assert str(folder / "templates" / "justification.txt") in str(diagnostic.at)
    assert "jinja" not in diagnostic.message.lower()
    return diagnostic


def test_a_package_overrides_a_template(tmp_path: Path):
    """Its own layout, and ours for every other format."""
    model = packaged(tmp_path, "{{ page.case }} -> {{ page.outcome }}\n")
    assert justification_as(justified("B-1"), model, "text") == "B-1 -> importable\n"
    assert justification_as(justified("B-1"), model, "html").startswith("<!doctype")


def test_html_escapes_what_facts_say(tmp_path: Path):
    """A value with a tag in it is shown, not obeyed."""
    model = packaged(tmp_path, "{{ '<b>' ~ page.case }}\n", "justification.html")
    assert justification_as(justified("B-1"), model, "html") == "&lt;b&gt;B-1\n"


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ page.__class__.__init__.__globals__ }}",
        "{{ page|attr('__class__') }}",
        "{{ width.__globals__ }}",
        "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
        "{{ '{0.__class__}'.format(page) }}",
    ],
)
def test_internals_are_out_of_reach(tmp_path: Path, text: str):
    """Whatever way it is tried, nothing of Python's comes out."""
    assert refused(tmp_path, f"line one\n{text}\n").code in {
        Code.TEMPLATE_UNSAFE,
        Code.TEMPLATE_UNDEFINED,
        Code.TEMPLATE_SYNTAX,
    }


def test_internals_are_named_with_their_line(tmp_path: Path):
    """The place is the template's, the way out is said."""
    wrong = refused(tmp_path, "one\n\n{{ ''.__class__.__mro__ }}\n")
    assert wrong.code is Code.TEMPLATE_UNSAFE
    assert str(wrong.at).endswith("justification.txt:3:1")
    assert wrong.help == "use only the names that a template is given"


def test_an_unknown_name_is_an_error(tmp_path: Path):
    """Never an empty place in a page."""
    wrong = refused(tmp_path, "{{ page.cas }}\n")
    assert wrong.code is Code.TEMPLATE_UNDEFINED
    assert "`cas`" in wrong.message or "cas" in wrong.message


def test_a_broken_template_is_an_error(tmp_path: Path):
    """An unclosed block has its line."""
    wrong = refused(tmp_path, "one\n{% if page %}\n")
    assert wrong.code is Code.TEMPLATE_SYNTAX
    assert str(wrong.at).endswith(":2:1")


@pytest.mark.parametrize(
    "text",
    [
        "{{ 1 // 0 }}",
        "{{ page.case + 1 }}",
        "{{ [3, 'a']|sort }}",
    ],
)
def test_a_template_that_fails_is_an_error(tmp_path: Path, text: str):
    """What cannot be done is an error with its place."""
    assert refused(tmp_path, text).code is Code.TEMPLATE_FAILED


def test_nothing_is_changed_by_a_template(tmp_path: Path):
    """What it is given stays what it is."""
    refused(tmp_path, "{% set _ = page.groups.append(1) %}")


def test_includes_stay_in_the_two_folders(tmp_path: Path):
    """`..` leads nowhere."""
    (tmp_path / "secret.txt").write_text("secret")
    wrong = refused(tmp_path, "{% include '../secret.txt' %}")
    assert wrong.code is Code.TEMPLATE_UNSAFE
    assert "there is no template" in wrong.message


@pytest.mark.parametrize("name", ["../pyproject.toml", "/etc/passwd", "missing.txt"])
def test_a_name_that_is_no_template(name: str):
    """A name outside, or of nothing, is refused."""
    with pytest.raises(Invalid) as raised:
        rendered(name, {})
    assert raised.value.diagnostics[0].code is Code.TEMPLATE_OUTSIDE


ERRORS = Path(__file__).parents[2] / "docs" / "reference" / "errors"


@pytest.mark.parametrize("code", ["E650", "E651", "E652", "E653", "E655"])
def test_the_pages_of_the_errors_say_the_truth(tmp_path: Path, code: str):
    """The bad example gives the error, the good one a page."""
    page = (ERRORS / f"{code}.md").read_text(encoding="utf-8")
    wrong, right = re.findall(r"```jinja\n(.*?)```", page, re.S)
    assert refused(tmp_path / "wrong", wrong).code.value == code
    model = packaged(tmp_path / "right", right)
    assert justification_as(justified("B-1"), model, "text")
