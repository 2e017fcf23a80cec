"""A case and a section of the policy into a check list: each clause, and how it stands.

The checks are the section's passages, in the order of the text: the words of the
regulation, and below them the rules that encode them. A check holds or fails as the
decision says of its ids. What is shown besides:

* rows of a relation whose rules carry the id, where it speaks of the case by its key,
  or where the decision's own proof reaches it;
* *findings*: rows of a shown relation that an outcome before the wanted one rests on;
* clauses of the passage that are declared `unencoded`: those a person has to look at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.explain.decisions import case_columns
from whereas.explain.proof import ANY, Derived, Fact, Pattern, Proof
from whereas.explain.reason_values import stored_pattern
from whereas.facts.database import columns, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whereas.explain.explainer import Explainer
    from whereas.explain.justify import Justification
    from whereas.language.passages import Passage
    from whereas.language.syntax import Program
    from whereas.policy.core import Policy, Rule, Unencoded
    from whereas.values import Value

HOLDS, FAILS, OPEN, PERSON, WORDS = "holds", "fails", "open", "person", "words"


@dataclass(frozen=True, slots=True)
class Check:
    """A passage with its rules, and the clauses of it that are not encoded."""

    file: str
    passage: Passage
    rules: tuple[Rule, ...]
    unencoded: tuple[Unencoded, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of its rules, in their order."""
        return tuple(dict.fromkeys(r.id for r in self.rules if r.id is not None))


@dataclass(frozen=True, slots=True)
class Examined:
    """A check, and how it stands for a case.

    `verdict` is holds, fails, open (the decision does not reach it), person (not
    encoded) or words (nothing is asked there). `findings` speak against the case,
    `holding` for it; `lacking` are the relations of the check without a row for it.
    """

    check: Check
    verdict: str
    holding: tuple[Proof, ...]
    findings: tuple[Proof, ...]
    lacking: tuple[tuple[str, Pattern], ...]


def sections(policy: Policy, program: Program) -> tuple[str, ...]:
    """Return the slugs of the sections that have checks in them, or below them."""
    return tuple(
        dict.fromkeys(
            section.slug
            for document in program.documents
            for section in document.sections
            if section.title
            and any(
                one.ids or one.unencoded
                for one in checks(policy, program, section.slug)
            )
        )
    )


def checks(policy: Policy, program: Program, slug: str) -> tuple[Check, ...]:
    """Return the checks of a section, and of those below it, in their order."""
    from whereas.language.passages import passages

    found = []
    for document in program.documents:
        path: tuple[str, ...] | None = None
        for passage in passages(document):
            if passage.slug == slug:
                path = passage.path
            if path is None or passage.path[: len(path)] != path:
                path = None
                continue
            name = document.source.name
            rules = tuple(
                rule
                for rule in policy.rules
                if rule.body
                and rule.span is not None
                and rule.span.source.name == name
                and passage.start <= rule.span.start < passage.end
            )
            places = {
                statement.id
                for section in document.sections
                for statement in section.statements
                if hasattr(statement, "id")
                and passage.start <= statement.span.start < passage.end
            }
            unencoded = tuple(
                one for one in policy.unencoded.values() if one.id in places
            )
            if passage.quote or unencoded or any(r.id is not None for r in rules):
                found.append(Check(name, passage, rules, unencoded))
    return tuple(found)


def examined(
    explainer: Explainer, justification: Justification, some: Sequence[Check]
) -> tuple[Examined, ...]:
    """Say of each check how it stands for a justified case."""
    examiner = _Examiner(explainer, justification)
    return tuple(examiner.examined(one) for one in some)


