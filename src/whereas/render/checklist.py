"""A check list into a page that can be laid before a reviewer, check by check.

The regulation's words stand left, what was found right, with the files and rows; a
box is left for the reviewer's own mark. One structure, laid out by a template.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.explain.because_points import points_of
from whereas.explain.checklist import FAILS, HOLDS, OPEN, PERSON, WORDS
from whereas.explain.proof import Derived
from whereas.render.because import line
from whereas.render.checklist_words import checklist_words
from whereas.render.justification import filled, page_of
from whereas.render.page import Detail
from whereas.render.speakers import colophon, speaker_of
from whereas.render.table import plain, record
from whereas.render.templating import escaped_markdown, rendered
from whereas.render.width import visible, width
from whereas.render.wording import wording
from whereas.render.words import Outline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from whereas.engine.model import Model
    from whereas.explain.checklist import Examined
    from whereas.explain.justify import Justification
    from whereas.explain.proof import Fact, Proof
    from whereas.render.page import Entry, Page
    from whereas.render.phrases import Speaker

SCHEMA = "whereas.checklist/1"
TEMPLATES = {
    "text": "checklist.txt",
    "markdown": "checklist.md",
    "html": "checklist.html",
}
# How much is said of one check before the rest is counted.
MOST = 4
_SIGNS = {HOLDS: "✓", FAILS: "✗", OPEN: "–", PERSON: "☐", WORDS: ""}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found: sign, sentence, why, and the rows it was read from."""

    sign: str
    sentence: str
    why: str
    origin: str


@dataclass(frozen=True, slots=True)
class Item:
    """A check on the page; `sign` and `word` say how it stands."""

    sign: str
    word: str
    heading: str
    quote: str
    identity: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class ChecklistPage:
    """The check list of a case in one language: all that a template is given."""

    language: str
    title: str
    section: str
    heading: str
    sign: str
    word: str
    sentence: str
    case: tuple[Finding, ...]
    items: tuple[Item, ...]
    colophon: tuple[str, ...]


def checklist_as(
    justification: Justification,
    found: Sequence[Examined],
    model: Model,
    format_: str,
    language: str,
    *,
    columns: int = 80,
) -> str:
    """Return a check list in a format of `TEMPLATES`, in a language."""
    return rendered(
        TEMPLATES[format_],
        {
            "page": checklist_page(justification, found, model, language),
            "labels": checklist_words(language),
            "words": wording(language),
            "columns": columns,
        },
        own=model.policy.templates,
        filters={"filled": filled, "md": escaped_markdown, "width": width},
    )


def checklist_page(
    justification: Justification,
    found: Sequence[Examined],
    model: Model,
    language: str,
) -> ChecklistPage:
    """Put a check list into words."""
    speaker = speaker_of(model, language)
    page = page_of(justification, model, language, Detail(folded=False))
    first = found[0].check.passage if found else None
    own = "" if first is None else first.title
    writer = _Writer(speaker, page, model.facts.path, own)
    return ChecklistPage(
        language,
        page.title,
        "" if first is None else visible(speaker.path(first.path)),
        page.heading,
        page.sign,
        page.word,
        page.head.sentence,
        (*writer.case(justification), *writer.reason(justification, model)),
        tuple(writer.item(one) for one in found),
        colophon(model, speaker),
    )


