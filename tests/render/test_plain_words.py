"""Justifications and refusals as a reader wants them: plainly, and each thing once."""

from pathlib import Path

import pytest

import whereas
from whereas.explain import Explainer, justify
from whereas.explain.proof import Fact
from whereas.explain.whynot import why_not_case
from whereas.render.justification import justification_as
from whereas.render.whynot import why_not_as

MANIFEST = """[policy]
id = "loans"
version = "1"
title.en = "Loans"
languages = ["en"]
month_end = "last-day"

[source.RULES]
cite = { en = "Rules, {}" }
"""

INPUTS = """# Loans

```datalog
input member(member: text, joined: date, group: text)
    key member closed
    @en("member {member} joined on {joined}", not: "there is no such member").
input fee(member: text references member, paid: date @en("date of payment"))
    key member closed
    @en("{member} paid on {paid}", not: "{member} has not paid").
input voucher(member: text, by: text) closed
    @en("{by} vouches for {member}", not: "nobody vouches for {member}").
parameter reading: {"strict", "lenient"} = "strict".
subject member.
outcome "admitted" @en("admitted") if admitted(Member).
relation admitted(member: text)
    @en("{member} is admitted", not: "{member} is not admitted").
```
"""

FACTS = {
    "member": "member,joined,group\nA,2026-01-10,child\nB,2026-01-31,guest\n",
    "fee": "member,paid\nA,2026-02-28\nB,2026-03-01\n",
    "voucher": "member,by\nA,C\n",
}


@pytest.fixture
def told(tmp_path: Path):
    """Write a policy with some rules; return what it says of a member."""

    def tell(rules: str, member: str = "A", facts: dict[str, str] | None = None) -> str:
        policy, base = tmp_path / "policy", tmp_path / "facts"
        policy.mkdir()
        base.mkdir()
        (policy / "policy.toml").write_text(MANIFEST)
        text = f"{INPUTS}\n## Admission\n\n```datalog\n{rules}\n```\n"
        (policy / "rules.md").write_text(text)
        for name, rows in {**FACTS, **(facts or {})}.items():
            (base / f"{name}.csv").write_text(rows)
        loaded = whereas.load_policy(policy)
        model = whereas.decide(loaded, whereas.load_facts(base, loaded)).model
        explainer = Explainer(model)
        if explainer.holds(Fact("admitted", (member,))):
            return justification_as(justify(explainer, (member,)), model)
        refused = why_not_case(explainer, (member,))
        return why_not_as(refused, model)

    return tell


def test_a_day_that_was_moved_says_from_where(told):
    """Nobody finds 28 February in a file: it is a month after 31 January."""
    rules = """
admitted(Member) :-
    member(Member, joined: Joined), fee(Member, Paid), Paid <= Joined + 1 months.
"""
    assert (
        "✗ 1 March 2026 (date of payment) is 1 day after 28 February 2026 (1 month\n"
        "    after 31 January 2026)." in told(rules, "B")
    )


def test_the_label_of_a_column_goes_with_its_values(told):
    """A helper's own column is called what the file calls it."""
    rules = """
settled(Member, Day) :- fee(Member, Day).
admitted(Member) :- settled(Member, Day), Day > 2026-05-01.
"""
    assert "28 February 2026 (date of payment) is 62 days before" in told(rules)


def test_what_was_said_is_not_compared_again(told):
    """The reason has both days; the test that they passed adds nothing."""
    rules = """
@id("R-1") @cite("RULES", "1")
@en("{Member} joined on {Joined} and paid on {Paid}")
admitted(Member) :- member(Member, joined: Joined), fee(Member, Paid), Joined < Paid.
"""
    text = told(rules)
    assert "A joined on 10 January 2026 and paid on 28 February 2026." in text
    assert "Compared" not in text


