"""Why a case was decided as it was, in one line: the sentences of what decided it.

An outcome that says why (`explain.because`) is told by the rules that gave it, a
sentence or two with their ids; what else stands in the way follows as ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.explain.proof import ANY, Any_, Fact
from whereas.policy.core import Atom, Parameter, Variable
from whereas.render.ids import runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from whereas.explain.because_points import Point
    from whereas.explain.groups import Shared
    from whereas.explain.proof import Because, Pattern
    from whereas.render.phrases import Speaker
    from whereas.values import Value

# So many sentences are said of one case; of more, the ids.
SENTENCES = 2


def line(
    because: Sequence[Because], points: Sequence[Point | Shared], speaker: Speaker
) -> str | None:
    """Say in one line what a case's outcome rests on; None, if there is nothing."""
    words = speaker.words
    said: list[tuple[tuple[str, ...], str]] = []
    for point in points:
        text = sentence(point, speaker)
        if text is not None and (point.source.ids, text) not in said:
            said.append((point.source.ids, text))
    shown, left = said[:SENTENCES], said[SENTENCES:]
    known = {one for ids, _ in shown for one in ids}
    parts = [*_paragraphs(shown, speaker)]
    more = sum(1 for ids, _ in left if known.issuperset(ids))
    if more:
        parts.append(words.and_more.format(number=more))
    others = [one for each in because for one in each.ids if one not in known]
    if others:
        ids = ids_said(dict.fromkeys(others), speaker)
        if not shown:
            return words.because_of.format(ids=ids)
        parts.append(words.besides.format(ids=ids))
    return words.semicolon.join(parts) or None


def _paragraphs(
    said: Iterable[tuple[tuple[str, ...], str]], speaker: Speaker
) -> Iterable[str]:
    """Yield sentences behind their ids, which are said once where they are shared."""
    before: tuple[str, ...] | None = None
    for ids, text in said:
        if ids and ids != before:
            named = ids_said(ids, speaker)
            yield speaker.words.why_in_one.format(id=named, text=text)
        else:
            yield text
        before = ids


def ids_said(ids: Iterable[str], speaker: Speaker) -> str:
    """Return ids in a list, in which a run is shortened."""
    return speaker.words.comma.join(runs([*ids], speaker.words.run))


def sentence(point: Point | Shared, speaker: Speaker) -> str | None:
    """Say one thing that an outcome rests on; None, if the policy has no words."""
    source = point.source
    policy = speaker.policy
    if source.atom is not None:
        pattern = _pattern(source.atom, point, speaker)
        return speaker.negative_of_known(source.atom.relation, pattern)
    if source.rule.texts:
        return speaker.why(source.rule, point.values)
    relation = policy.relations[source.rule.head.relation]
    if not relation.texts:
        return None
    return speaker.fact(
        Fact(relation.name, _pattern(source.rule.head, point, speaker))  # type: ignore[arg-type]
    )


def _pattern(atom: Atom, point: Point | Shared, speaker: Speaker) -> Pattern:
    """Return an atom's values under what is known; any, where nothing is."""
    setting = speaker.setting
    return tuple(
        [
            _single(point.values.get(term.name, ANY))
            if isinstance(term, Variable)
            else setting.value(term)
            if isinstance(term, Parameter)
            else term.value
            for term in atom.terms
        ]
    )


def _single(value: Value | Any_ | tuple[Value, ...]) -> Value | Any_:
    """Return a value; any, for several."""
    return ANY if isinstance(value, tuple) else value
