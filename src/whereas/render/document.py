"""A justification into JSON: complete enough to be checked by someone else.

Facts are numbered, and everything names them by number. A derived fact's step has
its rule's label, the substitution and the premises in the order of the body; a
stated one its file and row. Sentences stand beside, in every language that is asked.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, assert_never

from whereas.explain.proof import (
    Absent,
    Aggregated,
    Among,
    Any_,
    Attempt,
    Blockage,
    Chosen,
    Compared,
    Condition,
    Derived,
    Fact,
    Holds,
    Missing,
    Pattern,
    Premise,
    Proof,
    Stated,
    Step,
)
from whereas.language.spoken import first_title
from whereas.policy.core import (
    Aggregate,
    Arithmetic,
    Atom,
    Comparison,
    Constant,
    Either,
    Expression,
    Literal,
    Membership,
    Not,
    Parameter,
    Rule,
    Shift,
    Variable,
)
from whereas.render.speakers import outcome_of, speaker_of
from whereas.render.table import plain, record
from whereas.values import written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from whereas.engine.model import Model
    from whereas.explain.justify import Justification
    from whereas.facts.base import Supposed
    from whereas.render.phrases import Speaker

SCHEMA = "whereas.justification/1"


def _origin(place: Mapping[str, Any], supposed: Supposed | None) -> dict[str, Any]:
    """Return the step of a stated fact: its row, or the change that gave it."""
    if supposed is None:
        return {"kind": "stated", **place}
    return {
        "kind": "supposed",
        "file": supposed.file,
        "item": supposed.item,
        "corrects": None if supposed.corrects is None else place,
    }


def justification_json(
    justification: Justification, model: Model, languages: Sequence[str] = ()
) -> str:
    """Return a justification as one object of schema `whereas.justification/1`.

    Sentences are in the given languages; without any, in all of the policy's.
    """
    decision = justification.decision
    writer = Writer(model, speakers_of(model, languages))
    label = {
        language: outcome_of(speaker, decision.outcome)[0]
        for language, speaker in writer.speakers.items()
    }
    return document_of(
        SCHEMA,
        writer,
        {"decision": {**record(decision, model.policy), "label": label}},
        justification.proof,
        justification.blockage,
        shown=justification.shown,
        clauses=justification.subject_to,
        absences=justification.absences,
    )


def explanation_json(
    explanation: Proof | Blockage, model: Model, languages: Sequence[str] = ()
) -> str:
    """Return why any goal holds, or why it does not, in the same schema.

    There is no decision then, and `goal` says what was asked.
    """
    from whereas.explain.justify import subject_to

    writer = Writer(model, speakers_of(model, languages))
    proof = explanation if isinstance(explanation, Proof) else None
    blockage = explanation if isinstance(explanation, Blockage) else None
    asked: tuple[str, Pattern]
    if isinstance(explanation, Proof):
        asked = explanation.goal.relation, explanation.goal.values
    else:
        asked = explanation.relation, explanation.pattern
    goal = {"relation": asked[0], "values": pattern_json(asked[1])}
    subject = {"decision": None, "goal": goal}
    clauses = () if proof is None else subject_to([proof.steps])
    absences = () if proof is None else proof.absences
    return document_of(
        SCHEMA, writer, subject, proof, blockage, clauses=clauses, absences=absences
    )


def speakers_of(model: Model, languages: Sequence[str]) -> dict[str, Speaker]:
    """Return who speaks the given languages; without any, all of the policy's."""
    chosen = languages or model.policy.languages
    return {language: speaker_of(model, language) for language in chosen}


