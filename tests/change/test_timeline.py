"""A timeline agrees with deciding every day, and says what turned."""

from __future__ import annotations

from datetime import date

import pytest
from timelines import BEGIN, END, checked, each_day, world

from whereas import api
from whereas.change.timeline import TimelineBuilder, timeline
from whereas.diagnostics import UsageError
from whereas.engine.incremental_solver import IncrementalSolver
from whereas.engine.model import Model
from whereas.explain import Explainer, decide, open_saved, save
from whereas.facts.memory import from_rows
from whereas.policy.core import Setting


def decided(seed, case, **given):
    """The timeline's decisions, day by day."""
    line = timeline(world(seed), (case,), first=BEGIN, last=END, **given)
    days = {}
    for one in line.phases:
        for number in range(one.first.toordinal(), one.last.toordinal() + 1):
            decision = one.decision
            days[date.fromordinal(number)] = (
                decision.outcome,
                decision.held,
                decision.failed,
            )
    return line, days


# In the last two, days that come to be the same are counted once.
@pytest.mark.parametrize("seed", [*range(60), 273, 395])
def test_a_timeline_is_what_each_day_decides(seed):
    case = "abc"[seed % 3]
    line, days = decided(seed, case)
    assert days == each_day(seed, case, BEGIN, END)
    for turn in line.turns:
        assert turn.before != turn.after
        assert turn.events, turn


def demo():
    """The demonstration, its facts not decided."""
    policy = api.load_policy("policy/nmpa-summary")
    facts = api.load_facts("facts/demo", policy)
    return Model(policy, facts, Setting({}, None), (), certified=False)


@pytest.mark.parametrize(
    "case", ["B-001", "B-010", "B-014", "B-020", "B-025", "B-033", "B-040", "B-043"]
)
def test_the_demonstration_agrees_with_every_day(case):
    """On a year and a half of days, over all facts."""
    model = demo()
    first, last = date(2025, 9, 1), date(2027, 2, 28)
    line = timeline(model, (case,), first=first, last=last)
    database = model.database
    again = IncrementalSolver.of(model.policy, model.facts, model.setting)
    explainer = Explainer(again.model)
    number = database.numbers([case])[case]
    phases = iter(line.phases)
    phase = next(phases)
    for day in range(first.toordinal(), last.toordinal() + 1, 3):
        database.execute("UPDATE filing SET a2 = ? WHERE a1 = ?", (day, number))
        again.solve()
        while phase.last.toordinal() < day:
            phase = next(phases)
        (one,) = decide(explainer, [(case,)])
        assert one == phase.decision, date.fromordinal(day)


def test_an_event_names_the_fact_that_makes_the_turn():
    """Approval granted, certificate expired: with file and row."""
    line = timeline(demo(), ("B-033",))
    said = [
        (turn.day, turn.after, event.rule.label, event.holds, fact.values[0], at.row)
        for turn in line.turns
        for event in turn.events
        for fact, at in event.causes
    ]
    assert said == [
        (date(2025, 12, 10), "importable", "S-G2", True, "HJ20259009", 11),
        (date(2026, 2, 11), "not-importable", "S-G1", False, "GMP-JP-1", 6),
    ]
    assert line.now.outcome == "not-importable"
    (wanted,) = line.wanted(demo().policy)
    assert (wanted.first, wanted.last) == (date(2025, 12, 10), date(2026, 2, 10))


def test_filings_are_moved_together():
    """Two rows of one case are one day."""
    line = timeline(demo(), ("B-025",))
    assert [one.fact.values[0] for one in line.moved] == ["F-025-1", "F-025-2"]
    assert len(line.turns) == 2


def test_a_case_without_a_row_has_one_outcome():
    """Nothing can be moved, and nothing turns."""
    made = made_of(
        "subject thing. timeline visit(on).\n"
        'outcome "yes" if visit(_, Thing, _). outcome "no" otherwise.',
        [],
    )
    line = timeline(made, ("a",))
    assert (line.moved, line.turns) == ((), ())
    (phase,) = line.phases
    assert (phase.first, phase.last, phase.decision.outcome) == (None, None, "no")


def made_of(rules, visits, today=None):
    """A model of one thing and its visits, not decided."""
    inputs = (
        "input thing(thing: text, made: date) key thing closed.\n"
        "input visit(visit: text, thing: text references thing, on: date)\n"
        "    key visit closed.\n"
    )
    policy = checked(inputs + rules)
    rows = {
        "thing": [{"thing": "a", "made": date(2024, 1, 31)}],
        "visit": [{"visit": f"v{n}", "thing": "a", "on": d} for n, d in visits],
    }
    facts = from_rows(policy, rows)
    return Model(policy, facts, Setting({}, today), (), certified=False)


def spans(line):
    return [
        (
            one.first and one.first.isoformat(),
            one.last and one.last.isoformat(),
            one.decision.outcome,
        )
        for one in line.spans
    ]


TODAY = (
    "subject thing.\n"
    'outcome "yes" if thing(Thing, Made), $today >= Made + 1 months,\n'
    "    $today < Made + 60 days.\n"
    'outcome "no" otherwise.\n'
    "used(V) :- visit(V, _, _). show used.\n"
)


