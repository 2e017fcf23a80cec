"""A policy into its own page: text and rules, parameters, questions, traceability.

`handbook` makes one structure in one language; a template lays it out as Markdown or
as a self-contained HTML page. The traceability for programs is `explain.trace`'s.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from whereas.language import syntax
from whereas.language.spoken import first_title, markdown_in, title_in
from whereas.policy.dependencies import dependencies
from whereas.render.handbook_page import (
    Block,
    Card,
    File,
    Handbook,
    Line,
    Link,
    Saying,
)
from whereas.render.handbook_words import HandbookWords, handbook_words
from whereas.render.policy_graph import overview
from whereas.render.prose import Heading, Prose, anchor, pieces
from whereas.render.templating import escaped_markdown, rendered
from whereas.render.wording import Wording, listed, wording

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from whereas.explain.trace import Clause, Trace
    from whereas.language.syntax import Document, Program, Statement
    from whereas.policy.core import (
        Citation,
        ParameterDefinition,
        Policy,
        Relation,
        Rule,
        Section,
        Sentence,
    )
    from whereas.policy.dependencies import Dependencies
    from whereas.render.prose import Rules
    from whereas.values import Type, Value

TEMPLATES = {"markdown": "policy.md", "html": "policy.html"}


def handbook_as(page: Handbook, policy: Policy, format_: str) -> str:
    """Return a policy's page in a format of `TEMPLATES`."""
    from whereas.render.pictures import picture_as
    from whereas.render.prose import in_html, in_markdown

    anchors = {PurePath(one.name).name: one.anchor for one in page.files}

    def markup(text: str) -> object:
        from markupsafe import Markup

        return Markup(in_html(text, anchors))  # noqa: S704  # raw HTML is text there

    def picture(format_: str) -> object:
        from markupsafe import Markup

        drawn = picture_as(page.graph, format_)
        return Markup(drawn) if format_ == "svg" else drawn  # noqa: S704  # escaped

    filters: dict[str, Callable[..., object]] = {
        "markup": markup,
        "prose": in_markdown,
        "md": escaped_markdown,
        "picture": picture,
    }
    return rendered(
        TEMPLATES[format_],
        {
            "page": page,
            "labels": handbook_words(page.language),
            "words": wording(page.language),
        },
        own=policy.templates,
        filters=filters,
    )


def handbook(policy: Policy, program: Program, trace: Trace, language: str) -> Handbook:
    """Put a policy's page together, in a language.

    `program` is the policy's text, `trace` what its scenarios and decisions say.
    """
    return _Writer(policy, program, trace, language).page()


