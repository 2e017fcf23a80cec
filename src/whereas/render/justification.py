"""A justification into a page: text, Markdown, HTML, in one language of the policy.

`page_of` makes one structure for all formats: entries whose sentences are finished.
A template only lays them out.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from whereas.explain.proof import Any_, Blockage, Pattern, Proof
from whereas.render.brief import brief_page
from whereas.render.ids import runs
from whereas.render.page import FOLDED, Detail, Entry, Group, Page
from whereas.render.refusal import Conditions, refusal
from whereas.render.speakers import colophon, outcome_of, speaker_of
from whereas.render.templating import escaped_markdown, rendered
from whereas.render.width import visible, width, wrapped
from whereas.render.wording import Wording, listed, wording
from whereas.render.words import Mark, Outline, Statement
from whereas.values import written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from whereas.engine.model import Model
    from whereas.explain.justify import Justification
    from whereas.explain.proof import Fact
    from whereas.render.phrases import Speaker

# How far a numbered statement stands to the right of the one that it supports.
STEP = 4

# The lines at the foot of a brief page: which policy, and from what facts.
BRIEF_COLOPHON = slice(1, 3)

TEMPLATES = {
    "text": "justification.txt",
    "markdown": "justification.md",
    "html": "justification.html",
}


def justification_as(
    justification: Justification,
    model: Model,
    format_: str = "text",
    language: str = "en",
    *,
    columns: int = 80,
    detail: Detail = FOLDED,
) -> str:
    """Return a justification in a format of `TEMPLATES`, or drawn, in a language.

    A picture is in a format of `whereas.render.pictures.FORMATS`.
    Raises `Invalid` if the policy package overrides the template and its own fails.
    """
    page = page_of(justification, model, language, detail.in_format(format_))
    if detail.brief:
        page = brief_page(page)
    return laid_out(page, model, format_, columns)


def explanation_as(
    explanation: Proof | Blockage,
    model: Model,
    format_: str = "text",
    language: str = "en",
    *,
    columns: int = 80,
    detail: Detail = FOLDED,
) -> str:
    """Return why any goal holds, or why it does not, laid out like a justification."""
    page = page_of_goal(explanation, model, language, detail.in_format(format_))
    if detail.brief:
        page = brief_page(page)
    return laid_out(page, model, format_, columns)


def page_of(
    justification: Justification, model: Model, language: str, detail: Detail = FOLDED
) -> Page:
    """Put a justification into words."""
    speaker = speaker_of(model, language)
    words = speaker.words
    decision = justification.decision
    outline = Outline(speaker, detail.levels, everything=not detail.folded)
    outline.know_absences(justification.absences)
    label, mark = outcome_of(speaker, decision.outcome)
    head = Statement("derived", 0, "", label)
    groups: list[Group] = []
    if justification.subject_to:
        clauses = tuple(_unencoded(one, speaker) for one in justification.subject_to)
        groups.append(Group("subject-to", words.subject_to, (), clauses))
    if decision.readings:
        from whereas.render.caveats import readings_of

        others = tuple(map(visible, readings_of(decision, speaker)))
        groups.append(Group("readings", words.other_readings, (), others))
    against = Mark.HOLDS if mark is Mark.HOLDS else Mark.SO
    if justification.proof is not None:
        outline.proved = against
        head, reasons = _proved(justification.proof, outline)
        groups += reasons
    further: Group | None = None
    holding: Sequence[Fact] = ()
    if justification.blockage is not None:
        outline.proved = Mark.HOLDS
        denied, failing, further, holding = _refused(
            justification.blockage, outline, folded=detail.folded
        )
        head = head if justification.proof is not None else denied
        groups = [*_without(groups, failing), *failing]
    outline.proved = against
    for proof in justification.shown:
        outline.shown(proof)
    groups.append(group_of("shown", words.shown, outline.take(), speaker))
    outline.proved = Mark.HOLDS
    groups.append(_holding(holding, outline))
    if further is not None:
        groups.append(further)
    case = speaker.case(decision.case)
    page = page_with(speaker, head, groups, case=case, label=label, mark=mark)
    return _noted(page, words, folded=detail.folded)


def page_of_goal(
    explanation: Proof | Blockage, model: Model, language: str, detail: Detail = FOLDED
) -> Page:
    """Put a proof, or what stands against a goal, into words."""
    speaker = speaker_of(model, language)
    outline = Outline(speaker, detail.levels, everything=not detail.folded)
    goal: Pattern
    if isinstance(explanation, Proof):
        outline.know_absences(explanation.absences)
        head, groups = _proved(explanation, outline)
        name, goal = explanation.goal.relation, explanation.goal.values
        mark = Mark.HOLDS
    else:
        head, groups, others, holding = _refused(
            explanation, outline, folded=detail.folded
        )
        groups += [_holding(holding, outline), others]
        name, goal = explanation.relation, explanation.pattern
        mark = Mark.FAILS
    case = goal_text(name, goal)
    label = word_of(mark, speaker.words)
    page = page_with(speaker, head, groups, case=case, label=label, mark=mark)
    return _noted(page, speaker.words, folded=detail.folded)


def _holding(facts: Sequence[Fact], outline: Outline) -> Group:
    """Write the conditions that hold: a line each, where nothing can be folded."""
    outline.holding(facts)
    title = outline.speaker.words.conditions_holding
    return group_of("holding", title, outline.take(), outline.speaker, brief=True)


def _noted(page: Page, words: Wording, *, folded: bool) -> Page:
    """Say below how conditions are shown that are only named."""
    if folded and any(group.key == "unjudged" for group in page.groups):
        return replace(page, note=words.folded)
    return page


def _without(groups: Sequence[Group], failing: Sequence[Group]) -> list[Group]:
    """Leave out that something is absent, where the group of what fails says so."""
    said = {
        one.sentence
        for group in failing
        if group.key == "failing"
        for one in group.entries
        if not one.depth
    }
    return [
        replace(
            group,
            entries=tuple(
                one
                for one in group.entries
                if one.depth or one.kind != "absence" or one.sentence not in said
            ),
        )
        for group in groups
    ]


def goal_text(relation: str, pattern: Pattern) -> str:
    """Write a goal as the policy language does."""
    terms = ("_" if isinstance(one, Any_) else written(one) for one in pattern)
    return f"{relation}({', '.join(terms)})"


def _proved(proof: Proof, outline: Outline) -> tuple[Statement, list[Group]]:
    head = outline.conclusion(proof)
    return head, [group_of("reasons", "", outline.take(), outline.speaker)]


def _refused(
    blockage: Blockage, outline: Outline, *, folded: bool
) -> tuple[Statement, list[Group], Group, Sequence[Fact]]:
    """Write what fails; return besides the other attempts, and the facts that hold."""
    speaker = outline.speaker
    words = speaker.words
    refused = refusal(blockage, outline, folded=folded)
    conditions, rule = refused.conditions, refused.rule
    head = Statement(
        "derived",
        0,
        "",
        refused.text,
        ids=() if rule is None or rule.id is None else (rule.id,),
        label=None if rule is None else rule.label,
        cites=() if rule is None else tuple(map(speaker.citation, rule.cites)),
        section=None if rule is None else speaker.section(rule.section),
    )
    groups = condition_groups(conditions, words.conditions_failing, speaker)
    others = Group("others", words.also_tried, (), tuple(map(visible, refused.others)))
    return head, groups, others, conditions.holding


def condition_groups(
    conditions: Conditions, title: str, speaker: Speaker
) -> list[Group]:
    """Return what was looked at, what fails, and what could not be judged."""
    words = speaker.words
    waiting = group_of("waiting", words.waiting, conditions.waiting, speaker)
    unjudged = tuple(map(visible, conditions.unjudged))
    return [
        group_of("considered", words.considered, conditions.considered, speaker),
        group_of("failing", title, conditions.failing, speaker),
        replace(waiting, folded=True),
        Group("unjudged", words.unjudged, (), unjudged),
    ]


def page_with(
    speaker: Speaker,
    head: Statement,
    groups: Sequence[Group],
    *,
    case: str,
    label: str,
    mark: Mark,
) -> Page:
    """Return a page with a heading; groups without a line are left out."""
    policy, words = speaker.policy, speaker.words
    return Page(
        language=words.language,
        title=visible(speaker.of(policy.title) or policy.id),
        heading=visible(f"{case}{words.colon}{label}"),
        case=visible(case),
        outcome=visible(label),
        sign=mark.sign,
        word=word_of(mark, words),
        head=_entry(head, None, speaker),
        groups=tuple(g for g in groups if g.entries or g.lines),
        colophon=(),
    )


def laid_out(page: Page, model: Model, format_: str, columns: int) -> str:
    """Lay a page out by the template of a format."""
    words = wording(page.language)
    speaker = speaker_of(model, page.language)
    lines = colophon(model, speaker)
    page = replace(page, colophon=lines[BRIEF_COLOPHON] if page.brief else lines)
    if format_ not in TEMPLATES:
        from whereas.render.pictures import picture_as
        from whereas.render.proof_graph import proof_graph

        return picture_as(proof_graph(page), format_)
    values = {"page": page, "words": words, "columns": columns}
    if format_ == "html":
        from whereas.render.annex import annex_of
        from whereas.render.page_words import page_words

        labels = page_words(page.language)
        annex = annex_of(page, speaker, labels.conclusion)
        values |= {"annex": annex, "labels": labels}
    return rendered(
        TEMPLATES[format_],
        values,
        own=model.policy.templates,
        filters=FILTERS,
    )


def _unencoded(clause: str, speaker: Speaker) -> str:
    """Name a clause that the policy does not encode, and say what it is."""
    known = speaker.policy.unencoded.get(clause)
    said = speaker.text(known.texts) if known is not None else None
    if said is None:
        return visible(clause)
    return visible(speaker.punctuated(f"{clause}{speaker.words.colon}{said}"))


# --- entries ----------------------------------------------------------------------


def group_of(
    key: str,
    title: str,
    statements: Sequence[Statement],
    speaker: Speaker,
    *,
    brief: bool = False,
) -> Group:
    """Finish the sentences of some statements, and see how they are laid out."""
    following: list[Statement | None] = [*statements[1:], None]
    entries = []
    # Where the sentence of the last statement of each depth begins.
    hangs: dict[int, int] = {}
    places: dict[int, tuple[tuple[str, ...], str | None]] = {}
    for one, after in zip(statements, following, strict=bool(statements)):
        leaf = one.kind == "fact" or not one.number
        indent = hangs.get(one.depth - 1, 0) if leaf else STEP * one.depth
        place = (one.cites, one.section)
        cites, section = places.get(one.depth - 1, ((), None))
        # What its parent cites, or where its parent stands too: that was said.
        if one.cites and one.cites == cites:
            one = replace(one, cites=(), section=None)  # noqa: PLW2901
        elif not one.cites and one.section == section:
            one = replace(one, section=None)  # noqa: PLW2901
        places[one.depth] = place
        entry = replace(_entry(one, after, speaker), indent=indent)
        head = width(entry.number) + bool(entry.number) + width(entry.sign)
        hangs[one.depth] = indent + max(head + bool(entry.sign), 2)
        entries.append(entry)
    return Group(key, title, tuple(entries), brief=brief)


def _entry(one: Statement, after: Statement | None, speaker: Speaker) -> Entry:
    words = speaker.words
    text = one.text
    statement = sentence = text
    if one.kind != "rule":
        statement = sentence = speaker.punctuated(text)
        if one.seen:
            sentence += f"{words.gap}{speaker.punctuated(one.seen)}"
    basis = []
    if one.given:
        given = listed(list(one.given), words)
        basis.append(speaker.punctuated(f"{words.given}{words.gap}{given}"))
    if one.checks:
        checks = words.semicolon.join(one.checks)
        basis.append(speaker.punctuated(f"{words.checked}{words.colon}{checks}"))
    # Ids and citations say where a rule comes from; a heading, where it has neither.
    identity = [*runs(one.ids, words.run), *one.cites]
    if one.section and not identity:
        identity.append(one.section)
    next_depth = after.depth if after is not None else 0
    return Entry(
        kind=one.kind,
        depth=one.depth,
        indent=0,
        number=one.number,
        anchor=_anchor(one.number),
        sign=one.mark.sign if one.mark is not None else "",
        word=word_of(one.mark, words) if one.mark is not None else "",
        sentence=visible(sentence),
        why=visible(speaker.punctuated(one.why)) if one.why else "",
        origin=visible(one.origin or ""),
        ids=visible(", ".join(one.ids)),
        identity=visible(" · ".join(identity)),
        basis=visible(words.gap.join(basis)),
        notes=tuple(visible(speaker.punctuated(note)) for note in one.notes),
        opens=after is not None and after.depth > one.depth,
        closes=max(0, one.depth - next_depth),
        refers=(*one.given, *([one.refers] if one.refers else [])),
        statement=visible(statement),
        label=one.label or "",
        fact=one.fact,
    )


def _anchor(number: str) -> str:
    """Return the name by which a page links to a statement, or to a fact."""
    if number.startswith("["):
        return f"fact-{number.strip('[]')}"
    return f"reason-{number}" if number else ""


def word_of(mark: Mark, words: Wording) -> str:
    """Return a mark in a word."""
    match mark:
        case Mark.HOLDS:
            return words.holds
        case Mark.SO:
            return words.so
        case Mark.FAILS:
            return words.fails
        case Mark.UNDETERMINED:
            return words.undetermined


# --- filters ----------------------------------------------------------------------


def filled(text: str, columns: int, first: str = "", rest: str | None = None) -> str:
    """Wrap a text; `first` goes before its first line, `rest` before the others."""
    hang = " " * width(first) if rest is None else rest
    room = max(20, columns - max(width(first), width(hang)))
    return first + f"\n{hang}".join(wrapped(text, room))


def _linked(text: str) -> object:
    """Link the numbers of facts; all else is escaped."""
    from markupsafe import Markup, escape

    return Markup(  # noqa: S704  # escaped before the links are put in
        re.sub(r"\[(\d+)\]", r'<a href="#fact-\1">[\1]</a>', str(escape(text)))
    )


FILTERS: Mapping[str, Callable[..., object]] = {
    "filled": filled,
    "md": escaped_markdown,
    "linked": _linked,
    "width": width,
}