def test_a_citation_stands_for_the_heading(told):
    """Where the law is cited, the place in our own file is not needed."""
    rules = """
@id("R-1") @cite("RULES", "1")
admitted(Member) :- fee(Member, _), known(Member).
relation known(member: text) @en("{member} is known", not: "{member} is not known").
known(Member) :- member(member: Member).
"""
    text = told(rules)
    assert "R-1 · Rules, 1\n" in text
    assert "1 ✓ A is known.\n    Loans › Admission\n" in text


@pytest.mark.parametrize(
    ("member", "wanted", "said"),
    [
        ("A", 2, "✗ There is one, not 2:"),
        ("B", 1, "✗ Nobody vouches for B."),
    ],
)
def test_what_is_counted_is_told_in_words(told, member, wanted, said):
    """How many there are, or that there is none, as the relation says it."""
    rules = f"""
admitted(Member) :- member(member: Member), {wanted} = count {{ voucher(Member, _) }}.
"""
    assert said in told(rules, member)


def test_one_column_with_two_wanted_values_is_told_once(told):
    """Neither of them; and a reading that would not help is left out."""
    rules = """
admitted(Member) :-
    member(Member, group: Group),
    ( Group = "adult" ; Group = "senior", $reading = "lenient" ).
"""
    assert "✗ Group is child, neither adult nor senior." in told(rules)


def test_a_reading_is_told_where_it_matters(told):
    """The parameter by its name, both readings in quotation marks."""
    rules = """
admitted(Member) :-
    member(Member, group: Group),
    ( Group = "adult" ; Group = "child", $reading = "lenient" ).
"""
    said = told(rules)
    assert "reading: read as “strict”, not as “lenient”" in said.replace("\n    ", " ")


def test_two_rules_under_one_heading_are_told_apart(told):
    """Each by what it lacks, not twice by the heading."""
    rules = """
relation vouched(member: text)
    @en("{member} is vouched for", not: "{member} is not vouched for").
@id("R-1") @cite("RULES", "1")
vouched(Member) :- member(member: Member), voucher(Member, _).
@id("R-2") @cite("RULES", "2")
vouched(Member) :- member(Member, group: "staff").
admitted(Member) :- member(member: Member), vouched(Member).
"""
    text = told(rules, "B")
    assert "1.1 ✗ Nobody vouches for B.\n" in text
    assert "          R-1 · Rules, 1\n" in text
    assert "1.2 ✗ Group is guest, not staff.\n" in text
    assert "✗ Admission" not in text


def test_a_helper_without_words_is_told_by_what_it_lacks(told):
    """`No ready is found` is nobody's sentence."""
    rules = """
ready(Member) :- member(member: Member), voucher(Member, _).
admitted(Member) :- member(member: Member), ready(Member).
"""
    text = told(rules, "B")
    assert "1 ✗ Nobody vouches for B.\n" in text
    assert "ready" not in text


def test_what_waits_for_one_missing_row_is_not_told_at_length(told):
    """One row is missing; what needs it too is named, and not blamed."""
    rules = """
ready(Member) :- member(member: Member), voucher(Member, _).
relation early(member: text) @en("{member} is early", not: "{member} is not early").
@id("R-1") @cite("RULES", "1")
early(Member) :- ready(Member), fee(Member, Paid), Paid < 2026-01-01.
relation young(member: text) @en("{member} is young", not: "{member} is not young").
@id("R-2") @cite("RULES", "2")
young(Member) :- ready(Member), member(Member, group: "child").
relation old(member: text) @en("{member} is old", not: "{member} is not old").
@id("R-3") @cite("RULES", "3")
old(Member) :- member(Member, group: "senior").
admitted(Member) :-
    member(member: Member), ready(Member), early(Member), young(Member), old(Member).
"""
    text = told(rules, "B")
    assert "What fails: 2 of 5 conditions\n" in text
    assert "1 ✗ Nobody vouches for B.\n" in text
    assert "2 ✗ B is not old.\n" in text
    assert (
        "Not judged, as something is missing\n"
        "  - 2 further conditions cannot be judged before that: R-1, R-2\n" in text
    )


