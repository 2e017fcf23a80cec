"""A timeline as its reader sees it: text, Markdown, HTML and the picture."""

from __future__ import annotations

import calendar
import json
import re
from datetime import date
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
from browser import browsed, printed

from whereas import api
from whereas.change.timeline import timeline
from whereas.diagnostics import Source
from whereas.engine.model import Model
from whereas.facts.memory import from_rows
from whereas.language import parse_package
from whereas.policy import check, parse_manifest
from whereas.policy.core import Setting
from whereas.render.timeline import timeline_as
from whereas.render.timeline_json import timeline_json
from whereas.render.width import width

GOLDEN = Path(__file__).parent / "golden"
ENDINGS = {"text": "txt", "markdown": "md", "html": "html", "svg": "svg"}
MANIFEST = """
[policy]
id = "loans"
version = "1"
languages = ["en", "zh"]
title = { en = "Loans of a museum", zh = "馆藏出借" }
month_end = "last-day"
[source.LAW]
cite = { en = "Article {}", zh = "第{}条" }
"""
RULES = """
input piece(piece: text, name: text) key piece
    @en("{name} is in the collection") @zh("{name}为馆藏").
input request(request: text, piece: text references piece, asked: date) key request closed
    @en("request {request} for {piece.name} was made on {asked}",
        not: "no request for {piece.name} is on file")
    @zh("{asked}提出申请{request}，借用{piece.name}", not: "没有借用{piece.name}的申请").
input cover(policy: text, piece: text, begins: date, ends: date?) key policy
    @en("policy {policy} covers it from {begins} to {ends|no end}", not: "no policy is on file")
    @zh("保单{policy}自{begins}起有效，至{ends|无期限}止", not: "没有保单").
subject piece.
timeline request(asked) @en("if asked for {days}") @zh("于{days}申请").
outcome "lent" @en("may be lent") @zh("可出借") if covered(Piece).
outcome "kept" @en("stays") @zh("不可出借") otherwise.
relation covered(piece) @en("it is insured", not: "it is not insured") @zh("已投保", not: "未投保").
@id("L-1") @cite("LAW", "1")
@en("{Policy} is in force on {Asked}", not: "no policy is in force on the day of the request")
@zh("{Asked}保单{Policy}有效", not: "申请日没有有效保单")
covered(Piece) :-
    request(_, Piece, Asked), cover(Policy, Piece, Begins, Ends),
    Begins <= Asked, ( Ends = none ; Asked < Ends ).
"""  # as an author writes them


@cache
def example() -> Model:
    """A vase with two requests and two policies, a bowl with none."""
    source = Source("rules.md", f"# Loans\n\n```datalog\n{RULES}\n```\n")
    policy = check(
        parse_package([source]), parse_manifest(Source("policy.toml", MANIFEST))
    )
    day = date.fromisoformat
    rows = {
        "piece": [("V", "the vase <blue>"), ("B", "the bowl")],
        "request": [("R1", "V", day("2024-05-01")), ("R2", "V", day("2024-09-01"))],
        "cover": [
            ("P1", "V", day("2024-03-01"), day("2024-06-01")),
            ("P2", "V", day("2024-08-15"), None),
        ],
    }
    return Model(policy, from_rows(policy, rows), Setting({}, None), (), False)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("format_", sorted(ENDINGS))
@pytest.mark.parametrize("case", ["V", "B"])
def test_a_timeline(case: str, format_: str, language: str, accept: bool) -> None:
    """Lent twice, and never asked for."""
    model = example()
    actual = timeline_as(timeline(model, (case,)), model, format_, language)
    golden = GOLDEN / f"timeline-{case}-{language}.{ENDINGS[format_]}"
    if accept:
        golden.write_text(actual, encoding="utf-8")
    assert actual == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_text_keeps_to_its_width(language: str, columns: int) -> None:
    """No line is wider than the terminal."""
    model = example()
    text = timeline_as(
        timeline(model, ("V",)), model, "text", language, columns=columns
    )
    assert max(map(width, text.splitlines())) <= columns


def test_the_languages_agree_in_their_days() -> None:
    """The same days stand in each, in the same order."""
    model = example()
    line = timeline(model, ("V",))
    english = timeline_as(line, model, "text", "en")
    chinese = timeline_as(line, model, "text", "zh")
    months = [*calendar.month_name][1:]
    ours = re.findall(rf"(\d+)\s+({'|'.join(months)})\s+(\d+)", english)
    theirs = re.findall(r"(\d+)年\s*(\d+)月\s*(\d+)日", chinese.replace("\n    ", ""))
    found = [(y, str(months.index(m) + 1), d) for d, m, y in ours]
    assert sorted(set(found)) == sorted(set(theirs))
    pictures = [timeline_as(line, model, "svg", one) for one in ("en", "zh")]
    days = [re.findall(r"\d{4}-\d\d-\d\d", one) for one in pictures]
    assert days[0] == days[1] == sorted(days[0], key=days[0].index)


