"""Decisions into explanations, one line of JSON for each case, a stretch at a time.

A line is what `justify` says of the case, without what the policy says already: no
sentences, no rules, no literals. Its facts are numbered from the goal downwards, as
in `whereas.justification/1`.
"""

from __future__ import annotations

import gc
import json
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from whereas.explain.bodies import order_of
from whereas.explain.case_table import CaseTable
from whereas.explain.decisions import case_columns, ground_json
from whereas.explain.graph import key_of
from whereas.explain.graph_builder import GraphBuilder
from whereas.explain.graph_json import GraphWriter
from whereas.explain.ids import in_order
from whereas.explain.json_templates import (
    COMMA,
    EMPTY,
    NOTHING,
    Cells,
    enclosed,
    listing,
    quoted_json,
)
from whereas.explain.justify import shown
from whereas.facts.database import columns, quoted
from whereas.values import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from whereas.explain.decisions import Decisions, Stored
    from whereas.explain.explainer import Explainer
    from whereas.explain.graph import Nodes
    from whereas.explain.json_templates import Named, Written

# How many cases are explained together at most, and about how many characters of
# lines: their parts are in memory. The fewer, the more often all rules are asked.
STRETCH = 25_000
CHARACTERS = 300_000_000
# So many first, to see how long a line is.
FIRST = 5_000
# Levels of attempts; one decision by itself is followed deeper (`reason_values`).
DEPTH = 3

Case = tuple["Stored", int]


def explanations(
    explainer: Explainer,
    decisions: Decisions,
    wanted: Callable[[str | None], bool] = lambda _: True,
    *,
    depth: int = DEPTH,
) -> Iterator[str]:
    """Yield the explanation of each case, in the order of the decisions.

    `wanted` says for which outcomes. Attempts go down `depth` levels.
    """
    # What stands for nothing, for a comma, and for the facts of a line.
    numerals = ["", ", "]
    waiting: list[Case] = []
    size = min(FIRST, STRETCH)
    for cases in chain(decisions.stretches(), [None]):
        if cases is not None:
            waiting += [one for one in cases if wanted(decisions.grounds[one[1]][0])]
        while len(waiting) >= size or (waiting and cases is None):
            stretch = _Stretch(explainer, decisions, waiting[:size], depth, numerals)
            del waiting[:size]
            characters = 0
            for line in stretch.lines():
                characters += len(line)
                yield line
            fitting = CHARACTERS * len(stretch.cases) // characters
            size = max(1, min(STRETCH, fitting))


class _Roots(NamedTuple):
    """The nodes that each case's line begins with, by the number of the case."""

    proofs: Mapping[int, int]
    blockages: Mapping[int, int]
    shown: Mapping[int, Sequence[int]]


