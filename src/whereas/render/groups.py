"""Groups of decisions into words: how many cases, which outcome, and the one reason."""

from __future__ import annotations

import io
import json
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from whereas.explain.proof import Any_, Because
from whereas.policy.core import Either
from whereas.render.because import ids_said, line
from whereas.render.csv_cells import CsvWriter
from whereas.render.speakers import colophon, outcome_of, speaker_of
from whereas.render.table import MANY, counts_line, held_said, plain
from whereas.render.templating import rendered
from whereas.render.width import visible, wrapped
from whereas.render.wording import wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from whereas.engine.model import Model
    from whereas.explain.groups import Group, Lack, Shared
    from whereas.render.phrases import Speaker

SCHEMA = "whereas.groups/1"
# Cases of a group that the table names; the others are counted.
CASES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """A group in words: how it was decided, why, and its first cases.

    `others` counts the other cases; `more` names them, where a page folds them away.
    """

    sign: str
    heading: str
    reason: str
    named: tuple[str, ...]
    others: int
    more: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupsPage:
    """All groups in one language: all that a format is given."""

    language: str
    title: str
    summary: str
    groups: tuple[GroupEntry, ...]
    colophon: tuple[str, ...]


def groups_page(
    groups: Sequence[Group], model: Model, language: str, *, every: bool = False
) -> GroupsPage:
    """Put groups into words; with `every`, each case of a group is named."""
    speaker = _gaping(speaker_of(model, language))
    words = speaker.words
    common = commons(groups)
    entries = []
    for group in groups:
        label, mark = outcome_of(speaker, group.outcome)
        head = f"{counted(len(group.cases), speaker)}{words.colon}{label}"
        cases = group.cases if every else group.cases[:CASES_SHOWN]
        named = tuple([visible(speaker.case(one.case)) for one in cases])
        entries.append(
            GroupEntry(
                mark.sign,
                visible(head),
                visible(speaker.punctuated(why(group, speaker, common))),
                named[:CASES_SHOWN],
                max(0, len(group.cases) - CASES_SHOWN),
                named[CASES_SHOWN:],
            )
        )
    decisions = [one for group in groups for one in group.cases]
    return GroupsPage(
        words.language,
        visible(speaker.of(model.policy.title) or model.policy.id),
        counts_line(decisions, speaker) if decisions else words.no_cases,
        tuple(entries),
        colophon(model, speaker),
    )


def groups_as(
    groups: Sequence[Group], model: Model, format_: str, language: str, columns: int
) -> str:
    """Return groups as text, as Markdown, or as a page (`html`)."""
    page = groups_page(groups, model, language, every=format_ == "html")
    words = wording(language)
    if format_ == "html":
        values = {"page": page, "words": words}
        return rendered("groups.html", values, own=model.policy.templates)
    if not groups:
        return f"{words.no_cases}\n"
    lines = []
    for one in page.groups:
        named = words.comma.join([*one.named, *(["…"] if one.others else [])])
        if format_ == "markdown":
            lines += [f"- {one.sign} **{_plain(one.heading)}** {_plain(one.reason)}"]
            lines += [f"  {_plain(named)}"]
            continue
        lines.append(f"{one.sign} {one.heading}")
        for text in (one.reason, named):
            lines += [f"    {line}" for line in wrapped(text, max(20, columns - 4))]
    last = [page.summary, page.colophon[0]]
    if format_ == "markdown":
        last = [_plain(one) for one in last]
    return "\n".join([*lines, "", *last]) + "\n"


def counted(number: int, speaker: Speaker) -> str:
    """Return how many cases there are, in words."""
    words = speaker.words
    return words.one_case if number == 1 else words.cases.format(number=number)


def commons(groups: Sequence[Group]) -> Mapping[str | None, frozenset[str]]:
    """Return the ids that hold in every case of an outcome with several groups."""
    found: dict[str | None, frozenset[str]] = {}
    several = Counter(one.outcome for one in groups)
    for group in groups:
        if several[group.outcome] > 1:
            held = frozenset(group.held)
            found[group.outcome] = found.get(group.outcome, held) & held
    return found


def _gaping(speaker: Speaker) -> Speaker:
    """Return who leaves a gap in a sentence for what the cases do not share."""
    return replace(speaker, words=replace(speaker.words, any_value="…"))


def why(
    group: Group,
    speaker: Speaker,
    common: Mapping[str | None, frozenset[str]] | None = None,
) -> str:
    """Say the reason that a group's cases share.

    `common` has what holds in all cases of an outcome, as `commons` finds it.
    """
    words = speaker.words
    if group.because or group.points:
        because = [Because(group.outcome or "", group.because)]
        return line(because, group.points, speaker) or ""
    if not group.lacks:
        return _holding(group, speaker, (common or {}).get(group.outcome, frozenset()))
    ids = ids_said(group.failed, speaker)
    said: list[str] = []
    alone = len(group.cases) == 1
    only = len(group.lacks) == 1
    for lack in group.lacks:
        for text in _said(lack, speaker, alone=alone, only=only):
            if text not in said:
                said.append(text)
    if not said:
        return words.failing.format(ids=ids)
    text = words.semicolon.join(said)
    return words.why_in_one.format(id=ids, text=text) if ids else text


