"""The grammar as tables: what Lark makes of `grammar.lark`, kept in `tables.json`.

Lark computes the LALR(1) tables once, when the grammar is changed:

    python -m whereas.language.tables

A test holds that the two files agree and that the grammar has no conflict. So a
process that only wants to parse neither imports Lark nor computes tables (which
would cost 0.13 s each time), and reads 30 KB instead.
"""

from __future__ import annotations

import functools
import io
import json
import pkgutil
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

STARTS = ("body", "statement")


@dataclass(frozen=True, slots=True)
class Production:
    """A production: its left side, the name of its alternative, its length."""

    origin: str
    name: str
    length: int


@dataclass(frozen=True, slots=True)
class Tables:
    """What to do in each state at each symbol.

    A number from 0 is the state to go to; `-1 - n` is the production to apply.
    `$END` is the end of a body.
    """

    states: tuple[Mapping[str, int], ...]
    productions: tuple[Production, ...]
    starts: Mapping[str, int]
    ends: Mapping[str, int]


@functools.cache
def tables() -> Tables:
    """Return the tables that lie beside the grammar."""
    data = json.loads(_beside("tables.json"))
    return Tables(
        states=tuple(data["states"]),
        productions=tuple(Production(*each) for each in data["productions"]),
        starts=data["starts"],
        ends=data["ends"],
    )


def grammar() -> str:
    """Return the text of the grammar."""
    return _beside("grammar.lark").decode("utf-8")


def _beside(name: str) -> bytes:
    # `importlib.resources` would import a dozen modules to find the folder.
    data = pkgutil.get_data(__package__, name)
    if data is None:
        raise FileNotFoundError(name)
    return data


def generate(text: str) -> str:
    """Return the tables of a grammar as JSON: the same text gives the same bytes."""
    import pickle

    from lark import Lark

    lark = Lark(
        text,
        parser="lalr",
        lexer="basic",
        start=list(STARTS),
        keep_all_tokens=True,
        maybe_placeholders=False,
    )
    file = io.BytesIO()
    lark.save(file)
    saved = pickle.loads(file.getvalue())  # noqa: S301  # written a line ago
    table, memo = saved["data"]["parser"]["parser"], saved["memo"]
    productions = sorted(
        (each["origin"]["name"], each["order"], each["alias"], len(each["expansion"]))
        for each in memo.values()
        if each["__type__"] == "Rule" and not each["origin"]["name"].startswith("$")
    )
    number = {(origin, order): n for n, (origin, order, _, _) in enumerate(productions)}
    old: dict[int, dict[str, tuple[int, object]]] = {
        state: {table["tokens"][token]: action for token, action in actions.items()}
        for state, actions in table["states"].items()
    }
    # Lark numbers its states in the order of a set: number them anew.
    new: dict[int, int] = {}
    waiting = deque(table["start_states"][start] for start in STARTS)
    while waiting:
        state = waiting.popleft()
        if state in new:
            continue
        new[state] = len(new)
        waiting.extend(
            target
            for _, (kind, target) in sorted(old[state].items())
            if kind == 0 and isinstance(target, int)
        )
    states: list[dict[str, int]] = []
    for state in new:
        actions: dict[str, int] = {}
        for symbol, (kind, target) in sorted(old[state].items()):
            if isinstance(target, int):
                actions[symbol] = new[target]
            elif isinstance(target, dict):
                rule = memo[target["@"]]
                actions[symbol] = -1 - number[rule["origin"]["name"], rule["order"]]
            else:
                raise AssertionError(kind)
        states.append(actions)
    return (
        '{"productions": [\n'
        + ",\n".join(json.dumps([o, a, n]) for o, _, a, n in productions)
        + '\n],\n"starts": '
        + json.dumps({start: new[table["start_states"][start]] for start in STARTS})
        + ',\n"ends": '
        + json.dumps({start: new[table["end_states"][start]] for start in STARTS})
        + ',\n"states": [\n'
        + ",\n".join(json.dumps(state, separators=(",", ":")) for state in states)
        + "\n]}\n"
    )


if __name__ == "__main__":
    from pathlib import Path

    Path(__file__).with_name("tables.json").write_text(generate(grammar()), "utf-8")
