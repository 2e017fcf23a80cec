"""Lines of explanations into justifications, one for each case, ready to be checked.

A line leaves out what the policy says already. It is put back here from the policy
as the checker reads it, so that a line claims no less than the justification that it
stands for; but of an absence it does not say among how many rows it was looked for.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from whereas.checker.document import fitting, schema
from whereas.diagnostics import Cell
from whereas.policy.core import Comparison, Either, Membership, Not, Variable

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
        decision = {n: line[n] for n in ("case", "outcome", "held", "failed")}
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
        return {"relation": target.relation, "pattern": pattern, "attempts": []}

    def _step(self, number: int, said: Document) -> Document:
        relation, *values = said["fact"]
        fact = {"number": number, "relation": relation, "values": values}
        if "row" in said:
            file = self.heading["files"].get(relation, {"file": "", "sheet": None})
            return {**fact, "step": {"kind": "stated", **file, "row": said["row"]}}
        rule = self.rules.get(said["rule"])
        body = () if rule is None else rule.body
        step = {
            "kind": "derived",
            "rule": said["rule"],
            "substitution": said["substitution"],
            "premises": self._premises(body, said["premises"]),
            "others": [],
        }
        return {**fact, "step": step}

    def _premises(self, body: Sequence[Literal], said: Sequence[Any]) -> list[Document]:
        # Where the numbers differ, the kinds do: that is for the check to reject.
        padded = [*body, *[None] * (len(said) - len(body))]
        return [
            self._premise(literal, one)
            for literal, one in zip(padded, said, strict=False)
        ]

    def _premise(self, literal: Literal | None, said: Any) -> Document:
        if isinstance(said, int):
            return {"kind": "holds", "fact": said}
        if "absent" in said:
            return self._absent(literal, said)
        if "compared" in said:
            op = literal.op if isinstance(literal, Comparison) else ""
            left, right = (*said["compared"], None, None)[:2]
            return {"kind": "compared", "op": op, "left": left, "right": right}
        if "among" in said:
            among: Document = {"kind": "among", "value": said["among"]}
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
        return {"kind": "aggregated", **said}

    def _absent(self, literal: Literal | None, said: Document) -> Document:
        absent: Document = {"kind": "absent"}
        if not isinstance(literal, Not):
            return absent
        name, values = literal.atom.relation, said["absent"]
        return {
            "kind": "absent",
            "relation": name,
            "pattern": [v if isinstance(v, dict) else {"value": v} for v in values],
            "rows": len(self.world.rows(name)),
            "file": self.heading["files"].get(name, {"file": None})["file"],
            **({"found": said["found"]} if "found" in said else {}),
        }


def plain(value: Value) -> str | int | bool | None:
    """Return a value as JSON has it: dates as ISO writes them, decimals as text."""
    if isinstance(value, date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else value
