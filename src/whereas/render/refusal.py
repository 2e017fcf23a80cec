"""The nearest attempts at a goal that does not hold, into an outline of sentences.

First what was looked at, then each condition that fails, with the reason and the
values, then those that hold. A condition that only lacks what another lacks is
not blamed for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from whereas.explain.ids import in_order
from whereas.explain.proof import (
    Absent,
    Aggregated,
    Among,
    Attempt,
    Blockage,
    Compared,
    Condition,
    Fact,
)
from whereas.policy.core import (
    Aggregate,
    Atom,
    Comparison,
    Either,
    Literal,
    Membership,
    Not,
    Rule,
    Variable,
)
from whereas.render.wording import listed
from whereas.render.words import Mark, Outline, Statement, rule_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whereas.render.phrases import Speaker

# How many further attempts are named, and how deep reasons are followed.
OTHERS = 5
_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a goal does not hold: the goal denied, and what was found instead.

    `failing` and `holding` are statements; `others` names further attempts.
    """

    text: str
    rule: Rule | None
    considered: tuple[Statement, ...]
    failing: tuple[Statement, ...]
    holding: tuple[Statement, ...]
    others: tuple[str, ...]


def refusal(blockage: Blockage, outline: Outline) -> Refusal:
    """Put a blockage into words; numbers go on where the outline stands."""
    speaker = outline.speaker
    outline.know(blockage.steps)
    text = speaker.negative(blockage.relation, blockage.pattern)
    if not blockage.attempts:
        return Refusal(text, None, (), (), (), ())
    nearest, *rest = blockage.attempts
    writer = _Refusals(outline)
    basis = writer.basis(nearest, 0)
    considered = outline.take()
    for condition in nearest.conditions:
        if not condition.met:
            writer.fail(condition, nearest, 0, outline.next_number())
    failing = outline.take()
    for fact in basis.derived:
        outline.prove(fact, 0)
    holding = outline.take()
    return Refusal(
        text, nearest.rule, considered, failing, holding, writer.others(nearest, rest)
    )


@dataclass(frozen=True, slots=True)
class Basis:
    """What of an attempt holds: facts said before, comparisons, derived facts."""

    given: tuple[str, ...]
    checks: tuple[str, ...]
    derived: tuple[Fact, ...]


