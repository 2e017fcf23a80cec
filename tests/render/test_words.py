"""How proofs become sentences: sharing, depth, aggregates, comparisons, fall-backs."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from example import example, justified
from worlds import aggregate, atom, compare, model, no, rule, world

from whereas.explain import blockage, decide, justify, prove
from whereas.explain.proof import (
    ANY,
    Compared,
    Decision,
    Derived,
    Fact,
    Holds,
    Proof,
    Stated,
)
from whereas.explain.whynot import why_not_case
from whereas.policy.core import (
    Comparison,
    Constant,
    Outcome,
    Sentence,
    Variable,
)
from whereas.render.justification import explanation_as, justification_as, page_of
from whereas.render.page import Detail
from whereas.render.refusal import refusal
from whereas.render.speakers import speaker_of
from whereas.render.whynot import why_not_as
from whereas.render.words import DEEPEST, Mark, Outline
from whereas.values import DATE, INTEGER, Type


def outline_of(proof: Proof, made, language: str = "en") -> Outline:
    outline = Outline(speaker_of(made, language))
    outline.statements.append(outline.conclusion(proof))
    return outline


def chain(length: int):
    """A model with a recursive relation, and a proof of that many levels."""
    made = world(
        {"edge": [(0, 1)]},
        [
            rule("R-1", atom("path", "X", "Y"), atom("edge", "X", "Y")),
            rule(
                "R-2",
                atom("path", "X", "Z"),
                atom("edge", "X", "Y"),
                atom("path", "Y", "Z"),
            ),
        ],
    )
    first, second = made.policy.rules
    steps = {}
    for x in range(length):
        edge, path = Fact("edge", (x, x + 1)), Fact("path", (x, length))
        steps[edge] = Stated("facts/edge.csv", x + 2)
        premises = [Holds(edge)]
        if x < length - 1:
            premises.append(Holds(Fact("path", (x + 1, length))))
        chosen = second if x < length - 1 else first
        steps[path] = Derived(chosen, {"X": x}, tuple(premises))
    return model(made), Proof(Fact("path", (0, length)), steps)


def test_thousands_of_levels_are_told_in_parts():
    """No recursion, no endless indentation; every fact is said once."""
    made, proof = chain(5000)
    outline = outline_of(proof, made)
    statements = outline.take()
    assert max(one.depth for one in statements) <= DEEPEST + 1
    facts = [one for one in statements if one.kind == "fact"]
    assert len(facts) == 5000
    assert len({one.origin for one in facts}) == 5000
    assert any(one.seen and one.seen.startswith("see part") for one in statements)
    numbers = [one.number for one in statements if one.number]
    assert len(numbers) == len(set(numbers))


def test_what_is_shared_is_said_once():
    """The second time its number stands instead."""
    made = world(
        {"base": [(1,)]},
        [
            rule("A", atom("a", "X"), atom("base", "X")),
            rule("B", atom("b", "X"), atom("a", "X")),
            rule("C", atom("c", "X"), atom("a", "X"), atom("b", "X")),
        ],
        subject="base",
        outcomes=(Outcome("c", atom("c", "C0"), True),),
    )
    page = page_of(justify(model(made), (1,)), model(made), "en")
    said = [one.sentence for group in page.groups for one in group.entries]
    assert said == [
        "A holds for c0 1.",
        "Base: c0 1.",
        "B holds for c0 1.",
        "A holds for c0 1. See 1 above.",
    ]


def test_a_helper_without_words_folds_away():
    """What it rests on counts as its user's own."""
    text = justification_as(justified("B-1"), example(), "text", "en")
    assert "day" not in text.lower().replace("day of", "")
    assert "From [1] and [2]. Compared: 15 January 2025 (issued)" in text


def test_other_proofs_are_counted_or_shown():
    """One more way is named; asked for all, it is told."""
    brief = justification_as(justified("B-1"), example(), "text", "en")
    assert "It can be shown in 1 other way." in brief
    whole = justification_as(justified("B-1", all_proofs=20), example(), "text", "en")
    assert "Another reason." in whole
    assert "Filing F-6 for batch B-1 was made on 10 March 2026." in whole
    assert "It can be shown" not in whole


