"""Proposals in words: the same numbers and dates in each language, in each format."""

from __future__ import annotations

import calendar
import json
import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from policy.helper import policy as written_policy
from whereas import api
from whereas.change.terms import Bounds
from whereas.facts.memory import from_rows
from whereas.render.repair_document import changes_yaml, repairs_json

ROOT = Path(__file__).parents[2]
MONTHS = [*calendar.month_name][1:]


@pytest.fixture(scope="module")
def refused() -> dict[str, api.RepairResult]:
    policy = api.load_policy(ROOT / "policy/nmpa-summary")
    decided = api.decide(policy, api.load_facts(ROOT / "facts/demo", policy))
    cases = [str(one.case[0]) for one in decided if one.outcome != "importable"]
    return {case: api.repair(decided.model, case) for case in cases}


def dates(text: str) -> list[date]:
    """The days that a text names, in order of the calendar."""
    text = re.sub(r"\s+", " ", text)
    english = re.findall(rf"(\d+) ({'|'.join(MONTHS)}) (\d{{4}})", text)
    chinese = re.findall(r"(\d{4})年 ?(\d+)月 ?(\d+)日", text)
    return sorted(
        [date(int(y), MONTHS.index(m) + 1, int(d)) for d, m, y in english]
        + [date(int(y), int(m), int(d)) for y, m, d in chinese]
    )


def codes(text: str) -> list[str]:
    return sorted(re.findall(r"\b[A-Z]+-[0-9A-Z]+(?:-[0-9]+)?\b", text, re.ASCII))


def test_the_languages_name_the_same_days_and_codes(refused) -> None:
    for case, advice in refused.items():
        english = advice.text("en", columns=10_000)
        chinese = advice.text("zh", columns=10_000)
        assert dates(english) == dates(chinese), case
        assert set(codes(english)) == set(codes(chinese)), case


def test_the_formats_say_the_same(refused) -> None:
    for advice in refused.values():
        for language in ("en", "zh"):
            text = advice.text(language, columns=10_000)
            markdown = advice.markdown(language)
            html = advice.html(language)
            assert dates(text) == dates(markdown) == dates(html)
            assert "http" not in html.replace("http-equiv", "")


def paragraphs(advice: api.RepairResult, language: str = "en") -> dict[str, str]:
    """The paragraphs of a page by their first line."""
    parts = advice.text(language).split("\n\n")
    return {part.partition("\n")[0]: part for part in parts}


def test_the_words_of_a_proposal(refused) -> None:
    text = refused["B-042"].text("en").replace(f"{ROOT}/", "")
    assert text.split("\n\n")[:8] == [
        "✗ B-042: not importable",
        "2 ways were found to make it importable; one of them is enough.",
        "What was looked at:\n"
        "  - Batch B-042 of clobazam (tablets) was made on 28 March 2025 at Synthetic\n"
        "    Pharma USA, at commercial scale.\n"
        "    facts/demo/batch.csv, row 43\n"
        "  - Filing F-042-2 for batch B-042 was made on 14 October 2025.\n"
        "    facts/demo/filing.csv, row 47\n"
        "  - Drug approval document HJ20259010 for clobazam (tablets) was granted on 15\n"
        "    October 2025.\n"
        "    facts/demo/china_approval.csv, row 12",
        "What fails as the facts stand:\n"
        "  ✗ The drug was not approved in China at filing (S-G2).\n"
        "    ✗ 15 October 2025 (date of approval) is 1 day after 14 October 2025 (date of\n"
        "      filing).",
        "Other attempts, and what each lacks:\n"
        "  - With filing F-042-1: required documents are missing from the filing (S-G3);\n"
        "    all else holds.",
        "What would help, the easiest first:",
        "1  The filer files batch B-042 again between 15 October 2025 and 29 February\n"
        "   2028: a new filing, with the documents that F-042-2 had, each in its newest\n"
        "   version.\n"
        "   Then importable if filed from 15 October 2025 to 29 February 2028, on no day\n"
        "   that is past.\n"
        "   - Not before 15 October 2025: drug approval document HJ20259010 for clobazam\n"
        "     (tablets) was granted on 15 October 2025.\n"
        "   - Not after 29 February 2028: drug inspection notification GMP-US-1 for\n"
        "     Synthetic Pharma USA was issued by US on 1 March 2025; expires: 29 February\n"
        "     2028.\n"
        "   (effort 1)",
        "2  The filer submits with F-042-1: GMP evidence and overseas marketing proof.\n"
        "   Then importable as soon as that is done: the date of filing on file, 10\n"
        "   February 2026, stands.\n"
        "   (effort 2)",
    ]


