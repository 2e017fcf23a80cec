"""The graph of reasons into JSON, all cases of a stretch at once.

Each supported fact is written once, and so is each attempt; lines put together what a
case names. An attempt at what another one lacks stands inside it, where its goal was
first lacking; a goal that is lacking again is named by its values alone.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from whereas.explain.expressions import type_of
from whereas.explain.graph import (
    Alternatives,
    Column,
    Comparing,
    Counted,
    Excluded,
    Instances,
    LookedUp,
    Testing,
)
from whereas.explain.json_templates import (
    COMMA,
    EMPTY,
    Cells,
    Named,
    Part,
    Template,
    Texts,
    Written,
    enclosed,
    framed,
    listed,
    listing,
    quoted_json,
    together,
)
from whereas.explain.reason_reader import lacking_values
from whereas.policy.core import Atom, Comparison, Either, Membership, Not, Variable
from whereas.values import INTEGER

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from whereas.explain.explainer import Explainer
    from whereas.explain.graph import Graph, StatedRows
    from whereas.values import Type

ANY = '{"any": true}'


class GraphWriter:
    """Writes the facts and the attempts of one graph.

    `texts` and `below` have each fact's own text and the nodes that it names, ending
    with a comma, since another fact follows it. `clauses` are those that the rule of
    a fact's support is subject to, where there are some. `attempts` has the attempts
    at each goal, nearest first and with commas.
    """

    def __init__(self, explainer: Explainer, graph: Graph) -> None:
        """Write everything."""
        self.explainer = explainer
        self.policy = explainer.policy
        self.graph = graph
        self.texts: dict[int, Texts] = {}
        self.below: dict[int, Named] = {}
        self.clauses: dict[int, tuple[str, ...]] = {}
        self.attempts: dict[int, Written] = {}
        self._cells: dict[tuple[Type, str], Cells] = {}
        self._write_attempts()
        for instances in graph.supports:
            self._support(instances)
        for rows in graph.stated:
            self._stated(rows)

    def cells(self, type_: Type, nothing: str = "null") -> Cells:
        """Return how values of a type are written."""
        if (type_, nothing) not in self._cells:
            text = self.explainer.database.text
            self._cells[type_, nothing] = Cells(type_, text, nothing)
        return self._cells[type_, nothing]

    # --- facts ----------------------------------------------------------------------

    def _keep(self, template: Template, nodes: Sequence[int]) -> None:
        texts, named = template.written((COMMA,))
        self.texts.update(zip(nodes, texts, strict=False))
        self.below.update(zip(nodes, named, strict=False))

    def _support(self, instances: Instances) -> None:
        """Write the supports of facts by one rule."""
        rule = instances.rule
        assert rule is not None  # noqa: S101
        whole = _Rows(instances)
        template = Template()
        template.say(f'{{"fact": [{quoted_json(rule.head.relation)}')
        columns = self.policy.relations[rule.head.relation].columns
        for term, column in zip(rule.head.terms, columns, strict=True):
            template.say(", ")
            template.value(self.cells(column.type), self._term(term, whole))
        template.say(f'], "rule": {quoted_json(rule.label)}, "substitution": {{')
        self._substitution(whole, instances.variables)(template)
        template.say('}, "premises": [')
        self._premises(whole)(template)
        template.say('], "instances": ')
        template.value(self.cells(INTEGER), instances.totals)
        template.say("}")
        self._keep(template, instances.owners)
        if rule.subject_to:
            self.clauses.update(dict.fromkeys(instances.owners, rule.subject_to))

    def _stated(self, rows: StatedRows) -> None:
        """Write stated facts: what they say, and where."""
        template = Template()
        template.say(f'{{"fact": [{quoted_json(rows.relation)}')
        described = self.policy.relations[rows.relation].columns
        for column, values in zip(described, rows.columns, strict=True):
            template.say(", ")
            template.value(self.cells(column.type), values)
        template.say('], "row": ')
        template.value(self.cells(INTEGER), rows.rows)
        template.say("}")
        self._keep(template, rows.nodes)

    # --- values -----------------------------------------------------------------------

    def _term(self, term: object, rows: _Rows) -> Column:
        if isinstance(term, Variable):
            return rows.variable(term.name)
        return [self.explainer.encoding.constant(term)] * len(rows)  # type: ignore[arg-type]

    def _substitution(self, rows: _Rows, names: Collection[str]) -> Part:
        """Return what says the values of some variables."""

        def entry(name: str) -> Part:
            def add(template: Template) -> None:
                template.say(f"{quoted_json(name)}: ")
                cells = self.cells(rows.instances.types[name])
                template.value(cells, rows.variable(name))

            return add

        return listed([entry(name) for name in names])

    def _value(self, column: Column, type_: Type, nothing: str = "null") -> Part:
        cells = self.cells(type_, nothing)
        return lambda template: template.value(cells, column)

    def _pattern(self, atom: Atom, rows: _Rows) -> Part:
        """Return what says the values that an atom looks for."""
        columns = self.policy.relations[atom.relation].columns
        parts: list[Part] = []
        for term, column in zip(atom.terms, columns, strict=True):
            if isinstance(term, Variable) and term.name not in rows.instances.variables:
                parts.append(lambda template: template.say(ANY))
            else:
                parts.append(self._value(self._term(term, rows), column.type, ANY))
        return listed(parts)

    # --- literals that hold -----------------------------------------------------------

    def _premises(self, rows: _Rows) -> Part:
        """Return what says the premises of a body that holds."""
        return listed(
            [self._premise(rows, number) for number in range(len(rows.instances.body))]
        )

    def _premise(self, rows: _Rows, number: int) -> Part:
        """Return what says a literal that holds, or was judged."""
        instances = rows.instances
        literal, types = instances.body[number], instances.types
        match literal, instances.premises[number]:
            case Atom(), LookedUp(nodes):
                return lambda template: template.name(rows.of(nodes))  # type: ignore[arg-type]
            case Not(atom), Excluded(found):
                pattern = self._pattern(atom, rows)
                matching = [_found(found, row) for row in rows.numbers]

                def absent(template: Template) -> None:
                    template.say('{"absent": [')
                    pattern(template)
                    template.put(matching)

                return absent
            case Comparison(left=left, right=right), Comparing() as sides:
                both = listed(
                    [
                        self._value(rows.of(sides.left), type_of(left, types)),
                        self._value(rows.of(sides.right), type_of(right, types)),
                    ]
                )
                return framed('{"compared": [', both, "]}")
            case Membership(term), Testing(value):
                among = self._value(rows.of(value), type_of(term, types))
                return framed('{"among": ', among)
            case Either(), Alternatives(taken, supports):
                chosen = [taken[row] for row in rows.numbers]
                wanted: dict[int, list[int]] = defaultdict(list)
                for branch, row in chosen:
                    wanted[branch].append(row)
                written = {
                    branch: self._branch(branch, supports[branch], some)
                    for branch, some in wanted.items()
                }
                inner = [written[branch][row] for branch, row in chosen]
                return lambda template: template.put(inner)
            case aggregate, Counted(value, counted):
                measured = self._value(rows.of(value), aggregate.type)  # type: ignore[union-attr]
                shown = [_counted(counted, row) for row in rows.numbers]

                def count(template: Template) -> None:
                    template.say('{"value": ')
                    measured(template)
                    template.put(shown)
                    template.say("}")

                return count
        raise AssertionError(literal)

    def _branch(
        self, number: int, instances: Instances, chosen: Sequence[int]
    ) -> dict[int, Written]:
        """Write some of the rows for which a branch of an alternative holds."""
        rows = _Rows(instances, chosen)
        template = Template()
        head = f'{{"branch": {number}, "premises": ['
        framed(head, self._premises(rows), "]}")(template)
        return dict(zip(chosen, template.rows(len(chosen)), strict=True))

    # --- attempts ---------------------------------------------------------------------

    def _write_attempts(self) -> None:
        """Write the attempts, those at what others lack before these.

        A goal that is lacking at several levels is written for each: what stands
        inside it ends at the same depth.
        """
        needed = self._needed()
        below: dict[int, Written] = {}
        for nodes in reversed(needed):
            parts: dict[int, list[tuple[int, Written]]] = defaultdict(list)
            for instances in self.graph.attempts:
                chosen = [
                    row for row, owner in enumerate(instances.owners) if owner in nodes
                ]
                for row, written in self._written(instances, chosen, below):
                    unmet = instances.unmet[row].bit_count()
                    parts[instances.owners[row]].append((unmet, written))
            below = {}
            for node, attempts in parts.items():
                # The sort keeps the order of the rules among equals.
                attempts.sort(key=lambda part: part[0])
                below[node] = together([written for _, written in attempts])
            self.attempts = below
            below = {
                node: enclosed(', "attempts": [', written, "]")
                for node, written in below.items()
            }

    def _needed(self) -> list[set[int]]:
        """Return the goals whose attempts are needed, level by level."""
        levels = self.graph.levels
        below: dict[int, set[int]] = defaultdict(set)
        for instances in self.graph.attempts:
            for row, node in _lacked(instances):
                if node in levels:
                    below[instances.owners[row]].add(node)
        needed = [{node for node, level in levels.items() if level == 1}]
        for _ in range(self.graph.depth - 1):
            needed.append({one for node in needed[-1] for one in below[node]})
        return needed

    def _written(
        self,
        instances: Instances,
        chosen: Sequence[int],
        below: Mapping[int, Written],
    ) -> list[tuple[int, Written]]:
        """Write some attempts of one rule; `below` has those at what they lack."""
        rule = instances.rule
        assert rule is not None  # noqa: S101
        all_written: list[tuple[int, Written]] = []
        for rows in _alike(instances, chosen):
            lacking = rows.unmet.bit_count()
            template = Template()
            template.say(f'{{"rule": {quoted_json(rule.label)}, "substitution": {{')
            valued = [name for name in instances.variables if name not in rows.open]
            self._substitution(rows, valued)(template)
            template.say(f'}}, "unmet": {lacking}, "conditions": [')
            self._conditions(rows, below)(template)
            template.say("]}")
            all_written += zip(rows.numbers, template.rows(len(rows)), strict=True)
        return all_written

    def _conditions(self, rows: _Rows, below: Mapping[int, Written]) -> Part:
        """Return what says the literals of attempts that are alike."""
        instances = rows.instances
        met = [not rows.unmet >> at & 1 for at in range(len(instances.body))]
        has_value = {name: name not in rows.open for name in instances.variables}
        lacking = lacking_values(instances.body, has_value, met, instances.given)
        return listed(
            [
                framed('{"met": true, "premise": ', self._premise(rows, number))
                if met[number]
                else framed('{"met": false', self._unmet(rows, number, needed, below))
                for number, needed in enumerate(lacking)
            ]
        )

    def _unmet(
        self,
        rows: _Rows,
        number: int,
        lacking: tuple[str, ...],
        below: Mapping[int, Written],
    ) -> Part:
        """Return what says a literal that is not met; `lacking` has no value."""
        literal = rows.instances.body[number]
        match literal, rows.instances.premises[number]:
            case Atom(), LookedUp(nodes):
                part = self._missing(literal, rows, nodes, lacking, below)
            case Either(), Alternatives(tried=tried, attempts=attempts):
                part = self._branches(rows, tried, attempts, below)
            case _ if lacking:
                part = _nothing
            case _:
                part = framed(', "premise": ', self._premise(rows, number), "")

        def add(template: Template) -> None:
            if lacking:
                names = ", ".join(map(quoted_json, lacking))
                template.say(f', "open": [{names}]')
            part(template)

        return add

    def _missing(
        self,
        atom: Atom,
        rows: _Rows,
        nodes: Column,
        lacking: tuple[str, ...],
        below: Mapping[int, Written],
    ) -> Part:
        """Return what says a positive atom that no row matches, and why it is none."""
        pattern = framed(', "missing": [', self._pattern(atom, rows), "]")
        attempts = [EMPTY] * len(rows)
        if not lacking:
            attempts = [
                EMPTY if node is None or node not in below else below[node]
                for node in rows.of(nodes)
            ]

        def add(template: Template) -> None:
            pattern(template)
            template.put(attempts)

        return add

    def _branches(
        self,
        rows: _Rows,
        tried: Sequence[Mapping[int, int]],
        attempts: Sequence[Instances],
        below: Mapping[int, Written],
    ) -> Part:
        """Return what says the nearest attempt at each branch."""
        branches: list[list[Written]] = []
        for where, instances in zip(tried, attempts, strict=True):
            written: dict[int, Written] = {}
            for alike in _alike(instances, [where[row] for row in rows.numbers]):
                template = Template()
                self._conditions(alike, below)(template)
                written.update(
                    zip(alike.numbers, template.rows(len(alike)), strict=True)
                )
            branches.append([written[where[row]] for row in rows.numbers])

        def add(template: Template) -> None:
            template.say(', "branches": [')
            for number, branch in enumerate(branches):
                template.say("[" if number == 0 else ", [")
                template.put(branch)
                template.say("]")
            template.say("]")

        return add


class _Rows:
    """Some rows of instances: all of them, or those that are alike.

    `unmet` and `open` say which literals are unmet and which variables have no value
    in these rows.
    """

    def __init__(
        self,
        instances: Instances,
        numbers: Sequence[int] | None = None,
        unmet: int = 0,
        open_: frozenset[str] = frozenset(),
    ) -> None:
        self.instances = instances
        self.numbers = range(len(instances)) if numbers is None else numbers
        self.unmet = unmet
        self.open = open_
        self._whole = numbers is None

    def __len__(self) -> int:
        return len(self.numbers)

    def of(self, column: Column) -> Column:
        """Return these rows of a column."""
        return column if self._whole else [column[row] for row in self.numbers]

    def variable(self, name: str) -> Column:
        """Return these rows of a variable's values."""
        return self.of(self.instances.variables[name])