class _Examiner:
    """Looks checks up in a decision, its proof and the model."""

    def __init__(self, explainer: Explainer, justification: Justification) -> None:
        self.explainer = explainer
        self.policy = explainer.policy
        self.decision = justification.decision
        self.against = _against(explainer.policy)
        proofs = [justification.proof, *justification.shown]
        steps = [one.steps for one in proofs if one is not None]
        if justification.blockage is not None:
            steps.append(justification.blockage.steps)
        self.reached: dict[Fact, Derived] = {
            fact: step
            for some in steps
            for fact, step in some.items()
            if isinstance(step, Derived)
        }

    def examined(self, check: Check) -> Examined:
        from whereas.explain.reason_values import prove

        ids = set(check.ids)
        holding: list[Proof] = []
        findings: list[Proof] = []
        lacking: list[tuple[str, Pattern]] = []
        own = [rule for rule in check.rules if rule.id is not None]
        for name in dict.fromkeys(rule.head.relation for rule in own):
            pattern = self._pattern(name)
            facts = self._rows(name, pattern)
            proofs = [prove(self.explainer, fact) for fact in facts]
            mine = [
                one
                for one in proofs
                if isinstance(step := one.steps[one.goal], Derived)
                and step.rule.id in ids
            ]
            if name in self.against:
                findings += mine
            elif name not in self.policy.show or mine:
                holding += mine
                if not facts and pattern is not None:
                    lacking.append((name, pattern))
        return Examined(
            check,
            self._verdict(check, bool(findings)),
            tuple(holding),
            tuple(findings),
            tuple(lacking),
        )

    def _verdict(self, check: Check, finding: bool) -> str:
        ids = set(check.ids)
        if finding or ids & {*self.decision.failed}:
            return FAILS
        if ids & {*self.decision.held}:
            return HOLDS
        if ids:
            return OPEN
        return PERSON if check.unencoded else WORDS

    def _pattern(self, name: str) -> Pattern | None:
        """Return which rows speak of the case; None: it has no columns for it."""
        known = dict(
            zip(
                [column for column, _ in case_columns(self.policy)],
                self.decision.case,
                strict=True,
            )
        )
        names = [column.name for column in self.policy.relations[name].columns]
        if not {*known} <= {*names}:
            return None
        return tuple(known.get(column or "", ANY) for column in names)

    def _rows(self, name: str, pattern: Pattern | None) -> list[Fact]:
        if pattern is None:
            # Its rows are told by the decision's own proof alone.
            facts = {fact for fact in self.reached if fact.relation == name}
            return sorted(facts, key=_order)
        relation = self.policy.relations[name]
        stored = stored_pattern(self.explainer, name, pattern)
        near = self.explainer.near([(name, stored)])
        tests = [(place, one) for place, one in enumerate(stored) if one is not None]
        near.need(name, [place for place, _ in tests])
        where = " AND ".join(f"a{p} = ?{i}" for i, (p, _) in enumerate(tests, 1))
        rows = near.database.query(
            f"SELECT {', '.join(columns(relation.arity))} FROM {quoted(name)} "
            f"WHERE {where}",
            [one for _, one in tests],
        )
        return sorted({near.fact(name, row) for row in rows}, key=_order)


def _order(fact: Fact) -> tuple[tuple[bool, Value], ...]:
    return tuple((v is not None, 0 if v is None else v) for v in fact.values)


def _against(policy: Policy) -> frozenset[str]:
    """Return the shown relations that an outcome before the wanted one rests on.

    An outcome that rests on the wanted goal itself is no refusal, but adds to it.
    """
    target = policy.target.relation
    found: set[str] = set()
    for outcome in policy.outcomes:
        if outcome.goal is None or outcome.goal.relation == target:
            break
        below = set(_positive(policy, outcome.goal.relation))
        if target not in below:
            found |= below
    return frozenset(found & {*policy.show})


def _positive(policy: Policy, root: str) -> Iterator[str]:
    """Yield what a relation rests on without negation, itself included."""
    from whereas.policy.dependencies import dependencies

    reads: dict[str, list[str]] = {}
    for one in dependencies(policy).reads:
        if not one.how:
            reads.setdefault(one.reader, []).append(one.read)
    seen = {root}
    work = [root]
    while work:
        name = work.pop()
        yield name
        for read in reads.get(name, ()):
            if read not in seen:
                seen.add(read)
                work.append(read)
