"""Each construct of the language becomes the tree that it says."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from decimal import Decimal

import pytest
from syntax_trees import SPAN

from whereas.diagnostics import Invalid, Source
from whereas.language import parse_body, parse_package, parse_rules
from whereas.language import syntax as s
from whereas.language.tables import generate, grammar, tables


def parsed(text: str) -> tuple[s.Statement, ...]:
    statements, diagnostics = parse_rules(Source("rules", text))
    assert diagnostics == []
    return statements


def one(text: str) -> s.Statement:
    (statement,) = parsed(text)
    return statement


def v(name: str) -> s.Variable:
    return s.Variable(name, SPAN)


def c(value: s.Value) -> s.Constant:
    return s.Constant(value, SPAN)


def atom(predicate: str, *terms: s.Term, **named: s.Term) -> s.Atom:
    arguments = [s.Argument(None, term, SPAN) for term in terms]
    arguments += [s.Argument(name, term, SPAN) for name, term in named.items()]
    return s.Atom(predicate, tuple(arguments), SPAN, SPAN)


def test_a_rule_with_named_columns() -> None:
    """Positions come first, then names; `_` and `@id` are terms."""
    assert one("p(X, @id) :- q(X, _, list: Y, key: none).") == s.Clause(
        atom("p", v("X"), s.OwnId(SPAN)),
        (atom("q", v("X"), v("_"), list=v("Y"), key=c(None)),),
        s.Annotations(),
        SPAN,
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"a \\"b\\" \\\\ \\n\\t 中"', 'a "b" \\ \n\t 中'),
        ("42", 42),
        ("-42", -42),
        ("12.50", Decimal("12.50")),
        ("-0.05", Decimal("-0.05")),
        ("999999999999999999", 10**18 - 1),
        ("2026-02-10", date(2026, 2, 10)),
        ("true", True),
        ("false", False),
        ("none", None),
    ],
)
def test_constants(text: str, value: object) -> None:
    """A constant is exact, and keeps its kind."""
    clause = one(f"p({text}).")
    assert isinstance(clause, s.Clause)
    (argument,) = clause.head.arguments
    assert isinstance(argument.term, s.Constant)
    assert argument.term.value == value
    assert type(argument.term.value) is type(value)
    assert argument.term.span.text == text


@pytest.mark.parametrize(
    "word",
    [
        "type",
        "input",
        "relation",
        "parameter",
        "subject",
        "outcome",
        "show",
        "timeline",
        "unencoded",
        "question",
        "references",
        "key",
        "closed",
        "covered",
        "by",
        "unsettled",
        "wanted",
        "if",
        "otherwise",
        "in",
        "count",
        "sum",
        "min",
        "max",
        "day",
        "days",
        "month",
        "months",
        "true",
        "false",
        "none",
    ],
)
def test_keywords_are_ordinary_names(word: str) -> None:
    """A column, and a relation, may bear a keyword's name."""
    for text in (
        f"p(X) :- {word}(X, {word}: Y), q({word}: X), N = count {{ {word}(X) }}.",
        f"{word}(X) :- q(X).",
        f"input q({word}: text, {word}: {word} references {word}) key {word}, {word} "
        f"covered by {word}({word}).",
        f"relation {word}({word}).",
        f"show {word}, {word}.",
        f"subject {word}.",
        f'type {word} = {{"a"}}.',
        f"parameter {word}: {word} = 3.",
        f'outcome "x" if {word}(X), q(X).',
    ):
        one(text)


def test_literals() -> None:
    """Negation, comparison, membership, alternatives and aggregates."""
    assert parse_body(
        'not q(X), X != "a", Y in {1, 2}, not Y in {"b"}, ( r(X) ; X = none, s(X) ), '
        "N = count { q(X) }, N = max D { q(D) }"
    ) == (
        s.Not(atom("q", v("X")), SPAN),
        s.Comparison("!=", v("X"), c("a"), SPAN),
        s.Membership(v("Y"), (c(1), c(2)), False, SPAN),
        s.Membership(v("Y"), (c("b"),), True, SPAN),
        s.Either(
            (
                (atom("r", v("X")),),
                (s.Comparison("=", v("X"), c(None), SPAN), atom("s", v("X"))),
            ),
            SPAN,
        ),
        s.Aggregate(v("N"), "count", None, (atom("q", v("X")),), SPAN),
        s.Aggregate(v("N"), "max", v("D"), (atom("q", v("D")),), SPAN),
    )


