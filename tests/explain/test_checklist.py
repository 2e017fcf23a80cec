"""A section gone through check by check: what holds, what fails, what is for a person."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from policy.helper import MANIFEST
from policy.test_policy_folder import package
from whereas.api import checklist, decide, load_facts, load_policy
from whereas.diagnostics import Source
from whereas.explain.checklist import sections
from whereas.language import parse_package
from whereas.language.parse import parse_document
from whereas.language.passages import passages
from whereas.policy.load import read_package

if TYPE_CHECKING:
    from pathlib import Path

    from whereas.engine.model import Model

RULES = """\
# Rules

```datalog
input part(part: text, weight: integer, kind: {"a", "b"}) key part closed
    @en("part {part} weighs {weight} and is of kind {kind}", not: "no such part")
    @zh("零件{part}重{weight}，属于{kind}类", not: "没有该零件").
input paper(part: text references part, sheet: text) closed
    @en("{sheet} is there for {part}", not: "{sheet} is not there for {part}")
    @zh("{part}有{sheet}", not: "{part}没有{sheet}").
subject part.
outcome "bad" @en("bad") @zh("不合格") if bad(Part).
outcome "special" @en("special") @zh("特别") if special(Part).
outcome "good" wanted @en("good") @zh("合格") if good(Part).
show breach, duty.
relation breach(part: text, clause: text)
    @en("{clause} is broken", not: "nothing is broken")
    @zh("违反{clause}", not: "没有违反").
relation duty(part: text, clause: text)
    @en("{clause} has to be done", not: "nothing is to be done")
    @zh("须履行{clause}", not: "无须履行").
bad(Part) :- breach(Part, _).
good(Part) :- light(Part), right(Part).
special(Part) :- good(Part), duty(Part, _).
```

## Inspection

> All parts are inspected.

### Weight

> A part is light.

```datalog
relation light(part: text)
    @en("{part} is light", not: "{part} is too heavy")
    @zh("{part}不重", not: "{part}过重").
@id("L-1") @cite("LAW", "1") @en("{Weight} is little") @zh("{Weight}不重")
light(Part) :- part(Part, Weight, _), Weight <= 10.
```

> A part that is a stone is refused.

```datalog
@id("L-2") @cite("LAW", "2") @en("it weighs {Weight}, and {Reason}")
@zh("重{Weight}，{Reason}")
breach(Part, @id) :- part(Part, Weight, _), Weight > 100, stone(Part, Reason).
@en("the sheet says so") @zh("资料如此记载")
stone(Part, Sheet) :- paper(Part, Sheet).
```

### Kind

> A part is of kind a.

```datalog
relation right(part: text)
    @en("{part} is of the right kind", not: "{part} is of the wrong kind")
    @zh("{part}种类正确", not: "{part}种类不符").
@id("L-3") @cite("LAW", "3") @en("its record says a") @zh("登记为a类")
right(Part) :- part(Part, _, "a").
@id("L-4") @cite("LAW", "4") @en("it weighs nothing") @zh("没有重量")
duty(Part, @id) :- part(Part, 0, _).
```

> The inspector may look again.

```datalog
unencoded "L-5" @en("a second look") @zh("复查").
```

## Elsewhere

> This is another matter.
"""
PARTS = "part,weight,kind\nP-1,1,a\nP-2,20,b\nP-3,300,a\nP-4,0,a\n"


@pytest.fixture
def model(tmp_path: Path) -> Model:
    folder = package(tmp_path / "parts", MANIFEST.replace("example", "parts"), RULES)
    facts = tmp_path / "facts"
    facts.mkdir()
    (facts / "part.csv").write_text(PARTS)
    (facts / "paper.csv").write_text("part,sheet\nP-3,survey\n")
    policy = load_policy(folder)
    return decide(policy, load_facts(facts, policy)).model


def verdicts(model: Model, case: str, section: str = "inspection") -> list[str]:
    found = checklist(model, case, section).checks
    return [one.verdict for one in found]


def test_passages_begin_with_a_heading_or_a_quotation() -> None:
    document, _ = parse_document(Source("10-a.md", RULES))
    assert [(one.slug, one.quote) for one in passages(document)] == [
        ("rules", ""),
        ("inspection", ""),
        ("inspection", "All parts are inspected."),
        ("weight", ""),
        ("weight", "A part is light."),
        ("weight", "A part that is a stone is refused."),
        ("kind", ""),
        ("kind", "A part is of kind a."),
        ("kind", "The inspector may look again."),
        ("elsewhere", ""),
        ("elsewhere", "This is another matter."),
    ]


def test_sections_with_checks(model: Model) -> None:
    program = parse_package(read_package(model.policy.folder)[1])
    assert sections(model.policy, program) == ("rules", "inspection", "weight", "kind")


def test_each_check_stands_as_the_decision_says(model: Model) -> None:
    assert verdicts(model, "P-1") == ["words", "holds", "open", "holds", "person"]
    assert verdicts(model, "P-2") == ["words", "fails", "open", "fails", "person"]
    assert verdicts(model, "P-3") == ["words", "fails", "fails", "holds", "person"]
    assert verdicts(model, "P-3", "weight") == ["fails", "fails"]


def test_a_finding_names_its_reason_and_what_lies_beneath(model: Model) -> None:
    found = checklist(model, "P-3", "weight")
    (finding,) = found.checks[1].findings
    assert (finding.goal.relation, finding.goal.values) == ("breach", ("P-3", "L-2"))
    text = found.text("en")
    assert "L-2 is broken. It weighs 300, and survey." in text
    assert "The sheet says so." in text
    assert "part.csv, row 4" in text


def test_what_an_outcome_adds_to_the_wanted_one_is_no_refusal(model: Model) -> None:
    """`special` rests on `good`: its duty is told, and the check still holds."""
    (check,) = [
        one for one in checklist(model, "P-4", "kind").checks if "L-4" in one.check.ids
    ]
    assert check.verdict == "holds"
    assert not check.findings
    assert {proof.goal.relation for proof in check.holding} == {"right", "duty"}


def test_each_language_says_the_same_numbers(model: Model) -> None:
    for case in ("P-1", "P-2", "P-3", "P-4"):
        found = checklist(model, case, "inspection")
        for one in json.loads(found.json())["checks"]:
            english, chinese = one["text"]["en"], one["text"]["zh"]
            assert len(english) == len(chinese)
            for left, right in zip(english, chinese, strict=True):
                numbers = [sorted(re.findall(r"\d+", one)) for one in (left, right)]
                assert numbers[0] == numbers[1]
                assert left != right


@pytest.mark.parametrize("format_", ["text", "markdown", "html"])
def test_each_format_has_all_of_it(model: Model, format_: str) -> None:
    found = checklist(model, "P-3", "inspection")
    for language, words in (
        ("en", ["L-2 is broken", "L-5: a second look", "part.csv, row 4"]),
        ("zh", ["违反L-2", "L-5：复查", "part.csv，第4行"]),
    ):
        text = getattr(found, format_)(language).replace("\\", "")
        assert [word for word in words if word in text] == words
        for quote in ("A part is light.", "The inspector may look again."):
            assert quote in text


def test_json_says_what_the_page_says(model: Model) -> None:
    found = checklist(model, "P-3", "weight")
    document = json.loads(found.json())
    assert [one["verdict"] for one in document["checks"]] == ["fails", "fails"]
    assert document["checks"][1]["findings"][0]["rule"] == "L-2"
    assert set(document["checks"][1]["text"]) == {"en", "zh"}
    assert found.json() == checklist(model, "P-3", "weight").json()
