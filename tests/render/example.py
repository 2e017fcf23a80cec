"""A small policy with texts in two languages, its model, and justifications of it."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whereas.explain.justify import Justification, justify
from whereas.policy.core import (
    Citation,
    Column,
    Constant,
    Membership,
    Outcome,
    Relation,
    Section,
    Sentence,
    SourceOfLaw,
    Variable,
)
from whereas.values import DATE, TEXT, Type

sys.path.insert(0, str(Path(__file__).parents[1] / "explain"))
from worlds import atom, compare, either, model, no, rule, world

if TYPE_CHECKING:
    from whereas.engine.model import Model

SCALE = Type("text", members=("commercial", "pilot"), name="scale")
KIND = Type("text", members=("certificate", "notice"), name="kind")
LATER = Type("date", optional=True)

NAMES = {
    "batch": ("batch", "site", "made", "scale"),
    "site": ("site", "name", "country"),
    "evidence": ("document", "site", "kind", "issuer", "issued", "expires"),
    "filing": ("filing", "batch", "filed"),
    "required": ("document",),
    "submitted": ("filing", "document"),
    "importable": ("batch",),
    "commercial": ("batch",),
    "proven": ("filing", "document"),
    "missing": ("filing", "document"),
    "complete": ("filing",),
    "day": ("filing", "site", "filed"),
}

# What each relation says: English, its negative, Chinese, its negative.
TEXTS = {
    "batch": (
        "batch {batch} was made on {made} at {site.name}, {scale}",
        "no batch {batch} is on file",
        "批次{batch}于{made}在{site.name}生产，{scale}",
        "没有批次{batch}的记录",
    ),
    "filing": (
        "filing {filing} for batch {batch} was made on {filed}",
        "no filing for batch {batch} is on file",
        "批次{batch}于{filed}申报（{filing}）",
        "批次{batch}没有申报记录",
    ),
    "importable": (
        "batch {batch} may be imported",
        "batch {batch} may not be imported",
        "批次{batch}可以进口",
        "批次{batch}不可进口",
    ),
    "commercial": (
        "batch {batch} is of commercial scale",
        "batch {batch} is not of commercial scale",
        "批次{batch}为商业规模批次",
        "批次{batch}不是商业规模批次",
    ),
    "proven": (
        "GMP evidence {document} covered the site when {filing} was filed",
        "no GMP evidence for the batch's site was in force on the day of filing",
        "申报{filing}时，GMP证明{document}对该生产场地有效",
        "申报日该生产场地没有有效的GMP证明",
    ),
    "missing": (
        "{document} is not among the documents of {filing}",
        "no document of {filing} is missing",
        "申报{filing}缺少{document}",
        "申报{filing}不缺文件",
    ),
    "submitted": (
        "{document} was submitted with {filing}",
        "{document} was not submitted with {filing}",
        "申报{filing}提交了{document}",
        "申报{filing}未提交{document}",
    ),
    "complete": (
        "every required document was submitted with {filing}",
        "documents are missing",
        "申报{filing}文件齐全",
        "文件不齐",
    ),
}

STATED: dict[str, list[tuple[Any, ...]]] = {
    "batch": [
        ("B-1", "S-IE", date(2025, 8, 20), "commercial"),
        ("B-2", "S-IE", date(2025, 9, 1), "pilot"),
        ("B-3", "S-DE", date(2025, 9, 1), "commercial"),
        ("B-4", "S-IE", date(2025, 9, 1), "commercial"),
        ("B-5", "S-DE", date(2025, 9, 1), "commercial"),
    ],
    "site": [("S-IE", "Pharma Ireland", "IE"), ("S-DE", "德国生物", "DE")],
    "evidence": [
        ("G-1", "S-IE", "certificate", "IE", date(2025, 1, 15), None),
        ("G-2", "S-DE", "certificate", "DE", date(2024, 6, 1), date(2026, 2, 1)),
        ("G-3", "S-DE", "certificate", "US", date(2024, 6, 1), None),
    ],
    "filing": [
        ("F-1", "B-1", date(2026, 2, 10)),
        ("F-2", "B-2", date(2026, 2, 10)),
        ("F-3", "B-3", date(2026, 2, 10)),
        ("F-5", "B-5", date(2026, 1, 10)),
        ("F-6", "B-1", date(2026, 3, 10)),
    ],
    "required": [("letter",), ("GMP evidence",)],
    "submitted": [
        (filing, document)
        for filing in ("F-1", "F-2", "F-6")
        for document in ("letter", "GMP evidence")
    ]
    + [("F-3", "letter")],
}

SECTION = Section("20-safeguards.md", "gmp", "Good practice", ("Safeguards", "GMP"), ())


def _rules() -> list[Any]:
    commercial = rule(
        "S-C1",
        atom("commercial", "Batch"),
        atom("batch", "Batch", "_1", "_2", Constant("commercial", SCALE)),
    )
    proven = rule(
        "S-G1",
        atom("proven", "Filing", "Document"),
        atom("day", "Filing", "Site", "Filed"),
        atom("site", "Site", "_1", "Country"),
        atom("evidence", "Document", "Site", "Kind", "Issuer", "Issued", "Expires"),
        compare("Issued", "<=", "Filed"),
        either(
            [compare("Expires", "=", Constant(None, LATER))],
            [compare("Expires", ">=", "Filed")],
        ),
        either(
            [compare("Kind", "=", Constant("notice", KIND))],
            [
                Membership(Variable("Kind"), (Constant("certificate", KIND),), False),
                compare("Issuer", "=", "Country"),
            ],
        ),
    )
    return [
        replace(
            rule(
                None,
                atom("importable", "Batch"),
                atom("batch", "Batch", "_1", "_2", "_3"),
                atom("filing", "Filing", "Batch", "_4"),
                atom("commercial", "Batch"),
                atom("proven", "Filing", "_5"),
                atom("complete", "Filing"),
            ),
            cites=(Citation("SUM", "1"),),
        ),
        replace(
            commercial,
            cites=(Citation("SUM", "2"),),
            texts={
                "en": Sentence("{Batch} is recorded as such"),
                "zh": Sentence("{Batch}如此登记"),
            },
        ),
        # A helper without words: it folds away.
        rule(
            None,
            atom("day", "Filing", "Site", "Filed"),
            atom("filing", "Filing", "Batch", "Filed"),
            atom("batch", "Batch", "Site", "_1", "_2"),
        ),
        replace(
            proven,
            section=SECTION,
            cites=(Citation("SUM", "3"),),
            texts={
                "en": Sentence(
                    "{Kind} {Document} for {Site.name} was issued on {Issued}, "
                    "valid to {Expires|no stated date}"
                ),
                "zh": Sentence(
                    "{Site.name}的{Kind}{Document}于{Issued}签发，"
                    "有效期至{Expires|未载明}"
                ),
            },
        ),
        rule(
            None,
            atom("missing", "Filing", "Document"),
            atom("filing", "Filing", "_1", "_2"),
            atom("required", "Document"),
            no("submitted", "Filing", "Document"),
        ),
        rule(
            "S-G3",
            atom("complete", "Filing"),
            atom("filing", "Filing", "_1", "_2"),
            no("missing", "Filing", "_3"),
        ),
    ]


def _named(relation: Relation) -> Relation:
    texts = TEXTS.get(relation.name)
    columns = tuple(
        Column(name, column.type, name if name == "site" and i else None)
        for i, (name, column) in enumerate(
            zip(NAMES[relation.name], relation.columns, strict=True)
        )
    )
    return replace(
        relation,
        columns=columns,
        key=(0,) if relation.stated and relation.name != "submitted" else relation.key,
        texts={}
        if texts is None
        else {"en": Sentence(*texts[:2]), "zh": Sentence(*texts[2:])},
    )


@cache
def example() -> Model:
    """The example's model: five batches, of which one is importable."""
    types = {
        "batch": (TEXT, TEXT, DATE, SCALE),
        "site": (TEXT, TEXT, TEXT),
        "evidence": (TEXT, TEXT, KIND, TEXT, DATE, LATER),
        "filing": (TEXT, TEXT, DATE),
        "required": (TEXT,),
        "submitted": (TEXT, TEXT),
        "importable": (TEXT,),
        "commercial": (TEXT,),
        "proven": (TEXT, TEXT),
        "missing": (TEXT, TEXT),
        "complete": (TEXT,),
        "day": (TEXT, TEXT, DATE),
    }
    made = world(
        STATED,
        _rules(),
        subject="batch",
        outcomes=(
            Outcome(
                "importable",
                atom("importable", "Batch"),
                True,
                {"en": Sentence("importable"), "zh": Sentence("可进口")},
            ),
            Outcome(
                "not-importable",
                None,
                False,
                {"en": Sentence("not importable"), "zh": Sentence("不可进口")},
            ),
        ),
        types=types,
    )
    policy = replace(
        made.policy,
        id="example",
        languages=("en", "zh"),
        title={"en": "An example", "zh": "示例"},
        sources={
            "SUM": SourceOfLaw("SUM", {}, {"en": "Summary, {}", "zh": "摘要第{}条"})
        },
        labels={
            "scale": {
                "commercial": {"en": "commercial scale", "zh": "商业规模"},
                "pilot": {"en": "pilot scale", "zh": "中试规模"},
            },
            "kind": {
                "certificate": {"en": "GMP certificate", "zh": "GMP证书"},
                "notice": {"en": "inspection notice", "zh": "检查告知书"},
            },
        },
        relations={n: _named(r) for n, r in made.policy.relations.items()},
        sha256="5" * 64,
    )
    made.policy = policy
    base = model(made)
    return replace(
        base,
        facts=replace(base.facts, path="facts/example", sha256="f" * 64),
        engines=("pydatalog", "sqlite"),
        certified=True,
    )


def justified(batch: str, *, all_proofs: int | None = None) -> Justification:
    """The justification of a batch, from proof or blockage."""
    return justify(example(), (batch,), all_proofs=all_proofs)