def test_alternatives_that_all_fail_stand_below_what_they_could_have_met(
    refused,
) -> None:
    told = paragraphs(refused["B-026"])["What fails as the facts stand:"].split("\n")
    assert told[1:6] == [
        "  ✗ None of these holds, and one would do (S-E1 to S-E6).",
        "    ✗ S-E1: the drug is neither an original drug nor an improved new drug.",
        "      - Topiramate (oral solution) (P-08) is recorded as: generic drug.",
        "      ✗ Kind of drug is generic drug, neither original drug nor improved new",
        "        drug.",
    ]
    heads = [line[6:10] for line in told if line.startswith("    ✗ ")]
    assert sorted(heads) == [f"S-E{number}" for number in range(1, 7)]


def test_a_new_day_says_what_it_follows(refused) -> None:
    """Where only the day on file bounds it, that day is named."""
    told = refused["B-033"].text("en", columns=10_000)
    assert (
        "Then importable if filed from 12 February 2026 on, on no day that is past, so"
        " far as the days fit together.\n"
        "   - Not before 12 February 2026: filing F-033 for batch B-033 was made on 11 February 2026, and"
        " the new day has to be later.\n"
        "   - No last day on file: what is supplied sets it.\n"
    ) in told
    assert "with --today YYYY-MM-DD such days are left out." in told
    assert "- No last day: nothing on file ends it.\n" in refused["B-029"].text("en")


def test_a_day_that_is_past_is_not_proposed(refused) -> None:
    model = refused["B-020"].model
    advice = api.repair(model, "B-020", today=date(2026, 11, 23))
    told = advice.text("en", columns=10_000)
    assert (
        "   Then importable if filed from 23 November 2026 to 8 November 2027.\n"
        "   - Not before 23 November 2026: that is today, and what is still to be done"
        " cannot be done before.\n"
    ) in told
    assert "Today is taken to be 23 November 2026" in told
    assert "--today" not in told
    # The certificate has expired by then.
    late = api.repair(model, "B-020", today=date(2027, 11, 9))
    assert all(len(one.steps) > 1 for one in late.repairs.proposals)


def test_what_is_done_with_a_new_row_is_said_with_it(refused) -> None:
    """A first filing, and what is handed in with it, are one action."""
    assert (
        "1  The filer files batch B-040 for the first time, on or after 10 December 2025;\n"
        "   the filer submits with that filing: application letter, overseas marketing\n"
        "   proof, GMP evidence and certificate of analysis.\n"
        "   Then importable if filed from 10 December 2025 on, on no day that is past.\n"
    ) in refused["B-040"].text("en")
    assert (
        "1  备案申请人于2025年12月10日或之后首次为批次B-040办理备案；备案申请人随该备案补\n"
        "   交：申请函、境外上市证明文件、GMP证明文件和检验报告书。\n"
        "   补正后：2025年12月10日及以后办理备案（已过去的日期除外），结论为“可进口”。\n"
    ) in refused["B-040"].text("zh")


def test_the_page_says_how_to_try_a_way_and_what_was_not_looked_for(refused) -> None:
    text = refused["B-033"].text("en", columns=10_000)
    assert "whereas repair B-033 --format changes --output try.yaml, then" in text
    assert "Ways above 5 were not looked for; --beyond 5 looks on, up to 8." in text
    assert "试行办法（选项同前）：whereas repair B-033" in refused["B-033"].text(
        "zh", columns=999
    )


def test_what_cannot_be_changed_is_said(refused) -> None:
    told = paragraphs(refused["B-019"])
    assert [*told][1].startswith("Nothing that can still be supplied or corrected")
    assert told["What stands in the way, and cannot be supplied or corrected:"] == (
        "What stands in the way, and cannot be supplied or corrected:\n"
        "  ✗ The batch was not made before a Chinese approval (S-C3).\n"
        "    ✗ 11 December 2025 (date of manufacture) is 1 day after 10 December 2025\n"
        "      (date of approval)."
    )
    text = refused["B-019"].text("en", columns=10_000)
    assert "none of it helps here: Chinese approvals; overseas approvals;" in text
    assert "以下障碍无法通过补充或更正消除" in refused["B-041"].text("zh")


def test_the_changes_are_a_file_that_yaml_reads(refused) -> None:
    advice = refused["B-033"]
    found = yaml.safe_load(changes_yaml(advice.repairs, advice.model, "en"))
    assert [one["name"] for one in found["scenarios"]] == [1, 2]
    first, second = found["scenarios"]
    assert first["add"]["gmp_evidence"][0]["issued"] == date(2026, 2, 11)
    assert second["change"] == {
        "filing": [{"filing": "F-033", "filed": date(2026, 2, 12)}]
    }