class _Writer:
    """Looks up what stands where, while a page is put together."""

    def __init__(
        self, policy: Policy, program: Program, trace: Trace, language: str
    ) -> None:
        self.policy = policy
        self.program = program
        self.trace = trace
        self.words: HandbookWords = handbook_words(language)
        self.wording: Wording = wording(language)
        self.language = language
        self.dependencies: Dependencies = dependencies(policy)
        self.clause_of = {
            rule.label: clause
            for clause in trace.clauses
            if clause.kind == "rule"
            for rule in clause.rules
        }

    def page(self) -> Handbook:
        policy, words = self.policy, self.words
        graph, by_files = overview(policy, self.language)
        inputs = [one for one in policy.relations.values() if one.stated]
        counts = [
            words.summary.format(
                rules=len([r for r in policy.rules if not _hidden(r)]),
                inputs=len(inputs),
                outcomes=len(policy.outcomes),
            )
        ]
        if self.trace.scenarios is not None:
            number, passed = self.trace.scenarios
            counts.append(words.counted_scenarios.format(number=number, passed=passed))
        if self.trace.cases is not None:
            number, facts = self.trace.cases
            counts.append(words.counted_cases.format(number=number, facts=facts))
        return Handbook(
            language=self.language,
            title=self._of(policy.title) or policy.id,
            name=f"{policy.id} {policy.version}",
            sha256=policy.sha256[:16],
            counts=tuple(counts),
            outcomes=tuple(self._outcomes()),
            undetermined=bool(policy.outcomes)
            and all(one.goal is not None for one in policy.outcomes),
            sources=tuple(
                Line((one.name, self._of(one.title) or "", self._of(one.cite) or ""))
                for one in policy.sources.values()
            ),
            files=tuple(self._file(one) for one in self.program.documents),
            graph=graph,
            by_files=by_files,
            inputs=tuple(self._input(one) for one in inputs),
            parameters=tuple(self._parameters()),
            unencoded=tuple(
                self._clause(one.id, one.texts, one.cites, one.section)
                for one in policy.unencoded.values()
            ),
            questions=tuple(self._questions()),
            trace=tuple(self._trace(one) for one in self.trace.clauses),
            gaps=tuple(self._gaps()),
        )

    # --- lists --------------------------------------------------------------------

    def _outcomes(self) -> list[Line]:
        words = self.words
        found = []
        for one in self.policy.outcomes:
            when = words.otherwise
            target = None
            if one.goal is not None:
                name = one.goal.relation
                shown = name.removeprefix("outcome.")
                when = words.if_holds.format(goal=f"`{shown}`")
                target = self._rule_anchor(name)
            label = self._sentence(one.texts) or one.name
            if one.wanted:
                label += f"{self.wording.opening}{words.wanted}{self.wording.closing}"
            found.append(Line((label, when), target))
        return found

    def _input(self, relation: Relation) -> Line:
        words = self.words
        columns = [
            f"{column.name}: {_type(column.type)}"
            + (f" → {column.references}" if column.references else "")
            for column in relation.columns
        ]
        key = [relation.columns[position].name or "" for position in relation.key]
        whole = words.whole if relation.closed else ""
        if relation.covered_by is not None:
            whole = words.covered.format(relation=relation.covered_by.relation)
        return Line((relation.name, ", ".join(columns), ", ".join(key), whole))

    def _parameters(self) -> list[Line]:
        words = self.words
        found = []
        for one in self.policy.parameters.values():
            state = words.unsettled if one.unsettled else words.settled
            found.append(
                Line(
                    (
                        f"${one.name}",
                        _plain(one.default),
                        ", ".join(map(_plain, _alternatives(one)))
                        if one.unsettled
                        else "",
                        state,
                        self._sentence(one.texts) or self._of(one.labels) or "",
                        self._cites(one.cites),
                    )
                )
            )
        return found

    def _questions(self) -> list[Line]:
        found = [
            self._clause(one.id, one.texts, one.cites, one.section)
            for one in self.policy.questions.values()
        ]
        for one in self.policy.parameters.values():
            if one.unsettled:
                said = (
                    self._sentence(one.texts)
                    or self._of(one.labels)
                    or self.words.unsettled
                )
                worded = partial(self._worded, one.type)
                others = self.wording.comma.join(map(worded, _alternatives(one)))
                reading = self.words.read_as.format(
                    value=worded(one.default), others=others
                )
                said = f"{said}{self.wording.opening}{reading}{self.wording.closing}"
                cells = (f"${one.name}", said, self._cites(one.cites))
                found.append(Line(cells, "parameters"))
        return found

    def _clause(
        self,
        name: str,
        texts: Mapping[str, Sentence],
        cites: Sequence[Citation],
        section: Section | None,
    ) -> Line:
        said = self._sentence(texts) or ""
        return Line((name, said, self._cites(cites)), _section_anchor(section))

    def _trace(self, clause: Clause) -> Line:
        labels = ", ".join(rule.label for rule in clause.rules)
        anchor_ = _section_anchor(clause.section)
        if clause.kind == "rule":
            anchor_ = _anchor(clause.rules[0])
        return Line(
            (
                self._clause_name(clause),
                self._cites(clause.cites),
                labels,
                self._number_of_scenarios(clause),
                self._decisions(clause)
                if clause.kind != "unencoded"
                else self.words.not_encoded,
            ),
            anchor_,
        )

    def _clause_name(self, clause: Clause) -> str:
        """Return a clause's id; of one that has none, its heading in our language."""
        if clause.kind != "text" or clause.section is None:
            return clause.id
        return self._title(clause.section.title)

    def _title(self, title: str) -> str:
        languages = self.policy.languages
        return title_in(title, self.language, languages) or first_title(
            title, languages
        )

    def _gaps(self) -> list[Line]:
        words = self.words
        said = {
            "no-rule": words.no_rule,
            "not-encoded": words.not_encoded,
            "no-scenario": words.gap_no_scenario,
            "no-decision": words.gap_no_decision,
            "no-citation": words.no_citation,
        }
        found: dict[str, list[str]] = {}
        for kind, name in self.trace.gaps:
            found.setdefault(kind, []).append(name)
        return [
            Line((said[kind], self.wording.comma.join(found[kind])))
            for kind in said
            if kind in found
        ]

    def _number_of_scenarios(self, clause: Clause) -> str:
        if clause.scenarios is None:
            return ""
        return str(len(clause.scenarios))

    def _decisions(self, clause: Clause) -> str:
        tally = clause.decisions
        if tally is None:
            return ""
        parts = []
        for number, cases, pattern in (
            (tally.held, tally.held_cases, self.words.held),
            (tally.failed, tally.failed_cases, self.words.failed),
            (tally.shown, tally.shown_cases, self.words.shown),
        ):
            if number:
                more = "…" if number > len(cases) else ""
                named = self.wording.comma.join((*cases, more) if more else cases)
                parts.append(
                    f"{pattern.format(number=number)}"
                    f"{self.wording.opening}{named}{self.wording.closing}"
                )
        return self.wording.semicolon.join(parts) or self.words.never_named

    # --- text and rules -----------------------------------------------------------

    def _file(self, document: Document) -> File:
        statements = [s for section in document.sections for s in section.statements]
        found: list[Heading | Prose | Block] = []
        for piece in pieces(document):
            if isinstance(piece, Heading):
                found.append(replace(piece, title=self._title(piece.title)))
            elif isinstance(piece, Prose):
                text = markdown_in(piece.text, self.language, self.policy.languages)
                found.append(Prose(text))
            else:
                found.append(self._block(document.source.name, piece, statements))
        # The name that a reader knows: the folder that it stands in may be another's.
        path = Path(document.source.name)
        return File(anchor(path.name, ""), path.name, tuple(found))

    def _block(self, file: str, block: Rules, statements: Sequence[Statement]) -> Block:
        inside = [s for s in statements if block.start <= s.span.start < block.end]
        names = [name for statement in inside for name in _names(statement)]
        rules = [
            rule
            for rule in self.policy.rules
            if rule.span is not None
            and rule.span.source.name == file
            and block.start <= rule.span.start < block.end
            and not _hidden(rule)
            and rule.body
        ]
        return Block(
            block.text,
            self.words.declarations.format(names=listed(names, self.wording))
            if names
            else "",
            tuple(self._card(rule) for rule in rules),
        )

    def _card(self, rule: Rule) -> Card:
        words = self.words
        name = rule.head.relation
        clause = self.clause_of.get(rule.label)
        scenarios = clause.scenarios if clause is not None else None
        said = ""
        if scenarios is not None:
            number = len(scenarios)
            said = words.in_scenarios.format(number=number)
            said = words.one_scenario if number == 1 else said
            said = said if number else words.no_scenario
        notes = []
        if rule.subject_to:
            clauses = listed(list(rule.subject_to), self.wording)
            notes.append(words.subject_to.format(clauses=clauses))
        if rule.unproven:
            notes.append(words.unproven)
        reads = [one for one in self.dependencies.reads if one.reader == name]
        used = [one.reader for one in self.dependencies.reads if one.read == name]
        outcomes = [
            Link(self._sentence(one.texts) or one.name, "outcomes")
            for one in self.policy.outcomes
            if one.goal is not None and one.goal.relation == name
        ]
        return Card(
            _anchor(rule),
            rule.label,
            name,
            tuple(self._cite(one) for one in rule.cites),
            tuple(self._sayings(rule)),
            tuple(
                Link(f"{one.how} {one.read}".strip(), self._rule_anchor(one.read))
                for one in reads
                if rule.label in one.rules
            ),
            (
                *(
                    Link(one, self._rule_anchor(one))
                    for one in dict.fromkeys(used)
                    if not one.startswith("outcome.")
                ),
                *outcomes,
            ),
            scenarios,
            said,
            "" if clause is None else self._decisions(clause),
            tuple(notes),
        )

    def _sayings(self, rule: Rule) -> list[Saying]:
        words = self.words
        texts = self.policy.relations[rule.head.relation].texts
        found = []
        for language in self.policy.languages:
            what, why = texts.get(language), rule.texts.get(language)
            if what is not None:
                found.append(Saying(language, words.what, what.text))
            if why is not None:
                found.append(Saying(language, words.why, why.text))
            negative = (why and why.negative) or (what and what.negative)
            if negative:
                found.append(Saying(language, words.fails, negative))
        return found

    def _rule_anchor(self, relation: str) -> str | None:
        rules = [r for r in self.policy.rules_of(relation) if r.body]
        if not rules:
            return "inputs" if self.policy.relations[relation].stated else None
        return None if _hidden(rules[0]) else _anchor(rules[0])

    # --- words --------------------------------------------------------------------

    def _of(self, texts: Mapping[str, str]) -> str | None:
        for language in (self.language, *self.policy.languages):
            if language in texts:
                return texts[language]
        return next(iter(texts.values()), None)

    def _worded(self, type_: Type, value: Value) -> str:
        """Return a parameter's value in words, if it has some."""
        if isinstance(value, bool):
            return self.wording.yes if value else self.wording.no
        labels = self.policy.labels.get(type_.name or "", {}).get(str(value), {})
        return self._of(labels) or _plain(value)

    def _sentence(self, texts: Mapping[str, Sentence]) -> str | None:
        return self._of({language: one.text for language, one in texts.items()})

    def _cite(self, cite: Citation) -> str:
        source = self.policy.sources.get(cite.source)
        if source is None:
            return f"{cite.source} {cite.place}"
        return source.cited(cite.place, (self.language, *self.policy.languages))

    def _cites(self, cites: Sequence[Citation]) -> str:
        return self.wording.semicolon.join(self._cite(one) for one in cites)


def _hidden(rule: Rule) -> bool:
    """Tell whether a rule is only the condition of an outcome."""
    return rule.head.relation.startswith("outcome.")


def _anchor(rule: Rule) -> str:
    return f"rule-{rule.label.replace('#', '-')}"


def _section_anchor(section: Section | None) -> str | None:
    return None if section is None else anchor(section.document, section.slug)


def _names(statement: Statement) -> list[str]:
    """Return what a declaration declares, or speaks of."""
    if isinstance(statement, syntax.Clause):
        return []
    if isinstance(statement, syntax.ShowDeclaration):
        return [name for name, _ in statement.predicates]
    for known in ("name", "id", "predicate"):
        if isinstance(name := getattr(statement, known, None), str):
            return [name]
    return []


def _alternatives(parameter: ParameterDefinition) -> list[Value]:
    """Return the other values of a parameter, where its type has a few."""
    if parameter.type.kind == "boolean":
        return [not parameter.default]
    return [m for m in parameter.type.members if m != parameter.default]


def _type(type_: Type) -> str:
    return str(type_)


def _plain(value: Value) -> str:
    from whereas.values import written

    return value if isinstance(value, str) else written(value)
