"""What would help a case: small policies, and every refused batch of the demo."""

from __future__ import annotations

import csv
import shutil
from datetime import date
from pathlib import Path

import pytest

from policy.helper import policy as written_policy
from whereas import api
from whereas.change.proposals import ValueRange
from whereas.change.repair import Repairs, repair, repair_each
from whereas.change.terms import Bounds
from whereas.diagnostics import NothingSelected
from whereas.facts.changes import Addition, Change, Correction, Withdrawal, changed
from whereas.facts.drafts import completed
from whereas.facts.memory import from_rows
from whereas.render.repair_document import changes_yaml
from whereas.scenarios.what_if import load_suppositions

ROOT = Path(__file__).parents[2]
PORT = """
input goods(goods: text, made: date) key goods.
input paper(paper: text, goods: text references goods, kind: {"a", "b"}, issued: date,
    ends: date?) key paper closed.
input filing(filing: text, goods: text references goods, filed: date) key filing closed.
input stop(goods: text) closed.
input port(port: text, depth: integer) key port.
subject goods.
outcome "free" wanted if free(Goods).
outcome "held" otherwise.
"""


def asked(rules: str, rows: dict[str, list[list[object]]], **bounds: int) -> Repairs:
    """Repair case `g` of a policy over a few rows."""
    policy = written_policy(PORT + rules)
    rows = {"goods": [["g", "2025-03-01"]], **rows}
    decided = api.decide(policy, from_rows(policy, rows))
    return repair(decided.model, ("g",), bounds=Bounds(**bounds))


def brief(found: Repairs) -> list[tuple[int, list[tuple[str, str]]]]:
    return [
        (p.weight, [(step.action, step.relation) for step in p.steps])
        for p in found.proposals
    ]


def test_an_addition_leaves_open_what_nothing_asks() -> None:
    found = asked(
        """
        correctable add paper weight 3.
        free(G) :- goods(G, Made), paper(_, G, "a", Issued, Ends),
            Issued <= Made, ( Ends = none ; Ends > 2026-01-01 ).
        """,
        {},
    )
    assert brief(found) == [(3, [("add", "paper")])]
    (proposal,) = found.proposals
    (way,) = proposal.ways
    assert way.ranges[0] == (
        ValueRange(settled=True, value="new"),
        ValueRange(settled=True, value="g"),
        ValueRange(settled=True, value="a"),
        ValueRange(high=date(2025, 3, 1)),
        ValueRange(low=date(2026, 1, 2), none=True),
    )
    assert way.example == (("new", "g", "a", date(2025, 3, 1), None),)


def test_nothing_else_than_what_is_correctable_is_proposed() -> None:
    rules = "free(G) :- goods(G, Made), Made < 2025-01-01."
    found = asked(f"correctable add paper.\n{rules}", {})
    assert found.proposals == ()
    assert found.stopped is None
    assert found.obstacles is not None


def test_a_change_moves_only_where_it_may() -> None:
    rows: dict[str, list[list[object]]] = {"filing": [["f", "g", "2025-06-01"]]}
    rules = "free(G) :- filing(_, G, Filed), Filed != 2025-06-01, Filed < 2025-07-01."
    later = asked(f"correctable change filing(filed later).\n{rules}", rows)
    assert later.proposals[0].ways[0].ranges[0] == (
        ValueRange(settled=True, value="f"),
        ValueRange(settled=True, value="g"),
        ValueRange(low=date(2025, 6, 2), high=date(2025, 6, 30)),
    )
    earlier = asked(f"correctable change filing(filed earlier).\n{rules}", rows)
    assert earlier.proposals[0].ways[0].example == (("f", "g", date(2025, 5, 31)),)


def test_what_stands_against_it_is_withdrawn() -> None:
    found = asked(
        """
        correctable withdraw stop weight 2.
        correctable add stop.
        free(G) :- goods(G, _), not stop(G).
        """,
        {"stop": [["g"]]},
    )
    assert brief(found) == [(2, [("withdraw", "stop")])]


def test_an_exception_that_needs_a_fact_gets_it() -> None:
    found = asked(
        """
        correctable add filing weight 2.
        free(G) :- goods(G, _), not late(G).
        late(G) :- stop(G), not filing(_, G, _).
        """,
        {"stop": [["g"]]},
    )
    assert brief(found) == [(2, [("add", "filing")])]


