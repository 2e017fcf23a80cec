"""A justification as `why --format json` writes it, into a line of explanations.

It says of each part what a line keeps of it: what is not named here is not in one.
"""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]


def compact(document: Document) -> Document:
    """Return the line that stands for a justification."""
    decision, blockage = document["decision"], document["blockage"]
    said = ("case", "outcome", "held", "failed", "because")
    line = {name: decision[name] for name in said if name in decision}
    line["proof"] = document["proof"]
    line["blockage"] = blockage and [attempt(one) for one in blockage["attempts"]]
    line["shown"] = document["shown"]
    line["subject_to"] = [clause["id"] for clause in document["subject_to"]]
    line["steps"] = [step(one) for one in document["steps"]]
    return renumbered(line)


def step(said: Document) -> Document:
    fact = [said["relation"], *said["values"]]
    own = said["step"]
    if own["kind"] == "stated":
        return {"fact": fact, "row": own["row"]}
    return {
        "fact": fact,
        "rule": own["rule"],
        "substitution": own["substitution"],
        "premises": [premise(one) for one in own["premises"]],
        "instances": own["instances"],
    }


def premise(said: Document) -> Any:
    match said["kind"]:
        case "holds":
            return Number(said["fact"])
        case "absent":
            line: Document = {"absent": pattern(said["pattern"])}
            if "found" in said:
                line["found"] = [Number(one) for one in said["found"]]
                line["counted"] = said["counted"]
            return line
        case "compared":
            return {"compared": [said["left"], said["right"]]}
        case "among":
            return {"among": said["value"]}
        case "chosen":
            premises = [premise(one) for one in said["premises"]]
            return {"branch": said["branch"], "premises": premises}
    rows = [[Number(one) for one in row] for row in said["rows"]]
    return {"value": said["value"], "counted": said["counted"], "rows": rows}


def attempt(said: Document) -> Document:
    return {
        "rule": said["rule"],
        "substitution": said["substitution"],
        "unmet": said["unmet"],
        "conditions": [condition(one) for one in said["conditions"]],
    }


def condition(said: Document) -> Document:
    line: Document = {"met": said["met"]}
    if "open" in said:
        line["open"] = said["open"]
    if said["premise"] is not None:
        line["premise"] = premise(said["premise"])
    if "missing" in said:
        line["missing"] = pattern(said["missing"]["pattern"])
        if said["missing"]["attempts"]:
            line["attempts"] = [attempt(one) for one in said["missing"]["attempts"]]
    if "branches" in said:
        line["branches"] = [[condition(o) for o in one] for one in said["branches"]]
    return line


def pattern(said: list[Document]) -> list[Any]:
    return [one.get("value", one) for one in said]


class Number(int):
    """A fact's number, where it could be taken for a value."""


def renumbered(line: Document) -> Document:
    """Number the facts in the order in which a line names them.

    A justification may name more than a line does, and so number otherwise.
    """
    order: list[int] = []

    def named(value: Any) -> Any:
        if isinstance(value, Number):
            if value not in order:
                order.append(int(value))
            return order.index(value)
        if isinstance(value, list):
            return [named(one) for one in value]
        if isinstance(value, dict):
            return {name: named(one) for name, one in value.items()}
        return value

    proof, own = line["proof"], line["shown"]
    found = {
        **line,
        "proof": None if proof is None else named(Number(proof)),
        "blockage": named(line["blockage"]),
        "shown": [named(Number(one)) for one in own],
    }
    steps: list[Document] = []
    while len(steps) < len(order):
        steps.append(named(line["steps"][order[len(steps)]]))
    return {**found, "steps": steps}
