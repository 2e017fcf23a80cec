"""A proof, or the attempts at what does not hold, into an outline of sentences.

The outline is flat: statements in the order in which they are read, each with its
depth, so that neither a template nor a reader needs recursion. A statement is said
once; where it is needed again, its number stands. What lies deeper than
`DEEPEST` levels becomes a part of its own, further below.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never

from whereas.explain.ids import in_order
from whereas.explain.proof import (
    Absent,
    Aggregated,
    Among,
    Chosen,
    Compared,
    Condition,
    Derived,
    Fact,
    Holds,
    Premise,
    Proof,
    Stated,
    Step,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from whereas.explain.proof import Attempt, Blockage, Pattern
    from whereas.policy.core import Policy, Rule
    from whereas.render.phrases import Speaker

DEEPEST = 6


class Mark(enum.StrEnum):
    """What a statement says of itself, in a sign and in a word.

    SO is what is so, and does not speak for the case: a tick would read as good news.
    """

    HOLDS = "holds"
    SO = "so"
    FAILS = "fails"
    UNDETERMINED = "undetermined"

    @property
    def sign(self) -> str:
        """The sign that goes before the word."""
        signs = {"holds": "✓", "so": "•", "fails": "✗", "undetermined": "?"}
        return signs[self.value]


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a justification, and what stands with it.

    `kind` is derived, fact, absence, aggregate, check or rule; `text` what is so
    and `why` why (neither has a full stop); `given` are numbers of facts that were
    said before, `seen` says where the statement itself was, or will be, said.
    """

    kind: str
    depth: int
    number: str
    text: str
    mark: Mark | None = None
    why: str | None = None
    ids: tuple[str, ...] = ()
    label: str | None = None
    cites: tuple[str, ...] = ()
    section: str | None = None
    origin: str | None = None
    checks: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    seen: str | None = None
    notes: tuple[str, ...] = ()
    # The number of the statement that `seen` speaks of, and a stated fact with its row.
    refers: str | None = None
    fact: tuple[Fact, Stated] | None = None


