"""Where two cases part, into a page and into JSON: both sides of each premise."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from whereas.explain.proof import (
    Absent,
    Aggregated,
    Among,
    Chosen,
    Compared,
    Condition,
    Fact,
    Holds,
    Premise,
)
from whereas.policy.core import Atom, Either, Not, Rule
from whereas.render.because import ids_said
from whereas.render.justification import group_of, laid_out, page_with
from whereas.render.page import Group, Page
from whereas.render.shortly import Shortly, cites_of, ids_of
from whereas.render.speakers import outcome_of, speaker_of
from whereas.render.table import Reasons
from whereas.render.width import visible
from whereas.render.words import Mark, Outline, Statement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whereas.engine.model import Model
    from whereas.explain.contrast import Contrast, Parting, Side
    from whereas.explain.proof import Decision
    from whereas.render.document import Writer
    from whereas.render.phrases import Speaker

SCHEMA = "whereas.contrast/1"


def contrast_as(
    found: Contrast,
    model: Model,
    format_: str = "text",
    language: str = "en",
    *,
    columns: int = 80,
) -> str:
    """Return a contrast in a format (text, markdown, html), in a language.

    Raises `Invalid` if the policy package overrides the template and its own fails.
    """
    return laid_out(page_of_contrast(found, model, language), model, format_, columns)


def page_of_contrast(found: Contrast, model: Model, language: str) -> Page:
    """Put a contrast into words: a part for each premise, both cases in it."""
    speaker = speaker_of(model, language)
    words = speaker.words
    outline = Outline(speaker)
    outline.know(found.steps)
    writer = _Sides(outline, found)
    for parting in found.partings:
        writer.part(parting)
    statements = outline.take()
    first, second = (_decided(one, speaker) for one in found.decisions)
    head = Statement("derived", 0, "", f"{first}{words.semicolon}{second}")
    number = len(found.partings)
    title = words.parted_once if number == 1 else words.parted.format(number=number)
    groups = [group_of("partings", title, statements, speaker)]
    if not found.partings:
        line = visible(speaker.punctuated(_alike(found, speaker)))
        groups = [Group("partings", "", (), (line,))]
    cases = [speaker.case(one.case) for one in found.decisions]
    differ = found.decisions[0].outcome != found.decisions[1].outcome
    label = words.differ if differ else words.alike
    case = words.last_comma.join(cases)
    page = page_with(speaker, head, groups, case=case, label=label, mark=Mark.HOLDS)
    return replace(page, sign="≠" if differ else "=", word=label)


def _decided(decision: Decision, speaker: Speaker) -> str:
    label, mark = outcome_of(speaker, decision.outcome)
    case = speaker.case(decision.case)
    return f"{mark.sign} {case}{speaker.words.colon}{label}"


def _notes(parting: Parting, speaker: Speaker) -> tuple[str, ...]:
    words = speaker.words
    if parting.others:
        return (words.other_things,)
    return (words.other_ways,) if parting.ways else ()


def _alike(found: Contrast, speaker: Speaker) -> str:
    """Say that nothing parts two cases: they are one, or decided for the same."""
    words = speaker.words
    one, other = found.decisions
    if one.case == other.case:
        return words.one_and_same
    if _reason(one) != _reason(other):
        return words.not_parted
    if one.because:
        reason = ids_said(one.because[0].ids, speaker)
    else:
        reason = Reasons(speaker).line(one)
    if not reason:
        return words.same_reasons
    return words.same_reason.format(reason=reason)


def _reason(decision: Decision) -> tuple[object, ...]:
    """Return what a decision is told by: what gave it, what fails, or what holds."""
    why = decision.because[:1] or decision.failed or decision.held
    return decision.outcome, why


class _Sides:
    """Writes the partings of a contrast to an outline."""

    def __init__(self, outline: Outline, found: Contrast) -> None:
        self.outline = outline
        self.speaker = outline.speaker
        self.short = Shortly(outline.speaker)
        self.cases = [outline.speaker.case(one.case) for one in found.decisions]

    def part(self, parting: Parting) -> None:
        """Write one premise: under which rule it stands, then both sides."""
        speaker, number = self.speaker, self.outline.next_number()
        rule = parting.path[-1]
        literal = parting.sides[0].condition.literal
        rules: Sequence[Rule] = (rule,)
        if (
            isinstance(literal, Atom)
            and not speaker.policy.relations[literal.relation].stated
        ):
            # What parts them is the derived fact itself.
            rules = speaker.policy.rules_of(literal.relation)
        only = rules[0] if len(rules) == 1 else rule
        cites = cites_of(speaker, (only,))
        ids = self.short.ids((parting.sides[0].condition,), rule) or ids_of(only)
        title = (speaker.heading(only.section.title) if only.section else "") or ""
        if not title:
            title, cites = (cites[0], cites[1:]) if cites else (only.label, ())
        if ids == (title,):
            ids = ()
        self.outline.statements.append(
            Statement(
                "rule",
                0,
                number,
                title,
                ids=ids,
                label=only.label,
                cites=cites,
                notes=_notes(parting, speaker),
            )
        )
        for case, side in zip(self.cases, parting.sides, strict=True):
            self.side(case, side, parting)

    def side(self, case: str, side: Side, parting: Parting) -> None:
        """Write what one case has at a premise, and the rows that say so."""
        speaker, attempt, condition = self.speaker, side.attempt, side.condition
        words = speaker.words
        said = self.leaf(condition, attempt.rule)
        facts = self.outline.stated(side.facts)
        conclusion = None
        if len(parting.path) > 1:
            name = attempt.rule.head.relation
            if speaker.policy.relations[name].texts:
                conclusion = speaker.negative(name, attempt.goal)
                if all(one.met for one in attempt.conditions):
                    conclusion = speaker.fact(Fact(name, attempt.goal))  # type: ignore[arg-type]
        text = f"{case}{words.colon}{conclusion or said}"
        place = len(self.outline.statements)
        statement = Statement(
            "derived",
            1,
            "",
            text,
            Mark.HOLDS if condition.met else Mark.FAILS,
            why=said if conclusion else None,
            origin=self.origin(condition),
        )
        if isinstance(condition.premise, Holds) and condition.premise.fact in facts:
            # The row says it below; or here, where nothing else does.
            stated = facts[condition.premise.fact]
            if conclusion is None:
                del facts[condition.premise.fact]
                statement = replace(
                    statement, origin=speaker.origin(condition.premise.fact, stated)
                )
            statement = replace(statement, why=None)
        self.outline.statements.append(statement)
        given = self.outline.facts(facts, 2)
        self.outline.statements[place] = replace(statement, given=given)

    def origin(self, condition: Condition) -> str | None:
        """Say where a missing row was looked for."""
        missing = condition.missing
        if missing is None or missing.open:
            return None
        if self.speaker.differences(missing.relation, missing.pattern) is not None:
            return self.speaker.keyed(missing.relation, missing.pattern)
        return self.speaker.looked_through(missing.rows, missing.file)

    def leaf(self, condition: Condition, rule: Rule) -> str:
        """Say what a literal comes to, met or not."""
        if condition.met and condition.premise is not None:
            return self.premise(condition.premise, rule)
        literal, premise, missing = (
            condition.literal,
            condition.premise,
            condition.missing,
        )
        speaker = self.speaker
        match literal:
            case Atom() if missing is not None:
                other = speaker.differences(missing.relation, missing.pattern)
                return other or speaker.negative(missing.relation, missing.pattern)
            case Not() if isinstance(premise, Absent) and premise.found:
                facts = list(map(speaker.fact, premise.found))
                if left := premise.counted - len(facts):
                    facts.append(speaker.words.rows_left_out.format(number=left))
                return speaker.words.semicolon.join(facts)
            case Either():
                return self.short.tests(condition, rule) or speaker.words.none_of
        if isinstance(premise, Aggregated):
            return speaker.aggregated(premise)
        return self.short.test(condition, rule) or ""

    def premise(self, premise: Premise, rule: Rule) -> str:
        """Say a premise that holds."""
        speaker = self.speaker
        match premise:
            case Holds(fact):
                return speaker.fact(fact)
            case Absent():
                return speaker.absent(premise)
            case Compared():
                return speaker.compared(premise, rule)
            case Among():
                return speaker.among(premise, rule)
            case Chosen(_, _, premises):
                said = [self.premise(one, rule) for one in premises]
                return speaker.words.semicolon.join(said)
            case Aggregated():
                return speaker.aggregated(premise)


def contrast_json(found: Contrast, model: Model, languages: Sequence[str] = ()) -> str:
    """Return a contrast as one object of schema `whereas.contrast/1`.

    Sentences are in the given languages; without any, in all of the policy's.
    """
    from whereas.render.document import Writer, heading_of, speakers_of
    from whereas.render.table import plain, record

    writer = Writer(model, speakers_of(model, languages))
    writer.know(found.steps, {})
    cases = [
        {
            "decision": {
                **record(decision, model.policy),
                "label": {
                    language: outcome_of(speaker, decision.outcome)[0]
                    for language, speaker in writer.speakers.items()
                },
            },
            "goal": {
                "relation": goal.relation,
                "values": [plain(value) for value in goal.values],
            },
            "holds": holds,
        }
        for decision, goal, holds in zip(
            found.decisions, found.goals, found.holds, strict=True
        )
    ]
    outlines = {
        language: _Sides(Outline(speaker), found)
        for language, speaker in writer.speakers.items()
    }
    document = {
        "schema": SCHEMA,
        **heading_of(model),
        "asked": found.outcome,
        "cases": cases,
        "partings": [_parting(one, writer, outlines) for one in found.partings],
        "steps": writer.facts(),
        "rules": writer.rules(),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _parting(
    parting: Parting, writer: Writer, outlines: dict[str, _Sides]
) -> dict[str, Any]:
    from whereas.render.document import pattern_json
    from whereas.render.table import plain

    return {
        "rules": [writer.name(rule) for rule in parting.path],
        "ways": parting.ways,
        "others": parting.others,
        "sides": [
            {
                "relation": side.attempt.rule.head.relation,
                "values": pattern_json(side.attempt.goal),
                "substitution": {
                    name: plain(value)
                    for name, value in side.attempt.substitution.items()
                },
                "condition": writer.condition(side.condition),
                "text": {
                    language: sides.leaf(side.condition, side.attempt.rule)
                    for language, sides in outlines.items()
                },
                "facts": [writer.fact(fact) for fact in side.facts],
            }
            for side in parting.sides
        ],
    }