def test_an_aggregate_names_its_rows():
    """The value, and each row with its place."""
    made = world(
        {"case": [(1,)], "item": [(1, 3), (1, 4)]},
        [
            rule(
                "R",
                atom("enough", "X"),
                atom("case", "X"),
                aggregate("N", "sum", "Y", [atom("item", "X", "Y")], ["X"], "N"),
                compare("N", ">=", 5),
            )
        ],
        subject="case",
        outcomes=(Outcome("enough", atom("enough", "C0"), True),),
    )
    text = justification_as(justify(model(made), (1,)), model(made), "text", "en")
    assert "- The sum is 7 (2 rows):" in text
    assert "Item: c0 1, c1 3.\n" in text
    assert "facts/item.csv, row 2" in text
    assert "Compared: 7 is at least 5." in text


def test_a_refused_sum_shows_its_rows_and_what_it_counts():
    """The test fails, and the sum that it compares stands below it."""
    body = [
        atom("case", "X"),
        aggregate("N", "sum", "Y", [atom("item", "X", "Y")], ["X"], "N"),
        compare("N", ">=", 50),
    ]
    stated = {"case": [(1,), (2,)], "item": [(1, 3), (1, 4)]}
    made = model(world(stated, [rule("R", atom("enough", "X"), *body)]))
    text = explanation_as(blockage(made, Fact("enough", (1,))), made)
    _, _, failing = text.partition("1 ✗ 7 is 43 less than 50.\n")
    assert "- The sum is 7 (2 rows):" in failing
    assert "facts/item.csv, row 2" in failing
    assert "facts/item.csv, row 3" in failing


def test_a_refusal_gives_reasons_once_and_in_order():
    """What was looked at, what fails, what holds."""
    found = justified("B-3")
    outline = Outline(speaker_of(example(), "en"))
    refused = refusal(found.blockage, outline)
    conditions = refused.conditions
    assert refused.text == "batch B-3 may not be imported"
    assert [one.number for one in conditions.considered] == ["[1]", "[2]"]
    top = [one for one in conditions.failing if one.depth == 0]
    assert [one.ids for one in top] == [("S-G1",), ("S-G3",)]
    assert all(one.mark is Mark.FAILS for one in top)
    reason = next(one for one in conditions.failing if one.kind == "check")
    assert reason.text == (
        "1 February 2026 (expires) is 9 days before 10 February 2026 (filed)"
    )
    outline.holding(conditions.holding)
    holding = outline.take()
    assert [one.ids for one in holding if one.depth == 0] == [("S-C1",)]


def test_a_row_that_differs_is_told_by_its_difference():
    """Not that there is no such batch, but what this batch is, and in which row."""
    text = justification_as(justified("B-2"), example(), "text", "en")
    _, _, rest = text.partition("✗ Scale is pilot scale, not commercial scale.\n")
    assert rest.split("\n")[0].strip() == "facts/batch.csv, row 3"
    text = justification_as(justified("B-2"), example(), "text", "zh")
    assert "✗ scale为中试规模，并非商业规模。\n" in text


def test_a_missing_opener_is_the_one_cause():
    """The conditions that need it could not be judged, and are named apart."""
    text = justification_as(justified("B-4"), example(), "text", "en")
    assert "1 ✗ No filing for batch B-4 is on file." in text
    named = text.partition("Not judged, as something is missing\n")[2]
    assert named.startswith(
        "  - 2 further conditions cannot be judged before that: S-G1, S-G3\n"
        "\nWhat holds\n"
    )


def goal_over(*body):
    """A goal over `a`, and `b` that rests on `a`; `low` and `lower` lack the same row."""
    return model(
        world(
            {"base": [(1,)], "none": [(2,)]},
            [
                rule("A", atom("a", "X"), atom("base", "X")),
                rule("B", atom("b", "X"), atom("a", "X")),
                rule("L1", atom("low", "X"), atom("none", "X")),
                rule("L2", atom("lower", "X"), atom("low", "X")),
                rule("G", atom("goal", "X"), *body),
            ],
        )
    )


