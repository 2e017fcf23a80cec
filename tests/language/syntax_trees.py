"""Random syntax trees, and the plainest way to write one down."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from whereas.diagnostics import Source, Span
from whereas.language import syntax as s

SPAN = Span(Source("tree", ""), 0, 0)

names = st.sampled_from(
    [
        "p",
        "batch",
        "list",
        "key",
        "count",
        "type",
        "closed",
        "if",
        "input",
        "none_of",
        "not_on",
        "max",
        "days",
        "x1",
    ]
)
columns = st.sampled_from(
    [
        "p",
        "name_en",
        "list",
        "key",
        "count",
        "not",
        "true",
        "none",
        "in",
        "of",
        "max",
        "days",
        "by",
    ]
)
languages = st.sampled_from(["en", "zh", "de-CH"])
texts = st.text(
    alphabet=st.characters(
        exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp"), include_characters="\n\t"
    ),
    max_size=8,
)
dates = st.dates(date(1, 1, 1), date(9999, 12, 31))
decimals = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places),
    st.integers(-(10**9), 10**9),
    st.integers(1, 6),
).filter(lambda d: d or not d.is_signed())
values = st.one_of(
    texts,
    st.integers(-(10**18) + 1, 10**18 - 1),
    decimals,
    dates,
    st.booleans(),
    st.none(),
)
constants = st.builds(s.Constant, values, st.just(SPAN))
variables = st.builds(
    s.Variable, st.sampled_from(["X", "Filed", "_", "_x", "N1"]), st.just(SPAN)
)
parameters = st.builds(
    s.Parameter, st.sampled_from(["today", "min_months"]), st.just(SPAN)
)
terms = st.one_of(variables, constants, parameters, st.just(s.OwnId(SPAN)))
expressions: st.SearchStrategy[s.Expression] = st.recursive(
    terms,
    lambda inner: st.one_of(
        st.builds(s.Arithmetic, st.sampled_from("+-*"), inner, inner, st.just(SPAN)),
        st.builds(
            s.Shift,
            st.sampled_from("+-"),
            inner,
            inner,
            st.sampled_from(["days", "months"]),
            st.just(SPAN),
        ),
    ),
    max_leaves=5,
)


@st.composite
def atoms(draw: st.DrawFn) -> s.Atom:
    positional = draw(st.lists(terms, max_size=3))
    named = draw(st.lists(st.tuples(columns, terms), max_size=2))
    arguments = [s.Argument(None, term, SPAN) for term in positional]
    arguments += [s.Argument(name, term, SPAN) for name, term in named]
    if not arguments:
        arguments = [s.Argument(None, s.Variable("X", SPAN), SPAN)]
    return s.Atom(draw(names), tuple(arguments), SPAN, SPAN)


def bodies_of(literals: st.SearchStrategy[s.Literal]) -> st.SearchStrategy[object]:
    return st.lists(literals, min_size=1, max_size=4).map(tuple)


simple_literals = st.one_of(
    atoms(),
    st.builds(s.Not, atoms(), st.just(SPAN)),
    st.builds(
        s.Comparison,
        st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
        expressions,
        expressions,
        st.just(SPAN),
    ),
    st.builds(
        s.Membership,
        terms,
        st.lists(constants, min_size=1, max_size=4).map(tuple),
        st.booleans(),
        st.just(SPAN),
    ),
)
literals: st.SearchStrategy[s.Literal] = st.recursive(
    simple_literals,
    lambda inner: st.one_of(
        st.builds(
            s.Either,
            st.lists(bodies_of(inner), min_size=2, max_size=3).map(tuple),
            st.just(SPAN),
        ),
        st.builds(
            s.Aggregate,
            terms,
            st.just("count"),
            st.none(),
            bodies_of(inner),
            st.just(SPAN),
        ),
        st.builds(
            s.Aggregate,
            terms,
            st.sampled_from(["sum", "min", "max"]),
            terms,
            bodies_of(inner),
            st.just(SPAN),
        ),
    ),
    max_leaves=6,
)
bodies = bodies_of(literals)
sentences = st.builds(
    s.Text, languages, texts, st.one_of(st.none(), texts), st.just(SPAN)
)
sentence_lists = st.lists(
    sentences, max_size=2, unique_by=lambda text: text.language
).map(tuple)
cites = st.lists(st.builds(s.Cite, texts, texts, st.just(SPAN)), max_size=2).map(tuple)
days = st.one_of(st.none(), st.tuples(dates, st.one_of(st.none(), variables)))
string_lists = st.lists(st.builds(s.Constant, texts, st.just(SPAN)), max_size=2).map(
    tuple
)
plain_sentences = st.builds(s.Text, languages, texts, st.none(), st.just(SPAN))
labels = st.builds(
    s.Labels,
    st.lists(plain_sentences, max_size=2, unique_by=lambda t: t.language).map(tuple),
    string_lists,
)
readings = st.builds(
    lambda labels, code: replace(labels, code=code), labels, st.booleans()
)
notes = st.builds(s.Annotations, cites=cites, texts=sentence_lists)
annotations = st.builds(
    s.Annotations,
    id=st.one_of(st.none(), texts),
    cites=cites,
    texts=sentence_lists,
    valid_from=days,
    valid_until=days,
    excepts=string_lists,
    subject_to=string_lists,
    unproven=st.booleans(),
)
enumerations = st.builds(
    s.TypeName,
    st.none(),
    st.none(),
    st.lists(constants, min_size=1, max_size=3).map(tuple),
    st.booleans(),
    st.just(SPAN),
)
types = st.one_of(
    st.builds(s.TypeName, names, st.none(), st.just(()), st.booleans(), st.just(SPAN)),
    st.builds(
        s.TypeName,
        st.just("decimal"),
        st.integers(0, 9),
        st.just(()),
        st.booleans(),
        st.just(SPAN),
    ),
    enumerations,
)
typed_columns = st.builds(
    s.ColumnDeclaration,
    columns,
    types,
    st.one_of(st.none(), names),
    st.just(SPAN),
    readings,
)
loose_columns = st.one_of(
    typed_columns,
    st.builds(
        s.ColumnDeclaration, columns, st.none(), st.none(), st.just(SPAN), readings
    ),
)
column_names = st.lists(columns, min_size=1, max_size=3).map(tuple)


@st.composite
def inputs(draw: st.DrawFn) -> s.InputDeclaration:
    closure = draw(
        st.one_of(
            st.booleans(),
            st.builds(s.CoverageDeclaration, names, column_names, st.just(SPAN)),
        )
    )
    return s.InputDeclaration(
        draw(names),
        draw(st.lists(typed_columns, min_size=1, max_size=6).map(tuple)),
        draw(st.one_of(st.just(()), column_names)),
        closure is True,
        closure if isinstance(closure, s.CoverageDeclaration) else None,
        draw(notes),
        SPAN,
        SPAN,
        draw(labels),
    )


outcomes = st.builds(
    s.OutcomeDeclaration,
    texts,
    st.booleans(),
    st.one_of(st.none(), bodies),
    notes,
    st.just(SPAN),
)
weights = st.one_of(st.none(), st.builds(s.Constant, st.integers(0, 99), st.just(SPAN)))
correctables = st.one_of(
    st.builds(
        s.CorrectableDeclaration,
        st.just("add"),
        names,
        st.lists(
            st.builds(s.Move, names, st.just("later"), st.just(SPAN)), max_size=2
        ).map(tuple),
        st.lists(st.tuples(names, st.just(SPAN)), max_size=2).map(tuple),
        weights,
        notes,
        st.just(SPAN),
        st.just(SPAN),
    ),
    st.builds(
        s.CorrectableDeclaration,
        st.just("change"),
        names,
        st.lists(
            st.builds(
                s.Move,
                names,
                st.sampled_from([None, "later", "earlier"]),
                st.just(SPAN),
            ),
            min_size=1,
            max_size=3,
        ).map(tuple),
        st.just(()),
        weights,
        notes,
        st.just(SPAN),
        st.just(SPAN),
    ),
    st.builds(
        s.CorrectableDeclaration,
        st.just("withdraw"),
        names,
        st.just(()),
        st.just(()),
        weights,
        notes,
        st.just(SPAN),
        st.just(SPAN),
    ),
)
statements = st.one_of(
    st.builds(
        s.TypeDeclaration,
        names,
        st.lists(
            st.builds(s.Member, texts, labels, st.just(SPAN)),
            min_size=1,
            max_size=4,
        ).map(tuple),
        st.just(SPAN),
    ),
    inputs(),
    st.builds(
        s.RelationDeclaration,
        names,
        st.lists(loose_columns, min_size=1, max_size=4).map(tuple),
        notes,
        st.just(SPAN),
        st.just(SPAN),
    ),
    st.builds(
        s.ParameterDeclaration,
        names,
        types,
        constants,
        st.booleans(),
        notes,
        st.just(SPAN),
    ),
    st.builds(
        s.Clause,
        atoms(),
        st.one_of(st.just(()), bodies),
        annotations,
        st.just(SPAN),
    ),
    st.builds(s.SubjectDeclaration, names, st.just(SPAN)),
    outcomes,
    st.builds(
        s.ShowDeclaration,
        st.lists(st.tuples(names, st.just(SPAN)), min_size=1, max_size=4).map(tuple),
        st.just(SPAN),
    ),
    st.builds(
        s.TimelineDeclaration,
        names,
        names,
        notes,
        st.just(SPAN),
        st.just(SPAN),
        st.just(SPAN),
    ),
    st.builds(s.UnencodedDeclaration, texts, notes, st.just(SPAN)),
    correctables,
)


# --- written down -----------------------------------------------------------------


def text(value: str) -> str:
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
        value = value.replace(plain, escaped)
    return f'"{value}"'


def term(each: s.Term) -> str:
    match each:
        case s.Variable(name):
            return name
        case s.Parameter(name):
            return f"${name}"
        case s.OwnId():
            return "@id"
        case s.Constant(str() as value):
            return text(value)
        case s.Constant(bool() as value):
            return "true" if value else "false"
        case s.Constant(None):
            return "none"
        case s.Constant(Decimal() as value):
            return format(value, "f")
        case s.Constant(date() as value):
            return value.isoformat()
        case s.Constant(value):
            return str(value)


def expression(each: s.Expression) -> str:
    match each:
        case s.Arithmetic(op, left, right):
            return f"{operand(left)} {op} {operand(right)}"
        case s.Shift(op, left, amount, unit):
            return f"{operand(left)} {op} {operand(amount)} {unit}"
        case _:
            return term(each)


def operand(each: s.Expression) -> str:
    if isinstance(each, s.Arithmetic | s.Shift):
        return f"({expression(each)})"
    return expression(each)


def atom(each: s.Atom) -> str:
    arguments = ", ".join(
        (f"{a.column}: " if a.column else "") + term(a.term) for a in each.arguments
    )
    return f"{each.predicate}({arguments})"


def body(each: tuple[s.Literal, ...]) -> str:
    return ", ".join(literal(one) for one in each)


def members(each: tuple[s.Constant, ...]) -> str:
    return "{" + ", ".join(term(one) for one in each) + "}"


def literal(each: s.Literal) -> str:
    match each:
        case s.Atom():
            return atom(each)
        case s.Not(inner):
            return f"not {atom(inner)}"
        case s.Comparison(op, left, right):
            return f"{expression(left)} {op} {expression(right)}"
        case s.Membership(left, right, negated):
            return f"{'not ' if negated else ''}{term(left)} in {members(right)}"
        case s.Either(branches):
            return "( " + " ; ".join(body(branch) for branch in branches) + " )"
        case s.Aggregate(target, function, counted, inner):
            over = f" {term(counted)}" if counted is not None else ""
            return f"{term(target)} = {function}{over} {{ {body(inner)} }}"


def sentence(each: s.Text) -> str:
    negative = f", not: {text(each.negative)}" if each.negative is not None else ""
    return f" @{each.language}({text(each.text)}{negative})"


def noted(each: s.Annotations) -> str:
    parts: list[str] = []
    if each.id is not None:
        parts.append(f"@id({text(each.id)})")
    for name, day in (("from", each.valid_from), ("until", each.valid_until)):
        if day is not None:
            variable = f", {day[1].name}" if day[1] else ""
            parts.append(f"@{name}({day[0].isoformat()}{variable})")
    for name, values in (("except", each.excepts), ("subject_to", each.subject_to)):
        if values:
            parts.append(f"@{name}({', '.join(term(v) for v in values)})")
    if each.unproven:
        parts.append("@unproven")
    parts += [f"@cite({text(c.source)}, {text(c.place)})" for c in each.cites]
    return " " + " ".join(parts) + "".join(sentence(t) for t in each.texts)


def type_(each: s.TypeName) -> str:
    if each.name is None:
        base = members(each.members)
    else:
        base = each.name + (f"({each.scale})" if each.scale is not None else "")
    return base + ("?" if each.optional else "")


def labelled(each: s.Labels) -> str:
    parts = [sentence(t) for t in each.texts]
    if each.aliases:
        parts.append(f" @alias({', '.join(term(a) for a in each.aliases)})")
    if each.code:
        parts.append(" @code")
    return "".join(parts)


def column(each: s.ColumnDeclaration) -> str:
    kind = f": {type_(each.type)}" if each.type else ""
    reference = f" references {each.references}" if each.references else ""
    return each.name + kind + reference + labelled(each.labels)


def statement(each: s.Statement) -> str:
    match each:
        case s.TypeDeclaration(name, values):
            inner = ", ".join(text(m.value) + labelled(m.labels) for m in values)
            return f"type {name} = {{{inner}}}."
        case s.InputDeclaration():
            parts = [
                f"input {each.name}{labelled(each.labels)}"
                f"({', '.join(map(column, each.columns))})"
            ]
            if each.key:
                parts.append("key " + ", ".join(each.key))
            if each.closed:
                parts.append("closed")
            if each.covered_by:
                covering = each.covered_by
                parts.append(
                    f"covered by {covering.predicate}({', '.join(covering.columns)})"
                )
            return " ".join(parts) + noted(each.annotations) + "."
        case s.RelationDeclaration(name, declared, notes_):
            return (
                f"relation {name}({', '.join(map(column, declared))}){noted(notes_)}."
            )
        case s.ParameterDeclaration(name, kind, default, unsettled, notes_):
            mark = " unsettled" if unsettled else ""
            return (
                f"parameter {name}: {type_(kind)} = {term(default)}"
                f"{mark}{noted(notes_)}."
            )
        case s.Clause(head, conditions, notes_):
            rule = f" :- {body(conditions)}" if conditions else ""
            return f"{noted(notes_)} {atom(head)}{rule}."
        case s.SubjectDeclaration(name):
            return f"subject {name}."
        case s.OutcomeDeclaration(name, wanted, conditions, notes_):
            mark = " wanted" if wanted else ""
            goal = "otherwise" if conditions is None else f"if {body(conditions)}"
            return f"outcome {text(name)}{mark}{noted(notes_)} {goal}."
        case s.ShowDeclaration(shown):
            return "show " + ", ".join(name for name, _ in shown) + "."
        case s.TimelineDeclaration(name, moved, notes_):
            return f"timeline {name}({moved}){noted(notes_)}."
        case s.UnencodedDeclaration(name, notes_):
            return f"unencoded {text(name)}{noted(notes_)}."
        case s.QuestionDeclaration(name, notes_):
            return f"question {text(name)}{noted(notes_)}."
        case s.CorrectableDeclaration():
            said = f"correctable {each.action} {each.predicate}"
            if each.moves:
                moved = (f"{m.column} {m.direction or ''}" for m in each.moves)
                said += f"({', '.join(moved)})"
            if each.unless:
                said += " unless same " + ", ".join(name for name, _ in each.unless)
            if each.weight is not None:
                said += f" weight {each.weight.value}"
            return said + noted(each.annotations) + "."
