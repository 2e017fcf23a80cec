"""What a refused case lacks, into few lines: each condition, and why it fails.

`why-not` tells each step; here stands below a condition, for each rule that could
have met it, what that rule says itself and what a test found in the end.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from whereas.render.ids import runs
from whereas.render.refusal import refusal
from whereas.render.width import visible
from whereas.render.words import Mark, Outline

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whereas.explain.proof import Blockage
    from whereas.render.phrases import Speaker
    from whereas.render.words import Statement


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence about what fails; `depth` 0 is a condition.

    A line without a `sign` is a fact that was looked at; `origin` is its place.
    """

    depth: int
    sign: str
    sentence: str
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Lacks:
    """What was looked at, what fails, and what other attempts lack, a line each.

    `unjudged` names the conditions that only lack what fails.
    """

    considered: tuple[Line, ...] = ()
    failing: tuple[Line, ...] = ()
    unjudged: tuple[Line, ...] = ()
    others: tuple[Line, ...] = ()


@dataclass(slots=True)
class _Node:
    statement: Statement
    below: list[_Node] = field(default_factory=list)

    @property
    def heads(self) -> bool:
        """Whether it says what a rule or a relation lacks."""
        return bool(self.statement.number) and self.statement.mark is Mark.FAILS

    def parts(self) -> list[_Node]:
        """Return the headings among what stands below."""
        return [one for one in self.below if one.heads]


def lacks_of(blockage: Blockage | None, speaker: Speaker) -> Lacks:
    """Put the nearest attempts at a case's goal into lines."""
    if blockage is None:
        return Lacks()
    refused = refusal(blockage, Outline(speaker), brief=True)
    conditions = refused.conditions
    writer = _Writer(speaker)
    return Lacks(
        tuple(writer.line(one, 0, sign="") for one in conditions.considered),
        tuple(writer.conditions(_trees(conditions.failing))),
        tuple(Line(0, "", writer.sentence(one)) for one in conditions.unjudged),
        tuple(Line(0, "", writer.sentence(one)) for one in refused.others),
    )


class _Writer:
    def __init__(self, speaker: Speaker) -> None:
        self.speaker = speaker
        self.words = speaker.words

    def sentence(self, text: str) -> str:
        return visible(self.speaker.punctuated(text))

    def line(self, one: Statement, depth: int, sign: str | None = None) -> Line:
        """Return a statement as a line, with the place of what was looked at."""
        if sign is None:
            sign = "" if one.mark is None else one.mark.sign
        origin = "" if depth else visible(one.origin or "")
        return Line(depth, sign, self.sentence(one.text), origin)

    def conditions(self, nodes: Sequence[_Node]) -> Iterator[Line]:
        """Yield each condition with what fails below it, a reason once."""
        said: set[str] = set()
        for node in nodes:
            lines = self.condition(node)
            reasons = {
                one.sentence
                for one, after in pairwise([*lines, lines[0]])
                if one.depth and one.sign and after.depth <= one.depth
            }
            if reasons and reasons <= said:
                text = self.words.as_above.format(
                    text=self._with_ids(node.statement, self.words.with_ids)
                )
                yield replace(lines[0], sentence=self.sentence(text))
            else:
                yield from lines
            said |= reasons

    def condition(self, node: _Node) -> list[Line]:
        """Return a condition with what fails below it."""
        headings = _headings(node)
        several = len({_said(one) for one in headings}) > 1
        text = self._with_ids(node.statement, self.words.with_ids)
        if several and node.statement.kind == "derived" and not node.statement.label:
            text = self.words.none_of_these.format(text=text)
        found = [replace(self.line(node.statement, 0), sentence=self.sentence(text))]
        alone = [one for one in node.below if not one.heads]
        found += self._reasons(alone, 1)
        for heading in headings:
            reasons = self._reasons(_leaves(heading), 2)
            if reasons and not several and heading.statement.kind == "rule":
                found += [replace(one, depth=1) for one in reasons]
                continue
            head = self.sentence(
                self._with_ids(heading.statement, self.words.why_in_one)
            )
            found.append(replace(self.line(heading.statement, 1), sentence=head))
            found += reasons
        return list(dict.fromkeys(found))

    def _reasons(self, nodes: Sequence[_Node], depth: int) -> list[Line]:
        """Return what failed in the end, and the rows that were looked at."""
        return [
            self.line(one.statement, depth)
            for one in nodes
            if (one.statement.mark is Mark.FAILS)
            or (one.statement.kind == "fact" and not one.statement.seen)
        ]

    def _with_ids(self, one: Statement, pattern: str) -> str:
        """Return a sentence with its ids, if it has some, by a pattern for both."""
        if not one.ids:
            return one.text
        ids = self.words.comma.join(runs([*one.ids], self.words.run))
        return pattern.format(text=one.text, id=ids, ids=ids)


def _said(node: _Node) -> object:
    return (node.statement.text, node.statement.ids)


def _trees(statements: Sequence[Statement]) -> list[_Node]:
    """Return statements as trees, by their depth."""
    roots: list[_Node] = []
    path: list[_Node] = []
    for one in statements:
        node = _Node(one)
        while path and path[-1].statement.depth >= one.depth:
            path.pop()
        (path[-1].below if path else roots).append(node)
        path.append(node)
    return roots


def _headings(node: _Node) -> list[_Node]:
    """Return the headings below a condition: the first of each branch that say most.

    A heading without an id of the law's gives way to several of its rules that have
    some.
    """
    found: list[_Node] = []
    for one in node.parts():
        parts = one.parts()
        if not one.statement.ids and any(part.statement.ids for part in parts):
            found += parts
        else:
            found.append(one)
    return found


def _leaves(heading: _Node) -> list[_Node]:
    """Return what failed in the end below a heading, and what was looked at there.

    What has nothing below it has failed itself.
    """
    found: list[_Node] = []
    for one in heading.below:
        if one.heads and one.below:
            found += _leaves(one)
        else:
            found.append(one)
    return found
