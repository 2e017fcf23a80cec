"""Policies made by hand, and folders of fact files: what the tests of facts share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.policy.core import Column, Policy, Relation
from whereas.values import Type

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def policy(*relations: Relation) -> Policy:
    """Return a policy that has these relations and no rules."""
    return Policy(
        id="test",
        version="1",
        languages=("en",),
        title={},
        sources={},
        month_end=None,
        labels={},
        relations={relation.name: relation for relation in relations},
        rules=(),
        components=(),
        parameters={},
        subject=None,
        outcomes=(),
        show=(),
        unencoded={},
        uses_today=False,
        sha256="",
        folder="",
    )


def kind(words: str) -> Type:
    """Return the type that words like `date?`, `decimal(2)`, `{a|b}` say."""
    optional = words.endswith("?")
    base = words.removesuffix("?")
    if base.startswith("{"):
        return Type("text", members=tuple(base[1:-1].split("|")), optional=optional)
    if base.startswith("decimal"):
        return Type("decimal", scale=int(base[8:-1]), optional=optional)
    return Type(base, optional=optional)


def relation(name: str, columns: str, key: str = "") -> Relation:
    """Return an input: `relation("site", "site: text, country: text", "site")`."""
    made = []
    for part in columns.split(", "):
        column, words = part.split(": ")
        type_, _, references = words.partition(" references ")
        made.append(Column(column, kind(type_), references or None))
    names = [column.name for column in made]
    keys = key.split(", ") if key else [str(n) for n in names]
    return Relation(
        name=name,
        columns=tuple(made),
        stated=True,
        declared=True,
        key=tuple(names.index(k) for k in keys),
    )


PRODUCT = relation("product", "product: text, name: text, kind: {new|old}", "product")
BATCH = relation(
    "batch",
    "batch: text, product: text references product, made: date, expires: date?, "
    "size: integer, dose: decimal(2)?, sterile: boolean",
    "batch",
)
DOCUMENT = relation("document", "batch: text references batch, title: text")
POLICY = policy(BATCH, PRODUCT, DOCUMENT)

GOOD: Mapping[str, str] = {
    "product.csv": "product,name,kind\nP1,Aspirin,new\nP2,药品,old\n",
    "batch.csv": (
        "batch,product,made,expires,size,dose,sterile\n"
        "B1,P1,2026-01-31,2027-01-31,10,0.5,true\n"
        "B2,P2,2024-02-29,,-3,,false\n"
    ),
    "document.csv": 'batch,title\nB1,"letter, signed"\nB1,form\n',
}


def folder(path: Path, files: Mapping[str, str | bytes] = {}, **changed: str) -> Path:
    """Write the good files, with others in their place or added; return the folder."""
    for name, content in {**GOOD, **files}.items():
        data = content if isinstance(content, bytes) else content.encode()
        (path / name).write_bytes(data)
    return path
