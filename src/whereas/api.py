"""The calls that Python users and the command line share: load, decide, why, query.

    policy = load_policy("policy/nmpa-summary")
    facts = load_facts("facts/demo", policy)
    decided = decide(policy, facts)
    print(why(decided.model, "B-001").text())

Each raises a `whereas.diagnostics.WhereasError`: `Invalid` with every diagnostic,
where the input is wrong.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from whereas.answers import (
    Answers,
    Checklist,
    Contrast,
    Differences,
    Documentation,
    Reasons,
    RepairResult,
    TimelineResult,
    WhatIfResult,
    WhyNot,
)
from whereas.engine.model import Model
from whereas.policy import load_policy
from whereas.values import Value, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

    from whereas.budget import Limits
    from whereas.change.case_solver import CaseSolver
    from whereas.change.robustness import Robustness
    from whereas.change.terms import Bounds
    from whereas.checker import Verdict
    from whereas.explain import Decisions
    from whereas.explain.groups import Group
    from whereas.explain.proof import Fact, Pattern
    from whereas.facts.base import FactBase
    from whereas.facts.changes import Change
    from whereas.policy.core import Policy, Setting

__all__ = [
    "Answers",
    "Checklist",
    "Contrast",
    "Differences",
    "Documentation",
    "Reasons",
    "RepairResult",
    "TimelineResult",
    "WhatIfResult",
    "WhyNot",
    "anew",
    "checklist",
    "contrast",
    "decide",
    "diff",
    "doc",
    "explanations",
    "graph",
    "groups",
    "load_facts",
    "load_policy",
    "query",
    "repair",
    "robustness",
    "setting_of",
    "timeline",
    "verify",
    "what_if",
    "why",
    "why_not",
]


def load_facts(
    folder: Path | str,
    policy: Policy,
    *,
    engine: str = "auto",
    beside: Policy | None = None,
) -> FactBase:
    """Read the fact files that a policy declares; `engine` chooses their home.

    Files that only the policy `beside` declares are passed over.
    """
    from whereas.facts import load_facts as load

    first = engine.split(",", maxsplit=1)[0].strip()
    match first:
        case "duckdb":
            return load(folder, policy, home="duckdb", beside=beside)
        case "sqlite" | "pydatalog":
            return load(folder, policy, home="sqlite", beside=beside)
    return load(folder, policy, beside=beside)


def decide(
    policy: Policy,
    facts: FactBase,
    *,
    today: date | None = None,
    parameters: Mapping[str, Value] | None = None,
    engine: str = "auto",
    certify: bool | None = None,
    limits: Limits | None = None,
    progress: Callable[[str], None] | None = None,
    readings: bool | None = None,
) -> Decisions:
    """Decide every case of the facts.

    `parameters` override the policy's defaults. A text stands for a value of any
    type, written as in a fact file. `Model.engines` says who decided. `readings`:
    decide under each other value of an unsettled parameter too, one at a time, so
    that a decision says what it would be; None does up to a million stated facts.
    """
    from whereas.engine import solve
    from whereas.engine.readings import tries_readings
    from whereas.explain import decide as decisions_of

    setting = setting_of(policy, today, parameters or {})
    model = solve(
        policy,
        facts,
        setting,
        engine=engine,
        limits=limits,
        certify=certify,
        progress=progress,
        readings=tries_readings(facts, readings),
    )
    return decisions_of(model)


def anew(
    policy: Policy,
    facts: FactBase,
    *,
    today: date | None = None,
    parameters: Mapping[str, Value] | None = None,
) -> CaseSolver:
    """Prepare to decide one case after the other from stated facts only.

    `anew(policy, facts).outcome("B-001")` is the outcome by the facts as they are
    at that moment; no model is needed, and what was compiled is kept.
    """
    from whereas.change.case_solver import CaseSolver

    return CaseSolver(policy, facts, setting_of(policy, today, parameters or {}))


def why(
    model: Model, case: str | Sequence[Value], *, all_proofs: int | None = None
) -> Reasons:
    """Justify the decision of a case: the proof, or what stands against it.

    `case` is its key: a text, or the values of a composite key. With `all_proofs`
    up to that many proofs of each fact are there.
    """
    from whereas.explain import justify

    return Reasons(model, justify(model, _key(case), all_proofs=all_proofs))


def checklist(model: Model, case: str | Sequence[Value], section: str) -> Checklist:
    """Go through the checks of a section of the policy for a case, in their order.

    `section` is the slug of a heading (as a link to it has it). Each quotation of the
    regulation is a check, with the rules that stand below it.
    """
    from whereas.explain import Explainer, justify
    from whereas.explain.checklist import checks, examined

    explainer = Explainer(model)
    found = justify(explainer, _key(case))
    some = checks(model.policy, model.policy.program, section)
    return Checklist(model, found, examined(explainer, found, some))


def doc(
    policy: Policy,
    facts: FactBase | None = None,
    *,
    today: date | None = None,
    parameters: Mapping[str, Value] | None = None,
) -> Documentation:
    """Return the page of a policy, with what its scenarios exercise.

    With `facts` they are decided, and each clause says how many decisions rest on
    it or fail it. Raises `Invalid` for what is wrong with the policy's scenarios.
    """
    from whereas.explain.trace import trace
    from whereas.scenarios import exercised, load, run

    program = policy.program
    suite = load(policy)
    names, number = None, None
    # A library of rules is exercised by the scenarios of those who use it.
    if suite.scenarios or policy.subject is not None:
        results = run(suite)
        names = exercised(results)
        number = len(results.scenarios), len(results.passed)
    decisions = None
    if facts is not None:
        decisions = decide(policy, facts, today=today, parameters=parameters)
    found = trace(policy, program, names, number, decisions)
    return Documentation(policy, program, found)


def robustness(model: Model, case: str | Sequence[Value]) -> Robustness:
    """Say which facts the decision of a case cannot do without.

    `case` is its key: a text, or the values of a composite key.
    """
    from whereas.change.robustness import robustness as found

    return found(model, (case,) if isinstance(case, str) else tuple(case))


def groups(decisions: Decisions) -> tuple[Group, ...]:
    """Group decisions by the reason that they share, the largest group first."""
    from whereas.explain import Explainer
    from whereas.explain.groups import groups as grouped

    return grouped(Explainer(decisions.model), decisions)


def explanations(
    decisions: Decisions, wanted: Callable[[str | None], bool] = lambda _: True
) -> Iterator[str]:
    """Explain many decisions at once: yield a line of JSON for each, in their order.

    `wanted` says for which outcomes (None is undetermined). A line, of schema
    `whereas.explanation/1`, says what `why` says of the case, without what the
    policy says already.
    """
    from whereas.explain import Explainer
    from whereas.explain.explanations import explanations as lines

    return lines(Explainer(decisions.model), decisions, wanted)


def graph(
    policy: Policy,
    format_: str = "svg",
    language: str | None = None,
    *,
    relations: Sequence[str] = (),
) -> str:
    """Return what rests on what in a policy: `text`, `svg`, `dot`, `mermaid`, `json`.

    With `relations`, only these and what they rest on; `UsageError` for one that the
    policy does not have.
    """
    from whereas.render.policy_graph import graph_as

    return graph_as(policy, format_, language or policy.languages[0], relations)


def what_if(
    decided: Decisions,
    changes: Sequence[Change] = (),
    *,
    today: date | None = None,
    parameters: Mapping[str, Value] | None = None,
    name: str | None = None,
    cases: Sequence[str | Sequence[Value]] = (),
    justify: int = 5,
    engine: str = "auto",
    certify: bool | None = None,
    limits: Limits | None = None,
    progress: Callable[[str], None] | None = None,
) -> WhatIfResult:
    """Decide again with some facts, parameters or the day otherwise, and compare.

    The facts that were decided stay as they are. `changes` are whole rows
    (`whereas.facts.Addition`, `Withdrawal`, `Correction`); `today` and `parameters`
    change what was decided with. The first `justify` cases that differ are
    justified, or those that are named. Raises `Invalid` where a change is wrong.
    """
    from whereas.change.compare import WhatIf, compare
    from whereas.engine import solve
    from whereas.explain import decide as decisions_of
    from whereas.facts.changes import changed

    before = decided.model
    setting = setting_of(
        before.policy,
        today or before.setting.today,
        {**before.setting.parameters, **(parameters or {})},
    )
    model = solve(
        before.policy,
        changed(before.facts, before.policy, changes),
        setting,
        engine=engine,
        limits=limits,
        certify=certify,
        progress=progress,
    )
    comparison = compare(
        decided,
        decisions_of(model),
        cases=[_key(case) for case in cases],
        most=justify,
    )
    return WhatIfResult((WhatIf(name, tuple(changes), comparison),))


def diff(
    before: Decisions,
    after: Decisions,
    *,
    wanted: Sequence[str] = (),
    cases: Sequence[str | Sequence[Value]] = (),
    justify: int = 5,
) -> Differences:
    """Compare two sets of decisions: of two policies, versions, or sets of facts.

    Outcomes that only one policy knows are compared by whether they are wanted:
    marked so by the policy, or named by `wanted`. The first `justify` cases that
    differ are justified on both sides, or those that are named. Raises `UsageError`
    if the policies decide different things.
    """
    from whereas.change.compare import compare

    keys = [_key(case) for case in cases]
    return Differences(compare(before, after, wanted=wanted, cases=keys, most=justify))


def _key(case: str | Sequence[Value]) -> tuple[Value, ...]:
    return (case,) if isinstance(case, str) else tuple(case)


def timeline(
    policy: Policy,
    facts: FactBase,
    case: str | Sequence[Value],
    *,
    today: date | None = None,
    parameters: Mapping[str, Value] | None = None,
    first: date | None = None,
    last: date | None = None,
    only: str | None = None,
) -> TimelineResult:
    """Say from which day to which each outcome of a case holds.

    What moves is `$today` and the days that the policy names (`timeline …`), or
    `only` one of them. The days are computed; `first` and `last` bound them.
    """
    from whereas.change.timeline import timeline as timeline_of

    setting = setting_of(policy, today, parameters or {})
    model = Model(policy, facts, setting, (), certified=False)
    key = (case,) if isinstance(case, str) else tuple(case)
    found = timeline_of(model, key, first=first, last=last, only=only)
    return TimelineResult(model, found)


def why_not(
    model: Model,
    case: str | Sequence[Value] | None = None,
    *,
    goal: Fact | tuple[str, Pattern] | None = None,
    outcome: str | None = None,
    depth: int = 3,
    everything: bool = False,
) -> WhyNot:
    """Say why a case lacks an outcome, or why any goal does not hold.

    `case` is its key; `outcome` the one it lacks (the wanted one, if unsaid). A
    `goal` is a fact, or a relation with a value or `whereas.explain.ANY` for each
    column. Missing conclusions are followed `depth` levels down; with `everything`
    more attempts are there (100 of each rule, not 3).
    """
    from whereas.explain.proof import Fact
    from whereas.explain.whynot import why_not as of_goal
    from whereas.explain.whynot import why_not_case

    if goal is not None:
        relation, pattern = (
            (goal.relation, goal.values) if isinstance(goal, Fact) else goal
        )
        found = of_goal(model, pattern, relation, depth=depth, everything=everything)
        return WhyNot(model, found, everything)
    if case is None:
        raise TypeError("name a case or a goal")
    key = (case,) if isinstance(case, str) else tuple(case)
    found = why_not_case(
        model, key, outcome=outcome, depth=depth, everything=everything
    )
    return WhyNot(model, found, everything)


def contrast(
    model: Model,
    first: str | Sequence[Value],
    second: str | Sequence[Value],
    *,
    outcome: str | None = None,
) -> Contrast:
    """Say where two cases part: the first premises that one meets and one does not.

    A case is its key: a text, or the values of a composite key. `outcome` is the one
    that is asked about (the wanted one, if unsaid).
    """
    from whereas.explain.contrast import contrast as of_cases

    one, other = (
        (case,) if isinstance(case, str) else tuple(case) for case in (first, second)
    )
    return Contrast(model, of_cases(model, one, other, outcome=outcome))


def repair(
    model: Model,
    case: str | Sequence[Value],
    *,
    bounds: Bounds | None = None,
    today: date | None = None,
) -> RepairResult:
    """Propose the smallest sets of changes that give a case the wanted outcome.

    Only what the policy declares `correctable` is proposed, and each proposal was
    decided again. `bounds` (`whereas.change.terms.Bounds`) end the search. What can
    only be done on a later day is not done before `today`, where the policy's rules
    do not read which day it is. Raises `NothingSelected` for an unknown case.
    """
    from whereas.change.repair import repair as search
    from whereas.change.terms import Bounds

    key = (case,) if isinstance(case, str) else tuple(case)
    return RepairResult(
        model, search(model, key, bounds=bounds or Bounds(), today=today)
    )


def query(
    policy: Policy,
    facts: FactBase,
    body: str,
    *,
    today: date | None = None,
    parameters: Mapping[str, Value] | None = None,
    engine: str = "auto",
    certify: bool | None = None,
    limits: Limits | None = None,
    progress: Callable[[str], None] | None = None,
) -> Answers:
    """Answer any rule body over a policy and facts: a row for each answer.

    The body is checked like a rule of the policy; where it says `not`, it means
    "nothing on file shows it".
    """
    from whereas.engine import solve
    from whereas.policy.core import Variable
    from whereas.policy.query import check_query

    asked, goal = check_query(policy, body)
    model = solve(
        asked,
        facts,
        setting_of(asked, today, parameters or {}),
        engine=engine,
        limits=limits,
        certify=certify,
        progress=progress,
    )
    rows = tuple(model.rows(goal.relation))
    variables = tuple(term.name for term in goal.terms if isinstance(term, Variable))
    if not variables:
        rows = ((),) if rows else ()
    return Answers(model, variables, rows)


def verify(proof: Path | str, policy: Policy, facts: FactBase) -> Verdict:
    """Check a proof that `why CASE --format json` wrote, without any engine.

    Raises `Invalid`, where the file is no such proof.
    """
    from whereas.checker import read_document
    from whereas.checker import verify as verified

    return verified(read_document(Path(proof)), policy, facts)


def setting_of(
    policy: Policy, today: date | None, parameters: Mapping[str, Value]
) -> Setting:
    """Return the values of all parameters, and the day; raises `UsageError`.

    A text stands for a value of any type, written as the command line writes it.
    """
    from whereas.policy.setting import setting

    texts = {
        name: value if isinstance(value, str) else written(value)
        for name, value in parameters.items()
    }
    return setting(policy, texts, today)