def test_a_condition_that_another_row_may_meet_does_not_wait(told):
    """The nearest attempt takes the voucher of B, and D has one: it can be judged."""
    rules = """
relation peers(member: text) @en("{member} has peers", not: "{member} has no peers").
@id("R-1")
peers(Member) :- member(member: Member), fee(Other, _), voucher(Other, _).
admitted(Member) :- member(member: Member), voucher(Member, _), peers(Member).
"""
    facts = {
        "fee": "member,paid\nB,2026-03-01\n",
        "member": "member,joined,group\nB,2026-01-31,guest\n",
        "voucher": "member,by\nD,C\n",
    }
    text = told(rules, "B", facts)
    assert "What fails: 2 of 3 conditions\n" in text
    assert "cannot be judged" not in text


def test_a_row_that_another_column_narrows_is_one_cause(told):
    """No voucher at all; then none by C either."""
    rules = """
relation early(member: text) @en("{member} is early", not: "{member} is not early").
@id("R-1")
early(Member) :- voucher(Member, "C").
admitted(Member) :- member(member: Member), voucher(Member, _), early(Member).
"""
    text = told(rules, "B")
    assert "What fails: 1 of 3 conditions\n" in text
    assert "1 further condition cannot be judged before that: R-1" in text


def test_many_rows_that_are_merely_others_are_not_called_near(told):
    """That somebody else paid is no hint."""
    facts = {
        "member": FACTS["member"] + "".join(f"M{i},2026-01-01,x\n" for i in range(5)),
        "voucher": "member,by\n" + "".join(f"M{i},C\n" for i in range(5)),
    }
    rules = "admitted(Member) :- member(member: Member), voucher(Member, _).\n"
    text = told(rules, "B", facts)
    assert "Looked for among the 5 rows of" in text
    assert "On file, but" not in text


def test_a_file_without_rows_is_said_to_have_none(told):
    """Nobody looks among no rows."""
    rules = "admitted(Member) :- member(member: Member), voucher(Member, _).\n"
    text = told(rules, "B", {"voucher": "member,by\n"})
    assert "has no rows" in " ".join(text.split())
    assert "Looked for" not in text


EXCEPTION = """
relation excused(member: text) @en("{member} is excused", not: "{member} is not excused").
relation away(member: text) @en("{member} was away", not: "{member} was not away").
@id("E-1") @cite("RULES", "7") @en("a defect is no excuse")
away(Member) :- voucher(Member, "defect").
excused(Member) :- member(member: Member, group: "child"), not away(Member).
admitted(Member) :- member(member: Member), not excused(Member).
"""


def test_an_exception_that_decides_stands_in_the_proof(told):
    """A child would be excused, but for the exception, whose article is named."""
    facts = {"voucher": "member,by\nA,defect\n"}
    text = told(EXCEPTION, "A", facts)
    _, _, below = text.partition("- A is not excused.\n")
    assert "a defect is no excuse" in below.lower()
    assert "E-1 · Rules, 7" in below


def test_an_absence_that_no_exception_decides_is_one_line(told):
    """The other reasons are written on request."""
    text = told(EXCEPTION, "B", {"voucher": "member,by\nB,C\n"})
    assert "- B is not excused.\n" in text
    assert "no excuse" not in text.lower()


def test_words_stand_for_a_value_where_any_would_do(told):
    """`{by|a member}` in a `not:` sentence, if nothing says who it would be."""
    rules = """
admitted(Member) :- fee(Member, _), backed(Member, _).
relation backed(member: text, by: text)
    @en("{by} backs {member}", not: "no vote of {by|a member} backs {member}").
backed(Member, By) :- voucher(Member, By), member(By, group: "child").
"""
    assert "✗ No vote of a member backs A." in told(rules)