def _holding(group: Group, speaker: Speaker, common: frozenset[str]) -> str:
    """Say what holds; of many ids, those that not every case of the outcome has."""
    words = speaker.words
    if not group.held:
        return ""
    if len(group.held) <= MANY or not common:
        return held_said(group.held, speaker)
    own = [one for one in group.held if one not in common]
    if not own:
        return words.holding_common.format(number=len(common))
    return words.holding_own.format(ids=ids_said(own, speaker), number=len(common))


def _said(lack: Lack, speaker: Speaker, *, alone: bool, only: bool) -> Iterator[str]:
    """Say what is lacking, as far as its sentence needs no more than is shared.

    Things are named only where several cases share them: one case is not `alone`. Of
    an alternative its ids say which, where it is the `only` lack.
    """
    words, policy = speaker.words, speaker.policy
    if lack.relation is None:
        if isinstance(lack.rule.body[lack.literal], Either) and only:
            yield words.none_of
        return
    text = speaker.negative_of_known(lack.relation, lack.pattern)
    if text is None:
        rules = policy.rules_of(lack.relation)
        section = rules[0].section if rules else None
        if section is not None:
            text = speaker.heading(section.title)
    missing = [
        said
        for one in lack.below
        if one.relation not in {None, policy.subject}
        and any(not isinstance(value, Any_) for value in one.pattern)
        and (said := speaker.negative_of_known(one.relation, one.pattern)) is not None
    ]
    if text is not None:
        yield text
    yield from missing
    if missing or (alone and text is not None):
        return
    things = []
    for relation, place, name in lack.named:
        column = policy.relations[relation].columns[place]
        if not isinstance(name, Any_):
            label, value = speaker.label(column), speaker.value(name, column.type)
            things.append(words.column_value.format(column=label, value=value))
    if things:
        yield words.comma.join(dict.fromkeys(things))


def _plain(text: str) -> str:
    """Escape what Markdown would read as its own."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|~&" else c for c in text)


# --- for other programs -----------------------------------------------------------


def groups_json(
    groups: Sequence[Group], model: Model, languages: Sequence[str] = ()
) -> str:
    """Return groups as one object of schema `whereas.groups/1`."""
    from whereas.explain.decisions import Decisions

    heading = Decisions(model, (), {}, lambda: iter(())).heading()
    del heading["counts"]
    speakers = {
        one: _gaping(speaker_of(model, one))
        for one in languages or model.policy.languages
    }
    common = commons(groups)
    document = {
        **heading,
        "schema": SCHEMA,
        "groups": [
            {
                "count": len(group.cases),
                "outcome": group.outcome,
                "held": list(group.held),
                "failed": list(group.failed),
                "because": list(group.because),
                "text": {n: why(group, one, common) for n, one in speakers.items()},
                "points": [_point(one) for one in group.points],
                "lacks": [_lack(one) for one in group.lacks],
                "cases": [_case(one.case, model) for one in group.cases],
            }
            for group in groups
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _point(shared: Shared) -> dict[str, object]:
    source = shared.source
    return {
        "rule": source.rule.label,
        "negated": None if source.atom is None else source.atom.relation,
        "shared": {
            name: [plain(one) for one in value]
            if isinstance(value, tuple)
            else plain(value)
            for name, value in shared.values.items()
            if not isinstance(value, Any_)
        },
    }


def _lack(lack: Lack) -> dict[str, object]:
    return {
        "rule": lack.rule.label,
        "literal": lack.literal,
        "relation": lack.relation,
        "shared": [
            {"any": True} if isinstance(one, Any_) else {"value": plain(one)}
            for one in lack.pattern
        ],
        "named": [
            {"relation": relation, "column": place, "value": plain(name)}
            for relation, place, name in lack.named
            if not isinstance(name, Any_)
        ],
        "below": [_lack(one) for one in lack.below],
    }


def _case(case: Sequence[object], model: Model) -> dict[str, object]:
    subject = model.policy.relations[model.policy.subject or ""]
    return {
        subject.columns[place].name or "": plain(value)  # type: ignore[arg-type]
        for value, place in zip(case, subject.key, strict=True)
    }


def groups_csv(
    groups: Sequence[Group], model: Model, language: str, *, raw: bool = False
) -> str:
    """Return groups as CSV: a row for each case, with its group and the reason."""
    speaker = _gaping(speaker_of(model, language))
    common = commons(groups)
    subject = model.policy.relations[model.policy.subject or ""]
    keys = [subject.columns[place].name for place in subject.key]
    buffer = io.StringIO(newline="")
    writer = CsvWriter(buffer, raw=raw)
    writer.writerow(["group", "count", "outcome", "reason", *keys])
    for number, group in enumerate(groups, 1):
        reason = why(group, speaker, common)
        for one in group.cases:
            case = ["" if v is None else plain(v) for v in one.case]
            outcome = group.outcome or ""
            writer.writerow([number, len(group.cases), outcome, reason, *case])
    return buffer.getvalue()
