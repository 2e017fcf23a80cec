"""The policy `nmpa-summary` written by hand as one SQL program: the peer to beat.

    python -m benchmarks.by_hand duckdb FACTS OUT.json [DATABASE]
    python -m benchmarks.by_hand sqlite FACTS OUT.json [DATABASE]

It does what whereas does for `decide`: reads the CSV files, checks types,
enumerations, keys and references, materialises every derived relation, and writes
each batch's outcome with the ids that held and failed. It knows this one policy;
what an expert would write in an afternoon, and no more general than that.
"""

from __future__ import annotations

import csv
import json
import sqlite3
import sys
from pathlib import Path

import duckdb

SCHEMA: dict[str, tuple[dict[str, str], str]] = {
    "batch": (
        {
            "batch": "VARCHAR",
            "product": "VARCHAR",
            "site": "VARCHAR",
            "made": "DATE",
            "scale": "VARCHAR",
        },
        "batch",
    ),
    "product": (
        {
            "product": "VARCHAR",
            "name_en": "VARCHAR",
            "name_zh": "VARCHAR",
            "kind": "VARCHAR",
        },
        "product",
    ),
    "site": ({"site": "VARCHAR", "name": "VARCHAR", "country": "VARCHAR"}, "site"),
    "overseas_approval": (
        {
            "product": "VARCHAR",
            "country": "VARCHAR",
            "approved": "DATE",
            "withdrawn": "DATE",
        },
        "product, country",
    ),
    "china_approval": (
        {
            "number": "VARCHAR",
            "product": "VARCHAR",
            "kind": "VARCHAR",
            "approved": "DATE",
        },
        "number",
    ),
    "expedited": ({"number": "VARCHAR", "pathway": "VARCHAR"}, "number, pathway"),
    "national_list": (
        {"list": "VARCHAR", "product": "VARCHAR", "listed": "DATE", "delisted": "DATE"},
        "list, product, listed",
    ),
    "indication": ({"product": "VARCHAR", "disease": "VARCHAR"}, "product, disease"),
    "disease_code": (
        {"disease": "VARCHAR", "list": "BIGINT", "number": "BIGINT"},
        "disease, list, number",
    ),
    "rare_disease": (
        {
            "list": "BIGINT",
            "number": "BIGINT",
            "name_zh": "VARCHAR",
            "name_en": "VARCHAR",
        },
        "list, number",
    ),
    "temporary_import": (
        {"licence": "VARCHAR", "product": "VARCHAR", "granted": "DATE"},
        "licence",
    ),
    "designated_category": (
        {"product": "VARCHAR", "category": "VARCHAR", "designated": "DATE"},
        "product, category",
    ),
    "gmp_evidence": (
        {
            "document": "VARCHAR",
            "site": "VARCHAR",
            "kind": "VARCHAR",
            "country": "VARCHAR",
            "issued": "DATE",
            "expires": "DATE",
        },
        "document",
    ),
    "filing": ({"filing": "VARCHAR", "batch": "VARCHAR", "filed": "DATE"}, "filing"),
    "filing_document": (
        {"filing": "VARCHAR", "document": "VARCHAR"},
        "filing, document",
    ),
    "required_document": ({"document": "VARCHAR"}, "document"),
}
OPTIONAL = {
    ("overseas_approval", "withdrawn"),
    ("national_list", "delisted"),
    ("gmp_evidence", "expires"),
}
MEMBERS = {
    ("batch", "scale"): ("commercial", "pilot", "clinical"),
    ("product", "kind"): ("original", "improved", "generic", "biosimilar", "other"),
    ("china_approval", "kind"): ("approval", "supplemental"),
    ("expedited", "pathway"): ("breakthrough", "conditional", "priority", "special"),
    ("national_list", "list"): (
        "shortage",
        "key-monitoring",
        "encouraged-generics",
        "paediatric",
    ),
    ("gmp_evidence", "kind"): ("inspection-notification", "gmp-certificate"),
}
REFERENCES = (
    ("batch", "product", "product"),
    ("batch", "site", "site"),
    ("filing", "batch", "batch"),
    ("filing_document", "filing", "filing"),
)