def test_a_row_that_is_added_must_not_bring_what_is_denied() -> None:
    """The new paper must not be of the kind that another rule forbids."""
    found = asked(
        """
        correctable add paper.
        bad(G) :- paper(_, G, _, Issued, _), Issued < 2025-02-01.
        free(G) :- goods(G, Made), paper(_, G, _, Issued, _), Issued < Made, not bad(G).
        """,
        {},
    )
    (proposal,) = found.proposals
    (way,) = proposal.ways
    assert way.ranges[0] is not None
    assert way.ranges[0][3] == ValueRange(low=date(2025, 2, 1), high=date(2025, 2, 28))


def test_a_heavier_way_begins_where_the_lighter_one_ends() -> None:
    """A paper of before the filing; or a later one, and filing after it."""
    found = asked(
        """
        correctable add paper weight 3.
        correctable change filing(filed later).
        free(G) :- filing(_, G, Filed), paper(_, G, "a", Issued, _), Issued <= Filed.
        """,
        {"filing": [["f", "g", "2025-06-01"]]},
    )
    assert brief(found) == [
        (3, [("add", "paper")]),
        (4, [("add", "paper"), ("change", "filing")]),
    ]
    first, second = (p.ways[0].ranges[0] for p in found.proposals)
    assert first is not None
    assert second is not None
    assert first[3] == ValueRange(high=date(2025, 6, 1))
    assert second[3] == ValueRange(low=date(2025, 6, 2))
    assert found.proposals[1].ways[0].links


def test_none_is_added_where_one_like_it_is_on_file() -> None:
    rules = "free(G) :- filing(_, G, Filed), Filed > 2026-01-01."
    adding = f"correctable add filing unless same goods.\n{rules}"
    assert asked(adding, {}).proposals
    assert not asked(adding, {"filing": [["f", "g", "2025-06-01"]]}).proposals


def test_a_reference_leads_to_a_row_that_is_there_or_is_added() -> None:
    found = asked(
        """
        input berth(berth: text, port: text references port) key berth.
        input lies(goods: text references goods, berth: text references berth).
        correctable add lies.
        correctable add berth.
        correctable add port weight 4.
        free(G) :- lies(G, Berth), berth(Berth, Port), port(Port, Depth), Depth >= 9.
        """,
        {"port": [["p", 9], ["q", 3]], "berth": [["x", "q"]]},
    )
    assert brief(found)[0] == (2, [("add", "lies"), ("add", "berth")])


def test_what_is_counted_is_brought_about() -> None:
    found = asked(
        """
        correctable add paper.
        free(G) :- goods(G, _), N = count { paper(_, G, "a", _, _) }, N >= 2.
        """,
        {"paper": [["p", "g", "a", "2025-01-01", None]]},
    )
    assert brief(found) == [(1, [("add", "paper")])]
    assert not found.left_out
    found = asked(
        """
        correctable withdraw paper weight 2.
        free(G) :- goods(G, _), N = count { paper(_, G, _, _, _) }, N < 2.
        """,
        {"paper": [[p, "g", "a", "2025-01-01", None] for p in ("p", "q", "r")]},
    )
    assert brief(found) == [(4, [("withdraw", "paper")] * 2)] * 3
    found = asked(
        """
        correctable add filing.
        free(G) :- filing(_, G, _), N = count { paper(_, G, _, _, _) }, N = 0.
        """,
        {},
    )
    assert brief(found) == [(1, [("add", "filing")])]


def test_a_newer_paper_is_the_last_one() -> None:
    rows = {"paper": [["p", "g", "a", "2025-01-01", None]]}
    rules = """
        free(G) :- goods(G, _), paper(_, G, "b", Issued, _),
            Issued = max Day { paper(_, G, _, Day, _) }.
    """
    found = asked(f"correctable add paper.\n{rules}", rows)
    assert brief(found) == [(1, [("add", "paper")])]
    ((told,),) = (way.ranges for way in found.proposals[0].ways)
    assert told is not None
    assert told[3] == ValueRange(low=date(2025, 1, 1))
    rows["paper"].append(["q", "g", "b", "2024-12-31", None])
    found = asked(f"correctable withdraw paper.\n{rules}", rows)
    assert brief(found) == [(1, [("withdraw", "paper")])]
    assert found.proposals[0].steps[0].before is not None
    assert found.proposals[0].steps[0].before[0] == "p"