def test_json_has_the_bounds_and_an_example(refused) -> None:
    advice = refused["B-012"]
    found = json.loads(repairs_json(advice.repairs, advice.model))
    (way,) = found["proposals"][0]["ways"]
    assert way["values"][0]["country"] == {"not": ["US"], "or_none": False}
    assert way["values"][0]["approved"] == {"until": "2026-02-11", "or_none": False}
    assert way["example"][0]["approved"] == "2026-02-11"
    assert set(found["proposals"][0]["changes"][0]["text"]) == {"en", "zh"}


def test_a_policy_that_lets_nothing_be_corrected_says_so() -> None:
    policy = written_policy(
        """
        input goods(goods: text, n: integer) key goods.
        subject goods.
        outcome "free" if goods(Goods, N), N > 1.
        outcome "held" otherwise.
        """
    )
    decided = api.decide(policy, from_rows(policy, {"goods": [["g", 1]]}))
    text = api.repair(decided.model, "g").text("en")
    assert "The policy declares nothing that can be supplied or corrected" in text
    assert "What stands in the way:" in text
    assert "cannot be changed" not in text


def test_a_change_without_a_sentence_is_said_all_the_same() -> None:
    policy = written_policy(
        """
        input goods(goods: text, n: integer) key goods.
        input stop(goods: text) closed.
        subject goods.
        outcome "free" if goods(Goods, N), N > 5, not stop(Goods).
        outcome "held" otherwise.
        correctable change goods(n) weight 2.
        correctable withdraw stop.
        """
    )
    rows = {"goods": [["g", 1]], "stop": [["g"]]}
    decided = api.decide(policy, from_rows(policy, rows))
    text = api.repair(decided.model, "g").text("en")
    assert "Both of these: (effort 3)" in text
    assert "Correct in goods: goods g, n at least 6." in text
    assert "Withdraw from stop: goods g." in text


PAPERS = """
input goods(goods: text, made: date) key goods.
input paper(paper: text @en("paper"), goods: text @en("goods"), kind: text @en("kind"),
    issued: date @en("issued"), ends: date? @en("ends")) key paper closed.
input handed(paper: text @en("paper"), goods: text @en("goods"),
    signed: boolean @en("signed by hand")) key paper, goods closed.
subject goods.
outcome "free" wanted if free(Goods).
outcome "held" otherwise.
free(G) :- goods(G, _), paper(P, G, _, _, Ends), ( Ends = none ; Ends > 2026-01-01 ),
    handed(P, G, true).
correctable add paper
    @en("the owner obtains a paper for {goods}, of kind {kind}, issued {issued}").
correctable add handed @en("the owner hands {paper|it} in for {goods}").
"""


def test_a_new_paper_and_its_way_to_the_authority_are_one_sentence() -> None:
    """What is left open altogether is not said; what has to be so is, by its label."""
    policy = written_policy(PAPERS)
    decided = api.decide(policy, from_rows(policy, {"goods": [["g", "2025-03-01"]]}))
    text = api.repair(decided.model, "g").text("en", columns=200)
    assert (
        "1  The owner obtains a paper for g; the owner hands it in for g, signed by hand.\n"
        "   Ends: 2 January 2026 or later, or not stated.\n"
        "   (effort 2)"
    ) in text


def test_another_day_alone_is_said_where_nothing_else_helps() -> None:
    """A day that the policy moves and lets nobody correct."""
    policy = written_policy(
        """
        input goods(goods: text, made: date) key goods.
        input filing(goods: text, filed: date) key goods closed.
        subject goods.
        outcome "free" wanted @en("free") if free(Goods).
        outcome "held" otherwise.
        free(G) :- filing(G, Filed), Filed >= 2026-03-01, Filed < 2026-05-01.
        correctable add filing unless same goods @en("file {goods}, {filed}").
        timeline filing(filed) @en("if filed {days}").
        """
    )
    rows = {"goods": [["g", "2025-03-01"]], "filing": [["g", "2026-02-01"]]}
    decided = api.decide(policy, from_rows(policy, rows))
    text = api.repair(decided.model, "g").text("en", columns=200)
    assert (
        "As the facts stand, free if filed from 1 March 2026 to 30 April 2026," in text
    )


GOODS = """
input goods(goods: text, n: integer @en("n")) key goods closed.
input mark(goods: text @en("goods"), m: integer @en("mark")) closed.
subject goods.
"""