# Materialised in this order. Dates are ISO texts in SQLite: they compare alike.
DERIVED = """
CREATE TABLE commercial AS SELECT batch FROM batch WHERE scale = 'commercial';
CREATE TABLE marketed_overseas AS SELECT DISTINCT f.filing
  FROM filing f JOIN batch b USING (batch) JOIN overseas_approval o USING (product)
  WHERE o.approved <= f.filed AND (o.withdrawn IS NULL OR o.withdrawn > f.filed);
CREATE TABLE made_before AS SELECT DISTINCT b.batch, a.number
  FROM batch b JOIN china_approval a USING (product) WHERE b.made < a.approved;
CREATE TABLE approved_when_filed AS SELECT DISTINCT f.filing, a.number
  FROM filing f JOIN batch b USING (batch) JOIN china_approval a USING (product)
  WHERE a.approved <= f.filed;
CREATE TABLE eligible_product AS
  SELECT product, 'S-E1' AS ground FROM product WHERE kind IN ('original', 'improved')
  UNION SELECT i.product, 'S-E3' FROM indication i JOIN disease_code d USING (disease)
    JOIN rare_disease r ON r.list = d.list AND r.number = d.number;
CREATE TABLE eligible_when_filed AS
  SELECT f.filing, 'S-E2' AS ground FROM filing f JOIN batch b USING (batch)
    JOIN national_list l USING (product)
    WHERE l.listed <= f.filed AND (l.delisted IS NULL OR l.delisted > f.filed)
  UNION SELECT f.filing, 'S-E6' FROM filing f JOIN batch b USING (batch)
    JOIN designated_category c USING (product) WHERE c.designated <= f.filed;
CREATE TABLE eligible_approval AS
  SELECT a.number, 'S-E4' AS ground FROM china_approval a
    JOIN temporary_import t USING (product) WHERE t.granted < a.approved
  UNION SELECT number, 'S-E5' FROM expedited;
CREATE TABLE gmp_proven AS SELECT DISTINCT f.filing, g.document
  FROM filing f JOIN batch b USING (batch) JOIN site s USING (site)
  JOIN gmp_evidence g USING (site)
  WHERE g.issued <= f.filed AND (g.expires IS NULL OR g.expires >= f.filed)
    AND (g.kind = 'inspection-notification' OR g.country = s.country);
CREATE TABLE missing AS SELECT f.filing, d.document
  FROM filing f CROSS JOIN required_document d
  WHERE NOT EXISTS (SELECT 1 FROM filing_document x
                    WHERE x.filing = f.filing AND x.document = d.document);
CREATE TABLE complete AS SELECT filing FROM filing
  WHERE NOT EXISTS (SELECT 1 FROM missing WHERE missing.filing = filing.filing);
CREATE TABLE by_product AS SELECT product, max(ground = 'S-E1') AS e1,
  max(ground = 'S-E3') AS e3 FROM eligible_product GROUP BY product;
CREATE TABLE by_filing AS SELECT filing, max(ground = 'S-E2') AS e2,
  max(ground = 'S-E6') AS e6 FROM eligible_when_filed GROUP BY filing;
CREATE TABLE by_approval AS SELECT number, max(ground = 'S-E4') AS e4,
  max(ground = 'S-E5') AS e5 FROM eligible_approval GROUP BY number;
CREATE TABLE attempt AS
  SELECT b.batch, b.row, f.row AS filing_row, a.row AS approval_row,
    c.batch IS NOT NULL AS c1, m.filing IS NOT NULL AS c2,
    mb.batch IS NOT NULL AS c3, aw.filing IS NOT NULL AS g2,
    g.filing IS NOT NULL AS g1, k.filing IS NOT NULL AS g3,
    coalesce(e1, 1 = 0) AS e1, coalesce(e2, 1 = 0) AS e2, coalesce(e3, 1 = 0) AS e3,
    coalesce(e4, 1 = 0) AS e4, coalesce(e5, 1 = 0) AS e5, coalesce(e6, 1 = 0) AS e6
  FROM batch b LEFT JOIN filing f USING (batch)
  LEFT JOIN china_approval a ON a.product = b.product
  LEFT JOIN commercial c ON c.batch = b.batch
  LEFT JOIN marketed_overseas m ON m.filing = f.filing
  LEFT JOIN made_before mb ON mb.batch = b.batch AND mb.number = a.number
  LEFT JOIN approved_when_filed aw ON aw.filing = f.filing AND aw.number = a.number
  LEFT JOIN (SELECT DISTINCT filing FROM gmp_proven) g ON g.filing = f.filing
  LEFT JOIN complete k ON k.filing = f.filing
  LEFT JOIN by_product bp ON bp.product = b.product
  LEFT JOIN by_filing bf ON bf.filing = f.filing
  LEFT JOIN by_approval ba ON ba.number = a.number;
CREATE TABLE importable AS SELECT DISTINCT batch FROM attempt
  WHERE c1 AND c2 AND c3 AND g2 AND g1 AND g3 AND (e1 OR e2 OR e3 OR e4 OR e5 OR e6);
CREATE TABLE decision AS
  SELECT batch, row, 1 = 1 AS importable, 1 = 1 AS c1, 1 = 1 AS c2, 1 = 1 AS c3,
    1 = 1 AS g1, 1 = 1 AS g2, 1 = 1 AS g3, max(e1) AS e1, max(e2) AS e2,
    max(e3) AS e3, max(e4) AS e4, max(e5) AS e5, max(e6) AS e6
  FROM attempt WHERE c1 AND c2 AND c3 AND g2 AND g1 AND g3
    AND (e1 OR e2 OR e3 OR e4 OR e5 OR e6) GROUP BY batch, row
  UNION ALL
  SELECT batch, row, 1 = 0, c1, c2, c3, g1, g2, g3, e1, e2, e3, e4, e5, e6 FROM (
    SELECT *, row_number() OVER (PARTITION BY batch ORDER BY
        (CASE WHEN filing_row IS NULL THEN 1 ELSE 0 END)
      + (CASE WHEN approval_row IS NULL THEN 1 ELSE 0 END)
      + (CASE WHEN c1 THEN 0 ELSE 1 END) + (CASE WHEN c2 THEN 0 ELSE 1 END)
      + (CASE WHEN c3 THEN 0 ELSE 1 END) + (CASE WHEN g1 THEN 0 ELSE 1 END)
      + (CASE WHEN g2 THEN 0 ELSE 1 END) + (CASE WHEN g3 THEN 0 ELSE 1 END)
      + (CASE WHEN e1 OR e2 OR e3 OR e4 OR e5 OR e6 THEN 0 ELSE 1 END),
      filing_row, approval_row) AS nearest
    FROM attempt WHERE batch NOT IN (SELECT batch FROM importable)) x
  WHERE nearest = 1;
"""
# What SQLite needs besides, to look rows up: it joins by nested loops.
INDEXES = {
    "marketed_overseas": ("filing",),
    "made_before": ("batch, number",),
    "approved_when_filed": ("filing, number",),
    "missing": ("filing",),
    "complete": ("filing",),
    "commercial": ("batch",),
    "by_product": ("product",),
    "by_filing": ("filing",),
    "by_approval": ("number",),
}
CODES = ("c1", "c2", "c3", "e1", "e2", "e3", "e4", "e5", "e6", "g1", "g2", "g3")
NAMES = {code: f"S-{code.upper()}" for code in CODES}
ANY_GROUND = "(e1 OR e2 OR e3 OR e4 OR e5 OR e6)"


