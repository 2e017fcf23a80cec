"""Conditions that are not met into statements: what was found instead, and where.

A derived fact that is missing is told rule by rule, the nearest miss first, down to
the values and rows; what was told once is referred to. A condition that only lacks
what another lacks is not blamed for it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from whereas.explain.bodies import variables_of
from whereas.explain.ids import in_order
from whereas.explain.proof import (
    Absent,
    Aggregated,
    Any_,
    Attempt,
    Condition,
    Cut,
    Fact,
)
from whereas.policy.core import (
    Aggregate,
    Atom,
    Comparison,
    Either,
    Membership,
    Not,
    Rule,
    Variable,
)
from whereas.render.lacking import alike, first_of_each_rule, lacks_of, plain, title
from whereas.render.shortly import Shortly, cites_of, ids_of
from whereas.render.wording import listed
from whereas.render.words import Mark, Outline, Statement, rule_ids

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whereas.explain.proof import Missing, Near, Pattern
    from whereas.render.phrases import Speaker


# How deep reasons are followed.
_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Basis:
    """What of an attempt holds: facts said before, comparisons, derived facts."""

    given: tuple[str, ...]
    checks: tuple[str, ...]
    derived: tuple[Fact, ...]


class Failures:
    """Writes unmet conditions to an outline."""

    def __init__(self, outline: Outline, *, brief: bool = False) -> None:
        """Write to an outline; if brief, without the comparisons that hold."""
        self.outline = outline
        self.speaker: Speaker = outline.speaker
        self.brief = brief
        self.short = Shortly(outline.speaker)
        # The goal itself, where it comes up again.
        self.asked: tuple[str, Pattern] | None = None
        # Which statement tells why a variable has no value.
        self._lacking: dict[str, str] = {}
        # Which statement tells why a fact is missing; and in which words, where they
        # are not those of its relation.
        self._told: dict[tuple[str, Pattern], str] = {}
        self._instead: dict[tuple[str, Pattern], str] = {}

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
        checks = () if self.brief else tuple(parts.checks)
        return Basis(given, checks, tuple(parts.derived))

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
                text = self.short.test(condition, rule) or ""
                add(self._own("check", rule, depth, number, text))
                for measured in _measured(literal, attempt):
                    self.outline.aggregate(measured, depth + 1)
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
                            last[place], number=number, ids=ids_of(rule)
                        )
                else:
                    text = self.speaker.words.counted_none
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
        if relation.stated or missing is None:
            self._unstated(condition, attempt.rule, missing, depth, number)
            return
        rules = policy.rules_of(relation.name)
        only = rules[0] if len(rules) == 1 else None
        nearest = first_of_each_rule(missing.attempts)
        if nearest and self._folds(condition, missing, only):
            self._told[relation.name, pattern] = number
            text = self._in_place(nearest[0], depth, number)
            self._instead[relation.name, pattern] = text
            return
        text = self._instead.get((relation.name, pattern)) or speaker.negative(
            relation.name, pattern
        )
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
            cites=() if only is None else cites_of(speaker, rules),
            section=None if only is None else speaker.section(only.section),
            notes=needs,
        )
        self.outline.statements.append(statement)
        if missing.cut is not None:
            self.outline.statements[place] = self._cut(statement, missing)
        if not missing.attempts:
            return
        self._told[relation.name, pattern] = number
        if only is not None:
            basis = self._inside(nearest[0], depth + 1, number)
            self.outline.statements[place] = replace(
                statement,
                why=speaker.why_not(only, nearest[0].substitution),
                given=basis.given,
                checks=basis.checks,
            )
            self._others(missing, nearest[0], depth + 1)
        else:
            titles = Counter(title(one.rule) for one in nearest)
            for index, one in enumerate(nearest, 1):
                telling = titles[title(one.rule)] == 1
                self._rule(one, depth + 1, f"{number}.{index}", telling=telling)
                self._others(missing, one, depth + 2)
        if (left := missing.tried - len(missing.attempts)) > 0:
            more = speaker.words.and_others.format(number=left)
            self.outline.statements.append(Statement("more", depth + 1, "", more))

    def _folds(self, condition: Condition, missing: Missing, only: Rule | None) -> bool:
        """Tell whether what a missing fact lacks is said in its place.

        So it is where it has neither words nor anything of the law's, as in a proof;
        and where it lacks one thing.
        """
        if only is None or condition.open or missing.open or missing.cut is not None:
            return False
        if self.speaker.policy.relations[missing.relation].texts:
            return False
        if only.texts or only.id or only.cites or only.subject_to or only.unproven:
            return False
        return len(lacks_of(missing.attempts[0])) == 1

    def _in_place(self, attempt: Attempt, depth: int, number: str) -> str:
        """Write the one thing that an attempt lacks, and with it what it stands on."""
        statements = self.outline.statements
        place = len(statements)
        basis = self.basis(attempt, depth + 1)
        for fact in basis.derived:
            self.outline.brief(fact, depth + 1, "")
        stands = statements[place:]
        del statements[place:]
        (lack,) = lacks_of(attempt)
        self.fail(lack, attempt, depth, number)
        first = statements[place]
        if lack.missing is not None:
            sought = (lack.missing.relation, lack.missing.pattern)
            if self._told.get(sought) == number.rpartition(".")[0]:
                self._told[sought] = number
        given = tuple(dict.fromkeys((*basis.given, *first.given)))
        statements[place] = replace(
            first, number=number, given=given, checks=(*basis.checks, *first.checks)
        )
        statements[place + 1 : place + 1] = stands
        return first.text

    def _cut(self, statement: Statement, missing: Missing) -> Statement:
        """Say why a missing fact is not followed: it was, or it lies too deep."""
        words = self.speaker.words
        if missing.cut is Cut.DEPTH:
            return replace(statement, notes=(*statement.notes, words.deeper))
        sought = (missing.relation, missing.pattern)
        number = self._told.get(sought)
        seen = None if number is None else words.seen.format(number=number)
        if number is None and sought == self.asked:
            seen = words.asked
        if statement.depth:
            # It was said there where it comes from.
            statement = replace(statement, ids=(), cites=(), section=None)
        return replace(statement, seen=seen, refers=number)

    def _others(self, missing: Missing, first: Attempt, depth: int) -> None:
        """Write a rule's further attempts, through other rows, in a line each."""
        for attempt in missing.attempts:
            if attempt.rule == first.rule and attempt is not first:
                text = self.short.line(attempt, first)
                self.outline.statements.append(
                    Statement(
                        "also", depth, "", text, Mark.FAILS, label=attempt.rule.label
                    )
                )

    def unstated(self, missing: Missing, depth: int, number: str) -> Statement:
        """Write that no row of a file matches; then the rows that come nearest."""
        speaker = self.speaker
        text = speaker.negative(missing.relation, missing.pattern)
        origin = speaker.looked_through(missing.rows, missing.file)
        differences = speaker.differences(missing.relation, missing.pattern)
        near: tuple[Near, ...] = missing.near
        if differences is not None:
            text, near = differences, ()
            origin = speaker.keyed(missing.relation, missing.pattern)
        statement = Statement("absence", depth, number, text, Mark.FAILS, origin=origin)
        self.outline.statements.append(statement)
        if self.brief and alike(missing):
            near = ()
        if self.brief and near:
            # What agrees in nothing says little: one is enough.
            known = sum(not isinstance(value, Any_) for value in missing.pattern)
            near = near[: 1 if len(near[0].differs) == known else 2]
        for one in near:
            self.outline.statements.append(
                Statement(
                    "near",
                    depth + 1,
                    "",
                    speaker.nearly(one, missing.pattern),
                    origin=speaker.origin(one.fact, one.stated),
                )
            )
        if near and (left := missing.nearly - len(near)):
            more = speaker.words.near_left.format(number=left)
            self.outline.statements.append(Statement("more", depth + 1, "", more))
        return statement

    def _unstated(
        self,
        condition: Condition,
        rule: Rule,
        missing: Missing | None,
        depth: int,
        number: str,
    ) -> None:
        """Write that a row is missing, which a literal of a rule asks for."""
        notes = self._needs(condition.open)
        place = len(self.outline.statements)
        if missing is not None and not notes:
            key = (missing.relation, missing.pattern)
            told = self._told.get(key)
            if told is not None:
                text = self._instead[key]
                own = self._own("absence", rule, depth, number, text)
                seen = self.speaker.words.seen.format(number=told)
                statement = replace(own, seen=seen, refers=told)
                self.outline.statements.append(statement)
                return
            # Below the top it has no number of its own, but its rule has.
            self._told[key] = number.rpartition(".")[0] if depth else number
        if missing is None:
            text = self.speaker.negative(getattr(condition.literal, "relation", ""), ())
            self.outline.statements.append(
                replace(self._own("absence", rule, depth, number, text), notes=notes)
            )
            return
        said = self.unstated(missing, depth, number)
        self._instead[missing.relation, missing.pattern] = said.text
        own = self._own("absence", rule, depth, number, said.text)
        self.outline.statements[place] = replace(
            own, origin=None if notes else said.origin, notes=notes
        )

    def _rule(
        self, attempt: Attempt, depth: int, number: str, *, telling: bool = True
    ) -> None:
        """Write one of several rules that could have given a fact, and why not.

        Its heading stands for it, if that is `telling`: no other rule has the same.
        """
        rule = attempt.rule
        speaker = self.speaker
        place = len(self.outline.statements)
        denied = speaker.why_not(rule, attempt.substitution)
        lacks = lacks_of(attempt)
        if denied is None and not telling and len(lacks) == 1 and plain(lacks[0]):
            self._in_place(attempt, depth, number)
            first = self.outline.statements[place]
            cites = (*cites_of(speaker, (rule,)), *first.cites)
            self.outline.statements[place] = replace(
                first,
                ids=tuple(dict.fromkeys((*ids_of(rule), *first.ids))),
                cites=tuple(dict.fromkeys(cites)),
                label=rule.label,
            )
            return
        section = speaker.section(rule.section)
        cites = cites_of(speaker, (rule,))
        text = ""
        if rule.section is not None and section is not None:
            text = speaker.heading(rule.section.title) or ""
        if denied is not None:
            text = denied
        elif text:
            section = None
        elif cites:
            text, cites = cites[0], cites[1:]
        statement = Statement(
            "rule" if denied is None else "derived",
            depth,
            number,
            text or rule.label,
            Mark.FAILS,
            ids=ids_of(rule) if text else (),
            label=rule.label,
            cites=cites,
            section=section,
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
        lacks = lacks_of(attempt) if depth <= _DEEPEST else []
        statements, said = self.outline.statements, set()
        for index, condition in enumerate(lacks, 1):
            place = len(statements)
            self.fail(condition, attempt, depth, f"{number}.{index}")
            if len(statements) == place + 1 and statements[place].text in said:
                # What two of them lack is one thing.
                statements.pop()
            else:
                said.add(statements[place].text)
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
                outer, self.outline.proved = self.outline.proved, Mark.SO
                self.outline.prove(fact, depth, own)
                self.outline.proved = outer
                if place == len(self.outline.statements):
                    self.outline.statements.append(self._said(fact, depth, own))
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

    def _said(self, fact: Fact, depth: int, number: str) -> Statement:
        """Refer to a stated fact that was written already."""
        told = self.outline.fact_number(fact)
        seen = self.speaker.words.seen.format(number=told)
        return Statement("fact", depth, number, self.speaker.fact(fact), seen=seen)

    def _none_of(
        self, condition: Condition, attempt: Attempt, depth: int, number: str
    ) -> None:
        """Write alternatives that all fail: tests in one sentence, atoms one by one."""
        rule = attempt.rule
        lacking = [
            [one for one in branch if not one.met] for branch in condition.branches
        ]
        text = self.short.tests(condition, rule)
        if text is not None:
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
            i
            for branch in lacking
            for one in branch
            for i in self.short.ids((one,), rule)
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
        # Nearest first: the branch that lacks least.
        flat = [one for branch in sorted(lacking, key=len) for one in branch]
        for index, one in enumerate(flat, 1):
            self.fail(one, attempt, depth + 1, f"{number}.{index}")

    def _own(
        self, kind: str, rule: Rule, depth: int, number: str, text: str
    ) -> Statement:
        """Make a failing statement about a literal of a rule's own.

        Below the top it stands under its rule, which has number and id already.
        """
        if depth:
            return Statement(kind, depth, "", text, Mark.FAILS, label=rule.label)
        return Statement(
            kind, depth, number, text, Mark.FAILS, ids=ids_of(rule), label=rule.label
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


def _measured(test: Comparison | Membership, attempt: Attempt) -> Iterator[Aggregated]:
    """Yield the counts and sums whose value a test compares."""
    tested = {*variables_of(test)}
    for condition in attempt.conditions:
        premise = condition.premise
        if condition.met and isinstance(premise, Aggregated):
            target = premise.literal.target
            if isinstance(target, Variable) and target.name in tested:
                yield premise


def _letter(index: int) -> str:
    """Return the letter of one of several parts: a, b, …, z, a2, b2, …."""
    turn, place = divmod(index, 26)
    return chr(ord("a") + place) + (str(turn + 1) if turn else "")
