"""Each claim of a justification against the policy and the facts: accepted or rejected.

Checked is everything that bears the decision: hashes, setting, case, outcome (and
that no earlier one's goal holds), each stated row, each rule instance with its
premises, absences and aggregates, and that no fact rests on itself. Not checked are
the sentences, how the decision was computed (`engines`, `certified`, `instances`),
`held` and `failed`, and the attempts of a blockage: of a refusal it is checked that
the target does not hold.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from whereas.checker.document import escaped
from whereas.checker.spelled import spelled
from whereas.checker.world import NoValue, Row, Substitution, World, names, plan
from whereas.policy.core import (
    Aggregate,
    Atom,
    Comparison,
    Either,
    Expression,
    Literal,
    Membership,
    Not,
    Policy,
    Rule,
    Setting,
    Shift,
    Variable,
)
from whereas.values import DATE, Type, Value, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from whereas.facts.base import FactBase

# A justification names so many rows of an aggregate; the others it only counts.
ROWS_SHOWN = 20

KINDS: Mapping[type, str] = {
    Atom: "holds",
    Not: "absent",
    Comparison: "compared",
    Membership: "among",
    Either: "chosen",
    Aggregate: "aggregated",
}


@dataclass(frozen=True, slots=True)
class Rejection:
    """A claim that does not follow: where it stands (a JSON pointer), and why."""

    at: str
    why: str


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
    checker = _Checker(document, policy, facts)
    checker.heading()
    checker.every_step()
    checker.circles()
    checker.decision()
    checker.words_of_rules()
    found = dict.fromkeys(checker.rejections)
    return Verdict(len(document["steps"]), tuple(found))


class _Unread(Exception):  # noqa: N818  # caught where the place is known
    """A JSON value that is none of its type."""


def read(said: Any, type_: Type) -> Value:
    """Return the value that a JSON value stands for; raises `_Unread`."""
    try:
        match type_.kind, said:
            case _, None:
                return None
            case "text", str():
                return said
            case "boolean", bool():
                return said
            case "integer", int() if not isinstance(said, bool):
                return said
            case "date", str() if date.fromisoformat(said).isoformat() == said:
                return date.fromisoformat(said)
            case "decimal", str() if Decimal(said).is_finite():
                return Decimal(said)
    except (ValueError, InvalidOperation):
        pass
    raise _Unread(f"{_json(said)} is no value of type {type_}")


class _Checker:
    def __init__(
        self, document: Mapping[str, Any], policy: Policy, facts: FactBase
    ) -> None:
        self.document = document
        self.policy = policy
        self.facts = facts
        self.rejections: list[Rejection] = []
        self.rules = {rule.label: rule for rule in policy.rules}
        self.world = World(policy, facts, self.setting())
        # The fact of each step (None: it cannot be read), and what a step rests on.
        self.known = [self.fact(n, one) for n, one in enumerate(document["steps"])]
        self.below: list[set[int]] = [set() for _ in self.known]

    def reject(self, at: str, why: str) -> None:
        self.rejections.append(Rejection(escaped(at), escaped(why)))

    def same(self, at: str, said: Any, type_: Type, expected: Value) -> None:
        """Reject a JSON value that is not the expected one."""
        try:
            if read(said, type_) == expected:
                return
        except _Unread:
            pass
        self.reject(at, f"{_json(said)} should be {written(expected)}")

    def equal(self, at: str, said: Any, expected: Any) -> None:
        """Reject a name, number or list that is not the expected one."""
        if said != expected:
            self.reject(at, f"{_json(said)} should be {_json(expected)}")

    # --- what stands before the steps -----------------------------------------------

    def setting(self) -> Setting:
        """Read the parameters and the day for which the proof was made."""
        said = self.document["parameters"]
        values = {name: one.default for name, one in self.policy.parameters.items()}
        if said.keys() != values.keys():
            self.reject("/parameters", "these are not the policy's parameters")
        for name in said.keys() & values.keys():
            try:
                values[name] = read(said[name], self.policy.parameters[name].type)
            except _Unread as unread:
                self.reject(f"/parameters/{name}", str(unread))
        today: Value = None
        try:
            today = read(self.document["today"], DATE)
        except _Unread as unread:
            self.reject("/today", str(unread))
        if (today is not None) != self.policy.uses_today:
            self.reject(
                "/today", "a day stands there if, and only if, the policy reads it"
            )
        return Setting(values, today if isinstance(today, date) else None)

    def heading(self) -> None:
        said, policy = self.document["policy"], self.policy
        self.equal("/policy/id", said["id"], policy.id)
        self.equal("/policy/version", said["version"], policy.version)
        for at, hashed, own, what in (
            ("/policy/sha256", said["sha256"], policy.sha256, "policy"),
            (
                "/facts/sha256",
                self.document["facts"]["sha256"],
                self.facts.sha256,
                "facts",
            ),
        ):
            if hashed != own:
                self.reject(
                    at, f"the proof was made for other {what}: these have {own}"
                )

    def decision(self) -> None:
        """Check the case, the outcome and the facts that are shown."""
        said, policy = self.document["decision"], self.policy
        case = self.case(said["case"])
        outcomes = [one.name for one in policy.outcomes]
        if case is None:
            return
        if said["outcome"] not in [*outcomes, None]:
            self.reject("/decision/outcome", "the policy has no such outcome")
            return
        proof, blockage = self.document["proof"], self.document["blockage"]
        proven = None
        for one in policy.outcomes:
            goal = None if one.goal is None else self.goal(one.goal, case)
            if one.name == said["outcome"]:
                proven = goal
                break
            if goal is None or self.holds(*goal):
                self.reject(
                    "/decision/outcome", f"`{one.name}` comes first, and it holds"
                )
        if proven is None and proof is not None:
            self.reject("/proof", "this outcome has no goal that could be proved")
        elif proven is not None and (proof is None or self.fact_at(proof) != proven):
            self.reject("/proof", f"this is not {_said(*proven)}")
        target = self.goal(policy.target, case)
        if blockage is None:
            if not self.holds(*target):
                self.reject("/blockage", f"{_said(*target)} does not hold")
        else:
            if self.holds(*target):
                self.reject("/blockage", f"{_said(*target)} holds")
            self.equal("/blockage/relation", blockage["relation"], target[0])
            self.pattern("/blockage/pattern", blockage["pattern"], *target)
        self.shown(case)
        self.subject_to()

    def case(self, said: Mapping[str, Any]) -> dict[str, Value] | None:
        """Return the values of the subject's key, by the names of goals' variables."""
        if self.policy.subject is None:
            self.reject("/decision/case", "the policy decides no cases")
            return None
        subject = self.policy.relations[self.policy.subject]
        columns = {i: subject.columns[i] for i in subject.key}
        if list(said) != [column.name for column in columns.values()]:
            self.reject("/decision/case", f"this is no key of `{subject.name}`")
            return None
        try:
            known = {i: read(said[c.name], c.type) for i, c in columns.items()}
        except _Unread as unread:
            self.reject("/decision/case", str(unread))
            return None
        if not self.world.matching(subject.name, known):
            self.reject("/decision/case", f"the facts have no such `{subject.name}`")
            return None
        return {_capital(str(columns[i].name)): value for i, value in known.items()}

    def goal(self, goal: Atom, case: Substitution) -> tuple[str, Row]:
        return goal.relation, tuple(self.world.value(t, case) for t in goal.terms)

    def shown(self, case: Mapping[str, Value]) -> None:
        """Check that the rows shown are those of the case, where a column says so."""
        facts = [self.fact_at(number) for number in self.document["shown"]]
        expected: dict[str, set[tuple[str, Row]]] = {}
        for name in self.policy.show:
            columns = self.policy.relations[name].columns
            key = {
                i: case[_capital(c.name or "")]
                for i, c in enumerate(columns)
                if _capital(c.name or "") in case
            }
            if key:
                expected[name] = {(name, row) for row in self.world.matching(name, key)}
        for at, fact in enumerate(facts):
            if fact is None or fact in facts[:at] or fact[0] not in self.policy.show:
                self.reject(
                    f"/shown/{at}", "this is no fact to be shown, or shown already"
                )
            elif fact[0] in expected and fact not in expected[fact[0]]:
                self.reject(f"/shown/{at}", f"{_said(*fact)} is not of this case")
        for wanted in expected.values():
            for lacking in sorted(_said(*one) for one in wanted.difference(facts)):
                self.reject("/shown", f"{lacking} is not shown")

    def subject_to(self) -> None:
        """Check the clauses that a rule used for the decision names."""
        roots = [*self.document["shown"], self.document["proof"]]
        waiting = [n for n in roots if n is not None and n < len(self.known)]
        reached: set[int] = set()
        while waiting:
            number = waiting.pop()
            if number not in reached:
                reached.add(number)
                waiting.extend(self.below[number])
        labels = {
            step["rule"]
            for number in reached
            if (step := self.document["steps"][number]["step"]) and "rule" in step
        }
        clauses = {
            c for one in labels & self.rules.keys() for c in self.rules[one].subject_to
        }
        said = [one["id"] for one in self.document["subject_to"]]
        self.equal("/subject_to", said, sorted(clauses))

    # --- steps ------------------------------------------------------------------------

    def fact(self, number: int, said: Mapping[str, Any]) -> tuple[str, Row] | None:
        """Read the fact of a step; None, if it cannot be one."""
        at = f"/steps/{number}"
        self.equal(f"{at}/number", said["number"], number)
        relation = self.policy.relations.get(said["relation"])
        if relation is None:
            self.reject(f"{at}/relation", "the policy has no such relation")
            return None
        if len(said["values"]) != relation.arity:
            self.reject(
                f"{at}/values", f"`{relation.name}` has {relation.arity} columns"
            )
            return None
        row: list[Value] = []
        for position, column in enumerate(relation.columns):
            try:
                row.append(read(said["values"][position], column.type))
            except _Unread as unread:
                self.reject(f"{at}/values/{position}", str(unread))
        return (relation.name, tuple(row)) if len(row) == relation.arity else None

    def fact_at(self, number: int) -> tuple[str, Row] | None:
        return self.known[number] if number < len(self.known) else None

    def holds(self, relation: str, row: Row) -> bool:
        return row in self.world.rows(relation)

    def every_step(self) -> None:
        for number, fact in enumerate(self.known):
            if fact is None:
                continue
            said, at = self.document["steps"][number]["step"], f"/steps/{number}/step"
            if said is None:
                # Only named, and never a premise: an attempt found it.
                if not self.holds(*fact):
                    self.reject(at, f"{_said(*fact)} does not hold")
            elif said["kind"] == "stated":
                self.stated(at, said, *fact)
            else:
                self.instance(at, said, number, fact)
                for place, other in enumerate(said["others"]):
                    self.instance(f"{at}/others/{place}", other, number, fact)

    def stated(self, at: str, said: Mapping[str, Any], relation: str, row: Row) -> None:
        """Check that a fact stands in its file, at its row."""
        if relation not in self.world.stated:
            self.reject(at, f"`{relation}` is derived by rules, and stands in no file")
            return
        self.equal(f"{at}/file", said["file"], self.file(relation))
        self.equal(f"{at}/sheet", said["sheet"], self.facts.files[relation].sheet)
        place = self.world.stated[relation].get(row)
        if place is None:
            self.reject(at, f"{_said(relation, row)} is not among the facts")
        else:
            self.equal(f"{at}/row", said["row"], place)

    def file(self, relation: str) -> str | None:
        """Return a fact file's name, in the folder that the proof was made for."""
        if relation not in self.world.stated:
            return None
        name = PurePath(self.facts.files[relation].name)
        if not name.is_relative_to(self.facts.path):
            return str(name)
        folder = PurePath(self.document["facts"]["path"])
        return str(folder / name.relative_to(self.facts.path))

    def instance(
        self, at: str, said: Mapping[str, Any], number: int, fact: tuple[str, Row]
    ) -> None:
        """Check that a rule, under a substitution, gives a fact."""
        rule = self.rules.get(said["rule"])
        if rule is None:
            self.reject(f"{at}/rule", "the policy has no such rule")
            return
        found: Substitution = {}
        if set(said["substitution"]) != set(_bound(rule.body)):
            self.reject(
                f"{at}/substitution", f"these are not the variables of `{rule.label}`"
            )
            return
        for name, value in said["substitution"].items():
            try:
                found[name] = read(value, rule.types[name])
            except _Unread as unread:
                self.reject(f"{at}/substitution/{name}", str(unread))
                return
        head = tuple(self.world.value(term, found) for term in rule.head.terms)
        if (rule.head.relation, head) != fact:
            given = _said(rule.head.relation, head)
            self.reject(f"{at}/rule", f"the rule gives {given}, not {_said(*fact)}")
        _Premises(self, rule, self.below[number]).body(
            f"{at}/premises", rule.body, said["premises"], found
        )

    def circles(self) -> None:
        """Reject every fact that rests on itself, directly or through others."""
        above: list[list[int]] = [[] for _ in self.known]
        for number, premises in enumerate(self.below):
            for premise in premises:
                above[premise].append(number)
        waits = [len(premises) for premises in self.below]
        free = [number for number, count in enumerate(waits) if not count]
        for number in free:  # it grows while it is read
            for next_ in above[number]:
                waits[next_] -= 1
                if not waits[next_]:
                    free.append(next_)
        for number, count in enumerate(waits):
            if count:
                self.reject(
                    f"/steps/{number}/step", "what it rests on goes in a circle"
                )

    def pattern(
        self,
        at: str,
        said: Sequence[Mapping[str, Any]],
        relation: str,
        known: Iterable[Any],
    ) -> None:
        """Check a pattern against the values it should have (`...`: any)."""
        expected = list(known)
        columns = self.policy.relations[relation].columns
        if len(said) != len(expected):
            self.reject(at, f"`{relation}` has {len(expected)} columns")
            return
        for place, (one, value) in enumerate(zip(said, expected, strict=True)):
            if value is ... or "any" in one:
                if (value is ...) != ("any" in one):
                    self.reject(f"{at}/{place}", "a value and `any` are not the same")
            else:
                type_ = columns[place].type
                self.same(f"{at}/{place}/value", one["value"], type_, value)

    def words_of_rules(self) -> None:
        """Check what the document says of each rule that it names."""
        said = self.document["rules"]
        for label in sorted(said.keys() | self.named()):
            at, rule = f"/rules/{label}", self.rules.get(label)
            if rule is None or label not in said:
                lacking = "the policy" if rule is None else "`rules`"
                self.reject(at, f"{lacking} has no such rule")
                continue
            one, section = said[label], rule.section
            self.equal(f"{at}/id", one["id"], rule.id)
            cites = [{"source": c.source, "place": c.place} for c in rule.cites]
            given = [{k: c[k] for k in ("source", "place")} for c in one["cites"]]
            self.equal(f"{at}/cites", given, cites)
            place = None if rule.span is None else PurePath(str(rule.span)).name
            given_place = one["place"] and PurePath(one["place"]).name
            self.equal(f"{at}/place", given_place, place)
            self.equal(f"{at}/subject_to", one["subject_to"], list(rule.subject_to))
            self.equal(f"{at}/unproven", one["unproven"], rule.unproven)
            words = section and {
                name: getattr(section, name) for name in ("document", "slug", "title")
            }
            self.equal(f"{at}/section", one["section"], words)

    def named(self) -> set[str]:
        """Return the labels of the rules that steps name."""
        steps = [
            s for one in self.document["steps"] if (s := one["step"]) and "rule" in s
        ]
        return {i["rule"] for s in steps for i in (s, *s["others"])} & self.rules.keys()