def test_arithmetic_binds_as_in_school() -> None:
    """`*` before `+` and `-`, from the left; brackets as one likes."""
    (comparison,) = parse_body("A - B - 2 * (C + 1) < D + $n months")
    assert comparison == s.Comparison(
        "<",
        s.Arithmetic(
            "-",
            s.Arithmetic("-", v("A"), v("B"), SPAN),
            s.Arithmetic("*", c(2), s.Arithmetic("+", v("C"), c(1), SPAN), SPAN),
            SPAN,
        ),
        s.Shift("+", v("D"), s.Parameter("n", SPAN), "months", SPAN),
        SPAN,
    )


def test_units_are_singular_or_plural() -> None:
    """`1 day` is `1 days`."""
    assert parse_body("D > E - 1 day") == parse_body("D > E - 1 days")
    assert parse_body("D > E + 1 month") == parse_body("D > E + 1 months")


def test_annotations_of_a_rule() -> None:
    """All kinds, in any order; what may be repeated adds up."""
    clause = one(
        '@unproven @cite("A", "1") @id("S-1") @en("yes {X}", not: "no") @zh("是") '
        '@from(2026-05-15, Filed) @until(2027-01-01) @except("B", "C") @except("D") '
        '@subject_to("E") @cite("A", "2") p(X) :- q(X).'
    )
    assert isinstance(clause, s.Clause)
    notes = clause.annotations
    assert notes == s.Annotations(
        id="S-1",
        cites=(s.Cite("A", "1", SPAN), s.Cite("A", "2", SPAN)),
        texts=(s.Text("en", "yes {X}", "no", SPAN), s.Text("zh", "是", None, SPAN)),
        valid_from=(date(2026, 5, 15), v("Filed")),
        valid_until=(date(2027, 1, 1), None),
        excepts=(c("B"), c("C"), c("D")),
        subject_to=(c("E"),),
        unproven=True,
    )
    assert notes.id_span is not None
    assert notes.id_span.text == '"S-1"'
    assert clause.span.text == "p(X) :- q(X)."


def test_declarations() -> None:
    """Types, inputs, relations, parameters, outcomes and the rest."""
    text = s.TypeName("text", None, (), False, SPAN)
    statements = parsed(
        'type scale = {"pilot" @en("pilot scale") @zh("中试"), "other"}.\n'
        "input batch(batch: text, product: text references product, made: date?,\n"
        '  price: decimal(2), kind: {"a", "b"}?) key batch, made closed @en("b").\n'
        "input recall(batch: text) covered by checked(batch).\n"
        "relation covers(document, batch: text).\n"
        'parameter day: {"a", "b"} = "a" unsettled @cite("ANN", "1").\n'
        'subject batch. outcome "x" wanted @en("x") if p(Batch). outcome "y" otherwise.'
        'show a, b. timeline case(on) @en("{days}"). unencoded "ANN-2" @en("cut off").'
        'question "Q-1" @en("which day?").'
    )
    assert statements == (
        s.TypeDeclaration(
            "scale",
            (
                s.Member(
                    "pilot",
                    s.Labels(
                        (
                            s.Text("en", "pilot scale", None, SPAN),
                            s.Text("zh", "中试", None, SPAN),
                        ),
                    ),
                    SPAN,
                ),
                s.Member("other", s.Labels(), SPAN),
            ),
            SPAN,
        ),
        s.InputDeclaration(
            "batch",
            (
                s.ColumnDeclaration("batch", text, None, SPAN),
                s.ColumnDeclaration("product", text, "product", SPAN),
                s.ColumnDeclaration(
                    "made", s.TypeName("date", None, (), True, SPAN), None, SPAN
                ),
                s.ColumnDeclaration(
                    "price", s.TypeName("decimal", 2, (), False, SPAN), None, SPAN
                ),
                s.ColumnDeclaration(
                    "kind",
                    s.TypeName(None, None, (c("a"), c("b")), True, SPAN),
                    None,
                    SPAN,
                ),
            ),
            ("batch", "made"),
            True,
            None,
            s.Annotations(texts=(s.Text("en", "b", None, SPAN),)),
            SPAN,
            SPAN,
        ),
        s.InputDeclaration(
            "recall",
            (s.ColumnDeclaration("batch", text, None, SPAN),),
            (),
            False,
            s.CoverageDeclaration("checked", ("batch",), SPAN),
            s.Annotations(),
            SPAN,
            SPAN,
        ),
        s.RelationDeclaration(
            "covers",
            (
                s.ColumnDeclaration("document", None, None, SPAN),
                s.ColumnDeclaration("batch", text, None, SPAN),
            ),
            s.Annotations(),
            SPAN,
            SPAN,
        ),
        s.ParameterDeclaration(
            "day",
            s.TypeName(None, None, (c("a"), c("b")), False, SPAN),
            c("a"),
            True,
            s.Annotations(cites=(s.Cite("ANN", "1", SPAN),)),
            SPAN,
        ),
        s.SubjectDeclaration("batch", SPAN),
        s.OutcomeDeclaration(
            "x",
            True,
            (atom("p", v("Batch")),),
            s.Annotations(texts=(s.Text("en", "x", None, SPAN),)),
            SPAN,
        ),
        s.OutcomeDeclaration("y", False, None, s.Annotations(), SPAN),
        s.ShowDeclaration(
            tuple((name, span) for name, span in statements[8].predicates),  # type: ignore[union-attr]
            SPAN,
        ),
        s.TimelineDeclaration(
            "case",
            "on",
            s.Annotations(texts=(s.Text("en", "{days}", None, SPAN),)),
            SPAN,
            SPAN,
            SPAN,
        ),
        s.UnencodedDeclaration(
            "ANN-2", s.Annotations(texts=(s.Text("en", "cut off", None, SPAN),)), SPAN
        ),
        s.QuestionDeclaration(
            "Q-1", s.Annotations(texts=(s.Text("en", "which day?", None, SPAN),)), SPAN
        ),
    )
    assert [(n, span.text) for n, span in statements[8].predicates] == [  # type: ignore[union-attr]
        ("a", "a"),
        ("b", "b"),
    ]


