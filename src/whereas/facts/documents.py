"""JSON, JSON lines and YAML into items: each with its number, and nothing guessed.

A YAML word is a text whatever it looks like (`NO`, `2026-01-31`, `1e3`), but for
`null`, `~` and nothing at all; the column says what it means. Tags, and values
that are neither a word nor empty, are refused unread, so that no alias can grow.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, NoReturn

from whereas.codes import Code
from whereas.facts.records import Doubled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whereas.diagnostics import Cell
    from whereas.facts.faults import Faults
    from whereas.facts.found import Found

# Longer numbers are kept unread; no column takes them.
_DIGITS = 60

_WORDS = frozenset(
    f"tag:yaml.org,2002:{kind}"
    for kind in ("str", "null", "bool", "int", "float", "timestamp", "merge", "value")
)


def items(found: Found, faults: Faults) -> Iterator[tuple[int, object]]:
    """Yield the items of a file that is UTF-8, counted from 1 (JSON lines: by line)."""
    if found.suffix in {".jsonl", ".ndjson"}:
        yield from _lines(found, faults)
        return
    with found.snapshot.open() as file:
        text = file.read().decode("utf-8-sig")
    if not text.strip():
        _empty(found, faults)
    elif found.suffix == ".json":
        yield from _listed(_json(text, found.place, faults), found, faults)
    else:
        yield from _yaml(text, found, faults)


class _NotReadable:
    """Stands for a document whose fault is entered already."""


def _empty(found: Found, faults: Faults) -> None:
    faults.add(
        Code.NO_HEADER,
        found.place,
        "the file is empty",
        "write `[]` to say: there are none",
    )


def _listed(
    value: object, found: Found, faults: Faults
) -> Iterator[tuple[int, object]]:
    if isinstance(value, _NotReadable):
        return
    if isinstance(value, list):
        yield from enumerate(value, 1)
        return
    _no_list(found, faults)


def _no_list(found: Found, faults: Faults) -> None:
    faults.add(
        Code.MALFORMED_FILE,
        found.place,
        "the file is not a list of objects",
        "write a list, with an object for each row",
    )


# --- JSON -------------------------------------------------------------------------


def _lines(found: Found, faults: Faults) -> Iterator[tuple[int, object]]:
    blank: list[int] = []
    with found.snapshot.open() as file:
        lines = io.TextIOWrapper(file, encoding="utf-8-sig", newline="\n")
        for number, line in enumerate(lines, 1):
            at = found.place.within(number)
            if not line.strip():
                blank.append(number)
                continue
            for row in blank:
                faults.add(
                    Code.BLANK_ROW,
                    found.place.within(row),
                    "the line is blank, and lines follow it",
                    "remove the blank line",
                )
            blank.clear()
            value = _json(line, at, faults)
            if not isinstance(value, _NotReadable):
                yield number, value


def _json(text: str, at: Cell, faults: Faults) -> object:
    try:
        return json.loads(
            text,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_no_number,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, " if at.row is None else ""
        cut = not text[error.pos :].strip() or error.msg.startswith("Unterminated")
        faults.add(
            Code.MALFORMED_FILE,
            at,
            f"the JSON is broken at {where}character {error.colno}: "
            + error.msg.lower().removesuffix(" at").removesuffix(" starting"),
            "restore the end of the file, it seems cut off"
            if cut
            else "mend the JSON there",
        )
    except _NoNumber as error:
        faults.add(
            Code.MALFORMED_FILE,
            at,
            f"`{error}` is no number in JSON",
            "write a number, or `null` for none",
        )
    except RecursionError:
        faults.add(
            Code.MALFORMED_FILE,
            at,
            "the JSON is nested too deeply",
            "write a list of objects, with an object for each row",
        )
    return _NotReadable()


class _NoNumber(Exception):  # noqa: N818  # caught here
    """`NaN` or `Infinity`."""


def _no_number(word: str) -> NoReturn:
    raise _NoNumber(word)


def _integer(word: str) -> int | Decimal:
    return int(word) if len(word) <= _DIGITS else Decimal(word)


def _decimal(word: str) -> Decimal | str:
    try:
        return Decimal(word)
    except InvalidOperation:
        return word


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    made = Doubled(plain)
    counts = Counter(name for name, _ in pairs)
    made.names = tuple(name for name, count in counts.items() if count > 1)
    return made


# --- YAML -------------------------------------------------------------------------


def _yaml(text: str, found: Found, faults: Faults) -> Iterator[tuple[int, object]]:
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        node = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" at line {mark.line + 1}" if mark else ""
        faults.add(
            Code.MALFORMED_FILE,
            found.place,
            f"the YAML is broken{where}: {error.problem or error.context}",
            "mend the YAML there",
        )
        return
    except yaml.YAMLError:
        faults.add(
            Code.MALFORMED_FILE,
            found.place,
            "the YAML holds a character that YAML does not allow",
            "remove control characters",
        )
        return
    except RecursionError:
        faults.add(
            Code.MALFORMED_FILE,
            found.place,
            "the YAML is nested too deeply",
            "write a list, with a name and a value for each column",
        )
        return
    if node is None:
        _empty(found, faults)
    elif not isinstance(node, yaml.SequenceNode):
        _no_list(found, faults)
    else:
        for number, item in enumerate(node.value, 1):
            yield number, _mapping(item, found.place.within(number), faults)


def _mapping(node: Any, at: Cell, faults: Faults) -> object:
    import yaml

    if not isinstance(node, yaml.MappingNode):
        return _word(node, at, faults)
    made = Doubled()
    doubled = []
    for key, value in node.value:
        name = str(_word(key, at, faults))
        if name in made:
            doubled.append(name)
        made[name] = _word(value, at.within(at.row, name), faults)
    made.names = tuple(dict.fromkeys(doubled))
    return made


def _word(node: Any, at: Cell, faults: Faults) -> object:
    import yaml

    if not isinstance(node, yaml.ScalarNode):
        return {} if isinstance(node, yaml.MappingNode) else []
    if node.tag not in _WORDS:
        faults.add(
            Code.MALFORMED_FILE,
            at,
            f"the tag `{node.tag.replace('tag:yaml.org,2002:', '!!')}` is not allowed",
            "write the value without a tag",
        )
        return node.value
    if node.tag.endswith(":null") and node.value in {"", "~", "null", "Null", "NULL"}:
        return None
    return node.value