class _Writer:
    """Writes checks in one language."""

    def __init__(self, speaker: Speaker, page: Page, folder: str, title: str) -> None:
        self.speaker = speaker
        self.page = page
        self.folder = folder
        self.words = checklist_words(speaker.words.language)
        # A section is named once; the page's own stands at its head.
        self.title = title

    def case(self, justification: Justification) -> list[Finding]:
        """Say what the file says of the case itself."""
        subject = self.speaker.policy.relations[self.speaker.policy.subject or ""]
        found = []
        for group in self.page.groups:
            for entry in group.entries:
                if entry.fact is None or entry.fact[0].relation != subject.name:
                    continue
                values = entry.fact[0].values
                if tuple(values[i] for i in subject.key) == justification.decision.case:
                    origin = self._short(entry.origin)
                    found.append(Finding("", entry.sentence, "", origin))
        return found[:1]

    def reason(self, justification: Justification, model: Model) -> list[Finding]:
        """Say what an outcome that is not wanted rests on: the sheet is signed."""
        decision = justification.decision
        if not decision.because:
            return []
        points = points_of(model, decision.case)
        said = line(decision.because, points, self.speaker)
        return [Finding("", self.speaker.punctuated(said), "", "")] if said else []

    def item(self, one: Examined) -> Item:
        """Write a check: its words, and what was found."""
        passage = one.check.passage
        heading = passage.title if passage.title != self.title else ""
        self.title = passage.title
        cites = dict.fromkeys(
            self.speaker.citation(cite)
            for rule in one.check.rules
            if rule.id is not None
            for cite in rule.cites
        )
        identity = [", ".join(one.check.ids), self.speaker.words.semicolon.join(cites)]
        findings = self._findings(one)
        if len(findings) > MOST:
            more = self.words.more.format(number=len(findings) - MOST)
            findings = [*findings[:MOST], Finding("", more, "", "")]
        return Item(
            _SIGNS[one.verdict],
            self.words.verdicts[one.verdict],
            visible(heading and self.speaker.path((heading,))),
            visible(self.speaker.quoted(passage.quote)),
            visible(" · ".join(part for part in identity if part)),
            tuple(findings),
        )

    def _findings(self, one: Examined) -> list[Finding]:
        found = [
            line
            for proof in one.findings
            for line in (self._proved(proof, "✗"), *self._beneath(proof))
        ]
        if one.verdict == FAILS and not one.findings:
            found += self._failing({*one.check.ids})
        found += [self._proved(proof, "✓") for proof in one.holding]
        if not one.holding and not found:
            found += [
                Finding("", self._said(self.speaker.negative(name, pattern)), "", "")
                for name, pattern in one.lacking
            ]
        for clause in one.check.unencoded:
            said = self.speaker.text(clause.texts)
            text = f"{clause.id}{self.speaker.words.colon}{said or ''}"
            found.append(Finding("☐", self._said(text), self.words.for_a_person, ""))
        return found

    def _proved(self, proof: Proof, sign: str) -> Finding:
        step = proof.steps[proof.goal]
        text = self.speaker.fact(proof.goal)
        if not isinstance(step, Derived):
            return Finding(sign, self._said(text), "", "")
        why = self.speaker.why(step.rule, step.substitution)
        return Finding(
            sign,
            self._said(text),
            self._said(why) if why and why != text else "",
            self._rows(proof, step),
        )

    def _rows(self, proof: Proof, step: Derived) -> str:
        """Name the rows that a rule's instance was read from, helpers folded in."""
        outline = Outline(self.speaker)
        outline.know(proof.steps)
        parts = outline.gather(step.premises, step.rule)
        said = [
            self._short(self.speaker.origin(fact, stated, said=False))
            for fact, stated in parts.facts.items()
        ]
        return visible(self.speaker.words.semicolon.join(said))

    def _failing(self, ids: set[str]) -> list[Finding]:
        """Take what fails from the justification: the statement and its causes."""
        found: dict[Finding, None] = {}
        for group in self.page.groups:
            if group.key not in {"failing", "waiting"}:
                continue
            inside = False
            for entry in group.entries:
                if entry.depth == 0:
                    inside = bool(ids & {*entry.ids.split(", ")})
                cause = entry.sign == "✗" and not entry.opens
                if inside and (entry.depth == 0 or cause):
                    origin = self._short(entry.origin)
                    text = self._unreferred(entry)
                    found[Finding("✗", text, entry.why, origin)] = None
        return list(found)

    def _unreferred(self, entry: Entry) -> str:
        """Return a sentence without "see 2.1 above": that is on another page."""
        words = self.speaker.words
        said = entry.sentence
        for number in entry.refers:
            seen = self.speaker.punctuated(words.seen.format(number=number))
            said = said.removesuffix(f"{words.gap}{seen}")
        return said

    def _beneath(self, proof: Proof) -> list[Finding]:
        """Say why a finding's own premises hold, where they are no clause's."""
        step = proof.steps[proof.goal]
        if not isinstance(step, Derived):
            return []
        outline = Outline(self.speaker)
        outline.know(proof.steps)
        found = []
        for fact in outline.gather(step.premises, step.rule).derived:
            below = proof.steps[fact]
            if isinstance(below, Derived) and below.rule.id is None:
                why = self.speaker.why(below.rule, below.substitution)
                text = why or self.speaker.fact(fact)
                rows = self._rows(proof, below)
                found.append(Finding("", self._said(text), "", rows))
        return found

    def _said(self, text: str) -> str:
        return visible(self.speaker.punctuated(text))

    def _short(self, origin: str) -> str:
        """Leave out the facts' folder, which the foot of the page names."""
        return origin.replace(f"{self.folder}/", "")


# --- JSON -------------------------------------------------------------------------


def checklist_json(
    justification: Justification,
    found: Sequence[Examined],
    model: Model,
    languages: Sequence[str] = (),
) -> str:
    """Return a check list as one object of schema `whereas.checklist/1`."""
    from whereas.explain.decisions import Decisions

    chosen = languages or model.policy.languages
    speakers = {language: speaker_of(model, language) for language in chosen}
    pages = {
        language: checklist_page(justification, found, model, language)
        for language in chosen
    }
    heading = Decisions(model, (), {}, lambda: iter(())).heading()
    for name in ("schema", "counts"):
        del heading[name]
    first = found[0].check.passage if found else None
    document = {
        "schema": SCHEMA,
        **heading,
        "decision": record(justification.decision, model.policy),
        "section": None
        if first is None
        else {
            "slug": first.slug,
            "title": {name: s.path((first.title,)) for name, s in speakers.items()},
        },
        "checks": [
            {
                "verdict": one.verdict,
                "title": {
                    name: s.path((one.check.passage.title,))
                    for name, s in speakers.items()
                },
                "quote": {
                    name: s.quoted(one.check.passage.quote)
                    for name, s in speakers.items()
                },
                "ids": list(one.check.ids),
                "holding": [_proof(proof, speakers) for proof in one.holding],
                "findings": [_proof(proof, speakers) for proof in one.findings],
                "unencoded": [clause.id for clause in one.check.unencoded],
                "text": {
                    language: [
                        " ".join(p for p in (f.sentence, f.why, f.origin) if p)
                        for f in page.items[place].findings
                    ]
                    for language, page in pages.items()
                },
            }
            for place, one in enumerate(found)
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _proof(proof: Proof, speakers: Mapping[str, Speaker]) -> dict[str, object]:
    step = proof.steps[proof.goal]
    return {
        **_fact(proof.goal),
        "rule": step.rule.label if isinstance(step, Derived) else None,
        "text": {language: s.fact(proof.goal) for language, s in speakers.items()},
    }


def _fact(fact: Fact) -> dict[str, object]:
    return {"relation": fact.relation, "values": [plain(v) for v in fact.values]}
