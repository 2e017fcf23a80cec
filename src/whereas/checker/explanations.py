"""Lines of explanations into justifications, one for each case, ready to be checked.

A line leaves out what the policy says already. It is put back here from the policy
as the checker reads it, so that a line claims no less than the justification that it
stands for; but of an absence it does not say among how many rows it was looked for.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from whereas.checker.document import fitting, schema
from whereas.checker.spelled import spelled
from whereas.diagnostics import Cell
from whereas.policy.core import Atom, Comparison, Either, Membership, Not, Variable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from whereas.checker.world import World
    from whereas.policy.core import Literal, Policy, Rule
    from whereas.values import Value

HEADING, LINES = "heading.json", "explanations.jsonl"
HEADING_SCHEMA = "explanations-1.schema.json"
LINE_SCHEMA = "explanation-1.schema.json"
AGAIN = "write it anew with `whereas decide --explain all --out FOLDER`"

Document = dict[str, Any]
Part = TypeVar("Part")


def read_heading(folder: Path) -> Document:
    """Return what a folder of explanations says of all of them; raises `Invalid`."""
    path = folder / HEADING
    return fitting(path.read_bytes, schema(HEADING_SCHEMA), Cell(str(path)), AGAIN)


def read_lines(folder: Path) -> Iterator[Document]:
    """Yield the lines of a folder of explanations; raises `Invalid`."""
    path = folder / LINES
    expected = schema(LINE_SCHEMA)
    if not path.is_file():
        fitting(path.read_bytes, expected, Cell(str(path)), AGAIN)
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            at = Cell(str(path), row=number)
            yield fitting(_given(line), expected, at, AGAIN)


def _given(line: bytes) -> Callable[[], bytes]:
    return lambda: line


class Whole:
    """Puts back what a line leaves out."""

    def __init__(self, heading: Mapping[str, Any], world: World) -> None:
        """Put back what the policy of a world says."""
        self.heading = heading
        self.world = world
        self.policy: Policy = world.policy
        self.rules: Mapping[str, Rule] = {one.label: one for one in self.policy.rules}

    def justification(self, line: Mapping[str, Any]) -> Document:
        """Return the justification that a line stands for."""
        steps = [self._step(number, one) for number, one in enumerate(line["steps"])]
        names = ("case", "outcome", "held", "failed", "because")
        decision = {name: line[name] for name in names if name in line}
        told = ("policy", "facts", "today", "engines", "certified", "parameters")
        return {
            "schema": "whereas.justification/1",
            **{name: self.heading[name] for name in told},
            "decision": {**decision, "label": {}},
            "proof": line["proof"],
            "blockage": None if line["blockage"] is None else self._blockage(line),
            "shown": line["shown"],
            "subject_to": [{"id": one, "text": {}} for one in line["subject_to"]],
            "steps": steps,
        }

    def _blockage(self, line: Mapping[str, Any]) -> Document:
        target = self.policy.target
        subject = self.policy.relations[self.policy.subject or ""]
        columns = [subject.columns[place].name or "" for place in subject.key]
        case = {name[:1].upper() + name[1:]: line["case"].get(name) for name in columns}
        pattern = [
            {"value": case.get(term.name)}
            if isinstance(term, Variable)
            else {"value": plain(self.world.value(term, {}))}
            for term in target.terms
        ]
        attempts = self._attempts(line["blockage"])
        return {"relation": target.relation, "pattern": pattern, "attempts": attempts}

    # --- attempts ---------------------------------------------------------------------

    def _attempts(self, said: Sequence[Document]) -> list[Document]:
        return [
            {
                **one,
                "conditions": self._conditions(
                    self._body(one["rule"]), one["conditions"]
                ),
            }
            for one in said
        ]

    def _conditions(
        self, body: Sequence[Literal], said: Sequence[Document]
    ) -> list[Document]:
        return [self._condition(literal, one) for literal, one in _paired(body, said)]

    def _condition(self, literal: Literal | None, said: Document) -> Document:
        whole = {**said, "literal": _spelled(literal), "premise": None}
        if "premise" in said:
            whole["premise"] = self._premise(literal, said["premise"])
        if "missing" in said or "attempts" in said:
            name = literal.relation if isinstance(literal, Atom) else ""
            whole["missing"] = {
                **self._sought(name, said.get("missing", [])),
                "open": said.get("open", []),
                "attempts": self._attempts(said.get("attempts", [])),
            }
        if "branches" in said:
            bodies = literal.branches if isinstance(literal, Either) else ()
            whole["branches"] = [
                self._conditions(body or (), one)
                for body, one in _paired(bodies, said["branches"])
            ]
        return whole

    # --- steps ------------------------------------------------------------------------

    def _body(self, label: str) -> Sequence[Literal]:
        rule = self.rules.get(label)
        return () if rule is None else rule.body

    def _step(self, number: int, said: Document) -> Document:
        relation, *values = said["fact"]
        fact = {"number": number, "relation": relation, "values": values}
        if "row" in said:
            file = self.heading["files"].get(relation, {"file": "", "sheet": None})
            return {**fact, "step": {"kind": "stated", **file, "row": said["row"]}}
        step = {
            "kind": "derived",
            "rule": said["rule"],
            "substitution": said["substitution"],
            "premises": self._premises(self._body(said["rule"]), said["premises"]),
            "others": [],
        }
        return {**fact, "step": step}

    def _premises(self, body: Sequence[Literal], said: Sequence[Any]) -> list[Document]:
        return [self._premise(literal, one) for literal, one in _paired(body, said)]

    def _premise(self, literal: Literal | None, said: Any) -> Document:
        if isinstance(said, int):
            return {"kind": "holds", "fact": said}
        words = _spelled(literal)
        if "absent" in said:
            return self._absent(literal, said)
        if "compared" in said:
            op = literal.op if isinstance(literal, Comparison) else ""
            left, right = (*said["compared"], None, None)[:2]
            return {
                "kind": "compared",
                "literal": words,
                "op": op,
                "left": left,
                "right": right,
            }
        if "among" in said:
            among: Document = {
                "kind": "among",
                "literal": words,
                "value": said["among"],
            }
            if isinstance(literal, Membership):
                members = [plain(one.value) for one in literal.members]
                return {**among, "members": members, "negated": literal.negated}
            return among
        if "branch" in said:
            branch: Sequence[Literal] = ()
            if isinstance(literal, Either) and said["branch"] < len(literal.branches):
                branch = literal.branches[said["branch"]]
            premises = self._premises(branch, said["premises"])
            return {"kind": "chosen", "branch": said["branch"], "premises": premises}
        return {"kind": "aggregated", "literal": words, **said}

    def _absent(self, literal: Literal | None, said: Document) -> Document:
        name = literal.atom.relation if isinstance(literal, Not) else ""
        found: Document = {n: said[n] for n in ("found", "counted") if n in said}
        return {"kind": "absent", **self._sought(name, said["absent"]), **found}

    def _sought(self, name: str, values: Sequence[Any]) -> Document:
        """Return what is said of a search: for what, in which file, among how many."""
        known = name in self.policy.relations
        return {
            "relation": name,
            "pattern": [v if isinstance(v, dict) else {"value": v} for v in values],
            "rows": len(self.world.rows(name)) if known else 0,
            "file": self.heading["files"].get(name, {"file": None})["file"],
        }


def _paired(
    expected: Sequence[Part], said: Sequence[Any]
) -> Iterator[tuple[Part | None, Any]]:
    """Yield what is said of each literal of a body, and what is said of none."""
    # Where the numbers differ, that is for the check to reject.
    padded = [*expected, *[None] * (len(said) - len(expected))]
    return zip(padded, said, strict=False)


def _spelled(literal: Literal | None) -> str:
    return "" if literal is None else spelled(literal)


def plain(value: Value) -> str | int | bool | None:
    """Return a value as JSON has it: dates as ISO writes them, decimals as text."""
    if isinstance(value, date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else value
