"""A policy's relations into a graph: strata, negation, aggregates and recursion.

A large policy is drawn by its files: no picture of two hundred boxes can be read.
One structure (`whereas.policy.dependencies`) as a picture, as text and as JSON.
"""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import TYPE_CHECKING

from whereas.diagnostics import UsageError
from whereas.policy.dependencies import dependencies
from whereas.policy.spelling import did_you_mean
from whereas.render.graph import Edge, Graph, Node
from whereas.render.picture_words import picture_words
from whereas.render.width import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from whereas.policy.core import Policy
    from whereas.policy.dependencies import Dependencies, Dependency

FORMATS = ("text", "svg", "dot", "mermaid", "json")
SCHEMA = "whereas.graph/1"
# So many boxes are too many for one page.
MANY = 80
# What a condition of an outcome that is more than one atom is called.
_OUTCOME = "outcome."


def graph_as(
    policy: Policy, format_: str, language: str, relations: Sequence[str] = ()
) -> str:
    """Return what rests on what, in one of `FORMATS`.

    Raises `UsageError` for a relation that the policy does not have.
    """
    for name in relations:
        if name not in policy.relations:
            known = sorted(policy.relations)
            way_out = did_you_mean(name, known, "`whereas graph` lists them")
            raise UsageError(f"the policy has no relation `{name}`; {way_out}")
    match format_:
        case "text":
            return _text(policy, language, relations)
        case "json":
            return _json(policy, relations)
    from whereas.render.pictures import picture_as

    return picture_as(policy_graph(policy, language, relations), format_)


def _text(policy: Policy, language: str, relations: Sequence[str]) -> str:
    """List the relations by stratum, each with what it rests on."""
    words = picture_words(language)
    found = dependencies(policy)
    kept = found.below(relations) if relations else frozenset(found.relations)
    derived = [n for n in found.relations if n in kept and not _stated(policy, n)]
    lines = [_title(policy, language)]
    for stratum in sorted({found.strata[name] for name in derived}, reverse=True):
        lines += ["", words.stratum.format(number=stratum)]
        for name in reversed([n for n in derived if found.strata[n] == stratum]):
            ids = ", ".join(_ids(policy, name))
            mark = f"  {words.rests_on_itself}" if name in found.recursive else ""
            lines.append(f"  {name}{f'  {ids}' if ids else ''}{mark}")
            reads = [one for one in found.reads if one.reader == name]
            said = [f"{one.how} {one.read}".strip() for one in reads]
            text = f"{words.rests_on} {', '.join(said)}"
            lines += [f"      {line}" for line in wrapped(text, 72)] if said else []
    stated = [n for n in found.relations if n in kept and _stated(policy, n)]
    lines += ["", words.inputs, *(f"  {x}" for x in wrapped(", ".join(stated), 76))]
    return "\n".join(lines) + "\n"


