"""A file into a JSON document that fits its schema: every fault with its place.

A place is a JSON pointer (`/steps/3/step/row`). The schema is the published one;
`faults` knows the words that it uses, and a test holds that it uses no others.
"""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import TYPE_CHECKING, Any

from whereas.codes import Code
from whereas.diagnostics import Cell, Diagnostic, Invalid
from whereas.user_files import open_regular, read_regular, reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

SCHEMA = "justification-1.schema.json"
HELP = "write it anew with `whereas why CASE --format json`"
# The largest proof, and the largest file of explanations.
PROOF_BYTES = 100_000_000
LINES_BYTES = 100_000_000_000
# A proof is nested no deeper than this; those of the examples are not half as deep.
DEEPEST = 200
KINDS: Mapping[str, type | None] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
    "null": type(None),
}


def read_document(
    path: Path, schema_name: str = SCHEMA, help_: str = HELP
) -> dict[str, Any]:
    """Return a document that fits a published schema; raises `Invalid`."""
    at = Cell(str(path))
    try:
        text = read_regular(path, PROOF_BYTES)
    except OSError as error:
        raise _unreadable(reason(error), at, help_) from None
    return parsed(text, schema(schema_name), at, help_)


def open_lines(path: Path, help_: str) -> BinaryIO:
    """Open a file that has a document in each line; raises `Invalid`."""
    try:
        return open_regular(path, LINES_BYTES)
    except OSError as error:
        raise _unreadable(reason(error), Cell(str(path)), help_) from None


def parsed(
    text: bytes, schema_: Mapping[str, Any], at: Cell, help_: str
) -> dict[str, Any]:
    """Return a JSON document that fits a schema; raises `Invalid`."""
    try:
        document = json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_no_number,
            parse_int=_integer,
        )
        # Half a surrogate pair is no text: it could not even be said back.
        json.dumps(document, ensure_ascii=False).encode("utf-8")
        found = list(faults(document, schema_, schema_, ""))
    except (ValueError, RecursionError) as error:
        raise _unreadable(_reason(error), at, help_) from None
    if found:
        raise Invalid(
            [
                Diagnostic(
                    Code.PROOF_SHAPE,
                    f"`{escaped(pointer) or '/'}` {wrong}",
                    at,
                    help=help_,
                )
                for pointer, wrong in found
            ]
        )
    return document  # type: ignore[no-any-return]  # the schema says so


def _unreadable(why: str, at: Cell, help_: str) -> Invalid:
    message = f"the proof cannot be read: {why}"
    return Invalid([Diagnostic(Code.PROOF_UNREADABLE, message, at, help=help_)])


def schema(name: str = SCHEMA) -> dict[str, Any]:
    """Return a published schema: of a justification, if no other is named."""
    text = resources.files("whereas.schemas").joinpath(name).read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def escaped(text: str) -> str:
    """Return a text that nothing in it can move the cursor or end the line."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def faults(  # noqa: PLR0912  # a test for each word of the schema
    value: Any, rules: Mapping[str, Any], root: Mapping[str, Any], at: str
) -> Iterator[tuple[str, str]]:
    """Yield the place and the fault of everything that does not fit a schema."""
    if at.count("/") > DEEPEST:
        raise ValueError(f"it is nested deeper than {DEEPEST} levels")
    if "$ref" in rules:
        rules = root["$defs"][rules["$ref"].removeprefix("#/$defs/")]
    for choices in (rules[word] for word in ("anyOf", "oneOf") if word in rules):
        yield from _nearest_faults(value, choices, root, at)
    if "type" in rules:
        kinds = [rules["type"]] if isinstance(rules["type"], str) else rules["type"]
        if type(value) not in {KINDS[kind] for kind in kinds}:
            yield at, f"must be {' or '.join(kinds)}"
            return
    allowed = [rules["const"]] if "const" in rules else rules.get("enum")
    if allowed is not None and json.dumps(value) not in map(json.dumps, allowed):
        yield at, f"must be {' or '.join(map(json.dumps, allowed))}"
    if isinstance(value, str) and not re.search(rules.get("pattern", ""), value):
        yield at, f"must be written like {rules['pattern']}"
    if isinstance(value, int) and value < rules.get("minimum", value):
        yield at, f"must be at least {rules['minimum']}"
    if isinstance(value, list):
        if len(value) < rules.get("minItems", 0):
            yield at, f"must have at least {rules['minItems']} items"
        if rules.get("uniqueItems") and len({json.dumps(v) for v in value}) < len(
            value
        ):
            yield at, "must not say a thing twice"
        for number, one in enumerate(value):
            yield from faults(one, rules.get("items", {}), root, f"{at}/{number}")
    if isinstance(value, dict):
        known = rules.get("properties", {})
        others = rules.get("additionalProperties", {})
        yield from (
            (at, f"lacks `{name}`")
            for name in rules.get("required", ())
            if name not in value
        )
        for name, one in value.items():
            place = f"{at}/{name.replace('~', '~0').replace('/', '~1')}"
            if name in known or others is not False:
                yield from faults(one, known.get(name, others), root, place)
            else:
                yield place, "is unknown to the schema"


def _nearest_faults(
    value: Any, choices: list[Any], root: Mapping[str, Any], at: str
) -> list[tuple[str, str]]:
    """Return the faults by the choice that has the fewest: it was meant."""
    fewest: list[tuple[str, str]] | None = None
    for one in choices:
        found = list(faults(value, one, root, at))
        if fewest is None or len(found) <= len(fewest):
            fewest = found
        if not found:
            break
    return fewest or []


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Of a doubled name, readers take this or that value: no proof may depend on it.
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"`{escaped(doubled)}` stands twice in one object")
    return found


def _no_number(word: str) -> Any:
    raise ValueError(f"`{word}` is no number")


def _integer(word: str) -> int:
    if len(word) > 20:
        raise ValueError("a number has more than 18 digits")
    return int(word)


def _reason(error: Exception) -> str:
    match error:
        case json.JSONDecodeError():
            return f"no JSON at line {error.lineno}, column {error.colno}"
        case UnicodeError():
            return "it is not UTF-8"
        case RecursionError():
            return "it is nested too deep"
    return str(error).partition("\n")[0]
