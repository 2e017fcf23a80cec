"""Ids in a list, as a reader takes them in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def runs(ids: Sequence[str], pattern: str) -> list[str]:
    """Shorten three ids or more that count up: `S-E1 to S-E6`."""
    said: list[str] = []
    run: list[str] = []
    for id_ in [*ids, ""]:
        if run and _after(run[-1]) != id_:
            long = len(run) > 2
            said += [pattern.format(first=run[0], last=run[-1])] if long else run
            run = []
        if id_:
            run.append(id_)
    return said


def _after(id_: str) -> str | None:
    match = re.fullmatch(r"(.*?)(\d{1,9})(\)?)", id_)
    return f"{match[1]}{int(match[2]) + 1}{match[3]}" if match else None