def _json(policy: Policy, relations: Sequence[str]) -> str:
    """Write one object of schema `whereas.graph/1`."""
    found = dependencies(policy)
    kept = found.below(relations) if relations else frozenset(found.relations)
    document = {
        "schema": SCHEMA,
        "policy": {
            "id": policy.id,
            "version": policy.version,
            "sha256": policy.sha256,
        },
        "relations": [
            {
                "name": name,
                "stated": _stated(policy, name),
                "stratum": found.strata[name],
                "recursive": name in found.recursive,
                "ids": list(_ids(policy, name)),
                "rules": [rule.label for rule in policy.rules_of(name)],
            }
            for name in found.relations
            if name in kept
        ],
        "reads": [
            {
                "reader": one.reader,
                "read": one.read,
                "how": one.how or None,
                "rules": list(one.rules),
            }
            for one in found.reads
            if one.reader in kept
        ],
        "outcomes": [
            {
                "name": one.name,
                "goal": None if one.goal is None else one.goal.relation,
            }
            for one in policy.outcomes
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _stated(policy: Policy, name: str) -> bool:
    return policy.relations[name].stated


def policy_graph(policy: Policy, language: str, relations: Sequence[str] = ()) -> Graph:
    """Draw what rests on what: outcomes on the left, the facts on the right.

    With `relations`, only these and what they rest on.
    """
    words = picture_words(language)
    found = dependencies(policy)
    kept = found.below(relations) if relations else frozenset(found.relations)
    names = [name for name in found.relations if name in kept]
    highest = max((found.strata[name] for name in names), default=0)
    # Bands from left to right: outcomes, strata from the highest, inputs.
    bands = [
        words.outcomes,
        *(words.stratum.format(number=n) for n in range(highest, -1, -1)),
        words.inputs,
    ]
    keys = {name: f"n{i}" for i, name in enumerate(names)}
    nodes = []
    edges = []
    for name in names:
        stated = policy.relations[name].stated
        recursive = name in found.recursive
        if name.startswith(_OUTCOME):
            continue
        nodes.append(
            Node(
                keys[name],
                "input" if stated else "derived",
                name,
                foot=", ".join(_ids(policy, name)),
                recursive=recursive,
                band=len(bands) - 1 if stated else 1 + highest - found.strata[name],
            )
        )
    for number, outcome in enumerate(policy.outcomes):
        goal = outcome.goal
        if goal is None or goal.relation not in kept:
            continue
        key = keys[goal.relation]
        label = _said(policy, outcome.name, language)
        if goal.relation.startswith(_OUTCOME):
            nodes.append(Node(key, "outcome", label, band=0))
            continue
        nodes.append(Node(f"o{number}", "outcome", label, band=0))
        edges.append(Edge(f"o{number}", key))
    edges += [
        _edge(one, keys, found)
        for one in found.reads
        if one.reader in keys and one.read in keys
    ]
    return _trimmed(
        Graph(
            language,
            f"{_title(policy, language)}: {words.dependencies}",
            tuple(nodes),
            tuple(edges),
            (
                ("outcome", words.outcome),
                ("derived", words.relation),
                ("input", words.input),
                ("plain", words.rests_on),
                ("not", words.rests_on_absence),
                ("aggregate", words.counts),
                ("recursive", words.rests_on_itself),
            ),
            tuple(bands),
        )
    )


def overview(policy: Policy, language: str) -> tuple[Graph, bool]:
    """Return the picture of a policy that can be read, and whether it is by files."""
    drawn = policy_graph(policy, language)
    if len(drawn.nodes) <= MANY:
        return drawn, False
    return chapters_graph(policy, language), True


def chapters_graph(policy: Policy, language: str) -> Graph:
    """Draw what rests on what by the policy's files, where relations are too many.

    A box is a file, under the title of its first section with a rule. The facts are
    left out: every file reads some.
    """
    words = picture_words(language)
    found = dependencies(policy)
    titles: dict[str, str] = {}
    clauses: dict[str, dict[str, None]] = {}
    file_of: dict[str, str] = {}
    homes: dict[str, dict[str, None]] = {}
    for rule in policy.rules:
        if rule.span is None or not rule.body:
            continue
        file = rule.span.source.name
        path = () if rule.section is None else rule.section.path
        titles.setdefault(file, path[0] if path else PurePath(file).stem)
        file_of[rule.label] = file
        homes.setdefault(rule.head.relation, {})[file] = None
        if rule.id is not None:
            clauses.setdefault(file, {})[rule.id] = None
    keys = {file: f"f{number}" for number, file in enumerate(titles)}
    nodes = [
        Node(keys[file], "derived", title, foot=_some(clauses.get(file, {})))
        for file, title in titles.items()
    ]
    edges: dict[Edge, None] = {}
    for number, outcome in enumerate(policy.outcomes):
        label = _said(policy, outcome.name, language)
        nodes.append(Node(f"o{number}", "outcome", label))
        goal = "" if outcome.goal is None else outcome.goal.relation
        edges |= dict.fromkeys(Edge(f"o{number}", keys[f]) for f in homes.get(goal, ()))
    for one in found.reads:
        for label in one.rules:
            source = file_of.get(label)
            for target in homes.get(one.read, ()):
                if source is not None and source != target:
                    edges[Edge(keys[source], keys[target])] = None
    return Graph(
        language,
        f"{_title(policy, language)}: {words.dependencies}",
        tuple(nodes),
        tuple(edges),
        (
            ("outcome", words.outcome),
            ("derived", words.chapter),
            ("plain", words.rests_on),
        ),
    )


def _some(ids: Iterable[str]) -> str:
    """Return a few of the clauses that a file encodes."""
    known = list(ids)
    return ", ".join(known[:4]) + (", …" if len(known) > 4 else "")


def _edge(one: Dependency, keys: dict[str, str], found: Dependencies) -> Edge:
    source, target = keys[one.reader], keys[one.read]
    if one.how:
        return Edge(source, target, "not" if one.how == "not" else "aggregate", one.how)
    both = {one.reader, one.read} <= found.recursive
    if both and one.reader in found.below([one.read]):
        return Edge(source, target, "recursive", "↻")
    return Edge(source, target)


def _trimmed(graph: Graph) -> Graph:
    """Leave out bands without boxes, and what the legend need not say."""
    used = sorted({node.band for node in graph.nodes if node.band is not None})
    place = {band: i for i, band in enumerate(used)}
    there = {node.kind for node in graph.nodes} | {edge.kind for edge in graph.edges}
    return Graph(
        graph.language,
        graph.title,
        tuple(
            Node(
                node.key,
                node.kind,
                node.title,
                node.text,
                node.foot,
                recursive=node.recursive,
                band=None if node.band is None else place[node.band],
            )
            for node in graph.nodes
        ),
        graph.edges,
        tuple((kind, words) for kind, words in graph.legend if kind in there),
        tuple(graph.bands[band] for band in used),
    )


def _ids(policy: Policy, relation: str) -> tuple[str, ...]:
    ids = (rule.id for rule in policy.rules_of(relation) if rule.id is not None)
    return tuple(dict.fromkeys(ids))


def _said(policy: Policy, outcome: str, language: str) -> str:
    (known,) = [one for one in policy.outcomes if one.name == outcome]
    sentence = known.texts.get(language) or next(iter(known.texts.values()), None)
    return outcome if sentence is None else sentence.text


def _title(policy: Policy, language: str) -> str:
    return policy.title.get(language) or next(iter(policy.title.values()), policy.id)