def test_what_an_absence_rests_on_is_written_on_request():
    """Each row that would have been one, and the fact that keeps it from being one."""
    made = model(
        world(
            {"base": [(1,)], "wanted": [(5,), (6,)], "there": [(5,), (6,)]},
            [
                rule("M", atom("lacks", "D"), atom("wanted", "D"), no("there", "D")),
                rule("G", atom("goal", "X"), atom("base", "X"), no("lacks", "_D")),
            ],
        )
    )
    proof = prove(made, Fact("goal", (1,)), absences=True)
    assert "facts/there.csv" not in explanation_as(proof, made)
    text = explanation_as(proof, made, detail=Detail(folded=False))
    assert "facts/there.csv, row 2" in text
    assert "facts/there.csv, row 3" in text


def test_what_waits_unfolds_on_request():
    """In full, behind what fails; a page that can fold has it always."""
    made = goal_over(atom("base", "X"), atom("none", "X"), atom("lower", "X"))
    found = blockage(made, Fact("goal", (1,)))
    text = explanation_as(found, made)
    assert "  - 1 further condition cannot be judged before that: L2" in text
    text = explanation_as(found, made, detail=Detail(folded=False))
    _, _, waiting = text.partition("What cannot be judged before that\n\n")
    assert waiting.startswith("2 ✗ ")
    assert "further condition" not in text
    html = explanation_as(found, made, "html")
    assert "<summary><h2>What cannot be judged before that</h2></summary>" in html


def test_a_line_of_what_holds_refers_to_no_line_that_is_not_there():
    """The facts of another condition are written at its own number."""
    made = goal_over(atom("b", "X"), atom("a", "X"), atom("none", "X"))
    text = explanation_as(blockage(made, Fact("goal", (1,))), made)
    _, _, holding = text.partition("What holds\n\n")
    assert "See" not in holding
    assert holding.startswith("2 ✓ ")
    assert "\n3 ✓ " in holding


def test_levels_of_what_holds_can_be_cut():
    """The conditions of a goal, without what they rest on."""
    made = goal_over(atom("b", "X"), atom("base", "X"))
    proof = prove(made, Fact("goal", (1,)))
    text = explanation_as(proof, made, detail=Detail(levels=1))
    whole = explanation_as(proof, made)
    assert "Not followed further." in text
    assert "From [1]." not in text
    assert "From [1]." in whole
    assert "Not followed further." not in whole


@pytest.mark.parametrize("batch", ["B-1", "B-2", "B-3", "B-4", "B-5"])
def test_a_brief_page_fits_a_screen(batch: str):
    """With the outcome first, and each cause once."""
    brief = Detail(brief=True)
    text = justification_as(justified(batch), example(), detail=brief)
    lines = text.splitlines()
    assert len(lines) <= 24
    assert lines[0] == justification_as(justified(batch), example()).splitlines()[0]
    sentences = [line for line in lines if "✗" in line]
    assert len(sentences) == len(set(sentences))


def test_a_brief_refusal_gives_article_and_row():
    """And how many conditions wait; a granted case, what holds."""
    brief = Detail(brief=True)
    text = justification_as(justified("B-4"), example(), detail=brief)
    assert "1 ✗ No filing for batch B-4 is on file." in text
    assert "facts/filing.csv" in text
    assert "  - 2 further conditions cannot be judged before that\n" in text
    text = justification_as(justified("B-3"), example(), detail=brief)
    assert "S-G1 · Summary, 3" in text
    _, _, origin = text.partition("1 February 2026 (expires) is 9 days before")
    assert "facts/evidence.csv, row 3" in origin.partition("S-G1")[0]
    text = justification_as(justified("B-1"), example(), detail=brief)
    assert "What holds\n  - S-C1, S-G1, S-G3\n" in text


