"""What an attempt lacks, in a line: the rows that set it apart, and its root causes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.explain.ids import in_order
from whereas.explain.proof import (
    Absent,
    Aggregated,
    Among,
    Attempt,
    Compared,
    Condition,
    Fact,
    Holds,
    roots,
)
from whereas.policy.core import (
    Aggregate,
    Atom,
    Comparison,
    Constant,
    Either,
    Literal,
    Membership,
    Not,
    Rule,
    Variable,
)
from whereas.render.ids import runs
from whereas.render.lacking import without_readings
from whereas.render.wording import listed
from whereas.render.words import rule_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whereas.render.phrases import Speaker
    from whereas.values import Value


@dataclass(frozen=True, slots=True, eq=False)
class Shortly:
    """Says conditions and attempts in short, in a speaker's language."""

    speaker: Speaker

    def line(self, attempt: Attempt, nearest: Attempt) -> str:
        """Say in a line what sets an attempt apart, and what it lacks."""
        words = self.speaker.words
        rows = listed(self.apart(attempt, nearest), words)
        lacks = self.reasons(attempt)
        if lacks and sum(not one.met for one in attempt.conditions) == 1:
            lacks.append(words.all_else)
        reasons = words.semicolon.join(lacks)
        return words.with_rows.format(rows=rows, reasons=reasons) if rows else reasons

    def reasons(self, attempt: Attempt) -> list[str]:
        """Return what an attempt lacks, in a few words each: the root causes alone."""
        said = dict.fromkeys(
            self._in_short(one, attempt.rule)
            for one in without_readings(roots(attempt.conditions))
        )
        return [one for one in said if one]

    def _in_short(self, condition: Condition, rule: Rule) -> str:
        speaker, premise = self.speaker, condition.premise
        literal, missing = condition.literal, condition.missing
        match literal:
            case Atom() if missing is not None:
                text = speaker.negative(missing.relation, missing.pattern)
                if missing.file is not None:
                    other = speaker.differences(missing.relation, missing.pattern)
                    return other or text
                return self._with_ids(condition, rule, text)
            case Not() if isinstance(premise, Absent) and premise.found:
                return speaker.fact(premise.found[0])
            case Either():
                tests = self.tests(condition, rule)
                if tests is not None:
                    return tests
                words = speaker.words
                ids = runs(list(self.ids((condition,), rule)), words.run)
                if not ids:
                    return words.none_of
                return words.none_of_ids.format(ids=words.comma.join(ids))
            case Aggregate() if isinstance(premise, Aggregated):
                return speaker.aggregated(premise, met=condition.met)
        return self.test(condition, rule) or self._with_ids(condition, rule, "")

    def _with_ids(self, condition: Condition, rule: Rule, text: str) -> str:
        ids = list(self.ids((condition,), rule))
        words = self.speaker.words
        if not text:
            return words.failing.format(ids=listed(ids, words)) if ids else ""
        if not ids:
            return text
        return words.with_ids.format(
            text=text, ids=words.comma.join(runs(ids, words.run))
        )

    def named(self, condition: Condition, rule: Rule) -> str | None:
        """Name a condition that was not judged, by ids, heading and citation."""
        literal, speaker = condition.literal, self.speaker
        rules: tuple[Rule, ...] = (rule,)
        if isinstance(literal, Atom):
            if speaker.policy.relations[literal.relation].stated:
                return None
            rules = speaker.policy.rules_of(literal.relation)
        ids = list(self.ids((condition,), rule))
        if not ids:
            return None
        parts = [listed(ids, speaker.words)]
        if len(rules) == 1 and isinstance(literal, Atom):
            parts += cites_of(speaker, rules)
            if (section := speaker.section(rules[0].section)) is not None:
                parts.append(section)
        return " · ".join(parts)

    def apart(self, attempt: Attempt, nearest: Attempt) -> list[str]:
        """Return what sets an attempt apart from another: the rows that it takes."""
        speaker, rule = self.speaker, attempt.rule
        taken = _rows(nearest) if nearest.rule == rule else {}
        said = [
            name
            for place, fact in _rows(attempt).items()
            if speaker.policy.relations[fact.relation].stated
            and fact != taken.get(place)
            and isinstance(atom := rule.body[place], Atom)
            for name in speaker.row(fact, atom, taken.get(place))
        ]
        if said:
            return list(dict.fromkeys(said))
        return [
            self.variable(Variable(name), rule, value)
            for name, value in attempt.substitution.items()
            if nearest.substitution.get(name) != value and not Variable(name).anonymous
        ]

    def variable(self, variable: Variable, rule: Rule, value: Value) -> str:
        """Say a variable's value, with its name, if a reader understands that."""
        said = self.speaker.value(value, rule.types[variable.name])
        name = self.speaker.named(variable, rule)
        if name is None:
            return said
        return self.speaker.words.column_value.format(column=name, value=said)

    def ids(self, conditions: Sequence[Condition], rule: Rule) -> tuple[str, ...]:
        """Return the ids that unmet conditions stand for."""
        found: set[str] = set()
        for condition in conditions:
            match condition.literal:
                case Atom(name) if not self.speaker.policy.relations[name].stated:
                    found |= set(rule_ids(self.speaker.policy, name))
                case Either():
                    for branch in condition.branches:
                        unmet = [one for one in branch if not one.met]
                        found |= set(self.ids(unmet, rule))
                case _:
                    found |= set(ids_of(rule))
        return in_order(found)

    def tests(self, condition: Condition, rule: Rule) -> str | None:
        """Say alternatives that are tests in one sentence; None, if they are more."""
        lacking = [
            one
            for branch in condition.branches
            for one in without_readings([one for one in branch if not one.met])
        ]
        if not all(_is_test(one) for one in lacking):
            return None
        said = self._tests(lacking, rule)
        # "x is not empty" says nothing beside what is wrong with x.
        telling = [t for t, one in said.items() if not _tests_none(one)]
        return self.speaker.words.and_also.join(telling or said)

    def _tests(
        self, conditions: Sequence[Condition], rule: Rule
    ) -> dict[str, Condition]:
        """Say tests; those that ask one value for another each time, together."""
        wanted: dict[Variable, list[Compared]] = {}
        for one in conditions:
            if (alike := _asks_for(one)) is not None:
                wanted.setdefault(alike[0], []).append(alike[1])
        said: dict[str, Condition] = {}
        ordered = [
            one.literal
            for one in conditions
            if isinstance(one.literal, Comparison) and one.literal.op not in {"=", "!="}
        ]
        for one in conditions:
            if _follows(one.literal, ordered):
                continue
            text = self.test(one, rule)
            alike = _asks_for(one)
            if alike is not None and len(all_ := wanted[alike[0]]) > 1:
                name = self.speaker.named(alike[0], rule)
                values = list(dict.fromkeys(each.right for each in all_))
                if name is not None:
                    type_ = rule.types[alike[0].name]
                    text = self.speaker.differing(name, alike[1].left, values, type_)
            if text is not None:
                said.setdefault(text, one)
        return said

    def test(self, condition: Condition, rule: Rule) -> str | None:
        """Say what is true in place of a test; None, where nothing is known."""
        match condition.premise:
            case Compared() as one:
                return self.speaker.compared(one, rule, met=False)
            case Among() as one:
                return self.speaker.among(one, rule, met=False)
        return None


