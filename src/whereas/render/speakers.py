"""A model into who speaks of it: names, the words of outcomes, the foot of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.render.phrases import Speaker
from whereas.render.width import visible
from whereas.render.wording import listed, wording
from whereas.render.words import Mark
from whereas.values import encode

if TYPE_CHECKING:
    from whereas.engine.model import Model
    from whereas.explain.proof import Fact, Stated
    from whereas.values import Value


def speaker_of(model: Model, language: str) -> Speaker:
    """Return who speaks of a model in a language; it looks names up in its tables."""
    from whereas.explain import proof
    from whereas.explain.proof import stated
    from whereas.facts.database import columns, quoted
    from whereas.values import decode

    policy, database = model.policy, model.database
    found: dict[tuple[str, Value], tuple[Fact, Stated] | None] = {}

    def number(text: str) -> int:
        # Asking must not enter a text into `symbol`.
        return database.numbers([text]).get(text, -1)

    def row_of(relation: str, key: Value) -> tuple[Fact, Stated] | None:
        wanted = (relation, key)
        if wanted not in found:
            table = policy.relations[relation]
            (position,) = table.key
            rows = database.query(
                f"SELECT {', '.join(columns(table.arity))}, row "
                f"FROM {quoted(relation)} WHERE a{position} = ?",
                (encode(key, table.columns[position].type, number),),
            )
            found[wanted] = None
            for *row, place in rows:
                values = tuple(
                    decode(value, column.type, database.text)
                    for value, column in zip(row, table.columns, strict=True)
                )
                at = stated(model.facts, relation, place)
                found[wanted] = proof.Fact(relation, values), at
        return found[wanted]

    words = model.facts.glossary.words.get(language, {})
    return Speaker(policy, model.setting, wording(language), row_of, words)


def outcome_of(speaker: Speaker, outcome: str | None) -> tuple[str, Mark]:
    """Return an outcome's label and mark: those that are wanted hold, others fail."""
    policy = speaker.policy
    if outcome is None:
        return speaker.words.undetermined, Mark.UNDETERMINED
    known = next(o for o in policy.outcomes if o.name == outcome)
    label = speaker.text(known.texts) or outcome
    return label, Mark.HOLDS if outcome in policy.wanted else Mark.FAILS


def colophon(model: Model, speaker: Speaker) -> tuple[str, ...]:
    """Return who decided, by which policy, from which facts."""
    words = speaker.words
    policy, facts = model.policy, model.facts
    engines = listed(list(model.engines), words)
    pattern = words.engines_agree if len(model.engines) > 1 else words.decided_by
    certified = words.certified if model.certified else words.not_certified
    named = f"{policy.id} {policy.version}"
    lines = [
        f"{pattern.format(engines=engines)}{words.semicolon}{certified}",
        f"{words.policy}{words.colon}{named} (sha256 {policy.sha256[:16]}…)",
        f"{words.facts}{words.colon}{facts.path} (sha256 {facts.sha256[:16]}…)",
    ]
    if policy.uses_today and model.setting.today is not None:
        lines.append(f"{words.today}{words.colon}{words.date(model.setting.today)}")
    set_ = [
        words.parameter_value.format(
            name=speaker.setting_named(name),
            value=speaker.value(model.setting.parameters[name], definition.type),
        )
        for name, definition in policy.parameters.items()
    ]
    if set_:
        lines.append(f"{words.parameters}{words.colon}{words.semicolon.join(set_)}")
    return tuple(visible(speaker.punctuated(line)) for line in lines[:1]) + tuple(
        visible(line) for line in lines[1:]
    )