def test_a_picture_is_whole_and_speaks() -> None:
    """It is XML, has a title and a description, and no script."""
    model = example()
    root = ElementTree.fromstring(timeline_as(timeline(model, ("V",)), model, "svg"))
    space = "{http://www.w3.org/2000/svg}"
    assert root.attrib["role"] == "img"
    assert "may be lent if asked for" in (root.findtext(f"{space}title") or "")
    assert "15 August 2024: may be lent" in (root.findtext(f"{space}desc") or "")
    assert {one.tag.removeprefix(space) for one in root.iter()} <= {
        *("svg", "title", "desc", "style", "rect", "line", "path", "text")
    }


def test_the_json_says_the_same() -> None:
    """Stretches without a gap, and events with the facts that they read."""
    model = example()
    said = json.loads(timeline_json(timeline(model, ("V",)), model))
    assert [(s["first"], s["last"], s["outcome"]) for s in said["spans"]] == [
        (None, "2024-02-29", "kept"),
        ("2024-03-01", "2024-05-31", "lent"),
        ("2024-06-01", "2024-08-14", "kept"),
        ("2024-08-15", None, "lent"),
    ]
    events = [event for turn in said["turns"] for event in turn["events"]]
    assert [e["facts"][0]["values"][0] for e in events] == ["P1", "P1", "P2"]
    assert said["sentence"]["en"] == (
        "may be lent if asked for from 1 March 2024 to 31 May 2024"
        " and from 15 August 2024 on"
    )


def test_a_page_in_a_browser(tmp_path: Path) -> None:
    """The picture is drawn within the page, and paper shows it all."""
    model = example()
    page = timeline_as(timeline(model, ("V",)), model, "html")
    script = (
        "var box = document.querySelector('svg').getBoundingClientRect();"
        "return [box.width <= innerWidth, box.height > 50,"
        " document.documentElement.scrollWidth <= innerWidth,"
        " document.querySelectorAll('svg rect.w').length]"
    )
    assert browsed(page, script, tmp_path) == [True, True, True, 2]
    assert browsed(page, script, tmp_path, width=500)[2]
    sheets = printed(page, tmp_path)
    assert "stays" in sheets[0]
    assert "no policy is in force" in "".join(sheets).replace("\n", " ").lower()


@cache
def demo() -> Model:
    """The demonstration, which has cases without a filing or an approval."""
    policy = api.load_policy("policy/nmpa-summary")
    facts = api.load_facts("facts/demo", policy)
    return Model(policy, facts, Setting({}, None), (), False)


@pytest.mark.parametrize("case", ["B-040", "B-022"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_was_not_judged_is_not_said_to_fail(case: str, language: str) -> None:
    """No filing, or no approval: what needs one was not judged, on any day."""
    model = demo()
    line = timeline(model, (case,))
    text = timeline_as(line, model, "text", language, columns=200)
    said = json.loads(timeline_json(line, model))
    waiting = set.intersection(*({*one["unjudged"]} for one in said["phases"]))
    assert (
        waiting
        == {
            "B-040": {"S-C2", "S-G1", "S-G2", "S-G3"},
            "B-022": {"S-C3", "S-G2"},
        }[case]
    )
    assert all({*one["unjudged"]} <= {*one["failed"]} for one in said["phases"])
    ids = {
        ("B-040", "en"): "S-C2, S-G1 to S-G3",
        ("B-040", "zh"): "S-C2、S-G1至S-G3",
        ("B-022", "en"): "S-C3, S-G2",
        ("B-022", "zh"): "S-C3、S-G2",
    }[case, language]
    never, fails, repair, filed = {
        "en": (
            f"Not judged on any day, for want of what is missing: {ids}.",
            "Fails on every day",
            "could turn it: ",
            (
                "No filing",
                "Whatever the day: no Chinese approval of caplacizumab (for injection) is on file.",
            ),
        ),
        "zh": (
            f"因上述缺失，任何一天均未能判断：{ids}。",
            "任何一天均不符合",
            "可改变结论：",
            (
                "没有进口备案的记录",
                "无论哪一天：没有注射用卡拉西珠单抗的中国药品批准证明文件。",
            ),
        ),
    }[language]
    assert never in text
    assert fails not in text
    assert f"{repair}whereas repair {case}\n" in text
    assert filed[case == "B-022"].lower() in text.lower()


def test_what_truly_fails_is_said_in_words() -> None:
    """Everything is on file, and one condition fails on every day."""
    model = demo()
    text = timeline_as(timeline(model, ("B-038",)), model, "text", columns=200)
    assert text.startswith("✗ B-038: as the facts stand, importable on no day\n")
    assert "Fails on every day: S-G3: required documents are missing" in text
    assert "judged" not in text


def test_a_stated_day_stands_in_its_own_stretch() -> None:
    """Filed the day before it could be: the mark is not on the day that turns."""
    model = demo()
    picture = timeline_as(timeline(model, ("B-020",)), model, "svg")
    (green,) = re.findall(r'<rect class="w" x="([\d.]+)"', picture)
    (mark,) = re.findall(r'<path d="M([\d.]+) ', picture)
    assert float(mark) + 5 < float(green) - 4


def test_stretches_beyond_the_picture_are_left_out() -> None:
    """Every case is drawn, and no bar begins beyond the edges."""
    model = demo()
    for number in range(1, 44):
        picture = timeline_as(timeline(model, (f"B-{number:03}",)), model, "svg")
        for begin in re.findall(r'<rect class="\w" x="([-\d.]+)"', picture):
            assert 150 <= float(begin) < 746
