"""One id, one clause: rules of an id that cite different sources are warned of."""

from __future__ import annotations

import pytest

from policy.helper import BATCH, MANIFEST, found

HOUSE = MANIFEST + '\n[source.HOUSE]\ncite = { en = "House rule {}", zh = "内部{}" }\n'
LAW = '@id("S-1") @cite("LAW", "1")'


def warned(*rules: str) -> list[str]:
    written = BATCH + "\n".join(f"{one} ok(B) :- batch(batch: B)." for one in rules)
    said = found(written, HOUSE)
    assert not any(one.is_error for one in said), said
    return [one.message for one in said if one.code.value == "W709"]


def test_a_rule_of_the_house_under_the_id_of_an_article_is_warned_of():
    assert warned(LAW, '@id("S-1") @cite("HOUSE", "7")') == [
        "rule `S-1` cites HOUSE, and another of that id LAW"
    ]


@pytest.mark.parametrize(
    "other",
    [
        LAW,
        # Another place of the same law, and a second citation beside the common one.
        '@id("S-1") @cite("LAW", "2")',
        '@id("S-1") @cite("HOUSE", "7") @cite("LAW", "1")',
        # What cites nothing is what W704 is about.
        '@id("S-1")',
        '@id("H-7") @cite("HOUSE", "7")',
    ],
)
def test_alternatives_of_one_clause_are_not(other):
    assert warned(LAW, other) == []


def test_a_law_that_takes_the_place_of_another_is_not():
    first = '@id("S-1") @cite("LAW", "1") @until(2020-01-31, M)'
    then = '@id("S-1") @cite("HOUSE", "7") @from({}, M)'
    body = "ok(B) :- batch(batch: B, made: M)."
    for day, number in (("2020-02-01", 0), ("2020-01-31", 1)):
        rules = f"{BATCH}{first} {body}\n{then.format(day)} {body}"
        codes = [one.code.value for one in found(rules, HOUSE)]
        assert codes.count("W709") == number