def test_a_sum_is_brought_about_by_what_is_added_to_it() -> None:
    rules = """
        input load(goods: text references goods, port: text, weight: integer)
            key goods, port closed.
        free(G) :- goods(G, _), W = sum Weight { load(G, _, Weight) }, W = 10.
    """
    rows: dict[str, list[list[object]]] = {"load": [["g", "p", 7], ["g", "q", 5]]}
    found = asked(f"correctable change load(weight).\n{rules}", rows)
    assert brief(found) == [(1, [("change", "load")])] * 2
    assert {p.ways[0].example for p in found.proposals} == {
        (("g", "p", 5),),
        (("g", "q", 3),),
    }
    found = asked(f"correctable add load.\n{rules}", rows)
    assert brief(found) == [(1, [("add", "load")])]
    assert found.proposals[0].ways[0].ranges[0][2] == ValueRange(settled=True, value=-2)  # type: ignore[index]


def test_a_row_that_does_not_match_is_no_reason_to_add_none() -> None:
    found = asked(
        """
        input road(from: text, to: text) closed.
        correctable add road.
        free(G) :- goods(G, _), road(X, X).
        """,
        {"road": [["a", "b"]]},
    )
    assert brief(found) == [(1, [("add", "road")])]


def test_a_row_to_add_has_not_the_name_of_another_thing() -> None:
    rules = """
        input permit(permit: text, kind: {"x", "y"}) key permit.
        input shown(goods: text references goods, document: text) closed.
        correctable add permit.
        correctable add shown weight 3.
        free(G) :- shown(G, Document), permit(Document, "x").
    """
    rows: dict[str, list[list[object]]] = {
        "paper": [["p", "g", "a", "2025-01-01", None]],
        "shown": [["g", "p"]],
    }
    # Paper `p` is shown, and is no permit: a permit has a name of its own.
    assert brief(asked(rules, rows)) == [(4, [("add", "permit"), ("add", "shown")])]
    rows["shown"] = [["g", "n"]]
    assert brief(asked(rules, rows))[0] == (1, [("add", "permit")])


def test_what_cannot_be_had_in_the_past_is_later_than_the_day_on_file() -> None:
    rules = """
        timeline filing(filed).
        correctable change filing(filed later).
        free(G) :- goods(G, Made), filing(_, G, Filed), paper(_, G, "a", Issued, _),
            Issued > Made, Issued <= Filed.
    """
    rows: dict[str, list[list[object]]] = {"filing": [["f", "g", "2025-06-01"]]}
    assert brief(asked(f"correctable add paper.\n{rules}", rows))[0] == (
        1,
        [("add", "paper")],
    )
    found = asked(f"correctable add paper(issued later).\n{rules}", rows)
    assert brief(found) == [(2, [("add", "paper"), ("change", "filing")])]
    (way,) = found.proposals[0].ways
    assert way.ranges[0] is not None
    assert way.ranges[0][3] == ValueRange(low=date(2025, 6, 2))


def test_a_bound_ends_the_search_and_is_named() -> None:
    rules = """
        correctable add paper.
        free(G) :- paper(_, G, "a", _, _), paper(_, G, "b", _, _).
    """
    assert asked(rules, {}, states=3).stopped == "states"
    assert asked(rules, {}).stopped is None


def test_a_case_that_is_as_wanted_needs_nothing() -> None:
    found = asked("free(G) :- goods(G, _).", {})
    assert found.reached
    assert found.proposals == ()


# --- the demonstration ----------------------------------------------------------------


@pytest.fixture(scope="module")
def demo() -> tuple[api.Policy, api.FactBase, dict[str, Repairs]]:
    policy = api.load_policy(ROOT / "policy/nmpa-summary")
    facts = api.load_facts(ROOT / "facts/demo", policy)
    decided = api.decide(policy, facts)
    found = {str(one.decision.case[0]): one for one in repair_each(decided.model)}
    return policy, facts, found


def test_the_refused_batches_that_can_be_helped(demo) -> None:
    _, _, found = demo
    helped = {case: [p.weight for p in one.proposals] for case, one in found.items()}
    assert helped == {
        "B-011": [],
        "B-012": [5, 6],
        "B-013": [1],
        "B-017": [],
        "B-019": [],
        "B-020": [1],
        "B-022": [9],
        "B-024": [],
        "B-026": [1],
        "B-028": [],
        "B-029": [1],
        "B-033": [3, 4],
        "B-035": [3, 4],
        "B-037": [1],
        "B-038": [1],
        "B-040": [6],
        "B-041": [],
        "B-042": [1, 2],
    }
    assert all(one.stopped is None and not one.left_out for one in found.values())
    assert all(bool(one.proposals) != bool(one.obstacles) for one in found.values())