def test_today_moves_by_itself():
    """The end of January and a month later: the last day of February."""
    line = timeline(made_of(TODAY, [], date(2024, 3, 15)), ("a",))
    assert spans(line) == [
        (None, "2024-02-28", "no"),
        ("2024-02-29", "2024-03-30", "yes"),
        ("2024-03-31", None, "no"),
    ]
    assert [len(turn.events) for turn in line.turns] == [1, 1]
    assert line.now.outcome == "yes"


BOTH = (
    "subject thing. timeline visit(on).\n"
    'outcome "yes" if visit(_, Thing, On), On <= $today, On >= 2024-02-01.\n'
    'outcome "no" otherwise.\n'
)


def test_what_moves_can_be_chosen():
    """Both move together, or one alone."""
    made = made_of(BOTH, [(1, date(2024, 3, 1))], date(2024, 3, 15))
    assert spans(timeline(made, ("a",))) == [
        (None, "2024-01-31", "no"),
        ("2024-02-01", None, "yes"),
    ]
    assert spans(timeline(made, ("a",), only="visit")) == [
        (None, "2024-01-31", "no"),
        ("2024-02-01", "2024-03-15", "yes"),
        ("2024-03-16", None, "no"),
    ]
    assert spans(timeline(made, ("a",), only="today")) == [
        (None, "2024-02-29", "no"),
        ("2024-03-01", None, "yes"),
    ]
    with pytest.raises(UsageError, match="it moves today, visit"):
        timeline(made, ("a",), only="thing")


def test_rows_that_become_one_are_counted_once():
    """A set of rows has each once: two visits of one name fall on one day."""
    rules = (
        "subject thing. timeline call(on).\n"
        "input call(thing: text references thing, on: date) closed.\n"
        "many(T) :- thing(T, _), N = count { call(T, _) }, N > 1.\n"
        'outcome "many" if many(Thing). outcome "one" otherwise.\n'
        "used(V) :- visit(V, _, _). show used.\n"
    )
    made = made_of(rules, [])
    base = made.facts.database
    number = base.numbers(["a"])["a"]
    base.insert("call", [(number, 738000, 1), (number, 738001, 2)])
    line = timeline(made, ("a",))
    assert line.now.outcome == "many"
    assert spans(line) == [(None, None, "one")]


def test_where_nothing_moves_the_question_is_refused():
    """Neither a statement nor `$today`."""
    rules = 'subject thing. outcome "yes" if thing(Thing, _). outcome "no" otherwise.'
    with pytest.raises(UsageError, match="does not say which day moves"):
        timeline(made_of(rules, []), ("a",))


def test_a_kept_portfolio_answers_the_same(tmp_path):
    """A model in DuckDB, opened for reading only."""
    model = demo()
    policy = model.policy
    facts = api.load_facts("facts/demo", policy, engine="duckdb")
    solved = api.decide(policy, facts, engine="duckdb").model
    save(solved, tmp_path / "kept.model")
    kept = open_saved(tmp_path / "kept.model", policy)
    assert kept.database.dialect == "duckdb"
    for case in ("B-001", "B-025", "B-040"):
        assert timeline(kept, (case,)) == timeline(model, (case,))


def test_rows_move_to_which_a_row_of_the_case_refers():
    """A case in a list of a filing; another filing stays where it is."""
    rules = (
        "subject thing. timeline filing(filed).\n"
        "input filing(filing: text, filed: date) key filing closed.\n"
        "input entry(thing: text references thing, filing: text references filing)\n"
        "    closed.\n"
        "late(T) :- entry(T, F), filing(F, On), filing(_, Other), Other < On.\n"
        'outcome "late" if late(Thing). outcome "first" otherwise.\n'
        "used(V) :- visit(V, _, _). show used.\n"
    )
    made = made_of(rules, [])
    base = made.facts.database
    thing = base.numbers(["a"])["a"]
    ours, theirs = base.intern("f1"), base.intern("f2")
    day = date(2024, 3, 1).toordinal()
    base.insert("filing", [(ours, day + 9, 1), (theirs, day, 2)])
    base.insert("entry", [(thing, ours, 1)])
    line = timeline(made, ("a",))
    assert [one.fact.values[0] for one in line.moved] == ["f1"]
    assert spans(line) == [
        (None, "2024-03-01", "first"),
        ("2024-03-02", None, "late"),
    ]


def test_a_day_that_any_row_may_have_does_not_bring_them_all():
    """Whether anything was visited on the day is told by the case's own visit."""
    rules = (
        "subject thing. timeline visit(on).\n"
        "busy(D) :- visit(_, _, D).\n"
        'outcome "yes" if visit(_, Thing, On), busy(On), On >= 2024-02-01.\n'
        'outcome "no" otherwise.\n'
    )
    made = made_of(rules, [(1, date(2024, 3, 1))])
    base = made.facts.database
    other = base.intern("b")
    base.insert("visit", [(base.intern(f"o{n}"), other, n, n) for n in range(2, 90)])
    line = TimelineBuilder(made, ("a",))
    assert len(line.rows["visit"]) == 1
    assert spans(timeline(made, ("a",))) == [
        (None, "2024-01-31", "no"),
        ("2024-02-01", None, "yes"),
    ]
