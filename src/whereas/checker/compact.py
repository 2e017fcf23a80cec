"""A justification into its compact form: what it claims beyond the policy.

The compact form is that of a line of explanations, with which `conditions`, `steps`
and `verify` work. What a justification repeats from the policy and from the names
of the fact files is compared with them here, and dropped; so are the sentences.
"""

from __future__ import annotations

from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

from whereas.checker.bodies import text
from whereas.policy.core import Aggregate, Atom, Comparison, Either, Membership, Not

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from whereas.checker.claims import Claims
    from whereas.checker.fact_files import FactFiles
    from whereas.checker.naive_model import NaiveModel
    from whereas.policy.core import Literal, Rule

Said = dict[str, Any]


class Compactor:
    """Compares what is repeated, and returns the rest."""

    def __init__(self, claims: Claims, model: NaiveModel, files: FactFiles) -> None:
        """Compare with a policy, and with the names of fact files."""
        self.claims = claims
        self.model = model
        self.files = files
        self.rules: Mapping[str, Rule] = {r.label: r for r in model.policy.rules}

    def justification(self, said: Mapping[str, Any]) -> Said:
        """Return the compact form of a justification."""
        compact: Said = {
            "proof": said["proof"],
            "shown": said["shown"],
            "subject_to": [one["id"] for one in said["subject_to"]],
            "steps": [
                self._step(f"/steps/{number}", number, one)
                for number, one in enumerate(said["steps"])
            ],
            "blockage": None,
            "absences": [
                {
                    "relation": one["relation"],
                    "pattern": _pattern(one["pattern"]),
                    "attempts": self._attempts(
                        f"/absences/{number}/attempts", one["attempts"]
                    ),
                }
                for number, one in enumerate(said.get("absences", ()))
            ],
        }
        blockage = said["blockage"]
        if blockage is not None:
            pattern = _pattern(blockage["pattern"])
            compact["blocked"] = (blockage["relation"], pattern)
            at = "/blockage/attempts"
            compact["blockage"] = self._attempts(at, blockage["attempts"])
        if said["decision"] is not None:
            clauses = said["decision"].get("subject_to", [])
            return {**said["decision"], "clauses": clauses, **compact}
        if "goal" in said:
            compact["goal"] = {
                "relation": said["goal"]["relation"],
                "values": _pattern(said["goal"]["values"]),
            }
        return compact

    # --- steps ------------------------------------------------------------------------

    def _step(self, at: str, number: int, said: Said) -> Said:
        self.claims.equal(f"{at}/number", said["number"], number)
        fact = {"fact": [said["relation"], *said["values"]]}
        step, at = said["step"], f"{at}/step"
        if step is None:
            return fact
        if step["kind"] == "supposed":
            self.claims.reject(at, "this fact is supposed: no file states it")
            return fact
        if step["kind"] == "derived":
            others = [
                self._instance(f"{at}/others/{place}", one)
                for place, one in enumerate(step["others"])
            ]
            return {**fact, **self._instance(at, step), "others": others}
        name, sheet = self.files.name(said["relation"])
        self.claims.equal(f"{at}/file", step["file"], name)
        self.claims.equal(f"{at}/sheet", step["sheet"], sheet)
        quoted = {name: step[name] for name in ("as_written",) if name in step}
        return {**fact, "row": step["row"], **quoted}

    def _instance(self, at: str, said: Said) -> Said:
        premises = self._premises(
            f"{at}/premises", self._body(said["rule"]), said["premises"]
        )
        names = ("rule", "substitution")
        return {**{name: said[name] for name in names}, "premises": premises}

    def _body(self, label: str) -> Sequence[Literal]:
        return self.rules[label].body if label in self.rules else ()

    def _premises(
        self, at: str, body: Sequence[Literal], said: Sequence[Said]
    ) -> list[Any]:
        return [self._premise(*one) for one in _paired(at, body, said)]

    def _premise(self, at: str, literal: Literal | None, said: Said) -> Any:
        same = self.claims.equal
        if "literal" in said:
            same(f"{at}/literal", said["literal"], _text(literal))
        match said["kind"], literal:
            case "holds", _:
                return said["fact"]
            case "chosen", _:
                branches = literal.branches if isinstance(literal, Either) else ()
                number = said["branch"]
                body = branches[number] if 0 <= number < len(branches) else ()
                inner = self._premises(f"{at}/premises", body, said["premises"])
                return {"branch": number, "premises": inner}
            case "absent", _:
                if isinstance(literal, Not):
                    self._search(at, literal.atom, said)
                rows = {n: said[n] for n in ("found", "counted") if n in said}
                return {"absent": _pattern(said["pattern"]), **rows}
            case "compared", _:
                if isinstance(literal, Comparison):
                    same(f"{at}/op", said["op"], literal.op)
                return {"compared": [said["left"], said["right"]]}
            case "among", Membership(members=members, negated=negated):
                same(f"{at}/negated", said["negated"], negated)
                same(f"{at}/members", len(said["members"]), len(members))
                pairs = zip(said["members"], members, strict=False)
                for place, (one, member) in enumerate(pairs):
                    where = f"{at}/members/{place}"
                    self.claims.same(where, one, member.type, member.value)
                return {"among": said["value"]}
            case "aggregated", Aggregate():
                return {name: said[name] for name in ("value", "counted", "rows")}
        return {}

    def _search(self, at: str, atom: Atom, said: Said) -> None:
        """Compare where something was looked for: which file, among how many rows."""
        same, rows = self.claims.equal, self.model.looked_through(atom.relation)
        same(f"{at}/relation", said["relation"], atom.relation)
        same(f"{at}/rows", said["rows"], rows)
        same(f"{at}/file", said["file"], self.files.name(atom.relation)[0])

    # --- attempts ---------------------------------------------------------------------

    def _attempts(self, at: str, said: Sequence[Said]) -> list[Said]:
        return [
            {
                **one,
                "conditions": self._conditions(
                    f"{at}/{place}/conditions",
                    self._body(one["rule"]),
                    one["conditions"],
                ),
            }
            for place, one in enumerate(said)
        ]

    def _conditions(
        self, at: str, body: Sequence[Literal], said: Sequence[Said]
    ) -> list[Said]:
        return [self._condition(*one) for one in _paired(at, body, said)]

    def _condition(self, at: str, literal: Literal | None, said: Said) -> Said:
        self.claims.equal(f"{at}/literal", said["literal"], _text(literal))
        compact: Said = {name: said[name] for name in ("met", "open") if name in said}
        if said["premise"] is not None:
            compact["premise"] = self._premise(
                f"{at}/premise", literal, said["premise"]
            )
        if "missing" in said:
            missing, where = said["missing"], f"{at}/missing"
            if isinstance(literal, Atom):
                self._search(where, literal, missing)
            self.claims.equal(f"{where}/open", missing["open"], said.get("open", []))
            compact["missing"] = _pattern(missing["pattern"])
            compact["attempts"] = self._attempts(
                f"{where}/attempts", missing["attempts"]
            )
        if "branches" in said:
            branches = literal.branches if isinstance(literal, Either) else ()
            compact["branches"] = [
                self._conditions(where, body or (), one)
                for where, body, one in _paired(
                    f"{at}/branches", branches, said["branches"]
                )
            ]
        return compact


def _paired(
    at: str, expected: Sequence[Any], said: Sequence[Any]
) -> Iterator[tuple[str, Any, Any]]:
    """Yield a place, what the policy has there (None: nothing), and what is said."""
    padded = chain(expected, repeat(None))
    for place, (own, one) in enumerate(zip(padded, said, strict=False)):
        yield f"{at}/{place}", own, one


def _pattern(said: Sequence[Said]) -> list[Any]:
    return [one.get("value") if "value" in one else one for one in said]


def _text(literal: Literal | None) -> str:
    return "" if literal is None else text(literal)
