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
    from whereas.values import Value


def speaker_of(model: Model, language: str) -> Speaker:
    """Return who speaks of a model in a language; it looks names up in its tables."""
    from whereas.facts.database import quoted
    from whereas.values import decode

    policy, database = model.policy, model.database
    found: dict[tuple[str, Value, str], Value] = {}

    def number(text: str) -> int:
        # Asking must not enter a text into `symbol`.
        return database.numbers([text]).get(text, -1)

    def look_up(relation: str, key: Value, column: str) -> Value:
        wanted = (relation, key, column)
        if wanted not in found:
            table = policy.relations[relation]
            position, place = table.key[0], table.position(column)
            rows = database.query(
                f"SELECT a{place} FROM {quoted(relation)} WHERE a{position} = ?",
                (encode(key, table.columns[position].type, number),),
            )
            type_ = table.columns[place].type
            found[wanted] = decode(rows[0][0], type_, database.text) if rows else None
        return found[wanted]

    words = model.facts.glossary.words.get(language, {})
    return Speaker(policy, model.setting, wording(language), look_up, words)


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
        lines.append(f"{words.parameters}{words.colon}{listed(set_, words)}")
    return tuple(visible(speaker.punctuated(line)) for line in lines[:1]) + tuple(
        visible(line) for line in lines[1:]
    )