HARD_RULES = """
subject filing_line.                                             % key filing, batch
outcome "out-of-scope"              if out_of_scope(Filing, Batch).
outcome "ineligible"                if breached(Filing, Batch, _).
outcome "eligible-with-obligations" if cleared(Filing, Batch), obligation(Filing, Batch, _).
outcome "importable" @en("importable") @zh("可进口") if importable(Batch).
outcome "not-importable" @en("not importable") @zh("不可进口") otherwise.
outcome "either" wanted if ( a(Batch) ; b(Batch) ).
show ground, breached, unknown, referred, obligation.
parameter list_reference_date: {"filing", "manufacture"} = "filing" unsettled @cite("ANN", "1(2)").
parameter same_day: boolean = false unsettled.
parameter min_months: integer = 12.
relation case(filing, batch, product, presentation, site, made, expires, filed).
case(F, B, P, Pr, S, M, E, D) :-
    filing_line(F, B), filing(F, filing_date: D), batch(B, P, site: S, made: M, expires: E).
aspect("site"). aspect("process"). aspect("spec").
carries(F, B, "process", V) :- case(F, batch: B), batch(B, process_version: V), V != none.
covered_since(F, B, Aspect, First) :-
    carries(F, B, Aspect, _), First = min On { covered(F, B, Aspect, on: On) }.
anchor(F, B, Approval, On) :-
    case(F, batch: B), On = max D { covered_since(F, B, since: D) }, not uncovered(F, B, _).
out_of_scope(F, B) :-
    anchor(F, B, Approval, On), case(F, B, made: Made),
    ( Made > On ; Made = On, $same_day = false ).
@unproven
unknown(F, B, C)  :- case(F, batch: B), condition(C), not met(F, B, C).
settled(F, B, C)  :- ( met(F, B, C) ; exempt(F, B, C) ), condition(C).
@id("ANN-A3-4") @en("all {N} release documents are dated before {On}") @zh("全部{N}份")
breached(F, B, @id) :-
    anchor(F, B, _, On), release_docs_complete(B),
    N = count { release_doc(batch: B) }, N > 0,
    Latest = max S { release_doc(batch: B, signed: S) }, Latest < On.
covers(Doc, B) :- gmp_for(Doc, B), gmp_evidence(Doc, inspection_start: none, issued: I), M >= I.
gmp_for(Doc, B) :-
    ( C = "CN" ; C = Home ; overseas(P, C, status: Status), Status in {"approved", "pending"} ).
good(Doc, B)   :- covers(Doc, B), ( not lapsed(Doc, B) ; $gmp_lapsed = "accept" ).
needed(P, Months) :- T != none, ( T >= 12, Months = $min_months ; T < 12, Months = 6 ).
met(F, B, @id) :- case(F, B, expires: E, filed: D), needed(P, Months), E >= D + Months months.
ground(F, B, @id) :- ( $match_level in {"substance", "form"} ; EStrength = none ).
@id("ANN-1") breached(F, B, @id) :- case(F, batch: B), not ground(F, B, _), lists_checked(F).
@id("ANN-A2-1/exempt") @except("ANN-A2-1")
exempt(F, B, "ANN-A2-1") :- not Change in {"mah", "strength"}, Doc != none.
input recall(recall: text, batch: text, opened: date, closed: date?) key recall covered by recall_checked(batch).
@id("LOT") obligation(F, B, "lot-release") :- product(P, lot_release_required: true).
unencoded "ANN-2(3)b" @en("the part that the sources cut off") @zh("未见全文的部分").
@subject_to("ANN-2(3)b") @from(2026-05-15, Filed) r(Filed) :- case(F, filed: Filed).
too_early(Request) :- request(Request, A, Submitted), application(A, goal: Goal),
    Submitted < Goal - $earliest_days days, N = Goal - Submitted.
too_late(Request) :- request(Request, _, Submitted, entry: E), E < Submitted + 30 days.
"""  # as an author writes them