def document_of(
    schema: str,
    writer: Writer,
    subject: Mapping[str, object],
    proof: Proof | None,
    blockage: Blockage | None,
    *,
    shown: Sequence[Proof] = (),
    clauses: Sequence[str] = (),
    absences: Sequence[Blockage] = (),
) -> str:
    """Return a document: who decided, the subject, reasons, and all that they name."""
    heading = heading_of(writer.model)
    for known in (proof, *shown):
        if known is not None:
            writer.know(known.steps, known.others)
    for refused in (*absences, blockage):
        if refused is not None:
            writer.know(refused.steps, {})
    document = {
        "schema": schema,
        **heading,
        **subject,
        "proof": _goal(writer, proof),
        "blockage": None if blockage is None else writer.blockage(blockage),
        "shown": [writer.fact(proof.goal) for proof in shown],
        **({"absences": [*map(writer.absence, absences)]} if absences else {}),
        "subject_to": [
            {"id": clause, "text": writer.unencoded(clause)} for clause in clauses
        ],
        # Last, since what stands above gives the facts their numbers.
        "steps": writer.facts(),
        "rules": writer.rules(),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def heading_of(model: Model) -> dict[str, object]:
    """Return who decided, by which policy, from which facts."""
    from whereas.explain.decisions import Decisions

    heading = Decisions(model, (), {}, lambda: iter(())).heading()
    for name in ("schema", "counts"):
        del heading[name]
    return heading


def _goal(writer: Writer, proof: Proof | None) -> int | None:
    return None if proof is None else writer.fact(proof.goal)


class Writer:
    """Numbers facts and rules, and writes what is asked about them."""

    def __init__(
        self, model: Model, speakers: Mapping[str, Speaker], *, full: bool = False
    ) -> None:
        """Write in some languages; if full, also how attempts were looked for."""
        self.full = full
        self.model = model
        self.policy = model.policy
        self.speakers = speakers
        self._numbers: dict[Fact, int] = {}
        self._named: list[Fact] = []
        self._steps: dict[Fact, Step] = {}
        self._others: dict[Fact, tuple[Derived, ...]] = {}
        self._rules: dict[str, Rule] = {}

    def know(
        self, steps: Mapping[Fact, Step], others: Mapping[Fact, tuple[Derived, ...]]
    ) -> None:
        """Take in the steps of facts that may be named."""
        self._steps |= steps
        self._others |= others

    def fact(self, fact: Fact) -> int:
        """Name a fact by its number."""
        number = self._numbers.get(fact)
        if number is None:
            number = self._numbers[fact] = len(self._named)
            self._named.append(fact)
        return number

    def facts(self) -> list[dict[str, Any]]:
        """Write every fact that was named; a step may name further ones."""
        said: list[dict[str, Any]] = []
        while len(said) < len(self._named):
            said.append(self._fact(self._named[len(said)]))
        return said

    def _fact(self, fact: Fact) -> dict[str, Any]:
        step = self._steps.get(fact)
        said: dict[str, Any] = {
            "number": self.fact(fact),
            "relation": fact.relation,
            "values": [plain(value) for value in fact.values],
            "text": {lang: s.fact(fact) for lang, s in self.speakers.items()},
        }
        match step:
            case None:
                said["step"] = None
            case Stated(file, row, sheet, supposed, originals):
                said["step"] = _origin(
                    {"file": file, "sheet": sheet, "row": row}, supposed
                )
                if originals:
                    columns = self.policy.relations[fact.relation].columns
                    said["step"]["as_written"] = {
                        str(columns[place].name): cell for place, cell in originals
                    }
            case Derived():
                said["step"] = {"kind": "derived", **self._instance(step)}
                others = self._others.get(fact, ())
                said["step"]["instances"] = step.instances
                said["step"]["others"] = [self._instance(other) for other in others]
            case _:
                assert_never(step)
        return said

    def _instance(self, step: Derived) -> dict[str, Any]:
        self._rules.setdefault(step.rule.label, step.rule)
        return {
            "rule": step.rule.label,
            "substitution": {n: plain(v) for n, v in step.substitution.items()},
            "premises": [self.premise(p) for p in step.premises],
            "why": {
                language: why
                for language, speaker in self.speakers.items()
                if (why := speaker.why(step.rule, step.substitution)) is not None
            },
        }

    def name(self, rule: Rule) -> str:
        """Name a rule by its label."""
        self._rules.setdefault(rule.label, rule)
        return rule.label

    def rules(self) -> dict[str, Any]:
        """Write every rule that was named: id, citations, section, source place."""
        return {
            label: {
                "id": rule.id,
                "cites": [
                    {
                        "source": cite.source,
                        "place": cite.place,
                        "text": {
                            lang: s.citation(cite) for lang, s in self.speakers.items()
                        },
                    }
                    for cite in rule.cites
                ],
                "section": None
                if rule.section is None
                else {
                    "document": rule.section.document,
                    "slug": rule.section.slug,
                    "title": first_title(
                        rule.section.title, self.model.policy.languages
                    ),
                },
                "place": None if rule.span is None else str(rule.span),
                "subject_to": list(rule.subject_to),
                "unproven": rule.unproven,
            }
            for label, rule in sorted(self._rules.items())
        }

    def unencoded(self, clause: str) -> dict[str, str]:
        """Say what a clause is that the policy does not encode."""
        known = self.policy.unencoded.get(clause)
        if known is None:
            return {}
        return {
            language: said
            for language, speaker in self.speakers.items()
            if (said := speaker.text(known.texts)) is not None
        }

    # --- premises -----------------------------------------------------------------

    def premise(self, premise: Premise) -> dict[str, Any]:
        """Write what a rule instance rests on."""
        match premise:
            case Holds(fact):
                return {"kind": "holds", "fact": self.fact(fact)}
            case Absent(_, relation, pattern, rows, file, found, counted):
                said = {
                    "kind": "absent",
                    "relation": relation,
                    "pattern": pattern_json(pattern),
                    "rows": rows,
                    "file": file,
                    "text": {
                        lang: s.negative(relation, pattern)
                        for lang, s in self.speakers.items()
                    },
                }
                if not found:
                    return said
                facts = [self.fact(fact) for fact in found]
                return {**said, "found": facts, "counted": counted}
            case Compared(literal, left, right):
                return {
                    "kind": "compared",
                    "literal": source(literal),
                    "op": literal.op,
                    "left": plain(left),
                    "right": plain(right),
                }
            case Among(literal, value):
                return {
                    "kind": "among",
                    "literal": source(literal),
                    "value": plain(value),
                    "members": [plain(m.value) for m in literal.members],
                    "negated": literal.negated,
                }
            case Chosen(_, branch, premises):
                return {
                    "kind": "chosen",
                    "branch": branch,
                    "premises": [self.premise(one) for one in premises],
                }
            case Aggregated(literal, value, rows, counted):
                return {
                    "kind": "aggregated",
                    "literal": source(literal),
                    "value": plain(value),
                    "counted": counted,
                    "rows": [[self.fact(fact) for fact in row] for row in rows],
                }
        assert_never(premise)

    # --- attempts -----------------------------------------------------------------

    def blockage(self, blockage: Blockage) -> dict[str, Any]:
        """Write why a goal does not hold: its attempts, the nearest first."""
        relation, pattern = blockage.relation, blockage.pattern
        said: dict[str, Any] = {
            "relation": relation,
            "pattern": pattern_json(pattern),
            "text": {
                lang: s.negative(relation, pattern) for lang, s in self.speakers.items()
            },
            "attempts": [self._attempt(one) for one in blockage.attempts],
        }
        if self.full:
            missing = blockage.missing
            said["tried"] = blockage.tried
            said["missing"] = None if missing is None else self._missing(missing)
        return said

    def absence(self, blockage: Blockage) -> dict[str, Any]:
        """Write why what a proof negates does not hold."""
        return {**self.blockage(blockage), "tried": blockage.tried}

    def _attempt(self, attempt: Attempt) -> dict[str, Any]:
        self.name(attempt.rule)
        return {
            "rule": attempt.rule.label,
            "substitution": {n: plain(v) for n, v in attempt.substitution.items()},
            "unmet": attempt.unmet,
            "conditions": [self.condition(one) for one in attempt.conditions],
        }

    def condition(self, condition: Condition) -> dict[str, Any]:
        """Write a literal: met, or what was found instead."""
        premise, missing = condition.premise, condition.missing
        said: dict[str, Any] = {
            "literal": source(condition.literal),
            "met": condition.met,
            "premise": None if premise is None else self.premise(premise),
        }
        if condition.open:
            said["open"] = list(condition.open)
        if missing is not None:
            said["missing"] = self._missing(missing)
        if condition.branches:
            said["branches"] = [
                [self.condition(one) for one in branch] for branch in condition.branches
            ]
        return said

    def _missing(self, missing: Missing) -> dict[str, Any]:
        relation, pattern = missing.relation, missing.pattern
        said: dict[str, Any] = {
            "relation": relation,
            "pattern": pattern_json(pattern),
            "open": list(missing.open),
            "rows": missing.rows,
            "file": missing.file,
            "text": {
                lang: s.negative(relation, pattern) for lang, s in self.speakers.items()
            },
            "attempts": [self._attempt(one) for one in missing.attempts],
        }
        if self.full:
            said["tried"] = missing.tried
            said["cut"] = None if missing.cut is None else missing.cut.value
        if self.full and missing.file is not None:
            columns = self.policy.relations[relation].columns
            for one in missing.near:
                self._steps.setdefault(one.fact, one.stated)
            said["near"] = [
                {
                    "fact": self.fact(one.fact),
                    "differs": [columns[place].name for place in one.differs],
                    "text": {
                        lang: s.nearly(one, pattern)
                        for lang, s in self.speakers.items()
                    },
                }
                for one in missing.near
            ]
            said["nearly"] = missing.nearly
        return said


def pattern_json(pattern: Pattern) -> list[dict[str, Any]]:
    """Write a pattern: a value, or any."""
    return [
        {"any": True} if isinstance(one, Any_) else {"value": plain(one)}
        for one in pattern
    ]


# --- a literal as its author wrote it -------------------------------------------------


def source(literal: Literal) -> str:
    """Return a literal in the policy language, its columns by position."""
    match literal:
        case Atom(relation, terms):
            return f"{relation}({', '.join(_term(term) for term in terms)})"
        case Not(atom):
            return f"not {source(atom)}"
        case Comparison(op, left, right):
            return f"{_term(left)} {op} {_term(right)}"
        case Membership(term, members, negated):
            word = "not " if negated else ""
            return f"{word}{_term(term)} in {{{', '.join(_term(m) for m in members)}}}"
        case Either(branches):
            said = " ; ".join(", ".join(source(o) for o in b) for b in branches)
            return f"( {said} )"
        case Aggregate(target, function, term, body):
            what = "" if term is None else f" {_term(term)}"
            inner = ", ".join(source(one) for one in body)
            return f"{_term(target)} = {function}{what} {{ {inner} }}"
    assert_never(literal)


def _term(expression: Expression) -> str:
    match expression:
        case Variable():
            return "_" if expression.anonymous else expression.name
        case Constant(value, _):
            return written(value)
        case Parameter(name, _):
            return f"${name}"
        case Arithmetic(op, left, right, _):
            return f"{_term(left)} {op} {_term(right)}"
        case Shift(op, left, amount, unit):
            return f"{_term(left)} {op} {_term(amount)} {unit}"
    assert_never(expression)