@dataclass(slots=True)
class Parts:
    """What a rule instance rests on, sorted for the page; helpers are folded in."""

    facts: dict[Fact, Stated] = field(default_factory=dict)
    checks: dict[str, None] = field(default_factory=dict)
    absences: list[Absent] = field(default_factory=list)
    aggregates: list[Aggregated] = field(default_factory=list)
    derived: dict[Fact, None] = field(default_factory=dict)
    plain: dict[Fact, None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Task:
    """A derived fact to be said: `instance` where it is one more reason for it."""

    fact: Fact
    number: str
    depth: int
    instance: Derived | None = None


class Outline:
    """Writes statements one after another, and remembers what was said."""

    def __init__(
        self,
        speaker: Speaker,
        levels: int | None = None,
        *,
        everything: bool = False,
    ) -> None:
        """Begin an outline in a speaker's language.

        `levels` is how many levels of what holds are written; None is all. With
        `everything` each absence says what it rests on, and not only which exception
        of the law decides it.
        """
        self.speaker = speaker
        self.statements: list[Statement] = []
        # What is proved bears this; SO, while it speaks against the case.
        self.proved = Mark.HOLDS
        self.levels = levels
        self.everything = everything
        self._absences: dict[tuple[str, Pattern], Blockage] = {}
        self.top = 0
        self._steps: dict[Fact, Step] = {}
        self._others: dict[Fact, tuple[Derived, ...]] = {}
        self._fact_numbers: dict[Fact, str] = {}
        self._said: dict[Fact, str] = {}
        self._later: dict[Fact, str] = {}
        self._queue: list[_Task] = []
        # Goals whose absence was explained: once is enough.
        self._rested: set[tuple[str, Pattern]] = set()
        self._recursive = {
            relation
            for component in speaker.policy.components
            if component.recursive
            for relation in component.relations
        }

    def know(
        self,
        steps: Mapping[Fact, Step],
        others: Mapping[Fact, tuple[Derived, ...]] | None = None,
    ) -> None:
        """Take in the steps that the statements to come are written from."""
        self._steps |= steps
        self._others |= others or {}

    def know_absences(self, absences: Iterable[Blockage]) -> None:
        """Take in what the absences in the steps rest on."""
        for one in absences:
            self._steps = {**one.steps, **self._steps}
            self._absences[one.relation, one.pattern] = one

    def take(self) -> tuple[Statement, ...]:
        """Hand out the statements written so far, and begin a new group."""
        taken = tuple(self.statements)
        self.statements = []
        return taken

    def next_number(self) -> str:
        """Return the next number of the top level."""
        self.top += 1
        return str(self.top)

    # --- what holds ---------------------------------------------------------------

    def conclusion(self, proof: Proof) -> Statement:
        """Write what a goal rests on; return the goal's own statement apart."""
        self.know(proof.steps, proof.others)
        step = self._steps[proof.goal]
        if isinstance(step, Stated):
            self.facts({proof.goal: step}, 0)
            return self._head(proof.goal, None, "", 0)
        self._said[proof.goal] = ""
        self._instance(_Task(proof.goal, "", -1), step)
        goal = self.statements.pop(0)
        tasks = self._queue[::-1]
        self._queue = []
        self._run(tasks)
        return replace(goal, depth=0)

    def shown(self, proof: Proof) -> None:
        """Write a fact that is shown with the decision, with what it rests on.

        A fact that has a number of the top level was shown already.
        """
        self.know(proof.steps, proof.others)
        if self._said.get(proof.goal, ".").isdecimal():
            return
        self.prove(proof.goal, 0)

    def holding(self, facts: Iterable[Fact]) -> None:
        """Write facts that hold, each at its own number of the top level.

        One that another rests on is referred to there, and not the other way round.
        """
        numbers = {fact: self.next_number() for fact in facts}
        for fact, number in numbers.items():
            if fact not in self._said:
                self._later[fact] = number
        for fact, number in numbers.items():
            self.prove(fact, 0, number)

    def prove(self, fact: Fact, depth: int, number: str | None = None) -> None:
        """Write a fact, stated or derived, with all that it rests on."""
        step = self._steps.get(fact)
        if isinstance(step, Stated):
            self.facts({fact: step}, depth)
        elif step is not None:
            self._run([_Task(fact, number or self.next_number(), depth)])
        else:
            self.statements.append(
                Statement("fact", depth, "", self.speaker.fact(fact))
            )

    def brief(self, fact: Fact, depth: int, number: str) -> None:
        """Write a derived fact without what it rests on."""
        step = self._steps.get(fact)
        rule = step if isinstance(step, Derived) else None
        self.statements.append(self._head(fact, rule, number, depth))

    def facts(self, facts: Mapping[Fact, Stated], depth: int) -> tuple[str, ...]:
        """Write the stated facts that are new; return the numbers of the others."""
        known = []
        for fact, stated in facts.items():
            if fact in self._fact_numbers:
                known.append(self._fact_numbers[fact])
                continue
            number = f"[{len(self._fact_numbers) + 1}]"
            self._fact_numbers[fact] = number
            self.statements.append(
                Statement(
                    "fact",
                    depth,
                    number,
                    self.speaker.fact(fact),
                    origin=self.speaker.origin(fact, stated),
                    fact=(fact, stated),
                )
            )
        return tuple(sorted(known, key=_order))

    def fact_number(self, fact: Fact) -> str:
        """Return the number of a stated fact that was written."""
        return self._fact_numbers[fact]

    def _run(self, tasks: list[_Task]) -> None:
        """Write tasks depth first, then the parts that were put off."""
        later: list[_Task] = []
        while tasks or later:
            if not tasks:
                tasks.append(later.pop(0))
            task = tasks.pop()
            said = self._said.get(task.fact)
            put_off = self._later.get(task.fact)
            if task.instance is not None:
                self._instance(task, task.instance)
            elif said is not None or (put_off is not None and put_off != task.number):
                self._refer(task, said, put_off)
            elif self.levels is not None and task.depth >= self.levels:
                self._not_followed(task)
            elif task.depth > DEEPEST:
                number = self.next_number()
                self._later[task.fact] = number
                later.append(_Task(task.fact, number, 0))
                self._refer(task, None, number)
            else:
                self._later.pop(task.fact, None)
                self._said[task.fact] = task.number
                step = self._steps[task.fact]
                assert isinstance(step, Derived)  # noqa: S101  # prove() asked
                self._instance(task, step)
            tasks += self._queue[::-1]
            self._queue = []

    def _not_followed(self, task: _Task) -> None:
        """Write a fact whose reasons lie deeper than was asked for."""
        step = self._steps[task.fact]
        assert isinstance(step, Derived)  # noqa: S101  # prove() asked
        head = self._head(task.fact, step, task.number, task.depth)
        notes = (*head.notes, self.speaker.words.deeper)
        self.statements.append(replace(head, notes=notes))

    def _refer(self, task: _Task, said: str | None, later: str | None) -> None:
        """Write a statement that was, or will be, said elsewhere."""
        words = self.speaker.words
        if said is not None:
            # The goal itself stands at the top, without a number.
            where = words.seen.format(number=said) if said else words.at_top
        else:
            where = words.part.format(number=later)
        self.statements.append(
            Statement(
                "derived",
                task.depth,
                task.number,
                self.speaker.fact(task.fact),
                self.proved,
                seen=where,
                refers=said or later,
            )
        )

    def _instance(self, task: _Task, step: Derived) -> None:
        """Write one rule instance with its leaves; queue the facts below it."""
        head = self._head(task.fact, step, task.number, task.depth)
        notes = list(head.notes)
        others = self._others.get(task.fact, ())
        words = self.speaker.words
        if task.instance is not None:
            others = ()
            notes.append(words.another)
        elif step.instances - 1 > len(others):
            left = step.instances - 1 - len(others)
            notes.append(
                words.further.format(number=left)
                if left > 1
                else words.further_instances
            )
        parts = self.gather(step.premises, step.rule, f"{head.text} {head.why or ''}")
        place = len(self.statements)
        self.statements.append(head)
        given = self.facts(parts.facts, task.depth + 1)
        for fact in parts.plain:
            self.statements.append(
                Statement("fact", task.depth + 1, "", self.speaker.fact(fact))
            )
        for absent in parts.absences:
            if self.speaker.absent(absent) == head.text:
                # Said once, with where it was looked for.
                origin = self.speaker.looked_through(absent.rows, absent.file)
                head = replace(head, origin=head.origin or origin)
                self._rests_on(absent, task.depth + 1)
                continue
            self.absence(absent, task.depth + 1)
        for aggregated in parts.aggregates:
            self.aggregate(aggregated, task.depth + 1, below=parts.derived)
        self.statements[place] = replace(
            head, given=given, checks=tuple(parts.checks), notes=tuple(notes)
        )
        prefix = f"{task.number}." if task.number else ""
        children: list[tuple[Fact, Derived | None]] = [
            *((fact, None) for fact in parts.derived),
            *((task.fact, other) for other in others),
        ]
        for index, (fact, instance) in enumerate(children, 1):
            number = f"{prefix}{index}" if prefix else self.next_number()
            self._queue.append(_Task(fact, number, task.depth + 1, instance))

    def _head(
        self, fact: Fact, step: Derived | None, number: str, depth: int
    ) -> Statement:
        text = self.speaker.fact(fact)
        if step is None:
            return Statement("fact", depth, number, text, self.proved)
        rule = step.rule
        why = self.speaker.why(rule, step.substitution)
        if why is not None and not self.speaker.policy.relations[fact.relation].texts:
            text, why = why, None
        notes = (self.speaker.words.nothing_on_file,) if rule.unproven else ()
        return Statement(
            "derived",
            depth,
            number,
            text,
            self.proved,
            why=None if why == text else why,
            ids=() if rule.id is None else (rule.id,),
            label=rule.label,
            cites=tuple(self.speaker.citation(one) for one in rule.cites),
            section=self.speaker.section(rule.section),
            notes=notes,
        )

    def absence(self, absent: Absent, depth: int) -> None:
        """Write that something is not there, and where it was looked for."""
        self.statements.append(
            Statement(
                "absence",
                depth,
                "",
                self.speaker.absent(absent),
                origin=self.speaker.looked_through(absent.rows, absent.file),
            )
        )
        self._rests_on(absent, depth + 1)

    def _rests_on(self, absent: Absent, depth: int) -> None:
        """Write why a negated goal does not hold: what each attempt at it lacks.

        An exception of the law that decides is always written; the others only where
        everything is.
        """
        refused = self._absences.get((absent.relation, absent.pattern))
        if refused is None or (absent.relation, absent.pattern) in self._rested:
            return
        self._rested.add((absent.relation, absent.pattern))
        from whereas.render.shortly import Shortly

        short = Shortly(self.speaker)
        for attempt in refused.attempts:
            fact = _excluding(attempt)
            step = None if fact is None else self._steps.get(fact)
            if fact is not None and isinstance(step, Stated) and self.everything:
                if fact not in self._fact_numbers:
                    self.facts({fact: step}, depth)
            elif fact is not None and isinstance(step, Derived):
                if said := self._said.get(fact):
                    self._refer(_Task(fact, "", depth), said, None)
                elif self.everything or step.rule.id or step.rule.cites:
                    self.brief(fact, depth, "")
            elif self.everything and (lacks := short.reasons(attempt)):
                text = self.speaker.words.semicolon.join(lacks)
                self.statements.append(Statement("also", depth, "", text))
        left = refused.tried - len(refused.attempts)
        if self.everything and left > 0:
            more = self.speaker.words.rows_left_out.format(number=left)
            self.statements.append(Statement("more", depth, "", more))

    def aggregate(
        self,
        aggregated: Aggregated,
        depth: int,
        mark: Mark | None = None,
        below: Iterable[Fact] = (),
    ) -> None:
        """Write an aggregate's value, then the rows that it was made of.

        Facts that follow `below` are not listed, if there are no others.
        """
        place = len(self.statements)
        text = self.speaker.aggregated(aggregated, met=mark is not Mark.FAILS)
        statement = Statement("aggregate", depth, "", text, mark)
        self.statements.append(statement)
        facts = dict.fromkeys(fact for row in aggregated.rows for fact in row)
        if set(below).issuperset(facts):
            facts = {}
        stated = {
            fact: step
            for fact in facts
            if isinstance(step := self._steps.get(fact), Stated)
        }
        given = self.facts(stated, depth + 1)
        for fact in facts:
            if fact not in stated:
                self.statements.append(
                    Statement("fact", depth + 1, "", self.speaker.fact(fact))
                )
        if len(self.statements) > place + 1:
            colon = self.speaker.words.colon.rstrip()
            statement = replace(statement, text=statement.text + colon)
        left = aggregated.counted - len(aggregated.rows)
        notes = (
            (self.speaker.words.rows_left_out.format(number=left),) if left > 0 else ()
        )
        self.statements[place] = replace(statement, given=given, notes=notes)

    def stated(self, facts: Iterable[Fact]) -> dict[Fact, Stated]:
        """Pick the facts that were read from a file."""
        return {
            fact: step
            for fact in facts
            if isinstance(step := self._steps.get(fact), Stated)
        }

    def gather(self, premises: Sequence[Premise], rule: Rule, said: str = "") -> Parts:
        """Sort premises; what a helper without words rests on counts as ours.

        A test whose values were `said` a line above is not said again.
        """
        parts = Parts()
        folded: set[Fact] = set()
        work = [(premise, rule) for premise in reversed(premises)]
        while work:
            premise, rule = work.pop()
            match premise:
                case Holds(fact):
                    step = self._steps.get(fact)
                    if step is None:
                        parts.plain[fact] = None
                    elif isinstance(step, Stated):
                        parts.facts[fact] = step
                    elif not self.silent(step, fact):
                        parts.derived[fact] = None
                    elif fact not in folded:
                        folded.add(fact)
                        work += [(p, step.rule) for p in reversed(step.premises)]
                case Absent():
                    # That the rows which it read are not contradicted is not said.
                    if not self.speaker.policy.relations[premise.relation].contradicts:
                        parts.absences.append(premise)
                case Compared() | Among():
                    parts.checks |= self._check(premise, rule, said)
                case Chosen():
                    work += [(p, rule) for p in reversed(premise.premises)]
                case Aggregated():
                    parts.aggregates.append(premise)
                case _:
                    assert_never(premise)
        return parts

    def _check(
        self, premise: Compared | Among, rule: Rule, said: str
    ) -> dict[str, None]:
        """Return a test that holds in words, unless the value's own row says it."""
        if self.speaker.repeats(premise, rule, said):
            return {}
        if isinstance(premise, Among):
            return {self.speaker.among(premise, rule): None}
        if premise.literal.op in {"=", "!="} and None in (premise.left, premise.right):
            return {}
        return {self.speaker.compared(premise, rule): None}

    def silent(self, step: Derived, fact: Fact) -> bool:
        """Tell whether a derived fact has no words, and nothing of the law's."""
        rule = step.rule
        return not (
            self.speaker.policy.relations[fact.relation].texts
            or rule.texts
            or rule.id
            or rule.cites
            or rule.subject_to
            or rule.unproven
            or fact in self._others
            or fact.relation in self._recursive
        )


def _excluding(attempt: Attempt) -> Fact | None:
    """Return the fact that alone keeps an attempt from holding: its rule negates it."""
    unmet = [condition for condition in attempt.conditions if not condition.met]
    match unmet:
        case [Condition(premise=Absent(found=(fact, *_)))]:
            return fact
    return None


def _order(number: str) -> tuple[int, str]:
    return len(number), number


def rule_ids(policy: Policy, relation: str) -> tuple[str, ...]:
    """Return the ids of a relation's rules; a transparent one has those below it."""
    from whereas.policy.core import Atom, Either, Literal

    found: set[str] = set()
    seen = {relation}
    relations = [relation]
    while relations:
        for rule in policy.rules_of(relations.pop()):
            if rule.id is not None:
                found.add(rule.id)
                continue
            literals: list[Literal] = list(rule.body)
            while literals:
                match literals.pop():
                    case Atom(name) if name not in seen:
                        seen.add(name)
                        relations.append(name)
                    case Either(branches):
                        literals += [one for branch in branches for one in branch]
    return in_order(found)