def checks() -> list[tuple[str, str]]:
    """Name and count of what is wrong: keys, empty cells, enumerations, references."""
    found = []
    for relation, (columns, key) in SCHEMA.items():
        found.append(
            (
                f"{relation}: duplicate key",
                f"SELECT count(*) FROM (SELECT 1 "
                f"FROM {relation} GROUP BY {key} HAVING count(*) > 1) x",
            )
        )
        empty = " OR ".join(
            f"{c} IS NULL" for c in columns if (relation, c) not in OPTIONAL
        )
        found.append(
            (
                f"{relation}: empty cell",
                f"SELECT count(*) FROM {relation} WHERE {empty}",
            )
        )
    for (relation, column), members in MEMBERS.items():
        words = ", ".join(f"'{m}'" for m in members)
        found.append(
            (
                f"{relation}.{column}: not a member",
                f"SELECT count(*) FROM {relation} WHERE {column} NOT IN ({words})",
            )
        )
    for relation, column, other in REFERENCES:
        found.append(
            (
                f"{relation}.{column}: dangling",
                f"SELECT count(*) FROM "
                f"{relation} x WHERE NOT EXISTS (SELECT 1 FROM {other} y "
                f"WHERE y.{column} = x.{column})",
            )
        )
    return found


def on_duckdb(facts: Path, out: Path, database: str) -> None:
    connection = duckdb.connect(database)
    for relation, (columns, _) in SCHEMA.items():
        types = ", ".join(f"'{c}': '{t}'" for c, t in columns.items())
        # No order by: DuckDB keeps the order of the file.
        connection.execute(
            f"CREATE TABLE {relation} AS SELECT *, row_number() OVER () + 1 AS row "
            f"FROM read_csv('{facts / relation}.csv', columns = {{{types}}}, "
            "header = true, auto_detect = false, delim = ',', quote = '\"', "
            "nullstr = '')"
        )
    for name, sql in checks():
        counted = connection.execute(sql).fetchone()
        if counted and counted[0]:
            sys.exit(f"{name}: {counted[0]}")
    for statement in DERIVED.split(";\n"):
        if statement.strip():
            connection.execute(statement)
    held = ", ".join(f"CASE WHEN {c} THEN '{NAMES[c]}' END" for c in CODES)
    failed = ", ".join(
        f"CASE WHEN NOT {ANY_GROUND if c[0] == 'e' else c} THEN '{NAMES[c]}' END"
        for c in CODES
    )
    connection.execute(
        f"""COPY (SELECT {{'batch': batch}} AS "case",
              CASE WHEN importable THEN 'importable' ELSE 'not-importable' END
                AS outcome,
              list_filter([{held}], lambda x: x IS NOT NULL) AS held,
              list_filter([{failed}], lambda x: x IS NOT NULL) AS failed
            FROM decision ORDER BY row) TO '{out}' (FORMAT json, ARRAY true)"""
    )


