"""`whereas query`: any rule body as a question, a row for each answer."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import click

from whereas.cli.app import Command
from whereas.cli.options import (
    COLOR,
    OUTPUT,
    RAW_CELLS,
    Question,
    format_option,
    question_options,
)
from whereas.cli.progress import progress
from whereas.cli.question import parameters_of, policy_of, warn
from whereas.cli.terminal import write

if TYPE_CHECKING:
    from pathlib import Path

    from whereas.api import Answers


@click.command(
    "query",
    cls=Command,
    short_help="Ask any question in the language of the rules.",
    epilog="whereas query 'filing(F, B, Day), not importable(B), Day >= 2026-01-01'",
)
@click.argument("body")
@question_options
@format_option("text", "json", "csv")
@RAW_CELLS
@OUTPUT
@COLOR
def command(
    *,
    body: str,
    question: Question,
    format_: str,
    raw_cells: bool,
    output: Path | None,
) -> int:
    """Answer BODY, any body of a rule: a row for each answer, sorted.

    Here `not` means that nothing on file shows it.
    """
    from whereas.api import load_facts, query

    policy = policy_of(question)
    with progress("reading facts") as say:
        facts = load_facts(question.facts_folder, policy, engine=question.engine)
        say("deciding")
        found = query(
            policy,
            facts,
            body,
            today=question.today,
            parameters=parameters_of(question.assignments),
            engine=question.engine,
            certify=question.certify,
            progress=say,
        )
    warn(facts)
    match format_:
        case "json":
            text = _json(found, body)
        case "csv":
            text = _csv(found, raw=raw_cells)
        case _:
            text = _text(found)
    write([text], output)
    return 0


def _text(found: Answers) -> str:
    from whereas.render.width import padded, visible, width

    if not found.variables:
        return "yes\n" if found.rows else "no\n"
    rows = [[visible(_said(value)) for value in row] for row in found.rows]
    widths = [
        max(width(name), *(width(row[i]) for row in rows)) if rows else width(name)
        for i, name in enumerate(found.variables)
    ]
    lines = [
        "  ".join(padded(cell, room) for cell, room in zip(row, widths, strict=True))
        for row in [list(found.variables), *rows]
    ]
    number = "1 answer" if len(rows) == 1 else f"{len(rows)} answers"
    return "".join(f"{line.rstrip()}\n" for line in [*lines, "", number])


def _csv(found: Answers, *, raw: bool) -> str:
    from whereas.render.csv_cells import CsvWriter

    buffer = io.StringIO(newline="")
    writer = CsvWriter(buffer, raw=raw)
    writer.writerow(found.variables)
    for row in found.rows:
        writer.writerow(["" if value is None else _said(value) for value in row])
    return buffer.getvalue()


def _json(found: Answers, body: str) -> str:
    from whereas.explain import Decisions
    from whereas.render.table import plain

    heading = Decisions(found.model, (), {}, lambda: iter(())).heading()
    about = {k: v for k, v in heading.items() if k not in {"schema", "counts"}}
    document = {
        "schema": "whereas.answers/1",
        **about,
        "query": body,
        "variables": list(found.variables),
        "answers": [[plain(value) for value in row] for row in found.rows],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _said(value: object) -> str:
    from whereas.values import written

    return value if isinstance(value, str) else written(value)  # type: ignore[arg-type]