def test_all_cases_in_one_command_are_those_of_one_command_each(demo) -> None:
    """What the repairs of several cases share changes none of them."""
    policy, facts, found = demo
    decided = api.decide(policy, facts)
    assert [*found] == [
        str(one.case[0]) for one in decided if one.outcome not in policy.wanted
    ]
    for case in ("B-011", "B-013", "B-033", "B-040"):
        assert repair(decided.model, (case,)) == found[case]
    keys = [("B-033",), ("B-001",)]
    named = {one.decision.case: one for one in repair_each(decided.model, keys)}
    assert named["B-033",] == found["B-033"]
    assert named["B-001",].reached


def test_every_proposal_comes_true(demo) -> None:
    policy, facts, found = demo
    count = 0
    for case, one in found.items():
        for changes in all_changes(one):
            decided = api.decide(policy, changed(facts, policy, changes))
            outcomes = {str(d.case[0]): d.outcome for d in decided}
            assert outcomes[case] == "importable", changes
            count += 1
    assert count > 15


def test_every_proposal_written_to_the_fact_files_comes_true(
    demo, tmp_path: Path
) -> None:
    """The files as a company would mend them, read and decided from the start."""
    policy, _, found = demo
    for number, (case, one) in enumerate(found.items()):
        for place, changes in enumerate(all_changes(one)):
            folder = tmp_path / f"{number}-{place}"
            shutil.copytree(ROOT / "facts/demo", folder)
            for change in changes:
                mend(folder / f"{change.relation}.csv", change)
            decided = api.decide(policy, api.load_facts(folder, policy))
            outcomes = {str(d.case[0]): d.outcome for d in decided}
            assert outcomes[case] == "importable", changes


def all_changes(found: Repairs) -> list[list[Change]]:
    """The changes of each way of each proposal."""
    ways = []
    for proposal in found.proposals:
        for way in proposal.ways:
            changes: list[Change] = []
            for step, row in zip(proposal.steps, way.example, strict=True):
                if step.before is None:
                    assert row is not None
                    changes.append(Addition(step.relation, row))
                elif row is None:
                    changes.append(Withdrawal(step.relation, step.before))
                else:
                    changes.append(Correction(step.relation, step.before, row))
            ways.append(changes)
    return ways


def mend(path: Path, change: Change) -> None:
    with path.open(encoding="utf-8", newline="") as stream:
        head, *rows = csv.reader(stream)
    cells = ["" if v is None else str(v) for v in change.values]
    if isinstance(change, Addition):
        rows.append(cells)
    else:
        place = rows.index(cells)
        rows.pop(place)
        if isinstance(change, Correction):
            new = ["" if v is None else str(v) for v in change.changed]
            rows.insert(place, new)
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([head, *rows])


def test_the_changes_as_a_what_if_file_come_true(demo, tmp_path: Path) -> None:
    """`repair --format changes`, then `what-if`: each proposal gives the outcome."""
    policy, facts, found = demo
    decided = api.decide(policy, facts)
    count = 0
    for case, one in found.items():
        path = tmp_path / f"{case}.yaml"
        path.write_text(changes_yaml(one, decided.model, "en"), encoding="utf-8")
        if not one.proposals:
            continue
        scenarios = load_suppositions(policy, path)
        assert len(scenarios) == len(one.proposals)
        for scenario in scenarios:
            changes = list(completed(facts, policy, scenario.drafts))
            assert outcome(policy, facts, changes, case) == "importable", scenario
            count += 1
    assert count == 16


def test_each_proposal_helps_from_the_day_that_it_names(demo) -> None:
    """The first day and the last; on the day before, the way is another one."""
    _, _, found = demo
    days = {
        case: [
            (str(d.first), d.last and str(d.last), d.stated) if d else None
            for d in one.days
        ]
        for case, one in found.items()
        if one.proposals
    }
    assert days == {
        "B-012": [
            ("2026-02-11", None, True),
            ("2026-02-12", "2028-02-29", False),
        ],
        "B-013": [("2026-01-05", None, False)],
        "B-020": [("2025-12-10", "2027-11-08", False)],
        "B-022": [("2026-02-11", None, False)],
        "B-026": [("2024-09-09", None, False)],
        "B-029": [("2026-01-20", None, False)],
        "B-033": [("2026-02-11", None, True), ("2026-02-12", None, False)],
        "B-035": [("2026-02-10", None, True), ("2026-02-11", None, False)],
        "B-037": [("2026-02-10", "2029-02-09", False)],
        "B-038": [("2026-02-10", None, True)],
        "B-040": [("2025-12-10", None, False)],
        "B-042": [
            ("2025-10-15", "2028-02-29", False),
            ("2026-02-10", None, True),
        ],
    }


