"""Facts, comparisons and absences into sentences of one language.

What holds is said by the text of its relation, why by the text of its rule, and
where the policy has no text, by names and values. A sentence here has neither a
full stop nor a line break: those are the page's.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, assert_never

from whereas.explain.proof import (
    ANY,
    Absent,
    Aggregated,
    Among,
    Any_,
    Compared,
    Fact,
    Pattern,
    Stated,
)
from whereas.policy.core import (
    Aggregate,
    Arithmetic,
    Atom,
    Citation,
    Comparison,
    Constant,
    Either,
    Expression,
    Literal,
    Membership,
    Not,
    Parameter,
    Rule,
    Sentence,
    Shift,
    Variable,
)
from whereas.policy.texts import Hole, parse_text
from whereas.values import DATE, TEXT, Type, Value

if TYPE_CHECKING:
    from whereas.policy.core import Policy, Relation, Section, Setting
    from whereas.render.wording import Wording

# The value of a column in the row of a relation that has this key; None if there
# is no such row.
LookUp = Callable[[str, Value, str], Value]

# What a hole is filled with: a value, its type, and the relation that it refers to.
_Known = tuple["Value | Any_", Type, "str | None"]

_INVERSE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


@dataclass(frozen=True, slots=True, eq=False)
class Speaker:
    """Says what a policy and its facts mean, in one language."""

    policy: Policy
    setting: Setting
    words: Wording
    look_up: LookUp

    # --- values -------------------------------------------------------------------

    def value(self, value: Value, type_: Type = TEXT) -> str:
        """Return a value as a reader of the language writes it."""
        match value:
            case None:
                return self.words.empty
            case bool():
                return self.words.yes if value else self.words.no
            case datetime.date():
                return self.words.date(value)
            case Decimal():
                return format(value, "f")
            case str() if type_.members and type_.name is not None:
                labels = self.policy.labels.get(type_.name, {}).get(value, {})
                return self.of(labels) or value
            case _:
                return str(value)

    def of(self, texts: Mapping[str, str]) -> str | None:
        """Return the text of our language; if it lacks, of the policy's first."""
        for language in (self.words.language, *self.policy.languages):
            if language in texts:
                return texts[language]
        return next(iter(texts.values()), None)

    def sentence(self, texts: Mapping[str, Sentence]) -> Sentence | None:
        """Return the sentence of our language; if it lacks, of the policy's first."""
        for language in (self.words.language, *self.policy.languages):
            if language in texts:
                return texts[language]
        return next(iter(texts.values()), None)

    def name_of(self, identifier: str) -> str:
        """Return the name of a relation, column or variable as words."""
        parts: list[str] = []
        word = ""
        for before, letter in zip(" " + identifier, identifier, strict=False):
            if letter == "_" or (letter.isupper() and before.islower()):
                parts.append(word)
                word = ""
            if letter != "_":
                word += letter
        parts.append(word)
        return " ".join(p if p.isupper() and len(p) > 1 else p.lower() for p in parts)

    # --- what holds, and what does not --------------------------------------------

    def fact(self, fact: Fact) -> str:
        """Say that a fact holds."""
        relation = self.policy.relations[fact.relation]
        sentence = self.sentence(relation.texts)
        if sentence is not None:
            return self._filled(sentence.text, self._columns(relation, fact.values))
        values = self._column_values(relation, fact.values)
        if relation.stated:
            return f"{self.name_of(relation.name)}{self.words.colon}{values}"
        return self.words.holds_for.format(
            relation=self.name_of(relation.name), values=values
        )

    def negative(self, name: str, pattern: Pattern) -> str:
        """Say that no row of a relation matches a pattern."""
        relation = self.policy.relations[name]
        sentence = self.sentence(relation.texts)
        if sentence is not None and sentence.negative is not None:
            return self._filled(sentence.negative, self._columns(relation, pattern))
        values = self._column_values(relation, pattern)
        words = self.words
        if not values:
            none = (
                words.nothing_at_all
                if relation.stated
                else words.nothing_derived_at_all
            )
            return none.format(relation=self.name_of(name))
        some = words.nothing_stated if relation.stated else words.nothing_derived
        return some.format(relation=self.name_of(name), values=values)

    def negative_of_case(self, relation: Relation, case: Sequence[Value]) -> str | None:
        """Say that a relation fails, if a case's key is all that its text needs."""
        sentence = self.sentence(relation.texts)
        subject = self.policy.relations[self.policy.subject or ""]
        if sentence is None or sentence.negative is None:
            return None
        known: dict[str, _Known] = {
            subject.columns[position].name or "": (
                value,
                subject.columns[position].type,
                subject.name if len(subject.key) == 1 else None,
            )
            for value, position in zip(case, subject.key, strict=True)
        }
        holes = [p for p in parse_text(sentence.negative) if isinstance(p, Hole)]
        if any(hole.name not in known and not hole.parameter for hole in holes):
            return None
        return self._filled(sentence.negative, known)

    def differences(self, name: str, pattern: Pattern) -> str | None:
        """Say where the row that has a pattern's key differs from the pattern."""
        relation = self.policy.relations[name]
        if not relation.stated or len(relation.key) != 1:
            return None
        key = pattern[relation.key[0]]
        if key is None or isinstance(key, Any_):
            return None
        said = []
        for column, value in zip(relation.columns, pattern, strict=True):
            if column.name is None or isinstance(value, Any_) or value == key:
                continue
            found = self.look_up(name, key, column.name)
            if found is not None and found != value:
                said.append(
                    self.words.differs.format(
                        name=self.name_of(column.name),
                        found=self.value(found, column.type),
                        wanted=self.value(value, column.type),
                    )
                )
        return self.words.semicolon.join(said) or None

    def why(self, rule: Rule, substitution: Mapping[str, Value]) -> str | None:
        """Say why a rule's head holds, in the words of its text."""
        sentence = self.sentence(rule.texts)
        if sentence is None:
            return None
        known: dict[str, _Known] = {
            name: (substitution[name], type_, self._referred(name, rule.body))
            for name, type_ in rule.types.items()
            if name in substitution
        }
        return self._filled(sentence.text, known)

    def text(self, texts: Mapping[str, Sentence]) -> str | None:
        """Return a text without holes but for parameters: of an outcome, say."""
        sentence = self.sentence(texts)
        return None if sentence is None else self._filled(sentence.text, {})

    # --- leaves -------------------------------------------------------------------

    def origin(self, stated: Stated) -> str:
        """Say where a fact was read: file, sheet and row."""
        return self.words.row.format(
            file=self._file(stated.file, stated.sheet), row=stated.row
        )

    def _file(self, file: str, sheet: str | None) -> str:
        if sheet is None:
            return file
        return self.words.sheet.format(file=file, sheet=sheet)

    def looked_through(self, rows: int, file: str | None) -> str | None:
        """Say among how many rows of which file nothing was found."""
        if file is None:
            return None
        return self.words.looked_through.format(rows=rows, file=file)

    def absent(self, absent: Absent) -> str:
        """Say what is not there."""
        return self.negative(absent.relation, absent.pattern)

    def compared(self, compared: Compared, rule: Rule, *, met: bool = True) -> str:
        """Say how two values compare; where they fail, what is true instead."""
        literal = compared.literal
        op = literal.op if met else _INVERSE[literal.op]
        type_ = _type(literal.left, rule.types) or _type(literal.right, rule.types)
        type_ = type_ or TEXT
        for side, value, other in (
            (literal.left, compared.left, literal.right),
            (literal.right, compared.right, literal.left),
        ):
            if isinstance(other, Constant) and other.value is None:
                given = None if value is None else self.value(value, type_)
                return self._emptiness(side, op) + self._aside(given)
        if op not in {"=", "!="} and None in (compared.left, compared.right):
            side = literal.left if compared.left is None else literal.right
            return self._emptiness(side, "=")
        left = self._side(literal.left, compared.left, type_)
        right = self._side(literal.right, compared.right, type_)
        if op == "=":
            both = self._both(literal, compared.left, type_)
            if both is not None:
                return both
        dates, others = self.words.comparisons[op]
        pattern = dates if type_.kind == "date" else others
        said = pattern.format(left=left, right=right)
        difference = self._difference(compared.left, compared.right)
        if met or difference is None:
            return said
        return f"{said}{self.words.clause}{difference}"

    def among(self, among: Among, rule: Rule, *, met: bool = True) -> str:
        """Say whether a value is one of some members."""
        literal = among.literal
        type_ = _type(literal.term, rule.types) or TEXT
        members = self.words.comma.join(
            self.value(m.value, type_) for m in literal.members
        )
        inside = literal.negated != met
        if len(literal.members) == 1:
            one = Comparison("=", literal.term, literal.members[0])
            same = Compared(one, among.value, literal.members[0].value)
            return self.compared(same, rule, met=inside)
        pattern = self.words.among if inside else self.words.not_among
        return pattern.format(
            value=self._side(literal.term, among.value, type_), members=members
        )

    def aggregated(self, aggregated: Aggregated) -> str:
        """Say what was counted, added up or found largest."""
        literal = aggregated.literal
        function = literal.function
        if literal.type.kind == "date" and function in {"max", "min"}:
            function += " date"
        value = self.value(aggregated.value, literal.type)
        said = self.words.aggregates[function].format(value=value)
        if literal.function == "count":
            return said
        return said + self._aside(self.words.of_rows.format(counted=aggregated.counted))

    def citation(self, citation: Citation) -> str:
        """Return a citation in its source's form."""
        source = self.policy.sources.get(citation.source)
        pattern = self.of(source.cite) if source is not None else None
        return (pattern or f"{citation.source} {{}}").replace("{}", citation.place)

    def section(self, section: Section | None) -> str | None:
        """Return the headings under which a rule stands."""
        if section is None or not section.title:
            return None
        path = section.path or (section.title,)
        return " › ".join(path)

    def known(self, name: str, value: Value, type_: Type) -> str:
        """Return a name with its value: `filing F-001`."""
        return self.words.column_value.format(
            column=self.name_of(name), value=self.value(value, type_)
        )

    def case(self, key: Sequence[Value]) -> str:
        """Return the key of a case: `B-001`, or `F-1, B-2`."""
        subject = self.policy.relations[self.policy.subject or ""]
        return ", ".join(
            self.value(value, subject.columns[position].type)
            for value, position in zip(key, subject.key, strict=True)
        )

    def punctuated(self, sentence: str) -> str:
        """Return a sentence with its capital letter and full stop."""
        said = sentence
        if self.words.capitals and said[:1].islower():
            first = said.split(maxsplit=1)[0]
            # An identifier (`b-001`, `pH`) is no word to be changed.
            if first.strip(",.:;'’").isalpha() and first.islower():
                said = said[0].upper() + said[1:]
        if said and said[-1] not in ".!?。！？：:":
            said += self.words.stop
        return said

    # --- within -------------------------------------------------------------------

    def _filled(self, text: str, known: Mapping[str, _Known]) -> str:
        return "".join(
            part if isinstance(part, str) else self._hole(part, known)
            for part in parse_text(text)
        )

    def _hole(self, hole: Hole, known: Mapping[str, _Known]) -> str:
        if hole.parameter:
            return self._parameter(hole.name)
        value, type_, relation = known.get(hole.name, (ANY, TEXT, None))
        if isinstance(value, Any_):
            column = self.name_of(hole.name)
            return self.words.any_value.format(column=column)
        if value is not None and hole.column is not None and relation is not None:
            target = self.policy.relations[relation]
            found = self.look_up(relation, value, hole.column)
            if found is not None:
                type_ = target.columns[target.position(hole.column)].type
                return self.value(found, type_)
        if value is None and hole.fallback is not None:
            return hole.fallback
        return self.value(value, type_)

    def _parameter(self, name: str) -> str:
        if name == "today":
            return self.value(self.setting.today, DATE)
        definition = self.policy.parameters[name]
        return self.value(self.setting.parameters[name], definition.type)

    def _columns(self, relation: Relation, values: Pattern) -> dict[str, _Known]:
        return {
            column.name: (value, column.type, column.references)
            for column, value in zip(relation.columns, values, strict=True)
            if column.name is not None
        }

    def _column_values(self, relation: Relation, values: Pattern) -> str:
        said = [
            self.words.column_value.format(
                column=self.name_of(column.name), value=self.value(value, column.type)
            )
            if column.name is not None
            else self.value(value, column.type)
            for column, value in zip(relation.columns, values, strict=True)
            if not isinstance(value, Any_)
        ]
        return self.words.comma.join(said)

    def _referred(self, variable: str, body: Sequence[Literal]) -> str | None:
        """Return the relation whose row a variable names, by reference or as key."""
        own: str | None = None
        for literal in body:
            match literal:
                case Atom():
                    relation = self.policy.relations[literal.relation]
                    for position, term in enumerate(literal.terms):
                        if term != Variable(variable):
                            continue
                        if (
                            target := relation.columns[position].references
                        ) is not None:
                            return target
                        if relation.key == (position,):
                            own = own or relation.name
                case Either():
                    for branch in literal.branches:
                        if found := self._referred(variable, branch):
                            own = own or found
                case Not() | Comparison() | Membership() | Aggregate():
                    pass
                case _:
                    assert_never(literal)
        return own

    def _side(self, expression: Expression, value: Value, type_: Type) -> str:
        said = self.value(value, type_)
        name = self._short(expression)
        return said if name is None else said + self._aside(name)

    def _short(self, expression: Expression) -> str | None:
        """Return the name of a variable or parameter, if it says something."""
        match expression:
            case Variable() if not expression.anonymous and len(expression.name) > 2:
                return self.name_of(expression.name)
            case Parameter():
                return f"${expression.name}"
        return None

    def _aside(self, said: str | None) -> str:
        return f"{self.words.opening}{said}{self.words.closing}" if said else ""

    def _emptiness(self, side: Expression, op: str) -> str:
        pattern = self.words.is_empty if op == "=" else self.words.is_not_empty
        name = self._short(side) or (
            side.name if isinstance(side, Variable | Parameter) else "none"
        )
        return pattern.format(name=name)

    def _both(self, literal: Comparison, value: Value, type_: Type) -> str | None:
        """Say an equality once: `kind` is X, or two names are both X."""
        left, right = self._short(literal.left), self._short(literal.right)
        said = self.value(value, type_)
        if left is not None and right is not None:
            return self.words.both.format(left=left, right=right, value=said)
        name = left or right
        if name is None:
            return None
        return self.words.comparisons["="][1].format(left=name, right=said)

    def _difference(self, left: Value, right: Value) -> str | None:
        """Say by how much two values differ."""
        if isinstance(left, datetime.date) and isinstance(right, datetime.date):
            days = (left - right).days
            if not days:
                return None
            one = abs(days) == 1
            pattern = self.words.days_later if days > 0 else self.words.days_earlier
            said = pattern.format(days=abs(days))
            return said.replace("days", "day") if one else said
        if isinstance(left, bool) or isinstance(right, bool):
            return None
        if isinstance(left, int | Decimal) and isinstance(right, int | Decimal):
            number = Decimal(left) - Decimal(right)
            if not number:
                return None
            pattern = self.words.more if number > 0 else self.words.less
            return pattern.format(number=self.value(abs(number)))
        return None


def _type(expression: Expression, types: Mapping[str, Type]) -> Type | None:
    """Return the type of an expression (None: the constant `none`)."""
    match expression:
        case Variable(name):
            return types.get(name)
        case Constant(value, type_):
            return None if value is None else type_
        case Parameter(_, type_):
            return type_
        case Arithmetic():
            return expression.type
        case Shift():
            return DATE
    assert_never(expression)
