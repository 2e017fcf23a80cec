"""Reads the text of a scenario file into a tree that remembers its places.

Only the plain part of YAML is read: maps, lists and scalars. A scalar is the text
that was written, never a number, a date or a boolean, so that `no` and `2026-02-10`
arrive as they stand and the relation's types decide what they mean. Tags, anchors
and aliases are refused: a scenario is data, and small.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Invalid, Label, Source, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yaml.events import (
        Event,
        MappingStartEvent,
        ScalarEvent,
        SequenceStartEvent,
    )


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text; `plain` where it was written without quotes."""

    text: str
    plain: bool
    span: Span = field(compare=False, repr=False)

    @property
    def is_none(self) -> bool:
        """Whether it is written as nothing: empty, `~`, `null` or `none`."""
        return self.plain and self.text in {"", "~", "null", "none"}


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and their values, in the order in which they stand; no key twice."""

    entries: tuple[tuple[Scalar, Node], ...]
    span: Span = field(compare=False, repr=False)


Node = Scalar | Sequence | Mapping

# A row of an expectation of a scenario stands some eight levels deep.
DEEPEST = 30


def read(source: Source) -> Node:
    """Return the tree of a text; raise `Invalid` with all that is wrong in it."""
    import yaml

    builder = _Builder(source)
    try:
        found = builder.build(yaml.parse(source.text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        start = min(mark.index, len(source.text)) if mark else 0
        raise Invalid(
            [
                Diagnostic(
                    Code.SCENARIO_SYNTAX,
                    f"this cannot be read as YAML: {error.problem}",
                    Span(source, start, min(start + 1, len(source.text))),
                    help="look at the indentation and at quotes and brackets "
                    "that were not closed",
                )
            ]
        ) from None
    except yaml.YAMLError as error:
        raise Invalid(
            [
                Diagnostic(
                    Code.SCENARIO_SYNTAX,
                    "this cannot be read as YAML: it has characters "
                    "that no text should have",
                    Span(source, 0, 0),
                    help=f"remove the character at offset {error.position}"
                    if isinstance(error, yaml.reader.ReaderError)
                    else "save it as plain text in UTF-8",
                )
            ]
        ) from None
    except (ValueError, OverflowError):
        # What PyYAML does not say itself: `"\UFFFFFFFF"` is no character.
        raise Invalid(
            [
                Diagnostic(
                    Code.SCENARIO_SYNTAX,
                    "an escape behind what was read so far stands for no character",
                    Span(source, builder.reached, builder.reached),
                    help="write the character itself; the last one is `\\U0010FFFF`",
                )
            ]
        ) from None
    if builder.diagnostics:
        raise Invalid(builder.diagnostics)
    return found


@dataclass(slots=True)
class _Open:
    """A map or list that is being read; in a map, keys and values take turns."""

    start: int
    is_map: bool
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class _Builder:
    source: Source
    diagnostics: list[Diagnostic] = field(default_factory=list)
    # The end of what was read without a fault.
    reached: int = 0

    def build(self, events: Iterator[Event]) -> Node:
        """Return the tree of a stream of events, with a stack in place of recursion."""
        import yaml

        roots: list[Node] = []
        stack: list[_Open] = []
        for event in events:
            done: Node | None = None
            self.reached = self._span(event).end
            match event:
                case yaml.DocumentStartEvent() if roots:
                    self._refuse(event, "a second document", "put it in its own file")
                case yaml.AliasEvent():
                    self._refuse(event, "an alias", "write the value out")
                    done = Scalar("", True, self._span(event))
                case yaml.ScalarEvent():
                    self._plainly(event)
                    if any("\ud800" <= c <= "\udfff" for c in event.value):
                        self._refuse(
                            event,
                            "half of a character (`\\uD800` to `\\uDFFF`)",
                            "write the character itself",
                        )
                    plain = event.style is None
                    done = Scalar(event.value, plain, self._span(event))
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    self._plainly(event)
                    is_map = isinstance(event, yaml.MappingStartEvent)
                    if len(stack) == DEEPEST:
                        way_out = "write it flatter"
                        self._refuse(event, f"nesting beyond {DEEPEST} levels", way_out)
                        return Scalar("", True, self._span(event))
                    stack.append(_Open(self._span(event).start, is_map))
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    done = self._close(stack.pop(), event)
            if done is not None:
                (stack[-1].items if stack else roots).append(done)
        return roots[0] if roots else Mapping((), Span(self.source, 0, 0))

    def _close(self, open_: _Open, event: Event) -> Node:
        end = self._span(event).end
        while end > open_.start and self.source.text[end - 1].isspace():
            end -= 1
        span = Span(self.source, open_.start, end)
        if not open_.is_map:
            return Sequence(tuple(open_.items), span)
        entries: dict[str, tuple[Scalar, Node]] = {}
        for key, value in zip(open_.items[::2], open_.items[1::2], strict=True):
            if not isinstance(key, Scalar):
                self.diagnostics.append(
                    Diagnostic(
                        Code.SCENARIO_SHAPE,
                        "a list or a map cannot be a key",
                        key.span,
                        help="a key is a single word, followed by a colon",
                    )
                )
            elif key.text in entries:
                self.diagnostics.append(
                    Diagnostic(
                        Code.SCENARIO_DOUBLED_KEY,
                        f"the key `{key.text}` stands twice",
                        key.span,
                        help="merge the two, or remove one",
                        labels=(Label(entries[key.text][0].span, "first given here"),),
                    )
                )
            else:
                entries[key.text] = (key, value)
        return Mapping(tuple(entries.values()), span)

    def _plainly(
        self, event: ScalarEvent | MappingStartEvent | SequenceStartEvent
    ) -> None:
        if event.tag is not None and event.tag != "!":
            self._refuse(event, f"the tag `{event.tag}`", "remove it")
        if event.anchor is not None:
            self._refuse(event, f"the anchor `&{event.anchor}`", "remove it")

    def _refuse(self, event: Event, what: str, way_out: str) -> None:
        self.diagnostics.append(
            Diagnostic(
                Code.SCENARIO_SYNTAX,
                f"{what} has no place in a scenario file",
                self._span(event),
                help=way_out,
            )
        )

    def _span(self, event: Event) -> Span:
        length = len(self.source.text)
        start, end = event.start_mark, event.end_mark
        return Span(
            self.source,
            min(start.index, length) if start else 0,
            min(end.index, length) if end else length,
        )