class _Refusals:
    """Writes unmet conditions to an outline."""

    def __init__(self, outline: Outline) -> None:
        """Write to an outline, in its language."""
        self.outline = outline
        self.speaker: Speaker = outline.speaker
        # Which statement tells why a variable has no value.
        self._lacking: dict[str, str] = {}

    def basis(self, attempt: Attempt, depth: int) -> Basis:
        """Write the facts that an attempt stands on, and what is rightly absent."""
        met = [
            one.premise
            for one in attempt.conditions
            if one.met and one.premise is not None
        ]
        parts = self.outline.gather(met, attempt.rule)
        given = self.outline.facts(parts.facts, depth)
        for absent in parts.absences:
            self.outline.absence(absent, depth)
        return Basis(given, tuple(parts.checks), tuple(parts.derived))

    def fail(
        self, condition: Condition, attempt: Attempt, depth: int, number: str
    ) -> None:
        """Write one condition that is not met, and why."""
        rule = attempt.rule
        literal = condition.literal
        add = self.outline.statements.append
        if condition.open and not isinstance(literal, Atom | Either):
            add(self._open(condition, rule, depth, number))
            return
        match literal:
            case Atom():
                self._missing(condition, literal, attempt, depth, number)
            case Not():
                self._present(condition, literal, depth, number)
            case Comparison() | Membership():
                text = self._test(condition, rule) or ""
                add(self._own("check", rule, depth, number, text))
            case Either():
                self._none_of(condition, attempt, depth, number)
            case Aggregate():
                premise = condition.premise
                if isinstance(premise, Aggregated):
                    self.outline.aggregate(premise, depth, Mark.FAILS)
                    last = self.outline.statements
                    place = next(
                        i
                        for i in range(len(last) - 1, -1, -1)
                        if last[i].kind == "aggregate" and last[i].depth == depth
                    )
                    if not depth:
                        last[place] = replace(
                            last[place], number=number, ids=_ids(rule)
                        )
                else:
                    text = self.speaker.words.of_rows.format(counted=0)
                    add(self._own("aggregate", rule, depth, number, text))
            case _:
                assert_never(literal)

    # --- one kind each ------------------------------------------------------------

    def _missing(
        self,
        condition: Condition,
        atom: Atom,
        attempt: Attempt,
        depth: int,
        number: str,
    ) -> None:
        """Write that no row matches: for a derived relation, rule by rule, why."""
        speaker = self.speaker
        policy = speaker.policy
        relation = policy.relations[atom.relation]
        missing = condition.missing
        for term in atom.terms:
            if isinstance(term, Variable) and term.name not in attempt.substitution:
                self._lacking.setdefault(term.name, number)
        pattern = missing.pattern if missing is not None else ()
        text = speaker.negative(relation.name, pattern)
        if relation.stated or missing is None:
            origin = None
            if missing is not None:
                origin = speaker.looked_through(missing.rows, missing.file)
                differences = speaker.differences(relation.name, pattern)
                if differences is not None:
                    text, origin = differences, missing.file
            notes = self._needs(condition.open)
            self.outline.statements.append(
                replace(
                    self._own("absence", attempt.rule, depth, number, text),
                    origin=None if notes else origin,
                    notes=notes,
                )
            )
            return
        rules = policy.rules_of(relation.name)
        only = rules[0] if len(rules) == 1 else None
        needs = self._needs(condition.open or missing.open)
        place = len(self.outline.statements)
        statement = Statement(
            "derived",
            depth,
            number,
            text,
            Mark.FAILS,
            ids=() if depth and only is None else rule_ids(policy, relation.name),
            label=None if only is None else only.label,
            cites=() if only is None else _cites(speaker, rules),
            section=None if only is None else speaker.section(only.section),
            notes=needs,
        )
        self.outline.statements.append(statement)
        if needs and not missing.attempts:
            return
        nearest = _first_of_each_rule(missing.attempts)
        if only is not None and nearest:
            basis = self._inside(nearest[0], depth + 1, number)
            self.outline.statements[place] = replace(
                statement, given=basis.given, checks=basis.checks
            )
            return
        for index, one in enumerate(nearest, 1):
            self._rule(one, depth + 1, f"{number}.{index}")

    def _rule(self, attempt: Attempt, depth: int, number: str) -> None:
        """Write one of several rules that could have given a fact, and why not."""
        rule = attempt.rule
        speaker = self.speaker
        cites = _cites(speaker, (rule,))
        # Headings are written once, in the first language of the policy.
        first = speaker.policy.languages[:1] == (speaker.words.language,)
        if first and rule.section is not None and rule.section.title:
            title = rule.section.title
        elif cites:
            title, cites = cites[0], cites[1:]
        else:
            title = rule.label
        place = len(self.outline.statements)
        statement = Statement(
            "rule",
            depth,
            number,
            title,
            Mark.FAILS,
            ids=_ids(rule),
            label=rule.label,
            cites=cites,
        )
        self.outline.statements.append(statement)
        basis = self._inside(attempt, depth + 1, number)
        self.outline.statements[place] = replace(
            statement, given=basis.given, checks=basis.checks
        )

    def _inside(self, attempt: Attempt, depth: int, number: str) -> Basis:
        """Write an attempt's facts and what it lacks, the root causes alone."""
        basis = self.basis(attempt, depth)
        for fact in basis.derived:
            self.outline.brief(fact, depth, "")
        unmet = [c for c in attempt.conditions if not c.met]
        roots = [c for c in unmet if not _is_open(c)] or unmet
        if depth > _DEEPEST:
            roots = []
        for index, condition in enumerate(roots, 1):
            self.fail(condition, attempt, depth, f"{number}.{index}")
        return basis

    def _present(
        self, condition: Condition, literal: Not, depth: int, number: str
    ) -> None:
        """Write what should not be there, and what it rests on."""
        premise = condition.premise
        if isinstance(premise, Absent) and premise.found:
            for index, fact in enumerate(premise.found):
                own = number + (_letter(index) if premise.counted > 1 else "")
                place = len(self.outline.statements)
                self.outline.prove(fact, depth, own)
                first = self.outline.statements[place]
                self.outline.statements[place] = replace(first, mark=Mark.FAILS)
            if left := premise.counted - len(premise.found):
                text = self.speaker.words.rows_left_out.format(number=left)
                self.outline.statements.append(
                    Statement("check", depth, "", text, Mark.FAILS)
                )
            return
        text = self.speaker.words.holds_for.format(
            relation=self.speaker.name_of(literal.atom.relation), values=""
        )
        self.outline.statements.append(
            Statement("check", depth, number, text, Mark.FAILS)
        )

    def _none_of(
        self, condition: Condition, attempt: Attempt, depth: int, number: str
    ) -> None:
        """Write alternatives that all fail: tests in one sentence, atoms one by one."""
        rule = attempt.rule
        lacking = [
            [one for one in branch if not one.met] for branch in condition.branches
        ]
        if all(_is_test(one) for branch in lacking for one in branch):
            said = {
                text: one
                for branch in lacking
                for one in branch
                if (text := self._test(one, rule)) is not None
            }
            # "x is not empty" says nothing beside what is wrong with x.
            telling = [t for t, one in said.items() if not _tests_none(one)]
            text = self.speaker.words.semicolon.join(telling or said)
            if not text:
                self.outline.statements.append(
                    self._open(condition, rule, depth, number)
                )
                return
            self.outline.statements.append(
                self._own("check", rule, depth, number, text)
            )
            return
        ids = {
            i for branch in lacking for one in branch for i in self.ids((one,), rule)
        }
        self.outline.statements.append(
            Statement(
                "check",
                depth,
                number,
                self.speaker.words.none_of,
                Mark.FAILS,
                ids=in_order(ids),
            )
        )
        flat = [one for branch in lacking for one in branch]
        for index, one in enumerate(flat, 1):
            self.fail(one, attempt, depth + 1, f"{number}.{index}")

    def _test(self, condition: Condition, rule: Rule) -> str | None:
        match condition.premise:
            case Compared() as one:
                return self.speaker.compared(one, rule, met=False)
            case Among() as one:
                return self.speaker.among(one, rule, met=False)
        return None

    def _own(
        self, kind: str, rule: Rule, depth: int, number: str, text: str
    ) -> Statement:
        """Make a failing statement about a literal of a rule's own.

        Below the top it stands under its rule, which has number and id already.
        """
        if depth:
            return Statement(kind, depth, "", text, Mark.FAILS, label=rule.label)
        return Statement(
            kind, depth, number, text, Mark.FAILS, ids=_ids(rule), label=rule.label
        )

    def _open(
        self, condition: Condition, rule: Rule, depth: int, number: str
    ) -> Statement:
        said = "".join(self._needs(condition.open))
        return self._own("check", rule, depth, number, said)

    def _needs(self, variables: Sequence[str]) -> tuple[str, ...]:
        """Say that something was not judged, and where it stands why."""
        named = [v for v in variables if not Variable(v).anonymous]
        if not named:
            return ()
        words = self.speaker.words
        told = sorted({self._lacking[v] for v in named if v in self._lacking})
        if told:
            return (words.not_judged.format(number=listed(told, words)),)
        names = sorted({self.speaker.name_of(v) for v in named})
        return (words.needs.format(names=listed(names, words)),)

    # --- the other attempts -------------------------------------------------------

    def others(self, nearest: Attempt, rest: Sequence[Attempt]) -> tuple[str, ...]:
        """Name the further attempts, each by what sets it apart, and what it fails."""
        said: dict[str, None] = {}
        for attempt in rest:
            apart = [
                self.speaker.known(name, value, attempt.rule.types[name])
                for name, value in attempt.substitution.items()
                if name in _keys(self.speaker, attempt.rule)
                and (
                    attempt.rule != nearest.rule
                    or nearest.substitution.get(name) != value
                )
            ]
            ids = self.ids([c for c in attempt.conditions if not c.met], attempt.rule)
            if not apart or not ids:
                continue
            said[
                self.speaker.words.failing_only.format(
                    case=listed(apart, self.speaker.words),
                    ids=listed(list(ids), self.speaker.words),
                )
            ] = None
        shown = list(said)[:OTHERS]
        if len(said) > OTHERS:
            left = len(said) - OTHERS
            shown.append(self.speaker.words.and_others.format(number=left))
        return tuple(shown)

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
                    found |= set(_ids(rule))
        return tuple(sorted(found))


