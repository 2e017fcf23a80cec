"""A proof against the policy and the facts that it was made for: each claim in turn.

Checked are the hashes, the setting, the case, the outcome (and that no earlier one's
goal holds), every step, the attempts of a refusal, the ids, the facts that are shown,
the clauses that the decision is subject to, and what is said of each rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from whereas.checker.claims import Claims, Fact, Rejection
from whereas.checker.compact import Compactor
from whereas.checker.conditions import Conditions, check_pattern
from whereas.checker.explanations import read_lines
from whereas.checker.fact_files import FactFiles
from whereas.checker.ids import Reasons, in_order
from whereas.checker.naive_model import NaiveModel, Row, Substitution
from whereas.checker.steps import Steps
from whereas.language.spoken import first_title
from whereas.policy.core import Policy, Relation, Rule, Setting
from whereas.values import DATE, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from whereas.checker.attempts import Goal
    from whereas.facts.base import FactBase

Said = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The number of steps that were checked, and the claims that were rejected."""

    steps: int
    rejections: tuple[Rejection, ...]

    @property
    def accepted(self) -> bool:
        """Whether every claim follows."""
        return not self.rejections


class Checker:
    """Checks proofs; the relations that one proof needed are there for the next."""

    def __init__(self, policy: Policy, facts: FactBase) -> None:
        """Check proofs about a policy and facts."""
        self.policy = policy
        self.facts = facts
        self._models: dict[tuple[Value, ...], NaiveModel] = {}

    def verify(self, document: Mapping[str, Any]) -> Verdict:
        """Check a justification that fits its schema."""
        claims = Claims()
        model = self._begin(claims, document)
        files = FactFiles(self.policy, self.facts, document["facts"]["path"])
        said = Compactor(claims, model, files).justification(document)
        Proof(claims, model, files, said).check()
        _rules(claims, document, self.policy)
        return _verdict(len(document["steps"]), claims.rejections)

    def verify_folder(
        self,
        folder: Path,
        heading: Mapping[str, Any],
        tell: Callable[[str], None] = lambda _: None,
    ) -> tuple[Verdict, int]:
        """Check a folder of explanations; return how many there are, too.

        The number of a line begins each place.
        """
        claims = Claims()
        model = self._begin(claims, heading)
        files = FactFiles(self.policy, self.facts, heading["facts"]["path"])
        named = {
            relation: dict(zip(("file", "sheet"), files.name(relation), strict=True))
            for relation in self.facts.files
        }
        claims.equal("/files", heading["files"], named)
        rejections = claims.rejections
        steps = number = 0
        for number, line in enumerate(read_lines(folder), 1):
            claims = Claims()
            Proof(claims, model, files, line).check()
            rejections += [
                Rejection(f"/{number}{one.at}", one.why) for one in claims.rejections
            ]
            steps += len(line["steps"])
            if number % 1000 == 0:
                tell(f"verifying: {number:,}")
        if number != heading["explained"]:
            why = f"there are {number} lines"
            rejections.append(Rejection("/explained", why))
        return _verdict(steps, rejections), number

    def _begin(self, claims: Claims, said: Mapping[str, Any]) -> NaiveModel:
        """Check the hashes, and return the model under the setting of a proof."""
        policy, facts = self.policy, self.facts
        claims.equal("/policy/id", said["policy"]["id"], policy.id)
        claims.equal("/policy/version", said["policy"]["version"], policy.version)
        for at, given, own, other in (
            ("/policy", said["policy"], policy.sha256, "another policy"),
            ("/facts", said["facts"], facts.sha256, "other facts"),
        ):
            if given["sha256"] != own:
                words = f"the proof was made for {other}; the hash here is {own}"
                claims.reject(f"{at}/sha256", words)
        setting = _setting(claims, said, policy)
        key = (*setting.parameters.values(), setting.today)
        if key not in self._models:
            self._models[key] = NaiveModel(policy, facts, setting)
        return self._models[key]


def verify(document: Mapping[str, Any], policy: Policy, facts: FactBase) -> Verdict:
    """Check a justification that fits its schema."""
    return Checker(policy, facts).verify(document)


def _verdict(steps: int, rejections: Sequence[Rejection]) -> Verdict:
    return Verdict(steps, tuple(dict.fromkeys(rejections)))


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


