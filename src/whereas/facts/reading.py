"""What the set path asks DuckDB: to read a file as text, and which texts fit a type.

These expressions accept exactly what `cells` accepts; a test holds that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.values import LARGEST, NONE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from whereas.values import Type

# Beyond this a line is left to the row path. DuckDB reads a buffer at a time in
# each thread: with small ones, keeping the rows in order costs more than reading.
LINE_BYTES = 1_000_000
_BUFFER_BYTES = 32_000_000


def literal(text: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def read_csv(
    path: str,
    size: int,
    names: list[str],
    line_bytes: int = LINE_BYTES,
    *,
    parallel: bool = True,
) -> str:
    """Return the table function that reads a CSV file as text; nothing is guessed.

    DuckDB's threads may refuse a good file, or lose the row at the end of a
    buffer without a word (2.0.0 does): whoever reads in parallel counts the rows,
    and reads again with one thread if they are not all there.
    """
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    # A buffer is allocated whole, however small the file.
    size += 1_000
    line = min(line_bytes, size)
    share = _BUFFER_BYTES if size > 2 * _BUFFER_BYTES else _BUFFER_BYTES // 2
    buffer = max(2 * line, min(share, size))
    return (
        f"read_csv({literal(path)}, columns = {{{columns}}}, "
        "auto_detect = false, header = true, delim = ',', quote = '\"', "
        "escape = '\"', comment = '', nullstr = '', allow_quoted_nulls = true, "
        "strict_mode = true, null_padding = false, ignore_errors = false, "
        f"compression = 'none', parallel = {str(parallel).lower()}, "
        f"max_line_size = {line}, buffer_size = {buffer})"
    )


def _integer(name: str) -> str:
    # A canonical number is known by writing it again; others (`007`) by a pattern.
    number = f"TRY_CAST({name} AS BIGINT)"
    return (
        f"CASE WHEN CAST({number} AS VARCHAR) = {name} "
        f"AND {number} BETWEEN -{LARGEST} AND {LARGEST} THEN {number} "
        f"WHEN regexp_full_match({name}, '-?[0-9]{{1,18}}') THEN {number} END"
    )


def _decimal(name: str, scale: int) -> str:
    places = f"(\\.[0-9]{{1,{scale}}})?" if scale else ""
    digits = (
        f"concat(split_part({name}, '.', 1), "
        f"rpad(split_part({name}, '.', 2), {scale}, '0'))"
    )
    number = f"TRY_CAST({digits} AS BIGINT)"
    return (
        f"CASE WHEN regexp_full_match({name}, '-?[0-9]{{1,18}}{places}') "
        f"AND {number} BETWEEN -{LARGEST} AND {LARGEST} THEN {number} END"
    )


_WHOLE = {
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT",
    "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
}  # fmt: skip
_PARQUET = {
    "text": {"VARCHAR"},
    "integer": {"VARCHAR", *_WHOLE},
    "decimal": {"VARCHAR", "DECIMAL", *_WHOLE},
    "date": {"VARCHAR", "DATE"},
    "boolean": {"VARCHAR", "BOOLEAN"},
}


def parquet_fits(kind: str, type_: Type) -> bool:
    """Whether SQL brings a Parquet column of a kind to text as `cells.typed` does."""
    if kind.partition("(")[0] not in _PARQUET[type_.kind]:
        return False
    # More decimals than are declared: the row path knows which rows have them.
    return not (
        kind.startswith("DECIMAL") and int(kind[8:-1].split(",")[1]) > type_.scale
    )


def cell(name: str, type_: Type, members: Mapping[str, int]) -> str:
    """Return SQL for the stored number of a text that fits the type, else NULL.

    `members` are the numbers of the enumerations' words.
    """
    match type_.kind:
        case "text" if type_.members:
            cases = (
                f"WHEN {literal(member)} THEN {members[member]}"
                for member in type_.members
            )
            number = f"CASE {name} {' '.join(cases)} END"
        case "text":
            return name
        case "integer":
            number = _integer(name)
        case "decimal":
            number = _decimal(name, type_.scale)
        case "date":
            # Read and written again it must be the same text: nothing but ISO is.
            day = f"TRY_CAST({name} AS DATE)"
            number = (
                f"CASE WHEN strlen({name}) = 10 AND "
                f"CAST({day} AS VARCHAR) = {name} "
                f"THEN {day} - DATE '0001-01-01' + 1 END"
            )
        case _:
            number = f"CASE {name} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END"
    if type_.optional:
        number = f"CASE WHEN {name} IS NULL THEN {NONE} ELSE {number} END"
    return f"CAST({number} AS BIGINT)"
