"""Labels, aliases and codes: what is declared, and what of it is refused."""

from __future__ import annotations

import pytest

from policy.helper import errors, found, policy
from whereas.policy.labels import folded

RULE = "p(A, B) :- q(A, B).\n"


def test_a_column_has_labels_and_aliases() -> None:
    """They are the policy's, by language."""
    relation = policy(
        'input q @en("batches") @zh("批次") @alias("Lots") (\n'
        '    a: text @en("batch number") @zh("批号") @alias("Lot", "Batch no") @code,\n'
        "    b: date) key a.\n" + RULE
    ).relations["q"]
    number, day = relation.columns
    assert number.labels == {"en": "batch number", "zh": "批号"}
    assert number.aliases == ("Lot", "Batch no")
    assert (number.code, day.code) == (True, False)
    assert (relation.labels["zh"], relation.aliases) == ("批次", ("Lots",))
    assert (day.labels, day.aliases) == ({}, ())


def test_an_enumeration_has_other_words() -> None:
    """Labels and aliases of a member mean the member, whatever their capitals."""
    relation = policy(
        'type scale = {"pilot" @en("Pilot scale") @zh("中试规模") @alias("PS"),'
        ' "other"}.\ninput q(a: text, b: scale?) key a.\n' + RULE
    ).relations["q"]
    assert relation.columns[1].words == {
        "pilot scale": "pilot",
        "中试规模": "pilot",
        "ps": "pilot",
    }


def test_a_reference_is_a_code_where_its_key_is() -> None:
    """Through any number of references: else a value would not find its key."""
    relations = policy(
        "input a(x: text @code) key x.\n"
        "input b(x: text references a) key x.\n"
        "input q(x: text references b, y: text) key x.\n"
        "p(X, Y) :- a(X), b(X), q(X, Y).\n"
    ).relations
    assert [c.code for c in relations["q"].columns] == [True, False]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ('input q(a: text @en("b"), b: text).', [("E240", '@en("b")')]),
        ('input q(a: text @en("x"), b: text @zh("Ｘ ")).', [("E240", '@zh("Ｘ ")')]),
        ('input q(a: text @alias("x", "X"), b: text).', [("E240", '"X"')]),
        ('input q(a: text @en("x") @alias("x"), b: text).', [("E240", '"x"')]),
        ('input q(a: text @en("a") @zh("a"), b: text).', []),
        ('input q(a: text @en(""), b: text).', [("E241", '@en("")')]),
        ('input q(a: text @alias("　"), b: text).', [("E241", '"　"')]),
        ('input q(a: text @code(" "), b: text).', [("E241", '" "')]),
        ('input q(a: text @code("N") @code("M"), b: text).', [("E132", '@code("M")')]),
        ("input q(a: integer @code, b: text).", [("E242", "a: integer @code")]),
        ('input q(a: {"x"} @code, b: text).', [("E242", 'a: {"x"} @code')]),
        ('input q(a: text, b: text @fr("x")).', [("E604", '@fr("x")')]),
    ],
)
def test_what_is_wrong_with_a_label(
    rules: str, expected: list[tuple[str, str]]
) -> None:
    """A word that could mean two things is refused, and what says nothing."""
    assert errors(rules + "\n" + RULE) == expected


def test_inputs_and_enumerations_have_words_of_their_own() -> None:
    """The labels of two inputs differ, and those of an enumeration's words."""
    assert errors(
        'input q @zh("批次") (a: text, b: text).\n'
        'input r @alias("批次") (a: text).\n' + RULE + "t(A) :- r(A).\n"
    ) == [("E240", '"批次"')]
    assert errors(
        'type t = {"a" @en("x"), "b" @alias("a")}.\ninput q(a: t, b: text).\n' + RULE
    ) == [("E240", '"a"')]


def test_a_prefix_of_codes_is_read_away() -> None:
    """Wide and with blanks too, the longest first, and where the key is referenced."""
    relations = policy(
        'input a(x: text @code("国 药", "国药准字")) key x.\n'
        "input q(x: text references a, y: text) key x.\np(X) :- a(X), q(X, _).\n"
    ).relations
    assert relations["q"].columns[0].prefixes == ("国药准字", "国药")
    assert relations["q"].columns[1].prefixes == ()


def test_a_derived_relation_has_labels_only() -> None:
    """No file is read for it, so that aliases and codes would do nothing."""
    rules = "input q(a: text, b: text).\n" + RULE
    assert errors('relation p(x @en("one") @zh("一"), y).\n' + rules) == []
    assert errors("relation p(x @code, y).\n" + rules) == [("E242", "x @code")]
    assert errors('relation p(x @alias("z"), y).\n' + rules) == [
        ("E242", 'x @alias("z")')
    ]


def test_a_label_in_one_language_lacks_the_other() -> None:
    """Where one language has a label and another not, `check` warns."""
    (warning,) = [
        d
        for d in found('input q(a: text @en("x"), b: text).\n' + RULE)
        if d.code == "W705"
    ]
    assert "`q.a`" in warning.message


def test_folding_sees_what_a_reader_sees() -> None:
    """Capitals, blanks at the ends and full-width characters make no difference."""
    assert folded("\u3000Ｂatch（No）\u00a0\n") == "batch(no)"
    assert folded("a  b") == "a  b"


def test_a_parameter_has_labels() -> None:
    """Right after its name, before the colon."""
    known = policy(
        'parameter most @en("the most") @zh("上限"): integer = 3.\n'
        "input q(a: text, n: integer) key a.\np(A) :- q(A, N), N <= $most.\n"
    ).parameters["most"]
    assert known.labels == {"en": "the most", "zh": "上限"}
    assert known.texts == {}


def test_a_relation_may_say_what_fails_alone() -> None:
    """It says nothing of what holds, so that it is a helper still."""
    relation = policy(
        "input q(a: text, b: text) key a.\n"
        'relation p(a: text) @en(not: "{a} is missing") @zh(not: "缺少{a}").\n'
        "p(A) :- q(A, _).\n"
    ).relations["p"]
    assert relation.texts == {}
    assert relation.negatives == {"en": "{a} is missing", "zh": "缺少{a}"}


def test_a_hole_of_what_fails_alone_is_checked() -> None:
    """As every other."""
    rules = (
        "input q(a: text, b: text) key a.\n"
        'relation p(a: text) @en(not: "{c} is missing").\n'
        "p(A) :- q(A, _).\n"
    )
    assert [code for code, *_ in errors(rules)] == ["E601"]


def test_a_loose_reference_is_for_texts_alone() -> None:
    """Nothing is checked of its values, and it joins whatever it joins."""
    made = policy(
        "input thing(thing: text, name: text) key thing.\n"
        "input other(other: text, name: text) key other.\n"
        'input q(a: text references thing?, b: text) key b @en("{a.name} is {b}").\n'
        "p(A) :- q(A, B), other(A, _), thing(B, _).\n"
    ).relations["q"]
    assert made.columns[0].references is None
    assert made.columns[0].owner == "thing"


def test_a_loose_reference_names_an_input() -> None:
    """Else it could lead nowhere."""
    rules = "input q(a: text references thing?, b: text) key b.\n" + RULE
    assert [code for code, *_ in errors(rules)] == ["E212"]
