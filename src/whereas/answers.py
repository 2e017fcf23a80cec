"""What the calls of `whereas.api` hand back: an answer, and its words in each form.

Each holds what was found, and says it as text, Markdown, HTML or JSON, in each
language of the policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import whereas.explain.contrast as explain_contrast
    import whereas.explain.whynot as explain
    from whereas.change.compare import Comparison, WhatIf
    from whereas.change.repair import Repairs
    from whereas.change.timeline import Timeline
    from whereas.engine.model import Model
    from whereas.explain.checklist import Examined
    from whereas.explain.justify import Justification
    from whereas.explain.trace import Trace
    from whereas.language.syntax import Program
    from whereas.policy.core import Policy
    from whereas.values import Value

__all__ = [
    "Answers",
    "Checklist",
    "Contrast",
    "Differences",
    "Documentation",
    "Reasons",
    "RepairResult",
    "TimelineResult",
    "WhatIfResult",
    "WhyNot",
]


@dataclass(frozen=True, slots=True, eq=False)
class Reasons:
    """Why a goal holds or does not; the words come in each language of the policy."""

    model: Model
    justification: Justification

    def text(self, language: str | None = None, *, columns: int = 80) -> str:
        """Return the justification as text for a terminal."""
        return self._as("text", language, columns)

    def markdown(self, language: str | None = None) -> str:
        """Return the justification as Markdown."""
        return self._as("markdown", language, 80)

    def html(self, language: str | None = None) -> str:
        """Return the justification as one self-contained page."""
        return self._as("html", language, 80)

    def picture(self, format_: str = "svg", language: str | None = None) -> str:
        """Return the justification drawn: as `svg`, `dot` or `mermaid`."""
        return self._as(format_, language, 80)

    def _as(self, format_: str, language: str | None, columns: int) -> str:
        from whereas.render.justification import justification_as

        chosen = language or self.model.policy.languages[0]
        return justification_as(
            self.justification, self.model, format_, chosen, columns=columns
        )


@dataclass(frozen=True, slots=True, eq=False)
class TimelineResult:
    """A case's timeline; the words come in each language of the policy."""

    model: Model
    timeline: Timeline

    def text(self, language: str | None = None, *, columns: int = 80) -> str:
        """Return the timeline as text for a terminal."""
        return self._as("text", language, columns)

    def markdown(self, language: str | None = None) -> str:
        """Return the timeline as Markdown."""
        return self._as("markdown", language, 80)

    def html(self, language: str | None = None) -> str:
        """Return the timeline as one self-contained page, with its picture."""
        return self._as("html", language, 80)

    def svg(self, language: str | None = None) -> str:
        """Return the picture alone."""
        return self._as("svg", language, 80)

    def _as(self, format_: str, language: str | None, columns: int) -> str:
        from whereas.render.timeline import timeline_as

        chosen = language or self.model.policy.languages[0]
        return timeline_as(self.timeline, self.model, format_, chosen, columns=columns)


