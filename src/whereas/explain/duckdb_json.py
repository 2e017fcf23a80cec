"""The JSON of many decisions, written inside DuckDB.

A stretch of decisions is one text, put together from the case's key and from what
follows it, which is the same for all decisions of one ground.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from whereas.explain.decisions import case_columns
from whereas.facts.database import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from whereas.explain.explainer import Explainer


# How many rows of the subject's file are written at a time.
LINES = 250_000


def lines_of(
    explainer: Explainer, table: str, source: str
) -> Callable[[Sequence[str]], Iterator[str]] | None:
    """Return what writes the decisions' JSON inside the database; None: Python does."""
    if explainer.database.dialect != "duckdb":
        return None
    key = case_columns(explainer.policy)
    if any(type_.kind == "decimal" for _, type_ in key):
        return None
    return lambda ends: _json_lines(explainer, table, source, ends)


def _json_lines(
    explainer: Explainer, table: str, source: str, ends: Sequence[str]
) -> Iterator[str]:
    """Yield stretches of decisions as JSON, joined by commas and line ends."""
    database = explainer.database
    texts = f"{table} end"
    database.execute(f"DROP TABLE IF EXISTS {quoted(texts)}")
    database.execute(
        f"CREATE TEMP TABLE {quoted(texts)} AS "
        "SELECT unnest(?) AS g, unnest(?) AS text",
        (list(range(len(ends))), list(ends)),
    )
    parts: list[str] = []
    joins = f" JOIN {quoted(texts)} AS z ON z.g = e.g"
    for number, (name, type_) in enumerate(case_columns(explainer.policy)):
        lead = ('{"case": {' if number == 0 else ", ") + json.dumps(
            name, ensure_ascii=False
        )
        parts.append("'" + lead.replace("'", "''") + ": '")
        column = f"d.k{number}"
        match type_.kind:
            case "text":
                joins += f" JOIN symbol AS y{number} ON y{number}.id = {column}"
                parts.append(_json_string(f"y{number}.text"))
            case "date":
                day = f"DATE '0001-01-01' + CAST({column} - 1 AS INTEGER)"
                parts.append(f"'\"' || strftime({day}, '%Y-%m-%d') || '\"'")
            case "boolean":
                parts.append(f"CASE {column} WHEN 0 THEN 'false' ELSE 'true' END")
            case _:
                parts.append(f"CAST({column} AS VARCHAR)")
    line = " || ".join([*parts, "z.text"])
    last = database.query(f"SELECT coalesce(max(row), -1) FROM {quoted(table)}")[0][0]
    for start in range(0, last + 1, LINES):
        rows = database.query(
            f"SELECT {line} {source}{joins} "
            f"WHERE d.row >= {start} AND d.row < {start + LINES} ORDER BY d.row"
        )
        if rows:
            yield ",\n".join([text for (text,) in rows])
    database.execute(f"DROP TABLE {quoted(texts)}")


def _json_string(text: str) -> str:
    """Return a text as a JSON string, in SQL; few texts need their escapes."""
    escaped = (
        f"replace(replace({text}, chr(92), chr(92) || chr(92)), '\"', chr(92) || '\"')"
    )
    for code in range(32):
        letter = {8: "b", 9: "t", 10: "n", 12: "f", 13: "r"}.get(code, f"u{code:04x}")
        escaped = f"replace({escaped}, chr({code}), chr(92) || '{letter}')"
    special = "'[\\x00-\\x1f\"\\\\]'"
    return (
        f"('\"' || CASE WHEN regexp_matches({text}, {special}) "
        f"THEN {escaped} ELSE {text} END || '\"')"
    )
