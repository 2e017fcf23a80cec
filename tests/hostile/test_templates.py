"""Templates that would fill the memory or run for hours are refused."""

from __future__ import annotations

import datetime

import pytest

from whereas.codes import Code
from whereas.diagnostics import Invalid, Source
from whereas.render.templating import rendered


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is reached sooner; where it lies is no matter here."""
    monkeypatch.setattr("whereas.render.sandbox.STEPS", 100_000)


def doubling(start: str, step: str) -> str:
    """Return a template of 40 lines, each of which doubles what the last one made."""
    lines = [f"{{% set a0 = {start} %}}"]
    lines += [f"{{% set a{i + 1} = {step.replace('a', f'a{i}')} %}}" for i in range(40)]
    return "".join(lines)


TEMPLATES = [
    "{{ 'x' * 100000000 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ '%999999999d' % 1 }}",
    "{{ '%*d' % (999999999, 1) }}",
    "{{ '%999999999d'|format(1) }}",
    "{{ 'x'.ljust(999999999) }}",
    "{{ 'x'.rjust(999999999) }}",
    "{{ 'x'.center(999999999) }}",
    "{{ 'x'.zfill(999999999) }}",
    "{{ '\\t'.expandtabs(999999999) }}",
    "{{ '{:999999999}'.format(1) }}",
    "{{ '{a:{b}}'.format(a=1, b=999999999) }}",
    "{{ 'x'.replace('', 'y' * 999999) }}",
    "{{ (1).to_bytes(999999999, 'big') }}",
    "{{ day.strftime('%999999999d') }}",
    "{{ 'x'|center(999999999) }}",
    "{{ 'x'|indent(999999999, true) }}",
    "{{ ('x\n' * 400000)|indent('y' * 900000) }}",
    "{{ ('x' * 999999)|replace('x', 'y' * 999999) }}",
    "{{ range(9)|batch(999999999, 'x')|list }}",
    "{{ range(9)|slice(999999999)|list }}",
    "{{ range(9999)|map('center', 999999)|join }}",
    "{{ range(9999)|join('x' * 99999) }}",
    "{{ ('x ' * 400000)|wordwrap(1, true, 'y' * 999999) }}",
    "{{ range(100000000)|length }}",
    "{{ [1] * 100000000 }}",
    "{{ (['x' * 999999] * 999999) }}",
    "{{ ['x' * 999999, 'x' * 999999] }}",
    "{% for x in range(100000000) %}{% endfor %}",
    "{% for x in range(9999) %}{% for y in range(9999) %}{% for z in range(9999) %}"
    "{% endfor %}{% endfor %}{% endfor %}",
    "{% for x in range(9999) %}{% for y in range(9999) %}{{ 'x' * 9999 }}"
    "{% endfor %}{% endfor %}",
    "{% for x in range(9999) recursive %}{{ loop(range(9999)) if loop.depth < 9 }}"
    "{% endfor %}",
    "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}"
    "{{ m(40) }}",
    "{% for x in range(9999) %}{% for y in range(9999) %}{% set _ = range(9999)|sort %}"
    "{% endfor %}{% endfor %}",
    doubling("'x'", "a ~ a"),
    doubling("'x'", "a + a"),
    doubling("[1]", "a + a"),
    doubling("[1]", "[a, a]"),
    doubling("(1,)", "(a, a)"),
    doubling("{1: 1}", "{1: a, 2: a}"),
    doubling("9", "a * a"),
    doubling("'x'", "[a, a]|join"),
    "{% set a %}xxxxxxxxxx{% endset %}"
    + "{% set a %}{{ a }}{{ a }}{{ a }}{{ a }}{% endset %}" * 30,
    "{{ [[]]|sum(start=[]) }}",
    "{{ range(9)|list }}",
    "{{ 'x' ~ [1] }}",
]


def filled_in(text: str) -> str:
    own = {"page.txt": Source("templates/page.txt", text)}
    return rendered("page.txt", {"day": datetime.date(2026, 1, 31)}, own=own)


@pytest.mark.parametrize("text", TEMPLATES, ids=lambda text: text[:60])
def test_a_template_that_grows(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        filled_in(text)
    (fault,) = caught.value.diagnostics
    assert fault.code in {
        Code.TEMPLATE_TOO_MUCH,
        Code.TEMPLATE_UNSAFE,
        Code.TEMPLATE_SYNTAX,
    }


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("{{ 'x'|center(5) }}|{{ 'ab'|replace('a', 'c') }}", "  x  |cb"),
        ("{% for x in [1, 2] %}{{ loop.length }}{{ x ~ '-' }}{% endfor %}", "21-22-"),
        ("{{ (1, 2)|join(', ') }} {{ 7 % 4 }} {{ 'a' * 3 }}", "1, 2 3 aaa"),
        ("{{ [3, 1]|sort|first }}{{ {'a': 1}.get('a') }}", "11"),
    ],
)
def test_an_honest_template_is_filled_in(text: str, page: str) -> None:
    assert filled_in(text) == page