@dataclass(frozen=True, slots=True, eq=False)
class WhyNot:
    """Why something is not so; the words come in each language of the policy."""

    model: Model
    found: explain.WhyNot
    everything: bool = False

    def text(self, language: str | None = None, *, columns: int = 80) -> str:
        """Return it as text for a terminal."""
        return self._as("text", language, columns)

    def markdown(self, language: str | None = None) -> str:
        """Return it as Markdown."""
        return self._as("markdown", language, 80)

    def html(self, language: str | None = None) -> str:
        """Return it as one self-contained page."""
        return self._as("html", language, 80)

    def json(self) -> str:
        """Return it as an object of schema `whereas.why-not/1`."""
        from whereas.render.whynot import why_not_json

        return why_not_json(self.found, self.model)

    def _as(self, format_: str, language: str | None, columns: int) -> str:
        from whereas.render.whynot import why_not_as

        return why_not_as(
            self.found,
            self.model,
            format_,
            language or self.model.policy.languages[0],
            columns=columns,
            everything=self.everything,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Contrast:
    """Where two cases part; the words come in each language of the policy."""

    model: Model
    found: explain_contrast.Contrast

    def text(self, language: str | None = None, *, columns: int = 80) -> str:
        """Return it as text for a terminal."""
        return self._as("text", language, columns)

    def markdown(self, language: str | None = None) -> str:
        """Return it as Markdown."""
        return self._as("markdown", language, 80)

    def html(self, language: str | None = None) -> str:
        """Return it as one self-contained page."""
        return self._as("html", language, 80)

    def json(self) -> str:
        """Return it as an object of schema `whereas.contrast/1`."""
        from whereas.render.contrast import contrast_json

        return contrast_json(self.found, self.model)

    def _as(self, format_: str, language: str | None, columns: int) -> str:
        from whereas.render.contrast import contrast_as

        chosen = language or self.model.policy.languages[0]
        return contrast_as(self.found, self.model, format_, chosen, columns=columns)


@dataclass(frozen=True, slots=True, eq=False)
class RepairResult:
    """What would help a case; the words come in each language of the policy."""

    model: Model
    repairs: Repairs

    def text(self, language: str | None = None, *, columns: int = 80) -> str:
        """Return the proposals as text for a terminal."""
        return self._as("text", language, columns)

    def markdown(self, language: str | None = None) -> str:
        """Return the proposals as Markdown."""
        return self._as("markdown", language, 80)

    def html(self, language: str | None = None) -> str:
        """Return the proposals as one self-contained page."""
        return self._as("html", language, 80)

    def _as(self, format_: str, language: str | None, columns: int) -> str:
        from whereas.render.repair import repairs_as

        chosen = language or self.model.policy.languages[0]
        return repairs_as(self.repairs, self.model, format_, chosen, columns=columns)


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """The answers of a query, sorted: a column for each of its variables.

    Without variables there is one empty row if the body holds, and none if not.
    """

    model: Model
    variables: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Checklist:
    """How a case meets the checks of a section; in each language of the policy."""

    model: Model
    justification: Justification
    checks: tuple[Examined, ...]

    def text(self, language: str | None = None, *, columns: int = 80) -> str:
        """Return the check list as text for a terminal."""
        return self._as("text", language, columns)

    def markdown(self, language: str | None = None) -> str:
        """Return the check list as Markdown."""
        return self._as("markdown", language, 80)

    def html(self, language: str | None = None) -> str:
        """Return the check list as one self-contained page, to be printed."""
        return self._as("html", language, 80)

    def json(self, languages: Sequence[str] = ()) -> str:
        """Return the check list as an object of schema `whereas.checklist/1`."""
        from whereas.render.checklist import checklist_json

        return checklist_json(self.justification, self.checks, self.model, languages)

    def _as(self, format_: str, language: str | None, columns: int) -> str:
        from whereas.render.checklist import checklist_as

        chosen = language or self.model.policy.languages[0]
        return checklist_as(
            self.justification,
            self.checks,
            self.model,
            format_,
            chosen,
            columns=columns,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Documentation:
    """The page of a policy, in each of its languages, and its traceability."""

    policy: Policy
    program: Program
    trace: Trace

    def markdown(self, language: str | None = None) -> str:
        """Return the page as Markdown."""
        return self._as("markdown", language)

    def html(self, language: str | None = None) -> str:
        """Return the page as one self-contained file."""
        return self._as("html", language)

    def json(self) -> str:
        """Return the traceability: clause, rules, scenarios, decisions, gaps."""
        from whereas.explain.trace import trace_json

        return trace_json(self.policy, self.trace)

    def files(self, languages: Sequence[str] = ()) -> dict[str, str]:
        """Return every form of the page by file name, in all languages if unsaid."""
        name = self.policy.id
        found = {f"{name}.json": self.json()}
        for language in languages or self.policy.languages:
            found[f"{name}.{language}.md"] = self.markdown(language)
            found[f"{name}.{language}.html"] = self.html(language)
        return found

    def _as(self, format_: str, language: str | None) -> str:
        from whereas.render.handbook import handbook, handbook_as

        chosen = language or self.policy.languages[0]
        page = handbook(self.policy, self.program, self.trace, chosen)
        return handbook_as(page, self.policy, format_)


@dataclass(frozen=True, slots=True, eq=False)
class WhatIfResult:
    """What follows from suppositions: the words come in each language."""

    found: tuple[WhatIf, ...]

    def text(self, language: str | None = None, *, columns: int = 80) -> str:
        """Return which decisions turn, and why, as text for a terminal."""
        return self._as("text", language, columns)

    def markdown(self, language: str | None = None) -> str:
        """Return it as Markdown."""
        return self._as("markdown", language, 80)

    def html(self, language: str | None = None) -> str:
        """Return it as one self-contained page."""
        return self._as("html", language, 80)

    def json(self, languages: Sequence[str] = ()) -> str:
        """Return it as an object of `whereas.what-if/1`."""
        from whereas.render.side_document import what_if_json

        return what_if_json(self.found, languages)

    def _as(self, format_: str, language: str | None, columns: int) -> str:
        from whereas.render.side_by_side import what_if_as

        chosen = language or self.found[0].comparison.after.policy.languages[0]
        return what_if_as(self.found, format_, chosen, columns=columns)


@dataclass(frozen=True, slots=True, eq=False)
class Differences:
    """Where two models of the same cases differ: the words come in each language."""

    comparison: Comparison

    def text(self, language: str | None = None, *, columns: int = 80) -> str:
        """Return which decisions differ, and why, as text for a terminal."""
        return self._as("text", language, columns)

    def markdown(self, language: str | None = None) -> str:
        """Return it as Markdown."""
        return self._as("markdown", language, 80)

    def html(self, language: str | None = None) -> str:
        """Return it as one self-contained page."""
        return self._as("html", language, 80)

    def json(self, languages: Sequence[str] = ()) -> str:
        """Return it as an object of `whereas.diff/1`."""
        from whereas.render.side_document import diff_json

        return diff_json(self.comparison, languages)

    def _as(self, format_: str, language: str | None, columns: int) -> str:
        from whereas.render.side_by_side import diff_as

        chosen = language or self.comparison.after.policy.languages[0]
        return diff_as(self.comparison, format_, chosen, columns=columns)
