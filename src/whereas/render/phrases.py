"""Facts, comparisons and absences into sentences of one language.

What holds is said by the text of its relation, why by the text of its rule, and
where the policy has no text, by names and values. A sentence here has neither a
full stop nor a line break: those are the page's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from whereas.explain.proof import (
    Absent,
    Aggregated,
    Any_,
    Fact,
    Near,
    Pattern,
    Stated,
)
from whereas.policy.core import (
    Aggregate,
    Atom,
    Citation,
    Comparison,
    Constant,
    Either,
    Literal,
    Membership,
    Not,
    Rule,
    Sentence,
    Variable,
)
from whereas.policy.texts import Hole, parse_text
from whereas.render.comparisons import Comparing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from whereas.policy.core import Column, Relation, Section
    from whereas.render.voice import Known
    from whereas.values import Value


@dataclass(frozen=True, slots=True, eq=False)
class Speaker(Comparing):
    """Says what a policy and its facts mean, in one language."""

    # --- what holds, and what does not --------------------------------------------

    def fact(self, fact: Fact) -> str:
        """Say that a fact holds."""
        relation = self.policy.relations[fact.relation]
        if relation.contradicts is not None:
            said = self.fact(replace(fact, relation=relation.contradicts))
            return self.words.contradicted.format(fact=said)
        sentence = self.sentence(relation.texts)
        if sentence is not None:
            return self.filled(sentence.text, self._columns(relation, fact.values))
        values = self._column_values(relation, fact.values)
        if relation.stated:
            return f"{self.called(relation)}{self.words.colon}{values}"
        return self.words.holds_for.format(
            relation=self.called(relation), values=values
        )

    def negative(self, name: str, pattern: Pattern) -> str:
        """Say that no row of a relation matches a pattern."""
        relation = self.policy.relations[name]
        if (sentence := self.failing(relation)) is not None:
            known = self._columns(relation, pattern)
            # "No filing for batch any batch" is no sentence.
            if not _any_hole(sentence, known):
                return self.filled(sentence, known)
        words = self.words
        values = self._column_values(relation, pattern)
        if not values:
            none = (
                words.nothing_at_all
                if relation.stated
                else words.nothing_derived_at_all
            )
            return none.format(relation=self.called(relation))
        if relation.stated and len(relation.key) == 1:
            key = pattern[relation.key[0]]
            if not isinstance(key, Any_) and all(
                one is key or isinstance(one, Any_) for one in pattern
            ):
                column = relation.columns[relation.key[0]]
                said = self.value(key, column.type)
                return words.unknown.format(relation=self.called(relation), key=said)
        some = words.nothing_stated if relation.stated else words.nothing_derived
        return some.format(relation=self.called(relation), values=values)

    def negative_of_known(self, name: str, pattern: Pattern) -> str | None:
        """Say that no row matches, if its sentence needs only what is known."""
        relation = self.policy.relations[name]
        sentence = self.failing(relation)
        if sentence is None:
            return None
        known = self._columns(relation, pattern)
        if _any_hole(sentence, known):
            return None
        return self.filled(sentence, known)

    def of_case(
        self, relation: Relation, case: Sequence[Value], *, fails: bool
    ) -> str | None:
        """Say that a relation holds, or fails, if a case's key is all that it needs."""
        holding = self.sentence(relation.texts)
        sentence = holding.text if holding is not None else None
        if fails:
            sentence = self.failing(relation)
        subject = self.policy.relations[self.policy.subject or ""]
        if sentence is None:
            return None
        known: dict[str, Known] = {
            subject.columns[position].name or "": (
                value,
                subject.columns[position].type,
                subject.name if len(subject.key) == 1 else None,
            )
            for value, position in zip(case, subject.key, strict=True)
        }
        holes = [p for p in parse_text(sentence) if isinstance(p, Hole)]
        if any(hole.name not in known and not hole.parameter for hole in holes):
            return None
        return self.filled(sentence, known)

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
                said.append(self._differs(column, found, value))
        return self.words.semicolon.join(said) or None

    def keyed(self, name: str, pattern: Pattern) -> str | None:
        """Say where the row stands that has a pattern's key."""
        (position,) = self.policy.relations[name].key
        key = pattern[position]
        row = None if isinstance(key, Any_) else self.row_of(name, key)
        return None if row is None else self.origin(*row)

    def _differs(self, column: Column, found: Value, wanted: Value) -> str:
        """Say that a column has another value; of a boolean its own says all."""
        name, said = self.label(column), self.value(found, column.type)
        if wanted is None:
            return self.words.is_not_empty.format(name=name) + self._aside(said)
        if isinstance(found, bool):
            return self.words.comparisons["="][1].format(left=name, right=said)
        return self.words.differs.format(
            name=name, found=said, wanted=self.value(wanted, column.type)
        )

    def nearly(self, near: Near, pattern: Pattern) -> str:
        """Say what is on file in place of a missing row, and in what it differs."""
        relation = self.policy.relations[near.fact.relation]
        said = []
        for position in near.differs:
            column, wanted = relation.columns[position], pattern[position]
            if not isinstance(wanted, Any_):
                said.append(self._differs(column, near.fact.values[position], wanted))
        differs = self.words.comma.join(said)
        return self.words.near.format(differs=differs, fact=self.fact(near.fact))

    def row(self, fact: Fact, atom: Atom, other: Fact | None = None) -> list[str]:
        """Name a stated row, which an atom took, by the columns of its key.

        Those alone in which it differs from another row, if there is one.
        """
        relation = self.policy.relations[fact.relation]
        said = []
        for position in relation.key:
            value = fact.values[position]
            if other is not None and other.values[position] == value:
                continue
            column, term = relation.columns[position], atom.terms[position]
            name = self.labelled(column)
            if name is None and self.native:
                name = self.label(column)
                if isinstance(term, Variable) and not term.anonymous:
                    name = self.name_of(term.name)
            text = self.value(value, column.type)
            if name is not None:
                text = self.words.column_value.format(column=name, value=text)
            said.append(text)
        return said

    def why(
        self,
        rule: Rule,
        substitution: Mapping[str, Value | Any_ | tuple[Value, ...]],
    ) -> str | None:
        """Say why a rule's head holds, in the words of its text."""
        sentence = self.sentence(rule.texts)
        if sentence is None:
            return None
        return self.filled(sentence.text, self._variables(rule, substitution))

    def why_not(self, rule: Rule, substitution: Mapping[str, Value]) -> str | None:
        """Say that a rule gives nothing, if its text says so for known values."""
        sentence = self.sentence(rule.texts)
        if sentence is None or sentence.negative is None:
            return None
        known = self._variables(rule, substitution)
        holes = [p for p in parse_text(sentence.negative) if isinstance(p, Hole)]
        if any(hole.name not in known and not hole.parameter for hole in holes):
            return None
        return self.filled(sentence.negative, known)

    def _variables(
        self,
        rule: Rule,
        substitution: Mapping[str, Value | Any_ | tuple[Value, ...]],
    ) -> dict[str, Known]:
        return {
            name: (substitution[name], type_, self._referred(name, rule.body))
            for name, type_ in rule.types.items()
            if name in substitution
        }

    def text(self, texts: Mapping[str, Sentence]) -> str | None:
        """Return a text without holes but for parameters: of an outcome, say."""
        sentence = self.sentence(texts)
        return None if sentence is None else self.filled(sentence.text, {})

    # --- leaves -------------------------------------------------------------------

    def origin(self, fact: Fact, stated: Stated, *, said: bool = True) -> str:
        """Say where a fact was read: file, sheet and row; or which change gave it.

        A cell that reads otherwise in the file than in our words is quoted; what only
        a glossary says otherwise, where the fact itself is `said` beside it.
        """
        row = self.words.row.format(
            file=self.file(stated.file, stated.sheet), row=stated.row
        )
        supposed = stated.supposed
        if supposed is None:
            cells = self._cells(fact, stated.originals, said=said)
            if not cells:
                return row
            return self.words.as_written.format(row=row, cells=cells)
        change = self.change(supposed.file, supposed.item)
        if supposed.corrects is None:
            return change
        return self.words.corrected.format(row=row, change=change)

    def _cells(
        self, fact: Fact, originals: Sequence[tuple[int, str]], *, said: bool
    ) -> str:
        """Quote the cells that do not read as we say their values.

        A text that the glossary says otherwise is quoted where the fact's text has it.
        """
        relation = self.policy.relations[fact.relation]
        columns = relation.columns
        cells = dict(originals)
        sentence = self.sentence(relation.texts)
        told = None if sentence is None else _holes(sentence.text)
        for place, (column, value) in enumerate(zip(columns, fact.values, strict=True)):
            if (
                said
                and isinstance(value, str)
                and not column.type.members
                and value in self.glossary
                and (told is None or column.name in told)
            ):
                cells.setdefault(place, value)
        return self.words.comma.join(
            self.words.cell.format(column=self.label(columns[place]), cell=cell)
            for place, cell in sorted(cells.items())
            if cell.casefold()
            != self.value(fact.values[place], columns[place].type).casefold()
        )

    def change(self, file: str | None, item: int | None) -> str:
        """Say where a change to the facts is stated, or that it is only proposed."""
        if item is None:
            return self.words.proposed
        if file is None:
            return self.words.supposed.format(item=item)
        return self.words.change.format(file=file, item=item)

    def file(self, file: str, sheet: str | None) -> str:
        """Name a file, and the sheet of a workbook."""
        if sheet is None:
            return file
        return self.words.sheet.format(file=file, sheet=sheet)

    def looked_through(self, rows: int, file: str | None) -> str | None:
        """Say among how many rows of which file nothing was found."""
        if file is None:
            return None
        words = self.words
        if rows < 2:
            return (words.looked_in_one if rows else words.no_rows).format(file=file)
        return words.looked_through.format(rows=rows, file=file)

    def absent(self, absent: Absent) -> str:
        """Say what is not there."""
        return self.negative(absent.relation, absent.pattern)

    def aggregated(self, aggregated: Aggregated, *, met: bool = True) -> str:
        """Say what was counted, added up or found largest; unmet, what was wanted."""
        literal, words = aggregated.literal, self.words
        function = literal.function
        if not aggregated.counted and function != "sum":
            return self._none_to_count(aggregated)
        if function == "count":
            said = words.counted_one
            if aggregated.counted != 1:
                said = words.counted_many.format(value=aggregated.counted)
        else:
            value = self.value(aggregated.value, literal.type)
            if literal.type.kind == "date" and function in {"max", "min"}:
                function += " date"
            said = words.aggregates[function].format(value=value)
            if aggregated.counted != 1:
                rows = words.of_rows.format(counted=aggregated.counted)
                said += self._aside(rows)
        target = literal.target
        if met or literal.binds is not None or not isinstance(target, Constant):
            return said
        wanted = self.value(target.value, literal.type)
        return words.wanted.format(said=said, wanted=wanted)

    def _none_to_count(self, aggregated: Aggregated) -> str:
        """Say that there is nothing to count, in the relation's words if it has any."""
        match aggregated.literal.body:
            case (Atom(name),) if aggregated.sought is not None:
                if self.policy.relations[name].stated:
                    return self.negative(name, aggregated.sought)
                known = self.negative_of_known(name, aggregated.sought)
                return known or self.words.counted_none
        return self._missing(aggregated.literal) or self.words.counted_none

    def _missing(self, literal: Aggregate) -> str | None:
        """Say what an aggregate found nothing of, where a text says it."""
        for one in literal.body:
            if isinstance(one, Atom):
                text = self.failing(self.policy.relations[one.relation])
                if text is not None and not _holes_of(text):
                    return text
        return None

    def citation(self, citation: Citation) -> str:
        """Return a citation in its source's form."""
        source = self.policy.sources.get(citation.source)
        if source is None:
            return f"{citation.source} {citation.place}"
        return source.cited(
            citation.place, (self.words.language, *self.policy.languages)
        )

    def section(self, section: Section | None) -> str | None:
        """Return the headings of a rule, where they are in our language."""
        if section is None or self.heading(section.title) in {None, ""}:
            return None
        return self.path(section.path or (section.title,))

    def case(self, key: Sequence[Value]) -> str:
        """Return the key of a case: `B-001`, or `F-1, B-2`."""
        subject = self.policy.relations[self.policy.subject or ""]
        return ", ".join(
            self.value(value, subject.columns[position].type)
            for value, position in zip(key, subject.key, strict=True)
        )

    # --- within -------------------------------------------------------------------

    def _column_values(self, relation: Relation, values: Pattern) -> str:
        said = [
            self.words.column_value.format(
                column=self.label(column), value=self.value(value, column.type)
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
                        if (target := relation.columns[position].owner) is not None:
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


def _holes_of(text: str) -> bool:
    """Tell whether a text has holes for values."""
    return any(isinstance(p, Hole) and not p.parameter for p in parse_text(text))


def _holes(text: str) -> frozenset[str]:
    """Return the columns whose own values a text says."""
    return frozenset(
        part.name
        for part in parse_text(text)
        if isinstance(part, Hole) and not part.parameter and part.column is None
    )


def _any_hole(text: str, known: Mapping[str, Known]) -> bool:
    """Tell whether a hole of a text has no value, nor words to say instead."""
    return any(
        isinstance(known.get(part.name, ("",))[0], Any_)
        for part in parse_text(text)
        if isinstance(part, Hole) and not part.parameter and part.fallback is None
    )
