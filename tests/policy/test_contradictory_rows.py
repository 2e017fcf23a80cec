"""An input may admit rows of one key that differ: no conclusion rests on them."""

from __future__ import annotations

from pathlib import Path

import pytest

import whereas
from policy.helper import errors, policy, said
from whereas.diagnostics import Invalid
from whereas.facts import from_rows, load_facts
from whereas.policy import core

BASE = """
input site(site: text) key site closed.
input batch(batch: text, site: text references site, made: date?)
    key batch contradictions in conflict closed @en("{batch} was made at {site}").
input line(batch: text references batch, filing: text) key batch closed.
subject batch.
outcome "needs-information" @en("needs information") if gap(Batch).
outcome "cleared" wanted @en("cleared") if cleared(Batch).
@id("G") @cite("LAW", "1") @en("its records differ: {Site}")
gap(B) :- conflict(batch: B, site: Site).
"""
ROWS = {
    "site": ["S", "T"],
    "batch": [
        {"batch": "one", "site": "S"},
        {"batch": "two", "site": "S"},
        {"batch": "two", "site": "T"},
    ],
    "line": [["one", "F"], ["two", "F"]],
}


def decided(rule: str, rows: dict[str, list[object]] = ROWS) -> dict[str, str]:
    """Return the outcome of each case, where `cleared` has one more rule."""
    checked = policy(BASE + rule)
    given = {
        name: [[one] if isinstance(one, str) else one for one in items]
        for name, items in rows.items()
    }
    found = whereas.decide(checked, from_rows(checked, given))
    return {one.case[0]: one.outcome for one in found}


def guards(rule: str) -> list[tuple[object, ...]]:
    """Return the terms of each guard in the last rule."""
    last = policy(BASE + rule).rules[-1]
    return [
        tuple(
            "_" if isinstance(t, core.Variable) and t.anonymous else str(t)
            for t in one.atom.terms
        )
        for one in last.body
        if isinstance(one, core.Not) and one.atom.relation == "conflict"
    ]


@pytest.mark.parametrize(
    "rule",
    [
        "cleared(B) :- batch(B, site: _, made: M), M = none.",
        "cleared(B) :- batch(batch: B, site: S), site(S).",
        'cleared(B) :- line(B, _), ( batch(B, "S", _) ; batch(B, "T", _) ).',
        'cleared(B) :- line(B, _), not batch(B, "X", _).',
        'cleared(B) :- line(B, _), N = count { batch(B, "T", _) }, N = 0.',
        'on(S, B) :- batch(B, S, _). cleared(B) :- on("S", B).',
    ],
)
def test_no_conclusion_rests_on_one_of_the_rows(rule: str) -> None:
    """Read, denied or counted: the case needs information, and the other is cleared."""
    assert decided(rule) == {"one": "cleared", "two": "needs-information"}


def test_the_key_alone_is_not_in_doubt() -> None:
    """It is a case, and what refers to it stands."""
    assert guards("cleared(B) :- batch(batch: B), line(B, _).") == []
    rows = ROWS | {"batch": [["two", "S", None], ["two", "T", None]], "line": []}
    assert decided("cleared(B) :- batch(B, _, M), M = none.", rows) == {
        "two": "needs-information"
    }


def test_a_key_that_is_not_known_admits_no_contradiction_at_all() -> None:
    """`not batch(_, "X", _)` rests on all rows."""
    assert guards('cleared(B) :- line(B, _), not batch(_, "X", _).') == [("_",) * 3]
    assert guards(
        "cleared(B) :- line(B, F), N = count { batch(C, S, _), line(C, F), "
        "site(S) }, N > 0."
    ) == [("_",) * 3]


def test_a_guard_stands_once() -> None:
    """However often a rule reads the row."""
    (guard,) = guards(
        "cleared(B) :- batch(B, S, _), site(S), batch(B, made: M), M = none."
    )
    assert guard[1:] == ("_", "_")