@pytest.mark.parametrize(
    ("op", "left", "right", "met", "english", "chinese"),
    [
        (
            "<",
            date(2025, 8, 20),
            date(2025, 12, 10),
            True,
            "20 August 2025 (made) is before 10 December 2025 (approved)",
            "2025年8月20日早于2025年12月10日",
        ),
        (
            "<",
            date(2025, 12, 11),
            date(2025, 12, 10),
            False,
            "11 December 2025 (made) is 1 day after 10 December 2025 (approved)",
            "2025年12月11日比2025年12月10日晚1天",
        ),
        (
            "<",
            date(2025, 12, 10),
            date(2025, 12, 10),
            False,
            "10 December 2025 (made) is the same day as 10 December 2025 (approved), "
            "not before it",
            "2025年12月10日与2025年12月10日为同一天，并非早于后者",
        ),
        ("=", None, None, True, "made and approved are both empty", None),
        (">=", 3, 5, False, "3 (made) is 2 less than 5 (approved)", None),
        (
            "<=",
            Decimal("3.50"),
            Decimal("3.5"),
            True,
            "3.50 (made) is at most 3.5 (approved)",
            None,
        ),
        ("!=", "a", "b", True, "made is a, not b (approved)", None),
    ],
)
def test_comparisons_in_words(op, left, right, met, english, chinese):
    """What is true, with both values and, where it fails, by how much."""
    kinds = {date: DATE, int: INTEGER, Decimal: Type("decimal", 2)}
    type_ = kinds.get(type(left), Type("text"))
    rule_ = replace(
        rule("R", atom("p", "Made")), types={"Made": type_, "Approved": type_}
    )
    literal = Comparison(op, Variable("Made"), Variable("Approved"))
    compared = Compared(literal, left, right)
    speaker = speaker_of(example(), "en")
    assert speaker.compared(compared, rule_, met=met) == english
    if chinese is not None:
        speaker = speaker_of(example(), "zh")
        assert speaker.compared(compared, rule_, met=met) == chinese


def test_none_is_told_as_empty():
    """A comparison with `none` says whether something is there, and what."""
    rule_ = replace(rule("R", atom("p", "Expires")), types={"Expires": DATE})
    literal = Comparison("=", Variable("Expires"), Constant(None, DATE))
    speaker = speaker_of(example(), "en")
    assert speaker.compared(Compared(literal, None, None), rule_) == "expires: empty"
    unmet = speaker.compared(
        Compared(literal, date(2026, 1, 2), None), rule_, met=False
    )
    assert unmet == "expires: not empty (2 January 2026)"


def test_a_relation_without_text_is_told_by_names_and_values():
    """Stated, derived, absent, and with open places."""
    speaker = speaker_of(example(), "en")
    assert speaker.fact(Fact("day", ("F-1", "S-IE", date(2026, 2, 10)))) == (
        "day holds for filing F-1, site S-IE, filed 10 February 2026"
    )
    assert speaker.negative("evidence", ("G-9", ANY, ANY, ANY, ANY, None)) == (
        "no evidence is on file with document G-9, expires empty"
    )
    assert speaker.negative("day", (ANY, ANY, ANY)) == "nothing is found (“day”)"


def test_a_capital_letter_spares_identifiers():
    """A sentence begins with one, an identifier stays what it is."""
    speaker = speaker_of(example(), "en")
    assert speaker.punctuated("the drug is listed") == "The drug is listed."
    assert speaker.punctuated("b-1 is listed") == "b-1 is listed."
    assert speaker.punctuated("pH is 7") == "pH is 7."
    assert speaker_of(example(), "zh").punctuated("该药品") == "该药品。"


def test_another_language_takes_english_connectives_and_its_own_texts():
    """Nothing fails for want of a table of words."""
    policy = example().policy
    relation = policy.relations["importable"]
    texts = {**relation.texts, "fr": Sentence("le lot {batch} est importable")}
    relations = {**policy.relations, "importable": replace(relation, texts=texts)}
    made = replace(example(), policy=replace(policy, relations=relations))
    text = justification_as(justify(made, ("B-1",)), made, "text", "fr")
    assert "Le lot B-1 est importable." in text
    assert "2025-08-20" in text


