"""The words that name a case into the values that they stand for."""

from __future__ import annotations

import difflib
import itertools
from typing import TYPE_CHECKING

from whereas.diagnostics import NothingSelected, UsageError
from whereas.facts.database import columns, quoted
from whereas.policy.setting import parsed
from whereas.values import encode, written

if TYPE_CHECKING:
    from whereas.engine.model import Model
    from whereas.policy.core import Policy, Relation
    from whereas.values import Value

# Cases to compare a misspelt one with: those that SQL found nearest, or the first.
SOME = 100
MANY = 20_000

Case = tuple["Value", ...]


def case_of(model: Model, words: tuple[str, ...]) -> Case:
    """Return the key of a case that the facts have; `NothingSelected`, if they lack it.

    One word is the key itself; a composite key is `column=value` for each column.
    """
    subject = model.policy.relations[model.policy.subject or ""]
    case = key_of(model.policy, words)
    _held(model, subject, case, _texts(subject, words))
    return case


def key_of(policy: Policy, words: tuple[str, ...]) -> Case:
    """Return the key that words mean, whether the facts have the case or not."""
    subject = policy.relations[policy.subject or ""]
    texts = _texts(subject, words)
    case: list[Value] = []
    for position, text in zip(subject.key, texts, strict=True):
        column = subject.columns[position]
        value = parsed(text, column.type)
        if value is None:
            raise UsageError(
                f"`{text}` is no `{column.name}`: that is of type {column.type}"
            )
        case.append(value)
    return tuple(case)


def _texts(subject: Relation, words: tuple[str, ...]) -> list[str]:
    names = [str(subject.columns[position].name) for position in subject.key]
    given = {}
    for word in words:
        name, sign, value = word.partition("=")
        if sign and name in names:
            given[name] = value
        elif len(names) == 1 and len(words) == 1:
            return [word]
        elif len(names) == 1:
            raise UsageError(
                f"{len(words)} cases were named; ask about one at a time, "
                f"or about several with `whereas decide --case`"
            )
        else:
            form = " ".join(f"{name}=…" for name in names)
            raise UsageError(f"`{word}` names no case; a case is written {form}")
    for name in names:
        if name not in given:
            form = " ".join(f"{name}=…" for name in names)
            raise UsageError(f"the case lacks `{name}`; a case is written {form}")
    return [given[name] for name in names]


def _held(model: Model, subject: Relation, case: Case, texts: list[str]) -> None:
    """See to it that the subject has the case; else name the nearest."""

    def number(text: str) -> int:
        # Asking must not enter a text.
        return model.database.numbers([text]).get(text, -1)

    stored = [
        encode(value, subject.columns[position].type, number)
        for position, value in zip(subject.key, case, strict=True)
    ]
    names = [columns(subject.arity)[position] for position in subject.key]
    where = " AND ".join(f"{name} = ?" for name in names)
    sql = f"SELECT 1 FROM {quoted(subject.name)} WHERE {where} LIMIT 1"
    if model.database.query(sql, stored):
        return
    said = " ".join(texts)
    known = _known(model, subject, said)
    close = difflib.get_close_matches(said, known, n=3, cutoff=0.5)
    if close:
        listed = ", ".join(f"`{each}`" for each in close)
        alone = len(close) == 1
        nearest = (
            f"; did you mean {listed}?" if alone else f"; the nearest are {listed}"
        )
    else:
        nearest = "; the facts have none" if not known else f"; one is `{known[0]}`"
    key = subject.columns[subject.key[0]].name
    if "=" in said and len(subject.key) == 1:
        nearest += f"; by its column a case is written `{key}=…`"
    raise NothingSelected(f"no {subject.name} is called `{said}`{nearest}")


def _known(model: Model, subject: Relation, said: str) -> list[str]:
    """Return the cases; of a portfolio only some, the nearest among them."""
    if model.database.dialect == "duckdb":
        (first, *others) = subject.key
        if not others and subject.columns[first].type.kind == "text":
            near = model.database.query(
                f"SELECT s.text FROM {quoted(subject.name)} t "
                f"JOIN symbol s ON s.id = t.a{first} "
                f"ORDER BY levenshtein(s.text, ?), s.text LIMIT {SOME:d}",
                (said,),
            )
            return [str(text) for (text,) in near]
    rows = itertools.islice(model.rows(subject.name), MANY)
    return [" ".join(_said(row[position]) for position in subject.key) for row in rows]


def _said(value: Value) -> str:
    return value if isinstance(value, str) else written(value)
