"""Facts into their steps: each by its first supporting instance, as `prove` has it.

What is asked for comes from the leaves of other pieces, so relations are taken from
the goals downwards. In a recursive component the facts of one level name those of
the next, until none is new.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from whereas.explain.wholesale.forms import Form
from whereas.explain.wholesale.pieces import Piece, listed, quoted_json
from whereas.explain.wholesale.tables import headed
from whereas.facts.database import columns, quoted
from whereas.values import INTEGER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from whereas.explain.wholesale.pieces import Facts, Part, Stored, Writer
    from whereas.policy.core import Component, Rule


def write_steps(writer: Writer) -> None:
    """Write the step of every fact that was asked for, and of those below."""
    policy = writer.policy
    for component in reversed(policy.components):
        _component(writer, component)
    for relation in policy.relations.values():
        if relation.stated and writer.facts.asked.get(relation.name):
            _stated(writer, relation.name)


def _component(writer: Writer, component: Component) -> None:
    shop, asked = writer.shop, writer.facts.asked
    done: dict[str, str] = {}
    while any(asked.get(name) for name in component.relations):
        for relation in component.relations:
            if not asked.get(relation):
                continue
            names = ", ".join(columns(writer.policy.relations[relation].arity))
            wanted = f"SELECT {names} FROM {shop.united(asked.pop(relation))}"
            if component.recursive:
                wanted = _new(writer, relation, wanted, done)
            goals = shop.table(
                f"SELECT row_number() OVER () AS n, g.* FROM ({wanted}) AS g"
            )
            # What no fact asks for asks for nothing.
            if shop.any(goals):
                _derived(writer, relation, goals)


def _new(writer: Writer, relation: str, wanted: str, done: dict[str, str]) -> str:
    """Return the facts with their rounds that were not wanted before; note them."""
    names = columns(writer.policy.relations[relation].arity)
    listed = ", ".join(names)
    if relation in done:
        wanted += f" EXCEPT SELECT {listed} FROM {done[relation]}"
    same = " AND ".join(f"f.{name} = w.{name}" for name in names)
    found = writer.shop.table(
        f"SELECT w.*, f.round FROM ({wanted}) AS w JOIN {quoted(relation)} AS f "
        f"ON {same}"
    )
    if relation not in done:
        done[relation] = writer.shop.table(f"SELECT {listed} FROM {found}")
    else:
        writer.shop.database.execute(
            f"INSERT INTO {done[relation]} SELECT {listed} FROM {found}"
        )
    return f"SELECT * FROM {found}"


class _Instances(NamedTuple):
    """What a rule gives: its parts of a piece, where a row has the key, the rows."""

    rule: Rule
    parts: tuple[Part, Part, Part]
    keys: Sequence[int]
    rows: Sequence[Stored]


def _derived(writer: Writer, relation: str, goals: str) -> None:
    """Write the steps of a derived relation's facts: `goals` has them, numbered."""
    facts, shop = writer.facts, writer.shop
    columns_ = writer.policy.relations[relation].columns
    component = shop.explainer.component(relation)
    found: list[_Instances] = []
    total: dict[int, int] = {}
    for rule in writer.policy.rules_of(relation):
        start = headed(rule, goals, writer.encoding.constant, recursive=bool(component))
        if start.source != goals and not shop.any(start.source):
            continue
        picked = shop.pick(start, rule.body, rule.types, component=component)
        form = Form(writer, picked, rule.types, component)
        values = [
            form.value(term, column.type)
            for term, column in zip(rule.head.terms, columns_, strict=True)
        ]
        parts = (listed(values), form.substitution(), form.body(rule.body))
        keys = form.key(rule.head)
        counted = form.slot("p.total")
        rows = form.all()
        if not rows:
            continue
        numbers, counts = map(itemgetter(0), rows), map(itemgetter(counted), rows)
        new = dict(zip(numbers, counts, strict=True))
        if total.keys().isdisjoint(new):
            total |= new
        else:
            # The first rule that gives a fact says why; the others are counted.
            rows = [row for row in rows if row[0] not in total]
            for number, count in new.items():
                total[number] = total.get(number, 0) + count
        found.append(_Instances(rule, parts, keys, rows))
    said = {number: str(count) for number, count in total.items()}
    for one in found:
        _write(facts, relation, one, said)


def _write(
    facts: Facts, relation: str, found: _Instances, total: Mapping[int, str]
) -> None:
    """Write the steps of the facts that a rule gives; `total` says how many ways."""
    keys, rows = facts.keys(relation), found.rows
    known = [keys.get(key) for key in map(itemgetter(*found.keys), rows)]
    numbers = [number for number in known if number is not None]
    if len(numbers) < len(known):
        # A fact that was asked for and is not named after all needs no step.
        rows = [r for r, one in zip(rows, known, strict=True) if one is not None]
    values, substitution, premises = found.parts
    piece = Piece()
    piece.say(f'{{"fact": [{quoted_json(relation)}, ')
    values(piece)
    piece.say(f'], "rule": {quoted_json(found.rule.label)}, "substitution": {{')
    substitution(piece)
    piece.say('}, "premises": [')
    premises(piece)
    piece.say('], "instances": ')
    piece.value(total, 0)
    piece.say("}")
    facts.write(piece, rows, numbers)
    if found.rule.subject_to:
        facts.clauses.update(dict.fromkeys(numbers, found.rule.subject_to))


def _stated(writer: Writer, relation: str) -> None:
    """Write the steps of a stated relation's facts: what they say, and where."""
    facts = writer.facts
    keys = facts.keys(relation)
    columns_ = writer.policy.relations[relation].columns
    piece = Piece()
    piece.say(f'{{"fact": [{quoted_json(relation)}')
    for place, column in enumerate(columns_, 1):
        piece.say(", ")
        piece.value(writer.cells(column.type), place)
    piece.say('], "row": ')
    piece.value(writer.cells(INTEGER), 0)
    piece.say("}")
    asked = writer.shop.united(facts.asked.pop(relation))
    rows = writer.shop.database.query(
        f"SELECT row, {', '.join(columns(len(columns_)))} FROM {quoted(relation)} "
        f"WHERE row IN (SELECT row FROM {asked})"
    )
    own = [row for row in rows if row[0] in keys]
    facts.write(piece, own, [keys[row[0]] for row in own])
