"""Each claim of a justification against the policy and the facts: accepted or rejected.

Checked is everything that bears the decision: hashes, setting, case, outcome (and
that no earlier one's goal holds), each stated row, each rule instance with its
premises, absences and aggregates, that no fact rests on itself, and of a refusal the
attempts; and the ids of what held and failed, and of what the outcome rests on. Not
checked are the sentences, other readings, and how the decision was computed
(`engines`, `certified`, `instances`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from whereas.checker.attempts import SHOWN, Attempts, rules_named
from whereas.checker.claims import Claims, Fact, Rejection
from whereas.checker.explanations import Whole, read_lines
from whereas.checker.ids import clauses, first_ids, held_and_failed
from whereas.checker.premises import check_pattern
from whereas.checker.steps import Steps
from whereas.checker.world import Substitution, World
from whereas.language.spoken import first_title
from whereas.policy.core import Policy, Rule, Setting
from whereas.values import DATE, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from whereas.checker.attempts import Goal
    from whereas.facts.base import FactBase
    from whereas.policy.core import Atom


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a proof: accepted, if nothing was rejected."""

    steps: int
    rejections: tuple[Rejection, ...]

    @property
    def accepted(self) -> bool:
        """Whether every claim follows."""
        return not self.rejections


def verify(document: Mapping[str, Any], policy: Policy, facts: FactBase) -> Verdict:
    """Check a justification that fits its schema."""
    claims = Claims()
    _heading(claims, document, policy, facts)
    world = World(policy, facts, _setting(claims, document, policy))
    steps = _checked(claims, document, world, facts)
    _rules(claims, document, steps.rules, policy.languages)
    return Verdict(len(document["steps"]), tuple(dict.fromkeys(claims.rejections)))


