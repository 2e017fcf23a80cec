"""Synthetic fact sets for `policy/nmpa-2025-96`, of any size, from a seed.

    python -m benchmarks.portfolio --batches 100000 --seed 1 --out benchmarks/out/p

Each batch is a variation of one of the cases of `facts/portfolio`, copied again and
again with keys of its own. Ten copies are a family: they share products, sites,
approvals and certificates, whose days are moved by the same number of days. Then
each batch departs from its pattern here and there: another day of manufacture or of
filing, a paper or a document that is missing, a letter that errs. Lists, catalogues,
ports and licences are those of the portfolio. All chance is integer arithmetic, so
that the same seed gives the same bytes on every machine. Everything is synthetic.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

SOURCE = Path(__file__).parent.parent / "facts" / "portfolio"
COPIES_OF_A_FAMILY = 10

# What every fact set has once, as it stands in the portfolio.
SHARED = (
    *("disease_map", "licence", "list_edition", "list_entry", "port"),
    "rare_disease",
)
# Relations that a family has: for each column that changes, the SQL of its new cell.
# Over `x`, a row of the portfolio; `of(key)` names it in its family and `moved(day)`
# moves it as the days of the family are.
FAMILY: dict[str, dict[str, str]] = {
    "approved_content": {
        "approval": "of(x.approval, g)",
        "content": "CASE WHEN x.aspect IN ('site', 'packing-site') "
        "THEN of(x.content, g) ELSE x.content END",
        "until": "moved(x.until, g)",
    },
    "cn_approval": {
        "approval": "of(x.approval, g)",
        "product": "of(x.product, g)",
        "approved": "moved(x.approved, g)",
        "valid_to": "moved(x.valid_to, g)",
        "status_date": "moved(x.status_date, g)",
    },
    "designated_category": {
        "product": "of(x.product, g)",
        "since": "moved(x.since, g)",
    },
    "gmp_evidence": {
        "document": "of(x.document, g)",
        "site": "of(x.site, g)",
        "inspection_start": "moved(x.inspection_start, g)",
        "issued": "moved(x.issued, g)",
        "valid_to": "moved(x.valid_to, g)",
    },
    "indication": {"product": "of(x.product, g)"},
    "inspected_batch": {
        "document": "of(x.document, g)",
        "batch": "of(x.batch, g)",
        "made": "moved(x.made, g)",
    },
    "market_proof": {
        "document": "of(x.document, g)",
        "product": "of(x.product, g)",
        "issued": "moved(x.issued, g)",
        "covers": "of(x.covers, g)",
    },
    "overseas_authorization": {
        "product": "of(x.product, g)",
        "approved": "moved(x.approved, g)",
        "status_date": "moved(x.status_date, g)",
    },
    "overseas_change": {
        "approval": "of(x.approval, g)",
        "settled": "moved(x.settled, g)",
    },
    "pathway": {"approval": "of(x.approval, g)", "ended": "moved(x.ended, g)"},
    "permit": {
        "permit": "of(x.permit, g)",
        "product": "of(x.product, g)",
        "valid_from": "moved(x.valid_from, g)",
        "valid_to": "moved(x.valid_to, g)",
    },
    "product": {"product": "of(x.product, g)"},
    "responsible_person": {
        "product": "of(x.product, g)",
        "since": "moved(x.since, g)",
        "until": "moved(x.until, g)",
    },
    "site": {"site": "of(x.site, g)"},
    "site_event": {
        "event": "of(x.event, g)",
        "site": "of(x.site, g)",
        "opened": "moved(x.opened, g)",
        "closed": "moved(x.closed, g)",
    },
    "sold": {"product": "of(x.product, g)", "since": "moved(x.since, g)"},
    "temporary_import": {
        "licence": "of(x.licence, g)",
        "product": "of(x.product, g)",
        "granted": "moved(x.granted, g)",
    },
}
# How much later than its pattern a batch was made, and was filed, in days.
MADE = "CASE WHEN pick(i, 1, 8) = 0 THEN pick(i, 2, 180) - 90 ELSE 0 END"
FILED = "CASE WHEN pick(i, 3, 6) = 0 THEN pick(i, 4, 150) - 50 ELSE 0 END"
# Relations that a batch has: `own(key)` names what is the batch's, `i` is its number,
# and the condition, if there is one, says which rows it has.
BATCH: dict[str, tuple[dict[str, str], str]] = {
    "batch": (
        {
            "batch": "own(x.batch, c)",
            "product": "of(x.product, g)",
            "site": "of(x.site, g)",
            "packing_site": "of(x.packing_site, g)",
            "made": f"moved(x.made, g) + ({MADE})::INTEGER",
            "expires": f"CASE WHEN pick(i, 5, 60) > 0 "
            f"THEN moved(x.expires, g) + ({MADE})::INTEGER END",
            "scale": "CASE pick(i, 6, 120) WHEN 0 THEN 'pilot' WHEN 1 THEN 'clinical' "
            "WHEN 2 THEN 'validation' WHEN 3 THEN 'unknown' ELSE x.scale END",
            "process": "CASE WHEN pick(i, 7, 80) > 0 THEN x.process ELSE 'PV-X' END",
            "label": "CASE WHEN pick(i, 8, 100) > 0 THEN x.label END",
        },
        "true",
    ),
    "claim": ({"batch": "own(x.batch, c)"}, "pick(i, 9, 10) > 0"),
    "exemption": ({"batch": "own(x.batch, c)"}, "true"),
    "filing": (
        {
            "filing": "own(x.filing, c)",
            "filed": f"moved(x.filed, g) + ({FILED})::INTEGER",
        },
        "true",
    ),
    "filing_line": (
        {
            "batch": "own(x.batch, c)",
            "filing": "own(x.filing, c)",
            "origin": "CASE WHEN pick(i, 10, 100) > 0 THEN x.origin END",
            "hs_code": "CASE WHEN pick(i, 21, 150) > 0 THEN x.hs_code END",
        },
        "true",
    ),
    "filing_paper": ({"filing": "own(x.filing, c)"}, "pick(i + n, 11, 150) > 0"),
    "foreign_lot_release": (
        {
            "certificate": "own(x.certificate, c)",
            "batch": "own(x.batch, c)",
            "issued": "moved(x.issued, g)",
        },
        "pick(i, 12, 20) > 0",
    ),
    "letter": (
        {
            "batch": "own(x.batch, c)",
            "made": f"moved(x.made, g) + ({MADE})::INTEGER + CASE pick(i, 13, 90) "
            "WHEN 0 THEN 1 ELSE 0 END",
            "released": "moved(x.released, g)",
        },
        "pick(i, 14, 150) > 0",
    ),
    "letter_approval": (
        {
            "batch": "own(x.batch, c)",
            "approval": "of(x.approval, g)",
            "approved": "moved(x.approved, g)",
        },
        "pick(i, 15, 120) > 0",
    ),
    "lookup": ({"item": "own(x.item, c)"}, "pick(i, 16, 60) > 0"),
    "port_finding": (
        {"batch": "own(x.batch, c)", "found": "moved(x.found, g)"},
        "true",
    ),
    "recall": (
        {
            "recall": "own(x.recall, c)",
            "batch": "own(x.batch, c)",
            "opened": "moved(x.opened, g)",
            "closed": "moved(x.closed, g)",
        },
        "true",
    ),
    "release_doc": (
        {
            "document": "own(x.document, c)",
            "batch": "own(x.batch, c)",
            "signed": "moved(x.signed, g)",
        },
        "pick(i + n, 17, 100) > 0",
    ),
    "submission": (
        {
            "filing": "own(x.filing, c)",
            "document": "CASE WHEN x.document IN (SELECT document FROM release_doc "
            "UNION ALL SELECT certificate FROM foreign_lot_release) "
            "THEN own(x.document, c) ELSE of(x.document, g) END",
            "chinese": "CASE WHEN pick(i + n, 18, 300) > 0 THEN x.chinese "
            "ELSE 'false' END",
        },
        "pick(i + n, 19, 120) > 0",
    ),
    "test_result": (
        {
            "batch": "own(x.batch, c)",
            "conclusion": "CASE pick(i, 20, 100) WHEN 0 THEN 'fails' "
            "WHEN 1 THEN 'incomplete' ELSE x.conclusion END",
            "tested": "moved(x.tested, g)",
        },
        "true",
    ),
}
# What a look-up is about says whose it is; its day moves as its family's do.
LOOKUPS_OF_A_FAMILY = ("designated", "indications", "site", "temporary-import")
LOOKUPS_OF_ALL = ("disease", "list")


def cells(connection: duckdb.DuckDBPyConnection, name: str, new: dict[str, str]) -> str:
    """The SELECT list of a relation: its columns, those that change as `new` says."""
    columns = [
        row[0]
        for row in connection.execute(f'DESCRIBE "{name}"').fetchall()
        if row[0] != "n"
    ]
    assert set(new) <= set(columns), name
    return ", ".join(f'{new.get(c, f"x.{c}")} AS "{c}"' for c in columns)


def rows_of_batches(name: str, listed: str, where: str) -> str:
    """A relation that every batch has: `c` is its copy, `g` the family, `i` itself."""
    key = "filing" if name.startswith("filing") or name == "submission" else "batch"
    if name == "filing_line":
        key = "batch"
    if name == "lookup":
        key, where = "item", f"{where} AND x.subject = 'recalls'"
    return (
        f"SELECT {listed} FROM copies JOIN numbered m ON c * cases + m.number < total "
        f'JOIN "{name}" x ON x.{key} = m.{key.replace("item", "batch")}, '
        f"LATERAL (SELECT c * cases + m.number AS i) "
        f"WHERE {where} ORDER BY c, x.n"
    )


def generate(folder: Path, batches: int, seed: int) -> dict[str, int]:
    """Write a fact set of a number of batches; return how many rows each file has."""
    folder.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect()
    for path in sorted(SOURCE.glob("*.csv")):
        connection.execute(
            f'CREATE TABLE "{path.stem}" AS SELECT *, row_number() OVER () AS n '
            f"FROM read_csv('{path}', all_varchar = true, header = true)"
        )
    connection.execute(
        "CREATE TABLE numbered AS SELECT b.batch, l.filing, b.n - 1 AS number "
        "FROM batch b LEFT JOIN filing_line l USING (batch)"
    )
    counted = connection.execute("SELECT count(*) FROM numbered").fetchone()
    cases = counted[0] if counted else 0
    copies = -(-batches // cases)
    families = -(-copies // COPIES_OF_A_FAMILY)
    for macro in (
        f"""pick(i, salt, n) AS (
            ((i + 1) * 48271 + salt * 69621 + {int(seed)} * 40692) % 2147483647
            * 16807 % 2147483647 * 48271 % 2147483647 // 7 % n)""",
        "of(key, g) AS key || '.' || g",
        "own(key, c) AS key || '.' || c",
        "moved(day, g) AS CAST(day AS DATE) + (pick(g, 30, 190) - 140)::INTEGER",
    ):
        connection.execute(f"CREATE MACRO {macro}")
    connection.execute(
        f"CREATE TABLE families AS SELECT i AS g FROM range({families}) r(i)"
    )
    connection.execute(
        f"CREATE TABLE copies AS SELECT i AS c, i // {COPIES_OF_A_FAMILY} AS g, "
        f"{cases} AS cases, {batches} AS total FROM range({copies}) r(i)"
    )
    queries: dict[str, str] = {}
    for name in SHARED:
        queries[name] = f'SELECT {cells(connection, name, {})} FROM "{name}" x'
    for name, new in FAMILY.items():
        queries[name] = (
            f"SELECT {cells(connection, name, new)} "
            f'FROM families, "{name}" x ORDER BY g, x.n'
        )
    for name, (new, where) in BATCH.items():
        if name == "lookup":
            continue
        queries[name] = rows_of_batches(name, cells(connection, name, new), where)
    family = cells(connection, "lookup", {"item": "of(x.item, g)", "looked": LOOKED})
    own = cells(connection, "lookup", {"item": "own(x.item, c)", "looked": LOOKED})
    queries["lookup"] = (
        f"SELECT {cells(connection, 'lookup', {})} FROM lookup x "
        f"WHERE subject IN {LOOKUPS_OF_ALL} UNION ALL "
        f"(SELECT {family} FROM families, lookup x "
        f"WHERE subject IN {LOOKUPS_OF_A_FAMILY} ORDER BY g, x.n) UNION ALL "
        f"({rows_of_batches('lookup', own, BATCH['lookup'][1])})"
    )
    rows: dict[str, int] = {}
    for name, sql in sorted(queries.items()):
        path = folder / f"{name}.csv"
        done = connection.execute(f"COPY ({sql}) TO '{path}' (HEADER)").fetchone()
        rows[name] = done[0] if done else 0
    return rows


LOOKED = "CAST(moved(x.looked, g) AS VARCHAR)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    rows = generate(arguments.out, arguments.batches, arguments.seed)
    print(f"{sum(rows.values())} facts in {arguments.out}")


if __name__ == "__main__":
    main()