def test_hard_rules_parse() -> None:
    """The hardest rules that the language was made for are written as they read."""
    assert len(parsed(HARD_RULES)) == 37


def test_spans_are_offsets_into_the_file() -> None:
    """A rule in a Markdown file knows its place there, whatever the newlines."""
    text = "\ufeff# Title\r\n\r\n```datalog\r\np(X) :-\r\n    quite(X).\r\n```\r\n"
    program = parse_package([Source("a.md", text)])
    clause = program.documents[0].sections[0].statements[0]
    assert isinstance(clause, s.Clause)
    span = clause.body[0].span
    assert (span.text, span.line, span.column) == ("quite(X)", 5, 5)


def test_every_error_is_found_at_once() -> None:
    """One error for each slip, whatever stands between; sound statements remain."""
    text = (
        "a(X) :- b(X.\n"
        'c(X) :- d(X, "oops).\n'
        "e(X) :- f(X)\n"
        "g(X) :- h(X), I(X).\n"
        "j(X) :- k(X).\n"
        "l(X) :- m(X) n(X).\n"
        "o(X) :- p(X)"
    )
    statements, diagnostics = parse_rules(Source("rules", text))
    assert [(d.code.value, d.at.line) for d in diagnostics] == [  # type: ignore[union-attr]
        ("E110", 2),
        ("E120", 1),
        ("E122", 3),
        ("E124", 4),
        ("E129", 6),
        ("E122", 7),
    ]
    assert [each.span.line for each in statements] == [5]
    with pytest.raises(Invalid) as caught:
        parse_package(
            [
                Source("b.md", f"```datalog\n{text}\n```\n"),
                Source("a.md", "```datalog\np.\n```\n"),
            ]
        )
    assert [str(d.at) for d in caught.value.diagnostics][:3] == [
        "a.md:2:1",
        "b.md:2:10",
        "b.md:3:14",
    ]


def test_queries() -> None:
    """A query is a body; a full stop behind it is welcome."""
    assert parse_body(" p(X), X > 3 . ") == parse_body("p(X), X > 3")
    for text, code in (
        ("", "E129"),
        ("p(X", "E120"),
        ("p(X) q(X)", "E129"),
        ("P(X)", "E124"),
        ("p(X). q(X)", "E129"),
        ("p(X) :- q(X)", "E129"),
        ("( p(X) )", "E134"),
        ('p("x)', "E110"),
        ("p(X),", "E129"),
    ):
        with pytest.raises(Invalid) as caught:
            parse_body(text)
        assert [d.code.value for d in caught.value.diagnostics] == [code], text


def test_tables_are_those_of_the_grammar() -> None:
    """`tables.json` is what Lark makes of `grammar.lark` (`python -m …tables`)."""
    made = json.loads(generate(grammar()))
    assert tuple(made["states"]) == tables().states
    assert [tuple(each) for each in made["productions"]] == [
        (p.origin, p.name, p.length) for p in tables().productions
    ]


def test_the_grammar_has_no_conflict() -> None:
    """Lark reports what an LALR(1) table would have to guess."""
    import logging

    from lark import Lark, logger

    class Heard(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    heard: list[str] = []
    handler, level = Heard(), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        Lark(grammar(), parser="lalr", start=["statement", "body"], debug=True)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    assert [message for message in heard if "conflict" in message.lower()] == []


def test_parsing_imports_no_parser_generator() -> None:
    """Lark is needed when the grammar changes, and not to read a policy."""
    code = (
        "import sys; from whereas.language import parse_body; "
        "parse_body('p(X)'); print(sorted({'lark', 'markdown_it'} & set(sys.modules)))"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert output.stdout.strip() == "[]"


@pytest.mark.parametrize("unit", ["a-", ":=", "“", "‘", "「", "A-1-"])
def test_a_text_of_any_length_is_read(unit: str) -> None:
    """In the square of this length it would take the better part of an hour."""
    assert parse_rules(Source("x", unit * 100_000))[1]
