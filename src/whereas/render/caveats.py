"""What a decision is said with into words: other readings, and what is not encoded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.policy.order import clause_order
from whereas.render.speakers import outcome_of
from whereas.render.wording import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whereas.engine.model import Model
    from whereas.explain.proof import Decision, Differing
    from whereas.render.phrases import Speaker
    from whereas.values import Value


@dataclass(frozen=True, slots=True)
class CaveatWords:
    """Patterns of one language."""

    reading: str
    tried: str
    differ: str
    differs: str
    same: str
    alone: str
    subject_to: str
    subjects: str
    subject: str
    number: str


ENGLISH = CaveatWords(
    reading="would be {outcome} if {parameter} were {value}",
    tried="{parameter} = {value}",
    differ="{number} cases would be decided otherwise under another reading: "
    "{readings}",
    differs="1 case would be decided otherwise under another reading: {readings}",
    same="no case would be decided otherwise under another reading (tried: {number})",
    alone="each reading is tried by itself, never two together",
    subject_to="subject to {clauses}",
    subjects="{number} cases are subject to what the policy does not encode: {clauses}",
    subject="1 case is subject to what the policy does not encode: {clauses}",
    number="{what} ({number})",
)
CHINESE = CaveatWords(
    reading="若{parameter}取{value}，则结论为：{outcome}",
    tried="{parameter}取{value}",
    differ="按另一种解读，有{number}例结论不同：{readings}",
    differs="按另一种解读，有1例结论不同：{readings}",
    same="按另一种解读，各例结论均不变（共试算{number}种）",
    alone="各种解读分别单独试算，未作组合",
    subject_to="须另行满足{clauses}",
    subjects="有{number}例须另行满足本政策未编码的规定：{clauses}",
    subject="有1例须另行满足本政策未编码的规定：{clauses}",
    number="{what}（{number}例）",
)


def caveat_words(language: str) -> CaveatWords:
    """Return the words of a language, or the English ones."""
    return CHINESE if language.partition("-")[0] == "zh" else ENGLISH


def reading_of(differing: Differing, speaker: Speaker) -> str:
    """Say what a decision would be under another reading."""
    own = caveat_words(speaker.words.language)
    return own.reading.format(
        outcome=outcome_of(speaker, differing.outcome)[0],
        parameter=speaker.setting_named(differing.parameter),
        value=_value(differing.parameter, differing.value, speaker),
    )


def readings_of(decision: Decision, speaker: Speaker) -> tuple[str, ...]:
    """Say what a decision would be under other readings, and what they read.

    The last line says that they were not combined.
    """
    said = []
    for one in decision.readings:
        line = reading_of(one, speaker)
        asks = speaker.text(speaker.policy.parameters[one.parameter].texts)
        if asks is not None:
            line += speaker.words.opening + asks + speaker.words.closing
        said.append(line)
    if said:
        said.append(caveat_words(speaker.words.language).alone)
    return tuple(map(speaker.punctuated, said))


def beneath(decision: Decision, speaker: Speaker) -> list[str]:
    """Return the lines that stand beneath a decision in a table."""
    found = [reading_of(one, speaker) for one in decision.readings]
    if decision.subject_to:
        clauses = speaker.words.comma.join(decision.subject_to)
        own = caveat_words(speaker.words.language)
        found.append(own.subject_to.format(clauses=clauses))
    return found


def summed_up(
    decisions: Sequence[Decision], model: Model, speaker: Speaker
) -> list[str]:
    """Return what stands below a table: how many decisions have a caveat, and which."""
    own = caveat_words(speaker.words.language)
    words = speaker.words
    found = []
    tried = [(one.parameter, one.value) for one in model.readings or ()]
    if tried:
        counts = Counter(
            (one.parameter, one.value) for each in decisions for one in each.readings
        )
        number = sum(bool(one.readings) for one in decisions)
        shown = [one for one in tried if counts[one]]
        readings = [
            _counted(
                own.tried.format(
                    parameter=speaker.setting_named(name),
                    value=_value(name, value, speaker),
                ),
                counts[name, value],
                own,
            )
            for name, value in shown
        ]
        pattern = own.differs if number == 1 else own.differ
        said = pattern.format(number=number, readings=listed(readings, words))
        if not number:
            said = own.same.format(number=len(tried))
        found.append(speaker.punctuated(f"{said}{words.semicolon}{own.alone}"))
    clauses = Counter(clause for one in decisions for clause in one.subject_to)
    if clauses:
        number = sum(bool(one.subject_to) for one in decisions)
        named = [
            _counted(clause, clauses[clause], own)
            for clause in sorted(clauses, key=clause_order)
        ]
        pattern = own.subject if number == 1 else own.subjects
        said = pattern.format(number=number, clauses=listed(named, words))
        found.append(speaker.punctuated(said))
    return found


def _counted(what: str, number: int, own: CaveatWords) -> str:
    return own.number.format(what=what, number=number) if number else what


def _value(parameter: str, value: Value, speaker: Speaker) -> str:
    return speaker.value(value, speaker.policy.parameters[parameter].type)
