"""A page in brief: the outcome, its root causes, what is to be done, on one screen.

A root cause is a reason of the outcome, or a condition that fails, with its article
and the row or the file that it comes from. A case that was granted has none: the ids
of what holds are listed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from whereas.explain.ids import in_order
from whereas.render.ids import runs
from whereas.render.page import Group
from whereas.render.wording import wording

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from whereas.render.page import Entry, Page
    from whereas.render.wording import Wording

# How many root causes, and how many duties and readings, are written.
CAUSES = 4
LINES = 4
# How many rows are named with a root cause.
ROWS = 3
# What is said of a condition that fails, besides its own sentence.
_TESTS = ("check", "absence")

# An entry at the margin, and those that stand below it.
Tree = tuple["Entry", list["Entry"]]


def brief_page(page: Page) -> Page:
    """Return a page's outcome, root causes, duties and open readings."""
    words = wording(page.language)
    groups = {group.key: group for group in page.groups}
    kept: list[Group] = []
    if "failing" in groups or page.sign != "✓":
        kept += _causes(groups, words)
    else:
        kept.append(_held(groups, words))
    said = {entry.statement for group in kept for entry in group.entries}
    for key, lines in (
        ("unjudged", _without_ids(groups, words)),
        ("shown", _shown(groups, said)),
        ("readings", _lines(groups, "readings")),
        ("subject-to", _clauses(groups, words)),
    ):
        if lines:
            title = groups[key].title
            kept.append(Group(key, title, (), _first(lines, LINES, words)))
    shown = tuple(group for group in kept if group.entries or group.lines)
    # The number of further proofs is left to the whole page.
    head = replace(page.head, notes=())
    return replace(page, head=head, groups=shown, note=words.brief, brief=True)


def _causes(groups: Mapping[str, Group], words: Wording) -> Iterator[Group]:
    """Yield the reasons of the outcome, and the conditions that fail besides."""
    said_ids: set[str] = set()
    said: set[str] = set()
    rows = {
        entry.number: entry.origin
        for group in groups.values()
        for entry in group.entries
        if entry.kind == "fact" and entry.number
    }
    left = CAUSES
    number = 0
    for key in ("reasons", "failing", "decided"):
        trees = [
            tree
            for tree in _trees(groups.get(key))
            if not (tree[0].ids and _ids([tree[0]]) <= said_ids)
            and tree[0].statement not in said
        ]
        if not trees:
            continue
        for top, below in trees:
            said_ids |= _ids([top])
            said |= {entry.statement for entry in (top, *below)}
        shown = []
        for top, below in trees[: max(left, 1)]:
            number += bool(top.number)
            # What was decided instead gives its reason in its own words.
            origin = "" if key == "decided" else _origin(top, below, rows, words)
            shown.append(
                replace(
                    top,
                    sentence=top.statement,
                    number=str(number) if top.number else "",
                    origin=origin,
                    basis="",
                    notes=(),
                    opens=False,
                    closes=0,
                )
            )
        more = len(trees) - len(shown)
        lines = (words.more_causes.format(number=more),) if more else ()
        yield replace(groups[key], entries=tuple(shown), lines=lines, brief=False)
        left -= len(shown)


def _trees(group: Group | None) -> list[Tree]:
    """Return the entries at the margin, each with those that stand below it."""
    trees: list[Tree] = []
    for entry in () if group is None else group.entries:
        if entry.depth and trees:
            trees[-1][1].append(entry)
        else:
            trees.append((entry, []))
    return trees


def _origin(
    top: Entry, below: Sequence[Entry], rows: Mapping[str, str], words: Wording
) -> str:
    """Return what a root cause rests on: what fails below it, and the nearest rows.

    `rows` are the places of the facts that were written, by their numbers.
    """
    if top.origin:
        return top.origin
    tree = [top, *below]
    placed = sorted((one for one in below if one.origin), key=lambda one: one.depth)
    places = [one.origin for one in placed]
    places += [rows[n] for one in tree for n in one.refers if n in rows]
    # A row that is missing says more than those that are there, and a failed test too.
    fails = [one for one in below if one.sign == "✗" and one.kind in _TESTS]
    missing = [one for one in placed if one.kind == "absence"]
    said = ""
    if fails or (missing and missing[0].depth == placed[0].depth):
        first = (fails or missing)[0]
        said = f"{first.statement}{words.gap}"
        places = [first.origin] if first.origin else _beside(first, tree, rows) + places
    return said + words.semicolon.join(_first(list(dict.fromkeys(places)), ROWS, words))


def _beside(test: Entry, tree: Sequence[Entry], rows: Mapping[str, str]) -> list[str]:
    """Return the rows of the attempt that a failed test belongs to."""
    before = list(tree[: tree.index(test)])
    places: list[str] = []
    while before and before[-1].depth >= test.depth:
        entry = before.pop()
        if entry.depth == test.depth and entry.origin:
            places.insert(0, entry.origin)
    if before:
        places += [rows[number] for number in before[-1].refers if number in rows]
    return places


def _held(groups: Mapping[str, Group], words: Wording) -> Group:
    """Return the ids of what holds."""
    entries = groups["reasons"].entries if "reasons" in groups else ()
    ids = runs(in_order(_ids(entries)), words.run)
    lines = (words.comma.join(ids),) if ids else ()
    return Group("reasons", words.conditions_holding, (), lines)


def _ids(entries: Sequence[Entry]) -> set[str]:
    return {id_ for entry in entries if entry.ids for id_ in entry.ids.split(", ")}


def _lines(groups: Mapping[str, Group], key: str) -> tuple[str, ...]:
    return groups[key].lines if key in groups else ()


def _without_ids(groups: Mapping[str, Group], words: Wording) -> tuple[str, ...]:
    """Return how many conditions could not be judged."""
    return tuple(line.split(words.colon)[0] for line in _lines(groups, "unjudged"))


def _shown(groups: Mapping[str, Group], said: Container[str]) -> tuple[str, ...]:
    """Return what is shown with the decision, unless the brief page says it above."""
    # An entry that refers to another one has its ids there.
    ids = {
        entry.number: entry.ids for group in groups.values() for entry in group.entries
    }
    lines = []
    for top, _ in _trees(groups.get("shown")):
        if top.statement not in said:
            own = top.ids or " ".join(ids[n] for n in top.refers if ids.get(n))
            lines.append(f"{top.statement} {own}".rstrip())
    return tuple(lines)


def _clauses(groups: Mapping[str, Group], words: Wording) -> tuple[str, ...]:
    """Return the clauses that are not encoded, by their ids alone, in one line."""
    ids = [line.split(words.colon)[0] for line in _lines(groups, "subject-to")]
    return (words.comma.join(ids),) if ids else ()


def _first(lines: Sequence[str], most: int, words: Wording) -> tuple[str, ...]:
    """Return the first lines, and how many more there are."""
    more = len(lines) - most
    if more <= 0:
        return tuple(lines)
    return (*lines[:most], words.rows_left_out.format(number=more))
