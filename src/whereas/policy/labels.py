"""Checks labels and aliases: what a name is called, and that no two are called alike.

Fact files may use a label or an alias in the place of the name, and whoever words
a proof may say the label. So in one place no word may mean two things. A word of a
file is `folded` before it is compared: capitals, blanks at the ends and full-width
characters make no difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Label, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from whereas.language import syntax
    from whereas.policy.scope import Scope

# Blanks of all widths, line ends among them, and marks that nobody sees.
BLANKS = (
    "\t\n\v\f\r \u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
    "\u200a\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)
# Full-width letters, digits and signs, and the ordinary ones.
_WIDE = {0xFF01 + n: 0x21 + n for n in range(94)}
_NO_BLANKS = str.maketrans("", "", BLANKS)


def plain(text: str) -> str:
    """Return a text with ordinary characters for full-width ones, its ends trimmed."""
    return text.translate(_WIDE).strip(BLANKS)


def folded(word: str) -> str:
    """Return what is compared of a word: of labels and aliases, not of names."""
    return plain(word).casefold()


def words(labels: syntax.Labels) -> tuple[str, ...]:
    """Return the labels and aliases of a name."""
    return tuple(word for word, _ in _placed(labels))


def other_words(members: Sequence[syntax.Member]) -> Mapping[str, str]:
    """Return the member that each label and alias means, folded."""
    return {folded(word): m.value for m in members for word in words(m.labels)}


def _placed(labels: syntax.Labels) -> Iterator[tuple[str, Span]]:
    for text in labels.texts:
        yield text.text, text.span
    for alias in labels.aliases:
        yield str(alias.value), alias.span


Named = tuple[str, "Span", "syntax.Labels"]


def check_words(scope: Scope, what: str, named: Iterable[Named]) -> None:
    """Note each label and alias that is empty, or that means something else too.

    `named` are the names of one place (the columns of an input, say), each with its
    labels; `what` says what they are.
    """
    named = list(named)
    owners: dict[str, tuple[str, Span]] = {
        folded(name): (name, at) for name, at, _ in named
    }
    for name, _, labels in named:
        aliases: set[str] = set()
        for word, at in _placed(labels):
            key = folded(word)
            owner, first = owners.setdefault(key, (name, at))
            if not key:
                scope.error(
                    Code.EMPTY_LABEL,
                    f"a label of `{name}` is empty",
                    at,
                    "write what it is called, or drop the label",
                )
            elif owner != name:
                scope.error(
                    Code.LABEL_TAKEN,
                    f"`{word}` is what two {what} are called: `{owner}` and `{name}`",
                    at,
                    "give one of them another label",
                    Label(first, f"`{owner}` is called so here"),
                )
            elif any(at == alias.span for alias in labels.aliases):
                if key in aliases or any(key == folded(t.text) for t in labels.texts):
                    scope.error(
                        Code.LABEL_TAKEN,
                        f"`{name}` is called `{word}` twice",
                        at,
                        "drop the alias",
                        Label(first, "first here"),
                    )
                aliases.add(key)


def code_prefixes(labels: syntax.Labels) -> tuple[str, ...]:
    """Return what a code may begin with that is no part of it, longest first."""
    found = {without_blanks(str(one.value)) for one in labels.prefixes}
    return tuple(sorted(found, key=lambda text: (-len(text), text)))


def without_blanks(text: str) -> str:
    """Return a text in ordinary characters, without any blank."""
    return plain(text).translate(_NO_BLANKS)


def check_readings(
    scope: Scope, statement: syntax.InputDeclaration | syntax.RelationDeclaration
) -> None:
    """Note each annotation of a column that could do nothing."""
    from whereas.language import syntax

    stated = isinstance(statement, syntax.InputDeclaration)
    for column in statement.columns:
        labels = column.labels
        for prefix in labels.prefixes:
            if not without_blanks(str(prefix.value)):
                scope.error(
                    Code.EMPTY_LABEL,
                    "nothing stands here",
                    prefix.span,
                    "write what a code may begin with, or `@code` alone",
                )
        _check_day(scope, statement.name, column, stated=stated)
        if not stated and (labels.aliases or labels.code):
            scope.error(
                Code.IDLE_READING,
                f"`{statement.name}` is read from no file",
                column.span,
                f"drop `@{'code' if labels.code else 'alias'}`: "
                "it says how a fact file is read",
            )
        elif labels.code and column.references is not None:
            scope.error(
                Code.IDLE_READING,
                f"`{column.name}` is read as the key of `{column.references}` is",
                column.span,
                f"write `@code` in `{column.references}` instead",
            )
        elif labels.code and column.type is not None and column.type.name != "text":
            scope.error(
                Code.IDLE_READING,
                f"`{column.name}` is no `text`, so that it holds no codes",
                column.span,
                "drop `@code`",
            )


def _check_day(
    scope: Scope, relation: str, column: syntax.ColumnDeclaration, *, stated: bool
) -> None:
    """Note an `@end` or `@any_day` that could do nothing, or both on one column."""
    labels = column.labels
    if not (labels.end or labels.any_day):
        return
    name = "@end" if labels.end else "@any_day"
    if not stated:
        scope.error(
            Code.IDLE_READING,
            f"the rows of `{relation}` are derived",
            column.span,
            f"drop `{name}`: it belongs to a date of an input",
        )
    elif column.type is None or column.type.name != "date":
        scope.error(
            Code.IDLE_READING,
            f"`{column.name}` is no date",
            column.span,
            f"drop `{name}`",
        )
    elif labels.end and labels.any_day:
        scope.error(
            Code.IDLE_READING,
            f"`{column.name}` has both `@end` and `@any_day`",
            column.span,
            "keep `@end` if the fact ends on this day, else `@any_day`",
        )