def repaired(
    rules: str, rows: dict[str, list[list[object]]], **bounds: int
) -> api.RepairResult:
    policy = written_policy(rules)
    decided = api.decide(policy, from_rows(policy, rows))
    return api.repair(decided.model, "g", bounds=Bounds(**bounds))


def test_open_values_that_have_to_be_equal_are_said_to_be() -> None:
    """A change and a new row share a value that nothing else settles."""
    found = repaired(
        GOODS
        + """
        outcome "yes" wanted if yes(Goods).
        outcome "no" otherwise.
        yes(G) :- goods(G, N), mark(G, N), N != 3.
        correctable change goods(n). correctable add mark.
        """,
        {"goods": [["g", 3]]},
    )
    text = found.text("en", columns=200)
    assert "The values have to fit together: n the same as mark." in text
    document = json.loads(repairs_json(found.repairs, found.model))
    assert document["proposals"][0]["ways"][0]["links"] == [
        {
            "this": {"change": 0, "column": "n"},
            "equals": {"change": 1, "column": "m"},
        }
    ]
    changes = changes_yaml(found.repairs, found.model, "en")
    assert "n the same as mark" in changes


def test_open_values_that_have_to_differ_are_said_to() -> None:
    text = repaired(
        GOODS
        + """
        outcome "yes" wanted if yes(Goods).
        outcome "no" otherwise.
        yes(G) :- goods(G, N), mark(G, M), mark("x", K), M != K.
        correctable add mark.
        """,
        {"goods": [["g", 3]]},
    ).text("en", columns=200)
    assert "fit together: mark of change 2 other than mark of change 1." in text


def test_each_proposal_says_which_of_several_wanted_outcomes_it_gives() -> None:
    rules = (
        GOODS
        + """
        outcome "bound" wanted @en("free, with duties") if free(Goods), duty(Goods).
        outcome "free" wanted @en("free") if free(Goods).
        outcome "held" otherwise.
        free(G) :- goods(G, _), mark(G, M), M > 0.
        duty(G) :- goods(G, N), N < 5.
        correctable add mark.
        """
    )
    alone = repaired(rules, {"goods": [["g", 3]]})
    text = alone.text("en", columns=200)
    assert "One way was found to make it free, with duties." in text
    assert "the decision is free, with duties." in text
    document = json.loads(repairs_json(alone.repairs, alone.model))
    assert [one["outcome"] for one in document["proposals"]] == ["bound"]
    more = rules + "correctable change goods(n). free(G) :- goods(G, N), N = 9."
    text = repaired(more, {"goods": [["g", 3]]}).text("en", columns=200)
    assert "2 ways were found to make it free;" in text
    assert "Then free, with duties." in text
    assert "Then free." in text
    assert "the decision is the one that stands with it." in text


def test_a_row_that_can_only_exist_already_is_asked_for() -> None:
    """Nobody can still obtain a paper that was issued before the day on file."""
    rules = """
        input goods(goods: text @en("goods")) key goods closed.
        input paper @en("papers") (paper: text @en("paper"), goods: text @en("goods"),
            issued: date @en("issued")) key paper closed.
        input filing(goods: text, filed: date) key goods closed.
        subject goods.
        outcome "free" wanted @en("free") if free(Goods).
        outcome "held" otherwise.
        free(G) :- filing(G, _), paper(_, G, Issued), Issued < 2025-01-01.
        correctable add paper @en("the owner obtains a paper for {goods}").
        timeline filing(filed) @en("if filed {days}").
        """
    filed = {"goods": [["g"]], "filing": [["g", "2026-02-01"]]}
    found = repaired(rules, filed)
    assert (
        "1  If this exists already: papers (goods: g; issued: 31 December 2024 or"
        " earlier)." in found.text("en", columns=200)
    )
    document = json.loads(repairs_json(found.repairs, found.model))
    assert document["proposals"][0]["changes"][0]["exists"]
    before = repaired(rules, {"goods": [["g"]], "filing": [["g", "2024-02-01"]]})
    assert "The owner obtains a paper for g." in before.text("en", columns=200)


def test_a_search_that_stopped_does_not_say_that_all_was_tried() -> None:
    text = repaired(
        GOODS
        + """
        outcome "yes" wanted if yes(Goods).
        outcome "no" otherwise.
        yes(G) :- goods(G, _), one(G), two(G).
        one(G) :- mark(G, 1).
        two(G) :- mark(G, 2).
        correctable add mark.
        """,
        {"goods": [["g", 3]]},
        states=1,
    ).text("en", columns=200)
    assert "The search stopped after 1 steps" in text
    assert "none of it helps" not in text
    assert "This policy lets be supplied or corrected: mark." in text