def _letter(index: int) -> str:
    """Return the letter of one of several parts: a, b, …, z, a2, b2, …."""
    turn, place = divmod(index, 26)
    return chr(ord("a") + place) + (str(turn + 1) if turn else "")


def _ids(rule: Rule) -> tuple[str, ...]:
    return () if rule.id is None else (rule.id,)


def _cites(speaker: Speaker, rules: Sequence[Rule]) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(speaker.citation(one) for rule in rules for one in rule.cites)
    )


def _first_of_each_rule(attempts: Sequence[Attempt]) -> list[Attempt]:
    """Return the nearest attempt of each rule, in the order of the rules."""
    nearest: dict[int, Attempt] = {}
    for attempt in attempts:
        nearest.setdefault(attempt.rule.index, attempt)
    return [nearest[index] for index in sorted(nearest)]


def _is_open(condition: Condition) -> bool:
    """Tell whether a condition fails only because a variable got no value."""
    return bool(condition.open)


def _is_test(condition: Condition) -> bool:
    return isinstance(condition.literal, Comparison | Membership)


def _tests_none(condition: Condition) -> bool:
    literal = condition.literal
    return isinstance(literal, Comparison) and any(
        getattr(side, "value", "") is None for side in (literal.left, literal.right)
    )


def _keys(speaker: Speaker, rule: Rule) -> set[str]:
    """Return the variables of a rule that are the whole key of a stated row."""
    found = set()
    literals: list[Literal] = list(rule.body)
    while literals:
        match literals.pop():
            case Atom(name, terms):
                relation = speaker.policy.relations[name]
                if relation.stated and len(relation.key) == 1:
                    term = terms[relation.key[0]]
                    if isinstance(term, Variable) and not term.anonymous:
                        found.add(term.name)
            case Either(branches):
                literals += [one for branch in branches for one in branch]
    return found