class _Premises:
    """Checks the premises of one rule instance, literal by literal."""

    def __init__(self, checker: _Checker, rule: Rule, below: set[int]) -> None:
        self.checker = checker
        self.world = checker.world
        self.rule = rule
        self.below = below

    def body(
        self,
        at: str,
        body: Sequence[Literal],
        said: Sequence[Mapping[str, Any]],
        found: Substitution,
    ) -> Substitution | None:
        """Check a body or a branch; return its substitution, None if it is rejected."""
        reject = self.checker.reject
        if [one["kind"] for one in said] != [KINDS[type(one)] for one in body]:
            reject(at, f"these are not the premises that `{self.rule.label}` asks for")
            return None
        for place, literal in enumerate(body):
            if isinstance(literal, Atom):
                fact = self.premise(f"{at}/{place}/fact", said[place]["fact"])
                if fact is None:
                    return None
                matches = fact[0] == literal.relation
                extended = (
                    self.world.matched(literal, fact[1], found) if matches else None
                )
                if extended is None:
                    reject(
                        f"{at}/{place}",
                        f"{_said(*fact)} is not `{spelled(literal)}` here",
                    )
                    return None
                found = extended
        for place, literal, _ in plan(body, frozenset(found), frozenset(found)):
            if not isinstance(literal, Atom):
                one = self.literal(f"{at}/{place}", literal, said[place], found)
                if one is None:
                    return None
                found = one
        return found

    def premise(self, at: str, number: int) -> tuple[str, Row] | None:
        """Return a fact that is rested on; it must have a step of its own."""
        fact = self.checker.fact_at(number)
        if fact is None or self.checker.document["steps"][number]["step"] is None:
            self.checker.reject(at, "there is no such fact with a step")
            return None
        self.below.add(number)
        return fact

    def literal(
        self, at: str, literal: Literal, said: Mapping[str, Any], found: Substitution
    ) -> Substitution | None:
        """Check a literal; return the substitution that it leaves, None if it fails."""
        checker = self.checker
        if "literal" in said:
            checker.equal(f"{at}/literal", said["literal"], spelled(literal))
        match literal:
            case Not(atom):
                return self.absent(at, atom, said, found)
            case Membership(term, members, negated):
                type_ = self.type_of(term)
                checker.same(
                    f"{at}/value", said["value"], type_, self.world.value(term, found)
                )
                checker.equal(f"{at}/negated", said["negated"], negated)
                if len(said["members"]) != len(members):
                    checker.reject(f"{at}/members", "these are not all members")
                for place, (one, member) in enumerate(
                    zip(said["members"], members, strict=False)
                ):
                    checker.same(
                        f"{at}/members/{place}", one, member.type, member.value
                    )
                return self.kept(at, literal, found, self.world.among(literal, found))
            case Comparison():
                return self.compared(at, literal, said, found)
            case Either(branches, binds):
                if not 0 <= said["branch"] < len(branches):
                    checker.reject(f"{at}/branch", "there is no such branch")
                    return None
                inner = self.body(
                    f"{at}/premises", branches[said["branch"]], said["premises"], found
                )
                return inner and found | {name: inner[name] for name in binds}
            case Aggregate():
                return self.aggregated(at, literal, said, found)
        raise AssertionError(literal)

    def kept(
        self, at: str, literal: Literal, found: Substitution, holds: bool
    ) -> Substitution | None:
        if not holds:
            self.checker.reject(at, f"`{spelled(literal)}` does not hold here")
        return found if holds else None

    def absent(
        self, at: str, atom: Atom, said: Mapping[str, Any], found: Substitution
    ) -> Substitution | None:
        """Check that no row matches, and what is said of the search."""
        known = self.world.known(atom, found)
        checker, relation = self.checker, atom.relation
        checker.equal(f"{at}/relation", said["relation"], relation)
        expected: Any = [known.get(i, ...) for i in range(len(atom.terms))]
        checker.pattern(f"{at}/pattern", said["pattern"], relation, expected)
        checker.equal(f"{at}/rows", said["rows"], len(self.world.rows(relation)))
        checker.equal(f"{at}/file", said["file"], checker.file(relation))
        if "found" in said:
            checker.reject(f"{at}/found", "what was found is not absent")
        there = self.world.matching(relation, known)
        if there:
            checker.reject(at, f"{_said(relation, there[0])} is there")
        return None if there else found

    def compared(
        self, at: str, literal: Comparison, said: Mapping[str, Any], found: Substitution
    ) -> Substitution | None:
        """Calculate both sides anew, and compare them."""
        sides = {"left": literal.left, "right": literal.right}
        name = literal.binds
        try:
            if name is not None and name not in found:
                other = (
                    literal.right if literal.left == Variable(name) else literal.left
                )
                found = {**found, name: self.world.value(other, found)}
            values = {side: self.world.value(one, found) for side, one in sides.items()}
        except NoValue:
            return self.kept(at, literal, found, holds=False)
        self.checker.equal(f"{at}/op", said["op"], literal.op)
        for side, value in values.items():
            type_ = self.type_of(sides[side])
            self.checker.same(f"{at}/{side}", said[side], type_, value)
        return self.kept(at, literal, found, self.world.compares(literal, found))

    def aggregated(
        self, at: str, literal: Aggregate, said: Mapping[str, Any], found: Substitution
    ) -> Substitution | None:
        """Count anew; each row that is named must be one of those counted."""
        checker = self.checker
        rows = self.world.counted(literal, found)
        try:
            value = self.world.aggregate(literal, rows)
        except NoValue:
            return self.kept(at, literal, found, holds=False)
        checker.same(f"{at}/value", said["value"], literal.type, value)
        checker.equal(f"{at}/counted", said["counted"], len(rows))
        if len(said["rows"]) != min(len(rows), ROWS_SHOWN):
            checker.reject(f"{at}/rows", f"{len(rows)} rows were counted")
        atoms = [one for one in literal.body if isinstance(one, Atom)]
        counted = {tuple(checker.goal(one, row) for one in atoms) for row in rows}
        for place, numbers in enumerate(said["rows"]):
            row = tuple(
                self.premise(f"{at}/rows/{place}/{i}", n) for i, n in enumerate(numbers)
            )
            if row not in counted:
                checker.reject(f"{at}/rows/{place}", "this row was not counted")
            counted.discard(row)
        if literal.binds is not None and literal.binds not in found:
            return {**found, literal.binds: value}
        held = self.world.value(literal.target, found) == value
        return self.kept(at, literal, found, held)

    def type_of(self, expression: Expression) -> Type:
        match expression:
            case Variable(name):
                return self.rule.types[name]
            case Shift():
                return DATE
        return expression.type


def _bound(body: Sequence[Literal]) -> Iterable[str]:
    """Yield the variables that a rule's instance gives values."""
    for literal in body:
        match literal:
            case Atom():
                yield from names(literal)
            case Either(binds=binds):
                yield from binds
            case Comparison(binds=name) | Aggregate(binds=name) if name is not None:
                yield name


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _said(relation: str, row: Row) -> str:
    return f"`{relation}({', '.join(map(written, row))})`"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