def test_an_undetermined_case_has_a_mark_of_its_own():
    """No outcome is neither held nor failed."""
    policy = example().policy
    made = replace(example(), policy=replace(policy, outcomes=policy.outcomes[:1]))
    text = justification_as(justify(made, ("B-3",)), made, "text", "en")
    assert text.startswith("? B-3: undetermined\n")
    assert [one.outcome for one in decide(made, [("B-3",)])] == [None]


def test_what_is_not_encoded_is_said():
    """A decision that rests on such a rule says what it is subject to."""
    found = replace(justified("B-1"), subject_to=("ANN-2(3)b",))
    text = justification_as(found, example(), "text", "en")
    assert "Subject to\n  - ANN-2(3)b\n" in text
    assert isinstance(found.decision, Decision)


def test_any_goal_can_be_explained():
    """A fact that holds, and one that does not, laid out like a case."""
    proof = prove(example(), Fact("complete", ("F-1",)))
    text = explanation_as(proof, example(), "text", "en")
    assert text.startswith(
        '✓ complete("F-1"): holds\n\nEvery required document was submitted with F-1.\n'
    )
    denied = blockage(example(), Fact("complete", ("F-3",)))
    text = explanation_as(denied, example(), "text", "zh")
    assert text.startswith('✗ complete("F-3")：不符合\n\n文件不齐。\nS-G3\n')


def test_a_rule_says_why_it_gives_nothing_in_its_own_words():
    """Where the law's text has them; else what it lacks stands."""
    made = world(
        {"case": [(1, 3)]},
        [
            rule("A", atom("ok", "X"), atom("case", "X", "N"), compare("N", ">", 5)),
            rule("B", atom("ok", "X"), atom("case", "X", "N"), compare("N", "<", 2)),
            rule("T", atom("goal", "X"), atom("case", "X", "_1"), atom("ok", "X")),
        ],
        subject="case",
        outcomes=(Outcome("goal", atom("goal", "C0"), True),),
    )
    texts = {"en": Sentence("{N} is large", "{N} is not large")}
    rules = tuple(
        replace(one, texts=texts) if one.id == "A" else one for one in made.policy.rules
    )
    policy = replace(made.policy, rules=rules)
    tables = replace(model(made), policy=policy)
    text = why_not_as(why_not_case(tables, (1,)), tables)
    assert "    1.1 ✗ 3 is not large.\n          A\n" in text
    assert "    1.2 ✗ 3 is 1 more than 2.\n          B\n" in text
    assert "✗ 3 is 2 less than 5" in text


def test_what_holds_is_cut_where_it_is_long():
    """A dozen in brief; all of them, with what they rest on, if asked."""
    made = world(
        {"case": [(1,)], "never": [(2,)]},
        [
            *(rule(f"P{i}", atom(f"p{i}", "X"), atom("case", "X")) for i in range(15)),
            rule(
                "T",
                atom("goal", "X"),
                atom("case", "X"),
                *(atom(f"p{i}", "X") for i in range(15)),
                atom("never", "X"),
            ),
        ],
        subject="case",
        outcomes=(Outcome("goal", atom("goal", "C0"), True),),
    )
    tables = model(made)
    found = why_not_case(tables, (1,))
    brief = why_not_as(found, tables)
    assert brief.count("✓ ") == 12
    assert "… and 3 more that hold, --all shows them" in brief
    whole = why_not_as(found, tables, everything=True)
    assert whole.count("✓ ") == 15
    assert "From [1]." in whole


def test_a_fact_that_should_be_absent_may_have_been_said():
    """It is named by its number, and still what fails."""
    made = world(
        {"case": [(1,)], "hold": [(1, 7)]},
        [rule("R", atom("go", "X"), atom("hold", "X", "W"), no("hold", "X", "_1"))],
        subject="case",
        outcomes=(Outcome("go", atom("go", "C0"), True),),
    )
    tables = model(made)
    text = why_not_as(why_not_case(tables, (1,)), tables)
    assert "[1] Hold: c0 1, c1 7.\n" in text
    assert "1 ✗ Hold: c0 1, c1 7. See [1] above.\n" in text
