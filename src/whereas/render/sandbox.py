"""Jinja's sandbox with a budget: how much a template of someone else may do.

Jinja keeps a template from reaching out. It does not keep it from filling the memory:
`ljust`, `center`, `replace`, `~` or a loop in a loop grow as far as they are asked.
Here each text has a largest length, checked before it is made, and a page has so
many characters and steps in all.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Iterator, Sized
from datetime import date
from typing import TYPE_CHECKING, Any, TypeGuard

from jinja2 import StrictUndefined, Undefined, nodes, pass_eval_context
from jinja2.runtime import LoopContext, markup_join, str_join
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jinja2 import BaseLoader
    from jinja2.nodes import EvalContext
    from jinja2.runtime import Context

# The limits of a template, which docs/reference/limits.md states.
LARGEST_TEXT = 1_000_000
LARGEST_RANGE = 10_000
LARGEST_NUMBER = 10**300
PAGE_CHARACTERS = 100_000_000
STEPS = 2_000_000

# A call takes as long as so many passes of a loop.
_CALL_STEPS = 20

# The methods of texts, numbers, days and collections that a template may call: those
# that give nothing larger than what they are called on.
_METHODS = frozenset(
    {
        "capitalize",
        "casefold",
        "copy",
        "count",
        "endswith",
        "find",
        "get",
        "index",
        "isoformat",
        "items",
        "keys",
        "lower",
        "lstrip",
        "removeprefix",
        "removesuffix",
        "rstrip",
        "split",
        "splitlines",
        "startswith",
        "strip",
        "title",
        "upper",
        "values",
    }
)
_PLAIN = (str, bytes, int, float, date, Collection)

# Filters whose result no check beforehand can bound.
_NO_FILTERS = frozenset(
    {
        "batch",
        "format",
        "pprint",
        "random",
        "slice",
        "tojson",
        "urlize",
        "wordwrap",
        "xmlattr",
    }
)


class TooMuch(Exception):  # noqa: N818  # named for what happened
    """A template asks for more than it may have."""


class Budget:
    """What a template has used up of its characters and steps."""

    def __init__(self) -> None:
        self._characters = PAGE_CHARACTERS
        self._steps = STEPS
        # The weight of each collection that the template made; it is kept, so that
        # no other gets its number.
        self._weights: dict[int, tuple[object, int]] = {}

    def write(self, characters: int) -> None:
        """Use up characters."""
        self._characters -= characters
        if self._characters < 0:
            raise TooMuch(f"the page has more than {PAGE_CHARACTERS:,} characters")

    def step(self, count: int = 1) -> None:
        """Use up steps: passes of loops, calls, items that a filter goes through."""
        self._steps -= count
        if self._steps < 0:
            raise TooMuch(f"the template takes more than {STEPS:,} steps")

    def weigh(self, made: Any) -> Any:
        """Return a collection that a template made, unless it has too much in it."""
        items = made.values() if isinstance(made, dict) else made
        weight = 1 + sum(self._weights.get(id(item), (None, 1))[1] for item in items)
        if weight > LARGEST_TEXT:
            raise TooMuch(f"a list has more than {LARGEST_TEXT:,} items")
        self._weights[id(made)] = (made, weight)
        return made

    def text(self, length: int) -> None:
        """Use up the characters of one text, which is about to be made."""
        if length > LARGEST_TEXT:
            raise TooMuch(f"a text has more than {LARGEST_TEXT:,} characters")
        self.write(length)


class _Counted:
    """Items, each of which takes a step."""

    def __init__(self, items: Iterable[object], budget: Budget) -> None:
        self._items = items
        self._budget = budget

    def __iter__(self) -> Iterator[object]:
        for item in self._items:
            self._budget.step()
            yield item

    def __len__(self) -> int:
        return len(self._items)  # type: ignore[arg-type]  # TypeError, if it has none


class _Bounding(NodeTransformer):
    """Puts a check around what a template does without a call that can be watched."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.iter = _filtered(node.iter, "counted")
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        parts = nodes.List(node.nodes, lineno=node.lineno)
        return _filtered(parts, "concatenated")

    def visit_List(self, node: Any) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _filtered(node, "weighed")

    visit_Dict = visit_List  # noqa: N815

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _filtered(node, "weighed") if node.ctx == "load" else node


