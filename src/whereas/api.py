"""The calls that Python users and the command line share: load, decide, why, query.

    policy = load_policy("policy/nmpa-summary")
    facts = load_facts("facts/demo", policy)
    decided = decide(policy, facts)
    print(why(decided.model, "B-001").text())

Each raises a `whereas.diagnostics.WhereasError`: `Invalid` with every diagnostic,
where the input is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from whereas.diagnostics import UsageError
from whereas.engine.model import Limits, Model
from whereas.policy import load_policy
from whereas.policy.core import Column, Policy, Setting
from whereas.policy.spelling import did_you_mean
from whereas.values import Type, Value, decode

if TYPE_CHECKING:
    from collections.abc import Callable

    from whereas.explain.decide import Decisions
    from whereas.explain.justify import Justification
    from whereas.facts.base import FactBase

__all__ = [
    "Answers",
    "Reasons",
    "decide",
    "load_facts",
    "load_policy",
    "query",
    "setting_of",
    "value_of",
    "why",
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

    def _as(self, format_: str, language: str | None, columns: int) -> str:
        from whereas.render.justification import justification_as

        chosen = language or self.model.policy.languages[0]
        return justification_as(
            self.justification, self.model, format_, chosen, columns=columns
        )


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """The answers of a query, sorted: a column for each of its variables.

    Without variables there is one empty row if the body holds, and none if not.
    """

    model: Model
    variables: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


def load_facts(folder: Path | str, policy: Policy, *, engine: str = "auto") -> FactBase:
    """Read the fact files that a policy declares; `engine` chooses their home."""
    from whereas.facts import load_facts as load

    first = engine.split(",")[0].strip()
    match first:
        case "duckdb":
            return load(folder, policy, home="duckdb")
        case "sqlite" | "pydatalog":
            return load(folder, policy, home="sqlite")
    return load(folder, policy)


def decide(
    policy: Policy,
    facts: FactBase,
    *,
    today: date | None = None,
    parameters: Mapping[str, Value] | None = None,
    engine: str = "auto",
    certify: bool | None = None,
    limits: Limits | None = None,
    progress: Callable[[str], None] | None = None,
) -> Decisions:
    """Decide every case of the facts.

    `parameters` override the policy's defaults. A text stands for a value of any
    type, written as in a fact file. `Model.engines` says who decided.
    """
    from whereas.engine import solve
    from whereas.explain import decide as decisions_of

    setting = setting_of(policy, today, parameters or {})
    model = solve(
        policy,
        facts,
        setting,
        engine=engine,
        limits=limits or Limits(),
        certify=certify,
        progress=progress,
    )
    return decisions_of(model)


def why(
    model: Model, case: str | Sequence[Value], *, all_proofs: int | None = None
) -> Reasons:
    """Justify the decision of a case: the proof, or what stands against it.

    `case` is its key: a text, or the values of a composite key. With `all_proofs`
    up to that many proofs of each fact are there.
    """
    from whereas.explain import justify

    key = (case,) if isinstance(case, str) else tuple(case)
    return Reasons(model, justify(model, key, all_proofs=all_proofs))


def query(
    folder: Path | str,
    facts: Path | str,
    body: str,
    *,
    today: date | None = None,
    parameters: Mapping[str, Value] | None = None,
    engine: str = "auto",
    certify: bool | None = None,
    limits: Limits | None = None,
    progress: Callable[[str], None] | None = None,
) -> Answers:
    """Answer any rule body over a policy and facts: a row for each answer.

    The body is checked like a rule of the policy; where it says `not`, it means
    "nothing on file shows it".
    """
    from whereas.engine import solve
    from whereas.policy.question import with_question

    question = with_question(folder, body)
    setting = setting_of(question.policy, today, parameters or {})
    model = solve(
        question.policy,
        load_facts(facts, question.policy, engine=engine),
        setting,
        engine=engine,
        limits=limits or Limits(),
        certify=certify,
        progress=progress,
    )
    rows = tuple(model.rows(question.relation))
    if not question.variables:
        rows = ((),) if rows else ()
    return Answers(model, question.variables, rows)


def setting_of(
    policy: Policy, today: date | None, parameters: Mapping[str, Value]
) -> Setting:
    """Return the values of all parameters, and the day; raises `UsageError`."""
    values = {name: known.default for name, known in policy.parameters.items()}
    for name, value in parameters.items():
        known = policy.parameters.get(name)
        if known is None:
            way_out = did_you_mean(
                name,
                policy.parameters,
                "the policy has no parameters"
                if not policy.parameters
                else f"there are {', '.join(policy.parameters)}",
            )
            raise UsageError(f"the policy has no parameter `{name}`; {way_out}")
        try:
            text = isinstance(value, str)
            values[name] = value_of(str(value), known.type) if text else value
        except ValueError as error:
            raise UsageError(f"the parameter `{name}`: {error}") from None
    if policy.uses_today and today is None:
        raise UsageError(
            "the policy reads `$today`, and nothing says which day it is;"
            " give --today YYYY-MM-DD, or `today = …` in whereas.toml"
        )
    return Setting(values, today if policy.uses_today else None)


def value_of(text: str, type_: Type) -> Value:
    """Return the value that a text stands for, as a fact file would; ValueError."""
    from whereas.facts.cells import Encoder
    from whereas.facts.faults import Wrong

    texts: list[str] = []

    def intern(word: str) -> int:
        texts.append(word)
        return len(texts) - 1

    if text == "none" and type_.optional:
        return None
    try:
        stored = Encoder(Column(None, type_), intern)[text]
    except Wrong as wrong:
        raise ValueError(f"{wrong.message}; {wrong.help}") from None
    return decode(stored, type_, texts.__getitem__)
