"""A policy into its traceability: clause, rules, scenarios, decisions, and the gaps.

A clause is what an id of rules names; where a rule that cites the law has no id, its
relation stands for it. A clause that is declared `unencoded` is one too, and so is a
section that quotes the regulation where no rule stands, in it or below it.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.language.spoken import first_title
from whereas.policy.dependencies import dependencies
from whereas.values import decode, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from whereas.explain.decisions import Decisions
    from whereas.language.syntax import Program
    from whereas.policy.core import Citation, Policy, Rule, Section

SCHEMA = "whereas.trace/1"
# How many cases are named as examples.
EXAMPLES = 3

# The kinds of gaps.
NO_RULE = "no-rule"
NOT_ENCODED = "not-encoded"
NO_SCENARIO = "no-scenario"
NO_DECISION = "no-decision"
NO_CITATION = "no-citation"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many decisions rest on a clause or fail it, and the first cases of each.

    `shown` are those with which a row that the clause gives is shown: an obligation,
    say.
    """

    held: int
    failed: int
    held_cases: tuple[str, ...]
    failed_cases: tuple[str, ...]
    shown: int = 0
    shown_cases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause and what stands for it.

    `kind` is rule, unencoded or text. `scenarios` are the names of those in which a
    rule of it holds (None: the scenarios were not asked). `decisions` is None where
    no facts were given, or where decisions do not name the clause.
    """

    id: str
    kind: str
    cites: tuple[Citation, ...]
    section: Section | None
    rules: tuple[Rule, ...]
    scenarios: tuple[str, ...] | None
    decisions: Tally | None
    gaps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """The clauses of a policy in its order, and the rules that lead to no citation.

    Those are the rules that cite nothing, and that no rule which does rests on.

    `scenarios` has how many there are, and how many come out as expected; `cases`
    how many were decided, and the path of their facts. Each is None if not asked.
    """

    clauses: tuple[Clause, ...]
    uncited: tuple[Rule, ...]
    scenarios: tuple[int, int] | None
    cases: tuple[int, str] | None

    @property
    def gaps(self) -> tuple[tuple[str, str], ...]:
        """What is missing: a kind of gap, and the clause or rule that has it."""
        found = [(gap, one.id) for one in self.clauses for gap in one.gaps]
        return (*found, *((NO_CITATION, rule.label) for rule in self.uncited))


def trace(
    policy: Policy,
    program: Program,
    exercised: Mapping[str, Sequence[str]] | None = None,
    scenarios: tuple[int, int] | None = None,
    decisions: Decisions | None = None,
) -> Trace:
    """Return what traces a policy's clauses.

    `exercised` has the names of the scenarios in which each rule holds, by label;
    `scenarios` is how many there are, and how many come out as expected.
    """
    tallies = None if decisions is None else _tallies(decisions)
    groups: dict[str, list[Rule]] = {}
    for rule in policy.rules:
        if rule.id is not None:
            groups.setdefault(rule.id, []).append(rule)
        elif rule.cites:
            groups.setdefault(rule.head.relation, []).append(rule)
    clauses = [
        _clause(name, rules, exercised, tallies) for name, rules in groups.items()
    ]
    clauses += [
        Clause(
            one.id,
            "unencoded",
            one.cites,
            one.section,
            tuple(rule for rule in policy.rules if one.id in rule.subject_to),
            None,
            None,
            (NOT_ENCODED,),
        )
        for one in policy.unencoded.values()
    ]
    clauses += [
        Clause(
            first_title(section.title, policy.languages),
            "text",
            (),
            section,
            (),
            None,
            None,
            (NO_RULE,),
        )
        for section in _bare(program)
    ]
    cited = {rule.head.relation for rule in policy.rules if rule.cites}
    serving = dependencies(policy).below(sorted(cited)) - cited
    uncited = tuple(
        rule
        for rule in policy.rules
        if rule.body
        and not rule.cites
        and rule.head.relation not in serving
        and not rule.head.relation.startswith("outcome.")
    )
    cases = None
    if decisions is not None:
        cases = len(decisions), decisions.model.facts.path
    return Trace(tuple(clauses), uncited, scenarios, cases)


def trace_json(policy: Policy, found: Trace) -> str:
    """Return the traceability of a policy as one object of schema `whereas.trace/1`."""
    document = {
        "schema": SCHEMA,
        "policy": {
            "id": policy.id,
            "version": policy.version,
            "sha256": policy.sha256,
        },
        "scenarios": None
        if found.scenarios is None
        else {"number": found.scenarios[0], "passed": found.scenarios[1]},
        "decisions": None
        if found.cases is None
        else {"number": found.cases[0], "facts": found.cases[1]},
        "clauses": [_clause_json(one, policy.languages) for one in found.clauses],
        "gaps": [{"kind": kind, "name": name} for kind, name in found.gaps],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _clause_json(one: Clause, languages: Sequence[str]) -> dict[str, object]:
    tally = one.decisions
    return {
        "id": one.id,
        "kind": one.kind,
        "cites": [{"source": c.source, "place": c.place} for c in one.cites],
        "section": None
        if one.section is None
        else {
            "document": one.section.document,
            "slug": one.section.slug,
            "title": first_title(one.section.title, languages),
        },
        "rules": [
            {
                "label": rule.label,
                "relation": rule.head.relation,
                "place": None if rule.span is None else str(rule.span),
            }
            for rule in one.rules
        ],
        "scenarios": None if one.scenarios is None else list(one.scenarios),
        "decisions": None
        if tally is None
        else {
            "held": tally.held,
            "failed": tally.failed,
            "held_cases": list(tally.held_cases),
            "failed_cases": list(tally.failed_cases),
            "shown": tally.shown,
            "shown_cases": list(tally.shown_cases),
        },
        "gaps": list(one.gaps),
    }


def _clause(
    name: str,
    rules: Sequence[Rule],
    exercised: Mapping[str, Sequence[str]] | None,
    tallies: Mapping[str, Tally] | None,
) -> Clause:
    names = None
    if exercised is not None:
        names = tuple(
            dict.fromkeys(n for rule in rules for n in exercised.get(rule.label, ()))
        )
    tally = None
    if tallies is not None and rules[0].id is not None:
        tally = tallies.get(name, Tally(0, 0, (), ()))
    gaps = []
    if names == ():
        gaps.append(NO_SCENARIO)
    if tally is not None and not tally.held + tally.failed + tally.shown:
        gaps.append(NO_DECISION)
    return Clause(
        name,
        "rule",
        tuple(dict.fromkeys(cite for rule in rules for cite in rule.cites)),
        rules[0].section,
        tuple(rules),
        names,
        tally,
        tuple(gaps),
    )


def _tallies(decisions: Decisions) -> dict[str, Tally]:
    """Count for each id the decisions that it holds in, and those that it fails in."""
    numbers: Counter[int] = Counter()
    first: dict[int, list[str]] = {}
    for stretch in decisions.stretches():
        for stored, ground in stretch:
            numbers[ground] += 1
            cases = first.setdefault(ground, [])
            if len(cases) < EXAMPLES:
                cases.append(_case(decisions, stored))
    held: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    held_cases: dict[str, list[str]] = {}
    failed_cases: dict[str, list[str]] = {}
    for ground in sorted(numbers):
        some, others = decisions.grounds[ground].held, decisions.grounds[ground].failed
        for ids, tally, examples in (
            (some, held, held_cases),
            (others, failed, failed_cases),
        ):
            for one in ids:
                tally[one] += numbers[ground]
                examples.setdefault(one, []).extend(first[ground])
    shown = _shown(decisions)
    return {
        one: Tally(
            held[one],
            failed[one],
            tuple(sorted(held_cases.get(one, ()))[:EXAMPLES]),
            tuple(sorted(failed_cases.get(one, ()))[:EXAMPLES]),
            len(shown.get(one, ())),
            tuple(sorted(shown.get(one, ()))[:EXAMPLES]),
        )
        for one in {**held, **failed, **shown}
    }


def _shown(decisions: Decisions) -> dict[str, set[str]]:
    """Return for each id the cases that a row which it gives is shown with.

    Asked of the rules of the shown relations that name the case in their columns.
    """
    from whereas.engine.bodies import Names
    from whereas.explain import Explainer
    from whereas.explain.bodies import Conjunction, expanded
    from whereas.explain.decisions import case_columns

    explainer = Explainer(decisions.model)
    policy = explainer.policy
    key = case_columns(policy)
    found: dict[str, set[str]] = {}
    for name in policy.show:
        names = [column.name for column in policy.relations[name].columns]
        if not all(column in names for column, _ in key):
            continue
        places = [names.index(column) for column, _ in key]
        for rule in policy.rules_of(name):
            if rule.id is None:
                continue
            cases = found.setdefault(rule.id, set())
            for way in expanded(rule.body, filters=False):
                body = Conjunction(explainer.encoding, policy, Names(), {}).add(way)
                chosen = ", ".join(
                    explainer.encoding.sql(rule.head.terms[place], body.variables)
                    for place in places
                )
                rows = explainer.database.query(
                    f"SELECT DISTINCT {chosen} {body.source()}"
                )
                cases.update(_case(decisions, row) for row in rows)
    return found


def _case(decisions: Decisions, stored: Sequence[int]) -> str:
    from whereas.explain.decisions import case_columns

    text = decisions.model.database.text
    values = [
        decode(one, type_, text)
        for one, (_, type_) in zip(
            stored, case_columns(decisions.model.policy), strict=True
        )
    ]
    return ", ".join(v if isinstance(v, str) else written(v) for v in values)


def _bare(program: Program) -> Iterator[Section]:
    """Yield the sections that quote the regulation and encode nothing of it."""
    from whereas.language import syntax
    from whereas.policy.core import Section

    encoding = (
        syntax.Clause
        | syntax.OutcomeDeclaration
        | syntax.ParameterDeclaration
        | syntax.UnencodedDeclaration
        | syntax.QuestionDeclaration
    )

    for document in program.documents:
        for place, section in enumerate(document.sections):
            if not section.quotes:
                continue
            depth = len(section.path)
            inside = [section]
            for other in document.sections[place + 1 :]:
                if other.path[:depth] != section.path:
                    break
                inside.append(other)
            if any(isinstance(s, encoding) for one in inside for s in one.statements):
                continue
            yield Section(
                document.source.name,
                section.slug,
                section.title,
                section.path,
                section.quotes,
            )