def test_both_rows_are_shown() -> None:
    """In the justification of the outcome, and of what fails."""
    checked = policy(BASE + "cleared(B) :- batch(B, S, _), site(S).")
    rows = {n: [[i] if isinstance(i, str) else i for i in v] for n, v in ROWS.items()}
    model = whereas.decide(checked, from_rows(checked, rows)).model
    text = " ".join(whereas.why(model, "two").text("en").split())
    for row in ("wo was made at S. batch, row 2", "wo was made at T. batch, row 3"):
        assert row in text, text


def test_a_row_is_not_said_as_though_it_were_so() -> None:
    """The contradiction fails, not the statement of the row."""
    checked = policy(BASE + "cleared(B) :- batch(B, S, _), site(S).")
    rows = {n: [[i] if isinstance(i, str) else i for i in v] for n, v in ROWS.items()}
    model = whereas.decide(checked, from_rows(checked, rows)).model
    text = " ".join(whereas.why_not(model, "two").text("en").split())
    assert "✗ Another record contradicts this one: two was made at S." in text
    assert "✗ Two was made at S." not in text


def test_what_waits_for_the_rows_to_be_settled_is_not_judged() -> None:
    """One condition names the rows; those that read them too are counted."""
    rules = """
cleared(B) :- fine(B), new(B), near(B).
@id("R-1") fine(B) :- batch(B, _, M), M = none.
@id("R-2") new(B) :- batch(B, _, M), M != none.
@id("R-3") near(B) :- line(B, "F"), batch(B, "S", _).
"""
    checked = policy(BASE + rules)
    rows = {n: [[i] if isinstance(i, str) else i for i in v] for n, v in ROWS.items()}
    model = whereas.decide(checked, from_rows(checked, rows)).model
    text = " ".join(whereas.why(model, "two").text("en").split())
    assert "2 further conditions cannot be judged before that: R-2, R-3" in text, text


@pytest.mark.parametrize("home", ["sqlite", "duckdb"])
def test_both_homes_read_them(tmp_path: Path, home: str) -> None:
    """With file and row; an equal row stays an error."""
    checked = policy(BASE + "cleared(B) :- batch(B, S, _), site(S).")
    (tmp_path / "site.csv").write_text("site\nS\nT\n")
    (tmp_path / "line.csv").write_text("batch,filing\n")
    (tmp_path / "batch.csv").write_text(
        "batch,site,made\none,S,\ntwo,S,\ntwo,T,2026-01-01\ntwo,T,\n"
    )
    facts = load_facts(tmp_path, checked, home=home)
    query = facts.database.query
    assert [r[0] for r in query("SELECT row FROM conflict ORDER BY row")] == [3, 4, 5]
    assert [r[0] for r in query("SELECT row FROM batch ORDER BY row")] == [2, 3]
    assert facts.files["conflict"].name == facts.files["batch"].name
    assert facts.size == 6
    (tmp_path / "batch.csv").write_text("batch,site,made\none,S,\none,S,\n")
    with pytest.raises(Invalid) as caught:
        load_facts(tmp_path, checked, home=home)
    assert [one.code.value for one in caught.value.diagnostics] == ["E518"]


def test_without_contradictions_nothing_is_other(tmp_path: Path) -> None:
    """The relation is empty, and every case is decided."""
    checked = policy(BASE + "cleared(B) :- batch(B, S, _), site(S).")
    (tmp_path / "site.csv").write_text("site\nS\n")
    (tmp_path / "line.csv").write_text("batch,filing\n")
    (tmp_path / "batch.csv").write_text("batch,site,made\none,S,\n")
    for home in ("sqlite", "duckdb"):
        facts = load_facts(tmp_path, checked, home=home)
        (one,) = whereas.decide(checked, facts)
        assert one.outcome == "cleared"


def test_what_is_wrong_with_a_declaration() -> None:
    """A key of all columns, a name that is taken, rows that no rule asks for."""
    whole = "input p(a: text) key a contradictions in q. r(X) :- p(X)."
    assert errors(whole) == [("E213", "q")]
    taken = "input p(a: text, b: text) key a contradictions in p. r(X) :- p(X, _)."
    assert errors(taken) == [("E206", "p")]
    silent = BASE.replace("conflict(batch: B, site: Site)", "batch(B, Site, _)")
    assert ("W703", "conflict") in said(silent + "cleared(B) :- batch(batch: B).")