def _rows(attempt: Attempt) -> dict[int, Fact]:
    """Return the facts of the met atoms of an attempt, by their place in the body."""
    return {
        place: one.premise.fact
        for place, one in enumerate(attempt.conditions)
        if one.met and isinstance(one.premise, Holds)
    }


def ids_of(rule: Rule) -> tuple[str, ...]:
    """Return the id of a rule, if it has one."""
    return () if rule.id is None else (rule.id,)


def cites_of(speaker: Speaker, rules: Sequence[Rule]) -> tuple[str, ...]:
    """Return the citations of some rules, each once."""
    return tuple(
        dict.fromkeys(speaker.citation(one) for rule in rules for one in rule.cites)
    )


def _follows(literal: Literal, ordered: Sequence[Comparison]) -> bool:
    """Tell whether two sides are not equal where it is said which comes first."""
    return (
        isinstance(literal, Comparison)
        and literal.op == "="
        and any((literal.left, literal.right) == (o.left, o.right) for o in ordered)
    )


def _asks_for(condition: Condition) -> tuple[Variable, Compared] | None:
    """Return which variable was not equal to a constant, and the comparison."""
    premise = condition.premise
    if isinstance(premise, Compared) and premise.literal.op == "=":
        left, right = premise.literal.left, premise.literal.right
        if isinstance(left, Variable) and isinstance(right, Constant):
            return (left, premise) if right.value is not None else None
    return None


def _is_test(condition: Condition) -> bool:
    return isinstance(condition.literal, Comparison | Membership)


def _tests_none(condition: Condition) -> bool:
    literal = condition.literal
    return isinstance(literal, Comparison) and any(
        getattr(side, "value", "") is None for side in (literal.left, literal.right)
    )