def _filtered(node: Any, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


class Sandbox(ImmutableSandboxedEnvironment):
    """An environment in which a template can neither reach out nor grow."""

    intercepted_binops = frozenset({"*", "**", "+", "%"})

    def __init__(
        self,
        loader: BaseLoader,
        filters: Mapping[str, Callable[..., object]],
        *,
        autoescape: bool,
    ) -> None:
        super().__init__(
            loader=loader,
            undefined=StrictUndefined,
            autoescape=autoescape,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            finalize=_shown,
        )
        self.budget = Budget()
        self.globals.clear()
        self.globals["range"] = _range
        own = {**self.filters, **filters}
        self.filters = {
            name: self._bounded(name, function)
            for name, function in own.items()
            if name not in _NO_FILTERS
        }
        self.filters["counted"] = lambda items: _Counted(items, self.budget)
        self.filters["weighed"] = self.budget.weigh
        self.filters["concatenated"] = self._concatenated()

    def concat(self, pieces: Iterable[str]) -> str:
        """Join the pieces of a page, or of a block of it."""
        kept = []
        for piece in pieces:
            self.budget.write(len(piece))
            kept.append(piece)
        return "".join(kept)

    def _parse(
        self, source: str, name: str | None, filename: str | None
    ) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        _Bounding().visit(tree)
        tree.set_environment(self)
        return tree

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a template may have an attribute; not a method that makes texts."""
        if callable(value) and isinstance(obj, _PLAIN) and attr not in _METHODS:
            return False
        return super().is_safe_attribute(obj, attr, value)

    def call(self, context: Context, function: Any, *args: Any, **named: Any) -> Any:
        """Call what a template calls, which takes some steps."""
        self.budget.step(_CALL_STEPS)
        if isinstance(function, LoopContext) and args:
            args = (_Counted(args[0], self.budget), *args[1:])
        return super().call(context, function, *args, **named)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Reckon, unless the result would be too large."""
        both = (x for x in (left, right) if not isinstance(x, Undefined))
        sized = next((x for x in both if isinstance(x, Sized)), None)
        if operator == "**" or (operator == "%" and sized is not None):
            raise TooMuch(f"`{operator}` is not for templates")
        if operator == "*" and sized is not None:
            times = right if sized is left else left
            if not isinstance(sized, str):
                raise TooMuch("a list is not repeated")
            self.budget.text(len(sized) * (times if isinstance(times, int) else 1))
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            self.budget.text(len(left) + len(right))
        result = super().call_binop(context, operator, left, right)
        if isinstance(result, int) and abs(result) > LARGEST_NUMBER:
            raise TooMuch("a number has more than 300 digits")
        if isinstance(result, list | tuple):
            self.budget.step(len(result))
            return self.budget.weigh(result)
        return result

    def _concatenated(self) -> Callable[..., object]:
        @pass_eval_context
        def concatenated(context: EvalContext, parts: list[Any]) -> str:
            for part in parts:
                self.budget.text(len(part) if isinstance(part, str) else 0)
                _shown(part)
            join = markup_join if context.autoescape else str_join
            text = join(parts)
            self.budget.text(len(text))
            return text

        return concatenated

    def _bounded(
        self, name: str, function: Callable[..., object]
    ) -> Callable[..., object]:
        """Return a filter that checks beforehand how much it would make."""
        # Jinja's own filters are given a context first.
        first = 1 if hasattr(function, "jinja_pass_arg") else 0

        @functools.wraps(function)
        def bounded(*args: Any, **named: Any) -> object:
            self.budget.step()
            given = list(args)
            value = given[first]
            given[first] = value = self._counted(name, value)
            factors = [
                len(x) if isinstance(x, str) else abs(x)
                for x in (*given[first + 1 :], *named.values())
                if isinstance(x, str | int)
            ]
            if isinstance(value, str):
                # No filter writes an argument more often than there are characters.
                most = (len(value) + 1) * max(factors, default=1)
                if most > PAGE_CHARACTERS or max(factors, default=0) > LARGEST_TEXT:
                    raise TooMuch(f"`{name}` makes a text that is too long")
            elif name == "join":
                self.budget.text(len(value) * max(factors, default=0))
                for item in value:
                    self.budget.text(len(item) if isinstance(item, str) else 0)
                    _shown(item)
            elif max(factors, default=0) > LARGEST_TEXT and name not in {
                "int",
                "float",
            }:
                raise TooMuch(f"`{name}` is given a number that is too large")
            if name == "sum" and ("start" in named or len(given) > first + 2):
                raise TooMuch("`sum` adds numbers")
            if name in {"string", "escape", "e", "forceescape"}:
                _shown(value)
            result = function(*given, **named)
            if isinstance(result, str):
                self.budget.write(len(result))
            return result

        return bounded

    def _counted(self, name: str, value: Any) -> Any:
        """Return a value that a filter goes through; each item of it takes a step."""
        if name == "join":
            return list(_Counted(value, self.budget))
        if _is_collection(value):
            self.budget.step(len(value))
        elif isinstance(value, Iterator):
            return iter(_Counted(value, self.budget))
        return value


def _is_collection(value: Any) -> TypeGuard[Collection[Any]]:
    return isinstance(value, Collection) and not isinstance(value, str | Undefined)


def _shown(value: Any) -> Any:
    """Return a value to be written; a collection is not, which may be of any size."""
    if _is_collection(value):
        raise TooMuch("a list is not written whole: use `join`, or a loop")
    return value


def _range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > LARGEST_RANGE:
        raise TooMuch(f"a range has more than {LARGEST_RANGE:,} numbers")
    return numbers