def _alike(instances: Instances, chosen: Sequence[int]) -> list[_Rows]:
    """Tell rows apart by what is unmet and which variables have no value."""
    groups: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row in chosen:
        groups[instances.unmet[row], instances.open[row]].append(row)
    names = list(instances.variables)
    return [
        _Rows(
            instances,
            rows,
            unmet,
            frozenset([name for at, name in enumerate(names) if open_ >> at & 1]),
        )
        for (unmet, open_), rows in groups.items()
    ]


def _lacked(instances: Instances) -> Iterator[tuple[int, int]]:
    """Yield the goals that attempts lack, each with the row; those of branches too."""
    for number, looked_at in enumerate(instances.premises):
        match looked_at:
            case LookedUp(nodes):
                for row, node in enumerate(nodes):
                    if node is not None and instances.unmet[row] >> number & 1:
                        yield row, node
            case Alternatives(tried=tried, attempts=attempts):
                for where, inner in zip(tried, attempts, strict=True):
                    outer = {at: row for row, at in where.items()}
                    for row, node in _lacked(inner):
                        yield outer[row], node
            case _:
                pass


def _found(found: object, row: int) -> Written:
    """Return what follows the pattern of a negated atom: the facts that match it."""
    if row not in found:  # type: ignore[operator]
        return ("]}",), ()
    nodes, counted = found[row]  # type: ignore[index]
    return enclosed('], "found": ', listing(nodes), f', "counted": {counted}}}')


def _counted(counted: object, row: int) -> Written:
    """Return what follows an aggregate's value: how many rows, and the first."""
    if row not in counted:  # type: ignore[operator]
        return (', "counted": 0, "rows": []',), ()
    shown, total = counted[row]  # type: ignore[index]
    rows = together(list(map(listing, shown)))
    return enclosed(f', "counted": {total}, "rows": [', rows, "]")


def _nothing(template: Template) -> None:
    del template