class Proof:
    """One proof in its compact form: a decision, or a goal that was asked for."""

    def __init__(
        self, claims: Claims, model: NaiveModel, files: FactFiles, said: Said
    ) -> None:
        """Read its facts."""
        self.claims = claims
        self.model = model
        self.policy = model.policy
        self.said = said
        self.steps = Steps(claims, model, files, said["steps"])
        self.conditions = Conditions(claims, model, self.steps.fact)

    def check(self) -> None:
        """Check every claim."""
        self.steps.check()
        if "case" not in self.said:
            self._goal()
        else:
            case = self._case(self.said["case"])
            if case is not None:
                self._decision(case)
                self._shown(case)
        for number, said in enumerate(self.said.get("absences", ())):
            self._absence(f"/absences/{number}", said)

    # --- a decision -------------------------------------------------------------------

    def _case(self, said: Mapping[str, Any]) -> Substitution | None:
        """Return the subject's key, by the names that goals give its columns."""
        claims, at = self.claims, "/decision/case"
        if self.policy.subject is None:
            claims.reject(at, "the policy decides no cases")
            return None
        subject = self.policy.relations[self.policy.subject]
        columns = {place: subject.columns[place] for place in subject.key}
        if list(said) != [column.name for column in columns.values()]:
            claims.reject(at, f"this is no key of `{subject.name}`")
            return None
        known: dict[int, Value] = {}
        for place, column in columns.items():
            where = f"{at}/{column.name}"
            for value in claims.value(where, said[column.name or ""], column.type):
                known[place] = value
        if len(known) < len(columns) or not self.model.matching(subject.name, known):
            claims.reject(at, f"the facts have no such `{subject.name}`")
            return None
        return {_capital(columns[i].name): value for i, value in known.items()}

    def _decision(self, case: Substitution) -> None:
        """Check the outcome, its proof, and the ids that it rests on."""
        claims, said, at = self.claims, self.said, "/decision"
        goals = {
            one.name: Fact(one.goal.relation, self.model.ground(one.goal, case))
            for one in self.policy.outcomes
            if one.goal is not None
        }
        outcome = said["outcome"]
        for one in self.policy.outcomes:
            if one.name == outcome:
                break
            if one.name not in goals or self._holds(goals[one.name]):
                words = f"`{one.name}` comes first, and it holds"
                claims.reject(f"{at}/outcome", words)
        else:
            if outcome is not None:
                claims.reject(f"{at}/outcome", "the policy has no such outcome")
        goal = goals.get(outcome)
        if goal is None:
            claims.equal("/proof", said["proof"], None)
        elif said["proof"] is None or self.steps.fact("/proof", said["proof"]) != goal:
            claims.reject("/proof", f"this is not {goal}")
        relation = self.policy.target.relation
        target = Fact(relation, self.model.ground(self.policy.target, case))
        self._refusal((target.relation, target.row), holds=self._holds(target))
        reasons = Reasons(self.model, self.conditions.attempts)
        held, failed = reasons.held_and_failed(target)
        claims.equal(f"{at}/held", said["held"], held)
        claims.equal(f"{at}/failed", said["failed"], failed)
        because = [*self._because(reasons, outcome, goals)]
        claims.equal(f"{at}/because", said.get("because", []), because)
        holds = goal is not None and self._holds(goal)
        clauses = reasons.clauses(goal) if goal is not None and holds else []
        # A line of explanations does not tell these apart.
        claims.equal(f"{at}/subject_to", said.get("clauses", clauses), clauses)
        self._subject_to(clauses)

    def _because(
        self, reasons: Reasons, outcome: str | None, goals: Mapping[str, Fact]
    ) -> Iterator[Said]:
        """Yield what an outcome that is not wanted rests on, and those after it."""
        others = [name for name in goals if name not in self.policy.wanted]
        if outcome in others:
            for name in others[others.index(outcome) :]:
                ids = []
                if self._holds(goals[name]):
                    ids = in_order(reasons.first_ids(goals[name]))
                if ids or name == outcome:
                    yield {"outcome": name, "ids": ids}

    def _holds(self, fact: Fact) -> bool:
        return fact.row in self.model.rows(fact.relation)

    def _shown(self, case: Substitution) -> None:
        """Check that the rows shown are those of the case, where a column says so."""
        said, show = self.said["shown"], self.policy.show
        facts = [
            self.steps.fact(f"/shown/{i}", number) for i, number in enumerate(said)
        ]
        for place, fact in enumerate(facts):
            if fact and (fact in facts[:place] or fact.relation not in show):
                words = f"{fact} is not to be shown, or not twice"
                self.claims.reject(f"/shown/{place}", words)
        for name in show:
            columns = [_capital(c.name) for c in self.policy.relations[name].columns]
            key = {i: case[one] for i, one in enumerate(columns) if one in case}
            if not key:
                continue
            expected = {Fact(name, row) for row in self.model.matching(name, key)}
            for place, fact in enumerate(facts):
                if fact is not None and fact.relation == name and fact not in expected:
                    words = f"{fact} is not of this case"
                    self.claims.reject(f"/shown/{place}", words)
            for lacking in sorted(map(str, expected.difference(facts))):
                self.claims.reject("/shown", f"{lacking} is not shown")

    # --- a goal -----------------------------------------------------------------------

    def _goal(self) -> None:
        """Check a goal that was asked for by itself."""
        said, claims = self.said.get("goal"), self.claims
        relation = self.policy.relations.get(said["relation"]) if said else None
        if said is None or relation is None or len(said["values"]) != relation.arity:
            claims.reject("/goal", "this is no goal of the policy")
            return
        known = self._known("/goal/values", said["values"], relation)
        rows: Sequence[Row] = self.model.matching(relation.name, known)
        pattern = tuple(known.get(place, ...) for place in range(relation.arity))
        self._refusal((relation.name, pattern), holds=bool(rows))
        proof = self.said["proof"]
        if proof is None:
            if rows:
                claims.reject("/proof", "the goal holds, and nothing is proved")
        elif self.steps.fact("/proof", proof) not in [
            Fact(relation.name, row) for row in rows
        ]:
            claims.reject("/proof", "this is not the goal")
        if self.said["shown"]:
            claims.reject("/shown", "facts are shown with decisions only")
        self._subject_to([])

    # --- either of them ---------------------------------------------------------------

    def _subject_to(self, clauses: Sequence[str]) -> None:
        """Check the clauses that the proof is subject to.

        They are those of the rules in what is shown, and the `clauses` of all other
        proofs of the decision.
        """
        proof, shown = self.said["proof"], self.said["shown"]
        labels = self.steps.rules_below([*shown, *([] if proof is None else [proof])])
        rules = [rule for rule in self.policy.rules if rule.label in labels]
        used = {clause for rule in rules for clause in rule.subject_to}
        under = in_order(used.union(clauses))
        self.claims.equal("/subject_to", in_order(self.said["subject_to"]), under)

    def _refusal(self, goal: Goal, *, holds: bool) -> None:
        """Check that there are attempts where a goal does not hold, and only there."""
        said, claims = self.said["blockage"], self.claims
        if (said is None) != holds:
            words = "the target holds" if holds else "it does not hold"
            claims.reject("/blockage", words)
        if "blocked" in self.said:
            relation, pattern = self.said["blocked"]
            claims.equal("/blockage/relation", relation, goal[0])
            at = "/blockage/pattern"
            check_pattern(claims, at, pattern, self.policy.relations[goal[0]], goal[1])
        if said is not None and not holds:
            self.conditions.attempts_at("/blockage/attempts", said, goal)
            if not said and goal[0] not in self.model.stated:
                self._untried(goal)

    def _absence(self, at: str, said: Said) -> None:
        """Check that a derived goal does not hold, and the attempts at it."""
        claims, name = self.claims, said["relation"]
        relation, pattern = self.policy.relations.get(name), said["pattern"]
        if relation is None or len(pattern) != relation.arity:
            claims.reject(at, "this is no goal of the policy")
            return
        known = self._known(f"{at}/pattern", pattern, relation)
        if self.model.matching(name, known):
            claims.reject(at, "it holds")
            return
        goal = name, tuple(known.get(place, ...) for place in range(relation.arity))
        self.conditions.attempts_at(f"{at}/attempts", said["attempts"], goal)

    def _known(
        self, at: str, said: Sequence[Any], relation: Relation
    ) -> dict[int, Value]:
        """Return the values that are said of some columns, by their places."""
        known: dict[int, Value] = {}
        for place, one in enumerate(said):
            if not isinstance(one, dict):
                type_ = relation.columns[place].type
                for value in self.claims.value(f"{at}/{place}/value", one, type_):
                    known[place] = value
        return known

    def _untried(self, goal: Goal) -> None:
        """Reject a refusal without attempts, where a rule could give the goal."""
        for rule in self.policy.rules_of(goal[0]):
            if self.model.matched(rule.head, goal[1], {}) is not None:
                words = f"there is no attempt of `{rule.label}`"
                self.claims.reject("/blockage/attempts", words)