def verify_folder(
    folder: Path,
    heading: Mapping[str, Any],
    policy: Policy,
    facts: FactBase,
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[Verdict, int]:
    """Check a folder of explanations; return how many there are, too.

    Each line is checked as the justification that it stands for, and its number
    begins each place.
    """
    claims = Claims()
    _heading(claims, heading, policy, facts)
    world = World(policy, facts, _setting(claims, heading, policy))
    whole = Whole(heading, world)
    rejections = list(claims.rejections)
    steps = number = 0
    for number, line in enumerate(read_lines(folder), 1):
        claims = Claims()
        _checked(claims, whole.justification(line), world, facts, line=True)
        rejections += [
            Rejection(f"/{number}{one.at}", one.why)
            for one in dict.fromkeys(claims.rejections)
        ]
        steps += len(line["steps"])
        if number % 1000 == 0:
            tell(f"verifying: {number:,}")
    if number != heading["explained"]:
        why = f"there are {number} lines"
        rejections.append(Rejection("/explained", why))
    return Verdict(steps, tuple(dict.fromkeys(rejections))), number


def _checked(
    claims: Claims,
    document: Mapping[str, Any],
    world: World,
    facts: FactBase,
    *,
    line: bool = False,
) -> Steps:
    """Check the steps, and what the document says that they show.

    It may stand for a `line` of explanations: of each rule that has one attempt, and
    says what is missing every time.
    """
    steps = Steps(claims, world, facts, document)
    steps.check()
    decision, under = document["decision"], list[str]()
    if decision is None:
        _goal(claims, document, steps)
    elif (case := _case(claims, decision["case"], world)) is not None:
        _outcome(claims, document, steps, case, line=line)
        _shown(claims, document["shown"], steps, case)
        under = _reasons(claims, decision, world, case, line=line)
    _subject_to(claims, document, steps, under)
    return steps


def _heading(
    claims: Claims, document: Mapping[str, Any], policy: Policy, facts: FactBase
) -> None:
    said = document["policy"]
    claims.equal("/policy/id", said["id"], policy.id)
    claims.equal("/policy/version", said["version"], policy.version)
    for at, given, own, what in (
        ("/policy/sha256", said["sha256"], policy.sha256, "another policy"),
        ("/facts/sha256", document["facts"]["sha256"], facts.sha256, "other facts"),
    ):
        if given != own:
            claims.reject(at, f"the proof was made for {what}; the hash here is {own}")


def _setting(claims: Claims, document: Mapping[str, Any], policy: Policy) -> Setting:
    """Read the parameters and the day for which the proof was made."""
    said = document["parameters"]
    values = {name: one.default for name, one in policy.parameters.items()}
    if said.keys() != values.keys():
        claims.reject("/parameters", "these are not the policy's parameters")
    for name, one in policy.parameters.items():
        if name in said:
            for value in claims.value(f"/parameters/{name}", said[name], one.type):
                values[name] = value
    today: Value = None
    for value in claims.value("/today", document["today"], DATE):
        today = value
    if (today is not None) != policy.uses_today:
        claims.reject("/today", "it has a day if, and only if, the policy reads it")
    return Setting(values, today if isinstance(today, date) else None)


def _case(claims: Claims, said: Mapping[str, Any], world: World) -> Substitution | None:
    """Return the subject's key, by the names that goals give its columns."""
    if world.policy.subject is None:
        claims.reject("/decision/case", "the policy decides no cases")
        return None
    subject = world.policy.relations[world.policy.subject]
    columns = {i: subject.columns[i] for i in subject.key}
    if list(said) != [column.name for column in columns.values()]:
        claims.reject("/decision/case", f"this is no key of `{subject.name}`")
        return None
    known: dict[int, Value] = {}
    for place, column in columns.items():
        at = f"/decision/case/{column.name}"
        for value in claims.value(at, said[column.name or ""], column.type):
            known[place] = value
    if len(known) < len(columns) or not world.matching(subject.name, known):
        claims.reject("/decision/case", f"the facts have no such `{subject.name}`")
        return None
    return {_capital(columns[i].name): value for i, value in known.items()}


def _outcome(
    claims: Claims,
    document: Mapping[str, Any],
    steps: Steps,
    case: Substitution,
    *,
    line: bool,
) -> None:
    """Check that the outcome is the first whose goal holds, and proved."""
    world, policy = steps.world, steps.world.policy
    said = document["decision"]["outcome"]

    def goal(atom: Atom) -> tuple[Fact, bool]:
        fact = Fact(*world.ground(atom, case))
        return fact, fact.row in world.rows(fact.relation)

    if said not in [None, *(one.name for one in policy.outcomes)]:
        claims.reject("/decision/outcome", "the policy has no such outcome")
        return
    wanted = None
    for one in policy.outcomes:
        if one.name == said:
            wanted = one.goal
            break
        if one.goal is None or goal(one.goal)[1]:
            words = f"`{one.name}` comes first, and it holds"
            claims.reject("/decision/outcome", words)
    proof = document["proof"]
    if wanted is None:
        claims.equal("/proof", proof, None)
    elif proof is None or steps.proved("/proof", proof) != goal(wanted)[0]:
        claims.reject("/proof", f"this is not {goal(wanted)[0]}")
    target, holds = goal(policy.target)
    _blockage(
        document["blockage"],
        Attempts(steps, again=line),
        (target.relation, target.row),
        holds=holds,
        most=1 if line else SHOWN,
    )


def _reasons(
    claims: Claims,
    said: Mapping[str, Any],
    world: World,
    case: Substitution,
    *,
    line: bool,
) -> list[str]:
    """Check the ids of a decision: what held and failed, and what it rests on.

    Return the clauses that it is subject to, which a line does not tell apart.
    """
    policy, at = world.policy, "/decision"
    target = Fact(*world.ground(policy.target, case))
    held, failed = held_and_failed(world, target)
    claims.equal(f"{at}/held", said["held"], held)
    claims.equal(f"{at}/failed", said["failed"], failed)
    known = {
        one.name: Fact(*world.ground(one.goal, case))
        for one in policy.outcomes
        if one.goal is not None
    }
    holding = {
        name: goal
        for name, goal in known.items()
        if goal.row in world.rows(goal.relation)
    }
    speaking = [name for name in known if name not in policy.wanted]
    because: list[dict[str, Any]] = []
    if said["outcome"] in speaking:
        for name in speaking[speaking.index(said["outcome"]) :]:
            ids = first_ids(world, holding[name]) if name in holding else []
            if ids or not because:
                because.append({"outcome": name, "ids": ids})
    claims.equal(f"{at}/because", said.get("because", []), because)
    goal = holding.get(said["outcome"])
    under = [] if goal is None else clauses(world, goal)
    if not line:
        claims.equal(f"{at}/subject_to", said.get("subject_to", []), under)
    return under


def _goal(claims: Claims, document: Mapping[str, Any], steps: Steps) -> None:
    """Check a goal that was asked for by itself: a row of it is proved, or none is."""
    said, world = document.get("goal"), steps.world
    relation = world.policy.relations.get(said["relation"]) if said else None
    if said is None or relation is None or len(said["values"]) != relation.arity:
        claims.reject("/goal", "this is no goal of the policy")
        return
    known: dict[int, Value] = {}
    for place, (one, column) in enumerate(
        zip(said["values"], relation.columns, strict=True)
    ):
        if "value" in one:
            at = f"/goal/values/{place}/value"
            for value in claims.value(at, one["value"], column.type):
                known[place] = value
    rows = world.matching(relation.name, known)
    pattern = tuple(known.get(place, ...) for place in range(relation.arity))
    goal = relation.name, pattern
    _blockage(document["blockage"], Attempts(steps), goal, holds=bool(rows), most=1)
    proof = document["proof"]
    if proof is None:
        if rows:
            claims.reject("/proof", "the goal holds, and nothing is proved")
    elif steps.proved("/proof", proof) not in [Fact(relation.name, r) for r in rows]:
        claims.reject("/proof", "this is not the goal")
    if document["shown"]:
        claims.reject("/shown", "facts are shown with decisions only")


def _blockage(
    said: Mapping[str, Any] | None,
    attempts: Attempts,
    goal: Goal,
    *,
    holds: bool,
    most: int,
) -> None:
    """Check that a blockage is there where a goal does not hold, and says why."""
    steps, claims = attempts.steps, attempts.steps.claims
    if (said is None) != holds:
        claims.reject("/blockage", "the target holds" if holds else "it does not hold")
    if said is None:
        return
    name, pattern = goal
    relation = steps.world.policy.relations[name]
    claims.equal("/blockage/relation", said["relation"], name)
    check_pattern(claims, "/blockage/pattern", said["pattern"], relation, pattern)
    if not holds:
        attempts.at("/blockage/attempts", said["attempts"], goal, most)


def _shown(claims: Claims, said: list[int], steps: Steps, case: Substitution) -> None:
    """Check that the rows shown are those of the case, where a column says so."""
    show, world = steps.world.policy.show, steps.world
    facts = [steps.proved(f"/shown/{i}", number) for i, number in enumerate(said)]
    for place, fact in enumerate(facts):
        if fact is not None and (fact in facts[:place] or fact.relation not in show):
            claims.reject(f"/shown/{place}", f"{fact} is not to be shown, or not twice")
    for name in show:
        columns = [_capital(one.name) for one in world.policy.relations[name].columns]
        key = {i: case[one] for i, one in enumerate(columns) if one in case}
        if not key:
            continue
        expected = {Fact(name, row) for row in world.matching(name, key)}
        for place, fact in enumerate(facts):
            if fact is not None and fact.relation == name and fact not in expected:
                claims.reject(f"/shown/{place}", f"{fact} is not of this case")
        for lacking in sorted(map(str, expected.difference(facts))):
            claims.reject("/shown", f"{lacking} is not shown")


def _subject_to(
    claims: Claims, document: Mapping[str, Any], steps: Steps, under: Sequence[str]
) -> None:
    """Check the clauses that a rule used for the decision names, or is `under`."""
    waiting = [
        one for one in (*document["shown"], document["proof"]) if one is not None
    ]
    reached: set[int] = set()
    while waiting:
        number = waiting.pop()
        if number not in reached and number < len(steps.known):
            reached.add(number)
            waiting.extend(steps.below[number])
    used = {
        step["rule"]
        for number in reached
        if (step := steps.said[number]["step"]) and "rule" in step
    }
    rules = [rule for label, rule in steps.rules.items() if label in used]
    expected = {clause for rule in rules for clause in rule.subject_to}
    # A decision is subject to what any proof of it is, not the one alone that is shown.
    expected.update(under)
    said = [one["id"] for one in document["subject_to"]]
    claims.equal("/subject_to", sorted(said), sorted(expected))


def _rules(
    claims: Claims,
    document: Mapping[str, Any],
    rules: Mapping[str, Rule],
    languages: tuple[str, ...],
) -> None:
    """Check what the document says of each rule that it names."""
    derived = [s for one in document["steps"] if (s := one["step"]) and "rule" in s]
    named = {one["rule"] for step in derived for one in (step, *step["others"])}
    named.update(rules_named((document["blockage"] or {"attempts": []})["attempts"]))
    said = document["rules"]
    for label in sorted(named & rules.keys() - said.keys()):
        claims.reject("/rules", f"it does not have `{label}`, which is named")
    for label, one in said.items():
        at, rule = f"/rules/{label}", rules.get(label)
        if rule is None:
            claims.reject(at, "the policy has no such rule")
            continue
        section, own = rule.section, one["section"]
        for name, given, expected in (
            ("id", one["id"], rule.id),
            ("subject_to", one["subject_to"], list(rule.subject_to)),
            ("unproven", one["unproven"], rule.unproven),
            ("place", _inside(one["place"]), rule.span and _inside(str(rule.span))),
            (
                "cites",
                [[cite["source"], cite["place"]] for cite in one["cites"]],
                [[cite.source, cite.place] for cite in rule.cites],
            ),
            (
                "section",
                own and [_inside(own["document"]), own["slug"], own["title"]],
                section
                and [
                    _inside(section.document),
                    section.slug,
                    first_title(section.title, languages),
                ],
            ),
        ):
            claims.equal(f"{at}/{name}", given, expected)


def _inside(place: str | None) -> str | None:
    """Return a place without its folder, which is as whoever asked wrote it."""
    return place and PurePath(place).name


def _capital(name: str | None) -> str:
    return (name or "")[:1].upper() + (name or "")[1:]