def on_sqlite(facts: Path, out: Path, database: str) -> None:
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA journal_mode = MEMORY")
    for relation, (columns, key) in SCHEMA.items():
        names = ", ".join(
            f"{c} {'INTEGER' if t == 'BIGINT' else 'TEXT'}" for c, t in columns.items()
        )
        connection.execute(f"CREATE TABLE {relation} ({names}, row INTEGER)")
        with (facts / f"{relation}.csv").open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            next(rows)
            marks = ", ".join("?" * (len(columns) + 1))
            connection.executemany(
                f"INSERT INTO {relation} VALUES ({marks})",
                ([cell or None for cell in row] + [n] for n, row in enumerate(rows, 2)),
            )
        connection.execute(f"CREATE UNIQUE INDEX {relation}_key ON {relation} ({key})")
    for relation, column in (
        ("batch", "product"),
        ("filing", "batch"),
        ("china_approval", "product"),
        ("gmp_evidence", "site"),
    ):
        connection.execute(f"CREATE INDEX {relation}_by ON {relation} ({column})")
    dates = [
        (r, c)
        for r, (columns, _) in SCHEMA.items()
        for c, t in columns.items()
        if t == "DATE"
    ]
    for name, sql in [
        *checks(),
        *(
            (
                f"{r}.{c}: no date",
                f"SELECT count(*) FROM {r} WHERE {c} IS NOT NULL "
                f"AND date({c}) IS NOT {c}",
            )
            for r, c in dates
        ),
    ]:
        if connection.execute(sql).fetchone()[0]:
            sys.exit(name)
    for statement in DERIVED.split(";\n"):
        if statement.strip():
            table = statement.split()[2]
            connection.execute(statement)
            for column in INDEXES.get(table, ()):
                connection.execute(f"CREATE INDEX {table}_i ON {table} ({column})")
    flags = f"SELECT batch, importable, {', '.join(CODES)} FROM decision ORDER BY row"
    with out.open("w", encoding="utf-8") as file:
        for n, row in enumerate(connection.execute(flags)):
            file.write(("," if n else "[") + json.dumps(decision(*row)) + "\n")
        file.write("]\n")


def decision(batch: str, importable: int, *flags: int) -> dict[str, object]:
    """One decision, as whereas writes it."""
    held = dict(zip(CODES, flags, strict=True))
    ground = any(held[code] for code in CODES if code[0] == "e")
    return {
        "case": {"batch": batch},
        "outcome": "importable" if importable else "not-importable",
        "held": [NAMES[c] for c in CODES if held[c]],
        "failed": [NAMES[c] for c in CODES if not (ground if c[0] == "e" else held[c])],
    }


if __name__ == "__main__":
    engine, facts_folder, output, *rest = sys.argv[1:]
    {"duckdb": on_duckdb, "sqlite": on_sqlite}[engine](
        Path(facts_folder), Path(output), rest[0] if rest else ":memory:"
    )