def _rules(claims: Claims, document: Mapping[str, Any], policy: Policy) -> None:
    """Check what the document says of each rule that it names."""
    said = document["rules"]
    rules = {rule.label: rule for rule in policy.rules}
    for label in sorted(rules.keys() & _labels(document) - said.keys()):
        claims.reject("/rules", f"it does not have `{label}`, which is named")
    for label, one in said.items():
        at = f"/rules/{label}"
        if label not in rules:
            claims.reject(at, "the policy has no such rule")
            continue
        expected = _about(rules[label], policy)
        section = one["section"]
        given = {
            **one,
            "place": _file_name(one["place"]),
            "cites": [[cite["source"], cite["place"]] for cite in one["cites"]],
            "section": section
            and {**section, "document": _file_name(section["document"])},
        }
        for name, value in expected.items():
            claims.equal(f"{at}/{name}", given[name], value)


def _labels(said: Any) -> set[str]:
    """Return the labels of all rules that a part of a document names."""
    found, waiting = set(), [said["steps"], said["blockage"], said.get("absences")]
    for one in waiting:  # it grows while it is read
        if isinstance(one, dict):
            found |= {one["rule"]} if isinstance(one.get("rule"), str) else set()
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return found


def _about(rule: Rule, policy: Policy) -> Said:
    section = rule.section
    return {
        "id": rule.id,
        "subject_to": list(rule.subject_to),
        "unproven": rule.unproven,
        "place": _file_name(str(rule.span)) if rule.span else None,
        "cites": [[cite.source, cite.place] for cite in rule.cites],
        "section": section
        and {
            "document": _file_name(section.document),
            "slug": section.slug,
            "title": first_title(section.title, policy.languages),
        },
    }


def _file_name(place: str | None) -> str | None:
    """Return a place without its folder, which may be another one here."""
    return place and PurePath(place).name


def _capital(name: str | None) -> str:
    return (name or "")[:1].upper() + (name or "")[1:]
