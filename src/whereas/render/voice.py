"""Values, names and the holes of texts, as a reader of one language writes them."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from whereas.explain.proof import ANY, Any_
from whereas.language.spoken import first_title, quote_in, title_in
from whereas.policy.texts import Hole, parse_text
from whereas.values import DATE, TEXT, Type, Value

if TYPE_CHECKING:
    from whereas.explain.proof import Fact, Pattern, Stated
    from whereas.policy.core import Column, Policy, Relation, Sentence, Setting
    from whereas.render.wording import Wording

# The row of a relation that has this key, and where it stands; None if there is none.
RowOf = Callable[[str, Value], "tuple[Fact, Stated] | None"]

# What a hole is filled with: a value, or several of which each occurs; its type, and
# the relation that it refers to.
Known = tuple["Value | Any_ | tuple[Value, ...]", Type, "str | None"]


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """Writes the values of a policy, and fills the holes of its texts."""

    policy: Policy
    setting: Setting
    words: Wording
    row_of: RowOf
    # What texts of the facts are called in our language.
    glossary: Mapping[str, str] = field(default_factory=dict)

    def look_up(self, relation: str, key: Value, column: str) -> Value:
        """Return what a column has in the row with this key; None without a row."""
        row = self.row_of(relation, key)
        if row is None:
            return None
        return row[0].values[self.policy.relations[relation].position(column)]

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
            case str():
                return self.glossary.get(value, value)
            case _:
                return str(value)

    def of(self, texts: Mapping[str, str]) -> str | None:
        """Return the text of our language; if it lacks, of the policy's first."""
        for language in (self.words.language, *self.policy.languages):
            if language in texts:
                return texts[language]
        return next(iter(texts.values()), None)

    def failing(self, relation: Relation) -> str | None:
        """Return what is said where a relation fails, if its policy says so."""
        sentence = self.sentence(relation.texts)
        if sentence is not None and sentence.negative is not None:
            return sentence.negative
        return self.of(relation.negatives)

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

    def labelled(self, column: Column) -> str | None:
        """Return a column's label in our language, where it has one."""
        return column.labels.get(self.words.language)

    def label(self, column: Column) -> str:
        """Return what a reader calls a column that has a name."""
        return self.labelled(column) or self.name_of(column.name or "")

    def setting_named(self, name: str) -> str:
        """Return what a reader calls a parameter: its label in our language, or it."""
        definition = self.policy.parameters.get(name)
        label = None if definition is None else definition.labels
        return (label or {}).get(self.words.language, name)

    def called(self, relation: Relation) -> str:
        """Return what a reader calls a relation.

        Its label is what a sheet is called, `filings`: it serves where our language
        has no name of it.
        """
        label = relation.labels.get(self.words.language)
        if label is None or self.native:
            return self.name_of(relation.name)
        return label

    @property
    def native(self) -> bool:
        """Whether names and headings, which are written once, are in our language."""
        return self.policy.languages[:1] == (self.words.language,)

    def heading(self, title: str) -> str | None:
        """Return a heading of the policy in our language, where it says it."""
        return title_in(title, self.words.language, self.policy.languages)

    def path(self, titles: Sequence[str]) -> str:
        """Return headings within one another, in our language where they say it."""
        return " › ".join(
            self.heading(one) or first_title(one, self.policy.languages)
            for one in titles
        )

    def quoted(self, quote: str) -> str:
        """Return a quotation of the policy in our language, or in its first."""
        return quote_in(quote, self.words.language, self.policy.languages)

    def punctuated(self, sentence: str) -> str:
        """Return a sentence with its capital letter and full stop."""
        said = sentence
        if self.words.capitals and said[:1].islower():
            first = said.split(maxsplit=1)[0]
            letters = first.strip(",.:;").replace("'", "").replace("’", "")
            # An identifier (`b-001`, `pH`) is no word to be changed.
            if letters.isalpha() and first.islower():
                said = said[0].upper() + said[1:]
        if said and said[-1] not in ".!?。！？：:":
            said += self.words.stop
        return said

    # --- holes --------------------------------------------------------------------

    def filled(self, text: str, known: Mapping[str, Known]) -> str:
        """Return a text whose holes are filled with what is known."""
        return "".join(
            part if isinstance(part, str) else self._hole(part, known)
            for part in parse_text(text)
        )

    def _hole(self, hole: Hole, known: Mapping[str, Known]) -> str:
        if hole.parameter:
            return self._parameter(hole.name)
        value, type_, relation = known.get(hole.name, (ANY, TEXT, None))
        if hole.fallback is not None and (value is None or isinstance(value, Any_)):
            return hole.fallback
        if isinstance(value, Any_):
            column = self.name_of(hole.name)
            return self.words.any_value.format(column=column)
        if isinstance(value, tuple):
            return " / ".join(self.value(one, type_) for one in value)
        if value is not None and hole.column is not None and relation is not None:
            target = self.policy.relations[relation]
            found = self.look_up(relation, value, hole.column)
            if found is not None:
                type_ = target.columns[target.position(hole.column)].type
                return self.value(found, type_)
        return self.value(value, type_)

    def _parameter(self, name: str) -> str:
        if name == "today":
            return self.value(self.setting.today, DATE)
        definition = self.policy.parameters[name]
        return self.value(self.setting.parameters[name], definition.type)

    def _columns(self, relation: Relation, values: Pattern) -> dict[str, Known]:
        return {
            column.name: (value, column.type, column.owner)
            for column, value in zip(relation.columns, values, strict=True)
            if column.name is not None
        }