class _Stretch:
    """Some cases, explained together."""

    def __init__(
        self,
        explainer: Explainer,
        decisions: Decisions,
        cases: Sequence[Case],
        depth: int,
        numerals: list[str],
    ) -> None:
        self.explainer = explainer
        self.builder = GraphBuilder(explainer, depth=depth)
        self.tables = self.builder.tables
        self.policy = explainer.policy
        self.decisions = decisions
        self.cases = cases
        self.numerals = numerals
        self._subject_to = any(rule.subject_to for rule in self.policy.rules)
        # The clauses stand behind what is shown, which may be subject to more.
        self._grounds = {
            number: ground_json(decisions.grounds[number]._replace(subject_to=()))[:-1]
            for number in {ground for _, ground in cases}
        }
        self._case_cells = [
            (quoted_json(name), Cells(type_, explainer.database.text, "null"))
            for name, type_ in case_columns(self.policy)
        ]

    def lines(self) -> Iterator[str]:
        """Yield the explanations."""
        # Millions of tuples, none of them in a cycle: looking for one would take a
        # quarter of the time.
        collecting = gc.isenabled()
        gc.disable()
        try:
            roots = self._roots()
            self.writer = GraphWriter(self.explainer, self.builder.build())
        finally:
            self.tables.drop()
            if collecting:
                gc.freeze()
                gc.enable()
        try:
            for number, case in enumerate(self.cases):
                yield self._line(number, case, roots)
        finally:
            if collecting:
                gc.unfreeze()

    def _roots(self) -> _Roots:
        """Ask for the reasons of all cases."""
        known = [one.name for one in self.policy.outcomes]
        outcomes = [
            -1 if name is None else known.index(name)
            for name, *_ in self.decisions.grounds
        ]
        self.table = CaseTable(
            self.builder,
            [
                (number, outcomes[ground], key)
                for number, (key, ground) in enumerate(self.cases)
            ],
        )
        return _Roots(self._proofs(), self.table.missing_targets(), self._shown())

    @property
    def nodes(self) -> Nodes:
        """The nodes of the graph."""
        return self.builder.graph.nodes

    def _proofs(self) -> dict[int, int]:
        """Return the fact of each case whose outcome has a goal."""
        found: dict[int, int] = {}
        for number, outcome in enumerate(self.policy.outcomes):
            if outcome.goal is None:
                continue
            relation = self.policy.relations[outcome.goal.relation]
            values = self.table.goal(outcome.goal)
            if relation.stated:
                same = " AND ".join(f"f.a{i} = {v}" for i, v in enumerate(values))
                source = (
                    f"SELECT f.row AS row, c.n AS n FROM {self.table.name} AS c "
                    f"JOIN {quoted(relation.name)} AS f ON {same} WHERE c.o = {number}"
                )
                keyed = f"SELECT n, row FROM ({source}) AS g"
                asked = f"SELECT row FROM ({source}) AS g"
            else:
                listed = ", ".join(f"{v} AS a{i}" for i, v in enumerate(values))
                rest = f"{listed} FROM {self.table.name} AS c WHERE c.o = {number}"
                keyed, asked = f"SELECT c.n, {rest}", f"SELECT {rest}"
            self.builder.support(relation.name, asked)
            facts = self.nodes.facts(relation.name)
            for case, *key in self.tables.database.query(keyed):
                found[case] = facts[key_of(key)]
        return found

    def _shown(self) -> dict[int, list[int]]:
        """Return the facts that the policy shows with each case, in their order."""
        found: dict[int, list[int]] = {}
        names = [name for name, _ in case_columns(self.policy)]
        for name in self.policy.show:
            relation = self.policy.relations[name]
            tests = [
                f"f.a{i} = c.k{names.index(column.name)}"
                for i, column in enumerate(relation.columns)
                if column.name in names
            ]
            facts = self.nodes.facts(name)
            if not tests:
                self._reached(name, found)
                continue
            order = [
                order_of(f"f.a{i}", column.type)
                for i, column in enumerate(relation.columns)
            ]
            key = (
                "f.row"
                if relation.stated
                else ", ".join(f"f.{one}" for one in columns(relation.arity))
            )
            source = (
                f"FROM {self.table.name} AS c JOIN {quoted(name)} AS f "
                f"ON {' AND '.join(tests)}"
            )
            self.builder.support(name, f"SELECT DISTINCT {key} {source}")
            by = ", ".join(f"{one} NULLS FIRST" for one in ["c.n", *order])
            for case, *values in self.tables.database.query(
                f"SELECT c.n, {key} {source} ORDER BY {by}"
            ):
                found.setdefault(case, []).append(facts[key_of(values)])
        return found

    def _reached(self, name: str, found: dict[int, list[int]]) -> None:
        """Add the facts of a shown relation that no column ties to the case.

        Which they are, is what lies below each case's target: asked one by one.
        """
        explainer = self.explainer
        relation = self.policy.relations[name]
        facts = self.nodes.facts(name)
        types = [type_ for _, type_ in case_columns(self.policy)]
        text = self.tables.database.text
        asked: set[Stored] = set()
        for number, (stored, _) in enumerate(self.cases):
            case = tuple(
                decode(one, type_, text)
                for one, type_ in zip(stored, types, strict=True)
            )
            for fact in shown(explainer, case):
                if fact.relation == name:
                    key = explainer.stored(fact)
                    asked.add(key)
                    found.setdefault(number, []).append(facts[key_of(key)])
        assert not relation.stated  # noqa: S101  # only derived facts are below
        table = self.tables.fresh()
        described = ", ".join(f"{one} BIGINT" for one in columns(relation.arity))
        self.tables.database.execute(f"CREATE TEMP TABLE {table} ({described})")
        self.tables.database.insert(table[1:-1], sorted(asked))
        self.builder.support(name, f"SELECT * FROM {table}")

    # --- lines --------------------------------------------------------------------

    def _line(self, number: int, case: Case, roots: _Roots) -> str:
        """Put a line together: first texts, with the nodes that stand between them."""
        writer = self.writer
        proof, goal = roots.proofs.get(number), roots.blockages.get(number)
        own = roots.shown.get(number, ())
        texts = [f'{self._head(case)}, "proof": ']
        named: list[int] = []
        if proof is None:
            texts[-1] += "null"
        else:
            texts.append("")
            named.append(proof)
        texts[-1] += ', "blockage": '
        attempts: Written = (("null",), ())
        if goal is not None:
            attempts = enclosed("[", writer.attempts.get(goal, EMPTY), "]")
        for before, (more, below) in (("", attempts), (', "shown": ', listing(own))):
            texts[-1] += before + more[0]
            texts += more[1:]
            named += below
        order = _numbered(writer.below, named)
        clauses = ""
        if self._subject_to:
            # What an attempt names is not what the decision rests on.
            supports = own if proof is None else [proof, *own]
            below = order if goal is None else _numbered(writer.below, supports)
            clauses = self._clauses(case, below)
        texts[-1] += f', "subject_to": [{clauses}], "steps": ['
        named.append(NOTHING)
        steps = order[2:]
        texts += chain.from_iterable(map(writer.texts.__getitem__, steps))
        named += chain.from_iterable(map(writer.below.__getitem__, steps))
        numbers = dict(zip(order, self._numerals(len(order)), strict=False))
        parts = [""] * (2 * len(texts))
        parts[::2] = texts
        parts[1::2] = map(numbers.__getitem__, named)
        # What follows the last step is no comma.
        parts[-1] = "]}"
        return "".join(parts)

    def _numerals(self, number: int) -> list[str]:
        """Return what stands for the facts of a line, in their order, and before it."""
        known = self.numerals
        if number > len(known):
            known += map(str, range(len(known) - 2, number))
        return known

    def _head(self, case: Case) -> str:
        """Return what the decision says: case, outcome, held and failed."""
        stored, ground = case
        key = ", ".join(
            f"{name}: {cells[one]}"
            for (name, cells), one in zip(self._case_cells, stored, strict=True)
        )
        return f'{{"case": {{{key}{self._grounds[ground]}'

    def _clauses(self, case: Case, below: Sequence[int]) -> str:
        """Return the clauses of a decision, and of the facts that it rests on."""
        known = self.writer.clauses
        clauses = {*self.decisions.grounds[case[1]].subject_to}
        for fact in known.keys() & below:
            clauses.update(known[fact])
        return ", ".join(quoted_json(clause) for clause in in_order(clauses))


def _numbered(below: Mapping[int, Named], named: Sequence[int]) -> list[int]:
    """Return what is named, directly or not: those named first, then what they name.

    What only stands in the place of a node comes before all.
    """
    order = dict.fromkeys((NOTHING, COMMA, *named))
    done = 2
    while done < len(order):
        level = list(islice(order, done, None))
        done = len(order)
        order.update(dict.fromkeys(chain.from_iterable(map(below.__getitem__, level))))
    return list(order)


def heading(decisions: Decisions, explained: int) -> str:
    """Return what stands before explanations, as one object of JSON."""
    files = decisions.model.facts.files
    document = {
        **decisions.heading(),
        "schema": "whereas.explanations/1",
        "explained": explained,
        "lines": "whereas.explanation/1",
        "files": {
            name: {"file": file.name, "sheet": file.sheet}
            for name, file in files.items()
        },
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