def test_a_timeline_with_the_proposal_begins_on_the_day_that_it_names(demo) -> None:
    """Where filing again is all: the first day of the timeline of the facts as stated."""
    policy, facts, found = demo
    count = 0
    for case, one in found.items():
        for proposal, days in zip(one.proposals, one.days, strict=True):
            if [step.action for step in proposal.steps] != ["change"]:
                continue
            assert days is not None
            stretches = api.timeline(policy, facts, case).timeline.wanted(policy)
            assert (days.first, days.last) in [(s.first, s.last) for s in stretches]
            count += 1
    assert count > 5


def test_a_further_change_of_the_same_row_is_not_smallest() -> None:
    """Filing later is enough: that it also names another port is not proposed."""
    found = asked(
        """
        input berth(goods: text, since: date, port: text, depth: integer) key goods closed.
        correctable change berth(since later) weight 1.
        correctable change berth(depth) weight 1.
        free(G) :- berth(G, Since, _, Depth), Since > 2025-06-01, Since < 2025-08-01,
            Depth > 2.
        """,
        {"berth": [["g", "2025-05-01", "p", 3]]},
        beyond=5,
    )
    assert brief(found) == [(1, [("change", "berth")])]


def outcome(
    policy: api.Policy, facts: api.FactBase, changes: list[Change], case: str
) -> str | None:
    decided = api.decide(policy, changed(facts, policy, changes))
    return {str(d.case[0]): d.outcome for d in decided}[case]


def test_an_unknown_case_is_said(demo) -> None:
    policy, facts, _ = demo
    with pytest.raises(NothingSelected):
        repair(api.decide(policy, facts).model, ("B-999",))


def test_a_large_model_in_duckdb_gives_the_same(demo, tmp_path: Path) -> None:
    """Also from a model that was kept and is open for reading only."""
    from whereas.explain.store import open_saved, save

    policy, _, found = demo
    facts = api.load_facts(ROOT / "facts/demo", policy, engine="duckdb")
    decided = api.decide(policy, facts, engine="duckdb")
    save(decided.model, tmp_path / "model")
    kept = open_saved(tmp_path / "model", policy, ROOT / "facts/demo")
    assert kept.database.dialect == "duckdb"
    for one in repair_each(kept):
        assert one.proposals == found[str(one.decision.case[0])].proposals


# --- the portfolio --------------------------------------------------------------------


@pytest.fixture(scope="module")
def portfolio() -> tuple[api.Policy, api.FactBase, dict[str, Repairs]]:
    policy = api.load_policy(ROOT / "policy/nmpa-2025-96")
    facts = api.load_facts(ROOT / "facts/portfolio", policy)
    model = api.decide(policy, facts, engine="sqlite").model
    each = repair_each(model, [(case,) for case in PORTFOLIO])
    return policy, facts, {str(one.decision.case[0]): one for one in each}


# What helps, by weight; where nothing does, what is in the way cannot be corrected.
PORTFOLIO: dict[str, list[int]] = {
    "B-037": [5],
    "B-038": [1],
    "B-042": [2],
    "B-047": [],
    "B-051": [4, 5],
    "B-053": [],
    "B-055": [],
    "B-056": [],
    "B-058": [1, 1],
    "B-066": [1],
    "B-067": [],
    "B-068": [4],
    "B-069": [1],
}


def test_of_many_conditions_only_those_that_fail_are_searched(portfolio) -> None:
    _, _, found = portfolio
    helped = {case: [p.weight for p in one.proposals] for case, one in found.items()}
    assert helped == PORTFOLIO
    assert all(one.stopped is None and not one.left_out for one in found.values())
    assert all(bool(one.proposals) != bool(one.obstacles) for one in found.values())


def test_every_proposal_of_the_portfolio_comes_true(portfolio) -> None:
    policy, facts, found = portfolio
    for case, one in found.items():
        for changes in all_changes(one):
            supposed = changed(facts, policy, changes)
            decided = api.decide(policy, supposed, engine="sqlite")
            outcomes = {str(d.case[0]): d.outcome for d in decided}
            assert outcomes[case] in policy.wanted, changes
